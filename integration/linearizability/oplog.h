/*
 * What an application did, operation by operation, in a file that is mapped into its memory: what
 * stands there stays there, whenever and however the application ends. The call is written before
 * the library hears of it, the end from within the callback, both by the one monotonic clock of
 * the machine: so the true moment lies between the two.
 */
#ifndef LIN_OPLOG_H
#define LIN_OPLOG_H

#include <stddef.h>
#include <stdint.h>

enum oplog_state { OPLOG_FREE, OPLOG_CALLED, OPLOG_ENDED };

enum oplog_kind {
  OPLOG_READ = 1,
  OPLOG_WRITE,     /* SET to a value that nobody else writes */
  OPLOG_INCREMENT, /* INCR */
  OPLOG_APPEND,    /* RPUSH of a value that nobody else writes */
  OPLOG_EVENT,     /* of a client: index of the key = enum haredis_event_kind, value = its count */
};

enum { OPLOG_SERVER_ERROR = 1000 }; /* as a code: the server answered with an error */

struct oplog_op {
  int64_t call_us;
  int64_t return_us;
  int64_t value;     /* what was written, or answered; 0: no such key */
  uint64_t epoch;    /* of an event */
  uint32_t key;      /* see below */
  int32_t code;      /* HAREDIS_OK and so on, or OPLOG_SERVER_ERROR */
  int32_t port;      /* of the node that it went to last; of an event; 0: none, or not asked for */
  uint16_t process;  /* each start of an application has a number of its own, from 1 */
  uint16_t client;   /* in that process, from 1 */
  uint16_t kind;     /* enum oplog_kind */
  uint16_t state;    /* enum oplog_state; written last */
  uint32_t order;    /* among the operations of its process */
};

/* One per process. Ends the program when the file cannot be made or grown. */
void oplog_create(const char *path, int process);
/* A new operation, called now. It may be held until the process ends. */
struct oplog_op *oplog_call(int kind, uint32_t key, int client, int64_t value);
void oplog_end(struct oplog_op *op, int code, int64_t value);

/* All operations of a file, behind those of `ops`; returns the new array. */
struct oplog_op *oplog_load(const char *path, struct oplog_op *ops, size_t *count);

/* ---- keys: made anew every few seconds, so that the history of each stays small ---- */

enum key_class { KEY_REGISTER, KEY_COUNTER, KEY_LIST, KEY_OF_EVENT };
enum { KEY_GENERATION_ALL = 0xffffff, KEY_INDEX_MAX = 63, KEY_NAME_MAX = 40 };

uint32_t key_make(uint32_t generation, int class, uint32_t index);
uint32_t key_generation(uint32_t key); /* KEY_GENERATION_ALL: lives through the whole run */
int key_class(uint32_t key);
uint32_t key_index(uint32_t key);
const char *key_name(uint32_t key, char name[KEY_NAME_MAX]);

#endif
