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

struct hr_lookup {
  struct hr_resolver *resolver;
  struct hr_lookup *next;   /* running or done; under the mutex */
  hr_resolve_fn *fn;        /* NULL: cancelled; under the mutex */
  void *owner;
  char *host;
  struct hr_resolved found; /* written by the thread before it is in the done list */
  char why[160];
};

struct hr_resolver {
  struct ev_loop *ev;
  ev_async async;
  size_t waiting;          /* lookups whose fn may still be called; the loop's thread only */
  pthread_mutex_t mutex;
  size_t holders;          /* the owner and each running thread; under the mutex */
  bool alive;              /* the loop may still be told; under the mutex */
  struct hr_lookup *running; /* each in its thread; under the mutex */
  struct hr_lookup *done;    /* oldest first; under the mutex */
};

bool hr_resolve_is_numeric(const char *host) {
  unsigned char address[sizeof(struct in6_addr)];
  return inet_pton(AF_INET, host, address) == 1 || strchr(host, ':') != NULL;
}

static void hr_lookup_free(struct hr_lookup *lookup) {
  hr_free(lookup->host);
  hr_free(lookup);
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
static bool hr_lookup_unlink(struct hr_lookup **list, struct hr_lookup *lookup) {
  while (*list != NULL && *list != lookup) {
    list = &(*list)->next;
  }
  if (*list == NULL) {
    return false;
  }
  *list = lookup->next;
  lookup->next = NULL;
  return true;
}

/* The same address comes once per socket type on some systems: AI hints ask for one type only. */
static void hr_lookup_collect(struct hr_lookup *lookup, const struct addrinfo *list) {
  struct hr_resolved *found = &lookup->found;
  for (; list != NULL && found->count < HR_RESOLVE_ADDRESSES_MAX; list = list->ai_next) {
    if (getnameinfo(list->ai_addr, list->ai_addrlen, found->text[found->count],
                    HR_RESOLVE_TEXT_MAX, NULL, 0, NI_NUMERICHOST) == 0) {
      found->count++;
    }
  }
}

static void *hr_lookup_run(void *arg) {
  struct hr_lookup *lookup = arg;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  int failed = getaddrinfo(lookup->host, NULL, &hints, &list);
  if (failed == 0) {
    hr_lookup_collect(lookup, list);
    freeaddrinfo(list);
  }
  if (lookup->found.count == 0) {
    const char *cause = gai_strerror(failed != 0 ? failed : EAI_NONAME);
    snprintf(lookup->why, sizeof(lookup->why), "the name does not resolve: %s", cause);
  }
  struct hr_resolver *resolver = lookup->resolver;
  pthread_mutex_lock(&resolver->mutex);
  hr_lookup_unlink(&resolver->running, lookup);
  if (!resolver->alive || lookup->fn == NULL) {
    hr_lookup_free(lookup);
  } else {
    struct hr_lookup **end = &resolver->done;
    assert(lookup->next == NULL);
    while (*end != NULL) {
      end = &(*end)->next;
    }
    *end = lookup;
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

static void hr_resolver_on_async(struct ev_loop *ev, ev_async *watcher, int events) {
  struct hr_resolver *resolver = watcher->data;
  (void)ev;
  (void)events;
  pthread_mutex_lock(&resolver->mutex);
  resolver->holders++; /* a callback may free the resolver */
  while (resolver->alive && resolver->done != NULL) {
    struct hr_lookup *lookup = resolver->done;
    resolver->done = lookup->next;
    pthread_mutex_unlock(&resolver->mutex);
    hr_resolver_one_less(resolver);
    lookup->fn(&lookup->found, lookup->why, lookup->owner);
    hr_lookup_free(lookup);
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
    struct hr_lookup *lookup = resolver->done;
    resolver->done = lookup->next;
    hr_lookup_free(lookup);
  }
  hr_resolver_let_go(resolver);
}

/* Signals belong to the application's threads. */
static int hr_lookup_spawn(struct hr_lookup *lookup) {
  sigset_t all, before;
  pthread_attr_t detached;
  pthread_t thread;
  if (pthread_attr_init(&detached) != 0) {
    return -1;
  }
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&thread, &detached, hr_lookup_run, lookup);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&detached);
  return failed == 0 ? 0 : -1;
}

/* A server of names may hang for long after its lookups were given up: whoever asks for the same
 * name again waits for the one under way, so that threads do not pile up. NULL: there is none. */
static struct hr_lookup *hr_lookup_adopt(struct hr_resolver *resolver, const char *host,
                                         hr_resolve_fn *fn, void *owner) {
  pthread_mutex_lock(&resolver->mutex);
  struct hr_lookup *lookup = resolver->running;
  while (lookup != NULL && (lookup->fn != NULL || strcmp(lookup->host, host) != 0)) {
    lookup = lookup->next;
  }
  if (lookup != NULL) {
    lookup->fn = fn;
    lookup->owner = owner;
  }
  pthread_mutex_unlock(&resolver->mutex);
  return lookup;
}

struct hr_lookup *hr_resolve_start(struct hr_resolver *resolver, const char *host,
                                   hr_resolve_fn *fn, void *owner) {
  assert(host != NULL && fn != NULL);
  struct hr_lookup *lookup = hr_lookup_adopt(resolver, host, fn, owner);
  if (lookup != NULL) {
    hr_resolver_one_more(resolver);
    return lookup;
  }
  lookup = hr_calloc(1, sizeof(*lookup));
  if (lookup == NULL || (lookup->host = hr_strdup(host)) == NULL) {
    hr_free(lookup);
    return NULL;
  }
  lookup->resolver = resolver;
  lookup->fn = fn;
  lookup->owner = owner;
  hr_resolver_one_more(resolver);
  pthread_mutex_lock(&resolver->mutex);
  resolver->holders++;
  lookup->next = resolver->running;
  resolver->running = lookup;
  pthread_mutex_unlock(&resolver->mutex);
  if (hr_lookup_spawn(lookup) != 0) {
    pthread_mutex_lock(&resolver->mutex);
    hr_lookup_unlink(&resolver->running, lookup);
    hr_resolver_let_go(resolver);
    hr_resolver_one_less(resolver);
    hr_lookup_free(lookup);
    return NULL;
  }
  return lookup;
}

void hr_resolve_cancel(struct hr_lookup *lookup) {
  struct hr_resolver *resolver = lookup->resolver;
  pthread_mutex_lock(&resolver->mutex);
  lookup->fn = NULL;
  if (hr_lookup_unlink(&resolver->done, lookup)) { /* answered, not yet told */
    hr_lookup_free(lookup);
  }
  pthread_mutex_unlock(&resolver->mutex);
  hr_resolver_one_less(resolver);
}
