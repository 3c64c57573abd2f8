/*
 * The same flood, heard by hiredis' own asynchronous face and by this library: same loop, same
 * channels, same handler. What differs is the library under test and nothing else.
 */
#include "flood.h"

#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/adapters/libev.h>
#include <hiredis/async.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "meter.h"

enum { PATIENCE_S = 20, NAME_LEN = 10, NAME_SIZE = 24, REST_MS = 200 };

enum stage { STAGE_CONNECT, STAGE_SUBSCRIBE, STAGE_REST, STAGE_WARM, STAGE_MEASURE, STAGE_END };

static struct {
  struct flood_work work;
  struct ev_loop *loop;
  redisAsyncContext *hiredis;
  haredis_client *haredis;
  ev_timer bell;
  enum stage stage;
  int confirmed;
  int64_t subscribed_at;
  struct meter meter;
  int64_t heap_before;
  struct flood_outcome out;
  char names[FLOOD_CHANNELS_MAX][NAME_SIZE];
} run;

static int64_t heap(void) {
  struct mallinfo2 info = mallinfo2();
  return (int64_t)(info.uordblks + info.hblkhd);
}

static void die(const char *what) {
  fprintf(stderr, "bench: %s at port %d\n", what, run.work.port);
  exit(1);
}

static void bell_in(int64_t us) {
  ev_timer_stop(run.loop, &run.bell);
  ev_timer_set(&run.bell, (double)us / 1e6, 0.0);
  ev_timer_start(run.loop, &run.bell);
}

static void ask_for_flood(int channels) {
  redisContext *c = redisConnect("127.0.0.1", run.work.port);
  redisReply *reply = c != NULL && c->err == 0 ? redisCommand(c, "FLOOD %d", channels) : NULL;
  if (reply == NULL) die("no flood");
  freeReplyObject(reply);
  redisFree(c);
}

/* -------------------------------------------------------------------------- messages --------- */

static void measure_from_here(void) {
  run.stage = STAGE_MEASURE;
  run.out.messages = 0;
  meter_start(&run.meter);
}

static void measured(void) {
  meter_stop(&run.meter);
  run.out.wall_us = run.meter.wall_us;
  run.out.cpu_us = run.meter.cpu_us;
  run.stage = STAGE_END;
  ev_break(run.loop, EVBREAK_ALL);
}

/* `own`: the name that the handler was given for. */
static void heard(const char *own, const char *channel, size_t len) {
  if (run.stage == STAGE_WARM) run.out.wrong += len != NAME_LEN || memcmp(own, channel, len) != 0;
  run.out.messages++;
  if (run.out.messages == run.work.count && run.stage == STAGE_MEASURE) measured();
}

static void all_in_force(void) {
  run.out.ready_us = kit_now_us() - run.subscribed_at;
  run.stage = STAGE_REST;
  bell_in(REST_MS * 1000);
}

static void on_hiredis(redisAsyncContext *context, void *data, void *own) {
  const redisReply *reply = data;
  (void)context;
  if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) return;
  if (reply->element[0]->str[0] == 'm') {
    heard(own, reply->element[1]->str, (size_t)reply->element[1]->len);
  } else if (++run.confirmed == run.work.channels) {
    all_in_force();
  }
}

static void on_haredis(haredis_client *client, const struct haredis_message *message, void *own) {
  (void)client;
  heard(own, message->channel, message->channel_len);
}

/* ---------------------------------------------------------------------------- stages --------- */

static void subscribe_all(void) {
  run.stage = STAGE_SUBSCRIBE;
  run.heap_before = heap();
  run.subscribed_at = kit_now_us();
  for (int i = 0; i < run.work.channels; i++) {
    char *name = run.names[i];
    bool fine;
    if (run.work.engine == ENGINE_HIREDIS) {
      const char *argv[] = {"SUBSCRIBE", name};
      const size_t lengths[] = {9, NAME_LEN};
      fine = redisAsyncCommandArgv(run.hiredis, on_hiredis, name, 2, argv, lengths) == REDIS_OK;
    } else {
      fine = haredis_subscribe(run.haredis, name, on_haredis, name) != NULL;
    }
    if (!fine) die("a channel is not subscribed to");
  }
}

/* Connected, at rest with all subscriptions, warm, over; or nobody came. */
static void on_bell(struct ev_loop *loop, ev_timer *bell, int events) {
  (void)loop;
  (void)bell;
  (void)events;
  if (run.stage == STAGE_REST) {
    run.out.heap = heap() - run.heap_before;
    run.stage = STAGE_WARM;
    if (run.work.run_us == 0) measure_from_here();
    ask_for_flood(run.work.channels);
    if (run.work.run_us > 0) bell_in(run.work.warm_us);
  } else if (run.stage == STAGE_WARM) {
    measure_from_here();
    bell_in(run.work.run_us);
  } else if (run.stage == STAGE_MEASURE) {
    measured();
  } else {
    die("no server is ready");
  }
}

static void on_connect(const redisAsyncContext *context, int status) {
  (void)context;
  if (status != REDIS_OK) die("hiredis cannot connect");
  subscribe_all();
}

static void on_event(haredis_client *client, const struct haredis_event *event, void *user) {
  (void)client;
  (void)user;
  if (event->kind == HAREDIS_EVENT_READY && run.stage == STAGE_CONNECT) subscribe_all();
  if (event->kind == HAREDIS_EVENT_SUBSCRIBED && run.stage == STAGE_SUBSCRIBE &&
      event->count >= run.work.channels) {
    all_in_force();
  }
}

static void connect_hiredis(void) {
  run.hiredis = redisAsyncConnect("127.0.0.1", run.work.port);
  if (run.hiredis == NULL || run.hiredis->err != 0) die("hiredis cannot connect");
  redisLibevAttach(run.loop, run.hiredis);
  redisAsyncSetConnectCallback(run.hiredis, on_connect);
}

static void connect_haredis(void) {
  char nodes[64];
  haredis_options options;
  haredis_options_init(&options);
  snprintf(nodes, sizeof nodes, "127.0.0.1:%d", run.work.port);
  options.nodes = nodes;
  options.on_event = on_event;
  run.haredis = haredis_async_connect(run.loop, &options);
  if (run.haredis == NULL || haredis_err(run.haredis) != HAREDIS_OK) die("haredis cannot connect");
}

struct flood_outcome flood_run(const struct flood_work *work) {
  run.work = *work;
  run.loop = ev_loop_new(EVFLAG_AUTO); /* not the default one: a parent may have used that */
  for (int i = 0; i < work->channels; i++) {
    snprintf(run.names[i], NAME_SIZE, FLOOD_CHANNEL, i % FLOOD_CHANNELS_MAX);
  }
  ev_timer_init(&run.bell, on_bell, PATIENCE_S, 0.0);
  ev_timer_start(run.loop, &run.bell);
  if (work->engine == ENGINE_HIREDIS) {
    connect_hiredis();
  } else {
    connect_haredis();
  }
  ev_run(run.loop, 0);
  if (run.hiredis != NULL) redisAsyncFree(run.hiredis);
  haredis_free(run.haredis);
  ev_loop_destroy(run.loop);
  ask_for_flood(0);
  return run.out;
}
