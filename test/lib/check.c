/* The invariants, by their numbers in test/README.md. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define FENCE_SLACK_MS 20
#define ATTEMPTS_MAX 2048

int check_majority(const struct world *world) {
  int quorum = world->config.quorum;
  return quorum > 0 ? quorum : (int)world->config.nodes / 2 + 1;
}

static struct attempt *attempt_of(struct world *world, const struct hr_epoch *epoch) {
  for (size_t i = world->attempt_count; i > 0; i--) {
    struct attempt *attempt = &world->attempts[i - 1];
    if (epoch_order(&attempt->epoch, epoch) == 0) return attempt;
  }
  if (world->attempt_count == ATTEMPTS_MAX + world->config.clients) {
    world_violation(world, "more attempts than a history should have: nobody gets anywhere");
    return &world->attempts[0];
  }
  if (world->attempt_count == world->attempt_capacity) {
    world->attempt_capacity = world->attempt_capacity == 0 ? 64 : world->attempt_capacity * 2;
    world->attempts =
        realloc(world->attempts, world->attempt_capacity * sizeof *world->attempts);
    if (world->attempts == NULL) abort();
  }
  struct attempt *attempt = &world->attempts[world->attempt_count++];
  *attempt = (struct attempt){.epoch = *epoch};
  return attempt;
}

void check_locked(struct world *world, const struct server *server,
                  const struct hr_epoch *epoch) {
  attempt_of(world, epoch)->locked |= 1u << server->index;
}

void check_sealed(struct world *world, const struct server *server,
                  const struct hr_epoch *epoch) {
  attempt_of(world, epoch)->sealed |= 1u << server->index;
}

static int members(uint32_t set) {
  int count = 0;
  for (; set != 0; set &= set - 1) count++;
  return count;
}

/* ------------------------------------------------------------------ who goes by what ---------- */

static struct use *use_of(struct world *world, const struct hr_epoch *epoch, int master) {
  for (size_t i = 0; i < world->use_count; i++) {
    struct use *use = &world->uses[i];
    if (use->master == master && epoch_order(&use->epoch, epoch) == 0) return use;
  }
  if (world->use_count == world->use_capacity) {
    world->use_capacity = world->use_capacity == 0 ? 16 : world->use_capacity * 2;
    world->uses = realloc(world->uses, world->use_capacity * sizeof *world->uses);
    if (world->uses == NULL) abort();
  }
  struct use *use = &world->uses[world->use_count++];
  *use = (struct use){*epoch, master, 0};
  return use;
}

static void leave_use(struct world *world, struct client *client) {
  if (!client->counted) return;
  client->counted = false;
  struct use *use = use_of(world, &client->known, client->known_master);
  if (--use->clients == 0) *use = world->uses[--world->use_count];
}

/* 1: those that live and have the same epoch have the same master. */
void check_uses(struct world *world, struct client *client) {
  const struct hr_topology *mine = &client->topology;
  leave_use(world, client);
  if (!client->alive) return;
  client->counted = true;
  client->known = mine->epoch;
  client->known_master = mine->master;
  use_of(world, &mine->epoch, mine->master)->clients++;
  for (size_t i = 0; i < world->use_count && mine->master >= 0; i++) {
    const struct use *other = &world->uses[i];
    bool rival = other->master >= 0 && other->master != mine->master;
    if (!rival || epoch_order(&mine->epoch, &other->epoch) != 0) continue;
    world_violation(world, "1: %s uses %s and others use %s, both under %llu:%s", client->name,
                    world->servers[mine->master].name, world->servers[other->master].name,
                    (unsigned long long)mine->epoch.n, mine->epoch.nonce);
  }
}

/* The newest epoch that any node, or client that lives, still knows of. */
static struct hr_epoch remembered(const struct world *world) {
  struct hr_epoch newest = {0};
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    const struct record *record = server->state->record;
    if (record != NULL && epoch_order(&record->epoch, &newest) > 0) newest = record->epoch;
    if (epoch_order(&server->promise, &newest) > 0) newest = server->promise;
  }
  for (size_t i = 0; i < world->use_count; i++) {
    if (epoch_order(&world->uses[i].epoch, &newest) > 0) newest = world->uses[i].epoch;
  }
  return newest;
}

/* After a FLUSHALL nobody may remember the last one. */
const struct promotion *check_latest(const struct world *world) {
  struct hr_epoch known = remembered(world);
  const struct promotion *latest = NULL;
  for (size_t i = 0; i < world->promotion_count; i++) {
    const struct promotion *one = &world->promotions[i];
    /* A birth after everything was flushed and forgotten begins to count anew. */
    bool born = one->epoch.n == 1;
    bool newer = latest == NULL || born || epoch_order(&one->epoch, &latest->epoch) > 0;
    if (newer && epoch_order(&known, &one->epoch) >= 0) latest = one;
  }
  return latest;
}

/* Where a FLUSHALL made the nodes forget their epoch, the last promotion may be of a lower one: it
 * replaced the master all the same. */
bool check_deposed(const struct world *world, const struct server *server) {
  const struct promotion *latest = check_latest(world);
  if (latest == NULL) return false;
  const struct promotion *last = &world->promotions[world->promotion_count - 1];
  return strcmp(server->run_id, latest->run_id) != 0 || strcmp(server->run_id, last->run_id) != 0;
}

/* How many acknowledged writes this dataset misses. */
uint32_t check_lost(const struct world *world, const struct state *state, bool durable_only) {
  const unsigned char *set = durable_only ? world->durable : world->acked;
  uint32_t missing = durable_only ? world->durable_count : world->acked_count;
  for (; state != NULL && missing > 0; state = state->parent) {
    if (state_is_numbered(state) && set[state->write] == 1) missing--;
  }
  return missing;
}

static void forgive(unsigned char *mark, uint32_t *count) {
  if (*mark == 1) (*count)--;
  *mark = WORLD_FLUSHED;
}

/* What a FLUSHALL has removed is nobody's loss, wherever older data comes back. */
void check_flushed(struct world *world, const struct state *state) {
  struct removal *removal = arena_take(&world->arena, sizeof *removal);
  *removal = (struct removal){world->removals, state};
  world->removals = removal;
  for (; state != NULL; state = state->parent) {
    if (!state_is_numbered(state) || state->write == 0) continue;
    forgive(&world->durable[state->write], &world->durable_count);
    forgive(&world->acked[state->write], &world->acked_count);
  }
}

/* A node that was away when the group became durable has a record that does not say so. Until it
 * follows again nobody else's data may be lost: who finds it beside a blank node cannot know. */
static bool all_know(const struct world *world, const struct server *server) {
  for (size_t i = 0; i < world->config.nodes && world->durable_count > 0; i++) {
    const struct server *other = &world->servers[i];
    const struct record *record = other->state->record;
    if (other != server && !other->lossy && record != NULL && !record->durable) return false;
  }
  return true;
}

bool check_may_lose(const struct world *world, const struct server *server) {
  if (!all_know(world, server)) return false;
  int lossy = server->lossy ? 0 : 1;
  for (size_t i = 0; i < world->config.nodes; i++) lossy += world->servers[i].lossy;
  return lossy <= (int)world->config.nodes - check_majority(world);
}

/*
 * Redis replicates from whoever answers on the address that it was told to follow. A replica that
 * copies a stranger there has lost what it had, by nobody's word: no client can be in between. If
 * that is more than a group may lose at once, what it had is nobody's loss.
 */
void check_copied(struct world *world, struct server *server) {
  const struct server *from = &world->servers[server->master];
  /* A stranger's process that restarts empty feeds at once, as none of ours does. */
  bool strange = from->foreign || (from->strange_file && from->state->record == NULL);
  if (server->foreign || !strange) return;
  if (!check_may_lose(world, server)) check_flushed(world, server->state);
  server->lossy = true;
}

/* 2: what a client calls durable is with the newest master. */
static void check_durable(struct world *world, const struct flush *flush) {
  const struct promotion *latest = check_latest(world);
  if (latest == NULL || world->forced || world->cold) return;
  const struct server *server = &world->servers[latest->node];
  if (strcmp(server->run_id, latest->run_id) != 0) return;
  if (!state_holds(server->state, flush->first)) {
    world_violation(world, "2: write %u is called durable and %s, elected under %llu, misses it",
                    (unsigned)flush->first, server->name, (unsigned long long)latest->epoch.n);
  }
}

void check_acked(struct world *world, const struct flush *flush) {
  for (uint32_t i = flush->first; i < flush->first + flush->count; i++) {
    if (world->acked[i] != 0) continue;
    world->acked[i] = 1;
    world->acked_count++;
    if (!flush->durable) continue;
    world->durable[i] = 1;
    world->durable_count++;
  }
  if (flush->durable && world->durable[flush->first] == 1) check_durable(world, flush);
}

/* 3: nobody changes a role without the guard, nor against a newer promise or newer data. */
void check_role_change(struct world *world, const struct server *server, const struct conn *conn,
                       const struct request *request, bool runs) {
  const struct hr_action *action = &request->action;
  if (!conn->watching) {
    world_violation(world, "3: a role of %s is changed without a guard", server->name);
  }
  if (!runs) return;
  if (epoch_order(&action->epoch, &world->promised) > 0) world->promised = action->epoch;
  if (epoch_order(&server->promise, &action->epoch) > 0) {
    world_violation(world, "3: %s promised %llu:%s and is changed under %llu:%s", server->name,
                    (unsigned long long)server->promise.n, server->promise.nonce,
                    (unsigned long long)action->epoch.n, action->epoch.nonce);
  }
  const struct record *record = server->state->record;
  if (record != NULL && epoch_order(&record->epoch, &action->epoch) > 0) {
    world_violation(world, "3: data of %s is of %llu:%s and it is changed under %llu:%s",
                    server->name, (unsigned long long)record->epoch.n, record->epoch.nonce,
                    (unsigned long long)action->epoch.n, action->epoch.nonce);
  }
  if (!server_locked(world, server) || strcmp(server->lock_client, request->client) != 0) {
    world_violation(world, "3: a role of %s is changed by %s who does not hold its lock",
                    server->name, world->clients[conn->end[0].index].name);
  }
}

static void check_once(struct world *world, const struct server *server,
                       const struct hr_epoch *epoch) {
  for (size_t i = 0; i < world->promotion_count; i++) {
    const struct promotion *one = &world->promotions[i];
    if (epoch_order(&one->epoch, epoch) != 0) continue;
    world_violation(world, "1: %s and %s were promoted under %llu:%s",
                    world->servers[one->node].name, server->name, (unsigned long long)epoch->n,
                    epoch->nonce);
  }
}

/* Was it there when something was removed? */
bool check_removed(const struct world *world, const struct state *state) {
  for (const struct removal *one = world->removals; one != NULL; one = one->before) {
    if (state_descends(one->state, state)) return true;
  }
  return false;
}

static bool any_record(const struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->servers[i].state->record != NULL) return true;
  }
  return false;
}

/* A group that is born where somebody's data is makes it its own. Later nobody takes it so, but for
 * a client that has used no master yet and finds no record anywhere: to that one it is a birth. */
void check_strange(struct world *world, struct server *server, const struct client *by) {
  bool taken = server->foreign && server->state->keys > 0;
  bool birth = by->history[0] == '\0' && !any_record(world);
  if (taken && !birth && !world->forced) {
    world_violation(world, "12: %s is somebody else's and promoted", server->name);
  }
  server->foreign = false;
}

void check_promoted(struct world *world, const struct server *server,
                    const struct hr_action *action) {
  check_once(world, server, &action->epoch);
  const struct attempt *attempt = attempt_of(world, &action->epoch);
  int behind = members(attempt->locked | attempt->sealed);
  if (behind < check_majority(world) && !world->forced) {
    world_violation(world, "6: %s was promoted with %d of %zu nodes locked", server->name, behind,
                    world->config.nodes);
  }
  if (world->promotion_count == 0) check_born(world, server);
  world_trace(world, "PROMOTED %s under %llu:%s with %llu writes to come", server->name,
              (unsigned long long)action->epoch.n, action->epoch.nonce,
              (unsigned long long)action->opcounter);
  if (world->promotion_count == WORLD_PROMOTIONS_MAX) {
    world_violation(world, "more promotions than a history should have");
    return;
  }
  const struct promotion *latest = check_latest(world);
  bool newest = latest == NULL || epoch_order(&action->epoch, &latest->epoch) > 0;
  struct promotion *one = &world->promotions[world->promotion_count++];
  *one = (struct promotion){.epoch = action->epoch,
                            .node = server->index,
                            .state = server->state,
                            .at = world->now,
                            .forced = world->forced};
  memcpy(one->run_id, server->run_id, sizeof one->run_id);
  uint32_t most = world->config.most_promotions;
  if (most > 0 && world->promotion_count > most) {
    world_violation(world, "0: %zu promotions", world->promotion_count);
  }
  uint32_t lost = newest ? check_lost(world, server->state, true) : 0;
  if (lost > 0 && !world->forced && !world->cold) {
    world_violation(world, "2: %s was promoted without %u durable writes", server->name,
                    (unsigned)lost);
  }
}

/* Who has heard too few nodes for fence_ms writes no more: a silent one is asked every beat. */
void check_fenced(struct world *world, const struct client *client) {
  hr_msec bound = world->config.fence_ms + world->config.down_after_ms / 3 + FENCE_SLACK_MS;
  hr_msec now = client_now(world, client);
  int heard = 0;
  for (size_t i = 0; i < client->config.count; i++) {
    heard += now - client->links[i].heard_ms <= bound;
  }
  bool just_woke = world->now - client->woke_at < FENCE_SLACK_MS * 1000;
  /* Who has another list has another majority, and no say. */
  if (heard >= check_majority(world) || just_woke || client->list != 0) return;
  world_violation(world, "6: %s writes and has heard %d of %zu nodes for %lld ms", client->name,
                  heard, client->config.count, (long long)bound);
}

/* 4, the half that must hold at every step: who waits knows until when. */
void check_stepped(struct world *world, struct client *client) {
  bool is_ready = client->topology.master >= 0 && client->topology.pause == HR_PAUSE_NONE;
  if (!is_ready && client->deadline_ms == INT64_MAX) {
    world_violation(world, "4: %s is not ready and has no deadline, state %s", client->name,
                    hr_core_state(client->core));
  }
  check_takeovers(world, client);
}

/* ------------------------------------------------------------------ 4, the other half --------- */

static bool server_settled(const struct world *world, const struct server *server,
                           const struct server *master, char *why, size_t size) {
  const char *fault = NULL;
  if (server->process != PROCESS_UP) return server != master; /* nothing can be asked of it */
  const struct record *mine = server->state->record, *elected = master->state->record;
  if (mine != NULL && elected != NULL && strcmp(mine->uuid, elected->uuid) != 0) {
    return true; /* data of another founding: left for a person */
  }
  if (server->loading) fault = "is loading";
  else if (server_locked(world, server)) fault = "is locked";
  else if (server_paused(world, server)) fault = "is paused";
  else if (server->writable && server != master) fault = "is writable";
  else if (server->follow == FOLLOW_SEAL) fault = "is sealed";
  else if (server == master && !server_is_master(server)) fault = "is used and is no master";
  else if (server != master && server_is_master(server)) fault = "is a master, not elected";
  else if (server != master && server->master != master->index) fault = "follows another one";
  else if (server != master && server->stream != STREAM_UP) fault = "has no link";
  else if (server != master && !state_descends(master->state, server->state)) fault = "diverges";
  if (fault != NULL) snprintf(why, size, "%s %s", server->name, fault);
  return fault == NULL;
}

static bool client_settled(const struct world *world, const struct client *client, int agreed,
                           char *why, size_t size) {
  const struct hr_topology *topology = &client->topology;
  const char *fault = NULL;
  if (topology->master < 0 || topology->pause != HR_PAUSE_NONE) {
    fault = "is not ready";
  } else if (topology->master != agreed) {
    fault = "uses another master";
  } else {
    const struct server *master = &world->servers[agreed];
    const struct record *record = master->state->record;
    if (strcmp(topology->run_id, master->run_id) != 0) fault = "has another run id";
    else if (record == NULL || strcmp(record->run_id, master->run_id) != 0) fault = "has no record";
    else if (epoch_order(&topology->epoch, &record->epoch) != 0) fault = "has another epoch";
    else if (client->durable && !topology->durable) fault = "cannot write durably";
  }
  if (fault != NULL) {
    snprintf(why, size, "client %s %s (state %s)", client->name, fault,
             hr_core_state(client->core));
  }
  return fault == NULL && subs_settled(client, why, size);
}

static bool takes_part(const struct client *client) {
  return client->alive && !client->asleep && client->list == 0;
}

/* Whom the clients use, -1: nobody. */
int check_agreed(const struct world *world) {
  for (size_t i = 0; i < world->config.clients; i++) {
    if (takes_part(&world->clients[i])) return world->clients[i].topology.master;
  }
  return -1;
}

bool check_converged(struct world *world, char *why, size_t size) {
  int agreed = check_agreed(world);
  if (agreed < 0) {
    snprintf(why, size, "there is no master");
    return false;
  }
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (!server_settled(world, server, &world->servers[agreed], why, size)) return false;
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (takes_part(client) && !client_settled(world, client, agreed, why, size)) return false;
  }
  return true;
}
