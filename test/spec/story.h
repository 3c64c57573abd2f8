/*
 * A story: prose, commands, and what the cores said while they ran. story.c knows the words of the
 * script, expect.c what may be asserted, spec.c the files.
 */
#ifndef TEST_SPEC_STORY_H
#define TEST_SPEC_STORY_H

#include "world.h"

#define STORY_IDS_MAX 256
#define STORY_LINE_MAX 400

struct story {
  struct world *world;
  bool open;
  struct world_config config;
  FILE *out;              /* the transcript of the block under way */
  char error[STORY_LINE_MAX]; /* "": the script runs */
  char ids[STORY_IDS_MAX][HR_NONCE_MAX]; /* failover ids in order of appearance */
  size_t id_count;
  char trap_command[WORLD_TRAPS_MAX][STORY_LINE_MAX];
  /* set by `mark`: what `expect` counts from */
  size_t promotions;
  uint32_t full_syncs, partial_syncs;
  uint64_t acked[WORLD_CLIENTS_MAX];
};

void story_begin(struct story *story, struct world *world);
void story_command(struct story *story, const char *line); /* sets error when it fails */
void story_show(struct story *story);
void story_fail(struct story *story, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Splits in place; returns how many words. */
size_t story_split(char *line, char **words, size_t max);
bool story_peer(const struct story *story, const char *word, struct peer *peer);
bool story_time(const char *word, usec *time);
struct client *story_client(struct story *story, const char *word);
struct server *story_server(struct story *story, const char *word);

/* Does the condition hold now? why says what is instead. -1: no such condition. */
int story_holds(struct story *story, char **words, size_t count, char *why, size_t size);

#endif
