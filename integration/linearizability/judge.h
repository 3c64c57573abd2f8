/*
 * The verdict over everything that the applications wrote down: key by key, by both checkers. What
 * is counted as what: an operation that was answered has an end; one that may have run has none,
 * whether its code says so or its application died; one that did not run is left out, and whoever
 * reads its value has read what nobody wrote.
 */
#ifndef LIN_JUDGE_H
#define LIN_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nemesis.h"
#include "oplog.h"

struct judge_input {
  struct oplog_op *ops; /* sorted here: by key, then by call */
  size_t count;
  int last_process;     /* whose reads came after everything */
  int64_t start_us;
  const struct nemesis_deed *deeds;
  size_t deed_count;
};

struct judgement {
  int64_t answered;
  int64_t maybe;         /* told so */
  int64_t unanswered;    /* their application died */
  int64_t did_not_run;   /* told so */
  int64_t server_errors; /* open, too */
  int64_t keys;
  int64_t largest;       /* operations on one key */
  int64_t searched;      /* keys that both checkers judged */
  int64_t violations;    /* keys that are not linearizable */
  int64_t undecided;     /* the search came to its limit */
  int64_t disagreed;     /* the checkers contradict each other */
  int64_t unread;        /* keys that nobody read in the end */
};

/* Prints what is wrong to `out`, the first few violations with their smallest part. */
struct judgement judge(const struct judge_input *input, FILE *out);
bool judgement_fine(const struct judgement *j);

/* "ERR_MAYBE", "OK", "no answer": how it ended. */
const char *judge_outcome(const struct oplog_op *op);
bool judge_may_have_run(const struct oplog_op *op);
bool judge_did_not_run(const struct oplog_op *op);

#endif
