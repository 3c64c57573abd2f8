/*
 * Is a master that I cannot use alive for others? Then it is I who am cut off, and nobody may be
 * promoted. It must not know what is done with the answer.
 *
 *   evidence                                        vouches
 *   fresh heartbeat heard through a replica         while younger than down_after
 *   ... but after the master refused a connection   only if heard after that
 *   replica linked to it, its stream grows          at most HR_VOUCH_ALONE x down_after
 *   replica linked to it, stream stands still       no, but look again within milliseconds: a
 *     right after a refused connection              replica says "up" for 0.3 ms after a crash
 *   replica that lost its link                      no
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

#define HR_VOUCH_ALONE 3

static bool follows(const struct hr_core *core, int replica, int node) {
  assert(replica != node);
  const struct hr_peer *peer = &core->peers[replica];
  if (!hr_watch_reachable(core, replica) || peer->facts.master || peer->facts.sealed) return false;
  return peer->facts.follows == node && peer->facts.link_up;
}

static bool heartbeat_vouches(const struct hr_core *core, int replica, int node) {
  assert(replica != node);
  const struct hr_peer *peer = &core->peers[replica];
  const struct hr_peer *master = &core->peers[node];
  if (peer->vouch_node != node) return false;
  if (peer->vouch_ms == 0 || core->now - peer->vouch_ms >= core->config.down_after_ms) return false;
  return master->refused_ms == 0 || peer->vouch_ms > master->refused_ms;
}

static bool stream_vouches(const struct hr_core *core, int replica, int node) {
  assert(replica != node);
  const struct hr_peer *peer = &core->peers[replica];
  const struct hr_peer *master = &core->peers[node];
  hr_msec since_ms = core->quorum_ms > core->gone_ms ? core->quorum_ms : core->gone_ms;
  if (core->now - since_ms > HR_VOUCH_ALONE * core->config.down_after_ms) return false;
  hr_msec since = master->refused_ms != 0 ? master->refused_ms
                                          : core->now - core->config.down_after_ms;
  if (peer->grew_ms > since) return true;
  /* Whole seconds, cut off: only worth something when down_after is much longer than that. */
  int io_seconds = peer->facts.io_seconds;
  if (master->refused_ms != 0 || io_seconds < 0) return false;
  return ((hr_msec)io_seconds + 2) * 1000 <= core->config.down_after_ms;
}

/* look_soon: somebody still says "linked" though nothing else speaks for the master. */
bool hr_vouch_for(struct hr_core *core, int node, bool *look_soon) {
  assert(node >= 0 && look_soon != NULL);
  *look_soon = false;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (i == node || !follows(core, i, node)) continue;
    if (heartbeat_vouches(core, i, node)) return true;
    if (stream_vouches(core, i, node)) return true;
    if (core->peers[node].refused_ms == 0) continue;
    /* It has said nothing since the loss: these are old words, and it may hang. */
    if (core->peers[i].asked_ms < core->lost_ms) continue;
    if (core->now - core->peers[node].refused_ms < core->config.down_after_ms) *look_soon = true;
  }
  return false;
}
