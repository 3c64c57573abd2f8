/*
 * Feeds files to a fuzz target, for compilers without libFuzzer: what once was found stays found.
 *   replay_NAME [--whole] FOLDER-OR-FILE...
 * Each file is given whole, then (without --whole) cut after every length up to 64 bytes: input may
 * end anywhere.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CUTS_MAX 64

static int failed;
static size_t cuts = CUTS_MAX;

/* A copy of exactly its size, so that AddressSanitizer sees the first byte behind it. */
static void feed(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size > 0 ? size : 1);
  if (copy == NULL) abort();
  memcpy(copy, data, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void feed_file(const char *path) {
  static uint8_t buffer[1 << 20];
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    failed++;
    return;
  }
  size_t size = fread(buffer, 1, sizeof(buffer), file);
  fclose(file);
  feed(buffer, size);
  for (size_t cut = 0; cut < size && cut < cuts; cut++) feed(buffer, cut);
}

static int feed_folder(const char *path) {
  int count = 0;
  DIR *folder = opendir(path);
  if (folder == NULL) {
    perror(path);
    failed++;
    return 0;
  }
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    char file[4096];
    if (entry->d_name[0] == '.') continue;
    snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
    feed_file(file);
    count++;
  }
  closedir(folder);
  return count;
}

int main(int argc, char **argv) {
  int count = 0;
  for (int i = 1; i < argc; i++) {
    struct stat info;
    if (strcmp(argv[i], "--whole") == 0) {
      cuts = 0;
      continue;
    }
    if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode)) {
      count += feed_folder(argv[i]);
    } else {
      feed_file(argv[i]);
      count++;
    }
  }
  printf("%d passed, %d failed\n", count - failed > 0 ? count - failed : 0, failed);
  return count > 0 && failed == 0 ? 0 : 1;
}
