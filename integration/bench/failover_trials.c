/* The faults. Each does the same to every system, at the same times. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "child.h"
#include "clock.h"
#include "failover.h"
#include "netns.h"
#include "probe.h"

enum {
  HANG_MS = 10000,
  CUT_MS = 15000,
  QUICK_MS = 3500,      /* both, with --quick */
  DEADLINE_MS = 30000,  /* to write again */
  DEMOTION_MS = 20000,
  CALM_MS = 15000,
  AFTER_MS = 1000,      /* of writing when all is over */
};

/* Until it writes again and its group is calm, then a little. */
static void finish(struct bout *b, int64_t after_us) {
  if (!bout_writes(b, after_us, b->quick ? DEADLINE_MS / 3 : DEADLINE_MS)) {
    snprintf(b->note, sizeof b->note, "a writer never wrote again");
  } else if (!bout_calm(b, b->quick ? 100 : CALM_MS)) {
    snprintf(b->note, sizeof b->note, "the group was not calm at the end");
  }
  kit_sleep_ms(b->quick ? AFTER_MS / 2 : AFTER_MS);
}

static struct server *old_master(struct bout *b) {
  return &b->group.servers[b->master];
}

static void deed(struct bout *b, int signal) {
  b->at_us = kit_now_us();
  kit_signal(old_master(b)->pid, signal);
  b->after_us = kit_now_us();
}

static void trial_kill(struct bout *b) {
  deed(b, SIGKILL);
  server_kill(old_master(b));
  finish(b, b->after_us);
}

static void trial_restart_empty(struct bout *b) {
  deed(b, SIGKILL);
  server_kill(old_master(b));
  server_launch(old_master(b));
  b->back_us = kit_now_us();
  finish(b, b->after_us);
}

/* The old master can be reached again: an onlooker writes to it from now on. */
static void undone(struct bout *b) {
  bool replaced = group_promotions(&b->group) > b->promotions_before;
  b->undo_us = b->back_us;
  if (replaced) bout_await_demotion(b, b->quick ? 1000 : DEMOTION_MS);
  atomic_store(&b->watch->armed, 0);
  finish(b, b->undo_us);
}

static void trial_hang(struct bout *b) {
  deed(b, SIGSTOP);
  server_stop(old_master(b));
  kit_sleep_until_us(b->at_us + (b->quick ? QUICK_MS : HANG_MS) * 1000);
  atomic_store(&b->watch->armed, 1);
  kit_sleep_ms(20);
  b->back_us = kit_now_us();
  server_resume(old_master(b));
  undone(b);
}

/* `away` hosts are cut from the others. */
static void cut(struct bout *b, const int *away, int count) {
  b->at_us = kit_now_us();
  for (int i = 0; i < count; i++) netns_side(away[i], 1);
  b->after_us = kit_now_us();
  kit_sleep_until_us(b->at_us + (b->quick ? QUICK_MS : CUT_MS) * 1000);
  atomic_store(&b->watch->armed, 1);
  b->back_us = kit_now_us();
  for (int i = 0; i < count; i++) netns_side(away[i], 0);
  undone(b);
}

/* {master, writer A, the sentinel beside the master} | {two replicas, writer B, two sentinels}. */
static void trial_cut_master(struct bout *b) {
  int away[] = {b->master, 3};
  cut(b, away, 2);
}

/* {master, replica, writer A} | {replica, writer B, all sentinels}. */
static void trial_cut_majority(struct bout *b) {
  int away[] = {(b->master + 1) % 3, 4};
  cut(b, away, 2);
}

/* ------------------------------------------------------------------ planned switch ----------- */

static void switch_sentinel(struct bout *b) {
  char said[160] = "";
  for (int i = 0; i < 50 && strcmp(said, "OK") != 0; i++) {
    if (i) kit_sleep_ms(100);
    b->at_us = kit_now_us();
    probe_text(&b->sentinels[0], said, sizeof said, "SENTINEL FAILOVER mymaster");
  }
  if (strcmp(said, "OK") != 0) bout_break(b, said);
}

static void switch_haredis(struct bout *b) {
  struct asked asked = writers_ask(&b->group, "switchover", NULL, 0);
  b->at_us = asked.asked_us;
  if (!asked.done) bout_break(b, asked.text);
}

static void trial_switch(struct bout *b) {
  if (b->system->kind == KIND_HAREDIS) switch_haredis(b);
  else switch_sentinel(b);
  if (b->broken) return;
  b->after_us = b->back_us = b->at_us;
  bout_await_demotion(b, DEMOTION_MS);
  finish(b, kit_now_us());
  kit_sleep_ms(AFTER_MS);
}

const struct trial trials[] = {
    {.name = "kill", .label = "kill -9", .what = "kill -9 of the master", .run = trial_kill,
     .seconds = 4, .until_found = true},
    {.name = "restart-empty", .label = "restart, empty",
     .what = "the master is killed and back at once, without data", .run = trial_restart_empty,
     .seconds = 4},
    {.name = "hang", .label = "hang 10 s", .what = "SIGSTOP of the master, SIGCONT after 10 s",
     .run = trial_hang, .seconds = 20},
    {.name = "switch", .label = "planned switch", .what = "a person asks for another master",
     .run = trial_switch, .seconds = 5, .planned = true},
    {.name = "cut-master", .label = "cut: master / 2 replicas",
     .what = "15 s {master, A, 1 sentinel} | {2 replicas, B, 2 sentinels}",
     .run = trial_cut_master, .seconds = 26, .hosts = true, .judged = 1},
    {.name = "cut-majority", .label = "cut: 2 nodes / 1 node, WAIT",
     .what = "15 s {master, replica, A} | {replica, B, 3 sentinels}; acknowledged by a majority",
     .run = trial_cut_majority, .seconds = 26, .hosts = true, .durable = true},
};
const int trials_count = sizeof trials / sizeof *trials;

const struct system systems[] = {
    {"haredis", "haredis (this library)", KIND_HAREDIS, 1000, NULL},
    {"haredis-500", "haredis, down_after 500", KIND_HAREDIS, 500, NULL},
    {"sentinel-500", "Sentinel 500, ideal client", KIND_SENTINEL, 500, NULL},
    {"sentinel-1000", "Sentinel 1000, ideal client", KIND_SENTINEL, 1000, NULL},
    {"sentinel-5000", "Sentinel 5000, ideal client", KIND_SENTINEL, 5000, NULL},
    {"sentinel-500-min", "Sentinel 500, min-replicas", KIND_SENTINEL, 500,
     "min-replicas-to-write 1\nmin-replicas-max-lag 2\n"},
    {"ioredis-500", "Sentinel 500, ioredis", KIND_IOREDIS, 500, NULL},
    {"haredis-js", "haredis 0.2.15 (Node.js)", KIND_HAREDIS_JS, 0, NULL},
};
const int systems_count = sizeof systems / sizeof *systems;
