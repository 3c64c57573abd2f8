/*
 * One connection to one Redis server: dial (hiredis, names resolved in a thread, several addresses
 * tried), handshake (AUTH, SELECT, CLIENT SETNAME), a FIFO of encoded commands, a ring of requests,
 * replies parsed in place.
 *
 * The FIFO keeps the bytes of a request until it is answered, so that whatever comes back
 * unanswered can be sent elsewhere without a copy made beforehand:
 *
 *      [ sent, unanswered | partly sent | not sent ]
 *        head of ring ──────────────────▶ tail
 *
 * A link reports, it never decides: no roles, no retries, no redials here.
 */
#ifndef HR_IO_LINK_H
#define HR_IO_LINK_H

#include "base/histogram.h"
#include "base/types.h"
#include "core/core.h" /* enum hr_down */

struct redisReply;
struct hr_loop;
struct hr_tls;
struct hr_link;
struct hr_request;

/* reply lives until the callback returns. NULL never: an unanswered request goes to hooks->lost. */
typedef void hr_request_fn(struct hr_link *link, struct hr_request *request,
                           struct redisReply *reply);

/* In hr_request.flags; all others belong to the sender. A meter looks at them. */
#define HR_REQUEST_OURS 0x010u    /* what nobody but us asked for: not counted */
#define HR_REQUEST_UNTIMED 0x10000u /* its answer waits for something on purpose: not timed */

/* 64 bytes: one cache line. Copied into the ring. */
struct hr_request {
  hr_request_fn *fn;   /* whose answer this is; NULL: thrown away */
  void *owner;         /* for fn */
  void *user_fn;       /* the rest belongs to whoever sends; the link does not look */
  void *user_data;
  int64_t order;
  hr_msec deadline_ms; /* 0: none. The sender scans; the link does not look */
  uint32_t bytes;      /* set by the link: length of the encoded command */
  uint32_t flags;
  uint32_t aux;        /* of what a meter times: when it was sent, low half of hr_loop_turn().us */
  uint32_t attempts;
};

/* What passes through links; several may share one. Requests: those that are counted. Each that was
 * sent is answered or lost, or still on a link. */
struct hr_link_meter {
  struct hr_histogram latency;  /* from sending to answer, microseconds; */
  uint64_t untimed;             /* answered, and not in there */
  uint64_t sent, errors, lost;
  uint64_t bytes_in, bytes_out; /* RESP: TLS adds its own */
  uint64_t dials, breaks;       /* breaks: of links that were up, not closed by us */
  uint32_t round_trip_us;       /* of the last small question; 0: none. Told by who asks */
};

/* A message frame of a pub/sub link, parsed where it lies. NUL behind each text. pattern NULL
 * unless kind is 'p'. Borrowed until the hook returns. */
struct hr_link_message {
  char kind; /* 'm'essage, 'p'message, 's'message */
  const char *pattern, *channel, *payload;
  size_t pattern_len, channel_len, payload_len;
};

#define HR_LINK_AHEAD_MAX 16 /* messages that are announced at once */

struct hr_link_hooks {
  void (*up)(struct hr_link *link, void *owner);   /* handshake done: what was queued flows */
  /* The link is closed; dial again or free it. After every `lost`. text names the cause. */
  void (*down)(struct hr_link *link, enum hr_down why, const char *text, void *owner);
  /* One call per unanswered request, oldest first. sent: the last byte went to the kernel.
   * The bytes (RESP) are borrowed. */
  void (*lost)(struct hr_link *link, const struct hr_request *request, const char *bytes,
               size_t len, bool sent, void *owner);
  /* A reply that no request waits for (pub/sub). May be NULL. */
  void (*push)(struct hr_link *link, struct redisReply *reply, void *owner);
  /* The same for message frames, without a reply tree: when set, they do not go to push. */
  void (*message)(struct hr_link *link, const struct hr_link_message *message, void *owner);
  /* These come to `message` next, unless the link closes. A hint: nothing may come of it. May be
   * NULL. */
  void (*ahead)(struct hr_link *link, const struct hr_link_message *messages, size_t count,
                void *owner);
  /* The turn ends and there is something to write: the last moment to append. Not asked when
   * many are in flight and part of a turn leaves early. May be NULL. */
  void (*flush)(struct hr_link *link, void *owner);
};

struct hr_link_config {
  const char *host;        /* name, IPv4, IPv6 without brackets; or NULL and unix_path */
  int port;
  const char *unix_path;
  const char *username, *password; /* NULL: none */
  int db;                  /* 0: no SELECT */
  const char *name;        /* CLIENT SETNAME; NULL: none */
  struct hr_tls *tls;      /* io/tls.h; the link keeps a reference. NULL, or a unix_path: plain */
  hr_msec connect_timeout_ms; /* resolve, connect and handshake together; 0: none */
  hr_msec silent_after_ms; /* something is awaited and no byte came for this long: down, SILENT.
                              TCP asks whether the peer is there within the same time, but three
                              seconds at least, whatever is awaited */
  struct hr_link_meter *meter; /* outlives the link; NULL: none */
  bool apart;              /* nobody's requests but ours: the meter counts none */
  bool eager;              /* what waits when the handshake is sent leaves behind it at once, not
                              after its answers: only for what may run if they refuse us */
  bool pubsub;             /* replies with nothing in the ring are pushes, not protocol errors;
                              "subscribe"/"message" frames always go to push. The last frame of
                              a [P|S](UN)SUBSCRIBE request (one for each name in it), or an
                              error, answers that request as well */
};

/* config strings are copied. NULL: out of memory. */
struct hr_link *hr_link_new(struct hr_loop *loop, const struct hr_link_config *config,
                            const struct hr_link_hooks *hooks, void *owner);
/* Unanswered requests are handed to `lost` first. Safe from any hook. NULL allowed. */
void hr_link_free(struct hr_link *link);

/* Start to connect. up or down follows, never before this returns. Only when down. */
void hr_link_dial(struct hr_link *link);
/* Close without a `down` (but with `lost`). */
void hr_link_close(struct hr_link *link);

bool hr_link_is_up(const struct hr_link *link);
bool hr_link_is_down(const struct hr_link *link); /* neither up nor dialling */
/* It is down because the server refused SELECT: no such database, or no right to it. */
bool hr_link_no_db(const struct hr_link *link);

/* Queue one command; it leaves at the end of this turn. May be called while dialling, and while
 * down: then it waits for hr_link_dial.
 * -1: out of memory, nothing was queued. argvlen NULL: C strings. */
int hr_link_send(struct hr_link *link, const struct hr_request *request, int argc,
                 const char *const *argv, const size_t *argvlen);
/* The same for a command that is RESP already. */
int hr_link_send_raw(struct hr_link *link, const struct hr_request *request, const char *bytes,
                     size_t len);

/* Who it belongs to from now on. Nothing waits on it. */
void hr_link_hand_over(struct hr_link *link, const struct hr_link_hooks *hooks, void *owner);

/* Inside `lost`: why the link ends, ASKED when it was closed, freed or taken back from. */
enum hr_down hr_link_why(const struct hr_link *link);

/* From now on: another silent_after_ms than the config's. For who knows what it waits for. */
void hr_link_set_silence(struct hr_link *link, hr_msec silent_after_ms);

size_t hr_link_unanswered(const struct hr_link *link);
hr_msec hr_link_heard_ms(const struct hr_link *link); /* when the last byte came; 0: never */
struct hr_request *hr_link_at(struct hr_link *link, size_t i); /* i-th unanswered, 0 oldest */
bool hr_link_was_sent(const struct hr_link *link, size_t i);   /* its last byte left */
/* How many of the unanswered, from the oldest, have left whole or in part. O(that). */
size_t hr_link_touched(const struct hr_link *link);
/* The encoded bytes of an unanswered request, the older ones of which are `before` bytes long. */
const char *hr_link_bytes(const struct hr_link *link, size_t before);
/* The encoded bytes of the request being answered (only inside its fn). */
const char *hr_link_answered_bytes(const struct hr_link *link, size_t *len);
/* Remove the newest requests of which nothing was sent, down to `keep` unanswered; each goes to
 * `lost`. */
void hr_link_take_back(struct hr_link *link, size_t keep);
/* The peer's address, "127.0.0.1:6380", for messages and for mapping INFO's addresses. */
const char *hr_link_peer(const struct hr_link *link);

#endif
