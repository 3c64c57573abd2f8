/*
 * What happened in containers, judged from files: what was done and when, what each application
 * wrote down, and its trace; held against the lists that the last master has. It does not know
 * docker: `demo` beside it does everything else.
 *
 *   containers-judge now           the time: monotonic microseconds and seconds since 1970
 *   containers-judge stamp         copies lines, each with the time before it, as `docker logs -t`
 *   containers-judge FOLDER PORT   the time line, the table and the verdict; PORT is the master's
 *
 * In the folder: `deeds` (see deed_read), and NAME.records and NAME.trace of every application.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "clock.h"
#include "picture.h"
#include "text.h"
#include "writers.h"

enum { DEEDS_MAX = 16, LINES_MAX = 20000, ROWS_MAX = 24, LINE_MAX_CHARS = 96 };
enum { APPS = 4, HOST = 3 }; /* the last one runs on the host, and its writes are plain ones */
enum { SAFE_MS = 100, BEFORE_MS = 200, TRACE_MS = 6000, LAST_MS = 10000, TOGETHER_MS = 100 };

static const char *const names[APPS] = {"app-1", "app-2", "app-3", "host"};

/* What may become of writes around a deed. */
enum kind {
  CALM,   /* none fails, none is lost */
  STRESS, /* none is lost */
  FAULT,  /* the master is lost: plain writes in flight may be lost with it, Redis' own limit */
};

struct deed {
  int64_t at_us;
  int64_t after_us;
  double wall;
  enum kind kind;
  int expected;      /* promotions */
  int promotions;
  char master[32];   /* when all was well again */
  char name[64];
};

struct line {
  double wall;
  int app;
  char text[LINE_MAX_CHARS];
};

/* What several applications said at about the same time. */
struct row {
  const struct line *first;
  bool said[APPS];
};

static struct {
  struct deed deeds[DEEDS_MAX];
  int count;
  struct line *lines;
  size_t line_count;
  struct crowd apps;
  int failures;
} judge;

/* ------------------------------------------------------------------------------ reading ----- */

/* "at_us after_us wall kind expected promotions master name of several words" */
static bool deed_read(struct deed *d, const char *line) {
  char kind[16];
  long long at, after;
  int used = 0;
  if (sscanf(line, "%lld %lld %lf %15s %d %d %31s %n", &at, &after, &d->wall, kind, &d->expected,
             &d->promotions, d->master, &used) != 7) {
    return false;
  }
  d->at_us = at;
  d->after_us = after;
  d->kind = strcmp(kind, "fault") == 0 ? FAULT : strcmp(kind, "stress") == 0 ? STRESS : CALM;
  snprintf(d->name, sizeof d->name, "%.*s", (int)strcspn(line + used, "\n"), line + used);
  return true;
}

static void deeds_read(const char *folder) {
  char path[320], line[256];
  snprintf(path, sizeof path, "%s/deeds", folder);
  FILE *f = fopen(path, "r");
  if (f == NULL) kit_die("%s cannot be read", path);
  while (judge.count < DEEDS_MAX && fgets(line, sizeof line, f)) {
    if (!deed_read(&judge.deeds[judge.count], line)) kit_die("%s: not a deed: %s", path, line);
    judge.count++;
  }
  fclose(f);
  if (judge.count == 0) kit_die("%s: nothing was done", path);
}

/* "2026-11-20T16:23:47.605850358Z ..."; 0: not such a line. */
static double wall_of(const char *line) {
  struct tm tm = {.tm_isdst = 0};
  double second;
  if (sscanf(line, "%d-%d-%dT%d:%d:%lfZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
             &tm.tm_min, &second) != 6) {
    return 0;
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return (double)timegm(&tm) + second;
}

/* Of a trace all lines but those of the level debug. */
static void trace_read(const char *folder, int app) {
  char path[320], line[1024];
  snprintf(path, sizeof path, "%s/%s.trace", folder, names[app]);
  FILE *f = fopen(path, "r");
  if (f == NULL) kit_die("%s cannot be read", path);
  while (judge.line_count < LINES_MAX && fgets(line, sizeof line, f)) {
    double wall = wall_of(line);
    const char *text = strstr(line, "(#1) ");
    if (wall == 0 || text == NULL || strstr(text, " debug: ")) continue;
    struct line *to = &judge.lines[judge.line_count++];
    *to = (struct line){.wall = wall, .app = app};
    snprintf(to->text, sizeof to->text, "%.*s", (int)strcspn(text + 5, "\n"), text + 5);
  }
  fclose(f);
}

static int by_time(const void *a, const void *b) {
  double x = ((const struct line *)a)->wall, y = ((const struct line *)b)->wall;
  return (x > y) - (x < y);
}

static void app_read(const char *folder, int index) {
  struct writer *w = &judge.apps.writers[judge.apps.count++];
  w->id = index + 1;
  snprintf(w->key, sizeof w->key, index == HOST ? "app:%s" : "app:%.1s",
           index == HOST ? "host" : names[index] + 4);
  snprintf(w->records_path, sizeof w->records_path, "%s/%s.records", folder, names[index]);
  w->records = record_load(w->records_path, &w->count);
  w->complete = w->count > 0 && w->records[w->count - 1].kind == RECORD_END;
}

/* ------------------------------------------------------------------------------ showing ----- */

static int64_t until_us(int i) {
  if (i + 1 < judge.count) return judge.deeds[i + 1].at_us;
  return judge.deeds[i].after_us + LAST_MS * 1000;
}

/* A row that says the same already, but not for this application; NULL: none. */
static struct row *row_for(struct row *rows, int count, const struct line *l) {
  for (int i = 0; i < count; i++) {
    const struct line *first = rows[i].first;
    if (!rows[i].said[l->app] && (l->wall - first->wall) * 1000 < TOGETHER_MS &&
        strcmp(first->text, l->text) == 0) {
      return &rows[i];
    }
  }
  return NULL;
}

static void rows_print(const struct deed *d, const struct row *rows, int count) {
  for (int i = 0; i < count; i++) {
    const struct row *r = &rows[i];
    printf("  %7.1f  ", (r->first->wall - d->wall) * 1000);
    for (int app = 0; app < APPS; app++) {
      printf(" %-4.4s", !r->said[app] ? "." : app == HOST ? "host" : names[app] + 4);
    }
    printf(" %s\n", r->first->text);
  }
}

/* The traces of all applications side by side, from this deed on. */
static void trace_show(int i) {
  const struct deed *d = &judge.deeds[i];
  struct row rows[ROWS_MAX];
  double end = d->wall + TRACE_MS / 1000.0;
  int count = 0, more = 0;
  if (i + 1 < judge.count && judge.deeds[i + 1].wall < end) end = judge.deeds[i + 1].wall;
  for (size_t k = 0; k < judge.line_count; k++) {
    const struct line *l = &judge.lines[k];
    if (l->wall < d->wall || l->wall >= end) continue;
    struct row *r = row_for(rows, count, l);
    if (r == NULL && count < ROWS_MAX) {
      r = &rows[count++];
      *r = (struct row){.first = l};
    }
    if (r != NULL) r->said[l->app] = true;
    else more++;
  }
  printf("\n%d. %s\n       ms   app\n", i, d->name);
  rows_print(d, rows, count);
  if (more) printf("            ... and %d lines more\n", more);
}

/* The story without its beginning: a second before the first deed is enough of it. */
static void overview_show(void) {
  static struct crowd shown;
  int64_t marks[DEEDS_MAX];
  shown = judge.apps;
  for (int i = 1; i < judge.count; i++) marks[i - 1] = judge.deeds[i].at_us;
  for (int i = 0; i < shown.count && judge.count > 1; i++) {
    struct writer *w = &shown.writers[i];
    while (w->count > 0 && w->records->at_us < marks[0] - 1000000) {
      w->records++;
      w->count--;
    }
  }
  printf("\napp 1 to 3 are in containers, app 4 is on the host; ");
  picture_overview(NULL, &shown, marks, judge.count - 1);
}

static const char *gap_of(int i, int app, char *out, size_t size) {
  const struct deed *d = &judge.deeds[i];
  if (i == 0) return "";
  const struct writer *w = &judge.apps.writers[app];
  int64_t last = w->count ? w->records[w->count - 1].at_us : 0;
  int64_t to = until_us(i) < last ? until_us(i) : last;
  return text_ms(out, size, writer_longest_pause(w, d->at_us, to));
}

static void table_show(const struct tally_span *durable, const struct tally_span *plain) {
  static struct table t;
  table_row(&t, "<what|gap ms: app-1|app-2|app-3|host|acked|failed|lost|doubled|promoted|<master");
  for (int i = 0; i < judge.count; i++) {
    const struct tally *a = &durable[i].tally, *b = &plain[i].tally;
    const struct deed *d = &judge.deeds[i];
    char gap[APPS][16], what[80] = "the first election";
    if (i) snprintf(what, sizeof what, "%d. %s", i, d->name);
    table_row(&t, "%s|%s|%s|%s|%s|%lld|%lld|%lld|%lld|%d|%s", what,
              gap_of(i, 0, gap[0], sizeof gap[0]), gap_of(i, 1, gap[1], sizeof gap[1]),
              gap_of(i, 2, gap[2], sizeof gap[2]), gap_of(i, 3, gap[3], sizeof gap[3]),
              (long long)(a->acked + b->acked), (long long)(a->failed + b->failed),
              (long long)(a->lost + b->lost), (long long)(a->duplicated + b->duplicated),
              d->promotions, d->master);
  }
  printf("\n");
  table_print(&t);
}

/* ------------------------------------------------------------------------------ judging ----- */

static void fail_when(bool wrong, const char *where, const char *what, int64_t count) {
  if (!wrong) return;
  printf("FAILED: %s: %s (%lld)\n", where, what, (long long)count);
  judge.failures++;
}

static void tally_judge(const struct deed *d, const struct tally *t, int64_t lost) {
  fail_when(lost > 0, d->name, "acknowledged writes lost", lost);
  fail_when(t->duplicated > 0, d->name, "writes doubled", t->duplicated);
  fail_when(t->ghosts > 0, d->name, "writes ran that were said not to have run", t->ghosts);
  fail_when(d->kind == CALM && t->failed > 0, d->name, "writes failed", t->failed);
}

static void spans_judge(const struct tally_span *durable, const struct tally_span *plain) {
  int64_t excused = 0;
  for (int i = 0; i < judge.count; i++) {
    const struct deed *d = &judge.deeds[i];
    const struct tally *p = &plain[i].tally;
    tally_judge(d, &durable[i].tally, durable[i].tally.lost);
    tally_judge(d, p, d->kind == FAULT ? p->lost_early : p->lost);
    if (d->kind == FAULT) excused += p->lost - p->lost_early;
    fail_when(d->promotions != d->expected, d->name, "promotions", d->promotions);
  }
  if (excused) {
    printf("\n%lld plain writes of the application on the host were lost with a master that had "
           "answered them\nand not yet sent them on: the limit of asynchronous replication.\n",
           (long long)excused);
  }
}

/* The spans of some of the applications. */
static void spans_count(struct tally_span *spans, int first, int end, struct server *master) {
  static struct crowd some;
  some.count = 0;
  for (int i = first; i < end; i++) some.writers[some.count++] = judge.apps.writers[i];
  for (int i = 0; i < judge.count; i++) {
    spans[i] = (struct tally_span){.from_us = judge.deeds[i].at_us - BEFORE_MS * 1000,
                                   .safe_us = judge.deeds[i].at_us - SAFE_MS * 1000};
  }
  if (!crowd_tally_spans(&some, master, spans, judge.count)) kit_die("the master cannot be read");
}

static int verdict(const char *folder, int port) {
  struct server master = {.pid = 1, .port = port, .host = "127.0.0.1"};
  struct tally_span durable[DEEDS_MAX], plain[DEEDS_MAX];
  deeds_read(folder);
  judge.lines = calloc(LINES_MAX, sizeof *judge.lines);
  if (judge.lines == NULL) kit_die("out of memory");
  for (int i = 0; i < APPS; i++) {
    app_read(folder, i);
    trace_read(folder, i);
    fail_when(!judge.apps.writers[i].complete, names[i], "it did not end in order", 0);
  }
  qsort(judge.lines, judge.line_count, sizeof *judge.lines, by_time);
  spans_count(durable, 0, HOST, &master);
  spans_count(plain, HOST, APPS, &master);
  for (int i = 1; i < judge.count; i++) trace_show(i);
  overview_show();
  table_show(durable, plain);
  spans_judge(durable, plain);
  probe_close(&master);
  for (int i = 0; i < APPS; i++) free(judge.apps.writers[i].records);
  free(judge.lines);
  return judge.failures ? 1 : 0;
}

/* ----------------------------------------------------------------------------- the clock ---- */

static int now(void) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  printf("%lld %lld.%06ld\n", (long long)kit_now_us(), (long long)wall.tv_sec,
         wall.tv_nsec / 1000);
  return 0;
}

static int stamp(void) {
  char line[1024], when[32];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec wall;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &wall);
    gmtime_r(&wall.tv_sec, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    printf("%s.%09ldZ %s", when, wall.tv_nsec, line);
    fflush(stdout);
  }
  return 0;
}

int main(int argc, char **argv) {
  setlocale(LC_CTYPE, "");
  kit_init("containers-judge");
  if (argc == 2 && strcmp(argv[1], "now") == 0) return now();
  if (argc == 2 && strcmp(argv[1], "stamp") == 0) return stamp();
  if (argc == 3) return verdict(argv[1], (int)strtol(argv[2], NULL, 10));
  fprintf(stderr, "usage: containers-judge now | stamp | FOLDER PORT\n");
  return 2;
}
