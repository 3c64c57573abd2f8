/* Lines in memory; nothing about what they say. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *line) {
  size_t size = strlen(line) + 1;
  char *copy = malloc(size);
  if (copy == NULL) abort();
  memcpy(copy, line, size);
  return copy;
}

void script_add(struct script *script, const char *line) {
  if (script->count == script->capacity) {
    script->capacity = script->capacity == 0 ? 64 : 2 * script->capacity;
    script->lines = realloc(script->lines, script->capacity * sizeof *script->lines);
    if (script->lines == NULL) abort();
  }
  script->lines[script->count++] = copy_of(line);
  size_t length = strlen(line);
  if (script->mirror == NULL || *script->mirror_size + length + 1 > script->mirror_max) return;
  memcpy(script->mirror + *script->mirror_size, line, length);
  script->mirror[*script->mirror_size + length] = '\n';
  *script->mirror_size += length + 1;
}

void script_set(struct script *script, size_t at, const char *line) {
  char *copy = copy_of(line);
  free(script->lines[at]);
  script->lines[at] = copy;
}

void script_remove(struct script *script, size_t at, size_t count) {
  for (size_t i = at; i < at + count; i++) free(script->lines[i]);
  size_t behind = script->count - at - count;
  memmove(script->lines + at, script->lines + at + count, behind * sizeof *script->lines);
  script->count -= count;
}

void script_truncate(struct script *script, size_t count) {
  if (count < script->count) script_remove(script, count, script->count - count);
}

void script_copy(struct script *to, const struct script *from) {
  script_truncate(to, 0);
  for (size_t i = 0; i < from->count; i++) script_add(to, from->lines[i]);
}

void script_free(struct script *script) {
  script_truncate(script, 0);
  free(script->lines);
  memset(script, 0, sizeof *script);
}

void script_print(const struct script *script, FILE *file) {
  for (size_t i = 0; i < script->count; i++) fprintf(file, "%s\n", script->lines[i]);
}
