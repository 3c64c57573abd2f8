/*
 * The whole client against a server whose answers the fuzzer chooses. The first byte says how many
 * answers are honest before (so that it gets past the handshake, the birth of the group, the first
 * commands); then come pieces, each behind a byte: 0..127 that many bytes instead of an answer,
 * 128..255 that many answers are honest again.
 *
 * Whatever comes: no crash, no leak, every accepted command gets exactly one callback, and what was
 * sent is answered, lost or under way.
 */
#include <assert.h>
#include <ev.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <haredis/haredis.h>
#include <haredis/metrics.h>

#include "fake_redis.h"

struct input {
  const uint8_t *data;
  size_t size, at;
  int honest;
};

static struct ev_loop *loop;
static struct fake_redis *fake;

static int garble(void *state, const char **bytes, size_t *length) {
  struct input *input = state;
  if (input->honest > 0) {
    input->honest--;
    return 0;
  }
  if (input->at >= input->size) return 0;
  uint8_t kind = input->data[input->at++];
  if (kind >= 128) {
    input->honest = kind - 128;
    return 0;
  }
  size_t left = input->size - input->at;
  *length = kind < left ? kind : left;
  *bytes = (const char *)input->data + input->at;
  input->at += *length;
  return 1;
}

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  int *called = data;
  (*called)++;
  assert(reply != NULL || haredis_err(c) != HAREDIS_OK);
}

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  int *called = data;
  (void)c;
  (void)code;
  assert(text != NULL);
  (*called)++;
}

static void stop(struct ev_loop *l, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(l, EVBREAK_ALL);
}

static void run_for(double seconds) {
  ev_timer timer;
  ev_timer_init(&timer, stop, seconds, 0.);
  ev_now_update(loop);
  ev_timer_start(loop, &timer);
  ev_run(loop, 0);
  ev_timer_stop(loop, &timer);
}

static void check_metrics(haredis_client *c, int accepted) {
  haredis_metrics *m = haredis_metrics_take(c);
  if (m == NULL) abort();
  assert(haredis_metrics_client(m)->accepted <= (uint64_t)accepted);
  for (size_t i = 0; i < haredis_metrics_count(m); i++) {
    const struct haredis_node_metrics *node = haredis_metrics_node(m, i);
    assert(node->replies + node->lost <= node->sent);
    assert(node->errors <= node->replies);
  }
  assert(haredis_metrics_prometheus(m, NULL, 0) > 0);
  haredis_metrics_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int accepted = 0, called = 0;
  char nodes[32];
  if (size == 0) return 0;
  if (loop == NULL) {
    loop = ev_loop_new(EVFLAG_AUTO);
    fake = fake_redis_new(loop);
  }
  struct input input = {data, size, 1, data[0]};
  fake_redis_restart(fake);
  fake_redis_garble(fake, garble, &input);
  snprintf(nodes, sizeof(nodes), "127.0.0.1:%d", fake_redis_port(fake));
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = nodes;
  o.down_after_ms = 20;
  o.command_timeout_ms = 20;
  o.log_level = HAREDIS_LOG_NONE;
  haredis_client *c = haredis_async_connect(loop, &o);
  if (c == NULL) abort();
  for (int i = 0; i < 3; i++) {
    accepted += haredis_async_command(c, on_reply, &called, "SET key %d", i) == HAREDIS_OK;
    accepted += haredis_async_command(c, on_reply, &called, "GET key") == HAREDIS_OK;
  }
  accepted += haredis_refresh(c, on_done, &called) == HAREDIS_OK;
  for (int i = 0; i < 10 && called < accepted; i++) run_for(0.002);
  check_metrics(c, accepted);
  haredis_free(c);
  run_for(0);
  assert(called == accepted);
  fake_redis_garble(fake, NULL, NULL);
  return 0;
}
