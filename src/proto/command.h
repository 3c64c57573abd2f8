/*
 * What a command does, as far as a client must know before it sends it: does it only read, may it
 * share a link with other commands, does it take our keys away, where are its keys.
 *
 * A table starts with what this library knows by heart and is corrected by the server's COMMAND
 * reply. The server decides about reading, writing, blocking and key positions; what must not go
 * through a shared link is known here alone, since no server tells. An unknown command is a write.
 *
 * It must not know RESP, links or roles.
 */
#ifndef HR_PROTO_COMMAND_H
#define HR_PROTO_COMMAND_H

#include "base/types.h"

/* Exactly one of READ and WRITE is set in what hr_command_flags() returns. */
#define HR_COMMAND_READ 0x01u       /* changes nothing: running twice does no harm */
#define HR_COMMAND_WRITE 0x02u      /* may change something: data, settings, other clients */
#define HR_COMMAND_BLOCKS 0x04u     /* would hold up everything behind it on the link */
#define HR_COMMAND_SUBSCRIBES 0x08u /* turns the link into a pub/sub link, or back */
#define HR_COMMAND_LINK 0x10u       /* changes the link for those behind it: MULTI, SELECT, ...; or
                                       whose master its server is: REPLICAOF, FAILOVER */
#define HR_COMMAND_FLUSH 0x20u      /* takes our keys away: FLUSHALL, FLUSHDB, SWAPDB */
#define HR_COMMAND_MOVABLE 0x40u    /* where its keys are depends on its arguments */
#define HR_COMMAND_PUBLISH 0x80u    /* speaks to subscribers: PUBLISH, SPUBLISH */
#define HR_COMMAND_SCRIPT 0x800u    /* runs what may write, and answer whatever it likes: EVAL */
#define HR_COMMAND_DATA 0x400u      /* a READ of the data: any copy of it can answer. Not what walks
                                       (SCAN: its cursor is one server's), not what asks a server */

/* With one of these a command cannot go through a shared link. */
#define HR_COMMAND_UNSHARED (HR_COMMAND_BLOCKS | HR_COMMAND_SUBSCRIBES | HR_COMMAND_LINK)

struct hr_command_table;

/* Filled with what is known by heart. NULL: out of memory. */
struct hr_command_table *hr_command_table_new(void);
void hr_command_table_free(struct hr_command_table *table); /* NULL is allowed */

/*
 * The flags of the command in argv: by its name and, where it has them, its subcommand and
 * arguments (XREAD ... BLOCK). argc >= 1. argvlen NULL: C strings. Unknown is HR_COMMAND_WRITE.
 */
uint32_t hr_command_flags(const struct hr_command_table *table, int argc, const char *const *argv,
                          const size_t *argvlen);

/*
 * The places of its keys in argv. Returns how many there are and writes the first `capacity` of
 * them, in no promised order; -1: cannot be told (unknown command, too few or malformed arguments).
 */
int hr_command_keys(const struct hr_command_table *table, int argc, const char *const *argv,
                    const size_t *argvlen, int *places, int capacity);

/* One line of the server's COMMAND reply. */
struct hr_command_line {
  const char *name; /* "get", "config|get"; borrowed, need not be terminated */
  size_t name_len;
  int64_t arity;             /* words, its own name too; negative: at least that many */
  uint32_t flags;            /* the hr_command_server_flag() of each of its flags, joined by | */
  int64_t first, last, step; /* as the server says: first key (0: none), last (-1: the end), step */
};

/* "write" -> HR_COMMAND_WRITE and so on; 0 for a flag that changes nothing here. */
uint32_t hr_command_server_flag(const char *word, size_t len);

/*
 * Believe the server. Subcommand lines come after that of their parent. False: out of memory, a
 * name longer than this table takes, or absurd numbers; what was known of that name stays.
 */
bool hr_command_table_add(struct hr_command_table *table, const struct hr_command_line *line);

#endif
