/* What the parts of an application of the soak share: soak_app.c is the frame, soak_lanes.c the
 * work. */
#ifndef FAULTS_SOAK_APP_H
#define FAULTS_SOAK_APP_H

#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "record.h"
#include "soak_page.h"

/* One command under way. */
struct op {
  int lane;
  bool pending;
  uint64_t id;
  uint64_t floor;      /* a read may not be older than this */
  uint64_t serial;
  int64_t sent_us;
};

extern struct soak_app {
  struct ev_loop *loop;  /* NULL: a blocking client */
  haredis_client *client;
  struct soak_page *page;
  int slot;
  bool working;          /* not paused */
  int64_t acked_us;      /* the last async acknowledgement */
  int64_t pause_from_us; /* the master has changed since then, 0: no */
  char read_at[128];
} soak;

int64_t soak_now_us(void);
/* Something that must never be: counted, and the first one written down. */
void soak_wrong(uint32_t *count, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The key of a lane: borrowed until the next four calls. */
const char *soak_key(uint64_t serial, const char *name);

/* ---- soak_lanes.c ---- */

void lanes_begin(void);       /* of a phase: counts from nothing */
void lanes_tick(void);        /* asynchronous: everything that is due */
void lanes_block(void);       /* blocking: one round of everything */
void lanes_drop(uint64_t serial, int phases); /* the keys of so many phases before this one */
void lanes_end(void);

#endif
