/* Which faults happen when. Everything here is drawn from the history's own seed. */
#include "history.h"

#include <stdio.h>
#include <string.h>

#define SETTLE_US 40000000
#define POLL_US 20000
#define CALM_POLLS 50
#define PERSON_US 15000000

static usec pick(struct world *world, const usec *list, size_t count) {
  return list[world_random(world, (usec)count)];
}

static void configure(struct world_config *config, const struct history_options *options) {
  uint64_t seed = options->seed ^ 0x5eed;
  static const int nodes[] = {3, 3, 3, 3, 3, 5, 5, 2, 1, 4};
  static const hr_msec down[] = {100, 300, 1000, 1000};
  static const usec sync[] = {1000, 20000, 300000, 1500000};
  static const usec ping[] = {1000000, 10000000};
  world_config_init(config);
  config->seed = options->seed;
  config->nodes = (size_t)(options->nodes > 0 ? options->nodes : nodes[chance_below(&seed, 10)]);
  int clients = options->clients > 0 ? options->clients : 1 + (int)chance_below(&seed, 4);
  config->clients = (size_t)clients;
  config->durable = chance_below(&seed, 3) != 0 && config->nodes > 1;
  config->down_after_ms = down[chance_below(&seed, 4)];
  config->fence_ms = config->down_after_ms * 3 / 10;
  config->latency_us = 20 + chance_below(&seed, 300);
  config->jitter_us = chance_below(&seed, 600);
  config->retransmit_us = 1000 + chance_below(&seed, 200000);
  config->sync_us = sync[chance_below(&seed, 4)];
  config->repl_ping_us = ping[chance_below(&seed, 2)];
  config->load_us = 1000 + chance_below(&seed, 50000);
  config->write_every_us = 10000 + chance_below(&seed, 40000);
  if (config->nodes == 5 && chance_below(&seed, 5) == 0) config->quorum = 2;
  config->flush_max = 1 + (uint32_t)chance_below(&seed, 3);
  config->subscribers = true;
  config->held_max = chance_below(&seed, 4) == 0 ? 3 : 1000;
}

static struct server *any_server(struct world *world) {
  return &world->servers[world_random(world, (usec)world->config.nodes)];
}

/* Half of the time the one that matters. */
static struct server *any_victim(struct world *world) {
  const struct promotion *latest = check_latest(world);
  if (latest != NULL && world_random(world, 2) == 0) return &world->servers[latest->node];
  return any_server(world);
}

static struct client *any_client(struct world *world) {
  return &world->clients[world_random(world, (usec)world->config.clients)];
}

static struct peer any_peer(struct world *world) {
  usec all = (usec)(world->config.nodes + world->config.clients);
  usec one = world_random(world, all);
  usec nodes = (usec)world->config.nodes;
  return one < nodes ? peer_server((int)one) : peer_client((int)(one - nodes));
}

/* The promise to durable writes holds as long as fewer than a majority lose data at a time. */
static bool may_lose(const struct world *world, const struct server *server) {
  int lossy = server->lossy ? 0 : 1;
  for (size_t i = 0; i < world->config.nodes; i++) lossy += world->servers[i].lossy;
  return lossy <= (int)world->config.nodes - check_majority(world);
}

static void restart(struct world *world, struct server *server) {
  static const enum data kinds[] = {DATA_KEPT,  DATA_REBASED,       DATA_EMPTY,
                                    DATA_EMPTY, DATA_REBASED_OLDER, DATA_OLDER};
  enum data data = kinds[world_random(world, 6)];
  bool loses = data == DATA_EMPTY || data == DATA_OLDER || data == DATA_REBASED_OLDER;
  if (loses && !may_lose(world, server)) data = DATA_KEPT;
  /* Flushed, filled again, out of its stream: nobody could tell it from a stranger. */
  if (server->state->record == NULL && server->state->keys > 0) data = DATA_KEPT;
  server_start(world, server, data);
}

static void crash(struct world *world) {
  struct server *server = any_victim(world);
  server_crash(world, server);
  if (world_random(world, 2) == 0) restart(world, server); /* faster than one redial */
}

static void set_cut(struct world *world, struct peer from, struct peer to, bool cut) {
  net_cut(world, from, to, cut);
  if (!cut) net_unstick(world, world->config.retransmit_us);
}

static void cut(struct world *world) {
  struct peer from = any_peer(world), to = any_peer(world);
  if (from.client && to.client) return;
  world_trace(world, "cut %d -> %d", peer_slot(from), peer_slot(to));
  set_cut(world, from, to, true);
  if (world_random(world, 2) == 0) set_cut(world, to, from, true);
}

/* A replica that stays behind: what is durable is then with the others alone. */
static void lag(struct world *world) {
  struct peer from = peer_server(any_victim(world)->index);
  struct peer to = peer_server(any_server(world)->index);
  world_trace(world, "%d lags behind %d", to.index, from.index);
  if (from.index != to.index) set_cut(world, from, to, true);
}

static void partition(struct world *world) {
  unsigned nodes = (unsigned)chance_next(&world->chance); /* a bit for each: which side */
  world_trace(world, "partition %x", nodes & ((1u << world->config.nodes) - 1));
  for (size_t i = 0; i < world->config.nodes + world->config.clients; i++) {
    bool client = i >= world->config.nodes;
    struct peer one = client ? peer_client((int)(i - world->config.nodes)) : peer_server((int)i);
    bool side = client ? world_random(world, 2) != 0 : (nodes >> i & 1) != 0;
    for (size_t j = 0; j < world->config.nodes; j++) {
      bool apart = side != (nodes >> j & 1);
      net_cut(world, one, peer_server((int)j), apart);
      net_cut(world, peer_server((int)j), one, apart);
    }
  }
  net_unstick(world, world->config.retransmit_us);
}

static void heal(struct world *world) {
  world_trace(world, "heal");
  net_heal(world);
  for (size_t slot = 0; slot < world->slots; slot++) net_slow(world, (int)slot, 0);
  net_unstick(world, world->config.retransmit_us);
}

static void revive(struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    struct server *server = &world->servers[i];
    if (server->process == PROCESS_DOWN && world_random(world, 2) == 0) restart(world, server);
  }
}

static void stop(struct world *world) {
  server_stop(world, any_victim(world));
}

static void resume(struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world_random(world, 2) == 0) server_continue(world, &world->servers[i]);
  }
}

static void sleep_client(struct world *world) {
  client_sleep(world, any_client(world));
}

static void wake_client(struct world *world) { client_wake(world, any_client(world)); }

static void replace_client(struct world *world) {
  struct client *client = any_client(world);
  if (client->alive) {
    client_kill(world, client);
  } else {
    client_start(world, client);
  }
}

static void step_clock(struct world *world) {
  static const usec steps[] = {-3600000000, -1000000, 1000000, 3600000000};
  struct server *server = any_server(world);
  server->clock_step += pick(world, steps, 4);
  world_trace(world, "clock of %s steps to %lld", server->name, (long long)server->clock_step);
}

static void flush(struct world *world) {
  const struct promotion *latest = check_latest(world);
  if (latest == NULL) return;
  struct server *server = &world->servers[latest->node];
  if (server->process != PROCESS_UP || server->loading || !server_is_master(server)) return;
  if (!server_paused(world, server)) server_flushall(world, server);
}

static void switchover(struct world *world) {
  struct client *client = any_client(world);
  int node = world_random(world, 2) == 0 ? -1 : any_server(world)->index;
  world_trace(world, "%s is asked for a switchover to %d", client->name, node);
  client_ask(world, client, HR_EV_SWITCHOVER, node);
}

static void slow(struct world *world) {
  int slot = peer_slot(any_peer(world));
  usec most = world_random(world, 2) == 0 ? 30000 : 400000;
  net_slow(world, slot, world->slow[slot] > 0 ? 0 : world_random(world, most));
  world_trace(world, "%d is slow by %lld us", slot, (long long)world->slow[slot]);
}

static void save(struct world *world) {
  struct server *server = any_server(world);
  if (server->process != PROCESS_UP || server->loading) return;
  server->saved = server->state;
  memcpy(server->saved_replid, server->replid, sizeof server->saved_replid);
}

static void ask_durable(struct world *world) {
  if (world->config.durable) client_become_durable(world, any_client(world));
}

static void fill_up(struct world *world) {
  struct server *server = any_server(world);
  server->full = !server->full;
}

static void fill_disk(struct world *world) {
  struct server *server = any_server(world);
  server->disk_full = !server->disk_full;
}

static void weight(struct world *world) {
  struct server *server = any_server(world);
  server->priority = server->priority == 0 ? 100 : (int)world_random(world, 2) * 50;
}

static void shut_out(struct world *world) {
  struct server *server = any_server(world);
  server->refuses_us = !server->refuses_us;
  if (server->refuses_us && server->process == PROCESS_UP) server_kick(world, server, NULL);
}

static void leave_writable(struct world *world) {
  struct server *server = any_server(world);
  if (server->process == PROCESS_UP && !server_is_master(server)) server->writable = true;
}

static void drop_backlog(struct world *world) {
  struct server *server = any_server(world);
  bool lonely = replication_count(server) == 0;
  if (server->process == PROCESS_UP && server_is_master(server) && lonely) {
    replication_forget_backlog(world, server);
  }
}

static void change_mind(struct world *world) {
  struct client *client = any_client(world);
  if (client->alive && !client->asleep) subs_want(world, client, !client->sub.wants);
}

/* Hits exactly when an action leaves a client or has been served: what chance would seldom meet. */
static void ambush(struct world *world) {
  static const enum hr_action_kind actions[] = {HR_DO_LOCK,   HR_DO_GUARD,   HR_DO_GUARD,
                                                HR_DO_SEAL,   HR_DO_PROMOTE, HR_DO_PROMOTE,
                                                HR_DO_FOLLOW, HR_DO_RESTORE, HR_DO_PAUSE,
                                                HR_DO_UNLOCK, HR_DO_PUBLISH, HR_DO_LOOK};
  struct trap *trap = &world->traps[world_random(world, WORLD_TRAPS_MAX)];
  trap->who = any_peer(world);
  trap->action = actions[world_random(world, 12)];
  trap->after = world_random(world, 2) != 0;
  trap->armed = true;
}

static void sprung(void *owner, int index) {
  struct world *world = owner;
  const struct trap *trap = &world->traps[index];
  struct server *server = trap->who.client ? NULL : &world->servers[trap->who.index];
  struct client *client = trap->who.client ? &world->clients[trap->who.index] : NULL;
  usec one = world_random(world, 6);
  world_trace(world, "ambush!");
  if (one == 0) {
    cut(world);
  } else if (one == 1) {
    crash(world);
  } else if (trap->who.client && one < 4) {
    client_sleep(world, client);
  } else if (trap->who.client) {
    client_kill(world, client);
  } else if (one < 4) {
    server_stop(world, server);
  } else {
    server_crash(world, server);
    if (world_random(world, 2) == 0) restart(world, server);
  }
}

static bool goes_on(struct world *world, usec within) {
  world_run(world, world->now + world_random(world, within));
  return world->violation[0] == '\0';
}

/* One replica lags, so that the newest writes are with the other; then that one is hit, and the
 * master: the shortest way to a loss if the wrong ones are counted or ranked. */
static void ruin(struct world *world) {
  const struct promotion *latest = check_latest(world);
  if (latest == NULL || world->config.nodes < 3) return;
  struct server *master = &world->servers[latest->node];
  int behind = (latest->node + 1 + (int)world_random(world, 2)) % (int)world->config.nodes;
  int other = (latest->node + 1 + (int)world_random(world, 2)) % (int)world->config.nodes;
  world_trace(world, "%d lags, %d is hit, then the master %d", behind, other, latest->node);
  if (behind != latest->node) set_cut(world, peer_server(latest->node), peer_server(behind), true);
  if (!goes_on(world, 100000)) return;
  if (world_random(world, 3) == 0) flush(world);
  if (!goes_on(world, 200000)) return;
  if (other != latest->node && world_random(world, 3) != 0) {
    server_crash(world, &world->servers[other]);
    restart(world, &world->servers[other]);
  }
  if (!goes_on(world, 3000)) return;
  if (world_random(world, 3) == 0) {
    server_stop(world, master);
  } else {
    server_crash(world, master);
    if (world_random(world, 3) == 0) restart(world, master);
  }
  goes_on(world, 5 * world->config.down_after_ms * 1000);
}

/* A master hangs and is replaced; the new one goes away, who elected it forgets, and the old one is
 * back: whoever believes it now loses what was written since. */
static void relapse(struct world *world) {
  usec down = world->config.down_after_ms * 1000;
  const struct promotion *first = check_latest(world);
  if (first == NULL || world->config.nodes < 3) return;
  struct server *old = &world->servers[first->node];
  world_trace(world, "a relapse of %s", old->name);
  server_stop(world, old);
  if (!goes_on(world, 4 * down) || !goes_on(world, 300000)) return;
  struct server *new = &world->servers[check_latest(world)->node];
  struct server *other = any_server(world);
  if (new == old) return;
  server_crash(world, new);
  if (other != old && other != new) {
    server_crash(world, other);
    restart(world, other);
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    struct client *client = &world->clients[i];
    if (world_random(world, 2) == 0) client_kill(world, client);
    if (!client->alive) client_start(world, client);
  }
  server_continue(world, old);
  if (!goes_on(world, 8 * down) || new->process != PROCESS_DOWN) return;
  restart(world, new);
  goes_on(world, 5 * down);
}

static void fault(struct world *world) {
  static const struct {
    void (*happen)(struct world *world);
    int weight;
  } faults[] = {{crash, 14},        {revive, 6},    {stop, 10},       {resume, 5},
                {cut, 5},           {partition, 3}, {heal, 4},        {lag, 10},
                {sleep_client, 8},  {wake_client, 4}, {replace_client, 4}, {step_clock, 1},
                {flush, 1},         {switchover, 6}, {slow, 2},       {save, 4},
                {fill_up, 1},       {fill_disk, 1}, {weight, 1},    {shut_out, 1},
                {leave_writable, 1}, {drop_backlog, 2}, {ambush, 16}, {ruin, 12},
                {ask_durable, 2},   {relapse, 6},   {change_mind, 2}};
  int sum = 0;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sum += faults[i].weight;
  usec one = world_random(world, sum);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    one -= faults[i].weight;
    if (one >= 0) continue;
    faults[i].happen(world);
    return;
  }
}

/* Most faults hit the middle of something: short gaps, and some that are long enough to heal. */
static usec gap(struct world *world) {
  usec down = world->config.down_after_ms * 1000;
  const usec gaps[] = {1000, 3000, 10000, 30000, down / 2, down * 2, down * 5};
  return world_random(world, pick(world, gaps, 7));
}

static void start(struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    server_start(world, &world->servers[i], DATA_EMPTY);
    replication_tick(world, &world->servers[i]);
  }
  bool mixed = world_random(world, 3) == 0;
  for (size_t i = 0; i < world->config.clients; i++) {
    if (mixed && world_random(world, 2) == 0) world->clients[i].durable = false;
    client_start(world, &world->clients[i]);
    world_run(world, world->now + world_random(world, 2000));
  }
  if (world_random(world, 4) != 0) world_run(world, world->now + 1500000);
}

static void return_server(struct world *world, void *subject, uint64_t round) {
  struct server *server = subject;
  (void)round;
  if (server->process == PROCESS_DOWN) server_start(world, server, DATA_KEPT);
  server_continue(world, server);
}

static void return_client(struct world *world, void *subject, uint64_t round) {
  struct client *client = subject;
  (void)round;
  client_wake(world, client);
  if (!client->alive) client_start(world, client);
  if (!client->asleep) subs_want(world, client, true);
}

/* The network is whole again; who slept, hung or died comes back into it when it pleases. */
static void end_faults(struct world *world) {
  static const usec within[] = {0, 20000, 1000000, 6000000};
  world_trace(world, "no more faults");
  memset(world->traps, 0, sizeof world->traps);
  heal(world);
  for (size_t i = 0; i < world->config.nodes; i++) {
    struct server *server = &world->servers[i];
    server->full = server->disk_full = server->refuses_us = false;
    if (server->priority == 0) server->priority = 100;
    usec at = world->now + world_random(world, pick(world, within, 4));
    world_at(world, at, return_server, server, 0);
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    usec at = world->now + world_random(world, pick(world, within, 4));
    world_at(world, at, return_client, &world->clients[i], 0);
  }
}

static bool everybody_is_back(const struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->servers[i].process != PROCESS_UP) return false;
  }
  for (size_t i = 0; i < world->config.clients; i++) {
    if (!world->clients[i].alive || world->clients[i].asleep) return false;
  }
  return true;
}

/* Keys from before or behind a FLUSHALL, without a record or with that of the group as it was
 * before it was founded anew: nobody could know whose they are. The node is left alone, and told
 * of, until a person empties it. */
static void empty_strangers(struct world *world) {
  const struct promotion *latest = check_latest(world);
  if (latest == NULL) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    struct server *server = &world->servers[i];
    const struct record *record = server->state->record;
    bool nameless = record == NULL && server->state->keys > 0;
    bool renamed = record != NULL && strcmp(record->uuid, latest->state->record->uuid) != 0;
    bool strange = server->process == PROCESS_UP && server->stream != STREAM_UP;
    if (!strange || (!nameless && !renamed)) continue;
    server_crash(world, server);
    server_start(world, server, DATA_EMPTY);
  }
}

static void settle(struct world *world, struct history_result *result) {
  usec since = world->now;
  char why[256] = "";
  int calm = 0; /* what was asked before the peace may still be under way */
  while (world->violation[0] == '\0' && calm < CALM_POLLS) {
    bool agreed = everybody_is_back(world) && check_converged(world, why, sizeof why);
    calm = agreed ? calm + 1 : 0;
    if (world->now - since > PERSON_US && world->now - since <= PERSON_US + POLL_US) {
      empty_strangers(world);
    }
    if (world->now > since + SETTLE_US) {
      world_violation(world, "4: %lld s after the last fault %s",
                      (long long)(world->now - since) / 1000000, why);
      return;
    }
    world_run(world, world->now + POLL_US);
  }
  if (world->violation[0] == '\0') subs_check_all(world, CALM_POLLS * POLL_US / 2);
  usec took = world->now - since - CALM_POLLS * POLL_US;
  if (took > result->settled_us) result->settled_us = took;
}

/* Peace: nobody elects anybody, and what was acknowledged is there. */
static void rest(struct world *world) {
  size_t promotions = world->promotion_count;
  uint64_t gaps = world->subs.gaps;
  world_run(world, world->now + 3 * world->config.down_after_ms * 1000 + 500000);
  if (world->violation[0] != '\0') return;
  if (world->promotion_count != promotions) {
    world_violation(world, "6: a promotion though nothing had happened");
    return;
  }
  int master = check_agreed(world);
  uint32_t lost = master < 0 ? 0 : check_lost(world, world->servers[master].state, true);
  if (lost > 0) world_violation(world, "2: %u durable writes are gone", (unsigned)lost);
  char why[256];
  if (!check_converged(world, why, sizeof why)) world_violation(world, "4: in peace, %s", why);
  if (world->subs.gaps != gaps) world_violation(world, "14: a gap though nothing had happened");
  subs_check_all(world, 100000);
}

/* Rounds of faults; most begin with a whole group, for one that lies still hides mistakes. */
static void play(struct world *world, int steps, struct history_result *result) {
  while (steps > 0 && world->violation[0] == '\0') {
    int burst = 1 + (int)world_random(world, 8);
    for (; burst > 0 && steps > 0 && world->violation[0] == '\0'; burst--, steps--) {
      world_run(world, world->now + gap(world));
      if (world->violation[0] == '\0') fault(world);
    }
    if (steps <= 0 || world_random(world, 3) == 0 || world->violation[0] != '\0') continue;
    world_run(world, world->now + world_random(world, 3 * world->config.down_after_ms * 1000));
    if (world->violation[0] != '\0') return;
    end_faults(world);
    settle(world, result);
  }
}

bool history_run(struct world *world, const struct history_options *options,
                 struct history_result *result) {
  struct world_config config;
  memset(result, 0, sizeof *result);
  configure(&config, options);
  world_open(world, &config);
  world->trace = options->trace;
  world->sprung = sprung;
  world->log_owner = world;
  start(world);
  play(world, options->steps, result);
  if (world->violation[0] == '\0') {
    end_faults(world);
    settle(world, result);
  }
  if (world->violation[0] == '\0') rest(world);
  result->promotions = world->promotion_count;
  result->writes = world->writes;
  result->acked = world->acked_count;
  result->durable = world->durable_count;
  result->steps = world->steps;
  result->subs = world->subs;
  return world->violation[0] == '\0';
}
