/*
 * What looks at nodes tell about their streams. A node whose data is copied anew from its master
 * skips what the stream held meanwhile, and tells nobody. A look finds that out afterwards:
 *
 *   the node's stream    ══════════╳ copied ╳══════════
 *   looks at it            l1 same          l2 copied
 *   what it said counted   ├── relied on ──────┤ left
 *                          └── may be missing ─┘
 *
 * It must not know: what a look is, links, what is done about it.
 */
#ifndef HR_PUBSUB_LOOKS_H
#define HR_PUBSUB_LOOKS_H

#include "base/types.h"

struct hr_look {
  bool fresh;       /* nothing has interrupted its stream since the last one */
  hr_msec sound_ms; /* what was published before was heard there by the last one; 0: it was not
                       relied on since then */
  hr_msec left_ms;  /* until when it was relied on; 0: it is */
};

struct hr_looks {
  struct hr_look list[HR_NODES_MAX];
};

/* From here on what it says counts; `sound_ms`: what was published before was heard. */
void hr_looks_rely(struct hr_looks *looks, int node, hr_msec sound_ms);
void hr_looks_leave(struct hr_looks *looks, int node, hr_msec now);
/* Its link is another one, or heartbeats did not come: the last look says nothing about now. */
void hr_looks_interrupt(struct hr_looks *looks, int node);
bool hr_looks_is_fresh(const struct hr_looks *looks, int node);
/* Nobody listens any more: nothing can be missing. */
void hr_looks_rest(struct hr_looks *looks);
/* A look: true: what was published behind *from and before *until may be missing. */
bool hr_looks_see(struct hr_looks *looks, int node, bool copied, hr_msec now, hr_msec *from,
                  hr_msec *until);

#endif
