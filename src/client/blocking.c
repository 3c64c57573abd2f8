/*
 * The blocking client: the same client on a private loop, which is turned until the one command is
 * over. Between calls nobody turns it: what happened meanwhile is let in before anything is sent.
 */
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/script.h"
#include "client/txn.h"
#include "io/own_loop.h"
#include "io/reply.h"

#define HR_STALE_MS 2 /* a loop that was not turned for this long may have news to read */

struct hr_blocked {
  bool done;
  int code;
  char detail[sizeof(((haredis_client *)0)->detail)];
  struct redisReply *reply;
};

static int hr_blocking_check(haredis_client *c) {
  if (c->depth > 0) {
    return hr_client_fail(c, HAREDIS_ERR_REENTRANT, NULL);
  }
  if (c->driver == NULL) {
    return c->err;
  }
  if (c->own_ev == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_REENTRANT,
                          "a blocking function was called on an asynchronous client");
  }
  return HAREDIS_OK;
}

static void hr_blocking_turn(haredis_client *c, bool wait) {
  hr_own_loop_turn(c->own_ev, wait);
  c->turned_ms = hr_loop_now_us(c->loop) / 1000;
}

static void hr_blocking_catch_up(haredis_client *c) {
  if (hr_loop_now_us(c->loop) / 1000 - c->turned_ms > HR_STALE_MS) {
    hr_blocking_turn(c, false);
  }
}

static void hr_blocking_on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct hr_blocked *blocked = data;
  blocked->done = true;
  blocked->code = c->err;
  memcpy(blocked->detail, c->detail, sizeof(blocked->detail));
  if (reply == NULL) {
    return;
  }
  blocked->reply = hr_reply_copy(reply);
  if (blocked->reply == NULL) {
    blocked->code = HAREDIS_ERR_MAYBE;
    snprintf(blocked->detail, sizeof(blocked->detail),
             "out of memory for the reply: the command has run");
  }
}

/* Hands something in, to be answered by fn(c, reply, data). */
typedef int hr_blocking_submit(haredis_client *c, haredis_reply_fn *fn, void *data, void *what);

static void *hr_blocking_call(haredis_client *c, hr_blocking_submit *submit, void *what) {
  struct hr_blocked blocked = {.code = HAREDIS_OK};
  hr_client_enter(c); /* an event hook may free the client: not under our feet */
  hr_blocking_catch_up(c);
  if (submit(c, hr_blocking_on_reply, &blocked, what) == HAREDIS_OK) {
    while (!blocked.done) {
      hr_blocking_turn(c, true);
    }
    c->err = blocked.code;
    memcpy(c->detail, blocked.detail, sizeof(c->detail));
  }
  hr_client_leave(c);
  return blocked.reply;
}

struct hr_blocking_words {
  const haredis_call *call;
  int argc;
  const char **argv;
  const size_t *argvlen;
};

static int hr_blocking_command(haredis_client *c, haredis_reply_fn *fn, void *data, void *what) {
  const struct hr_blocking_words *words = what;
  return hr_submit(c, words->call, fn, data, words->argc, words->argv, words->argvlen);
}

void *haredis_command_with(haredis_client *c, const haredis_call *call, int argc, const char **argv,
                           const size_t *argvlen) {
  if (c == NULL || hr_blocking_check(c) != HAREDIS_OK) {
    return NULL;
  }
  struct hr_blocking_words words = {call, argc, argv, argvlen};
  return hr_blocking_call(c, hr_blocking_command, &words);
}

void *haredis_command_argv(haredis_client *c, int argc, const char **argv, const size_t *argvlen) {
  return haredis_command_with(c, NULL, argc, argv, argvlen);
}

struct hr_blocking_format {
  const haredis_call *call;
  void *reply;
};

static int hr_blocking_formatted(haredis_client *c, void *what, int argc, const char **argv,
                                 const size_t *argvlen) {
  struct hr_blocking_format *format = what;
  format->reply = haredis_command_with(c, format->call, argc, argv, argvlen);
  return HAREDIS_OK;
}

static void *hr_blocking_vcommand(haredis_client *c, const haredis_call *call, const char *format,
                                  va_list ap) {
  struct hr_blocking_format what = {call, NULL};
  if (c != NULL && hr_blocking_check(c) == HAREDIS_OK) {
    (void)hr_words_format(c, hr_blocking_formatted, &what, format, ap);
  }
  return what.reply;
}

void *haredis_vcommand(haredis_client *c, const char *format, va_list ap) {
  return hr_blocking_vcommand(c, NULL, format, ap);
}

void *haredis_command(haredis_client *c, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  void *reply = hr_blocking_vcommand(c, NULL, format, ap);
  va_end(ap);
  return reply;
}

void *haredis_commandf_with(haredis_client *c, const haredis_call *call, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  void *reply = hr_blocking_vcommand(c, call, format, ap);
  va_end(ap);
  return reply;
}

/* ---- transactions and scripts ---- */

struct hr_blocking_txn {
  haredis_txn *t;
  const haredis_call *call;
  const char *format;
  va_list *ap;
};

static int hr_blocking_txn_read(haredis_client *c, haredis_reply_fn *fn, void *data, void *what) {
  const struct hr_blocking_txn *read = what;
  (void)c;
  return hr_txn_vread(read->t, fn, data, read->format, *read->ap);
}

void *haredis_txn_read(haredis_txn *t, const char *format, ...) {
  if (t == NULL || hr_blocking_check(t->holder.client) != HAREDIS_OK) {
    return NULL;
  }
  va_list ap;
  va_start(ap, format);
  struct hr_blocking_txn read = {.t = t, .format = format, .ap = &ap};
  void *reply = hr_blocking_call(t->holder.client, hr_blocking_txn_read, &read);
  va_end(ap);
  return reply;
}

static int hr_blocking_txn_exec(haredis_client *c, haredis_reply_fn *fn, void *data, void *what) {
  const struct hr_blocking_txn *exec = what;
  int code = haredis_async_txn_exec(exec->t, exec->call, fn, data);
  if (code != HAREDIS_OK) {
    haredis_txn_discard(exec->t);
    c->err = code;
  }
  return code;
}

void *haredis_txn_exec(haredis_txn *t, const haredis_call *call) {
  if (t == NULL) {
    return NULL;
  }
  haredis_client *c = t->holder.client;
  if (hr_blocking_check(c) != HAREDIS_OK) {
    haredis_txn_discard(t);
    return NULL;
  }
  struct hr_blocking_txn exec = {.t = t, .call = call};
  return hr_blocking_call(c, hr_blocking_txn_exec, &exec);
}

struct hr_blocking_script {
  haredis_script *s;
  int keys;
  struct hr_blocking_words words;
};

static int hr_blocking_script_call(haredis_client *c, haredis_reply_fn *fn, void *data,
                                   void *what) {
  const struct hr_blocking_script *script = what;
  const struct hr_blocking_words *words = &script->words;
  (void)c;
  return haredis_async_script_call(script->s, words->call, fn, data, script->keys, words->argc,
                                   words->argv, words->argvlen);
}

void *haredis_script_call(haredis_script *s, const haredis_call *call, int keys, int argc,
                          const char **argv, const size_t *argvlen) {
  if (s == NULL || hr_blocking_check(hr_script_client(s)) != HAREDIS_OK) {
    return NULL;
  }
  struct hr_blocking_script script = {s, keys, {call, argc, argv, argvlen}};
  return hr_blocking_call(hr_script_client(s), hr_blocking_script_call, &script);
}

/* ---- turns without a command ---- */

static void hr_blocking_on_stop(struct hr_timer *timer, void *owner) {
  (void)timer;
  *(bool *)owner = true;
}

int haredis_run(haredis_client *c, int timeout_ms) {
  if (c == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  int code = hr_blocking_check(c);
  if (code != HAREDIS_OK) {
    return code;
  }
  bool stop = timeout_ms <= 0;
  struct hr_timer timer = {0};
  hr_client_enter(c);
  hr_blocking_turn(c, false);
  if (!stop && hr_client_timer_make(c, &timer, hr_blocking_on_stop, &stop) == 0) {
    hr_client_timer_set(c, &timer, timeout_ms);
  } else {
    stop = true;
  }
  while (!stop && !c->dead) {
    hr_blocking_turn(c, true);
  }
  hr_timer_clear(c->loop, &timer);
  hr_client_leave(c);
  return HAREDIS_OK;
}
