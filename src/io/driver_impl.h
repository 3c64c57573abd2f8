/*
 * What the files of the driver share. Only driver*.c (and its tests) include it.
 *
 *   file             one idea
 *   driver.c         life, the event pump, the one place where the core is stepped
 *   driver_links.c   dialling, the handshake of a control link, signs of life
 *   driver_feed.c    the pub/sub link of a node: gossip, and users' subscriptions
 *   driver_say.c     typed action -> op -> answer
 *   driver_packets.c the packet of each action, one table each
 *   driver_op.c      replies -> what became of the packet, matched by position
 *   driver_facts.c   INFO and our keys -> hr_facts
 *   driver_stream.c  INFO, twice -> was it copied anew in between?
 *
 *   core ──action──▶ say ──packet──▶ link ──reply──▶ op ──▶ facts ──event──▶ core
 *
 * None of them decides about roles.
 */
#ifndef HR_IO_DRIVER_IMPL_H
#define HR_IO_DRIVER_IMPL_H

#include "base/address.h"
#include "io/driver.h"
#include "io/link.h"
#include "io/loop.h"
#include "proto/gossip.h"
#include "proto/info.h"
#include "proto/record.h"

struct redisReply;

/* What the reply to one line of a packet means for its op. */
enum hr_take {
  HR_TAKE_NOTHING,   /* whatever it says */
  HR_TAKE_MUST,      /* an error means: not done */
  HR_TAKE_SET_LOCK,  /* OK: it is ours; nil: somebody has it */
  HR_TAKE_LOCK,
  HR_TAKE_PROMISE,
  HR_TAKE_EPOCH,     /* the group record's epoch alone */
  HR_TAKE_RECORD,    /* epoch, opcounter, uuid, nodes, durable, forks, planned */
  HR_TAKE_FILE,
  HR_TAKE_OURS,      /* the key of the notes is there: one key less of the user's */
  HR_TAKE_INFO,
  HR_TAKE_KEYS,      /* the names of all keys; an error, or only some: as if not asked */
  HR_TAKE_REWRITE,   /* an error leaves the op done, but the node will not start sealed */
  HR_TAKE_MAXMEMORY,
  HR_TAKE_STOP_WRITES,  /* stop-writes-on-bgsave-error */
  HR_TAKE_MIN_REPLICAS, /* min-replicas-to-write */
  HR_TAKE_MASTERAUTH,
  HR_TAKE_STALE,     /* replica-serve-stale-data */
  HR_TAKE_MULTI,     /* what follows answers QUEUED, then as an element of the array of EXEC */
  HR_TAKE_EXEC
};

/* When a line is part of the packet; several bits: all of them. */
#define HR_WHEN_ALWAYS 0x00u
#define HR_WHEN_REWRITE 0x01u /* the action asks for it */
#define HR_WHEN_KICK 0x02u    /* the action asks for it */
#define HR_WHEN_REFUSES 0x04u /* the node refused a lock though nobody holds it */
#define HR_WHEN_STALE 0x08u   /* the node answers -MASTERDOWN while it has no master */
#define HR_WHEN_MEMORY 0x10u  /* ... and has a limit of memory, which is lifted meanwhile */
#define HR_WHEN_AUTH 0x20u    /* there is a password for replication */
#define HR_WHEN_USER 0x40u    /* and a user that the server knows what to do with */
#define HR_WHEN_GARBAGE 0x80u /* somebody's key of another type is where our record belongs */
#define HR_WHEN_FOREIGN 0x100u /* ... where our notes belong */
#define HR_WHEN_7 0x200u       /* Redis 7 and newer: INFO takes several sections */
#define HR_WHEN_OLD 0x400u     /* older */
#define HR_WHEN_STOPS 0x800u     /* it refused a lock, and a failed save stops its writes */
#define HR_WHEN_REPLICAS 0x1000u /* ... and it wants a number of replicas before it writes */
#define HR_WHEN_COUNTER 0x4000u  /* the action brings an opcounter */
#define HR_WHEN_DOUBT 0x2000u    /* some of the few keys that it counts may have expired */

/* One command. Words are parted by blanks; $name stands for one argument, whatever it holds. */
struct hr_line {
  const char *text;
  uint16_t take; /* enum hr_take */
  uint16_t when; /* HR_WHEN_ bits */
};

#define HR_LINES_MAX 40 /* in one packet */
#define HR_ARGS_MAX 16  /* in one line */

enum hr_refusal {
  HR_REFUSAL_NONE,
  HR_REFUSAL_OOM,
  HR_REFUSAL_CANNOT_WRITE, /* MISCONF, NOREPLICAS */
  HR_REFUSAL_AUTH,         /* NOAUTH, NOPERM, WRONGPASS */
  HR_REFUSAL_BUSY,         /* BUSY, LOADING: later perhaps */
  HR_REFUSAL_OTHER
};

/* The settings that make a server refuse writes. "" and false: not known, or not in force. */
struct hr_limits {
  char maxmemory[24];
  char min_replicas[12];
  bool stops_writes;
};

/* What shows that a node goes on with the stream that it had, as one INFO has it. */
struct hr_stream {
  bool known;     /* it is a master, or linked to one */
  bool master;
  bool full;      /* the backlog has been cut off at its beginning, or soon will be */
  int64_t begins, ends; /* the first byte of the backlog, 0: there is none; the next one to come */
  int64_t offset; /* what it has read of its master's stream; a master: nothing */
  int64_t bytes;  /* that its masters have sent it, copies too; -1: not told */
  char run_id[HR_RUN_ID_MAX], replid[HR_RUN_ID_MAX], replid2[HR_RUN_ID_MAX];
};

/*
 * A packet on its way and what its replies have said so far. Pure: knows no link. The caller
 * announces each line, then hands over each reply in the same order.
 */
struct hr_answers {
  const struct hr_line *lines[HR_LINES_MAX];
  uint8_t count;         /* lines in the packet */
  uint8_t next;          /* whose reply comes next */
  uint8_t multi;         /* 1 + the index of MULTI while its lines are being queued, else 0 */
  bool aborted;          /* EXEC answered nil, or an error: nothing inside it ran */
  bool refused;          /* a line that must succeed did not */
  bool garbled;          /* a reply has not the shape that this place can have */
  enum hr_refusal refusal; /* of the first error that counts */
  char why[96];          /* its text */
  bool lock_set;         /* our SET NX took the lock */
  bool group_garbage;    /* the record's key holds another type */
  bool notes_garbage;    /* the notes' key does */
  bool rewritten;        /* CONFIG REWRITE answered OK */
  bool marked;           /* the file mark is there */
  bool info_seen;
  int own_keys;          /* how many of our keys the database counts */
  bool lock_seen;        /* the node's lock is one of them */
  int64_t keys_of_0, expires_of_0; /* as INFO counts them */
  bool keys_asked;       /* HR_TAKE_KEYS was among the lines */
  bool keys_listed;      /* and its answer is complete */
  int64_t listed;        /* how many it showed, locks left out */
  struct hr_limits limits; /* nothing in force unless asked */
  bool masterauth_empty;
  bool stale_refused;    /* replica-serve-stale-data no */
  struct hr_guard guard; /* lock, promise and epoch, wherever they were read */
  struct hr_facts facts;
  struct hr_stream stream;
  char version[HR_INFO_VERSION_MAX];
  const struct hr_names *names;
};

/* How servers and we name the nodes; changed by driver_links.c (peer). */
struct hr_name {
  char canonical[HR_NAME_MAX];
  char dialled[HR_NAME_MAX]; /* host:port as clients dial it, "" for a unix socket */
  char announced[HR_NAME_MAX]; /* "" when no other server can reach it */
  char peer[HR_NAME_MAX];    /* the address that our last link to it reached, "" never */
};
struct hr_names {
  size_t count;
  struct hr_name *of;
};

/* ---- driver_op.c ---- */
void hr_answers_begin(struct hr_answers *answers, const struct hr_names *names);
void hr_answers_expect(struct hr_answers *answers, const struct hr_line *line);
void hr_answers_take(struct hr_answers *answers, const struct redisReply *reply);
bool hr_answers_complete(const struct hr_answers *answers);
/* The keys that are counted are few, and one that has expired may be among them. */
bool hr_answers_doubt_keys(const struct hr_answers *answers);
int64_t hr_answers_user_keys(const struct hr_answers *answers); /* in all databases */
enum hr_refusal hr_refusal_of(const struct redisReply *reply); /* NONE unless it is an error */

/* ---- driver_facts.c ---- */
void hr_facts_from_info(struct hr_facts *facts, const struct hr_info *info,
                        const struct hr_names *names);
void hr_facts_take_record(struct hr_facts *facts, const struct redisReply *reply,
                          const struct hr_names *names);
int hr_names_find(const struct hr_names *names, const char *host, int64_t port); /* -1: nobody */
int hr_names_find_canonical(const struct hr_names *names, const char *name);

/* ---- driver_stream.c ---- */
void hr_stream_from_info(struct hr_stream *stream, const struct hr_info *info);
/* False: it was copied from its master in between (or, rarely, nobody can tell). */
bool hr_stream_goes_on(const struct hr_stream *before, const struct hr_stream *now);

/* ---- the driver ---- */
struct hr_driver;

/* Each is a table in driver_packets.c. */
enum hr_packet {
  HR_PACKET_GREET, HR_PACKET_LOOK, HR_PACKET_LOCK, HR_PACKET_MEASURE, HR_PACKET_UNLOCK_READ,
  HR_PACKET_UNLOCK, HR_PACKET_GUARD, HR_PACKET_UNGUARD, HR_PACKET_SEAL, HR_PACKET_PROMOTE,
  HR_PACKET_FOLLOW, HR_PACKET_RESTORE, HR_PACKET_PAUSE, HR_PACKET_PAUSE_ALL, HR_PACKET_UNPAUSE,
  HR_PACKET_MARK, HR_PACKET_PUBLISH, HR_PACKET_FEED_MARK
};

/* What $name stands for; NULL or "" where the packet has no use for it. */
struct hr_words {
  char lock[HR_KEY_MAX], promise[HR_KEY_MAX], file[HR_KEY_MAX];
  char value[HR_LOCK_TEXT_MAX], mark[HR_EPOCH_TEXT_MAX], seal[HR_SEAL_TEXT_MAX];
  char lineage[HR_LINEAGE_TEXT_MAX], message[HR_GOSSIP_TEXT_MAX];
  char ttl[24], port[12], opcounter[24], planned[HR_EPOCH_TEXT_MAX];
  char forks[HR_FORKS_TEXT_MAX];
  const char *group, *host, *uuid, *nodes, *user, *password, *channel, *durable;
  const char *maxmemory, *replicas, *payload;
};

#define HR_MARK_TEXT_MAX 24

struct hr_dnode {
  struct hr_driver *driver;
  int index;
  struct hr_driver_node config;   /* strings owned by the driver */
  struct hr_link *control, *gossip;
  /* the connection of the control link; forgotten when it breaks */
  bool greeted;                   /* the core was told LINK_UP */
  hr_msec greeted_ms;             /* ... then */
  char run_id[HR_RUN_ID_MAX];     /* of the process behind it */
  int version;                    /* 100 * major + minor, 0 unknown */
  bool masterauth_empty;
  bool serves_stale;              /* answers reads while it has no master (the default) */
  bool refuses;                   /* the last LOCK met OOM, MISCONF or NOREPLICAS */
  struct hr_limits limits;        /* why, as the last guard, unlock or refused lock saw it */
  bool group_garbage;             /* as the last guard saw it */
  bool notes_garbage;             /* the same */
  uint32_t serial;                /* counts packets that set or lift a WATCH */
  uint32_t watched;               /* the serial of the guard that was answered OK, 0 none */
  uint32_t lifted;                /* the serial of the last EXEC or UNWATCH */
  unsigned guarding;              /* ops under way that set a WATCH for what they do next */
  unsigned unlocking;             /* locks that are being given back */
  bool pinged;                    /* a PING is under way */
  bool beating;                   /* a heartbeat is under way */
  hr_msec held_until_ms;          /* we paused it: a PUBLISH would wait, and all behind it */
  struct hr_timer greet_timer;    /* ask again: the server was busy */
  /* whatever the connection */
  bool doubt_keys;                /* its last look did: the next, and a seal, asks for names */
  uint64_t control_said, gossip_said; /* hashes of how their links were last said to have ended */
  bool absent;                    /* nobody listens there, or we are refused: at the last dial */
  bool refusal_told;              /* the user knows that it refuses us, until it is up */
  bool twin_told;                 /* another name leads to the same process, and a person knows */
  bool deaf_told;                 /* and that it refuses SUBSCRIBE */
  bool denied;                    /* it does, for want of a right to our channels */
  hr_msec heard_ms;               /* the newest sign of life that the core was told */
  hr_msec asked_ms;               /* when the core last wanted a PING */
  hr_msec rest_ms;                /* so long the control link may be idle while gossip is heard */
  bool gossip_pinged;             /* a PING is under way there */
  hr_msec gossip_up_ms;           /* since when */
  bool fed;                       /* feed_up was told, and no feed_down since */
  struct hr_stream stream;        /* as it was found last, by whatever connection */
  char mark[HR_MARK_TEXT_MAX];    /* the last one that was published there */
  uint32_t marks;                 /* how many were */
  struct hr_timer gossip_timer;   /* redial of the gossip link */
  hr_msec gossip_backoff_ms;
  char command_run_id[HR_RUN_ID_MAX]; /* which process was asked COMMAND last */
  int64_t command_count;          /* what it said to COMMAND COUNT */
  struct hr_timer command_timer;
};

/* One packet under way and the action that it carries out. Lives until every reply or loss. */
struct hr_op {
  struct hr_dnode *node;
  enum hr_op_kind {
    HR_OP_GREET,
    HR_OP_HEARTBEAT,
    HR_OP_ACTION,
    HR_OP_UNLOCK_READ,  /* first half of an UNLOCK */
    HR_OP_LOCK_MEASURE  /* the lock was refused: by which settings? */
  } kind;
  struct hr_action action;
  uint32_t serial;      /* node->serial when it was sent */
  int64_t asked_us;     /* when its packet was queued */
  unsigned waiting;     /* requests that are neither answered nor lost */
  unsigned tries;
  bool lost;
  bool guards;          /* counted in node->guarding */
  struct hr_answers answers;
};

/* An event that waits until the actions of the present step are carried out. */
struct hr_waiting_event {
  struct hr_waiting_event *next;
  struct hr_event event;
  struct hr_facts facts;
  struct hr_guard guard;
  struct hr_gossip gossip;
};

#define HR_MARK_CHANNEL_MAX (HR_PREFIX_MAX + HR_UUID_MAX + 8)

struct hr_driver {
  struct hr_loop *loop;
  struct hr_driver_hooks hooks;
  void *owner;
  char *strings, *strings_end;    /* every string of the config */
  char prefix[HR_PREFIX_MAX];
  const char *username, *password;
  const char *replication_username, *replication_password;
  struct hr_tls *tls;             /* the client's, NULL: plain; every link keeps a reference */
  char client[HR_UUID_MAX];
  char link_name[32], gossip_name[32];
  char channels[2][HR_KEY_MAX];   /* by enum hr_gossip_kind */
  size_t prefix_len;
  char mark_channel[HR_MARK_CHANNEL_MAX];
  char group_key[HR_KEY_MAX];
  char *node_list;                /* sorted names joined by ',' */
  size_t count;
  struct hr_names names;
  struct hr_dnode *nodes;
  struct hr_core *core;
  void *core_memory;
  struct hr_actions actions;
  struct hr_timer timer;          /* hr_core_deadline */
  struct hr_waiting_event *first, **last;
  bool stepping;                  /* actions are being carried out */
  bool dead;                      /* freed by a hook; memory goes when the last entry returns */
  unsigned depth;                 /* entries from outside that have not returned */
  uint32_t next_op;               /* of people's requests */
  uint64_t writes;                /* the highest opcounter the data plane told */
  int64_t command_count;          /* of the COMMAND table that was taken last; 0: none was */
  int command_version;            /* ... and whose */
  char uuid[HR_UUID_MAX];         /* the group's, "" unknown */
  bool durable;                   /* the group has durable writes, ours or others' */
  bool core_durable;              /* ... ours */
};

/* ---- driver.c ---- */
void hr_driver_enter(struct hr_driver *driver);
void hr_driver_leave(struct hr_driver *driver); /* may free the driver */
void hr_driver_feed(struct hr_driver *driver, struct hr_event *event); /* sets event->now */
void hr_driver_log(struct hr_driver *driver, enum hr_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- driver_links.c ---- */
int hr_dnode_open(struct hr_dnode *node, hr_msec connect_ms, hr_msec silent_ms); /* -1: no memory */
void hr_dnode_end(struct hr_dnode *node); /* links and timers; also one that was never opened */
void hr_dnode_connect(struct hr_dnode *node);
void hr_dnode_close(struct hr_dnode *node);
/* Who stays away says the same at every dial: once is enough, for a debug trace too. */
bool hr_dnode_is_news(uint64_t *said, const char *text);
void hr_dnode_ping(struct hr_dnode *node);
void hr_dnode_answered(struct hr_dnode *node, int64_t asked_us); /* a small question was */
void hr_dnode_greeted(struct hr_dnode *node, const struct hr_op *op); /* NULL: out of memory */
void hr_dnode_want_command(struct hr_dnode *node); /* its COMMAND table, once per process */

/* ---- driver_feed.c ---- */
extern const struct hr_link_hooks hr_dfeed_hooks;
void hr_dfeed_close(struct hr_dnode *node); /* may call a hook */
void hr_dfeed_looked(struct hr_dnode *node, const struct hr_stream *found); /* may call a hook */
void hr_dfeed_redial(struct hr_timer *timer, void *owner);

/* ---- driver_packets.c ---- */
/* All lines or none; false: out of memory. op NULL: nobody wants to know. words may be NULL when
 * the packet has none. Sets op->serial, op->answers; counts op->waiting up. */
bool hr_packet_say(struct hr_dnode *node, struct hr_op *op, enum hr_packet packet, unsigned when,
                   const struct hr_words *words);

/* ---- driver_say.c ---- */
void hr_say_greet(struct hr_dnode *node); /* hr_dnode_greeted follows, or the link breaks */
void hr_say_action(struct hr_dnode *node, const struct hr_action *action);
/* An EXEC would lift a WATCH that guards a change. */
bool hr_say_guards(const struct hr_dnode *node);
void hr_op_reply(struct hr_link *link, struct hr_request *request, struct redisReply *reply);
void hr_op_lost(struct hr_op *op); /* one of its requests */

#endif
