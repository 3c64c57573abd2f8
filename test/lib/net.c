/* Connections: ordered, delayed, held by cuts and by ends that do not read; never reordered. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

struct peer peer_client(int index) { return (struct peer){true, index}; }
struct peer peer_server(int index) { return (struct peer){false, index}; }

int peer_slot(struct peer peer) {
  return peer.client ? WORLD_NODES_MAX + peer.index : peer.index;
}

/* Clients never talk to each other: one end of every path is a node. */
static bool *path(const struct world *world, struct peer from, struct peer to) {
  assert(!from.client || !to.client);
  if (!from.client) return &world->cut_from[from.index][peer_slot(to)];
  return &world->cut_to[to.index][peer_slot(from)];
}

bool net_is_cut(const struct world *world, struct peer from, struct peer to) {
  return *path(world, from, to);
}

void net_cut(struct world *world, struct peer from, struct peer to, bool cut) {
  if (from.client && to.client) return;
  *path(world, from, to) = cut;
  world->stirred_at = world->now;
}

void net_heal(struct world *world) {
  memset(world->cut_from[0], 0, 2 * WORLD_NODES_MAX * world->slots * sizeof(bool));
  world->loss = 0;
}

struct conn *net_dial(struct world *world, enum conn_kind kind, struct peer from, struct peer to) {
  struct conn *conn = arena_take(&world->arena, sizeof *conn);
  conn->id = ++world->conn_count;
  conn->kind = kind;
  conn->end[0] = from;
  conn->end[1] = to;
  conn->open[0] = conn->open[1] = true;
  conn->silence_at = -1;
  struct server *server = &world->servers[to.index];
  conn->link = kind == CONN_STREAM ? &server->streams : &server->clients;
  conn->next = *conn->link;
  if (conn->next != NULL) conn->next->link = &conn->next;
  *conn->link = conn;
  return conn;
}

void net_forget(struct conn *conn) {
  bool held = conn->open[0] || conn->open[1] || conn->attached || conn->link == NULL;
  if (held || conn->pipe[0].head != NULL || conn->pipe[1].head != NULL) return;
  *conn->link = conn->next;
  if (conn->next != NULL) conn->next->link = conn->link;
  conn->link = NULL;
}

static bool reads(const struct world *world, const struct conn *conn, int end) {
  struct peer peer = conn->end[end];
  if (peer.client) return !world->clients[peer.index].asleep;
  const struct server *server = &world->servers[peer.index];
  return server->process != PROCESS_STOPPED && server->busy_until <= world->now;
}

static void pump(struct world *world, void *subject, uint64_t end);

static void arm(struct world *world, struct conn *conn, int end, usec at) {
  struct pipe *pipe = &conn->pipe[end];
  if (pipe->armed || pipe->stuck || pipe->head == NULL) return;
  pipe->armed = true;
  pipe->pump_at = at > world->now ? at : world->now;
  world_at(world, pipe->pump_at, pump, conn, (uint64_t)end);
}

/* client-output-buffer-limit of replicas and subscribers: who does not read is closed. */
static bool overflows(const struct world *world, const struct conn *conn) {
  size_t limit = world->servers[conn->end[1].index].output_limit;
  bool limited = conn->kind == CONN_STREAM || conn->kind == CONN_GOSSIP;
  return limited && limit > 0 && conn->pipe[0].count > limit && conn->open[1];
}

/*
 * What a server's one thread does for a message, in units of serve_us: reading and answering one
 * packet is what most of them cost; a dial is accepted, greeted and asked for its facts.
 */
static usec work_of(const struct world *world, enum message_kind kind) {
  switch (kind) {
    case MSG_HELLO:
      return 4 * world->config.serve_us;
    case MSG_REQUEST:
      return 2 * world->config.serve_us;
    default:
      return world->config.serve_us;
  }
}

/* The server is free again so much later. */
static usec occupy(struct world *world, struct server *server, usec work) {
  if (server->serving_until < world->now) server->serving_until = world->now;
  server->serving_until += work;
  return server->serving_until;
}

/* A message for a server waits for its turn and is served: it is pumped again at the end. */
static bool must_wait(struct world *world, struct conn *conn, int end) {
  struct pipe *pipe = &conn->pipe[end];
  if (end == 0 || conn->kind == CONN_STREAM || world->config.serve_us == 0) return false;
  if (pipe->served) {
    pipe->served = false;
    return false;
  }
  struct server *server = &world->servers[conn->end[1].index];
  if (server->process == PROCESS_DOWN) return false;
  pipe->served = true;
  arm(world, conn, end, occupy(world, server, work_of(world, pipe->head->kind)));
  return true;
}

static void count(struct world *world, const struct message *message) {
  if (world->asked == NULL) return;
  world->asked[message->kind]++;
  if (message->kind != MSG_REQUEST) return;
  const struct request *request = message->body;
  world->asked[MSG_ACTIONS + request->action.kind]++;
}

void net_send(struct world *world, struct conn *conn, int end, enum message_kind kind, void *body) {
  struct pipe *pipe = &conn->pipe[end];
  usec from = world->now;
  if (kind == MSG_PUSH && world->config.push_us > 0) {
    from = occupy(world, &world->servers[conn->end[1].index], world->config.push_us);
  }
  usec due = from + world->config.latency_us +
             world_random(world, world->config.jitter_us) +
             world->slow[peer_slot(conn->end[!end])];
  usec loss = (usec)world->loss;
  if (loss > 0 && world_random(world, loss) == 0) due += NET_RETRANSMIT_US;
  if (due < pipe->last_due) due = pipe->last_due;
  pipe->last_due = due;
  struct message *message = arena_take(&world->arena, sizeof *message);
  *message = (struct message){NULL, due, kind, body};
  if (pipe->head == NULL) {
    pipe->head = message;
  } else {
    pipe->tail->next = message;
  }
  pipe->tail = message;
  pipe->count++;
  arm(world, conn, end, pipe->head->due);
  if (end == 0 && kind != MSG_CLOSE && overflows(world, conn)) net_close(world, conn, 1);
}

void net_close(struct world *world, struct conn *conn, int end) {
  if (!conn->open[end]) return;
  conn->open[end] = false;
  if (end == 1) conn->attached = false;
  if (conn->open[!end]) net_send(world, conn, !end, MSG_CLOSE, NULL);
  net_forget(conn);
}

/* A server's side of a connection belongs to one process; another one knows nothing of it. */
static bool accepts(struct world *world, struct conn *conn, int end) {
  if (end == 0) return conn->open[0];
  struct server *server = &world->servers[conn->end[1].index];
  if (server->process == PROCESS_DOWN) return false;
  if (!conn->accepted) {
    conn->accepted = true;
    conn->instance = server->instance;
  }
  return conn->open[1] && conn->instance == server->instance;
}

static void deliver(struct world *world, struct conn *conn, int end, struct message *message) {
  struct peer peer = conn->end[end];
  bool closing = message->kind == MSG_CLOSE || message->kind == MSG_REFUSED;
  bool fresh = end == 1 && !conn->accepted;
  if (!accepts(world, conn, end)) {
    conn->open[end] = false;
    if (!closing && conn->open[!end]) {
      net_send(world, conn, !end, fresh ? MSG_REFUSED : MSG_CLOSE, NULL);
    }
    return;
  }
  if (peer.client) {
    client_receive(world, &world->clients[peer.index], conn, message);
  } else {
    server_receive(world, &world->servers[peer.index], conn, end, message);
  }
}

static void stick(struct world *world, struct conn *conn, int end) {
  if (world->stuck_count == world->stuck_capacity) {
    world->stuck_capacity = world->stuck_capacity == 0 ? 64 : world->stuck_capacity * 2;
    world->stuck = realloc(world->stuck, world->stuck_capacity * sizeof *world->stuck);
    if (world->stuck == NULL) abort();
  }
  conn->pipe[end].stuck = true;
  world->stuck[world->stuck_count++] = (struct stuck){conn, end};
}

/* Its next message is on a way that is cut, and has not arrived before. */
static bool is_cut_off(const struct world *world, const struct conn *conn, int end) {
  bool cut = net_is_cut(world, conn->end[!end], conn->end[end]);
  return cut && conn->pipe[end].head->due > conn->pipe[end].arrived;
}

/* Whoever is at this end will have read its next message by then. */
bool net_reads_by(const struct world *world, const struct conn *conn, int end, usec until) {
  const struct pipe *pipe = &conn->pipe[end];
  if (pipe->head == NULL || !pipe->armed || pipe->pump_at > until) return false;
  return !is_cut_off(world, conn, end) && reads(world, conn, end);
}

/* The way is cut, or nobody reads there. */
static bool is_held(const struct world *world, const struct conn *conn, int end) {
  if (is_cut_off(world, conn, end) || !reads(world, conn, end)) return true;
  return end == 1 && serve_postponed(world, &world->servers[conn->end[1].index],
                                     conn->pipe[end].head);
}

/* A replica that has much to do takes its master's stream piece by piece. */
static bool applies_slowly(struct world *world, struct conn *conn, int end) {
  if (conn->kind != CONN_STREAM || end != 0 || conn->pipe[0].head == NULL) return false;
  usec applies = world->servers[conn->end[0].index].applies_us;
  if (applies == 0) return false;
  usec at = world->now + applies, due = conn->pipe[0].head->due;
  arm(world, conn, end, at > due ? at : due);
  return true;
}

static void pump(struct world *world, void *subject, uint64_t argument) {
  struct conn *conn = subject;
  int end = (int)argument;
  struct pipe *pipe = &conn->pipe[end];
  pipe->armed = false;
  while (pipe->head != NULL && pipe->head->due <= world->now) {
    if (!net_is_cut(world, conn->end[!end], conn->end[end])) pipe->arrived = world->now;
    if (is_held(world, conn, end)) {
      stick(world, conn, end);
      return;
    }
    if (must_wait(world, conn, end)) return;
    struct message *message = pipe->head;
    if (end == 1 && message->kind == MSG_REQUEST) {
      const struct request *request = message->body;
      world_spring(world, conn->end[1], request->action.kind, false);
      if (!reads(world, conn, end)) {
        stick(world, conn, end);
        return;
      }
      if (pipe->head != message) continue; /* the connection was reset in this very moment */
    }
    pipe->head = message->next;
    pipe->count--;
    if (end == 1 && conn->kind != CONN_STREAM) count(world, message);
    deliver(world, conn, end, message);
    arena_give(&world->arena, message, sizeof *message);
    if (applies_slowly(world, conn, end)) return;
    if (world->violation[0] != '\0') return;
  }
  if (pipe->head != NULL) {
    arm(world, conn, end, pipe->head->due);
  } else {
    net_forget(conn);
  }
}

static void reset(struct world *world, struct conn *conn) {
  for (int end = 0; end < 2; end++) {
    struct pipe *pipe = &conn->pipe[end];
    while (pipe->head != NULL) {
      struct message *message = pipe->head;
      pipe->head = message->next;
      arena_give(&world->arena, message, sizeof *message);
    }
    pipe->count = 0;
  }
  for (int end = 0; end < 2; end++) {
    if (conn->open[end]) net_send(world, conn, end, MSG_CLOSE, NULL);
  }
}

static bool is_end(const struct conn *conn, int end, struct peer peer) {
  return conn->end[end].client == peer.client && conn->end[end].index == peer.index;
}

static void reset_dialled(struct world *world, struct conn *list, struct peer by) {
  for (struct conn *conn = list, *next; conn != NULL; conn = next) {
    next = conn->next;
    if (is_end(conn, 0, by)) reset(world, conn);
  }
}

/* What was on its way is gone, and both ends hear of it. */
void net_reset(struct world *world, struct peer a, struct peer b) {
  world->stirred_at = world->now;
  if (!b.client) reset_dialled(world, world->servers[b.index].streams, a);
  if (!b.client) reset_dialled(world, world->servers[b.index].clients, a);
  if (!a.client) reset_dialled(world, world->servers[a.index].streams, b);
  if (!a.client) reset_dialled(world, world->servers[a.index].clients, b);
}

void net_slow(struct world *world, int slot, usec delay) {
  if (slot < WORLD_NODES_MAX && world->slow[slot] > 0) {
    bool more = world->slow[slot] > world->slow_most || world->now > world->slow_until + 2000000;
    if (more) world->slow_most = world->slow[slot];
    world->slow_until = world->now;
  }
  if (delay > 0) world->stirred_at = world->now;
  world->slow[slot] = delay;
}

/* Something that held messages back is over: try all of them again. What had arrived where nobody
 * read need not be sent once more. */
void net_unstick(struct world *world, usec within) {
  size_t count = world->stuck_count;
  world->stuck_count = 0;
  for (size_t i = 0; i < count; i++) {
    struct conn *conn = world->stuck[i].conn;
    int end = world->stuck[i].end;
    struct pipe *pipe = &conn->pipe[end];
    usec sent_again = world_random(world, within);
    bool arrived = pipe->head != NULL && pipe->head->due <= pipe->arrived;
    pipe->stuck = false;
    arm(world, conn, end, world->now + (arrived ? 0 : sent_again));
  }
}
