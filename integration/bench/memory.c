/*
 * What a client keeps when it rests after a burst: heap bytes per client on three nodes, and per
 * connection. Counted by the allocator itself, so only what is really in use.
 */
#include <dirent.h>
#include <ev.h>
#include <haredis/haredis.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <hiredis/hiredis.h>

#include "bench.h"
#include "child.h"
#include "group.h"

enum { CLIENTS = 20, BURST = 512, REST_S = 8, READY_S = 20 };

static struct {
  struct ev_loop *loop;
  haredis_client *clients[CLIENTS];
  int ready, answered, failed;
} rest;

static int sockets_open(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
    char path[300];
    struct stat info;
    snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
    count += stat(path, &info) == 0 && S_ISSOCK(info.st_mode);
  }
  if (folder != NULL) closedir(folder);
  return count;
}

static void on_reply(haredis_client *client, struct redisReply *reply, void *data) {
  (void)client;
  (void)data;
  rest.answered++;
  rest.failed += reply == NULL || reply->type == REDIS_REPLY_ERROR;
}

static void on_event(haredis_client *client, const struct haredis_event *event, void *user) {
  (void)client;
  (void)user;
  rest.ready += event->kind == HAREDIS_EVENT_READY;
}

static void on_late(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(loop, EVBREAK_ALL);
}

static void turn_until(const int *count, int wanted, double seconds) {
  ev_timer late;
  ev_timer_init(&late, on_late, seconds, 0.0);
  ev_timer_start(rest.loop, &late);
  while (ev_is_active(&late) && (count == NULL || *count < wanted)) ev_run(rest.loop, EVRUN_ONCE);
  ev_timer_stop(rest.loop, &late);
  if (count != NULL && *count < wanted) kit_die("the servers did not get ready");
}

static void burst(haredis_client *client) {
  char value[200];
  memset(value, 'v', sizeof value);
  for (int i = 0; i < BURST; i++) {
    const char *argv[] = {"SET", "bench:memory", value};
    const size_t lengths[] = {3, 12, sizeof value};
    rest.failed += haredis_async_command_argv(client, on_reply, NULL, 3, argv, lengths) != 0;
  }
}

struct kept {
  size_t bytes;   /* per client */
  int sockets;    /* per client */
};

static struct kept rest_on(int nodes) {
  struct group group;
  struct group_plan plan = {.nodes = nodes};
  group_start(&group, &plan);
  memset(&rest, 0, sizeof rest);
  rest.loop = ev_loop_new(EVFLAG_AUTO);
  size_t before = mallinfo2().uordblks;
  int sockets_before = sockets_open();
  haredis_options options;
  haredis_options_init(&options);
  options.nodes = group.nodes;
  options.on_event = on_event;
  bench_tls_options(&options);
  for (int i = 0; i < CLIENTS; i++) {
    rest.clients[i] = haredis_async_connect(rest.loop, &options);
    if (rest.clients[i] == NULL) kit_die("out of memory");
  }
  turn_until(&rest.ready, CLIENTS, READY_S);
  for (int i = 0; i < CLIENTS; i++) burst(rest.clients[i]);
  turn_until(&rest.answered, CLIENTS * BURST, READY_S);
  turn_until(NULL, 0, REST_S);
  struct kept kept = {(mallinfo2().uordblks - before) / CLIENTS,
                      (sockets_open() - sockets_before) / CLIENTS};
  for (int i = 0; i < CLIENTS; i++) haredis_free(rest.clients[i]);
  ev_loop_destroy(rest.loop);
  group_stop(&group);
  if (rest.failed > 0) kit_die("%d commands of the burst failed", rest.failed);
  return kept;
}

int bench_memory(const struct settings *settings) {
  (void)settings;
  (void)rest_on(1); /* libev and libc make their own tables once */
  struct kept one = rest_on(1), three = rest_on(3);
  printf("at rest after a burst of %d commands per client, %d clients:\n", BURST, CLIENTS);
  bool bound = server_tls() == NULL;
  printf("  %zu bytes per client on 3 nodes, %d connections%s\n", three.bytes, three.sockets,
         bound ? " (at most 65536)" : "");
  printf("  %zu bytes per client on 1 node, %d connections\n", one.bytes, one.sockets);
  printf("  %zu bytes and %d connections per further node\n", (three.bytes - one.bytes) / 2,
         (three.sockets - one.sockets) / 2);
  printf("  (a connection alone: test_link_end, a_link_at_rest_keeps_little)\n");
  return bound && three.bytes > 65536;
}
