/*
 * RESP, both ways. Commands are written straight into memory whose size was computed first. Replies
 * are read where they lie: an item points into the caller's bytes, nothing is copied or allocated,
 * so that a size that is announced and never sent costs nothing.
 * It must not know: connections, hiredis, what a command means.
 *
 *   bytes ──▶ hr_resp_scan (incremental: where does the reply end, how many items?) ──▶ complete
 *   complete bytes ──▶ hr_resp_item, one call per item, depth first
 */
#ifndef HR_PROTO_RESP_H
#define HR_PROTO_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HR_RESP_DEPTH_MAX 64             /* arrays inside arrays */
#define HR_RESP_BULK_MAX 536870912       /* proto-max-bulk-len's default: 512 MB */
#define HR_RESP_ELEMENTS_MAX 0x7fffffff

/* ---- commands ---- */

/* Bytes of the encoded command; 0: longer than 4 GiB - 1. argvlen NULL: C strings. argc > 0. */
size_t hr_resp_command_size(int argc, const char *const *argv, const size_t *argvlen);
/* A little more than that, but found much faster: how much memory to reserve. 0 as above. */
size_t hr_resp_command_bound(int argc, const char *const *argv, const size_t *argvlen);
/* Exactly hr_resp_command_size() bytes; the end of what was written. */
char *hr_resp_command_write(char *out, int argc, const char *const *argv, const size_t *argvlen);
/* Decimal digits of n; the end of what was written (at most 20 bytes, not terminated). */
char *hr_resp_number_write(char *out, uint64_t n);

/* ---- replies ---- */

/* One value, or the header of an aggregate whose `elements` items follow. */
struct hr_resp_item {
  char kind;           /* the type byte: + - : $ * and RESP3's _ # , ( ! = % ~ > | */
  bool nil;            /* $-1, *-1 or _ */
  const char *str;     /* + - $ , ( ! = : the text; a CR follows, which the owner may overwrite */
  size_t len;
  int64_t integer;     /* : and # */
  size_t elements;     /* * ~ > and twice the pairs of % and | */
};

/*
 * Read the item at the start of [at, end). > 0: its length in bytes. 0: not all here yet.
 * < 0: malformed, *why is a static text.
 */
ptrdiff_t hr_resp_item(const char *at, const char *end, struct hr_resp_item *item,
                       const char **why);
bool hr_resp_is_aggregate(char kind);

/* Where one whole reply ends, found over any number of calls. Reset it before each reply. */
struct hr_resp_scan {
  size_t pos;    /* everything before was understood */
  size_t seen;   /* of the line at pos: searched without finding its end */
  size_t need;   /* bytes that must be there, counted from the reply's start, before it can end */
  size_t items;  /* so far, the contents of attributes included */
  bool begun;    /* the reply itself, not only attributes before it, has begun */
  unsigned depth;
  uint32_t left[HR_RESP_DEPTH_MAX]; /* items that each open aggregate still wants */
};

void hr_resp_scan_reset(struct hr_resp_scan *scan);

/*
 * [at, end) starts where the reply starts; earlier bytes may have moved with it between calls.
 * > 0: the reply's length. 0: more bytes are needed. < 0: malformed, *why is a static text.
 * An attribute (RESP3 "|") is part of the reply that it precedes.
 */
ptrdiff_t hr_resp_scan(struct hr_resp_scan *scan, const char *at, const char *end,
                       const char **why);

#endif
