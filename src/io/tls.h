/*
 * What the links of a client share when they use TLS: authorities, our certificate, what a server's
 * must say. Made once, files are read then and never again; counted, since links outlive the client
 * by a moment.
 *
 * Made with OpenSSL (tls.c), or refused by a build that has none (tls_none.c).
 */
#ifndef HR_IO_TLS_H
#define HR_IO_TLS_H

#include "base/types.h"

struct hr_tls;

struct hr_tls_config {
  const char *ca_file;     /* PEM; NULL or "": the system's authorities */
  const char *cert_file;   /* PEM, with key_file; NULL or "": none */
  const char *key_file;
  const char *server_name; /* what every certificate must bear; NULL or "": the dialled host */
  bool verify;             /* false: whoever answers is believed */
};

enum hr_tls_result { HR_TLS_OK, HR_TLS_REFUSED, HR_TLS_NO_MEMORY };

/* One reference, in *out. REFUSED: *out is NULL, `why` names the option and the cause. */
enum hr_tls_result hr_tls_make(const struct hr_tls_config *config, struct hr_tls **out, char *why,
                               size_t why_size);
struct hr_tls *hr_tls_ref(struct hr_tls *tls); /* NULL is allowed */
void hr_tls_unref(struct hr_tls *tls);         /* NULL is allowed */

#endif
