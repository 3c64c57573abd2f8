/*
 * Clients of the library inside this process, on one loop: for cases in which one application does
 * several things at once, and each answer matters. What they ask and what that means is the case's.
 */
#ifndef FAULTS_INSIDE_H
#define FAULTS_INSIDE_H

#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>

#include "run.h"

enum { INSIDE_CLIENTS = 16, INSIDE_PATIENCE_MS = 10000, INSIDE_CODES = 32 };

struct inside {
  struct run *run;
  struct ev_loop *loop;
  int count;
  haredis_client *clients[INSIDE_CLIENTS];
  haredis_client *client; /* the first of them */
  bool done;              /* a switchover was answered */
  int done_code;
};

/* What became of one call. */
struct outcome {
  int count, code, type;
  long long integer;
  char text[128];
};

/* A group, and so many clients with these options (nodes, log and TLS are set here); false: the run
 * is broken. inside_end in any case. `in` is zero. */
bool inside_begin(struct inside *in, struct run *r, const struct group_plan *plan, int count,
                  haredis_options options);
/* The same for a group that is there. */
bool inside_join(struct inside *in, struct run *r, int count, haredis_options options);
void inside_end(struct inside *in);

void inside_turn(struct inside *in, int ms);
/* Until it is not 0 any more, or the run is broken. */
bool inside_await(struct inside *in, const int *what, const char *name);
/* Until all servers have settled. */
bool inside_settled(struct inside *in);

/* Of the first client. The format has one %s. */
void inside_ask(struct inside *in, struct outcome *out, const char *format, const char *word);
struct outcome inside_now(struct inside *in, const char *format, const char *word);
/* A haredis_reply_fn: `data` is the outcome. */
void inside_on_reply(haredis_client *c, struct redisReply *reply, void *data);
/* Called back once, with this code and a reply of this type, or the run is broken. */
void inside_expect(struct inside *in, const char *name, const struct outcome *out, int code,
                   int type);

/* By the first client; asks again while it is refused. Returns when all has settled. */
void inside_switch_over(struct inside *in);
/* kill -9 of the master; it comes back when another one is there. */
void inside_kill_master(struct inside *in);
/* SIGTERM, as a package's upgrade does it, until it has ended; it comes back with its data. */
void inside_restart(struct inside *in, int server);
/* One and the other in turn, the first is a kill. */
void inside_fail_over(struct inside *in, int round);

#endif
