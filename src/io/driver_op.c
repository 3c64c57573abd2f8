/*
 * What became of a packet: each reply is matched with its line by position, alone or as an element
 * of EXEC's array, and only what the line is there for is kept.
 * Must not know links, the core, or what the packet was for. Pure.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

static bool starts(const redisReply *reply, const char *word) {
  size_t len = strlen(word);
  return (size_t)reply->len >= len && !memcmp(reply->str, word, len);
}

static bool holds(const redisReply *reply, const char *text) {
  return strstr(reply->str, text) != NULL;
}

/* EXECABORT since 7.0 repeats the cause in its text. */
enum hr_refusal hr_refusal_of(const struct redisReply *reply) {
  assert(reply);
  if (reply->type != REDIS_REPLY_ERROR) return HR_REFUSAL_NONE;
  if (starts(reply, "OOM") || (starts(reply, "EXECABORT") && holds(reply, "OOM "))) {
    return HR_REFUSAL_OOM;
  }
  if (starts(reply, "MISCONF") || starts(reply, "NOREPLICAS")) return HR_REFUSAL_CANNOT_WRITE;
  if (starts(reply, "NOAUTH") || starts(reply, "NOPERM") || starts(reply, "WRONGPASS")) {
    return HR_REFUSAL_AUTH;
  }
  if (starts(reply, "BUSY") || starts(reply, "LOADING")) return HR_REFUSAL_BUSY;
  return HR_REFUSAL_OTHER;
}

/* The first error tells the cause; EXECABORT only repeats it. */
static void note_refusal(struct hr_answers *a, const redisReply *reply) {
  if (a->refusal != HR_REFUSAL_NONE) return;
  a->refusal = hr_refusal_of(reply);
  snprintf(a->why, sizeof a->why, "%s", reply->str);
}

/* The second element of CONFIG GET's answer, "" for a setting this server does not have; NULL when
 * the answer is no such thing. */
static const char *config_value(const redisReply *reply) {
  if (reply->type != REDIS_REPLY_ARRAY) return NULL;
  if (reply->elements < 2) return "";
  return reply->element[1]->type == REDIS_REPLY_STRING ? reply->element[1]->str : NULL;
}

/* A limit that is not in force needs no lifting, and one that does not fit no putting back. */
static void take_limit(char *out, size_t size, const char *value) {
  if (strcmp(value, "0") != 0 && strlen(value) < size) snprintf(out, size, "%s", value);
}

static void take_config(struct hr_answers *a, enum hr_take take, const redisReply *reply) {
  const char *value = config_value(reply);
  struct hr_limits *limits = &a->limits;
  if (!value) return;
  if (take == HR_TAKE_MAXMEMORY) take_limit(limits->maxmemory, sizeof limits->maxmemory, value);
  if (take == HR_TAKE_MIN_REPLICAS) {
    take_limit(limits->min_replicas, sizeof limits->min_replicas, value);
  }
  if (take == HR_TAKE_STOP_WRITES) limits->stops_writes = !strcmp(value, "yes");
  if (take == HR_TAKE_MASTERAUTH) a->masterauth_empty = !value[0];
  if (take == HR_TAKE_STALE) a->stale_refused = !strcmp(value, "no");
}

static void take_info(struct hr_answers *a, const redisReply *reply) {
  struct hr_info info;
  if (!hr_info_parse(reply->str, (size_t)reply->len, &info)) {
    a->garbled = true;
    return;
  }
  a->info_seen = true;
  a->keys_of_0 = info.keys_of_0;
  a->expires_of_0 = info.expires_of_0;
  snprintf(a->version, sizeof a->version, "%s", info.version);
  hr_facts_from_info(&a->facts, &info, a->names);
  hr_stream_from_info(&a->stream, &info);
}

/* A key of ours: nil is absent, and so is a text that we would not have written. */
static void take_key(struct hr_answers *a, enum hr_take take, const redisReply *reply) {
  if (reply->type == REDIS_REPLY_NIL) return;
  if (reply->type != REDIS_REPLY_STRING) {
    a->garbled = true;
    return;
  }
  struct hr_lock lock;
  struct hr_lineage lineage;
  size_t len = (size_t)reply->len;
  if (take == HR_TAKE_LOCK && hr_lock_parse(reply->str, len, &lock)) {
    a->guard.lock = lock.epoch;
    snprintf(a->guard.lock_client, sizeof a->guard.lock_client, "%s", lock.client);
  } else if (take == HR_TAKE_PROMISE) {
    hr_epoch_parse(reply->str, len, &a->guard.promise);
  } else if (take == HR_TAKE_EPOCH && hr_lineage_parse(reply->str, len, &lineage)) {
    a->guard.epoch = lineage.epoch;
  } else if (take == HR_TAKE_FILE) {
    a->marked = len == 1 && reply->str[0] == '1';
  }
  if (take == HR_TAKE_LOCK || take == HR_TAKE_OURS) a->own_keys++; /* the others are fields */
  if (take == HR_TAKE_LOCK) a->lock_seen = true;
}

/* The answer to SCAN: a cursor, "0" when that is all, and names. Any node's lock is ours: a replica
 * has those of its master, and of processes that are no more. */
static void take_keys(struct hr_answers *a, const redisReply *reply) {
  bool shaped = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                reply->element[0]->type == REDIS_REPLY_STRING &&
                reply->element[1]->type == REDIS_REPLY_ARRAY;
  if (!shaped || strcmp(reply->element[0]->str, "0") != 0) return;
  const redisReply *names = reply->element[1];
  a->keys_listed = true;
  a->listed = 0;
  for (size_t i = 0; i < names->elements; i++) {
    const redisReply *name = names->element[i];
    a->listed += name->type == REDIS_REPLY_STRING && !starts(name, HR_KEY_LOCK ":");
  }
}

static void take_record(struct hr_answers *a, const redisReply *reply) {
  if (reply->type != REDIS_REPLY_ARRAY) {
    a->garbled = true;
    return;
  }
  hr_facts_take_record(&a->facts, reply, a->names);
  a->guard.epoch = a->facts.epoch;
  for (size_t i = 0; i < reply->elements; i++) {
    if (reply->element[i]->type != REDIS_REPLY_NIL) {
      a->own_keys++;
      return;
    }
  }
}

static void take_error(struct hr_answers *a, enum hr_take take, const redisReply *reply) {
  switch (take) {
    case HR_TAKE_LOCK:
    case HR_TAKE_PROMISE:
    case HR_TAKE_FILE:
    case HR_TAKE_OURS:
    case HR_TAKE_EPOCH:
    case HR_TAKE_RECORD:
      if (starts(reply, "WRONGTYPE")) {
        if (take == HR_TAKE_EPOCH || take == HR_TAKE_RECORD) a->group_garbage = true;
        if (take == HR_TAKE_PROMISE || take == HR_TAKE_FILE) a->notes_garbage = true;
        return;
      }
      note_refusal(a, reply);
      a->refused = true;
      return;
    case HR_TAKE_MUST:
    case HR_TAKE_SET_LOCK:
    case HR_TAKE_INFO:
    case HR_TAKE_MULTI:
    case HR_TAKE_EXEC:
      note_refusal(a, reply);
      a->refused = true;
      return;
    case HR_TAKE_NOTHING:
    case HR_TAKE_KEYS:
    case HR_TAKE_REWRITE:
    case HR_TAKE_MAXMEMORY:
    case HR_TAKE_STOP_WRITES:
    case HR_TAKE_MIN_REPLICAS:
    case HR_TAKE_MASTERAUTH:
    case HR_TAKE_STALE:
      return;
  }
}

static void take_line(struct hr_answers *a, enum hr_take take, const redisReply *reply) {
  if (reply->type == REDIS_REPLY_ERROR) {
    take_error(a, take, reply);
    return;
  }
  switch (take) {
    case HR_TAKE_NOTHING:
    case HR_TAKE_MULTI:
    case HR_TAKE_EXEC:
      return;
    case HR_TAKE_MUST:
      if (reply->type != REDIS_REPLY_STATUS && reply->type != REDIS_REPLY_INTEGER) {
        a->garbled = true;
      }
      return;
    case HR_TAKE_SET_LOCK:
      a->lock_set = reply->type == REDIS_REPLY_STATUS;
      return;
    case HR_TAKE_REWRITE:
      a->rewritten = reply->type == REDIS_REPLY_STATUS;
      return;
    case HR_TAKE_RECORD:
      take_record(a, reply);
      return;
    case HR_TAKE_LOCK:
    case HR_TAKE_PROMISE:
    case HR_TAKE_EPOCH:
    case HR_TAKE_FILE:
    case HR_TAKE_OURS:
      take_key(a, take, reply);
      return;
    case HR_TAKE_INFO:
      if (reply->type == REDIS_REPLY_STRING) {
        take_info(a, reply);
      } else {
        a->garbled = true;
      }
      return;
    case HR_TAKE_KEYS:
      take_keys(a, reply);
      return;
    case HR_TAKE_MAXMEMORY:
    case HR_TAKE_STOP_WRITES:
    case HR_TAKE_MIN_REPLICAS:
    case HR_TAKE_MASTERAUTH:
    case HR_TAKE_STALE:
      take_config(a, take, reply);
      return;
  }
}

/* nil: what was WATCHed has changed. An error: a line was refused while it was queued. */
static void take_exec(struct hr_answers *a, size_t exec, const redisReply *reply) {
  size_t first = a->multi; /* the line after MULTI */
  if (reply->type == REDIS_REPLY_NIL) {
    a->aborted = true;
  } else if (reply->type == REDIS_REPLY_ERROR) {
    note_refusal(a, reply);
    a->aborted = true;
  } else if (reply->type != REDIS_REPLY_ARRAY || reply->elements != exec - first) {
    a->garbled = true;
  } else {
    for (size_t i = 0; i < reply->elements; i++) {
      take_line(a, (enum hr_take)a->lines[first + i]->take, reply->element[i]);
    }
  }
}

void hr_answers_begin(struct hr_answers *a, const struct hr_names *names) {
  assert(a && names);
  memset(a, 0, sizeof *a);
  a->names = names;
  a->facts.epoch_node = -1;
  a->facts.follows = -1;
}

void hr_answers_expect(struct hr_answers *a, const struct hr_line *line) {
  assert(a->count < HR_LINES_MAX && a->next == 0);
  a->lines[a->count++] = line;
}

bool hr_answers_complete(const struct hr_answers *a) {
  assert(a->next <= a->count);
  return a->next == a->count;
}

void hr_answers_take(struct hr_answers *a, const struct redisReply *reply) {
  assert(!hr_answers_complete(a) && reply);
  uint8_t index = a->next++;
  enum hr_take take = (enum hr_take)a->lines[index]->take;
  a->keys_asked |= take == HR_TAKE_KEYS;
  if (take == HR_TAKE_EXEC) {
    take_exec(a, index, reply);
    a->multi = 0;
  } else if (a->multi) {
    if (reply->type == REDIS_REPLY_ERROR) note_refusal(a, reply);
  } else {
    take_line(a, take, reply);
    if (take == HR_TAKE_MULTI) a->multi = (uint8_t)(index + 1);
  }
}

/* ------------------------------------------------------------------- whose keys are there ---- */

#define FEW_KEYS 16

/* Keys with a time to live that are not the lock which we see: old locks, or a user's. */
bool hr_answers_doubt_keys(const struct hr_answers *a) {
  assert(a->own_keys >= a->lock_seen);
  int64_t others = a->keys_of_0 - a->own_keys;
  return others > 0 && others <= FEW_KEYS && a->expires_of_0 > a->lock_seen;
}

int64_t hr_answers_user_keys(const struct hr_answers *a) {
  assert(a->listed >= 0);
  int64_t keys = a->facts.keys - a->own_keys;
  if (a->keys_listed) {
    int64_t here = a->listed - (a->own_keys - a->lock_seen);
    keys = a->facts.keys - a->keys_of_0 + (here > 0 ? here : 0);
  }
  return keys > 0 ? keys : 0;
}
