/* Delta debugging over the words of a script, each attempt in a child; then the story file. */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES_MAX 4096
#define TEXT_MAX ((size_t)1 << 20)
#define ATTEMPTS_MAX 3000
#define ATTEMPT_S 30 /* of real time: one that hangs is ended */

/* What the child of one attempt tells. */
struct verdict {
  enum outcome outcome;
  size_t broke_at;
  char why[512];
  unsigned char dropped[LINES_MAX];
  size_t text_size;
  char text[TEXT_MAX]; /* of a history that is being found: its words, line by line */
};

struct shrinker {
  struct world *world;
  struct script *best;
  struct finding *finding;
  struct verdict *verdict;
  bool (*stop)(void);
  int attempts;
};

static struct verdict *share(void) {
  const size_t size = sizeof(struct verdict);
  void *verdict = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (verdict == MAP_FAILED) abort();
  return verdict;
}

static void make_finding(const struct verdict *verdict, int status, struct finding *finding) {
  memset(finding, 0, sizeof *finding);
  if (WIFSIGNALED(status)) {
    snprintf(finding->key, sizeof finding->key, "signal %d", WTERMSIG(status));
    snprintf(finding->why, sizeof finding->why, "the program ended by signal %d",
             WTERMSIG(status));
    return;
  }
  memcpy(finding->why, verdict->why, sizeof finding->why);
  size_t length = strcspn(verdict->why, ": ");
  snprintf(finding->key, sizeof finding->key, "%.*s", (int)length, verdict->why);
}

/* ------------------------------------------------------------------ finding ------------------- */

static void find_in_child(struct world *world, const struct history_options *options,
                          struct verdict *verdict) {
  struct script script = {.mirror = verdict->text,
                          .mirror_size = &verdict->text_size,
                          .mirror_max = TEXT_MAX};
  struct history_result result;
  alarm(ATTEMPT_S);
  bool fine = history_run(world, options, &script, NULL, &result);
  verdict->outcome = fine ? OUTCOME_FINE : OUTCOME_BROKEN;
  memcpy(verdict->why, world->violation, sizeof verdict->why);
  _exit(0);
}

static void read_script(const struct verdict *verdict, struct script *script) {
  script_truncate(script, 0);
  const char *end = verdict->text + verdict->text_size;
  for (const char *at = verdict->text; at < end;) {
    char line[STORY_LINE_MAX];
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (stop == NULL) return;
    snprintf(line, sizeof line, "%.*s", (int)(stop - at), at);
    script_add(script, line);
    at = stop + 1;
  }
}

bool shrink_find(struct world *world, const struct history_options *options,
                 struct script *script, struct finding *finding) {
  struct verdict *verdict = share();
  int status = 0;
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) find_in_child(world, options, verdict);
  waitpid(child, &status, 0);
  read_script(verdict, script);
  make_finding(verdict, status, finding);
  bool broken = WIFSIGNALED(status) || verdict->outcome == OUTCOME_BROKEN;
  munmap(verdict, sizeof *verdict);
  return broken;
}

/* ------------------------------------------------------------------ one attempt --------------- */

static void try_in_child(struct world *world, const struct script *script,
                         struct verdict *verdict) {
  struct history_result result;
  alarm(ATTEMPT_S);
  if (freopen("/dev/null", "w", stderr) == NULL) _exit(1); /* failed assertions, many of them */
  verdict->outcome = history_replay(world, script, NULL, verdict->dropped, &verdict->broke_at,
                                    &result);
  memcpy(verdict->why, world->violation, sizeof verdict->why);
  _exit(0);
}

/* Does the same invariant break? Then the candidate, less what did not run, is the best. */
static bool attempt(struct shrinker *shrinker, struct script *candidate) {
  struct verdict *verdict = shrinker->verdict;
  struct finding finding;
  bool over = shrinker->attempts >= ATTEMPTS_MAX || candidate->count > LINES_MAX;
  if (over || (shrinker->stop != NULL && shrinker->stop())) return false;
  shrinker->attempts++;
  verdict->outcome = OUTCOME_FINE;
  verdict->broke_at = candidate->count - 1;
  memset(verdict->dropped, 0, candidate->count);
  int status = 0;
  pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) try_in_child(shrinker->world, candidate, verdict);
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) && verdict->outcome != OUTCOME_BROKEN) return false;
  make_finding(verdict, status, &finding);
  if (strcmp(finding.key, shrinker->finding->key) != 0) return false;
  if (!WIFSIGNALED(status)) script_truncate(candidate, verdict->broke_at + 1);
  for (size_t i = candidate->count; i > 0; i--) {
    if (verdict->dropped[i - 1]) script_remove(candidate, i - 1, 1);
  }
  *shrinker->finding = finding;
  script_copy(shrinker->best, candidate);
  return true;
}

static bool attempt_line(struct shrinker *shrinker, size_t at, const char *line) {
  struct script candidate = {0};
  if (strcmp(shrinker->best->lines[at], line) == 0) return false;
  script_copy(&candidate, shrinker->best);
  if (line[0] == '\0') script_remove(&candidate, at, 1);
  else script_set(&candidate, at, line);
  bool better = attempt(shrinker, &candidate);
  script_free(&candidate);
  return better;
}

/* ------------------------------------------------------------------ words --------------------- */

static bool leave_out(struct shrinker *shrinker) {
  bool better = false;
  for (size_t size = shrinker->best->count / 2; size >= 1; size /= 2) {
    for (size_t at = shrinker->best->count; at > 1;) { /* the end first; the world stays */
      if (at > shrinker->best->count) at = shrinker->best->count;
      size_t from = at > size + 1 ? at - size : 1;
      if (from >= at) break;
      struct script candidate = {0};
      script_copy(&candidate, shrinker->best);
      script_remove(&candidate, from, at - from);
      if (candidate.count > 1 && attempt(shrinker, &candidate)) better = true;
      script_free(&candidate);
      at = from;
    }
  }
  return better;
}

/* ------------------------------------------------------------------ times --------------------- */

static void write_time(char *text, size_t size, usec time) {
  if (time % 1000000 == 0) snprintf(text, size, "%llds", (long long)time / 1000000);
  else if (time % 1000 == 0) snprintf(text, size, "%lldms", (long long)time / 1000);
  else snprintf(text, size, "%lldus", (long long)time);
}

static bool attempt_advance(struct shrinker *shrinker, size_t at, usec time) {
  char line[STORY_LINE_MAX] = "advance ";
  write_time(line + strlen(line), sizeof line - strlen(line), time);
  return attempt_line(shrinker, at, line);
}

static bool is_advance(const struct script *script, size_t at, usec *time) {
  return at < script->count && strncmp(script->lines[at], "advance ", 8) == 0 &&
         story_time(script->lines[at] + 8, time);
}

/* Rounder, and shorter. */
static bool plain_time(struct shrinker *shrinker, size_t at) {
  static const usec units[] = {1000000, 500000, 100000, 50000, 10000, 5000, 1000, 100};
  bool better = false;
  usec time, next;
  if (!is_advance(shrinker->best, at, &time)) return false;
  if (is_advance(shrinker->best, at + 1, &next)) {
    struct script candidate = {0};
    char line[STORY_LINE_MAX];
    script_copy(&candidate, shrinker->best);
    snprintf(line, sizeof line, "advance %lldus", (long long)(time + next));
    script_set(&candidate, at, line);
    script_remove(&candidate, at + 1, 1);
    better = attempt(shrinker, &candidate);
    script_free(&candidate);
    if (better && !is_advance(shrinker->best, at, &time)) return true;
  }
  while (time > 1000 && attempt_advance(shrinker, at, time / 2)) {
    better = true;
    if (!is_advance(shrinker->best, at, &time)) return true;
  }
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    usec round = (time + units[i] - 1) / units[i] * units[i];
    if (round == time) break;
    if (round > 2 * time || !attempt_advance(shrinker, at, round)) continue;
    return true;
  }
  return better;
}

/* ------------------------------------------------------------------ names, settings ----------- */

/* The line without a name in its lists; "" if nothing is left of it. */
static void without_name(const char *line, const char *name, char *out) {
  char copy[STORY_LINE_MAX], *save = NULL;
  snprintf(copy, sizeof copy, "%s", line);
  bool peace = strncmp(line, "peace", 5) == 0, skip = false;
  bool each = peace || strncmp(line, "world", 5) == 0; /* its words stand for themselves */
  size_t at = 0;
  out[0] = '\0';
  for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
    char kept[STORY_LINE_MAX] = "", *save_part = NULL;
    if (skip) {
      skip = false;
      continue;
    }
    for (char *part = strtok_r(word, ",", &save_part); part != NULL;
         part = strtok_r(NULL, ",", &save_part)) {
      if (strcmp(part, name) == 0) continue;
      size_t length = strlen(kept);
      snprintf(kept + length, sizeof kept - length, length > 0 ? ",%s" : "%s", part);
    }
    skip = peace && kept[0] == '\0';
    if (kept[0] == '\0' && !each) {
      out[0] = '\0';
      return;
    }
    if (kept[0] == '\0') continue;
    at += (size_t)snprintf(out + at, STORY_LINE_MAX - at, at > 0 ? " %s" : "%s", kept);
  }
}

/* Each name of each list, and each time of a peace, is left out if it can be. */
static bool plain_names(struct shrinker *shrinker, size_t at) {
  char copy[STORY_LINE_MAX], *save = NULL;
  bool better = false;
  const char *line = shrinker->best->lines[at];
  if (strchr(line, ',') == NULL && strncmp(line, "peace ", 6) != 0) return false;
  snprintf(copy, sizeof copy, "%s", line);
  for (char *name = strtok_r(copy, " ,:", &save); name != NULL;
       name = strtok_r(NULL, " ,:", &save)) {
    char out[STORY_LINE_MAX];
    if (strcmp(name, "peace") == 0 || at >= shrinker->best->count) continue;
    without_name(shrinker->best->lines[at], name, out);
    if (out[0] != '\0' && attempt_line(shrinker, at, out)) better = true;
  }
  return better;
}

/* The value of a setting of the world; 0: absent */
static long setting(const struct script *script, const char *name) {
  const char *at = strstr(script->lines[0], name);
  return at == NULL ? 0 : strtol(at + strlen(name), NULL, 10);
}

/* The world without one of the nodes or clients, and nobody speaks of it. */
static bool fewer(struct shrinker *shrinker, const char *setting_name, char first) {
  long count = setting(shrinker->best, setting_name);
  if (count < 2 || count > 26) return false;
  char name[2] = {(char)(first + count - 1), '\0'}, line[STORY_LINE_MAX];
  const char *old = shrinker->best->lines[0];
  const char *at = strstr(old, setting_name) + strlen(setting_name);
  snprintf(line, sizeof line, "%.*s%ld%s", (int)(at - old), old, count - 1,
           at + strspn(at, "0123456789"));
  struct script candidate = {0};
  script_add(&candidate, line);
  for (size_t i = 1; i < shrinker->best->count; i++) {
    without_name(shrinker->best->lines[i], name, line);
    if (line[0] != '\0') script_add(&candidate, line);
  }
  bool better = attempt(shrinker, &candidate);
  script_free(&candidate);
  return better;
}

/* Each setting of the world, the seed too, is left at what it is by itself if it can be. */
static bool plain_world(struct shrinker *shrinker) {
  char copy[STORY_LINE_MAX], *save = NULL;
  bool better = false;
  snprintf(copy, sizeof copy, "%s", shrinker->best->lines[0]);
  for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
    char line[STORY_LINE_MAX];
    bool keeps = strcmp(word, "world") == 0 || strncmp(word, "nodes=", 6) == 0 ||
                 strncmp(word, "clients=", 8) == 0 || strncmp(word, "most_promotions=", 16) == 0;
    if (keeps) continue;
    without_name(shrinker->best->lines[0], word, line);
    if (attempt_line(shrinker, 0, line)) better = true;
  }
  return better;
}

void shrink(struct world *world, struct script *script, struct finding *finding,
            bool (*stop)(void)) {
  struct shrinker shrinker = {world, script, finding, share(), stop, 0};
  fflush(NULL);
  bool better = true;
  for (int round = 0; better && round < 8; round++) {
    better = leave_out(&shrinker);
    while (fewer(&shrinker, "nodes=", 'a')) better = true;
    while (fewer(&shrinker, "clients=", 'A')) better = true;
    better = plain_world(&shrinker) || better;
    for (size_t i = 1; i < script->count; i++) better = plain_names(&shrinker, i) || better;
    for (size_t i = 1; i < script->count; i++) better = plain_time(&shrinker, i) || better;
  }
  munmap(shrinker.verdict, sizeof *shrinker.verdict);
}

/* ------------------------------------------------------------------ the file ------------------ */

static char *write_words(const struct history_options *options, const struct script *script,
                         const struct finding *finding, size_t *size) {
  char *text = NULL;
  FILE *file = open_memstream(&text, size);
  if (file == NULL) abort();
  fprintf(file, "# Found by chance (seed %llu) and shortened:\n# %.90s\n",
          (unsigned long long)options->seed, finding->why);
  script_print(script, file);
  fclose(file);
  return text;
}

/* In a process of its own: what breaks by a failed assertion leaves its words behind. */
static void tell_in_child(char *words, const char *path) {
  struct world *world = world_new();
  struct story story;
  int line;
  FILE *file = fopen(path, "w");
  alarm(ATTEMPT_S);
  if (file == NULL) _exit(1);
  story_begin(&story, world);
  story_retell(&story, words, file, &line);
  _exit(fclose(file) == 0 ? 0 : 1);
}

bool shrink_write(const char *path, const struct history_options *options,
                  const struct script *script, const struct finding *finding) {
  size_t size = 0;
  char *words = write_words(options, script, finding, &size);
  int status = 0;
  fflush(NULL);
  pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) tell_in_child(words, path);
  waitpid(child, &status, 0);
  bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (WIFSIGNALED(status)) {
    FILE *file = fopen(path, "w");
    fine = file != NULL && fputs(words, file) >= 0;
    if (file != NULL) fine = fclose(file) == 0 && fine;
  }
  free(words);
  return fine;
}
