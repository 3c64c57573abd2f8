/*
 * Time for the integration programs: one monotonic clock that all processes of a machine share, so
 * that an application's records and the orchestrator's deeds can be compared to the microsecond.
 */
#ifndef KIT_CLOCK_H
#define KIT_CLOCK_H

#include <stdint.h>

/* Microseconds on CLOCK_MONOTONIC. */
int64_t kit_now_us(void);

/* Sleep; ends the program (cleaning up) when it was interrupted meanwhile. */
void kit_sleep_ms(int64_t ms);

/* Sleep until kit_now_us() reaches `at_us`. */
void kit_sleep_until_us(int64_t at_us);

#endif
