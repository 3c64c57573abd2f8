/*
 * The order of epochs.
 */
#include "base/types.h"

#include <assert.h>
#include <string.h>

int hr_epoch_compare(const struct hr_epoch *a, const struct hr_epoch *b) {
  assert(a != NULL && b != NULL);
  if (a->n != b->n) {
    return a->n < b->n ? -1 : 1;
  }
  if (a->n == 0) {
    return 0; /* none is none, whatever was left in the nonce */
  }
  return strncmp(a->nonce, b->nonce, HR_NONCE_MAX);
}
