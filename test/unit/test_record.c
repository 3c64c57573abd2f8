/*
 * Keys, locks, promises, lineages and seals: what is written is read back, garbage is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/record.h"

#define RUN_ID "3f7fdc4fa4312bd55584893b9d951fe4628ce189"
#define CLIENT "0b5c4b3e-6d6f-4f0e-9e57-2f1f3c1e9a10"

static void keys(void **state) {
  (void)state;
  char key[HR_KEY_MAX];
  hr_key_lock(RUN_ID, key);
  assert_string_equal(key, "haredis:lock:" RUN_ID);
  hr_key_promise(RUN_ID, key);
  assert_string_equal(key, "promise:" RUN_ID);
  hr_key_file(RUN_ID, key);
  assert_string_equal(key, "file:" RUN_ID);
  hr_key_group("haredis", key);
  assert_string_equal(key, "haredis:group");
  char prefix[HR_PREFIX_MAX];
  memset(prefix, 'p', sizeof prefix);
  prefix[HR_PREFIX_MAX - 1] = '\0';
  hr_key_group(prefix, key);
  assert_int_equal(strlen(key), 64 + strlen(":group"));
}

static void keys_are_known_again(void **state) {
  (void)state;
  char key[HR_KEY_MAX];
  hr_key_lock("0123456789abcdef0123456789abcdef01234567", key);
  assert_true(hr_key_is_ours(key, strlen(key)));
  assert_true(hr_key_is_ours("haredis:node", 12));
  assert_false(hr_key_is_ours("haredis:node", 11) || hr_key_is_ours(key, strlen(key) - 1));
  key[20] = 'x';
  assert_false(hr_key_is_ours(key, strlen(key)) || hr_key_is_ours(NULL, 0));
}

static void words_that_may_stand_in_texts(void **state) {
  (void)state;
  char text[HR_NAME_MAX + 1];
  memset(text, 'a', sizeof text);
  text[HR_NAME_MAX] = '\0';
  assert_false(hr_prefix_valid(text));
  assert_false(hr_run_id_valid(text));
  assert_false(hr_client_valid(text));
  assert_false(hr_node_name_valid(text));
  text[127] = '\0';
  assert_true(hr_node_name_valid(text));
  text[64] = '\0';
  assert_true(hr_prefix_valid(text));
  text[40] = '\0';
  assert_true(hr_run_id_valid(text));
  text[36] = '\0';
  assert_true(hr_client_valid(text));
  assert_false(hr_prefix_valid("") || hr_run_id_valid("") || hr_client_valid(""));
  assert_false(hr_node_name_valid(""));
  assert_false(hr_prefix_valid("a b") || hr_prefix_valid("a\n") || hr_prefix_valid("\xc3\xb6"));
  assert_false(hr_run_id_valid("a-b") || hr_run_id_valid("a:b") || hr_run_id_valid("a b"));
  assert_false(hr_client_valid("a b") || hr_client_valid("a\t"));
  assert_true(hr_client_valid(CLIENT) && hr_prefix_valid("my:app{1}") && hr_run_id_valid(RUN_ID));
  assert_true(hr_node_name_valid("unix:/run/my redis.sock") && hr_node_name_valid("[::1]:1"));
  assert_false(hr_node_name_valid("a\n") || hr_node_name_valid("\x7f"));
}

static void promises(void **state) {
  (void)state;
  struct hr_epoch epoch = {7, "gP0SCM1B"}, back;
  char text[HR_EPOCH_TEXT_MAX];
  assert_true(hr_epoch_format(&epoch, text));
  assert_string_equal(text, "7:gP0SCM1B");
  assert_true(hr_epoch_parse(text, strlen(text), &back));
  assert_int_equal(back.n, 7);
  assert_string_equal(back.nonce, "gP0SCM1B");
  epoch.n = HR_EPOCH_N_MAX;
  assert_true(hr_epoch_format(&epoch, text));
  assert_true(hr_epoch_parse(text, strlen(text), &back));
  assert_true(back.n == HR_EPOCH_N_MAX);
  assert_true(hr_epoch_parse("1:a", 3, &back));
  assert_string_equal(back.nonce, "a");
}

static void promises_that_are_garbage(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      ":",
                                      "7",
                                      "7:",
                                      ":a",
                                      "0:a",
                                      "00:a",
                                      "01:a",
                                      "-1:a",
                                      "+1:a",
                                      " 1:a",
                                      "1 :a",
                                      "1: a",
                                      "1:a ",
                                      "1:a\n",
                                      "1:a:b",
                                      "1:123456789",
                                      "1:ab-c",
                                      "x:a",
                                      "1x:a",
                                      "0x1:a",
                                      "1:\xc3\xb6",
                                      "1000000000000001:a",
                                      "18446744073709551616:a",
                                      "99999999999999999999999999999999:a"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct hr_epoch untouched = {5, "before"};
    if (hr_epoch_parse(texts[i], strlen(texts[i]), &untouched)) {
      fail_msg("accepted: %s", texts[i]);
    }
    assert_int_equal(untouched.n, 5);
    assert_string_equal(untouched.nonce, "before");
  }
  struct hr_epoch out;
  assert_false(hr_epoch_parse("1:a\0b", 5, &out));
  assert_false(hr_epoch_parse(NULL, 0, &out));
}

static void epochs_that_cannot_be_written(void **state) {
  (void)state;
  char text[HR_EPOCH_TEXT_MAX] = "?";
  struct hr_epoch none = {0, "abc"}, blank = {1, ""}, colon = {1, "a:b"}, huge;
  huge = (struct hr_epoch){HR_EPOCH_N_MAX + 1, "abc"};
  assert_false(hr_epoch_format(&none, text));
  assert_string_equal(text, "");
  assert_false(hr_epoch_format(&blank, text));
  assert_false(hr_epoch_format(&colon, text));
  assert_false(hr_epoch_format(&huge, text));
  struct hr_epoch open = {1, ""};
  memset(open.nonce, 'x', sizeof open.nonce); /* not terminated */
  assert_false(hr_epoch_format(&open, text));
}

static void locks(void **state) {
  (void)state;
  struct hr_lock lock = {{7, "gP0SCM1B"}, CLIENT}, back;
  char text[HR_LOCK_TEXT_MAX];
  assert_true(hr_lock_format(&lock, text));
  assert_string_equal(text, "7:gP0SCM1B:" CLIENT);
  assert_true(hr_lock_parse(text, strlen(text), &back));
  assert_int_equal(hr_epoch_compare(&back.epoch, &lock.epoch), 0);
  assert_string_equal(back.client, CLIENT);
  lock.epoch.n = HR_EPOCH_N_MAX; /* the longest */
  assert_true(hr_lock_format(&lock, text));
  assert_true(hr_lock_parse(text, strlen(text), &back));
  static const char *const garbage[] = {"",
                                        "7",
                                        "7:gP0SCM1B",
                                        "7:gP0SCM1B:",
                                        "7::c",
                                        ":a:c",
                                        "0:a:c",
                                        "7:a:b c",
                                        "7:a:c\n",
                                        "7:a:0123456789012345678901234567890123456",
                                        "\xff\xff:a:c"};
  for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
    assert_false(hr_lock_parse(garbage[i], strlen(garbage[i]), &back));
  }
  assert_string_equal(back.client, CLIENT);
  lock.client[0] = '\0';
  assert_false(hr_lock_format(&lock, text));
  assert_string_equal(text, "");
  memset(lock.client, 'x', sizeof lock.client);
  assert_false(hr_lock_format(&lock, text));
}

static void lineages(void **state) {
  (void)state;
  static const char *const nodes[] = {"10.0.0.1:6379",        "[::1]:6380",    "[fe80::1%eth0]:1",
                                      "unix:/run/redis.sock", "unix:/a:b c:d", "n"};
  char text[HR_LINEAGE_TEXT_MAX];
  for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
    struct hr_lineage lineage = {{12, "abc"}, "", RUN_ID}, back;
    snprintf(lineage.node, sizeof lineage.node, "%s", nodes[i]);
    assert_true(hr_lineage_format(&lineage, text));
    assert_true(hr_lineage_parse(text, strlen(text), &back));
    assert_int_equal(back.epoch.n, 12);
    assert_string_equal(back.epoch.nonce, "abc");
    assert_string_equal(back.node, nodes[i]);
    assert_string_equal(back.run_id, RUN_ID);
  }
  struct hr_lineage longest = {{HR_EPOCH_N_MAX, "abcdefgh"}, "", RUN_ID}, back;
  memset(longest.node, 'n', HR_NAME_MAX - 1);
  assert_true(hr_lineage_format(&longest, text));
  assert_true(hr_lineage_parse(text, strlen(text), &back));
  assert_string_equal(back.node, longest.node);
  memset(longest.node, 'n', HR_NAME_MAX);
  assert_false(hr_lineage_format(&longest, text));
  assert_string_equal(text, "");
}

static void lineages_that_are_garbage(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "1:a",
                                      "1:a:",
                                      "1:a:n",
                                      "1:a:n:",
                                      "1:a::r",
                                      "0:a:n:r",
                                      "1::n:r",
                                      ":a:n:r",
                                      "1:a:n:r r",
                                      "1:a:n:r-r",
                                      "1:a:n\n:r",
                                      "1:a:n:1234567890123456789012345678901234567890x",
                                      "x",
                                      "::::",
                                      "1:a:\x80:r"};
  struct hr_lineage back = {{9, "keep"}, "keep", "keep"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (hr_lineage_parse(texts[i], strlen(texts[i]), &back)) {
      fail_msg("accepted: %s", texts[i]);
    }
  }
  assert_string_equal(back.node, "keep");
  char text[400];
  memset(text, 'n', sizeof text);
  memcpy(text, "1:a:", 4);
  memcpy(text + 4 + HR_NAME_MAX, ":r", 3);
  assert_false(hr_lineage_parse(text, strlen(text), &back));
  memcpy(text + 4 + HR_NAME_MAX - 1, ":r", 3);
  assert_true(hr_lineage_parse(text, strlen(text), &back));
}

/* Longest texts come back; a list that is not whole is none. */
static void forks(void **state) {
  (void)state;
  struct hr_fork list[HR_FORKS_MAX], back[HR_FORKS_MAX];
  char text[HR_FORKS_TEXT_MAX];
  memset(list, 0, sizeof list);
  hr_forks_format(list, text);
  assert_string_equal(text, "");
  assert_true(hr_forks_parse("", 0, back));
  assert_int_equal(back[0].epoch.n, 0);
  for (int i = 0; i < HR_FORKS_MAX; i++) {
    list[i] = (struct hr_fork){{HR_EPOCH_N_MAX - (uint64_t)i, "abcdefgh"}, INT64_MAX};
  }
  hr_forks_format(list, text);
  assert_true(hr_forks_parse(text, strlen(text), back));
  for (int i = 0; i < HR_FORKS_MAX; i++) {
    assert_int_equal(hr_epoch_compare(&list[i].epoch, &back[i].epoch), 0);
    assert_true(back[i].opcounter == INT64_MAX);
  }
  static const char *const garbage[] = {"1:a", "1:a=", "1:a=-1", "=5", "1:a=5,", "1:a=5,x",
                                        "1:a=1,1:a=1,1:a=1,1:a=1,1:a=1,1:a=1,1:a=1"};
  for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
    bool whole = hr_forks_parse(garbage[i], strlen(garbage[i]), back);
    assert_true(!whole || strcmp(garbage[i], "1:a=5,") == 0);
    assert_int_equal(back[0].epoch.n, whole ? 1 : 0);
  }
}

static void opcounters(void **state) {
  (void)state;
  uint64_t count = 1;
  assert_true(hr_opcounter_parse("0", 1, &count));
  assert_int_equal(count, 0);
  assert_true(hr_opcounter_parse("9223372036854775807", 19, &count));
  assert_true(count == INT64_MAX);
  assert_false(hr_opcounter_parse("9223372036854775808", 19, &count));
  assert_false(hr_opcounter_parse("-1", 2, &count));
  assert_false(hr_opcounter_parse("", 0, &count));
  assert_false(hr_opcounter_parse(NULL, 0, &count));
  assert_false(hr_opcounter_parse("1.5", 3, &count));
}

static void seals(void **state) {
  (void)state;
  static const struct {
    uint64_t n;
    const char *start;
    uint64_t back;
  } cases[] = {{1, "127.0.1.", 1},
               {255, "127.0.255.", 255},
               {256, "127.1.0.", 256},
               {65535, "127.255.255.", 65535},
               {65536, "127.255.255.", 65535},
               {HR_EPOCH_N_MAX, "127.255.255.", 65535}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char host[HR_SEAL_TEXT_MAX];
    uint64_t n = 0;
    hr_seal_format(cases[i].n, CLIENT, host);
    assert_memory_equal(host, cases[i].start, strlen(cases[i].start));
    int owner = atoi(host + strlen(cases[i].start));
    assert_in_range(owner, 1, 254);
    assert_true(hr_seal_parse(host, 0, &n));
    assert_true(n == cases[i].back);
  }
}

static void owners_of_seals_differ(void **state) {
  (void)state;
  int seen[256] = {0}, owners = 0;
  for (int i = 0; i < 2000; i++) {
    char client[24], host[HR_SEAL_TEXT_MAX];
    snprintf(client, sizeof client, "client-%d", i);
    hr_seal_format(1, client, host);
    owners += seen[atoi(host + strlen("127.0.1."))]++ == 0;
  }
  assert_true(owners > 240 && owners <= 254);
  assert_int_equal(seen[0] + seen[255], 0);
}

static void addresses_that_are_no_seals(void **state) {
  (void)state;
  uint64_t n = 5;
  assert_true(hr_seal_parse("127.0.0.1", 0, &n)); /* by hand: --replicaof 127.0.0.1 0 */
  assert_int_equal(n, 0);
  n = 5;
  assert_false(hr_seal_parse("127.0.0.1", 6379, &n));
  assert_false(hr_seal_parse("127.0.0.1", -1, &n));
  assert_false(hr_seal_parse("128.0.0.1", 0, &n));
  static const char *const hosts[] = {
      "",          "localhost", "127.0.0", "127.0.0.1.", "127.0.0.256", "127.0.0.1.5",
      "127.0.0.x", "127..0.1",  "::1",     "127.0.0.-1", ".127.0.0.1",  "127.0.0.1 "};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    assert_false(hr_seal_parse(hosts[i], 0, &n));
  }
  assert_int_equal(n, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys),
      cmocka_unit_test(keys_are_known_again),
      cmocka_unit_test(words_that_may_stand_in_texts),
      cmocka_unit_test(promises),
      cmocka_unit_test(promises_that_are_garbage),
      cmocka_unit_test(epochs_that_cannot_be_written),
      cmocka_unit_test(locks),
      cmocka_unit_test(lineages),
      cmocka_unit_test(lineages_that_are_garbage),
      cmocka_unit_test(forks),
      cmocka_unit_test(opcounters),
      cmocka_unit_test(seals),
      cmocka_unit_test(owners_of_seals_differ),
      cmocka_unit_test(addresses_that_are_no_seals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
