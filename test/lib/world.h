/*
 * A world in virtual time for the core: Redis servers at the level of the core's typed actions, the
 * network between them, and clients that each host one core and write counted values.
 *
 *   clients (host.c, load.c) ──▶ net.c ──▶ servers (server.c, replication.c, serve.c)
 *        │ one hr_core each                    │ dataset.c: what they hold
 *        └────────── check.c: the invariants of failover.md, after every step
 *
 * Everything is a function of the configuration and its seed: the same seed is the same history.
 * It must not know: RESP, sockets, the real clock.
 */
#ifndef TEST_LIB_WORLD_H
#define TEST_LIB_WORLD_H

#include <stdio.h>

#include "core/core.h"
#include "pubsub/feed.h"

#define WORLD_NODES_MAX 9
#define WORLD_CLIENTS_MAX 40

typedef int64_t usec; /* virtual time */

/* ------------------------------------------------------------------ memory, chance, time ------ */

struct chunk;
struct arena {
  struct chunk *first, *used;
};
void *arena_take(struct arena *arena, size_t size); /* zeroed; dies with the arena */
void arena_reset(struct arena *arena);              /* keeps its memory for the next history */
void arena_free(struct arena *arena);

uint64_t chance_next(uint64_t *seed);
usec chance_below(uint64_t *seed, usec bound); /* 0 .. bound - 1; 0 if bound <= 0 */
void chance_letters(uint64_t *seed, char *out, size_t length, const char *alphabet);

struct world;
typedef void world_call(struct world *world, void *subject, uint64_t argument);

struct moment {
  usec at;
  uint64_t order; /* equal times keep the order in which they were asked for */
  world_call *call;
  void *subject;
  uint64_t argument;
};

/* ------------------------------------------------------------------ what a server holds ------- */

/* The group record: never changed once made. */
struct record {
  struct hr_epoch epoch; /* n == 0: the field is absent */
  int node;
  char run_id[HR_RUN_ID_MAX];
  char uuid[HR_UUID_MAX];
  uint64_t list_hash;
  bool durable;
  int64_t fork_opcounter;
  struct hr_epoch planned;
};

enum change {
  CHANGE_EMPTY,  /* a process started with nothing */
  CHANGE_REBASE, /* the same data, a new stream: a restart from an append-only file */
  CHANGE_WRITE,
  CHANGE_RECORD, /* the group record or its opcounter */
  CHANGE_FLUSH,  /* somebody's FLUSHALL */
  CHANGE_PING,   /* of the replication stream */
  CHANGE_MARK,   /* a mark of a client's feed on its way to the replicas */
  CHANGE_NOTE    /* a PUBLISH on its way to the replicas */
};

struct mark {
  int client;
  uint64_t nonce;
};

/* A dataset is the chain of changes that made it; replicas share their master's chain. */
struct state {
  struct state *parent;
  enum change change;
  uint32_t write;   /* its number, CHANGE_WRITE */
  uint32_t depth;
  int64_t offset;   /* of the stream, behind this change */
  int64_t keys;     /* ours left out */
  const struct record *record; /* NULL: absent */
  uint64_t opcounter;
  const struct hr_gossip *note; /* CHANGE_NOTE */
  const struct mark *mark;      /* CHANGE_MARK */
};

/* ------------------------------------------------------------------ the network --------------- */

enum conn_kind { CONN_CONTROL, CONN_GOSSIP, CONN_DATA, CONN_STREAM };

enum message_kind {
  MSG_HELLO,    /* dial, AUTH, INFO server */
  MSG_WELCOME,
  MSG_REQUEST,  /* struct request */
  MSG_ANSWER,   /* struct answer */
  MSG_PING,
  MSG_PONG,
  MSG_PUSH,     /* const struct hr_gossip */
  MSG_WRITE,    /* struct flush */
  MSG_WRITTEN,  /* struct flush */
  MSG_READONLY, /* struct flush */
  MSG_PSYNC,    /* struct psync */
  MSG_CONTINUE, /* struct psync: the master's replid */
  MSG_SYNCING,  /* +FULLRESYNC: the snapshot follows */
  MSG_SNAPSHOT, /* struct psync with state */
  MSG_STREAM,   /* struct state: the next change */
  MSG_ACK,      /* struct state */
  MSG_SUBSCRIBE,   /* struct carried */
  MSG_UNSUBSCRIBE,
  MSG_IN_FORCE,    /* struct carried */
  MSG_MARK,        /* struct mark, to the master */
  MSG_HEARD,       /* struct state: a message or a mark, to a subscriber */
  MSG_NOSYNC,   /* -NOMASTERLINK, -LOADING */
  MSG_CLOSE,    /* FIN or RST */
  MSG_REFUSED   /* nobody listens */
};

struct message {
  struct message *next;
  usec due;
  enum message_kind kind;
  void *body;
};

struct pipe {
  struct message *head, *tail;
  usec last_due;
  bool armed; /* a pump is scheduled */
  bool stuck; /* waits for a heal, a SIGCONT, an awakening or the end of a pause */
};

struct peer {
  bool client;
  int index;
};

struct conn {
  struct conn *next; /* all of the world's */
  uint32_t id;
  enum conn_kind kind;
  struct peer end[2];   /* [0] dialled, [1] accepted */
  bool open[2];         /* that end still holds it */
  bool accepted;        /* end[1] has read from it */
  uint32_t instance;    /* of the process that accepted it */
  struct pipe pipe[2];  /* [i]: toward end[i] */
  /* the server's side */
  bool watching, dirty;
  bool saw_lock;        /* a live lock was seen under the WATCH */
  bool postponed;       /* its head waits for the end of CLIENT PAUSE */
  bool subscribed;      /* and in the list of the server */
  struct conn *subscriber;
  /* a stream's master side */
  bool attached, streaming;
  const struct state *sent;
  int64_t acked;
};

struct carried {
  uint32_t serial;
};

struct request {
  struct hr_action action;
  uint64_t list_hash; /* what the driver of this client writes into the record */
  char client[HR_UUID_MAX]; /* its name in locks */
};

struct answer {
  uint32_t op;
  enum hr_action_kind kind;
  enum hr_status status;
  bool has_facts, has_guard;
  struct hr_facts facts;
  struct hr_guard guard;
};

/* Leaves in one write: the writes, HINCRBY opcounter, and if durable WAIT and HGET epoch. */
struct flush {
  uint32_t first, count;
  bool durable;
  int acks;             /* that WAIT must reach */
  struct hr_epoch expected; /* the client's, when it sent */
  struct hr_epoch epoch;/* in the reply: found */
  uint64_t opcounter;   /* in the reply */
  bool ok;              /* in the reply */
};

struct psync {
  char replid[HR_RUN_ID_MAX];
  int64_t offset;
  const struct state *state;
};

/* ------------------------------------------------------------------ servers ------------------- */

enum process { PROCESS_DOWN, PROCESS_UP, PROCESS_STOPPED };
enum follow { FOLLOW_NOBODY, FOLLOW_SEAL, FOLLOW_NODE };
enum stream { STREAM_NONE, STREAM_RETRY, STREAM_ASKED, STREAM_SYNCING, STREAM_UP };
enum data { DATA_KEPT, DATA_EMPTY, DATA_OLDER, DATA_REBASED, DATA_REBASED_OLDER };

struct wait {
  struct wait *next;
  struct conn *conn;
  struct flush *flush;
  const struct state *state;
  usec until;
};

struct server {
  int index;
  char name[8];
  enum process process;
  uint32_t instance;
  bool loading;
  usec load_us;           /* how long it loads its data */
  char run_id[HR_RUN_ID_MAX];
  bool file;              /* has a configuration file that can be rewritten */
  enum follow file_follow;/* what the file says about replicaof */
  int file_master;
  int priority;
  bool full;              /* refuses writes but ours: OOM, MISCONF after a failed save */
  bool disk_full;         /* refuses ours too: MISCONF of its append-only file */
  bool refuses_us;        /* answers, but not to clients: maxclients, ACL */
  bool no_rights;         /* greets clients, but shows them nothing: ACL */
  usec clock_step;        /* its clock runs off the world's by this */
  /* role */
  enum follow follow;
  int master;             /* FOLLOW_NODE */
  uint64_t seal_n;
  uint32_t seal_owner;
  bool writable;          /* a replica left with replica-read-only no */
  /* replication */
  enum stream stream;
  struct conn *link;
  uint32_t turn;          /* outdates a retry that is already scheduled */
  bool linked_once;
  usec heard_at;
  char replid[HR_RUN_ID_MAX], replid2[HR_RUN_ID_MAX];
  int64_t offset2;        /* replid2 is valid for PSYNC up to here */
  bool backlog;
  int64_t backlog_from;   /* the offset behind which it can continue */
  uint32_t full_syncs, partial_syncs; /* that it has served */
  int strangers;          /* replicas attached that are not in the list */
  /* data */
  const struct state *state;
  const struct state *saved;   /* the file on disk */
  char saved_replid[HR_RUN_ID_MAX];
  /* keys of this process alone, lost with it, by a full resync and by FLUSHALL */
  struct hr_epoch lock;
  char lock_client[HR_UUID_MAX];
  usec lock_until;        /* by its own clock */
  struct hr_epoch promise;
  bool file_key;
  struct conn *subscribers;
  /* pause and WAIT */
  usec paused_until;
  struct wait *waits;
  /* what only the checks know */
  bool lossy;             /* lost acknowledged data and has not met the elected master since */
};

/* ------------------------------------------------------------------ clients ------------------- */

struct node_link {
  struct conn *control, *gossip;
  bool up;
  bool gossip_up;
  uint32_t guard_conn;  /* on which GUARD was answered; 0: none */
  hr_msec heard_ms;     /* any link of it */
  hr_msec pinged_ms;    /* the last PING action */
  hr_msec control_ms, gossip_ms; /* last bytes of that link, or its dial */
};

/* What a client's user hears: messages are writes, by their numbers. */
struct span {
  usec from, until;
};
struct messages {
  const struct state **list;
  size_t count, capacity;
};
struct subscriber {
  bool wants;
  struct hr_feed feed;
  usec wake_at;            /* -1: none scheduled */
  struct messages old, new; /* held */
  const struct state *last; /* handed over */
  unsigned char *heard;    /* [number]: SUBS_HEARD, SUBS_SKIPPED */
  uint32_t capacity;
  usec ready_at;           /* the first READY since it wants, -1: not yet */
  uint32_t checked;        /* up to this number nothing is missing */
  struct span *gaps;       /* reported */
  size_t gap_count, gap_capacity;
  uint64_t received;
};

struct pending {
  struct pending *next;
  uint32_t op;
  enum hr_action_kind kind;
  int node;
  uint32_t conn;
};

struct client {
  int index;
  char name[8];
  char uuid[HR_UUID_MAX];
  bool alive, asleep;
  bool durable;          /* writes with quorum durability */
  hr_msec clock_base;
  usec woke_at;          /* the end of its last sleep */
  struct hr_core_config config;
  struct hr_core *core;
  void *memory;
  size_t memory_size;
  struct hr_actions actions;
  struct hr_actions held; /* not yet performed when it fell asleep */
  uint32_t life;         /* grows with every start */
  usec wake_at;          /* -1: none scheduled */
  size_t list;           /* how many nodes its list has, the first ones; 0: all */
  uint64_t list_hash;    /* 0: that of the list */
  struct node_link links[WORLD_NODES_MAX];
  struct pending *pending;
  struct hr_topology topology; /* as published */
  /* the data plane */
  bool writes;
  struct conn *data;
  bool data_up;
  int data_node;
  uint32_t data_turn;
  uint64_t sent, acked, refused, maybe; /* writes */
  usec acked_at, gap_us; /* the longest time between two acknowledgements */
  struct subscriber sub;
  uint32_t requests;     /* numbers of a person's requests */
  uint32_t done;         /* the last that ended */
  enum hr_code done_code;
};

/* ------------------------------------------------------------------ the world ----------------- */

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
#define WORLD_ATTEMPTS_MAX 2048
#define WORLD_FLUSHED 2

/* A write as a message. */
struct publication {
  usec sent;    /* by its publisher */
  usec ran;     /* by its master: it may have waited in a socket */
  bool acked;
  bool deposed; /* by a master that somebody had replaced already: lost by the publisher's ack */
};

/* How often what the feed is for has happened. */
struct subs_counts {
  uint64_t moves, forced, gaps, marks, marks_lost, heard, missed, skipped, deposed;
};

struct world {
  struct world_config config;
  uint64_t chance;
  usec now;
  struct arena arena;
  struct moment *queue;
  size_t queue_count, queue_capacity;
  uint64_t order;
  uint64_t steps; /* of cores */
  struct server servers[WORLD_NODES_MAX];
  struct client clients[WORLD_CLIENTS_MAX];
  struct conn *conns;
  uint32_t conn_count;
  bool cut[WORLD_NODES_MAX + WORLD_CLIENTS_MAX][WORLD_NODES_MAX + WORLD_CLIENTS_MAX];
  usec slow[WORLD_NODES_MAX + WORLD_CLIENTS_MAX]; /* added latency of all that an end sends */
  usec slow_most, slow_until; /* of the servers, until it was changed last */
  uint32_t writes;         /* numbers given */
  unsigned char *durable;  /* [number]: 1 acknowledged durably, or WORLD_FLUSHED */
  unsigned char *acked;    /* [number]: 1 acknowledged at all, or WORLD_FLUSHED */
  struct publication *publications; /* [number] */
  struct subs_counts subs;
  uint32_t write_capacity;
  uint32_t durable_count, acked_count;
  uint32_t same_time_steps; /* of cores, without time going on */
  usec same_time;
  struct promotion promotions[WORLD_PROMOTIONS_MAX];
  size_t promotion_count;
  struct attempt attempts[WORLD_ATTEMPTS_MAX];
  size_t attempt_count;
  bool forced;             /* a takeover was asked for: invariant 2 is the person's */
  bool cold;               /* everything lost at once was allowed by a story: no check of 2 */
  char violation[512];     /* "": none yet */
  FILE *trace;             /* NULL: none */
  struct trap traps[WORLD_TRAPS_MAX]; /* each fires once */
  void (*sprung)(void *owner, int trap);
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

/* dataset.c */
const struct state *state_empty(struct world *world);
const struct state *state_add(struct world *world, const struct state *parent, enum change change,
                              int64_t bytes);
bool state_descends(const struct state *state, const struct state *ancestor);
bool state_holds(const struct state *state, uint32_t write);
const struct state *state_at_offset(const struct state *state, int64_t offset);

/* net.c */
struct conn *net_dial(struct world *world, enum conn_kind kind, struct peer from, struct peer to);
void net_send(struct world *world, struct conn *conn, int end, enum message_kind kind, void *body);
void net_close(struct world *world, struct conn *conn, int end); /* that end lets go */
void net_unstick(struct world *world, usec within);
void net_slow(struct world *world, int slot, usec delay);
bool net_cut(const struct world *world, struct peer from, struct peer to);
struct peer peer_client(int index);
struct peer peer_server(int index);
int peer_slot(struct peer peer); /* into world.cut and world.slow */

/* server.c: the process and its own keys */
void server_init(struct world *world, int index);
void server_start(struct world *world, struct server *server, enum data data);
void server_crash(struct world *world, struct server *server);
void server_stop(struct world *world, struct server *server);
void server_continue(struct world *world, struct server *server);
void server_touch(struct world *world, struct server *server); /* dirties every WATCH */
bool server_locked(const struct world *world, const struct server *server);
bool server_paused(const struct world *world, const struct server *server);
bool server_is_master(const struct server *server); /* role:master, whoever elected it */
void server_unpause(struct world *world, struct server *server);
void server_kick(struct world *world, struct server *server, const struct conn *except);
void server_receive(struct world *world, struct server *server, struct conn *conn, int end,
                    struct message *message);
void server_append(struct world *world, struct server *server, const struct state *state);
void server_flushall(struct world *world, struct server *server);

/* serve.c: the typed actions */
struct answer *serve_request(struct world *world, struct server *server, struct conn *conn,
                             const struct request *request);
void serve_note(struct world *world, struct server *server, const struct hr_gossip *note);
bool serve_postponed(const struct world *world, const struct server *server,
                     const struct message *message);
void serve_facts(const struct world *world, const struct server *server, struct hr_facts *facts);

/* replication.c */
void replication_follow(struct world *world, struct server *server, enum follow follow, int master);
void replication_unfollow(struct world *world, struct server *server);
void replication_receive(struct world *world, struct server *server, struct conn *conn, int end,
                         struct message *message);
void replication_closed(struct world *world, struct server *server, struct conn *conn, int end);
void replication_feed(struct world *world, struct server *server);
void replication_start(struct world *world, struct server *server);
void replication_drop_replicas(struct world *world, struct server *server);
void replication_forget_backlog(struct world *world, struct server *server);
void replication_tick(struct world *world, struct server *server);
int replication_count(const struct world *world, const struct server *server);
void replication_waits(struct world *world, struct server *server);

/* host.c: the driver's twin */
void client_init(struct world *world, int index);
void client_start(struct world *world, struct client *client);
void client_kill(struct world *world, struct client *client);
void client_sleep(struct world *world, struct client *client);
void client_wake(struct world *world, struct client *client);
void client_step(struct world *world, struct client *client, struct hr_event *event);
void client_receive(struct world *world, struct client *client, struct conn *conn,
                    struct message *message);
void client_become_durable(struct world *world, struct client *client);
uint32_t client_ask(struct world *world, struct client *client, enum hr_event_kind kind, int node);
hr_msec client_now(const struct world *world, const struct client *client);

void client_lost(struct world *world, struct client *client, int node, uint32_t op);
void client_watch_silence(struct world *world, struct client *client, struct conn *conn);

/* perform.c */
void client_perform(struct world *world, struct client *client, const struct hr_action *action);
void client_dial(struct world *world, struct client *client, int node);
void client_dial_gossip(struct world *world, struct client *client, int node);

/* load.c: the data plane's twin */
void load_start(struct world *world, struct client *client);
void load_topology(struct world *world, struct client *client);
void load_receive(struct world *world, struct client *client, struct message *message);
void load_close(struct world *world, struct client *client, bool hint);
void load_written(struct world *world, struct server *server, struct conn *conn,
                  struct flush *flush); /* the server's side */

/* subs.c: the feed's twin of the driver, and its user */
void subs_start(struct world *world, struct client *client);
void subs_forget(struct client *client);
void subs_want(struct world *world, struct client *client, bool wants);
void subs_topology(struct world *world, struct client *client);
void subs_link(struct world *world, struct client *client, int node, bool up);
void subs_beat(struct world *world, struct client *client, int node,
               const struct hr_gossip *gossip);
void subs_receive(struct world *world, struct client *client, int node, struct message *message);
bool subs_settled(const struct client *client, char *why, size_t size);
void subs_served(struct world *world, struct server *server, struct conn *conn,
                 struct message *message); /* the server's side */
void subs_push(struct world *world, struct server *server, const struct state *state);
void subs_skip(struct world *world, struct server *server, const struct state *to);

/* subs_check.c: what the user may expect */
void subs_heard(struct world *world, struct client *client, const struct state *state);
void subs_gap(struct world *world, struct client *client, const struct hr_feed_action *gap);
void subs_acked(struct world *world, const struct flush *flush);
void subs_ran(struct world *world, const struct server *server, const struct flush *flush);
void subs_check(struct world *world, struct client *client, usec margin);
void subs_check_all(struct world *world, usec margin); /* when all has been still for that long */
void subs_skipped(struct client *client, uint32_t write);

/* check.c */
void check_locked(struct world *world, const struct server *server, const struct hr_epoch *epoch);
void check_role_change(struct world *world, const struct server *server, const struct conn *conn,
                       const struct request *request);
void check_sealed(struct world *world, const struct server *server, const struct hr_epoch *epoch);
void check_promoted(struct world *world, const struct server *server,
                    const struct hr_action *action);
void check_stepped(struct world *world, struct client *client);
void check_fenced(struct world *world, const struct client *client);
void check_acked(struct world *world, const struct flush *flush);
void check_flushed(struct world *world, const struct state *state);
const struct promotion *check_latest(const struct world *world);
int check_agreed(const struct world *world);
bool check_converged(struct world *world, char *why, size_t size);
uint32_t check_lost(const struct world *world, const struct state *state, bool durable_only);
int check_majority(const struct world *world);

#endif
