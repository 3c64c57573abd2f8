/*
 * What the applications have in common: one client on a loop of its own, a file of records that is
 * flushed often enough to be read while they work, and an end in order at SIGTERM. It does not know
 * what they do.
 */
#ifndef KIT_RECORDER_H
#define KIT_RECORDER_H

#include <ev.h>
#include <haredis/haredis.h>
#include <stdint.h>
#include <stdio.h>

#include "record.h"

/* The program's one. */
extern struct recorder {
  struct ev_loop *loop; /* NULL: the client is a blocking one */
  haredis_client *client;
  FILE *records;       /* NULL: nothing is written down */
  ev_timer pace;       /* the program's own; stopped when it ends */
  int ending;
} recorder;

int64_t recorder_now_us(void);
void recorder_put(int kind, uint64_t id, int code, int64_t sent_us);
uint64_t recorder_port_of(const char *node);
/* name=value words: `own` takes its own (0: not one of them), the rest is the library's. `usage`
 * is told what is wrong and does not return. */
void recorder_options(haredis_options *o, int count, char **words,
                      int (*own)(const char *name, const char *value),
                      void (*usage)(const char *why));
/* On a new loop, or with a blocking client; exits when the options are wrong. `program` is its name
 * in the message. */
void recorder_connect(const char *program, int blocking, const haredis_options *o);
void recorder_run(void);              /* until the loop is left */
void recorder_end(void);              /* drain; CLOSED will be told */
void recorder_close(uint64_t last);   /* RECORD_END with this id: no record is missing */

#endif
