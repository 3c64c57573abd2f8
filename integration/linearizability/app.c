/*
 * The application of the linearizability runs: several clients of the library on one loop, each
 * with several operations in flight, on keys that all applications share. Every operation is
 * written down before the library hears of it, and when it ends.
 *
 *   haredis-shared log=FILE process=N start_us=N [option=value ...]
 *
 * clients, window (operations in flight per client), rate (per second and client), seed,
 * generation_ms (how long keys are new), keys (of each class and generation), long (keys that live
 * through the run), reads=linearizable|master, appends=1 (RPUSH alone, and who answered).
 * last=GENERATION: read every key up to that generation once, each until it is answered, and end.
 * Every other name=value is an option of the library. SIGTERM: finish and end.
 */
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oplog.h"
#include "recorder.h"

enum { CLIENTS_MAX = 64, ATTEMPTS_MAX = 100 };

struct client {
  haredis_client *haredis;
  ev_timer pace;
  int number;
  long in_flight;
};

struct call {
  struct call *next;
  struct oplog_op *op;
  struct client *client;
  int attempts; /* of the last readings */
};

static struct {
  struct client clients[CLIENTS_MAX];
  struct call *spare;
  const char *log;
  uint64_t random;
  int64_t written; /* how many values this process has made */
  uint32_t next_last; /* of the last readings: which key is next */
  int span_port;
  long process, count, window, rate, seed, start_us, generation_ms, keys, longs, appends, last;
  int reads; /* enum haredis_consistency */
  int open;  /* clients that are not closed */
  int ending;
  int failed;
} app = {.count = 3, .window = 4, .rate = 50, .generation_ms = 3000, .keys = 4, .longs = 2,
         .last = -1, .reads = HAREDIS_CONSISTENCY_LINEARIZABLE};

static void work(struct client *client);

/* ------------------------------------------------------------------------------- chance ------ */

static uint32_t below(uint32_t limit) {
  uint64_t z = (app.random += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)((z ^ (z >> 31)) % limit);
}

/* ---------------------------------------------------------------------------- operations ----- */

static struct call *call_take(struct client *client) {
  struct call *call = app.spare;
  if (call != NULL) app.spare = call->next;
  else call = calloc(1, sizeof *call);
  if (call == NULL) exit(3);
  call->client = client;
  call->attempts = 0;
  return call;
}

static void call_give_back(struct call *call) {
  call->next = app.spare;
  app.spare = call;
}

static void send_call(struct call *call);

/* A last reading must be answered: it is asked again. */
static int again(struct call *call, int code) {
  if (app.last < 0 || code == HAREDIS_OK) return 0;
  if (++call->attempts == ATTEMPTS_MAX) {
    app.failed = 1;
    return 0;
  }
  call->op = oplog_call(OPLOG_READ, call->op->key, call->client->number, 0);
  send_call(call);
  return 1;
}

static int64_t answer_of(const struct call *call, const redisReply *reply) {
  int kind = call->op->kind;
  if (kind == OPLOG_WRITE || kind == OPLOG_APPEND || reply == NULL) return call->op->value;
  if (reply->type == REDIS_REPLY_INTEGER) return reply->integer;
  return reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : 0;
}

static void on_reply(haredis_client *c, redisReply *reply, void *data) {
  struct call *call = data;
  int code = reply == NULL ? haredis_err(c) : HAREDIS_OK;
  if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
    code = OPLOG_SERVER_ERROR;
    fprintf(stderr, "the server says: %s\n", reply->str);
  }
  call->op->port = app.span_port;
  oplog_end(call->op, code, answer_of(call, reply));
  if (again(call, code)) return;
  call->client->in_flight--;
  struct client *client = call->client;
  call_give_back(call);
  if (app.last >= 0) work(client); /* there is no pace, only the next */
}

static void send_call(struct call *call) {
  static const char *const words[] = {"", "GET", "SET", "INCR", "RPUSH"};
  struct oplog_op *op = call->op;
  char name[KEY_NAME_MAX], value[24];
  snprintf(value, sizeof value, "%lld", (long long)op->value);
  const char *argv[] = {words[op->kind], key_name(op->key, name), value};
  int argc = op->kind == OPLOG_WRITE || op->kind == OPLOG_APPEND ? 3 : 2;
  haredis_call how = HAREDIS_CALL_INIT;
  if (op->kind == OPLOG_READ) how.consistency = app.reads;
  int code = haredis_async_command_with(call->client->haredis, &how, on_reply, call, argc, argv,
                                        NULL);
  if (code == HAREDIS_OK) return;
  oplog_end(op, code, op->value);
  call->client->in_flight--;
  if (app.last >= 0) app.failed = 1;
  call_give_back(call);
}

static void begin(struct client *client, int kind, uint32_t key) {
  struct call *call = call_take(client);
  int64_t value = 0;
  if (kind == OPLOG_WRITE || kind == OPLOG_APPEND) {
    value = (int64_t)app.process << 32 | ++app.written;
  }
  call->op = oplog_call(kind, key, client->number, value);
  client->in_flight++;
  send_call(call);
}

/* --------------------------------------------------------------------------- what to do ------ */

/* Mostly the newest keys; some of the generation before, some that always live, some old. */
static uint32_t choose_generation(uint32_t now) {
  uint32_t fate = below(100);
  if (fate < 10 && app.longs > 0) return KEY_GENERATION_ALL;
  if (fate < 25 && now > 0) return now - 1;
  return now;
}

static void do_something(struct client *client) {
  int64_t passed_ms = (recorder_now_us() - app.start_us) / 1000;
  uint32_t now = (uint32_t)(passed_ms > 0 ? passed_ms / app.generation_ms : 0);
  if (app.appends) {
    begin(client, OPLOG_APPEND, key_make(now, KEY_LIST, below((uint32_t)app.keys)));
    return;
  }
  uint32_t generation = choose_generation(now);
  int class = below(2) ? KEY_REGISTER : KEY_COUNTER;
  int read = below(100) < 45;
  if (now > 1 && below(100) < 4) { /* what was written long ago is still there */
    generation = below(now);
    read = 1;
  }
  long keys = generation == KEY_GENERATION_ALL ? app.longs : app.keys;
  int change = class == KEY_REGISTER ? OPLOG_WRITE : OPLOG_INCREMENT;
  begin(client, read ? OPLOG_READ : change, key_make(generation, class, below((uint32_t)keys)));
}

/* The keys one after the other: both classes of every generation, then those that always live. */
static int last_key(uint32_t *key) {
  uint32_t each = (uint32_t)app.keys * 2, i = app.next_last++;
  uint32_t generation = i / each, rest = i % each, keys = (uint32_t)app.keys;
  if (generation > (uint32_t)app.last) {
    i -= ((uint32_t)app.last + 1) * each;
    if (i >= (uint32_t)app.longs * 2) return 0;
    generation = KEY_GENERATION_ALL;
    rest = i;
    keys = (uint32_t)app.longs;
  }
  *key = key_make(generation, rest < keys ? KEY_REGISTER : KEY_COUNTER, rest % keys);
  return 1;
}

static void end(void) {
  if (app.ending) return;
  app.ending = 1;
  for (int i = 0; i < app.count; i++) {
    ev_timer_stop(recorder.loop, &app.clients[i].pace);
    haredis_disconnect(app.clients[i].haredis);
  }
}

static void work(struct client *client) {
  uint32_t key;
  if (app.ending) return;
  if (app.last < 0) {
    if (client->in_flight < app.window) do_something(client);
    return;
  }
  while (client->in_flight < app.window) {
    if (last_key(&key)) begin(client, OPLOG_READ, key);
    else break;
  }
  long left = 0;
  for (int i = 0; i < app.count; i++) left += app.clients[i].in_flight;
  if (left == 0) end();
}

/* Uneven: mostly on its own, sometimes several in one packet. */
static void on_pace(struct ev_loop *loop, ev_timer *timer, int events) {
  struct client *client = timer->data;
  (void)events;
  uint32_t often = below(8) == 0 ? 1 + below((uint32_t)app.window) : 1;
  for (uint32_t i = 0; i < often; i++) work(client);
  double pause = (double)often * (0.2 + below(1600) / 1000.0) / (double)app.rate;
  ev_timer_stop(loop, timer);
  ev_timer_set(timer, pause, 0);
  if (!app.ending) ev_timer_start(loop, timer);
}

/* ------------------------------------------------------------------------------- events ------ */

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  struct client *client = user;
  (void)c;
  uint32_t key = key_make(KEY_GENERATION_ALL, KEY_OF_EVENT, (uint32_t)event->kind);
  struct oplog_op *op = oplog_call(OPLOG_EVENT, key, client->number, 0);
  op->port = (int32_t)recorder_port_of(event->node);
  op->epoch = event->epoch;
  oplog_end(op, 0, event->count);
  if (event->kind == HAREDIS_EVENT_CLOSED && --app.open == 0) {
    ev_break(recorder.loop, EVBREAK_ALL);
  }
}

static void on_span(haredis_client *c, const struct haredis_span *span, void *user) {
  (void)c;
  (void)user;
  app.span_port = (int)recorder_port_of(span->node);
}

/* --------------------------------------------------------------------------------- main ------ */

static void usage(const char *why) {
  fprintf(stderr, "haredis-shared: %s\nusage: haredis-shared log=FILE process=N start_us=N "
          "nodes=... [name=value]\n", why);
  exit(2);
}

static int own_option(const char *name, const char *value) {
  const struct {
    const char *name;
    long *to;
  } numbers[] = {{"process", &app.process}, {"clients", &app.count}, {"window", &app.window},
                 {"rate", &app.rate}, {"seed", &app.seed}, {"start_us", &app.start_us},
                 {"generation_ms", &app.generation_ms}, {"keys", &app.keys},
                 {"long", &app.longs}, {"appends", &app.appends}, {"last", &app.last}};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if (strcmp(name, numbers[i].name) != 0) continue;
    *numbers[i].to = strtol(value, NULL, 10);
    return 1;
  }
  if (strcmp(name, "log") == 0) {
    app.log = value;
  } else if (strcmp(name, "reads") == 0) {
    app.reads = strcmp(value, "master") == 0 ? HAREDIS_CONSISTENCY_MASTER
                                             : HAREDIS_CONSISTENCY_LINEARIZABLE;
  } else {
    return 0;
  }
  return 1;
}

static void on_term(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)loop;
  (void)signal;
  (void)events;
  end();
}

static void connect_all(haredis_options *options) {
  for (int i = 0; i < app.count; i++) {
    struct client *client = &app.clients[i];
    client->number = i + 1;
    options->user = client;
    client->haredis = haredis_async_connect(recorder.loop, options);
    if (client->haredis == NULL || haredis_err(client->haredis) != HAREDIS_OK) {
      usage(haredis_errstr(client->haredis));
    }
    app.open++;
    ev_timer_init(&client->pace, on_pace, below(1000) / 1000.0 / (double)app.rate, 0);
    client->pace.data = client;
    ev_timer_start(recorder.loop, &client->pace);
  }
}

int main(int argc, char **argv) {
  haredis_options options;
  haredis_options_init(&options);
  options.on_event = on_event;
  recorder_options(&options, argc - 1, argv + 1, own_option, usage);
  bool fine = app.log && app.process > 0 && app.count > 0 && app.count <= CLIENTS_MAX &&
              app.window > 0 && app.rate > 0 && app.generation_ms > 0 && app.keys > 0 &&
              app.keys <= KEY_INDEX_MAX && app.longs >= 0 && app.longs <= KEY_INDEX_MAX;
  if (!fine) usage("a number is missing or out of range");
  if (app.appends) options.on_span = on_span;
  app.random = (uint64_t)app.seed * 1000003u + (uint64_t)app.process;
  oplog_create(app.log, (int)app.process);
  recorder.loop = ev_loop_new(EVFLAG_AUTO);
  connect_all(&options);
  ev_signal term;
  ev_signal_init(&term, on_term, SIGTERM);
  ev_signal_start(recorder.loop, &term);
  ev_run(recorder.loop, 0);
  ev_loop_destroy(recorder.loop);
  while (app.spare != NULL) {
    struct call *next = app.spare->next;
    free(app.spare);
    app.spare = next;
  }
  return app.failed;
}
