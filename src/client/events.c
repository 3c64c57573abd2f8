/*
 * Events: the core's tellings under their public names.
 */
#include <string.h>

#include "client/client.h"

const char *haredis_event_name(int kind) {
  static const char *const names[] = {
      "UNKNOWN",          "READY",          "PAUSED",         "NODE_UP",          "NODE_DOWN",
      "FAILOVER_STARTED", "FAILOVER_ENDED", "MASTER_CHANGED", "TOPOLOGY_CHANGED", "DIVERGED",
      "WARNING",          "DRAINED",        "CLOSED",         "SUBSCRIBED",
      "SUBSCRIPTION_GAP",
  };
  return names[kind >= HAREDIS_EVENT_READY && kind <= HAREDIS_EVENT_SUBSCRIPTION_GAP ? kind : 0];
}

/* The rest of `event` is filled. */
static void hr_tell_event(haredis_client *c, struct haredis_event *event, int node) {
  if (c->options.on_event == NULL) {
    return;
  }
  event->struct_size = sizeof(*event);
  event->node =
      node >= 0 && (size_t)node < c->addresses.count ? c->addresses.list[node].name : NULL;
  hr_client_enter(c);
  c->options.on_event(c, event, c->options.user);
  hr_client_leave(c);
}

void hr_tell(haredis_client *c, int kind, int node, uint64_t epoch, int64_t count,
             const char *text) {
  struct haredis_event event = {.kind = kind, .epoch = epoch, .count = count, .text = text};
  hr_tell_event(c, &event, node);
}

void hr_tell_gap(haredis_client *c, int node, int64_t from_ms, int64_t until_ms, const char *text) {
  struct haredis_event event = {
      .kind = HAREDIS_EVENT_SUBSCRIPTION_GAP,
      .text = text,
      .gap_from_ms = from_ms,
      .gap_until_ms = until_ms,
  };
  c->metrics.gaps++;
  hr_tell_event(c, &event, node);
}
