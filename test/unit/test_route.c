/*
 * The decision tables of route/, every cell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those */
#include <cmocka.h>

#include "route/route.h"

enum cell { SEND, WAIT_MASTER, WAIT_QUORUM, FAIL_QUORUM, WAIT_AMBIGUOUS, WAIT_AUTH };

static enum cell cell_of(struct hr_plan plan) {
  if (plan.kind == HR_PLAN_SEND) {
    assert_int_equal(plan.node, 1);
    assert_int_equal(plan.code, HR_ROUTE_OK);
    return SEND;
  }
  assert_int_equal(plan.node, -1);
  if (plan.kind == HR_PLAN_FAIL) {
    assert_int_equal(plan.code, HR_ROUTE_NO_QUORUM);
    return FAIL_QUORUM;
  }
  switch (plan.code) {
    case HR_ROUTE_NO_MASTER:
      return WAIT_MASTER;
    case HR_ROUTE_NO_QUORUM:
      return WAIT_QUORUM;
    case HR_ROUTE_AMBIGUOUS:
      return WAIT_AMBIGUOUS;
    case HR_ROUTE_AUTH:
      return WAIT_AUTH;
    case HR_ROUTE_OK:
    case HR_ROUTE_NO_REPLICA:
    case HR_ROUTE_MAYBE:
      break;
  }
  fail();
  return SEND;
}

/* What must come out, written without looking at how it is computed. */
static enum cell expected(enum hr_pause pause, bool master, bool durable_topology,
                          const struct hr_route_need *need) {
  enum cell isolated = need->impatient ? FAIL_QUORUM : WAIT_QUORUM;
  if (pause == HR_PAUSE_AMBIGUOUS) {
    return WAIT_AMBIGUOUS;
  }
  if (pause == HR_PAUSE_AUTH) {
    return WAIT_AUTH;
  }
  if (pause == HR_PAUSE_NO_MASTER || !master) {
    return WAIT_MASTER;
  }
  if (!need->write && !need->durable) {
    return SEND;
  }
  if (pause == HR_PAUSE_NO_QUORUM) {
    return isolated;
  }
  return need->durable && !durable_topology ? isolated : SEND;
}

static void every_plan(void **state) {
  static const enum hr_pause pauses[] = {HR_PAUSE_NONE, HR_PAUSE_NO_MASTER, HR_PAUSE_NO_QUORUM,
                                         HR_PAUSE_AMBIGUOUS, HR_PAUSE_AUTH};
  (void)state;
  for (size_t p = 0; p < 5; p++) {
    for (unsigned bits = 0; bits < 32; bits++) {
      struct hr_topology topology = {.version = 1, .count = 3, .pause = pauses[p]};
      struct hr_route_need need = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      topology.master = (bits & 8) != 0 ? 1 : -1;
      topology.durable = (bits & 16) != 0;
      enum cell want = expected(pauses[p], (bits & 8) != 0, topology.durable, &need);
      assert_int_equal(cell_of(hr_route_failover(&topology, &need)), want);
    }
  }
}

static void without_a_topology_everything_waits(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 8; bits++) {
    struct hr_route_need need = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
    assert_int_equal(cell_of(hr_route_failover(NULL, &need)), WAIT_MASTER);
  }
}

static void only_the_first_word_of_an_error_counts(void **state) {
  static const struct {
    const char *text;
    enum hr_error_class class;
  } cases[] = {
      {"READONLY You can't write against a read only replica.", HR_ERROR_READONLY},
      {"LOADING Redis is loading the dataset in memory", HR_ERROR_LOADING},
      {"MASTERDOWN Link with MASTER is down", HR_ERROR_MASTERDOWN},
      {"NOREPLICAS Not enough good replicas to write.", HR_ERROR_NOREPLICAS},
      {"BUSY Redis is busy running a script.", HR_ERROR_BUSY},
      {"TRYAGAIN Multiple keys request during rehashing of slot", HR_ERROR_TRYAGAIN},
      {"CLUSTERDOWN The cluster is down", HR_ERROR_CLUSTERDOWN},
      {"BUSY Valkey is busy running a script.", HR_ERROR_BUSY},
      {"BUSY", HR_ERROR_PLAIN}, /* by the server's words: scripts say it, too, and have run */
      {"BUSY is held by somebody else", HR_ERROR_PLAIN},
      {"TRYAGAIN later", HR_ERROR_PLAIN},
      {"LOADING", HR_ERROR_LOADING},
      {"BUSYKEY Target key name already exists.", HR_ERROR_PLAIN},
      {"BUSYGROUP Consumer Group name already exists", HR_ERROR_PLAIN},
      {"UNBLOCKED force unblock from blocking operation", HR_ERROR_PLAIN},
      {"WRONGTYPE Operation against a key", HR_ERROR_PLAIN},
      {"MISCONF Redis is configured to save RDB snapshots", HR_ERROR_PLAIN},
      {"OOM command not allowed", HR_ERROR_PLAIN},
      {"EXECABORT Transaction discarded", HR_ERROR_PLAIN},
      {"NOAUTH Authentication required.", HR_ERROR_PLAIN},
      {"ERR READONLY", HR_ERROR_PLAIN},
      {"readonly", HR_ERROR_PLAIN},
      {"LOADIN", HR_ERROR_PLAIN},
      {"", HR_ERROR_PLAIN},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    assert_int_equal(hr_route_error_class(cases[i].text, strlen(cases[i].text)), cases[i].class);
  }
  assert_int_equal(hr_route_error_class("READONLYx", 8), HR_ERROR_READONLY); /* not terminated */
  assert_int_equal(hr_route_error_class(NULL, 0), HR_ERROR_PLAIN);
}

static struct hr_outcome outcome_of(enum hr_outcome_kind kind) {
  struct hr_outcome outcome = {.kind = kind,
                               .attempts = 1,
                               .attempts_max = 16,
                               .left_ms = -1,
                               .backoff_ms = 2,
                               .backoff_max_ms = 512};
  return outcome;
}

static void an_answer_ends_it(void **state) {
  (void)state;
  struct hr_outcome outcome = outcome_of(HR_OUTCOME_REPLY);
  for (int retry = HR_RETRY_READS; retry <= HR_RETRY_ALWAYS; retry++) {
    outcome.retry = (enum hr_retry)retry;
    struct hr_verdict verdict = hr_route_judge(&outcome);
    assert_int_equal(verdict.kind, HR_VERDICT_FINISH);
    assert_false(verdict.hint);
  }
}

/* Refused before it ran: repeated whatever it is and whatever `retry` says. */
static void a_refusal_is_repeated_until_attempts_or_time_end(void **state) {
  (void)state;
  for (int error = HR_ERROR_READONLY; error <= HR_ERROR_CLUSTERDOWN; error++) {
    for (unsigned bits = 0; bits < 6; bits++) {
      struct hr_outcome outcome = outcome_of(HR_OUTCOME_REPLY);
      outcome.error = (enum hr_error_class)error;
      outcome.write = (bits & 1) != 0;
      outcome.retry = (enum hr_retry)(bits / 2);
      struct hr_verdict verdict = hr_route_judge(&outcome);
      assert_int_equal(verdict.kind, HR_VERDICT_RETRY);
      assert_in_range(verdict.wait_ms, 1, 2);
      bool hint = error == HR_ERROR_READONLY || error == HR_ERROR_LOADING ||
                  error == HR_ERROR_MASTERDOWN;
      assert_int_equal(verdict.hint, hint);
      assert_int_equal(verdict.writes_only, error == HR_ERROR_NOREPLICAS);
      outcome.attempts = 15;
      outcome.left_ms = 1000;
      assert_int_equal(hr_route_judge(&outcome).kind, HR_VERDICT_RETRY);
      outcome.left_ms = 256; /* the pause would be 256 to 512 */
      assert_int_equal(hr_route_judge(&outcome).kind, HR_VERDICT_FINISH);
      outcome.left_ms = 0;
      assert_int_equal(hr_route_judge(&outcome).kind, HR_VERDICT_FINISH);
      outcome.left_ms = -1;
      outcome.attempts = 16;
      verdict = hr_route_judge(&outcome);
      assert_int_equal(verdict.kind, HR_VERDICT_FINISH);
      assert_int_equal(verdict.hint, hint); /* the node is wrong all the same */
    }
  }
}

static void what_never_left_always_goes_again(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 6; bits++) {
    struct hr_outcome outcome = outcome_of(HR_OUTCOME_LOST_UNSENT);
    outcome.write = (bits & 1) != 0;
    outcome.retry = (enum hr_retry)(bits / 2);
    outcome.attempts = 16;
    outcome.left_ms = 0;
    struct hr_verdict verdict = hr_route_judge(&outcome);
    assert_int_equal(verdict.kind, HR_VERDICT_RETRY);
    assert_int_equal(verdict.wait_ms, 0);
  }
}

static void a_lost_answer_is_a_maybe_unless_it_may_run_twice(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 12; bits++) {
    struct hr_outcome outcome = outcome_of(HR_OUTCOME_LOST_SENT);
    outcome.write = (bits & 1) != 0;
    outcome.attempts = (bits & 2) != 0 ? 16 : 15;
    outcome.retry = (enum hr_retry)(bits / 4);
    bool may = outcome.retry == HR_RETRY_ALWAYS ||
               (outcome.retry == HR_RETRY_READS && !outcome.write);
    struct hr_verdict verdict = hr_route_judge(&outcome);
    if (may && outcome.attempts < 16) {
      assert_int_equal(verdict.kind, HR_VERDICT_RETRY);
    } else {
      assert_int_equal(verdict.kind, HR_VERDICT_FAIL);
      assert_int_equal(verdict.code, HR_ROUTE_MAYBE);
    }
  }
}

/* The same who may, but not at once: that node would say the same again. */
static void an_unproven_answer_is_asked_for_again_after_a_pause(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 12; bits++) {
    struct hr_outcome lost = outcome_of(HR_OUTCOME_LOST_SENT);
    lost.write = (bits & 1) != 0;
    lost.attempts = (bits & 2) != 0 ? 16 : 15;
    lost.retry = (enum hr_retry)(bits / 4);
    struct hr_outcome unproven = lost;
    unproven.kind = HR_OUTCOME_UNPROVEN;
    struct hr_verdict one = hr_route_judge(&lost), other = hr_route_judge(&unproven);
    assert_int_equal(one.kind, other.kind);
    assert_int_equal(one.code, other.code);
    assert_int_equal(one.wait_ms, 0);
    assert_int_equal(other.wait_ms > 0, other.kind == HR_VERDICT_RETRY);
  }
}

static void backoff_doubles_is_capped_and_jittered(void **state) {
  (void)state;
  for (uint32_t attempts = 1; attempts < 70; attempts++) {
    hr_msec full = attempts < 9 ? 2 << (attempts - 1) : 512;
    assert_int_equal(hr_route_backoff_ms(attempts, 2, 512, 0), full / 2);
    for (uint32_t random = 0; random < 2000; random += 7) {
      assert_in_range(hr_route_backoff_ms(attempts, 2, 512, random), full / 2, full);
    }
  }
  assert_int_equal(hr_route_backoff_ms(0, 2, 512, 1), 2);
  assert_int_equal(hr_route_backoff_ms(5, 100, 50, 25), 50);
  assert_int_equal(hr_route_backoff_ms(UINT32_MAX, 1, INT64_MAX, 0), INT64_MAX / 2);
  assert_int_equal(hr_route_backoff_ms(3, 0, 0, 9), 0);
}

/* ---- links of their own ---- */

static enum hr_error_class script_class(const char *text) {
  return hr_route_script_class(text, strlen(text));
}

/* Before Redis 7 a script's error came wrapped. */
static void what_ended_a_script(void **state) {
  (void)state;
  assert_int_equal(script_class("READONLY You can't write against a read only replica. script: "
                                "abc, on @user_script:1."), HR_ERROR_READONLY);
  assert_int_equal(script_class("ERR Error running script (call to f_abc): @user_script:1: "
                                "@user_script: 1: -READONLY You can't write against a read only "
                                "replica. "), HR_ERROR_READONLY);
  assert_int_equal(script_class("ERR Error running script (call to f_abc): @user_script:1: "
                                "attempt to index nil"), HR_ERROR_PLAIN);
  assert_int_equal(script_class("ERR Error running script : -"), HR_ERROR_PLAIN);
  assert_int_equal(script_class("ERR Error running script "), HR_ERROR_PLAIN);
  assert_int_equal(script_class("ERR no: -READONLY"), HR_ERROR_PLAIN);
  assert_int_equal(script_class(""), HR_ERROR_PLAIN);
}

static enum hr_error_class blocked_class(const char *text) {
  return hr_route_blocked_class(text, strlen(text));
}

static void a_demoted_master_lets_go(void **state) {
  (void)state;
  const char *force = "UNBLOCKED force unblock from blocking operation, instance state changed";
  assert_int_equal(blocked_class(force), HR_ERROR_UNBLOCKED);
  assert_int_equal(hr_route_error_class(force, strlen(force)), HR_ERROR_PLAIN);
  assert_int_equal(blocked_class("UNBLOCKED client unblocked via CLIENT UNBLOCK"), HR_ERROR_PLAIN);
  assert_int_equal(blocked_class("UNBLOCKED"), HR_ERROR_PLAIN);
  assert_int_equal(blocked_class("READONLY You can't"), HR_ERROR_READONLY);
  assert_int_equal(blocked_class("WRONGTYPE x"), HR_ERROR_PLAIN);
}

/* However often: it waited in peace in between. */
static void unblocked_is_no_failed_attempt(void **state) {
  (void)state;
  struct hr_outcome outcome = {.kind = HR_OUTCOME_REPLY,
                               .error = HR_ERROR_UNBLOCKED,
                               .write = true,
                               .retry = HR_RETRY_NEVER,
                               .attempts = 1000,
                               .attempts_max = 16,
                               .left_ms = -1,
                               .backoff_ms = 2,
                               .backoff_max_ms = 512};
  struct hr_verdict verdict = hr_route_judge(&outcome);
  assert_int_equal(verdict.kind, HR_VERDICT_RETRY);
  assert_true(verdict.hint);
  assert_true(verdict.wait_ms <= 2);
}

static enum hr_error_class exec_class(const char *text, const char *cause) {
  return hr_route_exec_class(text, strlen(text), cause, cause != NULL ? strlen(cause) : 0);
}

static void the_cause_of_an_execabort(void **state) {
  (void)state;
  const char *before = "EXECABORT Transaction discarded because of previous errors.";
  const char *readonly = "EXECABORT Transaction discarded because of: READONLY You can't write";
  assert_int_equal(exec_class(readonly, NULL), HR_ERROR_READONLY);
  assert_int_equal(exec_class("EXECABORT Transaction discarded because of: NOPERM x", NULL),
                   HR_ERROR_PLAIN);
  assert_int_equal(exec_class(before, "LOADING Redis is loading"), HR_ERROR_LOADING);
  assert_int_equal(exec_class(before, "ERR unknown command"), HR_ERROR_PLAIN);
  assert_int_equal(exec_class(before, NULL), HR_ERROR_PLAIN);
  assert_int_equal(exec_class("ERR Transaction contains write commands but instance is now a "
                              "read-only slave. EXEC aborted.", NULL), HR_ERROR_READONLY);
  assert_int_equal(exec_class("BUSY Redis is busy", NULL), HR_ERROR_BUSY);
  assert_int_equal(exec_class("ERR EXEC without MULTI", NULL), HR_ERROR_PLAIN);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_plan),
      cmocka_unit_test(without_a_topology_everything_waits),
      cmocka_unit_test(only_the_first_word_of_an_error_counts),
      cmocka_unit_test(what_ended_a_script),
      cmocka_unit_test(an_answer_ends_it),
      cmocka_unit_test(a_refusal_is_repeated_until_attempts_or_time_end),
      cmocka_unit_test(what_never_left_always_goes_again),
      cmocka_unit_test(a_lost_answer_is_a_maybe_unless_it_may_run_twice),
      cmocka_unit_test(an_unproven_answer_is_asked_for_again_after_a_pause),
      cmocka_unit_test(backoff_doubles_is_capped_and_jittered),
      cmocka_unit_test(a_demoted_master_lets_go),
      cmocka_unit_test(unblocked_is_no_failed_attempt),
      cmocka_unit_test(the_cause_of_an_execabort),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
