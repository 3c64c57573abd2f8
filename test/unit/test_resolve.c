/*
 * Names whose server hangs: lookups are given up and asked again, threads do not pile up.
 */
#define _POSIX_C_SOURCE 200809L /* struct addrinfo */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <ev.h>
#include <netdb.h>
#include <pthread.h>

#include "io/loop.h"
#include "io/resolve.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static int asked, inside; /* queries begun, and not over */
static int hanging;       /* so many hang, the first ones */
static double now;

/* Instead of libev's: the loop's clock. */
ev_tstamp ev_now(struct ev_loop *ev) {
  (void)ev;
  return now;
}

/* Instead of the system's: hangs until it is let go, then knows nothing. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **list) {
  (void)name;
  (void)service;
  (void)hints;
  *list = NULL;
  pthread_mutex_lock(&mutex);
  int mine = ++asked;
  inside++;
  pthread_cond_broadcast(&moved);
  while (mine <= hanging) {
    pthread_cond_wait(&moved, &mutex);
  }
  inside--;
  pthread_cond_broadcast(&moved);
  pthread_mutex_unlock(&mutex);
  return EAI_AGAIN;
}

static void let_go(void) {
  pthread_mutex_lock(&mutex);
  hanging = 0;
  pthread_cond_broadcast(&moved);
  while (inside > 0) {
    pthread_cond_wait(&moved, &mutex);
  }
  pthread_mutex_unlock(&mutex);
}

static void wait_until_asked(int count) {
  pthread_mutex_lock(&mutex);
  while (asked < count) {
    pthread_cond_wait(&moved, &mutex);
  }
  pthread_mutex_unlock(&mutex);
}

struct world {
  struct ev_loop *ev;
  struct hr_loop *loop;
  struct hr_resolver *resolver;
};

static int setup(void **state) {
  static struct world world;
  world.ev = ev_loop_new(EVFLAG_AUTO);
  world.loop = hr_loop_new(world.ev);
  world.resolver = hr_loop_resolver(world.loop);
  asked = inside = 0;
  hanging = 1000;
  now = 5000;
  *state = &world;
  return world.resolver == NULL;
}

static int teardown(void **state) {
  struct world *world = *state;
  let_go();
  hr_loop_free(world->loop);
  ev_run(world->ev, 0);
  ev_loop_destroy(world->ev);
  return 0;
}

static void on_resolved(const struct hr_resolved *found, const char *why, void *owner) {
  assert_int_equal(found->count, 0);
  assert_non_null(strstr(why, "does not resolve"));
  ++*(int *)owner;
}

static struct hr_lookup *start(struct world *world, const char *host, int *told) {
  struct hr_lookup *lookup = hr_resolve_start(world->resolver, host, on_resolved, told);
  assert_non_null(lookup);
  return lookup;
}

static void who_asks_again_waits_for_the_lookup_under_way(void **state) {
  struct world *world = *state;
  int given_up = 0, told = 0;
  for (int i = 0; i < 50; i++) {
    hr_resolve_cancel(start(world, "redis-a", &given_up));
  }
  start(world, "redis-a", &told);
  let_go();
  ev_run(world->ev, 0); /* kept going by the lookup, ends with it */
  assert_int_equal(told, 1);
  assert_int_equal(given_up, 0);
  assert_int_equal(asked, 1);
}

static void each_of_two_gets_its_answer(void **state) {
  struct world *world = *state;
  int first = 0, second = 0, other = 0;
  hr_resolve_cancel(start(world, "redis-a", &first));
  start(world, "redis-a", &first);
  start(world, "redis-a", &second);
  start(world, "redis-b", &other);
  let_go();
  ev_run(world->ev, 0);
  assert_int_equal(first, 1);
  assert_int_equal(second, 1);
  assert_int_equal(other, 1);
  assert_int_equal(asked, 2);
}

/* Its packets were lost in an outage; the network is back, and it does not know. */
static void an_old_query_is_not_waited_for(void **state) {
  struct world *world = *state;
  int given_up = 0, told = 0;
  hanging = 1;
  hr_resolve_cancel(start(world, "redis-a", &given_up));
  wait_until_asked(1);
  now += 1.5;
  start(world, "redis-a", &told);
  ev_run(world->ev, 0);
  assert_int_equal(told, 1);
  assert_int_equal(inside, 1); /* it hangs still */
}

static void who_waits_for_an_old_query_may_go_on_waiting(void **state) {
  struct world *world = *state;
  int patient = 0, told = 0;
  hanging = 1;
  start(world, "redis-a", &patient);
  wait_until_asked(1);
  now += 1.5;
  start(world, "redis-a", &told);
  while (told == 0) {
    ev_run(world->ev, EVRUN_ONCE);
  }
  assert_int_equal(patient, 0);
  let_go();
  ev_run(world->ev, 0);
  assert_int_equal(patient, 1);
}

static void threads_do_not_pile_up_however_long_it_hangs(void **state) {
  struct world *world = *state;
  int told = 0;
  for (int i = 0; i < 50; i++) {
    hr_resolve_cancel(start(world, "redis-a", &told));
    now += 2;
  }
  start(world, "redis-a", &told);
  wait_until_asked(8);
  let_go();
  ev_run(world->ev, 0);
  assert_int_equal(asked, 8);
  assert_int_equal(told, 1);
}

/* One who gives up the other when it is told. */
static struct hr_lookup *other;

static void on_resolved_give_up(const struct hr_resolved *found, const char *why, void *owner) {
  (void)found;
  (void)why;
  ++*(int *)owner;
  hr_resolve_cancel(other);
}

static void who_is_told_may_give_up_the_others(void **state) {
  struct world *world = *state;
  int not_told = 0, told = 0;
  other = start(world, "redis-a", &not_told);
  assert_non_null(hr_resolve_start(world->resolver, "redis-a", on_resolved_give_up, &told));
  let_go();
  ev_run(world->ev, 0);
  assert_int_equal(told, 1);
  assert_int_equal(not_told, 0);
}

/* One who frees the loop, and with it the resolver, when it is told. */
static void on_resolved_free(const struct hr_resolved *found, const char *why, void *owner) {
  struct world *world = owner;
  (void)found;
  (void)why;
  hr_loop_free(world->loop);
  world->loop = hr_loop_new(world->ev);
}

static void who_is_told_may_free_the_resolver(void **state) {
  struct world *world = *state;
  int not_told = 0;
  start(world, "redis-a", &not_told);
  assert_non_null(hr_resolve_start(world->resolver, "redis-a", on_resolved_free, world));
  let_go();
  ev_run(world->ev, 0);
  assert_int_equal(not_told, 0);
}

static void a_lookup_that_is_over_is_made_anew(void **state) {
  struct world *world = *state;
  int told = 0;
  hr_resolve_cancel(start(world, "redis-a", &told));
  let_go();
  for (int i = 0; i < 3; i++) {
    start(world, "redis-a", &told);
    ev_run(world->ev, 0);
    assert_int_equal(told, i + 1);
  }
}

/* The loop goes while threads hang: they end alone. */
static void the_resolver_may_go_first(void **state) {
  struct world *world = *state;
  int told = 0;
  hr_resolve_cancel(start(world, "redis-a", &told));
  start(world, "redis-b", &told);
  hr_loop_free(world->loop);
  world->loop = hr_loop_new(world->ev);
  let_go();
  assert_int_equal(told, 0);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(who_asks_again_waits_for_the_lookup_under_way),
      T(each_of_two_gets_its_answer),
      T(an_old_query_is_not_waited_for),
      T(who_waits_for_an_old_query_may_go_on_waiting),
      T(threads_do_not_pile_up_however_long_it_hangs),
      T(who_is_told_may_give_up_the_others),
      T(who_is_told_may_free_the_resolver),
      T(a_lookup_that_is_over_is_made_anew),
      T(the_resolver_may_go_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
