/*
 * One run of one fault case: a fresh group, applications that write, one or more deeds, and the
 * judgement. Counts (lost, duplicated, promotions ...) break a run; times are only shown, but for
 * those that were never reached.
 */
#ifndef FAULTS_RUN_H
#define FAULTS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"
#include "clock.h"
#include "group.h"
#include "netns.h"
#include "probe.h"
#include "text.h"
#include "writers.h"

struct run {
  const struct fault *fault;
  int number;              /* from 1 */
  bool quick;
  struct group group;
  struct crowd crowd;
  int promotions_before;
  int64_t partial_before;
  int64_t full_before;
  int64_t at_us;           /* just before the deed that is measured */
  int64_t after_us;        /* just after it */
  /* Results. */
  int64_t gap_us;          /* -1: none was measured */
  int64_t extra_us;        /* a second time of the case, -1: none */
  int64_t calm_us;         /* the longest pause before the deed, for comparison; -1: none */
  int64_t told_us;         /* the longest gap that a listener was told of; 0: none */
  int promotions;
  int64_t partial;         /* -1: not counted in this case */
  int64_t full;
  struct tally tally;
  bool broken;
  bool data_broken;        /* durable and lost, doubled, ran and should not: no excuse */
  char why[256];
};

struct fault {
  const char *name;
  const char *what;        /* for people */
  int runs;
  int quick_runs;          /* 0: takes too long for that */
  void (*run)(struct run *r);
  int parameter;
  int64_t gap_limit_ms;    /* of the median; 0: none. Exceeding it is shown, not fatal */
  const char *extra_name;  /* what extra_us is, NULL: nothing */
  int64_t extra_limit_ms;
  bool needs_hosts;        /* network namespaces */
};

/* All cases; the last has no name. */
extern const struct fault faults[];

/* The first reason breaks the run, later ones are echoes of it. */
void run_break(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Start the group; then the applications; wait until all write and everything has settled. */
bool run_begin(struct run *r, const struct group_plan *plan, int writers,
               const struct writer_plan *how);
void run_group(struct run *r, const struct group_plan *plan);
bool run_writers(struct run *r, int writers, const struct writer_plan *how);
/* Remember the counts of now: what follows is compared to them. */
void run_mark(struct run *r);

/* Deeds: at_us and after_us are set around the signal. */
void run_kill(struct run *r, int server);
void run_stop(struct run *r, int server);

/* All applications write again after the deed, or the run is broken. Sets nothing else. */
bool run_recovered(struct run *r, int timeout_ms);
/* Everything that runs has settled, or the run is broken. */
bool run_settled(struct run *r, int timeout_ms);
/* The master by the servers' word, or the run is broken. */
int run_master(struct run *r);

/* End the applications, read their records and the master: tally and promotions. */
bool run_judge(struct run *r);
/* The gap of the last application from the deed to its first new acknowledgement. */
void run_measure_gap(struct run *r);

/* Verdicts; each breaks the run. */
void run_expect_promotions(struct run *r, int count);
/* The survivors followed by partial resync; before anybody is restarted. */
void run_expect_partial(struct run *r, int survivors);
/* Redis' own limit: what was acknowledged shortly before the deed may be lost, nothing older. */
void run_expect_async_loss_only(struct run *r);
void run_expect_nothing_lost(struct run *r);
void run_expect_nothing_failed(struct run *r);

void run_end(struct run *r);

#endif
