/*
 * Requests that come back unanswered: each exactly once to the `lost` hook, oldest first, while
 * that hook may send, close or free. They are moved out of the link first, so it can take new ones.
 */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "io/link_internal.h"

static void hr_link_lose_some(struct hr_link *link, struct hr_loss *loss) {
  while (loss->ring.count > 0) {
    struct hr_ring *ring = &loss->ring;
    struct hr_request request = ring->slots[ring->head & (ring->capacity - 1)];
    const char *bytes = hr_buffer_head(&loss->bytes);
    bool sent = ring->sent > 0;
    ring->head++;
    ring->count--;
    ring->sent -= sent;
    if (link->counted != NULL && (request.flags & HR_REQUEST_OURS) == 0) {
      link->counted->lost++;
    }
    loss->bytes.head += request.bytes; /* not consume: what was borrowed must stay where it is */
    link->hooks.lost(link, &request, bytes, request.bytes, sent, link->owner);
  }
}

static void hr_link_lose_all(struct hr_link *link, struct hr_loss *loss) {
  loss->outer = link->loss;
  link->loss = loss;
  hr_link_lose_some(link, loss);
  link->loss = loss->outer;
}

/* The outermost holds the oldest requests. */
static void hr_link_lose_outer(struct hr_link *link, struct hr_loss *loss) {
  if (loss != NULL) {
    hr_link_lose_outer(link, loss->outer);
    hr_link_lose_some(link, loss);
  }
}

void hr_link_lose_drain(struct hr_link *link) {
  hr_link_lose_outer(link, link->loss);
}

void hr_link_lose(struct hr_link *link) {
  assert(link->state == HR_LINK_DOWN);
  struct hr_loss loss = {.ring = link->ring, .bytes = link->fifo};
  loss.bytes.head += link->answered; /* that one is being answered right now */
  link->ring = (struct hr_ring){0};
  link->fifo = (struct hr_buffer){0};
  link->fifo_sent = 0;
  link->answered = 0;
  hr_link_lose_all(link, &loss);
  size_t capacity;
  char *block = hr_buffer_detach(&loss.bytes, &capacity);
  if (block != NULL) {
    hr_loop_block_give(link->loop, block, capacity);
  }
  if (loss.ring.slots != NULL) {
    hr_loop_block_give(link->loop, (char *)loss.ring.slots,
                       loss.ring.capacity * sizeof(struct hr_request));
  }
}

/* The last n requests, of which no byte was sent, into memory of their own. */
static int hr_link_cut_tail(struct hr_link *link, struct hr_loss *loss, uint32_t n) {
  struct hr_ring *ring = &link->ring;
  uint32_t keep = ring->count - n;
  size_t bytes = 0;
  *loss = (struct hr_loss){0};
  for (uint32_t i = keep; i < ring->count; i++) {
    bytes += hr_link_at(link, i)->bytes;
  }
  uint32_t capacity = 1;
  while (capacity < n) {
    capacity *= 2;
  }
  loss->ring.slots = hr_alloc(capacity * sizeof(struct hr_request));
  if (loss->ring.slots == NULL ||
      hr_buffer_append(&loss->bytes, link->fifo.data + link->fifo.tail - bytes, bytes) != 0) {
    hr_free(loss->ring.slots);
    return -1;
  }
  loss->ring.capacity = capacity;
  for (loss->ring.count = 0; loss->ring.count < n; loss->ring.count++) {
    loss->ring.slots[loss->ring.count] = *hr_link_at(link, keep + loss->ring.count);
  }
  ring->count = keep;
  link->fifo.tail -= bytes;
  return 0;
}

size_t hr_link_touched(const struct hr_link *link) {
  const struct hr_ring *ring = &link->ring;
  size_t whole = link->answered;
  for (uint32_t i = 0; i < ring->sent; i++) {
    whole += ring->slots[(ring->head + i) & (ring->capacity - 1)].bytes;
  }
  if (link->session == NULL || hr_link_tls_owed(link) == 0) {
    return ring->sent + (link->fifo_sent > whole);
  }
  /* Several may share a record that has left in part. */
  size_t touched = ring->sent, left = link->fifo_sent + hr_link_tls_owed(link);
  while (touched < ring->count && whole < left) {
    whole += ring->slots[(ring->head + (uint32_t)touched) & (ring->capacity - 1)].bytes;
    touched++;
  }
  return touched;
}

void hr_link_take_back(struct hr_link *link, size_t keep) {
  if (link->ring.count <= keep) {
    return;
  }
  uint32_t n = link->ring.count - (uint32_t)keep;
  uint32_t untouched = link->ring.count - (uint32_t)hr_link_touched(link);
  if (n > untouched) {
    n = untouched;
  }
  struct hr_loss loss;
  if (n == 0 || hr_link_cut_tail(link, &loss, n) != 0) {
    return; /* out of memory: they stay queued, which harms nobody */
  }
  hr_link_enter(link);
  hr_link_lose_all(link, &loss);
  hr_buffer_free(&loss.bytes);
  hr_free(loss.ring.slots);
  hr_link_leave(link);
}
