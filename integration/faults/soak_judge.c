/* What the applications were told in a phase, held against the master in the calm behind it. */
#include <haredis/haredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "record.h"
#include "soak.h"

enum { CHUNK = 5000, SAFE_MS = 100, BURST_US = 500000 };

/* One application's page, and what is asked of the master in its name. */
struct file {
  const struct soak_page *page;
  struct server *master;
  struct verdict *verdict;
  int slot;
  bool dead;                 /* killed: what it was not told may have run or not */
  int64_t deed_us;
};

static bool did_not_run(int code) {
  return code != RECORD_ACKED && code != RECORD_SERVER_ERROR && code != HAREDIS_ERR_MAYBE &&
         code != HAREDIS_ERR_PROTOCOL;
}

static const char *key_of(const struct file *f, const char *name) {
  static char key[64];
  snprintf(key, sizeof key, "soak:%d:%llu:%s", f->slot, (unsigned long long)f->page->serial, name);
  return key;
}

/* ---------------------------------------------------------------------------------- lists ---- */

/* How often each id is there. */
static void list_read(const struct file *f, const char *name, uint8_t *times) {
  const char *key = key_of(f, name);
  memset(times, 0, SOAK_WRITES);
  for (int64_t from = 0;; from += CHUNK) {
    redisReply *r = probe(f->master, "LRANGE %s %lld %lld", key, (long long)from,
                          (long long)(from + CHUNK - 1));
    bool fine = r && r->type == REDIS_REPLY_ARRAY;
    size_t count = fine ? r->elements : 0;
    if (!fine) soak_break("%s cannot be read", key);
    for (size_t i = 0; i < count; i++) {
      uint64_t id = strtoull(r->element[i]->str, NULL, 10);
      if (id == 0 || id >= SOAK_WRITES) soak_break("%s holds %.20s", key, r->element[i]->str);
      else if (times[id] < 255) times[id]++;
    }
    freeReplyObject(r);
    if (count < CHUNK) return;
  }
}

/*
 * A durable write that was given to the library after this one was acknowledged, and that was
 * acknowledged itself by the same master: a majority holds this one too.
 */
static const struct soak_write *later_durable(const struct file *f, const struct soak_write *w) {
  for (int id = 1; id < SOAK_WRITES; id++) {
    const struct soak_write *d = &f->page->writes[SOAK_DURABLE][id];
    if (d->fate == SOAK_NONE) break;
    if (d->fate != SOAK_ENDED || d->code != RECORD_ACKED || d->sent_us < w->at_us) continue;
    if (d->masters_at == w->masters_sent) return d;
  }
  return NULL;
}

static void burst_add(struct verdict *v, int64_t at_us) {
  for (int i = 0; i < v->burst_count; i++) {
    struct burst *b = &v->bursts[i];
    if (at_us < b->from_us - BURST_US || at_us > b->until_us + BURST_US) continue;
    if (at_us < b->from_us) b->from_us = at_us;
    if (at_us > b->until_us) b->until_us = at_us;
    b->count++;
    return;
  }
  if (v->burst_count == SOAK_BURSTS) return;
  v->bursts[v->burst_count++] = (struct burst){.from_us = at_us, .until_us = at_us, .count = 1};
}

static void judge_lost(const struct file *f, int lane, int id) {
  const struct soak_write *w = &f->page->writes[lane][id];
  if (lane == SOAK_DURABLE) {
    f->verdict->durable_lost++;
    soak_break("application %d: durable write %d was acknowledged and is lost", f->slot + 1, id);
    return;
  }
  f->verdict->async_lost++;
  burst_add(f->verdict, w->at_us);
  if (w->at_us < f->deed_us - SAFE_MS * 1000) {
    soak_break("application %d: write %d is lost, acknowledged before the first fault",
               f->slot + 1, id);
  }
  const struct soak_write *d = later_durable(f, w);
  if (d) {
    soak_break("application %d: write %d is lost, but durable write %d behind it was "
               "acknowledged by the same master", f->slot + 1, id,
               (int)(d - f->page->writes[SOAK_DURABLE]));
  }
}

static void judge_write(const struct file *f, int lane, int id, int times) {
  const struct soak_write *w = &f->page->writes[lane][id];
  const char *what = lane == SOAK_ASYNC ? "write" : "durable write";
  if (times > 0 && w->fate == SOAK_NONE) {
    soak_break("application %d: %s %d was never accepted and is there", f->slot + 1, what, id);
  }
  if (times > 1) {
    f->verdict->duplicated++;
    soak_break("application %d: %s %d is there %d times", f->slot + 1, what, id, times);
  }
  if (w->fate != SOAK_ENDED) return;
  if (times > 0 && did_not_run(w->code)) {
    f->verdict->ghosts++;
    soak_break("application %d: %s %d ran although told %s", f->slot + 1, what, id,
               haredis_error_name(w->code));
  }
  if (w->code != RECORD_ACKED) return;
  if (lane == SOAK_ASYNC) f->verdict->async_acked++;
  else f->verdict->durable_acked++;
  if (times == 0) judge_lost(f, lane, id);
}

static void judge_lists(const struct file *f) {
  static const char *const names[] = {"a", "d"};
  uint8_t *times = malloc(SOAK_WRITES);
  if (times == NULL) kit_die("out of memory");
  for (int lane = 0; lane < 2; lane++) {
    list_read(f, names[lane], times);
    for (int id = 1; id < SOAK_WRITES; id++) judge_write(f, lane, id, times[id]);
  }
  free(times);
}

/* --------------------------------------------------------------------------------- counts ---- */

/* Durable: what was acknowledged is there, and no more than may have run. */
static void judge_count(const struct file *f, int lane, const char *name) {
  const struct soak_count *count = &f->page->lanes[lane];
  uint64_t most = count->acked + count->maybe;
  uint64_t value = (uint64_t)probe_number(f->master, 0, "GET %s", key_of(f, name));
  if (f->dead) most = count->begun - count->failed;
  if (value >= count->acked && value <= most) return;
  soak_break("application %d: %s is %llu, but %llu were acknowledged and %llu may have run",
             f->slot + 1, key_of(f, name), (unsigned long long)value,
             (unsigned long long)count->acked, (unsigned long long)most);
}

static void judge_counts(const struct file *f) {
  judge_count(f, SOAK_TXN, "t");
  judge_count(f, SOAK_WATCH, "w");
  judge_count(f, SOAK_SCRIPT, "s");
  int64_t t = probe_number(f->master, 0, "GET %s", key_of(f, "t"));
  int64_t u = probe_number(f->master, 0, "GET %s", key_of(f, "u"));
  if (t != u) {
    soak_break("application %d: half a transaction, %lld and %lld", f->slot + 1, (long long)t,
               (long long)u);
  }
  uint64_t r = (uint64_t)probe_number(f->master, 0, "GET %s", key_of(f, "r"));
  bool doubt = r < SOAK_WRITES && (f->page->register_doubt[r / 8] & 1u << r % 8);
  if ((r < f->page->register_acked && !doubt) || r > f->page->register_sent) {
    soak_break("application %d: the register is %llu, %llu was acknowledged and %llu sent",
               f->slot + 1, (unsigned long long)r, (unsigned long long)f->page->register_acked,
               (unsigned long long)f->page->register_sent);
  }
}

static void judge_page(const struct file *f) {
  const struct soak_page *p = f->page;
  struct verdict *v = f->verdict;
  if (p->called_twice | p->stale | p->from_nowhere | p->repeated | p->foreign) {
    soak_fail("application %d: called back twice %u, stale %u, from nowhere %u, repeated %u, "
              "foreign %u: %s", f->slot + 1, p->called_twice, p->stale, p->from_nowhere,
              p->repeated, p->foreign, p->first);
  }
  for (int lane = 0; lane < SOAK_LANES; lane++) {
    const struct soak_count *count = &p->lanes[lane];
    uint64_t ended = count->acked + count->maybe + count->failed;
    v->begun += count->begun;
    v->acked += count->acked;
    v->maybe += count->maybe;
    v->failed += count->failed;
    v->refused += count->refused;
    if (f->dead || ended == count->begun) continue;
    soak_break("application %d, lane %d: %llu commands accepted and %llu called back",
               f->slot + 1, lane, (unsigned long long)count->begun, (unsigned long long)ended);
  }
  for (int i = 0; i < SOAK_CODES; i++) v->codes[i] += p->codes[i];
  for (uint32_t i = 0; i < p->pause_count && v->pause_count < SOAK_LIST; i++) {
    v->pauses_us[v->pause_count++] = p->pauses_us[i];
  }
  if (p->longest_us > v->longest_us) {
    v->longest_us = p->longest_us;
    v->longest_end_us = p->longest_end_us;
  }
  v->gaps_told += p->gap_count;
  v->popped_again += p->popped_again;
  v->back += p->register_back;
}

/* ------------------------------------------------------------------------------- messages ---- */

static bool was_told(const struct soak_page *listener, const struct soak_write *w) {
  for (uint32_t i = 0; i < listener->gap_count; i++) {
    const struct soak_span *gap = &listener->gaps[i];
    if (w->sent_us <= gap->until_us && w->at_us >= gap->from_us) return true;
  }
  return listener->gap_count == SOAK_LIST;
}

static void judge_message(const struct member *l, const struct member *p, int id,
                          struct verdict *v) {
  const struct soak_write *w = &p->page->writes[SOAK_PUBLISH][id];
  const struct soak_heard *h = &l->page->heard[p->slot];
  bool heard = h->serial == p->page->serial && (h->heard[0][id / 8] & 1u << id % 8);
  if (heard) v->heard++;
  if (heard && w->fate == SOAK_ENDED && did_not_run(w->code)) {
    v->ghosts++;
    soak_break("application %d heard message %d of application %d, which was told %s",
               l->slot + 1, id, p->slot + 1, haredis_error_name(w->code));
  }
  if (heard || w->fate != SOAK_ENDED || w->code != RECORD_ACKED) return;
  if (l->page->listening_us == 0 || w->sent_us < l->page->listening_us) return;
  v->unheard++;
  if (was_told(l->page, w)) return;
  if (v->unheard_untold++ > 0) return;
  soak_fail("application %d did not hear message %d of application %d (sent at %lld us) and no "
            "gap was told", l->slot + 1, id, p->slot + 1, (long long)w->sent_us);
}

static const struct soak_page *page_of(const struct crew *c, uint32_t slot, uint64_t serial) {
  const struct soak_page *p = c->members[slot].page;
  if (p != NULL && p->serial == serial) return p;
  for (int i = 0; i < c->dead_count; i++) {
    if (c->dead_slot[i] == (int)slot && c->dead[i]->serial == serial) return c->dead[i];
  }
  return NULL;
}

/*
 * What waited for an answer on a link that was given up may still be on its way to the server, and
 * run behind what was published later: that is what ERR_MAYBE says. Nothing else changes places.
 */
static void judge_late(const struct crew *c, const struct member *l, struct verdict *v) {
  for (uint32_t i = 0; l->page != NULL && i < l->page->late_count; i++) {
    const struct soak_late *late = &l->page->late[i];
    const struct soak_page *p = page_of(c, late->slot, late->serial);
    const struct soak_write *w = p ? &p->writes[SOAK_PUBLISH][late->id] : NULL;
    v->late++;
    if (w == NULL || w->fate != SOAK_ENDED || !(w->code == RECORD_ACKED || did_not_run(w->code))) {
      continue;
    }
    soak_fail("application %d heard message %u of application %u behind a later one, though it "
              "was acknowledged", l->slot + 1, late->id, late->slot + 1);
    return;
  }
}

static void judge_messages(const struct crew *c, struct verdict *v) {
  for (int l = 0; l < c->count; l++) {
    judge_late(c, &c->members[l], v);
    for (int p = 0; p < c->count; p++) {
      const struct member *listener = &c->members[l], *publisher = &c->members[p];
      if (listener->page == NULL || publisher->page == NULL) continue;
      for (int id = 1; id < SOAK_WRITES; id++) {
        if (publisher->page->writes[SOAK_PUBLISH][id].fate == SOAK_NONE) break;
        judge_message(listener, publisher, id, v);
      }
    }
  }
}

void judge(const struct crew *c, struct server *master, int64_t deed_us, struct verdict *v) {
  memset(v, 0, sizeof *v);
  for (int i = 0; i < c->count + c->dead_count; i++) {
    bool dead = i >= c->count;
    struct file f = {.master = master, .verdict = v, .deed_us = deed_us, .dead = dead};
    f.page = dead ? c->dead[i - c->count] : c->members[i].page;
    f.slot = dead ? c->dead_slot[i - c->count] : i;
    if (f.page == NULL) continue;
    judge_page(&f);
    judge_lists(&f);
    judge_counts(&f);
    v->diverged += f.page->diverged;
  }
  judge_messages(c, v);
}

void judge_copies(const struct crew *c) {
  static const char *const names[] = {"a", "d", "q"};
  struct group *g = c->group;
  for (int i = 0; i < c->count; i++) {
    if (c->members[i].pid == 0) continue;
    for (int n = 0; n < 3; n++) {
      struct file f = {.page = c->members[i].page, .slot = i};
      int64_t first = probe_number(&g->servers[0], -1, "LLEN %s", key_of(&f, names[n]));
      for (int s = 1; s < g->count; s++) {
        int64_t its = probe_number(&g->servers[s], -1, "LLEN %s", key_of(&f, names[n]));
        if (its == first && first >= 0) continue;
        soak_break("%s has %lld elements on %s and %lld on %s", key_of(&f, names[n]),
                   (long long)first, g->servers[0].name, (long long)its, g->servers[s].name);
      }
    }
  }
}
