/*
 * The steps of the feed: what is told is written down (take_in), then whatever has become possible
 * is done, once, in the order in which one thing makes the next possible (go_on). It must not know
 * how anything is carried out.
 */
#include "pubsub/feed.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/prng.h"

#define LATE_MAX 8 /* times the patience: who hears the master and no mark for so long hears none */

/* ------------------------------------------------------------ words ------------------------- */

static struct hr_feed_action *emit(struct hr_feed *feed, enum hr_feed_action_kind kind, int node) {
  assert(feed->out->count < HR_FEED_ACTIONS_MAX);
  struct hr_feed_action *action = &feed->out->list[feed->out->count++];
  memset(action, 0, offsetof(struct hr_feed_action, text) + 1);
  action->kind = kind;
  action->node = node;
  return action;
}

__attribute__((format(printf, 2, 3))) static void say(struct hr_feed *feed, const char *format,
                                                      ...) {
  assert(format != NULL);
  struct hr_feed_action *action = emit(feed, HR_FEED_DO_LOG, -1);
  va_list ap;
  va_start(ap, format);
  vsnprintf(action->text, sizeof action->text, format, ap);
  va_end(ap);
}

static const char *name(const struct hr_feed *feed, int node) {
  assert(node >= 0 && (size_t)node < feed->config.nodes);
  return feed->config.names[node] != NULL ? feed->config.names[node] : "?";
}

/* Only along the picture in feed.h. */
static bool may_follow(enum hr_feed_phase from, enum hr_feed_phase to) {
  static const unsigned successors[] = {
      [HR_FEED_NONE] = 1u << HR_FEED_CARRYING,
      [HR_FEED_CARRYING] = 1u << HR_FEED_STEADY | 1u << HR_FEED_NONE,
      [HR_FEED_STEADY] = 1u << HR_FEED_MOVING | 1u << HR_FEED_CARRYING | 1u << HR_FEED_NONE,
      [HR_FEED_MOVING] =
          1u << HR_FEED_MARKED | 1u << HR_FEED_STEADY | 1u << HR_FEED_CARRYING | 1u << HR_FEED_NONE,
      [HR_FEED_MARKED] = 1u << HR_FEED_STEADY | 1u << HR_FEED_MOVING | 1u << HR_FEED_NONE,
  };
  assert((size_t)from < sizeof successors / sizeof successors[0]);
  return from == to || (successors[from] >> to & 1u) != 0;
}

static void enter(struct hr_feed *feed, enum hr_feed_phase phase) {
  assert(may_follow(feed->phase, phase));
  (void)may_follow; /* a release has no assertions */
  feed->phase = phase;
}

static bool in_force(const struct hr_feed *feed, int node) {
  assert(node < (int)feed->config.nodes);
  return node >= 0 && feed->nodes[node].in_force;
}

/* ------------------------------------------------------------ gaps -------------------------- */

/* Where `good_ms` is the last that is proven. */
static hr_msec begin_of_gap(const struct hr_feed *feed, hr_msec good_ms) {
  assert(feed->config.quiet_ms >= feed->config.beat_ms);
  hr_msec from = good_ms - feed->trip_ms - feed->config.quiet_ms;
  return from > 0 ? from : 1;
}

static void open_gap(struct hr_feed *feed) {
  assert(feed->good_ms <= feed->now);
  if (feed->gap_ms != 0 || feed->good_ms == 0) return;
  feed->gap_ms = begin_of_gap(feed, feed->good_ms);
}

static void close_gap(struct hr_feed *feed) {
  assert(feed->fed);
  if (feed->gap_ms == 0) return;
  struct hr_feed_action *gap = emit(feed, HR_FEED_DO_GAP, feed->source);
  gap->from_ms = feed->gap_ms;
  gap->until_ms = feed->now;
  feed->gap_ms = 0;
}

static void good_since(struct hr_feed *feed, hr_msec at_ms) {
  assert(at_ms <= feed->now);
  if (feed->cut_off && feed->good_ms != 0) return;
  if (at_ms > feed->good_ms) feed->good_ms = at_ms;
}

static void unfed(struct hr_feed *feed) {
  assert(feed->nonces != 0);
  feed->fed = feed->told = false;
  feed->proof = feed->nonces + 1;
  feed->proof_ms = 0;
  feed->tries = 0;
  feed->again_ms = feed->now;
}

/* What its source said before `proof_ms` is all there was. */
static void become_fed(struct hr_feed *feed) {
  assert(feed->proof_ms != 0);
  if (hr_beats_missed_old(&feed->beats, feed->source)) open_gap(feed);
  feed->fed = true;
  feed->alone = feed->cut_off;
  feed->quiet = false;
  feed->tries = 0;
  good_since(feed, feed->proof_ms);
  close_gap(feed);
  /* One change of master a look can follow, not two. */
  emit(feed, HR_FEED_DO_LOOK, feed->source);
}

/* ------------------------------------------------------------ moves ------------------------- */

static void carry(struct hr_feed *feed, int node) {
  struct hr_feed_node *at = &feed->nodes[node];
  assert(at->serial == 0 && !at->in_force);
  if (!at->up) return;
  if (++feed->serials == 0) feed->serials = 1;
  at->serial = feed->serials;
  emit(feed, HR_FEED_DO_CARRY, node)->serial = at->serial;
  if (!hr_looks_is_fresh(&feed->looks, node)) emit(feed, HR_FEED_DO_LOOK, node);
}

static void leave(struct hr_feed *feed, int node) {
  struct hr_feed_node *at = &feed->nodes[node];
  assert(at->up || at->serial == 0);
  if (at->serial != 0) emit(feed, HR_FEED_DO_LEAVE, node);
  hr_looks_leave(&feed->looks, node, feed->now);
  at->serial = 0;
  at->in_force = false;
}

/* The mark comes to nothing: what the source said behind it is as good as what it said before. */
static void give_mark_up(struct hr_feed *feed) {
  assert(feed->phase == HR_FEED_MARKED || !(feed->heard_old || feed->heard_new));
  if (feed->heard_old) emit(feed, HR_FEED_DO_DELIVER_OLD, feed->source);
  if (feed->heard_new) emit(feed, HR_FEED_DO_DROP_NEW, feed->next);
  feed->heard_old = feed->heard_new = false;
  feed->nonce = 0;
}

static void give_move_up(struct hr_feed *feed) {
  assert(feed->next >= 0);
  if (feed->phase == HR_FEED_MARKED) give_mark_up(feed);
  leave(feed, feed->next);
  feed->next = -1;
  enter(feed, HR_FEED_STEADY);
}

/* The next is the source from here on. */
static void take_next(struct hr_feed *feed) {
  int old = feed->source;
  assert(feed->phase == HR_FEED_MARKED && in_force(feed, feed->next));
  feed->source = feed->next;
  feed->next = -1;
  feed->heard_old = feed->heard_new = false;
  feed->told = false;
  leave(feed, old);
  enter(feed, HR_FEED_STEADY);
}

/* Behind the mark both say the same. */
static void finish(struct hr_feed *feed, bool old_first) {
  assert(feed->heard_old && feed->heard_new && feed->fed);
  good_since(feed, feed->marked_ms);
  feed->nonce = 0;
  say(feed, "subscriptions have moved from %s to %s", name(feed, feed->source),
      name(feed, feed->next));
  emit(feed, old_first ? HR_FEED_DO_DROP_OLD : HR_FEED_DO_DELIVER_NEW,
       old_first ? feed->source : feed->next);
  take_next(feed);
}

/*
 * The next is the source without a mark that both have heard. Where the old one stood is not known:
 * a mark that the next alone has heard may have been skipped by the old one, which then went on. So
 * only what stands behind a mark of now was surely not delivered yet.
 */
static void force(struct hr_feed *feed, const char *why) {
  assert(feed->phase == HR_FEED_MARKED);
  say(feed, "subscriptions go from %s to %s: %s", name(feed, feed->source), name(feed, feed->next),
      why);
  open_gap(feed);
  give_mark_up(feed);
  take_next(feed);
  unfed(feed);
  feed->quiet = true;
}

/* A source that is not heard (any more) gives way at once. */
static void replace_source(struct hr_feed *feed, int node) {
  assert(feed->next < 0 || feed->next == node);
  if (feed->source >= 0) leave(feed, feed->source);
  feed->source = node;
  feed->next = -1;
  feed->nonce = 0;
  unfed(feed);
  feed->quiet = feed->spoken;
  say(feed, "subscriptions go to %s", name(feed, node));
  enter(feed, HR_FEED_CARRYING);
}

static void source_died(struct hr_feed *feed) {
  assert(feed->source >= 0 && !feed->nodes[feed->source].up);
  if (feed->phase == HR_FEED_MARKED) {
    force(feed, "the old one died");
    return;
  }
  open_gap(feed);
  int heir = feed->next >= 0 ? feed->next : feed->target;
  replace_source(feed, heir >= 0 ? heir : feed->source);
}

/* Where subscriptions belong, and whether anything must be done about it. */
static void aim(struct hr_feed *feed) {
  assert(feed->target < (int)feed->config.nodes);
  if (!feed->wanted || (feed->target < 0 && feed->next < 0)) return;
  if (feed->source < 0) {
    replace_source(feed, feed->target);
    return;
  }
  if (feed->target < 0 || feed->target == feed->source) {
    if (feed->next >= 0) {
      say(feed, "subscriptions stay on %s", name(feed, feed->source));
      give_move_up(feed);
    }
    return;
  }
  if (feed->target == feed->next) return;
  if (feed->next >= 0) give_move_up(feed);
  if (feed->phase == HR_FEED_CARRYING || feed->quiet) {
    replace_source(feed, feed->target);
    return;
  }
  feed->next = feed->target;
  feed->told = false;
  say(feed, "subscriptions move from %s to %s", name(feed, feed->source), name(feed, feed->next));
  enter(feed, HR_FEED_MOVING);
}

/* ------------------------------------------------------------ what is told ------------------ */

static void want(struct hr_feed *feed, bool wanted) {
  if (wanted == feed->wanted) return;
  feed->wanted = wanted;
  if (wanted || feed->source < 0) return;
  assert(feed->phase != HR_FEED_NONE);
  if (feed->heard_old) emit(feed, HR_FEED_DO_DROP_OLD, feed->source);
  if (feed->heard_new) emit(feed, HR_FEED_DO_DROP_NEW, feed->next);
  if (feed->next >= 0) leave(feed, feed->next);
  leave(feed, feed->source);
  feed->source = feed->next = -1;
  feed->heard_old = feed->heard_new = feed->quiet = feed->spoken = false;
  feed->nonce = 0;
  feed->good_ms = feed->gap_ms = 0;
  hr_looks_rest(&feed->looks);
  unfed(feed);
  enter(feed, HR_FEED_NONE);
}

static void retarget(struct hr_feed *feed, const struct hr_feed_event *event) {
  assert(event->node < (int)feed->config.nodes && event->master < (int)feed->config.nodes);
  bool another = event->master >= 0 && hr_epoch_compare(&event->epoch, &feed->epoch) != 0;
  if (another) {
    /* A dead master may have accepted what it sent to nobody: lost for everybody. A planned change
     * hands everything over to those that were fed: who was cut off meanwhile cannot know whether
     * its source found what it missed in the new master's backlog, or was copied anew. */
    if (feed->epoch.n != 0 && (!event->planned || feed->alone)) open_gap(feed);
    hr_beats_master(&feed->beats);
    feed->handed = event->planned ? feed->epoch : (struct hr_epoch){0, ""};
    feed->epoch = event->epoch;
  }
  bool back = feed->cut_off && !event->cut_off;
  if (another || back) {
    /* Whatever is on its way may come late or through another master: a new mark tells. */
    if (feed->nonce != 0) give_mark_up(feed);
    unfed(feed);
  }
  feed->master = event->master;
  if (feed->master >= 0) feed->elected = feed->master;
  feed->target = event->node;
  feed->cut_off = event->cut_off;
  feed->alone = feed->alone || feed->cut_off;
}

static void link_up(struct hr_feed *feed, int node) {
  assert(feed->nodes[node].serial == 0);
  feed->nodes[node].up = true;
  /* From here on it may be silent. */
  feed->nodes[node].beat_ms = feed->nodes[node].before_ms = feed->now;
}

static void link_down(struct hr_feed *feed, int node) {
  assert(node >= 0 && (size_t)node < feed->config.nodes);
  feed->nodes[node] = (struct hr_feed_node){.up = false};
  hr_beats_forget(&feed->beats, node);
  hr_looks_leave(&feed->looks, node, feed->now);
  hr_looks_interrupt(&feed->looks, node);
  if (node == feed->source) {
    source_died(feed);
  } else if (node == feed->next && feed->phase == HR_FEED_MARKED) {
    give_mark_up(feed);
    enter(feed, HR_FEED_MOVING);
  }
}

static void hear_mark(struct hr_feed *feed, int node, uint64_t nonce) {
  assert(nonce != 0);
  bool proves = feed->nonces - nonce <= feed->nonces - feed->proof && feed->proof_ms != 0;
  if (node == feed->source && nonce == feed->nonce) {
    feed->trip_ms = feed->now - feed->marked_ms;
    if (feed->fed) good_since(feed, feed->marked_ms);
  }
  if (node == feed->source && in_force(feed, node) && !feed->fed && proves) {
    become_fed(feed);
    if (feed->phase != HR_FEED_MARKED) feed->nonce = 0;
  }
  if (feed->phase != HR_FEED_MARKED || nonce != feed->nonce) return;
  if (feed->asking) {
    if (node != feed->next) return;
    feed->asking = false;
    feed->nonce = 0;
    feed->again_ms = feed->now;
    return;
  }
  bool old_first = feed->heard_old;
  if (node == feed->source) feed->heard_old = true;
  if (node == feed->next) feed->heard_new = true;
  if (feed->heard_old && feed->heard_new) finish(feed, old_first);
}

/* It is fed again: a mark that it did not hear need not be waited for. */
static void hurry(struct hr_feed *feed) {
  assert(!feed->fed);
  if (feed->phase == HR_FEED_MARKED || feed->tries == 0) return;
  feed->nonce = 0;
  feed->tries = 0;
  feed->again_ms = feed->now;
}

static void hear_beat(struct hr_feed *feed, const struct hr_feed_event *event) {
  struct hr_feed_node *node = &feed->nodes[event->node];
  assert(event->nonce != 0 && event->since <= feed->now);
  if (feed->now - node->beat_ms > feed->config.quiet_ms) {
    hr_looks_interrupt(&feed->looks, event->node);
  }
  if (feed->now - node->beat_ms > feed->config.beat_ms / 2) node->before_ms = node->beat_ms;
  node->beat_ms = feed->now;
  if (hr_epoch_compare(&event->epoch, &feed->epoch) == 0 ||
      hr_epoch_compare(&event->epoch, &feed->handed) == 0) {
    node->fed_ms = feed->now;
  }
  if (feed->elected < 0 || hr_epoch_compare(&event->epoch, &feed->epoch) != 0) return;
  /* Also while the master is lost from sight: its own link may have told of it before. */
  hr_msec first =
      hr_beats_hear(&feed->beats, event->nonce, event->node, feed->elected, event->since);
  if (feed->master < 0 || !in_force(feed, feed->source)) return;
  if (!feed->fed && event->node == feed->source) hurry(feed);
  if (!feed->fed) return;
  if (hr_beats_missed(&feed->beats, feed->source)) {
    say(feed, "%s was not told everything", name(feed, feed->source));
    open_gap(feed);
    close_gap(feed);
  }
  if (event->node != feed->source || first == 0) return;
  good_since(feed, first < node->before_ms ? first : node->before_ms);
}

static void looked(struct hr_feed *feed, int node, bool copied) {
  hr_msec sound, until;
  if (!hr_looks_see(&feed->looks, node, copied, feed->now, &sound, &until)) return;
  say(feed, "%s was copied anew, and was not told what lay between", name(feed, node));
  struct hr_feed_action *gap = emit(feed, HR_FEED_DO_GAP, node);
  gap->from_ms = begin_of_gap(feed, sound);
  gap->until_ms = until;
}

static hr_msec wait_ms(const struct hr_feed *feed) {
  assert(feed->config.mark_again_ms > 0);
  hr_msec wait = feed->config.mark_again_ms << (feed->tries < 16 ? feed->tries : 16);
  return wait < feed->config.patience_ms ? wait : feed->config.patience_ms;
}

/* What lies unread since this process slept may be the mark. And who still hears the master is fed:
 * it is only late (its handlers are slow, say), and will hear a mark. */
static hr_msec patient_until_ms(const struct hr_feed *feed) {
  assert(feed->awake_ms <= feed->now && feed->source >= 0);
  hr_msec since = feed->awake_ms > feed->patient_ms ? feed->awake_ms : feed->patient_ms;
  hr_msec most = since + LATE_MAX * feed->config.patience_ms;
  hr_msec late = feed->nodes[feed->source].fed_ms;
  hr_msec until = (late > since ? late : since) + feed->config.patience_ms;
  return until < most ? until : most;
}

static void held_full(struct hr_feed *feed) {
  assert(feed->phase == HR_FEED_MARKED || !feed->heard_new);
  if (feed->phase != HR_FEED_MARKED) return;
  if (feed->heard_new && feed->now >= patient_until_ms(feed)) {
    force(feed, "more is held than may be");
    return;
  }
  say(feed, "more is held than may be: the move waits");
  give_mark_up(feed);
  feed->tries++;
  feed->again_ms = feed->now + wait_ms(feed);
}

static void take_in(struct hr_feed *feed, const struct hr_feed_event *event) {
  assert(event->node < (int)feed->config.nodes);
  switch (event->kind) {
    case HR_FEED_TIME:
      break;
    case HR_FEED_WANTED:
      want(feed, event->wanted);
      break;
    case HR_FEED_TARGET:
      retarget(feed, event);
      break;
    case HR_FEED_LINK_UP:
      link_up(feed, event->node);
      break;
    case HR_FEED_LINK_DOWN:
      link_down(feed, event->node);
      break;
    case HR_FEED_IN_FORCE: {
      struct hr_feed_node *node = &feed->nodes[event->node];
      if (node->serial != 0 && node->serial == event->serial) node->in_force = true;
      break;
    }
    case HR_FEED_MARK:
      hear_mark(feed, event->node, event->nonce);
      break;
    case HR_FEED_BEAT:
      hear_beat(feed, event);
      break;
    case HR_FEED_LOOK:
      looked(feed, event->node, event->copied);
      break;
    case HR_FEED_HELD_FULL:
      held_full(feed);
      break;
  }
}

/* ------------------------------------------------------------ what follows ------------------ */

/* A heartbeat came through the next one that should have come through the source, too. */
static bool source_is_silent(const struct hr_feed *feed) {
  assert(feed->next >= 0);
  hr_msec heard = feed->nodes[feed->source].beat_ms;
  if (feed->awake_ms > heard) heard = feed->awake_ms;
  return feed->nodes[feed->next].beat_ms - heard > feed->config.quiet_ms;
}

/* Both hear a mark at about the same time: less than this proves nothing. */
static hr_msec enough_ms(const struct hr_feed *feed) {
  assert(feed->nonce != 0);
  return feed->marked_ms + feed->config.mark_again_ms;
}

static void check_mark(struct hr_feed *feed) {
  if (feed->nonce == 0) return;
  assert(!feed->heard_new || feed->phase == HR_FEED_MARKED);
  bool alone = feed->heard_new && !feed->heard_old && feed->now >= enough_ms(feed);
  if (alone && feed->now >= patient_until_ms(feed)) {
    force(feed, "the old one does not hear the mark");
  } else if (alone && source_is_silent(feed)) {
    force(feed, "the old one is not fed");
  } else if (feed->now >= feed->marked_ms + wait_ms(feed)) {
    say(feed, "a mark was heard %s",
        feed->asking      ? "not on the new one"
        : feed->heard_old ? "on the old one alone"
        : feed->heard_new ? "on the new one alone"
                          : "nowhere");
    feed->asking = feed->asking || feed->heard_old;
    give_mark_up(feed);
    feed->tries++;
    feed->again_ms = feed->now;
  }
}

static bool needs_mark(const struct hr_feed *feed) {
  assert(!feed->quiet || !feed->fed);
  if (feed->nonce != 0 || feed->master < 0 || !in_force(feed, feed->source)) return false;
  return !feed->fed || feed->phase == HR_FEED_MARKED;
}

static void publish_mark(struct hr_feed *feed) {
  assert(feed->nonce == 0 && feed->master >= 0);
  if (++feed->nonces == 0) feed->nonces = 1;
  if (feed->proof == 0) feed->proof = 1;
  feed->nonce = feed->nonces;
  feed->marked_ms = feed->now;
  if (feed->tries == 0) feed->patient_ms = feed->now;
  if (!feed->fed && feed->proof_ms == 0) feed->proof_ms = feed->now;
  emit(feed, HR_FEED_DO_MARK, feed->master)->nonce = feed->nonce;
}

static void go_on(struct hr_feed *feed) {
  assert(feed->source >= 0 || feed->next < 0);
  aim(feed);
  if (feed->source < 0) return;
  if (feed->nodes[feed->source].serial == 0) carry(feed, feed->source);
  if (feed->nodes[feed->source].serial != 0) feed->spoken = true;
  if (feed->next >= 0 && feed->nodes[feed->next].serial == 0) carry(feed, feed->next);
  if (feed->phase == HR_FEED_CARRYING && in_force(feed, feed->source)) {
    enter(feed, HR_FEED_STEADY);
    if (feed->good_ms == 0) {
      good_since(feed, feed->now);
      hr_beats_begin(&feed->beats);
    }
  }
  if (feed->phase == HR_FEED_MOVING && in_force(feed, feed->next)) {
    enter(feed, HR_FEED_MARKED);
    feed->again_ms = feed->now;
    feed->tries = 0;
    feed->asking = false;
    feed->nonce = 0; /* a mark that is on its way was not published behind the carrying */
  }
  check_mark(feed);
  if (needs_mark(feed) && feed->now >= feed->again_ms) publish_mark(feed);
  if (feed->fed) hr_looks_rely(&feed->looks, feed->source, feed->good_ms);
  if (feed->heard_new) hr_looks_rely(&feed->looks, feed->next, feed->good_ms);
  if (feed->phase == HR_FEED_STEADY && feed->fed && !feed->told) {
    feed->told = true;
    emit(feed, HR_FEED_DO_READY, feed->source);
  }
}

/* ------------------------------------------------------------ the face ---------------------- */

void hr_feed_init(struct hr_feed *feed, const struct hr_feed_config *config, uint64_t seed) {
  assert(config->nodes >= 1 && config->nodes <= HR_NODES_MAX);
  assert(config->mark_again_ms > 0 && config->patience_ms > 0);
  struct hr_prng prng;
  hr_prng_seed(&prng, seed);
  memset(feed, 0, sizeof *feed);
  feed->config = *config;
  feed->source = feed->next = feed->target = feed->master = feed->elected = -1;
  feed->nonces = hr_prng_next(&prng) | 1;
  feed->proof = feed->nonces + 1;
}

/* Heartbeats and deadlines come more often, and a deadline that comes alone comes in time. */
static bool slept(const struct hr_feed *feed, const struct hr_feed_event *event) {
  assert(event->now >= feed->now);
  if (event->now - feed->now <= feed->config.quiet_ms) return false;
  return event->kind != HR_FEED_TIME ||
         event->now - feed->config.mark_again_ms > hr_feed_deadline(feed);
}

void hr_feed_step(struct hr_feed *feed, const struct hr_feed_event *event,
                  struct hr_feed_actions *out) {
  assert(out != NULL);
  if (slept(feed, event)) feed->awake_ms = event->now;
  out->count = 0;
  feed->out = out;
  feed->now = event->now;
  take_in(feed, event);
  go_on(feed);
  feed->out = NULL;
}

enum hr_feed_verdict hr_feed_judge(const struct hr_feed *feed, int node) {
  assert(node >= 0 && (size_t)node < feed->config.nodes);
  if (node == feed->source && feed->quiet) return HR_FEED_DROP;
  if (node == feed->source) return feed->heard_old ? HR_FEED_HOLD_OLD : HR_FEED_DELIVER;
  return node == feed->next && feed->heard_new ? HR_FEED_HOLD_NEW : HR_FEED_DROP;
}

bool hr_feed_carries(const struct hr_feed *feed, int node) {
  assert(node >= 0 && (size_t)node < feed->config.nodes);
  return feed->nodes[node].serial != 0;
}

bool hr_feed_settled(const struct hr_feed *feed) {
  assert(!feed->quiet || !feed->fed);
  return !feed->wanted || (feed->fed && in_force(feed, feed->source));
}

hr_msec hr_feed_deadline(const struct hr_feed *feed) {
  assert(feed->out == NULL);
  if (feed->source < 0) return INT64_MAX;
  if (needs_mark(feed)) return feed->again_ms;
  if (feed->nonce == 0) return INT64_MAX;
  hr_msec at = feed->marked_ms + wait_ms(feed);
  if (!feed->heard_new) return at;
  hr_msec forced = patient_until_ms(feed);
  if (forced < enough_ms(feed) || source_is_silent(feed)) forced = enough_ms(feed);
  return forced < at ? forced : at;
}
