/*
 * Wing and Gong's search: try every operation that no finished one must precede as the next one,
 * and go back when that leads nowhere. Lowe: what was tried once (which operations are done, and
 * the state that they made) is not tried again. It knows the models by one step alone.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { NONE = -1, HEAD = 0 };

/* One call or one return, in a list in the order of time. Entry 0 is the head. */
struct entry {
  int64_t at_us;
  bool is_return;
  int op;
  int next, prev;
  int match; /* a call's return, NONE: open */
};

struct undo {
  int entry;
  int64_t state;
};

struct search {
  struct lin_op *ops;
  int *open_rank;   /* of an open INCR among those, by call; else NONE */
  struct entry *entries;
  struct undo *stack;
  int count, depth;
  int closed_left;  /* operations that must still take effect */
  int open_done;    /* open INCRs that were given effect */
  int64_t state;
  size_t words;     /* of a set of operations */
  uint64_t *done;
  uint64_t *seen;   /* configurations: words of `done`, then the state */
  uint32_t *table;  /* 1 + index of a configuration, 0: free */
  size_t seen_count, seen_room, table_size;
  size_t bytes_max;
};

/* ---- configurations ---- */

static uint64_t mixed(uint64_t h, uint64_t word) {
  h ^= word;
  h *= UINT64_C(0x9E3779B97F4A7C15);
  return h ^ (h >> 29);
}

static uint64_t configuration_hash(const struct search *s, const uint64_t *at) {
  uint64_t h = 0;
  for (size_t i = 0; i <= s->words; i++) h = mixed(h, at[i]);
  return h;
}

static void table_put(struct search *s, uint32_t index) {
  uint64_t h = configuration_hash(s, s->seen + (size_t)(index - 1) * (s->words + 1));
  size_t at = (size_t)h & (s->table_size - 1);
  while (s->table[at] != 0) at = (at + 1) & (s->table_size - 1);
  s->table[at] = index;
}

/* Room for one configuration more. False: that would be more memory than allowed. */
static bool seen_reserve(struct search *s) {
  if (s->seen_count < s->seen_room) return true;
  size_t room = s->seen_room ? s->seen_room * 2 : 256, each = (s->words + 1) * sizeof *s->seen;
  size_t bytes = room * each + room * 2 * sizeof *s->table;
  if (bytes > s->bytes_max || room > UINT32_MAX / 2) return false;
  uint64_t *seen = realloc(s->seen, room * each);
  if (seen == NULL) return false;
  s->seen = seen;
  uint32_t *table = calloc(room * 2, sizeof *table);
  if (table == NULL) return false;
  free(s->table);
  s->table = table;
  s->table_size = room * 2;
  s->seen_room = room;
  for (size_t i = 0; i < s->seen_count; i++) table_put(s, (uint32_t)i + 1);
  return true;
}

/* 1: new, and remembered; 0: seen before; -1: no room. */
static int remember(struct search *s, int64_t state) {
  if (!seen_reserve(s)) return -1;
  uint64_t *mine = s->seen + s->seen_count * (s->words + 1);
  memcpy(mine, s->done, s->words * sizeof *mine);
  mine[s->words] = (uint64_t)state;
  size_t at = (size_t)configuration_hash(s, mine) & (s->table_size - 1);
  for (; s->table[at] != 0; at = (at + 1) & (s->table_size - 1)) {
    const uint64_t *other = s->seen + (size_t)(s->table[at] - 1) * (s->words + 1);
    if (memcmp(other, mine, (s->words + 1) * sizeof *mine) == 0) return 0;
  }
  s->table[at] = (uint32_t)++s->seen_count;
  return 1;
}

/* ---- the models ---- */

/* Could it have happened to a thing in this state? A register is written, a counter incremented. */
static bool step(const struct lin_op *op, int64_t *state) {
  switch (op->kind) {
    case LIN_READ:
      return op->value == *state;
    case LIN_WRITE:
      *state = op->value;
      return true;
    default:
      *state += 1;
      return op->return_us == LIN_OPEN || op->value == *state;
  }
}

static bool was_read(const struct lin_op *ops, size_t count, int64_t value) {
  for (size_t i = 0; i < count; i++) {
    bool read = ops[i].kind == LIN_READ && ops[i].return_us != LIN_OPEN;
    if (read && ops[i].value == value) return true;
  }
  return false;
}

/* An open read says nothing; an open write that nobody read may as well never have run. */
static bool matters(const struct lin_op *ops, size_t count, const struct lin_op *op) {
  if (op->return_us != LIN_OPEN || op->kind == LIN_INCREMENT) return true;
  return op->kind == LIN_WRITE && was_read(ops, count, op->value);
}

/* ---- the list ---- */

static int by_call(const void *a, const void *b) {
  const struct lin_op *x = a, *y = b;
  return (x->call_us > y->call_us) - (x->call_us < y->call_us);
}

/* Calls before returns of the same microsecond: those two overlapped. */
static int by_time(const void *a, const void *b) {
  const struct entry *x = a, *y = b;
  if (x->at_us != y->at_us) return x->at_us < y->at_us ? -1 : 1;
  if (x->is_return != y->is_return) return x->is_return ? 1 : -1;
  return (x->op > y->op) - (x->op < y->op);
}

static void list_make(struct search *s, int *calls) {
  int used = 1, opens = 0;
  for (int i = 0; i < s->count; i++) {
    const struct lin_op *op = &s->ops[i];
    bool open = op->return_us == LIN_OPEN;
    s->entries[used++] = (struct entry){.at_us = op->call_us, .op = i, .match = NONE};
    s->open_rank[i] = open && op->kind == LIN_INCREMENT ? opens++ : NONE;
    if (open) continue;
    s->closed_left++;
    s->entries[used++] = (struct entry){.at_us = op->return_us, .is_return = true, .op = i};
  }
  qsort(s->entries + 1, (size_t)used - 1, sizeof *s->entries, by_time);
  for (int i = 0; i < used; i++) {
    s->entries[i].prev = i - 1;
    s->entries[i].next = i + 1 < used ? i + 1 : NONE;
    if (i > 0 && !s->entries[i].is_return) calls[s->entries[i].op] = i;
    if (i > 0 && s->entries[i].is_return) s->entries[calls[s->entries[i].op]].match = i;
  }
}

static void out(struct entry *entries, int i) {
  entries[entries[i].prev].next = entries[i].next;
  if (entries[i].next != NONE) entries[entries[i].next].prev = entries[i].prev;
}

static void in_again(struct entry *entries, int i) {
  entries[entries[i].prev].next = i;
  if (entries[i].next != NONE) entries[entries[i].next].prev = i;
}

/* ---- the search ---- */

static void mark(struct search *s, int op, bool done) {
  uint64_t bit = UINT64_C(1) << (op % 64);
  if (done) s->done[op / 64] |= bit;
  else s->done[op / 64] &= ~bit;
}

static void take(struct search *s, int entry, int64_t state) {
  const struct entry *e = &s->entries[entry];
  s->stack[s->depth++] = (struct undo){entry, s->state};
  s->state = state;
  s->open_done += s->open_rank[e->op] != NONE;
  s->closed_left -= e->match != NONE;
  out(s->entries, entry);
  if (e->match != NONE) out(s->entries, e->match);
}

/* The call that was taken last, NONE: none. */
static int give_back(struct search *s) {
  if (s->depth == 0) return NONE;
  const struct undo *undo = &s->stack[--s->depth];
  const struct entry *e = &s->entries[undo->entry];
  s->state = undo->state;
  s->open_done -= s->open_rank[e->op] != NONE;
  s->closed_left += e->match != NONE;
  mark(s, e->op, false);
  if (e->match != NONE) in_again(s->entries, e->match);
  in_again(s->entries, undo->entry);
  return undo->entry;
}

/* 1: taken; 0: not possible here; -1: no memory. */
static int try(struct search *s, int entry) {
  const struct entry *e = &s->entries[entry];
  int64_t state = s->state;
  /* Open INCRs differ by their calls alone: the one called first serves as well as any. */
  if (s->open_rank[e->op] != NONE && s->open_rank[e->op] != s->open_done) return 0;
  if (!step(&s->ops[e->op], &state)) return 0;
  mark(s, e->op, true);
  int fresh = remember(s, state);
  if (fresh <= 0) mark(s, e->op, false);
  else take(s, entry, state);
  return fresh;
}

/* Back to a choice. A read that fits changes nothing: leaving it for later is no other choice. */
static int back(struct search *s) {
  int entry;
  do {
    entry = give_back(s);
  } while (entry != NONE && s->ops[s->entries[entry].op].kind == LIN_READ);
  return entry;
}

static enum lin_verdict walk(struct search *s, uint64_t steps) {
  int entry = s->entries[HEAD].next;
  while (s->closed_left > 0) {
    if (steps-- == 0) return LIN_UNDECIDED;
    assert(entry != NONE); /* a return is still in the list */
    if (s->entries[entry].is_return) {
      entry = back(s);
      if (entry == NONE) return LIN_NO;
    } else {
      int taken = try(s, entry);
      if (taken < 0) return LIN_UNDECIDED;
      if (taken > 0) {
        entry = s->entries[HEAD].next;
        continue;
      }
    }
    entry = s->entries[entry].next;
  }
  return LIN_YES;
}

/* Nobody increments a register or writes to a counter. */
static bool fits(enum lin_model model, const struct lin_op *ops, size_t count) {
  int change = model == LIN_REGISTER ? LIN_WRITE : LIN_INCREMENT;
  for (size_t i = 0; i < count; i++) {
    if (ops[i].kind != (int)LIN_READ && ops[i].kind != change) return false;
  }
  return true;
}

enum lin_verdict lin_search(enum lin_model model, const struct lin_op *ops, size_t count,
                            const struct lin_limits *limits) {
  if (count == 0) return LIN_YES;
  if (!fits(model, ops, count)) return LIN_UNDECIDED;
  if (count > INT32_MAX / 4) return LIN_UNDECIDED;
  struct search s = {.words = (count + 63) / 64, .bytes_max = limits->bytes};
  enum lin_verdict verdict = LIN_UNDECIDED;
  int *calls = calloc(count, sizeof *calls);
  s.ops = calloc(count, sizeof *s.ops);
  s.open_rank = calloc(count, sizeof *s.open_rank);
  s.entries = calloc(2 * count + 1, sizeof *s.entries);
  s.stack = calloc(count, sizeof *s.stack);
  s.done = calloc(s.words, sizeof *s.done);
  if (calls && s.ops && s.open_rank && s.entries && s.stack && s.done) {
    for (size_t i = 0; i < count; i++) {
      if (matters(ops, count, &ops[i])) s.ops[s.count++] = ops[i];
    }
    qsort(s.ops, (size_t)s.count, sizeof *s.ops, by_call);
    list_make(&s, calls);
    verdict = walk(&s, limits->steps);
  }
  free(calls);
  free(s.ops);
  free(s.open_rank);
  free(s.entries);
  free(s.stack);
  free(s.done);
  free(s.seen);
  free(s.table);
  return verdict;
}
