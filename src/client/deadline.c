/*
 * Deadlines of commands. Not a timer each: the client knows the earliest one, and when it comes
 * everything is scanned once. With a common timeout that is one scan per timeout, whatever the
 * rate.
 *
 *   not sent: out of the queue, it did not run     sent: its late answer will be dropped, ERR_MAYBE
 */
#include "client/client.h"
#include "client/pool.h"
#include "client/publish.h"
#include "client/reads.h"

void hr_deadline_watch(haredis_client *c, hr_msec deadline_ms) {
  c->scan_at_ms = deadline_ms;
  hr_client_timer_set(c, &c->scan, deadline_ms - hr_loop_now(c->loop));
}

/* ---- commands that are over and must not call back yet ---- */

void hr_over_push(haredis_client *c, struct hr_waiting *waiting, int code) {
  waiting->code = code;
  hr_pending_add(&c->over, waiting);
  hr_client_pump_soon(c);
}

void hr_over_add(haredis_client *c, struct hr_waiting *waiting, int code) {
  hr_pending_remove(&c->pending, waiting);
  hr_over_push(c, waiting, code);
}

void hr_over_finish(haredis_client *c) {
  hr_client_enter(c);
  while (c->over.first != NULL) {
    struct hr_waiting *waiting = c->over.first;
    hr_pending_remove(&c->over, waiting);
    struct redisReply *reply = waiting->code == HAREDIS_OK ? waiting->error : NULL;
    hr_finish(c, &waiting->request, reply, waiting->code, waiting->bytes, waiting->len,
              waiting->node);
    hr_waiting_free(waiting);
  }
  hr_client_leave(c);
}

/* What was refused before it is not repeated behind it: the refusal is its answer. A script's error
 * was no refusal, then. */
void hr_over_passed(haredis_client *c, int64_t order) {
  struct hr_waiting *waiting = c->pending.first, *after;
  for (; waiting != NULL && waiting->request.order < order; waiting = after) {
    after = waiting->next;
    bool bare = (waiting->request.flags & HR_REQ_BARE) != 0; /* publish.c judges those */
    if (waiting->error != NULL && !bare && (waiting->request.flags & HR_REQ_WRITE) != 0) {
      waiting->request.flags &= ~HR_REQ_DOUBT;
      hr_over_add(c, waiting, HAREDIS_OK);
    }
  }
  c->refused = c->refused < order ? 0 : c->refused;
}

/* ---- the scan ---- */

static bool hr_deadline_counts(const struct hr_request *request) {
  return request->deadline_ms != 0 && (request->flags & (HR_REQ_DONE | HR_REQ_OURS)) == 0;
}

/* What did not leave is taken back, so that it can be failed as "did not run". */
static void hr_deadline_unsent(struct hr_conn *conn, hr_msec now) {
  size_t count = hr_link_unanswered(conn->link);
  for (size_t i = count; i > 0 && !hr_link_was_sent(conn->link, i - 1); i--) {
    const struct hr_request *request = hr_link_at(conn->link, i - 1);
    if (hr_deadline_counts(request) && request->deadline_ms <= now) {
      hr_data_take_back(conn);
      return;
    }
  }
}

/* Where a user's command lies among the bytes of a link. */
struct hr_place {
  size_t before, len;
};

/* Called back. False: the callback has closed the link, nothing that we know of it is true. */
static bool hr_deadline_late(struct hr_conn *conn, size_t i, const struct hr_place *place) {
  struct hr_request *request = hr_link_at(conn->link, i);
  struct hr_request late = *request;
  const char *bytes = place->len > 0 ? hr_link_bytes(conn->link, place->before) : NULL;
  request->flags |= HR_REQ_DONE;
  hr_finish(conn->client, &late, NULL, HAREDIS_ERR_MAYBE, bytes, place->len, conn->node);
  return conn->link != NULL && i < hr_link_unanswered(conn->link) &&
         hr_link_at(conn->link, i)->order == late.order;
}

static void hr_deadline_sent(struct hr_conn *conn, hr_msec now, hr_msec *next) {
  struct hr_place body = {0, 0}; /* of the transaction that comes next */
  for (size_t i = 0, before = 0; i < hr_link_unanswered(conn->link); i++) {
    const struct hr_request *request = hr_link_at(conn->link, i);
    struct hr_place place = {before, request->bytes};
    before += place.len;
    if ((request->flags & HR_REQ_BODY) != 0) {
      body = place;
    }
    if (!hr_deadline_counts(request)) {
      continue;
    }
    if (request->deadline_ms > now) {
      *next = request->deadline_ms < *next ? request->deadline_ms : *next;
      continue;
    }
    if (!hr_deadline_late(conn, i, (request->flags & HR_REQ_FLUSH) != 0 ? &body : &place)) {
      *next = now; /* what is on it now is looked at in another scan */
      return;
    }
  }
}

void hr_deadline_conn(struct hr_conn *conn, hr_msec now, hr_msec *next) {
  if (conn->link == NULL) {
    return;
  }
  if (!conn->group.busy) {
    hr_deadline_unsent(conn, now);
  }
  if (conn->link != NULL) { /* without memory, taking back calls back */
    hr_deadline_sent(conn, now, next);
  }
  hr_publish_expire(conn, now, next);
  hr_durable_expire(conn, now, next);
}

/* Why it was not sent: what the plan says, or that the master refuses our password. */
static int hr_deadline_code(const haredis_client *c, const struct hr_request *request) {
  const struct hr_plan *plan = &c->plans[hr_request_need(request)];
  if (plan->kind != HR_PLAN_SEND) {
    return hr_route_code_public(plan->code);
  }
  const struct hr_target *target = c->targets[plan->node];
  return target != NULL && target->main.auth_failed ? HAREDIS_ERR_AUTH : HAREDIS_ERR_TIMEOUT;
}

static void hr_deadline_pending(haredis_client *c, hr_msec now, hr_msec *next) {
  struct hr_waiting *after;
  for (struct hr_waiting *waiting = c->pending.first; waiting != NULL; waiting = after) {
    after = waiting->next;
    hr_msec at = waiting->request.deadline_ms;
    if (at == 0) {
      continue;
    }
    if (at <= now) {
      hr_over_add(c, waiting, hr_deadline_code(c, &waiting->request));
    } else {
      *next = at < *next ? at : *next;
    }
  }
}

void hr_deadline_scan(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  hr_client_timer_rest(c, timer);
  hr_msec now = hr_loop_now(c->loop), next = INT64_MAX;
  c->scan_at_ms = INT64_MAX;
  hr_client_enter(c);
  for (size_t node = 0; node < c->addresses.count; node++) {
    struct hr_target *target = c->targets[node];
    if (target == NULL) {
      continue;
    }
    hr_deadline_conn(&target->main, now, &next);
    hr_deadline_conn(&target->durable[0], now, &next);
    hr_deadline_conn(&target->durable[1], now, &next);
  }
  hr_reads_expire(c, now, &next);
  hr_deadline_pending(c, now, &next);
  hr_pool_expire(c, now, &next);
  hr_over_finish(c);
  if (next < c->scan_at_ms && !c->ending) { /* a callback may have brought an earlier one */
    hr_deadline_watch(c, next);
  }
  hr_client_leave(c);
}
