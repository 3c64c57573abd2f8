/*
 * Reads that may leave the master. A pure function of the topology, of what the master's plan is,
 * and of the links to the replicas.
 *
 *   The topology says who is readable: a replica that the master feeds and that is not sealed, not
 *   syncing, not loading, not too far behind; without a master, who was that to the end.
 *
 *   read from          some readable one's      readable ones, but      nobody is readable
 *                      link is ready            no link is ready yet
 *   master             as the master's plan     as the master's plan    as the master's plan
 *   replica            least busy replica       wait (NO_REPLICA)       wait (NO_REPLICA)
 *   prefer replica     least busy replica       as the master's plan    as the master's plan
 *   nearest            lowest latency of them   as the master's plan    as the master's plan
 *                      and the master
 *
 *   Whatever is asked for waits while the group is ambiguous (a person must pick) or so many
 *   nodes refuse us that the others are no majority. A latency that was not measured yet is higher
 *   than any other; among equals the master comes first for `nearest`, otherwise they take turns.
 */
#include "route/route.h"

#include <assert.h>

/* Who comes first: by what it has to answer already, or by its latency. */
static uint64_t hr_reads_cost(const struct hr_route_link *link, bool nearest) {
  assert(link != NULL);
  if (!nearest) {
    return link->waiting;
  }
  return link->rtt_us != 0 ? link->rtt_us : UINT32_MAX;
}

/* The best of the readable nodes with a link, -1: none. */
static int hr_reads_best(const struct hr_topology *topology, const struct hr_route_link *links,
                         bool nearest, size_t turn) {
  assert(topology->count <= HR_NODES_MAX);
  int best = -1;
  uint64_t least = 0;
  size_t at = topology->count > 0 ? turn % topology->count : 0;
  for (size_t i = 0; i < topology->count; i++, at = at + 1 < topology->count ? at + 1 : 0) {
    if (!topology->nodes[at].readable || !links[at].ready) {
      continue;
    }
    uint64_t cost = hr_reads_cost(&links[at], nearest);
    if (best < 0 || cost < least) {
      best = (int)at;
      least = cost;
    }
  }
  return best;
}

static bool hr_reads_stand_still(const struct hr_topology *topology) {
  assert(topology != NULL);
  return topology->pause == HR_PAUSE_AMBIGUOUS || topology->pause == HR_PAUSE_AUTH;
}

struct hr_plan hr_route_reads(const struct hr_topology *topology, const struct hr_plan *master,
                              enum hr_read_from from, const struct hr_route_link *links,
                              size_t turn) {
  assert(master != NULL && links != NULL);
  if (from == HR_READ_MASTER || (topology != NULL && hr_reads_stand_still(topology))) {
    return *master;
  }
  bool nearest = from == HR_READ_NEAREST;
  int best = topology != NULL ? hr_reads_best(topology, links, nearest, turn) : -1;
  if (best < 0) {
    bool alone = from == HR_READ_REPLICA;
    return alone ? (struct hr_plan){HR_PLAN_WAIT, -1, HR_ROUTE_NO_REPLICA} : *master;
  }
  if (nearest && master->kind == HR_PLAN_SEND &&
      hr_reads_cost(&links[master->node], true) <= hr_reads_cost(&links[best], true)) {
    return *master;
  }
  return (struct hr_plan){HR_PLAN_SEND, best, HR_ROUTE_OK};
}
