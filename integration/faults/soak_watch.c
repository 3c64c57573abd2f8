/* Memory and descriptors of everybody, looked at in each calm. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak.h"
#include "text.h"

enum {
  GROWTH_KB = 512,       /* more in the last quarter than in the second: the allocator's own play */
  SAMPLES_MIN = 8,
  POOLED = 4,            /* idle links of a pool, where calms are short or a process is new: for
                            two kinds of transactions, BLPOP and reads */
  WATCHED = SOAK_SLOTS + GROUP_MAX,
};

struct samples {
  int64_t rss_kb[SOAK_CALMS];
  int fds[SOAK_CALMS];
  int count;
  pid_t pid;             /* of the process that these are of: a new one begins anew */
  int64_t first_rss_kb, first_fds;
  bool lived_on;         /* one process since the beginning */
};

static struct samples all[WATCHED];

/* The memory that is its own: the page shared with us and the programs' text left out. */
static int64_t rss_of(pid_t pid) {
  char path[64], line[256];
  long long kb = -1;
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f)) {
    if (strncmp(line, "RssAnon:", 8) == 0) kb = strtoll(line + 8, NULL, 10);
  }
  if (f) fclose(f);
  return kb;
}

static int fds_of(pid_t pid) {
  char path[64];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *dir = opendir(path);
  for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
    count += e->d_name[0] != '.';
  }
  if (dir) closedir(dir);
  return count;
}

static void look(struct samples *s, pid_t pid) {
  if (pid == 0) return;
  if (s->pid != pid) {
    bool first = s->pid == 0;
    memset(s, 0, sizeof *s);
    s->pid = pid;
    s->lived_on = first;
  }
  if (s->count == SOAK_CALMS) return;
  s->rss_kb[s->count] = rss_of(pid);
  s->fds[s->count] = fds_of(pid);
  s->count++;
}

static size_t put(char *row, size_t size, size_t used, const char *sign, const struct samples *s) {
  if (used >= size || s->count == 0) return used;
  return used + (size_t)snprintf(row + used, size - used, "%s%lld/%d", sign,
                                 (long long)s->rss_kb[s->count - 1], s->fds[s->count - 1]);
}

void watch_look(const struct crew *c, const struct group *g, char *row, size_t size) {
  size_t used = 0;
  row[0] = '\0';
  for (int i = 0; i < c->count; i++) {
    look(&all[i], c->members[i].pid);
    used = put(row, size, used, i ? " " : "", &all[i]);
  }
  for (int i = 0; i < g->count; i++) {
    look(&all[SOAK_SLOTS + i], g->servers[i].pid);
    used = put(row, size, used, i ? " " : " | ", &all[SOAK_SLOTS + i]);
  }
}

static int64_t median_of(const struct samples *s, int from, int to) {
  int64_t values[SOAK_CALMS];
  memcpy(values, s->rss_kb + from, (size_t)(to - from) * sizeof values[0]);
  return text_spread(values, (size_t)(to - from)).median;
}

static int64_t growth_kb(const struct samples *s) {
  int n = s->count;
  return median_of(s, n - n / 4, n) - median_of(s, n / 4, n / 2);
}

/* Links are opened when they are needed first: the first two calms say how many there are. */
static void judge_fds(int i, bool quiet) {
  const struct samples *s = &all[i];
  int known = s->count > 1 && s->fds[1] > s->fds[0] ? s->fds[1] : s->fds[0];
  int most = known + (quiet && s->lived_on ? 0 : POOLED);
  for (int k = 2; k < s->count; k++) {
    if (s->fds[k] <= most) continue;
    soak_break("application %d has %d descriptors in a calm, and had %d in its first two", i + 1,
               s->fds[k], known);
    return;
  }
}

void watch_judge(const struct crew *c, bool quiet) {
  for (int i = 0; i < c->count; i++) {
    const struct samples *s = &all[i];
    judge_fds(i, quiet);
    if (s->count < SAMPLES_MIN || growth_kb(s) <= GROWTH_KB) continue;
    soak_break("application %d has grown by %lld KB between the second and the last quarter",
               i + 1, (long long)growth_kb(s));
  }
}

static void print_one(struct table *t, const char *name, const struct samples *s) {
  char growth[32] = "-";
  if (s->count == 0) return;
  if (s->count >= SAMPLES_MIN) snprintf(growth, sizeof growth, "%lld", (long long)growth_kb(s));
  int low = s->fds[0], high = s->fds[0];
  int64_t most = s->rss_kb[0];
  for (int i = 1; i < s->count; i++) {
    if (s->fds[i] < low) low = s->fds[i];
    if (s->fds[i] > high) high = s->fds[i];
    if (s->rss_kb[i] > most) most = s->rss_kb[i];
  }
  table_row(t, "%s|%d%s|%lld|%lld|%lld|%s|%d|%d|%d-%d", name, s->count,
            s->lived_on ? "" : " (restarted)", (long long)s->rss_kb[0],
            (long long)s->rss_kb[s->count - 1], (long long)most, growth, s->fds[0],
            s->fds[s->count - 1], low, high);
}

void watch_print(const struct crew *c, const struct group *g) {
  static struct table t;
  char name[96];
  memset(&t, 0, sizeof t);
  table_row(&t, "<process|calms|RSS KB first|last|most|Q4 - Q2|fd first|last|range");
  for (int i = 0; i < c->count; i++) {
    snprintf(name, sizeof name, "application %d%s", i + 1,
             c->members[i].blocking ? ", blocking" : "");
    print_one(&t, name, &all[i]);
  }
  for (int i = 0; i < g->count; i++) print_one(&t, g->servers[i].name, &all[SOAK_SLOTS + i]);
  table_print(&t);
}
