/*
 * Whose data is the newest? Pure comparison of facts that were read inside the seals.
 *
 * Nodes are grouped by history (replication ids). The highest epoch wins; between groups of equal
 * epoch the higher opcounter; inside one history the offset alone, for the opcounter lags it and
 * FLUSHALL resets it. Offsets of different histories are never compared.
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

/* One history: the same id, or one continues where the other was. */
bool hr_rank_related(const struct hr_facts *a, const struct hr_facts *b) {
  assert(a != NULL && b != NULL);
  if (strcmp(a->replid, b->replid) == 0) return true;
  if (strcmp(a->replid2, b->replid) == 0 && a->offset2 >= 0) return b->offset < a->offset2;
  if (strcmp(b->replid2, a->replid) == 0 && b->offset2 >= 0) return a->offset < b->offset2;
  return false;
}

/* Its history is that one, or came out of it. */
static bool came_through(const struct hr_facts *facts, const char *history) {
  assert(facts != NULL && history != NULL);
  if (strcmp(facts->replid, history) == 0) return true;
  return facts->offset2 >= 0 && strcmp(facts->replid2, history) == 0;
}

/* They were once fed by the same stream. */
static bool kin(const struct hr_facts *a, const struct hr_facts *b) {
  assert(a != NULL && b != NULL);
  return came_through(a, b->replid) || came_through(b, a->replid);
}

/*
 * A replica without a record may have lost it to a FLUSHALL on `facts`, or with all its data to a
 * stranger on the address that it follows, whom it has copied. The histories tell: a FLUSHALL goes
 * on in the one that this process was last seen with a record in. Who has not seen it so can tell
 * nothing.
 */
static bool flushed_with(const struct hr_peer *replica, const struct hr_facts *facts) {
  assert(replica->known);
  const struct hr_facts *its = &replica->facts;
  if (its->master || !its->linked_once || (its->follows < 0 && !its->sealed)) return false;
  return strcmp(its->run_id, replica->ours_run_id) == 0 &&
         came_through(facts, replica->ours_replid);
}

static bool kin_of_group(const struct hr_core *core, int node) {
  assert(core->uuid[0] != '\0');
  const struct hr_facts *facts = &core->peers[node].facts;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (i == node || !peer->known) continue;
    if (strcmp(peer->facts.uuid, core->uuid) == 0 && kin(&peer->facts, facts)) return true;
    if (peer->facts.uuid[0] == '\0' && flushed_with(peer, facts)) return true;
  }
  return false;
}

/* Its data belongs to our group, or it has none: it may be sealed, counted and told to follow. */
bool hr_rank_ours(const struct hr_core *core, int node) {
  const struct hr_facts *facts = &core->peers[node].facts;
  assert(core->peers[node].known);
  if (facts->uuid[0] != '\0' && core->uuid[0] != '\0') {
    return strcmp(facts->uuid, core->uuid) == 0;
  }
  if (facts->uuid[0] != '\0' || core->uuid[0] == '\0') return true;
  /* No record: empty, or a member whose record somebody flushed away, or whose file is older than
   * it. A stranger is neither sealed nor a replica of ours, and shares no history with us. */
  if (facts->keys == 0 || facts->sealed || facts->promise.n > 0) return true;
  if (strcmp(facts->run_id, core->peers[node].ours_run_id) == 0) return true;
  bool member = !facts->master && facts->linked_once && facts->follows >= 0;
  return member || kin_of_group(core, node);
}

/* Where the history of `facts` left `epoch`; the writes that it had counted then. */
static bool left_at(const struct hr_facts *facts, const struct hr_epoch *epoch, uint64_t *count) {
  assert(epoch->n > 0);
  *count = facts->opcounter;
  if (hr_epoch_compare(&facts->epoch, epoch) == 0) return true;
  for (int i = 0; i < HR_FORKS_MAX && facts->forks[i].epoch.n > 0; i++) {
    *count = facts->forks[i].opcounter;
    if (hr_epoch_compare(&facts->forks[i].epoch, epoch) == 0) return true;
  }
  return false;
}

/* How many writes `facts` has counted since it left the history of `master`; -1: nobody can say,
 * for the last epoch that both went through is older than what their records remember. */
int64_t hr_rank_own_writes(const struct hr_facts *facts, const struct hr_facts *master) {
  assert(facts != NULL && master != NULL);
  uint64_t mine = facts->opcounter, its = 0;
  if (facts->epoch.n == 0) return -1;
  if (hr_epoch_compare(&facts->epoch, &master->epoch) == 0) return 0; /* it did not leave */
  bool met = left_at(master, &facts->epoch, &its);
  for (int i = 0; i < HR_FORKS_MAX && !met && facts->forks[i].epoch.n > 0; i++) {
    mine = facts->forks[i].opcounter;
    met = left_at(master, &facts->forks[i].epoch, &its);
  }
  if (!met) return -1;
  uint64_t common = mine < its ? mine : its;
  if (facts->opcounter <= common) return 0;
  /* Who restores a record skips ahead of whatever was counted: that wrote nothing. */
  uint64_t writes = (facts->opcounter - common) % HR_OPCOUNTER_SKIP;
  return writes < HR_OPCOUNTER_SKIP / 2 ? (int64_t)writes : -1;
}

/*
 * Where there are strangers a history may be one of theirs. This process was seen with our record,
 * and now it has none, and a history that comes from nowhere: but a FLUSHALL changes no history,
 * and a master of ours continues the one that it was elected in.
 */
static bool perhaps_strange(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  if (hr_rank_copied(core, node)) return true;
  bool met = false;
  for (size_t i = 0; i < core->config.count; i++) {
    met = met || core->peers[i].strange_replid[0] != '\0';
  }
  if (!met || !hr_rank_flushed(core, node)) return false;
  return strcmp(peer->facts.run_id, peer->ours_run_id) == 0 &&
         !came_through(&peer->facts, peer->ours_replid);
}

/* A whole dataset, of a process that no other name leads to. */
static bool whole(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  if (!peer->known || peer->facts.loading || peer->facts.syncing) return false;
  for (int i = 0; i < node; i++) {
    const struct hr_peer *other = &core->peers[i];
    if (other->known && strcmp(other->facts.run_id, peer->facts.run_id) == 0) return false;
  }
  return true;
}

/* It holds what it has copied from a stranger, on whose address it was told to follow. */
bool hr_rank_copied(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_facts *facts = &core->peers[node].facts;
  if (facts->epoch.n > 0 || !facts->linked_once) return false;
  for (size_t i = 0; i < core->config.count; i++) {
    const char *strange = core->peers[i].strange_replid;
    if (strange[0] != '\0' && came_through(facts, strange)) return true;
  }
  return false;
}

/*
 * A FLUSHALL by somebody else takes record and promise away from a master and from all its replicas
 * at once: none of them can say any more which epoch that was. It is no secret where their history
 * is our master's, or the one that ours came out of; of another history nobody knows how new it is.
 */
bool hr_rank_flushed(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  if (core->uuid[0] == '\0' || !peer->known || peer->facts.epoch.n > 0) return false;
  if (!peer->facts.linked_once && peer->facts.offset2 < 0) return false; /* it was just started */
  const char *history = peer->facts.replid;
  if (strcmp(history, core->master_replid) == 0 || hr_rank_copied(core, node)) return false;
  if (core->was_master < 0) return true;
  const struct hr_peer *master = &core->peers[core->was_master];
  bool same = master->known && strcmp(master->facts.run_id, core->master_run_id) == 0;
  return !same || master->facts.offset2 < 0 || strcmp(history, master->facts.replid2) != 0;
}

/* It was linked to its master since it started, or is the process that was elected, sealed since:
 * it holds what it acknowledged. */
static bool holds(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  if (!whole(core, node)) return false;
  if (peer->facts.linked_once) return true;
  if (strcmp(peer->facts.run_id, core->master_run_id) == 0) return true;
  return peer->facts.epoch.n > 0 && strcmp(peer->facts.run_id, peer->facts.epoch_run_id) == 0;
}

/* ... and it remembers what it promised. */
bool hr_rank_remembers(const struct hr_core *core, int node) {
  assert(core->config.count <= HR_NODES_MAX);
  return holds(core, node) && !hr_rank_flushed(core, node) && !hr_rank_copied(core, node);
}

/*
 * Is it counted in the majority? all: every configured node takes part, so nothing can be hidden
 * elsewhere. In a group without durable writes a node that just started counts, for there is no
 * acknowledgement that it could have forgotten; but it is no candidate (see hr_rank_best).
 */
bool hr_rank_counts(const struct hr_core *core, int node, bool all) {
  assert(core->config.count <= HR_NODES_MAX);
  if (all || !core->durable_group) return whole(core, node);
  return hr_rank_remembers(core, node);
}

/* In which history the process that was elected was seen last with our record, "": never. Another
 * one than that which it began, where its backlog has expired since. */
static const char *last_history(const struct hr_core *core) {
  assert(core->config.count <= HR_NODES_MAX);
  for (size_t i = 0; i < core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (strcmp(peer->ours_run_id, core->master_run_id) == 0) return peer->ours_replid;
  }
  return "";
}

/* What its record says. Where somebody flushed that away: what this client knows of the very
 * process that was elected, and of its histories. */
static struct hr_epoch epoch_of(const struct hr_core *core, int node) {
  const struct hr_facts *facts = &core->peers[node].facts;
  assert(core->peers[node].known);
  bool elected = strcmp(facts->run_id, core->master_run_id) == 0 ||
                 strcmp(facts->replid, core->master_replid) == 0 ||
                 strcmp(facts->replid, last_history(core)) == 0;
  bool flushed = elected && hr_epoch_compare(&facts->epoch, &core->epoch) < 0;
  return flushed ? core->epoch : facts->epoch;
}

/* > 0: a is better. Both of one history. */
static int compare_inside(const struct hr_core *core, int a, int b) {
  assert(a != b);
  const struct hr_facts *fa = &core->peers[a].facts, *fb = &core->peers[b].facts;
  if (fa->offset != fb->offset) return fa->offset > fb->offset ? 1 : -1;
  /* Redis' order: a smaller priority is preferred, 0 is never. */
  int pa = fa->priority > 0 ? fa->priority : INT32_MAX;
  int pb = fb->priority > 0 ? fb->priority : INT32_MAX;
  if (pa != pb) return pa < pb ? 1 : -1;
  return -strcmp(hr_name(core, a), hr_name(core, b));
}

struct group {
  int best;
  bool recorded;     /* one of them has a record */
  const char *from;  /* the history that theirs came out of, "": who restarted has forgotten it */
  struct hr_epoch epoch;
  uint64_t opcounter;
  int64_t keys;
};

/* Both are of the process that was elected: who has the former has stopped where its id changed. */
static bool goes_on(const struct hr_core *core, const char *former, const char *latter) {
  assert(former != NULL && latter != NULL);
  return strcmp(former, latter) != 0 && strcmp(former, core->master_replid) == 0 &&
         strcmp(latter, last_history(core)) == 0;
}

static int compare_groups(const struct hr_core *core, const struct group *a,
                          const struct group *b) {
  assert(a->best >= 0 && b->best >= 0);
  const struct hr_facts *fa = &core->peers[a->best].facts, *fb = &core->peers[b->best].facts;
  /* A record that was flushed away says nothing, but the history does: the child was elected. */
  if (!a->recorded && strcmp(a->from, fb->replid) == 0) return 1;
  if (!b->recorded && strcmp(b->from, fa->replid) == 0) return -1;
  int by_epoch = hr_epoch_compare(&a->epoch, &b->epoch);
  if (by_epoch != 0) return by_epoch;
  if (goes_on(core, fb->replid, fa->replid)) return 1;
  if (goes_on(core, fa->replid, fb->replid)) return -1;
  if (a->opcounter != b->opcounter) return a->opcounter > b->opcounter ? 1 : -1;
  if ((a->keys > 0) != (b->keys > 0)) return a->keys > 0 ? 1 : -1;
  /* Equal in all that says something about data: only the names are left to decide. */
  if ((fa->priority > 0) != (fb->priority > 0)) return fa->priority > 0 ? 1 : -1;
  return -strcmp(hr_name(core, a->best), hr_name(core, b->best));
}

static void join(const struct hr_core *core, struct group *group, int node) {
  const struct hr_facts *facts = &core->peers[node].facts;
  assert(group != NULL);
  if (group->best < 0 || compare_inside(core, node, group->best) > 0) group->best = node;
  if (facts->offset2 >= 0) group->from = facts->replid2;
  group->recorded = group->recorded || facts->epoch.n > 0;
  struct hr_epoch epoch = epoch_of(core, node);
  if (hr_epoch_compare(&epoch, &group->epoch) > 0) group->epoch = epoch;
  if (facts->opcounter > group->opcounter) group->opcounter = facts->opcounter;
  if (facts->keys > group->keys) group->keys = facts->keys;
}

/* All sealed nodes of one replication id. Not by kinship: two branches have ancestors in common. */
static struct group gather(const struct hr_core *core, int seed, bool *taken) {
  assert(!taken[seed]);
  struct group group = {.best = -1, .from = ""};
  for (int i = seed; i < (int)core->config.count; i++) {
    if (taken[i] || core->peers[i].part != HR_PART_SEALED) continue;
    if (strcmp(core->peers[seed].facts.replid, core->peers[i].facts.replid) != 0) continue;
    taken[i] = true;
    join(core, &group, i);
  }
  return group;
}

/* May its data become the group's? Who was just started may have missed what others had. */
bool hr_rank_electable(const struct hr_core *core, int node, bool all) {
  assert(node >= 0 && node < (int)core->config.count);
  return (all || holds(core, node)) && !perhaps_strange(core, node);
}

/* All that it has is the beginning of what another candidate has: its process started anew from
 * a file, under an id of its own, and nothing came to it since. Counters and records say nothing
 * then, for what it lacks may be a FLUSHALL. */
static bool is_outgrown(const struct hr_core *core, int node, const bool *taken) {
  const struct hr_facts *facts = &core->peers[node].facts;
  assert(node >= 0);
  if (facts->offset2 < 0 || facts->offset >= facts->offset2) return false;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_facts *other = &core->peers[i].facts;
    if (taken[i] || core->peers[i].part != HR_PART_SEALED) continue;
    bool same = strcmp(other->replid, facts->replid2) == 0;
    if (same && other->offset > facts->offset) return true;
  }
  return false;
}

int hr_rank_best(const struct hr_core *core, bool all) {
  assert(core->config.count <= HR_NODES_MAX);
  bool taken[HR_NODES_MAX] = {false};
  for (int i = 0; i < (int)core->config.count; i++) taken[i] = !hr_rank_electable(core, i, all);
  for (int i = 0; i < (int)core->config.count; i++) {
    taken[i] = taken[i] || is_outgrown(core, i, taken);
  }
  struct group best = {.best = -1, .from = ""};
  for (int i = 0; i < (int)core->config.count; i++) {
    if (taken[i] || core->peers[i].part != HR_PART_SEALED) continue;
    struct group group = gather(core, i, taken);
    if (best.best < 0 || compare_groups(core, &group, &best) > 0) best = group;
  }
  return best.best;
}
