/* See metrics.h. */
#include "client/metrics.h"

#include "client/client.h"
#include "client/pool.h"
#include "client/reads.h"

int hr_metrics_make(haredis_client *c) {
  c->metrics.nodes = hr_calloc(c->addresses.count, sizeof(*c->metrics.nodes));
  c->metrics.unwritable_ms = hr_loop_now(c->loop);
  c->metrics.pauses = 1;
  return c->metrics.nodes != NULL ? HAREDIS_OK : HAREDIS_ERR_MEMORY;
}

void hr_metrics_free(haredis_client *c) {
  for (size_t i = 0; c->metrics.nodes != NULL && i < c->addresses.count; i++) {
    hr_histogram_clear(&c->metrics.nodes[i].links.latency);
  }
  hr_free(c->metrics.nodes);
  hr_histogram_clear(&c->metrics.latency);
}

/* What is answered in the turn of its call may have been stamped later than that began. */
void hr_metrics_took(haredis_client *c, int64_t us) {
  us = us < 0 ? 0 : us;
  hr_histogram_add(&c->metrics.latency, us < UINT32_MAX ? (uint32_t)us : UINT32_MAX);
}

static void hr_metrics_writable(struct hr_metrics *metrics, bool writable, hr_msec now) {
  if (!writable && metrics->unwritable_ms < 0) {
    metrics->unwritable_ms = now;
    metrics->pauses++;
  }
  if (writable && metrics->unwritable_ms >= 0) {
    hr_msec took = now - metrics->unwritable_ms;
    metrics->pauses_ms += took;
    metrics->longest_ms = took > metrics->longest_ms ? took : metrics->longest_ms;
    metrics->unwritable_ms = -1;
  }
}

void hr_metrics_topology(haredis_client *c) {
  struct hr_metrics *metrics = &c->metrics;
  const struct hr_topology *topology = &c->topology;
  hr_metrics_writable(metrics, c->plans[HR_NEED_WRITE].kind == HR_PLAN_SEND, hr_loop_now(c->loop));
  if (topology->master < 0 || hr_epoch_compare(&topology->epoch, &metrics->epoch) == 0) {
    return;
  }
  if (metrics->epoch.n != 0) {
    metrics->switchovers += topology->planned;
    metrics->failovers += !topology->planned;
  }
  metrics->epoch = topology->epoch;
}

void hr_metrics_tell(haredis_client *c, int kind, int node) {
  struct hr_metrics *metrics = &c->metrics;
  bool known = node >= 0 && (size_t)node < c->addresses.count;
  metrics->takeovers_begun += kind == HAREDIS_EVENT_FAILOVER_STARTED;
  metrics->takeovers_won += kind == HAREDIS_EVENT_FAILOVER_ENDED && known;
  if (kind == HAREDIS_EVENT_NODE_DOWN && known) {
    metrics->nodes[node].downs++;
  }
}

uint32_t hr_metrics_round_trip(haredis_client *c, int node, int64_t asked_us) {
  int64_t took = hr_loop_now_us(c->loop) - asked_us;
  took = took < 1 ? 1 : took > INT32_MAX ? INT32_MAX : took;
  c->metrics.nodes[node].links.round_trip_us = (uint32_t)took;
  return (uint32_t)took;
}

void hr_metrics_queued(haredis_client *c) {
  size_t reads = c->reads != NULL ? c->reads->waiting.count : 0;
  size_t queued = c->pending.count + reads + c->pool->line;
  c->metrics.queued_max = queued > c->metrics.queued_max ? queued : c->metrics.queued_max;
}
