/*
 * The feed, told in stories: every arrow of its picture, and the odd orders. A line is
 *
 *   TIME EVENT > ACTIONS | judgement of nodes 0 1 2
 *
 *   events   want, rest, target NODE MASTER EPOCH [planned] [alone], up N, down N,
 *            force N (what was carried there is in force),
 *            mark N [K] (the last mark, or the K-th before it, is heard there),
 *            beat N ID, early N ID (of the master before), full, time,
 *            look N, copied N (a look at it found that it was)
 *   actions  carry N, leave N, mark N, old+ old- new+ new- (deliver, drop), gap FROM UNTIL, ready N
 *            (looks are counted apart)
 *   judged   . dropped, D delivered, o held old, n held new; without "|" it is not looked at
 *
 * patience 1000, a mark again after 20, a beat every 50, and every 100 at least.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pubsub/feed.h"

static const struct hr_feed_config config = {
    .nodes = 3, .names = {"a", "b", "c"}, .patience_ms = 1000, .mark_again_ms = 20,
    .beat_ms = 50, .quiet_ms = 100};

struct stage {
  struct hr_feed feed;
  struct hr_feed_actions actions;
  uint32_t serials[3]; /* of the last carry */
  int looks;           /* asked for */
};

static bool first_is(const char *text, const char *word) {
  size_t len = strlen(word);
  return strncmp(text, word, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

static struct hr_feed_event parse(const struct stage *stage, const char *line) {
  static const struct {
    const char *word;
    enum hr_feed_event_kind kind;
  } words[] = {{"want", HR_FEED_WANTED}, {"rest", HR_FEED_WANTED},    {"target", HR_FEED_TARGET},
               {"up", HR_FEED_LINK_UP},  {"down", HR_FEED_LINK_DOWN}, {"force", HR_FEED_IN_FORCE},
               {"mark", HR_FEED_MARK},   {"beat", HR_FEED_BEAT},      {"full", HR_FEED_HELD_FULL},
               {"early", HR_FEED_BEAT},  {"time", HR_FEED_TIME},      {"look", HR_FEED_LOOK},
               {"copied", HR_FEED_LOOK}};
  struct hr_feed_event event = {.node = -1, .master = -1};
  int at = 0;
  long long now = 0, one = -1, two = -1;
  unsigned long long three = 0;
  assert_int_equal(sscanf(line, "%lld %n", &now, &at), 1);
  event.now = event.since = now;
  const char *text = line + at;
  const char *known = NULL;
  for (size_t i = 0; i < sizeof words / sizeof *words && known == NULL; i++) {
    if (!first_is(text, words[i].word)) continue;
    known = words[i].word;
    event.kind = words[i].kind;
  }
  assert_non_null(known);
  event.wanted = first_is(text, "want");
  int numbers = sscanf(text + strlen(known), "%lld %lld %llu", &one, &two, &three);
  event.node = (int)one;
  event.master = (int)two;
  event.epoch.n = three;
  event.planned = strstr(text, "planned") != NULL;
  event.copied = known[0] == 'c';
  event.cut_off = strstr(text, "alone") != NULL;
  if (event.kind == HR_FEED_IN_FORCE) event.serial = stage->serials[one];
  if (event.kind == HR_FEED_MARK) {
    event.nonce = stage->feed.nonces - (numbers == 2 ? (uint64_t)two : 0);
  }
  if (event.kind == HR_FEED_BEAT) {
    event.nonce = (uint64_t)two;
    event.epoch = stage->feed.epoch;
    event.epoch.n -= first_is(text, "early");
  }
  return event;
}

static void render(struct stage *stage, char *out, size_t size) {
  static const char *const words[] = {
      [HR_FEED_DO_CARRY] = "carry",      [HR_FEED_DO_LEAVE] = "leave",
      [HR_FEED_DO_MARK] = "mark",        [HR_FEED_DO_DELIVER_OLD] = "old+",
      [HR_FEED_DO_DELIVER_NEW] = "new+", [HR_FEED_DO_DROP_OLD] = "old-",
      [HR_FEED_DO_DROP_NEW] = "new-",    [HR_FEED_DO_GAP] = "gap",
      [HR_FEED_DO_READY] = "ready"};
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < stage->actions.count; i++) {
    const struct hr_feed_action *action = &stage->actions.list[i];
    if (action->kind == HR_FEED_DO_LOG) {
      assert_true(action->text[0] != '\0');
      continue;
    }
    if (action->kind == HR_FEED_DO_LOOK) {
      stage->looks++;
      continue;
    }
    if (action->kind == HR_FEED_DO_CARRY) stage->serials[action->node] = action->serial;
    used += (size_t)snprintf(out + used, size - used, used > 0 ? " %s" : "%s", words[action->kind]);
    bool held = action->kind >= HR_FEED_DO_DELIVER_OLD && action->kind <= HR_FEED_DO_DROP_NEW;
    if (action->kind == HR_FEED_DO_GAP) {
      used += (size_t)snprintf(out + used, size - used, " %lld %lld", (long long)action->from_ms,
                               (long long)action->until_ms);
    } else if (!held) {
      used += (size_t)snprintf(out + used, size - used, " %d", action->node);
    }
  }
  assert_true(used < size);
}

static void judge(const struct stage *stage, char out[4]) {
  for (int i = 0; i < 3; i++) out[i] = ".Don"[hr_feed_judge(&stage->feed, i)];
  out[3] = '\0';
}

static void play(struct stage *stage, const char *line) {
  char got[256], verdicts[4], expected[256];
  struct hr_feed_event event = parse(stage, line);
  hr_feed_step(&stage->feed, &event, &stage->actions);
  assert_true(hr_feed_deadline(&stage->feed) >= event.now);
  render(stage, got, sizeof got);
  const char *arrow = strchr(line, '>'), *bar = strchr(line, '|');
  assert_non_null(arrow);
  size_t len = bar == NULL ? strlen(arrow + 1) : (size_t)(bar - arrow - 1);
  snprintf(expected, sizeof expected, "%.*s", (int)len, arrow + 1);
  char *start = expected + strspn(expected, " ");
  for (size_t end = strlen(start); end > 0 && start[end - 1] == ' ';) start[--end] = '\0';
  judge(stage, verdicts);
  bool same = strcmp(start, got) == 0 && (bar == NULL || strcmp(bar + 2, verdicts) == 0);
  if (!same) fail_msg("%s\n   but: %s | %s", line, got, verdicts);
}

static struct stage told(const char *const *lines) {
  struct stage stage = {.serials = {0}};
  hr_feed_init(&stage.feed, &config, 1);
  for (; *lines != NULL; lines++) play(&stage, *lines);
  return stage;
}

#define STORY(name, ...)                                    \
  static void test_##name(void **state) {                   \
    static const char *const lines[] = {__VA_ARGS__, NULL}; \
    (void)state;                                            \
    struct stage stage = told(lines);                       \
    assert_null(stage.feed.out);                            \
  }

/* On node 1, which is fed by the master 0, and all is well. */
#define STEADY                                                                               \
  "1000 target 1 0 1 >", "1000 up 0 >", "1000 up 1 >", "1000 up 2 >", "1000 want > carry 1", \
      "1001 force 1 > mark 0 | .D.", "1002 mark 1 > ready 1 | .D."

STORY(put_in_force_and_proven, STEADY, "1100 time >", "1200 rest > leave 1 | ...")
STORY(waits_for_a_target, "1 want >", "2 up 1 >", "3 target 1 0 1 > carry 1")
STORY(waits_for_the_link, "1 want >", "2 target 1 0 1 >", "3 up 1 > carry 1")
STORY(waits_for_somebody, "1 target 1 0 1 >", "2 up 1 >", "3 want > carry 1", "4 want >")
STORY(waits_for_a_master, "1 target 1 -1 0 >", "1 up 1 >", "1 want > carry 1", "2 force 1 >",
      "3 target 1 0 1 > mark 0", "4 mark 1 > ready 1")
STORY(a_lost_proof_is_repeated, "1000 target 1 0 1 >", "1000 up 1 >", "1000 want > carry 1",
      "1001 force 1 > mark 0", "1020 time >", "1021 time > mark 0", "1060 time >",
      "1061 time > mark 0", "1070 mark 1 2 > ready 1")
STORY(a_heartbeat_hurries_the_proof, "1000 target 1 0 1 >", "1000 up 1 >", "1000 want > carry 1",
      "1001 force 1 > mark 0", "1021 time > mark 0", "1061 time > mark 0", "1141 time > mark 0",
      "1200 beat 1 71 > mark 0", "1201 mark 1 > ready 1", "1300 beat 1 72 >")
STORY(another_place_before_it_is_in_force, "1 target 1 0 1 >", "1 up 1 >", "1 up 2 >",
      "1 want > carry 1", "2 target 2 0 1 > leave 1 carry 2", "3 force 1 >", "4 force 2 > mark 0")

/* Both live. */
STORY(moves_old_first, STEADY, "1100 target 2 0 1 > carry 2 | .D.", "1101 force 2 > mark 0 | .D.",
      "1102 mark 1 > | .o.", "1103 mark 2 > old- leave 1 ready 2 | ..D")
STORY(moves_new_first, STEADY, "1100 target 2 0 1 > carry 2 | .D.", "1101 force 2 > mark 0 | .D.",
      "1102 mark 2 > | .Dn", "1103 mark 1 > new+ leave 1 ready 2 | ..D")

STORY(a_mark_heard_on_the_old_one_alone, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.", "1120 time >",
      "1121 time > old+ mark 0 | .D.", "1122 mark 2 1 > | .D.", "1123 mark 1 > | .D.",
      "1130 mark 2 > mark 0 | .D.", "1131 mark 2 > | .Dn", "1132 mark 1 > new+ leave 1 ready 2")
STORY(who_is_not_fed_yet_holds_nobody_back, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.", "1121 time > old+ mark 0 | .D.",
      "1122 mark 1 > | .D.", "1161 time > mark 0 | .D.", "1162 mark 1 > | .D.",
      "1200 mark 2 > mark 0 | .D.", "1201 mark 1 > | .o.", "1202 mark 2 > old- leave 1 ready 2")
STORY(a_mark_heard_on_the_new_one_alone, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 > | .Dn", "1121 time > new- mark 0 | .D.",
      "1122 mark 1 1 > | .D.", "1123 mark 1 > | .o.", "1124 mark 2 > old- leave 1 ready 2")
STORY(a_mark_heard_nowhere, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0",
      "1121 time > mark 0 | .D.", "1161 time > mark 0", "1241 time > mark 0", "1242 mark 1 >",
      "1243 mark 2 > old- leave 1 ready 2")
STORY(waits_for_the_link_of_the_next, STEADY, "1090 down 2 >", "1100 target 2 0 1 > | .D.",
      "1200 up 2 > carry 2 | .D.", "1201 force 2 > mark 0", "1202 mark 1 >",
      "1203 mark 2 > old- leave 1 ready 2")
STORY(the_target_returns_before_it_is_in_force, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 target 1 0 1 > leave 2 ready 1 | .D.", "1102 force 2 > | .D.")
STORY(the_target_returns_behind_the_old_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.",
      "1103 target 1 0 1 > old+ leave 2 ready 1 | .D.", "1104 mark 2 > | .D.")
STORY(the_target_returns_behind_the_new_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 > | .Dn",
      "1103 target 1 0 1 > new- leave 2 ready 1 | .D.", "1104 mark 1 > | .D.")
STORY(a_third_target, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0",
      "1102 mark 2 >", "1103 target 0 0 1 > new- leave 2 carry 0 | .D.", "1104 mark 2 >",
      "1105 force 0 > mark 0", "1106 mark 1 >", "1107 mark 0 > old- leave 1 ready 0")
STORY(no_target_any_more, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 target -1 -1 1 > leave 2 ready 1", "1102 target 1 0 1 >")
STORY(a_confirmation_of_an_older_carrying, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 down 2 > | .D.", "1102 force 2 >", "1103 up 2 > carry 2", "1104 force 2 > mark 0")
STORY(the_next_dies_behind_the_old_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.", "1103 down 2 > old+ | .D.",
      "1150 up 2 > carry 2", "1151 force 2 > mark 0")
STORY(the_next_dies_behind_its_mark, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0",
      "1102 mark 2 > | .Dn", "1103 down 2 > new- | .D.", "1104 mark 1 > | .D.")
STORY(nobody_wants_it_in_the_middle, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0",
      "1102 mark 2 >", "1103 rest > new- leave 2 leave 1 | ...", "1104 mark 1 > | ...",
      "1105 want > carry 2", "1106 mark 2 > | ..D", "1107 force 2 > mark 0",
      "1108 mark 2 > ready 2")
STORY(nobody_wants_what_was_held, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0",
      "1102 mark 1 >", "1103 rest > old- leave 2 leave 1 | ...")
STORY(too_much_is_held, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0",
      "1102 mark 1 >", "1110 full > old+ | .D.", "1111 mark 2 > | .D.", "1149 time >",
      "1150 time > mark 0", "1151 mark 2 >", "1152 full > new- | .D.", "1231 time >",
      "1232 time > mark 0", "1233 mark 1 >", "1234 mark 2 > old- leave 1 ready 2", "1235 full >")

/* Forced: the old one hears nothing. */
STORY(patience_ends, STEADY, "1090 beat 1 71 >", "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 >", "1121 time > new- mark 0", "1160 mark 2 >",
      "1161 time > new- mark 0", "1240 time >", "1241 time > mark 0", "1242 mark 2 >",
      "1401 time > new- mark 0", "1600 time >", "1721 time > mark 0", "1722 mark 2 > | .Dn",
      "1900 time >", "2100 time > | .Dn", "2101 time > new- leave 1 mark 0 | ...",
      "2102 mark 2 1 > | ...", "2103 mark 2 > gap 900 2103 ready 2 | ..D")
/* It hears the master, only late. */
STORY(who_is_late_is_waited_for, STEADY, "1090 beat 1 71 >", "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1121 time > mark 0", "1161 time > mark 0", "1200 beat 1 72 >",
      "1241 time > mark 0", "1400 beat 1 73 >", "1401 time > mark 0", "1600 beat 1 74 >",
      "1721 time > mark 0", "1722 mark 2 > | .Dn", "1900 beat 1 75 >", "2100 beat 1 76 >",
      "2110 time > | .Dn", "2300 mark 1 > new+ leave 1 ready 2")
STORY(who_is_late_may_lag_behind_the_change, STEADY, "1090 beat 1 71 >",
      "1100 target 2 2 2 planned > carry 2 mark 2", "1101 force 2 > mark 2",
      "1121 time > mark 2", "1161 time > mark 2", "1200 early 1 72 >", "1241 time > mark 2",
      "1400 early 1 73 >", "1401 time > mark 2", "1600 early 1 74 >", "1721 time > mark 2",
      "1722 mark 2 > | .Dn", "1900 early 1 75 >", "2100 early 1 76 >", "2110 time > | .Dn",
      "2300 mark 1 > new+ leave 1 ready 2")
STORY(the_old_one_is_not_fed, STEADY, "1050 beat 1 71 >", "1120 beat 2 72 >", "1150 beat 2 73 >",
      "1200 target 2 0 1 > carry 2", "1201 force 2 > mark 0", "1202 mark 2 > | .Dn",
      "1221 time > new- mark 0 | .D.", "1222 beat 2 74 >", "1223 mark 2 > | .Dn",
      "1241 time > new- leave 1 mark 0 | ...", "1242 mark 2 > gap 900 1242 ready 2 | ..D")
STORY(patience_begins_when_a_mark_can_be_published, STEADY, "1050 beat 1 71 >",
      "1100 target 2 -1 1 > carry 2", "1101 force 2 >", "5000 target 2 0 1 > mark 0",
      "5001 mark 2 > | .Dn", "5002 mark 1 > new+ leave 1 ready 2")

/* This process slept (it was stopped, a handler took its time, nobody ran a blocking client): what
 * both have said meanwhile is read now, one link after the other. */
STORY(asleep_is_not_silence, STEADY, "1050 beat 1 71 >", "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 > | .Dn", "1700 beat 2 72 > new- mark 0 | .D.",
      "1700 beat 2 73 >", "1700 mark 1 1 > | .D.", "1700 beat 1 72 >", "1701 mark 2 > | .Dn",
      "1702 mark 1 > new+ leave 1 ready 2")
STORY(asleep_behind_the_new_mark, STEADY, "1050 beat 1 71 >", "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 > | .Dn", "3000 time > new- mark 0 | .D.",
      "3000 beat 2 72 >", "3000 mark 2 >", "3030 beat 2 73 > | .Dn", "3031 beat 1 72 >",
      "3032 mark 1 > new+ leave 1 ready 2")

/* The source dies. */
STORY(the_source_dies, STEADY, "1050 beat 1 71 >", "1100 down 1 >",
      "1101 target 2 0 1 > carry 2 | ...", "1102 force 2 > mark 0 | ...",
      "1104 mark 2 > gap 900 1104 ready 2 | ..D")
STORY(the_source_comes_back, STEADY, "1100 down 1 > | ...", "1110 up 1 > carry 1 | ...",
      "1111 force 1 > mark 0 | ...", "1112 mark 1 > gap 900 1112 ready 1 | .D.")
STORY(another_one_while_the_heir_is_not_proven, STEADY, "1100 down 1 >",
      "1101 target 2 0 1 > carry 2", "1102 force 2 > mark 0",
      "1103 target 0 0 1 > leave 2 carry 0 | ...", "1104 mark 2 > | ...", "1105 force 0 > mark 0",
      "1106 mark 0 > gap 900 1106 ready 0 | D..")
STORY(the_source_dies_while_the_next_is_carried, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 down 1 > | ...", "1102 force 2 > mark 0 | ...",
      "1103 mark 2 > gap 900 1103 ready 2 | ..D")
STORY(the_source_dies_before_any_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 down 1 > mark 0 | ...", "1103 mark 2 1 > | ...",
      "1104 mark 2 > gap 900 1104 ready 2 | ..D")
STORY(the_source_dies_behind_its_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.", "1103 down 1 > old+ mark 0 | ...",
      "1104 mark 2 1 > | ...", "1105 mark 2 > gap 1000 1105 ready 2 | ..D")
STORY(the_source_dies_behind_the_new_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 > | .Dn", "1103 down 1 > new- mark 0 | ...",
      "1104 mark 2 > gap 900 1104 ready 2 | ..D")
STORY(both_die, STEADY, "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0", "1102 mark 2 >",
      "1103 down 2 > new-", "1104 down 1 > | ...", "1110 up 0 >", "1111 target 0 0 1 > carry 0",
      "1112 force 0 > mark 0", "1113 mark 0 > gap 900 1113 ready 0")
STORY(nothing_is_repeated_by_one_that_lags, STEADY, "1100 down 1 >", "1101 target 2 -1 1 > carry 2",
      "1102 force 2 > | ...", "1103 time > | ...", "1200 target 2 0 1 > mark 0 | ...",
      "1201 mark 2 > gap 900 1201 ready 2 | ..D")

/* The master changes. */
STORY(an_accident_is_a_gap, STEADY, "1050 beat 1 71 >", "1100 target 1 -1 1 > | .D.",
      "1300 target 1 2 2 > mark 2 | .D.", "1301 mark 1 > gap 900 1301 ready 1 | .D.")
STORY(a_planned_change_is_none, STEADY, "1100 target 1 -1 1 >",
      "1101 target 1 2 2 planned > mark 2 | .D.", "1102 mark 1 > ready 1 | .D.")
STORY(a_planned_change_while_alone, STEADY, "1250 target 1 0 1 alone >",
      "1500 target 1 -1 1 alone >", "1600 target 1 2 2 planned > mark 2 | .D.",
      "1601 mark 1 > gap 900 1601 ready 1 | .D.", "1700 target 1 0 3 planned > mark 0 | .D.",
      "1701 mark 1 > ready 1 | .D.")
STORY(the_same_master_again, STEADY, "1100 target 1 -1 1 >", "1300 target 1 0 1 >")
STORY(a_mark_of_the_old_master_proves_nothing, "1000 target 1 0 1 >", "1000 up 1 >",
      "1000 want > carry 1", "1001 force 1 > mark 0", "1002 target 1 2 2 > mark 2",
      "1003 mark 1 1 > | .D.", "1004 mark 1 > gap 901 1004 ready 1")
STORY(the_host_is_promoted, STEADY, "1100 target 2 1 2 planned > carry 2 mark 1 | .D.",
      "1101 force 2 > mark 1 | .D.", "1102 mark 1 1 > | .D.", "1103 mark 1 > | .o.",
      "1104 mark 2 > old- leave 1 ready 2 | ..D")
STORY(the_master_changes_behind_a_mark, STEADY, "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.",
      "1103 target 2 1 2 planned > old+ mark 1 | .D.", "1104 mark 2 1 > | .D.", "1105 mark 2 >",
      "1106 mark 1 > new+ leave 1 ready 2")
STORY(master_and_source_die, STEADY, "1100 down 1 >", "1100 target 2 -1 1 > carry 2 | ...",
      "1101 force 2 > | ...", "1102 target 2 2 2 > mark 2 | ...",
      "1103 mark 2 > gap 900 1103 ready 2")

/* Of a node whose link is further behind than heartbeats are remembered. */
static void test_a_forgotten_heartbeat_proves_nothing(void **state) {
  static const char *const lines[] = {STEADY, "1100 beat 0 71 >", "1101 beat 1 71 >", NULL};
  (void)state;
  struct stage stage = told(lines);
  for (int i = 0; i < 3 * HR_BEATS_MAX; i++) {
    char line[64];
    snprintf(line, sizeof line, "%d beat 0 %d >", 1200 + 100 * i, 72 + i);
    play(&stage, line);
  }
  play(&stage, "30000 beat 1 72 >");
  play(&stage, "31000 beat 1 73 >");
  play(&stage, "31001 down 1 >");
  play(&stage, "31002 target 2 0 1 > carry 2");
  play(&stage, "31003 force 2 > mark 0");
  play(&stage, "31004 mark 2 > gap 900 31004 ready 2");
}

/* Its handlers took a second: that heartbeat may have been published all that time ago. */
static void test_a_heartbeat_that_lay_unread(void **state) {
  static const char *const lines[] = {STEADY, "1100 beat 0 71 >", NULL};
  (void)state;
  struct stage stage = told(lines);
  struct hr_feed_event unread = {.kind = HR_FEED_BEAT, .now = 2200, .since = 1200, .master = -1,
                                 .nonce = 72, .epoch = stage.feed.epoch};
  hr_feed_step(&stage.feed, &unread, &stage.actions);
  play(&stage, "2500 beat 1 71 >");
  play(&stage, "3200 beat 1 72 >");
  play(&stage, "3201 down 1 >");
  play(&stage, "3202 target 2 0 1 > carry 2");
  play(&stage, "3203 force 2 > mark 0");
  play(&stage, "3204 mark 2 > gap 1099 3204 ready 2");
}

/* Heartbeats of the master 0 prove when all was well, and that something is missing. */
STORY(a_late_heartbeat_was_published_early, STEADY, "1100 beat 0 71 >", "1200 beat 0 72 >",
      "1200 beat 1 71 >", "1300 beat 1 72 >", "1310 down 1 >", "1311 target 2 0 1 > carry 2",
      "1312 force 2 > mark 0", "1313 mark 2 > gap 1099 1313 ready 2")
STORY(many_at_once_were_held_up, STEADY, "1100 beat 1 71 >", "1200 beat 1 72 >", "1900 beat 1 73 >",
      "1901 beat 1 74 >", "1902 beat 1 75 >", "1910 down 1 >", "1911 target 2 0 1 > carry 2",
      "1912 force 2 > mark 0", "1913 mark 2 > gap 1099 1913 ready 2")
STORY(a_heartbeat_is_missing, STEADY, "1100 beat 0 71 >", "1101 beat 1 71 >", "1200 beat 0 72 >",
      "1300 beat 0 73 >", "1301 beat 1 73 > gap 900 1301 | .D.", "1400 beat 1 74 >",
      "1401 beat 0 74 >")
STORY(a_heartbeat_is_missing_seen_later, STEADY, "1100 beat 0 71 >", "1101 beat 1 71 >",
      "1300 beat 1 73 >", "1301 beat 0 72 >", "1302 beat 0 73 > gap 1000 1302 | .D.")

/* Between two heartbeats; the gap begins with what was proven at the look before. */
STORY(copied_between_two_heartbeats, STEADY, "1100 beat 1 71 >", "1150 beat 1 72 >",
      "1160 look 1 >", "1200 beat 1 73 >", "1250 beat 1 74 >", "1260 copied 1 > gap 999 1260 | .D.",
      "1300 copied 2 >", "1310 look 1 >")
STORY(copied_and_left, STEADY, "1050 look 1 >", "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 mark 2 >", "1103 mark 1 > new+ leave 1 ready 2 | ..D",
      "1110 copied 1 > gap 899 1103 | ..D", "1120 copied 1 >")
STORY(copied_behind_the_mark, STEADY, "1050 look 1 >", "1060 look 2 >",
      "1100 target 2 0 1 > carry 2", "1101 force 2 > mark 0", "1102 mark 2 > | .Dn",
      "1103 copied 2 > gap 900 1103 | .Dn", "1104 mark 1 > new+ leave 1 ready 2 | ..D")
STORY(copied_before_it_was_the_source, STEADY, "1050 copied 2 >", "1100 target 2 0 1 > carry 2",
      "1101 force 2 > mark 0", "1102 copied 2 >", "1103 mark 2 > | .Dn",
      "1104 mark 1 > new+ leave 1 ready 2", "1105 look 2 >")
STORY(copied_while_not_proven, STEADY, "1050 look 1 >", "1100 target 1 0 2 > mark 0",
      "1110 copied 1 > gap 900 1110", "1115 mark 1 > gap 900 1115 ready 1")
STORY(copied_and_lost, STEADY, "1050 look 1 >", "1100 down 1 >", "1110 up 1 > carry 1",
      "1111 copied 1 > gap 900 1100", "1112 force 1 > mark 0", "1113 mark 1 > gap 900 1113 ready 1",
      "1120 copied 1 > gap 1011 1120")
STORY(nobody_wants_what_was_copied, STEADY, "1050 look 1 >", "1100 rest > leave 1",
      "1110 want > carry 1", "1111 copied 1 >", "1112 force 1 > mark 0", "1113 mark 1 > ready 1")
/* Whoever was interrupted since the last look may have been copied before it is relied on. */
static void test_looks_at_who_was_interrupted(void **state) {
  static const char *const there[] = {STEADY, "1010 look 2 >", "1100 beat 2 71 >",
                                      "1150 target 2 0 1 > carry 2", NULL};
  static const char *const silent[] = {STEADY, "1010 look 2 >", "1111 beat 2 71 >",
                                       "1150 target 2 0 1 > carry 2", NULL};
  static const char *const gone[] = {STEADY, "1010 look 2 >", "1020 down 2 >", "1030 up 2 >",
                                     "1050 target 2 0 1 > carry 2", NULL};
  (void)state;
  assert_int_equal(told(there).looks, 2); /* at the first source, and when it was fed */
  assert_int_equal(told(silent).looks, 3);
  assert_int_equal(told(gone).looks, 3);
}
/* A look can follow one change of master behind the one before, not two: one look for each. */
static void test_looks_at_who_is_fed_by_another_master(void **state) {
  static const char *const twice[] = {STEADY, "1100 target 1 2 2 planned > mark 2",
                                      "1101 mark 1 > ready 1", "1102 look 1 >",
                                      "1200 target 1 0 3 planned > mark 0",
                                      "1201 mark 1 > ready 1", NULL};
  (void)state;
  assert_int_equal(told(twice).looks, 4);
}

STORY(a_heartbeat_heard_while_no_master_is_known, STEADY, "1050 beat 0 71 >", "1051 beat 1 71 >",
      "1100 beat 0 72 >", "1101 down 0 >", "1101 target 1 -1 1 >", "1102 beat 1 72 >",
      "1103 up 0 >", "1103 target 1 0 1 >", "1150 beat 0 73 >", "1151 beat 1 73 > | .D.")
STORY(heartbeats_before_the_link_prove_nothing, "1000 target 1 0 1 >", "1000 up 0 >",
      "1100 beat 0 71 >", "1200 beat 0 72 >", "1210 up 1 >", "1210 want > carry 1",
      "1211 force 1 > mark 0", "1212 mark 1 > ready 1", "1300 beat 0 73 >", "1301 beat 1 73 >",
      "1400 beat 0 74 >", "1401 beat 1 74 >")
STORY(what_a_demoted_one_says_proves_nothing, STEADY, "1100 beat 0 71 >", "1101 beat 1 71 >",
      "1200 beat 0 72 >", "1201 target 1 2 2 planned > mark 2", "1202 mark 1 > ready 1",
      "1300 beat 2 73 >", "1301 beat 1 73 >")
STORY(skipped_while_the_master_was_changed, STEADY, "1100 beat 0 71 >", "1101 beat 1 71 >",
      "1200 beat 0 72 >", "1201 beat 2 72 >", "1202 target 1 2 2 planned > mark 2",
      "1203 mark 1 > gap 900 1203 ready 1")

STORY(alone_nothing_proves_anything, STEADY, "1100 beat 1 71 >", "1200 beat 1 72 >",
      "1250 target 1 0 1 alone >", "1300 beat 1 73 >", "1400 beat 1 74 >", "1500 target 1 -1 1 >",
      "1501 target 1 2 2 > mark 2", "1502 mark 1 > gap 999 1502 ready 1")
STORY(alone_and_back, STEADY, "1100 beat 1 71 >", "1200 beat 1 72 >", "1250 target 1 0 1 alone >",
      "1400 beat 1 74 >", "1500 target 1 0 1 > mark 0 | .D.", "1501 mark 1 > ready 1 | .D.",
      "1510 down 1 >", "1511 up 1 > carry 1", "1512 force 1 > mark 0",
      "1513 mark 1 > gap 1399 1513 ready 1")
STORY(alone_in_the_middle_of_a_move, STEADY, "1100 target 2 0 1 alone > carry 2",
      "1101 force 2 > mark 0", "1102 mark 1 > | .o.", "1103 target 2 0 1 > old+ mark 0 | .D.",
      "1104 mark 1 > | .o.", "1105 mark 2 > old- leave 1 ready 2")

static void test_settled_and_carries(void **state) {
  static const char *const none[] = {"1000 up 1 >", NULL};
  static const char *const lines[] = {STEADY, NULL};
  (void)state;
  struct stage stage = told(none);
  assert_true(hr_feed_settled(&stage.feed)); /* nobody subscribes */
  assert_int_equal(hr_feed_deadline(&stage.feed), INT64_MAX);
  play(&stage, "1001 want >");
  assert_false(hr_feed_settled(&stage.feed));
  stage = told(lines);
  assert_true(hr_feed_settled(&stage.feed));
  assert_int_equal(hr_feed_deadline(&stage.feed), INT64_MAX);
  assert_true(hr_feed_carries(&stage.feed, 1));
  assert_false(hr_feed_carries(&stage.feed, 2));
  play(&stage, "1100 target 2 0 1 > carry 2");
  assert_true(hr_feed_carries(&stage.feed, 1));
  assert_true(hr_feed_carries(&stage.feed, 2));
  assert_true(hr_feed_settled(&stage.feed)); /* whichever it is, it will be heard */
  play(&stage, "1101 target 2 1 2 > mark 1");
  assert_false(hr_feed_settled(&stage.feed));
  assert_int_equal(hr_feed_deadline(&stage.feed), 1121);
}

#define TEST(name) cmocka_unit_test(test_##name)
static const struct CMUnitTest tests[] = {
  TEST(put_in_force_and_proven),
  TEST(waits_for_a_target),
  TEST(waits_for_the_link),
  TEST(waits_for_somebody),
  TEST(waits_for_a_master),
  TEST(a_lost_proof_is_repeated),
  TEST(a_heartbeat_hurries_the_proof),
  TEST(another_place_before_it_is_in_force),
  TEST(moves_old_first),
  TEST(moves_new_first),
  TEST(a_mark_heard_on_the_old_one_alone),
  TEST(who_is_not_fed_yet_holds_nobody_back),
  TEST(a_mark_heard_on_the_new_one_alone),
  TEST(a_mark_heard_nowhere),
  TEST(waits_for_the_link_of_the_next),
  TEST(the_target_returns_before_it_is_in_force),
  TEST(the_target_returns_behind_the_old_mark),
  TEST(the_target_returns_behind_the_new_mark),
  TEST(a_third_target),
  TEST(no_target_any_more),
  TEST(a_confirmation_of_an_older_carrying),
  TEST(the_next_dies_behind_the_old_mark),
  TEST(the_next_dies_behind_its_mark),
  TEST(nobody_wants_it_in_the_middle),
  TEST(nobody_wants_what_was_held),
  TEST(too_much_is_held),
  TEST(patience_ends),
  TEST(who_is_late_is_waited_for),
  TEST(who_is_late_may_lag_behind_the_change),
  TEST(the_old_one_is_not_fed),
  TEST(patience_begins_when_a_mark_can_be_published),
  TEST(asleep_is_not_silence),
  TEST(asleep_behind_the_new_mark),
  TEST(the_source_dies),
  TEST(the_source_comes_back),
  TEST(another_one_while_the_heir_is_not_proven),
  TEST(the_source_dies_while_the_next_is_carried),
  TEST(the_source_dies_before_any_mark),
  TEST(the_source_dies_behind_its_mark),
  TEST(the_source_dies_behind_the_new_mark),
  TEST(both_die),
  TEST(nothing_is_repeated_by_one_that_lags),
  TEST(an_accident_is_a_gap),
  TEST(a_planned_change_is_none),
  TEST(a_planned_change_while_alone),
  TEST(the_same_master_again),
  TEST(a_mark_of_the_old_master_proves_nothing),
  TEST(the_host_is_promoted),
  TEST(the_master_changes_behind_a_mark),
  TEST(master_and_source_die),
  TEST(a_forgotten_heartbeat_proves_nothing),
  TEST(a_heartbeat_that_lay_unread),
  TEST(a_late_heartbeat_was_published_early),
  TEST(many_at_once_were_held_up),
  TEST(a_heartbeat_is_missing),
  TEST(a_heartbeat_is_missing_seen_later),
  TEST(a_heartbeat_heard_while_no_master_is_known),
  TEST(heartbeats_before_the_link_prove_nothing),
  TEST(what_a_demoted_one_says_proves_nothing),
  TEST(skipped_while_the_master_was_changed),
  TEST(copied_between_two_heartbeats),
  TEST(copied_and_left),
  TEST(copied_behind_the_mark),
  TEST(copied_before_it_was_the_source),
  TEST(copied_while_not_proven),
  TEST(copied_and_lost),
  TEST(nobody_wants_what_was_copied),
  TEST(looks_at_who_was_interrupted),
  TEST(looks_at_who_is_fed_by_another_master),
  TEST(alone_nothing_proves_anything),
  TEST(alone_and_back),
  TEST(alone_in_the_middle_of_a_move),
  TEST(settled_and_carries),
};

int main(void) {
  return cmocka_run_group_tests(tests, NULL, NULL);
}
