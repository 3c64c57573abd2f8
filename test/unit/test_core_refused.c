/*
 * When are so many nodes in the way that refuse us that commands are told so, instead of waiting
 * for a majority? The core alone is asked, event by event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/core.h"

struct world {
  struct hr_core_config config;
  struct hr_core *core;
  struct hr_actions out;
  hr_msec now;
};

static void step(struct world *world, struct hr_event event) {
  event.now = ++world->now;
  world->out.count = 0;
  hr_core_step(world->core, &event, &world->out);
}

static enum hr_pause pause_of(const struct world *world) {
  return hr_core_topology(world->core)->pause;
}

static void begin(struct world *world, size_t count, int quorum) {
  memset(world, 0, sizeof *world);
  struct hr_core_config *config = &world->config;
  config->count = count;
  config->quorum = quorum;
  config->down_after_ms = 1000;
  config->fence_ms = 300;
  config->auto_failover = true;
  snprintf(config->client, sizeof config->client, "ourselves");
  snprintf(config->uuid, sizeof config->uuid, "group");
  for (size_t i = 0; i < count; i++) {
    snprintf(config->nodes[i].name, sizeof config->nodes[i].name, "%c", (int)('a' + i));
  }
  world->now = 1000000;
  world->out.capacity = hr_actions_needed(count);
  world->out.list = calloc(world->out.capacity, sizeof *world->out.list);
  void *memory = malloc(hr_core_size(count));
  assert_non_null(world->out.list);
  assert_non_null(memory);
  world->core = hr_core_init(memory, config, 1);
  step(world, (struct hr_event){.kind = HR_EV_TIME});
}

static void end(struct world *world) {
  free(world->core);
  free(world->out.list);
}

static void down(struct world *world, int node, enum hr_down why) {
  step(world, (struct hr_event){.kind = HR_EV_LINK_DOWN, .node = node, .why = why});
}

static void each_in_turn(void **state) {
  struct world world;
  (void)state;
  begin(&world, 3, 0);
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH);
  down(&world, 0, HR_DOWN_AUTH);
  down(&world, 1, HR_DOWN_PROTECTED);
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH); /* nobody has asked the third yet */
  down(&world, 2, HR_DOWN_AUTH);
  assert_int_equal(pause_of(&world), HR_PAUSE_AUTH);
  assert_string_equal(hr_core_topology(world.core)->nodes[0].why,
                      "refuses our username or password");
  assert_string_equal(hr_core_topology(world.core)->nodes[1].why,
                      "its protected mode refuses us");
  end(&world);
}

static void a_dead_node_does_not_hide_it(void **state) {
  struct world world;
  (void)state;
  begin(&world, 3, 0);
  down(&world, 0, HR_DOWN_REFUSED);
  down(&world, 1, HR_DOWN_AUTH);
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH);
  down(&world, 2, HR_DOWN_AUTH);
  assert_int_equal(pause_of(&world), HR_PAUSE_AUTH);
  end(&world);
}

/* They may come back and take us in: that is worth waiting for. */
static void a_dead_majority_is_waited_for(void **state) {
  struct world world;
  (void)state;
  begin(&world, 3, 0);
  down(&world, 0, HR_DOWN_REFUSED);
  down(&world, 1, HR_DOWN_SILENT);
  down(&world, 2, HR_DOWN_AUTH);
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH);
  end(&world);
  begin(&world, 5, 2); /* two are enough here */
  for (int i = 0; i < 5; i++) down(&world, i, i < 3 ? HR_DOWN_AUTH : HR_DOWN_REFUSED);
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH);
  down(&world, 3, HR_DOWN_AUTH);
  assert_int_equal(pause_of(&world), HR_PAUSE_AUTH);
  end(&world);
}

static void who_is_taken_in_by_one_goes_on(void **state) {
  struct world world;
  (void)state;
  begin(&world, 3, 0);
  down(&world, 0, HR_DOWN_AUTH);
  down(&world, 1, HR_DOWN_AUTH);
  step(&world, (struct hr_event){.kind = HR_EV_LINK_UP, .node = 2});
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH);
  down(&world, 2, HR_DOWN_RESET);
  down(&world, 2, HR_DOWN_AUTH);
  assert_int_equal(pause_of(&world), HR_PAUSE_AUTH);
  step(&world, (struct hr_event){.kind = HR_EV_LINK_UP, .node = 1}); /* mended */
  assert_int_not_equal(pause_of(&world), HR_PAUSE_AUTH);
  end(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_in_turn),
      cmocka_unit_test(a_dead_node_does_not_hide_it),
      cmocka_unit_test(a_dead_majority_is_waited_for),
      cmocka_unit_test(who_is_taken_in_by_one_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
