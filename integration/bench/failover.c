/*
 * The incumbents beside us (see failover.h and incumbents/README.md).
 *
 *   failover [--rounds N] [--case NAME]... [--system NAME]... [--out DIR] [--add] [--report]
 *            [--quick] [--list]
 *
 * Writes DIR/failover.tsv (a line per run), failover.md (tables) and failover.svg (gnuplot).
 * --add goes on in the file that is there; --report measures nothing, and reports from it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "clock.h"
#include "failover.h"
#include "netns.h"
#include "stall.h"
#include "text.h"

enum { CHOSEN_MAX = 16, REPEATS_MAX = 2, STALL_LIMIT_US = 150000 };

static struct {
  int rounds;
  bool quick;
  bool add;
  bool report;
  const char *out;
  const char *cases[CHOSEN_MAX];
  int case_count;
  const char *chosen[CHOSEN_MAX];
  int chosen_count;
  FILE *tsv;
  int64_t begun_us;
  int done;
  int planned;
  int fine;
  int broken;
} all = {.rounds = 3, .out = "."};

static bool among(const char *const *names, int count, const char *name) {
  for (int i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0) return true;
  }
  return count == 0;
}

/* Why this pair is not measured, NULL: it is. */
static const char *left_out(const struct trial *t, const struct system *s) {
  if (t->planned && s->kind == KIND_HAREDIS_JS) return "it has no planned switch";
  return system_missing(s);
}

static bool wanted(const struct trial *t, const struct system *s) {
  if (!among(all.cases, all.case_count, t->name)) return false;
  if (!among(all.chosen, all.chosen_count, s->name)) return false;
  return left_out(t, s) == NULL && !(t->hosts && netns_missing());
}

static int run_seconds(const struct trial *t, const struct system *s) {
  int setup = s->kind == KIND_HAREDIS ? 3 : s->kind == KIND_HAREDIS_JS ? 3 : 6;
  return setup + t->seconds + (t->until_found ? 1 + s->down_after_ms / 700 : 0);
}

/* ------------------------------------------------------------------------ one run ------------ */

static bool run_once(struct bout *b, struct outcome *out) {
  stall_begin();
  if (bout_begin(b)) b->trial->run(b);
  bool fine = !b->broken && bout_judge(b, out);
  bout_end(b);
  return fine;
}

/* A run in which the machine stood still says nothing about anybody: again, whoever it is. */
static bool run_one(const struct trial *t, const struct system *s, int round,
                    struct outcome *out) {
  static struct bout b;
  bool fine = false;
  for (int i = 0; i <= REPEATS_MAX; i++) {
    memset(&b, 0, sizeof b);
    b.trial = t;
    b.system = s;
    b.quick = all.quick;
    fine = run_once(&b, out);
    out->round = round;
    if (fine && stall_longest_us() < STALL_LIMIT_US) return true;
    if (!fine) text_line("%s, %s: %s: again", t->name, s->name, b.note);
    else if (i < REPEATS_MAX) {
      text_line("%s, %s: the machine stood still for %lld ms: again", t->name, s->name,
                (long long)stall_longest_us() / 1000);
    }
  }
  return fine;
}

static void show(const struct outcome *o) {
  char ms[24], gap[40], demoted[40] = "-";
  snprintf(gap, sizeof gap, "never (%lld ms)", (long long)o->never_ms);
  if (o->gap_us >= 0) snprintf(gap, sizeof gap, "%s ms", text_ms(ms, sizeof ms, o->gap_us));
  if (o->demoted_us >= 0) {
    snprintf(demoted, sizeof demoted, "after %s ms", text_ms(ms, sizeof ms, o->demoted_us));
  }
  text_line("%-13s %-17s gap %s, lost %lld + %lld, failed %lld, doubled %lld, promotions %d, "
            "demoted %s, onlooker %lld, masters %d%s%s", o->trial->name, o->system->name,
            gap, (long long)o->lost, (long long)o->in_flight,
            (long long)o->failed, (long long)o->doubled, o->promotions,
            demoted, (long long)o->stale, o->masters,
            o->note[0] ? "; " : "", o->note);
}

/* --quick judges counts alone, and only ours: what the others do is theirs. */
static void verdict(const struct trial *t, const struct system *s, bool ran,
                    const struct outcome *o) {
  const char *why = NULL;
  if (!ran) why = "it could not be run";
  else if (s->kind == KIND_HAREDIS && o->gap_us < 0) why = "it never wrote again";
  else if (s->kind == KIND_HAREDIS && o->promotions != 1) why = "not one promotion";
  else if (s->kind == KIND_HAREDIS && o->lost) why = "acknowledged writes were lost";
  else if (s->kind == KIND_HAREDIS && o->doubled) why = "writes were doubled";
  else if (o->acked == 0) why = "nothing was acknowledged";
  all.fine += why == NULL;
  all.broken += why != NULL;
  if (why) text_line("FAIL %s %s: %s", t->name, s->name, why);
  else text_line("ok %s %s", t->name, s->name);
}

static void progress(const struct trial *t, const struct system *s, int round, int left_s) {
  if (!text_is_terminal()) return;
  text_progress("round %d of %d, run %d of %d: %s, %s; about %d min %02d s left", round,
                all.rounds, all.done + 1, all.planned, t->what, s->label, left_s / 60,
                left_s % 60);
}

/* What is planned, in seconds; and how many runs. */
static int estimate(int *runs) {
  int seconds = 0;
  *runs = 0;
  for (int t = 0; t < trials_count; t++) {
    for (int s = 0; s < systems_count; s++) {
      if (!wanted(&trials[t], &systems[s])) continue;
      seconds += all.rounds * run_seconds(&trials[t], &systems[s]);
      *runs += all.rounds;
    }
  }
  return seconds;
}

/* All systems, one after the other, beginning with another one in each round. */
static void measure(int left_s) {
  struct outcome o;
  for (int round = 1; round <= all.rounds; round++) {
    for (int t = 0; t < trials_count; t++) {
      for (int i = 0; i < systems_count; i++) {
        const struct system *s = &systems[(i + round - 1) % systems_count];
        if (!wanted(&trials[t], s)) continue;
        progress(&trials[t], s, round, left_s);
        bool ran = run_one(&trials[t], s, round, &o);
        left_s -= run_seconds(&trials[t], s);
        if (left_s < 0) left_s = 0;
        all.done++;
        if (ran) show(&o);
        if (ran && all.tsv) report_row(all.tsv, &o);
        if (!ran) text_line("%s, %s: given up", trials[t].name, s->name);
        if (all.quick) verdict(&trials[t], s, ran, &o);
        else all.broken += !ran;
      }
    }
  }
}

static void tell_skipped(void) {
  const char *hosts = netns_missing();
  for (int t = 0; t < trials_count; t++) {
    if (!among(all.cases, all.case_count, trials[t].name)) continue;
    if (trials[t].hosts && hosts) text_line("skip %s: %s", trials[t].name, hosts);
    for (int s = 0; s < systems_count; s++) {
      const char *why = left_out(&trials[t], &systems[s]);
      if (!among(all.chosen, all.chosen_count, systems[s].name) || why == NULL) continue;
      text_line("skip %s, %s: %s", trials[t].name, systems[s].name, why);
    }
  }
}

/* ------------------------------------------------------------------------ reports ------------ */

static void path_of(char *path, size_t size, const char *name) {
  if (snprintf(path, size, "%s/%s", all.out, name) >= (int)size) kit_die("too long: %s", all.out);
}

static void tsv_open(void) {
  char path[400];
  path_of(path, sizeof path, "failover.tsv");
  if (mkdir(all.out, 0755) != 0 && errno != EEXIST) kit_die("cannot make %s", all.out);
  all.tsv = fopen(path, all.add ? "a" : "w");
  if (all.tsv == NULL) kit_die("cannot write %s", path);
  report_versions(all.tsv, "# ");
  if (ftell(all.tsv) >= 0 && !all.add) report_row_head(all.tsv);
  fflush(all.tsv);
}

/* The lines that say what it was measured on, each once. */
static void copy_versions(FILE *to, const char *tsv) {
  char line[1024], seen[4096] = "";
  size_t used = 0;
  bool any = false;
  FILE *f = fopen(tsv, "r");
  while (f && fgets(line, sizeof line, f)) {
    if (line[0] != '#' || strstr(seen, line)) continue;
    if (used < sizeof seen) {
      used += (size_t)snprintf(seen + used, sizeof seen - used, "%s", line);
    }
    line[strcspn(line, "\n")] = '\0';
    fprintf(to, "%s%s", any ? "; " : "", line + 2);
    any = true;
  }
  if (f) fclose(f);
  fprintf(to, ".\n\n");
}

static void draw(const struct outcome *outcomes, int count) {
  char svg[400], program[400];
  const char *argv[] = {"gnuplot", program, NULL};
  struct kit_spawn how = {.argv = argv};
  path_of(svg, sizeof svg, "failover.svg");
  snprintf(program, sizeof program, "%s/failover.gp", kit_dir());
  FILE *f = fopen(program, "w");
  if (f == NULL) kit_die("cannot write %s", program);
  report_plot(f, svg, outcomes, count);
  fclose(f);
  if (kit_run(&how) == 0) text_line("%s", svg);
  else text_line("skip %s: gnuplot is not there or failed", svg);
}

static void report(void) {
  static struct outcome outcomes[OUTCOMES_MAX];
  char tsv[400], table[400], line[1024];
  path_of(tsv, sizeof tsv, "failover.tsv");
  path_of(table, sizeof table, "failover.md");
  int count = report_read(tsv, outcomes, OUTCOMES_MAX);
  if (count <= 0) kit_die("nothing is measured in %s", tsv);
  FILE *f = fopen(table, "w+");
  if (f == NULL) kit_die("cannot write %s", table);
  fprintf(f, "# The incumbents beside us\n\nMade by `integration/bench/failover`; what was done, "
             "and with which settings, is in `incumbents/README.md`.\n\n");
  copy_versions(f, tsv);
  report_tables(f, outcomes, count);
  rewind(f);
  while (fgets(line, sizeof line, f)) fputs(line, stdout);
  fclose(f);
  draw(outcomes, count);
}

/* ------------------------------------------------------------------------ options ------------ */

static void usage(int code) {
  fprintf(code ? stderr : stdout,
          "usage: failover [--rounds N] [--case NAME]... [--system NAME]... [--out DIR] [--add] "
          "[--report] [--quick] [--list]\n");
  exit(code);
}

static void list(void) {
  for (int i = 0; i < trials_count; i++) {
    printf("case   %-17s %s\n", trials[i].name, trials[i].what);
  }
  for (int i = 0; i < systems_count; i++) {
    const char *missing = system_missing(&systems[i]);
    printf("system %-17s %s%s%s\n", systems[i].name, systems[i].label,
           missing ? "; not here: " : "", missing ? missing : "");
  }
  exit(0);
}

static void wrong(const char *what, const char *value) {
  fprintf(stderr, "failover: %s \"%s\"; --list shows cases and systems\n", what, value);
  exit(2);
}

static void choose(bool is_case, const char *name) {
  bool known = false;
  for (int i = 0; is_case && i < trials_count; i++) known |= strcmp(trials[i].name, name) == 0;
  for (int i = 0; !is_case && i < systems_count; i++) known |= strcmp(systems[i].name, name) == 0;
  if (!known) wrong(is_case ? "no case" : "no system", name);
  if (is_case && all.case_count < CHOSEN_MAX) all.cases[all.case_count++] = name;
  if (!is_case && all.chosen_count < CHOSEN_MAX) all.chosen[all.chosen_count++] = name;
}

/* An option with a value; false: it is none. */
static bool valued(const char *name, const char *value) {
  if (strcmp(name, "--rounds") == 0) {
    all.rounds = value ? (int)strtol(value, NULL, 10) : 0;
    if (all.rounds >= 1 && all.rounds <= ROUNDS_MAX) return true;
    wrong("no number of rounds (1 to 30)", value ? value : "");
    return true;
  }
  bool known = strcmp(name, "--case") == 0 || strcmp(name, "--system") == 0 ||
               strcmp(name, "--out") == 0;
  if (!known) return false;
  if (value == NULL) wrong("no value for", name);
  if (strcmp(name, "--out") == 0) all.out = value;
  else choose(strcmp(name, "--case") == 0, value);
  return true;
}

static void arguments(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--quick") == 0) {
      all.quick = true;
    } else if (strcmp(argv[i], "--add") == 0) {
      all.add = true;
    } else if (strcmp(argv[i], "--report") == 0) {
      all.report = true;
    } else if (strcmp(argv[i], "--list") == 0) {
      list();
    } else if (strcmp(argv[i], "--help") == 0) {
      usage(0);
    } else if (valued(argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
      i++;
    } else {
      fprintf(stderr, "failover: no option \"%s\"\n", argv[i]);
      usage(2);
    }
  }
}

static void arguments_quick(void) {
  static const char *const few[] = {"haredis", "sentinel-500", "ioredis-500", "haredis-js"};
  all.rounds = 1;
  if (all.case_count == 0) {
    all.cases[all.case_count++] = "kill";
    all.cases[all.case_count++] = "hang";
  }
  if (all.chosen_count != 0) return;
  for (int i = 0; i < 4; i++) all.chosen[all.chosen_count++] = few[i];
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  kit_init("failover");
  if (all.quick) arguments_quick();
  if (!all.report) {
    int seconds = estimate(&all.planned);
    tell_skipped();
    if (!all.quick) {
      tsv_open();
      text_line("%d runs, about %d min", all.planned, (seconds + 59) / 60);
    }
    measure(seconds);
    text_progress_end();
    if (all.tsv) fclose(all.tsv);
  }
  if (all.quick) printf("%d passed, %d failed\n", all.fine, all.broken);
  else report();
  return all.broken ? 1 : 0;
}
