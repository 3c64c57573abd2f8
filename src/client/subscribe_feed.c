/*
 * The feed's decisions, carried out: what it is told, what it wants done, and what the user hears
 * of it. It is stepped here alone. What happens while its actions are carried out (a handler may
 * do anything) waits until they are done.
 *
 * It must not know: commands of Redis, handlers.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "client/subscribe.h"
#include "io/wall.h"

#define HR_MARK_NOT_NOW_MS 2 /* the master is paused, or a change of it is being guarded */

/* ---- what is in force, and who waits for it ---- */

bool hr_subs_in_force(const struct hr_subs *subs, const struct hr_channel *channel) {
  bool force = subs->feed.phase != HR_FEED_NONE && subs->feed.phase != HR_FEED_CARRYING;
  return force && (int32_t)(channel->serial - subs->confirmed) <= 0;
}

static bool hr_subs_complete(const struct hr_subs *subs) {
  return hr_feed_settled(&subs->feed) && subs->feed.wanted && subs->feed.source >= 0 &&
         !subs->asked && !subs->closing && subs->doubts == 0 && subs->alive > subs->refused;
}

static void hr_subs_tell_ready(struct hr_subs *subs) {
  haredis_client *c = subs->client;
  int node = subs->feed.source;
  size_t count = subs->alive - subs->refused;
  char text[64];
  subs->told = true;
  snprintf(text, sizeof(text), "%zu subscription%s in force", count, count == 1 ? "" : "s");
  hr_log(c, HAREDIS_LOG_INFO, "%s on %s", text, c->addresses.list[node].name);
  if (!c->ending) {
    hr_tell(c, HAREDIS_EVENT_SUBSCRIBED, node, c->topology.epoch.n, (int64_t)count, text);
  }
}

void hr_subs_settle(struct hr_subs *subs) {
  int64_t before = subs->settled_order;
  int64_t asked =
      subs->open_order < subs->closing_order ? subs->open_order : subs->closing_order;
  subs->settled_order = hr_feed_settled(&subs->feed) ? asked : INT64_MIN;
  if (before == INT64_MAX && subs->settled_order != INT64_MAX) {
    subs->unsettled_ms = hr_loop_now(subs->client->loop);
  }
  if (subs->settled_order > before) {
    hr_client_pump_soon(subs->client);
  }
  if (!subs->told && hr_subs_complete(subs)) {
    hr_subs_tell_ready(subs);
  }
}

/* ---- actions ---- */

/* The feed counts from a clock that nobody else has. */
static void hr_subs_tell_gap(struct hr_subs *subs, const struct hr_feed_action *action) {
  haredis_client *c = subs->client;
  int64_t wall = hr_wall_ms() - hr_loop_now(c->loop);
  char text[96];
  snprintf(text, sizeof(text), "messages of %" PRId64 " ms may be missing",
           action->until_ms - action->from_ms);
  hr_log(c, HAREDIS_LOG_INFO, "subscriptions: %s", text);
  if (!c->ending) {
    hr_tell_gap(c, action->node, wall + action->from_ms, wall + action->until_ms, text);
  }
}

/* What cannot be published now is tried again for as long as the feed waits for it. */
static void hr_subs_publish_mark(struct hr_subs *subs) {
  haredis_client *c = subs->client;
  char payload[20];
  if (subs->mark_nonce == 0 || subs->mark_nonce != subs->feed.nonce) {
    subs->mark_nonce = 0;
    return;
  }
  snprintf(payload, sizeof(payload), "%016" PRIx64, subs->mark_nonce);
  if (c->control->feed_mark(c->driver, subs->mark_node, subs->mark, payload)) {
    subs->mark_nonce = 0;
  }
}

static void hr_subs_perform(struct hr_subs *subs, const struct hr_feed_action *action) {
  switch (action->kind) {
    case HR_FEED_DO_CARRY:
      hr_wire_carry(subs, action->node, action->serial);
      break;
    case HR_FEED_DO_LEAVE:
      hr_wire_leave(subs, action->node);
      break;
    case HR_FEED_DO_MARK:
      subs->mark_node = action->node;
      subs->mark_nonce = action->nonce;
      hr_subs_publish_mark(subs);
      break;
    case HR_FEED_DO_LOOK:
      hr_client_hint_soon(subs->client, action->node);
      break;
    case HR_FEED_DO_DELIVER_OLD:
      hr_held_deliver(subs, &subs->old);
      break;
    case HR_FEED_DO_DELIVER_NEW:
      hr_held_deliver(subs, &subs->new);
      break;
    case HR_FEED_DO_DROP_OLD:
      hr_held_drop(subs, &subs->old);
      break;
    case HR_FEED_DO_DROP_NEW:
      hr_held_drop(subs, &subs->new);
      break;
    case HR_FEED_DO_GAP:
      hr_subs_tell_gap(subs, action);
      break;
    case HR_FEED_DO_READY:
      subs->told = false;
      break;
    case HR_FEED_DO_LOG:
      hr_log(subs->client, HAREDIS_LOG_DEBUG, "%s", action->text);
      break;
  }
}

/* ---- events ---- */

/* Of topologies only the last one counts. Everything else that can happen while actions are carried
 * out comes once per node: a link that went down does not come up before the loop turns. */
static void hr_subs_queue(struct hr_subs *subs, const struct hr_feed_event *event) {
  for (size_t i = 0; i < subs->events_count && event->kind == HR_FEED_TARGET; i++) {
    struct hr_feed_event *at =
        &subs->events[(subs->events_first + i) % HR_SUBS_EVENTS_MAX];
    if (at->kind == HR_FEED_TARGET) {
      /* A master that was never told of must not make an accident look planned. */
      bool told = hr_epoch_compare(&at->epoch, &subs->feed.epoch) == 0;
      bool planned = event->planned && (told || at->planned);
      *at = *event;
      at->planned = planned;
      return;
    }
  }
  assert(subs->events_count < HR_SUBS_EVENTS_MAX);
  size_t last = (subs->events_first + subs->events_count++) % HR_SUBS_EVENTS_MAX;
  subs->events[last] = *event;
}

static void hr_subs_take(struct hr_subs *subs) {
  haredis_client *c = subs->client;
  struct hr_feed_event event = subs->events[subs->events_first];
  subs->events_first = (subs->events_first + 1) % HR_SUBS_EVENTS_MAX;
  subs->events_count--;
  event.now = hr_loop_now(c->loop);
  if (event.now < subs->feed.now) {
    event.now = subs->feed.now; /* outside the loop time is read, inside it is that of the turn */
  }
  hr_feed_step(&subs->feed, &event, &subs->actions);
  for (int node = 0; node < (int)subs->feed.config.nodes; node++) {
    subs->verdicts[node] = (uint8_t)hr_feed_judge(&subs->feed, node);
  }
  for (size_t i = 0; i < subs->actions.count && !c->ending; i++) {
    hr_subs_perform(subs, &subs->actions.list[i]);
  }
}

void hr_subs_step(struct hr_subs *subs, const struct hr_feed_event *event) {
  haredis_client *c = subs->client;
  hr_subs_queue(subs, event);
  if (subs->stepping) {
    return;
  }
  hr_client_enter(c);
  subs->stepping = true;
  while (subs->events_count > 0 && !c->ending) {
    hr_subs_take(subs);
  }
  subs->stepping = false;
  if (!c->ending) {
    hr_subs_settle(subs);
    hr_subs_arm(subs);
  }
  hr_client_leave(c);
}

void hr_subs_topology(haredis_client *c) {
  if (c->subs == NULL || c->ending) {
    return;
  }
  const struct hr_topology *topology = &c->topology;
  struct hr_feed_event event = {
      .kind = HR_FEED_TARGET,
      .node = topology->sub_node,
      .master = topology->master,
      .epoch = topology->epoch,
      .planned = topology->planned,
      .cut_off = topology->pause == HR_PAUSE_NO_QUORUM,
  };
  if (event.master >= 0 && hr_epoch_compare(&event.epoch, &c->subs->feed.epoch) != 0) {
    c->subs->unsettled_ms = hr_loop_now(c->loop);
  }
  hr_subs_step(c->subs, &event);
}

void hr_subs_up(int node, void *owner) {
  haredis_client *c = owner;
  if (c->subs == NULL || c->ending) {
    return;
  }
  struct hr_feed_event event = {.kind = HR_FEED_LINK_UP, .node = node};
  hr_wire_forget(c->subs, node);
  hr_subs_step(c->subs, &event);
}

void hr_subs_down(int node, void *owner) {
  haredis_client *c = owner;
  if (c->subs == NULL || c->ending) {
    return;
  }
  struct hr_feed_event event = {.kind = HR_FEED_LINK_DOWN, .node = node};
  hr_wire_forget(c->subs, node);
  hr_wire_soon(c->subs); /* a round may have waited for it alone */
  hr_subs_step(c->subs, &event);
}

/* Its name is the same on every node. */
void hr_subs_beat(int node, const struct hr_gossip *beat, void *owner) {
  haredis_client *c = owner;
  if (c->subs == NULL || c->ending) {
    return;
  }
  uint64_t name = hr_hash(beat->client, strlen(beat->client)) ^ beat->seq;
  struct hr_feed_event event = {
      .kind = HR_FEED_BEAT,
      .since = hr_loop_unread_since(c->loop),
      .node = node,
      .epoch = beat->epoch,
      .nonce = name != 0 ? name : 1,
  };
  hr_subs_step(c->subs, &event);
}

void hr_subs_look(int node, bool copied, void *owner) {
  haredis_client *c = owner;
  if (c->subs == NULL || c->ending) {
    return;
  }
  struct hr_feed_event event = {.kind = HR_FEED_LOOK, .node = node, .copied = copied};
  hr_subs_step(c->subs, &event);
}

/* ---- time ---- */

void hr_subs_arm(struct hr_subs *subs) {
  haredis_client *c = subs->client;
  if (c->ending) {
    return;
  }
  hr_msec now = hr_loop_now(c->loop), at = hr_feed_deadline(&subs->feed);
  if (hr_wire_works(subs) || subs->again_ms > now) {
    at = subs->again_ms < at ? subs->again_ms : at;
  }
  if (subs->mark_nonce != 0 && now + HR_MARK_NOT_NOW_MS < at) {
    at = now + HR_MARK_NOT_NOW_MS;
  }
  hr_client_timer_set(c, &subs->timer, at - now < HR_REST_MS ? at - now : HR_REST_MS);
}

static void hr_subs_on_timer(struct hr_timer *timer, void *owner) {
  struct hr_subs *subs = owner;
  haredis_client *c = subs->client;
  struct hr_feed_event event = {.kind = HR_FEED_TIME};
  hr_client_timer_rest(c, timer);
  hr_client_enter(c);
  hr_subs_publish_mark(subs);
  hr_subs_step(subs, &event);
  hr_wire_soon(subs);
  hr_client_leave(c);
}

/* ---- birth ---- */

/* As the core takes it: heartbeats come by it. */
static hr_msec hr_subs_fence_ms(const haredis_client *c) {
  const haredis_options *o = &c->options;
  return o->fence_ms != 0 ? o->fence_ms : o->down_after_ms * 3 / 10;
}

/* Some round trips where servers are near; where they are not, the feed waits longer each time. */
static hr_msec hr_subs_mark_ms(const haredis_client *c) {
  hr_msec again = c->options.down_after_ms / 20;
  return again < 10 ? 10 : again > 100 ? 100 : again;
}

static void hr_subs_configure(struct hr_subs *subs) {
  haredis_client *c = subs->client;
  struct hr_feed_config config = {
      .nodes = c->addresses.count,
      .patience_ms = c->options.down_after_ms,
      .mark_again_ms = hr_subs_mark_ms(c),
      .beat_ms = hr_core_beat_ms(hr_subs_fence_ms(c)),
      .quiet_ms = hr_core_quiet_ms(hr_subs_fence_ms(c)),
  };
  for (size_t i = 0; i < c->addresses.count; i++) {
    config.names[i] = c->addresses.list[i].name;
  }
  hr_feed_init(&subs->feed, &config, hr_prng_next(&c->prng));
}

int hr_subs_begin(struct hr_subs *subs) {
  haredis_client *c = subs->client;
  subs->later = (struct hr_later){.fn = hr_wire_turn, .owner = subs};
  subs->open = 1;
  subs->open_order = subs->closing_order = subs->settled_order = INT64_MAX;
  subs->mark = c->control->feed_channel(c->driver);
  subs->mark_len = strlen(subs->mark);
  hr_subs_configure(subs);
  if (hr_client_timer_make(c, &subs->timer, hr_subs_on_timer, subs) != 0) {
    return -1;
  }
  c->subs = subs;
  for (int node = 0; node < (int)c->addresses.count; node++) {
    hr_wire_forget(subs, node);
    if (c->control->feed_is_up(c->driver, node)) {
      hr_subs_up(node, c);
    }
  }
  if (c->topology.version != 0) {
    hr_subs_topology(c);
  }
  return 0;
}
