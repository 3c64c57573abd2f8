/*
 * What a user may expect of its subscriptions. At every message: nothing twice, in the order of the
 * master. When all has been still for a while: whatever was acknowledged to its publisher after the
 * first READY was handed over, or was published in an interval that was reported.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define SUBS_HEARD 1u
#define SUBS_SKIPPED 2u

static unsigned char *mark_of(struct subscriber *sub, uint32_t write) {
  if (write >= sub->capacity) {
    uint32_t capacity = sub->capacity == 0 ? 4096 : sub->capacity;
    while (capacity <= write) capacity *= 2;
    sub->heard = realloc(sub->heard, capacity);
    if (sub->heard == NULL) abort();
    memset(sub->heard + sub->capacity, 0, capacity - sub->capacity);
    sub->capacity = capacity;
  }
  return &sub->heard[write];
}

void subs_heard(struct world *world, struct client *client, const struct state *state) {
  struct subscriber *sub = &client->sub;
  unsigned char *mark = mark_of(sub, state->write);
  if (*mark & SUBS_HEARD) {
    world_violation(world, "10: %s hears message %u twice", client->name, (unsigned)state->write);
  }
  /* Two that no stream holds both have no order. */
  const struct state *last = sub->last;
  if (last != NULL && last->depth >= state->depth && state_descends(last, state)) {
    world_violation(world, "11: %s hears message %u behind %u", client->name,
                    (unsigned)state->write, (unsigned)last->write);
  }
  *mark |= SUBS_HEARD;
  sub->last = state;
  sub->received++;
  world->subs.heard++;
}

void subs_skipped(struct world *world, struct client *client, const struct server *server,
                  uint32_t write) {
  struct subscriber *sub = &client->sub;
  const struct skip *last = sub->skip_count > 0 ? &sub->skips[sub->skip_count - 1] : NULL;
  assert(write > 0);
  *mark_of(sub, write) |= SUBS_SKIPPED;
  if (last != NULL && last->at == world->now && last->node == server->index) return;
  if (sub->skip_count == sub->skip_capacity) {
    sub->skip_capacity = sub->skip_capacity == 0 ? 16 : sub->skip_capacity * 2;
    sub->skips = realloc(sub->skips, sub->skip_capacity * sizeof *sub->skips);
    if (sub->skips == NULL) abort();
  }
  sub->skips[sub->skip_count++] = (struct skip){world->now, server->index, server->instance, false};
}

/* It was linked when it was looked at: what it had skipped by then is known, unless it was another
 * process. */
void subs_seen(struct client *client, int node, const struct answer *look) {
  struct subscriber *sub = &client->sub;
  for (size_t i = 0; i < sub->skip_count; i++) {
    struct skip *skip = &sub->skips[i];
    bool same = skip->node == node && skip->instance == look->instance;
    skip->seen = skip->seen || (same && skip->at <= look->at);
  }
}

/* Nobody can know yet, or ever: its node was not looked at since, and perhaps is no more. */
static bool unseen(const struct subscriber *sub, usec ran) {
  for (size_t i = 0; i < sub->skip_count; i++) {
    if (!sub->skips[i].seen && sub->skips[i].at >= ran) return true;
  }
  return false;
}

/* What a slow server sends comes late everywhere: the feed knows the trip of its last mark alone.
 */
static usec slowest(const struct world *world, usec from) {
  usec most = from <= world->slow_until ? world->slow_most : 0;
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->slow[i] > most) most = world->slow[i];
  }
  return most;
}

void subs_gap(struct world *world, struct client *client, const struct hr_feed_action *gap) {
  struct subscriber *sub = &client->sub;
  world->subs.gaps++;
  world_trace(world, "%s gap: %lld to %lld", client->name,
              (long long)client_when(client, gap->from_ms) / 1000,
              (long long)client_when(client, gap->until_ms) / 1000);
  if (gap->from_ms > gap->until_ms) {
    world_violation(world, "13: %s reports a gap that ends before it begins", client->name);
  }
  if (sub->gap_count == sub->gap_capacity) {
    sub->gap_capacity = sub->gap_capacity == 0 ? 16 : sub->gap_capacity * 2;
    sub->gaps = realloc(sub->gaps, sub->gap_capacity * sizeof *sub->gaps);
    if (sub->gaps == NULL) abort();
  }
  usec from = client_when(client, gap->from_ms);
  sub->gaps[sub->gap_count++] = (struct span){
      from - slowest(world, from),
      client_when(client, gap->until_ms + 1)}; /* its clock counts whole milliseconds */
}

void subs_acked(struct world *world, const struct flush *flush) {
  if (!world->config.subscribers) return;
  for (uint32_t i = flush->first; i < flush->first + flush->count; i++) {
    struct publication *one = &world->publications[i];
    one->acked = one->state->change == CHANGE_WRITE; /* a pop is no message */
  }
}

/* A master that somebody has replaced already acknowledges what nobody will ever have: that is the
 * loss of plain writes, and no subscriber can know of it. */
void subs_ran(struct world *world, const struct server *server, const struct flush *flush) {
  if (!world->config.subscribers) return;
  bool deposed = check_deposed(world, server);
  for (uint32_t i = flush->first; i < flush->first + flush->count; i++) {
    world->publications[i].ran = world->now;
    world->publications[i].deposed = deposed;
  }
}

static bool reported(const struct subscriber *sub, usec at) {
  for (size_t i = sub->gap_count; i > 0; i--) {
    if (at >= sub->gaps[i - 1].from && at <= sub->gaps[i - 1].until) return true;
  }
  return false;
}

/*
 * Of a reign that nobody remembers: its nodes lost their data, or were away, when this client went
 * on under the epoch before, with a majority that knew of nothing newer. In a group without durable
 * writes nothing is left that could have told it, or could tell it later, that there was another
 * master while it was cut off.
 */
static bool of_forgotten_reign(const struct world *world, const struct client *client,
                               const struct publication *one) {
  if (one->state == NULL || client->resumed_at <= one->ran) return false;
  struct hr_epoch reign = state_epoch(one->state);
  if (epoch_order(&client->resumed_epoch, &reign) >= 0) return false;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (state_descends(server->state, one->state)) return false;
  }
  return true;
}

static void check_one(struct world *world, struct client *client, uint32_t write) {
  struct subscriber *sub = &client->sub;
  const struct publication *one = &world->publications[write];
  if (!one->acked || one->ran < sub->ready_at) return;
  unsigned char mark = *mark_of(sub, write);
  if (mark & SUBS_HEARD) return;
  world->subs.missed++;
  /* With less than a majority two masters may be at work, and neither side can know. */
  if (2 * check_majority(world) <= (int)world->config.nodes) return;
  if (reported(sub, one->ran)) return;
  if (one->state != NULL && check_removed(world, one->state)) return;
  if (of_forgotten_reign(world, client, one)) return;
  if ((mark & SUBS_SKIPPED) != 0 && unseen(sub, one->ran)) {
    world->subs.skipped++;
  } else if (one->deposed) {
    world->subs.deposed++;
  } else {
    world_violation(world, "13: %s misses message %u of %.3f, and no gap was reported",
                    client->name, (unsigned)write, (double)one->ran / 1000);
  }
}

void subs_check(struct world *world, struct client *client, usec margin) {
  struct subscriber *sub = &client->sub;
  if (!client->alive || client->asleep || !sub->wants || sub->ready_at < 0) return;
  usec until = world->now - margin;
  while (sub->checked < world->writes) {
    const struct publication *one = &world->publications[sub->checked + 1];
    if (one->sent > until || one->ran > until) break; /* it may have waited for a master */
    check_one(world, client, ++sub->checked);
  }
}

void subs_check_all(struct world *world, usec margin) {
  for (size_t i = 0; i < world->config.clients && world->config.subscribers; i++) {
    if (world->clients[i].list == 0) subs_check(world, &world->clients[i], margin);
  }
}

bool subs_settled(const struct client *client, char *why, size_t size) {
  const struct hr_feed *feed = &client->sub.feed;
  if (!client->sub.wants) return true;
  const char *fault = NULL;
  if (feed->phase != HR_FEED_STEADY)
    fault = "has not put its subscriptions in force";
  else if (!feed->fed || feed->quiet || !feed->told)
    fault = "does not know that it is fed";
  else if (feed->source != client->topology.sub_node)
    fault = "is subscribed somewhere else";
  else if (feed->gap_ms != 0)
    fault = "has a gap that does not end";
  if (fault != NULL) snprintf(why, size, "client %s %s", client->name, fault);
  return fault == NULL;
}
