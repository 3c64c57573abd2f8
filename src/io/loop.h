/*
 * One per client: the caller's libev loop, one deadline heap with one ev_timer, one ev_prepare for
 * "everything queued in this turn leaves in one write", and a pool of buffers given back when idle.
 */
#ifndef HR_IO_LOOP_H
#define HR_IO_LOOP_H

#include "base/types.h"

struct ev_loop;
struct hr_loop;

struct hr_loop *hr_loop_new(struct ev_loop *ev); /* NULL: out of memory */
void hr_loop_free(struct hr_loop *loop);         /* nothing may be attached any more */
hr_msec hr_loop_now(struct hr_loop *loop);       /* monotonic; of this turn of the loop */
int64_t hr_loop_now_us(struct hr_loop *loop);    /* monotonic; read at this moment */
struct ev_loop *hr_loop_ev(struct hr_loop *loop);

/* A timer. Embed it; zero it before first use. fn may free its owner. */
struct hr_timer {
  hr_msec at_ms;
  size_t slot;             /* the heap's: 0 = not armed */
  void (*fn)(struct hr_timer *timer, void *owner);
  void *owner;
};
int hr_timer_set(struct hr_loop *loop, struct hr_timer *timer, hr_msec at_ms); /* -1: no memory */
void hr_timer_clear(struct hr_loop *loop, struct hr_timer *timer);

/* Called once at the end of this turn of the loop (before it sleeps). Embed; zero before use. */
struct hr_later {
  struct hr_later *next, **link; /* link == NULL: not queued */
  void (*fn)(struct hr_later *later, void *owner);
  void *owner;
};
void hr_later_add(struct hr_loop *loop, struct hr_later *later); /* idempotent */
void hr_later_remove(struct hr_loop *loop, struct hr_later *later);

#endif
