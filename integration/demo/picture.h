/* The picture in text: what each application got acknowledged, and who was master meanwhile. */
#ifndef DEMO_PICTURE_H
#define DEMO_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "group.h"
#include "writers.h"

/* What is drawn: `width` columns of `step_us` each, from `from_us`. */
struct scale {
  int64_t from_us;
  int64_t step_us;
  int width;
};

int scale_column(const struct scale *s, int64_t at_us); /* -1: before; width: behind */
/* The writes that were acknowledged in each column; the most of one, at least 1. */
int64_t scale_count(const struct scale *s, const struct writer *w, int64_t *cells);
/* Whom this application took for the master in each column: a letter, or '-'; terminated. */
void scale_masters(const struct scale *s, const struct group *g, const struct writer *w,
                   char *line);
bool picture_span(const struct crowd *c, int64_t *first, int64_t *last); /* of all; false: empty */

/*
 * Draw the applications' writes around `at_us`, one character per 10 ms (more when the gap is
 * wide), with `gap_us` marked. The letters of the last line are the servers of the group.
 */
void picture_draw(const struct group *g, const struct crowd *c, int64_t at_us, int64_t gap_us);

/* The whole story in one line per application: `marks` are the moments of the events. Without a
 * group there is no line of masters. */
void picture_overview(const struct group *g, const struct crowd *c, const int64_t *marks,
                      int count);

#endif
