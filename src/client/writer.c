/* See writer.h. */
#include "client/writer.h"

#include <stdarg.h>
#include <stdio.h>

void hr_write(struct hr_writer *w, const char *format, ...) {
  size_t used = w->len < w->size ? w->len : w->size;
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(w->size > used ? w->out + used : NULL, w->size - used, format, ap);
  va_end(ap);
  w->len += n > 0 ? (size_t)n : 0;
}

void hr_write_json_string(struct hr_writer *w, const char *text) {
  if (text == NULL) {
    hr_write(w, "null");
    return;
  }
  hr_write(w, "\"");
  for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\') {
      hr_write(w, "\\%c", *p);
    } else if (*p < 0x20 || *p >= 0x7f) {
      hr_write(w, "\\u%04x", *p);
    } else {
      hr_write(w, "%c", *p);
    }
  }
  hr_write(w, "\"");
}

const char *hr_role_word(int role) {
  static const char *const words[] = {"unknown", "master", "replica", "sealed", "stray"};
  return words[role >= HAREDIS_ROLE_UNKNOWN && role <= HAREDIS_ROLE_STRAY ? role : 0];
}
