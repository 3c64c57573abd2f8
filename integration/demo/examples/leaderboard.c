/*
 * A leaderboard. What it shows: points are counted by the master, durably; the board is read from
 * replicas, which may be a moment behind, but not by more than 64 KB of writes; and a player who
 * has just scored sees it: read_own_writes leaves out a replica that lacks what this client wrote.
 *
 *   cc leaderboard.c -o leaderboard $(pkg-config --cflags --libs haredis hiredis)
 *   ./leaderboard 127.0.0.1:6380,127.0.0.1:6381,127.0.0.1:6382 Ada        (or HAREDIS_NODES)
 *
 * Ada plays until Ctrl-C; start Ben and Cy beside her, and kill the master meanwhile. Exit code 0:
 * the score is what was acknowledged (and at most what is in doubt more), and never looked older.
 */
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop;
static char master[300]; /* its name, to tell its answers from the replicas' */
static long from_master, from_replicas;

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  if (event->kind != HAREDIS_EVENT_MASTER_CHANGED || event->node == NULL) return;
  snprintf(master, sizeof(master), "%s", event->node);
  printf("the points are counted by %s now\n", master);
}

/* Once per finished command: who answered the reads? */
static void on_span(haredis_client *c, const struct haredis_span *span, void *user) {
  (void)c;
  (void)user;
  if (span->error != HAREDIS_OK || span->node == NULL) return;
  if (span->command_len == 7 && memcmp(span->command, "ZINCRBY", 7) == 0) return;
  if (strcmp(span->node, master) == 0) from_master++;
  else from_replicas++;
}

/* Not repeated after ERR_MAYBE: the points could count twice. They are in doubt. */
static void score(haredis_client *c, const char *player, long points, long *sure, long *doubt) {
  redisReply *r = haredis_command(c, "ZINCRBY board %ld %s", points, player);
  int counted = r != NULL && r->type != REDIS_REPLY_ERROR;
  if (counted) *sure += points;
  else printf("%ld points: %s\n", points, r != NULL ? r->str : haredis_errstr(c));
  if (r == NULL && haredis_err(c) == HAREDIS_ERR_MAYBE) *doubt += points;
  freeReplyObject(r);
}

/* The player's points; -1: nobody can tell now. */
static long points_of(haredis_client *c, const char *player, int read_from) {
  haredis_call call = HAREDIS_CALL_INIT;
  call.read_from = read_from;
  const char *argv[] = {"ZSCORE", "board", player};
  redisReply *r = haredis_command_with(c, &call, 3, argv, NULL);
  long points = r == NULL ? -1 : r->type == REDIS_REPLY_STRING ? atol(r->str) : 0;
  if (r == NULL) printf("ZSCORE: %s\n", haredis_errstr(c));
  if (r != NULL && r->type == REDIS_REPLY_ERROR) points = -1;
  freeReplyObject(r);
  return points;
}

static void show_board(haredis_client *c, const char *player) {
  redisReply *rank = haredis_command(c, "ZREVRANK board %s", player);
  redisReply *top = haredis_command(c, "ZREVRANGE board 0 2 WITHSCORES");
  if (rank != NULL && rank->type == REDIS_REPLY_INTEGER)
    printf("%s is number %lld; ahead:", player, rank->integer + 1);
  for (size_t i = 0; top != NULL && top->type == REDIS_REPLY_ARRAY && i + 1 < top->elements; i += 2)
    printf(" %s %s", top->element[i]->str, top->element[i + 1]->str);
  printf("%s\n", top == NULL ? " cannot be read now" : "");
  freeReplyObject(rank);
  freeReplyObject(top);
}

int main(int argc, char **argv) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = argc > 1 ? argv[1] : getenv("HAREDIS_NODES");
  const char *player = argc > 2 ? argv[2] : "Ada";
  o.durability = HAREDIS_DURABILITY_QUORUM;
  o.read_from = HAREDIS_READ_PREFER_REPLICA;
  o.max_lag_bytes = 64 << 10;
  o.read_own_writes = 1;
  o.on_event = on_event;
  o.on_span = on_span;
  haredis_client *c = haredis_connect(&o);
  long sure = c != NULL ? points_of(c, player, HAREDIS_READ_MASTER) : -1, doubt = 0, old = 0;
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  for (long n = 1; !stop && sure >= 0; n++) {
    score(c, player, 1 + n % 9, &sure, &doubt);
    long seen = points_of(c, player, 0); /* 0: as the client's options say */
    if (seen >= 0 && seen < sure) old++;
    if (n % 100 == 0) show_board(c, player);
    haredis_run(c, 2);
  }
  long final = sure < 0 ? -1 : points_of(c, player, HAREDIS_READ_MASTER);
  int good = final >= sure && sure > 0 && final <= sure + doubt && old == 0;
  printf("verdict: %s, %s has %ld points: %ld acknowledged, %ld in doubt; %ld reads were older than"
         " that; %ld from replicas, %ld from the master\n", good ? "good" : "BROKEN", player, final,
         sure, doubt, old, from_replicas, from_master);
  haredis_free(c);
  return good ? 0 : 1;
}
