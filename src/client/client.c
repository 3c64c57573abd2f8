/*
 * The birth of a client, and what it says of itself.
 */
#include "client/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "client/pool.h"
#include "client/reads.h"
#include "io/own_loop.h"

int hr_client_fail(haredis_client *c, int code, const char *format, ...) {
  c->err = code;
  c->detail[0] = '\0';
  if (format == NULL) {
    return code;
  }
  va_list ap;
  va_start(ap, format);
  vsnprintf(c->detail, sizeof(c->detail), format, ap);
  va_end(ap);
  return code;
}

int hr_client_refuse(haredis_client *c) {
  return c->driver != NULL ? hr_client_fail(c, HAREDIS_ERR_CLOSED, NULL) : c->err;
}

int haredis_err(const haredis_client *c) {
  return c == NULL ? HAREDIS_ERR_MEMORY : c->err;
}

const char *haredis_errstr(const haredis_client *c) {
  if (c == NULL) {
    return haredis_error_text(HAREDIS_ERR_MEMORY);
  }
  return c->detail[0] != '\0' ? c->detail : haredis_error_text(c->err);
}

int haredis_number(const haredis_client *c) {
  return c == NULL ? 0 : c->number;
}

/* Two threads may each make a client at the same time. */
static int hr_client_count(void) {
  static int count;
  return __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
}

/* ---- timers ---- */

int hr_client_timer_make(haredis_client *c, struct hr_timer *timer,
                         void (*fn)(struct hr_timer *, void *), void *owner) {
  timer->fn = fn;
  timer->owner = owner;
  return hr_timer_set(c->loop, timer, hr_loop_now(c->loop) + HR_REST_MS);
}

/* It is in the heap already, or has just left its place there: no memory is needed. */
void hr_client_timer_set(haredis_client *c, struct hr_timer *timer, hr_msec in_ms) {
  (void)hr_timer_set(c->loop, timer, hr_loop_now(c->loop) + (in_ms > 0 ? in_ms : 0));
}

void hr_client_timer_rest(haredis_client *c, struct hr_timer *timer) {
  hr_client_timer_set(c, timer, HR_REST_MS);
}

/* When the next of the pauses is over. */
void hr_client_hold_arm(haredis_client *c) {
  hr_msec now = hr_loop_now(c->loop), next = now + HR_REST_MS;
  next = c->hold_all_ms > now && c->hold_all_ms < next ? c->hold_all_ms : next;
  next = c->hold_writes_ms > now && c->hold_writes_ms < next ? c->hold_writes_ms : next;
  next = c->publish_ms > now && c->publish_ms < next ? c->publish_ms : next;
  hr_client_timer_set(c, &c->hold, next - now);
}

static void hr_client_on_hold(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  (void)timer;
  hr_client_hold_arm(c);
  hr_client_pump(NULL, c);
}

static int hr_client_timers(haredis_client *c) {
  c->pump = (struct hr_later){.fn = hr_client_pump, .owner = c};
  if (hr_client_timer_make(c, &c->hold, hr_client_on_hold, c) != 0 ||
      hr_client_timer_make(c, &c->scan, hr_deadline_scan, c) != 0 ||
      hr_client_timer_make(c, &c->drain, hr_client_drained, c) != 0 ||
      hr_client_timer_make(c, &c->beat, hr_data_beat, c) != 0 || hr_pool_make(c) != 0) {
    return HAREDIS_ERR_MEMORY;
  }
  hr_client_timer_set(c, &c->beat, hr_data_beat_ms(c));
  return HAREDIS_OK;
}

/* ---- options ---- */

static char *hr_client_keep(const char *text) {
  return text != NULL && text[0] != '\0' ? hr_strdup(text) : NULL;
}

static int hr_client_take_nodes(haredis_client *c, char *why, size_t why_size) {
  haredis_options *o = &c->options;
  switch (hr_addresses_parse(o->nodes, &c->addresses, why, why_size)) {
    case HR_ADDRESS_OK:
      break;
    case HR_ADDRESS_MALFORMED:
      return HAREDIS_ERR_OPTION;
    case HR_ADDRESS_NO_MEMORY:
      return HAREDIS_ERR_MEMORY;
  }
  int code = hr_options_check_nodes(o, &c->addresses, why, why_size);
  if (code == HAREDIS_OK && c->addresses.db > 0) {
    o->db = c->addresses.db;
  }
  return code;
}

static int hr_client_take_options(haredis_client *c, const haredis_options *options, char *why,
                                  size_t why_size) {
  haredis_options *o = &c->options;
  int code = hr_options_take(o, options, why, why_size);
  if (code != HAREDIS_OK) {
    return code;
  }
  c->spans = o->on_span != NULL;
  c->log_level = hr_options_log_level(o);
  if (o->on_log == NULL && getenv("HAREDIS_LOG") == NULL) {
    c->log_level = HAREDIS_LOG_NONE;
  }
  if (o->on_log == NULL) {
    o->on_log = haredis_log_stderr;
  }
  const char *word = hr_options_wrong_log_word(o);
  if (word != NULL) {
    hr_log(c, HAREDIS_LOG_WARNING,
           "HAREDIS_LOG=%.32s is no level: none, error, warning, info or debug; taken as warning",
           word);
  }
  code = hr_options_check(o, why, why_size);
  if (code != HAREDIS_OK) {
    return code;
  }
  code = hr_client_take_nodes(c, why, why_size);
  if (code == HAREDIS_OK) {
    code = hr_certificates_take(c, why, why_size);
  }
  if (code != HAREDIS_OK) {
    return code;
  }
  snprintf(c->prefix, sizeof(c->prefix), "%s", o->prefix);
  hr_key_group(c->prefix, c->group_key);
  c->username = hr_client_keep(o->username);
  c->password = hr_client_keep(o->password);
  bool lost = (c->username == NULL) != (o->username == NULL || o->username[0] == '\0') ||
              (c->password == NULL) != (o->password == NULL || o->password[0] == '\0');
  return lost ? HAREDIS_ERR_MEMORY : HAREDIS_OK;
}

/* ---- birth ---- */

void hr_client_start(haredis_client *c) {
  if (!c->started && !c->ending) {
    c->started = true;
    c->control->start(c->driver);
  }
}

static int hr_client_build(haredis_client *c, struct ev_loop *ev) {
  c->loop = hr_loop_new(ev);
  c->commands = hr_command_table_new();
  if (c->loop == NULL || c->commands == NULL || hr_client_timers(c) != HAREDIS_OK) {
    return HAREDIS_ERR_MEMORY;
  }
  c->clock_us = hr_loop_clock_us(c->loop);
  c->order = hr_loop_now_us(c->loop) << HR_ORDER_BITS;
  hr_prng_seed(&c->prng, (uint64_t)c->order ^ ((uint64_t)c->number << 32) ^ (uintptr_t)c);
  hr_client_plan(c);
  c->reads_elsewhere = c->options.read_from != HAREDIS_READ_MASTER;
  if ((c->reads_elsewhere || c->options.read_own_writes != 0) && hr_reads_make(c) != HAREDIS_OK) {
    return HAREDIS_ERR_MEMORY;
  }
  if (hr_metrics_make(c) != HAREDIS_OK || hr_control_make(c) != 0) {
    return HAREDIS_ERR_MEMORY;
  }
  return HAREDIS_OK;
}

/* Borrowed strings of the caller are not looked at again. */
static void hr_client_forget_strings(haredis_options *o) {
  o->nodes = o->prefix = o->username = o->password = NULL;
  o->replication_username = o->replication_password = NULL;
  o->tls_ca_file = o->tls_cert_file = o->tls_key_file = o->tls_server_name = NULL;
}

haredis_client *hr_client_new(struct ev_loop *ev, struct ev_loop *own_ev,
                              const haredis_options *options, const struct hr_control *control) {
  haredis_client *c = hr_calloc(1, sizeof(*c));
  if (c == NULL) {
    return NULL;
  }
  char why[sizeof(c->detail)] = "";
  c->number = hr_client_count();
  c->control = control;
  c->own_ev = own_ev;
  c->topology.master = c->announced = -1;
  c->scan_at_ms = INT64_MAX;
  c->refusing = true;
  int code = hr_client_take_options(c, options, why, sizeof(why));
  if (code == HAREDIS_OK && ev == NULL) {
    snprintf(why, sizeof(why), "there is no event loop");
    code = HAREDIS_ERR_OPTION;
  }
  if (code == HAREDIS_OK) {
    code = hr_client_build(c, ev);
  }
  hr_client_forget_strings(&c->options);
  if (code == HAREDIS_ERR_MEMORY) {
    c->own_ev = NULL; /* the caller's again */
    hr_client_free_memory(c);
    return NULL;
  }
  if (code != HAREDIS_OK) {
    hr_client_fail(c, code, "%s", why);
    hr_log(c, HAREDIS_LOG_ERROR, "%s", why);
    return c;
  }
  c->refusing = false;
  hr_client_pump_soon(c);
  return c;
}

haredis_client *haredis_async_connect(struct ev_loop *loop, const haredis_options *o) {
  return hr_client_new(loop, NULL, o, &hr_control_driver);
}

haredis_client *haredis_connect(const haredis_options *options) {
  struct ev_loop *ev = hr_own_loop_new();
  if (ev == NULL) {
    return NULL;
  }
  haredis_client *c = hr_client_new(ev, ev, options, &hr_control_driver);
  if (c == NULL) {
    hr_own_loop_free(ev);
  }
  return c;
}
