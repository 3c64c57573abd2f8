/*
 * The links for user commands: one to the master, opened as soon as there is one; two more when
 * durable commands are used. A node that is no longer the master gets a short grace to answer what
 * it has; nothing goes to its successor before, or a refused command would be repeated behind later
 * ones. Then its links go, and what was in flight is judged by the rules for lost commands.
 */
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/pool.h"
#include "client/publish.h"
#include "client/reads.h"
#include "client/spare.h"
#include "client/stream.h"

#define HR_GRACE_MS 50 /* for what a living old master has still to answer */
#define HR_REDIAL_FIRST_MS 2
#define HR_REDIAL_MAX_MS 250

static void hr_data_each(struct hr_target *target, void (*fn)(struct hr_conn *conn)) {
  fn(&target->main);
  fn(&target->durable[0]);
  fn(&target->durable[1]);
}

void hr_data_dial(struct hr_conn *conn) {
  if (conn->link != NULL && conn->wanted && hr_link_is_down(conn->link)) {
    hr_link_dial(conn->link);
  }
}

void hr_data_on_redial(struct hr_timer *timer, void *owner) {
  struct hr_conn *conn = owner;
  hr_client_timer_rest(conn->client, timer);
  hr_data_dial(conn);
}

/* Who is no master any more, or cannot be reached by the control plane, is not dialled in vain: it
 * is wanted again when it is adopted. */
static void hr_data_on_target_redial(struct hr_timer *timer, void *owner) {
  const struct hr_conn *conn = owner;
  hr_client_timer_rest(conn->client, timer);
  if (conn->node == conn->client->topology.master) {
    hr_data_dial(owner);
  }
}

/* The first time at once: a link that breaks is often followed by one that does not. */
void hr_data_redial_later(struct hr_conn *conn, enum hr_down why) {
  uint32_t random = (uint32_t)hr_prng_next(&conn->client->prng);
  hr_msec wait = hr_route_backoff_ms(conn->dials, HR_REDIAL_FIRST_MS, HR_REDIAL_MAX_MS, random);
  if (conn->dials == 0) {
    wait = 0;
  }
  if (hr_down_refuses(why)) {
    wait = HR_REDIAL_MAX_MS;
  }
  if (hr_data_tls_refuses(conn->client, why)) {
    wait = HR_DATA_TLS_MS;
  }
  conn->dials++;
  hr_client_timer_set(conn->client, &conn->redial, wait);
}

void hr_data_admitted(struct hr_conn *conn) {
  conn->dials = 0;
  conn->auth_failed = conn->no_db = false;
  conn->client->refusal[0] = '\0';
  conn->client->refused_tls = false;
}

void hr_data_refused(struct hr_conn *conn, enum hr_down why, const char *text) {
  haredis_client *c = conn->client;
  bool told = c->refused_tls;
  if (!hr_data_tls_refuses(c, why) || c->ending) {
    return;
  }
  c->refused_tls = true;
  snprintf(c->refusal, sizeof(c->refusal), "%s", text);
  if (told) {
    return;
  }
  hr_log(c, HAREDIS_LOG_WARNING, "%s", text);
  if (!c->ending) { /* the log hook may have ended it */
    hr_tell(c, HAREDIS_EVENT_WARNING, conn->node, 0, 0, text);
  }
}

static void hr_data_on_up(struct hr_link *link, void *owner) {
  struct hr_conn *conn = owner;
  haredis_client *c = conn->client;
  (void)link;
  hr_client_enter(c);
  hr_data_admitted(conn);
  hr_readers_greeted(c, conn->node);
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_data_on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  struct hr_conn *conn = owner;
  haredis_client *c = conn->client;
  bool known = conn->auth_failed && hr_down_refuses(why);
  hr_client_enter(c);
  conn->auth_failed = hr_down_refuses(why);
  conn->no_db = hr_link_no_db(link);
  if (conn->auth_failed) {
    snprintf(c->refusal, sizeof(c->refusal), "%s", text);
  }
  hr_durable_abort(conn);
  hr_record_forget_body(conn);
  hr_own_lost(conn);
  conn->writes = 0;
  bool again = conn->wanted && !c->ending;
  if (again && conn->dials == 0) { /* first: what now waits shall not go down with its siblings */
    c->control->hint(c->driver, conn->node);
  }
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_data_refused(conn, why, text);
  if (again && conn->wanted && !c->ending) {
    int level =
        hr_down_refuses(why) || why == HR_DOWN_PROTOCOL ? HAREDIS_LOG_WARNING : HAREDIS_LOG_DEBUG;
    hr_log(c, known ? HAREDIS_LOG_DEBUG : level, "link for commands: %s", text);
    hr_data_redial_later(conn, why);
  }
  hr_client_leave(c);
}

static void hr_data_on_lost(struct hr_link *link, const struct hr_request *request,
                            const char *bytes, size_t len, bool sent, void *owner) {
  (void)link;
  hr_lost(owner, request, bytes, len, sent);
}

/* WAIT makes a durable link silent on purpose; the others wait for nothing but the server. The core
 * replaces a silent master after down_after_ms: a link breaks later, when only it is cut. */
static hr_msec hr_data_silence(const haredis_client *c, bool durable) {
  hr_msec silence = 2 * (hr_msec)c->options.down_after_ms;
  return durable ? silence + hr_durable_wait_ms(c) : silence;
}

void hr_client_link_config(const haredis_client *c, int node, const char *name,
                           struct hr_link_config *config) {
  const struct hr_address *address = &c->addresses.list[node];
  *config = (struct hr_link_config){
      .host = address->host,
      .port = address->port,
      .unix_path = address->unix_path,
      .username = address->username != NULL ? address->username : c->username,
      .password = address->password != NULL ? address->password : c->password,
      .db = c->options.db,
      .name = name,
      .tls = c->tls,
      .meter = &c->metrics.nodes[node].links,
      .connect_timeout_ms = c->options.connect_timeout_ms,
  };
}

static int hr_data_open(struct hr_conn *conn, bool durable) {
  haredis_client *c = conn->client;
  const struct hr_link_hooks hooks = {
      .up = hr_data_on_up,
      .down = hr_data_on_down,
      .lost = hr_data_on_lost,
      .flush = durable ? NULL : hr_record_flush,
  };
  struct hr_link_config config;
  hr_client_link_config(c, conn->node, "haredis-data", &config);
  config.silent_after_ms = hr_data_silence(c, durable);
  struct hr_link *warm = durable ? NULL : hr_spare_take(c, conn->node);
  if (hr_client_timer_make(c, &conn->redial, hr_data_on_target_redial, conn) != 0) {
    hr_link_free(warm);
    return -1;
  }
  if (warm != NULL) {
    hr_link_hand_over(warm, &hooks, conn);
    hr_link_set_silence(warm, config.silent_after_ms);
    conn->link = warm;
    conn->wanted = true;
    return 0;
  }
  conn->link = hr_link_new(c->loop, &config, &hooks, conn);
  conn->wanted = conn->link != NULL;
  if (conn->link == NULL) {
    hr_timer_clear(c->loop, &conn->redial);
    return -1;
  }
  hr_link_dial(conn->link);
  return 0;
}

static void hr_data_conn_free(struct hr_conn *conn) {
  haredis_client *c = conn->client;
  conn->wanted = false;
  if (conn->link != NULL) {
    hr_timer_clear(c->loop, &conn->redial);
    struct hr_link *link = conn->link;
    hr_link_free(link); /* its requests go to hr_lost, which still finds conn */
    conn->link = NULL;
  }
  hr_own_lost(conn);
  hr_durable_abort(conn);
  hr_durable_free(conn);
  hr_publish_free(conn);
  hr_record_forget_body(conn);
}

static void hr_data_retire(struct hr_target *target) {
  haredis_client *c = target->client;
  c->targets[target->node] = NULL;
  hr_timer_clear(c->loop, &target->grace);
  hr_client_enter(c);
  hr_data_each(target, hr_data_conn_free);
  target->next = c->retired; /* whoever called us may still hold one of its conns */
  c->retired = target;
  c->unsettled = true;
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static bool hr_data_target_owes(const struct hr_target *target) {
  return hr_data_owes(&target->main) || hr_data_owes(&target->durable[0]) ||
         hr_data_owes(&target->durable[1]);
}

/* Thousands of answers take their time: each says that its command ran, or that it did not. */
static bool hr_data_answers_still(const struct hr_target *target) {
  const haredis_client *c = target->client;
  const struct hr_conn *conns[] = {&target->main, &target->durable[0], &target->durable[1]};
  hr_msec now = hr_loop_now(c->loop), heard = 0;
  for (size_t i = 0; i < 3; i++) {
    hr_msec at = conns[i]->link != NULL ? hr_link_heard_ms(conns[i]->link) : 0;
    heard = at > heard ? at : heard;
  }
  return now - heard < HR_GRACE_MS && now - target->left_ms < c->options.down_after_ms &&
         hr_data_target_owes(target);
}

static void hr_data_on_grace(struct hr_timer *timer, void *owner) {
  struct hr_target *target = owner;
  hr_client_timer_rest(target->client, timer);
  if (target->main.wanted) {
    return;
  }
  if (hr_data_answers_still(target)) {
    hr_client_timer_set(target->client, timer, HR_GRACE_MS);
  } else {
    hr_data_retire(target);
  }
}

static struct hr_target *hr_data_target(haredis_client *c, int node) {
  struct hr_target *target = c->targets[node];
  if (target != NULL) {
    return target;
  }
  target = hr_calloc(1, sizeof(*target));
  if (target == NULL) {
    return NULL;
  }
  target->client = c;
  target->node = node;
  target->taken_ms = hr_loop_now(c->loop);
  struct hr_conn *conns[] = {&target->main, &target->durable[0], &target->durable[1]};
  for (size_t i = 0; i < 3; i++) {
    conns[i]->client = c;
    conns[i]->node = node;
  }
  if (hr_client_timer_make(c, &target->grace, hr_data_on_grace, target) != 0) {
    hr_free(target);
    return NULL;
  }
  c->targets[node] = target;
  return target;
}

struct hr_conn *hr_data_main(haredis_client *c, int node) {
  struct hr_target *target = hr_data_target(c, node);
  if (target == NULL) {
    return NULL;
  }
  if (target->main.link == NULL && hr_data_open(&target->main, false) != 0) {
    return NULL;
  }
  return &target->main;
}

struct hr_conn *hr_data_durable(haredis_client *c, int node, int which) {
  struct hr_target *target = hr_data_target(c, node);
  if (target == NULL) {
    return NULL;
  }
  struct hr_conn *conn = &target->durable[which];
  if (conn->link == NULL && hr_data_open(conn, true) != 0) {
    return NULL;
  }
  return conn;
}

/* A request that continues another never comes back without it, nor when the first bytes of that
 * have left: the link would be left in the middle of a transaction, or in another database. */
void hr_data_take_back(struct hr_conn *conn) {
  if (conn->link == NULL) {
    return;
  }
  size_t count = hr_link_unanswered(conn->link), keep = hr_link_touched(conn->link);
  while (keep < count && (hr_link_at(conn->link, keep)->flags & HR_REQ_CHAIN) != 0) {
    keep++;
  }
  if (keep < count) {
    hr_link_take_back(conn->link, keep);
  }
}

static void hr_data_unwant(struct hr_conn *conn) {
  conn->wanted = false;
}

static void hr_data_want(struct hr_conn *conn) {
  conn->wanted = conn->link != NULL;
  hr_data_dial(conn);
}

/* It has not been heard of for long, though hr_data_beat would have made it speak. */
static bool hr_data_is_hung(const struct hr_target *target) {
  haredis_client *c = target->client;
  hr_msec heard = hr_data_heard_ms(c, target->node);
  hr_msec silence = hr_loop_now(c->loop) - (heard > target->taken_ms ? heard : target->taken_ms);
  return silence > (hr_msec)c->options.down_after_ms * 3 / 4;
}

static void hr_data_leave_master(haredis_client *c, int node) {
  struct hr_target *target = c->targets[node];
  if (target == NULL || !target->main.wanted) {
    return;
  }
  hr_data_each(target, hr_data_unwant);
  target->left_ms = hr_loop_now(c->loop);
  hr_client_timer_set(c, &target->grace, hr_data_is_hung(target) ? 0 : HR_GRACE_MS);
  c->leaving = true;
  hr_data_take_back(&target->main); /* last: without memory it calls back, which may end all */
}

bool hr_data_owes(const struct hr_conn *conn) {
  size_t count = conn->link != NULL ? hr_link_unanswered(conn->link) : 0;
  for (size_t i = 0; i < count; i++) {
    if ((hr_link_at(conn->link, i)->flags & (HR_REQ_DONE | HR_REQ_OURS)) == 0) {
      return true;
    }
  }
  return hr_publish_owes(conn, INT64_MAX);
}

bool hr_data_leaving(haredis_client *c) {
  bool leaving = false;
  for (size_t node = 0; node < c->addresses.count && c->leaving; node++) {
    const struct hr_target *target = c->targets[node];
    leaving = leaving || (target != NULL && !target->main.wanted && hr_data_target_owes(target));
  }
  c->leaving = leaving;
  return leaving;
}

void hr_data_topology(haredis_client *c) {
  int master = c->topology.master;
  bool paused = c->plans[HR_NEED_WRITE].kind != HR_PLAN_SEND;
  for (int node = 0; node < (int)c->addresses.count && master >= 0; node++) {
    if (node != master) {
      hr_data_leave_master(c, node);
    }
  }
  if (master >= 0 && !c->ending && hr_data_main(c, master) != NULL) {
    hr_data_each(c->targets[master], hr_data_want);
  }
  if (!paused) {
    return;
  }
  for (int node = 0; node < (int)c->addresses.count; node++) {
    if (c->targets[node] != NULL) {
      hr_data_take_back(&c->targets[node]->main);
    }
  }
}

static void hr_data_close_conn(struct hr_conn *conn) {
  if (conn->link == NULL || hr_link_is_down(conn->link)) {
    return;
  }
  hr_link_close(conn->link);
  hr_durable_abort(conn);
  hr_record_forget_body(conn);
  hr_own_lost(conn);
  conn->writes = 0;
  if (conn->wanted) {
    hr_data_redial_later(conn, HR_DOWN_ASKED);
  }
}

void hr_data_close(haredis_client *c, int node) {
  if (c->targets[node] == NULL) {
    return;
  }
  hr_client_enter(c);
  hr_data_each(c->targets[node], hr_data_close_conn);
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_data_on_ping(struct hr_link *link, struct hr_request *request,
                            struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  (void)link;
  (void)reply;
  (void)hr_metrics_round_trip(conn->client, conn->node, request->order);
}

static void hr_data_ping(struct hr_conn *conn) {
  static const char *const ping[] = {"PING"};
  if (conn->link == NULL || !hr_link_is_up(conn->link) || hr_link_unanswered(conn->link) > 0) {
    return;
  }
  hr_msec silence = hr_loop_now(conn->client->loop) - hr_link_heard_ms(conn->link);
  if (silence >= hr_data_beat_ms(conn->client)) {
    struct hr_request request = {.fn = hr_data_on_ping, .owner = conn, .flags = HR_REQ_OURS};
    request.order = hr_loop_now_us(conn->client->loop);
    (void)hr_link_send(conn->link, &request, 1, ping, NULL); /* no memory: at the next beat */
  }
}

hr_msec hr_data_beat_ms(const haredis_client *c) {
  return c->options.down_after_ms / 3;
}

/* An idle link is asked for a sign of life: TCP alone notices a silent peer after minutes. */
void hr_data_beat(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  hr_client_timer_set(c, timer, hr_data_beat_ms(c));
  hr_client_enter(c); /* a link that is closed calls back */
  for (size_t node = 0; node < c->addresses.count; node++) {
    if (c->targets[node] != NULL) {
      hr_data_each(c->targets[node], hr_data_ping);
    }
  }
  hr_spare_beat(c);
  hr_readers_beat(c);
  hr_stream_beat(c);
  hr_client_leave(c);
}

/* A chain could not be queued to its end: what was begun must not be continued by others. */
void hr_data_break(struct hr_conn *conn) {
  hr_client_enter(conn->client);
  hr_data_close_conn(conn);
  hr_client_leave(conn->client);
}

void hr_data_free_retired(haredis_client *c) {
  while (c->retired != NULL) {
    struct hr_target *target = c->retired;
    c->retired = target->next;
    hr_free(target);
  }
}

void hr_data_free_all(haredis_client *c) {
  for (size_t node = 0; node < c->addresses.count; node++) {
    if (c->targets[node] != NULL) {
      hr_data_retire(c->targets[node]);
    }
  }
}

hr_msec hr_data_heard_ms(const haredis_client *c, int node) {
  const struct hr_target *target = c->targets[node];
  if (target == NULL) {
    return hr_pool_heard_ms(c, node);
  }
  const struct hr_link *links[] = {target->main.link, target->durable[0].link,
                                   target->durable[1].link};
  hr_msec heard = hr_pool_heard_ms(c, node);
  for (size_t i = 0; i < 3; i++) {
    hr_msec at = links[i] != NULL ? hr_link_heard_ms(links[i]) : 0;
    heard = at > heard ? at : heard;
  }
  return heard;
}
