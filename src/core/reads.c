/*
 * Which replicas may be read, and how far behind they are.
 *
 * The lag is the master's offset less the replica's, both from looks that were sent in the same
 * moment. Where they were not, the difference only counts in the direction in which it is certain:
 * a replica's older word against a newer one of the master exaggerates the lag, so it can clear a
 * replica; a newer word against an older one belittles it, so it can only condemn. What this
 * cannot see: bytes that the master wrote between the two answers, which take one round trip, and
 * everything since the last look, which is a heartbeat's interval ago, or with answers that fail
 * to come up to three of them: what was compared before that says nothing.
 * A single read may have a bound of its own: it asks for the number (hr_core_behind).
 * It must not know what a read is.
 */
#include <assert.h>

#include "core/internal.h"

#define HR_LOOKS_MISSED 3
#define HR_LOOK_FIRST_MS 2 /* behind an adoption; doubles until it is a beat */

/* One who answers, but no look, is taken for what it was as long as one who does not answer. */
static bool seen(const struct hr_core *core, int node) {
  assert(node >= 0);
  return core->now - core->peers[node].asked_ms <= core->config.down_after_ms;
}

/* What was compared longer ago says nothing: a node that hangs falls behind without saying so. */
static bool lately(const struct hr_core *core, int node) {
  assert(node >= 0);
  return core->now - core->peers[node].compared_ms <= HR_LOOKS_MISSED * core->beat_ms;
}

static void compare(struct hr_core *core, int node) {
  assert(core->master >= 0 && node != core->master);
  struct hr_peer *peer = &core->peers[node];
  const struct hr_peer *master = &core->peers[core->master];
  int64_t lag = master->facts.offset - peer->facts.offset;
  lag = lag > 0 ? lag : 0;
  if (peer->asked_ms > master->asked_ms) { /* belittled */
    if (lag > peer->behind) peer->behind = lag;
    return;
  }
  bool exact = peer->asked_ms == master->asked_ms;
  if (!exact && lag > peer->behind && lately(core, node)) return; /* exaggerated */
  peer->behind = lag;
  peer->compared_ms = peer->asked_ms;
}

void hr_reads_measure(struct hr_core *core, int node) {
  assert(node >= 0 && core->peers[node].known);
  if (core->master < 0) return;
  for (int i = 0; i < (int)core->config.count; i++) {
    bool concerned = node == core->master || node == i;
    if (!concerned || i == core->master || !core->peers[i].known) continue;
    if (core->peers[core->master].known) compare(core, i);
  }
}

/* A new master's replicas attach within milliseconds: nobody need wait for a beat. */
void hr_reads_adopted(struct hr_core *core) {
  assert(core->master >= 0);
  core->reads_gap_ms = HR_LOOK_FIRST_MS;
  core->reads_look_ms = core->now + HR_LOOK_FIRST_MS;
  for (size_t i = 0; i < core->config.count; i++) core->peers[i].behind = INT64_MAX;
}

int64_t hr_reads_behind(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  return core->master >= 0 && lately(core, node) ? core->peers[node].behind : INT64_MAX;
}

/* Without a master the last word stands: that it was readable, until it says otherwise. How far
 * behind it is cannot be known then. */
bool hr_reads_may(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  const struct hr_facts *facts = &peer->facts;
  if (!hr_watch_reachable(core, node) || !seen(core, node) || node == core->master) return false;
  if (facts->master || facts->sealed || facts->syncing || facts->loading) return false;
  if (core->was_master < 0 || facts->follows != core->was_master) return false;
  bool bounded = core->config.max_lag > 0;
  if (core->master < 0) return !bounded && core->view.nodes[node].readable;
  if (!facts->link_up) return false;
  return !bounded || hr_reads_behind(core, node) <= core->config.max_lag;
}

static bool all_readable(const struct hr_core *core) {
  assert(core->master >= 0);
  for (int i = 0; i < (int)core->config.count; i++) {
    if (i != core->master && hr_watch_reachable(core, i) && !hr_reads_may(core, i)) return false;
  }
  return true;
}

void hr_reads_tick(struct hr_core *core) {
  assert(core->started);
  if (!core->config.reads_replicas || core->master < 0 || core->now < core->reads_look_ms) return;
  core->reads_gap_ms *= 2;
  bool done = core->reads_gap_ms >= core->beat_ms || all_readable(core);
  core->reads_look_ms = done ? HR_NEVER : core->now + core->reads_gap_ms;
  if (!done) hr_watch_look_all(core);
}

hr_msec hr_reads_deadline(const struct hr_core *core) {
  assert(core->started);
  bool looks = core->config.reads_replicas && core->master >= 0;
  return looks ? core->reads_look_ms : HR_NEVER;
}

bool hr_reads_changed(const struct hr_core *core) {
  assert(core->started);
  if (!core->config.reads_replicas) return false;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (hr_reads_may(core, i) != core->view.nodes[i].readable) return true;
  }
  return false;
}
