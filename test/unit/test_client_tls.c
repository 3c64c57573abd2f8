/*
 * Links for commands that are refused over certificates while the control plane, whose connections
 * are older, knows nothing of it: whoever waits is told why. The servers here speak no TLS at all.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client_kit.h"

static struct {
  int warnings, answers, code;
  char warning[256], error[256];
} told;

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  if (event->kind == HAREDIS_EVENT_WARNING) {
    told.warnings++;
    snprintf(told.warning, sizeof(told.warning), "%s %s", event->node, event->text);
  }
}

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  (void)data;
  assert_null(reply);
  told.answers++;
  told.code = haredis_err(c);
  snprintf(told.error, sizeof(told.error), "%s", haredis_errstr(c));
}

/* Speaks no TLS: whatever it hears, that is an error to it. */
static struct {
  ev_io listen;
  int peers[64], count;
} plain;

static void on_dialled(struct ev_loop *ev, ev_io *watcher, int events) {
  static const char no[] = "-ERR Protocol error\r\n";
  int fd = accept(watcher->fd, NULL, NULL);
  (void)ev;
  (void)events;
  assert_true(fd >= 0 && plain.count < 64);
  assert_int_equal(send(fd, no, strlen(no), MSG_NOSIGNAL), strlen(no));
  plain.peers[plain.count++] = fd;
}

/* The master is there, and every link to it is refused. */
static void connect_in_vain(bool tls) {
  memset(&told, 0, sizeof(told));
  plain.count = 0;
  ev_io_stop(kit.ev, &kit.servers[0].listen);
  ev_io_init(&plain.listen, on_dialled, kit.servers[0].listen.fd, EV_READ);
  ev_io_start(kit.ev, &plain.listen);
  kit.options.tls = tls;
  kit.options.on_event = on_event;
  kit.options.command_timeout_ms = 400;
  kit_connect();
  kit_master(0);
}

static void hang_up(void) {
  ev_io_stop(kit.ev, &plain.listen);
  while (plain.count > 0) {
    close(plain.peers[--plain.count]);
  }
}

static void tell_why(const char *command, const char *key) {
  connect_in_vain(true);
  assert_int_equal(haredis_async_command(kit.c, on_reply, NULL, "%s %s 1", command, key), 0);
  kit_until(&told.answers, 1);
  assert_int_equal(told.code, HAREDIS_ERR_TIMEOUT);
  assert_non_null(strstr(told.error, "it does not speak TLS: is this its plain port?"));
  assert_non_null(strstr(told.error, "the command did not run"));
  assert_int_equal(told.warnings, 1); /* whatever was dialled */
  assert_non_null(strstr(told.warning, "it does not speak TLS"));
  assert_in_range(plain.count, 1, 4); /* two links, in a second: a handshake costs a server much */
  hang_up();
}

static void a_command_that_waits_is_told(void **state) {
  (void)state;
  tell_why("INCRBY", "k");
}

static void what_wants_a_link_of_its_own_is_told(void **state) {
  (void)state;
  tell_why("BLPOP", "q");
}

static void on_shut(struct ev_loop *ev, ev_io *watcher, int events) {
  (void)ev;
  (void)events;
  close(accept(watcher->fd, NULL, NULL));
  plain.count++;
}

/* In plain the same could be a proxy whose server is down: nothing is said, and it goes on soon. */
static void a_guess_is_not_told(void **state) {
  (void)state;
  connect_in_vain(false);
  ev_set_cb(&plain.listen, on_shut);
  assert_int_equal(haredis_async_command(kit.c, on_reply, NULL, "SET k 1"), 0);
  kit_until(&told.answers, 1);
  assert_int_equal(told.code, HAREDIS_ERR_TIMEOUT);
  assert_int_equal(told.warnings, 0);
  assert_in_range(plain.count, 4, 100);
  ev_io_stop(kit.ev, &plain.listen);
}

static void on_taken(struct ev_loop *ev, ev_io *watcher, int events) {
  (void)ev;
  (void)events;
  assert_true(plain.count < 64);
  plain.peers[plain.count++] = accept(watcher->fd, NULL, NULL);
}

/* A server that is busy with handshakes: the others wait until some of them are done. */
static void handshakes_do_not_crowd_each_other_out(void **state) {
  (void)state;
  kit.options.connect_timeout_ms = 30000;
  connect_in_vain(true);
  ev_set_cb(&plain.listen, on_taken);
  for (int i = 0; i < 60; i++) {
    assert_int_equal(haredis_async_command(kit.c, on_reply, NULL, "BLPOP q%d 0", i), 0);
  }
  kit_turn(100);
  assert_in_range(plain.count, 2, 17); /* and the link that all commands share */
  haredis_free(kit.c);
  kit.c = NULL;
  hang_up();
}

static void freed_where_it_is_told(haredis_client *c, const struct haredis_event *event,
                                   void *user) {
  on_event(c, event, user);
  if (event->kind == HAREDIS_EVENT_WARNING) {
    haredis_free(c);
    kit.c = NULL;
  }
}

static void the_client_may_be_freed_where_it_is_told(void **state) {
  (void)state;
  connect_in_vain(true);
  kit.c->options.on_event = freed_where_it_is_told;
  assert_int_equal(haredis_async_command(kit.c, on_reply, NULL, "SET k 1"), 0);
  assert_int_equal(haredis_async_command(kit.c, on_reply, NULL, "BLPOP q 1"), 0);
  kit_until(&told.answers, 2);
  assert_int_equal(told.code, HAREDIS_ERR_CLOSED);
  assert_int_equal(told.warnings, 1);
  hang_up();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_command_that_waits_is_told),
      TEST(what_wants_a_link_of_its_own_is_told),
      TEST(a_guess_is_not_told),
      TEST(handshakes_do_not_crowd_each_other_out),
      TEST(the_client_may_be_freed_where_it_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
