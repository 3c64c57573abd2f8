/*
 * A transaction while it is open, its lane, and what becomes of it when that is lost.
 *
 * It must not know: what EXEC's answers mean (txn_exec.c).
 */
#include "client/txn.h"

#include "io/reply.h"

/* ---- birth and end ---- */

void hr_txn_free(haredis_txn *t) {
  haredis_client *c = t->holder.client;
  *(t->prev != NULL ? &t->prev->next : &c->txns) = t->next;
  if (t->next != NULL) {
    t->next->prev = t->prev;
  }
  struct redisReply *replies[] = {t->watch_error, t->cause, t->held};
  for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
    if (replies[i] != NULL) {
      freeReplyObject(replies[i]);
    }
  }
  hr_buffer_free(&t->bytes);
  hr_buffer_free(&t->sizes);
  hr_free(t);
}

void hr_txn_free_all(haredis_client *c) {
  while (c->txns != NULL) {
    hr_txn_free(c->txns);
  }
}

void hr_txn_over(haredis_txn *t, int code, struct redisReply *answer) {
  struct hr_waiting *exec = t->exec;
  t->exec = NULL;
  exec->error = answer;
  hr_over_push(t->holder.client, exec, code);
  hr_txn_free(t);
}

/* Reads that wait end with `code`, WATCHes are forgotten. */
void hr_txn_drop_todo(haredis_txn *t, int code) {
  while (t->todo.first != NULL) {
    struct hr_waiting *waiting = t->todo.first;
    hr_pending_remove(&t->todo, waiting);
    if ((waiting->request.flags & HR_REQ_OURS) != 0) {
      hr_waiting_free(waiting);
    } else {
      hr_over_push(t->holder.client, waiting, code);
    }
  }
}

/* ---- under the WATCH ---- */

static void hr_txn_on_watch(struct hr_link *link, struct hr_request *request,
                            struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  haredis_txn *t = (haredis_txn *)lane->holder;
  (void)link;
  if (t == NULL) {
    return;
  }
  t->watching--;
  if (reply->type == REDIS_REPLY_ERROR && t->watch_error == NULL) {
    t->watch_error = hr_reply_copy(reply);
    t->aborted = t->aborted || t->watch_error == NULL; /* no memory: it must not go unguarded */
  }
  hr_client_pump_soon(lane->conn.client);
}

static void hr_txn_on_read(struct hr_link *link, struct hr_request *request,
                           struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  haredis_client *c = lane->conn.client;
  haredis_txn *t = (haredis_txn *)lane->holder;
  struct hr_waiting *waiting = request->user_data;
  (void)link;
  if (t == NULL || (request->flags & HR_REQ_DONE) != 0) {
    return;
  }
  hr_client_enter(c);
  hr_pending_remove(&t->reads, waiting);
  hr_finish(c, &waiting->request, reply, HAREDIS_OK, waiting->bytes, waiting->len, waiting->node);
  hr_waiting_free(waiting);
  hr_client_leave(c);
}

/* -1: no memory; it stays in todo. */
static int hr_txn_send_todo(haredis_txn *t, struct hr_waiting *waiting) {
  struct hr_lane *lane = t->holder.lane;
  bool watch = (waiting->request.flags & HR_REQ_OURS) != 0;
  struct hr_request request = {.fn = watch ? hr_txn_on_watch : hr_txn_on_read,
                               .owner = lane,
                               .flags = watch ? HR_REQ_OURS : 0,
                               .aux = (uint32_t)hr_submit_now_us(t->holder.client),
                               .user_data = watch ? NULL : waiting};
  if (hr_link_send_raw(lane->conn.link, &request, waiting->bytes, waiting->len) != 0) {
    return -1;
  }
  hr_pending_remove(&t->todo, waiting);
  if (watch) {
    t->watching++;
    hr_waiting_free(waiting);
    return 0;
  }
  waiting->node = lane->conn.node;
  hr_request_sent(t->holder.client, &waiting->request);
  hr_pending_add(&t->reads, waiting);
  return 0;
}

/* ---- the lane ---- */

/* Its WATCH is gone, or never was: nothing ran, and nothing may run under it any more. */
static void hr_txn_abort(haredis_txn *t, int code) {
  hr_txn_drop_todo(t, code);
  t->aborted = true;
  if (t->exec != NULL) {
    hr_txn_over(t, code, NULL);
  }
}

/* EXEC waits for the WATCHes before it, for its plan and for pauses. */
static void hr_txn_try_exec(haredis_txn *t) {
  haredis_client *c = t->holder.client;
  hr_msec now = hr_loop_now(c->loop);
  const struct hr_plan *plan = &c->plans[t->exec_need];
  bool write = (t->exec->request.flags & HR_REQ_WRITE) != 0;
  if (t->watching > 0 || now < c->hold_all_ms || (write && now < c->hold_writes_ms)) {
    return;
  }
  if (t->aborted || t->watch_error != NULL) {
    struct redisReply *error = t->watch_error;
    t->watch_error = NULL;
    hr_pool_drop(&t->holder);
    hr_txn_over(t, error != NULL ? HAREDIS_OK : HAREDIS_ERR_ABORTED, error);
    return;
  }
  if (plan->kind == HR_PLAN_FAIL) {
    hr_pool_drop(&t->holder);
    hr_txn_over(t, hr_route_code_public(plan->code), NULL);
    return;
  }
  if (plan->kind == HR_PLAN_SEND && hr_txn_send_exec(t) != 0) {
    hr_pool_drop(&t->holder); /* which tells whether EXEC had left before its proof failed */
    hr_txn_over(t, t->left ? HAREDIS_ERR_MAYBE : HAREDIS_ERR_MEMORY, NULL);
  }
}

static void hr_txn_push(struct hr_holder *holder) {
  haredis_txn *t = (haredis_txn *)holder;
  while (t->todo.first != NULL) {
    if (hr_txn_send_todo(t, t->todo.first) != 0) {
      hr_pool_drop(holder);
      hr_txn_abort(t, HAREDIS_ERR_MEMORY);
      return;
    }
  }
  if (t->exec != NULL && !t->sent) {
    hr_txn_try_exec(t);
  }
}

static void hr_txn_begin_on_lane(struct hr_holder *holder) {
  haredis_txn *t = (haredis_txn *)holder;
  haredis_client *c = holder->client;
  bool durable = t->exec != NULL && (t->exec->request.flags & HR_REQ_DURABLE) != 0;
  hr_link_set_silence(holder->lane->conn.link, 2 * (hr_msec)c->options.down_after_ms +
                                                   (durable ? hr_durable_wait_ms(c) : 0));
  t->sent = false;
  hr_txn_push(holder);
}

static void hr_txn_lost_one(struct hr_holder *holder, const struct hr_request *request, bool sent) {
  haredis_txn *t = (haredis_txn *)holder;
  struct hr_waiting *waiting = request->user_data;
  if (waiting == NULL) {
    t->left = sent;
    return;
  }
  hr_pending_remove(&t->reads, waiting);
  int code = holder->client->ending ? HAREDIS_ERR_CLOSED : HAREDIS_ERR_ABORTED;
  hr_over_push(holder->client, waiting, sent ? HAREDIS_ERR_MAYBE : code);
}

static void hr_txn_lost(struct hr_holder *holder, enum hr_down why) {
  haredis_txn *t = (haredis_txn *)holder;
  bool ending = holder->client->ending;
  if (hr_txn_knows_nil(t)) {
    return;
  }
  if (t->exec != NULL && (t->left || t->held != NULL)) {
    hr_txn_over(t, why == HR_DOWN_PROTOCOL ? HAREDIS_ERR_PROTOCOL : HAREDIS_ERR_MAYBE, NULL);
  } else if (t->pinned || ending) {
    hr_txn_abort(t, ending ? HAREDIS_ERR_CLOSED : HAREDIS_ERR_ABORTED);
  } else if (t->exec != NULL) {
    t->exec->request.attempts -= t->sent && t->exec->request.attempts > 0;
    t->sent = false;
    hr_pool_want(holder);
  }
}

/* What is watched is watched on the old master. EXEC that is under way may still be answered. */
static void hr_txn_leave(struct hr_holder *holder) {
  haredis_txn *t = (haredis_txn *)holder;
  if (t->sent) {
    return;
  }
  hr_pool_lose(holder);
}

static void hr_txn_fail(struct hr_holder *holder, int code) {
  haredis_txn *t = (haredis_txn *)holder;
  hr_txn_abort(t, code);
}

/* ---- deadlines ---- */

static bool hr_txn_late(const struct hr_waiting *waiting, hr_msec now, hr_msec *next) {
  hr_msec at = waiting->request.deadline_ms;
  if (at != 0 && at <= now) {
    return true;
  }
  *next = at != 0 && at < *next ? at : *next;
  return false;
}

/* Its answer will come, and is nobody's. */
static void hr_txn_disown(haredis_txn *t, const struct hr_waiting *waiting) {
  struct hr_link *link = t->holder.lane->conn.link;
  for (size_t i = 0; i < hr_link_unanswered(link); i++) {
    struct hr_request *request = hr_link_at(link, i);
    if (request->user_data == waiting) {
      request->flags |= HR_REQ_DONE;
      request->user_data = NULL;
    }
  }
}

static void hr_txn_expire_reads(haredis_txn *t, hr_msec now, hr_msec *next) {
  struct hr_waiting *after;
  for (struct hr_waiting *waiting = t->todo.first; waiting != NULL; waiting = after) {
    after = waiting->next;
    if (hr_txn_late(waiting, now, next)) {
      hr_pending_remove(&t->todo, waiting);
      waiting->request.flags |= hr_pool_late_flags(&t->holder);
      hr_over_push(t->holder.client, waiting, hr_pool_late_code(&t->holder));
    }
  }
  for (struct hr_waiting *waiting = t->reads.first; waiting != NULL; waiting = after) {
    after = waiting->next;
    if (hr_txn_late(waiting, now, next)) {
      hr_pending_remove(&t->reads, waiting);
      hr_txn_disown(t, waiting);
      hr_over_push(t->holder.client, waiting, HAREDIS_ERR_MAYBE);
    }
  }
}

/* Not sent: what its plan says, or what its link was waited for. */
static int hr_txn_late_code(const haredis_txn *t) {
  const struct hr_plan *plan = &t->holder.client->plans[t->exec_need];
  if (t->sent) {
    return HAREDIS_ERR_MAYBE;
  }
  return plan->kind != HR_PLAN_SEND ? hr_route_code_public(plan->code)
                                    : hr_pool_late_code(&t->holder);
}

static void hr_txn_expire(struct hr_holder *holder, hr_msec now, hr_msec *next) {
  haredis_txn *t = (haredis_txn *)holder;
  hr_txn_expire_reads(t, now, next);
  if (t->exec == NULL || !hr_txn_late(t->exec, now, next)) {
    return;
  }
  int code = hr_txn_late_code(t);
  t->exec->request.flags |= hr_pool_late_flags(holder);
  hr_pool_forget(holder);
  hr_pool_drop(holder);
  if (hr_txn_knows_nil(t)) {
    return;
  }
  hr_txn_drop_todo(t, HAREDIS_ERR_ABORTED);
  hr_txn_over(t, code, NULL);
}

const struct hr_holder_kind hr_txn_kind = {
    .begin = hr_txn_begin_on_lane,
    .push = hr_txn_push,
    .leave = hr_txn_leave,
    .lost_one = hr_txn_lost_one,
    .lost = hr_txn_lost,
    .fail = hr_txn_fail,
    .proved = hr_txn_proved,
    .expire = hr_txn_expire,
};
