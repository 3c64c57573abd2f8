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
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

enum { PAD_MAX = 8192 };

struct read {
  uint64_t expected;
  int64_t sent_us;
};

static struct {
  long rate, pad;
  int writing;
  int64_t write_us;
  uint64_t next, acked;
} app = {.rate = 1000, .next = 1};

static int code_of(haredis_client *c, const redisReply *reply) {
  if (reply == NULL) return haredis_err(c);
  return reply->type == REDIS_REPLY_ERROR ? RECORD_SERVER_ERROR : RECORD_ACKED;
}

static void on_write(haredis_client *c, redisReply *reply, void *data) {
  (void)data;
  int code = code_of(c, reply);
  recorder_put(RECORD_WRITE, app.next, code, app.write_us);
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
  recorder_put(stale ? RECORD_STALE : RECORD_READ, value, code, read->sent_us);
  free(read);
}

static void write_next(void) {
  static char text[PAD_MAX + 32];
  int digits = snprintf(text, 32, "%llu ", (unsigned long long)app.next);
  memset(text + digits, 'x', (size_t)app.pad);
  text[digits + app.pad] = '\0';
  app.write_us = recorder_now_us();
  int code = haredis_async_command(recorder.client, on_write, NULL, "SET app:number %s", text);
  app.writing = code == HAREDIS_OK;
}

static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (!app.writing) write_next();
  struct read *read = malloc(sizeof *read);
  if (read == NULL) exit(1);
  *read = (struct read){app.acked, recorder_now_us()};
  int code = haredis_async_command(recorder.client, on_read, read, "GETRANGE app:number 0 24");
  if (code == HAREDIS_OK) return;
  recorder_put(RECORD_READ, 0, code, read->sent_us);
  free(read);
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  recorder_put(RECORD_EVENT, 0, event->kind, 0);
  if (event->kind == HAREDIS_EVENT_CLOSED) ev_break(recorder.loop, EVBREAK_ALL);
}

static void usage(const char *why) {
  fprintf(stderr, "haredis-reads: %s\nusage: haredis-reads nodes=... records=FILE [rate=N] "
          "[pad=BYTES] [option=value]\n", why);
  exit(2);
}

static int own_option(const char *name, const char *value) {
  if (strcmp(name, "rate") == 0) {
    app.rate = strtol(value, NULL, 10);
  } else if (strcmp(name, "pad") == 0) {
    app.pad = strtol(value, NULL, 10);
  } else {
    return 0;
  }
  return 1;
}

int main(int argc, char **argv) {
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  recorder_options(&options, argc - 1, argv + 1, own_option, usage);
  if (recorder.records == NULL) usage("no file for the records");
  if (app.rate < 1 || app.pad < 0 || app.pad > PAD_MAX) usage("rate or pad is out of range");
  recorder_connect("haredis-reads", 0, &options);
  ev_timer_init(&recorder.pace, on_pace, 0, 1.0 / (double)app.rate);
  ev_timer_start(recorder.loop, &recorder.pace);
  recorder_run();
  recorder_close(app.acked);
  return 0;
}
