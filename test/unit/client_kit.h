/*
 * A client with its data plane as it ships, a control plane that the test plays, and RESP servers
 * on the same loop that do only what the test says. No second process.
 */
#ifndef TEST_CLIENT_KIT_H
#define TEST_CLIENT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above */
#include <cmocka.h>
#include <ev.h>

#include "client/client.h"

#define KIT_NODES 3
#define KIT_SEEN_MAX 4096
#define KIT_REPLY_MAX 4096

/* One listening server. Commands arrive as "SET a 1"; the rule answers, or the default does. */
struct kit_server;
/* What to answer to a command; "": not yet, NULL: what the default says. */
typedef const char *kit_rule_fn(struct kit_server *server, int argc, char **argv);
struct kit_server {
  struct ev_loop *ev;
  ev_io listen;
  int port;
  bool silent;            /* swallow: answers nothing until kit_server_speak() */
  struct kit_peer *peers, *last;
  char *seen[KIT_SEEN_MAX];
  size_t seen_count;
  kit_rule_fn *rule;      /* NULL: the default for everything */
  bool pings;             /* the rule is asked about PINGs, too */
  void *state;
};

/* One command on the pub/sub link of a node: "SUBSCRIBE a b". */
struct kit_feed_sent {
  int node;
  uint32_t serial;
  bool over; /* answered, or lost */
  char *text;
};

struct kit {
  struct ev_loop *ev;
  struct kit_server servers[KIT_NODES];
  haredis_options options;
  char nodes[160];
  haredis_client *c;
  /* the control plane */
  const struct hr_driver_hooks *hooks;
  void *owner;
  struct hr_driver_config config;
  struct hr_topology topology;
  int made, started, freed, hints, hinted, durables, reads;
  uint64_t writes_told;
  uint32_t next_op;
  bool close_on_hint;     /* the core has the node's links closed while it is being told */
  bool done_at_once;      /* requests are refused while they are being asked */
  struct hr_record_text record;
  bool works; /* a takeover is under way */
  bool mends; /* a node is about to be mended */
  void (*on_look)(void); /* called whenever the client asks for one of these */
  bool no_record;
  int64_t behind[KIT_NODES]; /* bytes */
  hr_msec since[KIT_NODES]; /* since when the node's control link is up; 0: it is not */
  /* the feed, see below */
  bool feed_up[KIT_NODES], feed_denied[KIT_NODES];
  struct kit_feed_sent *feed_sent; /* whatever was sent, answered or not */
  size_t feed_sent_count;
  char *feed_refused;     /* RESP of the command that is being refused */
  size_t feed_refused_len;
  bool feed_full;         /* no memory: feed_send refuses */
  bool feed_paused;       /* feed_mark refuses */
  int marks;              /* published; the last one: */
  int mark_node;
  char mark_channel[128], mark[128];
  bool over;
  bool abandoned;         /* the loop is gone */
};

/* The test's one kit; control functions have no other way to it. */
extern struct kit kit;

void kit_begin(void);     /* loop and servers; options are defaults: to be changed from here */
void kit_connect(void);
haredis_client *kit_try_connect(void); /* as kit_connect, but it may fail: NULL */
/* The loop belongs to the client then. Its loop works while haredis_disconnect() drains, so the
 * servers live on it until they are abandoned with it. */
void kit_connect_blocking(void);
void kit_disconnect_blocking(void);
void kit_end(void);       /* frees what is left, asserts that the client's driver was freed */
/* The same as cmocka calls it. */
int kit_setup(void **state);
int kit_teardown(void **state);
void kit_connect_to(int master); /* until commands go straight there */

/* Publish. kit_master also fills a durable topology with epoch n. */
void kit_publish(void);
void kit_master(int node);
void kit_pause(enum hr_pause pause);

/* The feed as the driver would tell it. Down: what was not answered never will be. */
void kit_feed_up(int node);
void kit_feed_down(int node);
/* Answer the oldest that waits (error NULL: in force); all that wait. How many there were. */
int kit_feed_answer(int node, const char *error);
int kit_feed_answer_all(int node);
/* A message: kind 'm', 'p' (with its pattern) or 's'; the last mark; a heartbeat. */
void kit_feed_say(int node, char kind, const char *pattern, const char *channel,
                  const char *payload);
void kit_feed_mark_heard(int node);
void kit_feed_beat(int node, uint64_t seq); /* of the present epoch */
/* What was sent there and begins like this; whether exactly this was. */
size_t kit_feed_count(int node, const char *prefix);
bool kit_feed_saw(int node, const char *command);
void kit_feed_forget(void); /* what was sent and is over */
/* The control plane's side of it. */
const char *kit_on_feed_refused(const struct hr_driver *driver, int node, size_t *len);
bool kit_on_feed_is_denied(const struct hr_driver *driver, int node);
bool kit_on_feed_is_up(const struct hr_driver *driver, int node);
int kit_on_feed_send(struct hr_driver *driver, int node, uint32_t serial, int argc,
                     const char *const *argv, const size_t *argvlen);
bool kit_on_feed_mark(struct hr_driver *driver, int node, const char *channel,
                      const char *payload);
const char *kit_on_feed_channel(const struct hr_driver *driver);
hr_msec kit_on_since(const struct hr_driver *driver, int node);
int64_t kit_on_behind(const struct hr_driver *driver, int node);
void kit_feed_end(void);

void kit_check_metrics(void); /* of a client that lives: its counts add up */

void kit_turn(int ms);    /* let the loop work for so long */
void kit_until_ready(void); /* until commands go straight to a link */
/* Until *what >= value, at most a second; fails the test otherwise. */
void kit_until(const int *what, int value);
void kit_until_seen(int node, size_t count);
void kit_until_saw(int node, const char *command);

void kit_server_start(struct kit_server *server, struct ev_loop *ev, int port);
void kit_server_stop(struct kit_server *server);  /* closes everything: a crash */
void kit_server_cut(struct kit_server *server);   /* closes the connections, listens on */
void kit_server_speak(struct kit_server *server); /* answer what was swallowed, and from now on */
void kit_server_say(struct kit_server *server, const char *bytes); /* raw, to every peer */
void kit_server_tell(struct kit_server *server, const char *bytes);  /* raw, to who listens */
/* Raw, to who spoke last, PINGs apart. */
void kit_server_reply(struct kit_server *server, const char *bytes);
/* Who spoke last, also for the rule that is asked; 0: it is gone. */
unsigned kit_server_speaker(const struct kit_server *server);
bool kit_server_say_to(struct kit_server *server, unsigned id, const char *bytes); /* false: gone */
void kit_server_deafen(struct kit_server *server); /* reads no more: its sockets fill up */
void kit_server_forget(struct kit_server *server);
/* Commands seen, without the handshake's CLIENT SETNAME and our HINCRBYs. */
size_t kit_server_count(const struct kit_server *server, const char *prefix);
bool kit_server_saw(const struct kit_server *server, const char *command);

void kit_rule(kit_rule_fn *rule); /* of all servers */
const char *kit_big(void); /* 256 KiB: a few of these are more than a socket takes */
/* So many allocations succeed from here on; -1: all again, as after kit_end(). */
void kit_memory(int allocations);
const char *kit_block(struct kit_server *server, int argc, char **argv); /* what blocks is held */
const char *kit_bulk(const char *text); /* as a reply; until the next one is made */

/* What a callback got. */
struct kit_answer {
  int count;              /* how often it was called */
  int code;
  int type;               /* of the reply, 0: none */
  long long integer;
  char text[256];         /* reply's or error's */
  int order;              /* among all answers of this test */
};
void kit_on_reply(haredis_client *c, struct redisReply *reply, void *data);
extern int kit_order;

/* A printf-like command that is accepted, and counted in the answer. */
#define kit_submit(answer, ...)                                                       \
  assert_int_equal(haredis_async_command(kit.c, kit_on_reply, (answer), __VA_ARGS__), \
                   HAREDIS_OK)

#define assert_answered(a, c) \
  do {                        \
    assert_int_equal((a).count, 1); \
    assert_int_equal((a).code, (c)); \
  } while (0)

#endif
