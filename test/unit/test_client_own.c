/*
 * read_own_writes: a replica that cannot show every acknowledged write of this client is not
 * believed, and the master is asked instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/reads.h"
#include "client_kit.h"

/* What the fakes hold: the master counts, the replica shows what the test lets it show. */
static long long master_counter, replica_counter;
static char replica_lineage[HR_LINEAGE_TEXT_MAX];
static bool hold_counts; /* answered with the next read */

static const char *on_master(struct kit_server *server, int argc, char **argv) {
  static char number[64];
  (void)server;
  if (strcmp(argv[0], "HINCRBY") == 0 && argc == 4) {
    master_counter += atoll(argv[3]);
    snprintf(number, sizeof(number), ":%lld\r\n%s", master_counter,
             hold_counts ? "$3\r\nnew\r\n" : "");
    return hold_counts ? "" : number;
  }
  if (hold_counts && strcmp(argv[0], "GET") == 0) {
    return number;
  }
  return strcmp(argv[0], "GET") == 0 ? "$3\r\nnew\r\n" : NULL;
}

static const char *on_replica(struct kit_server *server, int argc, char **argv) {
  static char answer[320];
  char number[32];
  (void)server;
  (void)argc;
  if (strcmp(argv[0], "HMGET") == 0) {
    int digits = snprintf(number, sizeof(number), "%lld", replica_counter);
    snprintf(answer, sizeof(answer), "*2\r\n$%zu\r\n%s\r\n$%d\r\n%s\r\n", strlen(replica_lineage),
             replica_lineage, digits, number);
    return answer;
  }
  return strcmp(argv[0], "GET") == 0 ? "$4\r\ncopy\r\n" : NULL;
}

static int begin(void **state) {
  (void)state;
  kit_begin();
  master_counter = 100;
  hold_counts = false;
  kit.options.read_from = HAREDIS_READ_REPLICA;
  kit.options.read_own_writes = 1;
  kit.servers[0].rule = on_master;
  kit.servers[1].rule = on_replica;
  return 0;
}

static void replica_has_all(void) {
  replica_counter = master_counter;
  snprintf(replica_lineage, sizeof(replica_lineage), "%s", kit.record.epoch);
}

static void connect_to(int node) {
  kit.topology.nodes[1].readable = node != 1;
  snprintf(kit.topology.run_id, sizeof(kit.topology.run_id), "process%d", node);
  kit_master(node);
  kit_until_ready();
}

static void ask(struct kit_answer *answer, const char *command) {
  kit_submit(answer, command);
}

static void connect_and_link(void) {
  struct kit_answer first = {0};
  kit_connect();
  connect_to(0);
  replica_has_all();
  ask(&first, "GET first");
  kit_until(&first.count, 1);
  assert_string_equal(first.text, "copy");
  kit_server_forget(&kit.servers[0]);
  kit_server_forget(&kit.servers[1]);
}

static void write_one(void) {
  struct kit_answer write = {0};
  ask(&write, "SET k v");
  kit_until(&write.count, 1);
  assert_answered(write, HAREDIS_OK);
}

/* And the count behind it has come. */
static void write_counted(void) {
  write_one();
  for (int i = 0; i < 1000 && !hr_own_is_counted(kit.c); i++) {
    kit_turn(1);
  }
  assert_true(hr_own_is_counted(kit.c));
}

static void reads_are(const char *text) {
  struct kit_answer read = {0};
  ask(&read, "GET k");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_string_equal(read.text, text);
}

/* It is not read before it has everything. */
static void the_replica_catches_up(void) {
  reads_are("new");
  replica_has_all();
  reads_are("copy");
}

static void who_wrote_nothing_asks_no_question(void **state) {
  (void)state;
  connect_and_link();
  reads_are("copy");
  assert_int_equal(kit_server_count(&kit.servers[1], "HMGET"), 0);
}

static void a_replica_that_has_the_write(void **state) {
  (void)state;
  connect_and_link();
  write_counted();
  replica_has_all();
  reads_are("copy");
  assert_true(kit_server_saw(&kit.servers[1], "HMGET haredis:group epoch opcounter"));
  assert_int_equal(kit_server_count(&kit.servers[0], "GET"), 0);
}

static void a_replica_that_lacks_it(void **state) {
  (void)state;
  connect_and_link();
  write_counted();
  reads_are("new");
  assert_int_equal(kit_server_count(&kit.servers[1], "GET"), 1); /* its answer was thrown away */
  replica_counter = master_counter - 1;
  the_replica_catches_up();
}

/* One packet: a stream that moves between the two answers can only make the read newer. */
static void the_question_stands_right_before_the_read(void **state) {
  struct kit_answer reads = {0};
  (void)state;
  connect_and_link();
  write_counted();
  replica_has_all();
  kit_server_forget(&kit.servers[1]);
  for (int i = 0; i < 5; i++) {
    ask(&reads, "GET k");
  }
  kit_until(&reads.count, 5);
  for (size_t i = 0; i < 10; i += 2) {
    assert_string_equal(kit.servers[1].seen[i], "HMGET haredis:group epoch opcounter");
    assert_string_equal(kit.servers[1].seen[i + 1], "GET k");
  }
}

/* Acknowledged, but nobody knows yet what the counter is behind it: not even asked. */
static void a_write_that_is_not_counted_yet(void **state) {
  (void)state;
  connect_and_link();
  hold_counts = true;
  write_one();
  replica_counter = 1000000;
  reads_are("new");
  assert_int_equal(kit.servers[1].seen_count, 0);
}

static void on_reply_read(haredis_client *c, struct redisReply *reply, void *data) {
  (void)reply;
  assert_int_equal(haredis_async_command(c, kit_on_reply, data, "GET k"), HAREDIS_OK);
}

static void a_read_from_the_callback_of_the_write(void **state) {
  struct kit_answer read = {0};
  (void)state;
  connect_and_link();
  replica_counter = 1000000; /* it would be believed */
  snprintf(replica_lineage, sizeof(replica_lineage), "%s", "0:stale");
  assert_int_equal(haredis_async_command(kit.c, on_reply_read, &read, "SET k v"), HAREDIS_OK);
  kit_until(&read.count, 1);
  assert_string_equal(read.text, "new");
}

/* The link to the master breaks between the answer and the count: a new count is asked for. */
static void a_count_that_is_lost(void **state) {
  (void)state;
  connect_and_link();
  hold_counts = true;
  write_one();
  hold_counts = false;
  assert_false(hr_own_is_counted(kit.c));
  kit_server_cut(&kit.servers[0]);
  for (int i = 0; i < 1000 && !hr_own_is_counted(kit.c); i++) {
    kit_turn(1);
  }
  assert_int_equal(kit.c->reads->losses, 1);
  assert_true(hr_own_is_counted(kit.c));
  assert_int_equal(kit_server_count(&kit.servers[0], "HINCRBY haredis:group opcounter 1"), 2);
  the_replica_catches_up();
}

/* Another process is master: what its lineage stands behind is all there is of the old writes, and
 * a replica that does not show that lineage is of the past, whatever it counts. */
static void another_master(void **state) {
  (void)state;
  connect_and_link();
  write_counted();
  kit.servers[2].rule = on_master;
  replica_counter = 1000000;
  connect_to(2);
  reads_are("new"); /* the old lineage */
  master_counter = 5;
  replica_has_all();
  reads_are("copy");
  write_counted();
  the_replica_catches_up();
}

/* Elected again, the same process may have taken writes before we knew: they count on. */
static void the_same_process_under_a_new_epoch(void **state) {
  (void)state;
  connect_and_link();
  write_counted();
  connect_to(0);
  replica_has_all();
  replica_counter--;
  reads_are("new");
  replica_counter++;
  reads_are("copy");
}

static const char *who_answers; /* the run id on the master's address */

static const char *says_who(struct kit_server *server, int argc, char **argv) {
  static char info[128];
  if (strcmp(argv[0], "INFO") != 0) {
    return on_master(server, argc, argv);
  }
  char text[64];
  int len = snprintf(text, sizeof(text), "# Server\r\nrun_id:%s\r\nport:1\r\n", who_answers);
  snprintf(info, sizeof(info), "$%d\r\n%s\r\n", len, text);
  return info;
}

/* The master was started anew from an older file, and nobody knows of it yet: what answers on its
 * address is not read, and the core is told to look. Once that process is elected, it is. */
static void another_process_on_the_masters_address(void **state) {
  struct kit_answer read = {0};
  (void)state;
  connect_and_link();
  write_counted();
  kit.servers[0].rule = says_who;
  who_answers = "process9";
  int hints = kit.hints;
  ask(&read, "GET k");
  for (int i = 0; i < 1000 && kit.hints == hints; i++) {
    kit_turn(1);
  }
  assert_int_equal(kit.hints, hints + 1);
  kit_turn(20);
  assert_int_equal(read.count, 0);
  assert_int_equal(kit_server_count(&kit.servers[0], "GET"), 0);
  assert_int_equal(kit_server_count(&kit.servers[0], "INFO"), 1);
  snprintf(kit.topology.run_id, sizeof(kit.topology.run_id), "process9");
  kit_master(0);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_string_equal(read.text, "new");
}

/* It is asked once for each link, and not at all where nothing was written. */
static void the_elected_process_is_asked_once(void **state) {
  (void)state;
  connect_and_link();
  kit.servers[0].rule = says_who;
  who_answers = "process0";
  write_counted();
  for (int i = 0; i < 3; i++) {
    reads_are("new");
  }
  assert_int_equal(kit_server_count(&kit.servers[0], "INFO server"), 1);
  kit_server_cut(&kit.servers[0]);
  kit_until_ready();
  reads_are("new");
  assert_int_equal(kit_server_count(&kit.servers[0], "INFO server"), 2);
}

static const char *tells_nothing(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "INFO") == 0) {
    return "-NOPERM this user has no permissions to run the 'info' command\r\n";
  }
  return on_master(server, argc, argv);
}

/* Who may not ask is not kept from reading, whoever is elected later. */
static void who_answers_is_not_told(void **state) {
  (void)state;
  connect_and_link();
  kit.servers[0].rule = tells_nothing;
  write_counted();
  reads_are("new");
  snprintf(kit.topology.run_id, sizeof(kit.topology.run_id), "process9");
  kit_master(0);
  reads_are("new");
  assert_int_equal(kit_server_count(&kit.servers[0], "INFO"), 1);
}

static const char *flushed(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "EXEC") == 0) {
    return "*2\r\n+OK\r\n:0\r\n";
  }
  if (strcmp(argv[0], "FLUSHALL") == 0 || strcmp(argv[0], "HSET") == 0) {
    return "+QUEUED\r\n";
  }
  return on_master(server, argc, argv);
}

/* The counter that is restored lies above everything that was ever counted. */
static void flushall(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_and_link();
  write_counted();
  replica_has_all();
  kit.servers[0].rule = flushed;
  kit.record.opcounter = (uint64_t)master_counter;
  master_counter += (long long)HR_OPCOUNTER_SKIP;
  char restored[64];
  snprintf(restored, sizeof(restored), "opcounter %lld", master_counter);
  ask(&a, "FLUSHALL");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  bool seen = false;
  for (size_t i = 0; i < kit.servers[0].seen_count; i++) {
    seen = seen || strstr(kit.servers[0].seen[i], restored) != NULL;
  }
  assert_true(seen);
  reads_are("new");
  kit_turn(20);
  reads_are("new"); /* the replica has not flushed yet */
  replica_has_all();
  reads_are("copy");
}

static const char *wrong(struct kit_server *server, int argc, char **argv) {
  const char *const *answers = server->state;
  (void)argc;
  return strcmp(argv[0], "HMGET") == 0 ? *answers : on_replica(server, argc, argv);
}

static void answers_that_say_nothing(void **state) {
  static const char *const answers[] = {
      "*2\r\n$-1\r\n$-1\r\n",
      "*2\r\n$-1\r\n$4\r\n9999\r\n",
      "*1\r\n$4\r\n9999\r\n",
      "*0\r\n",
      "+OK\r\n",
      "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
      "*2\r\n:1\r\n:9999\r\n",
  };
  (void)state;
  connect_and_link();
  write_counted();
  kit.servers[1].rule = wrong;
  for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
    kit.servers[1].state = (void *)&answers[i];
    reads_are("new");
  }
}

/* What the master is asked for a stale replica's sake is no retry: one attempt suffices. */
static void no_attempt_is_used_up(void **state) {
  (void)state;
  kit.options.retry_attempts = 1;
  connect_and_link();
  write_counted();
  reads_are("new");
}

static void our_hash_is_in_database_0(void **state) {
  static const char *const want[] = {"SELECT 0", "HMGET haredis:group epoch opcounter", "SELECT 3",
                                     "GET k"};
  (void)state;
  kit.options.db = 3;
  connect_and_link();
  write_counted();
  replica_has_all();
  kit_server_forget(&kit.servers[1]);
  reads_are("copy");
  for (size_t i = 0; i < 4; i++) {
    assert_string_equal(kit.servers[1].seen[i], want[i]);
  }
}

static const char *transaction(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "EXEC") == 0) {
    master_counter++;
    return "*2\r\n+OK\r\n:101\r\n";
  }
  if (server->state != NULL && strcmp(argv[0], "HINCRBY") == 0) {
    server->state = NULL;
    return "+QUEUED\r\n";
  }
  return on_master(server, argc, argv);
}

/* A transaction's link tells nobody its counts: the main one counts again. */
static void a_transaction_is_a_write(void **state) {
  struct kit_answer exec = {0};
  (void)state;
  connect_and_link();
  kit.servers[0].rule = transaction;
  kit.servers[0].state = &exec;
  haredis_txn *t = haredis_txn_begin(kit.c);
  assert_non_null(t);
  assert_int_equal(haredis_txn_command(t, "SET k v"), HAREDIS_OK);
  assert_int_equal(haredis_async_txn_exec(t, NULL, kit_on_reply, &exec), HAREDIS_OK);
  kit_until(&exec.count, 1);
  reads_are("new"); /* the replica shows what it had before */
  for (int i = 0; i < 1000 && !hr_own_is_counted(kit.c); i++) {
    kit_turn(1);
  }
  the_replica_catches_up();
}

static const char *durable_transaction(struct kit_server *server, int argc, char **argv) {
  static char lineage[HR_LINEAGE_TEXT_MAX + 32];
  if (strcmp(argv[0], "WAIT") == 0) {
    return ":1\r\n";
  }
  if (strcmp(argv[0], "HGET") == 0) {
    snprintf(lineage, sizeof(lineage), "$%zu\r\n%s\r\n", strlen(kit.record.epoch),
             kit.record.epoch);
    return lineage;
  }
  return transaction(server, argc, argv);
}

static const char *nothing_there(struct kit_server *server, int argc, char **argv) {
  return strcmp(argv[0], "BLPOP") == 0 ? "*-1\r\n" : on_master(server, argc, argv);
}

/* What blocks and took nothing has written nothing: nobody has to count for it. */
static void who_took_nothing_wrote_nothing(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  connect_and_link();
  kit.servers[0].rule = nothing_there;
  ask(&pop, "BLPOP q 1");
  kit_until(&pop.count, 1);
  assert_int_equal(pop.type, REDIS_REPLY_NIL);
  assert_true(hr_own_is_counted(kit.c));
  kit_turn(5);
  assert_int_equal(kit_server_count(&kit.servers[0], "HINCRBY"), 0);
  reads_are("copy");
}

/* A majority has it, but not every replica. */
static void so_is_a_durable_one(void **state) {
  struct kit_answer exec = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  connect_and_link();
  kit.servers[0].rule = durable_transaction;
  kit.servers[0].state = &exec;
  haredis_txn *t = haredis_txn_begin(kit.c);
  assert_non_null(t);
  assert_int_equal(haredis_txn_command(t, "SET k v"), HAREDIS_OK);
  assert_int_equal(haredis_async_txn_exec(t, NULL, kit_on_reply, &exec), HAREDIS_OK);
  kit_until(&exec.count, 1);
  assert_answered(exec, HAREDIS_OK);
  reads_are("new");
}

/* ---- without memory ---- */

struct scarce {
  int left; /* how many allocations succeed yet */
  int failed;
};

static int on_alloc(void *owner, size_t size) {
  struct scarce *scarce = owner;
  (void)size;
  if (scarce->left-- == 0) {
    scarce->failed++;
    return 0;
  }
  return 1;
}

/* Accepted commands and their callbacks, whatever they were told. */
static int accepted, answered;
static void on_any(haredis_client *c, struct redisReply *reply, void *data) {
  (void)c;
  (void)reply;
  (void)data;
  answered++;
}

static void try(const char *command) {
  accepted += haredis_async_command(kit.c, on_any, NULL, command) == HAREDIS_OK;
}

static void turns(int count) {
  for (int i = 0; i < count; i++) {
    kit_turn(1);
  }
}

/* Reads and writes, a stale replica, one that dies, and the end with something under way. */
static void scenario(void) {
  kit.topology.nodes[1].readable = true;
  snprintf(kit.topology.run_id, sizeof(kit.topology.run_id), "process0");
  kit_master(0);
  replica_has_all();
  turns(2);
  try("GET a");
  turns(4);
  try("SET b 1");
  turns(4);
  for (int i = 0; i < 3; i++) {
    try("GET c"); /* it lacks the write */
  }
  turns(4);
  replica_has_all();
  try("GET d");
  turns(3);
  try("GET e");
  kit_server_cut(&kit.servers[1]);
  turns(4);
  kit.topology.nodes[1].readable = false;
  kit_publish();
  try("GET f");
  try("GET g");
}

static void every_allocation_may_fail(void **state) {
  struct scarce scarce = {.left = 0};
  int n = 0;
  (void)state;
  for (kit_end(), begin(NULL);; n++, kit_end(), begin(NULL)) {
    kit.options.command_timeout_ms = 2000;
    accepted = answered = 0;
    scarce = (struct scarce){.left = n};
    hr_alloc_set_hook(on_alloc, &scarce);
    kit.c = kit_try_connect();
    if (kit.c != NULL && haredis_err(kit.c) == HAREDIS_OK) {
      kit_turn(0);
      scenario();
    }
    haredis_free(kit.c);
    kit.c = NULL;
    hr_alloc_set_hook(NULL, NULL);
    assert_int_equal(answered, accepted);
    if (scarce.failed == 0) {
      break;
    }
  }
  assert_true(n > 30);
  assert_int_equal(answered, 9); /* with memory enough: all of them */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, kit_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(who_wrote_nothing_asks_no_question),
      TEST(a_replica_that_has_the_write),
      TEST(a_replica_that_lacks_it),
      TEST(the_question_stands_right_before_the_read),
      TEST(a_write_that_is_not_counted_yet),
      TEST(a_read_from_the_callback_of_the_write),
      TEST(a_count_that_is_lost),
      TEST(another_master),
      TEST(the_same_process_under_a_new_epoch),
      TEST(another_process_on_the_masters_address),
      TEST(the_elected_process_is_asked_once),
      TEST(who_answers_is_not_told),
      TEST(flushall),
      TEST(answers_that_say_nothing),
      TEST(no_attempt_is_used_up),
      TEST(our_hash_is_in_database_0),
      TEST(a_transaction_is_a_write),
      TEST(so_is_a_durable_one),
      TEST(who_took_nothing_wrote_nothing),
      TEST(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
