/*
 * One driver with the real core on three real servers, nothing above it: a fresh group comes up,
 * its master is killed, comes back, hangs, is switched by hand. Prints the trace.
 *   driver_live
 * Exit code 1 when a step did not end as it must.
 */
#include <ev.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "io/driver.h"
#include "io/loop.h"
#include "probe.h"
#include "server.h"

enum { NODES = 3, DOWN_AFTER_MS = 500 };

static struct server servers[NODES];
static struct hr_loop *loop;
static struct hr_driver *driver;
static struct hr_topology topology;
static int64_t start_us, changed_us;
static int failures, done_code = -1;

static double since_start_ms(void) {
  return (double)(kit_now_us() - start_us) / 1000.0;
}

static void on_topology(const struct hr_topology *t, void *owner) {
  (void)owner;
  if (t->master != topology.master || t->pause != topology.pause) changed_us = kit_now_us();
  topology = *t;
}

static void on_log(enum hr_level level, const char *text, void *owner) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  (void)owner;
  printf("%9.2f %s: %s\n", since_start_ms(), names[level], text);
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

static bool flows(int not_master) {
  return topology.master >= 0 && topology.master != not_master && topology.pause == HR_PAUSE_NONE;
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
         topology.master >= 0 ? servers[topology.master].name : "nobody");
}

/* Every other running node follows the master, by its own word; nothing is sealed or writable. */
static bool settled(void) {
  for (int i = 0; i < NODES; i++) {
    struct look look;
    if (servers[i].pid == 0) continue;
    if (topology.master < 0 || !probe_look(&servers[i], &look) || !look.up) return false;
    if (look.master != (i == topology.master)) return false;
    if (look.master) continue;
    bool follows = look.link_up && look.follows_port == servers[topology.master].port;
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

static void open_driver(void) {
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
  topology.master = -1;
  loop = hr_loop_new(ev_loop_new(EVFLAG_AUTO));
  driver = hr_driver_new(loop, &config, &hooks, NULL);
  if (!driver) kit_die("no memory for a driver");
}

static void play(void) {
  expect_master("a fresh group has a master", -1, 5000);
  expect_settled("the others follow it", 5000);
  int old = topology.master;
  server_kill(&servers[old]);
  expect_master("kill -9 of the master: another one", old, 5000);
  expect_settled("the survivor follows it", 5000);
  server_start(&servers[old]);
  expect_settled("the old master comes back and follows", 5000);
  old = topology.master;
  server_stop(&servers[old]);
  expect_master("SIGSTOP of the master: another one", old, 5000);
  server_resume(&servers[old]);
  expect_settled("it resumes and follows", 5000);
  rest(300); /* a switchover needs a replica that was seen to follow */
  old = topology.master;
  hr_driver_switchover(driver, -1);
  expect_master("switched by hand", old, 5000);
  expect_settled("the others follow", 5000);
  report(done_code == HR_CODE_OK, "the switchover was told to be done");
  struct hr_topology before = topology;
  rest(2000);
  report(topology.master == before.master && settled(), "and nothing moves any more");
}

int main(void) {
  kit_init("driver_live");
  setvbuf(stdout, NULL, _IOLBF, 0);
  start_us = kit_now_us();
  for (int i = 0; i < NODES; i++) {
    server_prepare(&servers[i], 0, "127.0.0.1");
    server_start(&servers[i]);
  }
  open_driver();
  hr_driver_start(driver);
  play();
  hr_driver_free(driver);
  struct ev_loop *ev = hr_loop_ev(loop);
  hr_loop_free(loop);
  ev_loop_destroy(ev);
  for (int i = 0; i < NODES; i++) {
    probe_close(&servers[i]);
    server_kill(&servers[i]);
  }
  return failures ? 1 : 0;
}
