/*
 * Taking over (README.md): lock, drain, seal, rank, promote, follow, announce, unlock.
 *
 *   FIRST    the first reachable node alone: its winner is the winner
 *   REST     the others; a quorum of locks is needed
 *   DRAIN    until the locked replicas have read what the old master still had sent them
 *   SEAL     guard, then seal: from a quorum of seals on, nothing can be acknowledged elsewhere
 *   PROMOTE  the best of the sealed
 *   FOLLOW   the rest of them
 *
 * It must not know how any of this is said to a server.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

#define HR_DRAIN_GAP_MS 2 /* by a clock of whole milliseconds: at least one passes */

static void raise_to(struct hr_epoch *highest, const struct hr_epoch *seen) {
  assert(highest != NULL);
  if (hr_epoch_compare(seen, highest) > 0) *highest = *seen;
}

/* One more than anything ever seen: in data, locks, promises, seal addresses and gossip. */
struct hr_epoch hr_elect_next_epoch(struct hr_core *core) {
  assert(core->started);
  struct hr_epoch highest = core->highest;
  uint64_t n = 0;
  for (size_t i = 0; i < core->config.count; i++) {
    const struct hr_facts *facts = &core->peers[i].facts;
    if (!core->peers[i].known) continue;
    raise_to(&highest, &facts->epoch);
    raise_to(&highest, &facts->promise);
    raise_to(&highest, &facts->lock);
    if (facts->seal_n > n) n = facts->seal_n;
  }
  struct hr_epoch next = {(highest.n > n ? highest.n : n) + 1, ""};
  hr_prng_nonce(&core->prng, next.nonce);
  return next;
}

static bool answers(const struct hr_core *core, int node) {
  assert(node >= 0);
  /* While it loads it refuses every lock: as the first it would stop all of us. */
  if (!hr_watch_reachable(core, node) || core->peers[node].facts.loading) return false;
  /* Who has not answered since the master was lost is left for later: it may hang. */
  return core->master >= 0 || core->peers[node].asked_ms >= core->lost_ms;
}

/* Whom this work may lock: a stranger's data is left alone unless a person said otherwise. */
static bool may_lock(const struct hr_core *core, int node) {
  assert(node >= 0);
  return answers(core, node) && (core->work.forced >= 0 || hr_rank_ours(core, node));
}

/* A group is born by all of its nodes. */
static int quorum_for(const struct hr_core *core, bool birth) {
  assert(core->quorum >= 1);
  return birth ? (int)core->config.count : core->quorum;
}

/* By what the looks have shown, no quorum can be locked, or sealed and counted, or nobody of it
 * could be chosen; NULL: it may succeed. */
const char *hr_elect_futile(const struct hr_core *core, bool birth) {
  assert(core->work.kind == HR_WORK_NONE);
  int count = (int)core->config.count, need = quorum_for(core, birth);
  int ours = 0, counted = 0, electable = 0;
  for (int i = 0; i < count; i++) ours += answers(core, i) && hr_rank_ours(core, i);
  for (int i = 0; i < count; i++) {
    bool counts = answers(core, i) && hr_rank_ours(core, i) &&
                  hr_rank_counts(core, i, ours == count);
    counted += counts;
    electable += counts && hr_rank_electable(core, i, ours == count);
  }
  if (ours < need) return "too few nodes of this group answer and are loaded";
  if (counted < need) return "too few nodes with a known history are there";
  if (electable == 0) return "of the nodes that answer none is known to have all data";
  return NULL;
}

/*
 * The master lives and shall go on, but under a newer epoch: an election that it takes part in.
 * false: it would be futile now, and a master is better than none.
 */
bool hr_elect_renew(struct hr_core *core, const char *why) {
  int master = core->master;
  assert(master >= 0);
  if (hr_elect_futile(core, false) != NULL) return false;
  hr_emit_log(core, HR_LEVEL_INFO, "electing %s again: %s", hr_name(core, master), why);
  hr_orient_leave(core, -1);
  core->keep = master;
  core->known = core->highest;
  /* The next possible one, not the next number: whoever was elected meanwhile may have the same
   * number and a higher nonce, and is to be found. */
  size_t length = strlen(core->highest.nonce);
  if (length == 0) core->highest.n++;
  else core->highest.nonce[length - 1]++;
  core->renewed = core->highest;
  return true;
}

/* Its link is lost: it may be dead; and if it is not, it is as good as it was, unless somebody
 * knows of more than what only we had made up. */
void hr_elect_lost_keep(struct hr_core *core) {
  assert(core->keep >= 0);
  core->keep = -1;
  if (hr_epoch_compare(&core->highest, &core->renewed) == 0) core->highest = core->known;
}

/* A node that can give its lock to nobody (a disk that is full) would stop everybody. */
static bool denies(const struct hr_core *core, const struct hr_peer *peer) {
  assert(peer != NULL);
  return peer->denied_ms != 0 && core->now - peer->denied_ms <= core->ttl_ms;
}

/* By run id, so that all clients agree whatever they call the nodes. */
static bool before(const struct hr_core *core, int node, int other) {
  assert(node >= 0);
  if (other < 0) return true;
  const struct hr_peer *a = &core->peers[node], *b = &core->peers[other];
  bool a_denies = denies(core, a), b_denies = denies(core, b);
  if (a_denies != b_denies) return b_denies;
  return strcmp(a->facts.run_id, b->facts.run_id) < 0;
}

int hr_elect_first(const struct hr_core *core) {
  assert(core->work.kind != HR_WORK_NONE);
  int first = -1;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (may_lock(core, i) && before(core, i, first)) first = i;
  }
  return first;
}

static void begin(struct hr_core *core, bool birth, int forced, uint32_t person_op) {
  int old = core->suspect;
  assert(core->work.kind == HR_WORK_NONE);
  hr_work_begin(core, HR_WORK_ELECT, hr_elect_next_epoch(core));
  core->work.birth = birth;
  for (int i = 0; i < (int)core->config.count; i++) {
    if (hr_watch_reachable(core, i)) raise_to(&core->work.seen, &core->peers[i].facts.epoch);
  }
  core->work.old = old;
  core->work.forced = forced;
  core->work.person_op = person_op;
  core->work.first = forced >= 0 ? forced : hr_elect_first(core);
  hr_emit_log(core, HR_LEVEL_INFO, "attempting failover!");
  hr_emit_log(core, HR_LEVEL_INFO, "my failover id: %s", core->work.epoch.nonce);
  hr_emit_tell(core, HR_TELL_FAILOVER_STARTED, old, 0, "failover %s", core->work.epoch.nonce);
  hr_work_phase(core, HR_PHASE_FIRST, core->step_ms);
  assert(core->work.first >= 0); /* nothing futile is begun */
  hr_work_lock(core, core->work.first);
}

void hr_elect_start(struct hr_core *core, bool birth) {
  assert(core->master < 0);
  begin(core, birth, -1, 0);
}

void hr_elect_force(struct hr_core *core, int node, uint32_t person_op) {
  assert(person_op != 0);
  if (node < 0 || !hr_watch_reachable(core, node)) {
    hr_emit_done(core, person_op, HR_CODE_REFUSED, "%s does not answer",
                 node < 0 ? "the node" : hr_name(core, node));
    return;
  }
  if (core->work.kind != HR_WORK_NONE) hr_work_abort(core, "a person takes over");
  if (core->master >= 0) hr_orient_lose(core, core->master, "a person takes over");
  if (core->peers[node].facts.uuid[0] != '\0') {
    memcpy(core->uuid, core->peers[node].facts.uuid, sizeof core->uuid);
  }
  begin(core, core->uuid[0] == '\0', node, person_op);
}

/* The first lock is ours: now the rest together. */
void hr_elect_lock_rest(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_FIRST);
  hr_work_phase(core, HR_PHASE_REST, core->step_ms);
  for (int i = 0; i < (int)core->config.count; i++) {
    if (i != core->work.first && may_lock(core, i)) hr_work_lock(core, i);
  }
}

static int needed(const struct hr_core *core) {
  assert(core->work.kind != HR_WORK_NONE);
  return core->work.forced >= 0 ? 1 : quorum_for(core, core->work.birth);
}

/* With every configured node in our hands nothing can be hidden elsewhere. */
static bool all_in(const struct hr_core *core, enum hr_part part) {
  assert(part == HR_PART_LOCKED || part == HR_PART_SEALED);
  if (core->work.forced >= 0) return true;
  int count = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    count += core->peers[i].part == part && !core->peers[i].facts.loading;
  }
  return count == (int)core->config.count;
}

static int counted(const struct hr_core *core, enum hr_part part) {
  assert(core->work.kind != HR_WORK_NONE);
  bool all = all_in(core, part);
  int count = 0;
  for (int i = 0; i < (int)core->config.count; i++) {
    count += core->peers[i].part == part && hr_rank_counts(core, i, all);
  }
  return count;
}

static void end_rest(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_REST);
  int locked = hr_work_parts(core, HR_PART_LOCKED);
  if (locked < needed(core)) {
    hr_work_abort(core, "too few locks");
    return;
  }
  hr_emit_log(core, HR_LEVEL_INFO, "lock was a success!");
  hr_work_phase(core, HR_PHASE_DRAIN, core->step_ms);
}

/* Nothing more of the old master's stream will reach this node. */
static bool drained(struct hr_core *core, int node) {
  struct hr_peer *peer = &core->peers[node];
  assert(peer->part == HR_PART_LOCKED);
  if (core->work.forced >= 0 || core->work.birth) return true;
  /* The look after the loss counts too: a dead master's link does not come back. */
  bool seen = core->master < 0 && peer->asked_ms >= core->lost_ms && !peer->facts.syncing &&
              !peer->facts.link_up;
  if (peer->drain_looks == 0 && !seen) return false;
  const struct hr_facts *facts = &peer->facts;
  if (facts->master || facts->sealed || !facts->link_up) return true;
  /* From the answer that showed it to the sending of the look that found nothing new. */
  return peer->drain_looks >= 2 && peer->drain_offset == facts->read_offset &&
         peer->asked_ms - peer->drain_ms >= HR_DRAIN_GAP_MS;
}

static void drain(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_DRAIN);
  bool all = true;
  for (int i = 0; i < (int)core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (peer->part != HR_PART_LOCKED) continue;
    if (peer->step != HR_STEP_NONE) {
      all = false;
      continue;
    }
    if (drained(core, i)) continue;
    all = false;
    if (core->now < core->work.again_ms) continue;
    /* Two reads in separate round trips: one pipeline would answer both from the same moment. */
    if (peer->drain_offset != peer->facts.read_offset) peer->drain_ms = peer->facts_ms;
    peer->drain_offset = peer->facts.read_offset;
    hr_work_look(core, i);
  }
  if (!all && core->work.again_ms <= core->now) core->work.again_ms = core->now + HR_DRAIN_GAP_MS;
  bool late = core->now >= core->work.phase_end_ms - core->step_ms / 2;
  if (all || late) hr_elect_seal(core);
}

/* From here on a quorum has promised our epoch before anybody is chosen. */
void hr_elect_seal(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_DRAIN || core->work.phase == HR_PHASE_CHECK);
  hr_work_phase(core, HR_PHASE_SEAL, 2 * core->step_ms);
  for (int i = 0; i < (int)core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (peer->part != HR_PART_LOCKED) continue;
    /* Who did not say whether it is in the middle of a synchronisation cannot be counted. */
    if (peer->step != HR_STEP_NONE) {
      peer->part = HR_PART_FAILED;
      peer->step = HR_STEP_NONE;
      peer->op = 0;
      continue;
    }
    hr_work_guard(core, i);
  }
}

bool hr_elect_rewrite_wanted(const struct hr_core *core, int node) {
  assert(node >= 0);
  const struct hr_peer *peer = &core->peers[node];
  return !hr_watch_starts_sealed(core, node) && !peer->facts.no_file && !peer->rewrite_failed;
}

static void seal_answered(struct hr_core *core, int node, const struct hr_event *event) {
  struct hr_peer *peer = &core->peers[node];
  assert(core->work.phase == HR_PHASE_SEAL);
  if (event->guard != NULL && event->status == HR_STATUS_OK) {
    if (hr_work_guard_ok(core, event->guard)) {
      if (hr_epoch_compare(&event->guard->promise, &core->epoch) > 0) core->work.contested = true;
      struct hr_action *action = hr_work_act(core, HR_DO_SEAL, node);
      action->rewrite = hr_elect_rewrite_wanted(core, node);
      /* A master that will go on keeps its clients: they get READONLY and try again. */
      action->kick = peer->facts.master && node != core->keep;
      return;
    }
    raise_to(&core->highest, &event->guard->promise);
    raise_to(&core->highest, &event->guard->epoch);
    hr_emit(core, HR_DO_UNGUARD, node);
    peer->part = HR_PART_FAILED;
    hr_work_abort(core, "a node has promised a newer epoch");
    return;
  }
  bool sealed = event->status == HR_STATUS_OK && event->facts != NULL && event->facts->sealed;
  peer->part = sealed ? HR_PART_SEALED : HR_PART_FAILED;
  if (sealed && !hr_watch_starts_sealed(core, node)) peer->rewrite_failed = true;
}

/* Our switchover sealed the living master of this epoch and came no further. When nobody can have
 * taken over since, `best` has all of it, as the target would have had. */
static bool hands_over(const struct hr_core *core, int best) {
  const struct hr_facts *facts = &core->peers[best].facts;
  assert(core->work.phase == HR_PHASE_SEAL);
  bool has_all = false;
  if (core->handing.n == 0 || hr_epoch_compare(&core->handing, &core->epoch) != 0) return false;
  for (int i = 0; i < (int)core->config.count; i++) {
    const struct hr_peer *peer = &core->peers[i];
    if (peer->part != HR_PART_SEALED || !hr_rank_remembers(core, i)) return false;
    if (hr_epoch_compare(&peer->facts.epoch, &core->epoch) > 0) return false;
    if (strcmp(peer->facts.run_id, core->master_run_id) != 0) continue;
    has_all = strcmp(peer->facts.replid, facts->replid) == 0 &&
              facts->offset >= peer->facts.offset;
  }
  return has_all;
}

static void end_seal(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_SEAL);
  int sealed = counted(core, HR_PART_SEALED);
  if (sealed < needed(core)) {
    hr_work_abort(core, "too few nodes with a known history could be sealed");
    return;
  }
  /* Who may hide something, or holds less than it says, is neither counted nor chosen. */
  bool all = all_in(core, HR_PART_SEALED);
  for (int i = 0; i < (int)core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    if (peer->part == HR_PART_SEALED && !hr_rank_counts(core, i, all)) peer->part = HR_PART_LOCKED;
  }
  if (core->keep >= 0 && core->peers[core->keep].link == HR_LINK_READY &&
      core->peers[core->keep].part != HR_PART_SEALED) {
    hr_work_abort(core, "the living master could not be sealed");
    return;
  }
  int best = core->work.forced >= 0 ? core->work.forced : hr_rank_best(core, all);
  if (best < 0 || core->peers[best].part != HR_PART_SEALED) {
    hr_work_abort(core, best < 0 ? "every sealed node restarted and may miss data"
                                 : "the chosen node could not be sealed");
    return;
  }
  if (core->work.kind == HR_WORK_SWITCH) {
    hr_switch_sealed(core, best);
    return;
  }
  core->work.candidate = best;
  uint64_t opcounter = core->peers[best].facts.opcounter;
  hr_emit_log(core, HR_LEVEL_INFO, "%s had highest opcounter (%llu) of %d nodes. congrats!",
              hr_name(core, best), (unsigned long long)opcounter, sealed);
  if (hands_over(core, best)) core->work.handed = core->epoch;
  hr_elect_promote(core);
}

void hr_elect_promote(struct hr_core *core) {
  int best = core->work.candidate;
  assert(best >= 0);
  core->work.opcounter = core->peers[best].facts.opcounter;
  hr_work_phase(core, HR_PHASE_PROMOTE, 2 * core->step_ms);
  hr_work_guard(core, best);
}

static void start_follow(struct hr_core *core) {
  assert(core->master == core->work.candidate);
  hr_work_phase(core, HR_PHASE_FOLLOW, 2 * core->step_ms);
  for (int i = 0; i < (int)core->config.count; i++) {
    struct hr_peer *peer = &core->peers[i];
    bool part = peer->part == HR_PART_SEALED || peer->part == HR_PART_LOCKED;
    if (i == core->master || !part) continue;
    if (peer->step != HR_STEP_NONE || peer->link != HR_LINK_READY) continue;
    hr_emit_log(core, HR_LEVEL_INFO, "making %s into a slave...", hr_name(core, i));
    hr_work_guard(core, i);
  }
}

static void promoted(struct hr_core *core) {
  int node = core->work.candidate;
  assert(core->peers[node].known);
  bool back = core->work.kind == HR_WORK_SWITCH && node == core->work.old;
  core->peers[node].part = HR_PART_DONE;
  core->highest = core->work.epoch;
  uint32_t person_op = core->work.person_op;
  core->work.person_op = 0;
  core->speaks = true; /* it is ours to announce, and to look after */
  hr_orient_adopt(core, node);
  hr_gossip_announce(core);
  hr_emit_tell(core, HR_TELL_FAILOVER_ENDED, node, 0, "%s was promoted", hr_name(core, node));
  if (core->peers[node].facts.priority == 0) {
    hr_emit_tell(core, HR_TELL_WARNING, node, 0, "%s was promoted though its priority is 0: it "
                 "alone held the newest data", hr_name(core, node));
  }
  if (back) {
    hr_switch_retry(core, core->work.target, person_op);
  } else if (person_op != 0) {
    hr_emit_done(core, person_op, HR_CODE_OK, "%s is master", hr_name(core, node));
  }
  start_follow(core);
}

/* The history that is promoted leaves its epoch here. */
static void add_fork(const struct hr_facts *facts, uint64_t opcounter,
                     struct hr_fork forks[HR_FORKS_MAX]) {
  assert(facts != NULL && forks != NULL);
  memset(forks, 0, HR_FORKS_MAX * sizeof *forks);
  if (facts->epoch.n == 0) return;
  forks[0] = (struct hr_fork){facts->epoch, opcounter};
  for (int i = 1; i < HR_FORKS_MAX; i++) forks[i] = facts->forks[i - 1];
}

/* No answer ends the attempt: it may have been done, so nobody else under this epoch. */
static void promote_answered(struct hr_core *core, int node, const struct hr_event *event) {
  assert(node == core->work.candidate);
  if (event->guard != NULL && event->status == HR_STATUS_OK) {
    if (!hr_work_guard_ok(core, event->guard)) {
      raise_to(&core->highest, &event->guard->promise);
      hr_emit(core, HR_DO_UNGUARD, node);
      hr_work_abort(core, "the chosen node has promised a newer epoch");
      return;
    }
    struct hr_action *action = hr_work_act(core, HR_DO_PROMOTE, node);
    action->opcounter = core->work.opcounter;
    action->rewrite = hr_watch_starts_sealed(core, node);
    action->durable = core->durable_group || core->config.durable;
    action->planned = core->work.handed;
    const char *uuid = core->uuid[0] != '\0' ? core->uuid : core->config.uuid;
    memcpy(action->u.uuid, uuid, sizeof action->u.uuid);
    add_fork(&core->peers[node].facts, core->work.opcounter, action->u.forks);
    return;
  }
  raise_to(&core->highest, &core->work.epoch);
  bool done = event->status == HR_STATUS_OK && event->facts != NULL && event->facts->master &&
              hr_epoch_compare(&event->facts->epoch, &core->work.epoch) == 0;
  if (done) {
    promoted(core);
  } else {
    hr_work_abort(core, event->status == HR_STATUS_LOST ? "the promotion was not answered"
                                                        : "the promotion was refused");
  }
}

static void follow_answered(struct hr_core *core, int node, const struct hr_event *event) {
  struct hr_peer *peer = &core->peers[node];
  assert(core->work.phase == HR_PHASE_FOLLOW);
  if (event->guard != NULL && event->status == HR_STATUS_OK && peer->part != HR_PART_DONE) {
    if (hr_work_guard_ok(core, event->guard) && hr_mend_drops(core, node)) {
      struct hr_action *action = hr_work_act(core, HR_DO_FOLLOW, node);
      action->master = core->master;
      /* Whoever was master, or was written to as one, has clients that must notice. */
      action->kick = node == core->work.old && core->work.kind == HR_WORK_ELECT;
      action->rewrite = hr_elect_rewrite_wanted(core, node);
      return;
    }
    hr_emit(core, HR_DO_UNGUARD, node);
    peer->part = HR_PART_FAILED;
    return;
  }
  /* A late answer to the seal is none to this. */
  bool follows = event->status == HR_STATUS_OK && event->facts != NULL && !event->facts->sealed;
  peer->part = follows ? HR_PART_DONE : HR_PART_FAILED;
  peer->attaching = follows;
  if (follows) {
    hr_emit_log(core, HR_LEVEL_INFO, "%s is slave", hr_name(core, node));
  }
}

void hr_elect_answer(struct hr_core *core, int node, const struct hr_event *event) {
  assert(core->work.kind == HR_WORK_ELECT || core->work.kind == HR_WORK_SWITCH);
  struct hr_peer *peer = &core->peers[node];
  switch (core->work.phase) {
    case HR_PHASE_DRAIN:
      /* Mid-sync must be read before the seal: the seal itself ends the synchronisation. */
      peer->drain_looks++;
      if (event->status != HR_STATUS_OK || peer->facts.syncing) peer->part = HR_PART_FAILED;
      break;
    case HR_PHASE_SEAL:
      seal_answered(core, node, event);
      break;
    case HR_PHASE_PROMOTE:
      if (node == core->work.candidate) promote_answered(core, node, event);
      break;
    case HR_PHASE_FOLLOW:
      follow_answered(core, node, event);
      break;
    default:
      break;
  }
}

static void end_follow(struct hr_core *core) {
  assert(core->work.phase == HR_PHASE_FOLLOW);
  for (int i = 0; i < (int)core->config.count; i++) {
    bool late = core->peers[i].part != HR_PART_DONE && core->peers[i].part != HR_PART_OUT;
    if (late) hr_mend_later(core, i);
  }
  hr_work_end(core);
}

/* Called after each answer and each tick: is the phase over? */
void hr_elect_progress(struct hr_core *core) {
  assert(core->work.kind == HR_WORK_ELECT || core->work.kind == HR_WORK_SWITCH);
  switch (core->work.phase) {
    case HR_PHASE_REST:
      if (hr_work_settled(core, hr_work_parts(core, HR_PART_LOCKED), needed(core))) end_rest(core);
      if (core->work.phase == HR_PHASE_DRAIN) drain(core);
      break;
    case HR_PHASE_DRAIN:
      drain(core);
      break;
    case HR_PHASE_SEAL:
      if (hr_work_settled(core, counted(core, HR_PART_SEALED), needed(core))) end_seal(core);
      break;
    case HR_PHASE_FOLLOW:
      /* Who is slower is mended; a master that comes back must not wait for it. */
      if (hr_work_settled(core, hr_work_parts(core, HR_PART_DONE), core->quorum)) end_follow(core);
      break;
    default:
      break;
  }
}
