/* See sub_kit.h. */
#include "sub_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char sub_heard[65536];
struct sub_told sub_told;
static int sub_marks; /* that sub_serve() has seen */

static void sub_on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  switch (event->kind) {
    case HAREDIS_EVENT_SUBSCRIBED:
      sub_told.subscribed++;
      sub_told.count = event->count;
      snprintf(sub_told.node, sizeof(sub_told.node), "%s", event->node);
      break;
    case HAREDIS_EVENT_SUBSCRIPTION_GAP:
      sub_told.gaps++;
      sub_told.gap_from_ms = event->gap_from_ms;
      sub_told.gap_until_ms = event->gap_until_ms;
      break;
    case HAREDIS_EVENT_WARNING:
      sub_told.warnings++;
      snprintf(sub_told.warned, sizeof(sub_told.warned), "%s", event->text);
      break;
    case HAREDIS_EVENT_CLOSED:
      sub_told.closed++;
      break;
    case HAREDIS_EVENT_DRAINED:
      sub_told.drained++;
      break;
    default:
      break;
  }
}

static void sub_prepare(void) {
  kit_begin();
  sub_forget();
  sub_marks = 0;
  kit.options.on_event = sub_on_event;
  kit.topology.sub_node = 1;
}

static void sub_start(void) {
  kit_master(0);
  for (int node = 0; node < KIT_NODES; node++) {
    kit_feed_up(node);
  }
}

void sub_begin(void) {
  sub_prepare();
  kit_connect();
  sub_start();
}

void sub_begin_blocking(void) {
  sub_prepare();
  kit_connect_blocking();
  assert_int_equal(haredis_run(kit.c, 0), HAREDIS_OK);
  sub_start();
}

void sub_on_message(haredis_client *c, const struct haredis_message *message, void *data) {
  (void)c;
  size_t used = strlen(sub_heard);
  assert_int_equal(message->payload[message->payload_len], '\0');
  assert_int_equal(message->channel[message->channel_len], '\0');
  snprintf(sub_heard + used, sizeof(sub_heard) - used, "%s:%s ", (const char *)data,
           message->payload);
}

haredis_subscription *sub(const char *channel, const char *data) {
  haredis_subscription *s =
      haredis_subscribe(kit.c, channel, sub_on_message, (void *)(uintptr_t)data);
  assert_non_null(s);
  return s;
}

static void sub_turn(void) {
  if (kit.c->own_ev != NULL) {
    haredis_run(kit.c, 0);
  } else {
    kit_turn(0);
  }
}

void sub_serve(int node) {
  for (int quiet = 0; quiet < 3; quiet++) {
    sub_turn();
    for (int i = 0; i < KIT_NODES; i++) {
      quiet = kit_feed_answer_all(i) > 0 ? 0 : quiet;
    }
    if (kit.marks > sub_marks) {
      sub_marks = kit.marks;
      kit_feed_mark_heard(node);
      quiet = 0;
    }
  }
}

void sub_belongs(int node) {
  kit.topology.sub_node = node;
  kit_publish();
}

void sub_say(int node, const char *channel, const char *payload) {
  kit_feed_say(node, 'm', NULL, channel, payload);
}

void sub_forget(void) {
  sub_heard[0] = '\0';
  memset(&sub_told, 0, sizeof(sub_told));
}

bool sub_settled(void) {
  return hr_subs_settled_at(kit.c, INT64_MAX);
}

/* ---- the wire ---- */

bool sub_wire[KIT_NODES][SUB_NAMES];
size_t sub_wire_count[KIT_NODES], sub_longest_names, sub_longest_bytes;
static size_t sub_played;

static void sub_play_command(const struct kit_feed_sent *sent) {
  bool adds = strncmp(sent->text, "SUBSCRIBE ", 10) == 0;
  if (!adds && strncmp(sent->text, "UNSUBSCRIBE ", 12) != 0) {
    return;
  }
  size_t names = 0, bytes = 0;
  for (const char *at = strchr(sent->text, ' '); at != NULL; at = strchr(at + 1, ' ')) {
    char *end;
    long name = strtol(at + 1, &end, 10);
    names++;
    bytes += strcspn(at + 1, " ");
    if (end == at + 1) {
      continue; /* the channel of the marks */
    }
    bool *is = &sub_wire[sent->node][name];
    sub_wire_count[sent->node] += (size_t)adds - (size_t)*is;
    *is = adds;
  }
  sub_longest_names = names > sub_longest_names ? names : sub_longest_names;
  sub_longest_bytes = bytes > sub_longest_bytes ? bytes : sub_longest_bytes;
}

void sub_wire_play(void) {
  for (; sub_played < kit.feed_sent_count; sub_played++) {
    sub_play_command(&kit.feed_sent[sub_played]);
  }
}

void sub_wire_begin(void) {
  memset(sub_wire, 0, sizeof(sub_wire));
  memset(sub_wire_count, 0, sizeof(sub_wire_count));
  sub_longest_names = sub_longest_bytes = sub_played = 0;
}

haredis_subscription *sub_number(int number) {
  char name[16];
  snprintf(name, sizeof(name), "%d", number);
  return sub(name, "x");
}
