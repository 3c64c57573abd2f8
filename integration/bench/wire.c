/* Boundaries of RESP, and sockets. */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* "<n>\r\n": the bytes it takes, 0 if it is not all here. */
static size_t number(const char *at, const char *end, long *n) {
  const char *p = at;
  long sum = 0;
  bool minus = p < end && *p == '-';
  for (p += minus; p < end && *p >= '0' && *p <= '9'; p++) sum = sum * 10 + (*p - '0');
  *n = minus ? -sum : sum;
  return p + 1 < end ? (size_t)(p + 2 - at) : 0;
}

size_t wire_whole(const char *at, const char *end) {
  const char *p = at;
  for (long left = 1; left > 0; left--) {
    long n;
    if (p == end) return 0;
    size_t head = number(p + 1, end, &n);
    if (*p == '*' || *p == '$') {
      if (head == 0) return 0;
      bool bulk = *p == '$';
      if (!bulk && n > 0) left += n;
      p += 1 + head;
      if (bulk && n >= 0) p += n + 2;
    } else {
      const char *lf = memchr(p, '\n', (size_t)(end - p));
      if (lf == NULL) return 0;
      p = lf + 1;
    }
    if (p > end) return 0;
  }
  return (size_t)(p - at);
}

size_t wire_words(const char *at, const char *end, struct wire_word *words, size_t room) {
  long count;
  if (at == end || *at != '*') return 0;
  const char *p = at + 1 + number(at + 1, end, &count);
  size_t taken = 0;
  for (; taken < room && (long)taken < count && p < end && *p == '$'; taken++) {
    long len;
    p += 1 + number(p + 1, end, &len);
    words[taken] = (struct wire_word){p, (size_t)len};
    p += len + 2;
  }
  return taken;
}

bool wire_word_is(const struct wire_word *word, const char *text) {
  return strlen(text) == word->len && strncasecmp(word->text, text, word->len) == 0;
}

static struct sockaddr_in address(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

int wire_listen(int port) {
  struct sockaddr_in a = address(port);
  int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 64) != 0) {
    perror("listen");
    exit(1);
  }
  return fd;
}

void wire_no_delay(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int wire_connect(int port) {
  struct sockaddr_in a = address(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
    close(fd);
    return -1;
  }
  wire_no_delay(fd);
  return fd;
}

bool wire_send_all(int fd, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
    if (n > 0) {
      bytes += n;
      len -= (size_t)n;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}
