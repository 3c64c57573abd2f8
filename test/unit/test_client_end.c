/*
 * The end of a client: exactly one callback for everything that was accepted, whoever ends it, from
 * wherever, with living and dead nodes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "client_kit.h"

static int events[32];
static int event_count;
static haredis_client *free_in_event;

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)user;
  assert_int_equal(event->struct_size, sizeof(*event));
  assert_non_null(event->text);
  events[event_count++ % 32] = event->kind;
  if (free_in_event == c) {
    haredis_free(c);
  }
}

static int begin(void **state) {
  (void)state;
  event_count = 0;
  free_in_event = NULL;
  kit_begin();
  kit.options.on_event = on_event;
  return 0;
}

static void connect_to(int node) {
  kit_connect_to(node);
  event_count = 0;
}

static void free_calls_everybody_once(void **state) {
  struct kit_answer sent = {0}, unsent = {0}, queued = {0};
  (void)state;
  connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&sent, "SET k 1");
  kit_until_seen(0, 1);
  kit_submit(&unsent, "SET k 2");
  kit_submit(&queued, "FLUSHALL");
  haredis_free(kit.c);
  kit.c = NULL;
  assert_answered(sent, HAREDIS_ERR_MAYBE);
  assert_answered(unsent, HAREDIS_ERR_CLOSED);
  assert_answered(queued, HAREDIS_ERR_CLOSED);
  assert_int_equal(events[event_count - 1], HAREDIS_EVENT_CLOSED);
  assert_int_equal(kit.freed, 1);
  haredis_free(NULL);
}

static void submit_again(haredis_client *c, struct redisReply *reply, void *data) {
  (void)reply;
  ++*(int *)data;
  assert_int_equal(haredis_async_command(c, submit_again, data, "SET k 1"), HAREDIS_ERR_CLOSED);
  assert_int_equal(haredis_switchover(c, NULL, NULL, NULL), HAREDIS_ERR_CLOSED);
  haredis_free(c);
  haredis_disconnect(c);
}

static void nothing_is_accepted_while_it_ends(void **state) {
  int count = 0;
  (void)state;
  kit_connect();
  for (int i = 0; i < 5; i++) {
    assert_int_equal(haredis_async_command(kit.c, submit_again, &count, "SET k 1"), HAREDIS_OK);
  }
  haredis_free(kit.c);
  kit.c = NULL;
  assert_int_equal(count, 5);
}

static void free_inside(haredis_client *c, struct redisReply *reply, void *data) {
  assert_non_null(reply);
  haredis_free(c);
  assert_int_equal(reply->type, REDIS_REPLY_STRING); /* lives until we return */
  assert_string_equal(reply->str, "value");
  ++*(int *)data;
}

/* Others in flight behind it, others waiting; the link is in the middle of its read. */
static void free_inside_a_callback(void **state) {
  struct kit_answer rest[50] = {0};
  int freed = 0;
  (void)state;
  connect_to(0);
  assert_int_equal(haredis_async_command(kit.c, free_inside, &freed, "GET k"), HAREDIS_OK);
  for (int i = 0; i < 50; i++) {
    kit_submit(&rest[i], "GET k");
  }
  kit_until(&freed, 1);
  kit.c = NULL;
  kit_turn(20);
  assert_int_equal(freed, 1);
  for (int i = 0; i < 50; i++) {
    assert_answered(rest[i], HAREDIS_ERR_MAYBE);
  }
}

static void free_inside_an_event(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect();
  kit_submit(&a, "SET k 1");
  free_in_event = kit.c;
  kit_master(0);
  kit.c = NULL;
  assert_answered(a, HAREDIS_ERR_CLOSED);
  kit_turn(10);
}

static void disconnect_finishes_what_was_accepted(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&a, "SET k 1");
  kit_until_seen(0, 1);
  haredis_disconnect(kit.c);
  assert_int_equal(haredis_async_command(kit.c, kit_on_reply, &b, "SET k 2"), HAREDIS_ERR_CLOSED);
  haredis_disconnect(kit.c);
  kit_turn(20);
  assert_int_equal(a.count, 0);
  kit_server_speak(&kit.servers[0]);
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_answered(a, HAREDIS_OK);
  assert_int_equal(b.count, 0);
  assert_int_equal(event_count, 2);
  assert_int_equal(events[0], HAREDIS_EVENT_DRAINED);
  assert_int_equal(events[1], HAREDIS_EVENT_CLOSED);
}

/* Nothing waits: over at once, whatever the nodes do. */
static void drain_with_a_dead_node(void **state) {
  (void)state;
  connect_to(0);
  kit_server_stop(&kit.servers[1]);
  kit_server_stop(&kit.servers[0]);
  kit_turn(10);
  haredis_disconnect(kit.c);
  kit.c = NULL;
  assert_int_equal(kit.freed, 1);
  assert_int_equal(events[event_count - 2], HAREDIS_EVENT_DRAINED);
  assert_int_equal(events[event_count - 1], HAREDIS_EVENT_CLOSED);
}

static void drain_is_bounded(void **state) {
  struct kit_answer sent = {0}, queued = {0};
  (void)state;
  kit.options.drain_timeout_ms = 40;
  connect_to(0);
  kit.servers[0].silent = true;
  kit_submit(&sent, "SET k 1");
  kit_until_seen(0, 1);
  kit_pause(HR_PAUSE_NO_MASTER);
  kit_submit(&queued, "SET k 2");
  event_count = 0;
  haredis_disconnect(kit.c);
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_answered(sent, HAREDIS_ERR_MAYBE);
  assert_answered(queued, HAREDIS_ERR_CLOSED);
  assert_int_equal(event_count, 1); /* it was not drained */
  assert_int_equal(events[0], HAREDIS_EVENT_CLOSED);
}

/* Whoever asked for a switchover and leaves: the other nodes are told first. */
static void a_drain_finishes_a_takeover(void **state) {
  (void)state;
  connect_to(0);
  kit.works = true;
  event_count = 0;
  haredis_disconnect(kit.c);
  kit_turn(20);
  assert_int_equal(kit.freed, 0);
  assert_int_equal(event_count, 0);
  kit.works = false;
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_int_equal(events[0], HAREDIS_EVENT_DRAINED);
}

static void a_takeover_without_end_is_not_waited_for(void **state) {
  (void)state;
  kit.options.drain_timeout_ms = 40;
  connect_to(0);
  kit.works = true;
  event_count = 0;
  haredis_disconnect(kit.c);
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_int_equal(event_count, 1);
  assert_int_equal(events[0], HAREDIS_EVENT_CLOSED);
}

/* A node that is about to be mended is waited for, but not as long as a command would be. */
static void a_drain_mends_what_it_sees(void **state) {
  (void)state;
  connect_to(0);
  kit.mends = true;
  event_count = 0;
  haredis_disconnect(kit.c);
  kit_turn(20);
  assert_int_equal(kit.freed, 0);
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_int_equal(events[0], HAREDIS_EVENT_DRAINED); /* drain_timeout_ms is not over yet */
}

static int looks_left;
static bool *looked_at;

static void count_down(void) {
  if (looks_left > 0 && --looks_left == 0) {
    *looked_at = false;
  }
}

static void free_blocking(void) {
  haredis_free(kit.c);
  kit.c = NULL;
  kit.abandoned = true; /* the loop went with it */
}

/* A short blocking program: free finishes what it began in the group. */
static void finishes(bool *what) {
  kit_connect_blocking();
  kit_turn(0);
  event_count = 0;
  *what = true;
  looked_at = what;
  looks_left = 5;
  kit.on_look = count_down;
  free_blocking();
  assert_int_equal(looks_left, 0);
  assert_int_equal(kit.freed, 1);
  assert_int_equal(event_count, 1);
  assert_int_equal(events[0], HAREDIS_EVENT_CLOSED);
}

static void a_blocking_free_finishes_a_takeover(void **state) {
  (void)state;
  finishes(&kit.works);
}

static void a_blocking_free_mends_what_it_sees(void **state) {
  (void)state;
  finishes(&kit.mends);
}

static void a_blocking_free_is_bounded(void **state) {
  (void)state;
  kit_connect_blocking();
  kit_turn(0);
  kit.works = kit.mends = true;
  free_blocking();
  assert_int_equal(kit.freed, 1);
}

/* On the user's own loop nothing is waited for. */
static void an_asynchronous_free_is_now(void **state) {
  (void)state;
  connect_to(0);
  kit.works = kit.mends = true;
  looks_left = 0;
  haredis_free(kit.c);
  kit.c = NULL;
  assert_int_equal(kit.freed, 1);
}

static void disconnect_inside(haredis_client *c, struct redisReply *reply, void *data) {
  kit_on_reply(c, reply, data);
  haredis_disconnect(c);
}

static void disconnect_inside_a_callback(void **state) {
  struct kit_answer a = {0}, b = {0};
  (void)state;
  connect_to(0);
  assert_int_equal(haredis_async_command(kit.c, disconnect_inside, &a, "SET k 1"), HAREDIS_OK);
  kit_submit(&b, "SET k 2");
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_answered(a, HAREDIS_OK);
  assert_answered(b, HAREDIS_OK);
}

/* Disconnected while there is no master: the queue still has its chance. */
static void a_drain_waits_for_a_master(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit_connect();
  kit_submit(&a, "SET k 1");
  haredis_disconnect(kit.c);
  kit_turn(10);
  assert_int_equal(a.count, 0);
  kit_master(2);
  kit_until(&kit.freed, 1);
  kit.c = NULL;
  assert_answered(a, HAREDIS_OK);
}

/* ---- what a person asks ---- */

static int done_count, done_code;
static char done_text[64];

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  (void)c;
  (void)data;
  done_count++;
  done_code = code;
  snprintf(done_text, sizeof(done_text), "%s", text);
}

static void requests_are_answered_once(void **state) {
  (void)state;
  done_count = 0;
  connect_to(0);
  assert_int_equal(haredis_refresh(kit.c, on_done, NULL), HAREDIS_OK);
  assert_int_equal(haredis_switchover(kit.c, NULL, on_done, NULL), HAREDIS_OK);
  kit.hooks->done(1, HR_CODE_OK, "fresh", kit.owner);
  assert_int_equal(done_count, 1);
  assert_int_equal(done_code, HAREDIS_OK);
  kit.hooks->done(1, HR_CODE_OK, "fresh", kit.owner);
  kit.hooks->done(77, HR_CODE_OK, "never asked", kit.owner);
  assert_int_equal(done_count, 1);
  kit.hooks->done(2, HR_CODE_REFUSED, "two of three are down", kit.owner);
  assert_int_equal(done_count, 2);
  assert_int_equal(done_code, HAREDIS_ERR_REFUSED);
  assert_string_equal(done_text, "two of three are down");
}

/* The core refuses while it is being asked: still not before the call returns. */
static void an_answer_never_comes_before_the_call_returns(void **state) {
  (void)state;
  done_count = 0;
  connect_to(0);
  kit.done_at_once = true;
  assert_int_equal(haredis_takeover(kit.c, kit.c->addresses.list[1].name, on_done, NULL),
                   HAREDIS_OK);
  assert_int_equal(done_count, 0);
  kit_until(&done_count, 1);
  assert_int_equal(done_code, HAREDIS_ERR_REFUSED);
  assert_string_equal(done_text, "not now");
}

static void nodes_are_found_by_their_names(void **state) {
  char name[64];
  (void)state;
  connect_to(0);
  for (int i = 0; i < KIT_NODES; i++) {
    snprintf(name, sizeof(name), "127.0.0.1:%d", kit.servers[i].port);
    assert_int_equal(haredis_switchover(kit.c, name, NULL, NULL), HAREDIS_OK);
    assert_int_equal(kit.hinted, i);
    snprintf(name, sizeof(name), "redis://127.0.0.1:%d", kit.servers[i].port);
    assert_int_equal(haredis_switchover(kit.c, name, NULL, NULL), HAREDIS_OK);
  }
  assert_int_equal(haredis_switchover(kit.c, "127.0.0.1:1", on_done, NULL), HAREDIS_ERR_NODE);
  assert_int_equal(haredis_switchover(kit.c, "", on_done, NULL), HAREDIS_ERR_NODE);
  assert_int_equal(haredis_switchover(kit.c, "::::", on_done, NULL), HAREDIS_ERR_NODE);
  assert_int_equal(haredis_takeover(kit.c, NULL, on_done, NULL), HAREDIS_ERR_NODE);
  assert_non_null(strstr(haredis_errstr(kit.c), "no such node"));
}

static void open_requests_end_with_the_client(void **state) {
  (void)state;
  done_count = 0;
  connect_to(0);
  assert_int_equal(haredis_refresh(kit.c, on_done, NULL), HAREDIS_OK);
  assert_int_equal(haredis_refresh(kit.c, NULL, NULL), HAREDIS_OK);
  kit.done_at_once = true;
  assert_int_equal(haredis_refresh(kit.c, on_done, NULL), HAREDIS_OK);
  haredis_free(kit.c);
  kit.c = NULL;
  assert_int_equal(done_count, 2);
  assert_int_equal(done_code, HAREDIS_ERR_CLOSED);
}

/* ---- the n-th allocation fails ---- */

static int allocations_left;

static int allow(void *state, size_t size) {
  (void)state;
  (void)size;
  return allocations_left-- > 0;
}

/* Whatever fails: accepted means one callback, refused means none, nothing leaks (ASan looks). */
static void every_allocation_may_fail(void **state) {
  (void)state;
  for (int n = 0; n < 120; n++) {
    struct kit_answer a[6] = {0};
    int codes[6];
    allocations_left = n;
    hr_alloc_set_hook(allow, NULL);
    haredis_client *c = kit_try_connect();
    hr_alloc_set_hook(NULL, NULL);
    if (c == NULL) {
      continue;
    }
    allocations_left = n;
    hr_alloc_set_hook(allow, NULL);
    for (int i = 0; i < 3; i++) {
      codes[i] = haredis_async_command(c, kit_on_reply, &a[i], "SET k %d", i);
    }
    kit_master(n % 3);
    hr_alloc_set_hook(NULL, NULL);
    kit_turn(5);
    allocations_left = n % 7;
    hr_alloc_set_hook(allow, NULL);
    codes[3] = haredis_async_command(c, kit_on_reply, &a[3], "FLUSHALL");
    codes[4] = haredis_async_command(c, kit_on_reply, &a[4], "GET k");
    kit_turn(2);
    kit_server_cut(&kit.servers[n % 3]);
    kit_turn(2);
    kit_master((n + 1) % 3);
    codes[5] = haredis_async_command(c, kit_on_reply, &a[5], "GET k");
    hr_alloc_set_hook(NULL, NULL);
    kit_turn(3);
    haredis_free(c);
    for (int i = 0; i < 6; i++) {
      assert_int_equal(a[i].count, codes[i] == HAREDIS_OK);
      assert_true(codes[i] == HAREDIS_OK || codes[i] == HAREDIS_ERR_MEMORY);
    }
    for (int i = 0; i < KIT_NODES; i++) {
      kit_server_forget(&kit.servers[i]);
    }
  }
}

/* The chains: groups with their proof, transactions, another database there and back. */
static void every_allocation_of_a_chain_may_fail(void **state) {
  (void)state;
  kit.options.db = 3;
  kit.options.command_timeout_ms = 60; /* the kit's servers prove nothing */
  for (int n = 0; n < 60; n++) {
    struct kit_answer a[5] = {0};
    int codes[5];
    haredis_client *c = kit.c = kit_try_connect();
    kit_master(n % 3);
    kit_until_ready();
    allocations_left = n / 2;
    hr_alloc_set_hook(allow, NULL);
    c->options.durability = n % 2 != 0 ? HAREDIS_DURABILITY_QUORUM : HAREDIS_DURABILITY_ASYNC;
    for (int i = 0; i < 5; i++) {
      codes[i] = haredis_async_command(c, kit_on_reply, &a[i], i == 2 ? "FLUSHALL" : "SET k %d", i);
      if (i == 3) {
        kit_turn(1);
      }
    }
    kit_turn(2);
    hr_alloc_set_hook(NULL, NULL);
    kit_turn(2);
    haredis_free(c);
    kit.c = NULL;
    for (int i = 0; i < 5; i++) {
      assert_int_equal(a[i].count, codes[i] == HAREDIS_OK);
      assert_true(codes[i] == HAREDIS_OK || codes[i] == HAREDIS_ERR_MEMORY);
    }
    for (int i = 0; i < KIT_NODES; i++) {
      kit_server_forget(&kit.servers[i]);
    }
  }
}

static void free_in_reply(haredis_client *c, struct redisReply *reply, void *data) {
  (void)reply;
  ++*(int *)data;
  kit.c = NULL;
  haredis_free(c);
}

/* A new topology ends a command, whose callback frees the client: nothing is told after CLOSED. */
static void closed_is_the_last_event_while_a_topology_comes_in(void **state) {
  int count = 0;
  (void)state;
  kit.options.isolation = HAREDIS_ISOLATION_FAIL;
  kit_connect();
  assert_int_equal(haredis_async_command(kit.c, free_in_reply, &count, "SET k 1"), HAREDIS_OK);
  kit.topology.master = 0;
  kit_pause(HR_PAUSE_NO_QUORUM);
  assert_int_equal(count, 1);
  assert_in_range(event_count, 1, 31);
  assert_int_equal(events[event_count - 1], HAREDIS_EVENT_CLOSED);
}

static int fail_the_nth(void *state, size_t size) {
  (void)size;
  return --*(int *)state != 0;
}

/* The same for want of memory, while the old master is being left: no link to the new one. */
static void freed_while_the_old_master_is_left(void **state) {
  int freed = 0;
  (void)state;
  for (int nth = 1; nth <= 6; nth++) {
    int count = 0, left = nth;
    connect_to(0);
    assert_int_equal(haredis_async_command(kit.c, free_in_reply, &count, "SET k 1"), HAREDIS_OK);
    hr_alloc_set_hook(fail_the_nth, &left);
    kit_master(1);
    hr_alloc_set_hook(NULL, NULL);
    freed += kit.c == NULL;
    haredis_free(kit.c);
    kit.c = NULL;
    assert_int_equal(count, 1);
    assert_int_equal(events[(event_count - 1) % 32], HAREDIS_EVENT_CLOSED);
    assert_int_equal(kit.freed, kit.made);
    kit_end();
    kit_begin();
    kit.options.on_event = on_event;
  }
  assert_in_range(freed, 1, 6);
}

int main(void) {
#define KIT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, kit_teardown)
  const struct CMUnitTest tests[] = {
      KIT_TEST(free_calls_everybody_once),
      KIT_TEST(nothing_is_accepted_while_it_ends),
      KIT_TEST(free_inside_a_callback),
      KIT_TEST(free_inside_an_event),
      KIT_TEST(disconnect_finishes_what_was_accepted),
      KIT_TEST(drain_with_a_dead_node),
      KIT_TEST(drain_is_bounded),
      KIT_TEST(a_drain_finishes_a_takeover),
      KIT_TEST(a_takeover_without_end_is_not_waited_for),
      KIT_TEST(a_drain_mends_what_it_sees),
      KIT_TEST(a_blocking_free_finishes_a_takeover),
      KIT_TEST(a_blocking_free_mends_what_it_sees),
      KIT_TEST(a_blocking_free_is_bounded),
      KIT_TEST(an_asynchronous_free_is_now),
      KIT_TEST(disconnect_inside_a_callback),
      KIT_TEST(a_drain_waits_for_a_master),
      KIT_TEST(requests_are_answered_once),
      KIT_TEST(an_answer_never_comes_before_the_call_returns),
      KIT_TEST(nodes_are_found_by_their_names),
      KIT_TEST(open_requests_end_with_the_client),
      KIT_TEST(every_allocation_may_fail),
      KIT_TEST(every_allocation_of_a_chain_may_fail),
      KIT_TEST(closed_is_the_last_event_while_a_topology_comes_in),
      KIT_TEST(freed_while_the_old_master_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
