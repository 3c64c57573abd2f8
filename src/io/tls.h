/*
 * What the links of a client share when they use TLS: authorities, our certificate, what a server's
 * must say. Counted, since links outlive the client by a moment.
 *
 * Files are looked at again before each session: whoever renews certificates tells nobody. What is
 * no good then is not taken, and what was read before stays.
 *
 * Made with OpenSSL (tls.c), or refused by a build that has none (tls_none.c).
 */
#ifndef HR_IO_TLS_H
#define HR_IO_TLS_H

#include "base/types.h"

struct hr_tls;

#define HR_TLS_NAME_MAX 255 /* of a server: what the handshake can carry */

struct hr_tls_config {
  const char *ca_file;     /* PEM; NULL or "": the system's authorities */
  const char *cert_file;   /* PEM, with key_file; NULL or "": none */
  const char *key_file;
  const char *server_name; /* what every certificate must bear; NULL or "": the dialled host. At
                              most HR_TLS_NAME_MAX long, as hosts are */
  bool verify;             /* false: whoever answers is believed */
  /* The files have changed: hr_tls_news() says what came of it. From the middle of a dial: only
   * take a note here. May be NULL. */
  void (*renewed)(void *owner);
  void *owner;
};

enum hr_tls_result { HR_TLS_OK, HR_TLS_REFUSED, HR_TLS_NO_MEMORY };

/* One reference, in *out. REFUSED: *out is NULL, `why` names the option and the cause. */
enum hr_tls_result hr_tls_make(const struct hr_tls_config *config, struct hr_tls **out, char *why,
                               size_t why_size);
struct hr_tls *hr_tls_ref(struct hr_tls *tls); /* NULL is allowed */
void hr_tls_unref(struct hr_tls *tls);         /* NULL is allowed */

/* Of the last change of the files, a sentence, which lives until the next. good: new sessions use
 * them. */
const char *hr_tls_news(const struct hr_tls *tls, bool *good);
/* The owner goes: `renewed` is not called any more. NULL is allowed. */
void hr_tls_leave(struct hr_tls *tls);

#endif
