/*
 * A seeded generator (xoshiro256**): every jitter, backoff and nonce comes from here, so that a
 * history can be replayed bit for bit. It must not know where its seed comes from. Not for secrets.
 */
#ifndef HR_BASE_PRNG_H
#define HR_BASE_PRNG_H

#include "base/types.h"

struct hr_prng {
  uint64_t state[4]; /* never all zero once seeded */
};

void hr_prng_seed(struct hr_prng *prng, uint64_t seed); /* any seed will do, 0 too */
uint64_t hr_prng_next(struct hr_prng *prng);
uint64_t hr_prng_below(struct hr_prng *prng, uint64_t bound); /* 0 .. bound-1, evenly; bound > 0 */

/* 8 letters and digits, "gP0SCM1B", terminated. */
void hr_prng_nonce(struct hr_prng *prng, char nonce[HR_NONCE_MAX]);

#endif
