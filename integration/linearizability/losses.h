/*
 * What plain (async) durability lost, write by write, and whether that was told: every acknowledged
 * RPUSH that is not in its list at the end, under the reign of the master that acknowledged it,
 * beside what the library said when that master came back (HAREDIS_EVENT_DIVERGED).
 */
#ifndef LIN_LOSSES_H
#define LIN_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "group.h"
#include "nemesis.h"
#include "oplog.h"

struct losses_input {
  struct oplog_op *ops;   /* sorted here: by key, then by call */
  size_t count;
  const int64_t *present; /* every value of every list, sorted */
  size_t present_count;
  int64_t start_us;
  const struct group *group;
  const char *trace;      /* of the processes that persons asked */
  const struct nemesis_deed *deeds;
  size_t deed_count;
};

struct losses {
  int64_t acked, lost;
  int64_t maybe, ran;     /* of those that may have run: are there */
  int64_t did_not_run, ghosts; /* ghosts are there all the same */
  int64_t duplicated, strange; /* there twice; there and never written */
  int64_t outside;        /* lost, and no failover explains it */
  int64_t told;           /* by the library, of masters that came back */
  int64_t died;           /* lost with a process that was killed: nobody could count them */
  int64_t untold;         /* lost, and the master that had them came back: not told */
  int64_t wrong;          /* reigns whose number was told wrongly */
};

struct losses losses_judge(const struct losses_input *input, FILE *out);
bool losses_fine(const struct losses *l);

#endif
