/*
 * See own_loop.h. Signals and child processes stay with the process' default loop, if it has one.
 */
#include "io/own_loop.h"

#include <ev.h>

struct ev_loop *hr_own_loop_new(void) {
  return ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
}

void hr_own_loop_free(struct ev_loop *ev) {
  ev_loop_destroy(ev);
}

void hr_own_loop_turn(struct ev_loop *ev, bool wait) {
  ev_run(ev, wait ? EVRUN_ONCE : EVRUN_NOWAIT);
}
