/*
 * A link against a server that is this test: it accepts on loopback, sees every byte and says what
 * the story wants. Everything that the link tells is written into one text and compared.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <ev.h>
#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "io/link.h"
#include "io/loop.h"
#include "io/reply.h"

#define WAIT_MS 3000

struct world {
  struct ev_loop *ev;
  struct hr_loop *loop;
  struct hr_link *link;
  int listener, peer, port;
  char story[8192];      /* what the link told */
  char *heard;           /* what the server has read and not yet expected */
  size_t heard_len;
  const char *free_at;   /* free the link when this is told */
  const char *close_at;  /* close it */
  const char *resend_at; /* send one more */
  bool flush_adds;
  int replies;
  char down_text[400];
};

static void doze(int ms) {
  poll(NULL, 0, ms);
}

static void tell(struct world *world, const char *format, ...) {
  char text[600];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  size_t len = strlen(world->story);
  snprintf(world->story + len, sizeof(world->story) - len, "%s%s", len > 0 ? " " : "", text);
}

static void send_one(struct world *world, const char *text);

/* Whatever is told, the story may want the link to go at this very moment. */
static void obey(struct world *world, const char *told) {
  if (world->resend_at != NULL && strcmp(told, world->resend_at) == 0) {
    world->resend_at = NULL;
    send_one(world, "again");
  }
  if (world->close_at != NULL && strcmp(told, world->close_at) == 0) {
    world->close_at = NULL;
    tell(world, "close{");
    hr_link_close(world->link);
    tell(world, "}");
  }
  if (world->free_at != NULL && strcmp(told, world->free_at) == 0) {
    world->free_at = NULL;
    tell(world, "free{");
    hr_link_free(world->link);
    world->link = NULL;
    tell(world, "}");
  }
}

static size_t show_at(const redisReply *reply, char *out, size_t size) {
  size_t n = 0;
  switch (reply->type) {
    case REDIS_REPLY_ARRAY:
      n = (size_t)snprintf(out, size, "[");
      for (size_t i = 0; i < reply->elements && n + 60 < size; i++) {
        n += (size_t)snprintf(out + n, size - n, "%s", i > 0 ? "," : "");
        n += show_at(reply->element[i], out + n, size - n);
      }
      return n + (size_t)snprintf(out + n, size - n, "]");
    case REDIS_REPLY_INTEGER:
      return (size_t)snprintf(out, size, "%lld", reply->integer);
    case REDIS_REPLY_NIL:
      return (size_t)snprintf(out, size, "nil");
    default:
      assert_int_equal(strlen(reply->str), reply->len);
      return (size_t)snprintf(out, size, "%.40s", reply->str);
  }
}

static void show(const redisReply *reply, char *out, size_t size) {
  assert_true(show_at(reply, out, size) < size);
}

static void on_reply(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct world *world = request->owner;
  char text[400], told[512];
  show(reply, text, sizeof(text));
  size_t len = 0;
  assert_non_null(hr_link_answered_bytes(link, &len));
  assert_int_equal(len, request->bytes);
  snprintf(told, sizeof(told), "%s=%s", (const char *)request->user_data, text);
  world->replies++;
  tell(world, "%s", told);
  obey(world, told);
}

static void on_count(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct world *world = request->owner;
  (void)link;
  assert_non_null(reply);
  assert_int_equal(reply->integer, request->aux);
  world->replies++;
}

static void on_up(struct hr_link *link, void *owner) {
  assert_true(hr_link_is_up(link));
  tell(owner, "up");
  obey(owner, "up");
}

static const char *why_name(enum hr_down why) {
  static const char *const names[] = {"REFUSED", "RESET",    "SILENT", "UNREACHABLE",
                                      "AUTH",    "PROTOCOL", "ASKED"};
  return names[why];
}

static void on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  struct world *world = owner;
  assert_true(hr_link_is_down(link));
  snprintf(world->down_text, sizeof(world->down_text), "%s", text);
  tell(world, "down:%s", why_name(why));
  obey(world, "down");
}

static void on_lost(struct hr_link *link, const struct hr_request *request, const char *bytes,
                    size_t len, bool sent, void *owner) {
  struct world *world = owner;
  char told[64];
  (void)link;
  assert_int_equal(len, request->bytes);
  assert_int_equal(bytes[0], '*');
  assert_int_equal(bytes[len - 1], '\n');
  snprintf(told, sizeof(told), "lost:%s", request->user_data != NULL
                                              ? (const char *)request->user_data
                                              : "-");
  tell(world, "%s%s", told, sent ? "!" : "");
  obey(world, told);
}

static void on_push(struct hr_link *link, struct redisReply *reply, void *owner) {
  char text[400];
  (void)link;
  show(reply, text, sizeof(text));
  tell(owner, "push:%s", text);
  obey(owner, "push");
}

static void on_flush(struct hr_link *link, void *owner) {
  struct world *world = owner;
  if (world->flush_adds) {
    const char *argv[] = {"LAST"};
    struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "LAST"};
    assert_int_equal(hr_link_send(link, &request, 1, argv, NULL), 0);
  }
}

/* ---- the server ---- */

static int listen_anywhere(int *port) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t len = sizeof(address);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static void server_accept(struct world *world) {
  struct pollfd ready = {.fd = world->listener, .events = POLLIN};
  for (int i = 0; i < WAIT_MS && poll(&ready, 1, 0) == 0; i++) {
    ev_run(world->ev, EVRUN_NOWAIT);
    doze(1);
  }
  world->peer = accept(world->listener, NULL, NULL);
  assert_true(world->peer >= 0);
  fcntl(world->peer, F_SETFL, O_NONBLOCK);
  int on = 1;
  setsockopt(world->peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  world->heard_len = 0;
}

static void server_hear(struct world *world) {
  char bytes[65536];
  ssize_t n;
  while (world->peer >= 0 && (n = recv(world->peer, bytes, sizeof(bytes), 0)) > 0) {
    world->heard = realloc(world->heard, world->heard_len + (size_t)n + 1);
    assert_non_null(world->heard);
    memcpy(world->heard + world->heard_len, bytes, (size_t)n);
    world->heard_len += (size_t)n;
    world->heard[world->heard_len] = '\0';
  }
}

static void turn(struct world *world) {
  ev_run(world->ev, EVRUN_NOWAIT);
  server_hear(world);
}

static void turns(struct world *world, int count) {
  for (int i = 0; i < count; i++) {
    turn(world);
    doze(1);
  }
}

/* Turn until the story ends like this. */
static void until(struct world *world, const char *end) {
  for (int i = 0; i < WAIT_MS; i++) {
    size_t len = strlen(world->story), n = strlen(end);
    if (len >= n && strcmp(world->story + len - n, end) == 0) {
      return;
    }
    turn(world);
    doze(1);
  }
  fail_msg("waited for \"%s\", the story is \"%s\" (%s)", end, world->story, world->down_text);
}

/* The server reads exactly this next. */
static void expect(struct world *world, const char *bytes) {
  size_t len = strlen(bytes);
  for (int i = 0; i < WAIT_MS && world->heard_len < len; i++) {
    turn(world);
    doze(1);
  }
  assert_true(world->heard_len >= len);
  assert_memory_equal(world->heard, bytes, len);
  memmove(world->heard, world->heard + len, world->heard_len - len + 1);
  world->heard_len -= len;
}

static void say(struct world *world, const char *bytes) {
  size_t len = strlen(bytes);
  assert_int_equal(send(world->peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void hang_up(struct world *world) {
  close(world->peer);
  world->peer = -1;
}

/* ---- the client ---- */

static void send_one(struct world *world, const char *text) {
  const char *argv[] = {text};
  struct hr_request request = {
      .fn = on_reply, .owner = world, .user_data = (void *)(uintptr_t)text};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
}

static struct hr_link_config config_of(struct world *world) {
  struct hr_link_config config = {.host = "127.0.0.1", .port = world->port};
  config.connect_timeout_ms = 1000;
  return config;
}

static void make_link(struct world *world, const struct hr_link_config *config) {
  static const struct hr_link_hooks hooks = {on_up, on_down, on_lost, on_push, on_flush};
  world->link = hr_link_new(world->loop, config, &hooks, world);
  assert_non_null(world->link);
}

static void come_up(struct world *world) {
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  hr_link_dial(world->link);
  assert_string_equal(world->story, "");
  server_accept(world);
  expect(world, "*1\r\n$4\r\nPING\r\n");
  say(world, "+PONG\r\n");
  until(world, "up");
  world->story[0] = '\0';
}

static int setup(void **state) {
  static struct world world;
  memset(&world, 0, sizeof(world));
  world.peer = -1;
  world.ev = ev_loop_new(EVFLAG_AUTO);
  world.loop = hr_loop_new(world.ev);
  world.listener = listen_anywhere(&world.port);
  *state = &world;
  return 0;
}

static int teardown(void **state) {
  struct world *world = *state;
  hr_link_free(world->link);
  hr_loop_free(world->loop);
  ev_run(world->ev, 0); /* returns at once: nothing is registered any more */
  ev_loop_destroy(world->ev);
  close(world->listener);
  if (world->peer >= 0) {
    close(world->peer);
  }
  free(world->heard);
  return 0;
}

static void story_is(struct world *world, const char *want) {
  assert_string_equal(world->story, want);
}

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
  handshake_fails(*state, "-DENIED Redis is running in protected mode\r\n", "lost:GET down:AUTH",
                  "protected mode");
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
                  "not RESP: a first byte that is no type of RESP, near \"HTTP/1.1 400 Bad Request\"");
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
  until(world, "down:UNREACHABLE");
  assert_non_null(strstr(world->down_text, "does not resolve"));
  hr_link_dial(world->link);
  hr_link_close(world->link); /* while it resolves */
  turns(world, 10);
  story_is(world, "down:UNREACHABLE");
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

/* ---- replies ---- */

static void pipelined_in_one_write_and_answered_in_order(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  assert_int_equal(hr_link_unanswered(world->link), 3);
  assert_false(hr_link_was_sent(world->link, 0));
  assert_int_equal(world->heard_len, 0);
  turn(world);
  assert_true(hr_link_was_sent(world->link, 2));
  expect(world, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n");
  say(world, "+OK\r\n$3\r\nabc\r\n*3\r\n:1\r\n$-1\r\n*2\r\n+x\r\n*0\r\n");
  until(world, "[x,[]]]");
  story_is(world, "A=OK B=abc C=[1,nil,[x,[]]]");
  assert_int_equal(hr_link_unanswered(world->link), 0);
  assert_true(hr_link_heard_ms(world->link) > 0);
}

static void each_reply_may_come_byte_by_byte(void **state) {
  struct world *world = *state;
  static const char replies[] =
      "+OK\r\n$3\r\nabc\r\n*2\r\n:-5\r\n$0\r\n\r\n-ERR no\r\n|1\r\n+a\r\n:1\r\n%1\r\n+k\r\n#t\r\n";
  come_up(world);
  static const char *const names[] = {"A", "B", "C", "D", "E"};
  for (int i = 0; i < 5; i++) {
    send_one(world, names[i]);
  }
  turn(world);
  for (size_t i = 0; i < sizeof(replies) - 1; i++) {
    assert_int_equal(send(world->peer, &replies[i], 1, 0), 1);
    turn(world);
    turn(world);
  }
  until(world, "E=[k,1]");
  story_is(world, "A=OK B=abc C=[-5,] D=ERR no E=[k,1]");
}

static void the_last_replies_before_the_end_still_count(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  expect(world, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n");
  say(world, "+1\r\n+2\r\n$5\r\nhal");
  hang_up(world);
  send_one(world, "D");
  until(world, "down:RESET");
  story_is(world, "A=1 B=2 lost:C! lost:D! down:RESET");
}

static void unsent_requests_are_told_apart(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  expect(world, "*1\r\n$1\r\nA\r\n");
  send_one(world, "B");
  hr_link_close(world->link); /* before the turn ends */
  story_is(world, "lost:A! lost:B");
  assert_true(hr_link_is_down(world->link));
  hr_link_close(world->link);
  turns(world, 3);
  story_is(world, "lost:A! lost:B"); /* and no `down` for what was asked */
}

static void garbage_closes_the_link(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  turn(world);
  say(world, "+fine\r\n$3\r\nabcdef\r\n");
  until(world, "down:PROTOCOL");
  story_is(world, "A=fine lost:B! down:PROTOCOL");
  assert_non_null(strstr(world->down_text, "does not end where it was announced to end"));
}

static void a_reply_that_nobody_asked_for(void **state) {
  struct world *world = *state;
  come_up(world);
  say(world, "-ERR out of the blue\r\n");
  until(world, "down:PROTOCOL");
  assert_non_null(strstr(world->down_text, "out of the blue"));
}

static size_t largest;
static int watch_size(void *state, size_t size) {
  (void)state;
  largest = size > largest ? size : largest;
  return 1;
}

static void announced_and_never_sent_costs_nothing(void **state) {
  struct world *world = *state;
  come_up(world);
  largest = 0;
  hr_alloc_set_hook(watch_size, NULL);
  send_one(world, "A");
  turn(world);
  say(world, "$536870912\r\n");
  turns(world, 5);
  hang_up(world);
  until(world, "down:RESET");
  hr_alloc_set_hook(NULL, NULL);
  story_is(world, "lost:A! down:RESET");
  assert_true(largest <= HR_LOOP_BLOCK_LARGE);
  world->story[0] = '\0';
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  send_one(world, "B");
  turn(world);
  hr_alloc_set_hook(watch_size, NULL);
  say(world, "*2147483647\r\n:1\r\n*1000000000\r\n");
  turns(world, 5);
  hang_up(world);
  until(world, "down:RESET");
  hr_alloc_set_hook(NULL, NULL);
  assert_true(largest <= HR_LOOP_BLOCK_LARGE);
}

static void on_large(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct world *world = request->owner;
  (void)link;
  assert_int_equal(reply->type, REDIS_REPLY_STRING);
  assert_int_equal(reply->len, request->aux);
  assert_int_equal(reply->str[0], 'x');
  assert_int_equal(reply->str[reply->len - 1], 'z');
  assert_int_equal(reply->str[reply->len], '\0');
  tell(world, "large");
}

/* 5 MB each way: partial writes, a full kernel buffer, a read buffer that grows. */
static void large_values_go_through(void **state) {
  struct world *world = *state;
  come_up(world);
  size_t len = 5 << 20;
  char *value = malloc(len + 64);
  assert_non_null(value);
  memset(value, 'y', len);
  value[0] = 'x';
  value[len - 1] = 'z';
  const char *argv[] = {"ECHO", value};
  size_t argvlen[] = {4, len};
  struct hr_request request = {.fn = on_large, .owner = world, .user_data = "LARGE"};
  request.aux = (uint32_t)len;
  assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  send_one(world, "AFTER");
  ev_run(world->ev, EVRUN_NOWAIT);
  assert_false(hr_link_was_sent(world->link, 0)); /* more than the kernel takes at once */
  expect(world, "*2\r\n$4\r\nECHO\r\n$5242880\r\n");
  for (int i = 0; i < WAIT_MS && world->heard_len < len + 2; i++) {
    turn(world);
  }
  assert_memory_equal(world->heard, value, len);
  for (int i = 0; i < WAIT_MS && !hr_link_was_sent(world->link, 1); i++) {
    turn(world);
  }
  size_t sent = 0;
  memmove(value + 10, value, len);
  memcpy(value, "$5242880\r\n", 10);
  memcpy(value + 10 + len, "\r\n+ok\r\n", 7);
  while (sent < len + 17) {
    ssize_t n = send(world->peer, value + sent, len + 17 - sent, MSG_NOSIGNAL);
    sent += n > 0 ? (size_t)n : 0;
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  until(world, "AFTER=ok");
  story_is(world, "large AFTER=ok");
  free(value);
}

/* The largest string that Redis sends by default; only where there is room for it. */
static void a_reply_of_512_mb_that_really_comes(void **state) {
  struct world *world = *state;
  if (getenv("HAREDIS_TEST_HUGE") == NULL) {
    skip();
  }
  come_up(world);
  const char *argv[] = {"GET"};
  struct hr_request request = {.fn = on_large, .owner = world, .aux = 536870912};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  turn(world);
  size_t len = 536870912, sent = 0;
  char *block = malloc(len);
  assert_non_null(block);
  memset(block, 'x', len);
  block[len - 1] = 'z';
  say(world, "$536870912\r\n");
  while (sent < len) {
    ssize_t n = send(world->peer, block + sent, len - sent, MSG_NOSIGNAL);
    sent += n > 0 ? (size_t)n : 0;
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  say(world, "\r\n");
  until(world, "large");
  free(block);
}

static void an_array_of_many_elements(void **state) {
  struct world *world = *state;
  come_up(world);
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "A"};
  const char *argv[] = {"KEYS"};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  turn(world);
  say(world, "*20000\r\n");
  char one[32];
  for (int i = 0; i < 20000; i++) {
    snprintf(one, sizeof(one), "$5\r\n%05d\r\n", i);
    say(world, one);
    if (i % 1000 == 0) {
      turn(world);
    }
  }
  for (int i = 0; i < WAIT_MS && world->replies == 0; i++) {
    turn(world);
  }
  assert_non_null(strstr(world->story, "A=[00000,00001,00002,"));
}

/* ---- many, and the flush policy ---- */

static void thousands_in_flight_in_order(void **state) {
  struct world *world = *state;
  come_up(world);
  uint32_t sent = 0, answered = 0;
  char text[32];
  for (int round = 0; round < 40; round++) {
    for (int i = 0; i < 100 + round * 20; i++) {
      const char *argv[] = {"ECHO", text};
      snprintf(text, sizeof(text), "%u", sent);
      struct hr_request request = {.fn = on_count, .owner = world, .aux = sent++};
      assert_int_equal(hr_link_send(world->link, &request, 2, argv, NULL), 0);
    }
    turn(world);
    for (int i = 0; i < 90 + round * 20 && answered < sent; i++) {
      snprintf(text, sizeof(text), ":%u\r\n", answered++);
      say(world, text);
    }
    turn(world);
  }
  while (answered < sent) {
    snprintf(text, sizeof(text), ":%u\r\n", answered++);
    say(world, text);
  }
  for (int i = 0; i < WAIT_MS && (uint32_t)world->replies < sent; i++) {
    turn(world);
  }
  story_is(world, "");
  assert_int_equal(world->replies, sent);
  size_t at = 0;
  for (uint32_t i = 0; i < sent; i++) { /* and the server saw them whole and in order */
    char want[64];
    snprintf(text, sizeof(text), "%u", i);
    size_t n = (size_t)snprintf(want, sizeof(want), "*2\r\n$4\r\nECHO\r\n$%zu\r\n%s\r\n",
                                strlen(text), text);
    assert_memory_equal(world->heard + at, want, n);
    at += n;
  }
  assert_int_equal(at, world->heard_len);
}

static void with_many_in_flight_a_part_leaves_early(void **state) {
  struct world *world = *state;
  come_up(world);
  for (int i = 0; i < 200; i++) {
    send_one(world, "A");
  }
  assert_false(hr_link_was_sent(world->link, 0)); /* nothing is in flight: the turn's end */
  turn(world);
  for (int i = 0; i < 99; i++) {
    send_one(world, "B");
    assert_false(hr_link_was_sent(world->link, 200));
  }
  send_one(world, "B"); /* a third of 300 */
  assert_true(hr_link_was_sent(world->link, 299));
}

static void with_few_in_flight_it_waits_for_the_end_of_the_turn(void **state) {
  struct world *world = *state;
  come_up(world);
  send_one(world, "A");
  turn(world);
  for (int i = 1; i < 63; i++) {
    send_one(world, "B");
    assert_false(hr_link_was_sent(world->link, 1));
  }
}

static void the_flush_hook_appends_to_the_same_write(void **state) {
  struct world *world = *state;
  come_up(world);
  world->flush_adds = true;
  send_one(world, "A");
  send_one(world, "B");
  turn(world);
  expect(world, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$4\r\nLAST\r\n");
  say(world, "+1\r\n+2\r\n+3\r\n");
  until(world, "LAST=3");
  turns(world, 5);
  story_is(world, "A=1 B=2 LAST=3"); /* not asked when there is nothing to write */
}

/* ---- taking back ---- */

static void unsent_requests_can_be_taken_back(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  send_one(world, "D");
  hr_link_take_back(world->link, 3);
  story_is(world, "lost:D");
  hr_link_take_back(world->link, 1);
  story_is(world, "lost:D lost:B lost:C");
  hr_link_take_back(world->link, 1);
  world->story[0] = '\0';
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  expect(world, "*1\r\n$4\r\nPING\r\n*1\r\n$1\r\nA\r\n");
  send_one(world, "E");
  hr_link_take_back(world->link, 0); /* A was sent: it stays */
  story_is(world, "up lost:E");
  assert_int_equal(hr_link_unanswered(world->link), 1);
  world->resend_at = "lost:F";
  send_one(world, "F");
  hr_link_take_back(world->link, 0);
  say(world, "+1\r\n+2\r\n");
  until(world, "again=2");
  story_is(world, "up lost:E lost:F A=1 again=2");
}

static void a_request_that_left_in_part_stays(void **state) {
  struct world *world = *state;
  come_up(world);
  size_t len = 8 << 20;
  char *value = calloc(1, len);
  assert_non_null(value);
  const char *argv[] = {"SET", value};
  size_t argvlen[] = {3, len};
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "LARGE"};
  assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  send_one(world, "B");
  ev_run(world->ev, EVRUN_NOWAIT);
  hr_link_take_back(world->link, 0);
  story_is(world, "lost:B");
  hr_link_close(world->link);
  story_is(world, "lost:B lost:LARGE"); /* its last byte never left: it did not run */
  free(value);
}

/* ---- going at any moment ---- */

static void four_sent(struct world *world) {
  come_up(world);
  send_one(world, "A");
  send_one(world, "B");
  send_one(world, "C");
  turn(world);
  send_one(world, "D");
}

static void freed_from_a_callback(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->free_at = "B=2";
  say(world, "+1\r\n*1\r\n+2\r\n+3\r\n"); /* B's reply is an array here: it lives on an arena */
  world->free_at = "B=[2]";
  until(world, "}");
  story_is(world, "A=1 B=[2] free{ lost:C! lost:D! }");
}

static void closed_from_a_callback_and_dialled_again(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->close_at = "A=1";
  say(world, "+1\r\n+2\r\n+3\r\n");
  until(world, "}");
  story_is(world, "A=1 close{ lost:B! lost:C! lost:D! }");
  world->story[0] = '\0';
  hang_up(world);
  hr_link_dial(world->link);
  send_one(world, "E");
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  turn(world);
  say(world, "+5\r\n");
  until(world, "E=5"); /* the replies of the old connection are not seen by the new one */
}

static void freed_while_losing(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->free_at = "lost:B";
  hang_up(world);
  until(world, "}");
  story_is(world, "lost:A! lost:B! free{ lost:C! lost:D! }"); /* and no `down` any more */
}

static void freed_in_down(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->free_at = "down";
  hang_up(world);
  until(world, "}");
  story_is(world, "lost:A! lost:B! lost:C! lost:D! down:RESET free{ }");
}

static void freed_in_up(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  hr_link_dial(world->link);
  send_one(world, "A");
  world->free_at = "up";
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "}");
  story_is(world, "up free{ lost:A }");
}

static void freed_before_anything_happened(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  make_link(world, &config);
  send_one(world, "A");
  hr_link_dial(world->link);
  hr_link_free(world->link);
  world->link = NULL;
  story_is(world, "lost:A");
}

static void sent_again_while_losing_waits_for_the_next_dial(void **state) {
  struct world *world = *state;
  four_sent(world);
  world->resend_at = "lost:B";
  hang_up(world);
  until(world, "down:RESET");
  story_is(world, "lost:A! lost:B! lost:C! lost:D! down:RESET");
  assert_int_equal(hr_link_unanswered(world->link), 1);
  hr_link_dial(world->link);
  server_accept(world);
  expect(world, "*1\r\n$4\r\nPING\r\n");
  say(world, "+PONG\r\n");
  expect(world, "*1\r\n$5\r\nagain\r\n");
}

/* ---- silence ---- */

static void a_silent_server_is_noticed(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.silent_after_ms = 80;
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  doze(150);
  turns(world, 10); /* nothing is awaited: silence means nothing */
  story_is(world, "up");
  hr_msec start = hr_loop_now(world->loop);
  send_one(world, "A");
  until(world, "down:SILENT");
  hr_msec took = hr_loop_now(world->loop) - start;
  assert_true(took >= 80 && took < 400);
  story_is(world, "up lost:A! down:SILENT");
}

static void who_slept_throws_the_evidence_away(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.silent_after_ms = 80;
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  send_one(world, "A");
  turn(world);
  doze(200); /* this process, not the server */
  turns(world, 10);
  story_is(world, "up");
  say(world, "+1\r\n");
  until(world, "A=1");
  send_one(world, "B");
  turn(world);
  say(world, "+2\r\n");
  doze(200); /* the answer is there when it wakes */
  turns(world, 3);
  story_is(world, "up A=1 B=2");
}

/* ---- pub/sub ---- */

static void pushes_and_answers_on_one_link(void **state) {
  struct world *world = *state;
  struct hr_link_config config = config_of(world);
  config.pubsub = true;
  make_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "+PONG\r\n");
  until(world, "up");
  const char *argv[] = {"SUBSCRIBE", "a", "b"};
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "SUB"};
  assert_int_equal(hr_link_send(world->link, &request, 3, argv, NULL), 0);
  send_one(world, "PING");
  turn(world);
  say(world,
      "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
      "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  until(world, "PING=[pong,]");
  story_is(world,
           "up push:[subscribe,a,1] SUB=[subscribe,a,1] push:[subscribe,b,2] push:[message,a,hi] "
           "PING=[pong,]");
  say(world, ">3\r\n+message\r\n+a\r\n+ho\r\n");
  until(world, "push:[message,a,ho]");
  world->free_at = "push";
  say(world, ">3\r\n+message\r\n+a\r\n+he\r\n>3\r\n+message\r\n+a\r\n+hu\r\n");
  until(world, "free{ }");
}

/* ---- memory ---- */

static int64_t balance_refuse_at = -1, balance_count;
static int refuse_nth(void *state, size_t size) {
  (void)state;
  (void)size;
  return balance_count++ != balance_refuse_at;
}

/* One whole life with the n-th allocation failing, for every n: each request is told of once. */
static bool live_once(struct world *world) {
  world->story[0] = '\0';
  world->replies = 0;
  struct hr_link_config config = config_of(world);
  config.password = "p";
  config.silent_after_ms = 1000;
  static const struct hr_link_hooks hooks = {on_up, on_down, on_lost, on_push, NULL};
  balance_count = 0;
  hr_alloc_set_hook(refuse_nth, NULL);
  world->link = hr_link_new(world->loop, &config, &hooks, world);
  int accepted = 0;
  if (world->link != NULL) {
    hr_link_dial(world->link);
    for (int i = 0; i < 300; i++) {
      const char *argv[] = {"GET"};
      struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "x"};
      accepted += hr_link_send(world->link, &request, 1, argv, NULL) == 0;
    }
    for (int i = 0; i < 200 && !hr_link_is_up(world->link) && !hr_link_is_down(world->link);
         i++) {
      ev_run(world->ev, EVRUN_NOWAIT);
      struct pollfd ready = {.fd = world->listener, .events = POLLIN};
      if (poll(&ready, 1, 0) == 1) {
        server_accept(world);
        say(world, "+OK\r\n");
      }
      doze(1);
    }
    if (hr_link_is_up(world->link)) {
      turn(world);
      for (int i = 0; i < accepted / 2 && world->peer >= 0; i++) {
        (void)!send(world->peer, "*2\r\n:1\r\n:2\r\n", 12, MSG_NOSIGNAL);
      }
      turns(world, 4);
    }
    hr_link_free(world->link);
    world->link = NULL;
  }
  hr_alloc_set_hook(NULL, NULL);
  int lost = 0;
  for (const char *at = world->story; (at = strstr(at, "lost:x")) != NULL; at++) {
    lost++;
  }
  assert_int_equal(world->replies + lost, accepted);
  if (world->peer >= 0) {
    hang_up(world);
  }
  for (struct pollfd ready = {.fd = world->listener, .events = POLLIN};
       poll(&ready, 1, 0) == 1;) {
    close(accept(world->listener, NULL, NULL));
  }
  return balance_count <= balance_refuse_at; /* it was never reached: all of them were tried */
}

static void any_allocation_may_fail(void **state) {
  struct world *world = *state;
  bool done = false;
  for (balance_refuse_at = 0; !done; balance_refuse_at++) {
    assert_true(balance_refuse_at < 200);
    done = live_once(world);
  }
  balance_refuse_at = -1;
  assert_int_equal(world->replies, 150); /* the last life had all its memory */
}

/* All that a connection holds, hiredis' part included; under a sanitizer nothing can be counted. */
static void a_link_at_rest_keeps_little(void **state) {
  enum { LINKS = 20, BURST = 1000 };
  struct world *world = *state;
  struct hr_link *links[LINKS];
  struct hr_link_config config = config_of(world);
  config.silent_after_ms = 1000;
  size_t before = mallinfo2().uordblks;
  int peers[LINKS];
  for (int i = 0; i < LINKS; i++) {
    make_link(world, &config);
    links[i] = world->link;
    hr_link_dial(world->link);
    world->story[0] = '\0';
    server_accept(world);
    say(world, "+PONG\r\n");
    until(world, "up");
    for (int n = 0; n < BURST; n++) {
      const char *argv[] = {"SET", "key", "a value of a few dozen bytes, as they are"};
      struct hr_request request = {.fn = on_count, .owner = world};
      assert_int_equal(hr_link_send(world->link, &request, 3, argv, NULL), 0);
    }
    turn(world);
    for (int n = 0; n < BURST; n++) {
      say(world, ":0\r\n");
    }
    peers[i] = world->peer;
  }
  for (int i = 0; i < WAIT_MS && world->replies < LINKS * BURST; i++) {
    ev_run(world->ev, EVRUN_NOWAIT);
  }
  assert_int_equal(world->replies, LINKS * BURST);
  ev_run(world->ev, EVRUN_NOWAIT);
  free(world->heard);
  world->heard = NULL;
  world->heard_len = 0;
  assert_true(mallinfo2().uordblks <= before + LINKS * 4096);
  for (int i = 0; i < LINKS; i++) {
    hr_link_free(links[i]);
    close(peers[i]);
  }
  world->link = NULL;
  world->peer = -1;
}

/* ---- copies ---- */

static int refuse_after(void *state, size_t size) {
  (void)size;
  int *allowed = state;
  return (*allowed)-- > 0;
}

static void on_copy(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  (void)link;
  for (int n = 0;; n++) {
    int allowed = n;
    hr_alloc_set_hook(refuse_after, &allowed);
    redisReply *copy = hr_reply_copy(reply);
    hr_alloc_set_hook(NULL, NULL);
    if (copy != NULL || n > 100) {
      *(redisReply **)request->user_data = copy;
      return;
    }
  }
}

static void replies_can_be_kept(void **state) {
  struct world *world = *state;
  come_up(world);
  redisReply *copy = NULL;
  const char *argv[] = {"X"};
  struct hr_request request = {.fn = on_copy, .owner = world, .user_data = &copy};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  send_one(world, "B");
  turn(world);
  say(world, "*4\r\n$3\r\nabc\r\n*2\r\n:7\r\n$-1\r\n+OK\r\n-ERR x\r\n+done\r\n");
  until(world, "B=done");
  hr_link_free(world->link);
  world->link = NULL;
  assert_non_null(copy);
  char text[100];
  show(copy, text, sizeof(text));
  assert_string_equal(text, "[abc,[7,nil],OK,ERR x]");
  assert_int_equal(copy->element[3]->type, REDIS_REPLY_ERROR);
  freeReplyObject(copy);
  redisReply *error = hr_reply_error("ERR made here");
  assert_int_equal(error->type, REDIS_REPLY_ERROR);
  assert_string_equal(error->str, "ERR made here");
  freeReplyObject(error);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(the_handshake_says_who_we_are),
      T(a_refused_password_is_told_as_such),
      T(a_wrong_database_is_told_as_such),
      T(a_full_server_is_told_as_such),
      T(garbage_in_the_handshake_is_told_as_such),
      T(a_name_may_be_refused),
      T(nobody_listens),
      T(a_name_is_resolved_and_its_addresses_tried),
      T(a_name_that_does_not_resolve),
      T(a_server_that_accepts_and_says_nothing),
      T(a_server_that_hangs_up_in_the_handshake),
      T(a_unix_socket),
      T(a_unix_path_too_long_for_the_system),
      T(pipelined_in_one_write_and_answered_in_order),
      T(each_reply_may_come_byte_by_byte),
      T(the_last_replies_before_the_end_still_count),
      T(unsent_requests_are_told_apart),
      T(garbage_closes_the_link),
      T(a_reply_that_nobody_asked_for),
      T(announced_and_never_sent_costs_nothing),
      T(large_values_go_through),
      T(a_reply_of_512_mb_that_really_comes),
      T(an_array_of_many_elements),
      T(thousands_in_flight_in_order),
      T(with_many_in_flight_a_part_leaves_early),
      T(with_few_in_flight_it_waits_for_the_end_of_the_turn),
      T(the_flush_hook_appends_to_the_same_write),
      T(unsent_requests_can_be_taken_back),
      T(a_request_that_left_in_part_stays),
      T(freed_from_a_callback),
      T(closed_from_a_callback_and_dialled_again),
      T(freed_while_losing),
      T(freed_in_down),
      T(freed_in_up),
      T(freed_before_anything_happened),
      T(sent_again_while_losing_waits_for_the_next_dial),
      T(a_silent_server_is_noticed),
      T(who_slept_throws_the_evidence_away),
      T(pushes_and_answers_on_one_link),
      T(any_allocation_may_fail),
      T(a_link_at_rest_keeps_little),
      T(replies_can_be_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
