/*
 * The core between a driver that keeps its contract and servers that say anything at any time: the
 * input chooses which question is answered next and with what, which link comes and goes, what is
 * heard, what a person asks, and how time passes. Whatever it is:
 *
 *   - a role is changed only behind a guard that was answered on this connection, with our lock in
 *     it, and nothing newer;
 *   - one promotion per epoch, behind the locks of a quorum (unless a person takes over);
 *   - who is not ready knows until when it waits; each request of a person ends once, and does end.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/core.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES_MAX = 5, PENDING_MAX = 256, ASKED_MAX = 64, EPOCHS_MAX = 256 };
#define EVENTS_MAX 4096
#define QUIET_MS 10000
#define QUIET_STEPS_MAX 20000
#define ANSWERS_PER_MS 100L

enum link { LINK_IDLE, LINK_DIALLING, LINK_UP };

struct question {
  struct hr_action action;
  uint32_t dial; /* by which connection it was asked */
};

/* What is known of one epoch of ours. */
struct attempt {
  struct hr_epoch epoch;
  unsigned held; /* set of nodes that gave a lock or a seal */
  bool promoted;
};

struct fuzz {
  const uint8_t *at, *end;
  struct hr_core *core;
  struct hr_core_config config;
  struct hr_actions out;
  hr_msec now;
  enum link links[NODES_MAX];
  uint32_t dials[NODES_MAX];
  bool guarded[NODES_MAX]; /* a guard was answered, and nothing changed since */
  struct hr_guard guards[NODES_MAX];
  struct hr_facts truth[NODES_MAX]; /* what they would say if they did not lie */
  struct question pending[PENDING_MAX];
  size_t pending_count;
  uint32_t asked[ASKED_MAX]; /* by a person, not ended yet */
  size_t asked_count;
  uint32_t next_request;
  struct attempt attempts[EPOCHS_MAX];
  size_t attempt_count;
  bool forced;
  uint64_t version;
};

static unsigned byte(struct fuzz *fuzz) {
  return fuzz->at < fuzz->end ? *fuzz->at++ : 0;
}

static int below(struct fuzz *fuzz, int bound) { return (int)(byte(fuzz) % (unsigned)bound); }

static int any_node(struct fuzz *fuzz) { return below(fuzz, (int)fuzz->config.count); }

/* ------------------------------------------------------------------ what servers may say ------ */

static struct hr_epoch any_epoch(struct fuzz *fuzz) {
  unsigned one = byte(fuzz);
  struct hr_epoch epoch = {one & 7, ""};
  if (epoch.n == 0) return epoch;
  if ((one & 8) != 0 && fuzz->attempt_count > 0) {
    return fuzz->attempts[(one >> 4) % fuzz->attempt_count].epoch;
  }
  snprintf(epoch.nonce, sizeof epoch.nonce, "%s", (one & 16) != 0 ? "aaaaaaaa" : "zzzzzzzz");
  return epoch;
}

static void any_client(struct fuzz *fuzz, char *client) {
  snprintf(client, HR_UUID_MAX, "%s", below(fuzz, 3) == 0 ? "somebody" : fuzz->config.client);
}

static void any_run_id(struct fuzz *fuzz, char *run_id) {
  snprintf(run_id, HR_RUN_ID_MAX, "process-%d", below(fuzz, 8));
}

static struct hr_facts any_facts(struct fuzz *fuzz) {
  struct hr_facts facts = {.follows = -1, .offset2 = -1, .io_seconds = -1, .epoch_node = -1};
  unsigned bits = byte(fuzz), more = byte(fuzz);
  any_run_id(fuzz, facts.run_id);
  facts.master = (bits & 1) != 0;
  facts.sealed = !facts.master && (bits & 2) != 0;
  facts.link_up = !facts.master && (bits & 4) != 0;
  facts.linked_once = (bits & 8) != 0;
  facts.syncing = (bits & 0x30) == 0x30;
  facts.loading = (bits & 0xc0) == 0xc0;
  facts.writable = (more & 3) == 3;
  facts.starts_sealed = (more & 4) != 0;
  facts.no_file = (more & 0x18) == 0x18;
  facts.durable = (more & 0x20) != 0;
  facts.backlog = (more & 0x40) != 0;
  facts.strangers = (more & 0x80) != 0 ? below(fuzz, 3) : 0;
  facts.seal_n = facts.sealed ? (uint64_t)below(fuzz, 8) : 0;
  if (!facts.master && !facts.sealed) facts.follows = any_node(fuzz);
  facts.priority = below(fuzz, 3) * 50;
  facts.offset = facts.read_offset = below(fuzz, 200);
  facts.keys = below(fuzz, 4);
  snprintf(facts.replid, sizeof facts.replid, "history-%d", below(fuzz, 4));
  facts.epoch = any_epoch(fuzz);
  if (facts.epoch.n > 0) {
    any_run_id(fuzz, facts.epoch_run_id);
    facts.epoch_node = any_node(fuzz);
    facts.opcounter = (uint64_t)below(fuzz, 250);
    snprintf(facts.uuid, sizeof facts.uuid, "group-%d", below(fuzz, 8) == 0);
    facts.list_hash = below(fuzz, 8) == 0 ? 99 : 7;
  }
  facts.promise = any_epoch(fuzz);
  facts.lock = any_epoch(fuzz);
  if (facts.lock.n > 0) any_client(fuzz, facts.lock_client);
  return facts;
}

/* Three of four times the truth: who only lies is not listened to for long. */
static struct hr_facts some_facts(struct fuzz *fuzz, int node) {
  return below(fuzz, 4) == 0 ? any_facts(fuzz) : fuzz->truth[node];
}

static struct hr_guard some_guard(struct fuzz *fuzz, int node) {
  const struct hr_facts *truth = &fuzz->truth[node];
  struct hr_guard guard = {.lock = truth->lock, .promise = truth->promise, .epoch = truth->epoch};
  memcpy(guard.lock_client, truth->lock_client, sizeof guard.lock_client);
  unsigned lies = byte(fuzz);
  if ((lies & 0x83) == 0x83) guard.lock = any_epoch(fuzz);
  if ((lies & 0x8c) == 0x8c) guard.promise = any_epoch(fuzz);
  if ((lies & 0x70) == 0x70) any_client(fuzz, guard.lock_client);
  return guard;
}

/* What an honest server is behind it. */
static void carry_out(struct fuzz *fuzz, const struct hr_action *action) {
  struct hr_facts *truth = &fuzz->truth[action->node];
  switch (action->kind) {
    case HR_DO_LOCK:
      truth->lock = action->epoch;
      memcpy(truth->lock_client, fuzz->config.client, sizeof truth->lock_client);
      return;
    case HR_DO_UNLOCK:
      truth->lock.n = 0;
      return;
    case HR_DO_PROMOTE:
      truth->epoch = action->epoch;
      truth->epoch_node = action->node;
      truth->opcounter = action->opcounter;
      truth->list_hash = fuzz->config.list_hash;
      memcpy(truth->epoch_run_id, truth->run_id, sizeof truth->epoch_run_id);
      memcpy(truth->uuid, action->u.uuid, sizeof truth->uuid);
      break;
    case HR_DO_FOLLOW:
      truth->link_up = truth->linked_once = true;
      break;
    case HR_DO_SEAL:
      break;
    default:
      return;
  }
  truth->promise = action->epoch;
  truth->starts_sealed |= action->rewrite;
  truth->master = action->kind == HR_DO_PROMOTE;
  truth->sealed = action->kind == HR_DO_SEAL;
  truth->follows = action->kind == HR_DO_FOLLOW ? action->master : -1;
  if (action->kind != HR_DO_FOLLOW) truth->link_up = false;
}

static struct hr_gossip any_gossip(struct fuzz *fuzz) {
  struct hr_gossip gossip = {.kind = below(fuzz, 2) == 0 ? HR_GOSSIP_MASTER : HR_GOSSIP_HEARTBEAT};
  any_client(fuzz, gossip.client);
  gossip.seq = byte(fuzz);
  gossip.epoch = any_epoch(fuzz);
  gossip.node = below(fuzz, (int)fuzz->config.count + 1) - 1;
  return gossip;
}

/* ------------------------------------------------------------------ what the core may do ------ */

static struct attempt *attempt_of(struct fuzz *fuzz, const struct hr_epoch *epoch) {
  for (size_t i = 0; i < fuzz->attempt_count; i++) {
    struct attempt *attempt = &fuzz->attempts[i];
    if (hr_epoch_compare(&attempt->epoch, epoch) == 0) return attempt;
  }
  if (fuzz->attempt_count == EPOCHS_MAX) return NULL;
  fuzz->attempts[fuzz->attempt_count] = (struct attempt){.epoch = *epoch};
  return &fuzz->attempts[fuzz->attempt_count++];
}

static int quorum(const struct fuzz *fuzz) {
  return fuzz->config.quorum > 0 ? fuzz->config.quorum : (int)fuzz->config.count / 2 + 1;
}

static bool changes_a_role(enum hr_action_kind kind) {
  return kind == HR_DO_SEAL || kind == HR_DO_PROMOTE || kind == HR_DO_FOLLOW ||
         kind == HR_DO_RESTORE;
}

static void check_guard(struct fuzz *fuzz, const struct hr_action *action) {
  const struct hr_guard *guard = &fuzz->guards[action->node];
  MUST(fuzz->guarded[action->node]);
  MUST(strcmp(guard->lock_client, fuzz->config.client) == 0);
  MUST(hr_epoch_compare(&guard->lock, &action->epoch) == 0);
  MUST(hr_epoch_compare(&guard->promise, &action->epoch) <= 0);
  MUST(hr_epoch_compare(&guard->epoch, &action->epoch) <= 0);
  fuzz->guarded[action->node] = false;
}

static void check_promotion(struct fuzz *fuzz, const struct hr_action *action) {
  struct attempt *attempt = attempt_of(fuzz, &action->epoch);
  if (attempt == NULL) return;
  MUST(!attempt->promoted);
  attempt->promoted = true;
  int held = 0;
  for (unsigned set = attempt->held; set != 0; set &= set - 1) held++;
  MUST(held >= quorum(fuzz) || fuzz->forced);
}

static void ended(struct fuzz *fuzz, uint32_t op) {
  for (size_t i = 0; i < fuzz->asked_count; i++) {
    if (fuzz->asked[i] != op) continue;
    fuzz->asked[i] = fuzz->asked[--fuzz->asked_count];
    return;
  }
  MUST(false); /* nobody asked, or it has ended already */
}

static void check_topology(struct fuzz *fuzz) {
  const struct hr_topology *topology = hr_core_topology(fuzz->core);
  int count = (int)fuzz->config.count;
  MUST(topology->version == fuzz->version);
  MUST(topology->count == fuzz->config.count);
  MUST(topology->master >= -1 && topology->master < count);
  MUST(topology->sub_node >= -1 && topology->sub_node < count);
  MUST(topology->master < 0 || topology->epoch.n > 0);
}

static void ask(struct fuzz *fuzz, const struct hr_action *action) {
  MUST(fuzz->pending_count < PENDING_MAX);
  fuzz->pending[fuzz->pending_count++] = (struct question){*action, fuzz->dials[action->node]};
}

static void perform(struct fuzz *fuzz, const struct hr_action *action) {
  MUST(action->node >= -1 && action->node < (int)fuzz->config.count);
  if (changes_a_role(action->kind)) check_guard(fuzz, action);
  switch (action->kind) {
    case HR_DO_CONNECT:
      MUST(fuzz->links[action->node] == LINK_IDLE);
      fuzz->links[action->node] = LINK_DIALLING;
      fuzz->dials[action->node]++;
      break;
    case HR_DO_CLOSE:
      fuzz->links[action->node] = LINK_IDLE;
      fuzz->dials[action->node]++;
      fuzz->guarded[action->node] = false;
      break;
    case HR_DO_UNGUARD:
      fuzz->guarded[action->node] = false;
      break;
    case HR_DO_DONE:
      ended(fuzz, action->op);
      break;
    case HR_DO_PROMOTE:
      check_promotion(fuzz, action);
      ask(fuzz, action);
      break;
    case HR_DO_LOOK:
    case HR_DO_LOCK:
    case HR_DO_UNLOCK:
    case HR_DO_GUARD:
    case HR_DO_SEAL:
    case HR_DO_FOLLOW:
    case HR_DO_PAUSE:
    case HR_DO_RESTORE:
      ask(fuzz, action);
      break;
    default:
      break;
  }
}

static void step(struct fuzz *fuzz, struct hr_event *event) {
  event->now = fuzz->now;
  hr_core_step(fuzz->core, event, &fuzz->out);
  MUST(fuzz->out.count <= fuzz->out.capacity);
  uint64_t news = 0;
  for (size_t i = 0; i < fuzz->out.count; i++) {
    perform(fuzz, &fuzz->out.list[i]);
    news += fuzz->out.list[i].kind == HR_DO_TOPOLOGY;
  }
  fuzz->version += news; /* each one is told */
  check_topology(fuzz);
  const struct hr_topology *topology = hr_core_topology(fuzz->core);
  bool is_ready = topology->master >= 0 && topology->pause == HR_PAUSE_NONE;
  MUST(hr_core_deadline(fuzz->core) > fuzz->now);
  MUST(is_ready || hr_core_deadline(fuzz->core) < INT64_MAX);
  MUST(strlen(hr_core_state(fuzz->core)) > 0);
}

/* ------------------------------------------------------------------ what happens -------------- */

static void answer_one(struct fuzz *fuzz, size_t index, enum hr_status status) {
  struct question question = fuzz->pending[index];
  const struct hr_action *action = &question.action;
  int node = action->node;
  struct hr_facts facts;
  struct hr_guard holder;
  struct hr_event event = {.kind = HR_EV_ANSWER, .node = node, .op = action->op};
  fuzz->pending[index] = fuzz->pending[--fuzz->pending_count];
  bool here = fuzz->links[node] == LINK_UP && fuzz->dials[node] == question.dial;
  event.status = here ? status : HR_STATUS_LOST;
  bool ok = event.status == HR_STATUS_OK;
  if (ok) carry_out(fuzz, action);
  if (ok && action->kind == HR_DO_GUARD) {
    fuzz->guards[node] = some_guard(fuzz, node);
    fuzz->guarded[node] = true;
    event.guard = &fuzz->guards[node];
  } else if (action->kind == HR_DO_LOCK && event.status == HR_STATUS_NO) {
    holder = (struct hr_guard){.lock = any_epoch(fuzz)};
    any_client(fuzz, holder.lock_client);
    event.guard = &holder;
  } else if (ok && action->kind != HR_DO_LOCK && action->kind != HR_DO_UNLOCK) {
    facts = some_facts(fuzz, node);
    event.facts = &facts;
  }
  bool gives = action->kind == HR_DO_LOCK || action->kind == HR_DO_SEAL;
  struct attempt *attempt = ok && gives ? attempt_of(fuzz, &action->epoch) : NULL;
  if (attempt != NULL) attempt->held |= 1u << node;
  step(fuzz, &event);
}

static void change_link(struct fuzz *fuzz, int node) {
  static const enum hr_down whys[] = {HR_DOWN_REFUSED,     HR_DOWN_RESET,    HR_DOWN_SILENT,
                                      HR_DOWN_UNREACHABLE, HR_DOWN_NAME,     HR_DOWN_AUTH,
                                      HR_DOWN_PROTECTED,   HR_DOWN_PROTOCOL, HR_DOWN_TLS};
  struct hr_event event = {.node = node};
  if (fuzz->links[node] == LINK_IDLE) return;
  if (fuzz->links[node] == LINK_DIALLING && below(fuzz, 4) != 0) {
    fuzz->links[node] = LINK_UP;
    event.kind = HR_EV_LINK_UP;
  } else {
    fuzz->links[node] = LINK_IDLE;
    fuzz->guarded[node] = false;
    event.kind = HR_EV_LINK_DOWN;
    event.why = whys[below(fuzz, sizeof whys / sizeof whys[0])];
  }
  step(fuzz, &event);
}

static void pass_time(struct fuzz *fuzz) {
  static const hr_msec spans[] = {0, 1, 3, 20, 100, 400, 1500, 8000};
  struct hr_event event = {.kind = HR_EV_TIME};
  int one = below(fuzz, 16);
  hr_msec deadline = hr_core_deadline(fuzz->core);
  if (one < 8) fuzz->now += spans[one];
  else if (deadline < INT64_MAX) fuzz->now = deadline;
  step(fuzz, &event);
}

static void person(struct fuzz *fuzz) {
  static const enum hr_event_kind kinds[] = {HR_EV_REFRESH, HR_EV_SWITCHOVER, HR_EV_TAKEOVER};
  struct hr_event event = {.kind = kinds[below(fuzz, 3)]};
  if (fuzz->asked_count == ASKED_MAX) return;
  event.node = any_node(fuzz);
  if (event.kind == HR_EV_SWITCHOVER && below(fuzz, 2) == 0) event.node = -1;
  event.op = ++fuzz->next_request;
  if (event.kind == HR_EV_TAKEOVER) fuzz->forced = true;
  fuzz->asked[fuzz->asked_count++] = event.op;
  step(fuzz, &event);
}

static void data_plane(struct fuzz *fuzz) {
  static const enum hr_event_kind kinds[] = {HR_EV_HINT, HR_EV_WRITES, HR_EV_DURABLE, HR_EV_READS,
                                             HR_EV_HEARD};
  struct hr_event event = {.kind = kinds[below(fuzz, 5)], .node = any_node(fuzz)};
  event.count = byte(fuzz);
  event.at_ms = fuzz->now - below(fuzz, 50);
  if (event.kind == HR_EV_HEARD && fuzz->links[event.node] != LINK_UP) return;
  step(fuzz, &event);
}

static void happen(struct fuzz *fuzz) {
  struct hr_event event = {.kind = HR_EV_GOSSIP};
  int one = below(fuzz, 16);
  if (one < 7 && fuzz->pending_count > 0) {
    size_t index = byte(fuzz) % fuzz->pending_count;
    answer_one(fuzz, index, one < 5 ? HR_STATUS_OK : one == 5 ? HR_STATUS_NO : HR_STATUS_LOST);
  } else if (one < 10) {
    change_link(fuzz, any_node(fuzz));
  } else if (one < 12) {
    pass_time(fuzz);
  } else if (one == 12) {
    struct hr_gossip gossip = any_gossip(fuzz);
    event.node = any_node(fuzz);
    event.gossip = &gossip;
    step(fuzz, &event);
  } else if (one == 13) {
    person(fuzz);
  } else {
    data_plane(fuzz);
  }
}

/* Nobody answers any more. It keeps trying, without haste, and leaves no request open. */
static void fall_silent(struct fuzz *fuzz) {
  hr_msec end = fuzz->now + QUIET_MS;
  long answers = 0;
  fuzz->at = fuzz->end;
  for (long steps = 0; fuzz->now < end; steps++) {
    MUST(steps < QUIET_STEPS_MAX);
    while (fuzz->pending_count > 0) {
      answer_one(fuzz, 0, HR_STATUS_LOST);
      if (++answers % ANSWERS_PER_MS == 0) fuzz->now++; /* for a moment it may ask again at once */
      MUST(answers < ANSWERS_PER_MS * QUIET_STEPS_MAX);
    }
    for (int node = 0; node < (int)fuzz->config.count; node++) {
      struct hr_event down = {.kind = HR_EV_LINK_DOWN, .node = node, .why = HR_DOWN_SILENT};
      if (fuzz->links[node] == LINK_IDLE) continue;
      fuzz->links[node] = LINK_IDLE;
      fuzz->guarded[node] = false;
      step(fuzz, &down);
    }
    struct hr_event time = {.kind = HR_EV_TIME};
    hr_msec deadline = hr_core_deadline(fuzz->core);
    fuzz->now = deadline < end ? deadline : end;
    step(fuzz, &time);
  }
  MUST(fuzz->asked_count == 0);
}

static void configure(struct fuzz *fuzz) {
  struct hr_core_config *config = &fuzz->config;
  static const size_t counts[] = {1, 2, 3, 3, 3, 3, 5, 5};
  static const hr_msec downs[] = {100, 300, 1000, 5000};
  unsigned bits = byte(fuzz);
  config->count = counts[bits & 7];
  config->down_after_ms = downs[bits >> 3 & 3];
  config->fence_ms = config->down_after_ms * 3 / 10;
  config->durable = (bits & 0x20) != 0;
  config->reads_replicas = (bits & 0x40) != 0;
  bits = byte(fuzz);
  config->auto_failover = (bits & 7) != 7;
  config->refuse_divergence = (bits & 0x18) == 0x18;
  config->quorum = config->count == 5 && (bits & 0x60) == 0x60 ? 2 : 0;
  config->list_hash = 7;
  snprintf(config->client, sizeof config->client, "ourselves");
  snprintf(config->uuid, sizeof config->uuid, "group-0");
  for (size_t i = 0; i < config->count; i++) {
    snprintf(config->nodes[i].name, sizeof config->nodes[i].name, "%c", (int)('a' + i));
    fuzz->truth[i] = (struct hr_facts){
        .master = true, .priority = 100, .follows = -1, .offset2 = -1, .io_seconds = -1,
        .epoch_node = -1};
    snprintf(fuzz->truth[i].run_id, HR_RUN_ID_MAX, "process-%zu", i);
    snprintf(fuzz->truth[i].replid, HR_RUN_ID_MAX, "history-%zu", i);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz *fuzz = calloc(1, sizeof *fuzz);
  MUST(fuzz != NULL);
  fuzz->at = data;
  fuzz->end = data + size;
  fuzz->now = 1000000;
  configure(fuzz);
  fuzz->out.capacity = hr_actions_needed(fuzz->config.count);
  fuzz->out.list = malloc(fuzz->out.capacity * sizeof *fuzz->out.list);
  void *memory = malloc(hr_core_size(fuzz->config.count));
  MUST(memory != NULL && fuzz->out.list != NULL);
  fuzz->core = hr_core_init(memory, &fuzz->config, 1 + byte(fuzz));
  struct hr_event first = {.kind = HR_EV_TIME};
  step(fuzz, &first);
  for (int i = 0; i < EVENTS_MAX && fuzz->at < fuzz->end; i++) happen(fuzz);
  fall_silent(fuzz);
  free(memory);
  free(fuzz->out.list);
  free(fuzz);
  return 0;
}
