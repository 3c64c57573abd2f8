/* The world of a story, and what may be set on its nodes. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"

enum kind { KIND_SIZE, KIND_INT, KIND_U32, KIND_I64, KIND_U64, KIND_USEC, KIND_MSEC, KIND_FLAG };

static const struct {
  const char *name;
  enum kind kind;
  size_t at;
} settings[] = {
    {"nodes", KIND_SIZE, offsetof(struct world_config, nodes)},
    {"clients", KIND_SIZE, offsetof(struct world_config, clients)},
    {"seed", KIND_U64, offsetof(struct world_config, seed)},
    {"quorum", KIND_INT, offsetof(struct world_config, quorum)},
    {"down_after", KIND_MSEC, offsetof(struct world_config, down_after_ms)},
    {"writes", KIND_USEC, offsetof(struct world_config, write_every_us)},
    {"flush", KIND_U32, offsetof(struct world_config, flush_max)},
    {"queue", KIND_SIZE, offsetof(struct world_config, queue_max)},
    {"linear", KIND_U32, offsetof(struct world_config, linear)},
    {"calm", KIND_U32, offsetof(struct world_config, calm)},
    {"txns", KIND_USEC, offsetof(struct world_config, txn_every_us)},
    {"pops", KIND_USEC, offsetof(struct world_config, pop_every_us)},
    {"replica_reads", KIND_USEC, offsetof(struct world_config, read_every_us)},
    {"torn", KIND_U32, offsetof(struct world_config, torn)},
    {"latency", KIND_USEC, offsetof(struct world_config, latency_us)},
    {"jitter", KIND_USEC, offsetof(struct world_config, jitter_us)},
    {"retransmit", KIND_USEC, offsetof(struct world_config, retransmit_us)},
    {"sync", KIND_USEC, offsetof(struct world_config, sync_us)},
    {"load", KIND_USEC, offsetof(struct world_config, load_us)},
    {"retry", KIND_USEC, offsetof(struct world_config, retry_us)},
    {"repl_ping", KIND_USEC, offsetof(struct world_config, repl_ping_us)},
    {"held", KIND_SIZE, offsetof(struct world_config, held_max)},
    {"most_promotions", KIND_U32, offsetof(struct world_config, most_promotions)},
    {"max_lag", KIND_I64, offsetof(struct world_config, max_lag)},
    {"durable", KIND_FLAG, offsetof(struct world_config, durable)},
    {"reads", KIND_FLAG, offsetof(struct world_config, reads_replicas)},
    {"subscribers", KIND_FLAG, offsetof(struct world_config, subscribers)},
    {"refuse_divergence", KIND_FLAG, offsetof(struct world_config, refuse_divergence)},
};

static bool set(void *at, enum kind kind, const char *value) {
  char *end;
  usec time = 0;
  if (kind == KIND_FLAG) {
    *(bool *)at = true;
    return value == NULL;
  }
  if (value == NULL) return false;
  if (kind == KIND_USEC || kind == KIND_MSEC) {
    if (!story_time(value, &time)) return false;
    if (kind == KIND_USEC) *(usec *)at = time;
    else *(hr_msec *)at = time / 1000;
    return true;
  }
  unsigned long long n = strtoull(value, &end, 10);
  switch (kind) {
    case KIND_SIZE: *(size_t *)at = (size_t)n; break;
    case KIND_INT: *(int *)at = (int)n; break;
    case KIND_U32: *(uint32_t *)at = (uint32_t)n; break;
    case KIND_I64: *(int64_t *)at = (int64_t)n; break;
    default: *(uint64_t *)at = (uint64_t)n;
  }
  return end != value && *end == '\0';
}

static bool set_word(struct story *story, char *word) {
  char *value = strchr(word, '=');
  if (value != NULL) *value++ = '\0';
  if (strcmp(word, "no_auto_failover") == 0 && value == NULL) {
    story->config.auto_failover = false;
    return true;
  }
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    if (strcmp(settings[i].name, word) != 0) continue;
    if (!set((char *)&story->config + settings[i].at, settings[i].kind, value)) return false;
    if (strcmp(word, "retransmit") == 0) story->retransmit_us = story->config.retransmit_us;
    if (strcmp(word, "repl_ping") == 0) story->ticks = true;
    return true;
  }
  return false;
}

/* world nodes=3 clients=2 durable down_after=1000ms ... */
void story_world(struct story *story, char **words, size_t count) {
  struct world_config *config = &story->config;
  world_config_init(config); /* nothing is left of the block before */
  story->retransmit_us = 0;
  story->ticks = false;
  for (size_t i = 1; i < count; i++) {
    if (!set_word(story, words[i])) story_fail(story, "unknown: %s", words[i]);
  }
  bool fits = config->nodes >= 1 && config->nodes <= WORLD_NODES_MAX &&
              config->clients <= WORLD_CLIENTS_MAX && config->down_after_ms > 0;
  if (!fits) story_fail(story, "no such world");
  if (story->error[0] != '\0') return;
  config->fence_ms = config->down_after_ms * 3 / 10;
  world_open(story->world, config);
  story_hook(story);
  story->ticking = 0;
  story->open = true;
}

void story_data(struct story *story, char **words, size_t count) {
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
  bool before = check_agreed(story->world) < 0 && story->world->clients[0].life == 0;
  if (before && story->world->native == NULL) story->world->native = state;
}

/* foreign c 42: another server, of somebody else, on that address */
void story_foreign(struct story *story, char **words, size_t count) {
  struct server *server = count == 3 ? story_server(story, words[1]) : NULL;
  if (server == NULL || server->process != PROCESS_DOWN) {
    story_fail(story, "foreign <a node that is down> <keys>");
    return;
  }
  server->file_follow = FOLLOW_NOBODY;
  server_start(story->world, server, DATA_EMPTY);
  story_data(story, words, count);
  server->foreign = server->strange_file = true;
}

/* A coordinator that nobody knows holds the lock, and never comes back for it. */
void story_lock(struct story *story, char **words, size_t count) {
  bool fits = count == 4 || count == 5;
  struct server *server = fits ? story_server(story, words[1]) : NULL;
  usec ttl;
  if (server == NULL || !story_time(words[3], &ttl)) {
    story_fail(story, "lock <node> <epoch> <time> [client]");
    return;
  }
  server->lock = (struct hr_epoch){(uint64_t)atoi(words[2]), "stranger"};
  const char *owner = count == 5 ? words[4] : "Z-nobody";
  snprintf(server->lock_client, sizeof server->lock_client, "%s", owner);
  server->lock_until = server_clock(story->world, server) + ttl;
  server_touch(server);
}

/* gossip a master b 1: heard by who is subscribed on a; master or heartbeat, seq 1 */
void story_gossip(struct story *story, char **words, size_t count) {
  struct server *server = count == 5 ? story_server(story, words[1]) : NULL;
  struct server *named = count == 5 ? story_server(story, words[3]) : NULL;
  if (server == NULL || named == NULL) {
    story_fail(story, "gossip <node> master|heartbeat <node> <epoch>");
    return;
  }
  struct note *note = arena_take(&story->world->arena, sizeof *note);
  struct hr_gossip *gossip = &note->gossip;
  gossip->kind = strcmp(words[2], "master") == 0 ? HR_GOSSIP_MASTER : HR_GOSSIP_HEARTBEAT;
  snprintf(gossip->client, sizeof gossip->client, "Z-nobody");
  gossip->seq = 1;
  gossip->epoch = (struct hr_epoch){(uint64_t)atoi(words[4]), "aaaaaaaa"};
  const struct record *record = named->state->record;
  if (record != NULL && record->epoch.n == gossip->epoch.n) gossip->epoch = record->epoch;
  gossip->node = named->index;
  serve_note(story->world, server, gossip);
}

/* ------------------------------------------------------------------ settings of a node -------- */

static void flushall(struct story *story, struct server *server, const char *word) {
  bool careful = word != NULL && strcmp(word, STORY_WITHIN) == 0;
  if (careful && !story_may_flush(story->world, server)) return;
  server_flushall(story->world, server);
}

static void save(struct story *story, struct server *server) {
  if (server->process != PROCESS_UP || server->loading) {
    story_fail(story, "%s has nothing to save", server->name);
    return;
  }
  server->saved = server->state;
  memcpy(server->saved_replid, server->replid, sizeof server->saved_replid);
}

static void forget_backlog(struct story *story, struct server *server) {
  bool lonely = replication_count(server) == 0;
  if (server->process == PROCESS_UP && server_is_master(server) && lonely) {
    replication_forget_backlog(story->world, server);
    server->expired = true;
  } else {
    story_fail(story, "%s is no master without replicas", server->name);
  }
}

static bool set_flag(struct server *server, const char *word) {
  const struct {
    const char *name;
    bool *flag, value;
  } flags[] = {{"full", &server->full, true},           {"not_full", &server->full, false},
               {"disk_full", &server->disk_full, true}, {"disk_freed", &server->disk_full, false},
               {"refuses_us", &server->refuses_us, true},
               {"accepts_us", &server->refuses_us, false},
               {"no_rights", &server->no_rights, true}, {"no_file", &server->file, false},
               {"writable", &server->writable, true}};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    if (strcmp(flags[i].name, word) != 0) continue;
    *flags[i].flag = flags[i].value;
    return true;
  }
  return false;
}

static void set_master(struct story *story, struct server *server, const char *word,
                       const char *name) {
  if (strcmp(word, "replicaof") == 0 && strcmp(name, "no_one") == 0) {
    replication_unfollow(story->world, server);
    return;
  }
  struct server *master = story_server(story, name);
  if (master == NULL) return;
  if (strcmp(word, "replicaof") == 0) {
    replication_follow(story->world, server, FOLLOW_NODE, master->index);
    return;
  }
  server->file_follow = FOLLOW_NODE;
  server->file_master = master->index;
}

static void set_value(struct story *story, struct server *server, const char *word,
                      const char *value) {
  usec time = 0;
  if (strcmp(word, "promise") == 0) {
    server->promise = (struct hr_epoch){(uint64_t)atoi(value), "stranger"};
    server_touch(server);
  } else if (strcmp(word, "priority") == 0) {
    server->priority = atoi(value);
  } else if (strcmp(word, "strangers") == 0) {
    server->strangers = atoi(value);
    server->strangers_at = story->world->now;
  } else if (strcmp(word, "doubled") == 0) {
    server->doubled = atoi(value);
  } else if (strcmp(word, "clock") == 0 && story_time(value, &time)) {
    /* What had expired is gone: no clock that is set back brings it to life again. */
    if (!server_locked(story->world, server)) server->lock = (struct hr_epoch){0};
    server->clock_step += time;
  } else if (strcmp(word, "backlog") == 0) {
    server->backlog_size = atoi(value);
  } else if (strcmp(word, "output_limit") == 0) {
    server->output_limit = (size_t)atoi(value);
  } else if (strcmp(word, "slow_fork") == 0 && story_time(value, &time)) {
    server->fork_us = time;
  } else if (strcmp(word, "busy") == 0 && story_time(value, &time)) {
    server_busy(story->world, server, time);
  } else if (strcmp(word, "kill_clients") == 0) {
    server_kill_clients(story->world, server, strcmp(value, "pubsub") == 0);
  } else if (strcmp(word, "applies") == 0 && story_time(value, &time)) {
    server->applies_us = time;
  } else if (strcmp(word, "loads") == 0 && story_time(value, &time)) {
    server->load_us = time;
  } else if (strcmp(word, "replicaof") == 0 || strcmp(word, "file_replicaof") == 0) {
    set_master(story, server, word, value);
  } else {
    story_fail(story, "what is %s?", word);
  }
}

void story_setting(struct story *story, char **words, size_t count) {
  struct server *server = story_server(story, words[1]);
  const char *word = words[0];
  if (server == NULL) return;
  server->changed_at = story->world->now;
  if (strcmp(word, "flushall") == 0) {
    flushall(story, server, count == 3 ? words[2] : NULL);
  } else if (count == 3) {
    set_value(story, server, word, words[2]);
  } else if (strcmp(word, "writable") == 0 && server_is_master(server)) {
    story_fail(story, "%s is no replica", server->name);
  } else if (set_flag(server, word)) {
    return;
  } else if (strcmp(word, "repl_ping") == 0 && !server_is_master(server)) {
    story_fail(story, "%s is no master", server->name);
  } else if (strcmp(word, "repl_ping") == 0) {
    server_append(story->world, server, state_add(story->world, server->state, CHANGE_PING, 14));
  } else if (strcmp(word, "unlock") == 0) {
    server->lock = (struct hr_epoch){0};
    server_touch(server);
  } else if (strcmp(word, "kick") == 0) {
    server_kick(story->world, server, NULL);
  } else if (strcmp(word, "replicaof_nobody") == 0) {
    replication_unfollow(story->world, server);
  } else if (strcmp(word, "no_backlog") == 0) {
    forget_backlog(story, server);
  } else if (strcmp(word, "save") == 0) {
    save(story, server);
  } else {
    story_fail(story, "what is %s?", word);
  }
}
