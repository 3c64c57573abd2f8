/*
 * The commands that wait, in the order of the calls. What comes back from a broken link is put
 * where it was: it comes oldest first, so a cursor finds its place without a search.
 */
#include <string.h>

#include "client/client.h"

struct hr_waiting *hr_waiting_new(const struct hr_request *request, const char *bytes, size_t len) {
  struct hr_waiting *waiting = hr_alloc(sizeof(*waiting) + len);
  if (waiting == NULL) {
    return NULL;
  }
  waiting->next = waiting->prev = NULL;
  waiting->request = *request;
  waiting->error = NULL;
  waiting->node = -1;
  waiting->held_ms = 0;
  waiting->len = len;
  if (bytes != NULL) {
    memcpy(waiting->bytes, bytes, len);
  }
  return waiting;
}

void hr_waiting_free(struct hr_waiting *waiting) {
  if (waiting->error != NULL) {
    freeReplyObject(waiting->error);
  }
  hr_free(waiting);
}

/* after NULL: at the front. */
static void hr_pending_link(struct hr_pending *pending, struct hr_waiting *after,
                            struct hr_waiting *waiting) {
  waiting->prev = after;
  waiting->next = after != NULL ? after->next : pending->first;
  if (waiting->next != NULL) {
    waiting->next->prev = waiting;
  } else {
    pending->last = waiting;
  }
  if (after != NULL) {
    after->next = waiting;
  } else {
    pending->first = waiting;
  }
  pending->count++;
  pending->bytes += waiting->len;
}

void hr_pending_add(struct hr_pending *pending, struct hr_waiting *waiting) {
  hr_pending_link(pending, pending->last, waiting);
}

void hr_pending_back(struct hr_pending *pending, struct hr_waiting *waiting) {
  int64_t order = waiting->request.order;
  struct hr_waiting *after = pending->cursor;
  if (after != NULL && after->request.order > order) {
    after = NULL;
  }
  struct hr_waiting *next = after != NULL ? after->next : pending->first;
  for (; next != NULL && next->request.order < order; next = next->next) {
    after = next;
  }
  hr_pending_link(pending, after, waiting);
  pending->cursor = waiting;
}

void hr_pending_remove(struct hr_pending *pending, struct hr_waiting *waiting) {
  if (pending->cursor == waiting) {
    pending->cursor = waiting->prev;
  }
  if (waiting->prev != NULL) {
    waiting->prev->next = waiting->next;
  } else {
    pending->first = waiting->next;
  }
  if (waiting->next != NULL) {
    waiting->next->prev = waiting->prev;
  } else {
    pending->last = waiting->prev;
  }
  pending->count--;
  pending->bytes -= waiting->len;
}
