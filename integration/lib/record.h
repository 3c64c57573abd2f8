/*
 * What the application writes down while it works, and the orchestrator reads afterwards: one
 * record per write that came to an end, and one per event of the client. Binary, fixed size, in
 * the order in which things happened; both sides run on one machine and share its clock.
 */
#ifndef KIT_RECORD_H
#define KIT_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum record_kind {
  RECORD_WRITE = 1, /* id, code, sent_us, at_us = when the callback came */
  RECORD_EVENT,     /* id = port of the node or 0, code = enum haredis_event_kind */
  RECORD_END,       /* the application ended in order: no record is missing */
  RECORD_PUBLISH,   /* as RECORD_WRITE */
  RECORD_MESSAGE,   /* id, code = which of its handles heard it, sent_us by the publisher */
  RECORD_WRONG,     /* the same, but it was not meant for that handle, or came to it twice */
  RECORD_ROUND,     /* id = of the round that all `code` channels have heard */
  RECORD_BLOCK,     /* a BLPOP of an empty list: acked when it came to its end with nothing */
  RECORD_READ,      /* id = the number that was read */
  RECORD_STALE,     /* the same, and a later one had been acknowledged before */
  RECORD_GAP,       /* an event: messages from sent_us until id may be missing */
};

enum record_code {
  RECORD_ACKED = 0,
  /* Everything else is the library's error code, or this one: */
  RECORD_SERVER_ERROR = 1000, /* the server answered with an error */
  RECORD_NO_ANSWER = 1001,    /* a client that is not ours: the answer never came */
};

struct record {
  int64_t at_us;
  int64_t sent_us; /* when the command was given to the library */
  uint64_t id;
  int32_t kind;
  int32_t code;
};

/* Read a whole file of records; the caller frees them. A torn last record is left out. */
struct record *record_load(const char *path, size_t *count);

#endif
