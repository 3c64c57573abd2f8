/*
 * EXEC: one packet on a lane, and what its answers mean.
 *
 *   MULTI; the commands; [SELECT 0;] HINCRBY <prefix>:group opcounter n; [SELECT db;] EXEC; [proof]
 *
 * The HINCRBY counts the writes, and makes a node that was demoted meanwhile refuse the whole. Its
 * answer, and those of the SELECTs, are not the user's: the array ends before them.
 */
#include <stdio.h>
#include <string.h>

#include "client/reads.h"
#include "client/txn.h"
#include "io/reply.h"

/* The opcounter goes along. */
static bool hr_txn_counts(const haredis_txn *t) {
  return (t->exec->request.flags & (HR_REQ_WRITE | HR_REQ_DURABLE)) != 0;
}

static size_t hr_txn_tail(const haredis_txn *t) {
  return !hr_txn_counts(t) ? 0 : t->holder.client->options.db != 0 ? 3 : 1;
}

/* ---- ends ---- */

/* The proof behind EXEC may be under way: the next one on this lane must not get its answers. */
static void hr_txn_release(haredis_txn *t) {
  if (t->no_multi || (t->exec->request.flags & HR_REQ_DURABLE) != 0) {
    hr_pool_drop(&t->holder);
  } else {
    hr_pool_give_back(&t->holder);
  }
}

static void hr_txn_finish(haredis_txn *t, struct redisReply *reply, int code) {
  haredis_client *c = t->holder.client;
  struct hr_waiting *exec = t->exec;
  t->exec = NULL;
  hr_txn_free(t);
  bool ran = reply != NULL && reply->type == REDIS_REPLY_ARRAY;
  if (ran && (exec->request.flags & HR_REQ_WRITE) != 0) {
    hr_own_elsewhere(c);
  }
  hr_finish(c, &exec->request, reply, code, exec->bytes, exec->len, exec->node);
  hr_waiting_free(exec);
}

bool hr_txn_knows_nil(haredis_txn *t) {
  struct redisReply *held = t->held;
  if (held == NULL || held->type != REDIS_REPLY_NIL) {
    return false;
  }
  t->held = NULL;
  hr_txn_over(t, HAREDIS_OK, held);
  return true;
}

void hr_txn_proved(struct hr_holder *holder, bool proven) {
  haredis_txn *t = (haredis_txn *)holder;
  hr_pool_give_back(holder);
  if (hr_txn_knows_nil(t)) {
    return;
  }
  struct redisReply *held = t->held;
  t->held = NULL;
  if (!proven) {
    freeReplyObject(held);
    held = NULL;
  }
  if (held != NULL && (t->exec->request.flags & HR_REQ_WRITE) != 0) {
    hr_own_elsewhere(holder->client);
  }
  holder->client->metrics.proven += proven && (t->exec->request.flags & HR_REQ_WRITE) != 0;
  hr_txn_over(t, proven ? HAREDIS_OK : HAREDIS_ERR_MAYBE, held);
}

/* ---- what EXEC said ---- */

/* Nothing ran, and that was not the fault of the commands: elsewhere, or begin again. */
static bool hr_txn_refused(haredis_txn *t, enum hr_error_class class) {
  haredis_client *c = t->holder.client;
  struct hr_outcome outcome = hr_outcome_of(c, &t->exec->request, HR_OUTCOME_REPLY);
  outcome.error = class;
  outcome.attempts_max = t->pinned ? outcome.attempts : outcome.attempts_max;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  if (verdict.hint) {
    hr_client_hint_soon(c, t->exec->node);
  }
  if (t->pinned) {
    hr_pool_drop(&t->holder);
    hr_txn_finish(t, NULL, HAREDIS_ERR_ABORTED);
    return true;
  }
  if (verdict.kind != HR_VERDICT_RETRY || c->ending) {
    return false;
  }
  hr_txn_release(t);
  t->sent = false;
  t->holder.not_before_ms = hr_loop_now(c->loop) + verdict.wait_ms;
  hr_pool_want(&t->holder);
  return true;
}

/* EXECABORT with the first cause in its text, or why there was no MULTI; NULL: EXEC's own text is
 * all there is. */
static struct redisReply *hr_txn_explain(const haredis_txn *t, const struct redisReply *reply) {
  char text[320];
  if (t->cause == NULL || t->cause->str == NULL) {
    return NULL;
  }
  if (t->no_multi) {
    return hr_reply_error(t->cause->str);
  }
  if (strncmp(reply->str, "EXECABORT", 9) != 0) {
    return NULL;
  }
  snprintf(text, sizeof(text), "EXECABORT Transaction discarded because of: %.240s",
           t->cause->str);
  return hr_reply_error(text);
}

static void hr_txn_on_error(haredis_txn *t, struct redisReply *reply) {
  const struct redisReply *cause = t->cause;
  enum hr_error_class class =
      hr_route_exec_class(reply->str, (size_t)reply->len, cause != NULL ? cause->str : NULL,
                          cause != NULL ? (size_t)cause->len : 0);
  if (t->no_multi && t->queued > 0) { /* they were run one by one */
    hr_pool_drop(&t->holder);
    hr_txn_finish(t, NULL, HAREDIS_ERR_MAYBE);
    return;
  }
  if (class != HR_ERROR_PLAIN && hr_txn_refused(t, class)) {
    return;
  }
  struct redisReply *explained = hr_txn_explain(t, reply);
  hr_txn_release(t);
  hr_txn_finish(t, explained != NULL ? explained : reply, HAREDIS_OK);
  if (explained != NULL) {
    freeReplyObject(explained);
  }
}

static void hr_txn_on_array(haredis_txn *t, struct redisReply *reply) {
  size_t tail = hr_txn_tail(t);
  struct redisReply view = *reply;
  if (reply->type == REDIS_REPLY_ARRAY && (size_t)reply->elements >= tail) {
    view.elements -= tail;
  }
  bool raced = reply->type == REDIS_REPLY_NIL;
  bool durable = (t->exec->request.flags & HR_REQ_DURABLE) != 0;
  if (!durable || (reply->type != REDIS_REPLY_ARRAY && !raced)) {
    hr_txn_release(t);
    hr_txn_finish(t, &view, HAREDIS_OK);
    return;
  }
  /* The proof is on its way behind EXEC, in the same packet: to wait for it also where nothing ran
   * keeps the lane. Who is raced often would dial as often, until there are no ports any more. */
  size_t ours = tail == 3 ? view.elements + 1 : view.elements;
  struct hr_proof *proof = &t->holder.lane->conn.proof;
  proof->empty = raced;
  proof->counted = !raced && ours < (size_t)reply->elements &&
                   reply->element[ours]->type == REDIS_REPLY_INTEGER;
  t->held = hr_reply_copy(&view);
  if (t->held == NULL) {
    hr_pool_drop(&t->holder);
    hr_txn_finish(t, raced ? &view : NULL, raced ? HAREDIS_OK : HAREDIS_ERR_MAYBE);
  }
}

static void hr_txn_tell_count(haredis_txn *t, const struct redisReply *reply) {
  size_t tail = hr_txn_tail(t);
  if (tail > 0 && reply->type == REDIS_REPLY_ARRAY && (size_t)reply->elements >= tail) {
    size_t place = (size_t)reply->elements - (tail == 3 ? 2 : 1);
    hr_record_told(t->holder.client, reply->element[place]);
  }
}

static void hr_txn_on_exec(struct hr_link *link, struct hr_request *request,
                           struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  haredis_client *c = lane->conn.client;
  haredis_txn *t = (haredis_txn *)lane->holder;
  (void)link;
  if (t == NULL) {
    return;
  }
  hr_client_enter(c);
  hr_txn_tell_count(t, reply);
  if (reply->type == REDIS_REPLY_ERROR) {
    hr_txn_on_error(t, reply);
  } else {
    hr_txn_on_array(t, reply);
  }
  hr_over_finish(c);
  hr_client_leave(c);
}

/* ---- the packet ---- */

static void hr_txn_on_multi(struct hr_link *link, struct hr_request *request,
                            struct redisReply *reply) {
  haredis_txn *t = (haredis_txn *)((struct hr_lane *)request->owner)->holder;
  (void)link;
  if (t != NULL && reply->type == REDIS_REPLY_ERROR) {
    t->no_multi = true;
    t->cause = hr_reply_copy(reply);
  }
}

static void hr_txn_on_queued(struct hr_link *link, struct hr_request *request,
                             struct redisReply *reply) {
  haredis_txn *t = (haredis_txn *)((struct hr_lane *)request->owner)->holder;
  (void)link;
  if (t == NULL) {
    return;
  }
  t->queued += reply->type != REDIS_REPLY_ERROR;
  if (reply->type == REDIS_REPLY_ERROR && t->cause == NULL) {
    t->cause = hr_reply_copy(reply);
  }
}

static int hr_txn_send_commands(haredis_txn *t) {
  struct hr_lane *lane = t->holder.lane;
  struct hr_request request = {.fn = hr_txn_on_queued, .owner = lane, .flags = HR_REQ_OURS};
  const char *at = t->commands > 0 ? hr_buffer_head(&t->bytes) : NULL;
  for (size_t i = 0; i < t->commands; i++) {
    size_t size;
    memcpy(&size, hr_buffer_head(&t->sizes) + i * sizeof(size), sizeof(size));
    if (hr_link_send_raw(lane->conn.link, &request, at, size) != 0) {
      return -1;
    }
    at += size;
  }
  return 0;
}

int hr_txn_send_exec(haredis_txn *t) {
  struct hr_lane *lane = t->holder.lane;
  static const char *const multi[] = {"MULTI"};
  struct hr_request request = {.fn = hr_txn_on_exec, .owner = lane};
  if (t->cause != NULL) {
    freeReplyObject(t->cause);
    t->cause = NULL;
  }
  t->queued = 0;
  t->no_multi = false;
  (void)hr_proof_expect(&lane->conn);
  t->exec->node = lane->conn.node;
  hr_request_sent(t->holder.client, &t->exec->request);
  t->sent = true;
  request.aux = t->exec->request.aux;
  if (hr_record_ours(&lane->conn, hr_txn_on_multi, 0, 1, multi) != 0 ||
      hr_txn_send_commands(t) != 0) {
    return -1;
  }
  if (hr_txn_counts(t) && hr_lane_count(lane, t->writes, hr_txn_on_queued) != 0) {
    return -1;
  }
  if (hr_link_send_raw(lane->conn.link, &request, t->exec->bytes, t->exec->len) != 0) {
    return -1;
  }
  bool durable = (t->exec->request.flags & HR_REQ_DURABLE) != 0;
  return durable ? hr_lane_prove(lane, true, 0) : 0;
}
