/*
 * spec [--rewrite] file.story...
 *
 * A file is blocks, separated by empty lines. In a block, lines with # are prose, others commands;
 * behind `----` stands what the cores said while they ran. Compares, or rewrites the file. An
 * `expect` or `await` that fails is a failure either way: rewriting cannot hide a break.
 *
 *   world nodes=3 clients=2 writes=5ms durable reads max_lag=500 ...   the first command; nodes are
 *   a b c, clients A B
 *   start [who... [kept|empty|older|rebased|rebased_older]]   kill stop continue sleep wake <who>
 *   advance 5ms    await 2s <condition>    expect <condition>    mark    show
 *   cut A,b c      cut a > b      heal [A b]      slow a 10ms
 *   when A|a before|after lock|guard|seal|promote|follow|...: <command>   once, at that very moment
 *   switchover A [b]    takeover A b    refresh A    list A 3    writes_off A    writes_on A
 *   save full not_full disk_full disk_freed flushall writable kick no_file refuses_us <node> and
 *   more: do_server_setting() in story.c
 *   conditions: master b|none, settled, promotions 1, lost 0, durable_lost 0, full_syncs 0,
 *   A master b, A writes, A gap < 10ms, A pause no_quorum, A sub b, A planned, A reads b,c,
 *   a sealed, b follows a, ...: expect.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"

struct text {
  char *bytes;
  size_t size;
};

static char *read_file(const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return NULL;
  size_t size = 0, capacity = 1 << 16;
  char *bytes = malloc(capacity);
  while (bytes != NULL) {
    size_t got = fread(bytes + size, 1, capacity - size - 1, file);
    size += got;
    if (got == 0) break;
    if (capacity - size > 1) continue;
    capacity *= 2;
    bytes = realloc(bytes, capacity);
  }
  fclose(file);
  if (bytes == NULL) abort();
  bytes[size] = '\0';
  return bytes;
}

/* The prose and the commands of a block go through unchanged; the commands are run. */
static bool run_line(struct story *story, FILE *result, const char *path, int number,
                     const char *line) {
  fprintf(result, "%s\n", line);
  if (line[0] == '#') return true;
  story_command(story, line);
  if (story->error[0] == '\0') return true;
  fprintf(stderr, "%s:%d: %s\n    %s\n", path, number, line, story->error);
  return false;
}

static void begin_block(struct story *story, struct text *said) {
  story->out = open_memstream(&said->bytes, &said->size);
  if (story->out == NULL) abort();
}

static void end_block(struct story *story, FILE *result, struct text *said) {
  fclose(story->out);
  if (said->size > 0) fprintf(result, "----\n%.*s", (int)said->size, said->bytes);
  free(said->bytes);
}

/* One pass over the file: what it says without transcripts, told anew. */
static bool retell(const char *path, char *input, FILE *result, struct world *world) {
  struct text said = {NULL, 0};
  struct story story;
  story_begin(&story, world);
  begin_block(&story, &said);
  bool fine = true, told = false, in_block = false;
  int number = 0;
  char *next = input;
  while (fine && next != NULL) {
    char *line = next;
    next = strchr(line, '\n');
    if (next != NULL) *next++ = '\0';
    number++;
    bool ends = line[0] == '\0';
    bool rest_empty = next == NULL || next[strspn(next, "\n")] == '\0';
    if (strcmp(line, "----") == 0) told = true;
    if (!ends && !told) {
      fine = run_line(&story, result, path, number, line);
      in_block = true;
    }
    if (!ends && !(rest_empty && told)) continue;
    if (rest_empty) break;
    if (in_block) {
      end_block(&story, result, &said);
      begin_block(&story, &said);
    }
    fputc('\n', result);
    in_block = told = false;
  }
  if (fine) story_show(&story);
  fflush(story.out);
  if (!fine) fprintf(stderr, "%.*s", (int)said.size, said.bytes);
  end_block(&story, result, &said);
  return fine;
}

static void print_difference(const char *path, const char *old, const char *new) {
  int line = 1;
  const char *a = old, *b = new;
  while (*a != '\0' && *a == *b) {
    line += *a == '\n';
    a++;
    b++;
  }
  while (a > old && a[-1] != '\n') {
    a--;
    b--;
  }
  fprintf(stderr, "%s:%d: the story is told differently\n", path, line);
  for (int i = 0; i < 12 && *a != '\0'; i++) {
    size_t length = strcspn(a, "\n");
    fprintf(stderr, "  - %.*s\n", (int)length, a);
    a += length + (a[length] == '\n');
  }
  for (int i = 0; i < 12 && *b != '\0'; i++) {
    size_t length = strcspn(b, "\n");
    fprintf(stderr, "  + %.*s\n", (int)length, b);
    b += length + (b[length] == '\n');
  }
}

static bool tell(const char *path, bool rewrite, struct world *world) {
  char *old = read_file(path);
  if (old == NULL) {
    fprintf(stderr, "%s: cannot be read\n", path);
    return false;
  }
  char *input = malloc(strlen(old) + 1);
  struct text new = {NULL, 0};
  FILE *result = open_memstream(&new.bytes, &new.size);
  if (input == NULL || result == NULL) abort();
  strcpy(input, old);
  bool fine = retell(path, input, result, world);
  fclose(result);
  if (fine && strcmp(old, new.bytes) != 0) {
    FILE *file = rewrite ? fopen(path, "w") : NULL;
    fine = file != NULL;
    if (file != NULL) {
      fputs(new.bytes, file);
      fine = fclose(file) == 0;
    } else {
      print_difference(path, old, new.bytes);
    }
  }
  free(input);
  free(old);
  free(new.bytes);
  return fine;
}

int main(int argc, char **argv) {
  bool rewrite = argc > 1 && strcmp(argv[1], "--rewrite") == 0;
  int failed = 0;
  if (argc < 2 + rewrite) {
    fprintf(stderr, "usage: spec [--rewrite] file.story...\n");
    return 2;
  }
  struct world *world = world_new();
  for (int i = 1 + rewrite; i < argc; i++) failed += !tell(argv[i], rewrite, world);
  world_free(world);
  printf("%d stories, %d failed\n", argc - 1 - rewrite, failed);
  return failed > 0;
}
