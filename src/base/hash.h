/*
 * One 64-bit hash of bytes. The value is the same on every machine and in every version: clients
 * compare hashes of their node lists, so it must never change. Not for secrets.
 *
 * Also one for tables in memory, which may change, and the word tricks behind both, for those who
 * compare short names in a hot path.
 */
#ifndef HR_BASE_HASH_H
#define HR_BASE_HASH_H

#include "base/types.h"

#include <assert.h>
#include <string.h>

uint64_t hr_hash(const void *bytes, size_t len);

static inline uint64_t hr_load16(const unsigned char *at) {
  return (uint64_t)at[0] | (uint64_t)at[1] << 8;
}

static inline uint64_t hr_load32(const unsigned char *at) {
  return hr_load16(at) | hr_load16(at + 2) << 16;
}

static inline uint64_t hr_load64(const unsigned char *at) {
  return hr_load32(at) | hr_load32(at + 4) << 32;
}

/* The first len (0 to 8) bytes as a word, the first byte lowest, padded with zeros. Reads nothing
 * beyond len: the two loads of the longer cases overlap instead. */
static inline uint64_t hr_load_some(const unsigned char *at, size_t len) {
  assert(len <= 8);
  if (len == 8) {
    return hr_load64(at);
  }
  if (len >= 4) {
    return hr_load32(at) | hr_load32(at + len - 4) << (8 * (len - 4));
  }
  if (len >= 2) {
    return hr_load16(at) | hr_load16(at + len - 2) << (8 * (len - 2));
  }
  return len == 1 ? at[0] : 0;
}

/* For a table in memory. The last word overlaps the one before it, so that names of 8 to 16 bytes
 * take the same way whatever their length is. */
static inline uint64_t hr_hash_name(const char *name, size_t len) {
  const uint64_t factor = UINT64_C(0xd6e8feb86659fd93), other = UINT64_C(0x9e3779b97f4a7c15);
  const unsigned char *at = (const unsigned char *)name;
  assert(at != NULL || len == 0);
  uint64_t hash = other ^ len * factor;
  for (size_t i = 8; i < len; i += 8) {
    hash = (hash ^ hr_load64(at + i - 8)) * factor;
    hash ^= hash >> 32;
  }
  hash = (hash ^ (len < 8 ? hr_load_some(at, len) : hr_load64(at + len - 8))) * factor;
  hash = (hash ^ hash >> 32) * other;
  return hash ^ hash >> 29;
}

/* memcmp() == 0 without a call for names of up to 16 bytes. */
static inline bool hr_same_name(const char *a, const char *b, size_t len) {
  const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;
  assert((x != NULL && y != NULL) || len == 0);
  if (len > 16) return memcmp(a, b, len) == 0;
  if (len < 8) return hr_load_some(x, len) == hr_load_some(y, len);
  return ((hr_load64(x) ^ hr_load64(y)) | (hr_load64(x + len - 8) ^ hr_load64(y + len - 8))) == 0;
}

/* Eight bytes at once: 'A'..'Z' become 'a'..'z', every other byte stays. A byte's high bit is set
 * in at_least_a and not in above_z exactly when its low seven bits are a capital letter. */
static inline uint64_t hr_lower_word(uint64_t word) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  uint64_t low = word & (0x7f * ones);
  uint64_t at_least_a = low + (0x80 - 'A') * ones;
  uint64_t above_z = low + (0x7f - 'Z') * ones;
  uint64_t capital = at_least_a & ~above_z & ~word & (0x80 * ones);
  return word | capital >> 2;
}

#endif
