/* PSYNC as Redis 7 does it: who continues, who starts over, and what travels meanwhile. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define HEX "0123456789abcdef"
#define PING_BYTES 14
#define STRANGER_US 2000000 /* what the first copy of a replica of somebody else takes */

static bool on_master_side(const struct server *server, const struct conn *conn) {
  return conn->attached && conn->open[1] && conn->instance == server->instance;
}

int replication_count(const struct server *server) {
  int count = 0;
  for (struct conn *conn = server->streams; conn != NULL; conn = conn->next) {
    if (on_master_side(server, conn)) count++;
  }
  return count;
}

void replication_drop_replicas(struct world *world, struct server *server) {
  for (struct conn *conn = server->streams, *next; conn != NULL; conn = next) {
    next = conn->next;
    if (!on_master_side(server, conn)) continue;
    conn->attached = false;
    net_close(world, conn, 1);
  }
}

void replication_forget_backlog(struct world *world, struct server *server) {
  chance_letters(&world->chance, server->replid, HR_RUN_ID_MAX - 1, HEX);
  server->replid2[0] = '\0';
  server->offset2 = -1;
  server->backlog = false;
}

static void connect_now(struct world *world, void *subject, uint64_t turn) {
  struct server *server = subject;
  if (turn != server->turn || server->follow != FOLLOW_NODE) return;
  if (server->process == PROCESS_DOWN || server->loading || server->link != NULL) return;
  if (server->process == PROCESS_STOPPED) { /* its cron stands still */
    world_at(world, world->now + 10000, connect_now, server, turn);
    return;
  }
  struct psync *psync = arena_take(&world->arena, sizeof *psync);
  memcpy(psync->replid, server->replid, sizeof psync->replid);
  psync->offset = server->state->offset;
  psync->state = server->state;
  server->link = net_dial(world, CONN_STREAM, peer_server(server->index),
                          peer_server(server->master));
  server->stream = STREAM_ASKED;
  net_send(world, server->link, 1, MSG_PSYNC, psync);
}

static void retry(struct world *world, struct server *server, usec within) {
  server->stream = STREAM_RETRY;
  server->link = NULL;
  server->turn++;
  world_at(world, world->now + world_random(world, within), connect_now, server, server->turn);
}

void replication_start(struct world *world, struct server *server) {
  if (server->follow == FOLLOW_NODE) retry(world, server, 0);
}

static void hang_up(struct world *world, struct server *server) {
  if (server->link != NULL) net_close(world, server->link, 0);
  server->link = NULL;
  server->stream = STREAM_NONE;
  server->turn++;
}

/* A master that becomes a replica closes those who are blocked on it; WAIT is among them. */
static void close_waiting(struct world *world, struct server *server) {
  for (struct wait *wait = server->waits; wait != NULL; wait = wait->next) {
    net_close(world, wait->conn, 1);
  }
  server->waits = NULL;
}

void replication_follow(struct world *world, struct server *server, enum follow follow,
                        int master) {
  bool same = server->follow == FOLLOW_NODE && follow == FOLLOW_NODE && server->master == master;
  if (same) return; /* REPLICAOF says OK and does nothing */
  bool was_master = server_is_master(server);
  if (was_master) close_waiting(world, server);
  list_unblock(world, server);
  hang_up(world, server);
  if (follow == FOLLOW_SEAL && server->follow != FOLLOW_SEAL) server->sealed_at = world->now;
  server->follow = follow;
  server->master = master;
  if (was_master && !server->backlog) { /* it caches itself as its master */
    server->backlog = true;
    server->backlog_from = server->state->offset;
  }
  if (follow == FOLLOW_NODE) retry(world, server, 0);
}

void replication_unfollow(struct world *world, struct server *server) {
  if (server_is_master(server)) return;
  hang_up(world, server);
  server->follow = FOLLOW_NOBODY;
  server->master = -1;
  memcpy(server->replid2, server->replid, sizeof server->replid2);
  server->offset2 = server->state->offset;
  chance_letters(&world->chance, server->replid, HR_RUN_ID_MAX - 1, HEX);
  replication_drop_replicas(world, server);
}

/* ------------------------------------------------------------------ the master's side --------- */

/* What was written in one go arrives in one go, but for one time in config.torn. */
static void feed(struct world *world, struct server *server, struct conn *conn) {
  if (!conn->streaming || conn->sent == server->state) return;
  const struct state *from = conn->sent, *to = server->state;
  conn->sent = to;
  bool torn = world->config.torn > 0 && world_random(world, (usec)world->config.torn) == 0;
  if (from == to->parent || !torn) {
    net_send(world, conn, 0, MSG_STREAM, (void *)to);
    return;
  }
  size_t count;
  const struct state **path = state_path(from, to, &count);
  for (size_t i = 0; i < count; i++) net_send(world, conn, 0, MSG_STREAM, (void *)path[i]);
  free(path);
}

void replication_feed(struct world *world, struct server *server) {
  for (struct conn *conn = server->streams; conn != NULL; conn = conn->next) {
    if (on_master_side(server, conn)) feed(world, server, conn);
  }
}

static void send_snapshot(struct world *world, void *subject, uint64_t instance) {
  struct conn *conn = subject;
  struct server *server = &world->servers[conn->end[1].index];
  if (server->instance != instance || !on_master_side(server, conn)) return;
  if (server->process == PROCESS_STOPPED) {
    world_at(world, world->now + 10000, send_snapshot, conn, instance);
    return;
  }
  struct psync *psync = arena_take(&world->arena, sizeof *psync);
  memcpy(psync->replid, server->replid, sizeof psync->replid);
  psync->state = conn->sent;
  psync->offset = conn->sent->offset;
  net_send(world, conn, 0, MSG_SNAPSHOT, psync);
  conn->streaming = true;
  conn->acked = 0;
  feed(world, server, conn);
}

static bool can_continue(const struct server *server, const struct psync *psync) {
  bool ours = strcmp(psync->replid, server->replid) == 0;
  bool before = server->replid2[0] != '\0' && strcmp(psync->replid, server->replid2) == 0 &&
                psync->offset <= server->offset2;
  int64_t end = server->state->offset, from = server->backlog_from;
  if (server->backlog_size > 0 && from < end - server->backlog_size) {
    from = end - server->backlog_size;
  }
  return server->backlog && (ours || before) && psync->offset >= from && psync->offset <= end;
}

static void continue_stream(struct world *world, struct server *server, struct conn *conn,
                            const struct psync *psync) {
  if (!state_descends(server->state, psync->state)) {
    world_violation(world, "a partial resync from %s onto data that it never had", server->name);
    return;
  }
  struct psync *reply = arena_take(&world->arena, sizeof *reply);
  memcpy(reply->replid, server->replid, sizeof reply->replid);
  server->partial_syncs++;
  conn->streaming = true;
  conn->sent = psync->state;
  conn->acked = psync->offset;
  net_send(world, conn, 0, MSG_CONTINUE, reply);
  feed(world, server, conn);
}

static void serve_psync(struct world *world, struct server *server, struct conn *conn,
                        const struct psync *psync) {
  bool orphan = server->follow != FOLLOW_NOBODY && server->stream != STREAM_UP;
  if (server->loading || orphan) {
    net_send(world, conn, 0, MSG_NOSYNC, NULL);
    return;
  }
  conn->attached = true;
  if (can_continue(server, psync)) {
    continue_stream(world, server, conn, psync);
    return;
  }
  if (!server->backlog) {
    replication_forget_backlog(world, server);
    server->backlog = true;
    server->backlog_from = server->state->offset;
  }
  server->full_syncs++;
  conn->sent = server->state;
  net_send(world, conn, 0, MSG_SYNCING, NULL);
  if (server->fork_us > 0) server_busy(world, server, server->fork_us);
  world_at(world, world->now + world->config.sync_us, send_snapshot, conn, server->instance);
}

static void answer_wait(struct world *world, struct server *server, struct wait *wait, int acks) {
  struct flush *reply = wait->flush;
  reply->ok = acks >= reply->acks;
  reply->epoch = state_epoch(server->state);
  net_send(world, wait->conn, 0, MSG_WRITTEN, reply);
}

void replication_waits(struct world *world, struct server *server) {
  struct wait **link = &server->waits;
  while (*link != NULL) {
    struct wait *wait = *link;
    /* They synchronise first. */
    bool strange = world->now - server->strangers_at > STRANGER_US;
    int acks = strange ? server->strangers : 0;
    for (struct conn *conn = server->streams; conn != NULL; conn = conn->next) {
      bool counts = on_master_side(server, conn) && conn->streaming;
      if (counts && conn->acked >= wait->state->offset) acks++;
    }
    if (acks > 0) acks += server->doubled; /* each may be one that has acknowledged already */
    bool over = acks >= wait->flush->acks || world->now >= wait->until;
    if (over && wait->conn->open[1]) answer_wait(world, server, wait, acks);
    if (over || !wait->conn->open[1]) {
      *link = wait->next;
    } else {
      link = &wait->next;
    }
  }
}

/* ------------------------------------------------------------------ the replica's side -------- */

/* It has all that its master had when they met, so what was promised until then; what is promised
 * later it has not said yet. If that master is the elected one, it counts as a holder again. */
static void whole_again(struct world *world, struct server *server) {
  if (!server->lossy || !state_descends(server->state, server->whole_from)) return;
  const struct promotion *latest = check_latest(world);
  if (latest == NULL || server->follow != FOLLOW_NODE || server->master != latest->node) return;
  if (strcmp(world->servers[latest->node].run_id, latest->run_id) != 0) return;
  server->lossy = false;
}

static void linked(struct world *world, struct server *server) {
  server->stream = STREAM_UP;
  server->linked_once = true;
  server->heard_at = world->now;
  server->backlog = true;
  server->whole_from = world->servers[server->master].state;
  world_trace(world, "server %s follows %s at %lld", server->name,
              world->servers[server->master].name, (long long)server->state->offset);
  whole_again(world, server);
}

static void take_snapshot(struct world *world, struct server *server, const struct psync *psync) {
  replication_drop_replicas(world, server);
  subs_skip(world, server, psync->state);
  server->copies++;
  check_overwritten(world, server, psync->state);
  check_copied(world, server);
  server->foreign = false;
  server->state = psync->state;
  memcpy(server->replid, psync->replid, sizeof server->replid);
  server->replid2[0] = '\0';
  server->offset2 = -1;
  server->backlog_from = psync->offset;
  server->lock = (struct hr_epoch){0};
  server->promise = (struct hr_epoch){0};
  server->file_key = false;
  server_touch(server);
  linked(world, server);
  net_send(world, server->link, 1, MSG_ACK, (void *)server->state);
}

static void take_continue(struct world *world, struct server *server, const struct psync *psync) {
  if (strcmp(psync->replid, server->replid) != 0) {
    memcpy(server->replid2, server->replid, sizeof server->replid2);
    server->offset2 = server->state->offset;
    memcpy(server->replid, psync->replid, sizeof server->replid);
    replication_drop_replicas(world, server);
  }
  linked(world, server);
}

static void apply(struct world *world, struct server *server, const struct state *state) {
  assert(state->parent == server->state);
  server->state = state;
  if (state->change == CHANGE_NOTE) serve_note(world, server, state->note);
  if (state->change == CHANGE_FLUSH) {
    server->lock = (struct hr_epoch){0};
    server->promise = (struct hr_epoch){0};
    server->file_key = false;
    server_touch(server);
  }
  /* haredis:node is written beside every record and goes through the stream with it */
  if (state->record != state->parent->record) server_touch(server);
  if (state->asks) net_send(world, server->link, 1, MSG_ACK, (void *)state);
}

static void apply_until(struct world *world, struct server *server, const struct state *to) {
  const struct state *from = server->state;
  size_t count;
  const struct state **path = state_path(from, to, &count);
  for (size_t i = 0; i < count; i++) apply(world, server, path[i]);
  free(path);
  server->heard_at = world->now;
  subs_push(world, server, from, to);
  whole_again(world, server);
  list_serve(world, server);
  replication_feed(world, server);
}

static void receive_as_master(struct world *world, struct server *server, struct conn *conn,
                              struct message *message) {
  if (message->kind == MSG_PSYNC) {
    serve_psync(world, server, conn, message->body);
    return;
  }
  const struct state *state = message->body;
  assert(message->kind == MSG_ACK);
  if (state->offset > conn->acked) conn->acked = state->offset;
  replication_waits(world, server);
}

void replication_receive(struct world *world, struct server *server, struct conn *conn, int end,
                         struct message *message) {
  if (end == 1) {
    receive_as_master(world, server, conn, message);
    return;
  }
  if (server->link != conn) return;
  switch (message->kind) {
    case MSG_CONTINUE:
      take_continue(world, server, message->body);
      break;
    case MSG_SYNCING:
      server->stream = STREAM_SYNCING;
      server->syncing_at = world->now;
      break;
    case MSG_SNAPSHOT:
      take_snapshot(world, server, message->body);
      break;
    case MSG_STREAM:
      apply_until(world, server, message->body);
      break;
    default:
      assert(message->kind == MSG_NOSYNC);
      net_close(world, conn, 0);
      retry(world, server, world->config.retry_us);
  }
}

/* 7.0 dials again at once when an established stream breaks, else with its cron. */
void replication_closed(struct world *world, struct server *server, struct conn *conn, int end) {
  if (end == 1) {
    conn->attached = false;
    return;
  }
  if (server->link != conn) return;
  bool was_up = server->stream == STREAM_UP;
  retry(world, server, was_up ? 0 : world->config.retry_us);
}

static void tick(struct world *world, void *subject, uint64_t argument) {
  struct server *server = subject;
  (void)argument;
  bool pings = server->process == PROCESS_UP && !server->loading && server_is_master(server);
  if (pings && replication_count(server) > 0) {
    server_append(world, server, state_add(world, server->state, CHANGE_PING, PING_BYTES));
  }
  replication_tick(world, server);
}

/* repl-ping-replica-period: an idle master's stream grows all the same. */
void replication_tick(struct world *world, struct server *server) {
  world_at(world, world->now + world->config.repl_ping_us, tick, server, 0);
}
