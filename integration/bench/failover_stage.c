/* Setting a run up: fresh servers, sentinels where the system wants them, one writer or two. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "child.h"
#include "clock.h"
#include "failover.h"
#include "netns.h"
#include "probe.h"

enum { HOSTS = 5, WRITER_A = 3, WRITER_B = 4, STEADY_MS = 1000, WATCH_NAP_MS = 2 };

void bout_break(struct bout *b, const char *why) {
  if (b->broken) return;
  b->broken = true;
  snprintf(b->note, sizeof b->note, "%s", why);
}

/* ------------------------------------------------------------------------ Node.js ------------ */

static const char *folder(void) {
  const char *path = getenv("HAREDIS_INCUMBENTS"); /* scripts and node_modules; failover makes it */
  return path && *path ? path : NULL;
}

static const char *script_of(const struct system *s) {
  return s->kind == KIND_IOREDIS ? "ioredis.js" : "haredis.js";
}

const char *system_missing(const struct system *s) {
  char path[400];
  if (s->kind == KIND_HAREDIS || s->kind == KIND_SENTINEL) return NULL;
  if (folder() == NULL) {
    const char *why = getenv("HAREDIS_INCUMBENTS_MISSING");
    return why && *why ? why : "no Node.js packages were installed";
  }
  snprintf(path, sizeof path, "%s/%s", folder(), script_of(s));
  return access(path, R_OK) == 0 ? NULL : "its script is not in HAREDIS_INCUMBENTS";
}

/* ---------------------------------------------------------------------- sentinels ------------ */

static bool with_sentinels(const struct bout *b) {
  return b->system->kind == KIND_SENTINEL || b->system->kind == KIND_IOREDIS;
}

/* Beside the servers; where a minority of the nodes shall have all of them, with writer B. */
static int sentinel_host(const struct bout *b, int i) {
  return b->trial->durable ? WRITER_B : i;
}

static void sentinel_file(const struct bout *b, const struct server *s) {
  const struct server *master = &b->group.servers[0];
  FILE *f = fopen(s->file, "w");
  if (f == NULL) kit_die("cannot write %s", s->file);
  fprintf(f,
          "port %d\nbind %s\ndir %s\nlogfile %s\ndaemonize no\nprotected-mode no\n"
          "sentinel monitor mymaster %s %d 2\nsentinel down-after-milliseconds mymaster %d\n"
          "sentinel failover-timeout mymaster 10000\nsentinel parallel-syncs mymaster 1\n",
          s->port, s->host, s->dir, s->log, master->host, master->port,
          b->system->down_after_ms);
  fclose(f);
}

static void sentinel_start(struct bout *b, int i) {
  struct server *s = &b->sentinels[i];
  const char *program = getenv("HAREDIS_REDIS_SERVER");
  char host[48] = "127.0.0.1";
  int netns = 0;
  memset(s, 0, sizeof *s);
  if (b->trial->hosts) {
    netns = netns_of(sentinel_host(b, i));
    netns_address(sentinel_host(b, i), host, sizeof host);
  }
  server_prepare(s, netns, host);
  sentinel_file(b, s);
  const char *argv[] = {program && *program ? program : "redis-server", s->file, "--sentinel",
                        NULL};
  struct kit_spawn how = {.argv = argv, .err = s->log, .netns = netns};
  s->pid = kit_spawn(&how);
}

/* It knows both replicas and both other sentinels. */
static bool sentinel_knows(struct server *s) {
  redisReply *r = probe(s, "SENTINEL MASTER mymaster");
  long replicas = -1, others = -1;
  for (size_t i = 0; r && r->type == REDIS_REPLY_ARRAY && i + 1 < r->elements; i += 2) {
    const char *name = r->element[i]->str;
    long value = strtol(r->element[i + 1]->str, NULL, 10);
    if (strcmp(name, "num-slaves") == 0) replicas = value;
    if (strcmp(name, "num-other-sentinels") == 0) others = value;
  }
  freeReplyObject(r);
  return replicas == 2 && others == SENTINELS - 1;
}

static bool sentinels_begin(struct bout *b) {
  size_t used = 0;
  for (int i = 0; i < SENTINELS; i++) {
    sentinel_start(b, i);
    used += (size_t)snprintf(b->sentinel_nodes + used, sizeof b->sentinel_nodes - used, "%s%s",
                             i ? "," : "", b->sentinels[i].name);
  }
  b->sentinel_count = SENTINELS;
  int64_t end = kit_now_us() + 30000000;
  for (int i = 0; i < SENTINELS; i++) {
    while (!sentinel_knows(&b->sentinels[i])) {
      if (kit_now_us() > end) return false;
      kit_sleep_ms(20);
    }
  }
  return true;
}

/* ------------------------------------------------------------------------ writers ------------ */

static void writer_foreign(struct bout *b, int netns) {
  char nodes[600], rate[32], path[400];
  const char *argv[8] = {0};
  int argc = 0;
  bool node = b->system->kind != KIND_SENTINEL;
  snprintf(nodes, sizeof nodes, "%s=%s", with_sentinels(b) ? "sentinels" : "nodes",
           with_sentinels(b) ? b->sentinel_nodes : b->group.nodes);
  snprintf(rate, sizeof rate, "rate=%d", RATE);
  if (node) {
    snprintf(path, sizeof path, "%s/%s", folder(), script_of(b->system));
    argv[argc++] = "node";
    argv[argc++] = path;
  } else {
    argv[argc++] = writers_program("sentinel-app");
  }
  argv[argc++] = nodes;
  argv[argc++] = rate;
  if (b->trial->durable && b->system->kind != KIND_HAREDIS_JS) argv[argc++] = "wait=1";
  crowd_add_command(&b->crowd, argv, netns);
}

static bool writer_begin(struct bout *b, int host) {
  int netns = b->trial->hosts ? netns_of(host) : 0, first = b->crowd.count;
  int64_t start_us = kit_now_us();
  if (b->system->kind == KIND_HAREDIS) {
    char down_after[48];
    snprintf(down_after, sizeof down_after, "down_after_ms=%d", b->system->down_after_ms);
    struct writer_plan how = {.rate = RATE, .netns = netns, .level = "warning",
                              .options = {down_after,
                                          b->trial->durable ? "durability=quorum" : NULL}};
    crowd_add(&b->crowd, &b->group, &how);
  } else {
    writer_foreign(b, netns);
  }
  return crowd_await(&b->crowd, first, start_us, 15000);
}

bool bout_writes(struct bout *b, int64_t after_us, int timeout_ms) {
  return crowd_await(&b->crowd, 0, after_us, timeout_ms);
}

/* --------------------------------------------------------------------- looking at it --------- */

/*
 * A replica that is "online" after a full sync can wait for a second before it is streamed to: only
 * its offset tells. `reached`: where the master was at the look before; set to where it is now.
 */
static bool calm_now(struct bout *b, int64_t *reached) {
  struct look looks[GROUP_MAX];
  int master_port = 0, masters = 0;
  int64_t before = *reached;
  *reached = -1;
  for (int i = 0; i < b->group.count; i++) {
    struct server *s = &b->group.servers[i];
    memset(&looks[i], 0, sizeof looks[i]);
    if (s->pid == 0 || s->stopped) continue;
    if (!probe_look(s, &looks[i])) return false;
    masters += looks[i].master;
    if (!looks[i].master) continue;
    master_port = s->port;
    *reached = looks[i].offset;
  }
  for (int i = 0; i < b->group.count; i++) {
    if (!looks[i].up || looks[i].master) continue;
    if (!looks[i].link_up || looks[i].follows_port != master_port) return false;
    if (looks[i].offset < before) return false;
  }
  return masters == 1 && before >= 0;
}

bool bout_calm(struct bout *b, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000, reached = -1;
  while (!calm_now(b, &reached)) {
    if (kit_now_us() > end) return false;
    kit_sleep_ms(10);
  }
  return true;
}

int bout_masters(struct bout *b) {
  int masters = 0;
  for (int i = 0; i < b->group.count; i++) {
    struct look look;
    masters += probe_look(&b->group.servers[i], &look) && look.master;
  }
  return masters;
}

/* ------------------------------------------------------------------- the old master ---------- */

static bool reply_is_replica(const redisReply *r) {
  return r && r->type == REDIS_REPLY_ARRAY && r->elements > 0 &&
         strcmp(r->element[0]->str, "slave") == 0;
}

/* One look, and one write before it when armed. False: the connection is no good any more. */
static bool watch_once(redisContext *link, struct watch *w) {
  void *write = NULL, *role = NULL;
  bool armed = atomic_load(&w->armed) != 0;
  if (armed) redisAppendCommand(link, "RPUSH onlooker %lld", (long long)kit_now_us());
  redisAppendCommand(link, "ROLE");
  if (armed && redisGetReply(link, &write) != REDIS_OK) return false;
  if (write && ((redisReply *)write)->type == REDIS_REPLY_INTEGER) atomic_fetch_add(&w->stale, 1);
  freeReplyObject(write);
  if (redisGetReply(link, &role) != REDIS_OK) return false;
  if (reply_is_replica(role) && atomic_load(&w->replica_us) == 0) {
    atomic_store(&w->replica_us, kit_now_us());
  }
  freeReplyObject(role);
  return true;
}

static void watch_run(void *data) {
  struct bout *b = data;
  redisContext *link = NULL;
  for (;;) {
    if (link == NULL) link = probe_connect(&b->group.servers[b->master], 500);
    if (link != NULL && !watch_once(link, b->watch)) {
      redisFree(link);
      link = NULL;
    }
    kit_sleep_ms(WATCH_NAP_MS);
  }
}

static void watch_begin(struct bout *b) {
  static struct watch *page;
  if (page == NULL) page = kit_share(sizeof *page);
  atomic_store(&page->replica_us, 0);
  atomic_store(&page->armed, 0);
  atomic_store(&page->stale, 0);
  b->watch = page;
  b->watcher = kit_fork(watch_run, b);
}

bool bout_await_demotion(struct bout *b, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  while (atomic_load(&b->watch->replica_us) == 0) {
    if (kit_now_us() > end) return false;
    kit_sleep_ms(2);
  }
  return true;
}

/* ------------------------------------------------------------------ begin and end ------------ */

static bool writers_begin(struct bout *b) {
  if (!writer_begin(b, WRITER_A)) return false;
  return !b->trial->hosts || writer_begin(b, WRITER_B);
}

bool bout_begin(struct bout *b) {
  struct group_plan plan = {.nodes = 3, .hosts = b->trial->hosts, .extra = b->system->extra};
  if (b->trial->hosts) netns_build(HOSTS);
  group_start(&b->group, &plan);
  if (b->system->kind != KIND_HAREDIS) {
    group_replicate(&b->group);
    if (!bout_calm(b, 10000)) bout_break(b, "the servers did not replicate");
  }
  if (!b->broken && with_sentinels(b) && !sentinels_begin(b)) {
    bout_break(b, "the sentinels did not find each other");
  }
  if (!b->broken && !writers_begin(b)) bout_break(b, "the writers did not begin to write");
  if (!b->broken && !bout_calm(b, 10000)) bout_break(b, "the group did not become calm");
  if (b->broken) return false;
  kit_sleep_ms(b->quick ? STEADY_MS / 2 : STEADY_MS);
  b->master = group_master(&b->group);
  if (b->master < 0) bout_break(b, "no master");
  else watch_begin(b);
  b->promotions_before = group_promotions(&b->group);
  return !b->broken;
}

void bout_end(struct bout *b) {
  kit_kill(b->watcher);
  crowd_free(&b->crowd);
  for (int i = 0; i < b->sentinel_count; i++) {
    probe_close(&b->sentinels[i]);
    server_kill(&b->sentinels[i]);
    kit_remove_tree(b->sentinels[i].dir);
  }
  group_stop(&b->group);
  netns_end();
}
