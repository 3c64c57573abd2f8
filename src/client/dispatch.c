/*
 * Messages to handlers: at once while subscriptions rest on one node; while they move, as the feed
 * judges: passed over, or held until a mark is heard.
 *
 * It must not know: links, what was sent to them, why subscriptions move.
 */
#include <string.h>

#include "client/subscribe.h"

#define HR_AHEAD_CHANNELS 4096 /* fewer lie in the cache anyway */

/* ---- our own channel ---- */

/* 16 hexadecimal digits, or 0. */
static uint64_t hr_dispatch_nonce(const char *text, size_t len) {
  uint64_t nonce = 0;
  for (size_t i = 0; i < len; i++) {
    char digit = text[i];
    bool letter = digit >= 'a' && digit <= 'f';
    if (len != 16 || (!letter && (digit < '0' || digit > '9'))) {
      return 0;
    }
    nonce = nonce << 4 | (uint64_t)(letter ? digit - 'a' + 10 : digit - '0');
  }
  return nonce;
}

/* true: it was on the channel of our marks, and nobody else's business. */
static bool hr_dispatch_mark(struct hr_subs *subs, int node,
                             const struct hr_link_message *message) {
  if (message->kind != 'm' || message->channel_len != subs->mark_len ||
      memcmp(message->channel, subs->mark, subs->mark_len) != 0) {
    return false;
  }
  struct hr_feed_event event = {.kind = HR_FEED_MARK, .node = node};
  event.nonce = hr_dispatch_nonce(message->payload, message->payload_len);
  if (event.nonce != 0) {
    hr_subs_step(subs, &event);
  }
  return true;
}

/* ---- handlers ---- */

static void hr_dispatch_walk(struct hr_subs *subs, struct hr_channel *channel,
                             const struct hr_link_message *from) {
  haredis_client *c = subs->client;
  const struct haredis_message message = {
      .struct_size = sizeof(message),
      .kind = channel->kind,
      .pattern = from->pattern,
      .pattern_len = from->pattern_len,
      .channel = from->channel,
      .channel_len = from->channel_len,
      .payload = from->payload,
      .payload_len = from->payload_len,
  };
  struct hr_channel_walk walk;
  struct hr_handle *handle;
  c->metrics.messages++;
  hr_client_enter(c);
  hr_channel_walk_begin(&walk, channel);
  while (!c->ending && (handle = hr_channel_walk_next(&walk)) != NULL) {
    const haredis_subscription *s = (const haredis_subscription *)handle;
    s->fn(c, &message, s->data);
  }
  hr_channel_walk_end(&walk);
  hr_client_leave(c);
}

/* What a message is looked up by. */
struct hr_dispatch_key {
  enum hr_channel_kind kind;
  const char *name;
  size_t len;
};

static inline struct hr_dispatch_key hr_dispatch_key(const struct hr_link_message *message) {
  if (message->kind == 'p') {
    return (struct hr_dispatch_key){HR_KIND_PATTERN, message->pattern, message->pattern_len};
  }
  return (struct hr_dispatch_key){message->kind == 'm' ? HR_KIND_CHANNEL : HR_KIND_SHARD,
                                  message->channel, message->channel_len};
}

/* false: nobody wants it (any more). */
static bool hr_dispatch_now(struct hr_subs *subs, const struct hr_link_message *message) {
  struct hr_dispatch_key key = hr_dispatch_key(message);
  struct hr_channel *channel = hr_channels_find(&subs->channels, key.kind, key.name, key.len);
  if (channel == NULL) {
    return false;
  }
  hr_dispatch_walk(subs, channel, message);
  return true;
}

/* Of a large table every lookup waits for the memory: for many at once, that is waited for once. */
void hr_subs_ahead(int node, const struct hr_link_message *messages, size_t count, void *owner) {
  const haredis_client *c = owner;
  const struct hr_subs *subs = c->subs;
  uint32_t hashes[HR_CHANNELS_AHEAD_MAX];
  if (subs == NULL || subs->channels.count < HR_AHEAD_CHANNELS ||
      subs->verdicts[node] != HR_FEED_DELIVER) {
    return;
  }
  count = count < HR_CHANNELS_AHEAD_MAX ? count : HR_CHANNELS_AHEAD_MAX;
  for (size_t i = 0; i < count; i++) {
    struct hr_dispatch_key key = hr_dispatch_key(&messages[i]);
    hashes[i] = hr_channels_hash(key.kind, key.name, key.len);
  }
  hr_channels_ahead(&subs->channels, hashes, count);
}

/* ---- what is held ---- */

static struct hr_held_message *hr_held_new(const struct hr_link_message *message) {
  size_t size = message->pattern_len + message->channel_len + message->payload_len + 3;
  struct hr_held_message *held = hr_alloc(sizeof(*held) + size);
  if (held == NULL) {
    return NULL;
  }
  *held = (struct hr_held_message){.size = sizeof(*held) + size, .message = *message};
  const char **texts[] = {&held->message.pattern, &held->message.channel, &held->message.payload};
  const size_t lens[] = {message->pattern_len, message->channel_len, message->payload_len};
  char *at = held->bytes;
  for (size_t i = 0; i < 3; i++) {
    if (*texts[i] != NULL) {
      memcpy(at, *texts[i], lens[i]);
      at[lens[i]] = '\0';
      *texts[i] = at;
      at += lens[i] + 1;
    }
  }
  return held;
}

/* false: there is no room for it. */
static bool hr_held_add(struct hr_subs *subs, struct hr_held_queue *queue,
                        const struct hr_link_message *message) {
  if (subs->held_bytes > HR_HELD_BYTES_MAX) {
    return false;
  }
  struct hr_held_message *held = hr_held_new(message);
  if (held == NULL) {
    return false;
  }
  subs->held_bytes += held->size;
  if (queue->last != NULL) {
    queue->last->next = held;
  } else {
    queue->first = held;
  }
  queue->last = held;
  return true;
}

static struct hr_held_message *hr_held_shift(struct hr_subs *subs, struct hr_held_queue *queue) {
  struct hr_held_message *held = queue->first;
  queue->first = held->next;
  queue->last = queue->first != NULL ? queue->last : NULL;
  subs->held_bytes -= held->size;
  return held;
}

/* A handler may end the client: then nobody hears what is left. */
void hr_held_deliver(struct hr_subs *subs, struct hr_held_queue *queue) {
  while (queue->first != NULL) {
    struct hr_held_message *held = hr_held_shift(subs, queue);
    (void)hr_dispatch_now(subs, &held->message);
    hr_free(held);
  }
}

void hr_held_drop(struct hr_subs *subs, struct hr_held_queue *queue) {
  while (queue->first != NULL) {
    hr_free(hr_held_shift(subs, queue));
  }
}

/* ---- in ---- */

static void hr_dispatch_held(struct hr_subs *subs, int node, struct hr_held_queue *queue,
                             const struct hr_link_message *message) {
  if (hr_held_add(subs, queue, message)) {
    return;
  }
  struct hr_feed_event full = {.kind = HR_FEED_HELD_FULL};
  hr_subs_step(subs, &full);
  if (!subs->client->ending && subs->verdicts[node] == HR_FEED_DELIVER) {
    (void)hr_dispatch_now(subs, message);
  }
}

void hr_subs_message(int node, const struct hr_link_message *message, void *owner) {
  haredis_client *c = owner;
  struct hr_subs *subs = c->subs;
  if (subs == NULL || c->ending) {
    return;
  }
  if (subs->verdicts[node] == HR_FEED_DELIVER) {
    if (!hr_dispatch_now(subs, message)) {
      (void)hr_dispatch_mark(subs, node, message);
    }
    return;
  }
  hr_client_enter(c);
  if (hr_dispatch_mark(subs, node, message)) {
    /* it was for the feed */
  } else if (subs->verdicts[node] == HR_FEED_HOLD_OLD) {
    hr_dispatch_held(subs, node, &subs->old, message);
  } else if (subs->verdicts[node] == HR_FEED_HOLD_NEW) {
    hr_dispatch_held(subs, node, &subs->new, message);
  }
  hr_client_leave(c);
}
