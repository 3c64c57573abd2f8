/* See meter.h. */
#include "meter.h"

#include <sys/resource.h>

#include "clock.h"

static int64_t cpu_us(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return ((int64_t)use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec +
         use.ru_stime.tv_usec;
}

void meter_start(struct meter *meter) {
  meter->wall_us = kit_now_us();
  meter->cpu_us = cpu_us();
}

void meter_stop(struct meter *meter) {
  meter->wall_us = kit_now_us() - meter->wall_us;
  meter->cpu_us = cpu_us() - meter->cpu_us;
}
