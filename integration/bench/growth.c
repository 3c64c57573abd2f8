/*
 * What grows with the number of clients, on real servers: connections and commands at rest, the gap
 * of a failover until the last client writes again, and what the herd asks of the nodes meanwhile.
 *
 *   growth [--clients 1,10,100,500] [--faults kill,hang,switch] [--rounds N] [--rest SECONDS]
 *          [--processes N] [--rate N] [--kinds] [--quick] [name=value ...]
 *
 * Judged by lines "ok ..." and "FAIL ...": heartbeats at rest do not grow with the clients. Gaps
 * are shown and not judged. Every client lives on this machine, beside the servers: from where its
 * processors are busy, the gap is what they have to do in turn. Words with '=' are options of the
 * library.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "child.h"
#include "clock.h"
#include "group.h"
#include "herd.h"
#include "probe.h"
#include "text.h"
#include "traffic.h"
#include "writers.h"

enum { SIZES_MAX = 8, ROUNDS_MAX = 100, NODES = 3, OPTIONS_MAX = 8, CLIENTS_MAX = 4000 };
enum { SETTLE_MS = 20000, RECOVER_MS = 20000, AFTER_MS = 500, WARM_MS = 6000, TRIES = 10 };
#define BEATS_BOUND 1.5

enum fault_kind { FAULT_KILL, FAULT_HANG, FAULT_SWITCH, FAULTS };
static const char *const fault_names[FAULTS] = {"kill", "hang", "switch"};

static struct {
  int sizes[SIZES_MAX];
  int size_count;
  unsigned faults; /* a bit for each */
  int rounds;
  int rest_s;
  int processes;
  int rate;
  bool kinds;
  const char *options[OPTIONS_MAX + 1];
  int option_count;
} plan = {.sizes = {1, 10, 100, 500}, .size_count = 4, .faults = (1u << FAULTS) - 1, .rounds = 5,
          .rest_s = 5, .processes = 5, .rate = 5};

/* The data plane's own: what the applications asked for. */
static const char *const data[] = {"incr", "hincrby", NULL};

struct size {
  int clients;
  double connections;          /* per node */
  double beats;                /* per second */
  struct traffic rest[NODES];  /* per second */
  int64_t first[FAULTS][ROUNDS_MAX], middle[FAULTS][ROUNDS_MAX], last[FAULTS][ROUNDS_MAX];
  struct traffic during[FAULTS];
  size_t rounds[FAULTS];
};

static struct {
  struct size sizes[SIZES_MAX];
  struct group group;
  struct herd herd;
  int64_t gaps[CLIENTS_MAX];
  int passed, failed;
} all;

static void settle(const char *when) {
  char why[160];
  if (group_settle(&all.group, SETTLE_MS, why, sizeof why)) return;
  kit_die("not settled %s: %s", when, why);
}

static int master_of(void) {
  int master = -1;
  for (int tries = 0; master < 0 && tries < TRIES; tries++) master = group_master(&all.group);
  if (master < 0) kit_die("no master");
  return master;
}

/* ------------------------------------------------------------------------------- at rest ----- */

static void take_all(struct traffic *out) {
  for (int i = 0; i < NODES; i++) traffic_take(&all.group.servers[i], &out[i]);
}

static double connections(void) {
  double sum = 0;
  for (int i = 0; i < NODES; i++) {
    char info[PROBE_INFO_MAX];
    int tries = 0; /* a busy machine */
    while (!probe_info(&all.group.servers[i], info, sizeof info)) {
      if (++tries == TRIES) kit_die("%s does not answer", all.group.servers[i].name);
    }
    sum += (double)info_number(info, "connected_clients", 0) - 1; /* ours */
  }
  return sum / NODES;
}

/* Nobody writes. */
static void rest(struct size *size) {
  struct traffic before[NODES], after[NODES];
  kit_sleep_ms(1000);
  int master = master_of();
  size->connections = connections();
  int64_t from_us = kit_now_us();
  take_all(before);
  kit_sleep_ms(plan.rest_s * 1000);
  take_all(after);
  double seconds = (double)(kit_now_us() - from_us) / 1e6;
  for (int i = 0; i < NODES; i++) {
    struct traffic less;
    traffic_less(&after[i], &before[i], &less);
    memset(&size->rest[i], 0, sizeof size->rest[i]);
    traffic_add(&size->rest[i], &less, 1 / seconds);
  }
  size->beats = traffic_of(&size->rest[master], "publish");
}

/* -------------------------------------------------------------------------------- faults ----- */

/* When it happened, by the clock of all. */
static int64_t commit(enum fault_kind fault, struct server *master) {
  int64_t at_us = kit_now_us();
  switch (fault) {
    case FAULT_KILL:
      kit_signal(master->pid, SIGKILL);
      server_kill(master);
      break;
    case FAULT_HANG:
      server_stop(master);
      break;
    default: {
      struct asked asked = writers_ask(&all.group, "switchover", NULL, 0);
      if (!asked.done) kit_die("no switchover: %s", asked.text);
      at_us = asked.asked_us;
      break;
    }
  }
  return at_us;
}

static void undo(enum fault_kind fault, struct server *master) {
  if (fault == FAULT_KILL) server_start(master);
  if (fault == FAULT_HANG) server_resume(master);
}

/* What the nodes that could answer were asked, beyond what they are asked at rest. */
static void count(struct size *size, enum fault_kind fault, const struct traffic *before,
                  int without, double seconds) {
  for (int i = 0; i < NODES; i++) {
    struct traffic after, less;
    if (i == without) continue;
    traffic_take(&all.group.servers[i], &after);
    traffic_less(&after, &before[i], &less);
    traffic_add(&less, &size->rest[i], -seconds);
    traffic_add(&size->during[fault], &less, 1);
  }
}

static void round_run(struct size *size, enum fault_kind fault) {
  struct traffic before[NODES];
  settle("before a fault");
  kit_sleep_ms(WARM_MS); /* until links to all nodes are warm */
  int old = master_of();
  take_all(before);
  int64_t from_us = kit_now_us();
  int64_t at_us = commit(fault, &all.group.servers[old]);
  if (fault != FAULT_SWITCH) kit_sleep_ms(fault == FAULT_HANG ? 1500 : 300);
  bool recovered = herd_await_change(&all.herd, at_us, RECOVER_MS, all.gaps);
  kit_sleep_ms(AFTER_MS);
  count(size, fault, before, fault == FAULT_SWITCH ? -1 : old,
        (double)(kit_now_us() - from_us) / 1e6);
  undo(fault, &all.group.servers[old]);
  if (!recovered) {
    printf("FAIL %s, %d clients: some never wrote again\n", fault_names[fault], size->clients);
    all.failed++;
    return;
  }
  size_t round = size->rounds[fault]++;
  size->first[fault][round] = all.gaps[0];
  size->middle[fault][round] = all.gaps[size->clients / 2];
  size->last[fault][round] = all.gaps[size->clients - 1];
}

static void size_run(struct size *size) {
  static const struct group_plan three = {.nodes = NODES};
  group_start(&all.group, &three);
  int64_t from_us = kit_now_us();
  herd_start(&all.herd, &all.group, size->clients, plan.processes, plan.rate, plan.options);
  if (!herd_await_ready(&all.herd, from_us, RECOVER_MS)) kit_die("not all clients became ready");
  settle("at the start");
  text_progress("%d clients: at rest", size->clients);
  rest(size);
  herd_write(&all.herd);
  kit_sleep_ms(AFTER_MS);
  for (int round = 0; round < plan.rounds; round++) {
    for (int fault = 0; fault < FAULTS; fault++) {
      if ((plan.faults >> fault & 1u) == 0) continue;
      text_progress("%d clients: %s, round %d of %d", size->clients, fault_names[fault], round + 1,
                    plan.rounds);
      round_run(size, (enum fault_kind)fault);
    }
  }
  herd_end(&all.herd);
  group_stop(&all.group);
}

/* -------------------------------------------------------------------------------- tables ----- */

static void table_rest(void) {
  static struct table table;
  table_row(&table, "clients|connections/node|heartbeats/s|pings/s node|looks/s node|all/s node");
  for (int i = 0; i < plan.size_count; i++) {
    const struct size *size = &all.sizes[i];
    double pings = 0, looks = 0, commands = 0;
    for (int k = 0; k < NODES; k++) {
      pings += traffic_of(&size->rest[k], "ping") / NODES;
      looks += traffic_of(&size->rest[k], "info") / NODES;
      commands += traffic_but(&size->rest[k], NULL) / NODES;
    }
    table_row(&table, "%d|%.0f|%.1f|%.0f|%.1f|%.0f", size->clients, size->connections, size->beats,
              pings, looks, commands);
  }
  printf("\nAt rest (nobody writes)\n");
  table_print(&table);
}

static void row_fault(struct table *table, struct size *size, enum fault_kind fault) {
  char first[16], middle[16], last[16], most[16];
  size_t rounds = size->rounds[fault];
  if (rounds == 0) return;
  const struct traffic *during = &size->during[fault];
  double commands = traffic_but(during, data) / (double)rounds;
  double looks = traffic_of(during, "info") / (double)rounds;
  double locks = traffic_of(during, "multi") / (double)rounds;
  struct spread slowest = text_spread(size->last[fault], rounds);
  table_row(table, "%s|%d|%s|%s|%s|%s|%.0f|%.0f|%.0f|%.0f|%.1f", fault_names[fault], size->clients,
            text_ms(first, sizeof first, text_spread(size->first[fault], rounds).median),
            text_ms(middle, sizeof middle, text_spread(size->middle[fault], rounds).median),
            text_ms(last, sizeof last, slowest.median), text_ms(most, sizeof most, slowest.max),
            during->connections / (double)rounds, looks, locks, commands,
            commands / size->clients);
}

static void table_faults(void) {
  static struct table table;
  table_row(&table, "<fault|clients|first ms|median|last|worst last|dials|looks|transactions|"
            "commands|per client");
  for (int fault = 0; fault < FAULTS; fault++) {
    for (int i = 0; i < plan.size_count; i++) {
      row_fault(&table, &all.sizes[i], (enum fault_kind)fault);
    }
  }
  printf("\nFrom the fault until a client's first acknowledged write (medians of %d rounds), and "
         "what the nodes were\nasked until half a second later, without the writes and without "
         "what they are asked at rest\n", plan.rounds);
  table_print(&table);
}

static void tell_kinds(void) {
  for (int i = 0; i < plan.size_count; i++) {
    for (int fault = 0; fault < FAULTS; fault++) {
      char text[400];
      const struct size *size = &all.sizes[i];
      if (size->rounds[fault] == 0) continue;
      traffic_text(&size->during[fault], data, text, sizeof text);
      printf("%s, %d clients, %zu rounds: %s\n", fault_names[fault], size->clients,
             size->rounds[fault], text);
    }
    for (int k = 0; k < NODES; k++) {
      char text[400];
      traffic_text(&all.sizes[i].rest[k], NULL, text, sizeof text);
      printf("rest, %d clients, node %d, per second: %s\n", all.sizes[i].clients, k + 1, text);
    }
  }
}

/* -------------------------------------------------------------------------------- bounds ----- */

static void judge(bool fine, const char *what) {
  printf("%s %s\n", fine ? "ok" : "FAIL", what);
  all.passed += fine;
  all.failed += !fine;
}

static void judge_all(void) {
  char what[200];
  struct size *one = &all.sizes[0], *most = &all.sizes[plan.size_count - 1];
  snprintf(what, sizeof what, "heartbeats at rest: %.1f/s with %d clients, %.1f/s with %d "
           "(bound: %.1f times)", one->beats, one->clients, most->beats, most->clients,
           BEATS_BOUND);
  judge(most->beats <= BEATS_BOUND * one->beats, what);
  struct size *few = one;
  while (few < most && few->clients < 10) few++;
  for (int fault = 0; fault < FAULTS; fault++) {
    if ((plan.faults >> fault & 1u) == 0 || few == most) continue;
    char a[16], b[16];
    int64_t at_few = text_spread(few->last[fault], few->rounds[fault]).median;
    int64_t at_most = text_spread(most->last[fault], most->rounds[fault]).median;
    /* Not judged: all clients share the cores with the servers. test/sim/growth judges. */
    printf("note %s: %s ms with %d clients, %s ms with %d: %.1f times\n", fault_names[fault],
           text_ms(a, sizeof a, at_few), few->clients, text_ms(b, sizeof b, at_most),
           most->clients, (double)at_most / (double)at_few);
  }
}

/* ----------------------------------------------------------------------------- arguments ----- */

static void usage(int code) {
  fprintf(code ? stderr : stdout,
          "usage: growth [--clients N,...] [--faults kill,hang,switch] [--rounds N]\n"
          "              [--rest SECONDS] [--processes N] [--rate N] [--kinds] [--quick]\n"
          "              [name=value ...]\n");
  exit(code);
}

static void wrong(const char *what, const char *value) {
  fprintf(stderr, "growth: %s: \"%s\"\n", what, value);
  usage(2);
}

static void sizes_read(const char *text) {
  plan.size_count = argument_numbers(text, 1, CLIENTS_MAX, plan.sizes, SIZES_MAX);
  if (plan.size_count > 0) return;
  wrong("--clients: too many, or no numbers with commas between", text);
}

static void faults_read(const char *text) {
  plan.faults = argument_names(text, fault_names, FAULTS);
  if (plan.faults == 0) wrong("--faults: there is no such fault", text);
}

static void quick(void) {
  sizes_read("1,100");
  faults_read("kill,switch");
  plan.rounds = 1;
  plan.rest_s = 2;
}

static bool number_read(const char *name, const char *value) {
  const struct {
    const char *name;
    int *to;
    long high;
  } numbers[] = {{"--rounds", &plan.rounds, ROUNDS_MAX}, {"--rest", &plan.rest_s, 3600},
                 {"--processes", &plan.processes, CROWD_MAX}, {"--rate", &plan.rate, 100000}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    long number;
    if (strcmp(numbers[i].name, name) != 0) continue;
    if (!argument_number(value, 1, numbers[i].high, &number)) wrong(name, value);
    *numbers[i].to = (int)number;
    return true;
  }
  return false;
}

static void arguments(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    bool more = i + 1 < argc;
    if (strcmp(argv[i], "--help") == 0) usage(0);
    else if (strcmp(argv[i], "--quick") == 0) quick();
    else if (strcmp(argv[i], "--kinds") == 0) plan.kinds = true;
    else if (strcmp(argv[i], "--clients") == 0 && more) sizes_read(argv[++i]);
    else if (strcmp(argv[i], "--faults") == 0 && more) faults_read(argv[++i]);
    else if (more && number_read(argv[i], argv[i + 1])) i++;
    else if (strchr(argv[i], '=') == NULL) wrong("no such option, or no value for it", argv[i]);
    else if (plan.option_count == OPTIONS_MAX) wrong("too many options for the clients", argv[i]);
    else plan.options[plan.option_count++] = argv[i];
  }
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  kit_init("growth");
  for (int i = 0; i < plan.size_count; i++) {
    all.sizes[i].clients = plan.sizes[i];
    size_run(&all.sizes[i]);
  }
  text_progress_end();
  table_rest();
  table_faults();
  if (plan.kinds) tell_kinds();
  printf("\n");
  judge_all();
  printf("%d passed, %d failed\n", all.passed, all.failed);
  return all.failed > 0;
}
