/*
 * The feed of the driver, against a server that says what the test wants: when it is up and down,
 * what is answered, which messages are handed out, and being freed in any of its hooks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

#define RUN_ID "0123456789abcdef0123456789abcdef01234567"

static struct stage {
  struct ev_loop *ev;
  struct hr_loop *loop;
  struct hr_driver *driver;
  struct kit_server server;
  char told[8192];
  int ups, downs, answers, messages, beats, warnings;
  char warning[HR_TEXT_MAX];
  const char *free_at; /* what is told when the driver is freed */
  const char *subscribed; /* takes the place of the confirmation of our own channels */
} stage;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...) {
  char text[256];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  size_t len = strlen(stage.told);
  snprintf(stage.told + len, sizeof stage.told - len, "%s%s", len > 0 ? " " : "", text);
  if (stage.free_at && !strncmp(text, stage.free_at, strlen(stage.free_at))) {
    hr_driver_free(stage.driver);
    stage.driver = NULL;
    stage.free_at = NULL;
  }
}

static void on_tell(const struct hr_action *action, void *owner) {
  (void)owner;
  if (action->kind != HR_DO_TELL || strstr(action->u.text, "our own channels") == NULL) return;
  stage.warnings++;
  snprintf(stage.warning, sizeof stage.warning, "%s", action->u.text);
}

static void on_up(int node, void *owner) {
  (void)owner;
  stage.ups++;
  tell("up%d", node);
}

static void on_down(int node, void *owner) {
  static const char *const argv[] = {"SUBSCRIBE", "a"};
  (void)owner;
  stage.downs++;
  assert_false(hr_driver_feed_is_up(stage.driver, node));
  assert_int_equal(hr_driver_feed_send(stage.driver, node, 99, 2, argv, NULL), -1);
  tell("down%d", node);
}

static void on_answer(int node, uint32_t serial, const char *error, void *owner) {
  (void)owner;
  (void)node;
  stage.answers++;
  tell("%u=%s", serial, error ? error : "ok");
}

static void on_message(int node, const struct hr_link_message *message, void *owner) {
  (void)owner;
  (void)node;
  stage.messages++;
  tell("%c(%s,%s)", message->kind, message->channel, message->payload);
}

static void on_beat(int node, const struct hr_gossip *beat, void *owner) {
  (void)owner;
  (void)node;
  stage.beats++;
  tell("beat(%s,%d)", beat->client, (int)beat->seq);
}

/* ---- the server ---- */

static const char *answer(struct kit_server *server, int argc, char **argv) {
  static char reply[4096];
  (void)server;
  if (!strcmp(argv[0], "INFO")) {
    static const char info[] = "redis_version:7.0.0\r\nrun_id:" RUN_ID "\r\n";
    snprintf(reply, sizeof reply, "$%zu\r\n%s\r\n", sizeof info - 1, info);
    return reply;
  }
  if (!strcmp(argv[0], "CONFIG")) return "*0\r\n";
  if (strcmp(argv[0], "SUBSCRIBE") != 0) return NULL;
  if (stage.subscribed && strstr(argv[1], ":gossip:")) return stage.subscribed;
  if (!strcmp(argv[1], "secret")) return "-NOPERM not for you\r\n";
  size_t used = 0;
  for (int i = 1; i < argc; i++) {
    used += (size_t)snprintf(reply + used, sizeof reply - used,
                             "*3\r\n$9\r\nsubscribe\r\n$%zu\r\n%s\r\n:%d\r\n", strlen(argv[i]),
                             argv[i], i);
  }
  return reply;
}

static void turn(int ms) {
  kit.ev = stage.ev;
  kit_turn(ms);
}

static void until(const int *what, int value) {
  kit.ev = stage.ev;
  kit_until(what, value);
}

static void say_message(const char *kind, const char *pattern, const char *channel,
                        const char *payload) {
  char bytes[1024], first[256] = "";
  if (pattern) snprintf(first, sizeof first, "$%zu\r\n%s\r\n", strlen(pattern), pattern);
  snprintf(bytes, sizeof bytes, "*%d\r\n$%zu\r\n%s\r\n%s$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
           pattern ? 4 : 3, strlen(kind), kind, first, strlen(channel), channel, strlen(payload),
           payload);
  kit_server_reply(&stage.server, bytes);
}

/* ---- life ---- */

static void start(void) {
  static const struct hr_driver_hooks hooks = {.tell = on_tell,
                                               .feed_up = on_up,
                                               .feed_down = on_down,
                                               .feed_answer = on_answer,
                                               .feed_message = on_message,
                                               .feed_beat = on_beat};
  static struct hr_driver_config config;
  memset(&config, 0, sizeof config);
  config.count = 1;
  config.prefix = "haredis";
  config.core.down_after_ms = 2000;
  config.core.auto_failover = false;
  config.connect_timeout_ms = 1000;
  snprintf(config.nodes[0].name, sizeof config.nodes[0].name, "127.0.0.1:%d", stage.server.port);
  config.nodes[0].host = config.nodes[0].announce_host = "127.0.0.1";
  config.nodes[0].port = config.nodes[0].announce_port = stage.server.port;
  stage.driver = hr_driver_new(stage.loop, &config, &hooks, NULL);
  if (stage.driver) hr_driver_start(stage.driver);
}

static int begin(void **state) {
  (void)state;
  memset(&stage, 0, sizeof stage);
  memset(&kit, 0, sizeof kit);
  stage.ev = ev_loop_new(EVFLAG_AUTO);
  stage.loop = hr_loop_new(stage.ev);
  kit_server_start(&stage.server, stage.ev, 0);
  stage.server.rule = answer;
  return 0;
}

static int end(void **state) {
  (void)state;
  hr_driver_free(stage.driver);
  kit_server_stop(&stage.server);
  kit_server_forget(&stage.server);
  hr_loop_free(stage.loop);
  ev_loop_destroy(stage.ev);
  return 0;
}

/* Up, and the server's last speaker is the pub/sub link. */
static void come_up(void) {
  start();
  until(&stage.ups, 1);
  assert_true(hr_driver_feed_is_up(stage.driver, 0));
  assert_true(strstr(stage.told, "up0") == stage.told);
}

static void send_words(uint32_t serial, int argc, const char *const *argv) {
  assert_int_equal(hr_driver_feed_send(stage.driver, 0, serial, argc, argv, NULL), 0);
}

/* ---- tests ---- */

static void answers_come_under_their_serial_in_order(void **state) {
  static const char *const many[] = {"SUBSCRIBE", "a", "b", "c"}, *const ping[] = {"PING"},
                           *const refused[] = {"SUBSCRIBE", "secret"},
                           *const one[] = {"SUBSCRIBE", "d"};
  (void)state;
  come_up();
  send_words(7, 4, many);
  send_words(8, 2, refused);
  send_words(9, 1, ping);
  send_words(10, 2, one);
  until(&stage.answers, 4);
  assert_string_equal(stage.told, "up0 7=ok 8=NOPERM not for you 9=ok 10=ok");
}

static void not_up_before_our_own_channels_are_in_force(void **state) {
  static const char *const argv[] = {"SUBSCRIBE", "a"};
  (void)state;
  stage.subscribed = "*3\r\n$9\r\nsubscribe\r\n$24\r\nharedis:gossip:heartbeat\r\n:1\r\n";
  start();
  turn(50);
  assert_int_equal(stage.ups, 0);
  assert_false(hr_driver_feed_is_up(stage.driver, 0));
  assert_int_equal(hr_driver_feed_send(stage.driver, 0, 1, 2, argv, NULL), -1);
  kit_server_reply(&stage.server,
                   "*3\r\n$9\r\nsubscribe\r\n$21\r\nharedis:gossip:master\r\n:2\r\n");
  until(&stage.ups, 1);
}

static void refused_it_is_never_up(void **state) {
  (void)state;
  stage.subscribed = "-NOPERM not for you\r\n";
  start();
  turn(60);
  assert_string_equal(stage.told, "");
  assert_true(hr_driver_feed_is_denied(stage.driver, 0));
  assert_int_equal(stage.warnings, 1); /* dialled again, but not told again */
  assert_non_null(strstr(stage.warning, "NOPERM not for you"));
  stage.subscribed = NULL;
  until(&stage.ups, 1);
  assert_false(hr_driver_feed_is_denied(stage.driver, 0));
  assert_int_equal(stage.downs, 0);
}

static void one_down_for_each_up(void **state) {
  static const char *const argv[] = {"SUBSCRIBE", "a"};
  (void)state;
  come_up();
  stage.server.silent = true;
  send_words(1, 2, argv);
  turn(5);
  kit_server_cut(&stage.server);
  stage.server.silent = false;
  until(&stage.ups, 2);
  assert_string_equal(stage.told, "up0 down0 up0"); /* and no answer to what was lost */
  send_words(3, 2, argv);
  until(&stage.answers, 1);
  assert_string_equal(stage.told, "up0 down0 up0 3=ok");
}

static void what_is_ours_is_not_handed_out(void **state) {
  char mark[128];
  (void)state;
  come_up();
  stage.told[0] = '\0';
  snprintf(mark, sizeof mark, "%s", hr_driver_feed_channel(stage.driver));
  assert_true(strstr(mark, "haredis:mark:") == mark);
  assert_int_equal(strlen(mark), strlen("haredis:mark:") + 36);
  say_message("message", NULL, "haredis:gossip:heartbeat", "c1 5 3:abcdefgh 127.0.0.1:1");
  say_message("pmessage", "*", "haredis:gossip:heartbeat", "c1 5 3:abcdefgh 127.0.0.1:1");
  say_message("message", NULL, "haredis:gossip:heartbeat", "nonsense");
  say_message("message", NULL, "haredis:gossip:master", "c1 6 3:abcdefgh 127.0.0.1:1");
  say_message("message", NULL, "haredis:mark:of-another", "1");
  say_message("pmessage", "h*", mark, "2");
  say_message("message", NULL, mark, "3");
  say_message("message", NULL, "haredis:gossiping", "4");
  say_message("pmessage", "h*", "haredis:market", "5");
  say_message("message", NULL, "haredis", "6");
  say_message("smessage", NULL, "h", "7");
  say_message("message", NULL, "", "8");
  until(&stage.messages, 6);
  char want[512];
  snprintf(want, sizeof want,
           "beat(c1,5) m(%s,3) m(haredis:gossiping,4) p(haredis:market,5) m(haredis,6) s(h,7) "
           "m(,8)",
           mark);
  assert_string_equal(stage.told, want);
}

static void a_mark_goes_as_a_transaction(void **state) {
  (void)state;
  come_up();
  turn(20);
  kit_server_forget(&stage.server);
  assert_true(hr_driver_feed_mark(stage.driver, 0, "haredis:mark:x", "17"));
  for (int i = 0; i < 500 && kit_server_count(&stage.server, "EXEC") == 0; i++) turn(2);
  assert_true(kit_server_saw(&stage.server, "MULTI"));
  assert_true(kit_server_saw(&stage.server, "PUBLISH haredis:mark:x 17"));
  assert_true(kit_server_saw(&stage.server, "DEL haredis:mark:x"));
  kit_server_stop(&stage.server);
  until(&stage.downs, 1);
  assert_false(hr_driver_feed_mark(stage.driver, 0, "haredis:mark:x", "18"));
}

static const char *full(struct kit_server *at, int argc, char **argv) {
  if (!strcmp(argv[0], "DEL")) return "-OOM command not allowed\r\n";
  return answer(at, argc, argv);
}

/* A master that is full refuses the guards: the last mark goes without one, and only once. */
static void a_mark_without_its_guard_goes_once(void **state) {
  (void)state;
  come_up();
  turn(20);
  kit_server_forget(&stage.server);
  stage.server.rule = full;
  assert_true(hr_driver_feed_mark(stage.driver, 0, "haredis:mark:x", "17"));
  assert_true(hr_driver_feed_mark(stage.driver, 0, "haredis:mark:x", "18"));
  for (int i = 0; i < 500 && kit_server_count(&stage.server, "PUBLISH") < 3; i++) turn(2);
  turn(20);
  assert_int_equal(kit_server_count(&stage.server, "DEL"), 2);
  assert_int_equal(kit_server_count(&stage.server, "PUBLISH"), 3);
}

static void freed_in_any_hook(void **state) {
  static const char *const hooks[] = {"up", "1=", "m(", "beat", "down"};
  static const char *const argv[] = {"SUBSCRIBE", "a"};
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++) {
    begin(state);
    stage.free_at = hooks[i];
    start();
    until(&stage.ups, 1);
    if (stage.driver) {
      send_words(1, 2, argv);
      send_words(2, 2, argv);
      turn(5);
    }
    if (stage.driver) {
      say_message("message", NULL, "a", "1");
      say_message("message", NULL, "haredis:gossip:heartbeat", "c1 5 3:abcdefgh 127.0.0.1:1");
      turn(5);
    }
    kit_server_cut(&stage.server);
    for (int turns = 0; stage.driver && turns < 500; turns++) turn(2);
    assert_null(stage.driver);
    char told[sizeof stage.told];
    snprintf(told, sizeof told, "%s", stage.told);
    turn(5);
    assert_string_equal(stage.told, told); /* nobody speaks after it is gone */
    end(state);
  }
  begin(state);
}

/* Wherever memory runs out: each up has its down, and what was accepted an answer or a down. */
static void each_allocation_may_fail(void **state) {
  static const char *const argv[] = {"SUBSCRIBE", "a", "b"};
  for (int n = 0; n < 40; n++) {
    begin(state);
    come_up();
    int accepted = 0;
    kit_memory(n);
    for (uint32_t i = 0; i < 300; i++) {
      accepted += hr_driver_feed_send(stage.driver, 0, i, 3, argv, NULL) == 0;
    }
    hr_driver_feed_mark(stage.driver, 0, "haredis:mark:x", "1");
    turn(5);
    kit_memory(-1);
    for (int i = 0; i < 500 && stage.answers < accepted && stage.downs == 0; i++) turn(2);
    assert_true(stage.answers == accepted || stage.downs > 0);
    assert_in_range(stage.ups - stage.downs, 0, 1);
    end(state);
  }
  begin(state);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      TEST(answers_come_under_their_serial_in_order),
      TEST(not_up_before_our_own_channels_are_in_force),
      TEST(refused_it_is_never_up),
      TEST(one_down_for_each_up),
      TEST(what_is_ours_is_not_handed_out),
      TEST(a_mark_goes_as_a_transaction),
      TEST(a_mark_without_its_guard_goes_once),
      cmocka_unit_test_teardown(freed_in_any_hook, end),
      cmocka_unit_test_teardown(each_allocation_may_fail, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
