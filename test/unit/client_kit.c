/* See client_kit.h. */
#include "client_kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"

struct kit kit;
int kit_order;
static int kit_allocations;

/* ---- servers ---- */

struct kit_peer {
  unsigned id; /* from 1, never again */
  struct kit_peer *next;
  struct kit_server *server;
  ev_io io;
  char *in;
  size_t in_len;
  char *held; /* answers that are not sent yet */
  size_t held_len;
  bool listens; /* MONITOR, PSUBSCRIBE */
};

static void kit_peer_free(struct kit_peer *peer) {
  struct kit_peer **at = &peer->server->peers;
  while (*at != peer) {
    at = &(*at)->next;
  }
  *at = peer->next;
  peer->server->last = peer->server->last == peer ? NULL : peer->server->last;
  if (!kit.abandoned) {
    ev_io_stop(peer->server->ev, &peer->io);
  }
  close(peer->io.fd);
  free(peer->in);
  free(peer->held);
  free(peer);
}

static void kit_peer_send(struct kit_peer *peer, const char *bytes, size_t len) {
  if (peer->server->silent) {
    peer->held = realloc(peer->held, peer->held_len + len);
    memcpy(peer->held + peer->held_len, bytes, len);
    peer->held_len += len;
    return;
  }
  while (len > 0) {
    ssize_t n = send(peer->io.fd, bytes, len, MSG_NOSIGNAL);
    if (n <= 0) {
      return; /* the other side is gone, which the test wanted */
    }
    bytes += n;
    len -= (size_t)n;
  }
}

static const char *kit_default(int argc, char **argv) {
  static char number[32];
  static long long counter;
  if (strcmp(argv[0], "HINCRBY") == 0 && argc == 4) {
    counter += atoll(argv[3]);
    snprintf(number, sizeof(number), ":%lld\r\n", counter);
    return number;
  }
  if (strcmp(argv[0], "GET") == 0) {
    return "$5\r\nvalue\r\n";
  }
  return "+OK\r\n";
}

static void kit_peer_command(struct kit_peer *peer, int argc, char **argv) {
  struct kit_server *server = peer->server;
  peer->listens |= strcmp(argv[0], "MONITOR") == 0 || strcmp(argv[0], "PSUBSCRIBE") == 0;
  char line[256];
  size_t used = 0;
  for (int i = 0; i < argc && used < sizeof(line) - 1; i++) {
    used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i > 0 ? " " : "", argv[i]);
  } /* cut where it is long */
  bool ping = strcmp(argv[0], "PING") == 0;
  bool hello = strcmp(argv[0], "CLIENT") == 0 || (ping && !server->pings);
  if (!hello) {
    server->last = peer;
    assert_true(server->seen_count < KIT_SEEN_MAX);
    server->seen[server->seen_count++] = strdup(line);
  }
  const char *answer = hello || server->rule == NULL ? NULL : server->rule(server, argc, argv);
  if (answer == NULL) {
    answer = ping ? "+PONG\r\n" : kit_default(argc, argv);
  }
  bool silent = server->silent;
  server->silent = silent && !hello; /* the handshake is always answered */
  kit_peer_send(peer, answer, strlen(answer));
  server->silent = silent;
}

/* One command at the start of the bytes, or 0. Words are cut out by terminators in place. */
static size_t kit_peer_parse(char *in, size_t len, int *argc, char **argv) {
  char *at = in, *end = in + len, *line;
  if (len == 0 || (line = memchr(at, '\n', len)) == NULL) {
    return 0;
  }
  int count = atoi(at + 1);
  at = line + 1;
  for (int i = 0; i < count; i++) {
    if (at >= end || (line = memchr(at, '\n', (size_t)(end - at))) == NULL) {
      return 0;
    }
    size_t size = (size_t)atol(at + 1);
    at = line + 1;
    if ((size_t)(end - at) < size + 2) {
      return 0;
    }
    argv[i] = at;
    at += size + 2;
  }
  for (int i = 0; i < count; i++) {
    char *stop = memchr(argv[i], '\r', (size_t)(end - argv[i]));
    *stop = '\0';
  }
  *argc = count;
  return (size_t)(at - in);
}

static void kit_peer_readable(struct ev_loop *ev, ev_io *io, int events) {
  struct kit_peer *peer = io->data;
  char bytes[65536];
  (void)ev;
  (void)events;
  ssize_t n = recv(io->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) {
      kit_peer_free(peer);
    }
    return;
  }
  peer->in = realloc(peer->in, peer->in_len + (size_t)n);
  memcpy(peer->in + peer->in_len, bytes, (size_t)n);
  peer->in_len += (size_t)n;
  char *argv[64];
  int argc;
  size_t used = 0, one;
  while ((one = kit_peer_parse(peer->in + used, peer->in_len - used, &argc, argv)) > 0) {
    kit_peer_command(peer, argc, argv);
    used += one;
  }
  memmove(peer->in, peer->in + used, peer->in_len - used);
  peer->in_len -= used;
}

static void kit_server_accept(struct ev_loop *ev, ev_io *io, int events) {
  struct kit_server *server = io->data;
  (void)events;
  int fd = accept(io->fd, NULL, NULL);
  if (fd < 0) {
    return;
  }
  struct kit_peer *peer = calloc(1, sizeof(*peer));
  static unsigned ids;
  peer->id = ++ids;
  peer->server = server;
  peer->next = server->peers;
  server->peers = peer;
  ev_io_init(&peer->io, kit_peer_readable, fd, EV_READ);
  peer->io.data = peer;
  ev_io_start(ev, &peer->io);
}

void kit_server_start(struct kit_server *server, struct ev_loop *ev, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  socklen_t len = sizeof(address);
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
  assert_int_equal(listen(fd, 64), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  server->ev = ev;
  server->port = ntohs(address.sin_port);
  ev_io_init(&server->listen, kit_server_accept, fd, EV_READ);
  server->listen.data = server;
  ev_io_start(ev, &server->listen);
}

void kit_server_cut(struct kit_server *server) {
  while (server->peers != NULL) {
    kit_peer_free(server->peers);
  }
}

void kit_server_stop(struct kit_server *server) {
  kit_server_cut(server);
  if (server->listen.fd > 0) {
    if (!kit.abandoned) {
      ev_io_stop(server->ev, &server->listen);
    }
    close(server->listen.fd);
    server->listen.fd = -1;
  }
}

void kit_server_deafen(struct kit_server *server) {
  for (struct kit_peer *peer = server->peers; peer != NULL; peer = peer->next) {
    ev_io_stop(server->ev, &peer->io);
  }
}

void kit_server_forget(struct kit_server *server) {
  for (size_t i = 0; i < server->seen_count; i++) {
    free(server->seen[i]);
  }
  server->seen_count = 0;
}

void kit_server_speak(struct kit_server *server) {
  server->silent = false;
  for (struct kit_peer *peer = server->peers; peer != NULL; peer = peer->next) {
    char *held = peer->held;
    peer->held = NULL;
    kit_peer_send(peer, held, peer->held_len);
    peer->held_len = 0;
    free(held);
  }
}

void kit_server_say(struct kit_server *server, const char *bytes) {
  for (struct kit_peer *peer = server->peers; peer != NULL; peer = peer->next) {
    kit_peer_send(peer, bytes, strlen(bytes));
  }
}

void kit_server_tell(struct kit_server *server, const char *bytes) {
  for (struct kit_peer *peer = server->peers; peer != NULL; peer = peer->next) {
    if (peer->listens) {
      kit_peer_send(peer, bytes, strlen(bytes));
    }
  }
}

void kit_server_reply(struct kit_server *server, const char *bytes) {
  assert_non_null(server->last);
  kit_peer_send(server->last, bytes, strlen(bytes));
}

unsigned kit_server_speaker(const struct kit_server *server) {
  return server->last != NULL ? server->last->id : 0;
}

bool kit_server_say_to(struct kit_server *server, unsigned id, const char *bytes) {
  for (struct kit_peer *peer = server->peers; peer != NULL; peer = peer->next) {
    if (peer->id == id) {
      kit_peer_send(peer, bytes, strlen(bytes));
      return true;
    }
  }
  return false;
}

size_t kit_server_count(const struct kit_server *server, const char *prefix) {
  size_t count = 0;
  for (size_t i = 0; i < server->seen_count; i++) {
    count += strncmp(server->seen[i], prefix, strlen(prefix)) == 0;
  }
  return count;
}

bool kit_server_saw(const struct kit_server *server, const char *command) {
  for (size_t i = 0; i < server->seen_count; i++) {
    if (strcmp(server->seen[i], command) == 0) {
      return true;
    }
  }
  return false;
}

void kit_rule(kit_rule_fn *rule) {
  for (int i = 0; i < KIT_NODES; i++) {
    kit.servers[i].rule = rule;
  }
}

const char *kit_block(struct kit_server *server, int argc, char **argv) {
  (void)server;
  (void)argc;
  bool blocks = argv[0][0] == 'B' || strcmp(argv[0], "XREAD") == 0 || strcmp(argv[0], "WAIT") == 0;
  return blocks ? "" : NULL;
}

const char *kit_bulk(const char *text) {
  static char bytes[256];
  assert_true(strlen(text) < sizeof(bytes) - 16);
  snprintf(bytes, sizeof(bytes), "$%zu\r\n%s\r\n", strlen(text), text);
  return bytes;
}

const char *kit_big(void) {
  static char big[256 * 1024];
  memset(big, 'x', sizeof(big) - 1);
  return big;
}

/* ---- the control plane ---- */

static struct hr_driver *kit_make(struct hr_loop *loop, const struct hr_driver_config *config,
                                  const struct hr_driver_hooks *hooks, void *owner) {
  (void)loop;
  kit.made++;
  kit.hooks = hooks;
  kit.owner = owner;
  kit.config = *config;
  return (struct hr_driver *)&kit;
}

static void kit_start(struct hr_driver *driver) {
  (void)driver;
  kit.started++;
}

static void kit_free(struct hr_driver *driver) {
  (void)driver;
  kit.freed++;
}

static void kit_hint(struct hr_driver *driver, int node) {
  (void)driver;
  assert_true(kit.freed < kit.started && kit.started <= kit.made);
  kit.hints++;
  kit.hinted = node;
  if (kit.close_on_hint) {
    kit.hooks->close_data(node, kit.owner);
  }
}

static void kit_writes(struct hr_driver *driver, uint64_t opcounter) {
  (void)driver;
  kit.writes_told = opcounter;
}

static uint32_t kit_ask(void) {
  uint32_t op = ++kit.next_op;
  if (kit.done_at_once) {
    kit.hooks->done(op, HR_CODE_REFUSED, "not now", kit.owner);
  }
  return op;
}

static uint32_t kit_refresh(struct hr_driver *driver) {
  (void)driver;
  return kit_ask();
}

static uint32_t kit_person(struct hr_driver *driver, int node) {
  (void)driver;
  kit.hinted = node;
  return kit_ask();
}

static bool kit_look(const bool *what) {
  assert_true(kit.freed < kit.started);
  if (kit.on_look != NULL) {
    kit.on_look();
  }
  return *what;
}

static bool kit_works(const struct hr_driver *driver) {
  return driver != NULL && kit_look(&kit.works);
}

static bool kit_mends(const struct hr_driver *driver) {
  return driver != NULL && kit_look(&kit.mends);
}

static const struct hr_fork kit_forks[HR_FORKS_MAX] = {{{4, "wxyzwxyz"}, 40}};
static bool kit_record(const struct hr_driver *driver, struct hr_record_text *out) {
  (void)driver;
  if (!kit.no_record) *out = kit.record;
  return !kit.no_record;
}

static void kit_reads(struct hr_driver *driver) {
  (void)driver;
  assert_true(kit.freed < kit.started);
  kit.reads++;
}

static void kit_durable(struct hr_driver *driver) {
  (void)driver;
  assert_true(kit.freed < kit.started);
  kit.durables++;
}

static const struct hr_control kit_control = {
    .make = kit_make,
    .start = kit_start,
    .free = kit_free,
    .hint = kit_hint,
    .writes = kit_writes,
    .refresh = kit_refresh,
    .switchover = kit_person, .takeover = kit_person,
    .durable = kit_durable,
    .reads = kit_reads, .behind = kit_on_behind,
    .since = kit_on_since,
    .works = kit_works, .mends = kit_mends,
    .record = kit_record,
    .feed_is_up = kit_on_feed_is_up,
    .feed_is_denied = kit_on_feed_is_denied,
    .feed_send = kit_on_feed_send,
    .feed_refused = kit_on_feed_refused,
    .feed_mark = kit_on_feed_mark,
    .feed_channel = kit_on_feed_channel,
};

void kit_publish(void) {
  kit.topology.version++;
  kit.topology.count = KIT_NODES;
  kit.hooks->topology(&kit.topology, kit.owner);
}

void kit_master(int node) {
  kit.topology.master = node;
  kit.topology.pause = HR_PAUSE_NONE;
  kit.topology.durable = true;
  kit.topology.durable_acks = 1;
  kit.topology.epoch.n++;
  strcpy(kit.topology.epoch.nonce, "abcdefgh");
  snprintf(kit.record.epoch, sizeof(kit.record.epoch), "%d:abcdefgh:n%d:run%d",
           (int)kit.topology.epoch.n, node, node);
  kit.record.opcounter = 41;
  kit.record.uuid = "uuid-of-group";
  kit.record.nodes = "n0,n1,n2";
  kit.record.forks = kit_forks;
  kit_publish();
}

void kit_pause(enum hr_pause pause) {
  kit.topology.pause = pause;
  if (pause != HR_PAUSE_NO_QUORUM) {
    kit.topology.master = -1;
  }
  kit_publish();
}

/* ---- the frame of a test ---- */

void kit_begin(void) {
  memset(&kit, 0, sizeof(kit));
  kit_order = 0;
  kit.ev = ev_loop_new(0);
  kit.topology.master = -1;
  for (int i = 0; i < KIT_NODES; i++) {
    kit_server_start(&kit.servers[i], kit.ev, 0);
  }
  snprintf(kit.nodes, sizeof(kit.nodes), "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d",
           kit.servers[0].port, kit.servers[1].port, kit.servers[2].port);
  haredis_options_init(&kit.options);
  kit.options.nodes = kit.nodes;
}

void kit_connect(void) {
  kit.c = hr_client_new(kit.ev, NULL, &kit.options, &kit_control);
  assert_non_null(kit.c);
  assert_int_equal(haredis_err(kit.c), HAREDIS_OK);
  assert_int_equal(kit.started, 0); /* not before the caller has the client */
  kit_turn(0);
  assert_int_equal(kit.started, 1);
}

haredis_client *kit_try_connect(void) {
  return hr_client_new(kit.ev, NULL, &kit.options, &kit_control);
}

void kit_connect_blocking(void) {
  kit.c = hr_client_new(kit.ev, kit.ev, &kit.options, &kit_control);
  assert_non_null(kit.c);
  assert_int_equal(haredis_err(kit.c), HAREDIS_OK);
}

/* The loop dies inside the call: descriptors and memory of the servers are what is left. */
void kit_disconnect_blocking(void) {
  haredis_disconnect(kit.c);
  kit.c = NULL;
  kit.abandoned = true;
}

static int kit_allow(void *state, size_t size) {
  (void)state;
  (void)size;
  return kit_allocations-- > 0;
}

void kit_memory(int allocations) {
  kit_allocations = allocations;
  hr_alloc_set_hook(allocations < 0 ? NULL : kit_allow, NULL);
}

void kit_end(void) {
  kit_memory(-1);
  bool blocking = kit.abandoned || (kit.c != NULL && kit.c->own_ev != NULL);
  kit.over = true;
  for (int i = 0; i < KIT_NODES && blocking; i++) {
    kit_server_stop(&kit.servers[i]);
  }
  haredis_free(kit.c);
  assert_int_equal(kit.freed, kit.made);
  for (int i = 0; i < KIT_NODES; i++) {
    if (!blocking) {
      kit_server_stop(&kit.servers[i]);
    }
    kit_server_forget(&kit.servers[i]);
  }
  if (!blocking) {
    ev_loop_destroy(kit.ev);
  }
  kit_feed_end();
  memset(&kit, 0, sizeof(kit));
}

int kit_setup(void **state) {
  (void)state;
  kit_begin();
  return 0;
}

int kit_teardown(void **state) {
  (void)state;
  kit_end();
  return 0;
}

void kit_connect_to(int master) {
  kit_connect();
  kit_master(master);
  kit_until_ready();
}

static void kit_on_stop(struct ev_loop *ev, ev_timer *timer, int events) {
  (void)events;
  (void)timer;
  ev_break(ev, EVBREAK_ALL);
}

void kit_turn(int ms) {
  ev_timer stop;
  ev_now_update(kit.ev);
  ev_timer_init(&stop, kit_on_stop, ms / 1000.0, 0.0);
  ev_timer_start(kit.ev, &stop);
  ev_run(kit.ev, 0);
  ev_timer_stop(kit.ev, &stop);
}

void kit_until(const int *what, int value) {
  for (int i = 0; i < 3000 && *what < value; i++) {
    kit_turn(1);
  }
  assert_true(*what >= value);
}

void kit_until_ready(void) {
  for (int i = 0; i < 3000 && kit.c->write_conn == NULL; i++) {
    kit_turn(1);
  }
  assert_non_null(kit.c->write_conn);
}

void kit_until_seen(int node, size_t count) {
  for (int i = 0; i < 3000 && kit.servers[node].seen_count < count; i++) {
    kit_turn(1);
  }
  assert_true(kit.servers[node].seen_count >= count);
}

void kit_until_saw(int node, const char *command) {
  for (int i = 0; i < 3000 && !kit_server_saw(&kit.servers[node], command); i++) {
    kit_turn(1);
  }
  assert_true(kit_server_saw(&kit.servers[node], command));
}

void kit_on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct kit_answer *answer = data;
  if (kit.over) {
    return; /* the test has failed, its answers are gone */
  }
  answer->count++;
  answer->order = ++kit_order;
  answer->code = haredis_err(c);
  answer->type = reply != NULL ? reply->type : 0;
  answer->integer = reply != NULL ? reply->integer : 0;
  const char *text = reply == NULL ? haredis_errstr(c) : reply->str;
  snprintf(answer->text, sizeof(answer->text), "%s", text != NULL ? text : "");
}
