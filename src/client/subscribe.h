/*
 * Users' subscriptions: who wants which channel, on which links it is, what becomes of a message.
 *
 *   haredis_subscribe ──▶ channels ──▶ wire (end of the turn) ──▶ feed_send ──▶ pub/sub links
 *                            ▲           ▲ carry, leave, mark                      │
 *                         lookup         └──────────── feed ◀── up, down, beat ────┤
 *                            │                           │ judge                   │
 *   handlers ◀── dispatch ◀──┴───────── held ◀───────────┴──────── messages ◀──────┘
 *
 * subscribe.c       handles            subscribe_wire.c  what the links are told, and their answers
 * subscribe_feed.c  the feed's word    dispatch.c        messages to handlers, what is held
 *
 * Nothing of this exists until somebody subscribes for the first time.
 */
#ifndef HR_CLIENT_SUBSCRIBE_H
#define HR_CLIENT_SUBSCRIBE_H

#include "client/client.h"

struct hr_subs;

/* Everything that was asked for is in force on the source, and the present master feeds it. True
 * while nobody subscribes. hr_client_pump_soon() is called when it becomes true. */
bool hr_subs_settled(const haredis_client *c);
/* The same of what was asked for before the command of that order (hr_request.queued_us). */
bool hr_subs_settled_at(const haredis_client *c, int64_t order);

#endif
