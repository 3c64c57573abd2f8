/*
 * Subscribers in a world without chance but for the network's: what must not be lost when nothing
 * broke, and how soon all is well again when something did. Order, duplicates and gaps are checked
 * by the world itself.
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

static void open_world(uint64_t seed) {
  struct world_config config;
  world_config_init(&config);
  config.seed = seed;
  config.clients = 3;
  config.latency_us = 50 + chance_below(&seed, 500);
  config.jitter_us = chance_below(&seed, 2000);
  config.write_every_us = 2 * MS;
  config.subscribers = true;
  world_open(world, &config);
  for (int i = 0; i < 3; i++) {
    server_start(world, &world->servers[i], DATA_EMPTY);
    replication_tick(world, &world->servers[i]);
  }
  for (int i = 0; i < 3; i++) client_start(world, &world->clients[i]);
  world_run(world, 3000 * MS);
}

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

static bool all_ready(void) {
  char why[200];
  for (int i = 0; i < 3; i++) {
    const struct client *client = &world->clients[i];
    if (client->topology.master < 0 || !subs_settled(client, why, sizeof why)) return false;
  }
  return true;
}

/* How long until every subscriber knows that it is fed. */
static usec until_ready(usec bound) {
  usec since = world->now;
  while (!all_ready() && world->now < since + bound) pass(200);
  return world->now - since;
}

static int source_of(int client) {
  return world->clients[client].sub.feed.source;
}

/* Whatever was published is there, or in a gap; and messages come. */
static void still(void) {
  uint64_t received = world->clients[0].sub.received;
  pass(1000 * MS);
  assert_true(world->clients[0].sub.received > received + 100);
  subs_check_all(world, 200 * MS);
  assert_string_equal(world->violation, "");
}

static void switch_over(int node) {
  usec began = world->now;
  int before = check_agreed(world);
  client_ask(world, &world->clients[0], HR_EV_SWITCHOVER, node);
  while (check_agreed(world) == before && world->now < began + 2000 * MS) pass(200);
  assert_int_not_equal(check_agreed(world), before);
}

static void test_planned_switchovers_lose_nothing(void **state) {
  (void)state;
  uint64_t moves = 0, heard = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed);
    assert_true(all_ready());
    for (int round = 0; round < 8; round++) {
      switch_over(-1);
      assert_true(until_ready(500 * MS) <= 50 * MS);
      pass(world_random(world, 700 * MS));
    }
    still();
    assert_int_equal(world->subs.gaps, 0);
    assert_int_equal(world->subs.missed, 0);
    moves += world->subs.moves;
    heard += world->subs.heard;
  }
  print_message("%llu messages, %llu moves, nothing missed\n", (unsigned long long)heard,
                (unsigned long long)moves);
  assert_true(moves > SEEDS);
}

/* Its host becomes the master while it is fed there. */
static void test_the_host_is_promoted(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed);
    for (int round = 0; round < 4; round++) {
      int host = source_of(1);
      uint64_t moves = world->subs.moves;
      switch_over(host);
      assert_true(until_ready(500 * MS) <= 50 * MS);
      usec since = world->now; /* it leaves the master as soon as a replica is fed */
      while (source_of(1) == host && world->now < since + 1000 * MS) pass(200);
      assert_int_not_equal(source_of(1), host);
      assert_true(world->subs.moves > moves);
      pass(300 * MS);
    }
    still();
    assert_int_equal(world->subs.gaps, 0);
    assert_int_equal(world->subs.missed, 0);
  }
}

static void test_a_host_is_killed(void **state) {
  (void)state;
  usec slowest = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed);
    int host = source_of(1);
    assert_int_not_equal(host, check_agreed(world));
    server_crash(world, &world->servers[host]);
    pass(4 * MS);
    usec took = until_ready(500 * MS);
    if (took > slowest) slowest = took;
    assert_int_not_equal(source_of(1), host);
    still();
    assert_true(world->subs.gaps >= 1);
  }
  print_message("ready again %lld us after 4 ms at the latest\n", (long long)slowest);
  assert_true(slowest <= 50 * MS);
}

static void test_the_master_is_killed(void **state) {
  (void)state;
  usec slowest = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed);
    int master = check_agreed(world);
    server_crash(world, &world->servers[master]);
    while (check_agreed(world) == master || check_agreed(world) < 0) pass(200);
    usec took = until_ready(500 * MS);
    if (took > slowest) slowest = took;
    still();
    assert_true(world->subs.gaps >= 3);
  }
  print_message("ready again %lld us behind the new master at the latest\n", (long long)slowest);
  assert_true(slowest <= 50 * MS);
}

/* Its stream is cut, nothing else: noticed within down_after. */
static void test_a_host_that_is_not_fed(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed);
    int host = source_of(1);
    net_cut(world, peer_server(check_agreed(world)), peer_server(host), true);
    usec since = world->now;
    while (source_of(1) == host && world->now < since + 3000 * MS) pass(1 * MS);
    assert_true(world->now - since <= world->config.down_after_ms * MS);
    still();
    assert_true(world->subs.forced >= 1);
    assert_true(world->subs.gaps >= 1);
  }
}

/* A full synchronisation skips what lay between: nothing on the link tells, heartbeats do. */
static void test_a_host_that_skips_something(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    open_world(seed);
    int host = source_of(1), master = check_agreed(world);
    struct server *server = &world->servers[host];
    net_cut(world, peer_server(master), peer_server(host), true);
    pass(300 * MS);
    net_cut(world, peer_server(master), peer_server(host), false);
    net_close(world, server->link, 0);
    server->backlog = false; /* it cannot continue */
    server->replid[0] = '\0';
    replication_closed(world, server, server->link, 0);
    until_ready(500 * MS);
    still();
    assert_int_equal(source_of(1), host);
    assert_true(server->stream == STREAM_UP);
    assert_true(world->subs.missed > 0);
    assert_int_equal(world->subs.skipped, 0);
    assert_true(world->subs.gaps >= 1);
  }
}

/* And the next one, too. Longer than two beats, and never longer than the feed reckons with. */
static void test_who_speaks_dies(void **state) {
  (void)state;
  hr_msec longest = 0, beat = 0, quiet = 0;
  for (uint64_t seed = 1; seed <= 5 * SEEDS; seed++) {
    open_world(seed);
    struct client *listener = &world->clients[seed % 3];
    const struct hr_feed_node *heard = &listener->sub.feed.nodes[check_agreed(world)];
    beat = hr_core_beat_ms(listener->config.fence_ms);
    quiet = hr_core_quiet_ms(listener->config.fence_ms);
    for (uint64_t i = 1; i < 3; i++) client_kill(world, &world->clients[(seed + i) % 3]);
    for (usec until = world->now + 1500 * MS; world->now < until;) {
      pass(1 * MS);
      hr_msec since = client_now(world, listener) - heard->beat_ms;
      if (since > longest) longest = since;
    }
  }
  print_message("no heartbeat for %lld ms, at rest one each %lld ms\n", (long long)longest,
                (long long)beat);
  assert_true(longest > 2 * beat);
  assert_true(longest <= quiet);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(planned_switchovers_lose_nothing),
      TEST(the_host_is_promoted),
      TEST(a_host_is_killed),
      TEST(the_master_is_killed),
      TEST(a_host_that_is_not_fed),
      TEST(a_host_that_skips_something),
      TEST(who_speaks_dies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
