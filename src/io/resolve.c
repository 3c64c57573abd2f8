/*
 * Lookups in threads. See resolve.h. What the threads touch is under the resolver's mutex, and the
 * resolver's memory stays until the last of them is through.
 */
#include "io/resolve.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ev.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

/* So old may a query be that another asker joins: its packets may have been lost in an outage that
 * is over, and the system's resolver repeats them after five seconds only. */
#define HR_RESOLVE_FRESH_S 1.0
/* So many may hang for one name; who comes then joins the youngest. */
#define HR_RESOLVE_THREADS_MAX 8

/* One asker. */
struct hr_lookup {
  struct hr_query *query;
  struct hr_lookup *next; /* who waits for the same; under the mutex */
  hr_resolve_fn *fn;
  void *owner;
};

/* One thread. */
struct hr_query {
  struct hr_resolver *resolver;
  struct hr_query *next;     /* running or done; under the mutex */
  struct hr_lookup *askers;  /* NULL: none is left; under the mutex, until it is told */
  double began;              /* by the loop's clock */
  char *host;
  struct hr_resolved found;  /* written by the thread before it is in the done list */
  char why[160];
};

struct hr_resolver {
  struct ev_loop *ev;
  ev_async async;
  size_t waiting;          /* lookups whose fn may still be called; the loop's thread only */
  pthread_mutex_t mutex;
  size_t holders;          /* the owner and each running thread; under the mutex */
  bool alive;              /* the loop may still be told; under the mutex */
  struct hr_query *running; /* each in its thread, youngest first; under the mutex */
  struct hr_query *done;    /* oldest first; under the mutex */
};

bool hr_resolve_is_numeric(const char *host) {
  unsigned char address[sizeof(struct in6_addr)];
  return inet_pton(AF_INET, host, address) == 1 || strchr(host, ':') != NULL;
}

/* With those who still wait for it; none of them is told. */
static void hr_query_free(struct hr_query *query) {
  while (query->askers != NULL) {
    struct hr_lookup *lookup = query->askers;
    query->askers = lookup->next;
    hr_free(lookup);
  }
  hr_free(query->host);
  hr_free(query);
}

/* With the mutex held; gives it back. */
static void hr_resolver_let_go(struct hr_resolver *resolver) {
  assert(resolver->holders > 0);
  resolver->holders--;
  bool last = resolver->holders == 0;
  pthread_mutex_unlock(&resolver->mutex);
  if (last) {
    pthread_mutex_destroy(&resolver->mutex);
    hr_free(resolver);
  }
}

/* With the mutex held. False: it is not in that list. */
static bool hr_query_unlink(struct hr_query **list, struct hr_query *query) {
  while (*list != NULL && *list != query) {
    list = &(*list)->next;
  }
  if (*list == NULL) {
    return false;
  }
  *list = query->next;
  query->next = NULL;
  return true;
}

/* The same address comes once per socket type on some systems: AI hints ask for one type only. */
static void hr_query_collect(struct hr_query *query, const struct addrinfo *list) {
  struct hr_resolved *found = &query->found;
  for (; list != NULL && found->count < HR_RESOLVE_ADDRESSES_MAX; list = list->ai_next) {
    if (getnameinfo(list->ai_addr, list->ai_addrlen, found->text[found->count],
                    HR_RESOLVE_TEXT_MAX, NULL, 0, NI_NUMERICHOST) == 0) {
      found->count++;
    }
  }
}

static void *hr_query_run(void *arg) {
  struct hr_query *query = arg;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  int failed = getaddrinfo(query->host, NULL, &hints, &list);
  if (failed == 0) {
    hr_query_collect(query, list);
    freeaddrinfo(list);
  }
  if (query->found.count == 0) {
    const char *cause = gai_strerror(failed != 0 ? failed : EAI_NONAME);
    snprintf(query->why, sizeof(query->why), "the name does not resolve: %s", cause);
  }
  struct hr_resolver *resolver = query->resolver;
  pthread_mutex_lock(&resolver->mutex);
  hr_query_unlink(&resolver->running, query);
  if (!resolver->alive || query->askers == NULL) {
    hr_query_free(query);
  } else {
    struct hr_query **end = &resolver->done;
    while (*end != NULL) {
      end = &(*end)->next;
    }
    *end = query;
    ev_async_send(resolver->ev, &resolver->async);
  }
  hr_resolver_let_go(resolver);
  return NULL;
}

static void hr_resolver_one_more(struct hr_resolver *resolver) {
  if (resolver->waiting == 0) {
    ev_async_start(resolver->ev, &resolver->async);
  }
  resolver->waiting++;
}

static void hr_resolver_one_less(struct hr_resolver *resolver) {
  assert(resolver->waiting > 0);
  resolver->waiting--;
  if (resolver->waiting == 0) { /* an idle resolver does not keep ev_run going */
    ev_async_stop(resolver->ev, &resolver->async);
  }
}

/* Tell everybody who waits. A callback may give up the others, or free the resolver. */
static void hr_query_tell(struct hr_query *query) {
  struct hr_resolver *resolver = query->resolver;
  while (resolver->alive && query->askers != NULL) {
    struct hr_lookup *lookup = query->askers;
    query->askers = lookup->next;
    hr_resolver_one_less(resolver);
    lookup->fn(&query->found, query->why, lookup->owner);
    hr_free(lookup);
  }
  hr_query_free(query);
}

static void hr_resolver_on_async(struct ev_loop *ev, ev_async *watcher, int events) {
  struct hr_resolver *resolver = watcher->data;
  (void)ev;
  (void)events;
  pthread_mutex_lock(&resolver->mutex);
  resolver->holders++; /* a callback may free the resolver */
  while (resolver->alive && resolver->done != NULL) {
    struct hr_query *query = resolver->done;
    resolver->done = query->next;
    pthread_mutex_unlock(&resolver->mutex);
    hr_query_tell(query);
    pthread_mutex_lock(&resolver->mutex);
  }
  hr_resolver_let_go(resolver);
}

struct hr_resolver *hr_resolver_new(struct ev_loop *ev) {
  struct hr_resolver *resolver = hr_calloc(1, sizeof(*resolver));
  if (resolver == NULL) {
    return NULL;
  }
  if (pthread_mutex_init(&resolver->mutex, NULL) != 0) {
    hr_free(resolver);
    return NULL;
  }
  resolver->ev = ev;
  resolver->holders = 1;
  resolver->alive = true;
  ev_async_init(&resolver->async, hr_resolver_on_async);
  resolver->async.data = resolver;
  return resolver;
}

void hr_resolver_free(struct hr_resolver *resolver) {
  if (resolver == NULL) {
    return;
  }
  pthread_mutex_lock(&resolver->mutex);
  resolver->alive = false;
  ev_async_stop(resolver->ev, &resolver->async);
  while (resolver->done != NULL) {
    struct hr_query *query = resolver->done;
    resolver->done = query->next;
    hr_query_free(query);
  }
  hr_resolver_let_go(resolver);
}

/* Signals belong to the application's threads. */
static int hr_query_spawn(struct hr_query *query) {
  sigset_t all, before;
  pthread_attr_t detached;
  pthread_t thread;
  if (pthread_attr_init(&detached) != 0) {
    return -1;
  }
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&thread, &detached, hr_query_run, query);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&detached);
  return failed == 0 ? 0 : -1;
}

/* With the mutex held. NULL: no memory or no thread. */
static struct hr_query *hr_query_begin(struct hr_resolver *resolver, const char *host) {
  struct hr_query *query = hr_calloc(1, sizeof(*query));
  if (query == NULL || (query->host = hr_strdup(host)) == NULL) {
    hr_free(query);
    return NULL;
  }
  query->resolver = resolver;
  query->began = ev_now(resolver->ev);
  if (hr_query_spawn(query) != 0) {
    hr_query_free(query);
    return NULL;
  }
  resolver->holders++;
  query->next = resolver->running;
  resolver->running = query;
  return query;
}

/* With the mutex held. A server of names may hang for long after its lookups were given up: whoever
 * asks for the same name joins the query under way, so that threads do not pile up. NULL: a new one
 * is due. */
static struct hr_query *hr_query_join(const struct hr_resolver *resolver, const char *host) {
  struct hr_query *youngest = NULL;
  size_t count = 0;
  for (struct hr_query *query = resolver->running; query != NULL; query = query->next) {
    if (strcmp(query->host, host) == 0) {
      youngest = youngest != NULL ? youngest : query;
      count++;
    }
  }
  bool fresh = youngest != NULL && ev_now(resolver->ev) - youngest->began < HR_RESOLVE_FRESH_S;
  return fresh || count >= HR_RESOLVE_THREADS_MAX ? youngest : NULL;
}

struct hr_lookup *hr_resolve_start(struct hr_resolver *resolver, const char *host,
                                   hr_resolve_fn *fn, void *owner) {
  assert(host != NULL && fn != NULL);
  struct hr_lookup *lookup = hr_calloc(1, sizeof(*lookup));
  if (lookup == NULL) {
    return NULL;
  }
  pthread_mutex_lock(&resolver->mutex);
  struct hr_query *query = hr_query_join(resolver, host);
  if (query == NULL) {
    query = hr_query_begin(resolver, host);
  }
  if (query != NULL) {
    *lookup = (struct hr_lookup){.query = query, .next = query->askers, .fn = fn, .owner = owner};
    query->askers = lookup;
    hr_resolver_one_more(resolver); /* before the thread can tell: what is told to nobody is lost */
  }
  pthread_mutex_unlock(&resolver->mutex);
  if (query == NULL) {
    hr_free(lookup);
    return NULL;
  }
  return lookup;
}

void hr_resolve_cancel(struct hr_lookup *lookup) {
  struct hr_query *query = lookup->query;
  struct hr_resolver *resolver = query->resolver;
  pthread_mutex_lock(&resolver->mutex);
  struct hr_lookup **at = &query->askers;
  while (*at != lookup) {
    at = &(*at)->next;
  }
  *at = lookup->next;
  if (query->askers == NULL && hr_query_unlink(&resolver->done, query)) { /* not yet told */
    hr_query_free(query);
  }
  pthread_mutex_unlock(&resolver->mutex);
  hr_free(lookup);
  hr_resolver_one_less(resolver);
}
