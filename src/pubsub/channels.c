/*
 * Linear probing over slots that hold the hash beside the pointer; what is taken out is closed up
 * by moving its followers, so there are no graves and a table that is used for years stays as quick
 * as a new one. It must not know what a channel is subscribed to for.
 */
#include "pubsub/channels.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

#define HR_SLOTS_MIN 16
#define HR_CHANNEL_NEAR 64 /* of a channel, with the first of its name */
#define HR_HANDLE_NEAR 56  /* of a handle, with what its owner put behind ours */

void hr_channels_init(struct hr_channels *channels) {
  static_assert((HR_SLOTS_MIN & (HR_SLOTS_MIN - 1)) == 0, "a mask wants a power of two");
  memset(channels, 0, sizeof *channels);
}

static void free_channel(struct hr_channel *channel) {
  assert(channel->walkers == 0);
  for (struct hr_handle *handle = channel->first, *next; handle != NULL; handle = next) {
    next = handle->next;
    hr_free(handle);
  }
  hr_free(channel);
}

void hr_channels_clear(struct hr_channels *channels) {
  assert(channels->slots != NULL || channels->count == 0);
  size_t place = 0;
  struct hr_channel *channel = hr_channels_each(channels, &place);
  for (; channel != NULL; channel = hr_channels_each(channels, &place)) free_channel(channel);
  hr_free(channels->slots);
  hr_channels_init(channels);
}

/* Names of up to 16 bytes, and most are, in two words that may overlap. */
static inline uint32_t hash_of(enum hr_channel_kind kind, const char *name, size_t len) {
  const unsigned char *at = (const unsigned char *)name;
  uint64_t hash;
  assert(kind < HR_KIND_COUNT);
  if (len > 16) {
    hash = hr_hash(name, len);
  } else if (len >= 8) {
    hash = (hr_load64(at) ^ len) * UINT64_C(0x9fb21c651e98df25);
    hash = (hash ^ hash >> 32 ^ hr_load64(at + len - 8)) * UINT64_C(0xd6e8feb86659fd93);
  } else {
    hash = (hr_load_some(at, len) + len) * UINT64_C(0x9fb21c651e98df25);
  }
  /* What differs in the high bits alone shall differ in the low ones, too. */
  hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
  return (uint32_t)(hash >> 32) + (uint32_t)kind * UINT32_C(0x9e3779b9);
}

uint32_t hr_channels_hash(enum hr_channel_kind kind, const char *name, size_t len) {
  assert(name != NULL || len == 0);
  return hash_of(kind, name, len);
}

/* A block of memory is no line of the cache: what is read of it may lie across two. */
static inline void fetch(const void *memory, size_t size) {
  assert(memory != NULL && size > 0);
  __builtin_prefetch(memory);
  __builtin_prefetch((const char *)memory + size - 1);
}

/* Each step waits for what the one before has asked for, and for all channels at once. */
void hr_channels_ahead(const struct hr_channels *channels, const uint32_t *hashes, size_t count) {
  const struct hr_channel *found[HR_CHANNELS_AHEAD_MAX];
  assert(count <= HR_CHANNELS_AHEAD_MAX);
  if (channels->slots == NULL) return;
  for (size_t i = 0; i < count; i++) fetch(&channels->slots[hashes[i] & channels->mask], 1);
  for (size_t i = 0; i < count; i++) {
    size_t at = hashes[i] & channels->mask;
    while (channels->slots[at].channel != NULL && channels->slots[at].hash != hashes[i]) {
      at = (at + 1) & channels->mask;
    }
    found[i] = channels->slots[at].channel;
    if (found[i] != NULL) fetch(found[i], HR_CHANNEL_NEAR);
  }
  for (size_t i = 0; i < count; i++) {
    if (found[i] != NULL && found[i]->first != NULL) fetch(found[i]->first, HR_HANDLE_NEAR);
  }
}

static bool is_it(const struct hr_channel *channel, enum hr_channel_kind kind, const char *name,
                  size_t len) {
  assert(!channel->dropped);
  return channel->len == len && channel->kind == (uint8_t)kind &&
         hr_same_name(channel->name, name, len);
}

static inline struct hr_channel *find(const struct hr_channels *channels, uint32_t hash,
                                      enum hr_channel_kind kind, const char *name, size_t len) {
  assert(kind < HR_KIND_COUNT && (name != NULL || len == 0));
  if (channels->slots == NULL) return NULL;
  /* Ends: at least a quarter of the slots is free. */
  for (size_t i = hash & channels->mask;; i = (i + 1) & channels->mask) {
    const struct hr_channel_slot *slot = &channels->slots[i];
    if (slot->channel == NULL) return NULL;
    if (slot->hash == hash && is_it(slot->channel, kind, name, len)) return slot->channel;
  }
}

struct hr_channel *hr_channels_find(const struct hr_channels *channels, enum hr_channel_kind kind,
                                    const char *name, size_t len) {
  assert(name != NULL || len == 0);
  return find(channels, hash_of(kind, name, len), kind, name, len);
}

static void put(struct hr_channel_slot *slots, size_t mask, struct hr_channel_slot entry) {
  assert(entry.channel != NULL);
  size_t i = entry.hash & mask;
  while (slots[i].channel != NULL) i = (i + 1) & mask;
  slots[i] = entry;
}

static int resize(struct hr_channels *channels, size_t size) {
  assert(size >= HR_SLOTS_MIN && channels->count < size / 4 * 3);
  struct hr_channel_slot *slots = hr_calloc(size, sizeof *slots);
  if (slots == NULL) return -1;
  for (size_t i = 0; channels->slots != NULL && i <= channels->mask; i++) {
    if (channels->slots[i].channel != NULL) put(slots, size - 1, channels->slots[i]);
  }
  hr_free(channels->slots);
  channels->slots = slots;
  channels->mask = size - 1;
  if (++channels->table == 0) channels->table = 1;
  return 0;
}

static int make_room(struct hr_channels *channels) {
  assert(channels->mask == 0 || channels->count <= channels->mask);
  if (channels->slots == NULL) return resize(channels, HR_SLOTS_MIN);
  size_t size = channels->mask + 1;
  return channels->count + 1 < size / 4 * 3 ? 0 : resize(channels, size * 2);
}

static struct hr_channel *new_channel(struct hr_channels *channels, uint32_t hash,
                                      enum hr_channel_kind kind, const char *name, size_t len) {
  assert(len <= UINT32_MAX - 64);
  if (make_room(channels) != 0) return NULL;
  struct hr_channel *channel = hr_alloc(offsetof(struct hr_channel, name) + len + 1);
  if (channel == NULL) return NULL;
  memset(channel, 0, offsetof(struct hr_channel, name));
  channel->len = (uint32_t)len;
  channel->kind = (uint8_t)kind;
  if (len > 0) memcpy(channel->name, name, len);
  channel->name[len] = '\0';
  put(channels->slots, channels->mask, (struct hr_channel_slot){channel, hash});
  channels->count++;
  channels->kinds[kind]++;
  return channel;
}

int hr_channels_add(struct hr_channels *channels, enum hr_channel_kind kind, const char *name,
                    size_t len, struct hr_handle *handle, bool *fresh) {
  assert(handle != NULL);
  uint32_t hash = hash_of(kind, name, len);
  struct hr_channel *channel = find(channels, hash, kind, name, len);
  *fresh = channel == NULL;
  if (channel == NULL) channel = new_channel(channels, hash, kind, name, len);
  if (channel == NULL) return -1;
  handle->channel = channel;
  handle->gone = false;
  handle->next = NULL;
  struct hr_handle *first = channel->first;
  handle->prev = first != NULL ? first->prev : handle;
  if (first != NULL) {
    first->prev->next = handle;
    first->prev = handle;
  } else {
    channel->first = handle;
  }
  channel->live++;
  return 0;
}

static void unlink_handle(struct hr_channel *channel, struct hr_handle *handle) {
  assert(handle->channel == channel && channel->walkers == 0);
  struct hr_handle *first = channel->first, *next = handle->next;
  if (next != NULL) {
    next->prev = handle->prev;
  } else if (handle != first) {
    first->prev = handle->prev;
  }
  if (handle == first) {
    channel->first = next;
  } else {
    handle->prev->next = next;
  }
  hr_free(handle);
}

bool hr_channels_remove(struct hr_channels *channels, struct hr_handle *handle) {
  struct hr_channel *channel = handle->channel;
  assert(channels->count > 0 && !handle->gone && channel->live > 0);
  (void)channels;
  channel->live--;
  if (channel->walkers == 0) {
    unlink_handle(channel, handle);
  } else {
    handle->gone = channel->littered = true;
  }
  return channel->live == 0;
}

/* The hole is closed with the first follower that may stand there, and so on. */
static void close_up(struct hr_channels *channels, size_t hole) {
  struct hr_channel_slot *slots = channels->slots;
  assert(slots[hole].channel != NULL);
  for (size_t i = (hole + 1) & channels->mask; slots[i].channel != NULL;
       i = (i + 1) & channels->mask) {
    size_t home = slots[i].hash & channels->mask;
    bool may = ((i - home) & channels->mask) >= ((i - hole) & channels->mask);
    if (!may) continue;
    slots[hole] = slots[i];
    hole = i;
  }
  slots[hole] = (struct hr_channel_slot){0};
}

void hr_channels_drop(struct hr_channels *channels, struct hr_channel *channel) {
  assert(!channel->dropped && channel->live == 0 && channels->count > 0);
  size_t i = hr_channels_hash((enum hr_channel_kind)channel->kind, channel->name, channel->len);
  for (i &= channels->mask; channels->slots[i].channel != channel;) i = (i + 1) & channels->mask;
  close_up(channels, i);
  channels->count--;
  channels->kinds[channel->kind]--;
  channel->dropped = true;
  if (channel->walkers == 0) free_channel(channel);
  size_t size = channels->mask + 1;
  /* No memory for a smaller table: the large one does as well. */
  if (size / 4 >= HR_SLOTS_MIN && channels->count < size / 16) (void)resize(channels, size / 4);
}

void hr_channel_tidy(struct hr_channel *channel) {
  assert(channel->walkers == 0);
  struct hr_handle *handle = channel->littered ? channel->first : NULL;
  channel->littered = false;
  for (struct hr_handle *next; handle != NULL; handle = next) {
    next = handle->next;
    if (handle->gone) unlink_handle(channel, handle);
  }
  if (channel->dropped) free_channel(channel);
}

struct hr_channel *hr_channels_each(const struct hr_channels *channels, size_t *place) {
  assert(*place == 0 || channels->slots != NULL);
  while (channels->slots != NULL && *place <= channels->mask) {
    struct hr_channel *channel = channels->slots[(*place)++].channel;
    if (channel != NULL) return channel;
  }
  return NULL;
}
