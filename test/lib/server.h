/* A Redis process: its role, its data, its replicas, its own keys. */
#ifndef TEST_LIB_SERVER_H
#define TEST_LIB_SERVER_H

#include "net.h"

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

/* Who is blocked on the users' list, the first one first. */
struct waiter {
  struct waiter *next;
  struct conn *conn;
  const struct pop *pop;
  usec until; /* 0: for ever */
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
  usec clock_step;        /* its wall clock was set forward by this in all */
  struct clock clock;     /* before those steps */
  usec fork_us;           /* it answers nothing for that long when a full sync begins */
  usec busy_until;        /* it answers nothing */
  int64_t backlog_size;   /* bytes; 0: no bound */
  size_t output_limit;    /* messages that a replica or subscriber may leave unread; 0: no bound */
  /* role */
  enum follow follow;
  int master;             /* FOLLOW_NODE */
  uint64_t seal_n;
  uint32_t seal_owner;
  usec applies_us;        /* what one piece of its master's stream takes; 0: nothing */
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
  uint32_t copies;        /* of its masters' data, that it has taken in this process */
  usec strangers_at;      /* since when */
  int strangers;          /* replicas attached that are not in the list */
  int doubled;            /* dead links of its replicas beside the living ones */
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
  struct conn *clients, *streams; /* connections to it */
  struct conn *watchers;
  struct conn *subscribers;
  /* pause and WAIT */
  usec serving_until;   /* it serves one message after the other */
  usec paused_until;
  struct wait *waits;
  struct waiter *waiters;
  /* what only the checks know */
  const struct state *whole_from; /* its master's when they met */
  usec sealed_at, syncing_at, loading_at; /* since when, while it is */
  usec changed_at;        /* started, stopped, continued, or set otherwise */
  usec locked_at;         /* when its lock was given last */
  uint32_t lock_conn;     /* on which the lock was given */
  bool strange_file;      /* of somebody else: it starts as a master, whatever it has lost */
  bool foreign;           /* of somebody else, and not the group's by the group's own word */
  bool expired;           /* its backlog, in this process: its history took another id */
  bool lossy;             /* lost acknowledged data and has not met the elected master since */
};

/* server.c: the process and its own keys */
void server_init(struct world *world, int index);
void server_start(struct world *world, struct server *server, enum data data);
void server_crash(struct world *world, struct server *server);
void server_stop(struct world *world, struct server *server);
void server_continue(struct world *world, struct server *server);
void server_touch(struct server *server); /* dirties every WATCH */
void server_watch(struct server *server, struct conn *conn);
usec server_clock(const struct world *world, const struct server *server);
void server_drift(struct world *world, struct server *server, double rate);
void server_busy(struct world *world, struct server *server, usec time);
bool server_locked(const struct world *world, const struct server *server);
bool server_paused(const struct world *world, const struct server *server);
bool server_is_master(const struct server *server); /* role:master, whoever elected it */
void server_unpause(struct world *world, struct server *server);
void server_kick(struct world *world, struct server *server, const struct conn *except);
void server_kill_clients(struct world *world, struct server *server, bool pubsub); /* or normal */
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
int replication_count(const struct server *server);
void replication_waits(struct world *world, struct server *server);

/* list.c: the users' list, and who is blocked there */
void list_asked(struct world *world, struct server *server, struct conn *conn,
                const struct pop *pop);
void list_push(struct world *world, struct state *state); /* the write that it is */
void list_serve(struct world *world, struct server *server); /* replicas do not hear of it yet */
void list_unblock(struct world *world, struct server *server); /* its role has changed */
bool list_is_waited_for(const struct server *server, const struct conn *conn);

#endif
