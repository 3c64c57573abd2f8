/*
 * Gossip lines. As strict as the records: what we would not have said was not said by us.
 */
#include "proto/gossip.h"

#include <assert.h>
#include <stdio.h>

#include "base/text.h"

static const char *const hr_channel_words[HR_CHANNEL_COUNT] = {
    [HR_CHANNEL_MASTER] = "master",
    [HR_CHANNEL_HEARTBEAT] = "heartbeat",
};

void hr_channel_name(const char *prefix, enum hr_channel channel, char out[HR_KEY_MAX]) {
  assert(hr_prefix_valid(prefix) && channel < HR_CHANNEL_COUNT && out != NULL);
  int len = snprintf(out, HR_KEY_MAX, "%s:gossip:%s", prefix, hr_channel_words[channel]);
  assert(len > 0 && len < HR_KEY_MAX);
  (void)len;
}

bool hr_gossip_format(const struct hr_gossip_message *message, char out[HR_GOSSIP_TEXT_MAX]) {
  assert(message != NULL && out != NULL);
  char epoch[HR_EPOCH_TEXT_MAX];
  out[0] = '\0';
  if (!hr_epoch_format(&message->epoch, epoch) || !hr_client_valid(message->client) ||
      !hr_node_name_valid(message->node)) {
    return false;
  }
  int len = snprintf(out, HR_GOSSIP_TEXT_MAX, "%s %llu %s %s", message->client,
                     (unsigned long long)message->seq, epoch, message->node);
  return len > 0 && len < HR_GOSSIP_TEXT_MAX;
}

bool hr_gossip_parse(const char *text, size_t len, struct hr_gossip_message *out) {
  assert((text != NULL || len == 0) && out != NULL);
  struct hr_gossip_message message;
  struct hr_slice rest = {text, len};
  struct hr_slice client = hr_slice_cut(&rest, ' ');
  struct hr_slice seq = hr_slice_cut(&rest, ' ');
  struct hr_slice epoch = hr_slice_cut(&rest, ' ');
  if (!hr_slice_copy(client, message.client, sizeof message.client) ||
      !hr_client_valid(message.client)) {
    return false;
  }
  if (!hr_slice_uint(seq, UINT64_MAX, &message.seq) ||
      !hr_epoch_parse(epoch.at, epoch.len, &message.epoch)) {
    return false;
  }
  if (!hr_slice_copy(rest, message.node, sizeof message.node) ||
      !hr_node_name_valid(message.node)) {
    return false;
  }
  *out = message;
  return true;
}
