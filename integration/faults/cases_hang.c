/* SIGSTOP: a server that is there and says nothing. And replicas that are lost. */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "raw.h"

static const struct group_plan three = {.nodes = 3};
static const struct group_plan five = {.nodes = 5};
static const struct writer_plan full_speed = {.window = 16};

enum { RAW_WRITERS = 4, RAW_RATE = 200, CALM_MS = 1000 };

/* The old master wakes, with a write of every raw connection in its sockets. */
static void resume_old_master(struct run *r, int old, struct crowd_raw *raws) {
  struct server *s = &r->group.servers[old];
  raw_send(raws);
  kit_sleep_ms(20);
  server_resume(s);
  r->extra_us = raw_work(raws, s, 1000, RAW_RATE);
  int acked = raw_acked_max(raws);
  if (r->extra_us < 0) run_break(r, "a resumed master is no replica after a second");
  /* One was in its socket; in a quick run on a busy machine, those until it was told as well. */
  int64_t bound = 1 + (r->quick ? r->extra_us * RAW_RATE / 1000000 : 0);
  if (acked > bound) {
    run_break(r, "a resumed master acknowledged %d writes on a connection", acked);
  }
}

void case_hang_master(struct run *r) {
  char down_after[48];
  struct crowd_raw raws = {.count = 0};
  struct writer_plan how = full_speed;
  snprintf(down_after, sizeof down_after, "down_after_ms=%d", r->fault->parameter);
  how.options[0] = down_after;
  if (!run_begin(r, &three, 1, &how)) return;
  int master = run_master(r);
  if (master < 0) return;
  raw_open(&raws, &r->group.servers[master], RAW_WRITERS);
  run_stop(r, master);
  bool back = run_recovered(r, r->fault->parameter + 10000);
  kit_sleep_ms(300);
  if (back) resume_old_master(r, master, &raws);
  raw_close(&raws);
  if (!back || !run_settled(r, 10000) || !run_judge(r)) return;
  run_measure_gap(r);
  run_expect_promotions(r, 1);
  run_expect_async_loss_only(r);
}

/* ------------------------------------------------------------------------- replicas --------- */

static void failover_still_happens(struct run *r) {
  if (r->broken) return;
  int64_t gap_us = r->gap_us;
  int master = run_master(r);
  if (master < 0) return;
  run_mark(r);
  run_kill(r, master);
  if (!run_recovered(r, 10000) || !run_settled(r, 10000) || !run_judge(r)) return;
  run_measure_gap(r);
  r->extra_us = r->gap_us;
  r->gap_us = gap_us;
  run_expect_promotions(r, 1);
  run_expect_async_loss_only(r);
}

/*
 * The pause of the application around a deed that is none of its business. Its records are read
 * at the end of the run, so remember the span.
 */
struct span {
  int64_t from_us;
  int64_t to_us;
};

static void judge_calm(struct run *r, struct span span) {
  const struct writer *w = &r->crowd.writers[0];
  if (r->broken) return;
  r->gap_us = writer_longest_pause(w, span.from_us, span.to_us);
  r->calm_us = writer_longest_pause(w, span.from_us - CALM_MS * 1000, span.from_us);
  int64_t failed = writer_failed(w, span.from_us, span.to_us, 0);
  if (failed) run_break(r, "%lld writes failed when a replica was lost", (long long)failed);
}

static struct span calm_span(struct run *r, int ms) {
  struct span span = {r->at_us, r->at_us + (int64_t)ms * 1000};
  kit_sleep_until_us(span.to_us);
  int promotions = group_promotions(&r->group) - r->promotions_before;
  if (promotions) run_break(r, "%d promotions when a replica was lost", promotions);
  return span;
}

void case_lose_replica(struct run *r) {
  if (!run_begin(r, &three, 1, &full_speed)) return;
  int master = run_master(r);
  if (master < 0) return;
  int replica = (master + 1 + r->number % 2) % 3;
  kit_sleep_ms(CALM_MS);
  run_kill(r, replica);
  struct span span = calm_span(r, 1000);
  server_start(&r->group.servers[replica]);
  if (!run_settled(r, 10000)) return;
  failover_still_happens(r);
  judge_calm(r, span);
}

void case_hang_replica(struct run *r) {
  if (!run_begin(r, &three, 1, &full_speed)) return;
  int master = run_master(r);
  if (master < 0) return;
  int replica = (master + 1 + r->number % 2) % 3;
  kit_sleep_ms(CALM_MS);
  run_stop(r, replica);
  struct span span = calm_span(r, 2000);
  server_resume(&r->group.servers[replica]);
  if (!run_settled(r, 10000)) return;
  failover_still_happens(r);
  judge_calm(r, span);
}

/* Five nodes: one replica hangs and stays so; the election must not wait for it. */
void case_hung_replica_stays(struct run *r) {
  if (!run_begin(r, &five, 1, &full_speed)) return;
  int master = run_master(r);
  if (master < 0) return;
  int replica = (master + 1 + r->number % 4) % 5;
  /* In every second run nobody has had the time to notice that it hangs. */
  run_stop(r, replica);
  kit_sleep_ms(r->number % 2 ? 1500 : 50);
  run_mark(r);
  run_kill(r, master);
  if (!run_recovered(r, 10000) || !run_settled(r, 10000) || !run_judge(r)) return;
  run_measure_gap(r);
  run_expect_promotions(r, 1);
  run_expect_async_loss_only(r);
}
