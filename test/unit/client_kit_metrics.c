/* See client_kit.h: what the client's metrics must add up to at any time. */
#include <haredis/metrics.h>

#include "client/pool.h"
#include "client/reads.h"
#include "client_kit.h"

static uint64_t users_on(struct hr_link *link) {
  uint64_t count = 0;
  for (size_t i = 0; link != NULL && i < hr_link_unanswered(link); i++) {
    count += (hr_link_at(link, i)->flags & HR_REQ_OURS) == 0;
  }
  return count;
}

/* The users' requests on all links to a node. */
static uint64_t users_at(int node) {
  struct hr_target *target = kit.c->targets[node];
  struct hr_reader *reader = kit.c->reads != NULL ? kit.c->reads->readers[node] : NULL;
  uint64_t count = reader != NULL ? users_on(reader->conn.link) : 0;
  if (target != NULL) {
    count += users_on(target->main.link) + users_on(target->durable[0].link) +
             users_on(target->durable[1].link);
  }
  for (struct hr_lane *lane = kit.c->pool->lanes; lane != NULL; lane = lane->next) {
    count += lane->conn.node == node ? users_on(lane->conn.link) : 0;
  }
  return count;
}

/* Whatever happened: each command that was sent was answered, lost, or is still on a link. */
void kit_check_metrics(void) {
  haredis_metrics *m = haredis_metrics_take(kit.c);
  const struct haredis_client_metrics *client = haredis_metrics_client(m);
  uint64_t finished = 0, on_links = 0;
  for (size_t code = 0; code < client->finished_count; code++) {
    finished += client->finished[code];
  }
  assert_int_equal(client->accepted, finished + kit.c->outstanding);
  for (size_t i = 0; i < haredis_metrics_count(m); i++) {
    const struct haredis_node_metrics *node = haredis_metrics_node(m, i);
    assert_int_equal(node->sent, node->replies + node->lost + users_at((int)i));
    assert_true(haredis_histogram_count(node->latency) <= node->replies);
    on_links += node->in_flight;
  }
  assert_int_equal(on_links, client->in_flight);
  assert_true(haredis_histogram_count(client->latency) <= client->finished[HAREDIS_OK]);
  haredis_metrics_free(m);
}
