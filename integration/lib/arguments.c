/* The values of a command line. */
#include "arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the number ends, NULL: there is none of those bounds. */
static const char *number_at(const char *text, long low, long high, long *value) {
  char *end;
  errno = 0;
  *value = strtol(text, &end, 10);
  bool fits = errno == 0 && end != text && *value >= low && *value <= high;
  return fits ? end : NULL;
}

bool argument_number(const char *text, long low, long high, long *value) {
  const char *end = number_at(text, low, high, value);
  return end != NULL && *end == '\0';
}

int argument_numbers(const char *text, long low, long high, int *values, int most) {
  for (int count = 0; count < most; text++) {
    long value;
    text = number_at(text, low, high, &value);
    if (text == NULL) return 0;
    values[count++] = (int)value;
    if (*text == '\0') return count;
    if (*text != ',') return 0;
  }
  return 0;
}

/* 0: there is no such name. */
static unsigned bit_of(const char *name, size_t length, const char *const *names, int count) {
  for (int i = 0; i < count; i++) {
    if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0) return 1u << i;
  }
  return 0;
}

unsigned argument_names(const char *text, const char *const *names, int count) {
  for (unsigned set = 0;; text++) {
    size_t length = strcspn(text, ",");
    unsigned bit = bit_of(text, length, names, count);
    if (bit == 0) return 0;
    set |= bit;
    text += length;
    if (*text == '\0') return set;
  }
}
