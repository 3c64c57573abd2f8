/* Raw writers: hiredis' blocking context, used only when there is something to read. */
#include "raw.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "probe.h"

void raw_open(struct crowd_raw *c, const struct server *s, int count) {
  memset(c, 0, sizeof *c);
  for (c->count = 0; c->count < count; c->count++) {
    c->each[c->count].link = probe_connect(s, 1000);
    if (c->each[c->count].link == NULL) kit_die("no raw connection to %s", s->name);
  }
}

static void send_one(struct raw *r, int number) {
  int done = 0;
  redisAppendCommand(r->link, "SET raw:%d %lld", number, (long long)kit_now_us());
  while (!done) {
    if (redisBufferWrite(r->link, &done) != REDIS_OK) {
      r->closed = true;
      return;
    }
  }
  r->next_us = 0;
}

void raw_send(struct crowd_raw *c) {
  for (int i = 0; i < c->count; i++) send_one(&c->each[i], i);
}

static void read_one(struct raw *r, int rate) {
  void *reply = NULL;
  if (redisGetReply(r->link, &reply) != REDIS_OK) {
    r->closed = true;
    return;
  }
  redisReply *answer = reply;
  if (answer->type == REDIS_REPLY_STATUS) r->acked++;
  freeReplyObject(answer);
  r->next_us = kit_now_us() + 1000000 / rate;
}

static void turn(struct crowd_raw *c, int rate) {
  struct pollfd fds[RAW_MAX];
  for (int i = 0; i < c->count; i++) {
    fds[i].fd = c->each[i].closed ? -1 : c->each[i].link->fd;
    fds[i].events = POLLIN;
    fds[i].revents = 0;
  }
  if (poll(fds, (nfds_t)c->count, 1) < 0) return;
  for (int i = 0; i < c->count; i++) {
    struct raw *r = &c->each[i];
    if (fds[i].revents) read_one(r, rate);
    if (!r->closed && r->next_us && kit_now_us() >= r->next_us) send_one(r, i);
  }
}

int64_t raw_work(struct crowd_raw *c, struct server *s, int duration_ms, int rate) {
  int64_t start_us = kit_now_us();
  int64_t replica_us = -1;
  int64_t look_us = 0;
  while (kit_now_us() < start_us + (int64_t)duration_ms * 1000) {
    kit_check_interrupt();
    turn(c, rate);
    if (replica_us >= 0 || kit_now_us() < look_us) continue;
    char info[PROBE_INFO_MAX];
    char role[16] = "";
    if (probe_info(s, info, sizeof info)) info_text(info, "role", role, sizeof role);
    if (strcmp(role, "slave") == 0) replica_us = kit_now_us() - start_us;
    look_us = kit_now_us() + 1000;
  }
  return replica_us;
}

int raw_acked_max(const struct crowd_raw *c) {
  int most = 0;
  for (int i = 0; i < c->count; i++) {
    if (c->each[i].acked > most) most = c->each[i].acked;
  }
  return most;
}

void raw_close(struct crowd_raw *c) {
  for (int i = 0; i < c->count; i++) {
    if (c->each[i].link) redisFree(c->each[i].link);
  }
  c->count = 0;
}
