/*
 * MONITOR and keyspace events: see stream.h.
 *
 * On a MONITOR link the answer to a PING cannot be told from a line by its place in the order, only
 * by its text; so whatever comes there is looked at in one place, whichever way the link hands it
 * over.
 *
 * It must not know: sockets, how a master is found.
 */
#include "client/stream.h"

#include <stdio.h>
#include <string.h>

#include "client/pool.h"
#include "io/wall.h"

#define HR_STREAM_REDIAL_FIRST_MS 2
#define HR_STREAM_REDIAL_MAX_MS 250
#define HR_STREAM_REFUSED_MS 2000 /* a server that said no is asked again so often */
#define HR_STREAM_TEXT_MAX 320

static bool hr_stream_is_monitor(const haredis_stream *s) {
  return s->pattern[0] == '\0';
}

static const char *hr_stream_node_name(const haredis_stream *s) {
  return s->client->addresses.list[s->node].name;
}

/* ---- what comes ---- */

static void hr_stream_item(haredis_stream *s, const char *channel, size_t channel_len,
                           const char *text, size_t text_len) {
  haredis_client *c = s->client;
  if (s->closed || !s->in_force) {
    return;
  }
  struct haredis_stream_item item = {
      .struct_size = sizeof(item),
      .node = hr_stream_node_name(s),
      .channel = channel,
      .channel_len = channel_len,
      .text = text,
      .text_len = text_len,
  };
  hr_client_enter(c);
  s->fn(c, &item, s->data);
  hr_client_leave(c);
}

static void hr_stream_pong(haredis_stream *s) {
  if (s->pongs_due > 0 && --s->pongs_due == 0) {
    s->proven_ms = s->pinged_ms;
  }
}

/* A line of MONITOR begins with the time; the answer to our PING does not. */
static void hr_stream_line(haredis_stream *s, const struct redisReply *reply) {
  if (reply->type != REDIS_REPLY_STATUS) {
    return;
  }
  if (strcmp(reply->str, "PONG") == 0) {
    hr_stream_pong(s);
  } else {
    hr_stream_item(s, NULL, 0, reply->str, (size_t)reply->len);
  }
}

static void hr_stream_on_push(struct hr_link *link, struct redisReply *reply, void *owner) {
  haredis_stream *s = owner;
  (void)link;
  if (hr_stream_is_monitor(s)) {
    hr_stream_line(s, reply);
  }
}

/* "__keyevent@0__:<event>" with the key behind it, or "__keyspace@0__:<key>". */
static bool hr_stream_tells_of_ours(const haredis_client *c,
                                    const struct hr_link_message *message) {
  static const char event[] = "__keyevent@0__:", space[] = "__keyspace@0__:";
  size_t begin = sizeof(space) - 1;
  const char *key = message->payload;
  size_t len = message->payload_len;
  if (message->channel_len < begin) {
    return false;
  }
  if (memcmp(message->channel, space, begin) == 0) {
    key = message->channel + begin;
    len = message->channel_len - begin;
  } else if (memcmp(message->channel, event, begin) != 0) {
    return false;
  }
  bool group = len == strlen(c->group_key) && memcmp(key, c->group_key, len) == 0;
  return group || hr_key_is_ours(key, len);
}

static void hr_stream_on_message(struct hr_link *link, const struct hr_link_message *message,
                                 void *owner) {
  const haredis_stream *s = owner;
  (void)link;
  if (hr_stream_tells_of_ours(s->client, message)) {
    return;
  }
  hr_stream_item(owner, message->channel, message->channel_len, message->payload,
                 message->payload_len);
}

static void hr_stream_on_pong(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply) {
  haredis_stream *s = request->owner;
  (void)link;
  if (hr_stream_is_monitor(s)) {
    hr_stream_line(s, reply);
  } else {
    hr_stream_pong(s);
  }
}

/* ---- in force, and interrupted ---- */

static void hr_stream_arm(haredis_stream *s, hr_msec wait_ms) {
  hr_client_timer_set(s->client, &s->redial, wait_ms);
}

static void hr_stream_arm_backoff(haredis_stream *s, enum hr_down why) {
  uint32_t random = (uint32_t)hr_prng_next(&s->client->prng);
  hr_msec wait =
      hr_route_backoff_ms(s->dials, HR_STREAM_REDIAL_FIRST_MS, HR_STREAM_REDIAL_MAX_MS, random);
  s->dials++;
  bool refused = hr_down_refuses(why) || hr_data_tls_refuses(s->client, why);
  hr_stream_arm(s, refused ? HR_STREAM_REFUSED_MS : wait);
}

static void hr_stream_complain(haredis_stream *s, const char *text) {
  haredis_client *c = s->client;
  if (s->complained) {
    return;
  }
  s->complained = true;
  hr_client_enter(c);
  hr_log(c, HAREDIS_LOG_WARNING, "%s", text);
  if (!s->closed) { /* the log hook may have ended it */
    hr_tell(c, HAREDIS_EVENT_WARNING, s->node, 0, 0, text);
  }
  hr_client_leave(c);
}

static bool hr_stream_on_master(const haredis_stream *s) {
  const struct hr_topology *topology = &s->client->topology;
  return topology->pause == HR_PAUSE_NONE && topology->master == s->node;
}

/* What this link said is proven until then; but who is cut off may have talked on while another was
 * the master. */
static void hr_stream_interrupted(haredis_stream *s) {
  if (s->in_force && s->gap_ms == 0) {
    bool alone = !s->follows || hr_stream_on_master(s);
    s->gap_ms = alone || s->proven_ms < s->sure_ms ? s->proven_ms : s->sure_ms;
  }
  s->in_force = false;
  s->pongs_due = 0;
}

static void hr_stream_in_force(haredis_stream *s, int64_t asked_ms) {
  haredis_client *c = s->client;
  int64_t now = hr_wall_ms(), from = s->gap_ms;
  s->in_force = true;
  s->refused = false;
  s->complained = false;
  s->dials = 0;
  s->proven_ms = asked_ms;
  s->sure_ms = now;
  s->gap_ms = 0;
  if (from == 0) {
    return;
  }
  hr_client_enter(c);
  hr_tell_gap(c, s->node, from, now,
              hr_stream_is_monitor(s) ? "lines of MONITOR are missing: their link was down"
                                      : "keyspace events may be missing: their link was down");
  hr_client_leave(c);
}

/* It will say something else soon. */
static bool hr_stream_is_busy(const char *error) {
  return strncmp(error, "LOADING", 7) == 0 || strncmp(error, "BUSY", 4) == 0 ||
         strncmp(error, "MASTERDOWN", 10) == 0;
}

static void hr_stream_refused(haredis_stream *s, const char *what, const char *error) {
  char text[HR_STREAM_TEXT_MAX];
  if (!s->refused && !hr_stream_is_busy(error)) {
    s->refused = true;
    s->complained = false; /* of something else */
  }
  snprintf(text, sizeof(text), "%s refuses %s: %.150s", hr_stream_node_name(s), what, error);
  hr_link_close(s->link);
  hr_stream_arm(s, HR_STREAM_REFUSED_MS);
  hr_stream_complain(s, text); /* last: the hooks may do anything */
}

static void hr_stream_on_answer(struct hr_link *link, struct hr_request *request,
                                struct redisReply *reply) {
  haredis_stream *s = request->owner;
  (void)link;
  if (reply->type == REDIS_REPLY_ERROR) {
    hr_stream_refused(s, hr_stream_is_monitor(s) ? "MONITOR" : "PSUBSCRIBE", reply->str);
  } else {
    hr_stream_in_force(s, request->order);
  }
}

/* "__keyevent@*__:expired" names one event: is it one whose class is off? */
static bool hr_stream_class_is_off(const haredis_stream *s, const char *flags) {
  static const struct {
    const char *event;
    const char *classes; /* any of these lets it through */
  } events[] = {{"expired", "xA"}, {"evicted", "eA"}, {"keymiss", "m"}, {"new", "n"}};
  const char *name = strrchr(s->pattern, ':');
  for (size_t i = 0; name != NULL && i < sizeof(events) / sizeof(events[0]); i++) {
    if (strcmp(name + 1, events[i].event) == 0) {
      return strpbrk(flags, events[i].classes) == NULL;
    }
  }
  return false;
}

/* Do the flags of notify-keyspace-events let anything through that this pattern can match? */
static bool hr_stream_is_told(const haredis_stream *s, const char *flags) {
  bool space = strchr(flags, 'K') != NULL, event = strchr(flags, 'E') != NULL;
  if (strspn(flags, "KE") == strlen(flags)) {
    return false; /* where, but not what */
  }
  if (strncmp(s->pattern, "__keyspace@", 11) == 0) {
    return space;
  }
  if (strncmp(s->pattern, "__keyevent@", 11) != 0) {
    return space || event;
  }
  return event && !hr_stream_class_is_off(s, flags);
}

static void hr_stream_on_flags(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  haredis_stream *s = request->owner;
  (void)link;
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[1]->str == NULL) {
    return; /* not allowed to look: what comes will come */
  }
  if (!hr_stream_is_told(s, reply->element[1]->str)) {
    char text[HR_STREAM_TEXT_MAX];
    snprintf(text, sizeof(text),
             "%s tells no such keyspace events (notify-keyspace-events is \"%.32s\"): "
             "CONFIG SET notify-keyspace-events KEA there, on every node",
             hr_stream_node_name(s), reply->element[1]->str);
    hr_stream_complain(s, text);
  }
}

/* ---- the link ---- */

static int hr_stream_ask(haredis_stream *s, hr_request_fn *fn, int argc, const char *const *argv) {
  const struct hr_request request = {
      .fn = fn, .owner = s, .flags = HR_REQ_OURS, .order = hr_wall_ms()};
  return hr_link_send(s->link, &request, argc, argv, NULL);
}

static void hr_stream_on_up(struct hr_link *link, void *owner) {
  static const char *const monitor[] = {"MONITOR"};
  static const char *const flags[] = {"CONFIG", "GET", "notify-keyspace-events"};
  haredis_stream *s = owner;
  const char *const subscribe[] = {"PSUBSCRIBE", s->pattern};
  int code;
  if (hr_stream_is_monitor(s)) {
    code = hr_stream_ask(s, hr_stream_on_answer, 1, monitor);
  } else {
    code = hr_stream_ask(s, hr_stream_on_flags, 3, flags);
    code = code == 0 ? hr_stream_ask(s, hr_stream_on_answer, 2, subscribe) : code;
  }
  if (code != 0) { /* no memory: as if the link had broken */
    hr_link_close(link);
    hr_stream_arm_backoff(s, HR_DOWN_ASKED);
  }
}

static void hr_stream_on_down(struct hr_link *link, enum hr_down why, const char *text,
                              void *owner) {
  haredis_stream *s = owner;
  haredis_client *c = s->client;
  (void)link;
  hr_stream_interrupted(s);
  hr_stream_arm_backoff(s, why);
  s->refused = hr_down_refuses(why) || hr_data_tls_refuses(c, why);
  hr_client_enter(c);
  hr_log(c, HAREDIS_LOG_DEBUG, "link of a stream: %s", text);
  if (s->refused && !s->closed) {
    hr_stream_complain(s, text);
  }
  hr_client_leave(c);
}

/* Nothing of a user's is on this link. */
static void hr_stream_on_lost(struct hr_link *link, const struct hr_request *request,
                              const char *bytes, size_t len, bool sent, void *owner) {
  (void)link;
  (void)request;
  (void)bytes;
  (void)len;
  (void)sent;
  (void)owner;
}

/* To s->node. Without memory it is tried again. */
static void hr_stream_dial(haredis_stream *s) {
  static const struct hr_link_hooks hooks = {
      .up = hr_stream_on_up,
      .down = hr_stream_on_down,
      .lost = hr_stream_on_lost,
      .push = hr_stream_on_push,
      .message = hr_stream_on_message,
  };
  haredis_client *c = s->client;
  struct hr_link_config config;
  hr_client_link_config(c, s->node, "haredis-stream", &config);
  config.db = 0; /* it is in no database */
  config.silent_after_ms = 2 * (hr_msec)c->options.down_after_ms;
  config.pubsub = true;
  if (s->link == NULL) {
    s->link = hr_link_new(c->loop, &config, &hooks, s);
  }
  if (s->link == NULL) {
    hr_stream_arm(s, HR_STREAM_REDIAL_MAX_MS);
  } else if (hr_link_is_down(s->link)) {
    hr_link_dial(s->link);
  }
}

static void hr_stream_on_redial(struct hr_timer *timer, void *owner) {
  haredis_stream *s = owner;
  hr_client_timer_rest(s->client, timer);
  if (!s->closed && s->node >= 0) {
    hr_stream_dial(s);
  }
}

static void hr_stream_lead(haredis_stream *s, int node) {
  hr_stream_interrupted(s);
  hr_link_free(s->link);
  s->link = NULL;
  s->node = node;
  s->refused = false;
  s->complained = false;
  s->dials = 0;
  hr_client_timer_rest(s->client, &s->redial);
  hr_stream_dial(s);
}

void hr_stream_topology(haredis_client *c) {
  int master = c->topology.master;
  for (haredis_stream *s = c->streams; s != NULL && master >= 0; s = s->next) {
    if (s->follows && !s->closed && s->node != master) {
      hr_stream_lead(s, master);
    }
  }
}

void hr_stream_break(haredis_client *c, int node) {
  for (haredis_stream *s = c->streams; s != NULL; s = s->next) {
    if (s->closed || s->node != node || s->link == NULL || hr_link_is_down(s->link)) {
      continue;
    }
    hr_stream_interrupted(s);
    hr_link_close(s->link);
    hr_stream_arm_backoff(s, HR_DOWN_ASKED);
  }
}

/* With every beat one that proves what came; and one for a link that is silent, whatever is due: a
 * line of MONITOR that came first has taken its place with the link, which watches nothing then. */
static void hr_stream_ping(haredis_stream *s) {
  static const char *const ping[] = {"PING"};
  haredis_client *c = s->client;
  hr_msec silence = hr_loop_now(c->loop) - hr_link_heard_ms(s->link);
  bool silent = hr_link_unanswered(s->link) == 0 && silence >= hr_data_beat_ms(c);
  if (s->pongs_due > 0 && !silent) {
    return;
  }
  if (hr_stream_ask(s, hr_stream_on_pong, 1, ping) != 0) {
    return; /* no memory: the next beat tries again */
  }
  s->pinged_ms = s->pongs_due == 0 ? hr_wall_ms() : s->pinged_ms;
  s->pongs_due++;
}

void hr_stream_beat(haredis_client *c) {
  for (haredis_stream *s = c->streams; s != NULL; s = s->next) {
    if (s->closed || !s->in_force) {
      continue;
    }
    int64_t sure_ms = hr_wall_ms() - c->options.down_after_ms; /* so old may our knowledge be */
    s->sure_ms = hr_stream_on_master(s) && sure_ms > s->sure_ms ? sure_ms : s->sure_ms;
    hr_stream_ping(s);
  }
}

/* ---- birth and end ---- */

static int hr_stream_check(haredis_client *c, const char *name, int *node) {
  *node = -1;
  if (c->refusing) {
    return hr_client_refuse(c);
  }
  if (name != NULL && (*node = hr_people_find(c, name)) < 0) {
    return hr_client_fail(c, HAREDIS_ERR_NODE, "no such node in the list of nodes: %.100s", name);
  }
  if (hr_pool_links(c) >= c->options.pool_max && !hr_pool_spare(c)) {
    return hr_client_fail(c, HAREDIS_ERR_QUEUE_FULL,
                          "%d links are in use: pool_max allows no more", c->options.pool_max);
  }
  return HAREDIS_OK;
}

static haredis_stream *hr_stream_open(haredis_client *c, const char *name, const char *pattern,
                                      haredis_stream_fn *fn, void *data) {
  int node;
  if (c == NULL || hr_stream_check(c, name, &node) != HAREDIS_OK) {
    return NULL;
  }
  if (fn == NULL) {
    hr_client_fail(c, HAREDIS_ERR_FORMAT, "a stream wants a function that takes its items");
    return NULL;
  }
  size_t len = strlen(pattern) + 1;
  haredis_stream *s = hr_calloc(1, sizeof(*s) + len);
  if (s == NULL || hr_client_timer_make(c, &s->redial, hr_stream_on_redial, s) != 0) {
    hr_free(s);
    hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
    return NULL;
  }
  memcpy(s->pattern, pattern, len);
  s->client = c;
  s->fn = fn;
  s->data = data;
  s->follows = name == NULL;
  s->node = s->follows ? c->topology.master : node;
  s->next = c->streams;
  c->streams = s;
  if (s->node >= 0) {
    hr_stream_dial(s);
  }
  return s;
}

haredis_stream *haredis_monitor(haredis_client *c, const char *node, haredis_stream_fn *fn,
                                void *data) {
  return hr_stream_open(c, node, "", fn, data);
}

haredis_stream *haredis_keyspace(haredis_client *c, const char *pattern, haredis_stream_fn *fn,
                                 void *data) {
  if (c != NULL && (pattern == NULL || strncmp(pattern, "__key", 5) != 0)) {
    hr_client_fail(c, HAREDIS_ERR_FORMAT,
                   "a pattern of keyspace events begins with \"__key\": haredis_psubscribe() is "
                   "for all others");
    return NULL;
  }
  return hr_stream_open(c, NULL, pattern, fn, data);
}

int haredis_stream_refused(const haredis_stream *s) {
  return s != NULL && s->refused;
}

static void hr_stream_shut(haredis_stream *s) {
  s->closed = true;
  s->in_force = false;
  s->client->unsettled = true;
  hr_timer_clear(s->client->loop, &s->redial);
  hr_link_free(s->link);
  s->link = NULL;
  hr_client_pump_soon(s->client); /* somebody may wait for a link */
}

void haredis_stream_close(haredis_stream *s) {
  if (s == NULL || s->closed) {
    return;
  }
  haredis_client *c = s->client;
  hr_client_enter(c);
  hr_stream_shut(s);
  hr_client_leave(c);
}

void hr_stream_end(haredis_client *c) {
  for (haredis_stream *s = c->streams; s != NULL; s = s->next) {
    if (!s->closed) {
      hr_stream_shut(s);
    }
  }
}

void hr_stream_reap(haredis_client *c) {
  for (haredis_stream **at = &c->streams; *at != NULL;) {
    haredis_stream *s = *at;
    if (!s->closed) {
      at = &s->next;
      continue;
    }
    *at = s->next;
    hr_free(s);
  }
}
