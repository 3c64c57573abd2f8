/*
 * status and watch: the commands that only look.
 */
#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often `status --watch` asks the nodes: offsets move without any event. */
#define REDRAW_MS 500

typedef size_t text_fn(const void *what, char *out, size_t size);

static size_t topology_json(const void *what, char *out, size_t size) {
  return haredis_topology_json(what, out, size);
}

static size_t metrics_json(const void *what, char *out, size_t size) {
  return haredis_metrics_json(what, out, size);
}

/* Without its last `cut` bytes. */
static bool print_text(text_fn *fn, const void *what, size_t cut) {
  size_t length = fn(what, NULL, 0);
  char *text = malloc(length + 1);
  if (text == NULL) return false;
  fn(what, text, length + 1);
  printf("%.*s", (int)(length - cut), text);
  free(text);
  return true;
}

/* The topology, and in it, as "metrics", what this program measured. */
static int print_json(const haredis_metrics *m) {
  bool whole = print_text(topology_json, haredis_metrics_topology(m), 1);
  whole = whole && fputs(",\"metrics\":", stdout) >= 0 && print_text(metrics_json, m, 0);
  if (whole) {
    puts("}");
    return CLI_OK;
  }
  cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
  return CLI_FAILED;
}

/* Looking changes nothing: who could mend what is seen is told, apart from the picture. */
static void tell_mending(const haredis_topology *t) {
  if (haredis_topology_master(t) < 0) return;
  for (size_t i = 0; i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (!node->up || node->role != HAREDIS_ROLE_SEALED) continue;
    cli_error("%s is sealed: any running client mends it, or: haredis watch --set "
              "auto_failover=yes", node->name);
  }
}

static const char *line_end(const struct cli *cli) {
  return cli->watch && cli->terminal ? "\033[K\n" : "\n";
}

static int show(const struct cli *cli, const haredis_metrics *m) {
  if (m == NULL) {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
    return CLI_FAILED;
  }
  int code = CLI_OK;
  if (cli->json) {
    code = print_json(m);
  } else {
    cli_table(stdout, m, cli->colour, line_end(cli));
  }
  return haredis_topology_master(haredis_metrics_topology(m)) < 0 ? CLI_FAILED : code;
}

int cli_show(const struct cli *cli, haredis_client *c) {
  haredis_metrics *m = haredis_metrics_take(c);
  int code = show(cli, m);
  haredis_metrics_free(m);
  return code;
}

/* Roles, links and who follows whom as one number (FNV-1a): equal while only offsets move. */
static uint64_t shape(haredis_client *c) {
  uint64_t hash = CLI_HASH;
  haredis_topology *t = haredis_topology_ref(c);
  for (size_t i = 0; t != NULL && i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    char text[400];
    snprintf(text, sizeof(text), "%s %d %d %d %s %s", node->name, node->role, node->up,
             node->link_up, node->follows != NULL ? node->follows : "-", node->lineage);
    hash = cli_hash(hash, text);
  }
  haredis_topology_unref(t);
  return hash;
}

static void print_time(void) {
  char when[32];
  time_t now = time(NULL);
  struct tm parts;
  strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &parts));
  printf("%s ", when);
}

/* The tables of a terminal; what went to and fro since the last one. */
struct drawn {
  haredis_metrics *before;
  long long at_ms;
};

static int draw(const struct cli *cli, haredis_client *c, struct drawn *last) {
  haredis_metrics *m = haredis_metrics_take(c);
  long long now_ms = cli_now_ms();
  fputs("\033[H", stdout);
  int code = show(cli, m);
  if (m != NULL) cli_traffic(stdout, m, last->before, now_ms - last->at_ms, line_end(cli));
  fputs("\033[J", stdout);
  haredis_metrics_free(last->before);
  last->before = m;
  last->at_ms = now_ms;
  return code;
}

/*
 * On a terminal the picture is drawn over itself twice a second; elsewhere a new one is printed
 * only when something changed, with its time: a terminal is not a log file.
 */
static int show_for_ever(struct cli *cli, haredis_client *c) {
  int code = CLI_OK;
  uint64_t shown = 0;
  struct drawn last = {NULL, 0};
  if (cli->terminal) fputs("\033[2J", stdout);
  while (!cli_interrupted()) {
    if (!cli_refresh(c)) break;
    uint64_t now = shape(c);
    if (cli->terminal) {
      code = draw(cli, c, &last);
    } else if (now != shown) {
      print_time();
      code = cli_show(cli, c);
    }
    shown = now;
    fflush(stdout);
    long long end_ms = cli_now_ms() + REDRAW_MS;
    while (!cli_interrupted() && cli_now_ms() < end_ms) haredis_run(c, 50);
  }
  haredis_metrics_free(last.before);
  return cli_interrupted() ? code : CLI_FAILED;
}

int cli_status(struct cli *cli) {
  int code = CLI_FAILED;
  if (!cli->watch) cli_want_events(cli);
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  cli_catch_interrupt();
  if (cli->watch) {
    code = show_for_ever(cli, c);
  } else if (cli_refresh(c)) {
    code = cli_show(cli, c);
    haredis_topology *t = haredis_topology_ref(c);
    if (t != NULL) tell_mending(t);
    haredis_topology_unref(t);
  }
  haredis_free(c);
  return code;
}

static const char *event_colour(int kind) {
  switch (kind) {
    case HAREDIS_EVENT_READY:
    case HAREDIS_EVENT_NODE_UP:
    case HAREDIS_EVENT_MASTER_CHANGED: return "\033[32m";
    case HAREDIS_EVENT_NODE_DOWN:
    case HAREDIS_EVENT_DIVERGED: return "\033[31m";
    default: return "\033[33m";
  }
}

static void print_clock(void) {
  struct timespec now;
  struct tm parts;
  char when[16];
  clock_gettime(CLOCK_REALTIME, &now);
  strftime(when, sizeof(when), "%H:%M:%S", localtime_r(&now.tv_sec, &parts));
  printf("%s.%03ld ", when, now.tv_nsec / 1000000);
}

static void print_name(const struct cli *cli, int kind) {
  printf("%s%-16s%s", cli->colour ? event_colour(kind) : "", haredis_event_name(kind),
         cli->colour ? "\033[0m" : "");
}

static void print_event(haredis_client *c, const struct haredis_event *event, void *user) {
  const struct cli *cli = user;
  (void)c;
  if (event->kind == HAREDIS_EVENT_TOPOLOGY_CHANGED) return; /* `status --watch` shows what */
  print_clock();
  print_name(cli, event->kind);
  if (event->node != NULL && strstr(event->text, event->node) == NULL) printf(" %s", event->node);
  printf(" %s", event->text);
  bool named = strstr(event->text, "epoch ") != NULL;
  if (event->epoch != 0 && !named) printf(" (epoch %" PRIu64 ")", event->epoch);
  putchar('\n');
  fflush(stdout);
}

/* Of a node that was never up no event tells that it is down: `told` has a bit for each. */
static void print_never_up(const struct cli *cli, haredis_client *c, uint64_t *told) {
  haredis_topology *t = haredis_topology_ref(c);
  for (size_t i = 0; t != NULL && i < haredis_topology_count(t) && i < 64; i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    uint64_t bit = UINT64_C(1) << i;
    if (node->up) *told |= bit; /* from here on its events tell */
    if (node->why == NULL || (*told & bit) != 0) continue;
    *told |= bit;
    print_clock();
    print_name(cli, HAREDIS_EVENT_NODE_DOWN);
    printf(" %s is down: %s\n", node->name, node->why);
    fflush(stdout);
  }
  haredis_topology_unref(t);
}

int cli_watch(struct cli *cli) {
  uint64_t told = 0;
  int code = CLI_FAILED;
  cli->options.on_event = print_event;
  cli->options.user = cli;
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  cli_catch_interrupt();
  while (!cli_interrupted()) {
    haredis_run(c, 100);
    print_never_up(cli, c, &told);
  }
  haredis_free(c);
  return CLI_OK;
}
