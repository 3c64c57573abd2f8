/* The picture in text: what each application got acknowledged, and who was master meanwhile. */
#ifndef DEMO_PICTURE_H
#define DEMO_PICTURE_H

#include <stdint.h>

#include "group.h"
#include "writers.h"

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
