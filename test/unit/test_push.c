/*
 * Message frames: read whole, cut at every place, and told apart from everything else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/push.h"

/* From memory of exactly its size, so that reading on would be seen. */
static ptrdiff_t parse(const char *text, size_t len, struct hr_push *out, char **bytes) {
  *bytes = malloc(len > 0 ? len : 1);
  assert_non_null(*bytes);
  memcpy(*bytes, text, len);
  memset(out, 0x55, sizeof(*out));
  return hr_push_parse(*bytes, *bytes + len, out);
}

static void is(const char *text, char kind, const char *pattern, const char *channel,
               const char *payload) {
  struct hr_push push;
  char *bytes;
  size_t len = strlen(text);
  assert_int_equal(parse(text, len, &push, &bytes), len);
  assert_int_equal(push.kind, kind);
  if (pattern != NULL) {
    assert_int_equal(push.pattern_len, strlen(pattern));
    assert_memory_equal(push.pattern, pattern, push.pattern_len);
  } else {
    assert_null(push.pattern);
    assert_int_equal(push.pattern_len, 0);
  }
  assert_int_equal(push.channel_len, strlen(channel));
  assert_memory_equal(push.channel, channel, push.channel_len);
  assert_int_equal(push.payload_len, strlen(payload));
  assert_memory_equal(push.payload, payload, push.payload_len);
  free(bytes);
  for (size_t cut = 0; cut < len; cut++) {
    assert_int_equal(parse(text, cut, &push, &bytes), 0);
    free(bytes);
  }
}

static void frames(void **state) {
  (void)state;
  is("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n", 'm', NULL, "a", "hi");
  is(">3\r\n$7\r\nmessage\r\n$10\r\n0123456789\r\n$0\r\n\r\n", 'm', NULL, "0123456789", "");
  is("*3\r\n$8\r\nsmessage\r\n$0\r\n\r\n$1\r\n\r\r\n", 's', NULL, "", "\r");
  is("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$2\r\nab\r\n$3\r\nxyz\r\n", 'p', "*", "ab", "xyz");
  is(">4\r\n$8\r\npmessage\r\n$0\r\n\r\n$002\r\nab\r\n$3\r\n$1\r\r\n", 'p', "", "ab", "$1\r");
}

static void what_follows_is_left(void **state) {
  (void)state;
  static const char two[] = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n*3\r\n$7\r\nmess";
  struct hr_push push;
  char *bytes;
  assert_int_equal(parse(two, sizeof(two) - 1, &push, &bytes), 32);
  assert_ptr_equal(push.payload, bytes + 28);
  free(bytes);
}

static void other_things(void **state) {
  static const char *const others[] = {
      "+OK\r\n",
      "$5\r\nhello\r\n",
      "*0\r\n",
      "*-1\r\n",
      "*2\r\n$4\r\npong\r\n$0\r\n\r\n",
      "\r\n",
      "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
      "*3\r\n$8\r\npmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
      "*4\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
      "~3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nMESSAGE\r\n$1\r\na\r\n$1\r\nb\r\n",
      "*3\r\n+message\r\n$1\r\na\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nmessage\r\n+a\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nmessage\r\n$\r\n\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nmessage\r\n$1x\r\na\r\n",
      "*3\r\n$7\r\nmessage\r\n$1\rxa\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nmessage\r\n$1\r\nab\r\n$1\r\nb\r\n",
      "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\rx",
      "*3\r\n$7\r\nmessage\r\n$536870913\r\n",
      "*3\r\n$7\r\nmessage\r\n$0000000001\r\na\r\n",
      "*3\r\n$7\r\nmessage\r\n$18446744073709551615\r\n",
      "*4\r\n$8\r\npmessage\r\n:1\r\n$1\r\na\r\n$1\r\nb\r\n",
      "*3\r\n$8\r\nsmessage\rx$1\r\na\r\n",
  };
  (void)state;
  for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
    struct hr_push push;
    char *bytes;
    if (parse(others[i], strlen(others[i]), &push, &bytes) >= 0) {
      fail_msg("taken for a message: %s", others[i]);
    }
    free(bytes);
  }
}

/* A length that is announced is waited for, and nothing is read or taken for it. */
static void more_is_waited_for(void **state) {
  static const char huge[] = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$536870912\r\nx";
  struct hr_push push;
  char *bytes;
  (void)state;
  assert_int_equal(parse(huge, sizeof(huge) - 1, &push, &bytes), 0);
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames),
      cmocka_unit_test(what_follows_is_left),
      cmocka_unit_test(other_things),
      cmocka_unit_test(more_is_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
