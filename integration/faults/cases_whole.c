/*
 * One client that uses all of Redis, in this process: transactions, blocking commands, scripts and
 * functions, before, during and after another master is made. What each promises through a failover
 * is what it is judged by.
 */
#include <ev.h>
#include <haredis/haredis.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

static const struct group_plan three = {.nodes = 3};

enum { PATIENCE_MS = 10000, WINDOW = 8 };

/* What became of one call. */
struct outcome {
  int count, code, type;
  long long integer;
  char text[128];
};

/* Transactions of two INCRs, WINDOW of them under way, until told to stop. */
struct stream {
  struct whole *whole;
  bool stop;
  int under_way, answered, maybe, others;
};

struct whole {
  struct run *run;
  struct ev_loop *loop;
  haredis_client *client;
  struct stream stream;
  bool done;
  int done_code;
};

/* ---- turning the loop ---- */

static void on_time(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(loop, EVBREAK_ALL);
}

static void turn(struct whole *w, int ms) {
  ev_timer timer;
  ev_now_update(w->loop);
  ev_timer_init(&timer, on_time, ms / 1000., 0.);
  ev_timer_start(w->loop, &timer);
  ev_run(w->loop, 0);
  ev_timer_stop(w->loop, &timer);
}

static bool await(struct whole *w, const int *what, const char *name) {
  for (int64_t until = kit_now_us() + PATIENCE_MS * 1000; kit_now_us() < until && *what == 0;) {
    turn(w, 1);
  }
  if (*what == 0) run_break(w->run, "no answer: %s", name);
  return *what != 0;
}

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct outcome *out = data;
  out->count++;
  out->code = haredis_err(c);
  out->type = reply != NULL ? reply->type : 0;
  snprintf(out->text, sizeof out->text, "%s", haredis_errstr(c));
  if (reply == NULL) return;
  out->integer = reply->integer;
  if (reply->str != NULL) snprintf(out->text, sizeof out->text, "%s", reply->str);
}

static void ask(struct whole *w, struct outcome *out, const char *format, const char *word) {
  if (haredis_async_command(w->client, on_reply, out, format, word) != HAREDIS_OK) {
    run_break(w->run, "%s was refused: %s", format, haredis_errstr(w->client));
    out->count = 1;
  }
}

static struct outcome now(struct whole *w, const char *format, const char *word) {
  struct outcome out = {0};
  ask(w, &out, format, word);
  await(w, &out.count, format);
  return out;
}

static void expect(struct whole *w, const char *name, const struct outcome *out, int code,
                   int type) {
  if (out->count != 1 || out->code != code || out->type != type) {
    run_break(w->run, "%s: called back %d times, %s, reply type %d: %s", name, out->count,
              haredis_error_name(out->code), out->type, out->text);
  }
}

/* ---- a stream of transactions ---- */

static void on_exec(haredis_client *c, struct redisReply *reply, void *data);

static void send_txn(struct stream *stream) {
  haredis_txn *t = haredis_txn_begin(stream->whole->client);
  if (t == NULL) return;
  if (haredis_txn_command(t, "INCR whole:a") != HAREDIS_OK ||
      haredis_txn_command(t, "INCR whole:b") != HAREDIS_OK ||
      haredis_async_txn_exec(t, NULL, on_exec, stream) != HAREDIS_OK) {
    stream->others++;
    haredis_txn_discard(t);
    return;
  }
  stream->under_way++;
}

static void on_exec(haredis_client *c, struct redisReply *reply, void *data) {
  struct stream *stream = data;
  stream->under_way--;
  if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
    stream->answered++;
  } else if (haredis_err(c) == HAREDIS_ERR_MAYBE) {
    stream->maybe++;
  } else {
    stream->others++;
  }
  if (!stream->stop) send_txn(stream);
}

static void end_stream(struct whole *w) {
  w->stream.stop = true;
  for (int i = 0; i < PATIENCE_MS && w->stream.under_way > 0; i++) turn(w, 1);
}

/* Each ran once, or nobody can know; both keys were raised together. */
static void judge_stream(struct whole *w, int maybe_max) {
  struct stream *s = &w->stream;
  struct outcome a = now(w, "GET %s", "whole:a"), b = now(w, "GET %s", "whole:b");
  int count = 0;
  if (strcmp(a.text, b.text) != 0) run_break(w->run, "half a transaction: %s, %s", a.text, b.text);
  sscanf(a.text, "%d", &count);
  if (count < s->answered || count > s->answered + s->maybe) {
    run_break(w->run, "%d transactions answered, %d in doubt, but %d ran", s->answered, s->maybe,
              count);
    w->run->data_broken = true;
  }
  if (s->others > 0 || s->maybe > maybe_max) {
    run_break(w->run, "%d transactions in doubt, %d failed", s->maybe, s->others);
  }
  if (s->answered < 20) run_break(w->run, "%d transactions only", s->answered);
}

/* ---- the frame ---- */

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  struct whole *w = data;
  (void)c;
  (void)text;
  w->done = true;
  w->done_code = code;
}

static bool begin(struct whole *w, struct run *r) {
  haredis_options options;
  memset(w, 0, sizeof *w);
  run_group(r, &three);
  haredis_options_init(&options);
  options.nodes = r->group.nodes;
  options.durability = HAREDIS_DURABILITY_QUORUM;
  options.log_level = HAREDIS_LOG_NONE;
  w->run = r;
  w->stream.whole = w;
  w->loop = ev_loop_new(EVFLAG_AUTO);
  w->client = haredis_async_connect(w->loop, &options);
  struct outcome set = now(w, "SET %s 1", "whole:watched");
  expect(w, "SET", &set, HAREDIS_OK, REDIS_REPLY_STATUS);
  for (int i = 0; i < PATIENCE_MS / 50 && !group_settle(&r->group, 0, NULL, 0); i++) turn(w, 50);
  run_mark(r);
  return !r->broken;
}

static void end(struct whole *w) {
  haredis_free(w->client);
  ev_loop_destroy(w->loop);
}

static haredis_txn *watched(struct whole *w) {
  const char *key = "whole:watched";
  haredis_txn *t = haredis_txn_begin(w->client);
  struct outcome read = {0};
  if (haredis_txn_watch(t, 1, &key, NULL) != HAREDIS_OK ||
      haredis_async_txn_read(t, on_reply, &read, "GET %s", key) != HAREDIS_OK ||
      haredis_txn_command(t, "SET %s 2", key) != HAREDIS_OK) {
    run_break(w->run, "WATCH: %s", haredis_errstr(w->client));
  }
  await(w, &read.count, "the read under WATCH");
  return t;
}

static void expect_aborted(struct whole *w, haredis_txn *t) {
  struct outcome exec = {0};
  int code = haredis_async_txn_exec(t, NULL, on_reply, &exec);
  if (code == HAREDIS_OK) {
    await(w, &exec.count, "EXEC");
    code = exec.code;
  } else {
    haredis_txn_discard(t);
  }
  if (code != HAREDIS_ERR_ABORTED) {
    run_break(w->run, "EXEC under the old master's WATCH: %s", haredis_error_name(code));
  }
  struct outcome value = now(w, "GET %s", "whole:watched");
  if (strcmp(value.text, "1") != 0) run_break(w->run, "an aborted transaction ran");
}

static void call_script(struct whole *w, haredis_script *script) {
  struct outcome out = {0};
  const char *argv[] = {"whole:script"};
  if (haredis_async_script_call(script, NULL, on_reply, &out, 1, 1, argv, NULL) != HAREDIS_OK) {
    run_break(w->run, "a script was refused: %s", haredis_errstr(w->client));
    return;
  }
  await(w, &out.count, "a script");
  expect(w, "a script", &out, HAREDIS_OK, REDIS_REPLY_INTEGER);
}

/* The number of replicas that have it; no more than asked for answers at once. */
static void check_wait(struct whole *w) {
  struct outcome set = {0}, one = {0}, nine = {0};
  ask(w, &set, "SET %s 1", "whole:wait");
  ask(w, &one, "WAIT 1 %s", "5000");
  await(w, &one.count, "WAIT 1");
  if (one.integer < 1) run_break(w->run, "WAIT 1 5000 answered %lld", one.integer);
  int64_t took_ms = 0;
  for (int i = 0; i < 4 && nine.integer != 2; i++) { /* a replica may have work of its own */
    int64_t asked_us = kit_now_us();
    nine = now(w, "WAIT 9 %s", "500");
    took_ms = (kit_now_us() - asked_us) / 1000;
  }
  if (nine.integer != 2 || took_ms < 499) {
    run_break(w->run, "WAIT 9 500 answered %lld after %lld ms", nine.integer, (long long)took_ms);
  }
}

static const char counter_script[] = "return redis.call('INCR', KEYS[1])";
static const char library[] =
    "#!lua name=whole\nredis.register_function('twice', function(k, a) return a[1] * 2 end)";

static void check_function(struct whole *w) {
  struct outcome out = now(w, "FCALL twice 0 %s", "21");
  expect(w, "FCALL", &out, HAREDIS_OK, REDIS_REPLY_INTEGER);
  if (out.integer != 42) run_break(w->run, "FCALL answered %lld", out.integer);
}

/* It may be refused, as long as the one before has not settled. */
static void switch_over(struct whole *w) {
  for (int attempt = 0; attempt < 50 && !w->run->broken; attempt++) {
    w->done = false;
    if (haredis_switchover(w->client, NULL, on_done, w) != HAREDIS_OK) break;
    for (int i = 0; i < PATIENCE_MS && !w->done; i++) turn(w, 1);
    if (w->done && w->done_code != HAREDIS_ERR_REFUSED) break;
    turn(w, 100);
  }
  if (!w->done || w->done_code != HAREDIS_OK) {
    run_break(w->run, "no switchover: %s", haredis_error_name(w->done_code));
  }
  for (int i = 0; i < PATIENCE_MS / 50 && !group_settle(&w->run->group, 0, NULL, 0); i++) {
    turn(w, 50);
  }
}

/* All of it at once; the transaction is watched and open. */
static haredis_txn *everything(struct whole *w, haredis_script *script, struct outcome *pop,
                               struct outcome *read) {
  now(w, "FUNCTION LOAD REPLACE %s", library);
  call_script(w, script);
  ask(w, pop, "BLPOP %s 60", "whole:queue");
  ask(w, read, "XREAD BLOCK 0 STREAMS %s $", "whole:stream");
  haredis_txn *t = watched(w);
  for (int i = 0; i < WINDOW; i++) send_txn(&w->stream);
  turn(w, 100);
  return t;
}

void case_whole_switchover(struct run *r) {
  struct whole w;
  struct outcome pop = {0}, read = {0}, ours = {0};
  if (!begin(&w, r)) goto fail;
  haredis_script *script = haredis_script_load(w.client, counter_script);
  check_wait(&w);
  haredis_txn *t = everything(&w, script, &pop, &read);
  for (int round = 0; round < 3 && !r->broken; round++) {
    switch_over(&w);
  }
  end_stream(&w);
  judge_stream(&w, 3 * WINDOW); /* an acknowledgement that is waited for at that moment */
  if (pop.count + read.count > 0) {
    run_break(r, "who was blocked got %s, %s", haredis_error_name(pop.code),
              haredis_error_name(read.code));
  }
  now(&w, "RPUSH whole:queue %s", "x");
  now(&w, "XADD whole:stream * f %s", "v");
  await(&w, &pop.count, "BLPOP");
  await(&w, &read.count, "XREAD");
  expect(&w, "BLPOP after switchovers", &pop, HAREDIS_OK, REDIS_REPLY_ARRAY);
  expect(&w, "XREAD after switchovers", &read, HAREDIS_OK, REDIS_REPLY_ARRAY);
  expect_aborted(&w, t);
  call_script(&w, script);
  check_function(&w);
  check_wait(&w);
  ours = now(&w, "LLEN %s", "whole:queue");
  if (ours.integer != 0) run_break(r, "BLPOP answered and did not take");
  haredis_script_free(script);
fail:
  end(&w);
}

void case_whole_kill(struct run *r) {
  struct whole w;
  struct outcome pop = {0}, read = {0};
  if (!begin(&w, r)) goto fail;
  haredis_script *script = haredis_script_load(w.client, counter_script);
  haredis_txn *t = everything(&w, script, &pop, &read);
  int master = run_master(r);
  if (master < 0) goto fail;
  run_kill(r, master);
  await(&w, &pop.count, "BLPOP");
  expect(&w, "BLPOP through kill -9", &pop, HAREDIS_ERR_MAYBE, 0);
  int before = w.stream.answered;
  for (int i = 0; i < PATIENCE_MS && w.stream.answered <= before; i++) turn(&w, 1);
  r->gap_us = kit_now_us() - r->at_us;
  turn(&w, 200);
  end_stream(&w);
  judge_stream(&w, WINDOW);
  if (read.count > 0) run_break(r, "XREAD ended with %s", haredis_error_name(read.code));
  now(&w, "XADD whole:stream * f %s", "v");
  await(&w, &read.count, "XREAD");
  expect(&w, "XREAD through kill -9", &read, HAREDIS_OK, REDIS_REPLY_ARRAY);
  expect_aborted(&w, t);
  call_script(&w, script);
  check_function(&w);
  haredis_script_free(script);
fail:
  end(&w);
}
