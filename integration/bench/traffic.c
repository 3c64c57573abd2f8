/* Reading and subtracting INFO commandstats. */
#include "traffic.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

enum { KINDS_TOLD = 8 };

static int find(const struct traffic *t, const char *kind) {
  for (int i = 0; i < t->kinds; i++) {
    if (strcmp(t->name[i], kind) == 0) return i;
  }
  return -1;
}

static void put(struct traffic *t, const char *kind, double calls) {
  int at = find(t, kind);
  if (at < 0) {
    if (t->kinds == TRAFFIC_KINDS) return;
    at = t->kinds++;
    snprintf(t->name[at], sizeof t->name[at], "%s", kind);
    t->calls[at] = 0;
  }
  t->calls[at] += calls;
  if (t->calls[at] < 0) t->calls[at] = 0;
}

/* "cmdstat_client|kill:calls=3,usec=..." */
static void read_lines(struct traffic *t, const char *text) {
  static const char begin[] = "cmdstat_";
  for (const char *at = strstr(text, begin); at != NULL; at = strstr(at, begin)) {
    at += sizeof begin - 1;
    char kind[32];
    size_t length = strcspn(at, ":");
    snprintf(kind, sizeof kind, "%.*s", (int)length, at);
    const char *calls = strstr(at, "calls=");
    if (calls == NULL) return;
    put(t, kind, strtod(calls + 6, NULL));
  }
}

void traffic_take(struct server *s, struct traffic *out) {
  memset(out, 0, sizeof *out);
  redisReply *r = probe(s, "INFO commandstats");
  if (r != NULL && r->str != NULL) read_lines(out, r->str);
  freeReplyObject(r);
  r = probe(s, "INFO stats");
  if (r != NULL && r->str != NULL) {
    out->connections = (double)info_number(r->str, "total_connections_received", 0);
  }
  freeReplyObject(r);
}

void traffic_less(const struct traffic *after, const struct traffic *before, struct traffic *out) {
  *out = *after;
  for (int i = 0; i < out->kinds; i++) {
    int at = find(before, out->name[i]);
    if (at >= 0) out->calls[i] -= before->calls[at];
    if (out->calls[i] < 0) out->calls[i] = 0;
  }
  out->connections -= before->connections;
}

void traffic_add(struct traffic *total, const struct traffic *more, double factor) {
  for (int i = 0; i < more->kinds; i++) put(total, more->name[i], more->calls[i] * factor);
  total->connections += more->connections * factor;
  if (total->connections < 0) total->connections = 0;
}

double traffic_of(const struct traffic *t, const char *kind) {
  int at = find(t, kind);
  return at < 0 ? 0 : t->calls[at];
}

static bool among(const char *const *words, const char *word) {
  for (int i = 0; words != NULL && words[i] != NULL; i++) {
    if (strcmp(words[i], word) == 0) return true;
  }
  return false;
}

double traffic_but(const struct traffic *t, const char *const *words) {
  double sum = 0;
  for (int i = 0; i < t->kinds; i++) {
    if (!among(words, t->name[i])) sum += t->calls[i];
  }
  return sum;
}

void traffic_text(const struct traffic *t, const char *const *without, char *out, size_t size) {
  bool told[TRAFFIC_KINDS] = {false};
  size_t used = 0;
  out[0] = '\0';
  for (int n = 0; n < KINDS_TOLD && used < size; n++) {
    int most = -1;
    for (int i = 0; i < t->kinds; i++) {
      if (told[i] || among(without, t->name[i]) || t->calls[i] < 0.5) continue;
      if (most < 0 || t->calls[i] > t->calls[most]) most = i;
    }
    if (most < 0) return;
    told[most] = true;
    used += (size_t)snprintf(out + used, size - used, "%s%s %.0f", n ? ", " : "", t->name[most],
                             t->calls[most]);
  }
}
