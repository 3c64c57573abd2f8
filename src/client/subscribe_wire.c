/*
 * What the pub/sub links are told: new and left channels at the end of the turn, many in one
 * command; all of them when subscriptions move to another node, in slices; and barriers that prove
 * what is in force.
 *
 *   turn ──▶ dirty channels ──▶ links that carry ─┐
 *        ──▶ a slice of a CARRY or LEAVE ─────────┴──▶ barrier ──▶ round
 *
 * It must not know: handlers, messages, why subscriptions move.
 */
#include <assert.h>
#include <string.h>

#include "client/subscribe.h"

_Static_assert(HR_NODES_MAX <= 32, "a set of nodes has a bit for each");

/* One command in the making, for some nodes. */
struct hr_wire_packet {
  struct hr_subs *subs;
  uint32_t nodes;
  bool subscribes;
  int argc;
  size_t bytes;
  const char *argv[1 + HR_WIRE_NAMES_MAX];
  size_t argvlen[1 + HR_WIRE_NAMES_MAX];
};

static const char *hr_wire_verb(bool subscribes, enum hr_channel_kind kind) {
  static const char *const verbs[2][HR_KIND_COUNT] = {
      {"UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"},
      {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"},
  };
  return verbs[subscribes][kind];
}

void hr_wire_soon(struct hr_subs *subs) {
  if (!subs->client->ending) {
    hr_later_add(subs->client->loop, &subs->later);
  }
}

bool hr_wire_works(const struct hr_subs *subs) {
  for (size_t node = 0; node < subs->feed.config.nodes; node++) {
    if (subs->links[node].work != HR_WIRE_REST) {
      return true;
    }
  }
  return false;
}

bool hr_wire_moves(const struct hr_subs *subs) {
  const struct hr_feed *feed = &subs->feed;
  return feed->source >= 0 && feed->next >= 0 && hr_feed_carries(feed, feed->source) &&
         hr_feed_carries(feed, feed->next);
}

void hr_wire_doubt(struct hr_subs *subs, struct hr_channel *channel) {
  if (hr_wire_moves(subs) && (channel->state & HR_CHANNEL_DOUBT) == 0) {
    channel->state |= HR_CHANNEL_DOUBT;
    subs->doubts++;
  }
}

void hr_wire_fail(struct hr_subs *subs, int node, hr_msec wait_ms) {
  struct hr_wire_link *link = &subs->links[node];
  subs->again_ms = hr_loop_now(subs->client->loop) + wait_ms;
  if (hr_feed_carries(&subs->feed, node)) {
    link->redo = true;
    link->work = HR_WIRE_CARRY;
    link->table = 0;
  }
  hr_wire_soon(subs);
}

/* ---- one command ---- */

/* What cannot be unsubscribed stays on the link: nobody looks at what it brings. */
static void hr_wire_put(struct hr_subs *subs, int node, bool subscribes, int argc,
                        const char *const *argv, const size_t *argvlen) {
  haredis_client *c = subs->client;
  struct hr_wire_link *link = &subs->links[node];
  int failed = c->control->feed_send(c->driver, node, link->number, argc, argv, argvlen);
  if (failed == 0) {
    link->owed = link->owed || subscribes;
  } else if (subscribes) {
    hr_wire_fail(subs, node, HR_WIRE_AGAIN_MS);
  }
}

static void hr_wire_packet_begin(struct hr_wire_packet *packet, struct hr_subs *subs,
                                 uint32_t nodes, bool subscribes, enum hr_channel_kind kind) {
  packet->subs = subs;
  packet->nodes = nodes;
  packet->subscribes = subscribes;
  packet->argc = 1;
  packet->bytes = 0;
  packet->argv[0] = hr_wire_verb(subscribes, kind);
  packet->argvlen[0] = strlen(packet->argv[0]);
}

static void hr_wire_packet_send(struct hr_wire_packet *packet) {
  struct hr_subs *subs = packet->subs;
  for (int node = 0; packet->argc > 1 && node < (int)subs->feed.config.nodes; node++) {
    if ((packet->nodes >> node & 1) != 0) {
      hr_wire_put(subs, node, packet->subscribes, packet->argc, packet->argv, packet->argvlen);
    }
  }
  packet->argc = 1;
  packet->bytes = 0;
}

static void hr_wire_packet_add(struct hr_wire_packet *packet, const char *name, size_t len) {
  if (packet->argc > HR_WIRE_NAMES_MAX ||
      (packet->argc > 1 && packet->bytes + len > HR_WIRE_BYTES_MAX)) {
    hr_wire_packet_send(packet);
  }
  packet->argv[packet->argc] = name;
  packet->argvlen[packet->argc++] = len;
  packet->bytes += len;
}

void hr_wire_alone(struct hr_subs *subs, int node, enum hr_channel_kind kind, const char *name,
                   size_t len) {
  const char *argv[] = {hr_wire_verb(true, kind), name};
  const size_t argvlen[] = {strlen(argv[0]), len};
  hr_wire_put(subs, node, true, 2, argv, argvlen);
}

void hr_wire_barrier(struct hr_subs *subs, int node) {
  static const char *const ping[] = {"PING"};
  haredis_client *c = subs->client;
  struct hr_wire_link *link = &subs->links[node];
  if (!link->owed || link->waiting) {
    return;
  }
  if (c->control->feed_send(c->driver, node, link->number | 1, 1, ping, NULL) != 0) {
    subs->again_ms = hr_loop_now(c->loop) + HR_WIRE_AGAIN_MS;
    return;
  }
  link->owed = false;
  link->waiting = true;
  link->number += 2;
}

/* ---- channels that were asked for or left in this turn ---- */

void hr_wire_dirty(struct hr_subs *subs, struct hr_channel *channel) {
  hr_wire_soon(subs);
  if ((channel->state & HR_CHANNEL_DIRTY) != 0) {
    return;
  }
  channel->state |= HR_CHANNEL_DIRTY;
  if (subs->dirty_count == subs->dirty_capacity) {
    size_t capacity = subs->dirty_capacity == 0 ? 16 : 2 * subs->dirty_capacity;
    struct hr_channel **dirty = hr_realloc(subs->dirty, capacity * sizeof(*dirty));
    if (dirty == NULL) {
      subs->sweep = true;
      return;
    }
    subs->dirty = dirty;
    subs->dirty_capacity = capacity;
  }
  subs->dirty[subs->dirty_count++] = channel;
}

/* *place 0 at first; NULL at the end. */
static struct hr_channel *hr_wire_dirty_next(const struct hr_subs *subs, size_t *place) {
  if (!subs->sweep) {
    return *place < subs->dirty_count ? subs->dirty[(*place)++] : NULL;
  }
  struct hr_channel *channel;
  do {
    channel = hr_channels_each(&subs->channels, place);
  } while (channel != NULL && (channel->state & HR_CHANNEL_DIRTY) == 0);
  return channel;
}

static bool hr_wire_is_left(const struct hr_channel *channel) {
  return channel->live == 0 && (channel->state & (HR_CHANNEL_ASKED | HR_CHANNEL_DOUBT)) != 0;
}

static bool hr_wire_is_new(const struct hr_channel *channel) {
  return channel->live > 0 && (channel->state & (HR_CHANNEL_ASKED | HR_CHANNEL_REFUSED)) == 0;
}

static void hr_wire_flush_kind(struct hr_subs *subs, uint32_t nodes, bool subscribes,
                               enum hr_channel_kind kind) {
  struct hr_wire_packet packet;
  struct hr_channel *channel;
  size_t place = 0;
  hr_wire_packet_begin(&packet, subs, nodes, subscribes, kind);
  while ((channel = hr_wire_dirty_next(subs, &place)) != NULL) {
    bool told = subscribes ? hr_wire_is_new(channel) : hr_wire_is_left(channel);
    if (told && channel->kind == (uint8_t)kind) {
      hr_wire_packet_add(&packet, channel->name, channel->len);
    }
  }
  hr_wire_packet_send(&packet);
}

/* The links know of it now. While the table is being walked in slices nothing is taken out of it,
 * for that moves others: they stay dirty. */
static void hr_wire_cleanse(struct hr_subs *subs) {
  bool keep = hr_wire_works(subs);
  struct hr_channel *channel;
  size_t place = 0, kept = 0;
  while ((channel = hr_wire_dirty_next(subs, &place)) != NULL) {
    bool asked = channel->live > 0 && (channel->state & HR_CHANNEL_REFUSED) == 0;
    channel->state &= (uint8_t) ~(HR_CHANNEL_DIRTY | HR_CHANNEL_ASKED);
    channel->state |= asked ? HR_CHANNEL_ASKED : 0;
    if (channel->live > 0) {
      continue;
    }
    subs->doubts -= (channel->state & HR_CHANNEL_DOUBT) != 0;
    channel->state &= (uint8_t)~HR_CHANNEL_DOUBT;
    if (keep) {
      channel->state |= HR_CHANNEL_DIRTY;
      subs->dirty[kept] = channel; /* not beyond `place`, nor used by a sweep */
      kept += !subs->sweep;
      continue;
    }
    uint32_t table = subs->channels.table;
    hr_channels_drop(&subs->channels, channel);
    if (subs->sweep) { /* what followed it may have moved to its place */
      place = subs->channels.table == table ? place - 1 : 0;
    }
  }
  subs->sweep = subs->sweep && keep;
  subs->dirty_count = kept;
  if (kept == 0 && subs->dirty_capacity > HR_WIRE_NAMES_MAX) {
    hr_free(subs->dirty);
    subs->dirty = NULL;
    subs->dirty_capacity = 0;
  }
}

static void hr_wire_flush(struct hr_subs *subs) {
  struct hr_channel *channel;
  uint32_t carriers = 0, leaving = 0;
  bool any[2][HR_KIND_COUNT] = {{false}};
  size_t place = 0;
  for (int node = 0; node < (int)subs->feed.config.nodes; node++) {
    carriers |= (uint32_t)hr_feed_carries(&subs->feed, node) << node;
    leaving |= (uint32_t)(subs->links[node].work == HR_WIRE_LEAVE) << node;
  }
  while ((channel = hr_wire_dirty_next(subs, &place)) != NULL) {
    any[0][channel->kind] |= hr_wire_is_left(channel);
    any[1][channel->kind] |= hr_wire_is_new(channel);
  }
  for (int subscribes = 0; subscribes < 2; subscribes++) {
    for (int kind = 0; kind < HR_KIND_COUNT; kind++) {
      if (any[subscribes][kind]) {
        hr_wire_flush_kind(subs, carriers | (subscribes ? 0 : leaving), subscribes != 0,
                           (enum hr_channel_kind)kind);
      }
    }
  }
  hr_wire_cleanse(subs);
  subs->unsent = false;
}

/* ---- all of them ---- */

void hr_wire_carry(struct hr_subs *subs, int node, uint32_t serial) {
  struct hr_wire_link *link = &subs->links[node];
  link->work = HR_WIRE_CARRY;
  link->table = 0;
  link->redo = false;
  link->carry = serial;
  hr_wire_soon(subs);
}

void hr_wire_leave(struct hr_subs *subs, int node) {
  struct hr_wire_link *link = &subs->links[node];
  link->work = HR_WIRE_LEAVE;
  link->table = 0;
  link->redo = false;
  link->carry = 0;
  hr_wire_soon(subs);
}

void hr_wire_forget(struct hr_subs *subs, int node) {
  subs->links[node] = (struct hr_wire_link){.number = 2};
}

static void hr_wire_mark_channel(struct hr_subs *subs, int node, bool subscribes) {
  const char *argv[] = {hr_wire_verb(subscribes, HR_KIND_CHANNEL), subs->mark};
  hr_wire_put(subs, node, subscribes, 2, argv, NULL);
}

static void hr_wire_finish(struct hr_subs *subs, int node) {
  struct hr_wire_link *link = &subs->links[node];
  if (link->work == HR_WIRE_LEAVE) {
    hr_wire_mark_channel(subs, node, false);
  } else {
    link->carry_cover = link->number;
    link->round_cover = link->redo ? link->number : link->round_cover;
    link->owed = true;
  }
  link->work = HR_WIRE_REST;
  link->redo = false;
  hr_wire_soon(subs); /* what was left meanwhile may be taken out of the table now */
}

/* Where the link is now the server may say yes: asked alone, so that it does no harm. */
static void hr_wire_ask_again(struct hr_subs *subs, int node, struct hr_channel *channel) {
  subs->refused -= (channel->state & HR_CHANNEL_REFUSED) != 0;
  channel->state &= (uint8_t)~HR_CHANNEL_REFUSED;
  channel->state |= HR_CHANNEL_ASKED;
  channel->serial = subs->open;
  subs->asked = true;
  subs->told = false;
  hr_wire_doubt(subs, channel);
  hr_wire_alone(subs, node, (enum hr_channel_kind)channel->kind, channel->name, channel->len);
}

/* true: no channel of that kind is left. */
static bool hr_wire_slice_kind(struct hr_subs *subs, int node, size_t *budget) {
  struct hr_wire_link *link = &subs->links[node];
  uint32_t table = link->table; /* what cannot be sent begins from the start */
  bool carry = link->work == HR_WIRE_CARRY;
  struct hr_channel *channel = NULL;
  struct hr_wire_packet packet;
  if (subs->channels.kinds[link->kind] == 0) {
    return true;
  }
  hr_wire_packet_begin(&packet, subs, UINT32_C(1) << node, carry, (enum hr_channel_kind)link->kind);
  while (*budget > 0 && link->table == table &&
         (channel = hr_channels_each(&subs->channels, &link->place)) != NULL) {
    if (channel->kind != link->kind || channel->live == 0) {
      continue;
    }
    (*budget)--;
    if (carry && (channel->state & HR_CHANNEL_REFUSED) != 0) {
      hr_wire_ask_again(subs, node, channel);
    } else if (!carry || (channel->state & HR_CHANNEL_REFUSED) == 0) {
      hr_wire_packet_add(&packet, channel->name, channel->len);
    }
  }
  hr_wire_packet_send(&packet);
  return link->table == table && channel == NULL && *budget > 0;
}

static void hr_wire_slice(struct hr_subs *subs, int node, size_t *budget) {
  struct hr_wire_link *link = &subs->links[node];
  if (link->work == HR_WIRE_REST) {
    return;
  }
  if (link->table == 0 || link->table != subs->channels.table) {
    link->table = subs->channels.table;
    link->kind = 0;
    link->place = 0;
    if (link->work == HR_WIRE_CARRY) {
      hr_wire_mark_channel(subs, node, true);
    }
  }
  while (link->kind < HR_KIND_COUNT && hr_wire_slice_kind(subs, node, budget)) {
    link->kind++;
    link->place = 0;
  }
  if (link->kind == HR_KIND_COUNT) {
    hr_wire_finish(subs, node);
  }
}

/* Nodes may have other rights: what one said while two carried need not be true of the one where
 * subscriptions rest now. It is asked alone. */
static void hr_wire_resolve(struct hr_subs *subs) {
  struct hr_channel *channel;
  size_t place = 0;
  int node = subs->feed.source;
  bool rests = node >= 0 && hr_feed_carries(&subs->feed, node) && !hr_wire_moves(subs) &&
               !hr_wire_works(subs);
  if (subs->doubts == 0 || !rests) {
    return;
  }
  while ((channel = hr_channels_each(&subs->channels, &place)) != NULL) {
    if ((channel->state & HR_CHANNEL_DOUBT) == 0) {
      continue;
    }
    channel->state &= (uint8_t)~HR_CHANNEL_DOUBT;
    subs->doubts--;
    if (channel->live > 0) {
      hr_wire_ask_again(subs, node, channel);
    }
  }
}

/* ---- rounds ---- */

/* Numbers run over in days of storm; what is long in force must not look new then. */
static void hr_wire_round_renumber(struct hr_subs *subs) {
  struct hr_channel *channel;
  size_t place = 0;
  while ((channel = hr_channels_each(&subs->channels, &place)) != NULL) {
    if ((int32_t)(channel->serial - subs->confirmed) < 0) {
      channel->serial = subs->confirmed;
    }
  }
}

static void hr_wire_round_begin(struct hr_subs *subs) {
  subs->asked = false;
  subs->closing = true;
  subs->closing_order = subs->open_order;
  subs->open_order = INT64_MAX;
  if ((++subs->open & 0x3fffffff) == 0) {
    hr_wire_round_renumber(subs);
  }
  for (size_t node = 0; node < subs->feed.config.nodes; node++) {
    struct hr_wire_link *link = &subs->links[node];
    link->round_cover = link->owed ? link->number : link->number - 2;
  }
}

static bool hr_wire_round_over(const struct hr_subs *subs) {
  for (int node = 0; node < (int)subs->feed.config.nodes; node++) {
    const struct hr_wire_link *link = &subs->links[node];
    if (hr_feed_carries(&subs->feed, node) &&
        (link->redo || (int32_t)(link->answered - link->round_cover) < 0)) {
      return false;
    }
  }
  return true;
}

void hr_wire_round(struct hr_subs *subs) {
  for (;;) {
    if (!subs->closing && subs->asked && !subs->unsent) {
      hr_wire_round_begin(subs);
    }
    if (!subs->closing || !hr_wire_round_over(subs)) {
      return;
    }
    subs->closing = false;
    subs->closing_order = INT64_MAX;
    subs->confirmed = subs->open - 1;
  }
}

/* ---- the end of a turn ---- */

void hr_wire_turn(struct hr_later *later, void *owner) {
  struct hr_subs *subs = owner;
  haredis_client *c = subs->client;
  (void)later;
  hr_client_enter(c);
  hr_wire_flush(subs);
  if (subs->feed.wanted != (subs->alive > 0)) {
    struct hr_feed_event event = {.kind = HR_FEED_WANTED, .wanted = subs->alive > 0};
    hr_subs_step(subs, &event);
  }
  size_t budget = HR_WIRE_SLICE;
  bool now = hr_loop_now(c->loop) >= subs->again_ms;
  if (now && !c->ending) {
    hr_wire_resolve(subs);
  }
  for (int node = 0; now && node < (int)subs->feed.config.nodes && !c->ending; node++) {
    hr_wire_slice(subs, node, &budget);
    hr_wire_barrier(subs, node);
  }
  if (!c->ending) {
    hr_wire_round(subs);
    hr_subs_settle(subs);
  }
  hr_subs_arm(subs);
  hr_client_leave(c);
}
