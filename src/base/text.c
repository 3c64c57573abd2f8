/*
 * Slices: the reading half of every text format here.
 */
#include "base/text.h"

#include <assert.h>
#include <string.h>

struct hr_slice hr_slice_of(const char *text) {
  assert(text != NULL);
  return (struct hr_slice){text, strlen(text)};
}

bool hr_slice_is(struct hr_slice slice, const char *text) {
  assert(text != NULL);
  size_t len = strlen(text);
  return slice.len == len && (len == 0 || memcmp(slice.at, text, len) == 0);
}

static char hr_lower(char c) {
  static_assert('z' - 'a' == 25, "letters in one row: ASCII");
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool hr_slice_is_nocase(struct hr_slice slice, const char *text) {
  assert(text != NULL);
  if (slice.len != strlen(text)) {
    return false;
  }
  for (size_t i = 0; i < slice.len; i++) {
    if (hr_lower(slice.at[i]) != hr_lower(text[i])) {
      return false;
    }
  }
  return true;
}

bool hr_slice_starts(struct hr_slice slice, const char *prefix) {
  assert(prefix != NULL);
  size_t len = strlen(prefix);
  return slice.len >= len && (len == 0 || memcmp(slice.at, prefix, len) == 0);
}

struct hr_slice hr_slice_from(struct hr_slice slice, size_t offset) {
  assert(offset <= slice.len);
  if (offset == 0) {
    return slice; /* at may be NULL */
  }
  return (struct hr_slice){slice.at + offset, slice.len - offset};
}

static bool hr_is_blank(char c) {
  static_assert('\r' - '\t' == 4, "tab and line ends in one row: ASCII");
  return c == ' ' || (c >= '\t' && c <= '\r');
}

struct hr_slice hr_slice_trim(struct hr_slice slice) {
  assert(slice.at != NULL || slice.len == 0);
  while (slice.len > 0 && hr_is_blank(slice.at[0])) {
    slice = hr_slice_from(slice, 1);
  }
  while (slice.len > 0 && hr_is_blank(slice.at[slice.len - 1])) {
    slice.len--;
  }
  return slice;
}

size_t hr_slice_find(struct hr_slice slice, char c) {
  assert(slice.at != NULL || slice.len == 0);
  const char *found = slice.len > 0 ? memchr(slice.at, c, slice.len) : NULL;
  return found != NULL ? (size_t)(found - slice.at) : slice.len;
}

size_t hr_slice_find_last(struct hr_slice slice, char c) {
  assert(slice.at != NULL || slice.len == 0);
  for (size_t i = slice.len; i > 0; i--) {
    if (slice.at[i - 1] == c) {
      return i - 1;
    }
  }
  return slice.len;
}

struct hr_slice hr_slice_cut(struct hr_slice *rest, char c) {
  assert(rest != NULL);
  struct hr_slice first = *rest;
  size_t place = hr_slice_find(first, c);
  if (place == first.len) {
    *rest = (struct hr_slice){NULL, 0};
    return first;
  }
  *rest = hr_slice_from(first, place + 1);
  first.len = place;
  return first;
}

bool hr_slice_uint(struct hr_slice slice, uint64_t max, uint64_t *out) {
  assert(out != NULL);
  if (slice.len == 0) {
    return false;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < slice.len; i++) {
    if (slice.at[i] < '0' || slice.at[i] > '9') {
      return false;
    }
    uint64_t digit = (uint64_t)(slice.at[i] - '0');
    if (digit > max || value > (max - digit) / 10) {
      return false;
    }
    value = value * 10 + digit;
  }
  *out = value;
  return true;
}

bool hr_slice_int(struct hr_slice slice, int64_t *out) {
  assert(out != NULL);
  bool negative = slice.len > 0 && slice.at[0] == '-';
  uint64_t value = 0;
  if (!hr_slice_uint(hr_slice_from(slice, negative), INT64_MAX, &value)) {
    return false; /* INT64_MIN too: no server counts that far down */
  }
  *out = negative ? -(int64_t)value : (int64_t)value;
  return true;
}

bool hr_slice_copy(struct hr_slice slice, char *out, size_t size) {
  assert(out != NULL && size > 0);
  out[0] = '\0';
  if (slice.len >= size || hr_slice_find(slice, '\0') != slice.len) {
    return false;
  }
  if (slice.len > 0) {
    memcpy(out, slice.at, slice.len);
  }
  out[slice.len] = '\0';
  return true;
}
