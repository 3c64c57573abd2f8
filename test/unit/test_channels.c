/* The table of channels: found by kind and name, walked while it changes, small. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/prng.h"
#include "pubsub/channels.h"

struct user {
  struct hr_handle handle;
  void *what[3]; /* as large as what a client holds */
};

static struct hr_channels channels;

static int setup(void **state) {
  (void)state;
  hr_channels_init(&channels);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  hr_channels_clear(&channels);
  assert_int_equal(channels.count, 0);
  return 0;
}

static struct hr_handle *add_kind(enum hr_channel_kind kind, const char *name, bool *fresh) {
  struct user *user = hr_calloc(1, sizeof *user);
  assert_non_null(user);
  assert_int_equal(hr_channels_add(&channels, kind, name, strlen(name), &user->handle, fresh), 0);
  return &user->handle;
}

static struct hr_handle *add(const char *name) {
  bool fresh;
  return add_kind(HR_KIND_CHANNEL, name, &fresh);
}

static struct hr_channel *find(const char *name) {
  return hr_channels_find(&channels, HR_KIND_CHANNEL, name, strlen(name));
}

/* Memory that was given back may come again under the same address: a number does not. */
static void test_every_table_has_its_number(void **state) {
  struct hr_handle *handles[200];
  uint32_t table = 0;
  size_t mask = 0;
  char name[16];
  (void)state;
  assert_int_equal(channels.table, 0);
  for (int i = 0; i < 400; i++) {
    if (i < 200) {
      snprintf(name, sizeof name, "%d", i);
      handles[i] = add(name);
    } else {
      struct hr_channel *channel = handles[i - 200]->channel;
      assert_true(hr_channels_remove(&channels, handles[i - 200]));
      hr_channels_drop(&channels, channel);
    }
    assert_int_equal(channels.table, table + (channels.mask != mask));
    table = channels.table;
    mask = channels.mask;
  }
  assert_in_range(table, 5, 10);
}

static void test_found_by_kind_and_name(void **state) {
  (void)state;
  bool fresh;
  assert_null(find("news"));
  struct hr_handle *one = add_kind(HR_KIND_CHANNEL, "news", &fresh);
  assert_true(fresh);
  struct hr_handle *two = add_kind(HR_KIND_CHANNEL, "news", &fresh);
  assert_false(fresh);
  struct hr_handle *other = add_kind(HR_KIND_PATTERN, "news", &fresh);
  assert_true(fresh);
  assert_ptr_equal(one->channel, two->channel);
  assert_ptr_not_equal(one->channel, other->channel);
  assert_ptr_equal(find("news"), one->channel);
  assert_null(find("new"));
  assert_null(find("newsx"));
  assert_null(hr_channels_find(&channels, HR_KIND_SHARD, "news", 4));
  assert_string_equal(one->channel->name, "news");
  assert_int_equal(one->channel->kind, HR_KIND_CHANNEL);
  assert_int_equal(channels.count, 2);
  assert_int_equal(channels.kinds[HR_KIND_PATTERN], 1);
}

static void test_names_are_bytes(void **state) {
  (void)state;
  bool fresh;
  struct user *user = hr_calloc(1, sizeof *user);
  assert_int_equal(hr_channels_add(&channels, HR_KIND_CHANNEL, "a\0b", 3, &user->handle, &fresh),
                   0);
  assert_null(find("a"));
  assert_non_null(hr_channels_find(&channels, HR_KIND_CHANNEL, "a\0b", 3));
  add("");
  assert_non_null(hr_channels_find(&channels, HR_KIND_CHANNEL, "", 0));
}

static void test_the_last_handle_takes_it_away(void **state) {
  (void)state;
  struct hr_handle *one = add("news"), *two = add("news");
  assert_false(hr_channels_remove(&channels, one));
  struct hr_channel *channel = find("news");
  assert_true(hr_channels_remove(&channels, two));
  assert_ptr_equal(find("news"), channel); /* its name is still needed */
  struct hr_handle *again = add("news");
  assert_ptr_equal(again->channel, channel);
  assert_true(hr_channels_remove(&channels, again));
  hr_channels_drop(&channels, channel);
  assert_null(find("news"));
  assert_int_equal(channels.count, 0);
  assert_int_equal(channels.kinds[HR_KIND_CHANNEL], 0);
}

static void test_a_walk_sees_what_was_there(void **state) {
  (void)state;
  struct hr_handle *handles[5];
  for (int i = 0; i < 4; i++) handles[i] = add("news");
  struct hr_channel_walk walk;
  hr_channel_walk_begin(&walk, find("news"));
  assert_ptr_equal(hr_channel_walk_next(&walk), handles[0]);
  hr_channels_remove(&channels, handles[0]); /* the one that is called */
  hr_channels_remove(&channels, handles[2]); /* one that is still to come */
  handles[4] = add("news");
  assert_ptr_equal(hr_channel_walk_next(&walk), handles[1]);
  assert_ptr_equal(hr_channel_walk_next(&walk), handles[3]);
  assert_null(hr_channel_walk_next(&walk)); /* not the new one */
  hr_channel_walk_end(&walk);
  hr_channel_walk_begin(&walk, find("news"));
  assert_ptr_equal(hr_channel_walk_next(&walk), handles[1]);
  assert_ptr_equal(hr_channel_walk_next(&walk), handles[3]);
  assert_ptr_equal(hr_channel_walk_next(&walk), handles[4]);
  hr_channel_walk_end(&walk);
}

static void test_dropped_during_walks(void **state) {
  (void)state;
  struct hr_handle *one = add("news"), *two = add("news");
  struct hr_channel *channel = find("news");
  struct hr_channel_walk outer, inner;
  hr_channel_walk_begin(&outer, channel);
  assert_ptr_equal(hr_channel_walk_next(&outer), one);
  hr_channel_walk_begin(&inner, channel); /* a handler that turns the loop */
  assert_ptr_equal(hr_channel_walk_next(&inner), one);
  assert_false(hr_channels_remove(&channels, one));
  assert_true(hr_channels_remove(&channels, two));
  hr_channels_drop(&channels, channel);
  assert_null(find("news"));
  struct hr_handle *again = add("news"); /* another channel of that name */
  assert_ptr_not_equal(again->channel, channel);
  assert_null(hr_channel_walk_next(&inner));
  hr_channel_walk_end(&inner);
  assert_string_equal(channel->name, "news"); /* the message may still be looked at */
  assert_null(hr_channel_walk_next(&outer));
  hr_channel_walk_end(&outer);
  assert_ptr_equal(find("news"), again->channel);
}

static void test_a_walk_without_handles(void **state) {
  (void)state;
  struct hr_handle *one = add("news");
  struct hr_channel *channel = one->channel;
  assert_true(hr_channels_remove(&channels, one));
  struct hr_channel_walk walk;
  hr_channel_walk_begin(&walk, channel);
  hr_channels_drop(&channels, channel);
  assert_null(hr_channel_walk_next(&walk));
  hr_channel_walk_end(&walk); /* frees it: the leak check of the sanitizer is the assertion */
  assert_int_equal(channels.count, 0);
}

/* A random history beside a plain array. */
static void test_many(void **state) {
  (void)state;
  enum { NAMES = 3000, STEPS = 60000 };
  static struct hr_handle *held[NAMES];
  memset(held, 0, sizeof held);
  struct hr_prng prng;
  hr_prng_seed(&prng, 7);
  size_t count = 0;
  for (int step = 0; step < STEPS; step++) {
    /* Fills up, then empties: growing, closing up and shrinking. */
    size_t i = (size_t)hr_prng_below(&prng, NAMES);
    bool fill = hr_prng_below(&prng, 10) < (step < STEPS / 2 ? 8 : 2);
    char name[32];
    snprintf(name, sizeof name, "channel:%zu", i);
    if (fill && held[i] == NULL) {
      held[i] = add(name);
      count++;
    } else if (!fill && held[i] != NULL) {
      struct hr_channel *channel = held[i]->channel;
      assert_true(hr_channels_remove(&channels, held[i]));
      hr_channels_drop(&channels, channel);
      held[i] = NULL;
      count--;
    }
    struct hr_channel *found = find(name);
    assert_ptr_equal(found, held[i] == NULL ? NULL : held[i]->channel);
    assert_int_equal(channels.count, count);
  }
  size_t seen = 0, place = 0;
  while (hr_channels_each(&channels, &place) != NULL) seen++;
  assert_int_equal(seen, count);
  for (size_t i = 0; i < NAMES; i++) {
    char name[32];
    snprintf(name, sizeof name, "channel:%zu", i);
    assert_ptr_equal(find(name), held[i] == NULL ? NULL : held[i]->channel);
  }
  assert_true(channels.mask + 1 <= 16 * (count + 1)); /* it has shrunk with what it holds */
}

static int refuse_all(void *state, size_t size) {
  (void)size;
  int *left = state;
  return (*left)-- > 0;
}

static void test_out_of_memory_changes_nothing(void **state) {
  (void)state;
  struct user *user = hr_calloc(1, sizeof *user);
  for (int left = 0; left < 2; left++) {
    int allowed = left;
    bool fresh;
    hr_alloc_set_hook(refuse_all, &allowed);
    assert_int_equal(hr_channels_add(&channels, HR_KIND_CHANNEL, "news", 4, &user->handle, &fresh),
                     -1);
    hr_alloc_set_hook(NULL, NULL);
    assert_int_equal(channels.count, 0);
    assert_null(find("news"));
  }
  hr_free(user);
}

#define ALLOC_HEADER 8 /* of malloc, in front of what is usable of every block */

/* At most 160 bytes beside the name, whatever the table's fill is. */
static void test_memory_per_channel(void **state) {
  (void)state;
  size_t blocks = 0, names = 0, worst = 0;
  for (size_t i = 0; i < 100000; i++) {
    char name[32];
    names += (size_t)snprintf(name, sizeof name, "channel:%zu", i);
    struct hr_handle *handle = add(name);
    blocks += malloc_usable_size(handle->channel) + malloc_usable_size(handle) + 2 * ALLOC_HEADER;
    if (i < 1000) continue; /* the table's first sizes are not worth a word */
    size_t all = blocks + malloc_usable_size(channels.slots) + ALLOC_HEADER - names;
    if (all / (i + 1) > worst) worst = all / (i + 1);
  }
  print_message("%zu bytes a channel at worst, beside the name\n", worst);
  assert_true(worst <= 160);
}

/* A hint: whatever is named, nothing changes, and an empty table bears it. */
static void test_looking_ahead(void **state) {
  (void)state;
  uint32_t hashes[HR_CHANNELS_AHEAD_MAX];
  for (uint32_t i = 0; i < HR_CHANNELS_AHEAD_MAX; i++) hashes[i] = i * 0x9e3779b9u;
  hr_channels_ahead(&channels, hashes, HR_CHANNELS_AHEAD_MAX);
  struct hr_handle *handle = add("a");
  hashes[0] = hr_channels_hash(HR_KIND_CHANNEL, "a", 1);
  hr_channels_ahead(&channels, hashes, HR_CHANNELS_AHEAD_MAX);
  hr_channels_ahead(&channels, hashes, 0);
  assert_ptr_equal(hr_channels_find(&channels, HR_KIND_CHANNEL, "a", 1), handle->channel);
  assert_int_equal(channels.count, 1);
}

/* Names of every length count up somewhere: in front, in the middle, at their end. */
static void test_hashes_spread(void **state) {
  (void)state;
  enum { BUCKETS = 4096 };
  static const char *const names[] = {"%d", "%06d", "n%05d", "news.%05d", "%05d.news", "u:%d:inbox",
                                      "user:%08d:inbox", "a long name and %d behind it"};
  for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
    unsigned hits[BUCKETS] = {0}, most = 0;
    for (int i = 0; i < BUCKETS * 4; i++) {
      char name[48];
      int len = snprintf(name, sizeof name, names[k], i);
      unsigned *hit = &hits[hr_channels_hash(HR_KIND_CHANNEL, name, (size_t)len) % BUCKETS];
      if (++*hit > most) most = *hit;
    }
    assert_true(most <= 20); /* four each on average */
  }
  uint32_t hash = hr_channels_hash(HR_KIND_CHANNEL, "a", 1);
  assert_true(hash != hr_channels_hash(HR_KIND_PATTERN, "a", 1));
}

/* Every length, every byte: what differs is not the same, and hashes to something else. */
static void test_names_are_told_apart(void **state) {
  (void)state;
  for (size_t len = 0; len <= 40; len++) {
    char one[41] = "", other[41] = "";
    for (size_t i = 0; i < len; i++) one[i] = other[i] = (char)('a' + i % 26);
    char *exact = malloc(len > 0 ? len : 1); /* not a byte too many: a sanitizer sees it */
    memcpy(exact, one, len);
    assert_true(hr_same_name(one, exact, len));
    assert_true(hr_hash_name(one, len) == hr_hash_name(exact, len));
    assert_true(hr_hash_name(one, len) != hr_hash_name(one, len == 0 ? 1 : len - 1));
    for (size_t i = 0; i < len; i++) {
      other[i] ^= 1;
      assert_false(hr_same_name(one, other, len));
      assert_true(hr_hash_name(one, len) != hr_hash_name(other, len));
      other[i] ^= 1;
    }
    free(exact);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(every_table_has_its_number),
      TEST(found_by_kind_and_name),
      TEST(names_are_bytes),
      TEST(the_last_handle_takes_it_away),
      TEST(a_walk_sees_what_was_there),
      TEST(dropped_during_walks),
      TEST(a_walk_without_handles),
      TEST(many),
      TEST(out_of_memory_changes_nothing),
      TEST(memory_per_channel),
      TEST(hashes_spread),
      TEST(names_are_told_apart),
      TEST(looking_ahead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
