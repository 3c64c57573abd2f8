/* See seeker.h. */
#include "seeker.h"

#include <hiredis/adapters/libev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME "mymaster"

enum {
  TICK_MS = 5,
  ASK_CALM_US = 500000,    /* how often the sentinels are asked when all is well */
  OVERDUE_US = 100000,     /* a write this old: ask at every tick */
  PATIENCE_US = 300000,    /* for a sentinel's answer, for a connection and its ROLE */
  AGAIN_US = 50000,        /* between two connections to one sentinel */
};

int64_t seeker_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void seek(struct seeker *s);

/* ------------------------------------------------------------------------- the master -------- */

static void master_forget(struct seeker *s) {
  redisAsyncContext *link = s->master;
  s->master = NULL;
  s->ready = 0;
  if (link != NULL) redisAsyncFree(link);
}

static void on_master_gone(const redisAsyncContext *link, int status) {
  (void)status;
  struct seeker *s = link->data;
  if (s->master != link) return;
  s->master = NULL;
  s->ready = 0;
  seek(s);
}

static void on_master_connect(const redisAsyncContext *link, int status) {
  struct seeker *s = link->data;
  if (status == REDIS_OK || s->master != link) return;
  s->master = NULL; /* freed by hiredis; the next tick tries again */
}

static void on_role(redisAsyncContext *link, void *reply, void *data) {
  struct seeker *s = data;
  const redisReply *role = reply;
  if (role == NULL || s->master != link) return;
  if (role->type != REDIS_REPLY_ARRAY || role->elements == 0 ||
      strcmp(role->element[0]->str, "master") != 0) {
    master_forget(s);
    return;
  }
  s->ready = 1;
  s->on_ready();
}

static void master_connect(struct seeker *s) {
  if (s->port == 0 || s->master != NULL) return;
  redisAsyncContext *link = redisAsyncConnect(s->host, s->port);
  if (link == NULL) return;
  if (link->err != 0) {
    redisAsyncFree(link);
    return;
  }
  link->data = s;
  s->master = link;
  s->since_us = seeker_now_us();
  redisLibevAttach(s->loop, link);
  redisAsyncSetConnectCallback(link, on_master_connect);
  redisAsyncSetDisconnectCallback(link, on_master_gone);
  redisAsyncCommand(link, on_role, s, "ROLE");
}

/* ---------------------------------------------------------------------- the sentinels -------- */

static void sentinel_forget(struct sentinel *t) {
  redisAsyncContext *ask = t->ask, *listen = t->listen;
  t->ask = t->listen = NULL;
  t->asked_us = 0;
  if (ask != NULL) redisAsyncFree(ask);
  if (listen != NULL) redisAsyncFree(listen);
}

static void on_sentinel_gone(const redisAsyncContext *link, int status) {
  struct sentinel *t = link->data;
  (void)status;
  if (t->ask == link) t->ask = NULL;
  if (t->listen == link) t->listen = NULL;
  if (t->ask == NULL) t->asked_us = 0;
}

static void on_sentinel_connect(const redisAsyncContext *link, int status) {
  if (status != REDIS_OK) on_sentinel_gone(link, status);
}

static redisAsyncContext *sentinel_link(struct sentinel *t) {
  redisAsyncContext *link = redisAsyncConnect(t->host, t->port);
  if (link == NULL) return NULL;
  if (link->err != 0) {
    redisAsyncFree(link);
    return NULL;
  }
  link->data = t;
  redisLibevAttach(t->seeker->loop, link);
  redisAsyncSetConnectCallback(link, on_sentinel_connect);
  redisAsyncSetDisconnectCallback(link, on_sentinel_gone);
  return link;
}

/* A flat list of names and values. */
static void on_state(redisAsyncContext *link, void *reply, void *data) {
  struct sentinel *t = data;
  const redisReply *state = reply;
  (void)link;
  t->epoch = -1;
  if (state == NULL || state->type != REDIS_REPLY_ARRAY) return;
  for (size_t i = 0; i + 1 < state->elements; i += 2) {
    const char *name = state->element[i]->str, *value = state->element[i + 1]->str;
    if (name != NULL && value != NULL && strcmp(name, "config-epoch") == 0) {
      t->epoch = strtoll(value, NULL, 10);
    }
  }
}

static void believe(struct seeker *s, long long epoch, const char *host, int port) {
  if (epoch <= s->epoch && s->port != 0) return;
  s->epoch = epoch;
  if (s->port == port && strcmp(s->host, host) == 0) return;
  snprintf(s->host, sizeof s->host, "%s", host);
  s->port = port;
  master_forget(s);
  master_connect(s);
}

static void on_address(redisAsyncContext *link, void *reply, void *data) {
  struct sentinel *t = data;
  const redisReply *address = reply;
  if (t->ask == link) t->asked_us = 0;
  if (address == NULL || address->type != REDIS_REPLY_ARRAY || address->elements != 2) return;
  if (t->epoch < 0) return;
  int port = (int)strtol(address->element[1]->str, NULL, 10);
  believe(t->seeker, t->epoch, address->element[0]->str, port);
}

/* Both in one packet, so that address and epoch belong to each other. */
static void sentinel_ask(struct sentinel *t) {
  if (t->ask == NULL || t->asked_us != 0) return;
  t->asked_us = seeker_now_us();
  redisAsyncCommand(t->ask, on_state, t, "SENTINEL MASTER " NAME);
  redisAsyncCommand(t->ask, on_address, t, "SENTINEL GET-MASTER-ADDR-BY-NAME " NAME);
}

static void on_news(redisAsyncContext *link, void *reply, void *data) {
  struct sentinel *t = data;
  const redisReply *news = reply;
  if (news == NULL || t->listen != link || news->elements < 1) return;
  if (strcmp(news->element[0]->str, "message") == 0) seek(t->seeker);
}

static void sentinel_look_after(struct sentinel *t, int64_t now) {
  if (t->asked_us != 0 && now - t->asked_us > PATIENCE_US) sentinel_forget(t);
  if ((t->ask != NULL && t->listen != NULL) || now - t->tried_us < AGAIN_US) return;
  t->tried_us = now;
  if (t->ask == NULL) t->ask = sentinel_link(t);
  if (t->listen != NULL) return;
  t->listen = sentinel_link(t);
  if (t->listen == NULL) return;
  /* The first comes when a replica was promoted, a second before the one that clients wait for. */
  redisAsyncCommand(t->listen, on_news, t, "SUBSCRIBE +promoted-slave +switch-master");
}

/* ------------------------------------------------------------------------------ time --------- */

static void seek(struct seeker *s) {
  s->last_asked_us = seeker_now_us();
  for (int i = 0; i < s->count; i++) sentinel_ask(&s->sentinels[i]);
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  struct seeker *s = timer->data;
  int64_t now = seeker_now_us(), oldest = s->oldest_us();
  (void)loop;
  (void)events;
  for (int i = 0; i < s->count; i++) sentinel_look_after(&s->sentinels[i], now);
  if (s->master != NULL && !s->ready && now - s->since_us > PATIENCE_US) master_forget(s);
  master_connect(s);
  int amiss = !s->ready || (oldest != 0 && now - oldest > OVERDUE_US);
  if (amiss || now - s->last_asked_us > ASK_CALM_US) seek(s);
}

void seeker_begin(struct seeker *s, struct ev_loop *loop, const char *nodes) {
  char copy[512], *rest = NULL;
  s->loop = loop;
  s->epoch = -1;
  snprintf(copy, sizeof copy, "%s", nodes);
  for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
    char *colon = strrchr(word, ':');
    if (colon == NULL || s->count == SENTINELS_MAX) continue;
    struct sentinel *t = &s->sentinels[s->count++];
    *colon = '\0';
    snprintf(t->host, sizeof t->host, "%s", word);
    t->port = (int)strtol(colon + 1, NULL, 10);
    t->seeker = s;
    t->epoch = -1;
  }
  ev_timer_init(&s->tick, on_tick, 0, TICK_MS / 1000.0);
  s->tick.data = s;
  ev_timer_start(loop, &s->tick);
}

void seeker_doubt(struct seeker *s) {
  master_forget(s);
  seek(s);
}

void seeker_end(struct seeker *s) {
  ev_timer_stop(s->loop, &s->tick);
  master_forget(s);
  for (int i = 0; i < s->count; i++) sentinel_forget(&s->sentinels[i]);
}
