/*
 * A story: prose, commands, and what the cores said while they ran. The files of test/spec are
 * stories that people wrote, the histories of test/sim are stories that chance writes: one engine
 * carries both out.
 *
 *   story.c        what the cores say; blocks of a file    story_world.c   world, settings
 *   story_words.c  the words of the script                 story_expect.c  what may be asserted
 *   story_peace.c  the end of all faults, and what must hold then
 *
 * It must not know: where a story comes from, and who looks at it.
 */
#ifndef TEST_LIB_STORY_H
#define TEST_LIB_STORY_H

#include "world.h"

#define STORY_IDS_MAX 256
#define STORY_LINE_MAX 400
#define STORY_WORDS_MAX 128

/* The end of a command that does only what the promise to durable writes allows at that moment. */
#define STORY_WITHIN "within_promise"

struct story;
struct story_watch {
  /* a command, before it is carried out; trap: whose moment it is, NULL: it stands in the script */
  void (*command)(void *owner, const char *line, const struct trap *trap);
  /* an action leaves a client or is served */
  void (*passing)(void *owner, struct peer who, enum hr_action_kind action);
  void *owner;
};

struct story {
  struct world *world;
  bool open;
  struct world_config config;
  FILE *out;              /* the transcript of the block under way; NULL: nobody looks */
  struct story_watch watch;
  char error[STORY_LINE_MAX]; /* "": the script runs */
  char ids[STORY_IDS_MAX][HR_NONCE_MAX]; /* failover ids in order of appearance */
  size_t id_count;
  char trap_command[WORLD_TRAPS_MAX][STORY_LINE_MAX];
  bool in_trap;           /* time stands still: no command that lets it pass */
  /* set by `world` */
  usec retransmit_us;
  bool ticks;             /* masters ping their replicas */
  uint32_t ticking;       /* set of nodes that do so already */
  /* set by `peace` and `settle`, until the next fault */
  bool at_peace, settled;
  usec settled_us;        /* the longest that a `settle` took */
  /* set by `mark`: what `expect` counts from */
  size_t promotions;
  uint32_t full_syncs, partial_syncs;
  uint64_t gaps;
};

void story_begin(struct story *story, struct world *world);
void story_command(struct story *story, const char *line); /* sets error when it fails */
void story_show(struct story *story);
void story_fail(struct story *story, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One pass over a file: its prose and commands, with what is said now behind them. false: it
 * failed; error says why, line where, and what was said so far stands in result all the same. */
bool story_retell(struct story *story, char *input, FILE *result, int *line);

/* For the files of the engine. Splits in place; returns how many words. */
size_t story_split(char *line, char **words, size_t max);
bool story_peer(const struct story *story, const char *word, struct peer *peer);
bool story_time(const char *word, usec *time);
struct client *story_client(struct story *story, const char *word);
struct server *story_server(struct story *story, const char *word);
bool story_broken(struct story *story); /* an invariant: then that is the error */
void story_run_until(struct story *story, usec until);
void story_hook(struct story *story); /* into a world that was just opened */

typedef void story_verb(struct story *story, char **words, size_t count);
story_verb story_world, story_setting, story_foreign, story_data, story_lock, story_gossip;
story_verb story_outlive;
story_verb story_peace, story_settle, story_rest;
bool story_may_flush(const struct world *world, const struct server *server);
void story_start_server(struct story *story, struct server *server, enum data data, bool careful);

/* Does the condition hold now? why says what is instead. -1: no such condition. */
int story_holds(struct story *story, char **words, size_t count, char *why, size_t size);

#endif
