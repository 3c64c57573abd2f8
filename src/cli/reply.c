/*
 * Replies as redis-cli prints them: numbered and typed for a person, bare for a pipe.
 */
#include "cli.h"

#include <hiredis/hiredis.h>
#include <string.h>
#include <strings.h>

void cli_quoted(FILE *out, const char *text, size_t length) {
  fputc('"', out);
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)text[i];
    switch (byte) {
      case '\\':
      case '"': fprintf(out, "\\%c", byte); break;
      case '\n': fputs("\\n", out); break;
      case '\r': fputs("\\r", out); break;
      case '\t': fputs("\\t", out); break;
      case '\a': fputs("\\a", out); break;
      case '\b': fputs("\\b", out); break;
      default:
        if (byte >= 0x20 && byte < 0x7f) {
          fputc(byte, out);
        } else {
          fprintf(out, "\\x%02x", byte);
        }
    }
  }
  fputc('"', out);
}

/* Nesting is bounded: hiredis reads no deeper than a few levels, but nobody promises it. */
enum { DEPTH_MAX = 32 };

/* Ctrl-C ends a list that nobody wants to see to its end. */
static bool more(int depth) {
  return depth < DEPTH_MAX && !cli_interrupted();
}

/* Numbers stand below each other. */
static int digits(size_t number) {
  return snprintf(NULL, 0, "%zu", number);
}

static void print_typed(FILE *out, const redisReply *reply, int indent, int depth) {
  switch (reply->type) {
    case REDIS_REPLY_STRING: cli_quoted(out, reply->str, (size_t)reply->len); break;
    case REDIS_REPLY_STATUS: fprintf(out, "%s", reply->str); break;
    case REDIS_REPLY_ERROR: fprintf(out, "(error) %s", reply->str); break;
    case REDIS_REPLY_INTEGER: fprintf(out, "(integer) %lld", reply->integer); break;
    case REDIS_REPLY_NIL: fprintf(out, "(nil)"); break;
    case REDIS_REPLY_ARRAY:
      if (reply->elements == 0) fprintf(out, "(empty array)");
      for (size_t i = 0; more(depth) && i < reply->elements; i++) {
        if (i > 0) fprintf(out, "\n%*s", indent, "");
        fprintf(out, "%*zu) ", digits(reply->elements), i + 1);
        print_typed(out, reply->element[i], indent + digits(reply->elements) + 2, depth + 1);
      }
      break;
    default: fprintf(out, "(reply of type %d)", reply->type);
  }
}

static void print_bare(FILE *out, const redisReply *reply, int depth) {
  switch (reply->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR: fwrite(reply->str, 1, (size_t)reply->len, out); break;
    case REDIS_REPLY_INTEGER: fprintf(out, "%lld", reply->integer); break;
    case REDIS_REPLY_NIL: break;
    case REDIS_REPLY_ARRAY:
      for (size_t i = 0; more(depth) && i < reply->elements; i++) {
        if (i > 0) fputc('\n', out);
        print_bare(out, reply->element[i], depth + 1);
      }
      break;
    default: fprintf(out, "(reply of type %d)", reply->type);
  }
}

void cli_reply(FILE *out, const redisReply *reply, bool typed) {
  if (typed) {
    print_typed(out, reply, 0, 0);
  } else {
    print_bare(out, reply, 0);
  }
  fputc('\n', out);
}

void cli_reply_text(FILE *out, const redisReply *reply, bool typed) {
  if (reply->type != REDIS_REPLY_STRING) {
    cli_reply(out, reply, typed);
    return;
  }
  size_t length = (size_t)reply->len;
  fwrite(reply->str, 1, length, out);
  if (length > 0 && reply->str[length - 1] != '\n') fputc('\n', out);
}

/* "MEMORY DOCTOR"; without a second word: whatever follows. */
static const char *const texts[][2] = {
  {"INFO", NULL},           {"LOLWUT", NULL},     {"CLIENT", "LIST"},     {"CLIENT", "INFO"},
  {"MEMORY", "DOCTOR"},     {"LATENCY", "GRAPH"}, {"LATENCY", "DOCTOR"},  {"CLUSTER", "INFO"},
  {"MEMORY", "MALLOC-STATS"}, {"CLUSTER", "NODES"}, {"DEBUG", "HTSTATS"}, {"DEBUG", "HTSTATS-KEY"},
};

bool cli_is_text(int argc, const char **argv) {
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    if (strcasecmp(argv[0], texts[i][0]) != 0) continue;
    const char *second = texts[i][1];
    if (second == NULL || (argc > 1 && strcasecmp(argv[1], second) == 0)) return true;
  }
  return false;
}
