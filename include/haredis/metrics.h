/*
 * Counters and latencies of a client and its nodes: a picture of this moment, and as text for
 * Prometheus. What each asks of a person: README, "Metrics".
 *
 * Counting is always on and costs some forty instructions a command. What is called "total" begins
 * with the client and never decreases; the rest is as it is now. Times are taken from the loop's
 * clock, once a turn: what an application does in one turn before it calls counts with the command.
 */
#ifndef HAREDIS_METRICS_H
#define HAREDIS_METRICS_H

#include <haredis/haredis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct haredis_metrics haredis_metrics;
typedef struct haredis_histogram haredis_histogram;

struct haredis_client_metrics {
  size_t struct_size;
  int client;                /* haredis_number() */
  uint64_t accepted;         /* commands; each is finished once */
  const uint64_t *finished;  /* by code: finished[HAREDIS_OK] were answered, also by an error */
  size_t finished_count;     /* codes */
  uint64_t sent_again;       /* sendings behind the first of a command */
  uint64_t in_flight;        /* now: sent, not answered */
  uint64_t queued;           /* now: wait for a master, a pause, a majority or a link */
  uint64_t queued_bytes;
  uint64_t queued_max;       /* the most that ever waited */
  uint64_t quorum_writes;    /* acknowledged by a majority of the nodes */
  uint64_t transactions;     /* EXECs accepted */
  uint64_t subscriptions;    /* now: channels and patterns that somebody wants */
  uint64_t messages;         /* heard and handed to at least one handler */
  uint64_t gaps;             /* SUBSCRIPTION_GAP events */
  uint64_t failovers;        /* changes of master that were seen, whoever made them, */
  uint64_t switchovers;      /* and those that were planned */
  uint64_t takeovers_tried;  /* by this client, planned ones too */
  uint64_t takeovers_won;
  uint64_t pauses;           /* times without a master that takes writes; the start is the first */
  uint64_t paused_ms;        /* all of them together, the present one too */
  uint64_t longest_pause_ms; /* the present one too */
  const haredis_histogram *latency; /* from call to reply; without what blocks on purpose */
};

struct haredis_node_metrics {
  size_t struct_size;
  const char *name;
  uint64_t sent;         /* commands: each is answered or lost, or in flight */
  uint64_t replies;
  uint64_t errors;       /* of these: errors that the server told */
  uint64_t lost;         /* the link broke, or they were taken back to be sent elsewhere */
  uint64_t in_flight;    /* now */
  uint64_t bytes_in;     /* on all links: also heartbeats and messages; TLS adds its own */
  uint64_t bytes_out;
  uint64_t links_dialled;
  uint64_t links_lost;   /* broke while they were up */
  uint64_t downs;        /* NODE_DOWN events */
  uint64_t round_trip_us; /* of the last PING or look; 0: none yet */
  const haredis_histogram *latency; /* from sending to answer; without what blocks on purpose */
};

/* The picture owns all it shows, outlives its client and may go to another thread.
 * take: NULL only when out of memory. free: NULL is allowed. */
HAREDIS_API haredis_metrics *haredis_metrics_take(haredis_client *c);
HAREDIS_API void haredis_metrics_free(haredis_metrics *m);
HAREDIS_API const struct haredis_client_metrics *haredis_metrics_client(const haredis_metrics *m);
HAREDIS_API size_t haredis_metrics_count(const haredis_metrics *m);
HAREDIS_API const struct haredis_node_metrics *haredis_metrics_node(const haredis_metrics *m,
                                                                    size_t i);
/* The topology of the same moment; borrowed from the picture. */
HAREDIS_API const haredis_topology *haredis_metrics_topology(const haredis_metrics *m);

/* Microseconds. The maximum and the sum are exact. */
HAREDIS_API uint64_t haredis_histogram_count(const haredis_histogram *h);
HAREDIS_API uint64_t haredis_histogram_sum(const haredis_histogram *h);
HAREDIS_API uint64_t haredis_histogram_max(const haredis_histogram *h);
/* What the share q (0.5: the median, 0.99) of all do not exceed: never too small, and too large by
 * less than an eighth. From 67 s on the maximum. 0: there are none. */
HAREDIS_API uint64_t haredis_histogram_quantile(const haredis_histogram *h, double q);
/* How many took less. Exact where `us` is a power of two up to 2^26, or 9 to 15 eighths of one;
 * else those that are certain to. */
HAREDIS_API uint64_t haredis_histogram_below(const haredis_histogram *h, uint64_t us);

/*
 * Prometheus' text format 0.0.4. As snprintf: the length needed. Several clients of one process go
 * into one text, told apart by their number: a family must not come twice.
 */
HAREDIS_API size_t haredis_metrics_prometheus(const haredis_metrics *m, char *out, size_t size);
HAREDIS_API size_t haredis_metrics_prometheus_all(const haredis_metrics *const *list, size_t count,
                                                  char *out, size_t size);
HAREDIS_API size_t haredis_metrics_json(const haredis_metrics *m, char *out, size_t size);

/* The table of families, for documents: NULL past the end. Static strings. */
struct haredis_metric_info {
  const char *name;    /* "haredis_commands_total" */
  const char *type;    /* "counter", "gauge" or "histogram" */
  const char *help;    /* one sentence: what it is */
  const char *asks;    /* one sentence: what it asks of a person */
};
HAREDIS_API const struct haredis_metric_info *haredis_metric_info(size_t index);

#ifdef __cplusplus
}
#endif

#endif
