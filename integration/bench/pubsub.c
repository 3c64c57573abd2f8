/*
 * Messages per second out of a flood, alternately by both engines: a pair is measured within a
 * second or two, so that whatever else the machine does falls on both. Also how long it takes to
 * subscribe, and what a channel costs in memory.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "child.h"
#include "flood.h"
#include "text.h"

enum { ROUNDS_MAX = 31, NAME_LEN = 10, BYTES_MAX = 160 };

static const struct cell {
  int channels;
  double at_least; /* times hiredis' messages per second */
} cells[] = {{1, 3.0}, {1000, 3.0}, {100000, 2.0}};

struct figures {
  double rate[2];  /* messages per second, median */
  double cpu[2];   /* microseconds per message, median */
  double ready[2]; /* milliseconds until all subscriptions are in force, median */
  double bytes[2]; /* of heap per channel beside its name, median */
  double rates;    /* median of the pairs' ratios: this library by hiredis */
  double cpus;
};

static void run_flood(const void *work, void *out) {
  *(struct flood_outcome *)out = flood_run(work);
}

static struct flood_outcome listen_once(enum engine engine, int port, int channels,
                                        const struct settings *settings) {
  struct flood_outcome out;
  struct flood_work work = {.engine = engine,
                            .port = port,
                            .channels = channels,
                            .warm_us = settings->run_us / 4,
                            .run_us = settings->run_us};
  measure_apart(settings, run_flood, &work, &out, sizeof out);
  if (out.messages == 0) kit_die("no message came");
  if (out.wrong > 0) kit_die("%lld messages for somebody else", (long long)out.wrong);
  return out;
}

static struct figures cell_run(int port, int channels, const struct settings *settings) {
  double rate[2][ROUNDS_MAX], cpu[2][ROUNDS_MAX], ready[2][ROUNDS_MAX], bytes[2][ROUNDS_MAX];
  double rates[ROUNDS_MAX], cpus[ROUNDS_MAX];
  for (int round = 0; round < settings->rounds; round++) {
    for (int turn = 0; turn < 2; turn++) {
      enum engine engine = (enum engine)((turn + round) % 2);
      struct flood_outcome out = listen_once(engine, port, channels, settings);
      rate[engine][round] = (double)out.messages * 1e6 / (double)out.wall_us;
      cpu[engine][round] = (double)out.cpu_us / (double)out.messages;
      ready[engine][round] = (double)out.ready_us / 1e3;
      bytes[engine][round] = (double)out.heap / channels - NAME_LEN;
    }
    rates[round] = rate[ENGINE_HAREDIS][round] / rate[ENGINE_HIREDIS][round];
    cpus[round] = cpu[ENGINE_HAREDIS][round] / cpu[ENGINE_HIREDIS][round];
  }
  struct figures f;
  for (int i = 0; i < 2; i++) {
    f.rate[i] = median(rate[i], settings->rounds);
    f.cpu[i] = median(cpu[i], settings->rounds);
    f.ready[i] = median(ready[i], settings->rounds);
    f.bytes[i] = median(bytes[i], settings->rounds);
  }
  f.rates = median(rates, settings->rounds);
  f.cpus = median(cpus, settings->rounds);
  return f;
}

int bench_pubsub(const struct settings *settings) {
  static struct table table;
  struct source source;
  int failed = 0;
  stage_pin(settings, false);
  source_start(&source, settings, "floodserver", "FLOOD 0");
  (void)listen_once(ENGINE_HAREDIS, source.port, 1, settings); /* the group is born here */
  printf("a flood of messages of 32 bytes; medians of %d pairs of %lld ms\n\n", settings->rounds,
         (long long)settings->run_us / 1000);
  table_row(&table, "channels|hiredis k/s|haredis k/s|ratio|at least|hiredis us cpu|"
                    "haredis us cpu|cpu ratio|hiredis subscribed ms|haredis ms|"
                    "hiredis bytes/channel|haredis bytes");
  for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
    if (settings->channels != 0 && settings->channels != cells[i].channels) continue;
    text_progress("%d channels", cells[i].channels);
    struct figures f = cell_run(source.port, cells[i].channels, settings);
    bool many = cells[i].channels >= 100000; /* of few the client's buffers would show instead */
    char bytes[2][24] = {"-", "-"};
    for (int e = 0; many && e < 2; e++) snprintf(bytes[e], sizeof bytes[e], "%.0f", f.bytes[e]);
    table_row(&table, "%d|%.0f|%.0f|%.2f|%.1f|%.3f|%.3f|%.2f|%.1f|%.1f|%s|%s", cells[i].channels,
              f.rate[0] / 1e3, f.rate[1] / 1e3, f.rates, cells[i].at_least, f.cpu[0], f.cpu[1],
              f.cpus, f.ready[0], f.ready[1], bytes[0], bytes[1]);
    /* On a machine with other work the rates are shared with it; what a message costs is not. */
    failed |= f.rates < cells[i].at_least && 1 / f.cpus < cells[i].at_least;
    failed |= many && f.bytes[1] > BYTES_MAX;
  }
  text_progress_end();
  table_print(&table);
  printf("bytes per channel: on the heap, beside the name (at most %d)\n", BYTES_MAX);
  source_stop(&source);
  return failed;
}
