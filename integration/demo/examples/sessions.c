/*
 * A session store. What it shows: durability is chosen call by call. A login that was answered is
 * held by a majority of the nodes: no failover logs anybody out. A logout that was answered does
 * not come back either. A touch is written plainly: one that is lost costs nobody anything.
 *
 *   cc sessions.c -o sessions $(pkg-config --cflags --libs haredis hiredis)
 *   ./sessions 127.0.0.1:6380,127.0.0.1:6381,127.0.0.1:6382        (or HAREDIS_NODES)
 *
 * It works until Ctrl-C; kill the master meanwhile. Exit code 0: every promise was kept.
 */
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SESSIONS = 100000 };
enum { NOBODY_KNOWS, LOGGED_IN, LOGGED_OUT }; /* what the user was told */

static char told[SESSIONS];
static unsigned long run; /* tells this run's sessions from those of others */
static volatile sig_atomic_t stop;

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

/* A real store takes 128 random bits: whoever guesses an id is logged in. */
static const char *id_of(long n) {
  static char id[64];
  snprintf(id, sizeof(id), "session:%08lx:%ld", run, n);
  return id;
}

/* Durable, and sent again when the answer is lost: running SET or DEL of one session twice does no
 * harm. 1: done. 0: the user is told to try again, and nothing is promised. */
static int durably(haredis_client *c, int argc, const char **argv) {
  haredis_call call = HAREDIS_CALL_INIT;
  call.durability = HAREDIS_DURABILITY_QUORUM;
  call.retry = HAREDIS_RETRY_ALWAYS;
  redisReply *r = haredis_command_with(c, &call, argc, argv, NULL);
  int done = r != NULL && r->type != REDIS_REPLY_ERROR;
  if (!done) printf("%s %s: %s\n", argv[0], argv[1], r != NULL ? r->str : haredis_errstr(c));
  freeReplyObject(r);
  return done;
}

static void log_in(haredis_client *c, long n) {
  const char *argv[] = {"SET", id_of(n), "user", "EX", "3600"};
  told[n] = durably(c, 5, argv) ? LOGGED_IN : NOBODY_KNOWS;
}

static void log_out(haredis_client *c, long n) {
  const char *argv[] = {"DEL", id_of(n)};
  told[n] = durably(c, 2, argv) ? LOGGED_OUT : NOBODY_KNOWS;
}

/* 1: the session is there, 0: it is not, -1: nobody can tell now (the page says "try again"). With
 * consistency = LINEARIZABLE not even a master that was just replaced could still know it. */
static int look_up(haredis_client *c, long n) {
  redisReply *r = haredis_command(c, "GET %s", id_of(n));
  int found = r == NULL ? -1 : r->type == REDIS_REPLY_STRING ? 1 : 0;
  if (r == NULL) printf("GET %s: %s\n", id_of(n), haredis_errstr(c));
  if (r != NULL && r->type == REDIS_REPLY_ERROR) found = -1;
  freeReplyObject(r);
  return found;
}

/* Plain: answered by the master alone. Not answered, or lost in a failover: the session ends an
 * hour after the touch before. */
static void touch(haredis_client *c, long n) {
  freeReplyObject(haredis_command(c, "EXPIRE %s 3600", id_of(n)));
}

/* 1: what is there is what the user was told. */
static int as_told(haredis_client *c, long n) {
  int found = told[n] == NOBODY_KNOWS ? -1 : look_up(c, n);
  if (found < 0 || found == (told[n] == LOGGED_IN)) return 1;
  printf("BROKEN: %s %s\n", id_of(n), found ? "came back" : "is lost");
  return 0;
}

static int verdict(haredis_client *c, long sessions, int broken) {
  long in = 0, out = 0;
  for (long n = 0; n < sessions; n++) {
    if (!as_told(c, n)) broken++;
    in += told[n] == LOGGED_IN;
    out += told[n] == LOGGED_OUT;
  }
  printf("verdict: %s, %ld sessions: %ld logged in, %ld logged out, %ld told to try again\n",
         broken ? "BROKEN" : "good", sessions, in, out, sessions - in - out);
  return broken || in == 0;
}

int main(int argc, char **argv) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = argc > 1 ? argv[1] : getenv("HAREDIS_NODES");
  haredis_client *c = haredis_connect(&o);
  if (c == NULL || haredis_err(c) != HAREDIS_OK) {
    fprintf(stderr, "%s\n", haredis_errstr(c));
    haredis_free(c);
    return 2;
  }
  run = (unsigned long)time(NULL);
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  printf("users log in, come back and log out; Ctrl-C ends it\n");
  long n = 0;
  int broken = 0;
  for (; !stop && n < SESSIONS; n++) {
    log_in(c, n);
    long other = rand() % (n + 1);
    if (!as_told(c, other)) broken++;
    if (told[other] == LOGGED_IN) touch(c, other);
    if (n % 3 == 0 && told[other] == LOGGED_IN) log_out(c, other);
    haredis_run(c, 2); /* the next user comes; meanwhile the client hears of failovers */
  }
  int failed = verdict(c, n, broken);
  haredis_free(c);
  return failed;
}
