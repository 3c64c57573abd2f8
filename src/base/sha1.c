/*
 * SHA-1 as in FIPS 180-4, block by block over memory. It must not know what is hashed.
 */
#include "base/sha1.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static uint32_t hr_sha1_rotate(uint32_t word, unsigned by) {
  assert(by > 0 && by < 32);
  return word << by | word >> (32 - by);
}

/* One block of 64 bytes. */
static void hr_sha1_block(uint32_t state[5], const unsigned char *block) {
  assert(state != NULL && block != NULL);
  static const uint32_t rounds[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  uint32_t w[80];
  for (size_t i = 0; i < 16; i++) {
    const unsigned char *at = block + 4 * i;
    w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
  }
  for (size_t i = 16; i < 80; i++) {
    w[i] = hr_sha1_rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (size_t i = 0; i < 80; i++) {
    uint32_t f = b ^ c ^ d;
    if (i < 20) {
      f = (b & c) | (~b & d);
    } else if (i >= 40 && i < 60) {
      f = (b & c) | (b & d) | (c & d);
    }
    uint32_t next = hr_sha1_rotate(a, 5) + f + e + rounds[i / 20] + w[i];
    e = d;
    d = c;
    c = hr_sha1_rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/* What does not fill a block, the bit that ends it, and the length in bits. */
static void hr_sha1_last(uint32_t state[5], const unsigned char *rest, size_t len, uint64_t bits) {
  assert(len < 64);
  unsigned char block[128] = {0};
  size_t size = len < 56 ? 64 : 128;
  if (len > 0) {
    memcpy(block, rest, len);
  }
  block[len] = 0x80;
  for (size_t i = 0; i < 8; i++) {
    block[size - 1 - i] = (unsigned char)(bits >> (8 * i) & 0xff);
  }
  for (size_t at = 0; at < size; at += 64) {
    hr_sha1_block(state, block + at);
  }
}

void hr_sha1_text(const void *bytes, size_t len, char out[HR_SHA1_TEXT_MAX]) {
  assert((bytes != NULL || len == 0) && out != NULL);
  static const char digits[] = "0123456789abcdef";
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const unsigned char *at = bytes;
  size_t left = len;
  for (; left >= 64; left -= 64, at += 64) {
    hr_sha1_block(state, at);
  }
  hr_sha1_last(state, at, left, (uint64_t)len * 8);
  for (size_t i = 0; i < 40; i++) {
    out[i] = digits[state[i / 8] >> (28 - 4 * (i % 8)) & 0xf];
  }
  out[40] = '\0';
}
