/*
 * An application of the soak: one client of the library that uses everything at once, and a page
 * where it writes down what it was told. Here: the frame, events, and what it hears.
 *
 *   haredis-soak page=FILE slot=N [blocking=1] nodes=... [option=value ...]
 *
 * It works until the page wants it to pause; paused it has nothing under way. SOAK_END: it ends in
 * order.
 */
#include "soak_app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 5, LOOK_EVERY = 40, CHURN_EVERY = 200, BLOCK_MS = 40 };

struct soak_app soak;

static struct {
  ev_timer timer;
  haredis_subscription *churn; /* comes and goes */
  uint64_t ticks;
  bool blocking;
  bool closed;
} frame;

static char channel_word[] = "soak:news";
static char pattern_word[] = "soak:n*";

int64_t soak_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t wall_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void soak_wrong(uint32_t *count, const char *format, ...) {
  va_list ap;
  (*count)++;
  if (soak.page->first[0]) return;
  va_start(ap, format);
  vsnprintf(soak.page->first, sizeof soak.page->first, format, ap);
  va_end(ap);
}

const char *soak_key(uint64_t serial, const char *name) {
  static char keys[4][64];
  static unsigned next;
  char *key = keys[next++ % 4];
  snprintf(key, sizeof keys[0], "soak:%d:%llu:%s", soak.slot, (unsigned long long)serial, name);
  return key;
}

/* ------------------------------------------------------------------------------ listening ---- */

static void late_put(uint32_t slot, uint64_t serial, uint32_t id) {
  struct soak_page *page = soak.page;
  if (page->late_count == SOAK_LIST) return;
  page->late[page->late_count++] = (struct soak_late){.slot = slot, .serial = serial, .id = id};
}

/* "<slot> <serial> <id>": each once, in the order of its publisher. */
static void on_message(haredis_client *c, const struct haredis_message *m, void *data) {
  int handle = m->kind == HAREDIS_PATTERN;
  char *rest;
  (void)c;
  unsigned long slot = strtoul(m->payload, &rest, 10);
  unsigned long long serial = strtoull(rest, &rest, 10);
  unsigned long long id = strtoull(rest, &rest, 10);
  if (data != (handle ? pattern_word : channel_word) || *rest != '\0' || slot >= SOAK_SLOTS ||
      serial == 0 || id == 0 || id >= SOAK_WRITES) {
    soak_wrong(&soak.page->foreign, "a message that nobody sent: %.80s", m->payload);
    return;
  }
  struct soak_heard *heard = &soak.page->heard[slot];
  if (serial < heard->serial) return; /* of a process that was killed: from a server that hung */
  if (serial > heard->serial) {
    memset(heard, 0, sizeof *heard);
    heard->serial = serial;
  }
  uint8_t *byte = &heard->heard[handle][id / 8], bit = (uint8_t)(1u << id % 8);
  if (*byte & bit) {
    soak_wrong(&soak.page->repeated, "message %llu of application %lu twice by handle %d", id,
               slot + 1, handle);
  }
  *byte |= bit;
  if (id > heard->last[handle]) heard->last[handle] = id;
  else late_put((uint32_t)slot, serial, (uint32_t)id);
}

static void on_churn(haredis_client *c, const struct haredis_message *m, void *data) {
  (void)c;
  (void)m;
  (void)data;
}

static void churn(void) {
  static int turn;
  if (frame.churn) {
    haredis_unsubscribe(frame.churn);
    frame.churn = NULL;
    return;
  }
  turn++;
  frame.churn = turn % 3 == 0   ? haredis_ssubscribe(soak.client, "soak:churn", on_churn, NULL)
                : turn % 3 == 1 ? haredis_subscribe(soak.client, "soak:churn", on_churn, NULL)
                                : haredis_psubscribe(soak.client, "soak:c*", on_churn, NULL);
}

/* --------------------------------------------------------------------------------- events ---- */

static void gap_put(const struct haredis_event *event) {
  int64_t shift_us = wall_now_us() - soak_now_us();
  uint32_t i = soak.page->gap_count;
  if (i == SOAK_LIST) return;
  soak.page->gaps[i].from_us = event->gap_from_ms * 1000 - shift_us;
  soak.page->gaps[i].until_us = (event->gap_until_ms + 1) * 1000 - shift_us;
  soak.page->gap_count++;
}

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  switch (event->kind) {
  case HAREDIS_EVENT_MASTER_CHANGED:
    soak.page->masters++;
    if (soak.pause_from_us == 0) soak.pause_from_us = soak.acked_us;
    break;
  case HAREDIS_EVENT_DIVERGED:
    soak.page->diverged += (uint64_t)event->count;
    break;
  case HAREDIS_EVENT_SUBSCRIBED:
    if (soak.page->listening_us == 0) soak.page->listening_us = soak_now_us();
    break;
  case HAREDIS_EVENT_SUBSCRIPTION_GAP:
    gap_put(event);
    break;
  case HAREDIS_EVENT_CLOSED:
    frame.closed = true;
    if (soak.loop) ev_break(soak.loop, EVBREAK_ALL);
    break;
  default:
    break;
  }
}

/* Where the last one was read: for the words about one that should not be. */
static void on_span(haredis_client *c, const struct haredis_span *span, void *user) {
  (void)c;
  (void)user;
  bool get = span->command_len == 3 && memcmp(span->command, "GET", 3) == 0;
  if (!get) return;
  snprintf(soak.read_at, sizeof soak.read_at, "%.60s, attempt %d, queued %lld us, answered in %lld",
           span->node ? span->node : "nowhere", span->attempts, (long long)span->queued_us,
           (long long)span->network_us);
}

static void look_at_topology(void) {
  haredis_topology *t = haredis_topology_ref(soak.client);
  if (t == NULL) return;
  int master = haredis_topology_master(t);
  const struct haredis_node *node =
      master < 0 ? NULL : haredis_topology_node(t, (size_t)master);
  const char *colon = node ? strrchr(node->name, ':') : NULL;
  soak.page->master_port = colon ? (int32_t)strtol(colon + 1, NULL, 10) : 0;
  soak.page->writable = haredis_topology_writable(t);
  haredis_topology_unref(t);
}

/* --------------------------------------------------------------------------------- phases ---- */

static void phase_begin(uint64_t serial, bool first) {
  struct soak_page *page = soak.page;
  uint64_t before = page->serial;
  page->serial = serial;
  page->pause_count = page->gap_count = page->late_count = 0;
  page->popped_again = page->diverged = 0;
  page->longest_us = 0;
  page->called_twice = page->stale = page->from_nowhere = page->repeated = page->foreign = 0;
  page->first[0] = '\0';
  memset(page->lanes, 0, sizeof page->lanes);
  memset(page->codes, 0, sizeof page->codes);
  memset(page->writes, 0, sizeof page->writes);
  if (!first) page->listening_us = soak_now_us();
  soak.acked_us = 0;
  soak.pause_from_us = 0;
  lanes_begin();
  if (!first) lanes_drop(before, 8);
  soak.working = true;
  page->state = SOAK_RUNS;
}

/* False: it is to end. */
static bool obey(void) {
  struct soak_page *page = soak.page;
  int wanted = page->wanted;
  if (wanted == SOAK_END) return false;
  if (wanted == SOAK_PAUSE) {
    soak.working = false;
    if (page->pending == 0 && page->state == SOAK_RUNS) page->state = SOAK_PAUSED;
  } else if (page->state != SOAK_RUNS || page->wanted_serial > page->serial) {
    phase_begin(page->wanted_serial, page->state == SOAK_STARTS);
  }
  frame.ticks++;
  if (frame.ticks % LOOK_EVERY == 0) look_at_topology();
  if (frame.ticks % CHURN_EVERY == 0 && soak.working) churn();
  return true;
}

static void on_tick(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)events;
  if (!obey()) {
    ev_timer_stop(soak.loop, timer);
    lanes_end();
    haredis_disconnect(soak.client);
    return;
  }
  if (soak.working) lanes_tick();
}

static void run_blocking(void) {
  while (obey()) {
    if (soak.working) lanes_block();
    haredis_run(soak.client, BLOCK_MS);
    if (frame.ticks % 8 == 0) look_at_topology();
  }
  lanes_end();
  haredis_disconnect(soak.client);
}

static void run_async(void) {
  ev_timer_init(&frame.timer, on_tick, 0, TICK_MS / 1000.);
  ev_timer_start(soak.loop, &frame.timer);
  ev_run(soak.loop, 0);
  ev_loop_destroy(soak.loop);
}

/* ----------------------------------------------------------------------------------- main ---- */

static void usage(const char *why) {
  fprintf(stderr, "haredis-soak: %s\nusage: haredis-soak page=FILE slot=N [blocking=1] nodes=... "
          "[option=value ...]\n", why);
  exit(2);
}

static void page_open(const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) usage("the page cannot be opened");
  soak.page = mmap(NULL, sizeof *soak.page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (soak.page == MAP_FAILED) usage("the page cannot be mapped");
  close(fd);
}

static void option(haredis_options *o, char *word) {
  char why[256], *equals = strchr(word, '=');
  if (equals == NULL) {
    usage("an argument without '='");
    return;
  }
  *equals = '\0';
  const char *value = equals + 1;
  if (strcmp(word, "page") == 0) page_open(value);
  else if (strcmp(word, "slot") == 0) soak.slot = (int)strtol(value, NULL, 10);
  else if (strcmp(word, "blocking") == 0) frame.blocking = strcmp(value, "1") == 0;
  else if (haredis_options_set(o, word, value, why, sizeof why) != HAREDIS_OK) usage(why);
}

int main(int argc, char **argv) {
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  options.on_span = on_span;
  options.read_own_writes = 1;
  for (int i = 1; i < argc; i++) option(&options, argv[i]);
  if (soak.page == NULL || soak.slot < 0 || soak.slot >= SOAK_SLOTS) usage("no page or no slot");
  soak.loop = frame.blocking ? NULL : ev_loop_new(EVFLAG_AUTO);
  soak.client = frame.blocking ? haredis_connect(&options)
                               : haredis_async_connect(soak.loop, &options);
  if (soak.client == NULL || haredis_err(soak.client) != HAREDIS_OK) {
    usage(haredis_errstr(soak.client));
  }
  haredis_subscribe(soak.client, channel_word, on_message, channel_word);
  haredis_psubscribe(soak.client, pattern_word, on_message, pattern_word);
  if (frame.blocking) run_blocking();
  else run_async();
  return frame.closed ? 0 : 1;
}
