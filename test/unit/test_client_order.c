/*
 * Servers refuse in the middle of a pipeline ("-BUSY" until a script ends): what is repeated, and
 * that no write is repeated behind a later one.
 */
#include <stdio.h>
#include <string.h>

#include "client_kit.h"

static int refusals;     /* so many SETs, then no more */
static bool by_hand;     /* the test answers */

static const char *busy(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  if (by_hand) {
    return "";
  }
  if (strcmp(argv[0], "WAIT") == 0) {
    return ":1\r\n";
  }
  if (strcmp(argv[0], "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  return strcmp(argv[0], "SET") == 0 && refusals-- > 0
             ? "-BUSY Redis is busy running a script.\r\n"
             : NULL;
}

static int begin(void **state) {
  (void)state;
  refusals = 0;
  by_hand = false;
  kit_begin();
  kit.options.retry_backoff_ms = 1;
  kit_rule(busy);
  return 0;
}

static void set(struct kit_answer *a, int value) {
  kit_submit(a, "SET k %d", value);
}

static void assert_refused(const struct kit_answer *a) {
  assert_answered(*a, HAREDIS_OK);
  assert_int_equal(a->type, REDIS_REPLY_ERROR);
  assert_memory_equal(a->text, "BUSY", 4);
}

static void assert_ran(const struct kit_answer *a) {
  assert_answered(*a, HAREDIS_OK);
  assert_string_equal(a->text, "OK");
}

/* The last SET that the server saw. */
static const char *last_set(void) {
  const char *last = "";
  for (size_t i = 0; i < kit.servers[0].seen_count; i++) {
    last = strncmp(kit.servers[0].seen[i], "SET", 3) == 0 ? kit.servers[0].seen[i] : last;
  }
  return last;
}

static void three_sets(struct kit_answer *a, int refused) {
  refusals = refused;
  for (int i = 0; i < 3; i++) {
    set(&a[i], i);
  }
  for (int i = 0; i < 3; i++) {
    kit_until(&a[i].count, 1);
  }
}

static void all_refused_are_repeated_in_order(void **state) {
  struct kit_answer a[3] = {0};
  (void)state;
  kit_connect_to(0);
  three_sets(a, 3);
  for (int i = 0; i < 3; i++) {
    assert_ran(&a[i]);
    assert_true(i == 0 || a[i - 1].order < a[i].order);
  }
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 6);
  assert_string_equal(last_set(), "SET k 2");
}

static void no_write_is_repeated_behind_a_later_one(void **state) {
  struct kit_answer a[3] = {0};
  (void)state;
  kit_connect_to(0);
  three_sets(a, 2);
  assert_refused(&a[0]);
  assert_refused(&a[1]);
  assert_ran(&a[2]);
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 3);
  assert_string_equal(last_set(), "SET k 2");
}

static void the_same_in_a_durable_group(void **state) {
  struct kit_answer a[3] = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit_connect_to(0);
  three_sets(a, 1);
  assert_refused(&a[0]);
  assert_ran(&a[1]);
  assert_ran(&a[2]);
  assert_string_equal(last_set(), "SET k 2");
}

/* A round trip takes longer than the pause: the repetition waits for what is still under way. */
static void a_slow_network_changes_nothing(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  by_hand = true;
  set(&a, 1);
  set(&b, 2);
  kit_until_seen(0, 3); /* and the count */
  kit_server_reply(&kit.servers[0], "-BUSY Redis is busy running a script.\r\n");
  kit_turn(30);
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 2);
  by_hand = false;
  kit_server_reply(&kit.servers[0], "+OK\r\n:7\r\n");
  kit_until(&a.count, 1);
  kit_until(&b.count, 1);
  assert_refused(&a);
  assert_ran(&b);
  assert_string_equal(last_set(), "SET k 2");
}

/* Nothing was overtaken by a read, which changes nothing. */
static void what_did_not_write_is_not_in_the_way(void **state) {
  struct kit_answer a = {0}, read = {0};
  (void)state;
  kit_connect_to(0);
  refusals = 1;
  set(&a, 1);
  kit_submit(&read, "GET k");
  kit_until(&a.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_ran(&a);
}

static void a_refused_command_ends_with_the_client(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.retry_backoff_ms = kit.options.retry_backoff_max_ms = 2000;
  kit_connect_to(0);
  refusals = 1;
  set(&a, 1);
  kit_turn(20);
  assert_int_equal(a.count, 0);
  haredis_free(kit.c); /* while its error is kept: nothing leaks, and it is told what is true */
  kit.c = NULL;
  assert_answered(a, HAREDIS_ERR_CLOSED);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(all_refused_are_repeated_in_order),
      KIT_TEST(no_write_is_repeated_behind_a_later_one),
      KIT_TEST(the_same_in_a_durable_group),
      KIT_TEST(a_slow_network_changes_nothing),
      KIT_TEST(what_did_not_write_is_not_in_the_way),
      KIT_TEST(a_refused_command_ends_with_the_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
