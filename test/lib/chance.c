/* Memory that dies with a history, and chance that comes from its seed alone. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define CHUNK_SIZE ((size_t)1 << 18)

struct chunk {
  struct chunk *next;
  size_t used;
  _Alignas(max_align_t) char bytes[CHUNK_SIZE];
};

struct given {
  struct given *next;
};

static struct chunk *chunk_new(void) {
  struct chunk *chunk = malloc(sizeof *chunk);
  if (chunk == NULL) abort();
  chunk->next = NULL;
  chunk->used = 0;
  return chunk;
}

void *arena_take(struct arena *arena, size_t size) {
  size = (size + 15) & ~(size_t)15;
  assert(size <= CHUNK_SIZE);
  size_t class = size / 16;
  if (class < ARENA_CLASSES && arena->given[class] != NULL) {
    struct given *given = arena->given[class];
    arena->given[class] = given->next;
    return memset(given, 0, size);
  }
  if (arena->first == NULL) arena->first = arena->used = chunk_new();
  if (arena->used->used + size > CHUNK_SIZE) {
    if (arena->used->next == NULL) arena->used->next = chunk_new();
    arena->used = arena->used->next;
    arena->used->used = 0;
  }
  void *memory = arena->used->bytes + arena->used->used;
  arena->used->used += size;
  memset(memory, 0, size);
  return memory;
}

void arena_give(struct arena *arena, void *memory, size_t size) {
  size_t class = (size + 15) / 16;
  if (memory == NULL || class >= ARENA_CLASSES) return;
  struct given *given = memory;
  given->next = arena->given[class];
  arena->given[class] = given;
}

void arena_reset(struct arena *arena) {
  memset(arena->given, 0, sizeof arena->given);
  arena->used = arena->first;
  if (arena->used != NULL) arena->used->used = 0;
}

void arena_free(struct arena *arena) {
  for (struct chunk *chunk = arena->first, *next; chunk != NULL; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  arena->first = arena->used = NULL;
}

/* splitmix64: the seed itself is the whole state, so a history can be repeated from one number. */
uint64_t chance_next(uint64_t *seed) {
  uint64_t z = (*seed += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

usec chance_below(uint64_t *seed, usec bound) {
  return bound <= 0 ? 0 : (usec)(chance_next(seed) % (uint64_t)bound);
}

void chance_letters(uint64_t *seed, char *out, size_t length, const char *alphabet) {
  size_t letters = strlen(alphabet);
  for (size_t i = 0; i < length; i++) out[i] = alphabet[chance_next(seed) % letters];
  out[length] = '\0';
}
