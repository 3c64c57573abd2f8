/*
 * The TLS session of one connection: between a link and its socket. Shared by link*.c only; a build
 * without TLS has none and never calls these (tls_none.c).
 *
 *   link ── put ──▶ SSL ──▶ ciphertext ──▶ socket
 *        ◀─ take ──     ◀── at most one read() ahead ──
 *
 * OpenSSL never sees a socket that is full or broken: what the kernel does not take waits here, so
 * reading never waits for writing, and no record has to be written twice.
 */
#ifndef HR_IO_LINK_TLS_H
#define HR_IO_LINK_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct hr_link;

enum hr_link_tls_shake {
  HR_LINK_TLS_DONE,
  HR_LINK_TLS_WAIT,   /* for the socket; the watchers are set */
  HR_LINK_TLS_BROKEN, /* the connection ended */
  HR_LINK_TLS_REFUSED /* one of the two sides does not want the other, or this is no TLS */
};

int hr_link_tls_begin(struct hr_link *link); /* on the connected socket. -1: out of memory */
enum hr_link_tls_shake hr_link_tls_shake(struct hr_link *link);
void hr_link_tls_end(struct hr_link *link); /* tells the server if that needs no waiting */

/* recv() and send(). Bytes of a record that has not left whole are not counted as sent: put() wants
 * them again, with whatever stands behind them. */
ssize_t hr_link_tls_take(struct hr_link *link, char *out, size_t size);
ssize_t hr_link_tls_put(struct hr_link *link, const char *bytes, size_t len);
/* What waits for the kernel. false: there is still some; the write watcher runs. */
bool hr_link_tls_flush(struct hr_link *link);

/* take() would give more without a look at the socket: nobody will tell. */
bool hr_link_tls_holds(const struct hr_link *link);
/* Bytes of the FIFO behind fifo_sent that may have left in part. */
size_t hr_link_tls_owed(const struct hr_link *link);
/* Why take, put or shake failed: a text, NULL: errno says it. */
const char *hr_link_tls_cause(const struct hr_link *link);

#endif
