/*
 * What wears connections, clocks and backlogs, against the facts that were measured on real
 * servers; and how many clients a world takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define MS 1000
#define CROWD 1000

static struct world *world;

static struct server *node(int index) { return &world->servers[index]; }

static void pass(usec time) { world_run(world, world->now + time); }

static void write_on(int index, int count) {
  for (int i = 0; i < count; i++) {
    struct state *state = (struct state *)state_add(world, node(index)->state, CHANGE_WRITE, 60);
    state->keys++;
    server_append(world, node(index), state);
  }
}

/* a is master, b and c follow it. */
static int setup(void **state) {
  struct world_config config;
  (void)state;
  world_config_init(&config);
  config.clients = 1;
  config.sync_us = 5 * MS;
  config.retry_us = 10 * MS;
  world = world_new();
  world_open(world, &config);
  for (int i = 0; i < 3; i++) server_start(world, node(i), DATA_EMPTY);
  pass(MS);
  for (int i = 1; i < 3; i++) replication_follow(world, node(i), FOLLOW_NODE, 0);
  pass(50 * MS);
  write_on(0, 10);
  pass(50 * MS);
  assert_ptr_equal(node(1)->state, node(0)->state);
  assert_ptr_equal(node(2)->state, node(0)->state);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  world_free(world);
  return 0;
}

static struct conn *dial(enum conn_kind kind, int index) {
  struct conn *conn = net_dial(world, kind, peer_client(0), peer_server(index));
  net_send(world, conn, 1, MSG_HELLO, NULL);
  pass(MS);
  assert_true(conn->accepted);
  return conn;
}

/* How long until the node has run a write that is sent now. */
static usec until_written(struct conn *conn, int index) {
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  int64_t keys = node(index)->state->keys;
  usec since = world->now;
  flush->count = 1;
  net_send(world, conn, 1, MSG_WRITE, flush);
  while (node(index)->state->keys == keys && world->now < since + 2000 * MS) pass(100);
  return world->now - since;
}

static void test_a_replica_that_does_not_read_is_closed(void **state) {
  (void)state;
  node(0)->output_limit = 20;
  net_cut(world, peer_server(0), peer_server(1), true);
  write_on(0, 19);
  pass(10 * MS);
  assert_int_equal(replication_count(node(0)), 2);
  write_on(0, 10);
  pass(10 * MS);
  assert_int_equal(replication_count(node(0)), 1);
  assert_int_equal(node(1)->stream, STREAM_UP); /* nothing tells it */
  net_cut(world, peer_server(0), peer_server(1), false);
  net_unstick(world, 0);
  pass(50 * MS);
  assert_int_equal(replication_count(node(0)), 2);
  assert_ptr_equal(node(1)->state, node(0)->state);
  assert_int_equal(node(0)->partial_syncs, 1);
}

static void test_a_subscriber_that_does_not_read_is_closed(void **state) {
  (void)state;
  struct conn *conn = dial(CONN_GOSSIP, 0);
  struct hr_gossip note = {.kind = HR_GOSSIP_HEARTBEAT};
  node(0)->output_limit = 5;
  net_cut(world, peer_server(0), peer_client(0), true);
  for (int i = 0; i < 5; i++) serve_note(world, node(0), &note);
  assert_true(conn->open[1]);
  serve_note(world, node(0), &note);
  assert_false(conn->open[1]);
}

static void test_behind_the_backlog_everything_is_sent(void **state) {
  (void)state;
  uint32_t full = node(0)->full_syncs;
  node(0)->backlog_size = 1000; /* of 60 bytes each */
  net_cut(world, peer_server(0), peer_server(1), true);
  write_on(0, 10);
  replication_drop_replicas(world, node(0));
  net_cut(world, peer_server(0), peer_server(1), false);
  net_unstick(world, 0);
  pass(50 * MS);
  assert_int_equal(node(0)->full_syncs, full);

  net_cut(world, peer_server(1), peer_server(0), true);
  replication_drop_replicas(world, node(0));
  pass(10 * MS);
  write_on(0, 20);
  net_cut(world, peer_server(1), peer_server(0), false);
  net_unstick(world, 0);
  pass(50 * MS);
  assert_int_equal(node(0)->full_syncs, full + 1);
  assert_ptr_equal(node(1)->state, node(0)->state);
}

static void test_a_fork_holds_everything_up(void **state) {
  (void)state;
  struct conn *conn = dial(CONN_DATA, 0);
  assert_true(until_written(conn, 0) <= MS);
  node(0)->fork_us = 80 * MS;
  server_crash(world, node(1));
  server_start(world, node(1), DATA_EMPTY);
  pass(MS);
  replication_follow(world, node(1), FOLLOW_NODE, 0);
  while (node(0)->busy_until <= world->now) pass(100);
  usec took = until_written(conn, 0);
  assert_true(took >= 79 * MS && took <= 81 * MS);
}

static void test_a_reset_is_heard_at_both_ends(void **state) {
  (void)state;
  struct conn *control = dial(CONN_CONTROL, 0), *other = dial(CONN_CONTROL, 1);
  int64_t keys = node(0)->state->keys;
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  flush->count = 1;
  net_send(world, control, 1, MSG_WRITE, flush);
  net_reset(world, peer_client(0), peer_server(0));
  pass(MS);
  assert_false(control->open[0] || control->open[1]);
  assert_true(other->open[0] && other->open[1]);
  assert_int_equal(node(0)->state->keys, keys); /* what was on its way is gone */

  uint32_t partial = node(0)->partial_syncs;
  write_on(0, 3);
  net_reset(world, peer_server(1), peer_server(0));
  pass(50 * MS);
  assert_int_equal(node(0)->partial_syncs, partial + 1);
  assert_ptr_equal(node(1)->state, node(0)->state);
}

static void test_a_lost_segment_delays_its_own_connection_alone(void **state) {
  (void)state;
  struct conn *slow = dial(CONN_DATA, 0), *quick = dial(CONN_DATA, 0);
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  int64_t keys = node(0)->state->keys;
  flush->count = 1;
  world->loss = 1; /* every one */
  net_send(world, slow, 1, MSG_WRITE, flush);
  world->loss = 0;
  net_send(world, slow, 1, MSG_WRITE, flush); /* behind it, in order */
  net_send(world, quick, 1, MSG_WRITE, flush);
  pass(10 * MS);
  assert_int_equal(node(0)->state->keys, keys + 1);
  pass(195 * MS);
  assert_int_equal(node(0)->state->keys, keys + 3);
}

static struct answer *lock(int index, uint64_t n) {
  struct request *request = arena_take(&world->arena, sizeof *request);
  struct conn *conn = net_dial(world, CONN_CONTROL, peer_client(0), peer_server(index));
  conn->accepted = true;
  conn->instance = node(index)->instance;
  request->action = (struct hr_action){
      .kind = HR_DO_LOCK, .node = index, .epoch = {n, "aaaaaaaa"}, .ttl_ms = 100};
  strcpy(request->client, "A-test");
  return serve_request(world, node(index), conn, request);
}

static void test_locks_expire_by_a_clock_that_drifts(void **state) {
  (void)state;
  server_drift(world, node(1), 1.25);
  assert_int_equal(lock(1, 1)->status, HR_STATUS_OK);
  pass(79 * MS);
  assert_true(server_locked(world, node(1)));
  pass(2 * MS);
  assert_false(server_locked(world, node(1)));
}

static void test_a_client_counts_by_its_own_clock(void **state) {
  (void)state;
  struct client *client = &world->clients[0];
  hr_msec before = client_now(world, client);
  pass(1000 * MS);
  assert_int_equal(client_now(world, client) - before, 1000);
  client_drift(world, client, 0.95);
  before = client_now(world, client);
  pass(1000 * MS);
  assert_int_equal(client_now(world, client) - before, 950);
  usec at = client_when(client, before + 1900);
  assert_true(at >= world->now + 999 * MS && at <= world->now + 1001 * MS);
  assert_true(client_when(client, before - 500) < world->now - 1400 * MS); /* as it ran then */
}

static void test_a_person_kills_clients_of_one_kind(void **state) {
  (void)state;
  struct conn *control = dial(CONN_CONTROL, 0), *gossip = dial(CONN_GOSSIP, 0);
  server_kill_clients(world, node(0), true);
  pass(MS);
  assert_true(control->open[1]);
  assert_false(gossip->open[0] || gossip->open[1]);
  server_kill_clients(world, node(0), false);
  pass(MS);
  assert_false(control->open[0] || control->open[1]);
  assert_int_equal(replication_count(node(0)), 2); /* replicas are of another kind */
}

static void test_a_read_without_what_was_proven_is_told(void **state) {
  (void)state;
  const struct state *before = node(0)->state;
  struct call call = {.began = world->now + MS, .read = true};
  write_on(0, 1);
  check_proven(world, node(0)->state);
  pass(2 * MS);
  check_read(world, &world->clients[0], &call, node(0)->state);
  assert_string_equal(world->violation, "");
  call.began = world->now - 3 * MS; /* it was under way already */
  check_read(world, &world->clients[0], &call, before);
  assert_string_equal(world->violation, "");
  call.began = world->now;
  check_read(world, &world->clients[0], &call, before);
  assert_string_not_equal(world->violation, "");
}

static size_t using_another(int master) {
  size_t count = 0;
  for (size_t i = 0; i < world->config.clients; i++) {
    int mine = world->clients[i].topology.master;
    count += mine >= 0 && mine != master;
  }
  return count;
}

static void test_a_crowd_agrees(void **state) {
  (void)state;
  struct world_config config;
  world_config_init(&config);
  config.clients = CROWD;
  config.jitter_us = 200;
  world_open(world, &config);
  for (int i = 0; i < 3; i++) server_start(world, node(i), DATA_EMPTY);
  for (int i = 0; i < CROWD; i++) client_start(world, &world->clients[i]);
  assert_string_equal(world->clients[25].name, "Z");
  assert_string_equal(world->clients[26].name, "A1");
  assert_string_equal(world->clients[999].name, "L38");
  pass(100 * MS);
  int master = check_agreed(world);
  assert_true(master >= 0);
  size_t promotions = world->promotion_count;
  server_crash(world, node(master));
  pass(30 * MS);
  assert_int_equal(using_another(master), CROWD);
  assert_int_equal(world->promotion_count, promotions + 1);
  assert_string_equal(world->violation, "");
}

/* A master that is silent for a moment is not greeted by everybody when it goes on. */
static void test_a_crowd_does_not_shout(void **state) {
  (void)state;
  static uint64_t asked[MSG_ACTIONS + HR_DO_DONE + 1];
  enum { FEW = 200, HEARTBEATS = MSG_ACTIONS + HR_DO_PUBLISH };
  struct world_config config;
  world_config_init(&config);
  config.clients = FEW;
  world_open(world, &config);
  world->asked = asked;
  for (int i = 0; i < 3; i++) server_start(world, node(i), DATA_EMPTY);
  for (int i = 0; i < FEW; i++) client_start(world, &world->clients[i]);
  pass(3000 * MS);
  int master = check_agreed(world);
  assert_true(master >= 0);
  server_stop(world, node(master));
  pass(450 * MS);
  uint64_t before = asked[HEARTBEATS];
  server_continue(world, node(master));
  pass(1000 * MS);
  assert_in_range(asked[HEARTBEATS] - before, 3, 20);
  assert_int_equal(check_agreed(world), master);
  assert_string_equal(world->violation, "");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_replica_that_does_not_read_is_closed),
      TEST(a_subscriber_that_does_not_read_is_closed),
      TEST(behind_the_backlog_everything_is_sent),
      TEST(a_fork_holds_everything_up),
      TEST(a_reset_is_heard_at_both_ends),
      TEST(a_lost_segment_delays_its_own_connection_alone),
      TEST(locks_expire_by_a_clock_that_drifts),
      TEST(a_client_counts_by_its_own_clock),
      TEST(a_person_kills_clients_of_one_kind),
      TEST(a_read_without_what_was_proven_is_told),
      TEST(a_crowd_agrees),
      TEST(a_crowd_does_not_shout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
