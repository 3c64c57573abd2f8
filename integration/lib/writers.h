/*
 * The application processes: started, waited for, ended, and their records held against what the
 * master has in the end. Nothing else decides whether a write was lost.
 */
#ifndef KIT_WRITERS_H
#define KIT_WRITERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "group.h"
#include "record.h"

enum { CROWD_MAX = 64 };

struct writer {
  pid_t pid;
  int id;
  char key[32];
  char records_path[320];
  char trace_path[320];
  struct record *records; /* after crowd_end */
  size_t count;
  bool complete;          /* it ended in order */
};

struct crowd {
  int count;
  struct writer writers[CROWD_MAX];
};

struct writer_plan {
  long rate;               /* writes per second, 0: as fast as it can with `window` in flight */
  long window;
  bool blocking;
  int netns;               /* where it runs */
  const char *level;       /* HAREDIS_LOG, NULL: debug */
  const char *options[8];  /* "name=value" for the library */
};

/* Where an application program is ("haredis-app"): beside the running program or its
 * neighbours. */
const char *writers_program(const char *name);

/* Start one more; its number, from 0. */
int crowd_add(struct crowd *c, const struct group *g, const struct writer_plan *plan);
/* The same for any program that takes nodes=, records= and words of its own (NULL at the end). */
int crowd_add_program(struct crowd *c, const struct group *g, const char *program,
                      const char *const *words, int netns);
/* A client that is not ours: any command line, which is given key= and records= behind its own. */
int crowd_add_command(struct crowd *c, const char *const *argv, int netns);
/* Wait until each of `first` .. end has an acknowledgement younger than `after_us`. */
bool crowd_await(struct crowd *c, int first, int64_t after_us, int timeout_ms);
/* How many records an application has written so far. */
int64_t crowd_records(const struct crowd *c, int writer);
/* SIGTERM, wait, load the records. False when one had to be killed. */
bool crowd_end(struct crowd *c);
bool crowd_end_one(struct crowd *c, int writer);
void crowd_free(struct crowd *c);

/* One request of a person (switchover, takeover) by a process of its own. */
struct asked {
  bool done;
  int64_t asked_us;
  int64_t done_us;
  char text[256];
};
struct asked writers_ask(const struct group *g, const char *what, const char *node, int netns);
/* The same without waiting: one at a time. True: it is over, and `asked` says how. */
pid_t writers_ask_begin(const struct group *g, const char *what, const char *node, int netns);
bool writers_ask_over(pid_t pid, int timeout_ms, struct asked *asked);
void writers_asked_trace(char *out, size_t size); /* where what it thought is kept */

/* What became of all writes. */
struct tally {
  int64_t acked;
  int64_t failed;      /* ended otherwise */
  int64_t maybe;       /* of these: may have run */
  int64_t lost;        /* acknowledged and not there */
  int64_t lost_early;  /* of these: acknowledged before `safe_us` */
  int64_t duplicated;  /* there more than once */
  int64_t ghosts;      /* there although told that they did not run */
  int code;            /* the most frequent code of the failed */
  bool readable;       /* the master could be read */
};
/* The writes that ended from `from_us` until the next span begins. */
struct tally_span {
  int64_t from_us;
  int64_t safe_us;
  struct tally tally;
};
/* Spans in order of time, the first beginning before everything. False: not readable. */
bool crowd_tally_spans(const struct crowd *c, struct server *master, struct tally_span *spans,
                       int count);
struct tally crowd_tally(const struct crowd *c, struct server *master, int64_t safe_us);

/* How often the master holds each id of a writer, from 0 to the highest one; the caller frees it.
 * NULL: the master could not be read. */
uint8_t *writer_found(const struct writer *w, struct server *master);

/* When the first write that was begun after `after_us` was acknowledged; -1: never. */
int64_t writer_first_ack(const struct writer *w, int64_t after_us);
/* The longest time without an acknowledgement inside from..to. */
int64_t writer_longest_pause(const struct writer *w, int64_t from_us, int64_t to_us);
/* Writes that failed with `code` (0: any) between from and to. */
int64_t writer_failed(const struct writer *w, int64_t from_us, int64_t to_us, int code);
int64_t writer_acked(const struct writer *w, int64_t from_us, int64_t to_us);

#endif
