/*
 * The way out of the queue, in the order of the calls. Whoever can go goes; the walk stops at the
 * first that must wait, except that reads pass writes which wait for a majority (or for replicas).
 *
 *   topology, link up, group judged, pause over ──▶ pump ──▶ reroute: may newcomers go directly?
 */
#include <string.h>

#include "client/client.h"
#include "client/pool.h"
#include "client/publish.h"
#include "client/reads.h"

_Static_assert(HR_NODES_MAX <= 32, "client->hints has a bit per node");

enum hr_step {
  HR_STEP_NEXT, /* went, or stays behind while others pass */
  HR_STEP_ASIDE, /* the same, and new ones need not come here */
  HR_STEP_STOP, /* nobody may pass it */
  HR_STEP_AGAIN /* the queue was changed under us */
};

void hr_client_plan(haredis_client *c) {
  const struct hr_topology *topology = c->topology.version != 0 ? &c->topology : NULL;
  for (int need = 0; need < HR_NEED_COUNT; need++) {
    struct hr_route_need want = {
        .write = need == HR_NEED_WRITE || need == HR_NEED_DURABLE_WRITE,
        .durable = need == HR_NEED_DURABLE_READ || need == HR_NEED_DURABLE_WRITE,
    };
    want.impatient = want.write && c->options.isolation == HAREDIS_ISOLATION_FAIL;
    c->plans[need] = hr_route_failover(topology, &want);
    /* Whoever stands in a call and waits learns at once what only he can mend. */
    if (c->own_ev != NULL && c->plans[need].code == HR_ROUTE_AUTH) {
      c->plans[need].kind = HR_PLAN_FAIL;
    }
  }
}

void hr_request_sent(haredis_client *c, struct hr_request *request) {
  c->metrics.sent_again += request->attempts > 0;
  request->attempts++;
  request->aux = (uint32_t)hr_submit_now_us(c);
}

bool hr_pump_held(const haredis_client *c, const struct hr_waiting *waiting) {
  return (waiting->request.flags & HR_REQ_WRITE) != 0 && hr_loop_now(c->loop) < c->hold_writes_ms;
}

static int hr_pump_send(struct hr_conn *conn, struct hr_waiting *waiting) {
  if ((waiting->request.flags & HR_REQ_FLUSH) != 0) {
    return hr_record_send_flush(conn, waiting);
  }
  waiting->request.fn = hr_reply_main;
  waiting->request.owner = conn;
  if (hr_link_send_raw(conn->link, &waiting->request, waiting->bytes, waiting->len) != 0) {
    return -1;
  }
  conn->writes += waiting->request.flags & HR_REQ_WRITE;
  return 0;
}

static enum hr_step hr_pump_publish(haredis_client *c, struct hr_conn *conn,
                                    struct hr_waiting *waiting) {
  struct hr_waiting *next;
  if (hr_publish_send(conn, &next, waiting, HR_PUBLISH_MAX) == 0) {
    hr_over_add(c, waiting, HAREDIS_ERR_MEMORY);
  }
  return HR_STEP_AGAIN;
}

static enum hr_step hr_pump_plain(haredis_client *c, struct hr_conn *conn,
                                  struct hr_waiting *waiting) {
  if (c->sending != NULL) {
    return HR_STEP_STOP;
  }
  if (hr_publish_wraps(&waiting->request)) {
    return hr_pump_publish(c, conn, waiting);
  }
  hr_pending_remove(&c->pending, waiting);
  hr_request_sent(c, &waiting->request);
  if (hr_pump_send(conn, waiting) != 0) {
    hr_over_push(c, waiting, HAREDIS_ERR_MEMORY);
    return HR_STEP_AGAIN;
  }
  hr_waiting_free(waiting);
  return HR_STEP_NEXT;
}

/* A later write may be under way, and run: see hr_over_passed. A PUBLISH has rules of its own. */
static bool hr_pump_is_passed(const struct hr_conn *conn, const struct hr_waiting *waiting) {
  bool bare = (waiting->request.flags & HR_REQ_BARE) != 0;
  return (waiting->error != NULL && !bare && hr_data_owes(conn)) ||
         hr_publish_waits_its_turn(conn, &waiting->request);
}

static enum hr_step hr_pump_one(haredis_client *c, struct hr_waiting *waiting) {
  const struct hr_plan *plan = &c->plans[hr_request_need(&waiting->request)];
  if (plan->kind == HR_PLAN_FAIL) {
    hr_over_add(c, waiting, hr_route_code_public(plan->code));
    return HR_STEP_NEXT;
  }
  if (plan->kind == HR_PLAN_WAIT) {
    return plan->code == HR_ROUTE_NO_QUORUM ? HR_STEP_NEXT : HR_STEP_STOP;
  }
  if (hr_pump_held(c, waiting)) {
    return HR_STEP_NEXT;
  }
  if (hr_publish_held(c, waiting)) {
    return HR_STEP_ASIDE;
  }
  if ((waiting->request.flags & HR_REQ_DOUBT) != 0) {
    return HR_STEP_STOP;
  }
  struct hr_conn *conn = hr_data_main(c, plan->node);
  if (conn != NULL && conn->no_db) {
    hr_over_add(c, waiting, HAREDIS_ERR_AUTH);
    return HR_STEP_NEXT;
  }
  if (conn == NULL || !hr_link_is_up(conn->link)) {
    return HR_STEP_STOP;
  }
  if (hr_pump_is_passed(conn, waiting)) {
    c->stalled = true;
    return HR_STEP_STOP;
  }
  bool reads = hr_request_need(&waiting->request) == HR_NEED_READ;
  if (reads && !hr_own_is_elected(conn)) {
    return HR_STEP_STOP;
  }
  if ((waiting->request.flags & HR_REQ_DURABLE) == 0) {
    return hr_pump_plain(c, conn, waiting);
  }
  return hr_durable_launch(c, waiting, plan->node) ? HR_STEP_AGAIN : HR_STEP_STOP;
}

/* True: what is left may be passed by reads; *aside of them by anything. */
static bool hr_pump_walk(haredis_client *c, size_t *aside) {
  if (hr_loop_now(c->loop) < c->hold_all_ms) {
    return false;
  }
  struct hr_waiting *next;
  c->publish_behind = false;
  for (struct hr_waiting *waiting = c->pending.first; waiting != NULL; waiting = next) {
    next = waiting->next;
    enum hr_step step = hr_pump_one(c, waiting);
    if (step == HR_STEP_STOP) {
      return false;
    }
    *aside += step == HR_STEP_ASIDE;
    if (step == HR_STEP_AGAIN) {
      next = c->pending.first;
      c->publish_behind = false;
      *aside = 0;
    }
  }
  return true;
}

static struct hr_conn *hr_pump_direct(haredis_client *c, enum hr_need need) {
  const struct hr_plan *plan = &c->plans[need];
  if (plan->kind != HR_PLAN_SEND) {
    return NULL;
  }
  struct hr_conn *conn = hr_data_main(c, plan->node);
  if (conn == NULL || !hr_link_is_up(conn->link)) {
    return NULL;
  }
  return need != HR_NEED_READ || hr_own_is_elected(conn) ? conn : NULL;
}

void hr_client_reroute(haredis_client *c) {
  c->read_conn = c->write_conn = NULL;
  if (c->dead) {
    return;
  }
  hr_reads_pump(c); /* some join the queue */
  c->stalled = hr_data_leaving(c);
  size_t aside = 0;
  bool passable = !c->stalled && hr_pump_walk(c, &aside);
  hr_pool_pump(c);
  hr_msec now = hr_loop_now(c->loop);
  if (!passable || c->ending || c->sending != NULL || now < c->hold_all_ms) {
    return;
  }
  c->read_conn = hr_pump_direct(c, HR_NEED_READ);
  if (c->pending.count == aside && now >= c->hold_writes_ms) {
    c->write_conn = hr_pump_direct(c, HR_NEED_WRITE);
  }
}

/* Any of these may end the client, and the driver with it. */
static void hr_pump_control(haredis_client *c) {
  hr_client_start(c);
  if (c->durable_asked && !c->durable_told && !c->ending) {
    c->durable_told = true;
    c->control->durable(c->driver);
  }
  if (c->reads != NULL && !c->reads->told && c->reads->used_ms != 0 && !c->ending) {
    c->reads->told = true;
    c->control->reads(c->driver);
  }
  for (int node = 0; c->hints != 0 && !c->ending; node++) {
    uint32_t bit = UINT32_C(1) << node;
    if ((c->hints & bit) != 0) {
      c->hints &= ~bit;
      c->control->hint(c->driver, node);
    }
  }
}

void hr_client_pump(struct hr_later *later, void *owner) {
  haredis_client *c = owner;
  (void)later;
  hr_client_enter(c);
  hr_pump_control(c);
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_people_deliver(c);
  hr_client_leave(c);
}

void hr_client_pump_soon(haredis_client *c) {
  if (c->ending) {
    return;
  }
  hr_later_add(c->loop, &c->pump);
}

void hr_client_hint_soon(haredis_client *c, int node) {
  c->hints |= UINT32_C(1) << node;
  hr_client_pump_soon(c);
}

/* A server said "not now": nothing (or no write) is sent for a while, so that the order holds. */
void hr_client_hold(haredis_client *c, hr_msec wait_ms, bool writes_only) {
  hr_msec *until = writes_only ? &c->hold_writes_ms : &c->hold_all_ms;
  hr_msec at = hr_loop_now(c->loop) + wait_ms;
  if (at > *until) {
    *until = at;
  }
  hr_client_hold_arm(c);
  hr_client_pump_soon(c);
  c->read_conn = writes_only ? c->read_conn : NULL;
  c->write_conn = NULL;
}
