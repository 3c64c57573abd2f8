/*
 * The inside of a link, shared by link*.c only.
 *
 *   DOWN ──dial──▶ RESOLVING ──▶ CONNECTING ──▶ [SECURING] ──▶ HELLO ──▶ UP
 *     ▲               │            │   ▲ next        │           │        │
 *     └───────────────┴────────────┴───┘address──────┴───────────┴────────┘  fail, close
 *
 * link.c        birth, end, requests      link_dial.c   up to the handshake's last answer
 * link_write.c  FIFO to socket            link_read.c   socket to requests
 * link_reply.c  bytes to redisReply       link_lose.c   what comes back unanswered
 * link_tls.c    between all of these and the socket, where there is TLS
 */
#ifndef HR_IO_LINK_INTERNAL_H
#define HR_IO_LINK_INTERNAL_H

#include <errno.h>
#include <ev.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "io/hiredis_compat.h"
#include "io/link.h"
#include "io/link_tls.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "proto/push.h"
#include "proto/resp.h"

enum hr_link_state {
  HR_LINK_DOWN,
  HR_LINK_RESOLVING,
  HR_LINK_CONNECTING,
  HR_LINK_SECURING, /* the handshake of TLS */
  HR_LINK_HELLO, /* handshake sent, answers awaited; the FIFO waits unless eager */
  HR_LINK_UP
};

/* Unanswered requests. A power of two long. */
struct hr_ring {
  struct hr_request *slots;
  uint32_t capacity;
  uint32_t head;  /* runs freely; the slot is head & (capacity - 1) */
  uint32_t count;
  uint32_t sent;  /* the first of them, whose last byte went to the kernel */
};

/* Requests on their way to `lost`; lives on the stack of whoever hands them over. */
struct hr_loss {
  struct hr_ring ring;
  struct hr_buffer bytes;
  struct hr_loss *outer; /* a hook of that one is running */
};

struct hr_link {
  struct hr_loop *loop;
  struct hr_buffer fifo;   /* bytes of the ring's requests, after `answered` */
  size_t fifo_sent;        /* of the FIFO: gone to the kernel, `answered` included */
  size_t answered;         /* bytes of the request whose fn runs now */
  size_t confirmed;        /* names of the SUBSCRIBE at the ring's head */
  struct hr_ring ring;
  enum hr_link_state state;
  enum hr_down why;        /* of the end that is under way, else ASKED */
  int fd;
  bool write_blocked;      /* the kernel's buffer is full: the write watcher runs */
  bool write_broken;       /* writing failed: read what is left, then go down */
  bool scanning;           /* `scan` is in the middle of a reply */
  bool begun;              /* a dial that was asked for has really begun */
  bool dead;               /* freed; memory goes when `depth` is 0 */
  int depth;               /* functions on the stack that will look at this struct again */
  unsigned generation;     /* grows when the link closes: stop what you were doing */
  struct hr_later later;
  struct hr_timer timer;   /* dialling: its deadline; up: the silence tick */
  hr_msec awaited_ms;      /* since when something is awaited, or evidence was thrown away */
  hr_msec tick_ms;         /* when the silence tick was set */
  hr_msec heard_ms;
  struct hr_buffer rbuf;   /* a pool block while bytes of a reply wait for the rest */
  struct hr_resp_scan scan;
  struct hr_loss *loss;
  redisContext *context;
  struct hr_link_tls *session; /* NULL: plain, or not connected */
  ev_io readable, writable;
  /* dialling */
  struct hr_lookup *lookup;
  struct hr_resolved *addresses; /* being tried; NULL: one numeric host or a path */
  size_t address;          /* the one being tried */
  size_t refused;          /* how many of them refused */
  hr_msec dial_until_ms;   /* 0: no limit */
  hr_msec connecting_ms;   /* when the socket that connects now was opened */
  hr_msec connected_in_ms; /* how long the last one took */
  bool connected_once;
  char cause[128];         /* of the last failed attempt */
  struct hr_buffer hello;  /* handshake bytes not written yet */
  char hello_kinds[4];     /* 'A'UTH, 'S'ELECT, 'N'ame, 'P'ing: in order of sending */
  unsigned hello_count, hello_answered;
  unsigned mute;           /* connections that ended without a byte, before we ever were up */
  bool was_up;
  bool no_db; /* the last handshake ended at SELECT */
  /* who */
  struct hr_link_hooks hooks;
  void *owner;
  struct hr_link_meter *meter;   /* NULL: none */
  struct hr_link_meter *counted; /* the same, if it counts our requests */
  const int64_t *clock_us;
  hr_msec connect_timeout_ms;
  hr_msec silent_after_ms;
  char *host, *unix_path, *username, *password, *name;
  struct hr_tls *tls;      /* NULL: plain */
  int port;
  int db;
  bool eager;
  bool pubsub;
  char peer[HR_RESOLVE_TEXT_MAX + 16];
};

/*
 * The transport: the only two places where a link's bytes meet its socket. As recv() and send() of
 * a socket that does not block, errno included.
 */
static inline ssize_t hr_link_take(struct hr_link *link, char *out, size_t size) {
  ssize_t n = link->session != NULL ? hr_link_tls_take(link, out, size)
                                    : recv(link->fd, out, size, 0);
  if (n > 0 && link->meter != NULL) {
    link->meter->bytes_in += (uint64_t)n;
  }
  return n;
}

static inline ssize_t hr_link_put(struct hr_link *link, const char *bytes, size_t len) {
  ssize_t n = link->session != NULL ? hr_link_tls_put(link, bytes, len)
                                    : send(link->fd, bytes, len, MSG_NOSIGNAL);
  if (n > 0 && link->meter != NULL) {
    link->meter->bytes_out += (uint64_t)n;
  }
  return n;
}

/* Why one of them failed, right behind it. */
static inline const char *hr_link_broken_by(const struct hr_link *link) {
  const char *cause = link->session != NULL ? hr_link_tls_cause(link) : NULL;
  return cause != NULL ? cause : strerror(errno);
}

/* Bytes that came already wait to be taken: no event of the socket will tell. */
static inline bool hr_link_holds(const struct hr_link *link) {
  return link->session != NULL && hr_link_tls_holds(link);
}

/* A hook may free the link: between enter and leave its memory stays. */
static inline void hr_link_enter(struct hr_link *link) {
  link->depth++;
}
void hr_link_leave(struct hr_link *link);

/* link.c */
void hr_link_fail(struct hr_link *link, enum hr_down why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hr_link_rest(struct hr_link *link); /* give back what an idle link does not need */
const char *hr_link_label(const struct hr_link *link, char *out, size_t size);

/* link_lose.c */
void hr_link_lose(struct hr_link *link); /* everything in the ring */
void hr_link_lose_drain(struct hr_link *link); /* also what outer calls were handing over */

/* link_dial.c */
void hr_link_dial_begin(struct hr_link *link);
void hr_link_dial_writable(struct hr_link *link);
void hr_link_dial_secure(struct hr_link *link);
void hr_link_dial_late(struct hr_link *link);
void hr_link_dial_clear(struct hr_link *link);
void hr_link_hello_broken(struct hr_link *link, bool closed);
/* One answer of the handshake. */
void hr_link_hello_answer(struct hr_link *link, const struct redisReply *reply);

/* link_write.c */
void hr_link_write(struct hr_link *link);
void hr_link_end_broken(struct hr_link *link, const char *while_what); /* read what is left first */
void hr_link_flush(struct hr_link *link); /* the end of a turn */
void hr_link_tick(struct hr_link *link);

/* link_read.c. false: nothing came (or the link went down, see its generation). */
bool hr_link_read(struct hr_link *link);

/* link_reply.c */
void hr_link_reply_scalar(redisReply *reply, const struct hr_resp_item *item);
/* The tree of one complete reply; its memory is one block for hr_link_reply_release. NULL: OOM. */
redisReply *hr_link_reply_build(struct hr_link *link, char *at, size_t len, size_t items,
                                size_t *capacity);
void hr_link_reply_release(struct hr_link *link, redisReply *reply, size_t capacity);
/* The first element of a reply that Redis sends unasked to subscribers. */
bool hr_link_reply_is_push(const struct redisReply *reply, bool *confirms);

#endif
