/*
 * The heap of deadlines. See loop_timer.h.
 */
#include "io/loop_timer.h"

#include <assert.h>

#include "base/alloc.h"

#define HR_TIMER_HEAP_FIRST 16

static void hr_timer_heap_place(struct hr_timer_heap *heap, size_t slot, struct hr_timer *timer) {
  heap->slots[slot] = timer;
  timer->slot = slot;
}

static void hr_timer_heap_up(struct hr_timer_heap *heap, size_t slot, struct hr_timer *timer) {
  while (slot > 1 && heap->slots[slot / 2]->at_ms > timer->at_ms) {
    hr_timer_heap_place(heap, slot, heap->slots[slot / 2]);
    slot /= 2;
  }
  hr_timer_heap_place(heap, slot, timer);
}

static void hr_timer_heap_down(struct hr_timer_heap *heap, size_t slot, struct hr_timer *timer) {
  for (;;) {
    size_t child = 2 * slot;
    if (child > heap->count) {
      break;
    }
    if (child < heap->count && heap->slots[child + 1]->at_ms < heap->slots[child]->at_ms) {
      child++;
    }
    if (heap->slots[child]->at_ms >= timer->at_ms) {
      break;
    }
    hr_timer_heap_place(heap, slot, heap->slots[child]);
    slot = child;
  }
  hr_timer_heap_place(heap, slot, timer);
}

static int hr_timer_heap_grow(struct hr_timer_heap *heap) {
  size_t capacity = heap->capacity != 0 ? 2 * heap->capacity : HR_TIMER_HEAP_FIRST;
  struct hr_timer **slots = hr_realloc(heap->slots, (capacity + 1) * sizeof(*slots));
  if (slots == NULL) {
    return -1;
  }
  heap->slots = slots;
  heap->capacity = capacity;
  return 0;
}

int hr_timer_heap_put(struct hr_timer_heap *heap, struct hr_timer *timer, hr_msec at_ms) {
  if (timer->slot != 0) {
    assert(heap->slots[timer->slot] == timer);
    hr_msec before = timer->at_ms;
    timer->at_ms = at_ms;
    if (at_ms < before) {
      hr_timer_heap_up(heap, timer->slot, timer);
    } else {
      hr_timer_heap_down(heap, timer->slot, timer);
    }
    return 0;
  }
  if (heap->count == heap->capacity && hr_timer_heap_grow(heap) != 0) {
    return -1;
  }
  timer->at_ms = at_ms;
  heap->count++;
  hr_timer_heap_up(heap, heap->count, timer);
  return 0;
}

void hr_timer_heap_remove(struct hr_timer_heap *heap, struct hr_timer *timer) {
  size_t slot = timer->slot;
  if (slot == 0) {
    return;
  }
  assert(slot <= heap->count && heap->slots[slot] == timer);
  struct hr_timer *last = heap->slots[heap->count];
  heap->count--;
  timer->slot = 0;
  if (last == timer) {
    return;
  }
  if (slot > 1 && heap->slots[slot / 2]->at_ms > last->at_ms) {
    hr_timer_heap_up(heap, slot, last);
  } else {
    hr_timer_heap_down(heap, slot, last);
  }
}

void hr_timer_heap_free(struct hr_timer_heap *heap) {
  hr_free(heap->slots);
  *heap = (struct hr_timer_heap){0};
}
