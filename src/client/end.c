/*
 * The end of a client: drained or at once, every command called back exactly once, and the memory
 * only when nobody up the stack can still look at it.
 *
 *   disconnect ──▶ refusing ──▶ nothing waits ──▶ DRAINED ──▶ CLOSED ──▶ dead ──▶ memory goes
 *                      └─────── drain_timeout_ms ──▶ fail the rest ──┘        (depth is 0)
 *   free ────────────────────────────────────────▶ fail all ──▶ CLOSED ──▶ dead
 *
 * A takeover of ours is finished first: whoever asks for a switchover and leaves would leave the
 * other nodes without a master to follow. So is what we are about to mend: programs that live for a
 * moment, one after the other, would each leave it to the next. Whoever frees a blocking client has
 * no loop that could go on, and most programs end so: free finishes these too, but not for long.
 */
#include <string.h>

#include "client/client.h"
#include "client/pool.h"
#include "client/reads.h"
#include "client/stream.h"
#include "client/spare.h"
#include "client/subscribe.h"
#include "client/txn.h"
#include "io/own_loop.h"
#include "io/tls.h"

void hr_client_free_memory(haredis_client *c) {
  hr_data_free_retired(c);
  hr_stream_reap(c);
  hr_subs_free(c);
  hr_txn_free_all(c);
  hr_pool_free_memory(c);
  if (c->loop != NULL) {
    hr_reads_free_memory(c);
    hr_timer_clear(c->loop, &c->hold);
    hr_timer_clear(c->loop, &c->scan);
    hr_timer_clear(c->loop, &c->drain);
    hr_timer_clear(c->loop, &c->beat);
    hr_later_remove(c->loop, &c->pump);
    hr_loop_free(c->loop);
  }
  if (c->own_ev != NULL) {
    hr_own_loop_free(c->own_ev);
  }
  hr_metrics_free(c);
  hr_command_table_free(c->commands);
  hr_addresses_free(&c->addresses);
  hr_tls_unref(c->tls);
  hr_free(c->username);
  if (c->password != NULL) {
    volatile char *p = c->password;
    while (*p != '\0') {
      *p++ = '\0';
    }
  }
  hr_free(c->password);
  hr_free(c);
}

/* Everything that is not over fails: sent with ERR_MAYBE, the rest with ERR_CLOSED. */
static void hr_client_fail_all(haredis_client *c) {
  c->refusing = c->ending = true;
  c->read_conn = c->write_conn = NULL;
  hr_stream_end(c);
  hr_subs_end(c);
  hr_reads_end(c);
  hr_data_free_all(c);
  hr_spare_end(c);
  hr_pool_free_all(c);
  hr_certificates_leave(c);
  hr_later_remove(c->loop, &c->pump); /* the driver goes before the memory does */
  while (c->pending.first != NULL) {
    hr_over_add(c, c->pending.first, HAREDIS_ERR_CLOSED);
  }
  hr_over_finish(c);
  if (c->driver != NULL) {
    c->control->free(c->driver);
  }
  hr_people_close(c);
}

static void hr_client_end(haredis_client *c) {
  if (c->dead) {
    return;
  }
  c->dead = c->unsettled = true;
  hr_client_fail_all(c);
  hr_tell(c, HAREDIS_EVENT_CLOSED, -1, 0, 0, "the client is closed");
}

void hr_client_enter(haredis_client *c) {
  c->depth++;
}

/* So often it is looked whether the control plane has come to its end. */
#define HR_DRAIN_LOOK_MS 2
/* So long haredis_free() stays for what is begun, and whoever ends for what is about to begin. */
#define HR_FINISH_MS 500

static bool hr_client_idle(const haredis_client *c) {
  if (c->control->works(c->driver)) {
    return false;
  }
  return hr_loop_now(c->loop) >= c->mend_at_ms || !c->control->mends(c->driver);
}

static bool hr_client_drain_done(const haredis_client *c) {
  return c->closing && !c->dead && c->outstanding == 0 && hr_client_idle(c);
}

static void hr_client_drain_look(haredis_client *c) {
  hr_msec rest_ms = c->drain_at_ms - hr_loop_now(c->loop);
  bool look = c->outstanding == 0 && rest_ms > HR_DRAIN_LOOK_MS;
  hr_client_timer_set(c, &c->drain, look ? HR_DRAIN_LOOK_MS : rest_ms > 0 ? rest_ms : 0);
}

static void hr_client_settle(haredis_client *c) {
  hr_data_free_retired(c);
  hr_pool_free_retired(c);
  hr_stream_reap(c);
  if (hr_client_drain_done(c)) {
    c->depth++;
    hr_tell(c, HAREDIS_EVENT_DRAINED, -1, 0, 0, "nothing waits any more");
    hr_client_end(c);
    c->depth--;
  }
  if (c->dead) {
    hr_client_free_memory(c);
  } else {
    c->unsettled = c->closing;
    if (c->closing) {
      hr_client_drain_look(c);
    }
  }
}

void hr_client_leave(haredis_client *c) {
  c->depth--;
  if (c->depth == 0 && c->unsettled) {
    hr_client_settle(c);
  }
}

void hr_client_drained(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  hr_client_timer_rest(c, timer);
  if (!c->closing) {
    return;
  }
  hr_client_enter(c);
  if (hr_loop_now(c->loop) >= c->drain_at_ms) {
    hr_log(c, HAREDIS_LOG_WARNING, "%zu commands were not answered within drain_timeout_ms",
           c->outstanding);
    hr_client_end(c);
  }
  hr_client_leave(c);
}

/* No command is waited for, only what the other clients of the group would suffer from. */
static void hr_client_finish(haredis_client *c) {
  hr_msec end_ms = hr_loop_now(c->loop) + HR_FINISH_MS;
  c->mend_at_ms = end_ms;
  c->refusing = true;
  while (!c->dead && hr_loop_now(c->loop) < end_ms && !hr_client_idle(c)) {
    hr_client_timer_set(c, &c->drain, HR_DRAIN_LOOK_MS);
    hr_own_loop_turn(c->own_ev, true);
  }
}

void haredis_free(haredis_client *c) {
  if (c == NULL || c->dead) {
    return;
  }
  hr_client_enter(c);
  if (c->own_ev != NULL && c->depth == 1 && c->driver != NULL && c->started && !c->closing) {
    hr_client_finish(c);
  }
  hr_client_end(c);
  hr_client_leave(c);
}

void haredis_disconnect(haredis_client *c) {
  if (c == NULL || c->dead || c->closing) {
    return;
  }
  if (c->driver == NULL) {
    haredis_free(c);
    return;
  }
  hr_client_enter(c);
  c->refusing = c->closing = c->unsettled = true;
  c->drain_at_ms = hr_loop_now(c->loop) + c->options.drain_timeout_ms;
  c->mend_at_ms = hr_loop_now(c->loop) + HR_FINISH_MS;
  hr_client_drain_look(c);
  if (c->own_ev != NULL && c->depth == 1) {
    while (!c->dead && !hr_client_drain_done(c)) {
      hr_client_drain_look(c);
      hr_own_loop_turn(c->own_ev, true);
    }
  }
  hr_client_leave(c);
}
