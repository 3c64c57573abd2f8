/*
 * Quorum durability and linearizable reads. Commands are grouped; behind each group, in the same
 * packet, goes what proves it, and no durable reply is handed over before that:
 *
 *   commands ...; HINCRBY <prefix>:group opcounter n; WAIT k t; HGET <prefix>:group epoch
 *                 an integer: it could write           >= k     the lineage that we expect
 *
 *   link A:  [ group 1 ]──answered──▶ waiting ──────────▶ judged     At most one group is being
 *   link B:                 [ group 2 ]──answered──▶ waiting ...     answered at any time: so the
 *                                                                    order of the calls holds.
 *
 * Anything else than all three: ERR_MAYBE for writes; reads may be asked again. A proven group is
 * handed over when the topology is durable, too (nobody outside the list could answer the WAIT).
 */
#include <string.h>

#include "client/client.h"
#include "client/publish.h"
#include "client/reads.h"
#include "io/reply.h"

#define HR_GROUP_MIN 32 /* smaller ones cost more in WAITs than they hide */
#define HR_GROUP_MAX 4096
#define HR_WAIT_DEFAULT_MS 5000

hr_msec hr_durable_wait_ms(const haredis_client *c) {
  return c->options.command_timeout_ms > 0 ? c->options.command_timeout_ms : HR_WAIT_DEFAULT_MS;
}

/* ---- replies that are held ---- */

/* Most replies are short: those need no memory of their own. */
static int hr_held_copy(struct hr_held *held, const struct redisReply *reply) {
  held->copy = NULL;
  bool text = reply->type == REDIS_REPLY_STATUS || reply->type == REDIS_REPLY_STRING;
  bool plain = reply->type == REDIS_REPLY_INTEGER || reply->type == REDIS_REPLY_NIL;
  if (plain || (text && (size_t)reply->len < sizeof(held->text))) {
    held->small = *reply;
    if (!text) {
      return 0;
    }
    memcpy(held->text, reply->str, (size_t)reply->len);
    held->text[reply->len] = '\0';
    held->small.str = NULL; /* set when it is handed over: entries may be copied until then */
    return 0;
  }
  held->copy = hr_reply_copy(reply);
  return held->copy != NULL ? 0 : -1;
}

static void hr_held_clear(struct hr_held *held) {
  if (held->copy != NULL) {
    freeReplyObject(held->copy);
  }
  hr_free(held->bytes);
  held->copy = NULL;
  held->bytes = NULL;
}

static void hr_held_deliver(struct hr_conn *conn, struct hr_held *held) {
  struct redisReply *reply = held->copy;
  if (reply == NULL) {
    reply = &held->small;
    if (reply->type == REDIS_REPLY_STATUS || reply->type == REDIS_REPLY_STRING) {
      reply->str = held->text;
    }
  }
  if ((held->request.flags & HR_REQ_DONE) == 0) {
    bool write = (held->request.flags & HR_REQ_WRITE) != 0;
    conn->client->metrics.proven += write && reply->type != REDIS_REPLY_ERROR;
    hr_finish(conn->client, &held->request, reply, HAREDIS_OK, held->bytes, held->len, conn->node);
  }
}

/* It ran, but nobody vouches for it. An error reply is final all the same. */
static void hr_held_end(struct hr_conn *conn, struct hr_held *held, enum hr_outcome_kind kind) {
  if (held->copy != NULL && held->copy->type == REDIS_REPLY_ERROR) {
    hr_held_deliver(conn, held);
  } else if ((held->request.flags & HR_REQ_DONE) == 0) {
    hr_lost_user(conn, &held->request, held->bytes, held->len, kind);
  }
}

static void hr_held_fail(struct hr_conn *conn, struct hr_held *held) {
  hr_held_end(conn, held, HR_OUTCOME_LOST_SENT);
}

static void hr_held_unproven(struct hr_conn *conn, struct hr_held *held) {
  hr_held_end(conn, held, HR_OUTCOME_UNPROVEN);
}

/* ---- the end of a group ---- */

/* Callbacks may start the next group on this very link: the list is taken away from it first. */
static void hr_group_finish(struct hr_conn *conn,
                            void (*each)(struct hr_conn *, struct hr_held *)) {
  haredis_client *c = conn->client;
  struct hr_group *group = &conn->group;
  struct hr_held *list = group->held;
  size_t count = group->count, capacity = group->capacity;
  if (c->sending == conn) {
    c->sending = NULL;
  }
  group->busy = conn->proof.proven = false;
  group->held = NULL;
  group->count = group->capacity = 0;
  hr_client_enter(c);
  hr_client_pump_soon(c);
  for (size_t i = 0; i < count; i++) {
    each(conn, &list[i]);
    hr_held_clear(&list[i]);
  }
  if (group->held == NULL && !c->ending && c->durable_count > 0) {
    group->held = list;
    group->capacity = capacity;
  } else {
    hr_free(list);
  }
  hr_client_leave(c);
}

void hr_durable_abort(struct hr_conn *conn) {
  if (conn->group.busy) {
    hr_group_finish(conn, hr_held_fail);
  }
}

void hr_durable_free(struct hr_conn *conn) {
  hr_free(conn->group.held);
  conn->group.held = NULL;
  conn->group.capacity = 0;
}

void hr_durable_expire(struct hr_conn *conn, hr_msec now, hr_msec *next) {
  struct hr_group *group = &conn->group;
  for (size_t i = 0; i < group->count; i++) {
    struct hr_request *request = &group->held[i].request;
    if ((request->flags & HR_REQ_DONE) != 0 || request->deadline_ms == 0) {
      continue;
    }
    if (request->deadline_ms > now) {
      *next = request->deadline_ms < *next ? request->deadline_ms : *next;
      continue;
    }
    struct hr_request late = *request;
    request->flags |= HR_REQ_DONE;
    hr_finish(conn->client, &late, NULL, HAREDIS_ERR_MAYBE, group->held[i].bytes,
              group->held[i].len, conn->node);
  }
}

/* ---- replies ---- */

void hr_durable_reply(struct hr_conn *conn, const struct hr_request *request,
                      struct redisReply *reply, const char *bytes, size_t len) {
  haredis_client *c = conn->client;
  struct hr_group *group = &conn->group;
  if ((request->flags & HR_REQ_DONE) != 0) {
    return;
  }
  if (hr_reply_repeats(conn, request, reply, bytes, len)) {
    return;
  }
  if ((request->flags & HR_REQ_DURABLE) == 0) {
    conn->uncounted |= request->flags & HR_REQ_WRITE;
    hr_finish(c, request, reply, HAREDIS_OK, bytes, len, conn->node);
    return;
  }
  if (group->count == group->capacity || hr_held_copy(&group->held[group->count], reply) != 0) {
    hr_finish(c, request, NULL, HAREDIS_ERR_MAYBE, bytes, len, conn->node);
    return;
  }
  struct hr_held *held = &group->held[group->count++];
  held->request = *request;
  held->bytes = NULL;
  held->len = 0;
  if ((request->flags & HR_REQ_WRITE) != 0 && !c->spans) {
    return;
  }
  held->bytes = bytes != NULL ? hr_alloc(len) : NULL;
  if (held->bytes != NULL) {
    memcpy(held->bytes, bytes, len);
    held->len = len;
  }
}

static void hr_durable_on_member(struct hr_link *link, struct hr_request *request,
                                 struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  size_t len = 0;
  hr_client_enter(c);
  hr_reply_announce(conn, link);
  const char *bytes = hr_link_answered_bytes(link, &len);
  hr_durable_reply(conn, request, reply, bytes, len);
  hr_client_leave(c);
}

/* Everything before it has run: the other link may go on. */
static void hr_durable_on_count(struct hr_link *link, struct hr_request *request,
                                struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  (void)link;
  hr_client_enter(c);
  hr_proof_count(conn, reply);
  hr_doubt_count(conn, reply);
  hr_record_told(c, reply);
  hr_own_count(conn, request, reply);
  if (c->sending == conn) {
    c->sending = NULL;
  }
  hr_client_pump_soon(c);
  hr_client_leave(c);
}

static void hr_durable_settle_one(struct hr_conn *conn) {
  if (!conn->proof.proven) {
    return;
  }
  enum hr_proof_worth worth = hr_proof_worth(conn);
  if (worth != HR_PROOF_EARLY) {
    hr_group_finish(conn, worth == HR_PROOF_GOOD ? hr_held_deliver : hr_held_fail);
  }
}

void hr_durable_settle(haredis_client *c) {
  for (size_t node = 0; node < c->addresses.count; node++) {
    for (int which = 0; which < 2; which++) {
      if (c->targets[node] != NULL) { /* a callback may have ended everything */
        hr_durable_settle_one(&c->targets[node]->durable[which]);
      }
    }
  }
}

static void hr_durable_on_lineage(struct hr_link *link, struct hr_request *request,
                                  struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  const struct hr_proof *proof = &conn->proof;
  (void)link;
  bool same = hr_proof_judge(conn, reply);
  hr_client_enter(c);
  if (proof->proven) {
    hr_durable_settle_one(conn);
  } else {
    hr_log(c, HAREDIS_LOG_DEBUG, "group of %zu not acknowledged (%s)", conn->group.count,
           !proof->counted        ? "the opcounter was refused"
           : !proof->acknowledged ? "too few replicas answered"
                                  : "the lineage has changed");
    /* The node is not what we took it for; where only replicas were slow, WAIT was the pause. */
    bool slow = proof->counted && same;
    hr_client_hint_soon(c, conn->node);
    hr_group_finish(conn, slow ? hr_held_fail : hr_held_unproven);
  }
  hr_client_leave(c);
}

/* ---- the start of a group ---- */

static int hr_durable_send_member(struct hr_conn *conn, struct hr_waiting *waiting) {
  if ((waiting->request.flags & HR_REQ_FLUSH) != 0) {
    return hr_record_send_flush(conn, waiting);
  }
  waiting->request.fn = hr_durable_on_member;
  waiting->request.owner = conn;
  waiting->request.flags |= HR_REQ_CHAIN;
  return hr_link_send_raw(conn->link, &waiting->request, waiting->bytes, waiting->len);
}

/* Half of what is under way: so the two links work in turn. */
static size_t hr_durable_limit(const haredis_client *c) {
  size_t limit = c->durable_count / 2;
  limit = limit < HR_GROUP_MIN ? HR_GROUP_MIN : limit;
  return limit > HR_GROUP_MAX ? HR_GROUP_MAX : limit;
}

static int hr_durable_reserve(struct hr_group *group, size_t count) {
  if (group->capacity >= count) {
    return 0;
  }
  struct hr_held *held = hr_alloc(count * sizeof(*held));
  if (held == NULL) {
    return -1;
  }
  hr_free(group->held);
  group->held = held;
  group->capacity = count;
  return 0;
}

static struct hr_conn *hr_durable_idle(haredis_client *c, int node) {
  struct hr_conn *idle = NULL;
  for (int which = 0; which < 2; which++) {
    struct hr_conn *conn = hr_data_durable(c, node, which);
    if (conn != NULL && hr_link_is_up(conn->link) && !conn->group.busy && idle == NULL) {
      idle = conn;
    }
  }
  return idle;
}

/* The members, as many as fit, and the tail. -1: the link is closed, everything is in pending. */
static int hr_durable_send(haredis_client *c, struct hr_conn *conn, struct hr_waiting *first,
                           size_t limit) {
  struct hr_waiting *waiting = first, *next;
  uint32_t writes = 0;
  for (size_t i = 0; i < limit && waiting != NULL; waiting = next) {
    next = waiting->next;
    if (hr_pump_held(c, waiting) || (waiting->request.flags & HR_REQ_DOUBT) != 0) {
      break; /* a read began this group: writes that must pause do not come along */
    }
    if (hr_publish_held(c, waiting)) {
      continue;
    }
    if (hr_publish_waits_its_turn(conn, &waiting->request)) {
      break;
    }
    if (hr_publish_wraps(&waiting->request)) {
      int sent = hr_publish_send(conn, &next, waiting, limit - i);
      if (sent <= 0) {
        return -1;
      }
      i += (size_t)sent;
      writes += (uint32_t)sent;
      continue;
    }
    i++;
    hr_request_sent(c, &waiting->request);
    if (hr_durable_send_member(conn, waiting) != 0) {
      return -1;
    }
    writes += waiting->request.flags & HR_REQ_WRITE;
    hr_pending_remove(&c->pending, waiting);
    hr_waiting_free(waiting);
  }
  return hr_proof_ask(conn, hr_durable_on_count, writes, hr_durable_on_lineage);
}

bool hr_durable_launch(haredis_client *c, struct hr_waiting *first, int node) {
  struct hr_conn *main = hr_data_main(c, node);
  if (c->sending != NULL || main == NULL) {
    return false;
  }
  c->stalled = hr_data_owes(main); /* what came before must have run */
  if (c->stalled) {
    return false;
  }
  struct hr_conn *conn = hr_durable_idle(c, node);
  if (conn == NULL || !hr_proof_expect(conn)) {
    return false;
  }
  size_t limit = hr_durable_limit(c);
  if (hr_durable_reserve(&conn->group, limit) != 0) {
    hr_over_add(c, first, HAREDIS_ERR_MEMORY);
    return true;
  }
  struct hr_group *group = &conn->group;
  group->busy = true;
  group->count = 0;
  c->sending = conn;
  if (hr_durable_send(c, conn, first, limit) != 0) {
    hr_data_break(conn);
  }
  return true;
}
