/* Servers that refuse: out of memory, read errors, no file, busy, somebody's keys in our place. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "checks.h"
#include "stage.h"

static void run(int node, const char *command) {
  char text[256];
  reply_text(node, text, sizeof text, command);
}

static void check_refused_write(int node) {
  char text[256];
  reply_text(node, text, sizeof text, "SET user:more 1");
  check(strncmp(text, "OK", 2) != 0, "the server refuses a write: %.10s", text);
}

static bool file_says(int node, const char *text) {
  FILE *file = fopen(stage.servers[node].file, "r");
  char line[512];
  bool found = false;
  while (file && fgets(line, sizeof line, file)) found = found || strstr(line, text) == line;
  if (file) fclose(file);
  return found;
}

/* Such a server refuses every line inside MULTI: without help it could not even be demoted. */
void check_out_of_memory(void) {
  run(0, "CONFIG SET maxmemory 100kb");
  check_refused_write(0);
  struct hr_action seal = action_of(HR_DO_SEAL, 0);
  seal.epoch = epoch_new();
  seal.rewrite = true;
  const struct script_event *e = change(seal);
  check(e->facts.sealed && e->facts.starts_sealed, "a full master can be locked and sealed");
  check(says(0, "CONFIG GET maxmemory", "102400"), "its limit is what it was");
  check(file_says(0, "maxmemory 100kb") || file_says(0, "maxmemory 102400"), "in its file as well");
  change(promote_of(0, epoch_new(), 80));
  check(says(0, "CONFIG GET maxmemory", "102400"), "after promotion, too");
  check(is_read_only(0), "replica-read-only is yes");
  run(0, "CONFIG SET maxmemory 0");
}

/* Sealed, promoted and told to restore its record while it refuses writes: each leaves its promise
 * or its record behind, and the setting as it was. */
static void change_while_it_refuses(const char *setting, const char *value) {
  char command[80];
  snprintf(command, sizeof command, "CONFIG GET %s", setting);
  struct hr_action seal = action_of(HR_DO_SEAL, 0);
  seal.epoch = epoch_new();
  seal.rewrite = true;
  const struct script_event *e = change(seal);
  check(e->facts.sealed && e->facts.starts_sealed &&
            hr_epoch_compare(&e->facts.promise, &seal.epoch) == 0,
        "a seal writes its promise");
  check(says(0, command, value), "%s is what it was", setting);
  struct hr_epoch epoch = epoch_new();
  e = change(promote_of(0, epoch, 81));
  check(e->facts.master && hr_epoch_compare(&e->facts.promise, &epoch) == 0 &&
            hr_epoch_compare(&e->facts.epoch, &epoch) == 0,
        "a promotion writes promise and record");
  check_refused_write(0);
  struct hr_action restore = promote_of(0, epoch_new(), 82);
  restore.kind = HR_DO_RESTORE;
  change(restore);
  e = ask(action_of(HR_DO_LOOK, 0));
  check(e->facts.opcounter == 82, "a record is restored");
  check(says(0, "HGET haredis:group planned", "0") && e->facts.planned.n == 0,
        "and that nobody has handed over is no epoch");
  check(says(0, command, value), "%s is what it was", setting);
}

static void check_too_few_replicas(void) {
  run(0, "CONFIG SET min-replicas-to-write 5");
  check_refused_write(0);
  change_while_it_refuses("min-replicas-to-write", "5");
  check(file_says(0, "min-replicas-to-write 5"), "in its file as well");
  run(0, "CONFIG SET min-replicas-to-write 0");
}

/* No file of this server can grow: as if its disk were full. */
static void fill_disk(int node, bool full) {
  struct rlimit limit;
  prlimit(stage.servers[node].pid, RLIMIT_FSIZE, NULL, &limit);
  limit.rlim_cur = full ? 0 : limit.rlim_max;
  prlimit(stage.servers[node].pid, RLIMIT_FSIZE, &limit, NULL);
}

static void set(int node, const char *name, const char *value) {
  freeReplyObject(probe(&stage.servers[node], "CONFIG SET %s %s", name, value));
}

static bool save_fails(int node) {
  char info[PROBE_INFO_MAX];
  run(node, "BGSAVE"); /* not while another child is at work */
  return probe_info(&stage.servers[node], info, sizeof info) &&
         strstr(info, "rdb_last_bgsave_status:err");
}

static void check_failed_save(void) {
  set(0, "appendonly", "no");
  set(0, "save", "3600 1");
  fill_disk(0, true);
  check(until(save_fails, 0, 5000), "a save that fails");
  fill_disk(0, false);
  check_refused_write(0);
  change_while_it_refuses("stop-writes-on-bgsave-error", "yes");
  check(!file_says(0, "stop-writes-on-bgsave-error no"), "in its file as well");
  set(0, "save", "");
  set(0, "appendonly", "yes");
}

static bool takes_writes(int node) {
  return says(node, "SET user:more 1", "OK");
}

static bool refuses_writes(int node) {
  char text[256];
  reply_text(node, text, sizeof text, "SET user:more 1");
  return strncmp(text, "MISCONF", 7) == 0;
}

static bool no_child_is_at_work(int node) {
  return info_of(node, "aof_rewrite_in_progress") == 0 &&
         info_of(node, "aof_rewrite_scheduled") == 0 &&
         info_of(node, "rdb_bgsave_in_progress") == 0;
}

/* Its append-only file cannot be written: nothing but room on its disk helps. */
static void check_full_disk(void) {
  check(until(no_child_is_at_work, 0, 5000), "its append-only file is on again");
  fill_disk(0, true);
  check(until(refuses_writes, 0, 5000), "a full disk: it refuses writes");
  struct hr_action action = action_of(HR_DO_LOCK, 0);
  action.epoch = epoch_new();
  action.ttl_ms = 5000;
  const struct script_event *e = ask(action);
  check(e->event.status == HR_STATUS_NO && e->event.guard && e->guard.lock.n == 0,
        "an append-only file that cannot be written: no lock, and nobody holds it");
  check(says(0, "CONFIG GET stop-writes-on-bgsave-error", "yes"), "its settings are its own");
  fill_disk(0, false);
  check(until(takes_writes, 0, 3000), "with room again it takes writes");
  change(promote_of(0, epoch_new(), 83));
}

void check_cannot_write(void) {
  check_too_few_replicas();
  check_failed_save();
  check_full_disk();
}

void check_no_stale_reads(void) {
  run(1, "CONFIG SET replica-serve-stale-data no");
  tell(action_of(HR_DO_CLOSE, 1));
  tell(action_of(HR_DO_CONNECT, 1));
  check(await_event(HR_EV_LINK_UP, 1, 1000) != NULL, "connected again");
  struct hr_action seal = action_of(HR_DO_SEAL, 1);
  seal.epoch = epoch_new();
  seal.rewrite = true;
  change(seal);
  char text[256];
  reply_text(1, text, sizeof text, "GET user:key");
  check(strncmp(text, "MASTERDOWN", 10) == 0, "replica-serve-stale-data no: %.10s", text);
  const struct script_event *e = ask(action_of(HR_DO_LOOK, 1));
  check(e->event.status == HR_STATUS_OK && e->facts.sealed && e->facts.promise.n == seal.epoch.n,
        "it tells its keys all the same");
  change(follow_of(1, 0, epoch_new()));
  check(until(is_linked, 1, 3000), "it follows");
  check(says(1, "CONFIG GET replica-serve-stale-data", "no"), "the setting is what it was");
  run(1, "CONFIG SET replica-serve-stale-data yes");
}

void check_no_file(void) {
  char command[400];
  snprintf(command, sizeof command, "%s.away", stage.servers[2].file);
  rename(stage.servers[2].file, command);
  run(2, "CONFIG SET dir /");
  snprintf(command, sizeof command, "%s", stage.servers[2].dir);
  rename(stage.servers[2].dir, "/nonexistent/folder");
  snprintf(command, sizeof command, "%s.moved", stage.servers[2].dir);
  rename(stage.servers[2].dir, command);
  struct hr_action seal = action_of(HR_DO_SEAL, 2);
  seal.epoch = epoch_new();
  seal.rewrite = true;
  const struct script_event *e = change(seal);
  check(e->event.facts && e->facts.sealed && !e->facts.starts_sealed,
        "a file that cannot be written: sealed, but it will not start so");
  e = ask(action_of(HR_DO_LOOK, 2));
  check(!e->facts.starts_sealed, "and no mark is left behind");
  rename(command, stage.servers[2].dir);
  snprintf(command, sizeof command, "%s.away", stage.servers[2].file);
  rename(command, stage.servers[2].file);
  change(follow_of(2, 0, epoch_new()));
  check(until(is_linked, 2, 3000), "it follows");
}

static void make_garbage(int node, const char *command_and_key) {
  char command[160];
  struct look look;
  probe_look(&stage.servers[node], &look);
  snprintf(command, sizeof command, "%s:%s :::12:\"nonsense", command_and_key, look.run_id);
  run(node, command);
}

static void check_foreign_types(void) {
  run(0, "DEL haredis:group");
  run(0, "SET haredis:group nonsense");
  run(0, "DEL haredis:node");
  run(0, "SADD haredis:node nonsense");
  const struct script_event *e = ask(action_of(HR_DO_LOOK, 0));
  check(e->event.status == HR_STATUS_OK && e->facts.epoch.n == 0 && e->facts.promise.n == 0 &&
            !e->facts.starts_sealed,
        "keys of other types are as if they were absent");
  struct hr_epoch epoch = epoch_new();
  e = change(promote_of(0, epoch, 91));
  check(hr_epoch_compare(&e->facts.epoch, &epoch) == 0 &&
            hr_epoch_compare(&e->facts.promise, &epoch) == 0,
        "a promotion puts record and promise in their place");
}

void check_garbage(void) {
  run(0, "DEL haredis:group");
  run(0, "SET haredis:group nonsense");
  make_garbage(0, "HSET haredis:node promise");
  const struct script_event *e = ask(action_of(HR_DO_LOOK, 0));
  check(e->event.status == HR_STATUS_OK && e->facts.epoch.n == 0 && e->facts.promise.n == 0 &&
            e->facts.epoch_node == -1 && e->facts.uuid[0] == 0,
        "garbage in our keys is as if they were absent");
  struct hr_epoch epoch = epoch_new();
  e = change(promote_of(0, epoch, 90));
  check(hr_epoch_compare(&e->facts.epoch, &epoch) == 0 && e->facts.opcounter == 90,
        "a promotion puts the record in its place");
  make_garbage(0, "SET haredis:lock");
  check(lock(0, epoch_new()) == HR_STATUS_NO, "a lock that nobody of us wrote is somebody's");
  check(unlock(0, epoch) == HR_STATUS_OK, "and not ours to remove");
  struct look look;
  char command[160];
  probe_look(&stage.servers[0], &look);
  snprintf(command, sizeof command, "DEL haredis:lock:%s", look.run_id);
  run(0, command);
  check_foreign_types();
}

void check_busy(void) {
  redisContext *c = probe_connect(&stage.servers[0], 100);
  run(0, "CONFIG SET lua-time-limit 10");
  freeReplyObject(redisCommand(c, "EVAL %s 0", "while true do end"));
  redisFree(c);
  idle(20);
  check(ask(action_of(HR_DO_LOOK, 0))->event.status == HR_STATUS_NO, "a busy server: NO");
  tell(action_of(HR_DO_PING, 0));
  idle(5);
  tell(action_of(HR_DO_PING, 0));
  check(await_event(HR_EV_HEARD, 0, 500) != NULL, "but it lives");
  tell(action_of(HR_DO_CLOSE, 0));
  script_forget();
  tell(action_of(HR_DO_CONNECT, 0));
  check(await_event(HR_EV_HEARD, 0, 500) != NULL, "also for a link that is new");
  check(await_event(HR_EV_LINK_UP, 0, 60) == NULL, "which is not up yet");
  run(0, "SCRIPT KILL");
  check(await_event(HR_EV_LINK_UP, 0, 1000) != NULL, "and then is");
  check(ask(action_of(HR_DO_LOOK, 0))->event.status == HR_STATUS_OK, "it is looked at again");
  idle(300);
  struct hr_action beat = action_of(HR_DO_PUBLISH, 0);
  beat.u.gossip.epoch = epoch_new();
  tell(beat);
  check(await_event(HR_EV_GOSSIP, 0, 500) != NULL, "and heard, though it refused SUBSCRIBE");
}

static int memory_left;

static int have_memory(void *state, size_t size) {
  (void)state;
  (void)size;
  return memory_left-- > 0;
}

/* Wherever memory runs out while an action is said and answered: nothing crashes or leaks, the
 * server is left read-only, and with memory everything works again. */
void check_no_memory(void) {
  static const enum hr_action_kind kinds[] = {HR_DO_LOOK, HR_DO_LOCK, HR_DO_GUARD, HR_DO_SEAL,
                                              HR_DO_UNLOCK};
  int tries = 0, answers = 0;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    for (int n = 0; n < 12; n++) {
      struct hr_action action = action_of(kinds[k], 1);
      action.epoch = epoch_new();
      action.ttl_ms = 100;
      action.op = ++stage.op;
      if (kinds[k] == HR_DO_SEAL) guard(1);
      memory_left = n;
      hr_alloc_set_hook(have_memory, NULL);
      tell(action);
      idle(2);
      hr_alloc_set_hook(NULL, NULL);
      tries++;
      answers += await_event(HR_EV_ANSWER, 1, 20) != NULL;
      tell(action_of(HR_DO_CLOSE, 1));
      tell(action_of(HR_DO_CONNECT, 1));
      if (!await_event(HR_EV_LINK_UP, 1, 1000)) check(false, "connected again");
    }
  }
  check(answers > tries / 2, "answers with memory for 0 to 11 blocks: %d of %d", answers, tries);
  idle(120);
  check(is_read_only(1), "replica-read-only is yes");
  change(follow_of(1, 0, epoch_new()));
  check(until(is_linked, 1, 3000), "with memory it follows");
}
