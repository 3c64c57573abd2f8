/*
 * Reading numbers and words from text that may be hostile, and writing text into a bounded buffer.
 * It must not know what any text means. Nothing here allocates or depends on the locale.
 */
#ifndef HR_BASE_TEXT_H
#define HR_BASE_TEXT_H

#include "base/types.h"

/* A piece of somebody else's memory, not terminated. */
struct hr_span {
  const char *at;
  size_t len;
};

struct hr_span hr_span_of(const char *text); /* the whole C string */
bool hr_span_is(struct hr_span span, const char *text);        /* byte for byte */
bool hr_span_is_nocase(struct hr_span span, const char *text); /* ASCII letters folded */
bool hr_span_starts(struct hr_span span, const char *prefix);
struct hr_span hr_span_from(struct hr_span span, size_t offset); /* offset <= len */
struct hr_span hr_span_trim(struct hr_span span);                /* blanks, tabs, line ends */

/* The place of the first (last) c, or span.len. */
size_t hr_span_find(struct hr_span span, char c);
size_t hr_span_find_last(struct hr_span span, char c);

/* Cut off and return what stands before the first c; *rest is what follows it. Without c: all of
 * it, and *rest is empty with rest->at NULL. */
struct hr_span hr_span_cut(struct hr_span *rest, char c);

/* Decimal digits alone (a leading '-' for int): no blanks, no '+', not empty. False leaves *out. */
bool hr_span_uint(struct hr_span span, uint64_t max, uint64_t *out);
bool hr_span_int(struct hr_span span, int64_t *out);

/* Copy and terminate; false and "" when it does not fit or holds a NUL. */
bool hr_span_copy(struct hr_span span, char *out, size_t size);

#endif
