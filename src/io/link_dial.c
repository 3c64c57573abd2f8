/*
 * From an address to a link that is up: resolve, connect to one address after the other, handshake.
 * One deadline covers all of it.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "io/link_internal.h"

/*
 * The kernel's own watch over a peer that is gone without a word, for links that await nothing or
 * nobody knows for how long (BLPOP for ever): so many questions within the time that the link may
 * be silent. TCP counts in seconds.
 */
#define HR_LINK_KEEPALIVE_COUNT 3
#define HR_LINK_GONE_MIN_MS 3000
#define HR_LINK_GONE_MS 30000 /* where no silence was named */
/* So many connections that end without a word are no accident any more. */
#define HR_LINK_MUTE 2
/* The least time that a SYN is given before a fresh socket sends another. */
#define HR_LINK_PATIENCE_MS 100

static void hr_link_dial_next(struct hr_link *link);

void hr_link_dial_clear(struct hr_link *link) {
  if (link->lookup != NULL) {
    hr_resolve_cancel(link->lookup);
    link->lookup = NULL;
  }
  hr_free(link->addresses);
  link->addresses = NULL;
  if (link->hello.data != NULL) {
    memset(link->hello.data, 0, link->hello.capacity); /* a password was in it */
    hr_buffer_free(&link->hello);
  }
}

void hr_link_dial(struct hr_link *link) {
  if (link->dead || link->state != HR_LINK_DOWN) {
    return;
  }
  link->state = HR_LINK_RESOLVING;
  link->begun = false;
  hr_later_add(link->loop, &link->later); /* hooks are never called before this returns */
}

static size_t hr_link_dial_count(const struct hr_link *link) {
  return link->addresses != NULL ? link->addresses->count : 1;
}

/*
 * Each address gets its share of the time that is left; the handshake what remains. Where we were
 * connected before we know how long it takes: a SYN that was lost in a cut is repeated by the
 * kernel after a second, by a fresh socket much sooner.
 */
static int hr_link_dial_set_timer(struct hr_link *link) {
  if (link->dial_until_ms == 0) {
    return 0;
  }
  hr_msec now = hr_loop_now(link->loop);
  hr_msec at = link->dial_until_ms;
  if (link->state == HR_LINK_CONNECTING) {
    size_t left = hr_link_dial_count(link) - link->address;
    at = now + (link->dial_until_ms - now) / (hr_msec)left;
    hr_msec patience = 8 * link->connected_in_ms;
    if (patience < HR_LINK_PATIENCE_MS) {
      patience = HR_LINK_PATIENCE_MS;
    }
    if (link->connected_once && now + patience < at) {
      at = now + patience;
    }
    link->connecting_ms = now;
  }
  return hr_timer_set(link->loop, &link->timer, at);
}

static void hr_link_on_resolved(const struct hr_resolved *found, const char *why, void *owner) {
  struct hr_link *link = owner;
  link->lookup = NULL;
  if (found->count == 0) {
    hr_link_fail(link, HR_DOWN_NAME, "%s", why);
    return;
  }
  link->addresses = hr_alloc(sizeof(*link->addresses));
  if (link->addresses == NULL) {
    hr_link_fail(link, HR_DOWN_UNREACHABLE, "out of memory");
    return;
  }
  *link->addresses = *found;
  hr_link_dial_next(link);
}

void hr_link_dial_begin(struct hr_link *link) {
  link->begun = true;
  link->no_db = false;
  if (link->meter != NULL) {
    link->meter->dials++;
  }
  link->address = 0;
  link->refused = 0;
  link->peer[0] = '\0';
  link->cause[0] = '\0';
  link->dial_until_ms = 0;
  if (link->connect_timeout_ms > 0) {
    link->dial_until_ms = hr_loop_now(link->loop) + link->connect_timeout_ms;
  }
  if (hr_link_dial_set_timer(link) != 0) {
    hr_link_fail(link, HR_DOWN_UNREACHABLE, "out of memory for a timer");
    return;
  }
  if (link->unix_path != NULL || hr_resolve_is_numeric(link->host)) {
    hr_link_dial_next(link);
    return;
  }
  struct hr_resolver *resolver = hr_loop_resolver(link->loop);
  if (resolver != NULL) {
    link->lookup = hr_resolve_start(resolver, link->host, hr_link_on_resolved, link);
  }
  if (link->lookup == NULL) {
    hr_link_fail(link, HR_DOWN_UNREACHABLE, "no memory or no thread to resolve the name");
  }
}

/* ---- connecting ---- */

static void hr_link_dial_drop(struct hr_link *link) {
  ev_io_stop(hr_loop_ev(link->loop), &link->writable);
  if (link->context != NULL) {
    redisFree(link->context);
    link->context = NULL;
  }
  link->fd = -1;
}

static void hr_link_dial_note(struct hr_link *link, int error, const char *text) {
  bool refused = error == ECONNREFUSED || error == ENOENT;
  link->refused += refused;
  snprintf(link->cause, sizeof(link->cause), "%s", error != 0 ? strerror(error) : text);
}

/* hiredis with an address that needs no resolving. NULL or err set: the attempt has failed. */
static redisContext *hr_link_dial_connect(struct hr_link *link) {
  if (link->unix_path != NULL) {
    return redisConnectUnixNonBlock(link->unix_path);
  }
  const char *address = link->host;
  if (link->addresses != NULL) {
    address = link->addresses->text[link->address];
  }
  return redisConnectNonBlock(address, link->port);
}

static bool hr_link_dial_try(struct hr_link *link) {
  struct sockaddr_un unix_address;
  if (link->unix_path != NULL && strlen(link->unix_path) >= sizeof(unix_address.sun_path)) {
    hr_link_dial_note(link, ENAMETOOLONG, ""); /* hiredis would cut it */
    return false;
  }
  errno = 0;
  link->context = hr_link_dial_connect(link);
  int error = errno;
  if (link->context == NULL) {
    hr_link_dial_note(link, ENOMEM, "");
    return false;
  }
  if (link->context->err != 0) {
    bool io = link->context->err == REDIS_ERR_IO;
    hr_link_dial_note(link, io ? error : 0, link->context->errstr);
    hr_link_dial_drop(link);
    return false;
  }
  redisReaderFree(link->context->reader); /* we read for ourselves, in the loop's memory */
  link->context->reader = NULL;
  link->fd = link->context->fd;
  /* A program that the application starts shall not keep our connections open. */
  (void)fcntl(link->fd, F_SETFD, FD_CLOEXEC);
  link->state = HR_LINK_CONNECTING;
  ev_io_set(&link->writable, link->fd, EV_WRITE);
  ev_io_set(&link->readable, link->fd, EV_READ);
  ev_io_start(hr_loop_ev(link->loop), &link->writable);
  return true;
}

static void hr_link_dial_next(struct hr_link *link) {
  for (; link->address < hr_link_dial_count(link); link->address++) {
    if (!hr_link_dial_try(link)) {
      continue;
    }
    if (hr_link_dial_set_timer(link) != 0) {
      hr_link_fail(link, HR_DOWN_UNREACHABLE, "out of memory for a timer");
    }
    return;
  }
  bool refused = link->refused == hr_link_dial_count(link);
  hr_link_fail(link, refused ? HR_DOWN_REFUSED : HR_DOWN_UNREACHABLE, "cannot connect: %s",
               link->cause);
}

/* Another connection that brought not a byte. True: it looks as if the server and we did not agree
 * about TLS. Where we were up before we did agree: then it hangs, or is being restarted. */
static bool hr_link_dial_doubts(struct hr_link *link) {
  link->mute++;
  return !link->was_up && link->mute >= HR_LINK_MUTE;
}

void hr_link_dial_late(struct hr_link *link) {
  bool more = link->address + 1 < hr_link_dial_count(link);
  bool again = link->dial_until_ms != 0 && hr_loop_now(link->loop) < link->dial_until_ms;
  if (link->state == HR_LINK_CONNECTING && (more || again)) {
    hr_link_dial_note(link, ETIMEDOUT, "");
    hr_link_dial_drop(link);
    link->refused = more ? link->refused : 0;
    link->address = more ? link->address + 1 : 0;
    hr_link_dial_next(link);
    return;
  }
  const char *what = link->state == HR_LINK_RESOLVING    ? "resolving the name"
                     : link->state == HR_LINK_CONNECTING ? "connecting"
                     : link->state == HR_LINK_SECURING   ? "waiting for the TLS handshake"
                                                         : "waiting for the handshake";
  bool doubt = link->state == HR_LINK_SECURING && hr_link_dial_doubts(link);
  hr_link_fail(link, doubt ? HR_DOWN_TLS : HR_DOWN_SILENT, "no answer within %lld ms while %s%s",
               (long long)link->connect_timeout_ms, what,
               doubt ? ": is this its plain port?" : "");
}

static void hr_link_set_options(struct hr_link *link) {
  hr_msec gone_ms = link->silent_after_ms > 0 ? link->silent_after_ms : HR_LINK_GONE_MS;
  gone_ms = gone_ms > HR_LINK_GONE_MIN_MS ? gone_ms : HR_LINK_GONE_MIN_MS;
  int on = 1, count = HR_LINK_KEEPALIVE_COUNT;
  int interval = (int)((gone_ms / count + 999) / 1000);
  /* Who is not confirmed what was sent: as long. With it the kernel does not count, but measures
   * questions that are not answered. */
  unsigned user_timeout_ms = (unsigned)gone_ms;
  /* None of them is vital: where the system refuses one, the link works without. */
  setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(link->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(link->fd, IPPROTO_TCP, TCP_KEEPIDLE, &interval, sizeof(interval));
  setsockopt(link->fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
  setsockopt(link->fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
  setsockopt(link->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
}

/*
 * Fills link->peer. False: the socket is connected to itself, which TCP allows when a port of the
 * ephemeral range is dialled on its own host while nobody listens there.
 */
static bool hr_link_name_peer(struct hr_link *link) {
  struct sockaddr_storage peer, self;
  socklen_t peer_len = sizeof(peer), self_len = sizeof(self);
  memset(&peer, 0, sizeof(peer));
  memset(&self, 0, sizeof(self));
  if (getpeername(link->fd, (struct sockaddr *)&peer, &peer_len) != 0 ||
      getsockname(link->fd, (struct sockaddr *)&self, &self_len) != 0) {
    return true;
  }
  char text[INET6_ADDRSTRLEN] = "?";
  if (peer.ss_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)&peer;
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
    snprintf(link->peer, sizeof(link->peer), "%s:%d", text, ntohs(in->sin_port));
  } else if (peer.ss_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&peer;
    inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
    snprintf(link->peer, sizeof(link->peer), "[%s]:%d", text, ntohs(in6->sin6_port));
  } else {
    hr_link_label(link, link->peer, sizeof(link->peer));
    return true;
  }
  return peer_len != self_len || memcmp(&peer, &self, peer_len) != 0;
}

/* ---- handshake ---- */

static int hr_link_hello_add(struct hr_link *link, char kind, int argc, const char *const *argv) {
  size_t len = hr_resp_command_size(argc, argv, NULL);
  char *out = len > 0 ? hr_buffer_reserve(&link->hello, len) : NULL;
  if (out == NULL) {
    return -1;
  }
  hr_resp_command_write(out, argc, argv, NULL);
  hr_buffer_commit(&link->hello, len);
  link->hello_kinds[link->hello_count++] = kind;
  return 0;
}

static int hr_link_hello_build(struct hr_link *link) {
  int failed = 0;
  link->hello_count = link->hello_answered = 0;
  if (link->username != NULL) {
    const char *argv[] = {"AUTH", link->username, link->password != NULL ? link->password : ""};
    failed |= hr_link_hello_add(link, 'A', 3, argv);
  } else if (link->password != NULL) {
    const char *argv[] = {"AUTH", link->password};
    failed |= hr_link_hello_add(link, 'A', 2, argv);
  }
  if (link->db != 0) {
    char db[16];
    snprintf(db, sizeof(db), "%d", link->db);
    const char *argv[] = {"SELECT", db};
    failed |= hr_link_hello_add(link, 'S', 2, argv);
  }
  if (link->name != NULL) {
    const char *argv[] = {"CLIENT", "SETNAME", link->name};
    failed |= hr_link_hello_add(link, 'N', 3, argv);
  }
  if (link->hello_count == 0) {
    /* Up means: somebody at the other end speaks RESP and accepts us. */
    const char *argv[] = {"PING"};
    failed |= hr_link_hello_add(link, 'P', 1, argv);
  }
  return failed;
}

static void hr_link_hello_write(struct hr_link *link) {
  size_t len = hr_buffer_len(&link->hello);
  ssize_t n = hr_link_put(link, hr_buffer_head(&link->hello), len);
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    hr_link_end_broken(link, "shaking hands"); /* what it said before tells more */
    return;
  }
  if (n > 0) {
    hr_buffer_consume(&link->hello, (size_t)n);
  }
  if (hr_buffer_len(&link->hello) == 0) {
    ev_io_stop(hr_loop_ev(link->loop), &link->writable);
    if (link->eager) {
      hr_link_write(link);
    }
  }
}

/* A server that wants TLS closes without a word; one that wants a certificate of ours says so when
 * its own handshake is over. */
void hr_link_hello_broken(struct hr_link *link, bool closed) {
  bool tls = link->session != NULL;
  const char *cause = hr_link_broken_by(link);
  bool mute = !tls && link->hello_answered == 0 && hr_buffer_len(&link->rbuf) == 0;
  if (mute && hr_link_dial_doubts(link)) {
    hr_link_fail(link, HR_DOWN_TLS,
                 "it closes every connection without a word: does this port want TLS?");
  } else if (closed) {
    hr_link_fail(link, HR_DOWN_RESET, "the server closed the connection during the handshake");
  } else {
    bool refused = tls && hr_link_tls_cause(link) != NULL;
    hr_link_fail(link, refused ? HR_DOWN_TLS : HR_DOWN_RESET,
                 refused ? "%s" : "the connection broke during the handshake: %s", cause);
  }
}

static void hr_link_hello_begin(struct hr_link *link) {
  link->state = HR_LINK_HELLO;
  if (hr_link_hello_build(link) != 0 || hr_link_dial_set_timer(link) != 0) {
    hr_link_fail(link, HR_DOWN_UNREACHABLE, "out of memory during the handshake");
    return;
  }
  ev_io_start(hr_loop_ev(link->loop), &link->readable);
  unsigned generation = link->generation;
  hr_link_enter(link);
  hr_link_hello_write(link);
  if (link->generation == generation && hr_link_holds(link)) {
    hr_link_read(link);
  }
  hr_link_leave(link);
}

/* The handshake of TLS goes on, as far as the socket allows. */
void hr_link_dial_secure(struct hr_link *link) {
  switch (hr_link_tls_shake(link)) {
    case HR_LINK_TLS_WAIT:
      return;
    case HR_LINK_TLS_DONE:
      hr_link_hello_begin(link);
      return;
    case HR_LINK_TLS_BROKEN:
      hr_link_fail(link, HR_DOWN_RESET, "the connection broke during the TLS handshake%s",
                   link->was_up ? "" : ": is this its plain port?");
      return;
    case HR_LINK_TLS_REFUSED:
      hr_link_fail(link, HR_DOWN_TLS, "%s", hr_link_tls_cause(link));
      return;
  }
}

static void hr_link_dial_connected(struct hr_link *link) {
  if (link->tls == NULL) {
    hr_link_hello_begin(link);
    return;
  }
  link->state = HR_LINK_SECURING;
  if (hr_link_tls_begin(link) != 0 || hr_link_dial_set_timer(link) != 0) {
    hr_link_fail(link, HR_DOWN_UNREACHABLE, "out of memory during the TLS handshake");
    return;
  }
  ev_io_stop(hr_loop_ev(link->loop), &link->writable);
  ev_io_start(hr_loop_ev(link->loop), &link->readable);
  hr_link_dial_secure(link);
}

void hr_link_dial_writable(struct hr_link *link) {
  if (link->state == HR_LINK_SECURING) {
    hr_link_dial_secure(link);
    return;
  }
  if (link->state == HR_LINK_HELLO) {
    hr_link_hello_write(link);
    return;
  }
  int error = 0;
  socklen_t len = sizeof(error);
  if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
    error = errno;
  }
  if (error == 0 && !hr_link_name_peer(link)) {
    error = ECONNREFUSED;
  }
  if (error != 0) {
    hr_link_dial_note(link, error, "");
    hr_link_dial_drop(link);
    link->address++;
    hr_link_dial_next(link);
    return;
  }
  if (link->unix_path == NULL) {
    hr_link_set_options(link);
  }
  link->connected_once = true;
  link->connected_in_ms = hr_loop_now(link->loop) - link->connecting_ms;
  hr_link_dial_connected(link);
}

static bool hr_link_begins(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* An error in the handshake: false if the link can be used all the same. */
static bool hr_link_hello_refused(struct hr_link *link, char kind, const char *error) {
  if (hr_link_begins(error, "ERR max number of clients")) {
    hr_link_fail(link, HR_DOWN_UNREACHABLE, "%.100s", error);
    return true;
  }
  bool shut = hr_link_begins(error, "DENIED"); /* to whoever is on another machine */
  bool unknown = hr_link_begins(error, "NOAUTH") || hr_link_begins(error, "WRONGPASS");
  if (shut || unknown || kind == 'A') {
    hr_link_fail(link, shut ? HR_DOWN_PROTECTED : HR_DOWN_AUTH, "the server refuses us: %.100s",
                 error);
    return true;
  }
  if (kind == 'S') { /* in the wrong database nothing may be sent */
    bool passes = hr_link_begins(error, "LOADING");
    link->no_db = !passes;
    hr_link_fail(link, passes ? HR_DOWN_UNREACHABLE : HR_DOWN_AUTH, "SELECT %d: %.100s", link->db,
                 error);
    return true;
  }
  return false; /* no right to CLIENT SETNAME or PING, or still loading */
}

void hr_link_hello_answer(struct hr_link *link, const struct redisReply *reply) {
  assert(link->hello_answered < link->hello_count);
  char kind = link->hello_kinds[link->hello_answered++];
  if (reply->type == REDIS_REPLY_ERROR && hr_link_hello_refused(link, kind, reply->str)) {
    return;
  }
  if (reply->type != REDIS_REPLY_ERROR && reply->type != REDIS_REPLY_STATUS) {
    hr_link_fail(link, HR_DOWN_PROTOCOL, "the handshake was answered by something else");
    return;
  }
  if (link->hello_answered < link->hello_count) {
    return;
  }
  hr_timer_clear(link->loop, &link->timer);
  hr_link_dial_clear(link);
  link->state = HR_LINK_UP;
  link->was_up = true;
  hr_later_add(link->loop, &link->later);
  if (link->hooks.up != NULL) {
    link->hooks.up(link, link->owner);
  }
}
