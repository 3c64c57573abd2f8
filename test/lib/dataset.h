/* What a server holds: a chain of changes, shared by all that replicated them. */
#ifndef TEST_LIB_DATASET_H
#define TEST_LIB_DATASET_H

#include "chance.h"
#include "core/core.h"

/* The group record: never changed once made. */
struct record {
  struct hr_epoch epoch; /* n == 0: the field is absent */
  int node;
  char run_id[HR_RUN_ID_MAX];
  char uuid[HR_UUID_MAX];
  uint64_t list_hash;
  bool durable;
  struct hr_fork forks[HR_FORKS_MAX];
  struct hr_epoch planned;
};

enum change {
  CHANGE_EMPTY,  /* a process started with nothing */
  CHANGE_REBASE, /* the same data, a new stream: a restart from an append-only file */
  CHANGE_WRITE,
  CHANGE_POP,    /* of a user's list; replicated as what it took */
  CHANGE_RECORD, /* the group record or its opcounter */
  CHANGE_FLUSH,  /* somebody's FLUSHALL */
  CHANGE_PING,   /* of the replication stream */
  CHANGE_MARK,   /* a mark of a client's feed on its way to the replicas */
  CHANGE_NOTE    /* a PUBLISH on its way to the replicas */
};

/* A PUBLISH of ours, and when it was. */
struct note {
  struct hr_gossip gossip;
  usec at;
};

struct mark {
  int client;
  uint64_t nonce;
};

/* Of the users' list, a stack: LPUSH puts on top, BLPOP takes from there. */
struct element {
  const struct element *below;
  uint32_t write; /* that pushed it */
};

/* A dataset is the chain of changes that made it; replicas share their master's chain. */
struct state {
  struct state *parent;
  enum change change;
  uint32_t write;   /* its number, CHANGE_WRITE and CHANGE_POP, */
  uint32_t key;     /* and what it writes */
  const struct element *list; /* behind this change; what a pop took is on top before it */
  uint32_t depth;
  int64_t offset;   /* of the stream, behind this change */
  int64_t keys;     /* ours left out */
  const struct record *record; /* NULL: absent */
  uint64_t opcounter;
  const struct hr_gossip *note; /* CHANGE_NOTE */
  const struct mark *mark;      /* CHANGE_MARK */
  bool asks;      /* REPLCONF GETACK stands behind it: a WAIT began */
};

/* The order of epochs once more: what is checked must not be what the check stands on. */
int epoch_order(const struct hr_epoch *a, const struct hr_epoch *b);
const struct state *state_empty(struct world *world);
const struct state *state_add(struct world *world, const struct state *parent, enum change change,
                              int64_t bytes);
struct hr_epoch state_epoch(const struct state *state); /* of its record; zero without one */
bool state_descends(const struct state *state, const struct state *ancestor);
/* The changes behind `from` up to `to`, in their order; free() it. */
const struct state **state_path(const struct state *from, const struct state *to, size_t *count);
bool state_is_numbered(const struct state *state); /* a write of a user, its number known */
bool state_holds(const struct state *state, uint32_t write);
const struct state *state_at_offset(const struct state *state, int64_t offset);

#endif
