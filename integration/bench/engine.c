/*
 * The same work by hiredis' own asynchronous face and by this library: same loop, same keys, same
 * arguments. What differs is the library under test and nothing else.
 */
#include "engine.h"

#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/adapters/libev.h>
#include <hiredis/async.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "meter.h"

enum { KEYS = 1024, KEY_SIZE = 16, VALUE_MAX = 65536, PATIENCE_S = 15 };

static struct {
  struct work work;
  struct ev_loop *loop;
  redisAsyncContext *hiredis;
  haredis_client *haredis;
  ev_timer bell;
  bool started, measuring, ended;
  uint32_t next_key;
  int64_t in_flight;
  int64_t sent;
  struct meter meter;
  struct outcome out;
  char keys[KEYS][KEY_SIZE];
  char value[VALUE_MAX];
} run;

static void on_hiredis(redisAsyncContext *context, void *reply, void *data);
static void on_haredis(haredis_client *client, struct redisReply *reply, void *data);

static void send_one(void) {
  const char *argv[3] = {run.work.get ? "GET" : "SET", run.keys[run.next_key++ % KEYS], run.value};
  const size_t lengths[3] = {3, KEY_SIZE - 1, (size_t)run.work.size};
  int argc = run.work.get ? 2 : 3;
  int failed;
  if (run.work.engine == ENGINE_HIREDIS) {
    failed = redisAsyncCommandArgv(run.hiredis, on_hiredis, NULL, argc, argv, lengths);
  } else {
    failed = haredis_async_command_argv(run.haredis, on_haredis, NULL, argc, argv, lengths);
  }
  run.sent++;
  run.in_flight += failed == 0;
  run.out.errors += failed != 0;
}

static void measure_from_here(void) {
  run.measuring = true;
  run.out = (struct outcome){0};
  meter_start(&run.meter);
}

static void measured(void) {
  meter_stop(&run.meter);
  run.out.wall_us = run.meter.wall_us;
  run.out.cpu_us = run.meter.cpu_us;
  run.ended = true;
}

static void answered(const struct redisReply *reply) {
  run.in_flight--;
  run.out.commands++;
  run.out.errors += reply == NULL || reply->type == REDIS_REPLY_ERROR;
  if (run.work.run_us == 0 && run.out.commands == run.work.count) measured();
  if (!run.ended && (run.work.run_us != 0 || run.sent < run.work.count)) {
    send_one();
  } else if (run.in_flight == 0) {
    ev_break(run.loop, EVBREAK_ALL);
  }
}

static void on_hiredis(redisAsyncContext *context, void *reply, void *data) {
  (void)context;
  (void)data;
  answered(reply);
}

static void on_haredis(haredis_client *client, struct redisReply *reply, void *data) {
  (void)client;
  (void)data;
  answered(reply);
}

/* First: nobody came. Then: the warming up is over. Then: the time is over. */
static void on_bell(struct ev_loop *loop, ev_timer *bell, int events) {
  (void)events;
  if (!run.started) {
    fprintf(stderr, "bench: no server is ready at %s\n", run.work.nodes);
    exit(1);
  }
  if (run.measuring) {
    measured();
    return;
  }
  measure_from_here();
  ev_timer_set(bell, (double)run.work.run_us / 1e6, 0.0);
  ev_timer_start(loop, bell);
}

static void start(void) {
  if (run.started) return;
  run.started = true;
  ev_timer_stop(run.loop, &run.bell);
  if (run.work.run_us > 0) {
    ev_timer_set(&run.bell, (double)run.work.warm_us / 1e6, 0.0);
    ev_timer_start(run.loop, &run.bell);
  } else {
    measure_from_here();
  }
  for (int i = 0; i < run.work.window && (run.work.run_us > 0 || i < run.work.count); i++) {
    send_one();
  }
}

static void on_connect(const redisAsyncContext *context, int status) {
  (void)context;
  if (status != REDIS_OK) {
    fprintf(stderr, "bench: hiredis cannot connect to %s\n", run.work.nodes);
    exit(1);
  }
  start();
}

static void on_event(haredis_client *client, const struct haredis_event *event, void *user) {
  (void)client;
  (void)user;
  if (event->kind == HAREDIS_EVENT_READY) start();
}

static void connect_hiredis(void) {
  char host[64] = "";
  int port = 0;
  if (sscanf(run.work.nodes, "%63[^:]:%d", host, &port) != 2) exit(2);
  run.hiredis = redisAsyncConnect(host, port);
  if (run.hiredis == NULL || run.hiredis->err != 0) {
    fprintf(stderr, "bench: hiredis cannot connect to %s\n", run.work.nodes);
    exit(1);
  }
  redisLibevAttach(run.loop, run.hiredis);
  redisAsyncSetConnectCallback(run.hiredis, on_connect);
}

static void connect_haredis(void) {
  haredis_options options;
  haredis_options_init(&options);
  options.nodes = run.work.nodes;
  options.on_event = on_event;
  options.durability = run.work.durable ? HAREDIS_DURABILITY_QUORUM : HAREDIS_DURABILITY_ASYNC;
  if (run.work.tls) bench_tls_options(&options);
  run.haredis = haredis_async_connect(run.loop, &options);
  if (run.haredis == NULL || haredis_err(run.haredis) != HAREDIS_OK) {
    fprintf(stderr, "bench: %s\n", haredis_errstr(run.haredis));
    exit(1);
  }
}

struct outcome engine_run(const struct work *work) {
  run.work = *work;
  run.loop = ev_loop_new(EVFLAG_AUTO); /* not the default one: a parent may have used that */
  for (unsigned i = 0; i < KEYS; i++) {
    snprintf(run.keys[i], KEY_SIZE, "bench:key:%05u", i % 100000u);
  }
  memset(run.value, 'v', sizeof run.value);
  ev_timer_init(&run.bell, on_bell, PATIENCE_S, 0.0);
  ev_timer_start(run.loop, &run.bell);
  if (work->engine == ENGINE_HIREDIS) {
    connect_hiredis();
  } else {
    connect_haredis();
  }
  while (!run.ended || run.in_flight > 0) ev_run(run.loop, EVRUN_ONCE);
  if (run.hiredis != NULL) redisAsyncFree(run.hiredis);
  haredis_free(run.haredis);
  ev_loop_destroy(run.loop);
  return run.out;
}

const char *engine_flush_policy(enum engine engine) {
  return engine == ENGINE_HIREDIS
             ? "one write when the socket is writable"
             : "one write per turn of the loop; with 64 or more unanswered also as soon as half of "
               "them waits to be sent";
}
