/*
 * Every subscription is put on another link in slices, while names come and go and the table moves
 * them about: what is wanted is on the wire in the end, and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sub_kit.h"

static void check_wire(int node, haredis_subscription *const *subs, int count) {
  size_t alive = 0;
  for (int i = 0; i < count; i++) {
    alive += subs[i] != NULL;
    if ((subs[i] != NULL) != sub_wire[node][i]) {
      fail_msg("name %d on node %d: wanted %d", i, node, subs[i] != NULL);
    }
  }
  assert_int_equal(sub_wire_count[node], alive);
}

static void carry_to_the_end(haredis_subscription *const *subs) {
  struct hr_subs *s = kit.c->subs;
  for (int i = 0; i < 20 && s->links[2].work != HR_WIRE_REST; i++) {
    hr_wire_turn(NULL, s);
  }
  sub_wire_play();
  check_wire(2, subs, SUB_NAMES);
}

static void begin_to_carry(haredis_subscription **subs, int count) {
  sub_begin();
  sub_wire_begin();
  memset(subs, 0, SUB_NAMES * sizeof(*subs));
  for (int i = 0; i < count; i++) {
    subs[i] = sub_number(i);
  }
  for (int i = 0; i < 5; i++) {
    sub_serve(1);
  }
  sub_belongs(2);
  hr_wire_turn(NULL, kit.c->subs); /* one slice */
  assert_int_equal(kit.c->subs->links[2].work, HR_WIRE_CARRY);
}

/* A name is left between two slices, and one that was to come next moves to its place. */
static void table_closes_up_while_it_is_carried(void **state) {
  static haredis_subscription *subs[SUB_NAMES];
  int moved = 0;
  (void)state;
  for (int count = 24000; count < 24020 && moved < 2; count++) {
    begin_to_carry(subs, count);
    const struct hr_channels *channels = &kit.c->subs->channels;
    size_t place = kit.c->subs->links[2].place;
    const struct hr_channel_slot *next = &channels->slots[place], *last = next - 1;
    if (next->channel != NULL && last->channel != NULL && (next->hash & channels->mask) != place) {
      int name = atoi(last->channel->name);
      haredis_unsubscribe(subs[name]);
      subs[name] = NULL;
      moved++;
    }
    carry_to_the_end(subs);
    kit_teardown(state);
  }
  assert_int_equal(moved, 2);
}

/* One that was to come next had been crowded out of its place, and gets it in the larger table. */
static void table_grows_while_it_is_carried(void **state) {
  static haredis_subscription *subs[SUB_NAMES];
  int moved = 0;
  (void)state;
  for (int count = 21000; count < 24500 && moved < 1; count += 13) {
    begin_to_carry(subs, count);
    const struct hr_channels *channels = &kit.c->subs->channels;
    size_t place = kit.c->subs->links[2].place, old = channels->mask;
    const struct hr_channel *next = channels->slots[place].channel;
    for (int i = count; i < 26000; i++) {
      subs[i] = sub_number(i);
    }
    assert_true(channels->mask > old);
    for (size_t i = 0; i < place; i++) {
      moved += next != NULL && channels->slots[i].channel == next;
    }
    carry_to_the_end(subs);
    kit_teardown(state);
  }
  assert_int_equal(moved, 1);
}

/* Names come and go, the table grows and shrinks, while all of it is put on another link and taken
 * off the old one: what is wanted is on the wire in the end, and nothing else. */
static void table_changes_while_it_is_carried(void **state) {
  static haredis_subscription *subs[SUB_NAMES];
  (void)state;
  srand(1);
  for (int grows = 0; grows < 2; grows++) {
    sub_begin();
    sub_wire_begin();
    memset(subs, 0, sizeof(subs));
    for (int i = 0; i < SUB_NAMES * 3 / 4; i++) {
      subs[i] = sub_number(i);
    }
    for (int i = 0; i < 10; i++) {
      sub_serve(1);
    }
    sub_wire_play();
    check_wire(1, subs, SUB_NAMES);
    sub_belongs(2);
    for (int turn = 0; turn < 20; turn++) {
      for (int i = 0; i < 2000; i++) {
        int name = rand() % SUB_NAMES;
        if (subs[name] != NULL && (!grows || i % 4 == 0)) {
          haredis_unsubscribe(subs[name]);
          subs[name] = NULL;
        } else if (subs[name] == NULL && (grows || i % 4 == 0)) {
          subs[name] = sub_number(name);
        }
      }
      if (turn < 8) {
        kit_turn(0);
      } else {
        sub_serve(turn == 8 ? 1 : 2);
        if (turn == 8) {
          kit_feed_mark_heard(2);
        }
      }
    }
    for (int i = 0; i < 10; i++) {
      sub_serve(2);
    }
    sub_wire_play();
    check_wire(2, subs, SUB_NAMES);
    assert_int_equal(sub_wire_count[1], 0);
    assert_int_equal(kit.c->subs->feed.source, 2);
    assert_true(sub_settled());
    haredis_free(kit.c);
    kit.c = NULL;
    if (!grows) {
      kit_teardown(state);
    }
  }
}

/* ---- anything ---- */

#define FEW 40
#define SEEDS 60

static bool is_down[KIT_NODES];
static bool is_busy;   /* some are answered LOADING */
static bool is_strict; /* some names are refused: by every node, by one, by the others */

static size_t link_since[KIT_NODES]; /* what was sent before went with another link */

static bool names(const char *text, int name) {
  char word[16];
  snprintf(word, sizeof(word), " %d", name);
  size_t len = strlen(word);
  const char *at = strstr(text, word);
  while (at != NULL && at[len] != ' ' && at[len] != '\0') {
    at = strstr(at + 1, word);
  }
  return at != NULL;
}

static bool is_forbidden(int node, int name) {
  int kind = name % 7;
  return is_strict && (kind == 0 || (kind == 1 && node == 2) || (kind == 2 && node != 2));
}

/* As a server does: a command that names one that is forbidden is refused as a whole. */
static int answer(int node, const char *error) {
  size_t at = 0;
  while (at < kit.feed_sent_count &&
         (kit.feed_sent[at].node != node || kit.feed_sent[at].over)) {
    at++;
  }
  for (int name = 0; name < FEW && at < kit.feed_sent_count; name++) {
    const char *text = kit.feed_sent[at].text;
    if (is_forbidden(node, name) && text[0] == 'S' && names(text, name)) {
      error = "NOPERM not for you";
    }
  }
  return kit_feed_answer(node, error);
}

static void serve(void) {
  kit_turn(is_busy ? 5 : 0);
  for (int node = 0; node < KIT_NODES; node++) {
    while (answer(node, NULL) > 0) {
    }
  }
}

/* The node has answered the last word about it, which was to subscribe, and said yes. */
static bool confirmed(int node, int name) {
  if (is_forbidden(node, name)) {
    return false;
  }
  for (size_t i = kit.feed_sent_count; i > link_since[node]; i--) {
    const struct kit_feed_sent *sent = &kit.feed_sent[i - 1];
    if (sent->node == node && names(sent->text, name)) {
      return sent->over && sent->text[0] == 'S';
    }
  }
  return false;
}

static void check_ready(haredis_subscription *const *subs) {
  for (int i = 0; i < FEW; i++) {
    bool ready =
        subs[i] != NULL && haredis_subscription_state(subs[i]) == HAREDIS_SUBSCRIPTION_READY;
    assert_true(!ready || confirmed(kit.c->subs->feed.source, i));
  }
}

static void toggle_some(haredis_subscription **subs) {
  for (int i = rand() % 6; i > 0; i--) {
    int name = rand() % FEW;
    if (subs[name] != NULL) {
      haredis_unsubscribe(subs[name]);
      subs[name] = NULL;
    } else {
      subs[name] = sub_number(name);
    }
  }
}

/* What was subscribed to goes with the link. */
static void drop_or_raise(int node) {
  sub_wire_play();
  if (is_down[node]) {
    kit_feed_up(node);
  } else {
    kit_feed_down(node);
    memset(sub_wire[node], 0, sizeof(sub_wire[node]));
    sub_wire_count[node] = 0;
    link_since[node] = kit.feed_sent_count;
  }
  is_down[node] = !is_down[node];
}

static void something(haredis_subscription **subs) {
  int node = rand() % KIT_NODES;
  switch (rand() % 12) {
    case 0:
    case 1:
    case 2:
      toggle_some(subs);
      break;
    case 3:
      sub_belongs(node);
      break;
    case 4:
      if (rand() % 3 == 0 || is_down[node]) {
        drop_or_raise(node);
      }
      break;
    case 5:
      kit.topology.planned = rand() % 2 == 0;
      kit_master(node);
      break;
    case 6:
    case 7:
      if (!is_down[node] && kit.marks > 0) {
        kit_feed_mark_heard(node);
      }
      break;
    case 8:
    case 9:
      if (!is_down[node]) {
        answer(node, is_busy && rand() % 8 == 0 ? "LOADING just now" : NULL);
      }
      break;
    default:
      kit_turn(0);
  }
}

static void check_end(haredis_subscription *const *subs) {
  int wanted = 0;
  sub_wire_play();
  assert_int_equal(kit.c->subs->feed.source, 2);
  assert_true(sub_settled());
  for (int i = 0; i < FEW; i++) {
    bool wants = subs[i] != NULL && !is_forbidden(2, i);
    wanted += wants;
    assert_int_equal(is_forbidden(2, i) || sub_wire[2][i], wants || is_forbidden(2, i));
    assert_false(!is_forbidden(0, i) && (sub_wire[0][i] || sub_wire[1][i]));
    if (subs[i] != NULL) {
      assert_int_equal(haredis_subscription_state(subs[i]),
                       wants ? HAREDIS_SUBSCRIPTION_READY : HAREDIS_SUBSCRIPTION_REFUSED);
    }
  }
  assert_true(wanted == 0 || sub_told.count == wanted);
  assert_int_equal(kit.c->subs->doubts, 0);
}

/* Names come and go while links die, subscriptions belong elsewhere and masters change, in any
 * order: in the end what is wanted is in force where it belongs, as far as that one allows it, and
 * nothing is left elsewhere. */
static void anything_in_any_order(void **state) {
  static haredis_subscription *subs[FEW];
  for (unsigned seed = 1; seed <= SEEDS; seed++) {
    srand(seed);
    is_busy = seed % 10 == 0;
    is_strict = seed % 10 > 4;
    sub_begin();
    sub_wire_begin();
    memset(subs, 0, sizeof(subs));
    memset(is_down, 0, sizeof(is_down));
    memset(link_since, 0, sizeof(link_since));
    for (int step = 0; step < 400; step++) {
      something(subs);
      if (!is_busy) {
        check_ready(subs);
      }
    }
    for (int node = 0; node < KIT_NODES; node++) {
      if (is_down[node]) {
        drop_or_raise(node);
      }
    }
    haredis_unsubscribe(subs[0]);
    subs[0] = sub_number(0);
    sub_belongs(2);
    for (int i = 0; i < 40; i++) {
      serve();
      for (int node = 0; node < KIT_NODES && kit.marks > 0; node++) {
        kit_feed_mark_heard(node);
      }
    }
    check_end(subs);
    kit_teardown(state);
  }
}

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, kit_teardown)
  const struct CMUnitTest tests[] = {
      T(table_closes_up_while_it_is_carried),
      T(table_grows_while_it_is_carried),
      T(table_changes_while_it_is_carried),
      T(anything_in_any_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
