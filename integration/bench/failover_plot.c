/*
 * The picture: every gap as a point on a logarithmic axis, one row per system and case, as a
 * program for gnuplot. Middle greys and colours of middle brightness on no background: it can be
 * read on white and on black.
 */
#include <stdlib.h>

#include "failover.h"
#include "text.h"

enum { ROW_PX = 15, EDGE_PX = 90, WIDTH_PX = 900 };

#define SHORTEST_MS 0.5

#define INK "#808890"

static const char *const colours[] = {"#2f8f4e", "#58b368", "#d9822b", "#c2601e",
                                      "#a0522d", "#b8860b", "#5b7fd1", "#9a6fc4"};

enum shape { CROSS = 2, RING = 6, DISC = 7 }; /* as gnuplot counts them */
enum part { LABELS, POINTS, MEDIANS, NEVERS };

/* Milliseconds, row, colour, shape. */
static void put_point(FILE *f, double ms, int y, const struct system *s, enum shape shape) {
  long colour = strtol(colours[s - systems] + 1, NULL, 16);
  fprintf(f, "%.3f %d %ld %d\n", ms < SHORTEST_MS ? SHORTEST_MS : ms, -y, colour, (int)shape);
}

/* What never ended stands at the time when the fault was taken back, or we gave up. */
static void put_row(FILE *f, const struct outcome *all, int count, const struct trial *t,
                    const struct system *s, int y, enum part part) {
  int64_t gaps[ROUNDS_MAX];
  size_t n = 0;
  for (int i = 0; i < count; i++) {
    const struct outcome *o = &all[i];
    if (o->trial != t || o->system != s || n == ROUNDS_MAX) continue;
    if (part == NEVERS && o->gap_us < 0) put_point(f, (double)o->never_ms, y, s, CROSS);
    if (part == POINTS && o->gap_us >= 0) {
      put_point(f, (double)o->gap_us / 1000, y, s, o->lost ? RING : DISC);
    }
    if (o->gap_us >= 0) gaps[n++] = o->gap_us;
  }
  if (part != MEDIANS || n == 0) return;
  put_point(f, (double)text_spread(gaps, n).median / 1000, y, s, CROSS);
}

static void put_label(FILE *f, const struct system *s, int y) {
  fprintf(f, "set label \"%s \" at graph 0, first %d right noenhanced tc rgb \"%s\"\n",
          s->label, -y, colours[s - systems]);
  fprintf(f, "set arrow from graph 0, first %d to graph 1, first %d nohead lw 0.4 lc rgb \"%s\" "
             "dt 3\n", -y, -y, INK);
}

/* Over all rows, from the top. Returns how many there are, with those of the headings. */
static int walk(FILE *f, const struct outcome *all, int count, enum part part) {
  int y = 0;
  for (int t = 0; t < trials_count; t++) {
    int heading = y + (y > 0);
    int first = y;
    for (int s = 0; s < systems_count; s++) {
      bool there = false;
      for (int i = 0; i < count; i++) {
        there |= all[i].trial == &trials[t] && all[i].system == &systems[s];
      }
      if (!there) continue;
      y = y == first ? heading + 2 : y + 1;
      if (part == LABELS) put_label(f, &systems[s], y - 1);
      else put_row(f, all, count, &trials[t], &systems[s], y - 1, part);
    }
    if (part != LABELS || y == first) continue;
    fprintf(f, "set label \"%s\" at screen 0.01, first %.1f left noenhanced tc rgb \"%s\" "
               "font \",13\"\n", trials[t].label, 0.3 - heading, INK);
  }
  return y;
}

static void put_block(FILE *f, const char *name, const struct outcome *all, int count,
                      enum part part) {
  fprintf(f, "$%s << END\n", name);
  walk(f, all, count, part);
  fprintf(f, "1e9 1 0 2\nEND\n"); /* outside of the picture: a block must not be empty */
}

void report_plot(FILE *f, const char *svg, const struct outcome *all, int count) {
  put_block(f, "points", all, count, POINTS);
  put_block(f, "medians", all, count, MEDIANS);
  put_block(f, "nevers", all, count, NEVERS);
  int rows = walk(f, all, count, LABELS);
  fprintf(f, "set terminal svg size %d,%d dynamic font \"sans-serif,12\"\n", WIDTH_PX,
          rows * ROW_PX + EDGE_PX);
  fprintf(f, "set output \"%s\"\nset encoding utf8\n", svg);
  fprintf(f, "set border 1 lc rgb \"%s\"\nset key off\nunset ytics\n", INK);
  fprintf(f, "set logscale x\nset xrange [%g:60000]\nset yrange [%d:1]\n", SHORTEST_MS, -rows);
  fprintf(f, "set lmargin 36\nset rmargin 3\nset tmargin 1\nset bmargin 4\n");
  fprintf(f, "set xtics (\"1 ms\" 1, \"10 ms\" 10, \"100 ms\" 100, \"1 s\" 1000, \"10 s\" 10000) "
             "nomirror tc rgb \"%s\"\nset grid xtics lc rgb \"%s\" lw 0.4 dt 3\n", INK, INK);
  fprintf(f, "set xlabel \"gap: ● nothing lost, ○ acknowledged writes lost, stroke median, × "
             "never\" tc rgb \"%s\"\n", INK);
  fprintf(f, "plot $points using 1:2:4:3 with points pt variable ps 0.6 lc rgb variable, \\\n"
             "  $medians using 1:($2-0.45):(0):(0.9):3 with vectors nohead lw 1.6 lc rgb variable, "
             "\\\n"
             "  $nevers using 1:2:3 with points pt 2 ps 0.8 lw 1.6 lc rgb variable\n");
}
