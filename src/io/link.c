/*
 * A link's birth and end, and the queue of its requests. See link.h for the contract.
 */
#include "io/link.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/link_internal.h"
#include "io/tls.h"

/*
 * The flush policy. Everything of a turn leaves in one write at its end; but with many unanswered
 * half of them leaves as soon as it is there, so that the server works while this turn goes on.
 * Smaller parts gain no throughput and cost a system call each; with fewer in flight any part does.
 */
#define HR_LINK_EARLY_IN_FLIGHT 64
#define HR_LINK_EARLY_SHARE 2

_Static_assert(sizeof(void *) != 8 || sizeof(struct hr_request) == 64, "one cache line");

static void hr_link_on_later(struct hr_later *later, void *owner) {
  struct hr_link *link = owner;
  (void)later;
  if (link->state == HR_LINK_RESOLVING && !link->begun) {
    hr_link_dial_begin(link);
  } else if (link->state == HR_LINK_UP) {
    hr_link_flush(link);
  } else if (link->state == HR_LINK_DOWN) {
    hr_link_rest(link);
  }
}

static void hr_link_on_timer(struct hr_timer *timer, void *owner) {
  struct hr_link *link = owner;
  (void)timer;
  if (link->state == HR_LINK_UP) {
    hr_link_tick(link);
  } else {
    hr_link_dial_late(link);
  }
}

static void hr_link_on_readable(struct ev_loop *ev, ev_io *watcher, int events) {
  (void)ev;
  (void)events;
  struct hr_link *link = watcher->data;
  if (link->state == HR_LINK_SECURING) {
    hr_link_dial_secure(link);
  } else {
    hr_link_read(link);
  }
}

static void hr_link_on_writable(struct ev_loop *ev, ev_io *watcher, int events) {
  struct hr_link *link = watcher->data;
  (void)events;
  if (link->session != NULL) {
    if (!hr_link_tls_flush(link)) {
      return;
    }
    ev_io_stop(ev, watcher); /* who has more to write starts it again */
  }
  link->write_blocked = false;
  if (link->state == HR_LINK_UP) {
    hr_link_write(link);
  } else {
    hr_link_dial_writable(link);
  }
}

static int hr_link_copy(char **out, const char *text) {
  *out = hr_strdup(text);
  return text == NULL || *out != NULL ? 0 : -1;
}

/* A password is overwritten before its memory is given back. */
static void hr_link_free_strings(struct hr_link *link) {
  if (link->password != NULL) {
    volatile char *p = link->password;
    while (*p != '\0') {
      *p++ = '\0';
    }
  }
  hr_free(link->host);
  hr_free(link->unix_path);
  hr_free(link->username);
  hr_free(link->password);
  hr_free(link->name);
}

struct hr_link *hr_link_new(struct hr_loop *loop, const struct hr_link_config *config,
                            const struct hr_link_hooks *hooks, void *owner) {
  assert(loop != NULL && hooks->lost != NULL);
  assert(config->host != NULL || config->unix_path != NULL);
  struct hr_link *link = hr_calloc(1, sizeof(*link));
  if (link == NULL) {
    return NULL;
  }
  link->loop = loop;
  link->hooks = *hooks;
  link->owner = owner;
  link->why = HR_DOWN_ASKED;
  link->fd = -1;
  link->port = config->port;
  link->db = config->db;
  link->eager = config->eager;
  link->pubsub = config->pubsub;
  link->meter = config->meter;
  link->counted = config->apart ? NULL : config->meter;
  link->clock_us = hr_loop_clock_us(loop);
  link->connect_timeout_ms = config->connect_timeout_ms;
  link->silent_after_ms = config->silent_after_ms;
  link->later = (struct hr_later){.fn = hr_link_on_later, .owner = link};
  link->timer = (struct hr_timer){.fn = hr_link_on_timer, .owner = link};
  ev_init(&link->readable, hr_link_on_readable);
  ev_init(&link->writable, hr_link_on_writable);
  link->readable.data = link->writable.data = link;
  if (hr_link_copy(&link->host, config->host) != 0 ||
      hr_link_copy(&link->unix_path, config->unix_path) != 0 ||
      hr_link_copy(&link->username, config->username) != 0 ||
      hr_link_copy(&link->password, config->password) != 0 ||
      hr_link_copy(&link->name, config->name) != 0) {
    hr_link_free_strings(link);
    hr_free(link);
    return NULL;
  }
  /* On a unix socket Redis speaks no TLS, and nothing leaves the machine. */
  link->tls = config->unix_path == NULL ? hr_tls_ref(config->tls) : NULL;
  return link;
}

static void hr_link_give(struct hr_link *link, struct hr_buffer *buffer) {
  size_t capacity;
  char *block = hr_buffer_detach(buffer, &capacity);
  if (block != NULL) {
    hr_loop_block_give(link->loop, block, capacity);
  }
}

void hr_link_rest(struct hr_link *link) {
  if (link->ring.count > 0 || link->answered > 0) {
    return;
  }
  hr_link_give(link, &link->fifo);
  link->fifo_sent = 0;
  if (link->ring.slots != NULL) {
    hr_loop_block_give(link->loop, (char *)link->ring.slots,
                       link->ring.capacity * sizeof(struct hr_request));
    link->ring = (struct hr_ring){0};
  }
}

void hr_link_leave(struct hr_link *link) {
  assert(link->depth > 0);
  link->depth--;
  if (link->depth > 0) {
    return;
  }
  /* Not earlier: a callback may have looked at a reply that lies there. */
  if (link->state < HR_LINK_HELLO || hr_buffer_len(&link->rbuf) == 0) {
    hr_link_give(link, &link->rbuf);
  }
  if (link->dead) {
    hr_link_rest(link);
    hr_link_free_strings(link);
    hr_tls_unref(link->tls);
    hr_free(link);
  }
}

/* Close, keeping the requests. */
static void hr_link_shut(struct hr_link *link) {
  struct ev_loop *ev = hr_loop_ev(link->loop);
  link->generation++;
  link->state = HR_LINK_DOWN;
  ev_io_stop(ev, &link->readable);
  ev_io_stop(ev, &link->writable);
  hr_timer_clear(link->loop, &link->timer);
  hr_later_remove(link->loop, &link->later);
  hr_link_dial_clear(link);
  hr_link_tls_end(link);
  if (link->context != NULL) {
    redisFree(link->context);
    link->context = NULL;
  }
  link->fd = -1;
  link->confirmed = 0;
  link->write_blocked = link->write_broken = link->scanning = false;
}

void hr_link_close(struct hr_link *link) {
  hr_link_enter(link);
  hr_link_shut(link);
  hr_link_lose(link);
  hr_link_leave(link);
}

void hr_link_free(struct hr_link *link) {
  if (link == NULL || link->dead) {
    return;
  }
  hr_link_enter(link);
  link->dead = true; /* hr_link_send refuses from here: what `lost` hands back cannot come again */
  hr_link_shut(link);
  hr_link_lose_drain(link);
  hr_link_lose(link);
  hr_link_leave(link);
}

const char *hr_link_label(const struct hr_link *link, char *out, size_t size) {
  if (link->unix_path != NULL) {
    snprintf(out, size, "unix:%s", link->unix_path);
  } else if (strchr(link->host, ':') != NULL) {
    snprintf(out, size, "[%s]:%d", link->host, link->port);
  } else {
    snprintf(out, size, "%s:%d", link->host, link->port);
  }
  return out;
}

void hr_link_fail(struct hr_link *link, enum hr_down why, const char *format, ...) {
  char label[160], cause[160], text[336];
  va_list ap;
  va_start(ap, format);
  vsnprintf(cause, sizeof(cause), format, ap);
  va_end(ap);
  snprintf(text, sizeof(text), "%s: %s", hr_link_label(link, label, sizeof(label)), cause);
  if (link->state == HR_LINK_UP && link->meter != NULL) {
    link->meter->breaks++;
  }
  hr_link_enter(link);
  hr_link_shut(link);
  link->why = why;
  hr_link_lose(link);
  link->why = HR_DOWN_ASKED;
  if (!link->dead && link->hooks.down != NULL) {
    link->hooks.down(link, why, text, link->owner);
  }
  hr_link_leave(link);
}

/* ---- requests ---- */

static int hr_link_grow_ring(struct hr_link *link) {
  struct hr_ring *ring = &link->ring;
  if (ring->slots == NULL) {
    ring->slots = (void *)hr_loop_block_take(link->loop, HR_LOOP_BLOCK_SMALL);
    if (ring->slots == NULL) {
      return -1;
    }
    ring->capacity = HR_LOOP_BLOCK_SMALL / sizeof(struct hr_request);
    return 0;
  }
  if (ring->capacity > UINT32_MAX / 4) {
    return -1;
  }
  struct hr_request *slots = hr_alloc(2 * (size_t)ring->capacity * sizeof(*slots));
  if (slots == NULL) {
    return -1;
  }
  for (uint32_t i = 0; i < ring->count; i++) {
    slots[i] = ring->slots[(ring->head + i) & (ring->capacity - 1)];
  }
  hr_free(ring->slots); /* the pool counts holders, not blocks: this one stays a holder */
  ring->slots = slots;
  ring->capacity *= 2;
  ring->head = 0;
  return 0;
}

static char *hr_link_reserve_slow(struct hr_link *link, size_t len) {
  if (link->ring.count == link->ring.capacity && hr_link_grow_ring(link) != 0) {
    return NULL;
  }
  if (link->fifo.data == NULL) {
    char *block = hr_loop_block_take(link->loop, HR_LOOP_BLOCK_SMALL);
    if (block == NULL) {
      return NULL;
    }
    hr_buffer_adopt(&link->fifo, block, HR_LOOP_BLOCK_SMALL);
  }
  return hr_buffer_reserve(&link->fifo, len);
}

/* Room for one more request of `len` bytes, or NULL with nothing changed. */
static inline char *hr_link_reserve(struct hr_link *link, size_t len) {
  if (link->dead || len == 0 || len > UINT32_MAX) {
    return NULL;
  }
  if (link->ring.count < link->ring.capacity && len <= link->fifo.capacity - link->fifo.tail) {
    return link->fifo.data + link->fifo.tail;
  }
  return hr_link_reserve_slow(link, len);
}

static inline void hr_link_commit(struct hr_link *link, const struct hr_request *request,
                                  size_t len) {
  struct hr_ring *ring = &link->ring;
  struct hr_request *slot = &ring->slots[(ring->head + ring->count) & (ring->capacity - 1)];
  hr_buffer_commit(&link->fifo, len);
  *slot = *request;
  slot->bytes = (uint32_t)len;
  ring->count++;
  if (link->counted != NULL && (request->flags & HR_REQUEST_OURS) == 0) {
    link->counted->sent++;
  }
  if (link->state != HR_LINK_UP || link->write_blocked) {
    return;
  }
  uint64_t unsent = ring->count - ring->sent;
  if (ring->count >= HR_LINK_EARLY_IN_FLIGHT && unsent * HR_LINK_EARLY_SHARE >= ring->count &&
      ring->sent > 0 && !link->write_broken) {
    hr_link_write(link);
  } else if (link->later.link == NULL) {
    hr_later_add(link->loop, &link->later);
  }
}

int hr_link_send(struct hr_link *link, const struct hr_request *request, int argc,
                 const char *const *argv, const size_t *argvlen) {
  char *out = hr_link_reserve(link, hr_resp_command_bound(argc, argv, argvlen));
  if (out == NULL) {
    return -1;
  }
  char *end = hr_resp_command_write(out, argc, argv, argvlen);
  hr_link_commit(link, request, (size_t)(end - out));
  return 0;
}

int hr_link_send_raw(struct hr_link *link, const struct hr_request *request, const char *bytes,
                     size_t len) {
  char *out = hr_link_reserve(link, len);
  if (out == NULL) {
    return -1;
  }
  memcpy(out, bytes, len);
  hr_link_commit(link, request, len);
  return 0;
}

void hr_link_hand_over(struct hr_link *link, const struct hr_link_hooks *hooks, void *owner) {
  assert(link->ring.count == 0);
  link->hooks = *hooks;
  link->owner = owner;
}

void hr_link_set_silence(struct hr_link *link, hr_msec silent_after_ms) {
  if (link->silent_after_ms == silent_after_ms) {
    return;
  }
  link->silent_after_ms = silent_after_ms;
  if (link->state == HR_LINK_UP) {
    hr_timer_clear(link->loop, &link->timer); /* the next flush starts the watch again */
  }
}

/* ---- questions ---- */

bool hr_link_is_up(const struct hr_link *link) {
  return link->state == HR_LINK_UP;
}

bool hr_link_is_down(const struct hr_link *link) {
  return link->state == HR_LINK_DOWN;
}

enum hr_down hr_link_why(const struct hr_link *link) {
  return link->why;
}

bool hr_link_no_db(const struct hr_link *link) {
  return link->no_db;
}

size_t hr_link_unanswered(const struct hr_link *link) {
  return link->ring.count;
}

hr_msec hr_link_heard_ms(const struct hr_link *link) {
  return link->heard_ms;
}

struct hr_request *hr_link_at(struct hr_link *link, size_t i) {
  assert(i < link->ring.count);
  return &link->ring.slots[(link->ring.head + (uint32_t)i) & (link->ring.capacity - 1)];
}

bool hr_link_was_sent(const struct hr_link *link, size_t i) {
  assert(i < link->ring.count);
  return i < link->ring.sent;
}

const char *hr_link_bytes(const struct hr_link *link, size_t before) {
  assert(link->answered + before < hr_buffer_len(&link->fifo));
  return hr_buffer_head(&link->fifo) + link->answered + before;
}

const char *hr_link_answered_bytes(const struct hr_link *link, size_t *len) {
  *len = link->answered;
  return link->answered > 0 ? hr_buffer_head(&link->fifo) : NULL;
}

const char *hr_link_peer(const struct hr_link *link) {
  return link->peer;
}
