/*
 * The steps that every command takes: connect, ask, wait, complain.
 */
#include "cli.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

/* Longer than any of the library's own deadlines: it ends by itself before, with a better text. */
#define REFRESH_TIMEOUT_MS 10000
#define MASTER_TIMEOUT_MS 10000
#define SETTLE_TIMEOUT_MS 1000

static volatile sig_atomic_t interrupted, terminated;

static void on_interrupt(int number) {
  if (number == SIGTERM) terminated = 1;
  interrupted = 1;
}

void cli_catch_interrupt(void) {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

void cli_forget_interrupt(void) {
  interrupted = terminated;
}

bool cli_interrupted(void) {
  return interrupted != 0;
}

long long cli_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long at_line;

void cli_at_line(long line) {
  at_line = line;
}

void cli_error(const char *format, ...) {
  va_list ap;
  fflush(stdout);
  fputs("haredis: ", stderr);
  if (at_line > 0) fprintf(stderr, "line %ld: ", at_line);
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fputc('\n', stderr);
}

uint64_t cli_hash(uint64_t hash, const char *text) {
  for (const char *p = text; *p != '\0'; p++) {
    hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
  }
  return hash;
}

/* A client that is made anew would say it again. */
static bool is_said(struct cli *cli, const char *text) {
  uint64_t hash = cli_hash(CLI_HASH, text);
  for (size_t i = 0; i < CLI_WARNED_MAX && i < cli->warnings; i++) {
    if (cli->warned[i] == hash) return true;
  }
  cli->warned[cli->warnings++ % CLI_WARNED_MAX] = hash;
  return false;
}

void cli_error_reply(const char *text) {
  if (at_line > 0) cli_error("%s", text);
}

/* No line of a file is to blame for it. */
static void tell(struct cli *cli, const char *kind, const char *node, const char *text) {
  bool named = node == NULL || strstr(text, node) != NULL;
  if (cli->typing) putchar('\n');
  cli->told++;
  fflush(stdout);
  fprintf(stderr, "haredis: %s%s%s%s\n", kind, named ? "" : node, named ? "" : ": ", text);
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  struct cli *cli = user;
  bool moved = event->kind == HAREDIS_EVENT_MASTER_CHANGED || event->kind == HAREDIS_EVENT_PAUSED;
  (void)c;
  if (event->kind == HAREDIS_EVENT_WARNING) {
    if (!is_said(cli, event->text)) tell(cli, "warning: ", event->node, event->text);
  } else if (cli->listening) {
    cli_listen_event(event);
  } else if (cli->attending && moved) {
    tell(cli, event->kind == HAREDIS_EVENT_PAUSED ? "paused: " : "", NULL, event->text);
  }
}

void cli_want_events(struct cli *cli) {
  cli->options.on_event = on_event;
  cli->options.user = cli;
}

haredis_client *cli_connect(struct cli *cli, int *exit_code) {
  haredis_client *c = haredis_connect(&cli->options);
  if (c != NULL && haredis_err(c) == HAREDIS_OK) return c;
  cli_error("%s", haredis_errstr(c));
  bool wrong = haredis_err(c) == HAREDIS_ERR_OPTION || haredis_err(c) == HAREDIS_ERR_TLS;
  *exit_code = wrong ? CLI_USAGE : CLI_FAILED;
  haredis_free(c);
  return NULL;
}

void cli_ask_ended(haredis_client *c, int code, const char *text, void *data) {
  struct cli_ask *ask = data;
  (void)c;
  ask->ended = true;
  ask->code = code;
  snprintf(ask->text, sizeof(ask->text), "%s", text);
}

bool cli_ask_wait(haredis_client *c, struct cli_ask *ask, int timeout_ms) {
  long long end_ms = cli_now_ms() + timeout_ms;
  while (!ask->ended && !cli_interrupted() && cli_now_ms() < end_ms) haredis_run(c, 50);
  return ask->ended;
}

/* The reason why nothing can be reached, as far as the topology knows it. */
static void tell_unreachable(haredis_client *c) {
  haredis_topology *t = haredis_topology_ref(c);
  size_t up = 0;
  for (size_t i = 0; t != NULL && i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (node->up) up++;
    if (node->why != NULL) cli_error("%s is down: %s", node->name, node->why);
  }
  if (t != NULL) {
    cli_error("there is no master: %zu of %zu nodes (--nodes) answer", up,
              haredis_topology_count(t));
  } else {
    cli_error("there is no master (--nodes)");
  }
  haredis_topology_unref(t);
}

bool cli_refresh(haredis_client *c) {
  struct cli_ask ask = {false, HAREDIS_OK, ""};
  int code = haredis_refresh(c, cli_ask_ended, &ask);
  if (code != HAREDIS_OK) {
    cli_error("%s", haredis_error_text(code));
    return false;
  }
  if (cli_ask_wait(c, &ask, REFRESH_TIMEOUT_MS)) return true;
  if (!cli_interrupted()) cli_error("the nodes did not answer in %d ms", REFRESH_TIMEOUT_MS);
  return false;
}

bool cli_wait_master(haredis_client *c) {
  long long end_ms = cli_now_ms() + MASTER_TIMEOUT_MS;
  while (!cli_interrupted() && cli_now_ms() < end_ms) {
    haredis_topology *t = haredis_topology_ref(c);
    bool there = t != NULL && haredis_topology_master(t) >= 0;
    haredis_topology_unref(t);
    if (there) return true;
    if (cli_pause(c) == HAREDIS_ERR_AUTH) break; /* no time mends that */
    haredis_run(c, 20);
  }
  if (!cli_interrupted()) tell_unreachable(c);
  return false;
}

/* Every node that answers is the master or follows one. */
static bool settled(haredis_client *c) {
  haredis_topology *t = haredis_topology_ref(c);
  bool calm = t != NULL && haredis_topology_master(t) >= 0;
  for (size_t i = 0; calm && i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (!node->up || node->role == HAREDIS_ROLE_MASTER) continue;
    calm = node->role == HAREDIS_ROLE_REPLICA && node->link_up;
  }
  haredis_topology_unref(t);
  return calm;
}

void cli_settle(haredis_client *c) {
  long long end_ms = cli_now_ms() + SETTLE_TIMEOUT_MS;
  while (!cli_interrupted() && !settled(c) && cli_now_ms() < end_ms) haredis_run(c, 10);
}
