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

int main(void) {
#define T(name) cmocka_unit_test_teardown(name, kit_teardown)
  const struct CMUnitTest tests[] = {
      T(table_closes_up_while_it_is_carried),
      T(table_grows_while_it_is_carried),
      T(table_changes_while_it_is_carried),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
