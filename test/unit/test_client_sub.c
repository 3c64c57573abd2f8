/*
 * Handles and handlers: one subscription on the wire for any number of handles, each message once
 * for each of them, and handlers that do anything.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "sub_kit.h"

/* ---- messages ---- */

static void on_whole(haredis_client *c, const struct haredis_message *m, void *data) {
  char *out = data;
  assert_ptr_equal(c, kit.c);
  assert_int_equal(m->struct_size, sizeof(*m));
  sprintf(out, "%d %s/%zu %s/%zu %s/%zu", m->kind, m->pattern != NULL ? m->pattern : "-",
          m->pattern_len, m->channel, m->channel_len, m->payload, m->payload_len);
}

static void message_reaches_its_handler(void **state) {
  char heard[128] = "";
  (void)state;
  sub_begin();
  haredis_subscription *s = haredis_subscribe(kit.c, "news", on_whole, heard);
  assert_non_null(s);
  assert_int_equal(haredis_subscription_state(s), HAREDIS_SUBSCRIPTION_PENDING);
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE"), 0); /* at the end of the turn */
  sub_serve(1);
  assert_true(kit_feed_saw(1, "SUBSCRIBE news"));
  assert_int_equal(kit_feed_count(0, ""), 0);
  assert_int_equal(kit_feed_count(2, ""), 0);
  assert_int_equal(haredis_subscription_state(s), HAREDIS_SUBSCRIPTION_READY);
  sub_say(1, "news", "hello");
  assert_string_equal(heard, "0 -/0 news/4 hello/5");
}

static void message_of_another_node_is_not_ours(void **state) {
  (void)state;
  sub_begin();
  sub("news", "a");
  sub_serve(1);
  sub_say(0, "news", "1");
  sub_say(2, "news", "2");
  sub_say(1, "other", "3");
  assert_heard("");
}

static void many_handles_are_one_subscription(void **state) {
  (void)state;
  sub_begin();
  sub("news", "a");
  sub("news", "b");
  sub_serve(1);
  sub("news", "c"); /* in force already */
  haredis_subscription *s = sub("news", "d");
  assert_int_equal(haredis_subscription_state(s), HAREDIS_SUBSCRIPTION_READY);
  sub_serve(1);
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE news"), 1);
  sub_say(1, "news", "1");
  assert_heard("a:1 b:1 c:1 d:1 ");
}

static void patterns_and_channels_are_apart(void **state) {
  char heard[128] = "";
  (void)state;
  sub_begin();
  sub("news.a", "c");
  assert_non_null(haredis_psubscribe(kit.c, "news.*", sub_on_message, "p"));
  assert_non_null(haredis_psubscribe(kit.c, "*.a", on_whole, heard));
  sub_serve(1);
  assert_true(kit_feed_saw(1, "PSUBSCRIBE news.* *.a") ||
              kit_feed_saw(1, "PSUBSCRIBE *.a news.*"));
  /* as Redis says it: once for the channel, once for each pattern */
  sub_say(1, "news.a", "1");
  kit_feed_say(1, 'p', "news.*", "news.a", "1");
  kit_feed_say(1, 'p', "*.a", "news.a", "1");
  assert_heard("c:1 p:1 ");
  assert_string_equal(heard, "1 *.a/3 news.a/6 1/1");
}

static void sharded_channels_are_apart(void **state) {
  (void)state;
  sub_begin();
  sub("news", "c");
  assert_non_null(haredis_ssubscribe(kit.c, "news", sub_on_message, "s"));
  sub_serve(1);
  assert_true(kit_feed_saw(1, "SSUBSCRIBE news"));
  kit_feed_say(1, 's', NULL, "news", "1");
  assert_heard("s:1 ");
}

static void names_may_hold_any_bytes(void **state) {
  (void)state;
  sub_begin();
  assert_non_null(
      haredis_subscribe_bytes(kit.c, HAREDIS_CHANNEL, "a\0b", 3, sub_on_message, "x"));
  sub_serve(1);
  struct hr_link_message message = {
      .kind = 'm', .channel = "a\0b", .channel_len = 3, .payload = "1", .payload_len = 1};
  kit.hooks->feed_message(1, &message, kit.owner);
  message.channel_len = 1;
  message.channel = "a";
  kit.hooks->feed_message(1, &message, kit.owner);
  assert_heard("x:1 ");
}

/* ---- what is refused at once ---- */

static void wrong_names_are_refused(void **state) {
  (void)state;
  sub_begin();
  assert_null(haredis_subscribe(kit.c, NULL, sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_FORMAT);
  assert_null(haredis_psubscribe(kit.c, "", sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_FORMAT);
  assert_null(haredis_subscribe(kit.c, "haredis:gossip:x", sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_UNSUPPORTED);
  assert_non_null(strstr(haredis_errstr(kit.c), "haredis:gossip:"));
  assert_null(haredis_ssubscribe(kit.c, "haredis:mark:", sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_UNSUPPORTED);
  assert_null(haredis_subscribe_bytes(kit.c, 3, "a", 1, sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_OPTION);
  assert_null(haredis_subscribe(kit.c, "no handler", NULL, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_OPTION);
  assert_non_null(haredis_subscribe(kit.c, "haredis:marks", sub_on_message, "x"));
  assert_null(haredis_subscribe(NULL, "a", sub_on_message, NULL));
  haredis_unsubscribe(NULL);
}

static void closing_and_failed_clients_refuse(void **state) {
  (void)state;
  sub_begin();
  haredis_async_command(kit.c, NULL, NULL, "SET a 1"); /* waits: it cannot close yet */
  sub("news", "a");
  haredis_disconnect(kit.c);
  assert_null(haredis_subscribe(kit.c, "late", sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_CLOSED);
  haredis_free(kit.c);
  kit.options.nodes = "nonsense:";
  kit.c = kit_try_connect();
  assert_null(haredis_subscribe(kit.c, "a", sub_on_message, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_OPTION);
}

/* Draining waits for commands, not for subscriptions. */
static void draining_does_not_wait_for_subscriptions(void **state) {
  (void)state;
  sub_begin();
  sub("news", "a");
  kit_turn(0);
  haredis_disconnect(kit.c);
  kit.c = NULL;
  assert_int_equal(sub_told.drained, 1);
  assert_int_equal(sub_told.closed, 1);
}

/* ---- unsubscribing ---- */

static void last_handle_takes_it_off(void **state) {
  (void)state;
  sub_begin();
  haredis_subscription *a = sub("news", "a"), *b = sub("news", "b");
  sub("other", "c");
  sub_serve(1);
  haredis_unsubscribe(a);
  kit_turn(0);
  assert_int_equal(kit_feed_count(1, "UNSUBSCRIBE"), 0);
  sub_say(1, "news", "1");
  haredis_unsubscribe(b);
  sub_say(1, "news", "2"); /* on its way before the server heard of it */
  kit_turn(0);
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE news"));
  sub_say(1, "news", "3");
  assert_heard("b:1 ");
}

static void leaving_and_coming_in_one_turn_costs_nothing(void **state) {
  (void)state;
  sub_begin();
  sub("other", "o");
  haredis_subscription *a = sub("news", "a");
  sub_serve(1);
  kit_feed_forget();
  haredis_unsubscribe(a);
  a = sub("news", "b");
  assert_int_equal(haredis_subscription_state(a), HAREDIS_SUBSCRIPTION_READY);
  haredis_unsubscribe(sub("never", "n"));
  sub_serve(1);
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE"), 0);
  assert_int_equal(kit_feed_count(1, "UNSUBSCRIBE"), 0);
  sub_say(1, "news", "1");
  haredis_unsubscribe(a);
  kit_turn(0);
  a = sub("news", "c"); /* in the next turn: asked for anew, behind the other */
  assert_int_equal(haredis_subscription_state(a), HAREDIS_SUBSCRIPTION_PENDING);
  sub_serve(1);
  assert_int_equal(kit_feed_count(1, "UNSUBSCRIBE news"), 1);
  assert_int_equal(kit_feed_count(1, "SUBSCRIBE news"), 1);
  assert_int_equal(haredis_subscription_state(a), HAREDIS_SUBSCRIPTION_READY);
  sub_say(1, "news", "2");
  assert_heard("b:1 c:2 ");
}

static void all_gone_leaves_nothing_on_the_wire(void **state) {
  (void)state;
  sub_begin();
  haredis_subscription *a = sub("news", "a");
  sub_serve(1);
  haredis_unsubscribe(a);
  sub_serve(1);
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE news"));
  assert_true(kit_feed_saw(1, "UNSUBSCRIBE haredis:mark:kit"));
  assert_true(sub_settled());
  sub("news", "b"); /* and again */
  assert_false(sub_settled());
  sub_serve(1);
  assert_true(sub_settled());
  sub_say(1, "news", "1");
  assert_heard("b:1 ");
}

/* ---- handlers that do something ---- */

#define HANDLES 3

static struct {
  haredis_subscription *handles[HANDLES];
  int actor, target; /* who takes whom away */
  bool comes;        /* and subscribes anew */
} play;

static void on_play(haredis_client *c, const struct haredis_message *message, void *data) {
  int me = *(const char *)data - '0';
  sub_on_message(c, message, data);
  if (me == play.actor && play.handles[play.target] != NULL) {
    haredis_unsubscribe(play.handles[play.target]);
    play.handles[play.target] = NULL;
    if (play.comes) {
      haredis_subscribe(c, message->channel, sub_on_message, "new");
    }
  }
}

/* Whoever takes whomever away while a message is handed round: the gone one is not called, all the
 * others are, and a new one hears the next message. */
static void handlers_take_each_other_away(void **state) {
  static const char *const names[] = {"0", "1", "2"};
  (void)state;
  sub_begin();
  for (int round = 0; round < 2 * HANDLES * HANDLES; round++) {
    play.actor = round % HANDLES;
    play.target = round / HANDLES % HANDLES;
    play.comes = round >= HANDLES * HANDLES;
    char channel[24], want[256] = "";
    snprintf(channel, sizeof(channel), "round%d", round);
    for (int i = 0; i < HANDLES; i++) {
      play.handles[i] = haredis_subscribe(kit.c, channel, on_play, (void *)(uintptr_t)names[i]);
    }
    sub_serve(1);
    sub_forget();
    sub_say(1, channel, "a");
    sub_say(1, channel, "b");
    for (int message = 0; message < 2; message++) {
      for (int i = 0; i < HANDLES; i++) {
        bool gone = i == play.target && (message == 1 || play.actor < play.target);
        if (!gone) {
          sprintf(want + strlen(want), "%d:%c ", i, 'a' + message);
        }
      }
    }
    strcat(want, play.comes ? "new:b " : "");
    assert_heard(want);
  }
}

static void on_leave_all(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  for (int i = 0; i < HANDLES; i++) {
    haredis_unsubscribe(play.handles[i]);
  }
}

static void handler_takes_all_away(void **state) {
  (void)state;
  sub_begin();
  for (int i = 0; i < HANDLES; i++) {
    play.handles[i] = haredis_subscribe(kit.c, "news", on_leave_all, "x");
  }
  sub_serve(1);
  sub_say(1, "news", "1");
  sub_say(1, "news", "2");
  assert_heard("x:1 ");
  sub_serve(1);
  assert_int_equal(kit_feed_count(1, "UNSUBSCRIBE news"), 1);
}

static void on_free(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  kit.c = NULL;
  haredis_free(c);
}

static void handler_frees_the_client(void **state) {
  (void)state;
  sub_begin();
  sub("news", "a");
  assert_non_null(haredis_subscribe(kit.c, "news", on_free, "b"));
  sub("news", "c");
  sub_serve(1);
  sub_say(1, "news", "1");
  assert_null(kit.c);
  assert_int_equal(sub_told.closed, 1);
  assert_heard("a:1 b:1 ");
}

static void on_disconnect(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  haredis_disconnect(c);
  haredis_unsubscribe(play.handles[0]);
  assert_null(haredis_subscribe(c, "late", sub_on_message, NULL));
  kit.c = NULL;
}

static void handler_disconnects(void **state) {
  (void)state;
  sub_begin();
  play.handles[0] = haredis_subscribe(kit.c, "news", on_disconnect, "a");
  sub("news", "b");
  sub_serve(1);
  sub_say(1, "news", "1");
  assert_heard("a:1 b:1 "); /* it works until nothing waits */
  assert_int_equal(sub_told.closed, 1);
}

static int reentrant;

static void on_block(haredis_client *c, const struct haredis_message *message, void *data) {
  sub_on_message(c, message, data);
  assert_null(haredis_command(c, "GET a"));
  reentrant += haredis_err(c) == HAREDIS_ERR_REENTRANT;
  reentrant += haredis_run(c, 1) == HAREDIS_ERR_REENTRANT;
}

static void blocking_client_hears_inside_run(void **state) {
  (void)state;
  sub_begin_blocking();
  reentrant = 0;
  assert_non_null(haredis_subscribe(kit.c, "news", on_block, "a"));
  sub_serve(1);
  assert_int_equal(sub_told.subscribed, 1);
  sub_say(1, "news", "1");
  assert_heard("a:1 ");
  assert_int_equal(reentrant, 2);
}

/* ---- what is told ---- */

static void told_once_for_a_storm(void **state) {
  char name[32];
  (void)state;
  sub_begin();
  for (int i = 0; i < 500; i++) {
    snprintf(name, sizeof(name), "c%d", i);
    sub(name, "x");
  }
  sub_serve(1);
  assert_int_equal(sub_told.subscribed, 1);
  assert_int_equal(sub_told.count, 500);
  assert_string_equal(sub_told.node, kit.c->addresses.list[1].name);
  haredis_subscription *s = sub("c1", "again");
  haredis_unsubscribe(sub("c2", "gone"));
  sub_serve(1);
  assert_int_equal(sub_told.subscribed, 2); /* whoever asks is told */
  assert_int_equal(sub_told.count, 500);
  haredis_unsubscribe(s);
  sub_serve(1);
  assert_int_equal(sub_told.subscribed, 2);
  sub("new", "x");
  sub_serve(1);
  assert_int_equal(sub_told.subscribed, 3);
  assert_int_equal(sub_told.count, 501);
}

/* ---- memory ---- */

#ifndef __SANITIZE_ADDRESS__ /* which keeps its own books */

static size_t heap(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void memory_of_a_channel(void **state) {
  enum { CHANNELS = 100000, NAME = 11 };
  char name[32];
  (void)state;
  sub_begin();
  sub("first", "x");
  sub_serve(1);
  size_t before = heap();
  for (int i = 0; i < CHANNELS; i++) {
    snprintf(name, sizeof(name), "chan:%06d", i);
    sub(name, "x");
  }
  sub_serve(1);
  kit_feed_forget();
  free(kit.feed_sent);
  kit.feed_sent = NULL;
  double each = (double)(heap() - before) / CHANNELS - NAME;
  print_message("# %.1f bytes a channel beside its name\n", each);
  assert_true(each > 50 && each <= 160);
}
#endif

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, kit_teardown)
  const struct CMUnitTest tests[] = {
      T(message_reaches_its_handler),
      T(message_of_another_node_is_not_ours),
      T(many_handles_are_one_subscription),
      T(patterns_and_channels_are_apart),
      T(sharded_channels_are_apart),
      T(names_may_hold_any_bytes),
      T(wrong_names_are_refused),
      T(closing_and_failed_clients_refuse),
      T(draining_does_not_wait_for_subscriptions),
      T(last_handle_takes_it_off),
      T(leaving_and_coming_in_one_turn_costs_nothing),
      T(all_gone_leaves_nothing_on_the_wire),
      T(handlers_take_each_other_away),
      T(handler_takes_all_away),
      T(handler_frees_the_client),
      T(handler_disconnects),
      T(blocking_client_hears_inside_run),
      T(told_once_for_a_storm),
#ifndef __SANITIZE_ADDRESS__
      T(memory_of_a_channel),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
