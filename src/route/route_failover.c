/*
 * Failover mode: one master takes everything. A pure function of the topology and the need.
 *
 *     pause          read            write           durable (needs topology.durable too)
 *     none           master          master          master
 *     no master      wait            wait            wait
 *     no quorum      master          wait or fail    wait or fail
 *     ambiguous      wait            wait            wait
 *     auth           wait            wait            wait
 */
#include "route/route.h"

#include <assert.h>

static struct hr_plan hr_plan_wait(enum hr_route_code code) {
  assert(code != HR_ROUTE_OK);
  return (struct hr_plan){HR_PLAN_WAIT, -1, code};
}

/* A majority is missing for what this command needs. */
static struct hr_plan hr_plan_isolated(const struct hr_route_need *need) {
  assert(need->write || need->durable);
  enum hr_plan_kind kind = need->impatient ? HR_PLAN_FAIL : HR_PLAN_WAIT;
  return (struct hr_plan){kind, -1, HR_ROUTE_NO_QUORUM};
}

static struct hr_plan hr_plan_master(const struct hr_topology *topology,
                                     const struct hr_route_need *need) {
  assert(topology->pause == HR_PAUSE_NONE || topology->pause == HR_PAUSE_NO_QUORUM);
  if (topology->master < 0) {
    return hr_plan_wait(HR_ROUTE_NO_MASTER);
  }
  if (topology->pause == HR_PAUSE_NO_QUORUM && (need->write || need->durable)) {
    return hr_plan_isolated(need);
  }
  if (need->durable && !topology->durable) {
    return hr_plan_isolated(need);
  }
  return (struct hr_plan){HR_PLAN_SEND, topology->master, HR_ROUTE_OK};
}

struct hr_plan hr_route_failover(const struct hr_topology *topology,
                                 const struct hr_route_need *need) {
  assert(need != NULL);
  if (topology == NULL) {
    return hr_plan_wait(HR_ROUTE_NO_MASTER);
  }
  assert(topology->master < (int)topology->count);
  switch (topology->pause) {
    case HR_PAUSE_NONE:
    case HR_PAUSE_NO_QUORUM:
      return hr_plan_master(topology, need);
    case HR_PAUSE_AMBIGUOUS:
      return hr_plan_wait(HR_ROUTE_AMBIGUOUS);
    case HR_PAUSE_AUTH:
      return hr_plan_wait(HR_ROUTE_AUTH);
    case HR_PAUSE_NO_MASTER:
      break;
  }
  return hr_plan_wait(HR_ROUTE_NO_MASTER);
}
