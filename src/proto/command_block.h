/*
 * How long a blocking command waits: where that stands among its words, in which unit, and how a
 * shorter time is said there. It must not know clocks, links or what becomes of the command.
 */
#ifndef HR_PROTO_COMMAND_BLOCK_H
#define HR_PROTO_COMMAND_BLOCK_H

#include "base/types.h"

enum hr_block_kind {
  HR_BLOCK_UNKNOWN, /* blocks, as its server says; nobody knows where its time stands */
  HR_BLOCK_BROKEN,  /* no number is there: the server will say so */
  HR_BLOCK_TIMED,   /* .ms, at .place */
  HR_BLOCK_FOREVER  /* 0, at .place */
};

struct hr_block {
  enum hr_block_kind kind;
  int place;
  bool seconds; /* a decimal fraction of seconds; else whole milliseconds */
  bool counts;  /* WAIT, WAITAOF: counts replicas, changes nothing, answers a number in any case */
  hr_msec ms;
};

#define HR_BLOCK_MS_MAX INT64_C(1000000000000000) /* longer is as good as for ever */

/* argc >= 1, of a command that blocks. argvlen NULL: C strings. */
struct hr_block hr_command_block(int argc, const char *const *argv, const size_t *argvlen);

/* XREAD from "$": the place of its first id; *count: how many ids there are, and keys in front of
 * them. 0: it is something else. */
int hr_command_newest(int argc, const char *const *argv, const size_t *argvlen, int *count);

/* What to write at .place so that it waits for ms: at least one, for 0 would be for ever.
 * Terminated; the length. */
#define HR_BLOCK_TEXT_MAX 24
size_t hr_command_block_text(const struct hr_block *block, hr_msec ms,
                             char out[HR_BLOCK_TEXT_MAX]);

#endif
