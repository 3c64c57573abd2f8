/*
 * Encoding commands and reading replies in place. See resp.h for the contract.
 */
#include "proto/resp.h"

#include <assert.h>
#include <string.h>

/* Longest header number with its sign and CR LF; anything longer cannot become valid. */
#define HR_RESP_NUMBER_MAX 24

/* What an argument's length and line ends take at most: "$4294967295", CR LF twice. */
#define HR_RESP_LENGTH_MAX 16

static unsigned hr_resp_digits(uint64_t n) {
  assert(n <= UINT64_MAX);
  if (n < 100) {
    return n < 10 ? 1 : 2;
  }
  unsigned digits = 3;
  while (n >= 1000) {
    n /= 10;
    digits++;
  }
  return digits;
}

char *hr_resp_number_write(char *out, uint64_t n) {
  assert(out != NULL);
  unsigned digits = hr_resp_digits(n);
  for (unsigned i = digits; i > 0; i--) {
    out[i - 1] = (char)('0' + n % 10);
    n /= 10;
  }
  return out + digits;
}

size_t hr_resp_command_size(int argc, const char *const *argv, const size_t *argvlen) {
  assert(argc > 0 && argv != NULL);
  uint64_t size = 1 + hr_resp_digits((uint64_t)argc) + 2;
  for (int i = 0; i < argc; i++) {
    uint64_t len = argvlen != NULL ? argvlen[i] : strlen(argv[i]);
    if (len > UINT32_MAX) {
      return 0;
    }
    size += 1 + hr_resp_digits(len) + 2 + len + 2;
  }
  return size <= UINT32_MAX ? (size_t)size : 0;
}

size_t hr_resp_command_bound(int argc, const char *const *argv, const size_t *argvlen) {
  assert(argc > 0 && argv != NULL);
  uint64_t size = HR_RESP_LENGTH_MAX * (1 + (uint64_t)argc), bits = 0;
  if (argvlen != NULL) {
    for (int i = 0; i < argc; i++) {
      size += argvlen[i];
      bits |= argvlen[i];
    }
  } else {
    for (int i = 0; i < argc; i++) {
      size += strlen(argv[i]);
    }
  }
  return (size | bits) <= UINT32_MAX ? (size_t)size : 0;
}

/* "$12\r\n": nearly always one or two digits. */
static inline char *hr_resp_length_write(char *out, char kind, size_t n) {
  assert(out != NULL);
  *out++ = kind;
  if (n < 10) {
    *out++ = (char)('0' + n);
  } else if (n < 100) {
    *out++ = (char)('0' + n / 10);
    *out++ = (char)('0' + n % 10);
  } else {
    out = hr_resp_number_write(out, n);
  }
  out[0] = '\r';
  out[1] = '\n';
  return out + 2;
}

/* Names and keys are short: two moves that may overlap instead of a call. */
static inline char *hr_resp_bytes_write(char *out, const char *bytes, size_t len) {
  assert(out != NULL);
  if (len > 16) {
    memcpy(out, bytes, len);
  } else if (len >= 8) {
    uint64_t first, last;
    memcpy(&first, bytes, 8);
    memcpy(&last, bytes + len - 8, 8);
    memcpy(out, &first, 8);
    memcpy(out + len - 8, &last, 8);
  } else {
    for (size_t i = 0; i < len; i++) {
      out[i] = bytes[i];
    }
  }
  out[len] = '\r';
  out[len + 1] = '\n';
  return out + len + 2;
}

char *hr_resp_command_write(char *out, int argc, const char *const *argv, const size_t *argvlen) {
  assert(out != NULL && argc > 0);
  out = hr_resp_length_write(out, '*', (size_t)argc);
  for (int i = 0; i < argc; i++) {
    size_t len = argvlen != NULL ? argvlen[i] : strlen(argv[i]);
    out = hr_resp_length_write(out, '$', len);
    out = hr_resp_bytes_write(out, argv[i], len);
  }
  return out;
}

bool hr_resp_is_aggregate(char kind) {
  assert(kind != '\0');
  return kind == '*' || kind == '~' || kind == '>' || kind == '%' || kind == '|';
}

static ptrdiff_t hr_resp_fail(const char **why, const char *text) {
  assert(why != NULL && text != NULL);
  *why = text;
  return -1;
}

/*
 * A decimal number and CR LF at `at`. > 0: bytes up to and with the LF; 0: more needed; -1: bad.
 */
static ptrdiff_t hr_resp_number(const char *at, const char *end, int64_t *out, const char **why) {
  assert(at <= end);
  const char *p = at;
  bool negative = false;
  if (p < end && (*p == '-' || *p == '+')) {
    negative = *p == '-';
    p++;
  }
  const char *digits = p;
  uint64_t n = 0;
  while (p < end && (unsigned char)(*p - '0') <= 9) {
    uint64_t digit = (uint64_t)(*p - '0');
    if (n > (UINT64_MAX - digit) / 10) {
      return hr_resp_fail(why, "a number with too many digits");
    }
    n = n * 10 + digit;
    p++;
    if (p - at > HR_RESP_NUMBER_MAX) {
      return hr_resp_fail(why, "a number with too many digits");
    }
  }
  if (p == end) {
    return 0;
  }
  if (*p != '\r' || p == digits) {
    return hr_resp_fail(why, "a number that is none");
  }
  if (n > (uint64_t)INT64_MAX + (negative ? 1U : 0U)) {
    return hr_resp_fail(why, "a number beyond 64 bits");
  }
  if (p + 1 == end) {
    return 0;
  }
  if (p[1] != '\n') {
    return hr_resp_fail(why, "a CR without its LF");
  }
  *out = negative ? (int64_t)(0 - n) : (int64_t)n;
  return p + 2 - at;
}

/* `seen` bytes of the line are known to hold no CR; brought up to date when the line is cut. */
static ptrdiff_t hr_resp_line(const char *at, const char *end, size_t *seen,
                              struct hr_resp_item *item, const char **why) {
  assert(at < end);
  const char *from = at + 1 + *seen;
  const char *cr = from < end ? memchr(from, '\r', (size_t)(end - from)) : NULL;
  if (cr == NULL || cr + 1 == end) {
    const char *stop = cr != NULL ? cr : end;
    *seen = (size_t)(stop - at) - 1;
    if (*seen > HR_RESP_BULK_MAX) {
      return hr_resp_fail(why, "a line longer than 512 MB");
    }
    return 0;
  }
  if (cr[1] != '\n') {
    return hr_resp_fail(why, "a CR without its LF");
  }
  item->str = at + 1;
  item->len = (size_t)(cr - at) - 1;
  return cr + 2 - at;
}

static ptrdiff_t hr_resp_bulk(const char *at, const char *end, size_t *need,
                              struct hr_resp_item *item, const char **why) {
  assert(at < end);
  int64_t len = 0;
  ptrdiff_t header = hr_resp_number(at + 1, end, &len, why);
  if (header <= 0) {
    return header;
  }
  header++;
  if (len == -1 && *at == '$') {
    item->nil = true;
    return header;
  }
  if (len < 0 || len > HR_RESP_BULK_MAX) {
    return hr_resp_fail(why, "a string with a negative length or longer than 512 MB");
  }
  size_t whole = (size_t)header + (size_t)len + 2;
  if ((size_t)(end - at) < whole) {
    *need = whole;
    return 0;
  }
  item->str = at + header;
  item->len = (size_t)len;
  if (item->str[len] != '\r' || item->str[len + 1] != '\n') {
    return hr_resp_fail(why, "a string that does not end where it was announced to end");
  }
  if (*at == '=') { /* verbatim: "txt:" comes first */
    if (len < 4 || item->str[3] != ':') {
      return hr_resp_fail(why, "a verbatim string without its format");
    }
    item->str += 4;
    item->len -= 4;
  }
  return (ptrdiff_t)whole;
}

static ptrdiff_t hr_resp_header(const char *at, const char *end, struct hr_resp_item *item,
                                const char **why) {
  assert(hr_resp_is_aggregate(*at));
  int64_t count = 0;
  ptrdiff_t header = hr_resp_number(at + 1, end, &count, why);
  if (header <= 0) {
    return header;
  }
  if (count == -1 && *at == '*') {
    item->nil = true;
    return header + 1;
  }
  bool pairs = *at == '%' || *at == '|';
  if (count < 0 || count > (pairs ? HR_RESP_ELEMENTS_MAX / 2 : HR_RESP_ELEMENTS_MAX)) {
    return hr_resp_fail(why, "an array with a negative or an absurd number of elements");
  }
  item->elements = (size_t)count * (pairs ? 2U : 1U);
  return header + 1;
}

/* RESP3's _ and #: `len` bytes between the type byte and CR LF. */
static ptrdiff_t hr_resp_fixed(const char *at, const char *end, size_t len, const char **why) {
  assert(at < end);
  if ((size_t)(end - at) < 1 + len + 2) {
    return 0;
  }
  if (at[1 + len] != '\r' || at[2 + len] != '\n' || (len == 1 && at[1] != 't' && at[1] != 'f')) {
    return hr_resp_fail(why, "a null or boolean that is none");
  }
  return (ptrdiff_t)(1 + len + 2);
}

/* hr_resp_item with what an incremental reader remembers. */
static ptrdiff_t hr_resp_item_from(const char *at, const char *end, size_t *seen, size_t *need,
                                   struct hr_resp_item *item, const char **why) {
  assert(at <= end);
  if (at == end) {
    return 0;
  }
  *item = (struct hr_resp_item){.kind = *at};
  ptrdiff_t len;
  switch (*at) {
    case '+':
    case '-':
    case ',':
    case '(':
      return hr_resp_line(at, end, seen, item, why);
    case '$':
    case '!':
    case '=':
      return hr_resp_bulk(at, end, need, item, why);
    case ':':
      len = hr_resp_number(at + 1, end, &item->integer, why);
      if (len <= 0) {
        return len;
      }
      item->str = at + 1;
      item->len = (size_t)len - 2;
      return len + 1;
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
      return hr_resp_header(at, end, item, why);
    case '_':
      item->nil = true;
      return hr_resp_fixed(at, end, 0, why);
    case '#':
      len = hr_resp_fixed(at, end, 1, why);
      item->integer = len > 0 && at[1] == 't';
      return len;
    default:
      return hr_resp_fail(why, "a first byte that is no type of RESP");
  }
}

ptrdiff_t hr_resp_item(const char *at, const char *end, struct hr_resp_item *item,
                       const char **why) {
  assert(item != NULL && why != NULL);
  if (end - at >= 5 && memcmp(at, "+OK\r\n", 5) == 0) { /* most of what servers ever say */
    *item = (struct hr_resp_item){.kind = '+', .str = at + 1, .len = 2};
    return 5;
  }
  size_t seen = 0, need = 0;
  return hr_resp_item_from(at, end, &seen, &need, item, why);
}

/* Count the item just read; false: too deep. */
static bool hr_resp_scan_item(struct hr_resp_scan *scan, const struct hr_resp_item *item) {
  assert(scan->depth <= HR_RESP_DEPTH_MAX);
  scan->items++;
  if (item->kind == '|') {
    /* Not one of its parent's elements, and not the reply itself. */
  } else if (scan->depth > 0) {
    scan->left[scan->depth - 1]--;
  } else {
    scan->begun = true;
  }
  if (item->elements > 0) {
    if (scan->depth == HR_RESP_DEPTH_MAX) {
      return false;
    }
    scan->left[scan->depth++] = (uint32_t)item->elements;
  }
  while (scan->depth > 0 && scan->left[scan->depth - 1] == 0) {
    scan->depth--;
  }
  return true;
}

void hr_resp_scan_reset(struct hr_resp_scan *scan) {
  assert(scan != NULL);
  scan->pos = scan->seen = scan->need = scan->items = 0;
  scan->begun = false;
  scan->depth = 0; /* which makes `left` meaningless: no need to clear it */
}

ptrdiff_t hr_resp_scan(struct hr_resp_scan *scan, const char *at, const char *end,
                       const char **why) {
  assert(scan != NULL && at + scan->pos <= end);
  for (;;) {
    struct hr_resp_item item;
    size_t need = 0;
    ptrdiff_t len = hr_resp_item_from(at + scan->pos, end, &scan->seen, &need, &item, why);
    if (len == 0) {
      scan->need = need != 0 ? scan->pos + need : (size_t)(end - at) + 1;
      return 0;
    }
    if (len < 0) {
      return -1;
    }
    scan->pos += (size_t)len;
    scan->seen = 0;
    if (!hr_resp_scan_item(scan, &item)) {
      return hr_resp_fail(why, "arrays nested too deeply");
    }
    if (scan->depth == 0 && scan->begun) {
      return (ptrdiff_t)scan->pos;
    }
  }
}
