/*
 * The topology: what the data plane and the user may know, built anew and swapped as a whole.
 * It must not know who reads it.
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

static enum hr_role role_of(const struct hr_core *core, int node) {
  assert(node >= 0);
  const struct hr_peer *peer = &core->peers[node];
  if (node == core->master) return HR_ROLE_MASTER;
  if (!peer->known) return HR_ROLE_UNKNOWN;
  if (peer->facts.master) return HR_ROLE_STRAY;
  return peer->facts.sealed ? HR_ROLE_SEALED : HR_ROLE_REPLICA;
}

static void describe(struct hr_core *core, int node) {
  assert(node < (int)core->config.count);
  struct hr_node_state *state = &core->view.nodes[node];
  const struct hr_peer *peer = &core->peers[node];
  state->role = role_of(core, node);
  state->up = peer->link == HR_LINK_READY;
  state->why = hr_watch_why_down(core, node);
  state->readable = hr_reads_may(core, node);
  if (!peer->known) {
    state->link_up = false;
    return;
  }
  const struct hr_facts *facts = &peer->facts;
  state->link_up = !facts->master && facts->link_up;
  state->follows = facts->master ? -1 : facts->follows;
  state->epoch = facts->epoch;
  state->opcounter = facts->opcounter;
  state->offset = facts->offset;
  state->keys = facts->keys;
  state->seen_ms = peer->facts_ms + core->slept_ms;
  state->lag = -1;
  bool attached = core->master >= 0 && core->peers[core->master].known &&
                  facts->follows == core->master && facts->link_up;
  if (!attached) return;
  int64_t lag = core->peers[core->master].facts.offset - facts->offset;
  state->lag = lag > 0 ? lag : 0;
}

/* A node that is attached twice can be taken for two where two have to acknowledge. Where one is
 * enough it is one, whichever of its links answers; after a cut the dead one can stay for a
 * minute. */
static bool doubles_count(const struct hr_core *core, const struct hr_facts *master) {
  assert(master != NULL);
  int count = (int)core->config.count;
  return master->doubled > 0 && (count / 2 > 1 || count - core->quorum > 1);
}

/* Quorum durability is a promise of the whole group: every process must start sealed, nobody who is
 * not in the list may answer WAIT, and everybody must mean the same list. */
static bool durable_now(const struct hr_core *core) {
  assert(core->config.count >= 1);
  if (core->master < 0 || core->passive || !core->peers[core->master].known) return false;
  const struct hr_facts *master = &core->peers[core->master].facts;
  if (master->strangers > 0 || !master->durable || core->proof_ms != 0) return false;
  for (size_t i = 0; i < core->config.count; i++) {
    /* A stranger's node acknowledges nothing and is never counted. */
    if (!core->peers[i].known || !hr_rank_ours(core, (int)i)) continue;
    if (!hr_watch_starts_sealed(core, (int)i)) return false;
    /* A record from before the first durable write would let a blank node count. */
    const struct hr_facts *facts = &core->peers[i].facts;
    if (facts->epoch.n > 0 && !facts->durable) return false;
  }
  return !doubles_count(core, master);
}

/* Nobody takes us in, and those who do not for a reason that no waiting mends are so many that the
 * rest, which may be down, is no majority. */
static bool is_refused(const struct hr_core *core) {
  assert(core->quorum >= 1);
  int refusing = 0, count = (int)core->config.count;
  for (int i = 0; i < count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (peer->link == HR_LINK_READY || !peer->dialled) return false;
    refusing += hr_down_refuses(peer->why);
  }
  return count - refusing < core->quorum;
}

static enum hr_pause pause_of(const struct hr_core *core) {
  assert(core->started);
  if (core->ambiguous) return HR_PAUSE_AMBIGUOUS;
  if (is_refused(core)) return HR_PAUSE_AUTH;
  bool dialled = true;
  for (size_t i = 0; i < core->config.count; i++) dialled = dialled && core->peers[i].dialled;
  if (core->fenced && (core->master >= 0 || dialled)) return HR_PAUSE_NO_QUORUM;
  return core->master >= 0 ? HR_PAUSE_NONE : HR_PAUSE_NO_MASTER;
}

void hr_view_publish(struct hr_core *core) {
  struct hr_topology *view = &core->view;
  assert(view->count == core->config.count);
  view->master = core->master;
  view->epoch = core->epoch;
  view->planned = core->gapless;
  memcpy(view->run_id, core->master_run_id, sizeof view->run_id);
  view->pause = pause_of(core);
  view->durable = durable_now(core);
  int count = (int)core->config.count;
  /* With a lowered quorum more must hold a write, so that they meet; a raised one asks no less. */
  int acks = count - core->quorum;
  view->durable_acks = acks > count / 2 ? acks : count / 2;
  for (int i = 0; i < count; i++) describe(core, i);
  hr_sub_choose(core);
  core->view_stale = false;
  view->version++;
  hr_emit(core, HR_DO_TOPOLOGY, -1);
}
