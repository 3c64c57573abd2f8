/*
 * Streams: what one server says unasked (MONITOR, keyspace events), each on a link of its own.
 *
 *   open ──▶ dial ──▶ ask ──answered──▶ in force ──▶ items
 *             ▲        │ refused            │ the link broke, another master
 *             └────────┴───── backoff ──────┘
 *
 * What was heard last says nothing of what was missed: a server keeps what a slow reader has not
 * taken for seconds, and throws it away with the link. But the answer to a PING comes behind all
 * that was said before: what is missing was said after the last PING that was answered had been
 * sent.
 *
 * A stream that names no node follows the master. A closed one keeps its memory until nobody up the
 * stack can still look at it.
 */
#ifndef HR_CLIENT_STREAM_H
#define HR_CLIENT_STREAM_H

#include "client/client.h"

struct haredis_stream {
  struct haredis_stream *next;
  haredis_client *client;
  haredis_stream_fn *fn;
  void *data;
  struct hr_link *link; /* NULL: there is no master yet, or closed */
  int node;             /* where the link leads, -1: nowhere */
  bool follows;         /* the master, wherever it goes */
  bool closed;
  bool in_force;
  bool refused;         /* the node said no */
  bool complained;      /* of this node: once is enough */
  uint32_t dials;       /* failed in a row */
  int64_t proven_ms;    /* wall: what was said until then has come */
  int64_t pinged_ms;    /* wall: the first of the PINGs that are not answered */
  int pongs_due;        /* how many those are */
  int64_t sure_ms;      /* wall: until then nobody else can have been the master */
  int64_t gap_ms;       /* wall: since when events may be missing, 0: none are */
  struct hr_timer redial;
  char pattern[];       /* "": MONITOR */
};

void hr_stream_topology(haredis_client *c);         /* the master may be another one */
void hr_stream_break(haredis_client *c, int node);  /* the control plane says so */
void hr_stream_beat(haredis_client *c);             /* PINGs on silent links */
void hr_stream_end(haredis_client *c);              /* the client ends: all of them do */
void hr_stream_reap(haredis_client *c);             /* depth is 0: the memory of closed ones goes */

#endif
