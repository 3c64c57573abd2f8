/* What each node's last look has proven, and since when it is relied on. See looks.h. */
#include "pubsub/looks.h"

#include <assert.h>
#include <string.h>

void hr_looks_rely(struct hr_looks *looks, int node, hr_msec sound_ms) {
  struct hr_look *look = &looks->list[node];
  assert(node >= 0 && node < HR_NODES_MAX);
  look->left_ms = 0;
  if (look->sound_ms == 0) look->sound_ms = sound_ms;
}

void hr_looks_leave(struct hr_looks *looks, int node, hr_msec now) {
  struct hr_look *look = &looks->list[node];
  assert(node >= 0 && node < HR_NODES_MAX);
  if (look->left_ms == 0) look->left_ms = now;
}

void hr_looks_interrupt(struct hr_looks *looks, int node) {
  assert(node >= 0 && node < HR_NODES_MAX);
  looks->list[node].fresh = false;
}

bool hr_looks_is_fresh(const struct hr_looks *looks, int node) {
  assert(node >= 0 && node < HR_NODES_MAX);
  return looks->list[node].fresh;
}

void hr_looks_rest(struct hr_looks *looks) {
  assert(looks != NULL);
  for (size_t i = 0; i < HR_NODES_MAX; i++) looks->list[i].sound_ms = looks->list[i].left_ms = 0;
}

bool hr_looks_see(struct hr_looks *looks, int node, bool copied, hr_msec now, hr_msec *from,
                  hr_msec *until) {
  struct hr_look *look = &looks->list[node];
  assert(look->sound_ms <= now && look->left_ms <= now);
  *from = look->sound_ms;
  *until = look->left_ms != 0 ? look->left_ms : now;
  *look = (struct hr_look){.fresh = true};
  return copied && *from != 0;
}
