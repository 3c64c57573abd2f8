/* The data plane's twin: counted writes to the master, acknowledged plainly or by WAIT. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define WAIT_US 1000000
#define STIRRED_US 300000
#define WRITE_BYTES 60
#define COUNTER_BYTES 70

static void grow(struct world *world, uint32_t need) {
  if (need < world->write_capacity) return;
  uint32_t capacity = world->write_capacity == 0 ? 4096 : world->write_capacity;
  while (capacity <= need) capacity *= 2;
  world->durable = realloc(world->durable, capacity);
  world->acked = realloc(world->acked, capacity);
  world->publications =
      realloc(world->publications, capacity * sizeof *world->publications);
  if (world->durable == NULL || world->acked == NULL || world->publications == NULL) abort();
  world->write_capacity = capacity;
}

static void dial(struct world *world, struct client *client, int node) {
  client->data = net_dial(world, CONN_DATA, peer_client(client->index), peer_server(node));
  client->data_node = node;
  client->data_up = false;
  net_send(world, client->data, 1, MSG_HELLO, NULL);
}

void load_close(struct world *world, struct client *client, bool hint) {
  int node = client->data_node;
  if (client->data != NULL) net_close(world, client->data, 0);
  client->data = NULL;
  client->data_up = false;
  client->data_node = -1;
  if (!hint || node < 0) return;
  struct hr_event event = {.kind = HR_EV_HINT, .node = node};
  client_step(world, client, &event);
}

static bool may_write(const struct client *client) {
  const struct hr_topology *topology = &client->topology;
  if (topology->master < 0 || topology->pause != HR_PAUSE_NONE) return false;
  return !client->durable || topology->durable;
}

static void send_flush(struct world *world, struct client *client) {
  check_fenced(world, client);
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  flush->count = 1 + (uint32_t)world_random(world, (usec)world->config.flush_max);
  flush->first = world->writes + 1;
  world->writes += flush->count;
  grow(world, world->writes);
  memset(world->durable + flush->first, 0, flush->count);
  memset(world->acked + flush->first, 0, flush->count);
  for (uint32_t i = flush->first; i <= world->writes; i++) {
    world->publications[i] = (struct publication){.sent = world->now};
  }
  flush->durable = client->durable;
  flush->acks = client->topology.durable_acks;
  flush->expected = client->topology.epoch;
  client->sent += flush->count;
  net_send(world, client->data, 1, MSG_WRITE, flush);
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
  if (client->asleep || !client->writes || !may_write(client)) return;
  int master = client->topology.master;
  if (client->data != NULL && client->data_node != master) load_close(world, client, false);
  if (client->data == NULL) dial(world, client, master);
  if (client->data_up) send_flush(world, client);
}

void load_start(struct world *world, struct client *client) {
  usec every = world->config.write_every_us;
  if (every <= 0) return;
  world_at(world, world->now + world_random(world, every), turn, client, client->life);
}

void load_topology(struct world *world, struct client *client) {
  if (client->data == NULL || client->topology.master == client->data_node) return;
  if (client->topology.master >= 0) load_close(world, client, false);
}

static void take_reply(struct world *world, struct client *client, const struct flush *flush) {
  bool same = epoch_order(&flush->epoch, &flush->expected) == 0;
  bool fine = flush->ok && (!flush->durable || same);
  if (!fine) {
    client->maybe += flush->count;
    return;
  }
  client->acked += flush->count;
  if (world->now - client->acked_at > client->gap_us) {
    client->gap_us = world->now - client->acked_at;
  }
  client->acked_at = world->now;
  check_acked(world, flush);
  subs_acked(world, flush);
  struct hr_event event = {.kind = HR_EV_WRITES, .node = -1, .count = flush->opcounter};
  client_step(world, client, &event);
}

void load_receive(struct world *world, struct client *client, struct message *message) {
  const struct flush *flush = message->body;
  switch (message->kind) {
    case MSG_WELCOME:
      client->data_up = true;
      break;
    case MSG_WRITTEN:
      take_reply(world, client, flush);
      break;
    case MSG_READONLY:
      client->refused += flush->count;
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
  int64_t bytes = server->backlog ? WRITE_BYTES : 0;
  const struct state *before = server->state, *after = before;
  for (uint32_t i = 0; i < flush->count; i++) {
    struct state *write = (struct state *)state_add(world, after, CHANGE_WRITE, bytes);
    write->write = flush->first + i;
    write->keys++;
    after = write;
  }
  struct state *counter =
      (struct state *)state_add(world, after, CHANGE_RECORD, server->backlog ? COUNTER_BYTES : 0);
  counter->opcounter += flush->count;
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
    net_send(world, conn, 0, server_is_master(server) ? MSG_WRITTEN : MSG_READONLY, flush);
    return;
  }
  run(world, server, flush);
  flush->opcounter = server->state->opcounter;
  if (flush->durable) {
    wait_for(world, server, conn, flush);
    return;
  }
  const struct record *record = server->state->record;
  flush->ok = true;
  flush->epoch = record == NULL ? (struct hr_epoch){0} : record->epoch;
  net_send(world, conn, 0, MSG_WRITTEN, flush);
}
