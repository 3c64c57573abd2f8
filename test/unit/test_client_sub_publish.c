/*
 * A PUBLISH waits until its own client would hear it: how long, who passes it, and that they keep
 * their order.
 */
#include <string.h>

#include "sub_kit.h"

/* Transactions of one PUBLISH. */
static const char *transact(struct kit_server *at, int argc, char **argv) {
  (void)at;
  (void)argc;
  if (strcmp(argv[0], "PUBLISH") == 0 || strcmp(argv[0], "DEL") == 0) {
    return "+QUEUED\r\n";
  }
  return strcmp(argv[0], "EXEC") == 0 ? "*2\r\n:1\r\n:0\r\n" : NULL;
}

static int begin(void **state) {
  (void)state;
  sub_begin();
  kit_rule(transact);
  kit_until_ready();
  return 0;
}

static void publish(struct kit_answer *a, const char *payload) {
  assert_int_equal(haredis_publish(kit.c, kit_on_reply, a, "c", payload, strlen(payload)),
                   HAREDIS_OK);
}

static void nobody_waits_for_nothing(void **state) {
  struct kit_answer a = {0};
  (void)state;
  publish(&a, "1");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
}

static void waits_until_it_would_hear_itself(void **state) {
  struct kit_answer a = {0}, b = {0}, read = {0}, write = {0};
  (void)state;
  sub("c", "h");
  publish(&a, "1");
  publish(&b, "2");
  kit_turn(20);
  assert_int_equal(a.count + b.count, 0);
  assert_non_null(kit.c->write_conn); /* others need not even queue */
  kit_submit(&read, "GET a");
  kit_submit(&write, "SET a 1");
  kit_until(&write.count, 1);
  assert_answered(read, HAREDIS_OK);
  assert_int_equal(a.count, 0);
  sub_serve(1);
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_true(a.order < b.order);
}

/* What is subscribed to later holds nobody back who was there before. */
static void waits_for_what_was_asked_before_it(void **state) {
  struct kit_answer a = {0};
  (void)state;
  sub("c", "h");
  sub_serve(1);
  kit_pause(HR_PAUSE_NO_MASTER);
  publish(&a, "1");
  kit_turn(10);
  assert_int_equal(a.count, 0);
  kit_master(2);
  kit_turn(10);
  assert_int_equal(kit_server_count(&kit.servers[2], "PUBLISH"), 0); /* not fed by that one yet */
  sub_serve(1);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_true(kit_server_saw(&kit.servers[2], "PUBLISH c 1"));
}

static void not_longer_than_down_after(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.c->options.down_after_ms = 400;
  sub("c", "h");
  publish(&a, "1");
  kit_turn(200);
  assert_int_equal(a.count, 0);
  publish(&b, "2");
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  kit_turn(20);
  assert_answered(b, HAREDIS_OK); /* one wait for all */
}

/* While nothing can be subscribed to for long, nobody waits again; but for a new name. */
static void not_once_more_for_each(void **state) {
  struct kit_answer a = {0}, b = {0}, d = {0};
  (void)state;
  kit.c->options.down_after_ms = 400;
  sub("c", "h");
  publish(&a, "1");
  kit_until(&a.count, 1);
  kit_turn(50);
  publish(&b, "2");
  kit_turn(100);
  assert_answered(b, HAREDIS_OK);
  sub("new", "h");
  publish(&d, "3");
  kit_turn(200);
  assert_int_equal(d.count, 0);
  kit_until(&d.count, 1);
  assert_answered(d, HAREDIS_OK);
}

static bool refuses;

static const char *refuse(struct kit_server *at, int argc, char **argv) {
  bool exec = strcmp(argv[0], "EXEC") == 0;
  return exec && refuses ? "-READONLY no\r\n" : transact(at, argc, argv);
}

/* The first went in any case, was refused and waits again: the second does not overtake it. */
static void keep_their_order_when_one_comes_back(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.c->options.down_after_ms = 400;
  kit.servers[0].rule = refuse;
  refuses = true;
  sub("c", "h");
  publish(&a, "1");
  kit_turn(300);
  publish(&b, "2");
  while (kit_server_count(&kit.servers[0], "PUBLISH c 1") == 0) {
    kit_turn(1);
  }
  kit_turn(20);
  refuses = false;
  kit_until(&b.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
  assert_true(a.order < b.order);
}

/* It counts against the queue, and against its deadline. */
static void is_bounded_like_all_that_waits(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  kit.c->options.queue_max = 1;
  kit.c->options.command_timeout_ms = 30;
  sub("c", "h");
  publish(&a, "1");
  assert_int_equal(haredis_publish(kit.c, kit_on_reply, &b, "c", "2", 1), HAREDIS_ERR_QUEUE_FULL);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_ERR_TIMEOUT);
  assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 0);
}

static void goes_with_the_client(void **state) {
  struct kit_answer a = {0};
  (void)state;
  sub("c", "h");
  publish(&a, "1");
  kit_turn(5);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(a, HAREDIS_ERR_CLOSED);
}

/* Durable ones: a group goes without those that are held. */
static void a_group_leaves_it_behind(void **state) {
  struct kit_answer a = {0}, s = {0};
  (void)state;
  kit.c->options.durability = HAREDIS_DURABILITY_QUORUM;
  sub("c", "h");
  publish(&a, "1");
  kit_submit(&s, "SET a 1");
  kit_until(&s.count, 1);
  assert_int_equal(a.count, 0);
  assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 0);
  sub_serve(1);
  kit_until(&a.count, 1);
  assert_int_equal(kit_server_count(&kit.servers[0], "PUBLISH"), 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      TEST(nobody_waits_for_nothing),
      TEST(waits_until_it_would_hear_itself),
      TEST(waits_for_what_was_asked_before_it),
      TEST(not_longer_than_down_after),
      TEST(not_once_more_for_each),
      TEST(keep_their_order_when_one_comes_back),
      TEST(is_bounded_like_all_that_waits),
      TEST(goes_with_the_client),
      TEST(a_group_leaves_it_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
