/*
 * A server's COMMAND reply and a user's commands, line by line. "+" tells the table of a command,
 * "+name arity flags first last step", every other line is a command cut at blanks. Exactly one of
 * read and write is known of it, and its keys are places among its words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/command.h"
#include "must.h"

#define WORDS_MAX 64

struct words {
  int count;
  const char *at[WORDS_MAX];
  size_t lens[WORDS_MAX];
};

static void cut(const char *line, size_t len, struct words *words) {
  words->count = 0;
  while (words->count < WORDS_MAX) {
    const char *blank = len > 0 ? memchr(line, ' ', len) : NULL;
    size_t word = blank != NULL ? (size_t)(blank - line) : len;
    words->at[words->count] = line;
    words->lens[words->count++] = word;
    if (blank == NULL) {
      return;
    }
    line += word + 1;
    len -= word + 1;
  }
}

static int64_t number(const struct words *words, int i) {
  char text[24] = "";
  if (i < words->count && words->lens[i] < sizeof text) {
    memcpy(text, words->at[i], words->lens[i]);
  }
  return strtoll(text, NULL, 10);
}

static void tell(struct hr_command_table *table, const struct words *words) {
  struct hr_command_line line = {
      words->at[0],     words->lens[0],   number(words, 1), (uint32_t)number(words, 2),
      number(words, 3), number(words, 4), number(words, 5)};
  hr_command_table_add(table, &line);
}

static void ask(const struct hr_command_table *table, const struct words *words) {
  int places[WORDS_MAX];
  uint32_t flags = hr_command_flags(table, words->count, words->at, words->lens);
  uint32_t kind = flags & (HR_COMMAND_READ | HR_COMMAND_WRITE);
  MUST(kind == HR_COMMAND_READ || kind == HR_COMMAND_WRITE);
  int keys = hr_command_keys(table, words->count, words->at, words->lens, places, WORDS_MAX);
  MUST(keys >= -1 && keys <= 2 * words->count);
  for (int i = 0; i < keys && i < WORDS_MAX; i++) {
    MUST(places[i] > 0 && places[i] < words->count);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hr_command_table *table = hr_command_table_new();
  const char *text = (const char *)data;
  struct words words;
  MUST(table != NULL);
  while (size > 0) {
    const char *end = memchr(text, '\n', size);
    size_t len = end != NULL ? (size_t)(end - text) : size;
    if (len > 0 && text[0] == '+') {
      cut(text + 1, len - 1, &words);
      tell(table, &words);
    } else {
      cut(text, len, &words);
      ask(table, &words);
    }
    text += end != NULL ? len + 1 : len;
    size -= end != NULL ? len + 1 : len;
  }
  hr_command_table_free(table);
  return 0;
}
