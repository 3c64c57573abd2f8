/*
 * The smallest part of a history that is still not linearizable. Only steps that cannot make a
 * linearizable history into another one are taken, so what is left is a violation by itself:
 * whatever was left out, with it there it would not be explained either.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { NO_GROUP = -1 };

struct work {
  enum lin_model model;
  struct lin_op *ops;
  int *groups;             /* of each operation: what goes together */
  struct lin_op *candidate;
  int *candidate_groups;
  size_t count;
};

/* ---- the shortest prefix ---- */

static int by_return(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* What an onlooker had seen at `at_us`. */
static size_t prefix(const struct lin_op *ops, size_t count, int64_t at_us, struct lin_op *out) {
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    if (ops[i].call_us > at_us) continue;
    out[used] = ops[i];
    if (ops[i].return_us > at_us) out[used].return_us = LIN_OPEN;
    used++;
  }
  return used;
}

static void prefix_take(struct work *w) {
  int64_t *ends = calloc(w->count, sizeof *ends);
  if (ends == NULL) return;
  size_t low = 0, high = 0;
  for (size_t i = 0; i < w->count; i++) {
    if (w->ops[i].return_us != LIN_OPEN) ends[high++] = w->ops[i].return_us;
  }
  qsort(ends, high, sizeof *ends, by_return);
  while (low < high) { /* a prefix of what is linearizable is linearizable */
    size_t middle = (low + high) / 2, used = prefix(w->ops, w->count, ends[middle], w->candidate);
    if (lin_order(w->model, w->candidate, used) == LIN_NO) high = middle;
    else low = middle + 1;
  }
  size_t used = prefix(w->ops, w->count, ends[high], w->candidate);
  if (lin_order(w->model, w->candidate, used) == LIN_NO) {
    memcpy(w->ops, w->candidate, used * sizeof *w->ops);
    w->count = used;
  }
  free(ends);
}

/* ---- one by one ---- */

/* Without groups from .. to-1, if that is not linearizable either. */
static bool leave_out(struct work *w, int from, int to) {
  size_t used = 0;
  bool changed = false;
  for (size_t i = 0; i < w->count; i++) {
    bool in = w->groups[i] != NO_GROUP && w->groups[i] >= from && w->groups[i] < to;
    changed = changed || in;
    if (in && w->ops[i].kind != LIN_INCREMENT) continue;
    w->candidate[used] = w->ops[i];
    w->candidate_groups[used] = in ? NO_GROUP : w->groups[i];
    if (in) w->candidate[used].return_us = LIN_OPEN;
    used++;
  }
  if (!changed || lin_order(w->model, w->candidate, used) != LIN_NO) return false;
  memcpy(w->ops, w->candidate, used * sizeof *w->ops);
  memcpy(w->groups, w->candidate_groups, used * sizeof *w->groups);
  w->count = used;
  return true;
}

/* What could not go once can not go later either, when less is left: one pass of each size. */
static void leave_out_all(struct work *w, int groups) {
  int size = groups / 2 > 0 ? groups / 2 : 1;
  for (;; size /= 2) {
    for (int from = 0; from < groups; from += size) leave_out(w, from, from + size);
    if (size == 1) return;
  }
}

static int by_value(const void *a, const void *b) {
  const struct lin_op *x = a, *y = b;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return y->kind - x->kind;
}

static int group_values(struct work *w) {
  int groups = 0;
  qsort(w->ops, w->count, sizeof *w->ops, by_value);
  for (size_t i = 0; i < w->count; i++) {
    if (i > 0 && w->ops[i].value != w->ops[i - 1].value) groups++;
    w->groups[i] = groups;
  }
  return groups + 1;
}

static int group_answers(struct work *w) {
  int groups = 0;
  for (size_t i = 0; i < w->count; i++) {
    bool says = w->ops[i].kind == LIN_READ || w->ops[i].return_us != LIN_OPEN;
    bool answer = says && w->ops[i].kind != LIN_WRITE;
    w->groups[i] = answer ? groups++ : NO_GROUP;
  }
  return groups;
}

static int by_call(const void *a, const void *b) {
  const struct lin_op *x = a, *y = b;
  return (x->call_us > y->call_us) - (x->call_us < y->call_us);
}

size_t lin_minimise(enum lin_model model, struct lin_op *ops, size_t count) {
  struct work w = {.model = model, .ops = ops, .count = count};
  if (count == 0 || lin_order(model, ops, count) != LIN_NO) return count;
  w.groups = calloc(count, sizeof *w.groups);
  w.candidate = calloc(count, sizeof *w.candidate);
  w.candidate_groups = calloc(count, sizeof *w.candidate_groups);
  if (w.groups && w.candidate && w.candidate_groups) {
    prefix_take(&w);
    if (model == LIN_REGISTER) leave_out_all(&w, group_values(&w));
    leave_out_all(&w, group_answers(&w));
    qsort(w.ops, w.count, sizeof *w.ops, by_call);
  }
  free(w.groups);
  free(w.candidate);
  free(w.candidate_groups);
  return w.count;
}
