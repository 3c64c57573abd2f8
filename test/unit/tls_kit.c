/*
 * See tls_kit.h.
 */
#include "tls_kit.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char folder[] = "/tmp/haredis-unit-XXXXXX";
static struct tls_identity ours, other;

/* ---- certificates ---- */

static EVP_PKEY *make_key(void) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(context), 1);
  assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
  assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
  EVP_PKEY_CTX_free(context);
  return key;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  assert_non_null(extension);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/* issuer NULL: signs itself, an authority. */
static struct tls_identity make(const char *name, const struct tls_identity *issuer, int wrong) {
  static long serial;
  struct tls_identity made = {.key = make_key(), .certificate = X509_new()};
  X509 *x = made.certificate;
  const struct tls_identity *by = issuer != NULL ? issuer : &made;
  long from = wrong == TLS_NOT_YET ? 3600 : -7200, to = wrong == TLS_EXPIRED ? -3600 : 7200;
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), from);
  X509_gmtime_adj(X509_getm_notAfter(x), to);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             (const unsigned char *)name, -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(by->certificate));
  X509_set_pubkey(x, made.key);
  if (issuer == NULL) {
    add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(x, x, NID_subject_key_identifier, "hash");
  } else {
    add_extension(x, by->certificate, NID_subject_alt_name,
                  wrong == TLS_OTHER_NAME ? "DNS:elsewhere.example,IP:10.1.2.3"
                  : wrong == TLS_WILDCARD ? "DNS:*.db.example,DNS:r*.in.example"
                                          : "DNS:db.example,IP:127.0.0.1,IP:fe80::1");
    add_extension(x, by->certificate, NID_authority_key_identifier, "keyid");
  }
  assert_true(X509_sign(x, by->key, EVP_sha256()) > 0);
  return made;
}

struct tls_identity tls_identity_make(const char *ca, int wrong) {
  return make("node", strcmp(ca, "ours") == 0 ? &ours : &other, wrong);
}

void tls_identity_free(struct tls_identity *identity) {
  EVP_PKEY_free(identity->key);
  X509_free(identity->certificate);
}

const char *tls_file(const char *name) {
  static char paths[16][64];
  static int next;
  char *path = paths[next++ % 16];
  snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
  return path;
}

static void write_files(const char *certificate, const char *key, const struct tls_identity *of) {
  FILE *out = fopen(tls_file(certificate), "w");
  assert_int_equal(PEM_write_X509(out, of->certificate), 1);
  fclose(out);
  if (key != NULL) {
    out = fopen(tls_file(key), "w");
    assert_int_equal(PEM_write_PrivateKey(out, of->key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
  }
}

void tls_renew(const char *ca) {
  struct tls_identity identity = tls_identity_make(ca, 0);
  write_files("new.pem", "new.key", &identity);
  tls_identity_free(&identity);
  assert_int_equal(rename(tls_file("new.pem"), tls_file("mine.pem")), 0);
  assert_int_equal(rename(tls_file("new.key"), tls_file("mine.key")), 0);
}

static void write_key(const char *name, EVP_PKEY *key, const char *passphrase) {
  FILE *out = fopen(tls_file(name), "w");
  const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_128_cbc() : NULL;
  int len = passphrase != NULL ? (int)strlen(passphrase) : 0;
  assert_int_equal(PEM_write_PKCS8PrivateKey(out, key, cipher, passphrase, len, NULL, NULL), 1);
  fclose(out);
}

static void write_odd_keys(EVP_PKEY *locked) {
  EVP_PKEY *edwards = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, NULL);
  assert_int_equal(EVP_PKEY_keygen_init(context), 1);
  assert_int_equal(EVP_PKEY_keygen(context, &edwards), 1);
  write_key("edwards.key", edwards, NULL);
  write_key("locked.key", locked, "sesame");
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(edwards);
}

int tls_setup(void **state) {
  (void)state;
  assert_non_null(mkdtemp(folder));
  ours = make("ours", NULL, 0);
  other = make("other", NULL, 0);
  struct tls_identity client = tls_identity_make("ours", 0);
  write_files("ours.pem", "ours.key", &ours);
  write_files("other.pem", NULL, &other);
  write_files("client.pem", "client.key", &client);
  write_odd_keys(client.key);
  tls_identity_free(&client);
  return 0;
}

int tls_teardown(void **state) {
  static const char *const names[] = {"ours.pem", "ours.key", "other.pem", "client.pem",
                                      "client.key", "edwards.key", "locked.key", "mine.pem",
                                      "mine.key"};
  (void)state;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    remove(tls_file(names[i]));
  }
  tls_identity_free(&ours);
  tls_identity_free(&other);
  return rmdir(folder);
}

struct hr_tls *tls_client(const struct hr_tls_config *config) {
  char why[256];
  struct hr_tls *tls;
  if (hr_tls_make(config, &tls, why, sizeof(why)) != HR_TLS_OK) {
    fail_msg("%s", why);
  }
  return tls;
}

/* ---- the server ---- */

void tls_server_make(struct tls_server *server, int wrong) {
  memset(server, 0, sizeof(*server));
  server->fd = -1;
  struct tls_identity identity = tls_identity_make("ours", wrong);
  server->context = SSL_CTX_new(TLS_server_method());
  assert_int_equal(SSL_CTX_use_certificate(server->context, identity.certificate), 1);
  assert_int_equal(SSL_CTX_use_PrivateKey(server->context, identity.key), 1);
  tls_identity_free(&identity);
}

void tls_server_accept(struct world *world, struct tls_server *server) {
  server_accept(world);
  server->fd = world->peer;
  world->peer = -1; /* what comes is not for the kit's own ears */
  server->shaken = false;
  server->heard_len = 0;
  server->ssl = SSL_new(server->context);
  server->in = BIO_new(BIO_s_mem());
  server->out = BIO_new(BIO_s_mem());
  SSL_set_bio(server->ssl, server->in, server->out);
  SSL_set_accept_state(server->ssl);
}

void tls_server_hang_up(struct tls_server *server) {
  if (server->fd >= 0) {
    close(server->fd);
  }
  server->fd = -1;
  SSL_free(server->ssl);
  server->ssl = NULL;
}

void tls_server_free(struct tls_server *server) {
  if (server->context == NULL) {
    return;
  }
  tls_server_hang_up(server);
  SSL_CTX_free(server->context);
  free(server->heard);
  memset(server, 0, sizeof(*server));
  server->fd = -1;
  ERR_clear_error();
}

static void hear(struct tls_server *server) {
  char bytes[16384];
  ssize_t n;
  while (!server->deaf && (n = recv(server->fd, bytes, sizeof(bytes), 0)) > 0) {
    assert_int_equal(BIO_write(server->in, bytes, (int)n), (int)n);
  }
  if (!server->shaken) {
    server->shaken = SSL_do_handshake(server->ssl) == 1;
  }
  int got;
  while (server->shaken && (got = SSL_read(server->ssl, bytes, sizeof(bytes))) > 0) {
    server->heard = realloc(server->heard, server->heard_len + (size_t)got + 1);
    assert_non_null(server->heard);
    memcpy(server->heard + server->heard_len, bytes, (size_t)got);
    server->heard_len += (size_t)got;
    server->heard[server->heard_len] = '\0';
  }
  ERR_clear_error();
}

static void speak(struct tls_server *server, size_t most) {
  char *bytes;
  long waiting = BIO_get_mem_data(server->out, &bytes);
  size_t len = (size_t)waiting < most ? (size_t)waiting : most;
  if (server->mute || len == 0) {
    return;
  }
  ssize_t n = send(server->fd, bytes, len, MSG_NOSIGNAL);
  for (char rest[4096]; n > 0;) {
    n -= BIO_read(server->out, rest, n < (ssize_t)sizeof(rest) ? (int)n : (int)sizeof(rest));
  }
}

void tls_turn(struct world *world, struct tls_server *server, size_t most) {
  ev_run(world->ev, EVRUN_NOWAIT);
  if (server->fd >= 0) {
    hear(server);
    speak(server, most);
  }
}

void tls_until(struct world *world, struct tls_server *server, const char *end) {
  for (int i = 0; i < 2 * WAIT_MS; i++) {
    size_t len = strlen(world->story), n = strlen(end);
    if (len >= n && strcmp(world->story + len - n, end) == 0) {
      return;
    }
    tls_turn(world, server, SIZE_MAX);
    doze(1);
  }
  fail_msg("waited for \"%s\", the story is \"%s\" (%s)", end, world->story, world->down_text);
}

void tls_say(struct tls_server *server, const char *bytes, size_t len) {
  assert_int_equal(SSL_write(server->ssl, bytes, (int)len), (int)len);
}

void tls_expect(struct world *world, struct tls_server *server, const char *bytes) {
  size_t len = strlen(bytes);
  for (int i = 0; i < WAIT_MS && server->heard_len < len; i++) {
    tls_turn(world, server, SIZE_MAX);
    doze(1);
  }
  if (server->heard_len < len) {
    fail_msg("the server has not heard \"%s\" (%s)", bytes, world->down_text);
  }
  assert_memory_equal(server->heard, bytes, len);
  memmove(server->heard, server->heard + len, server->heard_len - len + 1);
  server->heard_len -= len;
}

/* ---- a test ---- */

struct tls_server tls_peer;
static volatile sig_atomic_t pipes;

static void on_pipe(int number) {
  (void)number;
  pipes++;
}

int tls_test_setup(void **state) {
  pipes = 0;
  signal(SIGPIPE, on_pipe); /* as an application would have it: a signal would be seen */
  return link_setup(state);
}

int tls_test_teardown(void **state) {
  tls_server_free(&tls_peer);
  assert_int_equal(pipes, 0);
  assert_int_equal(ERR_peek_error(), 0); /* the application's queue is as it was */
  return link_teardown(state);
}

void make_tls_link(struct world *world, const struct hr_tls_config *config) {
  struct hr_link_config link = config_of(world);
  link.tls = tls_client(config);
  make_link(world, &link);
  hr_tls_unref(link.tls); /* the link has its own */
}

struct hr_tls_config believing(const char *ca) {
  return (struct hr_tls_config){.ca_file = tls_file(ca), .verify = true};
}

void dial(struct world *world) {
  hr_link_dial(world->link);
  tls_server_accept(world, &tls_peer);
}

void shake(struct world *world) {
  tls_expect(world, &tls_peer, "*1\r\n$4\r\nPING\r\n");
  tls_say(&tls_peer, "+PONG\r\n", 7);
  tls_until(world, &tls_peer, "up");
  world->story[0] = '\0';
}
