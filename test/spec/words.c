/*
 * words source.c... -- file.story...
 *
 * Every text that the core hands to its log or gives as a reason must occur in some transcript. A
 * text counts as told when its pieces between the conversions stand in one line, in order.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_MAX 512

static char *read_file(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return NULL;
  static const size_t capacity = 1 << 20;
  char *bytes = malloc(capacity);
  if (bytes == NULL) abort();
  bytes[fread(bytes, 1, capacity - 1, file)] = '\0';
  fclose(file);
  return bytes;
}

/* "%s had highest opcounter (%llu) of %d nodes. congrats!" against one line. */
static bool matches(const char *format, const char *line, size_t length) {
  const char *at = line, *end = line + length;
  while (*format != '\0') {
    size_t piece = strcspn(format, "%");
    if (piece > 0) {
      bool found = false;
      for (; at + piece <= end && !found; at++) found = memcmp(at, format, piece) == 0;
      if (!found) return false;
      at += piece - 1;
    }
    format += piece;
    if (*format == '\0') break;
    format++;
    format += strspn(format, "0123456789.lzh");
    if (*format != '\0') format++;
  }
  return true;
}

static bool told(const char *format, char **stories, int count) {
  for (int i = 0; i < count; i++) {
    bool transcript = false;
    for (const char *line = stories[i]; *line != '\0';) {
      size_t length = strcspn(line, "\n");
      if (length == 0) transcript = false;
      if (length == 4 && memcmp(line, "----", 4) == 0) transcript = true;
      if (transcript && matches(format, line, length)) return true;
      line += length + (line[length] == '\n');
    }
  }
  return false;
}

/* One literal, with those that the compiler joins to it; *at ends behind them. */
static void take_literal(const char **at, char *out) {
  size_t size = 0;
  for (;;) {
    for ((*at)++; **at != '"'; (*at)++) {
      if (**at == '\\') (*at)++;
      if (size < PIECE_MAX - 1) out[size++] = **at;
    }
    (*at)++;
    size_t blank = strspn(*at, " \n\t");
    if ((*at)[blank] != '"') break;
    *at += blank;
  }
  out[size] = '\0';
}

static int check_call(const char *path, const char *call, char **stories, int count) {
  int missing = 0;
  const char *end = strstr(call, ");");
  for (const char *at = call; at != NULL && at < end;) {
    at = strchr(at, '"');
    if (at == NULL || at >= end) break;
    char format[PIECE_MAX];
    take_literal(&at, format);
    if (at > end) end = strstr(at, ");");
    if (strlen(format) < 3 || told(format, stories, count)) continue;
    fprintf(stderr, "%s: in no story: %s\n", path, format);
    missing++;
  }
  return missing;
}

static int check_source(const char *path, char **stories, int count) {
  static const char *const calls[] = {"hr_emit_log(", "hr_work_abort(", "hr_orient_lose("};
  char *source = read_file(path);
  int missing = 0;
  if (source == NULL) return 1;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    for (const char *at = strstr(source, calls[i]); at != NULL; at = strstr(at + 1, calls[i])) {
      missing += check_call(path, at, stories, count);
    }
  }
  free(source);
  return missing;
}

int main(int argc, char **argv) {
  int split = 1;
  while (split < argc && strcmp(argv[split], "--") != 0) split++;
  int count = argc - split - 1;
  if (count < 1) {
    fprintf(stderr, "usage: words source.c... -- file.story...\n");
    return 2;
  }
  char **stories = calloc((size_t)count, sizeof *stories);
  if (stories == NULL) abort();
  int missing = 0;
  for (int i = 0; i < count; i++) {
    stories[i] = read_file(argv[split + 1 + i]);
    if (stories[i] == NULL) abort();
  }
  for (int i = 1; i < split; i++) missing += check_source(argv[i], stories, count);
  for (int i = 0; i < count; i++) free(stories[i]);
  free(stories);
  printf("%d messages of the core are in no story\n", missing);
  return missing > 0;
}
