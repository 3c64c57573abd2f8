/*
 * subscribe, psubscribe, ssubscribe, monitor, keyspace: print what comes until Ctrl-C. On a
 * terminal as redis-cli prints it; elsewhere one line for each message, its parts with tabs
 * between and with \\ \n \r \t for those bytes. What may have been missed, and moves, go to
 * standard error.
 */
#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ear {
  haredis_subscription *handle;
  const char *name;
  size_t len;
  bool told; /* confirmed or refused: said */
};

struct listener {
  const struct cli *cli;
  long long count;
};

static void part(const struct cli *cli, int number, const char *text, size_t len) {
  if (cli->typed) {
    printf("%d) ", number);
    cli_quoted(stdout, text, len);
    putchar('\n');
    return;
  }
  if (number > 1) putchar('\t');
  for (size_t i = 0; i < len; i++) {
    switch (text[i]) {
      case '\\': fputs("\\\\", stdout); break;
      case '\n': fputs("\\n", stdout); break;
      case '\r': fputs("\\r", stdout); break;
      case '\t': fputs("\\t", stdout); break;
      default: putchar(text[i]);
    }
  }
}

static void end_of_item(struct listener *listener) {
  if (!listener->cli->typed) putchar('\n');
  listener->count++;
}

static void on_message(haredis_client *c, const struct haredis_message *message, void *data) {
  static const char *const kinds[] = {"message", "pmessage", "smessage"};
  struct listener *listener = data;
  const struct cli *cli = listener->cli;
  int n = 0;
  (void)c;
  if (cli->typed) part(cli, ++n, kinds[message->kind], strlen(kinds[message->kind]));
  if (message->pattern != NULL) part(cli, ++n, message->pattern, message->pattern_len);
  part(cli, ++n, message->channel, message->channel_len);
  part(cli, ++n, message->payload, message->payload_len);
  end_of_item(listener);
}

static void on_item(haredis_client *c, const struct haredis_stream_item *item, void *data) {
  struct listener *listener = data;
  const struct cli *cli = listener->cli;
  (void)c;
  listener->count++;
  if (item->channel == NULL) {
    fwrite(item->text, 1, item->text_len, stdout);
    putchar('\n');
    return;
  }
  int n = 0;
  listener->count--;
  if (cli->typed) part(cli, ++n, "event", 5);
  part(cli, ++n, item->channel, item->channel_len);
  part(cli, ++n, item->text, item->text_len);
  end_of_item(listener);
}

static void wall(int64_t ms, char *out, size_t size) {
  time_t seconds = (time_t)(ms / 1000);
  struct tm parts;
  char text[16];
  strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&seconds, &parts));
  snprintf(out, size, "%s.%03d", text, (int)(ms % 1000));
}

void cli_listen_event(const struct haredis_event *event) {
  char from[24], until[24];
  switch (event->kind) {
    case HAREDIS_EVENT_SUBSCRIPTION_GAP:
      wall(event->gap_from_ms, from, sizeof(from));
      wall(event->gap_until_ms, until, sizeof(until));
      cli_error("gap: messages from %s to %s may be missing", from, until);
      break;
    case HAREDIS_EVENT_SUBSCRIBED: cli_error("heard from %s", event->node); break;
    case HAREDIS_EVENT_PAUSED:
    case HAREDIS_EVENT_MASTER_CHANGED: cli_error("%s", event->text); break;
    default: break;
  }
}

/* Handles whose state has become known. How many the servers refuse. */
static int tell_states(const struct cli *cli, const char *verb, struct ear *ears, int count) {
  int refused = 0;
  for (int i = 0; i < count; i++) {
    int state = haredis_subscription_state(ears[i].handle);
    refused += state == HAREDIS_SUBSCRIPTION_REFUSED;
    if (ears[i].told || state == HAREDIS_SUBSCRIPTION_PENDING) continue;
    ears[i].told = true;
    if (state == HAREDIS_SUBSCRIPTION_REFUSED || !cli->typed) continue;
    part(cli, 1, verb, strlen(verb));
    part(cli, 2, ears[i].name, ears[i].len);
    printf("3) (integer) %d\n", i + 1);
  }
  fflush(stdout);
  return refused;
}

static void begin(struct cli *cli) {
  cli->listening = true;
  cli_at_line(0); /* what is told from here on is no line's fault */
  if (cli->terminal) puts("Reading messages... (press Ctrl-C to quit)");
  fflush(stdout);
}

static void end(struct cli *cli, const struct listener *listener, long long start_ms) {
  cli->listening = false;
  if (cli->terminal) {
    printf("\n%lld message%s in %.1f s\n", listener->count, listener->count == 1 ? "" : "s",
           (double)(cli_now_ms() - start_ms) / 1000);
  }
  fflush(stdout);
}

/* Nobody takes us in, or nobody reads us: a pipe that was closed, a disk that is full. */
static bool in_vain(haredis_client *c) {
  bool refused = cli_pause(c) == HAREDIS_ERR_AUTH;
  if (refused) cli_error("%s", cli_pause_text(HAREDIS_ERR_AUTH));
  if (ferror(stdout)) cli_error("standard output cannot be written");
  return refused || ferror(stdout);
}

int cli_listen(struct cli *cli, haredis_client *c, int kind, int count, const char **names,
               const size_t *lens) {
  static const char *const verbs[] = {"subscribe", "psubscribe", "ssubscribe"};
  struct listener listener = {cli, 0};
  struct ear *ears = calloc((size_t)count, sizeof(*ears));
  int code = ears != NULL ? CLI_OK : CLI_FAILED;
  long long start_ms = cli_now_ms();
  for (int i = 0; i < count && code == CLI_OK; i++) {
    ears[i].name = names[i];
    ears[i].len = lens != NULL ? lens[i] : strlen(names[i]);
    ears[i].handle = haredis_subscribe_bytes(c, kind, names[i], ears[i].len, on_message, &listener);
    if (ears[i].handle != NULL) continue;
    cli_error("%s %s: %s", verbs[kind], names[i], haredis_errstr(c));
    code = CLI_FAILED;
  }
  if (code == CLI_OK) begin(cli);
  while (code == CLI_OK && !cli_interrupted()) {
    haredis_run(c, 20);
    if (tell_states(cli, verbs[kind], ears, count) == count || in_vain(c)) code = CLI_FAILED;
  }
  if (cli->listening) end(cli, &listener, start_ms);
  for (int i = 0; ears != NULL && i < count; i++) haredis_unsubscribe(ears[i].handle);
  free(ears);
  return code;
}

int cli_listen_stream(struct cli *cli, haredis_client *c, const char *pattern, const char *node) {
  struct listener listener = {cli, 0};
  long long start_ms = cli_now_ms();
  haredis_stream *stream = pattern != NULL ? haredis_keyspace(c, pattern, on_item, &listener)
                                           : haredis_monitor(c, node, on_item, &listener);
  if (stream == NULL) {
    bool other = haredis_err(c) == HAREDIS_ERR_UNSUPPORTED;
    cli_error("%s: %s", pattern != NULL ? "keyspace" : "monitor",
              other ? "keyspace events begin with \"__key\": psubscribe is for all others"
                    : haredis_errstr(c));
    return CLI_FAILED;
  }
  int code = CLI_OK;
  begin(cli);
  while (code == CLI_OK && !cli_interrupted()) {
    haredis_run(c, 20);
    fflush(stdout);
    if (in_vain(c) || haredis_stream_refused(stream)) code = CLI_FAILED;
  }
  end(cli, &listener, start_ms);
  haredis_stream_close(stream);
  return code;
}

/* ---- the commands ---- */

static int with_client(struct cli *cli, int (*run)(struct cli *cli, haredis_client *c)) {
  int code = CLI_FAILED;
  cli_want_events(cli);
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  cli_catch_interrupt();
  code = run(cli, c);
  haredis_free(c);
  return code;
}

static int run_subscribe(struct cli *cli, haredis_client *c) {
  return cli_listen(cli, c, HAREDIS_CHANNEL, cli->arg_count, cli->args, NULL);
}

static int run_psubscribe(struct cli *cli, haredis_client *c) {
  return cli_listen(cli, c, HAREDIS_PATTERN, cli->arg_count, cli->args, NULL);
}

static int run_ssubscribe(struct cli *cli, haredis_client *c) {
  return cli_listen(cli, c, HAREDIS_SHARD, cli->arg_count, cli->args, NULL);
}

static int run_monitor(struct cli *cli, haredis_client *c) {
  return cli_listen_stream(cli, c, NULL, cli->arg_count > 0 ? cli->args[0] : NULL);
}

static int run_keyspace(struct cli *cli, haredis_client *c) {
  return cli_listen_stream(cli, c, cli->args[0], NULL);
}

int cli_subscribe(struct cli *cli) {
  return with_client(cli, run_subscribe);
}

int cli_psubscribe(struct cli *cli) {
  return with_client(cli, run_psubscribe);
}

int cli_ssubscribe(struct cli *cli) {
  return with_client(cli, run_ssubscribe);
}

int cli_monitor(struct cli *cli) {
  return with_client(cli, run_monitor);
}

int cli_keyspace(struct cli *cli) {
  return with_client(cli, run_keyspace);
}
