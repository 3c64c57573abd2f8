/* What a stretch of work took: time on the wall and time of this process' own. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>

struct meter {
  int64_t wall_us;
  int64_t cpu_us; /* user and system */
};

void meter_start(struct meter *meter);
void meter_stop(struct meter *meter); /* holds what it took from here on */

#endif
