/* Progress, tables, medians. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool drawn;

bool text_is_terminal(void) {
  const char *term = getenv("TERM");
  return isatty(STDOUT_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

int text_columns(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

void text_progress_end(void) {
  if (drawn) printf("\r\033[K");
  fflush(stdout);
  drawn = false;
}

void text_progress(const char *format, ...) {
  char line[512];
  va_list ap;
  va_start(ap, format);
  vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  if (!text_is_terminal()) {
    printf("%s\n", line);
    return;
  }
  printf("\r\033[K%.*s", text_columns() - 1, line);
  fflush(stdout);
  drawn = true;
}

void text_line(const char *format, ...) {
  va_list ap;
  text_progress_end();
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a;
  int64_t y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

struct spread text_spread(int64_t *values, size_t count) {
  if (count == 0) return (struct spread){0, 0, 0};
  qsort(values, count, sizeof *values, compare);
  int64_t middle = values[count / 2];
  if (count % 2 == 0) middle = (values[count / 2 - 1] + middle) / 2;
  return (struct spread){middle, values[0], values[count - 1]};
}

const char *text_ms(char *out, size_t size, int64_t us) {
  if (us < 0) {
    snprintf(out, size, "-");
  } else if (us < 100000) {
    snprintf(out, size, "%.1f", (double)us / 1000);
  } else {
    snprintf(out, size, "%.0f", (double)us / 1000);
  }
  return out;
}

void table_row(struct table *t, const char *format, ...) {
  char line[1024];
  va_list ap;
  if (t->rows == TABLE_ROWS) return;
  va_start(ap, format);
  vsnprintf(line, sizeof line, format, ap);
  va_end(ap);
  const char *at = line;
  int column = 0;
  for (; at && column < TABLE_COLUMNS; column++) {
    if (t->rows == 0 && *at == '<') t->left[column] = at++ != NULL;
    const char *bar = strchr(at, '|');
    int length = bar ? (int)(bar - at) : (int)strlen(at);
    snprintf(t->cell[t->rows][column], TABLE_CELL, "%.*s", length, at);
    at = bar ? bar + 1 : NULL;
  }
  if (column > t->columns) t->columns = column;
  t->rows++;
}

void table_print(const struct table *t) {
  int width[TABLE_COLUMNS] = {0};
  int total = 0;
  for (int c = 0; c < t->columns; c++) {
    for (int r = 0; r < t->rows; r++) {
      int length = (int)strlen(t->cell[r][c]);
      if (length > width[c]) width[c] = length;
    }
    total += width[c] + (c ? 2 : 0);
  }
  for (int r = 0; r < t->rows; r++) {
    for (int c = 0; c < t->columns; c++) {
      bool last = c == t->columns - 1;
      int w = t->left[c] ? (last ? 0 : -width[c]) : width[c];
      printf("%s%*s", c ? "  " : "", w, t->cell[r][c]);
    }
    printf("\n");
    if (r == 0) {
      for (int i = 0; i < total; i++) putchar('-');
      printf("\n");
    }
  }
}
