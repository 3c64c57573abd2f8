/*
 * A pub/sub link: messages without a reply tree, confirmations counted, answers in between, and
 * whatever a hook does meanwhile.
 */
#include "link_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

#define MESSAGE(channel, payload) \
  "*3\r\n$7\r\nmessage\r\n$1\r\n" channel "\r\n$2\r\n" payload "\r\n"
#define CONFIRM(kind, channel, n) "*3\r\n" kind "\r\n$1\r\n" channel "\r\n:" n "\r\n"
#define SUBSCRIBED "$9\r\nsubscribe"
#define UNSUBSCRIBED "$11\r\nunsubscribe"

/* "m(channel,payload)", "p(pattern,channel,payload)": as C strings, so that their ends count. */
static void on_message(struct hr_link *link, const struct hr_link_message *message, void *owner) {
  struct world *world = owner;
  (void)link;
  assert_int_equal(strlen(message->channel), message->channel_len);
  assert_int_equal(message->payload[message->payload_len], '\0');
  assert_int_equal(message->pattern != NULL, message->kind == 'p');
  assert_int_equal(message->pattern_len, message->pattern != NULL ? strlen(message->pattern) : 0);
  world->replies++;
  if (message->payload_len > 64) {
    tell(world, "%c(%s,%zu bytes)", message->kind, message->channel, message->payload_len);
    return;
  }
  tell(world, "%c(%s%s%s,%s)", message->kind, message->pattern != NULL ? message->pattern : "",
       message->pattern != NULL ? "," : "", message->channel, message->payload);
  if (world->free_at != NULL && strcmp(world->free_at, message->payload) == 0) {
    hr_link_free(world->link);
    world->link = NULL;
  } else if (world->close_at != NULL && strcmp(world->close_at, message->payload) == 0) {
    hr_link_close(world->link);
    hr_link_dial(world->link);
  }
}

static hr_msec silent_after_ms;

static void subscriber_up(struct world *world) {
  static const struct hr_link_hooks hooks = {.up = on_up,
                                             .down = on_down,
                                             .lost = on_lost,
                                             .push = on_push,
                                             .message = on_message};
  struct hr_link_config config = config_of(world);
  config.pubsub = true;
  config.silent_after_ms = silent_after_ms;
  silent_after_ms = 0;
  world->link = hr_link_new(world->loop, &config, &hooks, world);
  assert_non_null(world->link);
  hr_link_dial(world->link);
  server_accept(world);
  expect(world, "*1\r\n$4\r\nPING\r\n");
  say(world, "+PONG\r\n");
  until(world, "up");
  world->story[0] = '\0';
}

static void ask(struct world *world, const char *name, int argc, const char *const *argv) {
  struct hr_request request = {
      .fn = on_reply, .owner = world, .user_data = (void *)(uintptr_t)name};
  assert_int_equal(hr_link_send(world->link, &request, argc, argv, NULL), 0);
}

static void messages_of_every_kind(void **state) {
  struct world *world = *state;
  subscriber_up(world);
  say(world, MESSAGE("a", "hi")
      "*4\r\n$8\r\npmessage\r\n$2\r\nx*\r\n$3\r\nxyz\r\n$0\r\n\r\n"
      "*3\r\n$8\r\nsmessage\r\n$1\r\ns\r\n$2\r\nho\r\n"
      ">3\r\n$7\r\nmessage\r\n$0\r\n\r\n$1\r\n3\r\n"
      ">4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nb\r\n$1\r\n4\r\n");
  until(world, "p(*,b,4)");
  story_is(world, "m(a,hi) p(x*,xyz,) s(s,ho) m(,3) p(*,b,4)");
}

static void a_text_may_hold_anything(void **state) {
  struct world *world = *state;
  subscriber_up(world);
  static const char frame[] = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$70\r\n";
  char payload[72];
  memset(payload, '\0', sizeof(payload));
  memcpy(payload + 1, "\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nno\r\n", 34);
  memcpy(payload + 70, "\r\n", 2);
  assert_int_equal(send(world->peer, frame, sizeof(frame) - 1, 0), (ssize_t)sizeof(frame) - 1);
  assert_int_equal(send(world->peer, payload, sizeof(payload), 0), (ssize_t)sizeof(payload));
  say(world, MESSAGE("b", "ok"));
  until(world, "m(b,ok)");
  story_is(world, "m(a,70 bytes) m(b,ok)");
}

static void each_may_come_byte_by_byte(void **state) {
  struct world *world = *state;
  static const char frames[] =
      MESSAGE("a", "hi") "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\na\r\n$2\r\nho\r\n"
      ">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$12\r\n123456789012\r\n";
  subscriber_up(world);
  send_one(world, "PING");
  turn(world);
  for (size_t i = 0; i < sizeof(frames) - 1; i++) {
    assert_int_equal(send(world->peer, &frames[i], 1, 0), 1);
    turn(world);
    turn(world);
  }
  say(world, "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  until(world, "PING=[pong,]");
  story_is(world, "m(a,hi) p(*,a,ho) s(a,123456789012) PING=[pong,]");
}

/* More than a read takes, and more than the buffer: it grows, and what follows is not lost. */
static void a_large_one_between_small_ones(void **state) {
  struct world *world = *state;
  enum { LEN = 3000000 };
  subscriber_up(world);
  char *payload = malloc(LEN + 3);
  assert_non_null(payload);
  memset(payload, 'x', LEN);
  memcpy(payload + LEN, "\r\n", 3);
  say(world, MESSAGE("a", "hi") "*3\r\n$7\r\nmessage\r\n$1\r\nb\r\n$3000000\r\n");
  for (size_t sent = 0; sent < LEN + 2;) {
    ssize_t n = send(world->peer, payload + sent, LEN + 2 - sent, MSG_NOSIGNAL);
    sent += n > 0 ? (size_t)n : 0;
    turn(world);
  }
  say(world, MESSAGE("c", "ho"));
  until(world, "m(c,ho)");
  story_is(world, "m(a,hi) m(b,3000000 bytes) m(c,ho)");
  free(payload);
}

/* Frames that end anywhere in a block: thousands of them, each exactly once, in order. */
static void none_is_lost_at_the_end_of_a_block(void **state) {
  struct world *world = *state;
  subscriber_up(world);
  int said = 0;
  char frame[128];
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 500; i++, said++) {
      char payload[16];
      int len = snprintf(payload, sizeof(payload), "%d", said);
      snprintf(frame, sizeof(frame), "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$%d\r\n%s\r\n", len,
               payload);
      say(world, frame);
    }
    turns(world, 2);
    snprintf(frame, sizeof(frame), "m(ch,%d)", said - 1);
    until(world, frame);
    world->story[0] = '\0';
    assert_int_equal(world->replies, said);
  }
}

/* ---- confirmations ---- */

static void a_request_is_answered_by_its_last_confirmation(void **state) {
  struct world *world = *state;
  static const char *const first[] = {"SUBSCRIBE", "a", "b"};
  static const char *const second[] = {"SUBSCRIBE", "c"};
  static const char *const third[] = {"unsubscribe", "a", "b", "c"};
  subscriber_up(world);
  ask(world, "FIRST", 3, first);
  ask(world, "SECOND", 2, second);
  send_one(world, "PING");
  ask(world, "THIRD", 4, third);
  turn(world);
  say(world, CONFIRM(SUBSCRIBED, "a", "1"));
  until(world, "push:[subscribe,a,1]");
  assert_int_equal(hr_link_unanswered(world->link), 4);
  say(world, MESSAGE("a", "hi") CONFIRM(SUBSCRIBED, "b", "2") CONFIRM(SUBSCRIBED, "c", "3")
      "*2\r\n$4\r\npong\r\n$0\r\n\r\n" CONFIRM(UNSUBSCRIBED, "a", "2")
      CONFIRM(UNSUBSCRIBED, "b", "1"));
  until(world, "push:[unsubscribe,b,1]");
  assert_int_equal(hr_link_unanswered(world->link), 1);
  say(world, CONFIRM(UNSUBSCRIBED, "c", "0"));
  until(world, "THIRD=[unsubscribe,c,0]");
  story_is(world,
           "push:[subscribe,a,1] m(a,hi) push:[subscribe,b,2] FIRST=[subscribe,b,2] "
           "push:[subscribe,c,3] SECOND=[subscribe,c,3] PING=[pong,] "
           "push:[unsubscribe,a,2] push:[unsubscribe,b,1] push:[unsubscribe,c,0] "
           "THIRD=[unsubscribe,c,0]");
}

static void an_error_answers_the_whole_request(void **state) {
  struct world *world = *state;
  static const char *const names[] = {"SUBSCRIBE", "a", "b"};
  subscriber_up(world);
  ask(world, "FIRST", 3, names);
  ask(world, "SECOND", 3, names);
  turn(world);
  say(world, "-NOPERM no\r\n" CONFIRM(SUBSCRIBED, "a", "1") CONFIRM(SUBSCRIBED, "b", "2"));
  until(world, "SECOND=[subscribe,b,2]");
  story_is(world, "FIRST=NOPERM no push:[subscribe,a,1] push:[subscribe,b,2] "
                  "SECOND=[subscribe,b,2]");
}

/* What a server says by itself, when a slot has moved, is nobody's answer. */
static void a_confirmation_of_another_kind_answers_nothing(void **state) {
  struct world *world = *state;
  static const char *const names[] = {"SUBSCRIBE", "a"};
  subscriber_up(world);
  ask(world, "SUB", 2, names);
  turn(world);
  say(world, CONFIRM("$12\r\nsunsubscribe", "x", "0") CONFIRM(SUBSCRIBED, "a", "1"));
  until(world, "SUB=[subscribe,a,1]");
  story_is(world, "push:[sunsubscribe,x,0] push:[subscribe,a,1] SUB=[subscribe,a,1]");
}

/* Half of the names were confirmed when the link broke: the next link counts from the start. */
static void a_new_link_counts_anew(void **state) {
  struct world *world = *state;
  static const char *const names[] = {"SUBSCRIBE", "a", "b"};
  subscriber_up(world);
  ask(world, "FIRST", 3, names);
  turn(world);
  say(world, CONFIRM(SUBSCRIBED, "a", "1"));
  until(world, "push:[subscribe,a,1]");
  hang_up(world);
  until(world, "down:RESET");
  world->story[0] = '\0';
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  ask(world, "SECOND", 3, names);
  turn(world);
  say(world, CONFIRM(SUBSCRIBED, "a", "1"));
  until(world, "push:[subscribe,a,1]");
  assert_int_equal(hr_link_unanswered(world->link), 1);
  say(world, CONFIRM(SUBSCRIBED, "b", "2"));
  until(world, "SECOND=[subscribe,b,2]");
}

/* ---- what hooks do ---- */

static void freed_by_the_hook(void **state) {
  struct world *world = *state;
  subscriber_up(world);
  world->free_at = "go";
  say(world, MESSAGE("a", "hi") MESSAGE("a", "go") MESSAGE("a", "no"));
  until(world, "m(a,go)");
  turns(world, 3);
  story_is(world, "m(a,hi) m(a,go)");
}

static void closed_by_the_hook_and_dialled_again(void **state) {
  struct world *world = *state;
  subscriber_up(world);
  world->close_at = "go";
  say(world, MESSAGE("a", "hi") MESSAGE("a", "go") MESSAGE("a", "no"));
  until(world, "m(a,go)");
  world->close_at = NULL;
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  say(world, MESSAGE("a", "ok"));
  until(world, "m(a,ok)");
  story_is(world, "m(a,hi) m(a,go) up m(a,ok)");
}

/* An answer that stands behind many messages is no silence: what is heard counts. */
static void a_flood_is_no_silence(void **state) {
  struct world *world = *state;
  silent_after_ms = 300;
  subscriber_up(world);
  send_one(world, "PING");
  for (int i = 0; i < 30; i++) {
    say(world, MESSAGE("a", "hi"));
    turns(world, 20);
  }
  assert_int_equal(world->replies, 30);
  assert_true(hr_link_is_up(world->link));
  until(world, "down:SILENT");
}

static void garbage_behind_messages(void **state) {
  struct world *world = *state;
  subscriber_up(world);
  say(world, MESSAGE("a", "hi") "*3\r\n$7\r\nmessage\r\n$1\r\nab\r\n$2\r\nno\r\n");
  until(world, "down:PROTOCOL");
  story_is(world, "m(a,hi) down:PROTOCOL");
  assert_non_null(strstr(world->down_text, "does not end where it was announced to end"));
}

/* A link without the hook, or without `pubsub`, knows no messages. */
static void only_where_they_are_wanted(void **state) {
  struct world *world = *state;
  static const struct hr_link_hooks hooks = {
      .up = on_up, .down = on_down, .lost = on_lost, .message = on_message};
  struct hr_link_config config = config_of(world);
  world->link = hr_link_new(world->loop, &config, &hooks, world);
  assert_non_null(world->link);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  send_one(world, "LRANGE");
  turn(world);
  say(world, MESSAGE("a", "hi"));
  until(world, "LRANGE=[message,a,hi]");
}

static int refuse_all(void *state, size_t size) {
  (void)state;
  (void)size;
  return 0;
}

static void messages_need_no_memory(void **state) {
  struct world *world = *state;
  static const char rest[] = "3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\n2\r\n", two[] =
      MESSAGE("a", "hi") MESSAGE("b", "ho");
  char bytes[sizeof(rest) + 100 * sizeof(two)] = "";
  memcpy(bytes, rest, sizeof(rest));
  for (size_t i = 0, at = sizeof(rest) - 1; i < 100; i++, at += sizeof(two) - 1) {
    memcpy(bytes + at, two, sizeof(two));
  }
  subscriber_up(world);
  say(world, MESSAGE("a", "hi") "*");
  until(world, "m(a,hi)"); /* a frame is cut: the link holds its buffer */
  turns(world, 2);
  hr_alloc_set_hook(refuse_all, NULL);
  say(world, bytes);
  for (int i = 0; i < WAIT_MS && world->replies < 202; i++) {
    turn(world);
    doze(1);
  }
  hr_alloc_set_hook(NULL, NULL);
  assert_int_equal(world->replies, 202);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, link_setup, link_teardown)
  const struct CMUnitTest tests[] = {
      TEST(messages_of_every_kind),
      TEST(a_text_may_hold_anything),
      TEST(each_may_come_byte_by_byte),
      TEST(a_large_one_between_small_ones),
      TEST(none_is_lost_at_the_end_of_a_block),
      TEST(a_request_is_answered_by_its_last_confirmation),
      TEST(an_error_answers_the_whole_request),
      TEST(a_confirmation_of_another_kind_answers_nothing),
      TEST(a_new_link_counts_anew),
      TEST(freed_by_the_hook),
      TEST(closed_by_the_hook_and_dialled_again),
      TEST(a_flood_is_no_silence),
      TEST(garbage_behind_messages),
      TEST(only_where_they_are_wanted),
      TEST(messages_need_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
