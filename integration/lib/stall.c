/* The child that sleeps, and the page that it shares with us. */
#include "stall.h"

#include <stdatomic.h>
#include <time.h>

#include "child.h"
#include "clock.h"

enum { NAP_US = 10000 };

static _Atomic int64_t *longest;

static void nap(void *data) {
  _Atomic int64_t *most = data;
  for (;;) {
    int64_t before = kit_now_us();
    struct timespec t = {0, NAP_US * 1000};
    nanosleep(&t, NULL);
    int64_t late = kit_now_us() - before - NAP_US;
    if (late > atomic_load(most)) atomic_store(most, late);
  }
}

void stall_begin(void) {
  if (longest == NULL) {
    longest = kit_share(sizeof *longest);
    kit_fork(nap, longest);
  }
  atomic_store(longest, 0);
}

int64_t stall_longest_us(void) {
  return longest ? atomic_load(longest) : 0;
}
