/*
 * The names of nodes, one by one and as the list that a group keeps.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/hash.h"

bool hr_address_name(const char *host, int port, char out[HR_NAME_MAX]) {
  assert(host != NULL && out != NULL && port >= 0 && port <= 65535);
  bool brackets = strchr(host, ':') != NULL;
  int len =
      snprintf(out, HR_NAME_MAX, "%s%s%s:%d", brackets ? "[" : "", host, brackets ? "]" : "", port);
  if (len > 0 && len < HR_NAME_MAX) {
    return true;
  }
  out[0] = '\0';
  return false;
}

size_t hr_node_list_join(const char *const *names, size_t count, char out[HR_NODE_LIST_MAX]) {
  assert(names != NULL && count <= HR_NODES_MAX && out != NULL);
  const char *sorted[HR_NODES_MAX] = {NULL};
  for (size_t i = 0; i < count; i++) {
    size_t place = i;
    for (; place > 0 && strcmp(sorted[place - 1], names[i]) > 0; place--) {
      sorted[place] = sorted[place - 1];
    }
    sorted[place] = names[i];
  }
  size_t len = 0;
  for (size_t i = 0; i < count; i++) {
    size_t name_len = strlen(sorted[i]);
    assert(name_len < HR_NAME_MAX);
    if (i > 0) {
      out[len++] = ',';
    }
    memcpy(out + len, sorted[i], name_len);
    len += name_len;
  }
  out[len] = '\0';
  return len;
}

uint64_t hr_node_list_hash(const char *list, size_t len) {
  assert(list != NULL || len == 0);
  uint64_t hash = hr_hash(list, len);
  return hash != 0 ? hash : 1; /* 0 means: there is no list */
}
