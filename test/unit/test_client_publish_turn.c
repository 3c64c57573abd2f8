/*
 * PUBLISH by a master that takes no writes for a while: it goes as it is, and in the order of the
 * calls also when the master takes writes again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

#define FEW "NOREPLICAS Not enough good replicas to write."
#define ABORTED "-EXECABORT Transaction discarded because of previous errors.\r\n"

/* A server that knows transactions, and runs so many of them not. */
static struct {
  bool inside;
  int queued;
  int refuses;
  bool by_exec; /* refused by EXEC, else by the guard */
  bool mute;    /* answers nothing: the test does */
  int loading;  /* so many bare ones are refused */
  char queue[512], ran[512]; /* payloads: inside the transaction, and that were published */
  char reply[1024];
} server;

static void note(char *list, const char *payload) {
  size_t used = strlen(list);
  snprintf(list + used, sizeof(server.ran) - used, "%s ", payload);
}

static const char *answer_inside(char **argv) {
  if (strcmp(argv[0], "PUBLISH") == 0) {
    note(server.queue, argv[2]);
  } else if (server.refuses > 0 && !server.by_exec) {
    return "-" FEW "\r\n";
  }
  server.queued++;
  return "+QUEUED\r\n";
}

static const char *answer_exec(void) {
  server.inside = false;
  if (server.refuses > 0) {
    server.refuses--;
    return server.by_exec ? "-EXECABORT Transaction discarded because of: " FEW "\r\n" : ABORTED;
  }
  note(server.ran, server.queue);
  int used = snprintf(server.reply, sizeof(server.reply), "*%d\r\n", server.queued);
  for (int i = 0; i < server.queued; i++) {
    used += snprintf(server.reply + used, sizeof(server.reply) - (size_t)used, ":%d\r\n", i);
  }
  return server.reply;
}

static const char *transact(struct kit_server *at, int argc, char **argv) {
  (void)at;
  (void)argc;
  if (server.mute) {
    return "";
  }
  if (strcmp(argv[0], "MULTI") == 0) {
    server.inside = true;
    server.queued = 0;
    server.queue[0] = '\0';
    return "+OK\r\n";
  }
  if (strcmp(argv[0], "EXEC") == 0) {
    return answer_exec();
  }
  if (server.inside) {
    return answer_inside(argv);
  }
  if (strcmp(argv[0], "WAIT") == 0) {
    return ":2\r\n";
  }
  if (strcmp(argv[0], "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  if (strcmp(argv[0], "PUBLISH") != 0) {
    return NULL;
  }
  if (server.loading > 0) {
    server.loading--;
    return "-LOADING it is\r\n";
  }
  note(server.ran, argv[2]);
  return ":7\r\n";
}

static int begin(void **state) {
  (void)state;
  kit_begin();
  memset(&server, 0, sizeof(server));
  kit_rule(transact);
  return 0;
}

/* What was published is `first` to `last`, all of it and in the order of the calls. */
static void assert_ran(int first, int last) {
  const char *at = server.ran;
  for (int i = first; i <= last; i++) {
    char *end;
    assert_int_equal(strtol(at, &end, 10), i);
    at = end;
  }
  assert_int_equal(strspn(at, " "), strlen(at));
}

static void publish_number(struct kit_answer *a, int number) {
  char payload[16];
  int len = snprintf(payload, sizeof(payload), "%d", number);
  assert_int_equal(haredis_publish(kit.c, kit_on_reply, a, "c", payload, (size_t)len), HAREDIS_OK);
}

/* Two transactions of two, both under way before the first answer. */
static void send_two_pairs(struct kit_answer *a) {
  for (int i = 0; i < 4; i++) {
    publish_number(&a[i], i);
    if (i % 2 == 1) {
      kit_until_seen(0, i == 1 ? 5 : 10);
    }
  }
  assert_int_equal(kit_server_count(&kit.servers[0], "EXEC"), 2);
}

static void publish_two_pairs(struct kit_answer *a) {
  kit.servers[0].silent = true;
  send_two_pairs(a);
  kit_server_speak(&kit.servers[0]);
}

/* The first transaction is refused, the one that is under way behind it is not. */
static void what_a_later_one_has_passed_is_refused(void **state) {
  struct kit_answer a[4] = {{0}};
  (void)state;
  kit_connect_to(0);
  server.refuses = 1;
  publish_two_pairs(a);
  for (int i = 0; i < 4; i++) {
    kit_until(&a[i].count, 1);
    assert_answered(a[i], HAREDIS_OK);
  }
  assert_string_equal(a[0].text, FEW);
  assert_string_equal(a[1].text, FEW);
  assert_int_equal(a[2].type, REDIS_REPLY_INTEGER);
  assert_ran(2, 3);
  assert_int_equal(kit.c->outstanding, 0);
}

/* Both are refused: what the first one had waits for the second. */
static void what_all_were_refused_with_goes_bare(void **state) {
  struct kit_answer a[4] = {{0}};
  (void)state;
  kit_connect_to(0);
  server.refuses = 2;
  publish_two_pairs(a);
  for (int i = 0; i < 4; i++) {
    kit_until(&a[i].count, 1);
    assert_answered(a[i], HAREDIS_OK);
    assert_int_equal(a[i].integer, 7);
  }
  assert_ran(0, 3);
}

#define QUEUED_TWO "+OK\r\n+QUEUED\r\n+QUEUED\r\n"

/* The second answer comes late: nothing is published before it, then both at once. */
static void what_was_refused_waits_for_the_later_one(void **state) {
  struct kit_answer a[4] = {{0}}, next = {0};
  (void)state;
  kit_connect_to(0);
  server.mute = true;
  send_two_pairs(a);
  kit_server_reply(&kit.servers[0], QUEUED_TWO "-" FEW "\r\n" ABORTED);
  kit_turn(20);
  kit.c->publish_alone_ms = 0; /* however late */
  publish_number(&next, 4);
  kit_turn(20);
  assert_int_equal(kit.servers[0].seen_count, 10);
  kit_server_reply(&kit.servers[0], QUEUED_TWO "-" FEW "\r\n" ABORTED);
  kit_until_seen(0, 18);
  for (int i = 0; i < 4; i++) {
    char line[32];
    snprintf(line, sizeof(line), "PUBLISH c %d", i);
    assert_string_equal(kit.servers[0].seen[10 + i], line);
  }
  kit_server_reply(&kit.servers[0], ":1\r\n:1\r\n:1\r\n:1\r\n");
  kit_until(&a[3].count, 1);
}

/* What is under way is too late for its callback, and still in the way of the next. */
static void one_that_is_too_late_wakes_who_waits(void **state) {
  struct kit_answer late = {0}, next = {0};
  (void)state;
  kit.options.command_timeout_ms = 300;
  kit_connect_to(0);
  server.mute = true;
  kit.c->publish_alone_ms = hr_loop_now(kit.c->loop) + 5000;
  publish_number(&late, 0);
  kit_until_seen(0, 4);
  kit_turn(200);
  publish_number(&next, 1);
  kit_until(&late.count, 1);
  assert_answered(late, HAREDIS_ERR_MAYBE);
  assert_int_equal(kit.servers[0].seen_count, 4);
  server.mute = false;
  kit_server_reply(&kit.servers[0], "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:0\r\n");
  kit_until(&next.count, 1);
  assert_answered(next, HAREDIS_OK);
}

/* Who answers next may have been demoted: inside a transaction again. */
static void a_bare_one_that_is_refused_is_asked_for_anew(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect_to(0);
  server.refuses = server.loading = 1;
  publish_number(&a, 0);
  kit_until(&a.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(kit_server_count(&kit.servers[0], "MULTI"), 2);
  assert_ran(0, 0);
}

/* Another write that has run is nobody's rival. */
static void a_later_write_passes_nothing(void **state) {
  struct kit_answer a = {0}, s = {0};
  (void)state;
  kit_connect_to(0);
  server.refuses = 1;
  publish_number(&a, 0);
  kit_submit(&s, "SET a 1");
  kit_until(&a.count, 1);
  kit_until(&s.count, 1);
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(a.integer, 7);
  assert_ran(0, 0);
}

/* It takes no writes for a while, and then does, at any moment: all are published, in order. */
static void all_are_heard_in_order(bool by_exec, const char *between) {
  enum { COUNT = 6 };
  struct kit_answer first = {0};
  server.refuses = 1;
  server.by_exec = by_exec;
  publish_number(&first, 0);
  kit_until(&first.count, 1); /* from now on it is known that it may refuse */
  for (int refuses = 1; refuses <= COUNT; refuses++) {
    struct kit_answer a[COUNT], other[COUNT];
    memset(a, 0, sizeof(a));
    memset(other, 0, sizeof(other));
    server.ran[0] = '\0';
    server.refuses = refuses;
    for (int i = 0; i < COUNT; i++) {
      publish_number(&a[i], i);
      kit_submit(&other[i], "%s a", between); /* ends the transaction */
    }
    for (int i = 0; i < COUNT; i++) {
      kit_until(&a[i].count, 1);
      kit_until(&other[i].count, 1);
      assert_answered(a[i], HAREDIS_OK);
      assert_int_equal(a[i].type, REDIS_REPLY_INTEGER);
    }
    assert_ran(0, COUNT - 1);
    assert_int_equal(server.refuses, 0);
  }
}

static void refused_by_the_guard(void **state) {
  (void)state;
  kit_connect_to(0);
  all_are_heard_in_order(false, "GET");
}

static void refused_by_exec(void **state) {
  (void)state;
  kit_connect_to(0);
  all_are_heard_in_order(true, "GET");
}

/* There too one transaction at a time, though one group could hold them all. */
static void refused_in_groups(void **state) {
  (void)state;
  kit.options.durability = HAREDIS_DURABILITY_QUORUM;
  kit_connect_to(0);
  all_are_heard_in_order(false, "INCR");
}

/* An older bare one that is passed is called back once, also when memory is short. */
static void each_allocation_may_fail(void **state) {
  (void)state;
  kit_connect_to(0);
  for (int n = 0; n < 40; n++) {
    struct kit_answer a[4];
    int answered = 0;
    memset(a, 0, sizeof(a));
    kit_until_ready();
    kit_server_forget(&kit.servers[0]);
    kit.c->publish_alone_ms = 0;
    server.ran[0] = '\0';
    server.refuses = 1;
    publish_two_pairs(a);
    kit_memory(n);
    kit_turn(5);
    kit_memory(-1);
    for (int turns = 0; turns < 300 && answered < 4; turns++) {
      kit_turn(5);
      answered = a[0].count + a[1].count + a[2].count + a[3].count;
    }
    assert_int_equal(answered, 4);
    assert_int_equal(kit.c->outstanding, 0);
    server.inside = false;
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      TEST(what_a_later_one_has_passed_is_refused),
      TEST(what_all_were_refused_with_goes_bare),
      TEST(what_was_refused_waits_for_the_later_one),
      TEST(one_that_is_too_late_wakes_who_waits),
      TEST(a_bare_one_that_is_refused_is_asked_for_anew),
      TEST(a_later_write_passes_nothing),
      TEST(refused_by_the_guard),
      TEST(refused_by_exec),
      TEST(refused_in_groups),
      TEST(each_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
