/* What takes more than one word: ambushes at exact moments, and plots that lead somewhere. */
#include <string.h>

#include "history.h"

#define GROUP_MAX 300 /* of the letters of one side of a cut */

/* ------------------------------------------------------------------ ambushes ------------------ */

static bool has_room(const struct history *history) {
  for (int i = 0; i < WORLD_TRAPS_MAX; i++) {
    if (!history->world->traps[i].armed) return true;
  }
  return false;
}

static const char *draw_side(struct history *history) {
  return history_below(history, 2) == 0 ? "before" : "after";
}

/* The other side as a whole: whomever the action goes to or comes from. */
static void all_of(const struct history *history, bool clients, char *list) {
  const struct world *world = history->world;
  size_t count = clients ? world->config.clients : world->config.nodes;
  list[0] = '\0';
  for (size_t i = 0; i < count; i++) {
    join(world, clients ? peer_client((int)i) : peer_server((int)i), list, GROUP_MAX);
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
  if (strcmp(action, "pause") == 0) say_switchover(history);
  else if (strcmp(action, "restore") == 0) say_flush(history);
  else if (history_below(history, 2) == 0) say_crash(history);
  else say_stop(history);
}

static struct moment_cell draw_cell(struct history *history) {
  if (history_below(history, 2) == 0) return history->target.moment;
  static const int actions[] = {0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9};
  return (struct moment_cell){actions[history_below(history, 13)],
                              (enum hit)history_below(history, HIT_COUNT),
                              history_below(history, 2) != 0};
}

/* Hits exactly when an action leaves a client or is served: what chance would seldom meet. */
void ambush(struct history *history) {
  struct world *world = history->world;
  struct moment_cell cell = draw_cell(history);
  bool client = cell.hit == HIT_SLEEP || cell.hit == HIT_DEATH || cell.hit == HIT_CLIENT_CUT;
  struct peer who = client ? peer_client(draw_client(history)->index)
                           : peer_server(draw_server(history)->index);
  if (!has_room(history)) return;
  char line[STORY_LINE_MAX - 60];
  write_hit(history, who, cell.hit, line, sizeof line);
  history_say(history, "when %s %s %s: %s", name_of(world, who), cell.after ? "after" : "before",
              coverage_action(cell.action), line);
  if (history_below(history, 2) == 0) provoke(history, coverage_action(cell.action));
}

/* Any fault in the middle of a takeover or of a switchover. Met at a node, for no core may be asked
 * anything in the middle of its own step. */
void fault_in_a_moment(struct history *history) {
  static const char *const taking_over[] = {"lock", "guard", "seal", "promote", "look"};
  static const char *const handing_over[] = {"pause", "look", "pause", "unlock"};
  char line[STORY_LINE_MAX - 60];
  bool target = history_below(history, 2) == 0;
  int fault = target ? history->target.fault : (int)history_below(history, coverage_faults());
  bool paused = target ? history->target.paused : history_below(history, 2) == 0;
  if (!has_room(history)) return;
  write_fault(history, fault, line, sizeof line);
  if (line[0] == '\0') return;
  const char *node = draw_server(history)->name;
  const struct server *master = elected(history);
  if (!paused) {
    history_say(history, "when %s %s %s: try %s", node, draw_side(history),
                taking_over[history_below(history, 5)], line);
    say_crash(history);
    return;
  }
  const char *moment = handing_over[history_below(history, 4)];
  if (strcmp(moment, "pause") == 0 && master != NULL) node = master->name;
  if (strcmp(moment, "look") == 0 && master != NULL) {
    history_say(history, "when %s after pause: when %s before look: try %s", master->name, node,
                line);
  } else {
    history_say(history, "when %s after %s: try %s", node, moment, line);
  }
  say_switchover(history);
}

void any_fault(struct history *history) {
  char line[STORY_LINE_MAX - 10];
  write_fault(history, (int)history_below(history, coverage_faults()), line, sizeof line);
  if (line[0] != '\0') history_say(history, "try %s", line);
}

/* ------------------------------------------------------------------ two coordinators ---------- */

static bool is_one_of(const char *word, const char *list) {
  return strstr(list, word) != NULL;
}

/* The moment at which a client stands in a phase: what it does or awaits there. */
static void write_moment(struct history *history, const char *phase, const char *client,
                         const char *command, char *line, size_t size) {
  const char *node = draw_server(history)->name;
  const char *side = draw_side(history);
  if (strcmp(phase, "first") == 0) {
    snprintf(line, size, "when %s after lock: %s", client, command);
  } else if (strcmp(phase, "rest") == 0) {
    snprintf(line, size, "when %s after lock: when %s %s lock: %s", node, client, side, command);
  } else if (is_one_of(phase, "drain")) {
    snprintf(line, size, "when %s after lock: when %s %s look: %s", node, client, side, command);
  } else if (strcmp(phase, "seal") == 0) {
    snprintf(line, size, "when %s %s seal: %s", client, side, command);
  } else if (strcmp(phase, "pausing") == 0) {
    snprintf(line, size, "when %s after pause: %s", client, command);
  } else if (strcmp(phase, "catching") == 0) {
    snprintf(line, size, "when %s after pause: when %s %s look: %s", client, client, side,
             command);
  } else if (strcmp(phase, "handing over") == 0) {
    snprintf(line, size, "when %s after pause: when %s %s guard: %s", client, client, side,
             command);
  } else if (strcmp(phase, "checking") == 0) {
    snprintf(line, size, "when %s after pause: when %s after seal: when %s %s look: %s", client,
             client, client, side, command);
  } else if (strcmp(phase, "promoting") == 0) {
    snprintf(line, size, "when %s %s promote: %s", client, side, command);
  } else if (strcmp(phase, "following") == 0) {
    snprintf(line, size, "when %s after follow: %s", client, command);
  } else {
    snprintf(line, size, "when %s after guard: %s", client, command);
  }
}

/* Makes that client, or any, come into the phase. */
static void lead_into(struct history *history, const char *phase, const struct client *client) {
  const struct server *master = elected(history);
  bool hands_over = is_one_of(phase, "pausing catching handing over checking");
  if (!hands_over && is_one_of(phase, "drain seal") && master != NULL) {
    history_say(history, "%s %s", history_below(history, 2) == 0 ? "kill" : "stop", master->name);
  } else if (strcmp(phase, "mending") == 0) {
    say_restart(history, draw_server(history));
  } else {
    /* What the master's stream grows by before it is sealed has to be checked. */
    bool grows = strcmp(phase, "checking") == 0 && master != NULL && has_room(history);
    if (grows) {
      history_say(history, "when %s before guard: try repl_ping %s", master->name, master->name);
    }
    history_say(history, "switchover %s", client->name);
  }
}

/* One coordinator falls asleep in one phase; another comes into another, and there, or some time
 * before or after, the first one wakes and goes on with what it was at. */
void encounter(struct history *history) {
  struct world *world = history->world;
  bool target = history_below(history, 3) != 0;
  int first = target ? history->target.phases[0] : (int)history_below(history, COVERAGE_PHASES);
  int second = target ? history->target.phases[1] : (int)history_below(history, COVERAGE_PHASES);
  char line[STORY_LINE_MAX], command[40];
  usec down = world->config.down_after_ms * 1000;
  if (world->config.clients < 2 || !has_room(history)) return;
  const struct client *one = draw_client(history);
  const struct client *other = &world->clients[((size_t)one->index + 1) % world->config.clients];
  snprintf(command, sizeof command, "sleep %s", one->name);
  write_moment(history, coverage_phase(first), one->name, command, line, sizeof line);
  history_say(history, "%s", line);
  lead_into(history, coverage_phase(first), one);
  for (int i = 0; i < 6 && !one->asleep; i++) {
    if (!history_goes_on(history, down / 2)) return;
  }
  if (!one->asleep || !has_room(history)) return;
  /* Its locks expire meanwhile, or they do not. */
  if (history_below(history, 3) != 0) history_goes_on(history, down < 500000 ? 1600000 : 3000000);
  snprintf(command, sizeof command, "wake %s", one->name);
  write_moment(history, coverage_phase(second), other->name, command, line, sizeof line);
  history_say(history, "%s", line);
  lead_into(history, coverage_phase(second), other);
  history_goes_on(history, 2 * down);
}

/* ------------------------------------------------------------------ small plots --------------- */

/* One replica lags, so that the newest writes are with the other; then that one is hit, and the
 * master: the shortest way to a loss if the wrong ones are counted or ranked. */
void ruin(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  usec nodes = (usec)world->config.nodes;
  if (master == NULL || nodes < 3) return;
  usec next = master->index + 1;
  const struct server *behind = &world->servers[(next + history_below(history, 2)) % nodes];
  const struct server *other = &world->servers[(next + history_below(history, 2)) % nodes];
  if (behind != master) history_say(history, "cut %s > %s", master->name, behind->name);
  if (!history_goes_on(history, 100000)) return;
  if (history_below(history, 3) == 0) say_flush(history);
  if (!history_goes_on(history, 200000)) return;
  if (other != master && history_below(history, 3) != 0) say_restart(history, other);
  if (!history_goes_on(history, 3000)) return;
  usec end = history_below(history, 9);
  if (end < 3) history_say(history, "stop %s", master->name);
  else if (end < 5) say_restart(history, master);
  else history_say(history, "kill %s", master->name);
  history_goes_on(history, 5 * world->config.down_after_ms * 1000);
}

/* A master hangs and is replaced; the new one goes away, who elected it forgets, and the old one is
 * back: whoever believes it now loses what was written since. */
void relapse(struct history *history) {
  struct world *world = history->world;
  usec down = world->config.down_after_ms * 1000;
  const struct server *old = elected(history);
  if (old == NULL || world->config.nodes < 3) return;
  history_say(history, "stop %s", old->name);
  if (!history_goes_on(history, 4 * down) || !history_goes_on(history, 300000)) return;
  const struct server *new = elected(history), *other = draw_server(history);
  if (new == old || new == NULL) return;
  history_say(history, "kill %s", new->name);
  if (other != old && other != new) say_restart(history, other);
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (history_below(history, 2) == 0) history_say(history, "restart %s", client->name);
    else if (!client->alive) history_say(history, "start %s", client->name);
  }
  history_say(history, "continue %s", old->name);
  if (!history_goes_on(history, 8 * down) || new->process != PROCESS_DOWN) return;
  say_start_again(history, new);
  history_goes_on(history, 5 * down);
}

/* A master that has lost its replicas for so long that it has freed its backlog. */
void lonely(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  if (master == NULL || world->config.nodes > 5) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    if ((int)i != master->index) history_say(history, "kill %s", world->servers[i].name);
  }
  if (!history_goes_on(history, 200000)) return;
  history_say(history, "try no_backlog %s", master->name);
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->servers[i].process == PROCESS_DOWN) say_start_again(history, &world->servers[i]);
  }
}
