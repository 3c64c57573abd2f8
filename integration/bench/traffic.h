/*
 * What servers were asked, by their own count: INFO commandstats, before and after. It must not
 * know who asked, nor why.
 */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include <stdint.h>

#include "group.h"

enum { TRAFFIC_KINDS = 128 };

struct traffic {
  int kinds;
  char name[TRAFFIC_KINDS][32];
  double calls[TRAFFIC_KINDS];
  double connections; /* accepted so far */
};

/* One server's counts since it started; nothing when it does not answer. */
void traffic_take(struct server *s, struct traffic *out);
/* after - before, kind by kind. */
void traffic_less(const struct traffic *after, const struct traffic *before, struct traffic *out);
/* `total` += `more` * factor; no kind falls below nothing. */
void traffic_add(struct traffic *total, const struct traffic *more, double factor);
double traffic_of(const struct traffic *t, const char *kind);
/* All but the kinds of `words` (NULL at the end). */
double traffic_but(const struct traffic *t, const char *const *words);
/* "ping 12, info 8, ...": the largest first. */
void traffic_text(const struct traffic *t, const char *const *without, char *out, size_t size);

#endif
