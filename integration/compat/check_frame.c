/* Locks, guards, signs of life and gossip on real servers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "clock.h"
#include "io/driver.h"
#include "stage.h"

static const char *run_id(int node) {
  static char id[NODES][48];
  struct look look;
  if (probe_look(&stage.servers[node], &look)) {
    snprintf(id[node], sizeof id[node], "%s", look.run_id);
  }
  return id[node];
}

static const char *about(const char *verb, const char *key, int node) {
  static char command[160];
  snprintf(command, sizeof command, "%s haredis:%s:%s", verb, key, run_id(node));
  return command;
}

void check_looks(void) {
  for (int i = 0; i < NODES; i++) {
    const struct script_event *e = ask(action_of(HR_DO_LOOK, i));
    const struct hr_facts *f = &e->facts;
    check(e->event.status == HR_STATUS_OK && e->event.facts && f->master && !f->sealed &&
              f->keys == 0 && f->epoch.n == 0 && f->promise.n == 0 && f->lock.n == 0 &&
              !f->starts_sealed && f->strangers == 0 && f->priority == 100 &&
              strcmp(f->run_id, run_id(i)) == 0 && strlen(f->replid) == 40,
          "node %d: the look of a fresh server", i);
  }
}

static bool lock_has_expired(int node) {
  char value[160];
  reply_text(node, value, sizeof value, about("GET", "lock", node));
  return strcmp(value, "") == 0;
}

static bool former_lock_has_expired(int node) {
  char value[160];
  reply_text(node, value, sizeof value, "GET haredis:lock:former");
  return strcmp(value, "") == 0;
}

static int64_t keys_seen(int node) {
  const struct script_event *e = ask(action_of(HR_DO_LOOK, node));
  return e->event.status == HR_STATUS_OK ? e->facts.keys : -1;
}

/* Of a process that is no more: our own lock is seen, that one is not. */
static void seal_beside_another_lock(void) {
  char text[64];
  reply_text(2, text, sizeof text, "REPLICAOF NO ONE");
  reply_text(2, text, sizeof text, "SET haredis:lock:former 1:abcdefgh:x PX 300");
  reply_text(2, text, sizeof text, "REPLICAOF 127.0.0.1 0");
  check(keys_seen(2) == 0, "a lock of another process is no user's key");
  check(until(former_lock_has_expired, 2, 3000), "it expires, too");
  check(keys_seen(2) == 0, "nor is it then");
  struct hr_action seal = action_of(HR_DO_SEAL, 2);
  seal.epoch = epoch_new();
  const struct script_event *e = change(seal);
  check(e->event.facts && e->facts.keys == 0, "a seal says so, too");
  check(says(2, "DBSIZE", "2"), "though it is there");
}

/* Locked, sealed, and whoever did it is no more: INFO counts that lock until it is deleted, which
 * a replica leaves to the master that it does not have. */
void check_expired_lock(void) {
  char text[64];
  struct hr_action action = action_of(HR_DO_LOCK, 2);
  action.epoch = epoch_new();
  action.ttl_ms = 300;
  reply_text(2, text, sizeof text, "SET user:lasting 1 EX 1000");
  check(ask(action)->event.status == HR_STATUS_OK && guard(2) == HR_STATUS_OK, "locked, guarded");
  action.kind = HR_DO_SEAL;
  check(ask(action)->event.status == HR_STATUS_OK, "and sealed");
  check(until(lock_has_expired, 2, 3000), "its lock expires");
  check(says(2, "DBSIZE", "3"), "and is counted all the same");
  check(keys_seen(2) == 1, "a user's key with a time to live is one key");
  reply_text(2, text, sizeof text, "CONFIG SET replica-read-only no");
  reply_text(2, text, sizeof text, "DEL user:lasting");
  reply_text(2, text, sizeof text, "CONFIG SET replica-read-only yes");
  check(says(2, "DBSIZE", "2"), "it still is");
  check(keys_seen(2) == 0, "a node without users' keys has none");
  check(keys_seen(2) == 0, "at every look");
  seal_beside_another_lock();
  if (stage.identity->username) {
    reply_text(2, text, sizeof text, "ACL SETUSER haredis -scan");
    check(keys_seen(2) == 1, "without the right to SCAN the server's count stands");
    reply_text(2, text, sizeof text, "ACL SETUSER haredis +scan");
    check(keys_seen(2) == 0, "and with it no more");
  }
  reply_text(2, text, sizeof text, "REPLICAOF NO ONE");
  reply_text(2, text, sizeof text, "FLUSHALL");
}

static void check_lock_conflict(struct hr_epoch held) {
  struct hr_action other = action_of(HR_DO_LOCK, 0);
  other.epoch = epoch_new();
  other.ttl_ms = 5000;
  const struct script_event *e = ask(other);
  check(e->event.status == HR_STATUS_NO && e->event.guard &&
            hr_epoch_compare(&e->guard.lock, &held) == 0 &&
            strcmp(e->guard.lock_client, stage.client) == 0,
        "a lock that is held: NO, and who holds it");
  struct hr_action wrong = action_of(HR_DO_UNLOCK, 0);
  wrong.epoch = held;
  snprintf(wrong.u.client, sizeof wrong.u.client, "%s", "somebody-else");
  check(ask(wrong)->event.status == HR_STATUS_NO, "the lock of another is not removed");
  wrong.epoch = other.epoch;
  snprintf(wrong.u.client, sizeof wrong.u.client, "%s", stage.client);
  check(ask(wrong)->event.status == HR_STATUS_NO, "nor that of another attempt");
  check(says(0, about("EXISTS", "lock", 0), "1"), "it is still there");
}

static bool mark(void) {
  return hr_driver_feed_mark(stage.driver, 0, hr_driver_feed_channel(stage.driver), "marked");
}

/* Reading a lock under WATCH and leaving it there must not abort what comes later. */
static void check_no_watch_is_left(void) {
  struct hr_epoch epoch = epoch_new();
  char text[64];
  check(unlock(0, epoch) == HR_STATUS_OK, "unlock what is not locked");
  char command[160];
  snprintf(command, sizeof command, "SET haredis:lock:%s 9:foreign1:x", run_id(0));
  reply_text(0, text, sizeof text, command);
  check(unlock(0, epoch) == HR_STATUS_NO, "unlock what is another's");
  check(mark(), "nobody guards anything: a mark of the feed may go");
  reply_text(0, text, sizeof text, about("DEL", "lock", 0));
  check(lock(0, epoch) == HR_STATUS_OK, "then lock");
  check(guard(0) == HR_STATUS_OK, "guard");
  reply_text(0, text, sizeof text, "HSET haredis:group other 1");
  check(guard(0) == HR_STATUS_OK, "the group changed: guard again");
  check(!mark(), "no mark of the feed meanwhile");
  struct hr_action restore = promote_of(0, epoch, 1);
  restore.kind = HR_DO_RESTORE;
  check(ask(restore)->event.status == HR_STATUS_OK, "and change");
  check(mark(), "and the mark may go");
  check(unlock(0, epoch) == HR_STATUS_OK, "unlock");
  reply_text(0, text, sizeof text, "FLUSHALL");
}

void check_locks(void) {
  struct hr_epoch epoch = epoch_new();
  check(lock(0, epoch) == HR_STATUS_OK, "lock");
  char expected[160], ttl[32];
  snprintf(expected, sizeof expected, "%llu:%s:%s", (unsigned long long)epoch.n, epoch.nonce,
           stage.client);
  check(says(0, about("GET", "lock", 0), expected), "its value is <n>:<nonce>:<client>");
  reply_text(0, ttl, sizeof ttl, about("PTTL", "lock", 0));
  check(strtol(ttl, NULL, 10) > 3000 && strtol(ttl, NULL, 10) <= 5000, "it expires (%s ms)", ttl);
  check(lock(0, epoch) == HR_STATUS_OK, "a lock that is ours already is ours");
  check_lock_conflict(epoch);
  check(is_read_only(0), "replica-read-only is yes");
  check(unlock(0, epoch) == HR_STATUS_OK, "unlock");
  check(says(0, about("EXISTS", "lock", 0), "0"), "it is gone");
  check(unlock(0, epoch) == HR_STATUS_OK, "unlocking what is not locked is no error");
  check(says(0, "EXISTS haredis:node", "0"), "a lock leaves no promise");
  check_no_watch_is_left();
}

/* Somebody else moves a watched key between GUARD and the change. */
void check_guard_aborts(void) {
  static const char *const moved[] = {"HSET haredis:node promise:%s 9:foreign1",
                                      "DEL haredis:lock:%s"};
  for (size_t i = 0; i < sizeof moved / sizeof moved[0]; i++) {
    struct hr_epoch epoch = epoch_new();
    struct hr_action seal = action_of(HR_DO_SEAL, 0);
    char command[160], text[64];
    seal.epoch = epoch;
    check(lock(0, epoch) == HR_STATUS_OK && guard(0) == HR_STATUS_OK, "lock and guard");
    snprintf(command, sizeof command, moved[i], run_id(0));
    reply_text(0, text, sizeof text, command);
    const struct script_event *e = ask(seal);
    check(e->event.status == HR_STATUS_NO && !e->event.facts, "seal after \"%.12s...\": NO",
          moved[i]);
    struct look look;
    check(probe_look(&stage.servers[0], &look) && look.master, "the server is what it was");
    check(is_read_only(0), "replica-read-only is yes");
    check(ask(seal)->event.status == HR_STATUS_LOST, "without a new guard: not sent");
    unlock(0, epoch);
    reply_text(0, text, sizeof text, "FLUSHALL");
  }
}

/* A WATCH dies with its connection: what was to happen under it must not happen without it. */
void check_guard_is_of_its_connection(void) {
  struct hr_epoch epoch = epoch_new();
  struct hr_action seal = action_of(HR_DO_SEAL, 0);
  char text[64];
  seal.epoch = epoch;
  check(lock(0, epoch) == HR_STATUS_OK && guard(0) == HR_STATUS_OK, "lock and guard");
  script_forget();
  reply_text(0, text, sizeof text, "CLIENT KILL TYPE normal");
  const struct script_event *e = await_event(HR_EV_LINK_DOWN, 0, 1000);
  check(e && e->event.why == HR_DOWN_RESET, "the control link was closed: RESET");
  check(ask(seal)->event.status == HR_STATUS_LOST, "seal while it is down: LOST");
  tell(action_of(HR_DO_CONNECT, 0));
  check(await_event(HR_EV_LINK_UP, 0, 1000) != NULL, "it is up again");
  check(ask(seal)->event.status == HR_STATUS_LOST, "seal on the new connection: LOST");
  struct look look;
  check(probe_look(&stage.servers[0], &look) && look.master, "the server is what it was");
  check(guard(0) == HR_STATUS_OK, "guard again");
  tell(action_of(HR_DO_UNGUARD, 0));
  check(ask(seal)->event.status == HR_STATUS_LOST, "after UNGUARD: LOST");
  check(unlock(0, epoch) == HR_STATUS_OK, "unlock");
}

void check_ping(void) {
  for (int i = 0; i < NODES; i++) {
    idle(5);
    tell(action_of(HR_DO_PING, i));
    idle(5);
    tell(action_of(HR_DO_PING, i)); /* all are idle by now */
    const struct script_event *e = await_event(HR_EV_HEARD, i, 500);
    check(e && e->event.at_ms > 0, "node %d answers a PING", i);
  }
  server_stop(&stage.servers[2]);
  idle(5);
  tell(action_of(HR_DO_PING, 2));
  idle(5);
  tell(action_of(HR_DO_PING, 2));
  int64_t start = kit_now_us();
  const struct script_event *e = await_event(HR_EV_LINK_DOWN, 2, 4000);
  int64_t took_ms = (kit_now_us() - start) / 1000;
  check(e && e->event.why == HR_DOWN_SILENT && took_ms >= 1900 && took_ms < 2300,
        "a stopped server is SILENT after down_after_ms (%d ms)", (int)took_ms);
  server_resume(&stage.servers[2]);
  tell(action_of(HR_DO_CONNECT, 2));
  check(await_event(HR_EV_LINK_UP, 2, 1000) != NULL, "it is up again");
}

/* Killed with our packet in its socket: whether it ran nobody knows. */
void check_lost(void) {
  struct hr_action action = action_of(HR_DO_LOCK, 2);
  action.epoch = epoch_new();
  action.ttl_ms = 5000;
  action.op = ++stage.op;
  server_stop(&stage.servers[2]);
  tell(action);
  idle(10);
  check(await_event(HR_EV_ANSWER, 2, 1) == NULL, "a stopped server answers nothing");
  server_kill(&stage.servers[2]);
  const struct script_event *e = await_event(HR_EV_ANSWER, 2, 1000);
  check(e && e->event.op == action.op && e->event.status == HR_STATUS_LOST && !e->event.guard,
        "killed before it answers: LOST");
  check(await_event(HR_EV_LINK_DOWN, 2, 1000) != NULL, "and down");
  server_start(&stage.servers[2]);
  tell(action_of(HR_DO_CONNECT, 2));
  check(await_event(HR_EV_LINK_UP, 2, 1000) != NULL, "it is up again");
}

static bool heard(int node, enum hr_gossip_kind kind, uint64_t seq) {
  struct hr_action publish = action_of(HR_DO_PUBLISH, node);
  publish.u.gossip.kind = kind;
  publish.u.gossip.seq = seq;
  publish.u.gossip.epoch = epoch_new();
  publish.u.gossip.node = 1;
  tell(publish);
  const struct script_event *e = await_event(HR_EV_GOSSIP, node, 300);
  return e && e->gossip.kind == kind && e->gossip.seq == seq && e->gossip.node == 1 &&
         hr_epoch_compare(&e->gossip.epoch, &publish.u.gossip.epoch) == 0 &&
         strcmp(e->gossip.client, stage.client) == 0;
}

void check_gossip(void) {
  idle(50);
  for (int i = 0; i < NODES; i++) {
    check(heard(i, HR_GOSSIP_HEARTBEAT, 7), "node %d carries a heartbeat", i);
    check(heard(i, HR_GOSSIP_MASTER, 8), "node %d carries the news of a master", i);
  }
  char text[64];
  reply_text(0, text, sizeof text, "CLIENT KILL TYPE pubsub");
  idle(50);
  check(heard(0, HR_GOSSIP_HEARTBEAT, 9), "a gossip link that was closed is back in 50 ms");
  script_forget();
  reply_text(0, text, sizeof text, "PUBLISH haredis:gossip:master nonsense");
  reply_text(0, text, sizeof text, "PUBLISH haredis:gossip:heartbeat a:b");
  check(await_event(HR_EV_GOSSIP, 0, 50) == NULL, "nonsense is not heard");
}
