/*
 * What clients tell each other through the servers' pub/sub: "<client> <seq> <n>:<nonce> <node>" on
 * one of three channels. Anybody may publish there: a parse that returns false means "not heard".
 */
#ifndef HR_PROTO_GOSSIP_H
#define HR_PROTO_GOSSIP_H

#include "base/types.h"
#include "proto/record.h"

enum hr_channel {
  HR_CHANNEL_MASTER,    /* <prefix>:gossip:master: a node was promoted */
  HR_CHANNEL_HEARTBEAT, /* <prefix>:gossip:heartbeat */
  HR_CHANNEL_COUNT
};

/* prefix is valid: a programmer's error otherwise. */
void hr_channel_name(const char *prefix, enum hr_channel channel, char out[HR_KEY_MAX]);

struct hr_gossip_message {
  char client[HR_UUID_MAX];
  uint64_t seq;
  struct hr_epoch epoch;
  char node[HR_NAME_MAX]; /* a canonical name; may be one that we do not know */
};

#define HR_GOSSIP_TEXT_MAX (HR_UUID_MAX + 21 + HR_EPOCH_TEXT_MAX + HR_NAME_MAX)

/* False (and "") for a message that could not be parsed again. */
bool hr_gossip_format(const struct hr_gossip_message *message, char out[HR_GOSSIP_TEXT_MAX]);
bool hr_gossip_parse(const char *text, size_t len, struct hr_gossip_message *out);

#endif
