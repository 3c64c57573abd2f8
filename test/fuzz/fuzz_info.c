/*
 * INFO from a server that may say anything: texts stay terminated, counts stay in bounds, and the
 * same text says the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/info.h"
#include "must.h"

static void check(const struct hr_info *info) {
  MUST(memchr(info->run_id, '\0', sizeof info->run_id) != NULL);
  MUST(memchr(info->version, '\0', sizeof info->version) != NULL);
  MUST(memchr(info->config_file, '\0', sizeof info->config_file) != NULL);
  MUST(memchr(info->master_host, '\0', sizeof info->master_host) != NULL);
  MUST(memchr(info->master_replid, '\0', sizeof info->master_replid) != NULL);
  MUST(memchr(info->master_replid2, '\0', sizeof info->master_replid2) != NULL);
  MUST(info->replica_count <= HR_NODES_MAX && info->replica_count <= info->replica_lines);
  MUST(info->keys >= 0);
  for (size_t i = 0; i < info->replica_count; i++) {
    const struct hr_info_replica *replica = &info->replicas[i];
    MUST(memchr(replica->ip, '\0', sizeof replica->ip) != NULL);
    MUST(replica->port >= 0 && replica->port <= 65535);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct hr_info once, twice;
  memset(&once, 0xff, sizeof once); /* what was there before must not show through */
  bool understood = hr_info_parse((const char *)data, size, &once);
  check(&once);
  MUST(hr_info_parse((const char *)data, size, &twice) == understood);
  MUST(strcmp(once.run_id, twice.run_id) == 0 && once.keys == twice.keys);
  MUST(once.role == twice.role && once.replica_lines == twice.replica_lines);
  return 0;
}
