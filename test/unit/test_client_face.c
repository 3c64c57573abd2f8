/*
 * What a client shows of itself: snapshots, events, log lines, spans; and the blocking face.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client_kit.h"

/* ---- what the control plane is told at birth ---- */

static void options_reach_the_control_plane(void **state) {
  (void)state;
  kit.options.nodes = "10.0.0.1:6380@redis1:7000,unix:/run/r.sock,redis://u:p@[::1]:6381/4";
  kit.options.prefix = "shop";
  kit.options.username = "bob";
  kit.options.password = "secret";
  kit.options.replication_password = "other";
  kit.options.down_after_ms = 500;
  kit.options.quorum = 2;
  kit.options.auto_failover = 0;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit.options.on_divergence = HAREDIS_DIVERGENCE_REFUSE;
  kit.options.connect_timeout_ms = 77;
  kit_connect();
  const struct hr_driver_config *config = &kit.config;
  assert_int_equal(config->core.down_after_ms, 500);
  assert_int_equal(config->core.fence_ms, 150);
  assert_int_equal(config->core.quorum, 2);
  assert_false(config->core.auto_failover);
  assert_true(config->core.durable);
  assert_true(config->core.refuse_divergence);
  assert_int_equal(config->connect_timeout_ms, 77);
  assert_int_equal(config->count, 3);
  assert_string_equal(config->nodes[0].name, "redis1:7000");
  assert_string_equal(config->nodes[0].host, "10.0.0.1");
  assert_int_equal(config->nodes[0].port, 6380);
  assert_string_equal(config->nodes[0].announce_host, "redis1");
  assert_int_equal(config->nodes[0].announce_port, 7000);
  assert_string_equal(config->nodes[1].unix_path, "/run/r.sock");
  assert_string_equal(config->nodes[2].username, "u");
  assert_string_equal(config->nodes[2].password, "p");
  assert_int_equal(kit.c->options.db, 4);
  assert_string_equal(kit.c->group_key, "shop:group");
}

static void a_fence_of_its_own(void **state) {
  (void)state;
  kit.options.fence_ms = 123;
  kit_connect();
  assert_int_equal(kit.config.core.fence_ms, 123);
  assert_true(kit.config.core.auto_failover);
  assert_false(kit.config.core.durable);
}

/* ---- topology ---- */

static void a_snapshot_does_not_change(void **state) {
  (void)state;
  kit_connect();
  haredis_topology *before = haredis_topology_ref(kit.c);
  kit.topology.nodes[1] = (struct hr_node_state){.role = HR_ROLE_MASTER, .up = true, .follows = -1,
                                                 .lag = -1, .opcounter = 12, .keys = 3};
  kit.topology.nodes[1].epoch = (struct hr_epoch){7, "gP0SCM1B"};
  kit.topology.nodes[2] = (struct hr_node_state){.role = HR_ROLE_REPLICA, .up = true,
                                                 .link_up = true, .follows = 1, .lag = 40,
                                                 .offset = 900, .seen_ms = 1};
  kit_master(1);
  haredis_topology *after = haredis_topology_ref(kit.c);
  assert_int_equal(haredis_topology_count(before), KIT_NODES);
  assert_int_equal(haredis_topology_master(before), -1);
  assert_int_equal(haredis_topology_writable(before), 0);
  assert_int_equal(haredis_topology_node(before, 0)->age_ms, -1);
  assert_int_equal(haredis_topology_master(after), 1);
  assert_int_equal(haredis_topology_writable(after), 1);
  assert_int_equal(haredis_topology_epoch(after), 1);
  const struct haredis_node *master = haredis_topology_node(after, 1);
  const struct haredis_node *replica = haredis_topology_node(after, 2);
  assert_int_equal(master->role, HAREDIS_ROLE_MASTER);
  assert_string_equal(master->lineage, "7:gP0SCM1B");
  assert_null(master->follows);
  assert_string_equal(replica->follows, master->name);
  assert_string_equal(replica->lineage, "-");
  assert_true(replica->age_ms > 0);
  assert_null(haredis_topology_node(after, 3));
  kit_pause(HR_PAUSE_NO_QUORUM);
  haredis_topology *fenced = haredis_topology_ref(kit.c);
  assert_int_equal(haredis_topology_master(fenced), 1);
  assert_int_equal(haredis_topology_writable(fenced), 0);
  haredis_free(kit.c); /* snapshots outlive their client */
  kit.c = NULL;
  assert_int_equal(haredis_topology_node(after, 1)->opcounter, 12);
  haredis_topology_unref(before);
  haredis_topology_unref(after);
  haredis_topology_unref(fenced);
  haredis_topology_unref(NULL);
  assert_null(haredis_topology_ref(NULL));
}

static void a_snapshot_says_why_commands_wait(void **state) {
  static const struct {
    enum hr_pause pause;
    int code;
  } cases[] = {{HR_PAUSE_NO_MASTER, HAREDIS_ERR_NO_MASTER},
               {HR_PAUSE_NO_QUORUM, HAREDIS_ERR_NO_QUORUM},
               {HR_PAUSE_AMBIGUOUS, HAREDIS_ERR_AMBIGUOUS},
               {HR_PAUSE_AUTH, HAREDIS_ERR_AUTH}};
  (void)state;
  kit_connect();
  haredis_topology *t = haredis_topology_ref(kit.c);
  assert_int_equal(haredis_topology_pause(t), HAREDIS_ERR_NO_MASTER);
  assert_null(haredis_topology_node(t, 0)->why);
  haredis_topology_unref(t);
  kit.topology.nodes[0].why = "silent";
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    kit_master(1);
    t = haredis_topology_ref(kit.c);
    assert_int_equal(haredis_topology_pause(t), HAREDIS_OK);
    haredis_topology_unref(t);
    kit_pause(cases[i].pause);
    t = haredis_topology_ref(kit.c);
    assert_int_equal(haredis_topology_pause(t), cases[i].code);
    assert_string_equal(haredis_topology_node(t, 0)->why, "silent");
    haredis_topology_unref(t);
  }
  assert_int_equal(haredis_topology_pause(NULL), HAREDIS_ERR_MEMORY);
}

static void text_and_json_of_a_topology(void **state) {
  char text[2048], cut[16], json[2048], want[64];
  (void)state;
  kit.options.nodes = "unix:/tmp/a\"b\\c.sock,127.0.0.1:7001,127.0.0.1:7002";
  kit_connect();
  kit.topology.nodes[0].follows = kit.topology.nodes[1].follows = -1;
  kit.topology.nodes[2].follows = 0;
  kit.topology.nodes[2].why = "refused";
  kit_master(0);
  haredis_topology *t = haredis_topology_ref(kit.c);
  size_t len = haredis_topology_text(t, text, sizeof(text));
  assert_int_equal(len, strlen(text));
  assert_non_null(strstr(text, "127.0.0.1:7001"));
  memset(cut, 'x', sizeof(cut));
  assert_int_equal(haredis_topology_text(t, cut, sizeof(cut)), len);
  assert_int_equal(strlen(cut), sizeof(cut) - 1);
  assert_memory_equal(cut, text, sizeof(cut) - 1);
  assert_int_equal(haredis_topology_text(t, NULL, 0), len);
  len = haredis_topology_json(t, json, sizeof(json));
  assert_int_equal(len, strlen(json));
  assert_int_equal(haredis_topology_json(t, cut, sizeof(cut)), len);
  snprintf(want, sizeof(want), "{\"epoch\":1,\"master\":\"unix:/tmp/a\\\"b\\\\c.sock\",\"wri");
  assert_memory_equal(json, want, strlen(want));
  assert_non_null(strstr(json, "\"writable\":true,\"pause\":null,\"nodes\":[{\"name\":"));
  assert_non_null(strstr(json, "{\"name\":\"127.0.0.1:7001\",\"role\":\"unknown\",\"up\":false,"
                               "\"link_up\":false,\"follows\":null,\"lineage\":\"-\","));
  assert_string_equal(json + len - 18, "\"why\":\"refused\"}]}");
  assert_int_equal(haredis_topology_json(NULL, cut, sizeof(cut)), 0);
  haredis_topology_unref(t);
}

/* ---- events and log ---- */

static struct {
  int kind, level, count;
  char node[64], text[128];
  uint64_t epoch;
  int64_t number;
} seen;

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  assert_ptr_equal(user, &seen);
  (void)c;
  seen.kind = event->kind;
  seen.epoch = event->epoch;
  seen.number = event->count;
  snprintf(seen.node, sizeof(seen.node), "%s", event->node != NULL ? event->node : "-");
  snprintf(seen.text, sizeof(seen.text), "%s", event->text);
}

static void on_log(const struct haredis_log_record *record, void *user) {
  assert_ptr_equal(user, &seen);
  assert_true(record->wall_ms > 1500000000000);
  assert_int_equal(record->client, haredis_number(kit.c));
  seen.count++;
  seen.level = record->level;
  snprintf(seen.text, sizeof(seen.text), "%s", record->text);
}

static void every_telling_has_its_event(void **state) {
  static const int kinds[] = {HAREDIS_EVENT_READY, HAREDIS_EVENT_PAUSED, HAREDIS_EVENT_NODE_UP,
                              HAREDIS_EVENT_NODE_DOWN, HAREDIS_EVENT_FAILOVER_STARTED,
                              HAREDIS_EVENT_FAILOVER_ENDED, HAREDIS_EVENT_MASTER_CHANGED,
                              HAREDIS_EVENT_DIVERGED, HAREDIS_EVENT_WARNING};
  (void)state;
  kit.options.on_event = on_event;
  kit.options.user = &seen;
  kit_connect();
  for (int tell = HR_TELL_READY; tell <= HR_TELL_WARNING; tell++) {
    struct hr_action action = {.tell = (enum hr_tell)tell, .node = tell % 2, .count = tell};
    action.epoch.n = 9;
    snprintf(action.u.text, sizeof(action.u.text), "telling %d", tell);
    kit.hooks->tell(&action, kit.owner);
    assert_int_equal(seen.kind, kinds[tell]);
    assert_string_equal(seen.node, kit.c->addresses.list[tell % 2].name);
    assert_int_equal(seen.epoch, 9);
    assert_int_equal(seen.number, tell);
    assert_memory_equal(seen.text, "telling ", 8);
  }
  struct hr_action nobody = {.tell = HR_TELL_WARNING, .node = -1};
  kit.hooks->tell(&nobody, kit.owner);
  assert_string_equal(seen.node, "-");
  kit_master(1);
  assert_int_equal(seen.kind, HAREDIS_EVENT_TOPOLOGY_CHANGED);
  assert_string_equal(haredis_event_name(HAREDIS_EVENT_READY), "READY");
  assert_string_equal(haredis_event_name(HAREDIS_EVENT_TOPOLOGY_CHANGED), "TOPOLOGY_CHANGED");
  assert_string_equal(haredis_event_name(HAREDIS_EVENT_CLOSED), "CLOSED");
  assert_string_equal(haredis_event_name(0), "UNKNOWN");
  assert_string_equal(haredis_event_name(99), "UNKNOWN");
}

static void the_log_keeps_to_its_level(void **state) {
  (void)state;
  kit.options.on_log = on_log;
  kit.options.user = &seen;
  kit.options.log_level = HAREDIS_LOG_INFO;
  kit_connect();
  seen.count = 0;
  kit.hooks->log(HR_LEVEL_DEBUG, "too much", kit.owner);
  assert_int_equal(seen.count, 0);
  kit.hooks->log(HR_LEVEL_INFO, "attempting failover!", kit.owner);
  assert_int_equal(seen.level, HAREDIS_LOG_INFO);
  assert_string_equal(seen.text, "attempting failover!");
  kit.hooks->log(HR_LEVEL_WARNING, "w", kit.owner);
  assert_int_equal(seen.level, HAREDIS_LOG_WARNING);
  kit.hooks->log(HR_LEVEL_ERROR, "e", kit.owner);
  assert_int_equal(seen.level, HAREDIS_LOG_ERROR);
  assert_int_equal(seen.count, 3);
}

/* The first command on each new master is named in the words of the trace. */
static void the_first_command_is_logged(void **state) {
  struct kit_answer a = {0}, b = {0};
  char want[96];
  (void)state;
  kit.options.on_log = on_log;
  kit.options.user = &seen;
  kit.options.log_level = HAREDIS_LOG_INFO;
  kit_connect();
  kit_master(1);
  seen.count = 0;
  kit_submit(&a, "SET k 1");
  kit_submit(&b, "GET k");
  kit_until(&b.count, 1);
  snprintf(want, sizeof(want), "set on 127.0.0.1:%d (master default)", kit.servers[1].port);
  assert_string_equal(seen.text, want);
  assert_int_equal(seen.count, 1);
}

static void the_ready_made_writer_has_the_form_of_the_trace(void **state) {
  struct haredis_log_record record = {sizeof(record), HAREDIS_LOG_WARNING, 1, 0,
                                      "MASTER is down! (127.0.0.1:6380)"};
  struct tm when = {.tm_year = 126, .tm_mon = 0, .tm_mday = 5, .tm_hour = 19, .tm_min = 27,
                    .tm_sec = 58, .tm_isdst = -1};
  char line[128] = "";
  int fds[2], saved = dup(2);
  (void)state;
  record.wall_ms = (int64_t)mktime(&when) * 1000;
  assert_int_equal(pipe(fds), 0);
  fflush(stderr);
  dup2(fds[1], 2);
  haredis_log_stderr(&record, NULL);
  record.level = HAREDIS_LOG_NONE;
  haredis_log_stderr(&record, NULL);
  record.level = 1000;
  haredis_log_stderr(&record, NULL);
  fflush(stderr);
  dup2(saved, 2);
  close(saved);
  close(fds[1]);
  assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
  close(fds[0]);
  assert_string_equal(line, "[19:27:58](#1) warning: MASTER is down! (127.0.0.1:6380)\n");
}

static void client_numbers_count_up(void **state) {
  (void)state;
  kit_connect();
  int first = haredis_number(kit.c);
  haredis_client *second = kit_try_connect();
  assert_int_equal(haredis_number(second), first + 1);
  haredis_free(second);
  assert_int_equal(haredis_number(NULL), 0);
}

/* ---- spans ---- */

static struct haredis_span span;
static char span_command[16], span_node[64];
static int span_count;

static void on_span(haredis_client *c, const struct haredis_span *s, void *user) {
  (void)c;
  (void)user;
  span = *s;
  span_count++;
  snprintf(span_command, sizeof(span_command), "%.*s", (int)s->command_len, s->command);
  snprintf(span_node, sizeof(span_node), "%s", s->node != NULL ? s->node : "-");
}

static void spans_tell_where_the_time_went(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  span_count = 0;
  kit.options.on_span = on_span;
  kit.options.command_timeout_ms = 250;
  kit_connect();
  kit_submit(&a, "SET k 1");
  kit_turn(30);
  kit_master(0);
  kit_until(&a.count, 1);
  assert_int_equal(span_count, 1);
  assert_string_equal(span_command, "SET");
  assert_string_equal(span_node, kit.c->addresses.list[0].name);
  assert_int_equal(span.error, HAREDIS_OK);
  assert_int_equal(span.attempts, 1);
  assert_in_range(span.queued_us, 20000, 10000000);
  assert_in_range(span.network_us, 1, 10000000);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_submit(&b, "GET k");
  kit_until(&b.count, 1);
  assert_int_equal(span_count, 2);
  assert_string_equal(span_command, "GET");
  assert_string_equal(span_node, "-");
  assert_int_equal(span.error, HAREDIS_ERR_NO_MASTER);
  assert_int_equal(span.attempts, 0);
  assert_in_range(span.queued_us, 200000, 10000000);
  assert_int_equal(span.network_us, 0);
}

static char late_words[64];

static void on_late_span(haredis_client *c, const struct haredis_span *s, void *user) {
  size_t used = strlen(late_words);
  (void)user;
  assert_true(kit.over || strcmp(s->node, c->addresses.list[0].name) == 0);
  snprintf(late_words + used, sizeof(late_words) - used, "%.*s ", (int)s->command_len, s->command);
}

/* People look most for the span of what was late. */
static void the_span_of_a_late_command_names_it(void **state) {
  struct kit_answer a[3] = {0};
  (void)state;
  late_words[0] = '\0';
  kit.options.on_span = on_late_span;
  kit.options.command_timeout_ms = 60;
  kit_connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&a[0], "INCR k");
  kit_submit(&a[1], "GET k");
  kit_submit(&a[2], "FLUSHALL");
  for (int i = 0; i < 3; i++) {
    kit_until(&a[i].count, 1);
    assert_answered(a[i], HAREDIS_ERR_MAYBE);
  }
  assert_string_equal(late_words, "INCR GET FLUSHALL ");
}

/* Calls that a hook makes do not change what the callback of a command is told, nor its span. */
static void on_span_that_calls(haredis_client *c, const struct haredis_span *s, void *user) {
  static char big[100000];
  (void)user;
  memset(big, 'x', sizeof(big) - 1);
  if (kit.over || span_count++ > 0) {
    return;
  }
  assert_int_equal(haredis_async_command(c, NULL, NULL, "MULTI"), HAREDIS_ERR_UNSUPPORTED);
  assert_int_equal(haredis_async_command(c, NULL, NULL, "SET k %s", big), HAREDIS_OK);
  snprintf(span_command, sizeof(span_command), "%.*s", (int)s->command_len, s->command);
}

static void a_hook_for_spans_may_call(void **state) {
  struct kit_answer a = {0};
  (void)state;
  span_count = 0;
  kit.options.on_span = on_span_that_calls;
  kit_connect_to(0);
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_string_equal(span_command, "SET");
}

static const char *still_loading(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  return strcmp(argv[0], "GET") == 0 ? "-LOADING Redis is loading the dataset in memory\r\n" : NULL;
}

/* The core hears of a refusal and has that very link closed: the span still knows the command. */
static void the_span_survives_what_a_refusal_sets_off(void **state) {
  struct kit_answer a = {0};
  (void)state;
  span_count = 0;
  kit.options.on_span = on_span;
  kit.options.retry_attempts = 1;
  kit_connect_to(0);
  kit.servers[0].rule = still_loading;
  kit.close_on_hint = true;
  kit_submit(&a, "GET k");
  kit_until(&a.count, 1);
  kit_until(&kit.hints, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.type, REDIS_REPLY_ERROR);
  assert_string_equal(span_command, "GET");
  kit.close_on_hint = false;
}

/* ---- blocking ---- */

static void publish_master(struct ev_loop *ev, ev_timer *timer, int events) {
  (void)ev;
  (void)timer;
  (void)events;
  kit_master(0);
}

static void a_blocking_command_waits_for_its_reply(void **state) {
  ev_timer later;
  (void)state;
  kit_connect_blocking();
  ev_timer_init(&later, publish_master, 0.02, 0.0);
  ev_timer_start(kit.ev, &later);
  redisReply *reply = haredis_command(kit.c, "SET %s %b", "k", "v\0w", (size_t)3);
  assert_non_null(reply);
  assert_string_equal(reply->str, "OK");
  freeReplyObject(reply);
  reply = haredis_command(kit.c, "GET k");
  assert_string_equal(reply->str, "value");
  redisReply *kept = reply; /* ours: the next command does not touch it */
  const char *argv[] = {"GET", "k"};
  reply = haredis_command_argv(kit.c, 2, argv, NULL);
  assert_string_equal(reply->str, "value");
  assert_string_equal(kept->str, "value");
  freeReplyObject(reply);
  freeReplyObject(kept);
  assert_int_equal(haredis_run(kit.c, 0), HAREDIS_OK);
  assert_int_equal(haredis_run(kit.c, 20), HAREDIS_OK);
}

static void a_blocking_command_fails_with_a_code(void **state) {
  const char *argv[] = {"GET", "k"};
  haredis_call call = HAREDIS_CALL_INIT;
  (void)state;
  call.timeout_ms = 20;
  kit_connect_blocking();
  assert_null(haredis_command_with(kit.c, &call, 2, argv, NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_NO_MASTER);
  assert_null(haredis_command(kit.c, "SET k %y"));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_FORMAT);
  const char *none = NULL;
  assert_null(haredis_command(kit.c, none));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_FORMAT);
  assert_null(haredis_command(kit.c, "SUBSCRIBE x"));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_UNSUPPORTED);
  assert_null(haredis_command(NULL, "GET k"));
}

static void options_of_one_formatted_command(void **state) {
  haredis_call call = HAREDIS_CALL_INIT, bad = HAREDIS_CALL_INIT;
  struct kit_answer late = {0};
  (void)state;
  call.timeout_ms = 20;
  bad.read_from = HAREDIS_READ_NEAREST + 1;
  kit_connect_blocking();
  assert_null(haredis_commandf_with(kit.c, &call, "GET %s", "k"));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_NO_MASTER);
  assert_null(haredis_commandf_with(kit.c, &bad, "GET k"));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_OPTION);
  assert_null(haredis_commandf_with(kit.c, &bad, "SET k 1")); /* though it reads nothing */
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_OPTION);
  assert_null(haredis_commandf_with(NULL, &call, "GET k"));
  assert_int_equal(haredis_async_commandf_with(kit.c, &call, kit_on_reply, &late, "SET %s %d", "k",
                                               1), HAREDIS_OK);
  assert_int_equal(haredis_run(kit.c, 40), HAREDIS_OK);
  assert_answered(late, HAREDIS_ERR_NO_MASTER);
  assert_int_equal(haredis_async_commandf_with(NULL, NULL, NULL, NULL, "GET k"),
                   HAREDIS_ERR_MEMORY);
}

static void block_inside(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)user;
  if (event->kind == HAREDIS_EVENT_TOPOLOGY_CHANGED) {
    assert_null(haredis_command(c, "GET k"));
    assert_int_equal(haredis_err(c), HAREDIS_ERR_REENTRANT);
    assert_int_equal(haredis_run(c, 10), HAREDIS_ERR_REENTRANT);
    seen.count++;
  }
}

static void blocking_inside_a_callback_is_refused(void **state) {
  (void)state;
  seen.count = 0;
  kit.options.on_event = block_inside;
  kit_connect_blocking();
  kit_master(0);
  assert_int_equal(seen.count, 1);
  redisReply *reply = haredis_command(kit.c, "GET k");
  assert_non_null(reply);
  freeReplyObject(reply);
}

static void an_asynchronous_client_does_not_block(void **state) {
  (void)state;
  kit_connect();
  assert_null(haredis_command(kit.c, "GET k"));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_REENTRANT);
  assert_int_equal(haredis_run(kit.c, 1), HAREDIS_ERR_REENTRANT);
}

static void a_blocking_disconnect_is_over_when_it_returns(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.options.drain_timeout_ms = 300;
  kit_connect_blocking();
  kit_master(0);
  kit_submit(&a, "SET k 1");
  kit.servers[0].silent = true;
  for (int i = 0; i < 3000 && kit.servers[0].seen_count < 1; i++) {
    assert_int_equal(haredis_run(kit.c, 1), HAREDIS_OK);
  }
  kit_submit(&b, "GET k");
  kit_disconnect_blocking();
  assert_answered(a, HAREDIS_ERR_MAYBE);
  assert_answered(b, HAREDIS_ERR_MAYBE);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(options_reach_the_control_plane),
      KIT_TEST(a_fence_of_its_own),
      KIT_TEST(a_snapshot_does_not_change),
      KIT_TEST(a_snapshot_says_why_commands_wait),
      KIT_TEST(text_and_json_of_a_topology),
      KIT_TEST(every_telling_has_its_event),
      KIT_TEST(the_log_keeps_to_its_level),
      KIT_TEST(the_first_command_is_logged),
      KIT_TEST(the_ready_made_writer_has_the_form_of_the_trace),
      KIT_TEST(client_numbers_count_up),
      KIT_TEST(spans_tell_where_the_time_went),
      KIT_TEST(the_span_of_a_late_command_names_it),
      KIT_TEST(a_hook_for_spans_may_call),
      KIT_TEST(the_span_survives_what_a_refusal_sets_off),
      KIT_TEST(a_blocking_command_waits_for_its_reply),
      KIT_TEST(a_blocking_command_fails_with_a_code),
      KIT_TEST(options_of_one_formatted_command),
      KIT_TEST(blocking_inside_a_callback_is_refused),
      KIT_TEST(an_asynchronous_client_does_not_block),
      KIT_TEST(a_blocking_disconnect_is_over_when_it_returns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
