/* A Redis process: its life, the keys that are its own, and who is connected to it. */
#include <assert.h>
#include <string.h>

#include "world.h"

#define HEX "0123456789abcdef"

static void new_identity(struct world *world, char *id) {
  chance_letters(&world->chance, id, HR_RUN_ID_MAX - 1, HEX);
}

void server_init(struct world *world, int index) {
  struct server *server = &world->servers[index];
  memset(server, 0, sizeof *server);
  server->index = index;
  server->name[0] = (char)('a' + index);
  server->file = true;
  server->priority = 100;
  clock_set(&server->clock, 0);
  server->load_us = world->config.load_us;
  server->saved = state_empty(world);
  server->state = server->saved;
  server->offset2 = -1;
}

bool server_is_master(const struct server *server) {
  return server->follow == FOLLOW_NOBODY;
}

usec server_clock(const struct world *world, const struct server *server) {
  return clock_shows(&server->clock, world->now) + server->clock_step;
}

void server_drift(struct world *world, struct server *server, double rate) {
  world_trace(world, "the clock of %s runs by %.3f", server->name, rate);
  clock_run(&server->clock, world->now, rate);
}

static void goes_on(struct world *world, void *subject, uint64_t argument) {
  struct server *server = subject;
  (void)argument;
  if (server->busy_until <= world->now) net_unstick(world, 0);
}

/* A fork, a slow command: nothing is read meanwhile, and nobody is told why. */
void server_busy(struct world *world, struct server *server, usec time) {
  usec until = world->now + time;
  if (server->process != PROCESS_UP || until <= server->busy_until) return;
  world_trace(world, "server %s is busy for %lld us", server->name, (long long)time);
  server->busy_until = until;
  world->stirred_at = world->now;
  world_at(world, until, goes_on, server, 0);
}

bool server_locked(const struct world *world, const struct server *server) {
  return server->lock.n != 0 && server->lock_until > server_clock(world, server);
}

bool server_paused(const struct world *world, const struct server *server) {
  return server->paused_until > world->now;
}

static bool alive_here(const struct server *server, const struct conn *conn) {
  return conn->open[1] && conn->accepted && conn->instance == server->instance;
}

void server_watch(struct server *server, struct conn *conn) {
  conn->watching = true;
  conn->dirty = false;
  for (struct conn *at = server->watchers; at != NULL; at = at->watcher) {
    if (at == conn) return;
  }
  conn->watcher = server->watchers;
  server->watchers = conn;
}

/* Who is touched watches nothing any more that could be touched again. */
void server_touch(struct server *server) {
  for (struct conn *conn = server->watchers, *next; conn != NULL; conn = next) {
    next = conn->watcher;
    conn->watcher = NULL;
    if (conn->watching) conn->dirty = true;
  }
  server->watchers = NULL;
}

void server_unpause(struct world *world, struct server *server) {
  if (!server_paused(world, server)) return;
  server->paused_until = world->now;
  net_unstick(world, 0);
}

static void forget_own_keys(struct server *server) {
  server->lock = (struct hr_epoch){0};
  server->lock_client[0] = '\0';
  server->promise = (struct hr_epoch){0};
  server->file_key = false;
}

/* CLIENT KILL TYPE normal and TYPE pubsub, skipping the caller. */
void server_kick(struct world *world, struct server *server, const struct conn *except) {
  for (struct conn *conn = server->clients, *next; conn != NULL; conn = next) {
    next = conn->next;
    if (conn != except && alive_here(server, conn)) net_close(world, conn, 1);
  }
}

/* CLIENT KILL TYPE normal, or TYPE pubsub, by a person. */
void server_kill_clients(struct world *world, struct server *server, bool pubsub) {
  for (struct conn *conn = server->clients, *next; conn != NULL; conn = next) {
    next = conn->next;
    bool his = (conn->kind == CONN_GOSSIP) == pubsub;
    if (his && alive_here(server, conn)) net_close(world, conn, 1);
  }
}

static void ready(struct world *world, void *subject, uint64_t instance) {
  struct server *server = subject;
  if (server->instance != instance || server->process == PROCESS_DOWN) return;
  server->loading = false;
  replication_start(world, server);
}

/* How a restarted process comes by its data and by its place in a stream. */
static void load(struct world *world, struct server *server, enum data data) {
  const struct state *had = server->state;
  server->replid2[0] = '\0';
  server->offset2 = -1;
  bool older = data == DATA_OLDER || data == DATA_REBASED_OLDER;
  if (data == DATA_EMPTY) {
    server->state = state_empty(world);
    new_identity(world, server->replid);
  } else if (data == DATA_KEPT || data == DATA_OLDER) {
    /* an RDB file remembers replid and offset */
    if (older) server->state = server->saved;
    if (older) memcpy(server->replid, server->saved_replid, sizeof server->replid);
    if (server->replid[0] == '\0') new_identity(world, server->replid); /* never saved */
    if (server->file_follow == FOLLOW_NOBODY) {
      memcpy(server->replid2, server->replid, sizeof server->replid2);
      server->offset2 = server->state->offset;
      new_identity(world, server->replid);
    }
  } else {
    /* an append-only file does not */
    const struct state *base = older ? server->saved : server->state;
    server->state = state_add(world, base, CHANGE_REBASE, 0);
    new_identity(world, server->replid);
  }
  if (had->depth > 0 && !state_descends(server->state, had)) {
    server->lossy = true;
    if (world->promotion_count == 0) world->native = NULL; /* whoever had it */
  }
}

void server_start(struct world *world, struct server *server, enum data data) {
  assert(server->process == PROCESS_DOWN);
  server->process = PROCESS_UP;
  server->changed_at = world->now;
  /* A stranger that starts from its own file is one still. */
  server->foreign = server->foreign && data != DATA_EMPTY && server->state->record == NULL;
  server->expired = false;
  server->serving_until = world->now;
  server->instance++;
  new_identity(world, server->run_id);
  if (server->replid[0] == '\0') new_identity(world, server->replid);
  server->follow = server->file_follow;
  server->master = server->file_master;
  load(world, server, data);
  forget_own_keys(server);
  server->stream = STREAM_NONE;
  server->link = NULL;
  server->linked_once = false;
  server->heard_at = 0;
  server->backlog = server->follow != FOLLOW_NOBODY;
  server->backlog_from = server->state->offset;
  server->paused_until = server->busy_until = 0;
  server->waits = NULL;
  server->waiters = NULL;
  server->subscribers = server->watchers = NULL;
  server->writable = false;
  server->loading = true;
  server->loading_at = server->sealed_at = world->now;
  world->stirred_at = world->now;
  world_trace(world, "server %s starts, %s", server->name,
              server->follow == FOLLOW_SEAL ? "sealed" : "not sealed");
  world_at(world, world->now + server->load_us, ready, server, server->instance);
}

static void close_all(struct world *world, const struct server *server, struct conn *list) {
  for (struct conn *conn = list, *next; conn != NULL; conn = next) {
    next = conn->next;
    if (alive_here(server, conn)) net_close(world, conn, 1);
  }
}

/* kill -9: the kernel sends what was written and closes; what was not read is gone. */
void server_crash(struct world *world, struct server *server) {
  if (server->process == PROCESS_DOWN) return;
  world_trace(world, "server %s crashes", server->name);
  world->stirred_at = world->now;
  close_all(world, server, server->streams);
  close_all(world, server, server->clients);
  if (server->link != NULL) net_close(world, server->link, 0);
  server->process = PROCESS_DOWN;
  server->changed_at = world->now;
  server->waits = NULL;
  server->waiters = NULL;
  server->link = NULL;
  server->stream = STREAM_NONE;
  net_unstick(world, 0);
}

void server_stop(struct world *world, struct server *server) {
  if (server->process != PROCESS_UP) return;
  world_trace(world, "server %s is stopped", server->name);
  world->stirred_at = world->now;
  server->process = PROCESS_STOPPED;
  server->changed_at = world->now;
}

void server_continue(struct world *world, struct server *server) {
  if (server->process != PROCESS_STOPPED) return;
  world_trace(world, "server %s continues", server->name);
  world->stirred_at = world->now;
  server->process = PROCESS_UP;
  server->changed_at = world->now;
  net_unstick(world, 0);
}

/* The dataset moves on to a state that this process made itself; its replicas hear of it. */
void server_append(struct world *world, struct server *server, const struct state *state) {
  server->state = state;
  if (state->change == CHANGE_FLUSH) {
    forget_own_keys(server);
    server_touch(server);
  }
  replication_feed(world, server);
}

void server_flushall(struct world *world, struct server *server) {
  struct state *state =
      (struct state *)state_add(world, server->state, CHANGE_FLUSH, server->backlog ? 18 : 0);
  state->keys = 0;
  state->list = NULL;
  state->record = NULL;
  state->opcounter = 0;
  world_trace(world, "FLUSHALL on %s", server->name);
  check_flushed(world, server->state);
  server_append(world, server, state);
}

static void greet(struct world *world, struct server *server, struct conn *conn) {
  if (server->refuses_us) {
    net_close(world, conn, 1);
    return;
  }
  net_send(world, conn, 0, MSG_WELCOME, server->run_id);
}

void server_receive(struct world *world, struct server *server, struct conn *conn, int end,
                    struct message *message) {
  switch (message->kind) {
    case MSG_HELLO:
      greet(world, server, conn);
      break;
    case MSG_PING:
      net_send(world, conn, 0, MSG_PONG, NULL);
      break;
    case MSG_REQUEST: {
      const struct request *request = message->body;
      struct answer *answer = serve_request(world, server, conn, request);
      if (answer != NULL && conn->open[1]) net_send(world, conn, 0, MSG_ANSWER, answer);
      world_spring(world, conn->end[1], request->action.kind, true);
      break;
    }
    case MSG_WRITE:
      load_written(world, server, conn, message->body);
      break;
    case MSG_POP:
      list_asked(world, server, conn, message->body);
      break;
    case MSG_FETCH:
      reader_served(world, server, conn, message->body);
      break;
    case MSG_WATCH:
      txn_watch(world, server, conn, message->body);
      break;
    case MSG_SUBSCRIBE:
    case MSG_UNSUBSCRIBE:
    case MSG_MARK:
      subs_served(world, server, conn, message);
      break;
    case MSG_CLOSE:
    case MSG_REFUSED:
      conn->open[end] = false;
      if (conn->kind == CONN_STREAM) replication_closed(world, server, conn, end);
      break;
    default:
      replication_receive(world, server, conn, end, message);
  }
}
