/*
 * The shared part of TLS, by OpenSSL: one context of what the files hold, made anew when they are
 * renewed; every session gets the name that the server's certificate must bear.
 */
#include "io/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/tls_openssl.h"

#define HR_TLS_NEWS_MAX 320

struct hr_tls {
  int references;
  SSL_CTX *context;
  struct hr_tls_stamps read; /* the files that it is made of */
  struct hr_tls_files files;
  BIO_METHOD *socket;
  char *server_name; /* NULL: the host that was dialled */
  bool verify;
  void (*renewed)(void *owner);
  void *owner;
  bool stale; /* the files have changed and are no good; `news` says so */
  char news[HR_TLS_NEWS_MAX];
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
  hr_free(tls->files.ca);
  hr_free(tls->files.cert);
  hr_free(tls->files.key);
  hr_free(tls->server_name);
  hr_free(tls);
}

/* ---- birth ---- */

static bool hr_tls_copy(char **out, const char *text) {
  if (text == NULL || text[0] == '\0') {
    return true;
  }
  *out = hr_strdup(text);
  return *out != NULL;
}

static bool hr_tls_fill(struct hr_tls *tls, const struct hr_tls_config *config, char *why,
                        size_t why_size) {
  tls->verify = config->verify;
  tls->renewed = config->renewed;
  tls->owner = config->owner;
  if (!hr_tls_copy(&tls->server_name, config->server_name) ||
      !hr_tls_copy(&tls->files.ca, config->ca_file) ||
      !hr_tls_copy(&tls->files.cert, config->cert_file) ||
      !hr_tls_copy(&tls->files.key, config->key_file)) {
    return false;
  }
  tls->socket = hr_link_tls_socket();
  if (tls->socket == NULL) {
    return false;
  }
  hr_tls_look(&tls->files, &tls->read); /* before they are read: a change meanwhile is seen */
  tls->context = hr_tls_context(&tls->files, tls->verify, why, why_size);
  return tls->context != NULL;
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

/* ---- renewal ---- */

static void hr_tls_tell(struct hr_tls *tls, const char *text) {
  snprintf(tls->news, sizeof(tls->news), "%s", text);
  if (tls->renewed != NULL) {
    tls->renewed(tls->owner);
  }
}

/* Sessions that run keep what they have. While the files are no good each session looks again: a
 * certificate may be there a moment before its key. */
static void hr_tls_renew(struct hr_tls *tls) {
  struct hr_tls_stamps now;
  char why[HR_TLS_NEWS_MAX - 48] = "", text[HR_TLS_NEWS_MAX];
  hr_tls_look(&tls->files, &now);
  if (hr_tls_same(&now, &tls->read)) {
    tls->stale = false;
    return;
  }
  ERR_clear_error();
  SSL_CTX *fresh = hr_tls_context(&tls->files, tls->verify, why, sizeof(why));
  ERR_clear_error();
  if (fresh != NULL) {
    SSL_CTX_free(tls->context);
    tls->context = fresh;
    tls->read = now;
    tls->stale = false;
    hr_tls_tell(tls, "TLS: the files have changed, new connections use them");
    return;
  }
  snprintf(text, sizeof(text), "%s; what was read before stays in use", why);
  if (why[0] != '\0' && !(tls->stale && strcmp(tls->news, text) == 0)) {
    tls->stale = true;
    hr_tls_tell(tls, text);
  }
}

const char *hr_tls_news(const struct hr_tls *tls, bool *good) {
  *good = !tls->stale;
  return tls->news;
}

void hr_tls_leave(struct hr_tls *tls) {
  if (tls != NULL) {
    tls->renewed = NULL;
  }
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

/* "db.example." is the same host as db.example, and certified without the dot. */
static bool hr_tls_expect(SSL *ssl, const char *name) {
  char address[INET6_ADDRSTRLEN], plain[HR_TLS_NAME_MAX + 1];
  if (hr_tls_address(name, address)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1;
  }
  size_t len = strlen(name);
  assert(len < sizeof(plain));
  len -= len > 1 && name[len - 1] == '.';
  memcpy(plain, name, len);
  plain[len] = '\0';
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, plain) == 1 && SSL_set_tlsext_host_name(ssl, plain) == 1;
}

SSL *hr_tls_session(struct hr_tls *tls, const char *host) {
  hr_tls_renew(tls);
  SSL *ssl = SSL_new(tls->context);
  if (ssl == NULL) {
    return NULL;
  }
  if (!hr_tls_expect(ssl, hr_tls_name(tls, host))) {
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
  hr_tls_words(ssl, hr_tls_name(tls, host), out);
}
