/* What must go on without one of the nodes, whatever it is that keeps it from us. */
#include <string.h>

#include "story.h"

#define POLL_US 20000

/* Every client uses another master, and whoever else is up follows that one. Who cannot write to
 * its disk cannot be told to. */
static const char *who_waits(const struct world *world, const struct server *lost) {
  int master = check_agreed(world);
  if (master < 0 || master == lost->index) return "nobody";
  for (size_t i = 0; i < world->config.clients; i++) {
    const struct client *client = &world->clients[i];
    if (!client->alive || client->asleep || client->list != 0) continue;
    bool ready = client->topology.master == master && client->topology.pause == HR_PAUSE_NONE;
    if (!ready) return client->name;
  }
  for (size_t i = 0; i < world->config.nodes; i++) {
    const struct server *server = &world->servers[i];
    if (server == lost || (int)i == master || server->process != PROCESS_UP) continue;
    if (server->disk_full) continue;
    if (server->stream != STREAM_UP || server->master != master) return server->name;
  }
  return NULL;
}

/* outlive a 20s: without it everybody agrees by then */
void story_outlive(struct story *story, char **words, size_t count) {
  struct world *world = story->world;
  const struct server *lost = count == 3 ? story_server(story, words[1]) : NULL;
  usec bound;
  if (lost == NULL || !story_time(words[2], &bound)) {
    story_fail(story, "outlive <node> <time>");
    return;
  }
  usec end = world->now + bound;
  while (who_waits(world, lost) != NULL) {
    if (world->now >= end) {
      world_violation(world, "4: %lld s after %s was lost %s is not at work",
                      (long long)bound / 1000000, lost->name, who_waits(world, lost));
    }
    if (story_broken(story)) return;
    story_run_until(story, world->now + POLL_US);
  }
}
