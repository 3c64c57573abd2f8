/* Time lines: density characters on a scale of each application's own best. */
#include "picture.h"

#include <haredis/haredis.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { LABEL = 9, WIDTH_MAX = 110 };

static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const plain[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};

static int picture_width(void) {
  int width = text_columns() - LABEL - 2;
  return width > WIDTH_MAX ? WIDTH_MAX : width < 40 ? 40 : width;
}

int scale_column(const struct scale *s, int64_t at_us) {
  if (at_us < s->from_us) return -1;
  int64_t column = (at_us - s->from_us) / s->step_us;
  return column < s->width ? (int)column : s->width;
}

int64_t scale_count(const struct scale *s, const struct writer *w, int64_t *cells) {
  int64_t most = 1;
  memset(cells, 0, (size_t)s->width * sizeof *cells);
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (r->kind != RECORD_WRITE || r->code != RECORD_ACKED) continue;
    int column = scale_column(s, r->at_us);
    if (column < 0 || column >= s->width) continue;
    if (++cells[column] > most) most = cells[column];
  }
  return most;
}

void scale_masters(const struct scale *s, const struct group *g, const struct writer *w,
                   char *line) {
  char now = '-';
  int done = 0;
  for (size_t i = 0; i <= w->count; i++) {
    const struct record *r = &w->records[i < w->count ? i : 0];
    if (i < w->count && r->kind != RECORD_EVENT) continue;
    int until = i < w->count ? scale_column(s, r->at_us) : s->width;
    while (done < until) line[done++] = now;
    if (i == w->count) break;
    int server = group_by_port(g, (int)r->id);
    if (r->code == HAREDIS_EVENT_PAUSED) now = '-';
    if ((r->code == HAREDIS_EVENT_MASTER_CHANGED || r->code == HAREDIS_EVENT_READY) &&
        server >= 0) {
      now = (char)('a' + server);
    }
  }
  line[s->width] = '\0';
}

static void line_draw(const struct writer *w, const struct scale *s) {
  const char *const *shades = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? blocks : plain;
  int64_t cells[WIDTH_MAX];
  int64_t most = scale_count(s, w, cells);
  printf("  app %-2d ", w->id);
  for (int i = 0; i < s->width; i++) {
    fputs(shades[cells[i] == 0 ? 0 : 1 + cells[i] * 7 / most], stdout);
  }
  printf("\n");
}

static void masters_draw(const struct group *g, const struct writer *w, const struct scale *s) {
  char line[WIDTH_MAX + 1];
  scale_masters(s, g, w, line);
  printf("  master %s\n", line);
}

static void marks_draw(const struct scale *s, const int64_t *marks, int count) {
  char line[WIDTH_MAX + 1];
  memset(line, ' ', (size_t)s->width);
  line[s->width] = '\0';
  for (int i = 0; i < count; i++) {
    int column = scale_column(s, marks[i]);
    if (column >= 0 && column < s->width) line[column] = count > 1 ? (char)('1' + i) : '^';
  }
  printf("         %s\n", line);
}

void picture_draw(const struct group *g, const struct crowd *c, int64_t at_us, int64_t gap_us) {
  struct scale s = {.width = picture_width(), .step_us = 10000};
  while (gap_us > s.step_us * s.width * 3 / 4) s.step_us *= 2;
  s.from_us = at_us - s.step_us * (s.width / 8);
  for (int i = 0; i < c->count; i++) line_draw(&c->writers[i], &s);
  masters_draw(g, &c->writers[0], &s);
  marks_draw(&s, &at_us, 1);
  if (s.step_us != 10000) printf("         (%d ms per character)\n", (int)(s.step_us / 1000));
}

bool picture_span(const struct crowd *c, int64_t *first, int64_t *last) {
  *first = INT64_MAX;
  *last = 0;
  for (int i = 0; i < c->count; i++) {
    const struct writer *w = &c->writers[i];
    if (w->count == 0) continue;
    if (w->records[0].at_us < *first) *first = w->records[0].at_us;
    if (w->records[w->count - 1].at_us > *last) *last = w->records[w->count - 1].at_us;
  }
  return *last > *first;
}

void picture_overview(const struct group *g, const struct crowd *c, const int64_t *marks,
                      int count) {
  int64_t first, last;
  if (!picture_span(c, &first, &last)) return;
  struct scale s = {.from_us = first, .width = picture_width()};
  s.step_us = (last - first) / s.width + 1;
  printf("the whole story, %d ms per character\n", (int)(s.step_us / 1000));
  for (int i = 0; i < c->count; i++) line_draw(&c->writers[i], &s);
  if (g != NULL) masters_draw(g, &c->writers[0], &s);
  marks_draw(&s, marks, count);
}
