/*
 * What others say: heartbeats that came through the master, and who was promoted.
 * A heartbeat counts once, by its sequence: a resumed replica replays old ones. It must not know
 * how gossip travels.
 */
#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "core/internal.h"

static struct hr_heard_client *find_client(struct hr_core *core, const char *client) {
  assert(client != NULL);
  uint64_t who = hr_hash(client, strlen(client));
  struct hr_heard_client *oldest = &core->heard[0];
  for (size_t i = 0; i < HR_CLIENTS_HEARD; i++) {
    struct hr_heard_client *slot = &core->heard[i];
    if (slot->who == who) return slot;
    if (slot->at_ms < oldest->at_ms) oldest = slot;
  }
  *oldest = (struct hr_heard_client){.who = who};
  return oldest;
}

enum hr_beat { HR_BEAT_OLD, HR_BEAT_AGAIN, HR_BEAT_NEW };

/* New, or the same one arriving by another node at about the same time, or a replayed one. */
static enum hr_beat sort_beat(struct hr_core *core, const struct hr_gossip *gossip) {
  assert(gossip->kind == HR_GOSSIP_HEARTBEAT);
  struct hr_heard_client *from = find_client(core, gossip->client);
  if (gossip->seq < from->seq) return HR_BEAT_OLD;
  if (gossip->seq == from->seq) {
    return core->now - from->at_ms <= core->beat_ms ? HR_BEAT_AGAIN : HR_BEAT_OLD;
  }
  from->seq = gossip->seq;
  from->at_ms = core->now;
  return HR_BEAT_NEW;
}

/* Somebody knows a newer master: it is verified by a look before it is used. */
static void hear_of_master(struct hr_core *core, const struct hr_gossip *gossip) {
  assert(gossip->epoch.n > 0);
  int newer = hr_epoch_compare(&gossip->epoch, &core->highest);
  if (newer < 0) return;
  if (core->master >= 0 && hr_epoch_compare(&gossip->epoch, &core->epoch) <= 0) return;
  core->highest = gossip->epoch;
  if (gossip->node < 0) return;
  bool mine = hr_epoch_compare(&gossip->epoch, &core->work.epoch) == 0;
  if (core->work.kind != HR_WORK_NONE && mine) return;
  /* A late heartbeat of the master that is being replaced: it was known when the work began. */
  if (core->work.kind != HR_WORK_NONE && newer == 0) return;
  if (newer > 0 || core->gossiped < 0) {
    hr_emit_log(core, HR_LEVEL_INFO, "gossip said %s was promoted!", hr_name(core, gossip->node));
  }
  if (core->work.kind != HR_WORK_NONE) hr_work_abort(core, "somebody else has promoted a master");
  if (core->master >= 0) {
    hr_orient_yield(core, gossip->node);
  } else if (newer > 0 || core->suspect < 0) {
    core->suspect = gossip->node;
    core->suspect_ms = core->now;
  }
  core->gossiped = gossip->node;
  struct hr_peer *peer = &core->peers[gossip->node];
  if (newer > 0) {
    /* What was said, or is under way, may be older than the promotion. */
    peer->look_op = 0;
    peer->asked_ms = 0;
  }
  if (peer->link == HR_LINK_READY) hr_watch_look(core, gossip->node);
  if (peer->link == HR_LINK_IDLE && peer->redial_ms > core->now) {
    hr_emit_log(core, HR_LEVEL_DEBUG, "hastening reconnect...");
    peer->redial_ms = core->now;
  }
}

static void hear_beat(struct hr_core *core, int node, const struct hr_gossip *gossip) {
  assert(node >= 0);
  enum hr_beat sort = sort_beat(core, gossip);
  if (sort == HR_BEAT_OLD) return;
  bool newest = hr_epoch_compare(&gossip->epoch, &core->highest) == 0;
  if (!newest || core->master < 0) hear_of_master(core, gossip);
  if (hr_epoch_compare(&gossip->epoch, &core->highest) != 0) return;
  core->peers[node].vouch_ms = core->now;
  core->peers[node].vouch_node = gossip->node;
  core->peers[node].vouch_epoch = gossip->epoch;
  hr_sub_beat(core, node, sort == HR_BEAT_NEW);
  hr_herd_heard(core, gossip);
}

void hr_gossip_heard(struct hr_core *core, int node, const struct hr_gossip *gossip) {
  assert(gossip != NULL && node >= 0);
  hr_watch_heard(core, node, core->now);
  if (gossip->epoch.n == 0) return;
  core->gossip_ms = core->now;
  switch (gossip->kind) {
    case HR_GOSSIP_HEARTBEAT:
      hear_beat(core, node, gossip);
      break;
    case HR_GOSSIP_MASTER:
      hear_of_master(core, gossip);
      break;
  }
}

/* On every node: a PUBLISH on a replica reaches only its own subscribers. */
void hr_gossip_announce(struct hr_core *core) {
  assert(core->master >= 0);
  hr_emit_log(core, HR_LEVEL_INFO, "publishing gossip:master for %s", hr_name(core, core->master));
  for (size_t i = 0; i < core->config.count; i++) {
    if (core->peers[i].link != HR_LINK_READY) continue;
    struct hr_gossip *gossip = &hr_emit(core, HR_DO_PUBLISH, (int)i)->u.gossip;
    gossip->kind = HR_GOSSIP_MASTER;
    memcpy(gossip->client, core->config.client, sizeof gossip->client);
    gossip->seq = ++core->beat_seq;
    gossip->epoch = core->epoch;
    gossip->node = core->master;
  }
}
