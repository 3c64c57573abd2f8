/*
 * One run: a group on hosts of its own, applications that share keys, a nemesis that works against
 * them for so many seconds, peace, and last readings. What comes out is what everybody wrote down.
 */
#ifndef LIN_SCENE_H
#define LIN_SCENE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "group.h"
#include "nemesis.h"
#include "oplog.h"

enum { SCENE_APPS_MAX = GROUP_MAX, GENERATION_MS = 3000 };

struct scene_plan {
  int nodes;
  int seconds;
  uint64_t seed;
  bool appends;           /* RPUSH alone; else registers and counters */
  const char *durability; /* quorum, async */
  const char *reads;      /* linearizable, master */
  const char *read_from;  /* master, replica ... */
  unsigned kinds;         /* of enum nemesis_kind */
};

struct scene {
  struct scene_plan plan;
  struct group group;
  struct nemesis *nemesis;
  bool hosts;             /* namespaces can be used: cuts are possible */
  int64_t start_us, heal_us, end_us;
  int processes;          /* applications started so far; the last one read everything */
  pid_t pids[SCENE_APPS_MAX];
  bool stopped[SCENE_APPS_MAX];
  struct oplog_op *ops;
  size_t op_count;
  int64_t *present;       /* appends: every value of every list at the end, sorted */
  size_t present_count;
  char broken[200];       /* why there is nothing to judge, or "" */
};

void scene_run(struct scene *s, const struct scene_plan *plan);
/* keep: the servers' files stay where they are. */
void scene_end(struct scene *s, bool keep);

#endif
