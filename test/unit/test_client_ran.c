/*
 * A command that was sent and whose answer was lost may wait to be sent again. However it ends from
 * there, nobody may be told that it did not run.
 */
#include <stdio.h>
#include <string.h>

#include "client_kit.h"

/* INCR has run on a master that died before it answered; may be repeated, so it waits. */
static void lose_an_answer(struct kit_answer *a, int timeout_ms) {
  const char *argv[] = {"INCR", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.retry = HAREDIS_RETRY_ALWAYS;
  call.timeout_ms = timeout_ms;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, a, 2, argv, NULL),
                   HAREDIS_OK);
  kit_until_seen(0, 1);
  kit_server_stop(&kit.servers[0]);
  kit_until(&kit.hints, 1);
  kit_turn(5);
  assert_int_equal(a->count, 0);
  assert_int_equal(kit.c->pending.count, 1);
}

static void a_deadline_while_the_link_is_down(void **state) {
  struct kit_answer a = {0};
  (void)state;
  lose_an_answer(&a, 200);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

static void a_deadline_without_a_master(void **state) {
  struct kit_answer a = {0};
  (void)state;
  lose_an_answer(&a, 200);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

static void a_client_that_is_freed(void **state) {
  struct kit_answer a = {0};
  (void)state;
  lose_an_answer(&a, -1);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

static void a_full_queue_that_drops_its_oldest(void **state) {
  struct kit_answer a = {0}, b = {0}, never_sent = {0};
  (void)state;
  kit.options.queue_policy = HAREDIS_QUEUE_DROP_OLDEST;
  kit.options.queue_max = 1;
  lose_an_answer(&a, -1);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_submit(&never_sent, "SET x 1");
  kit_submit(&b, "SET x 2");
  kit_until(&never_sent.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(never_sent, HAREDIS_ERR_QUEUE_FULL); /* the promise is kept where it is true */
}

static void isolation_that_fails_at_once(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.isolation = HAREDIS_ISOLATION_FAIL;
  lose_an_answer(&a, -1);
  kit_pause(HR_PAUSE_NO_QUORUM);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

static void spans_and_callbacks_agree(haredis_client *c, const struct haredis_span *span,
                                      void *user) {
  (void)c;
  *(int *)user = span->error;
}

static void the_span_says_the_same(void **state) {
  struct kit_answer a = {0};
  int error = -1;
  (void)state;
  kit.options.on_span = spans_and_callbacks_agree;
  kit.options.user = &error;
  lose_an_answer(&a, 200);
  kit_until(&a.count, 1);
  assert_int_equal(error, HAREDIS_ERR_MAYBE);
}

/* "-READONLY" to the second sending says nothing of the first. */
static const char *readonly(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "INCR") == 0 || strcmp(argv[0], "SET") == 0
             ? "-READONLY You can't write against a read only replica.\r\n"
             : NULL;
}

static void a_repetition_that_is_refused_to_the_end(void **state) {
  struct kit_answer a = {0}, once = {0};
  (void)state;
  kit.options.retry_attempts = 2;
  kit.options.retry_backoff_ms = 1;
  lose_an_answer(&a, -1);
  kit.servers[1].rule = readonly;
  kit_master(1);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_int_equal(a.type, 0);
  kit_submit(&once, "SET k 1");
  kit_until(&once.count, 1);
  assert_answered(once, HAREDIS_OK); /* never ran anywhere: the server's error is the answer */
  assert_int_equal(once.type, REDIS_REPLY_ERROR);
}

static void a_repetition_that_is_answered(void **state) {
  struct kit_answer a = {0};
  (void)state;
  lose_an_answer(&a, -1);
  kit_master(1);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(a.text, "OK");
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_deadline_while_the_link_is_down),
      KIT_TEST(a_deadline_without_a_master),
      KIT_TEST(a_client_that_is_freed),
      KIT_TEST(a_full_queue_that_drops_its_oldest),
      KIT_TEST(isolation_that_fails_at_once),
      KIT_TEST(the_span_says_the_same),
      KIT_TEST(a_repetition_that_is_refused_to_the_end),
      KIT_TEST(a_repetition_that_is_answered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
