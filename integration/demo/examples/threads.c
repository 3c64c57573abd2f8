/*
 * A server with several threads. What it shows: each thread has a loop and a client of its own, and
 * they share nothing but the socket that listens: no lock, no queue, no hand-over. A client keeps
 * any number of commands under way, so a pool of clients could add nothing but waiting for one.
 *
 *   cc threads.c -o threads $(pkg-config --cflags --libs haredis hiredis) -lev -pthread
 *   ./threads 7000 127.0.0.1:6380,127.0.0.1:6381,127.0.0.1:6382        (or HAREDIS_NODES)
 *
 * Who connects to port 7000 is told which visitor he is. Kill the master meanwhile; Ctrl-C ends it.
 * Exit code 0: what the threads were told adds up to the counter.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <ev.h>
#include <fcntl.h>
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4 };

static struct thread {
  pthread_t id;
  struct ev_loop *loop;
  haredis_client *client;
  ev_io listener;
  ev_async stop;
  long counted, perhaps;
} threads[THREADS];
static char counter[40]; /* of this run */

struct visitor {
  struct thread *thread;
  int fd;
};

static void bye(struct visitor *visitor) {
  close(visitor->fd);
  free(visitor);
}

static void on_counted(haredis_client *c, redisReply *r, void *data) {
  struct visitor *visitor = data;
  int counted = r != NULL && r->type == REDIS_REPLY_INTEGER;
  visitor->thread->counted += counted;
  visitor->thread->perhaps += r == NULL && haredis_err(c) == HAREDIS_ERR_MAYBE;
  if (counted) dprintf(visitor->fd, "%lld\n", r->integer); /* whether he hears it or not */
  else dprintf(visitor->fd, "sorry: %s\n", r != NULL ? r->str : haredis_errstr(c));
  bye(visitor);
}

static void on_visitor(struct ev_loop *loop, ev_io *io, int events) {
  struct thread *thread = io->data;
  struct visitor *visitor = calloc(1, sizeof(*visitor));
  (void)loop;
  (void)events;
  if (visitor == NULL) return; /* no memory now: he waits in the socket */
  visitor->thread = thread;
  visitor->fd = accept(io->fd, NULL, NULL);
  if (visitor->fd < 0) free(visitor); /* another thread was faster */
  else if (haredis_async_command(thread->client, on_counted, visitor, "INCR %s", counter) != 0)
    bye(visitor); /* not accepted: thousands wait already */
}

/* Nobody new; what is under way is answered, then the client is freed. */
static void on_stop(struct ev_loop *loop, ev_async *async, int events) {
  struct thread *thread = async->data;
  (void)events;
  ev_async_stop(loop, async);
  ev_io_stop(loop, &thread->listener);
  haredis_disconnect(thread->client);
}

/* Ends when nothing is left to wait for, neither ours nor the client's. */
static void *serve(void *data) {
  struct ev_loop *loop = ((struct thread *)data)->loop;
  ev_run(loop, 0);
  ev_loop_destroy(loop);
  return NULL;
}

static int start(struct thread *thread, const haredis_options *o, int fd) {
  thread->loop = ev_loop_new(EVFLAG_AUTO);
  thread->client = haredis_async_connect(thread->loop, o);
  if (thread->client == NULL || haredis_err(thread->client) != HAREDIS_OK) return -1;
  ev_io_init(&thread->listener, on_visitor, fd, EV_READ);
  ev_async_init(&thread->stop, on_stop);
  thread->listener.data = thread->stop.data = thread;
  ev_io_start(thread->loop, &thread->listener);
  ev_async_start(thread->loop, &thread->stop);
  return pthread_create(&thread->id, NULL, serve, thread);
}

static int listen_at(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  at.sin_port = htons((uint16_t)port);
  if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 64) == 0 &&
      fcntl(fd, F_SETFL, O_NONBLOCK) == 0) return fd;
  perror("the port");
  close(fd);
  return -1;
}

int main(int argc, char **argv) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = argc > 2 ? argv[2] : getenv("HAREDIS_NODES");
  o.durability = HAREDIS_DURABILITY_QUORUM;
  int fd = listen_at(argc > 1 ? atoi(argv[1]) : 7000), number, started = 0;
  sigset_t set; /* blocked in every thread, waited for by this one */
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  snprintf(counter, sizeof(counter), "visitors:%ld", (long)time(NULL));
  while (fd >= 0 && started < THREADS && start(&threads[started], &o, fd) == 0) started++;
  printf("%d threads listen\n", started);
  fflush(stdout);
  if (started == THREADS) sigwait(&set, &number);
  long sure = 0, perhaps = 0;
  for (struct thread *thread = threads; thread < threads + started; thread++) {
    ev_async_send(thread->loop, &thread->stop);
    pthread_join(thread->id, NULL);
    printf("a thread counted %ld, and perhaps %ld\n", thread->counted, thread->perhaps);
    sure += thread->counted;
    perhaps += thread->perhaps;
  }
  haredis_client *c = haredis_connect(&o); /* the main thread's own, to look at the end */
  redisReply *r = haredis_command(c, "GET %s", counter);
  long all = r != NULL && r->type == REDIS_REPLY_STRING ? atol(r->str) : -1;
  int good = started == THREADS && sure > 0 && all >= sure && all <= sure + perhaps;
  printf("verdict: %s, %ld visitors: %ld acknowledged, %ld in doubt\n", good ? "good" : "BROKEN",
         all, sure, perhaps);
  freeReplyObject(r);
  haredis_free(c);
  return good ? 0 : 1;
}
