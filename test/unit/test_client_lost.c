/*
 * Links break, masters change, servers say "not now": what is sent again, in which order, and what
 * is told to the caller.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

/* Sent and unanswered when the master dies: writes may have run, reads are asked again. */
static void a_crash_after_sending(void **state) {
  struct kit_answer write = {0}, read = {0}, again = {0};
  const char *argv[] = {"SET", "k", "always"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  call.retry = HAREDIS_RETRY_ALWAYS;
  kit_submit(&write, "SET k 1");
  kit_submit(&read, "GET k");
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &again, 3, argv, NULL),
                   HAREDIS_OK);
  kit_until_seen(0, 3);
  kit_server_stop(&kit.servers[0]);
  kit_until(&write.count, 1);
  assert_answered(write, HAREDIS_ERR_MAYBE);
  assert_int_equal(read.count + again.count, 0);
  assert_int_equal(kit.hints, 1);
  assert_int_equal(kit.hinted, 0);
  kit_master(1);
  kit_until(&again.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_answered(again, HAREDIS_OK);
  assert_string_equal(kit.servers[1].seen[0], "GET k");
  assert_string_equal(kit.servers[1].seen[1], "SET k always");
  assert_int_equal(kit_server_count(&kit.servers[1], "SET k 1"), 0);
}

static void retry_never_means_never(void **state) {
  struct kit_answer read = {0};
  (void)state;
  kit.options.retry = HAREDIS_RETRY_NEVER;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&read, "GET k");
  kit_until_seen(0, 1);
  kit_server_stop(&kit.servers[0]);
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_ERR_MAYBE);
}

/* More than the socket takes: the rest never left and goes to the new master in order. */
static void what_never_left_goes_elsewhere_in_order(void **state) {
  enum { COUNT = 64 };
  static struct kit_answer a[COUNT];
  (void)state;
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  kit_server_deafen(&kit.servers[0]);
  for (int i = 0; i < COUNT; i++) {
    kit_submit(&a[i], "SET k%d %s", i, kit_big());
  }
  kit_turn(20);
  kit_server_stop(&kit.servers[0]);
  kit_until(&kit.hints, 1);
  int lost = 0;
  for (int i = 0; i < COUNT; i++) {
    lost += a[i].code == HAREDIS_ERR_MAYBE;
    assert_true(i == 0 || a[i].code == HAREDIS_OK || a[i - 1].code == HAREDIS_ERR_MAYBE);
  }
  assert_in_range(lost, 1, COUNT - 5);
  kit_master(1);
  kit_until(&a[COUNT - 1].count, 1);
  for (int i = lost; i < COUNT; i++) {
    char name[32];
    assert_answered(a[i], HAREDIS_OK);
    snprintf(name, sizeof(name), "SET k%d x", i);
    assert_memory_equal(kit.servers[1].seen[i - lost], name, strlen(name));
  }
}

/* The socket takes no more: what never left did not run, and its deadline says so. */
static void a_deadline_tells_sent_from_unsent(void **state) {
  enum { COUNT = 64 };
  static struct kit_answer a[COUNT];
  struct kit_answer patient = {0};
  const char *argv[] = {"SET", "k", "patient"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  memset(a, 0, sizeof(a));
  call.timeout_ms = -1;
  kit.options.command_timeout_ms = 400;
  kit_connect_to(0);
  kit_server_deafen(&kit.servers[0]);
  for (int i = 0; i < COUNT; i++) {
    kit_submit(&a[i], "SET k%d %s", i, kit_big());
  }
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &patient, 3, argv, NULL),
                   HAREDIS_OK);
  kit_until(&a[COUNT - 1].count, 1);
  int maybe = 0;
  for (int i = 0; i < COUNT; i++) {
    assert_int_equal(a[i].count, 1);
    assert_true(a[i].code == HAREDIS_ERR_MAYBE || a[i].code == HAREDIS_ERR_TIMEOUT);
    maybe += a[i].code == HAREDIS_ERR_MAYBE;
  }
  assert_in_range(maybe, 1, COUNT - 5);
  assert_int_equal(a[0].code, HAREDIS_ERR_MAYBE);
  assert_int_equal(a[COUNT - 1].code, HAREDIS_ERR_TIMEOUT);
  assert_int_equal(patient.count, 0);
  kit_server_stop(&kit.servers[0]);
  kit_master(1);
  kit_until(&patient.count, 1);
  assert_answered(patient, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[1], "SET"), 1);
}

/* ---- a pause ---- */

static void a_pause_takes_back_what_has_not_left(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  kit_submit(&a, "SET k 1");
  kit_pause(HR_PAUSE_NO_MASTER); /* in the same turn of the loop */
  kit_submit(&b, "SET k 2");
  kit_turn(20);
  assert_int_equal(kit.servers[0].seen_count, 0);
  kit_master(1);
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(kit.servers[1].seen[0], "SET k 1");
  assert_string_equal(kit.servers[1].seen[1], "SET k 2");
}

static void an_old_master_has_a_short_grace(void **state) {
  struct kit_answer quick = {0}, slow = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&quick, "SET k 1");
  kit_until_seen(0, 1);
  kit_master(1);
  kit_server_speak(&kit.servers[0]);
  kit_until(&quick.count, 1);
  assert_answered(quick, HAREDIS_OK);
  kit_turn(100);
  assert_null(kit.servers[0].peers); /* and its links are closed */
  kit.servers[1].silent = true;
  kit_submit(&slow, "SET k 2");
  kit_until_seen(1, 1);
  kit_master(2);
  kit_until(&slow.count, 1);
  assert_answered(slow, HAREDIS_ERR_MAYBE);
}

/* Its answers are on their way, and take longer than the grace: none of them is cut off. */
static void an_old_master_that_answers_is_heard_out(void **state) {
  enum { MANY = 8 };
  struct kit_answer answers[MANY] = {0};
  struct kit_server *old = &kit.servers[0];
  (void)state;
  kit_connect_to(0);
  old->silent = true;
  for (int i = 0; i < MANY; i++) {
    kit_submit(&answers[i], "GET k");
  }
  kit_until_seen(0, MANY);
  unsigned link = kit_server_speaker(old);
  old->silent = false; /* what it holds back stays; one by one instead */
  kit_master(1);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(answers[i].count, 0);
    assert_true(kit_server_say_to(old, link, "$1\r\nx\r\n"));
    kit_until(&answers[i].count, 1);
    assert_string_equal(answers[i].text, "x");
    if (i < MANY - 1) {
      assert_non_null(kit.c->targets[0]);
      hr_client_timer_set(kit.c, &kit.c->targets[0]->grace, 0); /* it is over */
      kit_turn(1);
    }
  }
  kit_turn(150);
  assert_null(old->peers);
}

static void a_master_that_returns_within_the_grace_is_kept(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit_master(1);
  kit_master(0);
  kit_turn(100);
  assert_non_null(kit.servers[0].peers);
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_true(kit_server_saw(&kit.servers[0], "SET k 1"));
}

static void the_core_may_close_a_node(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&a, "SET k 1");
  kit_until_seen(0, 1);
  kit.hooks->close_data(0, kit.owner);
  kit.hooks->close_data(2, kit.owner);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  kit.servers[0].silent = false;
  kit_submit(&b, "SET k 2");
  kit_until(&b.count, 1); /* still the master: dialled again */
  assert_answered(b, HAREDIS_OK);
}

static void a_broken_link_to_a_living_master_is_dialled_again(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit_server_cut(&kit.servers[0]);
  kit_until(&kit.hints, 1);
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(kit.hints, 1);
  assert_true(kit.hooks->data_heard_ms(0, kit.owner) > 0);
  assert_true(kit.hooks->data_heard_ms(1, kit.owner) == 0);
}

/* The control plane dials there: 500 clients that all did so twice used a third of the time until
 * somebody was elected for that. */
static void nobody_dials_for_commands_where_nobody_is_master(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_server_cut(&kit.servers[0]);
  kit_turn(50);
  assert_null(kit.servers[0].peers);
  kit_submit(&a, "SET k 1");
  kit_master(0);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

/* Idle, and then cut without a word: found by our own PINGs, before any command is lost in it. */
static void a_silent_link_is_found_while_idle(void **state) {
  (void)state;
  kit.options.down_after_ms = 300;
  kit_connect_to(0);
  kit_turn(250);
  assert_int_equal(kit.hints, 0); /* PINGs were answered */
  kit_server_deafen(&kit.servers[0]);
  kit_until(&kit.hints, 1);
  assert_int_equal(kit.hinted, 0);
  kit_until_ready(); /* and there is a new one */
}

/* An old master that is silent is not waited for. */
static void a_hung_master_gets_no_grace(void **state) {
  struct kit_answer lost = {0}, next = {0};
  (void)state;
  kit.options.down_after_ms = 60;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&lost, "SET k 1");
  kit_turn(70);
  assert_int_equal(lost.count, 0);
  kit_submit(&next, "SET k 2");
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_master(1);
  assert_true(kit.c->targets[0]->grace.at_ms <= hr_loop_now(kit.c->loop));
  kit_until(&next.count, 1);
  assert_answered(lost, HAREDIS_ERR_MAYBE);
}

/* ---- "not now" ---- */

static int refusals;
static const char *refusal;

static const char *refuse_some(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  if (refusals == 0 || strcmp(argv[0], "HINCRBY") == 0) {
    return NULL;
  }
  refusals--;
  return refusal;
}

static void refused_commands_are_repeated(void **state) {
  static const char *const texts[] = {
      "-LOADING Redis is loading the dataset in memory\r\n", "-BUSY Redis is busy\r\n",
      "-TRYAGAIN Multiple keys request\r\n", "-CLUSTERDOWN The cluster is down\r\n",
      "-MASTERDOWN Link with MASTER is down\r\n", "-NOREPLICAS Not enough good replicas\r\n"};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = refuse_some;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    struct kit_answer a = {0}, b = {0};
    refusal = texts[i];
    refusals = 6;
    kit_submit(&a, "SET k 1");
    kit_submit(&b, "SET k 2");
    kit_until(&b.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_int_equal(a.type, REDIS_REPLY_STATUS);
    assert_true(a.order < b.order);
    assert_int_equal(refusals, 0);
  }
}

static void a_demoted_master_sends_everything_to_the_new_one_in_order(void **state) {
  enum { COUNT = 40 };
  static struct kit_answer a[COUNT];
  (void)state;
  memset(a, 0, sizeof(a));
  kit_connect_to(0);
  kit.servers[0].rule = refuse_some;
  refusal = "-READONLY You can't write against a read only replica.\r\n";
  refusals = 1 << 20;
  for (int i = 0; i < COUNT / 2; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_until(&kit.hints, 1);
  for (int i = COUNT / 2; i < COUNT; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_turn(15);
  for (int i = 0; i < COUNT; i++) {
    assert_int_equal(a[i].count, 0);
  }
  kit_master(1);
  kit_until(&a[COUNT - 1].count, 1);
  size_t sets = 0;
  for (size_t i = 0; i < kit.servers[1].seen_count; i++) {
    char want[32];
    snprintf(want, sizeof(want), "SET k %zu", sets);
    sets += strcmp(kit.servers[1].seen[i], want) == 0;
  }
  assert_int_equal(sets, COUNT);
  assert_int_equal(kit_server_count(&kit.servers[1], "SET"), COUNT);
}

static void attempts_end(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.retry_attempts = 4;
  kit_connect_to(0);
  kit.servers[0].rule = refuse_some;
  refusal = "-LOADING Redis is loading\r\n";
  refusals = 1 << 20;
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_string_equal(a.text, "LOADING Redis is loading");
  assert_int_equal(kit_server_count(&kit.servers[0], "SET"), 4);
}

static void other_errors_are_the_answer(void **state) {
  static const char *const texts[] = {"-UNBLOCKED force unblock\r\n", "-WRONGTYPE Operation\r\n",
                                      "-BUSYGROUP exists\r\n", "-OOM command not allowed\r\n"};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].rule = refuse_some;
  for (size_t i = 0; i < 4; i++) {
    struct kit_answer a = {0};
    refusal = texts[i];
    refusals = 1;
    kit_submit(&a, "SET k 1");
    kit_until(&a.count, 1);
    assert_answered(a, HAREDIS_OK);
    assert_int_equal(a.type, REDIS_REPLY_ERROR);
    assert_memory_equal(a.text, texts[i] + 1, strlen(a.text));
  }
}

/* Reads are served while writes wait for replicas. */
static void noreplicas_holds_only_writes(void **state) {
  struct kit_answer write = {0}, read = {0};
  (void)state;
  kit.options.retry_backoff_ms = kit.options.retry_backoff_max_ms = 2000;
  kit_connect_to(0);
  kit.servers[0].rule = refuse_some;
  refusal = "-NOREPLICAS Not enough good replicas to write.\r\n";
  refusals = 1;
  kit_submit(&write, "SET k 1");
  kit_until_seen(0, 1);
  kit_turn(10);
  assert_int_equal(write.count, 0);
  kit_submit(&read, "GET k");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_int_equal(write.count, 0);
  kit_until(&write.count, 1);
}

/* One more write in that pause does not stop the reads. */
static void reads_pass_writes_that_wait_for_replicas(void **state) {
  struct kit_answer write = {0}, reads[3] = {0};
  (void)state;
  kit.options.queue_max = 2;
  kit_connect_to(0);
  hr_client_hold(kit.c, 60000, true);
  kit_submit(&write, "SET k 1");
  kit_submit(&write, "SET k 2");
  for (int i = 0; i < 3; i++) {
    kit_submit(&reads[i], "GET k");
    kit_until(&reads[i].count, 1);
    assert_answered(reads[i], HAREDIS_OK);
  }
  assert_int_equal(write.count, 0);
  kit.c->hold_writes_ms = 0;
  kit_until(&write.count, 0);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_int_equal(write.count, 2);
}

/* A long pause for writes does not prolong a short one for all. */
static void pauses_end_one_by_one(void **state) {
  struct kit_answer read = {0};
  (void)state;
  kit_connect_to(0);
  hr_client_hold(kit.c, 5, false);
  hr_client_hold(kit.c, 60000, true);
  kit_submit(&read, "GET k");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_null(kit.c->write_conn);
}

/* ---- bad servers ---- */

static void a_reply_that_is_not_resp_ends_the_link(void **state) {
  struct kit_answer write = {0}, next = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&write, "SET k 1");
  kit_until_seen(0, 1);
  kit.servers[0].silent = false;
  kit_server_say(&kit.servers[0], "HTTP/1.1 200 OK\r\n\r\n");
  kit_until(&write.count, 1);
  assert_answered(write, HAREDIS_ERR_PROTOCOL);
  kit_submit(&next, "SET k 2");
  kit_until(&next.count, 1);
  assert_answered(next, HAREDIS_OK);
}

/* 512 MB announced and never sent: nothing is allocated for it, the deadline ends the wait. */
static void a_huge_reply_that_never_comes(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.command_timeout_ms = 400;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&a, "GET k");
  kit_until_seen(0, 1);
  kit.servers[0].silent = false;
  kit_server_say(&kit.servers[0], "$536870912\r\nabc");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  kit_master(1);
  kit_submit(&b, "GET k");
  kit_until(&b.count, 1);
  assert_answered(b, HAREDIS_OK);
}

static const char *refuse_auth(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "AUTH") == 0 ? "-WRONGPASS invalid username-password pair\r\n" : NULL;
}

static void a_wrong_password_is_named(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.password = "wrong";
  kit.options.command_timeout_ms = 400;
  kit_connect();
  kit.servers[0].rule = refuse_auth;
  kit_master(0);
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_AUTH);
}

static const char *refuse_select(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "SELECT") == 0 ? "-ERR DB index is out of range\r\n" : NULL;
}

/* At once: only whoever made the client can mend that. */
static void a_database_that_does_not_exist_is_named(void **state) {
  struct kit_answer a = {0}, later = {0}, pop = {0};
  (void)state;
  kit.options.db = 99;
  kit.options.command_timeout_ms = 600000;
  kit_connect();
  kit.servers[0].rule = refuse_select;
  kit_master(0);
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_AUTH);
  assert_non_null(strstr(a.text, "DB index is out of range"));
  assert_non_null(strstr(a.text, "did not run"));
  kit_submit(&later, "GET k");
  kit_submit(&pop, "BLPOP q 0");
  kit_until(&later.count, 1);
  kit_until(&pop.count, 1);
  assert_answered(later, HAREDIS_ERR_AUTH);
  assert_answered(pop, HAREDIS_ERR_AUTH);
  assert_non_null(strstr(pop.text, "DB index is out of range"));
  struct kit_answer mended = {0};
  kit.servers[1].rule = NULL; /* another master has that many databases */
  kit_master(1);
  kit_submit(&mended, "SET k 1");
  kit_until(&mended.count, 1);
  assert_answered(mended, HAREDIS_OK);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_crash_after_sending),
      KIT_TEST(retry_never_means_never),
      KIT_TEST(what_never_left_goes_elsewhere_in_order),
      KIT_TEST(a_deadline_tells_sent_from_unsent),
      KIT_TEST(a_pause_takes_back_what_has_not_left),
      KIT_TEST(an_old_master_has_a_short_grace),
      KIT_TEST(an_old_master_that_answers_is_heard_out),
      KIT_TEST(a_master_that_returns_within_the_grace_is_kept),
      KIT_TEST(the_core_may_close_a_node),
      KIT_TEST(a_broken_link_to_a_living_master_is_dialled_again),
      KIT_TEST(nobody_dials_for_commands_where_nobody_is_master),
      KIT_TEST(a_silent_link_is_found_while_idle),
      KIT_TEST(a_hung_master_gets_no_grace),
      KIT_TEST(refused_commands_are_repeated),
      KIT_TEST(a_demoted_master_sends_everything_to_the_new_one_in_order),
      KIT_TEST(attempts_end),
      KIT_TEST(other_errors_are_the_answer),
      KIT_TEST(noreplicas_holds_only_writes),
      KIT_TEST(reads_pass_writes_that_wait_for_replicas),
      KIT_TEST(pauses_end_one_by_one),
      KIT_TEST(a_reply_that_is_not_resp_ends_the_link),
      KIT_TEST(a_huge_reply_that_never_comes),
      KIT_TEST(a_wrong_password_is_named),
      KIT_TEST(a_database_that_does_not_exist_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
