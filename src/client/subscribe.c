/*
 * Handles: what the user holds of a subscription. Any number of them on one channel is one
 * subscription on the wire; the links hear of it at the end of the turn.
 *
 * It must not know: links, nodes, what the feed decides.
 */
#include "client/subscribe.h"

#include <stdio.h>
#include <string.h>

bool hr_subs_settled_at(const haredis_client *c, int64_t order) {
  return c->subs == NULL || order <= c->subs->settled_order;
}

/* ---- birth and end ---- */

static struct hr_subs *hr_subs_get(haredis_client *c) {
  if (c->subs != NULL) {
    return c->subs;
  }
  struct hr_subs *subs = hr_calloc(1, sizeof(*subs));
  if (subs == NULL) {
    return NULL;
  }
  subs->client = c;
  hr_channels_init(&subs->channels);
  if (hr_subs_begin(subs) != 0) {
    hr_free(subs);
    return NULL;
  }
  return subs;
}

void hr_subs_end(haredis_client *c) {
  if (c->subs != NULL) {
    hr_later_remove(c->loop, &c->subs->later);
    hr_timer_clear(c->loop, &c->subs->timer);
  }
}

void hr_subs_free(haredis_client *c) {
  struct hr_subs *subs = c->subs;
  if (subs == NULL) {
    return;
  }
  hr_subs_end(c);
  hr_held_drop(subs, &subs->old);
  hr_held_drop(subs, &subs->new);
  hr_channels_clear(&subs->channels);
  hr_free(subs->dirty);
  hr_free(subs);
  c->subs = NULL;
}

/* ---- subscribe ---- */

static bool hr_subs_is_ours(const haredis_client *c, const char *name, size_t len) {
  static const char gossip[] = ":gossip:", mark[] = ":mark:";
  size_t prefix = strlen(c->prefix);
  if (len < prefix || memcmp(name, c->prefix, prefix) != 0) {
    return false;
  }
  name += prefix;
  len -= prefix;
  return (len >= sizeof(gossip) - 1 && memcmp(name, gossip, sizeof(gossip) - 1) == 0) ||
         (len >= sizeof(mark) - 1 && memcmp(name, mark, sizeof(mark) - 1) == 0);
}

static int hr_subs_check(haredis_client *c, int kind, const char *name, size_t len,
                         haredis_message_fn *fn) {
  if (c->refusing) {
    return hr_client_refuse(c);
  }
  if (kind < HAREDIS_CHANNEL || kind > HAREDIS_SHARD) {
    return hr_client_fail(c, HAREDIS_ERR_OPTION, "no such kind of channel: %d", kind);
  }
  if (fn == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_OPTION, "a subscription without a handler");
  }
  if (name == NULL || len == 0 || len > UINT32_MAX / 4) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "the name of the channel is %s",
                          name == NULL ? "NULL" : len == 0 ? "empty" : "too long");
  }
  if (hr_subs_is_ours(c, name, len)) {
    return hr_client_fail(c, HAREDIS_ERR_UNSUPPORTED,
                          "channels of %s:gossip: and %s:mark: are the client's own", c->prefix,
                          c->prefix);
  }
  return HAREDIS_OK;
}

/* A channel that nobody had: it belongs to the open round. */
static void hr_subs_ask(struct hr_subs *subs, struct hr_channel *channel) {
  haredis_client *c = subs->client;
  channel->serial = subs->open;
  subs->unsettled_ms = hr_loop_now(c->loop);
  subs->asked = subs->unsent = true;
  if (subs->open_order == INT64_MAX) {
    subs->open_order = c->order;
    subs->settled_order = c->order < subs->settled_order ? c->order : subs->settled_order;
  }
  hr_wire_dirty(subs, channel);
}

haredis_subscription *haredis_subscribe_bytes(haredis_client *c, int kind, const char *name,
                                              size_t len, haredis_message_fn *fn, void *data) {
  if (c == NULL || hr_subs_check(c, kind, name, len, fn) != HAREDIS_OK) {
    return NULL;
  }
  struct hr_subs *subs = hr_subs_get(c);
  haredis_subscription *s = subs != NULL ? hr_alloc(sizeof(*s)) : NULL;
  bool fresh; /* or it was left by all a moment ago: the same to us */
  if (s == NULL) {
    hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
    return NULL;
  }
  *s = (haredis_subscription){.client = c, .fn = fn, .data = data};
  if (hr_channels_add(&subs->channels, (enum hr_channel_kind)kind, name, len, &s->handle,
                      &fresh) != 0) {
    hr_free(s);
    hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
    return NULL;
  }
  struct hr_channel *channel = s->handle.channel;
  if (channel->live == 1) {
    subs->alive++;
    if ((channel->state & HR_CHANNEL_ASKED) == 0) { /* else its last handle went in this turn */
      hr_subs_ask(subs, channel);
    }
  }
  subs->told = false; /* also where another handle has it already: whoever asks is told */
  hr_wire_soon(subs);
  return s;
}

static haredis_subscription *hr_subs_text(haredis_client *c, int kind, const char *name,
                                          haredis_message_fn *fn, void *data) {
  return haredis_subscribe_bytes(c, kind, name, name != NULL ? strlen(name) : 0, fn, data);
}

haredis_subscription *haredis_subscribe(haredis_client *c, const char *channel,
                                        haredis_message_fn *fn, void *data) {
  return hr_subs_text(c, HAREDIS_CHANNEL, channel, fn, data);
}

haredis_subscription *haredis_psubscribe(haredis_client *c, const char *pattern,
                                         haredis_message_fn *fn, void *data) {
  return hr_subs_text(c, HAREDIS_PATTERN, pattern, fn, data);
}

haredis_subscription *haredis_ssubscribe(haredis_client *c, const char *channel,
                                         haredis_message_fn *fn, void *data) {
  return hr_subs_text(c, HAREDIS_SHARD, channel, fn, data);
}

/* ---- unsubscribe ---- */

void haredis_unsubscribe(haredis_subscription *s) {
  if (s == NULL) {
    return;
  }
  haredis_client *c = s->client;
  struct hr_subs *subs = c->subs;
  struct hr_channel *channel = s->handle.channel;
  if (!hr_channels_remove(&subs->channels, &s->handle) || c->ending) {
    return;
  }
  subs->alive--;
  if ((channel->state & HR_CHANNEL_REFUSED) != 0) {
    channel->state &= (uint8_t)~HR_CHANNEL_REFUSED;
    subs->refused--;
  }
  hr_wire_dirty(subs, channel);
}

int haredis_subscription_state(const haredis_subscription *s) {
  if (s == NULL) {
    return HAREDIS_SUBSCRIPTION_REFUSED; /* so was the call that should have made it */
  }
  const struct hr_channel *channel = s->handle.channel;
  const haredis_client *c = s->client;
  int node = c->topology.sub_node;
  bool denied = node >= 0 && c->driver != NULL && c->control->feed_is_denied(c->driver, node);
  if (!denied && (channel->state & HR_CHANNEL_DOUBT) != 0) {
    return HAREDIS_SUBSCRIPTION_PENDING;
  }
  if (denied || (channel->state & HR_CHANNEL_REFUSED) != 0) {
    return HAREDIS_SUBSCRIPTION_REFUSED;
  }
  return hr_subs_in_force(s->client->subs, channel) ? HAREDIS_SUBSCRIPTION_READY
                                                    : HAREDIS_SUBSCRIPTION_PENDING;
}
