/*
 * Everything of ours that is read back from servers, where anybody may have written: gossip lines,
 * channels, locks, promises, lineages, seals. What is accepted can be written again, and reads the
 * same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/gossip.h"
#include "proto/record.h"
#include "must.h"

static void gossip(const char *text, size_t len) {
  struct hr_gossip_message heard, again;
  char out[HR_GOSSIP_TEXT_MAX];
  if (!hr_gossip_parse(text, len, &heard)) {
    return;
  }
  MUST(hr_gossip_format(&heard, out));
  MUST(hr_gossip_parse(out, strlen(out), &again));
  MUST(strcmp(heard.client, again.client) == 0 && strcmp(heard.node, again.node) == 0);
  MUST(heard.seq == again.seq && hr_epoch_compare(&heard.epoch, &again.epoch) == 0);
}

/* Of these one value has one text. */
static void records(const char *text, size_t len) {
  struct hr_epoch epoch;
  struct hr_lock lock;
  struct hr_lineage lineage;
  char out[HR_LINEAGE_TEXT_MAX];
  if (hr_epoch_parse(text, len, &epoch)) {
    MUST(hr_epoch_format(&epoch, out));
    MUST(strlen(out) == len && memcmp(out, text, len) == 0);
  }
  if (hr_lock_parse(text, len, &lock)) {
    MUST(hr_lock_format(&lock, out));
    MUST(strlen(out) == len && memcmp(out, text, len) == 0);
  }
  if (hr_lineage_parse(text, len, &lineage)) {
    MUST(hr_lineage_format(&lineage, out));
    MUST(strlen(out) == len && memcmp(out, text, len) == 0);
  }
}

static void words(const char *text, size_t len) {
  uint64_t number = 0;
  char host[64];
  if (hr_opcounter_parse(text, len, &number)) {
    MUST(number <= INT64_MAX);
  }
  snprintf(host, sizeof host, "%.*s", (int)(len < sizeof host ? len : sizeof host - 1), text);
  if (hr_seal_parse(host, 0, &number)) {
    MUST(number <= 65535);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  gossip(text, size);
  records(text, size);
  words(text, size);
  return 0;
}
