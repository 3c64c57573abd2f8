/*
 * Reads from replicas: one application raises a number with SET and reads it a thousand times a
 * second. What a server was asked is what its own statistics say.
 *
 * CLIENT PAUSE WRITE on a replica holds its replication stream back while it answers reads: linked,
 * healthy by every word of its own, and stale.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <haredis/haredis.h>

#include "cases.h"

enum { WARM_READS = 100, PAUSE_MS = 900, LOOK_MS = 300, NEAR_MS = 500 };
/* down_after_ms, a heartbeat until it is looked at, and what a busy machine needs; the deadline is
 * 5000 ms. */
enum { DOWN_MS = 1000, HANG_MS = 1500, TIMEOUT_MS = 500, LATE_MS = 150 };

static const struct group_plan three = {.nodes = 3};
/* A synchronisation takes two seconds, so that there is time to be wrong. */
static const struct group_plan slow_sync = {
    .nodes = 3, .extra = "repl-diskless-sync yes\nrepl-diskless-sync-delay 2\n"};

/* How many GETRANGEs it has run; -1: it does not say. */
static int64_t reads_of(struct run *r, int server) {
  static char text[PROBE_INFO_MAX];
  probe_text(&r->group.servers[server], text, sizeof text, "INFO commandstats");
  const char *at = strstr(text, "cmdstat_getrange:calls=");
  if (at != NULL) return strtoll(at + strlen("cmdstat_getrange:calls="), NULL, 10);
  return text[0] != '\0' ? 0 : -1;
}

static bool await_reads(struct run *r, int server, int64_t more, int timeout_ms) {
  int64_t before = reads_of(r, server), end = kit_now_us() + (int64_t)timeout_ms * 1000;
  while (reads_of(r, server) < before + more) {
    if (kit_now_us() > end) {
      run_break(r, "%s was not read within %d ms", r->group.servers[server].name, timeout_ms);
      return false;
    }
    kit_sleep_ms(5);
  }
  return true;
}

/* Reads and writes; every replica is read. Fills the indexes of master and replicas. */
static bool begin(struct run *r, const struct group_plan *plan, const char *const *words,
                  int *master, int replicas[2]) {
  run_group(r, plan);
  crowd_add_program(&r->crowd, &r->group, "haredis-reads", words, 0);
  if (!crowd_await(&r->crowd, 0, kit_now_us(), 15000)) {
    run_break(r, "the application does not write");
    return false;
  }
  if (!run_settled(r, 15000)) return false;
  *master = run_master(r);
  if (*master < 0) return false;
  for (int i = 0, k = 0; i < r->group.count; i++) {
    if (i == *master) continue;
    replicas[k++] = i;
    if (!await_reads(r, i, WARM_READS, 5000)) return false;
  }
  run_mark(r);
  return true;
}

/* No read failed, none that is judged was stale. The longest pause between two answers that the
 * deed may have caused. */
static void judge(struct run *r, bool own_writes) {
  if (!crowd_end(&r->crowd)) run_break(r, "the application did not end in order");
  const struct writer *w = &r->crowd.writers[0];
  int64_t last_us = -1, stale = 0, reads = 0, code = 0;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *k = &w->records[i];
    if (k->kind != RECORD_READ && k->kind != RECORD_STALE) continue;
    reads++;
    stale += k->kind == RECORD_STALE;
    if (k->code != RECORD_ACKED) {
      r->tally.failed++;
      code = k->code;
    }
    bool near = k->at_us > r->at_us && last_us < r->at_us + NEAR_MS * 1000;
    if (last_us >= 0 && k->at_us - last_us > r->gap_us && near) {
      r->gap_us = k->at_us - last_us;
    }
    last_us = k->at_us;
  }
  r->tally.acked = reads;
  if (reads < WARM_READS) run_break(r, "only %lld reads", (long long)reads);
  if (r->tally.failed > 0) {
    run_break(r, "%lld reads failed, the last with code %lld", (long long)r->tally.failed,
              (long long)code);
  }
  if (own_writes && stale > 0) {
    r->data_broken = true;
    run_break(r, "%lld reads lacked an acknowledged write of their own client", (long long)stale);
  }
}

/* The replica that is read dies: nobody notices. It comes back sealed, then synchronises, and is
 * not read before that is over. */
void case_reads_kill_replica(struct run *r) {
  const char *words[] = {"read_from=prefer_replica", NULL};
  int master, replicas[2];
  if (!begin(r, &slow_sync, words, &master, replicas)) return;
  run_kill(r, replicas[0]);
  if (!await_reads(r, replicas[1], WARM_READS, 2000)) return;
  struct server *back = &r->group.servers[replicas[0]];
  server_start(back);
  bool early = true;
  for (int64_t end = kit_now_us() + 10 * 1000000; early && kit_now_us() < end;) {
    struct look look;
    int64_t reads = reads_of(r, replicas[0]); /* first: it may be linked right afterwards */
    bool linked = probe_look(back, &look) && look.link_up;
    if (reads > 0 && !linked) run_break(r, "%s was read before it was linked", back->name);
    early = !linked && !r->broken;
  }
  if (early) run_break(r, "%s was not linked again", back->name);
  if (!r->broken) await_reads(r, replicas[0], WARM_READS, 3000);
  judge(r, false);
}

static void pause_stream(struct run *r, int server, int ms) {
  char answer[32];
  probe_text(&r->group.servers[server], answer, sizeof answer, "CLIENT PAUSE %d WRITE", ms);
  if (strcmp(answer, "OK") != 0) run_break(r, "CLIENT PAUSE: %s", answer);
}

/* Both replicas are stale: the master answers meanwhile, and through a change of master too. */
void case_reads_own_writes(struct run *r) {
  const char *words[] = {"read_from=replica", "read_own_writes=yes", NULL};
  int master, replicas[2];
  if (!begin(r, &three, words, &master, replicas)) return;
  pause_stream(r, replicas[0], PAUSE_MS);
  pause_stream(r, replicas[1], PAUSE_MS);
  if (r->broken || !await_reads(r, master, WARM_READS, PAUSE_MS)) return;
  kit_sleep_ms(PAUSE_MS);
  if (!await_reads(r, replicas[0], WARM_READS, 3000) ||
      !await_reads(r, replicas[1], WARM_READS, 3000)) {
    return;
  }
  r->at_us = kit_now_us();
  struct asked asked = writers_ask(&r->group, "switchover", NULL, 0);
  if (!asked.done) run_break(r, "no switchover: %s", asked.text);
  if (!r->broken && run_settled(r, 5000)) {
    int now = run_master(r);
    for (int i = 0; i < r->group.count && now >= 0; i++) {
      if (i != now) await_reads(r, i, WARM_READS, 3000);
    }
  }
  judge(r, true);
}

/* One replica falls behind: it is not read until it has caught up. */
void case_reads_lagging_replica(struct run *r) {
  const char *words[] = {"read_from=replica", "max_lag_bytes=30000", "pad=1000", NULL};
  int master, replicas[2];
  if (!begin(r, &three, words, &master, replicas)) return;
  r->at_us = kit_now_us();
  pause_stream(r, replicas[0], PAUSE_MS);
  if (r->broken) return;
  kit_sleep_ms(PAUSE_MS - 2 * LOOK_MS); /* three heartbeats, each with a look */
  int64_t before = reads_of(r, replicas[0]), other = reads_of(r, replicas[1]);
  kit_sleep_ms(LOOK_MS);
  if (reads_of(r, replicas[0]) != before) run_break(r, "the replica that lags was read");
  if (reads_of(r, replicas[1]) < other + WARM_READS) run_break(r, "the other one was not");
  if (!r->broken) await_reads(r, replicas[0], WARM_READS, 3000);
  judge(r, false);
}

/* The longest that one took which was given to the library since then. */
static int64_t slowest_us(const struct run *r, int64_t since_us) {
  const struct writer *w = &r->crowd.writers[0];
  int64_t longest = -1;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *k = &w->records[i];
    bool read = k->kind == RECORD_READ || k->kind == RECORD_STALE;
    int64_t took = k->at_us - k->sent_us;
    if (read && k->sent_us >= since_us && took > longest) longest = took;
  }
  return longest;
}

/* A replica hangs, or both do: what was sent to it is read elsewhere as soon as it is down. */
void case_reads_hang(struct run *r) {
  const char *words[] = {"read_from=prefer_replica", NULL};
  int master, replicas[2], hung = r->fault->parameter;
  if (!begin(r, &three, words, &master, replicas)) return;
  run_stop(r, replicas[0]);
  if (hung > 1) server_stop(&r->group.servers[replicas[1]]);
  await_reads(r, hung > 1 ? master : replicas[1], WARM_READS, HANG_MS + 1000);
  kit_sleep_ms(HANG_MS);
  for (int i = 0; i < hung; i++) server_resume(&r->group.servers[replicas[i]]);
  for (int i = 0; i < 2 && !r->broken; i++) await_reads(r, replicas[i], WARM_READS, 5000);
  int64_t at_us = r->at_us;
  judge(r, false);
  r->extra_us = slowest_us(r, at_us - DOWN_MS * 1000);
  if (r->extra_us > HANG_MS * 1000) {
    run_break(r, "a read took %lld ms", (long long)r->extra_us / 1000);
  }
}

/* When they were started again. */
static int64_t kill_and_wait(struct run *r, const int replicas[2], int ms) {
  run_kill(r, replicas[0]);
  server_kill(&r->group.servers[replicas[1]]);
  r->after_us = kit_now_us();
  kit_sleep_ms(ms);
  int64_t back_us = kit_now_us();
  for (int i = 0; i < 2; i++) server_start(&r->group.servers[replicas[i]]);
  for (int i = 0; i < 2 && !r->broken; i++) await_reads(r, replicas[i], WARM_READS, 10000);
  return back_us;
}

/* Both die: the master answers at once. */
void case_reads_no_replica_left(struct run *r) {
  const char *words[] = {"read_from=prefer_replica", NULL};
  int master, replicas[2];
  if (!begin(r, &three, words, &master, replicas)) return;
  int64_t before = reads_of(r, master);
  (void)kill_and_wait(r, replicas, 1000);
  if (reads_of(r, master) < before + WARM_READS) run_break(r, "the master was not read");
  int64_t at_us = r->at_us;
  judge(r, false);
  r->extra_us = slowest_us(r, at_us - DOWN_MS * 1000);
  if (r->extra_us > LATE_MS * 1000) {
    run_break(r, "a read took %lld ms", (long long)r->extra_us / 1000);
  }
}

/* The same where nobody but a replica may be read: each read ends by its deadline and says why. */
void case_reads_replica_or_nobody(struct run *r) {
  const char *words[] = {"read_from=replica", "command_timeout_ms=500", NULL};
  int master, replicas[2];
  if (!begin(r, &three, words, &master, replicas)) return;
  int64_t back_us = kill_and_wait(r, replicas, 2 * TIMEOUT_MS);
  if (!crowd_end(&r->crowd)) run_break(r, "the application did not end in order");
  const struct writer *w = &r->crowd.writers[0];
  for (size_t i = 0; i < w->count; i++) {
    const struct record *k = &w->records[i];
    if (k->kind != RECORD_READ || k->code == RECORD_ACKED) continue;
    r->tally.failed++;
    /* Who was under way when they died may have been answered; so may who was sent in its last
     * moment, when one was back. */
    bool died = k->sent_us < r->after_us + LATE_MS * 1000;
    bool may = k->code == HAREDIS_ERR_MAYBE && (died || k->at_us > back_us);
    if (k->code != HAREDIS_ERR_NO_REPLICA && !may) {
      run_break(r, "a read of %lld ms behind the kill failed with code %d",
                (long long)(k->sent_us - r->after_us) / 1000, (int)k->code);
    }
  }
  r->extra_us = slowest_us(r, r->at_us - DOWN_MS * 1000);
  if (r->extra_us > (TIMEOUT_MS + LATE_MS) * 1000) {
    run_break(r, "a read took %lld ms", (long long)r->extra_us / 1000);
  }
  if (r->tally.failed < WARM_READS) {
    run_break(r, "only %lld reads failed", (long long)r->tally.failed);
  }
}
