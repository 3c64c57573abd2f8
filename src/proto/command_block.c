/*
 * See command_block.h. Redis rounds a fraction of a millisecond up, and so does this.
 */
#include "proto/command_block.h"

#include <assert.h>
#include <string.h>

#include "proto/command_internal.h"
#include "proto/resp.h"

/* place: from the front, or from the end when negative; 0: behind the word BLOCK. */
static const struct {
  const char *name;
  int place;
  bool seconds, counts;
} hr_blocks_known[] = {
    {"blpop", -1, true, false},       {"brpop", -1, true, false},
    {"blmove", -1, true, false},      {"brpoplpush", -1, true, false},
    {"bzpopmin", -1, true, false},    {"bzpopmax", -1, true, false},
    {"blmpop", 1, true, false},       {"bzmpop", 1, true, false},
    {"xread", 0, false, false},       {"xreadgroup", 0, false, false},
    {"wait", -1, false, true},        {"waitaof", -1, false, true},
};
#define HR_BLOCKS_KNOWN (sizeof hr_blocks_known / sizeof hr_blocks_known[0])

/* Digits, a fraction, an exponent: what servers take for a number of seconds, in milliseconds. */
struct hr_decimal {
  double value;
  bool digits; /* there was one */
};

static struct hr_slice hr_decimal_digits(struct hr_slice text, double scale,
                                         struct hr_decimal *out) {
  assert(out != NULL);
  while (text.len > 0 && text.at[0] >= '0' && text.at[0] <= '9') {
    if (scale < 1) {
      out->value += (text.at[0] - '0') * scale;
      scale /= 10;
    } else {
      out->value = out->value * 10 + (text.at[0] - '0');
    }
    out->digits = true;
    text = hr_slice_from(text, 1);
  }
  return text;
}

/* "e3", "E-2" or nothing. */
static bool hr_decimal_exponent(struct hr_slice text, double *value) {
  assert(value != NULL);
  int64_t exponent;
  if (text.len == 0) {
    return true;
  }
  if (text.at[0] != 'e' && text.at[0] != 'E') {
    return false;
  }
  text = hr_slice_from(text, 1);
  if (text.len > 1 && text.at[0] == '+') {
    text = hr_slice_from(text, 1);
  }
  if (!hr_slice_int(text, &exponent) || exponent > 30 || exponent < -30) {
    return false;
  }
  for (; exponent > 0; exponent--) {
    *value *= 10;
  }
  for (; exponent < 0; exponent++) {
    *value /= 10;
  }
  return true;
}

static bool hr_block_seconds(struct hr_slice text, hr_msec *ms) {
  assert(ms != NULL);
  struct hr_decimal number = {0, false};
  if (text.len > 1 && text.at[0] == '+') {
    text = hr_slice_from(text, 1);
  }
  text = hr_decimal_digits(text, 1, &number);
  if (text.len > 0 && text.at[0] == '.') {
    text = hr_decimal_digits(hr_slice_from(text, 1), 0.1, &number);
  }
  if (!number.digits || !hr_decimal_exponent(text, &number.value)) {
    return false;
  }
  double exact = number.value * 1000;
  if (exact >= (double)HR_BLOCK_MS_MAX) {
    *ms = HR_BLOCK_MS_MAX;
    return true;
  }
  *ms = (hr_msec)exact;
  *ms += exact - (double)*ms > 1e-6; /* what binary fractions add to 0.3 is not a millisecond */
  *ms += *ms == 0 && number.value > 0;
  return true;
}

static bool hr_block_milliseconds(struct hr_slice text, hr_msec *ms) {
  assert(ms != NULL);
  int64_t number;
  if (!hr_slice_int(text, &number) || number < 0) {
    return false;
  }
  *ms = number < HR_BLOCK_MS_MAX ? number : HR_BLOCK_MS_MAX;
  return true;
}

/* The word behind BLOCK; 0: there is none. */
static int hr_block_behind(const struct hr_command_words *words) {
  assert(words->count >= 1);
  int block;
  hr_command_streams(words, &block);
  return block > 0 ? block + 1 : 0;
}

struct hr_block hr_command_block(int argc, const char *const *argv, const size_t *argvlen) {
  assert(argc >= 1 && argv != NULL);
  struct hr_command_words words = {argc, argv, argvlen};
  struct hr_slice name = hr_command_word(&words, 0);
  struct hr_block block = {HR_BLOCK_UNKNOWN, 0, false, false, 0};
  for (size_t i = 0; i < HR_BLOCKS_KNOWN; i++) {
    if (!hr_slice_is_nocase(name, hr_blocks_known[i].name)) {
      continue;
    }
    int place = hr_blocks_known[i].place;
    block.kind = HR_BLOCK_BROKEN;
    block.seconds = hr_blocks_known[i].seconds;
    block.counts = hr_blocks_known[i].counts;
    block.place = place > 0 ? place : place < 0 ? argc + place : hr_block_behind(&words);
    break;
  }
  if (block.kind == HR_BLOCK_UNKNOWN || block.place <= 0 || block.place >= argc) {
    return block;
  }
  struct hr_slice text = hr_command_word(&words, block.place);
  if (block.seconds ? hr_block_seconds(text, &block.ms) : hr_block_milliseconds(text, &block.ms)) {
    block.kind = block.ms > 0 ? HR_BLOCK_TIMED : HR_BLOCK_FOREVER;
  }
  return block;
}

size_t hr_command_block_text(const struct hr_block *block, hr_msec ms,
                             char out[HR_BLOCK_TEXT_MAX]) {
  assert(block->kind == HR_BLOCK_TIMED && out != NULL);
  uint64_t left = ms > 0 ? (uint64_t)ms : 1;
  char *end = hr_resp_number_write(out, block->seconds ? left / 1000 : left);
  if (block->seconds) {
    unsigned rest = (unsigned)(left % 1000);
    *end++ = '.';
    *end++ = (char)('0' + rest / 100);
    *end++ = (char)('0' + rest / 10 % 10);
    *end++ = (char)('0' + rest % 10);
  }
  *end = '\0';
  return (size_t)(end - out);
}

int hr_command_newest(int argc, const char *const *argv, const size_t *argvlen, int *count) {
  assert(argc >= 1 && argv != NULL && count != NULL);
  struct hr_command_words words = {argc, argv, argvlen};
  int block, streams = 0;
  if (hr_slice_is_nocase(hr_command_word(&words, 0), "xread")) {
    streams = hr_command_streams(&words, &block);
  }
  *count = (argc - streams - 1) / 2;
  int first = streams + 1 + *count;
  if (streams == 0 || first + *count != argc) {
    return 0;
  }
  for (int i = first; i < argc; i++) {
    if (hr_slice_is(hr_command_word(&words, i), "$")) {
      return first;
    }
  }
  return 0;
}
