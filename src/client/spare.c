/*
 * Warm links: one to each node that is not the master, for the day it is. A dial is half of what a
 * new master has to do for each of its clients before their first write (integration/README.md).
 *
 *   a master is adopted ─ seconds later ─▶ dial ─▶ rests, nothing is ever said on it
 *        the node is the new master ─▶ taken for commands as if it had just been dialled
 *        the node or the control link to it broke ─▶ closed, and dialled again seconds later
 *
 * It must not know who is master next, nor what is sent on the link when it is taken.
 */
#include "client/spare.h"

#include <assert.h>

/* Not in the midst of a failover, and not all clients in one moment. */
#define HR_SPARE_AFTER_MS 1000
#define HR_SPARE_SPREAD_MS 4000

static void hr_spare_later(haredis_client *c) {
  hr_msec spread = (hr_msec)(hr_prng_next(&c->prng) % HR_SPARE_SPREAD_MS);
  c->spare_at_ms = hr_loop_now(c->loop) + HR_SPARE_AFTER_MS + spread;
}

void hr_spare_drop(haredis_client *c, int node) {
  struct hr_link *link = c->spares[node].link;
  c->spares[node].link = NULL;
  hr_link_free(link);
}

static void hr_spare_on_down(struct hr_link *link, enum hr_down why, const char *text,
                             void *owner) {
  struct hr_spare *spare = owner;
  (void)link;
  (void)why;
  (void)text; /* whoever needs that node is told by the links that he uses */
  hr_spare_drop(spare->client, spare->node);
  hr_spare_later(spare->client);
}

static void hr_spare_on_lost(struct hr_link *link, const struct hr_request *request,
                             const char *bytes, size_t len, bool sent, void *owner) {
  (void)link;
  (void)request;
  (void)bytes;
  (void)len;
  (void)sent;
  (void)owner;
  assert(false && "nothing is said on a warm link");
}

/*
 * As old as the control link at most: a server that went away without a word is found out by that
 * one, which is asked for signs of life. What rests here would be sent into the void.
 */
static bool hr_spare_is_sound(const haredis_client *c, int node) {
  hr_msec since_ms = c->control->since(c->driver, node);
  return since_ms > 0 && c->spares[node].dialled_ms >= since_ms;
}

static void hr_spare_open(haredis_client *c, int node) {
  static const struct hr_link_hooks hooks = {.down = hr_spare_on_down, .lost = hr_spare_on_lost};
  struct hr_spare *spare = &c->spares[node];
  struct hr_link_config config;
  hr_client_link_config(c, node, "haredis-data", &config);
  spare->client = c;
  spare->node = node;
  spare->dialled_ms = hr_loop_now(c->loop);
  spare->link = hr_link_new(c->loop, &config, &hooks, spare);
  if (spare->link != NULL) { /* else there is no memory: the master will be dialled */
    hr_link_dial(spare->link);
  }
}

void hr_spare_elected(haredis_client *c) {
  hr_spare_later(c);
}

void hr_spare_beat(haredis_client *c) {
  int master = c->topology.master;
  bool due = master >= 0 && !c->closing && !c->ending && hr_loop_now(c->loop) >= c->spare_at_ms;
  for (int node = 0; node < (int)c->addresses.count; node++) {
    if (c->spares[node].link != NULL && !hr_spare_is_sound(c, node)) {
      hr_spare_drop(c, node);
    }
    bool wanted = due && node != master && c->targets[node] == NULL;
    if (wanted && c->spares[node].link == NULL && c->control->since(c->driver, node) > 0) {
      hr_spare_open(c, node);
    }
  }
}

struct hr_link *hr_spare_take(haredis_client *c, int node) {
  struct hr_link *link = c->spares[node].link;
  if (link == NULL || !hr_link_is_up(link) || !hr_spare_is_sound(c, node)) {
    hr_spare_drop(c, node);
    return NULL;
  }
  c->spares[node].link = NULL;
  return link;
}

void hr_spare_end(haredis_client *c) {
  for (int node = 0; node < (int)c->addresses.count; node++) {
    hr_spare_drop(c, node);
  }
}
