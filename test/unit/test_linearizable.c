/*
 * The checkers of integration/linearizability: histories whose verdict is known, and small random
 * ones against trying every order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "check.h"

#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define WROTE(from, to, v) { from, to, v, LIN_WRITE, 0 }
#define MAYBE_WROTE(from, v) { from, LIN_OPEN, v, LIN_WRITE, 0 }
#define READ(from, to, v) { from, to, v, LIN_READ, 0 }
#define RAISED(from, to, v) { from, to, v, LIN_INCREMENT, 0 }
#define MAYBE_RAISED(from) { from, LIN_OPEN, 0, LIN_INCREMENT, 0 }

static const struct lin_limits plenty = {UINT64_C(10000000), 64 << 20};

/* Both checkers say the same. */
static void judge(enum lin_model model, const struct lin_op *ops, size_t count,
                  enum lin_verdict verdict) {
  assert_int_equal(lin_search(model, ops, count, &plenty), verdict);
  assert_int_equal(lin_order(model, ops, count), verdict);
}

static void nothing_is_linearizable(void **state) {
  (void)state;
  judge(LIN_REGISTER, NULL, 0, LIN_YES);
  judge(LIN_COUNTER, NULL, 0, LIN_YES);
}

static void one_after_the_other(void **state) {
  (void)state;
  const struct lin_op good[] = {READ(1, 2, 0), WROTE(3, 4, 7), READ(5, 6, 7), WROTE(7, 8, 9),
                                READ(9, 10, 9)};
  judge(LIN_REGISTER, good, SIZE(good), LIN_YES);
  const struct lin_op sums[] = {READ(1, 2, 0), RAISED(3, 4, 1), RAISED(5, 6, 2), READ(7, 8, 2)};
  judge(LIN_COUNTER, sums, SIZE(sums), LIN_YES);
}

static void a_stale_read(void **state) {
  (void)state;
  const struct lin_op old[] = {WROTE(1, 2, 7), WROTE(3, 4, 9), READ(5, 6, 7)};
  judge(LIN_REGISTER, old, SIZE(old), LIN_NO);
  const struct lin_op none[] = {WROTE(1, 2, 7), READ(5, 6, 0)};
  judge(LIN_REGISTER, none, SIZE(none), LIN_NO);
  const struct lin_op sum[] = {RAISED(1, 2, 1), RAISED(3, 4, 2), READ(5, 6, 1)};
  judge(LIN_COUNTER, sum, SIZE(sum), LIN_NO);
  const struct lin_op during[] = {WROTE(1, 2, 7), WROTE(3, 9, 9), READ(5, 6, 7), READ(7, 8, 9)};
  judge(LIN_REGISTER, during, SIZE(during), LIN_YES);
}

static void reads_that_go_back(void **state) {
  (void)state;
  const struct lin_op back[] = {WROTE(1, 2, 7), WROTE(3, 20, 9), READ(4, 6, 9), READ(7, 9, 7)};
  judge(LIN_REGISTER, back, SIZE(back), LIN_NO);
  const struct lin_op sum[] = {RAISED(1, 2, 1), MAYBE_RAISED(3), READ(4, 6, 2), READ(7, 9, 1)};
  judge(LIN_COUNTER, sum, SIZE(sum), LIN_NO);
}

static void a_lost_update(void **state) {
  (void)state;
  const struct lin_op twice[] = {RAISED(1, 2, 1), RAISED(3, 4, 1)};
  judge(LIN_COUNTER, twice, SIZE(twice), LIN_NO);
  const struct lin_op lost[] = {RAISED(1, 5, 1), RAISED(2, 6, 2), READ(7, 8, 1)};
  judge(LIN_COUNTER, lost, SIZE(lost), LIN_NO);
  const struct lin_op order[] = {RAISED(1, 2, 2), RAISED(3, 4, 1)};
  judge(LIN_COUNTER, order, SIZE(order), LIN_NO);
}

static void what_may_have_run(void **state) {
  (void)state;
  const struct lin_op ran[] = {WROTE(1, 2, 7), MAYBE_WROTE(3, 9), READ(5, 6, 7), READ(7, 8, 9)};
  judge(LIN_REGISTER, ran, SIZE(ran), LIN_YES);
  const struct lin_op never[] = {WROTE(1, 2, 7), MAYBE_WROTE(3, 9), READ(5, 6, 7)};
  judge(LIN_REGISTER, never, SIZE(never), LIN_YES);
  const struct lin_op lost[] = {WROTE(1, 2, 7), MAYBE_WROTE(3, 9), READ(5, 6, 9), READ(7, 8, 7)};
  judge(LIN_REGISTER, lost, SIZE(lost), LIN_NO);
  const struct lin_op gap[] = {RAISED(1, 2, 1), MAYBE_RAISED(3), RAISED(5, 6, 3)};
  judge(LIN_COUNTER, gap, SIZE(gap), LIN_YES);
  const struct lin_op wide[] = {RAISED(1, 2, 1), MAYBE_RAISED(3), RAISED(5, 6, 4)};
  judge(LIN_COUNTER, wide, SIZE(wide), LIN_NO);
  const struct lin_op early[] = {RAISED(1, 2, 2), MAYBE_RAISED(3)};
  judge(LIN_COUNTER, early, SIZE(early), LIN_NO);
}

/* Of a write that was told not to have run nothing is in the history, but its value was read. */
static void a_value_from_nowhere(void **state) {
  (void)state;
  const struct lin_op ghost[] = {WROTE(1, 2, 7), READ(3, 4, 8)};
  judge(LIN_REGISTER, ghost, SIZE(ghost), LIN_NO);
  const struct lin_op future[] = {READ(1, 2, 8), WROTE(3, 4, 8)};
  judge(LIN_REGISTER, future, SIZE(future), LIN_NO);
  const struct lin_op sum[] = {RAISED(1, 2, 1), READ(3, 4, 2)};
  judge(LIN_COUNTER, sum, SIZE(sum), LIN_NO);
}

static void touching_is_overlapping(void **state) {
  (void)state;
  const struct lin_op touch[] = {WROTE(1, 5, 7), READ(5, 6, 0)};
  judge(LIN_REGISTER, touch, SIZE(touch), LIN_YES);
  const struct lin_op after[] = {WROTE(1, 5, 7), READ(6, 7, 0)};
  judge(LIN_REGISTER, after, SIZE(after), LIN_NO);
}

static void an_open_read_says_nothing(void **state) {
  (void)state;
  const struct lin_op ops[] = {WROTE(1, 2, 7), READ(3, LIN_OPEN, 99)};
  judge(LIN_REGISTER, ops, SIZE(ops), LIN_YES);
  judge(LIN_REGISTER, ops + 1, 1, LIN_YES);
}

/* ---- limits ---- */

static void limits_are_told(void **state) {
  (void)state;
  struct lin_op ops[40];
  for (int i = 0; i < 39; i++) ops[i] = (struct lin_op)WROTE(1, 1000, i + 1);
  ops[39] = (struct lin_op)READ(2000, 2001, 99);
  const struct lin_limits steps = {1000, 64 << 20}, bytes = {UINT64_C(1) << 40, 1 << 20};
  assert_int_equal(lin_search(LIN_REGISTER, ops, 40, &steps), LIN_UNDECIDED);
  assert_int_equal(lin_search(LIN_REGISTER, ops, 40, &bytes), LIN_UNDECIDED);
  assert_int_equal(lin_order(LIN_REGISTER, ops, 40), LIN_NO);
  const struct lin_op twice[] = {WROTE(1, 2, 7), WROTE(3, 4, 7)};
  assert_int_equal(lin_order(LIN_REGISTER, twice, 2), LIN_UNDECIDED);
}

/* ---- random histories against every order ---- */

enum { SMALL = 7 };

static int applies(const struct lin_op *op, int64_t *now) {
  if (op->kind == LIN_READ) return op->return_us == LIN_OPEN || op->value == *now;
  *now = op->kind == LIN_WRITE ? op->value : *now + 1;
  return op->kind == LIN_WRITE || op->return_us == LIN_OPEN || op->value == *now;
}

/* Is there an order? `left`: not yet placed; open ones may stay so. */
static int some_order(const struct lin_op *ops, int count, unsigned left, int64_t now) {
  int needed = 0;
  for (int i = 0; i < count; i++) {
    needed += (left >> i & 1u) && ops[i].return_us != LIN_OPEN;
  }
  if (needed == 0) return 1;
  for (int i = 0; i < count; i++) {
    if (!(left >> i & 1u)) continue;
    int first = 1;
    for (int k = 0; k < count; k++) {
      if ((left >> k & 1u) && ops[k].return_us < ops[i].call_us) first = 0;
    }
    int64_t then = now;
    if (first && applies(&ops[i], &then) && some_order(ops, count, left & ~(1u << i), then)) {
      return 1;
    }
  }
  return 0;
}

static int by_random_order(const struct lin_op *ops, int count) {
  return some_order(ops, count, (1u << count) - 1, 0);
}

static int64_t below(struct hr_prng *prng, uint64_t limit) {
  return (int64_t)(hr_prng_next(prng) % limit);
}

static int make_history(struct hr_prng *prng, enum lin_model model, struct lin_op *ops) {
  int count = 1 + (int)below(prng, SMALL), span = 4 + (int)below(prng, 14);
  int64_t written = 0;
  for (int i = 0; i < count; i++) {
    int64_t call = below(prng, (uint64_t)span);
    ops[i] = (struct lin_op)READ(call, call + below(prng, 7), below(prng, 4));
    if (below(prng, 6) == 0) ops[i].return_us = LIN_OPEN;
    if (below(prng, 2) == 0) continue;
    ops[i].kind = model == LIN_REGISTER ? LIN_WRITE : LIN_INCREMENT;
    ops[i].value = model == LIN_REGISTER ? ++written : 1 + below(prng, 4);
  }
  return count;
}

static void random_histories(enum lin_model model, uint64_t seed) {
  struct hr_prng prng;
  hr_prng_seed(&prng, seed);
  int seen[2] = {0, 0};
  for (int round = 0; round < 30000; round++) {
    struct lin_op ops[SMALL];
    int count = make_history(&prng, model, ops);
    int fine = by_random_order(ops, count);
    judge(model, ops, (size_t)count, fine ? LIN_YES : LIN_NO);
    seen[fine]++;
  }
  assert_in_range(seen[0], 3000, 27000); /* both happen, and often */
  assert_in_range(seen[1], 3000, 27000);
}

static void random_registers(void **state) {
  (void)state;
  random_histories(LIN_REGISTER, 1);
}

static void random_counters(void **state) {
  (void)state;
  random_histories(LIN_COUNTER, 2);
}

/* ---- larger ones, made by running them ---- */

enum { CLIENTS = 6, LARGE = 300 };

/* What a good server would answer to six clients; some operations end open, run or not. */
static size_t run_server(struct hr_prng *prng, enum lin_model model, struct lin_op *ops) {
  int64_t now = 0, at = 0, free_at[CLIENTS] = {0};
  for (int i = 0; i < LARGE; i++) {
    size_t client = (size_t)below(prng, CLIENTS);
    at += 1 + below(prng, 3); /* the moment when it takes effect */
    int64_t call = free_at[client] + below(prng, (uint64_t)(at - free_at[client]) + 1);
    struct lin_op *op = &ops[i];
    *op = (struct lin_op)READ(call, at + below(prng, 12), now);
    free_at[client] = op->return_us + 1;
    at = at > free_at[client] ? at : free_at[client];
    bool open = below(prng, 20) == 0, ran = !open || below(prng, 2) == 0;
    if (below(prng, 2) == 0) {
      op->kind = model == LIN_REGISTER ? LIN_WRITE : LIN_INCREMENT;
      op->value = model == LIN_REGISTER ? i + 1 : now + 1;
      if (ran) now = op->value;
    }
    if (open) op->return_us = LIN_OPEN;
  }
  return LARGE;
}

/* One answer is changed so that no order explains it, and the rest melts away. */
static void spoil(enum lin_model model, struct lin_op *ops, size_t *count) {
  struct lin_op last = WROTE(-1, -1, 0);
  for (size_t i = 0; i < *count; i++) {
    bool change = ops[i].kind != LIN_READ && ops[i].return_us != LIN_OPEN;
    if (change && ops[i].call_us > last.call_us) last = ops[i];
  }
  assert_true(last.value > 0);
  ops[*count] = (struct lin_op)READ(100000, 100001, model == LIN_REGISTER ? 0 : last.value - 1);
  ops[*count].id = 77;
  (*count)++;
}

static void good_servers(enum lin_model model, uint64_t seed) {
  struct hr_prng prng;
  hr_prng_seed(&prng, seed);
  for (int round = 0; round < 100; round++) {
    struct lin_op ops[LARGE + 1];
    size_t count = run_server(&prng, model, ops);
    judge(model, ops, count, LIN_YES);
    spoil(model, ops, &count);
    judge(model, ops, count, LIN_NO);
    size_t left = lin_minimise(model, ops, count), said = 0;
    bool named = false;
    judge(model, ops, left, LIN_NO);
    for (size_t i = 0; i < left; i++) {
      bool open = ops[i].return_us == LIN_OPEN;
      said += !open;
      named = named || (ops[i].id == 77 && !open);
    }
    assert_true(named);
    assert_int_equal(said, 2); /* the change that is not seen, and the read that does not see it */
  }
}

static void good_registers(void **state) {
  (void)state;
  good_servers(LIN_REGISTER, 3);
}

static void good_counters(void **state) {
  (void)state;
  good_servers(LIN_COUNTER, 4);
}

/* What is left is a violation, and without any one of its reads or clusters it is none. */
static void nothing_more_can_go(void **state) {
  (void)state;
  struct hr_prng prng;
  hr_prng_seed(&prng, 5);
  int failing = 0;
  for (int round = 0; round < 5000; round++) {
    struct lin_op ops[SMALL];
    size_t count = (size_t)make_history(&prng, LIN_REGISTER, ops);
    if (lin_order(LIN_REGISTER, ops, count) != LIN_NO) continue;
    failing++;
    size_t left = lin_minimise(LIN_REGISTER, ops, count);
    judge(LIN_REGISTER, ops, left, LIN_NO);
    for (size_t i = 0; i < left; i++) {
      struct lin_op less[SMALL];
      size_t used = 0;
      for (size_t k = 0; k < left; k++) {
        bool with = k == i || (ops[i].kind == LIN_WRITE && ops[k].value == ops[i].value);
        if (!with) less[used++] = ops[k];
      }
      judge(LIN_REGISTER, less, used, LIN_YES);
    }
  }
  assert_in_range(failing, 500, 4500);
}

static void minimise_leaves_good_ones_alone(void **state) {
  (void)state;
  struct lin_op ops[] = {WROTE(1, 2, 7), READ(5, 6, 7)};
  assert_int_equal(lin_minimise(LIN_REGISTER, ops, SIZE(ops)), SIZE(ops));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_linearizable),
      cmocka_unit_test(one_after_the_other),
      cmocka_unit_test(a_stale_read),
      cmocka_unit_test(reads_that_go_back),
      cmocka_unit_test(a_lost_update),
      cmocka_unit_test(what_may_have_run),
      cmocka_unit_test(a_value_from_nowhere),
      cmocka_unit_test(touching_is_overlapping),
      cmocka_unit_test(an_open_read_says_nothing),
      cmocka_unit_test(limits_are_told),
      cmocka_unit_test(random_registers),
      cmocka_unit_test(random_counters),
      cmocka_unit_test(good_registers),
      cmocka_unit_test(good_counters),
      cmocka_unit_test(nothing_more_can_go),
      cmocka_unit_test(minimise_leaves_good_ones_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
