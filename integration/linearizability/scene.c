/* See scene.h. */
#include "scene.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "child.h"
#include "clock.h"
#include "netns.h"
#include "text.h"
#include "writers.h"

enum {
  WORDS_MAX = 24,
  WORD_MAX = 600,
  DOWN_AFTER_MS = 500,
  READY_MS = 15000,
  PEACE_MS = 2000,   /* of work behind the last fault */
  SETTLE_MS = 30000,
  LAST_MS = 60000,
  LOOK_MS = 100,
};

static void broken(struct scene *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void broken(struct scene *s, const char *format, ...) {
  va_list ap;
  if (s->broken[0]) return;
  va_start(ap, format);
  vsnprintf(s->broken, sizeof s->broken, format, ap);
  va_end(ap);
}

/* ------------------------------------------------------------------------- applications ------ */

struct words {
  char text[WORDS_MAX][WORD_MAX];
  const char *argv[WORDS_MAX + 1];
  int count;
};

static void word(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void word(struct words *w, const char *format, ...) {
  va_list ap;
  if (w->count == WORDS_MAX) kit_die("too many words for an application");
  va_start(ap, format);
  vsnprintf(w->text[w->count], WORD_MAX, format, ap);
  va_end(ap);
  w->argv[w->count] = w->text[w->count];
  w->argv[++w->count] = NULL;
}

static const char *log_path(int process, char path[320]) {
  snprintf(path, 320, "%s/shared%d.log", kit_dir(), process);
  return path;
}

/* One process more; `last`: the generation up to which it reads everything and ends, or -1. */
static pid_t app_spawn(struct scene *s, int host, long last) {
  struct words w = {.count = 0};
  char path[320], trace[320];
  int process = ++s->processes;
  bool calm = last >= 0;
  snprintf(trace, sizeof trace, "%s/shared%d.trace", kit_dir(), process);
  word(&w, "%s", writers_program("haredis-shared"));
  word(&w, "nodes=%s", s->group.nodes);
  word(&w, "log=%s", log_path(process, path));
  word(&w, "process=%d", process);
  word(&w, "start_us=%lld", (long long)s->start_us);
  word(&w, "seed=%llu", (unsigned long long)(s->plan.seed % 1000000));
  word(&w, "generation_ms=%d", GENERATION_MS);
  word(&w, "durability=%s", s->plan.durability);
  word(&w, "reads=%s", calm ? "linearizable" : s->plan.reads);
  word(&w, "read_from=%s", calm ? "master" : s->plan.read_from);
  word(&w, "down_after_ms=%d", DOWN_AFTER_MS);
  word(&w, "command_timeout_ms=%d", 2000);
  word(&w, "clients=%d", calm ? 1 : 3);
  word(&w, "appends=%d", s->plan.appends && !calm);
  word(&w, "last=%ld", last);
  struct kit_spawn how = {.argv = w.argv, .environment = "HAREDIS_LOG=debug", .err = trace,
                          .netns = s->hosts ? netns_of(host) : 0};
  return kit_spawn(&how);
}

static void on_application(int number, enum nemesis_app what, void *data) {
  struct scene *s = data;
  switch (what) {
    case NEMESIS_APP_STOPS:
      kit_signal(s->pids[number], SIGSTOP);
      break;
    case NEMESIS_APP_RESUMES:
      kit_signal(s->pids[number], SIGCONT);
      break;
    case NEMESIS_APP_DIES:
      kit_kill(s->pids[number]);
      s->pids[number] = 0;
      break;
    case NEMESIS_APP_STARTS:
      s->pids[number] = app_spawn(s, number, -1);
      break;
  }
}

/* Nobody but the nemesis ends an application. */
static void apps_watch(struct scene *s) {
  for (int i = 0; i < s->plan.nodes; i++) {
    if (s->pids[i] == 0) continue;
    int status = kit_reap(s->pids[i], 0);
    if (status == -1) continue;
    s->pids[i] = 0;
    broken(s, "application %d ended by itself, with status %d", i + 1, status);
  }
}

static void apps_end(struct scene *s) {
  for (int i = 0; i < s->plan.nodes; i++) kit_signal(s->pids[i], SIGTERM);
  for (int i = 0; i < s->plan.nodes; i++) {
    if (s->pids[i] == 0) continue;
    int status = kit_reap(s->pids[i], 10000);
    if (status == -1) kit_kill(s->pids[i]);
    if (status != 0) broken(s, "application %d did not end in order (%d)", i + 1, status);
    s->pids[i] = 0;
  }
}

/* -------------------------------------------------------------------------------- parts ------ */

static void group_begin(struct scene *s) {
  struct group_plan plan = {.nodes = s->plan.nodes, .append = true, .hosts = s->hosts,
                            /* kill -9 takes nothing of what was written; fsync is for power */
                            .extra = "appendfsync no\n"};
  if (s->hosts) netns_build(s->plan.nodes);
  group_start(&s->group, &plan);
  s->start_us = kit_now_us();
  for (int i = 0; i < s->plan.nodes; i++) s->pids[i] = app_spawn(s, i, -1);
  char why[160];
  if (!group_settle(&s->group, READY_MS, why, sizeof why)) broken(s, "no group: %s", why);
}

static void torment(struct scene *s) {
  struct nemesis_plan plan = {.group = &s->group, .seed = s->plan.seed, .kinds = s->plan.kinds,
                              .interval_ms = 900, .fault_ms = 900, .at_once = 2,
                              .applications = s->plan.nodes, .application = on_application,
                              .data = s};
  if (!s->hosts) plan.kinds &= ~(unsigned)NEMESIS_CUTS;
  s->nemesis = nemesis_new(&plan);
  int64_t told_us = 0, end_us = kit_now_us() + (int64_t)s->plan.seconds * 1000000;
  while (kit_now_us() < end_us && !s->broken[0]) {
    int wait_ms = nemesis_step(s->nemesis);
    kit_sleep_ms(wait_ms < LOOK_MS ? wait_ms : LOOK_MS);
    apps_watch(s);
    if (kit_now_us() < told_us + (text_is_terminal() ? 1 : 10) * 1000000) continue;
    size_t deeds;
    told_us = kit_now_us();
    nemesis_deeds(s->nemesis, &deeds);
    text_progress("%lld of %d s, %zu deeds", (long long)(kit_now_us() - s->start_us) / 1000000,
                  s->plan.seconds, deeds);
  }
  nemesis_heal(s->nemesis);
  s->heal_us = kit_now_us();
}

static int by_number(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static bool list_read(struct scene *s, struct server *master, uint32_t key) {
  char name[KEY_NAME_MAX];
  redisReply *r = probe(master, "LRANGE %s 0 -1", key_name(key, name));
  bool fine = r && r->type == REDIS_REPLY_ARRAY;
  size_t more = fine ? r->elements : 0;
  s->present = realloc(s->present, (s->present_count + more + 1) * sizeof *s->present);
  if (s->present == NULL) kit_die("out of memory");
  for (size_t i = 0; i < more; i++) {
    s->present[s->present_count++] = strtoll(r->element[i]->str, NULL, 10);
  }
  freeReplyObject(r);
  return fine;
}

/* What is there in the end, by the master's own word. */
static void lists_read(struct scene *s) {
  int master = group_master(&s->group);
  long last = (long)((s->end_us - s->start_us) / 1000 / GENERATION_MS);
  for (long i = 0; i <= last && master >= 0; i++) {
    for (uint32_t k = 0; k <= KEY_INDEX_MAX; k++) {
      bool fine = list_read(s, &s->group.servers[master], key_make((uint32_t)i, KEY_LIST, k));
      if (!fine) broken(s, "the lists cannot be read");
    }
  }
  if (master < 0) broken(s, "no master in the end");
  if (s->present) qsort(s->present, s->present_count, sizeof *s->present, by_number);
}

/* Everybody agrees again, and everything is read once more. */
static void peace(struct scene *s) {
  char why[160];
  kit_sleep_ms(PEACE_MS);
  apps_watch(s);
  if (!group_settle(&s->group, SETTLE_MS, why, sizeof why)) {
    broken(s, "not settled %d s after the last fault: %s", SETTLE_MS / 1000, why);
  }
  apps_end(s);
  s->end_us = kit_now_us();
  if (s->plan.appends) lists_read(s);
  if (s->plan.appends || s->broken[0]) return;
  long last = (long)((s->end_us - s->start_us) / 1000 / GENERATION_MS);
  pid_t pid = app_spawn(s, 0, last);
  int status = kit_reap(pid, LAST_MS);
  if (status == -1) kit_kill(pid);
  if (status != 0) broken(s, "the last readings did not come to an end (%d)", status);
}

static void load(struct scene *s) {
  char path[320];
  for (int i = 1; i <= s->processes; i++) {
    s->ops = oplog_load(log_path(i, path), s->ops, &s->op_count);
  }
}

void scene_run(struct scene *s, const struct scene_plan *plan) {
  memset(s, 0, sizeof *s);
  s->plan = *plan;
  s->hosts = netns_missing() == NULL;
  group_begin(s);
  if (!s->broken[0]) torment(s);
  if (!s->broken[0]) peace(s);
  text_progress_end();
  if (!s->broken[0]) load(s);
}

void scene_end(struct scene *s, bool keep) {
  for (int i = 0; i < s->plan.nodes; i++) kit_kill(s->pids[i]);
  for (int i = 0; i < s->group.count && keep; i++) {
    probe_close(&s->group.servers[i]);
    server_kill(&s->group.servers[i]);
  }
  if (!keep) group_stop(&s->group);
  netns_end();
  nemesis_free(s->nemesis);
  free(s->ops);
  free(s->present);
}
