/*
 * PUBLISH and SPUBLISH. A server runs them as a replica too: one that waited in a pause and came to
 * run on a demoted master would be answered, and heard by that node's subscribers alone. So it goes
 *
 *   MULTI; PUBLISH ...; [PUBLISH ...;] DEL <prefix>:none; EXEC
 *
 * which a node that is no master refuses as a whole, because of DEL; the key never is, so a master
 * has nothing to do, to write or to replicate for it. Those that wait together share a transaction.
 * A master that takes no writes (its disk is full, its memory) would refuse it too, though it would
 * publish: then it goes BARE, as it is.
 *
 * It may change its mind between two transactions that are under way: those that it refused would
 * run behind those that it took. So what was refused waits until no transaction is under way any
 * more, for a while there is but one at a time, and nothing is published behind a later one that
 * has run: then the refusal is its answer.
 *
 *   pending ─▶ lines on the link ─QUEUED─▶ batch ─EXEC─▶ callbacks, or pending again
 */
#ifndef HR_CLIENT_PUBLISH_H
#define HR_CLIENT_PUBLISH_H

#include "base/buffer.h"
#include "client/client.h"

#define HR_PUBLISH_MAX 64 /* in one transaction */

struct hr_published {
  struct hr_request request;
  size_t len; /* of its bytes, 0: no memory for them */
  bool refused; /* not QUEUED: an error of its own */
};

/* What was queued in the transaction that is being answered. */
struct hr_batch {
  size_t count;
  struct hr_published list[HR_PUBLISH_MAX];
  struct hr_buffer bytes; /* theirs, one behind the other */
  size_t refused;         /* how many of them */
  bool guard_refused;     /* the DEL was */
  char cause[160];        /* of the refusal that says most, "" none */
  char guard[HR_KEY_MAX];
};

/* It has to wait for our own subscriptions. */
bool hr_publish_waits(const haredis_client *c, const struct hr_request *request);
/* It still waits for them, others may pass; and is woken in time. */
bool hr_publish_held(haredis_client *c, struct hr_waiting *waiting);
/* It goes inside a transaction. */
bool hr_publish_wraps(const struct hr_request *request);
/* It must not be under way together with a transaction that is. */
bool hr_publish_waits_its_turn(const struct hr_conn *conn, const struct hr_request *request);
/* Send `first` and those behind it that may share its transaction, `limit` at most; *next: the one
 * behind the last of them. How many; 0: no memory, nothing is changed; -1: the link is closed, and
 * what was sent is back in pending. */
int hr_publish_send(struct hr_conn *conn, struct hr_waiting **next, struct hr_waiting *first,
                    size_t limit);
/* A line, or the EXEC, came back. */
void hr_publish_lost(struct hr_conn *conn, const struct hr_request *request, const char *bytes,
                     size_t len, bool sent);
bool hr_publish_owes(const struct hr_conn *conn, int64_t order); /* one that is older than that */
void hr_publish_expire(struct hr_conn *conn, hr_msec now, hr_msec *next);
void hr_publish_free(struct hr_conn *conn);

#endif
