/*
 * Many that wait at once, and more than there are links; consumers of a group; scripts that the
 * servers forget: through failovers, each call is answered once, and what it says is true.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cases.h"
#include "inside.h"

static const struct group_plan three = {.nodes = 3};

static haredis_options durable(void) {
  haredis_options options;
  haredis_options_init(&options);
  options.durability = HAREDIS_DURABILITY_QUORUM;
  return options;
}

/* ----------------------------------------------------------------------- many that wait ------ */

enum { BLOCKED_MAX = 1000, BEAT_MS = 2, PAUSE_MAX_MS = 3000 };

struct crowd_blocked {
  struct inside in;
  struct outcome outcomes[BLOCKED_MAX];
  int64_t beat_us, pause_us; /* of ordinary writes: the last answer, the longest time without */
  bool beats;
};

static void on_beat(haredis_client *c, struct redisReply *reply, void *data) {
  struct crowd_blocked *b = data;
  int64_t now_us = kit_now_us();
  (void)c;
  b->beats = false;
  if (reply == NULL || reply->type == REDIS_REPLY_ERROR) return;
  if (now_us - b->beat_us > b->pause_us) b->pause_us = now_us - b->beat_us;
  b->beat_us = now_us;
}

static void on_beat_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  struct crowd_blocked *b = timer->data;
  (void)loop;
  (void)events;
  if (b->beats) return;
  b->beats = haredis_async_command(b->in.client, on_beat, b, "SET blocked:beat 1") == HAREDIS_OK;
}

static void block_all(struct crowd_blocked *b, int count, const char *seconds) {
  memset(b->outcomes, 0, sizeof b->outcomes);
  for (int i = 0; i < count; i++) {
    if (haredis_async_command(b->in.client, inside_on_reply, &b->outcomes[i],
                              "BLPOP blocked:%d %s", i, seconds) != HAREDIS_OK) {
      run_break(b->in.run, "BLPOP %d was refused: %s", i, haredis_errstr(b->in.client));
      return;
    }
  }
}

/* Until so many wait at the master; how long that took, or -1. */
static int64_t await_blocked(struct crowd_blocked *b, int count) {
  struct run *r = b->in.run;
  int64_t from_us = kit_now_us(), there = 0;
  while (kit_now_us() < from_us + INSIDE_PATIENCE_MS * 1000) {
    char info[PROBE_INFO_MAX];
    int master = group_master(&r->group);
    there = master >= 0 && probe_info(&r->group.servers[master], info, sizeof info)
                ? info_number(info, "blocked_clients", 0) : 0;
    if (there == count) return kit_now_us() - from_us;
    inside_turn(&b->in, 5);
  }
  run_break(r, "%lld of %d wait at the master", (long long)there, count);
  return -1;
}

/* All of them were called back, each once, with this code and a reply of this type. */
static void expect_all(struct crowd_blocked *b, int count, int code, int type) {
  int silent = 0, other = 0, example = -1;
  for (int ms = 0; ms < INSIDE_PATIENCE_MS; ms++) {
    silent = 0;
    for (int i = 0; i < count; i++) silent += b->outcomes[i].count == 0;
    if (silent == 0) break;
    inside_turn(&b->in, 1);
  }
  for (int i = 0; i < count; i++) {
    const struct outcome *o = &b->outcomes[i];
    if (o->count == 1 && o->code == code && o->type == type) continue;
    if (o->count == 0) continue;
    other++;
    example = i;
  }
  if (silent > 0) run_break(b->in.run, "%d of %d were never called back", silent, count);
  if (other == 0) return;
  const struct outcome *o = &b->outcomes[example];
  run_break(b->in.run, "%d of %d otherwise: called back %d times, %s, reply type %d: %s", other,
            count, o->count, haredis_error_name(o->code), o->type, o->text);
}

static void push_to_all(struct crowd_blocked *b, int count) {
  for (int i = 0; i < count; i++) {
    if (haredis_async_command(b->in.client, NULL, NULL, "RPUSH blocked:%d x", i) != HAREDIS_OK) {
      run_break(b->in.run, "RPUSH was refused");
    }
  }
}

/* Those to the old master and those to the new one. */
static void want_descriptors(rlim_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) return;
  limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/* A switchover moves all who wait, and a kill ends them; nobody else waits for that. */
void case_many_blocked(struct run *r) {
  static struct crowd_blocked b;
  int count = r->fault->parameter;
  haredis_options options;
  haredis_options_init(&options);
  options.pool_max = count + 8;
  ev_timer tick;
  memset(&b, 0, sizeof b);
  want_descriptors(2 * (rlim_t)count + 256);
  if (!inside_begin(&b.in, r, &three, 1, options)) goto end;
  ev_timer_init(&tick, on_beat_tick, 0, BEAT_MS / 1000.);
  tick.data = &b;
  b.beat_us = kit_now_us();
  ev_timer_start(b.in.loop, &tick);
  block_all(&b, count, "60");
  int64_t first_us = await_blocked(&b, count), first_pause_us = b.pause_us;
  b.pause_us = 0;
  inside_switch_over(&b.in);
  int64_t moved_us = await_blocked(&b, count), moved_pause_us = b.pause_us;
  for (int i = 0; i < count; i++) {
    if (b.outcomes[i].count > 0) run_break(r, "a switchover ended a BLPOP");
  }
  push_to_all(&b, count);
  expect_all(&b, count, HAREDIS_OK, REDIS_REPLY_ARRAY);
  block_all(&b, count, "60");
  await_blocked(&b, count);
  b.pause_us = 0;
  inside_kill_master(&b.in);
  expect_all(&b, count, HAREDIS_ERR_MAYBE, 0);
  ev_timer_stop(b.in.loop, &tick);
  r->gap_us = b.pause_us;
  if (first_pause_us + moved_pause_us + b.pause_us > PAUSE_MAX_MS * 1000) {
    run_break(r, "those who wait kept others waiting for %lld, %lld and %lld ms",
              (long long)first_pause_us / 1000, (long long)moved_pause_us / 1000,
              (long long)b.pause_us / 1000);
  }
  if (!r->quick) {
    text_line("  %d wait after %lld ms, after a switchover again %lld ms behind it; the longest "
              "pause of a SET every %d ms: %lld, %lld, with kill -9 %lld ms", count,
              (long long)first_us / 1000, (long long)moved_us / 1000, BEAT_MS,
              (long long)first_pause_us / 1000, (long long)moved_pause_us / 1000,
              (long long)b.pause_us / 1000);
  }
end:
  inside_end(&b.in);
}

/* Far more than there are links: they come one after the other, or too late; each is told. */
void case_pool_exhausted(struct run *r) {
  static struct crowd_blocked b;
  enum { LINKS = 8, WAITERS = 200 };
  haredis_options options;
  haredis_options_init(&options);
  options.pool_max = LINKS;
  memset(&b, 0, sizeof b);
  if (!inside_begin(&b.in, r, &three, 1, options)) goto end;
  block_all(&b, WAITERS, "0.1");
  inside_turn(&b.in, 500);
  inside_kill_master(&b.in);
  int64_t until_us = kit_now_us() + 20000000;
  int silent = WAITERS, nils = 0, maybe = 0, other = 0;
  while (silent > 0 && kit_now_us() < until_us) {
    inside_turn(&b.in, 10);
    silent = 0;
    for (int i = 0; i < WAITERS; i++) silent += b.outcomes[i].count == 0;
  }
  for (int i = 0; i < WAITERS; i++) {
    const struct outcome *o = &b.outcomes[i];
    nils += o->count == 1 && o->code == HAREDIS_OK && o->type == REDIS_REPLY_NIL;
    maybe += o->count == 1 && o->code == HAREDIS_ERR_MAYBE;
    other += o->count > 1 || (o->count == 1 && o->code != HAREDIS_OK &&
                              o->code != HAREDIS_ERR_MAYBE && o->code != HAREDIS_ERR_TIMEOUT);
  }
  if (!r->quick) text_line("  %d nil, %d in doubt, %d too late", nils, maybe,
                           WAITERS - nils - maybe - other - silent);
  if (silent + other > 0) run_break(r, "%d never called back, %d otherwise", silent, other);
  if (maybe > LINKS) run_break(r, "%d in doubt, with %d links", maybe, LINKS);
  if (nils < 4 * LINKS) run_break(r, "%d came to their end", nils);
end:
  inside_end(&b.in);
}

/* ----------------------------------------------------------------------- consumers ----------- */

enum { CONSUMERS = 3, ENTRIES_MAX = 20000, ENTRIES_WINDOW = 64 };

struct consumer {
  struct consumers *all;
  haredis_client *client;
  char name[16];
  bool works, doubt;    /* entries may be its own that it was never told of */
};

struct consumers {
  struct inside in;
  struct consumer each[CONSUMERS];
  uint32_t goal, added;
  int under_way, acks_under_way;
  uint8_t acked[ENTRIES_MAX + 1], maybe[ENTRIES_MAX + 1], ghosts[ENTRIES_MAX + 1];
  uint8_t seen[ENTRIES_MAX + 1], again[ENTRIES_MAX + 1];
  int64_t doubts, errors, pending;
  char error[128];
  bool stop;
};

struct entry {
  struct consumers *all;
  uint32_t id;
};

static void on_added(haredis_client *c, struct redisReply *reply, void *data) {
  struct entry *entry = data;
  struct consumers *all = entry->all;
  all->under_way--;
  if (reply != NULL && reply->type == REDIS_REPLY_STRING) all->acked[entry->id] = 1;
  else if (reply == NULL && haredis_err(c) == HAREDIS_ERR_MAYBE) all->maybe[entry->id] = 1;
  else all->ghosts[entry->id] = 1;
  free(entry);
}

static void add_more(struct consumers *all) {
  while (all->added < all->goal && all->under_way < ENTRIES_WINDOW) {
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) kit_die("out of memory");
    *entry = (struct entry){all, ++all->added};
    all->under_way++;
    if (haredis_async_command(all->in.client, on_added, entry, "XADD entries * n %u", entry->id) ==
        HAREDIS_OK) {
      continue;
    }
    all->under_way--;
    all->ghosts[entry->id] = 1;
    free(entry);
    return;
  }
}

static void on_acknowledged(haredis_client *c, struct redisReply *reply, void *data) {
  struct consumer *one = data;
  (void)c;
  one->all->acks_under_way--;
  if (reply == NULL || reply->type == REDIS_REPLY_ERROR) one->doubt = true;
}

static void take_entry(struct consumer *one, const struct redisReply *entry, bool again) {
  struct consumers *all = one->all;
  const char *id = entry->element[0]->str;
  const struct redisReply *fields = entry->element[1];
  if (fields->type == REDIS_REPLY_ARRAY && fields->elements == 2) {
    unsigned long n = strtoul(fields->element[1]->str, NULL, 10);
    uint8_t *times = again ? all->again : all->seen;
    if (n <= ENTRIES_MAX && times[n] < 255) times[n]++;
  }
  all->acks_under_way++;
  if (haredis_async_command(one->client, on_acknowledged, one, "XACK entries group %s", id) !=
      HAREDIS_OK) {
    all->acks_under_way--;
    one->doubt = true;
  }
}

/* [[stream, [[id, [field, value]], ...]]] */
static void on_entries(haredis_client *c, struct redisReply *reply, void *data, bool again) {
  struct consumer *one = data;
  struct consumers *all = one->all;
  one->works = false;
  if (reply == NULL) {
    all->doubts += haredis_err(c) == HAREDIS_ERR_MAYBE;
    one->doubt = true;
  } else if (reply->type == REDIS_REPLY_ERROR) {
    all->errors++;
    snprintf(all->error, sizeof all->error, "%s", reply->str);
  } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1) {
    const struct redisReply *entries = reply->element[0]->element[1];
    if (again && entries->elements == 0) one->doubt = false;
    for (size_t i = 0; i < entries->elements; i++) take_entry(one, entries->element[i], again);
  }
}

static void on_new(haredis_client *c, struct redisReply *reply, void *data) {
  on_entries(c, reply, data, false);
}

static void on_again(haredis_client *c, struct redisReply *reply, void *data) {
  on_entries(c, reply, data, true);
}

/* What is its own and not acknowledged first, when it may not know of all of it. */
static void consume(struct consumer *one) {
  int code = HAREDIS_OK;
  if (one->doubt && one->all->acks_under_way > 0) return;
  if (one->doubt) {
    code = haredis_async_command(one->client, on_again, one,
                                 "XREADGROUP GROUP group %s COUNT 64 STREAMS entries 0", one->name);
  } else {
    code = haredis_async_command(one->client, on_new, one, "XREADGROUP GROUP group %s COUNT 16 "
                                 "BLOCK 300 STREAMS entries >", one->name);
  }
  one->works = code == HAREDIS_OK;
}

static void on_consumers_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  struct consumers *all = timer->data;
  (void)loop;
  (void)events;
  add_more(all);
  for (int i = 0; i < CONSUMERS && !all->stop; i++) {
    if (!all->each[i].works) consume(&all->each[i]);
  }
}

static bool consumers_done(const struct consumers *all) {
  bool done = all->added == all->goal && all->under_way == 0 && all->acks_under_way == 0;
  for (uint32_t n = 1; n <= all->added && done; n++) {
    done = !all->acked[n] || all->seen[n] + all->again[n] > 0;
  }
  for (int i = 0; i < CONSUMERS; i++) done = done && !all->each[i].doubt;
  return done;
}

static void judge_consumers(struct consumers *all) {
  struct run *r = all->in.run;
  int64_t twice = 0, ghosts = 0, lost = 0, again = 0;
  for (uint32_t n = 1; n <= all->added; n++) {
    int times = all->seen[n] + all->again[n];
    r->tally.acked += all->acked[n];
    twice += all->seen[n] > 1;
    again += all->again[n] > 0;
    lost += all->acked[n] && times == 0;
    ghosts += all->ghosts[n] && times > 0;
  }
  r->tally.lost = lost;
  r->tally.duplicated = twice;
  if (!r->quick) {
    text_line("  %u entries, %lld reads in doubt, %lld entries found in what was pending",
              all->added, (long long)all->doubts, (long long)again);
  }
  if (twice + ghosts + lost + all->errors > 0) {
    r->data_broken = true;
    run_break(r, "%lld entries delivered as new twice, %lld though not added, %lld never, %lld "
              "errors %s", (long long)twice, (long long)ghosts, (long long)lost,
              (long long)all->errors, all->error);
  }
}

void case_consumer_group(struct run *r) {
  static struct consumers all;
  ev_timer tick;
  memset(&all, 0, sizeof all);
  if (!inside_begin(&all.in, r, &three, CONSUMERS + 1, durable())) goto end;
  inside_now(&all.in, "XGROUP CREATE entries group %s MKSTREAM", "0");
  for (int i = 0; i < CONSUMERS; i++) {
    all.each[i] = (struct consumer){.all = &all, .client = all.in.clients[i + 1]};
    snprintf(all.each[i].name, sizeof all.each[i].name, "c%d", i);
  }
  ev_timer_init(&tick, on_consumers_tick, 0, 0.001);
  tick.data = &all;
  ev_timer_start(all.in.loop, &tick);
  int failovers = r->quick ? 2 : r->fault->parameter;
  for (int i = 0; i < failovers && !r->broken; i++) {
    all.goal = (uint32_t)(ENTRIES_MAX / (r->quick ? 5 : 1) / failovers * (i + 1));
    inside_turn(&all.in, 200);
    inside_fail_over(&all.in, i);
  }
  int64_t until_us = kit_now_us() + 30000000;
  while (!consumers_done(&all) && kit_now_us() < until_us) inside_turn(&all.in, 20);
  if (!consumers_done(&all)) run_break(r, "the consumers do not come to an end");
  all.stop = true;
  inside_turn(&all.in, 700);
  ev_timer_stop(all.in.loop, &tick);
  judge_consumers(&all);
end:
  inside_end(&all.in);
}

/* ------------------------------------------------------------- scripts that are forgotten ---- */

enum { CALLS = 8, FLUSH_MS = 20 };

struct scripts {
  struct inside in;
  haredis_script *script;
  int under_way;
  int64_t acked, maybe, other, errors;
  int64_t flushed_us, flushes;
  char text[128];
  bool stop;
};

static void on_called(haredis_client *c, struct redisReply *reply, void *data) {
  struct scripts *s = data;
  s->under_way--;
  if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) {
    s->acked++;
  } else if (reply != NULL) {
    s->errors++;
    snprintf(s->text, sizeof s->text, "%s", reply->str ? reply->str : "");
  } else if (haredis_err(c) == HAREDIS_ERR_MAYBE) {
    s->maybe++;
  } else {
    s->other++;
    snprintf(s->text, sizeof s->text, "%s", haredis_errstr(c));
  }
}

static void on_scripts_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  struct scripts *s = timer->data;
  const char *argv[] = {"scripts:count"};
  (void)loop;
  (void)events;
  while (s->under_way < CALLS && !s->stop) {
    int code = s->under_way % 2 == 0
                   ? haredis_async_script_call(s->script, NULL, on_called, s, 1, 1, argv, NULL)
                   : haredis_async_command(s->in.client, on_called, s, "FCALL raise 1 %s", argv[0]);
    if (code != HAREDIS_OK) break;
    s->under_way++;
  }
  if (kit_now_us() < s->flushed_us + FLUSH_MS * 1000) return;
  s->flushed_us = kit_now_us();
  for (int i = 0; i < s->in.run->group.count; i++) {
    freeReplyObject(probe(&s->in.run->group.servers[i], "SCRIPT FLUSH"));
  }
  s->flushes++;
}

static const char raise_library[] =
    "#!lua name=scripts\n"
    "redis.register_function('raise', function(k) return redis.call('INCR', k[1]) end)";

/* Every server forgets its scripts all the time; nobody notices. */
void case_scripts_forgotten(struct run *r) {
  static struct scripts s;
  ev_timer tick;
  memset(&s, 0, sizeof s);
  if (!inside_begin(&s.in, r, &three, 1, durable())) goto end;
  s.script = haredis_script_load(s.in.client, "return redis.call('INCR', KEYS[1])");
  inside_now(&s.in, "FUNCTION LOAD REPLACE %s", raise_library);
  ev_timer_init(&tick, on_scripts_tick, 0, 0.001);
  tick.data = &s;
  ev_timer_start(s.in.loop, &tick);
  int failovers = r->quick ? 2 : r->fault->parameter;
  for (int i = 0; i < failovers && !r->broken; i++) {
    inside_turn(&s.in, 400);
    inside_fail_over(&s.in, i);
  }
  s.stop = true;
  for (int ms = 0; ms < INSIDE_PATIENCE_MS && s.under_way > 0; ms++) inside_turn(&s.in, 1);
  ev_timer_stop(s.in.loop, &tick);
  int64_t count = atoll(inside_now(&s.in, "GET %s", "scripts:count").text);
  r->tally.acked = s.acked;
  if (!r->quick) {
    text_line("  %lld calls, %lld in doubt, %lld times forgotten", (long long)s.acked,
              (long long)s.maybe, (long long)s.flushes);
  }
  if (count < s.acked || count > s.acked + s.maybe || s.under_way > 0) {
    r->data_broken = true;
    run_break(r, "%lld calls answered, %lld in doubt, %d never answered, %lld ran",
              (long long)s.acked, (long long)s.maybe, s.under_way, (long long)count);
  }
  if (s.errors + s.other > 0) run_break(r, "%lld calls failed: %s",
                                        (long long)(s.errors + s.other), s.text);
  haredis_script_free(s.script);
end:
  inside_end(&s.in);
}
