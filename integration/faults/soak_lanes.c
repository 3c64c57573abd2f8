/*
 * What an application of the soak does: the lanes of soak_page.h, each at its rate, and what each
 * answer must look like. It knows nothing of phases but their serial.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak_app.h"

enum { OPS = 8192, DROP_WORDS = 1 + 8 * 8 };

static struct {
  struct op ops[OPS];
  uint32_t next;
  uint64_t ids[SOAK_LANES];      /* the highest of each lane in this phase */
  int under_way[SOAK_LANES];
  int64_t due_us[SOAK_LANES];
  uint64_t read_floor;           /* the highest that a linearizable read has shown */
  uint64_t token, token_back;    /* the last one pushed; the last one that came to an end */
  int64_t token_us;
  uint64_t popped;
  haredis_script *script;
} lanes;

/* ----------------------------------------------------------------- what became of a command -- */

static uint64_t lane_id(int lane) {
  return ++lanes.ids[lane];
}

static struct op *op_take(int lane) {
  for (int i = 0; i < OPS; i++) {
    struct op *op = &lanes.ops[lanes.next++ % OPS];
    if (op->pending) continue;
    memset(op, 0, sizeof *op);
    op->lane = lane;
    op->serial = soak.page->serial;
    op->sent_us = soak_now_us();
    return op;
  }
  return NULL;
}

static void write_put(const struct op *op, int fate, int code) {
  if (op->lane >= SOAK_RECORDED) return;
  struct soak_write *w = &soak.page->writes[op->lane][op->id];
  if (fate == SOAK_PENDING) {
    w->sent_us = op->sent_us;
    w->masters_sent = soak.page->masters;
  } else {
    w->at_us = soak_now_us();
    w->masters_at = soak.page->masters;
    w->code = code;
  }
  w->fate = fate;
}

/* Taken by the library, or not. */
static bool op_sent(struct op *op, int code) {
  struct soak_count *count = &soak.page->lanes[op->lane];
  if (code != HAREDIS_OK) {
    count->refused++;
    if (code < SOAK_CODES) soak.page->codes[code]++;
    return false;
  }
  op->pending = true;
  count->begun++;
  soak.page->pending++;
  lanes.under_way[op->lane]++;
  write_put(op, SOAK_PENDING, 0);
  return true;
}

static bool is_read(int lane) {
  return lane == SOAK_LINEARIZABLE || lane == SOAK_REPLICA;
}

static int op_code(haredis_client *c, const struct redisReply *reply) {
  if (reply == NULL) return haredis_err(c);
  return reply->type == REDIS_REPLY_ERROR ? RECORD_SERVER_ERROR : RECORD_ACKED;
}

static void async_acked(void) {
  soak.acked_us = soak_now_us();
  if (soak.pause_from_us == 0) return;
  int64_t pause_us = soak.acked_us - soak.pause_from_us;
  if (soak.page->pause_count < SOAK_LIST) {
    soak.page->pauses_us[soak.page->pause_count++] = pause_us;
  }
  if (pause_us > soak.page->longest_us) {
    soak.page->longest_us = pause_us;
    soak.page->longest_end_us = soak.acked_us;
  }
  soak.pause_from_us = 0;
}

/* Counts it; its code. The second call for one command is noticed as long as nobody has taken its
 * place. */
static int op_ended(struct op *op, haredis_client *c, const struct redisReply *reply) {
  struct soak_page *page = soak.page;
  struct soak_count *count = &page->lanes[op->lane];
  int code = op_code(c, reply);
  if (!op->pending) {
    soak_wrong(&page->called_twice, "command %llu of lane %d was called back twice",
               (unsigned long long)op->id, op->lane);
    return code;
  }
  op->pending = false;
  page->pending--;
  lanes.under_way[op->lane]--;
  write_put(op, SOAK_ENDED, code);
  if (code == RECORD_ACKED) {
    count->acked++;
    if (op->sent_us > count->acked_sent_us) count->acked_sent_us = op->sent_us;
    if (op->lane == SOAK_ASYNC) async_acked();
    return code;
  }
  if (code == RECORD_SERVER_ERROR) {
    snprintf(page->server_error, sizeof page->server_error, "lane %d: %.100s", op->lane,
             reply->str);
  } else if (code < SOAK_CODES) {
    page->codes[code]++;
  }
  bool unknown = code == RECORD_SERVER_ERROR || code == HAREDIS_ERR_MAYBE ||
                 code == HAREDIS_ERR_PROTOCOL;
  if (unknown && !is_read(op->lane)) count->maybe++;
  else count->failed++;
  return code;
}

static void on_plain(haredis_client *c, struct redisReply *reply, void *data) {
  op_ended(data, c, reply);
}

static int send_words(const struct haredis_call *call, haredis_reply_fn *fn, void *data, int argc,
                      const char **argv) {
  return haredis_async_command_with(soak.client, call, fn, data, argc, argv, NULL);
}

static const char *number_text(uint64_t n) {
  static char text[24];
  snprintf(text, sizeof text, "%llu", (unsigned long long)n);
  return text;
}

static const haredis_call quorum = {.struct_size = sizeof(haredis_call),
                                    .durability = HAREDIS_DURABILITY_QUORUM};
static const haredis_call linearizable = {.struct_size = sizeof(haredis_call),
                                          .consistency = HAREDIS_CONSISTENCY_LINEARIZABLE};
static const haredis_call from_replica = {.struct_size = sizeof(haredis_call),
                                          .read_from = HAREDIS_READ_PREFER_REPLICA};

/* --------------------------------------------------------------------------------- writes ---- */

static void send_listed(struct op *op, const char *name, const haredis_call *call) {
  op->id = lane_id(op->lane);
  const char *argv[] = {"RPUSH", soak_key(op->serial, name), number_text(op->id)};
  op_sent(op, send_words(call, on_plain, op, 3, argv));
}

static void send_async(struct op *op) {
  send_listed(op, "a", NULL);
}

static void send_durable(struct op *op) {
  send_listed(op, "d", &quorum);
}

static void send_publish(struct op *op) {
  char text[64];
  op->id = lane_id(op->lane);
  int length = snprintf(text, sizeof text, "%d %llu %llu", soak.slot,
                        (unsigned long long)op->serial, (unsigned long long)op->id);
  op_sent(op, haredis_publish(soak.client, on_plain, op, "soak:news", text, (size_t)length));
}

/* ------------------------------------------------------------------------------ a register --- */

/* One in doubt may wait in a socket, and run behind later ones: its value may come back. */
static void set_ended(const struct op *op, int code) {
  if (code == RECORD_ACKED) soak.page->register_acked = op->id;
  if (code != HAREDIS_ERR_MAYBE && code != HAREDIS_ERR_PROTOCOL && code != RECORD_SERVER_ERROR) {
    return;
  }
  soak.page->register_doubt[op->id / 8] |= (uint8_t)(1u << op->id % 8);
}

static bool in_doubt(uint64_t value) {
  return value < SOAK_WRITES && (soak.page->register_doubt[value / 8] & 1u << value % 8) != 0;
}

static void on_set(haredis_client *c, struct redisReply *reply, void *data) {
  set_ended(data, op_ended(data, c, reply));
}

static void send_set(struct op *op) {
  op->id = lane_id(op->lane);
  soak.page->register_sent = op->id;
  const char *argv[] = {"SET", soak_key(op->serial, "r"), number_text(op->id)};
  op_sent(op, send_words(&quorum, on_set, op, 3, argv));
}

static void check_read(const struct op *op, const struct redisReply *reply) {
  uint64_t value = reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, NULL, 10) : 0;
  const char *how = op->lane == SOAK_REPLICA ? "a replica" : "a linearizable read";
  if (op->serial != soak.page->serial) return;
  if (value < op->floor && in_doubt(value)) {
    soak.page->register_back++;
    return;
  }
  if (value < op->floor) {
    soak_wrong(&soak.page->stale,
               "%s said %llu behind %llu: asked at %lld us of %s, master port %d", how,
               (unsigned long long)value, (unsigned long long)op->floor, (long long)op->sent_us,
               soak.read_at, (int)soak.page->master_port);
  }
  if (value > soak.page->register_sent) {
    soak_wrong(&soak.page->from_nowhere, "%s said %llu, %llu was written", how,
               (unsigned long long)value, (unsigned long long)soak.page->register_sent);
  }
  if (op->lane == SOAK_LINEARIZABLE && value > lanes.read_floor) lanes.read_floor = value;
}

static void on_read(haredis_client *c, struct redisReply *reply, void *data) {
  if (op_ended(data, c, reply) == RECORD_ACKED) check_read(data, reply);
}

static void send_read(struct op *op, const haredis_call *call) {
  op->id = lane_id(op->lane);
  const char *argv[] = {"GET", soak_key(op->serial, "r")};
  op_sent(op, send_words(call, on_read, op, 2, argv));
}

static uint64_t linearizable_floor(void) {
  uint64_t acked = soak.page->register_acked;
  return acked > lanes.read_floor ? acked : lanes.read_floor;
}

static void send_linearizable(struct op *op) {
  op->floor = linearizable_floor();
  send_read(op, &linearizable);
}

static void send_replica(struct op *op) {
  op->floor = soak.page->register_acked;
  send_read(op, &from_replica);
}

/* --------------------------------------------------------------------------- transactions ---- */

static void send_txn(struct op *op) {
  haredis_txn *t = haredis_txn_begin(soak.client);
  if (t == NULL) {
    op_sent(op, haredis_err(soak.client));
    return;
  }
  op->id = lane_id(op->lane);
  int code = haredis_txn_command(t, "INCR %s", soak_key(op->serial, "t"));
  if (code == HAREDIS_OK) code = haredis_txn_command(t, "INCR %s", soak_key(op->serial, "u"));
  if (code == HAREDIS_OK) code = haredis_async_txn_exec(t, &quorum, on_plain, op);
  if (!op_sent(op, code)) haredis_txn_discard(t);
}

/* The one that is at it, under WATCH and before EXEC. */
static haredis_txn *watching;

static void on_watch_exec(haredis_client *c, struct redisReply *reply, void *data) {
  int code = op_ended(data, c, reply);
  if (code != RECORD_ACKED || reply->type == REDIS_REPLY_ARRAY) return;
  struct soak_count *count = &soak.page->lanes[SOAK_WATCH]; /* NIL: nothing ran */
  count->acked--;
  count->failed++;
}

static void on_watched(haredis_client *c, struct redisReply *reply, void *data) {
  struct op *op = data;
  haredis_txn *t = watching;
  watching = NULL;
  bool fine = reply != NULL && reply->type != REDIS_REPLY_ERROR;
  uint64_t value = fine && reply->str ? strtoull(reply->str, NULL, 10) : 0;
  if (fine && t != NULL &&
      haredis_txn_command(t, "SET %s %llu", soak_key(op->serial, "w"),
                          (unsigned long long)value + 1) == HAREDIS_OK &&
      haredis_async_txn_exec(t, &quorum, on_watch_exec, op) == HAREDIS_OK) {
    return;
  }
  op_ended(op, c, reply);
  if (fine) { /* the read was answered and EXEC not accepted */
    soak.page->lanes[SOAK_WATCH].acked--;
    soak.page->lanes[SOAK_WATCH].failed++;
  } else if (reply == NULL && haredis_err(c) == HAREDIS_ERR_MAYBE) { /* of a read */
    soak.page->lanes[SOAK_WATCH].maybe--;
    soak.page->lanes[SOAK_WATCH].failed++;
  }
  haredis_txn_discard(t);
}

static void send_watch(struct op *op) {
  const char *key = soak_key(op->serial, "w");
  op->id = lane_id(op->lane);
  watching = haredis_txn_begin(soak.client);
  if (watching == NULL) {
    op_sent(op, haredis_err(soak.client));
    return;
  }
  int code = haredis_txn_watch(watching, 1, &key, NULL);
  if (code == HAREDIS_OK) code = haredis_async_txn_read(watching, on_watched, op, "GET %s", key);
  if (op_sent(op, code)) return;
  haredis_txn_discard(watching);
  watching = NULL;
}

static void send_script(struct op *op) {
  const char *argv[] = {soak_key(op->serial, "s")};
  op->id = lane_id(op->lane);
  if (lanes.script == NULL) {
    lanes.script = haredis_script_load(soak.client, "return redis.call('INCR', KEYS[1])");
  }
  op_sent(op, haredis_async_script_call(lanes.script, &quorum, on_plain, op, 1, 1, argv, NULL));
}

/* -------------------------------------------------------------------------- a queue of one --- */

static void on_pushed(haredis_client *c, struct redisReply *reply, void *data) {
  struct op *op = data;
  if (op_ended(op, c, reply) != RECORD_ACKED) lanes.token_back = op->id; /* nobody may take it */
}

static void send_push(struct op *op) {
  /* Who took the last one may never have been told. */
  if (lanes.token_back < lanes.token && lanes.token_us + 1000000 > op->sent_us) return;
  lanes.token_us = op->sent_us;
  op->id = lanes.token = lane_id(op->lane);
  const char *argv[] = {"RPUSH", soak_key(op->serial, "q"), number_text(op->id)};
  op_sent(op, send_words(&quorum, on_pushed, op, 3, argv));
}

static void on_popped(haredis_client *c, struct redisReply *reply, void *data) {
  struct op *op = data;
  if (op_ended(op, c, reply) != RECORD_ACKED || op->serial != soak.page->serial) return;
  if (reply->type == REDIS_REPLY_NIL) return;
  bool pair = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2;
  uint64_t token = pair ? strtoull(reply->element[1]->str, NULL, 10) : 0;
  if (token == 0 || token > lanes.token) {
    soak_wrong(&soak.page->from_nowhere, "BLPOP took token %llu of %llu",
               (unsigned long long)token, (unsigned long long)lanes.token);
  }
  if (token <= lanes.popped) soak.page->popped_again++;
  else lanes.popped = token;
  if (token > lanes.token_back) lanes.token_back = token;
}

static void send_pop(struct op *op) {
  op->id = lane_id(op->lane);
  const char *argv[] = {"BLPOP", soak_key(op->serial, "q"), "1"};
  op_sent(op, send_words(NULL, on_popped, op, 3, argv));
}

/* ------------------------------------------------------------------------------ all of them -- */

static const struct lane {
  int per_second;
  int window;          /* so many under way at most */
  void (*send)(struct op *op);
} table[SOAK_LANES] = {
    [SOAK_ASYNC] = {100, 1024, send_async},
    [SOAK_DURABLE] = {50, 512, send_durable},
    [SOAK_PUBLISH] = {20, 256, send_publish},
    [SOAK_SET] = {20, 1, send_set},
    [SOAK_LINEARIZABLE] = {20, 4, send_linearizable},
    [SOAK_REPLICA] = {20, 4, send_replica},
    [SOAK_TXN] = {10, 1, send_txn},
    [SOAK_WATCH] = {5, 1, send_watch},
    [SOAK_SCRIPT] = {10, 1, send_script},
    [SOAK_PUSH] = {5, 1, send_push},
    [SOAK_POP] = {20, 1, send_pop},
};

static void lane_tick(int lane, int64_t now_us) {
  const struct lane *l = &table[lane];
  for (int i = 0; i < 8 && lanes.due_us[lane] <= now_us; i++) {
    if (lanes.under_way[lane] >= l->window || lanes.ids[lane] + 1 >= SOAK_WRITES) break;
    struct op *op = op_take(lane);
    if (op == NULL) return;
    l->send(op);
    lanes.due_us[lane] += 1000000 / l->per_second;
  }
  /* What a sleep or a full window has missed is not made up for. */
  if (lanes.due_us[lane] < now_us - 100000) lanes.due_us[lane] = now_us;
}

void lanes_tick(void) {
  int64_t now_us = soak_now_us();
  for (int lane = 0; lane < SOAK_LANES; lane++) lane_tick(lane, now_us);
}

void lanes_begin(void) {
  memset(lanes.ids, 0, sizeof lanes.ids);
  int64_t now_us = soak_now_us();
  for (int lane = 0; lane < SOAK_LANES; lane++) lanes.due_us[lane] = now_us;
  soak.page->register_sent = soak.page->register_acked = soak.page->register_back = 0;
  memset(soak.page->register_doubt, 0, sizeof soak.page->register_doubt);
  lanes.read_floor = lanes.token = lanes.token_back = lanes.popped = 0;
}

void lanes_drop(uint64_t serial, int phases) {
  static const char *const names[] = {"a", "d", "r", "t", "u", "w", "s", "q"};
  static char keys[DROP_WORDS][64];
  const char *argv[DROP_WORDS] = {"UNLINK"};
  int argc = 1;
  for (int i = 0; i < phases && serial > 0; i++, serial--) {
    for (int n = 0; n < 8 && argc < DROP_WORDS; n++) {
      snprintf(keys[argc], sizeof keys[argc], "%s", soak_key(serial, names[n]));
      argv[argc] = keys[argc];
      argc++;
    }
  }
  if (argc == 1) return;
  if (soak.loop) send_words(&quorum, NULL, NULL, argc, argv);
  else freeReplyObject(haredis_command_with(soak.client, &quorum, argc, argv, NULL));
}

void lanes_end(void) {
  haredis_script_free(lanes.script);
}

/* ------------------------------------------------------------------------- one at a time ----- */

static struct redisReply *block(struct op *op, const haredis_call *call, int argc,
                                const char **argv) {
  op_sent(op, HAREDIS_OK);
  struct redisReply *reply = haredis_command_with(soak.client, call, argc, argv, NULL);
  op_ended(op, soak.client, reply);
  return reply;
}

static void block_durable(void) {
  struct op *op = op_take(SOAK_DURABLE);
  op->id = lane_id(SOAK_DURABLE);
  const char *argv[] = {"RPUSH", soak_key(op->serial, "d"), number_text(op->id)};
  freeReplyObject(block(op, &quorum, 3, argv));
}

static void block_register(void) {
  struct op *op = op_take(SOAK_SET);
  op->id = soak.page->register_sent = lane_id(SOAK_SET);
  const char *set[] = {"SET", soak_key(op->serial, "r"), number_text(op->id)};
  struct redisReply *reply = block(op, &quorum, 3, set);
  set_ended(op, op_code(soak.client, reply));
  freeReplyObject(reply);
  op = op_take(SOAK_LINEARIZABLE);
  op->id = lane_id(SOAK_LINEARIZABLE);
  op->floor = linearizable_floor();
  const char *get[] = {"GET", soak_key(op->serial, "r")};
  reply = block(op, &linearizable, 2, get);
  if (reply != NULL && reply->type != REDIS_REPLY_ERROR) check_read(op, reply);
  freeReplyObject(reply);
}

static void block_txn(void) {
  haredis_txn *t = haredis_txn_begin(soak.client);
  if (t == NULL) return;
  struct op *op = op_take(SOAK_TXN);
  op->id = lane_id(SOAK_TXN);
  haredis_txn_command(t, "INCR %s", soak_key(op->serial, "t"));
  haredis_txn_command(t, "INCR %s", soak_key(op->serial, "u"));
  op_sent(op, HAREDIS_OK);
  struct redisReply *reply = haredis_txn_exec(t, &quorum);
  op_ended(op, soak.client, reply);
  freeReplyObject(reply);
}

static void block_script(void) {
  struct op *op = op_take(SOAK_SCRIPT);
  const char *argv[] = {soak_key(op->serial, "s")};
  op->id = lane_id(SOAK_SCRIPT);
  if (lanes.script == NULL) {
    lanes.script = haredis_script_load(soak.client, "return redis.call('INCR', KEYS[1])");
  }
  op_sent(op, HAREDIS_OK);
  struct redisReply *reply = haredis_script_call(lanes.script, &quorum, 1, 1, argv, NULL);
  op_ended(op, soak.client, reply);
  freeReplyObject(reply);
}

void lanes_block(void) {
  if (lanes.ids[SOAK_DURABLE] + 1 >= SOAK_WRITES) return;
  block_durable();
  block_register();
  if (lanes.ids[SOAK_DURABLE] % 4 == 0) block_txn();
  if (lanes.ids[SOAK_DURABLE] % 4 == 2) block_script();
}
