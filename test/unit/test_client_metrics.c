/*
 * What is counted: each command once, on its way in, on its links and at its end; pauses, masters,
 * takeovers; and nothing that a picture shows changes afterwards.
 */
#include <haredis/metrics.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

static haredis_metrics *picture;

static const struct haredis_client_metrics *look(void) {
  haredis_metrics_free(picture);
  picture = haredis_metrics_take(kit.c);
  assert_non_null(picture);
  return haredis_metrics_client(picture);
}

/* Of the picture that was taken last. */
static const struct haredis_node_metrics *node(size_t i) {
  const struct haredis_node_metrics *found = haredis_metrics_node(picture, i);
  assert_non_null(found);
  assert_int_equal(found->sent, found->replies + found->lost + found->in_flight);
  return found;
}

static int end(void **state) {
  haredis_metrics_free(picture);
  picture = NULL;
  return kit_teardown(state);
}

static void a_client_begins_with_zeros_and_a_pause(void **state) {
  (void)state;
  kit_connect();
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->struct_size, sizeof(*m));
  assert_int_equal(m->client, haredis_number(kit.c));
  assert_int_equal(m->accepted, 0);
  assert_int_equal(m->finished_count, HAREDIS_ERR_TLS + 1);
  for (size_t code = 0; code < m->finished_count; code++) {
    assert_int_equal(m->finished[code], 0);
  }
  assert_int_equal(m->pauses, 1);
  assert_int_equal(haredis_histogram_count(m->latency), 0);
  assert_int_equal(haredis_metrics_count(picture), KIT_NODES);
  assert_string_equal(node(2)->name, kit.c->addresses.list[2].name);
  assert_int_equal(haredis_topology_writable(haredis_metrics_topology(picture)), 0);
  kit_turn(30);
  kit_master(0);
  m = look();
  assert_in_range(m->paused_ms, 25, 10000);
  assert_int_equal(m->longest_pause_ms, m->paused_ms);
  uint64_t paused = m->paused_ms;
  kit_turn(10);
  assert_int_equal(look()->paused_ms, paused);
  assert_int_equal(haredis_topology_writable(haredis_metrics_topology(picture)), 1);
}

static const char *wrong_type(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "LPUSH") == 0 ? "-WRONGTYPE not a list\r\n" : NULL;
}

static void each_command_is_counted_once(void **state) {
  struct kit_answer a[6] = {0};
  (void)state;
  kit_rule(wrong_type);
  kit_connect_to(1);
  for (int i = 0; i < 5; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_submit(&a[5], "LPUSH k x");
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->accepted, 6);
  assert_int_equal(m->in_flight, 6);
  assert_int_equal(m->queued, 0);
  assert_int_equal(m->finished[HAREDIS_OK], 0);
  assert_int_equal(node(1)->sent, 6);
  kit_until(&a[5].count, 1);
  m = look();
  assert_int_equal(m->accepted, 6);
  assert_int_equal(m->in_flight, 0);
  assert_int_equal(m->finished[HAREDIS_OK], 6);
  assert_int_equal(m->sent_again, 0);
  assert_int_equal(haredis_histogram_count(m->latency), 6);
  assert_int_equal(node(1)->replies, 6);
  assert_int_equal(node(1)->errors, 1);
  assert_int_equal(haredis_histogram_count(node(1)->latency), 6);
  assert_true(node(1)->bytes_out > 6 * strlen("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n0\r\n"));
  assert_true(node(1)->bytes_in > 5 * strlen("+OK\r\n"));
  assert_true(node(1)->links_dialled >= 1);
  assert_int_equal(node(1)->links_lost, 0);
  assert_int_equal(node(0)->sent, 0);
  assert_int_equal(haredis_histogram_count(node(0)->latency), 0);
}

/* The client's time is all of it, the node's begins when the command was sent. */
static void who_waits_is_seen_in_the_queue_and_in_its_time(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect();
  kit_submit(&a, "SET k 1");
  kit_submit(&b, "GET k");
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->queued, 2);
  assert_int_equal(m->queued_max, 2);
  assert_int_equal(m->queued_bytes, strlen("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n") +
                                        strlen("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"));
  assert_int_equal(m->in_flight, 0);
  kit_turn(60);
  kit_master(0);
  kit_until(&b.count, 1);
  m = look();
  assert_int_equal(m->queued, 0);
  assert_int_equal(m->queued_bytes, 0);
  assert_int_equal(m->queued_max, 2);
  assert_int_equal(m->sent_again, 0);
  assert_true(haredis_histogram_quantile(m->latency, 0.0) >= 50000);
  assert_true(haredis_histogram_sum(m->latency) >= 2 * haredis_histogram_sum(node(0)->latency));
  assert_true(haredis_histogram_max(node(0)->latency) + 50000 <=
              haredis_histogram_max(m->latency));
  assert_int_equal(haredis_histogram_below(m->latency, 32768), 0);
  assert_int_equal(haredis_histogram_below(m->latency, UINT64_MAX), 2);
}

static void whoever_fails_is_counted_by_its_code_and_not_timed(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.command_timeout_ms = 30;
  kit_connect();
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->finished[HAREDIS_ERR_NO_MASTER], 1);
  assert_int_equal(m->accepted, 1);
  assert_int_equal(haredis_histogram_count(m->latency), 0);
}

static void a_broken_link_loses_what_is_on_it(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&a, "SET k 1");
  kit_submit(&b, "GET k");
  kit_until_saw(0, "GET k");
  kit.servers[0].silent = false;
  kit_server_cut(&kit.servers[0]);
  kit_until(&a.count, 1);
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(b, HAREDIS_OK);
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->sent_again, 1);
  assert_int_equal(m->finished[HAREDIS_ERR_MAYBE], 1);
  assert_int_equal(node(0)->sent, 3);
  assert_int_equal(node(0)->lost, 2);
  assert_int_equal(node(0)->links_lost, 1);
  assert_true(node(0)->links_dialled >= 2);
}

/* Its answer comes when nobody waits any more: it is the node's all the same. */
static void a_late_answer_is_the_nodes(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.command_timeout_ms = 30;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_int_equal(look()->in_flight, 1);
  kit_server_speak(&kit.servers[0]);
  kit_turn(10);
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->in_flight, 0);
  assert_int_equal(haredis_histogram_count(m->latency), 0);
  assert_int_equal(node(0)->replies, 1);
  assert_true(haredis_histogram_max(node(0)->latency) >= 25000);
}

static void what_blocks_on_purpose_is_not_timed(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_rule(kit_block);
  kit_connect_to(0);
  kit_submit(&a, "BLPOP q 0");
  assert_int_equal(look()->queued, 1);
  kit_until_saw(0, "BLPOP q 0");
  assert_int_equal(look()->in_flight, 1);
  kit_server_reply(&kit.servers[0], "*2\r\n$1\r\nq\r\n$1\r\nx\r\n");
  kit_until(&a.count, 1);
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->finished[HAREDIS_OK], 1);
  assert_int_equal(haredis_histogram_count(m->latency), 0);
  assert_int_equal(node(0)->replies, 1);
  assert_int_equal(haredis_histogram_count(node(0)->latency), 0);
}

static const char *proves(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  if (strcmp(argv[0], "WAIT") == 0) {
    return ":1\r\n";
  }
  if (strcmp(argv[0], "EXEC") == 0) {
    return "*2\r\n+OK\r\n:1\r\n";
  }
  if (strcmp(argv[0], "LPUSH") == 0) {
    return "-WRONGTYPE not a list\r\n";
  }
  return strcmp(argv[0], "HGET") == 0 ? kit_bulk(kit.record.epoch) : NULL;
}

static void writes_of_a_majority_are_counted(void **state) {
  struct kit_answer a = {0}, b = {0}, wrong = {0}, t = {0};
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit_rule(proves);
  kit_connect_to(0);
  kit_submit(&a, "SET k 1");
  kit_submit(&wrong, "LPUSH k 1");
  kit_submit(&b, "GET k");
  haredis_txn *txn = haredis_txn_begin(kit.c);
  assert_int_equal(haredis_txn_command(txn, "SET k 2"), HAREDIS_OK);
  assert_int_equal(haredis_async_txn_exec(txn, NULL, kit_on_reply, &t), HAREDIS_OK);
  kit_until(&a.count, 1);
  kit_until(&b.count, 1);
  kit_until(&wrong.count, 1);
  kit_until(&t.count, 1);
  assert_answered(t, HAREDIS_OK);
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->quorum_writes, 2);
  assert_int_equal(m->transactions, 1);
  assert_int_equal(m->finished[HAREDIS_OK], 4);
  assert_int_equal(m->accepted, 4);
  assert_int_equal(node(0)->replies, 4);
}

static void tell(enum hr_tell what, int at) {
  struct hr_action action = {.kind = HR_DO_TELL, .tell = what, .node = at};
  strcpy(action.u.text, "told");
  kit.hooks->tell(&action, kit.owner);
}

static void masters_and_pauses_are_counted(void **state) {
  (void)state;
  kit_connect();
  kit_master(0); /* the first is no change */
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->failovers + m->switchovers, 0);
  kit_publish(); /* the same again */
  tell(HR_TELL_NODE_DOWN, 0);
  kit_pause(HR_PAUSE_NO_MASTER);
  tell(HR_TELL_FAILOVER_STARTED, 0);
  tell(HR_TELL_FAILOVER_ENDED, -1); /* given up */
  tell(HR_TELL_FAILOVER_STARTED, 0);
  kit_turn(40);
  m = look();
  assert_int_equal(m->pauses, 2);
  assert_in_range(m->longest_pause_ms, 35, 10000);
  tell(HR_TELL_FAILOVER_ENDED, 1);
  kit_master(1);
  kit_pause(HR_PAUSE_NO_QUORUM); /* reads go on, writes do not */
  assert_int_equal(look()->pauses, 3);
  kit.topology.planned = true;
  kit_master(2);
  m = look();
  assert_int_equal(m->failovers, 1);
  assert_int_equal(m->switchovers, 1);
  assert_int_equal(m->takeovers_tried, 2);
  assert_int_equal(m->takeovers_won, 1);
  assert_int_equal(m->pauses, 3);
  assert_int_equal(node(0)->downs, 1);
  assert_int_equal(node(1)->downs, 0);
}

static void on_message(haredis_client *c, const struct haredis_message *message, void *data) {
  (void)c;
  (void)message;
  (void)data;
}

static void messages_are_counted(void **state) {
  (void)state;
  kit_connect_to(0);
  kit.topology.sub_node = 1;
  kit_publish();
  kit_feed_up(1);
  haredis_subscription *first = haredis_subscribe(kit.c, "news", on_message, NULL);
  assert_non_null(first);
  assert_non_null(haredis_subscribe(kit.c, "news", on_message, NULL));
  assert_non_null(haredis_psubscribe(kit.c, "n*", on_message, NULL));
  for (int i = 0; i < 50; i++) {
    kit_turn(1);
    kit_feed_answer_all(1);
  }
  kit_feed_say(1, 'm', NULL, "news", "hello"); /* two handlers, one message */
  kit_feed_say(1, 'm', NULL, "other", "nobody listens");
  const struct haredis_client_metrics *m = look();
  assert_int_equal(m->subscriptions, 2);
  assert_int_equal(m->messages, 1);
  assert_int_equal(m->gaps, 0); /* one that is told: test_client_sub_move */
}

static void an_idle_link_is_measured(void **state) {
  (void)state;
  kit.options.down_after_ms = 60;
  kit_connect_to(0);
  kit_turn(100);
  look();
  assert_in_range(node(0)->round_trip_us, 1, 1000000);
  assert_int_equal(node(1)->round_trip_us, 0);
  assert_int_equal(node(0)->sent, 0); /* our own words are not counted */
}

static void on_span(haredis_client *c, const struct haredis_span *span, void *user) {
  (void)c;
  (void)span;
  (void)user;
}

/* With spans times are read anew for each call: an answer of the same turn must not seem to come
 * before it was asked for. */
static void spans_do_not_spoil_the_times(void **state) {
  struct kit_answer a[64] = {0};
  (void)state;
  kit.options.on_span = on_span;
  kit_connect_to(0);
  for (int round = 0; round < 20; round++) {
    memset(a, 0, sizeof(a));
    for (int i = 0; i < 64; i++) {
      kit_submit(&a[i], "GET %d", i);
    }
    kit_until(&a[63].count, 1);
  }
  const struct haredis_client_metrics *m = look();
  assert_int_equal(haredis_histogram_count(m->latency), 20 * 64);
  assert_true(haredis_histogram_max(m->latency) < 30000000);
  assert_true(haredis_histogram_max(node(0)->latency) < 30000000);
}

static void a_picture_does_not_change_and_outlives_its_client(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  const struct haredis_client_metrics *m = look();
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_int_equal(m->accepted, 0);
  m = look();
  haredis_free(kit.c);
  kit.c = NULL;
  assert_int_equal(m->accepted, 1);
  assert_int_equal(node(0)->replies, 1);
  assert_int_equal(haredis_topology_master(haredis_metrics_topology(picture)), 0);
}

static void nobody_has_no_metrics(void **state) {
  (void)state;
  haredis_metrics_free(NULL);
  assert_null(haredis_metrics_take(NULL));
  assert_null(haredis_metrics_client(NULL));
  assert_null(haredis_metrics_node(NULL, 0));
  assert_null(haredis_metrics_topology(NULL));
  assert_int_equal(haredis_metrics_count(NULL), 0);
  assert_int_equal(haredis_histogram_count(NULL), 0);
  assert_int_equal(haredis_histogram_sum(NULL), 0);
  assert_int_equal(haredis_histogram_max(NULL), 0);
  assert_int_equal(haredis_histogram_below(NULL, 5), 0);
  assert_int_equal(haredis_histogram_quantile(NULL, 0.5), 0);
  kit.options.nodes = "127.0.0.1:99999";
  kit.c = kit_try_connect(); /* wrong options: a client all the same */
  const struct haredis_client_metrics *m = look();
  assert_int_equal(haredis_metrics_count(picture), 0);
  assert_int_equal(m->accepted + m->pauses + m->paused_ms, 0);
  assert_null(haredis_metrics_node(picture, 0));
}

int main(void) {
#define METRICS_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, end)
  const struct CMUnitTest tests[] = {
      METRICS_TEST(a_client_begins_with_zeros_and_a_pause),
      METRICS_TEST(each_command_is_counted_once),
      METRICS_TEST(who_waits_is_seen_in_the_queue_and_in_its_time),
      METRICS_TEST(whoever_fails_is_counted_by_its_code_and_not_timed),
      METRICS_TEST(a_broken_link_loses_what_is_on_it),
      METRICS_TEST(a_late_answer_is_the_nodes),
      METRICS_TEST(what_blocks_on_purpose_is_not_timed),
      METRICS_TEST(writes_of_a_majority_are_counted),
      METRICS_TEST(masters_and_pauses_are_counted),
      METRICS_TEST(messages_are_counted),
      METRICS_TEST(an_idle_link_is_measured),
      METRICS_TEST(spans_do_not_spoil_the_times),
      METRICS_TEST(a_picture_does_not_change_and_outlives_its_client),
      METRICS_TEST(nobody_has_no_metrics),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
