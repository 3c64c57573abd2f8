/*
 * Many histories, on as many cores as one likes, for as long as one likes. Each worker is a
 * process; a history that breaks an invariant, or the program, is shortened into a story while the
 * rest goes on. A state file lets the next run go on where this one stopped.
 */
#ifndef TEST_SIM_RUN_H
#define TEST_SIM_RUN_H

#include "history.h"

struct run_options {
  struct history_options history; /* seed: the first */
  uint64_t runs;                  /* 0: until the time is over */
  double seconds;                 /* 0: until all have run */
  int jobs;
  const char *found;              /* folder of the stories; NULL: the current one */
  const char *state;              /* NULL: none */
  const char *log;                /* a line a minute goes here; NULL: standard output */
  bool coverage;                  /* print the tables */
  bool whole;                     /* a situation that was never met is a failure */
};

/* The exit code: 0, or 1 if anything broke, 2 if the state file is another run's. */
int run_many(const struct run_options *options);

#endif
