/*
 * Handles: what the user holds of a subscription.
 */
#include "client/subscribe.h"

bool hr_subs_settled(const haredis_client *c) {
  return c->subs == NULL;
}

bool hr_subs_settled_at(const haredis_client *c, int64_t order) {
  (void)order;
  return c->subs == NULL;
}
