/* Subscriptions: one client publishes 5 000 messages a second, three listen on replicas. */
#include <haredis/haredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "pubsub.h"

static const struct group_plan three = {.nodes = 3};
static const struct audience_plan usual = {.listeners = 3, .handles = 2, .rate = "rate=5000"};

/* Whoever was killed comes back, and with it a better place for some: nothing is lost by moving. */
static bool come_back(struct run *r, int server) {
  server_start(&r->group.servers[server]);
  if (!run_settled(r, 10000)) return false;
  kit_sleep_ms(1000);
  return pubsub_recovered(r, &usual, 5000);
}

static void kill_replica(struct run *r) {
  int host = pubsub_host(r, FIRST_LISTENER);
  run_kill(r, host);
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    if (pubsub_host(r, i) == host && !pubsub_subscribed(r, i, 10000)) return;
  }
  if (!pubsub_recovered(r, &usual, 10000)) return;
  kit_sleep_ms(300);
  if (!come_back(r, host) || !pubsub_judge(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 500);
  run_expect_promotions(r, 0);
}

void case_pubsub_kill_replica(struct run *r) {
  if (pubsub_begin(r, &three, &usual)) kill_replica(r);
}

/* With one replica less the master takes no writes. It publishes all the same. */
void case_pubsub_no_writes(struct run *r) {
  if (!pubsub_begin(r, &three, &usual)) return;
  for (int i = 0; i < r->group.count; i++) {
    freeReplyObject(probe(&r->group.servers[i], "CONFIG SET min-replicas-to-write 2"));
  }
  kill_replica(r);
}

static bool kill_master(struct run *r, int master) {
  run_kill(r, master);
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    if (!pubsub_subscribed(r, i, 10000)) return false;
  }
  if (!pubsub_recovered(r, &usual, 10000)) return false;
  kit_sleep_ms(300);
  return run_settled(r, 5000);
}

void case_pubsub_kill_master(struct run *r) {
  if (!pubsub_begin(r, &three, &usual)) return;
  int master = run_master(r);
  if (master < 0 || !kill_master(r, master)) return;
  if (!come_back(r, master) || !pubsub_judge(r, &usual, false)) return;
  pubsub_measure(r);
  run_expect_promotions(r, 1);
}

/* Of two that have all, the one with the lower priority is elected. */
static void prefer(struct run *r, int server) {
  for (int i = 0; i < r->group.count; i++) {
    freeReplyObject(probe(&r->group.servers[i], "CONFIG SET replica-priority %d",
                          i == server ? 1 : 100));
  }
  kit_sleep_ms(300); /* until everybody has looked */
}

/* The original never got ready again when its subSlave became the master. */
void case_subscription_host_promoted(struct run *r) {
  enum { ATTEMPTS = 6 };
  bool hosted = false;
  if (!pubsub_begin(r, &three, &usual)) return;
  for (int attempt = 0; attempt < ATTEMPTS && !hosted; attempt++) {
    int old = run_master(r), hosts[CROWD_MAX];
    for (int i = FIRST_LISTENER; i < r->crowd.count; i++) hosts[i] = pubsub_host(r, i);
    prefer(r, hosts[FIRST_LISTENER]);
    if (old < 0 || !kill_master(r, old)) return;
    int elected = run_master(r);
    for (int i = FIRST_LISTENER; i < r->crowd.count; i++) hosted |= hosts[i] == elected;
    if (!come_back(r, old)) return;
  }
  if (!hosted) run_break(r, "nobody's subscriptions lived on a node that was promoted");
  if (!pubsub_judge(r, &usual, false)) return;
  pubsub_measure(r);
}

/* One switchover; `to_host`: to where the first listener lives. */
static bool switch_over(struct run *r, const struct audience_plan *plan, bool to_host) {
  int host = pubsub_host(r, FIRST_LISTENER), old = run_master(r);
  const char *node = to_host ? r->group.servers[host].name : NULL;
  r->at_us = kit_now_us();
  struct asked asked = writers_ask(&r->group, "switchover", node, 0);
  r->after_us = kit_now_us();
  if (!asked.done) run_break(r, "refused: %s", asked.text);
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    if (!pubsub_subscribed(r, i, 10000)) return false;
  }
  if (!pubsub_recovered(r, plan, 10000) || !run_settled(r, 10000)) return false;
  if (run_master(r) == old) run_break(r, "the master is the same; told: %s", asked.text);
  return !r->broken;
}

static void planned(struct run *r, const struct audience_plan *plan, bool to_host, int times) {
  if (!pubsub_begin(r, &three, plan)) return;
  int64_t first_us = kit_now_us();
  for (int i = 0; i < times; i++) {
    if (!switch_over(r, plan, to_host)) return;
  }
  int64_t last_us = r->at_us;
  kit_sleep_ms(1000);
  if (!pubsub_recovered(r, plan, 5000)) return;
  r->at_us = first_us; /* no gap may have been told since */
  if (!pubsub_judge(r, plan, true)) return;
  r->at_us = last_us;
  pubsub_measure(r);
  run_expect_promotions(r, times);
}

void case_pubsub_promote_host(struct run *r) {
  planned(r, &usual, true, 1);
}

void case_pubsub_switchover(struct run *r) {
  planned(r, &usual, false, 1);
}

/* A channel and two patterns that match it: three messages, each with its own pattern. */
void case_pattern_messages_arrive(struct run *r) {
  const struct audience_plan plan = {.listeners = 2, .handles = 3, .rate = "rate=1000"};
  planned(r, &plan, false, 1);
}

/* One after the other, as soon as everything has settled. */
void case_pubsub_switchovers(struct run *r) {
  planned(r, &usual, false, r->quick ? 4 : r->fault->parameter);
}

void case_pubsub_sharded(struct run *r) {
  const struct audience_plan plan = {
      .listeners = 2, .handles = 1, .sharded = true, .rate = "rate=1000"};
  planned(r, &plan, true, 2);
}

/* --------------------------------------------------------------- the path alone is broken ---- */

/* A replica that answers everybody and hears its master no more. */
void case_pubsub_silent_path(struct run *r) {
  const struct group_plan hosts = {.nodes = 3, .hosts = true};
  struct audience_plan plan = usual;
  netns_build(4);
  plan.netns = netns_of(3);
  if (!pubsub_begin(r, &hosts, &plan)) return;
  int host = pubsub_host(r, FIRST_LISTENER), master = run_master(r);
  if (master < 0) return;
  r->at_us = kit_now_us();
  netns_deafen(host, master);
  r->after_us = kit_now_us();
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    if (pubsub_host(r, i) == host && !pubsub_subscribed(r, i, 10000)) return;
  }
  if (!pubsub_recovered(r, &plan, 10000)) return;
  kit_sleep_ms(1000);
  if (!pubsub_judge(r, &plan, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 2000);
  run_expect_promotions(r, 0);
}

/* It hangs, and wakes with messages in its hands that were heard elsewhere meanwhile. */
static bool hang(struct run *r, int server, bool master) {
  bool moves[CROWD_MAX] = {false};
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    moves[i] = master || pubsub_host(r, i) == server;
  }
  run_stop(r, server);
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    if (moves[i] && !pubsub_subscribed(r, i, 10000)) return false;
  }
  if (!pubsub_recovered(r, &usual, 10000)) return false;
  kit_sleep_ms(300);
  server_resume(&r->group.servers[server]);
  if (!run_settled(r, 10000)) return false;
  kit_sleep_ms(1000);
  return pubsub_recovered(r, &usual, 5000) && pubsub_judge(r, &usual, false);
}

void case_pubsub_hang_replica(struct run *r) {
  if (!pubsub_begin(r, &three, &usual)) return;
  if (!hang(r, pubsub_host(r, FIRST_LISTENER), false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 2000);
  run_expect_promotions(r, 0);
}

void case_pubsub_hang_master(struct run *r) {
  if (!pubsub_begin(r, &three, &usual)) return;
  int master = run_master(r);
  if (master < 0 || !hang(r, master, true)) return;
  pubsub_measure(r);
  r->extra_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 3000);
  run_expect_promotions(r, 1);
}

void case_pubsub_link_killed(struct run *r) {
  if (!pubsub_begin(r, &three, &usual)) return;
  int host = pubsub_host(r, FIRST_LISTENER);
  r->at_us = kit_now_us();
  freeReplyObject(probe(&r->group.servers[host], "CLIENT KILL TYPE pubsub"));
  r->after_us = kit_now_us();
  if (!pubsub_subscribed(r, FIRST_LISTENER, 10000)) return;
  if (!pubsub_recovered(r, &usual, 10000)) return;
  kit_sleep_ms(500);
  if (!pubsub_judge(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 500);
  run_expect_promotions(r, 0);
}

static int full_syncs(struct run *r, int master) {
  static char info[32768];
  const char *at = NULL;
  if (probe_info(&r->group.servers[master], info, sizeof info)) at = strstr(info, "sync_full:");
  return at != NULL ? atoi(at + strlen("sync_full:")) : 0;
}

/* Its replicas lose their links, and more than its backlog holds is said before they ask for it. */
static void copy_anew(struct run *r, int master) {
  static char filler[65536];
  struct server *server = &r->group.servers[master];
  memset(filler, 'x', sizeof filler - 1);
  freeReplyObject(probe(server, "MULTI"));
  freeReplyObject(probe(server, "CLIENT KILL TYPE replica"));
  freeReplyObject(probe(server, "PUBLISH filler %s", filler));
  freeReplyObject(probe(server, "EXEC"));
}

/* In some milliseconds, mostly between two heartbeats: what was published meanwhile is told to
 * nobody, and the next look at the replica shows it. */
void case_pubsub_copied(struct run *r) {
  enum { TIMES = 3, LOOKED_MS = 7000 };
  if (!pubsub_begin(r, &three, &usual)) return;
  int master = run_master(r);
  if (master < 0) return;
  freeReplyObject(probe(&r->group.servers[master], "CONFIG SET repl-backlog-size 16384"));
  int before = full_syncs(r, master);
  r->at_us = kit_now_us();
  for (int i = 0; i < TIMES; i++) {
    copy_anew(r, master);
    kit_sleep_ms(1500);
  }
  if (full_syncs(r, master) < before + TIMES) run_break(r, "they were not copied anew");
  if (!pubsub_recovered(r, &usual, 10000)) return;
  kit_sleep_ms(LOOKED_MS);
  if (!pubsub_judge(r, &usual, false)) return;
  if (r->tally.lost == 0) run_break(r, "nothing was lost: it shows nothing");
  run_expect_promotions(r, 0);
}

/* A listener that is not run for a while: its server gives it up; what it missed is told. */
void case_pubsub_slow_listener(struct run *r) {
  const struct group_plan group = {
      .nodes = 3, .extra = "client-output-buffer-limit pubsub 1mb 0 0\n"};
  struct audience_plan plan = usual;
  plan.pad = "pad=2000";
  if (!pubsub_begin(r, &group, &plan)) return;
  pid_t pid = r->crowd.writers[FIRST_LISTENER].pid;
  r->at_us = kit_now_us();
  kit_signal(pid, SIGSTOP);
  kit_sleep_ms(2500);
  kit_signal(pid, SIGCONT);
  r->after_us = kit_now_us();
  if (!pubsub_subscribed(r, FIRST_LISTENER, 10000)) return;
  if (!pubsub_recovered(r, &plan, 10000)) return;
  kit_sleep_ms(500);
  if (!pubsub_judge(r, &plan, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER + 1, r->crowd.count, 3000);
  run_expect_promotions(r, 0);
}
