/*
 * Clients that know nothing of the library: connections kept open to one server, each writing at
 * a rate, whatever the server has become. They show what an old master still acknowledges.
 */
#ifndef KIT_RAW_H
#define KIT_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "server.h"

enum { RAW_MAX = 8 };

struct raw {
  struct redisContext *link;
  int64_t next_us;  /* when the next write is due; 0: one is on its way */
  int acked;
  bool closed;
};

struct crowd_raw {
  int count;
  struct raw each[RAW_MAX];
};

void raw_open(struct crowd_raw *c, const struct server *s, int count);
/* Put one write on each connection; nobody waits for an answer. */
void raw_send(struct crowd_raw *c);
/*
 * Read and write on for up to duration_ms, each connection `rate` times a second. Returns when
 * the server first said that it is a replica (microseconds since the call), or -1.
 */
int64_t raw_work(struct crowd_raw *c, struct server *s, int duration_ms, int rate);
/* The most that one connection got acknowledged. */
int raw_acked_max(const struct crowd_raw *c);
void raw_close(struct crowd_raw *c);

#endif
