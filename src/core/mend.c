/*
 * What a healthy group still has to have put right, one node at a time, by whoever sees it first:
 *
 *   seen                                             done
 *   a master that was not elected                    follow, closing its clients
 *   a seal without a lock                            follow
 *   a replica of somebody else, or left writable     follow
 *   a replica that would not start sealed            follow, with its file rewritten on the way
 *   a linked replica to which nothing comes          the same, for a new link
 *   the master's record is gone (FLUSHALL by others) write it back, never lower than known
 *   a promise newer than the master's epoch          elect again: the same data wins
 *   data that is not our group's                     nothing: told to a person
 *
 * Each is lock, guard, act, unlock on that node. It must not know how servers do that.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

#define HR_SYNC_PATIENCE_MS 15000 /* Redis waits 5 s before a first copy, which takes a while */
#define HR_FORGOT_PATIENCE_MS 3000
#define HR_STALL_MS 1000
#define HR_NOTE_GRACE_MS 2000
#define HR_MEND_DOUBLINGS 5

static bool warn_once(struct hr_core *core, int node, enum hr_warned what) {
  assert(node >= 0);
  if ((core->peers[node].warned & (unsigned)what) != 0) return false;
  core->peers[node].warned |= (unsigned)what;
  return true;
}

/* The replica of a master that has them too, and is told of itself: now, or a moment ago. */
static bool owner_tells(const struct hr_core *core, int node) {
  const struct hr_facts *facts = &core->peers[node].facts;
  int owner = facts->epoch_node;
  assert(node >= 0);
  if (owner < 0 || owner == node || owner == core->master) return false;
  const struct hr_peer *peer = &core->peers[owner];
  if ((peer->warned & HR_WARNED_DIVERGED) != 0) return true;
  return peer->known && hr_watch_reachable(core, owner) &&
         hr_epoch_compare(&peer->facts.epoch, &facts->epoch) == 0;
}

/*
 * The writes of a node that nobody else has: told before they are dropped, whoever makes it follow.
 * The counters say how many, from where its history and the master's parted; bytes alone are no
 * writes, for a heartbeat that waited in the socket of a stopped master is a part of its stream.
 */
static bool diverged(struct hr_core *core, int node) {
  assert(core->master >= 0 && node != core->master);
  const struct hr_facts *stray = &core->peers[node].facts;
  const struct hr_facts *master = &core->peers[core->master].facts;
  if (!core->peers[core->master].known || stray->keys == 0 || stray->epoch.n == 0) return false;
  bool fork_known = strcmp(stray->replid, master->replid2) == 0 && master->offset2 >= 0;
  int64_t bytes = fork_known ? stray->offset - (master->offset2 - 1) : -1;
  int64_t writes = hr_rank_own_writes(stray, master);
  if (writes == 0 || (fork_known && bytes <= 0) || (writes < 0 && bytes < 0)) return false;
  if (owner_tells(core, node)) return false;
  if (!warn_once(core, node, HR_WARNED_DIVERGED)) return true;
  bool left = core->config.refuse_divergence && stray->epoch_node == node;
  char count[64] = "writes";
  if (writes > 0) snprintf(count, sizeof count, "%lld writes", (long long)writes);
  if (writes < 0 && bytes > 0) snprintf(count, sizeof count, "%lld bytes", (long long)bytes);
  hr_emit_log(core, HR_LEVEL_WARNING, "%s has %s that nobody else has", hr_name(core, node), count);
  hr_emit_tell(core, HR_TELL_DIVERGED, node, writes, "%s has %s that nobody else has: %s",
               hr_name(core, node), count,
               left ? "left alone for a person" : "they are dropped");
  return true;
}

/* May it be made to follow, and lose what it alone has? A master that was is a person's, if asked
 * for. */
bool hr_mend_drops(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  bool own = diverged(core, node);
  return !own || !core->config.refuse_divergence || core->peers[node].facts.epoch_node != node;
}

/* Whoever else is at it needs milliseconds; what cannot be mended is tried ever more rarely. */
void hr_mend_later(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  struct hr_peer *peer = &core->peers[node];
  int doublings = peer->mend_failures < HR_MEND_DOUBLINGS ? peer->mend_failures : HR_MEND_DOUBLINGS;
  peer->mend_failures++;
  peer->mend_ms = core->now + hr_random_ms(core, 1, core->beat_ms << doublings);
}

static void begin(struct hr_core *core, int node, enum hr_mend what, bool kick) {
  assert(core->work.kind == HR_WORK_NONE);
  hr_work_begin(core, HR_WORK_MEND, core->epoch);
  core->work.target = core->work.first = node;
  core->work.mend = what;
  core->work.kick = kick;
  hr_work_phase(core, HR_PHASE_FIRST, core->step_ms);
  hr_work_lock(core, node);
}

void hr_mend_locked(struct hr_core *core) {
  assert(core->work.kind == HR_WORK_MEND);
  hr_work_phase(core, HR_PHASE_MEND, core->step_ms);
  hr_work_guard(core, core->work.target);
}

static void act(struct hr_core *core, int node, const struct hr_guard *guard) {
  assert(node == core->work.target);
  if (core->work.mend == HR_MEND_RESTORE) {
    struct hr_action *action = hr_work_act(core, HR_DO_RESTORE, node);
    /* Where it has an epoch its counter is right: perhaps somebody else has just written it back,
     * and what was counted since must not be counted again. */
    bool flushed = hr_epoch_compare(&guard->epoch, &core->epoch) < 0;
    if (flushed) action->opcounter = core->opcounter + HR_OPCOUNTER_SKIP;
    action->rewrite = hr_watch_starts_sealed(core, node);
    action->durable = core->durable_group || core->config.durable;
    action->planned = core->planned;
    memcpy(action->u.uuid, core->uuid, sizeof action->u.uuid);
    memcpy(action->u.forks, core->forks, sizeof action->u.forks);
    return;
  }
  struct hr_action *action = hr_work_act(core, HR_DO_FOLLOW, node);
  action->master = core->master;
  action->kick = core->work.kick;
  /* Following whom it follows already changes nothing; the way by the seal makes a new link. */
  action->rewrite = hr_elect_rewrite_wanted(core, node) || core->work.relink;
}

static void mended(struct hr_core *core, int node) {
  assert(node == core->work.target);
  struct hr_peer *peer = &core->peers[node];
  bool restore = core->work.mend == HR_MEND_RESTORE;
  peer->attaching = !restore;
  if (!restore && !hr_watch_starts_sealed(core, node)) peer->rewrite_failed = true;
  hr_emit_log(core, HR_LEVEL_INFO, restore ? "the record of %s is complete" : "%s is slave",
              hr_name(core, node));
  peer->mend_ms = core->now + core->beat_ms;
  peer->mend_failures = 0;
  peer->moved_ms = core->now;
  hr_work_end(core);
  hr_watch_look(core, node);
}

void hr_mend_answer(struct hr_core *core, int node, const struct hr_event *event) {
  assert(core->work.kind == HR_WORK_MEND && node == core->work.target);
  bool ok = event->status == HR_STATUS_OK;
  if (ok && event->guard != NULL) {
    if (hr_work_guard_ok(core, event->guard)) {
      act(core, node, event->guard);
      return;
    }
    hr_emit(core, HR_DO_UNGUARD, node);
  } else if (ok) {
    mended(core, node);
    return;
  }
  hr_work_abort(core, "the node could not be mended now");
}

/* Redis replicates from whoever answers on the address that a node was told to follow: no client
 * can prevent that, but whoever sees it can say what has happened, and what prevents it. */
static void warn_copied(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_facts *facts = &core->peers[node].facts;
  if (!hr_rank_copied(core, node) || !warn_once(core, node, HR_WARNED_COPIED)) return;
  hr_emit_log(core, HR_LEVEL_WARNING, "%s has copied data of another group", hr_name(core, node));
  hr_emit_tell(core, HR_TELL_WARNING, node, facts->keys, "%s has copied %lld keys of another group"
               " from an address of ours, and lost what it had: only passwords (requirepass, "
               "masterauth) prevent that", hr_name(core, node), (long long)facts->keys);
}

/* The history of a stranger is remembered at once, for he may be gone before anybody decides
 * anything: then only that tells what a member has copied from him. One that is seen with our
 * record is none: it was that of a flushed master, or has become ours. */
void hr_mend_meet(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  struct hr_peer *peer = &core->peers[node];
  const struct hr_facts *facts = &peer->facts;
  assert(peer->known);
  if (core->uuid[0] == '\0' || facts->loading) return;
  for (size_t i = 0; i < core->config.count && strcmp(facts->uuid, core->uuid) == 0; i++) {
    struct hr_peer *other = &core->peers[i];
    if (strcmp(other->strange_replid, facts->replid) == 0) other->strange_replid[0] = '\0';
  }
  if (!facts->master || hr_rank_ours(core, node)) return;
  memcpy(peer->strange_replid, facts->replid, sizeof peer->strange_replid);
}

void hr_mend_warn_foreign(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  if (!hr_watch_reachable(core, node) || core->uuid[0] == '\0') return;
  if (hr_rank_ours(core, node)) {
    warn_copied(core, node);
    return;
  }
  struct hr_peer *peer = &core->peers[node];
  memcpy(peer->strange_replid, peer->facts.replid, sizeof peer->strange_replid);
  if (!warn_once(core, node, HR_WARNED_FOREIGN)) return;
  int64_t keys = peer->facts.keys;
  hr_emit_log(core, HR_LEVEL_WARNING, "%s holds data of another group: leaving it alone",
              hr_name(core, node));
  hr_emit_tell(core, HR_TELL_WARNING, node, keys, "%s holds %lld keys that are not this group's: "
               "it is left alone", hr_name(core, node), (long long)keys);
}

/* A full synchronisation takes the note away that this process starts sealed; who saw it writes it
 * again. It was true and stays true, so nothing needs to be guarded. */
static void note(struct hr_core *core, int node) {
  assert(node >= 0);
  const struct hr_facts *facts = &core->peers[node].facts;
  bool lost = !facts->starts_sealed && hr_watch_starts_sealed(core, node);
  if (!lost || facts->syncing || node == core->master) return;
  hr_emit(core, HR_DO_NOTE, node)->rewrite = true;
  core->peers[node].mend_ms = core->now + core->beat_ms;
}

static void warn_file(struct hr_core *core, int node) {
  const struct hr_peer *peer = &core->peers[node];
  assert(peer->known);
  bool cannot = peer->rewrite_failed || peer->facts.no_file || node == core->master;
  if (hr_watch_starts_sealed(core, node) || !cannot) return;
  if (!warn_once(core, node, HR_WARNED_FILE)) return;
  hr_emit_log(core, HR_LEVEL_WARNING,
              "%s has no configuration file that it can rewrite: it would not start sealed",
              hr_name(core, node));
  hr_emit_tell(core, HR_TELL_WARNING, node, 0, "%s would not start sealed: start it with a file "
               "that it can rewrite; durability = quorum is refused until then",
               hr_name(core, node));
}

static void warn_sync(struct hr_core *core, int node) {
  assert(node != core->master);
  struct hr_peer *peer = &core->peers[node];
  const struct hr_facts *facts = &peer->facts;
  bool unfed = facts->follows == core->master && !facts->sealed && !facts->link_up &&
               !facts->syncing;
  if (!unfed || peer->unfed_ms < core->adopted_ms) peer->unfed_ms = core->now;
  if (core->now - peer->unfed_ms <= HR_SYNC_PATIENCE_MS) return;
  if (!warn_once(core, node, HR_WARNED_SYNC)) return;
  hr_emit_log(core, HR_LEVEL_WARNING, "%s follows %s but does not get its data: masterauth?",
              hr_name(core, node), hr_name(core, core->master));
  hr_emit_tell(core, HR_TELL_WARNING, node, 0, "%s follows %s but does not get its data: is its "
               "masterauth right?", hr_name(core, node), hr_name(core, core->master));
}

/* Sealed for a newer attempt that nobody finishes: only a newer epoch may move it again. */
static bool promised_more(struct hr_core *core, int node) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->known);
  if (hr_epoch_compare(&peer->facts.promise, &core->epoch) <= 0) return false;
  if (core->now - peer->lock_seen_ms < core->step_ms) return true; /* its owner may be at it */
  if (hr_elect_renew(core, "a node has promised a newer epoch")) return true;
  hr_watch_look_all(core);
  peer->mend_ms = core->now + core->beat_ms;
  return true;
}

/*
 * A process that was not linked since it started has forgotten what it promised before: perhaps it
 * helped to elect a newer master that is out of reach now. Fed by ours it would acknowledge writes
 * that meet nobody. So a quorum of others that remember must know of nothing newer, or all answer.
 * So has one whose record somebody flushed away, in a history that is not our master's. That may be
 * the history of a newer master, whose clients write its record back: where a quorum has it, it is
 * for an election of all to decide, for only what is sealed is no master that a record could be
 * written back to. A few that have it are made to follow before anybody else is fed: rather a
 * replica that a person made a master and emptied than a master to be thrown away for it.
 */
static bool forgetful(struct hr_core *core, int node) {
  struct hr_peer *peer = &core->peers[node];
  assert(node >= 0 && node != core->master);
  if (!core->durable_group || hr_rank_remembers(core, node)) return false;
  int remembering = 0, answering = 1; /* the node itself has nothing to say */
  bool itself = hr_rank_flushed(core, node);
  int flushed = itself;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (i == node || !hr_watch_reachable(core, i)) continue;
    const struct hr_facts *facts = &core->peers[i].facts;
    if (core->peers[i].asked_ms < peer->up_ms || facts->loading) continue;
    /* A lock that is still there may be that of an election which has sealed the node already. */
    bool newer = hr_epoch_compare(&facts->promise, &core->epoch) > 0 ||
                 hr_epoch_compare(&facts->epoch, &core->epoch) > 0 ||
                 hr_epoch_compare(&facts->lock, &core->epoch) > 0;
    if (newer) continue;
    answering++;
    remembering += hr_rank_remembers(core, i);
    flushed += hr_rank_flushed(core, i);
  }
  /* Electors without this node are quorum - 1 of the others: meet each such set. */
  if (remembering > (int)core->config.count - core->quorum) return false;
  bool all = answering == (int)core->config.count;
  bool many = flushed >= core->quorum;
  if (all && (flushed == 0 || (itself && !many))) return false;
  const char *why = "a record of another history was flushed away";
  if (all && many && hr_elect_renew(core, why)) return true;
  bool told = !all && core->now - peer->up_ms > HR_FORGOT_PATIENCE_MS;
  if (told && warn_once(core, node, HR_WARNED_FORGOT)) {
    hr_emit_log(core, HR_LEVEL_WARNING, "%s has forgotten its promises: waiting for others to "
                "vouch", hr_name(core, node));
    hr_emit_tell(core, HR_TELL_WARNING, node, 0, "%s restarted, or somebody flushed it, while too "
                 "few nodes answer to know that no newer master exists: it waits for one of them, "
                 "or for haredis takeover", hr_name(core, node));
  }
  hr_watch_look_all(core);
  peer->mend_ms = core->now + core->beat_ms;
  return true;
}

/* It says "linked", and yet nothing arrives though the master goes on: after a cut the servers'
 * own connection sleeps through the kernel's backoff, up to minutes. A new one starts at once. */
static bool stalled(const struct hr_core *core, int node) {
  assert(node != core->master);
  const struct hr_peer *peer = &core->peers[node], *master = &core->peers[core->master];
  if (!master->known || !peer->facts.link_up || peer->facts.syncing) return false;
  if (master->facts.offset <= peer->facts.read_offset) return false;
  /* Between two looks, not since the last one. */
  return peer->facts_ms - peer->moved_ms > HR_STALL_MS + 2 * core->config.down_after_ms;
}

static bool stale_lock(struct hr_core *core, int node) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->facts.lock.n > 0);
  bool mine = strcmp(peer->facts.lock_client, core->config.client) == 0;
  if (!mine && !hr_watch_lock_is_stale(core, node)) return false;
  struct hr_action *action = hr_emit(core, HR_DO_UNLOCK, node);
  action->op = hr_next_op(core);
  action->epoch = peer->facts.lock;
  memcpy(action->u.client, peer->facts.lock_client, sizeof action->u.client);
  peer->facts.lock.n = 0;
  return true;
}

static bool mend_master(struct hr_core *core) {
  const struct hr_facts *facts = &core->peers[core->master].facts;
  assert(core->master >= 0);
  /* Only a seal can make a master start sealed: the same data wins again. */
  bool open = core->config.durable && hr_elect_rewrite_wanted(core, core->master);
  if (open && hr_elect_renew(core, "it would not start sealed")) return true;
  warn_file(core, core->master);
  bool noted = facts->starts_sealed || !hr_watch_starts_sealed(core, core->master);
  bool marked = facts->durable || !(core->durable_group || core->config.durable);
  if (hr_epoch_compare(&facts->epoch, &core->epoch) >= 0 && noted && marked) return false;
  hr_emit_log(core, HR_LEVEL_INFO, "completing the record of %s", hr_name(core, core->master));
  begin(core, core->master, HR_MEND_RESTORE, false);
  return true;
}

static bool mend_stray(struct hr_core *core, int node) {
  const struct hr_facts *facts = &core->peers[node].facts;
  assert(facts->master);
  if (hr_epoch_compare(&facts->epoch, &core->epoch) > 0) return false;
  if (!hr_mend_drops(core, node)) return false;
  hr_emit_log(core, HR_LEVEL_WARNING, "master conflict detected");
  hr_emit_log(core, HR_LEVEL_INFO, "making %s into a slave...", hr_name(core, node));
  begin(core, node, HR_MEND_FOLLOW, true);
  return true;
}

/* By what was last seen of it, it does not follow the master as it should. */
static bool strays(const struct hr_core *core, int node) {
  assert(core->master >= 0);
  const struct hr_facts *facts = &core->peers[node].facts;
  if (node == core->master || !hr_rank_ours(core, node)) return false;
  return facts->master || facts->sealed || facts->follows != core->master;
}

/* True when a work was begun or the master was given up. */
static bool mend_node(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  struct hr_peer *peer = &core->peers[node];
  if (!hr_watch_reachable(core, node) || core->now < peer->mend_ms) return false;
  const struct hr_facts *facts = &peer->facts;
  if (facts->loading) return false;
  if (peer->asked_ms < core->adopted_ms) {
    /* Only what was asked since then speaks about now: a client that lives for a moment asks. */
    if (core->config.auto_failover && strays(core, node)) hr_watch_look(core, node);
    return false;
  }
  if (facts->lock.n > 0 && !stale_lock(core, node)) {
    /* Only looks that are closer than the time of a lock can tell one that nobody moves. */
    bool ours = core->speaks || strays(core, node);
    if (ours && core->now - peer->facts_ms > core->ttl_ms / 4) hr_watch_look(core, node);
    return false;
  }
  if (node == core->master) return mend_master(core);
  hr_mend_warn_foreign(core, node);
  if (!hr_rank_ours(core, node)) return false;
  note(core, node);
  bool settled = !facts->master && !facts->sealed && facts->follows == core->master;
  warn_file(core, node);
  warn_sync(core, node);
  /* Whoever made it follow may be about to write the note: after its first synchronisation. */
  bool settling = core->now - peer->up_ms < HR_NOTE_GRACE_MS ||
                  core->now - core->adopted_ms < HR_NOTE_GRACE_MS;
  bool rewrite = hr_elect_rewrite_wanted(core, node) && facts->link_up && !settling;
  bool stuck = settled && stalled(core, node);
  if (settled && !facts->writable && !rewrite && !stuck) return false;
  if (core->now - peer->facts_ms > core->beat_ms) {
    /* Somebody else may have done it since we looked. */
    hr_watch_look(core, node);
    return false;
  }
  if (promised_more(core, node)) return core->master < 0;
  if (!settled && forgetful(core, node)) return core->master < 0;
  if (facts->master) return mend_stray(core, node);
  if (!settled && !hr_mend_drops(core, node)) return false;
  hr_emit_log(core, HR_LEVEL_INFO, "making %s into a slave...", hr_name(core, node));
  begin(core, node, HR_MEND_FOLLOW, false);
  core->work.relink = stuck;
  return true;
}

/* Whoever promoted this master is at it: the rest of us look after their turn. */
void hr_mend_adopted(struct hr_core *core) {
  assert(core->master >= 0);
  hr_msec patience = hr_herd_patience(core, false);
  for (size_t i = 0; i < core->config.count && patience > 0; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (peer->mend_ms < core->now + patience) peer->mend_ms = core->now + patience;
  }
}

void hr_mend(struct hr_core *core) {
  assert(core->started);
  if (core->passive) return;
  if (!core->config.auto_failover) {
    /* The record is no role: whoever writes keeps it whole. */
    bool idle = core->master >= 0 && core->work.kind == HR_WORK_NONE;
    if (idle) mend_node(core, core->master);
    return;
  }
  for (int i = 0; i < (int)core->config.count; i++) {
    if (core->master < 0 || core->work.kind != HR_WORK_NONE) return;
    if (mend_node(core, i)) return;
  }
}

/*
 * Whoever leaves may wait for this: a node whose answer, or whose second try, is all that is
 * missing before it is put right. Not for what can only be mended later, or by others.
 */
bool hr_mend_soon(const struct hr_core *core, hr_msec now) {
  assert(core->started);
  if (core->master < 0 || core->passive || !core->config.auto_failover) return false;
  bool early = now - core->adopted_ms < HR_STRAGGLE_MS;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    /* Two of three have said who is master; the third may be the one. */
    if (early && peer->link == HR_LINK_DIALLING && !peer->dialled) return true;
    if (peer->link != HR_LINK_READY) continue;
    if (peer->look_op != 0 && (!peer->known || strays(core, i))) return true;
    if (!peer->known || !strays(core, i) || peer->facts.lock.n > 0) continue;
    if (peer->mend_failures == 1 && peer->mend_ms > core->now) return true;
  }
  return false;
}

hr_msec hr_mend_deadline(const struct hr_core *core) {
  assert(core->started);
  hr_msec at = HR_NEVER;
  if (core->master < 0 || core->work.kind != HR_WORK_NONE) return at;
  for (size_t i = 0; i < core->config.count; i++) {
    hr_msec mend_ms = core->peers[i].mend_ms;
    if (mend_ms > core->now && mend_ms < at) at = mend_ms;
  }
  return at;
}
