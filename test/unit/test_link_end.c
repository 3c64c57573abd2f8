/*
 * How a link ends: taken back, lost, closed and freed from anywhere, silent, out of memory. And
 * what it leaves behind.
 */
#include "link_kit.h"

#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/reply.h"


/* ---- taking back ---- */

static void unsent_requests_can_be_taken_back(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  send_one(world, "D");
  hr_link_take_back(world->link, 3);
  story_is(world, "lost:D");
  hr_link_take_back(world->link, 1);
  story_is(world, "lost:D lost:B lost:C");
  hr_link_take_back(world->link, 1);
  world->story[0] = '\0';
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  expect(world, "*1\r\n$4\r\nPING\r\n*1\r\n$1\r\nA\r\n");
  send_one(world, "E");
  hr_link_take_back(world->link, 0); /* A was sent: it stays */
  story_is(world, "up lost:E");
  assert_int_equal(hr_link_unanswered(world->link), 1);
  world->resend_at = "lost:F";
  send_one(world, "F");
  hr_link_take_back(world->link, 0);
  say(world, "+1\r\n+2\r\n");
  until(world, "again=2");
  story_is(world, "up lost:E lost:F A=1 again=2");
}

static void a_request_that_left_in_part_stays(void **state) {
  struct world *world = *state;
  come_up(world);
  size_t len = 8 << 20;
  char *value = calloc(1, len);
  assert_non_null(value);
  const char *argv[] = {"SET", value};
  size_t argvlen[] = {3, len};
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "LARGE"};
  assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  send_one(world, "B");
  ev_run(world->ev, EVRUN_NOWAIT);
  hr_link_take_back(world->link, 0);
  story_is(world, "lost:B");
  hr_link_close(world->link);
  story_is(world, "lost:B lost:LARGE"); /* its last byte never left: it did not run */
  free(value);
}

/* ---- going at any moment ---- */

static void four_sent(struct world *world) {
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  turn(world);
  send_one(world, "D");
}

static void freed_from_a_callback(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->free_at = "B=2";
  say(world, "+1\r\n*1\r\n+2\r\n+3\r\n"); /* B's reply is an array here: it lives on an arena */
  world->free_at = "B=[2]";
  until(world, "}");
  story_is(world, "A=1 B=[2] free{ lost:C! lost:D! }");
}

static void closed_from_a_callback_and_dialled_again(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->close_at = "A=1";
  say(world, "+1\r\n+2\r\n+3\r\n");
  until(world, "}");
  story_is(world, "A=1 close{ lost:B! lost:C! lost:D! }");
  world->story[0] = '\0';
  hang_up(world);
  hr_link_dial(world->link);
  send_one(world, "E");
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  turn(world);
  say(world, "+5\r\n");
  until(world, "E=5"); /* the replies of the old connection are not seen by the new one */
}

static void freed_while_losing(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->free_at = "lost:B";
  hang_up(world);
  until(world, "}");
  story_is(world, "lost:A! lost:B! free{ lost:C! lost:D! }"); /* and no `down` any more */
}

static void freed_in_down(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->free_at = "down";
  hang_up(world);
  until(world, "}");
  story_is(world, "lost:A! lost:B! lost:C! lost:D! down:RESET free{ }");
}

static void freed_in_up(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "A");
  world->free_at = "up";
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "}");
  story_is(world, "up free{ lost:A }");
}

static void freed_before_anything_happened(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  send_one(world, "A");
  hr_link_dial(world->link);
  hr_link_free(world->link);
  world->link = NULL;
  story_is(world, "lost:A");
}

static void sent_again_while_losing_waits_for_the_next_dial(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->resend_at = "lost:B";
  hang_up(world);
  until(world, "down:RESET");
  story_is(world, "lost:A! lost:B! lost:C! lost:D! down:RESET");
  assert_int_equal(hr_link_unanswered(world->link), 1);
  hr_link_dial(world->link);
  server_accept(world);
  expect(world, "*1\r\n$4\r\nPING\r\n");
  say(world, "+PONG\r\n");
  expect(world, "*1\r\n$5\r\nagain\r\n");
}

/* ---- silence ---- */

static void a_silent_server_is_noticed(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.silent_after_ms = 80;
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  doze(150);
  turns(world, 10); /* nothing is awaited: silence means nothing */
  story_is(world, "up");
  hr_msec start = hr_loop_now(world->loop);
  send_one(world, "A");
  until(world, "down:SILENT");
  hr_msec took = hr_loop_now(world->loop) - start;
  assert_true(took >= 80 && took < 5000); /* the upper bound is for a machine that is busy */
  story_is(world, "up lost:A! down:SILENT");
}

static void who_slept_throws_the_evidence_away(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.silent_after_ms = 80;
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  send_one(world, "A");
  turn(world);
  doze(200); /* this process, not the server */
  turns(world, 10);
  story_is(world, "up");
  say(world, "+1\r\n");
  until(world, "A=1");
  send_one(world, "B");
  turn(world);
  say(world, "+2\r\n");
  doze(200); /* the answer is there when it wakes */
  turns(world, 3);
  story_is(world, "up A=1 B=2");
}

/* ---- pub/sub ---- */

static void pushes_and_answers_on_one_link(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.pubsub = true;
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  const char *argv[] = {"SUBSCRIBE", "a", "b"};
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "SUB"};
  assert_int_equal(hr_link_send(world->link, &request, 3, argv, NULL), 0);
  send_one(world, "PING");
  turn(world);
  say(world,
      "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
      "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  until(world, "PING=[pong,]");
  story_is(world,
           "up push:[subscribe,a,1] push:[subscribe,b,2] SUB=[subscribe,b,2] push:[message,a,hi] "
           "PING=[pong,]");
  say(world, ">3\r\n+message\r\n+a\r\n+ho\r\n");
  until(world, "push:[message,a,ho]");
  world->free_at = "push";
  say(world, ">3\r\n+message\r\n+a\r\n+he\r\n>3\r\n+message\r\n+a\r\n+hu\r\n");
  until(world, "free{ }");
}

/* ---- memory ---- */

static int64_t balance_refuse_at = -1, balance_count;
static int refuse_nth(void *state, size_t size) {
  (void)state;
  (void)size;
  return balance_count++ != balance_refuse_at;
}

/* One whole life with the n-th allocation failing, for every n: each request is told of once. */
static bool live_once(struct world *world) {
  world->story[0] = '\0';
  world->replies = 0;
  struct hr_link_config config = config_of(world);
  config.password = "p";
  config.silent_after_ms = 1000;
  static const struct hr_link_hooks hooks = {
      .up = on_up, .down = on_down, .lost = on_lost, .push = on_push};
  balance_count = 0;
  hr_alloc_set_hook(refuse_nth, NULL);
  world->link = hr_link_new(world->loop, &config, &hooks, world);
  int accepted = 0;
  if (world->link != NULL) {
    hr_link_dial(world->link);
    for (int i = 0; i < 300; i++) {
      const char *argv[] = {"GET"};
      struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "x"};
      accepted += hr_link_send(world->link, &request, 1, argv, NULL) == 0;
    }
    for (int i = 0; i < 200 && !hr_link_is_up(world->link) && !hr_link_is_down(world->link);
         i++) {
      ev_run(world->ev, EVRUN_NOWAIT);
      struct pollfd ready = {.fd = world->listener, .events = POLLIN};
      if (poll(&ready, 1, 0) == 1) {
        server_accept(world);
        say(world, "+OK\r\n");
      }
      doze(1);
    }
    if (hr_link_is_up(world->link)) {
      turn(world);
      for (int i = 0; i < accepted / 2 && world->peer >= 0; i++) {
        (void)!send(world->peer, "*2\r\n:1\r\n:2\r\n", 12, MSG_NOSIGNAL);
      }
      turns(world, 4);
    }
    hr_link_free(world->link);
    world->link = NULL;
  }
  hr_alloc_set_hook(NULL, NULL);
  int lost = 0;
  for (const char *at = world->story; (at = strstr(at, "lost:x")) != NULL; at++) {
    lost++;
  }
  assert_int_equal(world->replies + lost, accepted);
  if (world->peer >= 0) {
    hang_up(world);
  }
  for (struct pollfd ready = {.fd = world->listener, .events = POLLIN};
       poll(&ready, 1, 0) == 1;) {
    close(accept(world->listener, NULL, NULL));
  }
  return balance_count <= balance_refuse_at; /* it was never reached: all of them were tried */
}

static void any_allocation_may_fail(void **state) {
  struct world *world = *state;
  bool done = false;
  for (balance_refuse_at = 0; !done; balance_refuse_at++) {
    assert_true(balance_refuse_at < 200);
    done = live_once(world);
  }
  balance_refuse_at = -1;
  assert_int_equal(world->replies, 150); /* the last life had all its memory */
}

/* All that a connection holds, hiredis' part included; under a sanitizer nothing can be counted. */
static void a_link_at_rest_keeps_little(void **state) {
  enum { LINKS = 20, BURST = 1000 };
  struct world *world = *state;
  struct hr_link *links[LINKS];
  struct hr_link_config config = config_of(world);
  config.silent_after_ms = 1000;
  size_t before = mallinfo2().uordblks;
  int peers[LINKS];
  for (int i = 0; i < LINKS; i++) {
    make_link(world, &config);
    links[i] = world->link;
    hr_link_dial(world->link);
    world->story[0] = '\0';
    server_accept(world);
    say(world, "+PONG\r\n");
    until(world, "up");
    for (int n = 0; n < BURST; n++) {
      const char *argv[] = {"SET", "key", "a value of a few dozen bytes, as they are"};
      struct hr_request request = {.fn = on_count, .owner = world};
      assert_int_equal(hr_link_send(world->link, &request, 3, argv, NULL), 0);
    }
    turn(world);
    for (int n = 0; n < BURST; n++) {
      say(world, ":0\r\n");
    }
    peers[i] = world->peer;
  }
  for (int i = 0; i < WAIT_MS && world->replies < LINKS * BURST; i++) {
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  assert_int_equal(world->replies, LINKS * BURST);
  ev_run(world->ev, EVRUN_NOWAIT);
  free(world->heard);
  world->heard = NULL;
  world->heard_len = 0;
  assert_true(mallinfo2().uordblks <= before + LINKS * 4096);
  for (int i = 0; i < LINKS; i++) {
    hr_link_free(links[i]);
    close(peers[i]);
  }
  world->link = NULL;
  world->peer = -1;
}

/* ---- copies ---- */

static int refuse_after(void *state, size_t size) {
  (void)size;
  int *allowed = state;
  return (*allowed)-- > 0;
}

static void on_copy(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  (void)link;
  for (int n = 0;; n++) {
    int allowed = n;
    hr_alloc_set_hook(refuse_after, &allowed);
    redisReply *copy = hr_reply_copy(reply);
    hr_alloc_set_hook(NULL, NULL);
    if (copy != NULL || n > 100) {
      *(redisReply **)request->user_data = copy;
      return;
    }
  }
}

static void replies_can_be_kept(void **state) {
  struct world *world = *state;
  come_up(world);
  redisReply *copy = NULL;
  const char *argv[] = {"X"};
  struct hr_request request = {.fn = on_copy, .owner = world, .user_data = &copy};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  send_one(world, "B");
  turn(world);
  say(world, "*4\r\n$3\r\nabc\r\n*2\r\n:7\r\n$-1\r\n+OK\r\n-ERR x\r\n+done\r\n");
  until(world, "B=done");
  hr_link_free(world->link);
  world->link = NULL;
  assert_non_null(copy);
  char text[100];
  show(copy, text, sizeof(text));
  assert_string_equal(text, "[abc,[7,nil],OK,ERR x]");
  assert_int_equal(copy->element[3]->type, REDIS_REPLY_ERROR);
  freeReplyObject(copy);
  redisReply *error = hr_reply_error("ERR made here");
  assert_int_equal(error->type, REDIS_REPLY_ERROR);
  assert_string_equal(error->str, "ERR made here");
  freeReplyObject(error);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, link_setup, link_teardown)
  const struct CMUnitTest tests[] = {
      T(unsent_requests_can_be_taken_back),
      T(a_request_that_left_in_part_stays),
      T(freed_from_a_callback),
      T(closed_from_a_callback_and_dialled_again),
      T(freed_while_losing),
      T(freed_in_down),
      T(freed_in_up),
      T(freed_before_anything_happened),
      T(sent_again_while_losing_waits_for_the_next_dial),
      T(a_silent_server_is_noticed),
      T(who_slept_throws_the_evidence_away),
      T(pushes_and_answers_on_one_link),
      T(any_allocation_may_fail),
      T(a_link_at_rest_keeps_little),
      T(replies_can_be_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
