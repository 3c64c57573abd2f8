/*
 * The picture of all that is counted: made at once, never changed, owns everything it shows. It
 * must not know the client after it was made.
 */
#include <haredis/metrics.h>
#include <string.h>

#include "client/client.h"
#include "client/pool.h"
#include "client/reads.h"
#include "client/subscribe.h"

struct haredis_histogram {
  struct hr_histogram_view view;
};

struct hr_node_picture {
  struct haredis_node_metrics shown;
  struct haredis_histogram latency;
};

struct haredis_metrics {
  haredis_topology *topology;
  struct haredis_client_metrics shown;
  uint64_t finished[HR_ERROR_COUNT];
  struct haredis_histogram latency;
  size_t count;
  struct hr_node_picture nodes[];
};

static void hr_metrics_show_node(struct hr_node_picture *picture,
                                 const struct hr_node_metrics *node,
                                 const struct haredis_node *known) {
  const struct hr_link_meter *links = &node->links;
  uint64_t replies = links->untimed + hr_histogram_added(&links->latency);
  hr_histogram_look(&links->latency, &picture->latency.view);
  picture->shown = (struct haredis_node_metrics){
      .struct_size = sizeof(picture->shown),
      .name = known->name,
      .sent = links->sent,
      .replies = replies,
      .errors = links->errors,
      .lost = links->lost,
      .in_flight = links->sent - replies - links->lost,
      .bytes_in = links->bytes_in,
      .bytes_out = links->bytes_out,
      .links_dialled = links->dials,
      .links_lost = links->breaks,
      .downs = node->downs,
      .round_trip_us = links->round_trip_us,
      .latency = &picture->latency,
  };
}

/* What waits, in whichever queue. */
static void hr_metrics_show_queues(struct haredis_client_metrics *shown, const haredis_client *c) {
  shown->queued = c->pending.count;
  shown->queued_bytes = c->pending.bytes;
  if (c->reads != NULL) {
    shown->queued += c->reads->waiting.count;
    shown->queued_bytes += c->reads->waiting.bytes;
  }
  if (c->pool != NULL) {
    shown->queued += c->pool->line;
    shown->queued_bytes += c->pool->line_bytes;
  }
}

static void hr_metrics_show_pauses(struct haredis_client_metrics *shown, const haredis_client *c) {
  const struct hr_metrics *metrics = &c->metrics;
  hr_msec now = c->loop != NULL && metrics->nodes != NULL ? hr_loop_now(c->loop) : 0;
  hr_msec present = metrics->unwritable_ms >= 0 && now != 0 ? now - metrics->unwritable_ms : 0;
  shown->paused_ms = (uint64_t)(metrics->pauses_ms + present);
  shown->longest_pause_ms =
      (uint64_t)(present > metrics->longest_ms ? present : metrics->longest_ms);
}

static void hr_metrics_show(haredis_metrics *m, const haredis_client *c) {
  const struct hr_metrics *metrics = &c->metrics;
  hr_histogram_look(&metrics->latency, &m->latency.view);
  memcpy(m->finished, metrics->finished, sizeof(m->finished));
  m->shown = (struct haredis_client_metrics){
      .struct_size = sizeof(m->shown),
      .client = c->number,
      .accepted = c->outstanding,
      .finished = m->finished,
      .finished_count = HR_ERROR_COUNT,
      .sent_again = metrics->sent_again,
      .queued_max = metrics->queued_max,
      .quorum_writes = metrics->proven,
      .transactions = metrics->transactions,
      .subscriptions = c->subs != NULL ? c->subs->alive : 0,
      .messages = metrics->messages,
      .gaps = metrics->gaps,
      .failovers = metrics->failovers,
      .switchovers = metrics->switchovers,
      .takeovers_tried = metrics->takeovers_begun,
      .takeovers_won = metrics->takeovers_won,
      .pauses = metrics->pauses,
      .latency = &m->latency,
  };
  for (size_t code = 0; code < HR_ERROR_COUNT; code++) {
    m->shown.accepted += m->finished[code];
  }
  hr_metrics_show_queues(&m->shown, c);
  hr_metrics_show_pauses(&m->shown, c);
  for (size_t i = 0; i < m->count; i++) {
    hr_metrics_show_node(&m->nodes[i], &metrics->nodes[i], haredis_topology_node(m->topology, i));
    m->shown.in_flight += m->nodes[i].shown.in_flight;
  }
}

haredis_metrics *haredis_metrics_take(haredis_client *c) {
  haredis_topology *topology = haredis_topology_ref(c);
  if (topology == NULL) {
    return NULL;
  }
  size_t count = haredis_topology_count(topology);
  haredis_metrics *m = hr_calloc(1, sizeof(*m) + count * sizeof(m->nodes[0]));
  if (m == NULL) {
    haredis_topology_unref(topology);
    return NULL;
  }
  m->topology = topology;
  m->count = count;
  hr_metrics_show(m, c);
  return m;
}

void haredis_metrics_free(haredis_metrics *m) {
  if (m != NULL) {
    haredis_topology_unref(m->topology);
    hr_free(m);
  }
}

const struct haredis_client_metrics *haredis_metrics_client(const haredis_metrics *m) {
  return m != NULL ? &m->shown : NULL;
}

size_t haredis_metrics_count(const haredis_metrics *m) {
  return m != NULL ? m->count : 0;
}

const struct haredis_node_metrics *haredis_metrics_node(const haredis_metrics *m, size_t i) {
  return m != NULL && i < m->count ? &m->nodes[i].shown : NULL;
}

const haredis_topology *haredis_metrics_topology(const haredis_metrics *m) {
  return m != NULL ? m->topology : NULL;
}

uint64_t haredis_histogram_count(const haredis_histogram *h) {
  return h != NULL ? h->view.count : 0;
}

uint64_t haredis_histogram_sum(const haredis_histogram *h) {
  return h != NULL ? h->view.sum : 0;
}

uint64_t haredis_histogram_max(const haredis_histogram *h) {
  return h != NULL ? h->view.max : 0;
}

uint64_t haredis_histogram_quantile(const haredis_histogram *h, double q) {
  q = q >= 0.0 ? q : 0.0; /* not a number: the least */
  return h != NULL ? hr_histogram_quantile(&h->view, q < 1.0 ? q : 1.0) : 0;
}

uint64_t haredis_histogram_below(const haredis_histogram *h, uint64_t us) {
  if (h == NULL) {
    return 0;
  }
  return hr_histogram_below(&h->view, us < HR_HISTOGRAM_END ? (uint32_t)us : HR_HISTOGRAM_END);
}
