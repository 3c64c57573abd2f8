/*
 * Quorum durability and linearizable reads: nothing is handed over before the group is proven.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

static int waits;          /* what WAIT answers */
static bool hold_wait;     /* it does not answer yet */
static const char *count_answer, *lineage_answer, *get_answer;

static const char *quorum(struct kit_server *server, int argc, char **argv) {
  static char bytes[256];
  (void)server;
  (void)argc;
  if (strcmp(argv[0], "WAIT") == 0) {
    snprintf(bytes, sizeof(bytes), ":%d\r\n", waits);
    return hold_wait ? "" : bytes;
  }
  if (strcmp(argv[0], "HGET") == 0) {
    const char *text = lineage_answer != NULL ? lineage_answer : kit.record.epoch;
    return hold_wait ? "" : kit_bulk(text);
  }
  if (strcmp(argv[0], "HINCRBY") == 0) {
    return count_answer;
  }
  return strcmp(argv[0], "GET") == 0 ? get_answer : NULL;
}

static int begin(void **state) {
  (void)state;
  waits = 1;
  hold_wait = false;
  count_answer = lineage_answer = get_answer = NULL;
  kit_begin();
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit_rule(quorum);
  return 0;
}

static int linear_get(struct kit_answer *a) {
  const char *argv[] = {"GET", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.consistency = HAREDIS_CONSISTENCY_LINEARIZABLE;
  return haredis_async_command_with(kit.c, &call, kit_on_reply, a, 2, argv, NULL);
}

static void a_group_is_one_packet_with_its_proof(void **state) {
  static const char *const want[] = {"SET a 1", "SET b 2", "HINCRBY haredis:group opcounter 2",
                                     "WAIT 1 5000", "HGET haredis:group epoch"};
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  kit_submit(&a, "SET a 1");
  kit_submit(&b, "SET b 2");
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(a.text, "OK");
  assert_true(a.order < b.order);
  assert_int_equal(kit.servers[0].seen_count, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_string_equal(kit.servers[0].seen[i], want[i]);
  }
  assert_int_equal(kit.c->outstanding + kit.c->durable_count, 0);
}

static void nothing_is_handed_over_before_the_proof(void **state) {
  struct kit_answer a = {0};
  (void)state;
  hold_wait = true;
  kit_connect_to(0);
  kit_submit(&a, "SET a 1");
  kit_until_seen(0, 4);
  kit_turn(20);
  assert_int_equal(a.count, 0);
  char rest[300];
  snprintf(rest, sizeof(rest), ":1\r\n$%zu\r\n%s\r\n", strlen(kit.record.epoch),
           kit.record.epoch);
  kit_server_reply(&kit.servers[0], rest);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

static void one_set(int code) {
  struct kit_answer a = {0};
  kit_submit(&a, "SET a 1");
  kit_until(&a.count, 1);
  assert_answered(a, code);
}

static void without_any_part_of_the_proof_it_is_a_maybe(void **state) {
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  waits = 0;
  one_set(HAREDIS_ERR_MAYBE);
  waits = 2;
  one_set(HAREDIS_OK);
  count_answer = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  one_set(HAREDIS_ERR_MAYBE);
  count_answer = NULL;
  lineage_answer = "1:abcdefgh:n0:another";
  one_set(HAREDIS_ERR_MAYBE);
  lineage_answer = "";
  one_set(HAREDIS_ERR_MAYBE);
  lineage_answer = NULL;
  one_set(HAREDIS_OK);
}

/* The topology stops being durable while the group is under way: it waits for a better one. */
static void a_stranger_delays_the_answer(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  kit.servers[0].silent = true;
  kit_submit(&a, "SET a 1");
  kit_until_seen(0, 8);
  kit.topology.durable = false;
  kit_publish();
  kit_server_speak(&kit.servers[0]);
  kit_turn(20);
  assert_int_equal(a.count, 0);
  kit.c->options.command_timeout_ms = 20;
  kit_submit(&b, "SET a 1");
  kit_until(&b.count, 1);
  assert_answered(b, HAREDIS_ERR_NO_QUORUM);
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 2);
  assert_int_equal(a.count, 0);
  kit.topology.durable = true;
  kit_publish();
  assert_answered(a, HAREDIS_OK);
}

/* Proven under an epoch that is over before it could be handed over. */
static void a_newer_epoch_spoils_the_proof(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  kit.topology.durable = true;
  kit.servers[0].silent = true;
  kit_submit(&a, "SET a 1");
  kit_until_seen(0, 8);
  kit.topology.durable = false;
  kit_publish();
  kit_server_speak(&kit.servers[0]);
  kit_turn(20);
  assert_int_equal(a.count, 0);
  kit_master(0);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  one_set(HAREDIS_OK);
}

static void a_write_error_is_the_answer_even_without_proof(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  waits = 0;
  get_answer = "-WRONGTYPE Operation against a key\r\n";
  assert_int_equal(linear_get(&a), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
}

static void linearizable_reads_count_no_write(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_ASYNC;
  kit_connect_to(0);
  assert_int_equal(kit.durables, 0);
  assert_int_equal(linear_get(&a), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(kit.durables, 1); /* the core has been told, once */
  assert_string_equal(a.text, "value");
  assert_string_equal(kit.servers[0].seen[1], "HINCRBY haredis:group opcounter 0");
}

static void an_unproven_read_is_asked_again(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  waits = 0;
  assert_int_equal(linear_get(&a), HAREDIS_OK);
  kit_until_seen(0, 8);
  assert_int_equal(a.count, 0);
  waits = 1;
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(a.text, "value");
  assert_true(kit_server_count(&kit.servers[0], "GET") >= 2);
}

static void replies_of_every_kind_are_kept(void **state) {
  static const char *const answers[] = {
      "$-1\r\n", "$40\r\n0123456789012345678901234567890123456789\r\n", "*2\r\n$1\r\na\r\n:7\r\n",
      "$0\r\n\r\n", ":-5\r\n"};
  static const int types[] = {REDIS_REPLY_NIL, REDIS_REPLY_STRING, REDIS_REPLY_ARRAY,
                              REDIS_REPLY_STRING, REDIS_REPLY_INTEGER};
  (void)state;
  kit_connect_to(0);
  for (size_t i = 0; i < 5; i++) {
    struct kit_answer a = {0};
    get_answer = answers[i];
    assert_int_equal(linear_get(&a), HAREDIS_OK);
    kit_until(&a.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_int_equal(a.type, types[i]);
    assert_int_equal(strlen(a.text), i == 1 ? 40 : 0);
    assert_int_equal(a.integer, i == 4 ? -5 : 0);
  }
}

/* While one group waits for replicas the next runs on the other link; a third has to wait. */
static void two_links_alternate(void **state) {
  struct kit_answer a = {0}, b = {0}, c = {0}, read = {0};
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  hold_wait = true;
  kit_submit(&a, "SET a 1");
  kit_until_seen(0, 8);
  kit_submit(&b, "SET b 1");
  kit_until_seen(0, 12);
  kit_submit(&c, "SET c 1");
  kit_turn(20);
  assert_int_equal(kit_server_count(&kit.servers[0], "SET c"), 0);
  assert_int_equal(a.count + b.count + c.count, 0);
  kit_submit(&read, "GET a");
  kit_turn(20);
  assert_int_equal(read.count, 0); /* it was called behind c */
  hold_wait = false;
  kit_server_cut(&kit.servers[0]);
  kit_until(&c.count, 1);
  kit_until(&read.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(b, HAREDIS_ERR_MAYBE);
  assert_answered(c, HAREDIS_OK);
  assert_answered(read, HAREDIS_OK);
}

/* Plain reads do not wait for replicas, but never overtake a write that was called before. */
static void a_plain_read_sees_what_was_called_before(void **state) {
  struct kit_answer write = {0}, read = {0};
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  kit_server_forget(&kit.servers[0]);
  hold_wait = true;
  kit_submit(&write, "SET a 1");
  kit_submit(&read, "GET a");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_int_equal(write.count, 0);
  assert_string_equal(kit.servers[0].seen[0], "SET a 1");
  assert_string_equal(kit.servers[0].seen[1], "GET a");
}

static void a_refused_member_goes_elsewhere(void **state) {
  struct kit_answer a = {0};
  const char *argv[] = {"SET", "k", "v"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_ASYNC;
  call.durability = HAREDIS_DURABILITY_QUORUM;
  kit_connect_to(0);
  kit.servers[0].rule = quorum;
  get_answer = NULL;
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &a, 3, argv, NULL),
                   HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[0], "WAIT"), 1);
  struct kit_answer b = {0};
  get_answer = "-READONLY You can't write against a read only replica.\r\n";
  assert_int_equal(linear_get(&b), HAREDIS_OK);
  kit_until(&kit.hints, 1);
  get_answer = NULL;
  kit_master(1);
  kit_until(&b.count, 1);
  assert_answered(b, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[1], "GET"), 1);
}

static void a_lost_group_is_a_maybe(void **state) {
  struct kit_answer held = {0}, unanswered = {0};
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  hold_wait = true;
  kit_submit(&held, "SET a 1");
  kit_until_seen(0, 8);
  kit_turn(10);
  kit.servers[0].silent = true;
  kit_submit(&unanswered, "SET b 1");
  kit_until_seen(0, 12);
  kit_server_stop(&kit.servers[0]);
  kit_until(&held.count, 1);
  kit_until(&unanswered.count, 1);
  assert_answered(held, HAREDIS_ERR_MAYBE);
  assert_answered(unanswered, HAREDIS_ERR_MAYBE);
  assert_int_equal(kit.c->durable_count, 0);
  assert_null(kit.c->sending);
}

static void a_deadline_of_a_held_reply(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.command_timeout_ms = 400;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  hold_wait = true;
  kit_submit(&a, "SET a 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_true(kit_server_saw(&kit.servers[0], "WAIT 1 400"));
  kit_server_cut(&kit.servers[0]);
  kit_turn(20);
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

static void groups_in_another_database(void **state) {
  static const char *const want[] = {"SET a 1", "SELECT 0", "HINCRBY haredis:group opcounter 1",
                                     "WAIT 1 5000", "HGET haredis:group epoch", "SELECT 7"};
  struct kit_answer a = {0};
  (void)state;
  kit.options.db = 7;
  kit_connect_to(0);
  kit_submit(&a, "SET a 1");
  kit_until(&a.count, 1);
  kit_turn(10);
  size_t first = kit.servers[0].seen_count - 6; /* behind the SELECTs of three handshakes */
  for (size_t i = 0; i < 6; i++) {
    assert_string_equal(kit.servers[0].seen[first + i], want[i]);
  }
  one_set(HAREDIS_OK);
}

static const char *transact(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "EXEC") == 0) {
    return "*2\r\n+OK\r\n:5\r\n";
  }
  return strcmp(argv[0], "FLUSHALL") == 0 ? "+QUEUED\r\n" : quorum(server, argc, argv);
}

static void a_flushall_inside_a_group(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.servers[0].rule = transact;
  kit_connect_to(0);
  kit_submit(&a, "FLUSHALL");
  kit_submit(&b, "SET b 1");
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(a.text, "OK");
  assert_true(a.order < b.order);
  assert_true(kit_server_saw(&kit.servers[0], "HINCRBY haredis:group opcounter 2"));
  assert_int_equal(kit_server_count(&kit.servers[0], "WAIT"), 1);
}

/* A callback that ends everything in the middle of a group. */
static void free_and_count(haredis_client *c, struct redisReply *reply, void *data) {
  (void)reply;
  ++*(int *)data;
  haredis_free(c);
}

static void a_client_may_be_freed_inside_a_group(void **state) {
  int freed = 0;
  struct kit_answer rest[40] = {0};
  (void)state;
  kit_connect_to(0);
  assert_int_equal(haredis_async_command(kit.c, free_and_count, &freed, "SET a 1"), HAREDIS_OK);
  for (int i = 0; i < 40; i++) {
    kit_submit(&rest[i], "SET b 1");
  }
  kit_until(&freed, 1);
  kit.c = NULL;
  kit_turn(10);
  assert_int_equal(freed, 1);
  for (int i = 0; i < 40; i++) {
    assert_int_equal(rest[i].count, 1);
  }
}

static void many_groups(void **state) {
  enum { COUNT = 300 };
  static struct kit_answer a[COUNT];
  (void)state;
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  for (int i = 0; i < COUNT; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_until(&a[COUNT - 1].count, 1);
  for (int i = 0; i < COUNT; i++) {
    assert_answered(a[i], HAREDIS_OK);
    assert_int_equal(a[i].order, i + 1);
  }
  assert_in_range(kit_server_count(&kit.servers[0], "WAIT"), 2, 12);
}

/* A linearizable read goes while writes pause, and does not take them along. */
static void a_read_leaves_paused_writes_behind(void **state) {
  struct kit_answer read = {0}, write = {0};
  (void)state;
  kit_connect_to(0);
  one_set(HAREDIS_OK);
  kit_server_forget(&kit.servers[0]);
  assert_int_equal(linear_get(&read), HAREDIS_OK);
  kit_submit(&write, "SET a 1");
  hr_client_hold(kit.c, 100, true);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 0);
  kit_until(&write.count, 1);
  assert_answered(write, HAREDIS_OK);
}

/* The server shows another epoch, of which we have not heard yet: that is looked into, and the read
 * waits for what comes of it instead of using up its attempts in a millisecond. */
static void a_read_under_an_unknown_epoch_waits_for_the_topology(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_ASYNC;
  kit.options.retry_attempts = 6;
  kit.options.retry_backoff_ms = 20;
  kit_connect_to(0);
  lineage_answer = "9:zzzzzzzz:n0:new";
  assert_int_equal(linear_get(&a), HAREDIS_OK);
  kit_turn(60);
  assert_int_equal(a.count, 0);
  assert_in_range(kit.hints, 1, 4);
  assert_in_range(kit_server_count(&kit.servers[0], "GET k"), 1, 4);
  lineage_answer = NULL;
  kit_master(0); /* which has been heard now */
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_group_is_one_packet_with_its_proof),
      KIT_TEST(nothing_is_handed_over_before_the_proof),
      KIT_TEST(without_any_part_of_the_proof_it_is_a_maybe),
      KIT_TEST(a_stranger_delays_the_answer),
      KIT_TEST(a_newer_epoch_spoils_the_proof),
      KIT_TEST(a_write_error_is_the_answer_even_without_proof),
      KIT_TEST(linearizable_reads_count_no_write),
      KIT_TEST(an_unproven_read_is_asked_again),
      KIT_TEST(replies_of_every_kind_are_kept),
      KIT_TEST(two_links_alternate),
      KIT_TEST(a_plain_read_sees_what_was_called_before),
      KIT_TEST(a_refused_member_goes_elsewhere),
      KIT_TEST(a_lost_group_is_a_maybe),
      KIT_TEST(a_deadline_of_a_held_reply),
      KIT_TEST(groups_in_another_database),
      KIT_TEST(a_flushall_inside_a_group),
      KIT_TEST(a_client_may_be_freed_inside_a_group),
      KIT_TEST(many_groups),
      KIT_TEST(a_read_under_an_unknown_epoch_waits_for_the_topology),
      KIT_TEST(a_read_leaves_paused_writes_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
