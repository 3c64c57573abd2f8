/*
 * The users' list on a server, and who is blocked there. What is pushed goes to whoever waits
 * longest; a pop is a write of its own, replicated as what it took. Who waits is let go by its time
 * and by a change of the role (-UNBLOCKED); of a link that is dead and not yet known to be, the
 * server knows nothing, and gives it what comes.
 * It must not know: what a client makes of an answer.
 */
#include <assert.h>
#include <string.h>

#include "world.h"

#define POP_BYTES 40
#define STANDS_STILL_US 10000

void list_push(struct world *world, struct state *state) {
  struct element *element = arena_take(&world->arena, sizeof *element);
  assert(state->change == CHANGE_WRITE);
  *element = (struct element){state->list, state->write};
  state->list = element;
}

/* ------------------------------------------------------------------ answers ------------------- */

static void answer(struct world *world, struct server *server, struct conn *conn,
                   const struct pop *pop, const char *error) {
  struct pop *reply = arena_take(&world->arena, sizeof *reply);
  *reply = *pop;
  reply->error = error;
  reply->seen = server->state;
  net_send(world, conn, 0, MSG_POPPED, reply);
}

static void take(struct world *world, struct server *server, const struct pop *pop) {
  const struct call *call = pop->call;
  const struct flush ran = {.first = call->first, .count = 1};
  check_ran(world, &ran);
  int64_t bytes = server->backlog ? POP_BYTES : 0;
  struct state *state = (struct state *)state_add(world, server->state, CHANGE_POP, bytes);
  state->write = call->first;
  state->list = state->list->below;
  server->state = state;
  struct publication *one = &world->publications[call->first];
  one->state = state;
  one->ran = world->now;
  one->deposed = check_deposed(world, server);
}

static void give(struct world *world, struct server *server, struct conn *conn,
                 const struct pop *pop) {
  struct pop given = *pop;
  given.element = server->state->list;
  if (pop->takes) take(world, server, pop);
  if (pop->takes && !conn->open[0]) world->pops[POPS_TO_NOBODY]++;
  answer(world, server, conn, &given, NULL);
}

/* ------------------------------------------------------------------ who waits ----------------- */

bool list_is_waited_for(const struct server *server, const struct conn *conn) {
  const struct waiter *waiter = server->waiters;
  while (waiter != NULL && waiter->conn != conn) waiter = waiter->next;
  return waiter != NULL;
}

/* In their order, as long as there is something. Whose link is known to be dead waits no more. */
void list_serve(struct world *world, struct server *server) {
  while (server->waiters != NULL && server->state->list != NULL) {
    const struct waiter *waiter = server->waiters;
    server->waiters = waiter->next;
    if (waiter->conn->open[1]) give(world, server, waiter->conn, waiter->pop);
  }
}

void list_unblock(struct world *world, struct server *server) {
  const struct waiter *waiter = server->waiters;
  server->waiters = NULL;
  for (; waiter != NULL; waiter = waiter->next) {
    if (!waiter->conn->open[1]) continue;
    answer(world, server, waiter->conn, waiter->pop,
           "UNBLOCKED force unblock from blocking operation, instance state changed "
           "(master -> replica?)");
    net_close(world, waiter->conn, 1);
  }
}

/* nil, when their time has come; of a process that is stopped or busy, when it goes on. */
static void times_out(struct world *world, void *subject, uint64_t instance) {
  struct server *server = subject;
  if (server->instance != instance || server->process == PROCESS_DOWN) return;
  if (server->process == PROCESS_STOPPED || server->busy_until > world->now) {
    world_at(world, world->now + STANDS_STILL_US, times_out, server, instance);
    return;
  }
  for (struct waiter **at = &server->waiters; *at != NULL;) {
    const struct waiter *waiter = *at;
    bool over = waiter->until != 0 && waiter->until <= world->now;
    if (!over && waiter->conn->open[1]) {
      at = &(*at)->next;
      continue;
    }
    *at = waiter->next;
    if (waiter->conn->open[1]) answer(world, server, waiter->conn, waiter->pop, NULL);
  }
}

static void block(struct world *world, struct server *server, struct conn *conn,
                  const struct pop *pop) {
  struct waiter *waiter = arena_take(&world->arena, sizeof *waiter);
  *waiter = (struct waiter){NULL, conn, pop, 0};
  struct waiter **at = &server->waiters;
  while (*at != NULL) at = &(*at)->next;
  *at = waiter;
  if (pop->wait_ms == 0) return;
  waiter->until = world->now + pop->wait_ms * 1000;
  world_at(world, waiter->until, times_out, server, server->instance);
}

/* ------------------------------------------------------------------ the command --------------- */

static const char *refusal(const struct server *server, const struct pop *pop) {
  if (server->loading) return "LOADING Redis is loading the dataset in memory";
  if (!pop->takes) return NULL;
  if (!server_is_master(server)) return "READONLY You can't write against a read only replica.";
  if (server->full || server->disk_full) return "MISCONF Errors writing to the AOF file";
  return NULL;
}

void list_asked(struct world *world, struct server *server, struct conn *conn,
                const struct pop *pop) {
  const char *error = refusal(server, pop);
  if (error != NULL) {
    answer(world, server, conn, pop, error);
  } else if (server->state->list == NULL) {
    block(world, server, conn, pop);
  } else {
    give(world, server, conn, pop);
    replication_feed(world, server);
  }
}
