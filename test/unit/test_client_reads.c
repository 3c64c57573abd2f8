/*
 * Reads from replicas: where they go, what happens when nobody can be read, and that each gets its
 * one callback whatever becomes of the node.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/reads.h"
#include "client_kit.h"

static void readable(int node, bool is) {
  kit.topology.nodes[node].readable = is;
}

/* Node 0 is master, 1 and 2 are replicas that may be read; their links are up. */
static void connect_reading(int from) {
  kit.options.read_from = from;
  kit_connect();
  readable(1, true);
  readable(2, true);
  kit_master(0);
  kit_until_ready();
}

static void ask(struct kit_answer *answer, const char *command) {
  kit_submit(answer, command);
}

static void ask_from(struct kit_answer *answer, int from, const char *key) {
  const char *argv[] = {"GET", key};
  haredis_call call = HAREDIS_CALL_INIT;
  call.read_from = from;
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, answer, 2, argv, NULL),
                   HAREDIS_OK);
}

static void until_linked(int node) {
  for (int i = 0; i < 3000 && (kit.c->reads == NULL || !kit.c->reads->links[node].ready); i++) {
    kit_turn(1);
  }
  assert_true(kit.c->reads->links[node].ready);
}

/* The first read opens the links. */
static void warm(void) {
  struct kit_answer first = {0};
  ask(&first, "GET first");
  kit_until(&first.count, 1);
  assert_answered(first, HAREDIS_OK);
  until_linked(1);
  until_linked(2);
  for (int i = 0; i < KIT_NODES; i++) {
    kit_server_forget(&kit.servers[i]);
  }
}

static size_t reads_of(int node) {
  return kit_server_count(&kit.servers[node], "GET");
}

static void links_are_made_when_they_are_needed(void **state) {
  struct kit_answer write = {0};
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  assert_true(kit.config.core.reads_replicas);
  ask(&write, "SET k v");
  kit_until(&write.count, 1);
  assert_null(kit.c->reads->readers[1]);
  warm();
  assert_int_equal(kit.reads, 1);
  assert_int_equal(reads_of(0), 0);
}

static void reads_spread_and_writes_do_not(void **state) {
  enum { COUNT = 100 };
  struct kit_answer reads = {0}, write = {0};
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  for (int i = 0; i < COUNT; i++) {
    ask(&reads, "GET k");
  }
  ask(&write, "SET k v");
  kit_until(&reads.count, COUNT);
  kit_until(&write.count, 1);
  assert_int_equal(reads_of(0), 0);
  assert_in_range(reads_of(1), 40, 60);
  assert_int_equal(reads_of(1) + reads_of(2), COUNT);
  assert_true(kit_server_saw(&kit.servers[0], "SET k v"));
}

/* What asks a server or a copy's own memory, walks with a cursor, or wants the newest. */
static void some_reads_are_the_masters(void **state) {
  struct kit_answer a = {0};
  const char *argv[] = {"GET", "newest"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  ask(&a, "INFO");
  ask(&a, "SCAN 0");
  ask(&a, "EVALSHA_RO abc 0");
  ask(&a, "TOUCH k");
  ask(&a, "OBJECT IDLETIME k");
  kit_until(&a.count, 5);
  call.consistency = HAREDIS_CONSISTENCY_LINEARIZABLE;
  haredis_async_command_with(kit.c, &call, kit_on_reply, &a, 2, argv, NULL);
  kit_until_seen(0, 6);
  assert_true(kit_server_saw(&kit.servers[0], "GET newest"));
  assert_int_equal(kit.servers[1].seen_count + kit.servers[2].seen_count, 0);
}

static void one_command_may_say_otherwise(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  ask_from(&a, HAREDIS_READ_MASTER, "here");
  kit_until(&a.count, 1);
  assert_true(kit_server_saw(&kit.servers[0], "GET here"));
  const char *argv[] = {"GET", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.read_from = 1 + HAREDIS_READ_NEAREST;
  assert_int_equal(haredis_async_command_with(kit.c, &call, NULL, NULL, 2, argv, NULL),
                   HAREDIS_ERR_OPTION);
  call.struct_size = offsetof(haredis_call, read_from); /* who was compiled before it existed */
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &a, 2, argv, NULL),
                   HAREDIS_OK);
  kit_until(&a.count, 2);
  assert_int_equal(reads_of(1) + reads_of(2), 1);
}

/* A client that reads from the master may send one read elsewhere; the core hears of it then. */
static void a_master_client_reads_once_from_a_replica(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_reading(HAREDIS_READ_MASTER);
  assert_false(kit.config.core.reads_replicas);
  assert_null(kit.c->reads);
  ask_from(&a, HAREDIS_READ_REPLICA, "there");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(kit.reads, 1);
  assert_true(kit_server_saw(&kit.servers[1], "GET there") ||
              kit_server_saw(&kit.servers[2], "GET there"));
}

static void replica_alone_waits_for_one(void **state) {
  struct kit_answer late = {0}, waits = {0};
  const char *argv[] = {"GET", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  readable(1, false);
  readable(2, false);
  kit_publish();
  call.timeout_ms = 20;
  haredis_async_command_with(kit.c, &call, kit_on_reply, &late, 2, argv, NULL);
  ask(&waits, "GET waits");
  kit_until(&late.count, 1);
  assert_answered(late, HAREDIS_ERR_NO_REPLICA);
  assert_int_equal(waits.count, 0);
  readable(2, true);
  kit_publish();
  kit_until(&waits.count, 1);
  assert_answered(waits, HAREDIS_OK);
  assert_true(kit_server_saw(&kit.servers[2], "GET waits"));
  assert_int_equal(reads_of(0), 0);
}

static void prefer_replica_needs_none(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_reading(HAREDIS_READ_PREFER_REPLICA);
  warm();
  readable(1, false);
  readable(2, false);
  kit_publish();
  ask(&a, "GET k");
  kit_until(&a.count, 1);
  assert_int_equal(reads_of(0), 1);
}

/* Sealed, syncing, too far behind: the core says so, whatever the link could do. */
static void who_is_not_readable_is_not_read(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_reading(HAREDIS_READ_PREFER_REPLICA);
  warm();
  readable(1, false);
  kit_publish();
  for (int i = 0; i < 20; i++) {
    ask(&a, "GET k");
  }
  kit_until(&a.count, 20);
  assert_int_equal(reads_of(1) + reads_of(0), 0);
}

static void the_replica_that_is_read_dies(void **state) {
  enum { COUNT = 50 };
  static struct kit_answer a[COUNT];
  (void)state;
  memset(a, 0, sizeof(a));
  connect_reading(HAREDIS_READ_PREFER_REPLICA);
  warm();
  kit.servers[1].silent = kit.servers[2].silent = true;
  for (int i = 0; i < COUNT; i++) {
    ask(&a[i], "GET k");
  }
  kit_until_seen(1, 10);
  kit_server_stop(&kit.servers[1]);
  kit_server_cut(&kit.servers[2]);
  kit.servers[2].silent = false;
  for (int i = 0; i < COUNT; i++) {
    kit_until(&a[i].count, 1);
    assert_answered(a[i], HAREDIS_OK);
  }
  assert_int_equal(kit.hints, 2);
}

static void retry_never_is_said_of_replicas_too(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.retry = HAREDIS_RETRY_NEVER;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  kit.servers[1].silent = kit.servers[2].silent = true;
  ask(&a, "GET k");
  for (int i = 0; i < 1000 && reads_of(1) + reads_of(2) == 0; i++) {
    kit_turn(1);
  }
  kit_server_cut(&kit.servers[1]);
  kit_server_cut(&kit.servers[2]);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
}

static const char *masterdown(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "GET") == 0 ? "-MASTERDOWN Link with MASTER is down\r\n" : NULL;
}

/* It is left alone for a while, the core looks at it, the other one answers. */
static void a_replica_that_refuses(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.retry_backoff_ms = kit.options.retry_backoff_max_ms = 50;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  kit.servers[1].rule = masterdown;
  for (int i = 0; i < 20; i++) {
    ask(&a, "GET k");
  }
  kit_until(&a.count, 20);
  assert_int_equal(a.code, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_STRING);
  assert_int_equal(kit.hints, 1);
  assert_int_equal(kit.hinted, 1);
  assert_int_equal(reads_of(2), 20);
}

/* Alone it is asked again after the pause; with the last attempt the error is the answer. */
static void the_only_replica_refuses(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.retry_attempts = 3;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  readable(2, false);
  kit_publish();
  kit.servers[1].rule = masterdown;
  ask(&a, "GET k");
  kit_until(&a.count, 1);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_int_equal(reads_of(1), 3);
}

/* No master: replicas go on answering, the master's own line waits. */
static void reads_go_on_without_a_master(void **state) {
  struct kit_answer reads = {0}, own = {0}, write = {0};
  (void)state;
  connect_reading(HAREDIS_READ_PREFER_REPLICA);
  warm();
  kit_server_stop(&kit.servers[0]);
  kit_pause(HR_PAUSE_NO_MASTER);
  ask(&write, "SET k v");
  ask_from(&own, HAREDIS_READ_MASTER, "k");
  for (int i = 0; i < 10; i++) {
    ask(&reads, "GET k");
  }
  kit_until(&reads.count, 10);
  assert_int_equal(reads.code, HAREDIS_OK);
  assert_int_equal(own.count + write.count, 0);
  readable(1, false);
  kit_master(1);
  kit_until(&write.count, 1);
  kit_until(&own.count, 1);
  assert_answered(own, HAREDIS_OK);
}

/* Sent to the master for want of a replica, lost there, read from a replica. */
static void a_read_that_the_master_lost(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_reading(HAREDIS_READ_PREFER_REPLICA);
  readable(1, false);
  readable(2, false);
  kit_publish();
  kit.servers[0].silent = true;
  ask(&a, "GET k");
  kit_until_seen(0, 1);
  readable(1, true);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_server_stop(&kit.servers[0]);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_true(kit_server_saw(&kit.servers[1], "GET k"));
}

/* It stands in the master's line when the master goes. */
static void a_read_leaves_the_masters_line(void **state) {
  struct kit_answer a = {0}, write = {0};
  (void)state;
  connect_reading(HAREDIS_READ_PREFER_REPLICA);
  readable(1, false);
  readable(2, false);
  kit_publish();
  kit_server_stop(&kit.servers[0]);
  for (int i = 0; i < 1000 && kit.c->read_conn != NULL; i++) {
    kit_turn(1);
  }
  ask(&write, "SET k v");
  ask(&a, "GET k");
  kit_turn(5);
  assert_int_equal(a.count, 0);
  readable(2, true);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(write.count, 0);
}

static void a_person_must_pick_first(void **state) {
  struct kit_answer a = {0};
  const char *argv[] = {"GET", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  kit_pause(HR_PAUSE_AMBIGUOUS);
  call.timeout_ms = 20;
  haredis_async_command_with(kit.c, &call, kit_on_reply, &a, 2, argv, NULL);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_AMBIGUOUS);
}

/* Sent in time and not answered: the late answer is nobody's, and the next read gets its own. */
static void a_deadline_on_a_replica(void **state) {
  struct kit_answer late = {0}, next = {0};
  const char *argv[] = {"GET", "late"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  readable(2, false);
  kit_publish();
  kit.servers[1].silent = true;
  call.timeout_ms = 20;
  haredis_async_command_with(kit.c, &call, kit_on_reply, &late, 2, argv, NULL);
  kit_until(&late.count, 1);
  assert_answered(late, HAREDIS_ERR_MAYBE);
  ask(&next, "GET next");
  kit_server_speak(&kit.servers[1]);
  kit_until(&next.count, 1);
  assert_answered(next, HAREDIS_OK);
  assert_int_equal(late.count, 1);
  assert_int_equal(kit.c->reads->links[1].waiting, 0);
}

/* The core closes all links to a node that fell silent: its reads go elsewhere. */
static void the_core_closes_a_silent_node(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  kit.servers[1].silent = true;
  for (int i = 0; i < 10; i++) {
    ask(&a, "GET k");
  }
  kit_until(&a.count, 5); /* those of node 2 */
  readable(1, false);
  kit.hooks->close_data(1, kit.owner);
  kit_publish();
  kit_until(&a.count, 10);
  assert_int_equal(a.code, HAREDIS_OK);
}

static void the_queue_is_bounded(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.queue_max = 2;
  connect_reading(HAREDIS_READ_REPLICA);
  readable(1, false);
  readable(2, false);
  kit_publish();
  ask(&a, "GET 1");
  ask(&a, "GET 2");
  assert_int_equal(haredis_async_command(kit.c, kit_on_reply, &b, "GET 3"),
                   HAREDIS_ERR_QUEUE_FULL);
  readable(1, true);
  kit_publish();
  kit_until(&a.count, 2);
  assert_int_equal(b.count, 0);
}

static void dropped_when_the_newest_count(void **state) {
  struct kit_answer a = {0}, b = {0}, d = {0};
  (void)state;
  kit.options.queue_max = 2;
  kit.options.queue_policy = HAREDIS_QUEUE_DROP_OLDEST;
  connect_reading(HAREDIS_READ_REPLICA);
  readable(1, false);
  readable(2, false);
  kit_publish();
  ask(&a, "GET 1");
  ask(&b, "GET 2");
  ask(&d, "GET 3");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_QUEUE_FULL);
  assert_int_equal(b.count + d.count, 0);
}

static void drained_with_reads_under_way(void **state) {
  struct kit_answer sent = {0}, waits = {0};
  (void)state;
  kit.options.drain_timeout_ms = 30;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  kit.servers[1].silent = kit.servers[2].silent = true;
  ask(&sent, "GET sent");
  kit_turn(5);
  readable(1, false);
  readable(2, false);
  kit_publish();
  ask(&waits, "GET waits");
  haredis_disconnect(kit.c);
  kit_until(&sent.count, 1);
  kit_until(&waits.count, 1);
  assert_answered(sent, HAREDIS_ERR_MAYBE);
  assert_answered(waits, HAREDIS_ERR_CLOSED);
  kit.c = NULL;
}

static void on_reply_free(haredis_client *c, struct redisReply *reply, void *data) {
  kit_on_reply(c, reply, data);
  haredis_free(c);
  kit.c = NULL;
}

static void freed_in_the_callback_of_a_read(void **state) {
  struct kit_answer first = {0}, rest = {0};
  (void)state;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  haredis_async_command(kit.c, on_reply_free, &first, "GET k");
  for (int i = 0; i < 9; i++) {
    ask(&rest, "GET k");
  }
  kit_until(&rest.count, 9);
  assert_answered(first, HAREDIS_OK);
}

static void freed_when_a_read_is_lost(void **state) {
  struct kit_answer first = {0}, rest = {0};
  (void)state;
  kit.options.retry = HAREDIS_RETRY_NEVER;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  readable(2, false);
  kit_publish();
  kit.servers[1].silent = true;
  haredis_async_command(kit.c, on_reply_free, &first, "GET k");
  ask(&rest, "GET k");
  kit_until_seen(1, 2);
  kit_server_stop(&kit.servers[1]);
  kit_until(&rest.count, 1);
  assert_answered(first, HAREDIS_ERR_MAYBE);
  assert_answered(rest, HAREDIS_ERR_MAYBE);
}

/* The span names the replica. */
static char span_node[64];
static void on_span(haredis_client *c, const struct haredis_span *span, void *user) {
  (void)c;
  (void)user;
  snprintf(span_node, sizeof(span_node), "%s", span->node != NULL ? span->node : "none");
  assert_int_equal(span->attempts, 1);
}

static void spans_name_the_replica(void **state) {
  struct kit_answer a = {0};
  char want[64];
  (void)state;
  kit.options.on_span = on_span;
  connect_reading(HAREDIS_READ_REPLICA);
  warm();
  readable(1, false);
  kit_publish();
  ask(&a, "GET k");
  kit_until(&a.count, 1);
  snprintf(want, sizeof(want), "127.0.0.1:%d", kit.servers[2].port);
  assert_string_equal(span_node, want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(links_are_made_when_they_are_needed),
      TEST(reads_spread_and_writes_do_not),
      TEST(some_reads_are_the_masters),
      TEST(one_command_may_say_otherwise),
      TEST(a_master_client_reads_once_from_a_replica),
      TEST(replica_alone_waits_for_one),
      TEST(prefer_replica_needs_none),
      TEST(who_is_not_readable_is_not_read),
      TEST(the_replica_that_is_read_dies),
      TEST(retry_never_is_said_of_replicas_too),
      TEST(a_replica_that_refuses),
      TEST(the_only_replica_refuses),
      TEST(reads_go_on_without_a_master),
      TEST(a_read_that_the_master_lost),
      TEST(a_read_leaves_the_masters_line),
      TEST(a_person_must_pick_first),
      TEST(a_deadline_on_a_replica),
      TEST(the_core_closes_a_silent_node),
      TEST(the_queue_is_bounded),
      TEST(dropped_when_the_newest_count),
      TEST(drained_with_reads_under_way),
      TEST(freed_in_the_callback_of_a_read),
      TEST(freed_when_a_read_is_lost),
      TEST(spans_name_the_replica),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
