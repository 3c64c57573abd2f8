/*
 * The words that every layer shares: milliseconds, epochs and limits.
 */
#ifndef HR_BASE_TYPES_H
#define HR_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t hr_msec; /* monotonic milliseconds; only ever compared and subtracted */

#define HR_NODES_MAX 32   /* nodes in one failover group */
#define HR_NAME_MAX 128   /* "host:port" as servers know each other, terminator included */
#define HR_RUN_ID_MAX 41  /* 40 hex digits and the terminator */
#define HR_NONCE_MAX 9    /* 8 letters and the terminator: the "failover id" of the trace */
#define HR_UUID_MAX 37    /* text form and the terminator */

/* A counter of writes that was flushed away is restored so far above what was known of it: nobody
 * has counted further, so it never goes down and what a replica shows is no older than it seems. */
#define HR_OPCOUNTER_SKIP UINT64_C(1000000000)

/* Which attempt made a master. Ordered by (n, nonce); n == 0: none. */
struct hr_epoch {
  uint64_t n;
  char nonce[HR_NONCE_MAX];
};

/* Where a history went on under another epoch, and how many writes it had counted then. */
#define HR_FORKS_MAX 6
struct hr_fork {
  struct hr_epoch epoch; /* the older one; n == 0: no entry, nor any behind it */
  uint64_t opcounter;
};

/* <0, 0, >0 as strcmp. */
int hr_epoch_compare(const struct hr_epoch *a, const struct hr_epoch *b);

#endif
