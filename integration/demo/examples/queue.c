/*
 * A work queue that survives failovers. What it shows: everything is durable, so a job that was
 * taken in is on a majority of the nodes, and so is who has it. A worker moves a job to a list of
 * its own (BLMOVE), does it, and strikes it out (LREM); whoever did not hear what became of a
 * command looks into the list. No job is forgotten. A job is done twice only when ERR_MAYBE made
 * its producer hand it in again, or when a worker died between doing it and striking it out.
 *
 *   cc queue.c -o queue $(pkg-config --cflags --libs haredis hiredis)
 *   export HAREDIS_NODES=127.0.0.1:6380,127.0.0.1:6381,127.0.0.1:6382
 *   ./queue work alice &  ./queue work bob &     # until they are told to end (SIGTERM, Ctrl-C)
 *   ./queue put                                  # hands in jobs until Ctrl-C
 *   ./queue return alice                         # alice died: what she had goes back
 *
 * Kill the master meanwhile, or a worker. Exit code 0: all that was begun was brought to its end.
 * Who calls `return`? Let each worker SET a key with EX while it lives, and watch those.
 */
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stop;

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

/* The reply when it is of that type, else NULL, and why: nothing (NIL) is no failure. */
static redisReply *only(haredis_client *c, redisReply *r, int type, const char *what) {
  if (r != NULL && r->type == type) return r;
  if (r == NULL || r->type != REDIS_REPLY_NIL) {
    printf("%s: %s\n", what, r != NULL ? r->str : haredis_errstr(c));
    haredis_run(c, 100); /* a refusal comes at once: nobody asks again in a hurry */
  }
  freeReplyObject(r);
  return NULL;
}

/* What is in the worker's list? Linearizable: never the past of a master that was replaced. */
static redisReply *look(haredis_client *c, const char *mine) {
  haredis_call call = HAREDIS_CALL_INIT;
  call.consistency = HAREDIS_CONSISTENCY_LINEARIZABLE;
  return haredis_commandf_with(c, &call, "LINDEX %s -1", mine);
}

/* Until it is answered: ids are unique, so that striking out twice does no harm. 1: struck out. */
static int strike_out(haredis_client *c, const char *mine, const char *job) {
  haredis_call call = HAREDIS_CALL_INIT;
  call.retry = HAREDIS_RETRY_ALWAYS;
  redisReply *r;
  do r = only(c, haredis_commandf_with(c, &call, "LREM %s 1 %s", mine, job), REDIS_REPLY_INTEGER,
              "LREM");
  while (r == NULL && !stop);
  int struck = r != NULL;
  freeReplyObject(r);
  return struck;
}

/* It looks into its list at first, after a doubt, and whenever a second went by without a job: what
 * a worker of this name had asked for when it died may have come later. */
static int work(haredis_client *c, const char *mine) {
  long done = 0, unfinished = 0;
  for (int looks = 1; !stop;) {
    const char *what = looks ? "LINDEX" : "BLMOVE";
    redisReply *r = looks ? look(c, mine)
                          : haredis_command(c, "BLMOVE jobs %s RIGHT LEFT 1", mine);
    int nothing = r != NULL && r->type == REDIS_REPLY_NIL;
    redisReply *job = only(c, r, REDIS_REPLY_STRING, what);
    looks = nothing ? !looks : looks || job == NULL;
    if (job == NULL) continue;
    haredis_run(c, 5); /* this is the work */
    printf("done %s\n", job->str);
    fflush(stdout);
    done++;
    if (!strike_out(c, mine, job->str)) unfinished++;
    freeReplyObject(job);
  }
  printf("verdict: %s, %ld jobs done, %ld of them perhaps not struck out of %s\n",
         unfinished ? "BROKEN" : "good", done, unfinished, mine);
  return unfinished > 0;
}

/* After ERR_MAYBE a job is handed in again: better done twice than never. */
static int put(haredis_client *c) {
  long sure = 0, unsure = 0, run = (long)time(NULL);
  for (long n = 1; !stop; n++) {
    redisReply *r;
    int doubt = 0;
    do {
      r = haredis_command(c, "LPUSH jobs %ld-%ld", run, n);
      if (r == NULL && haredis_err(c) == HAREDIS_ERR_MAYBE) doubt = 1;
      r = only(c, r, REDIS_REPLY_INTEGER, "LPUSH");
    } while (r == NULL && !stop);
    if (r != NULL) printf("handed in %ld-%ld%s\n", run, n, doubt ? " perhaps twice" : "");
    if (r != NULL) sure++;
    else unsure++;
    freeReplyObject(r);
    haredis_run(c, 2);
  }
  printf("verdict: %s, %ld jobs handed in, %ld perhaps\n", sure ? "good" : "BROKEN", sure, unsure);
  return sure == 0;
}

/* One by one, the oldest first in line; answered or not, the next look tells what is left. */
static int give_back(haredis_client *c, const char *dead) {
  long moved = 0;
  for (int nothing = 0; !nothing && !stop;) {
    redisReply *r = haredis_command(c, "LMOVE %s jobs LEFT RIGHT", dead);
    nothing = r != NULL && r->type == REDIS_REPLY_NIL;
    r = only(c, r, REDIS_REPLY_STRING, "LMOVE");
    if (r != NULL) printf("put back %s\n", r->str);
    moved += r != NULL;
    freeReplyObject(r);
  }
  printf("verdict: %s, %ld jobs put back from %s\n", stop ? "BROKEN" : "good", moved, dead);
  return stop;
}

int main(int argc, char **argv) {
  const char *role = argc > 1 ? argv[1] : "";
  char list[100];
  snprintf(list, sizeof(list), "working:%s", argc > 2 ? argv[2] : "");
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = argc > 3 ? argv[3] : getenv("HAREDIS_NODES");
  o.durability = HAREDIS_DURABILITY_QUORUM;
  haredis_client *c = haredis_connect(&o);
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  int failed = 2;
  if (c == NULL || haredis_err(c) != HAREDIS_OK) fprintf(stderr, "%s\n", haredis_errstr(c));
  else if (strcmp(role, "put") == 0) failed = put(c);
  else if (strcmp(role, "work") == 0 && argc > 2) failed = work(c, list);
  else if (strcmp(role, "return") == 0 && argc > 2) failed = give_back(c, list);
  else fprintf(stderr, "%s put | work NAME | return NAME   (and HAREDIS_NODES)\n", argv[0]);
  haredis_free(c);
  return failed;
}
