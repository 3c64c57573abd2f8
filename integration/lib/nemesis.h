/*
 * Random real faults against a group: servers killed and brought back (with what they kept, or
 * empty), stopped, cut off; switchovers that a person asks for; the same for applications, by a
 * callback. Sometimes several at once, sometimes a few milliseconds behind one another, sometimes
 * nothing for long. It knows nothing of what is written and judged.
 *
 * What durable writes stand on is obeyed: fewer than a majority of the nodes lose data at a time,
 * and one that lost data counts as long as it has not been fed again to where its master was.
 */
#ifndef KIT_NEMESIS_H
#define KIT_NEMESIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "group.h"

enum nemesis_kind {
  NEMESIS_KILL = 1 << 0,        /* kill -9; back with what it kept. Where the group keeps nothing,
                                   or fsyncs every second, the same as: */
  NEMESIS_EMPTY = 1 << 1,       /* kill -9; back empty */
  NEMESIS_STOP = 1 << 2,        /* SIGSTOP, SIGCONT */
  NEMESIS_CUT = 1 << 3,         /* hosts in two parts that do not hear each other */
  NEMESIS_CUT_ONE_WAY = 1 << 4, /* a host is not heard by one or some of the others */
  NEMESIS_SWITCHOVER = 1 << 5,
  NEMESIS_APP_STOP = 1 << 6,
  NEMESIS_APP_KILL = 1 << 7,
  NEMESIS_KINDS = 8,            /* how many */
  NEMESIS_SERVERS = NEMESIS_KILL | NEMESIS_EMPTY | NEMESIS_STOP,
  NEMESIS_CUTS = NEMESIS_CUT | NEMESIS_CUT_ONE_WAY, /* for groups on hosts */
};

enum nemesis_app { NEMESIS_APP_STOPS, NEMESIS_APP_RESUMES, NEMESIS_APP_DIES, NEMESIS_APP_STARTS };

struct nemesis_plan {
  struct group *group;   /* settled; belongs to the caller, who leaves its servers alone */
  uint64_t seed;
  unsigned kinds;        /* of enum nemesis_kind */
  int interval_ms;       /* between the beginnings of two faults, in the mean; 0: 1000 */
  int fault_ms;          /* how long one lasts, in the mean; 0: as interval_ms */
  int at_once;           /* at most; 0: 1 */
  int applications;      /* for APP_STOP: 0 .. n-1 */
  int mortals;           /* for APP_KILL: 0 .. n-1 of them; 0: all */
  void (*application)(int number, enum nemesis_app what, void *data);
  void *data;
};

/* One line of what was done, on the clock of kit_now_us(). */
struct nemesis_deed {
  int64_t at_us;
  int kind;      /* enum nemesis_kind */
  bool begins;   /* else: what was done is taken back */
  int target;    /* server, host or application; -1: none */
  bool master;   /* the target was the master then */
  char text[116];
};

struct nemesis *nemesis_new(const struct nemesis_plan *plan);
/* Does what is due; after how many ms it wants to be called again. */
int nemesis_step(struct nemesis *n);
/* Ends all faults: everything runs and nothing is cut when this returns. The next step begins
 * anew. */
void nemesis_heal(struct nemesis *n);
const struct nemesis_deed *nemesis_deeds(const struct nemesis *n, size_t *count);
/* Those since `from_us`, with the milliseconds since then. */
void nemesis_print(const struct nemesis *n, FILE *out, int64_t from_us);
/* How many faults of a kind were begun. */
int nemesis_count(const struct nemesis *n, enum nemesis_kind kind);
const char *nemesis_kind_name(enum nemesis_kind kind);
/* Ends nothing: heal first. */
void nemesis_free(struct nemesis *n);

#endif
