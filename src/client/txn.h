/*
 * Transactions. See txn.c, and txn_exec.c for the packet.
 *
 *   open ──watch, read──▶ pinned: wants a lane, then has it ──┐ lane lost: aborted
 *     │                                                       ▼
 *     └──exec──▶ line ──▶ lane ──▶ [WATCHes answered] ──▶ MULTI .. EXEC sent ──▶ callback
 */
#ifndef HR_CLIENT_TXN_H
#define HR_CLIENT_TXN_H

#include <stdarg.h>

#include "base/buffer.h"
#include "client/pool.h"

struct haredis_txn {
  struct hr_holder holder; /* first */
  struct haredis_txn *next, *prev; /* of the client */
  struct hr_buffer bytes; /* RESP of the commands for EXEC */
  struct hr_buffer sizes; /* size_t each: how long they are */
  size_t commands;
  uint32_t writes;
  bool pinned;                   /* it has watched or read: that belongs to one lane */
  bool aborted;                  /* and that is lost */
  size_t watching;               /* WATCHes that are not answered */
  struct redisReply *watch_error;
  struct hr_pending todo;        /* WATCHes and reads that wait for the lane */
  struct hr_pending reads;       /* under way */
  struct hr_waiting *exec;       /* NULL: open */
  enum hr_need exec_need;
  bool sent;                     /* the packet is on the lane */
  bool left;                     /* EXEC had left when the lane was lost */
  size_t queued;                 /* commands that were not refused while they were queued */
  bool no_multi;                 /* MULTI was refused: they were not queued, they ran */
  struct redisReply *cause;      /* the first refusal */
  struct redisReply *held;       /* EXEC's answer, not proven yet */
};

void hr_txn_free_all(haredis_client *c); /* depth is 0: the handles die with the client */

/* txn.c */
extern const struct hr_holder_kind hr_txn_kind;
void hr_txn_free(haredis_txn *t); /* no lane, not in the line */
/* The transaction is over. answer: with code OK, becomes the client's. */
void hr_txn_over(haredis_txn *t, int code, struct redisReply *answer);

void hr_txn_drop_todo(haredis_txn *t, int code);

/* txn_face.c */
int hr_txn_vread(haredis_txn *t, haredis_reply_fn *fn, void *data, const char *format, va_list ap);

/* txn_exec.c */
int hr_txn_send_exec(haredis_txn *t);      /* -1: no memory, drop the lane */
void hr_txn_proved(struct hr_holder *holder, bool proven);
/* EXEC has said nil, and what was asked behind it is waited for in vain: it is over. Else false. */
bool hr_txn_knows_nil(haredis_txn *t);

#endif
