/*
 * The frames of messages that a server sends to subscribers, read where they lie. There may be
 * millions a second of them and all look alike, so they do not go the way of a reply:
 *
 *   *3 $7 message  $n <channel> $n <payload>          RESP3 says > for *
 *   *4 $8 pmessage $n <pattern> $n <channel> $n <payload>
 *   *3 $8 smessage $n <channel> $n <payload>
 *
 * It must not know: who subscribed, links, what a message means.
 */
#ifndef HR_PROTO_PUSH_H
#define HR_PROTO_PUSH_H

#include <stddef.h>

/* A CR follows each text, which the owner of the bytes may overwrite. */
struct hr_push {
  char kind;     /* 'm'essage, 'p'message, 's'message */
  char *pattern; /* NULL unless kind is 'p' */
  char *channel, *payload;
  size_t pattern_len, channel_len, payload_len;
};

/*
 * > 0: the length of the frame at the start of [at, end). 0: it may be one, but not all of it is
 * here; nothing is remembered. < 0: something else, or malformed: read it as a reply.
 */
ptrdiff_t hr_push_parse(char *at, const char *end, struct hr_push *out);

#endif
