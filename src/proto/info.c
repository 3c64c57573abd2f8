/*
 * INFO, line by line: "key:value", CR LF or LF. One table says which keys are wanted and where
 * their values go; three kinds of lines (role, slaveN, dbN) have a shape of their own.
 */
#include "proto/info.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

enum hr_info_type {
  HR_INFO_STRING, /* too long for its place: as if it were not told */
  HR_INFO_NUMBER,
  HR_INFO_YES, /* 1 is true */
  HR_INFO_UP   /* "up" is true */
};

struct hr_info_key {
  const char *name;
  enum hr_info_type type;
  size_t offset;
  size_t size; /* of a string */
};

#define HR_INFO_PLACE(member) offsetof(struct hr_info, member)
#define HR_INFO_TEXT(member) \
  HR_INFO_STRING, HR_INFO_PLACE(member), sizeof(((struct hr_info *)0)->member)

static const struct hr_info_key hr_info_keys[] = {
    {"run_id", HR_INFO_TEXT(run_id)},
    {"redis_version", HR_INFO_TEXT(version)},
    {"config_file", HR_INFO_TEXT(config_file)},
    {"tcp_port", HR_INFO_NUMBER, HR_INFO_PLACE(tcp_port), 0},
    {"connected_clients", HR_INFO_NUMBER, HR_INFO_PLACE(connected_clients), 0},
    {"loading", HR_INFO_YES, HR_INFO_PLACE(loading), 0},
    {"async_loading", HR_INFO_YES, HR_INFO_PLACE(async_loading), 0},
    {"master_host", HR_INFO_TEXT(master_host)},
    {"master_port", HR_INFO_NUMBER, HR_INFO_PLACE(master_port), 0},
    {"master_link_status", HR_INFO_UP, HR_INFO_PLACE(master_link_up), 0},
    {"master_link_down_since_seconds", HR_INFO_NUMBER, HR_INFO_PLACE(master_link_down_seconds), 0},
    {"master_last_io_seconds_ago", HR_INFO_NUMBER, HR_INFO_PLACE(master_last_io_seconds), 0},
    {"master_sync_in_progress", HR_INFO_YES, HR_INFO_PLACE(master_sync_in_progress), 0},
    {"slave_repl_offset", HR_INFO_NUMBER, HR_INFO_PLACE(slave_repl_offset), 0},
    {"slave_read_repl_offset", HR_INFO_NUMBER, HR_INFO_PLACE(slave_read_repl_offset), 0},
    {"slave_read_only", HR_INFO_YES, HR_INFO_PLACE(slave_read_only), 0},
    {"slave_priority", HR_INFO_NUMBER, HR_INFO_PLACE(slave_priority), 0},
    {"master_replid", HR_INFO_TEXT(master_replid)},
    {"master_replid2", HR_INFO_TEXT(master_replid2)},
    {"master_repl_offset", HR_INFO_NUMBER, HR_INFO_PLACE(master_repl_offset), 0},
    {"second_repl_offset", HR_INFO_NUMBER, HR_INFO_PLACE(second_repl_offset), 0},
    {"repl_backlog_active", HR_INFO_YES, HR_INFO_PLACE(repl_backlog_active), 0},
    {"repl_backlog_size", HR_INFO_NUMBER, HR_INFO_PLACE(repl_backlog_size), 0},
    {"repl_backlog_first_byte_offset", HR_INFO_NUMBER,
     HR_INFO_PLACE(repl_backlog_first_byte_offset), 0},
    {"repl_backlog_histlen", HR_INFO_NUMBER, HR_INFO_PLACE(repl_backlog_histlen), 0},
    {"total_net_repl_input_bytes", HR_INFO_NUMBER, HR_INFO_PLACE(total_net_repl_input_bytes), 0},
    {"connected_slaves", HR_INFO_NUMBER, HR_INFO_PLACE(connected_slaves), 0},
};

static bool hr_info_store(struct hr_info *info, const struct hr_info_key *key,
                          struct hr_slice value) {
  assert(info != NULL && key != NULL);
  char *place = (char *)info + key->offset;
  bool yes = hr_slice_is(value, key->type == HR_INFO_UP ? "up" : "1");
  switch (key->type) {
    case HR_INFO_STRING:
      return hr_slice_copy(value, place, key->size);
    case HR_INFO_NUMBER:
      return hr_slice_int(value, (int64_t *)(void *)place);
    case HR_INFO_YES:
    case HR_INFO_UP:
      memcpy(place, &yes, sizeof yes);
      return true;
  }
  return false;
}

static bool hr_info_role(struct hr_info *info, struct hr_slice value) {
  assert(info != NULL);
  if (hr_slice_is(value, "master")) {
    info->role = HR_INFO_ROLE_MASTER;
    return true;
  }
  if (hr_slice_is(value, "slave") || hr_slice_is(value, "replica")) {
    info->role = HR_INFO_ROLE_REPLICA;
    return true;
  }
  return false;
}

/* "slave0", "db15": a word and a number after it. */
static bool hr_info_numbered(struct hr_slice name, const char *word) {
  assert(word != NULL);
  uint64_t number;
  return hr_slice_starts(name, word) &&
         hr_slice_uint(hr_slice_from(name, strlen(word)), UINT32_MAX, &number);
}

/* ip=10.0.0.2,port=6380,state=online,offset=1234,lag=0 */
static bool hr_info_replica(struct hr_info *info, struct hr_slice value) {
  assert(info != NULL && info->replica_count <= HR_NODES_MAX);
  struct hr_info_replica replica = {.ip = "", .port = 0, .online = false, .offset = -1, .lag = -1};
  while (value.len > 0) {
    struct hr_slice text = hr_slice_cut(&value, ',');
    struct hr_slice name = hr_slice_cut(&text, '=');
    uint64_t port;
    if (hr_slice_is(name, "ip")) {
      hr_slice_copy(text, replica.ip, sizeof replica.ip);
    } else if (hr_slice_is(name, "port") && hr_slice_uint(text, 65535, &port)) {
      replica.port = (int)port;
    } else if (hr_slice_is(name, "state")) {
      replica.online = hr_slice_is(text, "online");
    } else if (hr_slice_is(name, "offset")) {
      hr_slice_int(text, &replica.offset);
    } else if (hr_slice_is(name, "lag")) {
      hr_slice_int(text, &replica.lag);
    }
  }
  info->replica_lines++;
  if (info->replica_count < HR_NODES_MAX) {
    info->replicas[info->replica_count++] = replica;
  }
  return true;
}

/* keys=5,expires=0,avg_ttl=0 */
static bool hr_info_database(struct hr_info *info, bool is_0, struct hr_slice value) {
  assert(info != NULL && info->keys >= 0);
  bool counted = false;
  while (value.len > 0) {
    struct hr_slice text = hr_slice_cut(&value, ',');
    struct hr_slice name = hr_slice_cut(&text, '=');
    uint64_t number;
    if (!hr_slice_uint(text, INT64_MAX, &number)) {
      continue;
    }
    if (!counted && hr_slice_is(name, "keys")) {
      int64_t room = INT64_MAX - info->keys;
      info->keys += (int64_t)number > room ? room : (int64_t)number;
      if (is_0) info->keys_of_0 = (int64_t)number;
      counted = true;
    } else if (is_0 && hr_slice_is(name, "expires")) {
      info->expires_of_0 = (int64_t)number;
    }
  }
  return counted;
}

static bool hr_info_line(struct hr_info *info, struct hr_slice line) {
  assert(info != NULL);
  struct hr_slice name = hr_slice_cut(&line, ':');
  if (line.at == NULL) {
    return false; /* a headline or nothing */
  }
  if (hr_slice_is(name, "role")) {
    return hr_info_role(info, line);
  }
  if (hr_info_numbered(name, "slave")) {
    return hr_info_replica(info, line);
  }
  if (hr_info_numbered(name, "db")) {
    return hr_info_database(info, hr_slice_is(name, "db0"), line);
  }
  for (size_t i = 0; i < sizeof hr_info_keys / sizeof hr_info_keys[0]; i++) {
    if (hr_slice_is(name, hr_info_keys[i].name)) {
      return hr_info_store(info, &hr_info_keys[i], line);
    }
  }
  return false;
}

static void hr_info_defaults(struct hr_info *info) {
  assert(info != NULL);
  memset(info, 0, sizeof *info);
  info->master_port = -1;
  info->master_link_down_seconds = -1;
  info->master_last_io_seconds = -1;
  info->slave_repl_offset = -1;
  info->slave_read_repl_offset = -1;
  info->slave_read_only = true;
  info->slave_priority = 100;
  info->master_repl_offset = -1;
  info->second_repl_offset = -1;
  info->total_net_repl_input_bytes = -1;
}

bool hr_info_parse(const char *text, size_t len, struct hr_info *out) {
  assert((text != NULL || len == 0) && out != NULL);
  hr_info_defaults(out);
  bool understood = false;
  struct hr_slice rest = {text, len};
  while (rest.len > 0) {
    struct hr_slice line = hr_slice_cut(&rest, '\n');
    if (line.len > 0 && line.at[line.len - 1] == '\r') {
      line.len--;
    }
    understood |= hr_info_line(out, line);
  }
  if (out->slave_read_repl_offset < 0) {
    out->slave_read_repl_offset = out->slave_repl_offset;
  }
  return understood;
}
