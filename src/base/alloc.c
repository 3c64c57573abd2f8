/*
 * The only file of the pure layers that calls malloc. What it hands out is malloc's, so that a
 * reply built here can be freed by a hiredis that frees with free().
 */
#include "base/alloc.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static hr_alloc_hook *alloc_hook;
static void *alloc_hook_state;

static int hr_alloc_refused(size_t size) {
  assert(size > 0);
  return alloc_hook != NULL && !alloc_hook(alloc_hook_state, size);
}

void *hr_alloc(size_t size) {
  assert(size > 0);
  return hr_alloc_refused(size) ? NULL : malloc(size);
}

void *hr_calloc(size_t count, size_t size) {
  assert(count > 0 && size > 0);
  if (count > SIZE_MAX / size || hr_alloc_refused(count * size)) {
    return NULL;
  }
  return calloc(count, size);
}

void *hr_realloc(void *old, size_t size) {
  assert(size > 0);
  return hr_alloc_refused(size) ? NULL : realloc(old, size);
}

void hr_free(void *memory) {
  assert((uintptr_t)memory % sizeof(void *) == 0); /* whatever malloc gave is aligned */
  free(memory);
}

char *hr_strdup(const char *text) {
  if (text == NULL) {
    return NULL;
  }
  size_t size = strlen(text) + 1;
  assert(size > 0);
  char *copy = hr_alloc(size);
  if (copy != NULL) {
    memcpy(copy, text, size);
  }
  return copy;
}

void hr_alloc_set_hook(hr_alloc_hook *hook, void *state) {
  assert(hook != NULL || state == NULL);
  alloc_hook = hook;
  alloc_hook_state = state;
}
