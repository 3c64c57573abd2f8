/*
 * How long things took: counts in buckets that grow with the value, in little and fixed memory.
 *
 *      0 1 2 .. 7 | 8 9 10 .. 15 | 16 18 20 .. 30 | 32 36 .. 60 | ... | 2^26 and more
 *
 * Eight buckets for each power of two: a value is known to an eighth of itself. Microseconds, up to
 * 67 s. The same value again and again, as it comes when much is answered at once, costs next to
 * nothing.
 *
 * It must not know what is measured, nor a clock.
 */
#ifndef HR_BASE_HISTOGRAM_H
#define HR_BASE_HISTOGRAM_H

#include "base/types.h"

#define HR_HISTOGRAM_BUCKETS 193
#define HR_HISTOGRAM_END (UINT32_C(1) << 26) /* where the last bucket begins */

/* Memory comes by parts of the buckets: most of what is measured lies close together. */
#define HR_HISTOGRAM_PART 49
#define HR_HISTOGRAM_PARTS ((HR_HISTOGRAM_BUCKETS + HR_HISTOGRAM_PART - 1) / HR_HISTOGRAM_PART)

/* Zero is an empty one. What finds no memory for its bucket is forgotten, but for `count`. */
struct hr_histogram {
  uint32_t last;     /* the value that came last, and */
  uint32_t max;
  uint64_t run;      /* how often it came since; in no bucket yet */
  uint64_t sum;      /* of those in buckets */
  uint64_t count;    /* of all before the run */
  uint32_t *parts[HR_HISTOGRAM_PARTS];
  uint32_t *high;    /* of all buckets; NULL until one of them passes 2^32 */
};

/* What it held at some moment: nobody changes it any more. */
struct hr_histogram_view {
  uint64_t count, sum, max;
  uint64_t buckets[HR_HISTOGRAM_BUCKETS];
};

void hr_histogram_put(struct hr_histogram *h, uint32_t value);

static inline void hr_histogram_add(struct hr_histogram *h, uint32_t value) {
  if (value == h->last) {
    h->run++;
  } else {
    hr_histogram_put(h, value);
  }
}

/* All that were ever added. */
static inline uint64_t hr_histogram_added(const struct hr_histogram *h) {
  return h->count + h->run;
}

void hr_histogram_clear(struct hr_histogram *h); /* gives back its memory */

/* The bucket of a value, and the least value of a bucket. */
size_t hr_histogram_bucket(uint32_t value);
uint32_t hr_histogram_floor(size_t bucket);

void hr_histogram_look(const struct hr_histogram *h, struct hr_histogram_view *out);
/* How many were less than `value`: exact where a bucket begins there, else up to its beginning. */
uint64_t hr_histogram_below(const struct hr_histogram_view *view, uint32_t value);
/* A value that the share `q` of all (0 to 1) does not exceed: never less than the true one, and
 * more by less than an eighth of it. 0: there is none. */
uint64_t hr_histogram_quantile(const struct hr_histogram_view *view, double q);

#endif
