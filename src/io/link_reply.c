/*
 * Bytes to hiredis' redisReply: the values stay where they were read, a NUL over the CR behind
 * them; only the tree of an array needs memory, one block per reply, sized by what really came.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "io/link_internal.h"

static int hr_link_reply_type(const struct hr_resp_item *item) {
  switch (item->kind) {
    case '+':
      return REDIS_REPLY_STATUS;
    case '-':
    case '!':
      return REDIS_REPLY_ERROR;
    case ':':
      return REDIS_REPLY_INTEGER;
    case '$':
      return REDIS_REPLY_STRING;
    case '#':
      return HR_REPLY_BOOL;
    case ',':
      return HR_REPLY_DOUBLE;
    case '(':
      return HR_REPLY_BIGNUM;
    case '=':
      return HR_REPLY_VERB;
    case '%':
      return HR_REPLY_MAP;
    case '~':
      return HR_REPLY_SET;
    case '>':
      return HR_REPLY_PUSH;
    default:
      return REDIS_REPLY_ARRAY;
  }
}

void hr_link_reply_scalar(redisReply *reply, const struct hr_resp_item *item) {
  memset(reply, 0, sizeof(*reply));
  if (item->nil) {
    reply->type = REDIS_REPLY_NIL;
    return;
  }
  reply->type = hr_link_reply_type(item);
  reply->integer = item->integer;
  if (item->str == NULL || item->kind == ':') {
    return;
  }
  reply->str = (char *)(uintptr_t)item->str; /* the bytes are ours, only the parser may not write */
  reply->len = item->len;
  reply->str[reply->len] = '\0';
#if HIREDIS_MAJOR >= 1
  if (item->kind == ',') {
    reply->dval = strtod(reply->str, NULL);
  } else if (item->kind == '=') {
    memcpy(reply->vtype, item->str - 4, 3);
  }
#endif
}

/* The next item that is no attribute; attributes and their contents are passed over. */
static char *hr_link_reply_next(char *at, char *end, struct hr_resp_item *item) {
  const char *why;
  size_t skip = 0;
  for (;;) {
    ptrdiff_t len = hr_resp_item(at, end, item, &why);
    assert(len > 0); /* the scan has found the reply complete */
    at += len;
    if (item->kind == '|') {
      skip += item->elements;
    } else if (skip == 0) {
      return at;
    } else {
      skip += item->elements;
      skip--;
    }
  }
}

redisReply *hr_link_reply_build(struct hr_link *link, char *at, size_t len, size_t items,
                                size_t *capacity) {
  char *end = at + len;
  *capacity = items * (sizeof(redisReply) + sizeof(redisReply *));
  redisReply *nodes = NULL;
  if (*capacity <= HR_LOOP_BLOCK_SMALL) {
    *capacity = HR_LOOP_BLOCK_SMALL;
    nodes = (void *)hr_loop_block_take(link->loop, HR_LOOP_BLOCK_SMALL);
  } else {
    nodes = hr_alloc(*capacity);
  }
  if (nodes == NULL) {
    return NULL;
  }
  redisReply **pointers = (redisReply **)(nodes + items);
  redisReply *open[HR_RESP_DEPTH_MAX] = {NULL};
  size_t filled[HR_RESP_DEPTH_MAX] = {0};
  int depth = 0;
  redisReply *node = nodes;
  do {
    struct hr_resp_item item;
    at = hr_link_reply_next(at, end, &item);
    hr_link_reply_scalar(node, &item);
    if (depth > 0) {
      open[depth - 1]->element[filled[depth - 1]++] = node;
    }
    if (item.elements > 0) {
      node->elements = item.elements;
      node->element = pointers;
      pointers += item.elements;
      open[depth] = node;
      filled[depth++] = 0;
    }
    while (depth > 0 && filled[depth - 1] == open[depth - 1]->elements) {
      depth--;
    }
    node++;
  } while (depth > 0);
  return nodes;
}

void hr_link_reply_release(struct hr_link *link, redisReply *reply, size_t capacity) {
  if (capacity == HR_LOOP_BLOCK_SMALL) {
    hr_loop_block_give(link->loop, (char *)reply, capacity);
  } else {
    hr_free(reply);
  }
}

bool hr_link_reply_is_push(const struct redisReply *reply, bool *confirms) {
  static const char *const messages[] = {"message", "pmessage", "smessage"};
  static const char *const confirmations[] = {"subscribe",  "unsubscribe",  "psubscribe",
                                              "punsubscribe", "ssubscribe", "sunsubscribe"};
  *confirms = false;
  if (reply->elements < 3 || reply->element[0]->str == NULL) {
    return false;
  }
  const char *kind = reply->element[0]->str;
  for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
    if (strcasecmp(kind, messages[i]) == 0) {
      return true;
    }
  }
  for (size_t i = 0; i < sizeof(confirmations) / sizeof(*confirmations); i++) {
    if (strcasecmp(kind, confirmations[i]) == 0) {
      *confirms = true;
      return true;
    }
  }
  return false;
}
