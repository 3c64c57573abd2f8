/*
 * Planned switchover: no command fails, none is lost, and no clock is trusted.
 *
 *   FIRST, REST   locks on a quorum, the master and the target among them
 *   PAUSE         the master holds its clients' writes
 *   CATCH_UP      until the target has all of them
 *   HAND_OVER     guard, then seal the master (which lifts the pause in the same packet): from here
 *                 on it takes nothing, ever, unless elected
 *   CHECK         until the target has what the sealed master has
 *   SEAL          as in elect.c: a quorum promises this epoch before anybody is chosen. A rival
 *                 under the same number and a lower nonce may have sealed, and elected, some of it
 *                 before. The target, if it is the best of them; else the old master again, under
 *                 the new epoch (a replication PING may slip in), and it is tried again
 *   PROMOTE ...   as in elect.c
 *
 * Death anywhere leaves an ordinary election. The old master's clients are not closed: what they
 * send is answered READONLY, which did not run; a closed connection would leave them in doubt.
 * It must not know how any of this is said to a server.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

#define HR_SWITCH_TRIES 3
#define HR_SWITCH_GAP_MS 1
#define HR_SWITCH_LOOK_MS 20
#define HR_CATCH_UP_MS 100

static bool fit(const struct hr_core *core, int node) {
  assert(node >= 0);
  const struct hr_peer *peer = &core->peers[node];
  if (node == core->master || !hr_watch_reachable(core, node)) return false;
  const struct hr_facts *facts = &peer->facts;
  if (facts->master || facts->loading || facts->syncing) return false;
  return facts->follows == core->master && facts->link_up;
}

static int choose(const struct hr_core *core) {
  assert(core->master >= 0);
  int best = -1;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!fit(core, i) || core->peers[i].facts.priority == 0) continue;
    if (core->peers[i].asked_ms < core->again_ms) continue;
    if (best < 0 || core->peers[i].facts.offset > core->peers[best].facts.offset) best = i;
  }
  return best;
}

static void refuse(struct hr_core *core, uint32_t person_op, const char *why) {
  assert(person_op != 0);
  hr_emit_log(core, HR_LEVEL_WARNING, "no switchover: %s", why);
  hr_emit_done(core, person_op, HR_CODE_REFUSED, "%s", why);
}

static void start(struct hr_core *core, int node, uint32_t person_op) {
  assert(person_op != 0);
  if (core->master < 0) {
    refuse(core, person_op, "there is no master now");
    return;
  }
  if (node == core->master) {
    hr_emit_done(core, person_op, HR_CODE_OK, "%s is master already", hr_name(core, node));
    return;
  }
  if (core->passive) {
    refuse(core, person_op, "the group lists other nodes than this client");
    return;
  }
  if (core->work.kind != HR_WORK_NONE) {
    refuse(core, person_op, "another change of master is under way");
    return;
  }
  int target = node >= 0 ? node : choose(core);
  if (target < 0 || !fit(core, target)) {
    refuse(core, person_op, node >= 0 ? "that node is not a replica that follows the master"
                                      : "no replica follows the master");
    return;
  }
  hr_work_begin(core, HR_WORK_SWITCH, hr_elect_next_epoch(core));
  core->work.person_op = person_op;
  core->work.target = node;
  core->work.candidate = target;
  core->work.old = core->master;
  core->work.first = hr_elect_first(core);
  hr_emit_log(core, HR_LEVEL_INFO, "planned switchover from %s to %s",
              hr_name(core, core->master), hr_name(core, target));
  hr_emit_log(core, HR_LEVEL_INFO, "my failover id: %s", core->work.epoch.nonce);
  hr_emit_tell(core, HR_TELL_FAILOVER_STARTED, core->master, 0, "planned, %s",
               core->work.epoch.nonce);
  hr_work_phase(core, HR_PHASE_FIRST, core->step_ms);
  hr_work_lock(core, core->work.first);
}

/* A request waits here for fresh looks, and for its next try. */
void hr_switch_ask(struct hr_core *core, int node, uint32_t person_op) {
  assert(person_op != 0);
  if (core->again_op != 0 || core->work.kind == HR_WORK_SWITCH) {
    refuse(core, person_op, "another switchover is under way");
    return;
  }
  core->again_tries = 0;
  hr_switch_retry(core, node, person_op);
}

void hr_switch_retry(struct hr_core *core, int node, uint32_t person_op) {
  assert(core->again_op == 0);
  core->again_op = person_op;
  core->again_node = node;
  core->again_ms = core->now;
  hr_watch_look_all(core);
}

/* Fresh looks at a quorum, at the master and at whom the person named: who hangs is not awaited. */
static bool looked(const struct hr_core *core) {
  assert(core->again_op != 0);
  int count = 0;
  for (size_t i = 0; i < core->config.count; i++) {
    bool fresh = core->peers[i].known && core->peers[i].asked_ms >= core->again_ms;
    if (!fresh && ((int)i == core->master || (int)i == core->again_node)) return false;
    count += fresh;
  }
  return count >= core->quorum;
}

/*
 * Whoever has missed one master when the next one begins copies everything anew, and tells its
 * listeners nothing of what it has missed: a change of master waits for those who still turn to
 * this one. Not for long: who hangs, or will not follow, stops nobody.
 */
static bool all_follow(const struct hr_core *core) {
  assert(core->master >= 0);
  hr_msec waited = core->now - core->again_ms;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (i == core->master || !hr_watch_reachable(core, i)) continue;
    bool fresh = peer->known && peer->asked_ms >= core->again_ms;
    bool follows = fresh && peer->facts.follows == core->master && peer->facts.link_up;
    if (!follows && waited < (fresh ? core->step_ms : HR_CATCH_UP_MS)) return false;
  }
  return true;
}

void hr_switch_again(struct hr_core *core) {
  assert(core->started);
  if (core->again_op == 0) return;
  bool late = core->now - core->again_ms > 4 * core->step_ms;
  bool idle = core->master >= 0 && core->work.kind == HR_WORK_NONE;
  bool fresh = looked(core) || late;
  int target = core->again_node;
  if (idle && fresh && target < 0) target = choose(core);
  bool ready = idle && fresh && target >= 0 && (target == core->master || fit(core, target));
  ready = ready && (target == core->master || all_follow(core));
  if (!ready && !late) {
    if (core->now >= core->again_look_ms) hr_watch_look_all(core);
    if (core->now >= core->again_look_ms) core->again_look_ms = core->now + HR_SWITCH_LOOK_MS;
    return;
  }
  uint32_t op = core->again_op;
  core->again_op = 0;
  if (++core->again_tries > HR_SWITCH_TRIES) {
    refuse(core, op, "the replica never stood still: the old master goes on");
    return;
  }
  start(core, core->again_node, op);
}

/* Its writes are held meanwhile: a replica that does not catch up at once is not the one. */
static void give_up_target(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_CATCH_UP);
  int target = core->work.target;
  uint32_t person_op = core->work.person_op;
  core->work.person_op = 0;
  hr_work_abort(core, "the replica does not catch up");
  hr_switch_retry(core, target, person_op);
}

static bool both_locked(const struct hr_core *core) {
  assert(core->work.kind == HR_WORK_SWITCH);
  return core->peers[core->work.old].part == HR_PART_LOCKED &&
         core->peers[core->work.candidate].part == HR_PART_LOCKED;
}

static void end_rest(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_REST);
  /* A quorum that remembers its promises must be at hand, or the master is sealed in vain. */
  int remembering = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    remembering += core->peers[i].part == HR_PART_LOCKED && hr_rank_counts(core, i, false);
  }
  if (!both_locked(core) || remembering < core->quorum) {
    hr_work_abort(core, "too few locks");
    return;
  }
  hr_emit_log(core, HR_LEVEL_INFO, "lock was a success!");
  hr_work_phase(core, HR_PHASE_PAUSE, core->step_ms);
  hr_work_act(core, HR_DO_PAUSE, core->work.old)->ttl_ms = core->step_ms;
}

/* What the master had when it was sealed: it may have died since, and the best then has less. */
static bool has_all(const struct hr_core *core, int node) {
  assert(core->work.kind == HR_WORK_SWITCH);
  return core->peers[node].facts.offset == core->work.sealed_offset;
}

static void check(struct hr_core *core) {
  int target = core->work.candidate;
  assert(core->work.phase == HR_PHASE_CHECK);
  bool late = core->now >= core->work.phase_end_ms - core->step_ms / 2;
  if (has_all(core, target) || late || !core->peers[target].facts.link_up) hr_elect_seal(core);
}

static bool as_good(const struct hr_core *core, int node, int best) {
  const struct hr_peer *peer = &core->peers[node];
  const struct hr_facts *facts = &peer->facts, *other = &core->peers[best].facts;
  assert(best >= 0);
  return peer->part == HR_PART_SEALED && facts->offset == other->offset &&
         strcmp(facts->replid, other->replid) == 0 &&
         hr_epoch_compare(&facts->epoch, &other->epoch) == 0;
}

/* A quorum that remembers had promised nothing since the master was elected: nobody else was. */
static bool undisputed(const struct hr_core *core) {
  int remembering = 0;
  assert(core->work.phase == HR_PHASE_SEAL);
  for (int i = 0; i < (int)core->config.count; i++) {
    remembering += core->peers[i].part == HR_PART_SEALED && hr_rank_remembers(core, i);
  }
  return !core->work.contested && remembering >= core->quorum;
}

/* A quorum is sealed, the best of it is known. */
void hr_switch_sealed(struct hr_core *core, int best) {
  int target = core->work.candidate, old = core->work.old;
  assert(core->work.kind == HR_WORK_SWITCH && core->work.phase == HR_PHASE_SEAL);
  if (as_good(core, target, best)) {
    hr_emit_log(core, HR_LEVEL_INFO, "%s has %s of %s. congrats!", hr_name(core, target),
                has_all(core, target) ? "all" : "the most that is left", hr_name(core, old));
  } else if (as_good(core, old, best)) {
    hr_emit_log(core, HR_LEVEL_WARNING, "%s %s: %s goes on", hr_name(core, target),
                core->peers[target].part == HR_PART_SEALED ? "stopped short" : "was not sealed",
                hr_name(core, old));
    core->work.candidate = old; /* which has all of itself */
  } else {
    hr_work_abort(core, "there is a newer master");
    return;
  }
  if (undisputed(core) && has_all(core, core->work.candidate)) core->work.handed = core->epoch;
  hr_elect_promote(core);
}

static void hand_over(struct hr_core *core, const struct hr_event *event) {
  int old = core->work.old;
  assert(core->work.phase == HR_PHASE_HAND_OVER);
  if (event->guard != NULL && event->status == HR_STATUS_OK) {
    if (!hr_work_guard_ok(core, event->guard)) {
      hr_emit(core, HR_DO_UNGUARD, old);
      hr_work_abort(core, "the master has promised a newer epoch");
      return;
    }
    core->work.contested = hr_epoch_compare(&event->guard->promise, &core->epoch) > 0;
    struct hr_action *action = hr_work_act(core, HR_DO_SEAL, old);
    action->rewrite = hr_elect_rewrite_wanted(core, old);
    return;
  }
  if (event->status != HR_STATUS_OK || event->facts == NULL || !event->facts->sealed) {
    hr_work_abort(core, "the master could not be sealed");
    return;
  }
  core->peers[old].part = HR_PART_SEALED;
  core->work.sealed_offset = event->facts->offset;
  core->handing = core->epoch;
  core->master = -1;
  core->gone_ms = core->lost_ms = core->now;
  hr_view_publish(core);
  hr_work_phase(core, HR_PHASE_CHECK, core->step_ms);
  if (core->peers[core->work.candidate].facts.offset == core->work.sealed_offset) {
    check(core); /* it cannot have more than all */
    return;
  }
  hr_work_look(core, core->work.candidate);
}

void hr_switch_answer(struct hr_core *core, int node, const struct hr_event *event) {
  assert(core->work.kind == HR_WORK_SWITCH);
  bool ok = event->status == HR_STATUS_OK;
  switch (core->work.phase) {
    case HR_PHASE_PAUSE:
      if (!ok || event->facts == NULL) {
        hr_work_abort(core, "the master could not be paused");
        return;
      }
      hr_work_phase(core, HR_PHASE_CATCH_UP, HR_CATCH_UP_MS);
      core->work.sealed_offset = event->facts->offset;
      hr_work_look(core, core->work.candidate);
      break;
    case HR_PHASE_CATCH_UP:
      if (!ok) {
        hr_work_abort(core, "the target does not answer");
        return;
      }
      if (core->peers[node].facts.offset < core->work.sealed_offset) break;
      hr_work_phase(core, HR_PHASE_HAND_OVER, core->step_ms);
      hr_work_guard(core, core->work.old);
      break;
    case HR_PHASE_HAND_OVER:
      if (node == core->work.old) hand_over(core, event);
      break;
    case HR_PHASE_CHECK:
      if (ok) check(core);
      break;
    default:
      break;
  }
}

/* Called after each answer and each tick. */
void hr_switch_progress(struct hr_core *core) {
  assert(core->work.kind == HR_WORK_SWITCH);
  int target = core->work.candidate;
  switch (core->work.phase) {
    case HR_PHASE_REST:
      if (hr_work_settled(core, both_locked(core) ? hr_work_parts(core, HR_PART_LOCKED) : 0,
                          core->quorum)) {
        end_rest(core);
      }
      break;
    case HR_PHASE_CATCH_UP:
    case HR_PHASE_CHECK:
      if (core->work.phase == HR_PHASE_CATCH_UP && core->now >= core->work.phase_end_ms) {
        give_up_target(core);
        break;
      }
      if (core->peers[target].step != HR_STEP_NONE) break;
      if (core->now < core->work.again_ms) break;
      core->work.again_ms = core->now + HR_SWITCH_GAP_MS;
      hr_work_look(core, target);
      break;
    case HR_PHASE_SEAL:
    case HR_PHASE_PROMOTE:
    case HR_PHASE_FOLLOW:
      hr_elect_progress(core);
      break;
    default:
      break;
  }
}

hr_msec hr_switch_deadline(const struct hr_core *core) {
  assert(core->started);
  return core->again_op != 0 ? core->again_look_ms : HR_NEVER;
}
