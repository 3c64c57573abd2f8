/*
 * The histogram against the values themselves, sorted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the first four */
#include <cmocka.h>

#include "base/alloc.h"
#include "base/histogram.h"
#include "base/prng.h"

#define COUNT 20000

static void buckets_leave_no_hole(void **state) {
  (void)state;
  assert_int_equal(hr_histogram_floor(0), 0);
  for (size_t i = 0; i + 1 < HR_HISTOGRAM_BUCKETS; i++) {
    uint32_t first = hr_histogram_floor(i), next = hr_histogram_floor(i + 1);
    assert_true(next > first);
    assert_true((next - first - 1) * 8 <= first); /* known to an eighth */
    assert_int_equal(hr_histogram_bucket(first), i);
    assert_int_equal(hr_histogram_bucket(next - 1), i);
  }
  assert_int_equal(hr_histogram_floor(HR_HISTOGRAM_BUCKETS - 1), HR_HISTOGRAM_END);
  assert_int_equal(hr_histogram_bucket(HR_HISTOGRAM_END), HR_HISTOGRAM_BUCKETS - 1);
  assert_int_equal(hr_histogram_bucket(UINT32_MAX), HR_HISTOGRAM_BUCKETS - 1);
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* The least value that a share q of all do not exceed. */
static uint32_t true_quantile(const uint32_t *sorted, double q) {
  size_t rank = 0;
  while ((double)(rank + 1) < q * COUNT) {
    rank++;
  }
  return sorted[rank];
}

/* Log-uniform up to 2^bits, each value `repeat` times on end. */
static void compare(struct hr_prng *prng, unsigned bits, unsigned repeat) {
  static const double shares[] = {0.0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0};
  static uint32_t values[COUNT];
  struct hr_histogram h = {0};
  struct hr_histogram_view view;
  uint64_t sum = 0;
  for (size_t i = 0; i < COUNT; i++) {
    uint32_t random = (uint32_t)(hr_prng_next(prng) >> (64 - bits)) >> hr_prng_next(prng) % bits;
    values[i] = i % repeat == 0 ? random : values[i - 1];
    sum += values[i];
    hr_histogram_add(&h, values[i]);
    assert_int_equal(hr_histogram_added(&h), i + 1);
  }
  qsort(values, COUNT, sizeof(values[0]), by_size);
  hr_histogram_look(&h, &view);
  assert_int_equal(view.count, COUNT);
  assert_int_equal(view.sum, sum);
  assert_int_equal(view.max, values[COUNT - 1]);
  for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
    uint64_t exact = true_quantile(values, shares[i]);
    uint64_t told = hr_histogram_quantile(&view, shares[i]);
    assert_true(told >= exact);
    assert_true(exact >= HR_HISTOGRAM_END || (told - exact) * 8 <= exact);
  }
  for (uint32_t power = 1; power <= HR_HISTOGRAM_END; power *= 2) {
    size_t less = 0;
    while (less < COUNT && values[less] < power) {
      less++;
    }
    assert_int_equal(hr_histogram_below(&view, power), less);
  }
  hr_histogram_clear(&h);
}

static void quantiles_are_those_of_a_sort(void **state) {
  struct hr_prng prng;
  (void)state;
  hr_prng_seed(&prng, 5);
  for (unsigned bits = 1; bits <= 32; bits++) {
    compare(&prng, bits, 1);
    compare(&prng, bits, 7);
  }
}

static void an_empty_one_knows_nothing(void **state) {
  struct hr_histogram h = {0};
  struct hr_histogram_view view;
  (void)state;
  hr_histogram_look(&h, &view);
  assert_int_equal(view.count, 0);
  assert_int_equal(hr_histogram_quantile(&view, 0.5), 0);
  assert_int_equal(hr_histogram_below(&view, HR_HISTOGRAM_END), 0);
  hr_histogram_clear(&h);
}

/* The run is what a caller may count by himself: many of the same in no time. */
static void add_many(struct hr_histogram *h, uint32_t value, uint64_t count) {
  hr_histogram_put(h, value);
  h->run += count - 1;
}

static void a_bucket_holds_more_than_32_bits(void **state) {
  struct hr_histogram h = {0};
  struct hr_histogram_view view;
  const uint64_t many = UINT64_C(3000000000);
  (void)state;
  for (int i = 0; i < 3; i++) {
    add_many(&h, 100, many);
    add_many(&h, 7, 1);
  }
  hr_histogram_look(&h, &view);
  assert_int_equal(view.count, 3 * many + 3);
  assert_int_equal(view.buckets[hr_histogram_bucket(100)], 3 * many);
  assert_int_equal(view.buckets[7], 3);
  assert_int_equal(view.sum, 300 * many + 21);
  assert_int_equal(hr_histogram_quantile(&view, 0.5), 100);
  hr_histogram_clear(&h);
}

static int allowed;
static int allow(void *state, size_t size) {
  (void)state;
  (void)size;
  return allowed-- > 0;
}

static void without_memory_only_the_count_goes_on(void **state) {
  struct hr_histogram h = {0};
  struct hr_histogram_view view;
  (void)state;
  allowed = 0;
  hr_alloc_set_hook(allow, NULL);
  hr_histogram_add(&h, 5);
  hr_histogram_add(&h, 6);
  hr_histogram_add(&h, 7);
  allowed = 1;
  hr_histogram_add(&h, 8); /* 7 has its place from here on */
  add_many(&h, 9, UINT64_C(5000000000));
  hr_histogram_add(&h, 1); /* no memory for the high half: the bucket is full */
  hr_alloc_set_hook(NULL, NULL);
  assert_int_equal(hr_histogram_added(&h), UINT64_C(5000000005));
  hr_histogram_look(&h, &view);
  assert_int_equal(view.count, UINT64_C(3) + UINT32_MAX);
  assert_int_equal(view.buckets[7], 1);
  assert_int_equal(view.buckets[9], UINT32_MAX);
  add_many(&h, 9, 2);
  hr_histogram_add(&h, 1);
  hr_histogram_look(&h, &view);
  assert_int_equal(view.buckets[9], UINT64_C(2) + UINT32_MAX);
  hr_histogram_clear(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(buckets_leave_no_hole),
      cmocka_unit_test(quantiles_are_those_of_a_sort),
      cmocka_unit_test(an_empty_one_knows_nothing),
      cmocka_unit_test(a_bucket_holds_more_than_32_bits),
      cmocka_unit_test(without_memory_only_the_count_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
