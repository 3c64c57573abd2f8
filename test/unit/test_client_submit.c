/*
 * The way in: what is accepted, what is refused, when a callback comes, what waits where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

static void a_command_waits_for_a_master(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect();
  kit_submit(&a, "SET %s %d", "k", 7);
  kit_submit(&b, "GET k");
  kit_turn(20);
  assert_int_equal(a.count + b.count, 0);
  kit_master(1);
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_true(a.order < b.order);
  assert_string_equal(b.text, "value");
  assert_string_equal(kit.servers[1].seen[0], "SET k 7");
  assert_string_equal(kit.servers[1].seen[1], "GET k");
  assert_int_equal(kit.servers[0].seen_count + kit.servers[2].seen_count, 0);
}

/* Never before the call returns; straight to the link once it is up. */
static void a_callback_comes_after_the_call(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit_submit(&a, "SET k 1");
  assert_int_equal(a.count, 0);
  assert_int_equal(kit.c->pending.count, 0);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(kit.c->outstanding, 0);
}

static void arguments_are_copied_and_binary(void **state) {
  struct kit_answer a = {0};
  char key[] = "key", value[] = "v\0w";
  const char *argv[] = {"SET", key, value};
  const size_t lens[] = {3, 3, 3};
  (void)state;
  kit_connect();
  assert_int_equal(haredis_async_command_argv(kit.c, kit_on_reply, &a, 3, argv, lens), HAREDIS_OK);
  assert_memory_equal(kit.c->pending.first->bytes,
                      "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$3\r\nv\0w\r\n", 31);
  memset(key, 'x', 3);
  kit_master(0);
  kit_until(&a.count, 1);
  assert_string_equal(kit.servers[0].seen[0], "SET key v");
}

static void many_words_fit(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect();
  kit_submit(&a, "DEL 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 "
                 "21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36");
  kit_master(0);
  kit_until(&a.count, 1);
  assert_int_equal(strlen(kit.servers[0].seen[0]), strlen("DEL") + 9 * 2 + 27 * 3);
}

static void format_abuse_is_refused(void **state) {
  static const char *const formats[] = {"%", "SET k %", "SET k %y", "SET %k", "", "   ", "%%%"};
  (void)state;
  kit_connect();
  for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
    int code = haredis_async_command(kit.c, kit_on_reply, NULL, formats[i], 1, 2);
    assert_int_equal(code, HAREDIS_ERR_FORMAT);
    assert_non_null(strstr(haredis_errstr(kit.c), "did not run"));
  }
  const char *none = NULL;
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, none), HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "GET %s", none), HAREDIS_ERR_FORMAT);
  const char *argv[] = {"SET", NULL, "x"};
  assert_int_equal(haredis_async_command_argv(kit.c, NULL, NULL, 3, argv, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_string_equal(haredis_errstr(kit.c), "argument 1 is NULL: it did not run");
  assert_int_equal(haredis_async_command_argv(kit.c, NULL, NULL, 0, argv, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_command_argv(kit.c, NULL, NULL, -1, argv, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_command_argv(kit.c, NULL, NULL, 1, NULL, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_command_argv(NULL, NULL, NULL, 3, argv, NULL),
                   HAREDIS_ERR_MEMORY);
  assert_int_equal(kit.c->outstanding, 0);
}

/* What would hold up or confuse all the others on the link. */
static void commands_that_change_the_link_are_refused(void **state) {
  static const char *const commands[] = {
      "SUBSCRIBE x", "psubscribe x", "SSUBSCRIBE x", "UNSUBSCRIBE", "MULTI",
      "EXEC",        "DISCARD",      "WATCH k",      "UNWATCH",     "CLIENT REPLY OFF",
      "SELECT 1",    "AUTH x",       "HELLO 3",      "MONITOR",     "QUIT",
      "RESET",       "PSYNC ? -1",   "CLIENT SETNAME x", "REPLICAOF NO ONE", "slaveof h 1",
      "FAILOVER",
  };
  (void)state;
  kit_connect();
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    int code = haredis_async_command(kit.c, kit_on_reply, NULL, commands[i]);
    if (code != HAREDIS_ERR_UNSUPPORTED) {
      print_error("%s was not refused\n", commands[i]);
    }
    assert_int_equal(code, HAREDIS_ERR_UNSUPPORTED);
    char word[16];
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(commands[i], " "), commands[i]);
    assert_memory_equal(haredis_errstr(kit.c), word, strlen(word));
    assert_non_null(strstr(haredis_errstr(kit.c), " refused: "));
    assert_non_null(strstr(haredis_errstr(kit.c), "did not run"));
  }
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SUBSCRIBE x"),
                   HAREDIS_ERR_UNSUPPORTED);
  assert_string_equal(haredis_errstr(kit.c),
                      "SUBSCRIBE refused: use haredis_subscribe(): it did not run");
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "XREAD STREAMS s 0"), HAREDIS_OK);
}

static const char *way(const char *word, const char *sub) {
  const char *argv[] = {word, sub};
  return haredis_command_way(kit.c, sub != NULL ? 2 : 1, argv, NULL);
}

static void every_way_has_its_word(void **state) {
  const char *block[] = {"XREAD", "BLOCK", "0", "STREAMS", "s", "$"};
  (void)state;
  kit_connect();
  assert_string_equal(way("get", NULL), "shared link");
  assert_string_equal(way("NOSUCH", NULL), "shared link");
  assert_string_equal(way("BLPOP", NULL), "link of its own");
  assert_string_equal(way("waitaof", NULL), "link of its own");
  assert_string_equal(way("XREAD", NULL), "shared link");
  assert_string_equal(haredis_command_way(kit.c, 6, block, NULL), "link of its own");
  assert_string_equal(way("Subscribe", NULL), "refused: use haredis_subscribe()");
  assert_string_equal(way("MULTI", NULL), "refused: use haredis_txn_begin()");
  assert_string_equal(way("MONITOR", NULL), "refused: use haredis_monitor()");
  assert_string_equal(way("SELECT", NULL), "refused: option db instead of SELECT");
  assert_string_equal(way("CLIENT", "REPLY"),
                      "refused: speaks for the connection, which many share");
  assert_string_equal(way("CLIENT", "LIST"), "shared link");
  assert_string_equal(way("REPLICAOF", NULL),
                      "refused: would tear the group apart: use haredis_switchover()");
  assert_string_equal(way("CLUSTER", "FAILOVER"), "shared link");
  assert_string_equal(way("CLIENT", "of-the-future"),
                      "refused: speaks for the connection, which many share");
  assert_string_equal(haredis_command_way(kit.c, 0, NULL, NULL), "refused: not a command");
  assert_string_equal(haredis_command_way(NULL, 6, block, NULL), "refused: not a command");
}

static void a_call_out_of_range_is_refused(void **state) {
  const char *argv[] = {"GET", "k"};
  (void)state;
  kit_connect();
  haredis_call calls[] = {HAREDIS_CALL_INIT, HAREDIS_CALL_INIT, HAREDIS_CALL_INIT,
                          HAREDIS_CALL_INIT};
  calls[0].struct_size = 0;
  calls[1].retry = 4;
  calls[2].durability = -1;
  calls[3].consistency = 2;
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(haredis_async_command_with(kit.c, &calls[i], NULL, NULL, 2, argv, NULL),
                     HAREDIS_ERR_OPTION);
  }
}

static void queue_is_bounded(void **state) {
  struct kit_answer a[4] = {0};
  (void)state;
  kit.options.queue_max = 3;
  kit_connect();
  for (int i = 0; i < 3; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  assert_int_equal(haredis_async_command(kit.c, kit_on_reply, &a[3], "SET k 3"),
                   HAREDIS_ERR_QUEUE_FULL);
  kit_turn(10);
  assert_int_equal(a[3].count, 0);
  kit_master(0);
  kit_until(&a[2].count, 1);
  kit_submit(&a[3], "SET k 3");
  kit_until(&a[3].count, 1);
}

static void queue_is_bounded_in_bytes(void **state) {
  char big[200];
  (void)state;
  memset(big, 'x', sizeof(big));
  kit.options.queue_max_bytes = 500;
  kit_connect();
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET k %b", big, sizeof(big)),
                   HAREDIS_OK);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET k %b", big, sizeof(big)),
                   HAREDIS_OK);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET k %b", big, sizeof(big)),
                   HAREDIS_ERR_QUEUE_FULL);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET k 1"), HAREDIS_OK);
}

/* The oldest fails, but not while we are inside the newest's call. */
static void a_full_queue_may_drop_its_oldest(void **state) {
  struct kit_answer a[5] = {0};
  (void)state;
  kit.options.queue_max = 2;
  kit.options.queue_policy = HAREDIS_QUEUE_DROP_OLDEST;
  kit_connect();
  for (int i = 0; i < 5; i++) {
    kit_submit(&a[i], "SET k %d", i);
    assert_int_equal(a[0].count, 0);
  }
  kit_until(&a[2].count, 1);
  for (int i = 0; i < 3; i++) {
    assert_answered(a[i], HAREDIS_ERR_QUEUE_FULL);
  }
  kit_master(0);
  kit_until(&a[4].count, 1);
  assert_answered(a[3], HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 2);
}

/* ---- deadlines ---- */

static int timeout_of(enum hr_pause pause, bool master) {
  struct kit_answer a = {0};
  kit.topology.master = master ? 0 : -1;
  kit.topology.pause = pause;
  kit_publish();
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  kit_turn(30);
  assert_int_equal(a.count, 1);
  return a.code;
}

static void the_deadline_of_a_waiting_command_says_why(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.command_timeout_ms = 20;
  kit_connect();
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_NO_MASTER);
  assert_string_equal(a.text, haredis_error_text(HAREDIS_ERR_NO_MASTER));
  assert_int_equal(timeout_of(HR_PAUSE_NO_MASTER, false), HAREDIS_ERR_NO_MASTER);
  assert_int_equal(timeout_of(HR_PAUSE_NO_QUORUM, true), HAREDIS_ERR_NO_QUORUM);
  assert_int_equal(timeout_of(HR_PAUSE_AMBIGUOUS, false), HAREDIS_ERR_AMBIGUOUS);
  assert_int_equal(timeout_of(HR_PAUSE_AUTH, false), HAREDIS_ERR_AUTH);
  kit_server_stop(&kit.servers[0]); /* named, but it cannot be reached */
  kit_until(&kit.hints, 1);
  assert_int_equal(timeout_of(HR_PAUSE_NONE, true), HAREDIS_ERR_TIMEOUT);
}

static void the_deadline_of_a_sent_command_is_a_maybe_and_its_answer_is_dropped(void **state) {
  struct kit_answer late = {0}, patient = {0};
  const char *argv[] = {"SET", "k", "1"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  call.timeout_ms = 300;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &late, 3, argv, NULL),
                   HAREDIS_OK);
  kit_submit(&patient, "GET k");
  kit_until(&late.count, 1);
  assert_answered(late, HAREDIS_ERR_MAYBE);
  assert_int_equal(patient.count, 0);
  kit_server_speak(&kit.servers[0]);
  kit_until(&patient.count, 1);
  kit_turn(10);
  assert_answered(late, HAREDIS_ERR_MAYBE);
  assert_string_equal(patient.text, "value");
  assert_int_equal(kit.c->outstanding, 0);
}

static void a_negative_timeout_is_none(void **state) {
  struct kit_answer a = {0};
  const char *argv[] = {"GET", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  call.timeout_ms = -1;
  kit.options.command_timeout_ms = 10;
  kit_connect();
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &a, 2, argv, NULL),
                   HAREDIS_OK);
  kit_turn(60);
  assert_int_equal(a.count, 0);
  kit_master(0);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

/* Many at once, each exactly once, and what comes later is not hurt. */
static void a_thousand_deadlines_at_once(void **state) {
  static struct kit_answer a[1000];
  struct kit_answer last = {0};
  (void)state;
  memset(a, 0, sizeof(a));
  kit.options.command_timeout_ms = 300;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  for (int i = 0; i < 500; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_until_seen(0, 500);
  kit_pause(HR_PAUSE_NO_MASTER);
  for (int i = 500; i < 1000; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_until(&a[999].count, 1);
  kit_turn(10);
  for (int i = 0; i < 1000; i++) {
    assert_answered(a[i], i < 500 ? HAREDIS_ERR_MAYBE : HAREDIS_ERR_NO_MASTER);
  }
  kit_server_speak(&kit.servers[0]);
  kit_master(0);
  kit_submit(&last, "GET k");
  kit_until(&last.count, 1);
  assert_answered(last, HAREDIS_OK);
}

/* ---- cut off from the majority ---- */

static void isolation_queues_writes_and_lets_reads_pass(void **state) {
  struct kit_answer write = {0}, read = {0}, later = {0};
  (void)state;
  kit_connect_to(0);
  kit_pause(HR_PAUSE_NO_QUORUM);
  kit_submit(&write, "SET k 1");
  kit_submit(&read, "GET k");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_int_equal(write.count, 0);
  kit_submit(&later, "SET k 2");
  kit.topology.pause = HR_PAUSE_NONE;
  kit_publish();
  kit_until(&later.count, 1);
  assert_answered(write, HAREDIS_OK);
  assert_true(write.order < later.order);
}

static void isolation_may_fail_at_once(void **state) {
  struct kit_answer queued = {0}, read = {0};
  (void)state;
  kit.options.isolation = HAREDIS_ISOLATION_FAIL;
  kit_connect();
  kit_submit(&queued, "SET k 1");
  kit.topology.master = 0;
  kit_pause(HR_PAUSE_NO_QUORUM);
  kit_until(&queued.count, 1);
  assert_answered(queued, HAREDIS_ERR_NO_QUORUM);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET k 1"), HAREDIS_ERR_NO_QUORUM);
  kit_submit(&read, "GET k");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
}

/* ---- the server knows better ---- */

static void the_command_table_of_the_server_is_believed(void **state) {
  struct redisReply words[] = {{.type = REDIS_REPLY_STRING, .str = (char *)"mymod.peek", .len = 10},
                               {.type = REDIS_REPLY_INTEGER, .integer = 2},
                               {.type = REDIS_REPLY_ARRAY},
                               {.type = REDIS_REPLY_INTEGER, .integer = 1},
                               {.type = REDIS_REPLY_INTEGER, .integer = 1},
                               {.type = REDIS_REPLY_INTEGER, .integer = 1}};
  struct redisReply flag = {.type = REDIS_REPLY_STATUS, .str = (char *)"readonly", .len = 8};
  struct redisReply *flags[] = {&flag};
  struct redisReply *fields[] = {&words[0], &words[1], &words[2], &words[3], &words[4], &words[5]};
  struct redisReply line = {.type = REDIS_REPLY_ARRAY, .elements = 6, .element = fields};
  struct redisReply nil = {.type = REDIS_REPLY_NIL};
  struct redisReply *lines[] = {&nil, &line};
  struct redisReply reply = {.type = REDIS_REPLY_ARRAY, .elements = 2, .element = lines};
  (void)state;
  words[2].elements = 1;
  words[2].element = flags;
  kit_connect();
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "MYMOD.PEEK k"), HAREDIS_OK);
  assert_true((kit.c->pending.last->request.flags & HR_REQ_WRITE) != 0);
  kit.hooks->command_table(&reply, kit.owner);
  kit.hooks->command_table(&nil, kit.owner);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "MYMOD.PEEK k"), HAREDIS_OK);
  assert_true((kit.c->pending.last->request.flags & HR_REQ_WRITE) == 0);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_command_waits_for_a_master),
      KIT_TEST(a_callback_comes_after_the_call),
      KIT_TEST(arguments_are_copied_and_binary),
      KIT_TEST(many_words_fit),
      KIT_TEST(format_abuse_is_refused),
      KIT_TEST(commands_that_change_the_link_are_refused),
      KIT_TEST(every_way_has_its_word),
      KIT_TEST(a_call_out_of_range_is_refused),
      KIT_TEST(queue_is_bounded),
      KIT_TEST(queue_is_bounded_in_bytes),
      KIT_TEST(a_full_queue_may_drop_its_oldest),
      KIT_TEST(the_deadline_of_a_waiting_command_says_why),
      KIT_TEST(the_deadline_of_a_sent_command_is_a_maybe_and_its_answer_is_dropped),
      KIT_TEST(a_negative_timeout_is_none),
      KIT_TEST(a_thousand_deadlines_at_once),
      KIT_TEST(isolation_queues_writes_and_lets_reads_pass),
      KIT_TEST(isolation_may_fail_at_once),
      KIT_TEST(the_command_table_of_the_server_is_believed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
