/*
 * help COMMAND: what the server itself says of it (COMMAND DOCS, from Redis 7 on), its arguments
 * written as in Redis' documentation.
 */
#include "repl.h"

#include <hiredis/hiredis.h>
#include <string.h>

#define DOCS_TIMEOUT_MS 2000
#define NAME_MAX_LEN 64

/* Of a map, which RESP2 tells as a list: name, value, name, value. NULL: there is none. */
static const redisReply *field(const redisReply *map, const char *name) {
  for (size_t i = 0; map->type == REDIS_REPLY_ARRAY && i + 1 < map->elements; i += 2) {
    const char *here = map->element[i]->str;
    if (here != NULL && strcmp(here, name) == 0) return map->element[i + 1];
  }
  return NULL;
}

static const char *text(const redisReply *map, const char *name) {
  const redisReply *value = field(map, name);
  return value != NULL ? value->str : NULL;
}

static bool is_flagged(const redisReply *arg, const char *flag) {
  const redisReply *flags = field(arg, "flags");
  for (size_t i = 0; flags != NULL && i < flags->elements; i++) {
    if (flags->element[i]->str != NULL && strcmp(flags->element[i]->str, flag) == 0) return true;
  }
  return false;
}

static void print_arg(const redisReply *arg);

static void print_args(const redisReply *args, const char *between) {
  for (size_t i = 0; args != NULL && i < args->elements; i++) {
    if (i > 0) fputs(between, stdout);
    print_arg(args->element[i]);
  }
}

/* Without its token, and without what says how often it may stand. */
static void print_value(const redisReply *arg) {
  const char *type = text(arg, "type"), *shown = text(arg, "display_text");
  if (shown == NULL) shown = text(arg, "name");
  if (type != NULL && strcmp(type, "oneof") == 0) {
    bool bare = is_flagged(arg, "optional");
    if (!bare) putchar('<');
    print_args(field(arg, "arguments"), " | ");
    if (!bare) putchar('>');
  } else if (type != NULL && strcmp(type, "block") == 0) {
    print_args(field(arg, "arguments"), " ");
  } else if (shown != NULL) {
    fputs(shown, stdout);
  }
}

static void print_arg(const redisReply *arg) {
  const char *type = text(arg, "type"), *token = text(arg, "token");
  bool optional = is_flagged(arg, "optional");
  bool pure = type != NULL && strcmp(type, "pure-token") == 0;
  if (optional) putchar('[');
  if (token != NULL) fputs(token[0] != '\0' ? token : "\"\"", stdout);
  if (token != NULL && !pure) putchar(' ');
  if (!pure) print_value(arg);
  if (is_flagged(arg, "multiple")) {
    fputs(" [", stdout);
    if (token != NULL && is_flagged(arg, "multiple_token")) printf("%s ", token);
    print_value(arg);
    fputs(" ...]", stdout);
  }
  if (optional) putchar(']');
}

static void print_docs(const char *name, const redisReply *docs) {
  static const char *const lines[] = {"summary", "complexity", "since"};
  const redisReply *args = field(docs, "arguments");
  printf("  %s%s", name, args != NULL && args->elements > 0 ? " " : "");
  print_args(args, " ");
  putchar('\n');
  for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
    const char *value = text(docs, lines[i]);
    if (value != NULL) printf("  %s: %s\n", lines[i], value);
  }
}

int cli_docs(haredis_client *c, const struct cli_words *words) {
  char name[NAME_MAX_LEN], shown[NAME_MAX_LEN];
  const char *argv[] = {"COMMAND", "DOCS", name}, *sub = words->argc > 2 ? words->argv[2] : NULL;
  haredis_call call = HAREDIS_CALL_INIT;
  call.timeout_ms = DOCS_TIMEOUT_MS;
  const char *word = words->argv[1];
  snprintf(name, sizeof(name), "%s%s%s", word, sub != NULL ? "|" : "", sub != NULL ? sub : "");
  snprintf(shown, sizeof(shown), "%s%s%s", word, sub != NULL ? " " : "", sub != NULL ? sub : "");
  redisReply *reply = haredis_command_with(c, &call, 3, argv, NULL);
  bool told = reply != NULL && reply->type == REDIS_REPLY_ARRAY;
  if (reply == NULL) {
    cli_error("help %s: %s", shown, haredis_errstr(c));
  } else if (!told) {
    cli_error("help %s: the server has no COMMAND DOCS, which Redis 7 has: %s", shown,
              reply->str != NULL ? reply->str : "");
  } else if (reply->elements < 2) {
    cli_error("help %s: the server knows no such command", shown);
    told = false;
  } else {
    print_docs(shown, reply->element[1]);
  }
  freeReplyObject(reply);
  return told ? CLI_OK : CLI_FAILED;
}
