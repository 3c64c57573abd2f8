/* Processes of haredis-herd and what they have written down. */
#include "herd.h"

#include <haredis/haredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "record.h"

enum { FOUNDED_MS = 500 }; /* the first clients make the group, the others join it */
enum { POLL_MS = 100 }; /* seldom: the machine is the servers' and the clients' too */

void herd_start(struct herd *h, const struct group *g, int clients, int processes, int rate,
                const char *const *options) {
  memset(h, 0, sizeof *h);
  h->clients = clients;
  if (processes > clients) processes = clients;
  for (int i = 0; i < processes; i++) {
    int from = clients * i / processes, until = clients * (i + 1) / processes;
    char count[32], first[32], pace[32];
    snprintf(count, sizeof count, "clients=%d", until - from);
    snprintf(first, sizeof first, "first=%d", from + 1);
    snprintf(pace, sizeof pace, "rate=%d", rate);
    const char *words[16] = {count, first, pace, "queue_max=1000"};
    for (int k = 0; options != NULL && options[k] != NULL && k < 11; k++) words[4 + k] = options[k];
    crowd_add_program(&h->crowd, g, "haredis-herd", words, 0);
    if (i == 0) kit_sleep_ms(FOUNDED_MS);
  }
}

/* For every record of every process. */
static void each_record(const struct herd *h,
                        void (*look)(const struct record *record, void *data), void *data) {
  for (int i = 0; i < h->crowd.count; i++) {
    size_t count;
    struct record *all = record_load(h->crowd.writers[i].records_path, &count);
    for (size_t k = 0; k < count; k++) look(&all[k], data);
    free(all);
  }
}

struct seen {
  int clients;
  int64_t after_us;
  int64_t *at_us; /* [client]: what is looked for, -1: not yet */
  bool *changed;  /* [client] */
};

static int client_of(const struct seen *seen, const struct record *record) {
  bool ours = record->id >= 1 && record->id <= (uint64_t)seen->clients;
  return ours ? (int)record->id - 1 : -1;
}

static void look_ready(const struct record *record, void *data) {
  struct seen *seen = data;
  int client = client_of(seen, record);
  if (record->kind != RECORD_EVENT || record->at_us <= seen->after_us || client < 0) return;
  if (record->code == HAREDIS_EVENT_READY) seen->at_us[client] = record->at_us;
}

static void look_change(const struct record *record, void *data) {
  struct seen *seen = data;
  int client = client_of(seen, record);
  if (record->at_us <= seen->after_us || client < 0 || seen->at_us[client] >= 0) return;
  if (record->kind == RECORD_EVENT && record->code == HAREDIS_EVENT_MASTER_CHANGED) {
    seen->changed[client] = true;
  }
  if (record->kind != RECORD_WRITE || record->code != RECORD_ACKED) return;
  if (seen->changed[client]) seen->at_us[client] = record->at_us;
}

static int missing(struct herd *h, struct seen *seen,
                   void (*look)(const struct record *record, void *data)) {
  for (int i = 0; i < h->clients; i++) seen->at_us[i] = -1;
  memset(seen->changed, 0, (size_t)h->clients * sizeof *seen->changed);
  each_record(h, look, seen);
  int count = 0;
  for (int i = 0; i < h->clients; i++) count += seen->at_us[i] < 0;
  return count;
}

static bool await(struct herd *h, int64_t after_us, int timeout_ms, int64_t *at_us,
                  void (*look)(const struct record *record, void *data)) {
  struct seen seen = {h->clients, after_us, at_us, calloc((size_t)h->clients, sizeof(bool))};
  if (seen.changed == NULL) kit_die("out of memory");
  int64_t end_us = kit_now_us() + (int64_t)timeout_ms * 1000;
  bool late = false;
  while (missing(h, &seen, look) > 0 && !late) {
    kit_sleep_ms(POLL_MS);
    late = kit_now_us() > end_us;
  }
  free(seen.changed);
  return !late;
}

bool herd_await_ready(struct herd *h, int64_t after_us, int timeout_ms) {
  int64_t *at_us = calloc((size_t)h->clients, sizeof *at_us);
  if (at_us == NULL) kit_die("out of memory");
  bool all = await(h, after_us, timeout_ms, at_us, look_ready);
  free(at_us);
  return all;
}

void herd_write(struct herd *h) {
  for (int i = 0; i < h->crowd.count; i++) kit_signal(h->crowd.writers[i].pid, SIGUSR1);
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

bool herd_await_change(struct herd *h, int64_t since_us, int timeout_ms, int64_t *gaps) {
  bool all = await(h, since_us, timeout_ms, gaps, look_change);
  for (int i = 0; i < h->clients; i++) gaps[i] -= since_us;
  qsort(gaps, (size_t)h->clients, sizeof *gaps, compare);
  return all;
}

void herd_end(struct herd *h) {
  if (!crowd_end(&h->crowd)) kit_die("a process of the herd did not end in order");
  crowd_free(&h->crowd);
}
