/*
 * haredis_free() from the k-th event, log line, message and stream item of a client's life:
 * each accepted command still gets exactly one callback, and nothing is told after CLOSED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <ev.h>
#include <haredis/haredis.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_redis.h"

#define EVENTS 16
#define LINES 60
#define ITEMS 5 /* of a MONITOR and a keyspace stream, and what is published below */
#define COMMANDS 20

static struct {
  haredis_client *client; /* NULL: freed */
  int free_at_event, free_at_line, free_at_item; /* 0: not there */
  int events, lines, items, callbacks, closed, late, warnings;
} life;

static void end(void) {
  haredis_client *client = life.client;
  life.client = NULL;
  haredis_free(client);
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  life.late += life.closed;
  if (event->kind == HAREDIS_EVENT_CLOSED) life.closed++;
  life.warnings += event->kind == HAREDIS_EVENT_WARNING && event->node != NULL;
  if (++life.events == life.free_at_event && life.client != NULL) end();
}

static void on_log(const struct haredis_log_record *record, void *user) {
  (void)record;
  (void)user;
  if (++life.lines == life.free_at_line && life.client != NULL) end();
}

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  (void)c;
  (void)reply;
  (void)data;
  life.callbacks++;
}

static void on_item(haredis_client *c, const struct haredis_stream_item *item, void *data) {
  (void)c;
  (void)item;
  (void)data;
  life.late += life.closed;
  if (++life.items == life.free_at_item && life.client != NULL) end();
}

static void on_message(haredis_client *c, const struct haredis_message *message, void *data) {
  (void)message;
  on_item(c, NULL, data);
}

static void on_time(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(loop, EVBREAK_ALL);
}

static void turn_for(struct ev_loop *loop, double seconds) {
  ev_timer timer;
  ev_now_update(loop);
  ev_timer_init(&timer, on_time, seconds, 0);
  ev_timer_start(loop, &timer);
  ev_run(loop, 0);
  ev_timer_stop(loop, &timer);
}

/* What has links of its own: how many of them were accepted. */
static int use_lanes(haredis_client *c) {
  const char *key = "k";
  int accepted = haredis_async_command(c, on_reply, NULL, "BLPOP list 0") == HAREDIS_OK;
  haredis_txn *watched = haredis_txn_begin(c), *open = haredis_txn_begin(c);
  haredis_txn_watch(watched, 1, &key, NULL);
  accepted += haredis_async_txn_read(watched, on_reply, NULL, "GET k") == HAREDIS_OK;
  haredis_txn_command(watched, "SET k 1");
  accepted += haredis_async_txn_exec(watched, NULL, on_reply, NULL) == HAREDIS_OK;
  accepted += haredis_async_txn_read(open, on_reply, NULL, "GET k") == HAREDIS_OK;
  haredis_script *script = haredis_script_load(c, "return 1");
  accepted += haredis_async_script_call(script, NULL, on_reply, NULL, 1, 1, &key, NULL) ==
              HAREDIS_OK;
  haredis_script_free(script);
  return accepted;
}

static void live(int free_at_event, int free_at_line, int free_at_item) {
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  struct fake_redis *fake = fake_redis_new(loop);
  char nodes[64];
  snprintf(nodes, sizeof nodes, "127.0.0.1:%d", fake_redis_port(fake));
  haredis_options options;
  haredis_options_init(&options);
  options.nodes = nodes;
  options.on_event = on_event;
  options.on_log = on_log;
  options.log_level = HAREDIS_LOG_DEBUG;
  life.free_at_event = free_at_event;
  life.free_at_line = free_at_line;
  life.free_at_item = free_at_item;
  life.events = life.lines = life.items = life.callbacks = life.closed = life.late = 0;
  life.client = haredis_async_connect(loop, &options);
  assert_non_null(life.client);
  if (life.client != NULL) haredis_monitor(life.client, NULL, on_item, NULL);
  if (life.client != NULL) haredis_keyspace(life.client, "__key*", on_item, NULL);
  int accepted = 0;
  for (int i = 0; i < COMMANDS && life.client != NULL; i++) {
    accepted += haredis_async_command(life.client, on_reply, NULL, "SET k %d", i) == HAREDIS_OK;
  }
  if (life.client != NULL) accepted += use_lanes(life.client);
  for (int i = 0; i < 2 && life.client != NULL; i++) {
    haredis_subscribe(life.client, "news", on_message, NULL);
  }
  if (life.client != NULL) haredis_subscribe(life.client, "more", on_message, NULL);
  for (int i = 0; i < 3 && life.client != NULL; i++) turn_for(loop, 0.01);
  for (int i = 0; i < 2 && life.client != NULL; i++) {
    accepted += haredis_async_command(life.client, on_reply, NULL,
                                      i == 0 ? "PUBLISH news 1" : "PUBLISH more 2") == HAREDIS_OK;
  }
  for (int i = 0; i < 3 && life.client != NULL; i++) turn_for(loop, 0.01);
  if (life.client != NULL) end();
  assert_int_equal(life.callbacks, accepted);
  assert_int_equal(life.closed, 1);
  assert_int_equal(life.late, 0);
  fake_redis_free(fake);
  ev_loop_destroy(loop);
}

/* ---- a server that ends every connection without a word, as one that wants TLS does ---- */

static void on_dialled(struct ev_loop *loop, ev_io *watcher, int events) {
  (void)loop;
  (void)events;
  close(accept(watcher->fd, NULL, NULL));
}

static int listen_somewhere(int *port) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t len = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static void live_without_a_word(int free_at_event, int free_at_line) {
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  char nodes[64];
  int port;
  ev_io watcher;
  ev_io_init(&watcher, on_dialled, listen_somewhere(&port), EV_READ);
  ev_io_start(loop, &watcher);
  snprintf(nodes, sizeof nodes, "127.0.0.1:%d", port);
  haredis_options options;
  haredis_options_init(&options);
  options.nodes = nodes;
  options.on_event = on_event;
  options.on_log = on_log;
  options.log_level = HAREDIS_LOG_DEBUG;
  memset(&life, 0, sizeof life);
  life.free_at_event = free_at_event;
  life.free_at_line = free_at_line;
  life.client = haredis_async_connect(loop, &options);
  assert_non_null(life.client);
  int accepted = 0;
  if (life.client != NULL) {
    accepted = haredis_async_command(life.client, on_reply, NULL, "GET k") == HAREDIS_OK;
  }
  for (int i = 0; i < 200 && life.client != NULL && life.warnings == 0; i++) turn_for(loop, 0.01);
  if (life.client != NULL) end();
  assert_int_equal(life.callbacks, accepted);
  assert_int_equal(life.closed, 1);
  assert_int_equal(life.late, 0);
  assert_true(free_at_event + free_at_line > 0 || life.warnings == 1);
  close(watcher.fd);
  ev_loop_destroy(loop);
}

static void freed_where_it_warns(void **state) {
  (void)state;
  live_without_a_word(0, 0);
  int events = life.events, lines = life.lines;
  assert_in_range(events, 2, 10); /* the warning, CLOSED */
  for (int k = 1; k <= events; k++) live_without_a_word(k, 0);
  for (int k = 1; k <= lines; k++) live_without_a_word(0, k);
}

static void freed_in_any_event(void **state) {
  (void)state;
  for (int k = 1; k <= EVENTS; k++) live(k, 0, 0);
}

static void freed_in_any_log_line(void **state) {
  (void)state;
  for (int k = 1; k <= LINES; k++) live(0, k, 0);
}

static void freed_in_any_item(void **state) {
  (void)state;
  live(0, 0, 0);
  assert_int_equal(life.items, ITEMS);
  assert_in_range(life.events, 5, EVENTS); /* all of them were tried above */
  assert_in_range(life.lines, 5, LINES);
  for (int k = 1; k <= ITEMS; k++) live(0, 0, k);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(freed_where_it_warns),
      cmocka_unit_test(freed_in_any_event),
      cmocka_unit_test(freed_in_any_log_line),
      cmocka_unit_test(freed_in_any_item),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
