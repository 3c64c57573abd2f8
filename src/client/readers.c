/*
 * The links that reads from replicas go by, and how far away their nodes are.
 *
 * A link is dialled when the first read might use it, kept while its node may be read, and closed
 * when that has not been so for long, or when nobody reads from replicas any more. Its PINGs prove
 * that it lives, and measure it for the nearest: with every beat, the master too. What counts is
 * the middle one of the last five answers, so that one or two that stalled, or a turn of the loop
 * in which we did, change nothing, and three beats after a node moved it is known. Who owes an
 * answer is as far away as that is late, so who hangs is not the nearest.
 *
 * It must not know: what is read, where it goes.
 */
#include "client/reads.h"

#include <string.h>

#define HR_READERS_KEEP_MS 10000 /* a link of which nothing is wanted */
#define HR_READERS_USED_MS 60000 /* how long after the last read links are kept up */

bool hr_readers_active(const haredis_client *c) {
  hr_msec used_ms = c->reads->used_ms;
  return used_ms != 0 && hr_loop_now(c->loop) - used_ms < HR_READERS_USED_MS;
}

static void hr_readers_linked(struct hr_reader *reader) {
  haredis_client *c = reader->conn.client;
  bool refused = hr_loop_now(c->loop) < reader->refused_ms;
  c->reads->links[reader->conn.node].ready = reader->conn.link != NULL &&
                                             hr_link_is_up(reader->conn.link) && !refused &&
                                             !reader->astray;
}

/* ---- how far away ---- */

static uint32_t hr_latency_middle(const struct hr_latency *latency) {
  uint32_t sorted[HR_LATENCY_SAMPLES];
  size_t count = latency->taken < HR_LATENCY_SAMPLES ? latency->taken : HR_LATENCY_SAMPLES;
  for (size_t i = 0; i < count; i++) {
    size_t at = i;
    for (; at > 0 && sorted[at - 1] > latency->us[i]; at--) {
      sorted[at] = sorted[at - 1];
    }
    sorted[at] = latency->us[i];
  }
  return count > 0 ? sorted[(count - 1) / 2] : 0;
}

static void hr_readers_on_ping(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  struct hr_reads *reads = conn->client->reads;
  struct hr_latency *latency = &reads->latency[conn->node];
  (void)link;
  (void)reply;
  latency->us[latency->taken++ % HR_LATENCY_SAMPLES] =
      hr_metrics_round_trip(conn->client, conn->node, request->order);
  reads->links[conn->node].rtt_us = hr_latency_middle(latency);
  latency->asked_us = 0;
}

/* Who hangs would stay the nearest for ever: an answer that is due counts as long as it is late. It
 * is not asked again meanwhile, or one pause would be measured many times. */
static bool hr_readers_waits(struct hr_conn *conn, int64_t now_us) {
  struct hr_reads *reads = conn->client->reads;
  int64_t since = reads->latency[conn->node].asked_us;
  uint32_t *rtt_us = &reads->links[conn->node].rtt_us;
  if (since == 0 || hr_link_unanswered(conn->link) == 0) {
    return false;
  }
  if (now_us - since > *rtt_us && now_us - since < INT32_MAX) {
    *rtt_us = (uint32_t)(now_us - since);
  }
  return true;
}

static void hr_readers_ping(struct hr_conn *conn) {
  static const char *const ping[] = {"PING"};
  haredis_client *c = conn->client;
  int64_t now_us = hr_loop_now_us(c->loop);
  struct hr_request request = {
      .fn = hr_readers_on_ping, .owner = conn, .flags = HR_REQ_OURS, .order = now_us};
  if (hr_readers_waits(conn, now_us)) {
    return;
  }
  if (hr_link_send(conn->link, &request, 1, ping, NULL) == 0) { /* else: at the next beat */
    c->reads->latency[conn->node].asked_us = now_us;
  }
}

void hr_readers_greeted(haredis_client *c, int node) {
  if (c->reads != NULL) {
    c->reads->latency[node].asked_us = 0;
  }
}

static void hr_readers_ping_master(haredis_client *c) {
  int master = c->topology.master;
  struct hr_target *target = master >= 0 ? c->targets[master] : NULL;
  if (target != NULL && target->main.link != NULL && hr_link_is_up(target->main.link)) {
    hr_readers_ping(&target->main);
  }
}

void hr_readers_measure(haredis_client *c) {
  if (c->reads->measures) {
    return;
  }
  c->reads->measures = true;
  hr_readers_ping_master(c); /* the others were measured when their links came up */
}

/* ---- links ---- */

static void hr_readers_on_up(struct hr_link *link, void *owner) {
  struct hr_reader *reader = owner;
  haredis_client *c = reader->conn.client;
  (void)link;
  hr_client_enter(c);
  hr_data_admitted(&reader->conn);
  hr_readers_greeted(c, reader->conn.node);
  hr_readers_linked(reader);
  hr_readers_ping(&reader->conn);
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_readers_on_down(struct hr_link *link, enum hr_down why, const char *text,
                               void *owner) {
  struct hr_reader *reader = owner;
  struct hr_conn *conn = &reader->conn;
  haredis_client *c = conn->client;
  bool known = conn->auth_failed && hr_down_refuses(why);
  (void)link;
  hr_client_enter(c);
  conn->auth_failed = hr_down_refuses(why);
  reader->astray = false;
  hr_readers_linked(reader);
  hr_data_refused(conn, why, text);
  if (conn->wanted && !c->ending) {
    bool bad = (hr_down_refuses(why) || why == HR_DOWN_PROTOCOL) && !known;
    hr_log(c, bad ? HAREDIS_LOG_WARNING : HAREDIS_LOG_DEBUG, "link for reads: %s", text);
  }
  if (conn->wanted && !c->ending) { /* the log's hook may have ended it */
    if (conn->dials == 0) {
      hr_client_hint_soon(c, conn->node);
    }
    hr_data_redial_later(conn, why);
  }
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_readers_on_lost(struct hr_link *link, const struct hr_request *request,
                               const char *bytes, size_t len, bool sent, void *owner) {
  struct hr_reader *reader = owner;
  haredis_client *c = reader->conn.client;
  (void)link;
  if ((request->flags & HR_REQ_OURS) != 0) {
    return;
  }
  c->reads->links[reader->conn.node].waiting--;
  if ((request->flags & HR_REQ_DONE) != 0) {
    return;
  }
  hr_client_enter(c);
  hr_lost_user(&reader->conn, request, bytes, len,
               sent ? HR_OUTCOME_LOST_SENT : HR_OUTCOME_LOST_UNSENT);
  hr_client_leave(c);
}

static struct hr_reader *hr_readers_open(haredis_client *c, int node) {
  static const struct hr_link_hooks hooks = {
      .up = hr_readers_on_up, .down = hr_readers_on_down, .lost = hr_readers_on_lost};
  struct hr_reader *reader = hr_calloc(1, sizeof(*reader));
  if (reader == NULL) {
    return NULL;
  }
  struct hr_link_config config;
  hr_client_link_config(c, node, "haredis-reads", &config);
  config.silent_after_ms = 2 * (hr_msec)c->options.down_after_ms;
  reader->conn.client = c;
  reader->conn.node = node;
  if (hr_client_timer_make(c, &reader->conn.redial, hr_data_on_redial, &reader->conn) != 0) {
    hr_free(reader);
    return NULL;
  }
  reader->conn.link = hr_link_new(c->loop, &config, &hooks, reader);
  if (reader->conn.link == NULL) {
    hr_timer_clear(c->loop, &reader->conn.redial);
    hr_free(reader);
    return NULL;
  }
  c->reads->readers[node] = reader;
  return reader;
}

void hr_readers_want(haredis_client *c) {
  for (int node = 0; node < (int)c->topology.count && !c->ending; node++) {
    if (!c->topology.nodes[node].readable) {
      continue;
    }
    struct hr_reader *reader = c->reads->readers[node];
    if (reader == NULL) {
      reader = hr_readers_open(c, node); /* no memory: the next beat tries again */
    }
    if (reader == NULL) {
      continue;
    }
    reader->readable_ms = hr_loop_now(c->loop);
    if (!reader->conn.wanted) {
      reader->conn.wanted = true;
      hr_data_dial(&reader->conn);
    }
  }
}

static void hr_readers_leave(struct hr_reader *reader) {
  reader->conn.wanted = false;
  if (!hr_link_is_down(reader->conn.link)) {
    hr_link_close(reader->conn.link);
  }
  hr_client_timer_rest(reader->conn.client, &reader->conn.redial);
  hr_readers_linked(reader);
}

void hr_readers_close(haredis_client *c, int node) {
  struct hr_reader *reader = c->reads != NULL ? c->reads->readers[node] : NULL;
  if (reader == NULL || reader->conn.link == NULL || hr_link_is_down(reader->conn.link)) {
    return;
  }
  hr_client_enter(c);
  hr_link_close(reader->conn.link);
  reader->astray = false;
  hr_readers_linked(reader);
  if (reader->conn.wanted) {
    hr_data_redial_later(&reader->conn, HR_DOWN_ASKED);
  }
  hr_client_reroute(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

void hr_readers_astray(struct hr_reader *reader) {
  reader->astray = true;
  hr_readers_linked(reader);
}

hr_msec hr_readers_heard_ms(const haredis_client *c, int node) {
  const struct hr_reader *reader = c->reads != NULL ? c->reads->readers[node] : NULL;
  return reader != NULL && reader->conn.link != NULL ? hr_link_heard_ms(reader->conn.link) : 0;
}

/* ---- time ---- */

/* When the next of the nodes that said "not now" may be asked again. */
static void hr_readers_arm(haredis_client *c) {
  hr_msec now = hr_loop_now(c->loop), next = HR_REST_MS;
  for (size_t node = 0; node < c->addresses.count; node++) {
    struct hr_reader *reader = c->reads->readers[node];
    if (reader == NULL) {
      continue;
    }
    if (reader->refused_ms > now && reader->refused_ms - now < next) {
      next = reader->refused_ms - now;
    }
    hr_readers_linked(reader);
  }
  hr_client_timer_set(c, &c->reads->timer, next);
}

bool hr_readers_refused(const struct hr_reader *reader) {
  return reader->refused_ms > hr_loop_now(reader->conn.client->loop);
}

void hr_readers_refuse(struct hr_reader *reader, hr_msec wait_ms) {
  haredis_client *c = reader->conn.client;
  hr_msec until = hr_loop_now(c->loop) + wait_ms;
  reader->refused_ms = until > reader->refused_ms ? until : reader->refused_ms;
  hr_readers_arm(c);
}

void hr_readers_on_timer(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  (void)timer;
  hr_readers_arm(c);
  hr_client_pump(NULL, c);
}

/* For the nearest every link is measured at every beat, busy or not; else idle ones prove that they
 * live. */
static void hr_readers_beat_one(haredis_client *c, struct hr_reader *reader, hr_msec now) {
  const struct hr_conn *conn = &reader->conn;
  if (reader->astray) {
    hr_readers_close(c, conn->node);
  }
  if (conn->link == NULL) {
    return; /* what that called back has ended the client */
  }
  if (c->topology.nodes[conn->node].readable) {
    reader->readable_ms = now;
  }
  bool kept = hr_readers_active(c) && now - reader->readable_ms < HR_READERS_KEEP_MS;
  if (!kept && conn->wanted && hr_link_unanswered(conn->link) == 0) {
    hr_readers_leave(reader);
  }
  if (!hr_link_is_up(conn->link)) {
    return;
  }
  hr_msec silence = now - hr_link_heard_ms(conn->link);
  bool idle = hr_link_unanswered(conn->link) == 0 && silence >= hr_data_beat_ms(c);
  if (idle || c->reads->measures) {
    hr_readers_ping(&reader->conn);
  }
}

void hr_readers_beat(haredis_client *c) {
  if (c->reads == NULL || c->ending) {
    return;
  }
  hr_msec now = hr_loop_now(c->loop);
  for (size_t node = 0; node < c->topology.count; node++) {
    if (c->reads->readers[node] != NULL) {
      hr_readers_beat_one(c, c->reads->readers[node], now);
    }
  }
  if (c->reads->waiting.first != NULL) {
    hr_client_pump_soon(c); /* no memory for a link before; a bound that only the core knows of */
  }
  if (c->reads->measures && hr_readers_active(c)) {
    hr_readers_ping_master(c);
  }
}
