/*
 * Subscriptions: what the client does for its feed, on the client's and on the server's side. Every
 * write is also a message (PUBLISH stands in one transaction with it, so who is no master refuses
 * both), and every subscriber wants all of them.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define MARK_AGAIN_MS 20
#define MARK_BYTES 120

/* ------------------------------------------------------------------ the feed, carried out ------
 */

static void keep(struct messages *messages, const struct state *state) {
  if (messages->count == messages->capacity) {
    messages->capacity = messages->capacity == 0 ? 64 : messages->capacity * 2;
    messages->list = realloc(messages->list, messages->capacity * sizeof *messages->list);
    if (messages->list == NULL) abort();
  }
  messages->list[messages->count++] = state;
}

static void hand_over(struct world *world, struct client *client, struct messages *messages) {
  size_t count = messages->count;
  messages->count = 0;
  for (size_t i = 0; i < count; i++) subs_heard(world, client, messages->list[i]);
}

static void send(struct world *world, struct client *client, int node, enum message_kind kind,
                 uint32_t serial) {
  struct node_link *link = &client->links[node];
  if (!link->gossip_up) {
    world_violation(world, "9: %s tells a link that is down", client->name);
    return;
  }
  struct carried *carried = arena_take(&world->arena, sizeof *carried);
  carried->serial = serial;
  net_send(world, link->gossip, 1, kind, carried);
  client_watch_silence(world, client, link->gossip);
}

/* At the end of the turn, as the client does it. */
static void look(struct world *world, void *subject, uint64_t argument) {
  struct client *client = subject;
  struct hr_event event = {.kind = HR_EV_HINT, .node = (int)(argument & 0xff)};
  if (client->life != argument >> 8 || !client->alive) return;
  if (client->asleep) {
    client_postpone(world, client, look, client, argument);
    return;
  }
  client_step(world, client, &event);
}

static void publish_mark(struct world *world, struct client *client, int node, uint64_t nonce) {
  struct node_link *link = &client->links[node];
  world->subs.marks++;
  if (!link->up) return;
  struct mark *mark = arena_take(&world->arena, sizeof *mark);
  *mark = (struct mark){client->index, nonce};
  net_send(world, link->control, 1, MSG_MARK, mark);
}

static void perform(struct world *world, struct client *client,
                    const struct hr_feed_action *action) {
  struct subscriber *sub = &client->sub;
  switch (action->kind) {
    case HR_FEED_DO_CARRY:
      send(world, client, action->node, MSG_SUBSCRIBE, action->serial);
      break;
    case HR_FEED_DO_LOOK:
      world_at(world, world->now, look, client,
               (uint64_t)client->life << 8 | (uint64_t)action->node);
      break;
    case HR_FEED_DO_LEAVE:
      send(world, client, action->node, MSG_UNSUBSCRIBE, 0);
      break;
    case HR_FEED_DO_MARK:
      publish_mark(world, client, action->node, action->nonce);
      break;
    case HR_FEED_DO_DELIVER_OLD:
      hand_over(world, client, &sub->old);
      break;
    case HR_FEED_DO_DELIVER_NEW:
      hand_over(world, client, &sub->new);
      break;
    case HR_FEED_DO_DROP_OLD:
      sub->old.count = 0;
      break;
    case HR_FEED_DO_DROP_NEW:
      sub->new.count = 0;
      break;
    case HR_FEED_DO_GAP:
      subs_gap(world, client, action);
      break;
    case HR_FEED_DO_READY:
      if (sub->ready_at < 0) sub->ready_at = world->now;
      world_trace(world, "%s is subscribed on %d", client->name, action->node);
      break;
    case HR_FEED_DO_LOG:
      world_trace(world, "%s feed: %s", client->name, action->text);
      break;
  }
}

static void wake(struct world *world, void *subject, uint64_t life);

static void schedule(struct world *world, struct client *client) {
  struct subscriber *sub = &client->sub;
  hr_msec deadline = hr_feed_deadline(&sub->feed);
  if (deadline == INT64_MAX) return;
  usec at = client_when(client, deadline);
  if (at < world->now) at = world->now;
  if (sub->wake_at >= 0 && sub->wake_at <= at) return;
  sub->wake_at = at;
  world_at(world, at, wake, client, client->life);
}

static void count(struct world *world, const struct hr_feed *before, const struct hr_feed *feed) {
  bool moved = before->phase == HR_FEED_MARKED && feed->source == before->next && feed->source >= 0;
  world->subs.moves += moved && !feed->quiet;
  world->subs.forced += moved && feed->quiet;
  world->subs.marks_lost += feed->tries > before->tries;
}

static void step(struct world *world, struct client *client, struct hr_feed_event *event) {
  struct hr_feed_actions actions;
  struct hr_feed before = client->sub.feed;
  event->now = client_now(world, client);
  hr_feed_step(&client->sub.feed, event, &actions);
  count(world, &before, &client->sub.feed);
  for (size_t i = 0; i < actions.count; i++) perform(world, client, &actions.list[i]);
  schedule(world, client);
}

static void wake(struct world *world, void *subject, uint64_t life) {
  struct client *client = subject;
  struct subscriber *sub = &client->sub;
  if (client->life != life || !client->alive || sub->wake_at > world->now) return;
  if (client->asleep) {
    client_postpone(world, client, wake, client, life);
    return;
  }
  sub->wake_at = -1;
  if (hr_feed_deadline(&sub->feed) <= client_now(world, client)) {
    struct hr_feed_event event = {.kind = HR_FEED_TIME, .node = -1, .master = -1};
    step(world, client, &event);
    return;
  }
  schedule(world, client);
}

/* ------------------------------------------------------------------ what the feed is told ------
 */

void subs_free(struct client *client) {
  struct subscriber *sub = &client->sub;
  free(sub->old.list);
  free(sub->new.list);
  free(sub->heard);
  free(sub->gaps);
  free(sub->skips);
  memset(sub, 0, sizeof *sub);
}

void subs_forget(struct client *client) {
  struct subscriber *sub = &client->sub;
  struct subscriber kept = *sub;
  memset(sub, 0, sizeof *sub);
  sub->old = (struct messages){kept.old.list, 0, kept.old.capacity};
  sub->new = (struct messages){kept.new.list, 0, kept.new.capacity};
  sub->heard = kept.heard;
  sub->capacity = kept.capacity;
  sub->gaps = kept.gaps;
  sub->gap_capacity = kept.gap_capacity;
  sub->skips = kept.skips;
  sub->skip_capacity = kept.skip_capacity;
  if (sub->capacity > 0) memset(sub->heard, 0, sub->capacity);
}

void subs_start(struct world *world, struct client *client) {
  struct hr_feed_config config = {.nodes = client->config.count,
                                  .patience_ms = client->config.down_after_ms,
                                  .mark_again_ms = MARK_AGAIN_MS,
                                  .beat_ms = hr_core_beat_ms(client->config.fence_ms),
                                  .quiet_ms = hr_core_quiet_ms(client->config.fence_ms)};
  if (!world->config.subscribers) return;
  for (size_t i = 0; i < config.nodes; i++) config.names[i] = world->servers[i].name;
  subs_forget(client);
  hr_feed_init(&client->sub.feed, &config, chance_next(&world->chance));
  client->sub.wake_at = -1;
  subs_want(world, client, true);
}

void subs_want(struct world *world, struct client *client, bool wants) {
  struct subscriber *sub = &client->sub;
  if (!world->config.subscribers || sub->wants == wants) return;
  struct hr_feed_event event = {.kind = HR_FEED_WANTED, .node = -1, .master = -1, .wanted = wants};
  world_trace(world, "%s %s", client->name, wants ? "subscribes" : "subscribes to nothing");
  sub->wants = wants;
  sub->ready_at = -1;
  sub->checked = world->writes;
  sub->last = NULL;
  sub->gap_count = sub->skip_count = 0;
  if (sub->capacity > 0) memset(sub->heard, 0, sub->capacity);
  step(world, client, &event);
}

void subs_topology(struct world *world, struct client *client) {
  const struct hr_topology *topology = &client->topology;
  if (!world->config.subscribers) return;
  struct hr_feed_event event = {.kind = HR_FEED_TARGET,
                                .node = topology->sub_node,
                                .master = topology->master,
                                .epoch = topology->epoch,
                                .planned = topology->planned,
                                .cut_off = topology->pause == HR_PAUSE_NO_QUORUM};
  step(world, client, &event);
}

void subs_link(struct world *world, struct client *client, int node, bool up) {
  if (!world->config.subscribers) return;
  struct hr_feed_event event = {
      .kind = up ? HR_FEED_LINK_UP : HR_FEED_LINK_DOWN, .node = node, .master = -1};
  step(world, client, &event);
}

void subs_beat(struct world *world, struct client *client, int node,
               const struct hr_gossip *gossip) {
  if (!world->config.subscribers) return;
  uint64_t name = gossip->seq;
  for (const char *at = gossip->client; *at != '\0'; at++) name = name * 1000003 + (uint64_t)*at;
  struct hr_feed_event event = {.kind = HR_FEED_BEAT,
                                .since = client_now(world, client),
                                .node = node,
                                .master = -1,
                                .epoch = gossip->epoch,
                                .nonce = name != 0 ? name : 1};
  step(world, client, &event);
}

/* What INFO shows of it: test_driver_stream. */
void subs_look(struct world *world, struct client *client, int node,
               const struct answer *answer) {
  const struct hr_facts *facts = &answer->facts;
  if (!world->config.subscribers || facts->loading) return;
  if (!facts->master && !facts->link_up) return;
  struct subscriber *sub = &client->sub;
  struct hr_feed_event event = {.kind = HR_FEED_LOOK, .node = node, .master = -1};
  bool same = sub->found[node].instance == answer->instance;
  event.copied = same && sub->found[node].copies != answer->copies;
  sub->found[node].replica = !facts->master;
  sub->found[node].instance = answer->instance;
  sub->found[node].copies = answer->copies;
  subs_seen(client, node, answer);
  uint64_t gaps = world->subs.gaps;
  step(world, client, &event);
  world->subs.found += world->subs.gaps - gaps;
}

static void hear(struct world *world, struct client *client, int node, const struct state *state) {
  struct subscriber *sub = &client->sub;
  if (state->change == CHANGE_MARK) {
    struct hr_feed_event event = {
        .kind = HR_FEED_MARK, .node = node, .master = -1, .nonce = state->mark->nonce};
    if (state->mark->client == client->index) step(world, client, &event);
    return;
  }
  if (state->change != CHANGE_WRITE) return;
  switch (hr_feed_judge(&sub->feed, node)) {
    case HR_FEED_DROP:
      return;
    case HR_FEED_DELIVER:
      subs_heard(world, client, state);
      return;
    case HR_FEED_HOLD_OLD:
      keep(&sub->old, state);
      break;
    case HR_FEED_HOLD_NEW:
      keep(&sub->new, state);
      break;
  }
  if (sub->old.count + sub->new.count <= world->config.held_max) return;
  struct hr_feed_event event = {.kind = HR_FEED_HELD_FULL, .node = -1, .master = -1};
  step(world, client, &event);
}

static void hear_all(struct world *world, struct client *client, int node,
                     const struct heard *heard) {
  if (heard->to->parent == heard->from) {
    hear(world, client, node, heard->to);
    return;
  }
  size_t count;
  const struct state **path = state_path(heard->from, heard->to, &count);
  for (size_t i = 0; i < count; i++) hear(world, client, node, path[i]);
  free(path);
}

void subs_receive(struct world *world, struct client *client, int node, struct message *message) {
  if (message->kind == MSG_HEARD) {
    hear_all(world, client, node, message->body);
    return;
  }
  assert(message->kind == MSG_IN_FORCE);
  const struct carried *carried = message->body;
  struct hr_feed_event event = {
      .kind = HR_FEED_IN_FORCE, .node = node, .master = -1, .serial = carried->serial};
  step(world, client, &event);
}

/* ------------------------------------------------------------------ the server's side ----------
 */

static bool listens(const struct server *server, const struct conn *conn) {
  return conn->subscribed && conn->open[1] && conn->instance == server->instance;
}

static bool is_heard(const struct state *from, const struct state *to) {
  for (; to != from; to = to->parent) {
    if (to->change == CHANGE_WRITE || to->change == CHANGE_MARK) return true;
  }
  return false;
}

/* Those subscribed on this very server hear it, what was written at once in one go. */
void subs_push(struct world *world, struct server *server, const struct state *from,
               const struct state *to) {
  if (server->subscribers == NULL || !is_heard(from, to)) return;
  struct heard *heard = arena_take(&world->arena, sizeof *heard);
  *heard = (struct heard){from, to};
  for (struct conn **link = &server->subscribers; *link != NULL;) {
    struct conn *conn = *link;
    if (!listens(server, conn)) {
      *link = conn->subscriber;
      conn->listed = false;
      continue;
    }
    bool mark = to->parent == from && to->change == CHANGE_MARK;
    bool his = !mark || to->mark->client == conn->end[0].index;
    if (his) net_send(world, conn, 0, MSG_HEARD, heard);
    link = &conn->subscriber;
  }
}

static void subscribe(struct server *server, struct conn *conn) {
  conn->subscribed = true;
  if (conn->listed) return; /* left, and not yet passed over */
  conn->listed = true;
  conn->subscriber = server->subscribers;
  server->subscribers = conn;
}

static void run_mark(struct world *world, struct server *server, const struct mark *mark) {
  if (!server_is_master(server) || server->loading || server->disk_full) return;
  struct state *state = (struct state *)state_add(world, server->state, CHANGE_MARK,
                                                  server->backlog ? MARK_BYTES : 0);
  state->mark = mark;
  const struct state *before = server->state;
  server_append(world, server, state);
  subs_push(world, server, before, state);
}

void subs_served(struct world *world, struct server *server, struct conn *conn,
                 struct message *message) {
  if (message->kind == MSG_MARK) {
    run_mark(world, server, message->body);
  } else if (message->kind == MSG_SUBSCRIBE) {
    subscribe(server, conn);
    net_send(world, conn, 0, MSG_IN_FORCE, message->body);
  } else {
    conn->subscribed = false;
  }
}

/* A full synchronisation: what lies between the old data and the new is told to nobody here. */
void subs_skip(struct world *world, struct server *server, const struct state *to) {
  for (const struct state *s = to; s != NULL; s = s->parent) {
    if (state_descends(server->state, s)) return;
    for (struct conn *conn = server->subscribers; conn != NULL; conn = conn->subscriber) {
      bool hit = listens(server, conn) && s->change == CHANGE_WRITE && s->write > 0;
      if (hit) subs_skipped(world, &world->clients[conn->end[0].index], server, s->write);
    }
  }
}
