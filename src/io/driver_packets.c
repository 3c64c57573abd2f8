/*
 * How every action is said to Redis: a table that reads as the packet it sends. A packet leaves in
 * one write, so that the server runs it in one go.
 * Must not know roles, nor when a packet is due.
 *
 * The frame around every change, and why:
 *
 *   CLIENT UNPAUSE           a paused server would hold our SET back, even inside MULTI. No paused
 *                            client runs before this packet has ended
 *   CONFIG SET maxmemory 0   only when a lock was refused, with OOM or MISCONF or NOREPLICAS, and
 *   ... stop-writes-on-      only what is in force. A server out of memory refuses every line
 *       bgsave-error no      inside MULTI, REPLICAOF too; the others refuse our SET, and a change
 *   ... min-replicas-to-     without its promise would leave no trace for the next one. Put back
 *       write 0              inside and behind the EXEC
 *   CONFIG SET replica-serve-stale-data yes   only where it is no: no GET without a master there
 *   CONFIG SET replica-read-only no
 *   MULTI
 *     REPLICAOF ...          first: what we SET afterwards on a replica stays out of its stream
 *     SET, HSET ...
 *     CONFIG SET replica-read-only yes        and the others: CONFIG REWRITE would write them down
 *   EXEC
 *   CONFIG SET replica-read-only yes          again, for an EXEC that was aborted
 *
 * The file mark (file:<run id> in haredis:node) says that CONFIG REWRITE worked, so it is written
 * in a packet of its own after the rewrite answered OK: written in the same EXEC it would have to
 * be taken back when the rewrite fails, and until then others would believe it. If that packet is
 * lost the node is only asked to rewrite once more.
 *
 * Whatever writes a record writes haredis:node in the same EXEC. The stream carries both, so that a
 * replica under a guard, which watches the one and not the other, refuses a change that was decided
 * before the newer record came.
 *
 * Keys that have expired: INFO counts them until they are deleted, and a replica, sealed or not,
 * never does that by itself. A lock that nobody took away would be a key of a user for ever, and
 * two nodes without any data would seem to hold some. SCAN does not show what has expired; it is
 * asked where the count is small and one of them could be a lock: at looks, and where a seal
 * decides whose data is taken. Never inside MULTI: a user without the right to it would have the
 * whole packet refused.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define READABLE {"CONFIG SET replica-serve-stale-data yes", HR_TAKE_NOTHING, HR_WHEN_STALE}
#define UNREADABLE {"CONFIG SET replica-serve-stale-data no", HR_TAKE_NOTHING, HR_WHEN_STALE}
/* What makes a server refuse writes, as it is before we touch it. */
#define MEASURED(when)                                                                       \
  {"CONFIG GET maxmemory", HR_TAKE_MAXMEMORY, when},                                         \
      {"CONFIG GET stop-writes-on-bgsave-error", HR_TAKE_STOP_WRITES, when},                 \
      {"CONFIG GET min-replicas-to-write", HR_TAKE_MIN_REPLICAS, when}
#define LIFTED                                                                               \
  {"CONFIG SET maxmemory 0", HR_TAKE_NOTHING, HR_WHEN_MEMORY},                               \
      {"CONFIG SET stop-writes-on-bgsave-error no", HR_TAKE_NOTHING, HR_WHEN_STOPS},         \
      {"CONFIG SET min-replicas-to-write 0", HR_TAKE_NOTHING, HR_WHEN_REPLICAS}
#define PUT_BACK(when)                                                                       \
  {"CONFIG SET maxmemory $maxmemory", HR_TAKE_NOTHING, (when) | HR_WHEN_MEMORY},             \
      {"CONFIG SET stop-writes-on-bgsave-error yes", HR_TAKE_NOTHING, (when) | HR_WHEN_STOPS}, \
      {"CONFIG SET min-replicas-to-write $replicas", HR_TAKE_NOTHING, (when) | HR_WHEN_REPLICAS}
#define WRITABLE \
  LIFTED, READABLE, {"CONFIG SET replica-read-only no", HR_TAKE_NOTHING, HR_WHEN_ALWAYS}
#define SETTLED                                                                      \
  {"CONFIG SET replica-read-only yes", HR_TAKE_NOTHING, HR_WHEN_ALWAYS}, UNREADABLE, \
      PUT_BACK(HR_WHEN_ALWAYS)
#define MULTI {"MULTI", HR_TAKE_MULTI, HR_WHEN_ALWAYS}
#define EXEC {"EXEC", HR_TAKE_EXEC, HR_WHEN_ALWAYS}
#define FACTS                                                                              \
  {"INFO server clients replication persistence stats keyspace", HR_TAKE_INFO, HR_WHEN_7}, \
      {"INFO", HR_TAKE_INFO, HR_WHEN_OLD},                                                 \
      {"HMGET $group epoch opcounter uuid nodes durable forks planned", HR_TAKE_RECORD,    \
       HR_WHEN_ALWAYS},                                                                    \
      {"GET $lock", HR_TAKE_LOCK, HR_WHEN_ALWAYS},                                         \
      {"HGET haredis:node $promise", HR_TAKE_PROMISE, HR_WHEN_ALWAYS},                     \
      {"HGET haredis:node $file", HR_TAKE_FILE, HR_WHEN_ALWAYS},                           \
      {"HGET haredis:node ours", HR_TAKE_OURS, HR_WHEN_ALWAYS}
/* Behind an EXEC too, where the server may have been made unreadable again. */
#define NAMES                                                                              \
  {"CONFIG SET replica-serve-stale-data yes", HR_TAKE_NOTHING, HR_WHEN_STALE | HR_WHEN_DOUBT}, \
      {"SCAN 0 COUNT 64", HR_TAKE_KEYS, HR_WHEN_DOUBT}
#define KICKED                                             \
  {"CLIENT KILL TYPE normal", HR_TAKE_NOTHING, HR_WHEN_KICK}, \
      {"CLIENT KILL TYPE pubsub", HR_TAKE_NOTHING, HR_WHEN_KICK}
#define PROMISED                                             \
  {"DEL haredis:node", HR_TAKE_NOTHING, HR_WHEN_FOREIGN}, \
      {"HSET haredis:node ours 1 $promise $mark", HR_TAKE_MUST, HR_WHEN_ALWAYS}
#define RECORDED                                                                              \
  {"DEL $group", HR_TAKE_NOTHING, HR_WHEN_GARBAGE},                                           \
      {"HSET $group epoch $lineage opcounter $opcounter uuid $uuid nodes $nodes durable $durable" \
       " forks $forks planned $planned",                                                        \
       HR_TAKE_MUST, HR_WHEN_ALWAYS}
/* The same, but for a counter that is there still. */
#define COMPLETED                                                                             \
  {"DEL $group", HR_TAKE_NOTHING, HR_WHEN_GARBAGE},                                           \
      {"HSET $group epoch $lineage uuid $uuid nodes $nodes durable $durable forks $forks"     \
       " planned $planned",                                                                   \
       HR_TAKE_MUST, HR_WHEN_ALWAYS},                                                         \
      {"HSET $group opcounter $opcounter", HR_TAKE_MUST, HR_WHEN_COUNTER}
/* Known to be true, but flushed or synced away; see above for how it becomes known. */
#define NOTED {"HSET haredis:node ours 1 $file 1", HR_TAKE_NOTHING, HR_WHEN_REWRITE}
/* What an earlier WATCH has seen change meanwhile would abort the next EXEC, whatever that is. */
#define UNWATCHED {"UNWATCH", HR_TAKE_NOTHING, HR_WHEN_ALWAYS}
#define UNPAUSED {"CLIENT UNPAUSE", HR_TAKE_NOTHING, HR_WHEN_ALWAYS}

static const struct hr_line greet_packet[] = {
    {"INFO server", HR_TAKE_INFO, HR_WHEN_ALWAYS},
    {"CONFIG GET masterauth", HR_TAKE_MASTERAUTH, HR_WHEN_ALWAYS},
    {"CONFIG GET replica-serve-stale-data", HR_TAKE_STALE, HR_WHEN_ALWAYS},
};
static const struct hr_line look_packet[] = {READABLE, FACTS, NAMES, UNREADABLE};
static const struct hr_line lock_packet[] = {
    UNWATCHED, WRITABLE, MULTI,
    {"SET $lock $value NX PX $ttl", HR_TAKE_SET_LOCK, HR_WHEN_ALWAYS},
    {"GET $lock", HR_TAKE_LOCK, HR_WHEN_ALWAYS},
    {"HGET haredis:node $promise", HR_TAKE_PROMISE, HR_WHEN_ALWAYS},
    {"HGET $group epoch", HR_TAKE_EPOCH, HR_WHEN_ALWAYS},
    SETTLED, EXEC, SETTLED,
};
static const struct hr_line measure_packet[] = {MEASURED(HR_WHEN_ALWAYS)};
static const struct hr_line unlock_read_packet[] = {
    UNWATCHED,
    {"WATCH $lock", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    READABLE,
    {"GET $lock", HR_TAKE_LOCK, HR_WHEN_ALWAYS},
    UNREADABLE, MEASURED(HR_WHEN_REFUSES),
};
static const struct hr_line unlock_packet[] = {
    WRITABLE, MULTI, {"DEL $lock", HR_TAKE_MUST, HR_WHEN_ALWAYS}, SETTLED, EXEC, SETTLED,
};
static const struct hr_line guard_packet[] = {
    UNWATCHED,
    {"WATCH $lock haredis:node", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    READABLE,
    {"GET $lock", HR_TAKE_LOCK, HR_WHEN_ALWAYS},
    {"HGET haredis:node $promise", HR_TAKE_PROMISE, HR_WHEN_ALWAYS},
    {"HGET $group epoch", HR_TAKE_EPOCH, HR_WHEN_ALWAYS},
    UNREADABLE, MEASURED(HR_WHEN_REFUSES),
};
static const struct hr_line unguard_packet[] = {UNWATCHED};
static const struct hr_line seal_packet[] = {
    UNPAUSED, WRITABLE, MULTI,
    {"REPLICAOF $seal 0", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    PROMISED, SETTLED, KICKED,
    {"CONFIG REWRITE", HR_TAKE_REWRITE, HR_WHEN_REWRITE},
    FACTS, EXEC, NAMES, SETTLED,
};
static const struct hr_line promote_packet[] = {
    UNPAUSED, WRITABLE, MULTI,
    {"REPLICAOF NO ONE", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    PROMISED, RECORDED, NOTED, SETTLED, FACTS, EXEC, SETTLED,
};
static const struct hr_line follow_packet[] = {
    {"CONFIG SET masteruser $user", HR_TAKE_NOTHING, HR_WHEN_AUTH | HR_WHEN_USER},
    {"CONFIG SET masterauth $password", HR_TAKE_NOTHING, HR_WHEN_AUTH},
    UNPAUSED, WRITABLE, MULTI,
    {"CONFIG SET replica-read-only yes", HR_TAKE_NOTHING, HR_WHEN_REWRITE},
    {"REPLICAOF $seal 0", HR_TAKE_MUST, HR_WHEN_REWRITE},
    PUT_BACK(HR_WHEN_REWRITE),
    {"CONFIG SET replica-serve-stale-data no", HR_TAKE_NOTHING, HR_WHEN_REWRITE | HR_WHEN_STALE},
    {"CONFIG REWRITE", HR_TAKE_REWRITE, HR_WHEN_REWRITE},
    {"REPLICAOF $host $port", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    PROMISED, SETTLED, KICKED, FACTS, EXEC, SETTLED,
};
static const struct hr_line restore_packet[] = {
    WRITABLE, MULTI,
    {"HSET haredis:node ours 1", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    COMPLETED, NOTED, SETTLED, EXEC, SETTLED,
};
static const struct hr_line pause_packet[] = {
    {"CLIENT PAUSE $ttl WRITE", HR_TAKE_MUST, HR_WHEN_ALWAYS},
    FACTS,
};
/* Before 6.2 a pause holds back our own link too: read first. */
static const struct hr_line pause_all_packet[] = {
    FACTS,
    {"CLIENT PAUSE $ttl", HR_TAKE_MUST, HR_WHEN_ALWAYS},
};
static const struct hr_line unpause_packet[] = {UNPAUSED};
static const struct hr_line mark_packet[] = {
    WRITABLE, {"HSET haredis:node ours 1 $file 1", HR_TAKE_NOTHING, HR_WHEN_ALWAYS}, SETTLED,
};
static const struct hr_line publish_packet[] = {
    {"PUBLISH $channel $message", HR_TAKE_NOTHING, HR_WHEN_ALWAYS},
};

/* A replica refuses DEL, of a key that never was, and with it all of it. */
static const struct hr_line feed_mark_packet[] = {
    {"MULTI", HR_TAKE_NOTHING, HR_WHEN_ALWAYS},
    {"PUBLISH $channel $payload", HR_TAKE_NOTHING, HR_WHEN_ALWAYS},
    {"DEL $channel", HR_TAKE_NOTHING, HR_WHEN_ALWAYS},
    {"EXEC", HR_TAKE_NOTHING, HR_WHEN_ALWAYS},
};

/* What a packet does to the WATCH of its connection: EXEC and UNWATCH lift it, whoever set it; one
 * that sets its own lifts those before. */
enum hr_watch { LEAVES, SETS, LIFTS };

static const struct {
  const struct hr_line *lines;
  size_t count;
  enum hr_watch watch;
} packets[] = {
#define PACKET(name, table, watch) [HR_PACKET_##name] = {table, COUNT(table), watch}
    PACKET(GREET, greet_packet, LEAVES),
    PACKET(LOOK, look_packet, LEAVES),
    PACKET(LOCK, lock_packet, LIFTS),
    PACKET(MEASURE, measure_packet, LEAVES),
    PACKET(UNLOCK_READ, unlock_read_packet, SETS),
    PACKET(UNLOCK, unlock_packet, LIFTS),
    PACKET(GUARD, guard_packet, SETS),
    PACKET(UNGUARD, unguard_packet, LIFTS),
    PACKET(SEAL, seal_packet, LIFTS),
    PACKET(PROMOTE, promote_packet, LIFTS),
    PACKET(FOLLOW, follow_packet, LIFTS),
    PACKET(RESTORE, restore_packet, LIFTS),
    PACKET(PAUSE, pause_packet, LEAVES),
    PACKET(PAUSE_ALL, pause_all_packet, LEAVES),
    PACKET(UNPAUSE, unpause_packet, LEAVES),
    PACKET(MARK, mark_packet, LEAVES),
    PACKET(PUBLISH, publish_packet, LEAVES),
    PACKET(FEED_MARK, feed_mark_packet, LIFTS),
#undef PACKET
};

static const char *word(const struct hr_words *w, const char *name, size_t len) {
  const struct {
    const char *name, *value;
  } words[] = {
      {"lock", w->lock},       {"promise", w->promise},     {"file", w->file},
      {"value", w->value},     {"mark", w->mark},           {"seal", w->seal},
      {"lineage", w->lineage}, {"message", w->message},     {"ttl", w->ttl},
      {"port", w->port},       {"opcounter", w->opcounter}, {"group", w->group},
      {"host", w->host},       {"uuid", w->uuid},           {"nodes", w->nodes},
      {"user", w->user},       {"password", w->password},   {"maxmemory", w->maxmemory},
      {"channel", w->channel}, {"durable", w->durable},     {"replicas", w->replicas},
      {"payload", w->payload},
      {"planned", w->planned}, {"forks", w->forks},
  };
  for (size_t i = 0; i < COUNT(words); i++) {
    if (strlen(words[i].name) == len && !memcmp(words[i].name, name, len)) {
      return words[i].value ? words[i].value : "";
    }
  }
  assert(false && "a packet names a word that does not exist");
  return "";
}

/* ------------------------------------------------------------------ one line, one packet ---- */

static int send_line(struct hr_dnode *node, struct hr_op *op, const struct hr_line *line,
                     const struct hr_words *words) {
  const char *argv[HR_ARGS_MAX] = {NULL};
  size_t lens[HR_ARGS_MAX] = {0};
  int argc = 0;
  for (const char *at = line->text; *at;) {
    size_t len = strcspn(at, " ");
    assert(argc < HR_ARGS_MAX);
    argv[argc] = *at == '$' ? word(words, at + 1, len - 1) : at;
    lens[argc] = *at == '$' ? strlen(argv[argc]) : len;
    argc++;
    at += len;
    at += *at == ' ';
  }
  struct hr_request request = {0};
  request.fn = op ? hr_op_reply : NULL;
  request.owner = op;
  return hr_link_send(node->control, &request, argc, argv, lens);
}

bool hr_packet_say(struct hr_dnode *node, struct hr_op *op, enum hr_packet packet, unsigned when,
                   const struct hr_words *words) {
  const struct hr_line *table = packets[packet].lines;
  size_t before = hr_link_unanswered(node->control);
  if (op) {
    hr_answers_begin(&op->answers, &node->driver->names);
  }
  for (size_t i = 0; i < packets[packet].count; i++) {
    if ((table[i].when & ~when) != 0) continue;
    if (send_line(node, op, &table[i], words)) {
      hr_link_take_back(node->control, before);
      return false;
    }
    if (!op) continue;
    hr_answers_expect(&op->answers, &table[i]);
    op->waiting++;
  }
  if (packets[packet].watch != LEAVES) node->lifted = ++node->serial;
  if (packets[packet].watch == SETS) node->serial++;
  if (!op) return true;
  op->serial = node->serial;
  if (packets[packet].watch == SETS && !op->guards) {
    op->guards = true;
    node->guarding++;
  }
  return true;
}
