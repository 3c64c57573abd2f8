/*
 * The seeded generator, the hash and the order of epochs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/prng.h"

static void same_seed_same_numbers(void **state) {
  (void)state;
  struct hr_prng a, b, c;
  hr_prng_seed(&a, 42);
  hr_prng_seed(&b, 42);
  hr_prng_seed(&c, 43);
  int differ = 0;
  for (int i = 0; i < 100; i++) {
    uint64_t drawn = hr_prng_next(&a);
    assert_true(drawn == hr_prng_next(&b));
    differ += drawn != hr_prng_next(&c);
  }
  assert_int_equal(differ, 100);
}

/* The published test: xoshiro256** on a state of 1, 2, 3, 4. */
static void numbers_are_those_of_the_algorithm(void **state) {
  (void)state;
  struct hr_prng prng = {{1, 2, 3, 4}};
  assert_true(hr_prng_next(&prng) == UINT64_C(11520));
  assert_true(hr_prng_next(&prng) == UINT64_C(0));
  assert_true(hr_prng_next(&prng) == UINT64_C(1509978240));
  assert_true(hr_prng_next(&prng) == UINT64_C(1215971899390074240));
}

static void seed_zero_works(void **state) {
  (void)state;
  struct hr_prng prng;
  hr_prng_seed(&prng, 0);
  /* splitmix64 of 0, as published */
  assert_true(prng.state[0] == UINT64_C(0xe220a8397b1dcdaf));
  assert_true(prng.state[1] == UINT64_C(0x6e789e6aa1b965f4));
  assert_true(hr_prng_next(&prng) != hr_prng_next(&prng));
}

static void below_stays_below_and_reaches_all(void **state) {
  (void)state;
  struct hr_prng prng;
  hr_prng_seed(&prng, 7);
  int seen[10] = {0};
  for (int i = 0; i < 10000; i++) {
    uint64_t drawn = hr_prng_below(&prng, 10);
    assert_true(drawn < 10);
    seen[drawn]++;
  }
  for (int i = 0; i < 10; i++) {
    assert_in_range(seen[i], 850, 1150);
  }
  assert_true(hr_prng_below(&prng, 1) == 0);
  for (int i = 0; i < 100; i++) {
    assert_true(hr_prng_below(&prng, UINT64_MAX) < UINT64_MAX);
  }
}

/* Of three quarters of 2^64 a plain remainder would prefer the first third two to one. */
static void below_is_even_for_huge_bounds(void **state) {
  (void)state;
  struct hr_prng prng;
  hr_prng_seed(&prng, 8);
  const uint64_t bound = UINT64_C(3) << 62;
  int low = 0;
  for (int i = 0; i < 3000; i++) {
    low += hr_prng_below(&prng, bound) < bound / 3;
  }
  assert_in_range(low, 900, 1100);
}

static void nonce_is_eight_letters_and_digits(void **state) {
  (void)state;
  struct hr_prng prng;
  hr_prng_seed(&prng, 10);
  char last[HR_NONCE_MAX] = "";
  for (int i = 0; i < 1000; i++) {
    char nonce[HR_NONCE_MAX];
    memset(nonce, '?', sizeof nonce);
    hr_prng_nonce(&prng, nonce);
    assert_int_equal(strlen(nonce), 8);
    assert_int_equal(strspn(nonce,
                            "0123456789abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                     8);
    assert_string_not_equal(nonce, last);
    memcpy(last, nonce, sizeof last);
  }
}

/* Clients of different versions compare these: a changed constant must not go unnoticed. */
static void hash_never_changes(void **state) {
  (void)state;
  assert_true(hr_hash("", 0) == UINT64_C(0x873e6848283318eb));
  assert_true(hr_hash("a:1,b:2,c:3", 11) == UINT64_C(0x09917d73c22261eb));
}

static void hash_sees_every_byte_and_the_length(void **state) {
  (void)state;
  char text[40];
  memset(text, 'x', sizeof text);
  for (size_t len = 1; len <= sizeof text; len++) {
    uint64_t whole = hr_hash(text, len);
    assert_true(whole != hr_hash(text, len - 1));
    for (size_t i = 0; i < len; i++) {
      text[i] = 'y';
      assert_true(hr_hash(text, len) != whole);
      text[i] = 'x';
    }
  }
  assert_true(hr_hash("\0", 1) != hr_hash("", 0));
  assert_true(hr_hash("a\0", 2) != hr_hash("a", 1));
}

static void lower_word_changes_capitals_alone(void **state) {
  (void)state;
  for (unsigned c = 0; c < 256; c++) {
    unsigned expected = c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      uint64_t others = UINT64_C(0xffffffffffffffff) & ~(UINT64_C(0xff) << shift);
      assert_true(hr_lower_word((uint64_t)c << shift) == (uint64_t)expected << shift);
      assert_true(hr_lower_word((uint64_t)c << shift | others) ==
                  ((uint64_t)expected << shift | others));
    }
  }
}

static void load_some_is_first_byte_lowest(void **state) {
  (void)state;
  static const unsigned char bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
  uint64_t expected = 0;
  for (size_t len = 0; len <= 8; len++) {
    assert_true(hr_load_some(bytes, len) == expected);
    expected |= (uint64_t)(len + 1) << (8 * len % 64);
  }
}

static void epochs_compare_by_number_then_nonce(void **state) {
  (void)state;
  struct hr_epoch none = {0, ""}, junk = {0, "zzz"};
  struct hr_epoch two_a = {2, "aaaaaaaa"}, two_b = {2, "aaaaaaab"}, ten = {10, "AAAAAAAA"};
  assert_int_equal(hr_epoch_compare(&none, &junk), 0);
  assert_true(hr_epoch_compare(&none, &two_a) < 0);
  assert_true(hr_epoch_compare(&two_a, &two_b) < 0);
  assert_true(hr_epoch_compare(&two_b, &two_a) > 0);
  assert_int_equal(hr_epoch_compare(&two_a, &two_a), 0);
  assert_true(hr_epoch_compare(&two_b, &ten) < 0); /* as numbers, not as text */
  assert_true(hr_epoch_compare(&ten, &two_b) > 0);
  struct hr_epoch huge = {UINT64_MAX, "a"};
  assert_true(hr_epoch_compare(&huge, &none) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_seed_same_numbers),
      cmocka_unit_test(numbers_are_those_of_the_algorithm),
      cmocka_unit_test(seed_zero_works),
      cmocka_unit_test(below_stays_below_and_reaches_all),
      cmocka_unit_test(below_is_even_for_huge_bounds),
      cmocka_unit_test(nonce_is_eight_letters_and_digits),
      cmocka_unit_test(hash_never_changes),
      cmocka_unit_test(hash_sees_every_byte_and_the_length),
      cmocka_unit_test(lower_word_changes_capitals_alone),
      cmocka_unit_test(load_some_is_first_byte_lowest),
      cmocka_unit_test(epochs_compare_by_number_then_nonce),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
