/*
 * The only way to memory. Tests count allocations and make the n-th fail.
 */
#ifndef HR_BASE_ALLOC_H
#define HR_BASE_ALLOC_H

#include <stddef.h>

void *hr_alloc(size_t size);            /* NULL when out of memory; contents undefined; malloc's */
void *hr_calloc(size_t count, size_t size);
void *hr_realloc(void *old, size_t size); /* old survives a failure */
void hr_free(void *memory);             /* NULL is allowed */
char *hr_strdup(const char *text);      /* text may be NULL: NULL */

/*
 * Test hook, process wide: called before each allocation; false makes it fail. NULL: none.
 */
typedef int hr_alloc_hook(void *state, size_t size);
void hr_alloc_set_hook(hr_alloc_hook *hook, void *state);

#endif
