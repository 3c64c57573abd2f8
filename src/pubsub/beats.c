/*
 * A ring of heartbeats; the order of the stream is that of the master's own link. It must not know
 * what is missing beside them.
 */
#include "pubsub/beats.h"

#include <assert.h>
#include <string.h>

static uint32_t bit(int node) {
  static_assert(HR_NODES_MAX <= 32, "a bit for each node");
  assert(node >= 0 && node < HR_NODES_MAX);
  return UINT32_C(1) << node;
}

static struct hr_beat *find(struct hr_beats *beats, uint64_t id) {
  assert(id != 0);
  for (size_t i = 0; i < HR_BEATS_MAX; i++) {
    if (beats->list[i].id == id) return &beats->list[i];
  }
  return NULL;
}

/* What it says now stands before something that others have heard already. */
static bool is_behind(const struct hr_beats *beats, int node) {
  assert(node >= 0 && node < HR_NODES_MAX);
  for (size_t i = 0; i < HR_BEATS_MAX && beats->last[node] != 0; i++) {
    const struct hr_beat *beat = &beats->list[i];
    bool ahead = !beat->old && beat->order > beats->last[node];
    if (ahead && (beat->heard & bit(node)) == 0) return true;
  }
  return false;
}

static void note_order(struct hr_beats *beats, const struct hr_beat *beat) {
  assert(beat->heard != 0);
  for (int node = 0; node < HR_NODES_MAX; node++) {
    bool later = beat->order > beats->last[node];
    if (later && (beat->heard & bit(node)) != 0) beats->last[node] = beat->order;
  }
}

hr_msec hr_beats_hear(struct hr_beats *beats, uint64_t id, int node, int master, hr_msec since) {
  assert(master >= 0);
  struct hr_beat *beat = find(beats, id);
  if (beat == NULL && is_behind(beats, node)) return 0;
  if (beat == NULL) {
    beat = &beats->list[beats->next];
    beats->next = (beats->next + 1) % HR_BEATS_MAX;
    *beat = (struct hr_beat){.id = id, .first_ms = since, .master = master};
  }
  beat->heard |= bit(node);
  if (node == beat->master && beat->order == 0) beat->order = ++beats->orders;
  note_order(beats, beat);
  return beat->first_ms;
}

void hr_beats_forget(struct hr_beats *beats, int node) {
  assert(beats->next < HR_BEATS_MAX);
  for (size_t i = 0; i < HR_BEATS_MAX; i++) beats->list[i].heard &= ~bit(node);
  beats->last[node] = 0;
}

void hr_beats_begin(struct hr_beats *beats) {
  assert(beats->next < HR_BEATS_MAX);
  memset(beats->list, 0, sizeof beats->list);
  memset(beats->last, 0, sizeof beats->last);
}

void hr_beats_master(struct hr_beats *beats) {
  assert(beats->next < HR_BEATS_MAX);
  for (size_t i = 0; i < HR_BEATS_MAX; i++) beats->list[i].old = true;
}

/* The first place of the old master's stream that the node has heard. */
static uint32_t first_heard_old(const struct hr_beats *beats, int node) {
  uint32_t first = UINT32_MAX;
  assert(beats->next < HR_BEATS_MAX);
  for (size_t i = 0; i < HR_BEATS_MAX; i++) {
    const struct hr_beat *beat = &beats->list[i];
    bool counts = beat->old && beat->order != 0 && (beat->heard & bit(node)) != 0;
    if (counts && beat->order < first) first = beat->order;
  }
  return first;
}

/* In one pass what is told apart: the ends of what it has heard, and whether anything is not. */
static bool heard_all(const struct hr_beats *beats, int node, uint32_t *first, uint32_t *last) {
  bool all = true;
  assert(beats->next < HR_BEATS_MAX);
  *first = UINT32_MAX;
  *last = 0;
  for (size_t i = 0; i < HR_BEATS_MAX; i++) {
    const struct hr_beat *beat = &beats->list[i];
    if (beat->old || beat->order == 0) continue;
    if ((beat->heard & bit(node)) == 0) {
      all = false;
      continue;
    }
    if (beat->order < *first) *first = beat->order;
    if (beat->order > *last) *last = beat->order;
  }
  return all;
}

bool hr_beats_missed(struct hr_beats *beats, int node) {
  uint32_t first, last;
  bool missed = false;
  if (heard_all(beats, node, &first, &last)) return false;
  for (size_t i = 0; i < HR_BEATS_MAX; i++) {
    struct hr_beat *beat = &beats->list[i];
    bool between = !beat->old && beat->order > first && beat->order < last;
    if (!between || (beat->heard & bit(node)) != 0) continue;
    missed = true;
    beat->heard |= bit(node); /* said */
  }
  return missed;
}

bool hr_beats_missed_old(struct hr_beats *beats, int node) {
  uint32_t first = first_heard_old(beats, node);
  bool missed = false;
  for (size_t i = 0; i < HR_BEATS_MAX; i++) {
    struct hr_beat *beat = &beats->list[i];
    if (!beat->old) continue;
    assert(beat->id != 0 || beat->heard == 0);
    bool fed = (beat->heard & ~bit(beat->master)) != 0;
    if (fed && beat->order > first && (beat->heard & bit(node)) == 0) missed = true;
    *beat = (struct hr_beat){0};
  }
  return missed;
}
