/*
 * Which node's messages reach the user: a pure state machine. Subscriptions live on the pub/sub
 * link of one node, the source; when they shall live elsewhere they are put on the next one first.
 *
 *              both nodes live                              the source died
 *   source ────────────────┬─ mark ─ ✂                 source ─── ✂  gap
 *   next         carried ──┴─ mark ──────▶ source      next           carried ── mark ──▶ source
 *
 * A mark is a message of ours, published through the master on a channel of this client alone. Both
 * links hear the same ordered stream, so what the old one says before the mark and what the new one
 * says behind it is everything, once, in order. Whoever hears the mark first is held until the
 * other has heard it too; a mark that comes to nothing is given up, what was held of the source is
 * delivered, what was held of the next is dropped, and another mark is tried.
 *
 * The mark also proves that the present master feeds the source (`fed`): nothing is published
 * before that, and a gap ends there.
 *
 *   NONE ──target──▶ CARRYING ──in force──▶ STEADY ──other target──▶ MOVING ──in force──▶ MARKED
 *     ▲                  ▲ source down        │  ▲                       │                  │
 *     └──nobody wants────┴────────────────────┘  └──── both heard / source died / patience ─┘
 *
 * It must not know: sockets, RESP, names of channels, what a message holds, who asked for it.
 */
#ifndef HR_PUBSUB_FEED_H
#define HR_PUBSUB_FEED_H

#include "base/types.h"

struct hr_feed_config {
  size_t nodes;
  hr_msec patience_ms; /* how long a move waits for the mark on the old link before it is forced */
  hr_msec mark_again_ms; /* a mark that was not heard is repeated */
  hr_msec beat_ms;     /* heartbeats come at least so often: how far back a gap may have begun */
};

enum hr_feed_event_kind {
  HR_FEED_TIME,      /* nothing but .now */
  HR_FEED_WANTED,    /* .wanted: there are subscriptions, or none any more */
  HR_FEED_TARGET,    /* .node subscriptions belong on, -1; .master, -1; .epoch_n, .planned of it */
  HR_FEED_LINK_UP,   /* .node: its link takes subscriptions and holds none */
  HR_FEED_LINK_DOWN, /* .node */
  HR_FEED_IN_FORCE,  /* .node .serial: what DO_CARRY asked for is in force */
  HR_FEED_MARK,      /* .node .nonce: a mark of ours was heard there */
  HR_FEED_BEAT,      /* .node: a heartbeat was heard there */
  HR_FEED_HELD_FULL  /* what is held has grown too large */
};

struct hr_feed_event {
  enum hr_feed_event_kind kind;
  hr_msec now;
  int node, master;
  uint64_t epoch_n;
  bool planned, wanted;
  uint32_t serial;
  uint64_t nonce;
};

enum hr_feed_action_kind {
  HR_FEED_DO_CARRY,       /* .node .serial: put every subscription and the channel of the marks on
                             its link; IN_FORCE follows */
  HR_FEED_DO_LEAVE,       /* .node: take them off again */
  HR_FEED_DO_MARK,        /* .node (the master) .nonce: publish a mark; it may get lost */
  HR_FEED_DO_DELIVER_OLD, /* hand over what was held of the source, in order */
  HR_FEED_DO_DELIVER_NEW, /* ... of the next, which is the source now */
  HR_FEED_DO_DROP_OLD,
  HR_FEED_DO_DROP_NEW,
  HR_FEED_DO_GAP,         /* .from_ms .until_ms: messages of that time may be missing. Comes before
                             the first delivery from behind the gap wherever the link has changed */
  HR_FEED_DO_READY,       /* .node: everything is in force there, and the master feeds it */
  HR_FEED_DO_LOG          /* .text: a decision, for the debug trace */
};

#define HR_FEED_TEXT_MAX 128

struct hr_feed_action {
  enum hr_feed_action_kind kind;
  int node;
  uint32_t serial;
  uint64_t nonce;
  hr_msec from_ms, until_ms;
  char text[HR_FEED_TEXT_MAX];
};

#define HR_FEED_ACTIONS_MAX 16
struct hr_feed_actions { /* carried out in array order */
  size_t count;
  struct hr_feed_action list[HR_FEED_ACTIONS_MAX];
};

/* What becomes of a message that came from a node now. */
enum hr_feed_verdict { HR_FEED_DROP, HR_FEED_DELIVER, HR_FEED_HOLD_OLD, HR_FEED_HOLD_NEW };

enum hr_feed_phase {
  HR_FEED_NONE,     /* nobody subscribes, or there is no target */
  HR_FEED_CARRYING, /* put on the source, not yet in force */
  HR_FEED_STEADY,
  HR_FEED_MOVING,   /* put on the next, not yet in force there */
  HR_FEED_MARKED    /* in force on both, the mark is on its way */
};

struct hr_feed_node {
  bool up;
  uint32_t serial;   /* of the last CARRY that was asked for, 0: holds nothing */
  bool in_force;
  hr_msec beat_ms;   /* the last heartbeat heard there, 0 never */
};

/* Changed by hr_feed_step alone; its owner may read `source`, `next`, `phase`, `fed`. */
struct hr_feed {
  struct hr_feed_config config;
  enum hr_feed_phase phase;
  int source, next;  /* -1: none */
  int target, master;
  uint64_t epoch_n;
  bool wanted;
  bool fed;          /* a mark through the present master was heard on the source */
  uint64_t nonce;    /* of the mark that is waited for, 0: none */
  uint64_t nonces;   /* random, then counts */
  bool heard_old, heard_new;
  hr_msec marked_ms; /* when it was published */
  hr_msec moving_ms; /* since when `next` is in force */
  hr_msec gap_ms;    /* since when messages may be missing, 0: none are */
  uint32_t serials;
  struct hr_feed_node nodes[HR_NODES_MAX];
};

void hr_feed_init(struct hr_feed *feed, const struct hr_feed_config *config, uint64_t seed);
void hr_feed_step(struct hr_feed *feed, const struct hr_feed_event *event,
                  struct hr_feed_actions *out);
/* For each message; the answer holds until the next step. */
enum hr_feed_verdict hr_feed_judge(const struct hr_feed *feed, int node);
/* Its link is told of every subscription and unsubscription made from now on. */
bool hr_feed_carries(const struct hr_feed *feed, int node);
/* May be published: nobody subscribes, or the source is in force and fed. */
bool hr_feed_settled(const struct hr_feed *feed);
hr_msec hr_feed_deadline(const struct hr_feed *feed); /* INT64_MAX: none */

#endif
