/*
 * Transactions: one packet on a link of their own; what a failover in between makes of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pool.h"
#include "client_kit.h"

/* What a server does with a transaction; the commands of one peer are enough here. */
static struct {
  int queued;             /* -1: no MULTI is open */
  const char *exec;       /* EXEC's answer, NULL: an array of what was queued */
  const char *refuse;     /* what is said while commands are queued, NULL: QUEUED */
  const char *watch;      /* WATCH's answer */
  const char *acks;       /* WAIT's */
  int execs;
} world[KIT_NODES];

static const char *play_exec(int node) {
  static char text[512];
  int queued = world[node].queued;
  world[node].queued = -1;
  world[node].execs++;
  if (world[node].exec != NULL) {
    return world[node].exec;
  }
  size_t used = (size_t)snprintf(text, sizeof(text), "*%d\r\n", queued);
  for (int i = 0; i < queued; i++) {
    used += (size_t)snprintf(text + used, sizeof(text) - used, ":%d\r\n", i + 1);
  }
  return text;
}

static const char *play(struct kit_server *server, int argc, char **argv) {
  int node = (int)(server - kit.servers);
  (void)argc;
  if (strcmp(argv[0], "MULTI") == 0) {
    world[node].queued = 0;
    return "+OK\r\n";
  }
  if (strcmp(argv[0], "EXEC") == 0) {
    return play_exec(node);
  }
  if (world[node].queued >= 0) {
    world[node].queued++;
    bool ours = strcmp(argv[0], "HINCRBY") == 0 || strcmp(argv[0], "SELECT") == 0;
    return world[node].refuse != NULL && !ours ? world[node].refuse : "+QUEUED\r\n";
  }
  if (strcmp(argv[0], "WATCH") == 0) {
    return world[node].watch;
  }
  if (strcmp(argv[0], "WAIT") == 0) {
    return world[node].acks;
  }
  if (strcmp(argv[0], "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  return NULL;
}

static int begin(void **state) {
  (void)state;
  kit_begin();
  memset(world, 0, sizeof(world));
  for (int i = 0; i < KIT_NODES; i++) {
    world[i].queued = -1;
    kit.servers[i].rule = play;
  }
  return 0;
}

static void connect_to(int node) {
  kit_connect_to(node);
  kit_server_forget(&kit.servers[node]);
}

static haredis_txn *two_writes(void) {
  haredis_txn *t = haredis_txn_begin(kit.c);
  assert_non_null(t);
  assert_int_equal(haredis_txn_command(t, "SET %s %d", "a", 1), HAREDIS_OK);
  assert_int_equal(haredis_txn_command(t, "INCR b"), HAREDIS_OK);
  return t;
}

static void exec(haredis_txn *t, struct kit_answer *answer) {
  assert_int_equal(haredis_async_txn_exec(t, NULL, kit_on_reply, answer), HAREDIS_OK);
}

static void watch(haredis_txn *t, const char *key) {
  assert_int_equal(haredis_txn_watch(t, 1, &key, NULL), HAREDIS_OK);
}

/* ---- the packet ---- */

static size_t elements_seen;

static void on_array(haredis_client *c, struct redisReply *reply, void *data) {
  elements_seen = reply != NULL ? (size_t)reply->elements : 99;
  kit_on_reply(c, reply, data);
}

static void one_packet(void **state) {
  static const char *const want[] = {"MULTI", "SET a 1", "INCR b",
                                     "HINCRBY haredis:group opcounter 2", "EXEC"};
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  haredis_txn *t = two_writes();
  kit_turn(5);
  assert_int_equal(kit.servers[0].seen_count, 0); /* nothing before EXEC */
  assert_int_equal(haredis_async_txn_exec(t, NULL, on_array, &a), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ARRAY);
  assert_int_equal(elements_seen, 2); /* the counter's answer is not the user's */
  assert_int_equal(kit.servers[0].seen_count, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_string_equal(kit.servers[0].seen[i], want[i]);
  }
  assert_int_equal(kit.c->outstanding, 0);
}

static void in_another_database(void **state) {
  static const char *const want[] = {"MULTI",    "SET a 1", "INCR b",
                                     "SELECT 0", "HINCRBY haredis:group opcounter 2",
                                     "SELECT 7", "EXEC"};
  struct kit_answer a = {0};
  (void)state;
  kit.options.db = 7;
  connect_to(0);
  assert_int_equal(haredis_async_txn_exec(two_writes(), NULL, on_array, &a), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_int_equal(elements_seen, 2);
  size_t from = kit.servers[0].seen_count - 7;
  for (size_t i = 0; i < 7; i++) {
    assert_string_equal(kit.servers[0].seen[from + i], want[i]);
  }
}

static void reads_alone_count_nothing(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  kit_pause(HR_PAUSE_NO_QUORUM); /* nor need they a majority */
  haredis_txn *t = haredis_txn_begin(kit.c);
  assert_int_equal(haredis_txn_command(t, "GET a"), HAREDIS_OK);
  assert_int_equal(haredis_async_txn_exec(t, NULL, on_array, &a), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_int_equal(elements_seen, 1);
  assert_int_equal(kit_server_count(&kit.servers[0], "HINCRBY"), 0);
}

static void cut_off_it_waits(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  kit_pause(HR_PAUSE_NO_QUORUM);
  exec(two_writes(), &a);
  kit_turn(30);
  assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 0);
  kit_master(0);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

/* ---- refusals ---- */

static void an_error_at_queueing_is_told_with_its_cause(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  world[0].refuse = "-ERR unknown command 'SET'\r\n";
  world[0].exec = "-EXECABORT Transaction discarded because of previous errors.\r\n";
  exec(two_writes(), &a);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_non_null(strstr(a.text, "EXECABORT"));
  assert_non_null(strstr(a.text, "unknown command 'SET'"));
  assert_int_equal(world[0].execs, 1);
}

static void a_demoted_master_refuses_the_whole(void **state) {
  static const char *const texts[] = {
      "-EXECABORT Transaction discarded because of: READONLY You can't write against a read only "
      "replica.\r\n",
      "-EXECABORT Transaction discarded because of previous errors.\r\n"};
  (void)state;
  connect_to(0);
  for (int i = 0; i < 2; i++) {
    struct kit_answer a = {0};
    int from = i, to = i + 1;
    world[from].exec = texts[i];
    world[from].refuse = i == 1 ? "-READONLY You can't write against a replica.\r\n" : NULL;
    exec(two_writes(), &a);
    kit_until_saw(from, "EXEC");
    kit_turn(10);
    assert_int_equal(a.count, 0);
    kit_master(to);
    kit_until(&a.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_int_equal(a.type, REDIS_REPLY_ARRAY);
    kit_server_forget(&kit.servers[to]);
  }
}

static void refused_under_a_watch_it_is_aborted(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  world[0].watch = "+OK\r\n";
  world[0].exec = "-EXECABORT Transaction discarded because of: READONLY You can't write\r\n";
  haredis_txn *t = two_writes();
  watch(t, "a");
  exec(t, &a);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_ABORTED);
  assert_int_equal(world[0].execs, 1);
}

/* Without MULTI the commands run one by one: nobody may be told that they did not. */
static const char *refuse_multi(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "MULTI") == 0  ? "-NOPERM this user has no permissions\r\n"
         : strcmp(argv[0], "EXEC") == 0 ? "-ERR EXEC without MULTI\r\n"
                                        : NULL;
}

static void without_multi_it_is_a_maybe(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  kit.servers[0].rule = refuse_multi;
  exec(two_writes(), &a);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 1);
}

static void what_does_not_belong_in_it_is_refused(void **state) {
  static const char *const commands[] = {"MULTI",    "EXEC",        "WATCH k", "SELECT 1",
                                         "MONITOR",  "SUBSCRIBE x", "AUTH x",  "FLUSHALL",
                                         "flushdb",  "SWAPDB 0 1",  "",        "CLIENT REPLY OFF"};
  (void)state;
  connect_to(0);
  haredis_txn *t = haredis_txn_begin(kit.c);
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    assert_int_not_equal(haredis_txn_command(t, commands[i]), HAREDIS_OK);
    assert_non_null(strstr(haredis_errstr(kit.c), "did not run"));
  }
  assert_int_equal(haredis_txn_command(t, "BLPOP q 0"), HAREDIS_OK); /* does not block there */
  assert_int_equal(haredis_txn_command(t, NULL), HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, NULL, "SET a 1"),
                   HAREDIS_ERR_UNSUPPORTED);
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, NULL, "XREAD BLOCK 0 STREAMS s 0"),
                   HAREDIS_ERR_UNSUPPORTED);
  haredis_txn_discard(t);
}

/* ---- lost ---- */

static void exec_lost_is_a_maybe_and_never_repeated(void **state) {
  struct kit_answer a = {0};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_to(0);
  world[0].exec = "";
  call.retry = HAREDIS_RETRY_ALWAYS;
  assert_int_equal(haredis_async_txn_exec(two_writes(), &call, kit_on_reply, &a), HAREDIS_OK);
  kit_until_saw(0, "EXEC");
  kit_server_stop(&kit.servers[0]);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  kit_master(1);
  kit_turn(30);
  assert_int_equal(world[1].execs, 0);
}

static void without_a_watch_it_waits_for_a_master(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect();
  exec(two_writes(), &a);
  kit_turn(20);
  kit_master(2);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(world[2].execs, 1);
}

static void a_watch_ends_with_its_lane(void **state) {
  struct kit_answer a = {0}, read = {0};
  (void)state;
  connect_to(0);
  world[0].watch = "+OK\r\n";
  haredis_txn *t = two_writes();
  watch(t, "a");
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &read, "GET a"), HAREDIS_OK);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_string_equal(kit.servers[0].seen[0], "WATCH a");
  assert_string_equal(kit.servers[0].seen[1], "GET a");
  kit_master(1);
  assert_int_equal(haredis_txn_command(t, "SET c 1"), HAREDIS_ERR_ABORTED);
  assert_int_equal(haredis_async_txn_exec(t, NULL, kit_on_reply, &a), HAREDIS_ERR_ABORTED);
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &read, "GET a"), HAREDIS_ERR_ABORTED);
  haredis_txn_discard(t);
  kit_turn(10);
  assert_int_equal(world[0].execs + world[1].execs + a.count, 0);
}

static void a_watched_exec_that_was_not_sent_is_aborted(void **state) {
  struct kit_answer a = {0}, read = {0};
  (void)state;
  connect_to(0);
  world[0].watch = "+OK\r\n";
  kit.servers[0].silent = true; /* WATCH is not answered: EXEC must wait for it */
  haredis_txn *t = two_writes();
  watch(t, "a");
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &read, "GET a"), HAREDIS_OK);
  exec(t, &a);
  kit_until_saw(0, "GET a");
  kit_turn(10);
  assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 0);
  kit_server_stop(&kit.servers[0]);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_ABORTED);
  assert_answered(read, HAREDIS_ERR_MAYBE);
  assert_int_equal(world[0].execs, 0);
}

static void a_refused_watch_is_execs_answer(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  world[0].watch = "-NOPERM this user has no permissions to run the 'watch' command\r\n";
  haredis_txn *t = two_writes();
  watch(t, "a");
  exec(t, &a);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_non_null(strstr(a.text, "NOPERM"));
  assert_int_equal(world[0].execs, 0);
}

static void a_changed_key_is_nil(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to(0);
  world[0].watch = "+OK\r\n";
  world[0].exec = "*-1\r\n";
  haredis_txn *t = two_writes();
  watch(t, "a");
  exec(t, &a);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_NIL);
}

/* ---- time ---- */

static void deadlines(void **state) {
  struct kit_answer sent = {0}, waits = {0}, read = {0};
  (void)state;
  kit.options.command_timeout_ms = 80;
  connect_to(0);
  world[0].exec = "";
  exec(two_writes(), &sent);
  kit_until_saw(0, "EXEC");
  kit_until(&sent.count, 1);
  assert_answered(sent, HAREDIS_ERR_MAYBE);
  assert_int_equal(kit.c->pool->count, 0);
  kit.servers[0].silent = true;
  haredis_txn *t = haredis_txn_begin(kit.c);
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &read, "GET a"), HAREDIS_OK);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_ERR_MAYBE);
  kit_pause(HR_PAUSE_NO_MASTER);
  exec(two_writes(), &waits);
  kit_until(&waits.count, 1);
  assert_answered(waits, HAREDIS_ERR_NO_MASTER);
  kit_server_speak(&kit.servers[0]);
  kit_turn(5); /* the late answer is dropped */
  haredis_txn_discard(t);
  assert_int_equal(read.count, 1);
}

static void what_waits_for_its_lane_is_bounded(void **state) {
  struct kit_answer a[3] = {{0}};
  (void)state;
  kit.options.queue_max = 2;
  kit_connect();
  haredis_txn *t = haredis_txn_begin(kit.c);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &a[i], "GET a"),
                     i < 2 ? HAREDIS_OK : HAREDIS_ERR_QUEUE_FULL);
  }
  haredis_txn_discard(t);
  kit_until(&a[1].count, 1);
  assert_int_equal(a[0].count + a[2].count, 1);
}

/* Refused and waiting for its next turn: nothing ran, and that is what it is told. */
static void late_behind_a_refusal(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.command_timeout_ms = 500;
  kit.options.retry_backoff_ms = kit.options.retry_backoff_max_ms = 200;
  connect_to(0);
  world[0].exec = "-EXECABORT Transaction discarded because of: LOADING Redis is loading\r\n";
  exec(two_writes(), &a);
  kit_until_saw(0, "EXEC");
  kit_turn(2);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_NO_MASTER);
  assert_int_equal(world[0].execs, 1);
}

/* ---- durability ---- */

static void durability_covers_exec(void **state) {
  struct kit_answer good = {0}, slow = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  connect_to(0);
  world[0].acks = ":1\r\n";
  assert_int_equal(haredis_async_txn_exec(two_writes(), NULL, on_array, &good), HAREDIS_OK);
  kit_until(&good.count, 1);
  assert_answered(good, HAREDIS_OK);
  assert_int_equal(elements_seen, 2);
  assert_true(kit_server_saw(&kit.servers[0], "WAIT 1 5000"));
  world[0].acks = ":0\r\n";
  exec(two_writes(), &slow);
  kit_until(&slow.count, 1);
  assert_answered(slow, HAREDIS_ERR_MAYBE);
  assert_int_equal(world[0].execs, 2);
}

static void durable_and_refused(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  connect_to(0);
  world[0].acks = ":1\r\n";
  world[0].exec = "-EXECABORT Transaction discarded because of: ERR no such thing\r\n";
  exec(two_writes(), &a);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  world[0].exec = NULL;
  exec(two_writes(), &b); /* the proof of the first must not be taken for its own */
  kit_until(&b.count, 1);
  assert_answered(b, HAREDIS_OK);
  assert_int_equal(b.type, REDIS_REPLY_ARRAY);
}

/* ---- ends ---- */

static void discarded(void **state) {
  struct kit_answer read = {0}, next = {0};
  (void)state;
  connect_to(0);
  world[0].watch = "+OK\r\n";
  haredis_txn *t = two_writes();
  watch(t, "a");
  kit_until_saw(0, "WATCH a");
  kit_turn(5);
  haredis_txn_discard(t);
  kit_until_saw(0, "UNWATCH");
  exec(two_writes(), &next);
  kit_until(&next.count, 1);
  assert_answered(next, HAREDIS_OK);
  assert_int_equal(kit.c->pool->count, 1); /* the same link */
  kit.servers[0].silent = true;
  t = haredis_txn_begin(kit.c);
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &read, "GET a"), HAREDIS_OK);
  kit_until_saw(0, "GET a");
  haredis_txn_discard(t);
  assert_int_equal(read.count, 0);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_ERR_MAYBE);
  haredis_txn_discard(NULL);
}

static void the_client_is_freed(void **state) {
  struct kit_answer sent = {0}, waits = {0}, read = {0};
  (void)state;
  kit.options.pool_max = 1;
  connect_to(0);
  world[0].exec = "";
  exec(two_writes(), &sent);
  kit_until_saw(0, "EXEC");
  exec(two_writes(), &waits);
  haredis_txn *t = haredis_txn_begin(kit.c); /* goes with the client */
  assert_int_equal(haredis_async_txn_read(t, kit_on_reply, &read, "GET a"), HAREDIS_OK);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(sent, HAREDIS_ERR_MAYBE);
  assert_answered(waits, HAREDIS_ERR_CLOSED);
  assert_answered(read, HAREDIS_ERR_CLOSED);
}

static haredis_txn *victim;
static bool free_client;

static void end_it(haredis_client *c, struct redisReply *reply, void *data) {
  kit_on_reply(c, reply, data);
  if (free_client) {
    haredis_free(c);
    kit.c = NULL;
  } else {
    haredis_txn_discard(victim);
  }
}

static void ended_from_a_read(void **state) {
  (void)state;
  for (int round = 0; round < 4; round++) {
    struct kit_answer first = {0}, second = {0};
    bool lost = round >= 2;
    free_client = round % 2 == 1;
    connect_to(0);
    kit.servers[0].silent = lost;
    victim = haredis_txn_begin(kit.c);
    assert_int_equal(haredis_async_txn_read(victim, end_it, &first, "GET a"), HAREDIS_OK);
    assert_int_equal(haredis_async_txn_read(victim, kit_on_reply, &second, "GET b"), HAREDIS_OK);
    if (lost) {
      kit_until_saw(0, "GET b");
      kit_server_cut(&kit.servers[0]);
    }
    kit_until(&second.count, 1);
    assert_int_equal(first.count, 1);
    assert_int_equal(first.code, lost ? HAREDIS_ERR_MAYBE : HAREDIS_OK);
    kit_teardown(NULL);
    begin(NULL);
  }
}

static void freed_from_execs_callback(void **state) {
  struct kit_answer a = {0};
  (void)state;
  free_client = true;
  connect_to(0);
  assert_int_equal(haredis_async_txn_exec(two_writes(), NULL, end_it, &a), HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(one_packet),
      KIT_TEST(in_another_database),
      KIT_TEST(reads_alone_count_nothing),
      KIT_TEST(cut_off_it_waits),
      KIT_TEST(an_error_at_queueing_is_told_with_its_cause),
      KIT_TEST(a_demoted_master_refuses_the_whole),
      KIT_TEST(refused_under_a_watch_it_is_aborted),
      KIT_TEST(without_multi_it_is_a_maybe),
      KIT_TEST(what_does_not_belong_in_it_is_refused),
      KIT_TEST(exec_lost_is_a_maybe_and_never_repeated),
      KIT_TEST(without_a_watch_it_waits_for_a_master),
      KIT_TEST(a_watch_ends_with_its_lane),
      KIT_TEST(a_watched_exec_that_was_not_sent_is_aborted),
      KIT_TEST(a_refused_watch_is_execs_answer),
      KIT_TEST(a_changed_key_is_nil),
      KIT_TEST(deadlines),
      KIT_TEST(durability_covers_exec),
      KIT_TEST(late_behind_a_refusal),
      KIT_TEST(what_waits_for_its_lane_is_bounded),
      KIT_TEST(durable_and_refused),
      KIT_TEST(discarded),
      KIT_TEST(the_client_is_freed),
      KIT_TEST(ended_from_a_read),
      KIT_TEST(freed_from_execs_callback),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
