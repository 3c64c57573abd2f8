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
  if (!check_may_lose(history->world, server)) return;
  if (server->process != PROCESS_DOWN) history_say(history, "kill %s", server->name);
  history_say(history, "foreign %s 100", server->name);
  history_goes_on(history, 3000000);
}

/* 12: it is there while some still follow the master that was, and copy it. */
static void somebody_is_copied(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  if (master == NULL || !check_may_lose(world, master)) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == master || history_below(history, 2) == 0) continue;
    bool hangs = history_below(history, 2) == 0;
    history_say(history, "try %s %s", hangs ? "stop" : "kill", server->name);
  }
  if (master->process != PROCESS_DOWN) history_say(history, "kill %s", master->name);
  history_say(history, "foreign %s 100", master->name);
  history_goes_on(history, 3000000);
}

static bool all_have_a_record(const struct world *world) {
  for (size_t i = 0; i < world->config.nodes; i++) {
    if (world->servers[i].state->record == NULL) return false;
  }
  return true;
}

/* Its majority is smaller than the group's when one node of its list is gone; the others sleep. */
static void lose_one_listed(struct history *history, const struct client *client, usec listed) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *other = &world->clients[i];
    if (other != client) history_say(history, "try sleep %s", other->name);
  }
  if (master == NULL || master->index >= listed) {
    history_say(history, "try kill %s", world->servers[history_below(history, listed)].name);
  }
  if (master != NULL) history_say(history, "try kill %s", master->name);
  history_goes_on(history, 3 * world->config.down_after_ms * 1000);
}

/* Nobody is left to answer WAIT whom it does not know, and one that it knows has all that is new.
 * That one goes with the master, and the others return: they are a majority of the group. */
static void ask_the_listed(struct history *history, usec listed) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  if (master == NULL || master->index >= listed) return;
  usec nodes = (usec)world->config.nodes, acks = listed / 2;
  for (usec i = 0, kept = 0; i < nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == master) continue;
    if (i >= listed) history_say(history, "try stop %s", server->name);
    if (i >= listed) history_say(history, "reset %s %s", server->name, master->name);
    else if (kept++ >= acks) history_say(history, "cut %s > %s", master->name, server->name);
  }
  if (!history_goes_on(history, 300000)) return;
  history_say(history, "try kill %s", master->name);
  for (usec i = 0, left = acks; i < listed && left > 0; i++) {
    if (&world->servers[i] == master) continue;
    history_say(history, "try kill %s", world->servers[i].name);
    left--;
  }
  for (usec i = listed; i < nodes; i++) {
    history_say(history, "try continue %s", world->servers[i].name);
  }
  history_goes_on(history, 4 * world->config.down_after_ms * 1000);
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
  usec one = history_below(history, 3);
  if (one == 0) lose_one_listed(history, client, nodes / 2 + 1);
  if (one == 1) ask_the_listed(history, nodes / 2 + 1);
  for (usec i = 0; one == 2 && i < history_below(history, 3); i++) provoke(history);
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

/* The same with so much that whoever is fed has vouched for the dead master as long as it may: now
 * only the drain waits for the rest. */
static void much_unread(struct history *history) {
  struct world *world = history->world;
  usec down = world->config.down_after_ms * 1000;
  if (world->config.nodes < 3 || down > 300000) return;
  history_say(history, "peace");
  history_say(history, "settle 40s");
  const struct server *master = elected(history);
  const struct client *client = draw_client(history);
  if (history_broken(history) || master == NULL) return;
  for (size_t i = 0; i < world->config.clients && client->durable; i++) {
    client = &world->clients[i]; /* what is acknowledged before it is replicated */
  }
  usec applies = 700 + history_below(history, 300);
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == master) continue;
    history_say(history, "applies %s %lldus", server->name, (long long)applies);
  }
  usec length = 2 * down + history_below(history, 2 * down);
  history_say(history, "try burst %s %lld", client->name, (long long)(length / applies));
  if (!history_goes_on(history, 5000)) return;
  if (history_below(history, 3) == 0) say_restart(history, master);
  else history_say(history, "kill %s", master->name);
  history_goes_on(history, 5 * down);
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

/* Somebody that is no client of ours has it write all the time: its replicas hear it. */
static void feed_on(struct history *history, const struct server *server) {
  usec pace = history->world->config.down_after_ms * 1000 / 3;
  for (usec time = 0; time < 20000000; time += pace) {
    history_say(history, "try repl_ping %s", server->name);
    history_say(history, "advance %lldus", (long long)pace);
    if (history_broken(history)) return;
  }
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
  /* Of five one more may be of no use: nobody can have its lock. */
  const struct server *full = draw_server(history);
  bool few = world->config.nodes < 5 || full == server;
  if (!few && history_below(history, 2) == 0) history_say(history, "disk_full %s", full->name);
  usec one = history_below(history, 4);
  if (one == 0) history_say(history, "stop %s", server->name);
  if (one == 1) history_say(history, "cut %s %s", clients, server->name);
  if (one == 2) history_say(history, "kill %s", server->name);
  if (one == 3) history_say(history, "refuses_us %s", server->name);
  if (one == 3) history_say(history, "kick %s", server->name);
  bool grows = one % 2 == 1 && history_below(history, 2) == 0;
  if (grows) feed_on(history, server);
  history_say(history, "outlive %s %s", server->name, grows ? "1ms" : "20s");
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

/* 8: who has all that is durable is copied anew when the master dies, and the other lags. */
static void copied_anew(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  usec nodes = (usec)world->config.nodes, from = 1 + history_below(history, nodes - 1);
  if (master == NULL || nodes < 3) return;
  for (usec i = 0; i < nodes / 2; i++) {
    usec behind = (master->index + 1 + (from + i) % (nodes - 1)) % nodes;
    history_say(history, "cut %s > %s", master->name, world->servers[behind].name);
  }
  if (!history_goes_on(history, 60000)) return;
  history_say(history, "backlog %s 100", master->name);
  for (int again = 0; again < 2; again++) { /* what it misses meanwhile is more than is kept */
    for (usec i = nodes / 2; i < nodes - 1; i++) {
      usec other = (master->index + 1 + (from + i) % (nodes - 1)) % nodes;
      const char *name = world->servers[other].name;
      if (again == 0) history_say(history, "cut %s > %s", master->name, name);
      history_say(history, again == 0 ? "reset %s %s" : "heal %s %s", name, master->name);
    }
    if (!history_goes_on(history, again == 0 ? 100000 : world->config.sync_us)) return;
  }
  history_say(history, "try %s %s", history_below(history, 3) == 0 ? "kill" : "stop", master->name);
  history_goes_on(history, 6 * world->config.down_after_ms * 1000);
}

/* 7: the newest master's record is flushed away in the moment it is locked, and among those that
 * are sealed with it is one that has not heard of it for two reigns. */
static void flushed_far_behind(struct history *history) {
  struct world *world = history->world;
  const struct server *behind = draw_server(history);
  usec nodes = (usec)world->config.nodes;
  if (elected(history) == NULL || nodes < 3 || elected(history) == behind) return;
  for (usec i = 0; i < nodes; i++) {
    const char *name = world->servers[i].name;
    if (name != behind->name) history_say(history, "cut %s > %s", name, behind->name);
  }
  for (int i = 0; i < 3; i++) {
    const struct server *master = elected(history);
    if (master == NULL) return;
    usec to = (master->index + 1 + history_below(history, nodes - 1)) % nodes;
    if (world->servers[to].name == behind->name) to = (to + 1) % nodes;
    const char *name = world->servers[to].name;
    if (i == 2) history_say(history, "try when %s before lock: try flushall %s " STORY_WITHIN,
                            master->name, master->name);
    history_say(history, "try switchover %s %s", draw_client(history)->name, name);
    if (!history_goes_on(history, 200000)) return;
  }
}

/* 7: a master without replicas for so long that its backlog has expired; then it feeds some again,
 * and loses its record. Who never came back is of the history before. */
static void expired(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history), *behind = draw_server(history);
  if (master == NULL || world->config.nodes < 3 || behind == master) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == master) continue;
    history_say(history, "reset %s %s", server->name, master->name);
  }
  /* The master hears of it, and not yet of the next try. */
  usec way = world->config.latency_us + world->config.jitter_us;
  history_say(history, "advance %lldus", (long long)(way / 2 + history_below(history, way)));
  for (size_t i = 0; i < world->config.nodes && !history_broken(history); i++) {
    const struct server *server = &world->servers[i];
    if (server != master) history_say(history, "cut %s %s", master->name, server->name);
  }
  if (!history_goes_on(history, 3000)) return;
  history_say(history, "try no_backlog %s", master->name);
  if (!history_goes_on(history, 1000000)) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == master || server == behind) continue;
    history_say(history, "heal %s %s", master->name, server->name);
  }
  if (!history_goes_on(history, 2000000 + world->config.sync_us)) return;
  say_flush(history);
  if (!history_goes_on(history, 5000)) return;
  history_say(history, "try kill %s", master->name);
  history_goes_on(history, 4 * world->config.down_after_ms * 1000);
}

/* 14: as many lag as may, the rest dies but for as many as may elect. */
static void thin(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  usec nodes = (usec)world->config.nodes, from = history_below(history, nodes);
  if (master == NULL || nodes < 3) return;
  for (usec i = 0, count = 0; i < nodes && count < nodes / 2; i++) {
    const struct server *server = &world->servers[(from + i) % nodes];
    if (server == master) continue;
    history_say(history, "cut %s > %s", master->name, server->name);
    count++;
  }
  if (!history_goes_on(history, 200000)) return;
  usec left = nodes - check_majority(world) - 1;
  history_say(history, "try kill %s", master->name);
  for (usec i = nodes; i > 0 && left > 0; i--) { /* who had everything first */
    const struct server *server = &world->servers[(from + i - 1) % nodes];
    if (server == master) continue;
    history_say(history, "try kill %s", server->name);
    left--;
  }
  history_goes_on(history, 4 * world->config.down_after_ms * 1000);
}

/* 9: a promotion is carried out, and its answer does not come. */
static void lost_answer(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  usec one = history_below(history, 3);
  if (master == NULL || world->config.nodes < 3) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const char *at = world->servers[i].name, *client = draw_client(history)->name;
    if (&world->servers[i] == master) continue;
    if (one == 0) history_say(history, "try when %s after promote: kill %s", at, at);
    if (one == 1) history_say(history, "try when %s after promote: reset %s %s", at, client, at);
    if (one == 2) history_say(history, "try when %s before promote: cut %s > %s", at, at, client);
  }
  say_hit(history, master);
  history_goes_on(history, 4 * world->config.down_after_ms * 1000);
}

/* 12: all replicas start anew, cannot follow yet, and the master hangs. */
static void all_forget(struct history *history) {
  struct world *world = history->world;
  const struct server *master = elected(history);
  if (master == NULL || world->config.nodes < 3) return;
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == master) continue;
    history_say(history, "cut %s > %s", master->name, server->name);
    say_restart(history, server);
  }
  if (!history_goes_on(history, 200000)) return;
  history_say(history, "try stop %s", master->name);
  if (!history_goes_on(history, 6 * world->config.down_after_ms * 1000)) return;
  history_say(history, "try continue %s", master->name);
}

void hole(struct history *history) {
  static void (*const plots[])(struct history *history) = {
      late_hand,     late_hand,     late_hand,    late_hand,       lock_for_ever,
      lock_for_ever, somebody_else, shorter_list, shorter_list, backup_attaches, flushed_and_sealed,
      unread_stream, unread_stream, outlive,      outlive,         first_met,
      first_met,     unliked,       unliked,      hand_over,       hand_over,
      much_unread,   much_unread,   copied_anew,  copied_anew,     thin,
      lost_answer,   lost_answer,   all_forget,  flushed_far_behind,
      expired,       somebody_is_copied};
  if (history_broken(history)) return;
  if (history->world->config.quorum > 0 && history_below(history, 2) == 0) {
    thin(history);
    return;
  }
  plots[history_below(history, sizeof plots / sizeof *plots)](history);
}
