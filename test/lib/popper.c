/*
 * Commands of users that block on a list, one of a client at a time, on a link of its own: a BLPOP,
 * or a read that waits as XREAD does.
 *
 *   LINE ──▶ SENT ──answer──▶ [PROVING] ──▶ taken, read, nil, refused, maybe
 *    ▲        │ READONLY, UNBLOCKED, ...: it took nothing
 *    └────────┴ link lost: judged
 *
 * The twin of src/client/blocked.c and pool.c. Where it goes, and what a refusal or a lost answer
 * means for it, the shipped tables say (src/route). Its own time begins when it is first sent; who
 * is sent to another master gets what is left of it.
 * What must not happen is checked by check_pops.c, and as for any write by check_calls.c.
 * It must not know: which of the histories that a server held is the true one.
 */
#include <assert.h>
#include <string.h>

#include "world.h"

#define PATIENCE_MS 3000 /* of the client, on top of the command's own time */
#define GRACE_US 250000  /* as src/client/pool.c */
#define PROOF_MS 1000
#define REDIAL_US 10000
#define OWN_MS 300
#define OWN_LONG_MS 3000
#define FOR_EVER 8 /* one in so many has no end */
#define READS 4    /* one in so many takes nothing */

static void go_on(struct world *world, struct client *client);

/* ------------------------------------------------------------------ time ---------------------- */

static hr_msec now_ms(const struct world *world) {
  return world->now / 1000;
}

static void resume(struct world *world, void *subject, uint64_t life) {
  if (client_may_act(world, subject, resume, life)) go_on(world, subject);
}

static void wake_at(struct world *world, struct client *client, usec at) {
  world_at(world, at, resume, client, client->life);
}

/* ------------------------------------------------------------------ its ends ------------------ */

static void drop(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  if (popper->conn != NULL) net_close(world, popper->conn, 0);
  popper->conn = NULL;
  popper->up = false;
  popper->grace = popper->silent = 0;
}

static void end(struct world *world, struct client *client, enum popper_end how,
                const char *error) {
  static const struct {
    enum fate fate;
    enum pop_count count;
  } ends[] = {[POPPER_TOOK] = {FATE_ACKED, POPS_TOOK},
              [POPPER_READ] = {FATE_ACKED, POPS_READ},
              [POPPER_NIL] = {FATE_REFUSED, POPS_NIL},
              [POPPER_REFUSED] = {FATE_REFUSED, POPS_REFUSED},
              [POPPER_MAYBE] = {FATE_MAYBE, POPS_MAYBE}};
  struct popper *popper = &client->popper;
  assert(popper->phase != POPPER_NONE && how != POPPER_WAITS);
  check_popped(world, client, how, error);
  world->pops[ends[how].count]++;
  world->pops[POPS_TOOK_MOVED] += how == POPPER_TOOK && popper->moves > 0;
  world->pops[POPS_NIL_MOVED] += how == POPPER_NIL && popper->moves > 0;
  popper->phase = POPPER_NONE;
  popper->end = how;
  popper->held = NULL;
  popper->silent = 0;
  popper->call->ended = true;
  check_ended(world, popper->call, ends[how].fate);
}

/* Into the line again: with what is left of its time, wherever the plan says then. */
static void move(struct world *world, struct client *client, usec wait) {
  struct popper *popper = &client->popper;
  drop(world, client);
  popper->phase = POPPER_LINE;
  popper->held = NULL;
  popper->moves++;
  popper->after = world->now + wait;
  wake_at(world, client, popper->after);
}

static struct hr_verdict judge(struct world *world, const struct client *client,
                               enum hr_outcome_kind kind, enum hr_error_class error) {
  const struct popper *popper = &client->popper;
  const struct call *call = popper->call;
  struct hr_outcome outcome = client_outcome(world, kind, error, call->attempts, call->until);
  outcome.write = popper->takes;
  if (call->until == 0) outcome.left_ms = -1;
  outcome.random = (uint32_t)world->pops[POPS_BEGUN];
  return hr_route_judge(&outcome);
}

static void hint(struct world *world, struct client *client, int node) {
  struct hr_event event = {.kind = HR_EV_HINT, .node = node};
  client_step(world, client, &event);
}

/* Its link is gone. What had an answer, and took, may have been lost with it. */
static void lose(struct world *world, struct client *client, bool hints) {
  struct popper *popper = &client->popper;
  int node = popper->conn->end[1].index;
  enum popper_phase phase = popper->phase;
  drop(world, client);
  if (phase == POPPER_LINE) {
    if (popper->after < world->now + REDIAL_US) popper->after = world->now + REDIAL_US;
    wake_at(world, client, popper->after);
    return;
  }
  if (phase == POPPER_NONE) return;
  bool proving = phase == POPPER_PROVING;
  struct hr_verdict verdict = judge(world, client, HR_OUTCOME_LOST_SENT, HR_ERROR_PLAIN);
  world->pops[proving ? POPS_PROOF_LOST : popper->takes ? POPS_LOST : POPS_READ_LOST]++;
  bool moves = verdict.kind == HR_VERDICT_RETRY && !(proving && popper->takes);
  if (moves) move(world, client, verdict.wait_ms * 1000);
  else end(world, client, POPPER_MAYBE, NULL);
  if (hints) hint(world, client, node);
}

/* ------------------------------------------------------------------ its way ------------------- */

static struct hr_plan plan(const struct client *client) {
  const struct popper *popper = &client->popper;
  const struct hr_route_need need = {.write = popper->takes, .durable = popper->call->durable};
  return hr_route_failover(&client->topology, &need);
}

/* Longer than it may be silent on purpose. */
static void expect_words(struct world *world, struct client *client, hr_msec wait_ms) {
  struct popper *popper = &client->popper;
  popper->silent = 0;
  if (wait_ms == 0) return;
  popper->silent =
      world->now + (wait_ms + 2 * world->config.down_after_ms + PROOF_MS) * 1000;
  wake_at(world, client, popper->silent);
}

static void transmit(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  struct call *call = popper->call;
  if (popper->takes) check_fenced(world, client);
  if (popper->takes && call->count == 0) load_number(world, call, 1);
  struct pop *pop = arena_take(&world->arena, sizeof *pop);
  hr_msec left = popper->until_ms != 0 ? popper->until_ms - now_ms(world) : popper->own_ms;
  *pop = (struct pop){.call = call, .takes = popper->takes, .wait_ms = left};
  check_asked(world, client, pop);
  if (popper->begun == 0) popper->begun = world->now;
  if (popper->until_ms == 0 && popper->own_ms != 0) {
    popper->until_ms = now_ms(world) + popper->own_ms;
    wake_at(world, client, popper->until_ms * 1000);
  }
  client->sent += popper->takes;
  call->attempts++;
  popper->phase = POPPER_SENT;
  popper->sent = world->now;
  popper->expected = client->topology.epoch;
  net_send(world, popper->conn, 1, MSG_POP, pop);
  expect_words(world, client, pop->wait_ms);
}

/* Nothing was taken: it had not left, or whoever was asked let go of it. */
static bool is_timed_out(const struct world *world, const struct popper *popper) {
  return popper->until_ms != 0 && popper->until_ms <= now_ms(world);
}

static void go_in_line(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  if (is_timed_out(world, popper)) {
    world->pops[POPS_NIL_IN_LINE]++;
    end(world, client, POPPER_NIL, NULL);
    return;
  }
  if (world->now < popper->after) return;
  struct hr_plan where = plan(client);
  if (where.kind == HR_PLAN_FAIL) end(world, client, POPPER_REFUSED, NULL);
  if (where.kind != HR_PLAN_SEND) return;
  if (popper->conn != NULL && popper->conn->end[1].index != where.node) drop(world, client);
  if (popper->conn == NULL) {
    popper->conn = net_dial(world, CONN_DATA, peer_client(client->index), peer_server(where.node));
    net_send(world, popper->conn, 1, MSG_HELLO, NULL);
  }
  if (popper->up) transmit(world, client);
}

static void go_on(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  if (popper->phase == POPPER_NONE) return;
  bool waits = popper->phase == POPPER_LINE, late = popper->call->until != 0;
  if (late && world->now >= popper->call->until && !(waits && is_timed_out(world, popper))) {
    world->pops[waits ? POPS_LATE_IN_LINE : POPS_LATE_SENT]++;
    drop(world, client); /* or it would take what comes for nobody */
    end(world, client, waits ? POPPER_REFUSED : POPPER_MAYBE, NULL);
  } else if (waits) {
    go_in_line(world, client);
  } else if (popper->grace != 0 && world->now >= popper->grace) {
    world->pops[POPS_GRACE_OVER]++;
    lose(world, client, false);
  } else if (popper->silent != 0 && world->now >= popper->silent) {
    world->pops[POPS_SILENT]++;
    lose(world, client, true);
  }
}

/* A master that was deposed may still say what it has to say: who is let go has taken nothing. */
void popper_topology(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  int master = client->topology.master;
  if (popper->conn != NULL && master >= 0) {
    bool moved = popper->conn->end[1].index != master;
    bool busy = popper->phase == POPPER_SENT || popper->phase == POPPER_PROVING;
    if (!moved) popper->grace = 0;
    if (moved && !busy) drop(world, client);
    if (moved && busy && popper->grace == 0) {
      popper->grace = world->now + GRACE_US;
      wake_at(world, client, popper->grace);
    }
  }
  if (popper->phase == POPPER_LINE) go_in_line(world, client);
}

void popper_hang_up(struct world *world, struct client *client, int node) {
  const struct popper *popper = &client->popper;
  if (popper->conn != NULL && popper->conn->end[1].index == node) lose(world, client, false);
}

/* ------------------------------------------------------------------ answers ------------------- */

static void refused(struct world *world, struct client *client, const char *error) {
  struct popper *popper = &client->popper;
  int node = popper->conn->end[1].index;
  enum hr_error_class class = hr_route_blocked_class(error, strlen(error));
  struct hr_verdict verdict = judge(world, client, HR_OUTCOME_REPLY, class);
  if (verdict.kind == HR_VERDICT_RETRY) {
    bool unblocked = class == HR_ERROR_UNBLOCKED;
    world->pops[unblocked ? POPS_UNBLOCKED : POPS_SENT_ELSEWHERE]++;
    popper->call->attempts -= unblocked;
    move(world, client, verdict.wait_ms * 1000);
  } else {
    end(world, client, POPPER_REFUSED, error);
  }
  if (verdict.hint) hint(world, client, node);
}

/* HINCRBY of the counter, and if a majority is to hold it WAIT and the epoch. */
static void count(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  struct flush *flush = arena_take(&world->arena, sizeof *flush);
  flush->call = popper->call;
  flush->read = true;
  flush->durable = popper->call->durable;
  flush->acks = client->topology.durable_acks;
  flush->expected = popper->expected;
  net_send(world, popper->conn, 1, MSG_WRITE, flush);
}

static void hand_over(struct world *world, struct client *client, const struct pop *pop,
                      const struct flush *proof) {
  struct popper *popper = &client->popper;
  struct call *call = popper->call;
  enum popper_end how = pop->element == NULL ? POPPER_NIL
                        : popper->takes      ? POPPER_TOOK
                                             : POPPER_READ;
  end(world, client, how, NULL);
  if (proof != NULL && !popper->takes) check_read(world, client, call, pop->seen);
  if (how != POPPER_TOOK) return;
  check_handed(world, client, pop);
  struct flush flush = {.first = call->first,
                        .count = 1,
                        .durable = proof != NULL,
                        .epoch = state_epoch(pop->seen),
                        .opcounter = proof != NULL ? proof->opcounter : 0,
                        .exec = true}; /* on a link of its own, as one */
  load_acknowledged(world, client, &flush);
}

static void take_reply(struct world *world, struct client *client, const struct pop *pop) {
  struct popper *popper = &client->popper;
  if (popper->phase != POPPER_SENT || pop->call != popper->call) {
    world_violation(world, "18: %s is answered and waits for nothing there", client->name);
    return;
  }
  bool took = popper->takes && pop->element != NULL, proves = popper->call->durable;
  if (pop->error != NULL) {
    refused(world, client, pop->error);
  } else if (proves && (took || !popper->takes)) {
    popper->phase = POPPER_PROVING;
    popper->held = pop;
    count(world, client);
  } else {
    if (took) count(world, client);
    hand_over(world, client, pop, NULL);
  }
}

/* proof NULL: it was refused. */
static void take_proof(struct world *world, struct client *client, const struct flush *proof) {
  struct popper *popper = &client->popper;
  if (popper->phase != POPPER_PROVING) { /* the count of one that was told before */
    struct hr_event event = {.kind = HR_EV_WRITES, .node = -1};
    if (proof != NULL) event.count = proof->opcounter;
    client_step(world, client, &event);
    return;
  }
  bool proven = proof != NULL && proof->ok &&
                epoch_order(&proof->epoch, &popper->expected) == 0;
  if (proven) {
    hand_over(world, client, popper->held, proof);
    return;
  }
  world->pops[POPS_UNPROVEN]++;
  struct hr_verdict verdict = judge(world, client, HR_OUTCOME_UNPROVEN, HR_ERROR_PLAIN);
  if (verdict.kind == HR_VERDICT_RETRY && !popper->takes) {
    move(world, client, verdict.wait_ms * 1000);
  } else {
    end(world, client, POPPER_MAYBE, NULL);
  }
}

void popper_receive(struct world *world, struct client *client, struct message *message) {
  switch (message->kind) {
    case MSG_WELCOME:
      client->popper.up = true;
      go_on(world, client);
      break;
    case MSG_POPPED:
      take_reply(world, client, message->body);
      break;
    case MSG_WRITTEN:
      take_proof(world, client, message->body);
      break;
    case MSG_READONLY:
      take_proof(world, client, NULL);
      break;
    default:
      lose(world, client, client->popper.phase != POPPER_NONE);
  }
}

/* ------------------------------------------------------------------ its user ------------------ */

/* own_ms 0: it waits for ever. */
void popper_call(struct world *world, struct client *client, bool takes, hr_msec own_ms) {
  struct popper *popper = &client->popper;
  struct call *call = arena_take(&world->arena, sizeof *call);
  assert(popper->phase == POPPER_NONE);
  call->durable = client->durable;
  call->read = !takes;
  call->began = world->now;
  if (own_ms > 0) call->until = world->now + (own_ms + PATIENCE_MS) * 1000;
  struct conn *conn = popper->conn;
  bool up = popper->up;
  *popper = (struct popper){.phase = POPPER_LINE,
                            .conn = conn,
                            .up = up,
                            .takes = takes,
                            .call = call,
                            .own_ms = own_ms,
                            .after = world->now};
  world->pops[POPS_BEGUN]++;
  if (call->until != 0) wake_at(world, client, call->until);
  go_on(world, client);
}

static void turn(struct world *world, void *subject, uint64_t life) {
  struct client *client = subject;
  if (client->life != life || !client->alive) return;
  usec every = world->config.pop_every_us;
  world_at(world, world->now + every / 2 + world_random(world, every), turn, client, life);
  if (client->asleep || !client->writes || client->popper.phase != POPPER_NONE) return;
  bool takes = world_random(world, READS) != 0, ends = world_random(world, FOR_EVER) != 0;
  hr_msec most = world_random(world, 2) == 0 ? OWN_MS : OWN_LONG_MS;
  popper_call(world, client, takes, ends ? 1 + world_random(world, most) : 0);
}

void popper_start(struct world *world, struct client *client) {
  usec every = world->config.pop_every_us;
  client->popper = (struct popper){.phase = POPPER_NONE};
  if (every <= 0) return;
  world_at(world, world->now + world_random(world, every), turn, client, client->life);
}

void popper_forget(struct world *world, struct client *client) {
  struct popper *popper = &client->popper;
  drop(world, client);
  if (popper->phase != POPPER_NONE) check_ended(world, popper->call, FATE_NOBODY);
  popper->phase = POPPER_NONE;
}
