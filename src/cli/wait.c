/*
 * wait: until the group is whole, for whoever restarts one server after another. It takes part, so
 * that a group without any other client becomes whole, too.
 */
#include "cli.h"

#include <string.h>

/* Offsets move without any event, and links come up so: the nodes are asked this often. */
#define ASK_AGAIN_MS 200

/* What is missing in the words of a person; false: nothing, the group is whole. */
static bool missing(const haredis_topology *t, char *out, size_t size) {
  int master = haredis_topology_master(t);
  for (size_t i = 0; i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (!node->up) {
      bool asked = node->why != NULL;
      snprintf(out, size, "%s %s%s", node->name, asked ? "is down: " : "has not answered yet",
               asked ? node->why : "");
      return true;
    }
    if ((int)i == master || master < 0) continue;
    const char *name = haredis_topology_node(t, (size_t)master)->name;
    bool follows = node->follows != NULL && strcmp(node->follows, name) == 0;
    if (node->role != HAREDIS_ROLE_REPLICA || !follows) {
      snprintf(out, size, "%s does not follow %s yet", node->name, name);
      return true;
    }
    if (!node->link_up) {
      snprintf(out, size, "%s copies the data of %s", node->name, name);
      return true;
    }
  }
  bool flows = master >= 0 && haredis_topology_writable(t);
  snprintf(out, size, "%s", flows ? "" : cli_pause_text(haredis_topology_pause(t)));
  return !flows;
}

static void tell_whole(const haredis_topology *t) {
  size_t replicas = haredis_topology_count(t) - 1;
  const char *master = haredis_topology_node(t, (size_t)haredis_topology_master(t))->name;
  printf("whole: %s is master, %zu replica%s follow%s\n", master, replicas,
         replicas == 1 ? "" : "s", replicas == 1 ? "s" : "");
}

/* A terminal shows the last word in place; elsewhere each word is said once, as it changes. */
static void tell_missing(const struct cli *cli, const char *now, char *said, size_t size) {
  if (strcmp(now, said) == 0) return;
  if (cli->terminal) {
    printf("\r%s\033[K", now);
    fflush(stdout);
  } else {
    cli_error("%s", now);
  }
  snprintf(said, size, "%s", now);
}

/* True: whole, and said so. */
static bool look(const struct cli *cli, haredis_client *c, char *said, size_t size) {
  char now[300];
  haredis_topology *t = haredis_topology_ref(c);
  if (t == NULL) return false;
  bool whole = !missing(t, now, sizeof(now));
  if (!whole) tell_missing(cli, now, said, size);
  if (whole && cli->terminal && said[0] != '\0') fputs("\r\033[K", stdout);
  if (whole) tell_whole(t);
  haredis_topology_unref(t);
  return whole;
}

int cli_wait(struct cli *cli) {
  int code = CLI_FAILED;
  cli_want_events(cli);
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  cli_catch_interrupt();
  char said[300] = "";
  long long end_ms = cli_now_ms() + 1000LL * cli->seconds;
  bool whole = false, asked = true;
  while (asked && !whole && !cli_interrupted()) {
    asked = cli_refresh(c);
    whole = asked && look(cli, c, said, sizeof(said));
    cli->typing = cli->terminal && said[0] != '\0';
    if (cli->seconds > 0 && cli_now_ms() >= end_ms) break;
    long long again_ms = cli_now_ms() + ASK_AGAIN_MS;
    while (!whole && !cli_interrupted() && cli_now_ms() < again_ms) haredis_run(c, 20);
  }
  if (!whole && cli->terminal && said[0] != '\0') putchar('\n');
  if (!whole && asked && !cli_interrupted()) {
    cli_error("not whole after %d s: %s", cli->seconds, said);
  }
  haredis_free(c);
  return whole ? CLI_OK : CLI_FAILED;
}
