/*
 * One TLS session, by OpenSSL. hiredis has a TLS of its own, which is not used: it writes with
 * write(), so that a peer that is gone ends the process by SIGPIPE, and it copies every byte into
 * buffers of its own. See link_tls.h for the contract.
 */
#include "io/link_tls.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "io/link_internal.h"
#include "io/tls_openssl.h"

#define HR_LINK_TLS_RECORD 16384 /* the most that one record holds */
/* Ciphertext that waits for the kernel: a record, and answers to key updates. A peer that makes us
 * write without ever reading gets no more memory than this. */
#define HR_LINK_TLS_OUT_MAX 65536

struct hr_link_tls {
  SSL *ssl;
  int fd;
  struct hr_buffer out; /* ciphertext that the kernel has not taken */
  size_t owed;          /* bytes of the caller's in `out`'s last record */
  bool drained;         /* the socket has given all it had: not asked again in this call */
  bool more;            /* the last take() filled its buffer */
  bool shaken;          /* the handshake is over */
  bool eof;             /* the server has closed */
  bool failed;          /* never to be used again; for `cause` or read_error */
  int read_error, write_error; /* errno of the socket, 0: none */
  char cause[HR_TLS_CAUSE_MAX]; /* "": errno says it */
};

/* ---- the socket, as OpenSSL sees it ---- */

static ssize_t hr_link_tls_send(struct hr_link_tls *s, const char *bytes, size_t len) {
  ssize_t n = send(s->fd, bytes, len, MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    s->write_error = errno;
  }
  return n > 0 ? n : 0;
}

/* Takes everything: OpenSSL, told of an error here, would not read what the server has said. */
static int hr_link_tls_bio_write(BIO *bio, const char *bytes, size_t len, size_t *taken) {
  struct hr_link_tls *s = BIO_get_data(bio);
  size_t sent = 0;
  *taken = len;
  BIO_clear_retry_flags(bio);
  if (s->write_error != 0) {
    return 1;
  }
  if (hr_buffer_len(&s->out) == 0) {
    sent = (size_t)hr_link_tls_send(s, bytes, len);
  }
  if (sent == len || s->write_error != 0) {
    return 1;
  }
  if (hr_buffer_len(&s->out) + len > HR_LINK_TLS_OUT_MAX ||
      hr_buffer_append(&s->out, bytes + sent, len - sent) != 0) {
    s->write_error = ENOBUFS;
  }
  return 1;
}

static int hr_link_tls_bio_read(BIO *bio, char *out, size_t size, size_t *got) {
  struct hr_link_tls *s = BIO_get_data(bio);
  *got = 0;
  BIO_clear_retry_flags(bio);
  if (s->drained) {
    BIO_set_retry_read(bio);
    return 0;
  }
  ssize_t n = recv(s->fd, out, size, 0);
  if (n > 0) {
    s->drained = (size_t)n < size;
    *got = (size_t)n;
    return 1;
  }
  if (n == 0) {
    s->eof = true;
  } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    s->drained = true;
    BIO_set_retry_read(bio);
  } else {
    s->read_error = errno;
  }
  return 0;
}

static long hr_link_tls_bio_ctrl(BIO *bio, int what, long number, void *pointer) {
  const struct hr_link_tls *s = BIO_get_data(bio);
  (void)number;
  (void)pointer;
  if (what == BIO_CTRL_EOF) {
    return s->eof;
  }
  return what == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *hr_link_tls_socket(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "a link's socket");
  if (method != NULL) {
    BIO_meth_set_write_ex(method, hr_link_tls_bio_write);
    BIO_meth_set_read_ex(method, hr_link_tls_bio_read);
    BIO_meth_set_ctrl(method, hr_link_tls_bio_ctrl);
  }
  return method;
}

/* ---- birth and end ---- */

int hr_link_tls_begin(struct hr_link *link) {
  assert(link->tls != NULL && link->session == NULL && link->fd >= 0);
  struct hr_link_tls *s = hr_calloc(1, sizeof(*s));
  if (s == NULL) {
    return -1;
  }
  s->fd = link->fd;
  s->ssl = hr_tls_session(link->tls, link->host);
  BIO *bio = s->ssl != NULL ? BIO_new(hr_tls_socket(link->tls)) : NULL;
  if (bio == NULL) {
    ERR_clear_error();
    SSL_free(s->ssl);
    hr_free(s);
    return -1;
  }
  BIO_set_data(bio, s);
  BIO_set_init(bio, 1);
  SSL_set_bio(s->ssl, bio, bio);
  link->session = s;
  return 0;
}

void hr_link_tls_end(struct hr_link *link) {
  struct hr_link_tls *s = link->session;
  if (s == NULL) {
    return;
  }
  link->session = NULL;
  if (s->shaken && !s->failed && s->write_error == 0 && hr_buffer_len(&s->out) == 0) {
    (void)SSL_shutdown(s->ssl); /* "that was all": what the kernel does not take is not missed */
  }
  SSL_free(s->ssl);
  ERR_clear_error();
  hr_buffer_free(&s->out);
  hr_free(s);
}

/* ---- bytes ---- */

/* The watchers follow what waits: the socket is asked for room only as long as something does. */
static void hr_link_tls_watch(struct hr_link *link) {
  struct ev_loop *ev = hr_loop_ev(link->loop);
  if (hr_buffer_len(&link->session->out) > 0) {
    ev_io_start(ev, &link->writable);
  }
}

bool hr_link_tls_flush(struct hr_link *link) {
  struct hr_link_tls *s = link->session;
  size_t len = hr_buffer_len(&s->out);
  if (len > 0 && s->write_error == 0) {
    hr_buffer_consume(&s->out, (size_t)hr_link_tls_send(s, hr_buffer_head(&s->out), len));
  }
  if (s->write_error != 0) {
    hr_buffer_free(&s->out);
  }
  hr_link_tls_watch(link);
  return hr_buffer_len(&s->out) == 0;
}

/* SSL said no with that return value: wait (true), or the session is over and `cause` tells. */
static bool hr_link_tls_waits(struct hr_link *link, int returned) {
  struct hr_link_tls *s = link->session;
  int error = SSL_get_error(s->ssl, returned);
  if (error == SSL_ERROR_WANT_READ) {
    return true;
  }
  s->failed = true;
  if (error == SSL_ERROR_ZERO_RETURN) {
    s->eof = true;
  } else if (!s->eof && s->read_error == 0) {
    hr_tls_explain(link->tls, s->ssl, link->host, s->cause);
  }
  ERR_clear_error();
  return false;
}

enum hr_link_tls_shake hr_link_tls_shake(struct hr_link *link) {
  struct hr_link_tls *s = link->session;
  (void)hr_link_tls_flush(link);
  s->drained = false;
  ERR_clear_error();
  int done = SSL_do_handshake(s->ssl);
  hr_link_tls_watch(link);
  if (done == 1) {
    s->shaken = true;
    s->more = SSL_has_pending(s->ssl) == 1;
    return HR_LINK_TLS_DONE;
  }
  if (hr_link_tls_waits(link, done)) {
    return HR_LINK_TLS_WAIT;
  }
  return s->cause[0] != '\0' ? HR_LINK_TLS_REFUSED : HR_LINK_TLS_BROKEN;
}

static ssize_t hr_link_tls_over(const struct hr_link_tls *s) {
  if (s->cause[0] == '\0' && s->read_error == 0) {
    return 0; /* closed */
  }
  errno = s->read_error != 0 ? s->read_error : EPROTO;
  return -1;
}

ssize_t hr_link_tls_take(struct hr_link *link, char *out, size_t size) {
  struct hr_link_tls *s = link->session;
  size_t got = 0;
  assert(size > 0);
  s->drained = s->more; /* what is left of the last time is given first, and nothing but that */
  while (got < size && !s->failed) {
    size_t part = size - got < INT_MAX ? size - got : INT_MAX;
    ERR_clear_error();
    int n = SSL_read(s->ssl, out + got, (int)part);
    if (n > 0) {
      got += (size_t)n;
    } else if (hr_link_tls_waits(link, n)) {
      break;
    }
  }
  s->more = got == size || (got > 0 && s->failed);
  hr_link_tls_watch(link); /* OpenSSL may have answered a key update */
  if (got > 0) {
    return (ssize_t)got;
  }
  if (s->failed) {
    return hr_link_tls_over(s);
  }
  errno = EAGAIN;
  return -1;
}

static ssize_t hr_link_tls_put_failed(const struct hr_link_tls *s, size_t done) {
  if (done > 0) {
    return (ssize_t)done; /* the next call tells */
  }
  errno = s->write_error != 0 ? s->write_error : EPROTO;
  return -1;
}

ssize_t hr_link_tls_put(struct hr_link *link, const char *bytes, size_t len) {
  struct hr_link_tls *s = link->session;
  bool free = hr_link_tls_flush(link);
  if (s->failed || s->write_error != 0) {
    return hr_link_tls_put_failed(s, 0);
  }
  if (!free) {
    errno = EAGAIN;
    return -1;
  }
  assert(s->owed <= len);
  size_t done = s->owed;
  s->owed = 0;
  while (done < len) {
    size_t part = len - done < HR_LINK_TLS_RECORD ? len - done : HR_LINK_TLS_RECORD;
    ERR_clear_error();
    int n = SSL_write(s->ssl, bytes + done, (int)part);
    if (n <= 0) {
      /* Writing waits for nothing, a renegotiation excepted: that is switched off. */
      if (hr_link_tls_waits(link, n)) {
        s->failed = true;
      }
      return hr_link_tls_put_failed(s, done);
    }
    if (s->write_error != 0) {
      return hr_link_tls_put_failed(s, done);
    }
    if (hr_buffer_len(&s->out) > 0) {
      s->owed = (size_t)n;
      hr_link_tls_watch(link);
      break;
    }
    done += (size_t)n;
  }
  if (done == 0) {
    errno = EAGAIN;
    return -1;
  }
  return (ssize_t)done;
}

/* ---- questions ---- */

bool hr_link_tls_holds(const struct hr_link *link) {
  return link->session->more;
}

size_t hr_link_tls_owed(const struct hr_link *link) {
  return link->session->owed;
}

const char *hr_link_tls_cause(const struct hr_link *link) {
  return link->session->cause[0] != '\0' ? link->session->cause : NULL;
}
