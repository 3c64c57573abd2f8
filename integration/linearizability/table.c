/* See table.h. */
#include "table.h"

#include <haredis/haredis.h>
#include <string.h>

enum { BEFORE_US = 2000000, AFTER_US = 100000, VALUE_MAX = 48 };

const char *table_value(const struct oplog_op *op, int64_t value, char *out, size_t size) {
  if (key_class(op->key) == KEY_COUNTER) snprintf(out, size, "%lld", (long long)value);
  else if (value == 0) snprintf(out, size, "nothing");
  else snprintf(out, size, "%lld:%lld", (long long)(value >> 32),
                (long long)(value & 0xffffffff));
  return out;
}

static double ms(const struct judge_input *input, int64_t at_us) {
  return (double)(at_us - input->start_us) / 1000;
}

static void print_times(const struct judge_input *input, const struct oplog_op *op, FILE *out) {
  fprintf(out, "  %10.1f ", ms(input, op->call_us));
  if (op->state == OPLOG_ENDED) fprintf(out, "%10.1f ", ms(input, op->return_us));
  else fprintf(out, "%10s ", "");
  fprintf(out, " %3d.%-3d ", op->process, op->client);
}

static void print_op(const struct judge_input *input, const struct oplog_op *op, FILE *out) {
  char value[VALUE_MAX];
  bool ok = op->state == OPLOG_ENDED && op->code == HAREDIS_OK;
  print_times(input, op, out);
  table_value(op, op->value, value, sizeof value);
  if (op->kind == OPLOG_WRITE) {
    fprintf(out, "SET %s", value);
  } else {
    fprintf(out, "%s", op->kind == OPLOG_READ ? "GET" : "INCR");
    if (ok) fprintf(out, " = %s", value);
  }
  if (op->kind == OPLOG_WRITE || !ok) fprintf(out, ": %s", judge_outcome(op));
  fprintf(out, "\n");
}

/* Deeds until `until_us`; where to go on. */
static size_t print_deeds(const struct judge_input *input, size_t next, int64_t from_us,
                          int64_t until_us, FILE *out) {
  for (; next < input->deed_count && input->deeds[next].at_us < until_us; next++) {
    const struct nemesis_deed *deed = &input->deeds[next];
    if (deed->at_us < from_us) continue;
    fprintf(out, "  %10.1f                     ~ %s\n", ms(input, deed->at_us), deed->text);
  }
  return next;
}

/* Who said that it did not run and yet was read. */
static void print_ghosts(const struct judge_input *input, const struct lin_op *read, FILE *out) {
  uint32_t key = input->ops[read->id].key;
  if (read->value == 0 || key_class(key) != KEY_REGISTER) return;
  for (size_t i = 0; i < input->count; i++) {
    const struct oplog_op *op = &input->ops[i];
    bool it = op->key == key && op->kind == OPLOG_WRITE && op->value == read->value;
    if (!it || !judge_did_not_run(op)) continue;
    fprintf(out, "  and this one, which did not run:\n");
    print_op(input, op, out);
  }
}

void table_print_history(const struct judge_input *input, const struct lin_op *ops, size_t count,
                         FILE *out) {
  char name[KEY_NAME_MAX];
  if (count == 0) return;
  int64_t from_us = ops[0].call_us, to_us = INT64_MIN;
  long silent = 0;
  for (size_t i = 0; i < count; i++) {
    const struct oplog_op *op = &input->ops[ops[i].id];
    if (op->call_us < from_us) from_us = op->call_us;
    if (op->call_us > to_us) to_us = op->call_us;
    if (op->state == OPLOG_ENDED && op->return_us > to_us) to_us = op->return_us;
  }
  fprintf(out, "  %s is not linearizable; the smallest part of its history that is not:\n",
          key_name(input->ops[ops[0].id].key, name));
  fprintf(out, "  %10s %10s  %-7s %s\n", "from ms", "to ms", "client", "");
  size_t deed = 0;
  for (size_t i = 0; i < count; i++) {
    const struct oplog_op *op = &input->ops[ops[i].id];
    if (op->kind == OPLOG_INCREMENT && ops[i].return_us == LIN_OPEN) {
      silent++;
      continue;
    }
    deed = print_deeds(input, deed, from_us - BEFORE_US, op->call_us, out);
    print_op(input, op, out);
  }
  print_deeds(input, deed, from_us - BEFORE_US, to_us + AFTER_US, out);
  if (silent > 0) {
    fprintf(out, "  and %ld INCRs were called until then, whose answers make no difference\n",
            silent);
  }
  for (size_t i = 0; i < count; i++) {
    if (ops[i].kind == LIN_READ) print_ghosts(input, &ops[i], out);
  }
}
