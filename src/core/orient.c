/*
 * Who is master? Either one is known and verified (READY), or this client looks around until it can
 * adopt an elected one, must wait, must ask a person, or takes over itself.
 *
 *          adopt                            lose
 *  looking ────▶ READY ──────────────────────────▶ suspect
 *     ▲ │                                           │  │ verified again: adopt
 *     │ └── nobody elected ──▶ take over ◀──────────┘  └ vouched for, locked by another, no
 *     └──────── given up ────────┘                        majority: wait, then look again
 *
 * It must not know how roles are changed (elect.c, mend.c, switch.c).
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

#define HR_RELOOK_FIRST_MS 1
#define HR_LOOKERS_PER_MS 20 /* so many together, whatever their number: a server has other work */
/* A loser looks again after a random time in here; the upper bound doubles so many times. */
#define HR_RIVAL_LOW_MS 5
#define HR_RIVAL_HIGH_MS 25
#define HR_RIVAL_DOUBLINGS 5
/* How long there must be no gossip before data without a record is taken for nobody's. */
#define HR_LISTEN_BEATS 4
/* As long as a few attempts take that come to nothing. */
#define HR_PERSON_MS 3000

/* A master is who was elected: role, record and process agree, and nothing newer was heard of. */
static bool is_elected(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  if (!hr_watch_reachable(core, node) || !peer->facts.master || peer->facts.loading) return false;
  if (peer->facts.epoch.n == 0) return false;
  if (strcmp(peer->facts.run_id, peer->facts.epoch_run_id) != 0) return false;
  return hr_epoch_compare(&peer->facts.epoch, &core->highest) >= 0;
}

/* A rival is done within milliseconds; what keeps failing is asked for ever more rarely. */
void hr_orient_backoff(struct hr_core *core) {
  assert(core->failures >= 0);
  int doublings = core->failures < HR_RIVAL_DOUBLINGS ? core->failures : HR_RIVAL_DOUBLINGS;
  core->failures++;
  core->retry_ms = core->now + hr_random_ms(core, HR_RIVAL_LOW_MS,
                                            (hr_msec)HR_RIVAL_HIGH_MS << doublings);
}

static void say_stuck(struct hr_core *core, const char *what) {
  assert(what != NULL);
  if (core->stuck == what) return;
  core->stuck = what;
  hr_emit_log(core, HR_LEVEL_WARNING, "%s", what);
}

static void tell_other_list(struct hr_core *core, int node) {
  assert(core->passive);
  hr_emit_tell(core, HR_TELL_WARNING, node, 0, "the group lists other nodes than this client: "
               "it will not take part in elections");
}

void hr_orient_adopt(struct hr_core *core, int node) {
  const struct hr_facts *facts = &core->peers[node].facts;
  assert(core->peers[node].known);
  bool changed = core->master != node || hr_epoch_compare(&core->epoch, &facts->epoch) != 0;
  if (hr_epoch_compare(&core->epoch, &facts->epoch) != 0) {
    core->opcounter = 0;
    core->gapless = core->epoch.n > 0 && hr_epoch_compare(&core->epoch, &facts->planned) == 0;
  }
  core->master = core->was_master = node;
  core->adopted_ms = core->now;
  core->epoch = facts->epoch;
  core->planned = facts->planned;
  memcpy(core->forks, facts->forks, sizeof core->forks);
  core->handing = (struct hr_epoch){0, ""};
  if (changed) {
    hr_sub_adopted(core);
    hr_reads_adopted(core);
    hr_mend_adopted(core);
  }
  core->highest = facts->epoch;
  if (facts->opcounter > core->opcounter) core->opcounter = facts->opcounter;
  memcpy(core->master_run_id, facts->run_id, sizeof core->master_run_id);
  memcpy(core->master_replid, facts->replid, sizeof core->master_replid);
  core->master_backlog = facts->backlog;
  hr_watch_seen_ours(&core->peers[node]);
  if (facts->uuid[0] != '\0') memcpy(core->uuid, facts->uuid, sizeof core->uuid);
  core->passive = facts->list_hash != 0 && facts->list_hash != core->config.list_hash;
  core->suspect = core->gossiped = core->keep = -1;
  core->durable_group = facts->durable;
  core->stuck = NULL;
  core->failures = 0;
  core->ambiguous = core->prelooked = false;
  core->view_stale = true;
  core->beat_at_ms = core->now + hr_herd_pause(core);
  hr_watch_adopted(core);
  hr_view_publish(core);
  hr_emit_log(core, HR_LEVEL_INFO, "ready, using %s as master", hr_name(core, node));
  if (core->passive) {
    hr_emit_log(core, HR_LEVEL_WARNING, "the group lists other nodes than I do: only watching");
    tell_other_list(core, node);
  }
  if (changed) {
    hr_emit_tell(core, HR_TELL_MASTER_CHANGED, node, 0, "%s is master, epoch %llu:%s",
                 hr_name(core, node), (unsigned long long)core->epoch.n, core->epoch.nonce);
  }
  hr_emit_tell(core, HR_TELL_READY, node, 0, "using %s as master", hr_name(core, node));
}

static void forget_master(struct hr_core *core, int suspect) {
  assert(core->master >= 0);
  core->master = -1;
  core->suspect = suspect;
  core->suspect_ms = 0;
  core->gone_ms = core->lost_ms = core->now;
  core->answered_ms = 0;
  core->relook_gap_ms = HR_RELOOK_FIRST_MS;
  core->relook_ms = core->now + HR_RELOOK_FIRST_MS;
  core->retry_ms = core->now;
  core->patience_ms = core->person_ms = 0;
  core->stuck = NULL;
  core->view_stale = true;
  if (core->work.kind != HR_WORK_NONE) hr_work_abort(core, "the master is gone");
  if (core->again_op != 0) {
    hr_emit_done(core, core->again_op, HR_CODE_REFUSED, "the master went away");
    core->again_op = 0;
  }
  for (size_t i = 0; i < core->config.count; i++) core->peers[i].look_op = 0;
}

static void leave(struct hr_core *core, int suspect) {
  int old = core->master;
  assert(old >= 0);
  forget_master(core, suspect);
  core->suspect_ms = core->now;
  hr_emit_log(core, HR_LEVEL_INFO, "switching master...");
  hr_emit_tell(core, HR_TELL_PAUSED, old, 0, "%s is no longer master", hr_name(core, old));
}

void hr_orient_leave(struct hr_core *core, int suspect) {
  assert(core->master >= 0);
  leave(core, suspect);
  hr_watch_look_all(core);
}

void hr_orient_yield(struct hr_core *core, int suspect) {
  assert(core->master >= 0);
  leave(core, suspect);
  hr_herd_look(core, false);
}

void hr_orient_lose(struct hr_core *core, int suspect, const char *why) {
  int old = core->master;
  assert(old >= 0);
  hr_emit_log(core, HR_LEVEL_WARNING, "MASTER is down! (%s)", hr_name(core, old));
  forget_master(core, suspect);
  hr_emit_log(core, HR_LEVEL_INFO, "orientating (%s, %d/%zu nodes up) ...", why,
              hr_watch_up_count(core), core->config.count);
  hr_emit_tell(core, HR_TELL_PAUSED, old, 0, "%s: %s", hr_name(core, old), why);
  hr_herd_look(core, false);
}

/*
 * The master's history goes on under another id. With its first replica that is how a history
 * begins: whoever has this epoch in its data has the new id as well. Otherwise its backlog has
 * expired, and only a new epoch can tell the two histories apart; that needs a majority.
 */
static void judge_history(struct hr_core *core, const struct hr_facts *facts) {
  assert(core->master >= 0);
  bool same_epoch = hr_epoch_compare(&facts->epoch, &core->epoch) == 0;
  bool may_elect = core->config.auto_failover && !core->passive &&
                   core->work.kind == HR_WORK_NONE;
  bool expired = core->master_backlog; /* it may have a new one, for replicas that came since */
  if (expired && same_epoch && may_elect) hr_elect_renew(core, "its history has another id");
  if (expired) return;
  memcpy(core->master_replid, facts->replid, sizeof core->master_replid);
  core->master_backlog = facts->backlog;
}

/* What new facts of the master itself say about it. */
static void judge_master(struct hr_core *core, const struct hr_facts *facts) {
  int node = core->master;
  assert(node >= 0);
  if (strcmp(facts->run_id, core->master_run_id) != 0) {
    hr_orient_lose(core, node, "restarted");
    return;
  }
  if (!facts->master) {
    hr_orient_yield(core, -1);
    return;
  }
  if (is_elected(core, node) && hr_epoch_compare(&facts->epoch, &core->epoch) > 0) {
    hr_orient_adopt(core, node);
    return;
  }
  if (strcmp(facts->replid, core->master_replid) != 0) judge_history(core, facts);
  else if (facts->backlog) core->master_backlog = true;
}

/* Its answer is awaited and may still come: it is not asked for ever, nor when enough have answered
 * for a while, but a link that has just come up deserves its first look. */
static bool awaited(const struct hr_core *core, int node, bool enough) {
  assert(node >= 0);
  const struct hr_peer *peer = &core->peers[node];
  hr_msec since = core->lost_ms;
  if (peer->link != HR_LINK_READY) {
    return !peer->dialled && core->now < since + core->step_ms;
  }
  if (peer->known && peer->asked_ms >= core->lost_ms) return false;
  if (peer->up_ms > since) return core->now < peer->up_ms + core->step_ms;
  return !enough && core->now < since + core->step_ms;
}

/* Has everybody who may answer had the time to? */
static bool everybody_asked(struct hr_core *core) {
  assert(core->started);
  int answered = 0;
  for (size_t i = 0; i < core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    answered += hr_watch_reachable(core, (int)i) && peer->asked_ms >= core->lost_ms;
  }
  if (answered < core->quorum) core->answered_ms = 0;
  else if (core->answered_ms == 0) core->answered_ms = core->now;
  bool enough = core->answered_ms != 0 && core->now - core->answered_ms >= HR_STRAGGLE_MS;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (awaited(core, i, enough)) return false;
  }
  return true;
}

/*
 * Elected, and nobody who answers holds data of a newer epoch: a master that was stopped and comes
 * back says all the right things about the past. So a quorum is heard first; with less, the fence
 * holds the writes.
 */
static bool adoptable(struct hr_core *core, int node) {
  assert(node >= 0);
  if (!is_elected(core, node)) return false;
  const struct hr_facts *facts = &core->peers[node].facts;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!hr_watch_reachable(core, i)) continue;
    const struct hr_facts *other = &core->peers[i].facts;
    /* Its record was flushed away, but it was elected out of this one's history. */
    if (other->epoch.n == 0 && other->offset2 >= 0 && strcmp(other->replid2, facts->replid) == 0) {
      return false;
    }
    if (strcmp(other->uuid, facts->uuid) != 0) continue;
    if (hr_epoch_compare(&other->epoch, &facts->epoch) > 0) return false;
  }
  return hr_watch_speaking_count(core) >= core->quorum || everybody_asked(core);
}

void hr_orient_facts(struct hr_core *core, int node) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->known);
  const struct hr_facts *facts = &peer->facts;
  /* A record only counts as heard of when it is of our group. */
  bool ours = core->uuid[0] == '\0' || strcmp(facts->uuid, core->uuid) == 0;
  bool newer = hr_epoch_compare(&facts->epoch, &core->highest) > 0;
  if (ours && facts->durable) core->durable_group = true;
  if (core->master == node && core->work.kind != HR_WORK_SWITCH) {
    judge_master(core, facts);
  } else if (core->master >= 0 && ours && newer) {
    core->highest = facts->epoch;
    if (core->work.kind != HR_WORK_NONE) hr_work_abort(core, "there is a newer master");
    if (is_elected(core, node)) {
      hr_orient_adopt(core, node);
    } else if (core->master >= 0) {
      /* Somebody was elected while nobody told us; ours is a master of the past. */
      hr_orient_leave(core, -1);
    }
  }
  if (core->gossiped != node) return;
  core->gossiped = -1;
  if (core->work.kind == HR_WORK_NONE && adoptable(core, node)) hr_orient_adopt(core, node);
}

static int find_elected(struct hr_core *core) {
  assert(core->master < 0);
  int best = -1;
  for (int i = 0; i < (int)core->config.count; i++) {
    /* Only what was asked after the loss speaks about now. */
    if (core->peers[i].asked_ms < core->lost_ms || !adoptable(core, i)) continue;
    if (core->uuid[0] != '\0' && strcmp(core->peers[i].facts.uuid, core->uuid) != 0) continue;
    if (best >= 0 && hr_epoch_compare(&core->peers[i].facts.epoch,
                                      &core->peers[best].facts.epoch) <= 0) continue;
    best = i;
  }
  return best;
}

/*
 * The group was founded anew while this client was away (all its data was lost, or a person took
 * over): a majority names another uuid, and nobody ours.
 */
static void learn_new_group(struct hr_core *core) {
  assert(core->master < 0);
  const char *other = NULL;
  int count = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!hr_watch_reachable(core, i) || core->peers[i].facts.uuid[0] == '\0') continue;
    const char *uuid = core->peers[i].facts.uuid;
    if (core->uuid[0] == '\0' || strcmp(uuid, core->uuid) == 0) return;
    if (other != NULL && strcmp(uuid, other) != 0) return;
    other = uuid;
    count++;
  }
  if (other == NULL || count < core->quorum) return;
  hr_emit_log(core, HR_LEVEL_WARNING, "the group was founded anew: following it");
  memcpy(core->uuid, other, sizeof core->uuid);
  memset(&core->highest, 0, sizeof core->highest);
}

/* The highest record among those who answer: the group's uuid and what must be exceeded. */
static bool learn_group(struct hr_core *core) {
  assert(core->master < 0);
  bool grouped = core->uuid[0] != '\0' && core->highest.n > 0;
  for (size_t i = 0; i < core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (!hr_watch_reachable(core, (int)i) || peer->facts.epoch.n == 0) continue;
    if (core->uuid[0] == '\0') memcpy(core->uuid, peer->facts.uuid, sizeof core->uuid);
    if (strcmp(core->uuid, peer->facts.uuid) != 0) continue;
    hr_watch_seen_ours(peer); /* that look may be what our group was learnt from */
    grouped = true;
    if (peer->facts.durable) core->durable_group = true;
    if (hr_epoch_compare(&peer->facts.epoch, &core->highest) > 0) core->highest = peer->facts.epoch;
  }
  return grouped;
}

static void suspect(struct hr_core *core, int node) {
  assert(node >= 0 && core->master < 0);
  if (core->suspect == node) return;
  core->suspect = node;
  core->suspect_ms = core->now;
}

/* The master may be out of reach, or another one than we knew: the newest record names it, and so
 * do those who follow it. */
static void learn_suspect(struct hr_core *core) {
  assert(core->master < 0);
  int newest = -1, followed = -1;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!hr_watch_reachable(core, i) || !hr_rank_ours(core, i)) continue;
    const struct hr_facts *facts = &core->peers[i].facts;
    bool newer = newest < 0 ||
                 hr_epoch_compare(&facts->epoch, &core->peers[newest].facts.epoch) > 0;
    if (facts->epoch.n > 0 && newer) newest = i;
    if (!facts->master && !facts->sealed && facts->link_up && facts->follows >= 0) {
      followed = facts->follows;
    }
  }
  int named = newest >= 0 ? core->peers[newest].facts.epoch_node : -1;
  if (named >= 0 && !hr_watch_reachable(core, named)) suspect(core, named);
  else if (core->suspect < 0 && followed >= 0 && !hr_watch_reachable(core, followed)) {
    suspect(core, followed);
  }
}

/* Silence counts from when others could be heard: what was cut off needs time to be found again. */
static hr_msec silence_ends_ms(const struct hr_core *core) {
  assert(core->suspect >= 0);
  hr_msec since = core->peers[core->suspect].heard_ms;
  if (core->suspect_ms > since) since = core->suspect_ms;
  if (core->quorum_ms > since) since = core->quorum_ms;
  return since + core->config.down_after_ms;
}

static bool suspect_is_dead(const struct hr_core *core) {
  assert(core->suspect >= 0);
  const struct hr_peer *peer = &core->peers[core->suspect];
  /* It answers, and is not elected: by what it said after we heard of it. */
  if (peer->link == HR_LINK_READY) return peer->known && peer->asked_ms >= core->suspect_ms;
  if (peer->link == HR_LINK_IDLE && peer->refused_ms != 0) return true;
  if (peer->refused_ms != 0 && peer->refused_ms >= core->lost_ms) return true;
  return core->now >= silence_ends_ms(core);
}

static bool wait_for_lock(struct hr_core *core) {
  assert(core->master < 0);
  for (int i = 0; i < (int)core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (!hr_watch_reachable(core, i) || peer->facts.lock.n == 0) continue;
    bool mine = strcmp(peer->facts.lock_client, core->config.client) == 0;
    if (mine || hr_watch_lock_is_stale(core, i)) {
      struct hr_action *action = hr_emit(core, HR_DO_UNLOCK, i);
      action->epoch = peer->facts.lock;
      memcpy(action->u.client, peer->facts.lock_client, sizeof action->u.client);
      action->op = hr_next_op(core);
      peer->facts.lock.n = 0;
      return true; /* it takes two round trips */
    }
    if (core->stuck != peer->facts.lock.nonce) {
      core->stuck = peer->facts.lock.nonce;
      hr_emit_log(core, HR_LEVEL_INFO, "failover already in progress: %s", peer->facts.lock.nonce);
    }
    return true;
  }
  return false;
}

/* Two nodes whose data never met, and no record says which is right. */
static bool ambiguous(struct hr_core *core) {
  assert(core->master < 0);
  int first = -1;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!hr_watch_reachable(core, i) || core->peers[i].facts.keys == 0) continue;
    if (first < 0) {
      first = i;
      continue;
    }
    const struct hr_facts *a = &core->peers[first].facts, *b = &core->peers[i].facts;
    if (hr_rank_related(a, b) || b->follows == first || a->follows == i) continue;
    if (core->ambiguous) return true;
    core->ambiguous = true;
    core->view_stale = true;
    hr_emit_log(core, HR_LEVEL_ERROR,
                "%s (%lld keys) and %s (%lld keys) hold data that never met: touching nothing",
                hr_name(core, first), (long long)a->keys, hr_name(core, i), (long long)b->keys);
    hr_emit_tell(core, HR_TELL_WARNING, i, b->keys,
                 "%s (%lld keys) and %s (%lld keys) hold data that never met: pick one with "
                 "haredis takeover", hr_name(core, first), (long long)a->keys, hr_name(core, i),
                 (long long)b->keys);
    return true;
  }
  if (core->ambiguous) core->view_stale = true;
  core->ambiguous = false;
  return false;
}

static bool birth_possible(struct hr_core *core) {
  assert(core->uuid[0] == '\0' || core->highest.n == 0);
  if (hr_watch_reachable_count(core) < (int)core->config.count) {
    say_stuck(core, "looking for master: no group yet, waiting for every node to answer");
    return false;
  }
  for (size_t i = 0; i < core->config.count; i++) {
    const struct hr_facts *facts = &core->peers[i].facts;
    if (facts->loading || facts->syncing) {
      say_stuck(core, "looking for master: no group yet, a node is still loading its data");
      return false;
    }
  }
  if (ambiguous(core)) return false;
  return true;
}

/* A master without a record, though it has data, replicas or a past: somebody may have flushed the
 * record away, and whoever uses that master is about to write it back. Gossip tells of those. */
static bool wait_for_record(const struct hr_core *core) {
  assert(core->master < 0);
  if (core->now - core->gossip_ms > HR_LISTEN_BEATS * core->beat_ms) return false;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_facts *facts = &core->peers[i].facts;
    if (!hr_watch_reachable(core, i) || !facts->master || facts->epoch.n > 0) continue;
    /* A stranger's own is none of ours; but who has replicas may be a flushed master. */
    if (!hr_rank_ours(core, i) && facts->replicas == 0) continue;
    if (facts->keys > 0 || facts->replicas > 0 || facts->offset2 >= 0) return true;
  }
  return false;
}

static void relook(struct hr_core *core) {
  assert(core->master < 0);
  if (core->now < core->relook_ms) return;
  hr_watch_look_all(core);
  if (core->relook_gap_ms < core->beat_ms) core->relook_gap_ms *= 2;
  if (core->relook_gap_ms < HR_RELOOK_FIRST_MS) core->relook_gap_ms = HR_RELOOK_FIRST_MS;
  hr_msec least = core->speaks ? 0 : hr_herd_clients(core) / HR_LOOKERS_PER_MS;
  if (core->relook_gap_ms < least) core->relook_gap_ms = least;
  core->relook_ms = core->now + core->relook_gap_ms;
}

static bool fed_by_stranger(const struct hr_core *core, const struct hr_facts *facts) {
  assert(facts != NULL);
  if (facts->master || facts->sealed || facts->follows >= 0 || !facts->link_up) return false;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_facts *other = &core->peers[i].facts;
    bool feeds = hr_watch_reachable(core, i) && other->master && other->replicas > 0;
    /* A node of ours under a name that we do not know. */
    if (feeds && strcmp(other->replid, facts->replid) == 0) return false;
  }
  return true;
}

/*
 * Another list than ours is the group's: a node of it records another one, or is fed by a master
 * that we do not even know. Majorities of two lists need not meet, so we must not elect.
 */
static bool another_list(const struct hr_core *core) {
  assert(core->master < 0);
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!hr_watch_reachable(core, i)) continue;
    const struct hr_facts *facts = &core->peers[i].facts;
    if (facts->list_hash != 0 && facts->list_hash != core->config.list_hash) return true;
    if (fed_by_stranger(core, facts)) return true;
  }
  return false;
}

/* Then nothing is begun, for nothing would be left of it but promises that others must exceed. */
static bool futile(struct hr_core *core, bool grouped) {
  const char *why = hr_elect_futile(core, !grouped);
  assert(core->master < 0);
  if (why == NULL) {
    core->person_ms = 0;
    return false;
  }
  say_stuck(core, why);
  if (core->person_ms == 0) core->person_ms = core->now + HR_PERSON_MS;
  if (core->now < core->person_ms) return true;
  core->person_ms = HR_NEVER;
  hr_emit_tell(core, HR_TELL_WARNING, -1, 0, "no master: %s; haredis status shows the nodes, "
               "haredis takeover picks one", why);
  return true;
}

static void take_over(struct hr_core *core) {
  assert(core->work.kind == HR_WORK_NONE);
  bool grouped = learn_group(core);
  if (!grouped && !birth_possible(core)) return;
  if (wait_for_record(core)) return;
  for (int i = 0; i < (int)core->config.count; i++) hr_mend_warn_foreign(core, i);
  int reachable = hr_watch_reachable_count(core);
  if (reachable < core->quorum) {
    say_stuck(core, "refusing to orientate without a majority up!");
    return;
  }
  if (!core->config.auto_failover) {
    say_stuck(core, "auto_failover is off: waiting for somebody else to promote a master");
    return;
  }
  bool told = core->passive;
  core->passive = another_list(core);
  if (core->passive) {
    if (!told) tell_other_list(core, -1);
    say_stuck(core, "the group lists other nodes than I do: waiting for others to elect");
    return;
  }
  if (wait_for_lock(core) || futile(core, grouped)) return;
  hr_emit_log(core, HR_LEVEL_WARNING, "invalid master count: 0");
  hr_elect_start(core, !grouped);
}

/* Called at the end of every step. */
void hr_orient(struct hr_core *core) {
  assert(core->started);
  if (core->master >= 0 || core->work.kind != HR_WORK_NONE) return;
  learn_new_group(core);
  int elected = find_elected(core);
  if (elected >= 0) {
    hr_orient_adopt(core, elected);
    return;
  }
  if (!hr_herd_turn(core)) return;
  relook(core);
  if (core->now < core->retry_ms || !everybody_asked(core)) return;
  learn_suspect(core);
  if (core->suspect >= 0) {
    if (!suspect_is_dead(core)) return;
    bool look_soon = false;
    if (hr_vouch_for(core, core->suspect, &look_soon)) {
      say_stuck(core, "others still hear the master: waiting");
      return;
    }
    if (look_soon) {
      /* Redis corrects itself within 0.3 ms: do not wait for the clock. */
      if (core->now - core->peers[core->suspect].refused_ms <= 1) hr_watch_look_all(core);
      return;
    }
  }
  take_over(core);
}

hr_msec hr_orient_deadline(const struct hr_core *core) {
  assert(core->started);
  if (core->master >= 0 || core->work.kind != HR_WORK_NONE) return HR_NEVER;
  if (core->patience_ms > core->now) return core->patience_ms;
  hr_msec at = core->relook_ms;
  if (core->retry_ms > core->now && core->retry_ms < at) at = core->retry_ms;
  if (core->suspect >= 0) {
    hr_msec silence_ms = silence_ends_ms(core);
    if (silence_ms > core->now && silence_ms < at) at = silence_ms;
  }
  if (core->answered_ms != 0 && core->answered_ms + HR_STRAGGLE_MS > core->now) {
    hr_msec enough_ms = core->answered_ms + HR_STRAGGLE_MS;
    if (enough_ms < at) at = enough_ms;
  }
  hr_msec patience = core->lost_ms + core->step_ms;
  if (patience > core->now && patience < at) at = patience;
  return at;
}
