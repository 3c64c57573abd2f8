/*
 * Reading numbers and words from text that may be hostile. It must not know what any text means.
 * Nothing here allocates or depends on the locale.
 */
#ifndef HR_BASE_TEXT_H
#define HR_BASE_TEXT_H

#include "base/types.h"

/* A piece of somebody else's memory, not terminated. */
struct hr_slice {
  const char *at;
  size_t len;
};

struct hr_slice hr_slice_of(const char *text);                    /* the whole C string */
bool hr_slice_is(struct hr_slice slice, const char *text);        /* byte for byte */
bool hr_slice_is_nocase(struct hr_slice slice, const char *text); /* ASCII letters folded */
bool hr_slice_starts(struct hr_slice slice, const char *prefix);
struct hr_slice hr_slice_from(struct hr_slice slice, size_t offset); /* offset <= len */
struct hr_slice hr_slice_trim(struct hr_slice slice);                /* blanks, tabs, line ends */

/* The place of the first (last) c, or slice.len. */
size_t hr_slice_find(struct hr_slice slice, char c);
size_t hr_slice_find_last(struct hr_slice slice, char c);

/* Cut off and return what stands before the first c; *rest is what follows it. Without c: all of
 * it, and *rest is empty with rest->at NULL. */
struct hr_slice hr_slice_cut(struct hr_slice *rest, char c);

/* Decimal digits alone (a leading '-' for int): no blanks, no '+', not empty. False leaves *out. */
bool hr_slice_uint(struct hr_slice slice, uint64_t max, uint64_t *out);
bool hr_slice_int(struct hr_slice slice, int64_t *out);

/* Copy and terminate; false and "" when it does not fit or holds a NUL. */
bool hr_slice_copy(struct hr_slice slice, char *out, size_t size);

#endif
