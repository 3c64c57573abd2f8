/*
 * What users do beside plain writes, in a world without chance but for the network's: transactions
 * under failover, commands that block, and reads that leave the master. That nothing runs twice or
 * on changed data, that no element is handed out twice, and that nobody reads without its own
 * writes, is checked by the world itself; here, that there was something to check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define MS 1000
#define SEEDS 20

static struct world *world;

static int setup(void **state) {
  (void)state;
  world = world_new();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  world_free(world);
  return 0;
}

static void pass(usec time) {
  world_run(world, world->now + time);
  assert_string_equal(world->violation, "");
}

static void open_world(uint64_t seed, bool durable, usec txns, usec pops, usec reads) {
  struct world_config config;
  world_config_init(&config);
  config.seed = seed;
  config.clients = 4;
  config.jitter_us = 500;
  config.write_every_us = 20 * MS;
  config.queue_max = 8;
  config.durable = durable;
  config.txn_every_us = txns;
  config.pop_every_us = pops;
  config.reads_replicas = reads > 0;
  config.read_every_us = reads;
  world_open(world, &config);
  for (int i = 0; i < 3; i++) server_start(world, &world->servers[i], DATA_EMPTY);
  for (int i = 0; i < 4; i++) client_start(world, &world->clients[i]);
  pass(2000 * MS);
  assert_true(check_agreed(world) >= 0);
}

/* Each in turn: a crash, a switchover, a hang that is replaced; and back. */
static void fail_over(int round) {
  struct server *master = &world->servers[check_agreed(world)];
  if (round % 3 == 0) server_crash(world, master);
  if (round % 3 == 1) client_ask(world, &world->clients[0], HR_EV_SWITCHOVER, -1);
  if (round % 3 == 2) server_stop(world, master);
  pass(2500 * MS);
  assert_true(check_agreed(world) >= 0);
  if (master->process == PROCESS_DOWN) server_start(world, master, DATA_KEPT);
  if (master->process == PROCESS_STOPPED) server_continue(world, master);
  pass(1500 * MS);
}

static void test_transactions_meet_failovers(void **state) {
  struct txn_counts sum = {0};
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed, seed % 2 == 0, 3 * MS, 0, 0);
    uint64_t before = world->txns.acked;
    for (int round = 0; round < 6; round++) fail_over(round);
    assert_true(world->txns.acked > before + 1000);
    const struct txn_counts *one = &world->txns;
    uint64_t open = one->begun - one->acked - one->refused - one->maybe;
    assert_true(open <= 4); /* each has at most one under way: the others were told once */
    int master = check_agreed(world);
    assert_int_equal(check_lost(world, world->servers[master].state, true), 0);
    sum.acked += one->acked;
    sum.aborted += one->aborted;
    sum.refused += one->refused;
    sum.maybe += one->maybe;
  }
  print_message("%llu acknowledged, %llu did not run, %llu of them for a changed key, %llu in "
                "doubt\n", (unsigned long long)sum.acked, (unsigned long long)sum.refused,
                (unsigned long long)sum.aborted, (unsigned long long)sum.maybe);
  assert_true(sum.aborted > 100);
  assert_true(sum.refused > sum.aborted); /* some lost their WATCH with the master */
  assert_true(sum.maybe > 0);
}

/* Most wait when their master goes: who is let go, or refused, goes on; who lost its link does not
 * know. */
static void test_blocked_ones_meet_failovers(void **state) {
  uint64_t sum[POPS_COUNT] = {0};
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed, seed % 2 == 0, 0, 5 * MS, 0);
    for (int round = 0; round < 6; round++) fail_over(round);
    check_waiting(world);
    check_given(world);
    pass(0);
    uint64_t open = world->pops[POPS_BEGUN];
    for (int end = POPS_TOOK; end <= POPS_MAYBE; end++) open -= world->pops[end];
    assert_true(open <= 4); /* each has at most one under way: the others were told once */
    int master = check_agreed(world);
    assert_int_equal(check_lost(world, world->servers[master].state, true), 0);
    for (int i = 0; i < POPS_COUNT; i++) sum[i] += world->pops[i];
  }
  print_message("%llu handed an element (%llu behind a move), %llu told that nothing came (%llu "
                "behind a move), %llu refused, %llu in doubt; %llu let go by a demotion\n",
                (unsigned long long)sum[POPS_TOOK], (unsigned long long)sum[POPS_TOOK_MOVED],
                (unsigned long long)sum[POPS_NIL], (unsigned long long)sum[POPS_NIL_MOVED],
                (unsigned long long)sum[POPS_REFUSED], (unsigned long long)sum[POPS_MAYBE],
                (unsigned long long)sum[POPS_UNBLOCKED]);
  assert_true(sum[POPS_TOOK] > 1000);
  assert_true(sum[POPS_UNBLOCKED] > 50);
  assert_true(sum[POPS_TOOK_MOVED] > 20);
  assert_true(sum[POPS_NIL_MOVED] > 0);
  assert_true(sum[POPS_MAYBE] > 50);
}

/* Replicas that apply slowly lack what was acknowledged a moment ago. */
static void test_reads_show_our_own_writes(void **state) {
  struct read_counts sum = {0};
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed, false, 50 * MS, 0, 2 * MS);
    for (int i = 0; i < 3; i++) world->servers[i].applies_us = 2 * MS;
    for (int round = 0; round < 6; round++) fail_over(round);
    sum.replica += world->fetches.replica;
    sum.own += world->fetches.own;
    sum.stale += world->fetches.stale;
    sum.master += world->fetches.master;
  }
  print_message("%llu answered by replicas, %llu with our writes, %llu without; %llu by masters\n",
                (unsigned long long)sum.replica, (unsigned long long)sum.own,
                (unsigned long long)sum.stale, (unsigned long long)sum.master);
  assert_true(sum.own > 10000);
  assert_true(sum.stale > 100);
  assert_true(sum.replica > sum.own);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(transactions_meet_failovers),
      TEST(blocked_ones_meet_failovers),
      TEST(reads_show_our_own_writes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
