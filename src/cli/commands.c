/*
 * exec, switchover, takeover: the commands that change something.
 */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than the library needs for any change of roles, whatever hangs. */
#define CHANGE_TIMEOUT_MS 60000
/* How long a planned switchover is asked again, and the pause between. */
#define PATIENCE_MS 8000
#define PAUSE_MS 200

/* All of standard input, which may hold any bytes. NULL: told why. */
static char *read_stdin(size_t *length) {
  char *text = NULL;
  size_t capacity = 0;
  *length = 0;
  while (!feof(stdin)) {
    if (capacity - *length < 65536) {
      capacity = 2 * capacity + 65536;
      char *larger = realloc(text, capacity);
      if (larger == NULL) break;
      text = larger;
    }
    *length += fread(text + *length, 1, capacity - *length, stdin);
    if (ferror(stdin)) break;
  }
  if (feof(stdin)) return text;
  cli_error("standard input: %s", ferror(stdin) ? strerror(errno) : "out of memory");
  free(text);
  return NULL;
}

/* The words of the command line behind `first` (NULL: none), and `last` behind them. */
static int send_words(const struct cli *cli, haredis_client *c, const char *first, const char *last,
                      size_t last_len) {
  int argc = 0, max = cli->arg_count + 2, code = CLI_FAILED;
  const char **argv = calloc((size_t)max, sizeof(*argv));
  size_t *lens = calloc((size_t)max, sizeof(*lens));
  if (argv != NULL && lens != NULL) {
    if (first != NULL) argv[argc++] = first;
    for (int i = 0; i < cli->arg_count; i++) argv[argc++] = cli->args[i];
    for (int i = 0; i < argc; i++) lens[i] = strlen(argv[i]);
    lens[argc] = last_len;
    if (last != NULL) argv[argc++] = last;
    code = cli_send(cli, c, argc, argv, lens);
  } else {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
  }
  free(argv);
  free(lens);
  return code;
}

/* What may be larger than the queue shall not have to wait in it: something small goes first. */
static int open_way(const struct cli *cli, haredis_client *c) {
  struct cli_sent *sent = cli_sent_new(cli, CLI_PRINT_NOTHING);
  if (sent == NULL) return CLI_FAILED;
  if (haredis_async_command(c, cli_sent_answered, sent, "PING") == HAREDIS_OK) {
    return cli_sent_wait(c, sent, cli->args[0]);
  }
  free(sent);
  return cli_refused(c, cli->args[0], false);
}

static int exec(struct cli *cli, const char *first) {
  int code = CLI_FAILED;
  size_t length = 0;
  char *last = cli->from_stdin ? read_stdin(&length) : NULL;
  if (last == NULL && cli->from_stdin) return CLI_FAILED;
  cli_want_events(cli);
  haredis_client *c = cli_connect(cli, &code);
  if (c != NULL) {
    cli_catch_interrupt();
    code = last != NULL ? open_way(cli, c) : CLI_OK;
    if (code == CLI_OK) code = send_words(cli, c, first, last, length);
    if (first == NULL && cli_pause(c) == HAREDIS_OK) cli_settle(c);
  }
  haredis_free(c);
  free(last);
  return code;
}

int cli_exec(struct cli *cli) {
  return exec(cli, NULL);
}

int cli_publish(struct cli *cli) {
  return exec(cli, "PUBLISH");
}

/* Say how the thing ended that a person asked for. */
static int finish(const char *what, int accepted, const struct cli_ask *ask) {
  if (accepted != HAREDIS_OK) {
    cli_error("%s: %s", what, haredis_error_text(accepted));
    return CLI_FAILED;
  }
  if (!ask->ended) {
    cli_error("%s: %s; `haredis status` tells how it stands", what,
              cli_interrupted() ? "interrupted" : "no end after a minute");
    return CLI_FAILED;
  }
  if (ask->code != HAREDIS_OK) {
    cli_error("%s: %s (%s)", what, ask->text, haredis_error_name(ask->code));
    return CLI_FAILED;
  }
  printf("%s\n", ask->text);
  return CLI_OK;
}

/*
 * "Not possible now" may be true for moments only: a lock that somebody left behind, a replica that
 * is about to be linked. So it is asked again for a while.
 */
int cli_switch_roles(const struct cli *cli, haredis_client *c, const char *to) {
  long long end_ms = cli_now_ms() + PATIENCE_MS;
  for (;;) {
    struct cli_ask ask = {false, HAREDIS_OK, ""};
    int accepted = haredis_switchover(c, to, cli_ask_ended, &ask);
    if (accepted == HAREDIS_ERR_NODE) {
      cli_error("switchover %s: no such node in --nodes %s", to, cli->options.nodes);
      return CLI_FAILED;
    }
    if (accepted == HAREDIS_OK) cli_ask_wait(c, &ask, CHANGE_TIMEOUT_MS);
    bool again = ask.ended && ask.code == HAREDIS_ERR_REFUSED && cli_now_ms() < end_ms;
    if (!again || cli_interrupted()) {
      int code = finish("switchover", accepted, &ask);
      if (code == CLI_OK) cli_settle(c);
      return code;
    }
    long long pause_end_ms = cli_now_ms() + PAUSE_MS;
    while (!cli_interrupted() && cli_now_ms() < pause_end_ms) haredis_run(c, 20);
  }
}

int cli_switchover(struct cli *cli) {
  int code = CLI_FAILED;
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  cli_catch_interrupt();
  if (cli_wait_master(c) && cli_refresh(c)) code = cli_switch_roles(cli, c, cli->to);
  haredis_free(c);
  return code;
}

/* The node that a person named, or NULL. */
static const struct haredis_node *find_node(const haredis_topology *t, const char *name) {
  for (size_t i = 0; i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (strcmp(node->name, name) == 0) return node;
  }
  return NULL;
}

static void tell_losses(const haredis_topology *t, const struct haredis_node *winner) {
  fprintf(stderr, "%s becomes the master with its %" PRId64 " key%s. ", winner->name, winner->keys,
          winner->keys == 1 ? "" : "s");
  fprintf(stderr, "Every other node becomes its replica and keeps nothing of its own:\n");
  for (size_t i = 0; i < haredis_topology_count(t); i++) {
    const struct haredis_node *node = haredis_topology_node(t, i);
    if (node == winner) continue;
    if (node->age_ms < 0) {
      fprintf(stderr, "  %s does not answer: what it holds is unknown, and lost as it returns\n",
              node->name);
      continue;
    }
    bool same = strcmp(node->lineage, winner->lineage) == 0 && strcmp(node->lineage, "-") != 0;
    if (node->keys == 0) {
      fprintf(stderr, "  %s is empty\n", node->name);
    } else if (same && node->offset <= winner->offset) {
      fprintf(stderr, "  %s holds nothing that %s has not\n", node->name, winner->name);
    } else if (same) {
      fprintf(stderr, "  %s is %" PRId64 " bytes of writes ahead: they are lost\n", node->name,
              node->offset - winner->offset);
    } else {
      bool one = node->keys == 1;
      fprintf(stderr, "  %s holds %" PRId64 " key%s of another history (%s): %s lost\n", node->name,
              node->keys, one ? "" : "s", node->lineage, one ? "it is" : "they are");
    }
  }
}

/* The person's answer. Anything but y or yes is no. */
static bool confirmed(void) {
  char answer[16];
  fprintf(stderr, "Go on? [y/N] ");
  if (fgets(answer, sizeof(answer), stdin) == NULL) return false;
  return strcmp(answer, "y\n") == 0 || strcmp(answer, "Y\n") == 0 || strcmp(answer, "yes\n") == 0;
}

/* Says what will be lost and asks. CLI_OK: go on. */
static int ask_person(const struct cli *cli, haredis_client *c, const char *name) {
  haredis_topology *t = haredis_topology_ref(c);
  if (t == NULL) {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
    return CLI_FAILED;
  }
  int code = CLI_OK;
  const struct haredis_node *winner = find_node(t, name);
  if (winner == NULL) {
    cli_error("takeover %s: no such node in --nodes %s", name, cli->options.nodes);
    code = CLI_USAGE;
  } else if (winner->age_ms < 0) {
    cli_error("takeover %s: this node does not answer", name);
    code = CLI_FAILED;
  } else {
    tell_losses(t, winner);
    if (!cli->yes && !confirmed()) {
      cli_error("takeover %s: not confirmed, nothing was changed", name);
      code = CLI_FAILED;
    }
  }
  haredis_topology_unref(t);
  return code;
}

int cli_take_over(const struct cli *cli, haredis_client *c, const char *node) {
  if (!cli->yes && !isatty(STDIN_FILENO)) {
    cli_error("takeover wants --yes where there is no terminal to ask on");
    return CLI_USAGE;
  }
  int code = cli_refresh(c) ? ask_person(cli, c, node) : CLI_FAILED;
  if (code != CLI_OK) return code;
  struct cli_ask ask = {false, HAREDIS_OK, ""};
  cli_catch_interrupt(); /* while it asked, Ctrl-C was the end */
  int accepted = haredis_takeover(c, node, cli_ask_ended, &ask);
  if (accepted == HAREDIS_OK) cli_ask_wait(c, &ask, CHANGE_TIMEOUT_MS);
  code = finish("takeover", accepted, &ask);
  if (code == CLI_OK) cli_settle(c);
  return code;
}

int cli_takeover(struct cli *cli) {
  int code = CLI_FAILED;
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  code = cli_take_over(cli, c, cli->args[0]);
  haredis_free(c);
  return code;
}
