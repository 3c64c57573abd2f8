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
 * client, and with `count` the end is when both are over. Every other name=value is an option of
 * the library. SIGTERM: finish and end.
 */
#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"

struct slot {
  struct slot *next;
  uint64_t id;
  int64_t sent_us;
};

static struct {
  struct ev_loop *loop;
  haredis_client *client;
  ev_timer pace;
  ev_timer flush;
  ev_timer patience;
  ev_signal term;
  FILE *records;
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
  int ending;
  int takeover;       /* what to ask for; else a switchover */
  int asked;
  int exit_code;
} app = {.window = 16};

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void put(int kind, uint64_t id, int code, int64_t sent_us) {
  if (app.records == NULL) return;
  struct record r = {now_us(), sent_us, id, kind, code};
  fwrite(&r, sizeof r, 1, app.records);
}

static int outcome(haredis_client *c, const struct redisReply *reply) {
  if (reply == NULL) return haredis_err(c);
  return reply->type == REDIS_REPLY_INTEGER ? RECORD_ACKED : RECORD_SERVER_ERROR;
}

/* ------------------------------------------------------------------------- asynchronous ------ */

static void fill(void);

static void end(void) {
  if (app.ending) return;
  app.ending = 1;
  ev_timer_stop(app.loop, &app.pace);
  haredis_disconnect(app.client);
}

static void end_if_over(void) {
  if (app.count && app.sent == app.count && app.in_flight == 0 && !app.blocked) end();
}

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct slot *slot = data;
  put(RECORD_WRITE, slot->id, outcome(c, reply), slot->sent_us);
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
  put(RECORD_BLOCK, 0, code, slot->sent_us);
  free(slot);
  app.blocked = 0;
  end_if_over();
}

static void block(void) {
  struct slot *slot = calloc(1, sizeof *slot);
  if (slot == NULL) exit(1);
  slot->sent_us = now_us();
  app.blocked = 1;
  int code = haredis_async_command(app.client, on_popped, slot, "BLPOP nobody:fills:it %s",
                                   app.blpop);
  app.blpop = NULL;
  if (code == HAREDIS_OK) return;
  put(RECORD_BLOCK, 0, code, slot->sent_us);
  free(slot);
  app.blocked = 0;
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
  slot->sent_us = now_us();
  int length = snprintf(number, sizeof number, "%llu", (unsigned long long)slot->id);
  const char *argv[] = {"RPUSH", app.key, number};
  size_t lengths[] = {5, strlen(app.key), (size_t)length};
  int code = haredis_async_command_argv(app.client, on_reply, slot, 3, argv, lengths);
  if (code == HAREDIS_OK) {
    app.in_flight++;
    return 0;
  }
  put(RECORD_WRITE, slot->id, code, slot->sent_us);
  slot->next = app.spare;
  app.spare = slot;
  return -1;
}

static int exhausted(void) {
  return app.ending || (app.count && app.sent >= app.count);
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
  int64_t due = (now_us() - app.start_us) * app.rate / 1000000;
  while (!exhausted() && app.sent < (uint64_t)due) write_one();
}

static void on_flush(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (app.records) fflush(app.records);
}

static void on_term(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)loop;
  (void)signal;
  (void)events;
  end();
}

/* -------------------------------------------------------------------- a person's request ----- */

enum { AGAIN_FOR_US = 3000000 }; /* ERR_REFUSED says "try again": so long */

static void ask(void);

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  (void)c;
  (void)data;
  if (code == HAREDIS_ERR_REFUSED && now_us() < app.start_us + AGAIN_FOR_US) {
    ev_timer_set(&app.patience, 0.1, 0);
    ev_timer_start(app.loop, &app.patience);
    return;
  }
  printf("%s %lld %lld %s\n", haredis_error_name(code), (long long)app.start_us,
         (long long)now_us(), text ? text : "");
  fflush(stdout);
  app.exit_code = code == HAREDIS_OK ? 0 : 1;
  end();
}

static void ask(void) {
  int code = app.takeover ? haredis_takeover(app.client, app.node, on_done, NULL)
                          : haredis_switchover(app.client, app.node, on_done, NULL);
  if (code != HAREDIS_OK) on_done(app.client, code, haredis_error_text(code), NULL);
}

static void ask_once(void) {
  if (app.asked) return;
  app.asked = 1;
  app.start_us = now_us();
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

static uint64_t port_of(const char *node) {
  const char *colon = node ? strrchr(node, ':') : NULL;
  return colon ? strtoull(colon + 1, NULL, 10) : 0;
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  const char *mode = user;
  (void)c;
  put(RECORD_EVENT, port_of(event->node), event->kind, (int64_t)event->count);
  if (event->kind == HAREDIS_EVENT_READY && strcmp(mode, "switchover") == 0) {
    ask_once();
  }
  if (event->kind == HAREDIS_EVENT_CLOSED && app.loop) ev_break(app.loop, EVBREAK_ALL);
}

/* -------------------------------------------------------------------------------- main ------- */

static void usage(const char *why) {
  fprintf(stderr, "haredis-app: %s\nusage: haredis-app write|block|switchover|takeover "
          "nodes=... [records=FILE] [key=K] [rate=N|window=N] [count=N] [node=N] [option=value]\n",
          why);
  exit(2);
}

static int own_option(const char *name, size_t length, const char *value) {
  if (length == 7 && memcmp(name, "records", 7) == 0) {
    app.records = fopen(value, "wb");
    if (app.records == NULL) usage("the file for the records cannot be written");
    setvbuf(app.records, NULL, _IOFBF, 1 << 18);
  } else if (length == 3 && memcmp(name, "key", 3) == 0) {
    app.key = value;
  } else if (length == 4 && memcmp(name, "node", 4) == 0) {
    app.node = value;
  } else if (length == 4 && memcmp(name, "rate", 4) == 0) {
    app.rate = strtol(value, NULL, 10);
  } else if (length == 6 && memcmp(name, "window", 6) == 0) {
    app.window = strtol(value, NULL, 10);
  } else if (length == 5 && memcmp(name, "blpop", 5) == 0) {
    app.blpop = value;
  } else if (length == 5 && memcmp(name, "count", 5) == 0) {
    app.count = strtoull(value, NULL, 10);
  } else {
    return 0;
  }
  return 1;
}

static void read_options(haredis_options *o, int argc, char **argv) {
  for (int i = 2; i < argc; i++) {
    char *equals = strchr(argv[i], '=');
    if (equals == NULL) usage("an argument without '='");
    if (own_option(argv[i], (size_t)(equals - argv[i]), equals + 1)) continue;
    char why[256];
    *equals = '\0';
    if (haredis_options_set(o, argv[i], equals + 1, why, sizeof why) != HAREDIS_OK) usage(why);
  }
}

static void run_async(const char *mode) {
  int writes = strcmp(mode, "write") == 0;
  double interval = app.rate ? 1.0 / (double)app.rate : 0.001;
  app.start_us = now_us();
  ev_timer_init(&app.pace, on_pace, 0, interval);
  ev_timer_init(&app.flush, on_flush, 0.02, 0.02);
  ev_timer_init(&app.patience, on_patience, 1.0, 0); /* enough to have seen every node */
  ev_signal_init(&app.term, on_term, SIGTERM);
  ev_signal_start(app.loop, &app.term);
  if (writes) ev_timer_start(app.loop, &app.pace);
  if (writes) ev_timer_start(app.loop, &app.flush);
  app.takeover = strcmp(mode, "takeover") == 0;
  if (app.takeover) ev_timer_start(app.loop, &app.patience);
  ev_run(app.loop, 0);
}

static volatile sig_atomic_t stopped;

static void on_stop(int signal) {
  stopped = signal;
}

static void run_blocking(void) {
  signal(SIGTERM, on_stop);
  app.start_us = now_us();
  while (!stopped && !(app.count && app.sent >= app.count)) {
    uint64_t id = ++app.sent;
    int64_t sent_us = now_us();
    redisReply *reply =
        haredis_command(app.client, "RPUSH %s %llu", app.key, (unsigned long long)id);
    put(RECORD_WRITE, id, outcome(app.client, reply), sent_us);
    freeReplyObject(reply);
    int64_t next_us = app.rate ? app.start_us + (int64_t)(id * 1000000 / (uint64_t)app.rate) : 0;
    int64_t rest_us = next_us - now_us();
    if (rest_us > 1000) haredis_run(app.client, (int)(rest_us / 1000));
    if (app.records && id % 64 == 0) fflush(app.records);
  }
  haredis_disconnect(app.client);
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
  read_options(&options, argc, argv);
  app.loop = blocking ? NULL : ev_loop_new(EVFLAG_AUTO);
  app.client = blocking ? haredis_connect(&options) : haredis_async_connect(app.loop, &options);
  if (app.client == NULL || haredis_err(app.client) != HAREDIS_OK) {
    fprintf(stderr, "haredis-app: %s\n", haredis_errstr(app.client));
    return 2;
  }
  if (blocking) {
    run_blocking();
  } else {
    run_async(mode);
    ev_loop_destroy(app.loop);
  }
  put(RECORD_END, app.sent, 0, 0);
  if (app.records) fclose(app.records);
  while (app.spare != NULL) {
    struct slot *next = app.spare->next;
    free(app.spare);
    app.spare = next;
  }
  return app.exit_code;
}
