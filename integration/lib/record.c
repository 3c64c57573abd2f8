/* Loading a file of records. */
#include "record.h"

#include <stdlib.h>

struct record *record_load(const char *path, size_t *count) {
  *count = 0;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  size_t room = 1 << 16;
  struct record *all = malloc(room * sizeof *all);
  while (all != NULL) {
    size_t got = fread(all + *count, sizeof *all, room - *count, file);
    *count += got;
    if (*count < room) break;
    room *= 2;
    struct record *more = realloc(all, room * sizeof *all);
    if (more == NULL) break;
    all = more;
  }
  fclose(file);
  return all;
}
