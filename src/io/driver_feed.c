/*
 * The pub/sub link of a node. It carries our own gossip, and what users subscribe to beside it:
 *
 *   up ─▶ SUBSCRIBE gossip ─confirmed─▶ feed_up ─▶ users' [P|S](UN)SUBSCRIBE ─▶ feed_answer
 *   look ─▶ feed_look
 *   message ─┬─ on a channel of our gossip ─▶ the core; a heartbeat also ─▶ feed_beat
 *            └─ any other, our own marks included ─▶ feed_message
 *   down, closed ─▶ feed_down, once for each feed_up
 *
 * The link is dialled again by itself whenever the control link is up and it is not: a master that
 * is demoted closes its clients, this one too.
 *
 * Must not know who subscribes, nor which node's messages count.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#define BACKOFF_MIN_MS 1
#define BACKOFF_MAX_MS 1000
#define SOUND_MS 1000 /* a link that lived this long ends the backoff */

static const char *name_of(const struct hr_dnode *node) {
  return node->config.name;
}

/* ----------------------------------------------------------------------------- up and down --- */

static void redial_later(struct hr_dnode *node) {
  if (!node->greeted) return; /* with the control link, then */
  hr_msec now = hr_loop_now(node->driver->loop);
  bool sound = node->gossip_up_ms && now - node->gossip_up_ms >= SOUND_MS;
  if (sound || !node->gossip_backoff_ms) node->gossip_backoff_ms = BACKOFF_MIN_MS;
  hr_timer_set(node->driver->loop, &node->gossip_timer, now + node->gossip_backoff_ms);
  node->gossip_backoff_ms *= 2;
  if (node->gossip_backoff_ms > BACKOFF_MAX_MS) node->gossip_backoff_ms = BACKOFF_MAX_MS;
}

static void tell_down(struct hr_dnode *node) {
  struct hr_driver *driver = node->driver;
  bool told = node->fed;
  node->fed = false;
  if (told && !driver->dead && driver->hooks.feed_down) {
    driver->hooks.feed_down(node->index, driver->owner);
  }
}

void hr_dfeed_close(struct hr_dnode *node) {
  node->gossip_pinged = false;
  node->gossip_up_ms = 0;
  hr_link_close(node->gossip);
  tell_down(node);
}

/* Nobody who uses this client subscribes to anything there: a person is told, once. */
static void tell_deaf(struct hr_dnode *node, const char *why) {
  const struct hr_driver *driver = node->driver;
  struct hr_action action = {.kind = HR_DO_TELL, .tell = HR_TELL_WARNING, .node = node->index};
  node->denied = strncmp(why, "NOPERM", 6) == 0;
  bool news = !node->deaf_told && node->denied;
  node->deaf_told = true;
  if (!news || !driver->hooks.tell || driver->dead) return;
  snprintf(action.u.text, sizeof action.u.text,
           "refuses our own channels, without which nothing is subscribed to: %.110s", why);
  driver->hooks.tell(&action, driver->owner);
}

/* A busy server refuses; a link that stayed deaf would be no use, and no PING would tell. */
static void refused(struct hr_dnode *node, const char *why) {
  struct hr_driver *driver = node->driver;
  hr_driver_log(driver, node->deaf_told ? HR_LEVEL_DEBUG : HR_LEVEL_WARNING, "%s: no gossip: %s",
                name_of(node), why);
  tell_deaf(node, why);
  if (driver->dead) return;
  hr_dfeed_close(node);
  if (!driver->dead) redial_later(node);
}

static void subscribed(struct hr_link *link, struct hr_request *request,
                       struct redisReply *reply) {
  (void)link;
  struct hr_dnode *node = request->owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (reply->type == REDIS_REPLY_ERROR) {
    refused(node, reply->str);
  } else {
    node->fed = true;
    node->denied = false;
    node->gossip_said = 0;
    if (driver->hooks.feed_up) driver->hooks.feed_up(node->index, driver->owner);
  }
  hr_driver_leave(driver);
}

static void subscribe(struct hr_dnode *node) {
  const struct hr_driver *driver = node->driver;
  const char *const argv[] = {"SUBSCRIBE", driver->channels[HR_GOSSIP_HEARTBEAT],
                              driver->channels[HR_GOSSIP_MASTER]};
  struct hr_request request = {.fn = subscribed, .owner = node};
  if (hr_link_send(node->gossip, &request, 3, argv, NULL)) hr_dfeed_close(node);
}

static void on_up(struct hr_link *link, void *owner) {
  (void)link;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  node->gossip_up_ms = hr_loop_now(driver->loop);
  subscribe(node);
  if (hr_link_is_down(node->gossip)) redial_later(node);
  hr_driver_leave(driver);
}

static void on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  (void)link;
  (void)why;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (hr_dnode_is_news(&node->gossip_said, text)) {
    hr_driver_log(driver, HR_LEVEL_DEBUG, "gossip: %s", text);
  }
  node->gossip_pinged = false;
  if (!driver->dead) redial_later(node);
  node->gossip_up_ms = 0;
  tell_down(node);
  hr_driver_leave(driver);
}

/* Our PING, or what feed_down speaks for. */
static void on_lost(struct hr_link *link, const struct hr_request *request, const char *bytes,
                    size_t len, bool sent, void *owner) {
  (void)link;
  (void)request;
  (void)bytes;
  (void)len;
  (void)sent;
  struct hr_dnode *node = owner;
  node->gossip_pinged = false;
}

void hr_dfeed_redial(struct hr_timer *timer, void *owner) {
  (void)timer;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (node->greeted && hr_link_is_down(node->gossip)) hr_link_dial(node->gossip);
  hr_driver_leave(driver);
}

/* ---------------------------------------------------------------------------------- gossip --- */

static void hear(struct hr_dnode *node, enum hr_gossip_kind kind,
                 const struct hr_link_message *heard) {
  struct hr_driver *driver = node->driver;
  struct hr_gossip_message message;
  struct hr_gossip gossip = {.kind = kind, .node = -1};
  if (!hr_gossip_parse(heard->payload, heard->payload_len, &message)) {
    hr_driver_log(driver, HR_LEVEL_DEBUG, "%s: gossip that nobody of us wrote", name_of(node));
    return;
  }
  snprintf(gossip.client, sizeof gossip.client, "%s", message.client);
  gossip.seq = message.seq;
  gossip.epoch = message.epoch;
  gossip.node = hr_names_find_canonical(&driver->names, message.node);
  struct hr_event event = {.kind = HR_EV_GOSSIP, .node = node->index, .gossip = &gossip};
  hr_driver_feed(driver, &event);
  if (driver->dead || kind != HR_GOSSIP_HEARTBEAT || gossip.epoch.n == 0) return;
  if (driver->hooks.feed_beat) driver->hooks.feed_beat(node->index, &gossip, driver->owner);
}

/* While it is not linked it is told nothing: the next look compares with the one before. */
void hr_dfeed_looked(struct hr_dnode *node, const struct hr_stream *found) {
  struct hr_driver *driver = node->driver;
  if (!found->known) return;
  bool copied = !hr_stream_goes_on(&node->stream, found);
  node->stream = *found;
  if (driver->hooks.feed_look) driver->hooks.feed_look(node->index, copied, driver->owner);
}

/* -------------------------------------------------------------------------------- messages --- */

static void hand_out(struct hr_dnode *node, const struct hr_link_message *message) {
  struct hr_driver *driver = node->driver;
  if (driver->hooks.feed_message) {
    driver->hooks.feed_message(node->index, message, driver->owner);
  }
}

static bool begins(const struct hr_link_message *message, size_t at, const char *text,
                   size_t len) {
  return message->channel_len >= at + len && !memcmp(message->channel + at, text, len);
}

/* Its channel begins with our prefix: ours, or by chance a user's. */
static void take_prefixed(struct hr_dnode *node, const struct hr_link_message *message) {
  const struct hr_driver *driver = node->driver;
  size_t at = driver->prefix_len;
  if (!begins(message, at, ":gossip:", 8) && !begins(message, at, ":mark:", 6)) {
    hand_out(node, message);
  } else if (message->kind != 'm') {
    return; /* a user's pattern matches it, too */
  } else if (!strcmp(message->channel, driver->channels[HR_GOSSIP_HEARTBEAT])) {
    hear(node, HR_GOSSIP_HEARTBEAT, message);
  } else if (!strcmp(message->channel, driver->channels[HR_GOSSIP_MASTER])) {
    hear(node, HR_GOSSIP_MASTER, message);
  } else if (!strcmp(message->channel, driver->mark_channel)) {
    hand_out(node, message);
  }
}

static void on_message(struct hr_link *link, const struct hr_link_message *message, void *owner) {
  (void)link;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (message->channel[0] == driver->prefix[0] &&
      begins(message, 0, driver->prefix, driver->prefix_len)) {
    take_prefixed(node, message);
  } else {
    hand_out(node, message);
  }
  hr_driver_leave(driver);
}

static void on_ahead(struct hr_link *link, const struct hr_link_message *messages, size_t count,
                     void *owner) {
  (void)link;
  const struct hr_dnode *node = owner;
  const struct hr_driver *driver = node->driver;
  if (driver->hooks.feed_ahead) {
    driver->hooks.feed_ahead(node->index, messages, count, driver->owner);
  }
}

const struct hr_link_hooks hr_dfeed_hooks = {
    .up = on_up, .down = on_down, .lost = on_lost, .message = on_message, .ahead = on_ahead};

/* ------------------------------------------------------------------------------- the feed ---- */

bool hr_driver_feed_is_up(const struct hr_driver *driver, int node) {
  assert(node >= 0 && (size_t)node < driver->count);
  const struct hr_dnode *to = &driver->nodes[node];
  return to->fed && hr_link_is_up(to->gossip);
}

bool hr_driver_feed_is_denied(const struct hr_driver *driver, int node) {
  assert(node >= 0 && (size_t)node < driver->count);
  return driver->nodes[node].denied;
}

static void answered(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  (void)link;
  struct hr_dnode *node = request->owner;
  struct hr_driver *driver = node->driver;
  const char *error = reply->type == REDIS_REPLY_ERROR ? reply->str : NULL;
  hr_driver_enter(driver);
  if (driver->hooks.feed_answer) {
    driver->hooks.feed_answer(node->index, request->aux, error, driver->owner);
  }
  hr_driver_leave(driver);
}

int hr_driver_feed_send(struct hr_driver *driver, int node, uint32_t serial, int argc,
                        const char *const *argv, const size_t *argvlen) {
  assert(argc > 0);
  if (driver->dead || !hr_driver_feed_is_up(driver, node)) return -1;
  struct hr_dnode *to = &driver->nodes[node];
  struct hr_request request = {.fn = answered, .owner = to, .aux = serial};
  return hr_link_send(to->gossip, &request, argc, argv, argvlen);
}

const char *hr_driver_feed_refused(const struct hr_driver *driver, int node, size_t *len) {
  assert(node >= 0 && (size_t)node < driver->count);
  return hr_link_answered_bytes(driver->nodes[node].gossip, len);
}

/* The DEL of a mark was answered. A master that takes no writes now (its disk is full, too few
 * replicas are attached) refuses the transaction as well as one that is no master any more, but its
 * messages are heard: there the mark goes as it is; the last one alone, for each shall stand at one
 * place of the stream. */
static void mark_guarded(struct hr_link *link, struct hr_request *request,
                         struct redisReply *reply) {
  const struct hr_dnode *node = request->owner;
  const char *const argv[] = {"PUBLISH", node->driver->mark_channel, node->mark};
  const struct hr_request bare = {.fn = NULL};
  enum hr_refusal refusal = hr_refusal_of(reply);
  if (request->aux != node->marks) return;
  if (refusal == HR_REFUSAL_CANNOT_WRITE || refusal == HR_REFUSAL_OOM) {
    (void)hr_link_send(link, &bare, 3, argv, NULL); /* no memory: it was lost */
  }
}

/* On a master that we paused it would wait, and with it what is to end the pause. Its EXEC would
 * lift a WATCH that is to guard a change. */
bool hr_driver_feed_mark(struct hr_driver *driver, int node, const char *channel,
                         const char *payload) {
  assert(node >= 0 && (size_t)node < driver->count);
  struct hr_dnode *to = &driver->nodes[node];
  struct hr_words words = {.channel = channel, .payload = payload};
  if (driver->dead || !to->greeted || !hr_link_is_up(to->control)) return false;
  if (hr_loop_now(driver->loop) < to->held_until_ms || hr_say_guards(to)) return false;
  if (!hr_packet_say(to, NULL, HR_PACKET_FEED_MARK, HR_WHEN_ALWAYS, &words)) return false;
  snprintf(to->mark, sizeof to->mark, "%s", payload);
  struct hr_request *guard = hr_link_at(to->control, hr_link_unanswered(to->control) - 2);
  guard->fn = mark_guarded; /* the last but one line is the DEL */
  guard->owner = to;
  guard->aux = ++to->marks;
  return true;
}

const char *hr_driver_feed_channel(const struct hr_driver *driver) {
  return driver->mark_channel;
}
