/*
 * The shared part of TLS, by OpenSSL: files are read once and named when they are no good, every
 * session gets the name that the server's certificate must bear.
 */
#include "io/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/tls_openssl.h"

struct hr_tls {
  int references;
  SSL_CTX *context;
  BIO_METHOD *socket;
  char *server_name; /* NULL: the host that was dialled */
  bool verify;
};

struct hr_tls *hr_tls_ref(struct hr_tls *tls) {
  if (tls != NULL) {
    tls->references++;
  }
  return tls;
}

void hr_tls_unref(struct hr_tls *tls) {
  if (tls == NULL || --tls->references > 0) {
    return;
  }
  SSL_CTX_free(tls->context);
  BIO_meth_free(tls->socket);
  hr_free(tls->server_name);
  hr_free(tls);
}

/* ---- files ---- */

/* OpenSSL would ask at the terminal. */
static int hr_tls_no_passphrase(char *out, int size, int writing, void *user) {
  (void)out;
  (void)size;
  (void)writing;
  *(bool *)user = true;
  return -1;
}

/* OpenSSL's errors mix what the system says with what is in the file: the system is asked first. */
static bool hr_tls_readable(const char *option, const char *file, char *why, size_t why_size) {
  char byte;
  FILE *in = fopen(file, "re");
  size_t got = in != NULL ? fread(&byte, 1, 1, in) : 0;
  int error = in == NULL || ferror(in) ? errno : 0;
  if (in != NULL) {
    fclose(in);
  }
  if (got == 1) {
    return true;
  }
  snprintf(why, why_size, "option %s: %.128s: %s", option, file,
           error != 0 ? strerror(error) : "is empty");
  return false;
}

static bool hr_tls_no_good(const char *option, const char *file, const char *what, char *why,
                           size_t why_size) {
  unsigned long error = ERR_peek_last_error();
  const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;
  snprintf(why, why_size, "option %s: %.128s: %s%s%s", option, file, what,
           reason != NULL ? ": " : "", reason != NULL ? reason : "");
  return false;
}

static bool hr_tls_take_authorities(struct hr_tls *tls, const char *file, char *why,
                                    size_t why_size) {
  if (file == NULL || file[0] == '\0') {
    return SSL_CTX_set_default_verify_paths(tls->context) == 1;
  }
  return hr_tls_readable("tls_ca_file", file, why, why_size) &&
         (SSL_CTX_load_verify_locations(tls->context, file, NULL) == 1 ||
          hr_tls_no_good("tls_ca_file", file, "holds no certificate in PEM", why, why_size));
}

static bool hr_tls_take_key(struct hr_tls *tls, const char *file, char *why, size_t why_size) {
  bool asked = false;
  if (!hr_tls_readable("tls_key_file", file, why, why_size)) {
    return false;
  }
  SSL_CTX_set_default_passwd_cb(tls->context, hr_tls_no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(tls->context, &asked);
  int taken = SSL_CTX_use_PrivateKey_file(tls->context, file, SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb_userdata(tls->context, NULL);
  /* A key of another kind than the certificate's is taken, and would be of no use. */
  if (taken == 1 && SSL_CTX_check_private_key(tls->context) == 1) {
    return true;
  }
  if (asked) {
    ERR_clear_error();
    return hr_tls_no_good("tls_key_file", file, "wants a passphrase: store the key without one",
                          why, why_size);
  }
  if (taken == 1 || ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509) {
    return hr_tls_no_good("tls_key_file", file, "is not the key of tls_cert_file", why, why_size);
  }
  return hr_tls_no_good("tls_key_file", file, "holds no private key in PEM", why, why_size);
}

static bool hr_tls_take_identity(struct hr_tls *tls, const struct hr_tls_config *config, char *why,
                                 size_t why_size) {
  const char *file = config->cert_file;
  if (file == NULL || file[0] == '\0') {
    return true;
  }
  assert(config->key_file != NULL);
  return hr_tls_readable("tls_cert_file", file, why, why_size) &&
         (SSL_CTX_use_certificate_chain_file(tls->context, file) == 1 ||
          hr_tls_no_good("tls_cert_file", file, "holds no certificate in PEM that is of use", why,
                         why_size)) &&
         hr_tls_take_key(tls, config->key_file, why, why_size);
}

/* ---- birth ---- */

/* Some proxies end with no word: replies say themselves where they end. A record is read ahead with
 * its follower in one system call; the memory of a session that rests is given back. */
static bool hr_tls_set_context(struct hr_tls *tls) {
  SSL_CTX *context = tls->context;
  uint64_t off = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  off |= SSL_OP_IGNORE_UNEXPECTED_EOF;
#endif
  SSL_CTX_set_options(context, off);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, tls->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

static bool hr_tls_fill(struct hr_tls *tls, const struct hr_tls_config *config, char *why,
                        size_t why_size) {
  tls->verify = config->verify;
  if (config->server_name != NULL && config->server_name[0] != '\0') {
    tls->server_name = hr_strdup(config->server_name);
    if (tls->server_name == NULL) {
      return false;
    }
  }
  tls->socket = hr_link_tls_socket();
  tls->context = SSL_CTX_new(TLS_client_method());
  if (tls->socket == NULL || tls->context == NULL || !hr_tls_set_context(tls)) {
    return false;
  }
  return hr_tls_take_authorities(tls, config->ca_file, why, why_size) &&
         hr_tls_take_identity(tls, config, why, why_size);
}

enum hr_tls_result hr_tls_make(const struct hr_tls_config *config, struct hr_tls **out, char *why,
                               size_t why_size) {
  assert(why_size > 0);
  *out = NULL;
  why[0] = '\0';
  struct hr_tls *tls = hr_calloc(1, sizeof(*tls));
  if (tls == NULL) {
    return HR_TLS_NO_MEMORY;
  }
  tls->references = 1;
  ERR_clear_error();
  bool filled = hr_tls_fill(tls, config, why, why_size);
  ERR_clear_error();
  if (filled) {
    *out = tls;
    return HR_TLS_OK;
  }
  hr_tls_unref(tls);
  return why[0] != '\0' ? HR_TLS_REFUSED : HR_TLS_NO_MEMORY;
}

/* ---- sessions ---- */

static const char *hr_tls_name(const struct hr_tls *tls, const char *host) {
  return tls->server_name != NULL ? tls->server_name : host;
}

/* "fe80::1%eth0" is certified as fe80::1. False: no address at all. */
static bool hr_tls_address(const char *name, char out[INET6_ADDRSTRLEN]) {
  unsigned char bytes[sizeof(struct in6_addr)];
  size_t len = strcspn(name, "%");
  if (len >= INET6_ADDRSTRLEN) {
    return false;
  }
  memcpy(out, name, len);
  out[len] = '\0';
  return inet_pton(AF_INET, out, bytes) == 1 || inet_pton(AF_INET6, out, bytes) == 1;
}

static bool hr_tls_expect(SSL *ssl, const char *name) {
  char address[INET6_ADDRSTRLEN];
  if (hr_tls_address(name, address)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

SSL *hr_tls_session(const struct hr_tls *tls, const char *host) {
  const char *name = hr_tls_name(tls, host);
  SSL *ssl = SSL_new(tls->context);
  if (ssl == NULL) {
    return NULL;
  }
  assert(name != NULL || !tls->verify);
  if (name != NULL && !hr_tls_expect(ssl, name)) {
    SSL_free(ssl);
    return NULL;
  }
  SSL_set_connect_state(ssl);
  return ssl;
}

const BIO_METHOD *hr_tls_socket(const struct hr_tls *tls) {
  return tls->socket;
}

void hr_tls_explain(const struct hr_tls *tls, const SSL *ssl, const char *host,
                    char out[HR_TLS_CAUSE_MAX]) {
  const char *name = hr_tls_name(tls, host);
  hr_tls_words(ssl, name != NULL ? name : "it", out);
}
