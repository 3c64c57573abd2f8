/* What the cores say while a story runs, how a group stands, and the blocks of a file. */
#include "story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void story_fail(struct story *story, const char *format, ...) {
  if (story->error[0] != '\0') return;
  va_list list;
  va_start(list, format);
  vsnprintf(story->error, sizeof story->error, format, list);
  va_end(list);
}

size_t story_split(char *line, char **words, size_t max) {
  size_t count = 0;
  char *rest = NULL;
  for (char *at = strtok_r(line, " \t", &rest); at != NULL && count < max;
       at = strtok_r(NULL, " \t", &rest)) {
    words[count++] = at;
  }
  return count;
}

bool story_time(const char *word, usec *time) {
  char *end;
  double value = strtod(word, &end);
  double unit = strcmp(end, "us") == 0 ? 1
                : strcmp(end, "ms") == 0 ? 1000
                : strcmp(end, "s") == 0 ? 1000000
                : strcmp(end, "h") == 0 ? 3600e6
                                        : 0;
  *time = (usec)(value * unit);
  return end != word && unit > 0;
}

bool story_peer(const struct story *story, const char *word, struct peer *peer) {
  for (size_t i = 0; i < story->config.nodes; i++) {
    if (strcmp(story->world->servers[i].name, word) != 0) continue;
    *peer = peer_server((int)i);
    return true;
  }
  for (size_t i = 0; i < story->config.clients; i++) {
    if (strcmp(story->world->clients[i].name, word) != 0) continue;
    *peer = peer_client((int)i);
    return true;
  }
  return false;
}

struct client *story_client(struct story *story, const char *word) {
  struct peer peer;
  if (story_peer(story, word, &peer) && peer.client) return &story->world->clients[peer.index];
  story_fail(story, "%s is no client", word);
  return NULL;
}

struct server *story_server(struct story *story, const char *word) {
  struct peer peer;
  if (story_peer(story, word, &peer) && !peer.client) return &story->world->servers[peer.index];
  story_fail(story, "%s is no node", word);
  return NULL;
}

/* ------------------------------------------------------------------ what the cores say -------- */

/* Failover ids are chance: the transcript numbers them in order of appearance. */
static void learn_id(struct story *story, const char *text) {
  static const char before[] = "my failover id: ";
  const char *at = strstr(text, before);
  if (at == NULL || story->id_count == STORY_IDS_MAX) return;
  snprintf(story->ids[story->id_count++], HR_NONCE_MAX, "%s", at + sizeof before - 1);
}

static void print_text(struct story *story, const char *text) {
  while (*text != '\0') {
    size_t i = 0;
    for (; i < story->id_count; i++) {
      size_t length = strlen(story->ids[i]);
      if (length > 0 && strncmp(text, story->ids[i], length) == 0) break;
    }
    if (i < story->id_count) {
      fprintf(story->out, "<id %zu>", i + 1);
      text += strlen(story->ids[i]);
    } else {
      fputc(*text++, story->out);
    }
  }
  fputc('\n', story->out);
}

static bool worth_telling(enum hr_tell tell) {
  return tell == HR_TELL_DIVERGED || tell == HR_TELL_WARNING || tell == HR_TELL_PAUSED;
}

static void heard(void *owner, const struct client *client, const struct hr_action *action) {
  struct story *story = owner;
  static const char *const levels[] = {"error", "warning", "info", "debug"};
  static const char *const codes[] = {"ok", "refused", "ambiguous", "no quorum"};
  const char *kind = "tells";
  if (action->kind == HR_DO_TELL && !worth_telling(action->tell)) return;
  if (action->kind == HR_DO_LOG) kind = levels[action->level];
  learn_id(story, action->u.text);
  fprintf(story->out, "%6lld (%s) ", (long long)story->world->now / 1000, client->name);
  if (action->kind == HR_DO_DONE) {
    fprintf(story->out, "done, %s: ", codes[action->code]);
  } else {
    fprintf(story->out, "%s: ", kind);
  }
  print_text(story, action->u.text);
}

static void sprung(void *owner, int index) {
  struct story *story = owner;
  char line[STORY_LINE_MAX];
  memcpy(line, story->trap_command[index], sizeof line);
  if (story->out != NULL) {
    fprintf(story->out, "%6lld now: %s\n", (long long)story->world->now / 1000, line);
  }
  world_trace(story->world, "now: %s", line);
  if (story->watch.command != NULL) {
    story->watch.command(story->watch.owner, line, &story->world->traps[index]);
  }
  bool within = story->in_trap; /* of another one: who wakes may come to a moment of its own */
  story->in_trap = true;
  story_command(story, line);
  story->in_trap = within;
}

static void passing(void *owner, struct peer who, enum hr_action_kind action) {
  struct story *story = owner;
  story->watch.passing(story->watch.owner, who, action);
}

void story_hook(struct story *story) {
  if (story->out != NULL) story->world->log = heard;
  if (story->watch.passing != NULL) story->world->passing = passing;
  story->world->sprung = sprung;
  story->world->log_owner = story;
}

void story_begin(struct story *story, struct world *world) {
  memset(story, 0, sizeof *story);
  story->world = world;
  world->violation[0] = '\0'; /* of the story before */
  world_config_init(&story->config);
}

/* ------------------------------------------------------------------ the end of a story -------- */

static void show_server(struct story *story, const struct server *server) {
  static const char *const streams[] = {"", "retrying", "asking", "syncing", "linked"};
  const struct record *record = server->state->record;
  fprintf(story->out, "%s: ", server->name);
  if (server->process == PROCESS_DOWN) {
    fprintf(story->out, "down\n");
    return;
  }
  if (server->process == PROCESS_STOPPED) fprintf(story->out, "stopped, ");
  if (server->follow == FOLLOW_SEAL) {
    fprintf(story->out, "sealed");
  } else if (server->follow == FOLLOW_NODE) {
    fprintf(story->out, "replica of %s, %s", story->world->servers[server->master].name,
            streams[server->stream]);
  } else {
    fprintf(story->out, "master");
  }
  if (record != NULL) fprintf(story->out, ", epoch %llu", (unsigned long long)record->epoch.n);
  if (record == NULL) fprintf(story->out, ", no record");
  if (server_locked(story->world, server)) fprintf(story->out, ", locked");
  if (server_paused(story->world, server)) fprintf(story->out, ", paused");
  fprintf(story->out, ", %lld keys\n", (long long)server->state->keys);
}

static void show_client(struct story *story, const struct client *client) {
  static const char *const pauses[] = {"ready",     "no master", "no quorum",
                                       "ambiguous", "auth",      "switchover"};
  const struct hr_topology *topology = &client->topology;
  fprintf(story->out, "%s: ", client->name);
  if (!client->alive) {
    fprintf(story->out, "dead\n");
    return;
  }
  if (client->asleep) fprintf(story->out, "asleep, ");
  fprintf(story->out, "%s", pauses[topology->pause]);
  if (topology->master >= 0) {
    fprintf(story->out, ", uses %s, epoch %llu", story->world->servers[topology->master].name,
            (unsigned long long)topology->epoch.n);
  }
  fputc('\n', story->out);
}

void story_show(struct story *story) {
  if (!story->open || story->out == NULL) return;
  for (size_t i = 0; i < story->config.nodes; i++) {
    show_server(story, &story->world->servers[i]);
  }
  for (size_t i = 0; i < story->config.clients; i++) {
    show_client(story, &story->world->clients[i]);
  }
}

/* ------------------------------------------------------------------ the blocks of a file ------ */

struct text {
  char *bytes;
  size_t size;
};

/* The prose and the commands of a block go through unchanged; the commands are run. */
static bool run_line(struct story *story, FILE *result, const char *line) {
  fprintf(result, "%s\n", line);
  if (line[0] == '#') return true;
  story_command(story, line);
  return story->error[0] == '\0';
}

static void begin_block(struct story *story, struct text *said) {
  story->out = open_memstream(&said->bytes, &said->size);
  if (story->out == NULL) abort();
}

static void end_block(struct story *story, FILE *result, struct text *said) {
  fclose(story->out);
  story->out = NULL;
  if (said->size > 0) fprintf(result, "----\n%.*s", (int)said->size, said->bytes);
  free(said->bytes);
}

bool story_retell(struct story *story, char *input, FILE *result, int *number) {
  struct text said = {NULL, 0};
  begin_block(story, &said);
  bool fine = true, told = false, in_block = false;
  char *next = input;
  *number = 0;
  while (fine && next != NULL) {
    char *line = next;
    next = strchr(line, '\n');
    if (next != NULL) *next++ = '\0';
    (*number)++;
    bool ends = line[0] == '\0';
    bool rest_empty = next == NULL || next[strspn(next, "\n")] == '\0';
    if (strcmp(line, "----") == 0) told = true;
    if (!ends && !told) {
      fine = run_line(story, result, line);
      in_block = true;
    }
    if (!ends && !(rest_empty && told)) continue;
    if (rest_empty) break;
    if (in_block) {
      end_block(story, result, &said);
      begin_block(story, &said);
    }
    fputc('\n', result);
    in_block = told = false;
  }
  if (fine) story_show(story);
  end_block(story, result, &said);
  return fine;
}
