/*
 * One RESP command, split into its words where it lies. The bytes are our own encoder's (or
 * hiredis'), so they are well formed; they are still never read past their end.
 */
#include <string.h>

#include "client/client.h"

/* "$12\r\n" or "*3\r\n" at *at: the number, or -1. */
static int64_t hr_words_header(const char **at, const char *end, char kind) {
  const char *p = *at;
  int64_t number = 0;
  if (p == end || *p++ != kind) {
    return -1;
  }
  for (; p < end && *p >= '0' && *p <= '9'; p++) {
    number = number * 10 + (*p - '0');
  }
  if (end - p < 2 || p[0] != '\r') {
    return -1;
  }
  *at = p + 2;
  return number;
}

int hr_words_split(const char *bytes, size_t len, const char **argv, size_t *argvlen,
                   int capacity) {
  const char *at = bytes, *end = bytes + len;
  int64_t count = hr_words_header(&at, end, '*');
  for (int64_t i = 0; i < count; i++) {
    int64_t size = hr_words_header(&at, end, '$');
    if (size < 0 || end - at < size + 2) {
      return -1;
    }
    if (i < capacity) {
      argv[i] = at;
      argvlen[i] = (size_t)size;
    }
    at += size + 2;
  }
  return (int)count;
}
