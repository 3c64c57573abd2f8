/*
 * One client that uses all of Redis, in this process: transactions, blocking commands, scripts and
 * functions, before, during and after another master is made. What each promises through a failover
 * is what it is judged by.
 */
#include <haredis/haredis.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "inside.h"

static const struct group_plan three = {.nodes = 3};

enum { WINDOW = 8 };

/* Transactions of two INCRs, WINDOW of them under way, until told to stop. */
struct stream {
  struct inside *inside;
  bool stop;
  int under_way, answered, maybe, others;
};

/* The same of scripts. Every seventh that ran answers in a server's words that it did not. */
struct chatter {
  struct whole *whole;
  haredis_script *script;
  bool stop;
  int under_way, answered, said, maybe, others;
};

struct whole {
  struct inside in;
  struct stream stream;
  struct chatter chatter;
};

/* ---- a stream of transactions ---- */

static void on_exec(haredis_client *c, struct redisReply *reply, void *data);

static void send_txn(struct stream *stream) {
  haredis_txn *t = haredis_txn_begin(stream->inside->client);
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
  for (int i = 0; i < INSIDE_PATIENCE_MS && w->stream.under_way > 0; i++) inside_turn(&w->in, 1);
}

/* Each ran once, or nobody can know; both keys were raised together. */
static void judge_stream(struct whole *w, int maybe_max) {
  struct stream *s = &w->stream;
  struct outcome a = inside_now(&w->in, "GET %s", "whole:a");
  struct outcome b = inside_now(&w->in, "GET %s", "whole:b");
  int count = 0;
  if (strcmp(a.text, b.text) != 0) {
    run_break(w->in.run, "half a transaction: %s, %s", a.text, b.text);
  }
  sscanf(a.text, "%d", &count);
  if (count < s->answered || count > s->answered + s->maybe) {
    run_break(w->in.run, "%d transactions answered, %d in doubt, but %d ran", s->answered, s->maybe,
              count);
    w->in.run->data_broken = true;
  }
  if (s->others > 0 || s->maybe > maybe_max) {
    run_break(w->in.run, "%d transactions in doubt, %d failed", s->maybe, s->others);
  }
  if (s->answered < 20) run_break(w->in.run, "%d transactions only", s->answered);
}

/* ---- a stream of scripts ---- */

static const char chatter_script[] =
    "local n = redis.call('INCR', KEYS[1]) "
    "if n % 7 > 0 then return n end "
    "return redis.error_reply(\"READONLY You can't write against a read only replica.\")";

static void on_chatter(haredis_client *c, struct redisReply *reply, void *data);

static void send_chatter(struct chatter *chatter) {
  const char *argv[] = {"whole:chatter"};
  if (haredis_async_script_call(chatter->script, NULL, on_chatter, chatter, 1, 1, argv, NULL) !=
      HAREDIS_OK) {
    chatter->others++;
    return;
  }
  chatter->under_way++;
}

static void on_chatter(haredis_client *c, struct redisReply *reply, void *data) {
  struct chatter *chatter = data;
  chatter->under_way--;
  if (reply == NULL) {
    chatter->maybe += haredis_err(c) == HAREDIS_ERR_MAYBE;
    chatter->others += haredis_err(c) != HAREDIS_ERR_MAYBE;
  } else {
    chatter->answered += reply->type == REDIS_REPLY_INTEGER;
    chatter->said += reply->type == REDIS_REPLY_ERROR;
  }
  if (!chatter->stop) send_chatter(chatter);
}

/* None ran twice. One that answers an error is not held until a majority has it. */
static void judge_chatter(struct whole *w, int maybe_max) {
  struct chatter *chatter = &w->chatter;
  chatter->stop = true;
  for (int i = 0; i < INSIDE_PATIENCE_MS && chatter->under_way > 0; i++) inside_turn(&w->in, 1);
  struct outcome ran = inside_now(&w->in, "GET %s", "whole:chatter");
  int count = 0, told = chatter->answered + chatter->said;
  sscanf(ran.text, "%d", &count);
  if (count > told + chatter->maybe || count < chatter->answered) {
    run_break(w->in.run, "%d scripts answered, %d in a server's words, %d in doubt, but %d ran",
              chatter->answered, chatter->said, chatter->maybe, count);
    w->in.run->data_broken = true;
  }
  if (chatter->maybe > maybe_max || chatter->others > 0 || chatter->said < 3) {
    run_break(w->in.run, "%d scripts in doubt, %d failed, %d in a server's words", chatter->maybe,
              chatter->others, chatter->said);
  }
  haredis_script_free(chatter->script);
}

/* ---- the frame ---- */

static bool begin(struct whole *w, struct run *r) {
  haredis_options options;
  haredis_options_init(&options);
  options.durability = HAREDIS_DURABILITY_QUORUM;
  memset(w, 0, sizeof *w);
  w->stream.inside = &w->in;
  if (!inside_begin(&w->in, r, &three, 1, options)) return false;
  struct outcome set = inside_now(&w->in, "SET %s 1", "whole:watched");
  inside_expect(&w->in, "SET", &set, HAREDIS_OK, REDIS_REPLY_STATUS);
  return !r->broken;
}

static haredis_txn *watched(struct whole *w) {
  const char *key = "whole:watched";
  haredis_txn *t = haredis_txn_begin(w->in.client);
  struct outcome read = {0};
  if (haredis_txn_watch(t, 1, &key, NULL) != HAREDIS_OK ||
      haredis_async_txn_read(t, inside_on_reply, &read, "GET %s", key) != HAREDIS_OK ||
      haredis_txn_command(t, "SET %s 2", key) != HAREDIS_OK) {
    run_break(w->in.run, "WATCH: %s", haredis_errstr(w->in.client));
  }
  inside_await(&w->in, &read.count, "the read under WATCH");
  return t;
}

static void expect_aborted(struct whole *w, haredis_txn *t) {
  struct outcome exec = {0};
  int code = haredis_async_txn_exec(t, NULL, inside_on_reply, &exec);
  if (code == HAREDIS_OK) {
    inside_await(&w->in, &exec.count, "EXEC");
    code = exec.code;
  } else {
    haredis_txn_discard(t);
  }
  if (code != HAREDIS_ERR_ABORTED) {
    run_break(w->in.run, "EXEC under the old master's WATCH: %s", haredis_error_name(code));
  }
  struct outcome value = inside_now(&w->in, "GET %s", "whole:watched");
  if (strcmp(value.text, "1") != 0) run_break(w->in.run, "an aborted transaction ran");
}

static void call_script(struct whole *w, haredis_script *script) {
  struct outcome out = {0};
  const char *argv[] = {"whole:script"};
  int code = haredis_async_script_call(script, NULL, inside_on_reply, &out, 1, 1, argv, NULL);
  if (code != HAREDIS_OK) {
    run_break(w->in.run, "a script was refused: %s", haredis_errstr(w->in.client));
    return;
  }
  inside_await(&w->in, &out.count, "a script");
  inside_expect(&w->in, "a script", &out, HAREDIS_OK, REDIS_REPLY_INTEGER);
}

/* The number of replicas that have it; no more than asked for answers at once. */
static void check_wait(struct whole *w) {
  struct outcome set = {0}, one = {0}, nine = {0};
  inside_ask(&w->in, &set, "SET %s 1", "whole:wait");
  inside_ask(&w->in, &one, "WAIT 1 %s", "5000");
  inside_await(&w->in, &one.count, "WAIT 1");
  if (one.integer < 1) run_break(w->in.run, "WAIT 1 5000 answered %lld", one.integer);
  int64_t took_ms = 0;
  for (int i = 0; i < 4 && nine.integer != 2; i++) { /* a replica may have work of its own */
    int64_t asked_us = kit_now_us();
    nine = inside_now(&w->in, "WAIT 9 %s", "500");
    took_ms = (kit_now_us() - asked_us) / 1000;
  }
  if (nine.integer != 2 || took_ms < 499) {
    run_break(w->in.run, "WAIT 9 500 answered %lld after %lld ms", nine.integer,
              (long long)took_ms);
  }
}

static const char counter_script[] = "return redis.call('INCR', KEYS[1])";
static const char library[] =
    "#!lua name=whole\nredis.register_function('twice', function(k, a) return a[1] * 2 end)";

static void check_function(struct whole *w) {
  struct outcome out = inside_now(&w->in, "FCALL twice 0 %s", "21");
  inside_expect(&w->in, "FCALL", &out, HAREDIS_OK, REDIS_REPLY_INTEGER);
  if (out.integer != 42) run_break(w->in.run, "FCALL answered %lld", out.integer);
}

/* All of it at once; the transaction is watched and open. */
static haredis_txn *everything(struct whole *w, haredis_script *script, struct outcome *pop,
                               struct outcome *read) {
  inside_now(&w->in, "FUNCTION LOAD REPLACE %s", library);
  call_script(w, script);
  inside_ask(&w->in, pop, "BLPOP %s 60", "whole:queue");
  inside_ask(&w->in, read, "XREAD BLOCK 0 STREAMS %s $", "whole:stream");
  haredis_txn *t = watched(w);
  w->chatter = (struct chatter){.whole = w};
  w->chatter.script = haredis_script_load(w->in.client, chatter_script);
  for (int i = 0; i < WINDOW; i++) {
    send_txn(&w->stream);
    send_chatter(&w->chatter);
  }
  inside_turn(&w->in, 100);
  return t;
}

void case_whole_switchover(struct run *r) {
  struct whole w;
  struct outcome pop = {0}, read = {0}, ours = {0};
  if (!begin(&w, r)) goto fail;
  haredis_script *script = haredis_script_load(w.in.client, counter_script);
  check_wait(&w);
  haredis_txn *t = everything(&w, script, &pop, &read);
  for (int round = 0; round < 3 && !r->broken; round++) {
    inside_switch_over(&w.in);
  }
  end_stream(&w);
  judge_stream(&w, 3 * WINDOW); /* an acknowledgement that is waited for at that moment */
  judge_chatter(&w, 3 * WINDOW);
  if (pop.count + read.count > 0) {
    run_break(r, "who was blocked got %s, %s", haredis_error_name(pop.code),
              haredis_error_name(read.code));
  }
  inside_now(&w.in, "RPUSH whole:queue %s", "x");
  inside_now(&w.in, "XADD whole:stream * f %s", "v");
  inside_await(&w.in, &pop.count, "BLPOP");
  inside_await(&w.in, &read.count, "XREAD");
  inside_expect(&w.in, "BLPOP after switchovers", &pop, HAREDIS_OK, REDIS_REPLY_ARRAY);
  inside_expect(&w.in, "XREAD after switchovers", &read, HAREDIS_OK, REDIS_REPLY_ARRAY);
  expect_aborted(&w, t);
  call_script(&w, script);
  check_function(&w);
  check_wait(&w);
  ours = inside_now(&w.in, "LLEN %s", "whole:queue");
  if (ours.integer != 0) run_break(r, "BLPOP answered and did not take");
  haredis_script_free(script);
fail:
  inside_end(&w.in);
}

void case_whole_kill(struct run *r) {
  struct whole w;
  struct outcome pop = {0}, read = {0};
  if (!begin(&w, r)) goto fail;
  haredis_script *script = haredis_script_load(w.in.client, counter_script);
  haredis_txn *t = everything(&w, script, &pop, &read);
  int master = run_master(r);
  if (master < 0) goto fail;
  run_kill(r, master);
  inside_await(&w.in, &pop.count, "BLPOP");
  inside_expect(&w.in, "BLPOP through kill -9", &pop, HAREDIS_ERR_MAYBE, 0);
  int before = w.stream.answered;
  for (int i = 0; i < INSIDE_PATIENCE_MS && w.stream.answered <= before; i++) inside_turn(&w.in, 1);
  r->gap_us = kit_now_us() - r->at_us;
  inside_turn(&w.in, 200);
  end_stream(&w);
  judge_stream(&w, WINDOW);
  judge_chatter(&w, WINDOW);
  if (read.count > 0) run_break(r, "XREAD ended with %s", haredis_error_name(read.code));
  inside_now(&w.in, "XADD whole:stream * f %s", "v");
  inside_await(&w.in, &read.count, "XREAD");
  inside_expect(&w.in, "XREAD through kill -9", &read, HAREDIS_OK, REDIS_REPLY_ARRAY);
  expect_aborted(&w, t);
  call_script(&w, script);
  check_function(&w);
  haredis_script_free(script);
fail:
  inside_end(&w.in);
}
