/*
 * The feed, told in stories: every arrow of its picture, and the odd orders. A line is
 *
 *   TIME EVENT > ACTIONS | judgement of nodes 0 1 2
 *
 *   events   want, rest, target NODE MASTER EPOCH [planned], up N, down N, force N (what was carried
 *            there is in force), mark N [K] (the last mark, or the K-th before it, is heard there),
 *            beat N, full, time
 *   actions  carry N, leave N, mark N, old+ old- new+ new- (deliver, drop), gap FROM UNTIL, ready N
 *   judged   . dropped, D delivered, o held old, n held new; without "|" it is not looked at
 *
 * patience 1000, a mark again after 20, a beat at least every 100.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pubsub/feed.h"

static const struct hr_feed_config config = {.nodes = 3,
                                             .names = {"a", "b", "c"},
                                             .patience_ms = 1000,
                                             .mark_again_ms = 20,
                                             .beat_ms = 100};

struct stage {
  struct hr_feed feed;
  struct hr_feed_actions actions;
  uint32_t serials[3]; /* of the last carry */
};

static bool first_is(const char *text, const char *word) {
  size_t len = strlen(word);
  return strncmp(text, word, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

static struct hr_feed_event parse(const struct stage *stage, const char *line) {
  static const struct {
    const char *word;
    enum hr_feed_event_kind kind;
  } words[] = {{"want", HR_FEED_WANTED},   {"rest", HR_FEED_WANTED},    {"target", HR_FEED_TARGET},
               {"up", HR_FEED_LINK_UP},    {"down", HR_FEED_LINK_DOWN}, {"force", HR_FEED_IN_FORCE},
               {"mark", HR_FEED_MARK},     {"beat", HR_FEED_BEAT},      {"full", HR_FEED_HELD_FULL},
               {"time", HR_FEED_TIME}};
  struct hr_feed_event event = {.node = -1, .master = -1};
  int at = 0;
  long long now = 0, one = -1, two = -1;
  unsigned long long three = 0;
  assert_int_equal(sscanf(line, "%lld %n", &now, &at), 1);
  event.now = now;
  const char *text = line + at;
  size_t i = 0;
  while (i < sizeof words / sizeof *words && !first_is(text, words[i].word)) i++;
  assert_true(i < sizeof words / sizeof *words);
  event.kind = words[i].kind;
  event.wanted = first_is(text, "want");
  int numbers = sscanf(text + strlen(words[i].word), "%lld %lld %llu", &one, &two, &three);
  event.node = (int)one;
  event.master = (int)two;
  event.epoch_n = three;
  event.planned = strstr(text, "planned") != NULL;
  if (event.kind == HR_FEED_IN_FORCE) event.serial = stage->serials[one];
  if (event.kind == HR_FEED_MARK) {
    event.nonce = stage->feed.nonces - (numbers == 2 ? (uint64_t)two : 0);
  }
  if (event.kind == HR_FEED_BEAT) event.nonce = 1 + (uint64_t)now;
  return event;
}

static void render(struct stage *stage, char *out, size_t size) {
  static const char *const words[] = {
      [HR_FEED_DO_CARRY] = "carry",     [HR_FEED_DO_LEAVE] = "leave",
      [HR_FEED_DO_MARK] = "mark",       [HR_FEED_DO_DELIVER_OLD] = "old+",
      [HR_FEED_DO_DELIVER_NEW] = "new+", [HR_FEED_DO_DROP_OLD] = "old-",
      [HR_FEED_DO_DROP_NEW] = "new-",   [HR_FEED_DO_GAP] = "gap",
      [HR_FEED_DO_READY] = "ready"};
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < stage->actions.count; i++) {
    const struct hr_feed_action *action = &stage->actions.list[i];
    if (action->kind == HR_FEED_DO_LOG) {
      assert_true(action->text[0] != '\0');
      continue;
    }
    if (action->kind == HR_FEED_DO_CARRY) stage->serials[action->node] = action->serial;
    used += (size_t)snprintf(out + used, size - used, used > 0 ? " %s" : "%s",
                             words[action->kind]);
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

#define STORY(name, ...)                                \
  static void test_##name(void **state) {               \
    static const char *const lines[] = {__VA_ARGS__, NULL}; \
    (void)state;                                        \
    struct stage stage = told(lines);                   \
    assert_null(stage.feed.out);                        \
  }

/* On node 1, which is fed by the master 0, and all is well. */
#define STEADY                                      \
  "1000 target 1 0 1 >", "1000 up 0 >", "1000 up 1 >", "1000 up 2 >", \
      "1000 want > carry 1", "1001 force 1 > mark 0 | .D.", "1002 mark 1 > ready 1 | .D."

STORY(put_in_force_and_proven, STEADY, "1100 time >", "1200 rest > leave 1 | ...")
STORY(waits_for_a_target, "1 want >", "2 up 1 >", "3 target 1 0 1 > carry 1")
STORY(waits_for_the_link, "1 want >", "2 target 1 0 1 >", "3 up 1 > carry 1")
STORY(waits_for_somebody, "1 target 1 0 1 >", "2 up 1 >", "3 want > carry 1", "4 want >")
STORY(waits_for_a_master, "1 target 1 -1 0 >", "1 up 1 >", "1 want > carry 1", "2 force 1 >",
      "3 target 1 0 1 > mark 0", "4 mark 1 > ready 1")
STORY(a_lost_proof_is_repeated, "1000 target 1 0 1 >", "1000 up 1 >", "1000 want > carry 1",
      "1001 force 1 > mark 0", "1020 time >", "1021 time > mark 0", "1060 time >",
      "1061 time > mark 0", "1070 mark 1 2 > ready 1")
STORY(another_place_before_it_is_in_force, "1 target 1 0 1 >", "1 up 1 >", "1 up 2 >",
      "1 want > carry 1", "2 target 2 0 1 > leave 1 carry 2", "3 force 1 >", "4 force 2 > mark 0")

/* Both live. */
STORY(moves_old_first, STEADY, "1100 target 2 0 1 > carry 2 | .D.", "1101 force 2 > mark 0 | .D.",
      "1102 mark 1 > | .o.", "1103 mark 2 > old- leave 1 ready 2 | ..D")
STORY(moves_new_first, STEADY, "1100 target 2 0 1 > carry 2 | .D.", "1101 force 2 > mark 0 | .D.",
      "1102 mark 2 > | .Dn", "1103 mark 1 > new+ leave 1 ready 2 | ..D")

/* The source dies. */
STORY(the_source_dies, STEADY, "1050 beat 1 >", "1100 down 1 >", "1101 target 2 0 1 > carry 2 | ...",
      "1102 force 2 > mark 0 | ...", "1104 mark 2 > gap 950 1104 ready 2 | ..D")

int main(void) {
#define TEST(name) cmocka_unit_test(test_##name)
  const struct CMUnitTest tests[] = {
      TEST(put_in_force_and_proven),
      TEST(waits_for_a_target),
      TEST(waits_for_the_link),
      TEST(waits_for_somebody),
      TEST(waits_for_a_master),
      TEST(a_lost_proof_is_repeated),
      TEST(another_place_before_it_is_in_force),
      TEST(moves_old_first),
      TEST(moves_new_first),
      TEST(the_source_dies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
