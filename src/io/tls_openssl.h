/*
 * The inside of hr_tls where it is made with OpenSSL. Shared by tls*.c and link_tls.c only.
 */
#ifndef HR_IO_TLS_OPENSSL_H
#define HR_IO_TLS_OPENSSL_H

#include <openssl/ssl.h>

#include "io/tls.h"

#define HR_TLS_CAUSE_MAX 120

/* link_tls.c: how OpenSSL reads and writes a link's socket. NULL: out of memory. */
BIO_METHOD *hr_link_tls_socket(void);

/* tls.c: a client's session that believes only a certificate for `host` (NULL: a unix socket), or
 * for the server name that was given. NULL: out of memory. */
SSL *hr_tls_session(const struct hr_tls *tls, const char *host);
const BIO_METHOD *hr_tls_socket(const struct hr_tls *tls);

/* tls_words.c: what went wrong in a session, as a sentence about the server; takes the oldest of
 * OpenSSL's errors. name: what its certificate should have borne. */
void hr_tls_words(const SSL *ssl, const char *name, char out[HR_TLS_CAUSE_MAX]);
/* tls.c: the same for a link's host. */
void hr_tls_explain(const struct hr_tls *tls, const SSL *ssl, const char *host,
                    char out[HR_TLS_CAUSE_MAX]);

#endif
