/*
 * Plain hiredis and this library, alternately, against the same servers.
 *
 *   bench [table|instructions|memory|durable|pubsub|tls|all] [--rounds N] [--ms N] [--limit N]
 *         [--no-pin] [--window N] [--size N] [--channels N]
 *   bench one ENGINE NODES COMMAND SIZE WINDOW COUNT     one engine in this process, to profile it
 *   bench flood ENGINE PORT CHANNELS COUNT               the same for messages
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "flood.h"

static int usage(void) {
  fprintf(stderr,
          "usage: bench [table|instructions|memory|durable|pubsub|tls|all] [--rounds N] [--ms N]"
          " [--limit N] [--no-pin] [--window N] [--size N] [--channels N]\n"
          "       bench one hiredis|haredis HOST:PORT SET|GET SIZE WINDOW COUNT\n"
          "       bench flood hiredis|haredis PORT CHANNELS COUNT\n");
  return 2;
}

static int one(int argc, char **argv) {
  if (argc != 8) return usage();
  struct work work = {.engine = strcmp(argv[2], "hiredis") == 0 ? ENGINE_HIREDIS : ENGINE_HAREDIS,
                      .nodes = argv[3],
                      .get = strcmp(argv[4], "GET") == 0,
                      .size = atoi(argv[5]),
                      .window = atoi(argv[6]),
                      .count = atoll(argv[7])};
  if (work.size < 0 || work.size > 65536 || work.window < 1 || work.count < 1) return usage();
  struct outcome out = engine_run(&work);
  double commands = (double)out.commands;
  printf("%lld commands, %lld failed, %.0f k/s, %.3f us cpu per command\n",
         (long long)out.commands, (long long)out.errors,
         commands * 1e3 / (double)(out.wall_us > 0 ? out.wall_us : 1),
         (double)out.cpu_us / commands);
  return out.errors > 0;
}

static int one_flood(int argc, char **argv) {
  if (argc != 6) return usage();
  struct flood_work work = {.engine = strcmp(argv[2], "hiredis") == 0 ? ENGINE_HIREDIS
                                                                      : ENGINE_HAREDIS,
                            .port = atoi(argv[3]),
                            .channels = atoi(argv[4]),
                            .count = atoll(argv[5])};
  if (work.channels < 1 || work.channels > FLOOD_CHANNELS_MAX || work.count < 1) return usage();
  struct flood_outcome out = flood_run(&work);
  double messages = (double)out.messages;
  printf("%lld messages, %.0f k/s, %.3f us cpu per message; subscribed in %.1f ms, %lld bytes of "
         "heap per channel\n", (long long)out.messages,
         messages * 1e3 / (double)(out.wall_us > 0 ? out.wall_us : 1),
         (double)out.cpu_us / messages, (double)out.ready_us / 1e3,
         (long long)out.heap / work.channels);
  return 0;
}

static int all(const struct settings *settings) {
  int failed = bench_instructions(settings);
  printf("\n");
  failed |= bench_memory(settings);
  printf("\n");
  failed |= bench_durable(settings);
  printf("\n");
  failed |= bench_pubsub(settings);
  printf("\n");
  return failed | bench_table(settings);
}

/* The next argument as a number within bounds, or -1. */
static int number(int argc, char **argv, int *at, int least, int most) {
  if (*at + 1 >= argc) return -1;
  int n = atoi(argv[++*at]);
  return n >= least && n <= most ? n : -1;
}

static int run(const char *what, const struct settings *settings) {
  if (strcmp(what, "table") == 0) return bench_table(settings);
  if (strcmp(what, "instructions") == 0) return bench_instructions(settings);
  if (strcmp(what, "memory") == 0) return bench_memory(settings);
  if (strcmp(what, "durable") == 0) return bench_durable(settings);
  if (strcmp(what, "pubsub") == 0) return bench_pubsub(settings);
  if (strcmp(what, "tls") == 0) return bench_tls(settings);
  if (strcmp(what, "all") == 0) return all(settings);
  return usage();
}

/* One option of the command line; false: it is none, or its value is wrong. */
static bool option(int argc, char **argv, int *at, struct settings *settings) {
  const char *name = argv[*at];
  int n;
  if (strcmp(name, "--no-pin") == 0) {
    settings->pin = false;
    return true;
  }
  if (strcmp(name, "--rounds") == 0) {
    settings->rounds = n = number(argc, argv, at, 1, 31);
  } else if (strcmp(name, "--ms") == 0) {
    n = number(argc, argv, at, 20, 60000);
    settings->run_us = (int64_t)n * 1000;
  } else if (strcmp(name, "--limit") == 0) {
    settings->limit = n = number(argc, argv, at, 1, 1000000);
  } else if (strcmp(name, "--window") == 0) {
    settings->window = n = number(argc, argv, at, 1, 1024);
  } else if (strcmp(name, "--size") == 0) {
    settings->size = n = number(argc, argv, at, 1, 65536);
  } else if (strcmp(name, "--channels") == 0) {
    settings->channels = n = number(argc, argv, at, 1, FLOOD_CHANNELS_MAX);
  } else {
    n = -1;
  }
  return n > 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "one") == 0) return one(argc, argv);
  if (argc > 1 && strcmp(argv[1], "flood") == 0) return one_flood(argc, argv);
  struct settings settings = {.rounds = 5, .run_us = 400000, .pin = true, .self = argv[0]};
  const char *what = "all";
  kit_init("bench");
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-') {
      what = argv[i];
    } else if (!option(argc, argv, &i, &settings)) {
      return usage();
    }
  }
  return run(what, &settings);
}
