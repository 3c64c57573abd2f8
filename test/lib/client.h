/* A client process: one core and what its driver, its data plane and its user do. */
#ifndef TEST_LIB_CLIENT_H
#define TEST_LIB_CLIENT_H

#include "server.h"
#include "pubsub/feed.h"

struct node_link {
  struct conn *control, *gossip;
  bool up;
  bool gossip_up;
  uint32_t guard_conn;  /* on which GUARD was answered; 0: none */
  hr_msec heard_ms;     /* any link of it */
  hr_msec pinged_ms;    /* the last PING action */
  hr_msec tell_ms;      /* of the HEARD that is on its way to the core */
  hr_msec told_ms;      /* the newest HEARD */
  int says_follows;     /* whom it is linked to by its last word on this connection, -1 */
  int beat_node;        /* of the newest heartbeat that came through it ... */
  usec beat_at;         /* ... and when that was published ... */
  struct hr_epoch beat_epoch; /* ... under which epoch */
  bool fine;            /* when this client fell asleep */
  hr_msec control_ms, gossip_ms; /* last bytes of that link, or its dial */
  const struct state *sealed; /* the last seal that was answered on this connection: the data ... */
  struct hr_epoch sealed_under;
};

/* What a client's user hears: messages are writes, by their numbers. */
struct span {
  usec from, until;
};
struct messages {
  const struct state **list;
  size_t count, capacity;
};
/* A full synchronisation of a node where it was subscribed. */
struct skip {
  usec at;
  int node;
  uint32_t instance;
  bool seen; /* that very process was looked at since */
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
  struct skip *skips;
  size_t skip_count, skip_capacity;
  uint64_t received;
  struct {
    bool replica;
    uint32_t instance, copies;
  } found[HR_NODES_MAX];   /* by the last look that found it linked, or a master */
};

/* A timer that ran out while its process was stopped. */
struct overdue {
  struct overdue *next;
  world_call *call;
  void *subject;
  uint64_t argument;
};

/* What was accepted from the user and has not ended: writes of one flush, or one read. */
struct call {
  struct call *next;
  uint32_t first, count;
  bool durable, read, ended, pushes;
  uint32_t attempts;
  uint32_t conn;    /* on which it is under way, 0: it waits */
  usec began, after, until; /* to be sent not before, told to have failed at */
};
enum fate {
  FATE_RAN = 1,
  FATE_ACKED = 2,
  FATE_MAYBE = 4,
  FATE_REFUSED = 8,
  FATE_NOBODY = 16 /* its caller's process has ended: nobody is told */
};

/* A user's transaction, one at a time, on a link of its own. */
enum txn_phase {
  TXN_NONE,
  TXN_LINK,  /* waits for its link, or for a plan */
  TXN_ASKED, /* WATCH and GET are under way */
  TXN_OPEN,  /* the user thinks, then EXEC waits for its plan */
  TXN_SENT
};
struct txn {
  enum txn_phase phase;
  struct conn *conn;
  bool up;
  bool watches;
  uint32_t key;
  const struct state *seen; /* what it watches, as it was read; NULL: nothing yet */
  struct call *call;
  usec after;               /* not before */
};

/* A user's command that blocks, one at a time, on a link of its own. */
enum popper_phase {
  POPPER_NONE,
  POPPER_LINE,   /* waits for its link, or for a plan */
  POPPER_SENT,
  POPPER_PROVING /* answered; a majority is asked */
};
enum popper_end {
  POPPER_WAITS,
  POPPER_TOOK,
  POPPER_READ,
  POPPER_NIL,
  POPPER_REFUSED,
  POPPER_MAYBE
};
struct popper {
  enum popper_phase phase;
  struct conn *conn;
  bool up;
  bool takes;
  struct call *call;
  hr_msec own_ms;           /* as it was called; 0: for ever */
  hr_msec until_ms;         /* its own time is over; 0: not begun, or it has none */
  const struct pop *held;   /* its answer, not proven yet */
  struct hr_epoch expected; /* when it was sent */
  usec after;               /* not before */
  usec begun, sent;         /* for the first time, and the last one; 0: not yet */
  usec grace, silent;       /* its link is given up then; 0: not */
  uint32_t moves;           /* it has been let go, or refused, so often */
  enum popper_end end;      /* of the last one */
};

/* Reads that may leave the master, and what this client wrote itself. */
struct reading {
  struct reading *next;
  enum hr_read_from from;
  bool master;              /* a replica lacked a write of ours: only the master will do */
  bool asks;                /* behind the question whether the node has our writes, ... */
  uint64_t counted;         /* ... at least so many */
  const struct state *own;  /* the last of ours that was acknowledged before it began */
  struct conn *conn;        /* under way; NULL: it waits */
  uint32_t attempts;
  usec began, after, until;
};
/* What the master had at a moment, as only the checks know. */
struct sample {
  usec at;
  int node;
  struct hr_epoch epoch;
  const struct state *state;
};
#define READER_SAMPLES 128
struct reader {
  struct conn *conns[WORLD_NODES_MAX];
  bool up[WORLD_NODES_MAX];
  char process[WORLD_NODES_MAX][HR_RUN_ID_MAX]; /* who answers on it */
  usec refused_until[WORLD_NODES_MAX];
  struct hr_route_link links[WORLD_NODES_MAX];
  struct reading *list;
  size_t count, turn;
  bool watches_own;         /* read-your-writes */
  struct hr_epoch lineage;  /* of the present master, or the last one */
  char run_id[HR_RUN_ID_MAX];
  bool wrote, unsure;
  uint64_t counted, floor;
  uint64_t told; /* the last count ... */
  uint32_t told_on; /* ... on this data link */
  uint32_t losses;
  const struct state *own;  /* the last of its writes that was acknowledged */
  struct sample samples[READER_SAMPLES]; /* a ring */
  size_t sampled;
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
  bool resumes;          /* carries out what it had decided before it fell asleep */
  bool durable;          /* writes with quorum durability */
  struct clock clock, clock_before; /* and before its rate changed */
  bool ready;            /* by what it published last, under ... */
  struct hr_epoch ready_epoch;
  usec resumed_at;       /* when it was last ready again under the same epoch as before, 0: never */
  struct hr_epoch resumed_epoch;
  usec slept_at;         /* the beginning of its last sleep, 0: none */
  usec woke_at;          /* the end of its last sleep */
  struct hr_core_config config;
  struct hr_core *core;
  void *memory;
  size_t memory_size;
  struct hr_actions held; /* not yet performed when it fell asleep */
  struct overdue *overdue;
  uint32_t same_time_steps; /* of the core, without time going on */
  usec same_time;
  uint32_t life;         /* grows with every start */
  hr_msec deadline_ms;   /* of the core, since its last step */
  char history[HR_RUN_ID_MAX]; /* the replication id that the master it uses told it last */
  usec history_at; /* when it was seen last */
  usec wake_at;          /* -1: none scheduled */
  size_t list;           /* how many nodes its list has, the first ones; 0: all */
  uint64_t list_hash;    /* 0: that of the list */
  struct node_link links[WORLD_NODES_MAX];
  struct pending *pending;
  struct hr_topology topology; /* as published */
  bool counted; /* among world.uses, by these */
  struct hr_epoch known;
  int known_master;
  /* the data plane */
  bool writes;
  struct conn *data;
  struct warm {
    struct conn *conn;     /* NULL: none */
    uint32_t control;      /* the control connection beside it */
    bool up;
  } warm[WORLD_NODES_MAX];
  bool data_up;
  int data_node;
  struct call *calls;
  size_t call_count;
  uint64_t sent, acked, refused, maybe; /* writes */
  uint64_t marked;       /* acked at the mark of a story */
  usec acked_at, gap_us; /* the longest time between two acknowledgements */
  usec again_at;         /* the first one under a newer epoch than world.since; 0: not yet */
  struct txn txn;
  struct popper popper;
  struct reader reader;
  struct subscriber sub;
  uint32_t requests;     /* numbers of a person's requests */
  uint32_t done;         /* the last that ended */
  enum hr_code done_code;
};

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
usec client_when(const struct client *client, hr_msec shows); /* in the world's time */
void client_drift(struct world *world, struct client *client, double rate);

void client_lost(struct world *world, struct client *client, int node, uint32_t op);
void client_heard(struct world *world, struct client *client, int node, hr_msec at_ms);
void client_watch_silence(struct world *world, struct client *client, struct conn *conn);

#define CLIENT_ATTEMPTS 10
#define CLIENT_BACKOFF_MS 10
/* A read with the options that all simulated clients have: for hr_route_judge(). */
struct hr_outcome client_outcome(const struct world *world, enum hr_outcome_kind kind,
                                 enum hr_error_class error, uint32_t attempts, usec until);
/* Of this life, and awake: it may act now. One that sleeps is called again when it wakes. */
bool client_may_act(struct world *world, struct client *client, world_call *call, uint64_t life);
void client_postpone(struct world *world, struct client *client, world_call *call, void *subject,
                     uint64_t argument); /* until it wakes */

/* perform.c */
void client_perform(struct world *world, struct client *client, const struct hr_action *action);
void client_dial(struct world *world, struct client *client, int node);
void client_dial_gossip(struct world *world, struct client *client, int node);

/* load.c: the data plane's twin */
void load_start(struct world *world, struct client *client);
void load_burst(struct world *world, struct client *client, int count);
void load_push(struct world *world, struct client *client); /* onto the users' list */
void load_topology(struct world *world, struct client *client);
void load_receive(struct world *world, struct client *client, struct message *message);
void load_cool(struct world *world, struct client *client); /* closes them */
void load_warm(struct world *world, struct client *client, struct conn *conn,
               struct message *message); /* what comes on a warm link */
void load_close(struct world *world, struct client *client, bool hint);
void load_forget(struct client *client); /* its process has ended */
void load_written(struct world *world, struct server *server, struct conn *conn,
                  struct flush *flush); /* the server's side */

void load_number(struct world *world, struct call *call, uint32_t count);
void load_acknowledged(struct world *world, struct client *client, const struct flush *flush);

/* txn.c: transactions with and without WATCH */
void txn_start(struct world *world, struct client *client);
void txn_forget(struct world *world, struct client *client); /* its process has ended */
void txn_topology(struct world *world, struct client *client);
void txn_hang_up(struct world *world, struct client *client, int node);
void txn_receive(struct world *world, struct client *client, struct message *message);
void txn_watch(struct world *world, struct server *server, struct conn *conn,
               const struct watch *watch); /* the server's side */
bool txn_is_dirty(const struct server *server, const struct conn *conn);

/* popper.c: commands that block on the users' list */
void popper_start(struct world *world, struct client *client);
void popper_forget(struct world *world, struct client *client); /* its process has ended */
void popper_call(struct world *world, struct client *client, bool takes, hr_msec own_ms);
void popper_topology(struct world *world, struct client *client);
void popper_hang_up(struct world *world, struct client *client, int node);
void popper_receive(struct world *world, struct client *client, struct message *message);

/* reader.c: reads that may leave the master */
void reader_start(struct world *world, struct client *client);
void reader_forget(struct world *world, struct client *client);
void reader_topology(struct world *world, struct client *client);
void reader_hang_up(struct world *world, struct client *client, int node);
bool reader_receive(struct world *world, struct client *client, struct conn *conn,
                    struct message *message); /* false: no link of its */
void reader_counted(struct client *client, int node, const struct flush *flush);
void reader_wrote(struct world *world, struct client *client, const struct flush *flush);
void reader_served(struct world *world, struct server *server, struct conn *conn,
                   const struct fetch *fetch); /* the server's side */

/* subs.c: the feed's twin of the driver, and its user */
void subs_start(struct world *world, struct client *client);
void subs_forget(struct client *client); /* keeps its memory */
void subs_free(struct client *client);
void subs_want(struct world *world, struct client *client, bool wants);
void subs_topology(struct world *world, struct client *client);
void subs_link(struct world *world, struct client *client, int node, bool up);
void subs_beat(struct world *world, struct client *client, int node,
               const struct hr_gossip *gossip);
void subs_look(struct world *world, struct client *client, int node,
               const struct answer *answer);
void subs_receive(struct world *world, struct client *client, int node, struct message *message);
bool subs_settled(const struct client *client, char *why, size_t size);
void subs_served(struct world *world, struct server *server, struct conn *conn,
                 struct message *message); /* the server's side */
void subs_push(struct world *world, struct server *server, const struct state *from,
               const struct state *to); /* what is behind from, up to to */
void subs_skip(struct world *world, struct server *server, const struct state *to);

#endif
