/*
 * The server and the client of the link's tests. See link_kit.h.
 */
#include "link_kit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void doze(int ms) {
  poll(NULL, 0, ms);
}

void tell(struct world *world, const char *format, ...) {
  char text[600];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  size_t len = strlen(world->story);
  snprintf(world->story + len, sizeof(world->story) - len, "%s%s", len > 0 ? " " : "", text);
}

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

/* By what is there, not by type: RESP3's types have names of their own since hiredis 1.0. */
static size_t show_at(const redisReply *reply, char *out, size_t size) {
  if (reply->str != NULL) {
    assert_int_equal(strlen(reply->str), reply->len);
    return (size_t)snprintf(out, size, "%.40s", reply->str);
  }
  if (reply->type == REDIS_REPLY_NIL) {
    return (size_t)snprintf(out, size, "nil");
  }
  if (reply->type != REDIS_REPLY_ARRAY && reply->elements == 0) {
    return (size_t)snprintf(out, size, "%lld", reply->integer);
  }
  size_t n = (size_t)snprintf(out, size, "[");
  for (size_t i = 0; i < reply->elements && n + 60 < size; i++) {
    n += (size_t)snprintf(out + n, size - n, "%s", i > 0 ? "," : "");
    n += show_at(reply->element[i], out + n, size - n);
  }
  return n + (size_t)snprintf(out + n, size - n, "]");
}

void show(const redisReply *reply, char *out, size_t size) {
  assert_true(show_at(reply, out, size) < size);
}

void on_reply(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
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

void on_count(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  struct world *world = request->owner;
  (void)link;
  assert_non_null(reply);
  assert_int_equal(reply->integer, request->aux);
  world->replies++;
}

void on_up(struct hr_link *link, void *owner) {
  assert_true(hr_link_is_up(link));
  tell(owner, "up");
  obey(owner, "up");
}

static const char *why_name(enum hr_down why) {
  static const char *const names[] = {"REFUSED", "RESET",    "SILENT", "UNREACHABLE", "NAME",
                                      "AUTH",    "PROTECTED", "PROTOCOL", "TLS", "ASKED"};
  return names[why];
}

void on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  struct world *world = owner;
  assert_true(hr_link_is_down(link));
  snprintf(world->down_text, sizeof(world->down_text), "%s", text);
  tell(world, "down:%s", why_name(why));
  obey(world, "down");
}

void on_lost(struct hr_link *link, const struct hr_request *request, const char *bytes,
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

void on_push(struct hr_link *link, struct redisReply *reply, void *owner) {
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

int listen_anywhere(int *port) {
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

void server_accept(struct world *world) {
  struct pollfd ready = {.fd = world->listener, .events = POLLIN};
  for (int i = 0; i < WAIT_MS && poll(&ready, 1, 0) == 0; i++) {
    ev_run(world->ev, EVRUN_NOWAIT);
    doze(1);
  }
  assert_int_equal(poll(&ready, 1, 0), 1); /* nobody dials: accept() would wait for ever */
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

void turn(struct world *world) {
  ev_run(world->ev, EVRUN_NOWAIT);
  server_hear(world);
}

void turns(struct world *world, int count) {
  for (int i = 0; i < count; i++) {
    turn(world);
    doze(1);
  }
}

/* Turn until the story ends like this. */
void until(struct world *world, const char *end) {
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
void expect(struct world *world, const char *bytes) {
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

void say(struct world *world, const char *bytes) {
  size_t len = strlen(bytes);
  assert_int_equal(send(world->peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

void hang_up(struct world *world) {
  close(world->peer);
  world->peer = -1;
}

/* ---- the client ---- */

void send_one(struct world *world, const char *text) {
  const char *argv[] = {text};
  struct hr_request request = {
      .fn = on_reply, .owner = world, .user_data = (void *)(uintptr_t)text};
  assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
}

struct hr_link_config config_of(struct world *world) {
  struct hr_link_config config = {.host = "127.0.0.1", .port = world->port};
  config.connect_timeout_ms = 1000;
  return config;
}

void make_link(struct world *world, const struct hr_link_config *config) {
  static const struct hr_link_hooks hooks = {
      .up = on_up, .down = on_down, .lost = on_lost, .push = on_push, .flush = on_flush};
  world->link = hr_link_new(world->loop, config, &hooks, world);
  assert_non_null(world->link);
}

void come_up(struct world *world) {
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

int link_setup(void **state) {
  static struct world world;
  memset(&world, 0, sizeof(world));
  world.peer = -1;
  world.ev = ev_loop_new(EVFLAG_AUTO);
  world.loop = hr_loop_new(world.ev);
  world.listener = listen_anywhere(&world.port);
  *state = &world;
  return 0;
}

int link_teardown(void **state) {
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

void story_is(struct world *world, const char *want) {
  assert_string_equal(world->story, want);
}
