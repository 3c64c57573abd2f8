/*
 * The keys that haredis keeps on the servers and the text of their values. Whatever is read back
 * may have been written by anybody: a parse that returns false means "as if the key were absent".
 *
 *   haredis:lock:<run id>     <n>:<nonce>:<client>            who may change this node's role
 *   haredis:node              hash, what processes of servers noted of themselves:
 *     promise:<run id>        <n>:<nonce>                     no change under a lower epoch
 *     file:<run id>           1                               its config file starts it sealed
 *     ours                    1                               this key is not the users'
 *   <prefix>:group            hash: epoch, opcounter, uuid, nodes, durable; forks:
 *                             <n>:<nonce>=<opcounter>,... the last epochs before this one, the
 *                             newest first, and how many writes were counted when each was left;
 *                             planned: <n>:<nonce> of the master that had given it everything
 *                             before, 0 when none had
 *                             epoch is <n>:<nonce>:<node>:<run id>
 *
 * Locks, promises and file marks are per server, whatever the prefix: a server follows one master.
 */
#ifndef HR_PROTO_RECORD_H
#define HR_PROTO_RECORD_H

#include "base/types.h"

#define HR_PREFIX_MAX 65 /* an option: 64 bytes and the terminator */
#define HR_KEY_LOCK "haredis:lock" /* ":<run id>" follows */
#define HR_KEY_MAX 96    /* every key and channel of ours, terminator included */
#define HR_EPOCH_N_MAX UINT64_C(1000000000000000) /* a larger n is somebody's garbage */
#define HR_EPOCH_TEXT_MAX 32
#define HR_LOCK_TEXT_MAX 80
#define HR_LINEAGE_TEXT_MAX (HR_EPOCH_TEXT_MAX + HR_NAME_MAX + HR_RUN_ID_MAX)
#define HR_FORKS_TEXT_MAX (HR_FORKS_MAX * (HR_EPOCH_TEXT_MAX + 22))
#define HR_SEAL_TEXT_MAX 16 /* "127.255.255.255" */

/* May `prefix` be the first word of our keys? 1 to 64 printable characters without blanks. */
bool hr_prefix_valid(const char *prefix);

/* Key names. run_id and prefix are valid: a programmer's error otherwise. */
void hr_key_lock(const char *run_id, char out[HR_KEY_MAX]);
/* Fields of haredis:node. */
void hr_key_promise(const char *run_id, char out[HR_KEY_MAX]);
void hr_key_file(const char *run_id, char out[HR_KEY_MAX]);
void hr_key_group(const char *prefix, char out[HR_KEY_MAX]);
void hr_key_none(const char *prefix, char out[HR_KEY_MAX]); /* <prefix>:none, which never is */

/* Is it haredis:node or the lock of a server? Not the group's, which has a prefix. */
bool hr_key_is_ours(const char *key, size_t len);

/* What may stand in our texts: a run id of 1 to 40 letters and digits, a client of 1 to 36
 * printable characters without blanks, a node name of 1 to 127 printable characters. */
bool hr_run_id_valid(const char *run_id);
bool hr_client_valid(const char *client);
bool hr_node_name_valid(const char *name);

/* A promise, or an epoch inside another text: "<n>:<nonce>", n from 1 to HR_EPOCH_N_MAX. Formats
 * return false (and "") for an epoch that could not be parsed again. */
bool hr_epoch_format(const struct hr_epoch *epoch, char out[HR_EPOCH_TEXT_MAX]);
bool hr_epoch_parse(const char *text, size_t len, struct hr_epoch *out);

/* A lock. */
struct hr_lock {
  struct hr_epoch epoch;
  char client[HR_UUID_MAX];
};
bool hr_lock_format(const struct hr_lock *lock, char out[HR_LOCK_TEXT_MAX]);
bool hr_lock_parse(const char *text, size_t len, struct hr_lock *out);

/* The field `epoch` of the group record: which history the data belongs to. */
struct hr_lineage {
  struct hr_epoch epoch;
  char node[HR_NAME_MAX]; /* may hold colons: n stands first, nonce second, run id last */
  char run_id[HR_RUN_ID_MAX];
};
bool hr_lineage_format(const struct hr_lineage *lineage, char out[HR_LINEAGE_TEXT_MAX]);
bool hr_lineage_parse(const char *text, size_t len, struct hr_lineage *out);

/* The field `forks`. A list that is not whole is absent. */
void hr_forks_format(const struct hr_fork forks[HR_FORKS_MAX], char out[HR_FORKS_TEXT_MAX]);
bool hr_forks_parse(const char *text, size_t len, struct hr_fork out[HR_FORKS_MAX]);

/* The field `opcounter`: digits alone. */
bool hr_opcounter_parse(const char *text, size_t len, uint64_t *out);

/*
 * A seal is the address of a master that cannot exist: 127.x.y.z, port 0. x and y are bits 15..8
 * and 7..0 of n (65535 for all larger), z tells clients apart for people.
 */
void hr_seal_format(uint64_t n, const char *client, char out[HR_SEAL_TEXT_MAX]);
/* Is host:port a seal? *n: 0 for one that was set by hand, as in --replicaof 127.0.0.1 0. */
bool hr_seal_parse(const char *host, int64_t port, uint64_t *n);

#endif
