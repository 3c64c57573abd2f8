/*
 * Fault cases on real servers: what the library promises, shown and counted.
 *
 *   faults                     all cases, as often as the table says
 *   faults CASE...             these
 *   --runs N                   so often
 *   --quick                    few runs, one line "ok <case>" or "FAIL <case> <why>" each
 *   --keep                     keep the servers' files and the traces of broken runs
 *   --list                     the cases
 *
 * Exit code 0: no bound on a count was broken (times over their limit are shown); 1: one was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "stall.h"

enum { RUNS_MAX = 500, CHOSEN_MAX = 128, REPEATS_MAX = 2, STALL_PERCENT = 15 };
enum { STALL_MAX_US = 50000 };

const struct fault faults[] = {
    {"kill_master", "kill -9 of the master, 1 client", 30, 3, case_kill_master, 1, 10, NULL, 0,
     false},
    {"kill_master_10_clients", "kill -9, 10 clients of 200/s", 20, 2, case_kill_master, 10, 50,
     NULL, 0, false},
    {"kill_master_blocking_client", "kill -9, blocking client, 1000/s", 10, 1,
     case_kill_master_blocking, 1, 10, NULL, 0, false},
    {"kill_master_50_clients", "kill -9, 50 clients of 200/s", 20, 1, case_kill_master, 50, 50,
     NULL, 0, false},
    {"gossip_ends_own_attempt", "kill -9, 32 clients of 200/s", 10, 1, case_kill_master, 32, 50,
     NULL, 0, false},
    {"hung_master_is_replaced", "SIGSTOP of the master, down_after 1000", 10, 1,
     case_hang_master, 1000, 1020, "replica after", 100, false},
    {"hung_master_down_after_100", "SIGSTOP of the master, down_after 100", 10, 2,
     case_hang_master, 100, 120, "replica after", 100, false},
    {"losing_a_replica_costs_nothing", "kill -9 of a replica, then of the master", 10, 2,
     case_lose_replica, 0, 5, "then kill", 10, false},
    {"hung_replica_costs_nothing", "SIGSTOP of a replica, then kill the master", 10, 1,
     case_hang_replica, 0, 5, "then kill", 10, false},
    {"hung_replica_does_not_block", "5 nodes, a replica hangs, kill the master", 10, 2,
     case_hung_replica_stays, 0, 0, NULL, 0, false},
    {"empty_master_after_50_ms", "master back empty after 50 ms", 10, 1, case_empty_master, 50, 0,
     NULL, 0, false},
    {"empty_master_is_refused", "master back empty after 100 ms", 10, 1, case_empty_master, 100,
     0, NULL, 0, false},
    {"empty_master_after_500_ms", "master back empty after 500 ms", 10, 1, case_empty_master, 500,
     0, NULL, 0, false},
    {"planned_switchover", "planned switchover under load", 20, 3, case_switchover, 0, 10, NULL,
     0, false},
    {"minority_of_five_refuses", "5 nodes, 3 killed, one comes back", 5, 1, case_minority, 0, 0,
     "back after", 0, false},
    {"minority_with_master_stops", "5 nodes, 3 replicas killed, one back", 5, 1,
     case_minority_with_master, 0, 0, "back after", 0, false},
    {"partition_async", "old master + client cut off", 5, 1, case_cut_master_async, 15,
     0, "demoted after", 200, true},
    {"partition_quorum", "the same, durability quorum", 5, 1, case_cut_master_quorum, 15,
     0, "demoted after", 200, true},
    {"partition_of_one_replica", "one replica + client cut off, quorum", 5, 1,
     case_cut_one_replica_quorum, 15, 0, "settled after", 0, true},
    {"kill_quorum", "kill -9, full load, 10 clients, quorum", 50, 3, case_kill_master_quorum, 10,
     0, NULL, 0, false},
    {"password_everywhere", "kill -9 with requirepass", 3, 1, case_kill_master_password, 0, 10,
     NULL, 0, false},
    {"least_privilege_user", "kill -9 as the least-privilege user", 3, 1,
     case_kill_master_least_privilege, 0, 10, NULL, 0, false},
    {"opcounter_is_a_number", "a replica with 99 meets one with 100", 3, 1,
     case_opcounter_is_a_number, 0, 0, NULL, 0, false},
    {"replicas_stay_read_only", "writing to replicas while the master dies", 5, 1,
     case_replicas_stay_read_only, 0, 0, NULL, 0, false},
    {"unrelated_data_is_refused", "two nodes with data that never met", 3, 1,
     case_unrelated_data, 0, 0, NULL, 0, false},
    {"pubsub_kill_replica", "5000 messages/s, kill -9 of a replica that listeners live on", 20, 1,
     case_pubsub_kill_replica, 0, 50, NULL, 0, false},
    {"pubsub_no_writes", "kill -9 of a listeners' host, the master wants two replicas", 3, 1,
     case_pubsub_no_writes, 0, 50, NULL, 0, false},
    {"pubsub_kill_master", "5000 messages/s, kill -9 of the master", 20, 2,
     case_pubsub_kill_master, 0, 50, "silence", 0, false},
    {"pubsub_promote_host", "5000 messages/s, switchover to where listeners live", 20, 1,
     case_pubsub_promote_host, 0, 50, "silence", 0, false},
    {"pubsub_switchover", "5000 messages/s, planned switchover", 20, 2, case_pubsub_switchover, 0,
     50, "silence", 0, false},
    {"pubsub_switchovers", "5000 messages/s, planned switchovers in a row", 3, 1,
     case_pubsub_switchovers, 10, 50, "silence", 0, false},
    {"pubsub_sharded", "SPUBLISH, switchovers to where listeners live", 3, 1, case_pubsub_sharded,
     0, 50, "silence", 0, false},
    {"subscription_host_promoted", "kill -9 until a listener's host is promoted", 5, 1,
     case_subscription_host_promoted, 0, 50, "silence", 0, false},
    {"pattern_messages_arrive", "a channel and two patterns, switchover", 5, 1,
     case_pattern_messages_arrive, 0, 50, "silence", 0, false},
    {"pubsub_silent_path", "a replica hears its master no more, and says nothing", 10, 1,
     case_pubsub_silent_path, 0, 1050, NULL, 0, true},
    {"pubsub_hang_replica", "SIGSTOP of a replica that listeners live on, SIGCONT", 5, 1,
     case_pubsub_hang_replica, 0, 1050, NULL, 0, false},
    {"pubsub_hang_master", "SIGSTOP of the master, SIGCONT", 5, 1, case_pubsub_hang_master, 0, 50,
     "silence", 0, false},
    {"pubsub_link_killed", "CLIENT KILL TYPE pubsub where listeners live", 10, 1,
     case_pubsub_link_killed, 0, 50, NULL, 0, false},
    {"pubsub_copied", "replicas that listeners live on are copied anew, three times", 5, 1,
     case_pubsub_copied, 0, 0, NULL, 0, false},
    {"pubsub_slow_listener", "SIGSTOP of a listener, 20 MB/s", 5, 1, case_pubsub_slow_listener, 0,
     0, NULL, 0, false},
    {"pubsub_to_itself", "one client publishes to itself, kill -9 of the master", 20, 1,
     case_pubsub_to_itself, 0, 0, NULL, 0, false},
    {"subscriptions_survive", "12 000 channels, 3 clients, 10 failovers in a row", 2, 1,
     case_pubsub_many_channels, 0, 0, NULL, 0, false},
    {"blocking_command_has_its_own_link", "BLPOP beside 100 000 writes of one client", 1, 1,
     case_blocking_command, 0, 0, NULL, 0, false},
    {"reads_kill_replica", "kill -9 of a replica that is read; it comes back", 5, 1,
     case_reads_kill_replica, 0, 50, NULL, 0, false},
    {"reads_own_writes", "replicas hold their stream back, then a switchover", 5, 1,
     case_reads_own_writes, 0, 50, NULL, 0, false},
    {"reads_lagging_replica", "a replica falls behind max_lag_bytes", 5, 1,
     case_reads_lagging_replica, 0, 50, NULL, 0, false},
    {"reads_hang_replica", "SIGSTOP of a replica that is read, SIGCONT", 5, 1, case_reads_hang, 1,
     50, "slowest read", 1350, false},
    {"reads_hang_replicas", "SIGSTOP of both, SIGCONT", 5, 1, case_reads_hang, 2, 0,
     "slowest read", 1350, false},
    {"reads_no_replica_left", "kill -9 of both: the master is read at once", 5, 1,
     case_reads_no_replica_left, 0, 50, "slowest read", 0, false},
    {"reads_replica_or_nobody", "kill -9 of both: each read ends by its deadline", 5, 1,
     case_reads_replica_or_nobody, 0, 0, "slowest read", 0, false},
    {"whole_switchover", "transactions, BLPOP, scripts, WAIT; switchovers", 10, 1,
     case_whole_switchover, 0, 0, NULL, 0, false},
    {"whole_kill", "the same, kill -9 of the master", 10, 1, case_whole_kill, 0, 0, NULL, 0, false},
    {"storm_two_kills", "5 nodes, kill -9 of the master and of a listeners' host", 8, 0,
     case_storm_two_kills, 100, 50, "silence", 0, false},
    {"storm_kill_the_next", "5 nodes, kill -9 of the master and of who takes over", 5, 0,
     case_storm_kill_the_next, 0, 0, NULL, 0, false},
    {"storm_kill_in_switchover", "kill -9 inside a switchover to where listeners live", 12, 0,
     case_storm_kill_in_switchover, 0, 0, NULL, 0, false},
    {"storm_back_and_forth", "5000 messages/s, switchovers without a pause", 3, 0,
     case_storm_back_and_forth, 20, 0, NULL, 0, false},
    {"storm_host_hangs", "SIGSTOP of a listeners' host for 0.5 to 2 down_after", 5, 0,
     case_storm_host_hangs, 0, 0, NULL, 0, false},
    {"storm_master_hangs", "SIGSTOP of the master for about down_after", 5, 0,
     case_storm_master_hangs, 0, 0, NULL, 0, false},
    {"storm_publisher_cut_off", "publisher and master cut off from listeners and replicas", 3, 0,
     case_storm_publisher_cut_off, 4000, 0, NULL, 0, true},
    {"storm_listeners_cut_off", "listeners cut off, alone or with their replica", 4, 0,
     case_storm_listeners_cut_off, 10000, 0, NULL, 0, true},
    {"storm_slow_handler", "a handler takes 5 or 200 ms a message", 4, 0,
     case_storm_slow_handler, 20000, 0, NULL, 0, false},
    {"storm_slow_and_killed", "a listener seconds behind, kill -9 of its host", 3, 0,
     case_storm_slow_and_killed, 25000, 0, NULL, 0, false},
    {"watch_contended", "8 clients raise one watched counter, failovers", 3, 1,
     case_watch_contended, 10, 0, NULL, 0, false},
    {"queue_hands_out_once", "100 000 elements by RPUSH and BLPOP, failovers", 2, 1,
     case_queue_hands_out_once, 5, 0, NULL, 0, false},
    {"rolling_restart", "SIGTERM one after the other, messages and a queue", 2, 0,
     case_rolling_restart, 0, 0, NULL, 0, false},
    {"consumer_group", "XADD, XREADGROUP, XACK, failovers", 3, 1, case_consumer_group, 6, 0, NULL,
     0, false},
    {"scripts_forgotten", "EVALSHA and FCALL, SCRIPT FLUSH every 20 ms, failovers", 3, 1,
     case_scripts_forgotten, 6, 0, NULL, 0, false},
    {"many_blocked", "1000 BLPOPs of one client; a switchover, a kill", 3, 1, case_many_blocked,
     1000, 0, NULL, 0, false},
    {"pool_exhausted", "200 BLPOPs over 8 links, kill -9", 3, 1, case_pool_exhausted, 0, 0, NULL,
     0, false},
    {"herd", "50 clients with 2000 channels each, kill -9", 2, 0, case_herd, 0, 0, "a replica's", 0,
     false},
    {"nothing_grows", "30 failovers, 3 clients with 2000 channels", 1, 0, case_nothing_grows, 30,
     0, NULL, 0, false},
    {NULL, NULL, 0, 0, NULL, 0, 0, NULL, 0, false},
};

static struct {
  int fine;
  bool quick;
  bool keep;
  int runs;
  int chosen_count;
  const char *chosen[CHOSEN_MAX];
  struct table table;
  int broken;
  int slow;
} all;

/* Sums over the runs of one case. */
struct sums {
  int runs;
  int broken;
  int64_t gaps[RUNS_MAX];
  size_t gap_count;
  int64_t extras[RUNS_MAX];
  size_t extra_count;
  int64_t calms[RUNS_MAX];
  size_t calm_count;
  int64_t told[RUNS_MAX];
  size_t told_count;
  int promotions_min;
  int promotions_max;
  int64_t partial;
  bool partial_counted;
  int64_t lost;
  int64_t duplicated;
  int64_t failed;
  int64_t acked;
  char why[300];
};

static void sums_add(struct sums *s, const struct run *r) {
  if (s->runs == 0 || r->promotions < s->promotions_min) s->promotions_min = r->promotions;
  if (s->runs == 0 || r->promotions > s->promotions_max) s->promotions_max = r->promotions;
  s->runs++;
  if (r->gap_us >= 0) s->gaps[s->gap_count++] = r->gap_us;
  if (r->extra_us >= 0) s->extras[s->extra_count++] = r->extra_us;
  if (r->calm_us >= 0) s->calms[s->calm_count++] = r->calm_us;
  if (r->told_us > 0) s->told[s->told_count++] = r->told_us;
  if (r->partial >= 0) {
    s->partial_counted = true;
    s->partial += r->partial;
  }
  s->lost += r->tally.lost;
  s->duplicated += r->tally.duplicated;
  s->failed += r->tally.failed;
  s->acked += r->tally.acked;
  if (!r->broken) return;
  if (s->broken++ == 0) snprintf(s->why, sizeof s->why, "run %d: %s", r->number, r->why);
}

/* The last lines of a trace: what the client thought when it went wrong. */
static void trace_show(const struct run *r) {
  char line[300];
  if (r->crowd.count == 0) return;
  FILE *f = fopen(r->crowd.writers[0].trace_path, "r");
  if (f == NULL) return;
  fseek(f, -4000, SEEK_END);
  while (fgets(line, sizeof line, f)) printf("    %s", line);
  fclose(f);
}

static void keep_one(const char *folder, const char *path) {
  char to[512];
  snprintf(to, sizeof to, "%s%s", folder, strrchr(path, '/'));
  if (rename(path, to) != 0) text_line("not kept: %s", path);
}

/* Put aside what a broken run leaves, before the next one writes over it. */
static void run_keep(const struct run *r) {
  char folder[400];
  snprintf(folder, sizeof folder, "%s/%s-%d", kit_dir(), r->fault->name, r->number);
  if (mkdir(folder, 0755) != 0) return;
  kit_keep_dir();
  for (int i = 0; i < r->group.count; i++) keep_one(folder, r->group.servers[i].dir);
  for (int i = 0; i < r->crowd.count; i++) {
    keep_one(folder, r->crowd.writers[i].trace_path);
    keep_one(folder, r->crowd.writers[i].records_path);
  }
  char asked[320];
  writers_asked_trace(asked, sizeof asked);
  if (access(asked, F_OK) == 0) keep_one(folder, asked);
}

/*
 * A run that broke while the machine stood still says nothing: processes that were not run for a
 * good part of down_after_ms look hung, and a planned switchover gives its target 100 ms before the
 * old master goes on and it is tried again. It is done again, and that is told; unless durable data
 * was lost or anything doubled, for which nothing is an excuse.
 */
static bool run_was_disturbed(const struct run *r, int repeated) {
  int64_t stall_us = stall_longest_us();
  int down_after_ms = r->fault->run == case_hang_master ? r->fault->parameter : 1000;
  if (!r->broken || r->data_broken || repeated == REPEATS_MAX) return false;
  int64_t bound_us = (int64_t)down_after_ms * STALL_PERCENT * 10;
  if (stall_us < (bound_us < STALL_MAX_US ? bound_us : STALL_MAX_US)) return false;
  text_line("%s, run %d: %s; but the machine stood still for %lld ms: once more", r->fault->name,
            r->number, r->why, (long long)stall_us / 1000);
  return true;
}

static void run_begin_anew(struct run *r, const struct fault *f, int number) {
  memset(r, 0, sizeof *r);
  r->fault = f;
  r->number = number;
  r->quick = all.quick;
  r->gap_us = r->extra_us = r->calm_us = r->partial = -1;
  stall_begin();
}

static void run_once(const struct fault *f, int number, struct sums *sums) {
  static struct run r;
  run_begin_anew(&r, f, number);
  f->run(&r);
  for (int repeated = 0; run_was_disturbed(&r, repeated); repeated++) {
    run_end(&r);
    run_begin_anew(&r, f, number);
    f->run(&r);
  }
  sums_add(sums, &r);
  if (r.broken && (!all.quick || all.keep)) {
    text_line("%s, run %d: %s", f->name, number, r.why);
    trace_show(&r);
  }
  if (all.keep && r.broken) run_keep(&r);
  run_end(&r);
}

static void remarks(const struct fault *f, struct sums *s, bool slow, struct spread more,
                    char *out, size_t size) {
  char a[16], b[16];
  size_t used = 0;
  if (s->extra_count) {
    used = (size_t)snprintf(out, size, "%s %s (max %s) ms%s ", f->extra_name,
                            text_ms(a, sizeof a, more.median), text_ms(b, sizeof b, more.max),
                            slow ? " SLOW" : "");
  }
  if (s->calm_count && used < size) {
    struct spread calm = text_spread(s->calms, s->calm_count);
    used += (size_t)snprintf(out + used, size - used, "calm before %s ",
                             text_ms(a, sizeof a, calm.median));
  }
  if (s->told_count && used < size) {
    struct spread told = text_spread(s->told, s->told_count);
    snprintf(out + used, size - used, "gap told %s (max %s) ms", text_ms(a, sizeof a, told.median),
             text_ms(b, sizeof b, told.max));
  }
}

static void row_write(const struct fault *f, struct sums *s) {
  char median[16], min[16], max[16], promotions[24], partial[24], extra[96] = "";
  struct spread gap = text_spread(s->gaps, s->gap_count);
  struct spread more = text_spread(s->extras, s->extra_count);
  bool none = s->gap_count == 0;
  snprintf(promotions, sizeof promotions, "%d", s->promotions_max);
  if (s->promotions_min != s->promotions_max) {
    snprintf(promotions, sizeof promotions, "%d-%d", s->promotions_min, s->promotions_max);
  }
  snprintf(partial, sizeof partial, "%s", "-");
  if (s->partial_counted) snprintf(partial, sizeof partial, "%lld", (long long)s->partial);
  bool slow = f->gap_limit_ms && gap.median > f->gap_limit_ms * 1000;
  bool extra_slow = f->extra_limit_ms && more.median > f->extra_limit_ms * 1000;
  remarks(f, s, extra_slow, more, extra, sizeof extra);
  all.slow += slow + extra_slow;
  table_row(&all.table, "%s|%d|%s%s|%s|%s|%s|%s|%lld|%lld|%lld|%s%s", f->name, s->runs,
            text_ms(median, sizeof median, none ? -1 : gap.median), slow ? "!" : "",
            text_ms(min, sizeof min, none ? -1 : gap.min),
            text_ms(max, sizeof max, none ? -1 : gap.max), promotions, partial,
            (long long)s->lost, (long long)s->duplicated, (long long)s->failed,
            s->broken ? "BROKEN " : "", extra);
}

static void case_run(const struct fault *f) {
  static struct sums sums;
  memset(&sums, 0, sizeof sums);
  const char *missing = f->needs_hosts ? netns_missing() : NULL;
  if (missing) {
    if (all.quick) text_line("skip %s (%s)", f->name, missing);
    table_row(&all.table, "%s|0|-|-|-|-|-|0|0|0|skipped: %s", f->name, missing);
    return;
  }
  int runs = all.runs ? all.runs : all.quick ? f->quick_runs : f->runs;
  if (runs > RUNS_MAX) runs = RUNS_MAX;
  for (int i = 1; i <= runs; i++) {
    if (!all.quick || text_is_terminal()) {
      if (text_is_terminal() || i == 1) {
        text_progress("%s (%s): run %d of %d", f->name, f->what, i, runs);
      }
    }
    run_once(f, i, &sums);
  }
  row_write(f, &sums);
  if (sums.broken) all.broken++;
  else all.fine++;
  if (!all.quick) return;
  if (sums.broken) text_line("FAIL %s %s", f->name, sums.why);
  else text_line("ok %s", f->name);
}

static bool chosen(const struct fault *f) {
  if (all.quick && f->quick_runs == 0) return false;
  if (all.chosen_count == 0) return true;
  for (int i = 0; i < all.chosen_count; i++) {
    if (strcmp(all.chosen[i], f->name) == 0) return true;
  }
  return false;
}

static void list(void) {
  for (const struct fault *f = faults; f->name; f++) {
    printf("%-32s %3d runs  %s\n", f->name, f->runs, f->what);
  }
}

static void choose(const char *name) {
  for (const struct fault *f = faults; f->name; f++) {
    if (strcmp(f->name, name) != 0) continue;
    if (all.chosen_count < CHOSEN_MAX) all.chosen[all.chosen_count++] = name;
    return;
  }
  fprintf(stderr, "faults: no case \"%s\"; --list shows them\n", name);
  exit(2);
}

static void arguments(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--quick") == 0) {
      all.quick = true;
    } else if (strcmp(argv[i], "--keep") == 0) {
      all.keep = true;
    } else if (strcmp(argv[i], "--list") == 0) {
      list();
      exit(0);
    } else if (strcmp(argv[i], "--runs") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0) {
      all.runs = atoi(argv[++i]);
    } else if (argv[i][0] == '-') {
      fprintf(stderr, "usage: faults [--quick] [--keep] [--runs N] [--list] [CASE...]\n");
      exit(strcmp(argv[i], "--help") == 0 ? 0 : 2);
    } else {
      choose(argv[i]);
    }
  }
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  kit_init("faults");
  table_row(&all.table, "<case|runs|gap ms|min|max|promoted|partial|lost|dup|failed|<");
  for (const struct fault *f = faults; f->name; f++) {
    if (chosen(f)) case_run(f);
  }
  text_progress_end();
  if (!all.quick) {
    printf("\n");
    table_print(&all.table);
    printf("\ngap: from the deed to the last application's first new acknowledgement (switchover, "
           "lost replica: the longest pause).\nA median over its limit is marked with '!' or "
           "SLOW (%d of them); a broken bound on a count makes the exit code 1.\n", all.slow);
  }
  if (all.quick) printf("%d passed, %d failed\n", all.fine, all.broken);
  return all.broken ? 1 : 0;
}
