/*
 * The log: a level, a hook, and the ready made writer in the form of the trace.
 *
 *     [19:28:00](#1) info: ready, using 127.0.0.1:6381 as master
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/client.h"
#include "io/wall.h"

void haredis_log_stderr(const struct haredis_log_record *record, void *user) {
  static const char *const names[] = {"", "", "error", "warning", "info", "debug"};
  (void)user;
  if (record->level <= HAREDIS_LOG_NONE || record->level > HAREDIS_LOG_DEBUG) {
    return;
  }
  char clock[HR_WALL_TEXT_MAX];
  hr_wall_text(record->wall_ms, clock);
  fprintf(stderr, "[%s](#%d) %s: %s\n", clock, record->client, names[record->level], record->text);
}

void hr_log_text(haredis_client *c, int level, const char *text) {
  if (level > c->log_level) {
    return;
  }
  struct haredis_log_record record = {sizeof(record), level, c->number, hr_wall_ms(), text};
  c->options.on_log(&record, c->options.user);
}

void hr_log(haredis_client *c, int level, const char *format, ...) {
  if (level > c->log_level) {
    return;
  }
  char text[512];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  hr_log_text(c, level, text);
}
