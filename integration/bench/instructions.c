/*
 * User instructions of one SET of 64 bytes at window 64 against the null server, and of one message
 * out of a flood over 1000 channels, counted by callgrind: the slope between two run lengths, so
 * that starting and ending cancel out. It repeats to a fraction of a percent, on any machine: this
 * is what a gate can stand on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "flood.h"
#include "text.h"

#define FEW "20000"
#define MANY "80000"
#define FEW_MESSAGES "100000"
#define MANY_MESSAGES "600000"

enum { MESSAGE_LIMIT = 600 }; /* of a gate */
enum { COUNTING_MS = 200000 }; /* callgrind is slow, and the machine may be busy */

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

/* Run `bench <words>` under callgrind. */
static int64_t instructions(const struct settings *settings, const char *const *words) {
  char file[512], out[600], err[512], program[600], folder[512];
  const char *argv[16] = {"valgrind", "--tool=callgrind", out, program};
  int argc = 4;
  snprintf(file, sizeof file, "%s/callgrind.out", kit_dir());
  snprintf(out, sizeof out, "--callgrind-out-file=%s", file);
  snprintf(err, sizeof err, "%s/valgrind.log", kit_dir());
  stage_folder(settings, folder, sizeof folder);
  snprintf(program, sizeof program, "%s/bench", folder);
  while (*words != NULL && argc < 15) argv[argc++] = *words++;
  struct kit_spawn how = {.argv = argv, .err = err, .limit_ms = COUNTING_MS};
  if (kit_run(&how) != 0) {
    kit_die("valgrind --tool=callgrind failed; is valgrind installed? See %s", err);
  }
  return count_of(file);
}

static double per_set(const struct settings *settings, const char *engine, const char *nodes) {
  const char *few[] = {"one", engine, nodes, "SET", "64", "64", FEW, NULL};
  const char *many[] = {"one", engine, nodes, "SET", "64", "64", MANY, NULL};
  text_progress("counting instructions: SET, %s", engine);
  int64_t before = instructions(settings, few);
  return (double)(instructions(settings, many) - before) / (atoi(MANY) - atoi(FEW));
}

static double per_message(const struct settings *settings, const char *engine, int at) {
  char port[16];
  snprintf(port, sizeof port, "%d", at);
  const char *few[] = {"flood", engine, port, "1000", FEW_MESSAGES, NULL};
  const char *many[] = {"flood", engine, port, "1000", MANY_MESSAGES, NULL};
  text_progress("counting instructions: messages, %s", engine);
  int64_t before = instructions(settings, few);
  return (double)(instructions(settings, many) - before) /
         (atoi(MANY_MESSAGES) - atoi(FEW_MESSAGES));
}

static void run_flood(const void *work, void *out) {
  *(struct flood_outcome *)out = flood_run(work);
}

/* The first election is not what is counted. */
static void found_groups(const struct settings *settings, const struct stage *stage,
                         const struct source *source) {
  struct work first = {.engine = ENGINE_HAREDIS, .nodes = stage->null_nodes, .size = 64,
                       .window = 16, .count = 1000};
  struct flood_work heard = {.engine = ENGINE_HAREDIS, .port = source->port, .channels = 1,
                             .count = 1};
  struct flood_outcome out;
  measure(&first, settings);
  measure_apart(settings, run_flood, &heard, &out, sizeof out);
}

int bench_instructions(const struct settings *settings) {
  static struct table table;
  struct stage stage;
  struct source source;
  stage_start(&stage, settings);
  source_start(&source, settings, "floodserver", "FLOOD 0");
  found_groups(settings, &stage, &source);
  double ours = per_set(settings, "haredis", stage.null_nodes);
  double theirs = per_set(settings, "hiredis", stage.null_nodes);
  double our_message = per_message(settings, "haredis", source.port);
  double their_message = per_message(settings, "hiredis", source.port);
  text_progress_end();
  table_row(&table, "<user instructions|hiredis|haredis");
  table_row(&table, "SET of 64 bytes, window 64|%.0f|%.0f", theirs, ours);
  table_row(&table, "message of 32 bytes, 1000 channels|%.0f|%.0f", their_message, our_message);
  table_print(&table);
  source_stop(&source);
  stage_stop(&stage);
  if (settings->limit > 0 && (ours > settings->limit || our_message > MESSAGE_LIMIT)) {
    printf("too many: the limit is %d, and %d for a message\n", settings->limit, MESSAGE_LIMIT);
    return 1;
  }
  return 0;
}
