/*
 * The data plane's twin: counted writes to the master, acknowledged plainly or by WAIT, and reads
 * inside durable groups. Where a call goes, and what a reply or a lost link means for it, the
 * shipped tables say (src/route).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define WAIT_US 1000000
#define STIRRED_US 300000
#define WRITE_BYTES 60
#define COUNTER_BYTES 70
#define CALL_US 3000000
#define PUSHES 6 /* one write in so many, where users wait for them */
#define WARM_US 1000000 /* as src/client/spare.c */
#define WARM_SPREAD_US 4000000

static void grow(struct world *world, uint32_t need) {
  if (need < world->write_capacity) return;
  uint32_t capacity = world->write_capacity == 0 ? 4096 : world->write_capacity;
  while (capacity <= need) capacity *= 2;
  world->durable = realloc(world->durable, capacity);
  world->acked = realloc(world->acked, capacity);
  world->publications =
      realloc(world->publications, capacity * sizeof *world->publications);
  world->fates = realloc(world->fates, capacity);
  bool fits = world->durable != NULL && world->acked != NULL && world->fates != NULL;
  if (!fits || world->publications == NULL) abort();
  world->write_capacity = capacity;
}

/* ------------------------------------------------------------------ warm links ---------------- */

static uint32_t control_of(const struct client *client, int node) {
  const struct node_link *link = &client->links[node];
  return link->up && link->control != NULL ? link->control->id : 0;
}

/* As old as the control link at most; nothing was ever said on it. */
static struct conn *take_warm(struct world *world, struct client *client, int node) {
  struct warm *warm = &client->warm[node];
  struct conn *conn = warm->conn;
  warm->conn = NULL;
  if (conn == NULL || (warm->up && warm->control == control_of(client, node))) return conn;
  net_close(world, conn, 0);
  return NULL;
}

static void warm_up(struct world *world, void *subject, uint64_t life) {
  struct client *client = subject;
  if (client->life != life || !client->alive || client->asleep) return;
  for (int node = 0; node < (int)client->config.count; node++) {
    struct warm *warm = &client->warm[node];
    bool wanted = warm->conn == NULL && control_of(client, node) != 0;
    if (!wanted || node == client->topology.master || node == client->data_node) continue;
    warm->control = control_of(client, node);
    warm->up = false;
    warm->conn = net_dial(world, CONN_DATA, peer_client(client->index), peer_server(node));
    net_send(world, warm->conn, 1, MSG_HELLO, NULL);
  }
}

static void warm_later(struct world *world, struct client *client) {
  usec at = world->now + WARM_US + world_random(world, WARM_SPREAD_US);
  world_at(world, at, warm_up, client, client->life);
}

void load_warm(struct world *world, struct client *client, struct conn *conn,
               struct message *message) {
  for (int node = 0; node < (int)client->config.count; node++) {
    struct warm *warm = &client->warm[node];
    if (warm->conn != conn) continue;
    warm->up = message->kind == MSG_WELCOME;
    if (warm->up) return;
    warm->conn = NULL;
    warm_later(world, client);
  }
}

void load_cool(struct world *world, struct client *client) {
  for (int node = 0; node < WORLD_NODES_MAX; node++) {
    if (client->warm[node].conn != NULL) net_close(world, client->warm[node].conn, 0);
    client->warm[node].conn = NULL;
  }
}

static void dial(struct world *world, struct client *client, int node) {
  client->data_node = node;
  client->data = take_warm(world, client, node);
  client->data_up = client->data != NULL;
  if (client->data_up) return;
  client->data = net_dial(world, CONN_DATA, peer_client(client->index), peer_server(node));
  net_send(world, client->data, 1, MSG_HELLO, NULL);
}

/* ------------------------------------------------------------------ calls --------------------- */

static void end(struct world *world, struct client *client, struct call *call, enum fate fate) {
  for (struct call **at = &client->calls; *at != NULL; at = &(*at)->next) {
    if (*at != call) continue;
    *at = call->next;
    client->call_count--;
    break;
  }
  call->ended = true;
  if (fate == FATE_REFUSED) client->refused += call->count;
  if (fate == FATE_MAYBE) client->maybe += call->count;
  check_ended(world, call, fate);
}

static struct hr_plan plan(const struct client *client, bool read, bool durable) {
  const struct hr_route_need need = {.write = !read, .durable = durable};
  return hr_route_failover(&client->topology, &need);
}

static void drain(struct world *world, struct client *client);

static void resume(struct world *world, void *subject, uint64_t life) {
  if (client_may_act(world, subject, resume, life)) drain(world, subject);
}

/* What becomes of it is for the shipped table to say. */
static void judge(struct world *world, struct client *client, struct call *call,
                  enum hr_outcome_kind kind, enum hr_error_class error) {
  struct hr_outcome outcome = client_outcome(world, kind, error, call->attempts, call->until);
  outcome.write = !call->read;
  outcome.random = call->first;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  call->conn = 0;
  if (verdict.kind == HR_VERDICT_FAIL) {
    end(world, client, call, FATE_MAYBE);
  } else if (verdict.kind == HR_VERDICT_FINISH || world->config.queue_max == 0) {
    end(world, client, call, FATE_REFUSED);
  } else {
    call->after = world->now + verdict.wait_ms * 1000;
    world_at(world, call->after, resume, client, client->life);
  }
}

static void lose(struct world *world, struct client *client, uint32_t conn) {
  for (struct call *call = client->calls, *next; call != NULL; call = next) {
    next = call->next;
    if (call->conn == conn) judge(world, client, call, HR_OUTCOME_LOST_SENT, HR_ERROR_PLAIN);
  }
}

void load_forget(struct client *client) {
  client->calls = NULL;
  client->call_count = 0;
}

void load_close(struct world *world, struct client *client, bool hint) {
  int node = client->data_node;
  uint32_t conn = client->data != NULL ? client->data->id : 0;
  if (client->data != NULL) net_close(world, client->data, 0);
  client->data = NULL;
  client->data_up = false;
  client->data_node = -1;
  if (conn != 0) lose(world, client, conn);
  if (!hint || node < 0) return;
  struct hr_event event = {.kind = HR_EV_HINT, .node = node};
  client_step(world, client, &event);
}

static void transmit(struct world *world, struct client *client, struct call *call) {
  if (!call->read) check_fenced(world, client);
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  flush->first = call->first;
  flush->count = call->count;
  flush->read = call->read;
  flush->call = call;
  flush->durable = call->durable;
  flush->acks = client->topology.durable_acks;
  flush->expected = client->topology.epoch;
  flush->losses = client->reader.losses;
  flush->pushes = call->pushes;
  client->sent += flush->count;
  call->attempts++;
  call->conn = client->data->id;
  net_send(world, client->data, 1, MSG_WRITE, flush);
}

/* All that wait and may go now, in their order. */
static void drain(struct world *world, struct client *client) {
  for (struct call *call = client->calls, *next; call != NULL; call = next) {
    next = call->next;
    if (call->conn != 0) continue;
    if (world->now >= call->until) {
      end(world, client, call, FATE_REFUSED);
      continue;
    }
    struct hr_plan where = plan(client, call->read, call->durable);
    if (where.kind == HR_PLAN_FAIL) end(world, client, call, FATE_REFUSED);
    if (where.kind != HR_PLAN_SEND || world->now < call->after) continue;
    if (client->data != NULL && client->data_node != where.node) load_close(world, client, false);
    if (client->data == NULL) dial(world, client, where.node);
    if (client->data_up) transmit(world, client, call);
  }
}

void load_number(struct world *world, struct call *call, uint32_t count) {
  call->count = count;
  call->first = world->writes + 1;
  world->writes += call->count;
  grow(world, world->writes);
  memset(world->durable + call->first, 0, call->count);
  memset(world->acked + call->first, 0, call->count);
  memset(world->fates + call->first, 0, call->count);
  for (uint32_t i = call->first; i <= world->writes; i++) {
    world->publications[i] = (struct publication){.sent = world->now};
  }
}

static void call_now(struct world *world, struct client *client, bool pushes) {
  struct call *call = arena_take(&world->arena, sizeof *call);
  usec linear = client->durable ? (usec)world->config.linear : 0;
  call->durable = client->durable;
  call->read = !pushes && linear > 0 && world_random(world, linear) == 0;
  call->began = call->after = world->now;
  call->until = world->now + CALL_US;
  bool drawn = world->config.pop_every_us > 0 && !call->read && world_random(world, PUSHES) == 0;
  call->pushes = pushes || drawn;
  if (!call->read) {
    load_number(world, call, 1 + (uint32_t)world_random(world, (usec)world->config.flush_max));
  }
  struct call **at = &client->calls;
  while (*at != NULL) at = &(*at)->next;
  *at = call;
  client->call_count++;
  if (world->config.queue_max > 0) world_at(world, call->until, resume, client, client->life);
  drain(world, client);
}

/* Most of what is written while nothing happens shows nothing. */
static usec pace(const struct world *world) {
  usec every = world->config.write_every_us;
  bool calm = world->config.calm > 1 && world->now - world->stirred_at > STIRRED_US;
  return calm ? every * world->config.calm : every;
}

static void turn(struct world *world, void *subject, uint64_t life) {
  struct client *client = subject;
  if (client->life != life || !client->alive) return;
  usec every = pace(world);
  world_at(world, world->now + every / 2 + world_random(world, every), turn, client, life);
  if (client->asleep || !client->writes) return;
  if (client->call_count < world->config.queue_max) {
    call_now(world, client, false);
    return;
  }
  struct hr_plan where = plan(client, false, client->durable);
  if (world->config.queue_max > 0 || where.kind != HR_PLAN_SEND) return;
  if (client->data != NULL && client->data_node != where.node) load_close(world, client, false);
  if (client->data == NULL) dial(world, client, where.node);
  if (client->data_up) call_now(world, client, false);
}

/* A pipeline: so many writes at once, whatever else waits. */
void load_burst(struct world *world, struct client *client, int count) {
  for (int i = 0; i < count && client->alive && !client->asleep; i++) {
    call_now(world, client, false);
  }
}

void load_push(struct world *world, struct client *client) {
  call_now(world, client, true);
}

void load_start(struct world *world, struct client *client) {
  usec every = world->config.write_every_us;
  if (every <= 0) return;
  world_at(world, world->now + world_random(world, every), turn, client, client->life);
}

void load_topology(struct world *world, struct client *client) {
  bool elected = client->topology.master >= 0 && client->topology.master != client->data_node;
  if (elected && world->config.warm) warm_later(world, client);
  bool moved = client->data != NULL && client->topology.master != client->data_node;
  if (moved && client->topology.master >= 0) load_close(world, client, false);
  /* Whoever is told that there is no master has something to write, and waits. */
  bool wants = world->config.eager && client->writes && client->topology.master < 0;
  if (wants && client->calls == NULL) call_now(world, client, false);
  if (client->calls != NULL) drain(world, client);
}

void load_acknowledged(struct world *world, struct client *client, const struct flush *flush) {
  client->acked += flush->count;
  if (world->now - client->acked_at > client->gap_us) {
    client->gap_us = world->now - client->acked_at;
  }
  client->acked_at = world->now;
  reader_wrote(world, client, flush);
  bool again = client->again_at == 0 && hr_epoch_compare(&flush->epoch, &world->since) > 0;
  if (again) client->again_at = world->now;
  check_acked(world, flush);
  subs_acked(world, flush);
  const struct state *made = world->publications[flush->first].state;
  if (flush->durable && world->durable[flush->first] == 1) check_proven(world, made);
  struct hr_event event = {.kind = HR_EV_WRITES, .node = -1, .count = flush->opcounter};
  client_step(world, client, &event);
}

static void take_reply(struct world *world, struct client *client, const struct flush *flush) {
  struct call *call = flush->call;
  bool same = epoch_order(&flush->epoch, &flush->expected) == 0;
  bool fine = flush->ok && (!flush->durable || same);
  if (call->ended || client->data == NULL || call->conn != client->data->id) return;
  if (!fine) {
    bool refused = !flush->ok && flush->seen == NULL && !flush->read;
    enum hr_outcome_kind kind = refused ? HR_OUTCOME_REPLY : HR_OUTCOME_UNPROVEN;
    if (refused && flush->refused == HR_ERROR_PLAIN) end(world, client, call, FATE_REFUSED);
    else judge(world, client, call, kind, flush->refused);
    return;
  }
  end(world, client, call, FATE_ACKED);
  if (flush->read) {
    check_read(world, client, call, flush->seen);
    return;
  }
  load_acknowledged(world, client, flush);
  reader_counted(client, client->data_node, flush);
}

void load_receive(struct world *world, struct client *client, struct message *message) {
  const struct flush *flush = message->body;
  switch (message->kind) {
    case MSG_WELCOME:
      client->data_up = true;
      drain(world, client);
      break;
    case MSG_WRITTEN:
      take_reply(world, client, flush);
      break;
    case MSG_READONLY:
      judge(world, client, flush->call, HR_OUTCOME_REPLY, HR_ERROR_READONLY);
      load_close(world, client, true);
      break;
    default:
      load_close(world, client, true);
  }
}

/* ------------------------------------------------------------------ the server's side --------- */

static void wait_ends(struct world *world, void *subject, uint64_t instance) {
  struct server *server = subject;
  if (server->instance == instance && server->process == PROCESS_UP) {
    replication_waits(world, server);
  }
}

static void wait_for(struct world *world, struct server *server, struct conn *conn,
                     struct flush *flush) {
  struct wait *wait = arena_take(&world->arena, sizeof *wait);
  *wait = (struct wait){server->waits, conn, flush, server->state, world->now + WAIT_US};
  server->waits = wait;
  world_at(world, wait->until, wait_ends, server, server->instance);
  replication_waits(world, server);
}

static void run(struct world *world, struct server *server, const struct flush *flush) {
  if (flush->call != NULL) check_ran(world, flush);
  int64_t bytes = server->backlog ? WRITE_BYTES : 0;
  const struct state *before = server->state, *after = before;
  for (uint32_t i = 0; i < flush->count; i++) {
    struct state *write = (struct state *)state_add(world, after, CHANGE_WRITE, bytes);
    write->write = flush->first + i;
    write->key = flush->exec ? flush->key : write->write % NET_KEYS;
    write->keys++;
    if (flush->pushes) list_push(world, write);
    if (flush->call != NULL) world->publications[write->write].state = write;
    after = write;
  }
  if (flush->pushes) {
    server->state = after;
    list_serve(world, server);
    after = server->state;
  }
  struct state *counter =
      (struct state *)state_add(world, after, CHANGE_RECORD, server->backlog ? COUNTER_BYTES : 0);
  counter->opcounter += flush->read ? 1 : flush->count;
  counter->asks = flush->durable;
  server_append(world, server, counter);
  subs_push(world, server, before, counter);
  subs_ran(world, server, flush);
}

void load_written(struct world *world, struct server *server, struct conn *conn,
                  struct flush *sent) {
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  *flush = *sent;
  bool refuses = server->full || server->disk_full;
  if (server->loading || refuses || !server_is_master(server)) {
    flush->ok = false;
    if (server->loading) flush->refused = HR_ERROR_LOADING;
    net_send(world, conn, 0, server_is_master(server) ? MSG_WRITTEN : MSG_READONLY, flush);
    return;
  }
  if (flush->exec) {
    flush->aborted = txn_is_dirty(server, conn);
    conn->watched = NULL;
    if (flush->aborted) {
      net_send(world, conn, 0, MSG_WRITTEN, flush);
      return;
    }
    check_exec(world, flush, server->state);
  }
  flush->seen = server->state;
  run(world, server, flush);
  flush->opcounter = server->state->opcounter;
  if (flush->durable) {
    wait_for(world, server, conn, flush);
    return;
  }
  flush->ok = true;
  flush->epoch = state_epoch(server->state);
  net_send(world, conn, 0, MSG_WRITTEN, flush);
}
