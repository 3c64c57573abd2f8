/*
 * PUBLISH: in a transaction that only a master runs, many in one, repeated where it was refused,
 * held until this client hears itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

#define READONLY "-READONLY You can't write against a read only replica.\r\n"
#define ABORTED "-EXECABORT Transaction discarded because of previous errors.\r\n"
#define BECAUSE "-EXECABORT Transaction discarded because of: "

/* A server that knows transactions; each of these takes the place of an answer when set. */
static struct {
  bool inside;
  int queued;
  const char *multi, *line, *guard, *exec;
  const char *bad;     /* a PUBLISH to this channel is refused */
  const char *plain;   /* what a PUBLISH outside of a transaction is answered */
  bool hold_exec;      /* answers it with nothing */
  char reply[4096];
} server;

static const char *answer_inside(char **argv) {
  bool guard = strcmp(argv[0], "DEL") == 0;
  const char *own = guard ? server.guard : server.line;
  if (!guard && server.bad != NULL && strcmp(argv[1], server.bad) == 0) {
    return "-NOPERM no such channel for you\r\n";
  }
  server.queued += own == NULL;
  return own != NULL ? own : "+QUEUED\r\n";
}

static const char *transact(struct kit_server *at, int argc, char **argv) {
  (void)at;
  (void)argc;
  if (strcmp(argv[0], "MULTI") == 0) {
    server.inside = server.multi == NULL;
    server.queued = 0;
    return server.multi;
  }
  if (strcmp(argv[0], "EXEC") == 0) {
    server.inside = false;
    if (server.exec != NULL || server.hold_exec) {
      return server.hold_exec ? "" : server.exec;
    }
    int used = snprintf(server.reply, sizeof(server.reply), "*%d\r\n", server.queued);
    for (int i = 0; i < server.queued; i++) {
      used += snprintf(server.reply + used, sizeof(server.reply) - (size_t)used, ":%d\r\n",
                       i + 1 < server.queued ? 10 + i : 0);
    }
    return server.reply;
  }
  if (server.inside) {
    return answer_inside(argv);
  }
  if (strcmp(argv[0], "WAIT") == 0) {
    return ":2\r\n";
  }
  if (strcmp(argv[0], "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  return strcmp(argv[0], "PUBLISH") == 0 ? server.plain : NULL;
}

static int begin(void **state) {
  (void)state;
  kit_begin();
  memset(&server, 0, sizeof(server));
  server.plain = ":7\r\n";
  kit_rule(transact);
  return 0;
}

static void publish(struct kit_answer *a, const char *channel, const char *payload) {
  assert_int_equal(haredis_publish(kit.c, kit_on_reply, a, channel, payload, strlen(payload)),
                   HAREDIS_OK);
}

static void assert_seen(int node, const char *const *want, size_t count) {
  kit_until_seen(node, count);
  kit_turn(10);
  for (size_t i = 0; i < count && i < kit.servers[node].seen_count; i++) {
    assert_string_equal(kit.servers[node].seen[i], want[i]);
  }
  assert_int_equal(kit.servers[node].seen_count, count);
}

/* ---- the transaction ---- */

static void one_goes_with_something_that_only_a_master_takes(void **state) {
  static const char *const want[] = {"MULTI", "PUBLISH c hi", "DEL haredis:none", "EXEC"};
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  publish(&a, "c", "hi");
  assert_int_equal(a.count, 0);
  kit_until(&a.count, 1);
  assert_seen(0, want, 4);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_INTEGER);
  assert_int_equal(a.integer, 10);
  assert_int_equal(kit.c->outstanding, 0);
}

static void formats_sharded_channels_and_other_databases(void **state) {
  static const char *const want[] = {"SELECT 5",       "MULTI", "publish c hi", "SPUBLISH s ho",
                                     "DEL other:none", "EXEC"};
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.prefix = "other";
  kit.options.db = 5; /* and nothing is selected for it */
  kit_connect_to(0);
  kit_submit(&a, "publish %s %s", "c", "hi");
  kit_submit(&b, "SPUBLISH s ho");
  kit_until(&b.count, 1);
  assert_seen(0, want, 6);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_int_equal(a.integer, 10);
  assert_int_equal(b.integer, 11);
}

static void those_of_a_turn_share_it_and_keep_their_place(void **state) {
  static const char *const want[] = {
      "SET a 1", "HINCRBY haredis:group opcounter 1",
      "MULTI", "PUBLISH c 1", "PUBLISH d 2", "DEL haredis:none", "EXEC",
      "GET a", "MULTI", "PUBLISH c 3", "DEL haredis:none", "EXEC",
      "SET b 2", "HINCRBY haredis:group opcounter 1"};
  struct kit_answer a[6];
  (void)state;
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  kit_submit(&a[0], "SET a 1");
  publish(&a[1], "c", "1");
  publish(&a[2], "d", "2");
  kit_submit(&a[3], "GET a");
  publish(&a[4], "c", "3");
  kit_submit(&a[5], "SET b 2");
  kit_until(&a[5].count, 1);
  assert_seen(0, want, 14);
  for (int i = 0; i < 6; i++) {
    assert_answered(a[i], HAREDIS_OK);
    assert_int_equal(a[i].order, i + 1);
  }
  assert_int_equal(a[2].integer, 11);
}

static void a_transaction_is_bounded(void **state) {
  static struct kit_answer a[150];
  (void)state;
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  for (int i = 0; i < 150; i++) {
    char payload[16];
    snprintf(payload, sizeof(payload), "%d", i);
    publish(&a[i], "c", payload);
  }
  kit_until(&a[149].count, 1);
  for (int i = 0; i < 150; i++) {
    assert_answered(a[i], HAREDIS_OK);
    assert_int_equal(a[i].order, i + 1);
    assert_int_equal(a[i].integer, 10 + i % 64);
  }
  assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 3);
  assert_int_equal(kit_server_count(&kit.servers[0], "EXEC"), 3);
  assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 150);
}

static void wrong_arguments(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  assert_int_equal(haredis_publish(NULL, kit_on_reply, &a, "c", "x", 1), HAREDIS_ERR_MEMORY);
  assert_int_equal(haredis_publish(kit.c, kit_on_reply, &a, NULL, "x", 1), HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_publish(kit.c, kit_on_reply, &a, "c", NULL, 0), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_true(kit_server_saw(&kit.servers[0], "PUBLISH c "));
}

/* ---- refused ---- */

/* Three that met a demoted master; the group goes on with node 1. */
static void are_repeated_by_the_new_master(void) {
  static const char *const want[] = {"MULTI",       "PUBLISH c 1",      "PUBLISH c 2",
                                     "PUBLISH c 3", "DEL haredis:none", "EXEC"};
  struct kit_answer a[3];
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  publish(&a[0], "c", "1");
  publish(&a[1], "c", "2");
  publish(&a[2], "c", "3");
  kit_until_seen(0, 6);
  kit_until(&kit.hints, 1);
  assert_int_equal(a[0].count + a[1].count + a[2].count, 0);
  size_t asked = kit.servers[0].seen_count;
  server.guard = server.exec = server.line = NULL;
  kit_master(1);
  kit_until(&a[2].count, 1);
  assert_int_equal(kit.servers[0].seen_count, asked);
  assert_seen(1, want, 6);
  for (int i = 0; i < 3; i++) {
    assert_answered(a[i], HAREDIS_OK);
    assert_int_equal(a[i].integer, 10 + i);
    assert_int_equal(a[i].order, i + 1);
  }
}

static void refused_by_the_guard(void **state) {
  (void)state;
  server.guard = READONLY;
  server.exec = ABORTED;
  are_repeated_by_the_new_master();
}

static void refused_by_exec(void **state) {
  (void)state;
  server.exec = BECAUSE "READONLY You can't write against a read only replica.\r\n";
  are_repeated_by_the_new_master();
}

/* Redis 5 and 6.0. */
static void refused_in_older_words(void **state) {
  (void)state;
  server.exec = "-EXECABORT Transaction contains write commands but instance is now a read-only "
                "replica. EXEC aborted.\r\n";
  are_repeated_by_the_new_master();
}

static void refused_line_by_line(void **state) {
  (void)state;
  server.line = server.guard = "-LOADING it is\r\n";
  server.exec = ABORTED;
  are_repeated_by_the_new_master();
}

/* Redis publishes when it takes no writes: so do we. */
static void a_master_that_takes_no_writes_still_publishes(void **state) {
  static const char *const refusals[] = {
      "-MISCONF Redis is configured to save RDB snapshots\r\n",
      "-NOREPLICAS Not enough good replicas to write.\r\n", "-NOPERM this user has no DEL\r\n"};
  (void)state;
  kit_connect_to(0);
  for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
    struct kit_answer a = {0}, b = {0};
    kit_server_forget(&kit.servers[0]);
    server.guard = refusals[i];
    server.exec = ABORTED;
    publish(&a, "c", "1");
    publish(&b, "c", "2");
    kit_until(&b.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_answered(b, HAREDIS_OK);
    assert_int_equal(a.integer, 7); /* alone */
    assert_true(a.order < b.order);
    assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 4);
    assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 1);
  }
}

/* A server out of memory refuses all that is inside MULTI. */
static void a_full_master_still_publishes(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  server.line = server.guard = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  server.exec = ABORTED;
  publish(&a, "c", "1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.integer, 7);
}

/* Its fault alone: the others go together again. */
static void one_that_is_refused_spoils_nothing(void **state) {
  struct kit_answer a = {0}, b = {0}, bad = {0};
  (void)state;
  kit_connect_to(0);
  server.bad = "secret";
  server.exec = ABORTED;
  server.plain = "-NOPERM no such channel for you\r\n";
  publish(&a, "c", "1");
  publish(&bad, "secret", "2");
  publish(&b, "c", "3");
  kit_until_seen(0, 6);
  server.exec = NULL;
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_answered(bad, HAREDIS_OK);
  assert_string_equal(bad.text, "NOPERM no such channel for you");
  assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 6);
}

/* Without MULTI the lines run one by one; EXEC's error is nobody's. */
static void a_server_that_refuses_multi(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  server.multi = "-NOPERM this user has no MULTI\r\n";
  server.exec = "-ERR EXEC without MULTI\r\n";
  publish(&a, "c", "1");
  publish(&b, "c", "2");
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.integer, 7);
  assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 2);
}

/* ---- lost ---- */

static void lost_behind_exec_it_may_have_run(void **state) {
  struct kit_answer a = {0}, b = {0}, c = {0};
  (void)state;
  kit_connect_to(0);
  server.hold_exec = true;
  publish(&a, "c", "1");
  publish(&b, "c", "2");
  kit_until_seen(0, 5);
  kit_turn(10); /* QUEUED has come */
  assert_true(hr_data_owes(kit.c->write_conn));
  kit_submit(&c, "GET a");
  kit_server_stop(&kit.servers[0]);
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(b, HAREDIS_ERR_MAYBE);
  assert_true(a.order < b.order);
  kit_master(1);
  kit_until(&c.count, 1);
  assert_answered(c, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[1], "PUBLISH"), 0);
}

static void lost_before_any_answer(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  publish(&a, "c", "1");
  kit_until_seen(0, 4);
  kit_server_stop(&kit.servers[0]);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

/* More than the socket takes: what never left goes to the new master, whole transactions. */
static void what_never_left_goes_elsewhere(void **state) {
  enum { COUNT = 100 };
  static struct kit_answer a[COUNT];
  (void)state;
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  kit_server_deafen(&kit.servers[0]);
  for (int i = 0; i < COUNT; i++) {
    publish(&a[i], "c", kit_big());
    if (i % 10 == 9) {
      kit_turn(1); /* ten in one transaction */
    }
  }
  kit_server_stop(&kit.servers[0]);
  kit_until(&kit.hints, 1);
  kit_turn(5);
  int lost = 0;
  while (lost < COUNT && a[lost].count == 1) {
    assert_answered(a[lost], HAREDIS_ERR_MAYBE);
    lost++;
  }
  assert_in_range(lost, 0, COUNT - 20);
  kit_master(1);
  kit_until(&a[COUNT - 1].count, 1);
  for (int i = lost; i < COUNT; i++) {
    assert_answered(a[i], HAREDIS_OK);
    assert_true(i == lost || a[i].order > a[i - 1].order);
  }
  assert_int_equal(kit_server_count(&kit.servers[1], "PUBLISH"), COUNT - lost);
}

/* The group has no master: what waits is published by the next one. */
static void without_a_master_it_waits(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit_pause(HR_PAUSE_NO_MASTER);
  publish(&a, "c", "1");
  kit_turn(20);
  assert_int_equal(a.count, 0);
  kit_master(1);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_true(kit_server_saw(&kit.servers[1], "PUBLISH c 1"));
}

static void late_answers_are_dropped(void **state) {
  struct kit_answer a = {0}, b = {0}, c = {0};
  (void)state;
  kit.options.command_timeout_ms = 150;
  kit_connect_to(0);
  server.hold_exec = true;
  publish(&a, "c", "1"); /* QUEUED */
  kit_until_seen(0, 4);
  kit_turn(5);
  kit.servers[0].silent = true;
  publish(&b, "c", "2"); /* not even that */
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(b, HAREDIS_ERR_MAYBE);
  assert_false(hr_data_owes(&kit.c->targets[0]->main));
  server.hold_exec = false;
  kit.servers[0].silent = false;
  kit_server_reply(&kit.servers[0], "*2\r\n:1\r\n:0\r\n");
  kit_server_speak(&kit.servers[0]);
  kit_server_reply(&kit.servers[0], "*2\r\n:1\r\n:0\r\n");
  publish(&c, "c", "3");
  kit_until(&c.count, 1);
  assert_answered(c, HAREDIS_OK);
  assert_int_equal(a.count + b.count, 2);
}

/* ---- callbacks that end everything ---- */

static struct kit_answer last;

static void free_client(haredis_client *c, struct redisReply *reply, void *data) {
  kit_on_reply(c, reply, data);
  haredis_free(c);
  kit.c = NULL;
}

static void freed_by_one_of_many(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  memset(&last, 0, sizeof(last));
  kit_connect_to(0);
  publish(&a, "c", "1");
  assert_int_equal(haredis_publish(kit.c, free_client, &b, "c", "2", 1), HAREDIS_OK);
  publish(&last, "c", "3");
  kit_until(&last.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_answered(last, HAREDIS_OK); /* it has run: the reply was there */
}

static void freed_while_it_waits_for_exec(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  server.hold_exec = true;
  publish(&a, "c", "1");
  kit_until_seen(0, 4);
  kit_turn(5);
  publish(&b, "c", "2"); /* does not leave any more */
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(b, HAREDIS_ERR_CLOSED);
}

static void close_links(haredis_client *c, struct redisReply *reply, void *data) {
  kit_on_reply(c, reply, data);
  hr_data_close(c, 0);
}

/* The first callback closes the link, on which another transaction waits. */
static void closed_by_one_of_many(void **state) {
  struct kit_answer a = {0}, b = {0}, c = {0};
  (void)state;
  kit_connect_to(0);
  server.hold_exec = true;
  assert_int_equal(haredis_publish(kit.c, close_links, &a, "c", "1", 1), HAREDIS_OK);
  publish(&b, "c", "2");
  kit_until_seen(0, 5);
  kit.servers[0].silent = true;
  publish(&c, "c", "3");
  kit_until_seen(0, 9);
  kit.servers[0].silent = false;
  kit_server_reply(&kit.servers[0], "*3\r\n:1\r\n:2\r\n:0\r\n");
  kit_until(&b.count, 1);
  kit_until(&c.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_answered(c, HAREDIS_ERR_MAYBE);
}

/* ---- durable ---- */

static void with_quorum_it_is_part_of_the_group(void **state) {
  static const char *const want[] = {
      "SET a 1", "MULTI", "PUBLISH c 1", "PUBLISH c 2", "DEL haredis:none", "EXEC",
      "HINCRBY haredis:group opcounter 3", "WAIT 1 5000", "HGET haredis:group epoch"};
  struct kit_answer s = {0}, a = {0}, b = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit_connect_to(0);
  kit_submit(&s, "SET a 1");
  publish(&a, "c", "1");
  publish(&b, "c", "2");
  kit_until_seen(0, 9);
  for (size_t i = 0; i < 9; i++) {
    assert_string_equal(kit.servers[0].seen[i], want[i]);
  }
  kit_until(&b.count, 1);
  assert_answered(s, HAREDIS_OK);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_int_equal(a.integer, 10);
  assert_int_equal(kit.c->outstanding + kit.c->durable_count, 0);
}

/* ---- no memory ---- */

static void each_allocation_may_fail(void **state) {
  (void)state;
  kit_connect_to(0);
  for (int n = 0; n < 25; n++) {
    struct kit_answer a[4];
    int accepted = 0, answered = 0;
    memset(a, 0, sizeof(a));
    kit_until_ready();
    server.guard = n % 2 == 0 ? NULL : "-MISCONF no disk\r\n";
    server.exec = n % 2 == 0 ? NULL : ABORTED;
    kit_memory(n);
    for (int i = 0; i < 4; i++) {
      accepted += haredis_publish(kit.c, kit_on_reply, &a[i], "c", "x", 1) == HAREDIS_OK;
    }
    kit_turn(5);
    kit_memory(-1);
    for (int turns = 0; turns < 300 && answered < accepted; turns++) {
      kit_turn(5);
      answered = a[0].count + a[1].count + a[2].count + a[3].count;
    }
    assert_int_equal(answered, accepted);
    assert_int_equal(kit.c->outstanding, 0);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      TEST(one_goes_with_something_that_only_a_master_takes),
      TEST(formats_sharded_channels_and_other_databases),
      TEST(those_of_a_turn_share_it_and_keep_their_place),
      TEST(a_transaction_is_bounded),
      TEST(wrong_arguments),
      TEST(refused_by_the_guard),
      TEST(refused_by_exec),
      TEST(refused_in_older_words),
      TEST(refused_line_by_line),
      TEST(a_master_that_takes_no_writes_still_publishes),
      TEST(a_full_master_still_publishes),
      TEST(one_that_is_refused_spoils_nothing),
      TEST(a_server_that_refuses_multi),
      TEST(lost_behind_exec_it_may_have_run),
      TEST(lost_before_any_answer),
      TEST(what_never_left_goes_elsewhere),
      TEST(without_a_master_it_waits),
      TEST(late_answers_are_dropped),
      TEST(freed_by_one_of_many),
      TEST(freed_while_it_waits_for_exec),
      TEST(closed_by_one_of_many),
      TEST(with_quorum_it_is_part_of_the_group),
      TEST(each_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
