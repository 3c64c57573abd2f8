/*
 * Who is the nearest: measured on fakes whose answers come late by so many milliseconds, and shown
 * by whom the reads go to.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/reads.h"
#include "client_kit.h"

#define BEAT_MS 50 /* a third of down_after_ms */
#define LATE_MS 20
#define LINE_MAX 4096

/* Answers on their way, in the order of the questions: one line for each server. */
struct late {
  ev_tstamp due;
  unsigned peer;
  const char *text;
};
static struct {
  struct late list[LINE_MAX];
  size_t first, count;
  int ms; /* how far away it is */
} line[KIT_NODES];
static ev_timer mailman;

static void deliver(struct ev_loop *ev, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  for (int node = 0; node < KIT_NODES; node++) {
    for (; line[node].first < line[node].count; line[node].first++) {
      const struct late *one = &line[node].list[line[node].first];
      if (one->due > ev_now(ev)) {
        break;
      }
      (void)kit_server_say_to(&kit.servers[node], one->peer, one->text);
    }
  }
}

static const char *from_afar(struct kit_server *server, int argc, char **argv) {
  bool ping = strcmp(argv[0], "PING") == 0;
  int node = (int)(server - kit.servers);
  (void)argc;
  if (!ping && strcmp(argv[0], "GET") != 0) {
    return NULL;
  }
  assert_in_range(line[node].count, 0, LINE_MAX - 1);
  struct late *one = &line[node].list[line[node].count];
  *one = (struct late){ev_now(server->ev) + line[node].ms / 1000.0, kit_server_speaker(server),
                       ping ? "+PONG\r\n" : "$1\r\nv\r\n"};
  if (line[node].count > line[node].first && one[-1].due > one->due) {
    one->due = one[-1].due; /* one way for all of them */
  }
  line[node].count++;
  return "";
}

static int begin(void **state) {
  (void)state;
  memset(line, 0, sizeof(line));
  kit_begin();
  kit_rule(from_afar);
  for (int node = 0; node < KIT_NODES; node++) {
    kit.servers[node].pings = true;
  }
  ev_timer_init(&mailman, deliver, 0.001, 0.001);
  ev_timer_start(kit.ev, &mailman);
  kit.options.down_after_ms = 3 * BEAT_MS;
  kit.options.read_from = HAREDIS_READ_NEAREST;
  return 0;
}

static int end(void **state) {
  ev_timer_stop(kit.ev, &mailman);
  return kit_teardown(state);
}

/* Node 0 is master. */
static void connect_at(int master_ms, int first_ms, int second_ms) {
  line[0].ms = master_ms;
  line[1].ms = first_ms;
  line[2].ms = second_ms;
  kit_connect();
  kit.topology.nodes[1].readable = kit.topology.nodes[2].readable = true;
  kit_master(0);
  kit_until_ready();
}

/* Read for so long; the share of each node, in percent. */
static struct kit_answer reads;
static void read_for(int ms, int share[KIT_NODES]) {
  int given = 0;
  reads = (struct kit_answer){0};
  for (int node = 0; node < KIT_NODES; node++) {
    kit_server_forget(&kit.servers[node]);
  }
  for (; given < ms; given++) {
    kit_submit(&reads, "GET k");
    kit_turn(1);
  }
  kit_until(&reads.count, given);
  for (int node = 0; node < KIT_NODES; node++) {
    share[node] = (int)(kit_server_count(&kit.servers[node], "GET") * 100) / given;
  }
}

/* Six beats: all five that count were measured since. */
static void settle(void) {
  int share[KIT_NODES];
  read_for(6 * BEAT_MS, share);
}

static void reads_follow_the_nearest(void **state) {
  int share[KIT_NODES];
  (void)state;
  connect_at(LATE_MS, 0, LATE_MS);
  settle();
  read_for(200, share);
  assert_in_range(share[1], 95, 100);
  line[1].ms = LATE_MS; /* they change places */
  line[2].ms = 0;
  read_for(4 * BEAT_MS, share); /* three beats until it shows */
  print_message("while they change places: %d%% %d%% %d%%\n", share[0], share[1], share[2]);
  assert_in_range(share[2], 5, 95);
  read_for(200, share);
  print_message("behind it: %d%% %d%% %d%%\n", share[0], share[1], share[2]);
  assert_in_range(share[2], 95, 100);
  line[0].ms = 0; /* and the master comes nearest */
  line[2].ms = LATE_MS;
  settle();
  read_for(200, share);
  assert_in_range(share[0], 95, 100);
}

/* One answer that stalls, the server's or ours, moves nobody. */
static void one_that_stalls_is_passed_over(void **state) {
  int share[KIT_NODES];
  (void)state;
  connect_at(4, 0, 4);
  settle();
  uint32_t taken = kit.c->reads->latency[1].taken;
  line[1].ms = 60; /* longer than a beat: one PING meets it */
  for (int i = 0; i < 1000 && kit.c->reads->latency[1].asked_us == 0; i++) {
    kit_turn(1);
  }
  line[1].ms = 0;
  for (int i = 0; i < 1000 && kit.c->reads->latency[1].taken == taken; i++) {
    kit_turn(1);
  }
  read_for(4 * BEAT_MS, share);
  assert_in_range(share[1], 95, 100);
  kit_turn(0);
  (void)poll(NULL, 0, 120); /* this process: all of them are late alike */
  settle();
  read_for(200, share);
  assert_in_range(share[1], 95, 100);
}

/* The master is measured with the first read that asks for the nearest, not a beat later. */
static void the_master_is_measured_at_once(void **state) {
  int share[KIT_NODES];
  (void)state;
  kit.options.down_after_ms = 3000; /* a beat each second: none comes in this test */
  connect_at(0, 5, 5);
  read_for(100, share);
  assert_true(kit.c->reads->latency[0].taken > 0);
  read_for(100, share);
  assert_in_range(share[0], 95, 100);
}

/* It measured well and does not answer any more: the others are nearer long before it is down. */
static void who_hangs_is_not_the_nearest(void **state) {
  struct kit_answer a = {0};
  (void)state;
  kit.options.down_after_ms = 300; /* a beat every 100 ms, the link is closed after 600 */
  connect_at(LATE_MS, 0, LATE_MS);
  settle();
  kit.servers[1].silent = true;
  for (int i = 0; i < 1000 && kit.c->reads->links[1].rtt_us < 50000; i++) {
    kit_turn(1);
  }
  kit_submit(&a, "GET k");
  kit_until(&a.count, 1);
  kit_server_speak(&kit.servers[1]);
  for (int i = 0; i < 1000 && kit.c->reads->latency[1].asked_us != 0; i++) {
    kit_turn(1);
  }
  assert_in_range(kit.c->reads->links[1].rtt_us, 1, 15000); /* the others count again */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(reads_follow_the_nearest),
      TEST(one_that_stalls_is_passed_over),
      TEST(the_master_is_measured_at_once),
      TEST(who_hangs_is_not_the_nearest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
