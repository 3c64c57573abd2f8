/*
 * Messages of a flood, taken by plain hiredis or by this library: one subscription a channel, one
 * handler for all of them.
 */
#ifndef BENCH_FLOOD_H
#define BENCH_FLOOD_H

#include "engine.h"

#define FLOOD_CHANNEL "news.%05d"
enum { FLOOD_CHANNELS_MAX = 100000 };

struct flood_work {
  enum engine engine;
  int port;         /* of the floodserver */
  int channels;
  int64_t warm_us;  /* unmeasured before; each message is looked at */
  int64_t run_us;   /* measured; 0: until `count` messages have come, all measured */
  int64_t count;
};

struct flood_outcome {
  int64_t messages;
  int64_t wrong;      /* given to a handler of another channel, looked at while warming up */
  int64_t wall_us;
  int64_t cpu_us;     /* user and system time of this process */
  int64_t ready_us;   /* from the first subscription to the last confirmation */
  int64_t heap;       /* bytes that the subscriptions keep on the heap */
};

/* Runs in this process. Ends it with a message when there is no server. */
struct flood_outcome flood_run(const struct flood_work *work);

#endif
