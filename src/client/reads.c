/*
 * Reads from replicas: see reads.h.
 *
 * It must not know: sockets, how links are kept and measured (readers.c), who is readable and why.
 */
#include "client/reads.h"

#include <string.h>

static void hr_reads_on_reply(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply);

static enum hr_read_from hr_reads_from(uint32_t flags) {
  return (enum hr_read_from)((flags & HR_REQ_FROM) >> HR_REQ_FROM_BIT);
}

/* ---- a bound of its own ---- */

/* Four bits behind the highest one, and where that stands. */
uint32_t hr_lag_pack(size_t bytes) {
  uint32_t shift = 0;
  while (bytes >> shift >= 32) {
    shift++;
  }
  return bytes < 16 ? (uint32_t)bytes : (shift + 1) << 4 | (uint32_t)((bytes >> shift) & 15);
}

int64_t hr_lag_unpack(uint32_t packed) {
  uint32_t shift = packed >> 4;
  int64_t high = packed & 15;
  if (shift == 0) {
    return high;
  }
  return shift - 1 < 59 ? (high + 16) << (shift - 1) : INT64_MAX - 1;
}

/* Who is nearer than that when the core looked last. */
static void hr_reads_within(haredis_client *c, uint32_t flags, struct hr_route_link *links) {
  int64_t bound = hr_lag_unpack((flags & HR_REQ_LAG) >> HR_REQ_LAG_BIT);
  for (int node = 0; node < (int)c->topology.count; node++) {
    bool ready = c->reads->links[node].ready;
    links[node] = c->reads->links[node];
    links[node].ready = ready && c->control->behind(c->driver, node) <= bound;
  }
}

/* ---- sending ---- */

static struct hr_plan hr_reads_plan(haredis_client *c, uint32_t flags) {
  struct hr_reads *reads = c->reads;
  struct hr_route_link within[HR_NODES_MAX] = {0};
  const struct hr_route_link *links = reads->links;
  const struct hr_topology *topology = c->topology.version != 0 ? &c->topology : NULL;
  const struct hr_plan *master = &c->plans[HR_NEED_READ];
  if ((flags & HR_REQ_LAG) != 0) {
    hr_reads_within(c, flags, within);
    links = within;
  }
  struct hr_plan plan =
      hr_route_reads(topology, master, hr_reads_from(flags), links, reads->turn++);
  bool elsewhere = plan.kind == HR_PLAN_SEND && plan.node != c->topology.master;
  if (elsewhere && (flags & HR_REQ_SEES_OWN) != 0 && !hr_own_is_counted(c)) {
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
  if ((request->flags & HR_REQ_SEES_OWN) == 0 || !hr_own_wrote(c)) {
    return 0;
  }
  request->flags |= HR_REQ_OWN | HR_REQ_CHAIN;
  return hr_own_ask(reader);
}

/* No memory for the whole of it. What has left of the question may end in another database. */
static int hr_reads_undo(struct hr_reader *reader, size_t before) {
  hr_link_take_back(reader->conn.link, before);
  if (hr_link_unanswered(reader->conn.link) > before && reader->conn.client->options.db != 0) {
    hr_readers_astray(reader);
  }
  return -1;
}

static int hr_reads_send(struct hr_reader *reader, struct hr_request *request, int argc,
                         const char **argv, const size_t *argvlen) {
  struct hr_link *link = reader->conn.link;
  size_t before = hr_link_unanswered(link);
  if (hr_reads_prepare(reader, request) != 0 ||
      hr_link_send(link, request, argc, argv, argvlen) != 0) {
    return hr_reads_undo(reader, before);
  }
  reader->conn.client->reads->links[reader->conn.node].waiting++;
  return 0;
}

static int hr_reads_send_waiting(struct hr_reader *reader, struct hr_waiting *waiting) {
  struct hr_link *link = reader->conn.link;
  size_t before = hr_link_unanswered(link);
  if (hr_reads_prepare(reader, &waiting->request) != 0 ||
      hr_link_send_raw(link, &waiting->request, waiting->bytes, waiting->len) != 0) {
    return hr_reads_undo(reader, before);
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
  struct hr_reads *reads = c->reads;
  bool first = !hr_readers_active(c) || !reads->told;
  reads->used_ms = hr_loop_now(c->loop);
  if (hr_reads_from(request->flags) == HR_READ_NEAREST) {
    hr_readers_measure(c);
  }
  if (first) {
    hr_client_pump_soon(c); /* which dials, and tells the control plane: both may call back */
  }
  struct hr_plan plan = hr_reads_plan(c, request->flags);
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
  struct hr_plan plan = hr_reads_plan(c, waiting->request.flags);
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

/* Those without a bound of their own are of few kinds. */
static unsigned hr_reads_kind(uint32_t flags) {
  return (unsigned)hr_reads_from(flags) | ((flags & HR_REQ_SEES_OWN) != 0 ? 4u : 0u);
}

/* A bit for each kind that has a way: many may wait, and this is called often. */
static unsigned hr_reads_ways(haredis_client *c) {
  unsigned ways = 0;
  for (uint32_t from = HR_READ_REPLICA; from <= HR_READ_NEAREST; from++) {
    for (uint32_t own = 0; own <= HR_REQ_SEES_OWN; own += HR_REQ_SEES_OWN) {
      uint32_t flags = from << HR_REQ_FROM_BIT | own;
      bool goes = hr_reads_plan(c, flags).kind != HR_PLAN_WAIT;
      ways |= (goes ? 1u : 0u) << hr_reads_kind(flags);
    }
  }
  return ways;
}

void hr_reads_pump(haredis_client *c) {
  if (c->reads == NULL || c->ending) {
    return;
  }
  if (hr_readers_active(c)) {
    hr_readers_want(c);
    hr_own_recount(c);
  }
  struct hr_waiting *waiting = c->reads->waiting.first, *next;
  unsigned ways = waiting != NULL ? hr_reads_ways(c) : 0;
  for (; waiting != NULL && ways != 0; waiting = next) {
    next = waiting->next;
    if ((ways & 1u << hr_reads_kind(waiting->request.flags)) != 0) {
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
  if (verdict.hint && !hr_readers_refused(reader)) { /* one hint for all that were in flight */
    hr_client_hint_soon(c, conn->node);
  }
  if (waiting == NULL) {
    return false;
  }
  hr_reads_back(c, waiting);
  hr_readers_refuse(reader, verdict.wait_ms);
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

/* Why it was not read in time. */
static int hr_reads_late(haredis_client *c, const struct hr_request *request) {
  struct hr_plan plan = hr_reads_plan(c, request->flags);
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
  if (hr_client_timer_make(c, &reads->timer, hr_readers_on_timer, c) != 0) {
    hr_free(reads);
    return HAREDIS_ERR_MEMORY;
  }
  c->reads = reads;
  if (c->options.read_own_writes != 0) {
    hr_own_watch(c);
  }
  return HAREDIS_OK;
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
    hr_link_free(link); /* its requests go to hr_readers_on_lost, which still finds the reader */
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
