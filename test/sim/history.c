/* The phases of a history: who starts, rounds of faults, peace. */
#include "history.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool history_broken(const struct history *history) {
  return history->world->violation[0] != '\0';
}

usec history_below(struct history *history, usec bound) {
  return chance_below(&history->chance, bound);
}

void history_say(struct history *history, const char *format, ...) {
  char line[STORY_LINE_MAX];
  va_list list;
  va_start(list, format);
  int length = vsnprintf(line, sizeof line, format, list);
  va_end(list);
  if (history_broken(history)) return;
  script_add(history->script, line);
  story_command(history->story, line);
  bool fits = length > 0 && (size_t)length < sizeof line;
  if (fits && (history->story->error[0] == '\0' || history_broken(history))) return;
  fprintf(stderr, "a history says what cannot be done: %s: %s\n", line, history->story->error);
  abort();
}

bool history_goes_on(struct history *history, usec within) {
  usec time = history_below(history, within);
  if (time > 0) history_say(history, "advance %lldus", (long long)time);
  return !history_broken(history);
}

static usec pick(struct history *history, const usec *list, size_t count) {
  return list[history_below(history, (usec)count)];
}

/* ------------------------------------------------------------------ the world ----------------- */

static int draw_nodes(struct history *history) {
  static const int nodes[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 5, 5, 5, 5, 7, 7, 7, 1, 2, 4};
  return nodes[history_below(history, sizeof nodes / sizeof *nodes)];
}

static int draw_clients(struct history *history) {
  usec one = history_below(history, 1000);
  if (one == 0) return 40;
  if (one < 8) return 12;
  return 1 + (int)(one % 5);
}

/* What users do beside plain writes: some of the histories each, by a chance of its own. */
static int draw_users(uint64_t seed, char *line, size_t size) {
  uint64_t chance = seed ^ 0x05e25;
  int at = 0;
  if (chance_below(&chance, 3) == 0) {
    at += snprintf(line + at, size - (size_t)at, " txns=%lldus",
                   (long long)(20000 + chance_below(&chance, 100000)));
  }
  if (chance_below(&chance, 4) == 0) {
    at += snprintf(line + at, size - (size_t)at, " reads replica_reads=%lldus",
                   (long long)(5000 + chance_below(&chance, 50000)));
    bool bounded = chance_below(&chance, 3) == 0;
    if (bounded) at += snprintf(line + at, size - (size_t)at, " max_lag=%lld",
                                (long long)(200 + chance_below(&chance, 3000)));
  }
  if (chance_below(&chance, 4) == 0) {
    at += snprintf(line + at, size - (size_t)at, " pops=%lldus",
                   (long long)(2000 + chance_below(&chance, 30000)));
  }
  return at;
}

static void open_world(struct history *history, const struct history_options *options) {
  /* Who waits for 100 ms beats every 10: not with many. */
  static const usec down[] = {300, 300, 1000, 1000, 1000, 100};
  static const usec sync[] = {1000, 20000, 300000, 1500000};
  char line[STORY_LINE_MAX];
  int nodes = options->nodes > 0 ? options->nodes : draw_nodes(history);
  int clients = options->clients > 0 ? options->clients : draw_clients(history);
  usec writes = 10000 + history_below(history, 70000);
  usec down_after = pick(history, down, nodes * clients <= 9 ? 6 : 5);
  if (clients > 5) writes *= clients / 3; /* every one hears every write */
  int at = snprintf(line, sizeof line, "world nodes=%d clients=%d seed=%llu", nodes, clients,
                    (unsigned long long)options->seed);
#define ADD(...) at += snprintf(line + at, sizeof line - (size_t)at, __VA_ARGS__)
  if (history_below(history, 3) != 0 && nodes > 1) ADD(" durable");
  ADD(" down_after=%lldms", (long long)down_after);
  ADD(" latency=%lldus", (long long)(20 + history_below(history, 300)));
  ADD(" jitter=%lldus", (long long)history_below(history, 600));
  ADD(" retransmit=%lldus", (long long)(1000 + history_below(history, 200000)));
  ADD(" sync=%lldus", (long long)pick(history, sync, 4));
  ADD(" repl_ping=%ds", history_below(history, 2) == 0 ? 1 : 10);
  ADD(" load=%lldus", (long long)(1000 + history_below(history, 50000)));
  ADD(" writes=%lldus", (long long)writes);
  ADD(" flush=%lld", (long long)(1 + history_below(history, 3)));
  ADD(" calm=5 torn=8 queue=8 linear=4 subscribers");
  if (history_below(history, 4) == 0) ADD(" held=3");
  if (nodes == 5 && history_below(history, 3) == 0) ADD(" quorum=2");
  at += draw_users(options->seed, line + at, sizeof line - (size_t)at);
  if (options->most_promotions > 0) ADD(" most_promotions=%d", options->most_promotions);
#undef ADD
  history_say(history, "%s", line);
}

/* 12: one node has data from before there was a group, and takes its time to load it. */
static int say_native(struct history *history) {
  struct world *world = history->world;
  if (world->config.nodes < 2 || history_below(history, 10) != 0) return -1;
  const struct server *server = &world->servers[history_below(history, (usec)world->config.nodes)];
  history_say(history, "data %s 500", server->name);
  history_say(history, "loads %s %lldus", server->name, (long long)history_below(history, 900000));
  return server->index;
}

/* 5: without files that can be rewritten nobody starts sealed, and quorum durability is refused. */
static void say_files(struct history *history) {
  const struct world *world = history->world;
  if (world->config.durable || history_below(history, 8) != 0) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    history_say(history, "no_file %s", world->servers[i].name);
  }
}

static void start(struct history *history) {
  struct world *world = history->world;
  int native = say_native(history);
  for (size_t i = 0; i < world->config.nodes; i++) {
    if ((int)i == native) continue;
    history_say(history, "start %s empty", world->servers[i].name);
  }
  if (native >= 0) history_say(history, "start %s kept", world->servers[native].name);
  say_files(history);
  bool mixed = world->config.durable && history_below(history, 3) == 0;
  for (size_t i = 0; i < world->config.clients; i++) {
    const char *name = world->clients[i].name;
    if (mixed && history_below(history, 2) == 0) history_say(history, "async %s", name);
    history_say(history, "start %s", name);
    if (!history_goes_on(history, 2000)) return;
  }
  usec born = world->config.down_after_ms > 500 ? 1000 : 700;
  if (history_below(history, 4) != 0) history_say(history, "advance %lldms", (long long)born);
}

/* ------------------------------------------------------------------ rounds of faults ---------- */

/* Most faults hit the middle of something: short gaps, and some that are long enough to heal. */
static usec draw_gap(struct history *history) {
  usec down = history->world->config.down_after_ms * 1000;
  const usec gaps[] = {1000, 3000, 10000, 30000, 100000, down / 2, down, down * 2, down * 4};
  return pick(history, gaps, 9);
}

static void settle(struct history *history) {
  const struct world *world = history->world;
  const usec down = world->config.down_after_ms * 1000;
  const usec within[] = {0, 0, 20000, 20000, down / 3, down / 3, down};
  char line[STORY_LINE_MAX] = "peace";
  size_t at = strlen(line);
  for (size_t i = 0; i < world->config.nodes + world->config.clients; i++) {
    bool client = i >= world->config.nodes;
    const char *name = client ? world->clients[i - world->config.nodes].name
                              : world->servers[i].name;
    bool late = history_below(history, 40) == 0;
    usec delay = history_below(history, late ? 6000000 : pick(history, within, 7));
    if (delay == 0 || at + 24 > sizeof line) continue;
    at += (size_t)snprintf(line + at, sizeof line - at, " %s %lldus", name, (long long)delay);
  }
  history_say(history, "%s", line);
  history_say(history, "settle 40s");
}

/* Most rounds begin with a whole group, for one that lies still hides mistakes. */
static void play(struct history *history, int steps) {
  usec down = history->world->config.down_after_ms * 1000;
  while (steps > 0 && !history_broken(history)) {
    int burst = 1 + (int)history_below(history, 8);
    for (; burst > 0 && steps > 0 && !history_broken(history); burst--, steps--) {
      if (history_goes_on(history, draw_gap(history))) history_fault(history);
    }
    if (steps <= 0 || history_below(history, 3) == 0) continue;
    if (history_goes_on(history, 2 * down)) settle(history);
  }
}

static void take_result(const struct story *story, struct history_result *result) {
  const struct world *world = story->world;
  *result = (struct history_result){.promotions = world->promotion_count,
                                    .writes = world->writes,
                                    .acked = world->acked_count,
                                    .durable = world->durable_count,
                                    .steps = world->steps,
                                    .subs = world->subs,
                                    .txns = world->txns,
                                    .fetches = world->fetches,
                                    .settled_us = story->settled_us,
                                    .now = world->now,
                                    .order = world->agenda.order,
                                    .chance = world->chance};
  memcpy(result->pops, world->pops, sizeof result->pops);
}

bool history_run(struct world *world, const struct history_options *options,
                 struct script *script, struct coverage *coverage, struct history_result *result) {
  struct story story;
  struct coverer coverer;
  struct history history = {world, &story, script, options->seed ^ 0x5eed,
                            coverage_target(options->seed)};
  script_truncate(script, 0);
  story_begin(&story, world);
  if (coverage != NULL) story.watch = coverer_watch(&coverer, coverage, world);
  open_world(&history, options);
  world->trace = options->trace;
  start(&history);
  play(&history, options->steps);
  settle(&history);
  usec rest = world->config.down_after_ms + 200; /* silence would have been seen */
  if (history_below(&history, 4) == 0) rest *= 3;
  history_say(&history, "rest %lldms", (long long)rest);
  take_result(&story, result);
  if (coverage != NULL) coverage_pops(coverage, world);
  return !history_broken(&history);
}

enum outcome history_replay(struct world *world, const struct script *script, FILE *trace,
                            unsigned char *dropped, size_t *broke_at,
                            struct history_result *result) {
  struct story story;
  story_begin(&story, world);
  for (size_t i = 0; i < script->count; i++) {
    story_command(&story, script->lines[i]);
    if (i == 0) world->trace = trace;
    if (dropped != NULL) dropped[i] = 0;
    if (story.error[0] == '\0') continue;
    if (story.open && world->violation[0] != '\0') {
      *broke_at = i;
      take_result(&story, result);
      return OUTCOME_BROKEN;
    }
    if (dropped == NULL || !story.open) return OUTCOME_INVALID;
    dropped[i] = 1;
    story.error[0] = '\0';
  }
  take_result(&story, result);
  return OUTCOME_FINE;
}
