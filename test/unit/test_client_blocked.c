/*
 * Commands that block: on links of their own, with their own time, moved when it is certain that
 * they took nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pool.h"
#include "client_kit.h"

/* A client whose command blocks on node 0. */
static void pop_blocks(struct kit_answer *pop, const char *command) {
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(pop, command);
  kit_until_saw(0, command);
}

static int links(void) {
  return kit.c->pool->count;
}

/* ---- nobody waits for it ---- */

static void others_do_not_wait(void **state) {
  struct kit_answer pop = {0}, get = {0}, set = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  kit_submit(&get, "GET k");
  kit_submit(&set, "SET k 1");
  kit_until(&set.count, 1);
  assert_answered(get, HAREDIS_OK);
  assert_answered(set, HAREDIS_OK);
  assert_int_equal(pop.count, 0);
  assert_int_equal(links(), 1);
}

static int dialling(void) {
  int count = 0;
  for (const struct hr_lane *lane = kit.c->pool->lanes; lane != NULL; lane = lane->next) {
    count += !hr_link_is_up(lane->conn.link);
  }
  return count;
}

/* A thousand TLS handshakes at once would take longer than each of them may. */
static void a_few_links_are_dialled_at_once(void **state) {
  struct kit_answer pops[100] = {{0}};
  int most = 0;
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  for (int i = 0; i < 100; i++) {
    kit_submit(&pops[i], "BLPOP q 0");
  }
  for (int i = 0; i < 10000 && (links() < 100 || dialling() > 0); i++) {
    ev_run(kit.ev, EVRUN_ONCE);
    most = dialling() > most ? dialling() : most;
  }
  assert_int_equal(most, 64);
  assert_int_equal(links(), 100);
}

/* What it took is a write: counted behind it, on its own link. */
static void what_was_taken_is_counted(void **state) {
  struct kit_answer pop = {0}, none = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
  assert_int_equal(pop.type, REDIS_REPLY_ARRAY);
  kit_until_saw(0, "HINCRBY haredis:group opcounter 1");
  kit_server_forget(&kit.servers[0]);
  kit_submit(&none, "BLPOP q 1");
  kit_until_saw(0, "BLPOP q 1");
  kit_server_reply(&kit.servers[0], "*-1\r\n");
  kit_until(&none.count, 1);
  assert_answered(none, HAREDIS_OK);
  assert_int_equal(none.type, REDIS_REPLY_NIL);
  kit_turn(5);
  assert_int_equal(kit_server_count(&kit.servers[0], "HINCRBY"), 0);
  assert_int_equal(links(), 1); /* the same link twice */
}

static void in_another_database_the_link_comes_back(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit.options.db = 3;
  pop_blocks(&pop, "BLPOP q 0");
  size_t before = kit.servers[0].seen_count;
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
  kit_until(&pop.count, 1);
  kit_until_seen(0, before + 3);
  assert_string_equal(kit.servers[0].seen[before], "SELECT 0");
  assert_string_equal(kit.servers[0].seen[before + 1], "HINCRBY haredis:group opcounter 1");
  assert_string_equal(kit.servers[0].seen[before + 2], "SELECT 3");
}

/* ---- time ---- */

static void its_time_and_ours_on_top(void **state) {
  struct kit_answer pop = {0}, forever = {0}, short_call = {0};
  const char *argv[] = {"BLPOP", "q", "30"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  kit.options.command_timeout_ms = 100;
  kit_connect_to(0);
  kit_rule(kit_block);
  call.timeout_ms = 60;
  assert_int_equal(
      haredis_async_command_with(kit.c, &call, kit_on_reply, &short_call, 3, argv, NULL),
      HAREDIS_OK);
  kit_submit(&forever, "BLPOP never 0");
  kit_submit(&pop, "BLPOP q 0.3");
  hr_msec begun = hr_loop_now(kit.c->loop);
  kit_until(&short_call.count, 1);
  assert_answered(short_call, HAREDIS_ERR_MAYBE);
  assert_int_equal(pop.count, 0);
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_ERR_MAYBE);
  assert_true(hr_loop_now(kit.c->loop) - begun >= 395);
  assert_int_equal(forever.count, 0);
  assert_int_equal(links(), 1); /* the others were closed: they would take what comes */
}

static void there_is_no_master(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit.options.command_timeout_ms = 60;
  kit_connect();
  kit_submit(&pop, "BLPOP q 0.05");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_ERR_NO_MASTER);
  assert_int_equal(links(), 0);
}

/* Longer than a link may be silent: nothing is wrong. */
static void silence_is_no_sign_of_death(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit.options.down_after_ms = 40;
  pop_blocks(&pop, "BLPOP q 1");
  kit_turn(300);
  assert_int_equal(pop.count, 0);
  kit_server_reply(&kit.servers[0], "*-1\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
}

/* ---- another master ---- */

static void unblocked_goes_to_the_new_master_with_the_rest(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP a b 20");
  kit_turn(150);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_server_reply(&kit.servers[0], "-UNBLOCKED force unblock from blocking operation, instance "
                                    "state changed (master -> replica?)\r\n");
  kit_turn(20);
  kit_master(1);
  kit_until_seen(1, 1);
  char key1[8], key2[8];
  double rest = 0;
  assert_int_equal(sscanf(kit.servers[1].seen[0], "BLPOP %7s %7s %lf", key1, key2, &rest), 3);
  assert_true(rest < 19.9 && rest > 10);
  kit_server_reply(&kit.servers[1], "*2\r\n$1\r\na\r\n$1\r\nx\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
  assert_int_equal(pop.type, REDIS_REPLY_ARRAY);
}

static void forever_stays_forever(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLMOVE a b LEFT RIGHT 0");
  for (int i = 0; i < 40; i++) { /* more often than retry_attempts: these are no failures */
    int to = (i + 1) % 2;
    kit_server_reply(&kit.servers[1 - to],
                     "-UNBLOCKED force unblock from blocking operation, state changed\r\n");
    kit_server_forget(&kit.servers[to]);
    kit_master(to);
    kit_until_saw(to, "BLMOVE a b LEFT RIGHT 0");
  }
  assert_int_equal(pop.count, 0);
}

static void a_persons_unblock_is_the_answer(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  kit_server_reply(&kit.servers[0], "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
  assert_int_equal(pop.type, REDIS_REPLY_ERROR);
}

/* Its time is over while there is no master: Redis would have said nil. */
static void nothing_is_left_of_its_time(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0.1");
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_server_reply(&kit.servers[0], "-READONLY You can't write against a read only replica.\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
  assert_int_equal(pop.type, REDIS_REPLY_NIL);
}

static const char *say_readonly(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return argv[0][0] == 'B' ? "-READONLY You can't write against a read only replica.\r\n" : NULL;
}

static void refused_is_repeated(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit.servers[0].rule = say_readonly;
  kit_submit(&pop, "BRPOP q 0");
  kit_until(&kit.hints, 1);
  kit_turn(20);
  assert_true(kit_server_count(&kit.servers[0], "BRPOP q 0") > 1);
  kit_master(1);
  kit_until_saw(1, "BRPOP q 0");
  assert_int_equal(pop.count, 0);
}

static void lost_is_a_maybe_for_who_takes(void **state) {
  struct kit_answer pop = {0}, always = {0}, read = {0};
  const char *argv[] = {"BLPOP", "always", "0"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  call.retry = HAREDIS_RETRY_ALWAYS;
  kit_submit(&pop, "BLPOP q 0");
  kit_submit(&read, "XREAD BLOCK 0 STREAMS s 0-0");
  assert_int_equal(haredis_async_command_with(kit.c, &call, kit_on_reply, &always, 3, argv, NULL),
                   HAREDIS_OK);
  kit_until_saw(0, "BLPOP q 0");
  kit_until_saw(0, "XREAD BLOCK 0 STREAMS s 0-0");
  kit_until_saw(0, "BLPOP always 0");
  kit_server_stop(&kit.servers[0]);
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_ERR_MAYBE);
  kit_master(1);
  kit_until_saw(1, "XREAD BLOCK 0 STREAMS s 0-0");
  kit_until_saw(1, "BLPOP always 0");
  assert_int_equal(read.count + always.count, 0);
  assert_int_equal(kit_server_count(&kit.servers[1], "BLPOP q"), 0);
}

static const char *tell_newest(struct kit_server *server, int argc, char **argv) {
  if (strcmp(argv[0], "XINFO") != 0) {
    return kit_block(server, argc, argv);
  }
  switch (argv[2][0]) {
    case 's':
      return "*4\r\n$6\r\nlength\r\n:1\r\n$17\r\nlast-generated-id\r\n$3\r\n5-1\r\n";
    case 't':
      return "-ERR no such key\r\n";
    default:
      return "-NOPERM this user has no permissions to run the 'xinfo' command\r\n";
  }
}

/* "$" of the master that is asked first: what is newest on the next one may not have been seen. */
static void a_read_from_the_newest_goes_on_where_it_began(void **state) {
  struct kit_answer read = {0}, timed = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(tell_newest);
  kit_submit(&read, "XREAD COUNT 3 BLOCK 0 STREAMS s t u v $ $ $ 7-7");
  kit_until_saw(0, "XREAD COUNT 3 BLOCK 0 STREAMS s t u v $ $ $ 7-7");
  assert_int_equal(kit_server_count(&kit.servers[0], "XINFO STREAM"), 3);
  kit_server_reply(&kit.servers[0], "-UNBLOCKED force unblock from blocking operation\r\n");
  kit_submit(&timed, "XREAD BLOCK 60000 STREAMS s $");
  kit_until_saw(0, "XREAD BLOCK 60000 STREAMS s $");
  kit_master(1);
  kit_until_saw(1, "XREAD COUNT 3 BLOCK 0 STREAMS s t u v 5-1 0-0 $ 7-7");
  assert_int_equal(kit_server_count(&kit.servers[1], "XINFO STREAM u"), 1);
  kit_server_reply(&kit.servers[1], "*1\r\n*2\r\n$1\r\ns\r\n*0\r\n");
  kit_until(&read.count, 1);
  assert_answered(read, HAREDIS_OK);
  kit_server_cut(&kit.servers[0]);
  while (kit_server_count(&kit.servers[1], "XREAD BLOCK ") == 0) {
    kit_turn(1);
  }
  const char *moved = kit.servers[1].seen[kit.servers[1].seen_count - 1];
  assert_non_null(strstr(moved, " STREAMS s 5-1"));
  assert_true(atoi(moved + strlen("XREAD BLOCK ")) <= 60000);
  assert_int_equal(kit_server_count(&kit.servers[1], "XINFO STREAM s"), 0);
}

/* A demoted master has 250 ms to say -UNBLOCKED. */
static void an_old_master_has_a_grace(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  hr_msec begun = hr_loop_now(kit.c->loop);
  kit_master(1);
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_ERR_MAYBE);
  assert_true(hr_loop_now(kit.c->loop) - begun >= 240);
}

/* Its grace ends when it is the master again: what waits there goes on. */
static void who_is_master_again_needs_no_grace(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  kit_master(1);
  kit_turn(20);
  kit_master(0);
  kit_turn(400);
  assert_int_equal(pop.count, 0);
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
}

static void a_silent_node_loses_its_lanes(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  kit.hooks->close_data(0, kit.owner);
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_ERR_MAYBE);
}

static void cut_off_it_waits(void **state) {
  struct kit_answer pop = {0}, read = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_pause(HR_PAUSE_NO_QUORUM);
  kit_submit(&pop, "BLPOP q 0");
  kit_submit(&read, "XREAD BLOCK 0 STREAMS s 0-0");
  kit_until_saw(0, "XREAD BLOCK 0 STREAMS s 0-0");
  assert_int_equal(kit_server_count(&kit.servers[0], "BLPOP"), 0);
  kit_master(0);
  kit_until_saw(0, "BLPOP q 0");
}

/* ---- the pool ---- */

static void the_pool_is_bounded_and_fair(void **state) {
  struct kit_answer a[5] = {{0}};
  (void)state;
  kit.options.pool_max = 2;
  kit_connect_to(0);
  kit_rule(kit_block);
  for (int i = 0; i < 5; i++) {
    kit_submit(&a[i], "BLPOP q%d 0", i);
  }
  kit_until_saw(0, "BLPOP q1 0");
  kit_turn(30);
  assert_int_equal(kit_server_count(&kit.servers[0], "BLPOP"), 2);
  assert_int_equal(links(), 2);
  for (int i = 2; i < 5; i++) {
    char next[32];
    snprintf(next, sizeof(next), "BLPOP q%d 0", i);
    kit_server_reply(&kit.servers[0], "*-1\r\n");
    kit_until_saw(0, next);
    assert_int_equal(links(), 2);
  }
  assert_int_equal(a[0].count + a[1].count + a[2].count + a[3].count + a[4].count, 3);
}

static int warned;
static char warning[160];

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  if (event->kind == HAREDIS_EVENT_WARNING) {
    snprintf(warning, sizeof(warning), "%s", event->text);
    warned++;
  }
}

/* Who waits for a link because all are taken is told, once, and so is who waits too long. */
static void an_exhausted_pool_says_so(void **state) {
  struct kit_answer a[4] = {{0}};
  haredis_call soon = HAREDIS_CALL_INIT;
  const char *argv[] = {"BLPOP", "q", "0"};
  (void)state;
  warned = 0;
  soon.timeout_ms = 30;
  kit.options.pool_max = 2;
  kit.options.on_event = on_event;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(&a[0], "BLPOP q0 0");
  kit_submit(&a[1], "BLPOP q1 0");
  kit_until_saw(0, "BLPOP q1 0");
  assert_int_equal(warned, 0); /* nobody waits */
  kit_submit(&a[2], "BLPOP q2 0");
  kit_until(&warned, 1);
  assert_string_equal(warning, "all 2 links of pool_max are taken: blocking commands, "
                               "transactions and streams wait");
  assert_int_equal(haredis_async_command_with(kit.c, &soon, kit_on_reply, &a[3], 3, argv, NULL),
                   HAREDIS_OK);
  kit_until(&a[3].count, 1);
  assert_answered(a[3], HAREDIS_ERR_TIMEOUT);
  assert_non_null(strstr(a[3].text, "pool_max"));
  kit_turn(5);
  assert_int_equal(warned, 1);
}

static void the_line_is_bounded(void **state) {
  struct kit_answer a[4] = {{0}};
  (void)state;
  kit.options.queue_max = 2;
  kit_connect();
  kit_submit(&a[0], "BLPOP q0 0");
  kit_submit(&a[1], "BLPOP q1 0");
  assert_int_equal(haredis_async_command(kit.c, kit_on_reply, &a[2], "BLPOP q2 0"),
                   HAREDIS_ERR_QUEUE_FULL);
  kit.c->options.queue_policy = HAREDIS_QUEUE_DROP_OLDEST;
  kit_submit(&a[3], "BLPOP q3 0");
  kit_until(&a[0].count, 1);
  assert_answered(a[0], HAREDIS_ERR_QUEUE_FULL);
  assert_int_equal(a[1].count + a[3].count, 0);
}

static void a_server_that_refuses_links_is_not_stormed(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit.options.command_timeout_ms = 200;
  kit_connect_to(0);
  kit_server_stop(&kit.servers[0]);
  kit_submit(&pop, "BLPOP q 0.001");
  kit_turn(100);
  assert_true(kit.c->pool->dials > 2 && kit.c->pool->dials < 30);
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_ERR_TIMEOUT);
}

/* The pause before the next attempt was for a node that did not answer. */
static void a_new_master_is_dialled_at_once(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_server_stop(&kit.servers[0]);
  kit_submit(&pop, "BLPOP q 0");
  for (int i = 0; i < 1000 && kit.c->pool->dials < 2; i++) {
    kit_turn(1);
  }
  kit.c->pool->dial_at_ms = hr_loop_now(kit.c->loop) + 60000;
  kit_master(1);
  kit_until_saw(1, "BLPOP q 0");
}

static void idle_lanes_are_closed_when_the_master_changes(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  kit_server_reply(&kit.servers[0], "*-1\r\n");
  kit_until(&pop.count, 1);
  assert_int_equal(links(), 1);
  kit_master(1);
  assert_int_equal(links(), 0);
}

/* ---- spans and drain ---- */

static struct haredis_span last_span;
static char span_word[16], span_node[64];

static void on_span(haredis_client *c, const struct haredis_span *span, void *user) {
  (void)c;
  (void)user;
  last_span = *span;
  snprintf(span_word, sizeof(span_word), "%.*s", (int)span->command_len, span->command);
  snprintf(span_node, sizeof(span_node), "%s", span->node != NULL ? span->node : "");
}

static void a_span_tells_where_it_went(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  kit.options.on_span = on_span;
  pop_blocks(&pop, "BLPOP q 20");
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_server_reply(&kit.servers[0], "-UNBLOCKED force unblock from blocking operation\r\n");
  kit_turn(10);
  kit_master(1);
  kit_until_seen(1, 1);
  kit_turn(20);
  kit_server_reply(&kit.servers[1], "*-1\r\n");
  kit_until(&pop.count, 1);
  assert_string_equal(span_word, "BLPOP");
  assert_string_equal(span_node, kit.c->addresses.list[1].name);
  assert_int_equal(last_span.error, HAREDIS_OK);
  assert_true(last_span.network_us >= 15000);
}

static void a_drain_waits_for_it(void **state) {
  struct kit_answer pop = {0};
  (void)state;
  pop_blocks(&pop, "BLPOP q 0");
  haredis_disconnect(kit.c);
  kit_turn(20);
  assert_int_equal(pop.count, 0);
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
  kit.c = NULL; /* drained */
  kit_turn(5);
  assert_int_equal(kit.freed, 1);
}

/* ---- ends ---- */

static void the_client_is_freed(void **state) {
  struct kit_answer sent = {0}, waits = {0};
  (void)state;
  kit.options.pool_max = 1;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(&sent, "BLPOP q 0");
  kit_submit(&waits, "BLPOP q 0");
  kit_until_saw(0, "BLPOP q 0");
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(sent, HAREDIS_ERR_MAYBE);
  assert_answered(waits, HAREDIS_ERR_CLOSED);
}

static void free_it(haredis_client *c, struct redisReply *reply, void *data) {
  kit_on_reply(c, reply, data);
  haredis_free(c);
  kit.c = NULL;
}

static void freed_from_its_own_callback(void **state) {
  struct kit_answer pop = {0}, other = {0};
  (void)state;
  kit_connect_to(0);
  kit_rule(kit_block);
  kit_submit(&other, "BRPOP q 0");
  kit_until_saw(0, "BRPOP q 0");
  assert_int_equal(haredis_async_command(kit.c, free_it, &pop, "BLPOP q 0"), HAREDIS_OK);
  kit_until_saw(0, "BLPOP q 0");
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
  kit_until(&pop.count, 1);
  assert_answered(pop, HAREDIS_OK);
  assert_answered(other, HAREDIS_ERR_MAYBE);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(a_read_from_the_newest_goes_on_where_it_began),
      KIT_TEST(others_do_not_wait),
      KIT_TEST(a_few_links_are_dialled_at_once),
      KIT_TEST(what_was_taken_is_counted),
      KIT_TEST(in_another_database_the_link_comes_back),
      KIT_TEST(its_time_and_ours_on_top),
      KIT_TEST(there_is_no_master),
      KIT_TEST(silence_is_no_sign_of_death),
      KIT_TEST(unblocked_goes_to_the_new_master_with_the_rest),
      KIT_TEST(forever_stays_forever),
      KIT_TEST(a_persons_unblock_is_the_answer),
      KIT_TEST(nothing_is_left_of_its_time),
      KIT_TEST(refused_is_repeated),
      KIT_TEST(lost_is_a_maybe_for_who_takes),
      KIT_TEST(an_old_master_has_a_grace),
      KIT_TEST(who_is_master_again_needs_no_grace),
      KIT_TEST(a_silent_node_loses_its_lanes),
      KIT_TEST(cut_off_it_waits),
      KIT_TEST(the_pool_is_bounded_and_fair),
      KIT_TEST(an_exhausted_pool_says_so),
      KIT_TEST(the_line_is_bounded),
      KIT_TEST(a_server_that_refuses_links_is_not_stormed),
      KIT_TEST(a_new_master_is_dialled_at_once),
      KIT_TEST(idle_lanes_are_closed_when_the_master_changes),
      KIT_TEST(a_span_tells_where_it_went),
      KIT_TEST(a_drain_waits_for_it),
      KIT_TEST(the_client_is_freed),
      KIT_TEST(freed_from_its_own_callback),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
