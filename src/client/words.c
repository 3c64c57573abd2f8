/*
 * One RESP command, split into its words where it lies; and so the words of a format. The bytes are
 * our own encoder's (or hiredis'), so they are well formed; they are still never read past their
 * end.
 */
#include <string.h>

#include "client/client.h"
#include "io/format.h"

#define HR_WORDS_FEW 32

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

/* More words than fit on the stack. */
static int hr_words_many(haredis_client *c, hr_words_fn *fn, void *what, const char *bytes,
                         size_t len, int argc) {
  const char **argv = hr_alloc((size_t)argc * sizeof(*argv));
  size_t *argvlen = hr_alloc((size_t)argc * sizeof(*argvlen));
  int code = HAREDIS_ERR_MEMORY;
  if (argv != NULL && argvlen != NULL) {
    hr_words_split(bytes, len, argv, argvlen, argc);
    code = fn(c, what, argc, argv, argvlen);
  } else {
    hr_client_fail(c, code, NULL);
  }
  hr_free(argv);
  hr_free(argvlen);
  return code;
}

int hr_words_format(haredis_client *c, hr_words_fn *fn, void *what, const char *format,
                    va_list ap) {
  const char *argv[HR_WORDS_FEW], *why = "the format is NULL";
  size_t argvlen[HR_WORDS_FEW], len = 0;
  char *bytes = NULL;
  if (format == NULL || hr_format_command(&bytes, &len, &why, format, ap) != 0) {
    return hr_client_fail(c, HAREDIS_ERR_FORMAT, "%s: the command did not run", why);
  }
  int argc = hr_words_split(bytes, len, argv, argvlen, HR_WORDS_FEW);
  int code = argc > HR_WORDS_FEW ? hr_words_many(c, fn, what, bytes, len, argc)
                                 : fn(c, what, argc, argv, argvlen);
  hr_format_free(bytes);
  return code;
}
