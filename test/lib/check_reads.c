/*
 * What a user may expect of reads that leave the master. 15: not from a node that has been sealed,
 * in the middle of a synchronisation or loading for so long that whoever reads there knows it. 16:
 * with read-your-writes, all that this client had been acknowledged before it asked, as far as it
 * was not lost with the master that acknowledged it. 17: no further behind than max_lag.
 */
#include <string.h>

#include "world.h"

#define LAG_SLACK_MS 20 /* what a step of the core waits for, and clocks that run differently */
#define SLACK_MS 100 /* a look on its way, and one that waits for it */

/* Since when it has been unfit, -1: it is fit. */
static usec unfit_since(const struct server *server) {
  if (server_is_master(server)) return -1; /* elected since: nobody has newer data */
  if (server->follow == FOLLOW_SEAL) return server->sealed_at;
  return server->stream == STREAM_SYNCING ? server->syncing_at : -1;
}

/* ------------------------------------------------------------------ 17 ------------------------ */

void check_sample(struct world *world, struct client *client) {
  struct reader *reader = &client->reader;
  int master = client->topology.master;
  if (world->config.max_lag <= 0 || master < 0) return;
  const struct server *server = &world->servers[master];
  struct hr_epoch epoch = state_epoch(server->state);
  if (!server_is_master(server) || epoch_order(&epoch, &client->topology.epoch) != 0) return;
  reader->samples[reader->sampled++ % READER_SAMPLES] =
      (struct sample){world->now, master, epoch, server->state};
}

/* What stands on a look that is three beats old, and one more until it is seen to be too old: all
 * that the master had before it was within max_lag. Who slept has not looked since. */
const struct state *check_within(const struct world *world, const struct client *client) {
  const struct reader *reader = &client->reader;
  usec window = (4 * hr_core_beat_ms(world->config.fence_ms) + LAG_SLACK_MS) * 1000;
  const struct sample *best = NULL;
  if (world->config.max_lag <= 0 || world->now - client->woke_at <= window) return NULL;
  for (size_t i = 0; i < READER_SAMPLES; i++) {
    const struct sample *one = &reader->samples[i];
    bool fits = one->state != NULL && one->at <= world->now - window &&
                one->node == client->topology.master &&
                epoch_order(&one->epoch, &client->topology.epoch) == 0;
    if (fits && (best == NULL || one->at > best->at)) best = one;
  }
  return best == NULL ? NULL : best->state;
}

/* The bytes between two states of one stream; 0 where they are not that. */
static int64_t behind(const struct state *seen, const struct state *known) {
  const struct state *at = known;
  for (; at != NULL && at->depth > seen->depth; at = at->parent) {
    if (at->change == CHANGE_REBASE) return 0;
  }
  return at == seen ? known->offset - seen->offset : 0;
}

static void check_lag(struct world *world, const struct client *client,
                      const struct server *server, const struct fetch *fetch) {
  if (fetch->known == NULL) return;
  int64_t bytes = behind(server->state, fetch->known);
  if (bytes <= world->config.max_lag) return;
  world_violation(world, "17: %s reads from %s, which lacks %lld bytes of %lld that may be lacked",
                  client->name, server->name, (long long)bytes,
                  (long long)world->config.max_lag);
}

/* ------------------------------------------------------------------ 15 ------------------------ */

/* Everybody who reads from replicas looks at all of them at each beat; who answers no look is not
 * read behind down_after, whatever else it answers. Who slept learns it as soon as it looks. Who is
 * asked as the master, and is it no more, is route_failover's word: a fenced client reads there. */
void check_fetch(struct world *world, const struct client *client, const struct server *server,
                 const struct fetch *fetch) {
  hr_msec beat = hr_core_beat_ms(world->config.fence_ms);
  usec bound = (world->config.down_after_ms + 2 * beat + SLACK_MS) * 1000;
  usec since = unfit_since(server);
  check_lag(world, client, server, fetch);
  if (since < 0 || client->list != 0 || !fetch->leaves) return;
  if (since < client->woke_at) since = client->woke_at;
  if (fetch->sent - since <= bound) return;
  world_violation(world, "15: %s reads from %s, which has been %s for %lld ms", client->name,
                  server->name, server->follow == FOLLOW_SEAL ? "sealed" : "syncing",
                  (long long)(fetch->sent - since) / 1000);
}

/* ------------------------------------------------------------------ 16 ------------------------ */

static const struct promotion *elected_under(const struct world *world,
                                             const struct hr_epoch *epoch) {
  for (size_t i = world->promotion_count; i > 0; i--) {
    const struct promotion *one = &world->promotions[i - 1];
    if (epoch_order(&one->epoch, epoch) == 0) return one;
  }
  return NULL;
}

/* All data was lost, and the group founded anew since: it begins to count at 1, under a name of its
 * own, and its epochs say nothing of those before. */
static bool founded_since(const struct world *world, const struct state *own,
                          const struct state *seen) {
  if (own->record == NULL || seen->record == NULL) return false;
  if (strcmp(own->record->uuid, seen->record->uuid) == 0) return false;
  const struct promotion *mine = elected_under(world, &own->record->epoch);
  const struct promotion *shown = elected_under(world, &seen->record->epoch);
  return mine != NULL && shown != NULL && shown > mine;
}

/* Under which epoch it was last promoted: a FLUSHALL takes the record away, not the lineage. */
static struct hr_epoch lineage_of(const struct state *state) {
  while (state->record == NULL && state->parent != NULL) state = state->parent;
  return state_epoch(state);
}

/* A newer lineage that lacks it has lost it: the master that acknowledged it died with it. So has
 * whatever lacks what a FLUSHALL removed, also where none that knew of it is left. */
void check_fetched(struct world *world, const struct client *client, const struct fetch *fetch) {
  const struct state *own = fetch->reading->own, *seen = fetch->seen;
  if (own == NULL || state_descends(seen, own)) return;
  struct hr_epoch shown = lineage_of(seen), mine = state_epoch(own);
  if (epoch_order(&shown, &mine) > 0 || founded_since(world, own, seen)) return;
  if (check_removed(world, own)) return;
  world_violation(world, "16: %s reads without its own write %u of %llu:%s on data of %llu:%s",
                  client->name, (unsigned)own->write, (unsigned long long)mine.n, mine.nonce,
                  (unsigned long long)shown.n, shown.nonce);
}
