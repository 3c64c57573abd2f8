/* What a story may assert: the essential thing stands in the script, so no rewrite can hide it. */
#include <stdlib.h>
#include <string.h>

#include "story.h"

static int say(bool holds, char *why, size_t size, const char *format, const char *a,
               const char *b, long long n) {
  if (!holds) snprintf(why, size, format, a, b, n);
  return holds;
}

/* master b: every client that is awake uses it. master none. */
static int all_use(struct story *story, const char *name, char *why, size_t size) {
  struct peer peer = {false, -1};
  bool none = strcmp(name, "none") == 0;
  if (!none && !story_peer(story, name, &peer)) return -1;
  for (size_t i = 0; i < story->config.clients; i++) {
    const struct client *client = &story->world->clients[i];
    if (!client->alive || client->asleep) continue;
    const struct hr_topology *topology = &client->topology;
    bool is_ready = topology->master >= 0 && topology->pause == HR_PAUSE_NONE;
    bool fine = none ? !is_ready : is_ready && topology->master == peer.index;
    if (fine) continue;
    snprintf(why, size, "%s %s", client->name,
             !is_ready ? "is not ready" : story->world->servers[topology->master].name);
    return 0;
  }
  return 1;
}

/* "b,c" or "none" */
static void may_read(const struct story *story, const struct hr_topology *topology, char *list,
                     size_t size) {
  size_t at = 0;
  for (size_t i = 0; i < topology->count && at < size; i++) {
    if (!topology->nodes[i].readable) continue;
    at += (size_t)snprintf(list + at, size - at, at > 0 ? ",%s" : "%s",
                           story->world->servers[i].name);
  }
  if (at == 0) snprintf(list, size, "none");
}

static int pop_is(const struct client *client, const char *word, char *why, size_t size) {
  static const char *const ends[] = {"waits", "took", "read", "nil", "refused", "maybe"};
  const struct popper *popper = &client->popper;
  const char *end = ends[popper->phase == POPPER_NONE ? popper->end : POPPER_WAITS];
  return say(strcmp(end, word) == 0, why, size, "%s: pop %s", client->name, end, 0);
}

static int one_uses(struct story *story, struct client *client, char **words, size_t count,
                    char *why, size_t size) {
  static const char *const pauses[] = {"none",      "no_master", "no_quorum",
                                       "ambiguous", "auth",      "switchover"};
  const struct hr_topology *topology = &client->topology;
  bool is_ready = topology->master >= 0 && topology->pause == HR_PAUSE_NONE;
  const char *uses = is_ready ? story->world->servers[topology->master].name : "none";
  if (count == 2 && strcmp(words[0], "master") == 0) {
    return say(strcmp(uses, words[1]) == 0, why, size, "%s uses %s", client->name, uses, 0);
  }
  if (count == 2 && strcmp(words[0], "pause") == 0) {
    const char *pause = pauses[topology->pause];
    return say(strcmp(pause, words[1]) == 0, why, size, "%s: pause %s", client->name, pause, 0);
  }
  if (count == 2 && strcmp(words[0], "sub") == 0) {
    int node = topology->sub_node;
    const char *sub = node < 0 ? "none" : story->world->servers[node].name;
    return say(strcmp(sub, words[1]) == 0, why, size, "%s listens on %s", client->name, sub, 0);
  }
  if (count == 2 && strcmp(words[0], "epoch") == 0) {
    return say(topology->epoch.n == strtoull(words[1], NULL, 10), why, size,
               "%s has%s epoch %lld", client->name, "", (long long)topology->epoch.n);
  }
  if (count == 2 && strcmp(words[0], "acks") == 0) {
    return say(topology->durable_acks == atoi(words[1]), why, size, "%s%s waits for %lld replicas",
               client->name, "", topology->durable_acks);
  }
  if (count == 2 && strcmp(words[0], "done") == 0) {
    static const char *const codes[] = {"ok", "refused", "ambiguous", "no_quorum"};
    const char *code = client->done == client->requests ? codes[client->done_code] : "not_yet";
    return say(strcmp(code, words[1]) == 0, why, size, "%s: done %s", client->name, code, 0);
  }
  if (count == 2 && strcmp(words[0], "pop") == 0) return pop_is(client, words[1], why, size);
  if (count == 1 && strcmp(words[0], "durable") == 0) {
    return say(topology->durable, why, size, "%s%s cannot write durably", client->name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "not_durable") == 0) {
    return say(!topology->durable, why, size, "%s%s can write durably", client->name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "planned") == 0) {
    return say(topology->planned, why, size, "%s%s may have missed something", client->name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "unplanned") == 0) {
    return say(!topology->planned, why, size, "%s%s has missed nothing", client->name, "", 0);
  }
  if (count == 2 && strcmp(words[0], "reads") == 0) {
    char list[64];
    may_read(story, topology, list, sizeof list);
    return say(strcmp(list, words[1]) == 0, why, size, "%s may read %s", client->name, list, 0);
  }
  uint64_t acked = client->acked - client->marked;
  if (count == 1 && strcmp(words[0], "writes") == 0) {
    return say(acked > 0, why, size, "%s%s has no write acknowledged", client->name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "silent") == 0) {
    return say(acked == 0, why, size, "%s%s had %lld writes acknowledged", client->name, "",
               (long long)acked);
  }
  usec bound;
  if (count == 3 && strcmp(words[0], "gap") == 0 && story_time(words[2], &bound)) {
    usec gap = client->gap_us;
    usec now = story->world->now - client->acked_at;
    if (now > gap) gap = now;
    bool fits = words[1][0] == '<' ? gap < bound : gap > bound;
    return say(fits, why, size, "%s: gap of%s %lld us", client->name, "", (long long)gap);
  }
  return -1;
}

static const char *role_of(const struct server *server) {
  if (server->process == PROCESS_DOWN) return "down";
  if (server->process == PROCESS_STOPPED) return "stopped";
  if (server->follow == FOLLOW_SEAL) return "sealed";
  return server->follow == FOLLOW_NODE ? "replica" : "master";
}

/* a master | a sealed | a follows b | a linked | a unlocked | a unpaused | a keys 5 | a starts */
static int one_is(struct story *story, const struct server *server, char **words, size_t count,
                  char *why, size_t size) {
  const char *name = server->name;
  const struct world *world = story->world;
  const char *role = role_of(server);
  if (count == 1 && strcmp(words[0], "linked") == 0) {
    return say(server->stream == STREAM_UP, why, size, "%s%s is not linked", name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "asking") == 0) {
    return say(server->stream == STREAM_ASKED, why, size, "%s%s is not asking", name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "syncing") == 0) {
    return say(server->stream == STREAM_SYNCING, why, size, "%s%s is not syncing", name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "unlocked") == 0) {
    return say(!server_locked(world, server), why, size, "%s%s is locked", name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "locked") == 0) {
    return say(server_locked(world, server), why, size, "%s%s is not locked", name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "read_only") == 0) {
    return say(!server->writable, why, size, "%s%s is writable", name, "", 0);
  }
  if (count == 1 && strcmp(words[0], "starts_sealed") == 0) {
    return say(server->file_follow == FOLLOW_SEAL, why, size, "%s%s starts open", name, "", 0);
  }
  if (count == 2 && strcmp(words[0], "follows") == 0) {
    bool right = server->follow == FOLLOW_NODE &&
                 strcmp(world->servers[server->master].name, words[1]) == 0;
    return say(right, why, size, "%s is %s", name, role, 0);
  }
  if (count == 2 && strcmp(words[0], "keys") == 0) {
    return say(server->state->keys == atoll(words[1]), why, size, "%s%s has %lld keys", name, "",
               (long long)server->state->keys);
  }
  if (count == 1) return say(strcmp(role, words[0]) == 0, why, size, "%s is %s", name, role, 0);
  return -1;
}

static int count_is(struct story *story, const char *what, long long wanted, char *why,
                    size_t size) {
  const struct world *world = story->world;
  long long full = 0, partial = 0, found = -1;
  if (strcmp(what, "gaps") == 0) {
    found = (long long)(world->subs.gaps - story->gaps);
    return say(found == wanted, why, size, "%s%s: %lld", what, "", found);
  }
  for (size_t i = 0; i < story->config.nodes; i++) {
    full += world->servers[i].full_syncs;
    partial += world->servers[i].partial_syncs;
  }
  int master = check_agreed(world);
  if (master < 0 && strstr(what, "lost") != NULL) {
    snprintf(why, size, "there is no master");
    return 0;
  }
  const struct state *state = master < 0 ? NULL : world->servers[master].state;
  if (strcmp(what, "promotions") == 0) {
    found = (long long)(world->promotion_count - story->promotions);
  } else if (strcmp(what, "full_syncs") == 0) {
    found = full - story->full_syncs;
  } else if (strcmp(what, "partial_syncs") == 0) {
    found = partial - story->partial_syncs;
  } else if (strcmp(what, "lost") == 0) {
    found = check_lost(world, state, false);
  } else if (strcmp(what, "durable_lost") == 0) {
    found = check_lost(world, state, true);
  } else {
    return -1;
  }
  return say(found == wanted, why, size, "%s%s: %lld", what, "", found);
}

int story_holds(struct story *story, char **words, size_t count, char *why, size_t size) {
  struct peer peer;
  if (count == 0) return -1;
  if (count == 1 && strcmp(words[0], "settled") == 0) {
    return check_converged(story->world, why, size);
  }
  if (count == 2 && strcmp(words[0], "master") == 0) return all_use(story, words[1], why, size);
  if (story_peer(story, words[0], &peer)) {
    if (peer.client) {
      return one_uses(story, &story->world->clients[peer.index], words + 1, count - 1, why, size);
    }
    return one_is(story, &story->world->servers[peer.index], words + 1, count - 1, why, size);
  }
  if (count == 2) return count_is(story, words[0], atoll(words[1]), why, size);
  return -1;
}
