/* From the records of the applications to verdicts. Prints, but opens and asks nothing. */
#include "judge.h"

#include <haredis/haredis.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "child.h"
#include "table.h"

enum { SHOWN_MAX = 3 };

/* A key that costs more is not decided, and says so. */
static const struct lin_limits limits = {UINT64_C(20000000), (size_t)128 << 20};

bool judge_did_not_run(const struct oplog_op *op) {
  if (op->state != OPLOG_ENDED || op->code == HAREDIS_OK) return false;
  return op->code != HAREDIS_ERR_MAYBE && op->code != HAREDIS_ERR_PROTOCOL &&
         op->code != OPLOG_SERVER_ERROR;
}

bool judge_may_have_run(const struct oplog_op *op) {
  bool answered = op->state == OPLOG_ENDED && op->code == HAREDIS_OK;
  return !answered && !judge_did_not_run(op);
}

const char *judge_outcome(const struct oplog_op *op) {
  if (op->state != OPLOG_ENDED) return "no answer: the application was killed";
  if (op->code == OPLOG_SERVER_ERROR) return "an error of the server";
  return op->code == HAREDIS_OK ? "OK" : haredis_error_name(op->code);
}

static int by_key(const void *a, const void *b) {
  const struct oplog_op *x = a, *y = b;
  if (x->key != y->key) return x->key < y->key ? -1 : 1;
  if (x->call_us != y->call_us) return x->call_us < y->call_us ? -1 : 1;
  if (x->process != y->process) return x->process < y->process ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

static void count_one(struct judgement *j, const struct oplog_op *op) {
  if (op->state != OPLOG_ENDED) j->unanswered++;
  else if (op->code == HAREDIS_OK) j->answered++;
  else if (op->code == OPLOG_SERVER_ERROR) j->server_errors++;
  else if (judge_did_not_run(op)) j->did_not_run++;
  else j->maybe++;
}

static struct lin_op as_checked(const struct oplog_op *op, uint32_t id) {
  struct lin_op checked = {op->call_us, op->return_us, op->value, LIN_READ, id};
  if (op->kind == OPLOG_WRITE) checked.kind = LIN_WRITE;
  if (op->kind == OPLOG_INCREMENT) checked.kind = LIN_INCREMENT;
  if (judge_may_have_run(op)) checked.return_us = LIN_OPEN;
  return checked;
}

/* What stands where the violation was found. */
static void show(const struct judge_input *input, enum lin_model model, struct lin_op *ops,
                 size_t count, FILE *out) {
  size_t left = lin_minimise(model, ops, count);
  bool same = lin_search(model, ops, left, &limits) == LIN_NO;
  table_print_history(input, ops, left, out);
  if (!same) fprintf(out, "  (the search alone does not find this part to be wrong)\n");
}

static void judge_key(const struct judge_input *input, size_t from, size_t to,
                      struct judgement *j, FILE *out) {
  char name[KEY_NAME_MAX];
  uint32_t key = input->ops[from].key;
  enum lin_model model = key_class(key) == KEY_REGISTER ? LIN_REGISTER : LIN_COUNTER;
  struct lin_op *ops = calloc(to - from, sizeof *ops);
  size_t count = 0;
  bool read = false;
  if (ops == NULL) kit_die("out of memory");
  for (size_t i = from; i < to; i++) {
    const struct oplog_op *op = &input->ops[i];
    count_one(j, op);
    if (!judge_did_not_run(op)) ops[count++] = as_checked(op, (uint32_t)i);
    bool last = op->process == input->last_process && op->kind == OPLOG_READ;
    read = read || (last && op->state == OPLOG_ENDED && op->code == HAREDIS_OK);
  }
  j->keys++;
  if ((int64_t)count > j->largest) j->largest = (int64_t)count;
  key_name(key, name);
  if (!read) fprintf(out, "  %s was not read in the end\n", name);
  j->unread += !read;
  enum lin_verdict order = lin_order(model, ops, count), search = order;
  if (key_generation(key) != KEY_GENERATION_ALL) {
    search = lin_search(model, ops, count, &limits);
    j->searched++;
  }
  bool undecided = order == LIN_UNDECIDED || search == LIN_UNDECIDED;
  j->undecided += undecided;
  if (undecided) fprintf(out, "  %s: not decided (%zu operations)\n", name, count);
  if (!undecided && order != search) {
    j->disagreed++;
    fprintf(out, "  %s: by the search %s, by order %s\n", name, search == LIN_NO ? "no" : "yes",
            order == LIN_NO ? "no" : "yes");
  }
  if (order == LIN_NO || search == LIN_NO) {
    if (j->violations++ < SHOWN_MAX) show(input, model, ops, count, out);
    else fprintf(out, "  %s is not linearizable either\n", name);
  }
  free(ops);
}

struct judgement judge(const struct judge_input *input, FILE *out) {
  struct judgement j;
  memset(&j, 0, sizeof j);
  qsort(input->ops, input->count, sizeof *input->ops, by_key);
  for (size_t from = 0, to; from < input->count; from = to) {
    const struct oplog_op *first = &input->ops[from];
    to = from + 1;
    while (to < input->count && input->ops[to].key == first->key) to++;
    if (key_class(first->key) == KEY_REGISTER || key_class(first->key) == KEY_COUNTER) {
      judge_key(input, from, to, &j, out);
    }
  }
  return j;
}

bool judgement_fine(const struct judgement *j) {
  return j->keys > 0 && j->violations == 0 && j->undecided == 0 && j->disagreed == 0 &&
         j->unread == 0;
}
