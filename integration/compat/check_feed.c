/* The feed on real servers: subscriptions beside the gossip, and marks that only a master takes. */
#include <stdio.h>
#include <string.h>

#include "checks.h"
#include "io/driver.h"
#include "stage.h"

static bool feed_is_up(int node) {
  return hr_driver_feed_is_up(stage.driver, node);
}

static int heard_before, answered_before;

static bool mark_is_heard(int node) {
  return stage.feed[node].messages > heard_before;
}

static bool is_answered(int node) {
  return stage.feed[node].answers > answered_before;
}

static void listen_for_marks(int node) {
  const char *argv[] = {"SUBSCRIBE", hr_driver_feed_channel(stage.driver)};
  answered_before = stage.feed[node].answers;
  check(until(feed_is_up, node, 2000), "node %d takes subscriptions", node);
  check(hr_driver_feed_send(stage.driver, node, 41, 2, argv, NULL) == 0 &&
            until(is_answered, node, 500) && stage.feed[node].serial == 41 &&
            stage.feed[node].refused == 0,
        "and confirms that of our marks");
}

static bool mark(int node, const char *payload) {
  heard_before = stage.feed[node].messages;
  return hr_driver_feed_mark(stage.driver, node, hr_driver_feed_channel(stage.driver), payload) &&
         until(mark_is_heard, node, 300) && strcmp(stage.feed[node].payload, payload) == 0;
}

void check_feed(void) {
  char text[64];
  listen_for_marks(0);
  check(mark(0, "first"), "a mark is heard");
  int downs = stage.feed[0].downs, ups = stage.feed[0].ups;
  reply_text(0, text, sizeof text, "CLIENT KILL TYPE pubsub");
  idle(100);
  check(stage.feed[0].downs == downs + 1 && stage.feed[0].ups == ups + 1,
        "a link that was closed is told down and up again");
  listen_for_marks(0);
  check(mark(0, "second"), "and hears marks again");
  const char *ping[] = {"PING"};
  answered_before = stage.feed[0].answers;
  check(hr_driver_feed_send(stage.driver, 0, 42, 1, ping, NULL) == 0 &&
            until(is_answered, 0, 500) && stage.feed[0].serial == 42,
        "a PING among subscriptions is answered");
}

/* Node 1 follows node 0 by now. */
void check_feed_of_a_replica(void) {
  listen_for_marks(0);
  listen_for_marks(1);
  check(!mark(1, "third") && stage.feed[1].messages == heard_before,
        "a replica refuses a mark: its own subscribers do not hear it");
  check(until(is_linked, 1, 3000), "it is fed");
  int before = stage.feed[1].messages;
  check(mark(0, "fourth"), "the master takes one");
  heard_before = before;
  check(until(mark_is_heard, 1, 1000) && strcmp(stage.feed[1].payload, "fourth") == 0,
        "and those of the replica hear it");
}
