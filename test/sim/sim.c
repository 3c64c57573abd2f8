/*
 * sim [options]: random histories. The same seed is the same history. Exit 1: an invariant broke.
 *
 *   --seed N --runs M        histories N .. N+M-1 (1, 1)
 *   --nodes K --clients C    of every history (0: chance)       --steps S   faults in each (8)
 *   --trace                  every action of every core         --tell      the history as a story
 *   --twice                  each again from its words: it must end equally
 *   --keep-going             after one that broke               --found DIR shortened stories
 *   --raw                    what breaks is told, not shortened
 *   --coverage               tables of the situations met       --whole     fail if one never was
 *   --jobs N --for TIME --state FILE --log FILE                 see run.h; TIME as 90s, 15m, 8h
 *   --most-promotions N      an invariant that is meant to break, to test the tests
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "shrink.h"

struct options {
  struct run_options run;
  bool many, keep_going, raw, tell, twice;
};

static int help(void) {
  puts("sim [options]: random histories. The same seed is the same history. Exit 1: one broke.\n"
       "  --seed N --runs M        histories N .. N+M-1 (1, 1)\n"
       "  --nodes K --clients C    of every history (0: chance)\n"
       "  --steps S                faults in each (8)\n"
       "  --tell                   the history as a story\n"
       "  --trace                  and every action of every core\n"
       "  --found DIR              what breaks, shortened, as DIR/seed_N.story\n"
       "  --raw                    what breaks is told, not shortened\n"
       "  --keep-going             after one that broke, too\n"
       "  --twice                  each again from its words: it must end equally\n"
       "  --coverage, --whole      tables of the situations met; fail if one never was\n"
       "  --jobs N --for TIME --state FILE --log FILE   many processes, as test/sim/run");
  return 0;
}

static int refuse(const char *option, const char *why) {
  fprintf(stderr, "sim: %s: %s\n", option, why);
  return 2;
}

static bool number(const char *text, long long low, long long high, long long *value) {
  char *end;
  errno = 0;
  *value = strtoll(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *value >= low && *value <= high;
}

static bool duration(const char *text, double *seconds) {
  char *end;
  double value = strtod(text, &end);
  double unit = strcmp(end, "s") == 0 ? 1
                : strcmp(end, "m") == 0 ? 60
                : strcmp(end, "h") == 0 ? 3600
                : strcmp(end, "d") == 0 ? 86400
                                        : 0;
  *seconds = value * unit;
  return end != text && *seconds > 0;
}

static bool take_flag(const char *name, struct options *options) {
  const struct {
    const char *name;
    bool *flag;
  } flags[] = {{"--keep-going", &options->keep_going}, {"--tell", &options->tell},
               {"--twice", &options->twice},           {"--raw", &options->raw},
               {"--coverage", &options->run.coverage}, {"--whole", &options->run.whole}};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
    if (strcmp(flags[i].name, name) != 0) continue;
    *flags[i].flag = true;
    return true;
  }
  if (strcmp(name, "--trace") != 0) return false;
  options->run.history.trace = stdout;
  return true;
}

static bool take_text(const char *name, const char *value, struct options *options) {
  const struct {
    const char *name;
    const char **text;
    bool many;
  } texts[] = {{"--found", &options->run.found, false},
               {"--state", &options->run.state, true},
               {"--log", &options->run.log, true}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (strcmp(texts[i].name, name) != 0) continue;
    *texts[i].text = value;
    options->many = options->many || texts[i].many;
    return true;
  }
  return false;
}

/* 0, or the exit code: then it has said why. */
static int take_number(const char *name, const char *value, struct options *options) {
  struct history_options *history = &options->run.history;
  long long n;
  static const struct {
    const char *name;
    long long low, high;
  } numbers[] = {{"--seed", 0, INT64_MAX},
                 {"--runs", 1, INT64_MAX},
                 {"--nodes", 0, WORLD_NODES_MAX},
                 {"--clients", 0, WORLD_CLIENTS_MAX},
                 {"--steps", 0, 100000},
                 {"--jobs", 1, 256},
                 {"--most-promotions", 1, 1000000}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    char why[100];
    if (strcmp(numbers[i].name, name) != 0) continue;
    snprintf(why, sizeof why, "a number from %lld to %lld is wanted", numbers[i].low,
             numbers[i].high);
    if (!number(value, numbers[i].low, numbers[i].high, &n)) return refuse(name, why);
    if (i == 0) history->seed = (uint64_t)n;
    if (i == 1) options->run.runs = (uint64_t)n;
    if (i == 2) history->nodes = (int)n;
    if (i == 3) history->clients = (int)n;
    if (i == 4) history->steps = (int)n;
    if (i == 5) options->run.jobs = (int)n;
    if (i == 6) history->most_promotions = (int)n;
    options->many = options->many || i == 5;
    return 0;
  }
  return refuse(name, "there is no such option");
}

static int parse(int argc, char **argv, struct options *options) {
  *options = (struct options){.run = {.history = {.seed = 1, .steps = 8}, .jobs = 1}};
  for (int i = 1; i < argc; i++) {
    if (take_flag(argv[i], options)) continue;
    if (i + 1 >= argc) return refuse(argv[i], "no such option, or its value is missing");
    const char *name = argv[i], *value = argv[++i];
    if (take_text(name, value, options)) continue;
    if (strcmp(name, "--for") == 0) {
      if (!duration(value, &options->run.seconds)) {
        return refuse(name, "a time is wanted: 90s, 15m, 8h, 2d");
      }
      options->many = true;
      continue;
    }
    int code = take_number(name, value, options);
    if (code != 0) return code;
  }
  bool alone = options->keep_going || options->raw || options->tell || options->twice;
  if (options->many && (alone || options->run.history.trace != NULL)) {
    return refuse("--jobs, --for, --state, --log",
                  "not with --trace, --tell, --twice, --raw or --keep-going");
  }
  if (options->run.runs == 0 && !(options->many && options->run.seconds > 0)) {
    options->run.runs = 1;
  }
  return 0;
}

/* ------------------------------------------------------------------ one after the other ------- */

struct sums {
  unsigned long long promotions, acked, durable, steps;
  struct subs_counts subs;
  struct txn_counts txns;
  struct read_counts fetches;
  uint64_t pops[POPS_COUNT];
  usec slowest;
  struct coverage coverage;
};

static void add_txns(struct txn_counts *sum, const struct txn_counts *one) {
  sum->begun += one->begun;
  sum->acked += one->acked;
  sum->aborted += one->aborted;
  sum->refused += one->refused;
  sum->maybe += one->maybe;
}

static void add_fetches(struct read_counts *sum, const struct read_counts *one) {
  sum->begun += one->begun;
  sum->master += one->master;
  sum->replica += one->replica;
  sum->own += one->own;
  sum->stale += one->stale;
  sum->late += one->late;
}

static void add(struct sums *sums, const struct history_result *result) {
  struct subs_counts *sum = &sums->subs;
  const struct subs_counts *one = &result->subs;
  sums->promotions += result->promotions;
  sums->acked += result->acked;
  sums->durable += result->durable;
  sums->steps += result->steps;
  if (result->settled_us > sums->slowest) sums->slowest = result->settled_us;
  add_txns(&sums->txns, &result->txns);
  add_fetches(&sums->fetches, &result->fetches);
  for (int i = 0; i < POPS_COUNT; i++) sums->pops[i] += result->pops[i];
  sum->moves += one->moves;
  sum->forced += one->forced;
  sum->gaps += one->gaps;
  sum->marks += one->marks;
  sum->marks_lost += one->marks_lost;
  sum->heard += one->heard;
  sum->missed += one->missed;
  sum->skipped += one->skipped;
  sum->deposed += one->deposed;
}

static void print(const struct subs_counts *subs) {
  printf("subscribers: %llu messages heard, %llu missed; %llu moves without loss, %llu forced, "
         "%llu gaps, %llu marks (%llu lost)\n",
         (unsigned long long)subs->heard, (unsigned long long)subs->missed,
         (unsigned long long)subs->moves, (unsigned long long)subs->forced,
         (unsigned long long)subs->gaps, (unsigned long long)subs->marks,
         (unsigned long long)subs->marks_lost);
  printf("missed and not reported: %llu skipped by a full synchronisation of their node, %llu "
         "acknowledged by a master that had been deposed\n",
         (unsigned long long)subs->skipped, (unsigned long long)subs->deposed);
}

static void print_txns(const struct txn_counts *txns) {
  printf("transactions: %llu begun, %llu acknowledged, %llu did not run (%llu of them found their "
         "key changed), %llu in doubt\n",
         (unsigned long long)txns->begun, (unsigned long long)txns->acked,
         (unsigned long long)txns->refused, (unsigned long long)txns->aborted,
         (unsigned long long)txns->maybe);
}

static void print_fetches(const struct read_counts *reads) {
  printf("reads: %llu begun, %llu answered by replicas (%llu of them had to show our writes, and "
         "%llu more could not), %llu by the master, %llu ran out of time\n",
         (unsigned long long)reads->begun, (unsigned long long)reads->replica,
         (unsigned long long)reads->own, (unsigned long long)reads->stale,
         (unsigned long long)reads->master, (unsigned long long)reads->late);
}

static void print_pops(const uint64_t *pops) {
  printf("blocking: %llu begun, %llu handed an element, %llu shown one, %llu told that nothing "
         "came, %llu refused, %llu in doubt; %llu let go by a demotion, %llu handed an element "
         "behind a move\n",
         (unsigned long long)pops[POPS_BEGUN], (unsigned long long)pops[POPS_TOOK],
         (unsigned long long)pops[POPS_READ], (unsigned long long)pops[POPS_NIL],
         (unsigned long long)pops[POPS_REFUSED], (unsigned long long)pops[POPS_MAYBE],
         (unsigned long long)pops[POPS_UNBLOCKED], (unsigned long long)pops[POPS_TOOK_MOVED]);
}

static bool tell(struct world *world, const struct script *script) {
  char *words = NULL;
  size_t size = 0;
  int line;
  struct story story;
  FILE *file = open_memstream(&words, &size);
  if (file == NULL) abort();
  script_print(script, file);
  fclose(file);
  story_begin(&story, world);
  bool fine = story_retell(&story, words, stdout, &line);
  free(words);
  return fine;
}

/* From its words alone it must end at the same moment, after as many steps, with the same dice. */
static bool ends_equally(struct world *world, const struct script *script,
                         const struct history_result *first) {
  struct history_result second = {0};
  size_t broke_at;
  if (history_replay(world, script, NULL, NULL, &broke_at, &second) == OUTCOME_INVALID) {
    return false;
  }
  return first->now == second.now && first->order == second.order &&
         first->chance == second.chance && first->steps == second.steps &&
         first->promotions == second.promotions && first->acked == second.acked;
}

/* What broke is shortened: into the folder if there is one, and told. */
static void shorten(struct world *world, const struct options *options,
                    const struct history_options *history) {
  struct script script = {0};
  struct finding finding;
  char path[512] = "";
  if (!shrink_find(world, history, &script, &finding)) return;
  size_t words = script.count;
  shrink(world, &script, &finding, NULL);
  if (options->run.found != NULL) {
    mkdir(options->run.found, 0777);
    snprintf(path, sizeof path, "%s/seed_%llu.story", options->run.found,
             (unsigned long long)history->seed);
    if (!shrink_write(path, history, &script, &finding)) {
      fprintf(stderr, "sim: --found %s: cannot be written\n", path);
    }
  }
  printf("seed %llu: %s\n%zu of its %zu words are enough:%s%s\n",
         (unsigned long long)history->seed, finding.why, script.count, words,
         path[0] != '\0' ? " " : "", path);
  if (strncmp(finding.key, "signal", 6) == 0) script_print(&script, stdout);
  else tell(world, &script);
  script_free(&script);
}

static int run_alone(const struct options *options) {
  struct world *world = world_new();
  static struct sums sums;
  struct script script = {0};
  struct history_options history = options->run.history;
  unsigned long long failed = 0, done = 0;
  for (; done < options->run.runs; history.seed++) {
    struct history_result result;
    bool fine = history_run(world, &history, &script, &sums.coverage, &result);
    add(&sums, &result);
    done++;
    if (options->tell) tell(world, &script);
    if (options->twice && !ends_equally(world, &script, &result)) {
      printf("seed %llu ends otherwise when it is told again\n",
             (unsigned long long)history.seed);
      failed++;
    }
    if (fine) continue;
    failed++;
    if (options->keep_going || options->raw) {
      bool told = options->twice || options->tell; /* the world is of the last one */
      if (told) history_run(world, &history, &script, NULL, &result);
      printf("seed %llu: %s\n", (unsigned long long)history.seed, world->violation);
    } else {
      shorten(world, options, &history);
    }
    if (!options->keep_going) break;
  }
  if (options->run.coverage) coverage_print(&sums.coverage, stdout);
  if (!options->tell) {
    printf("%llu histories, %llu broke an invariant; %llu promotions, %llu writes acknowledged "
           "(%llu durably), %llu steps of cores, slowest to settle %lld ms\n",
           done, failed, sums.promotions, sums.acked, sums.durable, sums.steps,
           (long long)sums.slowest / 1000);
    print(&sums.subs);
    print_txns(&sums.txns);
    print_fetches(&sums.fetches);
    print_pops(sums.pops);
  }
  script_free(&script);
  world_free(world);
  int holes = options->run.whole ? coverage_holes(&sums.coverage, stdout) : 0;
  return failed > 0 || holes > 0;
}

int main(int argc, char **argv) {
  struct options options;
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return help();
  int code = parse(argc, argv, &options);
  if (code != 0) return code;
  return options.many ? run_many(&options.run) : run_alone(&options);
}
