/* The steps that the pub/sub cases share. */
#include "pubsub.h"

#include <haredis/haredis.h>
#include <stdio.h>

static const char *const handles[] = {"subscribe=load.a", "psubscribe=load.*", "psubscribe=*.a"};

static void start_publisher(struct run *r, const struct audience_plan *plan) {
  const char *words[8] = {plan->sharded ? "spublish=load.a" : "publish=load.a", plan->rate};
  int n = 2;
  if (plan->pad) words[n++] = plan->pad;
  if (plan->option) words[n++] = plan->option;
  crowd_add_program(&r->crowd, &r->group, "haredis-pubsub", words, plan->netns);
}

static void start_listener(struct run *r, const struct audience_plan *plan) {
  const char *words[8] = {NULL};
  int n = 0;
  for (; n < plan->handles; n++) words[n] = plan->sharded ? "ssubscribe=load.a" : handles[n];
  if (plan->option) words[n++] = plan->option;
  crowd_add_program(&r->crowd, &r->group, "haredis-pubsub", words,
                    plan->listeners_netns ? plan->listeners_netns : plan->netns);
}

int pubsub_host(struct run *r, int listener) {
  int port = 0;
  const struct writer *w = &r->crowd.writers[listener];
  if (audience_event(w, HAREDIS_EVENT_SUBSCRIBED, 0, &port) < 0) return -1;
  return group_by_port(&r->group, port);
}

/* While there is a replica, nobody's subscriptions live on the master. */
static bool all_on_replicas(struct run *r, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  int master = run_master(r);
  for (int i = FIRST_LISTENER; i < r->crowd.count && master >= 0; i++) {
    while (pubsub_host(r, i) == master) {
      if (kit_now_us() > end) {
        run_break(r, "the subscriptions of listener %d live on the master", i);
        return false;
      }
      kit_sleep_ms(20);
    }
  }
  return master >= 0;
}

bool pubsub_begin(struct run *r, const struct group_plan *group,
                  const struct audience_plan *plan) {
  run_group(r, group);
  int64_t start_us = r->after_us = kit_now_us();
  start_publisher(r, plan);
  for (int i = 0; i < plan->listeners; i++) start_listener(r, plan);
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    const struct writer *w = &r->crowd.writers[i];
    if (audience_await_event(w, HAREDIS_EVENT_SUBSCRIBED, start_us, 15000)) continue;
    run_break(r, "listener %d was never subscribed", i);
    return false;
  }
  if (!pubsub_recovered(r, plan, 15000) || !run_settled(r, 10000)) return false;
  if (!all_on_replicas(r, 10000)) return false;
  kit_sleep_ms(500);
  run_mark(r);
  return true;
}

bool pubsub_recovered(struct run *r, const struct audience_plan *plan, int timeout_ms) {
  int64_t now_us = kit_now_us();
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    const struct writer *w = &r->crowd.writers[i];
    if (audience_await_message(w, plan->handles, now_us, timeout_ms)) continue;
    run_break(r, "listener %d hears nothing after %d ms", i, timeout_ms);
    return false;
  }
  return true;
}

bool pubsub_subscribed(struct run *r, int listener, int timeout_ms) {
  const struct writer *w = &r->crowd.writers[listener];
  if (audience_await_event(w, HAREDIS_EVENT_SUBSCRIBED, r->at_us, timeout_ms)) return true;
  run_break(r, "listener %d was not subscribed again after %d ms", listener, timeout_ms);
  return false;
}

/* ---------------------------------------------------------------------------- judgement ------ */

static void broken_data(struct run *r, int listener, int64_t count, const char *what) {
  if (count == 0) return;
  r->data_broken = true;
  run_break(r, "listener %d: %lld %s", listener, (long long)count, what);
}

static void judge_one(struct run *r, int listener, const struct audience_plan *plan,
                      bool planned) {
  const struct crowd *c = &r->crowd;
  struct heard heard = audience_judge(&c->writers[listener], plan->handles,
                                      &c->writers[PUBLISHER], r->at_us);
  r->tally.acked += heard.messages;
  r->tally.lost += heard.lost;
  r->tally.duplicated += heard.duplicated;
  if (heard.gap_us > r->told_us) r->told_us = heard.gap_us;
  broken_data(r, listener, heard.duplicated, "messages came twice");
  broken_data(r, listener, heard.disordered, "messages out of order");
  broken_data(r, listener, heard.wrong, "messages for somebody else");
  broken_data(r, listener, heard.ghosts, "messages that were told not to have been published");
  broken_data(r, listener, heard.lost_untold, "messages lost outside of every gap told");
  if (!planned) return;
  broken_data(r, listener, heard.lost, "messages lost although nothing died");
  /* A promotion that was given up on a machine that stood still: nothing is lost, but who knows. */
  if (heard.gaps > 0) run_break(r, "listener %d was told of a gap, and nothing died", listener);
}

static void judge_publisher(struct run *r, bool planned) {
  const struct writer *w = &r->crowd.writers[PUBLISHER];
  for (size_t i = 0; i < w->count; i++) {
    if (w->records[i].kind != RECORD_PUBLISH || w->records[i].code == RECORD_ACKED) continue;
    r->tally.failed++;
    r->tally.code = w->records[i].code;
  }
  if (planned) run_expect_nothing_failed(r);
}

/* When the last message that was acknowledged was given to the library. */
static int64_t last_published_us(const struct run *r) {
  const struct writer *w = &r->crowd.writers[PUBLISHER];
  int64_t last_us = 0;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *record = &w->records[i];
    if (record->kind != RECORD_PUBLISH || record->code != RECORD_ACKED) continue;
    if (record->sent_us > last_us) last_us = record->sent_us;
  }
  return last_us;
}

bool pubsub_judge(struct run *r, const struct audience_plan *plan, bool planned) {
  if (!crowd_end_one(&r->crowd, PUBLISHER)) run_break(r, "the publisher did not end in order");
  int64_t last_us = last_published_us(r);
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) {
    /* Should the last one be lost, this waits in vain and the judgement says so. */
    audience_await_message(&r->crowd.writers[i], plan->handles, last_us - 1, 3000);
  }
  if (!crowd_end(&r->crowd)) run_break(r, "a listener did not end in order");
  r->promotions = group_promotions(&r->group) - r->promotions_before;
  for (int i = FIRST_LISTENER; i < r->crowd.count; i++) judge_one(r, i, plan, planned);
  judge_publisher(r, planned);
  return !r->broken;
}

/* ------------------------------------------------------------------------------ figures ------ */

int64_t pubsub_pause(const struct run *r, int from, int to, int window_ms) {
  int64_t longest = 0, end_us = last_published_us(r);
  if (end_us > r->at_us + window_ms * 1000) end_us = r->at_us + window_ms * 1000;
  for (int i = from; i < to; i++) {
    int64_t pause = audience_longest_pause(&r->crowd.writers[i], r->at_us, end_us);
    if (pause > longest) longest = pause;
  }
  return longest;
}

void pubsub_measure(struct run *r) {
  const struct crowd *c = &r->crowd;
  int64_t new_us = audience_first_event(c, HAREDIS_EVENT_MASTER_CHANGED, r->at_us);
  if (new_us < 0) {
    run_break(r, "nobody was told of a new master");
    return;
  }
  for (int i = FIRST_LISTENER; i < c->count; i++) {
    int64_t first_us = audience_first_after(&c->writers[i], &c->writers[PUBLISHER], new_us);
    if (first_us < 0) run_break(r, "listener %d heard nothing through the new master", i);
    else if (first_us - new_us > r->gap_us) r->gap_us = first_us - new_us;
  }
  r->extra_us = pubsub_pause(r, FIRST_LISTENER, c->count, 500);
}
