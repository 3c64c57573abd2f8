/*
 * One command: sent, waited for, its answer printed. Whoever waits longer than a second is told
 * what for; Ctrl-C gives the waiting up, not the command.
 */
#include "repl.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#define TELL_MS 1000

/* Of what was handed over. It outlives its waiting when that is given up. */
struct cli_sent {
  const struct cli *cli;
  enum cli_print print;
  bool done, abandoned;
  int code;
  bool error; /* the answer is one */
  bool cut;   /* by Ctrl-C: it may not have been printed to its end */
  char text[256];
};

struct cli_sent *cli_sent_new(const struct cli *cli, enum cli_print print) {
  struct cli_sent *sent = calloc(1, sizeof(*sent));
  if (sent == NULL) {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
    return NULL;
  }
  sent->cli = cli;
  sent->print = print;
  return sent;
}

void cli_sent_answered(haredis_client *c, redisReply *reply, void *data) {
  struct cli_sent *sent = data;
  if (sent->abandoned) {
    free(sent);
    return;
  }
  sent->done = true;
  sent->code = haredis_err(c);
  if (reply == NULL) {
    snprintf(sent->text, sizeof(sent->text), "%s", haredis_errstr(c));
    return;
  }
  if (sent->print == CLI_PRINT_NOTHING) return;
  sent->error = reply->type == REDIS_REPLY_ERROR;
  if (sent->error) snprintf(sent->text, sizeof(sent->text), "%s", reply->str);
  if (sent->print == CLI_PRINT_TEXT) {
    cli_reply_text(stdout, reply, sent->cli->typed);
  } else {
    cli_reply(stdout, reply, sent->cli->typed);
  }
  sent->cut = cli_interrupted();
}

int cli_pause(haredis_client *c) {
  haredis_topology *t = haredis_topology_ref(c);
  int code = t != NULL ? haredis_topology_pause(t) : HAREDIS_ERR_MEMORY;
  haredis_topology_unref(t);
  return code;
}

const char *cli_pause_text(int code) {
  switch (code) {
    case HAREDIS_ERR_NO_QUORUM:
      return "fewer than a majority of the nodes can be heard: waiting for them";
    case HAREDIS_ERR_AMBIGUOUS:
      return "nodes hold data that never met: waiting for a person to pick one";
    case HAREDIS_ERR_AUTH: return "the servers refuse us (user, password, protected mode)";
    default: return "there is no master: waiting for one";
  }
}

static void tell_waiting(haredis_client *c) {
  int code = cli_pause(c);
  /* Without a pause it is the command itself that takes its time. */
  if (code != HAREDIS_OK) cli_error("%s", cli_pause_text(code));
}

/* Let the client work for a moment: a longer one the longer somebody waits already. */
static void turn(haredis_client *c, long long waited_ms) {
  haredis_run(c, waited_ms < 2 ? 0 : waited_ms < 100 ? 1 : 20);
}

/* Until it is answered. False: Ctrl-C. */
static bool wait_for(haredis_client *c, const struct cli_sent *sent) {
  long long start_ms = cli_now_ms();
  bool told = false;
  while (!sent->done && !cli_interrupted()) {
    long long waited_ms = cli_now_ms() - start_ms;
    turn(c, waited_ms);
    if (!told && !sent->done && waited_ms >= TELL_MS) {
      told = true;
      tell_waiting(c);
    }
  }
  return sent->done;
}

int cli_sent_wait(haredis_client *c, struct cli_sent *sent, const char *name) {
  if (!wait_for(c, sent)) {
    sent->abandoned = true; /* it frees itself */
    cli_error("%s: not waited for any longer: it may run, or have run", name);
    return CLI_FAILED;
  }
  int code = sent->code == HAREDIS_OK && !sent->error && !sent->cut ? CLI_OK : CLI_FAILED;
  if (sent->cut) cli_error("%s: it has run, its answer is not shown to its end", name);
  if (sent->code != HAREDIS_OK) cli_error("%s: %s", name, sent->text);
  if (sent->error) cli_error_reply(sent->text);
  fflush(stdout);
  free(sent);
  return code;
}

int cli_send(const struct cli *cli, haredis_client *c, int argc, const char **argv,
             const size_t *lens) {
  bool text = cli_is_text(argc, argv);
  struct cli_sent *sent = cli_sent_new(cli, text ? CLI_PRINT_TEXT : CLI_PRINT_REPLY);
  if (sent == NULL) return CLI_FAILED;
  if (haredis_async_command_argv(c, cli_sent_answered, sent, argc, argv, lens) != HAREDIS_OK) {
    free(sent);
    return cli_refused(c, argv[0], cli->command[0] == '\0');
  }
  int code = cli_sent_wait(c, sent, argv[0]);
  if (code == CLI_OK && cli->terminal && cli_word_is(argv[0], "PUBLISH")) {
    puts("(on the master itself: who listens on a replica is not counted)");
  }
  return code;
}
