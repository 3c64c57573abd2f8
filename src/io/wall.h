/*
 * The wall clock, for log lines only. Nothing may be decided by it.
 */
#ifndef HR_IO_WALL_H
#define HR_IO_WALL_H

#include <stdint.h>

#define HR_WALL_TEXT_MAX 16

int64_t hr_wall_ms(void); /* since 1970, UTC */

/* "19:28:00", local time. */
void hr_wall_text(int64_t wall_ms, char out[HR_WALL_TEXT_MAX]);

#endif
