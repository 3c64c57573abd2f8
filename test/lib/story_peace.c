/*
 * The end of all faults: the network is whole again, who slept, hung or died comes back; then
 * everybody must agree, and in the rest that follows nothing may happen and nothing be missing.
 *
 * And what is promised: durable writes survive as long as fewer than a majority lose data at once.
 */
#include <string.h>

#include "story.h"

#define POLL_US 20000 /* at most */
#define CALM_POLLS 50
#define ON_ITS_WAY_US 1000000
#define PERSON_US 15000000

/* ------------------------------------------------------------------ the promise --------------- */

/* Somebody's FLUSHALL on the elected master, which takes it. */
bool story_may_flush(const struct world *world, const struct server *server) {
  const struct promotion *latest = check_latest(world);
  if (latest == NULL || latest->node != server->index) return false;
  if (server->process != PROCESS_UP || server->loading || !server_is_master(server)) return false;
  return !server_paused(world, server);
}

void story_start_server(struct story *story, struct server *server, enum data data,
                        bool careful) {
  bool loses = data == DATA_EMPTY || data == DATA_OLDER || data == DATA_REBASED_OLDER;
  if (careful && loses && !check_may_lose(story->world, server)) data = DATA_KEPT;
  /* Flushed, filled again, out of its stream: nobody could tell it from a stranger. */
  bool nameless = server->state->record == NULL && server->state->keys > 0;
  if (careful && nameless) data = DATA_KEPT;
  server_start(story->world, server, data);
  if (!story->ticks || (story->ticking >> server->index & 1) != 0) return;
  story->ticking |= 1u << server->index;
  replication_tick(story->world, server);
}

/* ------------------------------------------------------------------ peace --------------------- */

static void return_server(struct world *world, void *subject, uint64_t argument) {
  struct server *server = subject;
  (void)argument;
  if (server->process == PROCESS_DOWN) server_start(world, server, DATA_KEPT);
  server_continue(world, server);
}

static void return_client(struct world *world, void *subject, uint64_t argument) {
  struct client *client = subject;
  (void)argument;
  client_wake(world, client);
  if (!client->alive) client_start(world, client);
  if (!client->asleep) subs_want(world, client, true);
}

/* When `who` comes back: as the command says, else at once. */
static usec delay_of(const char *who, char **words, size_t count) {
  usec delay = 0;
  for (size_t i = 1; i + 1 < count; i += 2) {
    if (strcmp(words[i], who) == 0 && story_time(words[i + 1], &delay)) return delay;
  }
  return 0;
}

static bool delays_fit(struct story *story, char **words, size_t count) {
  for (size_t i = 1; i < count; i += 2) {
    struct peer peer;
    usec delay;
    bool fits = i + 1 < count && story_peer(story, words[i], &peer) &&
                story_time(words[i + 1], &delay) && delay >= 0;
    if (fits) continue;
    story_fail(story, "peace [who time]...");
    return false;
  }
  return true;
}

/* peace [a 20ms] [A 1s]...: no more faults; who is away comes back when it pleases, or at once */
void story_peace(struct story *story, char **words, size_t count) {
  struct world *world = story->world;
  if (!delays_fit(story, words, count)) return;
  memset(world->traps, 0, sizeof world->traps);
  net_heal(world);
  for (size_t slot = 0; slot < world->slots; slot++) net_slow(world, (int)slot, 0);
  net_unstick(world, story->retransmit_us);
  for (size_t i = 0; i < world->config.nodes; i++) {
    struct server *server = &world->servers[i];
    server->full = server->disk_full = server->refuses_us = false;
    server->output_limit = 0;
    server->fork_us = 0;
    server->strangers = server->doubled = 0;
    server->applies_us = 0;
    if (server->priority == 0) server->priority = 100;
    usec delay = delay_of(server->name, words, count);
    world_at(world, world->now + delay, return_server, server, 0);
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    struct client *client = &world->clients[i];
    usec delay = delay_of(client->name, words, count);
    world_at(world, world->now + delay, return_client, client, 0);
  }
  story->at_peace = true;
}

static const char *who_is_away(const struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->servers[i].process != PROCESS_UP) return world->servers[i].name;
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    if (!world->clients[i].alive || world->clients[i].asleep) return world->clients[i].name;
  }
  return NULL;
}

/* The master's backlog has expired. Whoever sees that has it elected again, and may look at it only
 * seconds later. Before all were there a look may have come to nothing: that election waits for a
 * quorum, and is thought of again at the next look. */
static bool history_is_seen(const struct world *world, usec since) {
  int master = check_agreed(world);
  if (master < 0 || !world->servers[master].expired) return true;
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (!client->alive || client->list != 0) continue;
    if (strcmp(client->history, world->servers[master].replid) != 0) return false;
    if (client->history_at < since) return false;
  }
  return true;
}

/* A person is asked to pick one of two that never met. */
static bool is_ambiguous(const struct world *world) {
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (client->alive && client->topology.pause == HR_PAUSE_AMBIGUOUS) return true;
  }
  return false;
}

/* Every record was flushed away, on an old master and on the one that replaced it: a person still
 * knows which came last, if that process lives. */
static const struct server *last_elected(const struct world *world) {
  if (world->promotion_count == 0) return NULL;
  const struct promotion *last = &world->promotions[world->promotion_count - 1];
  const struct server *server = &world->servers[last->node];
  bool lives = server->process == PROCESS_UP && server_is_master(server);
  return lives && strcmp(server->run_id, last->run_id) == 0 ? server : NULL;
}

/* Keys from before or behind a FLUSHALL, without a record or with that of the group as it was
 * before it was founded anew: nobody could know whose they are. The node is left alone, and told
 * of, until a person empties it. */
static void empty_strangers(struct world *world) {
  const struct promotion *latest = check_latest(world);
  const struct server *kept = latest == NULL && is_ambiguous(world) ? last_elected(world) : NULL;
  for (size_t i = 0; i < world->config.nodes; i++) {
    struct server *server = &world->servers[i];
    const struct record *record = server->state->record;
    bool nameless = record == NULL && server->state->keys > 0;
    bool renamed = record != NULL && latest != NULL &&
                   strcmp(record->uuid, latest->state->record->uuid) != 0;
    /* Where nobody remembers any master a person still knows which keys were never the group's. */
    if (latest == NULL && !server->foreign && (kept == NULL || kept == server)) continue;
    bool strange = server->process == PROCESS_UP && server->stream != STREAM_UP;
    if (!strange || (!nameless && !renamed)) continue;
    world_trace(world, "a person empties %s", server->name);
    server_crash(world, server);
    server_start(world, server, DATA_EMPTY);
  }
}

/* Its file is from before the group, and everybody has copied that: no record is left, and only a
 * client that saw one before knows that there was a group. It tells of keys that are not its,
 * and a person says that they are. */
static void take_what_is_left(struct world *world) {
  struct client *client = NULL;
  if (check_latest(world) != NULL || is_ambiguous(world) || check_agreed(world) >= 0) return;
  for (size_t i = 0; i < world->config.clients; i++) {
    if (client == NULL && world->clients[i].alive) client = &world->clients[i];
  }
  for (size_t i = 0; i < world->config.nodes && client != NULL; i++) {
    const struct server *server = &world->servers[i];
    bool all = server_is_master(server) && server->state->keys > 0 && !server->foreign &&
               replication_count(server) == (int)world->config.nodes - 1;
    if (!all) continue;
    world_trace(world, "a person takes %s", server->name);
    world->forced = true;
    client_ask(world, client, HR_EV_TAKEOVER, server->index);
    return;
  }
}

static void settle(struct story *story, usec bound) {
  struct world *world = story->world;
  usec since = world->now;
  usec poll = (200000 + world->config.down_after_ms * 1000) / CALM_POLLS;
  if (poll > POLL_US) poll = POLL_US;
  char why[256] = "";
  int calm = 0; /* what was asked before the peace may still be under way */
  usec whole = world->now;
  while (calm < CALM_POLLS) {
    bool agreed = who_is_away(world) == NULL && check_converged(world, why, sizeof why);
    if (!agreed) whole = world->now;
    calm = agreed && history_is_seen(world, whole) ? calm + 1 : 0;
    if (world->now - since > PERSON_US && world->now - since <= PERSON_US + poll) {
      empty_strangers(world);
      take_what_is_left(world);
    }
    if (world->now > since + bound) {
      world_violation(world, "4: %lld s after the last fault %s",
                      (long long)(world->now - since) / 1000000, why);
    }
    if (story_broken(story)) return;
    story_run_until(story, world->now + poll);
  }
  if (story_broken(story)) return;
  subs_check_all(world, CALM_POLLS * poll / 2);
  if (story_broken(story)) return;
  usec took = world->now - since - CALM_POLLS * poll;
  if (took > story->settled_us) story->settled_us = took;
  story->settled = true;
}

/* settle 40s: everybody agrees by then, and stays so for down_after and 200 ms, at most 1 s */
void story_settle(struct story *story, char **words, size_t count) {
  usec bound;
  if (count != 2 || !story_time(words[1], &bound)) {
    story_fail(story, "settle <time>");
  } else if (!story->at_peace) {
    story_fail(story, "nothing settles without peace");
  } else {
    settle(story, bound);
  }
}

static void rest(struct story *story, usec time) {
  struct world *world = story->world;
  size_t promotions = world->promotion_count;
  uint64_t gaps = world->subs.gaps - world->subs.found;
  story_run_until(story, world->now + time);
  if (story_broken(story)) return;
  if (world->promotion_count != promotions) {
    world_violation(world, "6: a promotion though nothing had happened");
    return;
  }
  int master = check_agreed(world);
  uint32_t lost = master < 0 ? 0 : check_lost(world, world->servers[master].state, true);
  if (lost > 0) world_violation(world, "2: %u durable writes are gone", (unsigned)lost);
  char why[256];
  /* Subscriptions may be on their way to a better node just now. */
  usec bound = world->now + ON_ITS_WAY_US;
  while (!check_converged(world, why, sizeof why) && world->now < bound && !story_broken(story)) {
    story_run_until(story, world->now + POLL_US);
  }
  if (!check_converged(world, why, sizeof why)) world_violation(world, "4: in peace, %s", why);
  /* What is found by a look had happened before: nobody looked since. */
  bool told = world->subs.gaps - world->subs.found != gaps;
  if (told) world_violation(world, "14: a gap though nothing had happened");
  subs_check_all(world, 100000);
  check_unended(world);
  check_waiting(world);
  check_given(world);
}

/* rest 3s: nobody elects anybody, and what was acknowledged is there */
void story_rest(struct story *story, char **words, size_t count) {
  usec time;
  if (count != 2 || !story_time(words[1], &time)) {
    story_fail(story, "rest <time>");
  } else if (!story->settled) {
    story_fail(story, "nobody rests before all has settled");
  } else {
    rest(story, time);
  }
}
