/*
 * Where a blocking command's time stands, what it is, and how a shorter one is written.
 */
#define _POSIX_C_SOURCE 200809L /* strtok_r */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those */
#include <cmocka.h>

#include "proto/command_block.h"

static int cut(const char *line, const char **argv) {
  static char words[256];
  char *rest = NULL;
  int argc = 0;
  assert_true(strlen(line) < sizeof(words));
  strcpy(words, line);
  for (char *word = strtok_r(words, " ", &rest); word != NULL;
       word = strtok_r(NULL, " ", &rest)) {
    argv[argc++] = word;
  }
  return argc;
}

static struct hr_block block_of(const char *line) {
  const char *argv[16];
  int argc = cut(line, argv);
  return hr_command_block(argc, argv, NULL);
}

static void every_command_has_its_place(void **state) {
  static const struct {
    const char *line;
    enum hr_block_kind kind;
    int place;
    hr_msec ms;
  } rows[] = {
      {"BLPOP a b 5", HR_BLOCK_TIMED, 3, 5000},
      {"blpop a 0", HR_BLOCK_FOREVER, 2, 0},
      {"BRPOP a 0.5", HR_BLOCK_TIMED, 2, 500},
      {"BLMOVE a b LEFT RIGHT 2.25", HR_BLOCK_TIMED, 5, 2250},
      {"BRPOPLPUSH a b 1", HR_BLOCK_TIMED, 3, 1000},
      {"BZPOPMIN a b 0.001", HR_BLOCK_TIMED, 3, 1},
      {"BZPOPMAX a 0.0001", HR_BLOCK_TIMED, 2, 1},
      {"BLMPOP 3 2 a b LEFT", HR_BLOCK_TIMED, 1, 3000},
      {"BZMPOP 0 1 a MIN", HR_BLOCK_FOREVER, 1, 0},
      {"XREAD BLOCK 100 STREAMS s $", HR_BLOCK_TIMED, 2, 100},
      {"XREAD COUNT 2 BLOCK 0 STREAMS s $", HR_BLOCK_FOREVER, 4, 0},
      {"XREADGROUP GROUP BLOCK c BLOCK 7 STREAMS s >", HR_BLOCK_TIMED, 5, 7},
      {"WAIT 1 100", HR_BLOCK_TIMED, 2, 100},
      {"WAITAOF 1 1 0", HR_BLOCK_FOREVER, 3, 0},
      {"BLPOP a 1e1", HR_BLOCK_TIMED, 2, 10000},
      {"BLPOP a 5e-3", HR_BLOCK_TIMED, 2, 5},
      {"BLPOP a +2.", HR_BLOCK_TIMED, 2, 2000},
      {"BLPOP a .25", HR_BLOCK_TIMED, 2, 250},
      {"BLPOP a 0.3", HR_BLOCK_TIMED, 2, 300},
      {"BLPOP a 99999999999999999999", HR_BLOCK_TIMED, 2, HR_BLOCK_MS_MAX},
      {"XREAD BLOCK 9000000000000000000 STREAMS s $", HR_BLOCK_TIMED, 2, HR_BLOCK_MS_MAX},
      {"BLPOP a -1", HR_BLOCK_BROKEN, 2, 0},
      {"BLPOP a x", HR_BLOCK_BROKEN, 2, 0},
      {"BLPOP a 1e999", HR_BLOCK_BROKEN, 2, 0},
      {"BLPOP a 1x", HR_BLOCK_BROKEN, 2, 0},
      {"BLPOP a .", HR_BLOCK_BROKEN, 2, 0},
      {"WAIT 1 1.5", HR_BLOCK_BROKEN, 2, 0},
      {"BLPOP", HR_BLOCK_BROKEN, 0, 0},
      {"BLMPOP", HR_BLOCK_BROKEN, 1, 0},
      {"XREAD STREAMS s $", HR_BLOCK_BROKEN, 0, 0},
      {"FT.BLOCK a 5", HR_BLOCK_UNKNOWN, 0, 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct hr_block block = block_of(rows[i].line);
    if (block.kind != rows[i].kind || block.ms != rows[i].ms || block.place != rows[i].place) {
      print_error("%s: kind %d, place %d, %lld ms\n", rows[i].line, (int)block.kind, block.place,
                  (long long)block.ms);
    }
    assert_int_equal(block.kind, rows[i].kind);
    assert_int_equal(block.place, rows[i].place);
    assert_int_equal(block.ms, rows[i].ms);
    assert_int_equal(block.counts, strncmp(rows[i].line, "WAIT", 4) == 0);
  }
}

static void what_is_left_is_written_in_its_unit(void **state) {
  char text[HR_BLOCK_TEXT_MAX];
  struct hr_block seconds = block_of("BLPOP a 5"), ms = block_of("XREAD BLOCK 5 STREAMS s $");
  (void)state;
  assert_int_equal(hr_command_block_text(&seconds, 1234, text), 5);
  assert_string_equal(text, "1.234");
  hr_command_block_text(&seconds, 7, text);
  assert_string_equal(text, "0.007");
  hr_command_block_text(&ms, 1234, text);
  assert_string_equal(text, "1234");
  hr_command_block_text(&seconds, HR_BLOCK_MS_MAX, text);
  assert_string_equal(text, "1000000000000.000");
}

/* Nothing left is not for ever. */
static void never_zero(void **state) {
  char text[HR_BLOCK_TEXT_MAX];
  struct hr_block seconds = block_of("BLPOP a 5"), ms = block_of("WAIT 1 5");
  (void)state;
  hr_command_block_text(&seconds, 0, text);
  assert_string_equal(text, "0.001");
  hr_command_block_text(&ms, -5, text);
  assert_string_equal(text, "1");
}

/* What is written is read as the same. */
static void there_and_back(void **state) {
  (void)state;
  for (hr_msec ms = 1; ms < 200000; ms += 37) {
    char text[HR_BLOCK_TEXT_MAX];
    struct hr_block block = block_of("BLPOP a 5");
    hr_command_block_text(&block, ms, text);
    const char *argv[] = {"BLPOP", "a", text};
    assert_int_equal(hr_command_block(3, argv, NULL).ms, ms);
  }
}

static void the_ids_of_a_read_from_the_newest(void **state) {
  static const struct {
    const char *text;
    int first, count;
  } cases[] = {
      {"XREAD BLOCK 0 STREAMS s $", 5, 1},
      {"xread COUNT 2 BLOCK 5 streams s t u $ 0-0 $", 9, 3},
      {"XREAD BLOCK 0 STREAMS $ $ 0 $", 6, 2},
      {"XREAD BLOCK 0 STREAMS $ 0", 0, 1}, /* a key of that name */
      {"XREAD BLOCK 0 STREAMS s 0-0", 0, 1},
      {"XREAD BLOCK 0 STREAMS s t $", 0, 1}, /* malformed */
      {"XREAD BLOCK 0 STREAMS", 0, 0},
      {"XREAD BLOCK 0", 0, 1},
      {"XREADGROUP GROUP g c BLOCK 0 STREAMS s $", 0, 0},
      {"BLPOP $ $", 0, 0},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const char *argv[16];
    int argc = cut(cases[i].text, argv), count;
    assert_int_equal(hr_command_newest(argc, argv, NULL, &count), cases[i].first);
    if (cases[i].first > 0) {
      assert_int_equal(count, cases[i].count);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_command_has_its_place),
      cmocka_unit_test(what_is_left_is_written_in_its_unit),
      cmocka_unit_test(never_zero),
      cmocka_unit_test(there_and_back),
      cmocka_unit_test(the_ids_of_a_read_from_the_newest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
