/*
 * The control plane: configured from the options, its words taken in. What it says of the topology
 * is copied here and is all that the data plane knows of the servers.
 */
#include <string.h>

#include "client/client.h"
#include "client/pool.h"
#include "client/reads.h"
#include "client/spare.h"
#include "client/stream.h"
#include "client/subscribe.h"

const struct hr_control hr_control_driver = {
    .make = hr_driver_new,
    .start = hr_driver_start,
    .free = hr_driver_free,
    .hint = hr_driver_hint,
    .writes = hr_driver_writes,
    .refresh = hr_driver_refresh,
    .switchover = hr_driver_switchover,
    .takeover = hr_driver_takeover,
    .durable = hr_driver_durable,
    .works = hr_driver_works,
    .since = hr_driver_since,
    .mends = hr_driver_mends,
    .reads = hr_driver_reads,
    .behind = hr_driver_behind,
    .record = hr_driver_record,
    .feed_is_up = hr_driver_feed_is_up,
    .feed_is_denied = hr_driver_feed_is_denied,
    .feed_send = hr_driver_feed_send,
    .feed_refused = hr_driver_feed_refused,
    .feed_mark = hr_driver_feed_mark,
    .feed_channel = hr_driver_feed_channel,
};

int hr_route_code_public(enum hr_route_code code) {
  switch (code) {
    case HR_ROUTE_OK:
      return HAREDIS_OK;
    case HR_ROUTE_NO_MASTER:
      return HAREDIS_ERR_NO_MASTER;
    case HR_ROUTE_NO_QUORUM:
      return HAREDIS_ERR_NO_QUORUM;
    case HR_ROUTE_AMBIGUOUS:
      return HAREDIS_ERR_AMBIGUOUS;
    case HR_ROUTE_AUTH:
      return HAREDIS_ERR_AUTH;
    case HR_ROUTE_NO_REPLICA:
      return HAREDIS_ERR_NO_REPLICA;
    case HR_ROUTE_MAYBE:
      break;
  }
  return HAREDIS_ERR_MAYBE;
}

static int hr_control_level(enum hr_level level) {
  switch (level) {
    case HR_LEVEL_ERROR:
      return HAREDIS_LOG_ERROR;
    case HR_LEVEL_WARNING:
      return HAREDIS_LOG_WARNING;
    case HR_LEVEL_INFO:
      return HAREDIS_LOG_INFO;
    case HR_LEVEL_DEBUG:
      break;
  }
  return HAREDIS_LOG_DEBUG;
}

static int hr_control_event(enum hr_tell tell) {
  switch (tell) {
    case HR_TELL_READY:
      return HAREDIS_EVENT_READY;
    case HR_TELL_PAUSED:
      return HAREDIS_EVENT_PAUSED;
    case HR_TELL_NODE_UP:
      return HAREDIS_EVENT_NODE_UP;
    case HR_TELL_NODE_DOWN:
      return HAREDIS_EVENT_NODE_DOWN;
    case HR_TELL_FAILOVER_STARTED:
      return HAREDIS_EVENT_FAILOVER_STARTED;
    case HR_TELL_FAILOVER_ENDED:
      return HAREDIS_EVENT_FAILOVER_ENDED;
    case HR_TELL_MASTER_CHANGED:
      return HAREDIS_EVENT_MASTER_CHANGED;
    case HR_TELL_DIVERGED:
      return HAREDIS_EVENT_DIVERGED;
    case HR_TELL_WARNING:
      break;
  }
  return HAREDIS_EVENT_WARNING;
}

static void hr_control_on_topology(const struct hr_topology *topology, void *owner) {
  haredis_client *c = owner;
  if (c->ending) {
    return;
  }
  hr_client_enter(c);
  bool elected = topology->master != c->topology.master ||
                 hr_epoch_compare(&topology->epoch, &c->topology.epoch) != 0;
  c->topology = *topology;
  if (elected && topology->master >= 0) {
    c->hold_all_ms = c->hold_writes_ms = 0; /* that was another master's "not now" */
    c->announced = -1;
    hr_spare_elected(c);
  }
  hr_client_plan(c);
  hr_metrics_topology(c);
  hr_data_topology(c);
  hr_pool_topology(c);
  hr_reads_topology(c);
  hr_stream_topology(c);
  hr_durable_settle(c);
  hr_subs_topology(c); /* before PUBLISHes are let go */
  hr_pool_settle(c);
  hr_client_reroute(c);
  hr_over_finish(c);
  if (!c->ending) { /* a callback may have ended it: CLOSED was the last event */
    hr_tell(c, HAREDIS_EVENT_TOPOLOGY_CHANGED, topology->master, topology->epoch.n, 0,
            "the topology has changed");
  }
  hr_client_leave(c);
}

static void hr_control_on_tell(const struct hr_action *action, void *owner) {
  haredis_client *c = owner;
  if (!c->ending) {
    hr_metrics_tell(c, hr_control_event(action->tell), action->node);
    hr_tell(c, hr_control_event(action->tell), action->node, action->epoch.n, action->count,
            action->u.text);
  }
}

static void hr_control_on_log(enum hr_level level, const char *text, void *owner) {
  haredis_client *c = owner;
  hr_client_enter(c);
  hr_log_text(c, hr_control_level(level), text);
  hr_client_leave(c);
}

static void hr_control_on_close(int node, void *owner) {
  haredis_client *c = owner;
  hr_client_enter(c); /* what these call back may free the client */
  hr_stream_break(c, node);
  hr_pool_close(c, node);
  hr_readers_close(c, node);
  hr_data_close(c, node);
  hr_spare_drop(c, node);
  hr_client_leave(c);
}

static hr_msec hr_control_on_heard(int node, void *owner) {
  hr_msec data = hr_data_heard_ms(owner, node), reads = hr_readers_heard_ms(owner, node);
  return data > reads ? data : reads;
}

/* ---- the server's COMMAND reply ---- */

static uint32_t hr_command_reply_flags(const struct redisReply *flags) {
  uint32_t joined = 0;
  for (size_t i = 0; flags->type == REDIS_REPLY_ARRAY && i < (size_t)flags->elements; i++) {
    const struct redisReply *flag = flags->element[i];
    if (flag->str != NULL) {
      joined |= hr_command_server_flag(flag->str, (size_t)flag->len);
    }
  }
  return joined;
}

/* name, arity, flags, first, last, step, [categories, tips, key specs, subcommands] */
static void hr_command_reply_line(haredis_client *c, const struct redisReply *line, int depth) {
  if (line->type != REDIS_REPLY_ARRAY || line->elements < 6) {
    return;
  }
  struct redisReply *const *field = line->element;
  if (field[0]->str == NULL) {
    return;
  }
  struct hr_command_line entry = {
      .name = field[0]->str,
      .name_len = (size_t)field[0]->len,
      .arity = field[1]->integer,
      .flags = hr_command_reply_flags(field[2]),
      .first = field[3]->integer,
      .last = field[4]->integer,
      .step = field[5]->integer,
  };
  (void)hr_command_table_add(c->commands, &entry); /* what it cannot take stays as it was known */
  if (depth > 0 || line->elements < 10 || field[9]->type != REDIS_REPLY_ARRAY) {
    return;
  }
  for (size_t i = 0; i < (size_t)field[9]->elements; i++) {
    hr_command_reply_line(c, field[9]->element[i], depth + 1);
  }
}

static void hr_control_on_commands(const struct redisReply *reply, void *owner) {
  for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < (size_t)reply->elements; i++) {
    hr_command_reply_line(owner, reply->element[i], 0);
  }
}

/* ---- configuration ---- */

static void hr_control_nodes(const haredis_client *c, struct hr_driver_config *config) {
  config->count = c->addresses.count;
  for (size_t i = 0; i < c->addresses.count; i++) {
    const struct hr_address *address = &c->addresses.list[i];
    struct hr_driver_node *node = &config->nodes[i];
    memcpy(node->name, address->name, sizeof(node->name));
    node->host = address->host;
    node->port = address->port;
    node->unix_path = address->unix_path;
    node->announce_host = address->announce_host;
    node->announce_port = address->announce_port;
    node->username = address->username;
    node->password = address->password;
    node->meter = &c->metrics.nodes[i].links;
  }
}

int hr_control_make(haredis_client *c) {
  const haredis_options *o = &c->options;
  static const struct hr_driver_hooks hooks = {
      .topology = hr_control_on_topology,
      .tell = hr_control_on_tell,
      .log = hr_control_on_log,
      .done = hr_people_done,
      .close_data = hr_control_on_close,
      .data_heard_ms = hr_control_on_heard,
      .command_table = hr_control_on_commands,
      .feed_up = hr_subs_up,
      .feed_down = hr_subs_down,
      .feed_answer = hr_subs_answer,
      .feed_message = hr_subs_message,
      .feed_ahead = hr_subs_ahead,
      .feed_beat = hr_subs_beat,
      .feed_look = hr_subs_look,
  };
  struct hr_driver_config *config = hr_calloc(1, sizeof(*config));
  if (config == NULL) {
    return -1;
  }
  config->core.down_after_ms = o->down_after_ms;
  config->core.fence_ms = o->fence_ms != 0 ? o->fence_ms : o->down_after_ms * 3 / 10;
  config->core.quorum = o->quorum;
  config->core.auto_failover = o->auto_failover != 0;
  config->core.durable = o->durability == HAREDIS_DURABILITY_QUORUM;
  config->core.reads_replicas = o->read_from != HAREDIS_READ_MASTER;
  config->core.max_lag = (int64_t)(o->max_lag_bytes < INT64_MAX ? o->max_lag_bytes : INT64_MAX);
  config->core.refuse_divergence = o->on_divergence == HAREDIS_DIVERGENCE_REFUSE;
  config->prefix = c->prefix;
  config->username = c->username;
  config->password = c->password;
  config->replication_username =
      o->replication_username != NULL ? o->replication_username : c->username;
  config->replication_password =
      o->replication_password != NULL ? o->replication_password : c->password;
  config->connect_timeout_ms = o->connect_timeout_ms;
  config->tls = c->tls;
  hr_control_nodes(c, config);
  c->driver = c->control->make(c->loop, config, &hooks, c);
  hr_free(config);
  return c->driver != NULL ? 0 : -1;
}
