/*
 * The table of speed: both engines alternately in every cell, and the ratio of each pair. A pair is
 * measured within a second, so that whatever else the machine does falls on both.
 */
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "bench.h"
#include "child.h"
#include "text.h"

enum { ROUNDS_MAX = 31 };

static const int windows[] = {1, 16, 64, 256, 1024};
static const int sizes[] = {64, 1024};

struct cell {
  bool null;
  bool get;
  int size;
  int window;
};

struct figures {
  double rate[2];  /* commands per second, median */
  double cpu[2];   /* microseconds per command, median */
  double rates;    /* median of the pairs' ratios: this library by hiredis */
  double cpus;
};

static struct figures cell_run(const struct cell *cell, const struct stage *stage,
                               const struct settings *settings) {
  double rate[2][ROUNDS_MAX], cpu[2][ROUNDS_MAX], rates[ROUNDS_MAX], cpus[ROUNDS_MAX];
  for (int round = 0; round < settings->rounds; round++) {
    for (int turn = 0; turn < 2; turn++) {
      enum engine engine = (enum engine)((turn + round) % 2);
      struct work work = {.engine = engine,
                          .nodes = cell->null ? stage->null_nodes : stage->redis.name,
                          .get = cell->get,
                          .size = cell->size,
                          .window = cell->window,
                          .warm_us = settings->run_us / 4,
                          .run_us = settings->run_us};
      struct outcome out = measure(&work, settings);
      double commands = out.commands > 0 ? (double)out.commands : 1;
      rate[engine][round] = commands * 1e6 / (double)out.wall_us;
      cpu[engine][round] = (double)out.cpu_us / commands;
    }
    rates[round] = rate[ENGINE_HAREDIS][round] / rate[ENGINE_HIREDIS][round];
    cpus[round] = cpu[ENGINE_HAREDIS][round] / cpu[ENGINE_HIREDIS][round];
  }
  struct figures f;
  for (int i = 0; i < 2; i++) {
    f.rate[i] = median(rate[i], settings->rounds);
    f.cpu[i] = median(cpu[i], settings->rounds);
  }
  f.rates = median(rates, settings->rounds);
  f.cpus = median(cpus, settings->rounds);
  return f;
}

/* The values that GET reads, and the first election of both groups. */
static void prepare_values(const struct stage *stage, const struct settings *settings, int size) {
  struct work work = {.engine = ENGINE_HAREDIS, .nodes = stage->redis.name, .size = size,
                      .window = 16, .count = 4096};
  measure(&work, settings);
  work.nodes = stage->null_nodes;
  measure(&work, settings);
  redisContext *c = redisConnect("127.0.0.1", stage->null.port);
  redisReply *reply = c != NULL ? redisCommand(c, "NULLSIZE %d", size) : NULL;
  if (reply == NULL) kit_die("the null server is gone");
  freeReplyObject(reply);
  redisFree(c);
}

int bench_table(const struct settings *settings) {
  static struct table table;
  struct stage stage;
  stage_start(&stage, settings);
  printf("flush policy, hiredis: %s\n", engine_flush_policy(ENGINE_HIREDIS));
  printf("flush policy, haredis: %s\n", engine_flush_policy(ENGINE_HAREDIS));
  printf("opcounter and heartbeats on; medians of %d pairs of %lld ms\n\n", settings->rounds,
         (long long)settings->run_us / 1000);
  table_row(&table, "<server|<command|value|window|hiredis k/s|haredis k/s|ratio|hiredis us cpu|"
                    "haredis us cpu|cpu ratio");
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    if (settings->size != 0 && settings->size != sizes[s]) continue;
    prepare_values(&stage, settings, sizes[s]);
    for (int kind = 0; kind < 4; kind++) {
      for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        struct cell cell = {kind / 2 == 1, kind % 2 == 1, sizes[s], windows[w]};
        if (settings->window != 0 && settings->window != cell.window) continue;
        text_progress("%s %s %d bytes, window %d", cell.null ? "null server" : "redis-server",
                      cell.get ? "GET" : "SET", cell.size, cell.window);
        struct figures f = cell_run(&cell, &stage, settings);
        table_row(&table, "%s|%s|%d|%d|%.0f|%.0f|%.2f|%.3f|%.3f|%.2f",
                  cell.null ? "null" : "redis", cell.get ? "GET" : "SET", cell.size, cell.window,
                  f.rate[0] / 1e3, f.rate[1] / 1e3, f.rates, f.cpu[0], f.cpu[1], f.cpus);
      }
    }
  }
  text_progress_end();
  table_print(&table);
  stage_stop(&stage);
  return 0;
}
