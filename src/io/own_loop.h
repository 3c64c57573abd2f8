/*
 * The private loop of a blocking client: made, turned until something happened, thrown away.
 */
#ifndef HR_IO_OWN_LOOP_H
#define HR_IO_OWN_LOOP_H

#include <stdbool.h>

struct ev_loop;

struct ev_loop *hr_own_loop_new(void); /* NULL: out of memory or of descriptors */
void hr_own_loop_free(struct ev_loop *ev);

/* One turn. wait: sleep until something happens; else only what is ready. */
void hr_own_loop_turn(struct ev_loop *ev, bool wait);

#endif
