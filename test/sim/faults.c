/* The vocabulary: which faults there are, how often each is drawn, and of whom. */
#include <string.h>

#include "history.h"

#define GROUP_MAX 300 /* of the letters of one side of a cut */

struct server *draw_server(struct history *history) {
  struct world *world = history->world;
  return &world->servers[history_below(history, (usec)world->config.nodes)];
}

struct server *elected(struct history *history) {
  const struct promotion *latest = check_latest(history->world);
  return latest == NULL ? NULL : &history->world->servers[latest->node];
}

/* Half of the time the one that matters. */
struct server *draw_victim(struct history *history) {
  struct server *master = elected(history);
  return master != NULL && history_below(history, 2) == 0 ? master : draw_server(history);
}

struct client *draw_client(struct history *history) {
  struct world *world = history->world;
  return &world->clients[history_below(history, (usec)world->config.clients)];
}

const char *name_of(const struct world *world, struct peer peer) {
  return peer.client ? world->clients[peer.index].name : world->servers[peer.index].name;
}

static struct peer any_peer(struct history *history) {
  usec nodes = (usec)history->world->config.nodes;
  usec one = history_below(history, nodes + (usec)history->world->config.clients);
  return one < nodes ? peer_server((int)one) : peer_client((int)(one - nodes));
}

const char *draw_data(struct history *history) {
  static const char *const kinds[] = {"kept", "rebased", "empty", "empty", "rebased_older",
                                      "older"};
  return kinds[history_below(history, 6)];
}

void say_start_again(struct history *history, const struct server *server) {
  history_say(history, "start %s %s " STORY_WITHIN, server->name, draw_data(history));
}

void say_restart(struct history *history, const struct server *server) {
  history_say(history, "restart %s %s " STORY_WITHIN, server->name, draw_data(history));
}

/* ------------------------------------------------------------------ processes ----------------- */

void say_crash(struct history *history) {
  const struct server *server = draw_victim(history);
  if (history_below(history, 2) == 0) say_restart(history, server); /* faster than one redial */
  else history_say(history, "kill %s", server->name);
}

static void revive(struct history *history) {
  for (size_t i = 0; i < history->world->config.nodes; i++) {
    const struct server *server = &history->world->servers[i];
    if (server->process != PROCESS_DOWN || history_below(history, 2) != 0) continue;
    say_start_again(history, server);
  }
}

void say_stop(struct history *history) {
  history_say(history, "stop %s", draw_victim(history)->name);
}

static void resume(struct history *history) {
  for (size_t i = 0; i < history->world->config.nodes; i++) {
    const struct server *server = &history->world->servers[i];
    if (server->process != PROCESS_STOPPED || history_below(history, 2) != 0) continue;
    history_say(history, "continue %s", server->name);
  }
}

static void sleep_client(struct history *history) {
  history_say(history, "sleep %s", draw_client(history)->name);
}

static void wake_client(struct history *history) {
  history_say(history, "wake %s", draw_client(history)->name);
}

static void replace_client(struct history *history) {
  const struct client *client = draw_client(history);
  bool at_once = history_below(history, 3) == 0;
  history_say(history, "%s %s", at_once ? "restart" : client->alive ? "kill" : "start",
              client->name);
}

static void ask_durable(struct history *history) {
  if (!history->world->config.durable) return;
  history_say(history, "durable %s", draw_client(history)->name);
}

static void change_mind(struct history *history) {
  const struct client *client = draw_client(history);
  for (size_t i = 0; i < history->world->config.clients; i++) {
    bool quiet = !history->world->clients[i].sub.wants;
    if (quiet && history_below(history, 2) == 0) client = &history->world->clients[i];
  }
  if (!client->alive || client->asleep) return;
  history_say(history, "%s %s", client->sub.wants ? "unsubscribe" : "subscribe", client->name);
}

void say_switchover(struct history *history) {
  const struct client *client = draw_client(history);
  if (history_below(history, 2) == 0) {
    history_say(history, "switchover %s", client->name);
  } else {
    history_say(history, "switchover %s %s", client->name, draw_server(history)->name);
  }
}

/* ------------------------------------------------------------------ the network --------------- */

static void cut(struct history *history) {
  struct peer from = any_peer(history), to = any_peer(history);
  if (from.client && to.client) return;
  const char *way = history_below(history, 2) == 0 ? "" : " >";
  history_say(history, "cut %s%s %s", name_of(history->world, from), way,
              name_of(history->world, to));
}

/* A replica that stays behind: what is durable is then with the others alone. */
static void lag(struct history *history) {
  const struct server *from = draw_victim(history), *to = draw_server(history);
  if (from != to) history_say(history, "cut %s > %s", from->name, to->name);
}

void join(const struct world *world, struct peer peer, char *list, size_t size) {
  size_t at = strlen(list);
  snprintf(list + at, size - at, at > 0 ? ",%s" : "%s", name_of(world, peer));
}

static void partition(struct history *history) {
  char sides[2][GROUP_MAX] = {"", ""};
  const struct world *world = history->world;
  uint64_t side = chance_next(&history->chance);
  for (size_t i = 0; i < world->config.nodes; i++, side >>= 1) {
    join(world, peer_server((int)i), sides[side & 1], GROUP_MAX);
  }
  for (size_t i = 0; i < world->config.clients; i++, side >>= 1) {
    join(world, peer_client((int)i), sides[side & 1], GROUP_MAX);
  }
  if (sides[0][0] == '\0' || sides[1][0] == '\0') return;
  history_say(history, "heal");
  history_say(history, "cut %s %s", sides[0], sides[1]);
}

static void heal(struct history *history) {
  history_say(history, "heal");
}

static void slow(struct history *history) {
  struct peer peer = any_peer(history);
  usec most = history_below(history, 2) == 0 ? 30000 : 400000;
  usec delay = history_below(history, most);
  if (history->world->slow[peer_slot(peer)] > 0) delay = 0;
  history_say(history, "slow %s %lldus", name_of(history->world, peer), (long long)delay);
}

/* ------------------------------------------------------------------ settings of a node -------- */

static void step_clock(struct history *history) {
  static const char *const steps[] = {"-1h", "-1s", "1s", "1h"};
  const char *name = draw_server(history)->name;
  history_say(history, "clock %s %s", name, steps[history_below(history, 4)]);
}

void say_flush(struct history *history) {
  const struct server *master = elected(history);
  if (master == NULL || !story_may_flush(history->world, master)) return;
  history_say(history, "flushall %s " STORY_WITHIN, master->name);
}

static void save(struct history *history) {
  const struct server *server = draw_server(history);
  if (server->process != PROCESS_UP || server->loading) return;
  history_say(history, "save %s", server->name);
}

static void fill_up(struct history *history) {
  const struct server *server = draw_server(history);
  history_say(history, "%s %s", server->full ? "not_full" : "full", server->name);
}

static void fill_disk(struct history *history) {
  const struct server *server = draw_server(history);
  history_say(history, "%s %s", server->disk_full ? "disk_freed" : "disk_full", server->name);
}

static void weigh(struct history *history) {
  const struct server *server = draw_server(history);
  int priority = server->priority == 0 ? 100 : (int)history_below(history, 2) * 50;
  history_say(history, "priority %s %d", server->name, priority);
}

static void shut_out(struct history *history) {
  const struct server *server = draw_server(history);
  bool refuses = !server->refuses_us;
  history_say(history, "%s %s", refuses ? "refuses_us" : "accepts_us", server->name);
  if (refuses && server->process == PROCESS_UP) history_say(history, "kick %s", server->name);
}

static void leave_writable(struct history *history) {
  const struct server *server = draw_server(history);
  if (server->process != PROCESS_UP || server_is_master(server)) return;
  history_say(history, "writable %s", server->name);
}

static void drop_backlog(struct history *history) {
  const struct server *server = draw_server(history);
  bool lonely = replication_count(server) == 0;
  if (server->process != PROCESS_UP || !server_is_master(server) || !lonely) return;
  history_say(history, "no_backlog %s", server->name);
}

/* ------------------------------------------------------------------ any of them --------------- */

static void write_cut(struct history *history, const char *way, char *line, size_t size) {
  struct peer from = any_peer(history), to = peer_server(draw_server(history)->index);
  snprintf(line, size, "cut %s%s %s", name_of(history->world, from), way,
           name_of(history->world, to));
}

static void write_value(struct history *history, const struct fault_kind *kind,
                        const char *name, char *line, size_t size) {
  static const char *const steps[] = {"-1h", "-1s", "1s", "1h"};
  static const char *const rates[] = {"0.95", "1", "1.05"};
  if (strcmp(kind->verb, "clock") == 0) {
    snprintf(line, size, "clock %s %s", name, steps[history_below(history, 4)]);
  } else if (strcmp(kind->verb, "priority") == 0) {
    snprintf(line, size, "priority %s %lld", name, (long long)history_below(history, 3) * 50);
  } else if (strcmp(kind->verb, "slow") == 0) {
    snprintf(line, size, "slow %s %lldms", name, (long long)history_below(history, 100));
  } else if (strcmp(kind->verb, "drift") == 0) {
    snprintf(line, size, "drift %s %s", name, rates[history_below(history, 3)]);
  } else if (strcmp(kind->verb, "busy") == 0 || strcmp(kind->verb, "slow_fork") == 0) {
    snprintf(line, size, "%s %s %lldms", kind->verb, name, (long long)history_below(history, 200));
  } else if (strcmp(kind->verb, "backlog") == 0) {
    snprintf(line, size, "backlog %s %lld", name, (long long)history_below(history, 4000));
  } else if (strcmp(kind->verb, "output_limit") == 0) {
    snprintf(line, size, "output_limit %s %lld", name, (long long)history_below(history, 40));
  } else if (strcmp(kind->verb, "kill_clients") == 0) {
    bool normal = history_below(history, 2) == 0;
    snprintf(line, size, "kill_clients %s %s", name, normal ? "normal" : "pubsub");
  } else if (strcmp(kind->verb, "flushall") == 0) {
    snprintf(line, size, "flushall %s " STORY_WITHIN, name);
  } else {
    snprintf(line, size, "%s %s", kind->verb, name);
  }
}

void write_fault(struct history *history, int fault, char *line, size_t size) {
  const struct fault_kind *kind = coverage_fault(fault);
  const struct world *world = history->world;
  struct peer who = any_peer(history);
  if (kind->subject == OF_NODE) who = peer_server(draw_victim(history)->index);
  if (kind->subject == OF_CLIENT) who = peer_client(draw_client(history)->index);
  const char *name = name_of(world, who);
  line[0] = '\0';
  if (strcmp(kind->verb, "durable") == 0 && !world->config.durable) return;
  if (strcmp(kind->verb, "subscribe") == 0) history_say(history, "try unsubscribe %s", name);
  if (strcmp(kind->verb, "cut") == 0) {
    write_cut(history, kind->word == NULL ? "" : " >", line, size);
  } else if (strcmp(kind->verb, "heal") == 0) {
    snprintf(line, size, "heal");
  } else if (strcmp(kind->verb, "loss") == 0) {
    snprintf(line, size, "loss %lld", (long long)(20 + history_below(history, 1000)));
  } else if (strcmp(kind->verb, "reset") == 0) {
    int to = draw_server(history)->index;
    snprintf(line, size, "reset %s %s", name, name_of(world, peer_server(to)));
  } else if (kind->word != NULL) {
    snprintf(line, size, "%s %s %s " STORY_WITHIN, kind->verb, name, kind->word);
  } else {
    write_value(history, kind, name, line, size);
  }
}

/* What a network and a host do to connections and clocks without being broken. */
static void wear(struct history *history) {
  static const char *const verbs[] = {"reset", "reset", "busy", "slow_fork", "backlog",
                                      "output_limit", "kill_clients", "drift", "drift", "loss"};
  const char *verb = verbs[history_below(history, sizeof verbs / sizeof *verbs)];
  for (int fault = 0; fault < coverage_faults(); fault++) {
    char line[STORY_LINE_MAX];
    if (strcmp(coverage_fault(fault)->verb, verb) != 0) continue;
    write_fault(history, fault, line, sizeof line);
    history_say(history, "%s", line);
    return;
  }
}

void history_fault(struct history *history) {
  static const struct {
    void (*happen)(struct history *history);
    int weight;
  } faults[] = {{say_crash, 14},         {revive, 6},       {say_stop, 10},          {resume, 5},
                {cut, 5},            {partition, 3},    {heal, 4},           {lag, 10},
                {sleep_client, 8},   {wake_client, 4},  {replace_client, 4}, {step_clock, 1},
                {say_flush, 1},          {say_switchover, 6},   {slow, 2},           {save, 4},
                {fill_up, 1},        {fill_disk, 1},    {weigh, 1},          {shut_out, 1},
                {leave_writable, 1}, {drop_backlog, 1}, {ambush, 20},        {ruin, 12},
                {ask_durable, 2},    {relapse, 6},      {change_mind, 2},    {lonely, 1},
                {wear, 10},          {any_fault, 6},    {encounter, 8},      {fault_in_a_moment, 8},
                {hole, 24}};
  int sum = 0;
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sum += faults[i].weight;
  usec one = history_below(history, sum);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    one -= faults[i].weight;
    if (one >= 0) continue;
    faults[i].happen(history);
    return;
  }
}
