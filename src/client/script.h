/*
 * Scripts that are called by their SHA1. See script.c.
 */
#ifndef HR_CLIENT_SCRIPT_H
#define HR_CLIENT_SCRIPT_H

#include "client/client.h"

/* What must be sent instead of a call that was refused with NOSCRIPT; NULL: the answer stands. */
struct hr_waiting *hr_script_again(const struct hr_request *request,
                                   const struct redisReply *reply, const char *bytes, size_t len);
haredis_client *hr_script_client(const haredis_script *s);

#endif
