/*
 * PUBLISH: held until this client hears itself, sent in transactions, told one by one. See
 * publish.h.
 */
#include "client/publish.h"

#include <stdio.h>
#include <string.h>

#include "client/subscribe.h"

#define HR_PUBLISH_ALONE_MS 1000 /* a master looks once a second whether it has enough replicas */

int haredis_publish(haredis_client *c, haredis_reply_fn *fn, void *data, const char *channel,
                    const void *payload, size_t payload_len) {
  if (c == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  const char *argv[] = {"PUBLISH", channel, payload_len > 0 ? payload : ""};
  size_t argvlen[] = {7, channel != NULL ? strlen(channel) : 0, payload_len};
  return hr_submit(c, NULL, fn, data, 3, argv, argvlen);
}

/* ---- held ---- */

bool hr_publish_waits(const haredis_client *c, const struct hr_request *request) {
  return (request->flags & HR_REQ_PUBLISH) != 0 && !hr_subs_settled_at(c, request->order);
}

bool hr_publish_held(haredis_client *c, struct hr_waiting *waiting) {
  if (!hr_publish_waits(c, &waiting->request)) {
    return false;
  }
  hr_msec now = hr_loop_now(c->loop);
  if (waiting->held_ms == 0) {
    waiting->held_ms = now;
  }
  hr_msec unsettled = c->subs->unsettled_ms; /* one wait for all, where it takes long */
  hr_msec until = (waiting->held_ms < unsettled ? waiting->held_ms : unsettled) +
                  c->options.down_after_ms;
  if (now >= until) {
    return c->publish_behind; /* that one came back, and waits anew */
  }
  c->publish_behind = true;
  if (c->publish_ms <= now || until < c->publish_ms) {
    c->publish_ms = until;
    hr_client_hold_arm(c);
  }
  return true;
}

/* ---- the batch ---- */

static struct hr_batch *hr_publish_batch(struct hr_conn *conn) {
  if (conn->batch == NULL) {
    conn->batch = hr_calloc(1, sizeof(*conn->batch));
  }
  if (conn->batch != NULL && conn->batch->guard[0] == '\0') {
    hr_key_none(conn->client->prefix, conn->batch->guard);
  }
  return conn->batch;
}

static void hr_batch_free(struct hr_batch *batch) {
  if (batch != NULL) {
    hr_buffer_free(&batch->bytes);
    hr_free(batch);
  }
}

void hr_publish_free(struct hr_conn *conn) {
  hr_batch_free(conn->batch);
  conn->batch = NULL;
}

/* Callbacks may close the link, whose other transactions then come here. */
static struct hr_batch *hr_publish_take(struct hr_conn *conn) {
  struct hr_batch *batch = conn->batch;
  conn->batch = NULL;
  return batch;
}

static void hr_publish_give(struct hr_conn *conn, struct hr_batch *batch) {
  if (conn->batch != NULL || conn->link == NULL) {
    hr_batch_free(batch);
    return;
  }
  hr_buffer_consume(&batch->bytes, hr_buffer_len(&batch->bytes));
  batch->count = batch->refused = 0;
  batch->guard_refused = false;
  batch->cause[0] = '\0';
  conn->batch = batch;
}

/* Without memory for its bytes it is still answered, but cannot be repeated. NULL: none at all. */
static struct hr_published *hr_publish_keep(struct hr_conn *conn, const struct hr_request *request,
                                            const char *bytes, size_t len) {
  struct hr_batch *batch = hr_publish_batch(conn);
  if (batch == NULL || batch->count == HR_PUBLISH_MAX) {
    return NULL;
  }
  struct hr_published *published = &batch->list[batch->count++];
  published->request = *request;
  published->refused = false;
  published->len = bytes != NULL && hr_buffer_append(&batch->bytes, bytes, len) == 0 ? len : 0;
  return published;
}

/* What a node is says more than what one command lacks. */
static void hr_batch_blame(struct hr_batch *batch, const char *text) {
  bool known = batch->cause[0] != '\0' &&
               (hr_route_error_class(batch->cause, strlen(batch->cause)) != HR_ERROR_PLAIN ||
                hr_route_error_class(text, strlen(text)) == HR_ERROR_PLAIN);
  if (!known) {
    snprintf(batch->cause, sizeof(batch->cause), "%s", text);
  }
}

/* ---- answers ---- */

static void hr_publish_answer(struct hr_conn *conn, const struct hr_request *request,
                              struct redisReply *reply, const char *bytes, size_t len) {
  if (conn->group.busy) {
    hr_durable_reply(conn, request, reply, bytes, len);
  } else if (!hr_reply_repeats(conn, request, reply, bytes, len)) {
    hr_finish(conn->client, request, reply, HAREDIS_OK, bytes, len, conn->node);
  }
}

/* What was refused for the guard's sake is not published behind those that ran. */
static void hr_publish_passed(haredis_client *c, const struct hr_batch *batch) {
  int64_t order = batch->count > 0 ? batch->list[0].request.order : 0;
  struct hr_waiting *waiting = c->pending.first, *after;
  for (; waiting != NULL && waiting->request.order < order; waiting = after) {
    after = waiting->next;
    if ((waiting->request.flags & HR_REQ_BARE) != 0 && waiting->error != NULL) {
      hr_over_add(c, waiting, HAREDIS_OK);
    }
  }
}

/* Nothing of the batch ran. Again: in a transaction when it was the fault of another, else bare. */
static void hr_publish_again(struct hr_conn *conn, struct hr_batch *batch,
                             struct hr_published *published, const char *bytes) {
  haredis_client *c = conn->client;
  enum hr_error_class class = hr_route_error_class(batch->cause, strlen(batch->cause));
  struct redisReply error = {.type = REDIS_REPLY_ERROR, .str = batch->cause};
  error.len = strlen(batch->cause);
  if (class != HR_ERROR_PLAIN && class != HR_ERROR_NOREPLICAS) {
    hr_publish_answer(conn, &published->request, &error, bytes, published->len);
    return;
  }
  bool all = batch->guard_refused || batch->refused == 0;
  if (all) {
    c->publish_alone_ms = hr_loop_now(c->loop) + HR_PUBLISH_ALONE_MS;
  }
  if (all || published->refused) {
    published->request.flags |= HR_REQ_BARE;
  }
  if (bytes == NULL || !hr_reply_put_back(c, &published->request, all ? &error : NULL, bytes,
                                          published->len)) {
    hr_finish(c, &published->request, NULL, HAREDIS_ERR_MEMORY, bytes, published->len, conn->node);
  }
}

static const char *hr_batch_bytes(const struct hr_batch *batch,
                                  const struct hr_published *published, size_t before) {
  return published->len > 0 ? hr_buffer_head(&batch->bytes) + before : NULL;
}

/* Each of them, oldest first: with its element of EXEC's array, or (NULL) as lost. */
static void hr_publish_end(struct hr_conn *conn, struct redisReply *exec,
                           enum hr_outcome_kind lost) {
  haredis_client *c = conn->client;
  struct hr_batch *batch = hr_publish_take(conn);
  if (batch == NULL) {
    return;
  }
  bool ran = exec != NULL && exec->type == REDIS_REPLY_ARRAY;
  size_t before = 0;
  hr_client_enter(c);
  if (ran) {
    hr_publish_passed(c, batch);
  }
  if (c->stalled) {
    hr_client_pump_soon(c); /* for who waits its turn */
  }
  for (size_t i = 0; i < batch->count; i++) {
    struct hr_published *published = &batch->list[i];
    const char *bytes = hr_batch_bytes(batch, published, before);
    before += published->len;
    if ((published->request.flags & HR_REQ_DONE) != 0) {
      continue;
    }
    if (exec == NULL) {
      hr_lost_user(conn, &published->request, bytes, published->len, lost);
    } else if (ran && i < exec->elements) {
      hr_publish_answer(conn, &published->request, exec->element[i], bytes, published->len);
    } else {
      hr_publish_again(conn, batch, published, bytes);
    }
  }
  hr_publish_give(conn, batch);
  hr_client_leave(c);
}

/* QUEUED, the error that will make EXEC fail; or a number, when MULTI was refused: it ran. */
static void hr_publish_on_line(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  size_t len = 0;
  hr_client_enter(c);
  hr_reply_announce(conn, link);
  const char *bytes = hr_link_answered_bytes(link, &len);
  bool error = reply->type == REDIS_REPLY_ERROR;
  struct hr_published *published = NULL;
  if (error || reply->type == REDIS_REPLY_STATUS) {
    published = hr_publish_keep(conn, request, bytes, len);
  }
  if (published != NULL && error) {
    published->refused = true;
    conn->batch->refused++;
    hr_batch_blame(conn->batch, reply->str);
  }
  if (published == NULL && (request->flags & HR_REQ_DONE) == 0) {
    hr_publish_answer(conn, request, reply, bytes, len);
  }
  hr_client_leave(c);
}

static void hr_publish_on_guard(struct hr_link *link, struct hr_request *request,
                                struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  (void)link;
  if (reply->type == REDIS_REPLY_ERROR && conn->batch != NULL) {
    conn->batch->guard_refused = true;
    hr_batch_blame(conn->batch, reply->str);
  }
}

static void hr_publish_on_exec(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  (void)link;
  if (reply->type == REDIS_REPLY_ERROR && conn->batch != NULL) {
    hr_batch_blame(conn->batch, hr_record_exec_cause(reply->str));
  }
  hr_publish_end(conn, reply, HR_OUTCOME_REPLY);
}

/* What never left is taken back from a link that lives; what a link loses when it closes is judged
 * by what became of its EXEC, which comes back after it. */
void hr_publish_lost(struct hr_conn *conn, const struct hr_request *request, const char *bytes,
                     size_t len, bool sent) {
  bool closed = conn->link == NULL || hr_link_is_down(conn->link);
  if ((request->flags & HR_REQ_OURS) != 0) {
    if (closed) {
      hr_publish_end(conn, NULL, sent ? HR_OUTCOME_LOST_SENT : HR_OUTCOME_LOST_UNSENT);
    }
  } else if (!closed || hr_publish_keep(conn, request, bytes, len) == NULL) {
    if ((request->flags & HR_REQ_DONE) == 0) {
      hr_lost_user(conn, request, bytes, len, sent ? HR_OUTCOME_LOST_SENT : HR_OUTCOME_LOST_UNSENT);
    }
  }
}

bool hr_publish_owes(const struct hr_conn *conn, int64_t order) {
  for (size_t i = 0; conn->batch != NULL && i < conn->batch->count; i++) {
    const struct hr_request *request = &conn->batch->list[i].request;
    if ((request->flags & HR_REQ_DONE) == 0 && request->order < order) {
      return true;
    }
  }
  return false;
}

void hr_publish_expire(struct hr_conn *conn, hr_msec now, hr_msec *next) {
  size_t before = 0;
  for (size_t i = 0; conn->batch != NULL && i < conn->batch->count; i++) {
    struct hr_published *published = &conn->batch->list[i];
    struct hr_request late = published->request;
    const char *bytes = hr_batch_bytes(conn->batch, published, before);
    before += published->len;
    if ((late.flags & HR_REQ_DONE) != 0 || late.deadline_ms == 0) {
      continue;
    }
    if (late.deadline_ms > now) {
      *next = late.deadline_ms < *next ? late.deadline_ms : *next;
      continue;
    }
    published->request.flags |= HR_REQ_DONE;
    hr_finish(conn->client, &late, NULL, HAREDIS_ERR_MAYBE, bytes, published->len, conn->node);
  }
}

/* ---- sending ---- */

bool hr_publish_wraps(const struct hr_request *request) {
  return (request->flags & (HR_REQ_PUBLISH | HR_REQ_BARE)) == HR_REQ_PUBLISH;
}

static bool hr_publish_is_under_way(const struct hr_conn *conn) {
  for (size_t i = hr_link_unanswered(conn->link); i > 0; i--) {
    if (hr_publish_wraps(hr_link_at(conn->link, i - 1))) { /* its EXEC, in the end */
      return true;
    }
  }
  return false;
}

bool hr_publish_waits_its_turn(const struct hr_conn *conn, const struct hr_request *request) {
  const haredis_client *c = conn->client;
  bool alone = (request->flags & HR_REQ_BARE) != 0 || hr_loop_now(c->loop) < c->publish_alone_ms;
  return (request->flags & HR_REQ_PUBLISH) != 0 && alone && hr_publish_is_under_way(conn);
}

static int hr_publish_send_line(struct hr_conn *conn, struct hr_waiting *waiting) {
  haredis_client *c = conn->client;
  struct hr_request line = waiting->request;
  line.fn = hr_publish_on_line;
  line.owner = conn;
  line.flags |= HR_REQ_CHAIN;
  hr_request_sent(c, &line);
  if (hr_link_send_raw(conn->link, &line, waiting->bytes, waiting->len) != 0) {
    return -1;
  }
  hr_pending_remove(&c->pending, waiting);
  hr_waiting_free(waiting);
  return 0;
}

static int hr_publish_send_end(struct hr_conn *conn) {
  const char *guard[] = {"DEL", conn->batch->guard}, *exec = "EXEC";
  if (hr_record_ours(conn, hr_publish_on_guard, HR_REQ_CHAIN, 2, guard) != 0) {
    return -1;
  }
  return hr_record_ours(conn, hr_publish_on_exec, HR_REQ_CHAIN | HR_REQ_PUBLISH, 1, &exec);
}

int hr_publish_send(struct hr_conn *conn, struct hr_waiting **next, struct hr_waiting *first,
                    size_t limit) {
  haredis_client *c = conn->client;
  const char *multi = "MULTI";
  uint32_t durable = first->request.flags & HR_REQ_DURABLE;
  int sent = 0, max = limit < HR_PUBLISH_MAX ? (int)limit : HR_PUBLISH_MAX;
  if (hr_publish_batch(conn) == NULL || hr_record_ours(conn, NULL, 0, 1, &multi) != 0) {
    return 0;
  }
  struct hr_waiting *waiting = first;
  bool joins = true, sound = true;
  while (joins && sound) {
    *next = waiting->next;
    sound = hr_publish_send_line(conn, waiting) == 0;
    waiting = *next;
    joins = ++sent < max && waiting != NULL && hr_publish_wraps(&waiting->request) &&
            (waiting->request.flags & HR_REQ_DURABLE) == durable && !hr_publish_held(c, waiting);
  }
  if (sound && hr_publish_send_end(conn) == 0) {
    return sent;
  }
  hr_data_break(conn);
  hr_publish_end(conn, NULL, HR_OUTCOME_LOST_UNSENT); /* without its EXEC nothing runs */
  return -1;
}
