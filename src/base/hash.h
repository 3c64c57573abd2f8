/*
 * One 64-bit hash of bytes. The value is the same on every machine and in every version: clients
 * compare hashes of their node lists, so it must never change. Not for secrets.
 */
#ifndef HR_BASE_HASH_H
#define HR_BASE_HASH_H

#include "base/types.h"

uint64_t hr_hash(const void *bytes, size_t len);

/* A and a hash the same; only ASCII letters are folded. */
uint64_t hr_hash_nocase(const char *text, size_t len);

#endif
