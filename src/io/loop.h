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
/* No timer and no `later` may be attached any more. Safe from within their callbacks. */
void hr_loop_free(struct hr_loop *loop);
hr_msec hr_loop_now(struct hr_loop *loop);       /* monotonic; of this turn, or read if none runs */
int64_t hr_loop_now_us(struct hr_loop *loop);    /* monotonic; read at this moment */
/* What is read in this turn may have come since then: callbacks of the turn before took so long. */
hr_msec hr_loop_unread_since(const struct hr_loop *loop);
/* The same moment in both units. */
struct hr_loop_time {
  hr_msec ms;
  int64_t us;
};
struct hr_loop_time hr_loop_turn(struct hr_loop *loop); /* as hr_loop_now() */
/* When this turn began: where it lies, for who reads it for every reply. True only within one. */
const int64_t *hr_loop_clock_us(struct hr_loop *loop);
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

/*
 * Blocks of hr_alloc memory for whoever is busy. A holder takes one of the two sizes, may replace
 * it by a larger one of its own, and gives back what it has: `capacity` says how large that is now.
 * When nobody holds any, the pool gives all of it back to the system at the end of the turn.
 */
#define HR_LOOP_BLOCK_SMALL 16384
#define HR_LOOP_BLOCK_LARGE 65536
char *hr_loop_block_take(struct hr_loop *loop, size_t size); /* NULL: out of memory */
void hr_loop_block_give(struct hr_loop *loop, char *block, size_t capacity);

/* The resolver that the loop owns; made when first asked for. NULL: out of memory. */
struct hr_resolver;
struct hr_resolver *hr_loop_resolver(struct hr_loop *loop);

#endif
