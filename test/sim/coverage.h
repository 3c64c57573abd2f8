/*
 * Which situations the histories have met: actions that were interrupted, pairs of coordinators at
 * work at the same time, faults in each state of the group, what commands that block go through. A
 * cell that stays empty is a hole, or it is declared impossible, with the reason.
 */
#ifndef TEST_SIM_COVERAGE_H
#define TEST_SIM_COVERAGE_H

#include "story.h"

#define COVERAGE_ACTIONS 10
#define COVERAGE_PHASES 11
#define COVERAGE_FAULTS 48 /* at most */

/* What happens to an action at the very moment at which it leaves its client or is served. */
enum hit {
  HIT_SLEEP,
  HIT_DEATH,
  HIT_CLIENT_CUT,
  HIT_NODE_CRASH,
  HIT_NODE_STOP,
  HIT_NODE_RESTART,
  HIT_NODE_CUT,
  HIT_COUNT
};

/* How the group stands; the first that is true. */
enum stand {
  STAND_PAUSED,    /* a switchover is under way */
  STAND_ELECTING,  /* somebody takes over */
  STAND_NO_MASTER, /* nobody can write */
  STAND_SYNCING,   /* a node loads, or takes its master's data */
  STAND_DEGRADED,  /* a node is away or not linked */
  STAND_WHOLE,
  STAND_COUNT
};

struct coverage {
  uint64_t moments[COVERAGE_ACTIONS][HIT_COUNT][2]; /* [1]: after it */
  uint64_t pairs[COVERAGE_PHASES][COVERAGE_PHASES];
  uint64_t faults[COVERAGE_FAULTS][STAND_COUNT];
  uint64_t pops[POPS_COUNT - POPS_MET];
};

struct moment_cell {
  int action;
  enum hit hit;
  bool after;
};
const char *coverage_action(int action);
const char *coverage_phase(int phase);

enum subject { OF_NODE, OF_CLIENT, OF_ANY };
/* A fault is its first word, whom it hits, and one more word if that tells it from others. */
struct fault_kind {
  const char *name, *verb;
  enum subject subject;
  const char *word;
};
const struct fault_kind *coverage_fault(int fault);
int coverage_faults(void);

/* Which cells this seed's history tries to meet by preference: all get their share. */
struct coverage_target {
  struct moment_cell moment;
  int phases[2];
  int fault;
  bool paused; /* while a switchover is under way, or while somebody takes over */
};
struct coverage_target coverage_target(uint64_t seed);

/* Looks at one history. */
struct coverer {
  struct coverage *coverage;
  const struct world *world;
  const char *last[WORLD_CLIENTS_MAX];
};
struct story_watch coverer_watch(struct coverer *coverer, struct coverage *coverage,
                                 const struct world *world);

void coverage_pops(struct coverage *coverage, const struct world *world); /* at its end */

void coverage_add(struct coverage *sum, const struct coverage *one);
/* Prints the tables, then the holes in words; returns how many there are. */
int coverage_print(const struct coverage *coverage, FILE *file);
int coverage_holes(const struct coverage *coverage, FILE *file); /* NULL: only counted */
/* For the state of a long run: numbers in lines. */
void coverage_save(const struct coverage *coverage, FILE *file);
bool coverage_load(struct coverage *coverage, FILE *file);

#endif
