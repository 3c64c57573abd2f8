/* The words of the script: time, the lives of nodes and clients, the network, what is asked. */
#include <stdlib.h>
#include <string.h>

#include "story.h"

#define AWAIT_STEP_US 500

bool story_broken(struct story *story) {
  if (story->world->violation[0] == '\0') return false;
  if (story->error[0] == '\0' && story->out != NULL) {
    fprintf(story->out, "%6lld broken: %s\n", (long long)story->world->now / 1000,
            story->world->violation);
  }
  story_fail(story, "broken: %s", story->world->violation);
  return true;
}

void story_run_until(struct story *story, usec until) {
  world_run(story->world, until);
  story_broken(story);
}

/* ------------------------------------------------------------------ time ---------------------- */

static void do_advance(struct story *story, char **words, size_t count) {
  usec time;
  if (count != 2 || !story_time(words[1], &time)) {
    story_fail(story, "advance <time>");
    return;
  }
  story_run_until(story, story->world->now + time);
}

static void do_mark(struct story *story, char **words, size_t count) {
  struct world *world = story->world;
  (void)words;
  (void)count;
  story->promotions = world->promotion_count;
  story->full_syncs = story->partial_syncs = 0;
  story->gaps = story->world->subs.gaps;
  for (size_t i = 0; i < world->config.nodes; i++) {
    story->full_syncs += world->servers[i].full_syncs;
    story->partial_syncs += world->servers[i].partial_syncs;
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    world->clients[i].marked = world->clients[i].acked;
    world->clients[i].acked_at = world->now;
    world->clients[i].gap_us = 0;
  }
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
    if (client != NULL) client->marked = client->acked;
  }
  for (;;) {
    int holds = story_holds(story, words + 2, count - 2, why, sizeof why);
    if (holds > 0 || story->error[0] != '\0') return;
    if (holds < 0) story_fail(story, "no such condition");
    if (story->world->now >= end) story_fail(story, "not within %s: %s", words[1], why);
    if (story->error[0] != '\0') return;
    story_run_until(story, story->world->now + AWAIT_STEP_US);
  }
}

static void do_show(struct story *story, char **words, size_t count) {
  (void)words;
  (void)count;
  story_show(story);
}

/* ------------------------------------------------------------------ lives --------------------- */

static bool data_named(const char *word, enum data *data) {
  static const char *const names[] = {"kept", "empty", "older", "rebased", "rebased_older"};
  for (size_t i = 0; i < 5; i++) {
    if (strcmp(names[i], word) != 0) continue;
    *data = (enum data)i;
    return true;
  }
  return false;
}

struct start {
  bool again;   /* who runs is killed first */
  bool careful; /* no more is lost than what is promised to survive */
  enum data data;
};

static void start_one(struct story *story, struct peer peer, const struct start *how) {
  if (peer.client) {
    struct client *client = &story->world->clients[peer.index];
    if (how->again) client_kill(story->world, client);
    if (client->alive) story_fail(story, "%s runs already", client->name);
    else client_start(story->world, client);
    return;
  }
  struct server *server = &story->world->servers[peer.index];
  if (how->again) server_crash(story->world, server);
  if (server->process != PROCESS_DOWN) story_fail(story, "%s runs already", server->name);
  else story_start_server(story, server, how->data, how->careful);
}

/* start [who...]; start a empty [within_promise]; restart a: killed, and back at once */
static void do_start(struct story *story, char **words, size_t count) {
  struct start how = {strcmp(words[0], "restart") == 0, false, DATA_KEPT};
  how.careful = strcmp(words[count - 1], STORY_WITHIN) == 0;
  if (how.careful) count--;
  if (count > 1 && data_named(words[count - 1], &how.data)) count--;
  for (size_t i = 1; i < count; i++) {
    struct peer peer;
    if (!story_peer(story, words[i], &peer)) story_fail(story, "who is %s?", words[i]);
    else start_one(story, peer, &how);
  }
  if (count > 1) return;
  for (size_t i = 0; i < story->config.nodes; i++) start_one(story, peer_server((int)i), &how);
  for (size_t i = 0; i < story->config.clients; i++) start_one(story, peer_client((int)i), &how);
}

static void do_to_peer(struct story *story, char **words, size_t count) {
  const char *verb = words[0];
  struct peer peer;
  (void)count;
  if (!story_peer(story, words[1], &peer)) {
    story_fail(story, "who is %s?", words[1]);
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
  else story_fail(story, "%s cannot be done to %s", verb, words[1]);
}

static void do_to_client(struct story *story, char **words, size_t count) {
  struct client *client = story_client(story, words[1]);
  const char *verb = words[0];
  if (client == NULL) return;
  bool awake = client->alive && !client->asleep;
  if (strcmp(verb, "writes_off") == 0) client->writes = false;
  else if (strcmp(verb, "writes_on") == 0) client->writes = true;
  else if (strcmp(verb, "list") == 0 && count == 3) client->list = (size_t)atoi(words[2]);
  else if (strcmp(verb, "burst") == 0 && count == 3 && awake) {
    load_burst(story->world, client, atoi(words[2]));
  } else if (strcmp(verb, "async") == 0 && !client->alive) client->durable = false;
  else if (strcmp(verb, "durable") == 0) client_become_durable(story->world, client);
  else if (strcmp(verb, "subscribe") == 0 && awake) subs_want(story->world, client, true);
  else if (strcmp(verb, "push") == 0 && awake) load_push(story->world, client);
  else if (strcmp(verb, "unsubscribe") == 0 && awake) subs_want(story->world, client, false);
  else story_fail(story, "%s cannot be done to %s", verb, words[1]);
}

/* pop A 500ms: a BLPOP of the users' list, that waits so long; pop A for_ever */
static void do_pop(struct story *story, char **words, size_t count) {
  struct client *client = story_client(story, words[1]);
  usec time = 0;
  bool fits = count == 3 && (strcmp(words[2], "for_ever") == 0 || story_time(words[2], &time));
  if (client == NULL) return;
  bool able = client->alive && !client->asleep && client->popper.phase == POPPER_NONE;
  if (!fits) story_fail(story, "pop <client> <time>|for_ever");
  else if (!able) story_fail(story, "%s cannot pop now", client->name);
  else popper_call(story->world, client, true, time / 1000);
}

/* ------------------------------------------------------------------ the network --------------- */

/* cut A,b c,d   both ways;   cut A > b   one way;   heal [A b] */
static void cut(struct story *story, char **words, size_t count, bool value) {
  struct world *world = story->world;
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
      net_cut(world, a, b, value);
      if (!one_way) net_cut(world, b, a, value);
    }
  }
  net_unstick(world, story->retransmit_us);
}

static void do_cut(struct story *story, char **words, size_t count) {
  cut(story, words, count, true);
}

static void do_heal(struct story *story, char **words, size_t count) {
  if (count > 1) {
    cut(story, words, count, false);
    return;
  }
  net_heal(story->world);
  net_unstick(story->world, story->retransmit_us);
}

/* slow a 10ms: all that it sends is late by that */
static void do_slow(struct story *story, char **words, size_t count) {
  struct peer peer;
  usec time;
  bool fits = count == 3 && story_peer(story, words[1], &peer) && story_time(words[2], &time);
  if (fits) net_slow(story->world, peer_slot(peer), time);
  else story_fail(story, "slow <who> <time>");
}

/* reset A b: what was on its way between them is gone, and both learn of it */
static void do_reset(struct story *story, char **words, size_t count) {
  struct peer a, b;
  bool fits = count == 3 && story_peer(story, words[1], &a) && story_peer(story, words[2], &b);
  if (fits) net_reset(story->world, a, b);
  else story_fail(story, "reset <who> <who>");
}

/* loss 500: one message in 500 is lost and sent again, until all is healed; loss 0 */
static void do_loss(struct story *story, char **words, size_t count) {
  long loss = count == 2 ? strtol(words[1], NULL, 10) : -1;
  if (loss >= 0) story->world->loss = (uint32_t)loss;
  else story_fail(story, "loss <one in so many>");
}

/* drift A 1.05: its clock runs faster than time does, from now on */
static void do_drift(struct story *story, char **words, size_t count) {
  struct peer peer;
  double rate = count == 3 ? strtod(words[2], NULL) : 0;
  if (!(rate >= 0.5 && rate <= 2) || !story_peer(story, words[1], &peer)) {
    story_fail(story, "drift <who> <rate>");
  } else if (peer.client) {
    client_drift(story->world, &story->world->clients[peer.index], rate);
  } else {
    server_drift(story->world, &story->world->servers[peer.index], rate);
  }
}

/* ------------------------------------------------------------------ moments, requests --------- */

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
  char *words[5];
  struct trap trap = {.armed = true};
  if (command != NULL) *command++ = '\0';
  size_t count = story_split(copy, words, 5);
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

static void do_ask(struct story *story, char **words, size_t count) {
  struct client *client = story_client(story, words[1]);
  if (client == NULL) return;
  int node = -1;
  if (count >= 3) {
    struct server *server = story_server(story, words[2]);
    if (server == NULL) return;
    node = server->index;
    if (client->alive && node >= (int)client->config.count) return; /* a name it does not know */
  }
  enum hr_event_kind kind = HR_EV_REFRESH;
  if (strcmp(words[0], "switchover") == 0) kind = HR_EV_SWITCHOVER;
  if (strcmp(words[0], "takeover") == 0) {
    kind = HR_EV_TAKEOVER;
    story->world->forced = true;
  }
  client_ask(story->world, client, kind, node);
}

static void do_allow_loss(struct story *story, char **words, size_t count) {
  (void)words;
  (void)count;
  story->world->cold = true;
}

/* ------------------------------------------------------------------ one line ------------------ */

enum effect {
  IS_FAULT,  /* whatever was at peace is so no more */
  IS_PEACE,  /* settles, or says that all is whole */
  IS_LOOK,   /* changes nothing, takes no time */
  TAKES_TIME /* and may not stand in a `when` */
};

static const struct {
  const char *name;
  story_verb *run;
  size_t words; /* at least */
  enum effect effect;
} verbs[] = {{"world", story_world, 1, TAKES_TIME},    {"advance", do_advance, 2, TAKES_TIME},
             {"await", do_await, 3, TAKES_TIME},       {"expect", do_expect, 2, IS_LOOK},
             {"mark", do_mark, 1, IS_LOOK},            {"show", do_show, 1, IS_LOOK},
             {"peace", story_peace, 1, IS_PEACE},      {"settle", story_settle, 2, IS_PEACE},
             {"rest", story_rest, 2, IS_PEACE},        {"start", do_start, 1, IS_FAULT},
             {"restart", do_start, 2, IS_FAULT},       {"kill", do_to_peer, 2, IS_FAULT},
             {"stop", do_to_peer, 2, IS_FAULT},        {"continue", do_to_peer, 2, IS_FAULT},
             {"sleep", do_to_peer, 2, IS_FAULT},       {"wake", do_to_peer, 2, IS_FAULT},
             {"cut", do_cut, 3, IS_FAULT},             {"heal", do_heal, 1, IS_FAULT},
             {"slow", do_slow, 3, IS_FAULT},           {"switchover", do_ask, 2, IS_FAULT},
             {"reset", do_reset, 3, IS_FAULT},         {"drift", do_drift, 3, IS_FAULT},
             {"loss", do_loss, 2, IS_FAULT},
             {"takeover", do_ask, 2, IS_FAULT},        {"refresh", do_ask, 2, IS_FAULT},
             {"writes_off", do_to_client, 2, IS_FAULT}, {"writes_on", do_to_client, 2, IS_FAULT},
             {"list", do_to_client, 3, IS_FAULT},      {"async", do_to_client, 2, IS_FAULT},
             {"burst", do_to_client, 3, IS_FAULT},     {"push", do_to_client, 2, IS_FAULT},
             {"pop", do_pop, 3, IS_FAULT},
             {"durable", do_to_client, 2, IS_FAULT},   {"subscribe", do_to_client, 2, IS_FAULT},
             {"unsubscribe", do_to_client, 2, IS_FAULT}, {"data", story_data, 3, IS_FAULT},
             {"foreign", story_foreign, 3, IS_FAULT},  {"lock", story_lock, 4, IS_FAULT},
             {"gossip", story_gossip, 5, IS_FAULT},    {"allow_loss", do_allow_loss, 1, IS_LOOK},
             {"outlive", story_outlive, 3, TAKES_TIME}};

static void run_verb(struct story *story, char **words, size_t count) {
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    if (strcmp(verbs[i].name, words[0]) != 0) continue;
    enum effect effect = verbs[i].effect;
    if (story->in_trap && (effect == TAKES_TIME || effect == IS_PEACE)) {
      story_fail(story, "no time passes within a moment");
    } else if (count < verbs[i].words) {
      story_fail(story, "%s: something is missing", words[0]);
    } else {
      if (effect == IS_FAULT) story->at_peace = false;
      if (effect == IS_FAULT || effect == TAKES_TIME) story->settled = false;
      verbs[i].run(story, words, count);
    }
    return;
  }
  story->at_peace = story->settled = false;
  if (count >= 2) story_setting(story, words, count);
  else story_fail(story, "what is %s?", words[0]);
}

/* try save c: nothing happens if that cannot be done at this moment */
static void try_command(struct story *story, const char *line) {
  story_command(story, line);
  if (story->world->violation[0] == '\0') story->error[0] = '\0';
}

void story_command(struct story *story, const char *line) {
  char copy[STORY_LINE_MAX];
  char *words[STORY_WORDS_MAX];
  snprintf(copy, sizeof copy, "%s", line);
  size_t count = story_split(copy, words, STORY_WORDS_MAX);
  if (count == 0) return;
  if (strcmp(words[0], "world") != 0 && !story->open) {
    story_fail(story, "the first command is: world");
    return;
  }
  bool tries = strcmp(words[0], "try") == 0; /* what it tries is told by itself */
  if (!story->in_trap && !tries && story->watch.command != NULL) {
    story->watch.command(story->watch.owner, line, NULL);
  }
  if (tries) {
    if (story->error[0] == '\0') try_command(story, line + strspn(line, " \t") + strlen("try"));
  } else if (strcmp(words[0], "when") == 0) {
    story->at_peace = story->settled = false;
    do_when(story, line);
  } else {
    run_verb(story, words, count);
  }
  story_broken(story);
}
