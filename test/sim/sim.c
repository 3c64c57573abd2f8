/*
 * sim --seed N --runs M [--clients C] [--nodes K] [--steps S] [--trace] [--keep-going]
 *
 * Runs M random histories, seeds N, N+1, ... A history that breaks an invariant is run again with
 * its trace, and the program exits 1. The same seed is the same history.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

struct options {
  struct history_options history;
  long runs;
  bool keep_going;
};

static int usage(void) {
  fprintf(stderr, "usage: sim --seed N --runs M [--clients C] [--nodes K] [--steps S] "
                  "[--trace] [--keep-going]\n");
  return 2;
}

static bool parse(int argc, char **argv, struct options *options) {
  *options = (struct options){.history = {.seed = 1, .steps = 25}, .runs = 1};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--trace") == 0) {
      options->history.trace = stdout;
      continue;
    }
    if (strcmp(argv[i], "--keep-going") == 0) {
      options->keep_going = true;
      continue;
    }
    if (i + 1 >= argc) return false;
    long value = strtol(argv[i + 1], NULL, 10);
    if (strcmp(argv[i], "--seed") == 0) options->history.seed = (uint64_t)value;
    else if (strcmp(argv[i], "--runs") == 0) options->runs = value;
    else if (strcmp(argv[i], "--clients") == 0) options->history.clients = (int)value;
    else if (strcmp(argv[i], "--nodes") == 0) options->history.nodes = (int)value;
    else if (strcmp(argv[i], "--steps") == 0) options->history.steps = (int)value;
    else return false;
    i++;
  }
  bool fits = options->history.nodes <= WORLD_NODES_MAX && options->history.nodes >= 0 &&
              options->history.clients <= WORLD_CLIENTS_MAX && options->history.clients >= 0;
  return fits && options->runs > 0;
}

static void retell(struct world *world, struct history_options history) {
  struct history_result result;
  if (history.trace == NULL) {
    history.trace = stdout;
    history_run(world, &history, &result);
  }
  printf("seed %llu: %s\n", (unsigned long long)history.seed, world->violation);
}

static void add(struct subs_counts *sum, const struct subs_counts *one) {
  sum->moves += one->moves;
  sum->forced += one->forced;
  sum->gaps += one->gaps;
  sum->marks += one->marks;
  sum->marks_lost += one->marks_lost;
  sum->heard += one->heard;
  sum->missed += one->missed;
  sum->skipped += one->skipped;
  sum->deposed += one->deposed;
}

static void print(const struct subs_counts *subs) {
  printf("subscribers: %llu messages heard, %llu missed; %llu moves without loss, %llu forced, "
         "%llu gaps, %llu marks (%llu lost)\n",
         (unsigned long long)subs->heard, (unsigned long long)subs->missed,
         (unsigned long long)subs->moves, (unsigned long long)subs->forced,
         (unsigned long long)subs->gaps, (unsigned long long)subs->marks,
         (unsigned long long)subs->marks_lost);
  printf("missed and not reported: %llu skipped by a full synchronisation of their node, %llu "
         "acknowledged by a master that had been deposed\n",
         (unsigned long long)subs->skipped, (unsigned long long)subs->deposed);
}

int main(int argc, char **argv) {
  struct options options;
  if (!parse(argc, argv, &options)) return usage();
  struct world *world = world_new();
  unsigned long long promotions = 0, acked = 0, durable = 0, steps = 0;
  struct subs_counts subs = {0};
  long failed = 0;
  usec slowest = 0;
  for (long run = 0; run < options.runs; run++) {
    struct history_result result;
    bool fine = history_run(world, &options.history, &result);
    promotions += result.promotions;
    acked += result.acked;
    durable += result.durable;
    steps += result.steps;
    add(&subs, &result.subs);
    if (result.settled_us > slowest) slowest = result.settled_us;
    if (!fine) {
      failed++;
      if (!options.keep_going) {
        retell(world, options.history);
        break;
      }
      printf("seed %llu: %s\n", (unsigned long long)options.history.seed, world->violation);
    }
    options.history.seed++;
  }
  printf("%ld histories, %ld broke an invariant; %llu promotions, %llu writes acknowledged "
         "(%llu durably), %llu steps of cores, slowest to settle %lld ms\n",
         options.runs, failed, promotions, acked, durable, steps, (long long)slowest / 1000);
  print(&subs);
  world_free(world);
  return failed > 0;
}
