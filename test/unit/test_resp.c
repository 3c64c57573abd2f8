/*
 * RESP both ways: encoder against the protocol's text, reader at every cut and on hostile bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/resp.h"

/* ---- commands ---- */

static void encodes(const char *want, int argc, const char *const *argv, const size_t *argvlen) {
  char out[256];
  size_t size = hr_resp_command_size(argc, argv, argvlen);
  assert_int_equal(size, strlen(want));
  assert_true(hr_resp_command_bound(argc, argv, argvlen) >= size);
  char *end = hr_resp_command_write(out, argc, argv, argvlen);
  assert_int_equal(end - out, size);
  assert_memory_equal(out, want, size);
}

static void commands_are_encoded(void **state) {
  (void)state;
  const char *set[] = {"SET", "key", ""};
  encodes("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n", 3, set, NULL);
  const size_t lengths[] = {3, 2, 0};
  encodes("*3\r\n$3\r\nSET\r\n$2\r\nke\r\n$0\r\n\r\n", 3, set, lengths);
  const char *many[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "0123456789"};
  encodes("*10\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n$1\r\ng\r\n"
          "$1\r\nh\r\n$1\r\ni\r\n$10\r\n0123456789\r\n",
          10, many, NULL);
}

static void arguments_of_every_length_are_encoded(void **state) {
  (void)state;
  static char bytes[1200], want[1300], out[1300];
  for (size_t i = 0; i < sizeof(bytes); i++) {
    bytes[i] = (char)('a' + i % 26);
  }
  for (size_t len = 0; len < sizeof(bytes); len++) {
    const char *argv[] = {bytes};
    int n = snprintf(want, sizeof(want), "*1\r\n$%zu\r\n%.*s\r\n", len, (int)len, bytes);
    memset(out, '!', sizeof(out));
    char *end = hr_resp_command_write(out, 1, argv, &len);
    assert_int_equal(end - out, n);
    assert_memory_equal(out, want, (size_t)n);
    assert_int_equal(*end, '!');
    assert_int_equal(hr_resp_command_size(1, argv, &len), (size_t)n);
    assert_true(hr_resp_command_bound(1, argv, &len) >= (size_t)n);
  }
}

static void a_command_beyond_4_gib_is_refused(void **state) {
  (void)state;
  const char *argv[] = {"SET", "k", "never read"};
  const size_t too_long[] = {3, 1, (size_t)UINT32_MAX + 1};
  const size_t in_sum[] = {3, 1, UINT32_MAX - 10};
  assert_int_equal(hr_resp_command_size(3, argv, too_long), 0);
  assert_int_equal(hr_resp_command_size(3, argv, in_sum), 0);
  assert_int_equal(hr_resp_command_bound(3, argv, too_long), 0);
  assert_int_equal(hr_resp_command_bound(3, argv, in_sum), 0);
}

static void numbers_are_written(void **state) {
  (void)state;
  uint64_t n = 0;
  for (int i = 0; i < 21; i++) {
    for (int around = -1; around <= 1; around++) {
      char out[24], want[24];
      uint64_t value = n + (uint64_t)around;
      char *end = hr_resp_number_write(out, value);
      *end = '\0';
      snprintf(want, sizeof(want), "%llu", (unsigned long long)value);
      assert_string_equal(out, want);
    }
    n = n == 0 ? 1 : n * 10;
  }
}

/* ---- replies ---- */

static struct hr_resp_item item_of(const char *text) {
  struct hr_resp_item item;
  const char *why = NULL;
  size_t len = strlen(text);
  assert_int_equal(hr_resp_item(text, text + len, &item, &why), len);
  return item;
}

static void each_type_is_read(void **state) {
  (void)state;
  struct hr_resp_item item = item_of("+OK\r\n");
  assert_int_equal(item.kind, '+');
  assert_memory_equal(item.str, "OK\r", 3);
  assert_int_equal(item.len, 2);
  item = item_of("-ERR no\r\n");
  assert_int_equal(item.len, 6);
  assert_int_equal(item_of(":-9223372036854775808\r\n").integer, INT64_MIN);
  assert_int_equal(item_of(":9223372036854775807\r\n").integer, INT64_MAX);
  assert_int_equal(item_of(":+7\r\n").integer, 7);
  item = item_of("$4\r\na\r\nb\r\n");
  assert_memory_equal(item.str, "a\r\nb", 4);
  assert_int_equal(item.len, 4);
  item = item_of("$0\r\n\r\n");
  assert_int_equal(item.len, 0);
  assert_non_null(item.str);
  assert_true(item_of("$-1\r\n").nil);
  assert_true(item_of("*-1\r\n").nil);
  assert_true(item_of("_\r\n").nil);
  assert_int_equal(item_of("*3\r\n").elements, 3);
  assert_int_equal(item_of("%3\r\n").elements, 6);
  assert_int_equal(item_of("|1\r\n").elements, 2);
  assert_int_equal(item_of("~2\r\n").elements, 2);
  assert_int_equal(item_of(">2\r\n").elements, 2);
  assert_int_equal(item_of("#t\r\n").integer, 1);
  assert_int_equal(item_of("#f\r\n").integer, 0);
  assert_memory_equal(item_of(",1.5\r\n").str, "1.5", 3);
  assert_memory_equal(item_of("(123\r\n").str, "123", 3);
  assert_memory_equal(item_of("!5\r\nERR x\r\n").str, "ERR x", 5);
  item = item_of("=7\r\ntxt:abc\r\n");
  assert_int_equal(item.len, 3);
  assert_memory_equal(item.str, "abc", 3);
}

/* Feed `text` in two pieces cut everywhere, and byte by byte: the end is found and no byte is read
 * that is not there (each piece is a block of its own size, so a sanitizer sees it). */
static void complete_at(const char *text, size_t len, size_t want, size_t items) {
  for (size_t cut = 0; cut <= len; cut++) {
    struct hr_resp_scan scan;
    const char *why = NULL;
    hr_resp_scan_reset(&scan);
    char *part = malloc(cut + 1);
    assert_non_null(part);
    memmove(part, text, cut);
    ptrdiff_t got = hr_resp_scan(&scan, part, part + cut, &why);
    if (cut < want) {
      assert_int_equal(got, 0);
      assert_true(scan.need > cut);
      assert_true(scan.need <= want);
      char *whole = malloc(len);
      assert_non_null(whole);
      memcpy(whole, text, len);
      got = hr_resp_scan(&scan, whole, whole + len, &why);
      free(whole);
    }
    free(part);
    assert_int_equal(got, want);
    assert_int_equal(scan.items, items);
  }
  struct hr_resp_scan scan;
  hr_resp_scan_reset(&scan);
  for (size_t have = 0; have <= want; have++) {
    const char *why = NULL;
    assert_int_equal(hr_resp_scan(&scan, text, text + have, &why), have < want ? 0 : want);
  }
}

static void replies_may_be_cut_anywhere(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t items;
  } table[] = {
      {"+OK\r\n", 1},
      {"-ERR something went wrong\r\n", 1},
      {":-12345\r\n", 1},
      {"$-1\r\n", 1},
      {"$0\r\n\r\n", 1},
      {"$11\r\nhello\r\nfoo\n\r\n", 1},
      {"*0\r\n", 1},
      {"*-1\r\n", 1},
      {"*3\r\n$1\r\na\r\n:7\r\n$-1\r\n", 4},
      {"*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n*1\r\n-x\r\n", 7},
      {"%1\r\n+k\r\n~2\r\n:1\r\n#t\r\n", 5},
      {"|1\r\n+ttl\r\n:3\r\n$2\r\nhi\r\n", 4},
      {"*2\r\n|1\r\n+a\r\n*2\r\n:1\r\n:2\r\n:5\r\n_\r\n", 8},
      {"|0\r\n|1\r\n+a\r\n+b\r\n+OK\r\n", 5},
      {">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n", 4},
      {"=7\r\ntxt:abc\r\n", 1},
      {"*1\r\n,3.14\r\n", 2},
  };
  for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
    char text[256];
    size_t want = strlen(table[i].text);
    complete_at(table[i].text, want, want, table[i].items);
    size_t len = (size_t)snprintf(text, sizeof(text), "%s+next\r\n$-", table[i].text);
    complete_at(text, len, want, table[i].items); /* and no further than its end */
  }
}

static void malformed(const char *text, const char *want) {
  for (size_t cut = 0; cut <= strlen(text); cut++) {
    struct hr_resp_scan scan;
    const char *why = NULL;
    hr_resp_scan_reset(&scan);
    ptrdiff_t got = hr_resp_scan(&scan, text, text + cut, &why);
    if (got < 0) {
      assert_non_null(strstr(why, want));
      return;
    }
    assert_int_equal(got, 0);
  }
  fail_msg("accepted: %s", text);
}

static void malformed_replies_have_a_cause(void **state) {
  (void)state;
  malformed("HTTP/1.1 400 Bad Request\r\n", "no type of RESP");
  malformed("\r\n", "no type of RESP");
  malformed("$-2\r\n", "negative length");
  malformed("$536870913\r\n", "longer than 512 MB");
  malformed("$99999999999999999999999\r\n", "too many digits");
  malformed("$000000000000000000000000000", "too many digits");
  malformed("$\r\n\r\n", "none");
  malformed("$x\r\n", "none");
  malformed("$3x\r\n", "none");
  malformed("$3\rxabc\r\n", "CR without its LF");
  malformed("$3\r\nabcd\r\n", "does not end");
  malformed("$3\r\nabc\r.", "does not end");
  malformed(":\r\n", "none");
  malformed(":9223372036854775808\r\n", "64 bits");
  malformed(":-9223372036854775809\r\n", "64 bits");
  malformed(":1 \r\n", "none");
  malformed("+a\rb\r\n", "CR without its LF");
  malformed("*-2\r\n", "negative");
  malformed("*2147483648\r\n", "absurd");
  malformed("%1073741824\r\n", "absurd");
  malformed("%-1\r\n", "negative");
  malformed("*1\r\nx", "no type of RESP");
  malformed("#x\r\n", "none");
  malformed("_x\r\n", "none");
  malformed("=3\r\nabc\r\n", "format");
  malformed("=5\r\nabcde\r\n", "format");
}

static void depth_is_bounded(void **state) {
  (void)state;
  char text[(HR_RESP_DEPTH_MAX + 1) * 4 + 8] = "";
  for (int i = 0; i < HR_RESP_DEPTH_MAX; i++) {
    strcat(text, "*1\r\n");
  }
  char deepest[sizeof(text) + 8];
  size_t len = (size_t)snprintf(deepest, sizeof(deepest), "%s:1\r\n", text);
  complete_at(deepest, len, len, HR_RESP_DEPTH_MAX + 1);
  strcat(text, "*1\r\n");
  malformed(text, "nested too deeply");
}

static void what_is_announced_is_what_is_needed(void **state) {
  (void)state;
  struct hr_resp_scan scan;
  const char *why = NULL;
  const char *text = "$536870912\r\nabc";
  hr_resp_scan_reset(&scan);
  assert_int_equal(hr_resp_scan(&scan, text, text + strlen(text), &why), 0);
  assert_int_equal(scan.need, 12 + 536870912 + 2);
  text = "*2147483647\r\n:1\r\n";
  hr_resp_scan_reset(&scan);
  assert_int_equal(hr_resp_scan(&scan, text, text + strlen(text), &why), 0);
  assert_int_equal(scan.items, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commands_are_encoded),
      cmocka_unit_test(arguments_of_every_length_are_encoded),
      cmocka_unit_test(a_command_beyond_4_gib_is_refused),
      cmocka_unit_test(numbers_are_written),
      cmocka_unit_test(each_type_is_read),
      cmocka_unit_test(replies_may_be_cut_anywhere),
      cmocka_unit_test(malformed_replies_have_a_cause),
      cmocka_unit_test(depth_is_bounded),
      cmocka_unit_test(what_is_announced_is_what_is_needed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
