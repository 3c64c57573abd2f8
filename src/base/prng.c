/*
 * xoshiro256** (Blackman and Vigna, public domain), seeded through splitmix64.
 */
#include "base/prng.h"

#include <assert.h>

static uint64_t hr_prng_spread(uint64_t *seed) {
  assert(seed != NULL);
  uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

void hr_prng_seed(struct hr_prng *prng, uint64_t seed) {
  assert(prng != NULL);
  for (size_t i = 0; i < 4; i++) {
    prng->state[i] = hr_prng_spread(&seed);
  }
}

static uint64_t hr_prng_rotate(uint64_t word, unsigned bits) {
  assert(bits > 0 && bits < 64);
  return word << bits | word >> (64 - bits);
}

uint64_t hr_prng_next(struct hr_prng *prng) {
  assert(prng != NULL);
  uint64_t *s = prng->state;
  assert((s[0] | s[1] | s[2] | s[3]) != 0); /* never seeded: it would say 0 for ever */
  uint64_t result = hr_prng_rotate(s[1] * 5, 7) * 9;
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = hr_prng_rotate(s[3], 45);
  return result;
}

uint64_t hr_prng_below(struct hr_prng *prng, uint64_t bound) {
  assert(prng != NULL && bound > 0);
  /* The first 2^64 mod bound values would make the small results likelier: draw again. */
  uint64_t uneven = (0 - bound) % bound;
  uint64_t drawn;
  do {
    drawn = hr_prng_next(prng);
  } while (drawn < uneven);
  return drawn % bound;
}

void hr_prng_nonce(struct hr_prng *prng, char nonce[HR_NONCE_MAX]) {
  assert(prng != NULL && nonce != NULL);
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (size_t i = 0; i < HR_NONCE_MAX - 1; i++) {
    nonce[i] = letters[hr_prng_below(prng, sizeof letters - 1)];
  }
  nonce[HR_NONCE_MAX - 1] = '\0';
}
