/*
 * INFO as real servers wrote it, as older ones do, and as nobody should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/info.h"

static struct hr_info info;

static bool parse(const char *text) {
  return hr_info_parse(text, strlen(text), &info);
}

/* Redis 7.0.15, what concerns nobody left out. */
static const char master_text[] =
    "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"
    "run_id:3f7fdc4fa4312bd55584893b9d951fe4628ce189\r\ntcp_port:21000\r\n"
    "executable:/usr/bin/redis-server\r\nconfig_file:/etc/redis/redis.conf\r\n\r\n"
    "# Persistence\r\nloading:0\r\nasync_loading:0\r\nrdb_saves:0\r\n\r\n"
    "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
    "slave0:ip=127.0.0.1,port=21001,state=online,offset=934,lag=1\r\n"
    "slave1:ip=fd00::2,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
    "master_failover_state:no-failover\r\n"
    "master_replid:6f989985118fc320f463fd7f716bb564ed361526\r\n"
    "master_replid2:0000000000000000000000000000000000000000\r\n"
    "master_repl_offset:934\r\nsecond_repl_offset:-1\r\nrepl_backlog_active:1\r\n\r\n"
    "# Keyspace\r\ndb0:keys=30,expires=0,avg_ttl=0\r\ndb3:keys=1,expires=1,avg_ttl=99\r\n";

static void a_master(void **state) {
  (void)state;
  assert_true(parse(master_text));
  assert_string_equal(info.run_id, "3f7fdc4fa4312bd55584893b9d951fe4628ce189");
  assert_string_equal(info.version, "7.0.15");
  assert_string_equal(info.config_file, "/etc/redis/redis.conf");
  assert_int_equal(info.tcp_port, 21000);
  assert_false(info.loading);
  assert_false(info.async_loading);
  assert_int_equal(info.role, HR_INFO_ROLE_MASTER);
  assert_string_equal(info.master_host, "");
  assert_int_equal(info.master_port, -1);
  assert_int_equal(info.connected_slaves, 2);
  assert_int_equal(info.replica_lines, 2);
  assert_int_equal(info.replica_count, 2);
  assert_string_equal(info.replicas[0].ip, "127.0.0.1");
  assert_int_equal(info.replicas[0].port, 21001);
  assert_true(info.replicas[0].online);
  assert_int_equal(info.replicas[0].offset, 934);
  assert_int_equal(info.replicas[0].lag, 1);
  assert_string_equal(info.replicas[1].ip, "fd00::2");
  assert_false(info.replicas[1].online);
  assert_string_equal(info.master_replid, "6f989985118fc320f463fd7f716bb564ed361526");
  assert_string_equal(info.master_replid2, "0000000000000000000000000000000000000000");
  assert_int_equal(info.master_repl_offset, 934);
  assert_int_equal(info.second_repl_offset, -1);
  assert_int_equal(info.keys, 31);
  assert_int_equal(info.keys_of_0, 30);
  assert_int_equal(info.expires_of_0, 0);
}

static void a_replica(void **state) {
  (void)state;
  assert_true(
      parse("# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:21000\r\n"
            "master_link_status:up\r\nmaster_last_io_seconds_ago:2\r\n"
            "master_sync_in_progress:0\r\nslave_read_repl_offset:948\r\n"
            "slave_repl_offset:934\r\nslave_priority:10\r\nslave_read_only:1\r\n"
            "replica_announced:1\r\nconnected_slaves:0\r\nmaster_repl_offset:934\r\n"
            "second_repl_offset:77\r\n"));
  assert_int_equal(info.role, HR_INFO_ROLE_REPLICA);
  assert_string_equal(info.master_host, "127.0.0.1");
  assert_int_equal(info.master_port, 21000);
  assert_true(info.master_link_up);
  assert_int_equal(info.master_link_down_seconds, -1);
  assert_int_equal(info.master_last_io_seconds, 2);
  assert_false(info.master_sync_in_progress);
  assert_int_equal(info.slave_read_repl_offset, 948);
  assert_int_equal(info.slave_repl_offset, 934);
  assert_int_equal(info.slave_priority, 10);
  assert_true(info.slave_read_only);
  assert_int_equal(info.second_repl_offset, 77);
}

static void a_sealed_writable_loading_one(void **state) {
  (void)state;
  assert_true(
      parse("role:slave\r\nmaster_host:127.1.2.3\r\nmaster_port:0\r\n"
            "master_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\n"
            "master_sync_in_progress:1\r\nslave_repl_offset:1\r\n"
            "master_link_down_since_seconds:17\r\nslave_priority:0\r\n"
            "slave_read_only:0\r\nloading:1\r\nasync_loading:1\r\n"));
  assert_string_equal(info.master_host, "127.1.2.3");
  assert_int_equal(info.master_port, 0);
  assert_false(info.master_link_up);
  assert_true(info.master_sync_in_progress);
  assert_int_equal(info.master_link_down_seconds, 17);
  assert_int_equal(info.slave_priority, 0);
  assert_false(info.slave_read_only);
  assert_true(info.loading);
  assert_true(info.async_loading);
  /* before 7.0 there was no read offset */
  assert_int_equal(info.slave_read_repl_offset, 1);
}

static void nothing_told(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "\r\n",
                                      "# Server\r\n",
                                      "hello",
                                      ":",
                                      "role\r\n",
                                      "no_such_key:1\r\n",
                                      "role:king\r\n",
                                      "slave:ip=a\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    assert_false(parse(texts[i]));
    assert_string_equal(info.run_id, "");
    assert_int_equal(info.role, HR_INFO_ROLE_UNKNOWN);
    assert_int_equal(info.master_port, -1);
    assert_int_equal(info.slave_repl_offset, -1);
    assert_int_equal(info.slave_read_repl_offset, -1);
    assert_int_equal(info.master_repl_offset, -1);
    assert_int_equal(info.second_repl_offset, -1);
    assert_int_equal(info.slave_priority, 100);
    assert_true(info.slave_read_only);
    assert_int_equal(info.keys, 0);
    assert_int_equal(info.replica_count, 0);
  }
}

static void line_ends_and_order(void **state) {
  (void)state;
  assert_true(parse("master_repl_offset:5\nrole:master\ntcp_port:1"));
  assert_int_equal(info.role, HR_INFO_ROLE_MASTER);
  assert_int_equal(info.master_repl_offset, 5);
  assert_int_equal(info.tcp_port, 1);
  assert_true(parse("role:replica\n"));
  assert_int_equal(info.role, HR_INFO_ROLE_REPLICA);
  assert_true(parse("role:master\r\nrole:slave\r\n")); /* the last word counts */
  assert_int_equal(info.role, HR_INFO_ROLE_REPLICA);
}

static void malformed_values_are_not_told(void **state) {
  (void)state;
  assert_true(
      parse("role:slave\nmaster_port:x\nslave_repl_offset:12a\nmaster_repl_offset:\n"
            "second_repl_offset:99999999999999999999\nslave_priority:--1\n"
            "master_last_io_seconds_ago: 3\ndb0:keys=-5\ndb1:keys=x,keys=7\ndbx:keys=9\n"
            "db2:expires=3\ndb:keys=4\ndb3\nloading:yes\nmaster_link_status:UP\n"));
  assert_int_equal(info.master_port, -1);
  assert_int_equal(info.slave_repl_offset, -1);
  assert_int_equal(info.master_repl_offset, -1);
  assert_int_equal(info.second_repl_offset, -1);
  assert_int_equal(info.slave_priority, 100);
  assert_int_equal(info.master_last_io_seconds, -1);
  assert_int_equal(info.keys, 7);
  assert_false(info.loading);
  assert_false(info.master_link_up);
}

static void overlong_values_are_not_told(void **state) {
  (void)state;
  char text[2048];
  char junk[600];
  memset(junk, 'a', sizeof junk);
  junk[sizeof junk - 1] = '\0';
  snprintf(text, sizeof text, "run_id:%.41s\nmaster_host:%.128s\nconfig_file:%s\nrole:master\n",
           junk, junk, junk);
  assert_true(parse(text));
  assert_string_equal(info.run_id, "");
  assert_string_equal(info.master_host, "");
  assert_string_equal(info.config_file, "");
  snprintf(text, sizeof text, "run_id:%.40s\nmaster_host:%.127s\n", junk, junk);
  assert_true(parse(text));
  assert_int_equal(strlen(info.run_id), 40);
  assert_int_equal(strlen(info.master_host), 127);
}

static void a_nul_is_no_end(void **state) {
  (void)state;
  static const char text[] = "run_id:abc\0def\nrole:ma\0ster\ntcp_port:7\n";
  assert_true(hr_info_parse(text, sizeof text - 1, &info));
  assert_string_equal(info.run_id, "");
  assert_int_equal(info.role, HR_INFO_ROLE_UNKNOWN);
  assert_int_equal(info.tcp_port, 7);
}

static void keys_never_overflow(void **state) {
  (void)state;
  assert_true(parse("db0:keys=9223372036854775807\ndb1:keys=9223372036854775807\ndb2:keys=1\n"));
  assert_true(info.keys == INT64_MAX);
  assert_true(info.keys_of_0 == INT64_MAX);
  assert_true(parse("db0:expires=2,keys=5\ndb1:keys=7,expires=4\n"));
  assert_int_equal(info.keys_of_0, 5);
  assert_int_equal(info.expires_of_0, 2);
  assert_false(parse("db0:keys=9223372036854775808\n"));
  assert_int_equal(info.keys, 0);
}

static void more_replicas_than_places(void **state) {
  (void)state;
  char text[8192] = "";
  size_t len = 0;
  for (int i = 0; i < 100; i++) {
    len += (size_t)snprintf(text + len, sizeof text - len,
                            "slave%d:ip=10.0.0.%d,port=6379,state=online,offset=%d,lag=0\r\n", i, i,
                            i);
  }
  assert_true(hr_info_parse(text, len, &info));
  assert_int_equal(info.replica_lines, 100);
  assert_int_equal(info.replica_count, HR_NODES_MAX);
  assert_string_equal(info.replicas[HR_NODES_MAX - 1].ip, "10.0.0.31");
  assert_int_equal(info.replicas[HR_NODES_MAX - 1].offset, 31);
}

static void odd_replica_lines(void **state) {
  (void)state;
  assert_true(
      parse("slave0:\nslave1:,,,=,=\nslave2:10.0.0.1,6380,online\n"
            "slave3:port=65536,ip=,state=onlinex,offset=-,lag=1,lag=2\n"
            "slave4:ip=h,port=1,state=online,offset=5,lag=6,type=replica\n"
            "slave_x:ip=a\nslave99999999999999999999:ip=a\n"));
  assert_int_equal(info.replica_lines, 5); /* counted, whatever they are: there is somebody */
  assert_int_equal(info.replica_count, 5);
  for (size_t i = 0; i < 4; i++) {
    assert_string_equal(info.replicas[i].ip, "");
    assert_int_equal(info.replicas[i].port, 0);
    assert_false(info.replicas[i].online);
    assert_int_equal(info.replicas[i].offset, -1);
  }
  assert_int_equal(info.replicas[3].lag, 2);
  assert_string_equal(info.replicas[4].ip, "h");
  assert_true(info.replicas[4].online);
}

/* Cut anywhere, and with any byte changed: no crash, every text terminated, counts in bounds. */
static void cut_and_broken(void **state) {
  (void)state;
  size_t len = sizeof master_text - 1;
  for (size_t cut = 0; cut <= len; cut++) {
    char *copy = malloc(cut + 1); /* exact, so that a byte too far is seen */
    assert_non_null(copy);
    memcpy(copy, master_text, cut);
    hr_info_parse(copy, cut, &info);
    free(copy);
    assert_true(info.replica_count <= HR_NODES_MAX);
  }
  for (size_t i = 0; i < len * 4; i++) {
    char copy[sizeof master_text];
    memcpy(copy, master_text, sizeof copy);
    copy[i % len] = (char)("\n:,\xff"[i / len]);
    hr_info_parse(copy, len, &info);
    assert_non_null(memchr(info.run_id, '\0', sizeof info.run_id));
    assert_non_null(memchr(info.replicas[0].ip, '\0', sizeof info.replicas[0].ip));
    assert_true(info.keys >= 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_master),
      cmocka_unit_test(a_replica),
      cmocka_unit_test(a_sealed_writable_loading_one),
      cmocka_unit_test(nothing_told),
      cmocka_unit_test(line_ends_and_order),
      cmocka_unit_test(malformed_values_are_not_told),
      cmocka_unit_test(overlong_values_are_not_told),
      cmocka_unit_test(a_nul_is_no_end),
      cmocka_unit_test(keys_never_overflow),
      cmocka_unit_test(more_replicas_than_places),
      cmocka_unit_test(odd_replica_lines),
      cmocka_unit_test(cut_and_broken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
