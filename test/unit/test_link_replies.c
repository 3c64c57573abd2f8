/*
 * Requests and replies on a link that is up: order, cuts, sizes, garbage, and when bytes leave.
 */
#include "link_kit.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"


/* ---- replies ---- */

static void pipelined_in_one_write_and_answered_in_order(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  assert_int_equal(hr_link_unanswered(world->link), 3);
  assert_false(hr_link_was_sent(world->link, 0));
  assert_int_equal(world->heard_len, 0);
  turn(world);
  assert_true(hr_link_was_sent(world->link, 2));
  expect(world, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n");
  say(world, "+OK\r\n$3\r\nabc\r\n*3\r\n:1\r\n$-1\r\n*2\r\n+x\r\n*0\r\n");
  until(world, "[x,[]]]");
  story_is(world, "A=OK B=abc C=[1,nil,[x,[]]]");
  assert_int_equal(hr_link_unanswered(world->link), 0);
  assert_true(hr_link_heard_ms(world->link) > 0);
}

static void each_reply_may_come_byte_by_byte(void **state) {
  struct world *world = *state;
  static const char replies[] =
      "+OK\r\n$3\r\nabc\r\n*2\r\n:-5\r\n$0\r\n\r\n-ERR no\r\n|1\r\n+a\r\n:1\r\n%1\r\n+k\r\n#t\r\n";
  come_up(world);
  static const char *const names[] = {"A", "B", "C", "D", "E"};
  for (int i = 0; i < 5; i++) {
    send_one(world, names[i]);
  }
  turn(world);
  for (size_t i = 0; i < sizeof(replies) - 1; i++) {
    assert_int_equal(send(world->peer, &replies[i], 1, 0), 1);
    turn(world);
    turn(world);
  }
  until(world, "E=[k,1]");
  story_is(world, "A=OK B=abc C=[-5,] D=ERR no E=[k,1]");
}

static void the_last_replies_before_the_end_still_count(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  expect(world, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n");
  say(world, "+1\r\n+2\r\n$5\r\nhal");
  hang_up(world);
  send_one(world, "D");
  until(world, "down:RESET");
  story_is(world, "A=1 B=2 lost:C! lost:D! down:RESET");
}

static void unsent_requests_are_told_apart(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  expect(world, "*1\r\n$1\r\nA\r\n");
  send_one(world, "B");
  hr_link_close(world->link); /* before the turn ends */
  story_is(world, "lost:A! lost:B");
  assert_true(hr_link_is_down(world->link));
  hr_link_close(world->link);
  turns(world, 3);
  story_is(world, "lost:A! lost:B"); /* and no `down` for what was asked */
}

static void garbage_closes_the_link(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  turn(world);
  say(world, "+fine\r\n$3\r\nabcdef\r\n");
  until(world, "down:PROTOCOL");
  story_is(world, "A=fine lost:B! down:PROTOCOL");
  assert_non_null(strstr(world->down_text, "does not end where it was announced to end"));
}

static void a_reply_that_nobody_asked_for(void **state) {
  struct world *world = *state;
  come_up(world);
  say(world, "-ERR out of the blue\r\n");
  until(world, "down:PROTOCOL");
  assert_non_null(strstr(world->down_text, "out of the blue"));
}

static size_t largest;
static int watch_size(void *state, size_t size) {
  (void)state;
  largest = size > largest ? size : largest;
  return 1;
}

static void announced_and_never_sent_costs_nothing(void **state) {
  struct world *world = *state;
  come_up(world);
  largest = 0;
  hr_alloc_set_hook(watch_size, NULL);
  send_one(world, "A");
  turn(world);
  say(world, "$536870912\r\n");
  turns(world, 5);
  hang_up(world);
  until(world, "down:RESET");
  hr_alloc_set_hook(NULL, NULL);
  story_is(world, "lost:A! down:RESET");
  assert_true(largest <= HR_LOOP_BLOCK_LARGE);
  world->story[0] = '\0';
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  send_one(world, "B");
  turn(world);
  hr_alloc_set_hook(watch_size, NULL);
  say(world, "*2147483647\r\n:1\r\n*1000000000\r\n");
  turns(world, 5);
  hang_up(world);
  until(world, "down:RESET");
  hr_alloc_set_hook(NULL, NULL);
  assert_true(largest <= HR_LOOP_BLOCK_LARGE);
}

static void on_large(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct world *world = request->owner;
  (void)link;
  assert_int_equal(reply->type, REDIS_REPLY_STRING);
  assert_int_equal(reply->len, request->aux);
  assert_int_equal(reply->str[0], 'x');
  assert_int_equal(reply->str[reply->len - 1], 'z');
  assert_int_equal(reply->str[reply->len], '\0');
  tell(world, "large");
}

/* 5 MB each way: partial writes, a full kernel buffer, a read buffer that grows. */
static void large_values_go_through(void **state) {
  struct world *world = *state;
  come_up(world);
  size_t len = 5 << 20;
  char *value = malloc(len), *answer = malloc(len + 17);
  assert_non_null(value);
  assert_non_null(answer);
  memset(value, 'y', len);
  value[0] = 'x';
  value[len - 1] = 'z';
  const char *argv[] = {"ECHO", value};
  size_t argvlen[] = {4, len};
  struct hr_request request = {.fn = on_large, .owner = world, .user_data = "LARGE"};
  request.aux = (uint32_t)len;
  assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  send_one(world, "AFTER");
  ev_run(world->ev, EVRUN_NOWAIT);
  assert_false(hr_link_was_sent(world->link, 0)); /* more than the kernel takes at once */
  expect(world, "*2\r\n$4\r\nECHO\r\n$5242880\r\n");
  for (int i = 0; i < WAIT_MS && world->heard_len < len + 2; i++) {
    turn(world);
  }
  assert_memory_equal(world->heard, value, len);
  for (int i = 0; i < WAIT_MS && !hr_link_was_sent(world->link, 1); i++) {
    turn(world);
  }
  size_t sent = 0;
  memcpy(answer, "$5242880\r\n", 10);
  memcpy(answer + 10, value, len);
  memcpy(answer + 10 + len, "\r\n+ok\r\n", 7);
  while (sent < len + 17) {
    ssize_t n = send(world->peer, answer + sent, len + 17 - sent, MSG_NOSIGNAL);
    sent += n > 0 ? (size_t)n : 0;
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  until(world, "AFTER=ok");
  story_is(world, "large AFTER=ok");
  free(value);
  free(answer);
}

/* The largest string that Redis sends by default; only where there is room for it. */
static void a_reply_of_512_mb_that_really_comes(void **state) {
  struct world *world = *state;
  if (getenv("HAREDIS_TEST_HUGE") == NULL) {
    skip();
  }
  come_up(world);
  const char *argv[] = {"GET"};
  struct hr_request request = {.fn = on_large, .owner = world, .aux = 536870912};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  turn(world);
  size_t len = 536870912, sent = 0;
  char *block = malloc(len);
  assert_non_null(block);
  memset(block, 'x', len);
  block[len - 1] = 'z';
  say(world, "$536870912\r\n");
  while (sent < len) {
    ssize_t n = send(world->peer, block + sent, len - sent, MSG_NOSIGNAL);
    sent += n > 0 ? (size_t)n : 0;
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  say(world, "\r\n");
  until(world, "large");
  free(block);
}

static void an_array_of_many_elements(void **state) {
  struct world *world = *state;
  come_up(world);
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "A"};
  const char *argv[] = {"KEYS"};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  turn(world);
  say(world, "*20000\r\n");
  char one[32];
  for (int i = 0; i < 20000; i++) {
    snprintf(one, sizeof(one), "$5\r\n%05d\r\n", i);
    say(world, one);
    if (i % 1000 == 0) {
      turn(world);
    }
  }
  for (int i = 0; i < WAIT_MS && world->replies == 0; i++) {
    turn(world);
  }
  assert_non_null(strstr(world->story, "A=[00000,00001,00002,"));
}

/* ---- many, and the flush policy ---- */

static void thousands_in_flight_in_order(void **state) {
  struct world *world = *state;
  come_up(world);
  uint32_t sent = 0, answered = 0;
  char text[32];
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 100 + round * 20; i++) {
      const char *argv[] = {"ECHO", text};
      snprintf(text, sizeof(text), "%u", sent);
      struct hr_request request = {.fn = on_count, .owner = world, .aux = sent++};
      assert_int_equal(hr_link_send(world->link, &request, 2, argv, NULL), 0);
    }
    turn(world);
    for (int i = 0; i < 90 + round * 20 && answered < sent; i++) {
      snprintf(text, sizeof(text), ":%u\r\n", answered++);
      say(world, text);
    }
    turn(world);
  }
  while (answered < sent) {
    snprintf(text, sizeof(text), ":%u\r\n", answered++);
    say(world, text);
  }
  for (int i = 0; i < WAIT_MS && (uint32_t)world->replies < sent; i++) {
    turn(world);
  }
  story_is(world, "");
  assert_int_equal(world->replies, sent);
  size_t at = 0;
  for (uint32_t i = 0; i < sent; i++) { /* and the server saw them whole and in order */
    char want[64];
    snprintf(text, sizeof(text), "%u", i);
    size_t n = (size_t)snprintf(want, sizeof(want), "*2\r\n$4\r\nECHO\r\n$%zu\r\n%s\r\n",
                                strlen(text), text);
    assert_memory_equal(world->heard + at, want, n);
    at += n;
  }
  assert_int_equal(at, world->heard_len);
}

static void with_many_in_flight_a_part_leaves_early(void **state) {
  struct world *world = *state;
  come_up(world);
  for (int i = 0; i < 200; i++) {
    send_one(world, "A");
  }
  assert_false(hr_link_was_sent(world->link, 0)); /* nothing is in flight: the turn's end */
  turn(world);
  for (int i = 0; i < 199; i++) {
    send_one(world, "B");
    assert_false(hr_link_was_sent(world->link, 200));
  }
  send_one(world, "B"); /* half of 400 */
  assert_true(hr_link_was_sent(world->link, 399));
}

static void with_few_in_flight_it_waits_for_the_end_of_the_turn(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  turn(world);
  for (int i = 1; i < 63; i++) {
    send_one(world, "B");
    assert_false(hr_link_was_sent(world->link, 1));
  }
}

static void the_flush_hook_appends_to_the_same_write(void **state) {
  struct world *world = *state;
  come_up(world);
  world->flush_adds = true;
  send_one(world, "A");
  send_one(world, "B");
  turn(world);
  expect(world, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$4\r\nLAST\r\n");
  say(world, "+1\r\n+2\r\n+3\r\n");
  until(world, "LAST=3");
  turns(world, 5);
  story_is(world, "A=1 B=2 LAST=3"); /* not asked when there is nothing to write */
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, link_setup, link_teardown)
  const struct CMUnitTest tests[] = {
      T(pipelined_in_one_write_and_answered_in_order),
      T(each_reply_may_come_byte_by_byte),
      T(the_last_replies_before_the_end_still_count),
      T(unsent_requests_are_told_apart),
      T(garbage_closes_the_link),
      T(a_reply_that_nobody_asked_for),
      T(announced_and_never_sent_costs_nothing),
      T(large_values_go_through),
      T(a_reply_of_512_mb_that_really_comes),
      T(an_array_of_many_elements),
      T(thousands_in_flight_in_order),
      T(with_many_in_flight_a_part_leaves_early),
      T(with_few_in_flight_it_waits_for_the_end_of_the_turn),
      T(the_flush_hook_appends_to_the_same_write),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
