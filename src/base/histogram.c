/* See histogram.h. */
#include "base/histogram.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define HR_SUB_BITS 3 /* eight buckets to a power of two */
#define HR_SUB (1u << HR_SUB_BITS)

static unsigned hr_log2(uint32_t value) {
  assert(value != 0);
  return 31u - (unsigned)__builtin_clz(value);
}

size_t hr_histogram_bucket(uint32_t value) {
  if (value < HR_SUB) {
    return value;
  }
  if (value >= HR_HISTOGRAM_END) {
    return HR_HISTOGRAM_BUCKETS - 1;
  }
  unsigned shift = hr_log2(value) - HR_SUB_BITS;
  assert(value >> shift >= HR_SUB && value >> shift < 2 * HR_SUB);
  return (size_t)(shift + 1) * HR_SUB + ((value >> shift) & (HR_SUB - 1));
}

uint32_t hr_histogram_floor(size_t bucket) {
  assert(bucket < HR_HISTOGRAM_BUCKETS);
  if (bucket < HR_SUB) {
    return (uint32_t)bucket;
  }
  return (uint32_t)(HR_SUB + bucket % HR_SUB) << (bucket / HR_SUB - 1);
}

/* False: there is no memory for it. Without memory for the high halves a bucket stays full, and
 * asks again. */
static bool hr_histogram_raise(struct hr_histogram *h, size_t bucket, uint64_t count) {
  assert(bucket < HR_HISTOGRAM_BUCKETS);
  uint32_t **part = &h->parts[bucket / HR_HISTOGRAM_PART];
  if (*part == NULL) {
    *part = hr_calloc(HR_HISTOGRAM_PART, sizeof(**part));
  }
  if (*part == NULL) {
    return false;
  }
  uint32_t *low = &(*part)[bucket % HR_HISTOGRAM_PART];
  uint64_t sum = *low + count;
  if (sum > UINT32_MAX && h->high == NULL) {
    h->high = hr_calloc(HR_HISTOGRAM_BUCKETS, sizeof(*h->high));
  }
  if (sum > UINT32_MAX && h->high == NULL) {
    sum = UINT32_MAX;
  }
  *low = (uint32_t)sum;
  if (sum > UINT32_MAX) {
    h->high[bucket] += (uint32_t)(sum >> 32);
  }
  return true;
}

static uint32_t hr_histogram_max(const struct hr_histogram *h) {
  assert(h->run > 0 || h->last == 0);
  return h->run > 0 && h->last > h->max ? h->last : h->max;
}

void hr_histogram_put(struct hr_histogram *h, uint32_t value) {
  assert(value != h->last || h->run == 0); /* hr_histogram_add() knows that one */
  h->count += h->run;
  if (h->run > 0 && hr_histogram_raise(h, hr_histogram_bucket(h->last), h->run)) {
    h->sum += h->last * h->run;
    h->max = hr_histogram_max(h);
  }
  h->last = value;
  h->run = 1;
}

void hr_histogram_clear(struct hr_histogram *h) {
  for (size_t i = 0; i < HR_HISTOGRAM_PARTS; i++) {
    hr_free(h->parts[i]);
  }
  hr_free(h->high);
  memset(h, 0, sizeof(*h));
  assert(h->high == NULL);
}

void hr_histogram_look(const struct hr_histogram *h, struct hr_histogram_view *out) {
  out->count = h->run;
  out->sum = h->sum + h->last * h->run;
  out->max = hr_histogram_max(h);
  for (size_t i = 0; i < HR_HISTOGRAM_BUCKETS; i++) {
    const uint32_t *part = h->parts[i / HR_HISTOGRAM_PART];
    uint64_t high = h->high != NULL ? h->high[i] : 0;
    out->buckets[i] = high << 32 | (part != NULL ? part[i % HR_HISTOGRAM_PART] : 0);
    out->count += out->buckets[i];
  }
  out->buckets[hr_histogram_bucket(h->last)] += h->run;
  assert(out->sum >= h->sum);
}

uint64_t hr_histogram_below(const struct hr_histogram_view *view, uint32_t value) {
  uint64_t count = 0;
  for (size_t i = 0; i < hr_histogram_bucket(value); i++) {
    count += view->buckets[i];
  }
  assert(count <= view->count);
  return count;
}

uint64_t hr_histogram_quantile(const struct hr_histogram_view *view, double q) {
  assert(q >= 0.0 && q <= 1.0);
  double wanted = q * (double)view->count;
  uint64_t seen = 0;
  for (size_t i = 0; i + 1 < HR_HISTOGRAM_BUCKETS; i++) {
    seen += view->buckets[i];
    if (seen > 0 && (double)seen >= wanted) {
      uint64_t last = hr_histogram_floor(i + 1) - 1;
      return last < view->max ? last : view->max;
    }
  }
  return view->count > 0 ? view->max : 0;
}
