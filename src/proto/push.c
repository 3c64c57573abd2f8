/*
 * Reading message frames. What is fixed is compared in words of the machine, lengths are read by
 * hand, nothing is looked at twice. See push.h for the contract.
 */
#include "proto/push.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "proto/resp.h"

/* Behind the type byte, up to the first text. */
#define HR_PUSH_MESSAGE "3\r\n$7\r\nmessage\r\n"
#define HR_PUSH_PMESSAGE "4\r\n$8\r\npmessage\r\n"
#define HR_PUSH_SMESSAGE "3\r\n$8\r\nsmessage\r\n"
#define HR_PUSH_HEAD_MAX (sizeof(HR_PUSH_PMESSAGE)) /* with the type byte */

/* So many digits cannot overflow, and say more than a server ever sends. */
#define HR_PUSH_DIGITS_MAX 9
#define HR_PUSH_LENGTH_MAX (HR_PUSH_DIGITS_MAX + 3) /* with its end, or one digit too many */

_Static_assert(HR_RESP_BULK_MAX < 1000000000, "its lengths have at most nine digits");

/* So few bytes that the head may be cut: could it become one? */
static bool hr_push_may_become(const char *at, size_t len) {
  static const char *const heads[] = {HR_PUSH_MESSAGE, HR_PUSH_PMESSAGE, HR_PUSH_SMESSAGE};
  assert(len < HR_PUSH_HEAD_MAX);
  if (len == 0) {
    return true;
  }
  for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
    if ((at[0] == '*' || at[0] == '>') && strlen(heads[i]) >= len - 1 &&
        memcmp(at + 1, heads[i], len - 1) == 0) {
      return true;
    }
  }
  return false;
}

/* "5\r\n", all of it certain to be there: the bytes it takes. < 0: it is no length. */
static inline ptrdiff_t hr_push_length(const char *at, size_t *len) {
  assert(at != NULL && len != NULL);
  size_t digits = 1, n = (unsigned char)(at[0] - '0');
  if (n > 9) {
    return -1;
  }
  for (unsigned char digit; (digit = (unsigned char)(at[digits] - '0')) <= 9; digits++) {
    if (digits == HR_PUSH_DIGITS_MAX) {
      return -1;
    }
    n = n * 10 + digit;
  }
  *len = n;
  return at[digits] == '\r' && at[digits + 1] == '\n' ? (ptrdiff_t)digits + 2 : -1;
}

/* The same where the bytes end soon. 0: it may be one, and is cut. */
static ptrdiff_t hr_push_length_cut(const char *at, const char *end, size_t *len) {
  char line[HR_PUSH_LENGTH_MAX] = {0};
  size_t there = (size_t)(end - at), digits = 0;
  assert(there < sizeof line);
  memcpy(line, at, there);
  while ((unsigned char)(line[digits] - '0') <= 9) digits++;
  bool whole = digits + 2 <= there;
  if (whole || digits > HR_PUSH_DIGITS_MAX) return hr_push_length(line, len);
  return there == digits || (digits > 0 && line[digits] == '\r') ? 0 : -1;
}

/* "$5\r\nhello\r\n", with a length of any size. As hr_push_parse. */
static ptrdiff_t hr_push_long_text(char *at, const char *end, char **text, size_t *len) {
  assert(at <= end);
  if (at == end) {
    return 0;
  }
  if (*at != '$') {
    return -1;
  }
  char *p = at + 1;
  ptrdiff_t head = end - p >= HR_PUSH_LENGTH_MAX ? hr_push_length(p, len)
                                                 : hr_push_length_cut(p, end, len);
  if (head <= 0) {
    return head;
  }
  if (*len > HR_RESP_BULK_MAX) {
    return -1;
  }
  p += head;
  if ((size_t)(end - p) < *len + 2) {
    return 0;
  }
  if (p[*len] != '\r' || p[*len + 1] != '\n') {
    return -1;
  }
  *text = p;
  return p + *len + 2 - at;
}

/* Nearly all texts have fewer than 100 bytes. */
static inline ptrdiff_t hr_push_text(char *at, const char *end, char **text, size_t *len) {
  assert(at <= end);
  char *p;
  size_t n;
  if (end - at < 6) {
    return hr_push_long_text(at, end, text, len);
  }
  size_t first = (unsigned char)(at[1] - '0'), second = (unsigned char)(at[2] - '0');
  if (first <= 9 && second <= 9 && memcmp(at + 3, "\r\n", 2) == 0) {
    n = first * 10 + second;
    p = at + 5;
  } else if (first <= 9 && memcmp(at + 2, "\r\n", 2) == 0) {
    n = first;
    p = at + 4;
  } else {
    return hr_push_long_text(at, end, text, len);
  }
  if ((size_t)(end - p) < n + 2) {
    return *at == '$' ? 0 : -1;
  }
  if (*at != '$' || memcmp(p + n, "\r\n", 2) != 0) {
    return -1;
  }
  *text = p;
  *len = n;
  return p + n + 2 - at;
}

/* The length of the head, 0: it is none. */
static inline size_t hr_push_head(const char *at, char *kind) {
  assert(at != NULL && kind != NULL);
  if (at[0] != '*' && at[0] != '>') {
    return 0;
  }
  if (memcmp(at + 1, HR_PUSH_MESSAGE, 16) == 0) {
    *kind = 'm';
    return 17;
  }
  if (memcmp(at + 1, HR_PUSH_PMESSAGE, 16) == 0 && at[17] == '\n') {
    *kind = 'p';
    return 18;
  }
  if (memcmp(at + 1, HR_PUSH_SMESSAGE, 16) == 0 && at[17] == '\n') {
    *kind = 's';
    return 18;
  }
  return 0;
}

ptrdiff_t hr_push_parse(char *at, const char *end, struct hr_push *out) {
  assert(at <= end && out != NULL);
  if (end - at < (ptrdiff_t)HR_PUSH_HEAD_MAX) {
    return hr_push_may_become(at, (size_t)(end - at)) ? 0 : -1;
  }
  size_t head = hr_push_head(at, &out->kind);
  if (head == 0) {
    return -1;
  }
  char *p = at + head;
  ptrdiff_t len;
  out->pattern = NULL;
  out->pattern_len = 0;
  if (out->kind == 'p') {
    len = hr_push_text(p, end, &out->pattern, &out->pattern_len);
    if (len <= 0) {
      return len;
    }
    p += len;
  }
  len = hr_push_text(p, end, &out->channel, &out->channel_len);
  if (len <= 0) {
    return len;
  }
  p += len;
  len = hr_push_text(p, end, &out->payload, &out->payload_len);
  return len <= 0 ? len : p + len - at;
}
