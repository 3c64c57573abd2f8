/* The model servers against the facts that were measured on real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define MS 1000

static struct world *world;
static struct conn *links[3];

static int setup(void **state) {
  struct world_config config;
  (void)state;
  world_config_init(&config);
  config.clients = 1;
  config.sync_us = 5 * MS;
  world = world_new();
  world_open(world, &config);
  for (int i = 0; i < 3; i++) server_start(world, &world->servers[i], DATA_EMPTY);
  world_run(world, MS);
  for (int i = 0; i < 3; i++) {
    links[i] = net_dial(world, CONN_CONTROL, peer_client(0), peer_server(i));
    links[i]->accepted = true;
    links[i]->instance = world->servers[i].instance;
  }
  return 0;
}

static int teardown(void **state) {
  (void)state;
  world_free(world);
  return 0;
}

static struct server *node(int index) { return &world->servers[index]; }

static struct answer *ask(int index, enum hr_action_kind kind, uint64_t n, int master) {
  struct request *request = arena_take(&world->arena, sizeof *request);
  request->action.kind = kind;
  request->action.node = index;
  request->action.epoch = (struct hr_epoch){n, "aaaaaaaa"};
  request->action.ttl_ms = 100;
  request->action.master = master;
  strcpy(request->client, "A-test");
  if (kind == HR_DO_UNLOCK) strcpy(request->action.u.client, "A-test");
  return serve_request(world, node(index), links[index], request);
}

static enum hr_status change(int index, enum hr_action_kind kind, uint64_t n, int master) {
  ask(index, HR_DO_LOCK, n, -1);
  ask(index, HR_DO_GUARD, n, -1);
  enum hr_status status = ask(index, kind, n, master)->status;
  ask(index, HR_DO_UNLOCK, n, -1);
  return status;
}

static void pass(usec time) { world_run(world, world->now + time); }

static void write_on(int index, int count) {
  for (int i = 0; i < count; i++) {
    struct state *state =
        (struct state *)state_add(world, node(index)->state, CHANGE_WRITE, 60);
    state->keys++;
    server_append(world, node(index), state);
  }
}

/* a is master, b and c follow it, all equal. */
static void group(void) {
  for (int i = 0; i < 3; i++) assert_int_equal(change(i, HR_DO_SEAL, 1, -1), HR_STATUS_OK);
  assert_int_equal(change(0, HR_DO_PROMOTE, 1, -1), HR_STATUS_OK);
  assert_int_equal(change(1, HR_DO_FOLLOW, 1, 0), HR_STATUS_OK);
  assert_int_equal(change(2, HR_DO_FOLLOW, 1, 0), HR_STATUS_OK);
  pass(50 * MS);
  write_on(0, 10);
  pass(50 * MS);
  assert_ptr_equal(node(1)->state, node(0)->state);
  assert_ptr_equal(node(2)->state, node(0)->state);
}

static void test_lock_expires_by_the_servers_own_clock(void **state) {
  (void)state;
  assert_int_equal(ask(1, HR_DO_LOCK, 1, -1)->status, HR_STATUS_OK);
  assert_int_equal(ask(1, HR_DO_LOCK, 2, -1)->status, HR_STATUS_NO);
  assert_int_equal(ask(1, HR_DO_LOCK, 1, -1)->status, HR_STATUS_OK); /* it is ours */
  pass(99 * MS);
  assert_true(server_locked(world, node(1)));
  pass(2 * MS);
  assert_false(server_locked(world, node(1)));

  ask(1, HR_DO_LOCK, 3, -1);
  node(1)->clock_step = -3600 * 1000 * (usec)MS;
  pass(200 * MS);
  assert_true(server_locked(world, node(1)));
}

static void test_watch_notices_change_and_expiry(void **state) {
  (void)state;
  ask(1, HR_DO_LOCK, 1, -1);
  ask(1, HR_DO_GUARD, 1, -1);
  pass(150 * MS); /* the lock expires between the guard and EXEC */
  assert_int_equal(ask(1, HR_DO_SEAL, 1, -1)->status, HR_STATUS_NO);
  assert_true(server_is_master(node(1)));

  ask(1, HR_DO_LOCK, 2, -1);
  ask(1, HR_DO_GUARD, 2, -1);
  server_flushall(world, node(1)); /* takes the lock away */
  assert_int_equal(ask(1, HR_DO_SEAL, 2, -1)->status, HR_STATUS_NO);

  ask(1, HR_DO_LOCK, 3, -1);
  ask(1, HR_DO_GUARD, 3, -1);
  assert_int_equal(ask(1, HR_DO_SEAL, 3, -1)->status, HR_STATUS_OK);
  assert_int_equal(node(1)->follow, FOLLOW_SEAL);
  assert_string_equal(world->violation, "");
}

static void test_no_change_without_a_guard(void **state) {
  (void)state;
  ask(1, HR_DO_LOCK, 1, -1);
  assert_int_equal(ask(1, HR_DO_SEAL, 1, -1)->status, HR_STATUS_NO);
  assert_string_not_equal(world->violation, "");
}

static void test_sealed_nodes_continue_with_the_promoted(void **state) {
  (void)state;
  group();
  uint32_t full = node(1)->full_syncs;
  server_crash(world, node(0));
  change(1, HR_DO_SEAL, 2, -1);
  change(2, HR_DO_SEAL, 2, -1);
  change(1, HR_DO_PROMOTE, 2, -1);
  change(2, HR_DO_FOLLOW, 2, 1);
  pass(20 * MS);
  assert_int_equal(node(1)->partial_syncs, 1);
  assert_int_equal(node(1)->full_syncs, full);
  assert_ptr_equal(node(2)->state, node(1)->state);
}

static void test_both_promoted_need_a_full_sync(void **state) {
  (void)state;
  group();
  server_crash(world, node(0));
  replication_unfollow(world, node(1));
  replication_unfollow(world, node(2));
  change(2, HR_DO_FOLLOW, 2, 1);
  pass(20 * MS);
  assert_int_equal(node(1)->full_syncs, 1);
}

static void test_one_ping_short_truncates_the_longer(void **state) {
  (void)state;
  group();
  change(1, HR_DO_SEAL, 2, -1);
  server_append(world, node(0), state_add(world, node(0)->state, CHANGE_PING, 14));
  pass(5 * MS);
  change(2, HR_DO_SEAL, 2, -1);
  assert_int_equal(node(2)->state->offset - node(1)->state->offset, 14);
  server_crash(world, node(0));
  change(1, HR_DO_PROMOTE, 2, -1);
  change(2, HR_DO_FOLLOW, 2, 1);
  pass(20 * MS);
  assert_int_equal(node(1)->full_syncs, 1);
  assert_ptr_equal(node(2)->state, node(1)->state);
}

static void test_own_keys_survive_partial_and_die_with_full(void **state) {
  (void)state;
  group();
  change(1, HR_DO_FOLLOW, 4, 0);
  assert_int_equal(node(1)->promise.n, 4);
  replication_drop_replicas(world, node(0)); /* a short break: it continues */
  pass(20 * MS);
  assert_int_equal(node(1)->stream, STREAM_UP);
  assert_int_equal(node(1)->promise.n, 4);

  server_crash(world, node(1));
  server_start(world, node(1), DATA_EMPTY);
  pass(MS);
  links[1]->instance = node(1)->instance;
  links[1]->open[1] = true;
  change(1, HR_DO_FOLLOW, 1, 0);
  assert_int_equal(node(1)->promise.n, 1);
  pass(50 * MS);
  assert_int_equal(node(1)->stream, STREAM_UP);
  assert_int_equal(node(1)->promise.n, 0);
}

static void test_flushall_takes_our_keys_everywhere(void **state) {
  (void)state;
  group();
  ask(1, HR_DO_LOCK, 5, -1);
  server_flushall(world, node(0));
  pass(5 * MS);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(node(i)->promise.n, 0);
    assert_null(node(i)->state->record);
    assert_int_equal(node(i)->state->keys, 0);
  }
  assert_false(server_locked(world, node(1)));
}

static void test_an_open_master_that_restarts_empty_wipes_its_replicas(void **state) {
  (void)state;
  group();
  server_crash(world, node(0));
  server_start(world, node(0), DATA_EMPTY); /* as plain Redis: not sealed */
  assert_int_equal(node(0)->follow, FOLLOW_NOBODY);
  pass(2000 * MS);
  assert_int_equal(node(1)->state->keys, 0);
  assert_int_equal(node(2)->state->keys, 0);
}

static void test_a_sealed_one_refuses_them(void **state) {
  (void)state;
  group();
  node(0)->file_follow = FOLLOW_SEAL;
  server_crash(world, node(0));
  server_start(world, node(0), DATA_EMPTY);
  pass(5000 * MS);
  assert_int_equal(node(1)->state->keys, 10);
  assert_int_equal(node(1)->stream == STREAM_UP, false);
  assert_true(node(1)->linked_once);
  assert_false(node(0)->linked_once);
}

static void test_append_only_file_forgets_its_place_in_the_stream(void **state) {
  (void)state;
  group();
  char before[HR_RUN_ID_MAX];
  memcpy(before, node(1)->replid, sizeof before);
  node(1)->file_follow = FOLLOW_SEAL;
  server_crash(world, node(1));
  server_start(world, node(1), DATA_KEPT);
  assert_string_equal(node(1)->replid, before);
  server_crash(world, node(1));
  server_start(world, node(1), DATA_REBASED);
  assert_string_not_equal(node(1)->replid, before);
  assert_int_equal(node(1)->state->keys, 10);
  assert_int_equal(node(1)->state->offset, 0);
  assert_false(node(1)->lossy);
}

static void test_pause_holds_writes_not_looks_nor_seals(void **state) {
  (void)state;
  struct request request = {.action = {.kind = HR_DO_LOCK}};
  struct message message = {.kind = MSG_REQUEST, .body = &request};
  ask(0, HR_DO_LOCK, 1, -1);
  ask(0, HR_DO_PAUSE, 1, -1);
  assert_true(serve_postponed(world, node(0), &message));
  request.action.kind = HR_DO_PUBLISH;
  assert_true(serve_postponed(world, node(0), &message));
  request.action.kind = HR_DO_LOOK;
  assert_false(serve_postponed(world, node(0), &message));
  request.action.kind = HR_DO_SEAL;
  assert_false(serve_postponed(world, node(0), &message));
  ask(0, HR_DO_GUARD, 1, -1);
  assert_int_equal(ask(0, HR_DO_SEAL, 1, -1)->status, HR_STATUS_OK);
  assert_false(server_paused(world, node(0)));
}

static void test_a_stopped_server_runs_later_what_it_was_sent(void **state) {
  (void)state;
  struct conn *conn = net_dial(world, CONN_DATA, peer_client(0), peer_server(0));
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  flush->first = 1;
  flush->count = 3;
  server_stop(world, node(0));
  net_send(world, conn, 1, MSG_WRITE, flush);
  pass(1000 * MS);
  assert_int_equal(node(0)->state->keys, 0);
  server_continue(world, node(0));
  pass(MS);
  assert_int_equal(node(0)->state->keys, 3);
}

static void test_a_cut_delays_and_keeps_the_order(void **state) {
  (void)state;
  group();
  net_cut(world, peer_server(0), peer_server(1), true);
  write_on(0, 5);
  pass(100 * MS);
  assert_int_equal(node(1)->state->keys, 10);
  assert_int_equal(node(2)->state->keys, 15);
  assert_int_equal(node(1)->stream, STREAM_UP); /* nothing tells it */
  net_cut(world, peer_server(0), peer_server(1), false);
  net_unstick(world, MS);
  pass(5 * MS);
  assert_ptr_equal(node(1)->state, node(0)->state);
}

static void test_sealing_throws_away_what_was_not_read(void **state) {
  (void)state;
  group();
  write_on(0, 5); /* on its way */
  change(1, HR_DO_SEAL, 2, -1);
  pass(50 * MS);
  assert_int_equal(node(1)->state->keys, 10);
  assert_int_equal(node(2)->state->keys, 15);
}

static void test_backlog_that_expired_changes_the_history(void **state) {
  (void)state;
  group();
  char before[HR_RUN_ID_MAX];
  memcpy(before, node(0)->replid, sizeof before);
  change(1, HR_DO_SEAL, 1, -1);
  change(2, HR_DO_SEAL, 1, -1);
  pass(5 * MS);
  replication_forget_backlog(world, node(0));
  assert_string_not_equal(node(0)->replid, before);
  change(1, HR_DO_FOLLOW, 1, 0);
  pass(50 * MS);
  assert_int_equal(node(0)->full_syncs, 3); /* two to begin with */
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(lock_expires_by_the_servers_own_clock),
      TEST(watch_notices_change_and_expiry),
      TEST(no_change_without_a_guard),
      TEST(sealed_nodes_continue_with_the_promoted),
      TEST(both_promoted_need_a_full_sync),
      TEST(one_ping_short_truncates_the_longer),
      TEST(own_keys_survive_partial_and_die_with_full),
      TEST(flushall_takes_our_keys_everywhere),
      TEST(an_open_master_that_restarts_empty_wipes_its_replicas),
      TEST(a_sealed_one_refuses_them),
      TEST(append_only_file_forgets_its_place_in_the_stream),
      TEST(pause_holds_writes_not_looks_nor_seals),
      TEST(a_stopped_server_runs_later_what_it_was_sent),
      TEST(a_cut_delays_and_keeps_the_order),
      TEST(sealing_throws_away_what_was_not_read),
      TEST(backlog_that_expired_changes_the_history),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
