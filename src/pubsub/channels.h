/*
 * The channels somebody subscribes to, and who: an open-addressed hash by kind and name, one block
 * a channel, one block a handle. Subscribing twice to a channel finds it; the last handle takes it
 * away. Handles may be added and removed while their channel is being walked.
 *
 *      slot (hash, ─▶) hr_channel (name inline) ─▶ hr_handle ◀─▶ hr_handle
 *
 * At most 160 bytes beside the name for a channel with one handle of up to 56 bytes, everything
 * counted. A lookup touches one slot and one channel: the hash beside the pointer keeps the others
 * away.
 *
 * It must not know: links, nodes, what a handler is.
 */
#ifndef HR_PUBSUB_CHANNELS_H
#define HR_PUBSUB_CHANNELS_H

#include <assert.h>

#include "base/types.h"

enum hr_channel_kind { HR_KIND_CHANNEL, HR_KIND_PATTERN, HR_KIND_SHARD, HR_KIND_COUNT };

struct hr_handle;

struct hr_channel {
  struct hr_handle *first; /* in the order of the subscribing; some may be gone */
  uint32_t len;
  uint32_t live;     /* handles that are not gone */
  uint32_t serial;   /* the owner's: when it was asked for */
  uint16_t walkers;  /* walks under way: the block stays */
  uint8_t kind;      /* enum hr_channel_kind */
  uint8_t state;     /* the owner's */
  bool dropped;      /* no longer found; freed when the last walk ends */
  bool littered;     /* some handles are gone */
  char name[];       /* NUL behind it */
};

/* Embed it first in what a user holds. */
struct hr_handle {
  struct hr_handle *next, *prev; /* next of the last: NULL; prev of the first: the last */
  struct hr_channel *channel;
  bool gone; /* removed during a walk: passed over, freed at its end */
};

struct hr_channel_slot {
  struct hr_channel *channel; /* NULL: free */
  uint32_t hash;
};

struct hr_channels {
  struct hr_channel_slot *slots; /* NULL: never held any */
  size_t mask, count;
  uint32_t table; /* another number whenever all places are others; 0: there are none */
  size_t kinds[HR_KIND_COUNT];
};

void hr_channels_init(struct hr_channels *channels);
/* Frees every channel and every handle (hr_free). No walk may be under way. */
void hr_channels_clear(struct hr_channels *channels);

/* NULL: nobody subscribes to it. One whose last handle was removed is found until it is dropped. */
struct hr_channel *hr_channels_find(const struct hr_channels *channels, enum hr_channel_kind kind,
                                    const char *name, size_t len);
/* For hr_channels_ahead(). */
uint32_t hr_channels_hash(enum hr_channel_kind kind, const char *name, size_t len);

/* These will be looked up next: what that will touch is fetched for all of them at the same time.
 * Nothing changes. */
#define HR_CHANNELS_AHEAD_MAX 16
void hr_channels_ahead(const struct hr_channels *channels, const uint32_t *hashes, size_t count);

/* Put `handle` (hr_alloc memory of the caller, its own from here on) behind the others of that
 * name. *fresh: the channel was not there before. -1: out of memory, nothing has changed. */
int hr_channels_add(struct hr_channels *channels, enum hr_channel_kind kind, const char *name,
                    size_t len, struct hr_handle *handle, bool *fresh);
/* The handle's memory goes now, or when the walk over its channel ends. True: it was the last one:
 * the channel is still there, call hr_channels_drop() when its name is not needed any more. */
bool hr_channels_remove(struct hr_channels *channels, struct hr_handle *handle);
/* It has no handle that is not gone. Its memory goes now, or when the walk over it ends. */
void hr_channels_drop(struct hr_channels *channels, struct hr_channel *channel);

/* A walk over the handles of one channel: begin, next until NULL, end. Handles added meanwhile are
 * not part of it. The channel and the walked handle stay until `end`, whatever a handler does. */
struct hr_channel_walk {
  struct hr_channel *channel;
  struct hr_handle *at, *last; /* the next one to look at, NULL: none; the last of this walk */
};
void hr_channel_tidy(struct hr_channel *channel); /* the last walk over it has ended */

/* Here, for each message passes through them. */
static inline void hr_channel_walk_begin(struct hr_channel_walk *walk,
                                         struct hr_channel *channel) {
  assert(channel->walkers < UINT16_MAX);
  channel->walkers++;
  walk->channel = channel;
  walk->at = channel->first;
  walk->last = channel->first == NULL ? NULL : channel->first->prev;
}

static inline struct hr_handle *hr_channel_walk_next(struct hr_channel_walk *walk) {
  assert(walk->channel->walkers > 0);
  while (walk->at != NULL) {
    struct hr_handle *handle = walk->at;
    walk->at = handle == walk->last ? NULL : handle->next;
    if (!handle->gone) return handle;
  }
  return NULL;
}

static inline void hr_channel_walk_end(struct hr_channel_walk *walk) {
  struct hr_channel *channel = walk->channel;
  assert(channel->walkers > 0);
  if (--channel->walkers == 0 && (channel->littered || channel->dropped)) {
    hr_channel_tidy(channel);
  }
}

/* Every channel, in no promised order: *place 0 at first; NULL at the end. Valid while none is
 * added or dropped. */
struct hr_channel *hr_channels_each(const struct hr_channels *channels, size_t *place);

#endif
