/*
 * spec [--rewrite] file.story...
 *
 * A file is blocks, separated by empty lines. In a block, lines with # are prose, others commands;
 * behind `----` stands what the cores said while they ran. Compares, or rewrites the file. An
 * `expect` or `await` that fails is a failure either way: rewriting cannot hide a break.
 *
 *   world nodes=3 clients=2 writes=5ms durable reads max_lag=500 ...   the first command; nodes are
 *   a b c, clients A B
 *   start [who... [kept|empty|older|rebased|rebased_older]]   restart   kill stop continue sleep
 *   wake <who>; within_promise behind it: unless more than a minority would lose its data
 *   advance 5ms    await 2s <condition>    expect <condition>    mark    show
 *   cut A,b c      cut a > b      heal [A b]      slow a 10ms
 *   reset A b    drift A 1.05    loss 500    busy|slow_fork a 50ms    backlog a 1000
 *   output_limit a 20    kill_clients a normal|pubsub
 *   when A|a before|after lock|guard|seal|promote|follow|...: <command>   once, at that very moment
 *   switchover A [b]    takeover A b    refresh A    list A 3    writes_off A    writes_on A
 *   durable A    async A    subscribe A    unsubscribe A    burst A 700: so many writes at once
 *   push A    pop A 500ms|for_ever: onto the users' list, and a BLPOP there that waits so long
 *   peace [who time]...   settle 40s   rest 3s: the end of the faults, and what must hold then
 *   save full not_full disk_full disk_freed flushall writable kick no_file refuses_us <node> and
 *   more: story_setting() in story_world.c
 *   conditions: master b|none, settled, promotions 1, lost 0, durable_lost 0, full_syncs 0, gaps 0,
 *   A master b, A writes, A gap < 10ms, A pause no_quorum, A sub b, A planned, A reads b,c,
 *   A pop waits|took|nil|refused|maybe, a sealed, b follows a, ...: story_expect.c
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
    char *more = realloc(bytes, capacity);
    if (more == NULL) abort();
    bytes = more;
  }
  fclose(file);
  if (bytes == NULL) abort();
  bytes[size] = '\0';
  return bytes;
}

/* What was told of a story that failed ends with the block that did. */
static const char *last_block(const char *told) {
  const char *block = told;
  for (const char *at = strstr(told, "\n\n"); at != NULL; at = strstr(at + 1, "\n\n")) {
    block = at + 2;
  }
  return block;
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
  struct story story;
  int line;
  story_begin(&story, world);
  bool fine = story_retell(&story, input, result, &line);
  fclose(result);
  if (!fine) fprintf(stderr, "%s:%d: %s\n%s", path, line, story.error, last_block(new.bytes));
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
