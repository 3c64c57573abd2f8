/*
 * The slow half of the byte FIFO: growing and compacting. It knows nothing of what the bytes mean.
 */
#include "base/buffer.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define HR_BUFFER_FIRST 512

void hr_buffer_compact(struct hr_buffer *buffer) {
  assert(buffer->head <= buffer->tail && buffer->tail <= buffer->capacity);
  if (buffer->head == 0) {
    return;
  }
  size_t len = hr_buffer_len(buffer);
  memmove(buffer->data, buffer->data + buffer->head, len);
  buffer->head = 0;
  buffer->tail = len;
}

char *hr_buffer_reserve_slow(struct hr_buffer *buffer, size_t len) {
  size_t used = hr_buffer_len(buffer);
  assert(buffer->tail <= buffer->capacity);
  /* Moving is worth it only when it frees at least as much as it copies. */
  if (buffer->data != NULL && buffer->head >= used && len <= buffer->capacity - used) {
    hr_buffer_compact(buffer);
    return buffer->data + buffer->tail;
  }
  if (len > SIZE_MAX / 4 - used) {
    return NULL;
  }
  size_t capacity = buffer->capacity != 0 ? buffer->capacity : HR_BUFFER_FIRST;
  while (capacity < used + len || capacity < 2 * used) {
    capacity *= 2;
  }
  char *data = hr_alloc(capacity);
  if (data == NULL) {
    return NULL;
  }
  if (used > 0) {
    memcpy(data, hr_buffer_head(buffer), used);
  }
  hr_free(buffer->data);
  *buffer = (struct hr_buffer){.data = data, .tail = used, .capacity = capacity};
  return data + used;
}

int hr_buffer_append(struct hr_buffer *buffer, const void *bytes, size_t len) {
  assert(bytes != NULL || len == 0);
  char *at = hr_buffer_reserve(buffer, len);
  if (at == NULL) {
    return -1;
  }
  if (len > 0) {
    memcpy(at, bytes, len);
  }
  hr_buffer_commit(buffer, len);
  return 0;
}

void hr_buffer_adopt(struct hr_buffer *buffer, char *block, size_t capacity) {
  assert(buffer->data == NULL && block != NULL);
  *buffer = (struct hr_buffer){.data = block, .capacity = capacity};
}

char *hr_buffer_detach(struct hr_buffer *buffer, size_t *capacity) {
  assert(buffer != NULL && capacity != NULL);
  char *data = buffer->data;
  *capacity = buffer->capacity;
  *buffer = (struct hr_buffer){0};
  return data;
}

void hr_buffer_free(struct hr_buffer *buffer) {
  assert(buffer != NULL);
  hr_free(buffer->data);
  *buffer = (struct hr_buffer){0};
}
