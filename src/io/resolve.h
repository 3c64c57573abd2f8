/*
 * Names to addresses without stopping the loop: a thread per query, its answer comes through
 * ev_async. Must not know what the addresses are for.
 *
 *   start ──▶ query: getaddrinfo ──▶ done list ──ev_async──▶ fn of each who asked
 *     │ └ resolver freed: the thread finishes alone and its answer is dropped
 *     └ cancel: the same, unless that name is asked for again meanwhile
 *
 * Who asks for a name joins the query that is under way, if it is less than a second old: one whose
 * packets were lost is not waited for when the network is back. A few may hang for one name.
 */
#ifndef HR_IO_RESOLVE_H
#define HR_IO_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#define HR_RESOLVE_ADDRESSES_MAX 8
#define HR_RESOLVE_TEXT_MAX 80 /* numeric, with an IPv6 scope */

struct ev_loop;
struct hr_resolver;
struct hr_lookup;

struct hr_resolved {
  size_t count;
  char text[HR_RESOLVE_ADDRESSES_MAX][HR_RESOLVE_TEXT_MAX];
};

/* found->count == 0: why says so. Both are borrowed. The lookup is over: do not cancel it. */
typedef void hr_resolve_fn(const struct hr_resolved *found, const char *why, void *owner);

struct hr_resolver *hr_resolver_new(struct ev_loop *ev); /* NULL: out of memory */
void hr_resolver_free(struct hr_resolver *resolver);     /* drops all lookups; NULL is allowed */

/* NULL: no memory or no thread. fn is never called before this returns. */
struct hr_lookup *hr_resolve_start(struct hr_resolver *resolver, const char *host,
                                   hr_resolve_fn *fn, void *owner);
void hr_resolve_cancel(struct hr_lookup *lookup); /* fn will not be called */

bool hr_resolve_is_numeric(const char *host);

#endif
