/*
 * A link over TLS: that bytes come through whole whatever the socket and OpenSSL hold back, how it
 * ends, and ports that speak another language than was thought.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tls_kit.h"

static void come_up_over(struct world *world, int version) {
  struct hr_tls_config config = believing("ours.pem");
  tls_server_make(&tls_peer, 0);
  SSL_CTX_set_max_proto_version(tls_peer.context, version);
  make_tls_link(world, &config);
  dial(world);
  shake(world);
}

static void come_up_over_tls(struct world *world) {
  come_up_over(world, TLS1_3_VERSION);
}

/* ---- bytes ---- */

static void commands_and_replies(void **state) {
  struct world *world = *state;
  come_up_over_tls(world);
  send_one(world, "A");
  send_one(world, "B");
  tls_expect(world, &tls_peer, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
  tls_say(&tls_peer, "+1\r\n$2\r\nok\r\n", 12);
  tls_until(world, &tls_peer, "A=1 B=ok");
}

static void one_byte_at_a_time(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  tls_server_make(&tls_peer, 0);
  make_tls_link(world, &config);
  dial(world);
  for (int i = 0; i < 20000 && tls_peer.heard_len == 0; i++) {
    tls_turn(world, &tls_peer, 1);
  }
  shake(world);
  send_one(world, "A");
  for (int i = 0; i < 100; i++) {
    tls_turn(world, &tls_peer, 1);
  }
  tls_say(&tls_peer, "$5\r\nhello\r\n", 11);
  for (int i = 0; i < 200; i++) {
    tls_turn(world, &tls_peer, 1);
  }
  story_is(world, "A=hello");
}

/* They come in few records; after the last one the socket says nothing any more. */
static void many_replies_of_one_record(void **state) {
  struct world *world = *state;
  enum { MANY = 100000 };
  come_up_over_tls(world);
  size_t len = 0;
  char *replies = malloc(MANY * 10);
  assert_non_null(replies);
  for (int i = 0; i < MANY; i++) {
    const char *argv[] = {"X"};
    struct hr_request request = {.fn = on_count, .owner = world, .aux = (uint32_t)i};
    assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
    len += (size_t)sprintf(replies + len, ":%d\r\n", i);
  }
  for (int i = 0; i < WAIT_MS && tls_peer.heard_len < MANY * 11; i++) {
    tls_turn(world, &tls_peer, 0);
  }
  assert_int_equal(tls_peer.heard_len, MANY * 11);
  tls_say(&tls_peer, replies, len);
  free(replies);
  tls_peer.deaf = true;
  for (int i = 0; i < WAIT_MS && world->replies < MANY; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_int_equal(world->replies, MANY);
}

static void large_values(struct world *world, int version) {
  size_t len = 3 << 20;
  char *value = malloc(len + 32);
  assert_non_null(value);
  come_up_over(world, version);
  assert_int_equal(SSL_version(tls_peer.ssl), version);
  for (size_t i = 0; i < len; i++) {
    value[i] = (char)('a' + i % 26);
  }
  const char *argv[] = {"SET", value};
  size_t argvlen[] = {3, len};
  struct hr_request request = {.fn = on_reply, .owner = world, .user_data = "LARGE"};
  assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  size_t head = strlen("*2\r\n$3\r\nSET\r\n$3145728\r\n");
  for (int i = 0; i < WAIT_MS && tls_peer.heard_len < head + len + 2; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_int_equal(tls_peer.heard_len, head + len + 2);
  assert_memory_equal(tls_peer.heard + head, value, len);
  int n = sprintf(value, "$%zu\r\n", len);
  memset(value + n, 'v', len);
  memcpy(value + n + len, "\r\n", 2);
  tls_say(&tls_peer, value, (size_t)n + len + 2);
  tls_until(world, &tls_peer, "LARGE=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv");
  free(value);
  hr_link_free(world->link);
  world->link = NULL;
  world->story[0] = '\0';
  tls_server_free(&tls_peer);
}

static void large_values_both_ways(void **state) {
  large_values(*state, TLS1_2_VERSION);
  large_values(*state, TLS1_3_VERSION);
}

/* The server does not read: what the kernel does not take is not "sent", and not to be had back. */
static void a_full_socket(void **state) {
  struct world *world = *state;
  enum { MANY = 40000 };
  come_up_over_tls(world);
  tls_peer.deaf = true;
  char value[256];
  memset(value, 'x', sizeof(value));
  for (int i = 0; i < MANY; i++) {
    const char *argv[] = {"SET", value};
    size_t argvlen[] = {3, sizeof(value)};
    struct hr_request request = {.fn = on_count, .owner = world, .aux = (uint32_t)i};
    assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  }
  for (int i = 0; i < 50; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  size_t touched = hr_link_touched(world->link), unsent = 0;
  assert_in_range(touched, 100, MANY - 100);
  while (hr_link_was_sent(world->link, unsent)) {
    unsent++;
  }
  /* A record holds 16 KB: about sixty of these; they are whole in no kernel. */
  assert_in_range(touched - unsent, 1, 70);
  hr_link_take_back(world->link, 0);
  assert_int_equal(hr_link_unanswered(world->link), touched);
  tls_peer.deaf = false;
  size_t each = strlen("*2\r\n$3\r\nSET\r\n$256\r\n") + sizeof(value) + 2;
  for (int i = 0; i < WAIT_MS && tls_peer.heard_len < touched * each; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  for (int i = 0; i < 20; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_int_equal(tls_peer.heard_len, touched * each);
  for (size_t i = 0; i < touched; i++) {
    char reply[32];
    int n = sprintf(reply, ":%zu\r\n", i);
    assert_memory_equal(tls_peer.heard + i * each, "*2\r\n$3\r\nSET\r\n$256\r\n", 19);
    tls_say(&tls_peer, reply, (size_t)n);
  }
  for (int i = 0; i < WAIT_MS && (size_t)world->replies < touched; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_int_equal(world->replies, touched);
}

/* It wants an answer from us while our socket is full: reading does not stop for that. */
static void new_keys_while_the_socket_is_full(void **state) {
  struct world *world = *state;
  enum { MANY = 40000 };
  come_up_over_tls(world);
  send_one(world, "A");
  tls_expect(world, &tls_peer, "*1\r\n$1\r\nA\r\n");
  tls_peer.deaf = true;
  char value[256];
  memset(value, 'x', sizeof(value));
  for (int i = 0; i < MANY; i++) {
    const char *argv[] = {"SET", value};
    size_t argvlen[] = {3, sizeof(value)};
    struct hr_request request = {.owner = world};
    assert_int_equal(hr_link_send(world->link, &request, 2, argv, argvlen), 0);
  }
  for (int i = 0; i < 50; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  for (int i = 0; i < 5; i++) {
    assert_int_equal(SSL_key_update(tls_peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_do_handshake(tls_peer.ssl), 1);
  }
  tls_say(&tls_peer, "+1\r\n", 4);
  tls_until(world, &tls_peer, "A=1");
  tls_peer.deaf = false;
  size_t all = MANY * (strlen("*2\r\n$3\r\nSET\r\n$256\r\n") + sizeof(value) + 2);
  for (int i = 0; i < WAIT_MS && tls_peer.heard_len < all; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_int_equal(tls_peer.heard_len, all);
}

/* ---- ends ---- */

static void the_server_ends_with_and_without_a_word(void **state) {
  struct world *world = *state;
  for (int word = 0; word < 2; word++) {
    come_up_over_tls(world);
    send_one(world, "A");
    tls_expect(world, &tls_peer, "*1\r\n$1\r\nA\r\n");
    tls_say(&tls_peer, "+1\r\n", 4);
    if (word) {
      SSL_shutdown(tls_peer.ssl);
      tls_turn(world, &tls_peer, SIZE_MAX); /* the connection itself stays open */
    } else {
      tls_turn(world, &tls_peer, SIZE_MAX);
      tls_server_hang_up(&tls_peer);
    }
    tls_until(world, &tls_peer, "A=1 down:RESET");
    assert_non_null(strstr(world->down_text, "the server closed the connection"));
    hr_link_free(world->link);
    world->link = NULL;
    world->story[0] = '\0';
    tls_server_free(&tls_peer);
  }
}

static void send_many(struct world *world, int count) {
  for (int i = 0; i < count; i++) {
    const char *argv[] = {"X"};
    struct hr_request request = {.owner = world};
    assert_int_equal(hr_link_send(world->link, &request, 1, argv, NULL), 0);
  }
}

/* It has closed; the first write makes it say that it means it, the next one meets that. Between
 * the two nothing is read: with many in flight part of a turn leaves early. */
static void writing_to_who_is_gone_raises_no_signal(void **state) {
  struct world *world = *state;
  come_up_over_tls(world);
  send_many(world, 100);
  for (int i = 0; i < WAIT_MS && tls_peer.heard_len < 1100; i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_int_equal(tls_peer.heard_len, 1100);
  tls_server_hang_up(&tls_peer);
  for (int i = 0; i < 5; i++) {
    doze(5);
    send_many(world, 1000);
  }
  for (int i = 0; i < WAIT_MS && !hr_link_is_down(world->link); i++) {
    tls_turn(world, &tls_peer, SIZE_MAX);
  }
  assert_true(hr_link_is_down(world->link));
}

static void a_plain_port_that_answers(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  make_tls_link(world, &config);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "-ERR Protocol error: unbalanced quotes in request\r\n");
  until(world, "down:TLS");
  assert_non_null(strstr(world->down_text, "it does not speak TLS: is this its plain port?"));
}

static void a_plain_port_that_waits(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  struct hr_link_config link = config_of(world);
  link.connect_timeout_ms = 60;
  link.tls = tls_client(&config);
  make_link(world, &link);
  hr_tls_unref(link.tls);
  for (int i = 0; i < 2; i++) { /* it might be a server that hangs: the second time we wonder */
    world->story[0] = '\0';
    hr_link_dial(world->link);
    server_accept(world);
    until(world, i == 0 ? "down:SILENT" : "down:TLS");
    assert_non_null(strstr(world->down_text, "while waiting for the TLS handshake"));
    assert_int_equal(strstr(world->down_text, "is this its plain port?") != NULL, i == 1);
    hang_up(world);
  }
}

static void a_tls_port_for_a_plain_link(void **state) {
  struct world *world = *state;
  struct hr_link_config link = config_of(world);
  make_link(world, &link);
  for (int i = 0; i < 2; i++) {
    world->story[0] = '\0';
    hr_link_dial(world->link);
    server_accept(world);
    hang_up(world);
    until(world, i == 0 ? "down:RESET" : "down:TLS");
  }
  assert_non_null(strstr(world->down_text, "does this port want TLS?"));
}

/* Redis speaks no TLS on them: the first that is heard is the command in plain. */
static void a_unix_socket_stays_plain(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof(address.sun_path), "%s", tls_file("socket"));
  close(world->listener);
  world->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  assert_int_equal(bind(world->listener, (struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(world->listener, 4), 0);
  struct hr_link_config link = {.unix_path = address.sun_path, .tls = tls_client(&config)};
  make_link(world, &link);
  hr_tls_unref(link.tls);
  hr_link_dial(world->link);
  server_accept(world);
  expect(world, "*1\r\n$4\r\nPING\r\n");
  say(world, "+PONG\r\n");
  until(world, "up");
  remove(address.sun_path);
}

static void a_tls_port_that_says_so_to_a_plain_link(void **state) {
  struct world *world = *state;
  struct hr_link_config link = config_of(world);
  make_link(world, &link);
  hr_link_dial(world->link);
  server_accept(world);
  say(world, "\x15\x03\x01"); /* and so on: an alert */
  until(world, "down:TLS");
  assert_non_null(strstr(world->down_text, "does this port want TLS?"));
}

static void freed_in_any_hook(void **state) {
  struct world *world = *state;
  static const char *const moments[] = {"up", "A=1", "B=2"};
  for (int i = 0; i < 3; i++) {
    struct hr_tls_config config = believing("ours.pem");
    tls_server_make(&tls_peer, 0);
    make_tls_link(world, &config);
    world->free_at = moments[i];
    send_one(world, "A");
    send_one(world, "B");
    dial(world);
    tls_expect(world, &tls_peer, "*1\r\n$4\r\nPING\r\n");
    tls_say(&tls_peer, "+PONG\r\n", 7);
    if (i > 0) {
      tls_expect(world, &tls_peer, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
      tls_say(&tls_peer, "+1\r\n+2\r\n", 8);
    }
    tls_until(world, &tls_peer, "}");
    assert_null(world->link);
    world->story[0] = '\0';
    tls_server_free(&tls_peer);
  }
}

/* ---- out of memory ---- */

struct failing {
  size_t count, fail;
};

static int count_or_fail(void *state, size_t size) {
  struct failing *failing = state;
  (void)size;
  return ++failing->count != failing->fail;
}

/* What the server does until the link is up or down; it may never be dialled. */
static void serve(struct world *world) {
  for (int i = 0; i < WAIT_MS && world->story[0] == '\0'; i++) {
    struct pollfd dialled = {.fd = world->listener, .events = POLLIN};
    if (tls_peer.ssl == NULL && poll(&dialled, 1, 0) == 1) {
      tls_server_accept(world, &tls_peer);
    }
    tls_turn(world, &tls_peer, SIZE_MAX);
    if (tls_peer.heard_len >= 14) {
      tls_say(&tls_peer, "+PONG\r\n", 7);
      tls_peer.heard_len = 0;
    }
    doze(i > 5);
  }
  assert_true(world->story[0] != '\0');
  struct pollfd dialled = {.fd = world->listener, .events = POLLIN};
  if (tls_peer.ssl == NULL && poll(&dialled, 1, 0) == 1) {
    close(accept(world->listener, NULL, NULL)); /* given up before we looked */
  }
}

static void any_allocation_may_fail(void **state) {
  struct world *world = *state;
  size_t needed = 1;
  for (size_t n = 1; n <= needed; n++) {
    struct failing failing = {.fail = n};
    struct hr_tls_config config = believing("ours.pem");
    config.server_name = "db.example";
    struct hr_tls *tls;
    char why[256];
    tls_server_make(&tls_peer, 0);
    struct hr_link_config link = config_of(world);
    hr_alloc_set_hook(count_or_fail, &failing);
    enum hr_tls_result made = hr_tls_make(&config, &tls, why, sizeof(why));
    if (made == HR_TLS_OK) {
      static const struct hr_link_hooks hooks = {.up = on_up, .down = on_down, .lost = on_lost};
      link.tls = tls;
      world->link = hr_link_new(world->loop, &link, &hooks, world);
      hr_tls_unref(tls);
    } else {
      assert_int_equal(made, HR_TLS_NO_MEMORY);
    }
    if (world->link != NULL) {
      hr_link_dial(world->link);
      serve(world);
    }
    hr_alloc_set_hook(NULL, NULL);
    needed = failing.count >= n ? n + 1 : n;
    assert_true(needed > n || strcmp(world->story, "up") == 0); /* the last one failed nothing */
    hr_link_free(world->link);
    world->link = NULL;
    world->story[0] = '\0';
    tls_server_free(&tls_peer);
  }
  assert_true(needed > 4);
}

#define TLS_TEST(f) cmocka_unit_test_setup_teardown(f, tls_test_setup, tls_test_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TLS_TEST(commands_and_replies),
      TLS_TEST(one_byte_at_a_time),
      TLS_TEST(many_replies_of_one_record),
      TLS_TEST(large_values_both_ways),
      TLS_TEST(a_full_socket),
      TLS_TEST(new_keys_while_the_socket_is_full),
      TLS_TEST(the_server_ends_with_and_without_a_word),
      TLS_TEST(writing_to_who_is_gone_raises_no_signal),
      TLS_TEST(a_plain_port_that_answers),
      TLS_TEST(a_plain_port_that_waits),
      TLS_TEST(a_tls_port_for_a_plain_link),
      TLS_TEST(a_unix_socket_stays_plain),
      TLS_TEST(a_tls_port_that_says_so_to_a_plain_link),
      TLS_TEST(freed_in_any_hook),
      TLS_TEST(any_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, tls_setup, tls_teardown);
}
