/*
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH as a person types them, by the library's transactions:
 * the commands between are kept here and run by EXEC.
 */
#include "repl.h"

#include <stdlib.h>

static int say(const char *text) {
  puts(text);
  fflush(stdout);
  return CLI_OK;
}

/* In the words of the server, which is not asked. */
static int deny(const struct cli *cli, const char *text) {
  printf("%s%s\n", cli->typed ? "(error) " : "", text);
  fflush(stdout);
  cli_error_reply(text);
  return CLI_FAILED;
}

static int failed(haredis_client *c, const char *what) {
  cli_error("%s: %s", what, haredis_errstr(c));
  return CLI_FAILED;
}

static bool begin(haredis_client *c, struct cli_multi *multi) {
  if (multi->txn == NULL) multi->txn = haredis_txn_begin(c);
  return multi->txn != NULL;
}

static int multi(const struct cli *cli, haredis_client *c, struct cli_multi *multi) {
  if (multi->open) return deny(cli, "ERR MULTI calls can not be nested");
  if (!begin(c, multi)) return failed(c, "MULTI");
  multi->open = true;
  return say("OK");
}

static int exec(const struct cli *cli, haredis_client *c, struct cli_multi *multi) {
  if (!multi->open) return deny(cli, "ERR EXEC without MULTI");
  haredis_txn *txn = multi->txn;
  multi->txn = NULL;
  multi->open = false;
  struct cli_sent *sent = cli_sent_new(cli, CLI_PRINT_REPLY);
  if (sent != NULL && haredis_async_txn_exec(txn, NULL, cli_sent_answered, sent) == HAREDIS_OK) {
    return cli_sent_wait(c, sent, "EXEC");
  }
  int code = sent != NULL ? failed(c, "EXEC") : CLI_FAILED;
  free(sent);
  haredis_txn_discard(txn);
  return code;
}

static int drop(const struct cli *cli, struct cli_multi *multi, bool watch_only) {
  if (watch_only && multi->open) return say("OK"); /* as Redis: it counts from EXEC on */
  if (!watch_only && !multi->open) return deny(cli, "ERR DISCARD without MULTI");
  haredis_txn_discard(multi->txn);
  multi->txn = NULL;
  multi->open = false;
  return say("OK");
}

static int watch(const struct cli *cli, haredis_client *c, struct cli_multi *multi,
                 const struct cli_words *words) {
  if (multi->open) return deny(cli, "ERR WATCH inside MULTI is not allowed");
  if (words->argc < 2) return deny(cli, "ERR wrong number of arguments for 'watch' command");
  if (!begin(c, multi)) return failed(c, "WATCH");
  if (haredis_txn_watch(multi->txn, words->argc - 1, words->argv + 1, words->lens + 1) != 0) {
    return failed(c, "WATCH");
  }
  /* OK shall mean that it is in force: something is read behind it, whatever that says. */
  struct cli_sent *sent = cli_sent_new(cli, CLI_PRINT_NOTHING);
  if (sent == NULL) return CLI_FAILED;
  if (haredis_async_txn_read(multi->txn, cli_sent_answered, sent, "EXISTS %b", words->argv[1],
                             words->lens[1]) != HAREDIS_OK) {
    free(sent);
    return failed(c, "WATCH");
  }
  int code = cli_sent_wait(c, sent, "WATCH");
  return code == CLI_OK ? say("OK") : code;
}

static int queue(haredis_client *c, struct cli_multi *multi, const struct cli_words *words) {
  int code = haredis_txn_command_argv(multi->txn, words->argc, words->argv, words->lens);
  return code == HAREDIS_OK ? say("QUEUED") : cli_refused(c, words->argv[0], true);
}

bool cli_multi_take(const struct cli *cli, haredis_client *c, struct cli_multi *state,
                    const struct cli_words *words, int *code) {
  const char *name = words->argv[0];
  if (cli_word_is(name, "MULTI")) {
    *code = multi(cli, c, state);
  } else if (cli_word_is(name, "EXEC")) {
    *code = exec(cli, c, state);
  } else if (cli_word_is(name, "DISCARD")) {
    *code = drop(cli, state, false);
  } else if (cli_word_is(name, "UNWATCH")) {
    *code = drop(cli, state, true);
  } else if (cli_word_is(name, "WATCH")) {
    *code = watch(cli, c, state, words);
  } else if (state->open) {
    *code = queue(c, state, words);
  } else {
    return false;
  }
  return true;
}
