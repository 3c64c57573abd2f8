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
 * A replica may take a second until its master streams to it. Once a mark was heard on the old one
 * alone, the next ones only ask (`asking`): nobody is held for them, and the first that the new one
 * hears is followed by one that counts.
 *
 * The mark also proves that the present master feeds the source (`fed`): nothing is published
 * before that, and a gap ends there.
 *
 *   NONE ──target──▶ CARRYING ──in force──▶ STEADY ──other target──▶ MOVING ──in force──▶ MARKED
 *     ▲                  ▲ source down        │  ▲                       │                  │
 *     └──nobody wants────┴────────────────────┘  └──── both heard / source died / patience ─┘
 *
 * Where the source died, or a move is forced because the old one does not hear the mark, what its
 * successor says before a mark of then is dropped (`quiet`). A replica may be behind the one that
 * died: it would say again what was delivered already. Holding it back until the mark and giving
 * it out then would do the same. Behind a mark that was published after everything that was
 * delivered nothing is said twice; what was dropped was published before the mark was heard, and
 * so lies inside the gap. That costs one round trip through the master.
 *
 * A gap begins with the last thing that proves that all before it was heard: a mark, when it was
 * published; a heartbeat, when any link may have heard it first (it lies unread while a handler is
 * slow, and one that is forgotten already proves nothing), and not later than the last before it
 * (many at once were held up somewhere), less a mark's trip for what had been sent to the master
 * and not run yet, and quiet_ms: where another master was elected beside one that has not noticed,
 * heartbeats of those who have not noticed either go on through that one, until somebody speaks
 * through the new one. (No less where the source alone died: it may be fed by such a one.) While
 * this client is cut off nothing proves anything: there may be another master already. It ends when
 * a mark through the present master is heard. Two more kinds are seen afterwards only: heartbeats
 * that the source should have heard (beats.h), and that its data was copied anew between two of
 * them, which a look at it tells (looks.h).
 *
 * It must not know: sockets, RESP, names of channels, what a message holds, who asked for it.
 */
#ifndef HR_PUBSUB_FEED_H
#define HR_PUBSUB_FEED_H

#include "base/types.h"
#include "pubsub/beats.h"
#include "pubsub/looks.h"

struct hr_feed_config {
  size_t nodes;
  const char *names[HR_NODES_MAX]; /* for log lines; borrowed */
  hr_msec patience_ms; /* how long a move waits for the mark on an old link that does not hear the
                          master either, before it is forced; down_after_ms is a good value */
  hr_msec mark_again_ms; /* a mark that was not heard is given up after this, the next one after
                            twice as long, ... up to patience_ms; some round trips */
  hr_msec beat_ms;     /* heartbeats come so often at rest, */
  hr_msec quiet_ms;    /* and at least so often from a master that lives */
};

enum hr_feed_event_kind {
  HR_FEED_TIME,      /* nothing but .now */
  HR_FEED_WANTED,    /* .wanted: there are subscriptions, or none any more */
  HR_FEED_TARGET,    /* .node subscriptions belong on, -1; .master, -1; .epoch, .planned of it;
                        .cut_off: no majority is heard, so another master may be at work. For each
                        published topology; one that changes nothing is nothing */
  HR_FEED_LINK_UP,   /* .node: its link takes subscriptions and holds none */
  HR_FEED_LINK_DOWN, /* .node */
  HR_FEED_IN_FORCE,  /* .node .serial: what DO_CARRY asked for is in force */
  HR_FEED_MARK,      /* .node .nonce: a mark of ours was heard there */
  HR_FEED_BEAT,      /* .node .epoch .nonce: a heartbeat of that epoch was heard there; nonce: the
                        same wherever this one is heard, another one for every other, not 0;
                        .since: it may have lain unread since then. Also while nobody subscribes */
  HR_FEED_LOOK,      /* .node .copied: a look has found that it goes on with the stream of the look
                        before; or that its data was copied from its master since then, and what
                        the master's stream held meanwhile was told to nobody there */
  HR_FEED_HELD_FULL  /* what is held has grown too large */
};

struct hr_feed_event {
  enum hr_feed_event_kind kind;
  hr_msec now, since;
  int node, master;
  struct hr_epoch epoch;
  bool planned, cut_off, wanted, copied;
  uint32_t serial;
  uint64_t nonce;
};

enum hr_feed_action_kind {
  HR_FEED_DO_CARRY,       /* .node .serial: put every subscription and the channel of the marks on
                             its link; IN_FORCE follows */
  HR_FEED_DO_LEAVE,       /* .node: take them off again; its link is up */
  HR_FEED_DO_MARK,        /* .node (the master) .nonce: publish a mark; it may get lost. A node that
                             is no master any more must refuse it: a mark that only its own
                             subscribers hear stands at no place of the stream */
  HR_FEED_DO_LOOK,        /* .node: look at it, soon. Its stream was interrupted since the last one,
                             and a copy of then must not be found when it is relied on; or another
                             master feeds it, and a look can follow one change of master only */
  HR_FEED_DO_DELIVER_OLD, /* hand over what was held of the source, in order */
  HR_FEED_DO_DELIVER_NEW, /* ... of the next, which is the source now */
  HR_FEED_DO_DROP_OLD,
  HR_FEED_DO_DROP_NEW,
  HR_FEED_DO_GAP,         /* .from_ms .until_ms: messages of that time may be missing. Comes before
                             the first delivery from behind the gap wherever the link has changed */
  HR_FEED_DO_READY,       /* .node: everything is in force there, and the master feeds it */
  HR_FEED_DO_LOG          /* .text: a decision, for the debug trace */
};

#define HR_FEED_TEXT_MAX 320

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
  HR_FEED_CARRYING, /* put on the source (as soon as its link is up), not yet in force */
  HR_FEED_STEADY,
  HR_FEED_MOVING,   /* put on the next (as soon as its link is up), not yet in force there */
  HR_FEED_MARKED    /* in force on both, the mark is on its way */
};

struct hr_feed_node {
  bool up;
  uint32_t serial;   /* of the last CARRY that was asked for, 0: holds nothing */
  bool in_force;
  hr_msec beat_ms;   /* the last heartbeat heard there, or since when its link is up */
  hr_msec before_ms; /* the last one that did not come along with that */
  hr_msec fed_ms;    /* the last one of the present master, or of who handed over to it */
};

/* Changed by hr_feed_step alone; its owner may read `source`, `next`, `phase`, `fed`. */
struct hr_feed {
  struct hr_feed_config config;
  struct hr_feed_actions *out; /* during a step */
  hr_msec now;       /* of the last step */
  hr_msec awake_ms;  /* when this process came back to work: what is not read yet is no silence */
  enum hr_feed_phase phase;
  int source, next;  /* -1: none */
  int target, master;
  int elected;       /* the master known last; -1: there was none yet */
  struct hr_epoch epoch; /* ... of that one */
  struct hr_epoch handed; /* of the one that handed everything over to it, n == 0: none did */
  bool wanted;
  bool cut_off;
  bool alone;           /* ... or was, and has not been proven to be fed since */
  bool fed;          /* a mark through the present master was heard on the source */
  bool spoken;       /* something may have been delivered already */
  bool quiet;        /* it is not known where the one before it stood: dropped until it is fed */
  bool told;         /* READY was said, and nothing has changed since */
  uint64_t nonce;    /* of the mark that is waited for, 0: none */
  uint64_t nonces;   /* of the last mark: random, then counts */
  uint64_t proof;    /* while not fed: this mark and every later one prove it */
  hr_msec proof_ms;  /* when the first of them was published, 0: none was */
  bool heard_old, heard_new;
  bool asking;       /* the mark on its way asks whether the next is fed, and parts nothing */
  hr_msec marked_ms; /* when the mark was published */
  hr_msec again_ms;  /* no mark before */
  unsigned tries;    /* marks of this move or proof in a row that came to nothing */
  hr_msec patient_ms; /* when the first of them was published */
  hr_msec trip_ms;   /* from publishing a mark to hearing it on the source, the last time */
  hr_msec good_ms;   /* all that was published before was heard on the source, 0: nothing yet */
  hr_msec gap_ms;    /* since when messages may be missing, 0: none are */
  uint32_t serials;
  struct hr_beats beats;
  struct hr_looks looks;
  struct hr_feed_node nodes[HR_NODES_MAX];
};

void hr_feed_init(struct hr_feed *feed, const struct hr_feed_config *config, uint64_t seed);
void hr_feed_step(struct hr_feed *feed, const struct hr_feed_event *event,
                  struct hr_feed_actions *out);
/* For each message; the answer holds until the next step. */
enum hr_feed_verdict hr_feed_judge(const struct hr_feed *feed, int node);
/* Its link is told of every subscription and unsubscription made from now on. While two links
 * carry, a new subscription is in force when both have confirmed it. */
bool hr_feed_carries(const struct hr_feed *feed, int node);
/* May be published: nobody subscribes, or the source is in force and fed. */
bool hr_feed_settled(const struct hr_feed *feed);
hr_msec hr_feed_deadline(const struct hr_feed *feed); /* INT64_MAX: none */

#endif
