/*
 * Listeners of a fault case: what their client told them while it works, and the judgement over
 * what they heard against what was published. Nothing else decides whether a message was lost.
 */
#ifndef KIT_AUDIENCE_H
#define KIT_AUDIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "writers.h"

/* ---- while they run: reads the tail of an application's records ---- */

/* When an event of `kind` (enum haredis_event_kind) came after `after_us`; -1: none did. *port (may
 * be NULL): of the node it named. The last one. */
int64_t audience_event(const struct writer *w, int kind, int64_t after_us, int *port);
bool audience_await_event(const struct writer *w, int kind, int64_t after_us, int timeout_ms);
/* A message that was published after `after_us` has come to every handle. */
bool audience_await_message(const struct writer *w, int handles, int64_t after_us, int timeout_ms);
bool audience_await_round(const struct writer *w, uint64_t round, int timeout_ms);

/* ---- afterwards, on loaded records ---- */

struct heard {
  int64_t messages;
  int64_t lost;        /* not heard between the first and the last one that was published */
  int64_t lost_untold; /* of these: no gap that was told covers them */
  int64_t lost_late;   /* of these: acknowledged, and given to the library after `after_us` */
  int64_t duplicated;
  int64_t disordered;
  int64_t wrong;       /* at a handle that did not ask for it */
  int64_t ghosts;      /* heard although the publisher was told that it did not run */
  int64_t gaps;        /* told after `after_us` */
  int64_t gap_us;      /* the longest of these */
};

/* Of the handles 0 .. handles-1 of one listener. */
struct heard audience_judge(const struct writer *listener, int handles,
                            const struct writer *publisher, int64_t after_us);
/* When handle 0 first heard something that the servers took after `after_us`; -1: never. */
int64_t audience_first_after(const struct writer *listener, const struct writer *publisher,
                             int64_t after_us);
/* The longest time in which handle 0 heard nothing, inside from..to. */
int64_t audience_longest_pause(const struct writer *listener, int64_t from_us, int64_t to_us);
/* When the first event of `kind` after `after_us` came to any of them; -1: never. */
int64_t audience_first_event(const struct crowd *c, int kind, int64_t after_us);

#endif
