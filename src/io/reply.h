/*
 * Replies that outlive their callback: deep copies that hiredis' freeReplyObject() can free.
 * Must not know what a reply means.
 */
#ifndef HR_IO_REPLY_H
#define HR_IO_REPLY_H

#include <stddef.h>

struct redisReply;

/* NULL: out of memory, nothing leaked. The copy belongs to the caller: freeReplyObject(). */
struct redisReply *hr_reply_copy(const struct redisReply *reply);

/* An error reply that no server sent ("ERR ..."), for the same owner rules. */
struct redisReply *hr_reply_error(const char *text);

#endif
