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

uint64_t chance_next(uint64_t *seed);
usec chance_below(uint64_t *seed, usec bound); /* 0 .. bound - 1; 0 if bound <= 0 */
void chance_letters(uint64_t *seed, char *out, size_t length, const char *alphabet);

struct world;
typedef void world_call(struct world *world, void *subject, uint64_t argument);

struct moment {
  usec at;
  uint64_t order; /* equal times keep the order in which they were asked for */
  world_call *call;
  void *subject;
  uint64_t argument;
};

#endif
