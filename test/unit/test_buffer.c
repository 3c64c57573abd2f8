/*
 * The byte FIFO against a plain model, and the allocation hook.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/prng.h"

static void what_goes_in_comes_out_in_order(void **state) {
  (void)state;
  struct hr_buffer buffer = {0};
  struct hr_prng prng;
  hr_prng_seed(&prng, 7);
  uint8_t in = 0, out = 0;
  for (int step = 0; step < 20000; step++) {
    char bytes[300];
    size_t n = hr_prng_next(&prng) % sizeof(bytes);
    for (size_t i = 0; i < n; i++) {
      bytes[i] = (char)in++;
    }
    assert_int_equal(hr_buffer_append(&buffer, bytes, n), 0);
    size_t take = hr_prng_next(&prng) % (hr_buffer_len(&buffer) + 1);
    for (size_t i = 0; i < take; i++) {
      assert_int_equal((uint8_t)hr_buffer_head(&buffer)[i], out++);
    }
    hr_buffer_consume(&buffer, take);
  }
  assert_true(buffer.capacity < 65536); /* it does not creep upward */
  hr_buffer_free(&buffer);
}

static void an_empty_buffer_starts_at_the_front_again(void **state) {
  (void)state;
  struct hr_buffer buffer = {0};
  assert_int_equal(hr_buffer_append(&buffer, "abc", 3), 0);
  hr_buffer_consume(&buffer, 2);
  assert_int_equal(buffer.head, 2);
  hr_buffer_consume(&buffer, 1);
  assert_int_equal(buffer.head, 0);
  assert_int_equal(buffer.tail, 0);
  hr_buffer_free(&buffer);
}

static void bytes_move_only_when_half_of_the_block_is_free(void **state) {
  (void)state;
  struct hr_buffer buffer = {0};
  char bytes[512] = {0};
  assert_int_equal(hr_buffer_append(&buffer, bytes, 512), 0);
  assert_int_equal(buffer.capacity, 512);
  hr_buffer_consume(&buffer, 200);
  assert_int_equal(hr_buffer_append(&buffer, bytes, 1), 0);
  assert_int_equal(buffer.capacity, 1024); /* 312 bytes moved for 200: it grew instead */
  hr_buffer_free(&buffer);
  assert_int_equal(hr_buffer_append(&buffer, bytes, 512), 0);
  hr_buffer_consume(&buffer, 300);
  assert_int_equal(hr_buffer_append(&buffer, bytes, 1), 0);
  assert_int_equal(buffer.capacity, 512);
  assert_int_equal(hr_buffer_len(&buffer), 213);
  hr_buffer_free(&buffer);
}

static int refuse(void *state, size_t size) {
  (void)size;
  int *allowed = state;
  return (*allowed)-- > 0;
}

static void out_of_memory_changes_nothing(void **state) {
  (void)state;
  struct hr_buffer buffer = {0};
  int allowed = 1;
  hr_alloc_set_hook(refuse, &allowed);
  int first = hr_buffer_append(&buffer, "hello", 5);
  char *second = hr_buffer_reserve(&buffer, 100000);
  char *third = hr_strdup("x");
  void *fourth = hr_calloc(2, SIZE_MAX / 2 + 1);
  hr_alloc_set_hook(NULL, NULL);
  assert_int_equal(first, 0);
  assert_null(second);
  assert_null(third);
  assert_null(fourth);
  assert_int_equal(hr_buffer_len(&buffer), 5);
  assert_memory_equal(hr_buffer_head(&buffer), "hello", 5);
  assert_null(hr_buffer_reserve(&buffer, SIZE_MAX / 2));
  hr_buffer_free(&buffer);
}

static void a_block_can_be_lent_and_taken_back(void **state) {
  (void)state;
  struct hr_buffer buffer = {0};
  size_t capacity = 0;
  char *block = hr_alloc(64);
  assert_non_null(block);
  hr_buffer_adopt(&buffer, block, 64);
  assert_int_equal(hr_buffer_append(&buffer, "x", 1), 0);
  assert_ptr_equal(hr_buffer_head(&buffer), block);
  assert_ptr_equal(hr_buffer_detach(&buffer, &capacity), block);
  assert_int_equal(capacity, 64);
  assert_null(hr_buffer_detach(&buffer, &capacity));
  assert_int_equal(capacity, 0);
  hr_free(block);
  assert_null(hr_strdup(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_goes_in_comes_out_in_order),
      cmocka_unit_test(an_empty_buffer_starts_at_the_front_again),
      cmocka_unit_test(bytes_move_only_when_half_of_the_block_is_free),
      cmocka_unit_test(out_of_memory_changes_nothing),
      cmocka_unit_test(a_block_can_be_lent_and_taken_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
