/*
 * Lanes: links to the present master that belong to one command at a time. Blocking commands and
 * transactions take one and give it back; nobody else waits for what they wait for.
 *
 *   hr_pool_want ──▶ line, in order ──pump: plan says SEND──▶ begin ──▶ hr_pool_give_back ──▶ idle
 *                      ▲                                        │
 *                      └── the holder's decision ◀── lost ◀─────┘ link broke, grace over
 *
 * A holder is told, it never is called back into a user's callback from here: what ends goes into
 * client->over. So a walk over line or lanes is never surprised.
 *
 * It must not know: what a holder sends, what becomes of it.
 */
#ifndef HR_CLIENT_POOL_H
#define HR_CLIENT_POOL_H

#include "client/client.h"

struct hr_holder;

struct hr_holder_kind {
  void (*begin)(struct hr_holder *holder); /* holder->lane is its own, and up */
  /* Something has changed (topology, a pause is over) while it holds a lane. May be NULL. */
  void (*push)(struct hr_holder *holder);
  /* The master is another one now; its lane lives on for a grace. May be NULL. */
  void (*leave)(struct hr_holder *holder);
  /* A request on its lane comes back unanswered. Only to be noted: `lost` follows. */
  void (*lost_one)(struct hr_holder *holder, const struct hr_request *request, bool sent);
  void (*lost)(struct hr_holder *holder, enum hr_down why); /* its lane is gone: lane is NULL */
  void (*fail)(struct hr_holder *holder, int code);         /* in the line, taken out of it */
  void (*proved)(struct hr_holder *holder, bool proven);    /* after hr_lane_prove */
  /* What of it is late at `now` is over; *next: when the rest will be. */
  void (*expire)(struct hr_holder *holder, hr_msec now, hr_msec *next);
  bool (*ready)(struct hr_holder *holder); /* it may go now; NULL: always */
};

/* Who wants or has a lane. Embedded. */
struct hr_holder {
  struct hr_holder *next, *prev; /* in the line */
  const struct hr_holder_kind *kind;
  haredis_client *client;
  struct hr_lane *lane; /* NULL: none */
  enum hr_need need;
  bool in_line;
  bool writes_now; /* an EXEC: WAIT must wait for it; what blocks may never end */
  hr_msec not_before_ms; /* a server said not now */
  int64_t order;         /* of the call, see hr_request.order */
  size_t bytes;          /* what it costs while it waits */
};

struct hr_lane {
  struct hr_conn conn; /* first: requests of ours point to it */
  struct hr_lane *next, *prev;
  struct hr_holder *holder; /* NULL: dialling or idle */
  hr_msec close_at_ms;      /* idle for long, or the end of its grace; INT64_MAX: never */
};

struct hr_pool {
  struct hr_lane *lanes;
  struct hr_lane *retired; /* no link any more; the memory goes when depth is 0 */
  int count;
  struct hr_holder *first, *last; /* the line, by order */
  size_t line, line_bytes;
  struct hr_timer timer;
  hr_msec wake_ms;    /* when it is due */
  int node;           /* the last master: what follows is about links to it */
  hr_msec dial_at_ms; /* not before: the last ones failed */
  uint32_t dials;     /* failed in a row */
  bool auth_failed;
  bool full;          /* somebody waits for a link, and there may be no more */
  bool tell_full;     /* and that is to be told */
  hr_msec full_ms;    /* when that was so last, 0: never */
};

/* of the client */
int hr_pool_make(haredis_client *c);
void hr_pool_free_all(haredis_client *c);    /* every holder is told; nothing is called back */
void hr_pool_free_memory(haredis_client *c); /* depth is 0 */
void hr_pool_free_retired(haredis_client *c);
void hr_pool_topology(haredis_client *c);
void hr_pool_settle(haredis_client *c); /* proofs that wait for a durable topology */
void hr_pool_close(haredis_client *c, int node);
void hr_pool_pump(haredis_client *c);
void hr_pool_expire(haredis_client *c, hr_msec now, hr_msec *next);
hr_msec hr_pool_heard_ms(const haredis_client *c, int node);
bool hr_pool_spare(haredis_client *c);       /* a lane that rests is closed; false: none does */
int hr_pool_links(const haredis_client *c); /* of lanes and streams: open or being opened */

/* of holders */
int hr_pool_room(haredis_client *c, size_t bytes); /* HAREDIS_OK or why the line takes no more */
void hr_pool_want(struct hr_holder *holder);       /* into the line, in order */
void hr_pool_forget(struct hr_holder *holder);     /* out of the line, if it is there */
/* The lane is nobody's: what is still on it must be ours. */
void hr_pool_give_back(struct hr_holder *holder);
/* The same, but closed: nobody knows in which state it is. Its requests go to lost_one. */
void hr_pool_drop(struct hr_holder *holder);
void hr_pool_lose(struct hr_holder *holder); /* closed as if it had broken: `lost` follows */
/* The code for what waits too long, and what its request is marked with. */
int hr_pool_late_code(const struct hr_holder *holder);
uint32_t hr_pool_late_flags(const struct hr_holder *holder);
void hr_pool_say_full(haredis_client *c, const char *end); /* into c->detail */

/* lane.c: what is said on a lane beside the user's words. -1: no memory, drop the lane */
int hr_lane_count(struct hr_lane *lane, uint32_t writes, hr_request_fn *fn);
/* WAIT and the lineage; counted: the opcounter was raised already, else that goes first. Ends in
 * holder->kind->proved. */
int hr_lane_prove(struct hr_lane *lane, bool counted, uint32_t writes);
void hr_lane_settle(struct hr_lane *lane);
void hr_lane_on_count(struct hr_link *link, struct hr_request *request, struct redisReply *reply);
/* Everything of this client that was accepted before has been answered, blocking commands apart. */
bool hr_lane_is_quiet(const haredis_client *c, int64_t order);

#endif
