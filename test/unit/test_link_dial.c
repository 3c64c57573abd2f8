/*
 * Up to the handshake's last answer: who we say we are, who refuses us, and who never answers.
 */
#include "link_kit.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/link_internal.h"

/* ---- the handshake ---- */

static void the_handshake_says_who_we_are(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.username = "app";
  config.password = "secret";
  config.db = 3;
  config.name = "haredis:1";
  make_link(world, &config);
  assert_true(hr_link_is_down(world->link));
  hr_link_dial(world->link);
  send_one(world, "EARLY"); /* waits until the link is up */
  server_accept(world);
  expect(world,
         "*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$6\r\nsecret\r\n"
         "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"
         "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$9\r\nharedis:1\r\n");
  say(world, "+OK\r\n+OK\r\n+O");
  turns(world, 5);
  story_is(world, "");
  assert_int_equal(world->heard_len, 0);
  say(world, "K\r\n");
  until(world, "up");
  expect(world, "*1\r\n$5\r\nEARLY\r\n");
  say(world, "+yes\r\n");
  until(world, "EARLY=yes");
  char peer[32];
  snprintf(peer, sizeof(peer), "127.0.0.1:%d", world->port);
  assert_string_equal(hr_link_peer(world->link), peer);
}

/* Nothing of it is lost or sent twice, whenever the answers come. */
static void an_eager_link_waits_for_no_answer(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.name = "n";
  config.eager = true;
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "ONE");
  send_one(world, "TWO");
  server_accept(world);
  expect(world, "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nn\r\n"
                "*1\r\n$3\r\nONE\r\n*1\r\n$3\r\nTWO\r\n");
  story_is(world, "");
  send_one(world, "LATER");
  turns(world, 5);
  assert_int_equal(world->heard_len, 0);
  say(world, "+OK\r\n+1\r\n");
  until(world, "up ONE=1");
  expect(world, "*1\r\n$5\r\nLATER\r\n");
  say(world, "+2\r\n+3\r\n");
  until(world, "TWO=2 LATER=3");
}

static void an_eager_link_writes_on_when_the_kernel_is_full(void **state) {
  enum { SIZE = 16 << 20 };
  static char word[SIZE]; /* the story names it to the very end */
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  memset(word, 'w', SIZE - 1);
  word[SIZE - 1] = '\0';
  config.name = "n";
  config.eager = true;
  config.connect_timeout_ms = 0; /* so much takes its time on a busy machine */
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, word);
  server_accept(world);
  for (int i = 0; i < 5000 && world->heard_len < SIZE; i++) turn(world);
  char start[64];
  snprintf(start, sizeof start, "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nn\r\n*1\r\n$%d\r\n",
           SIZE - 1);
  assert_int_equal(world->heard_len, strlen(start) + SIZE - 1 + 2);
  assert_memory_equal(world->heard, start, strlen(start));
  assert_memory_equal(world->heard + strlen(start), word, SIZE - 1);
}

static void an_eager_link_is_refused(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.password = "wrong";
  config.eager = true;
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "ONE");
  server_accept(world);
  expect(world, "*2\r\n$4\r\nAUTH\r\n$5\r\nwrong\r\n*1\r\n$3\r\nONE\r\n");
  say(world, "-WRONGPASS no\r\n-NOAUTH no\r\n");
  until(world, "down:AUTH");
  story_is(world, "lost:ONE! down:AUTH");
}

static void handshake_fails(struct world *world, const char *answer, const char *story,
                            const char *text) {
  struct hr_link_config config = config_of(world);
  config.password = "wrong";
  config.db = 7;
  config.name = "n";
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "GET");
  server_accept(world);
  say(world, answer);
  until(world, story);
  story_is(world, story);
  assert_non_null(strstr(world->down_text, text));
  assert_null(strstr(world->down_text, "wrong\r"));
  char label[32];
  snprintf(label, sizeof(label), "127.0.0.1:%d: ", world->port);
  assert_non_null(strstr(world->down_text, label));
  hang_up(world);
  hr_link_free(world->link);
  world->link = NULL;
  world->story[0] = '\0';
}

static void a_refused_password_is_told_as_such(void **state) {
  handshake_fails(*state, "-WRONGPASS invalid username-password pair\r\n", "lost:GET down:AUTH",
                  "WRONGPASS");
  handshake_fails(*state, "-ERR invalid password\r\n", "lost:GET down:AUTH", "invalid password");
  handshake_fails(*state, "+OK\r\n-NOAUTH Authentication required.\r\n", "lost:GET down:AUTH",
                  "NOAUTH");
}

static void protected_mode_is_told_as_such(void **state) {
  handshake_fails(*state, "-DENIED Redis is running in protected mode\r\n",
                  "lost:GET down:PROTECTED", "protected mode");
}

static void a_wrong_database_is_told_as_such(void **state) {
  handshake_fails(*state, "+OK\r\n-ERR DB index is out of range\r\n", "lost:GET down:AUTH",
                  "SELECT 7: ERR DB index");
  handshake_fails(*state, "+OK\r\n-LOADING Redis is loading\r\n", "lost:GET down:UNREACHABLE",
                  "LOADING");
}

static void a_full_server_is_told_as_such(void **state) {
  handshake_fails(*state, "-ERR max number of clients reached\r\n", "lost:GET down:UNREACHABLE",
                  "max number of clients");
}

static void garbage_in_the_handshake_is_told_as_such(void **state) {
  handshake_fails(*state, "HTTP/1.1 400 Bad Request\r\n\r\n", "lost:GET down:PROTOCOL",
                  "not RESP: a first byte that is no type of RESP, "
                  "near \"HTTP/1.1 400 Bad Request\"");
  handshake_fails(*state, "*1\r\n:1\r\n", "lost:GET down:PROTOCOL", "something else");
}

static void a_name_may_be_refused(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.name = "n";
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "-NOPERM this user has no permissions to run the 'client' command\r\n");
  until(world, "up");
}

static void nobody_listens(void **state) {
  struct world *world = *state;
  int port;
  int fd = listen_anywhere(&port);
  close(fd);
  struct hr_link_config config = config_of(world);
  config.port = port;
  make_link(world, &config);
  send_one(world, "A"); /* before the dial is fine too */
  hr_link_dial(world->link);
  hr_link_dial(world->link);
  until(world, "down:REFUSED");
  story_is(world, "lost:A down:REFUSED");
  assert_non_null(strstr(world->down_text, "Connection refused"));
  hr_link_dial(world->link);
  until(world, "down:REFUSED down:REFUSED");
}

/* Programs that the application starts do not inherit our connections. */
static void a_socket_closes_on_exec(void **state) {
  struct world *world = *state;
  come_up(world);
  assert_int_equal(fcntl(world->link->fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void a_name_is_resolved_and_its_addresses_tried(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.host = "localhost"; /* ::1 refuses where it exists, 127.0.0.1 listens */
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  expect(world, "*1\r\n$4\r\nPING\r\n");
  say(world, "+PONG\r\n");
  until(world, "up");
}

static void a_name_that_does_not_resolve(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.host = "not a name";
  make_link(world, &config);
  hr_link_dial(world->link);
  until(world, "down:NAME");
  assert_non_null(strstr(world->down_text, "does not resolve"));
  hr_link_dial(world->link);
  hr_link_close(world->link); /* while it resolves */
  turns(world, 10);
  story_is(world, "down:NAME");
}

static void a_server_that_accepts_and_says_nothing(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.connect_timeout_ms = 60;
  make_link(world, &config);
  hr_msec start = hr_loop_now(world->loop);
  hr_link_dial(world->link);
  until(world, "down:SILENT");
  hr_msec took = hr_loop_now(world->loop) - start;
  assert_true(took >= 60 && took < 500);
  assert_non_null(strstr(world->down_text, "waiting for the handshake"));
}

static void a_server_that_hangs_up_in_the_handshake(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  hang_up(world);
  until(world, "down:RESET");
}

static void a_unix_socket(void **state) {
  struct world *world = *state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/hr-test-link-%d.sock", (int)getpid());
  unlink(address.sun_path);
  struct hr_link_config config = {.unix_path = address.sun_path};
  make_link(world, &config);
  hr_link_dial(world->link);
  until(world, "down:REFUSED"); /* no such file: nobody listens */
  world->story[0] = '\0';
  close(world->listener);
  world->listener = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(world->listener, (struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(world->listener, 8), 0);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  char peer[128];
  snprintf(peer, sizeof(peer), "unix:%s", address.sun_path);
  assert_string_equal(hr_link_peer(world->link), peer);
  unlink(address.sun_path);
}

static void a_unix_path_too_long_for_the_system(void **state) {
  struct world *world = *state;
  char path[200];
  memset(path, 'x', sizeof(path));
  path[sizeof(path) - 1] = '\0';
  struct hr_link_config config = {.unix_path = path};
  make_link(world, &config);
  hr_link_dial(world->link);
  until(world, "down:UNREACHABLE");
  assert_non_null(strstr(world->down_text, "too long"));
}

static int option_of(const struct world *world, int name) {
  int value = -1;
  socklen_t len = sizeof(value);
  assert_int_equal(getsockopt(world->link->fd, IPPROTO_TCP, name, &value, &len), 0);
  return value;
}

/* Whoever blocks for ever awaits nothing that could be late: TCP finds out that the peer is gone,
 * about when the link would. */
static void the_kernel_asks_for_the_peer_in_time(void **state) {
  static const int cases[][3] = {{20, 3000, 1}, {2000, 3000, 1}, {9000, 9000, 3}, {0, 30000, 10}};
  struct world *world = *state;
  for (size_t i = 0; i < 4; i++) {
    struct hr_link_config config = config_of(world);
    config.silent_after_ms = cases[i][0];
    make_link(world, &config);
    hr_link_dial(world->link);
    server_accept(world);
    turns(world, 2);
    assert_int_equal(option_of(world, TCP_USER_TIMEOUT), cases[i][1]);
    assert_int_equal(option_of(world, TCP_KEEPIDLE), cases[i][2]);
    assert_int_equal(option_of(world, TCP_KEEPINTVL), cases[i][2]);
    hr_link_free(world->link);
    world->link = NULL;
    close(world->peer);
    world->peer = -1;
  }
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, link_setup, link_teardown)
  const struct CMUnitTest tests[] = {
      T(the_handshake_says_who_we_are),
      T(an_eager_link_waits_for_no_answer),
      T(an_eager_link_writes_on_when_the_kernel_is_full),
      T(an_eager_link_is_refused),
      T(a_refused_password_is_told_as_such),
      T(protected_mode_is_told_as_such),
      T(a_wrong_database_is_told_as_such),
      T(a_full_server_is_told_as_such),
      T(garbage_in_the_handshake_is_told_as_such),
      T(a_name_may_be_refused),
      T(nobody_listens),
      T(a_socket_closes_on_exec),
      T(the_kernel_asks_for_the_peer_in_time),
      T(a_name_is_resolved_and_its_addresses_tried),
      T(a_name_that_does_not_resolve),
      T(a_server_that_accepts_and_says_nothing),
      T(a_server_that_hangs_up_in_the_handshake),
      T(a_unix_socket),
      T(a_unix_path_too_long_for_the_system),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
