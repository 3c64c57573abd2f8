/* Outcomes as a file of tab-separated values, and as tables in Markdown. */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "failover.h"
#include "text.h"

enum { COLUMNS = 17, LINE = 1024 };

/* ------------------------------------------------------------------------ the file ----------- */

void report_row_head(FILE *tsv) {
  fprintf(tsv, "case\tsystem\tround\tgap_ms\tnever_ms\tpause_ms\tacked\tfailed\tdoubled\tlost\t"
               "in_flight\tpromotions\tdemoted_ms\tstale\tmasters\tstall_ms\tnote\n");
}

static void put_ms(FILE *tsv, int64_t us) {
  if (us < 0) fprintf(tsv, "-\t");
  else fprintf(tsv, "%.3f\t", (double)us / 1000);
}

void report_row(FILE *tsv, const struct outcome *o) {
  fprintf(tsv, "%s\t%s\t%d\t", o->trial->name, o->system->name, o->round);
  put_ms(tsv, o->gap_us);
  fprintf(tsv, "%lld\t", (long long)o->never_ms);
  put_ms(tsv, o->pause_us);
  fprintf(tsv, "%lld\t%lld\t%lld\t%lld\t%lld\t%d\t", (long long)o->acked, (long long)o->failed,
          (long long)o->doubled, (long long)o->lost, (long long)o->in_flight, o->promotions);
  put_ms(tsv, o->demoted_us);
  if (o->stale < 0) fprintf(tsv, "-\t");
  else fprintf(tsv, "%lld\t", (long long)o->stale);
  fprintf(tsv, "%d\t", o->masters);
  put_ms(tsv, o->stall_us);
  fprintf(tsv, "%s\n", o->note);
  fflush(tsv);
}

static int64_t take_us(const char *word) {
  return strcmp(word, "-") == 0 ? -1 : (int64_t)(strtod(word, NULL) * 1000 + 0.5);
}

static int64_t take(const char *word) {
  return strcmp(word, "-") == 0 ? -1 : strtoll(word, NULL, 10);
}

static bool row_take(char *line, struct outcome *o) {
  char *words[COLUMNS] = {0};
  int count = 0;
  line[strcspn(line, "\n")] = '\0';
  for (char *at = line; at && count < COLUMNS; count++) {
    words[count] = at;
    at = strchr(at, '\t');
    if (at) *at++ = '\0';
  }
  memset(o, 0, sizeof *o);
  if (count < COLUMNS) return false;
  for (int i = 0; i < trials_count; i++) {
    if (strcmp(words[0], trials[i].name) == 0) o->trial = &trials[i];
  }
  for (int i = 0; i < systems_count; i++) {
    if (strcmp(words[1], systems[i].name) == 0) o->system = &systems[i];
  }
  o->round = (int)take(words[2]);
  o->gap_us = take_us(words[3]);
  o->never_ms = take(words[4]);
  o->pause_us = take_us(words[5]);
  o->acked = take(words[6]);
  o->failed = take(words[7]);
  o->doubled = take(words[8]);
  o->lost = take(words[9]);
  o->in_flight = take(words[10]);
  o->promotions = (int)take(words[11]);
  o->demoted_us = take_us(words[12]);
  o->stale = take(words[13]);
  o->masters = (int)take(words[14]);
  o->stall_us = take_us(words[15]);
  snprintf(o->note, sizeof o->note, "%s", words[16]);
  return o->trial != NULL && o->system != NULL;
}

int report_read(const char *path, struct outcome *all, int room) {
  char line[LINE];
  int count = 0;
  FILE *f = fopen(path, "r");
  if (f == NULL) return -1;
  while (count < room && fgets(line, sizeof line, f)) {
    if (line[0] != '#' && row_take(line, &all[count])) count++;
  }
  fclose(f);
  return count;
}

/* ---------------------------------------------------------------------- what it ran on ------- */

static void first_line(FILE *f, const char *start, const char *name, const char *command) {
  char line[200] = "";
  FILE *p = popen(command, "r");
  if (p == NULL) return;
  if (fgets(line, sizeof line, p)) line[strcspn(line, "\n")] = '\0';
  pclose(p);
  if (line[0]) fprintf(f, "%s%s%s\n", start, name, line);
}

void report_versions(FILE *f, const char *start) {
  struct utsname u;
  char day[32] = "";
  time_t now = time(NULL);
  struct tm local;
  if (localtime_r(&now, &local)) strftime(day, sizeof day, "%Y-%m-%d", &local);
  fprintf(f, "%s%s, %ld cores", start, day, sysconf(_SC_NPROCESSORS_ONLN));
  if (uname(&u) == 0) fprintf(f, ", %s %s", u.sysname, u.release);
  fprintf(f, ", hiredis %d.%d.%d\n", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
  first_line(f, start, "", "\"${HAREDIS_REDIS_SERVER:-redis-server}\" --version | cut -d' ' -f1-3");
  first_line(f, start, "Node.js ", "node --version 2>/dev/null");
  first_line(f, start, "ioredis ",
             "cd \"${HAREDIS_INCUMBENTS:-/nowhere}\" 2>/dev/null && "
             "node -p 'require(\"./node_modules/ioredis/package.json\").version' 2>/dev/null");
  first_line(f, start, "haredis for Node.js ",
             "cd \"${HAREDIS_INCUMBENTS:-/nowhere}\" 2>/dev/null && "
             "node -p 'require(\"./node_modules/haredis/package.json\").version' 2>/dev/null");
}

/* -------------------------------------------------------------------------- tables ----------- */

typedef int64_t (*figure)(const struct outcome *o);

static int64_t gap_of(const struct outcome *o) { return o->gap_us; }
static int64_t lost_of(const struct outcome *o) { return o->lost; }
static int64_t flight_of(const struct outcome *o) { return o->in_flight; }
static int64_t failed_of(const struct outcome *o) { return o->failed; }
static int64_t doubled_of(const struct outcome *o) { return o->doubled; }
static int64_t promotions_of(const struct outcome *o) { return o->promotions; }
static int64_t demoted_of(const struct outcome *o) { return o->demoted_us; }
static int64_t stale_of(const struct outcome *o) { return o->stale; }

/* One cell: the outcomes of one system in one case. */
struct cell {
  const struct outcome *of[ROUNDS_MAX];
  int count;
};

static struct cell cell_of(const struct outcome *all, int count, const struct system *s,
                           const struct trial *t) {
  struct cell c = {.count = 0};
  for (int i = 0; i < count; i++) {
    if (all[i].system != s || all[i].trial != t || c.count == ROUNDS_MAX) continue;
    c.of[c.count++] = &all[i];
  }
  return c;
}

static size_t collect(const struct cell *c, figure what, int64_t *values) {
  size_t n = 0;
  for (int i = 0; i < c->count; i++) {
    int64_t v = what(c->of[i]);
    if (v >= 0) values[n++] = v;
  }
  return n;
}

/* "1 673 (1 650–1 702)" from microseconds. */
static void put_times(FILE *f, const struct cell *c, figure what, const char *none) {
  int64_t values[ROUNDS_MAX];
  char a[24], b[24], m[24];
  size_t n = collect(c, what, values);
  if (n == 0) {
    fprintf(f, "%s", none);
    return;
  }
  struct spread s = text_spread(values, n);
  fprintf(f, "%s", text_ms(m, sizeof m, s.median));
  if (n > 1) fprintf(f, " (%s–%s)", text_ms(a, sizeof a, s.min), text_ms(b, sizeof b, s.max));
}

static void put_counts(FILE *f, const struct cell *c, figure what) {
  int64_t values[ROUNDS_MAX];
  size_t n = collect(c, what, values);
  if (n == 0) {
    fprintf(f, "–");
    return;
  }
  struct spread s = text_spread(values, n);
  fprintf(f, "%lld", (long long)s.median);
  if (s.min != s.max) fprintf(f, " (%lld–%lld)", (long long)s.min, (long long)s.max);
}

static void put_gap(FILE *f, const struct cell *c) {
  int never = 0;
  int64_t after_ms = 0;
  for (int i = 0; i < c->count; i++) {
    if (c->of[i]->gap_us >= 0) continue;
    never++;
    after_ms = c->of[i]->never_ms;
  }
  if (c->count == 0) {
    fprintf(f, "–");
  } else if (never == c->count) {
    fprintf(f, "never (%lld s)", (long long)(after_ms + 500) / 1000);
  } else {
    put_times(f, c, gap_of, "–");
    if (never) fprintf(f, ", never %d×", never);
  }
}

static void put_lost(FILE *f, const struct cell *c) {
  int64_t values[ROUNDS_MAX];
  put_counts(f, c, lost_of);
  size_t n = collect(c, flight_of, values);
  struct spread s = text_spread(values, n);
  if (n && s.max > 0) {
    fprintf(f, " + ");
    put_counts(f, c, flight_of);
  }
}

static bool measured(const struct outcome *all, int count, const struct system *s,
                     const struct trial *t) {
  for (int i = 0; i < count; i++) {
    if ((s == NULL || all[i].system == s) && (t == NULL || all[i].trial == t)) return true;
  }
  return false;
}

/* Systems down, cases across. */
static void matrix(FILE *f, const struct outcome *all, int count,
                   void (*put)(FILE *f, const struct cell *c)) {
  fprintf(f, "| |");
  int columns = 0;
  for (int t = 0; t < trials_count; t++) {
    if (!measured(all, count, NULL, &trials[t])) continue;
    fprintf(f, " %s |", trials[t].label);
    columns++;
  }
  fprintf(f, "\n|---|");
  for (int i = 0; i < columns; i++) fprintf(f, "---:|");
  fprintf(f, "\n");
  for (int s = 0; s < systems_count; s++) {
    if (!measured(all, count, &systems[s], NULL)) continue;
    fprintf(f, "| %s |", systems[s].label);
    for (int t = 0; t < trials_count; t++) {
      if (!measured(all, count, NULL, &trials[t])) continue;
      struct cell c = cell_of(all, count, &systems[s], &trials[t]);
      fprintf(f, " ");
      put(f, &c);
      fprintf(f, " |");
    }
    fprintf(f, "\n");
  }
}

static void long_row(FILE *f, const struct cell *c, const struct system *s) {
  int64_t masters = 1, rounds = c->count;
  for (int i = 0; i < c->count; i++) {
    if (c->of[i]->masters > masters) masters = c->of[i]->masters;
  }
  fprintf(f, "| %s | %lld | ", s->label, (long long)rounds);
  put_gap(f, c);
  fprintf(f, " | ");
  put_lost(f, c);
  figure counts[] = {failed_of, doubled_of, promotions_of};
  for (int i = 0; i < 3; i++) {
    fprintf(f, " | ");
    put_counts(f, c, counts[i]);
  }
  fprintf(f, " | ");
  put_times(f, c, demoted_of, "–");
  fprintf(f, " | ");
  put_counts(f, c, stale_of);
  fprintf(f, masters > 1 ? " | **%lld** |\n" : " | %lld |\n", (long long)masters);
}

void report_tables(FILE *f, const struct outcome *all, int count) {
  fprintf(f, "Gap in ms, median (min–max): fault to the first acknowledged write that is on the "
             "final master; planned switch: the longest pause.\n\n");
  matrix(f, all, count, put_gap);
  fprintf(f, "\nAcknowledged writes that are not on the final master (+ those of the last 100 ms "
             "before a sudden fault).\n\n");
  matrix(f, all, count, put_lost);
  for (int t = 0; t < trials_count; t++) {
    if (!measured(all, count, NULL, &trials[t])) continue;
    fprintf(f, "\n**%s**: %s\n\n", trials[t].label, trials[t].what);
    fprintf(f, "| | runs | gap ms | lost (+ in flight) | failed | doubled | promotions | "
               "old master demoted after ms | onlooker's writes it acknowledged | masters at the "
               "end |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (int s = 0; s < systems_count; s++) {
      struct cell c = cell_of(all, count, &systems[s], &trials[t]);
      if (c.count) long_row(f, &c, &systems[s]);
    }
  }
}
