/* Starting a group and looking at it from outside. */
#include "group.h"

#include <stdio.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "netns.h"

void group_prepare(struct group *g, const struct group_plan *plan) {
  memset(g, 0, sizeof *g);
  g->master_offset = -1;
  g->plan = *plan;
  g->count = plan->nodes;
  size_t used = 0;
  for (int i = 0; i < g->count; i++) {
    struct server *s = &g->servers[i];
    char host[48] = "127.0.0.1";
    if (plan->hosts) netns_address(i, host, sizeof host);
    s->append = plan->append;
    s->extra = plan->extra;
    s->user = plan->look_user;
    s->password = plan->look_password;
    server_prepare(s, plan->hosts ? netns_of(i) : 0, host);
    used += (size_t)snprintf(g->nodes + used, sizeof g->nodes - used, "%s%s", i ? "," : "",
                             s->name);
  }
}

void group_start(struct group *g, const struct group_plan *plan) {
  group_prepare(g, plan);
  for (int i = 0; i < g->count; i++) server_launch(&g->servers[i]);
  for (int i = 0; i < g->count; i++) {
    if (!server_await(&g->servers[i], 8000)) {
      server_kill(&g->servers[i]);
      server_start(&g->servers[i]); /* once more, and dies with the reason */
    }
  }
}

void group_stop(struct group *g) {
  for (int i = 0; i < g->count; i++) {
    probe_close(&g->servers[i]);
    server_kill(&g->servers[i]);
    kit_remove_tree(g->servers[i].dir);
  }
  g->count = 0;
}

int group_by_port(const struct group *g, int port) {
  for (int i = 0; i < g->count; i++) {
    if (g->servers[i].port == port) return i;
  }
  return -1;
}

int group_master(struct group *g) {
  int best = -1;
  int64_t epoch = -1;
  for (int i = 0; i < g->count; i++) {
    struct look look;
    if (!probe_look(&g->servers[i], &look) || !look.master || look.epoch <= epoch) continue;
    best = i;
    epoch = look.epoch;
  }
  return best;
}

static int locks_count(struct server *s) {
  redisReply *r = probe(s, "KEYS haredis:lock:*");
  int count = r && r->type == REDIS_REPLY_ARRAY ? (int)r->elements : 0;
  freeReplyObject(r);
  return count;
}

/*
 * `reached`: where the master was at the look before this one. A replica that is "online" after a
 * full sync can wait for a second before it is streamed to; its offset tells.
 */
static bool replica_is_fine(struct server *s, const struct look *look, int master_port,
                            int64_t reached, char *why, size_t size) {
  const char *wrong = NULL;
  if (look->sealed) wrong = "is sealed";
  else if (look->follows_port != master_port) wrong = "does not follow the master";
  else if (!look->link_up) wrong = "has no link to the master";
  else if (!look->read_only) wrong = "is writable";
  else if (look->offset < reached) wrong = "lags behind the master";
  if (wrong) snprintf(why, size, "%s %s", s->name, wrong);
  return wrong == NULL;
}

static bool settled(struct group *g, char *why, size_t size) {
  int masters = 0, replicas = 0, online = 0, master_port = 0;
  int64_t reached = g->master_offset;
  g->master_offset = -1;
  struct look looks[GROUP_MAX];
  for (int i = 0; i < g->count; i++) {
    struct server *s = &g->servers[i];
    memset(&looks[i], 0, sizeof looks[i]);
    if (s->pid == 0 || s->stopped) continue;
    snprintf(why, size, "%s does not answer", s->name);
    if (!probe_look(s, &looks[i])) return false;
    masters += looks[i].master;
    replicas += !looks[i].master;
    if (looks[i].master) master_port = s->port;
    if (looks[i].master) online = looks[i].online;
    if (looks[i].master) g->master_offset = looks[i].offset;
  }
  snprintf(why, size, "%d masters", masters);
  if (masters != 1 || reached < 0) return false;
  for (int i = 0; i < g->count; i++) {
    if (!looks[i].up || looks[i].master) continue;
    if (!replica_is_fine(&g->servers[i], &looks[i], master_port, reached, why, size)) {
      return false;
    }
  }
  snprintf(why, size, "%d of %d replicas stream", online, replicas);
  if (online < replicas) return false;
  for (int i = 0; i < g->count; i++) {
    snprintf(why, size, "%s is still locked", g->servers[i].name);
    if (looks[i].up && locks_count(&g->servers[i]) > 0) return false;
  }
  why[0] = '\0';
  return true;
}

void group_unsettle(struct group *g) {
  g->master_offset = -1;
}

bool group_settle(struct group *g, int timeout_ms, char *why, size_t size) {
  char mine[160] = "";
  if (timeout_ms > 0) group_unsettle(g);
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  bool fine = false;
  do {
    fine = settled(g, mine, sizeof mine);
    if (!fine) kit_sleep_ms(5);
  } while (!fine && kit_now_us() < end);
  if (why) snprintf(why, size, "%s", mine);
  return fine;
}

int group_promotions(const struct group *g) {
  int count = 0;
  for (int i = 0; i < g->count; i++) {
    count += server_log_count(&g->servers[i], "MASTER MODE enabled");
    count += server_log_count(&g->servers[i], "PRIMARY MODE enabled"); /* Valkey */
  }
  return count;
}

void group_replicate(struct group *g) {
  for (int i = 1; i < g->count; i++) {
    freeReplyObject(probe(&g->servers[i], "REPLICAOF %s %d", g->servers[0].host,
                          g->servers[0].port));
  }
}
