/*
 * The soak's orchestrator, its parts: the crew of applications, the judgement over what they were
 * told, and who grows. soak.c is the frame.
 */
#ifndef FAULTS_SOAK_H
#define FAULTS_SOAK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "group.h"
#include "nemesis.h"
#include "soak_page.h"

enum { SOAK_DEAD_MAX = 64, SOAK_CALMS = 512, SOAK_BURSTS = 64 };

/* The first reason breaks the soak, later ones are told too. */
void soak_break(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, for what leaves the rest to be judged: the soak goes on, and fails in the end. */
void soak_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool soak_broken(void);

/* ---- soak_crew.c ---- */

struct member {
  pid_t pid;               /* 0: killed, not started again yet */
  int slot;
  bool blocking;
  int generation;
  uint64_t serial;
  struct soak_page *page;
  char page_path[320], trace_path[320];
};

struct crew {
  struct group *group;
  int count;
  struct member members[SOAK_SLOTS];
  /* What those that were killed in this phase had written down. */
  struct soak_page *dead[SOAK_DEAD_MAX];
  int dead_slot[SOAK_DEAD_MAX];
  int dead_count;
};

/* One after the other; the first gives birth to the group. */
void crew_start(struct crew *c, struct group *g, int count);
/* The nemesis' hands. */
void crew_application(int number, enum nemesis_app what, void *crew);
/* All of them run, or the soak is broken. */
void crew_check(struct crew *c);
/* Every lane of everybody has been acknowledged for something sent after `after_us`. */
bool crew_await_work(const struct crew *c, int64_t after_us, int timeout_ms, char *why,
                     size_t size);
/* All agree who is master, and may write. */
bool crew_await_master(const struct crew *c, int port, int timeout_ms, char *why, size_t size);
/* Nobody has anything under way. */
bool crew_pause(struct crew *c, int timeout_ms, char *why, size_t size);
/* The next phase: new serials, no dead. */
void crew_resume(struct crew *c);
/* In order, or the soak is broken. */
void crew_end(struct crew *c);

/* ---- soak_judge.c ---- */

/* Lost together: when they were acknowledged. */
struct burst {
  int64_t from_us, until_us;
  int count;
};

struct verdict {
  uint64_t begun, acked, maybe, failed, refused; /* of all lanes */
  uint64_t async_acked, async_lost, durable_acked, durable_lost;
  uint64_t duplicated, ghosts;
  uint64_t heard, unheard, unheard_untold;       /* messages, by the listeners that lived */
  uint64_t late;                                 /* of these: in doubt, and heard behind a later */
  uint64_t back;                                 /* reads of a write in doubt that ran late */
  uint64_t gaps_told, popped_again, diverged;
  uint64_t codes[SOAK_CODES];
  int64_t pauses_us[SOAK_LIST];
  uint32_t pause_count;
  struct burst bursts[SOAK_BURSTS];    /* of async writes that were lost */
  int burst_count;
  int64_t longest_us, longest_end_us;  /* of the pauses */
};

/* The record of the phase against the master. `deed_us`: when the first fault began. */
void judge(const struct crew *c, struct server *master, int64_t deed_us, struct verdict *v);
/* Every list has the same length on every server. */
void judge_copies(const struct crew *c);

/* ---- soak_watch.c ---- */

/* A look at everybody in a calm; a row of the table. */
void watch_look(const struct crew *c, const struct group *g, char *row, size_t size);
/* Breaks the soak where an application has grown or kept descriptors. `quiet`: the calms were long
 * enough for the links of a pool to be closed. */
void watch_judge(const struct crew *c, bool quiet);
void watch_print(const struct crew *c, const struct group *g);

#endif
