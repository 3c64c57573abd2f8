/*
 * Where the keys of a command are among its words.
 */
#include <assert.h>

#include "proto/command_internal.h"

/* What was found so far: the first `capacity` places are written, all are counted. */
struct hr_command_finder {
  int *places;
  int capacity;
  int count;
};

static void hr_command_found(struct hr_command_finder *finder, int place) {
  assert(place > 0);
  if (finder->count < finder->capacity) {
    finder->places[finder->count] = place;
  }
  finder->count++;
}

/* How many words an option takes with it; what is not listed takes none. */
struct hr_command_option {
  const char *word;
  int takes;
};

static int hr_command_takes(const struct hr_command_option *options, struct hr_slice word) {
  assert(options != NULL);
  for (; options->word != NULL; options++) {
    if (hr_slice_is_nocase(word, options->word)) {
      return options->takes;
    }
  }
  return 0;
}

int hr_command_streams(const struct hr_command_words *words, int *block) {
  static const struct hr_command_option options[] = {
      {"BLOCK", 1}, {"COUNT", 1}, {"GROUP", 2}, {NULL, 0}};
  assert(words != NULL && block != NULL);
  *block = 0;
  for (int i = 1; i < words->count; i++) {
    struct hr_slice word = hr_command_word(words, i);
    if (hr_slice_is_nocase(word, "STREAMS")) {
      return i;
    }
    *block = hr_slice_is_nocase(word, "BLOCK") ? i : *block;
    i += hr_command_takes(options, word);
  }
  return 0;
}

/* STREAMS key ... id ...: as many keys as ids. */
static bool hr_command_find_streams(const struct hr_command_words *words,
                                    struct hr_command_finder *finder) {
  assert(finder != NULL);
  int block;
  int streams = hr_command_streams(words, &block);
  int rest = words->count - streams - 1;
  if (streams == 0 || rest == 0 || rest % 2 != 0) {
    return false;
  }
  for (int i = 1; i <= rest / 2; i++) {
    hr_command_found(finder, streams + i);
  }
  return true;
}

/* ... numkeys key key ... */
static bool hr_command_find_counted(const struct hr_command_words *words, int at,
                                    struct hr_command_finder *finder) {
  assert(at > 0 && finder != NULL);
  uint64_t count;
  if (at >= words->count || !hr_slice_uint(hr_command_word(words, at), INT32_MAX, &count)) {
    return false;
  }
  if (count > (uint64_t)(words->count - at - 1)) {
    return false;
  }
  for (int i = 1; i <= (int)count; i++) {
    hr_command_found(finder, at + i);
  }
  return true;
}

/* The key behind STORE, which is an option: it stands behind the words that must be there. Of
 * several the last one counts. */
static bool hr_command_find_store(const struct hr_command *command,
                                  const struct hr_command_words *words,
                                  struct hr_command_finder *finder) {
  static const struct hr_command_option of_sort[] = {
      {"BY", 1}, {"GET", 1}, {"LIMIT", 2}, {NULL, 0}};
  static const struct hr_command_option of_geo[] = {{"COUNT", 1}, {NULL, 0}};
  assert(command->arity < 0 && finder != NULL);
  bool geo = command->rule == HR_KEYS_GEO;
  int store = 0;
  for (int i = -command->arity; i < words->count; i++) {
    struct hr_slice word = hr_command_word(words, i);
    if (hr_slice_is_nocase(word, "STORE") || (geo && hr_slice_is_nocase(word, "STOREDIST"))) {
      store = ++i;
      continue;
    }
    i += hr_command_takes(geo ? of_geo : of_sort, word);
  }
  if (store >= words->count) {
    return false;
  }
  if (store > 0) {
    hr_command_found(finder, store);
  }
  return true;
}

/* MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH x] [AUTH2 x y] [KEYS key ...] */
static bool hr_command_find_migrate(const struct hr_command_words *words,
                                    struct hr_command_finder *finder) {
  static const struct hr_command_option options[] = {{"AUTH", 1}, {"AUTH2", 2}, {NULL, 0}};
  assert(words->count >= 6 && finder != NULL);
  if (hr_command_word(words, 3).len > 0) {
    hr_command_found(finder, 3);
    return true;
  }
  int i = 6;
  while (i < words->count && !hr_slice_is_nocase(hr_command_word(words, i), "KEYS")) {
    i += 1 + hr_command_takes(options, hr_command_word(words, i));
  }
  for (i++; i < words->count; i++) {
    hr_command_found(finder, i);
  }
  return finder->count > 0;
}

static bool hr_command_find_fixed(const struct hr_command *command, int count,
                                  struct hr_command_finder *finder) {
  assert(command->first == 0 || command->step > 0);
  int last = command->last < 0 ? count + command->last : command->last;
  if (command->first == 0) {
    return true;
  }
  for (int i = command->first; i <= last && i < count; i += command->step) {
    hr_command_found(finder, i);
  }
  return last < count;
}

static bool hr_command_find_ruled(const struct hr_command *command,
                                  const struct hr_command_words *words,
                                  struct hr_command_finder *finder) {
  assert(command != NULL && words != NULL);
  switch ((enum hr_command_rule)command->rule) {
    case HR_KEYS_FIXED:
      return (command->flags & HR_COMMAND_MOVABLE) == 0; /* the server alone knows the rest */
    case HR_KEYS_NUM1:
      return hr_command_find_counted(words, 1, finder);
    case HR_KEYS_NUM2:
      return hr_command_find_counted(words, 2, finder);
    case HR_KEYS_STREAMS:
      return hr_command_find_streams(words, finder);
    case HR_KEYS_SORT:
    case HR_KEYS_GEO:
      return hr_command_find_store(command, words, finder);
    case HR_KEYS_MIGRATE:
      return hr_command_find_migrate(words, finder);
  }
  return false;
}

int hr_command_keys(const struct hr_command_table *table, int argc, const char *const *argv,
                    const size_t *argvlen, int *places, int capacity) {
  assert(table != NULL && argc >= 1 && argv != NULL && (places != NULL || capacity == 0));
  struct hr_command_words words = {argc, argv, argvlen};
  struct hr_command_finder finder = {places, capacity, 0};
  const struct hr_command *command = hr_command_resolve(table, &words);
  if (command == NULL) {
    return -1;
  }
  if (command->arity < 0 ? argc < -command->arity : argc != command->arity) {
    return -1;
  }
  bool fixed = command->rule != HR_KEYS_MIGRATE;
  if (fixed && !hr_command_find_fixed(command, argc, &finder)) {
    return -1;
  }
  return hr_command_find_ruled(command, &words, &finder) ? finder.count : -1;
}
