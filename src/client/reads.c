/*
 * Reads from replicas: see reads.h.
 *
 * A link is dialled when the first read might use it, kept while its node may be read, and closed
 * when that has not been so for long, or when nobody reads from replicas any more. Its PINGs prove
 * that it lives and measure it.
 * It must not know: sockets, who is readable and why.
 */
#include "client/reads.h"

#include <string.h>

#define HR_READS_KEEP_MS 10000 /* a link of which nothing is wanted */
#define HR_READS_USED_MS 60000 /* how long after the last read links are kept up */

static void hr_reads_on_reply(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply);

static enum hr_read_from hr_reads_from(const struct hr_request *request) {
  return (enum hr_read_from)((request->flags & HR_REQ_FROM) >> HR_REQ_FROM_BIT);
}

static bool hr_reads_active(const haredis_client *c) {
  return c->reads->used_ms != 0 && hr_loop_now(c->loop) - c->reads->used_ms < HR_READS_USED_MS;
}

/* ---- links ---- */

static void hr_reads_linked(struct hr_reader *reader) {
  haredis_client *c = reader->conn.client;
  bool refused = hr_loop_now(c->loop) < reader->refused_ms;
  c->reads->links[reader->conn.node].ready =
      reader->conn.link != NULL && hr_link_is_up(reader->conn.link) && !refused;
}

static void hr_reads_on_ping(struct hr_link *link, struct hr_request *request,
                             struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  struct hr_reads *reads = conn->client->reads;
  uint32_t *rtt = &reads->measured_us[conn->node];
  uint32_t took = hr_metrics_round_trip(conn->client, conn->node, request->order);
  (void)link;
  (void)reply;
  *rtt = *rtt == 0 ? took : (uint32_t)(((uint64_t)*rtt * 7 + took) / 8);
  reads->links[conn->node].rtt_us = *rtt;
  reads->pinged_us[conn->node] = 0;
}

/* Who hangs would stay the nearest for ever: an answer that is due counts as long as it is late. */
static void hr_reads_overdue(struct hr_reads *reads, int node, int64_t now_us) {
  int64_t *since = &reads->pinged_us[node];
  *since = *since == 0 ? now_us : *since;
  if (now_us - *since > reads->links[node].rtt_us && now_us - *since < INT32_MAX) {
    reads->links[node].rtt_us = (uint32_t)(now_us - *since);
  }
}

static void hr_reads_ping(struct hr_conn *conn) {
  static const char *const ping[] = {"PING"};
  haredis_client *c = conn->client;
  struct hr_request request = {.fn = hr_reads_on_ping,
                               .owner = conn,
                               .flags = HR_REQ_OURS,
                               .order = hr_loop_now_us(c->loop)};
  hr_reads_overdue(c->reads, conn->node, request.order);
  (void)hr_link_send(conn->link, &request, 1, ping, NULL); /* no memory: at the next beat */
}

static void hr_reads_on_up(struct hr_link *link, void *owner) {
  struct hr_reader *reader = owner;
  haredis_client *c = reader->conn.client;
  (void)link;
  hr_client_enter(c);
  hr_data_admitted(&reader->conn);
  c->reads->pinged_us[reader->conn.node] = 0;
  hr_reads_linked(reader);
  hr_reads_ping(&reader->conn);
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_reads_on_down(struct hr_link *link, enum hr_down why, const char *text,
                             void *owner) {
  struct hr_reader *reader = owner;
  struct hr_conn *conn = &reader->conn;
  haredis_client *c = conn->client;
  bool known = conn->auth_failed && hr_down_refuses(why);
  (void)link;
  hr_client_enter(c);
  conn->auth_failed = hr_down_refuses(why);
  hr_reads_linked(reader);
  hr_data_refused(conn, why, text);
  if (conn->wanted && !c->ending) {
    bool bad = (hr_down_refuses(why) || why == HR_DOWN_PROTOCOL) && !known;
    hr_log(c, bad ? HAREDIS_LOG_WARNING : HAREDIS_LOG_DEBUG, "link for reads: %s", text);
  }
  if (conn->wanted && !c->ending) { /* the log's hook may have ended it */
    if (conn->dials == 0) {
      hr_client_hint_soon(c, conn->node);
    }
    hr_data_redial_later(conn, why);
  }
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_reads_on_lost(struct hr_link *link, const struct hr_request *request,
                             const char *bytes, size_t len, bool sent, void *owner) {
  struct hr_reader *reader = owner;
  haredis_client *c = reader->conn.client;
  (void)link;
  if ((request->flags & HR_REQ_OURS) != 0) {
    return;
  }
  c->reads->links[reader->conn.node].waiting--;
  if ((request->flags & HR_REQ_DONE) != 0) {
    return;
  }
  hr_client_enter(c);
  hr_lost_user(&reader->conn, request, bytes, len,
               sent ? HR_OUTCOME_LOST_SENT : HR_OUTCOME_LOST_UNSENT);
  hr_client_leave(c);
}

static struct hr_reader *hr_reads_open(haredis_client *c, int node) {
  static const struct hr_link_hooks hooks = {
      .up = hr_reads_on_up, .down = hr_reads_on_down, .lost = hr_reads_on_lost};
  struct hr_reader *reader = hr_calloc(1, sizeof(*reader));
  if (reader == NULL) {
    return NULL;
  }
  struct hr_link_config config;
  hr_client_link_config(c, node, "haredis-reads", &config);
  config.silent_after_ms = 2 * (hr_msec)c->options.down_after_ms;
  reader->conn.client = c;
  reader->conn.node = node;
  if (hr_client_timer_make(c, &reader->conn.redial, hr_data_on_redial, &reader->conn) != 0) {
    hr_free(reader);
    return NULL;
  }
  reader->conn.link = hr_link_new(c->loop, &config, &hooks, reader);
  if (reader->conn.link == NULL) {
    hr_timer_clear(c->loop, &reader->conn.redial);
    hr_free(reader);
    return NULL;
  }
  c->reads->readers[node] = reader;
  return reader;
}

/* Dial whoever may be read; leave alone whoever may not for now. */
static void hr_reads_want(haredis_client *c) {
  for (int node = 0; node < (int)c->topology.count && !c->ending; node++) {
    if (!c->topology.nodes[node].readable) {
      continue;
    }
    struct hr_reader *reader = c->reads->readers[node];
    if (reader == NULL) {
      reader = hr_reads_open(c, node); /* no memory: the next beat tries again */
    }
    if (reader == NULL) {
      continue;
    }
    reader->readable_ms = hr_loop_now(c->loop);
    if (!reader->conn.wanted) {
      reader->conn.wanted = true;
      hr_data_dial(&reader->conn);
    }
  }
}

static void hr_reads_leave(struct hr_reader *reader) {
  reader->conn.wanted = false;
  if (!hr_link_is_down(reader->conn.link)) {
    hr_link_close(reader->conn.link);
  }
  hr_client_timer_rest(reader->conn.client, &reader->conn.redial);
  hr_reads_linked(reader);
}

/* ---- sending ---- */

static struct hr_plan hr_reads_plan(haredis_client *c, enum hr_read_from from) {
  struct hr_reads *reads = c->reads;
  const struct hr_topology *topology = c->topology.version != 0 ? &c->topology : NULL;
  const struct hr_plan *master = &c->plans[HR_NEED_READ];
  struct hr_plan plan = hr_route_reads(topology, master, from, reads->links, reads->turn++);
  bool elsewhere = plan.kind == HR_PLAN_SEND && plan.node != c->topology.master;
  if (elsewhere && hr_own_watches(c) && !hr_own_is_counted(c)) {
    return *master;
  }
  return plan;
}

/* The question in front, where one is needed. -1: no memory. */
static int hr_reads_prepare(struct hr_reader *reader, struct hr_request *request) {
  haredis_client *c = reader->conn.client;
  request->fn = hr_reads_on_reply;
  request->owner = &reader->conn;
  request->flags &= ~(HR_REQ_OWN | HR_REQ_CHAIN);
  if (!hr_own_watches(c) || !hr_own_wrote(c)) {
    return 0;
  }
  request->flags |= HR_REQ_OWN | HR_REQ_CHAIN;
  return hr_own_ask(reader);
}

static int hr_reads_send(struct hr_reader *reader, struct hr_request *request, int argc,
                         const char **argv, const size_t *argvlen) {
  struct hr_link *link = reader->conn.link;
  size_t before = hr_link_unanswered(link);
  if (hr_reads_prepare(reader, request) != 0) {
    return -1;
  }
  if (hr_link_send(link, request, argc, argv, argvlen) != 0) {
    hr_link_take_back(link, before);
    return -1;
  }
  reader->conn.client->reads->links[reader->conn.node].waiting++;
  return 0;
}

static int hr_reads_send_waiting(struct hr_reader *reader, struct hr_waiting *waiting) {
  struct hr_link *link = reader->conn.link;
  size_t before = hr_link_unanswered(link);
  if (hr_reads_prepare(reader, &waiting->request) != 0) {
    return -1;
  }
  if (hr_link_send_raw(link, &waiting->request, waiting->bytes, waiting->len) != 0) {
    hr_link_take_back(link, before);
    return -1;
  }
  reader->conn.client->reads->links[reader->conn.node].waiting++;
  return 0;
}

/* To the master: straight to its link where that is allowed, else in line with the others. */
static int hr_reads_submit_master(haredis_client *c, struct hr_request *request, int argc,
                                  const char **argv, const size_t *argvlen) {
  struct hr_conn *conn = c->read_conn;
  if (conn == NULL) {
    return hr_submit_queue(c, request, argc, argv, argvlen);
  }
  request->owner = conn;
  int code = hr_link_send(conn->link, request, argc, argv, argvlen);
  return code == 0 ? HAREDIS_OK : hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
}

int hr_reads_submit(haredis_client *c, struct hr_request *request, int argc, const char **argv,
                    const size_t *argvlen) {
  if (hr_reads_make(c) != HAREDIS_OK) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  struct hr_reads *reads = c->reads;
  enum hr_read_from from = hr_reads_from(request);
  bool first = !hr_reads_active(c) || !reads->told;
  reads->used_ms = hr_loop_now(c->loop);
  reads->measures = reads->measures || from == HR_READ_NEAREST;
  if (first) {
    hr_client_pump_soon(c); /* which dials, and tells the control plane: both may call back */
  }
  struct hr_plan plan = hr_reads_plan(c, from);
  if (plan.kind == HR_PLAN_WAIT) {
    return hr_submit_keep(c, &reads->waiting, true, request, argc, argv, argvlen);
  }
  if (plan.kind == HR_PLAN_FAIL || plan.node == c->topology.master) {
    return hr_reads_submit_master(c, request, argc, argv, argvlen);
  }
  int code = hr_reads_send(reads->readers[plan.node], request, argc, argv, argvlen);
  return code == 0 ? HAREDIS_OK : hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
}

/* ---- waiting ---- */

void hr_reads_back(haredis_client *c, struct hr_waiting *waiting) {
  waiting->request.flags &= ~(HR_REQ_OWN | HR_REQ_CHAIN);
  hr_pending_back(&c->reads->waiting, waiting);
  hr_metrics_queued(c);
  hr_client_pump_soon(c);
}

static void hr_reads_pump_one(haredis_client *c, struct hr_waiting *waiting) {
  struct hr_reads *reads = c->reads;
  struct hr_plan plan = hr_reads_plan(c, hr_reads_from(&waiting->request));
  if (plan.kind == HR_PLAN_WAIT) {
    return;
  }
  hr_pending_remove(&reads->waiting, waiting);
  if (plan.kind == HR_PLAN_FAIL || plan.node == c->topology.master) {
    hr_pending_back(&c->pending, waiting);
    return;
  }
  hr_request_sent(c, &waiting->request);
  if (hr_reads_send_waiting(reads->readers[plan.node], waiting) != 0) {
    hr_over_push(c, waiting, HAREDIS_ERR_MEMORY);
    return;
  }
  hr_waiting_free(waiting);
}

/* A bit for each enum hr_read_from that has a way: many may wait, and this is called often. */
static unsigned hr_reads_ways(haredis_client *c) {
  unsigned ways = 0;
  for (unsigned from = HR_READ_REPLICA; from <= HR_READ_NEAREST; from++) {
    bool goes = hr_reads_plan(c, (enum hr_read_from)from).kind != HR_PLAN_WAIT;
    ways |= (goes ? 1u : 0u) << from;
  }
  return ways;
}

void hr_reads_pump(haredis_client *c) {
  if (c->reads == NULL || c->ending) {
    return;
  }
  if (hr_reads_active(c)) {
    hr_reads_want(c);
    hr_own_recount(c);
  }
  struct hr_waiting *waiting = c->reads->waiting.first, *next;
  unsigned ways = waiting != NULL ? hr_reads_ways(c) : 0;
  for (; waiting != NULL && ways != 0; waiting = next) {
    next = waiting->next;
    if ((ways & 1u << hr_reads_from(&waiting->request)) != 0) {
      hr_reads_pump_one(c, waiting);
    }
  }
}

/* The master is gone: what stands in its line because no replica could be read may leave it. */
static void hr_reads_recall(haredis_client *c) {
  struct hr_waiting *next;
  for (struct hr_waiting *waiting = c->pending.first; waiting != NULL; waiting = next) {
    next = waiting->next;
    if ((waiting->request.flags & HR_REQ_FROM) != 0) {
      hr_pending_remove(&c->pending, waiting);
      hr_pending_back(&c->reads->waiting, waiting);
    }
  }
}

void hr_reads_topology(haredis_client *c) {
  if (c->reads == NULL) {
    return;
  }
  hr_own_topology(c);
  if (c->plans[HR_NEED_READ].kind == HR_PLAN_WAIT) {
    hr_reads_recall(c);
  }
  for (size_t node = 0; node < c->topology.count; node++) {
    struct hr_reader *reader = c->reads->readers[node];
    if (reader != NULL && !c->topology.nodes[node].readable) {
      hr_data_take_back(&reader->conn); /* what did not leave goes elsewhere */
    }
  }
}

/* ---- answers ---- */

/* When the next of the nodes that said "not now" may be asked again. */
static void hr_reads_arm(haredis_client *c) {
  hr_msec now = hr_loop_now(c->loop), next = HR_REST_MS;
  for (size_t node = 0; node < c->addresses.count; node++) {
    struct hr_reader *reader = c->reads->readers[node];
    if (reader == NULL) {
      continue;
    }
    if (reader->refused_ms > now && reader->refused_ms - now < next) {
      next = reader->refused_ms - now;
    }
    hr_reads_linked(reader);
  }
  hr_client_timer_set(c, &c->reads->timer, next);
}

/* It lacks a write of ours, or cannot show that it has them all: asking the master is no retry. */
static void hr_reads_stale(struct hr_conn *conn, const struct hr_request *request,
                           const char *bytes, size_t len) {
  haredis_client *c = conn->client;
  struct hr_waiting *waiting = bytes != NULL ? hr_waiting_new(request, bytes, len) : NULL;
  if (waiting == NULL) {
    hr_finish(c, request, NULL, HAREDIS_ERR_MEMORY, bytes, len, conn->node);
    return;
  }
  waiting->request.flags &= ~(HR_REQ_FROM | HR_REQ_OWN | HR_REQ_CHAIN);
  waiting->request.attempts--;
  hr_pending_back(&c->pending, waiting);
  hr_client_pump_soon(c);
}

/* True: it will be read elsewhere, or here later. */
static bool hr_reads_refused(struct hr_conn *conn, const struct hr_request *request,
                             const struct redisReply *reply, const char *bytes, size_t len) {
  haredis_client *c = conn->client;
  struct hr_reader *reader = c->reads->readers[conn->node];
  enum hr_error_class class = hr_route_error_class(reply->str, (size_t)reply->len);
  if (class == HR_ERROR_PLAIN || bytes == NULL || c->ending) {
    return false;
  }
  struct hr_outcome outcome = hr_outcome_of(c, request, HR_OUTCOME_REPLY);
  outcome.error = class;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  struct hr_waiting *waiting =
      verdict.kind == HR_VERDICT_RETRY ? hr_waiting_new(request, bytes, len) : NULL;
  hr_msec now = hr_loop_now(c->loop);
  if (verdict.hint && reader->refused_ms <= now) { /* one hint for all that were in flight */
    hr_client_hint_soon(c, conn->node);
  }
  if (waiting == NULL) {
    return false;
  }
  hr_reads_back(c, waiting);
  if (now + verdict.wait_ms > reader->refused_ms) {
    reader->refused_ms = now + verdict.wait_ms;
  }
  hr_reads_arm(c);
  return true;
}

static void hr_reads_on_reply(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  const char *bytes = NULL;
  size_t len = 0;
  bool stale = (request->flags & HR_REQ_OWN) != 0 && !((struct hr_reader *)conn)->fresh;
  c->reads->links[conn->node].waiting--;
  if ((request->flags & HR_REQ_DONE) != 0) {
    return;
  }
  c->depth++;
  bool error = reply->type == REDIS_REPLY_ERROR;
  if (error || stale || c->spans) {
    bytes = hr_link_answered_bytes(link, &len);
  }
  if (stale) {
    hr_reads_stale(conn, request, bytes, len);
  } else if (!error || !hr_reads_refused(conn, request, reply, bytes, len)) {
    hr_finish(c, request, reply, HAREDIS_OK, bytes, len, conn->node);
  }
  hr_client_leave(c);
}

/* ---- time ---- */

static void hr_reads_on_timer(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  (void)timer;
  hr_reads_arm(c);
  hr_client_pump(NULL, c);
}

/* For the nearest every link is measured at every beat, busy or not; else idle ones prove that they
 * live. */
static void hr_reads_beat_one(haredis_client *c, struct hr_reader *reader, hr_msec now) {
  const struct hr_conn *conn = &reader->conn;
  if (c->topology.nodes[conn->node].readable) {
    reader->readable_ms = now;
  }
  bool kept = hr_reads_active(c) && now - reader->readable_ms < HR_READS_KEEP_MS;
  if (!kept && conn->wanted && hr_link_unanswered(conn->link) == 0) {
    hr_reads_leave(reader);
  }
  if (!hr_link_is_up(conn->link)) {
    return;
  }
  hr_msec silence = now - hr_link_heard_ms(conn->link);
  bool idle = hr_link_unanswered(conn->link) == 0 && silence >= hr_data_beat_ms(c);
  if (idle || c->reads->measures) {
    hr_reads_ping(&reader->conn);
  }
}

void hr_reads_beat(haredis_client *c) {
  if (c->reads == NULL || c->ending) {
    return;
  }
  hr_msec now = hr_loop_now(c->loop);
  for (size_t node = 0; node < c->topology.count; node++) {
    if (c->reads->readers[node] != NULL) {
      hr_reads_beat_one(c, c->reads->readers[node], now);
    }
  }
  if (c->reads->waiting.first != NULL) {
    hr_client_pump_soon(c); /* a link may not have been made for want of memory */
  }
  int master = c->topology.master;
  struct hr_target *target = master >= 0 ? c->targets[master] : NULL;
  if (c->reads->measures && hr_reads_active(c) && target != NULL && target->main.link != NULL &&
      hr_link_is_up(target->main.link)) {
    hr_reads_ping(&target->main);
  }
}

/* Why it was not read in time. */
static int hr_reads_late(haredis_client *c, const struct hr_request *request) {
  struct hr_plan plan = hr_reads_plan(c, hr_reads_from(request));
  return plan.kind == HR_PLAN_SEND ? HAREDIS_ERR_TIMEOUT : hr_route_code_public(plan.code);
}

void hr_reads_expire(haredis_client *c, hr_msec now, hr_msec *next) {
  if (c->reads == NULL) {
    return;
  }
  for (size_t node = 0; node < c->addresses.count; node++) {
    if (c->reads->readers[node] != NULL) {
      hr_deadline_conn(&c->reads->readers[node]->conn, now, next);
    }
  }
  struct hr_waiting *after;
  for (struct hr_waiting *waiting = c->reads->waiting.first; waiting != NULL; waiting = after) {
    after = waiting->next;
    hr_msec at = waiting->request.deadline_ms;
    if (at == 0) {
      continue;
    }
    if (at > now) {
      *next = at < *next ? at : *next;
      continue;
    }
    hr_pending_remove(&c->reads->waiting, waiting);
    hr_over_push(c, waiting, hr_reads_late(c, &waiting->request));
  }
}

hr_msec hr_reads_heard_ms(const haredis_client *c, int node) {
  const struct hr_reader *reader = c->reads != NULL ? c->reads->readers[node] : NULL;
  return reader != NULL && reader->conn.link != NULL ? hr_link_heard_ms(reader->conn.link) : 0;
}

/* ---- birth and end ---- */

int hr_reads_make(haredis_client *c) {
  if (c->reads != NULL) {
    return HAREDIS_OK;
  }
  struct hr_reads *reads = hr_calloc(1, sizeof(*reads));
  if (reads == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  reads->client = c;
  if (hr_client_timer_make(c, &reads->timer, hr_reads_on_timer, c) != 0) {
    hr_free(reads);
    return HAREDIS_ERR_MEMORY;
  }
  c->reads = reads;
  return HAREDIS_OK;
}

void hr_reads_close(haredis_client *c, int node) {
  struct hr_reader *reader = c->reads != NULL ? c->reads->readers[node] : NULL;
  if (reader == NULL || reader->conn.link == NULL || hr_link_is_down(reader->conn.link)) {
    return;
  }
  hr_client_enter(c);
  hr_link_close(reader->conn.link);
  hr_reads_linked(reader);
  if (reader->conn.wanted) {
    hr_data_redial_later(&reader->conn, HR_DOWN_ASKED);
  }
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

void hr_reads_end(haredis_client *c) {
  if (c->reads == NULL) {
    return;
  }
  for (size_t node = 0; node < c->addresses.count; node++) {
    struct hr_reader *reader = c->reads->readers[node];
    if (reader == NULL || reader->conn.link == NULL) {
      continue;
    }
    struct hr_link *link = reader->conn.link;
    reader->conn.wanted = false;
    hr_timer_clear(c->loop, &reader->conn.redial);
    hr_link_free(link); /* its requests go to hr_reads_on_lost, which still finds the reader */
    reader->conn.link = NULL;
    c->reads->links[node].ready = false;
  }
  while (c->reads->waiting.first != NULL) {
    struct hr_waiting *waiting = c->reads->waiting.first;
    hr_pending_remove(&c->reads->waiting, waiting);
    hr_over_push(c, waiting, HAREDIS_ERR_CLOSED);
  }
}

void hr_reads_free_memory(haredis_client *c) {
  if (c->reads == NULL) {
    return;
  }
  for (size_t node = 0; node < HR_NODES_MAX; node++) {
    hr_free(c->reads->readers[node]);
  }
  hr_timer_clear(c->loop, &c->reads->timer);
  hr_free(c->reads);
  c->reads = NULL;
}
