/*
 * What the servers answer to subscriptions. A barrier proves everything sent before it. A command
 * that was refused names many channels, of which perhaps one is forbidden: each is asked alone.
 *
 * It must not know: handlers, messages.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/subscribe.h"

/* ---- a barrier ---- */

static void hr_subs_proved(struct hr_subs *subs, int node, uint32_t serial) {
  haredis_client *c = subs->client;
  struct hr_wire_link *link = &subs->links[node];
  link->waiting = false;
  link->answered = serial - 1;
  uint32_t carry = link->carry;
  if (carry != 0 && link->work == HR_WIRE_REST &&
      (int32_t)(link->answered - link->carry_cover) >= 0) {
    struct hr_feed_event event = {.kind = HR_FEED_IN_FORCE, .node = node, .serial = carry};
    link->carry = 0;
    hr_subs_step(subs, &event);
  }
  if (!c->ending) {
    hr_wire_barrier(subs, node);
    hr_wire_round(subs);
    hr_wire_soon(subs); /* settles; once for all that this turn has brought */
  }
}

/* ---- a refusal ---- */

/* For people: a name may hold any bytes. */
static void hr_subs_printable(const char *name, size_t len, char *out, size_t size) {
  size_t shown = len < size ? len : size - 1;
  for (size_t i = 0; i < shown; i++) {
    out[i] = (char)(isprint((unsigned char)name[i]) ? name[i] : '?');
  }
  out[shown] = '\0';
}

static bool hr_subs_is_mark(const struct hr_subs *subs, enum hr_channel_kind kind,
                            const char *name, size_t len) {
  return kind == HR_KIND_CHANNEL && len == subs->mark_len && memcmp(name, subs->mark, len) == 0;
}

/* Still: somebody may have left it, or left it and come again, of which the links hear later. */
static bool hr_subs_is_asked(const struct hr_subs *subs, enum hr_channel_kind kind,
                             const char *name, size_t len) {
  const struct hr_channel *channel = hr_channels_find(&subs->channels, kind, name, len);
  if (channel == NULL) {
    return hr_subs_is_mark(subs, kind, name, len);
  }
  return channel->live > 0 && (channel->state & (HR_CHANNEL_ASKED | HR_CHANNEL_REFUSED)) != 0;
}

static void hr_subs_refuse(struct hr_subs *subs, int node, enum hr_channel_kind kind,
                           const char *name, size_t len, const char *error) {
  struct hr_channel *channel = hr_channels_find(&subs->channels, kind, name, len);
  if (!hr_subs_is_asked(subs, kind, name, len)) {
    return;
  }
  if (channel != NULL) {
    hr_wire_doubt(subs, channel);
    subs->refused += (channel->state & HR_CHANNEL_REFUSED) == 0;
    channel->state &= (uint8_t)~HR_CHANNEL_ASKED;
    channel->state |= HR_CHANNEL_REFUSED;
  }
  if (channel != NULL && node != subs->feed.source && hr_wire_moves(subs)) {
    return; /* should that become the source it is asked again */
  }
  static const char *const kinds[] = {"channel", "pattern", "sharded channel"};
  char text[256], shown[64];
  hr_subs_printable(name, len, shown, sizeof(shown));
  snprintf(text, sizeof(text), "the subscription to %s %s is refused: %.120s", kinds[kind], shown,
           error);
  hr_log(subs->client, HAREDIS_LOG_WARNING, "%s: %s", subs->client->addresses.list[node].name,
         text);
  if (!subs->client->ending) {
    hr_tell(subs->client, HAREDIS_EVENT_WARNING, node, 0, 0, text);
  }
}

static bool hr_subs_is_busy(const char *error) {
  static const char *const passing[] = {"BUSY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"};
  for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++) {
    if (strncmp(error, passing[i], strlen(passing[i])) == 0) {
      return true;
    }
  }
  return false;
}

/* The words are our own: with a P, with another S, or UN in it. */
static bool hr_subs_kind_of(const char *verb, size_t len, enum hr_channel_kind *kind) {
  *kind = verb[0] == 'P' ? HR_KIND_PATTERN : verb[1] == 'S' ? HR_KIND_SHARD : HR_KIND_CHANNEL;
  return len <= strlen("PSUBSCRIBE");
}

/* Their own barrier proves what is asked alone; what waited for the first one waits for it. */
static void hr_subs_ask_alone(struct hr_subs *subs, int node, uint32_t serial,
                              enum hr_channel_kind kind, int argc, const char **argv,
                              const size_t *argvlen) {
  struct hr_wire_link *link = &subs->links[node];
  for (int i = 1; i < argc; i++) {
    if (hr_subs_is_asked(subs, kind, argv[i], argvlen[i])) {
      hr_wire_alone(subs, node, kind, argv[i], argvlen[i]);
    }
  }
  if ((int32_t)(link->carry_cover - serial) >= 0) {
    link->carry_cover = link->number;
  }
  if ((int32_t)(link->round_cover - serial) >= 0) {
    link->round_cover = link->number;
  }
  hr_wire_barrier(subs, node);
}

/* The words lie in the link, which the asking may move. */
static void hr_subs_refused(struct hr_subs *subs, int node, uint32_t serial, const char *error) {
  haredis_client *c = subs->client;
  size_t len = 0;
  const char *bytes = c->control->feed_refused(c->driver, node, &len);
  if (hr_subs_is_busy(error)) {
    hr_wire_fail(subs, node, HR_WIRE_BUSY_MS);
    return;
  }
  if (!hr_feed_carries(&subs->feed, node)) {
    return; /* it was left meanwhile */
  }
  int argc = hr_words_split(bytes, len, NULL, NULL, 0);
  size_t words = (size_t)(argc > 0 ? argc : 1);
  char *copy = hr_alloc(len + 1);
  const char **argv = hr_alloc(words * sizeof(*argv));
  size_t *argvlen = hr_alloc(words * sizeof(*argvlen));
  enum hr_channel_kind kind;
  if (copy == NULL || argv == NULL || argvlen == NULL) {
    hr_wire_fail(subs, node, HR_WIRE_AGAIN_MS);
  } else {
    memcpy(copy, bytes, len);
    hr_words_split(copy, len, argv, argvlen, argc);
    bool subscribes = argc > 1 && hr_subs_kind_of(argv[0], argvlen[0], &kind);
    if (subscribes && argc == 2) {
      hr_subs_refuse(subs, node, kind, argv[1], argvlen[1], error);
    } else if (subscribes) {
      hr_subs_ask_alone(subs, node, serial, kind, argc, argv, argvlen);
    }
  }
  hr_free(copy);
  hr_free(argv);
  hr_free(argvlen);
}

void hr_subs_answer(int node, uint32_t serial, const char *error, void *owner) {
  haredis_client *c = owner;
  if (c->subs == NULL || c->ending) {
    return;
  }
  hr_client_enter(c);
  if ((serial & 1) != 0) {
    hr_subs_proved(c->subs, node, serial);
  } else if (error != NULL) {
    hr_subs_refused(c->subs, node, serial, error);
  }
  hr_client_leave(c);
}
