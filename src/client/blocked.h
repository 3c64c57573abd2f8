/*
 * Commands that block: BLPOP, XREAD with BLOCK, WAIT, ... See blocked.c.
 */
#ifndef HR_CLIENT_BLOCKED_H
#define HR_CLIENT_BLOCKED_H

#include "client/client.h"

/* request: the user's function and data, and HR_REQ_WRITE when it may take something. */
int hr_blocked_submit(haredis_client *c, const haredis_call *call, struct hr_request *request,
                      int argc, const char **argv, const size_t *argvlen);

#endif
