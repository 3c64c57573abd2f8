/*
 * A world in virtual time for the core: Redis servers at the level of the core's typed actions, the
 * network between them, and clients that each host one core and write counted values.
 *
 *   clients (host.c, load.c) ──▶ net.c ──▶ servers (server.c, replication.c, serve.c)
 *        │ one hr_core each, 1 to 10 000       │ dataset.c: what they hold
 *        └────────── check*.c: the invariants (test/README.md), after every step
 *
 * Calls are routed and judged by the shipped tables (src/route). Everything is a function of the
 * configuration and its seed: the same seed is the same history. What grows with the clients is
 * done for each of them, never in a step of one.
 * It must not know: RESP, sockets, the real clock.
 */
#ifndef TEST_LIB_WORLD_H
#define TEST_LIB_WORLD_H

#include <stdio.h>

#include "client.h"

#define WORLD_CLIENTS_MAX 10000

/* Something that a story wants to happen exactly when an action leaves a client or is served. */
struct trap {
  bool armed;
  bool after;
  struct peer who;
  enum hr_action_kind action;
};
#define WORLD_TRAPS_MAX 8

struct world_config {
  uint64_t seed;
  size_t nodes, clients;
  usec latency_us, jitter_us; /* one way */
  usec retransmit_us;         /* a healed path delivers what it held after up to this */
  usec sync_us;               /* a full synchronisation */
  usec retry_us;              /* of a replica whose master refused it */
  usec repl_ping_us;
  usec load_us;
  usec write_every_us;        /* 0: no writes */
  uint32_t flush_max;         /* writes per flush */
  size_t queue_max;           /* calls that wait for a master; 0: who cannot send does not write */
  uint32_t linear;            /* one call in so many of durable clients is a linearizable read */
  uint32_t calm;              /* so many times fewer writes while nothing happens; 0, 1: as many */
  uint32_t torn;              /* one write to a replica in so many arrives in pieces; 0: none */
  usec txn_every_us;          /* every client has a transaction that often; 0: none */
  usec pop_every_us;          /* ... and a command that blocks; some writes are pushes then */
  usec read_every_us;         /* ... and reads what may leave the master; 0: not */
  bool subscribers;           /* every client subscribes */
  size_t held_max;            /* messages that one may hold back */
  hr_msec down_after_ms, fence_ms;
  int quorum;
  bool durable;               /* every client from the start; see client.durable */
  bool reads_replicas;        /* so does every client */
  int64_t max_lag;
  bool auto_failover;
  bool refuse_divergence;
  hr_msec connect_timeout_ms;
  usec serve_us;              /* a server's time for a PING or a write; more for other messages */
  usec push_us;               /* ... and for each subscriber of what is published */
  bool warm;                  /* a link for calls to each node that is not the master */
  bool eager;                 /* who loses its master has a write that waits for the next one */
  uint32_t most_promotions;   /* an invariant to test the tests with; 0: none */
};
void world_config_init(struct world_config *config);

struct promotion {
  struct hr_epoch epoch;
  int node;
  char run_id[HR_RUN_ID_MAX];
  const struct state *state; /* behind it */
  usec at;
  bool forced; /* a person's takeover was under way */
};
#define WORLD_PROMOTIONS_MAX 512

/* Who holds locks and seals of one attempt: what a promotion must have behind it. */
struct attempt {
  struct hr_epoch epoch;
  uint32_t locked, sealed; /* sets of nodes */
};
/* How many clients go by this epoch and this master. */
struct use {
  struct hr_epoch epoch;
  int master;
  uint32_t clients;
};
#define WORLD_FLUSHED 2

/* A write as a message. */
struct publication {
  usec sent;    /* by its publisher */
  usec ran;     /* by its master: it may have waited in a socket */
  bool acked;
  const struct state *state; /* that it made */
  bool deposed; /* by a master that somebody had replaced already: lost by the publisher's ack */
  const struct state *taken; /* the last pop of it that a caller was handed; NULL: none */
};

/* How often what the feed is for has happened. */
struct subs_counts {
  uint64_t found; /* of the gaps, by a look */
  uint64_t moves, forced, gaps, marks, marks_lost, heard, missed, skipped, deposed;
};

/* What became of transactions. */
struct txn_counts {
  uint64_t begun, acked, aborted, refused, maybe;
};
/* What became of commands that block, and what they met. */
enum pop_count {
  POPS_BEGUN,
  POPS_TOOK,
  POPS_READ,
  POPS_NIL,
  POPS_REFUSED,
  POPS_MAYBE,
  POPS_MET, /* from here on: what they met on the way */
  POPS_UNBLOCKED = POPS_MET,
  POPS_SENT_ELSEWHERE,
  POPS_LOST,
  POPS_READ_LOST,
  POPS_GRACE_OVER,
  POPS_SILENT,
  POPS_PROOF_LOST,
  POPS_UNPROVEN,
  POPS_TOOK_MOVED,
  POPS_NIL_MOVED,
  POPS_NIL_IN_LINE,
  POPS_LATE_IN_LINE,
  POPS_LATE_SENT,
  POPS_TO_NOBODY,
  POPS_COUNT
};
/* And of reads: those that a replica answered, those of them that had to show our writes. */
struct read_counts {
  uint64_t begun, master, replica, own, stale, late;
};

struct stuck {
  struct conn *conn;
  int end;
};
#define WORLD_DEPTH_MAX 8

/* What a stranger's FLUSHALL has removed, or a stranger who was copied: it may come back. */
struct removal {
  const struct removal *before;
  const struct state *state;
};

#define WORLD_PROOFS 32
struct proof {
  usec at;
  const struct state *state;
};

struct world {
  struct world_config config;
  uint64_t chance;
  usec now;
  struct arena arena;
  struct agenda agenda;
  uint64_t steps; /* of cores */
  usec stirred_at; /* a fault, or a client that changed its mind */
  struct server servers[WORLD_NODES_MAX];
  struct client *clients;  /* as many as the configuration says */
  size_t client_capacity;
  struct hr_actions actions[WORLD_DEPTH_MAX]; /* of cores that step at the moment */
  size_t depth;
  uint32_t conn_count;
  struct stuck *stuck; /* pipes that wait for something to end */
  size_t stuck_count, stuck_capacity;
  size_t slots;
  bool *cut_from[WORLD_NODES_MAX]; /* [node][slot]: what the node sends there does not arrive */
  bool *cut_to[WORLD_NODES_MAX];   /* [node][slot]: what is sent to the node from there */
  uint32_t loss; /* one message in so many is sent again after 200 ms; 0: none */
  usec *slow; /* [slot]: added latency of all that an end sends */
  usec slow_most, slow_until; /* of the servers, until it was changed last */
  uint32_t writes;         /* numbers given */
  unsigned char *durable;  /* [number]: 1 acknowledged durably, or WORLD_FLUSHED */
  unsigned char *acked;    /* [number]: 1 acknowledged at all, or WORLD_FLUSHED */
  struct publication *publications; /* [number] */
  unsigned char *fates;             /* [number]: set of enum fate */
  struct proof proofs[WORLD_PROOFS]; /* a ring: what every later read must hold */
  size_t proof_count;
  uint64_t reads;          /* linearizable ones that were handed over */
  struct txn_counts txns;
  struct read_counts fetches;
  uint64_t pops[POPS_COUNT];
  struct subs_counts subs;
  uint32_t write_capacity;
  uint32_t durable_count, acked_count;
  struct promotion promotions[WORLD_PROMOTIONS_MAX];
  size_t promotion_count;
  struct attempt *attempts;
  size_t attempt_count, attempt_capacity;
  struct use *uses;
  size_t use_count, use_capacity;
  struct hr_epoch promised; /* the highest promise that any node ever gave */
  struct hr_epoch held;    /* the highest that a majority holds in its data */
  usec held_since, noted_at;
  const struct state *native; /* data that was there before the group; NULL: none */
  bool forced;             /* a takeover was asked for: invariant 2 is the person's */
  bool cold;               /* everything lost at once was allowed by a story: no check of 2 */
  const struct removal *removals; /* the newest first */
  char violation[512];     /* "": none yet */
  FILE *trace;             /* NULL: none */
  struct trap traps[WORLD_TRAPS_MAX]; /* each fires once */
  void (*sprung)(void *owner, int trap);
  uint64_t *asked; /* NULL, or what servers were asked: [message_kind], [MSG_ACTIONS + action] */
  struct hr_epoch since;   /* client.again_at: of writes under a newer one */
  void (*passing)(void *owner, struct peer who, enum hr_action_kind action); /* each such moment */
  void (*log)(void *owner, const struct client *client, const struct hr_action *action);
  void *log_owner;
};

/* A world is big and reusable: open starts a new history in it, close frees its memory. */
struct world *world_new(void);
void world_open(struct world *world, const struct world_config *config);
void world_free(struct world *world);

usec world_random(struct world *world, usec bound);
void world_at(struct world *world, usec at, world_call *call, void *subject, uint64_t argument);
bool world_step(struct world *world, usec until); /* one moment not later than until; false: none */
void world_run(struct world *world, usec until);  /* stops early at a violation */
void world_spring(struct world *world, struct peer who, enum hr_action_kind action, bool after);
void world_trace(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world_violation(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* subs_check.c: what the user may expect */
void subs_heard(struct world *world, struct client *client, const struct state *state);
void subs_gap(struct world *world, struct client *client, const struct hr_feed_action *gap);
void subs_acked(struct world *world, const struct flush *flush);
void subs_ran(struct world *world, const struct server *server, const struct flush *flush);
void subs_check(struct world *world, struct client *client, usec margin);
void subs_check_all(struct world *world, usec margin); /* when all has been still for that long */
void subs_skipped(struct world *world, struct client *client, const struct server *server,
                  uint32_t write);
void subs_seen(struct client *client, int node, const struct answer *look);

/* check.c */
void check_locked(struct world *world, const struct server *server, const struct hr_epoch *epoch);
void check_role_change(struct world *world, const struct server *server, const struct conn *conn,
                       const struct request *request, bool runs);
void check_sealed(struct world *world, const struct server *server, const struct hr_epoch *epoch);
/* It is to be promoted. */
void check_strange(struct world *world, struct server *server, const struct client *by);
void check_promoted(struct world *world, const struct server *server,
                    const struct hr_action *action);
void check_stepped(struct world *world, struct client *client);
void check_uses(struct world *world, struct client *client); /* its topology has changed */
void check_fenced(struct world *world, const struct client *client);
void check_acked(struct world *world, const struct flush *flush);
void check_flushed(struct world *world, const struct state *state);
bool check_removed(const struct world *world, const struct state *state);
bool check_may_lose(const struct world *world, const struct server *server); /* its data, now */
void check_copied(struct world *world, struct server *server); /* it takes its master's data */
bool check_deposed(const struct world *world, const struct server *server); /* already replaced */
/* check_pops.c */
void check_asked(struct world *world, const struct client *client, const struct pop *pop);
void check_handed(struct world *world, const struct client *client, const struct pop *pop);
void check_popped(struct world *world, const struct client *client, enum popper_end end,
                  const char *error);
void check_given(struct world *world);   /* when all has been still */
void check_waiting(struct world *world); /* as well */
/* check_calls.c */
void check_ran(struct world *world, const struct flush *flush);
void check_ended(struct world *world, const struct call *call, enum fate fate);
bool check_promised(const struct world *world); /* what is proven stays */
void check_unended(struct world *world); /* when all has been still */
void check_sample(struct world *world, struct client *client);
const struct state *check_within(const struct world *world, const struct client *client);
void check_fetch(struct world *world, const struct client *client, const struct server *server,
                 const struct fetch *fetch);
void check_fetched(struct world *world, const struct client *client, const struct fetch *fetch);
void check_exec(struct world *world, const struct flush *flush, const struct state *before);
void check_proven(struct world *world, const struct state *state);
void check_read(struct world *world, const struct client *client, const struct call *call,
                const struct state *seen);
const struct promotion *check_latest(const struct world *world);
int check_agreed(const struct world *world);
bool check_converged(struct world *world, char *why, size_t size);
uint32_t check_lost(const struct world *world, const struct state *state, bool durable_only);
int check_majority(const struct world *world);

/* check_takeover.c */
void check_started(struct world *world, const struct client *client, int old);
void check_falls_asleep(struct world *world, struct client *client);
void check_gives_up(struct world *world, const struct client *client, int node);
void check_unlocked(struct world *world, const struct server *server, const char *by);
void check_ready(struct world *world, struct client *client); /* its topology has changed */
void check_takeovers(struct world *world, const struct client *client); /* it has stepped */
void check_chosen(struct world *world, const struct client *client,
                  const struct hr_action *action); /* is to be promoted */
void check_thrown_away(struct world *world, const struct server *server); /* it is to be sealed */
void check_overwritten(struct world *world, const struct server *server, const struct state *by);
void check_born(struct world *world, const struct server *server);

#endif
