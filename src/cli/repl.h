/*
 * The interactive side of the program: lines, words, names, and what a line does.
 */
#ifndef HAREDIS_CLI_REPL_H
#define HAREDIS_CLI_REPL_H

#include "cli.h"

#define CLI_PROMPT_MAX 160

/* words.c */
struct cli_words {
  int argc;
  const char **argv; /* terminated, but they may hold any byte */
  size_t *lens;
  char *text;
};
/* False: quotes that do not close, or no memory; nothing is to be freed then. */
bool cli_words_split(const char *line, struct cli_words *words);
void cli_words_free(struct cli_words *words);
bool cli_word_is(const char *word, const char *upper); /* whatever its case */

/* line.c: a line from a person (edited, with history) or from a pipe. While nobody types, `idle` is
 * called some fifty times a second and says what the prompt shall be now. */
struct cli_line {
  bool edited;        /* by libedit, on a terminal */
  bool person;        /* a terminal: prompts are shown */
  char *buffer;       /* what came of a pipe; from `start` on not yet a line, no newline up to */
  size_t start, looked, length, capacity; /* `looked` */
  bool broken;        /* there is a byte 0 in the last one, which ends it too early */
  bool ended;
  bool spoiled;       /* by idle(): something was printed over the prompt */
  char *last;         /* remembered, so that one is not there twice in a row */
  const char *(*idle)(void *owner);
  void *owner;
};
void cli_line_begin(struct cli_line *line, bool person);
/* malloc'ed, without its newline. NULL: the end, or Ctrl-C (cli_interrupted()). */
char *cli_line_read(struct cli_line *line, const char *prompt);
void cli_line_remember(struct cli_line *line, const char *text); /* into the history */
void cli_line_end(struct cli_line *line);

/* names.c: what can be completed. */
bool cli_names_built_in(const char *word); /* the name of a command of Redis, without asking one */
void cli_names_learn(haredis_client *c); /* the server's COMMAND; else what is built in */
void cli_names_free(void);
/* The index-th way to go on with the last word of `line` (its start: *start), in the case of what
 * is there already; NULL: no more. malloc'ed. */
char *cli_names_complete(const char *line, size_t index, size_t *start);

/* nodes.c: malloc'ed; *db is changed when they name one. NULL: no memory. */
char *cli_nodes_without_db(const char *nodes, int *db);

/* docs.c: `help COMMAND [SUBCOMMAND]`. An exit code. */
int cli_docs(haredis_client *c, const struct cli_words *words);

/* multi.c: MULTI, EXEC, DISCARD, WATCH and UNWATCH by the library's transactions. */
struct cli_multi {
  haredis_txn *txn; /* NULL: neither WATCH nor MULTI was said */
  bool open;        /* MULTI was */
};
/* True: it was one of those, or it was queued; *code is what a pipe's exit code would be. */
bool cli_multi_take(const struct cli *cli, haredis_client *c, struct cli_multi *multi,
                    const struct cli_words *words, int *code);

#endif
