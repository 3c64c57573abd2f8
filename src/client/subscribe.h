/*
 * Users' subscriptions: who wants which channel, on which links it is, what becomes of a message.
 *
 *   haredis_subscribe ──▶ channels ──▶ wire (end of the turn) ──▶ feed_send ──▶ pub/sub links
 *                            ▲           ▲ carry, leave, mark                      │
 *                         lookup         └──────────── feed ◀── up, down, beat ────┤
 *                            │                           │ judge                   │
 *   handlers ◀── dispatch ◀──┴───────── held ◀───────────┴──────── messages ◀──────┘
 *
 * subscribe.c       handles              subscribe_wire.c    what the links are told
 * subscribe_feed.c  the feed's decisions subscribe_answer.c  what they answer
 * dispatch.c        messages to handlers, what is held
 *
 * Nothing of this exists until somebody subscribes for the first time.
 */
#ifndef HR_CLIENT_SUBSCRIBE_H
#define HR_CLIENT_SUBSCRIBE_H

#include "client/client.h"
#include "pubsub/channels.h"
#include "pubsub/feed.h"

/* What was asked for before the command of that order (hr_request.order) is in force on the
 * source, and the present master feeds it. True while nobody subscribes. hr_client_pump_soon() is
 * called when it becomes true. */
bool hr_subs_settled_at(const haredis_client *c, int64_t order);

/* ---- for the files of subscriptions, and where the client is born, hears and ends ---- */

struct haredis_subscription {
  struct hr_handle handle; /* first: the table frees it */
  haredis_client *client;
  haredis_message_fn *fn;
  void *data;
};

/* hr_channel.state */
#define HR_CHANNEL_DIRTY 1u   /* the links are to be told at the end of this turn */
#define HR_CHANNEL_ASKED 2u   /* those that carry were told to subscribe */
#define HR_CHANNEL_REFUSED 4u /* a server said no; not ASKED then */
#define HR_CHANNEL_DOUBT 8u   /* asked for or refused while two carried: they may differ */

#define HR_WIRE_NAMES_MAX 1000      /* in one command */
#define HR_WIRE_BYTES_MAX 16384     /* of names in one command, unless one is longer */
#define HR_WIRE_SLICE 10000         /* names in one turn when all are carried to another link */
#define HR_WIRE_AGAIN_MS 10         /* memory was short */
#define HR_WIRE_BUSY_MS 100         /* the server is, or loads */
#define HR_HELD_BYTES_MAX (16u << 20)

enum hr_wire_work { HR_WIRE_REST, HR_WIRE_CARRY, HR_WIRE_LEAVE };

/*
 * What one node's pub/sub link was told. Names are sent under the even number of the barrier (a
 * PING, odd) that will prove them; one barrier is under way at a time.
 */
struct hr_wire_link {
  enum hr_wire_work work;    /* every channel is being put on it, or taken off */
  bool redo;                 /* a name could not be sent: carried again from the start */
  uint8_t kind;              /* the work has come so far */
  size_t place;
  uint32_t table;            /* hr_channels.table that `place` belongs to, 0: from the start */
  uint32_t number;           /* of the next barrier; even */
  uint32_t answered;         /* of the last barrier that was answered */
  bool waiting;              /* the barrier before `number` is under way */
  bool owed;                 /* names were sent under `number` */
  uint32_t carry;            /* the feed's serial of a CARRY that is not in force yet, 0: none */
  uint32_t carry_cover;      /* the barrier that proves it */
  uint32_t round_cover;      /* the barrier that proves what the round asked for */
};

/* A message that waits for a mark. */
struct hr_held_message {
  struct hr_held_message *next;
  size_t size;
  struct hr_link_message message; /* its texts are the bytes */
  char bytes[];
};

struct hr_held_queue {
  struct hr_held_message *first, *last;
};

#define HR_SUBS_EVENTS_MAX (3 * HR_NODES_MAX)

struct hr_subs {
  haredis_client *client;
  struct hr_channels channels;
  uint8_t verdicts[HR_NODES_MAX]; /* enum hr_feed_verdict, made anew at each step of the feed */
  struct hr_held_queue old, new;
  size_t held_bytes;

  struct hr_feed feed;
  bool stepping; /* actions are being carried out: events wait */
  size_t events_first, events_count;
  struct hr_feed_event events[HR_SUBS_EVENTS_MAX];
  struct hr_feed_actions actions;
  struct hr_timer timer;
  struct hr_later later;

  struct hr_wire_link links[HR_NODES_MAX];
  struct hr_channel **dirty; /* told at the end of the turn */
  size_t dirty_count, dirty_capacity;
  bool sweep;       /* some are dirty that the list had no room for */
  hr_msec again_ms; /* nothing is carried before; 0: at once */
  int mark_node;       /* where a mark is to be published that could not be, */
  uint64_t mark_nonce; /* 0: none */
  const char *mark; /* the channel of our marks; the driver's */
  size_t mark_len;

  /* What is asked for in a turn belongs to the open round; hr_channel.serial is its number. */
  uint32_t open, confirmed;
  bool asked;                        /* something was, in the open one */
  bool unsent;                       /* and the links were not told yet */
  bool closing;                      /* the one before it waits for its barriers */
  int64_t open_order, closing_order; /* of the last command before; INT64_MAX: none asked */
  int64_t settled_order;             /* commands up to this one wait for nothing of ours */
  hr_msec unsettled_ms;              /* since when they wait; anew with a name or a master */
  size_t alive, refused;             /* channels that somebody wants; of these */
  size_t doubts;                     /* channels in doubt */
  bool told;                         /* SUBSCRIBED, to all who asked, of all there is */
};

/* subscribe.c */
void hr_subs_end(haredis_client *c);  /* no work begins any more */
void hr_subs_free(haredis_client *c); /* nobody is in a handler */

/* subscribe_feed.c */
int hr_subs_begin(struct hr_subs *subs);
void hr_subs_step(struct hr_subs *subs, const struct hr_feed_event *event); /* may end the client */
void hr_subs_topology(haredis_client *c);
void hr_subs_up(int node, void *owner);
void hr_subs_down(int node, void *owner);
void hr_subs_beat(int node, const struct hr_gossip *beat, void *owner);
void hr_subs_look(int node, bool copied, void *owner);
void hr_subs_arm(struct hr_subs *subs);
bool hr_subs_in_force(const struct hr_subs *subs, const struct hr_channel *channel);
void hr_subs_settle(struct hr_subs *subs); /* who waits for us may go? SUBSCRIBED may be told? */

/* subscribe_wire.c */
void hr_wire_soon(struct hr_subs *subs);
void hr_wire_dirty(struct hr_subs *subs, struct hr_channel *channel);
void hr_wire_turn(struct hr_later *later, void *owner);
void hr_wire_carry(struct hr_subs *subs, int node, uint32_t serial);
void hr_wire_leave(struct hr_subs *subs, int node);
void hr_wire_forget(struct hr_subs *subs, int node); /* its link is down */
void hr_wire_alone(struct hr_subs *subs, int node, enum hr_channel_kind kind, const char *name,
                   size_t len);
void hr_wire_barrier(struct hr_subs *subs, int node);
void hr_wire_fail(struct hr_subs *subs, int node, hr_msec wait_ms); /* carry all again, later */
void hr_wire_doubt(struct hr_subs *subs, struct hr_channel *channel); /* while two carry */
bool hr_wire_moves(const struct hr_subs *subs); /* two carry */
bool hr_wire_works(const struct hr_subs *subs); /* a link is being filled or emptied */
void hr_wire_round(struct hr_subs *subs);       /* is it over, may the next begin? */

/* subscribe_answer.c: names carry the number of the barrier that proves them, see hr_wire_link */
void hr_subs_answer(int node, uint32_t serial, const char *error, void *owner);

/* dispatch.c */
void hr_subs_message(int node, const struct hr_link_message *message, void *owner);
void hr_subs_ahead(int node, const struct hr_link_message *messages, size_t count, void *owner);
void hr_held_deliver(struct hr_subs *subs, struct hr_held_queue *queue);
void hr_held_drop(struct hr_subs *subs, struct hr_held_queue *queue);

#endif
