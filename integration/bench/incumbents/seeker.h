/*
 * An ideal client of Redis Sentinel, on plain hiredis and libev: it listens on every sentinel at
 * once, asks all of them as soon as anything is amiss, believes the highest configuration epoch,
 * connects at once, and uses a server only after ROLE said that it is a master. It does more than
 * the guide for Sentinel clients asks for, so that what is measured is Sentinel and not a client's
 * slowness.
 * It knows nothing of what is written.
 */
#ifndef INCUMBENT_SEEKER_H
#define INCUMBENT_SEEKER_H

#include <ev.h>
#include <hiredis/async.h>
#include <stdint.h>

enum { SENTINELS_MAX = 5 };

struct seeker;

struct sentinel {
  struct seeker *seeker;
  char host[48];
  int port;
  redisAsyncContext *ask;    /* NULL: not connected */
  redisAsyncContext *listen; /* subscribed */
  int64_t asked_us;          /* 0: no question is under way */
  int64_t tried_us;          /* when a connection was begun */
  long long epoch;           /* of its last answer */
};

struct seeker {
  struct ev_loop *loop;
  struct sentinel sentinels[SENTINELS_MAX];
  int count;
  ev_timer tick;
  long long epoch;           /* the highest heard of, -1: none */
  char host[48];             /* the master by that epoch */
  int port;
  redisAsyncContext *master; /* NULL: not connected */
  int ready;                 /* ROLE said master */
  int64_t since_us;          /* when the link to the master was begun */
  int64_t last_asked_us;
  int64_t (*oldest_us)(void); /* when the oldest unanswered write was sent, 0: none */
  void (*on_ready)(void);
};

int64_t seeker_now_us(void);
/* nodes: "host:port,host:port" of the sentinels. */
void seeker_begin(struct seeker *s, struct ev_loop *loop, const char *nodes);
/* The master's link is no good (it answered READONLY): ask anew. Its callbacks come with NULL. */
void seeker_doubt(struct seeker *s);
void seeker_end(struct seeker *s);

#endif
