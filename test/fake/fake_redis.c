/*
 * Sockets, RESP in and out, connections. What the commands do: fake_commands.c.
 */
#include "fake_redis_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void fake_die(const char *what) {
  perror(what);
  abort();
}

void *fake_memory(void *old, size_t size) {
  void *memory = realloc(old, size);
  if (memory == NULL) fake_die("realloc");
  return memory;
}

void fake_bytes_add(struct fake_bytes *bytes, const char *data, size_t length) {
  if (length == 0) return;
  if (bytes->length + length > bytes->capacity) {
    bytes->capacity = 2 * (bytes->length + length) + 256;
    bytes->data = fake_memory(bytes->data, bytes->capacity);
  }
  memcpy(bytes->data + bytes->length, data, length);
  bytes->length += length;
}

void fake_say(struct fake_bytes *out, const char *format, ...) {
  char text[2048];
  va_list ap;
  va_start(ap, format);
  int length = vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  if (length < 0 || (size_t)length >= sizeof(text)) fake_die("fake_say: too long");
  fake_bytes_add(out, text, (size_t)length);
}

void fake_conn_close(struct fake_conn *conn) {
  struct fake_redis *fake = conn->fake;
  struct fake_conn **link = &fake->conns;
  while (*link != conn) link = &(*link)->next;
  *link = conn->next;
  ev_io_stop(fake->loop, &conn->io);
  close(conn->io.fd);
  free(conn->in.data);
  free(conn->out.data);
  free(conn->queue.data);
  free(conn);
}

/* One answer goes out: the server's own, or what the test wants instead. */
static void conn_answer(struct fake_conn *conn, const struct fake_bytes *answer) {
  struct fake_redis *fake = conn->fake;
  const char *bytes;
  size_t length;
  if (fake->garble != NULL && fake->garble(fake->garble_state, &bytes, &length)) {
    fake_bytes_add(&conn->out, bytes, length);
  } else {
    fake_bytes_add(&conn->out, answer->data, answer->length);
  }
}

static int conn_flush(struct fake_conn *conn) {
  while (conn->out.length > 0) {
    ssize_t n = send(conn->io.fd, conn->out.data, conn->out.length, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return -1;
    conn->out.length -= (size_t)n;
    if (conn->out.length > 0) memmove(conn->out.data, conn->out.data + n, conn->out.length);
  }
  int events = EV_READ | (conn->out.length > 0 ? EV_WRITE : 0);
  if (events != (conn->io.events & (EV_READ | EV_WRITE))) {
    ev_io_stop(conn->fake->loop, &conn->io);
    ev_io_set(&conn->io, conn->io.fd, events);
    ev_io_start(conn->fake->loop, &conn->io);
  }
  return 0;
}

/* "*<n>\r\n" or "$<n>\r\n" at *at. -1: more bytes are wanted. */
static long parse_count(const struct fake_bytes *in, size_t *at, char kind) {
  const char *end = memchr(in->data + *at, '\n', in->length - *at);
  if (end == NULL) return -1;
  if (in->data[*at] != kind) fake_die("the client sent something that is not RESP");
  long count = 0;
  for (const char *p = in->data + *at + 1; *p >= '0' && *p <= '9'; p++) {
    count = count * 10 + (*p - '0');
  }
  *at = (size_t)(end - in->data) + 1;
  return count;
}

/* One command from the front of `in`. 0: more bytes are wanted. */
static int parse_command(struct fake_conn *conn, struct fake_command *command) {
  struct fake_bytes *in = &conn->in;
  size_t at = 0;
  if (in->length == 0) return 0;
  long count = parse_count(in, &at, '*');
  if (count < 0) return 0;
  if (count > FAKE_ARGS_MAX) fake_die("a command of too many words");
  command->argc = (int)count;
  for (long i = 0; i < count; i++) {
    if (at >= in->length) return 0;
    long length = parse_count(in, &at, '$');
    if (length < 0 || in->length - at < (size_t)length + 2) return 0;
    command->argv[i] = in->data + at;
    command->lengths[i] = (size_t)length;
    at += (size_t)length + 2;
  }
  command->end = at;
  return 1;
}

static void conn_read(struct ev_loop *loop, ev_io *io, int events) {
  struct fake_conn *conn = io->data;
  struct fake_redis *fake = conn->fake;
  char buffer[16384];
  (void)loop;
  if (events & EV_READ) {
    ssize_t n = recv(io->fd, buffer, sizeof(buffer), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      fake_conn_close(conn);
      return;
    }
    if (n > 0) fake_bytes_add(&conn->in, buffer, (size_t)n);
  }
  struct fake_command command;
  while (!conn->kill && parse_command(conn, &command)) {
    struct fake_bytes answer = {NULL, 0, 0};
    size_t used = command.end;
    fake->commands++;
    fake_command_run(conn, &command, &answer);
    conn_answer(conn, &answer);
    free(answer.data);
    conn->in.length -= used;
    if (conn->in.length > 0) memmove(conn->in.data, conn->in.data + used, conn->in.length);
  }
  for (struct fake_conn *each = fake->conns, *next; each != NULL; each = next) {
    next = each->next; /* others may have been told something */
    if (conn_flush(each) != 0) each->kill = 1;
    if (each->kill || conn_flush(each) != 0) fake_conn_close(each);
  }
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events) {
  struct fake_redis *fake = io->data;
  (void)events;
  int fd = accept(io->fd, NULL, NULL);
  if (fd < 0) return;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  struct fake_conn *conn = fake_memory(NULL, sizeof(*conn));
  memset(conn, 0, sizeof(*conn));
  conn->fake = fake;
  conn->next = fake->conns;
  fake->conns = conn;
  ev_io_init(&conn->io, conn_read, fd, EV_READ);
  conn->io.data = conn;
  ev_io_start(loop, &conn->io);
}

struct fake_redis *fake_redis_new(struct ev_loop *loop) {
  struct sockaddr_in address;
  socklen_t length = sizeof(address);
  struct fake_redis *fake = fake_memory(NULL, sizeof(*fake));
  memset(fake, 0, sizeof(*fake));
  memset(&address, 0, sizeof(address));
  fake->loop = loop;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
      listen(fd, 64) != 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
    fake_die("listen");
  }
  fake->port = ntohs(address.sin_port);
  ev_io_init(&fake->io, on_accept, fd, EV_READ);
  fake->io.data = fake;
  ev_io_start(loop, &fake->io);
  fake_redis_restart(fake);
  return fake;
}

void fake_redis_restart(struct fake_redis *fake) {
  while (fake->conns != NULL) fake_conn_close(fake->conns);
  while (fake->entries != NULL) fake_entry_drop(fake, fake->entries);
  fake->master_host[0] = '\0';
  fake->offset = 0;
  fake->lives++;
  snprintf(fake->run_id, sizeof(fake->run_id), "%040x", 0xabc000u + fake->lives);
}

void fake_redis_free(struct fake_redis *fake) {
  fake_redis_restart(fake);
  ev_io_stop(fake->loop, &fake->io);
  close(fake->io.fd);
  free(fake);
}

int fake_redis_port(const struct fake_redis *fake) {
  return fake->port;
}

void fake_redis_garble(struct fake_redis *fake, fake_garble *garble, void *state) {
  fake->garble = garble;
  fake->garble_state = state;
}

size_t fake_redis_commands(const struct fake_redis *fake) {
  return fake->commands;
}
