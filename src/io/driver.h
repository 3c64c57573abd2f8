/*
 * Carries out what the core decides and tells it what happened: owns the core, one control link and
 * one gossip link per node, and knows how every typed action is said to Redis. It decides nothing.
 */
#ifndef HR_IO_DRIVER_H
#define HR_IO_DRIVER_H

#include "core/core.h"
#include "proto/record.h"

struct hr_loop;
struct hr_tls;
struct hr_driver;
struct hr_link_message;
struct hr_link_meter;
struct redisReply;

struct hr_driver_node {
  char name[HR_NAME_MAX];  /* canonical: announce address, else host:port, else unix:path */
  const char *host;        /* how clients reach it */
  int port;
  const char *unix_path;
  const char *announce_host; /* how servers reach it: what REPLICAOF is told */
  int announce_port;
  const char *username, *password; /* NULL: the client's */
  struct hr_link_meter *meter; /* of all links to it; outlives the driver. NULL: none */
};

struct hr_driver_config {
  struct hr_core_config core; /* count, names, list_hash, client, uuid: filled by the driver */
  struct hr_driver_node nodes[HR_NODES_MAX];
  size_t count;
  const char *prefix;
  const char *username, *password;
  const char *replication_username, *replication_password;
  hr_msec connect_timeout_ms;
  struct hr_tls *tls; /* for every link; the links keep references. NULL: plain */
};

struct hr_driver_hooks {
  void (*topology)(const struct hr_topology *topology, void *owner); /* borrowed: copy it */
  void (*tell)(const struct hr_action *action, void *owner);
  void (*log)(enum hr_level level, const char *text, void *owner);
  void (*done)(uint32_t op, enum hr_code code, const char *text, void *owner);
  void (*close_data)(int node, void *owner);        /* HR_DO_CLOSE: data links too */
  hr_msec (*data_heard_ms)(int node, void *owner);  /* last byte on a data link, 0 never */
  void (*command_table)(const struct redisReply *reply, void *owner); /* COMMAND, once per master */
  /* The feed: users' subscriptions on the pub/sub link of a node. Our own channels stay here. */
  void (*feed_up)(int node, void *owner);   /* takes subscriptions; holds none */
  void (*feed_down)(int node, void *owner); /* what was on it, and every answer, is lost */
  /* All sent before hr_driver_feed_send(serial) is in force (error NULL), or that one command was
   * refused. In the order of the sending. */
  void (*feed_answer)(int node, uint32_t serial, const char *error, void *owner);
  void (*feed_message)(int node, const struct hr_link_message *message, void *owner);
  /* These come to feed_message next, unless the link closes; and perhaps some of our own. */
  void (*feed_ahead)(int node, const struct hr_link_message *messages, size_t count, void *owner);
  /* A heartbeat came through: the master feeds that node. (client, seq) is the same on each. */
  void (*feed_beat)(int node, const struct hr_gossip *beat, void *owner);
  /* It was looked at, and is a master or linked to one. copied: its data was copied from its master
   * since the look before; what the stream held meanwhile was told to nobody there. */
  void (*feed_look)(int node, bool copied, void *owner);
};

/* Strings of config are copied. NULL: out of memory. Nothing is dialled before hr_driver_start. */
struct hr_driver *hr_driver_new(struct hr_loop *loop, const struct hr_driver_config *config,
                                const struct hr_driver_hooks *hooks, void *owner);
void hr_driver_start(struct hr_driver *driver);
void hr_driver_free(struct hr_driver *driver); /* safe from its own hooks */

/* From the data plane and from people; carried out before this returns. */
void hr_driver_hint(struct hr_driver *driver, int node);
void hr_driver_writes(struct hr_driver *driver, uint64_t opcounter);
void hr_driver_durable(struct hr_driver *driver); /* the first write with quorum durability */
void hr_driver_reads(struct hr_driver *driver); /* the first read that may go to a replica */
uint32_t hr_driver_refresh(struct hr_driver *driver);             /* the op that `done` will name */
uint32_t hr_driver_switchover(struct hr_driver *driver, int node);
uint32_t hr_driver_takeover(struct hr_driver *driver, int node);
/* A takeover of ours is under way, a lock is being given back, or words of ours have not left: the
 * end would cut them off. */
bool hr_driver_works(const struct hr_driver *driver);
/* A node is astray, and all that is missing is an answer before this client begins to mend it. */
bool hr_driver_mends(const struct hr_driver *driver);

/* See hr_core_behind(). */
int64_t hr_driver_behind(const struct hr_driver *driver, int node);
/* Since when the control link to it is up, in the loop's time; 0: it is not. */
hr_msec hr_driver_since(const struct hr_driver *driver, int node);

/* ---- the feed ---- */

bool hr_driver_feed_is_up(const struct hr_driver *driver, int node);
/* It never comes up: our user has no right to our own channels there. */
bool hr_driver_feed_is_denied(const struct hr_driver *driver, int node);
/* Queue one [P|S](UN)SUBSCRIBE with its names, or a PING; answered under `serial`.
 * -1: the link is down or there is no memory; nothing was queued. argvlen NULL: C strings. */
int hr_driver_feed_send(struct hr_driver *driver, int node, uint32_t serial, int argc,
                        const char *const *argv, const size_t *argvlen);
/* Inside feed_answer with an error: the command that was refused, as RESP; borrowed until it
 * returns or something is sent there. */
const char *hr_driver_feed_refused(const struct hr_driver *driver, int node, size_t *len);
/* PUBLISH on the control link of `node`, nobody is told what became of it; in a transaction with
 * something that only a master takes, so that one that was demoted meanwhile refuses it: its own
 * subscribers alone would hear it. false: not now (the link is down, that node is paused by us or
 * about to be changed). */
bool hr_driver_feed_mark(struct hr_driver *driver, int node, const char *channel,
                         const char *payload);
/* The channel of this client's marks, "<prefix>:mark:<client>"; borrowed, lives with the driver. */
const char *hr_driver_feed_channel(const struct hr_driver *driver);

/*
 * What <prefix>:group must say on the present master. The data plane compares `epoch` with what a
 * durable group reads back, and writes all of it again in the same transaction as a command that
 * takes the record away (FLUSHALL).
 */
struct hr_record_text {
  char epoch[HR_LINEAGE_TEXT_MAX]; /* "<n>:<nonce>:<node>:<run id>" */
  uint64_t opcounter;        /* the highest that is known */
  const char *uuid, *nodes;  /* borrowed until the next event; "" when not known yet */
  bool durable;              /* the group has durable writes */
  const struct hr_fork *forks; /* HR_FORKS_MAX of them; borrowed, too */
};
/* false: there is no elected master; `out` is untouched. */
bool hr_driver_record(const struct hr_driver *driver, struct hr_record_text *out);

#endif
