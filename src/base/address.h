/*
 * The option `nodes`: how clients and servers reach the nodes of a group, and what they are called.
 * It must not know sockets or resolve names.
 *
 *   host:port   [::1]:6380   unix:/run/redis.sock   redis://user:pass@host:port/db   rediss://...
 *   host:port@announce_host:announce_port   unix:/path@announce_host:announce_port
 */
#ifndef HR_BASE_ADDRESS_H
#define HR_BASE_ADDRESS_H

#include "base/types.h"

#define HR_PORT_DEFAULT 6379

struct hr_address {
  char name[HR_NAME_MAX]; /* canonical: the announce address, else host:port, else unix:/path */
  char *host;             /* how clients dial it, lower case, no brackets; NULL: by unix_path */
  int port;               /* 0 with unix_path */
  char *unix_path;        /* absolute; NULL: by host and port */
  char *announce_host;    /* what servers are told: as announced, else host; NULL: unix_path alone,
                             no other server can reach it */
  int announce_port;
  char *username; /* from its URI; NULL: the client's */
  char *password; /* from its URI; NULL: the client's */
};

struct hr_addresses {
  size_t count;
  struct hr_address *list;
  int db; /* that the URIs name, -1: none does */
  size_t plain_uris; /* elements that say redis:// */
  size_t tls_uris;   /* elements that say rediss://: either none or all of them */
};

enum hr_address_result { HR_ADDRESS_OK, HR_ADDRESS_MALFORMED, HR_ADDRESS_NO_MEMORY };

/*
 * Parse the option. Not OK: *out is empty and needs no free, `why` (terminated when why_size > 0)
 * is a sentence that names the option, the element and the cause, passwords left out.
 */
enum hr_address_result hr_addresses_parse(const char *text, struct hr_addresses *out, char *why,
                                          size_t why_size);
void hr_addresses_free(struct hr_addresses *addresses); /* also an empty one */

/* "10.0.0.1:6379", "[::1]:6380": a name as it is written here. False when it does not fit. */
bool hr_address_name(const char *host, int port, char out[HR_NAME_MAX]);

/*
 * The group's list as servers keep it: names sorted and joined by ','. `count` names of at most
 * HR_NAME_MAX always fit. Returns the length.
 */
#define HR_NODE_LIST_MAX (HR_NODES_MAX * HR_NAME_MAX)
size_t hr_node_list_join(const char *const *names, size_t count, char out[HR_NODE_LIST_MAX]);

/* Its hash, never 0: two clients with the same list have the same one. */
uint64_t hr_node_list_hash(const char *list, size_t len);

#endif
