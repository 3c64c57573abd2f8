/*
 * The way of every command: the shared link, a link of its own, or the function that does what a
 * command cannot do on a link that many share. One table for haredis_command_way() and for the text
 * of a refusal.
 */
#include "client/way.h"

#include <string.h>

#include "base/text.h"

#define HR_WAY_SHARED "shared link"
#define HR_WAY_OWN "link of its own"
#define HR_WAY_REFUSED "refused: "
#define HR_WAY_CONNECTION HR_WAY_REFUSED "speaks for the connection, which many share"

/* Names that the command table marks as changing the link; what is not here is CONNECTION. */
static const struct {
  const char *name;
  const char *text;
} hr_ways[] = {
    {"subscribe", HR_WAY_REFUSED "use haredis_subscribe()"},
    {"psubscribe", HR_WAY_REFUSED "use haredis_psubscribe()"},
    {"ssubscribe", HR_WAY_REFUSED "use haredis_ssubscribe()"},
    {"unsubscribe", HR_WAY_REFUSED "use haredis_unsubscribe()"},
    {"punsubscribe", HR_WAY_REFUSED "use haredis_unsubscribe()"},
    {"sunsubscribe", HR_WAY_REFUSED "use haredis_unsubscribe()"},
    {"multi", HR_WAY_REFUSED "use haredis_txn_begin()"},
    {"exec", HR_WAY_REFUSED "use haredis_async_txn_exec()"},
    {"discard", HR_WAY_REFUSED "use haredis_txn_discard()"},
    {"watch", HR_WAY_REFUSED "use haredis_txn_watch()"},
    {"unwatch", HR_WAY_REFUSED "use haredis_txn_discard()"},
    {"monitor", HR_WAY_REFUSED "use haredis_monitor()"},
    {"select", HR_WAY_REFUSED "option db instead of SELECT"},
    {"auth", HR_WAY_REFUSED "options username and password instead of AUTH"},
    {"hello", HR_WAY_REFUSED "options username and password instead of AUTH; replies are RESP2"},
    {"quit", HR_WAY_REFUSED "use haredis_disconnect()"},
    {"reset", HR_WAY_CONNECTION},
    {"replicaof", HR_WAY_REFUSED "would tear the group apart: use haredis_switchover()"},
    {"slaveof", HR_WAY_REFUSED "would tear the group apart: use haredis_switchover()"},
    {"failover", HR_WAY_REFUSED "would tear the group apart: use haredis_switchover()"},
    {"psync", HR_WAY_REFUSED "is what replicas say to their master"},
    {"sync", HR_WAY_REFUSED "is what replicas say to their master"},
    {"replconf", HR_WAY_REFUSED "is what replicas say to their master"},
    {"asking", HR_WAY_REFUSED "is for Redis Cluster"},
    {"readonly", HR_WAY_REFUSED "is for Redis Cluster; option read_from reads replicas"},
    {"readwrite", HR_WAY_REFUSED "is for Redis Cluster"},
    {"script", HR_WAY_REFUSED "a debugger wants the connection for itself"},
};

static const char *hr_way_refusal(struct hr_slice name) {
  for (size_t i = 0; i < sizeof(hr_ways) / sizeof(hr_ways[0]); i++) {
    if (hr_slice_is_nocase(name, hr_ways[i].name)) {
      return hr_ways[i].text;
    }
  }
  return HR_WAY_CONNECTION;
}

static struct hr_slice hr_way_name(const char *const *argv, const size_t *argvlen) {
  return argvlen != NULL ? (struct hr_slice){argv[0], argvlen[0]} : hr_slice_of(argv[0]);
}

const char *haredis_command_way(haredis_client *c, int argc, const char **argv,
                                const size_t *argvlen) {
  if (c == NULL || c->commands == NULL || argc <= 0 || argv == NULL || argv[0] == NULL) {
    return HR_WAY_REFUSED "not a command";
  }
  uint32_t known = hr_command_flags(c->commands, argc, argv, argvlen);
  if ((known & (HR_COMMAND_SUBSCRIBES | HR_COMMAND_LINK)) != 0) {
    return hr_way_refusal(hr_way_name(argv, argvlen));
  }
  return (known & HR_COMMAND_BLOCKS) != 0 ? HR_WAY_OWN : HR_WAY_SHARED;
}

int hr_way_refuse(haredis_client *c, int argc, const char **argv, const size_t *argvlen) {
  struct hr_slice name = hr_way_name(argv, argvlen);
  const char *way = haredis_command_way(c, argc, argv, argvlen);
  return hr_client_fail(c, HAREDIS_ERR_UNSUPPORTED, "%.*s %s: it did not run",
                        (int)(name.len > 32 ? 32 : name.len), name.at,
                        way);
}
