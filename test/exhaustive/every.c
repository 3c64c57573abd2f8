/*
 * every --length N [--part K/M] [--only NUMBER]
 *
 * Every history of N deeds of a group of three nodes and two clients, through the shipped core:
 * each deed of the alphabet below, behind each of the pauses, in each order. A deed that cannot be
 * done (nobody is down who could be started) ends a history that a shorter one has told already.
 * Behind the last deed come peace, agreement, and all that was promised.
 *
 * A history is a number in base (deeds x pauses), so that it can be told again: it is printed as
 * the words of a story.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "story.h"

#define LENGTH_MAX 8
#define NOBODY (-1)

/* The world of all of them: small times, so that a history is short. */
static const char world_words[] =
    "world nodes=3 clients=2 durable writes=10ms down_after=300ms subscribers";

/* Behind the deed before: in the middle of a takeover; when it is over; when silence has spoken. */
static const char *const pauses[] = {"advance 700us", "advance 40ms", "advance 450ms"};
#define PAUSES (sizeof pauses / sizeof *pauses)

/* M: the master that was elected last. R, S: the other two, in order. *: whom it fits. */
static const char *const deeds[] = {
    "kill M",     "kill R",      "stop M",     "stop R",       "continue *",     "start * kept",
    "start one empty", "cut M A,B", "cut M > R,S", "cut M,A R,S,B", "heal",       "sleep A",
    "wake A",     "kill A",      "start A",    "switchover B"};
#define DEEDS (sizeof deeds / sizeof *deeds)
#define BASE (DEEDS * PAUSES)

struct every {
  struct story story;
  struct world *world;
  int length;
  char told[LENGTH_MAX * 2][STORY_LINE_MAX]; /* in the words of a story */
  size_t lines;
  bool cut; /* something is */
};

static void say(struct every *every, const char *line) {
  snprintf(every->told[every->lines++], STORY_LINE_MAX, "%s", line);
  story_command(&every->story, line);
}

/* The nodes by what they are now: [0] the master elected last, then the others in order. */
static void cast(const struct world *world, int by_role[3]) {
  const struct promotion *latest = check_latest(world);
  int master = latest == NULL ? 0 : latest->node, at = 1;
  by_role[0] = master;
  for (int i = 0; i < 3; i++) {
    if (i != master) by_role[at++] = i;
  }
}

static int first_in(const struct world *world, enum process process) {
  for (int i = 0; i < 3; i++) {
    if (world->servers[i].process == process) return i;
  }
  return NOBODY;
}

/* M, R and S become names; other letters stay. */
static void name(const struct world *world, const char *deed, char *line, size_t size) {
  int by_role[3];
  size_t at = 0;
  cast(world, by_role);
  for (; *deed != '\0' && at + 1 < size; deed++) {
    const char *role = strchr("MRS", *deed);
    line[at++] = role == NULL ? *deed : world->servers[by_role[role - "MRS"]].name[0];
  }
  line[at] = '\0';
}

static bool is_deed(const char *deed, const char *words) { return strcmp(deed, words) == 0; }

/* One deed for each node in that state: start * kept, continue *. */
static bool to_all(struct every *every, enum process process, const char *before,
                   const char *behind) {
  char line[STORY_LINE_MAX];
  bool any = false;
  for (size_t i = 0; i < 3; i++) {
    const struct server *server = &every->world->servers[i];
    if (server->process != process) continue;
    snprintf(line, sizeof line, "%s %s%s", before, server->name, behind);
    say(every, line);
    any = true;
  }
  return any;
}

/* The promise to durable writes holds as long as fewer than a majority lose data at a time. */
static bool start_empty(struct every *every) {
  const struct world *world = every->world;
  char line[STORY_LINE_MAX];
  int node = first_in(world, PROCESS_DOWN);
  if (node == NOBODY) return false;
  for (int i = 0; i < 3; i++) {
    if (i != node && world->servers[i].lossy) return false;
  }
  snprintf(line, sizeof line, "start %s empty", world->servers[node].name);
  say(every, line);
  return true;
}

static bool possible(const struct world *world, const char *line) {
  const struct client *a = &world->clients[0];
  if (is_deed(line, "sleep A") || is_deed(line, "kill A")) return a->alive && !a->asleep;
  if (is_deed(line, "wake A")) return a->alive && a->asleep;
  if (is_deed(line, "start A")) return !a->alive;
  bool node = strncmp(line, "kill ", 5) == 0 || strncmp(line, "stop ", 5) == 0;
  if (!node) return true;
  const struct server *server = &world->servers[line[5] - 'a'];
  return server->process == PROCESS_UP ||
         (server->process == PROCESS_STOPPED && strncmp(line, "kill", 4) == 0);
}

/* false: it cannot be done here. */
static bool act(struct every *every, const char *deed) {
  char line[STORY_LINE_MAX];
  if (is_deed(deed, "start * kept")) return to_all(every, PROCESS_DOWN, "start", "");
  if (is_deed(deed, "continue *")) return to_all(every, PROCESS_STOPPED, "continue", "");
  if (is_deed(deed, "start one empty")) return start_empty(every);
  if (is_deed(deed, "heal") && !every->cut) return false;
  name(every->world, deed, line, sizeof line);
  if (!possible(every->world, line)) return false;
  say(every, line);
  if (strncmp(line, "cut", 3) == 0) every->cut = true;
  if (is_deed(line, "heal")) every->cut = false;
  return true;
}

/* Everything runs and hears everything again: from here on there is a bound. */
static void make_peace(struct every *every) {
  struct world *world = every->world;
  say(every, "peace");
  say(every, "await 60s settled");
  say(every, "advance 400ms");
  say(every, "expect settled");
  say(every, "expect durable_lost 0");
  if (every->story.error[0] != '\0') return;
  subs_check_all(world, 200000);
  if (world->violation[0] != '\0') story_fail(&every->story, "broken: %s", world->violation);
}

static bool tell(struct every *every, unsigned long number, bool *possible) {
  story_begin(&every->story, every->world);
  every->lines = 0;
  every->cut = false;
  say(every, world_words);
  say(every, "start");
  say(every, "await 2s settled");
  *possible = true;
  for (int i = 0; i < every->length && *possible; i++, number /= BASE) {
    say(every, pauses[number % BASE % PAUSES]);
    if (every->story.error[0] != '\0') return false;
    *possible = act(every, deeds[number % BASE / PAUSES]);
  }
  if (*possible) make_peace(every);
  return every->story.error[0] == '\0';
}

static void retell(const struct every *every, unsigned long number) {
  printf("# history %lu of length %d: %s\n", number, every->length, every->story.error);
  for (size_t i = 0; i < every->lines; i++) printf("%s\n", every->told[i]);
}

struct options {
  int length;
  unsigned long part, parts;
  long only; /* -1: all */
};

static int usage(FILE *out, int code) {
  fprintf(out, "usage: every --length 1..%d [--part K/M] [--only NUMBER]\n", LENGTH_MAX);
  return code;
}

static int refuse(const char *name, const char *value) {
  fprintf(stderr, "every: %s: \"%s\"\n", name, value);
  return usage(stderr, 2);
}

static bool number(const char *text, long low, long high, long *value) {
  char *end;
  *value = strtol(text, &end, 10);
  return end != text && *end == '\0' && *value >= low && *value <= high;
}

static unsigned long how_many(int length) {
  unsigned long all = 1;
  for (int i = 0; i < length; i++) all *= BASE;
  return all;
}

/* 0, or the exit code: then it has said why. */
static int parse(int argc, char **argv, struct options *options) {
  long length = 0;
  *options = (struct options){0, 0, 1, -1};
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    bool fine;
    if (strcmp(name, "--length") == 0) {
      fine = number(value, 1, LENGTH_MAX, &length);
    } else if (strcmp(name, "--only") == 0) {
      fine = number(value, 0, LONG_MAX, &options->only);
    } else if (strcmp(name, "--part") == 0) {
      char *slash;
      long parts = 0;
      options->part = strtoul(value, &slash, 10);
      fine = slash != value && *slash == '/' && number(slash + 1, 1, LONG_MAX, &parts) &&
             options->part < (unsigned long)parts;
      options->parts = (unsigned long)parts;
    } else {
      return refuse("no such option", name);
    }
    if (!fine) return refuse(name, value);
  }
  if (length == 0) return refuse("how long?", "--length");
  options->length = (int)length;
  if (options->only >= 0 && (unsigned long)options->only >= how_many(options->length)) {
    fprintf(stderr, "every: --only: there are %lu of that length\n", how_many(options->length));
    return 2;
  }
  return 0;
}

int main(int argc, char **argv) {
  struct options options;
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return usage(stdout, 0);
  int code = parse(argc, argv, &options);
  if (code != 0) return code;
  static struct every every;
  unsigned long all = how_many(options.length), told = 0, broken = 0;
  every.world = world_new();
  every.length = options.length;
  unsigned long number = options.only >= 0 ? (unsigned long)options.only : options.part;
  unsigned long end = options.only >= 0 ? number + 1 : all;
  for (; number < end; number += options.parts) {
    bool possible;
    bool fine = tell(&every, number, &possible);
    told += possible;
    if (told % 1000 == 0 && possible && isatty(STDERR_FILENO)) {
      fprintf(stderr, "\r\033[Khistory %lu of %lu\r", number, all);
    }
    broken += !fine;
    if (!fine || options.only >= 0) retell(&every, number);
  }
  printf("%lu of %lu histories of length %d can happen, %lu broke an invariant\n", told, all,
         options.length, broken);
  world_free(every.world);
  return broken > 0;
}
