/*
 * A history is a story that chance writes: a world, faults, then peace in which everybody must
 * agree. history.c has the phases, faults.c the vocabulary, plots.c and holes.c what takes more
 * than one word; all only look at the world and say words, which test/lib/story*.c carries out. So
 * a history is told again from its words alone.
 */
#ifndef TEST_SIM_HISTORY_H
#define TEST_SIM_HISTORY_H

#include "coverage.h"
#include "script.h"
#include "story.h"

struct history_options {
  uint64_t seed;
  int nodes, clients; /* 0: chance */
  int steps;          /* faults */
  int most_promotions; /* a planted invariant, to test the tests; 0: none */
  FILE *trace;
};

struct history_result {
  size_t promotions;
  uint32_t writes, acked, durable;
  uint64_t steps;
  struct subs_counts subs;
  struct txn_counts txns;
  struct read_counts fetches;
  uint64_t pops[POPS_COUNT];
  usec settled_us; /* from the end of the faults until everybody agreed */
  usec now;        /* with the next two: equal histories end equally */
  uint64_t order, chance;
};

enum outcome { OUTCOME_FINE, OUTCOME_BROKEN, OUTCOME_INVALID };

/* false: an invariant was broken, world->violation says which. script: what was said; coverage may
 * be NULL. */
bool history_run(struct world *world, const struct history_options *options,
                 struct script *script, struct coverage *coverage, struct history_result *result);

/* The same from its words. dropped[i]: the line could not be carried out and was left out; NULL:
 * such a script is invalid. broke_at: the line in which an invariant broke. */
enum outcome history_replay(struct world *world, const struct script *script, FILE *trace,
                            unsigned char *dropped, size_t *broke_at,
                            struct history_result *result);

/* ------------------------------------------------------------------ between the two files ----- */

struct history {
  struct world *world;
  struct story *story;
  struct script *script;
  uint64_t chance; /* its own: the world's stays the same whoever chooses the words */
  struct coverage_target target; /* what this history tries to meet by preference */
};

void history_say(struct history *history, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
usec history_below(struct history *history, usec bound);
bool history_goes_on(struct history *history, usec within); /* false: broken */
bool history_broken(const struct history *history);
void history_fault(struct history *history);

/* faults.c */
struct server *draw_server(struct history *history);
struct server *draw_victim(struct history *history); /* half of the time the master */
struct client *draw_client(struct history *history);
struct server *elected(struct history *history); /* NULL: nobody */
const char *name_of(const struct world *world, struct peer peer);
void join(const struct world *world, struct peer peer, char *list, size_t size);
const char *draw_data(struct history *history);
void say_start_again(struct history *history, const struct server *server);
void say_restart(struct history *history, const struct server *server);
void say_crash(struct history *history);
void say_stop(struct history *history);
void say_flush(struct history *history);
void say_switchover(struct history *history);
/* Any fault that has a row in the coverage, as a line that may turn out to be impossible; "": not
 * in this history. */
void write_fault(struct history *history, int fault, char *line, size_t size);

/* plots.c: several words that lead somewhere */
void ambush(struct history *history);
void fault_in_a_moment(struct history *history);
void any_fault(struct history *history);
void encounter(struct history *history);
void ruin(struct history *history);
void relapse(struct history *history);
void lonely(struct history *history);

/* holes.c */
void hole(struct history *history);

#endif
