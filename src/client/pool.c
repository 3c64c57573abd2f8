/*
 * See pool.h. A lane is dialled for whoever stands in the line, not for one of them: when it is up
 * the first in the line gets it. Lanes to a node that is no longer the master get a grace to say
 * what they have to say (a demoted master answers who is blocked there), then they are closed.
 */
#include "client/pool.h"

#include <stdio.h>

#include "client/stream.h"

#define HR_POOL_GRACE_MS 250
#define HR_POOL_IDLE_MS 10000
#define HR_POOL_IDLE_MAX 8
#define HR_POOL_CALM_MS 10000 /* so long nobody waited: that somebody does is news again */
/* So many at once; whoever is up asks for the next. */
#define HR_POOL_DIALS_MAX 64
#define HR_POOL_REDIAL_FIRST_MS 2
#define HR_POOL_REDIAL_MAX_MS 250
/* So many at once over TLS. Each handshake takes milliseconds of both processors: a thousand that
 * begin together end together, all of them too late for connect_timeout_ms, for ever. */
#define HR_POOL_TLS_DIALS 16

static bool hr_lane_is_idle(const struct hr_lane *lane) {
  return lane->holder == NULL && hr_link_is_up(lane->conn.link);
}

static void hr_pool_wake(haredis_client *c, hr_msec at_ms) {
  struct hr_pool *pool = c->pool;
  if (at_ms < pool->wake_ms) {
    pool->wake_ms = at_ms;
    hr_client_timer_set(c, &pool->timer, at_ms - hr_loop_now(c->loop));
  }
}

/* ---- the end of a lane ---- */

static void hr_lane_unlink(struct hr_lane *lane) {
  struct hr_pool *pool = lane->conn.client->pool;
  if (lane->prev != NULL) {
    lane->prev->next = lane->next;
  } else {
    pool->lanes = lane->next;
  }
  if (lane->next != NULL) {
    lane->next->prev = lane->prev;
  }
  pool->count--;
  lane->next = pool->retired; /* whoever called us may still look at it */
  pool->retired = lane;
  lane->conn.client->unsettled = true;
}

/* Its requests go to lost_one; who held it, or NULL. */
static struct hr_holder *hr_lane_take_down(struct hr_lane *lane) {
  hr_lane_unlink(lane);
  hr_link_free(lane->conn.link);
  lane->conn.link = NULL;
  struct hr_holder *holder = lane->holder;
  lane->holder = NULL;
  if (holder != NULL) {
    holder->lane = NULL;
  }
  hr_client_pump_soon(lane->conn.client);
  return holder;
}

static void hr_lane_end(struct hr_lane *lane, enum hr_down why) {
  haredis_client *c = lane->conn.client;
  hr_client_enter(c);
  struct hr_holder *holder = hr_lane_take_down(lane);
  if (holder != NULL) {
    holder->kind->lost(holder, why);
  }
  hr_client_leave(c);
}

void hr_pool_drop(struct hr_holder *holder) {
  haredis_client *c = holder->client;
  if (holder->lane != NULL) {
    hr_client_enter(c);
    hr_lane_take_down(holder->lane);
    hr_client_leave(c);
  }
}

void hr_pool_lose(struct hr_holder *holder) {
  hr_lane_end(holder->lane, HR_DOWN_ASKED);
}

void hr_pool_give_back(struct hr_holder *holder) {
  struct hr_lane *lane = holder->lane;
  if (lane == NULL) {
    return;
  }
  haredis_client *c = lane->conn.client;
  int idle = 0;
  for (const struct hr_lane *each = c->pool->lanes; each != NULL; each = each->next) {
    idle += hr_lane_is_idle(each);
  }
  if (lane->conn.node != c->topology.master || idle >= HR_POOL_IDLE_MAX || c->ending) {
    hr_pool_drop(holder);
    return;
  }
  holder->lane = NULL;
  lane->holder = NULL;
  lane->close_at_ms = hr_loop_now(c->loop) + HR_POOL_IDLE_MS;
  hr_link_set_silence(lane->conn.link, 2 * (hr_msec)c->options.down_after_ms);
  hr_pool_wake(c, lane->close_at_ms);
  hr_client_pump_soon(c);
}

/* ---- the link of a lane ---- */

static void hr_lane_on_up(struct hr_link *link, void *owner) {
  struct hr_lane *lane = owner;
  haredis_client *c = lane->conn.client;
  (void)link;
  hr_client_enter(c);
  c->pool->dials = 0;
  c->pool->auth_failed = false;
  hr_data_admitted(&lane->conn);
  lane->close_at_ms = hr_loop_now(c->loop) + HR_POOL_IDLE_MS;
  hr_pool_wake(c, lane->close_at_ms);
  hr_pool_pump(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_lane_on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  struct hr_lane *lane = owner;
  haredis_client *c = lane->conn.client;
  (void)link;
  hr_client_enter(c);
  if (lane->close_at_ms == 0) { /* it was never up: not at once again */
    uint32_t random = (uint32_t)hr_prng_next(&c->prng);
    hr_msec wait = hr_route_backoff_ms(++c->pool->dials, HR_POOL_REDIAL_FIRST_MS,
                                       HR_POOL_REDIAL_MAX_MS, random);
    c->pool->auth_failed = hr_down_refuses(why);
    wait = hr_down_refuses(why) ? HR_POOL_REDIAL_MAX_MS : wait;
    wait = hr_data_tls_refuses(c, why) ? HR_DATA_TLS_MS : wait;
    c->pool->dial_at_ms = hr_loop_now(c->loop) + wait;
    hr_pool_wake(c, c->pool->dial_at_ms);
  }
  hr_data_refused(&lane->conn, why, text);
  hr_log(c, HAREDIS_LOG_DEBUG, "link of its own: %s", text);
  if (lane->holder != NULL && !c->ending) {
    hr_client_hint_soon(c, lane->conn.node);
  }
  if (lane->conn.link != NULL) { /* whoever reads the log may have ended everything */
    hr_lane_end(lane, why);
  }
  hr_over_finish(c);
  hr_client_leave(c);
}

static void hr_lane_on_lost(struct hr_link *link, const struct hr_request *request,
                            const char *bytes, size_t len, bool sent, void *owner) {
  struct hr_lane *lane = owner;
  (void)link;
  (void)bytes;
  (void)len;
  if (lane->holder != NULL && (request->flags & (HR_REQ_DONE | HR_REQ_OURS)) == 0) {
    lane->holder->kind->lost_one(lane->holder, request, sent);
  }
}

/* NULL: out of memory. */
static struct hr_lane *hr_lane_dial(haredis_client *c, int node) {
  static const struct hr_link_hooks hooks = {
      .up = hr_lane_on_up, .down = hr_lane_on_down, .lost = hr_lane_on_lost};
  struct hr_pool *pool = c->pool;
  struct hr_lane *lane = hr_calloc(1, sizeof(*lane));
  if (lane == NULL) {
    return NULL;
  }
  lane->conn.client = c;
  lane->conn.node = node;
  struct hr_link_config config;
  hr_client_link_config(c, node, "haredis-lane", &config);
  config.silent_after_ms = 2 * (hr_msec)c->options.down_after_ms;
  lane->conn.link = hr_link_new(c->loop, &config, &hooks, lane);
  if (lane->conn.link == NULL) {
    hr_free(lane);
    return NULL;
  }
  lane->next = pool->lanes;
  if (lane->next != NULL) {
    lane->next->prev = lane;
  }
  pool->lanes = lane;
  pool->count++;
  hr_link_dial(lane->conn.link);
  return lane;
}

/* ---- the line ---- */

void hr_pool_want(struct hr_holder *holder) {
  struct hr_pool *pool = holder->client->pool;
  struct hr_holder *after = pool->last;
  while (after != NULL && after->order > holder->order) {
    after = after->prev;
  }
  holder->prev = after;
  holder->next = after != NULL ? after->next : pool->first;
  *(after != NULL ? &after->next : &pool->first) = holder;
  *(holder->next != NULL ? &holder->next->prev : &pool->last) = holder;
  holder->in_line = true;
  pool->line++;
  pool->line_bytes += holder->bytes;
  hr_metrics_queued(holder->client);
  hr_client_pump_soon(holder->client);
}

void hr_pool_forget(struct hr_holder *holder) {
  struct hr_pool *pool = holder->client->pool;
  if (!holder->in_line) {
    return;
  }
  *(holder->prev != NULL ? &holder->prev->next : &pool->first) = holder->next;
  *(holder->next != NULL ? &holder->next->prev : &pool->last) = holder->prev;
  holder->next = holder->prev = NULL;
  holder->in_line = false;
  pool->line--;
  pool->line_bytes -= holder->bytes;
}

static void hr_pool_fail(struct hr_holder *holder, int code) {
  hr_pool_forget(holder);
  holder->kind->fail(holder, code);
}

int hr_pool_room(haredis_client *c, size_t bytes) {
  struct hr_pool *pool = c->pool;
  size_t max = (size_t)c->options.queue_max, max_bytes = c->options.queue_max_bytes;
  while (bytes <= max_bytes && (pool->line >= max || pool->line_bytes + bytes > max_bytes)) {
    if (c->options.queue_policy != HAREDIS_QUEUE_DROP_OLDEST || pool->first == NULL) {
      break;
    }
    hr_pool_fail(pool->first, HAREDIS_ERR_QUEUE_FULL);
  }
  bool full = pool->line >= max || pool->line_bytes + bytes > max_bytes;
  if (full && pool->full) {
    return hr_client_fail(c, HAREDIS_ERR_QUEUE_FULL,
                          "the queue is full: all %d links of pool_max are taken: the command did "
                          "not run", c->options.pool_max);
  }
  return full ? hr_client_fail(c, HAREDIS_ERR_QUEUE_FULL, NULL) : HAREDIS_OK;
}

int hr_pool_late_code(const struct hr_holder *holder) {
  const haredis_client *c = holder->client;
  const struct hr_plan *plan = &c->plans[holder->need];
  if (plan->kind != HR_PLAN_SEND) {
    return hr_route_code_public(plan->code);
  }
  return c->pool->auth_failed ? HAREDIS_ERR_AUTH : HAREDIS_ERR_TIMEOUT;
}

/* ---- all links are taken ---- */

uint32_t hr_pool_late_flags(const struct hr_holder *holder) {
  return holder->in_line && holder->client->pool->full ? HR_REQ_NO_LANE : 0;
}

void hr_pool_say_full(haredis_client *c, const char *end) {
  snprintf(c->detail, sizeof(c->detail), "all %d links of pool_max are taken%s",
           c->options.pool_max, end);
}

/* One who waits is enough; told again when it was not so for a while. */
static void hr_pool_note_full(haredis_client *c, bool full) {
  struct hr_pool *pool = c->pool;
  hr_msec now = hr_loop_now(c->loop);
  pool->full = full;
  if (full) {
    pool->tell_full |= pool->full_ms == 0 || now - pool->full_ms >= HR_POOL_CALM_MS;
    pool->full_ms = now;
  }
}

static void hr_pool_tell_full(haredis_client *c) {
  char text[160];
  if (!c->pool->tell_full) {
    return;
  }
  c->pool->tell_full = false;
  snprintf(text, sizeof(text),
           "all %d links of pool_max are taken: blocking commands, transactions and streams wait",
           c->options.pool_max);
  hr_log(c, HAREDIS_LOG_WARNING, "%s", text);
  if (!c->ending) { /* the log hook may have ended it */
    hr_tell(c, HAREDIS_EVENT_WARNING, -1, 0, 0, text);
  }
}

/* ---- the pump ---- */

static struct hr_lane *hr_pool_idle(haredis_client *c, int node, int *dialling) {
  struct hr_lane *idle = NULL;
  *dialling = 0;
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = lane->next) {
    bool up = hr_link_is_up(lane->conn.link);
    *dialling += lane->holder == NULL && !up && lane->conn.node == node;
    if (idle == NULL && lane->conn.node == node && hr_lane_is_idle(lane)) {
      idle = lane;
    }
  }
  return idle;
}

/* The client's pauses, and its own. */
static bool hr_pool_may_go(struct hr_holder *holder, hr_msec now) {
  haredis_client *c = holder->client;
  bool write = holder->need == HR_NEED_WRITE || holder->need == HR_NEED_DURABLE_WRITE;
  bool durable = holder->need == HR_NEED_DURABLE_WRITE || holder->need == HR_NEED_DURABLE_READ;
  if (now < holder->not_before_ms) {
    hr_pool_wake(c, holder->not_before_ms);
    return false;
  }
  if (now < c->hold_all_ms || (write && now < c->hold_writes_ms)) {
    return false;
  }
  struct hr_record_text record;
  if (durable && (!c->control->record(c->driver, &record) || record.epoch[0] == '\0')) {
    return false;
  }
  return holder->kind->ready == NULL || holder->kind->ready(holder);
}

static void hr_pool_dial(haredis_client *c, int node, int wanted, int dialling) {
  struct hr_pool *pool = c->pool;
  hr_msec now = hr_loop_now(c->loop);
  int max = c->options.pool_max;
  wanted = (wanted < HR_POOL_DIALS_MAX ? wanted : HR_POOL_DIALS_MAX) - dialling;
  if (wanted > 0 && now < pool->dial_at_ms) {
    hr_pool_wake(c, pool->dial_at_ms);
    return;
  }
  for (; wanted > 0 && hr_pool_links(c) < max; wanted--) {
    if (hr_lane_dial(c, node) == NULL) {
      pool->dial_at_ms = now + HR_POOL_REDIAL_MAX_MS; /* no memory: their deadlines go on */
      hr_pool_wake(c, pool->dial_at_ms);
      return;
    }
  }
}

/* The link for all commands tried, too, and was told so. */
static bool hr_pool_no_db(const haredis_client *c, int node) {
  return c->targets[node] != NULL && c->targets[node]->main.no_db;
}

/* In the order of the calls; whoever must wait for a majority or a pause is passed by others. */
static void hr_pool_serve(haredis_client *c) {
  hr_msec now = hr_loop_now(c->loop);
  int wanted = 0, dialling = 0, node = -1;
  bool full = false, none = false;
  struct hr_holder *next;
  for (struct hr_holder *holder = c->pool->first; holder != NULL; holder = next) {
    next = holder->next;
    const struct hr_plan *plan = &c->plans[holder->need];
    if (plan->kind == HR_PLAN_FAIL) {
      hr_pool_fail(holder, hr_route_code_public(plan->code));
      continue;
    }
    if (plan->kind == HR_PLAN_WAIT || c->topology.master < 0 || !hr_pool_may_go(holder, now)) {
      continue;
    }
    node = c->topology.master;
    if (hr_pool_no_db(c, node)) {
      hr_pool_fail(holder, HAREDIS_ERR_AUTH);
      continue;
    }
    struct hr_lane *lane = none ? NULL : hr_pool_idle(c, node, &dialling);
    none = lane == NULL; /* the next need not look: who waits and who dials may be thousands */
    if (lane == NULL && ++wanted + hr_pool_links(c) > c->options.pool_max + dialling) {
      full = true;
      break; /* those behind it would get none either */
    }
    if (lane == NULL) {
      continue;
    }
    hr_pool_forget(holder);
    holder->lane = lane;
    lane->holder = holder;
    lane->close_at_ms = INT64_MAX;
    holder->kind->begin(holder);
  }
  if (c->tls != NULL && wanted > HR_POOL_TLS_DIALS) {
    wanted = HR_POOL_TLS_DIALS;
  }
  if (wanted > dialling) {
    hr_pool_dial(c, node, wanted, dialling); /* whoever is up, or will not be, asks for more */
  }
  hr_pool_note_full(c, full);
}

void hr_pool_pump(haredis_client *c) {
  if (c->ending || c->dead || (c->pool->first == NULL && c->pool->lanes == NULL)) {
    return;
  }
  hr_client_enter(c);
  struct hr_lane *next;
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = next) {
    next = lane->next;
    if (lane->holder != NULL && lane->holder->kind->push != NULL) {
      lane->holder->kind->push(lane->holder);
    }
  }
  hr_pool_serve(c);
  hr_pool_tell_full(c);
  hr_client_leave(c);
}

/* Idle for too long, or their grace is over. */
static void hr_pool_close_late(haredis_client *c) {
  hr_msec now = hr_loop_now(c->loop);
  struct hr_lane *next;
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = next) {
    next = lane->next;
    bool dialling = lane->close_at_ms == 0;
    if (!dialling && lane->close_at_ms <= now) {
      hr_lane_end(lane, HR_DOWN_ASKED);
    } else if (!dialling) {
      hr_pool_wake(c, lane->close_at_ms);
    }
  }
}

static void hr_pool_on_timer(struct hr_timer *timer, void *owner) {
  haredis_client *c = owner;
  hr_client_timer_rest(c, timer);
  c->pool->wake_ms = timer->at_ms;
  hr_client_enter(c);
  hr_pool_close_late(c);
  hr_pool_pump(c);
  hr_over_finish(c);
  hr_client_leave(c);
}

/* ---- the client's words ---- */

int hr_pool_make(haredis_client *c) {
  c->pool = hr_calloc(1, sizeof(*c->pool));
  if (c->pool == NULL) {
    return -1;
  }
  c->pool->node = -1;
  int code = hr_client_timer_make(c, &c->pool->timer, hr_pool_on_timer, c);
  c->pool->wake_ms = c->pool->timer.at_ms;
  return code;
}

void hr_pool_topology(haredis_client *c) {
  int master = c->topology.master;
  struct hr_lane *next;
  if (master < 0) {
    return;
  }
  if (master != c->pool->node) {
    c->pool->node = master;
    c->pool->dials = 0;
    c->pool->dial_at_ms = 0;
    c->pool->auth_failed = false;
  }
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = next) {
    next = lane->next;
    struct hr_holder *holder = lane->holder;
    if (lane->conn.node == master) {
      lane->close_at_ms = holder != NULL ? INT64_MAX : lane->close_at_ms; /* it is so again */
      continue;
    }
    if (holder == NULL) {
      hr_lane_end(lane, HR_DOWN_ASKED);
      continue;
    }
    if (lane->close_at_ms == INT64_MAX) {
      lane->close_at_ms = hr_loop_now(c->loop) + HR_POOL_GRACE_MS;
      hr_pool_wake(c, lane->close_at_ms);
    }
    if (holder->kind->leave != NULL) {
      holder->kind->leave(holder);
    }
  }
}

void hr_pool_settle(haredis_client *c) {
  struct hr_lane *next;
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = next) {
    next = lane->next;
    if (lane->holder != NULL && lane->conn.proof.proven) {
      hr_lane_settle(lane);
    }
  }
}

void hr_pool_close(haredis_client *c, int node) {
  struct hr_lane *next;
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = next) {
    next = lane->next;
    if (lane->conn.node == node) {
      hr_lane_end(lane, HR_DOWN_ASKED);
    }
  }
}

void hr_pool_expire(haredis_client *c, hr_msec now, hr_msec *next) {
  struct hr_holder *after;
  for (struct hr_holder *holder = c->pool->first; holder != NULL; holder = after) {
    after = holder->next;
    holder->kind->expire(holder, now, next);
  }
  struct hr_lane *following;
  for (struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = following) {
    following = lane->next;
    if (lane->holder != NULL) {
      lane->holder->kind->expire(lane->holder, now, next);
    }
  }
}

hr_msec hr_pool_heard_ms(const haredis_client *c, int node) {
  hr_msec heard = 0;
  for (const struct hr_lane *lane = c->pool->lanes; lane != NULL; lane = lane->next) {
    hr_msec at = lane->conn.node == node ? hr_link_heard_ms(lane->conn.link) : 0;
    heard = at > heard ? at : heard;
  }
  return heard;
}

void hr_pool_free_all(haredis_client *c) {
  if (c->pool == NULL) {
    return;
  }
  hr_client_enter(c);
  while (c->pool->lanes != NULL) {
    hr_lane_end(c->pool->lanes, HR_DOWN_ASKED);
  }
  while (c->pool->first != NULL) {
    hr_pool_fail(c->pool->first, HAREDIS_ERR_CLOSED);
  }
  hr_client_leave(c);
}

void hr_pool_free_retired(haredis_client *c) {
  while (c->pool != NULL && c->pool->retired != NULL) {
    struct hr_lane *lane = c->pool->retired;
    c->pool->retired = lane->next;
    hr_free(lane);
  }
}

void hr_pool_free_memory(haredis_client *c) {
  hr_pool_free_retired(c);
  if (c->pool != NULL) {
    hr_timer_clear(c->loop, &c->pool->timer);
  }
  hr_free(c->pool);
}

bool hr_pool_spare(haredis_client *c) {
  struct hr_lane *lane = c->pool->lanes;
  while (lane != NULL && !hr_lane_is_idle(lane)) {
    lane = lane->next;
  }
  if (lane != NULL) {
    hr_lane_end(lane, HR_DOWN_ASKED);
  }
  return lane != NULL;
}

int hr_pool_links(const haredis_client *c) {
  int open = c->pool->count;
  for (const haredis_stream *s = c->streams; s != NULL; s = s->next) {
    open += !s->closed;
  }
  return open;
}
