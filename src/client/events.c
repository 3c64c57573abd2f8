/*
 * Events: the core's tellings under their public names.
 */
#include <string.h>

#include "client/client.h"

const char *haredis_event_name(int kind) {
  static const char *const names[] = {
      "UNKNOWN",          "READY",          "PAUSED",         "NODE_UP",          "NODE_DOWN",
      "FAILOVER_STARTED", "FAILOVER_ENDED", "MASTER_CHANGED", "TOPOLOGY_CHANGED", "DIVERGED",
      "WARNING",          "DRAINED",        "CLOSED",         "SUBSCRIBED",       "SUBSCRIPTION_GAP",
  };
  return names[kind >= HAREDIS_EVENT_READY && kind <= HAREDIS_EVENT_SUBSCRIPTION_GAP ? kind : 0];
}

void hr_tell(haredis_client *c, int kind, int node, uint64_t epoch, int64_t count,
             const char *text) {
  if (c->options.on_event == NULL) {
    return;
  }
  const char *name =
      node >= 0 && (size_t)node < c->addresses.count ? c->addresses.list[node].name : NULL;
  struct haredis_event event = {
      .struct_size = sizeof(event),
      .kind = kind,
      .node = name,
      .epoch = epoch,
      .count = count,
      .text = text,
  };
  hr_client_enter(c);
  c->options.on_event(c, &event, c->options.user);
  hr_client_leave(c);
}
