/* See losses.h. */
#include "losses.h"

#include <haredis/haredis.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "clock.h"
#include "judge.h"

enum {
  REIGNS_MAX = 1024,
  /* A master answers its clients and feeds its replicas in one turn of its loop: what a client had
   * in its hands so long before a fault was with the kernel for the replicas as well. */
  SAFE_US = 100000,
  /* A client of the old master may still be answered, and hear of the new one later. */
  LATE_US = 300000,
  BEFORE_US = 1000000,
  /* So long a write of a killed application may still lie before a server: its own deadline, and
   * as long as a server is stopped or cut off. */
  ORPHAN_US = 5000000,
};

/* From one election to the next, as the first client learnt of it. */
struct reign {
  uint64_t epoch;
  int port;
  int64_t from_us, to_us; /* INT64_MAX: it is the last one */
  int64_t lost, first_us, last_us; /* when the lost ones were acknowledged */
  int64_t maybe;          /* not there, went to this master last, and may have run */
  int64_t told_least, told_most; /* -1: never, or without a number */
  int tellers;
  int64_t told_us;
  int64_t died_us;        /* its process was killed with them and came back empty; 0: never */
  int64_t dropped_us;     /* it took another's data in place of its own; 0: never */
};

struct court {
  const struct losses_input *input;
  struct reign reigns[REIGNS_MAX];
  int count;
  struct losses sum;
};

/* ------------------------------------------------------------------------------- reigns ------ */

static int by_epoch(const void *a, const void *b) {
  const struct reign *x = a, *y = b;
  if (x->epoch != y->epoch) return x->epoch < y->epoch ? -1 : 1;
  return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static bool is_event(const struct oplog_op *op, int kind) {
  return op->kind == OPLOG_EVENT && op->state == OPLOG_ENDED && (int)key_index(op->key) == kind;
}

static void reign_note(struct court *c, const struct oplog_op *op) {
  for (int i = 0; i < c->count; i++) {
    struct reign *r = &c->reigns[i];
    if (r->epoch != op->epoch || r->port != op->port) continue;
    if (op->call_us < r->from_us) r->from_us = op->call_us;
    return;
  }
  if (c->count == REIGNS_MAX) kit_die("more than %d masters", REIGNS_MAX);
  c->reigns[c->count++] = (struct reign){.epoch = op->epoch, .port = op->port,
                                         .from_us = op->call_us, .told_least = -1,
                                         .told_most = -1};
}

static void reigns_make(struct court *c) {
  for (size_t i = 0; i < c->input->count; i++) {
    const struct oplog_op *op = &c->input->ops[i];
    if (is_event(op, HAREDIS_EVENT_MASTER_CHANGED) && op->port != 0) reign_note(c, op);
  }
  qsort(c->reigns, (size_t)c->count, sizeof c->reigns[0], by_epoch);
  for (int i = 0; i < c->count; i++) {
    c->reigns[i].to_us = i + 1 < c->count ? c->reigns[i + 1].from_us : INT64_MAX;
  }
}

/* The last reign of that node that had begun by then. */
static struct reign *reign_of(struct court *c, int port, int64_t at_us) {
  for (int i = c->count - 1; i >= 0; i--) {
    if (c->reigns[i].port == port && c->reigns[i].from_us <= at_us) return &c->reigns[i];
  }
  return NULL;
}

/* --------------------------------------------------------------------------- every write ----- */

static int by_number(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static bool is_present(const struct losses_input *input, int64_t value) {
  return bsearch(&value, input->present, input->present_count, sizeof value, by_number) != NULL;
}

static double ms(const struct court *c, int64_t at_us) {
  return (double)(at_us - c->input->start_us) / 1000;
}

/* Is there a fault that this can have been lost by: begun before the next master was there, and
 * before the write, or after it by no more than what the wire holds? */
static bool fault_near(const struct court *c, const struct reign *r, int64_t acked_us) {
  for (size_t i = 0; i < c->input->deed_count; i++) {
    const struct nemesis_deed *d = &c->input->deeds[i];
    bool server = d->kind & (NEMESIS_SERVERS | NEMESIS_CUTS);
    if (server && d->begins && d->at_us <= r->to_us && d->at_us - SAFE_US <= acked_us) return true;
  }
  return false;
}

/* It took effect between call and return, and the return may be read late. */
static void write_lost(struct court *c, const struct oplog_op *op, FILE *out) {
  char name[KEY_NAME_MAX];
  struct reign *r = reign_of(c, op->port, op->return_us);
  bool explained = r && r->to_us != INT64_MAX && op->call_us <= r->to_us + LATE_US &&
                   fault_near(c, r, op->return_us);
  c->sum.lost++;
  if (!explained) c->sum.outside++;
  fprintf(out, "  lost: %lld:%lld in %s, from %.1f to %.1f ms, acknowledged by :%d in epoch "
          "%llu%s\n", (long long)(op->value >> 32), (long long)(op->value & 0xffffffff),
          key_name(op->key, name), ms(c, op->call_us), ms(c, op->return_us), op->port,
          r ? (unsigned long long)r->epoch : 0ull,
          explained ? "" : ": no failover explains it");
  if (r == NULL) return;
  if (r->lost++ == 0 || op->return_us < r->first_us) r->first_us = op->return_us;
  if (op->return_us > r->last_us) r->last_us = op->return_us;
}

/* Any master that there was between call and return, of the node that it went to last; all nodes
 * when its application died. */
static void write_doubtful(struct court *c, const struct oplog_op *op) {
  int64_t end_us = op->state == OPLOG_ENDED ? op->return_us : op->call_us + ORPHAN_US;
  c->sum.maybe++;
  if (is_present(c->input, op->value)) {
    c->sum.ran++;
    return;
  }
  for (int i = 0; i < c->count; i++) {
    struct reign *r = &c->reigns[i];
    bool its = op->port == 0 || op->port == r->port;
    int64_t to_us = r->to_us == INT64_MAX ? r->to_us : r->to_us + LATE_US;
    r->maybe += its && op->call_us <= to_us && end_us >= r->from_us;
  }
}

static void write_judge(struct court *c, const struct oplog_op *op, FILE *out) {
  if (judge_may_have_run(op)) {
    write_doubtful(c, op);
  } else if (judge_did_not_run(op)) {
    c->sum.did_not_run++;
    c->sum.ghosts += is_present(c->input, op->value);
  } else {
    c->sum.acked++;
    if (!is_present(c->input, op->value)) write_lost(c, op, out);
  }
}

/* Everything in the lists was asked for, once. */
static void present_judge(struct court *c) {
  const struct losses_input *in = c->input;
  int64_t *asked = calloc(in->count + 1, sizeof *asked);
  size_t count = 0;
  if (asked == NULL) kit_die("out of memory");
  for (size_t i = 0; i < in->count; i++) {
    if (in->ops[i].kind == OPLOG_APPEND) asked[count++] = in->ops[i].value;
  }
  qsort(asked, count, sizeof *asked, by_number);
  for (size_t i = 0; i < in->present_count; i++) {
    int64_t value = in->present[i];
    c->sum.duplicated += i > 0 && in->present[i - 1] == value;
    c->sum.strange += bsearch(&value, asked, count, sizeof value, by_number) == NULL;
  }
  free(asked);
}

/* ------------------------------------------------------------------- what the library said --- */

/* By how much the wall clock is ahead of the one of kit_now_us(). */
static int64_t wall_ahead_us(void) {
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  return (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000 - kit_now_us();
}

static void told(struct court *c, int port, int64_t at_us, int64_t count) {
  struct reign *r = reign_of(c, port, at_us);
  if (r == NULL) return;
  if (r->tellers++ == 0 || count < r->told_least) r->told_least = count;
  if (count > r->told_most) r->told_most = count;
  if (r->told_us == 0 || at_us < r->told_us) r->told_us = at_us;
}

/* The process that a person asks for a switchover is a client as well: what it says is in its
 * trace, by the second. "[13:37:10](#1) warning: HOST:PORT has N writes that nobody else has" */
static void told_to_persons(struct court *c) {
  char line[1024];
  FILE *f = c->input->trace ? fopen(c->input->trace, "r") : NULL;
  time_t begun = (time_t)(c->input->start_us + wall_ahead_us()) / 1000000;
  while (f && fgets(line, sizeof line, f)) {
    const char *has = strstr(line, " writes that nobody else has");
    const char *name = strstr(line, "warning: ");
    struct tm day;
    if (has == NULL || name == NULL || localtime_r(&begun, &day) == NULL) continue;
    const char *colon = strchr(name + strlen("warning: "), ':');
    const char *count = strstr(name, " has ");
    if (colon == NULL || count == NULL || strptime(line, "[%H:%M:%S]", &day) == NULL) continue;
    told(c, (int)strtol(colon + 1, NULL, 10),
         (int64_t)mktime(&day) * 1000000 - wall_ahead_us() + 999999,
         strtoll(count + strlen(" has "), NULL, 10));
  }
  if (f) fclose(f);
}

/* ------------------------------------------------------------- what became of the servers ---- */

/* "123:S 20 Nov 2026 13:05:37.123 * Full resync from master: ...", by the wall clock. */
static int64_t log_wall_us(const char *line) {
  struct tm t;
  memset(&t, 0, sizeof t);
  const char *space = strchr(line, ' ');
  const char *dot = space ? strptime(space + 1, "%d %b %Y %H:%M:%S", &t) : NULL;
  if (dot == NULL || *dot != '.') return 0;
  t.tm_isdst = -1;
  return (int64_t)mktime(&t) * 1000000 + strtoll(dot + 1, NULL, 10) * 1000;
}

static void dropped(struct court *c, int port, int64_t at_us) {
  for (int i = 0; i < c->count; i++) {
    struct reign *r = &c->reigns[i];
    if (r->port != port || r->dropped_us || at_us <= r->to_us) continue;
    if (at_us > r->first_us) r->dropped_us = at_us;
  }
}

static void logs_read(struct court *c) {
  int64_t ahead_us = wall_ahead_us();
  for (int i = 0; i < c->input->group->count; i++) {
    const struct server *s = &c->input->group->servers[i];
    char line[1024];
    FILE *f = fopen(s->log, "r");
    while (f && fgets(line, sizeof line, f)) {
      if (strstr(line, "Flushing old data") == NULL) continue;
      dropped(c, s->port, log_wall_us(line) - ahead_us);
    }
    if (f) fclose(f);
  }
}

/* Killed with what it had acknowledged, before it had dropped that, and empty afterwards. */
static void deaths(struct court *c) {
  for (size_t i = 0; i < c->input->deed_count; i++) {
    const struct nemesis_deed *d = &c->input->deeds[i];
    bool kill = d->begins && d->kind == NEMESIS_EMPTY && d->target >= 0;
    for (int k = 0; k < c->count && kill; k++) {
      struct reign *r = &c->reigns[k];
      bool its = c->input->group->servers[d->target].port == r->port;
      if (its && r->lost > 0 && r->died_us == 0 && d->at_us >= r->first_us - SAFE_US &&
          (r->dropped_us == 0 || d->at_us < r->dropped_us)) {
        r->died_us = d->at_us;
      }
    }
  }
}

/* It was told to drop what it had, and was elected with it before it had done so. */
static bool elected_again(const struct court *c, const struct reign *r) {
  for (int i = 0; i < c->count; i++) {
    const struct reign *later = &c->reigns[i];
    if (later->epoch <= r->epoch || later->port != r->port) continue;
    return r->dropped_us == 0 || later->from_us < r->dropped_us;
  }
  return false;
}

/* What was done from shortly before the first loss until the next master was there. */
static void reign_deeds(const struct court *c, const struct reign *r, FILE *out) {
  for (size_t i = 0; i < c->input->deed_count && r->lost > 0; i++) {
    const struct nemesis_deed *d = &c->input->deeds[i];
    int64_t end_us = r->to_us > r->last_us ? r->to_us : r->last_us;
    if (d->at_us < r->first_us - BEFORE_US || d->at_us > end_us) continue;
    fprintf(out, "      %10.1f ~ %s\n", ms(c, d->at_us), d->text);
  }
}

static void reign_judge(struct court *c, struct reign *r, FILE *out) {
  const struct group *g = c->input->group;
  if (r->lost == 0 && r->tellers == 0) return;
  int server = group_by_port(g, r->port);
  fprintf(out, "  epoch %llu, %s, %.1f to %.1f ms: ", (unsigned long long)r->epoch,
          server < 0 ? "?" : g->servers[server].name, ms(c, r->from_us), ms(c, r->to_us));
  fprintf(out, "%lld acknowledged writes are lost", (long long)r->lost);
  if (r->lost > 0) {
    fprintf(out, " (%.1f to %.1f ms)", ms(c, r->first_us), ms(c, r->last_us));
  }
  if (r->maybe > 0) fprintf(out, ", %lld that may have run", (long long)r->maybe);
  if (r->tellers > 0) {
    fprintf(out, "; told at %.1f ms by %d: %lld", ms(c, r->told_us), r->tellers,
            (long long)r->told_least);
    if (r->told_most != r->told_least) fprintf(out, " to %lld", (long long)r->told_most);
  } else if (r->died_us) {
    fprintf(out, "; died with it at %.1f ms", ms(c, r->died_us));
  } else {
    fprintf(out, "; it came back at %.1f ms and that was NOT TOLD", ms(c, r->dropped_us));
  }
  fprintf(out, "\n");
  reign_deeds(c, r, out);
  if (r->tellers > 0) c->sum.told += r->told_most;
  else if (r->died_us) c->sum.died += r->lost;
  else c->sum.untold += r->lost;
  int64_t most = r->lost + r->maybe;
  bool bounded = r->told_least >= r->lost && r->told_most <= most;
  if (r->tellers == 0 || bounded) return;
  bool lived_on = r->told_least >= r->lost && elected_again(c, r);
  fprintf(out, "  ... which is %s: it is between %lld and %lld\n",
          lived_on ? "more, for that master died before its data was taken" : "wrong",
          (long long)r->lost, (long long)most);
  c->sum.wrong += !lived_on;
}

struct losses losses_judge(const struct losses_input *input, FILE *out) {
  static struct court c;
  memset(&c, 0, sizeof c);
  c.input = input;
  reigns_make(&c);
  for (size_t i = 0; i < input->count; i++) {
    if (input->ops[i].kind == OPLOG_APPEND) write_judge(&c, &input->ops[i], out);
  }
  present_judge(&c);
  for (size_t i = 0; i < input->count; i++) {
    const struct oplog_op *op = &input->ops[i];
    if (is_event(op, HAREDIS_EVENT_DIVERGED)) told(&c, op->port, op->call_us, op->value);
  }
  told_to_persons(&c);
  logs_read(&c);
  deaths(&c);
  for (int i = 0; i < c.count; i++) reign_judge(&c, &c.reigns[i], out);
  return c.sum;
}

bool losses_fine(const struct losses *l) {
  return l->acked > 0 && l->ghosts == 0 && l->duplicated == 0 && l->strange == 0 &&
         l->outside == 0 && l->untold == 0 && l->wrong == 0;
}
