/*
 * What a takeover owes to those who need none, by the numbers of test/README.md: nobody begins one
 * without a majority, against a master that is vouched for, or because it slept itself (6); nobody
 * takes a living lock of somebody else away, nor leaves its own behind (3, 4); nobody begins to use
 * a master of whom a majority has long known better (1); no seal throws away what a dead master
 * had sent (8); data that is not the group's stays (12).
 */
#include <string.h>

#include "world.h"

#define DRAIN_DENSE_US 1000 /* a stream that comes in smaller pieces moves between two looks */

static usec down_after_us(const struct world *world) {
  return world->config.down_after_ms * 1000;
}

static usec step_us(const struct world *world) {
  usec step = down_after_us(world) / 2;
  return step < 200000 ? 200000 : step > 500000 ? 500000 : step;
}

static usec ttl_us(const struct world *world) { return 4 * step_us(world); }

static bool way_is_clear(const struct world *world, const struct client *client, int node) {
  struct peer self = peer_client(client->index), other = peer_server(node);
  bool cut = net_is_cut(world, self, other) || net_is_cut(world, other, self);
  return !cut && world->slow[peer_slot(self)] == 0 && world->slow[peer_slot(other)] == 0;
}

/* The newest master, in the process that was elected, and nobody was ever sealed for a newer one:
 * some client may remember that, even if no node does. */
static bool reigns(const struct world *world, const struct server *server) {
  const struct promotion *latest = check_latest(world);
  const struct record *record = server->state->record;
  if (latest == NULL || latest->node != server->index || record == NULL) return false;
  if (server->process != PROCESS_UP || server->loading || !server_is_master(server)) return false;
  if (server->refuses_us || server->no_rights || server->disk_full) return false;
  if (strcmp(latest->run_id, server->run_id) != 0) return false;
  if (epoch_order(&world->promised, &latest->epoch) > 0) return false;
  return epoch_order(&record->epoch, &latest->epoch) == 0;
}

/* ------------------------------------------------------------------ 6: who begins ------------- */

static void check_vouched(struct world *world, const struct client *client,
                          const struct server *master) {
  for (size_t i = 0; i < client->config.count; i++) {
    const struct node_link *link = &client->links[i];
    bool follows = link->up && link->says_follows == master->index;
    /* Of this reign: the same node under its epoch before may have been what is to be replaced, and
     * nobody can have heard of a promotion in the moment of it. */
    bool vouches = follows && link->beat_node == master->index &&
                   link->beat_at > master->changed_at &&
                   epoch_order(&link->beat_epoch, &master->state->record->epoch) == 0;
    usec age = world->now - link->beat_at;
    /* By its own clock, which may run a twentieth faster than time does. */
    if (!vouches || age >= down_after_us(world) * 19 / 20 - 20000) continue;
    world_violation(world, "6: %s begins to replace %s, heard through %s %lld ms ago", client->name,
                    master->name, world->servers[i].name, (long long)age / 1000);
  }
}

void check_started(struct world *world, const struct client *client, int old) {
  int reached = 0;
  if (world->forced || client->list != 0) return;
  for (size_t i = 0; i < client->config.count; i++) reached += client->links[i].up;
  if (reached < check_majority(world)) {
    world_violation(world, "6: %s begins a takeover and reaches %d of %zu nodes", client->name,
                    reached, client->config.count);
  }
  if (old >= 0 && reigns(world, &world->servers[old])) {
    check_vouched(world, client, &world->servers[old]);
  }
}

/* What it knows of itself when it falls asleep: only who was heard of just now is fine. */
void check_falls_asleep(struct world *world, struct client *client) {
  client->slept_at = world->now;
  for (size_t i = 0; i < client->config.count; i++) {
    struct node_link *link = &client->links[i];
    hr_msec quiet = client_now(world, client) - link->heard_ms;
    link->fine = link->up && quiet <= world->config.down_after_ms / 3 &&
                 way_is_clear(world, client, (int)i);
  }
}

/* Silence is what was not heard while one listened. */
void check_gives_up(struct world *world, const struct client *client, int node) {
  const struct server *server = &world->servers[node];
  usec awake = world->now - client->woke_at;
  bool fine = client->slept_at > 0 && client->links[node].fine && server->process == PROCESS_UP &&
              server->changed_at < client->slept_at && way_is_clear(world, client, node);
  if (!fine || awake >= down_after_us(world) / 2) return;
  world_violation(world, "6: %s woke %lld ms ago and gives %s up for its silence", client->name,
                  (long long)awake / 1000, server->name);
}

/* ------------------------------------------------------------------ locks --------------------- */

void check_unlocked(struct world *world, const struct server *server, const char *by) {
  usec age = world->now - server->locked_at;
  if (strcmp(server->lock_client, by) == 0 || age >= 2 * ttl_us(world)) return;
  /* A request that waited in the socket of a stopped node: who gave it up is long gone. */
  if (world->now - server->changed_at < 2 * ttl_us(world)) return;
  world_violation(world, "3: %s takes the lock of %s away that %s got %lld ms ago", by,
                  server->name, server->lock_client, (long long)age / 1000);
}

/* Who has nothing under way has given back what it got on connections that it still holds. */
static void check_idle(struct world *world, const struct client *client) {
  if (hr_core_works(client->core) || client->held.count > 0) return;
  for (size_t i = 0; i < client->config.count; i++) {
    const struct server *server = &world->servers[i];
    const struct conn *conn = client->links[i].control;
    bool mine = server->lock.n > 0 && conn != NULL && conn->id == server->lock_conn &&
                conn->open[1] && server->process != PROCESS_DOWN &&
                server_locked(world, server) && !server->disk_full;
    if (!mine || conn->pipe[1].head != NULL || strcmp(server->lock_client, client->uuid) != 0) {
      continue;
    }
    world_violation(world, "4: %s has nothing under way and leaves its lock on %s", client->name,
                    server->name);
  }
}

/* ------------------------------------------------------------------ 1: who is used ------------ */

/* The highest epoch that a majority holds in its data, and since when. */
static void note_majority(struct world *world) {
  struct hr_epoch held[WORLD_NODES_MAX] = {{0, ""}};
  size_t need = (size_t)check_majority(world);
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct record *record = world->servers[i].state->record;
    struct hr_epoch epoch = record != NULL ? record->epoch : (struct hr_epoch){0, ""};
    size_t at = i;
    for (; at > 0 && epoch_order(&held[at - 1], &epoch) < 0; at--) held[at] = held[at - 1];
    held[at] = epoch;
  }
  if (epoch_order(&held[need - 1], &world->held) == 0) return;
  world->held = held[need - 1];
  world->held_since = world->now;
}

void check_ready(struct world *world, struct client *client) {
  const struct hr_topology *mine = &client->topology;
  bool ready = mine->master >= 0 && mine->pause == HR_PAUSE_NONE;
  bool again = client->ready && epoch_order(&mine->epoch, &client->ready_epoch) == 0;
  if (ready && !client->ready && epoch_order(&mine->epoch, &client->ready_epoch) == 0) {
    client->resumed_at = world->now;
    client->resumed_epoch = mine->epoch;
  }
  client->ready = ready;
  client->ready_epoch = mine->epoch;
  if (!ready || again || world->forced || client->list != 0 || mine->epoch.n <= 1) return;
  if (2 * check_majority(world) <= (int)world->config.nodes) return; /* two may have one */
  if (world->config.nodes == 1) return; /* an answer that waited for who slept is a majority */
  if (client->resumes) return; /* it had begun to, and fell asleep before it could say so */
  usec since = world->now - world->held_since;
  usec bound = 300000 + down_after_us(world) + 2 * world->config.retransmit_us;
  if (epoch_order(&mine->epoch, &world->held) >= 0 || since < bound) return;
  world_violation(world, "1: %s begins to use %s under %llu, and a majority has %llu for %lld ms",
                  client->name, world->servers[mine->master].name,
                  (unsigned long long)mine->epoch.n, (unsigned long long)world->held.n,
                  (long long)since / 1000);
}

void check_takeovers(struct world *world, const struct client *client) {
  if (world->noted_at != world->now / 1000) {
    world->noted_at = world->now / 1000;
    note_majority(world);
  }
  check_idle(world, client);
}

/* ------------------------------------------------------------------ 8, 12: what goes ---------- */

/* Acknowledged writes between a dataset and what it grew into; a FLUSHALL is one. */
static int acked_between(const struct world *world, const struct state *from,
                         const struct state *to) {
  int count = 0;
  for (; to != NULL && to != from; to = to->parent) {
    count += to->change == CHANGE_FLUSH ||
             (state_is_numbered(to) && world->acked[to->write] == 1);
  }
  return count;
}

/* A stranger's FLUSHALL took its record away, and of its history this client has not heard: the
 * backlog expired since it looked. Nobody can know how new that is. */
static bool is_nameless(const struct client *client, const struct server *server,
                        const struct state *state) {
  if (state->record != NULL) return false;
  if (client->history[0] == '\0') return true;
  return strcmp(server->replid, client->history) != 0 &&
         strcmp(server->replid2, client->history) != 0;
}

/* Of those whose seals were answered nobody holds the same history and more of it: whoever is
 * elected keeps what is left, plain writes too. */
static void check_best(struct world *world, const struct client *client, int node,
                       const struct hr_epoch *epoch) {
  const struct state *chosen = client->links[node].sealed;
  for (int i = 0; i < (int)client->config.count; i++) {
    const struct node_link *link = &client->links[i];
    bool sealed = link->up && link->sealed != NULL &&
                  epoch_order(&link->sealed_under, epoch) == 0;
    if (i == node || !sealed || !world->servers[i].linked_once) continue;
    if (!state_descends(link->sealed, chosen)) continue;
    if (is_nameless(client, &world->servers[i], link->sealed)) continue;
    int writes = acked_between(world, chosen, link->sealed);
    if (writes == 0) continue;
    world_violation(world, "8: %s is chosen without %d acknowledged writes that %s, sealed too, "
                    "has", world->servers[node].name, writes, world->servers[i].name);
  }
}

/* Who was never linked since it started and is not the elected process may have missed anything:
 * it is chosen only where everybody was asked. */
static void check_known(struct world *world, const struct client *client, int node,
                        const struct hr_epoch *epoch) {
  const struct server *server = &world->servers[node];
  const struct record *record = server->state->record;
  bool elected = record != NULL && strcmp(record->run_id, server->run_id) == 0;
  if (server->linked_once || elected) return;
  for (int i = 0; i < (int)client->config.count; i++) {
    const struct node_link *link = &client->links[i];
    const struct server *other = &world->servers[i];
    bool sealed = link->sealed != NULL && epoch_order(&link->sealed_under, epoch) == 0;
    if (sealed || !state_descends(other->state, server->state)) continue;
    int writes = acked_between(world, server->state, other->state);
    if (writes == 0) continue;
    world_violation(world, "8: %s, not linked since it started, is chosen without %d acknowledged "
                    "writes that %s, which was not asked, has", server->name, writes, other->name);
  }
}

void check_chosen(struct world *world, const struct client *client,
                  const struct hr_action *action) {
  const struct node_link *link = &client->links[action->node];
  bool sealed = link->sealed != NULL && epoch_order(&link->sealed_under, &action->epoch) == 0;
  /* Its process has ended, and the client has not read that yet: nobody will carry it out. */
  bool lives = link->control->instance == world->servers[action->node].instance;
  if (world->forced || !sealed || !lives) return;
  /* It had chosen before it fell asleep: what was acknowledged since, it could not count. */
  if (client->resumes) return;
  check_best(world, client, action->node, &action->epoch);
  check_known(world, client, action->node, &action->epoch);
}

/* The stream of a process that is gone ends: whoever seals earlier, in time, loses of it. */
void check_thrown_away(struct world *world, const struct server *server) {
  const struct conn *conn = server->link;
  if (conn == NULL || server->stream != STREAM_UP || world->forced) return;
  if (server->applies_us == 0 || server->applies_us > DRAIN_DENSE_US) return;
  const struct server *master = &world->servers[conn->end[1].index];
  /* What a cut keeps from it, or TCP has not sent again yet, nobody can wait for. */
  bool dense = net_reads_by(world, conn, 0, world->now + DRAIN_DENSE_US);
  bool early = world->now - server->locked_at < step_us(world) / 2 - 20000;
  bool gone = master->process == PROCESS_DOWN || conn->instance != master->instance;
  if (!dense || !early || !gone) return;
  int writes = 0;
  bool cut = net_is_cut(world, conn->end[1], conn->end[0]);
  for (const struct message *next = conn->pipe[0].head; next != NULL; next = next->next) {
    if (cut && next->due > conn->pipe[0].arrived) break;
    const struct state *state = next->kind == MSG_STREAM ? next->body : NULL;
    writes += state != NULL && state_is_numbered(state) && world->acked[state->write] == 1;
  }
  if (writes == 0) return;
  world_violation(world, "8: the seal of %s throws away %d acknowledged writes that it has unread",
                  server->name, writes);
}

void check_overwritten(struct world *world, const struct server *server, const struct state *by) {
  if (!server->foreign || server->state->keys == 0 || world->forced) return;
  if (state_descends(by, server->state)) return;
  world_violation(world, "12: data of somebody else on %s is overwritten", server->name);
}

/* Data that was there before the group is the group's. */
void check_born(struct world *world, const struct server *server) {
  if (world->native == NULL || world->forced) return;
  if (state_descends(server->state, world->native)) return;
  world_violation(world, "12: the group is born on %s without the data that was there",
                  server->name);
}
