/*
 * What a node says of itself, in the words of the core: INFO and our keys -> hr_facts.
 * Must not know links, packets or what follows from a fact. Pure.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

static void copy_text(char *out, size_t size, const char *text) {
  assert(size > 0);
  snprintf(out, size, "%s", text);
}

/* Servers write IPv6 addresses without brackets, names have them. */
int hr_names_find(const struct hr_names *names, const char *host, int64_t port) {
  assert(names->count <= HR_NODES_MAX);
  char name[HR_NAME_MAX];
  if (port <= 0 || port > 65535 || !hr_address_name(host, (int)port, name)) return -1;
  for (size_t i = 0; i < names->count; i++) {
    if (!strcmp(names->of[i].announced, name) || !strcmp(names->of[i].dialled, name)) {
      return (int)i;
    }
  }
  /* A name in our list is an address in theirs: where did our own link arrive? */
  for (size_t i = 0; i < names->count; i++) {
    if (names->of[i].peer[0] && !strcmp(names->of[i].peer, name)) return (int)i;
  }
  return -1;
}

int hr_names_find_canonical(const struct hr_names *names, const char *name) {
  assert(names->count <= HR_NODES_MAX);
  for (size_t i = 0; i < names->count; i++) {
    if (!strcmp(names->of[i].canonical, name)) return (int)i;
  }
  return -1;
}

/* A replica that does not say yet where it listens may still be one of ours: it is a stranger only
 * until it does. One that comes twice (its master has not noticed yet that the link before a cut is
 * dead) could acknowledge twice. */
static void count_strangers(struct hr_facts *facts, const struct hr_info *info,
                            const struct hr_names *names) {
  bool seen[HR_NODES_MAX] = {false};
  facts->strangers = (int)(info->replica_lines - info->replica_count);
  facts->doubled = 0;
  for (size_t i = 0; i < info->replica_count; i++) {
    int node = hr_names_find(names, info->replicas[i].ip, info->replicas[i].port);
    if (node < 0) {
      facts->strangers++;
      continue;
    }
    facts->doubled += seen[node];
    seen[node] = true;
  }
}

static void take_replica(struct hr_facts *facts, const struct hr_info *info,
                         const struct hr_names *names) {
  uint64_t n = 0;
  facts->sealed = hr_seal_parse(info->master_host, info->master_port, &n);
  facts->seal_n = facts->sealed ? n : 0;
  facts->follows = facts->sealed ? -1 : hr_names_find(names, info->master_host, info->master_port);
  facts->link_up = info->master_link_up;
  facts->linked_once = info->master_link_up || info->master_link_down_seconds >= 0;
  facts->syncing = info->master_sync_in_progress;
  facts->writable = !info->slave_read_only;
  facts->io_seconds = info->master_last_io_seconds > INT32_MAX ? INT32_MAX
                                                               : (int)info->master_last_io_seconds;
  facts->offset = info->slave_repl_offset;
  facts->read_offset = info->slave_read_repl_offset;
}

void hr_facts_from_info(struct hr_facts *facts, const struct hr_info *info,
                        const struct hr_names *names) {
  assert(facts && info && names);
  copy_text(facts->run_id, sizeof facts->run_id, info->run_id);
  facts->loading = info->loading || info->async_loading;
  facts->priority = info->slave_priority > INT32_MAX ? INT32_MAX : (int)info->slave_priority;
  copy_text(facts->replid, sizeof facts->replid, info->master_replid);
  copy_text(facts->replid2, sizeof facts->replid2, info->master_replid2);
  facts->offset2 = info->second_repl_offset;
  facts->backlog = info->repl_backlog_active;
  facts->no_file = !info->config_file[0];
  count_strangers(facts, info, names);
  facts->replicas = (int)info->replica_lines;
  bool told = info->connected_clients > 0 && info->connected_clients <= INT32_MAX;
  facts->connections = told ? (int)info->connected_clients : 0;
  facts->keys = info->keys;
  facts->master = info->role == HR_INFO_ROLE_MASTER;
  facts->follows = -1;
  if (!facts->master) {
    take_replica(facts, info, names);
    return;
  }
  facts->io_seconds = -1;
  facts->offset = info->master_repl_offset;
  facts->read_offset = info->master_repl_offset;
}

static const redisReply *field(const redisReply *reply, size_t i) {
  if (i >= reply->elements || reply->element[i]->type != REDIS_REPLY_STRING) return NULL;
  return reply->element[i];
}

/* epoch, opcounter, uuid, nodes, durable, forks, planned. Whatever is malformed is absent. */
void hr_facts_take_record(struct hr_facts *facts, const struct redisReply *reply,
                          const struct hr_names *names) {
  assert(facts && reply && names);
  struct hr_lineage lineage;
  const redisReply *text = field(reply, 0);
  facts->epoch_node = -1;
  if (text && hr_lineage_parse(text->str, (size_t)text->len, &lineage)) {
    facts->epoch = lineage.epoch;
    facts->epoch_node = hr_names_find_canonical(names, lineage.node);
    copy_text(facts->epoch_run_id, sizeof facts->epoch_run_id, lineage.run_id);
  }
  text = field(reply, 1);
  if (text) hr_opcounter_parse(text->str, (size_t)text->len, &facts->opcounter);
  text = field(reply, 2);
  if (text && (size_t)text->len < sizeof facts->uuid && !memchr(text->str, 0, (size_t)text->len)) {
    copy_text(facts->uuid, sizeof facts->uuid, text->str);
  }
  text = field(reply, 3);
  if (text) facts->list_hash = hr_node_list_hash(text->str, (size_t)text->len);
  text = field(reply, 4);
  facts->durable = text && text->len == 1 && text->str[0] == '1';
  text = field(reply, 5);
  if (text) hr_forks_parse(text->str, (size_t)text->len, facts->forks);
  text = field(reply, 6);
  if (text) hr_epoch_parse(text->str, (size_t)text->len, &facts->planned);
}
