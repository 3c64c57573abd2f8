/*
 * The application of the demo and the fault cases: it links the library, writes counted values to
 * a list (RPUSH <key> <n>, n = 1, 2, 3 ...) and writes down what became of each. Whatever it was
 * told is acknowledged must be in the list exactly once at the end.
 *
 *   haredis-app write  records=FILE key=app:1 [rate=N | window=N] [count=N] [option=value ...]
 *   haredis-app block  the same with the blocking client, one write at a time
 *   haredis-app switchover [node=HOST:PORT] nodes=...     one planned switchover, then the end
 *   haredis-app takeover node=HOST:PORT nodes=...         a person's word, then the end
 *
 * rate: writes per second, in time even when the answers are late; else `window` writes are kept
 * in flight. blpop=SECONDS: beside the first of these an empty list is waited for by the same
 * client, and with `count` the end is when both are over. metrics=FILE: once a second, and at the
 * end, what Prometheus reads is put there. Every other name=value is an option of the library.
 * SIGTERM: finish and end.
 */
#include <haredis/metrics.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

struct slot {
  struct slot *next;
  uint64_t id;
  int64_t sent_us;
};

static struct {
  ev_timer patience;
  ev_timer measure;
  const char *metrics; /* where they go, NULL: nowhere */
  const char *key;
  const char *node;
  struct slot *spare;
  uint64_t sent;
  uint64_t count;     /* 0: no end */
  uint64_t in_flight;
  int64_t start_us;
  long rate;
  long window;
  const char *blpop;  /* how long, NULL: nothing is waited for */
  int blocked;
  int takeover;       /* what to ask for; else a switchover */
  int asked;
  int exit_code;
} app = {.window = 16};

static int outcome(haredis_client *c, const struct redisReply *reply) {
  if (reply == NULL) return haredis_err(c);
  return reply->type == REDIS_REPLY_INTEGER ? RECORD_ACKED : RECORD_SERVER_ERROR;
}

/* ------------------------------------------------------------------------- asynchronous ------ */

static void fill(void);

static void end_if_over(void) {
  if (app.count && app.sent == app.count && app.in_flight == 0 && !app.blocked) recorder_end();
}

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct slot *slot = data;
  recorder_put(RECORD_WRITE, slot->id, outcome(c, reply), slot->sent_us);
  slot->next = app.spare;
  app.spare = slot;
  app.in_flight--;
  if (app.rate == 0) fill();
  end_if_over();
}

/* ----------------------------------------------------------------------------- BLPOP --------- */

static void on_popped(haredis_client *c, struct redisReply *reply, void *data) {
  struct slot *slot = data;
  int nil = reply != NULL && reply->type == REDIS_REPLY_NIL;
  int code = reply == NULL ? haredis_err(c) : nil ? RECORD_ACKED : RECORD_SERVER_ERROR;
  recorder_put(RECORD_BLOCK, 0, code, slot->sent_us);
  free(slot);
  app.blocked = 0;
  end_if_over();
}

static void block(void) {
  struct slot *slot = calloc(1, sizeof *slot);
  if (slot == NULL) exit(1);
  slot->sent_us = recorder_now_us();
  app.blocked = 1;
  int code = haredis_async_command(recorder.client, on_popped, slot, "BLPOP nobody:fills:it %s",
                                   app.blpop);
  app.blpop = NULL;
  if (code == HAREDIS_OK) return;
  recorder_put(RECORD_BLOCK, 0, code, slot->sent_us);
  free(slot);
  app.blocked = 0;
}

/* --------------------------------------------------------------------------- metrics --------- */

/* A new page takes the place of the old one at once: whoever reads it reads a whole one. */
static void page_write(haredis_client *c) {
  char path[600];
  haredis_metrics *m = app.metrics ? haredis_metrics_take(c) : NULL;
  size_t length = haredis_metrics_prometheus(m, NULL, 0);
  char *page = m ? malloc(length + 1) : NULL;
  snprintf(path, sizeof path, "%s.new", app.metrics ? app.metrics : "");
  FILE *f = page ? fopen(path, "w") : NULL;
  if (f) {
    haredis_metrics_prometheus(m, page, length + 1);
    fputs(page, f);
    if (fclose(f) != 0 || rename(path, app.metrics) != 0) perror(app.metrics);
  }
  free(page);
  haredis_metrics_free(m);
}

static void on_measure(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  page_write(recorder.client);
}

/* ---------------------------------------------------------------------------- writes --------- */

static struct slot *slot_take(void) {
  struct slot *slot = app.spare;
  if (slot == NULL) return calloc(1, sizeof *slot);
  app.spare = slot->next;
  return slot;
}

/* One counted write. 0 when the library took it. */
static int write_one(void) {
  struct slot *slot = slot_take();
  if (slot == NULL) return -1;
  char number[24];
  slot->id = ++app.sent;
  slot->sent_us = recorder_now_us();
  int length = snprintf(number, sizeof number, "%llu", (unsigned long long)slot->id);
  const char *argv[] = {"RPUSH", app.key, number};
  size_t lengths[] = {5, strlen(app.key), (size_t)length};
  int code = haredis_async_command_argv(recorder.client, on_reply, slot, 3, argv, lengths);
  if (code == HAREDIS_OK) {
    app.in_flight++;
    return 0;
  }
  recorder_put(RECORD_WRITE, slot->id, code, slot->sent_us);
  slot->next = app.spare;
  app.spare = slot;
  return -1;
}

static int exhausted(void) {
  return recorder.ending || (app.count && app.sent >= app.count);
}

static void fill(void) {
  if (app.blpop != NULL && !exhausted()) block();
  while (!exhausted() && app.in_flight < (uint64_t)app.window) {
    if (write_one() != 0) return; /* the timer tries again */
  }
}

static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (app.rate == 0) {
    fill();
    return;
  }
  int64_t due = (recorder_now_us() - app.start_us) * app.rate / 1000000;
  while (!exhausted() && app.sent < (uint64_t)due) write_one();
}

/* -------------------------------------------------------------------- a person's request ----- */

enum { AGAIN_FOR_US = 3000000 }; /* ERR_REFUSED says "try again": so long */

static void ask(void);

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  (void)c;
  (void)data;
  if (code == HAREDIS_ERR_REFUSED && recorder_now_us() < app.start_us + AGAIN_FOR_US) {
    ev_timer_set(&app.patience, 0.1, 0);
    ev_timer_start(recorder.loop, &app.patience);
    return;
  }
  printf("%s %lld %lld %s\n", haredis_error_name(code), (long long)app.start_us,
         (long long)recorder_now_us(), text ? text : "");
  fflush(stdout);
  app.exit_code = code == HAREDIS_OK ? 0 : 1;
  recorder_end();
}

static void ask(void) {
  int code = app.takeover ? haredis_takeover(recorder.client, app.node, on_done, NULL)
                          : haredis_switchover(recorder.client, app.node, on_done, NULL);
  if (code != HAREDIS_OK) on_done(recorder.client, code, haredis_error_text(code), NULL);
}

static void ask_once(void) {
  if (app.asked) return;
  app.asked = 1;
  app.start_us = recorder_now_us();
  ask();
}

static void on_patience(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (app.asked) ask();
  else ask_once();
}

/* ----------------------------------------------------------------------------- events -------- */

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  const char *mode = user;
  recorder_put(RECORD_EVENT, recorder_port_of(event->node), event->kind, (int64_t)event->count);
  if (event->kind == HAREDIS_EVENT_READY && strcmp(mode, "switchover") == 0) {
    ask_once();
  }
  if (event->kind == HAREDIS_EVENT_CLOSED) page_write(c); /* its last words */
  if (event->kind == HAREDIS_EVENT_CLOSED && recorder.loop) ev_break(recorder.loop, EVBREAK_ALL);
}

/* -------------------------------------------------------------------------------- main ------- */

static void usage(const char *why) {
  fprintf(stderr, "haredis-app: %s\nusage: haredis-app write|block|switchover|takeover "
          "nodes=... [records=FILE] [key=K] [rate=N|window=N] [count=N] [node=N] "
          "[metrics=FILE] [option=value]\n",
          why);
  exit(2);
}

static int own_option(const char *name, const char *value) {
  if (strcmp(name, "key") == 0) {
    app.key = value;
  } else if (strcmp(name, "node") == 0) {
    app.node = value;
  } else if (strcmp(name, "rate") == 0) {
    app.rate = strtol(value, NULL, 10);
  } else if (strcmp(name, "window") == 0) {
    app.window = strtol(value, NULL, 10);
  } else if (strcmp(name, "metrics") == 0) {
    app.metrics = value;
  } else if (strcmp(name, "blpop") == 0) {
    app.blpop = value;
  } else if (strcmp(name, "count") == 0) {
    app.count = strtoull(value, NULL, 10);
  } else {
    return 0;
  }
  return 1;
}

static void run_async(const char *mode) {
  int writes = strcmp(mode, "write") == 0;
  double interval = app.rate ? 1.0 / (double)app.rate : 0.001;
  app.start_us = recorder_now_us();
  ev_timer_init(&recorder.pace, on_pace, 0, interval);
  ev_timer_init(&app.patience, on_patience, 1.0, 0); /* enough to have seen every node */
  ev_timer_init(&app.measure, on_measure, 1.0, 1.0);
  if (app.metrics) ev_timer_start(recorder.loop, &app.measure);
  if (writes) ev_timer_start(recorder.loop, &recorder.pace);
  app.takeover = strcmp(mode, "takeover") == 0;
  if (app.takeover) ev_timer_start(recorder.loop, &app.patience);
  recorder_run();
}

static volatile sig_atomic_t stopped;

static void on_stop(int signal) {
  stopped = signal;
}

static void run_blocking(void) {
  signal(SIGTERM, on_stop);
  app.start_us = recorder_now_us();
  while (!stopped && !(app.count && app.sent >= app.count)) {
    uint64_t id = ++app.sent;
    int64_t sent_us = recorder_now_us();
    redisReply *reply =
        haredis_command(recorder.client, "RPUSH %s %llu", app.key, (unsigned long long)id);
    recorder_put(RECORD_WRITE, id, outcome(recorder.client, reply), sent_us);
    freeReplyObject(reply);
    int64_t next_us = app.rate ? app.start_us + (int64_t)(id * 1000000 / (uint64_t)app.rate) : 0;
    int64_t rest_us = next_us - recorder_now_us();
    if (rest_us > 1000) haredis_run(recorder.client, (int)(rest_us / 1000));
    if (recorder.records && id % 64 == 0) fflush(recorder.records);
  }
  haredis_disconnect(recorder.client);
}

int main(int argc, char **argv) {
  if (argc < 3) usage("too few arguments");
  char *mode = argv[1];
  int blocking = strcmp(mode, "block") == 0;
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  options.user = mode;
  app.key = "app:1";
  recorder_options(&options, argc - 2, argv + 2, own_option, usage);
  recorder_connect("haredis-app", blocking, &options);
  if (blocking) {
    run_blocking();
  } else {
    run_async(mode);
  }
  recorder_close(app.sent);
  while (app.spare != NULL) {
    struct slot *next = app.spare->next;
    free(app.spare);
    app.spare = next;
  }
  return app.exit_code;
}
