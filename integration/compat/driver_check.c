/*
 * Says every typed action of the driver to real servers and looks at them from outside.
 *   driver_check            all identities
 * Exit code 1 when a check failed.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "checks.h"
#include "stage.h"

static const struct identity identities[] = {
    {.title = "open"},
    {.title = "password",
     .extra = "requirepass secret\n",
     .password = "secret",
     .probe_password = "secret"},
    {.title = "least privilege",
     .extra =
         "user default off\n"
         "user root on >top ~* &* +@all\n"
         "user replica on >stream ~* resetchannels -@all +psync +replconf +ping\n"
         "user haredis on >secret ~haredis:* resetchannels &haredis:* -@all +ping +hello +auth "
         "+info +role +get +set +del +incrby +hget +hmget +hset +hincrby +watch +unwatch +multi "
         "+exec +discard +replicaof +slaveof +subscribe +unsubscribe +publish +client|kill "
         "+scan +client|setname +client|pause +client|unpause +client|id +config|get +config|set "
         "+config|rewrite +wait +select\n",
     .username = "haredis",
     .password = "secret",
     .replication_username = "replica",
     .replication_password = "stream",
     .probe_user = "root",
     .probe_password = "top"},
};

static void check_command_table(void) {
  bool allowed = strcmp(stage.identity->title, "least privilege") != 0;
  struct hr_action topology = action_of(HR_DO_TOPOLOGY, -1);
  script_set_master(0);
  tell(topology);
  idle(200);
  tell(topology);
  idle(200);
  script_set_master(1);
  tell(topology);
  idle(200);
  check(stage.commands == (allowed ? 1 : 0), "COMMAND once, if it may, of servers that are alike");
  script_set_master(0);
}

/* Wrong, missing, or of a user who may not even ask INFO. */
static void check_refused(void) {
  static const struct identity wrong[] = {
      {.title = "wrong password", .password = "wrong"},
      {.title = "no password"},
      {.title = "no rights", .username = "nobody", .password = "nothing"},
  };
  char text[64];
  reply_text(0, text, sizeof text, "ACL SETUSER nobody on >nothing +ping +client|setname");
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    stage_reopen(&wrong[i]);
    const struct script_event *e = await_event(HR_EV_LINK_DOWN, 0, 1000);
    check(e && e->event.why == HR_DOWN_AUTH, "the link is down: AUTH");
    check(await_event(HR_EV_LINK_UP, 0, 20) == NULL, "and was never up");
  }
}

static void check_all(const struct identity *identity) {
  stage_open(identity);
  check_looks();
  check_expired_lock();
  check_locks();
  check_guard_aborts();
  check_guard_is_of_its_connection();
  check_ping();
  check_lost();
  check_gossip();
  check_feed();
  check_first_master();
  check_command_table();
  check_followers();
  check_guard_sees_a_newer_record();
  check_feed_of_a_replica();
  check_seal_and_restart();
  check_hand_over();
  check_kick();
  check_pause();
  check_restore();
  check_out_of_memory();
  check_cannot_write();
  check_no_stale_reads();
  check_no_file();
  check_garbage();
  check_busy();
  check_no_memory();
  if (identity->password) check_refused();
  stage_close();
}

/* driver_check [open...]: as whom; as everybody */
static bool is_wanted(const struct identity *identity, char **titles, int count) {
  for (int i = 0; i < count; i++) {
    if (strcmp(identity->title, titles[i]) == 0) return true;
  }
  return count == 0;
}

int main(int argc, char **argv) {
  kit_init("driver_check");
  signal(SIGXFSZ, SIG_IGN); /* inherited: a server without room on its disk gets an error */
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (size_t i = 0; i < sizeof identities / sizeof identities[0]; i++) {
    if (is_wanted(&identities[i], argv + 1, argc - 1)) check_all(&identities[i]);
  }
  return check_failures() ? 1 : 0;
}
