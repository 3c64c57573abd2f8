/* Clocks that drift. What a clock showed before its rate changed is told by its rate before. */
#include <assert.h>

#include "chance.h"

void clock_set(struct clock *clock, usec base) {
  *clock = (struct clock){0, base, 1};
}

usec clock_shows(const struct clock *clock, usec now) {
  assert(clock->rate > 0);
  if (clock->rate == 1) return clock->base + now - clock->from;
  return clock->base + (usec)((double)(now - clock->from) * clock->rate);
}

usec clock_when(const struct clock *clock, usec shows) {
  assert(clock->rate > 0);
  if (clock->rate == 1) return shows - clock->base + clock->from;
  usec at = clock->from + (usec)((double)(shows - clock->base) / clock->rate);
  while (clock_shows(clock, at) < shows) at++;
  return at;
}

void clock_run(struct clock *clock, usec now, double rate) {
  assert(rate > 0 && now >= clock->from);
  *clock = (struct clock){now, clock_shows(clock, now), rate};
}
