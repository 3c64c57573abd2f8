/* What a fuzz target claims, in every kind of build: where it is not so, the input is kept. */
#ifndef TEST_FUZZ_MUST_H
#define TEST_FUZZ_MUST_H

#include <stdlib.h>

#define MUST(condition) \
  do {                  \
    if (!(condition)) { \
      abort();          \
    }                   \
  } while (0)

#endif
