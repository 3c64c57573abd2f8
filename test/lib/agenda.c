/* The queue of a history. It must not know what happens at its moments. */
#include <assert.h>
#include <stdlib.h>

#include "chance.h"

#define ORDER_BITS 24
#define CHILDREN 4

static void grow(struct agenda *agenda) {
  uint32_t had = agenda->capacity;
  uint32_t capacity = had == 0 ? 1024 : had * 2;
  agenda->heap = realloc(agenda->heap, capacity * sizeof *agenda->heap);
  agenda->moments = realloc(agenda->moments, capacity * sizeof *agenda->moments);
  agenda->vacant = realloc(agenda->vacant, capacity * sizeof *agenda->vacant);
  if (agenda->heap == NULL || agenda->moments == NULL || agenda->vacant == NULL) abort();
  for (uint32_t i = had; i < capacity; i++) agenda->vacant[i] = i;
  agenda->capacity = capacity;
}

void agenda_put(struct agenda *agenda, usec at, const struct moment *moment) {
  assert(at >= 0);
  if (agenda->count == agenda->capacity) grow(agenda);
  uint32_t place = agenda->vacant[agenda->count];
  agenda->moments[place] = *moment;
  uint64_t order = ++agenda->order & ((UINT64_C(1) << ORDER_BITS) - 1);
  struct turn turn = {(uint64_t)at << ORDER_BITS | order, place};
  uint32_t i = agenda->count++;
  while (i > 0) {
    uint32_t parent = (i - 1) / CHILDREN;
    if (agenda->heap[parent].key <= turn.key) break;
    agenda->heap[i] = agenda->heap[parent];
    i = parent;
  }
  agenda->heap[i] = turn;
}

usec agenda_next(const struct agenda *agenda) {
  return agenda->count == 0 ? -1 : (usec)(agenda->heap[0].key >> ORDER_BITS);
}

static uint32_t least(const struct turn *heap, uint32_t first, uint32_t count) {
  uint32_t last = first + CHILDREN < count ? first + CHILDREN : count;
  uint32_t best = first;
  for (uint32_t i = first + 1; i < last; i++) {
    if (heap[i].key < heap[best].key) best = i;
  }
  return best;
}

struct moment agenda_take(struct agenda *agenda) {
  assert(agenda->count > 0);
  struct turn *heap = agenda->heap;
  uint32_t place = heap[0].moment;
  uint32_t count = --agenda->count;
  struct turn last = heap[count];
  agenda->vacant[count] = place;
  uint32_t i = 0;
  for (uint32_t child = 1; child < count; child = CHILDREN * i + 1) {
    child = least(heap, child, count);
    if (heap[child].key >= last.key) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = last;
  return agenda->moments[place];
}

void agenda_clear(struct agenda *agenda) {
  agenda->count = 0;
  agenda->order = 0;
  for (uint32_t i = 0; i < agenda->capacity; i++) agenda->vacant[i] = i;
}

void agenda_free(struct agenda *agenda) {
  free(agenda->heap);
  free(agenda->moments);
  free(agenda->vacant);
  *agenda = (struct agenda){0};
}
