/* Three real servers and one driver. See stage.h. */
#include "stage.h"

#include <ev.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "io/driver.h"
#include "io/link.h"
#include "io/loop.h"

struct stage stage;
static int checks, failures;

bool check(bool ok, const char *format, ...) {
  va_list ap;
  checks++;
  if (!ok) failures++;
  printf("%s %s: ", ok ? "ok" : "FAIL", stage.identity ? stage.identity->title : "");
  va_start(ap, format);
  vprintf(format, ap);
  va_end(ap);
  printf("\n");
  return ok;
}

int check_failures(void) {
  printf("%d passed, %d failed\n", checks - failures, failures);
  return failures;
}

/* -------------------------------------------------------------------------------- loop ------- */

static void wake(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
}

static void turn(int ms) {
  struct ev_loop *ev = hr_loop_ev(stage.loop);
  ev_timer timer;
  ev_timer_init(&timer, wake, ms / 1000.0, 0);
  ev_timer_start(ev, &timer);
  ev_run(ev, EVRUN_ONCE);
  ev_timer_stop(ev, &timer);
  kit_check_interrupt();
}

void idle(int ms) {
  int64_t end = kit_now_us() + (int64_t)ms * 1000;
  while (kit_now_us() < end) turn(1);
}

const struct script_event *await_event(enum hr_event_kind kind, int node, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  size_t seen = 0;
  for (;;) {
    const struct script_event *e;
    for (; (e = script_event(seen)); seen++) {
      if (e->event.kind == kind && e->event.node == node) return e;
    }
    if (kit_now_us() >= end) return NULL;
    turn(1);
  }
}

bool until(bool (*fn)(int node), int node, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  while (!fn(node)) {
    if (kit_now_us() >= end) return false;
    idle(1);
  }
  return true;
}

/* ------------------------------------------------------------------------------- actions ----- */

void tell(struct hr_action action) {
  script_forget();
  script_do(&action);
  hr_driver_hint(stage.driver, action.node);
}

const struct script_event *ask(struct hr_action action) {
  action.op = ++stage.op;
  tell(action);
  int64_t end = kit_now_us() + 3000000;
  for (size_t seen = 0; kit_now_us() < end;) {
    const struct script_event *e;
    for (; (e = script_event(seen)); seen++) {
      if (e->event.kind == HR_EV_ANSWER && e->event.op == action.op) return e;
    }
    turn(1);
  }
  kit_die("no answer to action %d of node %d", (int)action.kind, action.node);
}

struct hr_action action_of(enum hr_action_kind kind, int node) {
  struct hr_action action;
  memset(&action, 0, sizeof action);
  action.kind = kind;
  action.node = node;
  return action;
}

struct hr_epoch epoch_new(void) {
  struct hr_epoch epoch = {.n = ++stage.n};
  snprintf(epoch.nonce, sizeof epoch.nonce, "nonce%03u", (unsigned)(stage.n % 1000));
  return epoch;
}

enum hr_status lock(int node, struct hr_epoch epoch) {
  struct hr_action action = action_of(HR_DO_LOCK, node);
  action.epoch = epoch;
  action.ttl_ms = 5000;
  const struct script_event *e = ask(action);
  if (e->event.status == HR_STATUS_OK) {
    snprintf(stage.client, sizeof stage.client, "%s", e->guard.lock_client);
  }
  return e->event.status;
}

enum hr_status unlock(int node, struct hr_epoch epoch) {
  struct hr_action action = action_of(HR_DO_UNLOCK, node);
  action.epoch = epoch;
  snprintf(action.u.client, sizeof action.u.client, "%s", stage.client);
  return ask(action)->event.status;
}

enum hr_status guard(int node) {
  return ask(action_of(HR_DO_GUARD, node))->event.status;
}

const struct script_event *change(struct hr_action action) {
  static struct script_event answer;
  enum hr_status locked = lock(action.node, action.epoch);
  enum hr_status guarded = guard(action.node);
  answer = *ask(action);
  if (answer.event.facts) answer.event.facts = &answer.facts;
  enum hr_status unlocked = unlock(action.node, action.epoch);
  for (int i = 0; i < 100 && unlocked == HR_STATUS_NO; i++) { /* it may be loading a full copy */
    idle(10);
    unlocked = unlock(action.node, action.epoch);
  }
  check(locked == HR_STATUS_OK && guarded == HR_STATUS_OK &&
            answer.event.status == HR_STATUS_OK && unlocked == HR_STATUS_OK,
        "node %d: lock %d, guard %d, action %d: %d, unlock %d", action.node, (int)locked,
        (int)guarded, (int)action.kind, (int)answer.event.status, (int)unlocked);
  return &answer;
}

struct hr_action follow_of(int node, int master, struct hr_epoch epoch) {
  struct hr_action action = action_of(HR_DO_FOLLOW, node);
  action.epoch = epoch;
  action.master = master;
  return action;
}

struct hr_action promote_of(int node, struct hr_epoch epoch, uint64_t opcounter) {
  struct hr_action action = action_of(HR_DO_PROMOTE, node);
  action.epoch = epoch;
  action.opcounter = opcounter;
  snprintf(action.u.uuid, sizeof action.u.uuid, "%s", "11111111-2222-3333-4444-555555555555");
  return action;
}

/* ------------------------------------------------------------------------------ outside ------ */

void reply_text(int node, char *out, size_t size, const char *command) {
  redisReply *reply = probe(&stage.servers[node], command);
  out[0] = 0;
  if (reply && reply->type == REDIS_REPLY_INTEGER) {
    snprintf(out, size, "%lld", reply->integer);
  } else if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2) {
    snprintf(out, size, "%s", reply->element[1]->str ? reply->element[1]->str : "");
  } else if (reply && reply->str) {
    snprintf(out, size, "%s", reply->str);
  }
  if (reply) freeReplyObject(reply);
}

bool says(int node, const char *command, const char *text) {
  char reply[512];
  reply_text(node, reply, sizeof reply, command);
  if (strcmp(reply, text) == 0) return true;
  printf("     node %d: %s -> \"%s\", not \"%s\"\n", node, command, reply, text);
  return false;
}

bool is_read_only(int node) {
  return says(node, "CONFIG GET replica-read-only", "yes");
}

int64_t info_of(int node, const char *field) {
  char info[PROBE_INFO_MAX];
  if (!probe_info(&stage.servers[node], info, sizeof info)) return -2;
  return info_number(info, field, -1);
}

bool is_linked(int node) {
  struct look look;
  return probe_look(&stage.servers[node], &look) && !look.master && look.link_up;
}

/* -------------------------------------------------------------------------------- life ------- */

static void on_log(enum hr_level level, const char *text, void *owner) {
  (void)owner;
  if (level <= HR_LEVEL_WARNING) printf("     log: %s\n", text);
}

static void on_command_table(const struct redisReply *reply, void *owner) {
  (void)owner;
  if (reply->elements > 100) stage.commands++;
}

static void on_feed_up(int node, void *owner) {
  (void)owner;
  stage.feed[node].ups++;
}

static void on_feed_down(int node, void *owner) {
  (void)owner;
  stage.feed[node].downs++;
}

static void on_feed_answer(int node, uint32_t serial, const char *error, void *owner) {
  (void)owner;
  stage.feed[node].answers++;
  stage.feed[node].refused += error != NULL;
  stage.feed[node].serial = serial;
}

static void on_feed_message(int node, const struct hr_link_message *message, void *owner) {
  (void)owner;
  stage.feed[node].messages++;
  snprintf(stage.feed[node].payload, sizeof stage.feed[node].payload, "%s", message->payload);
}

static void open_driver(const struct identity *identity) {
  static const struct hr_driver_hooks hooks = {.log = on_log,
                                               .command_table = on_command_table,
                                               .feed_up = on_feed_up,
                                               .feed_down = on_feed_down,
                                               .feed_answer = on_feed_answer,
                                               .feed_message = on_feed_message};
  static struct hr_driver_config config;
  memset(&config, 0, sizeof config);
  config.count = NODES;
  config.prefix = "haredis";
  config.username = identity->username;
  config.password = identity->password;
  config.replication_username = identity->replication_username;
  config.replication_password = identity->replication_password;
  config.connect_timeout_ms = 1000;
  config.core.down_after_ms = 2000;
  for (int i = 0; i < NODES; i++) {
    struct hr_driver_node *node = &config.nodes[i];
    snprintf(node->name, sizeof node->name, "%s", stage.servers[i].name);
    node->host = node->announce_host = stage.servers[i].host;
    node->port = node->announce_port = stage.servers[i].port;
  }
  stage.loop = hr_loop_new(ev_loop_new(EVFLAG_AUTO));
  stage.driver = hr_driver_new(stage.loop, &config, &hooks, NULL);
  if (!stage.driver) kit_die("no memory for a driver");
}

static void start_driver(void) {
  script_forget();
  for (int i = 0; i < NODES; i++) {
    struct hr_action connect = action_of(HR_DO_CONNECT, i);
    script_do(&connect);
  }
  hr_driver_start(stage.driver);
}

void stage_open(const struct identity *identity) {
  memset(&stage, 0, sizeof stage);
  stage.identity = identity;
  for (int i = 0; i < NODES; i++) {
    stage.servers[i].extra = identity->extra;
    stage.servers[i].user = identity->probe_user;
    stage.servers[i].password = identity->probe_password;
    stage.servers[i].append = true;
    server_prepare(&stage.servers[i], 0, "127.0.0.1");
    server_start(&stage.servers[i]);
  }
  open_driver(identity);
  start_driver();
  for (int i = 0; i < NODES; i++) {
    check(await_event(HR_EV_LINK_UP, i, 2000) != NULL, "node %d is up", i);
  }
}

static void close_driver(void) {
  struct ev_loop *ev = hr_loop_ev(stage.loop);
  hr_driver_free(stage.driver);
  hr_loop_free(stage.loop);
  ev_loop_destroy(ev);
}

void stage_reopen(const struct identity *identity) {
  close_driver();
  stage.identity = identity;
  open_driver(identity);
  start_driver();
}

void stage_close(void) {
  close_driver();
  for (int i = 0; i < NODES; i++) {
    probe_close(&stage.servers[i]);
    server_kill(&stage.servers[i]);
  }
}
