/*
 * The links of a node: dialling, the handshake of the control link, signs of life.
 *
 *   control   dialled by the core's word; which process is this? leaves in the same round trip as
 *             the handshake ─▶ greeted ─▶ HR_EV_LINK_UP
 *   gossip    dialled together with it, or behind it where it was refused; the rest of its life is
 *             in driver_feed.c
 *
 * Must not know roles, nor what a packet means.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define GREET_AGAIN_MS 50        /* a busy server is asked again for its run id */
#define COMMAND_AFTER_MS 100     /* a large reply: not in the midst of a failover */

static const char *name_of(const struct hr_dnode *node) {
  return node->config.name;
}

static void feed_heard(struct hr_dnode *node, hr_msec at_ms) {
  if (at_ms <= node->heard_ms) return;
  node->heard_ms = at_ms;
  struct hr_event event = {.kind = HR_EV_HEARD, .node = node->index, .at_ms = at_ms};
  hr_driver_feed(node->driver, &event);
}

static void feed_down(struct hr_dnode *node, enum hr_down why) {
  struct hr_event event = {.kind = HR_EV_LINK_DOWN, .node = node->index, .why = why};
  hr_driver_feed(node->driver, &event);
}

static void forget_connection(struct hr_dnode *node) {
  node->greeted = false;
  node->watched = 0;
  node->pinged = false;
  node->refuses = false;
  node->group_garbage = false;
  node->notes_garbage = false;
  hr_timer_clear(node->driver->loop, &node->greet_timer);
  hr_timer_clear(node->driver->loop, &node->command_timer);
}

/* --------------------------------------------------------------------------- handshake ------- */

static int version_of(const char *text) {
  char *end;
  long major = strtol(text, &end, 10);
  if (major < 0 || major > 10000 || *end != '.') return 0;
  long minor = strtol(end + 1, NULL, 10);
  return (int)(100 * major + (minor < 0 || minor > 99 ? 99 : minor));
}

/* Once as a warning; it will be dialled for as long as the client lives. */
static enum hr_level level_of_refusal(struct hr_dnode *node) {
  bool told = node->refusal_told;
  node->refusal_told = true;
  return told ? HR_LEVEL_DEBUG : HR_LEVEL_WARNING;
}

static void refuse(struct hr_dnode *node, enum hr_down why, const char *text) {
  hr_driver_log(node->driver, level_of_refusal(node), "%s: %s", name_of(node), text);
  if (node->driver->dead) return;
  hr_link_close(node->control);
  forget_connection(node);
  feed_down(node, why);
}

/* To the core it is one more node that cannot be reached; a person is told why, or would look for
 * a dead server. */
static void tell_person(const struct hr_dnode *node, const char *text) {
  const struct hr_driver *driver = node->driver;
  struct hr_action action = {.kind = HR_DO_TELL, .tell = HR_TELL_WARNING, .node = node->index};
  snprintf(action.u.text, sizeof action.u.text, "%s", text);
  if (driver->hooks.tell && !driver->dead) driver->hooks.tell(&action, driver->owner);
}

/* One process under two names: the core counts it once, and no majority or first election may ever
 * come of it. Nobody would guess why. */
static void tell_twin(struct hr_dnode *node) {
  const struct hr_driver *driver = node->driver;
  for (size_t i = 0; i < driver->count && !node->twin_told; i++) {
    const struct hr_dnode *other = &driver->nodes[i];
    if (other == node || !other->greeted || strcmp(other->run_id, node->run_id) != 0) continue;
    char text[2 * HR_NAME_MAX + 100];
    node->twin_told = true;
    snprintf(text, sizeof text, "%s and %s are one server and count as one node: list it once",
             name_of(node), name_of(other));
    hr_driver_log(node->driver, HR_LEVEL_WARNING, "%s", text);
    tell_person(node, text);
  }
}

static void accept_node(struct hr_dnode *node, const struct hr_answers *a) {
  snprintf(node->run_id, sizeof node->run_id, "%s", a->facts.run_id);
  snprintf(node->driver->names.of[node->index].peer, HR_NAME_MAX, "%s",
           hr_link_peer(node->control));
  node->version = version_of(a->version);
  node->masterauth_empty = a->masterauth_empty;
  node->serves_stale = !a->stale_refused;
  node->greeted = true;
  node->greeted_ms = hr_loop_now(node->driver->loop);
  node->absent = false;
  node->refusal_told = false;
  node->control_said = 0;
  hr_driver_log(node->driver, HR_LEVEL_DEBUG, "%s: connected (Redis %s, run id %s)", name_of(node),
                a->version, node->run_id);
  tell_twin(node);
  if (node->driver->dead) return;
  if (hr_link_is_down(node->gossip) && !node->gossip_timer.slot) hr_link_dial(node->gossip);
  struct hr_event event = {.kind = HR_EV_LINK_UP, .node = node->index};
  hr_driver_feed(node->driver, &event);
}

void hr_dnode_greeted(struct hr_dnode *node, const struct hr_op *op) {
  if (!op) {
    refuse(node, HR_DOWN_UNREACHABLE, "out of memory");
    return;
  }
  const struct hr_answers *a = &op->answers;
  if (a->refusal == HR_REFUSAL_AUTH) {
    refuse(node, HR_DOWN_AUTH, a->why);
  } else if (a->refusal == HR_REFUSAL_BUSY) {
    hr_msec now = hr_loop_now(node->driver->loop);
    hr_timer_set(node->driver->loop, &node->greet_timer, now + GREET_AGAIN_MS);
    feed_heard(node, now);
  } else if (a->refused) {
    refuse(node, HR_DOWN_PROTOCOL, a->why);
  } else if (!a->info_seen || !hr_run_id_valid(a->facts.run_id)) {
    refuse(node, HR_DOWN_PROTOCOL, "its INFO names no run id");
  } else if (version_of(a->version) < 500) {
    refuse(node, HR_DOWN_PROTOCOL, "a server before Redis 5 (no REPLICAOF)");
  } else {
    accept_node(node, a);
  }
}

hr_msec hr_driver_since(const struct hr_driver *driver, int node) {
  assert(node >= 0 && (size_t)node < driver->count);
  const struct hr_dnode *to = &driver->nodes[node];
  return to->greeted ? to->greeted_ms : 0;
}

static void greet_again(struct hr_timer *timer, void *owner) {
  (void)timer;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (hr_link_is_up(node->control)) hr_say_greet(node);
  hr_driver_leave(driver);
}

/* ------------------------------------------------------------------------- control link ------ */

bool hr_dnode_is_news(uint64_t *said, const char *text) {
  uint64_t what = hr_hash(text, strlen(text));
  bool news = what != *said;
  *said = what;
  return news;
}

static void control_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  (void)link;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  forget_connection(node);
  node->absent = why == HR_DOWN_REFUSED || hr_down_refuses(why) || why == HR_DOWN_TLS;
  bool refused = hr_down_refuses(why) || why == HR_DOWN_TLS || why == HR_DOWN_PROTOCOL;
  bool warn = refused && level_of_refusal(node) == HR_LEVEL_WARNING;
  if (hr_dnode_is_news(&node->control_said, text) || warn) {
    hr_driver_log(driver, warn ? HR_LEVEL_WARNING : HR_LEVEL_DEBUG, "%s", text);
  }
  if (warn) tell_person(node, text);
  feed_down(node, why);
  hr_driver_leave(driver);
}

static void control_pong(struct hr_link *link, struct hr_request *request,
                         struct redisReply *reply);
static void take_command_table(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply);
static void take_command_count(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply);

static void control_lost(struct hr_link *link, const struct hr_request *request, const char *bytes,
                         size_t len, bool sent, void *owner) {
  (void)link;
  (void)bytes;
  (void)len;
  (void)sent;
  struct hr_dnode *node = owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (request->fn == hr_op_reply) hr_op_lost(request->owner);
  if (request->fn == control_pong) node->pinged = false;
  bool command = request->fn == take_command_table || request->fn == take_command_count;
  if (command) node->command_run_id[0] = 0;
  hr_driver_leave(driver);
}

/* ------------------------------------------------------------------------ signs of life ------ */

void hr_dnode_answered(struct hr_dnode *node, int64_t asked_us) {
  int64_t took = hr_loop_turn(node->driver->loop).us - asked_us;
  took = took < 1 ? 1 : took < UINT32_MAX ? took : UINT32_MAX;
  if (node->config.meter != NULL) node->config.meter->round_trip_us = (uint32_t)took;
}

static void pong(struct hr_dnode *node, const struct hr_request *request, bool *pinged) {
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  *pinged = false;
  hr_dnode_answered(node, request->order);
  feed_heard(node, hr_loop_now(driver->loop));
  hr_driver_leave(driver);
}

static void control_pong(struct hr_link *link, struct hr_request *request,
                         struct redisReply *reply) {
  (void)link;
  (void)reply; /* an error is life, too */
  struct hr_dnode *node = request->owner;
  pong(node, request, &node->pinged);
}

static void gossip_pong(struct hr_link *link, struct hr_request *request,
                        struct redisReply *reply) {
  (void)link;
  (void)reply;
  struct hr_dnode *node = request->owner;
  pong(node, request, &node->gossip_pinged);
}

static void ping(struct hr_dnode *node, struct hr_link *link, hr_request_fn *fn, bool *pinged) {
  static const char *const argv[] = {"PING"};
  int64_t now_us = hr_loop_turn(node->driver->loop).us;
  struct hr_request request = {.fn = fn, .owner = node, .order = now_us};
  if (*pinged || !hr_link_is_up(link)) return;
  *pinged = !hr_link_send(link, &request, 1, argv, NULL);
}

static hr_msec later_of(hr_msec a, hr_msec b) {
  return a > b ? a : b;
}

void hr_dnode_ping(struct hr_dnode *node) {
  struct hr_driver *driver = node->driver;
  hr_msec control = hr_link_heard_ms(node->control), gossip = hr_link_heard_ms(node->gossip);
  hr_msec data = 0;
  if (driver->hooks.data_heard_ms) data = driver->hooks.data_heard_ms(node->index, driver->owner);
  if (driver->dead) return;
  hr_msec asked = node->asked_ms;
  node->asked_ms = hr_loop_now(driver->loop);
  /* Heartbeats show that the node lives: then the control link is asked now and then. */
  hr_msec idle = gossip > asked ? node->asked_ms - node->rest_ms : asked;
  if (control <= idle) ping(node, node->control, control_pong, &node->pinged);
  if (gossip <= asked) ping(node, node->gossip, gossip_pong, &node->gossip_pinged);
  feed_heard(node, later_of(data, later_of(control, gossip)));
}

/* ------------------------------------------------------------------------- COMMAND table ----- */

static void take_command_table(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  (void)link;
  struct hr_dnode *node = request->owner;
  struct hr_driver *driver = node->driver;
  hr_driver_enter(driver);
  if (reply->type == REDIS_REPLY_ARRAY) {
    driver->command_count = node->command_count;
    driver->command_version = node->version;
    if (driver->hooks.command_table) driver->hooks.command_table(reply, driver->owner);
  } else {
    hr_driver_log(driver, HR_LEVEL_DEBUG, "%s: no COMMAND table", name_of(node));
  }
  hr_driver_leave(driver);
}

/*
 * The table is the dearest thing that a server is ever asked: 0.6 ms of its time. After a failover
 * all clients would ask the new master for it: 500 of them kept it from all else for 300 ms.
 * A server of the same version that knows as many commands has nothing new to tell.
 */
static void take_command_count(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  static const char *const argv[] = {"COMMAND"};
  struct hr_dnode *node = request->owner;
  const struct hr_driver *driver = node->driver;
  struct hr_request table = {.fn = take_command_table, .owner = node};
  node->command_count = reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
  bool known = node->command_count > 0 && node->command_count == driver->command_count &&
               node->version == driver->command_version;
  if (known) return;
  if (hr_link_send(link, &table, 1, argv, NULL)) node->command_run_id[0] = 0;
}

static void ask_command_count(struct hr_timer *timer, void *owner) {
  (void)timer;
  static const char *const argv[] = {"COMMAND", "COUNT"};
  struct hr_dnode *node = owner;
  struct hr_request request = {.fn = take_command_count, .owner = node};
  if (!node->greeted || !hr_link_is_up(node->control)) return;
  if (hr_link_send(node->control, &request, 2, argv, NULL)) return;
  snprintf(node->command_run_id, sizeof node->command_run_id, "%s", node->run_id);
}

void hr_dnode_want_command(struct hr_dnode *node) {
  struct hr_loop *loop = node->driver->loop;
  if (!node->greeted || node->command_timer.slot) return;
  if (!strcmp(node->command_run_id, node->run_id)) return;
  hr_timer_set(loop, &node->command_timer, hr_loop_now(loop) + COMMAND_AFTER_MS);
}

/* ---------------------------------------------------------------------------------- life ----- */

static struct hr_link *open_link(struct hr_dnode *node, hr_msec connect_ms, hr_msec silent_ms,
                                 bool pubsub) {
  static const struct hr_link_hooks control_hooks = {.down = control_down, .lost = control_lost};
  const struct hr_driver *driver = node->driver;
  const struct hr_driver_node *to = &node->config;
  struct hr_link_config config = {
      .host = to->host,
      .port = to->port,
      .unix_path = to->unix_path,
      .username = to->username ? to->username : driver->username,
      .password = to->password ? to->password : driver->password,
      .name = pubsub ? driver->gossip_name : driver->link_name,
      .tls = driver->tls,
      .meter = to->meter,
      .apart = true,
      .connect_timeout_ms = connect_ms,
      .silent_after_ms = silent_ms,
      .eager = !pubsub,
      .pubsub = pubsub,
  };
  return hr_link_new(driver->loop, &config, pubsub ? &hr_dfeed_hooks : &control_hooks, node);
}

static void own_timer(struct hr_dnode *node, struct hr_timer *timer,
                      void (*fn)(struct hr_timer *, void *)) {
  timer->fn = fn;
  timer->owner = node;
}

int hr_dnode_open(struct hr_dnode *node, hr_msec connect_ms, hr_msec silent_ms) {
  own_timer(node, &node->greet_timer, greet_again);
  own_timer(node, &node->gossip_timer, hr_dfeed_redial);
  own_timer(node, &node->command_timer, ask_command_count);
  node->rest_ms = silent_ms / 2;
  node->control = open_link(node, connect_ms, silent_ms, false);
  node->gossip = open_link(node, connect_ms, silent_ms, true);
  return node->control && node->gossip ? 0 : -1;
}

void hr_dnode_end(struct hr_dnode *node) {
  struct hr_loop *loop = node->driver->loop;
  hr_timer_clear(loop, &node->greet_timer);
  hr_timer_clear(loop, &node->gossip_timer);
  hr_timer_clear(loop, &node->command_timer);
  hr_link_free(node->control);
  hr_link_free(node->gossip);
  node->control = node->gossip = NULL;
}

void hr_dnode_connect(struct hr_dnode *node) {
  if (hr_link_is_down(node->control)) {
    hr_link_dial(node->control);
    hr_say_greet(node);
  }
  hr_timer_clear(node->driver->loop, &node->gossip_timer);
  /* Where nobody listens, or lets us in, one of us knocks; the other comes when it was let in. */
  if (!node->absent && hr_link_is_down(node->gossip)) hr_link_dial(node->gossip);
}

void hr_dnode_close(struct hr_dnode *node) {
  forget_connection(node);
  hr_timer_clear(node->driver->loop, &node->gossip_timer);
  hr_link_close(node->control);
  hr_dfeed_close(node);
}
