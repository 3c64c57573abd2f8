/*
 * Looking at a server from outside, with plain hiredis and short deadlines: what it says itself is
 * the measure, not what the library believes.
 */
#ifndef KIT_PROBE_H
#define KIT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "server.h"

enum { PROBE_INFO_MAX = 16384 };

/* A connection of its own, logged in; the caller frees it. NULL: not reachable. */
redisContext *probe_connect(const struct server *s, int timeout_ms);

/* Ask over the server's kept connection; NULL: no answer in time, or the server is stopped. */
redisReply *probe(struct server *s, const char *format, ...);
void probe_close(struct server *s);
/* The integer (or numeric text) that a command answers, `none` when it does not. */
int64_t probe_number(struct server *s, int64_t none, const char *format, ...);
/* The text that a command answers, "" when it does not. */
void probe_text(struct server *s, char *out, size_t size, const char *format, ...);

bool probe_info(struct server *s, char *info, size_t size);
/* A field of INFO. */
int64_t info_number(const char *info, const char *field, int64_t none);
void info_text(const char *info, const char *field, char *out, size_t size);

/* What the fault cases want to know, in one look. */
struct look {
  bool up;
  bool master;
  bool link_up;        /* a replica's */
  bool sealed;         /* follows port 0 */
  bool read_only;      /* replica-read-only */
  int online;          /* replicas that stream from it */
  int follows_port;
  int64_t offset;
  int64_t partial_ok;
  int64_t full;
  int64_t keys;
  int64_t opcounter;
  int64_t epoch;       /* n of the data's epoch, 0: none */
  char epoch_node[128];
  char run_id[48];
};
bool probe_look(struct server *s, struct look *look);

#endif
