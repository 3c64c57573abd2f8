/*
 * A rate limiter: at most 50 requests in any second, counted by a script. What it shows: the script
 * is one step for the server, asks the server for the time (the callers' clocks do not matter) and
 * is loaded by itself wherever a failover leads; and what to do when there is no answer in time: a
 * limiter must not be slower than what it protects. "closed" turns the request away, "open" lets it
 * through.
 *
 *   cc limiter.c -o limiter $(pkg-config --cflags --libs haredis hiredis)
 *   ./limiter 127.0.0.1:6380,127.0.0.1:6381,127.0.0.1:6382 [open|closed]     (or HAREDIS_NODES)
 *
 * It asks 200 times a second until Ctrl-C; start several, and kill the master meanwhile. Exit code
 * 0: no window of one master let more than 50 pass.
 *
 * Across a failover the window is as exact as the servers' clocks agree, and counts that died with
 * a master (they are plain writes, for speed) can pass again: durability = quorum would keep them.
 */
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 50, WINDOW_US = 1000000, PATIENCE_MS = 100 };

/* KEYS[1]: who passed when. ARGV: limit, window. The time of the pass, or 0: too many. */
static const char *lua =
    "local t = redis.call('TIME')\n"
    "local now, window = t[1] * 1000000 + t[2], tonumber(ARGV[2])\n"
    "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)\n"
    "local passed = redis.call('ZCARD', KEYS[1])\n"
    "if passed >= tonumber(ARGV[1]) then return 0 end\n"
    "redis.call('ZADD', KEYS[1], now, t[1] .. '.' .. t[2] .. ':' .. passed)\n"
    "redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))\n"
    "return now\n";

static volatile sig_atomic_t stop;
static long passed, turned_away, unanswered, too_many;

static void on_signal(int number) {
  (void)number;
  stop = 1;
}

static uint64_t epoch_of(haredis_client *c) {
  haredis_topology *t = haredis_topology_ref(c);
  uint64_t epoch = t != NULL ? haredis_topology_epoch(t) : 0;
  haredis_topology_unref(t);
  return epoch;
}

/* The promise, checked: the 50th pass before, by the same master, is a second ago. */
static void note_pass(uint64_t epoch, long long now_us) {
  static struct { uint64_t epoch; long long at_us; } last[LIMIT];
  long slot = passed++ % LIMIT;
  if (last[slot].epoch == epoch && now_us - last[slot].at_us < WINDOW_US) too_many++;
  last[slot].epoch = epoch;
  last[slot].at_us = now_us;
  printf("passed at %lld us of master %llu\n", now_us, (unsigned long long)epoch);
}

/* 1: the request may pass. No answer is no judgement: `open` decides. After ERR_MAYBE the request
 * may have been counted; asking again could count it twice, so nobody does. */
static int may_pass(haredis_client *c, haredis_script *limiter, int open) {
  const char *argv[] = {"limiter:everybody", "50", "1000000"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.timeout_ms = PATIENCE_MS;
  redisReply *r = haredis_script_call(limiter, &call, 1, 3, argv, NULL);
  int answered = r != NULL && r->type == REDIS_REPLY_INTEGER;
  int pass = answered ? r->integer > 0 : open;
  if (!answered) {
    unanswered++;
    printf("%s: %s\n", pass ? "let through unjudged" : "turned away unjudged",
           r != NULL ? r->str : haredis_errstr(c)); /* an error reply: OOM, BUSY, ... */
  } else if (pass) {
    note_pass(epoch_of(c), r->integer);
  } else {
    turned_away++;
  }
  freeReplyObject(r);
  return pass;
}

int main(int argc, char **argv) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = argc > 1 ? argv[1] : getenv("HAREDIS_NODES");
  int open = argc > 2 && strcmp(argv[2], "open") == 0;
  haredis_client *c = haredis_connect(&o);
  haredis_script *limiter = c != NULL ? haredis_script_load(c, lua) : NULL;
  if (limiter == NULL) {
    fprintf(stderr, "%s\n", haredis_errstr(c));
    haredis_free(c);
    return 2;
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  long served = 0;
  while (!stop) {
    served += may_pass(c, limiter, open);
    haredis_run(c, 5); /* the next request; a web server would be on its own loop */
  }
  printf("verdict: %s, %ld passed, %ld turned away, %ld without an answer (fail %s), %ld served\n",
         too_many ? "BROKEN" : "good", passed, turned_away, unanswered, open ? "open" : "closed",
         served);
  haredis_script_free(limiter);
  haredis_free(c);
  return too_many > 0 || passed == 0;
}
