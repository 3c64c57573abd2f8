/*
 * Reads that may leave the master, and read-your-writes: the twin of src/client/reads.c and own.c.
 * Which node, and what a refusal means, the shipped tables say (src/route); who is readable, the
 * core (src/core/reads.c). Each node that is read has a link of its own.
 *
 * With read-your-writes a read stands behind a question in the same packet: a replica must show the
 * lineage that we know, and at least as many counted writes as the last of ours had. Otherwise its
 * answer is thrown away, and the master asked: on a link whose process is the elected one.
 * It must not know: which server is fit to be read (check_reads.c).
 */
#include <assert.h>
#include <string.h>

#include "world.h"

#define READ_US 3000000
#define READINGS_MAX 8
#define REDIAL_US 10000

static void drain(struct world *world, struct client *client);

static void resume(struct world *world, void *subject, uint64_t life) {
  if (client_may_act(world, subject, resume, life)) drain(world, subject);
}

static void later(struct world *world, struct client *client, usec at) {
  world_at(world, at, resume, client, client->life);
}

static void end(struct client *client, struct reading *reading) {
  struct reader *reader = &client->reader;
  for (struct reading **at = &reader->list; *at != NULL; at = &(*at)->next) {
    if (*at != reading) continue;
    *at = reading->next;
    reader->count--;
    return;
  }
  assert(false && "a read ends twice");
}

static bool is_waited_for(const struct client *client, const struct reading *reading) {
  const struct reading *at = client->reader.list;
  while (at != NULL && at != reading) at = at->next;
  return at != NULL;
}

/* ------------------------------------------------------------------ what it wrote itself ------ */

/* A new process that is master began with what its lineage stands behind. */
static void own_topology(struct client *client) {
  struct reader *reader = &client->reader;
  const struct hr_topology *topology = &client->topology;
  if (topology->master < 0) return;
  bool another = epoch_order(&reader->lineage, &topology->epoch) != 0;
  if (another && strcmp(reader->run_id, topology->run_id) != 0) {
    reader->counted = reader->floor = 0;
    reader->unsure = false;
  }
  reader->lineage = topology->epoch;
  memcpy(reader->run_id, topology->run_id, sizeof reader->run_id);
}

/* The opcounter behind a flush on the link of the others. */
void reader_counted(struct client *client, int node, const struct flush *flush) {
  struct reader *reader = &client->reader;
  int master = client->topology.master;
  if (master >= 0 && node != master) return; /* an older one's: the lineage says more */
  reader->wrote = true;
  bool same = reader->told_on == client->data->id;
  if (same && flush->opcounter <= reader->told) {
    reader->losses++;
    reader->unsure = true;
    reader->floor = reader->counted + HR_OPCOUNTER_SKIP / 2;
  }
  reader->told = flush->opcounter;
  reader->told_on = client->data->id;
  if (flush->opcounter < reader->floor) return;
  reader->floor = 0;
  if (flush->opcounter > reader->counted) reader->counted = flush->opcounter;
  if (flush->losses == reader->losses) reader->unsure = false;
}

void reader_wrote(struct world *world, struct client *client, const struct flush *flush) {
  struct reader *reader = &client->reader;
  const struct state *made = world->publications[flush->first + flush->count - 1].state;
  if (flush->exec) { /* on a link whose counts nobody tells us */
    reader->losses++;
    reader->wrote = reader->unsure = true;
  }
  if (reader->own == NULL || !state_descends(reader->own, made)) reader->own = made;
}

/* ------------------------------------------------------------------ links --------------------- */

static void dial(struct world *world, struct client *client, int node) {
  struct reader *reader = &client->reader;
  if (reader->conns[node] != NULL) return;
  reader->conns[node] =
      net_dial(world, CONN_DATA, peer_client(client->index), peer_server(node));
  reader->up[node] = false;
  net_send(world, reader->conns[node], 1, MSG_HELLO, NULL);
}

static void judge(struct world *world, struct client *client, struct reading *reading,
                  enum hr_outcome_kind kind, enum hr_error_class error) {
  struct hr_outcome outcome =
      client_outcome(world, kind, error, reading->attempts, reading->until);
  outcome.random = (uint32_t)client->reader.turn;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  reading->conn = NULL;
  if (verdict.kind != HR_VERDICT_RETRY) {
    end(client, reading);
    return;
  }
  reading->after = world->now + verdict.wait_ms * 1000;
  later(world, client, reading->after);
}

static void lose(struct world *world, struct client *client, int node) {
  struct reader *reader = &client->reader;
  struct conn *conn = reader->conns[node];
  if (conn == NULL) return;
  net_close(world, conn, 0);
  reader->conns[node] = NULL;
  reader->up[node] = false;
  reader->links[node].waiting = 0;
  for (struct reading *reading = reader->list, *next; reading != NULL; reading = next) {
    next = reading->next;
    if (reading->conn == conn) {
      judge(world, client, reading, HR_OUTCOME_LOST_SENT, HR_ERROR_PLAIN);
    }
  }
  later(world, client, world->now + REDIAL_US);
}

void reader_hang_up(struct world *world, struct client *client, int node) {
  lose(world, client, node);
}

/* ------------------------------------------------------------------ its way ------------------- */

static struct hr_plan plan(struct world *world, struct client *client,
                           const struct reading *reading) {
  struct reader *reader = &client->reader;
  const struct hr_topology *topology = &client->topology;
  const struct hr_route_need need = {.write = false};
  struct hr_plan master = hr_route_failover(topology, &need);
  for (size_t i = 0; i < topology->count; i++) {
    reader->links[i].ready = reader->up[i] && world->now >= reader->refused_until[i];
  }
  if (reading->master) return master;
  struct hr_plan where =
      hr_route_reads(topology, &master, reading->from, reader->links, reader->turn++);
  bool elsewhere = where.kind == HR_PLAN_SEND && where.node != topology->master;
  return elsewhere && reader->watches_own && reader->unsure ? master : where;
}

static void transmit(struct world *world, struct client *client, struct reading *reading,
                     int node) {
  struct reader *reader = &client->reader;
  bool leaves = node != client->topology.master;
  struct fetch *fetch = arena_take(&world->arena, sizeof *fetch);
  *fetch = (struct fetch){.reading = reading, .sent = world->now, .leaves = leaves};
  if (leaves) fetch->known = check_within(world, client);
  reading->asks = leaves && reader->watches_own && reader->wrote;
  reading->counted = reader->counted;
  reading->conn = reader->conns[node];
  reading->attempts++;
  reader->links[node].waiting++;
  net_send(world, reading->conn, 1, MSG_FETCH, fetch);
}

/* On the master's address another process may answer, of which the core does not know yet. */
static bool is_elected(const struct client *client, int node) {
  const struct reader *reader = &client->reader;
  const struct hr_topology *topology = &client->topology;
  if (!reader->watches_own || !reader->wrote || node != topology->master) return true;
  return strcmp(reader->process[node], topology->run_id) == 0;
}

static void drain(struct world *world, struct client *client) {
  struct reader *reader = &client->reader;
  for (size_t i = 0; i < client->topology.count; i++) {
    if (client->topology.nodes[i].readable) dial(world, client, (int)i);
  }
  for (struct reading *reading = reader->list, *next; reading != NULL; reading = next) {
    next = reading->next;
    if (world->now >= reading->until) {
      world->fetches.late++;
      end(client, reading);
      continue;
    }
    if (reading->conn != NULL || world->now < reading->after) continue;
    struct hr_plan where = plan(world, client, reading);
    if (where.kind == HR_PLAN_FAIL) end(client, reading);
    if (where.kind != HR_PLAN_SEND) continue;
    dial(world, client, where.node); /* the master's */
    if (!reader->up[where.node] || !is_elected(client, where.node)) continue;
    transmit(world, client, reading, where.node);
  }
}

void reader_topology(struct world *world, struct client *client) {
  if (world->config.read_every_us <= 0) return;
  own_topology(client);
  drain(world, client);
}

/* ------------------------------------------------------------------ answers ------------------- */

static void measure(struct hr_route_link *link, usec took) {
  uint32_t us = took < 1 ? 1 : (uint32_t)took;
  link->rtt_us = link->rtt_us == 0 ? us : (uint32_t)(((uint64_t)link->rtt_us * 7 + us) / 8);
}

static void take_answer(struct world *world, struct client *client, int node,
                        const struct fetch *fetch) {
  struct reader *reader = &client->reader;
  struct reading *reading = fetch->reading;
  if (!is_waited_for(client, reading) || reading->conn != reader->conns[node]) return;
  reader->links[node].waiting--;
  measure(&reader->links[node], world->now - fetch->sent);
  if (fetch->seen == NULL) {
    reader->refused_until[node] = world->now + CLIENT_BACKOFF_MS * 1000;
    judge(world, client, reading, HR_OUTCOME_REPLY, fetch->refused);
    return;
  }
  struct hr_epoch shown = state_epoch(fetch->seen);
  bool fresh = reader->lineage.n != 0 && epoch_order(&shown, &reader->lineage) == 0 &&
               fetch->seen->opcounter >= reading->counted;
  if (reading->asks && !fresh) {
    world->fetches.stale++;
    reading->master = true;
    reading->conn = NULL;
    reading->attempts--;
    drain(world, client);
    return;
  }
  world->fetches.master += !fetch->leaves;
  world->fetches.replica += fetch->leaves;
  world->fetches.own += reading->asks;
  end(client, reading);
  if (reader->watches_own) check_fetched(world, client, fetch);
}

bool reader_receive(struct world *world, struct client *client, struct conn *conn,
                    struct message *message) {
  struct reader *reader = &client->reader;
  int node = conn->end[1].index;
  if (reader->conns[node] != conn) return false;
  if (message->kind == MSG_WELCOME) {
    reader->up[node] = true;
    memcpy(reader->process[node], message->body, sizeof reader->process[node]);
    drain(world, client);
    if (is_elected(client, node)) return true;
    struct hr_event event = {.kind = HR_EV_HINT, .node = node};
    client_step(world, client, &event);
  } else if (message->kind == MSG_FETCHED) {
    take_answer(world, client, node, message->body);
  } else {
    lose(world, client, node);
  }
  return true;
}

/* ------------------------------------------------------------------ its user ------------------ */

static void turn(struct world *world, void *subject, uint64_t life) {
  static const enum hr_read_from from[] = {HR_READ_REPLICA, HR_READ_PREFER_REPLICA,
                                           HR_READ_NEAREST};
  struct client *client = subject;
  struct reader *reader = &client->reader;
  if (client->life != life || !client->alive) return;
  usec every = world->config.read_every_us;
  world_at(world, world->now + every / 2 + world_random(world, every), turn, client, life);
  if (client->asleep || reader->count >= READINGS_MAX) return;
  struct reading *reading = arena_take(&world->arena, sizeof *reading);
  reading->from = from[world_random(world, 3)];
  reading->began = reading->after = world->now;
  reading->until = world->now + READ_US;
  reading->own = reader->own;
  reading->next = reader->list;
  reader->list = reading;
  reader->count++;
  world->fetches.begun++;
  check_sample(world, client);
  later(world, client, reading->until);
  drain(world, client);
}

void reader_start(struct world *world, struct client *client) {
  usec every = world->config.read_every_us;
  memset(&client->reader, 0, sizeof client->reader);
  client->reader.watches_own = client->index % 2 == 0;
  if (every <= 0) return;
  world_at(world, world->now + world_random(world, every), turn, client, client->life);
}

void reader_forget(struct world *world, struct client *client) {
  struct reader *reader = &client->reader;
  reader->list = NULL;
  reader->count = 0;
  for (int node = 0; node < WORLD_NODES_MAX; node++) {
    if (reader->conns[node] != NULL) net_close(world, reader->conns[node], 0);
    reader->conns[node] = NULL;
  }
}

/* ------------------------------------------------------------------ the server's side --------- */

/* A sealed node, and one in the middle of a synchronisation, show what they have. */
void reader_served(struct world *world, struct server *server, struct conn *conn,
                   const struct fetch *fetch) {
  struct fetch *answer = arena_take(&world->arena, sizeof *answer);
  *answer = *fetch;
  if (server->loading) answer->refused = HR_ERROR_LOADING;
  else answer->seen = server->state;
  if (!server->loading) check_fetch(world, &world->clients[conn->end[0].index], server, fetch);
  net_send(world, conn, 0, MSG_FETCHED, answer);
}
