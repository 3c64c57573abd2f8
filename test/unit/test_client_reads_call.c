/*
 * What one call says of its own read: from where, how old at most, with its own writes or not; what
 * the client knows of those.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/reads.h"
#include "client_kit.h"

static long long counter, shown; /* the master's, and what the replica shows */

static const char *on_master(struct kit_server *server, int argc, char **argv) {
  static char number[32];
  (void)server;
  if (strcmp(argv[0], "HINCRBY") == 0 && argc == 4) {
    counter += atoll(argv[3]);
    snprintf(number, sizeof(number), ":%lld\r\n", counter);
    return number;
  }
  return strcmp(argv[0], "GET") == 0 ? "$6\r\nmaster\r\n" : NULL;
}

static const char *on_replica(struct kit_server *server, int argc, char **argv) {
  static char answer[320];
  char number[32];
  (void)server;
  (void)argc;
  if (strcmp(argv[0], "HMGET") == 0) {
    int digits = snprintf(number, sizeof(number), "%lld", shown);
    snprintf(answer, sizeof(answer), "*2\r\n$%zu\r\n%s\r\n$%d\r\n%s\r\n",
             strlen(kit.record.epoch), kit.record.epoch, digits, number);
    return answer;
  }
  return strcmp(argv[0], "GET") == 0 ? "$4\r\ncopy\r\n" : NULL;
}

/* Node 0 is master, node 1 a replica that may be read. */
static void connect_with(int from, int own) {
  counter = 100;
  shown = 0;
  kit.options.read_from = from;
  kit.options.read_own_writes = own;
  kit.servers[0].rule = on_master;
  kit.servers[1].rule = on_replica;
  kit_connect();
  kit.topology.nodes[1].readable = true;
  snprintf(kit.topology.run_id, sizeof(kit.topology.run_id), "process0");
  kit_master(0);
  kit_until_ready();
}

static haredis_call call_from(int from) {
  haredis_call call = HAREDIS_CALL_INIT;
  call.read_from = from;
  return call;
}

static void give(struct kit_answer *answer, const haredis_call *call) {
  const char *argv[] = {"GET", "k"};
  *answer = (struct kit_answer){0};
  assert_int_equal(haredis_async_command_with(kit.c, call, kit_on_reply, answer, 2, argv, NULL),
                   HAREDIS_OK);
}

static void reads_are(const haredis_call *call, const char *text) {
  struct kit_answer read;
  give(&read, call);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_string_equal(read.text, text);
}

static void until_linked(void) {
  const haredis_call call = call_from(HAREDIS_READ_REPLICA);
  reads_are(&call, "copy");
  assert_true(kit.c->reads->links[1].ready);
}

static void write_counted(void) {
  struct kit_answer write = {0};
  long long before = counter;
  kit_submit(&write, "SET k v");
  kit_until(&write.count, 1);
  for (int i = 0; i < 1000 && counter == before; i++) {
    kit_turn(1);
  }
  kit_turn(2);
}

/* Not only with reads: whoever writes it into a call for a SET has made a mistake, too. */
static void out_of_range_is_refused_with_its_name(void **state) {
  const struct {
    const char *text;
    size_t at;
    int value;
  } wrong[] = {
      {"haredis_call.retry: 4 is out of range (0 to 3)", offsetof(haredis_call, retry), 4},
      {"haredis_call.durability: -1 is out", offsetof(haredis_call, durability), -1},
      {"haredis_call.consistency: 2 is out", offsetof(haredis_call, consistency), 2},
      {"haredis_call.read_from: 5 is out", offsetof(haredis_call, read_from), 5},
      {"haredis_call.read_from: -1 is out", offsetof(haredis_call, read_from), -1},
      {"haredis_call.read_own_writes: 2 is out", offsetof(haredis_call, read_own_writes), 2},
  };
  static const char *const commands[][3] = {
      {"GET", "k", NULL}, {"SET", "k", "v"}, {"INFO", NULL, NULL}, {"BLPOP", "k", "1"}};
  (void)state;
  connect_with(HAREDIS_READ_MASTER, 0);
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    haredis_call call = HAREDIS_CALL_INIT;
    memcpy((char *)&call + wrong[i].at, &wrong[i].value, sizeof(int));
    for (size_t k = 0; k < 4; k++) {
      const char *argv[3];
      int argc = 0;
      for (; argc < 3 && commands[k][argc] != NULL; argc++) {
        argv[argc] = commands[k][argc];
      }
      assert_int_equal(haredis_async_command_with(kit.c, &call, NULL, NULL, argc, argv, NULL),
                       HAREDIS_ERR_OPTION);
      assert_non_null(strstr(haredis_errstr(kit.c), wrong[i].text));
    }
  }
  kit_turn(5);
  assert_int_equal(kit.servers[0].seen_count, 0);
}

/* What lies behind the struct of who was compiled before is not looked at. */
static void an_older_call_says_nothing_of_it(void **state) {
  haredis_call call = call_from(HAREDIS_READ_REPLICA);
  (void)state;
  connect_with(HAREDIS_READ_MASTER, 0);
  until_linked();
  call.max_lag_bytes = 1;
  call.read_own_writes = 77;
  kit.behind[1] = 1000;
  call.struct_size = 32; /* of 0.1.0 */
  assert_int_equal(offsetof(haredis_call, max_lag_bytes), 32);
  reads_are(&call, "copy");
}

static void rounded_down_by_a_sixteenth_at_most(void **state) {
  (void)state;
  assert_int_equal(hr_lag_pack(0), 0);
  size_t previous = 0;
  for (size_t bytes = 1; bytes < SIZE_MAX / 2; bytes += bytes / 97 + 1) {
    uint32_t packed = hr_lag_pack(bytes);
    assert_in_range(packed, 1, 1023);
    int64_t back = hr_lag_unpack(packed);
    assert_true(back <= (int64_t)bytes && back > (int64_t)(bytes - bytes / 16 - 1));
    assert_true((size_t)back >= previous);
    previous = (size_t)back;
  }
  for (unsigned shift = 0; shift < 63; shift++) {
    assert_true(hr_lag_unpack(hr_lag_pack((size_t)1 << shift)) == INT64_C(1) << shift);
  }
  assert_true(hr_lag_unpack(hr_lag_pack(SIZE_MAX)) < INT64_MAX); /* which is: not known */
  assert_true(hr_lag_unpack(hr_lag_pack(SIZE_MAX)) > INT64_MAX / 2);
}

static void a_bound_of_its_own(void **state) {
  haredis_call prefers = call_from(HAREDIS_READ_PREFER_REPLICA);
  haredis_call waits = call_from(HAREDIS_READ_REPLICA);
  struct kit_answer read;
  (void)state;
  kit.options.down_after_ms = 60; /* a beat every 20 ms */
  connect_with(HAREDIS_READ_MASTER, 0);
  until_linked();
  kit.behind[1] = 5000;
  prefers.max_lag_bytes = waits.max_lag_bytes = 4096;
  reads_are(&prefers, "master");
  give(&read, &waits);
  kit_turn(50);
  assert_int_equal(read.count, 0);
  prefers.max_lag_bytes = 8192;
  reads_are(&prefers, "copy");
  kit.behind[1] = 4096; /* it has caught up: nobody says so, it is asked with every beat */
  kit_until(&read.count, 1);
  assert_string_equal(read.text, "copy");
  kit.behind[1] = INT64_MAX; /* not seen lately */
  prefers.max_lag_bytes = SIZE_MAX;
  reads_are(&prefers, "master");
  prefers.max_lag_bytes = 0;
  reads_are(&prefers, "copy");
}

static void late_for_want_of_one_that_is_near(void **state) {
  haredis_call call = call_from(HAREDIS_READ_REPLICA);
  struct kit_answer read;
  (void)state;
  connect_with(HAREDIS_READ_MASTER, 0);
  until_linked();
  kit.behind[1] = 100;
  call.max_lag_bytes = 99;
  call.timeout_ms = 20;
  give(&read, &call);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_ERR_NO_REPLICA);
}

/* Nobody has followed what this client wrote before its first such call. */
static void its_own_writes_when_the_client_does_not_ask(void **state) {
  haredis_call plain = call_from(HAREDIS_READ_REPLICA), own = plain;
  (void)state;
  connect_with(HAREDIS_READ_MASTER, 0);
  own.read_own_writes = 1;
  until_linked();
  write_counted();
  reads_are(&plain, "copy");
  reads_are(&own, "master"); /* not even asked: a count comes first */
  assert_int_equal(kit_server_count(&kit.servers[1], "HMGET"), 0);
  for (int i = 0; i < 1000 && !hr_own_is_counted(kit.c); i++) {
    kit_turn(1);
  }
  shown = counter - 1;
  reads_are(&own, "master");
  assert_int_equal(kit_server_count(&kit.servers[1], "HMGET"), 1);
  reads_are(&plain, "copy"); /* the others are not held back, and ask nothing */
  shown = counter;
  reads_are(&own, "copy");
  write_counted();
  reads_are(&own, "master");
  shown = counter;
  reads_are(&own, "copy");
  assert_int_equal(kit_server_count(&kit.servers[1], "HMGET"), 4);
}

static void not_its_own_writes_when_the_client_asks(void **state) {
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_with(HAREDIS_READ_REPLICA, 1);
  shown = counter;
  until_linked();
  write_counted();
  reads_are(&call, "master");
  call.read_own_writes = -1;
  reads_are(&call, "copy");
  assert_int_equal(kit_server_count(&kit.servers[1], "HMGET"), 1);
}

/* A replica that the FLUSHALL has not reached shows more than the counter that began anew. */
static void a_flushall_of_somebody_else(void **state) {
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_with(HAREDIS_READ_REPLICA, 1);
  until_linked();
  write_counted();
  shown = counter;
  reads_are(&call, "copy");
  counter = 0;
  write_counted();
  kit_turn(20); /* its count has come, too */
  reads_are(&call, "master");
  counter = shown + (long long)HR_OPCOUNTER_SKIP; /* somebody writes the record back */
  write_counted();
  reads_are(&call, "master");
  shown = counter;
  reads_are(&call, "copy");
}

/* Linearizable reads alone count nothing: their proof is told the same number again. */
static void the_same_count_again_is_no_flushall(void **state) {
  haredis_call call = HAREDIS_CALL_INIT;
  struct redisReply reply = {.type = REDIS_REPLY_INTEGER};
  (void)state;
  connect_with(HAREDIS_READ_REPLICA, 1);
  until_linked();
  write_counted();
  shown = reply.integer = counter;
  struct hr_request request = {.aux = kit.c->reads->losses};
  hr_own_count(&kit.c->targets[0]->main, &request, &reply);
  hr_own_count(&kit.c->targets[0]->durable[0], &request, &reply);
  hr_own_count(&kit.c->targets[0]->durable[0], &request, &reply);
  assert_false(kit.c->reads->unsure);
  reads_are(&call, "copy");
}

/* Whoever is read in another database than 3 has been left there by a question. */
static void every_read_was_in_database_3(void) {
  const struct kit_server *server = &kit.servers[1];
  int db = 3;
  for (size_t i = 0; i < server->seen_count; i++) {
    if (strncmp(server->seen[i], "SELECT ", 7) == 0) {
      db = atoi(server->seen[i] + 7);
    }
    if (strncmp(server->seen[i], "GET", 3) == 0) {
      assert_int_equal(db, 3);
    }
  }
}

enum { BIG = 1 << 22 };
static int small_alone(void *state, size_t size) {
  (void)state;
  return size < BIG;
}

/* A busy link writes in the middle of a turn: the memory ends when the first words of a question,
 * which goes through database 0, have left. How many of its three. */
static size_t memory_ends_in_a_question(int aside) {
  enum { COUNT = 200 };
  static struct kit_answer reads;
  haredis_call plain = call_from(HAREDIS_READ_REPLICA); /* asks no question */
  const char *small[] = {"GET", "k"}, *argv[] = {"GET", NULL};
  const size_t lens[] = {3, BIG};
  int given = 0;
  size_t left = 0;
  plain.read_own_writes = -1;
  connect_with(HAREDIS_READ_REPLICA, 1);
  until_linked();
  write_counted();
  shown = 1000000;
  kit.servers[1].silent = true;
  reads = (struct kit_answer){0};
  char *big = calloc(1, BIG);
  argv[1] = big;
  struct hr_reader *reader = kit.c->reads->readers[1];
  for (; given < COUNT && left == 0; given++) {
    const haredis_call *call = given < aside ? &plain : NULL;
    assert_int_equal(haredis_async_command_with(kit.c, call, kit_on_reply, &reads, 2, small, NULL),
                     HAREDIS_OK);
    if (given < COUNT / 4) {
      kit_turn(0);
      continue;
    }
    size_t before = hr_link_unanswered(reader->conn.link);
    hr_alloc_set_hook(small_alone, NULL);
    assert_int_equal(haredis_async_command_with(kit.c, NULL, kit_on_reply, &reads, 2, argv, lens),
                     HAREDIS_ERR_MEMORY);
    hr_alloc_set_hook(NULL, NULL);
    left = hr_link_unanswered(reader->conn.link) - before;
  }
  free(big);
  assert_int_equal(haredis_async_command_with(kit.c, &plain, kit_on_reply, &reads, 2, small, NULL),
                   HAREDIS_OK);
  kit_server_speak(&kit.servers[1]);
  kit_until(&reads.count, given + 1);
  assert_int_equal(reads.code, HAREDIS_OK);
  every_read_was_in_database_3();
  return left;
}

static void no_memory_in_the_middle_of_a_question(void **state) {
  bool met[4] = {false, false, false, false};
  (void)state;
  for (int aside = 0; aside < 4; aside++) {
    kit_end();
    kit_begin();
    kit.options.db = 3;
    kit.options.down_after_ms = 600;
    met[memory_ends_in_a_question(aside)] = true;
  }
  assert_true(met[1] && met[2]);
}

/* It blocks: a link of its own to the master, whatever the call says. */
static void what_blocks_is_the_masters(void **state) {
  haredis_call call = call_from(HAREDIS_READ_REPLICA);
  const char *block[] = {"XREAD", "BLOCK", "1", "STREAMS", "s", "0"};
  const char *now[] = {"XREAD", "STREAMS", "s", "0"};
  struct kit_answer a = {0}, b = {0};
  (void)state;
  connect_with(HAREDIS_READ_MASTER, 0);
  until_linked();
  haredis_async_command_with(kit.c, &call, kit_on_reply, &a, 6, block, NULL);
  haredis_async_command_with(kit.c, &call, kit_on_reply, &b, 4, now, NULL);
  kit_until(&a.count, 1);
  kit_until(&b.count, 1);
  assert_true(kit_server_saw(&kit.servers[0], "XREAD BLOCK 1 STREAMS s 0"));
  assert_true(kit_server_saw(&kit.servers[1], "XREAD STREAMS s 0"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(out_of_range_is_refused_with_its_name),
      TEST(an_older_call_says_nothing_of_it),
      cmocka_unit_test(rounded_down_by_a_sixteenth_at_most),
      TEST(a_bound_of_its_own),
      TEST(late_for_want_of_one_that_is_near),
      TEST(its_own_writes_when_the_client_does_not_ask),
      TEST(not_its_own_writes_when_the_client_asks),
      TEST(a_flushall_of_somebody_else),
      TEST(the_same_count_again_is_no_flushall),
      TEST(no_memory_in_the_middle_of_a_question),
      TEST(what_blocks_is_the_masters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
