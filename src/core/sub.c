/*
 * Where subscriptions belong: on a replica that the master feeds, so that the master has less to
 * do; on the master while there is none. They stay where they are while that is fine.
 *
 *   the node that carries them                       they move
 *   went down                                        at once, also without a master
 *   was promoted, or is the master anyway            when a replica is fed
 *   hears no heartbeat while others do (silent)      to a replica that does, or to the master
 *
 * A node is silent when half of down_after has passed since the first heartbeat that others heard
 * and it did not; with the gap between two heartbeats that ends well within down_after. It stays
 * silent until one is heard on it: what was left is not chosen again for nothing.
 * It must not know what subscriptions are.
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

static hr_msec patience_ms(const struct hr_core *core) {
  assert(core->config.down_after_ms > 0);
  return core->config.down_after_ms / 2;
}

/* One heartbeat alone proves nothing: the master may have died after telling us, before it. */
static bool silent(const struct hr_core *core, int node) {
  assert(node >= 0);
  hr_msec since = core->peers[node].unheard_ms;
  if (since == 0 || core->now - since < patience_ms(core)) return false;
  return core->new_beat_ms - since >= patience_ms(core) / 2;
}

void hr_sub_beat(struct hr_core *core, int node, bool first) {
  assert(node >= 0 && node < (int)core->config.count);
  if (first) {
    core->new_beat_ms = core->now;
    for (size_t i = 0; i < core->config.count; i++) {
      if (core->peers[i].unheard_ms == 0) core->peers[i].unheard_ms = core->now;
    }
  }
  core->peers[node].unheard_ms = 0;
}

/* Whoever had just begun to be silent was cut short by the old master, not left out. */
void hr_sub_adopted(struct hr_core *core) {
  assert(core->master >= 0);
  core->sub_kept = core->view.sub_node >= 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (!silent(core, i)) core->peers[i].unheard_ms = 0;
  }
}

/* A link that broke is dialled again at once: only then it is known that nobody is there. */
static bool down(const struct hr_core *core, int node) {
  assert(node >= 0);
  return core->peers[node].link != HR_LINK_READY && !core->peers[node].up;
}

/* By its own word, or because a heartbeat of the present master came through it. */
static bool fed(const struct hr_core *core, int node) {
  assert(core->master >= 0);
  const struct hr_peer *peer = &core->peers[node];
  const struct hr_facts *facts = &peer->facts;
  if (node == core->master || peer->link != HR_LINK_READY || !peer->known) return false;
  if (facts->master || facts->loading || facts->syncing) return false;
  if (peer->unheard_ms != 0 && core->now - peer->unheard_ms >= HR_STRAGGLE_MS) return false;
  bool heard = hr_epoch_compare(&peer->vouch_epoch, &core->epoch) == 0;
  return heard || (!facts->sealed && facts->follows == core->master && facts->link_up);
}

enum better { NOT_THERE, ANYBODY, REPLICA };

/* Without a master nobody is fed: whoever answers, a replica rather than somebody else. */
static enum better worth(const struct hr_core *core, int node) {
  assert(node >= 0);
  const struct hr_peer *peer = &core->peers[node];
  if (core->master >= 0) return fed(core, node) ? REPLICA : NOT_THERE;
  if (peer->link != HR_LINK_READY) return NOT_THERE;
  bool replica = peer->known && !peer->facts.master && !peer->facts.sealed;
  return replica ? REPLICA : ANYBODY;
}

/* Any of the best, by chance, so that clients spread; else the master; -1: nobody. */
static int find(struct hr_core *core) {
  int list[HR_NODES_MAX], count = 0;
  enum better best = ANYBODY;
  for (int i = 0; i < (int)core->config.count; i++) {
    enum better this = worth(core, i);
    if (this < best) continue;
    if (this > best) count = 0;
    best = this;
    list[count++] = i;
  }
  assert(count <= HR_NODES_MAX);
  if (count == 0) return core->master;
  return list[count > 1 ? hr_prng_below(&core->prng, (uint64_t)count) : 0];
}

static void tell(struct hr_core *core, int old, bool was_down) {
  int node = core->view.sub_node;
  assert(node >= 0);
  if (node == core->master) {
    hr_emit_log(core, old < 0 ? HR_LEVEL_DEBUG : HR_LEVEL_INFO,
                "defaulting to master as subSlave");
    return;
  }
  if (old >= 0 && was_down) {
    hr_emit_log(core, HR_LEVEL_INFO, "subSlave went down, renegotiated to %s",
                hr_name(core, node));
    return;
  }
  if (old >= 0 && old == core->master) {
    hr_emit_log(core, HR_LEVEL_INFO, "renegotating subSlave away from master");
  } else if (old >= 0) {
    hr_emit_log(core, HR_LEVEL_INFO, "subSlave %s hears nothing", hr_name(core, old));
  }
  hr_emit_log(core, HR_LEVEL_INFO, "subSlave is now %s", hr_name(core, node));
}

/* Once per new master. */
static void tell_kept(struct hr_core *core) {
  assert(core->sub_kept);
  core->sub_kept = false;
  if (core->view.sub_node == core->master) {
    hr_emit_log(core, HR_LEVEL_DEBUG, "defaulting to master as subSlave");
  } else {
    hr_emit_log(core, HR_LEVEL_DEBUG, "still using %s as subSlave",
                hr_name(core, core->view.sub_node));
  }
}

static void choose(struct hr_core *core) {
  int old = core->view.sub_node;
  assert(old < (int)core->config.count);
  bool was_down = old >= 0 && down(core, old);
  bool fine = old >= 0 && old != core->master && !was_down && !silent(core, old);
  if (fine || (core->master < 0 && old >= 0 && !was_down)) return;
  int node = find(core);
  if (node < 0 || node == old) return;
  core->view.sub_node = node;
  core->view_stale = true;
  core->sub_kept = false;
  tell(core, old, was_down);
}

void hr_sub_choose(struct hr_core *core) {
  assert(core->started);
  if (core->master < 0 && core->view.sub_node < 0) return;
  choose(core);
  if (core->sub_kept && core->master >= 0) tell_kept(core);
}

hr_msec hr_sub_deadline(const struct hr_core *core) {
  int node = core->view.sub_node;
  assert(core->started);
  if (core->master < 0 || node < 0 || node == core->master) return HR_NEVER;
  hr_msec since = core->peers[node].unheard_ms;
  if (since == 0 || core->now - since >= patience_ms(core)) return HR_NEVER;
  return since + patience_ms(core);
}
