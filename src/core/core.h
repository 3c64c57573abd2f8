/*
 * The core decides who is master. It is a pure function of its events: no socket, no clock, no
 * allocation, no randomness but its seed. Facts come in as events, decisions go out as actions.
 *
 *      event ──▶ hr_core_step ──▶ actions (carried out in array order)
 *                     └──▶ hr_core_deadline: wake me then with HR_EV_TIME at the latest
 *
 * It must not know: RESP, command names, key names, sockets, user commands.
 * The protocol, its tables and why it is safe: README.md in this folder.
 */
#ifndef HR_CORE_CORE_H
#define HR_CORE_CORE_H

#include "base/types.h"
#include "core/topology.h"

struct hr_core;

struct hr_core_node {
  char name[HR_NAME_MAX]; /* for log lines; also what servers call each other (announce) */
};

struct hr_core_config {
  size_t count;
  struct hr_core_node nodes[HR_NODES_MAX];
  hr_msec down_after_ms;
  hr_msec fence_ms;
  int quorum;              /* nodes needed to elect; 0: majority */
  bool auto_failover;
  bool durable;            /* this client writes with quorum durability */
  bool refuse_divergence;
  bool reads_replicas;     /* this client reads from replicas: their lag is looked at every beat */
  int64_t max_lag;         /* bytes behind the master that a readable replica may be; 0: any */
  uint64_t list_hash;      /* of the sorted node list: clients with another one stay passive */
  char client[HR_UUID_MAX];/* identity of this client in locks and gossip */
  char uuid[HR_UUID_MAX];  /* the group's uuid if this client gives birth to it */
};

/* What a node says of itself: INFO, its group record and its lock, read together. */
struct hr_facts {
  char run_id[HR_RUN_ID_MAX];
  bool master;             /* role:master */
  bool sealed;             /* follows a seal address */
  uint64_t seal_n;         /* the epoch bits of that address, 0: none */
  int follows;             /* index of the configured node it follows, -1: nobody or a stranger */
  bool link_up;            /* master_link_status:up */
  bool linked_once;        /* was linked to its master since it started */
  bool syncing;            /* a full synchronisation is under way */
  bool loading;
  bool writable;           /* a replica that was left with replica-read-only no */
  int io_seconds;          /* since it last heard its master, -1 unknown */
  int priority;            /* replica-priority, 0: never promote */
  int64_t offset;          /* what it has applied: the rank inside one history */
  int64_t read_offset;     /* what it has read from its master's stream */
  char replid[HR_RUN_ID_MAX];
  char replid2[HR_RUN_ID_MAX];
  int64_t offset2;         /* replid2 is valid up to here, -1: never */
  bool backlog;            /* repl_backlog_active: with its first one a history takes a new id */
  int strangers;           /* attached replicas that are not in the list */
  int doubled;             /* links of listed replicas beside their first one */
  int replicas;            /* attached replicas */
  int connections;         /* of clients, ours and any others; 0 unknown */
  int64_t keys;            /* in all databases, ours left out */
  /* the group record, replicated with the data */
  struct hr_epoch epoch;   /* n == 0: absent */
  char epoch_run_id[HR_RUN_ID_MAX]; /* whom the record names as master */
  int epoch_node;          /* its index, -1 unknown */
  uint64_t opcounter;
  struct hr_fork forks[HR_FORKS_MAX]; /* of this history, the newest first */
  char uuid[HR_UUID_MAX];  /* "" absent */
  uint64_t list_hash;      /* 0 absent */
  bool durable;            /* somebody writes with quorum durability in this group */
  struct hr_epoch planned; /* whose master handed everything over to this one; n == 0: none did */
  /* this node's own keys */
  struct hr_epoch promise; /* n == 0: none */
  struct hr_epoch lock;    /* n == 0: free */
  char lock_client[HR_UUID_MAX];
  bool starts_sealed;      /* noted: this process rewrote its file, it will start sealed */
  bool no_file;            /* started without a configuration file: nothing to rewrite */
};

/* The answer to HR_DO_GUARD: read under WATCH, so the next change aborts if any of it moved. */
struct hr_guard {
  struct hr_epoch lock;
  char lock_client[HR_UUID_MAX];
  struct hr_epoch promise;
  struct hr_epoch epoch;
};

enum hr_gossip_kind {
  HR_GOSSIP_HEARTBEAT, /* published through the master: it is alive and feeds whoever hears this */
  HR_GOSSIP_MASTER     /* `node` was promoted under `epoch` */
};

struct hr_gossip {
  enum hr_gossip_kind kind;
  char client[HR_UUID_MAX]; /* who says so */
  uint64_t seq;             /* grows per client: a replayed one does not count */
  struct hr_epoch epoch;
  int node;                 /* the master it speaks of; -1: a name we do not know */
};

enum hr_down {
  HR_DOWN_REFUSED,    /* nobody listens: dead at once */
  HR_DOWN_RESET,      /* an established link broke */
  HR_DOWN_SILENT,     /* a deadline passed */
  HR_DOWN_UNREACHABLE,/* no route, ... */
  HR_DOWN_NAME,       /* its name does not resolve */
  HR_DOWN_AUTH,       /* answers, but refuses our user or password */
  HR_DOWN_PROTECTED,  /* answers, but refuses everybody from another machine: protected mode */
  HR_DOWN_PROTOCOL,   /* answers, but not RESP */
  HR_DOWN_TLS,        /* answers, but one of us does not believe the other, or only one uses TLS */
  HR_DOWN_ASKED       /* HR_DO_CLOSE */
};

/* Only a person can mend it: the server's word, ours, or what the server wants of us. */
static inline bool hr_down_refuses(enum hr_down why) {
  return why == HR_DOWN_AUTH || why == HR_DOWN_PROTECTED;
}

enum hr_status {
  HR_STATUS_OK,
  HR_STATUS_NO,   /* surely not done: lock taken by another, EXEC aborted, refused */
  HR_STATUS_LOST  /* the link broke or the deadline passed: may have been done */
};

enum hr_event_kind {
  HR_EV_TIME,       /* nothing but .now */
  HR_EV_LINK_UP,    /* .node: its control link is ready */
  HR_EV_LINK_DOWN,  /* .node .why: a dial failed or the control link broke */
  HR_EV_HEARD,      /* .node .at_ms: some link to it brought bytes then */
  HR_EV_ANSWER,     /* .node .op .status and facts or guard */
  HR_EV_GOSSIP,     /* .node heard on, .gossip */
  HR_EV_HINT,       /* .node: the data plane was told READONLY, or lost its link: look again */
  HR_EV_DURABLE,    /* the data plane was asked for quorum durability: the group must know */
  HR_EV_READS,      /* the data plane reads from replicas from now on */
  HR_EV_WRITES,     /* .count: the opcounter the data plane has raised the master to, at least */
  HR_EV_REFRESH,    /* a person: look at every node; .op names the request */
  HR_EV_SWITCHOVER, /* a person: .node or -1; .op */
  HR_EV_TAKEOVER    /* a person: .node; .op */
};

struct hr_event {
  enum hr_event_kind kind;
  hr_msec now;
  int node;
  uint32_t op;
  enum hr_status status;
  enum hr_down why;
  hr_msec at_ms;
  uint64_t count;
  const struct hr_facts *facts;   /* LOOK, SEAL, PROMOTE, FOLLOW answered OK; else NULL */
  const struct hr_guard *guard;   /* GUARD answered OK; LOCK answered NO: who holds it */
  const struct hr_gossip *gossip;
};

enum hr_action_kind {
  HR_DO_CONNECT,   /* .node: dial its control and gossip links now */
  HR_DO_CLOSE,     /* .node: close all links to it, data too; no HR_EV_LINK_DOWN follows */
  HR_DO_PING,      /* .node: HR_EV_HEARD if a link has brought bytes since; PING the idle ones */
  HR_DO_LOOK,      /* .node .op: facts */
  HR_DO_LOCK,      /* .node .op .epoch .ttl_ms: SET lock NX, whatever the role */
  HR_DO_UNLOCK,    /* .node .op .epoch .client: remove the lock if it still has this value */
  HR_DO_GUARD,     /* .node .op: WATCH and read; the answer is hr_guard */
  HR_DO_UNGUARD,   /* .node: drop the WATCH; no answer */
  HR_DO_SEAL,      /* .node .op .epoch .rewrite .kick: under the guard; writes the promise, lifts a
                      pause */
  HR_DO_PROMOTE,   /* .node .op .epoch .opcounter .planned .uuid .forks: under the guard; writes the
                      record, and with .rewrite the note that its file was rewritten (it was
                      synced away), with .durable the mark of a durable group */
  HR_DO_FOLLOW,    /* .node .op .epoch .master .kick .rewrite: under the guard; the promise too */
  HR_DO_PAUSE,     /* .node .op .ttl_ms: hold its clients' writes; facts follow */
  HR_DO_UNPAUSE,   /* .node: no answer */
  HR_DO_RESTORE,   /* .node .op .epoch .opcounter .planned .uuid: under the guard; the record, its
                      counter stays where .opcounter is 0, and with .rewrite that note (both were
                      flushed away) */
  HR_DO_NOTE,      /* .node: note again that it starts sealed; no answer */
  HR_DO_PUBLISH,   /* .node .gossip; no answer */
  HR_DO_TOPOLOGY,  /* hr_core_topology() has a new value: publish it */
  HR_DO_TELL,      /* .tell .node .epoch .count .text: an event for the user */
  HR_DO_LOG,       /* .level .text */
  HR_DO_DONE       /* .op .code .text: a person's request has ended */
};

/* The levels of the trace. */
enum hr_level { HR_LEVEL_ERROR, HR_LEVEL_WARNING, HR_LEVEL_INFO, HR_LEVEL_DEBUG };

/* What the user is told; the client maps them one to one to its public events. */
enum hr_tell {
  HR_TELL_READY, HR_TELL_PAUSED, HR_TELL_NODE_UP, HR_TELL_NODE_DOWN, HR_TELL_FAILOVER_STARTED,
  HR_TELL_FAILOVER_ENDED, HR_TELL_MASTER_CHANGED, HR_TELL_DIVERGED, HR_TELL_WARNING
};

/* How a person's request ended. */
enum hr_code { HR_CODE_OK, HR_CODE_REFUSED };

#define HR_TEXT_MAX 192

struct hr_action {
  enum hr_action_kind kind;
  int node;                /* -1 where none is meant */
  uint32_t op;
  struct hr_epoch epoch;
  hr_msec ttl_ms;
  int master;              /* FOLLOW */
  bool kick;               /* close its normal and pub/sub clients and lift a pause */
  bool rewrite;            /* make it start sealed from now on */
  bool durable;            /* PROMOTE, RESTORE: the record says so */
  uint64_t opcounter;
  struct hr_epoch planned; /* PROMOTE, RESTORE: what the record says of it */
  int64_t count;
  enum hr_level level;
  enum hr_tell tell;
  enum hr_code code;
  union {
    char text[HR_TEXT_MAX];  /* TELL, LOG, DONE */
    char client[HR_UUID_MAX];/* UNLOCK */
    struct {
      char uuid[HR_UUID_MAX];             /* PROMOTE, RESTORE */
      struct hr_fork forks[HR_FORKS_MAX]; /* what the record says of them */
    };
    struct hr_gossip gossip; /* PUBLISH */
  } u;
};

struct hr_actions {
  size_t count;
  size_t capacity;         /* at least hr_actions_needed(nodes) */
  struct hr_action *list;  /* the caller's memory */
};
size_t hr_actions_needed(size_t nodes);

/* Who speaks for all does so at least so often. */
hr_msec hr_core_beat_ms(hr_msec fence_ms);
/* The longest that a master which lives is without a heartbeat: who speaks has just died. */
hr_msec hr_core_quiet_ms(hr_msec fence_ms);

size_t hr_core_size(size_t nodes); /* bytes of memory that init wants, aligned for any type */
struct hr_core *hr_core_init(void *memory, const struct hr_core_config *config, uint64_t seed);
void hr_core_step(struct hr_core *core, const struct hr_event *event, struct hr_actions *out);
hr_msec hr_core_deadline(const struct hr_core *core); /* never in the past of the last step */
bool hr_core_works(const struct hr_core *core); /* locks are held, nodes are still to be told */
/* Nothing is done yet, but a node is astray, or not known yet, and may be mended at once. */
bool hr_core_mends(const struct hr_core *core, hr_msec now);
const struct hr_topology *hr_core_topology(const struct hr_core *core); /* valid until next step */
/* How many bytes the master was ahead of that node at most when both were last looked at.
 * INT64_MAX: it was not seen lately, or there is no master. */
int64_t hr_core_behind(const struct hr_core *core, int node);
const struct hr_fork *hr_core_forks(const struct hr_core *core); /* HR_FORKS_MAX, of the master */

/* The name of what the core is doing now, for tests and the debug trace. Static. */
const char *hr_core_state(const struct hr_core *core);

#endif
