/*
 * User instructions of one SET of 64 bytes at window 64 against the null server, counted by
 * callgrind: the slope between two run lengths, so that starting and ending cancel out. It repeats
 * to a fraction of a percent, on any machine: this is what a gate can stand on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "text.h"

enum { SHORT_RUN = 20000, LONG_RUN = 80000 };

static int64_t count_of(const char *file) {
  char line[512];
  long long total = 0;
  FILE *f = fopen(file, "r");
  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    if (sscanf(line, "summary: %lld", &total) == 1 || sscanf(line, "totals: %lld", &total) == 1) {
      break;
    }
  }
  if (f != NULL) fclose(f);
  if (total == 0) kit_die("callgrind counted nothing (is valgrind installed?)");
  return total;
}

static int64_t instructions(const struct settings *settings, const char *engine, const char *nodes,
                            int commands) {
  char file[512], out[600], err[512], count[16], program[600], folder[512];
  snprintf(file, sizeof file, "%s/callgrind.%s.%d", kit_dir(), engine, commands);
  snprintf(out, sizeof out, "--callgrind-out-file=%s", file);
  snprintf(err, sizeof err, "%s/valgrind.log", kit_dir());
  snprintf(count, sizeof count, "%d", commands);
  stage_folder(settings, folder, sizeof folder);
  snprintf(program, sizeof program, "%s/bench", folder);
  const char *argv[] = {"valgrind", "--tool=callgrind", out,  program, "one", engine,
                        nodes,      "SET",              "64", "64",    count, NULL};
  struct kit_spawn how = {.argv = argv, .err = err};
  if (kit_run(&how) != 0) {
    kit_die("valgrind --tool=callgrind failed; is valgrind installed? See %s", err);
  }
  return count_of(file);
}

static double slope(const struct settings *settings, const char *engine, const char *nodes) {
  text_progress("counting instructions: %s", engine);
  int64_t few = instructions(settings, engine, nodes, SHORT_RUN);
  int64_t many = instructions(settings, engine, nodes, LONG_RUN);
  return (double)(many - few) / (LONG_RUN - SHORT_RUN);
}

int bench_instructions(const struct settings *settings) {
  static struct table table;
  struct stage stage;
  stage_start(&stage, settings);
  struct work first = {.engine = ENGINE_HAREDIS, .nodes = stage.null_nodes, .size = 64,
                       .window = 16, .count = 1000};
  measure(&first, settings); /* the election is not what is counted */
  double ours = slope(settings, "haredis", stage.null_nodes);
  double theirs = slope(settings, "hiredis", stage.null_nodes);
  text_progress_end();
  table_row(&table, "<engine|user instructions per SET of 64 bytes, window 64");
  table_row(&table, "hiredis redisAsyncCommandArgv|%.0f", theirs);
  table_row(&table, "haredis_async_command_argv|%.0f", ours);
  table_print(&table);
  stage_stop(&stage);
  if (settings->limit > 0 && ours > settings->limit) {
    printf("too many: the limit is %d\n", settings->limit);
    return 1;
  }
  return 0;
}
