/*
 * MONITOR and keyspace events: one link each, which follows the master, is dialled again, says what
 * was missed, and may be closed from anywhere.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "client_kit.h"
#include "io/wall.h"

#define LINE "1795167036.355747 [0 127.0.0.1:36818] \"SET\" \"a\" \"1\""
#define PATTERN "__keyevent@0__:*"
#define CONFIRMED "*3\r\n$10\r\npsubscribe\r\n$16\r\n" PATTERN "\r\n:1\r\n"
#define EXPIRED \
  "*4\r\n$8\r\npmessage\r\n$16\r\n" PATTERN "\r\n$22\r\n__keyevent@0__:expired\r\n$1\r\nk\r\n"

static struct {
  int items, events, warnings, gaps;
  int64_t gap_from, gap_until;
  char text[256], channel[64], node[64], warning[256];
  haredis_stream *close_in_item; /* closed by the next item */
  bool free_in_item, free_in_warning, free_in_gap;
} got;
static const char *flags; /* what CONFIG GET says */
static const char *refusal;

static const char *answer(struct kit_server *server, int argc, char **argv) {
  static char text[128];
  (void)server;
  (void)argc;
  if (refusal != NULL && (strcmp(argv[0], "MONITOR") == 0 || strcmp(argv[0], "PSUBSCRIBE") == 0)) {
    return refusal;
  }
  if (strcmp(argv[0], "PSUBSCRIBE") == 0) {
    return CONFIRMED;
  }
  if (strcmp(argv[0], "CONFIG") == 0) {
    snprintf(text, sizeof(text), "*2\r\n$22\r\nnotify-keyspace-events\r\n$%d\r\n%s\r\n",
             (int)strlen(flags), flags);
    return text;
  }
  return NULL;
}

static void on_item(haredis_client *c, const struct haredis_stream_item *item, void *data) {
  haredis_stream *s = got.close_in_item;
  assert_ptr_equal(c, kit.c);
  assert_ptr_equal(data, &got);
  assert_int_equal(item->struct_size, sizeof(*item));
  snprintf(got.text, sizeof(got.text), "%.*s", (int)item->text_len, item->text);
  snprintf(got.channel, sizeof(got.channel), "%.*s", (int)item->channel_len,
           item->channel != NULL ? item->channel : "");
  snprintf(got.node, sizeof(got.node), "%s", item->node);
  got.items++;
  got.close_in_item = NULL;
  haredis_stream_close(s);
  if (got.free_in_item) {
    haredis_free(c);
    kit.c = NULL;
  }
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  bool end = false;
  (void)user;
  got.events++;
  if (event->kind == HAREDIS_EVENT_WARNING) {
    got.warnings++;
    snprintf(got.warning, sizeof(got.warning), "%s", event->text);
    end = got.free_in_warning;
  }
  if (event->kind == HAREDIS_EVENT_SUBSCRIPTION_GAP) {
    got.gaps++;
    got.gap_from = event->gap_from_ms;
    got.gap_until = event->gap_until_ms;
    end = got.free_in_gap;
  }
  if (end) {
    haredis_free(c);
    kit.c = NULL;
  }
}

static int begin(void **state) {
  (void)state;
  memset(&got, 0, sizeof(got));
  flags = "AKE";
  refusal = NULL;
  kit_begin();
  kit.options.on_event = on_event;
  kit_rule(answer);
  kit_connect_to(0);
  return 0;
}

static haredis_stream *monitor(const char *node) {
  return haredis_monitor(kit.c, node, on_item, &got);
}

static haredis_stream *keyspace(void) {
  return haredis_keyspace(kit.c, PATTERN, on_item, &got);
}

static void until_command(int node, const char *command, size_t count) {
  for (int i = 0; i < 3000 && kit_server_count(&kit.servers[node], command) < count; i++) {
    kit_turn(1);
  }
  assert_true(kit_server_count(&kit.servers[node], command) >= count);
  kit_turn(2); /* its answer */
}

static void monitor_hands_out_its_lines(void **state) {
  (void)state;
  haredis_stream *s = monitor(NULL);
  assert_non_null(s);
  until_command(0, "MONITOR", 1);
  kit_server_tell(&kit.servers[0], "+" LINE "\r\n");
  kit_until(&got.items, 1);
  assert_string_equal(got.text, LINE);
  assert_string_equal(got.channel, "");
  char node[64];
  snprintf(node, sizeof(node), "127.0.0.1:%d", kit.servers[0].port);
  assert_string_equal(got.node, node);
  assert_int_equal(kit_server_count(&kit.servers[1], "MONITOR"), 0);
  haredis_stream_close(s);
}

static void a_silent_monitor_is_asked_and_the_answer_is_no_line(void **state) {
  (void)state;
  kit_end();
  memset(&got, 0, sizeof(got));
  kit_begin();
  kit.options.down_after_ms = 60;
  kit.servers[0].rule = answer;
  kit_connect();
  kit_master(0);
  assert_non_null(monitor(NULL));
  until_command(0, "MONITOR", 1);
  kit_turn(100); /* PINGs go out, +PONG comes in */
  kit_server_tell(&kit.servers[0], "+" LINE "\r\n");
  kit_until(&got.items, 1);
  assert_string_equal(got.text, LINE);
  kit.servers[0].silent = true; /* nothing more: the link breaks, and is made anew */
  size_t before = kit_server_count(&kit.servers[0], "MONITOR");
  kit_server_deafen(&kit.servers[0]);
  until_command(0, "MONITOR", before + 1);
  assert_int_equal(got.items, 1);
}

static void a_line_before_the_pong_is_not_lost(void **state) {
  (void)state;
  kit_end();
  memset(&got, 0, sizeof(got));
  kit_begin();
  kit.options.down_after_ms = 300;
  kit.servers[0].rule = answer;
  kit_connect();
  kit_master(0);
  haredis_stream *s = monitor(NULL);
  assert_non_null(s);
  until_command(0, "MONITOR", 1);
  struct kit_server *server = &kit.servers[0];
  for (int i = 0; i < 200; i++) { /* lines cross the PINGs in every way */
    kit_turn(i % 20 == 0 ? 105 : 0);
    kit_server_tell(server, "+" LINE "\r\n");
  }
  kit_until(&got.items, 200);
  assert_int_equal(got.items, 200);
}

static void keyspace_events_come_with_their_channel(void **state) {
  (void)state;
  haredis_stream *s = keyspace();
  assert_non_null(s);
  until_command(0, "PSUBSCRIBE " PATTERN, 1);
  kit_server_tell(&kit.servers[0], EXPIRED);
  kit_until(&got.items, 1);
  assert_string_equal(got.channel, "__keyevent@0__:expired");
  assert_string_equal(got.text, "k");
  assert_int_equal(got.warnings, 0);
  assert_int_equal(got.gaps, 0);
  haredis_stream_close(s);
}

static void it_waits_for_a_master_and_follows_it(void **state) {
  (void)state;
  kit_pause(HR_PAUSE_NO_MASTER);
  haredis_stream *named = monitor(kit.config.nodes[1].name);
  assert_non_null(named);
  until_command(1, "MONITOR", 1);
  haredis_stream *s = keyspace();
  assert_non_null(s);
  kit_master(2);
  until_command(2, "PSUBSCRIBE", 1);
  assert_int_equal(got.gaps, 0); /* it was nowhere before */
  kit_server_tell(&kit.servers[2], EXPIRED);
  kit_until(&got.items, 1);
  kit_master(0);
  until_command(0, "PSUBSCRIBE", 1);
  kit_until(&got.gaps, 1);
  assert_true(got.gap_from > 0 && got.gap_from <= got.gap_until);
  assert_int_equal(kit_server_count(&kit.servers[1], "MONITOR"), 1); /* stays where it was */
}

static void a_broken_link_comes_back_and_the_gap_is_named(void **state) {
  (void)state;
  haredis_stream *s = keyspace();
  assert_non_null(s);
  until_command(0, "PSUBSCRIBE", 1);
  kit_server_cut(&kit.servers[0]);
  until_command(0, "PSUBSCRIBE", 2);
  kit_until(&got.gaps, 1);
  assert_true(got.gap_from > 0 && got.gap_from <= got.gap_until);
  kit.hooks->close_data(0, kit.owner); /* and when the control plane says so */
  until_command(0, "PSUBSCRIBE", 3);
  kit_until(&got.gaps, 2);
  kit_server_tell(&kit.servers[0], EXPIRED);
  kit_until(&got.items, 1);
}

/* What a server that closes a slow reader's link has not said is lost: MONITOR tells it, too. */
static void a_monitor_names_what_it_missed(void **state) {
  (void)state;
  assert_non_null(monitor(NULL));
  until_command(0, "MONITOR", 1);
  assert_int_equal(got.gaps, 0);
  kit_server_cut(&kit.servers[0]);
  until_command(0, "MONITOR", 2);
  kit_until(&got.gaps, 1);
  assert_true(got.gap_from > 0 && got.gap_from <= got.gap_until);
  kit_master(1); /* and through a failover */
  until_command(1, "MONITOR", 1);
  kit_until(&got.gaps, 2);
  kit_server_tell(&kit.servers[1], "+" LINE "\r\n");
  kit_until(&got.items, 1);
}

static bool holds_pongs;
static const char *holds_back(struct kit_server *server, int argc, char **argv) {
  return holds_pongs && strcmp(argv[0], "PING") == 0 ? "" : answer(server, argc, argv);
}

/* The server keeps seconds of it for us when it closes the link: what came last was said long ago,
 * and the gap begins there. So on the link of one that names a node, which is no master. */
static void a_slow_reader_misses_what_was_said_long_ago(void **state) {
  (void)state;
  kit_end();
  for (int named = 0; named < 2; named++) {
    memset(&got, 0, sizeof(got));
    holds_pongs = false;
    kit_begin();
    kit.options.down_after_ms = 90; /* a beat every 30 ms */
    kit.options.on_event = on_event;
    kit_rule(holds_back);
    kit.servers[named].pings = true;
    kit_connect_to(0);
    assert_non_null(monitor(named != 0 ? kit.config.nodes[1].name : NULL));
    struct kit_server *server = &kit.servers[named];
    until_command(named, "MONITOR", 1);
    kit_turn(500);
    holds_pongs = true;
    const int64_t held_ms = hr_wall_ms();
    for (int i = 0; i < 10; i++) {
      kit_server_tell(server, "+" LINE "\r\n");
      kit_turn(20);
    }
    assert_int_equal(got.items, 10);
    holds_pongs = false;
    kit_server_cut(server);
    kit_until(&got.gaps, 1);
    assert_true(got.gap_from <= held_ms && got.gap_from > held_ms - 200);
    kit_end();
  }
  kit_begin();
}

/* Nothing was said for long and nothing was missed: the gap begins where another may have become
 * the master, whatever the old one still says when it is cut off. */
static void the_gap_is_as_long_as_it_was(void **state) {
  (void)state;
  kit_end();
  memset(&got, 0, sizeof(got));
  kit_begin();
  kit.options.down_after_ms = 60;
  kit.options.on_event = on_event;
  kit.servers[0].rule = kit.servers[1].rule = answer;
  kit_connect();
  kit_master(0);
  assert_non_null(keyspace());
  until_command(0, "PSUBSCRIBE", 1);
  kit_turn(1200);
  kit_master(1);
  kit_until(&got.gaps, 1);
  assert_in_range(got.gap_until - got.gap_from, 0, 1100);
  kit_turn(200);
  kit_pause(HR_PAUSE_NO_QUORUM);
  kit_turn(300);
  kit_server_tell(&kit.servers[1], EXPIRED);
  kit_until(&got.items, 1);
  kit_master(0);
  kit_until(&got.gaps, 2);
  assert_true(got.gap_until - got.gap_from >= 300);
}

static void who_tells_nothing_is_named_once(void **state) {
  (void)state;
  flags = "";
  haredis_stream *s = keyspace();
  until_command(0, "PSUBSCRIBE", 1);
  kit_until(&got.warnings, 1);
  assert_non_null(strstr(got.warning, "CONFIG SET notify-keyspace-events KEA"));
  assert_non_null(strstr(got.warning, kit.config.nodes[0].name));
  haredis_stream_close(s);
  const char *const silent[] = {"KE", "A", "Kx"}, *const enough[] = {"Ex", "AKE"};
  for (size_t i = 0; i < 3; i++) {
    flags = silent[i];
    s = keyspace();
    until_command(0, "PSUBSCRIBE", i + 2);
    kit_until(&got.warnings, (int)i + 2);
    haredis_stream_close(s);
  }
  for (size_t i = 0; i < 2; i++) {
    flags = enough[i];
    s = keyspace();
    until_command(0, "PSUBSCRIBE", i + 5);
    haredis_stream_close(s);
  }
  assert_int_equal(got.warnings, 4);
}

static void a_refusal_is_told_once(void **state) {
  (void)state;
  refusal = "-NOPERM no\r\n";
  assert_non_null(monitor(NULL));
  assert_non_null(keyspace());
  until_command(0, "MONITOR", 1);
  until_command(0, "PSUBSCRIBE", 1);
  kit_until(&got.warnings, 2);
  kit_turn(20);
  assert_int_equal(got.warnings, 2);
  assert_int_equal(kit_server_count(&kit.servers[0], "MONITOR"), 1); /* not asked without end */
}

/* Events are told, but not those that the pattern names. */
static void a_class_that_is_off_is_named(void **state) {
  static const struct {
    const char *pattern, *flags;
    bool told;
  } cases[] = {{"__keyevent@0__:expired", "Eg$", false}, {"__keyevent@0__:expired", "Ex", true},
               {"__keyevent@*__:expired", "AE", true},   {"__keyevent@0__:evicted", "Ex", false},
               {"__keyevent@0__:evicted", "Ee", true},   {"__keyevent@0__:keymiss", "AE", false},
               {"__keyevent@0__:new", "AKEn", true},     {"__keyevent@0__:e*", "Eg", true},
               {"__keyspace@0__:expired", "Kg", true}};
  (void)state;
  int warnings = 0;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    flags = cases[i].flags;
    haredis_stream *s = haredis_keyspace(kit.c, cases[i].pattern, on_item, &got);
    until_command(0, "PSUBSCRIBE", i + 1);
    warnings += !cases[i].told;
    assert_int_equal(got.warnings, warnings);
    haredis_stream_close(s);
  }
}

/* Whoever waits for items learns that none come; a server that is loading may still send them. */
static void refused_or_not_is_told(void **state) {
  (void)state;
  assert_int_equal(haredis_stream_refused(NULL), 0);
  haredis_stream *s = monitor(NULL);
  assert_int_equal(haredis_stream_refused(s), 0);
  until_command(0, "MONITOR", 1);
  assert_int_equal(haredis_stream_refused(s), 0);
  refusal = "-LOADING soon\r\n";
  haredis_stream *busy = monitor(kit.config.nodes[1].name);
  until_command(1, "MONITOR", 1);
  kit_until(&got.warnings, 1);
  assert_int_equal(haredis_stream_refused(busy), 0);
  refusal = "-NOPERM no\r\n";
  flags = "";
  haredis_stream *no = keyspace();
  until_command(0, "PSUBSCRIBE", 1);
  kit_until(&got.warnings, 3); /* of the flags, then of the refusal */
  assert_non_null(strstr(got.warning, "refuses PSUBSCRIBE"));
  assert_int_equal(haredis_stream_refused(no), 1);
  refusal = NULL;
  kit_master(1); /* which does not refuse */
  until_command(1, "PSUBSCRIBE", 1);
  assert_int_equal(haredis_stream_refused(no), 0);
}

#define RUN_ID "0123456789abcdef0123456789abcdef01234567"

static void say_event(const char *channel, const char *key) {
  char text[512];
  snprintf(text, sizeof(text),
           "*4\r\n$8\r\npmessage\r\n$16\r\n" PATTERN "\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
           strlen(channel), channel, strlen(key), key);
  kit_server_tell(&kit.servers[0], text);
}

/* What the library does to its own keys is nobody's event; a key that looks alike is the user's. */
static void our_own_keys_are_left_out(void **state) {
  static const char *const ours[] = {"haredis:group", "haredis:node",
                                     ("haredis:lock:" RUN_ID)};
  static const char *const theirs[] = {"haredis:groups", "haredis:nod", "haredis:lock:" RUN_ID "0",
                                       "haredis:lock:X123456789abcdef0123456789abcdef01234567",
                                       "haredis:lock:", ""};
  char channel[96];
  (void)state;
  assert_non_null(keyspace());
  until_command(0, "PSUBSCRIBE", 1);
  for (size_t i = 0; i < 3; i++) {
    say_event("__keyevent@0__:hset", ours[i]);
    snprintf(channel, sizeof(channel), "__keyspace@0__:%s", ours[i]);
    say_event(channel, "hset");
  }
  say_event("__keyevent@0__:set", "last");
  kit_until(&got.items, 1);
  assert_string_equal(got.text, "last"); /* none of those before it */
  for (int i = 0; i < 6; i++) {
    say_event("__keyevent@0__:set", theirs[i]);
    kit_until(&got.items, 2 + 2 * i);
    assert_string_equal(got.text, theirs[i]);
    snprintf(channel, sizeof(channel), "__keyspace@0__:%s", theirs[i]);
    say_event(channel, "haredis:group");
    kit_until(&got.items, 3 + 2 * i);
  }
  say_event("__keyevent@3__:hset", "haredis:group"); /* ours are in database 0 */
  kit_until(&got.items, 14);
}

static void what_is_not_taken(void **state) {
  (void)state;
  assert_null(haredis_monitor(NULL, NULL, on_item, &got));
  assert_null(haredis_keyspace(NULL, PATTERN, on_item, &got));
  assert_null(haredis_keyspace(kit.c, "news.*", on_item, &got));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_FORMAT);
  assert_non_null(strstr(haredis_errstr(kit.c), "haredis_psubscribe"));
  assert_null(haredis_keyspace(kit.c, NULL, on_item, &got));
  assert_null(haredis_monitor(kit.c, NULL, NULL, &got));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_FORMAT);
  assert_null(monitor("10.9.8.7:1"));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_NODE);
  kit.c->options.pool_max = 1;
  haredis_stream *s = monitor(NULL);
  assert_non_null(s);
  assert_null(monitor(NULL));
  assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_QUEUE_FULL);
  haredis_stream_close(s);
  assert_non_null(monitor(NULL));
  haredis_disconnect(kit.c);
  kit.c = NULL;
  haredis_stream_close(NULL);
}

/* One pool for all: a link that rests makes room for a stream, a closed stream for who waits. */
static void streams_and_lanes_make_room(void **state) {
  struct kit_answer first = {0}, second = {0};
  (void)state;
  kit.c->options.pool_max = 1;
  haredis_async_command(kit.c, kit_on_reply, &first, "BLPOP q 1");
  kit_until(&first.count, 1); /* its link stays for a while */
  haredis_stream *s = monitor(NULL);
  assert_non_null(s);
  until_command(0, "MONITOR", 1);
  haredis_async_command(kit.c, kit_on_reply, &second, "BLPOP q 2");
  kit_turn(20);
  assert_int_equal(second.count, 0);
  haredis_stream_close(s);
  kit_until(&second.count, 1);
  assert_answered(second, HAREDIS_OK);
}

static void a_handler_may_close_everything(void **state) {
  (void)state;
  haredis_stream *first = monitor(NULL), *second = monitor(NULL);
  until_command(0, "MONITOR", 2);
  got.close_in_item = first;
  kit_server_tell(&kit.servers[0], "+" LINE "\r\n+" LINE "\r\n");
  kit_until(&got.items, 2); /* of the second; of the first at most one */
  kit_turn(5);
  int items = got.items;
  assert_in_range(items, 2, 3);
  got.close_in_item = second;
  kit_server_tell(&kit.servers[0], "+" LINE "\r\n+" LINE "\r\n");
  kit_until(&got.items, ++items);
  kit_server_tell(&kit.servers[0], "+" LINE "\r\n");
  kit_turn(5);
  assert_int_equal(got.items, items);
  assert_null(kit.c->streams); /* their memory is gone */
  monitor(NULL);
  keyspace();
  until_command(0, "MONITOR", 3);
  until_command(0, "PSUBSCRIBE", 1);
  got.free_in_item = true;
  kit_server_tell(&kit.servers[0], "+" LINE "\r\n+" LINE "\r\n");
  kit_until(&got.items, ++items);
  kit_turn(5);
  assert_int_equal(got.items, items);
  assert_null(kit.c);
}

static void the_client_may_be_freed_in_its_warning(void **state) {
  (void)state;
  flags = "";
  got.free_in_warning = true;
  keyspace();
  kit_until(&got.warnings, 1);
  kit_turn(20);
  assert_null(kit.c);
}

static void the_client_may_be_freed_in_its_gap(void **state) {
  (void)state;
  got.free_in_gap = true;
  keyspace();
  until_command(0, "PSUBSCRIBE", 1);
  kit_server_cut(&kit.servers[0]);
  kit_until(&got.gaps, 1);
  kit_turn(20);
  assert_null(kit.c);
}

static void a_drain_does_not_wait_for_streams(void **state) {
  (void)state;
  monitor(NULL);
  monitor(NULL);
  until_command(0, "MONITOR", 2);
  haredis_disconnect(kit.c);
  kit.c = NULL;
  assert_int_equal(kit.freed, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, kit_teardown)
      T(monitor_hands_out_its_lines),
      T(a_silent_monitor_is_asked_and_the_answer_is_no_line),
      T(a_line_before_the_pong_is_not_lost),
      T(keyspace_events_come_with_their_channel),
      T(it_waits_for_a_master_and_follows_it),
      T(a_broken_link_comes_back_and_the_gap_is_named),
      T(a_monitor_names_what_it_missed),
      T(a_slow_reader_misses_what_was_said_long_ago),
      T(the_gap_is_as_long_as_it_was),
      T(who_tells_nothing_is_named_once),
      T(a_class_that_is_off_is_named),
      T(a_refusal_is_told_once),
      T(refused_or_not_is_told),
      T(our_own_keys_are_left_out),
      T(what_is_not_taken),
      T(streams_and_lanes_make_room),
      T(a_handler_may_close_everything),
      T(the_client_may_be_freed_in_its_warning),
      T(the_client_may_be_freed_in_its_gap),
      T(a_drain_does_not_wait_for_streams),
#undef T
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
