/* See inside.h. */
#include "inside.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- turning the loop ---- */

static void on_time(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)timer;
  (void)events;
  ev_break(loop, EVBREAK_ALL);
}

void inside_turn(struct inside *in, int ms) {
  ev_timer timer;
  ev_now_update(in->loop);
  ev_timer_init(&timer, on_time, ms / 1000., 0.);
  ev_timer_start(in->loop, &timer);
  ev_run(in->loop, 0);
  ev_timer_stop(in->loop, &timer);
}

bool inside_await(struct inside *in, const int *what, const char *name) {
  int64_t until_us = kit_now_us() + INSIDE_PATIENCE_MS * 1000;
  while (kit_now_us() < until_us && *what == 0) inside_turn(in, 1);
  if (*what == 0) run_break(in->run, "no answer: %s", name);
  return *what != 0;
}

bool inside_settled(struct inside *in) {
  char why[160] = "";
  group_unsettle(&in->run->group);
  for (int i = 0; i < INSIDE_PATIENCE_MS / 20; i++) {
    if (group_settle(&in->run->group, 0, why, sizeof why)) return true;
    inside_turn(in, 20);
  }
  run_break(in->run, "not settled: %s", why);
  return false;
}

/* ---- one call ---- */

void inside_on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct outcome *out = data;
  out->count++;
  out->code = haredis_err(c);
  out->type = reply != NULL ? reply->type : 0;
  snprintf(out->text, sizeof out->text, "%s", haredis_errstr(c));
  if (reply == NULL) return;
  out->integer = reply->integer;
  if (reply->str != NULL) snprintf(out->text, sizeof out->text, "%s", reply->str);
}

void inside_ask(struct inside *in, struct outcome *out, const char *format, const char *word) {
  if (haredis_async_command(in->client, inside_on_reply, out, format, word) != HAREDIS_OK) {
    run_break(in->run, "%s was refused: %s", format, haredis_errstr(in->client));
    out->count = 1;
  }
}

struct outcome inside_now(struct inside *in, const char *format, const char *word) {
  static struct outcome late[64]; /* one that is given up may be called back all the same */
  static unsigned next;
  struct outcome *out = &late[next++ % 64];
  *out = (struct outcome){0};
  inside_ask(in, out, format, word);
  inside_await(in, &out->count, format);
  return *out;
}

void inside_expect(struct inside *in, const char *name, const struct outcome *out, int code,
                   int type) {
  if (out->count != 1 || out->code != code || out->type != type) {
    run_break(in->run, "%s: called back %d times, %s, reply type %d: %s", name, out->count,
              haredis_error_name(out->code), out->type, out->text);
  }
}

/* ---- deeds ---- */

static void on_done(haredis_client *c, int code, const char *text, void *data) {
  struct inside *in = data;
  (void)c;
  (void)text;
  in->done = true;
  in->done_code = code;
}

void inside_switch_over(struct inside *in) {
  for (int attempt = 0; attempt < 50 && !in->run->broken; attempt++) {
    in->done = false;
    if (haredis_switchover(in->client, NULL, on_done, in) != HAREDIS_OK) break;
    for (int i = 0; i < INSIDE_PATIENCE_MS && !in->done; i++) inside_turn(in, 1);
    if (in->done && in->done_code != HAREDIS_ERR_REFUSED) break;
    inside_turn(in, 100);
  }
  if (!in->done || in->done_code != HAREDIS_OK) {
    run_break(in->run, "no switchover: %s", haredis_error_name(in->done_code));
  }
  inside_settled(in);
}

void inside_kill_master(struct inside *in) {
  int old = run_master(in->run), master = -1;
  if (old < 0) return;
  run_kill(in->run, old);
  for (int i = 0; i < INSIDE_PATIENCE_MS && master < 0; i++) {
    inside_turn(in, 1);
    master = group_master(&in->run->group);
  }
  if (master < 0) run_break(in->run, "nobody took over");
  server_launch(&in->run->group.servers[old]);
  inside_settled(in);
}

void inside_restart(struct inside *in, int server) {
  struct server *s = &in->run->group.servers[server];
  kit_signal(s->pid, SIGTERM);
  int status = -1;
  for (int i = 0; i < 2 * INSIDE_PATIENCE_MS / 5 && status == -1; i++) {
    inside_turn(in, 5);
    status = kit_reap(s->pid, 0);
  }
  if (status == -1) {
    run_break(in->run, "%s does not end", s->name);
    return;
  }
  s->pid = 0;
  server_launch(s);
  inside_settled(in);
}

void inside_fail_over(struct inside *in, int round) {
  if (round % 2 == 0) inside_kill_master(in);
  else inside_switch_over(in);
}

/* ---- the frame ---- */

/* As lib/writers.c gives it to other processes. */
static void use_tls(haredis_options *options) {
  static char ca[400], cert[400], key[400];
  const char *folder = server_tls();
  if (folder == NULL) return;
  snprintf(ca, sizeof ca, "%s/ca.pem", folder);
  snprintf(cert, sizeof cert, "%s/client.pem", folder);
  snprintf(key, sizeof key, "%s/client.key", folder);
  options->tls = 1;
  options->tls_ca_file = ca;
  options->tls_cert_file = cert;
  options->tls_key_file = key;
}

bool inside_join(struct inside *in, struct run *r, int count, haredis_options options) {
  options.nodes = r->group.nodes;
  options.log_level = HAREDIS_LOG_NONE;
  use_tls(&options);
  in->run = r;
  in->loop = ev_loop_new(EVFLAG_AUTO);
  for (in->count = 0; in->count < count; in->count++) {
    in->clients[in->count] = haredis_async_connect(in->loop, &options);
  }
  in->client = in->clients[0];
  struct outcome set = inside_now(in, "SET %s 1", "inside:born");
  inside_expect(in, "SET", &set, HAREDIS_OK, REDIS_REPLY_STATUS);
  return !r->broken && inside_settled(in);
}

bool inside_begin(struct inside *in, struct run *r, const struct group_plan *plan, int count,
                  haredis_options options) {
  run_group(r, plan);
  bool fine = inside_join(in, r, count, options);
  run_mark(r);
  return fine;
}

void inside_end(struct inside *in) {
  for (int i = 0; i < in->count; i++) haredis_free(in->clients[i]);
  if (in->loop != NULL) ev_loop_destroy(in->loop);
}
