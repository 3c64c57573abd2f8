/*
 * The writer with Redis Sentinel: what integration/lib/app.c does, with the ideal client of
 * seeker.h.
 *
 *   sentinel-app sentinels=HOST:PORT,... rate=N [wait=1] key=K records=FILE
 *
 * Counted writes at a rate, in time even when the answers are late; while there is no master they
 * queue without limit. wait=1: a write counts as acknowledged when WAIT says that one replica has
 * it; writes go in groups, one under way at a time. SIGTERM: finish and end.
 */
#include <ev.h>
#include <hiredis/async.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "seeker.h"

enum { PATIENCE_US = 1500000, PACE_MS = 1, FLUSH_MS = 20 };

struct slot {
  struct slot *next;
  uint64_t id;
  int64_t sent_us;
  int code; /* in a group: what its own reply said */
};

/* First in, first out. */
struct line {
  struct slot *first;
  struct slot **end;
};

static struct {
  struct seeker seeker;
  struct ev_loop *loop;
  FILE *records;
  const char *key;
  const char *sentinels;
  long rate;
  int wait;
  struct line queued;  /* no master has seen them */
  struct line flying;
  int group;           /* a group is under way */
  uint64_t sent;
  int64_t start_us;
  int64_t ending_us;   /* 0: no */
} app = {.rate = 1000, .key = "app:1"};

static void put(int kind, uint64_t id, int code, int64_t sent_us) {
  struct record r = {seeker_now_us(), sent_us, id, kind, code};
  fwrite(&r, sizeof r, 1, app.records);
}

static void line_add(struct line *line, struct slot *slot) {
  slot->next = NULL;
  if (line->first == NULL) line->end = &line->first;
  *line->end = slot;
  line->end = &slot->next;
}

static struct slot *line_take(struct line *line) {
  struct slot *slot = line->first;
  if (slot == NULL) return NULL;
  line->first = slot->next;
  return slot;
}

static void finish(int code) {
  struct slot *slot = line_take(&app.flying);
  if (slot == NULL) return;
  put(RECORD_WRITE, slot->id, code, slot->sent_us);
  free(slot);
}

static int code_of(const redisReply *reply) {
  if (reply == NULL) return RECORD_NO_ANSWER;
  return reply->type == REDIS_REPLY_INTEGER ? RECORD_ACKED : RECORD_SERVER_ERROR;
}

static int is_demoted(const redisReply *reply) {
  return reply != NULL && reply->type == REDIS_REPLY_ERROR &&
         strncmp(reply->str, "READONLY", 8) == 0;
}

/* Replies come in order, also those that are NULL because the link broke. */
static void on_reply(redisAsyncContext *link, void *data, void *user) {
  const redisReply *reply = data;
  (void)user;
  finish(code_of(reply));
  if (is_demoted(reply) && app.seeker.master == link) seeker_doubt(&app.seeker);
}

/* ------------------------------------------------------------------------------ WAIT --------- */

static void flush(void);

static void on_grouped(redisAsyncContext *link, void *reply, void *user) {
  struct slot *slot = user;
  (void)link;
  slot->code = code_of(reply);
}

static void on_waited(redisAsyncContext *link, void *data, void *user) {
  const redisReply *reply = data;
  int held = reply != NULL && reply->type == REDIS_REPLY_INTEGER && reply->integer >= 1;
  int demoted = 0;
  (void)user;
  while (app.flying.first != NULL) {
    demoted |= app.flying.first->code == RECORD_SERVER_ERROR;
    finish(app.flying.first->code == RECORD_ACKED && !held ? RECORD_NO_ANSWER
                                                           : app.flying.first->code);
  }
  app.group = 0;
  if (demoted && app.seeker.master == link) seeker_doubt(&app.seeker);
  else if (reply != NULL) flush();
}

/* ---------------------------------------------------------------------------- writes --------- */

static void flush(void) {
  if (!app.seeker.ready || (app.wait && app.group)) return;
  int any = app.queued.first != NULL;
  for (struct slot *slot = line_take(&app.queued); slot; slot = line_take(&app.queued)) {
    line_add(&app.flying, slot);
    redisAsyncCommand(app.seeker.master, app.wait ? on_grouped : on_reply, slot, "RPUSH %s %llu",
                      app.key, (unsigned long long)slot->id);
  }
  if (!app.wait || !any) return;
  app.group = 1;
  redisAsyncCommand(app.seeker.master, on_waited, NULL, "WAIT 1 1000");
}

static int64_t oldest_us(void) {
  return app.flying.first ? app.flying.first->sent_us : 0;
}

static void end_if_over(void) {
  int over = app.flying.first == NULL && app.queued.first == NULL;
  if (over || seeker_now_us() - app.ending_us > PATIENCE_US) ev_break(app.loop, EVBREAK_ALL);
}

static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (app.ending_us != 0) {
    end_if_over();
    return;
  }
  uint64_t due = (uint64_t)((seeker_now_us() - app.start_us) * app.rate / 1000000);
  while (app.sent < due) {
    struct slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL) exit(1);
    slot->id = ++app.sent;
    slot->sent_us = seeker_now_us();
    line_add(&app.queued, slot);
  }
  flush();
}

static void on_flush(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  fflush(app.records);
}

static void on_term(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)loop;
  (void)signal;
  (void)events;
  if (app.ending_us == 0) app.ending_us = seeker_now_us();
}

static void usage(void) {
  fprintf(stderr, "usage: sentinel-app sentinels=HOST:PORT,... records=FILE [key=K] [rate=N] "
          "[wait=1]\n");
  exit(2);
}

static void option(char *word) {
  char *value = strchr(word, '=');
  if (value == NULL) usage();
  *value++ = '\0';
  if (strcmp(word, "sentinels") == 0) app.sentinels = value;
  else if (strcmp(word, "key") == 0) app.key = value;
  else if (strcmp(word, "rate") == 0) app.rate = strtol(value, NULL, 10);
  else if (strcmp(word, "wait") == 0) app.wait = strcmp(value, "1") == 0;
  else if (strcmp(word, "records") == 0) app.records = fopen(value, "wb");
  else usage();
}

int main(int argc, char **argv) {
  ev_timer pace, flush_timer;
  ev_signal term;
  for (int i = 1; i < argc; i++) option(argv[i]);
  if (app.sentinels == NULL || app.records == NULL || app.rate < 1) usage();
  setvbuf(app.records, NULL, _IOFBF, 1 << 18);
  app.loop = ev_default_loop(0);
  app.start_us = seeker_now_us();
  app.seeker.oldest_us = oldest_us;
  app.seeker.on_ready = flush;
  seeker_begin(&app.seeker, app.loop, app.sentinels);
  ev_timer_init(&pace, on_pace, 0, PACE_MS / 1000.0);
  ev_timer_start(app.loop, &pace);
  ev_timer_init(&flush_timer, on_flush, 0, FLUSH_MS / 1000.0);
  ev_timer_start(app.loop, &flush_timer);
  ev_signal_init(&term, on_term, SIGTERM);
  ev_signal_start(app.loop, &term);
  ev_run(app.loop, 0);
  seeker_end(&app.seeker);
  for (struct slot *slot = line_take(&app.queued); slot; slot = line_take(&app.queued)) {
    put(RECORD_WRITE, slot->id, RECORD_NO_ANSWER, slot->sent_us);
    free(slot);
  }
  while (app.flying.first != NULL) finish(RECORD_NO_ANSWER);
  put(RECORD_END, app.sent, 0, 0);
  fclose(app.records);
  return 0;
}
