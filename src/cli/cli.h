/*
 * The program `haredis`: what its commands share. It is an application like any other: it knows the
 * public headers and hiredis' replies, and nothing of the library behind them.
 */
#ifndef HAREDIS_CLI_H
#define HAREDIS_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <haredis/haredis.h>
#include <haredis/metrics.h>

#define CLI_WARNED_MAX 16

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* What the command line said. */
struct cli {
  haredis_options options;
  const char *command; /* NULL: none was given */
  const char **args;   /* what follows it, options taken out */
  int arg_count;
  const char *to;      /* switchover --to */
  int seconds;         /* wait --for; 0: as long as it takes */
  bool json, watch, yes, raw, no_raw;
  bool from_stdin;     /* exec, publish: the last argument is what standard input holds */
  bool colour;         /* standard output is a terminal that wants colours */
  bool terminal;       /* standard output is a terminal */
  bool typed;          /* replies carry their types */
  bool answered;       /* --help, --version: nothing is left to do */
  bool listening;      /* messages are being printed: gaps and moves are told */
  bool attending;      /* a person looks on: another master, or none, is told */
  bool typing;         /* a prompt stands on the terminal: what is told begins its own line */
  uint64_t warned[CLI_WARNED_MAX]; /* of texts that were said: once is enough */
  size_t warnings;
  size_t told;         /* how often something was said that nobody had asked for */
};

/* args.c. False: a message is out and the exit code is CLI_USAGE. */
bool cli_parse(struct cli *cli, int argc, char **argv);

/* client.c: the steps that every command takes. All messages go to standard error. */
/* NULL: *exit_code says why */
haredis_client *cli_connect(struct cli *cli, int *exit_code);
bool cli_refresh(haredis_client *c);   /* every node was asked; false: told why */
bool cli_wait_master(haredis_client *c); /* false: told why */
/* Before a client that may have changed roles goes: let it finish what it began. Bounded. */
void cli_settle(haredis_client *c);
/* Started with haredis_refresh() and the like, as their `data`; then wait until it has ended. */
struct cli_ask {
  bool ended;
  int code;
  char text[256];
};
void cli_ask_ended(haredis_client *c, int code, const char *text, void *data);
bool cli_ask_wait(haredis_client *c, struct cli_ask *ask, int timeout_ms);
bool cli_interrupted(void);            /* Ctrl-C or SIGTERM since cli_catch_interrupt() */
void cli_catch_interrupt(void);
void cli_forget_interrupt(void);       /* Ctrl-C; SIGTERM means it */
/* Warnings, and what belongs to listening. Before cli_connect(): */
void cli_want_events(struct cli *cli);
uint64_t cli_hash(uint64_t hash, const char *text); /* FNV-1a; begin with CLI_HASH */
#define CLI_HASH UINT64_C(14695981039346656037)
int cli_pause(haredis_client *c);      /* why commands wait: haredis_topology_pause() */
const char *cli_pause_text(int code);  /* the same in words, whoever waits */
long long cli_now_ms(void);
void cli_error(const char *format, ...) HAREDIS_PRINTF(1, 2); /* "haredis: ..." and a newline */
void cli_at_line(long line); /* of a file: cli_error() names it; 0: none */
void cli_error_reply(const char *text); /* on standard error too, where that names the line */

/* near.c: of `count` names the one that was meant, or NULL. */
const char *cli_nearest(const char *word, size_t count, const char *(*name)(size_t index));

/* table.c. `out` may be any stream; colours only when asked for. */
void cli_table(FILE *out, const haredis_metrics *m, bool colour, const char *line_end);

/* metrics.c: what went to and fro since an earlier picture (NULL: only what needs none), which is
 * `ms` old. */
void cli_traffic(FILE *out, const haredis_metrics *m, const haredis_metrics *before, long long ms,
                 const char *line_end);

/* reply.c: as redis-cli does it: with types for a person, bare for a pipe. */
struct redisReply;
void cli_reply(FILE *out, const struct redisReply *reply, bool typed);
void cli_reply_text(FILE *out, const struct redisReply *reply, bool typed); /* a string: as it is */
void cli_quoted(FILE *out, const char *text, size_t length);
bool cli_is_text(int argc, const char **argv); /* INFO and the like: its answer is for people */

/* send.c: one command, and its answer printed. An exit code. */
int cli_send(const struct cli *cli, haredis_client *c, int argc, const char **argv,
             const size_t *lens);
/* Its steps, for what is handed over otherwise. NULL: told why. Handed over as `data` of
 * cli_sent_answered(), then cli_sent_wait(), which frees it; `name` is for people. */
struct cli_sent;
enum cli_print { CLI_PRINT_REPLY, CLI_PRINT_TEXT, CLI_PRINT_NOTHING };
struct cli_sent *cli_sent_new(const struct cli *cli, enum cli_print print);
void cli_sent_answered(haredis_client *c, struct redisReply *reply, void *data);
int cli_sent_wait(haredis_client *c, struct cli_sent *sent, const char *name);

/* commands.c: changes of roles, with a client that is there. to NULL: the best replica. */
int cli_switch_roles(const struct cli *cli, haredis_client *c, const char *to);
int cli_take_over(const struct cli *cli, haredis_client *c, const char *node);

/* refusal.c: why a command did not run, in the words of this program; name: as it was typed. Always
 * CLI_FAILED. in_repl: what a person can type there helps, else a command line. */
int cli_refused(haredis_client *c, const char *name, bool in_repl);

/* listen.c: print what comes until Ctrl-C. An exit code. kind: enum haredis_channel_kind; lens may
 * be NULL; pattern NULL: MONITOR. */
int cli_listen(struct cli *cli, haredis_client *c, int kind, int count, const char **names,
               const size_t *lens);
int cli_listen_stream(struct cli *cli, haredis_client *c, const char *pattern, const char *node);
void cli_listen_event(const struct haredis_event *event);

/* show.c: one picture of the group. */
int cli_show(const struct cli *cli, haredis_client *c);

/* The commands. Each returns an exit code. */
int cli_status(struct cli *cli);
int cli_metrics(struct cli *cli);
int cli_exec(struct cli *cli);
int cli_switchover(struct cli *cli);
int cli_takeover(struct cli *cli);
int cli_watch(struct cli *cli);
int cli_wait(struct cli *cli);
int cli_publish(struct cli *cli);
int cli_subscribe(struct cli *cli);
int cli_psubscribe(struct cli *cli);
int cli_ssubscribe(struct cli *cli);
int cli_monitor(struct cli *cli);
int cli_keyspace(struct cli *cli);
int cli_repl(struct cli *cli);
int cli_complete(struct cli *cli);

#endif
