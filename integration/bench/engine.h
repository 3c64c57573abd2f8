/*
 * The two engines that are compared. Each keeps `window` commands in flight against one server,
 * sending the next from the callback of an answer, as an application would.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

enum engine { ENGINE_HIREDIS, ENGINE_HAREDIS };

struct work {
  enum engine engine;
  const char *nodes; /* "127.0.0.1:6379"; the library takes a list, hiredis the first */
  bool get;          /* else SET */
  int size;          /* of the value */
  int window;
  bool durable;      /* the library only: durability = quorum */
  bool tls;          /* the library only */
  int64_t warm_us;   /* unmeasured before */
  int64_t run_us;    /* measured; 0: until `count` answers have come, all measured */
  int64_t count;
};

struct outcome {
  int64_t commands;
  int64_t errors;    /* error replies and failed commands */
  int64_t wall_us;
  int64_t cpu_us;    /* user and system time of this process */
};

/* Runs in this process. Ends it with a message when there is no server. */
struct outcome engine_run(const struct work *work);

/* The flush policy of each engine, for the table's head. */
const char *engine_flush_policy(enum engine engine);

#endif
