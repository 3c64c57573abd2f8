/* A client that publishes to itself, thousands of channels, and one that waits for a list. */
#include <haredis/haredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "pubsub.h"

static const struct group_plan three = {.nodes = 3};

/* ----------------------------------------------------------------------- to itself ----------- */

/*
 * What is published while there is no master goes out when the new one feeds the publisher's own
 * subscription: it hears all of that.
 */
void case_pubsub_to_itself(struct run *r) {
  const char *words[] = {"publish=load.a", "rate=2000", "subscribe=load.a", NULL};
  const struct writer *w = &r->crowd.writers[0];
  run_group(r, &three);
  int64_t start_us = kit_now_us();
  crowd_add_program(&r->crowd, &r->group, "haredis-pubsub", words, 0);
  if (!audience_await_message(w, 1, start_us, 15000)) {
    run_break(r, "it does not hear itself");
    return;
  }
  if (!run_settled(r, 10000)) return;
  kit_sleep_ms(500);
  run_mark(r);
  int master = run_master(r);
  if (master < 0) return;
  run_kill(r, master);
  if (!audience_await_event(w, HAREDIS_EVENT_SUBSCRIBED, r->at_us, 10000) ||
      !audience_await_message(w, 1, kit_now_us(), 10000)) {
    run_break(r, "it does not hear itself any more");
    return;
  }
  kit_sleep_ms(500);
  kit_signal(w->pid, SIGUSR1);
  kit_sleep_ms(300);
  if (!crowd_end(&r->crowd)) run_break(r, "it did not end in order");
  r->promotions = group_promotions(&r->group) - r->promotions_before;
  int64_t paused_us = audience_first_event(&r->crowd, HAREDIS_EVENT_PAUSED, r->at_us);
  if (paused_us < 0) run_break(r, "nobody was told that there is no master");
  struct heard heard = audience_judge(w, 1, w, paused_us);
  r->tally.lost = heard.lost;
  r->tally.duplicated = heard.duplicated;
  r->told_us = heard.gap_us;
  r->gap_us = pubsub_pause(r, PUBLISHER, PUBLISHER + 1, 500);
  if (heard.duplicated + heard.disordered + heard.wrong + heard.ghosts + heard.lost_untold > 0) {
    r->data_broken = true;
    run_break(r, "%lld twice, %lld out of order, %lld lost outside of every gap told",
              (long long)heard.duplicated, (long long)heard.disordered,
              (long long)heard.lost_untold);
  }
  if (heard.lost_late > 0) {
    r->data_broken = true;
    run_break(r, "%lld published while there was no master, and not heard",
              (long long)heard.lost_late);
  }
  run_expect_promotions(r, 1);
}

/* ------------------------------------------------------------------ 12 000 channels ---------- */

enum { CLIENTS = 3, EACH = 4000, FAILOVERS = 10 };

/* One message to every channel, said to the master by nobody of ours. */
static bool publish_round(struct run *r, int round) {
  int master = run_master(r);
  if (master < 0) return false;
  redisContext *c = probe_connect(&r->group.servers[master], 5000);
  bool fine = c != NULL;
  for (int i = 0; fine && i < CLIENTS * EACH; i++) {
    fine = redisAppendCommand(c, "PUBLISH many.%05d %d", i, round) == REDIS_OK;
  }
  for (int i = 0; fine && i < CLIENTS * EACH; i++) {
    void *reply = NULL;
    fine = redisGetReply(c, &reply) == REDIS_OK;
    freeReplyObject(reply);
  }
  if (c != NULL) redisFree(c);
  if (!fine) run_break(r, "round %d could not be published", round);
  return fine;
}

static bool everybody_subscribed(struct run *r, int64_t after_us) {
  for (int i = 0; i < CLIENTS; i++) {
    const struct writer *w = &r->crowd.writers[i];
    if (!audience_await_event(w, HAREDIS_EVENT_SUBSCRIBED, after_us, 15000)) {
      run_break(r, "client %d was not subscribed again", i + 1);
      return false;
    }
    int64_t took_us = audience_event(w, HAREDIS_EVENT_SUBSCRIBED, after_us, NULL) - after_us;
    if (took_us > r->gap_us) r->gap_us = took_us;
  }
  return true;
}

static bool round_heard(struct run *r, int round) {
  if (!publish_round(r, round)) return false;
  for (int i = 0; i < CLIENTS; i++) {
    if (audience_await_round(&r->crowd.writers[i], (uint64_t)round, 10000)) continue;
    r->data_broken = true;
    run_break(r, "client %d has not heard round %d on every channel", i + 1, round);
    return false;
  }
  return true;
}

/* Kills and switchovers in turn; whoever was killed is back before the next. */
static bool fail_over(struct run *r, int round) {
  int master = run_master(r);
  if (master < 0) return false;
  r->at_us = kit_now_us();
  if (round % 2 == 1) {
    run_kill(r, master);
  } else {
    struct asked asked = writers_ask(&r->group, "switchover", NULL, 0);
    if (!asked.done) run_break(r, "refused: %s", asked.text);
  }
  if (r->broken || !everybody_subscribed(r, r->at_us) || !round_heard(r, round)) return false;
  if (round % 2 == 1) server_start(&r->group.servers[master]);
  return run_settled(r, 15000);
}

void case_pubsub_many_channels(struct run *r) {
  run_group(r, &three);
  int64_t start_us = kit_now_us();
  for (int i = 0; i < CLIENTS; i++) {
    char many[32], base[32];
    snprintf(many, sizeof many, "many=%d", EACH);
    snprintf(base, sizeof base, "base=%d", EACH * i);
    const char *words[] = {many, base, NULL};
    crowd_add_program(&r->crowd, &r->group, "haredis-pubsub", words, 0);
  }
  if (!everybody_subscribed(r, start_us) || !run_settled(r, 10000)) return;
  r->gap_us = -1;
  run_mark(r);
  if (!round_heard(r, 0)) return;
  int failovers = r->quick ? 4 : FAILOVERS;
  for (int round = 1; round <= failovers; round++) {
    if (!fail_over(r, round)) return;
  }
  if (!crowd_end(&r->crowd)) run_break(r, "a client did not end in order");
  for (int i = 0; i < CLIENTS; i++) {
    const struct writer *w = &r->crowd.writers[i];
    for (size_t k = 0; k < w->count; k++) {
      if (w->records[k].kind == RECORD_WRONG) r->tally.duplicated++;
    }
  }
  if (r->tally.duplicated > 0) {
    r->data_broken = true;
    run_break(r, "%lld messages twice or for somebody else", (long long)r->tally.duplicated);
  }
  r->promotions = group_promotions(&r->group) - r->promotions_before;
  run_expect_promotions(r, failovers);
}

/* -------------------------------------------------------------------------- BLPOP ------------ */

enum { PAIRS_MAX = 5, WAIT_MS = 2000, LATE_MS = 300 };

struct pace {
  double per_second;
  int64_t late_us; /* of the BLPOP behind its own time; -1: there was none */
};

/* 100 000 writes as fast as they go, with or without somebody of the same client who waits. */
static bool run_pace(struct run *r, bool waits, struct pace *pace) {
  const struct writer_plan how = {
      .window = 64, .level = "warning",
      .options = {"count=100000", waits ? "blpop=2" : "command_timeout_ms=5000"}};
  int number = crowd_add(&r->crowd, &r->group, &how);
  struct writer *w = &r->crowd.writers[number];
  int status = kit_reap(w->pid, 20000);
  if (status != 0) {
    run_break(r, "the application did not end by itself");
    return false;
  }
  w->pid = 0;
  w->records = record_load(w->records_path, &w->count);
  w->complete = true;
  int64_t first_us = -1, last_us = -1, acked = 0;
  pace->late_us = -1;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *k = &w->records[i];
    if (k->kind == RECORD_BLOCK && k->code != RECORD_ACKED) {
      run_break(r, "BLPOP ended with code %d", k->code);
    }
    if (k->kind == RECORD_BLOCK) pace->late_us = k->at_us - k->sent_us - WAIT_MS * 1000;
    if (k->kind != RECORD_WRITE || k->code != RECORD_ACKED) continue;
    if (first_us < 0) first_us = k->at_us;
    last_us = k->at_us;
    acked++;
  }
  if (acked != 100000) run_break(r, "%lld of 100000 writes ran", (long long)acked);
  pace->per_second = (double)acked * 1e6 / (double)(last_us - first_us + 1);
  return !r->broken;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void case_blocking_command(struct run *r) {
  const struct writer_plan slow = {.rate = 100};
  double ratio[PAIRS_MAX];
  int pairs = r->quick ? 3 : PAIRS_MAX;
  if (!run_begin(r, &three, 1, &slow)) return;
  for (int pair = 0; pair < pairs; pair++) {
    struct pace pace[2];
    for (int turn = 0; turn < 2; turn++) {
      int waits = (turn + pair) % 2;
      if (!run_pace(r, waits == 1, &pace[waits])) return;
    }
    ratio[pair] = pace[1].per_second / pace[0].per_second;
    if (pace[1].late_us > r->gap_us) r->gap_us = pace[1].late_us;
    if (!r->quick) {
      text_line("  100 000 writes, BLPOP beside them: %.0f k/s, without: %.0f k/s",
                pace[1].per_second / 1e3, pace[0].per_second / 1e3);
    }
    if (pace[1].late_us < 0) run_break(r, "BLPOP ended too early");
    if (pace[1].late_us > LATE_MS * 1000) run_break(r, "BLPOP ended late");
  }
  qsort(ratio, (size_t)pairs, sizeof *ratio, compare);
  if (ratio[pairs / 2] < 0.8) {
    run_break(r, "beside a BLPOP others run at %.2f of their rate", ratio[pairs / 2]);
  }
  crowd_end(&r->crowd);
}
