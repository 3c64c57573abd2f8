/*
 * From the socket to the requests: one read per turn into a shared block, replies parsed where they
 * lie, what is left over moved to the front once.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "io/link_internal.h"

/*
 * A frame that confirms one name of a [P|S](UN)SUBSCRIBE. True: it is the last that the request at
 * the ring's head waits for, one for each of its arguments.
 */
static bool hr_link_confirmed(struct hr_link *link, const redisReply *frame) {
  if (link->ring.sent == 0) {
    return false;
  }
  const char *at = hr_buffer_head(&link->fifo);
  const char *end = at + link->ring.slots[link->ring.head & (link->ring.capacity - 1)].bytes;
  const redisReply *kind = frame->element[0];
  struct hr_resp_item argc, word;
  const char *why;
  ptrdiff_t len = hr_resp_item(at, end, &argc, &why);
  if (len <= 0 || hr_resp_item(at + len, end, &word, &why) <= 0 || word.str == NULL) {
    return false;
  }
  if (word.len != (size_t)kind->len || strncasecmp(word.str, kind->str, word.len) != 0) {
    return false;
  }
  link->confirmed++;
  return link->confirmed + 1 >= argc.elements;
}

/* Another time than the last one, or none: what waits on purpose. With spans a request may be
 * stamped later than its turn began, and seem to be answered before it was sent. */
static void hr_link_count_other(struct hr_link_meter *meter, const struct hr_request *request,
                                uint32_t took) {
  if ((request->flags & HR_REQUEST_UNTIMED) != 0) {
    meter->untimed++;
  } else {
    hr_histogram_add(&meter->latency, took > INT32_MAX ? 0 : took);
  }
}

/* In every reply's way. */
static inline void hr_link_count(struct hr_link *link, const struct hr_request *request,
                                 const redisReply *reply) {
  struct hr_link_meter *meter = link->counted;
  if (meter == NULL || (request->flags & HR_REQUEST_OURS) != 0) {
    return;
  }
  uint32_t took = (uint32_t)*link->clock_us - request->aux;
  if (reply->type == REDIS_REPLY_ERROR) {
    meter->errors++;
  }
  if (took == meter->latency.last && (request->flags & HR_REQUEST_UNTIMED) == 0) {
    meter->latency.run++;
  } else {
    hr_link_count_other(meter, request, took);
  }
}

/* The oldest request gets its reply. It leaves the ring first: its fn may do anything. */
static void hr_link_pop(struct hr_link *link, redisReply *reply) {
  struct hr_ring *ring = &link->ring;
  struct hr_request request = ring->slots[ring->head & (ring->capacity - 1)];
  unsigned generation = link->generation;
  ring->head++;
  ring->count--;
  ring->sent--;
  link->confirmed = 0;
  link->answered = request.bytes;
  hr_link_count(link, &request, reply);
  if (request.fn != NULL) {
    request.fn(link, &request, reply);
    if (link->generation != generation) {
      return; /* closed: those bytes are gone */
    }
  }
  hr_buffer_consume(&link->fifo, request.bytes);
  link->fifo_sent -= request.bytes;
  link->answered = 0;
}

static void hr_link_unasked(struct hr_link *link, const redisReply *reply) {
  if (reply->type == REDIS_REPLY_ERROR) {
    hr_link_fail(link, HR_DOWN_PROTOCOL, "an error that answers nothing: %.100s", reply->str);
  } else {
    hr_link_fail(link, HR_DOWN_PROTOCOL, "a reply to nothing that was asked");
  }
}

static void hr_link_push(struct hr_link *link, redisReply *reply) {
  if (link->hooks.push != NULL) {
    link->hooks.push(link, reply, link->owner);
  }
}

static inline void hr_link_message(struct hr_link *link, const struct hr_link_message *message) {
  char *channel = (char *)(uintptr_t)message->channel; /* our bytes, where a CR lies behind them */
  char *payload = (char *)(uintptr_t)message->payload;
  if (message->pattern != NULL) {
    ((char *)(uintptr_t)message->pattern)[message->pattern_len] = '\0';
  }
  channel[message->channel_len] = '\0';
  payload[message->payload_len] = '\0';
  link->hooks.message(link, message, link->owner);
}

/* Everything that is not simply the next answer. */
static void hr_link_deliver_rare(struct hr_link *link, redisReply *reply, char kind) {
  bool confirms = false;
  if (link->state != HR_LINK_UP) {
    hr_link_hello_answer(link, reply);
    return;
  }
  bool push = kind == '>';
  if (push || link->pubsub) {
    push = hr_link_reply_is_push(reply, &confirms) || push;
  }
  if (push) {
    unsigned generation = link->generation;
    hr_link_push(link, reply);
    if (link->generation == generation && confirms && hr_link_confirmed(link, reply)) {
      hr_link_pop(link, reply);
    }
  } else if (link->ring.sent > 0) {
    hr_link_pop(link, reply);
  } else if (link->pubsub) {
    hr_link_push(link, reply);
  } else {
    hr_link_unasked(link, reply);
  }
}

static inline void hr_link_deliver(struct hr_link *link, redisReply *reply, char kind) {
  if (link->state == HR_LINK_UP && link->ring.sent > 0 && !link->pubsub && kind != '>') {
    hr_link_pop(link, reply);
  } else {
    hr_link_deliver_rare(link, reply, kind);
  }
}

/* An alert record: what some servers and proxies of TLS say to who does not speak it. */
static bool hr_link_is_tls_alert(const struct hr_link *link, const char *at, const char *end) {
  return link->state == HR_LINK_HELLO && link->session == NULL && end - at >= 2 &&
         at[0] == 0x15 && at[1] == 0x03;
}

/* The server's words in a text: printable, short. */
static void hr_link_garbage(struct hr_link *link, const char *why, const char *at,
                            const char *end) {
  char shown[33];
  if (hr_link_is_tls_alert(link, at, end)) {
    hr_link_fail(link, HR_DOWN_TLS, "it answers with an alert of TLS: does this port want TLS?");
    return;
  }
  size_t n = 0;
  while (n < sizeof(shown) - 1 && at + n < end && at[n] != '\r' && at[n] != '\n') {
    shown[n] = isprint((unsigned char)at[n]) ? at[n] : '.';
    n++;
  }
  shown[n] = '\0';
  hr_link_fail(link, HR_DOWN_PROTOCOL, "not RESP: %s, near \"%s\"", why, shown);
}

/* Message frames go their own way. */
static inline bool hr_link_hears(const struct hr_link *link) {
  return link->pubsub && link->hooks.message != NULL && link->state == HR_LINK_UP;
}

/* As many as are complete, up to HR_LINK_AHEAD_MAX. *at: behind them. */
static size_t hr_link_find_messages(char **at, const char *end, struct hr_link_message *found) {
  size_t count = 0;
  struct hr_push push;
  ptrdiff_t len;
  while (count < HR_LINK_AHEAD_MAX && (len = hr_push_parse(*at, end, &push)) > 0) {
    found[count++] = (struct hr_link_message){
        .kind = push.kind,
        .pattern = push.pattern,
        .channel = push.channel,
        .payload = push.payload,
        .pattern_len = push.pattern_len,
        .channel_len = push.channel_len,
        .payload_len = push.payload_len,
    };
    *at += len;
  }
  return count;
}

/* One message after the other, up to what is none or cut: where that begins. NULL: closed. */
static char *hr_link_parse_messages(struct hr_link *link, char *at, const char *end) {
  unsigned generation = link->generation;
  struct hr_link_message messages[HR_LINK_AHEAD_MAX];
  size_t count;
  do {
    count = hr_link_find_messages(&at, end, messages);
    if (count > 1 && link->hooks.ahead != NULL) {
      link->hooks.ahead(link, messages, count, link->owner);
    }
    for (size_t i = 0; i < count; i++) {
      hr_link_message(link, &messages[i]);
      if (link->generation != generation) {
        return NULL;
      }
    }
  } while (count == HR_LINK_AHEAD_MAX);
  return at;
}

/* An aggregate, or a reply that is cut. > 0: its length, delivered; 0: more needed or closed. */
static size_t hr_link_parse_slow(struct hr_link *link, char *at, char *end) {
  const char *why;
  if (!link->scanning) {
    hr_resp_scan_reset(&link->scan);
    link->scanning = true;
  }
  ptrdiff_t len = hr_resp_scan(&link->scan, at, end, &why);
  if (len == 0) {
    return 0;
  }
  if (len < 0) {
    hr_link_garbage(link, why, at + link->scan.pos, end);
    return 0;
  }
  link->scanning = false;
  if (hr_link_hears(link)) {
    const char *behind = hr_link_parse_messages(link, at, at + len);
    if (behind != at) {
      return behind != NULL ? (size_t)len : 0;
    }
  }
  char kind = *at;
  size_t capacity;
  redisReply *reply = hr_link_reply_build(link, at, (size_t)len, link->scan.items, &capacity);
  if (reply == NULL) {
    hr_link_fail(link, HR_DOWN_RESET, "out of memory for a reply of %zu items", link->scan.items);
    return 0;
  }
  unsigned generation = link->generation;
  hr_link_deliver(link, reply, kind);
  hr_link_reply_release(link, reply, capacity);
  return link->generation == generation ? (size_t)len : 0;
}

/* Everything complete in rbuf. */
static void hr_link_parse(struct hr_link *link) {
  unsigned generation = link->generation;
  char *at = hr_buffer_head(&link->rbuf);
  char *end = at + hr_buffer_len(&link->rbuf);
  while (at < end) {
    struct hr_resp_item item;
    const char *why;
    if (hr_link_hears(link) && !link->scanning) {
      at = hr_link_parse_messages(link, at, end);
      if (at == NULL) {
        return;
      }
      if (at == end) {
        break;
      }
    }
    ptrdiff_t len = link->scanning ? 0 : hr_resp_item(at, end, &item, &why);
    if (len > 0 && item.elements == 0 && item.kind != '|') {
      redisReply reply;
      hr_link_reply_scalar(&reply, &item);
      hr_link_deliver(link, &reply, item.kind);
    } else if (len >= 0) {
      len = (ptrdiff_t)hr_link_parse_slow(link, at, end);
      if (len == 0) {
        break;
      }
    } else {
      hr_link_garbage(link, why, at, end);
    }
    if (link->generation != generation) {
      return;
    }
    at += len;
  }
  if (link->generation == generation) {
    link->rbuf.head = (size_t)(at - link->rbuf.data);
  }
}

/* Room behind what is there. Grows as data really comes, whatever was announced. */
static int hr_link_read_room(struct hr_link *link) {
  struct hr_buffer *rbuf = &link->rbuf;
  if (rbuf->data == NULL) {
    char *block = hr_loop_block_take(link->loop, HR_LOOP_BLOCK_LARGE);
    if (block == NULL) {
      return -1;
    }
    hr_buffer_adopt(rbuf, block, HR_LOOP_BLOCK_LARGE);
    return 0;
  }
  if (rbuf->tail < rbuf->capacity) {
    return 0;
  }
  assert(rbuf->head == 0);
  size_t capacity = rbuf->capacity * 2;
  size_t enough = link->scan.need + HR_LOOP_BLOCK_LARGE; /* a full buffer means: in mid-scan */
  if (capacity > enough && enough > rbuf->capacity) {
    capacity = enough;
  }
  char *data = hr_realloc(rbuf->data, capacity);
  if (data == NULL) {
    return -1;
  }
  rbuf->data = data;
  rbuf->capacity = capacity;
  return 0;
}

static void hr_link_read_failed(struct hr_link *link, ssize_t n) {
  if (link->state == HR_LINK_HELLO) {
    hr_link_hello_broken(link, n == 0);
  } else if (n == 0) {
    hr_link_fail(link, HR_DOWN_RESET, "the server closed the connection");
  } else {
    hr_link_fail(link, HR_DOWN_RESET, "the connection broke: %s", hr_link_broken_by(link));
  }
}

/* false: nothing came. */
static bool hr_link_read_some(struct hr_link *link) {
  struct hr_buffer *rbuf = &link->rbuf;
  if (hr_link_read_room(link) != 0) {
    hr_link_fail(link, HR_DOWN_RESET, "out of memory for a reply");
    return false;
  }
  ssize_t n = hr_link_take(link, rbuf->data + rbuf->tail, rbuf->capacity - rbuf->tail);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    return false;
  }
  if (n <= 0) {
    hr_link_read_failed(link, n);
    return false;
  }
  unsigned generation = link->generation;
  link->heard_ms = hr_loop_now(link->loop);
  rbuf->tail += (size_t)n;
  hr_link_parse(link);
  if (link->generation == generation) {
    hr_buffer_compact(rbuf);
    if (link->ring.count == 0 && link->later.link == NULL) {
      hr_later_add(link->loop, &link->later); /* if nothing is sent in this turn: to rest */
    }
  }
  return true;
}

bool hr_link_read(struct hr_link *link) {
  hr_link_enter(link);
  unsigned generation = link->generation;
  bool heard = hr_link_read_some(link);
  while (link->generation == generation && hr_link_holds(link)) {
    heard = hr_link_read_some(link) || heard;
  }
  hr_link_leave(link);
  return heard;
}
