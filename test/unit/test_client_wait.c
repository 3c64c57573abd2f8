/*
 * WAIT through a client of many links, and blocking commands whose answers must be proven.
 */
#include <stdio.h>
#include <string.h>

#include "client_kit.h"

/* ---- durability ---- */

static const char *acks = ":1\r\n";
static const char *prove(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  if (strcmp(argv[0], "WAIT") == 0) {
    return acks;
  }
  return kit_block(server, argc, argv);
}

/* It blocks, and finds something. */
static void pops(struct kit_answer *answer, const char *command) {
  kit_submit(answer, command);
  kit_until_saw(0, command);
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
}

static void a_durable_pop_is_held_until_it_is_proven(void **state) {
  struct kit_answer pop = {0}, second = {0}, none = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit_connect_to(0);
  kit.servers[0].rule = prove;
  acks = "";
  pops(&pop, "BLPOP q 0");
  kit_until_saw(0, "WAIT 1 5000");
  kit_turn(10);
  assert_int_equal(pop.count, 0);
  acks = ":0\r\n";
  kit_server_reply(&kit.servers[0], ":1\r\n"); /* WAIT; HGET was answered behind it: in disorder */
  kit_until(&pop.count, 1);
  kit_server_forget(&kit.servers[0]);
  acks = ":1\r\n";
  pops(&second, "BLPOP q 0");
  kit_until(&second.count, 1);
  assert_answered(second, HAREDIS_OK);
  assert_int_equal(second.type, REDIS_REPLY_ARRAY);
  acks = ":0\r\n";
  pops(&none, "BRPOP q 0");
  kit_until(&none.count, 1);
  assert_answered(none, HAREDIS_ERR_MAYBE);
}

/* ---- WAIT ---- */

static void wait_waits_for_what_was_before(void **state) {
  struct kit_answer set = {0}, wait = {0}, later = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit.servers[0].silent = true;
  kit_submit(&set, "SET k 1");
  kit_until_seen(0, 1);
  kit_submit(&wait, "WAIT 1 1000");
  kit_turn(30);
  assert_int_equal(kit_server_count(&kit.servers[0], "WAIT"), 0);
  kit_server_speak(&kit.servers[0]);
  kit_until_saw(0, "WAIT 1 1000");
  assert_answered(set, HAREDIS_OK);
  assert_string_equal(kit.servers[0].seen[kit.servers[0].seen_count - 2],
                      "HINCRBY haredis:group opcounter 0");
  kit_submit(&later, "SET k 2");
  kit_until(&later.count, 1);
  assert_int_equal(wait.count, 0);
}

static void wait_answers_its_number(void **state) {
  struct kit_answer wait = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(&wait, "WAIT 2 500");
  kit_until_saw(0, "WAIT 2 500");
  kit_server_reply(&kit.servers[0], ":1\r\n");
  kit_until(&wait.count, 1);
  assert_answered(wait, HAREDIS_OK);
  assert_int_equal(wait.integer, 1);
}

static void wait_is_not_held_up_by_who_blocks(void **state) {
  struct kit_answer pop = {0}, wait = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(&pop, "BLPOP q 0");
  kit_submit(&wait, "WAIT 1 100");
  kit_until_saw(0, "WAIT 1 100");
  assert_int_equal(pop.count + wait.count, 0);
}

static const char *refuse_count(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "HINCRBY") == 0) {
    return "-READONLY You can't write against a read only replica.\r\n";
  }
  return strcmp(argv[0], "WAIT") == 0 ? "-ERR WAIT cannot be used with replica instances.\r\n"
                                      : kit_block(server, argc, argv);
}

/* And another master is there. */
static void demote(struct kit_answer *wait, bool planned) {
  kit_connect_to(0);
  kit_rule(kit_block);
  kit.servers[0].rule = refuse_count;
  kit_submit(wait, "WAIT 1 10000");
  kit_until_saw(0, "WAIT 1 10000");
  kit_turn(20);
  assert_int_equal(wait->count, 0);
  kit.topology.planned = planned;
  kit_master(1);
}

static void wait_on_a_demoted_master_is_moved(void **state) {
  struct kit_answer wait = {0};
  (void)state;
  demote(&wait, true);
  kit_until_seen(1, 2);
  assert_memory_equal(kit.servers[1].seen[1], "WAIT 1 ", 7);
  kit_server_reply(&kit.servers[1], ":1\r\n");
  kit_until(&wait.count, 1);
  assert_answered(wait, HAREDIS_OK);
  assert_int_equal(wait.type, REDIS_REPLY_INTEGER);
}

/* The new master may lack what WAIT was called behind: its number would be of other writes. */
static void wait_does_not_count_for_another_history(void **state) {
  struct kit_answer wait = {0}, fresh = {0};
  (void)state;
  demote(&wait, false);
  kit_until(&wait.count, 1);
  assert_answered(wait, HAREDIS_ERR_MAYBE);
  assert_int_equal(kit_server_count(&kit.servers[1], "WAIT"), 0);
  kit_submit(&fresh, "WAIT 1 10000"); /* the link is still good */
  kit_until_saw(1, "WAIT 1 10000");
  kit_server_reply(&kit.servers[1], ":1\r\n");
  kit_until(&fresh.count, 1);
  assert_answered(fresh, HAREDIS_OK);
}

/* The link alone broke: the same master has the writes and counts them again. */
static void wait_is_asked_again_where_it_was(void **state) {
  struct kit_answer wait = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(&wait, "WAIT 1 10000");
  kit_until_saw(0, "WAIT 1 10000");
  kit_server_forget(&kit.servers[0]);
  kit_server_cut(&kit.servers[0]);
  while (kit_server_count(&kit.servers[0], "WAIT 1 ") == 0) {
    kit_turn(1);
  }
  kit_server_reply(&kit.servers[0], ":1\r\n");
  kit_until(&wait.count, 1);
  assert_answered(wait, HAREDIS_OK);
  assert_int_equal(wait.integer, 1);
}

static const char *queue_publish(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "EXEC") == 0) {
    return "";
  }
  return strcmp(argv[0], "PUBLISH") == 0 ? "+QUEUED\r\n" : kit_block(server, argc, argv);
}

static void wait_waits_for_what_is_queued_to_be_published(void **state) {
  struct kit_answer publish = {0}, wait = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = queue_publish;
  kit_submit(&publish, "PUBLISH c x");
  kit_until_saw(0, "EXEC");
  kit_turn(5); /* QUEUED has come */
  kit_submit(&wait, "WAIT 1 1000");
  kit_turn(20);
  assert_int_equal(kit_server_count(&kit.servers[0], "WAIT"), 0);
  kit_server_reply(&kit.servers[0], "*2\r\n:1\r\n:0\r\n");
  kit_until(&publish.count, 1);
  kit_until_saw(0, "WAIT 1 1000");
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_durable_pop_is_held_until_it_is_proven),
      KIT_TEST(wait_waits_for_what_was_before),
      KIT_TEST(wait_answers_its_number),
      KIT_TEST(wait_is_not_held_up_by_who_blocks),
      KIT_TEST(wait_on_a_demoted_master_is_moved),
      KIT_TEST(wait_does_not_count_for_another_history),
      KIT_TEST(wait_is_asked_again_where_it_was),
      KIT_TEST(wait_waits_for_what_is_queued_to_be_published),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
