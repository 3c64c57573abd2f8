/*
 * The application of the fault cases about reads from replicas: it raises one number with SET, one
 * at a time, and reads it as often as it is told, and writes down what it was answered.
 *
 *   haredis-reads nodes=... records=FILE [rate=N] [pad=BYTES] [option=value ...]
 *
 * What a read must show is the last number whose SET had been acknowledged when the read was given
 * to the library: less is RECORD_STALE. SIGTERM: finish and end. Every other name=value is an
 * option of the library.
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

enum { PAD_MAX = 8192 };

struct read {
  uint64_t expected;
  int64_t sent_us;
};

static struct {
  struct ev_loop *loop;
  haredis_client *client;
  FILE *records;
  ev_timer pace, flush;
  ev_signal term;
  long rate, pad;
  int writing;
  int64_t write_us;
  uint64_t next, acked;
  int ending;
} app = {.rate = 1000, .next = 1};

static int64_t now_us(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void put(int kind, uint64_t id, int code, int64_t sent_us) {
  struct record r = {.at_us = now_us(), .sent_us = sent_us, .id = id, .kind = kind, .code = code};
  fwrite(&r, sizeof r, 1, app.records);
}

static int code_of(haredis_client *c, const redisReply *reply) {
  if (reply == NULL) return haredis_err(c);
  return reply->type == REDIS_REPLY_ERROR ? RECORD_SERVER_ERROR : RECORD_ACKED;
}

static void on_write(haredis_client *c, redisReply *reply, void *data) {
  (void)data;
  int code = code_of(c, reply);
  put(RECORD_WRITE, app.next, code, app.write_us);
  if (code == RECORD_ACKED) app.acked = app.next;
  app.next++;
  app.writing = 0;
}

static void on_read(haredis_client *c, redisReply *reply, void *data) {
  struct read *read = data;
  int code = code_of(c, reply);
  uint64_t value = 0;
  if (reply != NULL && reply->type == REDIS_REPLY_STRING) value = strtoull(reply->str, NULL, 10);
  int stale = code == RECORD_ACKED && value < read->expected;
  put(stale ? RECORD_STALE : RECORD_READ, value, code, read->sent_us);
  free(read);
}

static void write_next(void) {
  static char text[PAD_MAX + 32];
  int digits = snprintf(text, 32, "%llu ", (unsigned long long)app.next);
  memset(text + digits, 'x', (size_t)app.pad);
  text[digits + app.pad] = '\0';
  app.write_us = now_us();
  if (haredis_async_command(app.client, on_write, NULL, "SET app:number %s", text) == HAREDIS_OK) {
    app.writing = 1;
  }
}

static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (!app.writing) write_next();
  struct read *read = malloc(sizeof *read);
  if (read == NULL) exit(1);
  *read = (struct read){app.acked, now_us()};
  int code = haredis_async_command(app.client, on_read, read, "GETRANGE app:number 0 24");
  if (code == HAREDIS_OK) return;
  put(RECORD_READ, 0, code, read->sent_us);
  free(read);
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  put(RECORD_EVENT, 0, event->kind, 0);
  if (event->kind == HAREDIS_EVENT_CLOSED) ev_break(app.loop, EVBREAK_ALL);
}

static void on_flush(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  fflush(app.records);
}

static void on_term(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)signal;
  (void)events;
  if (app.ending) return;
  app.ending = 1;
  ev_timer_stop(loop, &app.pace);
  haredis_disconnect(app.client);
}

static void usage(const char *why) {
  fprintf(stderr, "haredis-reads: %s\nusage: haredis-reads nodes=... records=FILE [rate=N] "
          "[pad=BYTES] [option=value]\n", why);
  exit(2);
}

static void read_options(haredis_options *o, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    char why[256], *equals = strchr(argv[i], '=');
    if (equals == NULL) usage("an argument without '='");
    *equals = '\0';
    const char *value = equals + 1;
    if (strcmp(argv[i], "records") == 0) {
      app.records = fopen(value, "wb");
    } else if (strcmp(argv[i], "rate") == 0) {
      app.rate = strtol(value, NULL, 10);
    } else if (strcmp(argv[i], "pad") == 0) {
      app.pad = strtol(value, NULL, 10);
    } else if (haredis_options_set(o, argv[i], value, why, sizeof why) != HAREDIS_OK) {
      usage(why);
    }
  }
  if (app.records == NULL) usage("no file for the records");
  if (app.rate < 1 || app.pad < 0 || app.pad > PAD_MAX) usage("rate or pad is out of range");
}

int main(int argc, char **argv) {
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  read_options(&options, argc, argv);
  app.loop = ev_loop_new(EVFLAG_AUTO);
  app.client = haredis_async_connect(app.loop, &options);
  if (app.client == NULL || haredis_err(app.client) != HAREDIS_OK) {
    fprintf(stderr, "haredis-reads: %s\n", haredis_errstr(app.client));
    return 2;
  }
  ev_timer_init(&app.pace, on_pace, 0, 1.0 / (double)app.rate);
  ev_timer_init(&app.flush, on_flush, 0.02, 0.02);
  ev_signal_init(&app.term, on_term, SIGTERM);
  ev_signal_start(app.loop, &app.term);
  ev_timer_start(app.loop, &app.flush);
  ev_timer_start(app.loop, &app.pace);
  ev_run(app.loop, 0);
  ev_loop_destroy(app.loop);
  put(RECORD_END, app.acked, 0, 0);
  fclose(app.records);
  return 0;
}
