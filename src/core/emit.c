/*
 * Writing actions. Every log line of the trace leaves through here, written where the decision is
 * made. It must not know why something is emitted.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/internal.h"

/* A step emits a bounded number of actions per node; the rest are single ones. At least twice what
 * any step was ever seen to emit. */
size_t hr_actions_needed(size_t nodes) {
  assert(nodes <= HR_NODES_MAX);
  return 20 + 12 * nodes;
}

struct hr_action *hr_emit(struct hr_core *core, enum hr_action_kind kind, int node) {
  assert(core->out->count < core->out->capacity);
  struct hr_action *action = &core->out->list[core->out->count++];
  memset(action, 0, sizeof *action);
  action->kind = kind;
  action->node = node;
  action->master = -1;
  return action;
}

void hr_emit_log(struct hr_core *core, enum hr_level level, const char *format, ...) {
  assert(format != NULL);
  struct hr_action *action = hr_emit(core, HR_DO_LOG, -1);
  action->level = level;
  va_list ap;
  va_start(ap, format);
  vsnprintf(action->u.text, sizeof action->u.text, format, ap);
  va_end(ap);
}

void hr_emit_tell(struct hr_core *core, enum hr_tell tell, int node, int64_t count,
                  const char *format, ...) {
  assert(format != NULL);
  struct hr_action *action = hr_emit(core, HR_DO_TELL, node);
  action->tell = tell;
  action->count = count;
  action->epoch = core->epoch;
  va_list ap;
  va_start(ap, format);
  vsnprintf(action->u.text, sizeof action->u.text, format, ap);
  va_end(ap);
}

void hr_emit_done(struct hr_core *core, uint32_t op, enum hr_code code, const char *format, ...) {
  assert(op != 0);
  struct hr_action *action = hr_emit(core, HR_DO_DONE, -1);
  action->op = op;
  action->code = code;
  va_list ap;
  va_start(ap, format);
  vsnprintf(action->u.text, sizeof action->u.text, format, ap);
  va_end(ap);
}

const char *hr_name(const struct hr_core *core, int node) {
  assert(node >= 0 && (size_t)node < core->config.count);
  return core->config.nodes[node].name;
}

uint32_t hr_next_op(struct hr_core *core) {
  assert(core->started);
  if (++core->last_op == 0) core->last_op = 1;
  return core->last_op;
}

hr_msec hr_random_ms(struct hr_core *core, hr_msec low, hr_msec high) {
  assert(low >= 0 && high >= low);
  return low + (hr_msec)hr_prng_below(&core->prng, (uint64_t)(high - low + 1));
}
