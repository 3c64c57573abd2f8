/*
 * A source that floods: it takes subscriptions to "news.NNNNN" and then writes message frames that
 * were made beforehand, as fast as the socket takes them, so that only the client is measured.
 * Everything else goes to a real redis-server behind it, one connection each, so that a client
 * which wants to see a master, heartbeats and its own marks sees them.
 *
 *   floodserver PORT REDIS_PORT       serves on 127.0.0.1 until it is killed
 *   FLOOD n                           (as a command) from now on every subscriber hears news.00000
 *                                     to news.<n - 1>, each as often as any other, in random order;
 *                                     0: no more
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "flood.h"
#include "wire.h"

enum { BUFFER = 1 << 20, FRAMES_MIN = 65536, PASSES_MIN = 4, WORDS_MAX = 65536, TURN_MS = 5 };

/* "*3 message news.NNNNN <32 bytes>": all frames are of one length. */
enum { FRAME = 73, CHUNK = FRAME * 4096 };

struct conn {
  int fd, behind_fd;
  bool subscriber;  /* has subscribed to something */
  bool reader;      /* ... to news: it is flooded */
  bool gone;
  size_t subscriptions;
  size_t in_len, back_len;
  size_t flooded;   /* where in the frames it is */
  char *in, *back, *out;
};

static int redis_port;
static char *frames;
static size_t frames_len;
static _Atomic int flooding; /* channels; 0: silence */

/* ------------------------------------------------------------------------- the frames -------- */

static uint32_t random_next(void) {
  static uint32_t state = 2463534242u;
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

static void frames_make(int channels) {
  size_t passes = (size_t)(FRAMES_MIN / channels);
  if (passes < PASSES_MIN) passes = PASSES_MIN;
  int *order = malloc((size_t)channels * sizeof *order);
  free(frames);
  frames_len = passes * (size_t)channels * FRAME;
  frames = malloc(frames_len + 1);
  if (order == NULL || frames == NULL) exit(1);
  for (int i = 0; i < channels; i++) order[i] = i;
  char *at = frames;
  for (size_t pass = 0; pass < passes; pass++) {
    for (int i = channels - 1; i > 0; i--) {
      int other = (int)(random_next() % (uint32_t)(i + 1)), kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    for (int i = 0; i < channels; i++, at += FRAME) {
      snprintf(at, FRAME + 1,
               "*3\r\n$7\r\nmessage\r\n$10\r\n" FLOOD_CHANNEL "\r\n$32\r\n%032d\r\n",
               order[i], order[i]);
    }
  }
  free(order);
}

/* ---------------------------------------------------------------------------- sending -------- */

static void put(struct conn *c, const char *bytes, size_t len) {
  size_t begun = c->flooded % FRAME;
  if (begun > 0) { /* a frame that was begun comes to its end first */
    size_t rest = FRAME - begun;
    if (!wire_send_all(c->fd, frames + c->flooded, rest)) c->gone = true;
    c->flooded = (c->flooded + rest) % frames_len;
  }
  if (!wire_send_all(c->fd, bytes, len)) c->gone = true;
}

static void flood(struct conn *c) {
  if (c->flooded >= frames_len) c->flooded = 0;
  size_t len = frames_len - c->flooded < CHUNK ? frames_len - c->flooded : CHUNK;
  ssize_t n = send(c->fd, frames + c->flooded, len, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) c->flooded = (c->flooded + (size_t)n) % frames_len;
}

static void behind(struct conn *c, const char *command, size_t len) {
  if (c->behind_fd < 0) c->behind_fd = wire_connect(redis_port);
  if (c->behind_fd < 0 || !wire_send_all(c->behind_fd, command, len)) c->gone = true;
}

/* -------------------------------------------------------------------------- receiving -------- */

static bool is_news(const struct wire_word *name) {
  return name->len == 10 && memcmp(name->text, FLOOD_CHANNEL, 5) == 0;
}

/* All names are confirmed here, in one go; the redis-server hears of those that are not news. */
static void subscribe(struct conn *c, struct wire_word *words, size_t count, bool on) {
  size_t used = 0;
  char theirs[1024];
  c->subscriber = true;
  for (size_t i = 1; i < count; i++) {
    c->subscriptions += on ? 1 : (size_t)0 - (c->subscriptions > 0);
    if (used + words[i].len + 128 > BUFFER) {
      put(c, c->out, used);
      used = 0;
    }
    used += (size_t)snprintf(c->out + used, BUFFER - used,
                             "*3\r\n$%d\r\n%ssubscribe\r\n$%zu\r\n%.*s\r\n:%zu\r\n", on ? 9 : 11,
                             on ? "" : "un", words[i].len, (int)words[i].len, words[i].text,
                             c->subscriptions);
    if (is_news(&words[i])) {
      c->reader = on || c->reader;
      continue;
    }
    int len = snprintf(theirs, sizeof theirs, "*2\r\n$%d\r\n%sSUBSCRIBE\r\n$%zu\r\n%.*s\r\n",
                       on ? 9 : 11, on ? "" : "UN", words[i].len, (int)words[i].len,
                       words[i].text);
    behind(c, theirs, (size_t)len);
  }
  put(c, c->out, used);
}

static void flood_begin(struct conn *c, const struct wire_word *count) {
  static int made;
  int channels = atoi(count->text);
  atomic_store(&flooding, 0);
  if (channels > 0 && channels <= FLOOD_CHANNELS_MAX && channels != made) {
    usleep(4 * TURN_MS * 1000); /* nobody reads them any more */
    frames_make(channels);
    made = channels;
  }
  atomic_store(&flooding, channels);
  put(c, "+OK\r\n", 5);
}

static void obey(struct conn *c, const char *command, size_t len) {
  struct wire_word words[WORDS_MAX];
  size_t count = wire_words(command, command + len, words, WORDS_MAX);
  if (count == 2 && wire_word_is(&words[0], "FLOOD")) {
    flood_begin(c, &words[1]);
  } else if (count > 1 && wire_word_is(&words[0], "SUBSCRIBE")) {
    subscribe(c, words, count, true);
  } else if (count > 1 && wire_word_is(&words[0], "UNSUBSCRIBE")) {
    subscribe(c, words, count, false);
  } else if (c->subscriber && count > 0 && wire_word_is(&words[0], "PING")) {
    put(c, "*2\r\n$4\r\npong\r\n$0\r\n\r\n", 20);
  } else {
    behind(c, command, len);
  }
}

static void client_says(struct conn *c) {
  ssize_t n = recv(c->fd, c->in + c->in_len, BUFFER - c->in_len, MSG_DONTWAIT);
  if (n <= 0) {
    c->gone = true;
    return;
  }
  c->in_len += (size_t)n;
  size_t at = 0, len;
  while (!c->gone && (len = wire_whole(c->in + at, c->in + c->in_len)) > 0) {
    obey(c, c->in + at, len);
    at += len;
  }
  memmove(c->in, c->in + at, c->in_len - at);
  c->in_len -= at;
}

/* What the redis-server confirms was confirmed before. */
static bool is_confirmation(const char *frame, size_t len) {
  return (len > 17 && memcmp(frame + 4, "$9\r\nsubscribe", 13) == 0) ||
         (len > 20 && memcmp(frame + 4, "$11\r\nunsubscribe", 16) == 0);
}

static void redis_says(struct conn *c) {
  ssize_t n = recv(c->behind_fd, c->back + c->back_len, BUFFER - c->back_len, MSG_DONTWAIT);
  if (n <= 0) {
    c->gone = true;
    return;
  }
  c->back_len += (size_t)n;
  size_t at = 0, len;
  while ((len = wire_whole(c->back + at, c->back + c->back_len)) > 0) {
    if (!is_confirmation(c->back + at, len)) put(c, c->back + at, len);
    at += len;
  }
  memmove(c->back, c->back + at, c->back_len - at);
  c->back_len -= at;
}

/* ------------------------------------------------------------------------ connections -------- */

static void *serve(void *data) {
  struct conn *c = data;
  while (!c->gone) {
    bool flooded = c->reader && atomic_load(&flooding) > 0;
    struct pollfd fds[2] = {{.fd = c->fd, .events = (short)(flooded ? POLLIN | POLLOUT : POLLIN)},
                            {.fd = c->behind_fd, .events = POLLIN}};
    poll(fds, 2, TURN_MS);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) client_says(c);
    if (!c->gone && fds[1].revents) redis_says(c);
    if (!c->gone && flooded && (fds[0].revents & POLLOUT)) flood(c);
  }
  close(c->fd);
  if (c->behind_fd >= 0) close(c->behind_fd);
  free(c->in);
  free(c->back);
  free(c->out);
  free(c);
  return NULL;
}

static void accept_one(int listener) {
  int fd = accept(listener, NULL, NULL);
  pthread_t thread;
  struct conn *c = calloc(1, sizeof *c);
  if (fd < 0 || c == NULL) exit(1);
  wire_no_delay(fd);
  *c = (struct conn){.fd = fd, .behind_fd = -1, .in = malloc(BUFFER), .back = malloc(BUFFER),
                     .out = malloc(BUFFER)};
  if (c->in == NULL || c->back == NULL || c->out == NULL) exit(1);
  if (pthread_create(&thread, NULL, serve, c) != 0) exit(1);
  pthread_detach(thread);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: floodserver PORT REDIS_PORT\n");
    return 2;
  }
  redis_port = atoi(argv[2]);
  int listener = wire_listen(atoi(argv[1]));
  for (;;) accept_one(listener);
}
