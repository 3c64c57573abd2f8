/*
 * One throw-away redis-server: its own folder, a configuration FILE (the library rewrites it), a
 * log that is read afterwards to count what really happened. HAREDIS_REDIS_SERVER in the
 * environment names another program: another version, or Valkey. HAREDIS_TEST_TLS names a folder
 * of certificates (compat/tls makes one): every server then speaks TLS alone, to its replicas too,
 * and wants a certificate of each client; onlookers come through a unix socket.
 */
#ifndef KIT_SERVER_H
#define KIT_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct redisContext;

struct server {
  int port;
  int netns;               /* network namespace it lives in, 0: ours */
  bool stopped;            /* by SIGSTOP */
  bool append;             /* keeps its data over a restart */
  pid_t pid;               /* 0: not running */
  char host[48];
  char name[64];           /* "host:port" */
  char dir[300];
  char log[320];
  char file[320];          /* the configuration */
  char socket[108];        /* where onlookers find it, "": host and port */
  const char *extra;       /* more lines of configuration */
  const char *user;        /* for looking at it from outside; NULL: default user */
  const char *password;    /* NULL: none */
  struct redisContext *link; /* the look's connection; see probe.h */
};

/* The folder of certificates; NULL: no TLS. */
const char *server_tls(void);
/* Choose a free port on `host` and write folder and file. Nothing runs yet. */
void server_prepare(struct server *s, int netns, const char *host);
/* Start and wait until it answers (LOADING is an answer). Never fails: dies with the log's end. */
void server_start(struct server *s);
/* Start without waiting. */
void server_launch(struct server *s);
bool server_await(struct server *s, int timeout_ms);
/* kill -9, and its memory is gone with it: a restart finds only what `append` kept. */
void server_kill(struct server *s);
/* SIGSTOP and SIGCONT: returns when the kernel has done it. */
void server_stop(struct server *s);
void server_resume(struct server *s);
/* Delete what it kept on disk. */
void server_wipe(struct server *s);
/* How often its log says `text` so far. */
int server_log_count(const struct server *s, const char *text);

#endif
