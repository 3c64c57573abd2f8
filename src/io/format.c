/*
 * A look at the format before hiredis walks it: every conversion known, every pointer present. The
 * walk over the arguments repeats hiredis' own rules for their types, so both read the same list.
 */
#include "io/format.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "io/hiredis_compat.h"

/* hiredis copies one conversion into 16 bytes; a longer one it refuses. */
#define HR_FORMAT_CONVERSION_MAX 13

/* Skip the argument of an integer conversion whose length modifiers end at `at`. */
static void hr_format_skip_integer(const char *from, const char *at, va_list *ap) {
  size_t longs = 0;
  for (const char *p = from; p < at; p++) {
    longs += *p == 'l';
  }
  if (longs >= 2) {
    (void)va_arg(*ap, long long);
  } else if (longs == 1) {
    (void)va_arg(*ap, long);
  } else {
    (void)va_arg(*ap, int);
  }
}

/* The end of a numeric conversion (flags, width, precision, modifiers), or NULL. at: after '%'. */
static const char *hr_format_check_number(const char *at, va_list *ap) {
  const char *from = at;
  at += strspn(at, "#0-+ ");
  at += strspn(at, "0123456789");
  if (*at == '.') {
    at++;
    at += strspn(at, "0123456789");
  }
  const char *modifier = at;
  if (strncmp(at, "hh", 2) == 0 || strncmp(at, "ll", 2) == 0) {
    at += 2;
  } else if (*at == 'h' || *at == 'l') {
    at++;
  }
  if (at - from > HR_FORMAT_CONVERSION_MAX || *at == '\0') {
    return NULL;
  }
  if (strchr("diouxX", *at) != NULL) {
    hr_format_skip_integer(modifier, at, ap);
    return at + 1;
  }
  if (at == modifier && strchr("eEfFgGaA", *at) != NULL) {
    (void)va_arg(*ap, double);
    return at + 1;
  }
  return NULL;
}

/* NULL: fine; else what is wrong. */
static const char *hr_format_check(const char *format, va_list *ap) {
  const char *at = format;
  while ((at = strchr(at, '%')) != NULL) {
    at++;
    if (*at == '\0') {
      return "the format ends in a lone %";
    }
    if (*at == '%') {
      at++;
    } else if (*at == 's') {
      if (va_arg(*ap, char *) == NULL) {
        return "an argument for %s is NULL";
      }
      at++;
    } else if (*at == 'b') {
      const char *bytes = va_arg(*ap, char *);
      if (va_arg(*ap, size_t) > 0 && bytes == NULL) {
        return "an argument for %b is NULL";
      }
      at++;
    } else if ((at = hr_format_check_number(at, ap)) == NULL) {
      return "a conversion of the format is unknown";
    }
  }
  return NULL;
}

int hr_format_command(char **bytes, size_t *len, const char **why, const char *format,
                      va_list ap) {
  assert(bytes != NULL && len != NULL && why != NULL);
  *bytes = NULL;
  *len = 0;
  if (format == NULL || format[strspn(format, " ")] == '\0') {
    *why = "the command is empty";
    return -1;
  }
  va_list check;
  va_copy(check, ap);
  *why = hr_format_check(format, &check);
  va_end(check);
  if (*why != NULL) {
    return -1;
  }
  int got = redisvFormatCommand(bytes, format, ap);
  if (got < 0) {
    *bytes = NULL;
    *why = "the command could not be formatted: out of memory or a bad conversion";
    return -1;
  }
  /* "%s" with "" as the whole command still is one (empty) argument, which a server answers. */
  *len = (size_t)got;
  return 0;
}

void hr_format_free(char *bytes) {
  if (bytes != NULL) {
    redisFreeCommand(bytes);
  }
}
