/*
 * "$" means what was added last when the server begins to wait. Another server would begin with its
 * own last one, and what came between would be missed. So the server that is asked first tells it:
 *
 *   XINFO STREAM key; [XINFO STREAM key;] XREAD BLOCK ... STREAMS key ... $ ...
 *
 * and the next one is asked from there. What that cannot tell (no right to XINFO) stays "$".
 */
#include "client/newest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "proto/command_block.h"

#define HR_NEWEST_MAX 48 /* two numbers of 64 bits */

struct hr_newest {
  int first, count; /* ids among the words; the keys stand right before them, in their order */
  char ids[][HR_NEWEST_MAX]; /* "": another than "$" was given; "$": nobody told yet */
};

struct hr_newest *hr_newest_new(int argc, const char *const *argv, const size_t *argvlen) {
  int count, first = hr_command_newest(argc, argv, argvlen, &count);
  struct hr_newest *newest = NULL;
  if (first > 0) {
    newest = hr_calloc(1, sizeof(*newest) + (size_t)count * sizeof(newest->ids[0]));
  }
  if (newest == NULL) {
    return NULL;
  }
  newest->first = first;
  newest->count = count;
  for (int i = 0; i < count; i++) {
    const char *id = argv[first + i];
    size_t len = argvlen != NULL ? argvlen[first + i] : strlen(id);
    newest->ids[i][0] = len == 1 && id[0] == '$' ? '$' : '\0';
  }
  return newest;
}

int hr_newest_ask(const struct hr_newest *newest, struct hr_lane *lane, hr_request_fn *fn,
                  const char *const *argv, const size_t *argvlen) {
  for (int i = 0; i < newest->count; i++) {
    int key = newest->first - newest->count + i;
    const char *ask[] = {"XINFO", "STREAM", argv[key]};
    size_t lens[] = {5, 6, argvlen[key]};
    struct hr_request request = {.fn = fn, .owner = lane, .flags = HR_REQ_OURS};
    request.user_data = (void *)(uintptr_t)i;
    if (newest->ids[i][0] == '$' && newest->ids[i][1] == '\0' &&
        hr_link_send(lane->conn.link, &request, 3, ask, lens) != 0) {
      return -1;
    }
  }
  return 0;
}

void hr_newest_told(struct hr_newest *newest, const void *place, const struct redisReply *reply) {
  static const char word[] = "last-generated-id", none[] = "ERR no such key";
  char *id = newest->ids[(uintptr_t)place];
  if (reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, none, sizeof(none) - 1) == 0) {
    snprintf(id, HR_NEWEST_MAX, "0-0"); /* whatever comes is new */
  }
  for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
    const struct redisReply *name = reply->element[i], *value = reply->element[i + 1];
    if (name->str != NULL && strcmp(name->str, word) == 0 && value->str != NULL &&
        (size_t)value->len < HR_NEWEST_MAX) {
      snprintf(id, HR_NEWEST_MAX, "%s", value->str);
    }
  }
}

void hr_newest_put(const struct hr_newest *newest, const char **argv, size_t *argvlen) {
  for (int i = 0; i < newest->count; i++) {
    if (newest->ids[i][0] != '\0') {
      argv[newest->first + i] = newest->ids[i];
      argvlen[newest->first + i] = strlen(newest->ids[i]);
    }
  }
}
