/*
 * A server that costs nothing, so that only the client is measured: it finds where commands end and
 * answers SET with +OK and GET with one fixed value, without storing or looking at anything. All
 * other commands go to a real redis-server behind it, one connection each, so that a client which
 * wants to see a master with its records sees one. A connection that has said INFO belongs to
 * somebody who looks: from then on all of it goes there.
 *
 *   nullserver PORT REDIS_PORT        serves on 127.0.0.1 until it is killed
 *   NULLSIZE n                        (as a command) makes the fixed value n bytes long
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

enum { IN_SIZE = 1 << 20, OUT_SIZE = 1 << 18, VALUE_MAX = 65536, EVENTS = 64 };

struct half {
  struct conn *conn;
  bool behind; /* this is the redis-server's side */
};

struct conn {
  struct half client, redis;
  int fd, behind_fd; /* behind_fd < 0: nothing was asked of the redis-server yet */
  bool looks;        /* has said INFO */
  bool raw;          /* a subscriber: bytes go both ways as they come */
  bool dead;
  size_t in_len, out_len;
  char *in, *out;
};

static int redis_port;
static int poller;
static char value[VALUE_MAX + 64];
static size_t value_len;

static void set_value(size_t size) {
  if (size > VALUE_MAX) size = VALUE_MAX;
  int head = snprintf(value, sizeof value, "$%zu\r\n", size);
  memset(value + head, 'v', size);
  memcpy(value + head + size, "\r\n", 2);
  value_len = (size_t)head + size + 2;
}

static void watch(int fd, struct half *half) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = half};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static void conn_close(struct conn *c) {
  if (c->dead) return;
  c->dead = true;
  close(c->fd);
  if (c->behind_fd >= 0) close(c->behind_fd);
}

static void send_all(struct conn *c, int fd, const char *bytes, size_t len) {
  if (!c->dead && !wire_send_all(fd, bytes, len)) conn_close(c);
}

static void out_flush(struct conn *c) {
  send_all(c, c->fd, c->out, c->out_len);
  c->out_len = 0;
}

static void out_put(struct conn *c, const char *bytes, size_t len) {
  if (c->out_len + len > OUT_SIZE) out_flush(c);
  memcpy(c->out + c->out_len, bytes, len);
  c->out_len += len;
}

static bool connect_behind(struct conn *c) {
  c->behind_fd = wire_connect(redis_port);
  return c->behind_fd >= 0;
}

/* Ask the redis-server and wait: these commands are rare. */
static void ask_behind(struct conn *c, const char *command, size_t len) {
  static char reply[1 << 20];
  size_t got = 0, end = 0;
  if (c->behind_fd < 0 && !connect_behind(c)) {
    conn_close(c);
    return;
  }
  out_flush(c);
  send_all(c, c->behind_fd, command, len);
  while (end == 0 && !c->dead) {
    ssize_t n = recv(c->behind_fd, reply + got, sizeof reply - got, 0);
    if (n <= 0) {
      conn_close(c);
      return;
    }
    got += (size_t)n;
    end = wire_whole(reply, reply + got);
  }
  send_all(c, c->fd, reply, got);
}

static void become_raw(struct conn *c, const char *command, size_t len) {
  out_flush(c);
  if (c->behind_fd < 0 && !connect_behind(c)) {
    conn_close(c);
    return;
  }
  c->raw = true;
  send_all(c, c->behind_fd, command, len);
  watch(c->behind_fd, &c->redis);
}

/* The usual commands begin with "*3\r\n$3\r\nSET" and "*2\r\n$3\r\nGET". */
static void answer(struct conn *c, const char *command, size_t len) {
  if (!c->looks && len > 11 && memcmp(command + 4, "$3\r\nSET", 7) == 0) {
    out_put(c, "+OK\r\n", 5);
  } else if (!c->looks && len > 11 && memcmp(command + 4, "$3\r\nGET", 7) == 0) {
    out_put(c, value, value_len);
  } else if (len > 16 && memcmp(command + 4, "$8\r\nNULLSIZE", 12) == 0) {
    const char *size = memchr(command + 18, '\n', len - 18);
    set_value(size != NULL ? (size_t)strtoul(size + 1, NULL, 10) : 64);
    out_put(c, "+OK\r\n", 5);
  } else if (len > 17 && memcmp(command + 4, "$9\r\nSUBSCRIBE", 13) == 0) {
    become_raw(c, command, len);
  } else {
    c->looks = c->looks || (len > 12 && memcmp(command + 4, "$4\r\nINFO", 8) == 0);
    ask_behind(c, command, len);
  }
}

static void client_says(struct conn *c) {
  ssize_t n = recv(c->fd, c->in + c->in_len, IN_SIZE - c->in_len, MSG_DONTWAIT);
  if (n <= 0) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) conn_close(c);
    return;
  }
  c->in_len += (size_t)n;
  size_t at = 0, len;
  while (!c->raw && !c->dead && (len = wire_whole(c->in + at, c->in + c->in_len)) > 0) {
    answer(c, c->in + at, len);
    at += len;
  }
  if (c->raw) {
    send_all(c, c->behind_fd, c->in + at, c->in_len - at);
    at = c->in_len;
  }
  memmove(c->in, c->in + at, c->in_len - at);
  c->in_len -= at;
  if (c->in_len == IN_SIZE) conn_close(c); /* not a command of this benchmark */
  if (!c->dead) out_flush(c);
}

static void redis_says(struct conn *c) {
  char bytes[16384];
  ssize_t n = recv(c->behind_fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (n > 0) {
    send_all(c, c->fd, bytes, (size_t)n);
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    conn_close(c);
  }
}

static void accept_one(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  struct conn *c = calloc(1, sizeof *c);
  if (c == NULL || (c->in = malloc(IN_SIZE)) == NULL || (c->out = malloc(OUT_SIZE)) == NULL) {
    perror("nullserver");
    exit(1);
  }
  wire_no_delay(fd);
  c->fd = fd;
  c->behind_fd = -1;
  c->client = (struct half){c, false};
  c->redis = (struct half){c, true};
  watch(fd, &c->client);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: nullserver PORT REDIS_PORT\n");
    return 2;
  }
  redis_port = atoi(argv[2]);
  set_value(64);
  poller = epoll_create1(EPOLL_CLOEXEC);
  int listener = wire_listen(atoi(argv[1]));
  struct half door = {NULL, false};
  watch(listener, &door);
  for (;;) {
    struct epoll_event events[EVENTS];
    struct conn *gone[EVENTS];
    int dead = 0, n = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      struct half *half = events[i].data.ptr;
      if (half->conn == NULL) {
        accept_one(listener);
        continue;
      }
      if (half->conn->dead) continue; /* both of its sides were ready */
      if (half->behind) {
        redis_says(half->conn);
      } else {
        client_says(half->conn);
      }
      if (half->conn->dead) gone[dead++] = half->conn;
    }
    while (dead > 0) { /* only now: no event of this round points to it any more */
      struct conn *c = gone[--dead];
      free(c->in);
      free(c->out);
      free(c);
    }
  }
}
