/* What the typed actions do on a server: the driver's packets, each executed in one go. */
#include <assert.h>
#include <string.h>

#include "world.h"

static bool writes_there(const struct request *request) {
  switch (request->action.kind) {
    case HR_DO_LOCK:
    case HR_DO_UNLOCK:
    case HR_DO_RESTORE:
    case HR_DO_PUBLISH:
      return true;
    default:
      return false;
  }
}

/* CLIENT PAUSE WRITE holds back writes, EXEC with writes and PUBLISH, and all that is behind. */
bool serve_postponed(const struct world *world, const struct server *server,
                     const struct message *message) {
  if (server->process != PROCESS_UP || !server_paused(world, server)) return false;
  if (message->kind == MSG_WRITE || message->kind == MSG_MARK) return true;
  if (message->kind == MSG_POP) return ((const struct pop *)message->body)->takes;
  return message->kind == MSG_REQUEST && writes_there(message->body);
}

static uint32_t owner_of(const char *client) {
  uint32_t hash = 0;
  for (; *client != '\0'; client++) hash = hash * 31 + (unsigned char)*client;
  return 1 + hash % 254;
}

static void fill_record(const struct server *server, struct hr_facts *facts) {
  const struct record *record = server->state->record;
  facts->epoch_node = -1;
  facts->opcounter = server->state->opcounter;
  if (record == NULL) return;
  facts->epoch = record->epoch;
  facts->epoch_node = record->node;
  memcpy(facts->epoch_run_id, record->run_id, sizeof facts->epoch_run_id);
  memcpy(facts->uuid, record->uuid, sizeof facts->uuid);
  facts->list_hash = record->list_hash;
  facts->durable = record->durable;
  memcpy(facts->forks, record->forks, sizeof facts->forks);
  facts->planned = record->planned;
}

void serve_facts(const struct world *world, const struct server *server, struct hr_facts *facts) {
  memset(facts, 0, sizeof *facts);
  memcpy(facts->run_id, server->run_id, sizeof facts->run_id);
  facts->master = server->follow == FOLLOW_NOBODY;
  facts->sealed = server->follow == FOLLOW_SEAL;
  facts->seal_n = facts->sealed ? server->seal_n : 0;
  facts->follows = server->follow == FOLLOW_NODE ? server->master : -1;
  facts->link_up = server->stream == STREAM_UP;
  facts->linked_once = server->linked_once;
  facts->syncing = server->stream == STREAM_SYNCING;
  facts->loading = server->loading;
  facts->io_seconds = -1;
  if (facts->link_up) facts->io_seconds = (int)((world->now - server->heard_at) / 1000000);
  facts->priority = server->priority;
  facts->offset = server->state->offset;
  facts->read_offset = server->state->offset;
  memcpy(facts->replid, server->replid, sizeof facts->replid);
  memcpy(facts->replid2, server->replid2, sizeof facts->replid2);
  facts->offset2 = server->replid2[0] == '\0' ? -1 : server->offset2 + 1;
  facts->backlog = server->backlog;
  facts->strangers = server->strangers;
  facts->doubled = server->doubled;
  facts->replicas = replication_count(server) + server->strangers + server->doubled;
  facts->connections = 2 * (int)world->config.clients; /* control and gossip */
  facts->epoch_node = -1;
  if (server->loading) return;
  facts->keys = server->state->keys;
  facts->writable = server->writable && !server_is_master(server);
  fill_record(server, facts);
  facts->promise = server->promise;
  facts->starts_sealed = server->file_key;
  facts->no_file = !server->file;
  facts->backlog = server->backlog;
  if (server_locked(world, server)) {
    facts->lock = server->lock;
    memcpy(facts->lock_client, server->lock_client, sizeof facts->lock_client);
  }
}

static void fill_guard(const struct world *world, const struct server *server,
                       struct answer *answer) {
  answer->has_guard = true;
  if (server_locked(world, server)) {
    answer->guard.lock = server->lock;
    memcpy(answer->guard.lock_client, server->lock_client, sizeof answer->guard.lock_client);
  }
  answer->guard.promise = server->promise;
  answer->guard.epoch = state_epoch(server->state);
}

static void lock(struct world *world, struct server *server, const struct conn *conn,
                 const struct request *request, struct answer *answer) {
  const struct hr_action *action = &request->action;
  const char *client = request->client;
  server->writable = false; /* every packet that writes ends with replica-read-only yes */
  if (server->disk_full) { /* the whole EXEC is refused: who holds the lock is not read either */
    answer->status = HR_STATUS_NO;
    answer->has_guard = true;
    return;
  }
  if (server_locked(world, server)) {
    bool mine = epoch_order(&server->lock, &action->epoch) == 0 &&
                strcmp(server->lock_client, client) == 0;
    answer->status = mine ? HR_STATUS_OK : HR_STATUS_NO;
    fill_guard(world, server, answer);
    if (mine) check_locked(world, server, &action->epoch);
    return;
  }
  server->lock = action->epoch;
  memcpy(server->lock_client, client, sizeof server->lock_client);
  server->locked_at = world->now;
  server->lock_conn = conn->id;
  server->lock_until = server_clock(world, server) + action->ttl_ms * 1000;
  server_touch(server);
  check_locked(world, server, &action->epoch);
  fill_guard(world, server, answer);
}

static void unlock(struct world *world, struct server *server, const struct request *request,
                   struct answer *answer) {
  const struct hr_action *action = &request->action;
  if (!server_locked(world, server)) return;
  if (epoch_order(&server->lock, &action->epoch) != 0 ||
      strcmp(server->lock_client, action->u.client) != 0 || server->disk_full) {
    if (server->disk_full) server->lock_conn = 0; /* it could not be given back */
    answer->status = HR_STATUS_NO;
    return;
  }
  check_unlocked(world, server, request->client);
  server->lock = (struct hr_epoch){0};
  server_touch(server);
}

/* EXEC: false if what was watched has moved, or the lock that was seen has expired since. */
static bool guarded(struct world *world, struct server *server, struct conn *conn,
                    const struct request *request) {
  bool fine = conn->watching && !conn->dirty && (!conn->saw_lock || server_locked(world, server));
  check_role_change(world, server, conn, request, fine);
  conn->watching = false;
  return fine;
}

static void promise(struct server *server, const struct hr_action *action) {
  server->writable = false;
  server->promise = action->epoch;
  server_touch(server);
}

static void rewrite_file(struct server *server, const struct hr_action *action) {
  if (!action->rewrite || !server->file) return;
  server->file_follow = FOLLOW_SEAL;
  server->strange_file = false;
  server->file_key = true;
}

/* The note alone: the file was rewritten before, or a restart would find a master of its own. */
static void note_file(struct world *world, struct server *server, const struct hr_action *action) {
  if (!action->rewrite) return;
  server->file_key = true;
  if (server->file_follow != FOLLOW_SEAL) {
    world_violation(world, "2: %s is noted to start sealed and would not", server->name);
  }
}

static void seal(struct world *world, struct server *server, struct conn *conn,
                 const struct hr_action *action, const char *client) {
  check_thrown_away(world, server);
  promise(server, action);
  rewrite_file(server, action);
  if (action->kick) server_kick(world, server, conn);
  server->seal_n = action->epoch.n > 65535 ? 65535 : action->epoch.n;
  server->seal_owner = owner_of(client);
  replication_follow(world, server, FOLLOW_SEAL, -1);
  check_sealed(world, server, &action->epoch);
}

static void write_record(struct world *world, struct server *server, const struct request *request,
                         int node) {
  const struct hr_action *action = &request->action;
  struct state *state =
      (struct state *)state_add(world, server->state, CHANGE_RECORD, server->backlog ? 200 : 0);
  struct record *record = arena_take(&world->arena, sizeof *record);
  record->epoch = action->epoch;
  record->node = node;
  memcpy(record->forks, action->u.forks, sizeof record->forks);
  memcpy(record->run_id, server->run_id, sizeof record->run_id);
  memcpy(record->uuid, action->u.uuid, sizeof record->uuid);
  record->list_hash = request->list_hash;
  record->durable = action->durable;
  record->planned = action->planned;
  state->record = record;
  bool kept = action->kind == HR_DO_RESTORE && action->opcounter == 0;
  if (!kept) state->opcounter = action->opcounter;
  server_append(world, server, state);
  server_touch(server);
}

static void promote(struct world *world, struct server *server, const struct request *request,
                    const struct client *by) {
  server_unpause(world, server);
  promise(server, &request->action);
  note_file(world, server, &request->action);
  replication_unfollow(world, server);
  check_strange(world, server, by);
  write_record(world, server, request, server->index);
  check_promoted(world, server, &request->action);
}

static void follow(struct world *world, struct server *server, struct conn *conn,
                   const struct hr_action *action) {
  promise(server, action);
  rewrite_file(server, action);
  if (action->kick) server_kick(world, server, conn);
  /* The file is rewritten while sealed: what was linked is cut, what was syncing starts over. */
  if (action->rewrite) replication_follow(world, server, FOLLOW_SEAL, -1);
  replication_follow(world, server, FOLLOW_NODE, action->master);
}

/* Those subscribed on this very server hear it. */
void serve_note(struct world *world, struct server *server, const struct hr_gossip *note) {
  for (struct conn *conn = server->clients; conn != NULL; conn = conn->next) {
    bool here = conn->kind == CONN_GOSSIP && conn->open[1] && conn->accepted;
    if (here && conn->instance == server->instance) {
      net_send(world, conn, 0, MSG_PUSH, (void *)note);
    }
  }
}

static void publish(struct world *world, struct server *server, const struct hr_gossip *gossip) {
  struct note *note = arena_take(&world->arena, sizeof *note);
  *note = (struct note){*gossip, world->now};
  const struct hr_gossip *copy = &note->gossip;
  serve_note(world, server, copy);
  if (!server_is_master(server)) return;
  struct state *state =
      (struct state *)state_add(world, server->state, CHANGE_NOTE, server->backlog ? 80 : 0);
  state->note = copy;
  server_append(world, server, state);
}

static void pause_ends(struct world *world, void *subject, uint64_t argument) {
  struct server *server = subject;
  (void)argument;
  if (server->process != PROCESS_DOWN) net_unstick(world, 0);
}

static bool changes_role(enum hr_action_kind kind) {
  return kind == HR_DO_SEAL || kind == HR_DO_PROMOTE || kind == HR_DO_FOLLOW ||
         kind == HR_DO_RESTORE;
}

static bool serve_guarded(struct world *world, struct server *server, struct conn *conn,
                          const struct request *request, struct answer *answer) {
  const struct hr_action *action = &request->action;
  /* CLIENT UNPAUSE goes in front of every change of role. */
  if (action->kind != HR_DO_RESTORE) server_unpause(world, server);
  bool no = server->loading || (action->kind == HR_DO_RESTORE && !server_is_master(server)) ||
            server->disk_full;
  if (!guarded(world, server, conn, request) || no) {
    answer->status = HR_STATUS_NO;
    return false;
  }
  switch (action->kind) {
    case HR_DO_SEAL:
      seal(world, server, conn, action, request->client);
      answer->sealed = server->state;
      answer->epoch = action->epoch;
      break;
    case HR_DO_PROMOTE:
      promote(world, server, request, &world->clients[conn->end[0].index]);
      break;
    case HR_DO_FOLLOW:
      follow(world, server, conn, action);
      break;
    default:
      if (action->rewrite) server->file_key = true;
      write_record(world, server, request, server->index);
  }
  return true;
}

struct answer *serve_request(struct world *world, struct server *server, struct conn *conn,
                             const struct request *request) {
  const struct hr_action *action = &request->action;
  if (action->kind == HR_DO_UNGUARD) conn->watching = false;
  if (action->kind == HR_DO_UNPAUSE) server_unpause(world, server);
  if (action->kind == HR_DO_NOTE) note_file(world, server, action);
  if (action->kind == HR_DO_PUBLISH) publish(world, server, &action->u.gossip);
  if (action->kind == HR_DO_UNGUARD || action->kind == HR_DO_UNPAUSE ||
      action->kind == HR_DO_NOTE ||
      action->kind == HR_DO_PUBLISH) {
    return NULL;
  }
  struct answer *answer = arena_take(&world->arena, sizeof *answer);
  answer->op = action->op;
  answer->kind = action->kind;
  if (changes_role(action->kind)) {
    bool done = serve_guarded(world, server, conn, request, answer);
    answer->has_facts = done && action->kind != HR_DO_RESTORE;
  } else if (action->kind == HR_DO_LOOK) {
    answer->has_facts = !server->no_rights;
    answer->status = server->no_rights ? HR_STATUS_NO : HR_STATUS_OK;
  } else if (server->loading) {
    answer->status = HR_STATUS_NO;
  } else if (action->kind == HR_DO_LOCK) {
    lock(world, server, conn, request, answer);
  } else if (action->kind == HR_DO_UNLOCK) {
    unlock(world, server, request, answer);
  } else if (action->kind == HR_DO_GUARD) {
    server_watch(server, conn);
    conn->saw_lock = server_locked(world, server);
    fill_guard(world, server, answer);
  } else {
    assert(action->kind == HR_DO_PAUSE);
    server->paused_until = world->now + action->ttl_ms * 1000;
    world_at(world, server->paused_until, pause_ends, server, 0);
    answer->has_facts = true;
  }
  if (answer->has_facts) {
    serve_facts(world, server, &answer->facts);
    answer->at = world->now;
    answer->instance = server->instance;
    answer->copies = server->copies;
  }
  if (action->kind != HR_DO_LOOK) {
    static const char *const words[] = {"ok", "no", "lost"};
    world_trace(world, "   %s answers op %u of %s: %s, promise %llu, epoch %llu", server->name,
                (unsigned)action->op, request->client, words[answer->status],
                (unsigned long long)server->promise.n,
                server->state->record == NULL
                    ? 0
                    : (unsigned long long)server->state->record->epoch.n);
  }
  return answer;
}
