/*
 * Gossip: channels and lines, there and back, and what is not believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/gossip.h"

#define CLIENT "0b5c4b3e-6d6f-4f0e-9e57-2f1f3c1e9a10"

static void channels(void **state) {
  (void)state;
  static const char *const names[HR_CHANNEL_COUNT] = {
      [HR_CHANNEL_MASTER] = "app:gossip:master",
      [HR_CHANNEL_HEARTBEAT] = "app:gossip:heartbeat"};
  for (enum hr_channel channel = 0; channel < HR_CHANNEL_COUNT; channel++) {
    char name[HR_KEY_MAX];
    hr_channel_name("app", channel, name);
    assert_string_equal(name, names[channel]);
  }
}

static void there_and_back(void **state) {
  (void)state;
  struct hr_gossip_message said = {CLIENT, 42, {7, "gP0SCM1B"}, "10.0.0.1:6379"}, heard;
  char text[HR_GOSSIP_TEXT_MAX];
  assert_true(hr_gossip_format(&said, text));
  assert_string_equal(text, CLIENT " 42 7:gP0SCM1B 10.0.0.1:6379");
  assert_true(hr_gossip_parse(text, strlen(text), &heard));
  assert_string_equal(heard.client, CLIENT);
  assert_int_equal(heard.seq, 42);
  assert_int_equal(hr_epoch_compare(&heard.epoch, &said.epoch), 0);
  assert_string_equal(heard.node, "10.0.0.1:6379");
}

static void the_longest(void **state) {
  (void)state;
  struct hr_gossip_message said = {CLIENT, UINT64_MAX, {HR_EPOCH_N_MAX, "abcdefgh"}, ""}, heard;
  char text[HR_GOSSIP_TEXT_MAX];
  memset(said.node, 'n', HR_NAME_MAX - 1);
  assert_true(hr_gossip_format(&said, text));
  assert_true(hr_gossip_parse(text, strlen(text), &heard));
  assert_true(heard.seq == UINT64_MAX);
  assert_string_equal(heard.node, said.node);
}

static void names_with_blanks(void **state) {
  (void)state;
  struct hr_gossip_message said = {"c", 0, {1, "a"}, "unix:/run/my redis.sock"}, heard;
  char text[HR_GOSSIP_TEXT_MAX];
  assert_true(hr_gossip_format(&said, text));
  assert_true(hr_gossip_parse(text, strlen(text), &heard));
  assert_string_equal(heard.node, said.node);
}

static void messages_that_cannot_be_said(void **state) {
  (void)state;
  const struct hr_gossip_message good = {"c", 1, {1, "a"}, "n"};
  char text[HR_GOSSIP_TEXT_MAX] = "?";
  struct hr_gossip_message bad = good;
  bad.epoch.n = 0;
  assert_false(hr_gossip_format(&bad, text));
  assert_string_equal(text, "");
  bad = good;
  bad.client[0] = '\0';
  assert_false(hr_gossip_format(&bad, text));
  bad = good;
  bad.node[0] = '\0';
  assert_false(hr_gossip_format(&bad, text));
  bad = good;
  strcpy(bad.client, "a b");
  assert_false(hr_gossip_format(&bad, text));
  bad = good;
  memset(bad.client, 'x', sizeof bad.client);
  assert_false(hr_gossip_format(&bad, text));
  assert_true(hr_gossip_format(&good, text));
}

static void what_is_not_believed(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      " ",
                                      "c",
                                      "c 1",
                                      "c 1 1:a",
                                      "c 1 1:a ",
                                      " 1 1:a n",
                                      "c  1:a n",
                                      "c x 1:a n",
                                      "c -1 1:a n",
                                      "c 1 1 n",
                                      "c 1 :a n",
                                      "c 1 0:a n",
                                      "c 1 1: n",
                                      "c 1 1:a \n",
                                      "c 1 1:a n\r\n",
                                      "c\t1\t1:a\tn",
                                      "c 1 1:a-b n",
                                      "c 18446744073709551616 1:a n",
                                      "0123456789012345678901234567890123456 1 1:a n",
                                      "\xff\xfe 1 1:a n",
                                      "c 1 1:123456789 n",
                                      "c 1 99999999999999999999:a n"};
  struct hr_gossip_message heard = {"keep", 3, {3, "keep"}, "keep"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (hr_gossip_parse(texts[i], strlen(texts[i]), &heard)) {
      fail_msg("believed: %s", texts[i]);
    }
  }
  assert_string_equal(heard.client, "keep");
  assert_string_equal(heard.node, "keep");
  assert_false(hr_gossip_parse("c 1 1:a n\0", 10, &heard));
  assert_false(hr_gossip_parse(NULL, 0, &heard));
  char text[300] = "c 1 1:a ";
  memset(text + 8, 'n', HR_NAME_MAX);
  assert_false(hr_gossip_parse(text, 8 + HR_NAME_MAX, &heard));
  assert_true(hr_gossip_parse(text, 8 + HR_NAME_MAX - 1, &heard));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(channels),
      cmocka_unit_test(there_and_back),
      cmocka_unit_test(the_longest),
      cmocka_unit_test(names_with_blanks),
      cmocka_unit_test(messages_that_cannot_be_said),
      cmocka_unit_test(what_is_not_believed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
