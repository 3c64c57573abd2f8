/*
 * What a client counts. One place adds, at a cost of a few instructions; haredis_metrics_take() in
 * metrics.c makes a picture of it.
 *
 *   submit, pump ──▶ link ──▶ io/link.h's meter, one per node: what was sent, answered, lost
 *   hr_finish ──▶ codes, latency       control ──▶ pauses, masters, takeovers
 */
#ifndef HR_CLIENT_METRICS_H
#define HR_CLIENT_METRICS_H

#include <haredis/haredis.h>

#include "base/histogram.h"
#include "core/topology.h"
#include "io/link.h"

#define HR_ERROR_ONE(name, text) +1
enum { HR_ERROR_COUNT = 0 HAREDIS_ERRORS(HR_ERROR_ONE) };
#undef HR_ERROR_ONE

struct hr_node_metrics {
  struct hr_link_meter links;
  uint64_t downs;
};

struct hr_metrics {
  uint64_t finished[HR_ERROR_COUNT]; /* by code */
  struct hr_histogram latency;       /* from call to reply */
  uint64_t sent_again;
  uint64_t proven;                   /* writes that a majority has */
  uint64_t transactions;
  uint64_t messages, gaps;
  uint64_t failovers, switchovers;   /* seen, whoever made them */
  uint64_t takeovers_begun, takeovers_won;
  size_t queued_max;
  struct hr_epoch epoch;             /* of the last master; n 0: there was none yet */
  hr_msec unwritable_ms;             /* since when no write can go, -1: they can */
  hr_msec pauses_ms, longest_ms;     /* of those that are over */
  uint64_t pauses;
  struct hr_node_metrics *nodes;     /* one for each */
};

int hr_metrics_make(haredis_client *c); /* HAREDIS_OK or HAREDIS_ERR_MEMORY */
void hr_metrics_free(haredis_client *c);
void hr_metrics_took(haredis_client *c, int64_t us); /* from call to reply */
/* The topology, and the plans made of it, have changed. */
void hr_metrics_topology(haredis_client *c);
void hr_metrics_tell(haredis_client *c, int kind, int node);
/* A PING of hr_loop_now_us() was answered: how long that took, at least 1. */
uint32_t hr_metrics_round_trip(haredis_client *c, int node, int64_t asked_us);
/* Something was put into a queue. */
void hr_metrics_queued(haredis_client *c);

#endif
