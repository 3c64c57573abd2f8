/* Cuts between hosts. Server i lives on host i; applications live on the hosts they are put on. */
#include <stdio.h>
#include <string.h>

#include "cases.h"

static const struct group_plan three = {.nodes = 3, .hosts = true};

enum { RATE = 200, FENCE_MS = 300 };

/* How long until the server is a replica, seen from its own host. */
static int64_t replica_after(struct run *r, int server, int timeout_ms) {
  int64_t start_us = kit_now_us();
  while (kit_now_us() < start_us + (int64_t)timeout_ms * 1000) {
    struct look look;
    if (probe_look(&r->group.servers[server], &look) && !look.master) {
      return kit_now_us() - start_us;
    }
    kit_sleep_ms(1);
  }
  run_break(r, "%s is no replica %d ms after the heal", r->group.servers[server].name,
            timeout_ms);
  return -1;
}

/* One application beside each server. The first is on the master's host. */
static int begin_on_hosts(struct run *r, const char *durability) {
  struct writer_plan how = {.rate = RATE, .options = {durability}};
  netns_build(3);
  run_group(r, &three);
  /* The group is born by an application on host 0, so that the others find a master. */
  for (int host = 0; host < 3; host++) {
    how.netns = netns_of(host);
    if (!run_writers(r, 1, &how)) return -1;
  }
  if (!run_settled(r, 10000)) return -1;
  kit_sleep_ms(500);
  run_mark(r);
  return run_master(r);
}

static int cut_ms(const struct run *r) {
  return r->quick ? 4000 : r->fault->parameter * 1000;
}

/* {old master, its application} | {the two replicas, theirs}. */
static void cut_master(struct run *r, const char *durability) {
  int master = begin_on_hosts(r, durability);
  if (master < 0) return;
  r->at_us = kit_now_us();
  netns_side(master, 1);
  r->after_us = kit_now_us();
  kit_sleep_ms(cut_ms(r));
  int during = group_promotions(&r->group) - r->promotions_before;
  int64_t heal_us = kit_now_us();
  netns_side(master, 0);
  r->extra_us = replica_after(r, master, 10000);
  r->after_us = heal_us;
  if (!run_recovered(r, 15000) || !run_settled(r, 15000)) return;
  kit_sleep_ms(200);
  if (!run_judge(r)) return;
  for (int i = 0; i < 3; i++) {
    int64_t first = writer_first_ack(&r->crowd.writers[i], r->at_us + 50000);
    if (i != master && first - r->at_us > r->gap_us) r->gap_us = first - r->at_us;
    if (i != master && first > heal_us) run_break(r, "the majority did not recover in the cut");
  }
  if (during != 1) run_break(r, "%d promotions in the cut", during);
  run_expect_promotions(r, 1);
}

void case_cut_master_async(struct run *r) {
  cut_master(r, "durability=async");
  int64_t bound = FENCE_MS * RATE / 1000 + 3; /* and what was on the wire */
  if (r->tally.lost > bound) {
    run_break(r, "%lld lost, more than fence_ms x rate = %lld", (long long)r->tally.lost,
              (long long)bound);
  }
}

void case_cut_master_quorum(struct run *r) {
  cut_master(r, "durability=quorum");
  run_expect_nothing_lost(r);
}

/* {master, replica, their applications} | {replica, its application}: no reason to promote. */
void case_cut_one_replica_quorum(struct run *r) {
  int master = begin_on_hosts(r, "durability=quorum");
  if (master < 0) return;
  int away = (master + 1 + r->number % 2) % 3;
  r->at_us = kit_now_us();
  netns_side(away, 1);
  r->after_us = kit_now_us();
  kit_sleep_ms(cut_ms(r));
  int64_t heal_us = kit_now_us();
  netns_side(away, 0);
  r->after_us = heal_us;
  if (!run_recovered(r, 15000) || !run_settled(r, 15000)) return;
  r->extra_us = kit_now_us() - heal_us;
  kit_sleep_ms(200);
  if (!run_judge(r)) return;
  r->gap_us = writer_longest_pause(&r->crowd.writers[master], r->at_us, heal_us);
  run_expect_promotions(r, 0);
  run_expect_nothing_lost(r);
}
