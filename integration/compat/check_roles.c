/* A group is built, changed and mended on real servers, one action at a time. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "checks.h"
#include "clock.h"
#include "stage.h"

void check_first_master(void) {
  struct hr_epoch epoch = epoch_new();
  struct hr_action promote = promote_of(0, epoch, 41);
  promote.planned = (struct hr_epoch){epoch.n - 1, "handover"};
  const struct script_event *e = change(promote);
  const struct hr_facts *f = &e->facts;
  check(e->event.facts && f->master && hr_epoch_compare(&f->epoch, &epoch) == 0 &&
            f->epoch_node == 0 && strcmp(f->epoch_run_id, f->run_id) == 0 && f->opcounter == 41 &&
            f->list_hash != 0 && strcmp(f->uuid, "11111111-2222-3333-4444-555555555555") == 0 &&
            hr_epoch_compare(&f->promise, &epoch) == 0 && f->keys == 0 &&
            hr_epoch_compare(&f->planned, &promote.planned) == 0,
        "promote: the facts name the record, the promise and no key of a user");
  char expected[160];
  snprintf(expected, sizeof expected, "%llu:%s:%s:%s", (unsigned long long)epoch.n, epoch.nonce,
           stage.servers[0].name, f->run_id);
  check(says(0, "HGET haredis:group epoch", expected), "the record is on the server");
  check(says(0, "HGET haredis:group opcounter", "41"), "and the opcounter");
  check(is_read_only(0), "replica-read-only is yes");
}

void check_followers(void) {
  char text[64];
  reply_text(0, text, sizeof text, "SET user:key value");
  for (int i = 1; i < NODES; i++) {
    struct hr_action follow = follow_of(i, 0, epoch_new());
    follow.rewrite = true;
    const struct script_event *e = change(follow);
    check(e->event.facts && !e->facts.master && e->facts.follows == 0 && e->facts.starts_sealed,
          "node %d: the facts say whom it follows, and that it starts sealed", i);
    check(until(is_linked, i, 3000), "node %d is linked", i);
    check(is_read_only(i), "replica-read-only is yes");
    check(says(i, "GET user:key", "value"), "node %d has the data", i);
  }
  idle(50);
  const struct script_event *e = ask(action_of(HR_DO_LOOK, 0));
  check(e->facts.replicas == 2 && e->facts.strangers == 0 && e->facts.keys >= 1,
        "the master sees two replicas and no stranger");
  e = ask(action_of(HR_DO_LOOK, 1));
  check(e->facts.link_up && e->facts.follows == 0 && e->facts.linked_once && !e->facts.writable &&
            e->facts.epoch.n == 0 + stage.n - 2 && e->facts.epoch_node == 0,
        "a replica carries the master's record");
  struct hr_epoch epoch = epoch_new();
  check(lock(1, epoch) == HR_STATUS_OK, "a read-only replica can be locked");
  check(is_read_only(1), "and is read-only");
  check(unlock(1, epoch) == HR_STATUS_OK, "and unlocked");
}

static uint64_t streamed; /* the epoch that is to arrive */

static bool has_record(int node) {
  return ask(action_of(HR_DO_LOOK, node))->facts.epoch.n == streamed;
}

/* A record that streams into a replica between GUARD and the change. The record itself is not
 * watched, but whatever writes one writes haredis:node as well, and the stream carries both. */
void check_guard_sees_a_newer_record(void) {
  static const enum hr_action_kind kinds[] = {HR_DO_PROMOTE, HR_DO_RESTORE};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    struct hr_epoch epoch = epoch_new();
    struct hr_action record = promote_of(0, epoch_new(), 42), seal = action_of(HR_DO_SEAL, 1);
    seal.epoch = epoch;
    record.kind = kinds[i];
    streamed = record.epoch.n;
    check(lock(1, epoch) == HR_STATUS_OK && guard(1) == HR_STATUS_OK, "a replica is guarded");
    change(record);
    check(until(has_record, 1, 3000), "a newer record arrives there (%d)", (int)i);
    check(ask(seal)->event.status == HR_STATUS_NO, "seal after it: NO");
    check(unlock(1, epoch) == HR_STATUS_OK && until(is_linked, 1, 3000), "it still follows");
  }
}

static bool is_up(int node) {
  return server_await(&stage.servers[node], 1);
}

static bool is_loaded(int node) {
  const struct script_event *e = ask(action_of(HR_DO_LOOK, node));
  return e->event.status == HR_STATUS_OK && !e->facts.loading;
}

void check_seal_and_restart(void) {
  struct look before, after;
  char text[64];
  probe_look(&stage.servers[2], &before);
  struct hr_action seal = action_of(HR_DO_SEAL, 2);
  seal.epoch = epoch_new();
  seal.rewrite = true;
  const struct script_event *e = change(seal);
  check(e->event.facts && e->facts.sealed && e->facts.seal_n == seal.epoch.n &&
            e->facts.follows == -1 && e->facts.starts_sealed && e->facts.linked_once &&
            e->facts.offset == before.offset && e->facts.epoch.n > 0,
        "seal: the facts name its epoch, offset and record");
  probe_look(&stage.servers[2], &after);
  check(after.sealed && after.offset == before.offset && is_read_only(2), "it keeps its offset");
  check(says(2, "GET user:key", "value"), "and its data");
  reply_text(2, text, sizeof text, "CONFIG GET replicaof");
  check(strncmp(text, "127.", 4) == 0 && strstr(text, " 0"), "it follows %s", text);
  e = ask(action_of(HR_DO_LOOK, 2));
  check(e->facts.starts_sealed, "its file mark is there");
  script_forget();
  server_kill(&stage.servers[2]);
  check(await_event(HR_EV_LINK_DOWN, 2, 1000) != NULL, "kill -9: down");
  server_launch(&stage.servers[2]);
  check(until(is_up, 2, 5000), "restarted");
  tell(action_of(HR_DO_CONNECT, 2));
  check(await_event(HR_EV_LINK_UP, 2, 1000) != NULL, "up");
  check(until(is_loaded, 2, 3000), "loaded");
  e = ask(action_of(HR_DO_LOOK, 2));
  check(e->facts.sealed && !e->facts.linked_once && !e->facts.starts_sealed &&
            strcmp(e->facts.run_id, after.run_id) != 0,
        "it comes back sealed, under a new run id, without its mark");
  change(follow_of(2, 0, epoch_new()));
  check(until(is_linked, 2, 3000), "it follows again");
}

static bool has_all_of_0(int node) {
  struct look master, replica;
  return probe_look(&stage.servers[0], &master) && probe_look(&stage.servers[node], &replica) &&
         master.offset == replica.offset;
}

/* The master's own lock is in its stream: what was not read when it is sealed is lost. */
static void seal_master_when_read(void) {
  struct hr_action seal = action_of(HR_DO_SEAL, 0);
  seal.epoch = epoch_new();
  seal.kick = true;
  check(lock(0, seal.epoch) == HR_STATUS_OK, "lock");
  check(until(has_all_of_0, 1, 2000) && until(has_all_of_0, 2, 2000), "the replicas read all");
  check(guard(0) == HR_STATUS_OK && ask(seal)->event.status == HR_STATUS_OK, "seal the master");
  check(unlock(0, seal.epoch) == HR_STATUS_OK, "unlock");
}

/* All sealed, one promoted, the others follow it: nothing is copied whole. */
void check_hand_over(void) {
  struct look look;
  struct hr_action seal = action_of(HR_DO_SEAL, 1);
  seal_master_when_read();
  for (int i = 1; i < NODES; i++) {
    seal.node = i;
    seal.epoch = epoch_new();
    change(seal);
  }
  probe_look(&stage.servers[1], &look);
  int64_t full = look.full;
  int64_t partial = look.partial_ok;
  change(promote_of(1, epoch_new(), 50));
  change(follow_of(0, 1, epoch_new()));
  change(follow_of(2, 1, epoch_new()));
  check(until(is_linked, 0, 3000) && until(is_linked, 2, 3000), "both follow the new master");
  idle(20);
  probe_look(&stage.servers[1], &look);
  check(look.full == full && look.partial_ok == partial + 2,
        "partial resyncs: +%d, full: +%d", (int)(look.partial_ok - partial),
        (int)(look.full - full));
  check(says(0, "HGET haredis:group opcounter", "50"), "the old master has the new record");
  for (int i = 0; i < NODES; i++) check(is_read_only(i), "node %d: replica-read-only is yes", i);
}

/* By its server, and not given up because nothing came. */
static bool is_closed(redisContext *c) {
  redisReply *reply;
  errno = 0;
  if (redisGetReply(c, (void **)&reply) != REDIS_OK) {
    return c->err == REDIS_ERR_EOF || (c->err == REDIS_ERR_IO && errno == ECONNRESET);
  }
  freeReplyObject(reply);
  return false;
}

void check_kick(void) {
  redisContext *idler = probe_connect(&stage.servers[1], 300);
  redisContext *listener = probe_connect(&stage.servers[1], 300);
  if (!check(idler && listener, "an idle client and a subscriber")) return;
  freeReplyObject(redisCommand(listener, "SUBSCRIBE haredis:somewhere"));
  struct hr_action follow = follow_of(1, 0, epoch_new());
  change(promote_of(0, epoch_new(), 60));
  script_forget();
  follow.kick = true;
  change(follow);
  check(is_closed(listener), "the subscriber of a demoted master is closed");
  check(is_closed(idler), "and the idle client");
  redisFree(idler);
  redisFree(listener);
  change(follow_of(2, 0, epoch_new()));
  check(until(is_linked, 1, 3000) && until(is_linked, 2, 3000), "its replicas follow");
}

static int64_t write_takes_ms(int node) {
  redisContext *c = probe_connect(&stage.servers[node], 2000);
  if (!c) return -1;
  int64_t start = kit_now_us();
  redisReply *reply = redisCommand(c, "SET user:paused 1");
  int64_t took = (kit_now_us() - start) / 1000;
  if (!reply || reply->type != REDIS_REPLY_STATUS) took = -1;
  freeReplyObject(reply);
  redisFree(c);
  return took;
}

void check_pause(void) {
  struct hr_action pause = action_of(HR_DO_PAUSE, 0);
  pause.ttl_ms = 300;
  const struct script_event *e = ask(pause);
  check(e->event.status == HR_STATUS_OK && e->event.facts && e->facts.master && e->facts.offset > 0,
        "pause: facts follow");
  int64_t took = write_takes_ms(0);
  /* The server looks ten times a second whether a pause is over. */
  check(took > 200 && took < 600, "a write waits for its end (%d ms)", (int)took);
  ask(pause);
  tell(action_of(HR_DO_UNPAUSE, 0));
  idle(5);
  took = write_takes_ms(0);
  check(took >= 0 && took < 100, "unpause lets it go (%d ms)", (int)took);
  struct hr_epoch epoch = epoch_new();
  struct hr_action seal = action_of(HR_DO_SEAL, 0);
  seal.epoch = epoch;
  seal.kick = true;
  pause.ttl_ms = 2000;
  check(lock(0, epoch) == HR_STATUS_OK, "lock");
  int64_t sealed_at = ask(pause)->facts.offset;
  int64_t start = kit_now_us();
  struct hr_action beat = action_of(HR_DO_PUBLISH, 0); /* would be held back, and the seal too */
  beat.u.gossip.epoch = epoch;
  tell(beat);
  check(guard(0) == HR_STATUS_OK, "guard");
  e = ask(seal);
  took = (kit_now_us() - start) / 1000;
  check(e->event.status == HR_STATUS_OK && took < 200, "a paused master can be sealed (%d ms)",
        (int)took);
  check(e->facts.offset == sealed_at, "and has written nothing meanwhile (%lld)",
        (long long)(e->facts.offset - sealed_at));
  check(unlock(0, epoch) == HR_STATUS_OK, "unlock");
  change(promote_of(0, epoch_new(), 70));
  check(write_takes_ms(0) >= 0, "promoted again it takes writes");
}

void check_restore(void) {
  char text[64];
  reply_text(0, text, sizeof text, "FLUSHALL");
  const struct script_event *e = ask(action_of(HR_DO_LOOK, 0));
  check(e->facts.epoch.n == 0 && e->facts.uuid[0] == 0 && e->facts.keys == 0,
        "FLUSHALL takes the record away");
  struct hr_action restore = promote_of(0, epoch_new(), 71);
  restore.kind = HR_DO_RESTORE;
  change(restore);
  e = ask(action_of(HR_DO_LOOK, 0));
  check(e->facts.master && hr_epoch_compare(&e->facts.epoch, &restore.epoch) == 0 &&
            e->facts.opcounter == 71 && e->facts.epoch_node == 0,
        "restore writes it back");
}
