/*
 * Which commands any copy of the data can answer, and which are one server's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants those */
#include <cmocka.h>

#include "proto/command.h"

static struct hr_command_table *table;

static int setup(void **state) {
  (void)state;
  table = hr_command_table_new();
  return table != NULL ? 0 : -1;
}

static int teardown(void **state) {
  (void)state;
  hr_command_table_free(table);
  return 0;
}

static bool copy_can(const char *line) {
  char words[8][40];
  const char *argv[8];
  int argc = 0;
  while (*line != '\0' && argc < 8) {
    size_t len = strcspn(line, " ");
    snprintf(words[argc], sizeof(words[argc]), "%.*s", (int)len, line);
    argv[argc] = words[argc];
    argc++;
    line += len + (line[len] == ' ');
  }
  uint32_t flags = hr_command_flags(table, argc, argv, NULL);
  if ((flags & HR_COMMAND_DATA) != 0) {
    assert_true((flags & HR_COMMAND_READ) != 0 && (flags & HR_COMMAND_WRITE) == 0);
  }
  return (flags & HR_COMMAND_DATA) != 0;
}

static void reads_of_keys(void **state) {
  static const char *const yes[] = {
      "GET k", "mget a b", "HGETALL h", "ZRANGEBYSCORE z 1 2", "EXISTS k", "TTL k", "DBSIZE",
      "KEYS *", "RANDOMKEY", "SORT_RO k", "ZUNION 2 a b", "EVAL_RO return 0", "FCALL_RO f 1 k",
      "XREAD STREAMS s 0", "OBJECT ENCODING k", "MEMORY USAGE k", "GEOSEARCH g"};
  (void)state;
  for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
    if (!copy_can(yes[i])) {
      fail_msg("%s could be read from a copy", yes[i]);
    }
  }
}

static void what_belongs_to_one_server(void **state) {
  static const char *const no[] = {
      "SET k v", "SORT k", "GETEX k", "EVAL s 0", "EVALSHA s 0", "EVALSHA_RO s 0", /* its scripts */
      "SCAN 0", "HSCAN h 0", "SSCAN s 0", "ZSCAN z 0",                  /* its cursors */
      "INFO", "PING", "TIME", "CONFIG GET x", "SLOWLOG GET", "LASTSAVE", /* its state */
      "PUBLISH c m", "GEORADIUS k", "NOSUCHTHING k"};
  (void)state;
  for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
    if (copy_can(no[i])) {
      fail_msg("%s is one server's", no[i]);
    }
  }
}

static bool tell(const char *name, uint32_t flags, int64_t first) {
  struct hr_command_line line = {name, strlen(name), -2, flags, first, first, first != 0};
  return hr_command_table_add(table, &line);
}

static void what_a_server_tells(void **state) {
  (void)state;
  assert_true(tell("json.get", HR_COMMAND_READ, 1));
  assert_true(tell("ft.search", HR_COMMAND_READ, 0));
  assert_true(tell("bf.scandump", HR_COMMAND_READ, 1));
  assert_true(tell("x.cursor", HR_COMMAND_READ, 1));
  assert_true(tell("json.set", HR_COMMAND_WRITE, 1));
  assert_true(copy_can("JSON.GET k"));
  assert_false(copy_can("FT.SEARCH i q"));
  assert_false(copy_can("BF.SCANDUMP k 0"));
  assert_false(copy_can("X.CURSOR k"));
  assert_false(copy_can("JSON.SET k v"));
  assert_true(tell("get", HR_COMMAND_WRITE, 1)); /* a server that knows better */
  assert_false(copy_can("GET k"));
  assert_true(tell("get", HR_COMMAND_READ, 1));
  assert_true(copy_can("GET k"));
  assert_true(tell("hscan", HR_COMMAND_READ, 1));
  assert_false(copy_can("HSCAN h 0"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(reads_of_keys, setup, teardown),
      cmocka_unit_test_setup_teardown(what_belongs_to_one_server, setup, teardown),
      cmocka_unit_test_setup_teardown(what_a_server_tells, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
