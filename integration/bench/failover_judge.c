/* What became of a run: the writers' records held against the final master. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "failover.h"
#include "probe.h"
#include "stall.h"

/*
 * A master answers its clients and feeds its replicas in one turn of its loop: what was lost
 * although it was acknowledged longer than this before the fault was thrown away by the failover.
 * What is younger was on its way to the replicas, and no failover without WAIT can save it.
 */
enum { FLIGHT_US = 100000 };

/* The master that the writers ended on: of those there are, the one that has the newest writes. */
static int final_master(struct bout *b) {
  int best = -1;
  int64_t newest = -1;
  for (int i = 0; i < b->group.count; i++) {
    struct server *s = &b->group.servers[i];
    struct look look;
    if (!probe_look(s, &look) || !look.master) continue;
    int64_t sum = 0;
    for (int w = 0; w < b->crowd.count; w++) {
      sum += probe_number(s, 0, "LINDEX %s -1", b->crowd.writers[w].key);
    }
    if (sum <= newest) continue;
    newest = sum;
    best = i;
  }
  return best;
}

static bool was_in_flight(const struct bout *b, const struct record *r) {
  if (b->trial->planned || b->trial->durable || r->sent_us > b->after_us) return false;
  return r->at_us > b->at_us - FLIGHT_US && r->at_us < b->after_us + FLIGHT_US;
}

/* What became of each of one writer's writes. */
static void judge_writes(const struct bout *b, const struct writer *w, const uint8_t *found,
                         struct outcome *out) {
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (r->kind != RECORD_WRITE) continue;
    out->doubled += found[r->id] > 1;
    out->failed += r->code != RECORD_ACKED;
    if (r->code != RECORD_ACKED) continue;
    out->acked++;
    if (found[r->id]) continue;
    bool excused = was_in_flight(b, r);
    out->in_flight += excused;
    out->lost += !excused;
  }
}

/* When the first write that stays and was sent after the fault was acknowledged; -1: never. */
static int64_t judge_pauses(const struct bout *b, const struct writer *w, const uint8_t *found,
                            struct outcome *out) {
  int64_t last_us = b->at_us, first_us = -1;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (r->kind != RECORD_WRITE || r->code != RECORD_ACKED || !found[r->id]) continue;
    if (r->at_us < b->at_us) continue;
    if (r->at_us - last_us > out->pause_us) out->pause_us = r->at_us - last_us;
    last_us = r->at_us;
    if (r->sent_us > b->after_us && (first_us < 0 || r->at_us < first_us)) first_us = r->at_us;
  }
  return first_us;
}

static void judge_gap(const struct bout *b, struct outcome *out, int64_t stays) {
  out->gap_us = -1;
  if (stays < 0 || (b->undo_us && stays >= b->undo_us)) {
    out->never_ms = ((b->undo_us ? b->undo_us : kit_now_us()) - b->at_us) / 1000;
    return;
  }
  out->gap_us = b->trial->planned ? out->pause_us : stays - b->at_us;
}

static void judge_old_master(const struct bout *b, int final, struct outcome *out) {
  int64_t replica_us = atomic_load(&b->watch->replica_us);
  out->demoted_us = out->stale = -1;
  if (b->back_us == 0 || final == b->master) return;
  if (replica_us) out->demoted_us = replica_us > b->back_us ? replica_us - b->back_us : 0;
  if (b->undo_us) out->stale = atomic_load(&b->watch->stale);
}

bool bout_judge(struct bout *b, struct outcome *out) {
  int64_t stays = -1;
  memset(out, 0, sizeof *out);
  out->system = b->system;
  out->trial = b->trial;
  if (!crowd_end(&b->crowd)) snprintf(b->note, sizeof b->note, "a writer did not end in order");
  kit_sleep_ms(20);
  out->masters = bout_masters(b);
  int final = final_master(b);
  if (final < 0) {
    bout_break(b, "no master at the end");
    return false;
  }
  for (int i = 0; i < b->crowd.count; i++) {
    uint8_t *found = writer_found(&b->crowd.writers[i], &b->group.servers[final]);
    if (found == NULL) {
      bout_break(b, "the master could not be read");
      return false;
    }
    judge_writes(b, &b->crowd.writers[i], found, out);
    if (i == b->trial->judged) stays = judge_pauses(b, &b->crowd.writers[i], found, out);
    free(found);
  }
  judge_gap(b, out, stays);
  judge_old_master(b, final, out);
  out->promotions = group_promotions(&b->group) - b->promotions_before;
  out->stall_us = stall_longest_us();
  snprintf(out->note, sizeof out->note, "%s", b->note);
  return true;
}
