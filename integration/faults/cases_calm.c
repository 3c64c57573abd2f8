/* Nothing is broken: a planned switchover, data that never met, replicas that say no. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

static const struct group_plan three = {.nodes = 3};

void case_switchover(struct run *r) {
  const struct writer_plan fast = {.window = 16};
  const struct writer_plan steady = {.rate = 200};
  if (!run_begin(r, &three, 1, &fast)) return;
  if (!run_writers(r, 2, &steady)) return;
  kit_sleep_ms(200);
  int old = run_master(r);
  r->at_us = r->after_us = kit_now_us();
  struct asked asked = writers_ask(&r->group, "switchover", NULL, 0);
  r->after_us = kit_now_us();
  if (!asked.done) run_break(r, "refused: %s", asked.text);
  if (!run_recovered(r, 5000) || !run_settled(r, 10000)) return;
  if (run_master(r) == old) run_break(r, "the master is the same; told: %s", asked.text);
  kit_sleep_ms(200);
  if (!run_judge(r)) return;
  for (int i = 0; i < r->crowd.count; i++) {
    int64_t pause = writer_longest_pause(&r->crowd.writers[i], asked.asked_us,
                                         asked.done_us + 20000);
    if (pause > r->gap_us) r->gap_us = pause;
  }
  run_expect_nothing_failed(r);
  run_expect_nothing_lost(r);
  run_expect_promotions(r, 1);
}

/* ---------------------------------------------------------------------- unrelated data ------ */

static void fill_by_hand(struct server *s, const char *key, int count) {
  for (int i = 0; i < count; i++) {
    freeReplyObject(probe(s, "SET %s:%d %d", key, i, i));
  }
}

static void expect_untouched(struct run *r, const char *when, const int64_t *keys) {
  for (int i = 0; i < r->group.count; i++) {
    struct look look;
    if (!probe_look(&r->group.servers[i], &look)) {
      run_break(r, "%s does not answer %s", r->group.servers[i].name, when);
    } else if (!look.master || look.keys != keys[i]) {
      run_break(r, "%s was touched %s: %s, %lld keys", r->group.servers[i].name, when,
                look.master ? "master" : "replica", (long long)look.keys);
    }
  }
}

void case_unrelated_data(struct run *r) {
  const struct writer_plan steady = {.rate = 50, .options = {"command_timeout_ms=500"}};
  const int64_t keys[] = {0, 7, 5};
  run_group(r, &three);
  fill_by_hand(&r->group.servers[1], "theirs", 7);
  fill_by_hand(&r->group.servers[2], "others", 5);
  crowd_add(&r->crowd, &r->group, &steady);
  kit_sleep_ms(r->quick ? 1500 : 3000);
  expect_untouched(r, "before a person decided", keys);
  if (crowd_await(&r->crowd, 0, 0, 0)) run_break(r, "a write was acknowledged");
  r->at_us = r->after_us = kit_now_us();
  struct asked asked = writers_ask(&r->group, "takeover", r->group.servers[1].name, 0);
  r->after_us = kit_now_us();
  if (!asked.done) run_break(r, "takeover: %s", asked.text);
  if (!run_recovered(r, 5000) || !run_settled(r, 10000)) return;
  if (run_master(r) != 1) run_break(r, "the person's word was not followed");
  int64_t there = probe_number(&r->group.servers[2], 0, "EXISTS theirs:0 theirs:6");
  if (there != 2) run_break(r, "the chosen data is not on all nodes");
  run_judge(r);
  run_expect_nothing_lost(r);
}

/* ------------------------------------------------------------------ read-only replicas ------ */

enum { HAMMER_MS = 800 };

/* Try to write to both replicas, all the time, while the master is killed. */
static void hammer(struct run *r, int master, int *accepted) {
  int64_t start_us = kit_now_us();
  bool killed = false;
  while (kit_now_us() < start_us + HAMMER_MS * 1000) {
    if (!killed && kit_now_us() > start_us + HAMMER_MS * 250) {
      run_kill(r, master);
      killed = true;
    }
    for (int i = 0; i < r->group.count; i++) {
      if (i == master) continue;
      redisReply *reply = probe(&r->group.servers[i], "SET stray:%d 1", i);
      if (reply && reply->type == REDIS_REPLY_STATUS) accepted[i]++;
      freeReplyObject(reply);
    }
  }
}

void case_replicas_stay_read_only(struct run *r) {
  const struct writer_plan fast = {.window = 16};
  int accepted[GROUP_MAX] = {0};
  if (!run_begin(r, &three, 1, &fast)) return;
  int master = run_master(r);
  if (master < 0) return;
  hammer(r, master, accepted);
  if (!run_recovered(r, 10000) || !run_settled(r, 5000)) return;
  int elected = run_master(r);
  for (int i = 0; i < r->group.count; i++) {
    char answer[64];
    if (i == master) continue;
    if (i != elected && accepted[i]) {
      run_break(r, "a replica accepted %d writes from outside", accepted[i]);
    }
    redisReply *reply = probe(&r->group.servers[i], "CONFIG GET replica-read-only");
    bool yes = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
    snprintf(answer, sizeof answer, "%s", yes ? reply->element[1]->str : "?");
    freeReplyObject(reply);
    if (strcmp(answer, "yes") != 0) run_break(r, "replica-read-only is %s", answer);
  }
  if (!run_judge(r)) return;
  run_measure_gap(r);
  run_expect_promotions(r, 1);
  run_expect_async_loss_only(r);
}
