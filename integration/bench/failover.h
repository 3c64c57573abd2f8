/*
 * The incumbents beside us: the same writer, the same faults and the same counters against several
 * systems that keep a Redis group alive. A run is one fault against one system on fresh servers; it
 * yields an outcome, and outcomes are all that is reported.
 */
#ifndef BENCH_FAILOVER_H
#define BENCH_FAILOVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "group.h"
#include "writers.h"

enum { SENTINELS = 3, RATE = 1000, ROUNDS_MAX = 30, OUTCOMES_MAX = 2048 };

enum kind { KIND_HAREDIS, KIND_SENTINEL, KIND_IOREDIS, KIND_HAREDIS_JS };

struct system {
  const char *name;
  const char *label;
  enum kind kind;
  int down_after_ms;   /* 0: it has no such thing */
  const char *extra;   /* lines for the servers' configuration, NULL: none */
};

struct bout;

struct trial {
  const char *name;
  const char *label;
  const char *what;
  void (*run)(struct bout *b);
  int seconds;         /* without setting up and without down_after, for the estimate */
  bool hosts;          /* network namespaces, and two writers */
  bool durable;        /* writes are acknowledged when a replica (a majority) has them */
  bool planned;        /* no server dies: the gap is the longest pause, and nothing may be lost */
  bool until_found;    /* it lasts until the fault is found: longer with a longer down_after */
  int judged;          /* the writer whose gap it is: in a cut that with a majority of the nodes */
};

extern const struct system systems[];
extern const int systems_count;
extern const struct trial trials[];
extern const int trials_count;

struct outcome {
  const struct system *system;
  const struct trial *trial;
  int round;
  int64_t gap_us;      /* fault to the first acknowledged write that stays; -1: never */
  int64_t never_ms;    /* gap_us is -1: after so long the fault was taken back, or we gave up */
  int64_t pause_us;    /* the longest time without such a write since the fault */
  int64_t acked;
  int64_t failed;
  int64_t doubled;     /* in the list more than once */
  int64_t lost;        /* acknowledged, and not on the final master: by the failover */
  int64_t in_flight;   /* the same, just before a sudden fault: Redis' own limit */
  int promotions;
  int64_t demoted_us;  /* from when the old master could be reached again; -1: it was not demoted */
  int64_t stale;       /* writes of an onlooker that it acknowledged from then on; -1: not asked */
  int masters;         /* at the end */
  int64_t stall_us;    /* the longest standstill of the machine */
  char note[96];
};

/* What is remembered by a child that keeps looking at the old master. */
struct watch {
  _Atomic int64_t replica_us; /* when it first said that it is a replica, 0: not yet */
  _Atomic int armed;          /* write, too */
  _Atomic int64_t stale;
};

struct bout {
  const struct system *system;
  const struct trial *trial;
  bool quick;
  struct group group;
  struct server sentinels[SENTINELS];
  int sentinel_count;
  char sentinel_nodes[256];
  struct crowd crowd;
  struct watch *watch;
  pid_t watcher;
  int master;          /* before the fault */
  int promotions_before;
  int64_t at_us;       /* just before the fault */
  int64_t after_us;    /* just after it */
  int64_t undo_us;     /* just before it was taken back, 0: never */
  int64_t back_us;     /* from when the old master could be demoted, 0: it stays away */
  bool broken;         /* it could not be staged: no outcome */
  char note[96];
};

/* ---- stage: servers, sentinels, writers ---- */

/* Why a system cannot run here, NULL: it can. */
const char *system_missing(const struct system *s);
/* Everything runs and writes; false: broken, the note says why. */
bool bout_begin(struct bout *b);
void bout_end(struct bout *b);
void bout_break(struct bout *b, const char *why);
/* One master; all running others follow it, are linked and get its stream. */
bool bout_calm(struct bout *b, int timeout_ms);
/* How many servers say that they are masters. */
int bout_masters(struct bout *b);
/* All writers have acknowledgements that were sent after `after_us`. */
bool bout_writes(struct bout *b, int64_t after_us, int timeout_ms);
bool bout_await_demotion(struct bout *b, int timeout_ms);

/* ---- judgement and reports ---- */

/* Ends the writers. False: the masters cannot be read. */
bool bout_judge(struct bout *b, struct outcome *out);

void report_row_head(FILE *tsv);
void report_row(FILE *tsv, const struct outcome *o);
/* Outcomes of such a file. */
int report_read(const char *path, struct outcome *all, int room);
/* What it was measured on: versions, kernel, cores, date; each a line that begins with `start`. */
void report_versions(FILE *f, const char *start);
/* Tables in Markdown; sorts nothing, keeps the order of systems[] and trials[]. */
void report_tables(FILE *f, const struct outcome *all, int count);
/* The program for gnuplot with the points in it. */
void report_plot(FILE *f, const char *svg, const struct outcome *all, int count);

#endif
