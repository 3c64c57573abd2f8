/*
 * The option `nodes`: what it may be, what it becomes, and what is said when it is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/alloc.h"

static struct hr_addresses parsed;

static const struct hr_address *parse(const char *text) {
  char why[256];
  if (hr_addresses_parse(text, &parsed, why, sizeof why) != HR_ADDRESS_OK) {
    fail_msg("%s", why);
  }
  assert_string_equal(why, "");
  return parsed.list;
}

/* Refused, and the text is a sentence with all of these words. */
static void refuse(const char *text, const char *element, const char *cause) {
  char why[256] = "?", expected[256];
  assert_int_equal(hr_addresses_parse(text, &parsed, why, sizeof why), HR_ADDRESS_MALFORMED);
  snprintf(expected, sizeof expected, "option nodes: \"%s\": ", element);
  if (strncmp(why, expected, strlen(expected)) != 0 || strstr(why, cause) == NULL) {
    fail_msg("%s -> %s", text, why);
  }
  assert_int_equal(parsed.count, 0);
  assert_null(parsed.list);
}

static void the_example_of_the_manual(void **state) {
  (void)state;
  const struct hr_address *a = parse("10.0.0.1:6379,[::1]:6380,unix:/run/redis.sock");
  assert_int_equal(parsed.count, 3);
  assert_int_equal(parsed.db, -1);
  assert_string_equal(a[0].name, "10.0.0.1:6379");
  assert_string_equal(a[0].host, "10.0.0.1");
  assert_int_equal(a[0].port, 6379);
  assert_string_equal(a[0].announce_host, "10.0.0.1");
  assert_int_equal(a[0].announce_port, 6379);
  assert_null(a[0].unix_path);
  assert_null(a[0].username);
  assert_null(a[0].password);
  assert_string_equal(a[1].name, "[::1]:6380");
  assert_string_equal(a[1].host, "::1");
  assert_int_equal(a[1].port, 6380);
  assert_string_equal(a[1].announce_host, "::1");
  assert_string_equal(a[2].name, "unix:/run/redis.sock");
  assert_null(a[2].host);
  assert_string_equal(a[2].unix_path, "/run/redis.sock");
  assert_null(a[2].announce_host);
  assert_int_equal(a[2].announce_port, 0);
  hr_addresses_free(&parsed);
}

static void defaults_blanks_and_case(void **state) {
  (void)state;
  const struct hr_address *a = parse(
      " \tRedis-1.Example.COM ,\n [FE80::A%eth0] ,unix_host:7000, "
      "a@B:1\r\n");
  assert_int_equal(parsed.count, 4);
  assert_string_equal(a[0].name, "redis-1.example.com:6379");
  assert_string_equal(a[0].host, "redis-1.example.com");
  assert_string_equal(a[1].name, "[fe80::a%eth0]:6379");
  assert_string_equal(a[2].name, "unix_host:7000");
  assert_string_equal(a[3].name, "b:1");
  assert_string_equal(a[3].host, "a");
  assert_int_equal(a[3].port, 6379);
  hr_addresses_free(&parsed);
  a = parse("unix,unix:1"); /* a host may be called so */
  assert_string_equal(a[0].name, "unix:6379");
  assert_string_equal(a[1].name, "unix:1");
  hr_addresses_free(&parsed);
}

static void announced_addresses(void **state) {
  (void)state;
  const struct hr_address *a =
      parse("127.0.0.1:7001@10.0.0.1:6379,[::1]:1@[fd00::2]:6380,unix:/run/a@b.sock@10.0.0.3:6381");
  assert_string_equal(a[0].name, "10.0.0.1:6379");
  assert_string_equal(a[0].host, "127.0.0.1");
  assert_int_equal(a[0].port, 7001);
  assert_string_equal(a[0].announce_host, "10.0.0.1");
  assert_int_equal(a[0].announce_port, 6379);
  assert_string_equal(a[1].name, "[fd00::2]:6380");
  assert_string_equal(a[1].announce_host, "fd00::2");
  assert_string_equal(a[2].name, "10.0.0.3:6381");
  assert_string_equal(a[2].unix_path, "/run/a@b.sock");
  assert_int_equal(a[2].port, 0);
  assert_int_equal(a[2].announce_port, 6381);
  hr_addresses_free(&parsed);
}

static void uris(void **state) {
  (void)state;
  const struct hr_address *a = parse(
      "redis://u%3as%20er:p%40ss%2c%25@10.0.0.1:6380/3,"
      "REDIS://:secret@[::1]/,redis://c/3,"
      "redis://user:@[fe80::1%25eth0]:9,redis://:@e,unix://///f");
  assert_int_equal(parsed.count, 6);
  assert_int_equal(parsed.db, 3);
  assert_string_equal(a[0].username, "u:s er");
  assert_string_equal(a[0].password, "p@ss,%");
  assert_string_equal(a[0].name, "10.0.0.1:6380");
  assert_null(a[1].username);
  assert_string_equal(a[1].password, "secret");
  assert_string_equal(a[1].name, "[::1]:6379");
  assert_null(a[2].username);
  assert_null(a[2].password);
  assert_string_equal(a[3].username, "user");
  assert_string_equal(a[3].password, "");
  assert_string_equal(a[3].host, "fe80::1%eth0");
  assert_null(a[4].username);
  assert_null(a[4].password);
  assert_string_equal(a[5].name, "unix:/f");
  hr_addresses_free(&parsed);
}

static void a_password_with_an_at_sign(void **state) {
  (void)state;
  const struct hr_address *a = parse("redis://u:p@ss@h:1/0");
  assert_string_equal(a[0].password, "p@ss");
  assert_string_equal(a[0].host, "h");
  assert_int_equal(parsed.db, 0);
  hr_addresses_free(&parsed);
}

static void empty_lists_and_elements(void **state) {
  (void)state;
  refuse("", "", "the list is empty");
  refuse(NULL, "", "the list is empty");
  refuse(" \t\n", " ??", "the list is empty");
  refuse(",", "", "element 1 of the list is empty");
  refuse("a:1,,b:2", "", "element 2 of the list is empty");
  refuse("a:1, ,b:2", "", "element 2 of the list is empty");
  refuse("a:1,b:2,", "", "element 3 of the list is empty");
}

static void bad_ports(void **state) {
  (void)state;
  const char *cause = "the port must be from 1 to 65535";
  refuse("a:0", "a:0", cause);
  refuse("a:65536", "a:65536", cause);
  refuse("a:18446744073709551615", "a:18446744073709551615", cause);
  cause = "the port is not a number";
  refuse("a:x", "a:x", cause);
  refuse("a:-1", "a:-1", cause);
  refuse("a:+1", "a:+1", cause);
  refuse("a:0x10", "a:0x10", cause);
  refuse("a: 1", "a: 1", cause);
  refuse("a:99999999999999999999999999", "a:99999999999999999999999999", cause);
  refuse("[::1]:x", "[::1]:x", cause);
  refuse("redis://h:x/0", "redis://h:x/0", cause);
  refuse("a:1@b:x", "a:1@b:x", cause);
  refuse("a:", "a:", "the port is missing after ':'");
  refuse("[::1]:", "[::1]:", "the port is missing after ':'");
}

static void bad_hosts(void **state) {
  (void)state;
  refuse(":6379", ":6379", "the host is missing");
  refuse("redis://", "redis://", "the host is missing");
  refuse("redis://:p@:1", "redis://***@:1", "the host is missing");
  refuse("@b:1", "@b:1", "the host is missing");
  refuse("::1:6379", "::1:6379", "written in brackets");
  refuse("a:1:2", "a:1:2", "written in brackets");
  refuse("[::1", "[::1", "the bracket '[' is not closed");
  refuse("redis://[::1/0", "redis://[::1/0", "the bracket '[' is not closed");
  refuse("[::1]x", "[::1]x", "only ':' and a port may follow ']'");
  refuse("[]:1", "[]:1", "is not an IPv6 address");
  refuse("[10.0.0.1]:1", "[10.0.0.1]:1", "is not an IPv6 address");
  refuse("[::1 ]:1", "[::1 ]:1", "is not an IPv6 address");
  refuse("a b:1", "a b:1", "holds a character that no host name has");
  refuse("h\xc3\xb6st:1", "h??st:1", "holds a character that no host name has");
  refuse("a/b", "a/b", "holds a character that no host name has");
  refuse("redis://a%00b", "redis://a%00b", "malformed '%'");
  refuse("redis://a%4", "redis://a%4", "malformed '%'");
  char text[400], shown[80];
  memset(text, 'h', 300);
  text[300] = '\0';
  snprintf(shown, sizeof shown, "%.64s...", text);
  refuse(text, shown, "longer than 255");
  text[200] = '\0';
  refuse(text, shown, "at most 127 characters");
  snprintf(text + 200, sizeof text - 200, ":1@short:1"); /* the long one is only dialled */
  assert_string_equal(parse(text)[0].name, "short:1");
  hr_addresses_free(&parsed);
}

static void one_transport_for_all(void **state) {
  (void)state;
  const struct hr_address *a = parse("RedisS://u:p@h:1/3,rediss://[::1]:2,rediss://c");
  assert_int_equal(parsed.count, 3);
  assert_int_equal(parsed.tls_uris, 3);
  assert_int_equal(parsed.plain_uris, 0);
  assert_int_equal(parsed.db, 3);
  assert_string_equal(a[0].name, "h:1");
  assert_string_equal(a[0].username, "u");
  assert_string_equal(a[0].password, "p");
  assert_string_equal(a[2].name, "c:6379");
  hr_addresses_free(&parsed);
  parse("redis://a,b:1,unix:/c");
  assert_int_equal(parsed.tls_uris, 0);
  assert_int_equal(parsed.plain_uris, 1);
  hr_addresses_free(&parsed);
  refuse("rediss://a,redis://b", "redis://b", "all nodes use TLS (rediss://) or none does");
  refuse("redis://a,rediss://b", "rediss://b", "all nodes use TLS (rediss://) or none does");
  refuse("rediss://a,b:1", "b:1", "all nodes use TLS (rediss://) or none does");
  refuse("a:1,rediss://b", "rediss://b", "all nodes use TLS (rediss://) or none does");
  refuse("rediss://a,unix:/b", "unix:/b", "all nodes use TLS (rediss://) or none does");
}

static void bad_schemes_and_uris(void **state) {
  (void)state;
  refuse("http://h:1", "http://h:1", "unknown scheme");
  refuse("redisss://h:1", "redisss://h:1", "unknown scheme");
  refuse("rediss://word@h", "rediss://***@h", "write user:password@ or :password@");
  refuse("redis://word@h", "redis://***@h", "write user:password@ or :password@");
  refuse("redis://u:p%zz@h", "redis://***@h", "two hexadecimal digits");
  refuse("redis://u:p%0@h", "redis://***@h", "two hexadecimal digits");
  refuse("redis://u%:p@h", "redis://***@h", "two hexadecimal digits");
  refuse("redis://u:p%00@h", "redis://***@h", "hexadecimal digits");
  refuse("redis://h/x", "redis://h/x", "the database after '/' must be a number");
  refuse("redis://h/-1", "redis://h/-1", "the database after '/' must be a number");
  refuse("redis://h/1/2", "redis://h/1/2", "the database after '/' must be a number");
  refuse("redis://h/99999999999", "redis://h/99999999999", "the database after '/' must be");
  refuse("redis://h/0?a=b", "redis://h/0?a=b", "'?' and '#' have no meaning");
  refuse("redis://h?a=b", "redis://h?a=b", "'?' and '#' have no meaning");
  refuse("redis://h#x", "redis://h#x", "'?' and '#' have no meaning");
  refuse("redis://a/1,redis://b/2", "redis://b/2",
         "it names database 2, an earlier node database 1");
}

static void bad_unix_paths(void **state) {
  (void)state;
  refuse("unix:", "unix:", "must be followed by an absolute path");
  refuse("unix:/", "unix:/", "must be followed by an absolute path");
  refuse("unix:///", "unix:///", "must be followed by an absolute path");
  refuse("unix:relative", "unix:relative", "must be followed by an absolute path");
  refuse("unix:@a:1", "unix:@a:1", "must be followed by an absolute path");
  refuse("unix:/run/a@b.sock", "unix:/run/a@b.sock", "needs a port");
  refuse("unix:/a\x01", "unix:/a?", "not printable ASCII");
  char text[200] = "unix:/";
  memset(text + 6, 'p', 106);
  assert_int_equal(strlen(parse(text)[0].unix_path), 107);
  hr_addresses_free(&parsed);
  text[6 + 106] = 'p';
  char shown[80];
  snprintf(shown, sizeof shown, "%.64s...", text);
  refuse(text, shown, "longer than 107 bytes");
}

static void bad_announcements(void **state) {
  (void)state;
  refuse("a:1@b", "a:1@b", "needs a port");
  refuse("a:1@", "a:1@", "the host is missing");
  refuse("a:1@:2", "a:1@:2", "the host is missing");
  refuse("a:1@b:2@c:3", "a:1@b:2@c:3", "written in brackets");
}

static void duplicates(void **state) {
  (void)state;
  refuse("a:1,b:1,A:1", "A:1", "in the list twice (see element 1)");
  refuse("a,redis://u:p@a:6379", "redis://***@a:6379", "twice (see element 1)");
  refuse("a:1@x:1,a:1@y:1", "a:1@y:1", "twice (see element 1)");
  refuse("a:1@x:1,b:1@x:1", "b:1@x:1", "twice (see element 1)");
  refuse("a:1,b:1@a:1", "b:1@a:1", "twice (see element 1)");
  refuse("unix:/a@x:1,unix:/a@y:1", "unix:/a@y:1", "twice (see element 1)");
  refuse("unix:/a,unix:///a", "unix:///a", "twice (see element 1)");
  parse("a:1,a:2,b:1,unix:/a,unix:/b");
  assert_int_equal(parsed.count, 5);
  hr_addresses_free(&parsed);
}

static void too_many(void **state) {
  (void)state;
  char text[1024] = "", shown[80];
  for (int i = 0; i < HR_NODES_MAX; i++) {
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%sh%d", i > 0 ? "," : "", i);
  }
  parse(text);
  assert_int_equal(parsed.count, HR_NODES_MAX);
  hr_addresses_free(&parsed);
  strcat(text, ",more");
  snprintf(shown, sizeof shown, "%.64s...", text);
  refuse(text, shown, "33 nodes, at most 32 are possible");
}

static void secrets_are_never_shown(void **state) {
  (void)state;
  char why[256];
  static const char *const wrong[] = {"redis://u:s3cret@h:0", "redis://:s3cret@h:x",
                                      "rediss://u:s3cret@h:", "redis://u:s3c/s3cret@h",
                                      "x://u:s3cret@h",       "a:1,redis://s3cret@h",
                                      "a:1,rediss://u:s3cret@h"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(hr_addresses_parse(wrong[i], &parsed, why, sizeof why), HR_ADDRESS_MALFORMED);
    assert_null(strstr(why, "s3cret"));
    assert_null(strstr(why, "s3c"));
  }
}

static void the_reason_is_bounded(void **state) {
  (void)state;
  char why[8];
  memset(why, 'x', sizeof why);
  assert_int_equal(hr_addresses_parse("a:0", &parsed, why, 5), HR_ADDRESS_MALFORMED);
  assert_string_equal(why, "opti");
  assert_int_equal(why[5], 'x');
  assert_int_equal(hr_addresses_parse("a:0", &parsed, NULL, 0), HR_ADDRESS_MALFORMED);
}

/* Any bytes: an answer, and with a refusal a terminated reason. ASan watches the rest. */
static void any_bytes(void **state) {
  (void)state;
  static const char alphabet[] = "ab19:@/[],.%2 ?#\x80unixredis";
  uint32_t seed = 1;
  for (int round = 0; round < 20000; round++) {
    char text[48], why[64];
    size_t len = 0;
    if (round % 3 == 0) {
      len = (size_t)snprintf(text, sizeof text, "redis://");
    }
    for (; len < 40; len++) {
      seed = seed * 1664525 + 1013904223;
      text[len] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
      if ((seed >> 8) % 16 == 0) {
        break;
      }
    }
    text[len] = '\0';
    why[0] = '?';
    if (hr_addresses_parse(text, &parsed, why, sizeof why) == HR_ADDRESS_OK) {
      for (size_t i = 0; i < parsed.count; i++) {
        assert_true(parsed.list[i].name[0] != '\0');
      }
      hr_addresses_free(&parsed);
    } else {
      assert_true(strncmp(why, "option nodes: ", 14) == 0);
    }
  }
}

static int fail_the_nth(void *state, size_t size) {
  (void)size;
  int *left = state;
  return (*left)-- != 0;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const char *text = "redis://u:p@a:1/2,unix:/p@q:2,b:1@c:2,[::1]";
  char why[256];
  for (int n = 0;; n++) {
    int left = n;
    hr_alloc_set_hook(fail_the_nth, &left);
    enum hr_address_result result = hr_addresses_parse(text, &parsed, why, sizeof why);
    hr_alloc_set_hook(NULL, NULL);
    if (result == HR_ADDRESS_OK) {
      assert_true(n > 10);
      hr_addresses_free(&parsed);
      break;
    }
    assert_int_equal(result, HR_ADDRESS_NO_MEMORY);
    assert_non_null(strstr(why, "out of memory"));
    assert_int_equal(parsed.count, 0);
  }
}

static void names(void **state) {
  (void)state;
  char name[HR_NAME_MAX], host[200];
  assert_true(hr_address_name("10.0.0.1", 1, name));
  assert_string_equal(name, "10.0.0.1:1");
  assert_true(hr_address_name("::1", 65535, name));
  assert_string_equal(name, "[::1]:65535");
  memset(host, 'h', sizeof host);
  host[125] = '\0';
  assert_true(hr_address_name(host, 1, name));
  assert_int_equal(strlen(name), HR_NAME_MAX - 1);
  host[125] = 'h';
  host[126] = '\0';
  assert_false(hr_address_name(host, 1, name));
  assert_string_equal(name, "");
}

static void lists_are_sorted_and_hashed(void **state) {
  (void)state;
  char one[HR_NODE_LIST_MAX], two[HR_NODE_LIST_MAX];
  const char *const names[] = {"b:1", "a:2", "[::1]:6379", "a:1"};
  const char *const others[] = {"a:1", "b:1", "[::1]:6379", "a:2"};
  size_t len = hr_node_list_join(names, 4, one);
  assert_string_equal(one, "[::1]:6379,a:1,a:2,b:1");
  assert_int_equal(len, strlen(one));
  assert_int_equal(hr_node_list_join(others, 4, two), len);
  assert_string_equal(one, two);
  assert_true(hr_node_list_hash(one, len) == hr_node_list_hash(two, len));
  assert_true(hr_node_list_hash(one, len) != hr_node_list_hash(one, len - 4));
  assert_int_equal(hr_node_list_join(names, 1, one), 3);
  assert_string_equal(one, "b:1");
  assert_int_equal(hr_node_list_join(names, 0, one), 0);
  assert_string_equal(one, "");
  assert_true(hr_node_list_hash("", 0) != 0);
}

static void the_longest_list_fits(void **state) {
  (void)state;
  static char texts[HR_NODES_MAX][HR_NAME_MAX], out[HR_NODE_LIST_MAX];
  const char *list[HR_NODES_MAX];
  for (size_t i = 0; i < HR_NODES_MAX; i++) {
    memset(texts[i], 'n', HR_NAME_MAX - 1);
    texts[i][0] = (char)('A' + (int)(HR_NODES_MAX - 1 - i));
    list[i] = texts[i];
  }
  assert_int_equal(hr_node_list_join(list, HR_NODES_MAX, out), HR_NODE_LIST_MAX - 1);
  assert_int_equal(strlen(out), HR_NODE_LIST_MAX - 1);
  for (size_t i = 0; i < HR_NODES_MAX; i++) {
    assert_int_equal(out[i * HR_NAME_MAX], 'A' + (int)i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_example_of_the_manual),
      cmocka_unit_test(defaults_blanks_and_case),
      cmocka_unit_test(announced_addresses),
      cmocka_unit_test(uris),
      cmocka_unit_test(a_password_with_an_at_sign),
      cmocka_unit_test(empty_lists_and_elements),
      cmocka_unit_test(bad_ports),
      cmocka_unit_test(bad_hosts),
      cmocka_unit_test(one_transport_for_all),
      cmocka_unit_test(bad_schemes_and_uris),
      cmocka_unit_test(bad_unix_paths),
      cmocka_unit_test(bad_announcements),
      cmocka_unit_test(duplicates),
      cmocka_unit_test(too_many),
      cmocka_unit_test(secrets_are_never_shown),
      cmocka_unit_test(the_reason_is_bounded),
      cmocka_unit_test(any_bytes),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(names),
      cmocka_unit_test(lists_are_sorted_and_hashed),
      cmocka_unit_test(the_longest_list_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
