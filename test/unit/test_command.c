/*
 * What commands do: known by heart, told by servers, and told by servers that talk nonsense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "proto/command.h"
#include "proto/command_internal.h"

#define R HR_COMMAND_READ
#define W HR_COMMAND_WRITE
#define WORDS_MAX 40

static struct hr_command_table *table;

static int setup(void **state) {
  (void)state;
  table = hr_command_table_new();
  return table == NULL;
}

static int teardown(void **state) {
  (void)state;
  hr_command_table_free(table);
  return 0;
}

/* A command line cut at blanks; '' is an empty word. Not terminated words, so that a byte too far
 * is the blank and not a NUL. */
struct line {
  int count;
  const char *at[WORDS_MAX];
  size_t lens[WORDS_MAX];
};

static struct line cut(const char *text) {
  struct line line = {0, {NULL}, {0}};
  while (*text != '\0') {
    size_t len = strcspn(text, " ");
    bool empty = len == 2 && memcmp(text, "''", 2) == 0;
    assert_true(line.count < WORDS_MAX);
    line.at[line.count] = text;
    line.lens[line.count++] = empty ? 0 : len;
    text += len + (text[len] == ' ');
  }
  return line;
}

static uint32_t flags_of(const char *text) {
  struct line line = cut(text);
  return hr_command_flags(table, line.count, line.at, line.lens);
}

/* The flags; MOVABLE and DATA left out: those are about keys and copies. */
static void is(const char *text, uint32_t expected) {
  uint32_t flags = flags_of(text) & ~(HR_COMMAND_MOVABLE | HR_COMMAND_DATA);
  if (flags != expected) {
    fail_msg("%s: %#x instead of %#x", text, flags, expected);
  }
}

/* The places of its keys, "1 3 5"; "?" when they cannot be told. */
static void keys_are(const char *text, const char *expected) {
  struct line line = cut(text);
  int places[WORDS_MAX];
  char found[200] = "";
  int count = hr_command_keys(table, line.count, line.at, line.lens, places, WORDS_MAX);
  for (int i = 0; i < count; i++) {
    size_t len = strlen(found);
    snprintf(found + len, sizeof found - len, "%s%d", i > 0 ? " " : "", places[i]);
  }
  if (strcmp(count < 0 ? "?" : found, expected) != 0) {
    fail_msg("%s: keys at \"%s\" (%d) instead of \"%s\"", text, found, count, expected);
  }
}

static bool tell(const char *name, int64_t arity, uint32_t flags, int64_t first, int64_t last,
                 int64_t step) {
  struct hr_command_line line = {name, strlen(name), arity, flags, first, last, step};
  return hr_command_table_add(table, &line);
}

static void reads_and_writes(void **state) {
  (void)state;
  is("GET k", R);
  is("get k", R);
  is("gEt k", R);
  is("SET k v", W);
  is("INCRBY k 2", W);
  is("MGET a b", R);
  is("GEORADIUSBYMEMBER_RO k m 1 km", R);
  is("GEORADIUSBYMEMBER k m 1 km", W);
  is("ZRANGEBYSCORE k 1 2", R);
  is("ZREVRANGEBYSCORE k 1 2", R);
  is("EVAL x 0", W | HR_COMMAND_SCRIPT);
  is("evalsha x 0", W | HR_COMMAND_SCRIPT);
  is("FCALL f 0", W | HR_COMMAND_SCRIPT);
  is("EVAL_RO x 0", R);
  is("PUBLISH c m", W | HR_COMMAND_PUBLISH);
  is("SPUBLISH c m", W | HR_COMMAND_PUBLISH);
  is("PING", R);
  is("INFO", R);
  is("TIME", R);
  is("SORT k", W);
  is("SORT_RO k", R);
  is("SHUTDOWN", W);
}

static void unknown_is_a_write(void **state) {
  (void)state;
  is("NOSUCH k", W);
  is("''", W);
  is("G", W);
  is("GETX", W);
  is("GE", W);
  is("SETGET k", W);
  is("JSON.GET k", W);
  is("a_name_of_thirty_two_letters_xxx k", W);
  is("a_name_that_is_much_longer_than_any_command_of_any_server k", W);
  is("\xff\xfe\xfd", W);
  is("\xc7\xc5\xd4 k", W); /* GET with high bits */
  is("@ET k", W);
}

/* A length that does not end at a NUL, and a NUL inside. */
static void names_have_lengths(void **state) {
  (void)state;
  const char *words[] = {"GETRANGE", "k"};
  size_t lens[] = {3, 1};
  assert_int_equal(hr_command_flags(table, 2, words, lens) & ~HR_COMMAND_DATA, R);
  words[0] = "get\0";
  lens[0] = 4;
  assert_int_equal(hr_command_flags(table, 2, words, lens), W);
  words[0] = "zrangebyscore\0";
  lens[0] = 14;
  assert_int_equal(hr_command_flags(table, 2, words, lens), W);
  words[0] = "GET"; /* C strings */
  assert_int_equal(hr_command_flags(table, 2, words, NULL), R | HR_COMMAND_DATA);
}

static void what_cannot_share_a_link(void **state) {
  (void)state;
  static const char *const link[] = {"MULTI",
                                     "EXEC",
                                     "DISCARD",
                                     "WATCH k",
                                     "UNWATCH",
                                     "SELECT 1",
                                     "AUTH p",
                                     "HELLO 3",
                                     "QUIT",
                                     "RESET",
                                     "MONITOR",
                                     "SYNC",
                                     "PSYNC ? -1",
                                     "REPLCONF x y",
                                     "READONLY",
                                     "READWRITE",
                                     "ASKING",
                                     "CLIENT REPLY OFF",
                                     "client tracking on",
                                     "CLIENT NO-EVICT on",
                                     "CLIENT NO-TOUCH on",
                                     "CLIENT CACHING yes",
                                     "CLIENT SETNAME x",
                                     "CLIENT SETINFO lib-name x",
                                     "SCRIPT DEBUG yes",
                                     "REPLICAOF NO ONE",
                                     "SLAVEOF h 1",
                                     "FAILOVER TO h 1",
                                     "CLIENT",
                                     "CLIENT CAPA redirect",
                                     "CLIENT FUTURE",
                                     "CLIENT ''"};
  for (size_t i = 0; i < sizeof link / sizeof link[0]; i++) {
    is(link[i], W | HR_COMMAND_LINK);
  }
  static const char *const subscribes[] = {"SUBSCRIBE c", "PSUBSCRIBE p", "SSUBSCRIBE c",
                                           "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"};
  for (size_t i = 0; i < sizeof subscribes / sizeof subscribes[0]; i++) {
    is(subscribes[i], W | HR_COMMAND_SUBSCRIBES);
  }
  static const char *const blocks[] = {
      "BLPOP k 0",         "BRPOP k 0",    "BRPOPLPUSH a b 0", "BLMOVE a b LEFT LEFT 0",
      "BLMPOP 0 1 k LEFT", "BZPOPMIN k 0", "BZPOPMAX k 0",     "BZMPOP 0 1 k MIN",
      "WAIT 1 0",          "WAITAOF 1 1 0"};
  for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    is(blocks[i], W | HR_COMMAND_BLOCKS);
    assert_true(flags_of(blocks[i]) & HR_COMMAND_UNSHARED);
  }
  assert_false(flags_of("SET k v") & HR_COMMAND_UNSHARED);
  assert_false(flags_of("PUBLISH c m") & HR_COMMAND_UNSHARED);
}

static void subcommands(void **state) {
  (void)state;
  is("CLIENT KILL TYPE normal", W);
  is("CLIENT LIST", R);
  is("CLIENT ID", R);
  is("CLIENT PAUSE 100", W);
  is("CONFIG GET x", R);
  is("config get x", R);
  is("CONFIG SET x y", W);
  is("CONFIG", W);
  is("CONFIG NOSUCH", W);
  is("CONFIG a_word_that_is_longer_than_any_subcommand_could_be", W);
  is("OBJECT ENCODING k", R);
  is("MEMORY USAGE k", R);
  is("MEMORY PURGE", W);
  is("XINFO STREAM k", R);
  is("XGROUP CREATE k g 0", W);
  is("XGROUP HELP", R);
  is("SCRIPT EXISTS x", R);
  is("SCRIPT LOAD x", W);
  is("FUNCTION LIST", R);
  is("FUNCTION LOAD x", W);
  is("ACL WHOAMI", R);
  is("ACL SETUSER x", W);
  is("CLUSTER COUNT-FAILURE-REPORTS x", R);
  is("COMMAND", R);
  is("COMMAND COUNT", R);
  is("GET CONFIG", R); /* a key, not a subcommand */
}

static void block_among_the_arguments(void **state) {
  (void)state;
  const uint32_t blocks = HR_COMMAND_BLOCKS;
  is("XREAD STREAMS s 0", R);
  is("XREAD COUNT 5 STREAMS s 0", R);
  is("XREAD BLOCK 0 STREAMS s $", R | blocks);
  is("xread count 5 block 0 streams s $", R | blocks);
  is("XREAD COUNT BLOCK STREAMS s $", R); /* malformed; the server says so */
  is("XREAD STREAMS BLOCK 0", R);         /* a key called BLOCK */
  is("XREADGROUP GROUP g c STREAMS s >", W);
  is("XREADGROUP GROUP BLOCK BLOCK STREAMS s >", W);
  is("XREADGROUP GROUP g c COUNT 1 NOACK BLOCK 10 STREAMS s >", W | blocks);
  is("XREADGROUP GROUP g c FUTURE BLOCK 10 STREAMS s >", W | blocks);
  is("XREAD BLOCK", R | blocks);
  is("XREAD", R);
}

static void what_takes_our_keys(void **state) {
  (void)state;
  is("FLUSHALL", W | HR_COMMAND_FLUSH);
  is("flushdb ASYNC", W | HR_COMMAND_FLUSH);
  is("SWAPDB 0 1", W | HR_COMMAND_FLUSH);
  is("FUNCTION FLUSH", W);
  is("SCRIPT FLUSH", W);
  is("DEL k", W);
}

static void keys_at_fixed_places(void **state) {
  (void)state;
  keys_are("GET k", "1");
  keys_are("MSET a 1 b 2 c 3", "1 3 5");
  keys_are("DEL a b c", "1 2 3");
  keys_are("BITOP AND d a b", "2 3 4");
  keys_are("BLPOP a b 0", "1 2");
  keys_are("RENAME a b", "1 2");
  keys_are("LCS a b LEN", "1 2");
  keys_are("OBJECT FREQ k", "2");
  keys_are("MEMORY USAGE k", "2");
  keys_are("XINFO STREAM k", "2");
  keys_are("XGROUP CREATE k g 0", "2");
  keys_are("PING", "");
  keys_are("CONFIG GET k", "");
  keys_are("PUBLISH c m", "");
  keys_are("GET", "?");
  keys_are("GET a b", "?");
  keys_are("MSET a", "?");
  keys_are("NOSUCH k", "?");
  keys_are("OBJECT", "?");
}

static void keys_behind_a_number(void **state) {
  (void)state;
  keys_are("EVAL s 0 a", "");
  keys_are("EVAL s 2 a b c", "3 4");
  keys_are("evalsha_ro s 1 a b", "3");
  keys_are("FCALL f 1 a", "3");
  keys_are("ZUNIONSTORE d 2 a b WEIGHTS 1 2", "1 3 4");
  keys_are("ZUNION 2 a b", "2 3");
  keys_are("SINTERCARD 1 a LIMIT 3", "2");
  keys_are("LMPOP 1 a LEFT", "2");
  keys_are("BZMPOP 0 2 a b MIN", "3 4");
  keys_are("EVAL s 3 a b", "?");
  keys_are("EVAL s -1 a", "?");
  keys_are("EVAL s x a", "?");
  keys_are("EVAL s 2147483647 a", "?");
  keys_are("EVAL s 99999999999999999999 a", "?");
  keys_are("EVAL s", "?");
  keys_are("ZUNION '' a", "?");
}

static void keys_behind_a_word(void **state) {
  (void)state;
  keys_are("XREAD STREAMS a 0", "2");
  keys_are("XREAD COUNT 5 BLOCK 1 STREAMS a b 0 0", "6 7");
  keys_are("XREAD STREAMS streams streams 0 0", "2 3");
  keys_are("XREADGROUP GROUP streams c COUNT 1 STREAMS a >", "7");
  keys_are("XREAD STREAMS a b 0", "?");
  keys_are("XREAD COUNT 5 STREAMS", "?");
  keys_are("XREAD a b c d", "?");
  keys_are("SORT k", "1");
  keys_are("SORT k LIMIT 0 5 BY store GET # STORE d", "1 10");
  keys_are("SORT k BY STORE GET STORE", "1");
  keys_are("SORT k STORE a STORE b", "1 5");
  keys_are("SORT k STORE", "?");
  keys_are("GEORADIUS k 1 2 3 km", "1");
  keys_are("GEORADIUS k 1 2 3 km COUNT 5 STORE d", "1 9");
  keys_are("GEORADIUSBYMEMBER k STORE 3 km STOREDIST d", "1 6");
  keys_are("MIGRATE h 1 k 0 100", "3");
  keys_are("MIGRATE h 1 k 0 100 KEYS a", "3");
  keys_are("MIGRATE h 1 '' 0 100 COPY AUTH keys KEYS a b", "10 11");
  keys_are("MIGRATE h 1 '' 0 100 AUTH2 keys keys KEYS a", "10");
  keys_are("MIGRATE h 1 '' 0 100", "?");
  keys_are("MIGRATE h 1 '' 0 100 KEYS", "?");
}

static void keys_are_counted_beyond_the_places(void **state) {
  (void)state;
  struct line line = cut("DEL a b c d");
  int places[2] = {0, 0};
  assert_int_equal(hr_command_keys(table, line.count, line.at, line.lens, places, 2), 4);
  assert_int_equal(places[0], 1);
  assert_int_equal(places[1], 2);
  assert_int_equal(hr_command_keys(table, line.count, line.at, line.lens, NULL, 0), 4);
}

static void words_of_the_server(void **state) {
  (void)state;
  assert_int_equal(hr_command_server_flag("write", 5), W);
  assert_int_equal(hr_command_server_flag("readonly", 8), R);
  assert_int_equal(hr_command_server_flag("blocking", 8), HR_COMMAND_BLOCKS);
  assert_int_equal(hr_command_server_flag("movablekeys", 11), HR_COMMAND_MOVABLE);
  assert_int_equal(hr_command_server_flag("fast", 4), 0);
  assert_int_equal(hr_command_server_flag("writer", 6), 0);
  assert_int_equal(hr_command_server_flag("writer", 5), W);
  assert_int_equal(hr_command_server_flag(NULL, 0), 0);
}

static void the_server_is_believed(void **state) {
  (void)state;
  assert_true(tell("JSON.GET", -2, R, 1, 1, 1));
  is("json.get k", R);
  keys_are("JSON.GET k path", "1");
  assert_true(tell("ts.wait", 2, W | HR_COMMAND_BLOCKS, 1, 1, 1));
  is("TS.WAIT k", W | HR_COMMAND_BLOCKS);
  assert_true(tell("strange", 2, 0, 0, 0, 0)); /* neither: a write */
  is("STRANGE k", W);
  assert_true(tell("moving", -2, R | HR_COMMAND_MOVABLE, 1, 1, 1));
  keys_are("MOVING k", "?");               /* only the server knows how */
  assert_true(tell("get", 3, W, 2, 2, 1)); /* a renamed or patched command */
  is("GET a k", W);
  keys_are("GET a k", "2");
  assert_true(tell("get", 2, R, 1, 1, 1)); /* the next master is a normal one */
  is("GET k", R);
  keys_are("GET k", "1");
}

static void what_no_server_tells_is_kept(void **state) {
  (void)state;
  assert_true(tell("multi", 1, 0, 0, 0, 0));
  is("MULTI", W | HR_COMMAND_LINK);
  assert_true(tell("subscribe", -2, 0, 0, 0, 0));
  is("SUBSCRIBE c", W | HR_COMMAND_SUBSCRIBES);
  assert_true(tell("wait", 3, 0, 0, 0, 0));
  is("WAIT 1 1", W | HR_COMMAND_BLOCKS);
  assert_true(tell("flushall", -1, W, 0, 0, 0));
  is("FLUSHALL", W | HR_COMMAND_FLUSH);
  assert_true(tell("ping", -1, 0, 0, 0, 0));
  is("PING", R);
  assert_true(tell("xread", -4, R | HR_COMMAND_BLOCKS | HR_COMMAND_MOVABLE, 0, 0, 0));
  is("XREAD STREAMS s 0", R);
  is("XREAD BLOCK 0 STREAMS s 0", R | HR_COMMAND_BLOCKS);
  assert_true(tell("xread", -3, R, 1, 1, 1)); /* an older server */
  is("XREAD STREAMS s 0", R);
  assert_true(tell("zunionstore", -4, W | HR_COMMAND_MOVABLE, 0, 0, 0)); /* Redis 6.0 */
  keys_are("ZUNIONSTORE d 1 a", "1 3");
  assert_true(tell("migrate", -1, W, 1, 1, 1)); /* nobody: the rule must not look too far */
  keys_are("MIGRATE k", "?");
  assert_true(tell("sort", 1, W, 1, 1, 1));
  keys_are("SORT k STORE d", "1 3");
}

static void subcommands_that_are_told(void **state) {
  (void)state;
  assert_true(tell("client", -2, 0, 0, 0, 0));
  assert_true(tell("client|list", -2, 0, 0, 0, 0));
  is("CLIENT LIST", R);
  assert_true(tell("client|future", 2, 0, 0, 0, 0)); /* of this one we know only the family */
  is("CLIENT FUTURE", W | HR_COMMAND_LINK);
  assert_true(tell("client|gaze", 2, R, 0, 0, 0));
  is("CLIENT GAZE", R | HR_COMMAND_LINK);
  assert_true(tell("ping", -1, 0, 0, 0, 0));
  assert_true(tell("ping|loudly", 3, W, 2, 2, 1)); /* a plain command grows subcommands */
  is("PING loudly k", W);
  keys_are("PING loudly k", "2");
  is("PING", R);
  assert_true(tell("ping", -1, 0, 0, 0, 0)); /* told again: its children stay */
  is("PING loudly k", W);
  assert_true(tell("mod.cmd", -2, R, 0, 0, 0));
  assert_true(tell("mod.cmd|put", -3, W, 2, 2, 1));
  is("MOD.CMD PUT k", W);
  is("MOD.CMD x", R);
  assert_false(tell("orphan|x", 2, W, 0, 0, 0));
  assert_false(tell("|x", 2, W, 0, 0, 0));
  assert_false(tell("|", 2, W, 0, 0, 0));
}

static void servers_that_talk_nonsense(void **state) {
  (void)state;
  assert_false(tell("", 2, W, 0, 0, 0));
  assert_false(tell("a_name_of_thirty_two_letters_xxx", 2, W, 0, 0, 0));
  assert_true(tell("a_name_of_thirty_one_letters_xx", 2, R, 0, 0, 0));
  is("a_name_of_thirty_one_letters_xx", R);
  assert_false(tell("get", 0, R, 1, 1, 1));
  assert_false(tell("get", 40000, R, 1, 1, 1));
  assert_false(tell("get", INT64_MIN, R, 1, 1, 1));
  assert_false(tell("get", 2, R, -1, 1, 1));
  assert_false(tell("get", 2, R, 1, 1, 0));
  assert_false(tell("get", 2, R, 1, 1, -1));
  assert_false(tell("get", 2, R, 1, INT64_MAX, 1));
  assert_false(tell("get", 2, R, INT64_MAX, 1, 1));
  assert_false(tell("get", 2, R, 1, 1, INT64_MAX));
  is("GET k", R);
  keys_are("GET k", "1");
  assert_true(tell("get", 2, R | W | 0xffffff00u, 1, 1, 1)); /* bits that no flag gives */
  is("GET k", W);
  assert_true(tell("far", 2, R, 32767, -32767, 32767));
  keys_are("FAR k", "");
  assert_true(tell("far", 2, R, 1, 9, 1));
  keys_are("FAR k", "?");
}

static void thousands_of_names(void **state) {
  (void)state;
  int taken = 0;
  for (int i = 0; i < 20000; i++) {
    char name[32];
    snprintf(name, sizeof name, "m%d.command", i);
    taken += tell(name, 2, i % 2 ? R : W, 1, 1, 1);
  }
  assert_in_range(taken, 4000, 10000); /* a server cannot fill our memory */
  is("M0.COMMAND k", W);
  is("m1.command k", R);
  is("M3999.COMMAND k", R);
  is("M19999.COMMAND k", W); /* was refused */
  is("GET k", R);
  is("CONFIG GET x", R);
  assert_true(tell("m1.command", 2, W, 1, 1, 1)); /* a known name needs no new place */
  is("m1.command k", W);
}

static int count_allocations(void *counter, size_t size) {
  (void)size;
  ++*(int *)counter;
  return 1;
}

/* The same COMMAND reply again and again, as after every failover, must not grow anything. */
static void telling_the_known_costs_nothing(void **state) {
  (void)state;
  int allocations = 0;
  hr_alloc_set_hook(count_allocations, &allocations);
  for (size_t i = 0; i < hr_commands_known_count; i++) {
    const struct hr_command *row = &hr_commands_known[i];
    uint32_t flags = row->flags & (R | W | HR_COMMAND_MOVABLE);
    assert_true(tell(row->name, row->arity, flags, row->first, row->last, row->step));
  }
  assert_int_equal(allocations, 0);
  for (int i = 0; i < 10000; i++) {
    assert_true(tell("get", 2, i % 2 ? R : W, 1, 1, 1));
  }
  hr_alloc_set_hook(NULL, NULL);
  assert_int_equal(allocations, 1);
}

static void rows_known_by_heart_are_sound(void **state) {
  (void)state;
  for (size_t i = 0; i < hr_commands_known_count; i++) {
    const struct hr_command *row = &hr_commands_known[i];
    uint32_t kind = row->flags & (R | W);
    assert_int_equal(strlen(row->name), row->len);
    assert_true(row->len < HR_COMMAND_NAME_MAX);
    assert_true(kind == R || kind == W);
    assert_true(row->arity != 0);
    assert_true(row->first == 0 || row->step > 0);
    assert_true((row->rule != HR_KEYS_FIXED) == ((row->flags & HR_COMMAND_MOVABLE) != 0));
    if (i > 0) {
      assert_true(strcmp(hr_commands_known[i - 1].name, row->name) < 0);
    }
    const char *bar = strchr(row->name, '|');
    if (bar != NULL) { /* its parent knows of it */
      char parent[HR_COMMAND_NAME_MAX];
      snprintf(parent, sizeof parent, "%.*s", (int)(bar - row->name), row->name);
      const char *word = parent;
      struct hr_command_words words = {1, &word, NULL};
      const struct hr_command *found = hr_command_resolve(table, &words);
      assert_non_null(found);
      assert_true(found->flags & HR_COMMAND_SUBS);
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
  for (int n = 0;; n++) {
    int left = n, told = 0;
    hr_alloc_set_hook(fail_the_nth, &left);
    struct hr_command_table *own = hr_command_table_new();
    for (int i = 0; own != NULL && i < 300; i++) {
      char name[32];
      size_t len = (size_t)snprintf(name, sizeof name, "new%d", i);
      struct hr_command_line line = {name, len, 2, R, 1, 1, 1};
      told += hr_command_table_add(own, &line);
    }
    hr_alloc_set_hook(NULL, NULL);
    const char *get[] = {"GET", "k"}, *last[] = {"NEW299", "k"};
    if (own == NULL) {
      continue;
    }
    assert_int_equal(hr_command_flags(own, 2, get, NULL), R | HR_COMMAND_DATA);
    assert_int_equal(hr_command_flags(own, 2, last, NULL), R | HR_COMMAND_DATA);
    hr_command_table_free(own);
    if (told == 300) {
      assert_true(n > 5);
      break;
    }
    assert_int_equal(told, 299); /* the one that failed, and no other */
  }
  hr_command_table_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(reads_and_writes),
      TEST(unknown_is_a_write),
      TEST(names_have_lengths),
      TEST(what_cannot_share_a_link),
      TEST(subcommands),
      TEST(block_among_the_arguments),
      TEST(what_takes_our_keys),
      TEST(keys_at_fixed_places),
      TEST(keys_behind_a_number),
      TEST(keys_behind_a_word),
      TEST(keys_are_counted_beyond_the_places),
      TEST(words_of_the_server),
      TEST(the_server_is_believed),
      TEST(what_no_server_tells_is_kept),
      TEST(subcommands_that_are_told),
      TEST(servers_that_talk_nonsense),
      TEST(thousands_of_names),
      TEST(telling_the_known_costs_nothing),
      TEST(rows_known_by_heart_are_sound),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
