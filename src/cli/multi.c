/*
 * MULTI, EXEC, DISCARD, WATCH and UNWATCH as a person types them, by the library's transactions:
 * the commands between are kept here and run by EXEC.
 */
#include "repl.h"

#include <hiredis/hiredis.h>

static int say(const char *text) {
  puts(text);
  fflush(stdout);
  return text[0] == '(' ? CLI_FAILED : CLI_OK;
}

static int failed(haredis_client *c, const char *what) {
  cli_error("%s: %s", what, haredis_errstr(c));
  return CLI_FAILED;
}

static bool begin(haredis_client *c, struct cli_multi *multi) {
  if (multi->txn == NULL) multi->txn = haredis_txn_begin(c);
  return multi->txn != NULL;
}

static int multi(haredis_client *c, struct cli_multi *multi) {
  if (multi->open) return say("(error) ERR MULTI calls can not be nested");
  if (!begin(c, multi)) return failed(c, "MULTI");
  multi->open = true;
  return say("OK");
}

static int exec(struct cli *cli, haredis_client *c, struct cli_multi *multi) {
  if (!multi->open) return say("(error) ERR EXEC without MULTI");
  haredis_txn *txn = multi->txn;
  multi->txn = NULL;
  multi->open = false;
  redisReply *reply = haredis_txn_exec(txn, NULL);
  if (reply == NULL) return failed(c, "EXEC");
  int code = reply->type == REDIS_REPLY_ERROR ? CLI_FAILED : CLI_OK;
  cli_reply(stdout, reply, cli->typed);
  fflush(stdout);
  freeReplyObject(reply);
  return code;
}

static int drop(struct cli_multi *multi, bool watch_only) {
  if (watch_only && multi->open) return say("OK"); /* as Redis: it counts from EXEC on */
  if (!watch_only && !multi->open) return say("(error) ERR DISCARD without MULTI");
  haredis_txn_discard(multi->txn);
  multi->txn = NULL;
  multi->open = false;
  return say("OK");
}

static int watch(haredis_client *c, struct cli_multi *multi, const struct cli_words *words) {
  if (multi->open) return say("(error) ERR WATCH inside MULTI is not allowed");
  if (words->argc < 2) return say("(error) ERR wrong number of arguments for 'watch' command");
  if (!begin(c, multi)) return failed(c, "WATCH");
  if (haredis_txn_watch(multi->txn, words->argc - 1, words->argv + 1, words->lens + 1) != 0) {
    return failed(c, "WATCH");
  }
  /* OK shall mean that it is in force: something is read behind it, whatever that says. */
  redisReply *reply = haredis_txn_read(multi->txn, "EXISTS %b", words->argv[1], words->lens[1]);
  if (reply == NULL) return failed(c, "WATCH");
  freeReplyObject(reply);
  return say("OK");
}

static int queue(haredis_client *c, struct cli_multi *multi, const struct cli_words *words) {
  int code = haredis_txn_command_argv(multi->txn, words->argc, words->argv, words->lens);
  return code == HAREDIS_OK ? say("QUEUED") : cli_refused(c, words->argv[0], true);
}

bool cli_multi_take(struct cli *cli, haredis_client *c, struct cli_multi *state,
                    const struct cli_words *words, int *code) {
  const char *name = words->argv[0];
  if (cli_word_is(name, "MULTI")) {
    *code = multi(c, state);
  } else if (cli_word_is(name, "EXEC")) {
    *code = exec(cli, c, state);
  } else if (cli_word_is(name, "DISCARD")) {
    *code = drop(state, false);
  } else if (cli_word_is(name, "UNWATCH")) {
    *code = drop(state, true);
  } else if (cli_word_is(name, "WATCH")) {
    *code = watch(c, state, words);
  } else if (state->open) {
    *code = queue(c, state, words);
  } else {
    return false;
  }
  return true;
}
