/*
 * What fake_redis.c and fake_commands.c share.
 */
#ifndef TEST_FAKE_REDIS_IMPL_H
#define TEST_FAKE_REDIS_IMPL_H

#include <ev.h>

#include "fake_redis.h"

#define FAKE_ARGS_MAX 64
#define FAKE_CHANNELS_MAX 8

struct fake_bytes {
  char *data;
  size_t length, capacity;
};

struct fake_command {
  int argc;
  const char *argv[FAKE_ARGS_MAX];
  size_t lengths[FAKE_ARGS_MAX];
  size_t end; /* bytes it took */
};

/* A string (field is empty), or one field of a hash. */
struct fake_entry {
  struct fake_entry *next;
  char key[200], field[64], value[600];
};

struct fake_conn {
  struct fake_conn *next;
  struct fake_redis *fake;
  ev_io io;
  struct fake_bytes in, out;
  struct fake_bytes queue; /* commands between MULTI and EXEC, each a struct fake_command's text */
  int multi, queued, watching, kill;
  size_t watched_changes;  /* fake->changes when WATCH came */
  char channels[FAKE_CHANNELS_MAX][64];
  int channel_count;
};

struct fake_redis {
  struct ev_loop *loop;
  ev_io io;
  int port;
  unsigned lives;
  struct fake_conn *conns;
  struct fake_entry *entries;
  char run_id[41];
  char master_host[64]; /* empty: it is a master */
  int master_port;
  size_t changes;       /* of any key: WATCH is that coarse */
  long long offset;
  size_t commands;
  fake_garble *garble;
  void *garble_state;
};

void fake_die(const char *what);
void *fake_memory(void *old, size_t size);
void fake_bytes_add(struct fake_bytes *bytes, const char *data, size_t length);
void fake_say(struct fake_bytes *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fake_conn_close(struct fake_conn *conn);
void fake_entry_drop(struct fake_redis *fake, struct fake_entry *entry);
void fake_command_run(struct fake_conn *conn, const struct fake_command *command,
                      struct fake_bytes *answer);

#endif
