/*
 * The inside of hr_tls where it is made with OpenSSL. Shared by tls*.c and link_tls.c only.
 */
#ifndef HR_IO_TLS_OPENSSL_H
#define HR_IO_TLS_OPENSSL_H

#include <openssl/ssl.h>
#include <sys/stat.h>

#include "io/tls.h"

#define HR_TLS_CAUSE_MAX 120

/* tls_files.c: what is read from files. */
struct hr_tls_files {
  char *ca, *cert, *key; /* paths; NULL: none */
};

/* By what a file is known again. All 0: it is not there. */
struct hr_tls_stamp {
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec written;
};

struct hr_tls_stamps {
  struct hr_tls_stamp ca, cert, key;
};

void hr_tls_look(const struct hr_tls_files *files, struct hr_tls_stamps *out);
bool hr_tls_same(const struct hr_tls_stamps *a, const struct hr_tls_stamps *b);
/* Everything that the sessions of a client share. NULL: `why` names option, file and cause, or is
 * empty: out of memory. */
SSL_CTX *hr_tls_context(const struct hr_tls_files *files, bool verify, char *why, size_t why_size);

/* link_tls.c: how OpenSSL reads and writes a link's socket. NULL: out of memory. */
BIO_METHOD *hr_link_tls_socket(void);

/* tls.c: a client's session that believes only a certificate for `host`, or for the server name
 * that was given; renewed files are read first. NULL: out of memory. */
SSL *hr_tls_session(struct hr_tls *tls, const char *host);
const BIO_METHOD *hr_tls_socket(const struct hr_tls *tls);

/* tls_words.c: what went wrong in a session, as a sentence about the server; takes the oldest of
 * OpenSSL's errors. name: what its certificate should have borne. */
void hr_tls_words(const SSL *ssl, const char *name, char out[HR_TLS_CAUSE_MAX]);
/* tls.c: the same for a link's host. */
void hr_tls_explain(const struct hr_tls *tls, const SSL *ssl, const char *host,
                    char out[HR_TLS_CAUSE_MAX]);

#endif
