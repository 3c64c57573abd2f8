/*
 * Three real servers, one driver with a scripted core, and the means to say one action and to see
 * what came of it, from the driver's side and from outside.
 */
#ifndef COMPAT_STAGE_H
#define COMPAT_STAGE_H

#include "core/core.h"
#include "probe.h"
#include "script_core.h"
#include "server.h"

enum { NODES = 3 };

struct identity {
  const char *title;
  const char *extra;    /* lines of configuration */
  const char *username; /* of the driver; NULL: none */
  const char *password;
  const char *replication_username;
  const char *replication_password;
  const char *probe_user, *probe_password; /* of the look from outside */
};

/* What the feed of one node told. */
struct feed_told {
  int ups, downs, answers, refused, messages;
  uint32_t serial;  /* of the last answer */
  char payload[64]; /* of the last message */
};

struct stage {
  struct server servers[NODES];
  struct hr_loop *loop;
  struct hr_driver *driver;
  const struct identity *identity;
  uint32_t op;       /* of the last action */
  uint64_t n;        /* of the last epoch made */
  char client[HR_UUID_MAX]; /* the driver's, as it signs its locks; known after the first lock */
  int commands;      /* how often a COMMAND table came */
  struct feed_told feed[NODES];
};

extern struct stage stage;

void stage_open(const struct identity *identity); /* servers run, every node is LINK_UP */
void stage_reopen(const struct identity *identity); /* another driver on the same servers */
void stage_close(void);

/* One line of the report; false counts as a failure. */
bool check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));
int check_failures(void);

/* Let the loop work until an event of this kind of this node comes; NULL: not in time. */
const struct script_event *await_event(enum hr_event_kind kind, int node, int timeout_ms);
void idle(int ms);

/* Say it and wait for its answer: never NULL, an answer that does not come ends the program. */
const struct script_event *ask(struct hr_action action);
/* Say it; no answer is awaited. */
void tell(struct hr_action action);

struct hr_action action_of(enum hr_action_kind kind, int node);
struct hr_epoch epoch_new(void);
enum hr_status lock(int node, struct hr_epoch epoch);
enum hr_status unlock(int node, struct hr_epoch epoch);
enum hr_status guard(int node);
/* Lock, guard, the action, unlock: each must work. The action's answer. */
const struct script_event *change(struct hr_action action);
struct hr_action follow_of(int node, int master, struct hr_epoch epoch);
struct hr_action promote_of(int node, struct hr_epoch epoch, uint64_t opcounter);

/* From outside. */
void reply_text(int node, char *out, size_t size, const char *command);
bool says(int node, const char *command, const char *text); /* the answer is exactly this */
bool is_read_only(int node);
int64_t info_of(int node, const char *field);
bool until(bool (*fn)(int node), int node, int timeout_ms); /* the loop works meanwhile */
bool is_linked(int node);

#endif
