/* The steps that all cases share. */
#include "run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A master answers its clients and feeds its replicas in one turn of its loop. What a client had
 * in its hands this long before the end was with the kernel for the replicas as well.
 */
enum { SAFE_MS = 100 };

void run_break(struct run *r, const char *format, ...) {
  if (r->broken) return;
  r->broken = true;
  va_list ap;
  va_start(ap, format);
  vsnprintf(r->why, sizeof r->why, format, ap);
  va_end(ap);
}

void run_group(struct run *r, const struct group_plan *plan) {
  r->gap_us = -1;
  r->extra_us = -1;
  r->calm_us = -1;
  r->partial = -1;
  group_start(&r->group, plan);
}

bool run_writers(struct run *r, int writers, const struct writer_plan *how) {
  int first = r->crowd.count;
  int64_t start_us = kit_now_us();
  for (int i = 0; i < writers; i++) crowd_add(&r->crowd, &r->group, how);
  if (crowd_await(&r->crowd, first, start_us, 15000)) return true;
  run_break(r, "the applications did not begin to write");
  return false;
}

static void resyncs(struct run *r, int64_t *partial, int64_t *full) {
  *partial = *full = 0;
  for (int i = 0; i < r->group.count; i++) {
    struct look look;
    if (!probe_look(&r->group.servers[i], &look)) continue;
    *partial += look.partial_ok;
    *full += look.full;
  }
}

void run_mark(struct run *r) {
  r->promotions_before = group_promotions(&r->group);
}

bool run_begin(struct run *r, const struct group_plan *plan, int writers,
               const struct writer_plan *how) {
  run_group(r, plan);
  if (!run_writers(r, writers, how)) return false;
  if (!run_settled(r, 10000)) return false;
  kit_sleep_ms(150);
  run_mark(r);
  return true;
}

/* Resyncs that the survivors had before: the victim's counters die with it, so leave them out. */
static void deed(struct run *r, int server, int signal) {
  struct server *s = &r->group.servers[server];
  bool stopped = s->stopped;
  s->stopped = true; /* not to be looked at */
  resyncs(r, &r->partial_before, &r->full_before);
  s->stopped = stopped;
  r->at_us = kit_now_us();
  kit_signal(s->pid, signal);
  r->after_us = kit_now_us();
}

void run_kill(struct run *r, int server) {
  deed(r, server, SIGKILL);
  server_kill(&r->group.servers[server]);
}

void run_stop(struct run *r, int server) {
  deed(r, server, SIGSTOP);
  server_stop(&r->group.servers[server]);
}

bool run_recovered(struct run *r, int timeout_ms) {
  if (crowd_await(&r->crowd, 0, r->after_us, timeout_ms)) return true;
  run_break(r, "not all applications wrote again within %d ms", timeout_ms);
  return false;
}

bool run_settled(struct run *r, int timeout_ms) {
  char why[160];
  if (group_settle(&r->group, timeout_ms, why, sizeof why)) return true;
  run_break(r, "not settled after %d ms: %s", timeout_ms, why);
  return false;
}

int run_master(struct run *r) {
  int master = group_master(&r->group);
  if (master < 0) run_break(r, "no master");
  return master;
}

bool run_judge(struct run *r) {
  if (!crowd_end(&r->crowd)) run_break(r, "an application did not end in order");
  r->promotions = group_promotions(&r->group) - r->promotions_before;
  int master = run_master(r);
  if (master < 0) return false;
  r->tally = crowd_tally(&r->crowd, &r->group.servers[master], r->at_us - SAFE_MS * 1000);
  if (!r->tally.readable) run_break(r, "the master could not be read");
  if (r->tally.duplicated || r->tally.ghosts) r->data_broken = true;
  if (r->tally.duplicated) run_break(r, "%lld duplicated", (long long)r->tally.duplicated);
  if (r->tally.ghosts) {
    run_break(r, "%lld ran although told that they did not", (long long)r->tally.ghosts);
  }
  return !r->broken;
}

void run_measure_gap(struct run *r) {
  int64_t last = -1;
  for (int i = 0; i < r->crowd.count; i++) {
    int64_t first = writer_first_ack(&r->crowd.writers[i], r->after_us);
    if (first < 0) {
      run_break(r, "application %d never wrote again", i + 1);
      return;
    }
    if (first > last) last = first;
  }
  r->gap_us = last - r->at_us;
}

void run_expect_promotions(struct run *r, int count) {
  if (r->promotions != count) run_break(r, "%d promotions, not %d", r->promotions, count);
}

void run_expect_partial(struct run *r, int survivors) {
  resyncs(r, &r->partial, &r->full);
  r->partial -= r->partial_before;
  r->full -= r->full_before;
  if (r->full != 0) run_break(r, "%lld full resyncs of survivors", (long long)r->full);
  if (r->partial < survivors) {
    run_break(r, "%lld of %d survivors resynced partially", (long long)r->partial, survivors);
  }
}

void run_expect_async_loss_only(struct run *r) {
  if (r->tally.lost_early == 0) return;
  run_break(r, "%lld lost that were acknowledged more than %d ms before",
            (long long)r->tally.lost_early, SAFE_MS);
}

void run_expect_nothing_lost(struct run *r) {
  if (r->tally.lost == 0) return;
  r->data_broken = true;
  run_break(r, "%lld acknowledged writes lost", (long long)r->tally.lost);
}

void run_expect_nothing_failed(struct run *r) {
  if (r->tally.failed) {
    run_break(r, "%lld writes failed, the last with code %d", (long long)r->tally.failed,
              r->tally.code);
  }
}

void run_end(struct run *r) {
  crowd_free(&r->crowd);
  group_stop(&r->group);
  netns_end();
}
