/*
 * A failover group of throw-away servers, and what an onlooker can say about it: who is master,
 * how many promotions there were (the servers' own logs), whether everything has settled.
 */
#ifndef KIT_GROUP_H
#define KIT_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"
#include "server.h"

enum { GROUP_MAX = 5 };

struct group_plan {
  int nodes;
  bool append;             /* servers keep their data over a restart */
  bool hosts;              /* one network namespace each (netns_build first) */
  const char *extra;       /* lines for the servers' configuration */
  const char *user;        /* what the applications log in with */
  const char *password;
  const char *look_user;   /* what the onlooker logs in with */
  const char *look_password;
};

struct group {
  int count;
  struct group_plan plan;
  struct server servers[GROUP_MAX];
  int64_t master_offset;   /* at the last look for whether it has settled, -1: none */
  char nodes[512];         /* "host:port,host:port" for the library */
};

/* Start all servers: masters each, with no replication configured. */
void group_start(struct group *g, const struct group_plan *plan);
/* Choose ports and write files only. */
void group_prepare(struct group *g, const struct group_plan *plan);
/* Kill all servers and delete their files. */
void group_stop(struct group *g);

/* The index of the server with the role of a master and the highest epoch, or -1. */
int group_master(struct group *g);
int group_by_port(const struct group *g, int port);

/*
 * Settled: one master, every other running server streams from it, is read-only, and nothing is
 * sealed or locked. Waits; `why` (may be NULL) gets what was missing at the end. It takes two
 * looks: with timeout_ms 0 each call is one, and group_unsettle() forgets the look before.
 */
void group_unsettle(struct group *g);
bool group_settle(struct group *g, int timeout_ms, char *why, size_t size);

/* How often a server of the group became a master, by their logs. */
int group_promotions(const struct group *g);

/* Set up replication by hand: server 0 is the master. For looking at the kit itself. */
void group_replicate(struct group *g);

#endif
