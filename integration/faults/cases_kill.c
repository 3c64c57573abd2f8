/* kill -9. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

static const struct group_plan three = {.nodes = 3};

/* One application writes as fast as it can, many write 200 times a second each. */
static struct writer_plan plan_for(int writers) {
  struct writer_plan how = {.window = 16};
  if (writers > 1) how.rate = 200;
  return how;
}

/* The deed, and what must be true before anybody comes back. */
static bool kill_and_recover(struct run *r) {
  int master = run_master(r);
  if (master < 0) return false;
  run_kill(r, master);
  if (!run_recovered(r, 10000)) return false;
  kit_sleep_ms(300); /* a second promotion would show now */
  if (!run_settled(r, 5000)) return false;
  run_expect_partial(r, r->group.count - 2);
  return !r->broken;
}

static void kill_and_judge(struct run *r) {
  if (!kill_and_recover(r) || !run_judge(r)) return;
  run_measure_gap(r);
  run_expect_promotions(r, 1);
}

void case_kill_master(struct run *r) {
  int writers = r->fault->parameter;
  struct writer_plan how = plan_for(writers);
  if (!run_begin(r, &three, writers, &how)) return;
  kill_and_judge(r);
  run_expect_async_loss_only(r);
}

void case_kill_master_blocking(struct run *r) {
  struct writer_plan how = {.rate = 1000, .blocking = true};
  if (!run_begin(r, &three, r->fault->parameter, &how)) return;
  kill_and_judge(r);
  run_expect_async_loss_only(r);
}

void case_kill_master_quorum(struct run *r) {
  struct writer_plan how = {.window = 16, .options = {"durability=quorum"}};
  if (!run_begin(r, &three, r->fault->parameter, &how)) return;
  kill_and_judge(r);
  run_expect_nothing_lost(r);
}

/* The old master comes back and must be able to follow: it needs the password for that. */
static void kill_with_credentials(struct run *r, const struct group_plan *plan,
                                  const struct writer_plan *how) {
  if (!run_begin(r, plan, 1, how)) return;
  int old = run_master(r);
  if (!kill_and_recover(r)) return;
  server_start(&r->group.servers[old]);
  if (!run_settled(r, 10000) || !run_judge(r)) return;
  run_measure_gap(r);
  run_expect_promotions(r, 1);
  run_expect_async_loss_only(r);
}

void case_kill_master_password(struct run *r) {
  struct writer_plan how = plan_for(1);
  const struct group_plan plan = {
      .nodes = 3, .extra = "requirepass s3cret\n", .password = "s3cret",
      .look_password = "s3cret"};
  kill_with_credentials(r, &plan, &how);
}

/* The user of the guarantees' page, the application's own command, and a user to replicate. */
static const char least_privilege[] =
    "user default off\n"
    "user haredis on >s3cret ~haredis:* ~app:* resetchannels &haredis:* -@all +ping +hello +auth "
    "+info +role +get +set +del +incrby +hget +hmget +hset +hincrby +watch +unwatch +multi +exec "
    "+discard +replicaof +slaveof +subscribe +unsubscribe +publish +client|kill +client|setname "
    "+client|pause +client|unpause +client|id +config|get +config|set +config|rewrite +wait "
    "+select +scan +rpush\n"
    "user copy on >c0py -@all +psync +replconf +ping\n"
    "user onlooker on >l00k ~* &* +@all\n";

void case_kill_master_least_privilege(struct run *r) {
  struct writer_plan how = plan_for(1);
  how.options[0] = "replication_username=copy";
  how.options[1] = "replication_password=c0py";
  const struct group_plan plan = {
      .nodes = 3, .extra = least_privilege, .user = "haredis", .password = "s3cret",
      .look_user = "onlooker", .look_password = "l00k"};
  kill_with_credentials(r, &plan, &how);
}

/* A master that is back before anybody could miss it, with nothing in its hands. */
void case_empty_master(struct run *r) {
  struct writer_plan how = plan_for(1);
  if (!run_begin(r, &three, 1, &how)) return;
  int master = run_master(r);
  if (master < 0) return;
  struct server *s = &r->group.servers[master];
  run_kill(r, master);
  kit_sleep_until_us(r->at_us + (int64_t)r->fault->parameter * 1000);
  server_launch(s);
  if (!run_recovered(r, 10000) || !run_settled(r, 10000)) return;
  kit_sleep_ms(200);
  if (!run_judge(r)) return;
  run_measure_gap(r);
  run_expect_async_loss_only(r);
  run_expect_promotions(r, 1);
  for (int i = 0; i < r->group.count; i++) {
    struct look look;
    if (!probe_look(&r->group.servers[i], &look) || look.opcounter == 0) {
      run_break(r, "%s holds no data", r->group.servers[i].name);
    }
  }
}

/* -------------------------------------------------------------------------- five nodes ------ */

static const struct group_plan five = {.nodes = 5};

/* Acknowledgements between two moments, by all applications; their records must be loaded. */
static int64_t acked_between(const struct run *r, int64_t from_us, int64_t to_us) {
  int64_t count = 0;
  for (int i = 0; i < r->crowd.count; i++) {
    count += writer_acked(&r->crowd.writers[i], from_us, to_us);
  }
  return count;
}

/*
 * Three of five are gone for a while; then one comes back. `victims` are three servers, the last
 * of them first missed. Nobody may promote or acknowledge in between.
 */
static void three_of_five(struct run *r, const int *victims, int grace_ms, int promotions) {
  for (int i = 0; i < 3; i++) kit_signal(r->group.servers[victims[i]].pid, SIGKILL);
  r->at_us = r->after_us = kit_now_us();
  for (int i = 0; i < 3; i++) server_kill(&r->group.servers[victims[i]]);
  kit_sleep_ms(r->quick ? 2000 : 4000);
  int during = group_promotions(&r->group) - r->promotions_before;
  int64_t back_us = kit_now_us();
  if (during) run_break(r, "%d promotions by a minority", during);
  server_launch(&r->group.servers[victims[0]]);
  r->after_us = back_us;
  if (!run_recovered(r, 15000) || !run_settled(r, 10000)) return;
  kit_sleep_ms(200);
  if (!run_judge(r)) return;
  run_measure_gap(r);
  r->extra_us = r->gap_us - (back_us - r->at_us);
  r->gap_us = -1;
  run_expect_promotions(r, promotions);
  run_expect_async_loss_only(r);
  int64_t acked = acked_between(r, r->at_us + (int64_t)grace_ms * 1000, back_us);
  if (acked) run_break(r, "%lld writes acknowledged by a minority", (long long)acked);
}

static bool five_begin(struct run *r) {
  struct writer_plan how = {.rate = 200};
  struct writer_plan strict = {.rate = 200, .options = {"isolation=fail"}};
  if (!run_begin(r, &five, 2, &how)) return false;
  if (!run_writers(r, 1, &strict)) return false;
  kit_sleep_ms(100);
  return true;
}

void case_minority(struct run *r) {
  if (!five_begin(r)) return;
  int master = run_master(r);
  if (master < 0) return;
  int victims[3] = {(master + 1) % 5, (master + 2) % 5, master};
  three_of_five(r, victims, 50, 1);
}

/* The master lives on in the minority: after fence_ms its clients stop, and nothing is elected. */
void case_minority_with_master(struct run *r) {
  if (!five_begin(r)) return;
  int master = run_master(r);
  if (master < 0) return;
  int victims[3] = {(master + 1) % 5, (master + 2) % 5, (master + 3) % 5};
  three_of_five(r, victims, 600, 0);
}

/* ----------------------------------------------------------------- a count is a number ------ */

static bool opcounter_reach(struct run *r, int server, int64_t at_least) {
  for (int i = 0; i < 5000; i++) {
    int64_t count = probe_number(&r->group.servers[server], 0, "HGET haredis:group opcounter");
    if (count >= at_least) return true;
    kit_sleep_ms(1);
  }
  run_break(r, "the opcounter never reached %lld", (long long)at_least);
  return false;
}

/*
 * "99" is not more than "110": a replica is lost with a count of two digits, the others go on to
 * three; then all are killed and come back with their data. As text the older count would win.
 */
void case_opcounter_is_a_number(struct run *r) {
  const struct group_plan plan = {.nodes = 3, .append = true, .extra = "appendfsync always\n"};
  struct writer_plan slow = {.rate = 40};
  run_group(r, &plan);
  if (!run_writers(r, 1, &slow) || !run_settled(r, 10000)) return;
  int master = run_master(r);
  if (master < 0 || !opcounter_reach(r, master, 70)) return;
  int late = (master + 1) % 3;
  server_kill(&r->group.servers[late]);
  int64_t late_count =
      probe_number(&r->group.servers[master], 0, "HGET haredis:group opcounter");
  if (late_count > 99) run_break(r, "the machine is too slow for this case");
  if (!opcounter_reach(r, master, 110)) return;
  kit_sleep_ms(50);
  run_mark(r);
  run_kill(r, master);
  for (int i = 0; i < 3; i++) server_kill(&r->group.servers[i]);
  for (int i = 0; i < 3; i++) server_launch(&r->group.servers[i]);
  if (!run_recovered(r, 10000) || !run_settled(r, 10000)) return;
  if (run_master(r) == late) run_break(r, "the older data won");
  if (!run_judge(r)) return;
  run_measure_gap(r);
  run_expect_async_loss_only(r);
}
