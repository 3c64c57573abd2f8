/*
 * A min-heap of embedded timers, ordered by their time. It knows no clock and no loop.
 */
#ifndef HR_IO_LOOP_TIMER_H
#define HR_IO_LOOP_TIMER_H

#include "io/loop.h"

struct hr_timer_heap {
  struct hr_timer **slots; /* slots[1] is the first; slot 0 is never used */
  size_t count;
  size_t capacity;         /* timers that fit */
};

int hr_timer_heap_put(struct hr_timer_heap *heap, struct hr_timer *timer, hr_msec at_ms);
void hr_timer_heap_remove(struct hr_timer_heap *heap, struct hr_timer *timer);
void hr_timer_heap_free(struct hr_timer_heap *heap);

static inline struct hr_timer *hr_timer_heap_first(const struct hr_timer_heap *heap) {
  return heap->count > 0 ? heap->slots[1] : NULL;
}

#endif
