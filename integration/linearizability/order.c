/*
 * Linearizability by the order that values give, in n log n. It searches nothing and shares nothing
 * with search.c: where the two disagree, one of them is wrong.
 *
 * Register (Gibbons and Korach): a write and the reads of it are one cluster, which takes effect as
 * one block. Let f be its first return and s its last call. f < s: the value must stand from f to s
 * ("forward"); else all of it can happen at any one moment from s to f ("backward"). Linearizable:
 * no read returned before its write was called, no two forward zones overlap, no backward zone lies
 * wholly inside a forward one.
 *
 * Counter: the answers are places in a row. Whoever stands earlier must not have been called after
 * somebody later had returned; places that no answer names were taken by open INCRs: the k-th such
 * place by the one that was called k-th, which must have been called before anybody later returned.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct zone {
  int64_t value;
  int64_t write_us;       /* call of the write */
  int64_t first_return;
  int64_t first_read;     /* return of a read, LIN_OPEN: none */
  int64_t last_call;
  bool written;
};

/* ---- registers ---- */

static int by_value(const void *a, const void *b) {
  const struct lin_op *x = a, *y = b;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return y->kind - x->kind; /* a write or an INCR before the reads of it */
}

static int by_first_return(const void *a, const void *b) {
  const struct zone *x = a, *y = b;
  return (x->first_return > y->first_return) - (x->first_return < y->first_return);
}

static void zone_add(struct zone *z, const struct lin_op *op) {
  if (op->kind == LIN_WRITE) {
    z->written = true;
    z->write_us = op->call_us;
  } else if (op->return_us < z->first_read) {
    z->first_read = op->return_us;
  }
  if (op->return_us < z->first_return) z->first_return = op->return_us;
  if (op->call_us > z->last_call) z->last_call = op->call_us;
}

/* The clusters of `ops`, which are sorted by value. -1: two writes of one value. */
static long zones_make(struct zone *zones, const struct lin_op *ops, size_t count) {
  long used = 0;
  for (size_t i = 0; i < count; i++) {
    bool more = used > 0 && zones[used - 1].value == ops[i].value;
    if (more && ops[i].kind == LIN_WRITE) return -1;
    if (!more) {
      zones[used] = (struct zone){.value = ops[i].value,
                                  .first_return = LIN_OPEN,
                                  .first_read = LIN_OPEN,
                                  .last_call = INT64_MIN};
      if (ops[i].value == 0) { /* what was there before everything */
        zones[used].written = true;
        zones[used].write_us = zones[used].first_return = INT64_MIN;
      }
      used++;
    }
    zone_add(&zones[used - 1], &ops[i]);
  }
  return used;
}

static bool forward(const struct zone *z) {
  return z->first_return < z->last_call;
}

/* `ahead`: the forward zones in the order of their beginnings. */
static bool zones_fit(const struct zone *ahead, size_t count, const struct zone *backward) {
  size_t low = 0, high = count;
  while (low < high) { /* those that begin before the backward one does */
    size_t middle = (low + high) / 2;
    if (ahead[middle].first_return < backward->last_call) low = middle + 1;
    else high = middle;
  }
  return low == 0 || backward->first_return >= ahead[low - 1].last_call;
}

static enum lin_verdict zones_judge(struct zone *zones, size_t count) {
  size_t ahead = 0;
  for (size_t i = 0; i < count; i++) {
    if (!zones[i].written || zones[i].first_read < zones[i].write_us) return LIN_NO;
    if (!forward(&zones[i])) continue;
    struct zone other = zones[ahead];
    zones[ahead++] = zones[i];
    zones[i] = other;
  }
  qsort(zones, ahead, sizeof *zones, by_first_return);
  for (size_t i = 1; i < ahead; i++) {
    if (zones[i].first_return < zones[i - 1].last_call) return LIN_NO;
  }
  for (size_t i = ahead; i < count; i++) {
    /* An open write that nobody read never ran. */
    if (zones[i].first_return == LIN_OPEN) continue;
    if (!zones_fit(zones, ahead, &zones[i])) return LIN_NO;
  }
  return LIN_YES;
}

static enum lin_verdict register_judge(struct lin_op *ops, size_t count) {
  struct zone *zones = calloc(count, sizeof *zones);
  if (zones == NULL) return LIN_UNDECIDED;
  qsort(ops, count, sizeof *ops, by_value);
  long used = zones_make(zones, ops, count);
  enum lin_verdict verdict = used < 0 ? LIN_UNDECIDED : zones_judge(zones, (size_t)used);
  free(zones);
  return verdict;
}

/* ---- counters ---- */

static int by_us(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* Places first .. last have no answer that names them; everybody later returns at `end_us` or
 * after it. */
static bool fill(const int64_t *open, size_t opens, size_t *used, int64_t places, int64_t end_us) {
  for (int64_t i = 0; i < places; i++) {
    if (*used == opens || open[*used] > end_us) return false;
    (*used)++;
  }
  return true;
}

/* `ops`: with answers, sorted by value; end_us[i]: the first return of ops[i] and all behind. */
static bool places_fit(const struct lin_op *ops, const int64_t *end_us, size_t count,
                       const int64_t *open, size_t opens) {
  int64_t place = 1, last_call = INT64_MIN, cluster_call = INT64_MIN; /* place: the next free */
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    const struct lin_op *op = &ops[i];
    bool increment = op->kind == LIN_INCREMENT;
    if (op->value < (increment ? place : 0)) return false; /* one place, two INCRs */
    bool same = i > 0 && ops[i - 1].value == op->value;
    if (!same && cluster_call > last_call) last_call = cluster_call;
    int64_t missing = op->value - place + (increment ? 0 : 1);
    if (missing > 0 && !fill(open, opens, &used, missing, end_us[i])) return false;
    if (missing > 0) place += missing;
    if (op->return_us < last_call) return false;
    if (increment) {
      place++;
      if (op->call_us > last_call) last_call = op->call_us;
    } else if (!same || op->call_us > cluster_call) {
      cluster_call = op->call_us; /* reads of one value have no order among themselves */
    }
  }
  return true;
}

static enum lin_verdict counter_judge(struct lin_op *ops, size_t count) {
  int64_t *open = calloc(2 * count, sizeof *open);
  if (open == NULL) return LIN_UNDECIDED;
  int64_t *end_us = open + count;
  size_t opens = 0, closed = 0;
  for (size_t i = 0; i < count; i++) {
    if (ops[i].return_us == LIN_OPEN) open[opens++] = ops[i].call_us;
    else ops[closed++] = ops[i];
  }
  qsort(open, opens, sizeof *open, by_us);
  qsort(ops, closed, sizeof *ops, by_value);
  for (size_t i = closed; i-- > 0;) {
    bool last = i + 1 == closed || ops[i].return_us < end_us[i + 1];
    end_us[i] = last ? ops[i].return_us : end_us[i + 1];
  }
  bool fit = places_fit(ops, end_us, closed, open, opens);
  free(open);
  return fit ? LIN_YES : LIN_NO;
}

enum lin_verdict lin_order(enum lin_model model, const struct lin_op *ops, size_t count) {
  if (count == 0) return LIN_YES;
  struct lin_op *mine = malloc(count * sizeof *mine);
  if (mine == NULL) return LIN_UNDECIDED;
  size_t used = 0;
  for (size_t i = 0; i < count; i++) { /* an open read says nothing */
    if (ops[i].kind != LIN_READ || ops[i].return_us != LIN_OPEN) mine[used++] = ops[i];
  }
  enum lin_verdict verdict = LIN_YES;
  if (used > 0) {
    verdict = model == LIN_REGISTER ? register_judge(mine, used) : counter_judge(mine, used);
  }
  free(mine);
  return verdict;
}
