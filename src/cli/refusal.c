/*
 * Why a command did not run, in the words of this program: the library names functions of C, which
 * help nobody at a prompt.
 */
#include "repl.h"

#include <string.h>
#include <strings.h>

#define LISTEN_ENDS "Ctrl-C ends what listens"
#define SET_DB "the option --db of the command line chooses the database"
#define SELECT_ALONE "SELECT N, outside of MULTI and without a WATCH"
#define SET_USER "the options --user and --password of the command line say who you are"
#define CHANGE "it would tear the group apart; `haredis switchover [--to NODE]` does it"
#define CHANGE_INSIDE "it would tear the group apart; switchover [NODE] does it"
#define RESP2 "replies are those of RESP2, and the options --user and --password say who you are"
#define BY_LINES "transactions are typed into `haredis` without a command, line by line"

/* What helps instead: on a command line, and at the prompt. NULL: the library's words. */
static const struct {
  const char *name, *outside, *inside;
} ways[] = {
  {"SUBSCRIBE", "`haredis subscribe CHANNEL...` listens", "SUBSCRIBE CHANNEL..., outside of MULTI"},
  {"PSUBSCRIBE", "`haredis psubscribe PATTERN...` listens",
   "PSUBSCRIBE PATTERN..., outside of MULTI"},
  {"SSUBSCRIBE", "`haredis ssubscribe CHANNEL...` listens",
   "SSUBSCRIBE CHANNEL..., outside of MULTI"},
  {"UNSUBSCRIBE", LISTEN_ENDS, LISTEN_ENDS},
  {"PUNSUBSCRIBE", LISTEN_ENDS, LISTEN_ENDS},
  {"SUNSUBSCRIBE", LISTEN_ENDS, LISTEN_ENDS},
  {"MONITOR", "`haredis monitor [NODE]` listens", "MONITOR [NODE], outside of MULTI"},
  {"MULTI", BY_LINES, NULL},
  {"EXEC", BY_LINES, NULL},
  {"DISCARD", BY_LINES, NULL},
  {"WATCH", BY_LINES, NULL},
  {"UNWATCH", BY_LINES, NULL},
  {"SELECT", SET_DB, SELECT_ALONE},
  {"AUTH", SET_USER, SET_USER},
  {"HELLO", RESP2, RESP2},
  {"REPLICAOF", CHANGE, CHANGE_INSIDE},
  {"SLAVEOF", CHANGE, CHANGE_INSIDE},
  {"FAILOVER", CHANGE, CHANGE_INSIDE},
  {"QUIT", "every `haredis exec` ends by itself", "QUIT alone ends this program"},
};

int cli_refused(haredis_client *c, const char *name, bool in_repl) {
  const char *text = haredis_errstr(c), *help = NULL;
  size_t count = haredis_err(c) == HAREDIS_ERR_UNSUPPORTED ? sizeof(ways) / sizeof(ways[0]) : 0;
  for (size_t i = 0; i < count; i++) {
    if (cli_word_is(name, ways[i].name)) help = in_repl ? ways[i].inside : ways[i].outside;
  }
  if (help != NULL) {
    cli_error("%s did not run: %s", name, help);
  } else if (strncasecmp(text, name, strlen(name)) == 0) {
    cli_error("%s", text); /* it begins with the name */
  } else {
    cli_error("%s: %s", name, text);
  }
  return CLI_FAILED;
}
