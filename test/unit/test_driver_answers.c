/*
 * Replies matched with the lines of a packet: what each position means, and what follows when EXEC
 * says nil, an error, or something else altogether.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "io/driver_impl.h"

static const struct hr_line lock_lines[] = {
    {"CONFIG SET replica-read-only no", HR_TAKE_NOTHING, 0},
    {"MULTI", HR_TAKE_MULTI, 0},
    {"SET $lock $value NX PX $ttl", HR_TAKE_SET_LOCK, 0},
    {"GET $lock", HR_TAKE_LOCK, 0},
    {"GET $promise", HR_TAKE_PROMISE, 0},
    {"HGET $group epoch", HR_TAKE_EPOCH, 0},
    {"EXEC", HR_TAKE_EXEC, 0},
    {"CONFIG SET replica-read-only yes", HR_TAKE_NOTHING, 0},
};
static const struct hr_line change_lines[] = {
    {"MULTI", HR_TAKE_MULTI, 0},
    {"REPLICAOF $seal 0", HR_TAKE_MUST, 0},
    {"CONFIG REWRITE", HR_TAKE_REWRITE, 0},
    {"HMGET $group epoch opcounter uuid nodes", HR_TAKE_RECORD, 0},
    {"GET $file", HR_TAKE_FILE, 0},
    {"EXEC", HR_TAKE_EXEC, 0},
};
static const struct hr_line greet_lines[] = {
    {"INFO server", HR_TAKE_INFO, 0},
    {"CONFIG GET masterauth", HR_TAKE_MASTERAUTH, 0},
    {"CONFIG GET replica-serve-stale-data", HR_TAKE_STALE, 0},
    {"CONFIG GET maxmemory", HR_TAKE_MAXMEMORY, 0},
    {"CONFIG GET stop-writes-on-bgsave-error", HR_TAKE_STOP_WRITES, 0},
    {"CONFIG GET min-replicas-to-write", HR_TAKE_MIN_REPLICAS, 0},
};

static const struct hr_line look_lines[] = {
    {"INFO keyspace", HR_TAKE_INFO, 0},
    {"HMGET $group epoch", HR_TAKE_RECORD, 0},
    {"GET $lock", HR_TAKE_LOCK, 0},
    {"HGET haredis:node ours", HR_TAKE_OURS, 0},
    {"SCAN 0 COUNT 64", HR_TAKE_KEYS, HR_WHEN_DOUBT},
};

static struct hr_name node_names[] = {{.canonical = "a:1", .dialled = "a:1", .announced = "a:1"}};
static const struct hr_names names = {1, node_names};

#define READ(a, lines, text) read_all((a), (lines), sizeof(lines) / sizeof((lines)[0]), (text))

/* Feeds every reply of `text`; there must be as many as lines. */
static void read_all(struct hr_answers *a, const struct hr_line *lines, size_t count,
                     const char *text) {
  redisReader *reader = redisReaderCreate();
  hr_answers_begin(a, &names);
  for (size_t i = 0; i < count; i++) hr_answers_expect(a, &lines[i]);
  redisReaderFeed(reader, text, strlen(text));
  for (size_t i = 0; i < count; i++) {
    void *reply = NULL;
    assert_false(hr_answers_complete(a));
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    hr_answers_take(a, reply);
    freeReplyObject(reply);
  }
  assert_true(hr_answers_complete(a));
  redisReaderFree(reader);
}

#define QUEUED4 "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n"

static void lock_is_taken(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, lock_lines, QUEUED4 "*4\r\n+OK\r\n$14\r\n7:abcdefgh:me!\r\n$10\r\n6:12345678\r\n"
                       "$17\r\n5:abcdefgh:a:1:rr\r\n+OK\r\n");
  assert_false(a.aborted || a.refused || a.garbled);
  assert_true(a.lock_set);
  assert_int_equal(a.guard.lock.n, 7);
  assert_string_equal(a.guard.lock.nonce, "abcdefgh");
  assert_string_equal(a.guard.lock_client, "me!");
  assert_int_equal(a.guard.promise.n, 6);
  assert_int_equal(a.guard.epoch.n, 5);
}

static void lock_is_held(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, lock_lines, QUEUED4 "*4\r\n$-1\r\n$16\r\n9:abcdefgh:other\r\n$-1\r\n$-1\r\n+OK\r\n");
  assert_false(a.aborted || a.refused || a.garbled || a.lock_set);
  assert_int_equal(a.guard.lock.n, 9);
  assert_string_equal(a.guard.lock_client, "other");
  assert_int_equal(a.guard.promise.n, 0);
  assert_int_equal(a.guard.epoch.n, 0);
}

static void garbage_is_absent(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, lock_lines, QUEUED4 "*4\r\n$-1\r\n$5\r\n:::::\r\n$3\r\n-1:\r\n"
                       "-WRONGTYPE Operation against a key\r\n+OK\r\n");
  assert_false(a.aborted || a.refused || a.garbled);
  assert_int_equal(a.guard.lock.n, 0);
  assert_int_equal(a.guard.promise.n, 0);
  assert_int_equal(a.guard.epoch.n, 0);
  assert_true(a.group_garbage);
}

static void what_was_watched_has_changed(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, lock_lines, QUEUED4 "*-1\r\n+OK\r\n");
  assert_true(a.aborted);
  assert_false(a.lock_set);
  assert_int_equal(a.refusal, HR_REFUSAL_NONE);
}

/* The line that was refused while it was queued tells why; EXECABORT comes after it. */
static void refused_while_queued(void **state) {
  (void)state;
  static const struct {
    const char *error;
    enum hr_refusal refusal;
  } cases[] = {
      {"-OOM command not allowed when used memory > 'maxmemory'.", HR_REFUSAL_OOM},
      {"-MISCONF Redis is configured to save RDB snapshots", HR_REFUSAL_CANNOT_WRITE},
      {"-NOREPLICAS Not enough good replicas to write.", HR_REFUSAL_CANNOT_WRITE},
      {"-READONLY You can't write against a read only replica.", HR_REFUSAL_OTHER},
      {"-NOPERM this user has no permissions", HR_REFUSAL_AUTH},
      {"-LOADING Redis is loading the dataset in memory", HR_REFUSAL_BUSY},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[512];
    struct hr_answers a;
    snprintf(text, sizeof text,
             "+OK\r\n+OK\r\n%s\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n"
             "-EXECABORT Transaction discarded because of previous errors.\r\n+OK\r\n",
             cases[i].error);
    READ(&a, lock_lines, text);
    assert_true(a.aborted);
    assert_false(a.lock_set);
    assert_int_equal(a.refusal, cases[i].refusal);
    assert_non_null(strstr(cases[i].error, a.why));
  }
}

static void exec_itself_is_refused(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, lock_lines,
       QUEUED4 "-EXECABORT Transaction discarded because of: OOM command not allowed\r\n+OK\r\n");
  assert_true(a.aborted);
  assert_int_equal(a.refusal, HR_REFUSAL_OOM);
}

/* Never read past, never believe: the packet and the array do not fit together. */
static void exec_of_another_length(void **state) {
  (void)state;
  static const char *const execs[] = {"*0\r\n", "*3\r\n+OK\r\n+OK\r\n+OK\r\n", "+OK\r\n", ":4\r\n",
                                      "*5\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n"};
  for (size_t i = 0; i < sizeof execs / sizeof execs[0]; i++) {
    char text[512];
    struct hr_answers a;
    snprintf(text, sizeof text, QUEUED4 "%s+OK\r\n", execs[i]);
    READ(&a, lock_lines, text);
    assert_true(a.garbled);
    assert_false(a.lock_set);
  }
}

#define QUEUED_CHANGE "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n"

static void one_error_inside_exec(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, change_lines,
       QUEUED_CHANGE "*4\r\n-ERR REPLICAOF not allowed in cluster mode.\r\n+OK\r\n"
                     "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n");
  assert_true(a.refused);
  assert_false(a.aborted);
  assert_string_equal(a.why, "ERR REPLICAOF not allowed in cluster mode.");
}

static void rewrite_may_fail(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, change_lines,
       QUEUED_CHANGE "*4\r\n+OK\r\n-ERR The server is running without a config file\r\n"
                     "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n");
  assert_false(a.refused || a.aborted || a.garbled || a.rewritten || a.marked);
  READ(&a, change_lines,
       QUEUED_CHANGE "*4\r\n+OK\r\n+OK\r\n*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$1\r\n1\r\n");
  assert_true(a.rewritten && a.marked);
  assert_int_equal(a.own_keys, 0); /* the mark is a field, not a key */
}

static void what_a_greeting_tells(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, greet_lines,
       "$37\r\nrun_id:0123abcd\r\nredis_version:7.0.15\r\n*2\r\n$10\r\nmasterauth\r\n$0\r\n\r\n"
       "*2\r\n$27\r\nreplica-serve-stale-data-xx\r\n$2\r\nno\r\n"
       "*2\r\n$9\r\nmaxmemory\r\n$6\r\n102400\r\n"
       "*2\r\n$27\r\nstop-writes-on-bgsave-error\r\n$3\r\nyes\r\n"
       "*2\r\n$21\r\nmin-replicas-to-write\r\n$1\r\n0\r\n");
  assert_true(a.info_seen && a.masterauth_empty && a.stale_refused);
  assert_string_equal(a.facts.run_id, "0123abcd");
  assert_string_equal(a.version, "7.0.15");
  assert_string_equal(a.limits.maxmemory, "102400");
  assert_true(a.limits.stops_writes);
  assert_string_equal(a.limits.min_replicas, ""); /* not in force */
  READ(&a, greet_lines,
       "-NOAUTH Authentication required.\r\n-NOPERM no\r\n*0\r\n*2\r\n$1\r\na\r\n*0\r\n"
       "-NOPERM no\r\n*0\r\n");
  assert_true(a.refused);
  assert_false(a.info_seen || a.masterauth_empty || a.stale_refused);
  assert_int_equal(a.refusal, HR_REFUSAL_AUTH);
  assert_string_equal(a.limits.maxmemory, "");
  assert_false(a.limits.stops_writes);
}

static void other_shapes_are_garbled(void **state) {
  (void)state;
  struct hr_answers a;
  READ(&a, greet_lines, "*0\r\n:1\r\n+OK\r\n$-1\r\n:1\r\n*1\r\n+x\r\n");
  assert_true(a.garbled);
  READ(&a, greet_lines, "$5\r\nhello\r\n:1\r\n+OK\r\n$-1\r\n:1\r\n*0\r\n");
  assert_true(a.garbled);
  READ(&a, change_lines, QUEUED_CHANGE "*4\r\n*0\r\n+OK\r\n:4\r\n*0\r\n");
  assert_true(a.garbled);
}

/* As many lines as there are replies: with or without the names. */
static void look(struct hr_answers *a, size_t lines, const char *keyspace, const char *rest) {
  char text[600];
  snprintf(text, sizeof text, "$%zu\r\n%s\r\n%s", strlen(keyspace), keyspace, rest);
  read_all(a, look_lines, lines, text);
  assert_false(a->refused || a->garbled);
}

#define NO_RECORD "*1\r\n$-1\r\n"
#define RECORD "*1\r\n$1\r\n5\r\n"
#define NO_LOCK "$-1\r\n"
#define LOCK "$12\r\n7:abcdefgh:m\r\n"
#define NOTES "$1\r\n1\r\n"

static void a_count_that_is_in_doubt(void **state) {
  (void)state;
  static const struct {
    const char *keyspace, *rest;
    bool doubt;
    int keys;
  } cases[] = {
      {"db0:keys=2,expires=1,avg_ttl=0", NO_RECORD NO_LOCK NOTES, true, 1},
      {"db0:keys=1,expires=0,avg_ttl=0", NO_RECORD NO_LOCK NOTES, false, 0},
      {"db0:keys=2,expires=0,avg_ttl=0", NO_RECORD NO_LOCK NOTES, false, 1},
      {"db0:keys=2,expires=1,avg_ttl=9", NO_RECORD LOCK NOTES, false, 0},
      {"db0:keys=3,expires=1,avg_ttl=9", NO_RECORD LOCK NOTES, false, 1},
      {"db0:keys=3,expires=2,avg_ttl=9", NO_RECORD LOCK NOTES, true, 1},
      {"db0:keys=18,expires=1,avg_ttl=9", RECORD NO_LOCK NOTES, true, 16},
      {"db0:keys=19,expires=1,avg_ttl=9", RECORD NO_LOCK NOTES, false, 17},
      {"db3:keys=2,expires=1,avg_ttl=9", NO_RECORD NO_LOCK NO_LOCK, false, 2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct hr_answers a;
    look(&a, 4, cases[i].keyspace, cases[i].rest);
    assert_int_equal(hr_answers_doubt_keys(&a), cases[i].doubt);
    assert_int_equal(hr_answers_user_keys(&a), cases[i].keys);
    assert_false(a.keys_asked);
  }
}

static void names_settle_the_count(void **state) {
  (void)state;
  struct hr_answers a;
  const char *two = "db0:keys=2,expires=1,avg_ttl=0";
  look(&a, 5, two, NO_RECORD NO_LOCK NOTES
       "*2\r\n$1\r\n0\r\n*1\r\n$12\r\nharedis:node\r\n");
  assert_true(a.keys_asked && a.keys_listed);
  assert_int_equal(hr_answers_user_keys(&a), 0);
  look(&a, 5, two, NO_RECORD NO_LOCK NOTES
       "*2\r\n$1\r\n0\r\n*2\r\n$12\r\nharedis:node\r\n$7\r\nsession\r\n");
  assert_int_equal(hr_answers_user_keys(&a), 1); /* a user's own, with a time to live */
  look(&a, 5, "db0:keys=4,expires=3,avg_ttl=0\r\ndb2:keys=5,expires=5", NO_RECORD LOCK NOTES
       "*2\r\n$1\r\n0\r\n*3\r\n$15\r\nharedis:lock:me\r\n$12\r\nharedis:node\r\n"
       "$16\r\nharedis:lock:old\r\n");
  assert_int_equal(hr_answers_user_keys(&a), 5); /* those of the other database stay */
}

static void names_that_do_not_come(void **state) {
  (void)state;
  struct hr_answers a;
  const char *two = "db0:keys=2,expires=1,avg_ttl=0";
  look(&a, 5, two, NO_RECORD NO_LOCK NOTES "-NOPERM no permissions to run 'scan'\r\n");
  assert_true(a.keys_asked);
  assert_int_equal(a.refusal, HR_REFUSAL_NONE);
  assert_int_equal(hr_answers_user_keys(&a), 1);
  look(&a, 5, two, NO_RECORD NO_LOCK NOTES
       "*2\r\n$2\r\n17\r\n*1\r\n$12\r\nharedis:node\r\n");
  assert_false(a.keys_listed);
  assert_int_equal(hr_answers_user_keys(&a), 1);
  look(&a, 5, two, NO_RECORD NO_LOCK NOTES "*1\r\n*0\r\n");
  assert_false(a.keys_listed);
  assert_int_equal(hr_answers_user_keys(&a), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lock_is_taken),          cmocka_unit_test(lock_is_held),
      cmocka_unit_test(garbage_is_absent),      cmocka_unit_test(what_was_watched_has_changed),
      cmocka_unit_test(refused_while_queued),   cmocka_unit_test(exec_itself_is_refused),
      cmocka_unit_test(exec_of_another_length), cmocka_unit_test(one_error_inside_exec),
      cmocka_unit_test(rewrite_may_fail),       cmocka_unit_test(what_a_greeting_tells),
      cmocka_unit_test(other_shapes_are_garbled),
      cmocka_unit_test(a_count_that_is_in_doubt),
      cmocka_unit_test(names_settle_the_count),
      cmocka_unit_test(names_that_do_not_come),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
