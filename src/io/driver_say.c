/*
 * An action becomes a packet, its replies become the answer to the core. One op per action; it
 * lives until each line of its packet is answered or lost.
 *
 *   hr_say_action ──▶ hr_packet_say ─ ─ ─ hr_op_reply / hr_op_lost ──▶ done ──▶ HR_EV_ANSWER
 *                          ▲                                           │
 *                          └── UNLOCK has two packets, a LOOK that ────┘
 *                              doubts too, a LOCK that met a full server
 *                              three
 *
 * Must not know roles: whether an action is right was decided before it came here.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define UNLOCK_TRIES_MAX 3

/* Greeted, and the link has not broken in this very moment. */
static bool usable(const struct hr_dnode *node) {
  return node->greeted && hr_link_is_up(node->control);
}

static bool guard_holds(const struct hr_dnode *node) {
  return node->watched && node->lifted < node->watched;
}

bool hr_say_guards(const struct hr_dnode *node) {
  return node->guarding > 0 || guard_holds(node);
}

static unsigned when_of(const struct hr_dnode *node, const struct hr_action *action) {
  unsigned when = HR_WHEN_ALWAYS;
  if (action->rewrite) when |= HR_WHEN_REWRITE;
  if (action->kick) when |= HR_WHEN_KICK;
  if (action->opcounter > 0) when |= HR_WHEN_COUNTER;
  if (node->refuses) {
    when |= HR_WHEN_REFUSES;
    if (node->limits.maxmemory[0]) when |= HR_WHEN_MEMORY;
    if (node->limits.stops_writes) when |= HR_WHEN_STOPS;
    if (node->limits.min_replicas[0]) when |= HR_WHEN_REPLICAS;
  }
  if (!node->serves_stale) when |= HR_WHEN_STALE;
  if (node->group_garbage) when |= HR_WHEN_GARBAGE;
  if (node->notes_garbage) when |= HR_WHEN_FOREIGN;
  if (node->doubt_keys) when |= HR_WHEN_DOUBT;
  if (node->version >= 600) when |= HR_WHEN_USER;
  when |= node->version >= 700 ? HR_WHEN_7 : HR_WHEN_OLD;
  return when;
}

/* ------------------------------------------------------------------------------- words ------- */

/* The record names who is promoted: this process of this node. */
static void record_words(const struct hr_dnode *node, const struct hr_action *action,
                         struct hr_words *w) {
  struct hr_lineage lineage = {.epoch = action->epoch};
  snprintf(lineage.node, sizeof lineage.node, "%s", node->config.name);
  snprintf(lineage.run_id, sizeof lineage.run_id, "%s", node->run_id);
  hr_lineage_format(&lineage, w->lineage);
  snprintf(w->opcounter, sizeof w->opcounter, "%" PRIu64, action->opcounter);
  w->uuid = action->u.uuid;
  w->durable = action->durable ? "1" : "0";
  if (!hr_epoch_format(&action->planned, w->planned)) snprintf(w->planned, sizeof w->planned, "0");
  hr_forks_format(action->u.forks, w->forks);
}

/* True when the node must be told how to log in to its master: an explicit option always wins; a
 * client's own password is handed on only where nothing was configured. */
static bool follow_words(const struct hr_dnode *node, const struct hr_dnode *master,
                         struct hr_words *w) {
  const struct hr_driver *driver = node->driver;
  const struct hr_driver_node *to = &master->config;
  w->host = to->announce_host ? to->announce_host : to->host;
  snprintf(w->port, sizeof w->port, "%d", to->announce_host ? to->announce_port : to->port);
  bool given = driver->replication_password || driver->replication_username;
  w->user = to->username ? to->username : driver->username;
  w->password = to->password ? to->password : driver->password;
  if (driver->replication_username) w->user = driver->replication_username;
  if (driver->replication_password) w->password = driver->replication_password;
  return w->password && (given || node->masterauth_empty);
}

static void gossip_words(const struct hr_dnode *node, const struct hr_gossip *gossip,
                         struct hr_words *w) {
  const struct hr_driver *driver = node->driver;
  struct hr_gossip_message message = {.seq = gossip->seq, .epoch = gossip->epoch};
  assert(gossip->node >= 0 && (size_t)gossip->node < driver->count);
  snprintf(message.client, sizeof message.client, "%s", driver->client);
  snprintf(message.node, sizeof message.node, "%s", driver->nodes[gossip->node].config.name);
  hr_gossip_format(&message, w->message);
  w->channel = driver->channels[gossip->kind];
}

static void words_of(const struct hr_dnode *node, const struct hr_action *action,
                     struct hr_words *w) {
  memset(w, 0, sizeof *w);
  hr_key_lock(node->run_id, w->lock);
  hr_key_promise(node->run_id, w->promise);
  hr_key_file(node->run_id, w->file);
  w->group = node->driver->group_key;
  w->nodes = node->driver->node_list;
  w->maxmemory = node->limits.maxmemory;
  w->replicas = node->limits.min_replicas;
  struct hr_lock lock = {.epoch = action->epoch};
  snprintf(lock.client, sizeof lock.client, "%s", node->driver->client);
  if (action->epoch.n) {
    hr_lock_format(&lock, w->value);
    hr_epoch_format(&action->epoch, w->mark);
  }
  hr_seal_format(action->epoch.n, node->driver->client, w->seal);
  snprintf(w->ttl, sizeof w->ttl, "%" PRId64, action->ttl_ms > 0 ? action->ttl_ms : 1);
  if (action->kind == HR_DO_PROMOTE || action->kind == HR_DO_RESTORE) {
    record_words(node, action, w);
  }
  if (action->kind == HR_DO_PUBLISH) gossip_words(node, &action->u.gossip, w);
}

/* -------------------------------------------------------------------------------- ops -------- */

static void answer(const struct hr_op *op, enum hr_status status) {
  const struct hr_answers *answers = &op->answers;
  enum hr_action_kind kind = op->action.kind;
  bool ok = status == HR_STATUS_OK;
  struct hr_event event = {.kind = HR_EV_ANSWER, .node = op->node->index, .op = op->action.op,
                           .status = status};
  if (ok && answers->info_seen) event.facts = &answers->facts;
  if ((kind == HR_DO_GUARD && ok) || (kind == HR_DO_LOCK && status != HR_STATUS_LOST)) {
    event.guard = &answers->guard;
  }
  hr_driver_feed(op->node->driver, &event);
}

static void answer_lost(struct hr_dnode *node, const struct hr_action *action) {
  struct hr_event event = {.kind = HR_EV_ANSWER, .node = node->index, .op = action->op,
                           .status = HR_STATUS_LOST};
  hr_driver_feed(node->driver, &event);
}

static void op_end(struct hr_op *op) {
  assert(op->waiting == 0);
  assert(!op->guards || op->node->guarding > 0);
  op->node->guarding -= op->guards;
  assert(op->action.kind != HR_DO_UNLOCK || op->node->unlocking > 0);
  op->node->unlocking -= op->action.kind == HR_DO_UNLOCK;
  hr_free(op);
}

static struct hr_op *op_new(struct hr_dnode *node, enum hr_op_kind kind) {
  struct hr_op *op = hr_calloc(1, sizeof *op);
  if (!op) return NULL;
  op->node = node;
  op->kind = kind;
  return op;
}

/* Send the next packet of an op. When it cannot be queued, the op ends: LOST. */
static void op_say(struct hr_op *op, enum hr_packet packet) {
  struct hr_dnode *node = op->node;
  unsigned when = when_of(node, &op->action);
  struct hr_words words;
  words_of(node, &op->action, &words);
  if (packet == HR_PACKET_FOLLOW &&
      follow_words(node, &node->driver->nodes[op->action.master], &words)) {
    when |= HR_WHEN_AUTH;
  }
  op->lost = false;
  op->asked_us = hr_loop_turn(node->driver->loop).us;
  op->waiting = 1; /* lines that are taken back are lost, and must not end the op meanwhile */
  bool said = hr_packet_say(node, op, packet, when, &words);
  op->waiting--;
  if (said) return;
  answer_lost(node, &op->action);
  op_end(op);
}

void hr_say_greet(struct hr_dnode *node) {
  struct hr_op *op = op_new(node, HR_OP_GREET);
  bool said = false;
  if (op) {
    op->waiting = 1;
    said = hr_packet_say(node, op, HR_PACKET_GREET, HR_WHEN_ALWAYS, NULL);
    op->waiting--;
  }
  if (said) return;
  hr_free(op);
  hr_dnode_greeted(node, NULL);
}

static bool packet_of(struct hr_dnode *node, enum hr_action_kind kind, enum hr_packet *packet) {
  switch (kind) {
    case HR_DO_LOOK: *packet = HR_PACKET_LOOK; return true;
    case HR_DO_LOCK: *packet = HR_PACKET_LOCK; return true;
    case HR_DO_UNLOCK: *packet = HR_PACKET_UNLOCK_READ; return true;
    case HR_DO_GUARD: *packet = HR_PACKET_GUARD; return true;
    case HR_DO_UNGUARD: *packet = HR_PACKET_UNGUARD; return true;
    case HR_DO_SEAL: *packet = HR_PACKET_SEAL; return true;
    case HR_DO_PROMOTE: *packet = HR_PACKET_PROMOTE; return true;
    case HR_DO_FOLLOW: *packet = HR_PACKET_FOLLOW; return true;
    case HR_DO_RESTORE: *packet = HR_PACKET_RESTORE; return true;
    case HR_DO_UNPAUSE: *packet = HR_PACKET_UNPAUSE; return true;
    case HR_DO_NOTE: *packet = HR_PACKET_MARK; return true;
    case HR_DO_PUBLISH: *packet = HR_PACKET_PUBLISH; return true;
    case HR_DO_PAUSE:
      *packet = node->version >= 602 ? HR_PACKET_PAUSE : HR_PACKET_PAUSE_ALL;
      return true;
    default:
      return false;
  }
}

static bool is_guarded(enum hr_action_kind kind) {
  return kind == HR_DO_SEAL || kind == HR_DO_PROMOTE || kind == HR_DO_FOLLOW ||
         kind == HR_DO_RESTORE;
}

static bool is_unanswered(enum hr_action_kind kind) {
  return kind == HR_DO_UNGUARD || kind == HR_DO_UNPAUSE || kind == HR_DO_NOTE ||
         kind == HR_DO_PUBLISH;
}

/* A heartbeat behind one that is not answered yet would be old news when it is heard; and a master
 * that was stopped would run them all, as if it had a history of its own. On a paused master it
 * would hold up what is to end the pause. */
static void say_unanswered(struct hr_dnode *node, const struct hr_action *action,
                           enum hr_packet packet) {
  struct hr_op *op = NULL;
  if (!usable(node)) return;
  if (action->kind == HR_DO_PUBLISH && action->u.gossip.kind == HR_GOSSIP_HEARTBEAT) {
    if (node->beating || hr_loop_now(node->driver->loop) < node->held_until_ms) return;
    op = op_new(node, HR_OP_HEARTBEAT);
    node->beating = op != NULL;
  }
  struct hr_words words;
  words_of(node, action, &words);
  if (op) op->waiting = 1;
  bool said = hr_packet_say(node, op, packet, HR_WHEN_ALWAYS, &words);
  if (op) op->waiting--;
  if (!op || said) return;
  node->beating = false;
  op_end(op);
}

/* PAUSE holds; whatever begins with CLIENT UNPAUSE lets go. */
static void note_hold(struct hr_dnode *node, const struct hr_action *action) {
  bool guarded = is_guarded(action->kind) && action->kind != HR_DO_RESTORE;
  if (action->kind == HR_DO_PAUSE) {
    node->held_until_ms = hr_loop_now(node->driver->loop) + action->ttl_ms;
  } else if (guarded || action->kind == HR_DO_UNPAUSE) {
    node->held_until_ms = 0;
  }
}

void hr_say_action(struct hr_dnode *node, const struct hr_action *action) {
  enum hr_packet packet = HR_PACKET_LOOK;
  if (!packet_of(node, action->kind, &packet)) {
    assert(false && "an action that is not said to a server");
    return;
  }
  note_hold(node, action);
  if (is_unanswered(action->kind)) {
    say_unanswered(node, action, packet);
    return;
  }
  struct hr_op *op = NULL;
  if (usable(node) && (!is_guarded(action->kind) || guard_holds(node))) {
    op = op_new(node, HR_OP_ACTION);
  }
  if (!op) {
    answer_lost(node, action);
    return;
  }
  op->action = *action;
  if (action->kind == HR_DO_LOCK) node->refuses = false;
  if (action->kind == HR_DO_UNLOCK) {
    op->kind = HR_OP_UNLOCK_READ;
    node->unlocking++;
  }
  op_say(op, packet);
}

/* ------------------------------------------------------------------------------ answers ------ */

static void finish(struct hr_op *op, enum hr_status status) {
  answer(op, status);
  op_end(op);
}

static bool lock_is(const struct hr_guard *guard, const struct hr_epoch *epoch,
                    const char *client) {
  return hr_epoch_compare(&guard->lock, epoch) == 0 && !strcmp(guard->lock_client, client);
}

/* Aborted by a setting that our packets can lift. */
static bool is_full(const struct hr_answers *a) {
  return a->aborted &&
         (a->refusal == HR_REFUSAL_OOM || a->refusal == HR_REFUSAL_CANNOT_WRITE);
}

static void log_refusal(const struct hr_op *op) {
  const struct hr_answers *a = &op->answers;
  hr_driver_log(op->node->driver, HR_LEVEL_DEBUG, "%s refused: %s", op->node->config.name,
                a->refusal != HR_REFUSAL_NONE ? a->why
                : a->aborted                  ? "somebody changed it meanwhile"
                                              : "a reply makes no sense");
}

/* An answer to our SET that was lost may be found again by its value: it is ours all the same. A
 * server whose append-only file cannot be written refuses whatever we set: NO, and nobody holds
 * the lock. */
static void lock_done(struct hr_op *op) {
  struct hr_dnode *node = op->node;
  const struct hr_answers *a = &op->answers;
  if (is_full(a) && !node->refuses) {
    op->kind = HR_OP_LOCK_MEASURE;
    op_say(op, HR_PACKET_MEASURE);
    return;
  }
  if (a->aborted || a->garbled) {
    log_refusal(op);
    finish(op, HR_STATUS_NO);
    return;
  }
  bool ours = a->lock_set || lock_is(&a->guard, &op->action.epoch, node->driver->client);
  finish(op, ours ? HR_STATUS_OK : HR_STATUS_NO);
}

/* From now on the packets of this node lift those limits for as long as they take. */
static void lock_measured(struct hr_op *op) {
  op->node->limits = op->answers.limits;
  op->node->refuses = true;
  op->kind = HR_OP_ACTION;
  op_say(op, HR_PACKET_LOCK);
}

/* Another packet may have lifted the WATCH between the two halves: then read again. */
static void unlock_read(struct hr_op *op) {
  const struct hr_answers *a = &op->answers;
  if (a->refused || a->garbled) {
    finish(op, HR_STATUS_NO);
    return;
  }
  if (!a->guard.lock.n) {
    finish(op, HR_STATUS_OK);
    return;
  }
  if (!lock_is(&a->guard, &op->action.epoch, op->action.u.client)) {
    finish(op, HR_STATUS_NO);
    return;
  }
  if (op->node->refuses) op->node->limits = a->limits;
  if (op->node->lifted < op->serial) {
    op->kind = HR_OP_ACTION;
    op_say(op, HR_PACKET_UNLOCK);
  } else if (++op->tries < UNLOCK_TRIES_MAX) {
    op_say(op, HR_PACKET_UNLOCK_READ);
  } else {
    finish(op, HR_STATUS_NO);
  }
}

static void unlock_done(struct hr_op *op) {
  const struct hr_answers *a = &op->answers;
  if (is_full(a) && !op->node->refuses && ++op->tries < UNLOCK_TRIES_MAX) {
    op->node->refuses = true;
    op->kind = HR_OP_UNLOCK_READ;
    op_say(op, HR_PACKET_UNLOCK_READ);
    return;
  }
  finish(op, a->aborted || a->refused || a->garbled ? HR_STATUS_NO : HR_STATUS_OK);
}

static void guard_done(struct hr_op *op) {
  struct hr_dnode *node = op->node;
  const struct hr_answers *a = &op->answers;
  bool ok = !a->refused && !a->garbled && node->lifted < op->serial;
  if (ok) {
    node->watched = op->serial;
    node->group_garbage = a->group_garbage;
    node->notes_garbage = a->notes_garbage;
    if (node->refuses) node->limits = a->limits;
  }
  finish(op, ok ? HR_STATUS_OK : HR_STATUS_NO);
}

/* What the replies said one by one, put together. */
static void complete_facts(struct hr_op *op) {
  struct hr_answers *a = &op->answers;
  struct hr_driver *driver = op->node->driver;
  struct hr_facts *facts = &a->facts;
  snprintf(facts->run_id, sizeof facts->run_id, "%s", op->node->run_id);
  facts->promise = a->guard.promise;
  facts->lock = a->guard.lock;
  snprintf(facts->lock_client, sizeof facts->lock_client, "%s", a->guard.lock_client);
  facts->starts_sealed = a->marked || a->rewritten;
  facts->keys = hr_answers_user_keys(a);
  if (facts->master && facts->uuid[0]) {
    snprintf(driver->uuid, sizeof driver->uuid, "%s", facts->uuid);
    driver->durable = facts->durable || driver->core_durable;
  }
  hr_dfeed_looked(op->node, &a->stream);
}

/* A loading server tells its INFO but none of its keys: that is an answer. A count of keys that
 * cannot be trusted is none, as long as the names were not asked for: then look again, at once. */
static void look_done(struct hr_op *op) {
  hr_dnode_answered(op->node, op->asked_us);
  const struct hr_answers *a = &op->answers;
  bool ok = a->info_seen && !a->garbled && (!a->refused || a->refusal == HR_REFUSAL_BUSY);
  if (ok) op->node->doubt_keys = !a->refused && hr_answers_doubt_keys(a);
  if (ok && op->node->doubt_keys && !a->keys_asked) {
    op_say(op, HR_PACKET_LOOK);
    return;
  }
  if (ok) complete_facts(op);
  finish(op, ok ? HR_STATUS_OK : HR_STATUS_NO);
}

static void change_done(struct hr_op *op) {
  struct hr_dnode *node = op->node;
  const struct hr_answers *a = &op->answers;
  bool ok = !a->aborted && !a->refused && !a->garbled;
  if (ok && a->rewritten) {
    struct hr_words words;
    words_of(node, &op->action, &words);
    hr_packet_say(node, NULL, HR_PACKET_MARK, when_of(node, &op->action), &words);
  }
  if (ok && a->info_seen) complete_facts(op);
  if (!ok) log_refusal(op);
  finish(op, ok ? HR_STATUS_OK : HR_STATUS_NO);
}

static void action_done(struct hr_op *op) {
  switch (op->action.kind) {
    case HR_DO_LOCK:
      lock_done(op);
      return;
    case HR_DO_UNLOCK:
      unlock_done(op);
      return;
    case HR_DO_GUARD:
      guard_done(op);
      return;
    case HR_DO_LOOK:
      look_done(op);
      return;
    default: /* SEAL, PROMOTE, FOLLOW, RESTORE, PAUSE */
      change_done(op);
  }
}

static void op_done(struct hr_op *op) {
  if (op->node->driver->dead) {
    op_end(op);
    return;
  }
  if (op->kind == HR_OP_HEARTBEAT) {
    op->node->beating = false;
    op_end(op);
    return;
  }
  if (op->kind == HR_OP_GREET) {
    if (!op->lost) hr_dnode_greeted(op->node, op); /* else the link says so itself */
    op_end(op);
    return;
  }
  if (op->lost) {
    finish(op, HR_STATUS_LOST);
    return;
  }
  switch (op->kind) {
    case HR_OP_LOCK_MEASURE:
      lock_measured(op);
      return;
    case HR_OP_UNLOCK_READ:
      unlock_read(op);
      return;
    default:
      action_done(op);
  }
}

void hr_op_reply(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  (void)link;
  struct hr_op *op = request->owner;
  struct hr_driver *driver = op->node->driver;
  hr_driver_enter(driver);
  assert(op->waiting > 0);
  if (!op->lost) hr_answers_take(&op->answers, reply);
  if (--op->waiting == 0) op_done(op);
  hr_driver_leave(driver);
}

void hr_op_lost(struct hr_op *op) {
  assert(op->waiting > 0);
  op->lost = true;
  if (--op->waiting == 0) op_done(op);
}
