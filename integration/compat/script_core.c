/* A core that decides nothing. See script_core.h. */
#include "script_core.h"

#include <assert.h>
#include <string.h>

enum { EVENTS_MAX = 512, ACTIONS_MAX = 64 };

struct hr_core {
  hr_msec now;
};

static struct script_event events[EVENTS_MAX];
static size_t event_count;
static struct hr_action actions[ACTIONS_MAX];
static size_t action_count;
static struct hr_topology topology;

void script_do(const struct hr_action *action) {
  assert(action_count < ACTIONS_MAX);
  actions[action_count++] = *action;
}

const struct script_event *script_event(size_t i) {
  return i < event_count ? &events[i] : NULL;
}

void script_forget(void) {
  event_count = 0;
}

void script_set_master(int master) {
  topology.master = master;
  topology.version++;
}

size_t hr_actions_needed(size_t nodes) {
  (void)nodes;
  return ACTIONS_MAX;
}

size_t hr_core_size(size_t nodes) {
  (void)nodes;
  return sizeof(struct hr_core);
}

struct hr_core *hr_core_init(void *memory, const struct hr_core_config *config, uint64_t seed) {
  struct hr_core *core = memory;
  (void)seed;
  core->now = 0;
  topology.count = config->count;
  topology.master = -1;
  return core;
}

void hr_core_step(struct hr_core *core, const struct hr_event *event, struct hr_actions *out) {
  core->now = event->now;
  assert(event_count < EVENTS_MAX);
  struct script_event *kept = &events[event_count++];
  memset(kept, 0, sizeof *kept);
  kept->event = *event;
  if (event->facts) {
    kept->facts = *event->facts;
    kept->event.facts = &kept->facts;
  }
  if (event->guard) {
    kept->guard = *event->guard;
    kept->event.guard = &kept->guard;
  }
  if (event->gossip) {
    kept->gossip = *event->gossip;
    kept->event.gossip = &kept->gossip;
  }
  assert(action_count <= out->capacity);
  memcpy(out->list, actions, action_count * sizeof actions[0]);
  out->count = action_count;
  action_count = 0;
}

hr_msec hr_core_deadline(const struct hr_core *core) {
  return core->now + 3600000;
}

bool hr_core_works(const struct hr_core *core) {
  (void)core;
  return false;
}

int64_t hr_core_behind(const struct hr_core *core, int node) {
  (void)core;
  (void)node;
  return INT64_MAX;
}

bool hr_core_mends(const struct hr_core *core, hr_msec now) {
  (void)core;
  (void)now;
  return false;
}

const struct hr_topology *hr_core_topology(const struct hr_core *core) {
  (void)core;
  return &topology;
}

const struct hr_fork *hr_core_forks(const struct hr_core *core) {
  static const struct hr_fork none[HR_FORKS_MAX];
  (void)core;
  return none;
}

const char *hr_core_state(const struct hr_core *core) {
  (void)core;
  return "scripted";
}
