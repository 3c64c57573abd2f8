/* Starting, ending, stopping and counting throw-away servers. */
#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "probe.h"

/* Below the kernel's ephemeral ports, so that no outgoing connection takes them meanwhile. */
enum { PORT_FIRST = 20000, PORT_LAST = 31999 };

static void port_range(int *first, int *last) {
  const char *text = getenv("HAREDIS_TEST_PORTS"); /* "26000-26999" */
  *first = PORT_FIRST;
  *last = PORT_LAST;
  if (text && sscanf(text, "%d-%d", first, last) == 2 && *first > 0 && *last > *first) return;
  *first = PORT_FIRST;
  *last = PORT_LAST;
}

static bool port_is_free(const char *host, int port) {
  struct sockaddr_in a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_port = htons((uint16_t)port);
  if (inet_pton(AF_INET, host, &a.sin_addr) != 1) return false;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  bool free_now = bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0;
  close(fd);
  return free_now;
}

static int port_find(int netns, const char *host) {
  static int next;
  int first, last;
  port_range(&first, &last);
  int span = last - first + 1;
  if (next == 0) next = (int)((kit_now_us() / 7 + getpid() * 31) % span);
  if (netns) kit_enter_netns(netns);
  int port = 0;
  for (int tries = 0; tries < span && port == 0; tries++) {
    next = (next + 1) % span;
    if (port_is_free(host, first + next)) port = first + next;
  }
  if (netns) kit_enter_netns(0);
  if (port == 0) kit_die("no free port between %d and %d", first, last);
  return port;
}

const char *server_tls(void) {
  const char *folder = getenv("HAREDIS_TEST_TLS");
  return folder && *folder ? folder : NULL;
}

static void file_write_port(const struct server *s, FILE *f) {
  const char *tls = server_tls();
  if (tls == NULL) {
    fprintf(f, "port %d\n", s->port);
    return;
  }
  fprintf(f,
          "port 0\ntls-port %d\ntls-replication yes\ntls-auth-clients yes\nunixsocket %s\n"
          "tls-ca-cert-file %s/ca.pem\ntls-cert-file %s/server.pem\ntls-key-file %s/server.key\n",
          s->port, s->socket, tls, tls, tls);
}

static void file_write(const struct server *s) {
  FILE *f = fopen(s->file, "w");
  if (f == NULL) kit_die("cannot write %s", s->file);
  file_write_port(s, f);
  fprintf(f,
          "bind %s\ndir %s\nlogfile %s\ndaemonize no\nprotected-mode no\n"
          "save \"\"\nappendonly %s\nrepl-diskless-sync yes\nrepl-diskless-sync-delay 0\n"
          "enable-debug-command no\n%s",
          s->host, s->dir, s->log, s->append ? "yes" : "no", s->extra ? s->extra : "");
  fclose(f);
}

void server_prepare(struct server *s, int netns, const char *host) {
  s->netns = netns;
  s->port = port_find(netns, host);
  snprintf(s->host, sizeof s->host, "%s", host);
  snprintf(s->name, sizeof s->name, "%s:%d", host, s->port);
  snprintf(s->dir, sizeof s->dir, "%s/%d", kit_dir(), s->port);
  snprintf(s->log, sizeof s->log, "%s/redis.log", s->dir);
  snprintf(s->file, sizeof s->file, "%s/redis.conf", s->dir);
  s->socket[0] = '\0';
  if (server_tls() && snprintf(s->socket, sizeof s->socket, "%s/socket", s->dir) >=
                          (int)sizeof s->socket) {
    kit_die("%s is too long a path for a socket", s->dir);
  }
  kit_remove_tree(s->dir);
  if (mkdir(s->dir, 0755) != 0) kit_die("cannot make %s", s->dir);
  file_write(s);
}

void server_launch(struct server *s) {
  const char *program = getenv("HAREDIS_REDIS_SERVER");
  const char *argv[] = {program && *program ? program : "redis-server", s->file, NULL};
  struct kit_spawn how = {.argv = argv, .err = s->log, .netns = s->netns};
  probe_close(s);
  s->pid = kit_spawn(&how);
  s->stopped = false;
}

bool server_await(struct server *s, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  while (kit_now_us() < end) {
    char info[PROBE_INFO_MAX];
    if (probe_info(s, info, sizeof info)) {
      return info_number(info, "process_id", 0) == s->pid;
    }
    kit_sleep_ms(1);
  }
  return false;
}

void server_start(struct server *s) {
  server_launch(s);
  if (server_await(s, 8000)) return;
  char line[1024] = "";
  FILE *f = fopen(s->log, "r");
  while (f && fgets(line, sizeof line, f)) continue;
  kit_die("redis-server on %s does not answer; its log ends: %s", s->name, line);
}

void server_kill(struct server *s) {
  if (s->pid == 0) return;
  kit_signal(s->pid, SIGKILL);
  kit_reap(s->pid, 10000);
  s->pid = 0;
  s->stopped = false;
}

void server_stop(struct server *s) {
  kit_signal(s->pid, SIGSTOP);
  int status;
  waitpid(s->pid, &status, WUNTRACED);
  s->stopped = true;
}

void server_resume(struct server *s) {
  kit_signal(s->pid, SIGCONT);
  s->stopped = false;
}

void server_wipe(struct server *s) {
  char path[400];
  snprintf(path, sizeof path, "%s/appendonlydir", s->dir);
  kit_remove_tree(path);
  snprintf(path, sizeof path, "%s/dump.rdb", s->dir);
  unlink(path);
}

int server_log_count(const struct server *s, const char *text) {
  char line[4096];
  int count = 0;
  FILE *f = fopen(s->log, "r");
  while (f && fgets(line, sizeof line, f)) count += strstr(line, text) != NULL;
  if (f) fclose(f);
  return count;
}
