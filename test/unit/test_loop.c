/*
 * Deadlines, the end of a turn, the pool, names resolved in threads: on a real libev loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <ev.h>

#include "base/alloc.h"
#include "base/prng.h"
#include "io/loop.h"
#include "io/loop_timer.h"
#include "io/resolve.h"

struct world {
  struct ev_loop *ev;
  struct hr_loop *loop;
  int fired;
  char order[160];
};

struct named {
  struct hr_timer timer;
  struct hr_later later;
  struct world *world;
  char name;
  struct named *then; /* added when this one runs */
};

static int setup(void **state) {
  static struct world world;
  memset(&world, 0, sizeof(world));
  world.ev = ev_loop_new(EVFLAG_AUTO);
  world.loop = hr_loop_new(world.ev);
  *state = &world;
  return world.loop == NULL;
}

static int teardown(void **state) {
  struct world *world = *state;
  hr_loop_free(world->loop);
  ev_run(world->ev, 0); /* nothing is registered any more: it returns at once */
  ev_loop_destroy(world->ev);
  return 0;
}

static void note(struct world *world, char name) {
  world->order[world->fired++] = name;
}

static void on_timer(struct hr_timer *timer, void *owner) {
  struct named *named = owner;
  assert_int_equal(timer->slot, 0);
  note(named->world, named->name);
}

static void on_later(struct hr_later *later, void *owner) {
  struct named *named = owner;
  assert_null(later->link);
  note(named->world, named->name);
  if (named->then != NULL) {
    hr_later_add(named->world->loop, &named->then->later);
  }
}

static struct named make(struct world *world, char name) {
  struct named named = {.world = world, .name = name};
  return named;
}

static void timers_fire_in_order_and_not_early(void **state) {
  struct world *world = *state;
  struct named t[4];
  hr_msec start = hr_loop_now(world->loop);
  static const int delays[] = {30, 5, 60, 10};
  for (int i = 0; i < 4; i++) {
    t[i] = make(world, (char)('a' + i));
    t[i].timer = (struct hr_timer){.fn = on_timer, .owner = &t[i]};
    assert_int_equal(hr_timer_set(world->loop, &t[i].timer, start + delays[i]), 0);
  }
  assert_int_equal(hr_timer_set(world->loop, &t[3].timer, start + 20), 0); /* moved */
  hr_timer_clear(world->loop, &t[2].timer);
  hr_timer_clear(world->loop, &t[2].timer); /* twice is fine */
  ev_run(world->ev, 0); /* returns when no timer is left */
  assert_string_equal(world->order, "bda");
  assert_true(hr_loop_now_us(world->loop) >= (start + 30) * 1000);
}

static void a_timer_set_after_a_long_sleep_is_not_early(void **state) {
  struct world *world = *state;
  struct named t = make(world, 't');
  t.timer = (struct hr_timer){.fn = on_timer, .owner = &t};
  ev_run(world->ev, EVRUN_NOWAIT);
  int64_t until = hr_loop_now_us(world->loop) + 30000;
  while (hr_loop_now_us(world->loop) < until) { /* the loop's own clock is stale now */
  }
  hr_msec start = hr_loop_now(world->loop);
  assert_true(start >= until / 1000);
  assert_int_equal(hr_timer_set(world->loop, &t.timer, start + 20), 0);
  ev_run(world->ev, 0);
  assert_string_equal(world->order, "t");
  assert_true(hr_loop_now_us(world->loop) >= (start + 20) * 1000);
}

static hr_msec noted_ms;
static void on_later_time(struct hr_later *later, void *owner) {
  const struct world *world = owner;
  (void)later;
  noted_ms = hr_loop_now(world->loop);
}

/* The clock is read when a turn begins; between two calls of ev_run() that may be long ago. */
static void time_does_not_step_back_into_the_loop(void **state) {
  struct world *world = *state;
  struct hr_later later = {.fn = on_later_time, .owner = world};
  ev_run(world->ev, EVRUN_NOWAIT);
  hr_msec before = hr_loop_now(world->loop);
  ev_sleep(0.02);
  hr_msec outside = hr_loop_now(world->loop);
  assert_true(outside > before);
  hr_later_add(world->loop, &later);
  ev_run(world->ev, EVRUN_NOWAIT);
  assert_true(noted_ms >= outside);
}

static void on_later_clock(struct hr_later *later, void *owner) {
  struct world *world = owner;
  (void)later;
  struct hr_loop_time now = hr_loop_turn(world->loop);
  assert_int_equal(now.ms, now.us / 1000);
  assert_int_equal(now.us, *hr_loop_clock_us(world->loop));
  ev_sleep(0.002);
  assert_int_equal(hr_loop_turn(world->loop).us, now.us); /* one turn, one time */
  assert_true(hr_loop_now_us(world->loop) >= now.us + 2000);
  note(world, 'c');
}

static void a_turn_has_one_time(void **state) {
  struct world *world = *state;
  struct hr_later later = {.fn = on_later_clock, .owner = world};
  hr_later_add(world->loop, &later);
  ev_run(world->ev, EVRUN_NOWAIT);
  assert_string_equal(world->order, "c");
  int64_t inside = *hr_loop_clock_us(world->loop);
  ev_sleep(0.002);
  assert_true(hr_loop_turn(world->loop).us >= inside + 2000); /* between two turns it is read */
}

static void the_heap_is_a_heap(void **state) {
  (void)state;
  struct hr_timer_heap heap = {0};
  struct hr_timer timers[200] = {0};
  struct hr_prng prng;
  hr_prng_seed(&prng, 3);
  for (int step = 0; step < 5000; step++) {
    struct hr_timer *timer = &timers[hr_prng_next(&prng) % 200];
    if (hr_prng_next(&prng) % 3 == 0) {
      hr_timer_heap_remove(&heap, timer);
      assert_int_equal(timer->slot, 0);
    } else {
      assert_int_equal(
          hr_timer_heap_put(&heap, timer, (hr_msec)(hr_prng_next(&prng) % 1000)), 0);
    }
    hr_msec least = INT64_MAX;
    size_t armed = 0;
    for (int i = 0; i < 200; i++) {
      if (timers[i].slot != 0) {
        armed++;
        least = timers[i].at_ms < least ? timers[i].at_ms : least;
      }
    }
    assert_int_equal(heap.count, armed);
    const struct hr_timer *first = hr_timer_heap_first(&heap);
    assert_true(first == NULL ? armed == 0 : first->at_ms == least);
  }
  hr_timer_heap_free(&heap);
}

static void later_runs_once_before_the_loop_sleeps(void **state) {
  struct world *world = *state;
  struct named a = make(world, 'a'), b = make(world, 'b'), c = make(world, 'c');
  a.later = (struct hr_later){.fn = on_later, .owner = &a};
  b.later = (struct hr_later){.fn = on_later, .owner = &b};
  c.later = (struct hr_later){.fn = on_later, .owner = &c};
  a.then = &c; /* caused by a: belongs to this turn too */
  hr_later_add(world->loop, &a.later);
  hr_later_add(world->loop, &a.later); /* idempotent */
  hr_later_add(world->loop, &b.later);
  struct named gone = make(world, 'x');
  gone.later = (struct hr_later){.fn = on_later, .owner = &gone};
  hr_later_add(world->loop, &gone.later);
  hr_later_remove(world->loop, &gone.later);
  hr_later_remove(world->loop, &gone.later);
  ev_run(world->ev, EVRUN_NOWAIT);
  assert_string_equal(world->order, "abc");
}

static int count_later;
static void on_endless(struct hr_later *later, void *owner) {
  struct world *world = owner;
  count_later++;
  hr_later_add(world->loop, later);
}

static void an_endless_later_leaves_room_for_timers(void **state) {
  struct world *world = *state;
  struct hr_later endless = {.fn = on_endless, .owner = world};
  struct named t = make(world, 't');
  t.timer = (struct hr_timer){.fn = on_timer, .owner = &t};
  count_later = 0;
  hr_later_add(world->loop, &endless);
  assert_int_equal(hr_timer_set(world->loop, &t.timer, hr_loop_now(world->loop) + 5), 0);
  while (world->fired == 0) {
    ev_run(world->ev, EVRUN_ONCE); /* never sleeps for ever: the loop spins */
  }
  assert_true(count_later > 64);
  hr_later_remove(world->loop, &endless);
}

static void free_loop_later(struct hr_later *later, void *owner) {
  struct world *world = owner;
  (void)later;
  hr_loop_free(world->loop);
  world->loop = NULL;
}

static void free_loop_timer(struct hr_timer *timer, void *owner) {
  struct world *world = owner;
  (void)timer;
  hr_loop_free(world->loop);
  world->loop = NULL;
}

static void the_loop_may_be_freed_from_its_callbacks(void **state) {
  struct world *world = *state;
  struct hr_later later = {.fn = free_loop_later, .owner = world};
  hr_later_add(world->loop, &later);
  ev_run(world->ev, EVRUN_NOWAIT);
  assert_null(world->loop);
  world->loop = hr_loop_new(world->ev);
  assert_non_null(world->loop);
  struct hr_timer timer = {.fn = free_loop_timer, .owner = world};
  assert_int_equal(hr_timer_set(world->loop, &timer, 0), 0);
  ev_run(world->ev, 0);
  assert_null(world->loop);
  world->loop = hr_loop_new(world->ev);
  assert_non_null(world->loop);
  char *block = hr_loop_block_take(world->loop, HR_LOOP_BLOCK_SMALL);
  struct hr_loop *held = world->loop;
  hr_loop_free(world->loop);
  world->loop = NULL;
  hr_loop_block_give(held, block, HR_LOOP_BLOCK_SMALL); /* the last holder ends it */
}

static int allocations(void *state, size_t size) {
  (void)size;
  ++*(int *)state;
  return 1;
}

static void the_pool_keeps_blocks_while_somebody_is_busy(void **state) {
  struct world *world = *state;
  int count = 0;
  hr_alloc_set_hook(allocations, &count);
  char *busy = hr_loop_block_take(world->loop, HR_LOOP_BLOCK_LARGE);
  for (int i = 0; i < 5; i++) {
    char *block = hr_loop_block_take(world->loop, HR_LOOP_BLOCK_SMALL);
    hr_loop_block_give(world->loop, block, HR_LOOP_BLOCK_SMALL);
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  assert_int_equal(count, 2);
  char *grown = hr_realloc(busy, 200000);
  hr_loop_block_give(world->loop, grown, 200000); /* too large to keep */
  count = 0;
  ev_run(world->ev, EVRUN_NOWAIT); /* nobody is busy: all of it goes back */
  char *block = hr_loop_block_take(world->loop, HR_LOOP_BLOCK_SMALL);
  hr_alloc_set_hook(NULL, NULL);
  assert_int_equal(count, 1);
  hr_loop_block_give(world->loop, block, HR_LOOP_BLOCK_SMALL);
}

/* ---- names ---- */

static void on_resolved(const struct hr_resolved *found, const char *why, void *owner) {
  struct world *world = owner;
  world->fired++;
  snprintf(world->order, sizeof(world->order), "%s", found->count > 0 ? found->text[0] : why);
}

static void localhost_resolves_in_a_thread(void **state) {
  struct world *world = *state;
  struct hr_resolver *resolver = hr_loop_resolver(world->loop);
  assert_non_null(hr_resolve_start(resolver, "localhost", on_resolved, world));
  assert_int_equal(world->fired, 0);
  ev_run(world->ev, 0); /* kept going by the lookup, ends with it */
  assert_int_equal(world->fired, 1);
  assert_true(hr_resolve_is_numeric(world->order));
}

static void a_name_that_is_none_says_so(void **state) {
  struct world *world = *state;
  struct hr_resolver *resolver = hr_loop_resolver(world->loop);
  assert_non_null(hr_resolve_start(resolver, "not a name", on_resolved, world));
  ev_run(world->ev, 0);
  assert_int_equal(world->fired, 1);
  assert_non_null(strstr(world->order, "does not resolve"));
}

static void a_cancelled_lookup_is_never_told(void **state) {
  struct world *world = *state;
  struct hr_resolver *resolver = hr_loop_resolver(world->loop);
  for (int i = 0; i < 20; i++) {
    struct hr_lookup *lookup = hr_resolve_start(resolver, "localhost", on_resolved, world);
    assert_non_null(lookup);
    int64_t until = hr_loop_now_us(world->loop) + i * 200;
    while (hr_loop_now_us(world->loop) < until) { /* sometimes before, sometimes after the answer */
    }
    hr_resolve_cancel(lookup);
  }
  ev_run(world->ev, 0);
  assert_int_equal(world->fired, 0);
  /* and the loop may go while threads still work: teardown does that */
  for (int i = 0; i < 4; i++) {
    assert_non_null(hr_resolve_start(resolver, "localhost", on_resolved, world));
  }
}

static void numeric_addresses_are_recognised(void **state) {
  (void)state;
  assert_true(hr_resolve_is_numeric("127.0.0.1"));
  assert_true(hr_resolve_is_numeric("::1"));
  assert_true(hr_resolve_is_numeric("fe80::1%eth0"));
  assert_false(hr_resolve_is_numeric("localhost"));
  assert_false(hr_resolve_is_numeric("1.2.3"));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(timers_fire_in_order_and_not_early),
      T(a_timer_set_after_a_long_sleep_is_not_early),
      T(time_does_not_step_back_into_the_loop),
      T(a_turn_has_one_time),
      T(the_heap_is_a_heap),
      T(later_runs_once_before_the_loop_sleeps),
      T(an_endless_later_leaves_room_for_timers),
      T(the_loop_may_be_freed_from_its_callbacks),
      T(the_pool_keeps_blocks_while_somebody_is_busy),
      T(localhost_resolves_in_a_thread),
      T(a_name_that_is_none_says_so),
      T(a_cancelled_lookup_is_never_told),
      T(numeric_addresses_are_recognised),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
