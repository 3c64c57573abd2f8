/*
 * haredis_txn_*(): what a user says to a transaction, taken in or refused. Nothing is called back
 * from here.
 */
#include <stdarg.h>
#include <string.h>

#include "client/txn.h"
#include "client/way.h"
#include "proto/resp.h"

static const char hr_txn_exec_bytes[] = "*1\r\n$4\r\nEXEC\r\n"; /* all of it, for link and span */

haredis_txn *haredis_txn_begin(haredis_client *c) {
  if (c == NULL) {
    return NULL;
  }
  if (c->refusing) {
    hr_client_refuse(c);
    return NULL;
  }
  haredis_txn *t = hr_calloc(1, sizeof(*t));
  if (t == NULL) {
    hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
    return NULL;
  }
  t->holder.kind = &hr_txn_kind;
  t->holder.client = c;
  t->next = c->txns;
  if (t->next != NULL) {
    t->next->prev = t;
  }
  c->txns = t;
  return t;
}

/* HAREDIS_OK, or why nothing can be said to it. */
static int hr_txn_check(haredis_txn *t, int argc, const char *const *argv) {
  if (t == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  haredis_client *c = t->holder.client;
  if (c->refusing) {
    return hr_client_fail(c, HAREDIS_ERR_CLOSED, NULL);
  }
  if (t->aborted) {
    return hr_client_fail(c, HAREDIS_ERR_ABORTED, NULL);
  }
  return hr_submit_wellformed(c, argc, argv);
}

/* ---- WATCH and reads ---- */

/* As the client's queue: not without end while it waits for its lane. */
static int hr_txn_room(haredis_txn *t, size_t len) {
  haredis_client *c = t->holder.client;
  if (!t->pinned) {
    return hr_pool_room(c, len);
  }
  bool full = t->todo.count >= (size_t)c->options.queue_max ||
              t->todo.bytes + len > c->options.queue_max_bytes;
  return t->holder.in_line && full ? hr_client_fail(c, HAREDIS_ERR_QUEUE_FULL, NULL) : HAREDIS_OK;
}

/* For its lane, which it wants from now on. */
static int hr_txn_ask(haredis_txn *t, const struct hr_request *request, int argc,
                      const char *const *argv, const size_t *argvlen) {
  haredis_client *c = t->holder.client;
  size_t len = hr_resp_command_size(argc, argv, argvlen);
  if (len == 0) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "a command of 4 GiB: it did not run");
  }
  int code = hr_txn_room(t, len);
  if (code != HAREDIS_OK) {
    return code;
  }
  struct hr_waiting *waiting = hr_waiting_new(request, NULL, len);
  if (waiting == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  hr_resp_command_write(waiting->bytes, argc, argv, argvlen);
  hr_pending_add(&t->todo, waiting);
  if (!t->pinned) {
    t->pinned = true;
    t->holder.need = HR_NEED_READ;
    t->holder.order = hr_submit_order(c, hr_submit_now_us(c));
    t->holder.bytes = len;
    hr_pool_want(&t->holder);
  }
  hr_client_pump_soon(c);
  return HAREDIS_OK;
}

int haredis_txn_watch(haredis_txn *t, int count, const char **keys, const size_t *lens) {
  int code = hr_txn_check(t, count, keys);
  if (code != HAREDIS_OK) {
    return code;
  }
  haredis_client *c = t->holder.client;
  const char **argv = hr_alloc(((size_t)count + 1) * sizeof(*argv));
  size_t *argvlen = hr_alloc(((size_t)count + 1) * sizeof(*argvlen));
  code = HAREDIS_ERR_MEMORY;
  if (argv != NULL && argvlen != NULL) {
    const struct hr_request request = {.flags = HR_REQ_OURS};
    argv[0] = "WATCH";
    argvlen[0] = 5;
    for (int i = 0; i < count; i++) {
      argv[i + 1] = keys[i];
      argvlen[i + 1] = lens != NULL ? lens[i] : strlen(keys[i]);
    }
    code = hr_txn_ask(t, &request, count + 1, argv, argvlen);
  } else {
    hr_client_fail(c, code, NULL);
  }
  hr_free(argv);
  hr_free(argvlen);
  return code;
}

int haredis_async_txn_read_argv(haredis_txn *t, haredis_reply_fn *fn, void *data, int argc,
                                const char **argv, const size_t *argvlen) {
  int code = hr_txn_check(t, argc, argv);
  if (code != HAREDIS_OK) {
    return code;
  }
  haredis_client *c = t->holder.client;
  uint32_t known = hr_command_flags(c->commands, argc, argv, argvlen);
  if ((known & HR_COMMAND_READ) == 0 || (known & HR_COMMAND_UNSHARED) != 0) {
    return hr_client_fail(c, HAREDIS_ERR_UNSUPPORTED,
                          "haredis_txn_read() is for commands that only read: it did not run");
  }
  struct hr_request request = {.user_data = data,
                               .order = hr_submit_order(c, hr_submit_now_us(c))};
  memcpy(&request.user_fn, &fn, sizeof(fn));
  if (c->options.command_timeout_ms > 0) {
    request.deadline_ms = hr_loop_now(c->loop) + c->options.command_timeout_ms;
  }
  code = hr_txn_ask(t, &request, argc, argv, argvlen);
  if (code == HAREDIS_OK) {
    hr_submit_accepted(c, &request);
  }
  return code;
}

struct hr_txn_read {
  haredis_txn *t;
  haredis_reply_fn *fn;
  void *data;
};

static int hr_txn_read_words(haredis_client *c, void *what, int argc, const char **argv,
                             const size_t *argvlen) {
  const struct hr_txn_read *read = what;
  (void)c;
  return haredis_async_txn_read_argv(read->t, read->fn, read->data, argc, argv, argvlen);
}

int hr_txn_vread(haredis_txn *t, haredis_reply_fn *fn, void *data, const char *format,
                 va_list ap) {
  struct hr_txn_read read = {t, fn, data};
  return hr_words_format(t->holder.client, hr_txn_read_words, &read, format, ap);
}

int haredis_async_txn_read(haredis_txn *t, haredis_reply_fn *fn, void *data, const char *format,
                           ...) {
  va_list ap;
  if (t == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  va_start(ap, format);
  int code = hr_txn_vread(t, fn, data, format, ap);
  va_end(ap);
  return code;
}

/* ---- commands for EXEC ---- */

int haredis_txn_command_argv(haredis_txn *t, int argc, const char **argv, const size_t *argvlen) {
  int code = hr_txn_check(t, argc, argv);
  if (code != HAREDIS_OK) {
    return code;
  }
  haredis_client *c = t->holder.client;
  uint32_t known = hr_command_flags(c->commands, argc, argv, argvlen);
  size_t word = argvlen != NULL ? argvlen[0] : strlen(argv[0]);
  if ((known & (HR_COMMAND_SUBSCRIBES | HR_COMMAND_LINK)) != 0) {
    return hr_way_refuse(c, argc, argv, argvlen);
  }
  if ((known & HR_COMMAND_FLUSH) != 0 && hr_submit_flushes(c, argv[0], word)) {
    return hr_client_fail(c, HAREDIS_ERR_UNSUPPORTED,
                          "%.*s inside a transaction would take the group's own record away: send "
                          "it alone; it did not run",
                          (int)(word > 32 ? 32 : word), argv[0]);
  }
  size_t size = hr_resp_command_size(argc, argv, argvlen);
  if (size == 0) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "a command of 4 GiB: it did not run");
  }
  char *out = hr_buffer_reserve(&t->bytes, size);
  if (out == NULL || hr_buffer_append(&t->sizes, &size, sizeof(size)) != 0) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  hr_resp_command_write(out, argc, argv, argvlen);
  hr_buffer_commit(&t->bytes, size);
  t->commands++;
  t->writes += (known & HR_COMMAND_WRITE) != 0;
  return HAREDIS_OK;
}

static int hr_txn_command_words(haredis_client *c, void *what, int argc, const char **argv,
                                const size_t *argvlen) {
  (void)c;
  return haredis_txn_command_argv(what, argc, argv, argvlen);
}

int haredis_txn_command(haredis_txn *t, const char *format, ...) {
  va_list ap;
  if (t == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  va_start(ap, format);
  int code = hr_words_format(t->holder.client, hr_txn_command_words, t, format, ap);
  va_end(ap);
  return code;
}

/* ---- the end ---- */

int haredis_async_txn_exec(haredis_txn *t, const haredis_call *call, haredis_reply_fn *fn,
                           void *data) {
  static const char *const exec[] = {"EXEC"};
  int timeout_ms, code = hr_txn_check(t, 1, exec);
  if (code != HAREDIS_OK) {
    return code;
  }
  haredis_client *c = t->holder.client;
  struct hr_request request = {.user_data = data};
  memcpy(&request.user_fn, &fn, sizeof(fn));
  request.flags = t->writes > 0 ? HR_REQ_WRITE : 0;
  code = hr_submit_options(c, call, &request, &timeout_ms);
  const struct hr_plan *plan = &c->plans[hr_request_need(&request)];
  if (code == HAREDIS_OK && plan->kind == HR_PLAN_FAIL) {
    code = hr_client_fail(c, hr_route_code_public(plan->code), NULL);
  }
  size_t len = t->bytes.tail - t->bytes.head;
  if (code == HAREDIS_OK && !t->pinned) {
    code = hr_pool_room(c, len);
  }
  if (code != HAREDIS_OK) {
    return code;
  }
  request.flags &= ~(3u << HR_REQ_RETRY_BIT);
  request.flags |= (uint32_t)HAREDIS_RETRY_NEVER << HR_REQ_RETRY_BIT;
  request.deadline_ms = timeout_ms > 0 ? hr_loop_now(c->loop) + timeout_ms : 0;
  request.order = hr_submit_order(c, hr_submit_now_us(c));
  struct hr_waiting *waiting =
      hr_waiting_new(&request, hr_txn_exec_bytes, sizeof(hr_txn_exec_bytes) - 1);
  if (waiting == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  t->exec = waiting;
  t->exec_need = hr_request_need(&request);
  t->holder.writes_now = true;
  hr_submit_accepted(c, &request);
  c->metrics.transactions++;
  if (!t->pinned) {
    t->holder.need = t->exec_need;
    t->holder.order = request.order;
    t->holder.bytes = len;
    hr_pool_want(&t->holder);
  }
  hr_client_pump_soon(c);
  return HAREDIS_OK;
}

void haredis_txn_discard(haredis_txn *t) {
  static const char *const unwatch[] = {"UNWATCH"};
  if (t == NULL) {
    return;
  }
  haredis_client *c = t->holder.client;
  hr_client_enter(c);
  hr_pool_forget(&t->holder);
  struct hr_lane *lane = t->holder.lane;
  if (lane != NULL && (hr_link_unanswered(lane->conn.link) > 0 ||
                       hr_record_ours(&lane->conn, NULL, 0, 1, unwatch) != 0)) {
    hr_pool_drop(&t->holder); /* its reads are called back soon */
  }
  hr_pool_give_back(&t->holder);
  hr_txn_drop_todo(t, HAREDIS_ERR_CLOSED);
  hr_txn_free(t);
  hr_client_leave(c);
}
