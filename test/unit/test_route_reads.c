/*
 * Where reads go that may leave the master: every cell of the grid in route_reads.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those */
#include <cmocka.h>

#include "route/route.h"

#define NODES 4
#define MASTER 1

struct group {
  struct hr_topology topology;
  struct hr_route_link links[NODES];
  struct hr_plan master;
};

/* Node 1 is master; 0, 2 and 3 are replicas that nobody can read yet. */
static void group_init(struct group *g, enum hr_pause pause) {
  memset(g, 0, sizeof(*g));
  bool there = pause == HR_PAUSE_NONE || pause == HR_PAUSE_NO_QUORUM;
  g->topology.version = 1;
  g->topology.count = NODES;
  g->topology.pause = pause;
  g->topology.master = there ? MASTER : -1;
  const struct hr_route_need read = {false, false, false};
  g->master = hr_route_failover(&g->topology, &read);
}

static struct hr_plan plan(const struct group *g, enum hr_read_from from, size_t turn) {
  return hr_route_reads(&g->topology, &g->master, from, g->links, turn);
}

enum replicas { LINKED, UNLINKED, NOBODY };

static void group_replicas(struct group *g, enum replicas replicas) {
  g->topology.nodes[2].readable = replicas != NOBODY;
  g->links[2].ready = replicas == LINKED;
  g->links[2].rtt_us = 100;
  g->links[MASTER].rtt_us = 200;
  g->links[0].ready = true; /* a link alone makes nobody readable */
}

static void same(struct hr_plan a, struct hr_plan b) {
  assert_int_equal(a.kind, b.kind);
  assert_int_equal(a.node, b.node);
  assert_int_equal(a.code, b.code);
}

static void every_cell(void **state) {
  static const enum hr_pause pauses[] = {HR_PAUSE_NONE, HR_PAUSE_NO_MASTER, HR_PAUSE_NO_QUORUM,
                                         HR_PAUSE_AMBIGUOUS, HR_PAUSE_AUTH};
  static const struct hr_plan nobody = {HR_PLAN_WAIT, -1, HR_ROUTE_NO_REPLICA};
  static const struct hr_plan replica = {HR_PLAN_SEND, 2, HR_ROUTE_OK};
  (void)state;
  for (size_t p = 0; p < 5; p++) {
    for (int from = HR_READ_MASTER; from <= HR_READ_NEAREST; from++) {
      for (int replicas = LINKED; replicas <= NOBODY; replicas++) {
        struct group g;
        group_init(&g, pauses[p]);
        group_replicas(&g, (enum replicas)replicas);
        bool still = pauses[p] == HR_PAUSE_AMBIGUOUS || pauses[p] == HR_PAUSE_AUTH;
        struct hr_plan want = g.master;
        if (!still && from == HR_READ_REPLICA) want = replicas == LINKED ? replica : nobody;
        if (!still && from > HR_READ_REPLICA && replicas == LINKED) want = replica;
        same(plan(&g, (enum hr_read_from)from, 0), want);
      }
    }
  }
}

static void before_anything_is_known(void **state) {
  struct hr_route_link links[NODES] = {{true, 1, 0}};
  const struct hr_route_need read = {false, false, false};
  struct hr_plan master = hr_route_failover(NULL, &read);
  (void)state;
  same(hr_route_reads(NULL, &master, HR_READ_PREFER_REPLICA, links, 0), master);
  same(hr_route_reads(NULL, &master, HR_READ_NEAREST, links, 0), master);
  assert_int_equal(hr_route_reads(NULL, &master, HR_READ_REPLICA, links, 0).code,
                   HR_ROUTE_NO_REPLICA);
}

static void three_replicas(struct group *g) {
  group_init(g, HR_PAUSE_NONE);
  for (int i = 0; i < NODES; i++) {
    g->topology.nodes[i].readable = i != MASTER;
    g->links[i].ready = i != MASTER;
  }
}

static void equals_take_turns(void **state) {
  struct group g;
  int seen[NODES] = {0};
  (void)state;
  three_replicas(&g);
  for (size_t turn = 0; turn < 400; turn++) {
    seen[plan(&g, HR_READ_REPLICA, turn).node]++;
  }
  assert_int_equal(seen[MASTER], 0);
  assert_true(seen[0] >= 100 && seen[2] >= 100 && seen[3] >= 100);
}

static void the_least_busy_replica_first(void **state) {
  struct group g;
  (void)state;
  three_replicas(&g);
  g.links[0].waiting = 5;
  g.links[2].waiting = 4;
  g.links[3].waiting = 6;
  g.links[0].rtt_us = 1; /* latency is nothing here */
  for (size_t turn = 0; turn < NODES; turn++) {
    assert_int_equal(plan(&g, HR_READ_REPLICA, turn).node, 2);
    assert_int_equal(plan(&g, HR_READ_PREFER_REPLICA, turn).node, 2);
  }
}

static void nearest_is_measured(void **state) {
  struct group g;
  (void)state;
  three_replicas(&g);
  assert_int_equal(plan(&g, HR_READ_NEAREST, 0).node, MASTER); /* nothing is known */
  g.links[2].rtt_us = 300;
  assert_int_equal(plan(&g, HR_READ_NEAREST, 0).node, 2); /* the others were not measured */
  g.links[MASTER].rtt_us = 250;
  assert_int_equal(plan(&g, HR_READ_NEAREST, 0).node, MASTER);
  g.links[0].rtt_us = 249;
  g.links[0].waiting = 1000; /* how busy it is shows in its latency */
  assert_int_equal(plan(&g, HR_READ_NEAREST, 0).node, 0);
  g.links[0].ready = false;
  assert_int_equal(plan(&g, HR_READ_NEAREST, 0).node, MASTER);
}

static void without_a_master_the_nearest_replica_answers(void **state) {
  struct group g;
  (void)state;
  three_replicas(&g);
  g.topology.pause = HR_PAUSE_NO_MASTER;
  g.topology.master = -1;
  g.master = (struct hr_plan){HR_PLAN_WAIT, -1, HR_ROUTE_NO_MASTER};
  g.links[2].rtt_us = 9;
  g.links[3].rtt_us = 8;
  assert_int_equal(plan(&g, HR_READ_NEAREST, 0).node, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cell),
      cmocka_unit_test(before_anything_is_known),
      cmocka_unit_test(equals_take_turns),
      cmocka_unit_test(the_least_busy_replica_first),
      cmocka_unit_test(nearest_is_measured),
      cmocka_unit_test(without_a_master_the_nearest_replica_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
