/*
 * What grows with the number of clients, in virtual time: the simulated world with servers that
 * serve one message after the other. A crowd joins a group, rests, and then loses its master.
 *
 *   growth [--clients 1,10,100,1000,10000] [--faults kill,hang,switch|none] [--rounds N]
 *          [--serve-us N] [--push-us N] [--latency-us N] [--kinds] [--quick]
 *
 * serve_us is a server's time for a PING or a write (twice for a look or any step of a failover,
 * four times for a dial), push_us that for one subscriber of what is published. The bounds are
 * judged by lines "ok ..." and "FAIL ...": at rest heartbeats do not grow, and the gap at 1 000
 * clients is at most three times that at 10, beside what the new master has to do for each client
 * in turn: to tell it, show itself and take its write; links to it are warm. With servers that take
 * no time (--serve-us 0 --push-us 0) that is nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "world.h"

enum { SIZES_MAX = 8, ROUNDS_MAX = 100, KINDS = MSG_ACTIONS + HR_DO_DONE + 1 };
enum { REST_S = 2, WARM_S = 6, GAP_BOUND = 3, GAP_FEW = 10, GAP_MANY = 1000 };
enum { EACH_SERVES = 3, EACH_PUSHES = 2 }; /* what the new master does for each client */
#define BEATS_BOUND 1.5
#define SECOND INT64_C(1000000)
#define RECOVER (20 * SECOND)

enum fault { FAULT_KILL, FAULT_HANG, FAULT_SWITCH, FAULTS };
static const char *const fault_names[FAULTS] = {"kill", "hang", "switch"};

static struct {
  int sizes[SIZES_MAX];
  int size_count;
  unsigned faults; /* a bit for each */
  int rounds;
  int serve_us, push_us, latency_us;
  bool kinds;
} plan = {.sizes = {1, 10, 100, 1000, 10000}, .size_count = 5, .faults = (1u << FAULTS) - 1,
          .rounds = 5, .serve_us = 5, .push_us = 2, .latency_us = 100};

struct size {
  int clients;
  int connections;           /* of one node, the most */
  double rest[KINDS];        /* per second, all nodes */
  double during[FAULTS][KINDS];
  usec first[FAULTS][ROUNDS_MAX], middle[FAULTS][ROUNDS_MAX], last[FAULTS][ROUNDS_MAX];
  int rounds[FAULTS];
};

static struct {
  struct size sizes[SIZES_MAX];
  struct world *world;
  uint64_t asked[KINDS];
  usec *gaps;
  int passed, failed;
} all;

static void die(const char *what) {
  fprintf(stderr, "growth: %s\n", what);
  exit(1);
}

/* ------------------------------------------------------------------------------ a crowd ------ */

static void run_for(usec time) {
  world_run(all.world, all.world->now + time);
  if (all.world->violation[0] != '\0') die(all.world->violation);
}

static bool everybody_has(int master) {
  for (size_t i = 0; i < all.world->config.clients; i++) {
    const struct hr_topology *topology = &all.world->clients[i].topology;
    if (topology->master < 0 || topology->pause != HR_PAUSE_NONE) return false;
    if (master >= 0 && topology->master != master) return false;
  }
  return true;
}

static void open_world(int clients, uint64_t seed) {
  struct world_config config;
  world_config_init(&config);
  config.seed = seed;
  config.clients = (size_t)clients;
  config.latency_us = plan.latency_us;
  config.jitter_us = plan.latency_us / 2;
  config.serve_us = plan.serve_us;
  config.push_us = plan.push_us;
  config.eager = config.warm = true;
  config.queue_max = 100;
  config.write_every_us = 0;
  world_open(all.world, &config);
  all.world->asked = all.asked;
  for (size_t i = 0; i < config.nodes; i++) {
    server_start(all.world, &all.world->servers[i], DATA_EMPTY);
  }
}

/* One founds the group; the others join, a millisecond from each other. */
static void gather(int clients) {
  for (int i = 0; i < clients; i++) {
    struct client *client = &all.world->clients[i];
    client_start(all.world, client);
    run_for(i == 0 ? 2 * SECOND : SECOND / (clients > 1000 ? clients : 1000));
  }
  for (int tries = 0; !everybody_has(-1); tries++) {
    if (tries == 100) die("not every client found the master");
    run_for(SECOND / 10);
  }
  run_for(SECOND);
}

static void count_since(const uint64_t *before, double seconds, const double *less, double *sum) {
  for (int i = 0; i < KINDS; i++) {
    double more = (double)(all.asked[i] - before[i]) / (less ? 1 : seconds);
    if (less != NULL) more -= less[i] * seconds;
    if (more > 0) sum[i] += more;
  }
}

static int connections(void) {
  int most = 0;
  for (size_t i = 0; i < all.world->config.nodes; i++) {
    int count = 0;
    for (const struct conn *at = all.world->servers[i].clients; at; at = at->next) {
      count += at->open[0];
    }
    if (count > most) most = count;
  }
  return most;
}

/* ------------------------------------------------------------------------------- faults ------ */

static int elected(void) {
  const struct promotion *latest = check_latest(all.world);
  if (latest == NULL) die("nobody was promoted");
  return latest->node;
}

static void begin_writing(usec every) {
  all.world->config.write_every_us = every;
  for (size_t i = 0; i < all.world->config.clients; i++) {
    struct client *client = &all.world->clients[i];
    if (client->acked_at == 0) load_start(all.world, client);
  }
}

static void commit(enum fault fault) {
  struct server *server = &all.world->servers[elected()];
  if (fault == FAULT_KILL) server_crash(all.world, server);
  if (fault == FAULT_HANG) server_stop(all.world, server);
  if (fault == FAULT_SWITCH) {
    client_ask(all.world, &all.world->clients[0], HR_EV_SWITCHOVER, -1);
  }
}

static bool everybody_wrote(void) {
  for (size_t i = 0; i < all.world->config.clients; i++) {
    if (all.world->clients[i].again_at == 0) return false;
  }
  return true;
}

static int compare(const void *a, const void *b) {
  usec x = *(const usec *)a, y = *(const usec *)b;
  return (x > y) - (x < y);
}

static void take_gaps(struct size *size, enum fault fault, usec at) {
  for (int i = 0; i < size->clients; i++) all.gaps[i] = all.world->clients[i].again_at - at;
  qsort(all.gaps, (size_t)size->clients, sizeof *all.gaps, compare);
  int round = size->rounds[fault]++;
  size->first[fault][round] = all.gaps[0];
  size->middle[fault][round] = all.gaps[size->clients / 2];
  size->last[fault][round] = all.gaps[size->clients - 1];
}

static void round_run(struct size *size, enum fault fault) {
  uint64_t before[KINDS];
  for (size_t i = 0; i < all.world->config.clients; i++) all.world->clients[i].again_at = 0;
  all.world->since = check_latest(all.world)->epoch;
  memcpy(before, all.asked, sizeof before);
  usec at = all.world->now;
  commit(fault);
  while (!everybody_wrote() && all.world->now < at + RECOVER) run_for(SECOND / 20);
  run_for(SECOND / 2);
  double seconds = (double)(all.world->now - at) / (double)SECOND;
  if (everybody_wrote()) {
    take_gaps(size, fault, at);
    count_since(before, seconds, size->rest, size->during[fault]);
    return;
  }
  printf("FAIL %s, %d clients: some never wrote again\n", fault_names[fault], size->clients);
  all.failed++;
}

static void rest(struct size *size) {
  uint64_t before[KINDS];
  size->connections = connections();
  memcpy(before, all.asked, sizeof before);
  run_for(REST_S * SECOND);
  count_since(before, REST_S, NULL, size->rest);
}

static void size_run(struct size *size, uint64_t round) {
  open_world(size->clients, 1000 * round);
  gather(size->clients);
  if (size->connections == 0) rest(size);
  for (int fault = 0; fault < FAULTS; fault++) {
    if ((plan.faults >> fault & 1u) == 0) continue;
    if (all.world->config.write_every_us > 0) {
      open_world(size->clients, 1000 * round + (uint64_t)fault);
      gather(size->clients);
    }
    begin_writing(SECOND);
    run_for(WARM_S * SECOND); /* links are warm by then */
    round_run(size, (enum fault)fault);
  }
}

/* ------------------------------------------------------------------------------- tables ------ */

static double median_ms(usec *values, int count) {
  if (count == 0) return -1;
  qsort(values, (size_t)count, sizeof *values, compare);
  return (double)values[count / 2] / 1000;
}

static void table_rest(void) {
  printf("\nAt rest (nobody writes; the nodes together)\n%8s  %16s  %12s  %8s  %8s\n", "clients",
         "connections/node", "heartbeats/s", "pings/s", "looks/s");
  for (int i = 0; i < plan.size_count; i++) {
    const struct size *size = &all.sizes[i];
    printf("%8d  %16d  %12.1f  %8.0f  %8.1f\n", size->clients, size->connections,
           size->rest[MSG_ACTIONS + HR_DO_PUBLISH], size->rest[MSG_PING],
           size->rest[MSG_ACTIONS + HR_DO_LOOK]);
  }
}

static void row_fault(struct size *size, enum fault fault) {
  int rounds = size->rounds[fault];
  if (rounds == 0) return;
  const double *during = size->during[fault];
  double locks = during[MSG_ACTIONS + HR_DO_LOCK] / rounds;
  double looks = during[MSG_ACTIONS + HR_DO_LOOK] / rounds;
  double sum = (during[MSG_HELLO] + during[MSG_REQUEST] + during[MSG_PING]) / rounds;
  printf("%-6s  %7d  %8.1f  %8.1f  %8.1f  %8.0f  %8.0f  %6.0f  %8.0f  %10.1f\n",
         fault_names[fault], size->clients, median_ms(size->first[fault], rounds),
         median_ms(size->middle[fault], rounds), median_ms(size->last[fault], rounds),
         during[MSG_HELLO] / rounds, looks, locks, sum, sum / size->clients);
}

static void table_faults(void) {
  printf("\nFrom the fault until a client's first acknowledged write (medians of %d), and what the "
         "nodes were asked\nuntil half a second later, beyond writes and what they are asked at "
         "rest\n%-6s  %7s  %8s  %8s  %8s  %8s  %8s  %6s  %8s  %10s\n", plan.rounds, "fault",
         "clients", "first ms", "median", "last", "dials", "looks", "locks", "all", "per client");
  for (int fault = 0; fault < FAULTS; fault++) {
    for (int i = 0; i < plan.size_count; i++) row_fault(&all.sizes[i], (enum fault)fault);
  }
}

static void judge(bool fine, const char *what) {
  printf("%s %s\n", fine ? "ok" : "FAIL", what);
  all.passed += fine;
  all.failed += !fine;
}

static struct size *of(int clients) {
  for (int i = 0; i < plan.size_count; i++) {
    if (all.sizes[i].clients == clients) return &all.sizes[i];
  }
  return NULL;
}

static void judge_all(void) {
  char what[200];
  const struct size *one = &all.sizes[0], *most = &all.sizes[plan.size_count - 1];
  double few = one->rest[MSG_ACTIONS + HR_DO_PUBLISH];
  double many = most->rest[MSG_ACTIONS + HR_DO_PUBLISH];
  snprintf(what, sizeof what, "heartbeats at rest: %.1f/s with %d clients, %.1f/s with %d (bound: "
           "%.1f times)", few, one->clients, many, most->clients, BEATS_BOUND);
  judge(few > 0 && many <= BEATS_BOUND * few, what);
  struct size *ten = of(GAP_FEW), *thousand = of(GAP_MANY);
  for (int fault = 0; fault < FAULTS && ten != NULL && thousand != NULL; fault++) {
    if ((plan.faults >> fault & 1u) == 0) continue;
    double a = median_ms(ten->last[fault], ten->rounds[fault]);
    double b = median_ms(thousand->last[fault], thousand->rounds[fault]);
    double turns = GAP_MANY * (EACH_SERVES * plan.serve_us + EACH_PUSHES * plan.push_us) / 1e3;
    snprintf(what, sizeof what, "%s: %.1f ms with %d clients, %.1f ms with %d, %.1f times; bound: "
             "%d times and %.0f ms for %d in turn", fault_names[fault], a, GAP_FEW, b, GAP_MANY,
             b / a, GAP_BOUND, turns, GAP_MANY);
    judge(a > 0 && b > 0 && b <= GAP_BOUND * a + turns, what);
  }
}

static const char *kind_name(int kind) {
  static const char *const actions[] = {
      [HR_DO_LOOK] = "look",     [HR_DO_LOCK] = "lock",       [HR_DO_UNLOCK] = "unlock",
      [HR_DO_GUARD] = "guard",   [HR_DO_UNGUARD] = "unguard", [HR_DO_SEAL] = "seal",
      [HR_DO_PROMOTE] = "promote", [HR_DO_FOLLOW] = "follow", [HR_DO_PAUSE] = "pause",
      [HR_DO_UNPAUSE] = "unpause", [HR_DO_RESTORE] = "restore", [HR_DO_PUBLISH] = "publish",
      [HR_DO_NOTE] = "note"};
  if (kind == MSG_HELLO) return "dial";
  if (kind == MSG_PING) return "ping";
  if (kind == MSG_WRITE) return "write";
  size_t action = kind >= MSG_ACTIONS ? (size_t)(kind - MSG_ACTIONS) : 0;
  return action < sizeof actions / sizeof actions[0] ? actions[action] : NULL;
}

static void tell_kinds(const char *what, int clients, const double *counts, double divisor) {
  printf("%s, %d clients:", what, clients);
  for (int kind = 0; kind < KINDS; kind++) {
    const char *name = kind_name(kind);
    if (name != NULL && counts[kind] > 0) printf(" %s %.1f", name, counts[kind] / divisor);
  }
  printf("\n");
}

static void tell_all_kinds(void) {
  for (int i = 0; i < plan.size_count; i++) {
    const struct size *size = &all.sizes[i];
    tell_kinds("rest", size->clients, size->rest, 1);
    for (int fault = 0; fault < FAULTS; fault++) {
      if (size->rounds[fault] == 0) continue;
      tell_kinds(fault_names[fault], size->clients, size->during[fault], size->rounds[fault]);
    }
  }
}

/* ---------------------------------------------------------------------------- arguments ------ */

static void usage(int code) {
  fprintf(code ? stderr : stdout,
          "usage: growth [--clients N,...] [--faults kill,hang,switch|none] [--rounds N]\n"
          "              [--serve-us N] [--push-us N] [--latency-us N] [--kinds] [--quick]\n");
  exit(code);
}

static void wrong(const char *what, const char *value) {
  fprintf(stderr, "growth: %s: \"%s\"\n", what, value);
  usage(2);
}

static void sizes_read(const char *text) {
  plan.size_count = argument_numbers(text, 1, WORLD_CLIENTS_MAX, plan.sizes, SIZES_MAX);
  if (plan.size_count > 0) return;
  wrong("--clients: too many, or no numbers with commas between", text);
}

static void faults_read(const char *text) {
  bool none = strcmp(text, "none") == 0;
  plan.faults = none ? 0 : argument_names(text, fault_names, FAULTS);
  if (plan.faults == 0 && !none) wrong("--faults: there is no such fault", text);
}

static bool number_read(const char *name, const char *value) {
  const struct {
    const char *name;
    int *to;
    long low, high;
  } numbers[] = {{"--rounds", &plan.rounds, 1, ROUNDS_MAX},
                 {"--serve-us", &plan.serve_us, 0, SECOND},
                 {"--push-us", &plan.push_us, 0, SECOND},
                 {"--latency-us", &plan.latency_us, 0, SECOND}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    long number;
    if (strcmp(numbers[i].name, name) != 0) continue;
    if (!argument_number(value, numbers[i].low, numbers[i].high, &number)) wrong(name, value);
    *numbers[i].to = (int)number;
    return true;
  }
  return false;
}

static void arguments(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    bool more = i + 1 < argc;
    if (strcmp(argv[i], "--help") == 0) {
      usage(0);
    } else if (strcmp(argv[i], "--quick") == 0) {
      sizes_read("10,1000");
      plan.rounds = 1;
    } else if (strcmp(argv[i], "--kinds") == 0) {
      plan.kinds = true;
    } else if (strcmp(argv[i], "--clients") == 0 && more) {
      sizes_read(argv[++i]);
    } else if (strcmp(argv[i], "--faults") == 0 && more) {
      faults_read(argv[++i]);
    } else if (more && number_read(argv[i], argv[i + 1])) {
      i++;
    } else {
      wrong("no such option, or no value for it", argv[i]);
    }
  }
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  all.world = world_new();
  all.gaps = calloc(WORLD_CLIENTS_MAX, sizeof *all.gaps);
  if (all.gaps == NULL) die("out of memory");
  for (int i = 0; i < plan.size_count; i++) {
    all.sizes[i].clients = plan.sizes[i];
    for (int round = 0; round < plan.rounds; round++) size_run(&all.sizes[i], 1 + (uint64_t)round);
  }
  table_rest();
  table_faults();
  if (plan.kinds) tell_all_kinds();
  printf("\n");
  judge_all();
  printf("%d passed, %d failed\n", all.passed, all.failed);
  world_free(all.world);
  free(all.gaps);
  return all.failed > 0;
}
