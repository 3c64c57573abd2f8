/*
 * Deep copies of replies in memory that freeReplyObject() can free, under any hiredis.
 */
#include "io/reply.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "io/hiredis_compat.h"

static redisReply *hr_reply_blank(int type) {
  redisReply *reply = hr_hiredis_alloc(sizeof(*reply));
  if (reply != NULL) {
    memset(reply, 0, sizeof(*reply));
    reply->type = type;
  }
  return reply;
}

static int hr_reply_set_text(redisReply *reply, const char *text, size_t len) {
  if (len == SIZE_MAX) {
    return -1;
  }
  reply->str = hr_hiredis_alloc(len + 1);
  if (reply->str == NULL) {
    return -1;
  }
  memcpy(reply->str, text, len);
  reply->str[len] = '\0';
  reply->len = len;
  return 0;
}

static int hr_reply_copy_elements(redisReply *copy, const redisReply *reply) {
  if (reply->elements > SIZE_MAX / sizeof(redisReply *)) {
    return -1;
  }
  copy->element = hr_hiredis_alloc(reply->elements * sizeof(redisReply *));
  if (copy->element == NULL) {
    return -1;
  }
  memset(copy->element, 0, reply->elements * sizeof(redisReply *));
  copy->elements = reply->elements; /* freeReplyObject skips the NULLs if one of them fails */
  for (size_t i = 0; i < reply->elements; i++) {
    copy->element[i] = hr_reply_copy(reply->element[i]);
    if (copy->element[i] == NULL) {
      return -1;
    }
  }
  return 0;
}

/* Nesting is bounded by whoever parsed the reply (HR_RESP_DEPTH_MAX). */
redisReply *hr_reply_copy(const redisReply *reply) {
  assert(reply != NULL);
  redisReply *copy = hr_reply_blank(reply->type);
  if (copy == NULL) {
    return NULL;
  }
  copy->integer = reply->integer;
#if HIREDIS_MAJOR >= 1
  copy->dval = reply->dval;
  memcpy(copy->vtype, reply->vtype, sizeof(copy->vtype));
#endif
  if ((reply->str != NULL && hr_reply_set_text(copy, reply->str, reply->len) != 0) ||
      (reply->elements > 0 && hr_reply_copy_elements(copy, reply) != 0)) {
    freeReplyObject(copy);
    return NULL;
  }
  return copy;
}

redisReply *hr_reply_error(const char *text) {
  redisReply *reply = hr_reply_blank(REDIS_REPLY_ERROR);
  if (reply != NULL && hr_reply_set_text(reply, text, strlen(text)) != 0) {
    freeReplyObject(reply);
    return NULL;
  }
  return reply;
}
