/*
 * The driver's life and its pump: an event goes into the core, the actions that come out are
 * carried out in array order, the timer is set to the core's next deadline.
 *
 * The core is stepped in one place and never re-entered: what happens while actions are carried out
 * (a link that is closed loses its packets, a hook calls back) waits in a queue until the list is
 * done. A hook may free the driver: links and timers go at once, the memory when the last entry
 * from outside returns.
 *
 * Must not know commands, replies, or what an action means.
 */
#include "io/driver.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "base/alloc.h"
#include "io/driver_impl.h"

#define EVENTS_PER_TURN 256 /* so that a core that never comes to rest cannot stop the loop */

/* ------------------------------------------------------------------------------- entries ----- */

static void release(struct hr_driver *driver) {
  while (driver->first) {
    struct hr_waiting_event *next = driver->first->next;
    hr_free(driver->first);
    driver->first = next;
  }
  hr_free(driver->strings);
  hr_free(driver->node_list);
  hr_free(driver->names.of);
  hr_free(driver->nodes);
  hr_free(driver->core_memory);
  hr_free(driver->actions.list);
  hr_free(driver);
}

void hr_driver_enter(struct hr_driver *driver) {
  driver->depth++;
}

void hr_driver_leave(struct hr_driver *driver) {
  assert(driver->depth > 0);
  if (--driver->depth == 0 && driver->dead) release(driver);
}

void hr_driver_log(struct hr_driver *driver, enum hr_level level, const char *format, ...) {
  char text[HR_TEXT_MAX];
  if (!driver->hooks.log || driver->dead) return;
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  driver->hooks.log(level, text, driver->owner);
}

/* -------------------------------------------------------------------------------- actions ---- */

static void publish_topology(struct hr_driver *driver) {
  const struct hr_topology *topology = hr_core_topology(driver->core);
  int master = topology->master;
  if (master >= 0) hr_dnode_want_command(&driver->nodes[master]);
  if (driver->hooks.topology) driver->hooks.topology(topology, driver->owner);
}

static void carry_out_at_node(struct hr_driver *driver, const struct hr_action *action) {
  assert(action->node >= 0 && (size_t)action->node < driver->count);
  struct hr_dnode *node = &driver->nodes[action->node];
  switch (action->kind) {
    case HR_DO_CONNECT:
      hr_dnode_connect(node);
      return;
    case HR_DO_CLOSE:
      hr_dnode_close(node);
      if (driver->hooks.close_data && !driver->dead) {
        driver->hooks.close_data(action->node, driver->owner);
      }
      return;
    case HR_DO_PING:
      hr_dnode_ping(node);
      return;
    default:
      hr_say_action(node, action);
  }
}

static void carry_out(struct hr_driver *driver, const struct hr_action *action) {
  switch (action->kind) {
    case HR_DO_TOPOLOGY:
      publish_topology(driver);
      return;
    case HR_DO_TELL:
      if (driver->hooks.tell) driver->hooks.tell(action, driver->owner);
      return;
    case HR_DO_LOG:
      if (driver->hooks.log) driver->hooks.log(action->level, action->u.text, driver->owner);
      return;
    case HR_DO_DONE:
      if (driver->hooks.done) {
        driver->hooks.done(action->op, action->code, action->u.text, driver->owner);
      }
      return;
    default:
      carry_out_at_node(driver, action);
  }
}

/* ---------------------------------------------------------------------------------- pump ----- */

static void step(struct hr_driver *driver, struct hr_event *event) {
  event->now = hr_loop_now(driver->loop);
  driver->actions.count = 0;
  hr_core_step(driver->core, event, &driver->actions);
  for (size_t i = 0; i < driver->actions.count && !driver->dead; i++) {
    carry_out(driver, &driver->actions.list[i]);
  }
}

static void set_timer(struct hr_driver *driver) {
  hr_msec at = driver->first ? hr_loop_now(driver->loop) : hr_core_deadline(driver->core);
  if (hr_timer_set(driver->loop, &driver->timer, at)) {
    hr_driver_log(driver, HR_LEVEL_ERROR, "out of memory: no timer until the next event");
  }
}

/* What an event points to lives until its sender returns: keep a copy. */
static void postpone(struct hr_driver *driver, const struct hr_event *event) {
  struct hr_waiting_event *waiting = hr_calloc(1, sizeof *waiting);
  if (!waiting) {
    hr_driver_log(driver, HR_LEVEL_ERROR, "out of memory: an event is lost");
    return;
  }
  waiting->event = *event;
  if (event->facts) {
    waiting->facts = *event->facts;
    waiting->event.facts = &waiting->facts;
  }
  if (event->guard) {
    waiting->guard = *event->guard;
    waiting->event.guard = &waiting->guard;
  }
  if (event->gossip) {
    waiting->gossip = *event->gossip;
    waiting->event.gossip = &waiting->gossip;
  }
  *driver->last = waiting;
  driver->last = &waiting->next;
}

static struct hr_waiting_event *next_waiting(struct hr_driver *driver) {
  struct hr_waiting_event *waiting = driver->first;
  if (!waiting) return NULL;
  driver->first = waiting->next;
  if (!driver->first) driver->last = &driver->first;
  return waiting;
}

void hr_driver_feed(struct hr_driver *driver, struct hr_event *event) {
  if (driver->dead) return;
  if (driver->stepping || driver->first) { /* in the order in which things happened */
    postpone(driver, event);
    if (driver->stepping) return;
  }
  driver->stepping = true;
  if (!driver->first) step(driver, event);
  for (int i = 0; i < EVENTS_PER_TURN && !driver->dead && driver->first; i++) {
    struct hr_waiting_event *waiting = next_waiting(driver);
    step(driver, &waiting->event);
    hr_free(waiting);
  }
  driver->stepping = false;
  if (!driver->dead) set_timer(driver);
}

static void wake(struct hr_timer *timer, void *owner) {
  (void)timer;
  struct hr_driver *driver = owner;
  struct hr_event event = {.kind = HR_EV_TIME, .node = -1};
  hr_driver_enter(driver);
  hr_driver_feed(driver, &event);
  hr_driver_leave(driver);
}

/* ---------------------------------------------------------------------------------- life ----- */

static size_t string_size(const char *text) {
  return text ? strlen(text) + 1 : 0;
}

static const char *keep(struct hr_driver *driver, const char *text) {
  size_t size = string_size(text);
  if (!size) return NULL;
  char *copy = memcpy(driver->strings_end, text, size);
  driver->strings_end += size;
  return copy;
}

static int keep_strings(struct hr_driver *driver, const struct hr_driver_config *config) {
  size_t size = 1 + string_size(config->username) + string_size(config->password) +
                string_size(config->replication_username) +
                string_size(config->replication_password);
  for (size_t i = 0; i < config->count; i++) {
    const struct hr_driver_node *node = &config->nodes[i];
    size += string_size(node->host) + string_size(node->unix_path) +
            string_size(node->announce_host) + string_size(node->username) +
            string_size(node->password);
  }
  driver->strings = driver->strings_end = hr_alloc(size);
  if (!driver->strings) return -1;
  driver->username = keep(driver, config->username);
  driver->password = keep(driver, config->password);
  driver->replication_username = keep(driver, config->replication_username);
  driver->replication_password = keep(driver, config->replication_password);
  for (size_t i = 0; i < config->count; i++) {
    const struct hr_driver_node *from = &config->nodes[i];
    struct hr_driver_node *to = &driver->nodes[i].config;
    *to = *from;
    to->host = keep(driver, from->host);
    to->unix_path = keep(driver, from->unix_path);
    to->announce_host = keep(driver, from->announce_host);
    to->username = keep(driver, from->username);
    to->password = keep(driver, from->password);
  }
  return 0;
}

static void name_nodes(struct hr_driver *driver) {
  driver->names.count = driver->count;
  for (size_t i = 0; i < driver->count; i++) {
    const struct hr_driver_node *node = &driver->nodes[i].config;
    struct hr_name *name = &driver->names.of[i];
    snprintf(name->canonical, sizeof name->canonical, "%s", node->name);
    if (node->host) hr_address_name(node->host, node->port, name->dialled);
    if (node->announce_host) {
      hr_address_name(node->announce_host, node->announce_port, name->announced);
    }
  }
}

static int list_nodes(struct hr_driver *driver) {
  const char *names[HR_NODES_MAX] = {NULL};
  char list[HR_NODE_LIST_MAX];
  for (size_t i = 0; i < driver->count; i++) names[i] = driver->names.of[i].canonical;
  hr_node_list_join(names, driver->count, list);
  driver->node_list = hr_strdup(list);
  return driver->node_list ? 0 : -1;
}

/* Who this client is, and the words that follow from that and from the prefix. */
static void take_identity(struct hr_driver *driver, const char *prefix) {
  uuid_t id;
  uuid_generate(id);
  uuid_unparse_lower(id, driver->client);
  snprintf(driver->link_name, sizeof driver->link_name, "haredis:%.8s", driver->client);
  snprintf(driver->gossip_name, sizeof driver->gossip_name, "haredis:%.8s:gossip", driver->client);
  hr_channel_name(prefix, HR_CHANNEL_HEARTBEAT, driver->channels[HR_GOSSIP_HEARTBEAT]);
  hr_channel_name(prefix, HR_CHANNEL_MASTER, driver->channels[HR_GOSSIP_MASTER]);
  snprintf(driver->prefix, sizeof driver->prefix, "%s", prefix);
  driver->prefix_len = strlen(driver->prefix);
  snprintf(driver->mark_channel, sizeof driver->mark_channel, "%s:mark:%s", prefix,
           driver->client);
  hr_key_group(prefix, driver->group_key);
}

static int open_core(struct hr_driver *driver, const struct hr_core_config *given) {
  struct hr_core_config config = *given;
  uuid_t id;
  uint64_t seed;
  config.count = driver->count;
  for (size_t i = 0; i < driver->count; i++) {
    snprintf(config.nodes[i].name, sizeof config.nodes[i].name, "%s",
             driver->names.of[i].canonical);
  }
  config.list_hash = hr_node_list_hash(driver->node_list, strlen(driver->node_list));
  snprintf(config.client, sizeof config.client, "%s", driver->client);
  uuid_generate(id);
  uuid_unparse_lower(id, config.uuid);
  uuid_generate_random(id);
  memcpy(&seed, id, sizeof seed);
  driver->core_memory = hr_alloc(hr_core_size(driver->count));
  driver->actions.capacity = hr_actions_needed(driver->count);
  driver->actions.list = hr_calloc(driver->actions.capacity, sizeof *driver->actions.list);
  if (!driver->core_memory || !driver->actions.list) return -1;
  driver->durable = driver->core_durable = config.durable;
  driver->core = hr_core_init(driver->core_memory, &config, seed);
  return 0;
}

static int open_all(struct hr_driver *driver, const struct hr_driver_config *config) {
  driver->nodes = hr_calloc(config->count, sizeof *driver->nodes);
  driver->names.of = hr_calloc(config->count, sizeof *driver->names.of);
  if (!driver->nodes || !driver->names.of) return -1;
  driver->count = config->count;
  for (size_t i = 0; i < driver->count; i++) {
    driver->nodes[i].driver = driver;
    driver->nodes[i].index = (int)i;
    driver->nodes[i].serves_stale = true;
  }
  if (keep_strings(driver, config)) return -1;
  name_nodes(driver);
  if (list_nodes(driver)) return -1;
  take_identity(driver, config->prefix);
  if (open_core(driver, &config->core)) return -1;
  for (size_t i = 0; i < driver->count; i++) {
    hr_msec silent_ms = config->core.down_after_ms;
    if (hr_dnode_open(&driver->nodes[i], config->connect_timeout_ms, silent_ms)) return -1;
  }
  return 0;
}

struct hr_driver *hr_driver_new(struct hr_loop *loop, const struct hr_driver_config *config,
                                const struct hr_driver_hooks *hooks, void *owner) {
  assert(config->count > 0 && config->count <= HR_NODES_MAX);
  struct hr_driver *driver = hr_calloc(1, sizeof *driver);
  if (!driver) return NULL;
  driver->loop = loop;
  driver->hooks = *hooks;
  driver->owner = owner;
  driver->tls = config->tls;
  driver->last = &driver->first;
  driver->timer.fn = wake;
  driver->timer.owner = driver;
  if (!open_all(driver, config)) return driver;
  hr_driver_free(driver);
  return NULL;
}

void hr_driver_start(struct hr_driver *driver) {
  wake(&driver->timer, driver);
}

void hr_driver_free(struct hr_driver *driver) {
  if (!driver || driver->dead) return;
  hr_driver_enter(driver);
  driver->dead = true;
  hr_timer_clear(driver->loop, &driver->timer);
  for (size_t i = 0; i < driver->count; i++) hr_dnode_end(&driver->nodes[i]);
  hr_driver_leave(driver);
}

/* ------------------------------------------------------------- from the data plane, people --- */

static void feed_from_outside(struct hr_driver *driver, struct hr_event *event) {
  hr_driver_enter(driver);
  hr_driver_feed(driver, event);
  hr_driver_leave(driver);
}

void hr_driver_hint(struct hr_driver *driver, int node) {
  struct hr_event event = {.kind = HR_EV_HINT, .node = node};
  feed_from_outside(driver, &event);
}

void hr_driver_writes(struct hr_driver *driver, uint64_t opcounter) {
  struct hr_event event = {.kind = HR_EV_WRITES, .node = -1, .count = opcounter};
  if (opcounter > driver->writes) driver->writes = opcounter;
  feed_from_outside(driver, &event);
}

void hr_driver_durable(struct hr_driver *driver) {
  struct hr_event event = {.kind = HR_EV_DURABLE, .node = -1};
  driver->durable = driver->core_durable = true;
  feed_from_outside(driver, &event);
}

void hr_driver_reads(struct hr_driver *driver) {
  struct hr_event event = {.kind = HR_EV_READS, .node = -1};
  feed_from_outside(driver, &event);
}

int64_t hr_driver_behind(const struct hr_driver *driver, int node) {
  return hr_core_behind(driver->core, node);
}

static uint32_t ask(struct hr_driver *driver, enum hr_event_kind kind, int node) {
  if (++driver->next_op == 0) driver->next_op = 1; /* 0 means nobody asked */
  uint32_t op = driver->next_op;
  struct hr_event event = {.kind = kind, .node = node, .op = op};
  feed_from_outside(driver, &event);
  return op;
}

uint32_t hr_driver_refresh(struct hr_driver *driver) {
  return ask(driver, HR_EV_REFRESH, -1);
}

uint32_t hr_driver_switchover(struct hr_driver *driver, int node) {
  return ask(driver, HR_EV_SWITCHOVER, node);
}

uint32_t hr_driver_takeover(struct hr_driver *driver, int node) {
  return ask(driver, HR_EV_TAKEOVER, node);
}

bool hr_driver_works(const struct hr_driver *driver) {
  if (hr_core_works(driver->core)) return true;
  for (size_t i = 0; i < driver->count; i++) {
    const struct hr_link *link = driver->nodes[i].control;
    /* It takes two round trips; left behind, a lock stops everybody until it expires. */
    if (driver->nodes[i].unlocking > 0) return true;
    if (hr_link_is_up(link) && hr_link_touched(link) < hr_link_unanswered(link)) return true;
  }
  return false;
}

bool hr_driver_mends(const struct hr_driver *driver) {
  return hr_core_mends(driver->core, hr_loop_now(driver->loop));
}

bool hr_driver_record(const struct hr_driver *driver, struct hr_record_text *out) {
  const struct hr_topology *topology = hr_core_topology(driver->core);
  if (topology->master < 0) return false;
  struct hr_lineage lineage = {.epoch = topology->epoch};
  snprintf(lineage.node, sizeof lineage.node, "%s", driver->names.of[topology->master].canonical);
  snprintf(lineage.run_id, sizeof lineage.run_id, "%s", topology->run_id);
  hr_lineage_format(&lineage, out->epoch);
  out->opcounter = driver->writes;
  for (size_t i = 0; i < topology->count; i++) {
    if (topology->nodes[i].opcounter > out->opcounter) {
      out->opcounter = topology->nodes[i].opcounter;
    }
  }
  out->uuid = driver->uuid;
  out->durable = driver->durable;
  out->forks = hr_core_forks(driver->core);
  out->nodes = driver->node_list;
  return true;
}
