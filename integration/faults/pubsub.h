/* What the pub/sub cases share: a publisher, listeners that live on replicas, and the judgement. */
#ifndef FAULTS_PUBSUB_H
#define FAULTS_PUBSUB_H

#include "audience.h"
#include "run.h"

struct audience_plan {
  int listeners;
  int handles;          /* of each: a channel, "load.*", "*.a" */
  bool sharded;         /* SPUBLISH, and one handle of its own kind */
  const char *rate;     /* "rate=5000" */
  const char *pad;      /* "pad=1500", NULL: none */
  const char *option;   /* "name=value" of every client, NULL: none */
  int netns;            /* where all of them run */
  int listeners_netns;  /* where listeners do; 0: there, too */
};

enum { PUBLISHER = 0, FIRST_LISTENER = 1 };

/* A group, a publisher and listeners: all hear, everything has settled, and nobody's subscriptions
 * live on the master. */
bool pubsub_begin(struct run *r, const struct group_plan *group, const struct audience_plan *plan);
/* The server that a listener's subscriptions live on by its own word, or -1. */
int pubsub_host(struct run *r, int listener);
/* After the deed every listener hears what is published now, or the run is broken. */
bool pubsub_recovered(struct run *r, const struct audience_plan *plan, int timeout_ms);
/* Listener i is told SUBSCRIBED after the deed, or the run is broken. */
bool pubsub_subscribed(struct run *r, int listener, int timeout_ms);

/* End everybody in order; then nothing may be duplicated, out of order, lost without a word. With
 * `planned` nothing may be lost, nobody may be told of a gap and no PUBLISH may fail. */
bool pubsub_judge(struct run *r, const struct audience_plan *plan, bool planned);
/* gap_us: from the first client that names the new master to the last listener's first message
 * through it; extra_us: the longest silence. */
void pubsub_measure(struct run *r);
/* The longest silence of listeners from..to after the deed, up to the last that was published. */
int64_t pubsub_pause(const struct run *r, int from, int to, int window_ms);

#endif
