/* What is counted, where, and what cannot be: see the reasons. */
#include "coverage.h"

#include <string.h>

static const struct {
  const char *name;
  enum hr_action_kind kind;
} actions[COVERAGE_ACTIONS] = {
    {"lock", HR_DO_LOCK},     {"guard", HR_DO_GUARD},   {"seal", HR_DO_SEAL},
    {"promote", HR_DO_PROMOTE}, {"follow", HR_DO_FOLLOW}, {"pause", HR_DO_PAUSE},
    {"unlock", HR_DO_UNLOCK}, {"publish", HR_DO_PUBLISH}, {"look", HR_DO_LOOK},
    {"restore", HR_DO_RESTORE}};

static const char *const hits[HIT_COUNT] = {
    "client sleeps", "client dies",    "client is cut off", "node crashes",
    "node stops",    "node restarts", "node is cut off"};

static const char *const phases[COVERAGE_PHASES] = {
    "first",        "rest",     "drain",     "seal",      "pausing", "catching",
    "handing over", "checking", "promoting", "following", "mending"};

static const char *const stands[STAND_COUNT] = {"switchover", "electing", "no master",
                                                "syncing",    "degraded", "whole"};

static const struct fault_kind faults[] = {
    {"node crashes", "kill", OF_NODE, NULL},
    {"node restarts, data kept", "restart", OF_NODE, "kept"},
    {"node restarts, rebased", "restart", OF_NODE, "rebased"},
    {"node restarts empty", "restart", OF_NODE, "empty"},
    {"node restarts older", "restart", OF_NODE, "older"},
    {"node restarts older, rebased", "restart", OF_NODE, "rebased_older"},
    {"node is back, data kept", "start", OF_NODE, "kept"},
    {"node is back, rebased", "start", OF_NODE, "rebased"},
    {"node is back empty", "start", OF_NODE, "empty"},
    {"node is back older", "start", OF_NODE, "older"},
    {"node is back older, rebased", "start", OF_NODE, "rebased_older"},
    {"node stops", "stop", OF_NODE, NULL},
    {"node continues", "continue", OF_NODE, NULL},
    {"client sleeps", "sleep", OF_CLIENT, NULL},
    {"client wakes", "wake", OF_CLIENT, NULL},
    {"client dies", "kill", OF_CLIENT, NULL},
    {"client starts", "start", OF_CLIENT, NULL},
    {"client restarts", "restart", OF_CLIENT, NULL},
    {"cut, both ways", "cut", OF_ANY, NULL},
    {"cut, one way", "cut", OF_ANY, ">"},
    {"heal", "heal", OF_ANY, NULL},
    {"slow", "slow", OF_ANY, NULL},
    {"switchover", "switchover", OF_CLIENT, NULL},
    {"first durable write", "durable", OF_CLIENT, NULL},
    {"subscriptions end", "unsubscribe", OF_CLIENT, NULL},
    {"subscriptions again", "subscribe", OF_CLIENT, NULL},
    {"clock steps", "clock", OF_NODE, NULL},
    {"FLUSHALL", "flushall", OF_NODE, NULL},
    {"save", "save", OF_NODE, NULL},
    {"memory full", "full", OF_NODE, NULL},
    {"disk full", "disk_full", OF_NODE, NULL},
    {"clients refused", "refuses_us", OF_NODE, NULL},
    {"priority", "priority", OF_NODE, NULL},
    {"replica writable", "writable", OF_NODE, NULL},
    {"backlog freed", "no_backlog", OF_NODE, NULL},
    {"small backlog", "backlog", OF_NODE, NULL},
    {"slow fork", "slow_fork", OF_NODE, NULL},
    {"node busy", "busy", OF_NODE, NULL},
    {"output limit", "output_limit", OF_NODE, NULL},
    {"clients killed", "kill_clients", OF_NODE, NULL},
    {"connections reset", "reset", OF_ANY, NULL},
    {"segments lost", "loss", OF_ANY, NULL},
    {"clock drifts", "drift", OF_ANY, NULL},
};
static const char *const pops[POPS_COUNT - POPS_MET] = {
    "let go by a demotion",
    "refused, and sent elsewhere",
    "its link lost, may have taken something",
    "its link lost, takes nothing",
    "a deposed master said nothing more",
    "silent for too long",
    "its link lost, a majority asked",
    "a majority could not be asked",
    "handed an element behind a move",
    "its time over behind a move",
    "its time over while it waited for a master",
    "too late, not sent",
    "too late, sent",
    "an element given to a dead link",
};
#define FAULTS (sizeof faults / sizeof *faults)
_Static_assert(FAULTS <= COVERAGE_FAULTS, "one row for each fault");

const char *coverage_action(int action) { return actions[action].name; }

const char *coverage_phase(int phase) { return phases[phase]; }

const struct fault_kind *coverage_fault(int fault) { return &faults[fault]; }

int coverage_faults(void) { return (int)FAULTS; }

/* ------------------------------------------------------------------ what cannot be ------------ */

/* NULL: it can. */
static const char *no_moment(int action, enum hit hit, bool after) {
  (void)action;
  (void)hit;
  (void)after;
  return NULL;
}

static const char *no_pair(int a, int b) {
  (void)a;
  (void)b;
  return NULL;
}

static bool is(size_t fault, const char *verb) { return strcmp(faults[fault].verb, verb) == 0; }

static const char *no_fault(size_t fault, enum stand stand) {
  bool node = faults[fault].subject == OF_NODE;
  if (stand == STAND_WHOLE && node && (is(fault, "start") || is(fault, "continue"))) {
    return "who comes back was away: the group was not whole";
  }
  if (stand == STAND_PAUSED && is(fault, "flushall")) return "a paused master runs no writes";
  return NULL;
}

struct coverage_target coverage_target(uint64_t seed) {
  uint64_t chance = seed ^ 0xc0ffee;
  struct coverage_target target;
  do {
    target.moment = (struct moment_cell){(int)chance_below(&chance, COVERAGE_ACTIONS),
                                         (enum hit)chance_below(&chance, HIT_COUNT),
                                         chance_below(&chance, 2) != 0};
  } while (no_moment(target.moment.action, target.moment.hit, target.moment.after) != NULL);
  target.phases[0] = (int)chance_below(&chance, COVERAGE_PHASES);
  target.phases[1] = (int)chance_below(&chance, COVERAGE_PHASES);
  target.fault = (int)chance_below(&chance, FAULTS);
  target.paused = chance_below(&chance, 2) != 0;
  return target;
}

/* ------------------------------------------------------------------ looking ------------------- */

static int phase_of(const char *state) {
  for (int i = 0; i < COVERAGE_PHASES; i++) {
    if (strcmp(phases[i], state) == 0) return i;
  }
  return -1;
}

static bool takes_over(int phase) { return phase >= 0 && strcmp(phases[phase], "mending") != 0; }

static bool hands_over(int phase) {
  return phase >= phase_of("pausing") && phase <= phase_of("checking");
}

static bool whole(const struct world *world) {
  int linked = 0;
  for (size_t i = 0; i < world->config.nodes; i++) {
    linked += world->servers[i].process == PROCESS_UP && world->servers[i].stream == STREAM_UP;
  }
  return linked == (int)world->config.nodes - 1;
}

static enum stand stand_of(const struct world *world) {
  bool electing = false, usable = false, syncing = false;
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (!client->alive) continue;
    int phase = phase_of(hr_core_state(client->core));
    if (hands_over(phase)) return STAND_PAUSED;
    electing = electing || takes_over(phase);
    usable = usable || (client->topology.master >= 0 && client->topology.pause == HR_PAUSE_NONE);
  }
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server->process != PROCESS_UP) continue;
    if (server_paused(world, server)) return STAND_PAUSED;
    syncing = syncing || server->loading || server->stream == STREAM_SYNCING;
  }
  if (electing) return STAND_ELECTING;
  if (!usable) return STAND_NO_MASTER;
  if (syncing) return STAND_SYNCING;
  return whole(world) ? STAND_WHOLE : STAND_DEGRADED;
}

static bool has_word(const char *line, const char *word) {
  size_t length = strlen(word);
  for (const char *at = strstr(line, word); at != NULL; at = strstr(at + 1, word)) {
    bool begins = at == line || at[-1] == ' ', ends = at[length] == ' ' || at[length] == '\0';
    if (begins && ends) return true;
  }
  return false;
}

static bool is_fault(size_t i, const char *line) {
  size_t length = strlen(faults[i].verb);
  if (strncmp(line, faults[i].verb, length) != 0) return false;
  if (line[length] != ' ' && line[length] != '\0') return false;
  bool client = line[length] == ' ' && line[length + 1] >= 'A' && line[length + 1] <= 'Z';
  if (faults[i].subject != OF_ANY && client != (faults[i].subject == OF_CLIENT)) return false;
  return faults[i].word == NULL || has_word(line, faults[i].word);
}

static const struct server *server_named(const struct world *world, const char *line) {
  const char *name = strchr(line, ' ');
  for (size_t i = 0; name != NULL && i < world->config.nodes; i++) {
    size_t length = strlen(world->servers[i].name);
    bool same = strncmp(name + 1, world->servers[i].name, length) == 0;
    if (same && (name[1 + length] == ' ' || name[1 + length] == '\0')) return &world->servers[i];
  }
  return NULL;
}

static const struct client *client_named(const struct world *world, const char *line) {
  const char *name = strchr(line, ' ');
  for (size_t i = 0; name != NULL && i < world->config.clients; i++) {
    size_t length = strlen(world->clients[i].name);
    bool same = strncmp(name + 1, world->clients[i].name, length) == 0;
    if (same && (name[1 + length] == ' ' || name[1 + length] == '\0')) return &world->clients[i];
  }
  return NULL;
}

/* What hits nobody is not counted: a second kill of the same node. */
static bool has_effect(const struct world *world, size_t fault, const char *line) {
  const struct server *server = server_named(world, line);
  const struct client *client = client_named(world, line);
  if (server != NULL && is(fault, "kill")) return server->process != PROCESS_DOWN;
  if (server != NULL && is(fault, "start")) return server->process == PROCESS_DOWN;
  if (server != NULL && is(fault, "stop")) return server->process == PROCESS_UP;
  if (server != NULL && is(fault, "continue")) return server->process == PROCESS_STOPPED;
  if (server != NULL && is(fault, "flushall")) return story_may_flush(world, server);
  if (client != NULL && is(fault, "kill")) return client->alive;
  if (client != NULL && is(fault, "start")) return !client->alive;
  if (client != NULL && is(fault, "sleep")) return client->alive && !client->asleep;
  if (client != NULL && is(fault, "wake")) return client->alive && client->asleep;
  if (client != NULL && is(fault, "durable")) return client->alive && !client->durable;
  if (client != NULL && is(fault, "subscribe")) return client->alive && !client->sub.wants;
  return true;
}

static void count_fault(struct coverer *coverer, const char *line) {
  size_t found = FAULTS;
  for (size_t i = 0; i < FAULTS; i++) {
    if (is_fault(i, line)) found = i; /* the last one has more words */
  }
  if (found == FAULTS || !has_effect(coverer->world, found, line)) return;
  coverer->coverage->faults[found][stand_of(coverer->world)]++;
}

static void count_moment(struct coverer *coverer, const char *line, const struct trap *trap) {
  static const struct {
    const char *verb;
    enum hit client, node;
  } verbs[] = {{"sleep", HIT_SLEEP, HIT_COUNT},
               {"kill", HIT_DEATH, HIT_NODE_CRASH},
               {"stop", HIT_COUNT, HIT_NODE_STOP},
               {"restart", HIT_COUNT, HIT_NODE_RESTART},
               {"cut", HIT_CLIENT_CUT, HIT_NODE_CUT}};
  for (int action = 0; action < COVERAGE_ACTIONS; action++) {
    if (actions[action].kind != trap->action) continue;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
      if (strncmp(line, verbs[i].verb, strlen(verbs[i].verb)) != 0) continue;
      enum hit hit = trap->who.client ? verbs[i].client : verbs[i].node;
      if (hit < HIT_COUNT) coverer->coverage->moments[action][hit][trap->after]++;
      return;
    }
  }
}

static void command(void *owner, const char *line, const struct trap *trap) {
  struct coverer *coverer = owner;
  if (coverer->world->steps == 0) return; /* nobody is there yet */
  if (strncmp(line, "try ", 4) == 0) line += 4;
  count_fault(coverer, line);
  if (trap != NULL) count_moment(coverer, line, trap);
}

/* A client has come into another phase: whom does it meet there? */
static void passing(void *owner, struct peer who, enum hr_action_kind action) {
  struct coverer *coverer = owner;
  const struct world *world = coverer->world;
  (void)action;
  if (!who.client || !world->clients[who.index].alive) return;
  const char *state = hr_core_state(world->clients[who.index].core);
  if (state == coverer->last[who.index]) return;
  coverer->last[who.index] = state;
  int mine = phase_of(state);
  if (mine < 0) return;
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *other = &world->clients[i];
    if (!other->alive || (int)i == who.index) continue;
    int its = phase_of(hr_core_state(other->core));
    if (its < 0) continue;
    coverer->coverage->pairs[mine < its ? mine : its][mine < its ? its : mine]++;
  }
}

struct story_watch coverer_watch(struct coverer *coverer, struct coverage *coverage,
                                 const struct world *world) {
  *coverer = (struct coverer){.coverage = coverage, .world = world};
  return (struct story_watch){command, passing, coverer};
}

void coverage_pops(struct coverage *coverage, const struct world *world) {
  for (int i = POPS_MET; i < POPS_COUNT; i++) coverage->pops[i - POPS_MET] += world->pops[i];
}

/* ------------------------------------------------------------------ sums, tables -------------- */

void coverage_add(struct coverage *sum, const struct coverage *one) {
  uint64_t *to = (uint64_t *)sum;
  const uint64_t *from = (const uint64_t *)one;
  for (size_t i = 0; i < sizeof *sum / sizeof *to; i++) to[i] += from[i];
}

void coverage_save(const struct coverage *coverage, FILE *file) {
  const uint64_t *cells = (const uint64_t *)coverage;
  for (size_t i = 0; i < sizeof *coverage / sizeof *cells; i++) {
    fprintf(file, "%llu%c", (unsigned long long)cells[i], i % 12 == 11 ? '\n' : ' ');
  }
  fputc('\n', file);
}

bool coverage_load(struct coverage *coverage, FILE *file) {
  uint64_t *cells = (uint64_t *)coverage;
  for (size_t i = 0; i < sizeof *coverage / sizeof *cells; i++) {
    unsigned long long cell;
    if (fscanf(file, "%llu", &cell) != 1) return false;
    cells[i] = cell;
  }
  return true;
}

static void print_cell(FILE *file, uint64_t count, const char *impossible) {
  if (impossible != NULL && count == 0) fprintf(file, "%9s", "-");
  else fprintf(file, "%9llu", (unsigned long long)count);
}

static void print_moments(const struct coverage *coverage, FILE *file) {
  fprintf(file, "\nAn action was interrupted just before / just after it:\n%-20s", "");
  for (int a = 0; a < COVERAGE_ACTIONS; a++) fprintf(file, "%9s", actions[a].name);
  for (int hit = 0; hit < HIT_COUNT; hit++) {
    for (int after = 0; after < 2; after++) {
      fprintf(file, "\n%-20s", after ? "               after" : hits[hit]);
      for (int a = 0; a < COVERAGE_ACTIONS; a++) {
        print_cell(file, coverage->moments[a][hit][after], no_moment(a, (enum hit)hit, after));
      }
    }
  }
}

static void print_pairs(const struct coverage *coverage, FILE *file) {
  fprintf(file, "\n\nTwo coordinators were at work at the same time:\n%-13s", "");
  for (int b = 0; b < COVERAGE_PHASES; b++) fprintf(file, " %8.8s", phases[b]);
  for (int a = 0; a < COVERAGE_PHASES; a++) {
    fprintf(file, "\n%-13s", phases[a]);
    for (int b = 0; b < COVERAGE_PHASES; b++) {
      if (b < a) fprintf(file, "%9s", "");
      else print_cell(file, coverage->pairs[a][b], no_pair(a, b));
    }
  }
}

static void print_faults(const struct coverage *coverage, FILE *file) {
  fprintf(file, "\n\nA fault met the group:\n%-28s", "");
  for (int stand = 0; stand < STAND_COUNT; stand++) fprintf(file, "%11s", stands[stand]);
  for (size_t fault = 0; fault < FAULTS; fault++) {
    fprintf(file, "\n%-28s", faults[fault].name);
    for (int stand = 0; stand < STAND_COUNT; stand++) {
      fputs("  ", file);
      print_cell(file, coverage->faults[fault][stand], no_fault(fault, (enum stand)stand));
    }
  }
  fprintf(file, "\n\n");
}

static void print_pops(const struct coverage *coverage, FILE *file) {
  fprintf(file, "A command that blocks met:\n");
  for (int i = 0; i < POPS_COUNT - POPS_MET; i++) {
    fprintf(file, "%-45s%9llu\n", pops[i], (unsigned long long)coverage->pops[i]);
  }
}

int coverage_holes(const struct coverage *coverage, FILE *file) {
  int holes = 0;
  for (int a = 0; a < COVERAGE_ACTIONS; a++) {
    for (int cell = 0; cell < 2 * HIT_COUNT; cell++) {
      enum hit hit = (enum hit)(cell / 2);
      bool after = cell % 2 != 0;
      if (coverage->moments[a][hit][after] > 0 || no_moment(a, hit, after) != NULL) continue;
      holes++;
      if (file == NULL) continue;
      fprintf(file, "never: %s just %s %s\n", hits[hit], after ? "after" : "before",
              actions[a].name);
    }
  }
  for (int a = 0; a < COVERAGE_PHASES; a++) {
    for (int b = a; b < COVERAGE_PHASES; b++) {
      if (coverage->pairs[a][b] > 0 || no_pair(a, b) != NULL) continue;
      holes++;
      if (file != NULL) fprintf(file, "never: %s while another is %s\n", phases[a], phases[b]);
    }
  }
  for (size_t fault = 0; fault < FAULTS; fault++) {
    for (int stand = 0; stand < STAND_COUNT; stand++) {
      if (coverage->faults[fault][stand] > 0 || no_fault(fault, (enum stand)stand)) continue;
      holes++;
      if (file == NULL) continue;
      fprintf(file, "never: %s, the group: %s\n", faults[fault].name, stands[stand]);
    }
  }
  for (int i = 0; i < POPS_COUNT - POPS_MET; i++) {
    if (coverage->pops[i] > 0) continue;
    holes++;
    if (file != NULL) fprintf(file, "never: a command that blocks: %s\n", pops[i]);
  }
  return holes;
}

int coverage_print(const struct coverage *coverage, FILE *file) {
  print_moments(coverage, file);
  print_pairs(coverage, file);
  print_faults(coverage, file);
  print_pops(coverage, file);
  int holes = coverage_holes(coverage, file);
  fprintf(file, "situations: %d that can be were never met\n", holes);
  return holes;
}
