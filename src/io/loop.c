/*
 * The client's share of a libev loop: one ev_timer for all deadlines, ev_check and ev_prepare that
 * frame a turn, and the pool. Must not know what the timers and buffers are for.
 *
 *   ev_check ──▶ callbacks of this turn ──▶ ev_prepare (later) ──▶ sleep ──▶ ev_check ...
 *      └ reads the clock                        └ writes, gives buffers back
 *
 * Only timers and links keep ev_run() going: check and prepare are unreferenced.
 */
#include "io/loop.h"

#include <assert.h>
#include <ev.h>
#include <time.h>

#include "base/alloc.h"
#include "io/loop_timer.h"
#include "io/resolve.h"

#define HR_LOOP_LATER_PASSES 64 /* what still wants to run then waits for the next turn */
#define HR_LOOP_POOL_MAX 16     /* blocks of each size that are kept */

struct hr_loop_pool {
  size_t size;
  size_t count;
  char *blocks[HR_LOOP_POOL_MAX];
};

struct hr_loop {
  struct ev_loop *ev;
  ev_timer timer;
  ev_prepare prepare;
  ev_check check;
  struct hr_loop_time now; /* valid while now_fresh */
  bool now_fresh;        /* set when a turn begins, cleared before the loop sleeps */
  hr_msec began_ms;      /* this turn, */
  hr_msec slept_ms;      /* and the sleep before it */
  hr_msec unread_ms;     /* see hr_loop_unread_since */
  bool spin;             /* the timer is set to "at once" for a `later` left over */
  hr_msec armed_ms;      /* what the ev_timer is set to; 0: it is not active */
  struct hr_timer_heap heap;
  struct hr_later *later; /* oldest first */
  struct hr_later **later_end;
  struct hr_loop_pool small, large;
  struct hr_later mark;   /* where the current pass over `later` ends */
  size_t blocks_out;
  int busy;               /* callbacks of ours on the stack that will look at this struct again */
  bool dead;              /* freed from within one of them, or while a block was out */
  struct hr_resolver *resolver;
};

int64_t hr_loop_now_us(struct hr_loop *loop) {
  (void)loop;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct hr_loop_time hr_loop_read(struct hr_loop *loop) {
  int64_t us = hr_loop_now_us(loop);
  return (struct hr_loop_time){.ms = us / 1000, .us = us};
}

struct hr_loop_time hr_loop_turn(struct hr_loop *loop) {
  /* Outside ev_run nobody tells when time passes: the blocking API may sleep between two calls. */
  if (!loop->now_fresh || ev_depth(loop->ev) == 0) {
    return hr_loop_read(loop);
  }
  return loop->now;
}

hr_msec hr_loop_now(struct hr_loop *loop) {
  return hr_loop_turn(loop).ms;
}

hr_msec hr_loop_unread_since(const struct hr_loop *loop) {
  return loop->unread_ms;
}

const int64_t *hr_loop_clock_us(struct hr_loop *loop) {
  return &loop->now.us;
}

struct ev_loop *hr_loop_ev(struct hr_loop *loop) {
  return loop->ev;
}

struct hr_resolver *hr_loop_resolver(struct hr_loop *loop) {
  if (loop->resolver == NULL) {
    loop->resolver = hr_resolver_new(loop->ev);
  }
  return loop->resolver;
}

static void hr_loop_pool_empty(struct hr_loop_pool *pool) {
  while (pool->count > 0) {
    hr_free(pool->blocks[--pool->count]);
  }
}

/* ---- deadlines ---- */

/* libev counts from its own cached clock, which lags: a timer may come early, never late. */
static void hr_loop_arm(struct hr_loop *loop) {
  const struct hr_timer *first = hr_timer_heap_first(&loop->heap);
  if (first == NULL && !loop->spin) {
    ev_timer_stop(loop->ev, &loop->timer);
    loop->armed_ms = 0;
    return;
  }
  double delay = 0.0;
  loop->armed_ms = 1;
  if (!loop->spin) {
    int64_t wait_us = first->at_ms * 1000 - hr_loop_now_us(loop);
    delay = wait_us > 0 ? (double)wait_us / 1e6 : 0.0;
    loop->armed_ms = first->at_ms;
  }
  ev_timer_stop(loop->ev, &loop->timer);
  ev_timer_set(&loop->timer, delay, 0.0);
  ev_timer_start(loop->ev, &loop->timer);
}

/* Memory goes when the last user of it is off the stack. */
static void hr_loop_leave(struct hr_loop *loop) {
  if (!loop->dead || loop->busy > 0 || loop->blocks_out > 0) {
    return;
  }
  hr_timer_heap_free(&loop->heap);
  hr_loop_pool_empty(&loop->small);
  hr_loop_pool_empty(&loop->large);
  hr_free(loop);
}

static void hr_loop_on_timer(struct ev_loop *ev, ev_timer *watcher, int events) {
  struct hr_loop *loop = watcher->data;
  (void)ev;
  (void)events;
  loop->spin = false;
  loop->armed_ms = 0;
  /* Timers set by the callbacks for "now" wait for the next turn: the cut is taken once. */
  hr_msec now = hr_loop_now_us(loop) / 1000;
  size_t budget = loop->heap.count;
  struct hr_timer *first;
  loop->busy++;
  while (budget-- > 0 && (first = hr_timer_heap_first(&loop->heap)) != NULL &&
         first->at_ms <= now) {
    hr_timer_heap_remove(&loop->heap, first);
    first->fn(first, first->owner);
  }
  if (!loop->dead) {
    hr_loop_arm(loop);
  }
  loop->busy--;
  hr_loop_leave(loop);
}

int hr_timer_set(struct hr_loop *loop, struct hr_timer *timer, hr_msec at_ms) {
  assert(timer->fn != NULL);
  if (hr_timer_heap_put(&loop->heap, timer, at_ms) != 0) {
    return -1;
  }
  if (loop->armed_ms == 0 || at_ms < loop->armed_ms) {
    hr_loop_arm(loop);
  }
  return 0;
}

/* The ev_timer stays as it is while others wait: it then comes once too early. */
void hr_timer_clear(struct hr_loop *loop, struct hr_timer *timer) {
  hr_timer_heap_remove(&loop->heap, timer);
  if (loop->heap.count == 0 && loop->armed_ms != 0) {
    hr_loop_arm(loop);
  }
}

/* ---- the end of a turn ---- */

void hr_later_add(struct hr_loop *loop, struct hr_later *later) {
  assert(later->fn != NULL);
  if (later->link != NULL) {
    return;
  }
  later->next = NULL;
  later->link = loop->later_end;
  *loop->later_end = later;
  loop->later_end = &later->next;
}

void hr_later_remove(struct hr_loop *loop, struct hr_later *later) {
  if (later->link == NULL) {
    return;
  }
  *later->link = later->next;
  if (later->next != NULL) {
    later->next->link = later->link;
  } else {
    loop->later_end = later->link;
  }
  later->next = NULL;
  later->link = NULL;
}

/* Never called: the mark is taken out when it is reached. */
static void hr_loop_on_mark(struct hr_later *later, void *owner) {
  (void)later;
  (void)owner;
}

/* Each pass takes those that wait now; what they cause for others belongs to this turn too. */
static void hr_loop_run_later(struct hr_loop *loop) {
  for (int pass = 0; loop->later != NULL && pass < HR_LOOP_LATER_PASSES; pass++) {
    hr_later_add(loop, &loop->mark);
    while (loop->later != &loop->mark && !loop->dead) {
      struct hr_later *later = loop->later;
      hr_later_remove(loop, later);
      later->fn(later, later->owner);
    }
    hr_later_remove(loop, &loop->mark);
  }
}

static void hr_loop_on_prepare(struct ev_loop *ev, ev_prepare *watcher, int events) {
  struct hr_loop *loop = watcher->data;
  (void)ev;
  (void)events;
  /* The first turn of an ev_run has no ev_check before it, or that of the run before. */
  loop->now = hr_loop_read(loop);
  loop->now_fresh = true;
  loop->busy++;
  hr_loop_run_later(loop);
  if (loop->later != NULL && !loop->spin) {
    loop->spin = true;
    hr_loop_arm(loop);
  }
  if (loop->blocks_out == 0) {
    hr_loop_pool_empty(&loop->small);
    hr_loop_pool_empty(&loop->large);
  }
  loop->now_fresh = false;
  loop->slept_ms = hr_loop_read(loop).ms;
  loop->busy--;
  hr_loop_leave(loop);
}

static void hr_loop_on_check(struct ev_loop *ev, ev_check *watcher, int events) {
  struct hr_loop *loop = watcher->data;
  (void)ev;
  (void)events;
  loop->now = hr_loop_read(loop);
  loop->now_fresh = true;
  /* Who really slept had nothing to read when it fell asleep, and was woken by what came. */
  loop->unread_ms = loop->now.ms > loop->slept_ms ? loop->now.ms : loop->began_ms;
  loop->began_ms = loop->now.ms;
}

/* ---- the pool ---- */

char *hr_loop_block_take(struct hr_loop *loop, size_t size) {
  assert(size == HR_LOOP_BLOCK_SMALL || size == HR_LOOP_BLOCK_LARGE);
  struct hr_loop_pool *pool = size == HR_LOOP_BLOCK_SMALL ? &loop->small : &loop->large;
  char *block = pool->count > 0 ? pool->blocks[--pool->count] : hr_alloc(size);
  loop->blocks_out += block != NULL;
  return block;
}

void hr_loop_block_give(struct hr_loop *loop, char *block, size_t capacity) {
  assert(block != NULL && loop->blocks_out > 0);
  loop->blocks_out--;
  struct hr_loop_pool *pool = capacity == HR_LOOP_BLOCK_SMALL ? &loop->small : &loop->large;
  if (capacity != pool->size || pool->count == HR_LOOP_POOL_MAX) {
    hr_free(block);
  } else {
    pool->blocks[pool->count++] = block;
  }
  hr_loop_leave(loop);
}

/* ---- birth and end ---- */

struct hr_loop *hr_loop_new(struct ev_loop *ev) {
  assert(ev != NULL);
  struct hr_loop *loop = hr_calloc(1, sizeof(*loop));
  if (loop == NULL) {
    return NULL;
  }
  loop->ev = ev;
  loop->later_end = &loop->later;
  loop->began_ms = loop->slept_ms = loop->unread_ms = hr_loop_read(loop).ms;
  loop->mark.fn = hr_loop_on_mark;
  loop->small.size = HR_LOOP_BLOCK_SMALL;
  loop->large.size = HR_LOOP_BLOCK_LARGE;
  ev_timer_init(&loop->timer, hr_loop_on_timer, 0.0, 0.0);
  ev_prepare_init(&loop->prepare, hr_loop_on_prepare);
  ev_check_init(&loop->check, hr_loop_on_check);
  loop->timer.data = loop->prepare.data = loop->check.data = loop;
  ev_set_priority(&loop->prepare, EV_MINPRI); /* after the user's own: it may still send */
  ev_set_priority(&loop->check, EV_MAXPRI);   /* before anything reads the clock */
  ev_prepare_start(ev, &loop->prepare);
  ev_check_start(ev, &loop->check);
  ev_unref(ev);
  ev_unref(ev);
  return loop;
}

void hr_loop_free(struct hr_loop *loop) {
  if (loop == NULL) {
    return;
  }
  hr_later_remove(loop, &loop->mark);
  assert(!loop->dead && loop->heap.count == 0 && loop->later == NULL);
  hr_resolver_free(loop->resolver);
  loop->resolver = NULL;
  loop->spin = false;
  ev_timer_stop(loop->ev, &loop->timer);
  ev_ref(loop->ev);
  ev_ref(loop->ev);
  ev_prepare_stop(loop->ev, &loop->prepare);
  ev_check_stop(loop->ev, &loop->check);
  loop->dead = true;
  hr_loop_leave(loop);
}
