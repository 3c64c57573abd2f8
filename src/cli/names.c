/*
 * What the Tab key offers: the names of commands as the server knows them (its COMMAND reply), of
 * their subcommands, and the options of the ones that have many.
 */
#include "repl.h"

#include <ctype.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "CONFIG" or "CONFIG GET"; sorted. */
static struct {
  char **list;
  size_t count, capacity;
} names;

/* Until a server has told, and for ever where COMMAND is not allowed. */
static const char built_in[] =
    "APPEND AUTH BITCOUNT BITFIELD BITOP BITPOS BLMOVE BLMPOP BLPOP BRPOP BZMPOP BZPOPMAX "
    "BZPOPMIN CLIENT COMMAND CONFIG COPY DBSIZE DECR DECRBY DEL DUMP ECHO EVAL EVALSHA EVAL_RO "
    "EXISTS EXPIRE EXPIREAT EXPIRETIME FCALL FCALL_RO FLUSHALL FLUSHDB FUNCTION GEOADD GEODIST "
    "GEOHASH GEOPOS GEOSEARCH GEOSEARCHSTORE GET GETBIT GETDEL GETEX GETRANGE GETSET HDEL "
    "HEXISTS HGET HGETALL HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HRANDFIELD HSCAN HSET "
    "HSETNX HSTRLEN HVALS INCR INCRBY INCRBYFLOAT INFO KEYS LATENCY LINDEX LINSERT LLEN LMOVE "
    "LMPOP LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM MEMORY MGET MSET MSETNX OBJECT PERSIST "
    "PEXPIRE PEXPIREAT PFADD PFCOUNT PFMERGE PING PSETEX PTTL PUBLISH PUBSUB RANDOMKEY RENAME "
    "RENAMENX RESTORE ROLE RPOP RPOPLPUSH RPUSH RPUSHX SADD SCAN SCARD SCRIPT SDIFF SDIFFSTORE "
    "SET SETBIT SETEX SETNX SETRANGE SINTER SINTERCARD SINTERSTORE SISMEMBER SLOWLOG SMEMBERS "
    "SMISMEMBER SMOVE SORT SPOP SPUBLISH SRANDMEMBER SREM SSCAN STRLEN SUNION SUNIONSTORE TIME "
    "TOUCH TTL TYPE UNLINK WAIT XACK XADD XAUTOCLAIM XCLAIM XDEL XGROUP XINFO XLEN XPENDING "
    "XRANGE XREAD XREADGROUP XREVRANGE XTRIM ZADD ZCARD ZCOUNT ZDIFF ZDIFFSTORE ZINCRBY ZINTER "
    "ZINTERSTORE ZLEXCOUNT ZMPOP ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX "
    "ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM ZREVRANGE ZSCAN ZSCORE ZUNION ZUNIONSTORE";
/* What this program itself understands, whatever the server allows. */
static const char ours[] =
    "HELP EXIT QUIT STATUS MULTI EXEC DISCARD WATCH UNWATCH SUBSCRIBE PSUBSCRIBE SSUBSCRIBE "
    "MONITOR KEYSPACE SELECT SWITCHOVER TAKEOVER";

static const struct {
  const char *command, *words;
} options[] = {
  {"SET", "EX PX EXAT PXAT NX XX KEEPTTL GET"},
  {"GETEX", "EX PX EXAT PXAT PERSIST"},
  {"EXPIRE", "NX XX GT LT"},
  {"PEXPIRE", "NX XX GT LT"},
  {"SCAN", "MATCH COUNT TYPE"},
  {"HSCAN", "MATCH COUNT"},
  {"SSCAN", "MATCH COUNT"},
  {"ZSCAN", "MATCH COUNT"},
  {"SORT", "BY LIMIT GET ASC DESC ALPHA STORE"},
  {"ZADD", "NX XX GT LT CH INCR"},
  {"ZRANGE", "BYSCORE BYLEX REV LIMIT WITHSCORES"},
  {"ZUNION", "WEIGHTS AGGREGATE WITHSCORES"},
  {"ZINTER", "WEIGHTS AGGREGATE WITHSCORES"},
  {"LPOS", "RANK COUNT MAXLEN"},
  {"LINSERT", "BEFORE AFTER"},
  {"LMOVE", "LEFT RIGHT"},
  {"BLMOVE", "LEFT RIGHT"},
  {"COPY", "DB REPLACE"},
  {"RESTORE", "REPLACE ABSTTL IDLETIME FREQ"},
  {"GEOSEARCH", "FROMMEMBER FROMLONLAT BYRADIUS BYBOX ASC DESC COUNT ANY WITHCOORD WITHDIST"},
  {"XADD", "NOMKSTREAM MAXLEN MINID LIMIT"},
  {"XREAD", "COUNT BLOCK STREAMS"},
  {"XREADGROUP", "GROUP COUNT BLOCK NOACK STREAMS"},
  {"XTRIM", "MAXLEN MINID LIMIT"},
  {"FLUSHALL", "ASYNC SYNC"},
  {"FLUSHDB", "ASYNC SYNC"},
  {"CLIENT LIST", "TYPE ID"},
  {"CLIENT KILL", "ADDR LADDR ID TYPE USER SKIPME MAXAGE"},
};

bool cli_names_built_in(const char *word) {
  size_t length = strlen(word);
  for (const char *at = built_in; *at != '\0';) {
    size_t len = strcspn(at, " ");
    if (len == length && strncasecmp(at, word, len) == 0) return true;
    at += len + (at[len] == ' ');
  }
  return false;
}

static void add(const char *name, size_t len) {
  if (names.count == names.capacity) {
    size_t capacity = names.capacity * 2 + 256;
    char **list = realloc(names.list, capacity * sizeof(*list));
    if (list == NULL) return; /* fewer names are offered */
    names.list = list;
    names.capacity = capacity;
  }
  char *copy = malloc(len + 1);
  if (copy == NULL) return;
  for (size_t i = 0; i < len; i++) {
    copy[i] = name[i] == '|' ? ' ' : (char)toupper((unsigned char)name[i]);
  }
  copy[len] = '\0';
  names.list[names.count++] = copy;
}

static void add_words(const char *words) {
  while (*words != '\0') {
    size_t len = strcspn(words, " ");
    add(words, len);
    words += len + (words[len] == ' ');
  }
}

/* name, arity, flags, first, last, step, categories, tips, key specs, subcommands */
static void add_reply(const redisReply *reply, int depth) {
  for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
    const redisReply *line = reply->element[i];
    if (line->type != REDIS_REPLY_ARRAY || line->elements == 0 || line->element[0]->str == NULL) {
      continue;
    }
    add(line->element[0]->str, (size_t)line->element[0]->len);
    if (depth == 0 && line->elements > 9) add_reply(line->element[9], 1);
  }
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(void) {
  size_t kept = 0;
  if (names.count > 0) qsort(names.list, names.count, sizeof(*names.list), by_name);
  for (size_t i = 0; i < names.count; i++) {
    if (kept > 0 && strcmp(names.list[kept - 1], names.list[i]) == 0) {
      free(names.list[i]);
    } else {
      names.list[kept++] = names.list[i];
    }
  }
  names.count = kept;
}

void cli_names_learn(haredis_client *c) {
  static const char *argv[] = {"COMMAND"};
  haredis_call call = HAREDIS_CALL_INIT;
  call.timeout_ms = 500;
  redisReply *reply = c != NULL ? haredis_command_with(c, &call, 1, argv, NULL) : NULL;
  cli_names_free();
  if (reply != NULL) add_reply(reply, 0);
  freeReplyObject(reply);
  if (names.count == 0) add_words(built_in);
  add_words(ours);
  sort_names();
}

void cli_names_free(void) {
  for (size_t i = 0; i < names.count; i++) free(names.list[i]);
  free(names.list);
  memset(&names, 0, sizeof(names));
}

/* ---- completion ---- */

struct typing {
  char before[64];  /* the command and, where it has some, its subcommand: "CONFIG GET" */
  size_t words;     /* complete ones before the last */
  const char *last; /* what is being typed; may be empty */
  size_t len;
};

static bool is_name(const char *text) {
  for (size_t i = 0; i < names.count; i++) {
    if (strcmp(names.list[i], text) == 0) return true;
  }
  return false;
}

static void look(const char *line, struct typing *typing) {
  memset(typing, 0, sizeof(*typing));
  const char *at = line;
  for (;;) {
    at += strspn(at, " \t");
    size_t len = strcspn(at, " \t");
    typing->last = at;
    typing->len = len;
    if (at[len] == '\0') return;
    char name[sizeof(typing->before)];
    int size = snprintf(name, sizeof(name), "%s%s%.*s", typing->before,
                        typing->words > 0 ? " " : "", (int)len, at);
    for (char *p = name; *p != '\0'; p++) *p = (char)toupper((unsigned char)*p);
    bool fits = size > 0 && (size_t)size < sizeof(name);
    if (fits && (typing->words == 0 || (typing->words == 1 && is_name(name)))) {
      memcpy(typing->before, name, sizeof(name));
    }
    typing->words++;
    at += len;
  }
}

static char *in_case_of(const struct typing *typing, const char *word, size_t len) {
  bool lower = false;
  for (size_t i = 0; i < typing->len; i++) {
    lower = lower || islower((unsigned char)typing->last[i]) != 0;
  }
  char *copy = malloc(len + 1);
  if (copy == NULL) return NULL;
  for (size_t i = 0; i < len; i++) {
    copy[i] = lower ? (char)tolower((unsigned char)word[i]) : word[i];
  }
  copy[len] = '\0';
  return copy;
}

static bool begins(const struct typing *typing, const char *word, size_t len) {
  return len >= typing->len && strncasecmp(word, typing->last, typing->len) == 0;
}

/* Names: commands where nothing stands before, else subcommands of what does. */
static char *complete_name(const struct typing *typing, size_t *index) {
  size_t head = typing->words > 0 ? strlen(typing->before) + 1 : 0;
  for (size_t i = 0; i < names.count && typing->words < 2; i++) {
    const char *name = names.list[i];
    bool below = head == 0 || strncmp(name, typing->before, head - 1) == 0;
    if (!below || (head > 0 && name[head - 1] != ' ')) continue;
    size_t len = strlen(name + head);
    if (strchr(name + head, ' ') != NULL || !begins(typing, name + head, len)) continue;
    if ((*index)-- == 0) return in_case_of(typing, name + head, len);
  }
  return NULL;
}

static char *complete_option(const struct typing *typing, size_t *index) {
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && typing->words > 0; i++) {
    if (strcmp(options[i].command, typing->before) != 0) continue;
    for (const char *word = options[i].words; *word != '\0';) {
      size_t len = strcspn(word, " ");
      if (begins(typing, word, len) && (*index)-- == 0) return in_case_of(typing, word, len);
      word += len + (word[len] == ' ');
    }
  }
  return NULL;
}

char *cli_names_complete(const char *line, size_t index, size_t *start) {
  struct typing typing;
  look(line, &typing);
  *start = (size_t)(typing.last - line);
  char *found = complete_name(&typing, &index);
  return found != NULL ? found : complete_option(&typing, &index);
}
