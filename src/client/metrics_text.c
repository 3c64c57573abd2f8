/*
 * A picture as text: Prometheus' exposition format and JSON. One table holds every family, what it
 * is and what it asks of a person; the README shows the same table.
 *
 * It must not know the client: only what the header shows.
 */
#include <haredis/metrics.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "client/writer.h"

#define HR_LE_FIRST_US 64u              /* the bounds double from here */
#define HR_LE_LAST_US (UINT32_C(1) << 23) /* 8.4 s */

enum hr_family_kind {
  HR_FAMILY_CLIENT,    /* a number of the client at `offset` */
  HR_FAMILY_CLIENT_MS, /* milliseconds, shown as seconds */
  HR_FAMILY_CODES,
  HR_FAMILY_WRITABLE,
  HR_FAMILY_EPOCH,
  HR_FAMILY_LATENCY,
  HR_FAMILY_NODE,      /* a number of each node at `offset` */
  HR_FAMILY_NODE_US,   /* microseconds, shown as seconds; 0: not known */
  HR_FAMILY_NODE_UP,
  HR_FAMILY_NODE_MASTER,
  HR_FAMILY_NODE_LAG,
  HR_FAMILY_NODE_LATENCY,
};

struct hr_family {
  struct haredis_metric_info info;
  enum hr_family_kind kind;
  size_t offset;
};

#define HR_OF_CLIENT(member) HR_FAMILY_CLIENT, offsetof(struct haredis_client_metrics, member)
#define HR_OF_CLIENT_MS(member) HR_FAMILY_CLIENT_MS, offsetof(struct haredis_client_metrics, member)
#define HR_OF_NODE(member) HR_FAMILY_NODE, offsetof(struct haredis_node_metrics, member)
#define HR_OF_NODE_US(member) HR_FAMILY_NODE_US, offsetof(struct haredis_node_metrics, member)

static const struct hr_family hr_families[] = {
    {{"haredis_writable", "gauge", "1 when there is a master that takes writes, else 0.",
      "alert when 0 for longer than a failover may take"},
     HR_FAMILY_WRITABLE, 0},
    {{"haredis_paused_seconds_total", "counter", "Time without a master that takes writes.",
      "its increase is your outage; the start of a client counts too"},
     HR_OF_CLIENT_MS(paused_ms)},
    {{"haredis_pauses_total", "counter", "How often there was none; the start is the first.",
      "many short ones: a network that breaks, or down_after_ms too short"},
     HR_OF_CLIENT(pauses)},
    {{"haredis_longest_pause_seconds", "gauge", "The longest of them.",
      "compare with command_timeout_ms: commands that waited longer have failed"},
     HR_OF_CLIENT_MS(longest_pause_ms)},
    {{"haredis_epoch", "gauge", "The number of the master's election, 0 without a master.",
      "clients that show different numbers for long do not hear each other"},
     HR_FAMILY_EPOCH, 0},
    {{"haredis_failovers_total", "counter", "Changes of master seen that nobody had planned.",
      "look for what took the old master down"},
     HR_OF_CLIENT(failovers)},
    {{"haredis_switchovers_total", "counter", "Changes of master seen that were planned.",
      "nothing"},
     HR_OF_CLIENT(switchovers)},
    {{"haredis_takeovers_tried_total", "counter", "Takeovers that this client began.",
      "many more than were won, of all clients together: something stops them, see the log"},
     HR_OF_CLIENT(takeovers_tried)},
    {{"haredis_takeovers_won_total", "counter", "Takeovers that this client brought to an end.",
      "nothing: one client wins each failover"},
     HR_OF_CLIENT(takeovers_won)},
    {{"haredis_commands_accepted_total", "counter", "Commands that the library took.",
      "your load; what it did not take was refused to your face"},
     HR_OF_CLIENT(accepted)},
    {{"haredis_commands_total", "counter", "Commands that are over, by code.",
      "alert on the increase of any code but OK; ERR_MAYBE may have run"},
     HR_FAMILY_CODES, 0},
    {{"haredis_command_duration_seconds", "histogram",
      "From call to reply, without commands that block on purpose.",
      "what your callers feel; long while the nodes' are short: they wait in queues"},
     HR_FAMILY_LATENCY, 0},
    {{"haredis_commands_sent_again_total", "counter", "Sendings behind the first of a command.",
      "some at a failover; at other times servers refuse (LOADING, BUSY) or links break"},
     HR_OF_CLIENT(sent_again)},
    {{"haredis_commands_in_flight", "gauge", "Commands sent and not answered.",
      "grows without end: you send faster than the servers answer"},
     HR_OF_CLIENT(in_flight)},
    {{"haredis_commands_queued", "gauge", "Commands that wait to be sent.",
      "close to queue_max: the next ones are refused"},
     HR_OF_CLIENT(queued)},
    {{"haredis_commands_queued_bytes", "gauge", "Their bytes.",
      "close to queue_max_bytes: the next ones are refused"},
     HR_OF_CLIENT(queued_bytes)},
    {{"haredis_commands_queued_max", "gauge", "The most commands that ever waited.",
      "raise queue_max before it is reached"},
     HR_OF_CLIENT(queued_max)},
    {{"haredis_quorum_writes_total", "counter", "Writes that a majority has acknowledged.",
      "stands still while you write with durability quorum: replicas are down or lag"},
     HR_OF_CLIENT(quorum_writes)},
    {{"haredis_transactions_total", "counter", "Transactions: EXECs accepted.", "nothing"},
     HR_OF_CLIENT(transactions)},
    {{"haredis_subscriptions", "gauge", "Channels and patterns that somebody wants.",
      "grows without end: handles are never given back"},
     HR_OF_CLIENT(subscriptions)},
    {{"haredis_messages_total", "counter", "Messages handed to handlers.",
      "stands still while others publish: look at the subscriptions' state"},
     HR_OF_CLIENT(messages)},
    {{"haredis_subscription_gaps_total", "counter", "Intervals in which messages may be missing.",
      "catch up from your own data for the interval that the event names"},
     HR_OF_CLIENT(gaps)},
    {{"haredis_node_up", "gauge", "1 when the node answers this client; role as it was seen last.",
      "alert when 0: the group lives, but with one less to fail over to"},
     HR_FAMILY_NODE_UP, 0},
    {{"haredis_node_master", "gauge", "1 for the master.",
      "the sum over the nodes is 1 except during a failover"},
     HR_FAMILY_NODE_MASTER, 0},
    {{"haredis_node_lag_bytes", "gauge", "How far a replica is behind; absent when not known.",
      "grows: it cannot keep up, and async writes are at risk"},
     HR_FAMILY_NODE_LAG, 0},
    {{"haredis_node_commands_total", "counter", "Commands handed to links to the node.",
      "who carries the load"},
     HR_OF_NODE(sent)},
    {{"haredis_node_replies_total", "counter", "Commands that the node answered.", "nothing"},
     HR_OF_NODE(replies)},
    {{"haredis_node_errors_total", "counter", "Replies that were errors told by the server.",
      "a wrong command, or READONLY, LOADING, OOM: the server's log says more"},
     HR_OF_NODE(errors)},
    {{"haredis_node_lost_total", "counter",
      "Commands whose link broke, or that were taken back to be sent elsewhere.",
      "at a failover; at other times the network or the server drops connections"},
     HR_OF_NODE(lost)},
    {{"haredis_node_in_flight", "gauge", "Commands sent to the node and not answered.",
      "high on one node alone: it is slow"},
     HR_OF_NODE(in_flight)},
    {{"haredis_node_reply_duration_seconds", "histogram",
      "From sending to answer, without commands that block on purpose.",
      "the node and the way to it; long on one node: slow commands, disk, network"},
     HR_FAMILY_NODE_LATENCY, 0},
    {{"haredis_node_round_trip_seconds", "gauge", "Of the last PING or look; absent before.",
      "the same without load; far above the network's own: the server is busy"},
     HR_OF_NODE_US(round_trip_us)},
    {{"haredis_node_received_bytes_total", "counter", "Bytes read from all links to the node.",
      "your network's bill"},
     HR_OF_NODE(bytes_in)},
    {{"haredis_node_sent_bytes_total", "counter", "Bytes written to all links to the node.",
      "your network's bill"},
     HR_OF_NODE(bytes_out)},
    {{"haredis_node_links_dialled_total", "counter", "Connections that were begun.",
      "grows all the time: the node is down, or refuses us"},
     HR_OF_NODE(links_dialled)},
    {{"haredis_node_links_lost_total", "counter", "Connections that broke while they were up.",
      "without failovers: the network, a proxy or timeout in the server's configuration"},
     HR_OF_NODE(links_lost)},
    {{"haredis_node_downs_total", "counter", "How often the node went down.",
      "more than one node at a time: look at what they share"},
     HR_OF_NODE(downs)},
};
#define HR_FAMILIES (sizeof(hr_families) / sizeof(hr_families[0]))

const struct haredis_metric_info *haredis_metric_info(size_t index) {
  return index < HR_FAMILIES ? &hr_families[index].info : NULL;
}

/* ---- one line ---- */

static uint64_t hr_metric_at(const void *of, size_t offset) {
  uint64_t value;
  memcpy(&value, (const char *)of + offset, sizeof(value));
  return value;
}

/* Not %f: the decimal point must not depend on the locale. */
static void hr_write_seconds(struct hr_writer *w, uint64_t us) {
  hr_write(w, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void hr_write_label(struct hr_writer *w, const char *text) {
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\n') {
      hr_write(w, "\\n");
    } else {
      hr_write(w, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    }
  }
}

/* Whose line it is. */
struct hr_subject {
  const struct haredis_client_metrics *client;
  const struct haredis_node_metrics *node; /* NULL: the client's */
};

/* "haredis_x_total{client="1",node="..."": the brace is open. */
static void hr_write_begin(struct hr_writer *w, const struct hr_family *family, const char *suffix,
                           const struct hr_subject *of) {
  hr_write(w, "%s%s{client=\"%d\"", family->info.name, suffix, of->client->client);
  if (of->node != NULL) {
    hr_write(w, ",node=\"");
    hr_write_label(w, of->node->name);
    hr_write(w, "\"");
  }
}

static void hr_write_value(struct hr_writer *w, const struct hr_family *family,
                           const struct hr_subject *of, uint64_t value) {
  hr_write_begin(w, family, "", of);
  hr_write(w, "} %" PRIu64 "\n", value);
}

static void hr_write_duration(struct hr_writer *w, const struct hr_family *family,
                              const struct hr_subject *of, uint64_t us) {
  hr_write_begin(w, family, "", of);
  hr_write(w, "} ");
  hr_write_seconds(w, us);
  hr_write(w, "\n");
}

static void hr_write_histogram(struct hr_writer *w, const struct hr_family *family,
                               const struct hr_subject *of, const haredis_histogram *h) {
  for (uint32_t le = HR_LE_FIRST_US; le <= HR_LE_LAST_US; le *= 2) {
    hr_write_begin(w, family, "_bucket", of);
    hr_write(w, ",le=\"");
    hr_write_seconds(w, le);
    hr_write(w, "\"} %" PRIu64 "\n", haredis_histogram_below(h, le));
  }
  hr_write_begin(w, family, "_bucket", of);
  hr_write(w, ",le=\"+Inf\"} %" PRIu64 "\n", haredis_histogram_count(h));
  hr_write_begin(w, family, "_sum", of);
  hr_write(w, "} ");
  hr_write_seconds(w, haredis_histogram_sum(h));
  hr_write(w, "\n");
  hr_write_begin(w, family, "_count", of);
  hr_write(w, "} %" PRIu64 "\n", haredis_histogram_count(h));
}

/* ---- one family of one client ---- */

static void hr_write_codes(struct hr_writer *w, const struct hr_family *family,
                           const struct hr_subject *of) {
  for (size_t code = 0; code < of->client->finished_count; code++) {
    hr_write_begin(w, family, "", of);
    hr_write(w, ",code=\"%s\"} %" PRIu64 "\n", haredis_error_name((int)code),
             of->client->finished[code]);
  }
}

static void hr_write_node(struct hr_writer *w, const struct hr_family *family,
                          const struct hr_subject *of, const struct haredis_node *known) {
  uint64_t value = family->kind == HR_FAMILY_NODE || family->kind == HR_FAMILY_NODE_US
                       ? hr_metric_at(of->node, family->offset)
                       : 0;
  if (family->kind == HR_FAMILY_NODE) {
    hr_write_value(w, family, of, value);
  } else if (family->kind == HR_FAMILY_NODE_US && value > 0) {
    hr_write_duration(w, family, of, value);
  } else if (family->kind == HR_FAMILY_NODE_UP) {
    hr_write_begin(w, family, "", of);
    hr_write(w, ",role=\"%s\"} %d\n", hr_role_word(known->role), known->up != 0);
  } else if (family->kind == HR_FAMILY_NODE_MASTER) {
    hr_write_value(w, family, of, known->role == HAREDIS_ROLE_MASTER);
  } else if (family->kind == HR_FAMILY_NODE_LAG && known->lag >= 0) {
    hr_write_value(w, family, of, (uint64_t)known->lag);
  } else if (family->kind == HR_FAMILY_NODE_LATENCY) {
    hr_write_histogram(w, family, of, of->node->latency);
  }
}

static void hr_write_nodes(struct hr_writer *w, const struct hr_family *family,
                           const haredis_metrics *m) {
  for (size_t i = 0; i < haredis_metrics_count(m); i++) {
    struct hr_subject of = {haredis_metrics_client(m), haredis_metrics_node(m, i)};
    hr_write_node(w, family, &of, haredis_topology_node(haredis_metrics_topology(m), i));
  }
}

static void hr_write_family(struct hr_writer *w, const struct hr_family *family,
                            const haredis_metrics *m) {
  struct hr_subject of = {haredis_metrics_client(m), NULL};
  const haredis_topology *topology = haredis_metrics_topology(m);
  bool master = haredis_topology_master(topology) >= 0;
  switch (family->kind) {
    case HR_FAMILY_CLIENT:
      hr_write_value(w, family, &of, hr_metric_at(of.client, family->offset));
      return;
    case HR_FAMILY_CLIENT_MS:
      hr_write_duration(w, family, &of, hr_metric_at(of.client, family->offset) * 1000);
      return;
    case HR_FAMILY_CODES:
      hr_write_codes(w, family, &of);
      return;
    case HR_FAMILY_WRITABLE:
      hr_write_value(w, family, &of, haredis_topology_writable(topology) != 0);
      return;
    case HR_FAMILY_EPOCH:
      hr_write_value(w, family, &of, master ? haredis_topology_epoch(topology) : 0);
      return;
    case HR_FAMILY_LATENCY:
      hr_write_histogram(w, family, &of, of.client->latency);
      return;
    default:
      hr_write_nodes(w, family, m);
  }
}

size_t haredis_metrics_prometheus_all(const haredis_metrics *const *list, size_t count, char *out,
                                      size_t size) {
  struct hr_writer w = {out, size, 0};
  for (size_t i = 0; i < HR_FAMILIES; i++) {
    const struct haredis_metric_info *info = &hr_families[i].info;
    hr_write(&w, "# HELP %s %s\n# TYPE %s %s\n", info->name, info->help, info->name, info->type);
    for (size_t each = 0; each < count; each++) {
      if (list[each] != NULL) {
        hr_write_family(&w, &hr_families[i], list[each]);
      }
    }
  }
  return w.len;
}

size_t haredis_metrics_prometheus(const haredis_metrics *m, char *out, size_t size) {
  return m != NULL ? haredis_metrics_prometheus_all(&m, 1, out, size) : 0;
}

/* ---- JSON: a member for each family, without the prefix of its name ---- */

static const char *hr_json_name(const struct hr_family *family, const char *prefix) {
  const char *name = family->info.name;
  size_t len = strlen(prefix);
  return strncmp(name, prefix, len) == 0 ? name + len : name;
}

static void hr_json_latency(struct hr_writer *w, const haredis_histogram *h) {
  hr_write(w,
           ",\"latency_us\":{\"count\":%" PRIu64 ",\"sum\":%" PRIu64 ",\"p50\":%" PRIu64
           ",\"p99\":%" PRIu64 ",\"max\":%" PRIu64 "}",
           haredis_histogram_count(h), haredis_histogram_sum(h),
           haredis_histogram_quantile(h, 0.5), haredis_histogram_quantile(h, 0.99),
           haredis_histogram_max(h));
}

static void hr_json_numbers(struct hr_writer *w, const void *of, enum hr_family_kind plain,
                            enum hr_family_kind timed, const char *prefix) {
  for (size_t i = 0; i < HR_FAMILIES; i++) {
    const struct hr_family *family = &hr_families[i];
    if (family->kind == plain) {
      hr_write(w, ",\"%s\":%" PRIu64, hr_json_name(family, prefix),
               hr_metric_at(of, family->offset));
    } else if (family->kind == timed) {
      uint64_t value = hr_metric_at(of, family->offset);
      hr_write(w, ",\"%s\":", hr_json_name(family, prefix));
      hr_write_seconds(w, timed == HR_FAMILY_CLIENT_MS ? value * 1000 : value);
    }
  }
}

size_t haredis_metrics_json(const haredis_metrics *m, char *out, size_t size) {
  struct hr_writer w = {out, size, 0};
  const struct haredis_client_metrics *client = haredis_metrics_client(m);
  if (m == NULL) {
    return 0;
  }
  hr_write(&w, "{\"client\":%d,\"commands_total\":{", client->client);
  for (size_t code = 0; code < client->finished_count; code++) {
    hr_write(&w, "%s\"%s\":%" PRIu64, code == 0 ? "" : ",", haredis_error_name((int)code),
             client->finished[code]);
  }
  hr_write(&w, "}");
  hr_json_numbers(&w, client, HR_FAMILY_CLIENT, HR_FAMILY_CLIENT_MS, "haredis_");
  hr_json_latency(&w, client->latency);
  hr_write(&w, ",\"nodes\":[");
  for (size_t i = 0; i < haredis_metrics_count(m); i++) {
    const struct haredis_node_metrics *node = haredis_metrics_node(m, i);
    hr_write(&w, "%s{\"name\":", i == 0 ? "" : ",");
    hr_write_json_string(&w, node->name);
    hr_json_numbers(&w, node, HR_FAMILY_NODE, HR_FAMILY_NODE_US, "haredis_node_");
    hr_json_latency(&w, node->latency);
    hr_write(&w, "}");
  }
  hr_write(&w, "]}");
  return w.len;
}
