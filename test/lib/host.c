/* A client process: one core, its links, its clock. The twin of the driver: it decides nothing. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define GOSSIP_RETRY_US 50000
#define AWAKE_US 1000 /* within this time who woke gets round to what ran out meanwhile */

hr_msec client_now(const struct world *world, const struct client *client) {
  return clock_shows(&client->clock, world->now) / 1000;
}

usec client_when(const struct client *client, hr_msec shows) {
  bool before = shows * 1000 < client->clock.base;
  return clock_when(before ? &client->clock_before : &client->clock, shows * 1000);
}

static void schedule(struct world *world, struct client *client);

void client_drift(struct world *world, struct client *client, double rate) {
  world_trace(world, "the clock of %s runs by %.3f", client->name, rate);
  client->clock_before = client->clock;
  clock_run(&client->clock, world->now, rate);
  if (!client->alive) return;
  client->wake_at = -1; /* what was scheduled by the old rate may be late by the new */
  if (!client->asleep) schedule(world, client);
}

void client_init(struct world *world, int index) {
  struct client *client = &world->clients[index];
  struct client kept = *client;
  memset(client, 0, sizeof *client);
  client->memory = kept.memory;
  client->memory_size = kept.memory_size;
  client->sub = kept.sub;
  subs_forget(client);
  client->index = index;
  char row[6] = ""; /* A to Z, A1 to Z1, A2 ... */
  if (index >= 26) snprintf(row, sizeof row, "%u", (unsigned)index / 26 % 10000);
  snprintf(client->name, sizeof client->name, "%c%s", 'A' + index % 26, row);
  clock_set(&client->clock, (1000 + chance_below(&world->chance, 1000000)) * 1000);
  client->clock_before = client->clock;
  client->writes = true;
  client->durable = world->config.durable;
}

static void configure(struct world *world, struct client *client) {
  struct hr_core_config *config = &client->config;
  memset(config, 0, sizeof *config);
  config->count = client->list != 0 ? client->list : world->config.nodes;
  for (size_t i = 0; i < config->count; i++) {
    memcpy(config->nodes[i].name, world->servers[i].name, sizeof world->servers[i].name);
  }
  config->down_after_ms = world->config.down_after_ms;
  config->fence_ms = world->config.fence_ms;
  config->quorum = world->config.quorum;
  config->auto_failover = world->config.auto_failover;
  config->durable = client->durable;
  config->reads_replicas = world->config.reads_replicas;
  config->max_lag = world->config.max_lag;
  config->refuse_divergence = world->config.refuse_divergence;
  config->list_hash = client->list_hash != 0 ? client->list_hash : 1000 + config->count;
  snprintf(config->client, sizeof config->client, "%s-", client->name);
  chance_letters(&world->chance, config->client + strlen(config->client), 8, LETTERS);
  chance_letters(&world->chance, config->uuid, HR_UUID_MAX - 1, LETTERS);
  memcpy(client->uuid, config->client, sizeof client->uuid);
}

static void wake(struct world *world, void *subject, uint64_t life);

static void schedule(struct world *world, struct client *client) {
  hr_msec deadline = client->deadline_ms;
  if (deadline == INT64_MAX) return;
  usec at = client_when(client, deadline);
  if (at < world->now) at = world->now;
  if (client->wake_at >= 0 && client->wake_at <= at) return;
  client->wake_at = at;
  world_at(world, at, wake, client, client->life);
}

static void wake(struct world *world, void *subject, uint64_t life) {
  struct client *client = subject;
  if (client->life != life || !client->alive || client->wake_at > world->now) return;
  if (client->asleep) {
    client_postpone(world, client, wake, client, life);
    return;
  }
  client->wake_at = -1;
  if (client->deadline_ms <= client_now(world, client)) {
    struct hr_event event = {.kind = HR_EV_TIME, .node = -1};
    client_step(world, client, &event);
    return;
  }
  schedule(world, client);
}

void client_postpone(struct world *world, struct client *client, world_call *call, void *subject,
                     uint64_t argument) {
  struct overdue *overdue = arena_take(&world->arena, sizeof *overdue);
  *overdue = (struct overdue){client->overdue, call, subject, argument};
  client->overdue = overdue;
}

struct hr_outcome client_outcome(const struct world *world, enum hr_outcome_kind kind,
                                 enum hr_error_class error, uint32_t attempts, usec until) {
  return (struct hr_outcome){.kind = kind,
                             .error = error,
                             .retry = HR_RETRY_READS,
                             .attempts = attempts,
                             .attempts_max = CLIENT_ATTEMPTS,
                             .left_ms = (until - world->now) / 1000,
                             .backoff_ms = CLIENT_BACKOFF_MS,
                             .backoff_max_ms = 10 * CLIENT_BACKOFF_MS};
}

bool client_may_act(struct world *world, struct client *client, world_call *call, uint64_t life) {
  if (client->life != life || !client->alive) return false;
  if (client->asleep) client_postpone(world, client, call, client, life);
  return !client->asleep;
}

static void catch_up(struct world *world, struct client *client) {
  struct overdue *overdue = client->overdue;
  client->overdue = NULL;
  for (; overdue != NULL; overdue = overdue->next) {
    usec at = world->now + world_random(world, AWAKE_US);
    world_at(world, at, overdue->call, overdue->subject, overdue->argument);
  }
}

/* A core that asks to be woken at once, again and again, would hang a real loop. */
static void count_step(struct world *world, struct client *client) {
  world->steps++;
  if (client->same_time != world->now) {
    client->same_time = world->now;
    client->same_time_steps = 0;
  }
  if (++client->same_time_steps > 20000) {
    world_violation(world, "client %s spins in state %s", client->name,
                    hr_core_state(client->core));
  }
}

/* A process that is stopped in the middle of its work goes on with the rest when it wakes. */
static void hold(struct world *world, struct client *client, const struct hr_action *list,
                 size_t count) {
  struct hr_action *copy = arena_take(&world->arena, count * sizeof *copy);
  memcpy(copy, list, count * sizeof *copy);
  client->held = (struct hr_actions){count, count, copy};
}

static bool perform_all(struct world *world, struct client *client,
                        const struct hr_actions *actions) {
  struct peer self = peer_client(client->index);
  uint32_t life = client->life;
  for (size_t i = 0; i < actions->count; i++) {
    const struct hr_action *action = &actions->list[i];
    world_spring(world, self, action->kind, false);
    if (client->asleep) hold(world, client, action, actions->count - i);
    if (client->asleep || client->life != life) return false;
    client_perform(world, client, action);
    world_spring(world, self, action->kind, true);
    if (client->asleep) hold(world, client, action + 1, actions->count - i - 1);
    if (client->asleep || client->life != life) return false;
  }
  return true;
}

/* What is ambushed in the middle of a step may let another client step. */
static struct hr_actions *begin_step(struct world *world) {
  assert(world->depth < WORLD_DEPTH_MAX);
  struct hr_actions *actions = &world->actions[world->depth++];
  if (actions->list == NULL) {
    actions->capacity = hr_actions_needed(WORLD_NODES_MAX);
    actions->list = malloc(actions->capacity * sizeof *actions->list);
    if (actions->list == NULL) abort();
  }
  actions->count = 0;
  return actions;
}

void client_step(struct world *world, struct client *client, struct hr_event *event) {
  uint32_t life = client->life;
  assert(client->alive && !client->asleep);
  event->now = client_now(world, client);
  struct hr_actions *actions = begin_step(world);
  hr_core_step(client->core, event, actions);
  count_step(world, client);
  /* What a step may need is at least twice what any step was seen to need. */
  if (2 * actions->count > hr_actions_needed(client->config.count)) {
    world_violation(world, "%s: one step emits %zu actions", client->name, actions->count);
  }
  perform_all(world, client, actions);
  world->depth--;
  if (!client->alive || client->life != life) return;
  client->deadline_ms = hr_core_deadline(client->core);
  check_stepped(world, client);
  schedule(world, client);
}

void client_start(struct world *world, struct client *client) {
  assert(!client->alive);
  configure(world, client);
  size_t size = hr_core_size(client->config.count);
  if (client->memory == NULL || client->memory_size < size) {
    free(client->memory);
    client->memory = malloc(size);
    client->memory_size = size;
  }
  if (client->memory == NULL) abort();
  client->core = hr_core_init(client->memory, &client->config, chance_next(&world->chance));
  client->alive = true;
  client->asleep = false;
  client->held.count = 0;
  client->overdue = NULL;
  client->life++;
  client->wake_at = -1;
  memset(client->links, 0, sizeof client->links);
  client->history[0] = '\0';
  client->pending = NULL;
  client->topology = (struct hr_topology){.master = -1, .pause = HR_PAUSE_NO_MASTER};
  check_uses(world, client);
  client->data = NULL;
  client->data_node = -1;
  memset(client->warm, 0, sizeof client->warm);
  load_forget(client);
  world_trace(world, "client %s starts", client->name);
  world->stirred_at = world->now;
  subs_start(world, client);
  struct hr_event event = {.kind = HR_EV_TIME, .node = -1};
  client_step(world, client, &event);
  load_start(world, client);
  txn_start(world, client);
  popper_start(world, client);
  reader_start(world, client);
}

void client_kill(struct world *world, struct client *client) {
  if (!client->alive) return;
  world_trace(world, "client %s is killed", client->name);
  world->stirred_at = world->now;
  client->alive = client->asleep = false;
  client->life++;
  check_uses(world, client);
  for (size_t i = 0; i < WORLD_NODES_MAX; i++) {
    const struct node_link *link = &client->links[i];
    if (link->control != NULL) net_close(world, link->control, 0);
    if (link->gossip != NULL) net_close(world, link->gossip, 0);
  }
  memset(client->links, 0, sizeof client->links);
  if (client->data != NULL) net_close(world, client->data, 0);
  client->data = NULL;
  load_cool(world, client);
  txn_forget(world, client);
  popper_forget(world, client);
  reader_forget(world, client);
}

void client_sleep(struct world *world, struct client *client) {
  if (!client->alive || client->asleep) return;
  world_trace(world, "client %s sleeps", client->name);
  check_falls_asleep(world, client);
  world->stirred_at = world->now;
  client->asleep = true;
}

/* Which comes first on waking, the timer or the socket, is chance. */
void client_wake(struct world *world, struct client *client) {
  if (!client->alive || !client->asleep) return;
  world_trace(world, "client %s wakes", client->name);
  world->stirred_at = world->now;
  client->asleep = false;
  client->woke_at = world->now;
  struct hr_actions held = client->held;
  client->held.count = 0;
  catch_up(world, client);
  client->resumes = true;
  bool performed = perform_all(world, client, &held);
  client->resumes = false;
  if (!performed) return;
  if (world_random(world, 2) == 0 && client->deadline_ms <= client_now(world, client)) {
    struct hr_event event = {.kind = HR_EV_TIME, .node = -1};
    client_step(world, client, &event);
  }
  net_unstick(world, 0);
}

uint32_t client_ask(struct world *world, struct client *client, enum hr_event_kind kind,
                    int node) {
  if (!client->alive || client->asleep) return 0;
  /* A name that its list does not have is refused before the core hears of it. */
  if (node >= (int)client->config.count) return 0;
  struct hr_event event = {.kind = kind, .node = node, .op = ++client->requests};
  client_step(world, client, &event);
  return client->requests;
}

void client_become_durable(struct world *world, struct client *client) {
  if (client->durable || client->asleep) return;
  client->durable = true;
  if (!client->alive) return;
  struct hr_event event = {.kind = HR_EV_DURABLE, .node = -1};
  client_step(world, client, &event);
}

/* ------------------------------------------------------------------ links --------------------- */

static void answer_lost(struct world *world, struct client *client, int node, uint32_t op) {
  struct hr_event event = {
      .kind = HR_EV_ANSWER, .node = node, .op = op, .status = HR_STATUS_LOST};
  client_step(world, client, &event);
}

struct lost {
  struct client *client;
  uint32_t life, op;
  int node;
};

static void lost_now(struct world *world, void *subject, uint64_t argument) {
  struct lost *lost = subject;
  (void)argument;
  if (lost->client->life != lost->life) return;
  if (lost->client->asleep) {
    client_postpone(world, lost->client, lost_now, lost, 0);
    return;
  }
  answer_lost(world, lost->client, lost->node, lost->op);
}

void client_lost(struct world *world, struct client *client, int node, uint32_t op) {
  struct lost *lost = arena_take(&world->arena, sizeof *lost);
  *lost = (struct lost){client, client->life, op, node};
  world_at(world, world->now, lost_now, lost, 0);
}

/* First the answers that will never come, then the link: as a reply queue is emptied. */
static void control_down(struct world *world, struct client *client, int node, enum hr_down why) {
  struct node_link *link = &client->links[node];
  uint32_t id = link->control->id;
  link->control = NULL;
  link->up = false;
  link->guard_conn = 0;
  for (struct pending **at = &client->pending; *at != NULL;) {
    struct pending *pending = *at;
    if (pending->conn != id) {
      at = &pending->next;
      continue;
    }
    *at = pending->next;
    client_lost(world, client, node, pending->op);
  }
  struct hr_event event = {.kind = HR_EV_LINK_DOWN, .node = node, .why = why};
  client_step(world, client, &event);
}

static struct conn **slot_of(struct client *client, const struct conn *conn) {
  struct node_link *link = &client->links[conn->end[1].index];
  return conn->kind == CONN_CONTROL ? &link->control : &link->gossip;
}

static void gossip_again(struct world *world, void *subject, uint64_t argument) {
  struct client *client = subject;
  int node = (int)(argument % WORLD_NODES_MAX);
  if (client->life != argument / WORLD_NODES_MAX || !client->links[node].up) return;
  if (client->links[node].gossip == NULL) client_dial_gossip(world, client, node);
}

static void gossip_down(struct world *world, struct client *client, int node) {
  bool fed = client->links[node].gossip_up;
  client->links[node].gossip = NULL;
  client->links[node].gossip_up = false;
  if (fed) subs_link(world, client, node, false);
  uint64_t argument = (uint64_t)client->life * WORLD_NODES_MAX + (uint64_t)node;
  world_at(world, world->now + GOSSIP_RETRY_US, gossip_again, client, argument);
}

/* A core is told once of the same millisecond. */
void client_heard(struct world *world, struct client *client, int node, hr_msec at_ms) {
  struct node_link *link = &client->links[node];
  if (at_ms <= link->told_ms) return;
  link->told_ms = at_ms;
  struct hr_event event = {.kind = HR_EV_HEARD, .node = node, .at_ms = at_ms};
  client_step(world, client, &event);
}

static hr_msec patience(const struct world *world, const struct conn *conn) {
  return conn->accepted ? world->config.down_after_ms : world->config.connect_timeout_ms;
}

static hr_msec last_byte(struct client *client, const struct conn *conn) {
  const struct node_link *link = &client->links[conn->end[1].index];
  return conn->kind == CONN_CONTROL ? link->control_ms : link->gossip_ms;
}

static void look_again(struct world *world, struct client *client, struct conn *conn);

/* Silence while nobody listened is no evidence: it counts anew. */
static void check_silence(struct world *world, void *subject, uint64_t slept) {
  struct conn *conn = subject;
  struct client *client = &world->clients[conn->end[0].index];
  if (*slot_of(client, conn) != conn) return;
  if (conn->silence_at != world->now && !slept) return; /* it is looked at earlier */
  if (client->asleep) {
    client_postpone(world, client, check_silence, conn, 1);
    return;
  }
  conn->silence_at = -1;
  if (last_byte(client, conn) > conn->since_ms) return; /* it has spoken */
  if (slept) {
    client_watch_silence(world, client, conn);
    return;
  }
  if (client_now(world, client) < conn->since_ms + patience(world, conn)) {
    look_again(world, client, conn);
    return;
  }
  int node = conn->end[1].index;
  net_close(world, conn, 0);
  if (conn->kind == CONN_CONTROL) {
    control_down(world, client, node, HR_DOWN_SILENT);
  } else {
    gossip_down(world, client, node);
  }
}

static void look_again(struct world *world, struct client *client, struct conn *conn) {
  usec at = client_when(client, conn->since_ms + patience(world, conn));
  if (at <= world->now) at = world->now + 1;
  if (conn->silence_at >= 0 && conn->silence_at <= at) return;
  conn->silence_at = at;
  world_at(world, at, check_silence, conn, 0);
}

/* Something was asked on this link: it must bring bytes within down_after, or it is given up. */
void client_watch_silence(struct world *world, struct client *client, struct conn *conn) {
  bool fresh = conn->silence_at < 0 || last_byte(client, conn) > conn->since_ms;
  if (fresh) conn->since_ms = client_now(world, client);
  look_again(world, client, conn);
}

static bool take_pending(struct client *client, const struct answer *answer) {
  for (struct pending **at = &client->pending; *at != NULL; at = &(*at)->next) {
    if ((*at)->op != answer->op) continue;
    *at = (*at)->next;
    return true;
  }
  return false;
}

static void control_answer(struct world *world, struct client *client, struct conn *conn,
                           struct answer *answer) {
  int node = conn->end[1].index;
  if (!take_pending(client, answer)) return;
  if (answer->kind == HR_DO_GUARD && answer->status == HR_STATUS_OK) {
    client->links[node].guard_conn = conn->id;
  }
  if (answer->sealed != NULL) {
    client->links[node].sealed = answer->sealed;
    client->links[node].sealed_under = answer->epoch;
  }
  if (answer->has_facts) {
    const struct hr_facts *facts = &answer->facts;
    bool fed = !facts->master && !facts->sealed && facts->link_up;
    client->links[node].says_follows = fed ? facts->follows : -1;
    bool used = facts->master && client->topology.master == node;
    if (used) memcpy(client->history, facts->replid, sizeof client->history);
    if (used) client->history_at = world->now;
    subs_look(world, client, node, answer);
  }
  /* A client knows the nodes of its own list alone. */
  int count = (int)client->config.count;
  if (answer->facts.follows >= count) answer->facts.follows = -1;
  if (answer->facts.epoch_node >= count) answer->facts.epoch_node = -1;
  struct hr_event event = {.kind = HR_EV_ANSWER,
                           .node = node,
                           .op = answer->op,
                           .status = answer->status,
                           .facts = answer->has_facts ? &answer->facts : NULL,
                           .guard = answer->has_guard ? &answer->guard : NULL};
  client_step(world, client, &event);
}

static void control_receive(struct world *world, struct client *client, struct conn *conn,
                            struct message *message) {
  int node = conn->end[1].index;
  struct node_link *link = &client->links[node];
  if (link->control != conn) return;
  link->control_ms = client_now(world, client);
  if (message->kind == MSG_WELCOME) {
    link->up = true;
    link->sealed = NULL;
    link->says_follows = -1;
    struct hr_event event = {.kind = HR_EV_LINK_UP, .node = node};
    client_step(world, client, &event);
    bool here = client->alive && link->control == conn; /* the step may have been its last */
    if (here && link->gossip == NULL) client_dial_gossip(world, client, node);
  } else if (message->kind == MSG_ANSWER) {
    control_answer(world, client, conn, message->body);
  } else if (message->kind == MSG_PONG) {
    client_heard(world, client, node, client_now(world, client));
  } else {
    control_down(world, client, node,
                 message->kind == MSG_REFUSED ? HR_DOWN_REFUSED : HR_DOWN_RESET);
  }
}

static void gossip_receive(struct world *world, struct client *client, struct conn *conn,
                           struct message *message) {
  int node = conn->end[1].index;
  struct node_link *link = &client->links[node];
  if (link->gossip != conn) return;
  link->gossip_ms = client_now(world, client);
  if (message->kind == MSG_WELCOME) {
    link->gossip_up = true;
    subs_link(world, client, node, true);
  } else if (message->kind == MSG_HEARD || message->kind == MSG_IN_FORCE) {
    subs_receive(world, client, node, message);
  } else if (message->kind == MSG_PUSH) {
    struct hr_gossip gossip = *(const struct hr_gossip *)message->body;
    if (gossip.node >= (int)client->config.count) gossip.node = -1; /* not in its list */
    if (gossip.kind == HR_GOSSIP_HEARTBEAT) {
      const struct note *note = (const struct note *)message->body;
      if (note->at > link->beat_at) {
        link->beat_node = gossip.node;
        link->beat_at = note->at;
        link->beat_epoch = gossip.epoch;
      }
    }
    if (gossip.kind == HR_GOSSIP_HEARTBEAT) subs_beat(world, client, node, &gossip);
    struct hr_event event = {.kind = HR_EV_GOSSIP, .node = node, .gossip = &gossip};
    client_step(world, client, &event);
  } else if (message->kind == MSG_PONG) {
    client_heard(world, client, node, client_now(world, client));
  } else {
    gossip_down(world, client, node);
  }
}

void client_receive(struct world *world, struct client *client, struct conn *conn,
                    struct message *message) {
  if (message->kind == MSG_CLOSE || message->kind == MSG_REFUSED) conn->open[0] = false;
  client->links[conn->end[1].index].heard_ms = client_now(world, client);
  if (conn->kind == CONN_CONTROL) {
    control_receive(world, client, conn, message);
  } else if (conn->kind == CONN_GOSSIP) {
    gossip_receive(world, client, conn, message);
  } else if (reader_receive(world, client, conn, message)) {
    return;
  } else if (client->txn.conn == conn) {
    txn_receive(world, client, message);
  } else if (client->popper.conn == conn) {
    popper_receive(world, client, message);
  } else if (client->data == conn) {
    load_receive(world, client, message);
  } else {
    load_warm(world, client, conn, message);
  }
}
