/*
 * The application of the pub/sub fault cases: one client that publishes counted messages, listens,
 * or both, and writes down what it published and what each of its handles heard.
 *
 *   haredis-pubsub nodes=... records=FILE [publish=CHANNEL | spublish=CHANNEL] [rate=N pad=BYTES]
 *                  [subscribe=CHANNEL ...] [psubscribe=PATTERN ...] [ssubscribe=CHANNEL ...]
 *                  [many=N base=N] [dawdle=US] [option=value ...]
 *
 * A message is "<number> <microseconds when it was given to the library>" and `pad` bytes more.
 * many: listen to so many channels "many.<base>" ... at once; a message there is the number of a
 * round, and what is written down is when all of them have heard the round. SIGUSR1: no more
 * publishing. SIGUSR2: from now on (or no more) every message takes `dawdle` us.
 * SIGTERM: finish and end. Every other name=value is an option of the library.
 */
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "recorder.h"

enum { HANDLES_MAX = 8, MANY_MAX = 20000, ROUNDS_MAX = 64, TEXT_MAX = 8192 };

struct handle {
  int number;          /* the order on the command line */
  int kind;            /* enum haredis_channel_kind */
  const char *name;
};

struct one_of_many {
  uint8_t heard[ROUNDS_MAX]; /* how often, by round */
};

struct sent {
  struct sent *next;
  uint64_t number;
  int64_t sent_us;
};

static struct {
  struct handle handles[HANDLES_MAX];
  int handle_count;
  struct one_of_many *many;
  int many_count, base;
  int round_heard[ROUNDS_MAX]; /* by how many of them */
  const char *publish;
  int sharded;         /* SPUBLISH */
  struct sent *spare;
  uint64_t published;
  int64_t start_us;
  long rate, pad;
  long dawdle_us;      /* that a message takes while it dawdles */
  volatile sig_atomic_t dawdles;
} app = {.rate = 1000};

/* ------------------------------------------------------------------------- publishing -------- */

static void on_published(haredis_client *c, struct redisReply *reply, void *data) {
  struct sent *sent = data;
  int code = haredis_err(c);
  if (reply != NULL) {
    code = reply->type == REDIS_REPLY_INTEGER ? RECORD_ACKED : RECORD_SERVER_ERROR;
  }
  recorder_put(RECORD_PUBLISH, sent->number, code, sent->sent_us);
  sent->next = app.spare;
  app.spare = sent;
}

static struct sent *sent_take(void) {
  struct sent *sent = app.spare;
  if (sent == NULL) return calloc(1, sizeof *sent);
  app.spare = sent->next;
  return sent;
}

static int publish(struct sent *sent, const char *text, size_t len) {
  if (!app.sharded) {
    return haredis_publish(recorder.client, on_published, sent, app.publish, text, len);
  }
  const char *argv[] = {"SPUBLISH", app.publish, text};
  const size_t lengths[] = {8, strlen(app.publish), len};
  return haredis_async_command_argv(recorder.client, on_published, sent, 3, argv, lengths);
}

static void publish_one(void) {
  static char text[TEXT_MAX];
  struct sent *sent = sent_take();
  if (sent == NULL) exit(1);
  sent->number = ++app.published;
  sent->sent_us = recorder_now_us();
  int len = snprintf(text, sizeof text, "%llu %lld ", (unsigned long long)sent->number,
                     (long long)sent->sent_us);
  memset(text + len, '.', (size_t)app.pad);
  int code = publish(sent, text, (size_t)len + (size_t)app.pad);
  if (code == HAREDIS_OK) return;
  recorder_put(RECORD_PUBLISH, sent->number, code, sent->sent_us);
  sent->next = app.spare;
  app.spare = sent;
}

/* In time: what a late turn of the loop missed is made up for. */
static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  int64_t due = (recorder_now_us() - app.start_us) * app.rate / 1000000;
  while (!recorder.ending && app.published < (uint64_t)due) publish_one();
}

/* -------------------------------------------------------------------------- listening -------- */

static void on_message(haredis_client *c, const struct haredis_message *m, void *data) {
  const struct handle *handle = data;
  char *end;
  (void)c;
  uint64_t number = strtoull(m->payload, &end, 10);
  int64_t sent_us = strtoll(end, NULL, 10);
  int pattern = handle->kind == HAREDIS_PATTERN;
  const char *name = pattern ? m->pattern : m->channel;
  int wrong = m->kind != handle->kind || name == NULL || strcmp(name, handle->name) != 0 ||
              (m->pattern == NULL) != !pattern || number == 0;
  recorder_put(wrong ? RECORD_WRONG : RECORD_MESSAGE, number, handle->number, sent_us);
  if (app.dawdles) nanosleep(&(struct timespec){0, app.dawdle_us * 1000}, NULL);
}

static void on_one_of_many(haredis_client *c, const struct haredis_message *m, void *data) {
  struct one_of_many *one = data;
  char own[32];
  (void)c;
  uint64_t round = strtoull(m->payload, NULL, 10);
  snprintf(own, sizeof own, "many.%05d", app.base + (int)(one - app.many));
  if (round >= ROUNDS_MAX || one->heard[round]++ != 0 || strcmp(own, m->channel) != 0) {
    recorder_put(RECORD_WRONG, round, app.base + (int)(one - app.many), 0);
  } else if (++app.round_heard[round] == app.many_count) {
    recorder_put(RECORD_ROUND, round, app.many_count, 0);
  }
}

static void subscribe_all(void) {
  for (int i = 0; i < app.handle_count; i++) {
    struct handle *h = &app.handles[i];
    haredis_subscription *s = haredis_subscribe_bytes(recorder.client, h->kind, h->name,
                                                      strlen(h->name), on_message, h);
    if (s == NULL) exit(3);
  }
  for (int i = 0; i < app.many_count; i++) {
    char name[32];
    snprintf(name, sizeof name, "many.%05d", app.base + i);
    if (!haredis_subscribe(recorder.client, name, on_one_of_many, &app.many[i])) exit(3);
  }
}

/* ----------------------------------------------------------------------------- events -------- */

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  if (event->kind == HAREDIS_EVENT_SUBSCRIPTION_GAP) {
    /* On the clock of all other records; `until` was cut to the millisecond. */
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t wall_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 - recorder_now_us();
    recorder_put(RECORD_GAP, (uint64_t)((event->gap_until_ms + 1) * 1000 - wall_us), 0,
        event->gap_from_ms * 1000 - wall_us);
    fflush(recorder.records);
    return;
  }
  recorder_put(RECORD_EVENT, recorder_port_of(event->node), event->kind, event->count);
  if (event->kind == HAREDIS_EVENT_CLOSED) ev_break(recorder.loop, EVBREAK_ALL);
}

static void on_quiet(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)signal;
  (void)events;
  ev_timer_stop(loop, &recorder.pace);
}

/* Not by the loop: it would not turn. */
static void on_dawdle(int signal) {
  (void)signal;
  app.dawdles = !app.dawdles;
}

/* ------------------------------------------------------------------------------- main -------- */

static void usage(const char *why) {
  fprintf(stderr, "haredis-pubsub: %s\nusage: haredis-pubsub nodes=... records=FILE "
          "[publish=C|spublish=C rate=N pad=BYTES] [subscribe=C ...] [psubscribe=P ...] "
          "[ssubscribe=C ...] [many=N base=N] [option=value]\n", why);
  exit(2);
}

static void handle_add(const char *name, int kind) {
  if (app.handle_count == HANDLES_MAX) usage("too many subscriptions");
  struct handle *h = &app.handles[app.handle_count];
  *h = (struct handle){app.handle_count++, kind, name};
}

static int own_option(const char *name, const char *value) {
  if (strcmp(name, "publish") == 0 || strcmp(name, "spublish") == 0) {
    app.publish = value;
    app.sharded = name[0] == 's';
  } else if (strcmp(name, "rate") == 0) {
    app.rate = strtol(value, NULL, 10);
  } else if (strcmp(name, "pad") == 0) {
    app.pad = strtol(value, NULL, 10);
    if (app.pad < 0 || app.pad > TEXT_MAX - 64) usage("pad is too much");
  } else if (strcmp(name, "dawdle") == 0) {
    app.dawdle_us = strtol(value, NULL, 10);
    if (app.dawdle_us < 0 || app.dawdle_us >= 1000000) usage("dawdle is too much");
  } else if (strcmp(name, "subscribe") == 0) {
    handle_add(value, HAREDIS_CHANNEL);
  } else if (strcmp(name, "psubscribe") == 0) {
    handle_add(value, HAREDIS_PATTERN);
  } else if (strcmp(name, "ssubscribe") == 0) {
    handle_add(value, HAREDIS_SHARD);
  } else if (strcmp(name, "many") == 0) {
    app.many_count = atoi(value);
    if (app.many_count < 1 || app.many_count > MANY_MAX) usage("too many of many");
    app.many = calloc((size_t)app.many_count, sizeof *app.many);
    if (app.many == NULL) exit(1);
  } else if (strcmp(name, "base") == 0) {
    app.base = atoi(value);
  } else {
    return 0;
  }
  return 1;
}

static void work(void) {
  static ev_signal quiet;
  ev_timer_init(&recorder.pace, on_pace, 0, 1.0 / (double)app.rate);
  ev_signal_init(&quiet, on_quiet, SIGUSR1);
  ev_signal_start(recorder.loop, &quiet);
  signal(SIGUSR2, on_dawdle);
  app.start_us = recorder_now_us();
  if (app.publish != NULL) ev_timer_start(recorder.loop, &recorder.pace);
  subscribe_all();
  recorder_run();
}

int main(int argc, char **argv) {
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  recorder_options(&options, argc - 1, argv + 1, own_option, usage);
  if (recorder.records == NULL) usage("no file for the records");
  recorder_connect("haredis-pubsub", 0, &options);
  work();
  recorder_close(app.published);
  while (app.spare != NULL) {
    struct sent *next = app.spare->next;
    free(app.spare);
    app.spare = next;
  }
  free(app.many);
  return 0;
}
