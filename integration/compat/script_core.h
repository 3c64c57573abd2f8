/*
 * A core that decides nothing: it hands out the actions it is given and keeps the events it gets.
 * It takes the place of the real one, so that each action can be tried alone.
 */
#ifndef COMPAT_SCRIPT_CORE_H
#define COMPAT_SCRIPT_CORE_H

#include "core/core.h"

struct script_event {
  struct hr_event event; /* its pointers lead to the copies below, or are NULL */
  struct hr_facts facts;
  struct hr_guard guard;
  struct hr_gossip gossip;
};

/* Given out at the next step. */
void script_do(const struct hr_action *action);

/* Oldest first; NULL past the end. Valid until script_forget(). */
const struct script_event *script_event(size_t i);
void script_forget(void);

/* What hr_core_topology() says. */
void script_set_master(int master);

#endif
