/* Memory that dies with a history, chance that comes from its seed, and its moments. */
#ifndef TEST_LIB_CHANCE_H
#define TEST_LIB_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_NODES_MAX 9

typedef int64_t usec; /* virtual time */

struct chunk;
struct given;
#define ARENA_CLASSES 64
struct arena {
  struct chunk *first, *used;
  struct given *given[ARENA_CLASSES]; /* by size: what was given back */
};
void *arena_take(struct arena *arena, size_t size); /* zeroed; dies with the arena */
void arena_give(struct arena *arena, void *memory, size_t size); /* nobody needs it any more */
void arena_reset(struct arena *arena); /* keeps its memory for the next history */
void arena_free(struct arena *arena);

/* A clock that runs by a rate of its own: at world time `from` it showed `base`. */
struct clock {
  usec from, base;
  double rate;
};
void clock_set(struct clock *clock, usec base);
usec clock_shows(const struct clock *clock, usec now);
usec clock_when(const struct clock *clock, usec shows); /* the first world time at which it does */
void clock_run(struct clock *clock, usec now, double rate); /* by that rate from now on */

uint64_t chance_next(uint64_t *seed);
usec chance_below(uint64_t *seed, usec bound); /* 0 .. bound - 1; 0 if bound <= 0 */
void chance_letters(uint64_t *seed, char *out, size_t length, const char *alphabet);

struct world;
typedef void world_call(struct world *world, void *subject, uint64_t argument);

struct moment {
  world_call *call;
  void *subject;
  uint64_t argument;
};

/*
 * What comes next: a heap of keys with four children each, which lie beside each other; the moments
 * themselves do not move. Equal times keep the order in which they were asked for (but for those on
 * both sides of the 2^24th).
 */
struct turn {
  uint64_t key; /* time, then order */
  uint32_t moment;
};
struct agenda {
  struct turn *heap;
  struct moment *moments;
  uint32_t *vacant; /* places of moments, behind the count of the heap */
  uint32_t count, capacity;
  uint64_t order;
};
void agenda_put(struct agenda *agenda, usec at, const struct moment *moment);
usec agenda_next(const struct agenda *agenda); /* -1: nothing */
struct moment agenda_take(struct agenda *agenda);
void agenda_clear(struct agenda *agenda);
void agenda_free(struct agenda *agenda);

#endif
