/*
 * Every allocation of the library fails once: for each scenario the first, then the second, and so
 * on until the scenario runs through without a failure; then again with all later ones failing too.
 * Whatever fails, nothing crashes or leaks (run under AddressSanitizer), and every command that was
 * accepted gets exactly one callback.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <ev.h>
#include <haredis/haredis.h>
#include <haredis/metrics.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fake_redis.h"

/* More than any scenario allocates: if it never runs through, the loop must end all the same. */
#define ATTEMPTS_MAX 5000

struct plan {
  long seen;     /* allocations so far */
  long fail_at;  /* 1: the first */
  int and_after; /* the later ones fail too */
};

static int on_alloc(void *state, size_t size) {
  struct plan *plan = state;
  (void)size;
  plan->seen++;
  return !(plan->seen == plan->fail_at || (plan->and_after && plan->seen > plan->fail_at));
}

struct tally {
  int accepted, called, answered, done_accepted, done_called;
};

static void on_reply(haredis_client *c, redisReply *reply, void *data) {
  struct tally *tally = data;
  tally->called++;
  if (reply == NULL) assert_int_not_equal(haredis_err(c), HAREDIS_OK);
  if (reply != NULL && reply->type != REDIS_REPLY_ERROR) tally->answered++;
}

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  struct tally *tally = data;
  (void)c;
  (void)code;
  assert_non_null(text);
  tally->done_called++;
}

static void send_command(haredis_client *c, struct tally *tally, const char *format,
                         const char *word) {
  if (haredis_async_command(c, on_reply, tally, format, word) == HAREDIS_OK) tally->accepted++;
}

/* Short, for a command whose memory failed may wait for it; long where all goes well. */
static int patience_ms = 60;

static haredis_options options_of(const char *nodes) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = nodes;
  o.down_after_ms = 40;
  o.command_timeout_ms = patience_ms;
  o.drain_timeout_ms = patience_ms;
  o.log_level = HAREDIS_LOG_NONE;
  return o;
}

/* --------------------------------------------------------------------------- the scenarios --- */

typedef void scenario_fn(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                         struct tally *tally);

static void connect_and_free(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                             struct tally *tally) {
  haredis_options o = options_of(nodes);
  (void)fake;
  (void)tally;
  haredis_free(haredis_async_connect(loop, &o));
}

static void wrong_options(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                          struct tally *tally) {
  haredis_options o = options_of("127.0.0.1:99999,[::1]:1,unix:/nowhere");
  (void)fake;
  (void)nodes;
  haredis_client *c = haredis_async_connect(loop, &o);
  if (c == NULL) return;
  assert_int_not_equal(haredis_err(c), HAREDIS_OK);
  send_command(c, tally, "PING %s", "a");
  haredis_free(c);
}

/* Commands wait in the queue, for there is no server; then everything ends at once. */
static void queue_and_free(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                           struct tally *tally) {
  haredis_options o = options_of("127.0.0.1:1,127.0.0.1:2,127.0.0.1:3");
  (void)fake;
  (void)nodes;
  haredis_client *c = haredis_async_connect(loop, &o);
  if (c == NULL) return;
  for (int i = 0; i < 5; i++) send_command(c, tally, "SET key %s", "value");
  haredis_topology *t = haredis_topology_ref(c);
  if (t != NULL) {
    char text[64];
    haredis_topology_text(t, text, sizeof(text));
    haredis_topology_json(t, text, sizeof(text));
  }
  haredis_metrics *m = haredis_metrics_take(c);
  haredis_free(c);
  haredis_topology_unref(t); /* outlives its client */
  if (m != NULL) assert_int_equal(haredis_metrics_client(m)->queued, tally->accepted);
  haredis_metrics_free(m);
}

static void stop(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(loop, EVBREAK_ALL);
}

static void run_for(struct ev_loop *loop, double seconds) {
  ev_timer timer;
  ev_timer_init(&timer, stop, seconds, 0.);
  ev_now_update(loop);
  ev_timer_start(loop, &timer);
  ev_run(loop, 0);
  ev_timer_stop(loop, &timer);
}

/* Until all have come, for twice the patience at most. */
static void run_until(struct ev_loop *loop, const int *have, int want) {
  for (int ms = 0; ms < 2 * patience_ms + 100 && *have < want; ms += 5) run_for(loop, 0.005);
}

/* Somebody listens and says nothing to our handshake; or this library has no TLS and says so. */
static void encrypted(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                      struct tally *tally) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t len = sizeof(address);
  char silent[32];
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  (void)fake;
  (void)nodes;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  snprintf(silent, sizeof(silent), "127.0.0.1:%d", ntohs(address.sin_port));
  haredis_options o = options_of(silent);
  o.tls = 1;
  o.tls_server_name = "db.example";
  haredis_client *c = haredis_async_connect(loop, &o);
  if (c != NULL) {
    send_command(c, tally, "GET %s", "a");
    run_for(loop, 0.01);
    haredis_free(c);
  }
  close(fd);
}

static void on_closed(haredis_client *c, const struct haredis_event *event, void *user) {
  int *closed = user;
  (void)c;
  *closed += event->kind == HAREDIS_EVENT_CLOSED;
}

/* A whole life: the group is born, commands are answered, a person asks, the client drains. */
static void whole_life(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                       struct tally *tally) {
  haredis_options o = options_of(nodes);
  int closed = 0;
  o.on_event = on_closed;
  o.user = &closed;
  haredis_client *c = haredis_async_connect(loop, &o);
  (void)fake;
  if (c == NULL) return;
  send_command(c, tally, "SET key %s", "value");
  send_command(c, tally, "GET %s", "key");
  run_until(loop, &tally->called, tally->accepted);
  send_command(c, tally, "INCR %s", "counter");
  if (haredis_refresh(c, on_done, tally) == HAREDIS_OK) tally->done_accepted++;
  run_until(loop, &tally->done_called, tally->done_accepted);
  haredis_topology *t = haredis_topology_ref(c);
  haredis_topology_unref(t);
  haredis_metrics *m = haredis_metrics_take(c);
  char text[64];
  if (m != NULL) {
    assert_true(haredis_metrics_prometheus(m, text, sizeof(text)) >= sizeof(text));
    assert_int_equal(haredis_metrics_client(m)->accepted, tally->accepted);
  }
  haredis_metrics_free(m);
  haredis_disconnect(c);
  run_until(loop, &closed, 1); /* it may have something to finish, until its drain_timeout_ms */
  assert_int_equal(closed, 1);
}

static void call_options(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                         struct tally *tally) {
  haredis_options o = options_of(nodes);
  haredis_client *c = haredis_async_connect(loop, &o);
  (void)fake;
  if (c == NULL) return;
  const char *argv[] = {"SET", "key", "value"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.durability = HAREDIS_DURABILITY_QUORUM;
  if (haredis_async_command_with(c, &call, on_reply, tally, 3, argv, NULL) == HAREDIS_OK) {
    tally->accepted++;
  }
  run_until(loop, &tally->called, tally->accepted);
  haredis_free(c);
}

static void on_item(haredis_client *c, const struct haredis_stream_item *item, void *data) {
  (void)c;
  assert_non_null(item->text);
  ++*(int *)data;
}

/* Streams call nobody back when they end: what was promised is only that nothing breaks. */
static void streams(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                    struct tally *tally) {
  haredis_options o = options_of(nodes);
  int items = 0;
  haredis_client *c = haredis_async_connect(loop, &o);
  (void)fake;
  if (c == NULL) return;
  haredis_stream *monitor = haredis_monitor(c, nodes, on_item, &items);
  haredis_stream *keyspace = haredis_keyspace(c, "__keyevent@0__:*", on_item, &items);
  if (monitor == NULL || keyspace == NULL) assert_int_equal(haredis_err(c), HAREDIS_ERR_MEMORY);
  run_until(loop, &items, (monitor != NULL) + (keyspace != NULL));
  tally->answered = items;
  haredis_stream_close(monitor);
  run_for(loop, 0.001);
  haredis_free(c);
}

static void on_message(haredis_client *c, const struct haredis_message *message, void *data) {
  (void)c;
  assert_int_equal(message->payload_len, 5);
  ++*(int *)data;
}

/* Two handles on one channel and one on another, a message to each. A handle that could not be made
 * is NULL; what could not be sent is sent later. */
static void subscriptions(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                          struct tally *tally) {
  static const char *const channels[] = {"a", "b", "a"};
  haredis_options o = options_of(nodes);
  haredis_subscription *s[3];
  int messages = 0, in_force = 0;
  haredis_client *c = haredis_async_connect(loop, &o);
  (void)fake;
  if (c == NULL) return;
  for (int i = 0; i < 3; i++) {
    s[i] = haredis_subscribe(c, channels[i], on_message, &messages);
    if (s[i] == NULL) assert_int_equal(haredis_err(c), HAREDIS_ERR_MEMORY);
  }
  for (int ms = 0; ms < patience_ms && in_force < 3; ms += 2) {
    run_for(loop, 0.002);
    in_force = 0;
    for (int i = 0; i < 3; i++) {
      in_force += s[i] == NULL || haredis_subscription_state(s[i]) == HAREDIS_SUBSCRIPTION_READY;
    }
  }
  send_command(c, tally, "PUBLISH a %s", "hello");
  send_command(c, tally, "PUBLISH b %s", "hello");
  run_until(loop, &tally->called, tally->accepted);
  run_for(loop, 0.002);
  tally->answered = messages;
  haredis_unsubscribe(s[0]);
  haredis_unsubscribe(s[2]);
  run_for(loop, 0.002);
  haredis_free(c);
}

/* What has a link of its own, and scripts. The server knows MULTI and WATCH; what it does not know
 * it answers with an error. */
static void links_of_their_own(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                               struct tally *tally) {
  haredis_options o = options_of(nodes);
  const char *key = "key";
  haredis_client *c = haredis_async_connect(loop, &o);
  (void)fake;
  if (c == NULL) return;
  send_command(c, tally, "BLPOP %s 0.01", "list");
  send_command(c, tally, "XREAD BLOCK 5 STREAMS %s other $ $", "stream");
  send_command(c, tally, "WAIT 1 %s", "5");
  haredis_txn *t = haredis_txn_begin(c);
  if (t != NULL) {
    (void)haredis_txn_watch(t, 1, &key, NULL);
    if (haredis_async_txn_read(t, on_reply, tally, "GET %s", key) == HAREDIS_OK) {
      tally->accepted++;
    }
    (void)haredis_txn_command(t, "SET %s 1", key);
    if (haredis_async_txn_exec(t, NULL, on_reply, tally) == HAREDIS_OK) {
      tally->accepted++;
    } else {
      haredis_txn_discard(t);
    }
  }
  haredis_script *script = haredis_script_load(c, "return 1");
  if (haredis_async_script_call(script, NULL, on_reply, tally, 1, 1, &key, NULL) == HAREDIS_OK) {
    tally->accepted++;
  }
  haredis_script_free(script);
  haredis_txn *open = haredis_txn_begin(c); /* goes with the client */
  if (open != NULL && haredis_async_txn_read(open, on_reply, tally, "GET a") == HAREDIS_OK) {
    tally->accepted++;
  }
  run_until(loop, &tally->called, tally->accepted);
  haredis_free(c);
}

static void *serve(void *loop) {
  ev_run(loop, 0);
  return NULL;
}

static void on_async(struct ev_loop *loop, ev_async *async, int events) {
  (void)async;
  (void)events;
  ev_break(loop, EVBREAK_ALL);
}

/* The blocking face; the server runs in a thread of its own meanwhile. */
static void blocking(struct ev_loop *loop, struct fake_redis *fake, const char *nodes,
                     struct tally *tally) {
  haredis_options o = options_of(nodes);
  pthread_t thread;
  ev_async async;
  (void)fake;
  ev_async_init(&async, on_async);
  ev_async_start(loop, &async);
  assert_int_equal(pthread_create(&thread, NULL, serve, loop), 0);
  haredis_client *c = haredis_connect(&o);
  for (int i = 0; c != NULL && i < 3; i++) {
    redisReply *reply = haredis_command(c, i == 0 ? "SET key %s" : "GET %s", "key");
    tally->accepted++;
    if (reply != NULL || haredis_err(c) != HAREDIS_OK) tally->called++;
    if (reply != NULL && reply->type != REDIS_REPLY_ERROR) tally->answered++;
    freeReplyObject(reply);
  }
  haredis_disconnect(c);
  ev_async_send(loop, &async);
  pthread_join(thread, NULL);
  ev_async_stop(loop, &async);
}

/* ----------------------------------------------------------------------------- the machine --- */

/* One run with the n-th allocation failing. Nonzero: that many were never reached. */
static int run_once(scenario_fn *scenario, long fail_at, int and_after) {
  struct plan plan = {0, fail_at, and_after};
  struct tally tally = {0, 0, 0, 0, 0};
  char nodes[32];
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  struct fake_redis *fake = fake_redis_new(loop);
  snprintf(nodes, sizeof(nodes), "127.0.0.1:%d", fake_redis_port(fake));
  hr_alloc_set_hook(on_alloc, &plan);
  scenario(loop, fake, nodes, &tally);
  hr_alloc_set_hook(NULL, NULL);
  fake_redis_free(fake);
  ev_loop_destroy(loop);
  if (tally.called != tally.accepted || tally.done_called != tally.done_accepted) {
    print_error("allocation %ld%s: %d commands accepted, %d callbacks; %d asked, %d ended\n",
                fail_at, and_after ? " and all after" : "", tally.accepted, tally.called,
                tally.done_accepted, tally.done_called);
  }
  assert_int_equal(tally.called, tally.accepted);
  assert_int_equal(tally.done_called, tally.done_accepted);
  return plan.seen < fail_at;
}

static void run_all(scenario_fn *scenario) {
  for (int and_after = 0; and_after < 2; and_after++) {
    long n = 1;
    while (n < ATTEMPTS_MAX && !run_once(scenario, n, and_after)) n++;
    assert_in_range(n, 2, ATTEMPTS_MAX - 1);
    print_message("# %ld allocations%s\n", n - 1, and_after ? ", all later ones failing too" : "");
  }
}

static void test_connect_and_free(void **state) {
  (void)state;
  run_all(connect_and_free);
}

static void test_wrong_options(void **state) {
  (void)state;
  run_all(wrong_options);
}

static void test_encrypted(void **state) {
  (void)state;
  run_all(encrypted);
}

static void test_queue_and_free(void **state) {
  (void)state;
  run_all(queue_and_free);
}

static void test_whole_life(void **state) {
  (void)state;
  run_all(whole_life);
}

static void test_call_options(void **state) {
  (void)state;
  run_all(call_options);
}

static void test_streams(void **state) {
  (void)state;
  run_all(streams);
}

static void test_subscriptions(void **state) {
  (void)state;
  run_all(subscriptions);
}

static void test_links_of_their_own(void **state) {
  (void)state;
  run_all(links_of_their_own);
}

static void test_blocking(void **state) {
  (void)state;
  run_all(blocking);
}

/* Without any failure the scenarios do what they are for: commands are really answered. */
static struct tally run_well(scenario_fn *scenario) {
  int patience = patience_ms;
  patience_ms = 5000;
  struct tally tally = {0, 0, 0, 0, 0};
  char nodes[32];
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  struct fake_redis *fake = fake_redis_new(loop);
  snprintf(nodes, sizeof(nodes), "127.0.0.1:%d", fake_redis_port(fake));
  scenario(loop, fake, nodes, &tally);
  assert_true(fake_redis_commands(fake) > 20);
  fake_redis_free(fake);
  ev_loop_destroy(loop);
  patience_ms = patience;
  return tally;
}

static void test_scenarios_work(void **state) {
  (void)state;
  struct tally tally = run_well(whole_life);
  assert_int_equal(tally.answered, 3);
  assert_int_equal(tally.done_called, 1);
  tally = run_well(blocking);
  assert_int_equal(tally.answered, 3);
  tally = run_well(streams);
  assert_int_equal(tally.answered, 2);
  tally = run_well(subscriptions);
  assert_int_equal(tally.answered, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_scenarios_work),  cmocka_unit_test(test_connect_and_free),
      cmocka_unit_test(test_encrypted),
      cmocka_unit_test(test_wrong_options),   cmocka_unit_test(test_queue_and_free),
      cmocka_unit_test(test_whole_life),      cmocka_unit_test(test_call_options),
      cmocka_unit_test(test_blocking),         cmocka_unit_test(test_links_of_their_own),
      cmocka_unit_test(test_streams), cmocka_unit_test(test_subscriptions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
