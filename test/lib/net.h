/* Connections, and what travels on them. */
#ifndef TEST_LIB_NET_H
#define TEST_LIB_NET_H

#include "dataset.h"
#include "route/route.h"

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
  MSG_WATCH,    /* struct watch: WATCH and GET of a key */
  MSG_WATCHED,  /* struct watch */
  MSG_POP,      /* struct pop: blocks where the users' list is empty */
  MSG_POPPED,   /* struct pop */
  MSG_FETCH,    /* struct fetch: a read that may leave the master */
  MSG_FETCHED,  /* struct fetch */
  MSG_PSYNC,    /* struct psync */
  MSG_CONTINUE, /* struct psync: the master's replid */
  MSG_SYNCING,  /* +FULLRESYNC: the snapshot follows */
  MSG_SNAPSHOT, /* struct psync with state */
  MSG_STREAM,   /* struct state: the changes up to this one */
  MSG_ACK,      /* struct state */
  MSG_SUBSCRIBE,   /* struct carried */
  MSG_UNSUBSCRIBE,
  MSG_IN_FORCE,    /* struct carried */
  MSG_MARK,        /* struct mark, to the master */
  MSG_HEARD,       /* struct heard: messages and marks, to a subscriber */
  MSG_NOSYNC,   /* -NOMASTERLINK, -LOADING */
  MSG_CLOSE,    /* FIN or RST */
  MSG_REFUSED,  /* nobody listens */
  MSG_ACTIONS   /* how many there are */
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
  usec arrived;  /* what was due until then lies in the receiver's socket: no cut holds it up */
  usec pump_at;  /* when armed */
  size_t count; /* of messages */
  bool armed; /* a pump is scheduled */
  bool served; /* the server is at its head, until the pump comes again */
  bool stuck; /* waits for a heal, a SIGCONT, an awakening or the end of a pause */
};

struct peer {
  bool client;
  int index;
};

struct conn {
  struct conn *next, **link; /* those to this server of clients, or its replicas' streams */
  uint32_t id;
  enum conn_kind kind;
  struct peer end[2];   /* [0] dialled, [1] accepted */
  bool open[2];         /* that end still holds it */
  bool accepted;        /* end[1] has read from it */
  uint32_t instance;    /* of the process that accepted it */
  struct pipe pipe[2];  /* [i]: toward end[i] */
  /* the server's side */
  bool watching, dirty;
  struct conn *watcher; /* the next in the list of the server */
  bool saw_lock;        /* a live lock was seen under the WATCH */
  bool postponed;       /* its head waits for the end of CLIENT PAUSE */
  const struct state *watched; /* a user's WATCH: the data it was set on, NULL: none */
  uint32_t watched_key;
  bool subscribed;
  bool listed;          /* in the list of the server's subscribers */
  struct conn *subscriber;
  /* the client's side: something was asked at since_ms, and no byte has come since */
  hr_msec since_ms;
  usec silence_at;      /* when it is looked at, -1: not */
  /* a stream's master side */
  bool attached, streaming;
  const struct state *sent;
  int64_t acked;
};

struct carried {
  uint32_t serial;
};

/* What is behind from, up to to. */
struct heard {
  const struct state *from, *to;
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
  usec at;                    /* when they were taken */
  uint32_t instance, copies;  /* as INFO shows them, by its run id and backlog */
  struct hr_guard guard;
  const struct state *sealed; /* what the checks know of a seal: its data, */
  struct hr_epoch epoch;      /* and under what */
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
  bool read;            /* linearizable: a group of its own that writes the counter alone */
  const struct state *seen;      /* in the reply of a read */
  enum hr_error_class refused;   /* in a reply that is not ok: PLAIN is the server's own word */
  struct call *call;    /* the client's */
  bool exec;            /* a user's transaction, */
  uint32_t key;         /* that writes this one */
  const struct state *base; /* ... stands on what its WATCH showed; NULL: it watches nothing */
  bool aborted;         /* in the reply: nil */
  uint32_t losses;      /* of the client's own writes, when it sent (reader.c) */
  bool pushes;          /* the writes go onto the users' list */
};

/* BLPOP of the users' list; or a read that waits for what is there, as XREAD does. */
struct pop {
  struct call *call;    /* the client's */
  bool takes;
  hr_msec wait_ms;      /* 0: for ever */
  const char *error;    /* in the reply: the server's words; NULL: none */
  const struct element *element; /* in the reply; NULL: nothing came in time */
  const struct state *seen;      /* in the reply: the data behind it */
};

#define NET_RETRANSMIT_US 200000 /* the least that TCP waits for an acknowledgement */
#define NET_KEYS 8 /* of all users; plain writes take them in turn */
struct watch {
  uint32_t key;
  const struct state *seen; /* in the reply: what GET showed */
};

struct fetch {
  struct reading *reading;
  usec sent;
  bool leaves;                 /* for a replica */
  const struct state *known;   /* the master's a while before: not further behind than max_lag */
  const struct state *seen;    /* in the reply: the data that was read; NULL: refused */
  enum hr_error_class refused;
};

struct psync {
  char replid[HR_RUN_ID_MAX];
  int64_t offset;
  const struct state *state;
};

struct conn *net_dial(struct world *world, enum conn_kind kind, struct peer from, struct peer to);
void net_send(struct world *world, struct conn *conn, int end, enum message_kind kind, void *body);
void net_close(struct world *world, struct conn *conn, int end); /* that end lets go */
void net_reset(struct world *world, struct peer a, struct peer b); /* RST of all between them */
void net_unstick(struct world *world, usec within);
void net_slow(struct world *world, int slot, usec delay);
bool net_is_cut(const struct world *world, struct peer from, struct peer to);
void net_cut(struct world *world, struct peer from, struct peer to, bool cut); /* that way only */
void net_heal(struct world *world); /* nothing is cut or lost any more; what is stuck stays so */
bool net_reads_by(const struct world *world, const struct conn *conn, int end, usec until);
void net_forget(struct conn *conn); /* out of its list, if nobody holds it */
struct peer peer_client(int index);
struct peer peer_server(int index);
int peer_slot(struct peer peer); /* into world.slow */

#endif
