/*
 * What durability = quorum costs: the same client with and without it, alternately, on a master and
 * one replica, 256 writes in flight.
 */
#include <stdio.h>

#include "bench.h"
#include "child.h"
#include "group.h"
#include "text.h"

enum { ROUNDS_MAX = 31, WINDOW = 256, SETTLE_MS = 20000 };

int bench_durable(const struct settings *settings) {
  static struct group group;
  struct group_plan plan = {.nodes = 2};
  double ratio[ROUNDS_MAX], rate[2][ROUNDS_MAX];
  char why[256];
  group_start(&group, &plan);
  struct work work = {.engine = ENGINE_HAREDIS, .nodes = group.nodes, .size = 64,
                      .window = WINDOW, .warm_us = settings->run_us / 2,
                      .run_us = settings->run_us};
  measure(&work, settings); /* the group is born here */
  if (!group_settle(&group, SETTLE_MS, why, sizeof why)) kit_die("not settled: %s", why);
  for (int round = 0; round < settings->rounds; round++) {
    for (int turn = 0; turn < 2; turn++) {
      int durable = (turn + round) % 2;
      work.durable = durable == 1;
      struct outcome out = measure(&work, settings);
      rate[durable][round] = (double)out.commands * 1e6 / (double)out.wall_us;
    }
    ratio[round] = rate[1][round] / rate[0][round];
  }
  text_progress_end();
  printf("durability = quorum, one replica, window %d: %.0f k/s of %.0f k/s without, ratio %.2f "
         "(at least 0.60)\n", WINDOW, median(rate[1], settings->rounds) / 1e3,
         median(rate[0], settings->rounds) / 1e3, median(ratio, settings->rounds));
  group_stop(&group);
  return 0;
}
