/*
 * A line that a person typed, cut into words by redis-cli's rules: blanks part them; "..." knows
 * \n \r \t \a \b \\ \" and \xHH; '...' knows only \'; behind a closing quote a blank must follow.
 */
#include "repl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char escaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'a': return '\a';
    case 'b': return '\b';
    default: return c;
  }
}

/* One byte inside "...", to *out. How many bytes of the line it took; 0: the quote has closed. */
static size_t in_double(const char *at, char *out) {
  if (*at == '"') return 0;
  if (*at != '\\' || at[1] == '\0') {
    *out = *at;
    return 1;
  }
  if (at[1] == 'x' && hex_digit(at[2]) >= 0 && hex_digit(at[3]) >= 0) {
    *out = (char)(hex_digit(at[2]) * 16 + hex_digit(at[3]));
    return 4;
  }
  *out = escaped(at[1]);
  return 2;
}

static size_t in_single(const char *at, char *out) {
  if (*at == '\'') return 0;
  bool quote = *at == '\\' && at[1] == '\'';
  *out = quote ? '\'' : *at;
  return quote ? 2 : 1;
}

/* The word at *line, written to `to`; *line is behind it then. -1: quotes that do not close. */
static long one_word(const char **line, char *to) {
  const char *at = *line;
  long length = 0;
  while (*at != '\0' && !isspace((unsigned char)*at)) {
    char quote = *at;
    if (quote != '"' && quote != '\'') {
      to[length++] = *at++;
      continue;
    }
    at++;
    for (;;) {
      if (*at == '\0') return -1;
      size_t took = quote == '"' ? in_double(at, &to[length]) : in_single(at, &to[length]);
      if (took == 0) break;
      length++;
      at += took;
    }
    at++;
    if (*at != '\0' && !isspace((unsigned char)*at)) return -1;
  }
  to[length] = '\0';
  *line = at;
  return length;
}

bool cli_words_split(const char *line, struct cli_words *words) {
  size_t length = strlen(line);
  memset(words, 0, sizeof(*words));
  words->text = malloc(length + 2); /* quotes and blanks make room for every terminator */
  words->argv = calloc(length / 2 + 2, sizeof(*words->argv));
  words->lens = calloc(length / 2 + 2, sizeof(*words->lens));
  if (words->text == NULL || words->argv == NULL || words->lens == NULL) {
    cli_words_free(words);
    return false;
  }
  char *to = words->text;
  for (;;) {
    while (isspace((unsigned char)*line)) line++;
    if (*line == '\0') return true;
    long size = one_word(&line, to);
    if (size < 0) {
      cli_words_free(words);
      return false;
    }
    words->argv[words->argc] = to;
    words->lens[words->argc++] = (size_t)size;
    to += size + 1;
  }
}

void cli_words_free(struct cli_words *words) {
  free(words->text);
  free(words->argv);
  free(words->lens);
  memset(words, 0, sizeof(*words));
}
