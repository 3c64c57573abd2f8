/*
 * Drivers with the real core on three real servers, nothing above them: a fresh group comes up, its
 * master is killed, comes back, hangs, is switched by hand; then as many random accidents as asked
 * for. Prints the trace.
 *   driver_live [clients [accidents [seed]]]
 * Exit code 1 when a step did not end as it must.
 */
#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "io/driver.h"
#include "io/loop.h"
#include "probe.h"
#include "server.h"

enum { NODES = 3, DOWN_AFTER_MS = 500, CLIENTS_MAX = 50 };

struct client {
  struct hr_driver *driver;
  struct hr_topology topology;
  int number;
};

static struct server servers[NODES];
static struct hr_loop *loop;
static struct client clients[CLIENTS_MAX];
static int client_count = 1;
static int64_t start_us;
static int failures, done_code = -1;

static double since_start_ms(void) {
  return (double)(kit_now_us() - start_us) / 1000.0;
}

static void on_topology(const struct hr_topology *topology, void *owner) {
  struct client *client = owner;
  client->topology = *topology;
}

static void on_log(enum hr_level level, const char *text, void *owner) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  const struct client *client = owner;
  printf("%9.2f (#%d) %s: %s\n", since_start_ms(), client->number, names[level], text);
}

static void on_done(uint32_t op, enum hr_code code, const char *text, void *owner) {
  (void)owner;
  printf("%9.2f done %u: %d %s\n", since_start_ms(), op, (int)code, text);
  done_code = (int)code;
}

static void wake(struct ev_loop *ev, ev_timer *timer, int events) {
  (void)ev;
  (void)timer;
  (void)events;
}

static void turn(void) {
  struct ev_loop *ev = hr_loop_ev(loop);
  ev_timer timer;
  ev_timer_init(&timer, wake, 0.001, 0);
  ev_timer_start(ev, &timer);
  ev_run(ev, EVRUN_ONCE);
  ev_timer_stop(ev, &timer);
  kit_check_interrupt();
}

static int master(void) {
  return clients[0].topology.master;
}

/* All clients use one master, and it is not that one. */
static bool flows(int not_master) {
  for (int i = 0; i < client_count; i++) {
    const struct hr_topology *topology = &clients[i].topology;
    if (topology->pause != HR_PAUSE_NONE || topology->master < 0) return false;
    if (topology->master != master() || topology->master == not_master) return false;
    if (hr_epoch_compare(&topology->epoch, &clients[0].topology.epoch)) return false;
  }
  return true;
}

static void report(bool ok, const char *what) {
  printf("%s %s\n", ok ? "ok" : "FAIL", what);
  if (!ok) failures++;
}

static void expect_master(const char *what, int not_master, int timeout_ms) {
  int64_t start = kit_now_us();
  while (!flows(not_master) && kit_now_us() - start < (int64_t)timeout_ms * 1000) turn();
  report(flows(not_master), what);
  printf("     %s after %.1f ms: %s\n", what, (double)(kit_now_us() - start) / 1000.0,
         master() >= 0 ? servers[master()].name : "nobody");
}

/* Every other running node follows the master, by its own word; nothing is sealed or writable. */
static bool settled(void) {
  for (int i = 0; i < NODES; i++) {
    struct look look;
    if (servers[i].pid == 0) continue;
    if (!flows(-1) || !probe_look(&servers[i], &look) || !look.up) return false;
    if (look.master != (i == master())) return false;
    if (look.master) continue;
    bool follows = look.link_up && look.follows_port == servers[master()].port;
    if (!follows || !look.read_only) return false;
  }
  return true;
}

static void expect_settled(const char *what, int timeout_ms) {
  int64_t start = kit_now_us();
  bool ok = false;
  while (!ok && kit_now_us() - start < (int64_t)timeout_ms * 1000) {
    for (int i = 0; i < 5; i++) turn();
    ok = settled();
  }
  report(ok, what);
  printf("     settled after %.1f ms\n", (double)(kit_now_us() - start) / 1000.0);
}

static void rest(int ms) {
  int64_t end = kit_now_us() + (int64_t)ms * 1000;
  while (kit_now_us() < end) turn();
}

static void open_drivers(void) {
  static const struct hr_driver_hooks hooks = {
      .topology = on_topology, .log = on_log, .done = on_done};
  static struct hr_driver_config config;
  config.count = NODES;
  config.prefix = "haredis";
  config.connect_timeout_ms = 1000;
  config.core.down_after_ms = DOWN_AFTER_MS;
  config.core.fence_ms = DOWN_AFTER_MS * 3 / 10;
  config.core.auto_failover = true;
  for (int i = 0; i < NODES; i++) {
    struct hr_driver_node *node = &config.nodes[i];
    snprintf(node->name, sizeof node->name, "%s", servers[i].name);
    node->host = node->announce_host = servers[i].host;
    node->port = node->announce_port = servers[i].port;
  }
  loop = hr_loop_new(ev_loop_new(EVFLAG_AUTO));
  for (int i = 0; i < client_count; i++) {
    struct client *client = &clients[i];
    client->topology.master = -1;
    client->number = i + 1;
    client->driver = hr_driver_new(loop, &config, &hooks, client);
    if (!client->driver) kit_die("no memory for a driver");
    hr_driver_start(client->driver);
  }
}

/* A client that has not looked for a while knows no replica that could take over: look first. */
static void switch_over(struct client *client) {
  done_code = -1;
  hr_driver_refresh(client->driver);
  for (int i = 0; i < 500 && done_code < 0; i++) turn();
  done_code = -1;
  hr_driver_switchover(client->driver, -1);
}

static void play(void) {
  expect_master("a fresh group has a master", -1, 5000);
  expect_settled("the others follow it", 5000);
  int old = master();
  server_kill(&servers[old]);
  expect_master("kill -9 of the master: another one", old, 5000);
  expect_settled("the survivor follows it", 5000);
  server_start(&servers[old]);
  expect_settled("the old master comes back and follows", 5000);
  old = master();
  server_stop(&servers[old]);
  expect_master("SIGSTOP of the master: another one", old, 5000);
  server_resume(&servers[old]);
  expect_settled("it resumes and follows", 5000);
  rest(1200); /* after a full copy a master streams only once its next second has begun */
  old = master();
  switch_over(&clients[0]);
  expect_master("switched by hand", old, 5000);
  expect_settled("the others follow", 5000);
  report(done_code == HR_CODE_OK, "the switchover was told to be done");
  int now = master();
  rest(2000);
  report(master() == now && settled(), "and nothing moves any more");
}

static void strike(int accident, int node) {
  static const char *const names[] = {"kill",           "kill and restart at once", "hang",
                                      "kill, hang one", "switch",                   "brief hang"};
  int other = (node + 1) % NODES;
  printf("==== %s %s%s\n", names[accident], servers[node].name,
         node == master() ? ", the master" : "");
  switch (accident) {
    case 0:
    case 1:
      server_kill(&servers[node]);
      if (accident == 0) rest(rand() % 1500);
      server_start(&servers[node]);
      return;
    case 2:
    case 5:
      server_stop(&servers[node]);
      rest(accident == 2 ? 500 + rand() % 1500 : rand() % 500);
      server_resume(&servers[node]);
      return;
    case 3:
      server_kill(&servers[node]);
      server_stop(&servers[other]);
      rest(rand() % 1000);
      server_start(&servers[node]);
      rest(rand() % 1000);
      server_resume(&servers[other]);
      return;
    default:
      switch_over(&clients[rand() % client_count]);
      rest(rand() % 200);
  }
}

static void have_accidents(int count) {
  for (int i = 0; i < count; i++) {
    strike(rand() % 6, rand() % NODES);
    expect_settled("settled after an accident", 10000);
    if (failures) return; /* what follows would only hide it */
    rest(rand() % 300);
  }
}

int main(int argc, char **argv) {
  kit_init("driver_live");
  setvbuf(stdout, NULL, _IOLBF, 0);
  start_us = kit_now_us();
  if (argc > 1) client_count = atoi(argv[1]);
  if (client_count < 1 || client_count > CLIENTS_MAX) kit_die("1 to %d clients", CLIENTS_MAX);
  srand(argc > 3 ? (unsigned)atoi(argv[3]) : 1);
  for (int i = 0; i < NODES; i++) {
    server_prepare(&servers[i], 0, "127.0.0.1");
    server_start(&servers[i]);
  }
  open_drivers();
  play();
  if (argc > 2) have_accidents(atoi(argv[2]));
  for (int i = 0; i < client_count; i++) hr_driver_free(clients[i].driver);
  struct ev_loop *ev = hr_loop_ev(loop);
  hr_loop_free(loop);
  ev_loop_destroy(ev);
  for (int i = 0; i < NODES; i++) {
    probe_close(&servers[i]);
    server_kill(&servers[i]);
  }
  return failures ? 1 : 0;
}
