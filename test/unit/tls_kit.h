/*
 * The server of the link's TLS tests: an SSL object on memory, so that the test decides how much of
 * its ciphertext travels and when. And certificates made on the spot, good and bad ones.
 */
#ifndef TEST_TLS_KIT_H
#define TEST_TLS_KIT_H

#include <openssl/ssl.h>

#include "io/tls.h"
#include "link_kit.h"

struct tls_identity {
  EVP_PKEY *key;
  X509 *certificate;
};

/* What is wrong with a certificate; 0: valid for 127.0.0.1 and db.example from an hour ago on. */
#define TLS_EXPIRED 1
#define TLS_NOT_YET 2
#define TLS_OTHER_NAME 4
#define TLS_WILDCARD 8 /* for *.db.example, and for r*.in.example as well */

struct tls_server {
  SSL_CTX *context;
  SSL *ssl;
  BIO *in, *out;  /* ciphertext: from the client, to the client */
  int fd;
  bool shaken;    /* the handshake is over */
  bool deaf;      /* does not read its socket */
  bool mute;      /* does not write to it */
  char *heard;
  size_t heard_len;
};

/* A folder for PEM files, a CA "ours" and another; once per program. */
int tls_setup(void **state);
int tls_teardown(void **state);
const char *tls_file(const char *name); /* "ours.pem", "other.pem", "client.pem" and .key,
                                          "locked.key", "edwards.key" */
/* "mine.pem" and "mine.key", new files in place of what was there, for a client of that CA. */
void tls_renew(const char *ca);
struct tls_identity tls_identity_make(const char *ca, int wrong);
void tls_identity_free(struct tls_identity *identity);

/* A context for a server with that certificate. */
void tls_server_make(struct tls_server *server, int wrong);
/* Takes the connection that is being dialled; no handshake yet. */
void tls_server_accept(struct world *world, struct tls_server *server);
void tls_server_hang_up(struct tls_server *server);
void tls_server_free(struct tls_server *server); /* again, or never made: nothing */
/* The loop turns once, ciphertext travels (at most `most` bytes of the server's), plaintext that
 * the client has written is in `heard`. */
void tls_turn(struct world *world, struct tls_server *server, size_t most);
void tls_until(struct world *world, struct tls_server *server, const char *end);
void tls_say(struct tls_server *server, const char *bytes, size_t len);
void tls_expect(struct world *world, struct tls_server *server, const char *bytes);

/* Made, or the test has failed. */
struct hr_tls *tls_client(const struct hr_tls_config *config);

/* What every test has: a world, a server that may be made, a signal that must not come. */
extern struct tls_server tls_peer;
int tls_test_setup(void **state);
int tls_test_teardown(void **state);
struct hr_tls_config believing(const char *ca);
void make_tls_link(struct world *world, const struct hr_tls_config *config);
void dial(struct world *world);
void shake(struct world *world); /* up, and an empty story */

#endif
