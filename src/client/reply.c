/*
 * The ends of a command: answered, refused and repeated, lost, over. Each ends in hr_finish() once,
 * which is the only place that calls a user's reply callback.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/script.h"
#include "client/pool.h"
#include "client/publish.h"
#include "client/reads.h"
#include "io/reply.h"

#define HR_SPAN_WORD_MAX 64 /* longer than any command's name */

/* What the callback is told beside the reply. */
static inline void hr_finish_say(haredis_client *c, const struct hr_request *request, int code) {
  c->err = code;
  c->detail[0] = '\0';
  if (code == HAREDIS_ERR_TIMEOUT && (request->flags & HR_REQ_NO_LANE) != 0) {
    hr_pool_say_full(c, ": the command did not run");
  }
  bool refused = code == HAREDIS_ERR_AUTH || (code == HAREDIS_ERR_TIMEOUT && c->refused_tls);
  if (refused && c->refusal[0] != '\0') {
    snprintf(c->detail, sizeof(c->detail), "%s: the command did not run", c->refusal);
  }
}

/* The word is copied: what the hook sends may move the bytes that it lies in. */
static void hr_finish_span(haredis_client *c, const struct hr_request *request, int code,
                           const char *bytes, size_t len, int node) {
  const char *at = NULL;
  char word[HR_SPAN_WORD_MAX];
  size_t word_len = 0;
  if (bytes != NULL && hr_words_split(bytes, len, &at, &word_len, 1) > 0) {
    word_len = word_len < sizeof(word) ? word_len : sizeof(word);
    memcpy(word, at, word_len);
  }
  int64_t now = hr_loop_now_us(c->loop);
  bool sent = request->attempts > 0;
  int64_t called = hr_order_us(request->order), total = now - called;
  int32_t waited = (int32_t)(request->aux - (uint32_t)called);
  waited = waited > 0 ? waited : 0;
  struct haredis_span span = {
      .struct_size = sizeof(span),
      .command = word,
      .command_len = word_len,
      .node = sent && node >= 0 ? c->addresses.list[node].name : NULL,
      .error = code,
      .attempts = (int)request->attempts,
      .queued_us = sent ? waited : total,
      .network_us = sent ? total - waited : 0,
  };
  c->options.on_span(c, &span, c->options.user);
}

/* It was sent before and waited to be sent again, or nobody knows whether it ran: whatever became
 * of that, nobody may be told that it did not run, not even by a server that refused the last
 * sending. */
static int hr_finish_ran(const struct hr_request *request, const struct redisReply *reply,
                         int code) {
  if (reply == NULL || (request->flags & HR_REQ_DOUBT) != 0) {
    return code == HAREDIS_ERR_PROTOCOL ? code : HAREDIS_ERR_MAYBE;
  }
  bool refused = reply->type == REDIS_REPLY_ERROR &&
                 hr_route_error_class(reply->str, (size_t)reply->len) != HR_ERROR_PLAIN;
  return refused && (request->flags & HR_REQ_WRITE) != 0 ? HAREDIS_ERR_MAYBE : code;
}

/* Blocking commands wait on purpose, what failed did for a deadline: both would hide the rest. */
static inline void hr_finish_count(haredis_client *c, const struct hr_request *request,
                                   int code) {
  struct hr_metrics *metrics = &c->metrics;
  metrics->finished[code]++;
  if (code != HAREDIS_OK || (request->flags & HR_REQUEST_UNTIMED) != 0) {
    return;
  }
  int64_t took = *c->clock_us - hr_order_us(request->order);
  if (took == metrics->latency.last) {
    metrics->latency.run++;
  } else {
    hr_metrics_took(c, took);
  }
}

void hr_finish(haredis_client *c, const struct hr_request *request, struct redisReply *reply,
               int code, const char *bytes, size_t len, int node) {
  haredis_reply_fn *fn;
  if ((request->flags & (HR_REQ_RAN | HR_REQ_DOUBT)) != 0) {
    code = hr_finish_ran(request, reply, code);
    reply = code == HAREDIS_OK ? reply : NULL;
  }
  memcpy(&fn, &request->user_fn, sizeof(fn));
  c->outstanding--;
  c->durable_count -= (request->flags & HR_REQ_DURABLE) != 0;
  if (c->stalled) {
    hr_client_pump_soon(c);
  }
  hr_finish_count(c, request, code);
  hr_finish_say(c, request, code);
  void *data = request->user_data;
  c->depth++;
  if (c->spans) {
    hr_finish_span(c, request, code, bytes, len, node); /* while bytes are still there */
    hr_finish_say(c, request, code); /* its calls left words of their own */
  }
  if (fn != NULL) {
    fn(c, reply, data);
  }
  hr_client_leave(c);
}

/* The trace names the first command on a new master: "set on 127.0.0.1:6381 (master default)". */
void hr_reply_announce(struct hr_conn *conn, const struct hr_link *link) {
  haredis_client *c = conn->client;
  const char *word = NULL;
  size_t word_len = 0, len = 0;
  const char *bytes = hr_link_answered_bytes(link, &len);
  char lower[24];
  if (c->announced == conn->node || !conn->wanted) {
    return;
  }
  c->announced = conn->node;
  if (bytes == NULL || hr_words_split(bytes, len, &word, &word_len, 1) < 1) {
    return;
  }
  size_t i = 0;
  for (; i < word_len && i < sizeof(lower) - 1; i++) {
    lower[i] = (char)(isalnum((unsigned char)word[i]) ? tolower((unsigned char)word[i]) : '?');
  }
  lower[i] = '\0';
  hr_log(c, HAREDIS_LOG_INFO, "%s on %s (master default)", lower,
         c->addresses.list[conn->node].name);
}

struct hr_outcome hr_outcome_of(haredis_client *c, const struct hr_request *request,
                                enum hr_outcome_kind kind) {
  struct hr_outcome outcome = {
      .kind = kind,
      .write = (request->flags & HR_REQ_WRITE) != 0,
      .retry = (enum hr_retry)((request->flags >> HR_REQ_RETRY_BIT) & 3u),
      .attempts = request->attempts,
      .attempts_max = (uint32_t)c->options.retry_attempts,
      .left_ms = request->deadline_ms != 0 ? request->deadline_ms - hr_loop_now(c->loop) : -1,
      .backoff_ms = c->options.retry_backoff_ms,
      .backoff_max_ms = c->options.retry_backoff_max_ms,
      .random = (uint32_t)hr_prng_next(&c->prng),
  };
  if (request->deadline_ms != 0 && outcome.left_ms < 0) {
    outcome.left_ms = 0;
  }
  return outcome;
}

static void hr_reply_queue(haredis_client *c, struct hr_waiting *waiting) {
  waiting->request.flags &= ~HR_REQ_CHAIN;
  hr_pending_back(&c->pending, waiting);
  hr_client_pump_soon(c);
  c->write_conn = NULL;
  c->read_conn = NULL;
  hr_metrics_queued(c);
}

bool hr_reply_put_back(haredis_client *c, const struct hr_request *request,
                       const struct redisReply *error, const char *bytes, size_t len) {
  struct hr_waiting *waiting = hr_waiting_new(request, bytes, len);
  if (waiting == NULL) {
    return false;
  }
  if (error != NULL && (request->flags & HR_REQ_WRITE) != 0) {
    waiting->error = hr_reply_copy(error);
    if (waiting->error == NULL) {
      hr_waiting_free(waiting);
      return false;
    }
    c->refused = request->order > c->refused ? request->order : c->refused;
  }
  if ((request->flags & HR_REQ_FROM) != 0) {
    hr_reads_back(c, waiting);
    return true;
  }
  hr_reply_queue(c, waiting);
  return true;
}

/* A script that this master has not seen goes with its text: it did not run. */
static bool hr_reply_script(haredis_client *c, const struct hr_request *request,
                            const struct redisReply *reply, const char *bytes, size_t len) {
  struct hr_waiting *waiting = c->ending ? NULL : hr_script_again(request, reply, bytes, len);
  if (waiting != NULL) {
    hr_reply_queue(c, waiting);
  }
  return waiting != NULL;
}

static bool hr_reply_again(struct hr_conn *conn, const struct hr_request *request,
                           const struct redisReply *reply, const char *bytes, size_t len) {
  haredis_client *c = conn->client;
  bool script = (request->flags & HR_REQ_SCRIPT) != 0;
  enum hr_error_class class = script ? hr_route_script_class(reply->str, (size_t)reply->len)
                                     : hr_route_error_class(reply->str, (size_t)reply->len);
  if (class == HR_ERROR_PLAIN || bytes == NULL) {
    return hr_reply_script(c, request, reply, bytes, len);
  }
  struct hr_request back = *request;
  back.flags |= script ? HR_REQ_DOUBT : 0;
  back.flags &= ~HR_REQ_BARE; /* who answers next may be no master */
  struct hr_outcome outcome = hr_outcome_of(c, request, HR_OUTCOME_REPLY);
  outcome.error = class;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  bool again = verdict.kind == HR_VERDICT_RETRY && !c->ending &&
               hr_reply_put_back(c, &back, reply, bytes, len);
  if (again && script) {
    hr_doubt_begin(conn);
    return true;
  }
  bool first = hr_loop_now(c->loop) >= c->hold_all_ms; /* one hint for all that were in flight */
  if (again) {
    hr_client_hold(c, verdict.wait_ms, verdict.writes_only);
  }
  if (verdict.hint && first) {
    hr_client_hint_soon(c, conn->node);
  }
  return again;
}

/* A write was answered; refused to the end, it did not run. */
static void hr_reply_passes(haredis_client *c, const struct hr_request *request,
                            const struct redisReply *reply) {
  if (reply->type != REDIS_REPLY_ERROR ||
      hr_route_error_class(reply->str, (size_t)reply->len) == HR_ERROR_PLAIN) {
    hr_over_passed(c, request->order);
  }
}

bool hr_reply_repeats(struct hr_conn *conn, const struct hr_request *request,
                      const struct redisReply *reply, const char *bytes, size_t len) {
  haredis_client *c = conn->client;
  if (reply->type == REDIS_REPLY_ERROR && hr_reply_again(conn, request, reply, bytes, len)) {
    return true;
  }
  if (c->refused != 0 && (request->flags & HR_REQ_WRITE) != 0) {
    hr_reply_passes(c, request, reply);
  }
  return false;
}

void hr_reply_main(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  const char *bytes = NULL;
  size_t len = 0;
  c->depth++;
  if (c->announced != conn->node) {
    hr_reply_announce(conn, link);
  }
  if (reply->type == REDIS_REPLY_ERROR || c->spans) { /* now: who reads the log may have sent */
    bytes = hr_link_answered_bytes(link, &len);
  }
  bool over = (request->flags & HR_REQ_DONE) == 0;
  conn->uncounted |= request->flags & HR_REQ_WRITE;
  if (over && (reply->type == REDIS_REPLY_ERROR || c->refused != 0)) {
    over = !hr_reply_repeats(conn, request, reply, bytes, len);
  }
  if (over) {
    hr_finish(c, request, reply, HAREDIS_OK, bytes, len, conn->node);
  }
  hr_client_leave(c);
}

/* The code for a command that will not be answered any more because the client ends. */
static int hr_lost_closed(bool sent) {
  return sent ? HAREDIS_ERR_MAYBE : HAREDIS_ERR_CLOSED;
}

void hr_lost_user(struct hr_conn *conn, const struct hr_request *request, const char *bytes,
                  size_t len, enum hr_outcome_kind kind) {
  haredis_client *c = conn->client;
  struct hr_request again = *request;
  bool sent = kind != HR_OUTCOME_LOST_UNSENT;
  if (c->ending) {
    hr_finish(c, request, NULL, hr_lost_closed(sent), bytes, len, conn->node);
    return;
  }
  again.attempts -= !sent && again.attempts > 0;
  again.flags |= sent ? HR_REQ_RAN : 0;
  struct hr_outcome outcome = hr_outcome_of(c, &again, kind);
  struct hr_verdict verdict = hr_route_judge(&outcome);
  if (verdict.kind == HR_VERDICT_RETRY && bytes != NULL &&
      hr_reply_put_back(c, &again, NULL, bytes, len)) {
    if (verdict.wait_ms > 0) {
      hr_client_hold(c, verdict.wait_ms, false);
    }
    return;
  }
  int code = !sent ? HAREDIS_ERR_MEMORY : HAREDIS_ERR_MAYBE;
  if (sent && conn->link != NULL && hr_link_why(conn->link) == HR_DOWN_PROTOCOL) {
    code = HAREDIS_ERR_PROTOCOL;
  }
  hr_finish(c, request, NULL, code, bytes, len, conn->node);
}

void hr_lost(struct hr_conn *conn, const struct hr_request *request, const char *bytes, size_t len,
             bool sent) {
  haredis_client *c = conn->client;
  hr_client_enter(c);
  c->read_conn = c->write_conn = NULL;
  hr_client_pump_soon(c);
  if (hr_publish_wraps(request)) {
    hr_publish_lost(conn, request, bytes, len, sent);
  } else if ((request->flags & HR_REQ_BODY) != 0) {
    hr_record_body_keep(conn, bytes, len);
  } else if ((request->flags & HR_REQ_COUNT) != 0) {
    hr_doubt_lost(conn);
  } else if ((request->flags & (HR_REQ_DONE | HR_REQ_OURS)) == 0) {
    bool flush = (request->flags & HR_REQ_FLUSH) != 0;
    hr_lost_user(conn, request, flush ? conn->body : bytes, flush ? conn->body_len : len,
                 sent ? HR_OUTCOME_LOST_SENT : HR_OUTCOME_LOST_UNSENT);
  }
  hr_client_leave(c);
}
