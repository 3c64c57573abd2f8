/*
 * Subscriptions move: both nodes live and nothing is lost or said twice, or the source dies and the
 * gap is named; handlers do what they like in the midst of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/wall.h"
#include "sub_kit.h"

/* On node 1, in force and fed. */
static void steady(void) {
  sub_begin();
  sub("a", "a");
  sub_serve(1);
  sub_forget();
}

/* In force on both, the mark is on its way. */
static void until_marked(int node) {
  int marks = kit.marks;
  sub_belongs(node);
  for (int i = 0; i < 10 && kit.marks == marks; i++) {
    kit_turn(0);
    kit_feed_answer_all(node);
  }
  assert_int_equal(kit.marks, marks + 1);
}

static void marked(void) {
  steady();
  until_marked(2);
}

/* ---- both live ---- */

#define STREAM 8

/* The same stream on both links, the mark somewhere in it, and any interleaving: each message once
 * and in order. The new link begins to hear the stream somewhere before the mark. */
static void nothing_is_lost_or_said_twice(void **state) {
  (void)state;
  sub_begin();
  sub("a", "a");
  sub_serve(1);
  srand(7);
  for (int round = 0, from = 1, to = 2; round < 500; round++, from = to, to = 3 - to) {
    char want[256] = "";
    until_marked(to);
    sub_forget();
    int mark = rand() % (STREAM + 1), at[2] = {0, rand() % (mark + 1)};
    while (at[0] <= STREAM || at[1] <= STREAM) {
      int link = rand() % 2;
      int node = link == 0 ? from : to, item = at[link];
      if (item > STREAM) {
        continue;
      }
      at[link]++;
      if (item == mark) {
        kit_feed_mark_heard(node);
      } else {
        char text[16];
        sprintf(text, "%d", item);
        sub_say(node, "a", text);
      }
    }
    for (int item = 0; item <= STREAM; item++) {
      if (item != mark) {
        sprintf(want + strlen(want), "a:%d ", item);
      }
    }
    assert_heard(want);
    assert_int_equal(kit.c->subs->feed.source, to);
    kit_turn(0);
    kit_feed_answer_all(from);
    kit_feed_forget();
  }
  assert_int_equal(sub_told.gaps, 0);
}

static void old_node_is_left(void **state) {
  (void)state;
  marked();
  kit_feed_mark_heard(1);
  kit_feed_mark_heard(2);
  sub_serve(2);
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE a"));
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE haredis:mark:kit"));
  assert_int_equal(sub_told.subscribed, 1);
  assert_string_equal(sub_told.node, kit.c->addresses.list[2].name);
}

/* What is left while the old node is emptied is forgotten when that is done. */
static void left_while_the_old_node_is_left(void **state) {
  (void)state;
  steady();
  haredis_subscription *s = sub("b", "b");
  sub_serve(1);
  until_marked(2);
  kit_feed_mark_heard(1);
  kit_feed_mark_heard(2);
  haredis_unsubscribe(s);
  kit_turn(0);
  for (int node = 0; node < KIT_NODES; node++) {
    kit_feed_answer_all(node);
  }
  kit_turn(0);
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE b"));
  assert_true(kit_feed_saw(2, "UNSUBSCRIBE b"));
  assert_int_equal(kit.c->subs->channels.count, 1);
}

static void marks_are_nobodys_business(void **state) {
  (void)state;
  marked();
  sub_say(1, "haredis:mark:kit", "0123456789abcdef"); /* a nonce of nobody */
  sub_say(1, "haredis:mark:kit", "nonsense");
  sub_say(2, "haredis:mark:kit", "");
  sub_say(1, "a", "1");
  assert_heard("a:1 ");
}

/* The master is paused by ourselves: the mark goes as soon as it may. */
static void mark_that_may_not_go_now_goes_soon(void **state) {
  (void)state;
  steady();
  kit.feed_paused = true;
  int marks = kit.marks;
  sub_belongs(2);
  for (int i = 0; i < 5; i++) {
    kit_turn(1);
    kit_feed_answer_all(2);
  }
  assert_int_equal(kit.c->subs->feed.phase, HR_FEED_MARKED);
  assert_int_equal(kit.marks, marks);
  uint64_t nonce = kit.c->subs->feed.nonce;
  kit.feed_paused = false;
  for (int i = 0; i < 1000 && kit.marks == marks; i++) {
    kit_turn(1);
  }
  assert_int_equal(kit.marks, marks + 1);
  if (kit.c->subs->feed.nonce == nonce) { /* else the machine was busy for long */
    assert_int_equal(strtoull(kit.mark, NULL, 16), nonce);
  }
  kit_turn(5);
  assert_int_equal(kit.c->subs->mark_nonce, 0);
}

static void asked_for_in_the_midst_goes_to_both(void **state) {
  (void)state;
  marked();
  haredis_subscription *b = sub("b", "b");
  kit_turn(0);
  assert_true(kit_feed_saw(1, "SUBSCRIBE b"));
  assert_true(kit_feed_saw(2, "SUBSCRIBE b"));
  kit_feed_answer_all(1);
  kit_turn(0);
  assert_int_equal(haredis_subscription_state(b), HAREDIS_SUBSCRIPTION_PENDING);
  kit_feed_answer_all(2);
  kit_turn(0);
  assert_int_equal(haredis_subscription_state(b), HAREDIS_SUBSCRIPTION_READY);
  haredis_unsubscribe(b);
  kit_turn(0);
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE b"));
  assert_true(kit_feed_saw(2, "UNSUBSCRIBE b"));
}

static void patterns_are_held_too(void **state) {
  (void)state;
  steady();
  haredis_psubscribe(kit.c, "*", sub_on_message, "p");
  sub_serve(1);
  until_marked(2);
  kit_feed_mark_heard(2);
  sub_say(2, "a", "2");
  kit_feed_say(2, 'p', "*", "a", "2");
  sub_say(1, "a", "1");
  kit_feed_say(1, 'p', "*", "a", "1");
  assert_heard("a:1 p:1 ");
  kit_feed_mark_heard(1);
  assert_heard("a:1 p:1 a:2 p:2 ");
}

/* ---- the source dies ---- */

static void on_first_behind_gap(haredis_client *c, const struct haredis_message *message,
                                void *data) {
  assert_int_equal(sub_told.gaps, 1); /* named before anything behind it arrives */
  sub_on_message(c, message, data);
}

static void gap_is_named(void **state) {
  (void)state;
  steady();
  haredis_subscribe(kit.c, "g", on_first_behind_gap, "g");
  sub_serve(1);
  kit_feed_beat(1, 1);
  int64_t before = hr_wall_ms();
  kit_turn(20);
  sub_forget();
  kit_feed_down(1);
  sub_belongs(2);
  for (int i = 0; i < 5; i++) {
    kit_turn(0);
    kit_feed_answer_all(2);
  }
  sub_say(2, "g", "0"); /* it may be behind the one that died, and say what was said before */
  assert_heard("");
  assert_false(sub_settled());
  kit_feed_mark_heard(2);
  int64_t now = hr_wall_ms();
  assert_int_equal(sub_told.gaps, 1);
  assert_int_equal(kit.c->metrics.gaps, 1);
  assert_int_equal(sub_told.subscribed, 1);
  assert_true(sub_settled());
  sub_say(2, "g", "1");
  assert_heard("g:1 ");
  assert_in_range(sub_told.gap_until_ms, before + 18, now + 1);
  assert_in_range(sub_told.gap_from_ms, before - 1000, before + 2);
}

/* The new one alone has heard the mark when the old one dies, which may have skipped it and gone
 * on: what the new one has said since may have been heard already. A mark of now tells. */
static void old_dies_behind_the_mark(void **state) {
  (void)state;
  marked();
  kit_feed_mark_heard(2);
  sub_say(2, "a", "2");
  sub_say(1, "a", "1");
  kit_feed_down(1);
  assert_heard("a:1 ");
  kit_feed_mark_heard(2);
  assert_int_equal(sub_told.gaps, 1);
  sub_say(2, "a", "3");
  assert_heard("a:1 a:3 ");
}

static void new_dies_before_the_mark(void **state) {
  (void)state;
  marked();
  kit_feed_mark_heard(1);
  sub_say(1, "a", "1");
  assert_heard("");
  kit_feed_down(2);
  assert_heard("a:1 ");
  sub_say(1, "a", "2");
  assert_heard("a:1 a:2 ");
  assert_int_equal(sub_told.gaps, 0);
}

/* Another master: what its predecessor had accepted and told nobody is lost, unless planned. */
static void gap_of_an_unplanned_master(void **state) {
  (void)state;
  steady();
  kit.topology.planned = true;
  kit_master(2);
  assert_false(sub_settled());
  sub_serve(1);
  assert_int_equal(sub_told.gaps, 0);
  assert_true(sub_settled());
  kit.topology.planned = false;
  kit_master(0);
  sub_serve(1);
  assert_int_equal(sub_told.gaps, 1);
}

/* ---- what is held has bounds ---- */

static char large[1 << 20];

static void say_large(int node, int count) {
  memset(large, 'x', sizeof(large) - 1);
  for (int i = 0; i < count; i++) {
    sub_say(node, "big", large);
  }
}

static int large_heard;

static void on_large(haredis_client *c, const struct haredis_message *message, void *data) {
  (void)c;
  (void)data;
  large_heard += message->payload_len == sizeof(large) - 1;
}

static void marked_with_large(void) {
  steady();
  large_heard = 0;
  haredis_subscribe(kit.c, "big", on_large, NULL);
  sub_serve(1);
  until_marked(2);
}

static void held_of_the_new_is_dropped_when_full(void **state) {
  (void)state;
  marked_with_large();
  kit_feed_mark_heard(2);
  say_large(2, 20);
  assert_int_equal(large_heard, 0);
  assert_int_equal(kit.c->subs->held_bytes, 0);
  kit_feed_mark_heard(1); /* too late */
  say_large(1, 20);
  assert_int_equal(large_heard, 20);
  int marks = kit.marks;
  kit_until(&kit.marks, marks + 1); /* tried again */
  kit_feed_mark_heard(2);
  kit_feed_mark_heard(1);
  say_large(2, 1);
  assert_int_equal(large_heard, 21);
}

static void held_of_the_old_is_delivered_when_full(void **state) {
  (void)state;
  marked_with_large();
  kit_feed_mark_heard(1);
  say_large(1, 10);
  assert_int_equal(large_heard, 0);
  say_large(1, 10);
  assert_int_equal(large_heard, 20);
  assert_int_equal(kit.c->subs->held_bytes, 0);
}

static void no_memory_to_hold(void **state) {
  (void)state;
  marked();
  kit_feed_mark_heard(1);
  sub_say(1, "a", "1");
  kit_memory(0);
  sub_say(1, "a", "2");
  kit_memory(-1);
  assert_heard("a:1 a:2 ");
}

/* ---- handlers in the midst of it ---- */

static haredis_subscription *taken;

static void on_take(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  haredis_unsubscribe(taken);
  taken = NULL;
  haredis_subscribe(c, "a", sub_on_message, "n");
}

static void handler_changes_handles_of_what_is_held(void **state) {
  (void)state;
  sub_begin();
  haredis_subscribe(kit.c, "a", on_take, "t");
  taken = sub("a", "a");
  sub_serve(1);
  until_marked(2);
  kit_feed_mark_heard(2);
  sub_say(2, "a", "1");
  sub_say(2, "a", "2");
  assert_heard("");
  kit_feed_mark_heard(1);
  assert_heard("t:1 t:2 n:2 "); /* each message adds one, heard from the next on */
}

static void on_free(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  kit.c = NULL;
  haredis_free(c);
}

static void handler_frees_in_what_was_held(void **state) {
  (void)state;
  for (int last = 1; last <= 2; last++) { /* who hears the mark last: new, old one's are held */
    sub_begin();
    haredis_subscribe(kit.c, "a", on_free, "f");
    sub_serve(1);
    until_marked(2);
    kit_feed_mark_heard(last == 1 ? 2 : 1);
    sub_say(last == 1 ? 2 : 1, "a", "1");
    sub_say(last == 1 ? 2 : 1, "a", "2");
    if (last == 1) {
      kit_feed_mark_heard(1);
    } else {
      kit_feed_down(2);
    }
    assert_null(kit.c);
    assert_heard("f:1 ");
    assert_int_equal(sub_told.closed, 1);
    if (last == 1) {
      kit_teardown(state);
    }
  }
}

static void on_belongs(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  if (strcmp(message->payload, "1") == 0) {
    for (int i = 0; i < 2 * HR_SUBS_EVENTS_MAX; i++) {
      sub_belongs(0); /* the topology changes while what was held is handed over */
    }
    kit_feed_down(2);
  }
}

static void handler_changes_the_topology(void **state) {
  (void)state;
  sub_begin();
  haredis_subscribe(kit.c, "a", on_belongs, "b");
  sub_serve(1);
  until_marked(2);
  kit_feed_mark_heard(2);
  sub_say(2, "a", "1");
  sub_say(2, "a", "2");
  kit_feed_mark_heard(1);
  assert_heard("b:1 b:2 ");
  kit_turn(0);
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE a")); /* what was decided before is done */
  sub_serve(0);
  sub_say(0, "a", "3");
  assert_heard("b:1 b:2 b:3 ");
  assert_int_equal(sub_told.gaps, 1);
}

static int free_at;

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)user;
  if (event->kind == free_at && kit.c != NULL) {
    kit.c = NULL;
    haredis_free(c);
  }
}

static void freed_in_its_own_events(void **state) {
  static const int kinds[] = {HAREDIS_EVENT_SUBSCRIPTION_GAP, HAREDIS_EVENT_SUBSCRIBED};
  (void)state;
  for (int i = 0; i < 2; i++) {
    steady();
    kit.c->options.on_event = on_event;
    free_at = kinds[i];
    kit_feed_down(1);
    sub_belongs(2);
    for (int turn = 0; turn < 5; turn++) {
      kit_turn(0);
      kit_feed_answer_all(2);
    }
    kit_feed_mark_heard(2);
    assert_null(kit.c);
    if (i == 0) {
      kit_teardown(state);
    }
  }
}

/* It only sits in haredis_run(); what is held waits for nobody else. */
static void blocking_client_moves(void **state) {
  (void)state;
  sub_begin_blocking();
  sub("a", "a");
  sub_serve(1);
  sub_belongs(2);
  for (int i = 0; i < 5; i++) {
    haredis_run(kit.c, 0);
    kit_feed_answer_all(2);
  }
  kit_feed_mark_heard(2);
  sub_say(2, "a", "2");
  sub_say(1, "a", "1");
  kit_feed_mark_heard(1);
  assert_heard("a:1 a:2 ");
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, kit_teardown)
  const struct CMUnitTest tests[] = {
      T(nothing_is_lost_or_said_twice),
      T(old_node_is_left),
      T(left_while_the_old_node_is_left),
      T(marks_are_nobodys_business),
      T(mark_that_may_not_go_now_goes_soon),
      T(asked_for_in_the_midst_goes_to_both),
      T(patterns_are_held_too),
      T(gap_is_named),
      T(old_dies_behind_the_mark),
      T(new_dies_before_the_mark),
      T(gap_of_an_unplanned_master),
      T(held_of_the_new_is_dropped_when_full),
      T(held_of_the_old_is_delivered_when_full),
      T(no_memory_to_hold),
      T(handler_changes_handles_of_what_is_held),
      T(handler_frees_in_what_was_held),
      T(handler_changes_the_topology),
      T(freed_in_its_own_events),
      T(blocking_client_moves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
