/*
 * One work at a time: its locks, its answers, its deadlines and its only exit. What the work is
 * for is in elect.c, switch.c and mend.c; this file must not know.
 *
 *   idle ──begin──▶ FIRST ──lock of the first node──▶ (phases of the work) ──end──▶ idle
 *                     └─ taken by another: end, wait for gossip
 *
 * Every answer is matched by its op; an op that is no longer awaited is dropped. hr_work_end gives
 * back every lock that is or may be ours.
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

/* After so many attempts in a row a person should know. */
#define HR_FAILURES_TOLD 8

void hr_work_begin(struct hr_core *core, enum hr_work_kind kind, struct hr_epoch epoch) {
  assert(core->work.kind == HR_WORK_NONE && kind != HR_WORK_NONE);
  memset(&core->work, 0, sizeof core->work);
  core->work.kind = kind;
  core->work.epoch = epoch;
  core->work.old = core->work.first = core->work.candidate = -1;
  core->work.target = core->work.forced = -1;
  for (size_t i = 0; i < core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    peer->part = HR_PART_OUT;
    peer->step = HR_STEP_NONE;
    peer->op = 0;
    peer->drain_looks = 0;
    peer->drain_offset = -1;
  }
}

/* Only along the diagram in internal.h. */
static bool may_follow(enum hr_phase from, enum hr_phase to) {
  static const unsigned successors[] = {
      [HR_PHASE_IDLE] = 1u << HR_PHASE_FIRST,
      [HR_PHASE_FIRST] = 1u << HR_PHASE_REST | 1u << HR_PHASE_MEND,
      [HR_PHASE_REST] = 1u << HR_PHASE_DRAIN | 1u << HR_PHASE_PAUSE,
      [HR_PHASE_DRAIN] = 1u << HR_PHASE_SEAL,
      [HR_PHASE_SEAL] = 1u << HR_PHASE_PROMOTE,
      [HR_PHASE_PAUSE] = 1u << HR_PHASE_CATCH_UP,
      [HR_PHASE_CATCH_UP] = 1u << HR_PHASE_HAND_OVER,
      [HR_PHASE_HAND_OVER] = 1u << HR_PHASE_CHECK,
      [HR_PHASE_CHECK] = 1u << HR_PHASE_SEAL,
      [HR_PHASE_PROMOTE] = 1u << HR_PHASE_FOLLOW,
      [HR_PHASE_FOLLOW] = 0,
      [HR_PHASE_MEND] = 0,
  };
  assert((size_t)from < sizeof successors / sizeof successors[0]);
  return (successors[from] >> to & 1u) != 0;
}

void hr_work_phase(struct hr_core *core, enum hr_phase phase, hr_msec bound_ms) {
  bool allowed = may_follow(core->work.phase, phase);
  assert(allowed);
  (void)allowed;
  (void)may_follow; /* a release has no assertions */
  core->work.phase = phase;
  core->work.phase_end_ms = core->now + bound_ms;
  core->work.enough_ms = 0;
  core->work.again_ms = core->now;
}

static void ask(struct hr_core *core, int node, enum hr_step step, struct hr_action *action) {
  struct hr_peer *peer = &core->peers[node];
  assert(core->work.kind != HR_WORK_NONE);
  peer->step = step;
  peer->op = hr_next_op(core);
  peer->op_sent_ms = core->now;
  action->op = peer->op;
}

void hr_work_lock(struct hr_core *core, int node) {
  assert(core->peers[node].part == HR_PART_OUT);
  struct hr_action *action = hr_emit(core, HR_DO_LOCK, node);
  action->epoch = core->work.epoch;
  action->ttl_ms = core->ttl_ms;
  core->peers[node].part = HR_PART_ASKED;
  ask(core, node, HR_STEP_LOCK, action);
}

void hr_work_guard(struct hr_core *core, int node) {
  assert(core->peers[node].part != HR_PART_OUT);
  ask(core, node, HR_STEP_GUARD, hr_emit(core, HR_DO_GUARD, node));
}

void hr_work_look(struct hr_core *core, int node) {
  assert(core->peers[node].part != HR_PART_OUT);
  ask(core, node, HR_STEP_LOOK, hr_emit(core, HR_DO_LOOK, node));
}

struct hr_action *hr_work_act(struct hr_core *core, enum hr_action_kind kind, int node) {
  assert(core->peers[node].part != HR_PART_OUT);
  struct hr_action *action = hr_emit(core, kind, node);
  action->epoch = core->work.epoch;
  ask(core, node, HR_STEP_ACT, action);
  return action;
}

int hr_work_parts(const struct hr_core *core, enum hr_part part) {
  assert(core->config.count <= HR_NODES_MAX);
  int count = 0;
  for (size_t i = 0; i < core->config.count; i++) count += core->peers[i].part == part;
  return count;
}

/* Some answer is still out. */
static bool waiting(const struct hr_core *core) {
  assert(core->work.kind != HR_WORK_NONE);
  for (size_t i = 0; i < core->config.count; i++) {
    if (core->peers[i].step != HR_STEP_NONE) return true;
  }
  return false;
}

/* Done waiting: everybody has answered, or enough have and the slower ones had their time. */
bool hr_work_settled(struct hr_core *core, int have, int need) {
  assert(core->work.kind != HR_WORK_NONE);
  if (!waiting(core)) return true;
  if (have < need) return false;
  if (core->work.enough_ms == 0) core->work.enough_ms = core->now;
  return core->now - core->work.enough_ms >= HR_STRAGGLE_MS;
}

/* The lock is ours and nothing newer was promised or elected: only then may a role change. */
bool hr_work_guard_ok(const struct hr_core *core, const struct hr_guard *guard) {
  assert(guard != NULL);
  bool mine = hr_epoch_compare(&guard->lock, &core->work.epoch) == 0 &&
              strcmp(guard->lock_client, core->config.client) == 0;
  if (!mine) return false;
  if (hr_epoch_compare(&guard->promise, &core->work.epoch) > 0) return false;
  return hr_epoch_compare(&guard->epoch, &core->work.epoch) <= 0;
}

static void unlock(struct hr_core *core, int node) {
  assert(core->peers[node].part != HR_PART_OUT);
  if (core->peers[node].link != HR_LINK_READY) return;
  struct hr_action *action = hr_emit(core, HR_DO_UNLOCK, node);
  action->epoch = core->work.epoch;
  action->op = hr_next_op(core);
  memcpy(action->u.client, core->config.client, sizeof action->u.client);
  /* A look taken before this must not make us wait for ourselves. */
  core->peers[node].facts.lock.n = 0;
}

void hr_work_end(struct hr_core *core) {
  assert(core->work.kind != HR_WORK_NONE);
  bool paused = core->work.kind == HR_WORK_SWITCH && core->work.old >= 0 &&
                core->work.phase >= HR_PHASE_PAUSE && core->work.phase <= HR_PHASE_HAND_OVER;
  if (paused && core->peers[core->work.old].link == HR_LINK_READY) {
    hr_emit(core, HR_DO_UNPAUSE, core->work.old);
  }
  for (int i = 0; i < (int)core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (peer->part == HR_PART_OUT) continue;
    if (peer->step == HR_STEP_GUARD) hr_emit(core, HR_DO_UNGUARD, i);
    unlock(core, i);
    peer->part = HR_PART_OUT;
    peer->step = HR_STEP_NONE;
    peer->op = 0;
  }
  core->work.kind = HR_WORK_NONE;
  core->work.phase = HR_PHASE_IDLE;
  core->work.epoch.n = 0;
  core->view_stale = true;
}

void hr_work_abort(struct hr_core *core, const char *why) {
  assert(core->work.kind != HR_WORK_NONE);
  enum hr_work_kind kind = core->work.kind;
  bool first = core->work.phase == HR_PHASE_FIRST;
  uint32_t person_op = core->work.person_op;
  if (kind == HR_WORK_MEND) hr_mend_later(core, core->work.target);
  bool decided = kind == HR_WORK_MEND || core->work.phase == HR_PHASE_FOLLOW;
  hr_emit_log(core, decided ? HR_LEVEL_DEBUG : HR_LEVEL_INFO, "giving up: %s", why);
  hr_work_end(core);
  if (!decided) {
    hr_orient_backoff(core);
    if (core->failures == HR_FAILURES_TOLD) {
      hr_emit_tell(core, HR_TELL_WARNING, -1, core->failures,
                   "no master after %d attempts: %s; haredis status shows the nodes, haredis "
                   "takeover picks one", core->failures, why);
    }
    hr_emit_tell(core, HR_TELL_FAILOVER_ENDED, -1, 0, "given up: %s", why);
    /* What was seen before this attempt is no longer what is. */
    if (core->master < 0) core->lost_ms = core->now;
    hr_herd_look(core, first);
  }
  if (person_op != 0) hr_emit_done(core, person_op, HR_CODE_REFUSED, "%s", why);
}

/* The first node alone decides between rivals; its loser leaves the winner's locks alone. */
static void first_answered(struct hr_core *core, int node, const struct hr_event *event) {
  assert(node == core->work.first);
  struct hr_peer *peer = &core->peers[node];
  if (peer->part != HR_PART_LOCKED) {
    const struct hr_guard *holder = event->guard;
    bool taken = event->status == HR_STATUS_NO && holder != NULL && holder->lock.n > 0;
    if (taken && core->work.kind != HR_WORK_MEND) {
      hr_emit_log(core, HR_LEVEL_INFO, "failover already in progress: %s", holder->lock.nonce);
    }
    if (taken) peer->part = HR_PART_OUT;
    hr_work_abort(core, taken ? "another client has the lock" : "the lock was not given");
    return;
  }
  switch (core->work.kind) {
    case HR_WORK_ELECT:
    case HR_WORK_SWITCH:
      hr_elect_lock_rest(core);
      break;
    case HR_WORK_MEND:
      hr_mend_locked(core);
      break;
    case HR_WORK_NONE:
      break;
  }
}

static void lock_answered(struct hr_core *core, int node, const struct hr_event *event) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->part == HR_PART_ASKED);
  bool taken = event->status == HR_STATUS_NO;
  bool promised_newer = false;
  if (event->guard != NULL) {
    const struct hr_guard *guard = event->guard;
    bool newer = hr_epoch_compare(&guard->promise, &core->work.epoch) > 0 ||
                 hr_epoch_compare(&guard->epoch, &core->work.epoch) > 0;
    if (newer && hr_epoch_compare(&guard->promise, &core->highest) > 0) {
      core->highest = guard->promise;
    }
    promised_newer = newer;
    /* Newer data than any look had shown: somebody was elected while we made up our mind. */
    if (core->work.kind == HR_WORK_ELECT && core->work.forced < 0 &&
        hr_epoch_compare(&guard->epoch, &core->work.seen) > 0) {
      if (hr_epoch_compare(&guard->epoch, &core->highest) > 0) core->highest = guard->epoch;
      peer->part = event->status == HR_STATUS_NO ? HR_PART_OUT : HR_PART_FAILED;
      hr_work_abort(core, "there is a newer master");
      return;
    }
  }
  bool held = event->guard != NULL && event->guard->lock.n > 0;
  if (taken && !held) peer->denied_ms = core->now;
  peer->part = event->status == HR_STATUS_OK ? HR_PART_LOCKED
               : taken                       ? HR_PART_OUT
                                             : HR_PART_FAILED;
  if (promised_newer && peer->part == HR_PART_LOCKED) peer->part = HR_PART_FAILED;
  if (core->work.phase == HR_PHASE_FIRST && node == core->work.first) {
    first_answered(core, node, event);
  }
}

static void progress(struct hr_core *core) {
  assert(core->out != NULL);
  switch (core->work.kind) {
    case HR_WORK_ELECT:
      hr_elect_progress(core);
      break;
    case HR_WORK_SWITCH:
      hr_switch_progress(core);
      break;
    case HR_WORK_MEND:
    case HR_WORK_NONE:
      break;
  }
}

static void dispatch(struct hr_core *core, int node, enum hr_step step,
                     const struct hr_event *event) {
  assert(step != HR_STEP_NONE);
  if (step == HR_STEP_LOCK) {
    lock_answered(core, node, event);
  } else if (core->work.kind == HR_WORK_MEND) {
    hr_mend_answer(core, node, event);
  } else if (core->work.phase >= HR_PHASE_PAUSE && core->work.phase <= HR_PHASE_CHECK) {
    hr_switch_answer(core, node, event);
  } else {
    hr_elect_answer(core, node, event);
  }
  if (core->work.kind != HR_WORK_NONE) progress(core);
}

bool hr_work_answer(struct hr_core *core, const struct hr_event *event) {
  assert(event->kind == HR_EV_ANSWER && event->op != 0);
  struct hr_peer *peer = &core->peers[event->node];
  if (core->work.kind == HR_WORK_NONE || peer->op != event->op) return false;
  enum hr_step step = peer->step;
  peer->op = 0;
  peer->step = HR_STEP_NONE;
  dispatch(core, event->node, step, event);
  return true;
}

/* Whatever was asked on a link that broke is lost: it may have been done. */
void hr_work_link_down(struct hr_core *core, int node) {
  assert(node >= 0);
  struct hr_peer *peer = &core->peers[node];
  if (core->work.kind == HR_WORK_NONE) return;
  if (peer->step == HR_STEP_NONE) {
    /* Its lock may be gone with its process, and what was read is of another connection. */
    bool ours = peer->part == HR_PART_LOCKED || peer->part == HR_PART_SEALED;
    if (ours) peer->part = HR_PART_FAILED;
    return;
  }
  struct hr_event lost = {.kind = HR_EV_ANSWER, .node = node, .op = peer->op,
                          .status = HR_STATUS_LOST, .now = core->now};
  hr_work_answer(core, &lost);
}

void hr_work_tick(struct hr_core *core) {
  assert(core->started);
  if (core->work.kind == HR_WORK_NONE) return;
  progress(core);
  if (core->work.kind == HR_WORK_NONE || core->now < core->work.phase_end_ms) return;
  if (core->work.phase == HR_PHASE_FOLLOW) {
    /* The master is up; whoever did not answer is mended later. */
    hr_work_end(core);
    return;
  }
  hr_work_abort(core, "a step was not answered in time");
}

hr_msec hr_work_deadline(const struct hr_core *core) {
  assert(core->started);
  if (core->work.kind == HR_WORK_NONE) return HR_NEVER;
  hr_msec at = core->work.phase_end_ms;
  if (core->work.enough_ms != 0 && core->work.enough_ms + HR_STRAGGLE_MS < at) {
    at = core->work.enough_ms + HR_STRAGGLE_MS;
  }
  bool looks = core->work.phase == HR_PHASE_DRAIN || core->work.phase == HR_PHASE_CATCH_UP ||
               core->work.phase == HR_PHASE_CHECK;
  if (looks && core->work.again_ms > core->now && core->work.again_ms < at) {
    at = core->work.again_ms;
  }
  return at;
}
