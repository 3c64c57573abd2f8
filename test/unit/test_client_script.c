/*
 * Scripts by their SHA1: the text goes along until the master has it, and again when it has not.
 */
#include <stdio.h>
#include <string.h>

#include "base/sha1.h"
#include "client_kit.h"

static bool has_script[KIT_NODES];

static const char *play(struct kit_server *server, int argc, char **argv) {
  int node = (int)(server - kit.servers);
  (void)argc;
  if (strcmp(argv[0], "EVAL") == 0) {
    has_script[node] = true;
    return ":7\r\n";
  }
  if (strcmp(argv[0], "EVALSHA") == 0) {
    return has_script[node] ? ":8\r\n" : "-NOSCRIPT No matching script. Please use EVAL.\r\n";
  }
  return NULL;
}

static int begin(void **state) {
  (void)state;
  kit_begin();
  memset(has_script, 0, sizeof(has_script));
  kit_rule(play);
  return 0;
}

static haredis_script *script;

static void load(void) {
  script = haredis_script_load(kit.c, "return 7");
  assert_non_null(script);
}

static void call(struct kit_answer *answer) {
  const char *argv[] = {"key", "argument"};
  assert_int_equal(
      haredis_async_script_call(script, NULL, kit_on_reply, answer, 1, 2, argv, NULL), HAREDIS_OK);
}

static void connect_and_load(void) {
  kit_connect_to(0);
  load();
}

static void call_through(struct kit_answer *answer) {
  call(answer);
  kit_until(&answer->count, 1);
}

/* The server has had it, and has forgotten it when this call comes. */
static void call_forgotten(struct kit_answer *answer) {
  struct kit_answer warm = {0};
  connect_and_load();
  call_through(&warm);
  has_script[0] = false;
  call(answer);
}

static void sha1_is_that_of_the_servers(void **state) {
  char text[HR_SHA1_TEXT_MAX];
  char million[200];
  (void)state;
  hr_sha1_text("", 0, text);
  assert_string_equal(text, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  hr_sha1_text("abc", 3, text);
  assert_string_equal(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
  hr_sha1_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, text);
  assert_string_equal(text, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  hr_sha1_text("return 1", 8, text);
  assert_string_equal(text, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  memset(million, 'a', sizeof(million));
  hr_sha1_text(million, 200, text);
  assert_string_equal(text, "e61cfffe0d9195a525fc6cf06ca2d77119c24a40");
}

static void the_text_first_then_the_sha(void **state) {
  struct kit_answer first = {0}, second = {0};
  char sha[HR_SHA1_TEXT_MAX], want[96];
  (void)state;
  connect_and_load();
  call_through(&first);
  assert_answered(first, HAREDIS_OK);
  assert_int_equal(first.integer, 7);
  assert_true(kit_server_saw(&kit.servers[0], "EVAL return 7 1 key argument"));
  call_through(&second);
  assert_int_equal(second.integer, 8);
  hr_sha1_text("return 7", 8, sha);
  snprintf(want, sizeof(want), "EVALSHA %s 1 key argument", sha);
  assert_true(kit_server_saw(&kit.servers[0], want));
  haredis_script_free(script);
}

static void forgotten_it_is_loaded_by_the_same_call(void **state) {
  struct kit_answer a[4] = {{0}};
  (void)state;
  connect_and_load();
  call_through(&a[0]);
  has_script[0] = false;
  call(&a[1]);
  call_through(&a[2]);
  assert_answered(a[1], HAREDIS_OK);
  assert_answered(a[2], HAREDIS_OK);
  assert_int_equal(a[1].integer, 7);
  assert_int_equal(kit.c->outstanding, 0);
  call_through(&a[3]);
  assert_int_equal(a[3].integer, 8);
  haredis_script_free(script);
}

/* Also in the middle of a pipeline, with writes behind it: it did not run, so it goes again. */
static void behind_it_others_have_run(void **state) {
  struct kit_answer a = {0}, set = {0};
  (void)state;
  call_forgotten(&a);
  kit_submit(&set, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.integer, 7);
  assert_answered(set, HAREDIS_OK);
  haredis_script_free(script);
}

static void a_new_master_gets_the_text(void **state) {
  struct kit_answer a = {0}, b = {0}, waits = {0};
  (void)state;
  connect_and_load();
  call_through(&a);
  kit_pause(HR_PAUSE_NO_MASTER);
  call(&waits); /* with the SHA1 of the old master's knowledge, or not */
  kit_master(1);
  kit_until(&waits.count, 1);
  assert_answered(waits, HAREDIS_OK);
  assert_int_equal(waits.integer, 7);
  kit_server_forget(&kit.servers[1]);
  call_through(&b);
  assert_int_equal(kit_server_count(&kit.servers[1], "EVALSHA"), 1);
  assert_int_equal(b.integer, 8);
  haredis_script_free(script);
}

static const char *always_missing(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strncmp(argv[0], "EVAL", 4) == 0 ? "-NOSCRIPT No matching script. Please use EVAL.\r\n"
                                          : NULL;
}

/* A script may say so itself: that is its answer, asked for once. */
static void it_does_not_go_round_for_ever(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = always_missing;
  load();
  call_through(&a);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_int_equal(kit_server_count(&kit.servers[0], "EVAL"), 1);
  haredis_script_free(script);
}

static void freed_while_calls_are_under_way(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  connect_and_load();
  call(&a);
  haredis_script_free(script);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  load();
  call(&b);
  haredis_free(kit.c);
  kit.c = NULL;
  haredis_script_free(script);
  assert_answered(b, HAREDIS_ERR_CLOSED);
  haredis_script_free(NULL);
}

static void drained_with_a_reload_on_its_way(void **state) {
  struct kit_answer a = {0};
  (void)state;
  call_forgotten(&a);
  haredis_disconnect(kit.c);
  kit.c = NULL;
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.integer, 7);
  kit_turn(5);
  haredis_script_free(script);
}

/* ---- refused, or its own words? ---- */

#define REFUSED "-READONLY You can't write against a read only replica.\r\n"

/* What the script says, and what becomes of the counter behind it. NULL: as ever. */
static const char *says, *counter;

static const char *speak(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  if (strncmp(argv[0], "EVAL", 4) == 0 || strcmp(argv[0], "FCALL") == 0) {
    return says;
  }
  bool write = strcmp(argv[0], "HINCRBY") == 0 || strcmp(argv[0], "SET") == 0;
  return write ? counter : NULL;
}

static void connect_to_who_says(const char *script_says, const char *counter_says) {
  says = script_says;
  counter = counter_says;
  kit_connect_to(0);
  kit.servers[0].rule = speak;
}

/* It has run, and it says what a server would, letter by letter: it must not run again. */
static void its_own_words_are_its_answer(void **state) {
  static const char *const scripts[] = {"EVAL x 0", "EVALSHA x 0", "FCALL f 0"};
  (void)state;
  connect_to_who_says(REFUSED, NULL);
  for (size_t i = 0; i < 3; i++) {
    struct kit_answer a = {0};
    kit_submit(&a, scripts[i]);
    kit_until(&a.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_int_equal(a.type, REDIS_REPLY_ERROR);
    assert_memory_equal(a.text, "READONLY You", 12);
    kit_turn(5);
    assert_int_equal(kit_server_count(&kit.servers[0], scripts[i]), 1);
  }
}

static void refused_with_its_counter_it_goes_to_the_new_master(void **state) {
  struct kit_answer eval = {0}, set = {0};
  (void)state;
  connect_to_who_says(REFUSED, REFUSED);
  kit_submit(&eval, "EVAL x 0");
  kit_submit(&set, "SET k 1");
  kit_until_seen(0, 2);
  kit_turn(10);
  assert_int_equal(eval.count, 0);
  kit_master(1);
  kit_until(&eval.count, 1);
  assert_answered(eval, HAREDIS_OK);
  assert_int_equal(eval.integer, 7);
  assert_true(kit_server_saw(&kit.servers[1], "EVAL x 0"));
}

static void without_the_counter_it_may_have_run(void **state) {
  struct kit_answer a = {0}, later = {0};
  (void)state;
  connect_to_who_says(REFUSED, "");
  kit_submit(&a, "EVAL x 0");
  kit_until_saw(0, "HINCRBY haredis:group opcounter 1");
  kit_turn(5);
  kit_submit(&later, "SET k 1"); /* nobody passes it */
  kit_turn(5);
  assert_int_equal(a.count, 0);
  assert_false(kit_server_saw(&kit.servers[0], "SET k 1"));
  kit_server_cut(&kit.servers[0]);
  counter = NULL;
  kit_until(&later.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(later, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[0], "EVAL"), 1);
}

/* Somebody else's script came between. */
static void the_counter_is_refused_for_another_reason(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_to_who_says(REFUSED, "-BUSY Redis is busy running a script.\r\n");
  kit_submit(&a, "EVAL x 0");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  kit_turn(10);
  assert_int_equal(kit_server_count(&kit.servers[0], "EVAL"), 1);
}

static void its_deadline_comes_before_the_counter(void **state) {
  struct kit_answer a = {0}, b = {0};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  connect_to_who_says(REFUSED, "");
  call.timeout_ms = 30;
  assert_int_equal(haredis_async_commandf_with(kit.c, &call, kit_on_reply, &a, "EVAL x 0"),
                   HAREDIS_OK);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  kit_submit(&b, "EVAL y 0");
  kit_until_saw(0, "EVAL y 0");
  kit_turn(5);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(b, HAREDIS_ERR_MAYBE);
}

static void a_write_behind_it_has_run(void **state) {
  struct kit_answer a = {0}, set = {0};
  (void)state;
  connect_to_who_says(REFUSED, NULL);
  kit_submit(&a, "EVAL x 0");
  kit_submit(&set, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  kit_until(&set.count, 1);
  kit_turn(10);
  assert_int_equal(kit_server_count(&kit.servers[0], "EVAL"), 1);
}

/* Half of a turn left early, and the counter did not go behind the rest. */
static void without_a_counter_one_is_sent(void **state) {
  struct kit_answer set[80] = {{0}}, a = {0};
  (void)state;
  connect_to_who_says(REFUSED, NULL);
  kit.servers[0].silent = true;
  for (int i = 0; i < 40; i++) {
    kit_submit(&set[i], "SET k%d 1", i);
  }
  kit_until_seen(0, 41);
  for (int i = 40; i < 80; i++) {
    kit_submit(&set[i], "SET k%d 1", i);
  }
  kit_submit(&a, "EVAL x 0");
  kit_turn(5);
  kit_server_speak(&kit.servers[0]);
  kit_turn(50); /* not with the next PING */
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_int_equal(kit_server_count(&kit.servers[0], "EVAL"), 1);
}

static void its_own_words_with_durability(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  connect_to_who_says(REFUSED, NULL);
  kit_submit(&a, "EVAL x 0");
  kit_submit(&b, "EVAL y 0");
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  kit_turn(10);
  assert_int_equal(kit_server_count(&kit.servers[0], "EVAL"), 2);
}

/* Once, whichever allocation fails: refused or not, in doubt or not. */
static void whatever_memory_there_is(void **state) {
  (void)state;
  connect_to_who_says(REFUSED, REFUSED);
  for (int allocations = 0; allocations < 12; allocations++) {
    struct kit_answer a = {0};
    haredis_call call = HAREDIS_CALL_INIT;
    call.timeout_ms = 30;
    counter = allocations % 2 == 0 ? REFUSED : NULL;
    kit_until_ready();
    kit_memory(allocations);
    int code = haredis_async_commandf_with(kit.c, &call, kit_on_reply, &a, "EVAL x 0");
    kit_turn(5);
    kit_memory(-1);
    if (code == HAREDIS_OK) {
      kit_until(&a.count, 1);
    }
    kit_turn(40);
    assert_int_equal(a.count, code == HAREDIS_OK);
    assert_int_equal(kit.c->outstanding, 0);
  }
}

static void malformed_calls(void **state) {
  const char *argv[] = {"key", NULL};
  (void)state;
  connect_and_load();
  assert_int_equal(haredis_async_script_call(script, NULL, NULL, NULL, 3, 2, argv, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_script_call(script, NULL, NULL, NULL, 1, 2, argv, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_int_equal(haredis_async_script_call(script, NULL, NULL, NULL, -1, 0, NULL, NULL),
                   HAREDIS_ERR_FORMAT);
  assert_null(haredis_script_load(kit.c, NULL));
  assert_null(haredis_script_load(NULL, "return 1"));
  haredis_script_free(script);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sha1_is_that_of_the_servers),
      KIT_TEST(the_text_first_then_the_sha),
      KIT_TEST(forgotten_it_is_loaded_by_the_same_call),
      KIT_TEST(behind_it_others_have_run),
      KIT_TEST(a_new_master_gets_the_text),
      KIT_TEST(it_does_not_go_round_for_ever),
      KIT_TEST(freed_while_calls_are_under_way),
      KIT_TEST(drained_with_a_reload_on_its_way),
      KIT_TEST(its_own_words_are_its_answer),
      KIT_TEST(refused_with_its_counter_it_goes_to_the_new_master),
      KIT_TEST(without_the_counter_it_may_have_run),
      KIT_TEST(the_counter_is_refused_for_another_reason),
      KIT_TEST(its_deadline_comes_before_the_counter),
      KIT_TEST(a_write_behind_it_has_run),
      KIT_TEST(without_a_counter_one_is_sent),
      KIT_TEST(its_own_words_with_durability),
      KIT_TEST(whatever_memory_there_is),
      KIT_TEST(malformed_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
