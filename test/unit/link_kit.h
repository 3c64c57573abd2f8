/*
 * A link against a server that is the test itself: it accepts on loopback, sees every byte and says
 * what the story wants. Everything that the link tells is written into one text and compared.
 */
#ifndef TEST_LINK_KIT_H
#define TEST_LINK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ev.h>
#include <hiredis/hiredis.h>

#include "io/link.h"
#include "io/loop.h"

#define WAIT_MS 3000

struct world {
  struct ev_loop *ev;
  struct hr_loop *loop;
  struct hr_link *link;
  int listener, peer, port;
  char story[8192];      /* what the link told */
  char *heard;           /* what the server has read and not yet expected */
  size_t heard_len;
  const char *free_at;   /* free the link when this is told */
  const char *close_at;  /* close it */
  const char *resend_at; /* send one more */
  bool flush_adds;
  int replies;
  char down_text[400];
};

void doze(int ms);
/* Add to the story. */
void tell(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "[a,1,nil]" */
void show(const redisReply *reply, char *out, size_t size);
/* Hooks and callbacks that write the story: "NAME=reply", "lost:NAME" ("!" if it was sent). */
void on_reply(struct hr_link *link, struct hr_request *request, struct redisReply *reply);
void on_count(struct hr_link *link, struct hr_request *request, struct redisReply *reply);
void on_up(struct hr_link *link, void *owner);
void on_down(struct hr_link *link, enum hr_down why, const char *text, void *owner);
void on_lost(struct hr_link *link, const struct hr_request *request, const char *bytes,
             size_t len, bool sent, void *owner);
void on_push(struct hr_link *link, struct redisReply *reply, void *owner);
int listen_anywhere(int *port);
void server_accept(struct world *world);
/* One turn of the loop; the server hears what came. */
void turn(struct world *world);
void turns(struct world *world, int count);
/* Turn until the story ends like this. */
void until(struct world *world, const char *end);
/* The server reads exactly this next. */
void expect(struct world *world, const char *bytes);
/* The server says this. */
void say(struct world *world, const char *bytes);
void hang_up(struct world *world);
/* A command of one word, which is also its name in the story. */
void send_one(struct world *world, const char *text);
struct hr_link_config config_of(struct world *world);
/* Into world->link. */
void make_link(struct world *world, const struct hr_link_config *config);
/* A link that is up, and an empty story. */
void come_up(struct world *world);
int link_setup(void **state);
int link_teardown(void **state);
void story_is(struct world *world, const char *want);

#endif
