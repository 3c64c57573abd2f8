/*
 * The table of `haredis status`: one line per node, columns as wide as their widest cell.
 */
#include "cli.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS = 10, CELL = 72, ROWS_MAX = 64 };

static const char *const titles[COLUMNS] = {"NODE", "ROLE", "LINEAGE", "OPCOUNTER", "OFFSET",
                                            "LAG",  "LINK", "FOLLOWS", "KEYS",      "ROUND TRIP"};
static const bool right[COLUMNS] = {false, false, false, true, true,
                                    true,  false, false, true, true};

static const char *role_text(const struct haredis_node *node) {
  if (!node->up) return "down";
  switch (node->role) {
    case HAREDIS_ROLE_MASTER: return "master";
    case HAREDIS_ROLE_REPLICA: return "replica";
    case HAREDIS_ROLE_SEALED: return "sealed";
    case HAREDIS_ROLE_STRAY: return "stray";
    default: return "unknown";
  }
}

static const char *role_colour(const struct haredis_node *node) {
  if (!node->up) return "\033[31m";
  if (node->role == HAREDIS_ROLE_MASTER) return "\033[1;32m";
  if (node->role == HAREDIS_ROLE_REPLICA && node->link_up) return "\033[32m";
  return "\033[33m";
}

static void fill_row(char row[COLUMNS][CELL], const struct haredis_node *node,
                     const struct haredis_node_metrics *seen_by_us) {
  bool seen = node->age_ms >= 0;
  bool replica = node->role == HAREDIS_ROLE_REPLICA;
  for (int i = 0; i < COLUMNS; i++) snprintf(row[i], CELL, "-");
  snprintf(row[0], CELL, "%s", node->name);
  snprintf(row[1], CELL, "%s", role_text(node));
  if (!seen) return;
  snprintf(row[2], CELL, "%s", node->lineage);
  snprintf(row[3], CELL, "%" PRIu64, node->opcounter);
  snprintf(row[4], CELL, "%" PRId64, node->offset);
  if (replica && node->lag >= 0) snprintf(row[5], CELL, "%" PRId64, node->lag);
  if (replica && node->up) snprintf(row[6], CELL, "%s", node->link_up ? "up" : "down");
  if (node->follows != NULL) snprintf(row[7], CELL, "%s", node->follows);
  snprintf(row[8], CELL, "%" PRId64, node->keys);
  uint64_t us = seen_by_us->round_trip_us;
  if (node->up && us != 0) {
    snprintf(row[9], CELL, "%" PRIu64 ".%02" PRIu64 "ms", us / 1000, us % 1000 / 10);
  }
}

static void print_row(FILE *out, char row[COLUMNS][CELL], const int *width, const char *colour,
                      const char *line_end) {
  for (int i = 0; i < COLUMNS; i++) {
    bool paint = colour != NULL && i == 1;
    bool last = i == COLUMNS - 1;
    if (paint) fputs(colour, out);
    fprintf(out, "%*s", right[i] ? width[i] : -width[i], row[i]);
    if (paint) fputs("\033[0m", out);
    fputs(last ? line_end : "  ", out);
  }
}

static void print_headline(FILE *out, const haredis_topology *t, const char *line_end) {
  size_t up = 0;
  int master = haredis_topology_master(t);
  for (size_t i = 0; i < haredis_topology_count(t); i++) {
    if (haredis_topology_node(t, i)->up) up++;
  }
  if (master >= 0) {
    fprintf(out, "master %s, epoch %" PRIu64, haredis_topology_node(t, (size_t)master)->name,
            haredis_topology_epoch(t));
  } else {
    fprintf(out, "no master");
  }
  fprintf(out, ", %zu of %zu nodes up%s%s", up, haredis_topology_count(t),
          master >= 0 && !haredis_topology_writable(t) ? ", not writable" : "", line_end);
}

/* Fresh nodes, of which none has been elected yet: what is waited for. */
static void print_unborn(FILE *out, const haredis_topology *t, const char *line_end) {
  size_t count = haredis_topology_count(t), seen = 0, silent = 0;
  for (size_t i = 0; i < count; i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    bool fresh = strcmp(node->lineage, "-") == 0 && node->keys == 0;
    if (node->age_ms >= 0 && !fresh) return;
    seen += node->age_ms >= 0;
  }
  if (haredis_topology_master(t) >= 0 || seen == 0) return;
  fputs("no group yet: the first election needs every node", out);
  for (size_t i = 0; i < count; i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (!node->up) fprintf(out, "%s %s", silent++ == 0 ? ";" : ",", node->name);
  }
  if (silent > 0) fputs(silent == 1 ? " does not answer" : " do not answer", out);
  fputs(line_end, out);
}

void cli_table(FILE *out, const haredis_metrics *m, bool colour, const char *line_end) {
  const haredis_topology *t = haredis_metrics_topology(m);
  char rows[ROWS_MAX + 1][COLUMNS][CELL];
  int width[COLUMNS] = {0};
  size_t count = haredis_topology_count(t);
  if (count > ROWS_MAX) count = ROWS_MAX;
  for (int i = 0; i < COLUMNS; i++) snprintf(rows[0][i], CELL, "%s", titles[i]);
  for (size_t n = 0; n < count; n++) {
    fill_row(rows[n + 1], haredis_topology_node(t, n), haredis_metrics_node(m, n));
  }
  for (size_t n = 0; n <= count; n++) {
    for (int i = 0; i < COLUMNS; i++) {
      int length = (int)strlen(rows[n][i]);
      if (length > width[i]) width[i] = length;
    }
  }
  print_headline(out, t, line_end);
  print_row(out, rows[0], width, NULL, line_end);
  for (size_t n = 0; n < count; n++) {
    const char *paint = colour ? role_colour(haredis_topology_node(t, n)) : NULL;
    print_row(out, rows[n + 1], width, paint, line_end);
  }
  for (size_t n = 0; n < count; n++) {
    const struct haredis_node *node = haredis_topology_node(t, n);
    if (node->up) continue;
    bool asked = node->why != NULL;
    fprintf(out, "%s %s%s%s", node->name, asked ? "is down: " : "has not answered yet",
            asked ? node->why : "", line_end);
  }
  print_unborn(out, t, line_end);
}
