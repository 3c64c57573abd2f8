/*
 * Many clients in one process, on one loop: the application of `growth`.
 *
 *   haredis-herd nodes=... records=FILE [clients=N] [first=K] [rate=N] [option=value ...]
 *
 * Idle until SIGUSR1; from then on each client counts in a key of its own (INCR), `rate` times a
 * second, and once more when it is told that it has no master and when it has one again: the
 * answers show when it could write. Every event and every answer is written down under the client's
 * number, `first` and up. SIGTERM ends it. It does not know what is done to the servers.
 */
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

enum { HERD_MAX = 4000 };

struct sheep {
  haredis_client *client;
  ev_timer pace;
  uint64_t number;
  char key[32];
};

struct write {
  struct sheep *sheep;
  int64_t sent_us;
};

static struct {
  struct sheep each[HERD_MAX];
  long count;
  long open;  /* of them, so far */
  long first;
  long rate;
  int writing;
  int ending;
} herd = {.count = 1, .first = 1, .rate = 5};

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct write *write = data;
  int code = RECORD_SERVER_ERROR;
  if (reply == NULL) code = haredis_err(c);
  else if (reply->type == REDIS_REPLY_INTEGER) code = RECORD_ACKED;
  recorder_put(RECORD_WRITE, write->sheep->number, code, write->sent_us);
  free(write);
}

static void write_one(struct sheep *sheep) {
  if (!herd.writing || herd.ending) return;
  struct write *write = calloc(1, sizeof *write);
  if (write == NULL) exit(1);
  *write = (struct write){sheep, recorder_now_us()};
  int code = haredis_async_command(sheep->client, on_reply, write, "INCR %s", sheep->key);
  if (code == HAREDIS_OK) return;
  recorder_put(RECORD_WRITE, sheep->number, code, write->sent_us);
  free(write);
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  struct sheep *sheep = user;
  (void)c;
  recorder_put(RECORD_EVENT, sheep->number, event->kind, (int64_t)recorder_port_of(event->node));
  bool turn = event->kind == HAREDIS_EVENT_READY || event->kind == HAREDIS_EVENT_PAUSED;
  if (turn) write_one(sheep);
}

static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)events;
  write_one(timer->data);
}

/* Their writes are spread over the interval, as those of strangers would be. */
static void on_begin(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)signal;
  (void)events;
  if (herd.writing) return;
  herd.writing = 1;
  double interval = 1.0 / (double)herd.rate;
  for (long i = 0; i < herd.count; i++) {
    struct sheep *sheep = &herd.each[i];
    ev_timer_init(&sheep->pace, on_pace, interval * (double)i / (double)herd.count, interval);
    sheep->pace.data = sheep;
    ev_timer_start(loop, &sheep->pace);
  }
}

static void on_flush(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (recorder.records != NULL) fflush(recorder.records);
}

static void on_end(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)signal;
  (void)events;
  herd.ending = 1;
  ev_break(loop, EVBREAK_ALL);
}

static void usage(const char *why) {
  fprintf(stderr, "haredis-herd: %s\nusage: haredis-herd nodes=... [records=FILE] [clients=N] "
          "[first=K] [rate=N] [option=value ...]\n", why);
  exit(2);
}

static int own_option(const char *name, const char *value) {
  long number = strtol(value, NULL, 10);
  if (strcmp(name, "clients") == 0) {
    herd.count = number;
  } else if (strcmp(name, "first") == 0) {
    herd.first = number;
  } else if (strcmp(name, "rate") == 0) {
    herd.rate = number;
  } else {
    return 0;
  }
  return 1;
}

/* One after the other: a crowd that gathers, not one that begins in one moment. */
static void on_open(struct ev_loop *loop, ev_timer *timer, int events) {
  haredis_options *options = timer->data;
  struct sheep *sheep = &herd.each[herd.open];
  (void)events;
  sheep->number = (uint64_t)(herd.first + herd.open);
  snprintf(sheep->key, sizeof sheep->key, "herd:%ld", herd.first + herd.open);
  options->user = sheep;
  sheep->client = haredis_async_connect(loop, options);
  if (sheep->client == NULL || haredis_err(sheep->client) != HAREDIS_OK) {
    fprintf(stderr, "haredis-herd: %s\n", haredis_errstr(sheep->client));
    exit(2);
  }
  if (++herd.open == herd.count) ev_timer_stop(loop, timer);
}

int main(int argc, char **argv) {
  static ev_timer flush, open;
  static ev_signal begin, term; /* never stopped: a second signal must not kill who is ending */
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  recorder_options(&options, argc - 1, argv + 1, own_option, usage);
  if (herd.count < 1 || herd.count > HERD_MAX || herd.rate < 1) usage("clients or rate");
  recorder.loop = ev_loop_new(EVFLAG_AUTO);
  if (recorder.loop == NULL) usage("no loop");
  ev_timer_init(&flush, on_flush, 0.02, 0.02);
  ev_signal_init(&begin, on_begin, SIGUSR1);
  ev_signal_init(&term, on_end, SIGTERM);
  ev_timer_start(recorder.loop, &flush);
  ev_signal_start(recorder.loop, &begin);
  ev_signal_start(recorder.loop, &term);
  ev_timer_init(&open, on_open, 0, 0.005);
  open.data = &options;
  ev_timer_start(recorder.loop, &open);
  ev_run(recorder.loop, 0);
  for (long i = 0; i < herd.open; i++) haredis_free(herd.each[i].client);
  recorder_close((uint64_t)herd.count);
  return 0;
}
