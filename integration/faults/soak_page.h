/*
 * What an application of the soak and its orchestrator share: one page of memory in a file, which
 * survives the application's kill -9 with everything that it had been told until then. The
 * application writes all of it but `wanted` and `wanted_serial`.
 *
 * A phase has a serial, and the application's keys in it bear the serial: soak:<slot>:<serial>:<x>.
 * Counts are those of the phase.
 */
#ifndef FAULTS_SOAK_PAGE_H
#define FAULTS_SOAK_PAGE_H

#include <stdatomic.h>
#include <stdint.h>

enum {
  SOAK_SLOTS = 8,           /* applications at most */
  SOAK_WRITES = 1 << 15,    /* of one lane in one phase, at most; id 0 is none */
  SOAK_LIST = 1024,         /* gaps and pauses in one phase that are kept */
  SOAK_CODES = 32,
};

/* What an application does, all of it at the same time. */
enum soak_lane {
  SOAK_ASYNC,          /* RPUSH :a <id>; each write is recorded, as those of the next two */
  SOAK_DURABLE,        /* RPUSH :d <id>, durability quorum */
  SOAK_PUBLISH,        /* to all applications */
  SOAK_RECORDED,
  SOAK_SET = SOAK_RECORDED, /* SET :r <n>, quorum, one at a time */
  SOAK_LINEARIZABLE,   /* GET :r */
  SOAK_REPLICA,        /* GET :r from a replica that has our own writes */
  SOAK_TXN,            /* MULTI INCR :t INCR :u EXEC, quorum */
  SOAK_WATCH,          /* WATCH :w GET :w MULTI SET :w <n + 1> EXEC, quorum */
  SOAK_SCRIPT,         /* INCR :s in Lua, quorum */
  SOAK_PUSH,           /* RPUSH :q <n>, quorum, when the one before was taken or lost */
  SOAK_POP,            /* BLPOP :q 1 */
  SOAK_LANES,
};

enum soak_wanted { SOAK_RUN, SOAK_PAUSE, SOAK_END };
enum soak_state { SOAK_STARTS, SOAK_RUNS, SOAK_PAUSED };

enum soak_fate { SOAK_NONE, SOAK_PENDING, SOAK_ENDED };

struct soak_write {
  int64_t sent_us, at_us;   /* given to the library; called back */
  uint32_t masters_sent;    /* how many masters the client had had, then */
  uint32_t masters_at;
  int32_t code;             /* enum record_code */
  int32_t fate;
};

struct soak_count {
  uint64_t begun;           /* accepted by the library */
  uint64_t refused;         /* not accepted */
  uint64_t acked;
  uint64_t maybe;           /* ERR_MAYBE, a server's error: nobody knows */
  uint64_t failed;          /* told that it did not run */
  int64_t acked_sent_us;    /* when the last one that was acknowledged was sent */
};

struct soak_span {
  int64_t from_us, until_us;
};

/* Heard behind a later one of the same publisher. */
struct soak_late {
  uint64_t serial;
  uint32_t slot, id;
};

/* What a listener heard of one publisher. */
struct soak_heard {
  uint64_t serial;
  uint64_t last[2];         /* by each of its two handles */
  uint8_t heard[2][SOAK_WRITES / 8];
};

struct soak_page {
  atomic_int wanted;        /* enum soak_wanted */
  atomic_ullong wanted_serial;
  atomic_int state;         /* enum soak_state */
  uint64_t serial;
  int64_t listening_us;     /* since when every subscription has been in force */
  int32_t master_port;      /* as its topology says, 0: none */
  int32_t writable;
  uint32_t masters;         /* MASTER_CHANGED so far */
  uint64_t diverged;        /* writes that DIVERGED told */
  uint64_t pending;         /* accepted and not called back */
  uint64_t register_sent, register_acked;
  uint64_t register_back;   /* reads of one in doubt that ran behind a later one: allowed */
  uint8_t register_doubt[SOAK_WRITES / 8]; /* which of them may still run */
  uint64_t popped_again;    /* a pop that was lost with a master is allowed to be done again */
  struct soak_count lanes[SOAK_LANES];
  uint64_t codes[SOAK_CODES]; /* of what failed or may have run */
  /* What must never be. */
  uint32_t called_twice, stale, from_nowhere, repeated, foreign;
  char first[280];          /* the first of them, in words */
  char server_error[120];   /* the last one */
  uint32_t pause_count, gap_count, late_count;
  int64_t pauses_us[SOAK_LIST]; /* around each change of master: without an async acknowledgement */
  int64_t longest_us;       /* of these, and when it ended */
  int64_t longest_end_us;
  struct soak_span gaps[SOAK_LIST]; /* told by SUBSCRIPTION_GAP */
  struct soak_late late[SOAK_LIST];
  struct soak_write writes[SOAK_RECORDED][SOAK_WRITES];
  struct soak_heard heard[SOAK_SLOTS];
};

#endif
