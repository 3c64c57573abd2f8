/* INFO and the group record, in the words of the core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "io/driver_impl.h"

static struct hr_name node_names[] = {
    {.canonical = "10.0.0.1:6379", .dialled = "10.0.0.1:6379", .announced = "10.0.0.1:6379"},
    {.canonical = "redis2:6379", .dialled = "redis2:6379", .announced = "redis2:6379",
     .peer = "10.0.0.2:6379"},
    {.canonical = "[fd00::3]:6380", .dialled = "127.0.0.1:7003", .announced = "[fd00::3]:6380"},
    {.canonical = "unix:/run/redis.sock", .peer = "/run/redis.sock"},
};
static const struct hr_names names = {4, node_names};

static struct hr_facts facts_of(const char *text) {
  struct hr_info info;
  struct hr_facts facts;
  memset(&facts, 0, sizeof facts);
  hr_info_parse(text, strlen(text), &info);
  hr_facts_from_info(&facts, &info, &names);
  return facts;
}

static void names_of_a_node(void **state) {
  (void)state;
  assert_int_equal(hr_names_find(&names, "10.0.0.1", 6379), 0);
  assert_int_equal(hr_names_find(&names, "redis2", 6379), 1);
  assert_int_equal(hr_names_find(&names, "10.0.0.2", 6379), 1);
  assert_int_equal(hr_names_find(&names, "fd00::3", 6380), 2);
  assert_int_equal(hr_names_find(&names, "127.0.0.1", 7003), 2);
  assert_int_equal(hr_names_find(&names, "10.0.0.1", 6380), -1);
  assert_int_equal(hr_names_find(&names, "", 6379), -1);
  assert_int_equal(hr_names_find(&names, "10.0.0.1", 0), -1);
  assert_int_equal(hr_names_find(&names, "10.0.0.1", 65536 + 6379), -1);
  assert_int_equal(hr_names_find_canonical(&names, "unix:/run/redis.sock"), 3);
  assert_int_equal(hr_names_find_canonical(&names, "127.0.0.1:7003"), -1);
}

static void a_master(void **state) {
  (void)state;
  struct hr_facts f = facts_of(
      "# Server\r\nrun_id:aaaa\r\nconfig_file:/etc/redis.conf\r\n# Replication\r\nrole:master\r\n"
      "connected_slaves:2\r\n"
      "slave0:ip=10.0.0.2,port=6379,state=online,offset=5,lag=0\r\n"
      "slave1:ip=fd00::3,port=6380,state=online,offset=5,lag=0\r\n"
      "master_replid:bbbb\r\nmaster_replid2:cccc\r\nmaster_repl_offset:77\r\n"
      "second_repl_offset:40\r\n# Keyspace\r\ndb0:keys=3,expires=0,avg_ttl=0\r\n"
      "db5:keys=4,expires=0,avg_ttl=0\r\n");
  assert_true(f.master);
  assert_false(f.linked_once || f.sealed || f.loading || f.writable || f.syncing || f.no_file);
  assert_int_equal(f.follows, -1);
  assert_int_equal(f.offset, 77);
  assert_int_equal(f.read_offset, 77);
  assert_int_equal(f.offset2, 40);
  assert_int_equal(f.keys, 7);
  assert_int_equal(f.replicas, 2);
  assert_int_equal(f.strangers, 0);
  assert_string_equal(f.run_id, "aaaa");
  assert_string_equal(f.replid, "bbbb");
  assert_string_equal(f.replid2, "cccc");
}

static void strangers_and_doubles(void **state) {
  (void)state;
  struct hr_facts f = facts_of(
      "role:master\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=5,lag=0\r\n"
      "slave1:ip=10.0.0.2,port=6379,state=online,offset=5,lag=0\r\n"
      "slave2:ip=10.0.0.9,port=6379,state=online,offset=5,lag=0\r\n"
      "slave3:ip=10.0.0.1,port=0,state=wait_bgsave,offset=0,lag=0\r\n");
  assert_int_equal(f.replicas, 4);
  assert_int_equal(f.strangers, 2);
  assert_int_equal(f.doubled, 1);
}

static void a_replica(void **state) {
  (void)state;
  struct hr_facts f = facts_of(
      "role:slave\r\nmaster_host:10.0.0.2\r\nmaster_port:6379\r\nmaster_link_status:up\r\n"
      "master_last_io_seconds_ago:2\r\nmaster_sync_in_progress:0\r\n"
      "slave_read_repl_offset:120\r\nslave_repl_offset:100\r\nslave_priority:0\r\n"
      "slave_read_only:0\r\nmaster_repl_offset:100\r\n");
  assert_false(f.master || f.sealed);
  assert_true(f.link_up && f.linked_once && f.writable && f.no_file);
  assert_int_equal(f.follows, 1);
  assert_int_equal(f.io_seconds, 2);
  assert_int_equal(f.offset, 100);
  assert_int_equal(f.read_offset, 120);
  assert_int_equal(f.priority, 0);
}

static void an_older_server_tells_no_read_offset(void **state) {
  (void)state;
  struct hr_facts f = facts_of(
      "role:slave\r\nmaster_host:10.0.0.2\r\nmaster_port:6379\r\nmaster_link_status:down\r\n"
      "master_link_down_since_seconds:4\r\nslave_repl_offset:100\r\nmaster_repl_offset:100\r\n");
  assert_int_equal(f.offset, 100);
  assert_int_equal(f.read_offset, 100);
  assert_true(f.linked_once);
  assert_false(f.link_up || f.writable);
}

static void a_sealed_node(void **state) {
  (void)state;
  struct hr_facts f = facts_of(
      "role:slave\r\nmaster_host:127.1.2.77\r\nmaster_port:0\r\nmaster_link_status:down\r\n"
      "master_link_down_since_seconds:-1\r\nslave_repl_offset:9\r\n");
  assert_true(f.sealed);
  assert_false(f.linked_once || f.link_up || f.master);
  assert_int_equal(f.seal_n, 258);
  assert_int_equal(f.follows, -1);
  f = facts_of("role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:0\r\n");
  assert_true(f.sealed);
  assert_int_equal(f.seal_n, 0);
  f = facts_of("role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:7003\r\n");
  assert_false(f.sealed);
  assert_int_equal(f.follows, 2);
}

static void a_loading_node(void **state) {
  (void)state;
  assert_true(facts_of("role:master\r\nloading:1\r\n").loading);
  assert_true(facts_of("role:slave\r\nasync_loading:1\r\n").loading);
  assert_true(facts_of("role:slave\r\nmaster_sync_in_progress:1\r\n").syncing);
}

static struct hr_facts record_of(const char *resp) {
  redisReader *reader = redisReaderCreate();
  void *reply = NULL;
  struct hr_facts facts;
  memset(&facts, 0, sizeof facts);
  redisReaderFeed(reader, resp, strlen(resp));
  assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
  hr_facts_take_record(&facts, reply, &names);
  freeReplyObject(reply);
  redisReaderFree(reader);
  return facts;
}

static void a_record(void **state) {
  (void)state;
  struct hr_facts f = record_of(
      "*4\r\n$29\r\n12:abcdefgh:[fd00::3]:6380:rr\r\n$3\r\n441\r\n$4\r\nuuid\r\n$3\r\na,b\r\n");
  assert_int_equal(f.epoch.n, 12);
  assert_string_equal(f.epoch.nonce, "abcdefgh");
  assert_int_equal(f.epoch_node, 2);
  assert_string_equal(f.epoch_run_id, "rr");
  assert_int_equal(f.opcounter, 441);
  assert_string_equal(f.uuid, "uuid");
  assert_true(f.list_hash == hr_node_list_hash("a,b", 3));
  assert_int_equal(f.planned.n, 0);
  f = record_of("*4\r\n$23\r\n12:abcdefgh:other:1:rrr\r\n$-1\r\n$-1\r\n$-1\r\n");
  assert_int_equal(f.epoch.n, 12);
  assert_int_equal(f.epoch_node, -1);
}

/* The last field: whose master handed over. Elections write 0, older clients nothing. */
static void a_planned_handover(void **state) {
  (void)state;
  struct hr_facts f = record_of("*7\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$1\r\n1\r\n"
                                "$19\r\n10:abcdefgh=5,7:b=3\r\n"
                                "$11\r\n11:abcdefgh\r\n");
  assert_int_equal(f.planned.n, 11);
  assert_string_equal(f.planned.nonce, "abcdefgh");
  assert_true(f.durable);
  assert_int_equal(f.forks[0].epoch.n, 10);
  assert_int_equal(f.forks[0].opcounter, 5);
  assert_int_equal(f.forks[1].epoch.n, 7);
  assert_string_equal(f.forks[1].epoch.nonce, "b");
  assert_int_equal(f.forks[1].opcounter, 3);
  assert_int_equal(f.forks[2].epoch.n, 0);
  f = record_of("*7\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$1\r\n0\r\n");
  assert_int_equal(f.planned.n, 0);
}

/* Absent, cut short, too long, of another type: all the same. */
static void no_record(void **state) {
  (void)state;
  static const char *const garbage[] = {
      "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n",
      "*0\r\n",
      "*2\r\n:1\r\n*0\r\n",
      "*4\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n:1\r\n",
      ("*4\r\n$15\r\n-1:abcdefgh:a:b\r\n$2\r\n-1\r\n"
       "$40\r\n0123456789012345678901234567890123456789\r\n$-1\r\n"),
      "*4\r\n$4\r\n1:2:\r\n$21\r\n999999999999999999999\r\n$-1\r\n$-1\r\n",
  };
  for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
    struct hr_facts f = record_of(garbage[i]);
    assert_int_equal(f.epoch.n, 0);
    assert_int_equal(f.epoch_node, -1);
    assert_int_equal(f.opcounter, 0);
    assert_string_equal(f.uuid, "");
    assert_int_equal(f.list_hash, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_of_a_node),
      cmocka_unit_test(a_master),
      cmocka_unit_test(strangers_and_doubles),
      cmocka_unit_test(a_replica),
      cmocka_unit_test(an_older_server_tells_no_read_offset),
      cmocka_unit_test(a_sealed_node),
      cmocka_unit_test(a_loading_node),
      cmocka_unit_test(a_record),
      cmocka_unit_test(a_planned_handover),
      cmocka_unit_test(no_record),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
