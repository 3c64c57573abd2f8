/* The words of the script. */
#include "story.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 24
#define AWAIT_STEP_US 500

void story_fail(struct story *story, const char *format, ...) {
  if (story->error[0] != '\0') return;
  va_list list;
  va_start(list, format);
  vsnprintf(story->error, sizeof story->error, format, list);
  va_end(list);
}

size_t story_split(char *line, char **words, size_t max) {
  size_t count = 0;
  for (char *at = strtok(line, " \t"); at != NULL && count < max; at = strtok(NULL, " \t")) {
    words[count++] = at;
  }
  return count;
}

bool story_time(const char *word, usec *time) {
  char *end;
  double value = strtod(word, &end);
  double unit = strcmp(end, "us") == 0 ? 1
                : strcmp(end, "ms") == 0 ? 1000
                : strcmp(end, "s") == 0 ? 1000000
                : strcmp(end, "h") == 0 ? 3600e6
                                        : 0;
  *time = (usec)(value * unit);
  return end != word && unit > 0;
}

bool story_peer(const struct story *story, const char *word, struct peer *peer) {
  for (size_t i = 0; i < story->config.nodes; i++) {
    if (strcmp(story->world->servers[i].name, word) != 0) continue;
    *peer = peer_server((int)i);
    return true;
  }
  for (size_t i = 0; i < story->config.clients; i++) {
    if (strcmp(story->world->clients[i].name, word) != 0) continue;
    *peer = peer_client((int)i);
    return true;
  }
  return false;
}

struct client *story_client(struct story *story, const char *word) {
  struct peer peer;
  if (story_peer(story, word, &peer) && peer.client) return &story->world->clients[peer.index];
  story_fail(story, "%s is no client", word);
  return NULL;
}

struct server *story_server(struct story *story, const char *word) {
  struct peer peer;
  if (story_peer(story, word, &peer) && !peer.client) return &story->world->servers[peer.index];
  story_fail(story, "%s is no node", word);
  return NULL;
}

/* ------------------------------------------------------------------ what the cores say -------- */

/* Failover ids are chance: the transcript numbers them in order of appearance. */
static void learn_id(struct story *story, const char *text) {
  static const char before[] = "my failover id: ";
  const char *at = strstr(text, before);
  if (at == NULL || story->id_count == STORY_IDS_MAX) return;
  snprintf(story->ids[story->id_count++], HR_NONCE_MAX, "%s", at + sizeof before - 1);
}

static void print_text(struct story *story, const char *text) {
  while (*text != '\0') {
    size_t i = 0;
    for (; i < story->id_count; i++) {
      size_t length = strlen(story->ids[i]);
      if (length > 0 && strncmp(text, story->ids[i], length) == 0) break;
    }
    if (i < story->id_count) {
      fprintf(story->out, "<id %zu>", i + 1);
      text += strlen(story->ids[i]);
    } else {
      fputc(*text++, story->out);
    }
  }
  fputc('\n', story->out);
}

static bool worth_telling(enum hr_tell tell) {
  return tell == HR_TELL_DIVERGED || tell == HR_TELL_WARNING || tell == HR_TELL_PAUSED;
}

static void heard(void *owner, const struct client *client, const struct hr_action *action) {
  struct story *story = owner;
  static const char *const levels[] = {"error", "warning", "info", "debug"};
  static const char *const codes[] = {"ok", "refused", "ambiguous", "no quorum"};
  const char *kind = "tells";
  if (action->kind == HR_DO_TELL && !worth_telling(action->tell)) return;
  if (action->kind == HR_DO_LOG) kind = levels[action->level];
  learn_id(story, action->u.text);
  fprintf(story->out, "%6lld (%s) ", (long long)story->world->now / 1000, client->name);
  if (action->kind == HR_DO_DONE) {
    fprintf(story->out, "done, %s: ", codes[action->code]);
  } else {
    fprintf(story->out, "%s: ", kind);
  }
  print_text(story, action->u.text);
}

static void sprung(void *owner, int trap) {
  struct story *story = owner;
  char line[STORY_LINE_MAX];
  memcpy(line, story->trap_command[trap], sizeof line);
  fprintf(story->out, "%6lld now: %s\n", (long long)story->world->now / 1000, line);
  story_command(story, line);
}

void story_begin(struct story *story, struct world *world) {
  memset(story, 0, sizeof *story);
  story->world = world;
  world_config_init(&story->config);
}

/* ------------------------------------------------------------------ the end of a story -------- */

static void show_server(struct story *story, const struct server *server) {
  static const char *const streams[] = {"", "retrying", "asking", "syncing", "linked"};
  const struct record *record = server->state->record;
  fprintf(story->out, "%s: ", server->name);
  if (server->process == PROCESS_DOWN) {
    fprintf(story->out, "down\n");
    return;
  }
  if (server->process == PROCESS_STOPPED) fprintf(story->out, "stopped, ");
  if (server->follow == FOLLOW_SEAL) {
    fprintf(story->out, "sealed");
  } else if (server->follow == FOLLOW_NODE) {
    fprintf(story->out, "replica of %s, %s", story->world->servers[server->master].name,
            streams[server->stream]);
  } else {
    fprintf(story->out, "master");
  }
  if (record != NULL) fprintf(story->out, ", epoch %llu", (unsigned long long)record->epoch.n);
  if (record == NULL) fprintf(story->out, ", no record");
  if (server_locked(story->world, server)) fprintf(story->out, ", locked");
  if (server_paused(story->world, server)) fprintf(story->out, ", paused");
  fprintf(story->out, ", %lld keys\n", (long long)server->state->keys);
}

static void show_client(struct story *story, const struct client *client) {
  static const char *const pauses[] = {"ready",     "no master", "no quorum",
                                       "ambiguous", "auth",      "switchover"};
  const struct hr_topology *topology = &client->topology;
  fprintf(story->out, "%s: ", client->name);
  if (!client->alive) {
    fprintf(story->out, "dead\n");
    return;
  }
  if (client->asleep) fprintf(story->out, "asleep, ");
  fprintf(story->out, "%s", pauses[topology->pause]);
  if (topology->master >= 0) {
    fprintf(story->out, ", uses %s, epoch %llu", story->world->servers[topology->master].name,
            (unsigned long long)topology->epoch.n);
  }
  fputc('\n', story->out);
}

void story_show(struct story *story) {
  if (!story->open) return;
  for (size_t i = 0; i < story->config.nodes; i++) {
    show_server(story, &story->world->servers[i]);
  }
  for (size_t i = 0; i < story->config.clients; i++) {
    show_client(story, &story->world->clients[i]);
  }
}

/* ------------------------------------------------------------------ the commands -------------- */

static void run_until(struct story *story, usec until) {
  world_run(story->world, until);
  if (story->world->violation[0] != '\0') story_fail(story, "broken: %s", story->world->violation);
}

static void mark(struct story *story) {
  struct world *world = story->world;
  story->promotions = world->promotion_count;
  story->full_syncs = story->partial_syncs = 0;
  for (size_t i = 0; i < world->config.nodes; i++) {
    story->full_syncs += world->servers[i].full_syncs;
    story->partial_syncs += world->servers[i].partial_syncs;
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    story->acked[i] = world->clients[i].acked;
    world->clients[i].acked_at = world->now;
    world->clients[i].gap_us = 0;
  }
}

static bool number(const char *text, const char *name, long long *value) {
  size_t length = strlen(name);
  if (strncmp(text, name, length) != 0 || text[length] != '=') return false;
  *value = strtoll(text + length + 1, NULL, 10);
  return true;
}

static bool span(const char *text, const char *name, usec *value) {
  size_t length = strlen(name);
  if (strncmp(text, name, length) != 0 || text[length] != '=') return false;
  return story_time(text + length + 1, value);
}

/* world nodes=3 clients=2 durable down_after=1000ms ... */
static void do_world(struct story *story, char **words, size_t count) {
  struct world_config *config = &story->config;
  for (size_t i = 1; i < count; i++) {
    long long n;
    usec t;
    if (number(words[i], "nodes", &n)) config->nodes = (size_t)n;
    else if (number(words[i], "clients", &n)) config->clients = (size_t)n;
    else if (number(words[i], "seed", &n)) config->seed = (uint64_t)n;
    else if (number(words[i], "quorum", &n)) config->quorum = (int)n;
    else if (span(words[i], "down_after", &t)) config->down_after_ms = t / 1000;
    else if (span(words[i], "writes", &t)) config->write_every_us = t;
    else if (span(words[i], "latency", &t)) config->latency_us = t;
    else if (span(words[i], "sync", &t)) config->sync_us = t;
    else if (span(words[i], "load", &t)) config->load_us = t;
    else if (span(words[i], "retry", &t)) config->retry_us = t;
    else if (strcmp(words[i], "durable") == 0) config->durable = true;
    else if (strcmp(words[i], "reads") == 0) config->reads_replicas = true;
    else if (number(words[i], "max_lag", &n)) config->max_lag = n;
    else if (strcmp(words[i], "refuse_divergence") == 0) config->refuse_divergence = true;
    else if (strcmp(words[i], "no_auto_failover") == 0) config->auto_failover = false;
    else story_fail(story, "unknown: %s", words[i]);
  }
  config->fence_ms = config->down_after_ms * 3 / 10;
  world_open(story->world, config);
  story->world->log = heard;
  story->world->sprung = sprung;
  story->world->log_owner = story;
  story->open = true;
}

static bool data_named(const char *word, enum data *data) {
  static const char *const names[] = {"kept", "empty", "older", "rebased", "rebased_older"};
  for (size_t i = 0; i < 5; i++) {
    if (strcmp(names[i], word) != 0) continue;
    *data = (enum data)i;
    return true;
  }
  return false;
}

static void start_one(struct story *story, struct peer peer, enum data data) {
  if (peer.client) {
    struct client *client = &story->world->clients[peer.index];
    if (client->alive) story_fail(story, "%s runs already", client->name);
    else client_start(story->world, client);
    return;
  }
  struct server *server = &story->world->servers[peer.index];
  if (server->process != PROCESS_DOWN) story_fail(story, "%s runs already", server->name);
  else server_start(story->world, server, data);
}

/* start [who...]; start a empty */
static void do_start(struct story *story, char **words, size_t count) {
  enum data data = DATA_KEPT;
  if (count > 1 && data_named(words[count - 1], &data)) count--;
  for (size_t i = 1; i < count; i++) {
    struct peer peer;
    if (!story_peer(story, words[i], &peer)) story_fail(story, "who is %s?", words[i]);
    else start_one(story, peer, data);
  }
  if (count > 1) return;
  for (size_t i = 0; i < story->config.nodes; i++) start_one(story, peer_server((int)i), data);
  for (size_t i = 0; i < story->config.clients; i++) start_one(story, peer_client((int)i), data);
}

static void do_to_peer(struct story *story, const char *verb, const char *name) {
  struct peer peer;
  if (!story_peer(story, name, &peer)) {
    story_fail(story, "who is %s?", name);
    return;
  }
  struct server *server = peer.client ? NULL : &story->world->servers[peer.index];
  struct client *client = peer.client ? &story->world->clients[peer.index] : NULL;
  if (strcmp(verb, "kill") == 0 && server != NULL) server_crash(story->world, server);
  else if (strcmp(verb, "kill") == 0) client_kill(story->world, client);
  else if (strcmp(verb, "stop") == 0 && server != NULL) server_stop(story->world, server);
  else if (strcmp(verb, "continue") == 0 && server) server_continue(story->world, server);
  else if (strcmp(verb, "sleep") == 0 && client != NULL) client_sleep(story->world, client);
  else if (strcmp(verb, "wake") == 0 && client != NULL) client_wake(story->world, client);
  else story_fail(story, "%s cannot be done to %s", verb, name);
}

/* cut A,b c,d   both ways;   cut A > b   one way;   heal [A b] */
static void do_cut(struct story *story, char **words, size_t count, bool cut) {
  struct world *world = story->world;
  if (!cut && count == 1) {
    memset(world->cut, 0, sizeof world->cut);
    net_unstick(world, 0);
    return;
  }
  bool one_way = count == 4 && strcmp(words[2], ">") == 0;
  if (count != 3 && !one_way) {
    story_fail(story, "cut whom from whom?");
    return;
  }
  char *sides[2] = {words[1], words[count - 1]};
  char *save_from = NULL;
  for (char *from = strtok_r(sides[0], ",", &save_from); from != NULL;
       from = strtok_r(NULL, ",", &save_from)) {
    char copy[STORY_LINE_MAX];
    snprintf(copy, sizeof copy, "%s", sides[1]);
    char *save_to = NULL;
    for (char *to = strtok_r(copy, ",", &save_to); to != NULL;
         to = strtok_r(NULL, ",", &save_to)) {
      struct peer a, b;
      if (!story_peer(story, from, &a) || !story_peer(story, to, &b)) {
        story_fail(story, "who is %s or %s?", from, to);
        return;
      }
      world->cut[peer_slot(a)][peer_slot(b)] = cut;
      if (!one_way) world->cut[peer_slot(b)][peer_slot(a)] = cut;
    }
  }
  net_unstick(world, 0);
}

static bool action_named(const char *word, enum hr_action_kind *kind) {
  static const struct {
    const char *name;
    enum hr_action_kind kind;
  } names[] = {{"lock", HR_DO_LOCK},       {"unlock", HR_DO_UNLOCK},   {"guard", HR_DO_GUARD},
               {"seal", HR_DO_SEAL},       {"promote", HR_DO_PROMOTE}, {"follow", HR_DO_FOLLOW},
               {"pause", HR_DO_PAUSE},     {"restore", HR_DO_RESTORE}, {"look", HR_DO_LOOK},
               {"publish", HR_DO_PUBLISH}, {"connect", HR_DO_CONNECT}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(names[i].name, word) != 0) continue;
    *kind = names[i].kind;
    return true;
  }
  return false;
}

/* when A before promote: kill A */
static void do_when(struct story *story, const char *line) {
  char copy[STORY_LINE_MAX];
  snprintf(copy, sizeof copy, "%s", line);
  char *command = strchr(copy, ':');
  char *words[WORDS_MAX];
  struct trap trap = {.armed = true};
  if (command != NULL) *command++ = '\0';
  size_t count = story_split(copy, words, WORDS_MAX);
  bool fits = command != NULL && count == 4 && story_peer(story, words[1], &trap.who) &&
              action_named(words[3], &trap.action);
  if (!fits) {
    story_fail(story, "when <who> before|after <action>: <command>");
    return;
  }
  trap.after = strcmp(words[2], "after") == 0;
  for (int i = 0; i < WORLD_TRAPS_MAX; i++) {
    if (story->world->traps[i].armed) continue;
    story->world->traps[i] = trap;
    while (*command == ' ') command++;
    snprintf(story->trap_command[i], STORY_LINE_MAX, "%s", command);
    return;
  }
  story_fail(story, "too many whens");
}

static void do_data(struct story *story, char **words, size_t count) {
  struct server *server = count == 3 ? story_server(story, words[1]) : NULL;
  if (server == NULL) {
    story_fail(story, "data <node> <keys>");
    return;
  }
  struct state *state =
      (struct state *)state_add(story->world, server->state, CHANGE_WRITE, 0);
  state->keys = atoi(words[2]);
  server->state = state;
  server->saved = state;
}

/* foreign c 42: another server, of somebody else, on that address */
static void do_foreign(struct story *story, char **words, size_t count) {
  struct server *server = count == 3 ? story_server(story, words[1]) : NULL;
  if (server == NULL || server->process != PROCESS_DOWN) {
    story_fail(story, "foreign <a node that is down> <keys>");
    return;
  }
  server->file_follow = FOLLOW_NOBODY;
  server_start(story->world, server, DATA_EMPTY);
  do_data(story, words, count);
}

static void do_ask(struct story *story, char **words, size_t count) {
  struct client *client = count >= 2 ? story_client(story, words[1]) : NULL;
  if (client == NULL) return;
  int node = -1;
  if (count >= 3) {
    struct server *server = story_server(story, words[2]);
    if (server == NULL) return;
    node = server->index;
  }
  enum hr_event_kind kind = HR_EV_REFRESH;
  if (strcmp(words[0], "switchover") == 0) kind = HR_EV_SWITCHOVER;
  if (strcmp(words[0], "takeover") == 0) {
    kind = HR_EV_TAKEOVER;
    story->world->forced = true;
  }
  client_ask(story->world, client, kind, node);
}

/* A coordinator that nobody knows holds the lock, and never comes back for it. */
static void do_lock(struct story *story, char **words, size_t count) {
  struct server *server = count == 4 ? story_server(story, words[1]) : NULL;
  usec ttl;
  if (server == NULL || !story_time(words[3], &ttl)) {
    story_fail(story, "lock <node> <epoch> <time>");
    return;
  }
  server->lock = (struct hr_epoch){(uint64_t)atoi(words[2]), "stranger"};
  snprintf(server->lock_client, sizeof server->lock_client, "Z-nobody");
  server->lock_until = story->world->now + server->clock_step + ttl;
  server_touch(story->world, server);
}

/* gossip a master b 1: heard by who is subscribed on a; master or heartbeat, seq 1 */
static void do_gossip(struct story *story, char **words, size_t count) {
  struct server *server = count == 5 ? story_server(story, words[1]) : NULL;
  struct server *named = count == 5 ? story_server(story, words[3]) : NULL;
  if (server == NULL || named == NULL) {
    story_fail(story, "gossip <node> master|heartbeat <node> <epoch>");
    return;
  }
  struct hr_gossip *gossip = arena_take(&story->world->arena, sizeof *gossip);
  gossip->kind = strcmp(words[2], "master") == 0 ? HR_GOSSIP_MASTER : HR_GOSSIP_HEARTBEAT;
  snprintf(gossip->client, sizeof gossip->client, "Z-nobody");
  gossip->seq = 1;
  gossip->epoch = (struct hr_epoch){(uint64_t)atoi(words[4]), "aaaaaaaa"};
  const struct record *record = named->state->record;
  if (record != NULL && record->epoch.n == gossip->epoch.n) gossip->epoch = record->epoch;
  gossip->node = named->index;
  serve_note(story->world, server, gossip);
}

static void do_server_setting(struct story *story, char **words, size_t count) {
  struct server *server = count >= 2 ? story_server(story, words[1]) : NULL;
  const char *word = words[0];
  usec time = 0;
  if (server == NULL) return;
  if (strcmp(word, "flushall") == 0) server_flushall(story->world, server);
  else if (strcmp(word, "full") == 0) server->full = true;
  else if (strcmp(word, "not_full") == 0) server->full = false;
  else if (strcmp(word, "disk_full") == 0) server->disk_full = true;
  else if (strcmp(word, "disk_freed") == 0) server->disk_full = false;
  else if (strcmp(word, "refuses_us") == 0) server->refuses_us = true;
  else if (strcmp(word, "no_rights") == 0) server->no_rights = true;
  else if (strcmp(word, "no_file") == 0) server->file = false;
  else if (strcmp(word, "writable") == 0) server->writable = true;
  else if (strcmp(word, "repl_ping") == 0) {
    server_append(story->world, server, state_add(story->world, server->state, CHANGE_PING, 14));
  } else if (strcmp(word, "unlock") == 0) {
    server->lock = (struct hr_epoch){0};
    server_touch(story->world, server);
  } else if (strcmp(word, "promise") == 0 && count == 3) {
    server->promise = (struct hr_epoch){(uint64_t)atoi(words[2]), "stranger"};
    server_touch(story->world, server);
  } else if (strcmp(word, "kick") == 0) server_kick(story->world, server, NULL);
  else if (strcmp(word, "replicaof_nobody") == 0) replication_unfollow(story->world, server);
  else if (strcmp(word, "no_backlog") == 0) replication_forget_backlog(story->world, server);
  else if (strcmp(word, "priority") == 0 && count == 3) server->priority = atoi(words[2]);
  else if (strcmp(word, "strangers") == 0 && count == 3) server->strangers = atoi(words[2]);
  else if (strcmp(word, "clock") == 0 && count == 3 && story_time(words[2], &time)) {
    server->clock_step += time;
  } else if (strcmp(word, "slow") == 0 && count == 3 && story_time(words[2], &time)) {
    story->world->slow[peer_slot(peer_server(server->index))] = time;
  } else if (strcmp(word, "loads") == 0 && count == 3 && story_time(words[2], &time)) {
    server->load_us = time;
  } else if (strcmp(word, "save") == 0) {
    server->saved = server->state;
    memcpy(server->saved_replid, server->replid, sizeof server->saved_replid);
  } else if (strcmp(word, "replicaof") == 0 && count == 3) {
    struct server *master = story_server(story, words[2]);
    if (master != NULL) replication_follow(story->world, server, FOLLOW_NODE, master->index);
  } else if (strcmp(word, "file_replicaof") == 0 && count == 3) {
    struct server *master = story_server(story, words[2]);
    if (master == NULL) return;
    server->file_follow = FOLLOW_NODE;
    server->file_master = master->index;
  } else {
    story_fail(story, "what is %s?", word);
  }
}

static void do_client_setting(struct story *story, char **words, size_t count) {
  struct client *client = count >= 2 ? story_client(story, words[1]) : NULL;
  if (client == NULL) return;
  if (strcmp(words[0], "writes_off") == 0) client->writes = false;
  else if (strcmp(words[0], "writes_on") == 0) client->writes = true;
  else if (strcmp(words[0], "list") == 0 && count == 3) client->list = (size_t)atoi(words[2]);
  else story_fail(story, "what is %s?", words[0]);
}

static void do_advance(struct story *story, char **words, size_t count) {
  usec time;
  if (count != 2 || !story_time(words[1], &time)) {
    story_fail(story, "advance <time>");
    return;
  }
  run_until(story, story->world->now + time);
}

static void do_expect(struct story *story, char **words, size_t count) {
  char why[STORY_LINE_MAX] = "";
  int holds = story_holds(story, words + 1, count - 1, why, sizeof why);
  if (holds < 0) story_fail(story, "no such condition");
  if (holds == 0) story_fail(story, "%s", why);
}

/* await <time> <condition>: fails when it does not hold by then. `A writes`: from now on. */
static void do_await(struct story *story, char **words, size_t count) {
  char why[STORY_LINE_MAX] = "";
  usec bound;
  if (count < 3 || !story_time(words[1], &bound)) {
    story_fail(story, "await <time> <condition>");
    return;
  }
  usec end = story->world->now + bound;
  if (count == 4 && strcmp(words[3], "writes") == 0) {
    struct client *client = story_client(story, words[2]);
    if (client != NULL) story->acked[client->index] = client->acked;
  }
  for (;;) {
    int holds = story_holds(story, words + 2, count - 2, why, sizeof why);
    if (holds > 0 || story->error[0] != '\0') return;
    if (holds < 0) story_fail(story, "no such condition");
    if (story->world->now >= end) story_fail(story, "not within %s: %s", words[1], why);
    if (story->error[0] != '\0') return;
    run_until(story, story->world->now + AWAIT_STEP_US);
  }
}

static bool among(const char *word, const char *list) {
  size_t length = strlen(word);
  for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word)) {
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
  }
  return false;
}

void story_command(struct story *story, const char *line) {
  char copy[STORY_LINE_MAX];
  char *words[WORDS_MAX];
  snprintf(copy, sizeof copy, "%s", line);
  size_t count = story_split(copy, words, WORDS_MAX);
  if (count == 0) return;
  const char *verb = words[0];
  if (strcmp(verb, "world") != 0 && !story->open) {
    story_fail(story, "the first command is: world");
    return;
  }
  if (strcmp(verb, "world") == 0) do_world(story, words, count);
  else if (strcmp(verb, "start") == 0) do_start(story, words, count);
  else if (strcmp(verb, "cut") == 0) do_cut(story, words, count, true);
  else if (strcmp(verb, "heal") == 0) do_cut(story, words, count, false);
  else if (strcmp(verb, "when") == 0) do_when(story, line);
  else if (strcmp(verb, "advance") == 0) do_advance(story, words, count);
  else if (strcmp(verb, "expect") == 0) do_expect(story, words, count);
  else if (strcmp(verb, "await") == 0) do_await(story, words, count);
  else if (strcmp(verb, "mark") == 0) mark(story);
  else if (strcmp(verb, "show") == 0) story_show(story);
  else if (strcmp(verb, "data") == 0) do_data(story, words, count);
  else if (strcmp(verb, "foreign") == 0) do_foreign(story, words, count);
  else if (strcmp(verb, "lock") == 0) do_lock(story, words, count);
  else if (strcmp(verb, "gossip") == 0) do_gossip(story, words, count);
  else if (strcmp(verb, "allow_loss") == 0) story->world->cold = true;
  else if (among(verb, "kill stop continue sleep wake") && count == 2) {
    do_to_peer(story, verb, words[1]);
  } else if (among(verb, "switchover takeover refresh")) {
    do_ask(story, words, count);
  } else if (among(verb, "writes_off writes_on list")) {
    do_client_setting(story, words, count);
  } else {
    do_server_setting(story, words, count);
  }
}
