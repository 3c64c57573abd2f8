/*
 * Transactions of users, one of a client at a time, on a link of its own, with a WATCH and without:
 *
 *   LINK ──▶ WATCH, GET ──▶ the user thinks ──▶ MULTI ... EXEC ──▶ acked, nil, refused, maybe
 *
 * The twin of src/client/txn.c. Where it goes, and what a refusal or a lost answer means for it,
 * the shipped tables say (src/route): retry is never, and once it watches, its attempts are up.
 * What must not happen is checked by what runs: check_exec, check_ran, check_ended.
 * It must not know: which of the histories that a server held is the true one.
 */
#include <assert.h>
#include <string.h>

#include "world.h"

#define TXN_US 3000000    /* until its deadline */
#define REDIAL_US 10000
#define THINKS_US 20000
#define THINKS_LONG_US 500000

static void go_on(struct world *world, struct client *client);

/* ------------------------------------------------------------------ time ---------------------- */

static void resume(struct world *world, void *subject, uint64_t life) {
  if (client_may_act(world, subject, resume, life)) go_on(world, subject);
}

static void wait_until(struct world *world, struct client *client, usec at) {
  client->txn.after = at;
  world_at(world, at, resume, client, client->life);
}

/* ------------------------------------------------------------------ its ends ------------------ */

static void drop(struct world *world, struct client *client) {
  struct txn *txn = &client->txn;
  if (txn->conn != NULL) net_close(world, txn->conn, 0);
  txn->conn = NULL;
  txn->up = false;
}

static void end(struct world *world, struct client *client, enum fate fate) {
  struct txn *txn = &client->txn;
  assert(txn->phase != TXN_NONE);
  txn->phase = TXN_NONE;
  txn->seen = NULL;
  txn->call->ended = true;
  world->txns.acked += fate == FATE_ACKED;
  world->txns.refused += fate == FATE_REFUSED;
  world->txns.maybe += fate == FATE_MAYBE;
  check_ended(world, txn->call, fate);
}

/* Nothing ran: from the beginning, on whatever link the plan says then. */
static void begin_again(struct world *world, struct client *client, usec wait) {
  client->txn.phase = TXN_LINK;
  client->txn.seen = NULL;
  drop(world, client);
  wait_until(world, client, world->now + wait);
}

static void judge(struct world *world, struct client *client, enum hr_outcome_kind kind,
                  enum hr_error_class error) {
  struct txn *txn = &client->txn;
  struct call *call = txn->call;
  struct hr_outcome outcome = client_outcome(world, kind, error, call->attempts, call->until);
  outcome.write = true;
  outcome.retry = HR_RETRY_NEVER;
  if (txn->watches) outcome.attempts_max = call->attempts;
  outcome.random = (uint32_t)world->txns.begun;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  if (verdict.kind == HR_VERDICT_RETRY) {
    /* Its EXEC goes again as it is: the WATCH does not come along. */
    const struct state *seen = txn->seen;
    begin_again(world, client, verdict.wait_ms * 1000);
    txn->seen = seen;
    return;
  }
  drop(world, client);
  end(world, client, verdict.kind == HR_VERDICT_FAIL ? FATE_MAYBE : FATE_REFUSED);
}

/* Its link is gone. What was watched is watched no more. */
static void lose(struct world *world, struct client *client, bool hint) {
  struct txn *txn = &client->txn;
  int node = txn->conn->end[1].index;
  bool watched = txn->phase == TXN_ASKED || txn->seen != NULL;
  enum txn_phase phase = txn->phase;
  drop(world, client);
  if (phase == TXN_SENT) judge(world, client, HR_OUTCOME_LOST_SENT, HR_ERROR_PLAIN);
  else if (phase != TXN_NONE && watched) end(world, client, FATE_REFUSED);
  else if (phase != TXN_NONE) begin_again(world, client, REDIAL_US);
  if (!hint) return;
  struct hr_event event = {.kind = HR_EV_HINT, .node = node};
  client_step(world, client, &event);
}

/* ------------------------------------------------------------------ its way ------------------- */

static struct hr_plan plan(const struct client *client) {
  const struct hr_route_need need = {.write = true, .durable = client->txn.call->durable};
  return hr_route_failover(&client->topology, &need);
}

static void ask(struct world *world, struct client *client) {
  struct txn *txn = &client->txn;
  if (!txn->watches || txn->seen != NULL) {
    txn->phase = TXN_OPEN;
    return;
  }
  struct watch *watch = arena_take(&world->arena, sizeof *watch);
  *watch = (struct watch){.key = txn->key};
  txn->phase = TXN_ASKED;
  net_send(world, txn->conn, 1, MSG_WATCH, watch);
}

static void take_link(struct world *world, struct client *client, int node) {
  struct txn *txn = &client->txn;
  if (txn->conn != NULL && txn->conn->end[1].index != node) drop(world, client);
  if (txn->conn == NULL) {
    txn->conn = net_dial(world, CONN_DATA, peer_client(client->index), peer_server(node));
    net_send(world, txn->conn, 1, MSG_HELLO, NULL);
  }
  if (txn->up) ask(world, client);
}

static void transmit(struct world *world, struct client *client) {
  struct txn *txn = &client->txn;
  struct call *call = txn->call;
  check_fenced(world, client);
  if (call->count == 0) load_number(world, call, 1); /* what never leaves is no message */
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  flush->first = call->first;
  flush->count = call->count;
  flush->call = call;
  flush->durable = call->durable;
  flush->acks = client->topology.durable_acks;
  flush->expected = client->topology.epoch;
  flush->exec = true;
  flush->key = txn->key;
  flush->base = txn->seen;
  client->sent += flush->count;
  call->attempts++;
  call->conn = txn->conn->id;
  txn->phase = TXN_SENT;
  net_send(world, txn->conn, 1, MSG_WRITE, flush);
}

static void go_on(struct world *world, struct client *client) {
  struct txn *txn = &client->txn;
  if (txn->phase == TXN_NONE) return;
  if (world->now >= txn->call->until) {
    enum fate fate = txn->phase == TXN_SENT ? FATE_MAYBE : FATE_REFUSED;
    drop(world, client); /* what it watches, or its answer, is nobody's */
    end(world, client, fate);
    return;
  }
  struct hr_plan where = plan(client);
  bool waits = txn->phase == TXN_LINK || txn->phase == TXN_OPEN;
  if (!waits || world->now < txn->after) return;
  if (where.kind == HR_PLAN_FAIL) {
    drop(world, client);
    end(world, client, FATE_REFUSED);
  }
  if (where.kind != HR_PLAN_SEND) return;
  if (txn->phase == TXN_LINK) take_link(world, client, where.node);
  if (txn->phase != TXN_OPEN || world->now < txn->after) return;
  if (txn->conn->end[1].index == where.node) transmit(world, client);
  else lose(world, client, false);
}

/* What is watched is watched on the old master; EXEC that is under way may still be answered. */
void txn_topology(struct world *world, struct client *client) {
  const struct txn *txn = &client->txn;
  int master = client->topology.master;
  bool moved = txn->conn != NULL && master >= 0 && txn->conn->end[1].index != master;
  if (moved && txn->phase != TXN_SENT) lose(world, client, false);
  go_on(world, client);
}

void txn_hang_up(struct world *world, struct client *client, int node) {
  const struct txn *txn = &client->txn;
  if (txn->conn != NULL && txn->conn->end[1].index == node) lose(world, client, false);
}

/* ------------------------------------------------------------------ answers ------------------- */

static void take_reply(struct world *world, struct client *client, const struct flush *flush) {
  bool same = epoch_order(&flush->epoch, &flush->expected) == 0;
  if (client->txn.phase != TXN_SENT || flush->call != client->txn.call) return;
  if (flush->aborted) {
    world->txns.aborted++;
    end(world, client, FATE_REFUSED);
  } else if (flush->ok && (!flush->durable || same)) {
    end(world, client, FATE_ACKED);
    load_acknowledged(world, client, flush);
  } else if (flush->ok || flush->seen != NULL) {
    judge(world, client, HR_OUTCOME_UNPROVEN, HR_ERROR_PLAIN);
  } else if (flush->refused == HR_ERROR_PLAIN) {
    end(world, client, FATE_REFUSED);
  } else {
    judge(world, client, HR_OUTCOME_REPLY, flush->refused);
  }
}

static void think(struct world *world, struct client *client, const struct watch *watch) {
  struct txn *txn = &client->txn;
  if (txn->phase != TXN_ASKED) return;
  if (watch->seen == NULL) { /* refused: it must not go unguarded */
    drop(world, client);
    end(world, client, FATE_REFUSED);
    return;
  }
  txn->phase = TXN_OPEN;
  txn->seen = watch->seen;
  bool slow = world_random(world, 8) == 0;
  wait_until(world, client, world->now + world_random(world, slow ? THINKS_LONG_US : THINKS_US));
}

void txn_receive(struct world *world, struct client *client, struct message *message) {
  const struct flush *flush = message->body;
  switch (message->kind) {
    case MSG_WELCOME:
      client->txn.up = true;
      go_on(world, client);
      break;
    case MSG_WATCHED:
      think(world, client, message->body);
      break;
    case MSG_WRITTEN:
      take_reply(world, client, flush);
      break;
    case MSG_READONLY:
      if (client->txn.phase == TXN_SENT) {
        judge(world, client, HR_OUTCOME_REPLY, HR_ERROR_READONLY);
      }
      break;
    default:
      lose(world, client, true);
  }
}

/* ------------------------------------------------------------------ its user ------------------ */

static void turn(struct world *world, void *subject, uint64_t life) {
  struct client *client = subject;
  struct txn *txn = &client->txn;
  if (client->life != life || !client->alive) return;
  usec every = world->config.txn_every_us;
  world_at(world, world->now + every / 2 + world_random(world, every), turn, client, life);
  if (client->asleep || !client->writes || txn->phase != TXN_NONE) return;
  world->txns.begun++;
  struct call *call = arena_take(&world->arena, sizeof *call);
  call->durable = client->durable;
  call->began = call->after = world->now;
  call->until = world->now + TXN_US;
  txn->phase = TXN_LINK;
  txn->call = call;
  txn->seen = NULL;
  txn->watches = world_random(world, 3) != 0;
  txn->key = (uint32_t)world_random(world, NET_KEYS);
  txn->after = world->now;
  world_at(world, call->until, resume, client, client->life);
  go_on(world, client);
}

void txn_start(struct world *world, struct client *client) {
  usec every = world->config.txn_every_us;
  client->txn = (struct txn){.phase = TXN_NONE};
  if (every <= 0) return;
  world_at(world, world->now + world_random(world, every), turn, client, client->life);
}

void txn_forget(struct world *world, struct client *client) {
  drop(world, client);
  client->txn.phase = TXN_NONE;
}

/* ------------------------------------------------------------------ the server's side --------- */

void txn_watch(struct world *world, struct server *server, struct conn *conn,
               const struct watch *watch) {
  struct watch *answer = arena_take(&world->arena, sizeof *answer);
  *answer = (struct watch){watch->key, server->loading ? NULL : server->state};
  conn->watched = answer->seen;
  conn->watched_key = watch->key;
  net_send(world, conn, 0, MSG_WATCHED, answer);
}

/* The key was written here since, or all data was thrown away and came anew. */
bool txn_is_dirty(const struct server *server, const struct conn *conn) {
  const struct state *at = server->state;
  if (conn->watched == NULL) return false;
  for (; at != NULL && at->depth > conn->watched->depth; at = at->parent) {
    if (at->change == CHANGE_FLUSH) return true;
    if (at->change == CHANGE_WRITE && at->key == conn->watched_key) return true;
  }
  return at != conn->watched;
}
