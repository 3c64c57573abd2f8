/*
 * Durable transactions that are raced: EXEC says nil, nothing ran, and their lanes are not closed.
 */
#include <string.h>

#include "client/txn.h"
#include "client_kit.h"

static const char *acks; /* WAIT's answer */

static const char *play(struct kit_server *server, int argc, char **argv) {
  static bool queues;
  (void)server;
  (void)argc;
  if (strcmp(argv[0], "MULTI") == 0 || strcmp(argv[0], "WATCH") == 0) {
    queues = argv[0][0] == 'M';
    return "+OK\r\n";
  }
  if (strcmp(argv[0], "EXEC") == 0) {
    queues = false;
    return "*-1\r\n";
  }
  if (queues) {
    return "+QUEUED\r\n";
  }
  if (strcmp(argv[0], "WAIT") == 0) {
    return acks;
  }
  return strcmp(argv[0], "HGET") == 0 ? kit_bulk(kit.record.epoch) : NULL;
}

static int begin(void **state) {
  (void)state;
  kit_begin();
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit.servers[0].rule = play;
  acks = ":0\r\n";
  return 0;
}

static void race(struct kit_answer *answer) {
  const char *key = "a";
  haredis_txn *t = haredis_txn_begin(kit.c);
  assert_non_null(t);
  assert_int_equal(haredis_txn_watch(t, 1, &key, NULL), HAREDIS_OK);
  assert_int_equal(haredis_txn_command(t, "INCR a"), HAREDIS_OK);
  assert_int_equal(haredis_async_txn_exec(t, NULL, kit_on_reply, answer), HAREDIS_OK);
}

static void assert_nil(const struct kit_answer *answer) {
  assert_answered(*answer, HAREDIS_OK);
  assert_int_equal(answer->type, REDIS_REPLY_NIL);
}

/* Whoever is raced a thousand times a second would run out of ports. */
static void the_lane_is_kept(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  race(&a);
  kit_until(&a.count, 1);
  assert_nil(&a);
  unsigned speaker = kit_server_speaker(&kit.servers[0]);
  int hints = kit.hints;
  race(&b);
  kit_until(&b.count, 1);
  assert_nil(&b);
  assert_int_equal(kit_server_speaker(&kit.servers[0]), speaker);
  assert_int_equal(kit.hints, hints); /* that nothing was proven is nobody's fault */
}

/* EXEC has said nil, and what was asked behind it is not answered. */
static void race_to_the_nil(struct kit_answer *answer) {
  acks = "";
  race(answer);
  for (int i = 0; i < 1000 && kit.c->txns != NULL && kit.c->txns->held == NULL; i++) {
    kit_turn(1);
  }
  assert_non_null(kit.c->txns);
  assert_non_null(kit.c->txns->held);
  assert_int_equal(answer->count, 0);
}

/* What is known is told, whatever becomes of the lane behind it. */
static void its_lane_is_lost(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  race_to_the_nil(&a);
  kit_server_cut(&kit.servers[0]);
  kit_until(&a.count, 1);
  assert_nil(&a);
}

static void its_deadline_passes(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.command_timeout_ms = 300;
  kit_connect_to(0);
  race_to_the_nil(&a);
  kit_until(&a.count, 1);
  assert_nil(&a);
}

static void the_client_ends(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  race_to_the_nil(&a);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_nil(&a);
}

#define KIT_TEST(name) cmocka_unit_test_setup_teardown(name, begin, kit_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      KIT_TEST(the_lane_is_kept),
      KIT_TEST(its_lane_is_lost),
      KIT_TEST(its_deadline_passes),
      KIT_TEST(the_client_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
