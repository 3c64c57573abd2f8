/*
 * Where a command goes, and what becomes of it: two decision tables, nothing else.
 *
 *   plan(topology, command) ──▶ send to a node / wait (and what to say if it waits too long) / fail
 *   judge(what happened)    ──▶ finish with the reply / try again later / fail
 *
 * It must not know: sockets, clocks, RESP, who the caller is. It cannot change the topology. One
 * mode is one file (route_failover.c; route_reads.c for reads that may leave the master); the
 * judgement is the same for all of them.
 */
#ifndef HR_ROUTE_ROUTE_H
#define HR_ROUTE_ROUTE_H

#include "base/types.h"
#include "core/topology.h"

/* Why a command could not be answered; the client maps them one to one to its public codes. */
enum hr_route_code {
  HR_ROUTE_OK,
  HR_ROUTE_NO_MASTER,
  HR_ROUTE_NO_QUORUM,
  HR_ROUTE_AMBIGUOUS,
  HR_ROUTE_AUTH,
  HR_ROUTE_NO_REPLICA,
  HR_ROUTE_MAYBE /* sent, the answer is lost */
};

/* What the command needs. */
struct hr_route_need {
  bool write;
  bool durable;   /* a majority must vouch for it: a durable write or a linearizable read */
  bool impatient; /* fail at once rather than wait for a majority */
};

enum hr_plan_kind {
  HR_PLAN_SEND, /* to .node, now */
  HR_PLAN_WAIT, /* .code if the deadline comes first */
  HR_PLAN_FAIL  /* .code, now */
};

struct hr_plan {
  enum hr_plan_kind kind;
  int node; /* SEND only, else -1 */
  enum hr_route_code code;
};

/* Failover mode. topology NULL: nothing is known yet. */
struct hr_plan hr_route_failover(const struct hr_topology *topology,
                                 const struct hr_route_need *need);

/* Where a command that only reads may go. */
enum hr_read_from { HR_READ_MASTER, HR_READ_REPLICA, HR_READ_PREFER_REPLICA, HR_READ_NEAREST };

/* What the client knows of a node beside the topology, by its index. */
struct hr_route_link {
  bool ready;      /* a link for reads is up, and the node has not said "not now" */
  uint32_t rtt_us; /* measured; 0: not yet. The master's is used without a link for reads */
  size_t waiting;  /* reads that it has not answered yet */
};

/* master: what hr_route_failover says for a read. turn: any number that changes with each call, so
 * that equals take turns. A plan to send names the master, or a readable node with its link. */
struct hr_plan hr_route_reads(const struct hr_topology *topology, const struct hr_plan *master,
                              enum hr_read_from from, const struct hr_route_link *links,
                              size_t turn);

/* The first word of a server's error, as far as it matters here. */
enum hr_error_class {
  HR_ERROR_PLAIN,      /* the command's own error: the answer */
  HR_ERROR_READONLY,   /* not a master any more */
  HR_ERROR_LOADING,    /* not ready yet */
  HR_ERROR_MASTERDOWN, /* a replica that has lost its master */
  HR_ERROR_NOREPLICAS, /* a master that must not write now */
  HR_ERROR_BUSY,       /* in a script */
  HR_ERROR_TRYAGAIN,
  HR_ERROR_CLUSTERDOWN,
  HR_ERROR_UNBLOCKED /* a demoted master let go who was blocked there: nothing was taken */
};
enum hr_error_class hr_route_error_class(const char *text, size_t len);
/* The same for a script, whose first refused command may have ended it. It may have said so itself,
 * too. */
enum hr_error_class hr_route_script_class(const char *text, size_t len);
/* The same for a command that blocks. What CLIENT UNBLOCK says is a person's word: PLAIN. */
enum hr_error_class hr_route_blocked_class(const char *text, size_t len);
/* The same for EXEC's error. cause: the first error while its commands were queued, NULL: none. */
enum hr_error_class hr_route_exec_class(const char *text, size_t len, const char *cause,
                                        size_t cause_len);

enum hr_outcome_kind {
  HR_OUTCOME_REPLY,       /* .error tells which error, PLAIN for every other reply */
  HR_OUTCOME_LOST_UNSENT, /* it never left */
  HR_OUTCOME_LOST_SENT,   /* it left, the answer did not come */
  HR_OUTCOME_UNPROVEN     /* answered, but by a node that could not show that it may */
};

/*
 * The same judgement for what has a link of its own:
 *
 *                            blocking, takes     blocking, takes     transaction    transaction
 *                            something (BLPOP)   nothing (XREAD)     without WATCH  with WATCH
 *   not sent                 elsewhere           elsewhere           elsewhere      aborted
 *   refused, UNBLOCKED       elsewhere, with the rest of its time    elsewhere      aborted
 *   sent, answer lost        maybe (retry =      elsewhere (unless   maybe          maybe
 *                            always: elsewhere)  retry = never)
 *   unproven (durability)    maybe               elsewhere           maybe          maybe
 *
 * For the blocking ones hr_outcome.write says that it takes something; for transactions retry is
 * NEVER, and once one watches, attempts_max is its attempts.
 */

/* What may be sent again when the answer was lost. */
enum hr_retry { HR_RETRY_READS, HR_RETRY_NEVER, HR_RETRY_ALWAYS };

struct hr_outcome {
  enum hr_outcome_kind kind;
  enum hr_error_class error;
  bool write;
  enum hr_retry retry;
  uint32_t attempts; /* how often it was sent, this time included */
  uint32_t attempts_max;
  hr_msec left_ms; /* until its deadline; <0: it has none */
  hr_msec backoff_ms, backoff_max_ms;
  uint32_t random; /* for the jitter */
};

enum hr_verdict_kind {
  HR_VERDICT_FINISH, /* with the reply that came */
  HR_VERDICT_RETRY,  /* not before .wait_ms, wherever plan() says then */
  HR_VERDICT_FAIL    /* with .code */
};

struct hr_verdict {
  enum hr_verdict_kind kind;
  hr_msec wait_ms;
  enum hr_route_code code;
  bool hint;        /* the control plane should look at that node again */
  bool writes_only; /* only writes need to wait */
};

struct hr_verdict hr_route_judge(const struct hr_outcome *outcome);

/* The pause before attempt number attempts + 1: doubles, capped, the upper half of it jitter. */
hr_msec hr_route_backoff_ms(uint32_t attempts, hr_msec first_ms, hr_msec max_ms, uint32_t random);

#endif
