/*
 * The list of nodes without the database that its URIs may name: at the prompt SELECT chooses it.
 */
#include "repl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where "/3" begins in "redis://host:port/3" of this length; the length, if there is none. */
static size_t path_of(const char *node, size_t length) {
  size_t blank = strspn(node, " \t\n");
  if (blank >= length || strncasecmp(node + blank, "redis", 5) != 0) return length;
  const char *host = strstr(node, "://");
  if (host == NULL || host >= node + length) return length;
  size_t at = (size_t)(host + 3 - node);
  while (at < length && node[at] != '/') at++;
  return at;
}

char *cli_nodes_without_db(const char *nodes, int *db) {
  char *list = malloc(strlen(nodes) + 1), *to = list;
  while (list != NULL && *nodes != '\0') {
    size_t length = strcspn(nodes, ","), path = path_of(nodes, length);
    if (path + 1 < length) {
      long number = strtol(nodes + path + 1, NULL, 10);
      *db = number < 0 || number > INT_MAX ? -1 : (int)number; /* which is refused by name */
    }
    memcpy(to, nodes, path);
    to += path;
    nodes += length;
    if (*nodes == ',') *to++ = *nodes++;
  }
  if (list != NULL) *to = '\0';
  return list;
}
