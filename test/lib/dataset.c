/* What servers hold: immutable chains of changes, shared by everybody who replicated them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

int epoch_order(const struct hr_epoch *a, const struct hr_epoch *b) {
  if (a->n != b->n) return a->n > b->n ? 1 : -1;
  return a->n == 0 ? 0 : strcmp(a->nonce, b->nonce);
}

const struct state *state_empty(struct world *world) {
  struct state *state = arena_take(&world->arena, sizeof *state);
  state->change = CHANGE_EMPTY;
  return state;
}

const struct state *state_add(struct world *world, const struct state *parent, enum change change,
                              int64_t bytes) {
  assert(parent != NULL && bytes >= 0);
  struct state *state = arena_take(&world->arena, sizeof *state);
  *state = *parent;
  state->parent = (struct state *)parent;
  state->change = change;
  state->depth = parent->depth + 1;
  state->write = 0;
  state->note = NULL;
  state->mark = NULL;
  state->asks = false;
  state->offset = change == CHANGE_REBASE ? 0 : parent->offset + bytes;
  return state;
}

struct hr_epoch state_epoch(const struct state *state) {
  static const struct hr_epoch none;
  return state->record == NULL ? none : state->record->epoch;
}

bool state_descends(const struct state *state, const struct state *ancestor) {
  while (state != NULL && state->depth > ancestor->depth) state = state->parent;
  return state == ancestor;
}

const struct state **state_path(const struct state *from, const struct state *to, size_t *count) {
  assert(to->depth > from->depth);
  size_t i = *count = to->depth - from->depth;
  const struct state **path = malloc(i * sizeof(struct state *));
  if (path == NULL) abort();
  for (; i > 0; to = to->parent) path[--i] = to;
  assert(to == from && "what follows continues what was there");
  return path;
}

bool state_is_numbered(const struct state *state) {
  return state->change == CHANGE_WRITE || state->change == CHANGE_POP;
}

/* FLUSHALL is a write of its own kind: what was acknowledged before it was not lost by us. */
bool state_holds(const struct state *state, uint32_t write) {
  for (; state != NULL; state = state->parent) {
    if (state_is_numbered(state) && state->write == write) return true;
  }
  return false;
}

/* The last state of this stream at exactly this offset, NULL if the chain has none. */
const struct state *state_at_offset(const struct state *state, int64_t offset) {
  for (; state != NULL; state = state->parent) {
    if (state->offset == offset) return state;
    if (state->offset < offset || state->change == CHANGE_REBASE) return NULL;
  }
  return NULL;
}
