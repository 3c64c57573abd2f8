/*
 * The feed of the fake control plane: what the client sends there is kept, and a test says what the
 * nodes answer. See client_kit.h.
 */
#include "client_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool kit_on_feed_is_denied(const struct hr_driver *driver, int node) {
  (void)driver;
  return kit.feed_denied[node];
}

bool kit_on_feed_is_up(const struct hr_driver *driver, int node) {
  (void)driver;
  return kit.feed_up[node];
}

int kit_on_feed_send(struct hr_driver *driver, int node, uint32_t serial, int argc,
                         const char *const *argv, const size_t *argvlen) {
  (void)driver;
  if (!kit.feed_up[node] || kit.feed_full) {
    return -1;
  }
  size_t len = 0, size = 1;
  for (int i = 0; i < argc; i++) {
    size += (argvlen != NULL ? argvlen[i] : strlen(argv[i])) + 1;
  }
  struct kit_feed_sent sent = {.node = node, .serial = serial, .text = malloc(size)};
  for (int i = 0; i < argc; i++) {
    size_t one = argvlen != NULL ? argvlen[i] : strlen(argv[i]);
    memcpy(sent.text + len, " ", 1);
    len += i > 0;
    memcpy(sent.text + len, argv[i], one);
    len += one;
  }
  sent.text[len] = '\0';
  kit.feed_sent = realloc(kit.feed_sent, (kit.feed_sent_count + 1) * sizeof(sent));
  kit.feed_sent[kit.feed_sent_count++] = sent;
  return 0;
}

bool kit_on_feed_mark(struct hr_driver *driver, int node, const char *channel,
                          const char *payload) {
  (void)driver;
  if (kit.feed_paused) {
    return false;
  }
  kit.marks++;
  kit.mark_node = node;
  snprintf(kit.mark_channel, sizeof(kit.mark_channel), "%s", channel);
  snprintf(kit.mark, sizeof(kit.mark), "%s", payload);
  return true;
}

int64_t kit_on_behind(const struct hr_driver *driver, int node) {
  (void)driver;
  return kit.behind[node];
}

hr_msec kit_on_since(const struct hr_driver *driver, int node) {
  (void)driver;
  return kit.since[node];
}

const char *kit_on_feed_channel(const struct hr_driver *driver) {
  (void)driver;
  return "haredis:mark:kit";
}

const char *kit_on_feed_refused(const struct hr_driver *driver, int node, size_t *len) {
  (void)driver;
  (void)node;
  *len = kit.feed_refused_len;
  return kit.feed_refused;
}

/* The command as RESP. Words are parted by blanks. */
static void kit_feed_refuse(const char *text) {
  size_t words = 1;
  for (const char *at = text; *at != '\0'; at++) {
    words += *at == ' ';
  }
  kit.feed_refused = realloc(kit.feed_refused, strlen(text) + 16 * (words + 1));
  kit.feed_refused_len = (size_t)sprintf(kit.feed_refused, "*%zu\r\n", words);
  for (size_t word; words > 0; words--, text += word + 1) {
    word = strcspn(text, " ");
    kit.feed_refused_len += (size_t)sprintf(kit.feed_refused + kit.feed_refused_len,
                                            "$%zu\r\n%.*s\r\n", word, (int)word, text);
  }
}

void kit_feed_up(int node) {
  assert_false(kit.feed_up[node]);
  kit.feed_up[node] = true;
  kit.hooks->feed_up(node, kit.owner);
}

void kit_feed_down(int node) {
  assert_true(kit.feed_up[node]);
  kit.feed_up[node] = false;
  for (size_t i = 0; i < kit.feed_sent_count; i++) {
    kit.feed_sent[i].over |= kit.feed_sent[i].node == node;
  }
  kit.hooks->feed_down(node, kit.owner);
}

int kit_feed_answer(int node, const char *error) {
  for (size_t i = 0; i < kit.feed_sent_count; i++) {
    struct kit_feed_sent *sent = &kit.feed_sent[i];
    if (sent->node == node && !sent->over) {
      sent->over = true;
      if (error != NULL) {
        kit_feed_refuse(sent->text);
      }
      kit.hooks->feed_answer(node, sent->serial, error, kit.owner);
      return 1;
    }
  }
  return 0;
}

int kit_feed_answer_all(int node) {
  int count = 0;
  while (!kit.over && kit_feed_answer(node, NULL) > 0) {
    count++;
  }
  return count;
}

void kit_feed_say(int node, char kind, const char *pattern, const char *channel,
                  const char *payload) {
  struct hr_link_message message = {
      .kind = kind, .pattern = pattern, .channel = channel, .payload = payload};
  message.pattern_len = pattern != NULL ? strlen(pattern) : 0;
  message.channel_len = strlen(channel);
  message.payload_len = strlen(payload);
  kit.hooks->feed_message(node, &message, kit.owner);
}

void kit_feed_mark_heard(int node) {
  assert_true(kit.marks > 0);
  kit_feed_say(node, 'm', NULL, kit.mark_channel, kit.mark);
}

void kit_feed_beat(int node, uint64_t seq) {
  struct hr_gossip beat = {.kind = HR_GOSSIP_HEARTBEAT, .seq = seq};
  snprintf(beat.client, sizeof(beat.client), "kit");
  beat.epoch = kit.topology.epoch;
  beat.node = kit.topology.master;
  kit.hooks->feed_beat(node, &beat, kit.owner);
}

size_t kit_feed_count(int node, const char *prefix) {
  size_t count = 0;
  for (size_t i = 0; i < kit.feed_sent_count; i++) {
    count += kit.feed_sent[i].node == node &&
             strncmp(kit.feed_sent[i].text, prefix, strlen(prefix)) == 0;
  }
  return count;
}

bool kit_feed_saw(int node, const char *command) {
  for (size_t i = 0; i < kit.feed_sent_count; i++) {
    if (kit.feed_sent[i].node == node && strcmp(kit.feed_sent[i].text, command) == 0) {
      return true;
    }
  }
  return false;
}

void kit_feed_forget(void) {
  size_t kept = 0;
  for (size_t i = 0; i < kit.feed_sent_count; i++) {
    if (kit.feed_sent[i].over) {
      free(kit.feed_sent[i].text);
    } else {
      kit.feed_sent[kept++] = kit.feed_sent[i];
    }
  }
  kit.feed_sent_count = kept;
}

void kit_feed_end(void) {
  for (size_t i = 0; i < kit.feed_sent_count; i++) {
    free(kit.feed_sent[i].text);
  }
  free(kit.feed_sent);
  free(kit.feed_refused);
}
