/*
 * Reads from replicas: links of their own to the nodes that may be read, and a queue of their own,
 * for they are in no order with anything else.
 *
 *   submit ──▶ plan (route_reads.c) ─┬─▶ a reader's link ──▶ reply ──▶ callback
 *     ▲                              ├─▶ the master's way: client.h's picture
 *     │ lost, refused, stale         └─▶ waiting ──▶ planned again with every reroute
 *     └────────────────────────────────────┘
 *
 * A request carries where it may be read from in its flags. One that came to the master keeps them:
 * lost there, it may be read from a replica next.
 *
 * With read_own_writes a read goes to a replica behind a question, in one packet:
 *
 *   HMGET <prefix>:group epoch opcounter      the lineage that we know, and at least as many writes
 *   the read                                  as were counted behind the last one of ours
 *
 * The counter is raised behind every flush of writes and replicates with them, so a replica that
 * shows its value has them all; the lineage is written at every promotion, so a replica that shows
 * it has all that the new master began with. Otherwise the answer is thrown away and the master
 * asked. Nor is a replica asked while the last acknowledged write is not counted yet.
 *
 * On the address of the master another process may answer, started from an older file, before the
 * core has noticed it: a link is read as the master's once its process has said its run id, and was
 * elected.
 *
 * One read may have a bound of its own beside the client's max_lag_bytes: the core says of each
 * node how far it is behind, and the bound travels in the request's flags, rounded down.
 */
#ifndef HR_CLIENT_READS_H
#define HR_CLIENT_READS_H

#include "client/client.h"

/* One node. The memory stays until the client's goes. */
struct hr_reader {
  struct hr_conn conn;   /* of it: client, node, link, wanted, auth_failed, dials, redial */
  hr_msec readable_ms;   /* when it last was */
  hr_msec refused_ms;    /* it said "not now": nothing is read there before; 0: it did not */
  bool fresh;            /* the question in front of the next answer was answered well */
  bool astray;           /* perhaps in another database: nothing more goes there, it is closed */
};

#define HR_LATENCY_SAMPLES 5
struct hr_latency {
  int64_t asked_us; /* since when no PING has been answered, 0: the last was */
  uint32_t us[HR_LATENCY_SAMPLES];
  uint32_t taken;
};

struct hr_reads {
  haredis_client *client;
  struct hr_reader *readers[HR_NODES_MAX];
  struct hr_route_link links[HR_NODES_MAX];
  struct hr_latency latency[HR_NODES_MAX];
  struct hr_pending waiting;
  struct hr_timer timer; /* the next refusal is over */
  hr_msec used_ms;       /* when a read last might leave the master */
  size_t turn;
  bool told;             /* the control plane knows that replicas are read */
  bool measures;         /* somebody asks for the nearest */
  /* own.c */
  bool watches;          /* somebody reads his own writes, or did once */
  char lineage[HR_LINEAGE_TEXT_MAX]; /* of the present master, or the last one; "": none yet */
  char run_id[HR_RUN_ID_MAX];        /* its process */
  struct hr_epoch epoch;
  bool wrote;            /* anything, ever */
  uint64_t counted;      /* what the counter was behind our last writes under this process */
  uint64_t floor;        /* not 0: somebody flushed it away; written back it is at least this */
  bool unsure;           /* an acknowledged write was not counted and never will be */
  uint32_t losses;       /* how often that happened: a count sent before the last covers nothing */
};

int hr_reads_make(haredis_client *c);        /* HAREDIS_OK or HAREDIS_ERR_MEMORY; once made: OK */
void hr_reads_free_memory(haredis_client *c);
int hr_reads_submit(haredis_client *c, struct hr_request *request, int argc, const char **argv,
                    const size_t *argvlen);
void hr_reads_back(haredis_client *c, struct hr_waiting *waiting); /* lost or refused somewhere */
void hr_reads_pump(haredis_client *c);     /* before the queue of the others is looked at */
void hr_reads_topology(haredis_client *c);
void hr_reads_expire(haredis_client *c, hr_msec now, hr_msec *next);
void hr_reads_end(haredis_client *c);
/* haredis_call.max_lag_bytes in ten bits, rounded down by less than a sixteenth; 0: none. */
uint32_t hr_lag_pack(size_t bytes);
int64_t hr_lag_unpack(uint32_t packed);

/* readers.c: the links. */
bool hr_readers_active(const haredis_client *c); /* somebody has read lately */
void hr_readers_want(haredis_client *c); /* dial whoever may be read, leave the rest alone */
void hr_readers_measure(haredis_client *c); /* from now on: who is the nearest? */
void hr_readers_refuse(struct hr_reader *reader, hr_msec wait_ms); /* it said "not now" */
bool hr_readers_refused(const struct hr_reader *reader);
void hr_readers_greeted(haredis_client *c, int node); /* a new link owes nothing */
void hr_readers_astray(struct hr_reader *reader);
void hr_readers_close(haredis_client *c, int node);
void hr_readers_beat(haredis_client *c);
void hr_readers_on_timer(struct hr_timer *timer, void *owner);
hr_msec hr_readers_heard_ms(const haredis_client *c, int node);

/* own.c: what this client wrote. All but the first two are only needed with read_own_writes. */
void hr_own_watch(haredis_client *c); /* from now on */
bool hr_own_watches(const haredis_client *c);
bool hr_own_is_counted(const haredis_client *c); /* every acknowledged write */
bool hr_own_wrote(const haredis_client *c);
/* An opcounter was answered on that link. */
void hr_own_count(struct hr_conn *conn, const struct hr_request *request,
                  const struct redisReply *reply);
/* Is the process at the other end of the master's link the elected one? false: not known yet, and
 * asked, or another one. */
bool hr_own_is_elected(struct hr_conn *conn);
void hr_own_lost(struct hr_conn *conn); /* its link ends: what was not counted will not be */
/* A write was acknowledged on a link whose counts nobody tells us. */
void hr_own_elsewhere(haredis_client *c);
void hr_own_topology(haredis_client *c);
void hr_own_recount(haredis_client *c);
/* Put the question on the link. -1: no memory, a part of it may be there. */
int hr_own_ask(struct hr_reader *reader);

#endif
