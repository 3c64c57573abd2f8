/* The picture for a page: a time line of one event, and of the whole story. */
#ifndef DEMO_SVG_H
#define DEMO_SVG_H

#include "picture.h"

struct svg_event {
  const char *what; /* for people: "1. kill -9 of the master a" */
  int64_t at_us;
  int64_t gap_us;   /* until all wrote again */
};

/* close: the event that is shown by the millisecond. At most three applications and servers. False:
 * the file could not be written, errno says why. */
bool svg_draw(const char *path, const struct group *g, const struct crowd *c,
              const struct svg_event *events, int count, int close);

#endif
