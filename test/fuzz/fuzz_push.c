/*
 * What a subscriber hears, from nobody knows where. The first byte chooses where the input is cut,
 * the rest is what the server says. The parser of message frames must agree with the reader of all
 * replies; and a link that was asked to subscribe must tell the same story whether the bytes come
 * whole, in pieces, or without the parser of messages, over reply trees.
 */
#include <ev.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/link.h"
#include "io/loop.h"
#include "proto/push.h"
#include "proto/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ------------------------------------------------------------------------------ the parser --- */

/* From memory of exactly that size. */
static ptrdiff_t parse(const char *bytes, size_t len, struct hr_push *push, char **copy) {
  *copy = malloc(len > 0 ? len : 1);
  if (*copy == NULL) abort();
  memcpy(*copy, bytes, len);
  return hr_push_parse(*copy, *copy + len, push);
}

static void check_text(const char **at, const char *end, const char *text, size_t len) {
  struct hr_resp_item item;
  const char *why;
  ptrdiff_t got = hr_resp_item(*at, end, &item, &why);
  if (got <= 0 || item.str != text || item.len != len) abort();
  *at += got;
}

/* Item by item what the parser has found. */
static void check_frame(const char *bytes, size_t len, const struct hr_push *push) {
  const char *at = bytes, *end = bytes + len, *why;
  struct hr_resp_item item;
  at += hr_resp_item(at, end, &item, &why);
  if (item.elements != (push->kind == 'p' ? 4 : 3)) abort();
  at += hr_resp_item(at, end, &item, &why);
  if (item.str[0] != push->kind) abort();
  if (push->kind == 'p') check_text(&at, end, push->pattern, push->pattern_len);
  check_text(&at, end, push->channel, push->channel_len);
  check_text(&at, end, push->payload, push->payload_len);
  if (at != end) abort();
}

static void check_parser(const char *bytes, size_t size, size_t step) {
  struct hr_push push;
  struct hr_resp_scan scan;
  const char *why;
  char *copy;
  ptrdiff_t whole = parse(bytes, size, &push, &copy);
  hr_resp_scan_reset(&scan);
  ptrdiff_t scanned = hr_resp_scan(&scan, bytes, bytes + size, &why);
  if (whole > 0 && scanned != whole) abort();
  if (whole == 0 && scanned > 0) abort();
  if (whole > 0) check_frame(copy, (size_t)whole, &push);
  free(copy);
  size_t cuts = whole > 0 ? (size_t)whole : size;
  for (size_t cut = 0; cut < cuts; cut += step) {
    ptrdiff_t got = parse(bytes, cut, &push, &copy);
    free(copy);
    if (got > 0 || (whole >= 0 && got != 0)) abort();
  }
}

/* -------------------------------------------------------------------------------- the link --- */

enum { STORY_MAX = 1 << 16, TURNS_MAX = 200 };

static struct ev_loop *ev;
static struct hr_loop *loop;
static int listener = -1;
static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

struct run {
  char story[STORY_MAX];
  size_t len;
  int peer;
  bool up, down;
};

static void tell(struct run *run, const char *text, size_t len) {
  size_t room = STORY_MAX - run->len;
  memcpy(run->story + run->len, text, len < room ? len : room);
  run->len += len < room ? len : room;
}

static void tell_number(struct run *run, char kind, long long number) {
  char text[32];
  int len = snprintf(text, sizeof(text), "%c%lld;", kind, number);
  tell(run, text, (size_t)len);
}

static void tell_text(struct run *run, const char *text, size_t len) {
  if (text[len] != '\0') abort(); /* terminated, always */
  tell_number(run, '$', (long long)len);
  tell(run, text, len);
}

static void tell_reply(struct run *run, const redisReply *reply) {
  if (reply->str != NULL) {
    tell_text(run, reply->str, (size_t)reply->len);
    return;
  }
  tell_number(run, reply->elements > 0 ? '*' : ':',
              reply->elements > 0 ? (long long)reply->elements : reply->integer);
  for (size_t i = 0; i < reply->elements; i++) tell_reply(run, reply->element[i]);
}

static void on_up(struct hr_link *link, void *owner) {
  (void)link;
  ((struct run *)owner)->up = true;
}

static void on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner) {
  struct run *run = owner;
  (void)link;
  (void)text;
  run->down = true;
  tell_number(run, 'd', (long long)why);
}

static void on_lost(struct hr_link *link, const struct hr_request *request, const char *bytes,
                    size_t len, bool sent, void *owner) {
  (void)link;
  (void)bytes;
  if (len != request->bytes || !sent) abort();
  tell_number(owner, 'l', request->aux);
}

static void on_reply(struct hr_link *link, struct hr_request *request, struct redisReply *reply) {
  (void)link;
  tell_number(request->owner, 'r', request->aux);
  tell_reply(request->owner, reply);
}

static void on_message(struct hr_link *link, const struct hr_link_message *message, void *owner) {
  (void)link;
  tell_number(owner, 'm', message->kind == 'p' ? 4 : 3);
  if (message->kind == 'm') tell_text(owner, "message", 7);
  if (message->kind == 'p') tell_text(owner, "pmessage", 8);
  if (message->kind == 's') tell_text(owner, "smessage", 8);
  if (message->pattern != NULL) tell_text(owner, message->pattern, message->pattern_len);
  tell_text(owner, message->channel, message->channel_len);
  tell_text(owner, message->payload, message->payload_len);
}

/* The same words for a message that comes as a tree. */
static void on_push(struct hr_link *link, struct redisReply *reply, void *owner) {
  const char *kind = reply->elements > 0 ? reply->element[0]->str : NULL;
  bool message = false;
  (void)link;
  if (kind != NULL && reply->elements == 3) {
    message = strcmp(kind, "message") == 0 || strcmp(kind, "smessage") == 0;
  } else if (kind != NULL && reply->elements == 4) {
    message = strcmp(kind, "pmessage") == 0;
  }
  tell_number(owner, message ? 'm' : 'p', (long long)reply->elements);
  for (size_t i = 0; i < reply->elements; i++) tell_reply(owner, reply->element[i]);
  if (reply->elements == 0) tell_reply(owner, reply);
}

static void forget_path(void) {
  unlink(path);
}

static void open_listener(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *dir = getenv("TMPDIR");
  snprintf(path, sizeof(path), "%s/fuzz_push.%d", dir != NULL ? dir : "/tmp", (int)getpid());
  memcpy(address.sun_path, path, sizeof(path));
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  unlink(path);
  if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0) abort();
  if (listen(listener, 8) != 0) abort();
  fcntl(listener, F_SETFL, O_NONBLOCK);
  atexit(forget_path);
  ev = ev_loop_new(EVFLAG_AUTO);
  loop = hr_loop_new(ev);
  if (loop == NULL) abort();
}

static void turn(struct run *run) {
  char heard[4096];
  ev_run(ev, EVRUN_NOWAIT);
  if (run->peer < 0) run->peer = accept(listener, NULL, NULL);
  while (run->peer >= 0 && recv(run->peer, heard, sizeof(heard), MSG_DONTWAIT) > 0) {
  }
}

static void say(struct run *run, const char *bytes, size_t len) {
  for (int turns = 0; len > 0 && turns < TURNS_MAX && !run->down; turns++) {
    ssize_t n = send(run->peer, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    bytes += n > 0 ? n : 0;
    len -= n > 0 ? (size_t)n : 0;
    turn(run);
  }
}

static void ask(struct hr_link *link, struct run *run, uint32_t number, int argc,
                const char *const *argv) {
  struct hr_request request = {.fn = on_reply, .owner = run, .aux = number};
  if (hr_link_send(link, &request, argc, argv, NULL) != 0) abort();
}

static void live(struct run *run, const char *bytes, size_t size, size_t step, bool trees) {
  static const char *const first[] = {"SUBSCRIBE", "a", "b"}, *const ping[] = {"PING"},
                           *const second[] = {"PUNSUBSCRIBE", "c"};
  const struct hr_link_hooks hooks = {.up = on_up,
                                      .down = on_down,
                                      .lost = on_lost,
                                      .push = on_push,
                                      .message = trees ? NULL : on_message};
  const struct hr_link_config config = {.unix_path = path, .pubsub = true};
  memset(run, 0, sizeof(*run));
  run->peer = -1;
  struct hr_link *link = hr_link_new(loop, &config, &hooks, run);
  if (link == NULL) abort();
  hr_link_dial(link);
  for (int turns = 0; run->peer < 0 && turns < TURNS_MAX; turns++) turn(run);
  if (run->peer < 0) abort();
  say(run, "+PONG\r\n", 7);
  for (int turns = 0; !run->up && turns < TURNS_MAX; turns++) turn(run);
  if (!run->up) abort();
  ask(link, run, 1, 3, first);
  ask(link, run, 2, 1, ping);
  ask(link, run, 3, 2, second);
  turn(run);
  for (size_t at = 0; at < size && !run->down; at += step) {
    say(run, bytes + at, step < size - at ? step : size - at);
  }
  close(run->peer);
  for (int turns = 0; !run->down && turns < TURNS_MAX; turns++) turn(run);
  if (!run->down) abort();
  hr_link_free(link);
  turn(run); /* what the link left to be done at the end of a turn */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct run whole, cut, trees;
  if (size < 2) return 0;
  if (listener < 0) open_listener();
  size_t step = (size_t)data[0] + 1, len = size - 1;
  const char *bytes = (const char *)data + 1;
  check_parser(bytes, len, 1 + len / 512);
  live(&whole, bytes, len, len, false);
  live(&cut, bytes, len, step < len / 64 ? len / 64 : step, false);
  live(&trees, bytes, len, len, true);
  if (whole.len != cut.len || memcmp(whole.story, cut.story, whole.len) != 0) abort();
  if (whole.len != trees.len || memcmp(whole.story, trees.story, whole.len) != 0) abort();
  return 0;
}
