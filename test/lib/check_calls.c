/*
 * What was told to the callers: 5, every accepted write ends exactly once, and what was told not to
 * have run is nowhere; 2 for linearizable reads, which hold all that was proven before they began.
 */
#include "world.h"

#define ENDS (FATE_ACKED | FATE_MAYBE | FATE_REFUSED | FATE_NOBODY)
#define UNENDED_US 20000000 /* longer than any call waits, and any silence lasts */

void check_ran(struct world *world, const struct flush *flush) {
  for (uint32_t i = flush->first; i < flush->first + flush->count; i++) {
    unsigned fate = world->fates[i];
    if (fate & FATE_REFUSED) {
      world_violation(world, "5: write %u runs, and its caller was told that it did not",
                      (unsigned)i);
    }
    if (fate & FATE_RAN) world_violation(world, "5: write %u runs twice", (unsigned)i);
    world->fates[i] = (unsigned char)(fate | FATE_RAN);
  }
}

void check_ended(struct world *world, const struct call *call, enum fate fate) {
  for (uint32_t i = call->first; i < call->first + call->count; i++) {
    unsigned before = world->fates[i];
    if (before & ENDS) world_violation(world, "5: write %u ends twice", (unsigned)i);
    if (fate == FATE_REFUSED && before & FATE_RAN) {
      world_violation(world, "5: write %u is told not to have run, and it did", (unsigned)i);
    }
    if (fate == FATE_ACKED && !(before & FATE_RAN)) {
      world_violation(world, "5: write %u is acknowledged and never ran", (unsigned)i);
    }
    world->fates[i] = (unsigned char)(before | (unsigned)fate);
  }
}

/* 5: an EXEC runs on the very data that its WATCH showed, as far as its key goes. */
void check_exec(struct world *world, const struct flush *flush, const struct state *before) {
  if (flush->base == NULL) return;
  const struct state *at = before;
  bool changed = false;
  for (; at != NULL && at != flush->base && at->depth > flush->base->depth; at = at->parent) {
    changed = changed || at->change == CHANGE_FLUSH ||
              (at->change == CHANGE_WRITE && at->key == flush->key);
  }
  if (at == flush->base && !changed) return;
  world_violation(world, "5: EXEC %u runs, and what it watched has changed",
                  (unsigned)flush->first);
}

static void unended(struct world *world, const struct client *client, const struct call *call) {
  if (world->now - call->began < UNENDED_US) return;
  world_violation(world, "5: a call of %s has not ended after %lld s", client->name,
                  (long long)(world->now - call->began) / 1000000);
}

void check_unended(struct world *world) {
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (!client->alive || client->asleep) continue;
    for (const struct call *call = client->calls; call != NULL; call = call->next) {
      unended(world, client, call);
    }
    if (client->txn.phase != TXN_NONE) unended(world, client, client->txn.call);
  }
}

/* Two masters may be at work where less than a majority decides; and a person may allow a loss. */
bool check_promised(const struct world *world) {
  return 2 * check_majority(world) > (int)world->config.nodes && !world->forced && !world->cold;
}

void check_proven(struct world *world, const struct state *state) {
  if (!check_promised(world)) return;
  world->proofs[world->proof_count++ % WORLD_PROOFS] = (struct proof){world->now, state};
}

void check_read(struct world *world, const struct client *client, const struct call *call,
                const struct state *seen) {
  world->reads++;
  if (!check_promised(world)) return;
  size_t count = world->proof_count < WORLD_PROOFS ? world->proof_count : WORLD_PROOFS;
  for (size_t i = 0; i < count; i++) {
    const struct proof *proof = &world->proofs[i];
    if (proof->at > call->began || state_descends(seen, proof->state)) continue;
    if (check_removed(world, proof->state)) continue; /* older data may come back */
    world_violation(world, "2: %s reads without what was proven %lld ms before it asked",
                    client->name, (long long)(call->began - proof->at) / 1000);
  }
  check_proven(world, seen);
}
