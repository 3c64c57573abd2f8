/*
 * XREAD from "$", from what is newest when it is asked: what that was, for another master. See
 * newest.c.
 */
#ifndef HR_CLIENT_NEWEST_H
#define HR_CLIENT_NEWEST_H

#include "client/pool.h"

struct hr_newest;

/* NULL: it does not read from "$", or there is no memory: then it begins anew wherever it goes. */
struct hr_newest *hr_newest_new(int argc, const char *const *argv, const size_t *argvlen);
/* In front of the first XREAD, in one packet. Answers go to fn; user_data: the place for
 * hr_newest_told. -1: no memory, drop the lane. */
int hr_newest_ask(const struct hr_newest *newest, struct hr_lane *lane, hr_request_fn *fn,
                  const char *const *argv, const size_t *argvlen);
void hr_newest_told(struct hr_newest *newest, const void *place, const struct redisReply *reply);
/* The IDs that are known, in the place of "$". */
void hr_newest_put(const struct hr_newest *newest, const char **argv, size_t *argvlen);

#endif
