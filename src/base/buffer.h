/*
 * A byte FIFO: appended at the tail, consumed at the head, contiguous. Bytes move only when the
 * tail meets the end, and then only if that frees half of the block: each byte is copied O(1)
 * times. The block's memory may come from elsewhere (a pool): see adopt and detach.
 */
#ifndef HR_BASE_BUFFER_H
#define HR_BASE_BUFFER_H

#include <stddef.h>

struct hr_buffer {
  char *data;      /* NULL: no block yet */
  size_t head;     /* first byte not consumed */
  size_t tail;     /* one past the last byte */
  size_t capacity;
};

static inline size_t hr_buffer_len(const struct hr_buffer *buffer) {
  return buffer->tail - buffer->head;
}

static inline char *hr_buffer_head(const struct hr_buffer *buffer) {
  return buffer->data + buffer->head;
}

/* Room for `len` more bytes at the tail; NULL: out of memory, nothing changed. Pointers into the
 * buffer die. What was written there counts after hr_buffer_commit. */
char *hr_buffer_reserve_slow(struct hr_buffer *buffer, size_t len);

static inline char *hr_buffer_reserve(struct hr_buffer *buffer, size_t len) {
  if (len <= buffer->capacity - buffer->tail && buffer->data != NULL) {
    return buffer->data + buffer->tail;
  }
  return hr_buffer_reserve_slow(buffer, len);
}

static inline void hr_buffer_commit(struct hr_buffer *buffer, size_t len) {
  buffer->tail += len;
}

/* len <= hr_buffer_len() */
static inline void hr_buffer_consume(struct hr_buffer *buffer, size_t len) {
  buffer->head += len;
  if (buffer->head == buffer->tail) {
    buffer->head = buffer->tail = 0;
  }
}

int hr_buffer_append(struct hr_buffer *buffer, const void *bytes, size_t len); /* -1: no memory */
void hr_buffer_compact(struct hr_buffer *buffer); /* the head moves to the front of the block */
/* Use `block` of hr_alloc memory. Only when the buffer has none. */
void hr_buffer_adopt(struct hr_buffer *buffer, char *block, size_t capacity);
/* Give the block away (or NULL), whatever is in it; the buffer is empty and has none. */
char *hr_buffer_detach(struct hr_buffer *buffer, size_t *capacity);
void hr_buffer_free(struct hr_buffer *buffer);

#endif
