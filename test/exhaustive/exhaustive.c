/*
 * exhaustive [--pairs STRIDE] [--trace SCENARIO FIRST SECOND]
 *
 * A small world: three nodes, two clients, durable writes. In each scenario every moment at which
 * an action leaves a client or is served by a node is a place for a fault; every fault is tried at
 * every place, alone and (each STRIDE-th) together with every other. Then peace, and everybody must
 * agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define SETTLE_US 60000000
#define POLL_US 10000
#define CALM_POLLS 40
#define PLACES_MAX 400

enum fault {
  FAULT_NAP,        /* the client sleeps for a moment */
  FAULT_LONG_SLEEP, /* until its locks have expired */
  FAULT_DEATH,
  FAULT_EMPTY,      /* the server is killed and back at once without data */
  FAULT_CRASH,      /* and back a second later with its data */
  FAULT_HANG,       /* for two seconds: its socket keeps what it is sent */
  FAULT_DEAF,       /* what it says is held for a while */
  FAULT_COUNT
};
static const char *const fault_names[] = {"nap",   "long sleep", "death", "empty restart",
                                          "crash", "hang",       "mute"};

enum scenario { KILL, HANG, SWITCH, EMPTY, SCENARIO_COUNT };
static const char *const scenario_names[] = {"kill", "hang", "switchover", "empty restart"};

struct plan {
  enum scenario scenario;
  int place[2]; /* -1: no such fault */
  enum fault fault[2];
};

struct run {
  struct world *world;
  const struct plan *plan;
  bool counting;
  int places;                       /* met so far */
  bool client_place[PLACES_MAX];
};

static bool is_place(enum hr_action_kind action) {
  switch (action) {
    case HR_DO_LOCK:
    case HR_DO_GUARD:
    case HR_DO_SEAL:
    case HR_DO_PROMOTE:
    case HR_DO_FOLLOW:
    case HR_DO_PAUSE:
    case HR_DO_UNLOCK:
      return true;
    default:
      return false;
  }
}

static void wake(struct world *world, void *subject, uint64_t argument) {
  (void)argument;
  client_wake(world, subject);
}

static void revive(struct world *world, void *subject, uint64_t argument) {
  struct server *server = subject;
  (void)argument;
  if (server->process == PROCESS_DOWN) server_start(world, server, DATA_KEPT);
  server_continue(world, server);
}

static void hear(struct world *world, void *subject, uint64_t index) {
  (void)subject;
  for (int i = 0; i < 2; i++) net_cut(world, peer_server((int)index), peer_client(i), false);
  net_unstick(world, 0);
}

static void hit_server(struct world *world, struct server *server, enum fault fault) {
  switch (fault) {
    case FAULT_EMPTY:
      server_crash(world, server);
      for (size_t i = 0; i < world->config.nodes; i++) {
        if (world->servers[i].lossy) fault = FAULT_CRASH; /* one at a time is what is promised */
      }
      server_start(world, server, fault == FAULT_CRASH ? DATA_KEPT : DATA_EMPTY);
      break;
    case FAULT_CRASH:
      server_crash(world, server);
      world_at(world, world->now + 1000000, revive, server, 0);
      break;
    case FAULT_HANG:
      server_stop(world, server);
      world_at(world, world->now + 2000000, revive, server, 0);
      break;
    default:
      for (int i = 0; i < 2; i++) net_cut(world, peer_server(server->index), peer_client(i), true);
      world_at(world, world->now + 700000, hear, server, (uint64_t)server->index);
  }
}

static void hit(struct world *world, struct peer who, enum fault fault) {
  world_trace(world, "%s of %d", fault_names[fault], peer_slot(who));
  if (!who.client) {
    hit_server(world, &world->servers[who.index], fault);
    return;
  }
  struct client *client = &world->clients[who.index];
  if (fault == FAULT_DEATH) {
    client_kill(world, client);
    return;
  }
  client_sleep(world, client);
  usec time = fault == FAULT_NAP ? 30000 : 8000000;
  world_at(world, world->now + time, wake, client, 0);
}

static void passing(void *owner, struct peer who, enum hr_action_kind action) {
  struct run *run = owner;
  if (!run->counting || !is_place(action) || run->places == PLACES_MAX) return;
  int place = run->places++;
  run->client_place[place] = who.client;
  for (int i = 0; i < 2; i++) {
    if (run->plan->place[i] == place) hit(run->world, who, run->plan->fault[i]);
  }
}

static void begin(struct run *run, FILE *trace) {
  struct world_config config;
  struct world *world = run->world;
  world_config_init(&config);
  config.durable = true;
  config.down_after_ms = 300;
  config.fence_ms = 90;
  config.write_every_us = 10000;
  config.subscribers = true;
  world_open(world, &config);
  world->trace = trace;
  world->passing = passing;
  world->log_owner = run;
  for (int i = 0; i < 3; i++) server_start(world, &world->servers[i], DATA_EMPTY);
  for (int i = 0; i < 2; i++) client_start(world, &world->clients[i]);
  world_run(world, 1500000);
}

static void act(struct run *run) {
  struct world *world = run->world;
  struct server *master = &world->servers[check_agreed(world)];
  run->counting = true;
  switch (run->plan->scenario) {
    case HANG:
      server_stop(world, master);
      world_at(world, world->now + 3000000, revive, master, 0);
      break;
    case SWITCH:
      client_ask(world, &world->clients[0], HR_EV_SWITCHOVER, -1);
      break;
    case EMPTY:
      server_crash(world, master);
      server_start(world, master, DATA_EMPTY);
      break;
    default:
      server_crash(world, master);
      world_at(world, world->now + 3000000, revive, master, 0);
  }
}

/* The faults end by themselves; from then on there is a bound. */
static void settle(struct run *run) {
  struct world *world = run->world;
  char why[200] = "";
  world_run(world, world->now + 9000000);
  run->counting = false;
  for (int i = 0; i < 2; i++) {
    if (!world->clients[i].alive) client_start(world, &world->clients[i]);
  }
  usec end = world->now + SETTLE_US;
  for (int calm = 0; calm < CALM_POLLS && world->violation[0] == '\0';) {
    world_run(world, world->now + POLL_US);
    calm = check_converged(world, why, sizeof why) ? calm + 1 : 0;
    if (world->now > end) world_violation(world, "4: never agreed: %s", why);
  }
  if (world->violation[0] != '\0') return;
  uint32_t lost = check_lost(world, world->servers[check_agreed(world)].state, true);
  if (lost > 0) world_violation(world, "2: %u durable writes are gone", (unsigned)lost);
  subs_check_all(world, CALM_POLLS * POLL_US / 2);
}

static bool tell(struct run *run, const struct plan *plan, FILE *trace) {
  run->plan = plan;
  run->places = 0;
  run->counting = false;
  begin(run, trace);
  if (run->world->violation[0] == '\0') act(run);
  if (run->world->violation[0] == '\0') settle(run);
  if (run->world->violation[0] == '\0') return true;
  printf("%s", scenario_names[plan->scenario]);
  for (int i = 0; i < 2; i++) {
    if (plan->place[i] < 0) continue;
    printf(", %s at place %d (%d)", fault_names[plan->fault[i]], plan->place[i],
           plan->place[i] * FAULT_COUNT + (int)plan->fault[i]);
  }
  printf(": %s\n", run->world->violation);
  return false;
}

static bool fits(bool client_place, enum fault fault) {
  return client_place == (fault <= FAULT_DEATH);
}

/* A fault at a place as one number, so that pairs can be walked with a stride. */
static void set(struct plan *plan, int which, int number) {
  plan->place[which] = number < 0 ? -1 : number / FAULT_COUNT;
  plan->fault[which] = number < 0 ? FAULT_NAP : (enum fault)(number % FAULT_COUNT);
}

static long walk(struct run *run, enum scenario scenario, int stride, long *runs) {
  struct plan plan = {.scenario = scenario};
  long failed = 0, turn = 0;
  set(&plan, 0, -1);
  set(&plan, 1, -1);
  failed += !tell(run, &plan, NULL);
  (*runs)++;
  int first_places = run->places;
  bool first_kinds[PLACES_MAX], kinds[PLACES_MAX];
  memcpy(first_kinds, run->client_place, sizeof kinds);
  for (int one = 0; one < first_places * FAULT_COUNT; one++) {
    set(&plan, 0, one);
    set(&plan, 1, -1);
    if (!fits(first_kinds[one / FAULT_COUNT], plan.fault[0])) continue;
    failed += !tell(run, &plan, NULL);
    (*runs)++;
    int places = run->places;
    memcpy(kinds, run->client_place, sizeof kinds);
    for (int two = (one / FAULT_COUNT + 1) * FAULT_COUNT; two < places * FAULT_COUNT; two++) {
      if (!fits(kinds[two / FAULT_COUNT], (enum fault)(two % FAULT_COUNT))) continue;
      if (stride == 0 || ++turn % stride != 0) continue;
      set(&plan, 1, two);
      failed += !tell(run, &plan, NULL);
      (*runs)++;
    }
  }
  printf("%s: %d places\n", scenario_names[scenario], first_places);
  return failed;
}

int main(int argc, char **argv) {
  int stride = 0;
  struct run run = {.world = world_new()};
  long failed = 0, runs = 0;
  if (argc == 3 && strcmp(argv[1], "--pairs") == 0) stride = atoi(argv[2]);
  if (argc == 5 && strcmp(argv[1], "--trace") == 0) {
    struct plan plan = {.scenario = (enum scenario)(atoi(argv[2]) % SCENARIO_COUNT)};
    set(&plan, 0, atoi(argv[3]));
    set(&plan, 1, atoi(argv[4]));
    failed = !tell(&run, &plan, stdout);
  } else if (argc == 1 || stride > 0) {
    for (int i = 0; i < SCENARIO_COUNT; i++) failed += walk(&run, (enum scenario)i, stride, &runs);
    printf("%ld histories, %ld broke an invariant\n", runs, failed);
  } else {
    fprintf(stderr, "usage: exhaustive [--pairs STRIDE] [--trace SCENARIO FIRST SECOND]\n");
    failed = 2;
  }
  world_free(run.world);
  return failed > 0;
}
