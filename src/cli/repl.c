/*
 * `haredis` alone: commands line by line, from a person or from a pipe. A person's Ctrl-C gives up
 * what is waited for, Ctrl-D ends; a pipe's exit code says whether all of it was done.
 */
#include "repl.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_MASTER_MS 1000
#define SLOW_MS 500 /* how long a command took is told from here on, as redis-cli does */

struct repl {
  struct cli *cli;
  haredis_client *client;
  struct cli_line line;
  struct cli_multi multi;
  long lines;    /* of a pipe: read so far */
  int code;      /* of a pipe: whether anything failed */
  bool listened; /* Ctrl-C ended what listens: that is no failure */
  bool ended;    /* exit, quit */
  char prompt[CLI_PROMPT_MAX];
};

static const char help[] =
    "Commands go to the master, wherever it is, and wait through a failover.\n"
    "  SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, MONITOR   print what comes; Ctrl-C ends it\n"
    "  keyspace PATTERN                             the same with keyspace events\n"
    "  WATCH, MULTI, EXEC, DISCARD                  a transaction: it runs at EXEC\n"
    "  SELECT N                                     another database\n"
    "  \"two words\", \"\\x00\\n\", 'as it is'            quoting\n"
    "  Tab                                          completes names and options\n"
    "  status                                       who is master, who follows whom\n"
    "  switchover [NODE]                            hand the master over, to the best replica\n"
    "  takeover NODE                                make it the master whatever is lost; asks\n"
    "  help COMMAND                                 its arguments, in the server's words\n"
    "  help, exit, quit                             (or Ctrl-D)\n";

static const char *prompt_text(struct repl *repl) {
  haredis_topology *t = haredis_topology_ref(repl->client);
  int master = t != NULL ? haredis_topology_master(t) : -1;
  const char *name = master >= 0 ? haredis_topology_node(t, (size_t)master)->name : "(no master)";
  const char *cut = master >= 0 && !haredis_topology_writable(t) ? "(cut off)" : "";
  char db[16] = "";
  if (repl->cli->options.db != 0) snprintf(db, sizeof(db), "[%d]", repl->cli->options.db);
  snprintf(repl->prompt, sizeof(repl->prompt), "%s%s%s%s> ", name, db, cut,
           repl->multi.open ? "(TX)" : "");
  haredis_topology_unref(t);
  return repl->prompt;
}

static const char *on_idle(void *owner) {
  struct repl *repl = owner;
  size_t before = repl->cli->told;
  repl->cli->typing = repl->line.person;
  haredis_run(repl->client, 0);
  repl->cli->typing = false;
  repl->line.spoiled = repl->cli->told != before;
  return repl->line.person ? prompt_text(repl) : "";
}

/* A person is told that another node is the master, unless it was his own doing. */
static void attend(struct repl *repl, bool on) {
  repl->cli->attending = on && repl->line.person;
}

/* Every node is asked, as the command line does. */
static int show(struct repl *repl) {
  return cli_refresh(repl->client) ? cli_show(repl->cli, repl->client) : CLI_FAILED;
}

/* True: it was a change of roles. */
static bool take_change(struct repl *repl, const struct cli_words *words) {
  const char *name = words->argv[0], *node = words->argc > 1 ? words->argv[1] : NULL;
  bool over = cli_word_is(name, "TAKEOVER");
  int code = CLI_FAILED;
  if (!over && !cli_word_is(name, "SWITCHOVER")) return false;
  attend(repl, false);
  if (words->argc > 2 || (over && node == NULL)) {
    cli_error(over ? "takeover wants one node: takeover NODE" : "switchover [NODE]");
  } else if (over) {
    code = cli_take_over(repl->cli, repl->client, node);
  } else if (cli_wait_master(repl->client) && cli_refresh(repl->client)) {
    code = cli_switch_roles(repl->cli, repl->client, node);
  }
  attend(repl, true);
  if (code != CLI_OK) repl->code = code;
  return true;
}

/* True: the line was a word of this program's own, not of Redis. */
static bool take_ours(struct repl *repl, const struct cli_words *words) {
  const char *name = words->argv[0];
  if (words->argc > 1 && words->argc < 4 && cli_word_is(name, "HELP")) {
    if (cli_docs(repl->client, words) != CLI_OK) repl->code = CLI_FAILED;
    return true;
  }
  if (words->argc > 1) return take_change(repl, words);
  if (cli_word_is(name, "EXIT") || cli_word_is(name, "QUIT")) {
    repl->ended = true;
  } else if (cli_word_is(name, "HELP")) {
    fputs(help, stdout);
  } else if (cli_word_is(name, "STATUS")) {
    if (show(repl) != CLI_OK) repl->code = CLI_FAILED;
  } else {
    return take_change(repl, words);
  }
  return true;
}

/* True: it was a command that listens until Ctrl-C. */
static bool take_listening(struct repl *repl, const struct cli_words *words, int *code) {
  static const char *const verbs[] = {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"};
  const char *name = words->argv[0];
  for (int kind = HAREDIS_CHANNEL; kind <= HAREDIS_SHARD; kind++) {
    if (!cli_word_is(name, verbs[kind]) || words->argc < 2) continue;
    *code = cli_listen(repl->cli, repl->client, kind, words->argc - 1, words->argv + 1,
                       words->lens + 1);
    return true;
  }
  if (cli_word_is(name, "KEYSPACE") && words->argc == 2) {
    *code = cli_listen_stream(repl->cli, repl->client, words->argv[1], NULL);
    return true;
  }
  if (cli_word_is(name, "MONITOR") && words->argc <= 2) {
    const char *node = words->argc > 1 ? words->argv[1] : NULL;
    *code = cli_listen_stream(repl->cli, repl->client, NULL, node);
    return true;
  }
  return false;
}

/* The prompt shall name the master, if there is one to be found soon. */
static void wait_first(haredis_client *c) {
  long long end_ms = cli_now_ms() + FIRST_MASTER_MS;
  while (!cli_interrupted() && cli_now_ms() < end_ms && cli_pause(c) != HAREDIS_OK &&
         cli_pause(c) != HAREDIS_ERR_AUTH) {
    haredis_run(c, 5);
  }
}

/* What blocks would go on waiting behind our back, and take what comes next for nobody: its link
 * ends with the client. */
static void give_up(struct repl *repl, const struct cli_words *words) {
  const char *way = haredis_command_way(repl->client, words->argc, words->argv, words->lens);
  if (!repl->line.person || strcmp(way, "link of its own") != 0) return;
  if (repl->multi.txn != NULL) cli_error("WATCH is forgotten");
  haredis_txn_discard(repl->multi.txn);
  repl->multi.txn = NULL;
  haredis_free(repl->client);
  cli_forget_interrupt();
  attend(repl, false);
  repl->client = cli_connect(repl->cli, &repl->code);
  repl->ended = repl->client == NULL;
  if (!repl->ended) wait_first(repl->client);
  attend(repl, true);
}

/* Another database is another client: it is asked before the first one goes. */
static int choose_db(struct repl *repl, const char *text) {
  char why[200] = "";
  struct cli *cli = repl->cli;
  int before = cli->options.db, code = CLI_FAILED;
  if (haredis_options_set(&cli->options, "db", text, why, sizeof(why)) != HAREDIS_OK) {
    cli_error("SELECT %s: %s", text, why);
    return CLI_FAILED;
  }
  attend(repl, false); /* to it every master is a new one */
  haredis_client *c = cli_connect(cli, &code);
  struct cli_sent *sent = c != NULL ? cli_sent_new(cli, CLI_PRINT_NOTHING) : NULL;
  code = CLI_FAILED;
  if (sent != NULL && haredis_async_command(c, cli_sent_answered, sent, "PING") == HAREDIS_OK) {
    code = cli_sent_wait(c, sent, "SELECT");
  } else {
    free(sent);
  }
  haredis_free(code == CLI_OK ? repl->client : c);
  repl->client = code == CLI_OK ? c : repl->client;
  cli->options.db = code == CLI_OK ? cli->options.db : before;
  if (code == CLI_OK) puts("OK");
  attend(repl, true);
  return code;
}

/* True: it was SELECT, and may be. */
static bool take_select(struct repl *repl, const struct cli_words *words, int *code) {
  if (!cli_word_is(words->argv[0], "SELECT") || words->argc != 2) return false;
  if (repl->multi.txn != NULL) return false;
  *code = choose_db(repl, words->argv[1]);
  return true;
}

static void tell_slow(const struct repl *repl, long long start_ms) {
  long long ms = cli_now_ms() - start_ms;
  if (!repl->line.person || !repl->cli->typed || ms < SLOW_MS) return;
  printf("(%.2fs)\n", (double)ms / 1000);
}

static void run_words(struct repl *repl, const struct cli_words *words) {
  int code = CLI_OK;
  long long start_ms = cli_now_ms();
  if (take_ours(repl, words)) return;
  bool taken = cli_multi_take(repl->cli, repl->client, &repl->multi, words, &code) ||
               take_select(repl, words, &code);
  bool listened = !taken && take_listening(repl, words, &code);
  if (!taken && !listened) {
    code = cli_send(repl->cli, repl->client, words->argc, words->argv, words->lens);
    if (code != CLI_OK && cli_interrupted()) give_up(repl, words);
  }
  if (!listened) tell_slow(repl, start_ms);
  if (code != CLI_OK) repl->code = code;
  repl->listened = listened;
}

static void run_line(struct repl *repl, const char *text) {
  struct cli_words words;
  if (!repl->line.person) cli_at_line(++repl->lines);
  cli_line_remember(&repl->line, text);
  bool broken = repl->line.broken;
  if (broken || !cli_words_split(text, &words)) {
    cli_error("%s", broken ? "a byte 0 is written \"\\x00\""
                           : "a quote is not closed, or a word follows it without a blank");
    repl->code = CLI_FAILED;
    return;
  }
  if (words.argc > 0) run_words(repl, &words);
  cli_words_free(&words);
}

static void run_lines(struct repl *repl) {
  while (!repl->ended) {
    if (repl->line.person) cli_forget_interrupt();
    if (cli_interrupted()) return;
    char *text = cli_line_read(&repl->line, repl->line.person ? prompt_text(repl) : "");
    if (text != NULL) {
      run_line(repl, text);
      free(text);
    } else if (repl->line.ended || !repl->line.person) {
      return;
    }
  }
}

int cli_repl(struct cli *cli) {
  struct repl repl = {.cli = cli, .code = CLI_OK};
  bool person = isatty(STDIN_FILENO) && cli->terminal;
  cli_want_events(cli);
  repl.client = cli_connect(cli, &repl.code);
  if (repl.client == NULL) return repl.code;
  char *nodes = cli_nodes_without_db(cli->options.nodes, &cli->options.db);
  if (nodes != NULL) cli->options.nodes = nodes;
  cli_catch_interrupt();
  repl.line.idle = on_idle;
  repl.line.owner = &repl;
  cli_line_begin(&repl.line, person);
  if (person) {
    wait_first(repl.client);
    cli_names_learn(cli_pause(repl.client) == HAREDIS_OK ? repl.client : NULL);
  }
  attend(&repl, true);
  run_lines(&repl);
  if (cli_interrupted() && !repl.listened) repl.code = CLI_FAILED; /* what is left did not run */
  haredis_txn_discard(repl.multi.txn);
  if (repl.client != NULL) cli_settle(repl.client);
  cli_line_end(&repl.line);
  cli_names_free();
  haredis_free(repl.client);
  free(nodes);
  return person ? CLI_OK : repl.code;
}

/* For tests, and for the completion of a shell: what Tab offers behind this text. */
int cli_complete(struct cli *cli) {
  int code = CLI_OK;
  size_t start;
  char *word;
  bool asked = cli->options.nodes != NULL && cli->options.nodes[0] != '\0';
  haredis_client *c = asked ? cli_connect(cli, &code) : NULL;
  cli_catch_interrupt();
  if (c != NULL) wait_first(c);
  cli_names_learn(c != NULL && cli_pause(c) == HAREDIS_OK ? c : NULL);
  for (size_t i = 0; (word = cli_names_complete(cli->args[0], i, &start)) != NULL; i++) {
    puts(word);
    free(word);
  }
  cli_names_free();
  haredis_free(c);
  return code;
}
