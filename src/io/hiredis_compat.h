/*
 * Everything that differs between hiredis 0.14 and 1.x, in one place (the build looks for TLS, see
 * CMakeLists.txt; what is said without is here). RESP3's reply types exist
 * since 1.0; under 0.14 such replies are handed over as the nearest RESP2 type.
 */
#ifndef HR_IO_HIREDIS_COMPAT_H
#define HR_IO_HIREDIS_COMPAT_H

#include <hiredis/hiredis.h>

#include "base/alloc.h"

#if HIREDIS_MAJOR >= 1
#include <hiredis/alloc.h>
#define HR_REPLY_BOOL REDIS_REPLY_BOOL
#define HR_REPLY_DOUBLE REDIS_REPLY_DOUBLE
#define HR_REPLY_MAP REDIS_REPLY_MAP
#define HR_REPLY_SET REDIS_REPLY_SET
#define HR_REPLY_PUSH REDIS_REPLY_PUSH
#define HR_REPLY_BIGNUM REDIS_REPLY_BIGNUM
#define HR_REPLY_VERB REDIS_REPLY_VERB
#else
#define HR_REPLY_BOOL REDIS_REPLY_INTEGER
#define HR_REPLY_DOUBLE REDIS_REPLY_STRING
#define HR_REPLY_MAP REDIS_REPLY_ARRAY
#define HR_REPLY_SET REDIS_REPLY_ARRAY
#define HR_REPLY_PUSH REDIS_REPLY_ARRAY
#define HR_REPLY_BIGNUM REDIS_REPLY_STRING
#define HR_REPLY_VERB REDIS_REPLY_STRING
#endif

#define HR_HIREDIS_TEXT2(x) #x
#define HR_HIREDIS_TEXT(x) HR_HIREDIS_TEXT2(x)
#define HR_HIREDIS_VERSION                                             \
  HR_HIREDIS_TEXT(HIREDIS_MAJOR)                                       \
  "." HR_HIREDIS_TEXT(HIREDIS_MINOR) "." HR_HIREDIS_TEXT(HIREDIS_PATCH)
/* What a build without TLS says to who wants it. */
#if HIREDIS_MAJOR >= 1
#define HR_HIREDIS_NO_TLS                                                                       \
  "this libharedis was built without TLS; install hiredis' SSL part and OpenSSL's headers "     \
  "(Debian 13: libhiredis-dev and libssl-dev) and build it again"
#else
#define HR_HIREDIS_NO_TLS                                                                       \
  "this libharedis was built with hiredis " HR_HIREDIS_VERSION ", which has no TLS; build it "  \
  "with hiredis 1.0 or newer with SSL (Debian 13: libhiredis-dev and libssl-dev)"
#endif

/* Memory that freeReplyObject() frees: free() in 0.14, a replaceable function since 1.0. */
static inline void *hr_hiredis_alloc(size_t size) {
#if HIREDIS_MAJOR >= 1
  return hi_malloc(size);
#else
  return hr_alloc(size);
#endif
}

static inline void hr_hiredis_free(void *memory) {
#if HIREDIS_MAJOR >= 1
  hi_free(memory);
#else
  hr_free(memory);
#endif
}

#endif
