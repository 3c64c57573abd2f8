/*
 * What a server says of itself in INFO. Raw facts only: what they mean is decided elsewhere.
 * Unknown, malformed and overlong lines are ignored, so any text of any server may be given.
 */
#ifndef HR_PROTO_INFO_H
#define HR_PROTO_INFO_H

#include "base/types.h"

#define HR_INFO_VERSION_MAX 32
#define HR_INFO_PATH_MAX 256

enum hr_info_role { HR_INFO_ROLE_UNKNOWN, HR_INFO_ROLE_MASTER, HR_INFO_ROLE_REPLICA };

/* One slaveN line. */
struct hr_info_replica {
  char ip[HR_NAME_MAX]; /* as the replica announced it, or the address its connection came from */
  int port;             /* where it listens; 0: not told yet */
  bool online;          /* state=online */
  int64_t offset;       /* what it has acknowledged, -1 unknown */
  int64_t lag;          /* seconds since then, -1 unknown */
};

struct hr_info {
  /* server */
  char run_id[HR_RUN_ID_MAX];         /* "": not told */
  char version[HR_INFO_VERSION_MAX];  /* redis_version */
  char config_file[HR_INFO_PATH_MAX]; /* "": started without a file */
  int64_t tcp_port;                   /* 0: none or not told */
  /* clients */
  int64_t connected_clients; /* replicas left out; 0: not told */
  /* persistence */
  bool loading;
  bool async_loading;
  /* replication */
  enum hr_info_role role;
  char master_host[HR_NAME_MAX]; /* "": none */
  int64_t master_port;           /* -1: not told; 0 is a seal */
  bool master_link_up;
  int64_t master_link_down_seconds; /* -1: never was up, or not told (it is up, or a master) */
  int64_t master_last_io_seconds;   /* -1 unknown */
  bool master_sync_in_progress;
  int64_t slave_repl_offset;      /* applied; -1: not told */
  int64_t slave_read_repl_offset; /* read; servers that do not say: as slave_repl_offset */
  bool slave_read_only;           /* true when not told */
  int64_t slave_priority;         /* 100 when not told */
  char master_replid[HR_RUN_ID_MAX];
  char master_replid2[HR_RUN_ID_MAX];
  int64_t master_repl_offset; /* -1: not told */
  int64_t second_repl_offset; /* -1: never */
  bool repl_backlog_active;
  int64_t repl_backlog_size, repl_backlog_histlen; /* 0: none, or not told */
  int64_t repl_backlog_first_byte_offset;          /* the same */
  int64_t connected_slaves;   /* the server's own count */
  size_t replica_lines;       /* slaveN lines seen; only the first HR_NODES_MAX are kept */
  size_t replica_count;       /* valid in `replicas` */
  struct hr_info_replica replicas[HR_NODES_MAX];
  /* stats */
  int64_t total_net_repl_input_bytes; /* copies and streams; -1: not told (before 7.0) */
  /* keyspace */
  int64_t keys;        /* in all databases; keys that have expired but are not deleted count, too */
  int64_t keys_of_0;   /* in database 0 */
  int64_t expires_of_0; /* ... those that have a time to live, or had one */
};

/* True when at least one line was understood; *out is filled with defaults in any case. */
bool hr_info_parse(const char *text, size_t len, struct hr_info *out);

#endif
