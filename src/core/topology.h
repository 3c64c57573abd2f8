/*
 * What the control plane tells the data plane: one value, never changed after it was published,
 * whose version only grows. Nothing else crosses from core to route.
 */
#ifndef HR_CORE_TOPOLOGY_H
#define HR_CORE_TOPOLOGY_H

#include "base/types.h"

enum hr_role { HR_ROLE_UNKNOWN, HR_ROLE_MASTER, HR_ROLE_REPLICA, HR_ROLE_SEALED, HR_ROLE_STRAY };

/* Why commands cannot flow now. */
enum hr_pause {
  HR_PAUSE_NONE,
  HR_PAUSE_NO_MASTER,
  HR_PAUSE_NO_QUORUM, /* cut off from the majority: reads may go on, writes may not */
  HR_PAUSE_AMBIGUOUS, /* a person must pick */
  HR_PAUSE_AUTH       /* no majority without the nodes that refuse us */
};

struct hr_node_state {
  enum hr_role role;
  bool up;
  const char *why;       /* it is not up: static text; NULL: it is, or nobody knows yet */
  bool link_up;          /* a replica's own view of its link to its master */
  int follows;           /* index, -1: nobody or a stranger */
  struct hr_epoch epoch; /* of its data */
  uint64_t opcounter;
  int64_t offset;
  int64_t lag;           /* bytes behind the master, -1 unknown */
  int64_t keys;
  hr_msec seen_ms;       /* when all this was true; -1 never */
  bool readable;         /* a replica that is linked to the master, not syncing, not loading, not
                            sealed, and not further behind than max_lag when it was last seen.
                            Without a master: it was, and has not said otherwise since */
};

struct hr_topology {
  uint64_t version;      /* grows with every publication */
  int master;            /* index of the elected and verified master, -1: none */
  struct hr_epoch epoch; /* of that master */
  char run_id[HR_RUN_ID_MAX]; /* of that master; lineage in its data must name it */
  enum hr_pause pause;
  bool durable;          /* quorum durability can be promised now (same list, no stranger, files) */
  int durable_acks;      /* how many replicas WAIT must count */
  bool planned;          /* this master took over from a living one that had given it everything,
                            and that one is who this client knew before: nothing was lost between */
  int sub_node;          /* the node whose pub/sub link subscriptions belong on, -1 none */
  size_t count;
  struct hr_node_state nodes[HR_NODES_MAX]; /* first `count` are valid */
};

#endif
