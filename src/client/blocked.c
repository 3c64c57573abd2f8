/*
 * Commands that block, each on a lane. Their own timeout begins when they are first sent; who is
 * sent to another master gets what is left of it, and the nil of a timeout when nothing is.
 *
 *   line ──▶ sent ──answer──▶ [counted, proven] ──▶ callback
 *    ▲         │ READONLY, UNBLOCKED, ...: it took nothing
 *    └─────────┴ link lost: judged (route.h)
 *
 * WAIT and WAITAOF speak for one connection, the application's writes went through others: they
 * wait until all of those are answered, then raise the counter by nothing on their own lane, so
 * that the offset that they ask for is behind all of them. Another master can tell of those writes
 * only if it was given all of them.
 */
#include "client/blocked.h"

#include <string.h>

#include "client/newest.h"
#include "client/pool.h"
#include "client/reads.h"
#include "io/reply.h"
#include "proto/command_block.h"
#include "proto/resp.h"

struct hr_blocking {
  struct hr_holder holder; /* first */
  struct hr_waiting *waiting;
  struct hr_block block;
  struct hr_newest *newest;      /* NULL: it does not read from "$" */
  hr_msec until_ms;              /* its own time is over; 0: not begun, or it has none */
  struct hr_epoch epoch;         /* of the master it was sent to last, n == 0: none */
  bool sent;                     /* it had left when its lane was lost */
  struct redisReply *held;       /* its answer, not proven yet */
  struct redisReply *uncounted;  /* WAIT: why the counter was refused */
};

static bool hr_blocking_takes(const struct hr_blocking *job) {
  return (job->waiting->request.flags & HR_REQ_WRITE) != 0;
}

/* ---- ends ---- */

static void hr_blocking_free(struct hr_blocking *job) {
  if (job->held != NULL) {
    freeReplyObject(job->held);
  }
  if (job->uncounted != NULL) {
    freeReplyObject(job->uncounted);
  }
  hr_free(job->newest);
  hr_free(job);
}

/* A write of ours was acknowledged, by a link that does not tell its counts. */
static void hr_blocking_own(const struct hr_blocking *job, const struct redisReply *answer) {
  if (hr_blocking_takes(job) && answer != NULL && answer->type != REDIS_REPLY_NIL &&
      answer->type != REDIS_REPLY_ERROR) {
    hr_own_elsewhere(job->holder.client);
  }
}

/* It is over; the callback comes soon. answer: with code OK, becomes the client's. */
static void hr_blocking_over(struct hr_blocking *job, int code, struct redisReply *answer) {
  struct hr_waiting *waiting = job->waiting;
  waiting->error = answer;
  hr_blocking_own(job, answer);
  hr_over_push(job->holder.client, waiting, code);
  hr_blocking_free(job);
}

/* The answer is there, borrowed: the callback comes now. */
static void hr_blocking_finish(struct hr_blocking *job, struct redisReply *reply, int code) {
  haredis_client *c = job->holder.client;
  struct hr_waiting *waiting = job->waiting;
  hr_blocking_own(job, reply);
  hr_blocking_free(job);
  hr_finish(c, &waiting->request, reply, code, waiting->bytes, waiting->len, waiting->node);
  hr_waiting_free(waiting);
}

/* Nothing is left of its own time. What may have taken something must not say that it did not. */
static void hr_blocking_timed_out(struct hr_blocking *job) {
  static const struct redisReply nil = {.type = REDIS_REPLY_NIL};
  bool ran = (job->waiting->request.flags & HR_REQ_RAN) != 0 && hr_blocking_takes(job);
  struct redisReply *answer = ran ? NULL : hr_reply_copy(&nil);
  int code = ran ? HAREDIS_ERR_MAYBE : answer == NULL ? HAREDIS_ERR_MEMORY : HAREDIS_OK;
  hr_blocking_over(job, code, answer);
}

static void hr_blocking_fail(struct hr_holder *holder, int code) {
  hr_blocking_over((struct hr_blocking *)holder, code, NULL);
}

/* Into the line again, where it was. */
static void hr_blocking_move(struct hr_blocking *job, hr_msec wait_ms) {
  job->holder.not_before_ms = hr_loop_now(job->holder.client->loop) + wait_ms;
  job->sent = false;
  hr_pool_want(&job->holder);
  if (job->until_ms != 0 && job->until_ms < job->holder.client->scan_at_ms) {
    hr_deadline_watch(job->holder.client, job->until_ms);
  }
}

/* ---- the answer ---- */

static bool hr_blocking_refused(struct hr_blocking *job, const struct redisReply *reply) {
  haredis_client *c = job->holder.client;
  enum hr_error_class class = hr_route_blocked_class(reply->str, (size_t)reply->len);
  if (class == HR_ERROR_PLAIN || c->ending) {
    return false;
  }
  struct hr_request *request = &job->waiting->request;
  struct hr_outcome outcome = hr_outcome_of(c, request, HR_OUTCOME_REPLY);
  outcome.error = class;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  if (verdict.hint) {
    hr_client_hint_soon(c, job->waiting->node);
  }
  if (verdict.kind != HR_VERDICT_RETRY) {
    return false;
  }
  request->attempts -= class == HR_ERROR_UNBLOCKED;
  hr_pool_drop(&job->holder); /* who lets go closes the connection, too */
  hr_blocking_move(job, verdict.wait_ms);
  return true;
}

/* It took something: that is a write, to be counted, and to be proven when that was asked for. */
static bool hr_blocking_took(struct hr_blocking *job, const struct redisReply *reply) {
  bool durable = (job->waiting->request.flags & HR_REQ_DURABLE) != 0;
  bool took = hr_blocking_takes(job) && reply->type != REDIS_REPLY_NIL;
  if (reply->type == REDIS_REPLY_ERROR || (!took && (hr_blocking_takes(job) || !durable))) {
    return false;
  }
  struct hr_lane *lane = job->holder.lane;
  if (!durable) {
    if (hr_lane_count(lane, 1, hr_lane_on_count) != 0) {
      hr_pool_drop(&job->holder); /* uncounted, and perhaps in another database */
    }
    return false;
  }
  job->held = hr_reply_copy(reply);
  if (job->held != NULL && hr_lane_prove(lane, false, took) == 0) {
    return true;
  }
  hr_pool_drop(&job->holder);
  hr_blocking_finish(job, NULL, HAREDIS_ERR_MAYBE);
  return true;
}

static void hr_blocking_on_reply(struct hr_link *link, struct hr_request *request,
                                 struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  struct hr_blocking *job = (struct hr_blocking *)lane->holder;
  haredis_client *c = lane->conn.client;
  (void)link;
  if (job == NULL) {
    return;
  }
  hr_client_enter(c);
  struct redisReply *uncounted = job->uncounted;
  job->uncounted = NULL;
  reply = uncounted != NULL ? uncounted : reply;
  bool refused = reply->type == REDIS_REPLY_ERROR && hr_blocking_refused(job, reply);
  if (!refused && !hr_blocking_took(job, reply)) {
    hr_pool_give_back(&job->holder);
    hr_blocking_finish(job, reply, HAREDIS_OK);
  }
  if (uncounted != NULL) {
    freeReplyObject(uncounted);
  }
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_blocking_proved(struct hr_holder *holder, bool proven) {
  struct hr_blocking *job = (struct hr_blocking *)holder;
  struct redisReply *held = job->held;
  job->held = NULL;
  hr_pool_give_back(holder);
  if (proven) {
    holder->client->metrics.proven += hr_blocking_takes(job);
    hr_blocking_over(job, HAREDIS_OK, held);
    return;
  }
  freeReplyObject(held);
  struct hr_outcome outcome =
      hr_outcome_of(holder->client, &job->waiting->request, HR_OUTCOME_UNPROVEN);
  struct hr_verdict verdict = hr_route_judge(&outcome);
  if (verdict.kind == HR_VERDICT_RETRY && !hr_blocking_takes(job) && !holder->client->ending) {
    hr_blocking_move(job, verdict.wait_ms);
  } else {
    hr_blocking_over(job, HAREDIS_ERR_MAYBE, NULL);
  }
}

/* ---- sending ---- */

/* The counter was not raised: what WAIT says then is of another offset. */
static void hr_blocking_on_count(struct hr_link *link, struct hr_request *request,
                                 struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  struct hr_blocking *job = (struct hr_blocking *)lane->holder;
  if (job != NULL && reply->type == REDIS_REPLY_ERROR) {
    job->uncounted = hr_reply_copy(reply);
  }
  hr_lane_on_count(link, request, reply);
}

static void hr_blocking_on_newest(struct hr_link *link, struct hr_request *request,
                                  struct redisReply *reply) {
  struct hr_lane *lane = request->owner;
  (void)link;
  if (lane->holder != NULL) {
    hr_newest_told(((struct hr_blocking *)lane->holder)->newest, request->user_data, reply);
  }
}

/* As it was called, but with what is left of its time, and from where it began. */
static int hr_blocking_send_rest(struct hr_blocking *job, const struct hr_request *request,
                                 hr_msec rest) {
  struct hr_waiting *waiting = job->waiting;
  struct hr_lane *lane = job->holder.lane;
  char text[HR_BLOCK_TEXT_MAX];
  int argc = hr_words_split(waiting->bytes, waiting->len, NULL, NULL, 0), code = -1;
  const char **argv = hr_alloc((size_t)argc * sizeof(*argv));
  size_t *argvlen = hr_alloc((size_t)argc * sizeof(*argvlen));
  if (argv != NULL && argvlen != NULL) {
    hr_words_split(waiting->bytes, waiting->len, argv, argvlen, argc);
    code = job->newest != NULL
               ? hr_newest_ask(job->newest, lane, hr_blocking_on_newest, argv, argvlen) : 0;
    if (job->newest != NULL) {
      hr_newest_put(job->newest, argv, argvlen);
    }
    if (job->until_ms != 0) {
      argvlen[job->block.place] = hr_command_block_text(&job->block, rest, text);
      argv[job->block.place] = text;
    }
    code = code != 0 ? code : hr_link_send(lane->conn.link, request, argc, argv, argvlen);
  }
  hr_free(argv);
  hr_free(argvlen);
  return code;
}

static int hr_blocking_send(struct hr_blocking *job, hr_msec now) {
  struct hr_lane *lane = job->holder.lane;
  struct hr_request request = {
      .fn = hr_blocking_on_reply, .owner = lane, .flags = HR_REQUEST_UNTIMED};
  if (job->block.counts && hr_lane_count(lane, 0, hr_blocking_on_count) != 0) {
    return -1;
  }
  if (job->until_ms != 0 || job->newest != NULL) {
    return hr_blocking_send_rest(job, &request, job->until_ms - now);
  }
  return hr_link_send_raw(lane->conn.link, &request, job->waiting->bytes, job->waiting->len);
}

/* Longer than it may be silent on purpose; 0: nobody knows how long that is. */
static hr_msec hr_blocking_silence(const struct hr_blocking *job, hr_msec now) {
  const haredis_client *c = job->holder.client;
  if (job->block.kind != HR_BLOCK_TIMED) {
    return 0;
  }
  return job->until_ms - now + 2 * (hr_msec)c->options.down_after_ms + hr_durable_wait_ms(c);
}

/* WAIT, moved: may what it was called behind be missing here? */
static bool hr_blocking_forgot(const struct hr_blocking *job) {
  const struct hr_topology *topology = &job->holder.client->topology;
  if (job->epoch.n == 0 || hr_epoch_compare(&job->epoch, &topology->epoch) == 0) {
    return false;
  }
  return !topology->planned || topology->epoch.n != job->epoch.n + 1;
}

static void hr_blocking_begin(struct hr_holder *holder) {
  struct hr_blocking *job = (struct hr_blocking *)holder;
  haredis_client *c = holder->client;
  hr_msec now = hr_loop_now(c->loop);
  if (job->block.counts && hr_blocking_forgot(job)) {
    hr_pool_give_back(holder);
    hr_blocking_over(job, HAREDIS_ERR_MAYBE, NULL);
    return;
  }
  if (job->until_ms != 0 && job->until_ms <= now && !job->block.counts) {
    hr_pool_give_back(holder);
    hr_blocking_timed_out(job);
    return;
  }
  job->waiting->node = holder->lane->conn.node;
  job->epoch = c->topology.epoch;
  (void)hr_proof_expect(&holder->lane->conn);
  hr_request_sent(c, &job->waiting->request);
  if (hr_blocking_send(job, now) != 0) {
    hr_pool_drop(holder);
    hr_blocking_over(job, HAREDIS_ERR_MEMORY, NULL);
    return;
  }
  if (job->until_ms == 0 && job->block.kind == HR_BLOCK_TIMED) {
    job->until_ms = now + job->block.ms;
  }
  hr_link_set_silence(holder->lane->conn.link, hr_blocking_silence(job, now));
}

static bool hr_blocking_ready(struct hr_holder *holder) {
  struct hr_blocking *job = (struct hr_blocking *)holder;
  if (!job->block.counts || hr_lane_is_quiet(holder->client, holder->order)) {
    return true;
  }
  holder->client->stalled = true; /* every answer asks again */
  return false;
}

/* ---- its lane was lost ---- */

static void hr_blocking_lost_one(struct hr_holder *holder, const struct hr_request *request,
                                 bool sent) {
  (void)request;
  ((struct hr_blocking *)holder)->sent = sent;
}

static void hr_blocking_lost(struct hr_holder *holder, enum hr_down why) {
  struct hr_blocking *job = (struct hr_blocking *)holder;
  struct hr_request *request = &job->waiting->request;
  bool sent = job->sent || job->held != NULL;
  request->attempts -= !sent && request->attempts > 0;
  struct hr_outcome outcome = hr_outcome_of(holder->client, request,
                                            sent ? HR_OUTCOME_LOST_SENT : HR_OUTCOME_LOST_UNSENT);
  struct hr_verdict verdict = hr_route_judge(&outcome);
  bool unproven = job->held != NULL && hr_blocking_takes(job);
  if (holder->client->ending) {
    hr_blocking_over(job, sent ? HAREDIS_ERR_MAYBE : HAREDIS_ERR_CLOSED, NULL);
  } else if (verdict.kind == HR_VERDICT_RETRY && !unproven) {
    if (job->held != NULL) {
      freeReplyObject(job->held);
      job->held = NULL;
    }
    request->flags |= sent ? HR_REQ_RAN : 0;
    hr_blocking_move(job, verdict.wait_ms);
  } else {
    hr_blocking_over(job, why == HR_DOWN_PROTOCOL ? HAREDIS_ERR_PROTOCOL : HAREDIS_ERR_MAYBE, NULL);
  }
}

static void hr_blocking_expire(struct hr_holder *holder, hr_msec now, hr_msec *next) {
  struct hr_blocking *job = (struct hr_blocking *)holder;
  hr_msec deadline = job->waiting->request.deadline_ms;
  bool waits = holder->in_line && job->until_ms != 0 && !job->block.counts;
  if (waits && job->until_ms <= now) {
    hr_pool_forget(holder);
    hr_blocking_timed_out(job);
    return;
  }
  if (deadline != 0 && deadline <= now) {
    int code = holder->in_line ? hr_pool_late_code(holder) : HAREDIS_ERR_MAYBE;
    job->waiting->request.flags |= hr_pool_late_flags(holder);
    hr_pool_forget(holder);
    hr_pool_drop(holder); /* or it would take what comes for nobody */
    hr_blocking_over(job, code, NULL);
    return;
  }
  *next = waits && job->until_ms < *next ? job->until_ms : *next;
  *next = deadline != 0 && deadline < *next ? deadline : *next;
}

static const struct hr_holder_kind hr_blocking_kind = {
    .begin = hr_blocking_begin,
    .lost_one = hr_blocking_lost_one,
    .lost = hr_blocking_lost,
    .fail = hr_blocking_fail,
    .proved = hr_blocking_proved,
    .expire = hr_blocking_expire,
    .ready = hr_blocking_ready,
};

/* ---- the way in ---- */

/* Its own time, and the client's patience on top. */
static hr_msec hr_blocking_deadline(haredis_client *c, const haredis_call *call, int timeout_ms,
                                    const struct hr_block *block) {
  bool explicit = call != NULL && call->timeout_ms != 0;
  hr_msec own = block->kind == HR_BLOCK_TIMED && !explicit ? block->ms : 0;
  bool endless = block->kind == HR_BLOCK_FOREVER || block->kind == HR_BLOCK_UNKNOWN;
  if (timeout_ms <= 0 || (endless && !explicit)) {
    return 0;
  }
  return hr_loop_now(c->loop) + own + timeout_ms;
}

static struct hr_blocking *hr_blocking_new(const struct hr_request *request, int argc,
                                           const char **argv, const size_t *argvlen) {
  size_t len = hr_resp_command_size(argc, argv, argvlen);
  struct hr_waiting *waiting = hr_waiting_new(request, NULL, len);
  struct hr_blocking *job = hr_calloc(1, sizeof(*job));
  if (waiting == NULL || job == NULL) {
    if (waiting != NULL) {
      hr_waiting_free(waiting);
    }
    hr_free(job);
    return NULL;
  }
  hr_resp_command_write(waiting->bytes, argc, argv, argvlen);
  job->waiting = waiting;
  return job;
}

int hr_blocked_submit(haredis_client *c, const haredis_call *call, struct hr_request *request,
                      int argc, const char **argv, const size_t *argvlen) {
  struct hr_block block = hr_command_block(argc, argv, argvlen);
  int timeout_ms;
  if (block.counts) {
    request->flags &= ~HR_REQ_WRITE; /* it changes nothing */
  }
  int code = hr_submit_options(c, call, request, &timeout_ms);
  if (code != HAREDIS_OK) {
    return code;
  }
  request->flags &= block.counts ? ~HR_REQ_DURABLE : ~0u;
  enum hr_need need = block.counts ? HR_NEED_WRITE : hr_request_need(request);
  const struct hr_plan *plan = &c->plans[need];
  if (plan->kind == HR_PLAN_FAIL) {
    return hr_client_fail(c, hr_route_code_public(plan->code), NULL);
  }
  size_t len = hr_resp_command_size(argc, argv, argvlen);
  if (len == 0) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "a command of 4 GiB: it did not run");
  }
  code = hr_pool_room(c, len);
  if (code != HAREDIS_OK) {
    return code;
  }
  request->attempts = 0;
  request->deadline_ms = hr_blocking_deadline(c, call, timeout_ms, &block);
  request->flags |= HR_REQUEST_UNTIMED;
  request->order = hr_submit_order(c, hr_submit_now_us(c));
  struct hr_blocking *job = hr_blocking_new(request, argc, argv, argvlen);
  if (job == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  job->block = block;
  job->newest = hr_newest_new(argc, argv, argvlen);
  job->holder = (struct hr_holder){.kind = &hr_blocking_kind,
                                   .client = c,
                                   .need = need,
                                   .order = request->order,
                                   .bytes = len};
  hr_pool_want(&job->holder);
  hr_submit_accepted(c, request);
  return HAREDIS_OK;
}
