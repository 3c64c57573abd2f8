/* The clock and the queue of a history. */
#include "world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void world_config_init(struct world_config *config) {
  *config = (struct world_config){
      .seed = 1,
      .nodes = 3,
      .clients = 2,
      .latency_us = 100,
      .jitter_us = 0,
      .retransmit_us = 1000,
      .sync_us = 20000,
      .retry_us = 1000000,
      .repl_ping_us = 10000000,
      .load_us = 0,
      .write_every_us = 0,
      .flush_max = 1,
      .held_max = 1000,
      .down_after_ms = 1000,
      .fence_ms = 300,
      .auto_failover = true,
      .connect_timeout_ms = 1000,
  };
}

struct world *world_new(void) {
  struct world *world = calloc(1, sizeof *world);
  if (world == NULL) abort();
  return world;
}

void world_free(struct world *world) {
  for (size_t i = 0; i < world->client_capacity; i++) {
    free(world->clients[i].memory);
    subs_free(&world->clients[i]);
  }
  for (size_t i = 0; i < WORLD_DEPTH_MAX; i++) free(world->actions[i].list);
  arena_free(&world->arena);
  free(world->clients);
  agenda_free(&world->agenda);
  free(world->durable);
  free(world->acked);
  free(world->publications);
  free(world->fates);
  free(world->stuck);
  free(world->attempts);
  free(world->uses);
  free(world->cut_from[0]);
  free(world->slow);
  free(world);
}

static void *sized(void *memory, size_t count, size_t size) {
  memory = realloc(memory, count * size);
  if (memory == NULL) abort();
  return memset(memory, 0, count * size);
}

/* Clients keep the memory of those that were in their place. */
static void seat(struct world *world, size_t clients) {
  if (clients > world->client_capacity) {
    world->clients = realloc(world->clients, clients * sizeof *world->clients);
    if (world->clients == NULL) abort();
    memset(world->clients + world->client_capacity, 0,
           (clients - world->client_capacity) * sizeof *world->clients);
    world->client_capacity = clients;
  }
  world->slots = WORLD_NODES_MAX + clients;
  bool *cuts = sized(world->cut_from[0], 2 * WORLD_NODES_MAX * world->slots, sizeof *cuts);
  for (size_t i = 0; i < WORLD_NODES_MAX; i++) {
    world->cut_from[i] = cuts + i * world->slots;
    world->cut_to[i] = cuts + (WORLD_NODES_MAX + i) * world->slots;
  }
  world->slow = sized(world->slow, world->slots, sizeof *world->slow);
}

/* What outlives a history is memory alone. */
static void forget(struct world *world) {
  struct world *kept = malloc(sizeof *kept);
  if (kept == NULL) abort();
  *kept = *world;
  memset(world, 0, sizeof *world);
  world->arena = kept->arena;
  world->agenda = kept->agenda;
  agenda_clear(&world->agenda);
  world->clients = kept->clients;
  world->client_capacity = kept->client_capacity;
  memcpy(world->actions, kept->actions, sizeof world->actions);
  world->stuck = kept->stuck;
  world->stuck_capacity = kept->stuck_capacity;
  world->attempts = kept->attempts;
  world->attempt_capacity = kept->attempt_capacity;
  world->uses = kept->uses;
  world->use_capacity = kept->use_capacity;
  world->cut_from[0] = kept->cut_from[0];
  world->slow = kept->slow;
  world->durable = kept->durable;
  world->acked = kept->acked;
  world->publications = kept->publications;
  world->fates = kept->fates;
  world->write_capacity = kept->write_capacity;
  free(kept);
  arena_reset(&world->arena);
}

void world_open(struct world *world, const struct world_config *config) {
  assert(config->nodes >= 1 && config->nodes <= WORLD_NODES_MAX);
  assert(config->clients <= WORLD_CLIENTS_MAX);
  forget(world);
  seat(world, config->clients);
  world->config = *config;
  world->chance = config->seed * 0x9e3779b97f4a7c15u + 1;
  for (size_t i = 0; i < config->nodes; i++) server_init(world, (int)i);
  for (size_t i = 0; i < config->clients; i++) client_init(world, (int)i);
}

usec world_random(struct world *world, usec bound) {
  return chance_below(&world->chance, bound);
}

void world_at(struct world *world, usec at, world_call *call, void *subject, uint64_t argument) {
  assert(at >= world->now);
  const struct moment moment = {call, subject, argument};
  agenda_put(&world->agenda, at, &moment);
}

bool world_step(struct world *world, usec until) {
  usec at = agenda_next(&world->agenda);
  if (at < 0 || at > until) {
    if (world->now < until) world->now = until;
    return false;
  }
  assert(at >= world->now);
  world->now = at;
  struct moment moment = agenda_take(&world->agenda);
  moment.call(world, moment.subject, moment.argument);
  return true;
}

void world_run(struct world *world, usec until) {
  while (world->violation[0] == '\0' && world_step(world, until)) {
  }
}

void world_spring(struct world *world, struct peer who, enum hr_action_kind action, bool after) {
  if (world->passing != NULL) world->passing(world->log_owner, who, action);
  for (int i = 0; i < WORLD_TRAPS_MAX; i++) {
    struct trap *trap = &world->traps[i];
    bool hit = trap->armed && trap->after == after && trap->action == action &&
               trap->who.client == who.client && trap->who.index == who.index;
    if (!hit) continue;
    trap->armed = false;
    world->sprung(world->log_owner, i);
  }
}

void world_trace(struct world *world, const char *format, ...) {
  if (world->trace == NULL) return;
  va_list list;
  va_start(list, format);
  fprintf(world->trace, "%9.3f ", (double)world->now / 1000);
  vfprintf(world->trace, format, list);
  fputc('\n', world->trace);
  va_end(list);
}

void world_violation(struct world *world, const char *format, ...) {
  if (world->violation[0] != '\0') return;
  va_list list;
  va_start(list, format);
  vsnprintf(world->violation, sizeof world->violation, format, list);
  va_end(list);
  world_trace(world, "VIOLATION %s", world->violation);
}
