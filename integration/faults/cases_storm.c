/*
 * Subscriptions in bad hours: two faults at once, one inside the other's hand-over, a host that
 * hangs for a while, listeners cut off from the publisher, a handler that is slow.
 */
#include <haredis/haredis.h>
#include <signal.h>
#include <stdio.h>

#include "cases.h"
#include "pubsub.h"

static const struct group_plan three = {.nodes = 3};
static const struct group_plan five = {.nodes = 5};
static const struct audience_plan usual = {.listeners = 3, .handles = 2, .rate = "rate=5000"};

/* Everybody hears again, everything has settled, and what was heard is judged. */
static bool end_well(struct run *r, const struct audience_plan *plan, bool planned) {
  if (!pubsub_recovered(r, plan, 15000) || !run_settled(r, 15000)) return false;
  kit_sleep_ms(1000);
  return pubsub_recovered(r, plan, 5000) && pubsub_judge(r, plan, planned);
}

static void mark_deed(struct run *r) {
  r->at_us = r->after_us = kit_now_us();
}

/* ---------------------------------------------------------------------------- two at once ---- */

static int other_than(const struct run *r, int a, int b) {
  for (int i = 0; i < r->group.count; i++) {
    if (i != a && i != b && r->group.servers[i].pid != 0) return i;
  }
  return -1;
}

/* The master and where listeners live; the second one `parameter` ms behind the first. */
void case_storm_two_kills(struct run *r) {
  if (!pubsub_begin(r, &five, &usual)) return;
  int master = run_master(r), host = pubsub_host(r, FIRST_LISTENER);
  bool first_host = r->number % 2 == 0;
  if (host == master || host < 0) host = other_than(r, master, -1);
  run_kill(r, first_host ? host : master);
  int64_t at_us = r->at_us;
  kit_sleep_ms(r->fault->parameter * (r->number % 4) / 3);
  run_kill(r, first_host ? master : host);
  r->at_us = at_us;
  if (!pubsub_recovered(r, &usual, 15000)) return;
  server_start(&r->group.servers[master]);
  server_start(&r->group.servers[host]);
  if (!end_well(r, &usual, false)) return;
  pubsub_measure(r);
  if (r->promotions < 1 || r->promotions > 2) run_break(r, "%d promotions", r->promotions);
}

/* The master, and the one that takes over as soon as it says so. */
void case_storm_kill_the_next(struct run *r) {
  if (!pubsub_begin(r, &five, &usual)) return;
  int first = run_master(r), next = first;
  run_kill(r, first);
  int64_t at_us = r->at_us;
  while (next == first || next < 0) {
    next = group_master(&r->group);
    if (kit_now_us() > at_us + 5000000) {
      run_break(r, "nobody took over");
      return;
    }
  }
  run_kill(r, next);
  r->at_us = at_us;
  if (!pubsub_recovered(r, &usual, 15000)) return;
  server_start(&r->group.servers[first]);
  server_start(&r->group.servers[next]);
  if (!end_well(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 5000);
  if (r->promotions < 2) run_break(r, "%d promotions", r->promotions);
}

/* ------------------------------------------------------------------- inside a hand-over ------ */

/* A switchover is asked for, and a few milliseconds later somebody dies: the master, who was to
 * become it, who carries it out. */
void case_storm_kill_in_switchover(struct run *r) {
  struct asked asked;
  if (!pubsub_begin(r, &three, &usual)) return;
  int master = run_master(r), host = pubsub_host(r, FIRST_LISTENER);
  int victim = r->number % 3 == 0 ? master : r->number % 3 == 1 ? host : -1;
  mark_deed(r);
  int64_t at_us = r->at_us;
  pid_t pid = writers_ask_begin(&r->group, "switchover", r->group.servers[host].name, 0);
  /* It takes some milliseconds to start, look around, and be done. */
  kit_sleep_until_us(at_us + 4000 + 1500 * (r->number % 12));
  if (victim >= 0) run_kill(r, victim);
  else kit_kill(pid);
  r->at_us = at_us;
  if (victim >= 0 && !writers_ask_over(pid, 15000, &asked)) {
    kit_kill(pid);
    run_break(r, "who asked for the switchover was not answered");
  }
  if (!pubsub_recovered(r, &usual, 15000)) return;
  if (victim >= 0) server_start(&r->group.servers[victim]);
  if (!end_well(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 5000);
}

/* The next is asked for as soon as the one before is over: hand-overs lie inside each other. */
void case_storm_back_and_forth(struct run *r) {
  int times = r->quick ? 6 : r->fault->parameter, done = 0;
  if (!pubsub_begin(r, &three, &usual)) return;
  mark_deed(r);
  for (int i = 0; i < times; i++) {
    struct asked asked = writers_ask(&r->group, "switchover", NULL, 0);
    done += asked.done;
    if (!asked.done) text_line("  switchover %d: %s", i + 1, asked.text);
  }
  if (done < times - 1) run_break(r, "%d of %d switchovers", done, times);
  if (!end_well(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 60000);
  if (r->tally.lost > 0) run_break(r, "%lld lost, and nothing died", (long long)r->tally.lost);
  run_expect_nothing_failed(r);
}

/* --------------------------------------------------------------------------- a host hangs ---- */

/* For a part of down_after_ms, in percent: below, around and above of what is noticed. */
void case_storm_host_hangs(struct run *r) {
  static const int percents[] = {50, 90, 100, 110, 200};
  if (!pubsub_begin(r, &three, &usual)) return;
  int percent = percents[r->number % 5], host = pubsub_host(r, FIRST_LISTENER);
  run_stop(r, host);
  kit_sleep_ms(1000 * percent / 100);
  server_resume(&r->group.servers[host]);
  if (!end_well(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 3000);
  run_expect_promotions(r, 0);
}

/* The master does, and wakes while it is being replaced, or has just been. */
void case_storm_master_hangs(struct run *r) {
  static const int percents[] = {80, 95, 100, 105, 120};
  if (!pubsub_begin(r, &three, &usual)) return;
  int percent = percents[r->number % 5], master = run_master(r);
  run_stop(r, master);
  kit_sleep_ms(1000 * percent / 100);
  server_resume(&r->group.servers[master]);
  if (!end_well(r, &usual, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 3000);
  if (r->promotions > 1) run_break(r, "%d promotions", r->promotions);
}

/* ------------------------------------------------------------------------------- cut off ----- */

enum { PUBLISHERS_HOST = 3, LISTENERS_HOST = 4 };

static bool begin_on_hosts(struct run *r, struct audience_plan *plan) {
  const struct group_plan hosts = {.nodes = 3, .hosts = true};
  *plan = usual;
  netns_build(5);
  plan->netns = netns_of(PUBLISHERS_HOST);
  plan->listeners_netns = netns_of(LISTENERS_HOST);
  return pubsub_begin(r, &hosts, plan);
}

/* {master, publisher} | {replicas, listeners}, and together again. */
void case_storm_publisher_cut_off(struct run *r) {
  struct audience_plan plan;
  if (!begin_on_hosts(r, &plan)) return;
  int master = run_master(r);
  mark_deed(r);
  netns_side(master, 1);
  netns_side(PUBLISHERS_HOST, 1);
  kit_sleep_ms(r->fault->parameter);
  netns_side(master, 0);
  netns_side(PUBLISHERS_HOST, 0);
  if (!end_well(r, &plan, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 30000);
  run_expect_promotions(r, 1);
}

/* {everybody} | {listeners}; and {everybody else} | {listeners, where they listen}. */
void case_storm_listeners_cut_off(struct run *r) {
  struct audience_plan plan;
  if (!begin_on_hosts(r, &plan)) return;
  int host = pubsub_host(r, FIRST_LISTENER);
  bool together = r->number % 2 == 0;
  mark_deed(r);
  netns_side(LISTENERS_HOST, 1);
  if (together) netns_side(host, 1);
  kit_sleep_ms(r->fault->parameter);
  netns_side(LISTENERS_HOST, 0);
  netns_side(host, 0);
  if (!end_well(r, &plan, false)) return;
  r->gap_us = pubsub_pause(r, FIRST_LISTENER, r->crowd.count, 30000);
  run_expect_promotions(r, 0);
}

/* ------------------------------------------------------------------------- a slow handler ---- */

/* It is seconds behind when the server that it listens to dies: what it reads then is old. */
void case_storm_slow_and_killed(struct run *r) {
  struct audience_plan plan = usual;
  plan.option = "dawdle=100";
  if (!pubsub_begin(r, &three, &plan)) return;
  int host = pubsub_host(r, FIRST_LISTENER);
  kit_signal(r->crowd.writers[FIRST_LISTENER].pid, SIGUSR2);
  kit_sleep_ms(r->fault->parameter);
  run_kill(r, host);
  kit_sleep_ms(1500);
  kit_signal(r->crowd.writers[FIRST_LISTENER].pid, SIGUSR2);
  if (!pubsub_recovered(r, &plan, 15000)) return;
  server_start(&r->group.servers[host]);
  if (!end_well(r, &plan, false)) return;
  run_expect_promotions(r, 0);
}

/* Its server closes its link, and it goes on reading for long what it had been sent before that. */
void case_storm_slow_handler(struct run *r) {
  bool large = r->number % 2 == 0;
  const struct group_plan group = {
      .nodes = 3, .extra = "client-output-buffer-limit pubsub 256kb 0 0\n"};
  struct audience_plan plan = usual;
  plan.pad = large ? "pad=2000" : NULL;
  plan.option = large ? "dawdle=200000" : "dawdle=5000";
  if (!pubsub_begin(r, &group, &plan)) return;
  mark_deed(r);
  kit_signal(r->crowd.writers[FIRST_LISTENER].pid, SIGUSR2);
  kit_sleep_ms(r->fault->parameter / (large ? 4 : 1));
  kit_signal(r->crowd.writers[FIRST_LISTENER].pid, SIGUSR2);
  if (!end_well(r, &plan, false)) return;
  if (r->told_us == 0) run_break(r, "its link was never closed");
  r->gap_us = pubsub_pause(r, FIRST_LISTENER + 1, r->crowd.count, 5000);
  run_expect_promotions(r, 0);
}
