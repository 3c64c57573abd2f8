/*
 * The way in: what is it, may it go, straight to the link or into the queue. No callback is called
 * from here; what is refused is refused by the return value.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "client/blocked.h"
#include "client/client.h"
#include "client/publish.h"
#include "client/way.h"
#include "client/reads.h"
#include "proto/resp.h"

/* What never goes straight to a link. */
#define HR_REQ_QUEUED (HR_REQ_DURABLE | HR_REQ_FLUSH | HR_REQ_PUBLISH | HR_REQ_FROM)

/* What the first callers were compiled with: the struct may grow behind it. */
#define HR_CALL_SIZE_FIRST (offsetof(haredis_call, consistency) + sizeof(int))

/* The public words begin at 1: in a call 0 means "as the client". */
_Static_assert((int)HR_RETRY_ALWAYS == HAREDIS_RETRY_ALWAYS - HAREDIS_RETRY_READS, "same order");
_Static_assert((int)HR_READ_NEAREST == HAREDIS_READ_NEAREST - HAREDIS_READ_MASTER, "same order");

enum hr_need hr_request_need(const struct hr_request *request) {
  bool write = (request->flags & HR_REQ_WRITE) != 0;
  if ((request->flags & HR_REQ_DURABLE) != 0) {
    return write ? HR_NEED_DURABLE_WRITE : HR_NEED_DURABLE_READ;
  }
  return write ? HR_NEED_WRITE : HR_NEED_READ;
}

/* What is said of reads alone is wrong with a write, too. */
static int hr_submit_check(haredis_client *c, const haredis_call *call) {
  haredis_call says = HAREDIS_CALL_INIT;
  if (call->struct_size < HR_CALL_SIZE_FIRST) {
    return hr_client_fail(c, HAREDIS_ERR_OPTION, "the haredis_call has no struct_size");
  }
  memcpy(&says, call, call->struct_size < sizeof(says) ? call->struct_size : sizeof(says));
  const struct {
    const char *name;
    int value, low, high;
  } fields[] = {
      {"retry", says.retry, 0, HAREDIS_RETRY_ALWAYS},
      {"durability", says.durability, 0, HAREDIS_DURABILITY_QUORUM},
      {"consistency", says.consistency, 0, HAREDIS_CONSISTENCY_LINEARIZABLE},
      {"read_from", says.read_from, 0, HAREDIS_READ_NEAREST},
      {"read_own_writes", says.read_own_writes, -1, 1},
  };
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
    if (fields[i].value < fields[i].low || fields[i].value > fields[i].high) {
      return hr_client_fail(c, HAREDIS_ERR_OPTION, "haredis_call.%s: %d is out of range (%d to %d)",
                            fields[i].name, fields[i].value, fields[i].low, fields[i].high);
    }
  }
  return HAREDIS_OK;
}

/* In every command's way: here they are not called. Others call them by their declaration. */
#define HR_HOT inline __attribute__((always_inline))

/* What a call says, or the client's option where it says nothing. */
HR_HOT int hr_submit_options(haredis_client *c, const haredis_call *call,
                             struct hr_request *request, int *timeout_ms) {
  int retry = c->options.retry, durability = c->options.durability, consistency = 0;
  *timeout_ms = c->options.command_timeout_ms;
  if (call != NULL) {
    int code = hr_submit_check(c, call);
    if (code != HAREDIS_OK) {
      return code;
    }
    if (call->timeout_ms != 0) {
      *timeout_ms = call->timeout_ms < 0 ? 0 : call->timeout_ms;
    }
    if (call->retry != 0) {
      retry = call->retry;
    }
    if (call->durability != 0) {
      durability = call->durability;
    }
    consistency = call->consistency;
  }
  bool write = (request->flags & HR_REQ_WRITE) != 0;
  if (write ? durability == HAREDIS_DURABILITY_QUORUM
            : consistency == HAREDIS_CONSISTENCY_LINEARIZABLE) {
    request->flags |= HR_REQ_DURABLE;
    if (!c->durable_told) {
      hr_client_pump_soon(c); /* which tells it: not from here, it may call back */
    }
    c->durable_asked = true;
  }
  request->flags |= (uint32_t)(retry - HAREDIS_RETRY_READS) << HR_REQ_RETRY_BIT;
  return HAREDIS_OK;
}

/* Where a read of the data may go, and what the replica must have. */
static int hr_submit_from(haredis_client *c, const haredis_call *call,
                          struct hr_request *request) {
  haredis_call says = HAREDIS_CALL_INIT;
  if (call != NULL) {
    memcpy(&says, call, call->struct_size < sizeof(says) ? call->struct_size : sizeof(says));
  }
  int from = says.read_from != 0 ? says.read_from : c->options.read_from;
  bool own = says.read_own_writes != 0 ? says.read_own_writes > 0 : c->options.read_own_writes != 0;
  if (from == HAREDIS_READ_MASTER) {
    return HAREDIS_OK;
  }
  if (hr_reads_make(c) != HAREDIS_OK) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  request->flags |= (uint32_t)(from - HAREDIS_READ_MASTER) << HR_REQ_FROM_BIT;
  request->flags |= own ? HR_REQ_SEES_OWN : 0;
  request->flags |= hr_lag_pack(says.max_lag_bytes) << HR_REQ_LAG_BIT;
  if (own) {
    hr_own_watch(c);
  }
  return HAREDIS_OK;
}

int hr_submit_wellformed(haredis_client *c, int argc, const char *const *argv) {
  if (argc <= 0 || argv == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "an empty command: it did not run");
  }
  for (int i = 0; i < argc; i++) {
    if (argv[i] == NULL) {
      return hr_client_fail(c, HAREDIS_ERR_FORMAT, "argument %d is NULL: it did not run", i);
    }
  }
  return HAREDIS_OK;
}

/* FLUSHDB elsewhere than in database 0 does not touch our keys. */
bool hr_submit_flushes(const haredis_client *c, const char *word, size_t len) {
  static const char flushdb[] = "flushdb";
  if (c->options.db == 0 || len != sizeof(flushdb) - 1) {
    return true;
  }
  for (size_t i = 0; i < len; i++) {
    if ((word[i] | 0x20) != flushdb[i]) {
      return true;
    }
  }
  return false;
}

/* Make room in the queue, or not. */
static int hr_submit_room(haredis_client *c, struct hr_pending *queue, size_t len) {
  size_t max = (size_t)c->options.queue_max, max_bytes = c->options.queue_max_bytes;
  if (len > max_bytes) {
    return hr_client_fail(c, HAREDIS_ERR_QUEUE_FULL,
                          "a command of %zu bytes would have to wait, and queue_max_bytes is %zu: "
                          "it did not run",
                          len, max_bytes);
  }
  while (queue->count >= max || queue->bytes + len > max_bytes) {
    struct hr_waiting *oldest = queue->first;
    if (c->options.queue_policy != HAREDIS_QUEUE_DROP_OLDEST || oldest == NULL) {
      return hr_client_fail(c, HAREDIS_ERR_QUEUE_FULL, NULL);
    }
    hr_pending_remove(queue, oldest);
    hr_over_push(c, oldest, HAREDIS_ERR_QUEUE_FULL);
  }
  return HAREDIS_OK;
}

int hr_submit_keep(haredis_client *c, struct hr_pending *queue, bool bounded,
                   const struct hr_request *request, int argc, const char **argv,
                   const size_t *argvlen) {
  size_t len = hr_resp_command_size(argc, argv, argvlen);
  if (len == 0) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "a command of 4 GiB: it did not run");
  }
  int code = bounded ? hr_submit_room(c, queue, len) : HAREDIS_OK;
  if (code != HAREDIS_OK) {
    return code;
  }
  struct hr_waiting *waiting = hr_waiting_new(request, NULL, len);
  if (waiting == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  hr_resp_command_write(waiting->bytes, argc, argv, argvlen);
  waiting->request.attempts = 0;
  hr_pending_add(queue, waiting);
  hr_metrics_queued(c);
  return HAREDIS_OK;
}

/* Nothing but its turn is in the way: not bounded, as a link is not. */
static bool hr_submit_flows(haredis_client *c, const struct hr_plan *plan, bool paused) {
  if (plan->kind != HR_PLAN_SEND) {
    return false;
  }
  struct hr_target *target = c->targets[plan->node];
  return target != NULL && target->main.link != NULL && hr_link_is_up(target->main.link) &&
         hr_loop_now(c->loop) >= c->hold_all_ms && !paused;
}

int hr_submit_queue(haredis_client *c, const struct hr_request *request, int argc,
                    const char **argv, const size_t *argvlen) {
  const struct hr_plan *plan = &c->plans[hr_request_need(request)];
  if (plan->kind == HR_PLAN_FAIL) {
    return hr_client_fail(c, hr_route_code_public(plan->code), NULL);
  }
  bool paused =
      (request->flags & HR_REQ_WRITE) != 0 && hr_loop_now(c->loop) < c->hold_writes_ms;
  bool held = hr_publish_waits(c, request);
  bool flows = !held && hr_submit_flows(c, plan, paused);
  int code = hr_submit_keep(c, &c->pending, !flows, request, argc, argv, argvlen);
  if (code != HAREDIS_OK) {
    return code;
  }
  if (plan->kind == HR_PLAN_SEND && !held) {
    c->write_conn = NULL; /* who comes later stands behind it */
    c->read_conn = paused ? c->read_conn : NULL;
  }
  if (flows || held) {
    hr_client_pump_soon(c);
  }
  return HAREDIS_OK;
}

HR_HOT int64_t hr_submit_order(haredis_client *c, int64_t now_us) {
  int64_t next = c->order + 1, now = now_us << HR_ORDER_BITS;
  next = now > next ? now : next;
  c->order = next;
  return next;
}

/* Spans tell to the microsecond what was done within one turn. */
int64_t hr_submit_now_us(const haredis_client *c) {
  return c->spans ? hr_loop_now_us(c->loop) : hr_loop_turn(c->loop).us;
}

HR_HOT void hr_submit_accepted(haredis_client *c, const struct hr_request *request) {
  c->outstanding++;
  c->durable_count += (request->flags & HR_REQ_DURABLE) != 0;
  if (request->deadline_ms != 0 && request->deadline_ms < c->scan_at_ms) {
    hr_deadline_watch(c, request->deadline_ms);
  }
}

/* It cannot go through a link that others use: one of its own, or not at all. */
static int hr_submit_apart(haredis_client *c, const haredis_call *call, haredis_reply_fn *fn,
                           void *data, uint32_t known, int argc, const char **argv,
                           const size_t *argvlen) {
  if ((known & (HR_COMMAND_SUBSCRIBES | HR_COMMAND_LINK)) != 0) {
    return hr_way_refuse(c, argc, argv, argvlen);
  }
  struct hr_request request = {.user_data = data};
  memcpy(&request.user_fn, &fn, sizeof(fn));
  request.flags = (known & HR_COMMAND_WRITE) != 0 ? HR_REQ_WRITE : 0;
  return hr_blocked_submit(c, call, &request, argc, argv, argvlen);
}

int hr_submit(haredis_client *c, const haredis_call *call, haredis_reply_fn *fn, void *data,
              int argc, const char **argv, const size_t *argvlen) {
  if (c->refusing) {
    return hr_client_refuse(c);
  }
  int code = hr_submit_wellformed(c, argc, argv);
  if (code != HAREDIS_OK) {
    return code;
  }
  uint32_t known = hr_command_flags(c->commands, argc, argv, argvlen);
  size_t word = argvlen != NULL ? argvlen[0] : 0;
  if ((known & (HR_COMMAND_UNSHARED | HR_COMMAND_FLUSH)) != 0) {
    word = argvlen != NULL ? word : strlen(argv[0]);
    if ((known & HR_COMMAND_UNSHARED) != 0) {
      return hr_submit_apart(c, call, fn, data, known, argc, argv, argvlen);
    }
  }
  struct hr_request request = {.fn = hr_reply_main, .user_data = data, .attempts = 1};
  memcpy(&request.user_fn, &fn, sizeof(fn));
  request.flags = (known & HR_COMMAND_WRITE) != 0 ? HR_REQ_WRITE : 0;
  request.flags |= (known & HR_COMMAND_PUBLISH) != 0 ? HR_REQ_PUBLISH : 0;
  request.flags |= (known & HR_COMMAND_SCRIPT) != 0 ? HR_REQ_SCRIPT : 0;
  if ((known & HR_COMMAND_FLUSH) != 0 && hr_submit_flushes(c, argv[0], word)) {
    request.flags |= HR_REQ_FLUSH;
  }
  int timeout_ms;
  code = hr_submit_options(c, call, &request, &timeout_ms);
  bool leaves = (known & HR_COMMAND_DATA) != 0 && (c->reads_elsewhere || call != NULL) &&
                (request.flags & HR_REQ_DURABLE) == 0; /* the master proves those */
  if (code == HAREDIS_OK && leaves) {
    code = hr_submit_from(c, call, &request);
  }
  if (code != HAREDIS_OK) {
    return code;
  }
  struct hr_loop_time now = hr_loop_turn(c->loop);
  if (timeout_ms > 0) {
    request.deadline_ms = now.ms + timeout_ms;
  }
  if (c->spans) {
    now.us = hr_loop_now_us(c->loop);
  }
  request.order = hr_submit_order(c, now.us);
  request.aux = (uint32_t)now.us;
  struct hr_conn *conn = (request.flags & HR_REQ_WRITE) != 0 ? c->write_conn : c->read_conn;
  if (conn != NULL && (request.flags & HR_REQ_QUEUED) == 0) {
    request.owner = conn;
    if (hr_link_send(conn->link, &request, argc, argv, argvlen) != 0) {
      return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
    }
    conn->writes += request.flags & HR_REQ_WRITE;
  } else {
    code = (request.flags & HR_REQ_FROM) != 0
               ? hr_reads_submit(c, &request, argc, argv, argvlen)
               : hr_submit_queue(c, &request, argc, argv, argvlen);
    if (code != HAREDIS_OK) {
      return code;
    }
  }
  hr_submit_accepted(c, &request);
  return HAREDIS_OK;
}

int haredis_async_command_with(haredis_client *c, const haredis_call *call, haredis_reply_fn *fn,
                               void *data, int argc, const char **argv, const size_t *argvlen) {
  return c == NULL ? HAREDIS_ERR_MEMORY : hr_submit(c, call, fn, data, argc, argv, argvlen);
}

int haredis_async_command_argv(haredis_client *c, haredis_reply_fn *fn, void *data, int argc,
                               const char **argv, const size_t *argvlen) {
  return c == NULL ? HAREDIS_ERR_MEMORY : hr_submit(c, NULL, fn, data, argc, argv, argvlen);
}

struct hr_submit_words {
  const haredis_call *call;
  haredis_reply_fn *fn;
  void *data;
};

static int hr_submit_formatted(haredis_client *c, void *what, int argc, const char **argv,
                               const size_t *argvlen) {
  const struct hr_submit_words *words = what;
  return hr_submit(c, words->call, words->fn, words->data, argc, argv, argvlen);
}

static int hr_submit_format(haredis_client *c, const haredis_call *call, haredis_reply_fn *fn,
                            void *data, const char *format, va_list ap) {
  struct hr_submit_words words = {call, fn, data};
  return c == NULL ? HAREDIS_ERR_MEMORY
                   : hr_words_format(c, hr_submit_formatted, &words, format, ap);
}

int haredis_async_vcommand(haredis_client *c, haredis_reply_fn *fn, void *data, const char *format,
                           va_list ap) {
  return hr_submit_format(c, NULL, fn, data, format, ap);
}

int haredis_async_command(haredis_client *c, haredis_reply_fn *fn, void *data, const char *format,
                          ...) {
  va_list ap;
  va_start(ap, format);
  int code = hr_submit_format(c, NULL, fn, data, format, ap);
  va_end(ap);
  return code;
}

int haredis_async_commandf_with(haredis_client *c, const haredis_call *call, haredis_reply_fn *fn,
                                void *data, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  int code = hr_submit_format(c, call, fn, data, format, ap);
  va_end(ap);
  return code;
}
