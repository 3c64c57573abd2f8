/* Choosing, doing and taking back of faults. */
#include "nemesis.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "netns.h"
#include "writers.h"

enum {
  FAULTS_MAX = 8,
  WATCH_MS = 50,       /* how often servers that lost data are looked at */
  ASKING_MS = 15000,   /* a person's patience */
  START_MS = 8000,
};

struct fault {
  int kind;            /* enum nemesis_kind */
  int target;
  unsigned mask;       /* hosts on the other side */
  int64_t ends_us;
};

/* A server whose data is gone, until it has been fed to `offset` of its master. */
struct debt {
  bool owed;
  bool linked;         /* it has been seen to follow the master, which was at `offset` then */
  int64_t offset;
};

struct nemesis {
  struct nemesis_plan plan;
  uint64_t random;
  int64_t next_us;     /* when the next fault is due, 0: not chosen yet */
  int64_t watched_us;
  struct fault faults[FAULTS_MAX];
  int fault_count;
  struct debt debts[GROUP_MAX];
  pid_t asking;        /* the person's process, 0: none */
  int64_t asked_us;
  struct nemesis_deed *deeds;
  size_t deed_count, deed_room;
  int counts[NEMESIS_KINDS];
};

/* ------------------------------------------------------------------------------- chance ------ */

static uint64_t chance_bits(struct nemesis *n) {
  uint64_t z = (n->random += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static int chance_below(struct nemesis *n, int limit) {
  return (int)(chance_bits(n) % (uint64_t)limit);
}

static bool chance_percent(struct nemesis *n, int percent) {
  return chance_below(n, 100) < percent;
}

/* Around a mean: from 1/4 of it to 7/4. */
static int64_t chance_around_us(struct nemesis *n, int mean_ms) {
  int64_t mean_us = (int64_t)mean_ms * 1000;
  return mean_us / 4 + (int64_t)(chance_bits(n) % (uint64_t)(mean_us * 3 / 2 + 1));
}

/* ------------------------------------------------------------------------------- the log ----- */

static struct nemesis_deed *deed_next(struct nemesis *n) {
  if (n->deed_count == n->deed_room) {
    n->deed_room = n->deed_room ? n->deed_room * 2 : 256;
    n->deeds = realloc(n->deeds, n->deed_room * sizeof *n->deeds);
    if (n->deeds == NULL) kit_die("out of memory");
  }
  return memset(&n->deeds[n->deed_count++], 0, sizeof *n->deeds);
}

static struct nemesis_deed *deed_note(struct nemesis *n, const struct fault *f, bool begins,
                                      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static struct nemesis_deed *deed_note(struct nemesis *n, const struct fault *f, bool begins,
                                      const char *format, ...) {
  struct nemesis_deed *deed = deed_next(n);
  va_list ap;
  deed->at_us = kit_now_us();
  deed->kind = f->kind;
  deed->target = f->target;
  deed->begins = begins;
  va_start(ap, format);
  vsnprintf(deed->text, sizeof deed->text, format, ap);
  va_end(ap);
  for (int i = 0; begins && i < NEMESIS_KINDS; i++) n->counts[i] += f->kind == 1 << i;
  return deed;
}

static const char *server_name(const struct nemesis *n, int server) {
  return n->plan.group->servers[server].name;
}

static const char *hosts_text(const struct nemesis *n, unsigned mask, char *out, size_t size) {
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < n->plan.group->count && used < size; i++) {
    if (!(mask & 1u << i)) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                             server_name(n, i));
  }
  return out;
}

/* ------------------------------------------------------- who lost data, and has it again ------ */

static int debts_allowed(const struct nemesis *n) {
  int nodes = n->plan.group->count;
  return nodes - (nodes / 2 + 1);
}

static int debts_count(const struct nemesis *n) {
  int count = 0;
  for (int i = 0; i < n->plan.group->count; i++) count += n->debts[i].owed;
  return count;
}

static bool may_lose_data(const struct nemesis *n, int server) {
  return n->debts[server].owed || debts_count(n) < debts_allowed(n);
}

/* What kill -9 leaves of it is all that it has: no older file, nothing still to be written. */
static bool file_is_whole(struct server *s) {
  char info[PROBE_INFO_MAX], sync[32] = "everysec";
  if (!s->append || s->stopped || !probe_info(s, info, sizeof info)) return false;
  redisReply *r = probe(s, "CONFIG GET appendfsync");
  if (r && r->type == REDIS_REPLY_ARRAY && r->elements == 2) {
    snprintf(sync, sizeof sync, "%s", r->element[1]->str);
  }
  freeReplyObject(r);
  return strcmp(sync, "everysec") != 0 && info_number(info, "aof_enabled", 0) == 1 &&
         info_number(info, "aof_rewrite_in_progress", 1) == 0 &&
         info_number(info, "aof_rewrite_scheduled", 1) == 0 &&
         info_number(info, "loading", 1) == 0 &&
         info_number(info, "master_sync_in_progress", 0) == 0;
}

/* Fed: it has all that the master had when it was first seen to follow it, or is the master. */
static void debt_look(struct nemesis *n, int server, int master) {
  struct group *g = n->plan.group;
  struct debt *debt = &n->debts[server];
  struct look look, its;
  bool fed = server == master;
  if (!fed) {
    if (!probe_look(&g->servers[server], &look) || !look.link_up || look.sealed ||
        look.follows_port != g->servers[master].port) {
      debt->linked = false;
      return;
    }
    if (!debt->linked) {
      if (!probe_look(&g->servers[master], &its) || !its.master) return;
      debt->linked = true;
      debt->offset = its.offset;
      return;
    }
    fed = look.offset >= debt->offset;
  }
  if (!fed) return;
  struct fault f = {.kind = NEMESIS_EMPTY, .target = server};
  *debt = (struct debt){.owed = false};
  deed_note(n, &f, false, "%s has data again", server_name(n, server));
}

/*
 * A master of a history that was left behind feeds nobody, so the highest epoch must be known:
 * with a server that hangs nothing is decided.
 */
static void debts_watch(struct nemesis *n) {
  struct group *g = n->plan.group;
  if (debts_count(n) == 0) return;
  for (int i = 0; i < g->count; i++) {
    if (g->servers[i].stopped) return;
  }
  int master = group_master(g);
  for (int i = 0; i < g->count && master >= 0; i++) {
    if (n->debts[i].owed && g->servers[i].pid) debt_look(n, i, master);
  }
}

/* ------------------------------------------------------------------------ choosing targets --- */

static struct fault *fault_find(struct nemesis *n, unsigned kinds, int target) {
  for (int i = 0; i < n->fault_count; i++) {
    if (n->faults[i].kind & (int)kinds && (target < 0 || n->faults[i].target == target)) {
      return &n->faults[i];
    }
  }
  return NULL;
}

/* More often than not the master, when it can be seen. */
static int pick_server(struct nemesis *n, bool *is_master) {
  int master = group_master(n->plan.group);
  int server = chance_below(n, n->plan.group->count);
  if (master >= 0 && chance_percent(n, 40)) server = master;
  *is_master = server == master;
  return server;
}

/* One or more of the hosts, never `but`. */
static unsigned pick_others(struct nemesis *n, int but) {
  int count = n->plan.group->count;
  unsigned all = ((1u << count) - 1) & ~(1u << but);
  unsigned some = (unsigned)chance_bits(n) & all;
  return some ? some : all;
}

/* ------------------------------------------------------------------------------ servers ------ */

static bool kill_begin(struct nemesis *n, struct fault *f) {
  bool master;
  f->target = pick_server(n, &master);
  struct server *s = &n->plan.group->servers[f->target];
  if (s->pid == 0) return false;
  bool keeps = f->kind == NEMESIS_KILL && s->append;
  bool whole = keeps && !n->debts[f->target].owed && file_is_whole(s);
  if (!whole && !may_lose_data(n, f->target)) return false;
  if (!keeps) f->kind = NEMESIS_EMPTY;
  struct fault *stop = fault_find(n, NEMESIS_STOP, f->target);
  if (stop) *stop = n->faults[--n->fault_count];
  server_kill(s);
  if (!whole) n->debts[f->target] = (struct debt){.owed = true};
  deed_note(n, f, true, "kill -9 %s%s%s", s->name, master ? ", the master" : "",
            whole ? ", which keeps its data" : keeps ? ", which keeps an older file"
                                                     : ", its data is gone")
      ->master = master;
  return true;
}

static void kill_end(struct nemesis *n, struct fault *f) {
  struct server *s = &n->plan.group->servers[f->target];
  if (s->pid) return;
  if (f->kind == NEMESIS_EMPTY) server_wipe(s);
  server_launch(s);
  deed_note(n, f, false, "%s starts%s", s->name, f->kind == NEMESIS_EMPTY ? " empty" : "");
}

static bool stop_begin(struct nemesis *n, struct fault *f) {
  bool master;
  f->target = pick_server(n, &master);
  struct server *s = &n->plan.group->servers[f->target];
  if (s->pid == 0 || s->stopped) return false;
  server_stop(s);
  deed_note(n, f, true, "SIGSTOP %s%s", s->name, master ? ", the master" : "")->master = master;
  return true;
}

static void stop_end(struct nemesis *n, struct fault *f) {
  struct server *s = &n->plan.group->servers[f->target];
  if (s->pid == 0 || !s->stopped) return;
  server_resume(s);
  deed_note(n, f, false, "SIGCONT %s", s->name);
}

/* A server that ended without us is one that was killed: brought back at once, and told. */
static void servers_watch(struct nemesis *n) {
  struct group *g = n->plan.group;
  for (int i = 0; i < g->count; i++) {
    struct server *s = &g->servers[i];
    if (s->pid == 0 || kit_reap(s->pid, 0) == -1) continue;
    struct fault f = {.kind = NEMESIS_EMPTY, .target = i};
    s->pid = 0;
    n->debts[i] = (struct debt){.owed = true};
    deed_note(n, &f, false, "%s ended by itself: %s", s->name, s->log);
    server_launch(s);
  }
}

/* --------------------------------------------------------------------------------- cuts ------ */

static bool cut_begin(struct nemesis *n, struct fault *f) {
  char away[160];
  bool master;
  int host = pick_server(n, &master);
  if (!n->plan.group->plan.hosts || fault_find(n, NEMESIS_CUT, -1)) return false;
  f->target = host;
  f->mask = 1u << host;
  if (n->plan.group->count > 3 && chance_percent(n, 40)) {
    f->mask |= 1u << chance_below(n, n->plan.group->count);
  }
  for (int i = 0; i < n->plan.group->count; i++) {
    if (f->mask & 1u << i) netns_side(i, 1);
  }
  deed_note(n, f, true, "cut off: %s%s", hosts_text(n, f->mask, away, sizeof away),
            master ? ", the master" : "")
      ->master = master;
  return true;
}

static void cut_end(struct nemesis *n, struct fault *f) {
  for (int i = 0; i < n->plan.group->count; i++) {
    if (f->mask & 1u << i) netns_side(i, 0);
  }
  deed_note(n, f, false, "no longer cut off");
}

static bool one_way_begin(struct nemesis *n, struct fault *f) {
  char deaf[160];
  bool master;
  int host = pick_server(n, &master);
  if (!n->plan.group->plan.hosts || fault_find(n, NEMESIS_CUT_ONE_WAY, -1)) return false;
  f->target = host;
  f->mask = pick_others(n, host);
  for (int i = 0; i < n->plan.group->count; i++) {
    if (f->mask & 1u << i) netns_mute(host, i);
  }
  deed_note(n, f, true, "%s%s is not heard by %s", server_name(n, host),
            master ? ", the master," : "", hosts_text(n, f->mask, deaf, sizeof deaf))
      ->master = master;
  return true;
}

static void one_way_end(struct nemesis *n, struct fault *f) {
  for (int i = 0; i < n->plan.group->count; i++) {
    if (f->mask & 1u << i) netns_unmute(f->target, i);
  }
  deed_note(n, f, false, "%s is heard by all", server_name(n, f->target));
}

/* ----------------------------------------------------------------------------- a person ------ */

static bool switchover_begin(struct nemesis *n, struct fault *f) {
  struct group *g = n->plan.group;
  if (n->asking) return false;
  f->target = chance_percent(n, 50) ? chance_below(n, g->count) : -1;
  int host = chance_below(n, g->count);
  const char *node = f->target < 0 ? NULL : server_name(n, f->target);
  n->asked_us = kit_now_us();
  n->asking = writers_ask_begin(g, "switchover", node, g->plan.hosts ? netns_of(host) : 0);
  deed_note(n, f, true, "asked: switchover%s%s", node ? " to " : "", node ? node : "");
  return true;
}

static void asking_watch(struct nemesis *n, int timeout_ms) {
  struct asked asked;
  struct fault f = {.kind = NEMESIS_SWITCHOVER, .target = -1};
  if (n->asking == 0) return;
  if (!writers_ask_over(n->asking, timeout_ms, &asked)) {
    if (kit_now_us() < n->asked_us + ASKING_MS * 1000 && timeout_ms == 0) return;
    kit_kill(n->asking);
    snprintf(asked.text, sizeof asked.text, "the person gave up");
  }
  n->asking = 0;
  deed_note(n, &f, false, "answered: %.90s", asked.text);
}

/* ------------------------------------------------------------------------- applications ------ */

static bool app_begin(struct nemesis *n, struct fault *f) {
  if (n->plan.applications == 0 || n->plan.application == NULL) return false;
  bool stop = f->kind == NEMESIS_APP_STOP;
  f->target = chance_below(n, stop ? n->plan.applications : n->plan.mortals);
  if (fault_find(n, NEMESIS_APP_STOP | NEMESIS_APP_KILL, f->target)) return false;
  n->plan.application(f->target, stop ? NEMESIS_APP_STOPS : NEMESIS_APP_DIES, n->plan.data);
  deed_note(n, f, true, "application %d %s", f->target + 1, stop ? "is stopped" : "is killed");
  return true;
}

static void app_end(struct nemesis *n, struct fault *f) {
  bool stop = f->kind == NEMESIS_APP_STOP;
  n->plan.application(f->target, stop ? NEMESIS_APP_RESUMES : NEMESIS_APP_STARTS, n->plan.data);
  deed_note(n, f, false, "application %d %s", f->target + 1, stop ? "goes on" : "starts anew");
}

/* --------------------------------------------------------------------------- the rhythm ------ */

static const struct kind {
  const char *name;
  bool (*begin)(struct nemesis *n, struct fault *f); /* false: not possible now */
  void (*end)(struct nemesis *n, struct fault *f);   /* NULL: it is no state */
  int weight;
} kinds[NEMESIS_KINDS] = {
    {"kill", kill_begin, kill_end, 3},
    {"empty", kill_begin, kill_end, 3},
    {"stop", stop_begin, stop_end, 4},
    {"cut", cut_begin, cut_end, 3},
    {"one way", one_way_begin, one_way_end, 3},
    {"switchover", switchover_begin, NULL, 2},
    {"app stop", app_begin, app_end, 1},
    {"app kill", app_begin, app_end, 1},
};

static int kind_index(int kind) {
  int i = 0;
  while (i < NEMESIS_KINDS - 1 && kind != 1 << i) i++;
  return i;
}

static int pick_kind(struct nemesis *n) {
  int sum = 0;
  for (int i = 0; i < NEMESIS_KINDS; i++) {
    if (n->plan.kinds & 1u << i) sum += kinds[i].weight;
  }
  if (sum == 0) return -1;
  int left = chance_below(n, sum);
  for (int i = 0; i < NEMESIS_KINDS; i++) {
    if (!(n->plan.kinds & 1u << i)) continue;
    left -= kinds[i].weight;
    if (left < 0) return i;
  }
  return -1;
}

/* One of four is over before anybody has finished what it made them do. */
static int64_t lasts_us(struct nemesis *n) {
  if (chance_percent(n, 25)) return 1000 + chance_below(n, 100000);
  return chance_around_us(n, n->plan.fault_ms);
}

static void fault_begin(struct nemesis *n) {
  for (int attempt = 0; attempt < 8; attempt++) {
    int index = pick_kind(n);
    if (index < 0) return;
    struct fault f = {.kind = 1 << index, .target = -1};
    if (!kinds[index].begin(n, &f)) continue;
    if (kinds[index].end == NULL) return;
    f.ends_us = kit_now_us() + lasts_us(n);
    n->faults[n->fault_count++] = f;
    return;
  }
}

static void fault_end(struct nemesis *n, int i) {
  struct fault f = n->faults[i];
  n->faults[i] = n->faults[--n->fault_count];
  kinds[kind_index(f.kind)].end(n, &f);
}

/* In the mean interval_ms: a third comes a few ms behind the one before, one of ten late. */
static void schedule(struct nemesis *n) {
  int64_t after_us;
  int fate = chance_below(n, 100);
  if (fate < 33) after_us = 500 + chance_below(n, 60000);
  else if (fate < 43) after_us = chance_around_us(n, n->plan.interval_ms * 4);
  else after_us = chance_around_us(n, n->plan.interval_ms);
  n->next_us = kit_now_us() + after_us;
}

static int64_t soonest(const struct nemesis *n) {
  int64_t at_us = n->fault_count < n->plan.at_once ? n->next_us : INT64_MAX;
  for (int i = 0; i < n->fault_count; i++) {
    if (n->faults[i].ends_us < at_us) at_us = n->faults[i].ends_us;
  }
  bool watch = debts_count(n) > 0 || n->asking;
  int64_t look_us = n->watched_us + (watch ? WATCH_MS : 10 * WATCH_MS) * 1000;
  return look_us < at_us ? look_us : at_us;
}

struct nemesis *nemesis_new(const struct nemesis_plan *plan) {
  struct nemesis *n = calloc(1, sizeof *n);
  if (n == NULL) kit_die("out of memory");
  n->plan = *plan;
  n->random = plan->seed;
  if (n->plan.interval_ms <= 0) n->plan.interval_ms = 1000;
  if (n->plan.fault_ms <= 0) n->plan.fault_ms = n->plan.interval_ms;
  if (n->plan.at_once <= 0) n->plan.at_once = 1;
  if (n->plan.at_once > FAULTS_MAX) n->plan.at_once = FAULTS_MAX;
  if (n->plan.mortals <= 0) n->plan.mortals = n->plan.applications;
  return n;
}

int nemesis_step(struct nemesis *n) {
  if (n->next_us == 0) schedule(n);
  for (int i = n->fault_count - 1; i >= 0; i--) {
    if (n->faults[i].ends_us <= kit_now_us()) fault_end(n, i);
  }
  if (kit_now_us() >= n->watched_us + WATCH_MS * 1000) {
    servers_watch(n);
    asking_watch(n, 0);
    debts_watch(n);
    n->watched_us = kit_now_us();
  }
  if (n->fault_count < n->plan.at_once && n->next_us <= kit_now_us()) {
    fault_begin(n);
    schedule(n);
  }
  int64_t wait_us = soonest(n) - kit_now_us();
  return wait_us <= 0 ? 0 : (int)((wait_us + 999) / 1000);
}

static void server_revive(struct nemesis *n, int server) {
  struct server *s = &n->plan.group->servers[server];
  if (s->pid && server_await(s, START_MS)) return;
  struct fault f = {.kind = NEMESIS_EMPTY, .target = server};
  deed_note(n, &f, false, "%s did not come back: started once more", s->name);
  n->debts[server] = (struct debt){.owed = true};
  server_kill(s);
  server_start(s); /* dies with the reason */
}

void nemesis_heal(struct nemesis *n) {
  while (n->fault_count > 0) fault_end(n, n->fault_count - 1);
  servers_watch(n);
  for (int i = 0; i < n->plan.group->count; i++) server_revive(n, i);
  asking_watch(n, ASKING_MS);
  n->next_us = 0;
}

/* ------------------------------------------------------------------------------ telling ------ */

const struct nemesis_deed *nemesis_deeds(const struct nemesis *n, size_t *count) {
  *count = n->deed_count;
  return n->deeds;
}

void nemesis_print(const struct nemesis *n, FILE *out, int64_t from_us) {
  for (size_t i = 0; i < n->deed_count; i++) {
    const struct nemesis_deed *deed = &n->deeds[i];
    if (deed->at_us < from_us) continue;
    fprintf(out, "%10.1f ms  %s\n", (double)(deed->at_us - from_us) / 1000, deed->text);
  }
}

int nemesis_count(const struct nemesis *n, enum nemesis_kind kind) {
  return n->counts[kind_index((int)kind)];
}

const char *nemesis_kind_name(enum nemesis_kind kind) {
  return kinds[kind_index((int)kind)].name;
}

void nemesis_free(struct nemesis *n) {
  if (n) free(n->deeds);
  free(n);
}
