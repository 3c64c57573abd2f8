/*
 * The client against servers that die, refuse, forget and change their roles at random, with
 * writes, transactions (also watched), blocking commands and scripts mixed. The servers share one
 * truth: how often each thing that was asked for has run. Afterwards:
 *
 *   every accepted call was called back exactly once
 *   answered: it ran once        "did not run": it never ran        ERR_MAYBE: at most once
 *
 * A seed that fails is printed; "test_client_chaos SEED" plays it alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

#define OPS 400
#define STEPS 160
#define SEEDS 60
#define PEERS 4096

enum what { WRITE, TXN, WATCHED, POP, XREAD, SCRIPT, READ, KINDS };

struct op {
  enum what what;
  int ran;            /* on all servers together */
  int called, code, type;
  int reads;          /* under a WATCH, not called back */
  bool accepted;
  bool said;          /* a script that ran and answered what a server says that refuses */
  haredis_txn *txn;   /* open */
};

static struct {
  struct op ops[OPS];
  int count;
  int master;         /* who takes writes; -1: nobody */
  bool alive[KIT_NODES], has_script[KIT_NODES];
  bool cut[KIT_NODES]; /* all its connections, soon */
  int faults;         /* of 1000 commands */
  bool muted[PEERS], dirty[PEERS], broken[PEERS];
  int multi[PEERS];   /* 0: none; else 1 + how many were queued */
  int queued[PEERS][4];
  struct { unsigned peer; int node, op; } blocked[OPS];
  int blocked_count;
  unsigned first_peer, last_peer;
  uint64_t random;
  haredis_script *script;
  int callbacks, end_at; /* in that one the client is freed, or told to go; 0: in none */
  bool leaves, ended;
} world;

static unsigned chance(unsigned below) {
  world.random = world.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(world.random >> 33) % below;
}

/* "t17" -> 17 */
static int op_of(const char *key) {
  return key[0] != '\0' && key[1] >= '0' && key[1] <= '9' ? atoi(key + 1) : -1;
}

static unsigned peer_of(const struct kit_server *server) {
  unsigned id = kit_server_speaker(server);
  world.first_peer = world.first_peer == 0 ? id : world.first_peer;
  id = id + 64 - world.first_peer;
  assert_true(id < PEERS);
  world.last_peer = id > world.last_peer ? id : world.last_peer;
  return id;
}

/* ---- what a server does ---- */

static const char *do_exec(unsigned peer) {
  static char text[128];
  int queued = world.multi[peer] - 1;
  bool nil = world.dirty[peer];
  world.multi[peer] = 0;
  world.dirty[peer] = false;
  if (world.broken[peer]) {
    world.broken[peer] = false;
    return "-EXECABORT Transaction discarded because of previous errors.\r\n";
  }
  if (nil) {
    return "*-1\r\n";
  }
  size_t used = (size_t)snprintf(text, sizeof(text), "*%d\r\n", queued);
  for (int i = 0; i < queued; i++) {
    if (world.queued[peer][i] >= 0) {
      world.ops[world.queued[peer][i]].ran++;
    }
    used += (size_t)snprintf(text + used, sizeof(text) - used, ":1\r\n");
  }
  return text;
}

static const char *do_script(int node, char **argv) {
  if (strcmp(argv[0], "EVALSHA") == 0 && !world.has_script[node]) {
    return "-NOSCRIPT No matching script. Please use EVAL.\r\n";
  }
  world.has_script[node] = true;
  struct op *op = &world.ops[op_of(argv[3])];
  op->ran++;
  if (chance(6) > 0) {
    return ":1\r\n";
  }
  op->said = true;
  return "-READONLY You can't write against a read only replica.\r\n";
}

static const char *do_block(int node, unsigned peer, int op) {
  world.blocked[world.blocked_count].peer = peer;
  world.blocked[world.blocked_count].node = node;
  world.blocked[world.blocked_count++].op = op;
  return "";
}

static const char *do_command(int node, unsigned peer, int argc, char **argv) {
  const char *word = argv[0];
  if (strcmp(word, "EXEC") == 0) {
    return do_exec(peer);
  }
  if (world.multi[peer] > 0) {
    int op = argc > 1 && strcmp(word, "HINCRBY") != 0 ? op_of(argv[1]) : -1;
    world.queued[peer][world.multi[peer]++ - 1] = op;
    return "+QUEUED\r\n";
  }
  if (strcmp(word, "MULTI") == 0) {
    world.multi[peer] = 1;
    return "+OK\r\n";
  }
  if (strncmp(word, "EVAL", 4) == 0) {
    return do_script(node, argv);
  }
  if (strcmp(word, "BLPOP") == 0) {
    return do_block(node, peer, op_of(argv[1]));
  }
  if (strcmp(word, "XREAD") == 0) {
    return do_block(node, peer, op_of(argv[4]));
  }
  if (strcmp(word, "SET") == 0) {
    world.ops[op_of(argv[1])].ran++;
  } else if (strcmp(word, "WAIT") == 0) {
    return ":1\r\n";
  } else if (strcmp(word, "HGET") == 0) {
    return kit_bulk(kit.record.epoch);
  }
  return NULL;
}

static bool is_write(const char *word) {
  static const char *const reads[] = {"GET", "XREAD", "WATCH", "UNWATCH", "MULTI",
                                      "HGET", "WAIT", "SELECT", "XINFO"};
  for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
    if (strcmp(word, reads[i]) == 0) {
      return false;
    }
  }
  return true;
}

/* What is said instead of running it; NULL: nothing is in the way. */
static const char *refusal(int node, unsigned peer, const char *word) {
  if (node != world.master && is_write(word)) {
    if (strcmp(word, "EXEC") == 0) {
      world.multi[peer] = 0;
      world.broken[peer] = world.dirty[peer] = false;
      return "-EXECABORT Transaction discarded because of: READONLY You can't write against a "
             "read only replica.\r\n";
    }
    return "-READONLY You can't write against a read only replica.\r\n";
  }
  bool exec = strcmp(word, "EXEC") == 0 || strcmp(word, "MULTI") == 0;
  if (!exec && (int)chance(1000) < world.faults) {
    return chance(2) == 0 ? "-LOADING Redis is loading the dataset in memory\r\n"
                          : "-BUSY Redis is busy running a script.\r\n";
  }
  return NULL;
}

static const char *live(struct kit_server *server, int argc, char **argv) {
  int node = (int)(server - kit.servers);
  unsigned peer = peer_of(server);
  if (world.muted[peer]) {
    return "";
  }
  if ((int)chance(1000) < world.faults / 4) { /* it dies before this one */
    world.muted[peer] = world.cut[node] = true;
    return "";
  }
  const char *answer = refusal(node, peer, argv[0]);
  if (answer != NULL) {
    world.broken[peer] = world.multi[peer] > 0;
  } else {
    answer = do_command(node, peer, argc, argv);
  }
  if ((int)chance(1000) < world.faults / 4) { /* or behind it: nobody will hear */
    world.muted[peer] = world.cut[node] = true;
    return "";
  }
  return answer;
}

/* ---- what happens ---- */

static void forget_blocked(int node) {
  int kept = 0;
  for (int i = 0; i < world.blocked_count; i++) {
    if (world.blocked[i].node != node) {
      world.blocked[kept++] = world.blocked[i];
    }
  }
  world.blocked_count = kept;
}

static void cut(int node) {
  world.cut[node] = false;
  forget_blocked(node);
  kit_server_cut(&kit.servers[node]);
}

/* The i-th who is blocked gets something, nil, or is let go by a demoted master. */
static void serve(int i, bool demoted) {
  unsigned peer = world.blocked[i].peer;
  int node = world.blocked[i].node;
  struct op *op = &world.ops[world.blocked[i].op];
  world.blocked[i] = world.blocked[--world.blocked_count];
  struct kit_server *server = &kit.servers[node];
  if (world.muted[peer]) {
    return;
  }
  unsigned id = peer - 64 + world.first_peer;
  if (demoted) {
    kit_server_say_to(server, id, "-UNBLOCKED force unblock from blocking operation, instance "
                                  "state changed (master -> replica?)\r\n");
    return;
  }
  if (op->what == XREAD || chance(2) == 0 || node != world.master) {
    kit_server_say_to(server, id, "*-1\r\n");
  } else if (chance(8) == 0) { /* it takes, and nobody hears */
    op->ran++;
    world.muted[peer] = world.cut[node] = true;
  } else if (kit_server_say_to(server, id, "*2\r\n$1\r\nq\r\n$1\r\nx\r\n")) {
    op->ran++;
  }
}

static bool turn(int ms);

static void change_master(void) {
  int old = world.master, next = (int)chance(KIT_NODES);
  world.master = -1;
  if (chance(2) == 0) {
    kit_pause(HR_PAUSE_NO_MASTER);
    if (!turn((int)chance(3))) {
      return;
    }
  }
  for (int i = world.blocked_count - 1; i >= 0 && old >= 0; i--) {
    if (world.blocked[i].node == old && old != next && chance(4) > 0) {
      serve(i, true);
      i = i < world.blocked_count ? i : world.blocked_count;
    }
  }
  if (!turn((int)chance(3))) {
    return;
  }
  world.master = next;
  world.has_script[next] = world.has_script[next] && chance(2) == 0;
  kit_master(next);
}

static void die_or_come_back(void) {
  int node = (int)chance(KIT_NODES);
  struct kit_server *server = &kit.servers[node];
  if (world.alive[node]) {
    forget_blocked(node);
    kit_server_stop(server);
    world.has_script[node] = false;
  } else {
    kit_server_start(server, kit.ev, server->port);
  }
  world.alive[node] = !world.alive[node];
}

/* ---- what is asked ---- */

static void on_reply(haredis_client *c, struct redisReply *reply, void *data) {
  struct op *op = data;
  op->called++;
  op->code = haredis_err(c);
  op->type = reply != NULL ? reply->type : 0;
  if (++world.callbacks != world.end_at) {
    return;
  }
  world.ended = true;
  if (world.leaves) {
    haredis_disconnect(c);
  } else {
    haredis_free(c);
    kit.c = NULL;
  }
}

/* The loop works; false: the client has come to its end meanwhile. */
static bool turn(int ms) {
  kit_turn(ms);
  return !world.ended;
}

/* Under the WATCH. */
static void on_read(haredis_client *c, struct redisReply *reply, void *data) {
  struct op reads = {0};
  struct op *op = data;
  on_reply(c, reply, &reads);
  op->reads--;
}

static void ask_txn(struct op *op, int i) {
  char key[16];
  const char *keys[] = {key};
  snprintf(key, sizeof(key), "t%d", i);
  op->txn = haredis_txn_begin(kit.c);
  assert_non_null(op->txn);
  if (op->what == WATCHED) {
    assert_int_equal(haredis_txn_watch(op->txn, 1, keys, NULL), HAREDIS_OK);
    op->reads += haredis_async_txn_read(op->txn, on_read, op, "GET %s", key) == HAREDIS_OK;
  }
  assert_int_equal(haredis_txn_command(op->txn, "SET %s 1", key), HAREDIS_OK);
}

/* Open transactions are executed some steps later. */
static void end_txn(struct op *op) {
  haredis_txn *t = op->txn;
  haredis_call call = HAREDIS_CALL_INIT;
  call.retry = (int)chance(4);
  call.timeout_ms = chance(3) == 0 ? 20 : 0;
  op->txn = NULL;
  op->accepted = haredis_async_txn_exec(t, &call, on_reply, op) == HAREDIS_OK;
  if (!op->accepted) {
    assert_int_equal(haredis_err(kit.c), HAREDIS_ERR_ABORTED);
    haredis_txn_discard(t);
  }
}

static void ask(void) {
  int i = world.count++, code = HAREDIS_OK;
  struct op *op = &world.ops[i];
  char key[16];
  const char *argv[] = {key};
  op->what = (enum what)chance(KINDS);
  switch (op->what) {
    case WRITE:
      code = haredis_async_command(kit.c, on_reply, op, "SET w%d 1", i);
      break;
    case TXN:
    case WATCHED:
      ask_txn(op, i);
      return;
    case POP:
      code = haredis_async_command(kit.c, on_reply, op, "BLPOP p%d %s", i,
                                   chance(2) == 0 ? "0" : "0.02");
      break;
    case XREAD:
      code = haredis_async_command(kit.c, on_reply, op, "XREAD BLOCK 0 STREAMS x%d $", i);
      break;
    case SCRIPT:
      snprintf(key, sizeof(key), "s%d", i);
      code = haredis_async_script_call(world.script, NULL, on_reply, op, 1, 1, argv, NULL);
      break;
    case READ:
    case KINDS:
      code = haredis_async_command(kit.c, on_reply, op, "GET g%d", i);
  }
  op->accepted = code == HAREDIS_OK;
  assert_int_equal(code, HAREDIS_OK);
}

static void step(void) {
  switch (chance(16)) {
    case 0:
      change_master();
      break;
    case 1:
      die_or_come_back();
      break;
    case 2:
      world.cut[chance(KIT_NODES)] = true;
      break;
    case 3:
    case 4:
    case 5:
      if (world.blocked_count > 0) {
        serve((int)chance((unsigned)world.blocked_count), false);
      }
      break;
    case 6:
      world.has_script[chance(KIT_NODES)] = false;
      break;
    case 7:
      world.dirty[64 + chance(world.last_peer > 64 ? world.last_peer - 63 : 1)] = true;
      break;
    default:
      ask();
  }
  for (int i = 0; i < world.count && !world.ended; i++) {
    if (world.ops[i].txn != NULL && chance(6) == 0) {
      end_txn(&world.ops[i]);
    }
  }
  if (!world.ended && !turn((int)chance(3))) {
    return;
  }
  for (int node = 0; node < KIT_NODES; node++) {
    if (world.cut[node]) {
      cut(node);
    }
    kit_server_forget(&kit.servers[node]);
  }
}

static void calm_down(void) {
  world.faults = 0;
  for (int node = 0; node < KIT_NODES; node++) {
    if (!world.alive[node]) {
      kit_server_start(&kit.servers[node], kit.ev, kit.servers[node].port);
      world.alive[node] = true;
    }
    cut(node);
  }
  world.master = 1;
  kit_master(1);
  for (int i = 0; i < world.count; i++) {
    if (world.ops[i].txn != NULL) {
      end_txn(&world.ops[i]);
    }
  }
  for (int turn = 0; turn < 2000 && kit.c->outstanding > 0; turn++) {
    kit_turn(1);
    while (world.blocked_count > 0) {
      serve(0, false);
    }
    for (int node = 0; node < KIT_NODES; node++) {
      if (world.cut[node]) {
        cut(node);
      }
      kit_server_forget(&kit.servers[node]);
    }
  }
}

/* ---- the verdict ---- */

static bool right(const struct op *op) {
  bool changes = op->what != READ && op->what != XREAD;
  if (op->called != (int)op->accepted || op->reads != 0) {
    return false;
  }
  if (!op->accepted || !changes) {
    return !changes || op->ran == 0;
  }
  if (op->code == HAREDIS_ERR_MAYBE || op->code == HAREDIS_ERR_PROTOCOL) {
    return op->ran <= 1;
  }
  bool nothing = op->code != HAREDIS_OK || op->type == REDIS_REPLY_NIL ||
                 op->type == REDIS_REPLY_ERROR;
  return op->ran == (nothing && !op->said ? 0 : 1);
}

static void judge(unsigned seed) {
  static const char *const names[] = {"SET", "EXEC", "watched EXEC", "BLPOP", "XREAD",
                                      "script", "GET"};
  int wrong = 0;
  for (int i = 0; i < world.count; i++) {
    const struct op *op = &world.ops[i];
    if (!right(op)) {
      print_error("seed %u: %s number %d: called back %d times, %s, reply type %d, ran %d times\n",
                  seed, names[op->what], i, op->called, haredis_error_name(op->code), op->type,
                  op->ran);
      wrong++;
    }
  }
  assert_int_equal(wrong, 0);
}

static int answered[KINDS], maybe, other;

static void count_outcomes(void) {
  for (int i = 0; i < world.count; i++) {
    const struct op *op = &world.ops[i];
    answered[op->what] += op->called == 1 && op->code == HAREDIS_OK;
    maybe += op->code == HAREDIS_ERR_MAYBE;
    other += op->code != HAREDIS_OK && op->code != HAREDIS_ERR_MAYBE;
  }
}

/* Told to go: whatever waits is over within drain_timeout_ms. */
static void leave(void) {
  world.faults = 0;
  for (int i = 0; i < 1000 && kit.freed == 0; i++) {
    kit_turn(1);
  }
  assert_int_equal(kit.freed, 1);
  kit.c = NULL;
}

static void finish(void) {
  if (world.ended) {
    if (world.leaves) {
      leave();
    }
    return;
  }
  world.end_at = 0;
  if (chance(4) > 0) {
    calm_down();
    assert_int_equal(kit.c->outstanding, 0);
  }
  kit_check_metrics();
  haredis_free(kit.c);
  kit.c = NULL;
}

static void play(unsigned seed) {
  memset(&world, 0, sizeof(world));
  world.random = seed;
  kit_begin();
  kit.options.command_timeout_ms = chance(2) == 0 ? 60 : 3000;
  kit.options.durability = chance(3) == 0 ? HAREDIS_DURABILITY_QUORUM : HAREDIS_DURABILITY_ASYNC;
  kit.options.pool_max = chance(2) == 0 ? 3 : 128;
  kit.options.retry_backoff_max_ms = 8;
  kit.options.drain_timeout_ms = 200;
  world.end_at = chance(3) == 0 ? 1 + (int)chance(80) : 0;
  world.leaves = chance(2) == 0;
  world.faults = (int)chance(60);
  for (int node = 0; node < KIT_NODES; node++) {
    kit.servers[node].rule = live;
    world.alive[node] = true;
  }
  kit_connect();
  world.script = haredis_script_load(kit.c, "return 1");
  kit_master(0);
  for (int i = 0; i < STEPS && !world.ended; i++) {
    step();
    if (i % 8 == 0 && !world.ended) {
      kit_check_metrics();
    }
  }
  finish();
  haredis_script_free(world.script);
  count_outcomes();
  kit_end();
  judge(seed);
}

static unsigned one_seed;

static void whatever_happens(void **state) {
  (void)state;
  for (unsigned seed = 1; seed <= SEEDS && one_seed == 0; seed++) {
    play(seed);
  }
  if (one_seed != 0) {
    play(one_seed);
    return;
  }
  for (int what = 0; what < KINDS; what++) { /* it was no empty play */
    assert_true(answered[what] > SEEDS);
  }
  assert_true(maybe > SEEDS / 4 && other > SEEDS / 4);
}

int main(int argc, char **argv) {
  one_seed = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
  const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_happens)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
