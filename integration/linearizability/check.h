/*
 * Is a history of one key linearizable? Pure: no clock, no files, nothing of the library.
 *
 * Two checkers that know nothing of each other:
 *
 *   lin_search  Wing and Gong's search with Lowe's memoisation. Knows a model only as one step.
 *   lin_order   the order that the values themselves give (written values are unique, INCR answers
 *               name their place): exact too, n log n, for keys that live long.
 *
 * An operation that may have run has no end: it may take effect at any time after its call, or
 * never. One that surely did not run is not in the history at all; should anybody have read its
 * value, that read fits nowhere.
 */
#ifndef LIN_CHECK_H
#define LIN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIN_OPEN INT64_MAX /* return_us of what may have run */

enum lin_model { LIN_REGISTER, LIN_COUNTER };

enum lin_kind {
  LIN_READ,      /* value: what was read; 0: no such key */
  LIN_WRITE,     /* a register's. value: what was written, unique, not 0 */
  LIN_INCREMENT, /* a counter's. value: what was answered; an open one's is of no meaning */
};

struct lin_op {
  int64_t call_us;
  int64_t return_us; /* strictly before another's call: it came before that one */
  int64_t value;
  int kind;    /* enum lin_kind */
  uint32_t id; /* the caller's, kept by lin_minimise */
};

enum lin_verdict { LIN_YES, LIN_NO, LIN_UNDECIDED };

/* What a search may cost before it says that it could not decide. */
struct lin_limits {
  uint64_t steps;
  size_t bytes;
};

enum lin_verdict lin_search(enum lin_model model, const struct lin_op *ops, size_t count,
                            const struct lin_limits *limits);
/* LIN_UNDECIDED: out of memory, or two writes of one value. */
enum lin_verdict lin_order(enum lin_model model, const struct lin_op *ops, size_t count);

/*
 * For a history that is not linearizable: the shortest prefix that is not, then without every
 * operation whose absence could not make it so: reads; writes together with the reads of them;
 * the answers of INCRs, which are then open. In place; returns how many are left.
 */
size_t lin_minimise(enum lin_model model, struct lin_op *ops, size_t count);

#endif
