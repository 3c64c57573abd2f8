/* The vocabulary: which faults there are, how often each is drawn, and of whom. */
#include <string.h>

#include "history.h"

#define GROUP_MAX 300 /* of the letters of one side of a cut */

static struct server *any_server(struct history *history) {
  struct world *world = history->world;
  return &world->servers[history_below(history, (usec)world->config.nodes)];
}

static struct server *elected(struct history *history) {
  const struct promotion *latest = check_latest(history->world);
  return latest == NULL ? NULL : &history->world->servers[latest->node];
}

/* Half of the time the one that matters. */
static struct server *any_victim(struct history *history) {
  struct server *master = elected(history);
  return master != NULL && history_below(history, 2) == 0 ? master : any_server(history);
}

static struct client *any_client(struct history *history) {
  struct world *world = history->world;
  return &world->clients[history_below(history, (usec)world->config.clients)];
}

static const char *name_of(const struct world *world, struct peer peer) {
  return peer.client ? world->clients[peer.index].name : world->servers[peer.index].name;
}

static struct peer any_peer(struct history *history) {
  usec nodes = (usec)history->world->config.nodes;
  usec one = history_below(history, nodes + (usec)history->world->config.clients);
  return one < nodes ? peer_server((int)one) : peer_client((int)(one - nodes));
}

static const char *draw_data(struct history *history) {
  static const char *const kinds[] = {"kept", "rebased", "empty", "empty", "rebased_older",
                                      "older"};
  return kinds[history_below(history, 6)];
}

static void start_again(struct history *history, const struct server *server) {
  history_say(history, "start %s %s " STORY_WITHIN, server->name, draw_data(history));
}

static void restart(struct history *history, const struct server *server) {
  history_say(history, "restart %s %s " STORY_WITHIN, server->name, draw_data(history));
}

/* ------------------------------------------------------------------ processes ----------------- */

static void crash(struct history *history) {
  const struct server *server = any_victim(history);
  if (history_below(history, 2) == 0) restart(history, server); /* faster than one redial */
  else history_say(history, "kill %s", server->name);
}

static void revive(struct history *history) {
  for (size_t i = 0; i < history->world->config.nodes; i++) {
    const struct server *server = &history->world->servers[i];
    if (server->process != PROCESS_DOWN || history_below(history, 2) != 0) continue;
    start_again(history, server);
  }
}

static void stop(struct history *history) {
  history_say(history, "stop %s", any_victim(history)->name);
}

static void resume(struct history *history) {
  for (size_t i = 0; i < history->world->config.nodes; i++) {
    const struct server *server = &history->world->servers[i];
    if (server->process != PROCESS_STOPPED || history_below(history, 2) != 0) continue;
    history_say(history, "continue %s", server->name);
  }
}

static void sleep_client(struct history *history) {
  history_say(history, "sleep %s", any_client(history)->name);
}

static void wake_client(struct history *history) {
  history_say(history, "wake %s", any_client(history)->name);
}

static void replace_client(struct history *history) {
  const struct client *client = any_client(history);
  history_say(history, "%s %s", client->alive ? "kill" : "start", client->name);
}

static void ask_durable(struct history *history) {
  if (!history->world->config.durable) return;
  history_say(history, "durable %s", any_client(history)->name);
}

static void change_mind(struct history *history) {
  const struct client *client = any_client(history);
  if (!client->alive || client->asleep) return;
  history_say(history, "%s %s", client->sub.wants ? "unsubscribe" : "subscribe", client->name);
}

static void switchover(struct history *history) {
  const struct client *client = any_client(history);
  if (history_below(history, 2) == 0) {
    history_say(history, "switchover %s", client->name);
  } else {
    history_say(history, "switchover %s %s", client->name, any_server(history)->name);
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
  const struct server *from = any_victim(history), *to = any_server(history);
  if (from != to) history_say(history, "cut %s > %s", from->name, to->name);
}

static void join(const struct world *world, struct peer peer, char *list) {
  size_t at = strlen(list);
  snprintf(list + at, GROUP_MAX - at, at > 0 ? ",%s" : "%s", name_of(world, peer));
}

static void partition(struct history *history) {
  char sides[2][GROUP_MAX] = {"", ""};
  const struct world *world = history->world;
  uint64_t side = chance_next(&history->chance);
  for (size_t i = 0; i < world->config.nodes; i++, side >>= 1) {
    join(world, peer_server((int)i), sides[side & 1]);
  }
  for (size_t i = 0; i < world->config.clients; i++, side >>= 1) {
    join(world, peer_client((int)i), sides[side & 1]);
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
  const char *name = any_server(history)->name;
  history_say(history, "clock %s %s", name, steps[history_below(history, 4)]);
}

static void flush(struct history *history) {
  const struct server *master = elected(history);
  if (master == NULL || !story_may_flush(history->world, master)) return;
  history_say(history, "flushall %s " STORY_WITHIN, master->name);
}

static void save(struct history *history) {
  const struct server *server = any_server(history);
  if (server->process != PROCESS_UP || server->loading) return;
  history_say(history, "save %s", server->name);
}

static void fill_up(struct history *history) {
  const struct server *server = any_server(history);
  history_say(history, "%s %s", server->full ? "not_full" : "full", server->name);
}

static void fill_disk(struct history *history) {
  const struct server *server = any_server(history);
  history_say(history, "%s %s", server->disk_full ? "disk_freed" : "disk_full", server->name);
}

static void weigh(struct history *history) {
  const struct server *server = any_server(history);
  int priority = server->priority == 0 ? 100 : (int)history_below(history, 2) * 50;
  history_say(history, "priority %s %d", server->name, priority);
}

static void shut_out(struct history *history) {
  const struct server *server = any_server(history);
  bool refuses = !server->refuses_us;
  history_say(history, "%s %s", refuses ? "refuses_us" : "accepts_us", server->name);
  if (refuses && server->process == PROCESS_UP) history_say(history, "kick %s", server->name);
}

static void leave_writable(struct history *history) {
  const struct server *server = any_server(history);
  if (server->process != PROCESS_UP || server_is_master(server)) return;
  history_say(history, "writable %s", server->name);
}

static void drop_backlog(struct history *history) {
  const struct server *server = any_server(history);
  bool lonely = replication_count(server) == 0;
  if (server->process != PROCESS_UP || !server_is_master(server) || !lonely) return;
  history_say(history, "no_backlog %s", server->name);
}

/* ------------------------------------------------------------------ ambushes ------------------ */

/* The other side as a whole: whomever the action goes to or comes from. */
static void all_of(const struct history *history, bool clients, char *list) {
  const struct world *world = history->world;
  size_t count = clients ? world->config.clients : world->config.nodes;
  list[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    join(world, clients ? peer_client((int)i) : peer_server((int)i), list);
  }
}

static void write_hit(struct history *history, struct peer who, enum hit hit, char *line,
                      size_t size) {
  static const char *const verbs[] = {[HIT_SLEEP] = "sleep",          [HIT_DEATH] = "kill",
                                      [HIT_NODE_CRASH] = "kill",      [HIT_NODE_STOP] = "stop",
                                      [HIT_NODE_RESTART] = "restart", [HIT_CLIENT_CUT] = NULL,
                                      [HIT_NODE_CUT] = NULL};
  const char *name = name_of(history->world, who);
  char others[GROUP_MAX];
  if (hit == HIT_NODE_RESTART) {
    snprintf(line, size, "restart %s %s " STORY_WITHIN, name, draw_data(history));
  } else if (verbs[hit] != NULL) {
    snprintf(line, size, "%s %s", verbs[hit], name);
  } else {
    all_of(history, hit == HIT_NODE_CUT, others);
    usec way = history_below(history, 3);
    if (way == 0) snprintf(line, size, "cut %s %s", name, others);
    if (way == 1) snprintf(line, size, "cut %s > %s", name, others);
    if (way == 2) snprintf(line, size, "cut %s > %s", others, name);
  }
}

/* Seldom actions are not waited for. */
static void provoke(struct history *history, const char *action) {
  if (strcmp(action, "pause") == 0) switchover(history);
  else if (strcmp(action, "restore") == 0) flush(history);
  else if (history_below(history, 2) == 0) crash(history);
  else stop(history);
}

static struct moment_cell draw_cell(struct history *history) {
  if (history_below(history, 2) == 0) return history->target;
  static const int actions[] = {0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9};
  return (struct moment_cell){actions[history_below(history, 13)],
                              (enum hit)history_below(history, HIT_COUNT),
                              history_below(history, 2) != 0};
}

/* Hits exactly when an action leaves a client or is served: what chance would seldom meet. */
static void ambush(struct history *history) {
  struct world *world = history->world;
  struct moment_cell cell = draw_cell(history);
  bool client = cell.hit == HIT_SLEEP || cell.hit == HIT_DEATH || cell.hit == HIT_CLIENT_CUT;
  struct peer who = client ? peer_client(any_client(history)->index)
                           : peer_server(any_server(history)->index);
  bool room = false;
  for (int i = 0; i < WORLD_TRAPS_MAX; i++) room = room || !world->traps[i].armed;
  if (!room) return;
  char line[STORY_LINE_MAX - 60];
  write_hit(history, who, cell.hit, line, sizeof line);
  history_say(history, "when %s %s %s: %s", name_of(world, who), cell.after ? "after" : "before",
              coverage_action(cell.action), line);
  if (history_below(history, 2) == 0) provoke(history, coverage_action(cell.action));
}

/* ------------------------------------------------------------------ small plots --------------- */

/* One replica lags, so that the newest writes are with the other; then that one is hit, and the
 * master: the shortest way to a loss if the wrong ones are counted or ranked. */
static void ruin(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  usec nodes = (usec)world->config.nodes;
  if (master == NULL || nodes < 3) return;
  usec next = master->index + 1;
  const struct server *behind = &world->servers[(next + history_below(history, 2)) % nodes];
  const struct server *other = &world->servers[(next + history_below(history, 2)) % nodes];
  if (behind != master) history_say(history, "cut %s > %s", master->name, behind->name);
  if (!history_goes_on(history, 100000)) return;
  if (history_below(history, 3) == 0) flush(history);
  if (!history_goes_on(history, 200000)) return;
  if (other != master && history_below(history, 3) != 0) restart(history, other);
  if (!history_goes_on(history, 3000)) return;
  usec end = history_below(history, 9);
  if (end < 3) history_say(history, "stop %s", master->name);
  else if (end < 5) restart(history, master);
  else history_say(history, "kill %s", master->name);
  history_goes_on(history, 5 * world->config.down_after_ms * 1000);
}

/* A master hangs and is replaced; the new one goes away, who elected it forgets, and the old one is
 * back: whoever believes it now loses what was written since. */
static void relapse(struct history *history) {
  struct world *world = history->world;
  usec down = world->config.down_after_ms * 1000;
  const struct server *old = elected(history);
  if (old == NULL || world->config.nodes < 3) return;
  history_say(history, "stop %s", old->name);
  if (!history_goes_on(history, 4 * down) || !history_goes_on(history, 300000)) return;
  const struct server *new = elected(history), *other = any_server(history);
  if (new == old || new == NULL) return;
  history_say(history, "kill %s", new->name);
  if (other != old && other != new) restart(history, other);
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (history_below(history, 2) == 0) history_say(history, "restart %s", client->name);
    else if (!client->alive) history_say(history, "start %s", client->name);
  }
  history_say(history, "continue %s", old->name);
  if (!history_goes_on(history, 8 * down) || new->process != PROCESS_DOWN) return;
  start_again(history, new);
  history_goes_on(history, 5 * down);
}

void history_fault(struct history *history) {
  static const struct {
    void (*happen)(struct history *history);
    int weight;
  } faults[] = {{crash, 14},         {revive, 6},       {stop, 10},          {resume, 5},
                {cut, 5},            {partition, 3},    {heal, 4},           {lag, 10},
                {sleep_client, 8},   {wake_client, 4},  {replace_client, 4}, {step_clock, 1},
                {flush, 1},          {switchover, 6},   {slow, 2},           {save, 4},
                {fill_up, 1},        {fill_disk, 1},    {weigh, 1},          {shut_out, 1},
                {leave_writable, 1}, {drop_backlog, 2}, {ambush, 24},        {ruin, 12},
                {ask_durable, 2},    {relapse, 6},      {change_mind, 2}};
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
