/*
 * Warm links: a new master finds its clients connected. They are closed with the node they lead to,
 * and never trusted beyond the control link beside them.
 */
#include "client/spare.h"
#include "client_kit.h"

#define BEAT_MS 10

static bool is_warm(int node) {
  return kit.c->spares[node].link != NULL && hr_link_is_up(kit.c->spares[node].link);
}

/* Master is node 0; links to the others are warm. */
static void connect_warm(void) {
  kit.options.down_after_ms = 3 * BEAT_MS;
  for (int i = 0; i < KIT_NODES; i++) kit.since[i] = 1;
  kit_connect_to(0);
  assert_true(kit.c->spare_at_ms > hr_loop_now(kit.c->loop)); /* not in the midst of a failover */
  kit.c->spare_at_ms = 0;
  for (int i = 1; i < KIT_NODES; i++) {
    for (int tries = 0; !is_warm(i) && tries < 100; tries++) kit_turn(BEAT_MS);
    assert_true(is_warm(i));
    assert_int_equal(kit_server_count(&kit.servers[i], ""), 0); /* nothing is said there */
  }
  assert_null(kit.c->spares[0].link);
}

static void write_to(int node) {
  struct kit_answer a = {0};
  kit_submit(&a, "SET k 1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_true(kit_server_saw(&kit.servers[node], "SET k 1"));
}

static void a_new_master_is_not_dialled(void **state) {
  (void)state;
  connect_warm();
  kit_pause(HR_PAUSE_NO_MASTER);
  const struct hr_link *warm = kit.c->spares[1].link;
  kit_master(1);
  assert_null(kit.c->spares[1].link);
  assert_ptr_equal(kit.c->targets[1]->main.link, warm);
  assert_true(hr_link_is_up(warm));
  write_to(1);
  kit_server_cut(&kit.servers[1]); /* and is a link like any other from then on */
  kit_until(&kit.hints, 1);
  kit_server_forget(&kit.servers[1]);
  write_to(1);
}

/* A node that was away without a word: only the control link has found out. */
static void older_than_the_control_link_is_not_used(void **state) {
  (void)state;
  connect_warm();
  kit.since[1] = hr_loop_now(kit.c->loop) + 1;
  kit_master(1);
  assert_null(kit.c->spares[1].link);
  assert_false(hr_link_is_up(kit.c->targets[1]->main.link));
  write_to(1);
}

static void closed_while_the_node_is_away(void **state) {
  (void)state;
  connect_warm();
  kit.since[1] = 0;
  kit.hooks->close_data(2, kit.owner);
  assert_null(kit.c->spares[2].link);
  kit_turn(3 * BEAT_MS);
  assert_null(kit.c->spares[1].link);
  assert_non_null(kit.c->spares[2].link); /* the next beat brought it back */
}

static void a_broken_one_is_dialled_again_later(void **state) {
  (void)state;
  connect_warm();
  kit_server_stop(&kit.servers[1]);
  kit_turn(3 * BEAT_MS);
  assert_null(kit.c->spares[1].link);
  assert_true(kit.c->spare_at_ms > hr_loop_now(kit.c->loop));
  assert_int_equal(kit.hints, 0); /* the control link tells of that */
}

/* Nothing was said on it for long, and that says nothing about the node. */
static void who_was_just_taken_is_not_hung(void **state) {
  struct kit_answer a = {0};
  (void)state;
  connect_warm();
  kit_turn(4 * BEAT_MS);
  kit.servers[1].silent = true;
  kit_master(1);
  kit_submit(&a, "SET k 1");
  kit_until_seen(1, 1);
  kit_master(2);
  kit_turn(2);
  assert_int_equal(a.count, 0);
  kit_server_speak(&kit.servers[1]);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)
  const struct CMUnitTest tests[] = {
      TEST(a_new_master_is_not_dialled),
      TEST(older_than_the_control_link_is_not_used),
      TEST(closed_while_the_node_is_away),
      TEST(a_broken_one_is_dialled_again_later),
      TEST(who_was_just_taken_is_not_hung),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
