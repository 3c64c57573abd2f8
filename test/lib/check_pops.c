/*
 * What a user may expect of a command that blocks on a list, beside what holds of any write (5: it
 * runs once, ends once, and what was told not to have run is nowhere). 18: an element is handed to
 * one caller, unless the history in which it was taken is lost. 19: what was taken, and stays so,
 * was handed over, or its caller is in doubt, or dead. 20: it waits for its own time, wherever it
 * goes: no longer, not shorter, and not where nobody knows of it.
 */
#include <string.h>

#include "world.h"

#define SLACK_US 5000     /* who wakes gets round to what ran out meanwhile */
#define ROUNDED_US 1000   /* whole milliseconds */
#define ON_ITS_WAY_US 1000000

/* ------------------------------------------------------------------ 18 ------------------------ */

/* Taken by a master that is not the newest any more, or before the other one took it: that history
 * was lost, as plain writes may be. */
static bool may_be_lost(const struct world *world, const struct state *first,
                        const struct state *second) {
  const struct publication *before = &world->publications[first->write];
  const struct publication *behind = &world->publications[second->write];
  bool durable = world->durable[second->write] == 1;
  return !durable && (behind->deposed || behind->ran < before->ran);
}

/* The element is in the hands of its caller; whether that is durable is known already. */
void check_handed(struct world *world, const struct client *client, const struct pop *pop) {
  const struct state *state = pop->seen, *before;
  uint32_t element = pop->element->write;
  struct publication *one = &world->publications[element];
  before = one->taken;
  if (before != NULL && (state_descends(state, before) || state_descends(before, state))) {
    world_violation(world, "18: %s is handed element %u, which pop %u had taken", client->name,
                    (unsigned)element, (unsigned)before->write);
    return;
  }
  bool held = before != NULL && world->durable[before->write] == 1 && check_promised(world);
  if (held && !may_be_lost(world, before, state)) {
    world_violation(world, "18: %s is handed element %u, which pop %u had taken durably",
                    client->name, (unsigned)element, (unsigned)before->write);
  }
  if (!held) one->taken = state;
}

/* ------------------------------------------------------------------ 19 ------------------------ */

static bool is_under_way(const struct world *world, uint32_t write) {
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct popper *popper = &world->clients[i].popper;
    if (popper->phase != POPPER_NONE && popper->call->first == write) return true;
  }
  return false;
}

void check_given(struct world *world) {
  int master = check_agreed(world);
  if (master < 0 || world->pops[POPS_BEGUN] == 0) return;
  const struct state *at = world->servers[master].state;
  for (; at != NULL; at = at->parent) {
    if (at->change != CHANGE_POP) continue;
    if (world->fates[at->write] & (FATE_ACKED | FATE_MAYBE | FATE_NOBODY)) continue;
    if (is_under_way(world, at->write)) continue;
    world_violation(world, "19: pop %u took element %u, and nobody was told", (unsigned)at->write,
                    (unsigned)at->parent->list->write);
  }
}

/* ------------------------------------------------------------------ 20 ------------------------ */

void check_asked(struct world *world, const struct client *client, const struct pop *pop) {
  const struct popper *popper = &client->popper;
  usec left = popper->own_ms * 1000;
  if (popper->begun != 0) left -= world->now - popper->begun;
  bool endless = popper->own_ms == 0;
  if (endless && pop->wait_ms == 0) return;
  if (!endless && pop->wait_ms > 0 && pop->wait_ms * 1000 <= left + ROUNDED_US) return;
  world_violation(world, "20: %s asks for %lld ms, and has %lld us left", client->name,
                  (long long)pop->wait_ms, (long long)left);
}

void check_popped(struct world *world, const struct client *client, enum popper_end end,
                  const char *error) {
  const struct popper *popper = &client->popper;
  usec until = popper->call->until, own = popper->own_ms * 1000;
  bool sent = popper->begun != 0;
  if (end == POPPER_NIL && (!sent || own == 0 || world->now < popper->begun + own - ROUNDED_US)) {
    world_violation(world, "20: %s is told that nothing came, before its time", client->name);
  }
  if (end == POPPER_MAYBE && !sent) {
    world_violation(world, "20: %s is left in doubt of what was never sent", client->name);
  }
  if (error != NULL && strncmp(error, "UNBLOCKED", strlen("UNBLOCKED")) == 0) {
    world_violation(world, "20: %s is let go by a demotion, and goes nowhere", client->name);
  }
  if (until != 0 && until < client->woke_at) until = client->woke_at;
  if (until == 0 || world->now <= until + SLACK_US) return;
  world_violation(world, "20: a command of %s ends %lld ms late", client->name,
                  (long long)(world->now - until) / 1000);
}

/* It waits there, or is being answered. */
static bool is_known(const struct server *server, const struct conn *conn) {
  return conn != NULL && (list_is_waited_for(server, conn) || conn->pipe[0].head != NULL);
}

/* Who has no end, too, must be known where it waits. */
static void check_one(struct world *world, const struct client *client, int master) {
  const struct popper *popper = &client->popper;
  if (!client->alive || client->asleep || popper->phase == POPPER_NONE) return;
  usec until = popper->call->until;
  bool late = until != 0 && world->now > until + SLACK_US;
  bool line = popper->phase == POPPER_LINE && world->now - popper->after > ON_ITS_WAY_US;
  bool sent = popper->phase == POPPER_SENT && world->now - popper->sent > ON_ITS_WAY_US;
  bool known = is_known(&world->servers[master], popper->conn);
  if (!late && !line && (!sent || known)) return;
  world_violation(world, "20: %s waits, and %s", client->name,
                  late   ? "its time is over"
                  : line ? "is asked for nowhere"
                         : "the master does not know of it");
}

void check_waiting(struct world *world) {
  int master = check_agreed(world);
  for (size_t i = 0; i < world->config.clients && master >= 0; i++) {
    if (world->clients[i].list == 0) check_one(world, &world->clients[i], master);
  }
}
