/*
 * The time lines as an SVG: one event at a millisecond per column, then the whole story. Drawn from
 * the records of a run and nothing else. Colours that can be read on white and on black.
 */
#include "svg.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

enum {
  WIDTH = 880, LEFT = 76, RIGHT = 20, ROW = 38, BAND = 16, PANEL_GAP = 76, TOP = 46,
  CLOSE_COLUMNS = 80, CLOSE_BEFORE = 20, CLOSE_STEP_US = 1000, WHOLE_COLUMNS = 196,
};

static const char *const master_colours[] = {"#2f7ed8", "#e08a1e", "#2e9e5b"};

static double x_of(const struct scale *s, double column) {
  return LEFT + column * (WIDTH - LEFT - RIGHT) / s->width;
}

static double x_at(const struct scale *s, int64_t at_us) {
  return x_of(s, (double)(at_us - s->from_us) / (double)s->step_us);
}

static void text_at(FILE *f, double x, double y, const char *class, const char *text) {
  fprintf(f, "<text x='%.1f' y='%.1f' class='%s'>%s</text>\n", x, y, class, text);
}

/* One application: a step per column, as high as it got writes acknowledged. */
static void writes_draw(FILE *f, const struct scale *s, const struct writer *w, double y) {
  int64_t cells[WHOLE_COLUMNS];
  int64_t most = scale_count(s, w, cells);
  char name[16];
  snprintf(name, sizeof name, "app %d", w->id);
  text_at(f, LEFT - 8, y + ROW - 12, "side", name);
  fprintf(f, "<path class='writes' d='M%d %.1f", LEFT, y + ROW - 6);
  for (int i = 0; i < s->width; i++) {
    double high = (ROW - 10) * (double)cells[i] / (double)most;
    fprintf(f, "V%.1fH%.1f", y + ROW - 6 - high, x_of(s, i + 1));
  }
  fprintf(f, "V%.1fZ'/>\n", y + ROW - 6);
}

static void band_draw(FILE *f, const struct scale *s, char master, int from, int until, double y) {
  double x = x_of(s, from), width = x_of(s, until) - x;
  bool known = master >= 'a' && master <= 'c';
  fprintf(f, "<rect x='%.1f' y='%.1f' width='%.1f' height='%d' fill='%s'/>\n", x, y, width, BAND,
          known ? master_colours[master - 'a'] : "#c0392b");
  if (!known || width < 14) return;
  fprintf(f, "<text x='%.1f' y='%.1f' class='band'>%c</text>\n", x + width / 2, y + BAND - 4,
          master);
}

static void masters_draw(FILE *f, const struct scale *s, const struct group *g,
                         const struct writer *w, double y) {
  char line[WHOLE_COLUMNS + 1];
  int from = 0;
  scale_masters(s, g, w, line);
  text_at(f, LEFT - 8, y + BAND - 4, "side", "master");
  for (int i = 1; i <= s->width; i++) {
    if (i < s->width && line[i] == line[from]) continue;
    band_draw(f, s, line[from], from, i, y);
    from = i;
  }
}

static double panel_draw(FILE *f, const struct scale *s, const struct group *g,
                         const struct crowd *c, double y) {
  for (int i = 0; i < c->count; i++, y += ROW) writes_draw(f, s, &c->writers[i], y);
  masters_draw(f, s, g, &c->writers[0], y);
  return y + BAND;
}

static void mark_draw(FILE *f, const struct scale *s, int64_t at_us, double top, double bottom,
                      const char *label) {
  double x = x_at(s, at_us);
  fprintf(f, "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' class='mark'/>\n", x, top, x, bottom);
  text_at(f, x, bottom + 14, "under", label);
}

static void close_up(FILE *f, const struct group *g, const struct crowd *c,
                     const struct svg_event *e) {
  struct scale s = {.from_us = e->at_us - CLOSE_BEFORE * CLOSE_STEP_US,
                    .step_us = CLOSE_STEP_US, .width = CLOSE_COLUMNS};
  char title[200], gap[16], label[32];
  snprintf(title, sizeof title, "%s: all three write again after %s ms (a column is 1 ms)",
           e->what, text_ms(gap, sizeof gap, e->gap_us));
  text_at(f, LEFT, TOP - 14, "title", title);
  double bottom = panel_draw(f, &s, g, c, TOP);
  mark_draw(f, &s, e->at_us, TOP, bottom, "0");
  if (e->gap_us <= 0 || e->gap_us >= (CLOSE_COLUMNS - CLOSE_BEFORE) * CLOSE_STEP_US) return;
  snprintf(label, sizeof label, "%s ms", text_ms(gap, sizeof gap, e->gap_us));
  mark_draw(f, &s, e->at_us + e->gap_us, TOP, bottom, label);
}

static void whole_story(FILE *f, const struct group *g, const struct crowd *c,
                        const struct svg_event *events, int count, double y) {
  struct scale s = {.width = WHOLE_COLUMNS};
  int64_t last;
  char title[120], number[12];
  if (!picture_span(c, &s.from_us, &last)) return;
  s.step_us = (last - s.from_us) / s.width + 1;
  snprintf(title, sizeof title, "the whole story, %d s", (int)((last - s.from_us) / 1000000));
  text_at(f, LEFT, y - 14, "title", title);
  double bottom = panel_draw(f, &s, g, c, y);
  for (int i = 0; i < count; i++) {
    snprintf(number, sizeof number, "%d", i + 1);
    mark_draw(f, &s, events[i].at_us, y, bottom, number);
    text_at(f, LEFT + (i % 3) * 260, bottom + 34 + i / 3 * 16, "legend", events[i].what);
  }
}

bool svg_draw(const char *path, const struct group *g, const struct crowd *c,
              const struct svg_event *events, int count, int close) {
  FILE *f = fopen(path, "w");
  if (f == NULL) return false;
  double panel = (double)c->count * ROW + BAND;
  double second = TOP + panel + PANEL_GAP;
  fprintf(f,
          "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %.0f' "
          "font-family='sans-serif'>\n"
          "<style>text{fill:#777;font-size:12px}.title{font-size:14px;font-weight:bold}"
          ".side{text-anchor:end}.under{text-anchor:middle}"
          ".band{text-anchor:middle;fill:#fff;font-weight:bold}"
          ".writes{fill:#8899aa}.mark{stroke:#c0392b;stroke-dasharray:3 2}</style>\n",
          WIDTH, second + panel + 34 + (count + 2) / 3 * 16);
  close_up(f, g, c, &events[close]);
  whole_story(f, g, c, events, count, second);
  fputs("</svg>\n", f);
  bool whole = ferror(f) == 0;
  return fclose(f) == 0 && whole;
}
