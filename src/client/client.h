/*
 * The inside of haredis_client: what the files of this folder share.
 *
 *   haredis_async_command ──▶ submit ──▶ conn->link ───────────────▶ reply ──▶ callback
 *                               │            │ lost                    ▲  │ refused
 *                               └─▶ pending ◀┴─────────────────────────┼──┘
 *                                     │ pump: in the order of the calls│
 *                                     └──▶ conn, or a durable group ───┘
 *
 * What blocks, and transactions, take a link of their own from the pool instead (pool.h, blocked.c,
 * txn.c) and wait in its line, not in pending.
 *
 * Who may go straight to a link is said by read_conn and write_conn; every change of the topology,
 * of a link or of the queue makes them anew (hr_client_reroute). Commands run in the order of the
 * calls, but reads overtake writes that wait for a majority.
 *
 * It must not know: sockets, libev, how a failover is made.
 */
#ifndef HR_CLIENT_CLIENT_H
#define HR_CLIENT_CLIENT_H

#include <haredis/haredis.h>
#include <hiredis/hiredis.h>

#include "base/address.h"
#include "base/alloc.h"
#include "base/prng.h"
#include "base/types.h"
#include "client/metrics.h"
#include "core/core.h"
#include "io/driver.h"
#include "io/link.h"
#include "io/loop.h"
#include "proto/command.h"
#include "proto/record.h"
#include "route/route.h"

/* hr_request.order orders the commands of a client: when they were called, microseconds of the
 * loop's turn, and below that as many bits as keep them apart. */
#define HR_ORDER_BITS 10
static inline int64_t hr_order_us(int64_t order) {
  return order >> HR_ORDER_BITS;
}

/* hr_request.flags of ours. */
#define HR_REQ_WRITE 0x001u
#define HR_REQ_DURABLE 0x002u /* its reply is held until a majority vouches for it */
#define HR_REQ_FLUSH 0x004u   /* takes our record away: goes inside a transaction */
#define HR_REQ_DONE 0x008u    /* its callback was called: what still comes is dropped */
#define HR_REQ_OURS HR_REQUEST_OURS /* not a user's command */
#define HR_REQ_CHAIN 0x020u   /* continues what the request before it began: never parted from it */
#define HR_REQ_BODY 0x040u    /* the user's command inside a transaction of ours */
#define HR_REQ_RAN 0x080u     /* was sent before and that answer was lost: it may have run */
#define HR_REQ_RETRY_BIT 8    /* two bits: enum hr_retry */
#define HR_REQ_PUBLISH 0x400u /* publish.h: goes inside a transaction, unless it is BARE */
#define HR_REQ_BARE 0x800u
#define HR_REQ_FROM_BIT 12    /* two bits: enum hr_read_from; 0: must not leave the master */
#define HR_REQ_FROM 0x3000u
#define HR_REQ_NO_LANE 0x8000u /* late because all links of the pool are taken */
#define HR_REQ_SCRIPT 0x20000u /* may answer in any words */
#define HR_REQ_DOUBT 0x40000u  /* doubt.c: nobody knows yet whether it ran */
#define HR_REQ_COUNT 0x80000u  /* ours: raises the opcounter */
#define HR_REQ_OWN 0x4000u    /* its answer counts if the question before it was answered well */
#define HR_REQ_SEES_OWN 0x100000u /* read_own_writes, for this one */
#define HR_REQ_LAG_BIT 21     /* ten bits: a bound of its own, see hr_lag_pack(); 0: none */
#define HR_REQ_LAG 0x7fe00000u
_Static_assert(HR_REQ_SCRIPT + HR_REQ_DOUBT + HR_REQ_COUNT + HR_REQ_SEES_OWN + HR_REQ_LAG ==
                   (HR_REQ_SCRIPT | HR_REQ_DOUBT | HR_REQ_COUNT | HR_REQ_SEES_OWN | HR_REQ_LAG),
               "a bit has one meaning");

/* The control plane as the data plane sees it: io/driver.h, or a test's. */
struct hr_control {
  struct hr_driver *(*make)(struct hr_loop *loop, const struct hr_driver_config *config,
                            const struct hr_driver_hooks *hooks, void *owner);
  void (*start)(struct hr_driver *driver);
  void (*free)(struct hr_driver *driver);
  void (*hint)(struct hr_driver *driver, int node);
  void (*writes)(struct hr_driver *driver, uint64_t opcounter);
  uint32_t (*refresh)(struct hr_driver *driver);
  uint32_t (*switchover)(struct hr_driver *driver, int node);
  uint32_t (*takeover)(struct hr_driver *driver, int node);
  void (*durable)(struct hr_driver *driver);
  void (*reads)(struct hr_driver *driver);
  int64_t (*behind)(const struct hr_driver *driver, int node);
  bool (*works)(const struct hr_driver *driver);
  hr_msec (*since)(const struct hr_driver *driver, int node);
  bool (*mends)(const struct hr_driver *driver);
  bool (*record)(const struct hr_driver *driver, struct hr_record_text *out);
  bool (*feed_is_up)(const struct hr_driver *driver, int node);
  bool (*feed_is_denied)(const struct hr_driver *driver, int node);
  int (*feed_send)(struct hr_driver *driver, int node, uint32_t serial, int argc,
                   const char *const *argv, const size_t *argvlen);
  bool (*feed_mark)(struct hr_driver *driver, int node, const char *channel, const char *payload);
  const char *(*feed_channel)(const struct hr_driver *driver);
  const char *(*feed_refused)(const struct hr_driver *driver, int node, size_t *len);
};
extern const struct hr_control hr_control_driver;

/* A command that waits: no master, a pause, or its turn in a durable group. */
struct hr_waiting {
  struct hr_waiting *next, *prev;
  struct hr_request request;
  int code;                 /* in `over`: what its callback is told */
  int node;                 /* of lanes: where it was sent last, -1: nowhere */
  hr_msec held_ms;          /* a PUBLISH: since when it waits for our own subscriptions, 0: not */
  struct redisReply *error; /* what a server refused it with, NULL: none did */
  size_t len;
  char bytes[]; /* RESP */
};

struct hr_pending {
  struct hr_waiting *first, *last; /* by request.order */
  struct hr_waiting *cursor;       /* the last one put in out of turn, NULL: none */
  size_t count;
  size_t bytes;
};

/* A member of a durable group whose reply is held. */
struct hr_held {
  struct hr_request request;
  struct redisReply *copy; /* freeReplyObject(), or &small */
  struct redisReply small; /* replies without a heap object */
  char text[32];           /* small.str */
  char *bytes;             /* RESP of a linearizable read: it may be asked again */
  size_t len;
};

/* The commands in one packet with one WAIT behind them. */
struct hr_group {
  bool busy; /* sent, not judged */
  struct hr_held *held;
  size_t count, capacity;
};

/* What was answered of it so far; see proof.c. */
struct hr_proof {
  bool empty;        /* nothing ran: what was asked is only waited for */
  bool counted;      /* HINCRBY answered an integer */
  bool acknowledged; /* WAIT reached its number */
  bool proven;       /* all three were right: good as soon as the topology is durable */
  int acks;          /* that number */
  char lineage[HR_LINEAGE_TEXT_MAX]; /* that the node must show; "": there was none */
};

/* One link to one node for user commands. */
struct hr_conn {
  haredis_client *client;
  struct hr_link *link;
  int node;
  bool wanted; /* dial it again when it breaks */
  bool auth_failed;
  bool no_db;      /* the server has no such database: nothing waits for that */
  uint32_t dials;  /* failed in a row */
  uint32_t writes; /* put on the link since the opcounter was raised */
  uint32_t uncounted; /* not 0: a write was acknowledged since an opcounter was answered */
  uint64_t counted;   /* own.c: the last opcounter that was answered on it, 0: none */
  char process[HR_RUN_ID_MAX]; /* own.c: who answers on it, "": not asked, or not answered yet */
  bool asks_process, tells_no_process;
  struct hr_timer redial;
  struct hr_proof proof; /* durable links and lanes */
  struct hr_group group; /* durable links only */
  char *body;            /* RESP of the user's command inside a transaction, kept for a retry */
  size_t body_len;
  struct redisReply *body_error; /* why it was refused inside that transaction */
  struct hr_batch *batch; /* publish.h; NULL: it has not published yet */
};

/* All that leads to one node. */
struct hr_target {
  struct hr_target *next; /* in `retired` */
  haredis_client *client;
  int node;
  struct hr_conn main;
  struct hr_conn durable[2]; /* they alternate; links made when first needed */
  hr_msec taken_ms;          /* since when there are links to it */
  hr_msec left_ms;           /* since when it is not the master any more */
  struct hr_timer grace;     /* its answers may come until then; more time while they come */
};

/* See spare.h. */
struct hr_spare {
  haredis_client *client;
  struct hr_link *link; /* NULL: none */
  hr_msec dialled_ms;
  int node;
};

#define HR_ASKED_NO_OP UINT32_MAX

/* What a person asked for. */
struct hr_asked {
  struct hr_asked *next;
  uint32_t op;
  bool done;
  int code;
  char text[HR_TEXT_MAX];
  haredis_done_fn *fn;
  void *data;
};

enum hr_need {
  HR_NEED_READ,
  HR_NEED_WRITE,
  HR_NEED_DURABLE_READ,
  HR_NEED_DURABLE_WRITE,
  HR_NEED_COUNT
};

struct haredis_client {
  /* the hot path */
  struct hr_conn *read_conn, *write_conn; /* NULL: through pending */
  struct hr_command_table *commands;
  struct hr_loop *loop;
  int64_t order;      /* of the last command, see order */
  const int64_t *clock_us; /* of this turn; read for every reply */
  hr_msec scan_at_ms; /* when deadlines are looked at next, INT64_MAX: never */
  int err;
  int announced; /* the node whose first command was logged, -1: none */
  bool refusing; /* failed, closing or dead: nothing is accepted */
  bool reads_elsewhere; /* read_from is not the master */
  bool spans;
  size_t outstanding; /* accepted, not called back */
  struct hr_metrics metrics;

  int depth;              /* of hooks and callbacks we are in */
  bool unsettled;         /* something is to be done when depth is 0: see hr_client_leave */
  bool ending;            /* what is not over is being failed: nothing is repeated */
  bool dead;              /* freed: the memory goes when depth is 0 */
  bool started;           /* the control plane is */
  bool closing;           /* haredis_disconnect() */
  bool durable_asked;     /* somebody wants quorum durability or a linearizable read */
  bool durable_told;      /* and the control plane knows */
  struct ev_loop *own_ev; /* a blocking client's private loop, else NULL */
  hr_msec turned_ms;      /* when that was last turned */
  int number;
  int log_level;
  char detail[256]; /* text of the last error when the table's does not say enough */
  char refusal[208]; /* why a link for commands was refused; "": none is */
  bool refused_tls;  /* by certificates: the control links, made before, may know nothing of it */
  char prefix[HR_PREFIX_MAX];
  char group_key[HR_KEY_MAX];
  haredis_options options; /* its strings are not ours after creation */
  char *username, *password;
  struct hr_tls *tls; /* of every link; NULL: plain */
  struct hr_later renewed; /* certificates.c: its files have changed */
  struct hr_addresses addresses;

  const struct hr_control *control;
  struct hr_driver *driver;
  struct hr_topology topology; /* a copy; version 0: none yet */
  struct hr_plan plans[HR_NEED_COUNT];
  struct hr_target *targets[HR_NODES_MAX];
  struct hr_spare spares[HR_NODES_MAX];
  hr_msec spare_at_ms;       /* not dialled before */
  bool leaving;              /* an old master may still owe answers */
  struct hr_target *retired; /* no links any more; the memory goes when depth is 0 */

  struct hr_pending pending;
  struct hr_pending over;  /* failed; called back as soon as we are not inside another call */
  bool doubts;             /* something in pending is DOUBT */
  bool stalled;            /* the head of pending waits for answers to what went before */
  int64_t refused; /* order of the youngest write that waits after a refusal, 0: none */
  struct hr_conn *sending; /* durable link whose group's commands are not all answered */
  size_t durable_count;    /* durable commands that are queued, sent or held */
  hr_msec hold_all_ms,
      hold_writes_ms; /* nothing (no write) is sent before: a server said not now */
  hr_msec publish_ms; /* when the oldest PUBLISH that is held goes in any case */
  bool publish_behind; /* this walk has passed one that is held: later ones stay behind it */
  hr_msec publish_alone_ms; /* until then one transaction of publish.h at a time */
  struct hr_timer hold;
  struct hr_timer scan; /* deadlines */
  struct hr_timer drain;
  hr_msec drain_at_ms; /* closing: not longer than that */
  hr_msec mend_at_ms;  /* nor longer than that for a node that is about to be mended */
  struct hr_timer beat; /* PINGs on idle links */
  struct hr_later pump;
  uint32_t hints; /* nodes that the core shall look at again: a bit each */
  hr_msec told_ms; /* when the core last heard of the opcounter */
  struct hr_prng prng;
  struct hr_pool *pool; /* pool.h: links for who needs one of its own */
  struct haredis_txn *txns;
  struct hr_asked *asked;
  struct hr_asked *asking; /* its op is not known yet */
  struct hr_reads *reads;  /* reads.h; NULL: nothing was read from a replica yet */
  struct hr_subs *subs;    /* subscribe.h; NULL: nobody has subscribed yet */
  struct haredis_stream *streams; /* stream.h; closed ones until depth is 0 */
};

/* client.c: birth. own_ev: a private loop that the client frees, or NULL. */
haredis_client *hr_client_new(struct ev_loop *ev, struct ev_loop *own_ev,
                              const haredis_options *options, const struct hr_control *control);
/* The control plane begins; not in hr_client_new: its hooks may free a client that the caller does
 * not know yet. */
void hr_client_start(haredis_client *c);
/* Remember why a call was refused; returns code. format NULL: the code's own text. */
int hr_client_fail(haredis_client *c, int code, const char *format, ...) HAREDIS_PRINTF(3, 4);
/* Why one that is `refusing` takes nothing: it ends, or what was wrong at its birth. */
int hr_client_refuse(haredis_client *c);

/* certificates.c: TLS as the options want it. HAREDIS_OK, or a code and `why`. */
int hr_certificates_take(haredis_client *c, char *why, size_t why_size);
void hr_certificates_leave(haredis_client *c); /* nothing is told of them any more */

/* end.c: drain and death. */
void hr_client_free_memory(haredis_client *c);
/* Every hook and every callback stands between these two. */
void hr_client_enter(haredis_client *c);
void hr_client_leave(haredis_client *c); /* c may be gone when this returns */
void hr_client_drained(struct hr_timer *timer, void *owner);

/* Timers stay armed (far away when at rest), so that setting one never needs memory. */
#define HR_REST_MS 86400000
int hr_client_timer_make(haredis_client *c, struct hr_timer *timer,
                         void (*fn)(struct hr_timer *, void *), void *owner);
void hr_client_timer_set(haredis_client *c, struct hr_timer *timer, hr_msec in_ms);
void hr_client_hold_arm(haredis_client *c);
void hr_client_timer_rest(haredis_client *c, struct hr_timer *timer);

/* control.c: the core's words, in and out */
int hr_control_make(haredis_client *c);
int hr_route_code_public(enum hr_route_code code);

/* data.c: links to nodes */
/* How a link for user commands reaches `node`: address, who we are, database, TLS, and the time to
 * connect. Every link that the client makes is made of this. Borrowed from the client. */
void hr_client_link_config(const haredis_client *c, int node, const char *name,
                           struct hr_link_config *config);
struct hr_conn *hr_data_main(haredis_client *c, int node); /* NULL: out of memory */
struct hr_conn *hr_data_durable(haredis_client *c, int node, int which);
void hr_data_topology(haredis_client *c); /* dial the new master, leave the old */
void hr_data_close(haredis_client *c, int node);
hr_msec hr_data_beat_ms(const haredis_client *c);
void hr_data_beat(struct hr_timer *timer, void *owner);
void hr_data_break(struct hr_conn *conn);      /* close and dial again */
void hr_data_dial(struct hr_conn *conn);       /* when it is wanted and down */
void hr_data_redial_later(struct hr_conn *conn, enum hr_down why);
/* Any link for users' commands is up; is down. That says why when certificates are the cause, once
 * until one is up again; hooks are called. */
void hr_data_admitted(struct hr_conn *conn);
void hr_data_refused(struct hr_conn *conn, enum hr_down why, const char *text);
/* In plain it is only a guess: who closes without a word may be a proxy whose server is down. */
static inline bool hr_data_tls_refuses(const haredis_client *c, enum hr_down why) {
  return why == HR_DOWN_TLS && c->tls != NULL;
}
#define HR_DATA_TLS_MS 1000 /* not dialled before then: no certificate is mended in a moment */
void hr_data_on_redial(struct hr_timer *timer, void *owner);
bool hr_data_owes(const struct hr_conn *conn); /* answers to users' commands */
bool hr_data_leaving(haredis_client *c);       /* an old master still owes answers */
void hr_data_free_all(haredis_client *c);
void hr_data_free_retired(haredis_client *c);
void hr_data_take_back(struct hr_conn *conn); /* what did not leave goes back to pending */
hr_msec hr_data_heard_ms(const haredis_client *c, int node);

/* submit.c: in; pump.c: out of pending */
enum hr_need hr_request_need(const struct hr_request *request);
int hr_submit(haredis_client *c, const haredis_call *call, haredis_reply_fn *fn, void *data,
              int argc, const char **argv, const size_t *argvlen);
int hr_submit_options(haredis_client *c, const haredis_call *call, struct hr_request *request,
                      int *timeout_ms);
/* When the call came, and its place among all: hr_request.order. */
int64_t hr_submit_order(haredis_client *c, int64_t now_us);
int64_t hr_submit_now_us(const haredis_client *c);
void hr_submit_accepted(haredis_client *c, const struct hr_request *request);
bool hr_submit_flushes(const haredis_client *c, const char *word, size_t len);
int hr_submit_wellformed(haredis_client *c, int argc, const char *const *argv); /* or why not */
int hr_submit_queue(haredis_client *c, const struct hr_request *request, int argc,
                    const char **argv, const size_t *argvlen);
/* Into a queue, if it takes one more. */
int hr_submit_keep(haredis_client *c, struct hr_pending *queue, bool bounded,
                   const struct hr_request *request, int argc, const char **argv,
                   const size_t *argvlen);
void hr_client_reroute(haredis_client *c);
void hr_client_pump_soon(haredis_client *c);
/* The core looks at that node again. Not at once: what it does may close the link we are in. */
void hr_client_hint_soon(haredis_client *c, int node);
void hr_client_pump(struct hr_later *later, void *owner);
void hr_client_hold(haredis_client *c, hr_msec wait_ms, bool writes_only);
bool hr_pump_held(const haredis_client *c, const struct hr_waiting *waiting); /* a write, paused */
void hr_client_plan(haredis_client *c); /* the topology has changed */
void hr_request_sent(haredis_client *c, struct hr_request *request);

/* pending.c */
struct hr_waiting *hr_waiting_new(const struct hr_request *request, const char *bytes, size_t len);
void hr_waiting_free(struct hr_waiting *waiting);
void hr_pending_add(struct hr_pending *pending, struct hr_waiting *waiting);  /* the newest */
void hr_pending_back(struct hr_pending *pending, struct hr_waiting *waiting); /* where it was */
void hr_pending_remove(struct hr_pending *pending, struct hr_waiting *waiting);
void hr_over_add(haredis_client *c, struct hr_waiting *waiting, int code);  /* out of pending */
void hr_over_push(haredis_client *c, struct hr_waiting *waiting, int code); /* in no queue now */
void hr_over_finish(haredis_client *c);
void hr_over_passed(haredis_client *c, int64_t order); /* a write of that order has run */

/* reply.c: the ends of a command */
void hr_reply_main(struct hr_link *link, struct hr_request *request, struct redisReply *reply);
void hr_reply_announce(struct hr_conn *conn, const struct hr_link *link);
void hr_finish(haredis_client *c, const struct hr_request *request, struct redisReply *reply,
               int code, const char *bytes, size_t len, int node);
/* true: refused, put back into pending and not over. */
bool hr_reply_repeats(struct hr_conn *conn, const struct hr_request *request,
                      const struct redisReply *reply, const char *bytes, size_t len);
struct hr_outcome hr_outcome_of(haredis_client *c, const struct hr_request *request,
                                enum hr_outcome_kind kind);
/* Into pending, where it was. error: what it was refused with, or NULL. False: no memory. */
bool hr_reply_put_back(haredis_client *c, const struct hr_request *request,
                       const struct redisReply *error, const char *bytes, size_t len);
void hr_lost_user(struct hr_conn *conn, const struct hr_request *request, const char *bytes,
                  size_t len, enum hr_outcome_kind kind);
void hr_lost(struct hr_conn *conn, const struct hr_request *request, const char *bytes, size_t len,
             bool sent);

/* doubt.c: was a script refused, or has it run and says what a server would? */
void hr_doubt_begin(struct hr_conn *conn); /* one that is DOUBT went back into pending */
void hr_doubt_count(struct hr_conn *conn, const struct redisReply *reply); /* HINCRBY's answer */
void hr_doubt_lost(struct hr_conn *conn); /* which will not come */

/* deadline.c */
void hr_deadline_watch(haredis_client *c, hr_msec deadline_ms);
void hr_deadline_scan(struct hr_timer *timer, void *owner);
void hr_deadline_conn(struct hr_conn *conn, hr_msec now, hr_msec *next);

/* record.c: our hash on the master: the opcounter and FLUSHALL */
int hr_record_ours(struct hr_conn *conn, hr_request_fn *fn, uint32_t chain, int argc,
                   const char *const *argv);
int hr_record_select(struct hr_conn *conn, int db, uint32_t chain);
int hr_record_count(struct hr_conn *conn, uint32_t writes, hr_request_fn *fn, uint32_t chain);
void hr_record_flush(struct hr_link *link, void *owner); /* the link's flush hook */
void hr_record_recount(struct hr_conn *conn); /* at once, though nothing was written */
int hr_record_send_flush(struct hr_conn *conn, const struct hr_waiting *waiting);
void hr_record_body_keep(struct hr_conn *conn, const char *bytes, size_t len);
const char *hr_record_exec_cause(const char *text); /* why EXEC itself was refused */
void hr_record_forget_body(struct hr_conn *conn);
void hr_record_told(haredis_client *c, const struct redisReply *reply);

/* durable.c */
bool hr_durable_launch(haredis_client *c, struct hr_waiting *first, int node); /* false: not now */
void hr_durable_reply(struct hr_conn *conn, const struct hr_request *request,
                      struct redisReply *reply, const char *bytes, size_t len);
void hr_durable_settle(haredis_client *c); /* the topology has changed */
void hr_durable_abort(struct hr_conn *conn);
void hr_durable_free(struct hr_conn *conn);
void hr_durable_expire(struct hr_conn *conn, hr_msec now, hr_msec *next);
hr_msec hr_durable_wait_ms(const haredis_client *c);

/* proof.c: that a majority holds what ran on a link */
enum hr_proof_worth { HR_PROOF_VOID, HR_PROOF_EARLY, HR_PROOF_GOOD };
bool hr_proof_expect(struct hr_conn *conn); /* before anything is sent. False: no lineage known */
void hr_proof_count(struct hr_conn *conn, const struct redisReply *reply); /* HINCRBY's answer */
/* Behind what is to be proven. on_count NULL: it was counted already. -1: no memory, cut it off. */
int hr_proof_ask(struct hr_conn *conn, hr_request_fn *on_count, uint32_t writes,
                 hr_request_fn *on_lineage);
/* HGET's answer: makes `proven`. True: the lineage is the one that was expected. */
bool hr_proof_judge(struct hr_conn *conn, const struct redisReply *reply);
enum hr_proof_worth hr_proof_worth(const struct hr_conn *conn); /* of one that is proven, now */

/* words.c: RESP of one command, split; a format's words, handed to fn, whose code is returned */
typedef int hr_words_fn(haredis_client *c, void *what, int argc, const char **argv,
                        const size_t *argvlen);
int hr_words_split(const char *bytes, size_t len, const char **argv, size_t *argvlen, int capacity);
int hr_words_format(haredis_client *c, hr_words_fn *fn, void *what, const char *format, va_list ap);

/* events.c, log.c */
void hr_tell(haredis_client *c, int kind, int node, uint64_t epoch, int64_t count,
             const char *text);
void hr_tell_gap(haredis_client *c, int node, int64_t from_ms, int64_t until_ms, const char *text);
void hr_log(haredis_client *c, int level, const char *format, ...) HAREDIS_PRINTF(3, 4);
void hr_log_text(haredis_client *c, int level, const char *text);

/* people.c */
void hr_people_done(uint32_t op, enum hr_code code, const char *text, void *owner);
void hr_people_deliver(haredis_client *c);
void hr_people_close(haredis_client *c);
int hr_people_find(const haredis_client *c, const char *node); /* -1: no such node */

#endif
