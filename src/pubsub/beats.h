/*
 * What heartbeats tell about a node's stream. They are published through the master, so each one
 * stands at one place of the stream: whoever hears one and has not heard an earlier one was not
 * told something in between (a full synchronisation skips what lay there).
 *
 *   the master's own link    b1 ── b2 ── b3 ── b4
 *   the source               b1 ──────── b3          b2 is missing: so may be messages
 *
 * The last few are remembered. A synchronisation that skips no heartbeat, for what it skips lies
 * between two of them, is found by the next look at the node (HR_FEED_LOOK).
 * A link that is further behind than is remembered (its handlers are slow) says heartbeats that are
 * forgotten already: nobody knows any more when they were published. They are told apart from new
 * ones by those before which they stand, which the master's link has heard and this one has not.
 *
 * It must not know: links, subscriptions, what is done about it.
 */
#ifndef HR_PUBSUB_BEATS_H
#define HR_PUBSUB_BEATS_H

#include "base/types.h"

#define HR_BEATS_MAX 64 /* more than a link may be behind before it counts as silent */

struct hr_beat {
  uint64_t id;      /* 0: a free place */
  hr_msec first_ms; /* when any link may have heard it first */
  uint32_t heard;   /* the nodes it was heard on, a bit each */
  uint32_t order;   /* on the link of the master that it was published through, 0: not heard */
  int master;
  bool old;         /* of an earlier master */
};

struct hr_beats {
  struct hr_beat list[HR_BEATS_MAX];
  size_t next;
  uint32_t orders;
  uint32_t last[HR_NODES_MAX]; /* the highest order its link has heard, 0: none since it is up */
};

/* One of the present master's, that may have lain unread since then. Returns when it was heard
 * first; 0: nobody knows, it is an old one. */
hr_msec hr_beats_hear(struct hr_beats *beats, uint64_t id, int node, int master, hr_msec since);
/* The link of `node` is new: what it did not hear proves nothing. */
void hr_beats_forget(struct hr_beats *beats, int node);
/* Somebody begins to listen: what was said before is nothing that he could have missed. */
void hr_beats_begin(struct hr_beats *beats);
/* There is another master. */
void hr_beats_master(struct hr_beats *beats);
/* `node` has heard beats on both sides of one that it has not heard. Said once. */
bool hr_beats_missed(struct hr_beats *beats, int node);
/* `node` hears the present master: it has heard all it will ever hear of the one before. True: not
 * everything. What only that one's own subscribers have heard does not count: it may have been
 * demoted already, and fed nobody. */
bool hr_beats_missed_old(struct hr_beats *beats, int node);

#endif
