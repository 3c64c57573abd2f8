/*
 * One command: sent, waited for, its answer printed. Whoever waits longer than a second is told
 * what for; Ctrl-C gives the waiting up, not the command.
 */
#include "cli.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#define TELL_MS 1000

/* Of one sent command. It outlives its waiting when that is given up. */
struct sent {
  const struct cli *cli;
  bool done, abandoned;
  int code;
  bool error;
  char text[256];
};

static void on_answer(haredis_client *c, redisReply *reply, void *data) {
  struct sent *sent = data;
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
  sent->error = reply->type == REDIS_REPLY_ERROR;
  cli_reply(stdout, reply, sent->cli->typed);
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
    case HAREDIS_ERR_AUTH: return "the servers refuse the username or the password";
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

/* Until it is answered. False: there is nothing to wait for. */
static bool wait_for(haredis_client *c, const struct sent *sent) {
  long long start_ms = cli_now_ms();
  bool told = false;
  while (!sent->done && !cli_interrupted()) {
    long long waited_ms = cli_now_ms() - start_ms;
    turn(c, waited_ms);
    if (!sent->done && cli_pause(c) == HAREDIS_ERR_AUTH) return false;
    if (!told && !sent->done && waited_ms >= TELL_MS) {
      told = true;
      tell_waiting(c);
    }
  }
  return sent->done;
}

int cli_send(const struct cli *cli, haredis_client *c, int argc, const char **argv,
             const size_t *lens) {
  struct sent *sent = calloc(1, sizeof(*sent));
  if (sent == NULL) {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
    return CLI_FAILED;
  }
  sent->cli = cli;
  if (haredis_async_command_argv(c, on_answer, sent, argc, argv, lens) != HAREDIS_OK) {
    free(sent);
    return cli_refused(c, argv[0], cli->command[0] == '\0');
  }
  if (!wait_for(c, sent)) {
    sent->abandoned = true; /* it frees itself */
    cli_error("%s: %s", argv[0],
              cli_interrupted() ? "not waited for any longer: it may run, or have run"
                                : haredis_error_text(HAREDIS_ERR_AUTH));
    return CLI_FAILED;
  }
  int code = sent->code == HAREDIS_OK && !sent->error ? CLI_OK : CLI_FAILED;
  if (sent->code != HAREDIS_OK) cli_error("%s: %s", argv[0], sent->text);
  fflush(stdout);
  free(sent);
  return code;
}
