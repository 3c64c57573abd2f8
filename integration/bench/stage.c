/*
 * Servers for the benchmark, and a measurement in a child process.
 */
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "bench.h"
#include "child.h"
#include "clock.h"

void stage_pin(const struct settings *settings, bool client) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (!settings->pin || cores < 2) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)(client ? 0 : cores - 1), &set);
  sched_setaffinity(0, sizeof set, &set);
}

void stage_folder(const struct settings *settings, char *out, size_t size) {
  char copy[512];
  snprintf(copy, sizeof copy, "%s", settings->self);
  snprintf(out, size, "%s", dirname(copy));
}

static bool answers(int port, const char *command) {
  redisContext *c = redisConnect("127.0.0.1", port);
  redisReply *reply = c != NULL && c->err == 0 ? redisCommand(c, command) : NULL;
  bool there = reply != NULL;
  if (reply != NULL) freeReplyObject(reply);
  if (c != NULL) redisFree(c);
  return there;
}

void source_start(struct source *source, const struct settings *settings, const char *name,
                  const char *command) {
  struct server place = {0}; /* only for its free port */
  char folder[512], program[600], here[16], behind[16];
  memset(source, 0, sizeof *source);
  server_prepare(&source->behind, 0, "127.0.0.1");
  server_start(&source->behind);
  server_prepare(&place, 0, "127.0.0.1");
  source->port = place.port;
  stage_folder(settings, folder, sizeof folder);
  snprintf(program, sizeof program, "%s/%s", folder, name);
  snprintf(here, sizeof here, "%d", source->port);
  snprintf(behind, sizeof behind, "%d", source->behind.port);
  const char *argv[] = {program, here, behind, NULL};
  struct kit_spawn how = {.argv = argv};
  source->pid = kit_spawn(&how);
  for (int i = 0; i < 500 && !answers(source->port, command); i++) kit_sleep_ms(10);
  if (!answers(source->port, command)) kit_die("%s does not start", name);
}

void source_stop(struct source *source) {
  if (source->pid > 0) kit_kill(source->pid);
  server_kill(&source->behind);
  kit_remove_tree(source->behind.dir);
}

void stage_start(struct stage *stage, const struct settings *settings) {
  memset(stage, 0, sizeof *stage);
  stage_pin(settings, false);
  server_prepare(&stage->redis, 0, "127.0.0.1");
  server_start(&stage->redis);
  source_start(&stage->null, settings, "nullserver", "SET a b");
  snprintf(stage->null_nodes, sizeof stage->null_nodes, "127.0.0.1:%d", stage->null.port);
}

void stage_stop(struct stage *stage) {
  source_stop(&stage->null);
  server_kill(&stage->redis);
  kit_remove_tree(stage->redis.dir);
}

void measure_apart(const struct settings *settings, void (*run)(const void *work, void *out),
                   const void *work, void *out, size_t size) {
  int ends[2];
  if (pipe(ends) != 0) kit_die("no pipe");
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) kit_die("no process");
  if (pid == 0) {
    close(ends[0]);
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    stage_pin(settings, true);
    alarm(60); /* whatever happens, it does not stay */
    run(work, out);
    _exit(write(ends[1], out, size) == (ssize_t)size ? 0 : 1);
  }
  close(ends[1]);
  ssize_t n = read(ends[0], out, size);
  close(ends[0]);
  int status;
  waitpid(pid, &status, 0);
  kit_check_interrupt();
  if (n != (ssize_t)size) kit_die("a measurement gave up");
}

static void run_engine(const void *work, void *out) {
  *(struct outcome *)out = engine_run(work);
}

struct outcome measure(const struct work *work, const struct settings *settings) {
  struct outcome out;
  measure_apart(settings, run_engine, work, &out, sizeof out);
  if (out.errors > 0) kit_die("%lld commands failed in a measurement", (long long)out.errors);
  return out;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare);
  return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
