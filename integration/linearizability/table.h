/* A part of a history as a person reads it: who asked what, what was answered, and what was done to
 * servers and network meanwhile. */
#ifndef LIN_TABLE_H
#define LIN_TABLE_H

#include <stdio.h>

#include "check.h"
#include "judge.h"

/* `ops`: of one key, their ids are places in input->ops. */
void table_print_history(const struct judge_input *input, const struct lin_op *ops, size_t count,
                         FILE *out);
/* "2:13", the 13th value of process 2; or the number of a counter. */
const char *table_value(const struct oplog_op *op, int64_t value, char *out, size_t size);

#endif
