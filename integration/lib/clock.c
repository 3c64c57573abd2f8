/* The shared clock; sleeping is where an interrupted program notices that it should end. */
#include "clock.h"

#include <errno.h>
#include <time.h>

#include "child.h"

int64_t kit_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void kit_sleep_until_us(int64_t at_us) {
  struct timespec t = {at_us / 1000000, (at_us % 1000000) * 1000};
  do {
    kit_check_interrupt();
  } while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR);
  kit_check_interrupt();
}

void kit_sleep_ms(int64_t ms) {
  kit_sleep_until_us(kit_now_us() + ms * 1000);
}
