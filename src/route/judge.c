/*
 * What becomes of a command that was answered with an error, or not at all. The same in every mode.
 *
 * Two facts decide: did it run (surely not / maybe), and may it run twice (reads may; writes only
 * when the caller said so).
 */
#include "route/route.h"

#include <assert.h>
#include <string.h>

/* says: stands behind the word when a server says it, for scripts that have run like to answer in
 * that word, too. */
static const struct {
  const char *word;
  const char *says;
  enum hr_error_class class;
  bool hint;        /* this node is not what we took it for: look again */
  bool writes_only; /* reads are served meanwhile */
} hr_error_table[] = {
    {"READONLY", "", HR_ERROR_READONLY, true, false},
    {"LOADING", "", HR_ERROR_LOADING, true, false},
    {"MASTERDOWN", "", HR_ERROR_MASTERDOWN, true, false},
    {"NOREPLICAS", "", HR_ERROR_NOREPLICAS, false, true},
    {"BUSY", " is busy", HR_ERROR_BUSY, false, false},
    {"TRYAGAIN", " Multiple keys", HR_ERROR_TRYAGAIN, false, false},
    {"CLUSTERDOWN", "", HR_ERROR_CLUSTERDOWN, false, false},
};
#define HR_ERROR_COUNT (sizeof(hr_error_table) / sizeof(hr_error_table[0]))

static bool hr_error_says(const char *text, size_t len, const char *says) {
  assert(says != NULL);
  size_t want = strlen(says);
  for (size_t i = 0; i + want <= len; i++) {
    if (memcmp(text + i, says, want) == 0) {
      return true;
    }
  }
  return false;
}

/* Only the whole first word counts: BUSYKEY and BUSYGROUP are the command's own errors. */
enum hr_error_class hr_route_error_class(const char *text, size_t len) {
  assert(text != NULL || len == 0);
  for (size_t i = 0; i < HR_ERROR_COUNT; i++) {
    size_t word = strlen(hr_error_table[i].word);
    if (len < word || memcmp(text, hr_error_table[i].word, word) != 0) {
      continue;
    }
    bool whole = len == word || text[word] == ' ';
    if (whole && hr_error_says(text + word, len - word, hr_error_table[i].says)) {
      return hr_error_table[i].class;
    }
  }
  return HR_ERROR_PLAIN;
}

/* Since Redis 7 the word comes first; before, it was told which line of the script said it. */
enum hr_error_class hr_route_script_class(const char *text, size_t len) {
  static const char running[] = "ERR Error running script ", said[] = ": -";
  assert(text != NULL || len == 0);
  if (len < sizeof(running) - 1 || memcmp(text, running, sizeof(running) - 1) != 0) {
    return hr_route_error_class(text, len);
  }
  for (size_t at = sizeof(running) - 1; at + sizeof(said) - 1 < len; at++) {
    if (memcmp(text + at, said, sizeof(said) - 1) == 0) {
      return hr_route_error_class(text + at + sizeof(said) - 1, len - at - (sizeof(said) - 1));
    }
  }
  return HR_ERROR_PLAIN;
}

enum hr_error_class hr_route_blocked_class(const char *text, size_t len) {
  static const char unblocked[] = "UNBLOCKED force unblock";
  assert(text != NULL || len == 0);
  size_t word = sizeof(unblocked) - 1;
  if (len >= word && memcmp(text, unblocked, word) == 0) {
    return HR_ERROR_UNBLOCKED;
  }
  return hr_route_error_class(text, len);
}

/* Servers name the cause when EXEC itself was refused; else it is what a queued command got. */
enum hr_error_class hr_route_exec_class(const char *text, size_t len, const char *cause,
                                        size_t cause_len) {
  static const char because[] = "EXECABORT Transaction discarded because of: ";
  /* Before 6.2: queued by a master, executed by the replica that it has become. */
  static const char demoted[] = "ERR Transaction contains write commands but instance is now a ";
  assert(text != NULL || len == 0);
  size_t skip = sizeof(because) - 1;
  if (cause != NULL) {
    return hr_route_error_class(cause, cause_len);
  }
  if (len >= skip && memcmp(text, because, skip) == 0) {
    return hr_route_error_class(text + skip, len - skip);
  }
  if (len >= sizeof(demoted) - 1 && memcmp(text, demoted, sizeof(demoted) - 1) == 0) {
    return HR_ERROR_READONLY;
  }
  return hr_route_error_class(text, len);
}

hr_msec hr_route_backoff_ms(uint32_t attempts, hr_msec first_ms, hr_msec max_ms, uint32_t random) {
  assert(first_ms >= 0 && max_ms >= 0);
  hr_msec pause = first_ms < max_ms ? first_ms : max_ms;
  for (uint32_t i = 1; i < attempts && pause < max_ms; i++) {
    pause = pause > max_ms / 2 ? max_ms : pause * 2;
  }
  hr_msec half = pause / 2;
  return half + (hr_msec)(random % (uint64_t)(pause - half + 1));
}

/* It waited in peace until its master was demoted: that is no attempt that failed. */
static struct hr_verdict hr_judge_unblocked(const struct hr_outcome *outcome) {
  assert(outcome->error == HR_ERROR_UNBLOCKED);
  hr_msec wait = hr_route_backoff_ms(1, outcome->backoff_ms, outcome->backoff_max_ms,
                                     outcome->random);
  return (struct hr_verdict){HR_VERDICT_RETRY, wait, HR_ROUTE_OK, true, false};
}

/* The server refused before it ran: safe to repeat whatever it is, while attempts and time last. */
static struct hr_verdict hr_judge_refused(const struct hr_outcome *outcome) {
  assert(outcome->error != HR_ERROR_PLAIN);
  struct hr_verdict verdict = {HR_VERDICT_FINISH, 0, HR_ROUTE_OK, false, false};
  for (size_t i = 0; i < HR_ERROR_COUNT; i++) {
    if (hr_error_table[i].class == outcome->error) {
      verdict.hint = hr_error_table[i].hint;
      verdict.writes_only = hr_error_table[i].writes_only;
    }
  }
  hr_msec wait = hr_route_backoff_ms(outcome->attempts, outcome->backoff_ms,
                                     outcome->backoff_max_ms, outcome->random);
  if (outcome->attempts >= outcome->attempts_max) {
    return verdict;
  }
  if (outcome->left_ms >= 0 && wait >= outcome->left_ms) {
    return verdict; /* its own error says more than a timeout would */
  }
  verdict.kind = HR_VERDICT_RETRY;
  verdict.wait_ms = wait;
  return verdict;
}

static struct hr_verdict hr_judge_lost(const struct hr_outcome *outcome) {
  assert(outcome->kind == HR_OUTCOME_LOST_SENT || outcome->kind == HR_OUTCOME_UNPROVEN);
  bool may_repeat =
      outcome->retry == HR_RETRY_ALWAYS || (outcome->retry == HR_RETRY_READS && !outcome->write);
  if (!may_repeat || outcome->attempts >= outcome->attempts_max) {
    return (struct hr_verdict){HR_VERDICT_FAIL, 0, HR_ROUTE_MAYBE, false, false};
  }
  return (struct hr_verdict){HR_VERDICT_RETRY, 0, HR_ROUTE_OK, false, false};
}

/* As lost; but the node lives and would answer the same at once. */
static struct hr_verdict hr_judge_unproven(const struct hr_outcome *outcome) {
  assert(outcome->kind == HR_OUTCOME_UNPROVEN);
  struct hr_verdict verdict = hr_judge_lost(outcome);
  if (verdict.kind == HR_VERDICT_RETRY) {
    verdict.wait_ms = hr_route_backoff_ms(outcome->attempts, outcome->backoff_ms,
                                          outcome->backoff_max_ms, outcome->random);
  }
  return verdict;
}

struct hr_verdict hr_route_judge(const struct hr_outcome *outcome) {
  assert(outcome != NULL);
  switch (outcome->kind) {
    case HR_OUTCOME_REPLY:
      if (outcome->error == HR_ERROR_UNBLOCKED) {
        return hr_judge_unblocked(outcome);
      }
      if (outcome->error != HR_ERROR_PLAIN) {
        return hr_judge_refused(outcome);
      }
      break;
    case HR_OUTCOME_LOST_SENT:
      return hr_judge_lost(outcome);
    case HR_OUTCOME_UNPROVEN:
      return hr_judge_unproven(outcome);
    case HR_OUTCOME_LOST_UNSENT:
      return (struct hr_verdict){HR_VERDICT_RETRY, 0, HR_ROUTE_OK, false, false};
  }
  return (struct hr_verdict){HR_VERDICT_FINISH, 0, HR_ROUTE_OK, false, false};
}
