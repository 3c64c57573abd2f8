/*
 * What the pub/sub links are told: many names in one command, a barrier behind them, refusals,
 * links that come and go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sub_kit.h"

static int state_of(const haredis_subscription *s) {
  return haredis_subscription_state(s);
}

/* ---- many names ---- */

static void many_names_share_commands(void **state) {
  (void)state;
  sub_begin();
  sub_wire_begin();
  for (int i = 0; i < 12000; i++) {
    sub_number(i);
  }
  kit_turn(0);
  kit_turn(0);
  sub_wire_play();
  assert_int_equal(sub_wire_count[1], 12000);
  assert_in_range(kit_feed_count(1, "SUBSCRIBE"), 12, 15);
  assert_int_equal(sub_longest_names, HR_WIRE_NAMES_MAX);
  assert_int_equal(sub_told.subscribed, 0);
  sub_serve(1);
  assert_int_equal(sub_told.subscribed, 1);
  assert_int_equal(sub_told.count, 12000);
  sub_say(1, "11999", "1");
  assert_heard("x:1 ");
}

static void long_names_make_short_commands(void **state) {
  char name[3001];
  (void)state;
  sub_begin();
  sub("0", "x");
  sub_serve(1);
  sub_wire_begin();
  kit_feed_forget();
  memset(name, '7', 3000);
  name[3000] = '\0';
  for (int i = 0; i < 20; i++) {
    name[0] = name[1] = (char)('a' + i);
    sub(name, "x");
  }
  sub_serve(1);
  sub_wire_play();
  assert_in_range(sub_longest_bytes, 3000, HR_WIRE_BYTES_MAX);
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE"), 4);
}

static void kinds_go_apart(void **state) {
  (void)state;
  sub_begin();
  sub("first", "x");
  sub_serve(1);
  for (int i = 0; i < 3; i++) {
    char name[16];
    snprintf(name, sizeof(name), "%d", i);
    haredis_subscribe(kit.c, name, sub_on_message, "c");
    haredis_psubscribe(kit.c, name, sub_on_message, "p");
    haredis_ssubscribe(kit.c, name, sub_on_message, "s");
  }
  kit_turn(0);
  assert_true(kit_feed_saw(1, "SUBSCRIBE 0 1 2")); /* in the order of the calls */
  assert_true(kit_feed_saw(1, "PSUBSCRIBE 0 1 2"));
  assert_true(kit_feed_saw(1, "SSUBSCRIBE 0 1 2"));
}

/* ---- refusals ---- */

static void answer_until(const char *first_words, const char *error) {
  for (int i = 0; i < 100; i++) {
    const struct kit_feed_sent *next = NULL;
    for (size_t k = 0; k < kit.feed_sent_count && next == NULL; k++) {
      next = kit.feed_sent[k].over || kit.feed_sent[k].node != 1 ? NULL : &kit.feed_sent[k];
    }
    if (next == NULL) {
      return;
    }
    bool hit = strcmp(next->text, first_words) == 0;
    kit_feed_answer(1, hit ? error : NULL);
    if (hit) {
      return;
    }
  }
}

static void forbidden_name_does_not_take_others_along(void **state) {
  (void)state;
  sub_begin();
  haredis_subscription *first = sub("first", "x");
  sub_serve(1);
  haredis_subscription *a = sub("a", "a"), *b = sub("b", "b"), *c = sub("c", "c");
  sub_forget();
  kit_turn(0);
  answer_until("SUBSCRIBE a b c", "NOPERM no permission");
  assert_true(kit_feed_saw(1, "SUBSCRIBE a"));
  assert_true(kit_feed_saw(1, "SUBSCRIBE b"));
  assert_true(kit_feed_saw(1, "SUBSCRIBE c"));
  assert_int_equal(sub_told.warnings, 0);
  answer_until("SUBSCRIBE b", "NOPERM no permission to access b");
  assert_int_equal(sub_told.warnings, 1);
  assert_non_null(strstr(sub_told.warned, "channel b is refused: NOPERM"));
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING);
  sub_serve(1);
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_REFUSED);
  assert_int_equal(state_of(c), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(state_of(first), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(sub_told.subscribed, 1);
  assert_int_equal(sub_told.count, 3);
  assert_int_equal(state_of(sub("b", "late")), HAREDIS_SUBSCRIPTION_REFUSED);
  assert_true(sub_settled()); /* nobody waits for what was refused */
}

/* Nor ever will anything be, where our user has no right to our own channels. */
static void who_is_deaf_refuses_all(void **state) {
  (void)state;
  sub_begin();
  haredis_subscription *a = sub("a", "a");
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING);
  kit.feed_denied[1] = true;
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_REFUSED);
  kit.feed_denied[1] = false;
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING);
}

static void refused_name_is_asked_again_elsewhere(void **state) {
  (void)state;
  sub_begin();
  sub("first", "x");
  haredis_subscription *b = sub("b", "b");
  kit_turn(0);
  answer_until("SUBSCRIBE haredis:mark:kit", NULL);
  kit_feed_answer(1, "NOPERM"); /* both names */
  answer_until("SUBSCRIBE b", "NOPERM");
  sub_serve(1);
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_REFUSED);
  assert_int_equal(sub_told.count, 1);
  kit_feed_down(1);
  sub_belongs(2);
  sub_serve(2);
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_READY);
  assert_true(kit_feed_saw(2, "SUBSCRIBE b"));
  assert_int_equal(sub_told.count, 2);
  sub_say(2, "b", "1");
  assert_heard("b:1 ");
}

/* The last handle of a refused channel takes the refusal along. */
static void refused_name_may_be_asked_for_anew(void **state) {
  (void)state;
  sub_begin();
  sub("first", "x");
  sub_serve(1);
  haredis_subscription *b = sub("b", "b");
  kit_turn(0);
  answer_until("SUBSCRIBE b", "NOPERM");
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_REFUSED);
  haredis_unsubscribe(b);
  b = sub("b", "b");
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_PENDING);
  sub_serve(1);
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE b"), 2);
  assert_int_equal(kit_feed_count(1, "UNSUBSCRIBE"), 0);
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(sub_told.count, 2);
}

/* Where they move, what is asked alone is in force before the mark is published. */
static void move_waits_for_names_that_are_asked_alone(void **state) {
  (void)state;
  sub_begin();
  sub("a", "a");
  sub("b", "b");
  sub_serve(1);
  int marks = kit.marks;
  sub_belongs(2);
  kit_turn(0);
  assert_true(kit_feed_answer(2, NULL));              /* the channel of the marks */
  assert_true(kit_feed_answer(2, "NOPERM for one"));  /* both names */
  assert_true(kit_feed_answer(2, NULL));              /* the barrier behind them */
  kit_turn(0);
  assert_int_equal(kit_feed_count(2, "SUBSCRIBE "), 4);
  assert_int_equal(kit.marks, marks);
  assert_true(kit_feed_answer(2, NULL)); /* one name, */
  assert_true(kit_feed_answer(2, NULL)); /* the other, */
  assert_int_equal(kit.marks, marks);
  assert_true(kit_feed_answer(2, NULL)); /* and their barrier */
  assert_int_equal(kit.marks, marks + 1);
}

static void old_server_has_no_sharded_channels(void **state) {
  (void)state;
  sub_begin();
  sub("first", "x");
  sub_serve(1);
  haredis_subscription *s = haredis_ssubscribe(kit.c, "s1", sub_on_message, "s");
  haredis_subscription *t = haredis_ssubscribe(kit.c, "s2", sub_on_message, "s");
  kit_turn(0);
  answer_until("SSUBSCRIBE s1 s2", "ERR unknown command `SSUBSCRIBE`");
  answer_until("SSUBSCRIBE s1", "ERR unknown command `SSUBSCRIBE`");
  answer_until("SSUBSCRIBE s2", "ERR unknown command `SSUBSCRIBE`");
  assert_int_equal(state_of(s), HAREDIS_SUBSCRIPTION_REFUSED);
  assert_int_equal(state_of(t), HAREDIS_SUBSCRIPTION_REFUSED);
  assert_int_equal(sub_told.warnings, 2);
}

/* BUSY passes: nobody is refused for it. */
static void busy_server_is_asked_again(void **state) {
  (void)state;
  sub_begin();
  sub("first", "x");
  sub_serve(1);
  haredis_subscription *a = sub("a", "a");
  kit_turn(0);
  answer_until("SUBSCRIBE a", "BUSY Redis is busy running a script");
  kit_feed_answer_all(1);
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING);
  int subscribed = sub_told.subscribed;
  for (int i = 0; i < 1000 && sub_told.subscribed == subscribed; i++) {
    kit_turn(1);
    sub_serve(1);
  }
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(sub_told.warnings, 0);
}

static int warnings_left;

static void free_on_warning(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)user;
  if (event->kind == HAREDIS_EVENT_WARNING && --warnings_left == 0) {
    kit.c = NULL;
    haredis_free(c);
  }
}

static void freed_by_the_warning(void **state) {
  (void)state;
  sub_begin();
  kit.c->options.on_event = free_on_warning;
  warnings_left = 2;
  sub("a", "a");
  sub("b", "a");
  sub("c", "a");
  kit_turn(0);
  while (kit.c != NULL && kit_feed_answer(1, "NOPERM") > 0) {
  }
  assert_null(kit.c);
}

/* ---- links and memory ---- */

static void no_memory_is_made_good(void **state) {
  (void)state;
  sub_begin();
  sub("first", "x");
  sub_serve(1);
  kit.feed_full = true;
  haredis_subscription *a = sub("a", "a");
  kit_turn(5);
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING);
  assert_false(sub_settled());
  kit.feed_full = false;
  for (int i = 0; i < 1000 && kit_feed_count(1, "SUBSCRIBE first a") +
                                      kit_feed_count(1, "SUBSCRIBE a first") == 0; i++) {
    kit_turn(1);
  }
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING); /* sent, not answered */
  for (int i = 0; i < 1000 && state_of(a) != HAREDIS_SUBSCRIPTION_READY; i++) {
    kit_turn(1);
    sub_serve(1);
  }
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(sub_told.subscribed, 2);
}

static void link_that_comes_back_gets_all_of_them(void **state) {
  (void)state;
  sub_begin();
  haredis_subscription *a = sub("a", "a"), *b = sub("b", "b");
  sub_serve(1);
  haredis_subscription *c = sub("c", "c");
  haredis_unsubscribe(a);
  kit_turn(0);
  kit_feed_down(1);
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_PENDING);
  assert_false(sub_settled());
  kit_feed_forget();
  haredis_subscription *d = sub("d", "d"); /* while there is no link */
  kit_turn(0);
  kit_feed_up(1);
  sub_serve(1);
  sub_wire_begin();
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE"), 2); /* the marks', and all */
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(state_of(c), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(state_of(d), HAREDIS_SUBSCRIPTION_READY);
  assert_int_equal(sub_told.count, 3);
  assert_true(sub_settled());
}

static void subscribed_before_there_is_a_master(void **state) {
  (void)state;
  kit_begin();
  sub_forget();
  kit.topology.sub_node = -1;
  kit_connect();
  haredis_subscription *a = sub("a", "a");
  kit_turn(0);
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_PENDING);
  kit_feed_up(2);
  kit_turn(0);
  assert_int_equal(kit.feed_sent_count, 0);
  kit.topology.sub_node = 2;
  kit_master(0);
  sub_serve(2);
  assert_int_equal(state_of(a), HAREDIS_SUBSCRIPTION_READY);
}

/* ---- who waits ---- */

static void a_command_waits_for_what_was_asked_before_it(void **state) {
  (void)state;
  sub_begin();
  assert_true(sub_settled());
  sub("a", "a");
  int64_t before = kit.c->order;
  sub_serve(1);
  assert_true(sub_settled());
  sub("b", "b"); /* the round that is under way when the next are asked for */
  kit_turn(0);
  kit.c->order += 5;
  int64_t between = kit.c->order;
  sub("c", "c");
  kit_turn(0);
  assert_true(hr_subs_settled_at(kit.c, before));
  assert_false(hr_subs_settled_at(kit.c, between));
  assert_true(kit_feed_answer(1, NULL)); /* SUBSCRIBE b */
  assert_true(kit_feed_answer(1, NULL)); /* its barrier */
  kit_turn(0);
  assert_true(hr_subs_settled_at(kit.c, between));
  assert_false(hr_subs_settled_at(kit.c, between + 1));
  assert_false(sub_settled());
  sub_serve(1);
  assert_true(sub_settled());
}

/* The barrier before it is answered in the turn in which it is asked for: no proof of it. */
static void answer_to_others_proves_nothing(void **state) {
  (void)state;
  sub_begin();
  sub("a", "a");
  sub_serve(1);
  sub("b", "b");
  kit_turn(0);
  haredis_subscription *c = sub("c", "c");
  kit_feed_answer_all(1);
  assert_int_equal(state_of(c), HAREDIS_SUBSCRIPTION_PENDING);
  sub_serve(1);
  assert_int_equal(state_of(c), HAREDIS_SUBSCRIPTION_READY);
}

/* Its names are sent, its barrier has to wait. */
static void without_a_barrier_nothing_is_proved(void **state) {
  (void)state;
  sub_begin();
  sub("a", "a");
  sub_serve(1);
  kit.c->subs->again_ms = hr_loop_now(kit.c->loop) + 30;
  haredis_subscription *b = sub("b", "b");
  kit_turn(0);
  assert_true(kit_feed_saw(1, "SUBSCRIBE b"));
  kit_feed_answer_all(1);
  kit_turn(0);
  if (hr_loop_now(kit.c->loop) < kit.c->subs->again_ms) { /* else the machine was busy */
    assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_PENDING);
  }
  for (int i = 0; i < 1000 && state_of(b) != HAREDIS_SUBSCRIPTION_READY; i++) {
    kit_turn(1);
    sub_serve(1);
  }
  assert_int_equal(state_of(b), HAREDIS_SUBSCRIPTION_READY);
}

/* Rounds are numbered with 32 bits; a channel of long ago is in force all the same. */
static void rounds_may_run_over(void **state) {
  (void)state;
  sub_begin();
  haredis_subscription *old = sub("old", "x");
  sub_serve(1);
  for (uint32_t part = 1; part <= 5; part++) {
    kit.c->subs->open = part * 0x40000000u - 1;
    kit.c->subs->confirmed = kit.c->subs->open - 1;
    haredis_unsubscribe(sub_number((int)part));
    haredis_subscription *s = sub_number((int)part);
    assert_int_equal(state_of(s), HAREDIS_SUBSCRIPTION_PENDING);
    sub_serve(1);
    assert_int_equal(state_of(s), HAREDIS_SUBSCRIPTION_READY);
    assert_int_equal(state_of(old), HAREDIS_SUBSCRIPTION_READY);
  }
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, kit_teardown)
  const struct CMUnitTest tests[] = {
      T(many_names_share_commands),
      T(long_names_make_short_commands),
      T(kinds_go_apart),
      T(forbidden_name_does_not_take_others_along),
      T(who_is_deaf_refuses_all),
      T(refused_name_is_asked_again_elsewhere),
      T(refused_name_may_be_asked_for_anew),
      T(move_waits_for_names_that_are_asked_alone),
      T(old_server_has_no_sharded_channels),
      T(busy_server_is_asked_again),
      T(freed_by_the_warning),
      T(no_memory_is_made_good),
      T(link_that_comes_back_gets_all_of_them),
      T(subscribed_before_there_is_a_master),
      T(a_command_waits_for_what_was_asked_before_it),
      T(answer_to_others_proves_nothing),
      T(without_a_barrier_nothing_is_proved),
      T(rounds_may_run_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
