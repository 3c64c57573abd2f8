/* One random history: a configuration, faults, then peace in which everybody must agree. */
#ifndef TEST_SIM_HISTORY_H
#define TEST_SIM_HISTORY_H

#include "world.h"

struct history_options {
  uint64_t seed;
  int nodes, clients; /* 0: chance */
  int steps;          /* faults */
  FILE *trace;
};

struct history_result {
  size_t promotions;
  uint32_t writes, acked, durable;
  uint64_t steps;
  struct subs_counts subs;
  usec settled_us; /* from the end of the faults until everybody agreed */
};

/* false: an invariant was broken, world->violation says which. */
bool history_run(struct world *world, const struct history_options *options,
                 struct history_result *result);

#endif
