/*
 * Many clients with many channels each, and many failovers under the same clients: how long until
 * all are ready again, what that costs the servers, and that nothing grows.
 */
#include <dirent.h>
#include <haredis/haredis.h>
#include <stdio.h>
#include <unistd.h>

#include "audience.h"
#include "cases.h"

static const struct group_plan three = {.nodes = 3};

static void add_listeners(struct run *r, int count, int each) {
  for (int i = 0; i < count; i++) {
    char many[32], base[32];
    snprintf(many, sizeof many, "many=%d", each);
    snprintf(base, sizeof base, "base=%d", each * i);
    const char *words[] = {many, base, NULL};
    crowd_add_program(&r->crowd, &r->group, "haredis-pubsub", words, 0);
  }
}

/* When the last of them was told SUBSCRIBED; -1: one was not. */
static int64_t all_subscribed(struct run *r, int count, int64_t after_us, int timeout_ms) {
  int64_t last_us = after_us;
  for (int i = 0; i < count; i++) {
    const struct writer *w = &r->crowd.writers[i];
    if (!audience_await_event(w, HAREDIS_EVENT_SUBSCRIBED, after_us, timeout_ms)) {
      run_break(r, "client %d was not subscribed again", i + 1);
      return -1;
    }
    int64_t at_us = audience_event(w, HAREDIS_EVENT_SUBSCRIBED, after_us, NULL);
    if (at_us > last_us) last_us = at_us;
  }
  return last_us;
}

/* ------------------------------------------------------------------- 100 000 channels -------- */

enum { CLIENTS = 50, EACH = 2000 };

/* Of those that run, since they were started. */
static int64_t servers_cpu_us(struct run *r) {
  double seconds = 0;
  for (int i = 0; i < r->group.count; i++) {
    char info[PROBE_INFO_MAX], text[32];
    if (!probe_info(&r->group.servers[i], info, sizeof info)) continue;
    static const char *const fields[] = {"used_cpu_sys", "used_cpu_user"};
    for (int k = 0; k < 2; k++) {
      double value = 0;
      info_text(info, fields[k], text, sizeof text);
      if (sscanf(text, "%lf", &value) == 1) seconds += value;
    }
  }
  return (int64_t)(seconds * 1e6);
}

static bool herd_hears(struct run *r, int clients, int each, int round) {
  int master = run_master(r);
  redisContext *c = master < 0 ? NULL : probe_connect(&r->group.servers[master], 10000);
  bool fine = c != NULL;
  for (int i = 0; fine && i < clients * each; i++) {
    fine = redisAppendCommand(c, "PUBLISH many.%05d %d", i, round) == REDIS_OK;
  }
  for (int i = 0; fine && i < clients * each; i++) {
    void *reply = NULL;
    fine = redisGetReply(c, &reply) == REDIS_OK;
    freeReplyObject(reply);
  }
  if (c != NULL) redisFree(c);
  if (!fine) run_break(r, "round %d could not be published", round);
  for (int i = 0; i < clients && fine; i++) {
    if (audience_await_round(&r->crowd.writers[i], (uint64_t)round, 20000)) continue;
    r->data_broken = true;
    run_break(r, "client %d has not heard round %d on every channel", i + 1, round);
  }
  return !r->broken;
}

/* kill -9 of the master, then of a replica: until the last one is ready. */
void case_herd(struct run *r) {
  run_group(r, &three);
  int64_t start_us = kit_now_us();
  add_listeners(r, CLIENTS, EACH);
  if (all_subscribed(r, CLIENTS, start_us, 30000) < 0 || !run_settled(r, 10000)) return;
  run_mark(r);
  if (!herd_hears(r, CLIENTS, EACH, 0)) return;
  int master = run_master(r);
  r->group.servers[master].stopped = true; /* what it used dies with it */
  int64_t cpu_us = servers_cpu_us(r);
  r->group.servers[master].stopped = false;
  run_kill(r, master);
  int64_t ready_us = all_subscribed(r, CLIENTS, r->at_us, 30000);
  if (ready_us < 0) return;
  r->gap_us = ready_us - r->at_us;
  if (!r->quick) {
    text_line("  kill -9 of the master: the last of %d ready after %lld ms; %lld ms of the "
              "servers' processors", CLIENTS, (long long)r->gap_us / 1000,
              (long long)(servers_cpu_us(r) - cpu_us) / 1000);
  }
  if (!herd_hears(r, CLIENTS, EACH, 1)) return;
  server_start(&r->group.servers[master]);
  if (!run_settled(r, 15000)) return;
  kit_sleep_ms(3000); /* half of them move to it */
  int port = 0, host = -1;
  if (audience_event(&r->crowd.writers[0], HAREDIS_EVENT_SUBSCRIBED, 0, &port) >= 0) {
    host = group_by_port(&r->group, port);
  }
  if (host < 0 || !herd_hears(r, CLIENTS, EACH, 2)) return;
  run_kill(r, host);
  kit_sleep_ms(3000);
  int64_t last_us = r->at_us;
  for (int i = 0; i < CLIENTS; i++) {
    int64_t at_us = audience_event(&r->crowd.writers[i], HAREDIS_EVENT_SUBSCRIBED, r->at_us, NULL);
    if (at_us > last_us) last_us = at_us;
  }
  r->extra_us = last_us - r->at_us;
  if (!herd_hears(r, CLIENTS, EACH, 3)) return;
  if (!crowd_end(&r->crowd)) run_break(r, "a client did not end in order");
  for (int i = 0; i < CLIENTS; i++) {
    const struct writer *w = &r->crowd.writers[i];
    for (size_t k = 0; k < w->count; k++) r->tally.duplicated += w->records[k].kind == RECORD_WRONG;
  }
  if (r->tally.duplicated > 0) {
    r->data_broken = true;
    run_break(r, "%lld messages twice or for somebody else", (long long)r->tally.duplicated);
  }
}

/* ------------------------------------------------------------------------- nothing grows ----- */

enum { WATCHED = 3, WATCHED_EACH = 2000, GROWN_KB = 512, SETTLE_MS = 700 };

struct size {
  long rss_kb;
  int descriptors;
};

static struct size size_of(pid_t pid) {
  char path[64];
  struct size size = {0};
  long whole = 0, resident = 0;
  snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
  FILE *f = fopen(path, "r");
  if (f != NULL && fscanf(f, "%ld %ld", &whole, &resident) == 2) {
    size.rss_kb = resident * sysconf(_SC_PAGESIZE) / 1024;
  }
  if (f != NULL) fclose(f);
  snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *dir = opendir(path);
  while (dir != NULL && readdir(dir) != NULL) size.descriptors++;
  if (dir != NULL) closedir(dir);
  return size;
}

static void fail_over(struct run *r, int round) {
  int master = run_master(r);
  if (master < 0) return;
  r->at_us = kit_now_us();
  if (round % 2 == 1) {
    struct asked asked = writers_ask(&r->group, "switchover", NULL, 0);
    if (!asked.done) run_break(r, "refused: %s", asked.text);
  } else {
    run_kill(r, master);
    if (all_subscribed(r, WATCHED, r->at_us, 15000) < 0) return;
    server_start(&r->group.servers[master]);
  }
  run_settled(r, 15000);
}

/* Thirty failovers under the same clients: as large behind the last ten as behind the first ten. */
void case_nothing_grows(struct run *r) {
  struct size first[WATCHED], last[WATCHED];
  int failovers = r->quick ? 6 : r->fault->parameter;
  run_group(r, &three);
  int64_t start_us = kit_now_us();
  add_listeners(r, WATCHED, WATCHED_EACH);
  if (all_subscribed(r, WATCHED, start_us, 30000) < 0 || !run_settled(r, 10000)) return;
  run_mark(r);
  for (int round = 0; round < failovers && !r->broken; round++) {
    fail_over(r, round);
    if (!r->broken && !herd_hears(r, WATCHED, WATCHED_EACH, round)) return;
    kit_sleep_ms(SETTLE_MS);
    for (int i = 0; i < WATCHED; i++) {
      last[i] = size_of(r->crowd.writers[i].pid);
      if (round == failovers / 3) first[i] = last[i];
    }
  }
  for (int i = 0; i < WATCHED && !r->broken; i++) {
    if (!r->quick) {
      text_line("  client %d: %ld KB and %d descriptors, at the end %ld KB and %d", i + 1,
                first[i].rss_kb, first[i].descriptors, last[i].rss_kb, last[i].descriptors);
    }
    if (last[i].descriptors > first[i].descriptors + 2) run_break(r, "descriptors grow");
    if (last[i].rss_kb > first[i].rss_kb + GROWN_KB) run_break(r, "memory grows");
  }
  if (!crowd_end(&r->crowd)) run_break(r, "a client did not end in order");
  r->promotions = group_promotions(&r->group) - r->promotions_before;
  run_expect_promotions(r, failovers);
}
