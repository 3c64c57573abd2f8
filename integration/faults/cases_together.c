/*
 * Several clients that want the same thing at the same time, through failovers: a watched counter,
 * a queue. Everything is durable by quorum, so everything adds up: what was acknowledged is there
 * once, what did not run is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "inside.h"
#include "pubsub.h"

static const struct group_plan three = {.nodes = 3};

/* Of something that may run at most once, by its number. */
enum fate { FATE_NONE, FATE_UNDER_WAY, FATE_RAN, FATE_NOT, FATE_DOUBT };

static haredis_options durable(void) {
  haredis_options options;
  haredis_options_init(&options);
  options.durability = HAREDIS_DURABILITY_QUORUM;
  return options;
}

static enum fate fate_of(haredis_client *c, const struct redisReply *reply, int64_t codes[]) {
  if (reply != NULL) return reply->type == REDIS_REPLY_ERROR ? FATE_DOUBT : FATE_RAN;
  int code = haredis_err(c);
  if (code < INSIDE_CODES) codes[code]++;
  return code == HAREDIS_ERR_MAYBE || code == HAREDIS_ERR_PROTOCOL ? FATE_DOUBT : FATE_NOT;
}

static void tell_codes(const struct run *r, const char *what, const int64_t codes[]) {
  char line[200] = "";
  size_t used = 0;
  if (r->quick) return;
  for (int i = 1; i < INSIDE_CODES && used < sizeof line; i++) {
    if (codes[i] == 0) continue;
    used += (size_t)snprintf(line + used, sizeof line - used, " %s %lld", haredis_error_name(i),
                             (long long)codes[i]);
  }
  text_line("  %s;%s", what, used > 0 ? line : " every one answered");
}

/* How often each number is in a list of the master; the caller frees it. NULL: not readable. */
static uint8_t *count_list(struct run *r, const char *key, uint32_t limit) {
  int master = run_master(r);
  redisReply *reply = master < 0 ? NULL : probe(&r->group.servers[master], "LRANGE %s 0 -1", key);
  uint8_t *times = calloc(limit, 1);
  if (times == NULL) kit_die("out of memory");
  if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
    run_break(r, "%s cannot be read", key);
  }
  for (size_t i = 0; reply != NULL && i < reply->elements; i++) {
    unsigned long id = strtoul(reply->element[i]->str, NULL, 10);
    if (id < limit && times[id] < 255) times[id]++;
  }
  freeReplyObject(reply);
  return times;
}

/* ------------------------------------------------------------------- a watched counter ------- */

enum { CONTENDERS = 8, CONTEST_MAX = 1 << 18 };

struct contender {
  struct contest *contest;
  haredis_client *client;
  haredis_txn *txn;
  uint32_t id;  /* of the transaction under way */
  bool works;
};

struct contest {
  struct inside in;
  struct contender contenders[CONTENDERS];
  uint32_t ids;             /* given away; 0 is none */
  uint8_t *fates;           /* enum fate */
  int64_t codes[INSIDE_CODES], nils, errors;
  char error[128];
  bool stop;
};

static void on_contended(haredis_client *c, struct redisReply *reply, void *data) {
  struct contender *one = data;
  struct contest *contest = one->contest;
  enum fate fate = fate_of(c, reply, contest->codes);
  if (reply != NULL && reply->type == REDIS_REPLY_NIL) {
    fate = FATE_NOT;
    contest->nils++;
  } else if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
    contest->errors++;
    snprintf(contest->error, sizeof contest->error, "%s", reply->str);
  }
  contest->fates[one->id] = (uint8_t)fate;
  one->works = false;
}

static void on_value(haredis_client *c, struct redisReply *reply, void *data) {
  struct contender *one = data;
  struct contest *contest = one->contest;
  haredis_txn *t = one->txn;
  one->txn = NULL;
  one->works = false;
  bool fine = reply != NULL && reply->type != REDIS_REPLY_ERROR && !contest->stop;
  if (reply == NULL) (void)fate_of(c, reply, contest->codes);
  if (fine && contest->ids + 1 < CONTEST_MAX) {
    long long value = reply->str != NULL ? strtoll(reply->str, NULL, 10) : 0;
    one->id = ++contest->ids;
    contest->fates[one->id] = FATE_UNDER_WAY;
    one->works = haredis_txn_command(t, "SET contest:value %lld", value + 1) == HAREDIS_OK &&
                 haredis_txn_command(t, "RPUSH contest:log %u", one->id) == HAREDIS_OK &&
                 haredis_async_txn_exec(t, NULL, on_contended, one) == HAREDIS_OK;
    if (one->works) return;
    contest->fates[one->id] = FATE_NOT;
  }
  haredis_txn_discard(t);
}

static void contend(struct contender *one) {
  const char *key = "contest:value";
  one->txn = haredis_txn_begin(one->client);
  if (one->txn == NULL) return;
  one->works = haredis_txn_watch(one->txn, 1, &key, NULL) == HAREDIS_OK &&
               haredis_async_txn_read(one->txn, on_value, one, "GET %s", key) == HAREDIS_OK;
  if (one->works) return;
  haredis_txn_discard(one->txn);
  one->txn = NULL;
}

static void on_contest_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  struct contest *contest = timer->data;
  (void)loop;
  (void)events;
  for (int i = 0; i < CONTENDERS && !contest->stop; i++) {
    if (!contest->contenders[i].works) contend(&contest->contenders[i]);
  }
}

static void judge_contest(struct contest *contest) {
  struct run *r = contest->in.run;
  int master = run_master(r);
  uint8_t *times = count_list(r, "contest:log", CONTEST_MAX);
  int64_t ran = 0, held = 0, twice = 0, lost = 0, ghosts = 0, open = 0;
  for (uint32_t id = 1; id <= contest->ids; id++) {
    enum fate fate = contest->fates[id];
    ran += fate == FATE_RAN;
    held += times[id];
    twice += times[id] > 1;
    lost += fate == FATE_RAN && times[id] == 0;
    ghosts += fate == FATE_NOT && times[id] > 0;
    open += fate == FATE_UNDER_WAY;
  }
  free(times);
  int64_t value = probe_number(&r->group.servers[master], -1, "GET contest:value");
  tell_codes(r, "transactions under WATCH", contest->codes);
  if (!r->quick) {
    text_line("  %lld ran, %lld were raced, %lld errors %s", (long long)ran,
              (long long)contest->nils, (long long)contest->errors, contest->error);
  }
  r->tally.acked = ran;
  r->tally.lost = lost;
  r->tally.duplicated = twice;
  if (twice + lost + ghosts + open > 0 || value != held) {
    r->data_broken = true;
    run_break(r, "%lld EXECs ran twice, %lld are lost, %lld ran though told not, %lld never "
              "answered; the counter is %lld, %lld ran", (long long)twice, (long long)lost,
              (long long)ghosts, (long long)open, (long long)value, (long long)held);
  }
  if (ran < 100) run_break(r, "%lld transactions only", (long long)ran);
}

/* Who is raced keeps its link: a host has 28 000 ports, and a closed one rests for a minute. */
static void check_links(struct contest *contest) {
  struct run *r = contest->in.run;
  int64_t dialled[2] = {0};
  for (int i = 0; i < 2; i++) {
    char info[PROBE_INFO_MAX];
    inside_turn(&contest->in, 1000);
    int master = run_master(r);
    if (master < 0 || !probe_info(&r->group.servers[master], info, sizeof info)) return;
    dialled[i] = info_number(info, "total_connections_received", 0);
  }
  if (dialled[1] - dialled[0] > 2 * CONTENDERS) {
    run_break(r, "%lld links were dialled in a second", (long long)(dialled[1] - dialled[0]));
  }
}

void case_watch_contended(struct run *r) {
  static struct contest contest;
  ev_timer tick;
  memset(&contest, 0, sizeof contest);
  contest.fates = calloc(CONTEST_MAX, 1);
  if (contest.fates == NULL) kit_die("out of memory");
  if (!inside_begin(&contest.in, r, &three, CONTENDERS, durable())) goto end;
  for (int i = 0; i < CONTENDERS; i++) {
    contest.contenders[i] = (struct contender){.contest = &contest,
                                               .client = contest.in.clients[i]};
  }
  ev_timer_init(&tick, on_contest_tick, 0, 0.001);
  tick.data = &contest;
  ev_timer_start(contest.in.loop, &tick);
  int failovers = r->quick ? 2 : r->fault->parameter;
  check_links(&contest);
  for (int i = 0; i < failovers && !r->broken; i++) {
    inside_turn(&contest.in, 500);
    inside_fail_over(&contest.in, i);
  }
  inside_turn(&contest.in, 500);
  contest.stop = true;
  for (int i = 0; i < CONTENDERS; i++) {
    for (int k = 0; k < INSIDE_PATIENCE_MS && contest.contenders[i].works; k++) {
      inside_turn(&contest.in, 1);
    }
  }
  ev_timer_stop(contest.in.loop, &tick);
  if (inside_settled(&contest.in)) judge_contest(&contest);
  r->promotions = group_promotions(&r->group) - r->promotions_before;
  run_expect_promotions(r, failovers);
end:
  inside_end(&contest.in);
  free(contest.fates);
}

/* ------------------------------------------------------------------------------ a queue ------ */

enum { QUEUE_MAX = 100000, QUEUE_WINDOW = 128 };
enum { POPPERS = 8, POPS_EACH = 4, POPS = POPPERS * POPS_EACH };

struct popper {
  struct queue *queue;
  haredis_client *client;
  bool works;
};

struct queue {
  struct inside in;
  struct popper poppers[POPS];
  uint32_t goal, pushed;
  int under_way;
  uint8_t *fates, *taken;    /* of a push; how often it was handed out */
  int64_t push_codes[INSIDE_CODES], pop_codes[INSIDE_CODES], errors;
  int64_t popped, doubts;    /* pops that may have taken one */
  char error[128];
  ev_timer tick;
  bool stop;
};

struct push {
  struct queue *queue;
  uint32_t id;
};

static void push_more(struct queue *q);

static void on_queue_pushed(haredis_client *c, struct redisReply *reply, void *data) {
  struct push *push = data;
  struct queue *q = push->queue;
  q->under_way--;
  q->fates[push->id] = (uint8_t)fate_of(c, reply, q->push_codes);
  free(push);
}

static void push_more(struct queue *q) {
  while (q->pushed < q->goal && q->under_way < QUEUE_WINDOW) {
    struct push *push = calloc(1, sizeof *push);
    if (push == NULL) kit_die("out of memory");
    *push = (struct push){q, ++q->pushed};
    q->fates[push->id] = FATE_UNDER_WAY;
    q->under_way++;
    if (haredis_async_command(q->in.client, on_queue_pushed, push, "RPUSH queue %u", push->id) ==
        HAREDIS_OK) {
      continue;
    }
    q->under_way--;
    q->fates[push->id] = FATE_NOT;
    free(push);
    return;
  }
}

static void pop_one(struct popper *popper);

static void on_queue_popped(haredis_client *c, struct redisReply *reply, void *data) {
  struct popper *popper = data;
  struct queue *q = popper->queue;
  popper->works = false;
  if (reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
    unsigned long id = strtoul(reply->element[1]->str, NULL, 10);
    if (id <= QUEUE_MAX && q->taken[id] < 255) q->taken[id]++;
    q->popped++;
  } else if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
    q->errors++;
    snprintf(q->error, sizeof q->error, "%s", reply->str);
  } else if (reply == NULL) {
    q->doubts += fate_of(c, reply, q->pop_codes) == FATE_DOUBT;
  }
}

static void pop_one(struct popper *popper) {
  popper->works = haredis_async_command(popper->client, on_queue_popped, popper,
                                        "BLPOP queue 1") == HAREDIS_OK;
}

static void on_queue_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  struct queue *q = timer->data;
  (void)loop;
  (void)events;
  push_more(q);
  for (int i = 0; i < POPS && !q->stop; i++) {
    if (!q->poppers[i].works) pop_one(&q->poppers[i]);
  }
}

static void judge_queue(struct queue *q) {
  struct run *r = q->in.run;
  uint8_t *left = count_list(r, "queue", QUEUE_MAX + 1);
  int64_t twice = 0, missing = 0, ghosts = 0, open = 0;
  for (uint32_t id = 1; id <= q->pushed; id++) {
    enum fate fate = q->fates[id];
    int times = q->taken[id] + left[id];
    r->tally.acked += fate == FATE_RAN;
    twice += times > 1;
    missing += fate == FATE_RAN && times == 0;
    ghosts += fate == FATE_NOT && times > 0;
    open += fate == FATE_UNDER_WAY;
  }
  free(left);
  r->tally.lost = missing;
  r->tally.duplicated = twice;
  tell_codes(r, "pushes", q->push_codes);
  tell_codes(r, "pops", q->pop_codes);
  if (!r->quick) {
    text_line("  %lld handed out, %lld pops in doubt, %lld elements with them; %lld errors %s",
              (long long)q->popped, (long long)q->doubts, (long long)missing,
              (long long)q->errors, q->error);
  }
  if (twice + ghosts + open > 0 || missing > q->doubts || q->errors > 0) {
    r->data_broken = true;
    run_break(r, "%lld elements handed out twice, %lld though never pushed, %lld gone with %lld "
              "pops in doubt, %lld pushes never answered, %lld errors %s", (long long)twice,
              (long long)ghosts, (long long)missing, (long long)q->doubts, (long long)open,
              (long long)q->errors, q->error);
  }
}

/* Pushed, taken, and nobody is at it any more. */
static bool queue_drained(struct queue *q) {
  int64_t until_us = kit_now_us() + 30000000, quiet_us = kit_now_us(), popped = q->popped;
  while (kit_now_us() < until_us && kit_now_us() < quiet_us + 2500000) {
    inside_turn(&q->in, 20);
    if (q->under_way > 0 || q->popped != popped) quiet_us = kit_now_us();
    popped = q->popped;
  }
  q->stop = true;
  for (int i = 0; i < POPS; i++) {
    for (int k = 0; k < INSIDE_PATIENCE_MS && q->poppers[i].works; k++) inside_turn(&q->in, 1);
    if (q->poppers[i].works) run_break(q->in.run, "a BLPOP was never answered");
  }
  return q->under_way == 0;
}

static void queue_make(struct queue *q) {
  memset(q, 0, sizeof *q);
  q->fates = calloc(QUEUE_MAX + 1, 1);
  q->taken = calloc(QUEUE_MAX + 1, 1);
  if (q->fates == NULL || q->taken == NULL) kit_die("out of memory");
}

static void queue_begin(struct queue *q) {
  for (int i = 0; i < POPS; i++) {
    q->poppers[i] = (struct popper){.queue = q, .client = q->in.clients[1 + i / POPS_EACH]};
  }
  ev_timer_init(&q->tick, on_queue_tick, 0, 0.001);
  q->tick.data = q;
  ev_timer_start(q->in.loop, &q->tick);
}

static void queue_end(struct queue *q) {
  inside_end(&q->in);
  free(q->fates);
  free(q->taken);
}

void case_queue_hands_out_once(struct run *r) {
  static struct queue q;
  queue_make(&q);
  if (!inside_begin(&q.in, r, &three, POPPERS + 1, durable())) goto end;
  queue_begin(&q);
  int failovers = r->quick ? 2 : r->fault->parameter;
  for (int i = 0; i < failovers && !r->broken; i++) {
    q.goal = (uint32_t)((r->quick ? QUEUE_MAX / 10 : QUEUE_MAX) / failovers * (i + 1));
    int64_t until_us = kit_now_us() + 60000000;
    while (q.pushed < q.goal - q.goal / 20 / (uint32_t)(i + 1) && kit_now_us() < until_us) {
      inside_turn(&q.in, 5);
    }
    inside_fail_over(&q.in, i);
  }
  if (!queue_drained(&q)) run_break(r, "%d pushes were never answered", q.under_way);
  ev_timer_stop(q.in.loop, &q.tick);
  if (inside_settled(&q.in)) judge_queue(&q);
  r->promotions = group_promotions(&r->group) - r->promotions_before;
end:
  queue_end(&q);
}

/* ------------------------------------------------------------------- an operator's night ----- */

/* The queue goes on, at a pace that leaves the processors to others. */
static void queue_work(struct queue *q, int ms) {
  for (int i = 0; i < ms; i += 20) {
    if (q->goal + 20 <= QUEUE_MAX) q->goal += 20;
    inside_turn(&q->in, 20);
  }
}

/* Replicas first, then a switchover away from the master, then that one. */
static void roll(struct queue *q, bool planned) {
  struct run *r = q->in.run;
  int master = run_master(r);
  for (int i = 0; i < r->group.count && !r->broken; i++) {
    if (i == master) continue;
    inside_restart(&q->in, i);
    queue_work(q, 300);
  }
  if (planned && !r->broken) inside_switch_over(&q->in);
  queue_work(q, 300);
  if (!r->broken) inside_restart(&q->in, master);
  queue_work(q, 300);
}

/* Every server is restarted with its data, once as the runbook says and once without asking. */
void case_rolling_restart(struct run *r) {
  static struct queue q;
  const struct group_plan kept = {.nodes = 3, .append = true};
  const struct audience_plan usual = {.listeners = 3, .handles = 2, .rate = "rate=2000"};
  queue_make(&q);
  if (!pubsub_begin(r, &kept, &usual)) goto end;
  if (!inside_join(&q.in, r, POPPERS + 1, durable())) goto end;
  queue_begin(&q);
  r->at_us = kit_now_us();
  queue_work(&q, 300);
  roll(&q, true);
  if (!r->broken) roll(&q, false);
  if (!queue_drained(&q)) run_break(r, "%d pushes were never answered", q.under_way);
  ev_timer_stop(q.in.loop, &q.tick);
  if (inside_settled(&q.in)) judge_queue(&q);
  if (pubsub_recovered(r, &usual, 5000)) pubsub_judge(r, &usual, false);
  run_expect_promotions(r, 2);
end:
  queue_end(&q);
}
