/*
 * Links, silence, pings, heartbeats and the fence: who is there, and how long ago I knew.
 * It must not know what follows from a node being gone, but for telling orient.c.
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

#define HR_REDIAL_FIRST_MS 10
#define HR_REDIAL_MAX_MS 200
/* A handshake of TLS that is refused costs the server two milliseconds, and certificates are not
 * mended in a moment: dozens of clients whose authority has expired would take all its time. */
#define HR_REDIAL_TLS_MAX_MS 1000
#define HR_SURVEY_MS 4000 /* how old what a client knows may get when nothing happens */

static void dial(struct hr_core *core, int node) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->link == HR_LINK_IDLE);
  peer->link = HR_LINK_DIALLING;
  hr_emit(core, HR_DO_CONNECT, node);
}

void hr_watch_start(struct hr_core *core) {
  assert(core->config.count >= 1);
  for (size_t i = 0; i < core->config.count; i++) {
    core->peers[i].backoff_ms = HR_REDIAL_FIRST_MS;
    core->peers[i].vouch_node = -1;
    dial(core, (int)i);
  }
  core->ping_ms = core->now + core->beat_ms;
  core->beat_at_ms = core->now + hr_herd_pause(core);
}

bool hr_watch_reachable(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  return core->peers[node].link == HR_LINK_READY && core->peers[node].known;
}

/* One process under two names is one node. */
static bool same_as_before(const struct hr_core *core, int node) {
  assert(node >= 0);
  if (!hr_watch_reachable(core, node)) return false;
  for (int k = 0; k < node; k++) {
    if (!hr_watch_reachable(core, k)) continue;
    if (strcmp(core->peers[k].facts.run_id, core->peers[node].facts.run_id) == 0) return true;
  }
  return false;
}

int hr_watch_reachable_count(const struct hr_core *core) {
  assert(core->config.count <= HR_NODES_MAX);
  int count = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    count += hr_watch_reachable(core, i) && !same_as_before(core, i);
  }
  return count;
}

/* Whose data can be asked about: what is still being loaded may be of a newer epoch. */
int hr_watch_speaking_count(const struct hr_core *core) {
  assert(core->config.count <= HR_NODES_MAX);
  int count = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    bool speaks = hr_watch_reachable(core, i) && !core->peers[i].facts.loading;
    count += speaks && !same_as_before(core, i);
  }
  return count;
}

int hr_watch_up_count(const struct hr_core *core) {
  assert(core->config.count <= HR_NODES_MAX);
  int count = 0;
  for (size_t i = 0; i < core->config.count; i++) count += core->peers[i].link == HR_LINK_READY;
  return count;
}

void hr_watch_heard(struct hr_core *core, int node, hr_msec at_ms) {
  assert(node >= 0);
  struct hr_peer *peer = &core->peers[node];
  if (at_ms > core->now) at_ms = core->now;
  if (at_ms > peer->heard_ms) peer->heard_ms = at_ms;
  if (at_ms > peer->fence_ms) peer->fence_ms = at_ms;
}

void hr_watch_look(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  struct hr_peer *peer = &core->peers[node];
  if (peer->link != HR_LINK_READY || peer->look_op != 0) return;
  peer->look_op = hr_next_op(core);
  peer->look_sent_ms = core->now;
  peer->look_end_ms = core->now + core->step_ms;
  hr_emit(core, HR_DO_LOOK, node)->op = peer->look_op;
}

void hr_watch_look_all(struct hr_core *core) {
  assert(core->started);
  for (int i = 0; i < (int)core->config.count; i++) hr_watch_look(core, i);
}

/* What nobody looked at for the time of a lock may have been given back meanwhile, and taken again
 * by the same client under the same epoch: whoever mends does that. */
static void note_lock(struct hr_core *core, struct hr_peer *peer) {
  assert(peer->known);
  bool watched = peer->lock_looked_ms != 0 && core->now - peer->lock_looked_ms < core->ttl_ms;
  bool same = hr_epoch_compare(&peer->lock_seen, &peer->facts.lock) == 0 &&
              strcmp(peer->lock_seen_client, peer->facts.lock_client) == 0;
  peer->lock_looked_ms = core->now;
  if (same && (watched || peer->facts.lock.n == 0)) return;
  peer->lock_seen = peer->facts.lock;
  memcpy(peer->lock_seen_client, peer->facts.lock_client, sizeof peer->lock_seen_client);
  peer->lock_seen_ms = core->now;
}

/* Its owner is dead, or the server's clock stepped back: only as old as looks have seen it, not as
 * old as the last of them is by now. */
bool hr_watch_lock_is_stale(const struct hr_core *core, int node) {
  const struct hr_peer *peer = &core->peers[node];
  assert(peer->known && peer->facts.lock.n > 0);
  return peer->lock_looked_ms - peer->lock_seen_ms > 2 * core->ttl_ms;
}

/* Growth counts for the master only between two looks that are both younger than its last sign. */
static bool grew(const struct hr_core *core, int node, const struct hr_facts *facts) {
  assert(facts != NULL);
  int master = core->master >= 0 ? core->master : core->suspect;
  if (master < 0 || master == node) return false;
  const struct hr_peer *peer = &core->peers[node];
  if (peer->facts_ms <= core->peers[master].heard_ms) return false;
  return facts->read_offset > peer->facts.read_offset;
}

/* In what the data plane or a user acts upon; offsets and counters move all the time. */
static bool differ(const struct hr_facts *a, const struct hr_facts *b) {
  assert(a != NULL && b != NULL);
  return a->master != b->master || a->sealed != b->sealed || a->follows != b->follows ||
         a->link_up != b->link_up || a->starts_sealed != b->starts_sealed ||
         a->loading != b->loading || (a->strangers > 0) != (b->strangers > 0) ||
         a->durable != b->durable || (a->doubled > 0) != (b->doubled > 0) ||
         hr_epoch_compare(&a->epoch, &b->epoch) != 0;
}

/* FLUSHALL takes the note away, but not what was done. */
bool hr_watch_starts_sealed(const struct hr_core *core, int node) {
  const struct hr_peer *peer = &core->peers[node];
  assert(peer->known);
  return peer->facts.starts_sealed || strcmp(peer->sealed_run_id, peer->facts.run_id) == 0;
}

void hr_watch_seen_ours(struct hr_peer *peer) {
  assert(peer->facts.run_id[0] != '\0');
  memcpy(peer->ours_run_id, peer->facts.run_id, sizeof peer->ours_run_id);
  memcpy(peer->ours_replid, peer->facts.replid, sizeof peer->ours_replid);
}

static void take_facts(struct hr_core *core, int node, const struct hr_facts *facts) {
  struct hr_peer *peer = &core->peers[node];
  assert(facts != NULL);
  bool same = peer->known && strcmp(peer->facts.run_id, facts->run_id) == 0;
  if (facts->link_up) peer->attaching = false;
  /* It has taken the master's data: what it loses the next time is another loss. */
  bool fed = facts->link_up && core->master >= 0 && facts->follows == core->master;
  if (fed) peer->warned &= ~(unsigned)HR_WARNED_DIVERGED;
  if (!same) {
    peer->warned = 0;
    peer->rewrite_failed = false;
    peer->behind = INT64_MAX;
  }
  if (same && grew(core, node, facts)) peer->grew_ms = core->now;
  bool behind = core->master >= 0 && core->peers[core->master].known &&
                core->peers[core->master].facts.offset > facts->read_offset;
  if (!same || !behind || peer->facts.read_offset != facts->read_offset) {
    peer->moved_ms = core->now;
  }
  if (!same || differ(&peer->facts, facts)) core->view_stale = true;
  if (facts->starts_sealed) memcpy(peer->sealed_run_id, facts->run_id, sizeof facts->run_id);
  peer->facts = *facts;
  if (core->uuid[0] != '\0' && strcmp(facts->uuid, core->uuid) == 0) hr_watch_seen_ours(peer);
  peer->known = true;
  peer->facts_ms = core->now;
  hr_reads_measure(core, node);
  note_lock(core, peer);
  hr_watch_heard(core, node, core->now);
  hr_mend_meet(core, node);
  hr_orient_facts(core, node);
}

/* It answers, and refuses to be looked at: rights that are missing, or a script that runs. */
static void refused(struct hr_core *core, int node) {
  assert(node >= 0);
  struct hr_peer *peer = &core->peers[node];
  peer->look_end_ms = core->now + core->beat_ms;
  if (peer->mend_ms < peer->look_end_ms) peer->mend_ms = peer->look_end_ms; /* nor mended */
  if (peer->known || (peer->warned & HR_WARNED_LOOK) != 0) return;
  peer->warned |= HR_WARNED_LOOK;
  hr_emit_log(core, HR_LEVEL_WARNING, "%s refuses to be looked at", hr_name(core, node));
  hr_emit_tell(core, HR_TELL_WARNING, node, 0, "%s refuses to be looked at: has our user the "
               "rights to INFO and to our keys?", hr_name(core, node));
}

bool hr_watch_looked(struct hr_core *core, const struct hr_event *event) {
  assert(event->node >= 0);
  struct hr_peer *peer = &core->peers[event->node];
  bool look = peer->look_op != 0 && peer->look_op == event->op;
  bool work = peer->op != 0 && peer->op == event->op;
  if (look) peer->look_op = 0;
  if (look && event->status != HR_STATUS_OK) refused(core, event->node);
  /* What nobody waits for any more is dropped: it may be older than what is known. */
  if ((look || work) && event->facts != NULL && event->status == HR_STATUS_OK) {
    peer->asked_ms = look ? peer->look_sent_ms : peer->op_sent_ms;
    take_facts(core, event->node, event->facts);
  }
  return look;
}

void hr_watch_link_up(struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  struct hr_peer *peer = &core->peers[node];
  if (peer->link == HR_LINK_READY) hr_work_link_down(core, node); /* the loss was not told */
  peer->link = HR_LINK_READY;
  peer->dialled = true;
  peer->known = false;
  peer->vouch_epoch.n = 0;
  peer->look_op = 0;
  peer->refused_ms = 0;
  peer->up_ms = core->now;
  peer->backoff_ms = HR_REDIAL_FIRST_MS;
  hr_watch_heard(core, node, core->now);
  core->failures = 0;
  if (!peer->up) {
    peer->up = true;
    core->view_stale = true;
    hr_emit_log(core, HR_LEVEL_INFO, "%s is up", hr_name(core, node));
    hr_emit_tell(core, HR_TELL_NODE_UP, node, 0, "%s is up", hr_name(core, node));
  }
  hr_watch_look(core, node);
}

static const char *reason(enum hr_down why) {
  static const char *const texts[] = {
      "refused",    "connection lost", "silent", "unreachable", "its name does not resolve",
      "refuses our username or password", "its protected mode refuses us", "not a Redis",
      "no TLS between us", "closed"};
  assert((size_t)why < sizeof texts / sizeof texts[0]);
  return texts[why];
}

const char *hr_watch_why_down(const struct hr_core *core, int node) {
  assert(node >= 0 && node < (int)core->config.count);
  const struct hr_peer *peer = &core->peers[node];
  return peer->link == HR_LINK_READY || !peer->dialled ? NULL : reason(peer->why);
}

static void mark_down(struct hr_core *core, int node, enum hr_down why) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->link != HR_LINK_READY);
  core->view_stale = true;
  if (!peer->up) return;
  peer->up = false;
  if (node != core->master) {
    hr_emit_log(core, HR_LEVEL_INFO, "%s is down (%s)", hr_name(core, node), reason(why));
  }
  hr_emit_tell(core, HR_TELL_NODE_DOWN, node, 0, "%s is down: %s", hr_name(core, node),
               reason(why));
}

void hr_watch_link_down(struct hr_core *core, int node, enum hr_down why) {
  assert(node >= 0 && node < (int)core->config.count);
  struct hr_peer *peer = &core->peers[node];
  bool was_ready = peer->link == HR_LINK_READY;
  if (node == core->keep) hr_elect_lost_keep(core);
  peer->link = HR_LINK_IDLE;
  peer->dialled = true;
  peer->known = false;
  peer->vouch_epoch.n = 0;
  peer->look_op = 0;
  peer->why = why;
  hr_msec most = why == HR_DOWN_TLS ? HR_REDIAL_TLS_MAX_MS : HR_REDIAL_MAX_MS;
  if (peer->backoff_ms > 2 * most) peer->backoff_ms = most;
  /* One immediate second try tells a crash (refused) from a broken connection. */
  peer->redial_ms = was_ready ? core->now : core->now + hr_random_ms(core, peer->backoff_ms / 2,
                                                                      peer->backoff_ms);
  if (!was_ready && peer->backoff_ms < most) peer->backoff_ms *= 2;
  if (why == HR_DOWN_REFUSED && peer->refused_ms == 0) peer->refused_ms = core->now;
  if (!was_ready || why == HR_DOWN_SILENT) mark_down(core, node, why);
  hr_work_link_down(core, node);
  if (node == core->master) hr_orient_lose(core, node, reason(why));
}

/* Everything that was heard is old now, and nothing that was not heard counts against anybody. */
void hr_watch_slept(struct hr_core *core) {
  assert(core->started);
  for (size_t i = 0; i < core->config.count; i++) {
    core->peers[i].fence_ms = 0;
    core->peers[i].lock_looked_ms = 0;
  }
  core->ping_ms = core->now;
}

static hr_msec quorum_heard_ms(const struct hr_core *core) {
  assert(core->quorum >= 1);
  hr_msec times[HR_NODES_MAX] = {0};
  size_t count = core->config.count;
  for (size_t i = 0; i < count; i++) {
    size_t at = i;
    hr_msec heard_ms = same_as_before(core, (int)i) ? 0 : core->peers[i].fence_ms;
    for (; at > 0 && times[at - 1] < heard_ms; at--) times[at] = times[at - 1];
    times[at] = heard_ms;
  }
  size_t need = (size_t)core->quorum < count ? (size_t)core->quorum : count;
  return times[need - 1];
}

/*
 * Whoever was cut off may have missed an election: before it writes again a quorum must have been
 * looked at since, and know of nothing newer. A process that was not linked since it started has
 * forgotten whom it helped to elect, so it has no say, unless all are there. Nor has one whose
 * record somebody flushed away: it may hold the history of a newer master (mend.c).
 */
static bool proven(struct hr_core *core) {
  assert(core->proof_ms != 0);
  int agreeing = 0, answering = 0, flushed = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (!hr_watch_reachable(core, i) || peer->asked_ms < core->proof_ms) continue;
    bool newer = hr_epoch_compare(&peer->facts.promise, &core->epoch) > 0 ||
                 hr_epoch_compare(&peer->facts.epoch, &core->epoch) > 0;
    if (newer || peer->facts.loading) continue;
    answering++;
    agreeing += hr_rank_remembers(core, i);
    flushed += hr_rank_flushed(core, i);
  }
  if (agreeing >= core->quorum) return true;
  return answering == (int)core->config.count && flushed == 0;
}

static bool must_hold_writes(struct hr_core *core) {
  assert(core->config.fence_ms > 0);
  hr_msec heard = quorum_heard_ms(core);
  if (heard == 0 || core->now - heard > core->config.fence_ms) {
    /* Before the first master there is nothing that could have been missed. */
    core->proof_ms = core->adopted_ms != 0 ? HR_NEVER : 0;
    return true;
  }
  if (core->proof_ms == 0) return false;
  if (core->proof_ms == HR_NEVER) {
    core->proof_ms = core->now;
    for (size_t i = 0; i < core->config.count; i++) core->peers[i].look_op = 0;
  }
  if (proven(core)) {
    core->proof_ms = 0;
    return false;
  }
  if (core->now >= core->prove_ms) {
    hr_watch_look_all(core);
    core->prove_ms = core->now + core->beat_ms / 4 + 1;
  }
  return true;
}

/* The fence hears a node that loads, and yet it has not said anything: then it takes a proof. */
void hr_watch_adopted(struct hr_core *core) {
  assert(core->master >= 0);
  if (hr_watch_speaking_count(core) >= core->quorum || core->proof_ms != 0) return;
  core->proof_ms = core->now;
  if (!core->fenced) core->fenced_ms = core->now;
  core->fenced = true;
}

static void check_quorum(struct hr_core *core) {
  assert(core->started);
  bool quorum = hr_watch_up_count(core) >= core->quorum;
  if (!quorum) core->quorum_ms = 0;
  else if (core->quorum_ms == 0) core->quorum_ms = core->now;
}

/* Told when it lasts: a client that slept only has to ask once before it goes on. */
static void tell_fence(struct hr_core *core) {
  assert(core->fenced != core->fence_told);
  if (core->fenced && core->now - core->fenced_ms < core->beat_ms) return;
  core->fence_told = core->fenced;
  if (core->master < 0) return;
  if (core->fenced) {
    hr_emit_log(core, HR_LEVEL_WARNING, "cut off from the majority: holding writes");
    hr_emit_tell(core, HR_TELL_PAUSED, core->master, 0, "fewer than %d nodes heard for %lld ms",
                 core->quorum, (long long)core->config.fence_ms);
    return;
  }
  hr_emit_log(core, HR_LEVEL_INFO, "a majority is there again: writing");
  hr_emit_tell(core, HR_TELL_READY, core->master, 0, "%d nodes heard within %lld ms", core->quorum,
               (long long)core->config.fence_ms);
}

static void check_fence(struct hr_core *core) {
  assert(core->config.fence_ms > 0);
  bool fenced = must_hold_writes(core);
  if (fenced != core->fenced) {
    core->fenced = fenced;
    core->fenced_ms = core->now;
    core->view_stale = true;
  }
  if (core->fenced != core->fence_told) tell_fence(core);
}

static void check_silence(struct hr_core *core, int node) {
  assert(node >= 0);
  struct hr_peer *peer = &core->peers[node];
  if (peer->link != HR_LINK_READY) return;
  hr_msec quiet = core->now - peer->heard_ms;
  if (node == core->master && !core->prelooked && quiet >= core->config.down_after_ms * 2 / 3) {
    /* What replicas have read so far: growth from here on is a master that lives. */
    core->prelooked = true;
    hr_watch_look_all(core);
  }
  if (node == core->master && quiet < core->config.down_after_ms / 2) core->prelooked = false;
  if (quiet < core->config.down_after_ms) return;
  hr_emit(core, HR_DO_CLOSE, node);
  hr_watch_link_down(core, node, HR_DOWN_SILENT);
}

static void check_looks(struct hr_core *core) {
  assert(core->started);
  for (size_t i = 0; i < core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (peer->look_op != 0 && core->now >= peer->look_end_ms) peer->look_op = 0;
    bool due = core->now >= peer->look_end_ms;
    if (peer->link == HR_LINK_READY && !peer->known && peer->look_op == 0 && due) {
      hr_watch_look(core, (int)i);
    }
  }
}

/* One heartbeat per interval however many clients there are: who spoke last speaks on, and does the
 * looking round of this interval too (herd.c). */
static void beat(struct hr_core *core) {
  assert(core->master >= 0);
  struct hr_gossip *gossip = &hr_emit(core, HR_DO_PUBLISH, core->master)->u.gossip;
  gossip->kind = HR_GOSSIP_HEARTBEAT;
  memcpy(gossip->client, core->config.client, sizeof gossip->client);
  gossip->seq = ++core->beat_seq;
  gossip->epoch = core->epoch;
  gossip->node = core->master;
  core->beat_at_ms = core->now + hr_herd_pause(core);
  if (core->beat_seq % 4 == 1) hr_watch_look_all(core);
}

/* Who was made to follow may lose the note that it starts sealed to its first synchronisation:
 * only we know of it, and until it is written again nobody else writes durably. */
static void look_at_attaching(struct hr_core *core) {
  assert(core->started);
  for (int i = 0; i < (int)core->config.count; i++) {
    if (core->peers[i].attaching && hr_watch_reachable(core, i)) hr_watch_look(core, i);
  }
}

void hr_watch_tick(struct hr_core *core) {
  assert(core->started);
  if (core->now >= core->ping_ms) {
    for (size_t i = 0; i < core->config.count; i++) {
      if (core->peers[i].link == HR_LINK_READY) hr_emit(core, HR_DO_PING, (int)i);
    }
    core->ping_ms = core->now + core->beat_ms;
    bool doubt = core->config.durable && !core->view.durable;
    if (core->config.durable && core->master >= 0) hr_watch_look(core, core->master);
    bool all = doubt || core->config.reads_replicas || core->now >= core->survey_ms;
    if (all) hr_watch_look_all(core);
    else look_at_attaching(core);
    if (core->now >= core->survey_ms) {
      core->survey_ms = core->now + hr_random_ms(core, HR_SURVEY_MS / 2, HR_SURVEY_MS * 3 / 2);
    }
  }
  for (size_t i = 0; i < core->config.count; i++) {
    check_silence(core, (int)i);
    if (core->peers[i].link == HR_LINK_IDLE && core->now >= core->peers[i].redial_ms) {
      dial(core, (int)i);
    }
  }
  check_looks(core);
  check_quorum(core);
  if (core->master >= 0 && core->now >= core->beat_at_ms) {
    /* On a paused master a PUBLISH would wait, and everything behind it on that link too. */
    if (core->work.kind == HR_WORK_SWITCH) core->beat_at_ms = core->now + core->beat_ms;
    else if (hr_herd_may_speak(core)) beat(core);
  }
  check_fence(core);
}

static void sooner(hr_msec *at, hr_msec other) {
  assert(at != NULL);
  if (other < *at) *at = other;
}

hr_msec hr_watch_deadline(const struct hr_core *core) {
  assert(core->started);
  hr_msec at = core->ping_ms;
  if (core->master >= 0) sooner(&at, core->beat_at_ms);
  for (size_t i = 0; i < core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (peer->link == HR_LINK_IDLE) sooner(&at, peer->redial_ms);
    if (peer->look_op != 0) sooner(&at, peer->look_end_ms);
    if (peer->link != HR_LINK_READY) continue;
    if (!peer->known) sooner(&at, peer->look_end_ms);
    sooner(&at, peer->heard_ms + core->config.down_after_ms);
    if ((int)i == core->master && !core->prelooked) {
      sooner(&at, peer->heard_ms + core->config.down_after_ms * 2 / 3);
    }
  }
  if (core->proof_ms != 0 && core->proof_ms != HR_NEVER) sooner(&at, core->prove_ms);
  if (core->fenced != core->fence_told) sooner(&at, core->fenced_ms + core->beat_ms);
  hr_msec heard = quorum_heard_ms(core);
  if (!core->fenced && heard != 0) sooner(&at, heard + core->config.fence_ms + 1);
  return at;
}
