/*
 * Our hash on the master: the opcounter that follows the writes, and the commands that would take
 * the record away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "client_kit.h"
#include "io/link_internal.h"

static void assert_seen(int node, const char *const *want, size_t count) {
  kit_until_seen(node, count);
  kit_turn(10);
  assert_int_equal(kit.servers[node].seen_count, count);
  for (size_t i = 0; i < count; i++) {
    assert_string_equal(kit.servers[node].seen[i], want[i]);
  }
}

/* One HINCRBY for the writes of a turn, behind them; none for reads. */
static void one_count_per_flush(void **state) {
  static const char *const want[] = {"SET a 1", "GET a", "SET b 2", "INCR c",
                                     "HINCRBY haredis:group opcounter 3", "GET a"};
  (void)state;
  kit_connect_to(0);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET a 1"), HAREDIS_OK);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "GET a"), HAREDIS_OK);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET b 2"), HAREDIS_OK);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "INCR c"), HAREDIS_OK);
  kit_until_seen(0, 5);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "GET a"), HAREDIS_OK);
  assert_seen(0, want, 6);
}

static void write_and_wait(void) {
  struct kit_answer a = {0}, b = {0};
  kit_submit(&a, "SET a 1");
  kit_until(&a.count, 1);
  kit_submit(&b, "GET a");
  kit_until(&b.count, 1); /* behind the count */
}

static void the_core_hears_of_the_count_now_and_then(void **state) {
  (void)state;
  kit.options.down_after_ms = 3000;
  kit_connect_to(0);
  write_and_wait();
  uint64_t first = kit.writes_told;
  assert_true(first > 0);
  write_and_wait();
  assert_int_equal(kit.writes_told, first); /* too soon */
  kit.c->told_ms -= 1000;
  write_and_wait();
  assert_int_equal(kit.writes_told, first + 2);
}

static void from_another_database_the_count_goes_there_and_back(void **state) {
  static const char *const want[] = {"SELECT 5", "SET a 1", "SELECT 0",
                                     "HINCRBY other:group opcounter 1", "SELECT 5"};
  (void)state;
  kit.options.db = 5;
  kit.options.prefix = "other";
  kit_connect_to(0);
  assert_int_equal(haredis_async_command(kit.c, NULL, NULL, "SET a 1"), HAREDIS_OK);
  assert_seen(0, want, 5);
}

/* ---- FLUSHALL and its like ---- */

/* Inside MULTI everything is +QUEUED; EXEC answers as the test wants. */
static const char *exec_answer;
static const char *body_answer;

static const char *transact(struct kit_server *server, int argc, char **argv) {
  static bool inside;
  (void)server;
  (void)argc;
  if (strcmp(argv[0], "MULTI") == 0) {
    inside = true;
    return NULL;
  }
  if (strcmp(argv[0], "EXEC") == 0) {
    inside = false;
    return exec_answer;
  }
  if (!inside) {
    return NULL;
  }
  return strcmp(argv[0], "HSET") == 0 || body_answer == NULL ? "+QUEUED\r\n" : body_answer;
}

#define RESTORE(n)                                                                    \
  "HSET haredis:group epoch 1:abcdefgh:n" #n ":run" #n " opcounter 1000000041 uuid uuid-of-group" \
  " nodes n0,n1,n2 durable 0 forks 4:wxyzwxyz=40 planned 0"

static void flushall_restores_the_record_in_the_same_transaction(void **state) {
  static const char *const want[] = {"MULTI", "FLUSHALL", RESTORE(0), "EXEC",
                                     "HINCRBY haredis:group opcounter 1"};
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = transact;
  exec_answer = "*2\r\n+OK\r\n:4\r\n";
  body_answer = NULL;
  kit_submit(&a, "FLUSHALL");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_STATUS);
  assert_string_equal(a.text, "OK");
  assert_seen(0, want, 5);
}

static void swapdb_removes_the_stale_copy(void **state) {
  static const char *const want[] = {"MULTI", "SWAPDB 0 3", "SELECT 3", "DEL haredis:group",
                                     "SELECT 0", RESTORE(0), "EXEC",
                                     "HINCRBY haredis:group opcounter 1"};
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = transact;
  exec_answer = "*5\r\n+OK\r\n+OK\r\n:1\r\n+OK\r\n:4\r\n";
  kit_submit(&a, "SWAPDB 0 3");
  kit_until(&a.count, 1);
  assert_string_equal(a.text, "OK");
  assert_seen(0, want, 8);
}

static void flushdb_elsewhere_is_an_ordinary_command(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.db = 5;
  kit_connect_to(0);
  kit.servers[0].rule = transact;
  exec_answer = "*4\r\n+OK\r\n+OK\r\n:4\r\n+OK\r\n";
  kit_submit(&a, "FlushDB ASYNC");
  kit_until(&a.count, 1);
  assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 0);
  assert_true(kit_server_saw(&kit.servers[0], "FlushDB ASYNC"));
  kit_submit(&b, "FLUSHALL");
  kit_until(&b.count, 1);
  assert_string_equal(b.text, "OK");
  assert_true(kit_server_saw(&kit.servers[0], RESTORE(0)));
  kit_turn(10);
  assert_string_equal(kit.servers[0].seen[kit.servers[0].seen_count - 1], "SELECT 5");
}

static void a_flushall_that_is_refused_inside_goes_elsewhere(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = kit.servers[1].rule = transact;
  body_answer = "-READONLY You can't write against a read only replica.\r\n";
  exec_answer = "-EXECABORT Transaction discarded because of previous errors.\r\n";
  kit_submit(&a, "FLUSHALL");
  kit_until(&kit.hints, 1);
  assert_int_equal(a.count, 0);
  body_answer = NULL;
  exec_answer = "*2\r\n+OK\r\n:4\r\n";
  kit.topology.epoch.n = 0; /* RESTORE(1) says 1 again */
  kit_master(1);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(a.text, "OK");
  assert_true(kit_server_saw(&kit.servers[1], RESTORE(1)));
}

/* Queued by a master, executed by the replica that it has become. */
static void a_flushall_whose_master_is_demoted_under_it_goes_elsewhere(void **state) {
  static const char *const refusals[] = {
      "-EXECABORT Transaction discarded because of: READONLY You can't write against a read only "
      "replica.\r\n",
      "-ERR Transaction contains write commands but instance is now a read-only replica. EXEC "
      "aborted.\r\n"};
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct kit_answer a = {0};
    kit_connect_to(0);
    kit.servers[0].rule = kit.servers[1].rule = transact;
    exec_answer = refusals[i];
    kit_submit(&a, "FLUSHALL");
    kit_until(&kit.hints, 1);
    assert_int_equal(a.count, 0);
    exec_answer = "*2\r\n+OK\r\n:4\r\n";
    kit_master(1);
    kit_until(&a.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_string_equal(a.text, "OK");
    kit_end();
    kit_begin();
  }
}

static void a_flushall_that_is_wrong_says_so(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = transact;
  body_answer = "-ERR syntax error\r\n";
  exec_answer = "-EXECABORT Transaction discarded because of previous errors.\r\n";
  kit_submit(&a, "FLUSHALL NOW");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_string_equal(a.text, "ERR syntax error");
}

/* The bytes of EXEC are not the command: its own must have been kept. */
static void a_lost_flushall_is_a_maybe_or_is_repeated(void **state) {
  struct kit_answer maybe = {0}, again = {0};
  const char *argv[] = {"FLUSHALL"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  call.retry = HAREDIS_RETRY_ALWAYS;
  kit_connect_to(0);
  kit.servers[1].rule = transact;
  body_answer = NULL;
  exec_answer = "*2\r\n+OK\r\n:4\r\n";
  kit.servers[0].silent = true;
  kit_submit(&maybe, "FLUSHALL");
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &again, 1, argv, NULL),
                   HAREDIS_OK);
  kit_until_seen(0, 8);
  kit_server_stop(&kit.servers[0]);
  kit_until(&maybe.count, 1);
  assert_answered(maybe, HAREDIS_ERR_MAYBE);
  assert_int_equal(again.count, 0);
  kit_master(1);
  kit_until(&again.count, 1);
  assert_answered(again, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[1], "FLUSHALL"), 1);
}

static void without_a_record_nothing_is_restored(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.no_record = true;
  kit.servers[0].rule = transact;
  body_answer = NULL;
  exec_answer = "*1\r\n+OK\r\n";
  kit_submit(&a, "FLUSHALL");
  kit_until(&a.count, 1);
  assert_string_equal(a.text, "OK");
  assert_int_equal(kit_server_count(&kit.servers[0], "HSET"), 0);
}

/* It comes back whole, and the link is not left inside the transaction. */
static void a_transaction_is_taken_back_as_a_whole(void **state) {
  struct kit_answer flush = {0}, set = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[1].rule = transact;
  body_answer = NULL;
  exec_answer = "*2\r\n+OK\r\n:4\r\n";
  kit_submit(&flush, "FLUSHALL");
  hr_client_pump(NULL, kit.c); /* on the link, not written yet */
  assert_int_equal(hr_link_unanswered(kit.c->targets[0]->main.link), 4);
  kit_pause(HR_PAUSE_NO_MASTER);
  assert_int_equal(hr_link_unanswered(kit.c->targets[0]->main.link), 0);
  kit_submit(&set, "SET a 1");
  kit_master(1);
  kit_until(&set.count, 1);
  assert_answered(flush, HAREDIS_OK);
  assert_true(flush.order < set.order);
  assert_int_equal(kit.servers[0].seen_count, 0);
  assert_string_equal(kit.servers[1].seen[0], "MULTI");
}

/* The kernel takes `cut` bytes of what is queued and no more, until it is let go. */
static void leave_in_part(struct hr_link *link, size_t cut) {
  assert_int_equal(send(link->fd, hr_buffer_head(&link->fifo), cut, 0), cut);
  size_t whole = 0;
  link->fifo_sent = cut;
  for (link->ring.sent = 0; link->ring.sent < link->ring.count; link->ring.sent++) {
    whole += hr_link_at(link, link->ring.sent)->bytes;
    if (whole > cut) {
      return;
    }
  }
}

static void let_go(struct hr_link *link) {
  link->write_blocked = false;
  hr_later_add(kit.c->loop, &link->later);
}

/* Wherever the socket stops: the link never stays in the other database, or in a transaction. */
static void a_chain_that_left_in_part_stays_whole(void **state) {
  size_t total = 1;
  (void)state;
  kit.options.db = 1;
  kit_connect_to(0);
  for (size_t cut = 0; cut < total; cut++) {
    struct kit_answer a = {0}, b = {0};
    struct hr_conn *conn = kit.c->write_conn;
    kit_server_forget(&kit.servers[0]);
    conn->link->write_blocked = true;
    kit_submit(&a, "SET k 1");
    hr_record_flush(conn->link, conn);
    assert_int_equal(hr_link_unanswered(conn->link), 4);
    total = hr_buffer_len(&conn->link->fifo);
    leave_in_part(conn->link, cut);
    hr_data_take_back(conn);
    let_go(conn->link);
    kit_until(&a.count, 1);
    kit_until_ready();
    kit_submit(&b, "GET k");
    kit_until(&b.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_int_equal(kit_server_count(&kit.servers[0], "SELECT 0"),
                     kit_server_count(&kit.servers[0], "SELECT 1"));
  }
  assert_in_range(total, 100, 1000);
}

static void a_transaction_that_left_in_part_stays_whole(void **state) {
  size_t total = 1;
  (void)state;
  kit_connect_to(0);
  struct hr_conn *conn = kit.c->write_conn;
  for (size_t cut = 0; cut < total; cut++) {
    struct hr_waiting *flush = hr_waiting_new(&(struct hr_request){.flags = HR_REQ_OURS},
                                              "*1\r\n$8\r\nFLUSHALL\r\n", 18);
    struct kit_answer b = {0};
    kit_server_forget(&kit.servers[0]);
    conn->link->write_blocked = true;
    assert_int_equal(hr_record_send_flush(conn, flush), 0);
    hr_free(flush);
    conn->writes = 0;
    total = hr_buffer_len(&conn->link->fifo);
    leave_in_part(conn->link, cut);
    hr_data_take_back(conn);
    for (size_t i = 0; i < hr_link_unanswered(conn->link); i++) {
      hr_link_at(conn->link, i)->fn = NULL; /* only what is sent matters here */
    }
    let_go(conn->link);
    kit_turn(0);
    kit_until_ready();
    kit_submit(&b, "GET k");
    kit_until(&b.count, 1);
    assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"),
                     kit_server_count(&kit.servers[0], "EXEC"));
  }
  assert_in_range(total, 100, 1000);
}

static const char *transact_and_prove(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "WAIT") == 0) {
    return ":1\r\n";
  }
  if (strcmp(argv[0], "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  return transact(server, argc, argv);
}

/* It waits for the answer of FLUSHALL and for nothing else. */
static void a_durable_command_follows_flushall_at_once(void **state) {
  struct kit_answer before = {0}, flush = {0}, after = {0};
  const char *argv[] = {"SET", "k", "v"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  call.durability = HAREDIS_DURABILITY_QUORUM;
  kit_connect_to(0);
  kit.servers[0].rule = transact_and_prove;
  exec_answer = "*2\r\n+OK\r\n:4\r\n";
  body_answer = NULL;
  assert_int_equal(
      haredis_async_command_with(kit.c, &call, kit_on_reply, &before, 3, argv, NULL), HAREDIS_OK);
  kit_until(&before.count, 1); /* its links are up */
  kit_submit(&flush, "FLUSHALL");
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &after, 3, argv, NULL),
                   HAREDIS_OK);
  kit_until(&flush.count, 1);
  kit_turn(100);
  assert_answered(flush, HAREDIS_OK);
  assert_answered(after, HAREDIS_OK);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(one_count_per_flush),
      KIT_TEST(the_core_hears_of_the_count_now_and_then),
      KIT_TEST(from_another_database_the_count_goes_there_and_back),
      KIT_TEST(flushall_restores_the_record_in_the_same_transaction),
      KIT_TEST(swapdb_removes_the_stale_copy),
      KIT_TEST(flushdb_elsewhere_is_an_ordinary_command),
      KIT_TEST(a_flushall_that_is_refused_inside_goes_elsewhere),
      KIT_TEST(a_flushall_whose_master_is_demoted_under_it_goes_elsewhere),
      KIT_TEST(a_flushall_that_is_wrong_says_so),
      KIT_TEST(a_lost_flushall_is_a_maybe_or_is_repeated),
      KIT_TEST(without_a_record_nothing_is_restored),
      KIT_TEST(a_transaction_is_taken_back_as_a_whole),
      KIT_TEST(a_durable_command_follows_flushall_at_once),
      KIT_TEST(a_chain_that_left_in_part_stays_whole),
      KIT_TEST(a_transaction_that_left_in_part_stays_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
