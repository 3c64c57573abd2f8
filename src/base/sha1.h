/*
 * SHA-1, because Redis names scripts by it. Not for secrets.
 */
#ifndef HR_BASE_SHA1_H
#define HR_BASE_SHA1_H

#include <stddef.h>

#define HR_SHA1_TEXT_MAX 41 /* 40 hex digits and the terminator */

void hr_sha1_text(const void *bytes, size_t len, char out[HR_SHA1_TEXT_MAX]);

#endif
