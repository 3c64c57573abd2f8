/*
 * A build without TLS: whoever asks for it is told what to install. No link has a session here.
 */
#include <assert.h>
#include <stdio.h>

#include "io/hiredis_compat.h"
#include "io/link_internal.h"
#include "io/link_tls.h"
#include "io/tls.h"

enum hr_tls_result hr_tls_make(const struct hr_tls_config *config, struct hr_tls **out, char *why,
                               size_t why_size) {
  (void)config;
  *out = NULL;
  snprintf(why, why_size, "option tls: %s", HR_HIREDIS_NO_TLS);
  return HR_TLS_REFUSED;
}

struct hr_tls *hr_tls_ref(struct hr_tls *tls) {
  assert(tls == NULL);
  return tls;
}

void hr_tls_unref(struct hr_tls *tls) {
  assert(tls == NULL);
  (void)tls;
}

const char *hr_tls_news(const struct hr_tls *tls, bool *good) {
  assert(tls == NULL);
  (void)tls;
  *good = true;
  return "";
}

void hr_tls_leave(struct hr_tls *tls) {
  assert(tls == NULL);
  (void)tls;
}

/* ---- sessions: there are none ---- */

int hr_link_tls_begin(struct hr_link *link) {
  (void)link;
  return -1;
}

void hr_link_tls_end(struct hr_link *link) {
  assert(link->session == NULL);
  (void)link;
}

enum hr_link_tls_shake hr_link_tls_shake(struct hr_link *link) {
  (void)link;
  return HR_LINK_TLS_BROKEN;
}

ssize_t hr_link_tls_take(struct hr_link *link, char *out, size_t size) {
  (void)link;
  (void)out;
  (void)size;
  return 0;
}

ssize_t hr_link_tls_put(struct hr_link *link, const char *bytes, size_t len) {
  (void)link;
  (void)bytes;
  return (ssize_t)len;
}

bool hr_link_tls_flush(struct hr_link *link) {
  (void)link;
  return true;
}

bool hr_link_tls_holds(const struct hr_link *link) {
  (void)link;
  return false;
}

size_t hr_link_tls_owed(const struct hr_link *link) {
  (void)link;
  return 0;
}

const char *hr_link_tls_cause(const struct hr_link *link) {
  (void)link;
  return NULL;
}
