/*
 * Subscribing clients: handlers that write down what they hear, events that are counted, and a
 * server side that says yes to everything.
 */
#ifndef TEST_SUB_KIT_H
#define TEST_SUB_KIT_H

#include "client_kit.h"
#include "client/subscribe.h"

/* What handlers have heard, in order: "a:1 b:2 ", the data of the handle before the colon. */
extern char sub_heard[65536];
/* What was told: how often, and the last. */
struct sub_told {
  int subscribed, gaps, warnings, closed, drained;
  long long count;
  char node[128], warned[256];
  int64_t gap_from_ms, gap_until_ms;
};
extern struct sub_told sub_told;

/* A client whose master is node 0, subscriptions belong on node 1, and all links are up. */
void sub_begin(void);
void sub_begin_blocking(void);
void sub_on_message(haredis_client *c, const struct haredis_message *message, void *data);
haredis_subscription *sub(const char *channel, const char *data);
/* The servers answer, marks are heard on `node`, until nothing more is asked. */
void sub_serve(int node);
void sub_belongs(int node); /* the topology says so now */
void sub_say(int node, const char *channel, const char *payload);
void sub_forget(void); /* what was heard and told */
bool sub_settled(void); /* all that was asked for */

/* What SUBSCRIBE and UNSUBSCRIBE have left on each node, where names are numbers. */
#define SUB_NAMES 40000
extern bool sub_wire[KIT_NODES][SUB_NAMES];
extern size_t sub_wire_count[KIT_NODES];
extern size_t sub_longest_names, sub_longest_bytes; /* in one command */
void sub_wire_begin(void);
void sub_wire_play(void); /* what was sent since */
haredis_subscription *sub_number(int number);

#define assert_heard(text) assert_string_equal(sub_heard, text)

#endif
