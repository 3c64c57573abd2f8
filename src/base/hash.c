/*
 * Eight bytes at a time: mixed in by a multiplication, stirred by a shift. The constants are odd
 * and have about half of their bits set; nothing else is special about them.
 */
#include "base/hash.h"

#define HR_HASH_SEED UINT64_C(0x9e3779b97f4a7c15)
#define HR_HASH_FACTOR UINT64_C(0xd6e8feb86659fd93)

static uint64_t hr_hash_mix(uint64_t hash, uint64_t word) {
  static_assert(HR_HASH_FACTOR % 2 == 1, "an even factor would lose bits");
  hash = (hash ^ word) * HR_HASH_FACTOR;
  return hash ^ hash >> 32;
}

uint64_t hr_hash(const void *bytes, size_t len) {
  assert(bytes != NULL || len == 0);
  const unsigned char *at = bytes;
  uint64_t hash = hr_hash_mix(HR_HASH_SEED, len);
  while (len > 0) {
    size_t some = len < 8 ? len : 8;
    hash = hr_hash_mix(hash, hr_load_some(at, some));
    at += some;
    len -= some;
  }
  return hr_hash_mix(hash, 0);
}
