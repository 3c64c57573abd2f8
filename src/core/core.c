/*
 * The one entry point of the core: every possible input is named in one switch, and below it there
 * is no clock and no socket.
 *
 * The core runs on its own clock: the events' time less what this process slept. A gap between
 * the moment we asked to be woken and the moment we were is not silence of the others, so every
 * deadline moves with it (README.md, "Times"); only the fence forgets what it had heard.
 */
#include "core/core.h"

#include <assert.h>
#include <string.h>

#include "core/internal.h"

size_t hr_core_size(size_t nodes) {
  assert(nodes >= 1 && nodes <= HR_NODES_MAX);
  return sizeof(struct hr_core) + nodes * sizeof(struct hr_peer);
}

static hr_msec clamp_ms(hr_msec value, hr_msec low, hr_msec high) {
  assert(low <= high);
  if (value < low) return low;
  return value > high ? high : value;
}

hr_msec hr_core_beat_ms(hr_msec fence_ms) {
  assert(fence_ms >= 0);
  return clamp_ms(fence_ms / 3, 5, 1000);
}

struct hr_core *hr_core_init(void *memory, const struct hr_core_config *config, uint64_t seed) {
  assert(memory != NULL && config->count >= 1 && config->count <= HR_NODES_MAX);
  assert(config->down_after_ms > 0);
  struct hr_core *core = memory;
  memset(core, 0, hr_core_size(config->count));
  core->config = *config;
  hr_prng_seed(&core->prng, seed);
  core->quorum = config->quorum > 0 ? config->quorum : (int)config->count / 2 + 1;
  if (core->config.fence_ms <= 0) core->config.fence_ms = config->down_after_ms * 3 / 10;
  if (core->config.fence_ms < 1) core->config.fence_ms = 1;
  core->beat_ms = hr_core_beat_ms(core->config.fence_ms);
  core->step_ms = clamp_ms(config->down_after_ms / 2, 200, 500);
  core->ttl_ms = 4 * core->step_ms;
  core->master = -1;
  core->suspect = core->keep = core->was_master = -1;
  core->reads_look_ms = HR_NEVER;
  core->gossiped = -1;
  core->again_node = -1;
  core->work.old = core->work.candidate = core->work.first = -1;
  core->work.target = core->work.forced = -1;
  core->view.master = -1;
  core->view.sub_node = -1;
  core->view.pause = HR_PAUSE_NO_MASTER;
  core->view.count = config->count;
  for (size_t i = 0; i < config->count; i++) {
    core->view.nodes[i].follows = -1;
    core->view.nodes[i].seen_ms = -1;
    core->view.nodes[i].lag = -1;
  }
  return core;
}

/* Late by more than half of down_after: this process slept, the others did not fall silent. */
static void advance_clock(struct hr_core *core, hr_msec event_now) {
  hr_msec now = event_now - core->slept_ms;
  if (now < core->now) now = core->now;
  hr_msec late = now - core->wake_ms;
  if (core->started && late > core->config.down_after_ms / 2) {
    core->slept_ms += late;
    core->now = now - late;
    hr_watch_slept(core);
    hr_emit_log(core, HR_LEVEL_DEBUG, "this client slept %lld ms: looking again",
                (long long)late);
    return;
  }
  assert(now >= core->now);
  core->now = now;
}

static void answer(struct hr_core *core, const struct hr_event *event) {
  assert(event->op != 0);
  if (!hr_watch_looked(core, event)) hr_work_answer(core, event);
}

static void hint(struct hr_core *core, int node) {
  assert(node >= 0);
  hr_emit(core, HR_DO_PING, node);
  if (core->peers[node].link == HR_LINK_READY) hr_watch_look(core, node);
}

static void refresh(struct hr_core *core, uint32_t op) {
  assert(op != 0);
  if (core->refresh_op != 0) {
    hr_emit_done(core, core->refresh_op, HR_CODE_REFUSED, "another refresh has taken its place");
  }
  core->refresh_op = op;
  core->refresh_end_ms = core->now + core->step_ms + core->step_ms / 2;
  hr_watch_look_all(core);
}

static void start(struct hr_core *core) {
  assert(!core->started);
  core->started = true;
  core->gone_ms = core->lost_ms = core->gossip_ms = core->now;
  hr_watch_start(core);
  core->view_stale = true;
}

static void take_in(struct hr_core *core, const struct hr_event *event) {
  assert(event->node < (int)core->config.count);
  switch (event->kind) {
    case HR_EV_TIME:
      break;
    case HR_EV_LINK_UP:
      hr_watch_link_up(core, event->node);
      break;
    case HR_EV_LINK_DOWN:
      hr_watch_link_down(core, event->node, event->why);
      break;
    case HR_EV_HEARD:
      hr_watch_heard(core, event->node, event->at_ms - core->slept_ms);
      break;
    case HR_EV_ANSWER:
      answer(core, event);
      break;
    case HR_EV_GOSSIP:
      hr_gossip_heard(core, event->node, event->gossip);
      break;
    case HR_EV_HINT:
      hint(core, event->node);
      break;
    case HR_EV_DURABLE:
      core->config.durable = true;
      core->view_stale = true;
      break;
    case HR_EV_READS:
      core->config.reads_replicas = true;
      hr_watch_look_all(core);
      break;
    case HR_EV_WRITES:
      if (event->count > core->opcounter) core->opcounter = event->count;
      break;
    case HR_EV_REFRESH:
      refresh(core, event->op);
      break;
    case HR_EV_SWITCHOVER:
      hr_switch_ask(core, event->node, event->op);
      break;
    case HR_EV_TAKEOVER:
      hr_elect_force(core, event->node, event->op);
      break;
  }
}

static void end_refresh(struct hr_core *core) {
  assert(core->refresh_op != 0);
  bool waiting = false;
  for (size_t i = 0; i < core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    /* A node still in its first dial may have much to say; a dead one never will. */
    if (peer->look_op != 0 || (peer->link == HR_LINK_DIALLING && !peer->dialled)) waiting = true;
    if (peer->link == HR_LINK_READY && !peer->known) waiting = true;
  }
  if (waiting && core->now < core->refresh_end_ms) return;
  hr_view_publish(core);
  hr_emit_done(core, core->refresh_op, HR_CODE_OK, "%d of %zu nodes answered",
               hr_watch_reachable_count(core), core->config.count);
  core->refresh_op = 0;
}

static hr_msec earliest(hr_msec a, hr_msec b) {
  assert(a >= 0 && b >= 0);
  return a < b ? a : b;
}

static hr_msec next_wake(const struct hr_core *core) {
  assert(core->started);
  hr_msec at = hr_watch_deadline(core);
  at = earliest(at, hr_work_deadline(core));
  at = earliest(at, hr_orient_deadline(core));
  at = earliest(at, hr_mend_deadline(core));
  at = earliest(at, hr_switch_deadline(core));
  at = earliest(at, hr_sub_deadline(core));
  at = earliest(at, hr_reads_deadline(core));
  if (core->refresh_op != 0) at = earliest(at, core->refresh_end_ms);
  return at > core->now ? at : core->now + 1;
}

void hr_core_step(struct hr_core *core, const struct hr_event *event, struct hr_actions *out) {
  assert(out->capacity >= hr_actions_needed(core->config.count));
  out->count = 0;
  core->out = out;
  advance_clock(core, event->now);
  if (!core->started) start(core);
  take_in(core, event);
  hr_watch_tick(core);
  hr_work_tick(core);
  hr_orient(core);
  hr_switch_again(core);
  hr_mend(core);
  if (core->refresh_op != 0) end_refresh(core);
  hr_reads_tick(core);
  hr_sub_choose(core);
  if (hr_reads_changed(core)) core->view_stale = true;
  if (core->view_stale) hr_view_publish(core);
  core->wake_ms = next_wake(core);
  core->out = NULL;
}

hr_msec hr_core_deadline(const struct hr_core *core) {
  assert(core->started);
  return core->wake_ms + core->slept_ms;
}

bool hr_core_works(const struct hr_core *core) {
  assert(core->started || core->work.kind == HR_WORK_NONE);
  return core->work.kind != HR_WORK_NONE;
}

int64_t hr_core_behind(const struct hr_core *core, int node) {
  assert(core != NULL);
  return hr_reads_behind(core, node);
}

bool hr_core_mends(const struct hr_core *core, hr_msec now) {
  assert(core != NULL);
  return core->started && hr_mend_soon(core, now - core->slept_ms);
}

const struct hr_topology *hr_core_topology(const struct hr_core *core) {
  assert(core != NULL);
  return &core->view;
}

const struct hr_fork *hr_core_forks(const struct hr_core *core) {
  assert(core != NULL);
  return core->forks;
}

const char *hr_core_state(const struct hr_core *core) {
  static const char *const phases[] = {"idle",     "first",    "rest",      "drain",
                                       "seal",     "pausing",  "catching",  "handing over",
                                       "checking", "promoting", "following", "mending"};
  assert((size_t)core->work.phase < sizeof phases / sizeof phases[0]);
  if (core->work.phase != HR_PHASE_IDLE) return phases[core->work.phase];
  if (core->master >= 0) return core->fenced ? "fenced" : "ready";
  return core->suspect >= 0 ? "suspect" : "looking";
}
