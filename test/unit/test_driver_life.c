/*
 * The driver without a server: memory that runs out while it is made, and being freed by its own
 * hooks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <ev.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/driver.h"
#include "io/loop.h"

struct stage {
  struct ev_loop *ev;
  struct hr_loop *loop;
  struct hr_driver *driver;
  int logs, topologies, masters, closed;
  bool free_in_log, free_in_topology, hint_in_topology;
};

static void on_log(enum hr_level level, const char *text, void *owner) {
  struct stage *s = owner;
  (void)level;
  (void)text;
  s->logs++;
  if (!s->free_in_log) return;
  s->free_in_log = false;
  hr_driver_free(s->driver);
  s->driver = NULL;
}

static void on_topology(const struct hr_topology *topology, void *owner) {
  struct stage *s = owner;
  assert_int_equal(topology->count, 2);
  s->topologies++;
  s->masters += topology->master >= 0;
  if (s->hint_in_topology && s->driver) hr_driver_hint(s->driver, 0);
  if (!s->free_in_topology) return;
  s->free_in_topology = false;
  hr_driver_free(s->driver);
  s->driver = NULL;
}

static struct hr_driver *make_to(struct stage *s, int port) {
  static const struct hr_driver_hooks hooks = {.log = on_log, .topology = on_topology};
  static struct hr_driver_config config;
  config.count = 2;
  config.prefix = "haredis";
  config.username = "user";
  config.password = "password";
  config.core.down_after_ms = 100;
  config.core.auto_failover = true;
  config.connect_timeout_ms = 1000;
  for (int i = 0; i < 2; i++) { /* nobody listens there */
    int to = i == 0 ? port : i + 1;
    snprintf(config.nodes[i].name, sizeof config.nodes[i].name, "127.0.0.1:%d", to);
    config.nodes[i].host = config.nodes[i].announce_host = "127.0.0.1";
    config.nodes[i].port = config.nodes[i].announce_port = to;
  }
  return hr_driver_new(s->loop, &config, &hooks, s);
}

static struct hr_driver *make(struct stage *s) {
  return make_to(s, 1);
}

static void open_stage(struct stage *s) {
  memset(s, 0, sizeof *s);
  s->ev = ev_loop_new(EVFLAG_AUTO);
  s->loop = hr_loop_new(s->ev);
  assert_non_null(s->loop);
}

static void close_stage(struct stage *s) {
  hr_driver_free(s->driver);
  hr_loop_free(s->loop);
  ev_loop_destroy(s->ev);
}

static void end(struct ev_loop *ev, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(ev, EVBREAK_ALL);
}

static void run(struct stage *s, double seconds) {
  ev_timer timer;
  ev_timer_init(&timer, end, seconds, 0);
  ev_timer_start(s->ev, &timer);
  ev_run(s->ev, 0);
  ev_timer_stop(s->ev, &timer);
}

struct shortage {
  int left;
};

static int fail_at(void *state, size_t size) {
  struct shortage *shortage = state;
  (void)size;
  return shortage->left-- > 0;
}

static void every_allocation_of_new_may_fail(void **state) {
  (void)state;
  struct stage s;
  open_stage(&s);
  int n = 0;
  for (; !s.driver; n++) {
    assert_true(n < 200);
    struct shortage shortage = {n};
    hr_alloc_set_hook(fail_at, &shortage);
    s.driver = make(&s);
    hr_alloc_set_hook(NULL, NULL);
  }
  assert_true(n > 5);
  close_stage(&s);
}

/* Nothing may crash, leak or hang; that it gets along without the memory is not asked. */
static void every_allocation_of_a_run_may_fail(void **state) {
  (void)state;
  for (int n = 0; n < 60; n++) {
    struct stage s;
    struct shortage shortage = {n};
    open_stage(&s);
    s.hint_in_topology = true;
    s.driver = make(&s);
    assert_non_null(s.driver);
    hr_alloc_set_hook(fail_at, &shortage);
    hr_driver_start(s.driver);
    run(&s, 0.003);
    hr_alloc_set_hook(NULL, NULL);
    close_stage(&s);
  }
}

static void down_nodes_are_no_trouble(void **state) {
  (void)state;
  struct stage s;
  open_stage(&s);
  s.driver = make(&s);
  assert_non_null(s.driver);
  hr_driver_start(s.driver);
  run(&s, 0.05);
  assert_true(s.logs > 0);
  struct hr_record_text record;
  assert_false(hr_driver_record(s.driver, &record));
  assert_int_equal(s.masters, 0);
  close_stage(&s);
}

/* A port of 127.0.0.1 where nobody listens yet. */
static int take_port(int *port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
  *port = ntohs(at.sin_port);
  return fd;
}

/* They stay open until the descriptors are needed no more: who is sent away comes again. */
static int knocks(int fd, int *peers, int max) {
  int count = 0;
  while (count < max && (peers[count] = accept(fd, NULL, NULL)) >= 0) count++;
  return count;
}

/* Both links come at once; but where nobody listened one alone comes back to see. */
static void one_link_knocks_where_it_was_refused(void **state) {
  (void)state;
  for (int refused = 0; refused < 2; refused++) {
    struct stage s;
    int port, fd = take_port(&port);
    open_stage(&s);
    s.driver = make_to(&s, port);
    assert_non_null(s.driver);
    if (!refused) assert_int_equal(listen(fd, 8), 0);
    hr_driver_start(s.driver);
    run(&s, 0.03);
    if (refused) assert_int_equal(listen(fd, 8), 0);
    int peers[8], count = 0;
    for (int tries = 0; count == 0 && tries < 200; tries++) {
      run(&s, 0.005);
      count = knocks(fd, peers, 8);
    }
    run(&s, 0.01);
    count += knocks(fd, peers + count, 8 - count);
    assert_int_equal(count, refused ? 1 : 2);
    while (count > 0) close(peers[--count]);
    close_stage(&s);
    close(fd);
  }
}

static void freed_by_its_own_hooks(void **state) {
  (void)state;
  for (int which = 0; which < 2; which++) {
    struct stage s;
    open_stage(&s);
    s.driver = make(&s);
    assert_non_null(s.driver);
    s.free_in_log = which == 0;
    s.free_in_topology = which == 1;
    hr_driver_start(s.driver);
    run(&s, 0.05);
    assert_null(s.driver);
    int logs = s.logs, topologies = s.topologies;
    run(&s, 0.02);
    assert_int_equal(s.logs, logs); /* nobody speaks after it is gone */
    assert_int_equal(s.topologies, topologies);
    close_stage(&s);
  }
}

static void never_started(void **state) {
  (void)state;
  struct stage s;
  open_stage(&s);
  s.driver = make(&s);
  assert_non_null(s.driver);
  close_stage(&s);
  hr_driver_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_of_new_may_fail),
      cmocka_unit_test(every_allocation_of_a_run_may_fail),
      cmocka_unit_test(down_nodes_are_no_trouble),
      cmocka_unit_test(one_link_knocks_where_it_was_refused),
      cmocka_unit_test(freed_by_its_own_hooks),
      cmocka_unit_test(never_started),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
