/*
 * The snapshot that users see: a copy that owns its strings, counted, printable for people and as
 * JSON. It must not know the client after it was made.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/writer.h"

#define HR_LINEAGE_SHORT_MAX 32 /* "<n>:<nonce>" */

struct haredis_topology {
  size_t references;
  uint64_t epoch;
  int master;
  int writable;
  int pause;
  size_t count;
  struct haredis_node nodes[HR_NODES_MAX];
  char names[HR_NODES_MAX][HR_NAME_MAX];
  char lineages[HR_NODES_MAX][HR_LINEAGE_SHORT_MAX];
};

static int hr_topology_role(enum hr_role role) {
  switch (role) {
    case HR_ROLE_MASTER:
      return HAREDIS_ROLE_MASTER;
    case HR_ROLE_REPLICA:
      return HAREDIS_ROLE_REPLICA;
    case HR_ROLE_SEALED:
      return HAREDIS_ROLE_SEALED;
    case HR_ROLE_STRAY:
      return HAREDIS_ROLE_STRAY;
    case HR_ROLE_UNKNOWN:
      break;
  }
  return HAREDIS_ROLE_UNKNOWN;
}

static int hr_topology_pause_code(const haredis_client *c) {
  if (c->driver == NULL) {
    return c->err; /* wrong options */
  }
  switch (c->topology.pause) {
    case HR_PAUSE_NONE:
      return c->topology.master >= 0 ? HAREDIS_OK : HAREDIS_ERR_NO_MASTER;
    case HR_PAUSE_NO_MASTER:
      return HAREDIS_ERR_NO_MASTER;
    case HR_PAUSE_NO_QUORUM:
      return HAREDIS_ERR_NO_QUORUM;
    case HR_PAUSE_AMBIGUOUS:
      return HAREDIS_ERR_AMBIGUOUS;
    case HR_PAUSE_AUTH:
      break;
  }
  return HAREDIS_ERR_AUTH;
}

static void hr_topology_fill(haredis_topology *t, const haredis_client *c, size_t i) {
  static const struct hr_node_state unknown = {.follows = -1, .lag = -1, .seen_ms = -1};
  const struct hr_node_state *state =
      i < c->topology.count && c->topology.version != 0 ? &c->topology.nodes[i] : &unknown;
  struct haredis_node *node = &t->nodes[i];
  memcpy(t->names[i], c->addresses.list[i].name, HR_NAME_MAX);
  snprintf(t->lineages[i], HR_LINEAGE_SHORT_MAX, "-");
  if (state->epoch.n != 0) {
    snprintf(t->lineages[i], HR_LINEAGE_SHORT_MAX, "%" PRIu64 ":%s", state->epoch.n,
             state->epoch.nonce);
  }
  *node = (struct haredis_node){
      .struct_size = sizeof(*node),
      .name = t->names[i],
      .role = hr_topology_role(state->role),
      .up = state->up,
      .link_up = state->link_up,
      .follows = state->follows >= 0 && (size_t)state->follows < t->count ? t->names[state->follows]
                                                                          : NULL,
      .lineage = t->lineages[i],
      .opcounter = state->opcounter,
      .offset = state->offset,
      .lag = state->lag,
      .keys = state->keys,
      .age_ms = state->seen_ms >= 0 ? hr_loop_now(c->loop) - state->seen_ms : -1,
      .why = state->why,
  };
}

haredis_topology *haredis_topology_ref(haredis_client *c) {
  haredis_topology *t = c != NULL ? hr_calloc(1, sizeof(*t)) : NULL;
  if (t == NULL) {
    return NULL;
  }
  t->references = 1;
  t->epoch = c->topology.epoch.n;
  t->master = c->driver != NULL ? c->topology.master : -1;
  t->writable = c->driver != NULL && c->plans[HR_NEED_WRITE].kind == HR_PLAN_SEND;
  t->pause = hr_topology_pause_code(c);
  t->count = c->driver != NULL ? c->addresses.count : 0;
  for (size_t i = 0; i < t->count; i++) {
    hr_topology_fill(t, c, i);
  }
  return t;
}

void haredis_topology_unref(haredis_topology *t) {
  if (t != NULL && --t->references == 0) {
    hr_free(t);
  }
}

uint64_t haredis_topology_epoch(const haredis_topology *t) {
  return t != NULL ? t->epoch : 0;
}

size_t haredis_topology_count(const haredis_topology *t) {
  return t != NULL ? t->count : 0;
}

const struct haredis_node *haredis_topology_node(const haredis_topology *t, size_t i) {
  return t != NULL && i < t->count ? &t->nodes[i] : NULL;
}

int haredis_topology_master(const haredis_topology *t) {
  return t != NULL ? t->master : -1;
}

int haredis_topology_writable(const haredis_topology *t) {
  return t != NULL && t->writable;
}

int haredis_topology_pause(const haredis_topology *t) {
  return t != NULL ? t->pause : HAREDIS_ERR_MEMORY;
}

/* ---- text ---- */

static int hr_topology_width(const haredis_topology *t) {
  size_t width = strlen("node");
  for (size_t i = 0; i < t->count; i++) {
    size_t len = strlen(t->names[i]);
    width = len > width ? len : width;
  }
  return (int)width;
}

size_t haredis_topology_text(const haredis_topology *t, char *out, size_t size) {
  struct hr_writer w = {out, size, 0};
  if (t == NULL) {
    return 0;
  }
  int width = hr_topology_width(t);
  hr_write(&w, "%-*s  %-7s  %-4s  %-12s %10s %12s %8s %10s  %s\n", width, "node", "role", "up",
           "lineage", "opcounter", "offset", "lag", "keys", "follows");
  for (size_t i = 0; i < t->count; i++) {
    const struct haredis_node *node = &t->nodes[i];
    hr_write(&w, "%-*s  %-7s  %-4s  %-12s %10" PRIu64 " %12" PRId64 " ", width, node->name,
             hr_role_word(node->role), node->up ? "up" : "down", node->lineage, node->opcounter,
             node->offset);
    if (node->lag >= 0) {
      hr_write(&w, "%8" PRId64, node->lag);
    } else {
      hr_write(&w, "%8s", "-");
    }
    hr_write(&w, " %10" PRId64 "  %s%s\n", node->keys, node->follows != NULL ? node->follows : "-",
             node->follows != NULL && !node->link_up ? " (link down)" : "");
  }
  return w.len;
}

/* ---- JSON ---- */

static const char *hr_json_bool(int value) {
  return value ? "true" : "false";
}

static void hr_json_node(struct hr_writer *w, const struct haredis_node *node) {
  hr_write(w, "{\"name\":");
  hr_write_json_string(w, node->name);
  hr_write(w, ",\"role\":\"%s\",\"up\":%s,\"link_up\":%s,\"follows\":", hr_role_word(node->role),
           hr_json_bool(node->up), hr_json_bool(node->link_up));
  hr_write_json_string(w, node->follows);
  hr_write(w, ",\"lineage\":");
  hr_write_json_string(w, node->lineage);
  hr_write(w,
           ",\"opcounter\":%" PRIu64 ",\"offset\":%" PRId64 ",\"lag\":%" PRId64 ",\"keys\":%" PRId64
           ",\"age_ms\":%" PRId64 ",\"why\":",
           node->opcounter, node->offset, node->lag, node->keys, node->age_ms);
  hr_write_json_string(w, node->why);
  hr_write(w, "}");
}

size_t haredis_topology_json(const haredis_topology *t, char *out, size_t size) {
  struct hr_writer w = {out, size, 0};
  if (t == NULL) {
    return 0;
  }
  hr_write(&w, "{\"epoch\":%" PRIu64 ",\"master\":", t->epoch);
  hr_write_json_string(&w, t->master >= 0 ? t->names[t->master] : NULL);
  hr_write(&w, ",\"writable\":%s,\"pause\":", hr_json_bool(t->writable));
  hr_write_json_string(&w, t->pause != HAREDIS_OK ? haredis_error_name(t->pause) : NULL);
  hr_write(&w, ",\"nodes\":[");
  for (size_t i = 0; i < t->count; i++) {
    hr_write(&w, "%s", i == 0 ? "" : ",");
    hr_json_node(&w, &t->nodes[i]);
  }
  hr_write(&w, "]}");
  return w.len;
}
