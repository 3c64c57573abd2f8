/*
 * What somebody meant who typed something else: the name that takes the fewest letters to change.
 */
#include "cli.h"

#include <string.h>
#include <strings.h>

#define WORD_MAX 24
#define CHANGES_MAX 2 /* more is another word */

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Letters to add, take away or exchange (Levenshtein's distance). */
static size_t changes(const char *a, const char *b) {
  size_t row[WORD_MAX + 1], b_len = strlen(b);
  for (size_t j = 0; j <= b_len; j++) row[j] = j;
  for (size_t i = 0; a[i] != '\0'; i++) {
    size_t corner = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b_len; j++) {
      size_t above = row[j + 1];
      bool same = strncasecmp(&a[i], &b[j], 1) == 0;
      row[j + 1] = least(corner + !same, least(above, row[j]) + 1);
      corner = above;
    }
  }
  return row[b_len];
}

const char *cli_nearest(const char *word, size_t count, const char *(*name)(size_t index)) {
  const char *nearest = NULL;
  size_t length = strlen(word), best = CHANGES_MAX + 1;
  if (length < 2 || length > WORD_MAX) return NULL;
  for (size_t i = 0; i < count; i++) {
    const char *one = name(i);
    if (strlen(one) < 3 || strlen(one) > WORD_MAX) continue;
    bool begun = length >= 3 && strncasecmp(one, word, length) == 0;
    size_t distance = begun ? 1 : changes(word, one);
    if (distance < best) {
      best = distance;
      nearest = one;
    }
  }
  return nearest;
}
