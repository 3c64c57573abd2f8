/*
 * The feed against a model, at random: one stream of numbered messages and marks, three nodes that
 * run it at their own pace, links that deliver when they please, marks that get lost altogether or
 * on some nodes, links that die, targets that flap, masters that change, nodes that are copied anew
 * from their master.
 *
 * What the user hears is in the order of the stream and nothing twice; what it does not hear was
 * published in an interval that was reported.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "pubsub/feed.h"

#define NODES 3
#define STREAM_MAX 4096
#define QUEUE_MAX 4096
#define STEPS 3000
#define HISTORIES 3000

enum what { MESSAGE, MARK, SUBSCRIBE, UNSUBSCRIBE, CONFIRMED };

struct item {
  enum what what;
  uint64_t id;   /* number, nonce or serial */
  unsigned deaf; /* nodes that pass over it */
  hr_msec at;
};

struct queue {
  struct item list[QUEUE_MAX];
  size_t head, tail;
};

struct node {
  bool up, subscribed;
  bool copied; /* since it was looked at */
  size_t cursor;
  struct queue told, says; /* to the node, to the client */
};

struct gap {
  hr_msec from, until;
};

static struct {
  struct hr_prng prng;
  struct hr_feed feed;
  hr_msec now, ready_at;
  struct item stream[STREAM_MAX];
  size_t length;
  struct node nodes[NODES];
  struct queue marks; /* on their way to the master */
  struct queue held_old, held_new;
  uint64_t heard;       /* the last message */
  bool got[STREAM_MAX]; /* by number */
  hr_msec sent[STREAM_MAX];
  uint64_t numbers;
  struct gap gaps[256];
  size_t gap_count, moves;
  struct hr_epoch epoch;
  int target, master;
} m;

static uint64_t below(uint64_t bound) {
  return hr_prng_below(&m.prng, bound);
}

static void push(struct queue *queue, struct item item) {
  assert_true(queue->tail < QUEUE_MAX);
  queue->list[queue->tail++] = item;
}

static bool pull(struct queue *queue, struct item *item) {
  if (queue->head == queue->tail) return false;
  *item = queue->list[queue->head++];
  if (queue->head == queue->tail) queue->head = queue->tail = 0;
  return true;
}

static void hear(uint64_t number) {
  assert_false(m.got[number]);
  assert_true(number > m.heard);
  m.got[number] = true;
  m.heard = number;
}

static void hear_all(struct queue *held) {
  struct item item;
  while (pull(held, &item)) hear(item.id);
}

static void perform(const struct hr_feed_action *action) {
  struct item item = {.id = action->serial};
  switch (action->kind) {
    case HR_FEED_DO_CARRY:
    case HR_FEED_DO_LEAVE:
      assert_true(m.nodes[action->node].up);
      item.what = action->kind == HR_FEED_DO_CARRY ? SUBSCRIBE : UNSUBSCRIBE;
      push(&m.nodes[action->node].told, item);
      break;
    case HR_FEED_DO_MARK:
      assert_int_equal(action->node, m.master);
      push(&m.marks, (struct item){.what = MARK, .id = action->nonce});
      break;
    case HR_FEED_DO_LOOK:
      break; /* at some time */
    case HR_FEED_DO_DELIVER_OLD:
      hear_all(&m.held_old);
      break;
    case HR_FEED_DO_DELIVER_NEW:
      hear_all(&m.held_new);
      break;
    case HR_FEED_DO_DROP_OLD:
      m.held_old.head = m.held_old.tail = 0;
      break;
    case HR_FEED_DO_DROP_NEW:
      m.held_new.head = m.held_new.tail = 0;
      break;
    case HR_FEED_DO_GAP:
      assert_true(m.gap_count < sizeof m.gaps / sizeof *m.gaps);
      assert_true(action->from_ms <= action->until_ms);
      m.gaps[m.gap_count++] = (struct gap){action->from_ms, action->until_ms};
      break;
    case HR_FEED_DO_READY:
      if (m.ready_at == 0) m.ready_at = m.now;
      break;
    case HR_FEED_DO_LOG:
      m.moves += strstr(action->text, "have moved") != NULL;
      break;
  }
}

static void step(struct hr_feed_event event) {
  static struct hr_feed_actions actions;
  event.now = m.now;
  hr_feed_step(&m.feed, &event, &actions);
  for (size_t i = 0; i < actions.count; i++) perform(&actions.list[i]);
  /* Whatever is held is held for a reason. */
  if (m.held_old.tail > 0) assert_true(m.feed.heard_old);
  if (m.held_new.tail > 0) assert_true(m.feed.heard_new);
}

static void tell_target(bool planned) {
  step((struct hr_feed_event){.kind = HR_FEED_TARGET,
                              .node = m.target,
                              .master = m.master,
                              .epoch = m.epoch,
                              .planned = planned});
}

static void tell(enum hr_feed_event_kind kind, int node) {
  step((struct hr_feed_event){.kind = kind, .node = node, .master = -1, .wanted = true});
}

static void append(struct item item) {
  assert_true(m.length < STREAM_MAX);
  item.at = m.now;
  m.stream[m.length++] = item;
}

static void publish(void) {
  assert_true(m.numbers + 1 < STREAM_MAX);
  m.sent[++m.numbers] = m.now;
  append((struct item){.what = MESSAGE, .id = m.numbers});
}

/* The master runs a mark, or it got lost; some nodes may not hear it. */
static void run_mark(bool faults) {
  struct item item;
  if (!pull(&m.marks, &item)) return;
  if (faults && below(4) == 0) return;
  for (unsigned i = 0; faults && i < NODES; i++) item.deaf |= (below(6) == 0 ? 1u : 0u) << i;
  append(item);
}

static void run_node(int index) {
  struct node *node = &m.nodes[index];
  struct item item;
  if (below(2) == 0 && pull(&node->told, &item)) {
    node->subscribed = item.what == SUBSCRIBE;
    item.what = CONFIRMED;
    if (node->subscribed) push(&node->says, item);
    return;
  }
  if (node->cursor == m.length) return;
  item = m.stream[node->cursor++];
  bool deaf = (item.deaf >> index & 1u) != 0;
  if (node->subscribed && !deaf) push(&node->says, item);
}

static void read_link(int index) {
  struct item item;
  if (!pull(&m.nodes[index].says, &item)) return;
  struct hr_feed_event event = {.node = index, .master = -1};
  if (item.what == CONFIRMED) {
    event.kind = HR_FEED_IN_FORCE;
    event.serial = (uint32_t)item.id;
    step(event);
    return;
  }
  if (item.what == MARK) {
    event.kind = HR_FEED_MARK;
    event.nonce = item.id;
    step(event);
    return;
  }
  enum hr_feed_verdict verdict = hr_feed_judge(&m.feed, index);
  if (verdict == HR_FEED_DELIVER) hear(item.id);
  if (verdict == HR_FEED_HOLD_OLD) push(&m.held_old, item);
  if (verdict == HR_FEED_HOLD_NEW) push(&m.held_new, item);
  if (m.held_old.tail + m.held_new.tail > 40) tell(HR_FEED_HELD_FULL, -1);
}

static void set_link(int index, bool up) {
  struct node *node = &m.nodes[index];
  if (node->up == up) return;
  node->up = up;
  node->subscribed = false;
  node->told = node->says = (struct queue){.head = 0};
  tell(up ? HR_FEED_LINK_UP : HR_FEED_LINK_DOWN, index);
}

/* What an old master had sent to nobody is lost for everybody. */
static void change_master(bool planned) {
  size_t most = 0;
  for (int i = 0; i < NODES; i++) {
    if (i != m.master && m.nodes[i].cursor > most) most = m.nodes[i].cursor;
  }
  m.marks.head = m.marks.tail = 0;
  if (!planned && m.nodes[m.master].cursor <= most) m.length = most;
  m.master = (int)below(NODES);
  m.epoch.n++;
  tell_target(planned);
}

static void look(int index) {
  bool copied = m.nodes[index].copied;
  m.nodes[index].copied = false;
  step((struct hr_feed_event){.kind = HR_FEED_LOOK, .node = index, .copied = copied});
}

/* What its cursor has not come to is told to nobody there. */
static void copy(int index) {
  struct node *node = &m.nodes[index];
  node->cursor += below(m.length - node->cursor + 1);
  node->copied = true;
}

static void fault(void) {
  int node = (int)below(NODES);
  switch (below(14)) {
    case 12:
    case 13:
      if (node != m.master) copy(node);
      break;
    case 0:
    case 1:
      set_link(node, false);
      break;
    case 2:
      change_master(false);
      break;
    case 3:
    case 4:
      change_master(true);
      break;
    default:
      m.target = node;
      tell_target(false);
  }
}

static void pass(bool faults) {
  m.now += (hr_msec)below(3);
  if (hr_feed_deadline(&m.feed) <= m.now) tell(HR_FEED_TIME, -1);
  int node = (int)below(NODES);
  uint64_t one = below(faults ? 201 : 200);
  if (one < 10 && faults) {
    publish();
  } else if (one < 25) {
    run_mark(faults);
  } else if (one < 110) {
    run_node(node);
  } else if (one < 197) {
    read_link(node);
  } else if (one < 199) {
    set_link(node, true);
  } else if (one < 200) {
    look(node);
  } else {
    fault();
  }
}

static bool is_reported(hr_msec at) {
  for (size_t i = 0; i < m.gap_count; i++) {
    if (at >= m.gaps[i].from && at <= m.gaps[i].until) return true;
  }
  return false;
}

static bool quiet(void) {
  const struct hr_feed *feed = &m.feed;
  if (feed->phase != HR_FEED_STEADY || !feed->fed || feed->source != m.target) return false;
  const struct node *node = &m.nodes[feed->source];
  return node->cursor == m.length && node->says.tail == 0;
}

static void test_at_random(void **state) {
  (void)state;
  size_t moves = 0, gaps = 0;
  uint64_t heard = 0, missed = 0;
  for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
    struct hr_feed_config config = {
        .nodes = NODES, .patience_ms = 300, .mark_again_ms = 10, .beat_ms = 10,
        .quiet_ms = 20};
    memset(&m, 0, sizeof m);
    hr_prng_seed(&m.prng, seed);
    hr_feed_init(&m.feed, &config, seed);
    m.now = 1000;
    m.epoch.n = 1;
    for (int i = 0; i < NODES; i++) set_link(i, true);
    tell(HR_FEED_WANTED, -1);
    tell_target(false);
    for (int i = 0; i < STEPS; i++) pass(i > 200);
    for (int i = 0; i < 200000 && !quiet(); i++) pass(false);
    assert_true(quiet());
    for (int i = 0; i < NODES; i++) look(i);
    uint64_t last = m.numbers;
    for (int i = 0; i < 20; i++) publish();
    for (int i = 0; i < 200000 && !quiet(); i++) pass(false);
    assert_true(quiet());
    for (uint64_t i = 1; i <= m.numbers; i++) {
      heard += m.got[i];
      missed += !m.got[i];
      if (m.got[i] || m.ready_at == 0 || m.sent[i] < m.ready_at) continue;
      if (i > last || !is_reported(m.sent[i])) {
        fail_msg("seed %llu: message %llu of %lld is missing", (unsigned long long)seed,
                 (unsigned long long)i, (long long)m.sent[i]);
      }
    }
    moves += m.moves;
    gaps += m.gap_count;
  }
  print_message("%llu heard, %llu missed, %zu moves, %zu gaps\n", (unsigned long long)heard,
                (unsigned long long)missed, moves, gaps);
  assert_true(moves > HISTORIES && gaps > HISTORIES && missed < heard);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_at_random)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
