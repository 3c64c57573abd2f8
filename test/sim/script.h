/* The lines of a story as they are written, shortened and told again. */
#ifndef TEST_SIM_SCRIPT_H
#define TEST_SIM_SCRIPT_H

#include <stddef.h>
#include <stdio.h>

struct script {
  char **lines;
  size_t count, capacity;
  /* what is added goes here too, for who must know it though this process may not live on */
  char *mirror;
  size_t *mirror_size, mirror_max;
};

void script_add(struct script *script, const char *line);
void script_set(struct script *script, size_t at, const char *line);
void script_remove(struct script *script, size_t at, size_t count);
void script_truncate(struct script *script, size_t count);
void script_copy(struct script *to, const struct script *from);
void script_free(struct script *script);
void script_print(const struct script *script, FILE *file);

#endif
