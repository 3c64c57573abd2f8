/*
 * What is said on a lane beside the user's words: the opcounter, the proof of durability (proof.c).
 */
#include "client/pool.h"
#include "client/publish.h"

/* Our hash is in database 0. */
static int hr_lane_select(struct hr_lane *lane, int db) {
  return lane->conn.client->options.db != 0 ? hr_record_select(&lane->conn, db, HR_REQ_CHAIN) : 0;
}

void hr_lane_on_count(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  haredis_client *c = lane->conn.client;
  (void)link;
  hr_proof_count(&lane->conn, reply);
  hr_client_enter(c);
  hr_record_told(c, reply);
  hr_client_leave(c);
}

int hr_lane_count(struct hr_lane *lane, uint32_t writes, hr_request_fn *fn) {
  if (hr_lane_select(lane, 0) != 0 ||
      hr_record_count(&lane->conn, writes, fn, HR_REQ_CHAIN) != 0) {
    return -1;
  }
  return hr_lane_select(lane, lane->conn.client->options.db);
}

/* ---- the proof ---- */

static void hr_lane_judge(struct hr_lane *lane, bool proven) {
  lane->conn.proof.proven = false;
  if (lane->holder != NULL) {
    lane->holder->kind->proved(lane->holder, proven);
  }
}

void hr_lane_settle(struct hr_lane *lane) {
  enum hr_proof_worth worth = hr_proof_worth(&lane->conn);
  if (worth != HR_PROOF_EARLY) {
    hr_lane_judge(lane, worth == HR_PROOF_GOOD);
  }
}

static void hr_lane_on_lineage(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  haredis_client *c = lane->conn.client;
  (void)link;
  (void)hr_proof_judge(&lane->conn, reply);
  hr_client_enter(c);
  if (lane->conn.proof.proven) {
    hr_lane_settle(lane);
  } else if (lane->conn.proof.empty) {
    hr_lane_judge(lane, false);
  } else {
    hr_client_hint_soon(c, lane->conn.node);
    hr_lane_judge(lane, false);
  }
  hr_over_finish(c);
  hr_client_leave(c);
}

int hr_lane_prove(struct hr_lane *lane, bool counted, uint32_t writes) {
  return hr_proof_ask(&lane->conn, counted ? NULL : hr_lane_on_count, writes, hr_lane_on_lineage);
}

/* ---- has everything before been answered? ---- */

static bool hr_lane_owes_older(const struct hr_conn *conn, int64_t order) {
  size_t count = conn->link != NULL ? hr_link_unanswered(conn->link) : 0;
  for (size_t i = 0; i < count; i++) {
    const struct hr_request *request = hr_link_at(conn->link, i);
    if ((request->flags & (HR_REQ_DONE | HR_REQ_OURS)) == 0 && request->order < order) {
      return true;
    }
  }
  return hr_publish_owes(conn, order);
}

bool hr_lane_is_quiet(const haredis_client *c, int64_t order) {
  if (c->pending.first != NULL && c->pending.first->request.order < order) {
    return false;
  }
  for (size_t node = 0; node < c->addresses.count; node++) {
    const struct hr_target *target = c->targets[node];
    if (target != NULL &&
        (hr_lane_owes_older(&target->main, order) ||
         hr_lane_owes_older(&target->durable[0], order) ||
         hr_lane_owes_older(&target->durable[1], order))) {
      return false;
    }
  }
  for (const struct hr_holder *each = c->pool->first; each != NULL; each = each->next) {
    if (each->writes_now && each->order < order) {
      return false;
    }
  }
  for (const struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = lane->next) {
    if (lane->holder != NULL && lane->holder->writes_now && lane->holder->order < order) {
      return false;
    }
  }
  return true;
}
