/* Plain hiredis against one server. */
#include "probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "child.h"

enum { PROBE_TIMEOUT_MS = 500 };

redisContext *probe_connect(const struct server *s, int timeout_ms) {
  struct timeval limit = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  if (s->netns) kit_enter_netns(s->netns);
  redisContext *c = s->socket[0] ? redisConnectUnixWithTimeout(s->socket, limit)
                                 : redisConnectWithTimeout(s->host, s->port, limit);
  if (s->netns) kit_enter_netns(0);
  if (c == NULL || c->err) {
    if (c) redisFree(c);
    return NULL;
  }
  redisSetTimeout(c, limit);
  if (s->password == NULL) return c;
  redisReply *r = s->user ? redisCommand(c, "AUTH %s %s", s->user, s->password)
                          : redisCommand(c, "AUTH %s", s->password);
  bool fine = r && r->type == REDIS_REPLY_STATUS;
  freeReplyObject(r);
  if (fine) return c;
  redisFree(c);
  return NULL;
}

void probe_close(struct server *s) {
  if (s->link) redisFree(s->link);
  s->link = NULL;
}

static redisReply *probe_v(struct server *s, const char *format, va_list ap) {
  kit_check_interrupt();
  if (s->pid == 0 || s->stopped) return NULL;
  for (int attempt = 0; attempt < 2; attempt++) { /* a kept connection may be stale */
    bool kept = s->link != NULL;
    if (!kept) s->link = probe_connect(s, PROBE_TIMEOUT_MS);
    if (s->link == NULL) return NULL;
    va_list copy;
    va_copy(copy, ap);
    redisReply *r = redisvCommand(s->link, format, copy);
    va_end(copy);
    if (r != NULL) return r;
    probe_close(s);
    if (!kept) return NULL;
  }
  return NULL;
}

redisReply *probe(struct server *s, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  redisReply *r = probe_v(s, format, ap);
  va_end(ap);
  return r;
}

int64_t probe_number(struct server *s, int64_t none, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  redisReply *r = probe_v(s, format, ap);
  va_end(ap);
  int64_t number = none;
  if (r && r->type == REDIS_REPLY_INTEGER) number = r->integer;
  if (r && r->type == REDIS_REPLY_STRING) number = strtoll(r->str, NULL, 10);
  freeReplyObject(r);
  return number;
}

void probe_text(struct server *s, char *out, size_t size, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  redisReply *r = probe_v(s, format, ap);
  va_end(ap);
  bool text = r && r->str && (r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS ||
                              r->type == REDIS_REPLY_ERROR);
  snprintf(out, size, "%s", text ? r->str : "");
  freeReplyObject(r);
}

bool probe_info(struct server *s, char *info, size_t size) {
  redisReply *r = probe(s, "INFO");
  bool fine = r && (r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS);
  if (fine) snprintf(info, size, "%s", r->str);
  freeReplyObject(r);
  return fine;
}

static const char *info_find(const char *info, const char *field) {
  size_t length = strlen(field);
  for (const char *line = info; line && *line; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, field, length) == 0 && line[length] == ':') return line + length + 1;
  }
  return NULL;
}

int64_t info_number(const char *info, const char *field, int64_t none) {
  const char *value = info_find(info, field);
  return value ? strtoll(value, NULL, 10) : none;
}

void info_text(const char *info, const char *field, char *out, size_t size) {
  const char *value = info_find(info, field);
  size_t length = value ? strcspn(value, "\r\n") : 0;
  if (length >= size) length = size - 1;
  if (length) memcpy(out, value, length);
  out[length] = '\0';
}

static int online_count(const char *info) {
  int online = 0;
  for (const char *at = info; (at = strstr(at, ",state=online")) != NULL; at++) online++;
  return online;
}

static int64_t keys_count(const char *info) {
  int64_t keys = 0;
  for (const char *at = info; (at = strstr(at, ":keys=")) != NULL; at++) {
    keys += strtoll(at + 6, NULL, 10);
  }
  return keys;
}

/* "<n>:<nonce>:<node>:<run id>", the node may hold colons itself. */
static void epoch_read(struct server *s, struct look *look) {
  char text[256];
  probe_text(s, text, sizeof text, "HGET haredis:group epoch");
  look->epoch = strtoll(text, NULL, 10);
  char *node = strchr(text, ':');
  node = node ? strchr(node + 1, ':') : NULL;
  char *end = node ? strrchr(node, ':') : NULL;
  if (node == NULL || end <= node) return;
  *end = '\0';
  snprintf(look->epoch_node, sizeof look->epoch_node, "%s", node + 1);
}

bool probe_look(struct server *s, struct look *look) {
  char info[PROBE_INFO_MAX];
  char text[128];
  memset(look, 0, sizeof *look);
  if (!probe_info(s, info, sizeof info)) return false;
  look->up = true;
  info_text(info, "role", text, sizeof text);
  look->master = strcmp(text, "master") == 0;
  info_text(info, "master_link_status", text, sizeof text);
  look->link_up = strcmp(text, "up") == 0;
  look->follows_port = (int)info_number(info, "master_port", -1);
  look->sealed = look->follows_port == 0;
  look->read_only = info_number(info, "slave_read_only", 1) == 1;
  look->online = online_count(info);
  look->offset = info_number(info, look->master ? "master_repl_offset" : "slave_repl_offset", 0);
  look->partial_ok = info_number(info, "sync_partial_ok", 0);
  look->full = info_number(info, "sync_full", 0);
  look->keys = keys_count(info);
  info_text(info, "run_id", look->run_id, sizeof look->run_id);
  look->opcounter = probe_number(s, 0, "HGET haredis:group opcounter");
  epoch_read(s, look);
  return true;
}
