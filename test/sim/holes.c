/*
 * Plots that lead to the histories of failover-holes.md, each of which a rule exists for: a
 * coordinator that sleeps too long, a lock whose owner is gone, a server of somebody else, another
 * list, a record that was flushed away, a stream that lies unread, a master that some cannot use.
 */
#include <string.h>

#include "history.h"

/* Longer than any lock lives. */
static usec lock_us(const struct history *history) {
  usec step = history->world->config.down_after_ms * 500;
  return 4 * (step < 200000 ? 200000 : step > 500000 ? 500000 : step);
}

static void say_hit(struct history *history, const struct server *server) {
  if (history_below(history, 2) == 0) history_say(history, "try stop %s", server->name);
  else say_restart(history, server);
}

/* Makes somebody take over, or mend. */
static void provoke(struct history *history) {
  usec one = history_below(history, 4);
  if (one == 0) say_switchover(history);
  else if (one == 1) say_restart(history, draw_server(history));
  else say_hit(history, draw_victim(history));
}

/* 2, 3: who sleeps between a guard and what follows it wakes when all is different. */
static void late_hand(struct history *history) {
  static const char *const actions[] = {"lock", "guard", "guard", "seal", "promote", "follow"};
  const struct client *client = draw_client(history);
  bool waits = history_below(history, 2) == 0; /* the request leaves, or what is behind it */
  history_say(history, "try when %s %s %s: sleep %s", client->name,
              waits ? "after" : "before", actions[history_below(history, 6)], client->name);
  provoke(history);
  if (!history_goes_on(history, 2 * lock_us(history))) return;
  provoke(history);
  if (!history_goes_on(history, 2 * lock_us(history))) return;
  history_say(history, "try wake %s", client->name);
  history_goes_on(history, 20000);
}

/* 17: the owner of a lock dies, and the clock that would end the lock steps back. */
static void lock_for_ever(struct history *history) {
  const struct client *client = draw_client(history);
  history_say(history, "try when %s after %s: kill %s", client->name,
              history_below(history, 2) == 0 ? "lock" : "guard", client->name);
  provoke(history);
  if (!history_goes_on(history, 100000)) return;
  for (size_t i = 0; i < history->world->config.nodes; i++) {
    const struct server *server = &history->world->servers[i];
    if (server_locked(history->world, server)) history_say(history, "clock %s -1h", server->name);
  }
}

/* 12: another server is on that address now. */
static void somebody_else(struct history *history) {
  struct server *server = draw_server(history);
  const struct server *master = elected(history);
  if (master == NULL || server == master) return;
  if (!story_may_lose(history->world, server)) return;
  if (server->process != PROCESS_DOWN) history_say(history, "kill %s", server->name);
  history_say(history, "foreign %s 100", server->name);
  history_goes_on(history, 3000000);
}

static bool all_have_a_record(const struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->servers[i].state->record == NULL) return false;
  }
  return true;
}

/* 11: a deployment changes the list; for a while there are clients of both. Not of so few nodes
 * that all of them may have lost their data, or had none yet: to that client they would be a new
 * group. */
static void shorter_list(struct history *history) {
  struct client *client = draw_client(history);
  usec nodes = (usec)history->world->config.nodes;
  if (nodes < 5 || history->world->config.clients < 2 || elected(history) == NULL) return;
  if (!all_have_a_record(history->world)) return;
  if (client->alive) history_say(history, "kill %s", client->name);
  history_say(history, "list %s %lld", client->name, (long long)(nodes / 2 + 1));
  history_say(history, "start %s", client->name);
  if (!history_goes_on(history, 500000)) return;
  for (usec i = 0; i < history_below(history, 3); i++) provoke(history);
  if (!history_goes_on(history, 2000000)) return;
  history_say(history, "try kill %s", client->name);
  history_say(history, "list %s 0", client->name);
  history_say(history, "start %s", client->name);
}

/* 14: somebody's backup attaches, and answers WAIT like everybody. */
static void backup_attaches(struct history *history) {
  const struct server *master = elected(history);
  if (master == NULL || history->world->config.nodes < 3) return;
  history_say(history, "strangers %s %d", master->name,
              1 + (int)history_below(history, (usec)history->world->config.nodes / 2));
  if (!history_goes_on(history, 5000000)) return;
  for (size_t i = 0; i < history->world->config.nodes; i++) {
    const struct server *server = &history->world->servers[i];
    if (server != master) history_say(history, "cut %s > %s", master->name, server->name);
  }
  if (history_goes_on(history, 200000)) history_say(history, "try kill %s", master->name);
}

/* 7: the record is flushed away, and before somebody writes it back the master is sealed. */
static void flushed_and_sealed(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  if (master == NULL || !story_may_flush(world, master)) return;
  const struct server *other = draw_server(history);
  bool lags = other != master && history_below(history, 2) == 0;
  if (lags) history_say(history, "cut %s > %s", master->name, other->name);
  history_say(history, "flushall %s " STORY_WITHIN, master->name);
  if (!history_goes_on(history, 5000)) return;
  usec one = history_below(history, 4);
  if (one == 0) say_switchover(history);
  else if (one == 1) history_say(history, "kill %s", master->name);
  else if (one == 2) history_say(history, "stop %s", master->name);
  history_goes_on(history, 2 * world->config.down_after_ms * 1000);
}

/* A master crashes while much of its stream lies unread before its replicas. */
static void unread_stream(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  if (master == NULL || world->config.nodes < 3) return;
  history_say(history, "peace");
  history_say(history, "settle 40s");
  master = elected(history);
  for (size_t i = 0; i < world->config.nodes && !history_broken(history); i++) {
    const struct server *server = &world->servers[i];
    if (server == master) continue;
    history_say(history, "applies %s %lldus", server->name,
                (long long)(200 + history_below(history, 700)));
    history_say(history, "try stop %s", server->name);
  }
  if (!history_goes_on(history, world->config.down_after_ms * 700)) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server != master) history_say(history, "try continue %s", server->name);
  }
  if (!history_goes_on(history, 1000)) return;
  history_say(history, "kill %s", master->name);
  history_goes_on(history, 2000000);
}

/* 17, 18: one node is lost for good, to all or to the clients alone; the rest must go on. */
static void outlive(struct history *history) {
  struct world *world = history->world;
  char clients[STORY_LINE_MAX / 2] = "";
  if (world->config.nodes < 3 || world->config.quorum != 0) return;
  history_say(history, "peace");
  history_say(history, "settle 40s");
  const struct server *server = elected(history);
  if (server == NULL || history_broken(history)) return;
  for (size_t i = 0; i < world->config.clients; i++) {
    join(world, peer_client((int)i), clients, sizeof clients);
  }
  usec one = history_below(history, 4);
  if (one == 0) history_say(history, "stop %s", server->name);
  if (one == 1) history_say(history, "cut %s %s", clients, server->name);
  if (one == 2) history_say(history, "kill %s", server->name);
  if (one == 3) history_say(history, "refuses_us %s", server->name);
  if (one == 3) history_say(history, "kick %s", server->name);
  history_say(history, "outlive %s 20s", server->name);
}

/* 1: who hands over dies behind the promotion, or sleeps until the pause is over and the target,
 * which had everything, misses what came then. */
static void hand_over(struct history *history) {
  struct world *world = history->world;
  const struct client *client = draw_client(history);
  const struct server *target = draw_server(history), *master;
  usec step = lock_us(history) / 4;
  if (world->config.nodes < 3 || world->config.clients < 2) return;
  history_say(history, "peace");
  history_say(history, "settle 40s");
  master = elected(history);
  if (history_broken(history) || master == target) return;
  bool dies = history_below(history, 2) == 0;
  if (dies) {
    history_say(history, "try when %s after promote: kill %s", client->name, client->name);
  } else {
    history_say(history, "try when %s before seal: sleep %s", client->name, client->name);
    history_say(history, "try when %s before guard: cut %s > %s", master->name, master->name,
                target->name);
  }
  history_say(history, "try switchover %s %s", client->name, target->name);
  if (!history_goes_on(history, 1000)) return;
  history_say(history, "advance %lldus", (long long)(step + history_below(history, 2 * step)));
  history_say(history, "try wake %s", client->name);
  history_goes_on(history, 500000);
}

/* 6: it was stopped while another was elected, and is the first whom a new client meets. */
static void first_met(struct history *history) {
  struct world *world = history->world;
  usec down = world->config.down_after_ms * 1000;
  const struct server *old = elected(history);
  if (old == NULL || world->config.nodes < 3) return;
  history_say(history, "stop %s", old->name);
  history_say(history, "advance %lldus", (long long)(4 * down + 500000));
  if (history_broken(history) || elected(history) == old) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server != old) history_say(history, "slow %s 20ms", server->name);
  }
  history_say(history, "restart %s", draw_client(history)->name);
  history_say(history, "try continue %s", old->name);
  history_goes_on(history, down);
}

/* 7, 8: one replica has all that is durable, and is not liked; the other lags. */
static void unliked(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  const struct server *behind = draw_server(history), *other = draw_server(history);
  if (master == NULL || behind == master || other == master || behind == other) return;
  history_say(history, "cut %s > %s", master->name, behind->name);
  if (history_below(history, 2) == 0) history_say(history, "priority %s 0", other->name);
  else say_flush(history);
  if (!history_goes_on(history, 60000)) return;
  history_say(history, "try kill %s", master->name);
  history_goes_on(history, 3 * world->config.down_after_ms * 1000);
}

void hole(struct history *history) {
  static void (*const plots[])(struct history *history) = {
      late_hand,     late_hand,     late_hand,    late_hand,       lock_for_ever,
      lock_for_ever, somebody_else, shorter_list, backup_attaches, flushed_and_sealed,
      unread_stream, unread_stream, outlive,      outlive,         first_met,
      first_met,     unliked,       unliked,      hand_over,       hand_over};
  if (history_broken(history)) return;
  plots[history_below(history, sizeof plots / sizeof *plots)](history);
}
