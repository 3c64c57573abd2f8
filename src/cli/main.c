/*
 * Chooses the command and nothing else.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command {
  const char *name;
  int (*run)(struct cli *cli);
} commands[] = {
  {"", cli_repl},
  {"status", cli_status},
  {"metrics", cli_metrics},
  {"exec", cli_exec},
  {"publish", cli_publish},
  {"subscribe", cli_subscribe},
  {"psubscribe", cli_psubscribe},
  {"ssubscribe", cli_ssubscribe},
  {"monitor", cli_monitor},
  {"keyspace", cli_keyspace},
  {"switchover", cli_switchover},
  {"takeover", cli_takeover},
  {"watch", cli_watch},
  {"wait", cli_wait},
  {"complete", cli_complete},
};

static bool wants_colour(void) {
  const char *no_colour = getenv("NO_COLOR");
  const char *term = getenv("TERM");
  if (!isatty(STDOUT_FILENO)) return false;
  if (no_colour != NULL && no_colour[0] != '\0') return false;
  return term != NULL && strcmp(term, "dumb") != 0;
}

int main(int argc, char **argv) {
  struct cli cli;
  memset(&cli, 0, sizeof(cli));
  cli.terminal = isatty(STDOUT_FILENO);
  cli.colour = wants_colour();
  cli.args = calloc((size_t)argc + 1, sizeof(*cli.args));
  if (cli.args == NULL) {
    cli_error("out of memory");
    return CLI_FAILED;
  }
  int code = CLI_USAGE;
  if (cli_parse(&cli, argc, argv)) {
    code = CLI_OK; /* --help and --version have been answered */
    cli.typed = cli.no_raw || (cli.terminal && !cli.raw);
    for (size_t i = 0; !cli.answered && i < sizeof(commands) / sizeof(commands[0]); i++) {
      if (strcmp(cli.command, commands[i].name) == 0) code = commands[i].run(&cli);
    }
  }
  free(cli.args);
  bool written = fflush(stdout) == 0 && !ferror(stdout);
  if (!written && code == CLI_OK) code = CLI_FAILED;
  return code;
}
