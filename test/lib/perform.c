/* The core's actions, one by one, as the driver carries them out. */
#include <assert.h>
#include <string.h>

#include "world.h"

static struct conn *dial(struct world *world, struct client *client, enum conn_kind kind,
                         int node) {
  struct conn *conn =
      net_dial(world, kind, peer_client(client->index), peer_server(node));
  net_send(world, conn, 1, MSG_HELLO, NULL);
  return conn;
}

void client_dial_gossip(struct world *world, struct client *client, int node) {
  struct node_link *link = &client->links[node];
  link->gossip = dial(world, client, CONN_GOSSIP, node);
  link->gossip_up = false;
  link->gossip_ms = client_now(world, client);
  client_watch_silence(world, client, link->gossip);
}

void client_dial(struct world *world, struct client *client, int node) {
  struct node_link *link = &client->links[node];
  if (link->control == NULL) {
    link->control = dial(world, client, CONN_CONTROL, node);
    link->up = false;
    link->guard_conn = 0;
    link->control_ms = client_now(world, client);
    client_watch_silence(world, client, link->control);
  }
  if (link->gossip == NULL) client_dial_gossip(world, client, node);
}

static void hang_up(struct world *world, struct client *client, int node) {
  struct node_link *link = &client->links[node];
  if (link->control != NULL) net_close(world, link->control, 0);
  if (link->gossip != NULL) net_close(world, link->gossip, 0);
  if (client->data_node == node) load_close(world, client, false);
  txn_hang_up(world, client, node);
  popper_hang_up(world, client, node);
  reader_hang_up(world, client, node);
  for (struct pending **at = &client->pending; *at != NULL;) {
    struct pending *pending = *at;
    if (pending->node != node) {
      at = &pending->next;
      continue;
    }
    *at = pending->next;
    client_lost(world, client, node, pending->op);
  }
  bool fed = link->gossip_up;
  link->control = link->gossip = NULL;
  link->up = link->gossip_up = false;
  link->guard_conn = 0;
  if (fed) subs_link(world, client, node, false);
}

static void heard_now(struct world *world, void *subject, uint64_t argument) {
  struct client *client = subject;
  int node = (int)(argument % WORLD_NODES_MAX);
  if (client->life != argument / WORLD_NODES_MAX || client->asleep) return;
  client_heard(world, client, node, client->links[node].tell_ms);
}

static void ping(struct world *world, struct client *client, int node) {
  struct node_link *link = &client->links[node];
  if (link->heard_ms > link->pinged_ms) {
    uint64_t argument = (uint64_t)client->life * WORLD_NODES_MAX + (uint64_t)node;
    link->tell_ms = link->heard_ms;
    world_at(world, world->now, heard_now, client, argument);
  }
  hr_msec now = client_now(world, client);
  bool lives = link->gossip_up && link->gossip_ms > link->pinged_ms;
  hr_msec idle = lives ? now - world->config.down_after_ms / 2 : link->pinged_ms;
  if (link->up && link->control_ms <= idle) {
    net_send(world, link->control, 1, MSG_PING, NULL);
    client_watch_silence(world, client, link->control);
  }
  if (link->gossip_up && link->gossip_ms <= link->pinged_ms) {
    net_send(world, link->gossip, 1, MSG_PING, NULL);
    client_watch_silence(world, client, link->gossip);
  }
  link->pinged_ms = now;
}

static bool needs_guard(enum hr_action_kind kind) {
  return kind == HR_DO_SEAL || kind == HR_DO_PROMOTE || kind == HR_DO_FOLLOW ||
         kind == HR_DO_RESTORE;
}

static bool is_answered(enum hr_action_kind kind) {
  return kind != HR_DO_UNGUARD && kind != HR_DO_UNPAUSE && kind != HR_DO_NOTE &&
         kind != HR_DO_PUBLISH;
}

static void ask(struct world *world, struct client *client, const struct hr_action *action) {
  struct node_link *link = &client->links[action->node];
  bool guarded = needs_guard(action->kind);
  bool answered = is_answered(action->kind);
  if (!link->up || (guarded && link->guard_conn != link->control->id)) {
    if (answered) client_lost(world, client, action->node, action->op);
    return;
  }
  if (guarded || action->kind == HR_DO_UNGUARD) link->guard_conn = 0;
  if (action->kind == HR_DO_PROMOTE) check_chosen(world, client, action);
  struct request *request = arena_take(&world->arena, sizeof *request);
  request->action = *action;
  request->list_hash = client->config.list_hash;
  memcpy(request->client, client->uuid, sizeof request->client);
  net_send(world, link->control, 1, MSG_REQUEST, request);
  if (!answered) return;
  struct pending *pending = arena_take(&world->arena, sizeof *pending);
  *pending = (struct pending){client->pending, action->op, action->kind, action->node,
                              link->control->id};
  client->pending = pending;
  client_watch_silence(world, client, link->control);
}

static const char *const names[] = {
    [HR_DO_CONNECT] = "connect", [HR_DO_CLOSE] = "close",       [HR_DO_PING] = "ping",
    [HR_DO_LOOK] = "look",       [HR_DO_LOCK] = "lock",         [HR_DO_UNLOCK] = "unlock",
    [HR_DO_GUARD] = "guard",     [HR_DO_UNGUARD] = "unguard",   [HR_DO_SEAL] = "seal",
    [HR_DO_PROMOTE] = "promote", [HR_DO_FOLLOW] = "follow",     [HR_DO_PAUSE] = "pause",
    [HR_DO_UNPAUSE] = "unpause", [HR_DO_NOTE] = "note",
    [HR_DO_RESTORE] = "restore",   [HR_DO_PUBLISH] = "publish",
    [HR_DO_TOPOLOGY] = "topology", [HR_DO_TELL] = "tell",       [HR_DO_LOG] = "log",
    [HR_DO_DONE] = "done"};

static void trace(struct world *world, const struct client *client,
                  const struct hr_action *action) {
  if (world->trace == NULL) return;
  const char *node = action->node >= 0 ? world->servers[action->node].name : "-";
  switch (action->kind) {
    case HR_DO_LOG:
    case HR_DO_TELL:
    case HR_DO_DONE:
      world_trace(world, "%s %s: %s", client->name, names[action->kind], action->u.text);
      break;
    case HR_DO_PING:
      break;
    case HR_DO_TOPOLOGY:
      world_trace(world, "%s topology: master %d epoch %llu pause %d", client->name,
                  hr_core_topology(client->core)->master,
                  (unsigned long long)hr_core_topology(client->core)->epoch.n,
                  (int)hr_core_topology(client->core)->pause);
      break;
    case HR_DO_PUBLISH:
      if (action->u.gossip.kind == HR_GOSSIP_HEARTBEAT) break; /* fall through */
    default:
      world_trace(world, "%s %s %s op %u epoch %llu:%s%s", client->name, names[action->kind],
                  node, (unsigned)action->op, (unsigned long long)action->epoch.n,
                  action->epoch.nonce, action->kick ? " kick" : "");
  }
}

static void done(struct client *client, const struct hr_action *action) {
  client->done = action->op;
  client->done_code = action->code;
}

static void told(struct world *world, const struct client *client,
                 const struct hr_action *action) {
  bool started = action->kind == HR_DO_TELL && action->tell == HR_TELL_FAILOVER_STARTED;
  bool planned = strncmp(action->u.text, "planned", 7) == 0;
  if (started && !planned) check_started(world, client, action->node);
}

void client_perform(struct world *world, struct client *client, const struct hr_action *action) {
  trace(world, client, action);
  switch (action->kind) {
    case HR_DO_CONNECT:
      client_dial(world, client, action->node);
      break;
    case HR_DO_CLOSE:
      check_gives_up(world, client, action->node);
      hang_up(world, client, action->node);
      break;
    case HR_DO_PING:
      ping(world, client, action->node);
      break;
    case HR_DO_TOPOLOGY:
      client->topology = *hr_core_topology(client->core);
      check_uses(world, client);
      check_ready(world, client);
      world->stirred_at = world->now;
      load_topology(world, client);
      txn_topology(world, client);
      popper_topology(world, client);
      reader_topology(world, client);
      subs_topology(world, client);
      break;
    case HR_DO_DONE:
      done(client, action);
      /* fall through */
    case HR_DO_TELL:
    case HR_DO_LOG:
      told(world, client, action);
      if (world->log != NULL) world->log(world->log_owner, client, action);
      break;
    default:
      assert(action->node >= 0 && (size_t)action->node < client->config.count);
      ask(world, client, action);
  }
}
