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

/* Servers on the last core, the client on the first: measured alone, not the scheduler. */
static void pin_to(const struct settings *settings, bool client) {
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

static bool null_answers(const struct stage *stage) {
  redisContext *c = redisConnect("127.0.0.1", stage->null_port);
  redisReply *reply = c != NULL && c->err == 0 ? redisCommand(c, "SET a b") : NULL;
  bool there = reply != NULL;
  if (reply != NULL) freeReplyObject(reply);
  if (c != NULL) redisFree(c);
  return there;
}

static void null_start(struct stage *stage, const struct settings *settings) {
  struct server place = {0}; /* only for its free port */
  char folder[512], program[600], port[16], behind[16];
  server_prepare(&place, 0, "127.0.0.1");
  stage->null_port = place.port;
  stage_folder(settings, folder, sizeof folder);
  snprintf(program, sizeof program, "%s/nullserver", folder);
  snprintf(port, sizeof port, "%d", stage->null_port);
  snprintf(behind, sizeof behind, "%d", stage->behind.port);
  snprintf(stage->null_nodes, sizeof stage->null_nodes, "127.0.0.1:%d", stage->null_port);
  const char *argv[] = {program, port, behind, NULL};
  struct kit_spawn how = {.argv = argv};
  stage->null_pid = kit_spawn(&how);
  for (int i = 0; i < 500 && !null_answers(stage); i++) kit_sleep_ms(10);
  if (!null_answers(stage)) kit_die("the null server does not start");
}

void stage_start(struct stage *stage, const struct settings *settings) {
  memset(stage, 0, sizeof *stage);
  pin_to(settings, false);
  server_prepare(&stage->redis, 0, "127.0.0.1");
  server_start(&stage->redis);
  server_prepare(&stage->behind, 0, "127.0.0.1");
  server_start(&stage->behind);
  null_start(stage, settings);
}

void stage_stop(struct stage *stage) {
  if (stage->null_pid > 0) kit_kill(stage->null_pid);
  server_kill(&stage->redis);
  server_kill(&stage->behind);
  kit_remove_tree(stage->redis.dir);
  kit_remove_tree(stage->behind.dir);
}

struct outcome measure(const struct work *work, const struct settings *settings) {
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
    pin_to(settings, true);
    alarm(60); /* whatever happens, it does not stay */
    struct outcome out = engine_run(work);
    _exit(write(ends[1], &out, sizeof out) == sizeof out ? 0 : 1);
  }
  close(ends[1]);
  struct outcome out;
  ssize_t n = read(ends[0], &out, sizeof out);
  close(ends[0]);
  int status;
  waitpid(pid, &status, 0);
  kit_check_interrupt();
  if (n != sizeof out) kit_die("a measurement gave up");
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
