/*
 * From the files of TLS to a context, by OpenSSL: what is no good is named with option and cause;
 * and whether a file is still the one that was read.
 */
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "io/tls_openssl.h"

/* OpenSSL would ask at the terminal. user: notes that it wanted to, NULL: nobody looks. */
static int hr_tls_no_passphrase(char *out, int size, int writing, void *user) {
  bool *asked = user;
  (void)out;
  (void)size;
  (void)writing;
  if (asked != NULL) {
    *asked = true;
  }
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

static bool hr_tls_take_authorities(SSL_CTX *context, const char *file, char *why,
                                    size_t why_size) {
  if (file == NULL) {
    return SSL_CTX_set_default_verify_paths(context) == 1;
  }
  return hr_tls_readable("tls_ca_file", file, why, why_size) &&
         (SSL_CTX_load_verify_locations(context, file, NULL) == 1 ||
          hr_tls_no_good("tls_ca_file", file, "holds no certificate in PEM", why, why_size));
}

static bool hr_tls_take_key(SSL_CTX *context, const char *file, char *why, size_t why_size) {
  bool asked = false;
  if (!hr_tls_readable("tls_key_file", file, why, why_size)) {
    return false;
  }
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  int taken = SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
  /* A key of another kind than the certificate's is taken, and would be of no use. */
  if (taken == 1 && SSL_CTX_check_private_key(context) == 1) {
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

static bool hr_tls_take_identity(SSL_CTX *context, const struct hr_tls_files *files, char *why,
                                 size_t why_size) {
  if (files->cert == NULL) {
    return true;
  }
  assert(files->key != NULL);
  return hr_tls_readable("tls_cert_file", files->cert, why, why_size) &&
         (SSL_CTX_use_certificate_chain_file(context, files->cert) == 1 ||
          hr_tls_no_good("tls_cert_file", files->cert,
                         "holds no certificate in PEM that is of use", why, why_size)) &&
         hr_tls_take_key(context, files->key, why, why_size);
}

/* Some proxies end with no word: replies say themselves where they end. A record is read ahead with
 * its follower in one system call; the memory of a session that rests is given back. */
static bool hr_tls_set_context(SSL_CTX *context, bool verify) {
  uint64_t off = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  off |= SSL_OP_IGNORE_UNEXPECTED_EOF;
#endif
  SSL_CTX_set_options(context, off);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context, hr_tls_no_passphrase);
  SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}


SSL_CTX *hr_tls_context(const struct hr_tls_files *files, bool verify, char *why, size_t why_size) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context != NULL && hr_tls_set_context(context, verify) &&
      hr_tls_take_authorities(context, files->ca, why, why_size) &&
      hr_tls_take_identity(context, files, why, why_size)) {
    return context;
  }
  SSL_CTX_free(context);
  return NULL;
}

/* ---- which files they were ---- */

static void hr_tls_stamp(const char *file, struct hr_tls_stamp *out) {
  struct stat info;
  *out = (struct hr_tls_stamp){0};
  if (file == NULL || stat(file, &info) != 0) {
    return;
  }
  out->device = info.st_dev;
  out->inode = info.st_ino;
  out->size = info.st_size;
  out->written = info.st_mtim;
}

static bool hr_tls_same_stamp(const struct hr_tls_stamp *a, const struct hr_tls_stamp *b) {
  return a->device == b->device && a->inode == b->inode && a->size == b->size &&
         a->written.tv_sec == b->written.tv_sec && a->written.tv_nsec == b->written.tv_nsec;
}

void hr_tls_look(const struct hr_tls_files *files, struct hr_tls_stamps *out) {
  hr_tls_stamp(files->ca, &out->ca);
  hr_tls_stamp(files->cert, &out->cert);
  hr_tls_stamp(files->key, &out->key);
}

bool hr_tls_same(const struct hr_tls_stamps *a, const struct hr_tls_stamps *b) {
  return hr_tls_same_stamp(&a->ca, &b->ca) && hr_tls_same_stamp(&a->cert, &b->cert) &&
         hr_tls_same_stamp(&a->key, &b->key);
}
