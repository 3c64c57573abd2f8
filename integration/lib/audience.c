/* What listeners were told and what they heard. */
#include "audience.h"

#include <haredis/haredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"

/* ---------------------------------------------------------------------- while they run ------- */

/* Every record that was written so far, by `each` until it says enough. */
static void records_walk(const struct writer *w, bool (*each)(const struct record *, void *),
                         void *data, int64_t last) {
  struct record some[512];
  FILE *f = fopen(w->records_path, "rb");
  if (f == NULL) return;
  if (last > 0 && fseeko(f, 0, SEEK_END) == 0) {
    int64_t whole = ftello(f) / (int64_t)sizeof some[0];
    int64_t from = whole > last ? whole - last : 0;
    fseeko(f, from * (int64_t)sizeof some[0], SEEK_SET);
  }
  size_t got;
  bool enough = false;
  while (!enough && (got = fread(some, sizeof some[0], 512, f)) > 0) {
    for (size_t i = 0; i < got && !enough; i++) enough = each(&some[i], data);
  }
  fclose(f);
}

struct wanted {
  int kind;          /* of record */
  int code;          /* of an event; handles still missing of a message: a bit each */
  uint64_t id;
  int64_t after_us;
  int64_t at_us;
  int port;
};

static bool seek_event(const struct record *r, void *data) {
  struct wanted *wanted = data;
  bool gap = wanted->code == HAREDIS_EVENT_SUBSCRIPTION_GAP && r->kind == RECORD_GAP;
  if (!gap && (r->kind != RECORD_EVENT || r->code != wanted->code)) return false;
  if (r->at_us <= wanted->after_us) return false;
  wanted->at_us = r->at_us;
  wanted->port = gap ? 0 : (int)r->id;
  return false; /* the last one counts */
}

static bool seek_message(const struct record *r, void *data) {
  struct wanted *wanted = data;
  if (r->kind == RECORD_MESSAGE && r->sent_us > wanted->after_us) wanted->code &= ~(1 << r->code);
  return wanted->code == 0;
}

static bool seek_round(const struct record *r, void *data) {
  struct wanted *wanted = data;
  wanted->code = r->kind == RECORD_ROUND && r->id == wanted->id;
  return wanted->code;
}

int64_t audience_event(const struct writer *w, int kind, int64_t after_us, int *port) {
  struct wanted wanted = {.code = kind, .after_us = after_us, .at_us = -1};
  records_walk(w, seek_event, &wanted, 0);
  if (port != NULL) *port = wanted.port;
  return wanted.at_us;
}

bool audience_await_event(const struct writer *w, int kind, int64_t after_us, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  while (audience_event(w, kind, after_us, NULL) < 0) {
    if (kit_now_us() > end) return false;
    kit_sleep_ms(20);
  }
  return true;
}

bool audience_await_message(const struct writer *w, int handles, int64_t after_us,
                            int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  for (;;) {
    struct wanted wanted = {.code = (1 << handles) - 1, .after_us = after_us};
    records_walk(w, seek_message, &wanted, 1024);
    if (wanted.code == 0) return true;
    if (kit_now_us() > end) return false;
    kit_sleep_ms(20);
  }
}

bool audience_await_round(const struct writer *w, uint64_t round, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  for (;;) {
    struct wanted wanted = {.id = round};
    records_walk(w, seek_round, &wanted, 0);
    if (wanted.code) return true;
    if (kit_now_us() > end) return false;
    kit_sleep_ms(20);
  }
}

/* -------------------------------------------------------------------------- judgement -------- */

/* What became of each number that was published. */
struct published {
  int64_t *sent_us, *at_us; /* at_us 0: nothing is known */
  int32_t *code;
  uint64_t limit;           /* above the highest number */
};

static struct published published_load(const struct writer *w) {
  struct published p = {.limit = 1};
  for (size_t i = 0; i < w->count; i++) {
    if (w->records[i].kind == RECORD_PUBLISH && w->records[i].id >= p.limit) {
      p.limit = w->records[i].id + 1;
    }
  }
  p.sent_us = calloc(p.limit, sizeof *p.sent_us);
  p.at_us = calloc(p.limit, sizeof *p.at_us);
  p.code = calloc(p.limit, sizeof *p.code);
  if (p.sent_us == NULL || p.at_us == NULL || p.code == NULL) kit_die("out of memory");
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (r->kind != RECORD_PUBLISH) continue;
    p.sent_us[r->id] = r->sent_us;
    p.at_us[r->id] = r->at_us;
    p.code[r->id] = r->code;
  }
  return p;
}

static void published_free(struct published *p) {
  free(p->sent_us);
  free(p->at_us);
  free(p->code);
}

/* The promise of the codes: no server has executed it. */
static bool did_not_run(int code) {
  return code != RECORD_ACKED && code != RECORD_SERVER_ERROR && code != HAREDIS_ERR_MAYBE &&
         code != HAREDIS_ERR_PROTOCOL;
}

/* It was published at some moment between the call and its answer: was that told as missing? */
static bool was_told(const struct writer *listener, int64_t sent_us, int64_t at_us) {
  for (size_t i = 0; i < listener->count; i++) {
    const struct record *r = &listener->records[i];
    if (r->kind == RECORD_GAP && sent_us <= (int64_t)r->id && at_us >= r->sent_us) return true;
  }
  return false;
}

static void judge_handle(struct heard *heard, const struct writer *listener, int handle,
                         const struct published *published, int64_t after_us) {
  uint8_t *times = calloc(published->limit, 1);
  uint64_t first = 0, highest = 0;
  if (times == NULL) kit_die("out of memory");
  for (size_t i = 0; i < listener->count; i++) {
    const struct record *r = &listener->records[i];
    if (r->kind != RECORD_MESSAGE || r->code != handle) continue;
    heard->messages++;
    if (r->id >= published->limit) {
      heard->wrong++;
      continue;
    }
    if (first == 0) first = r->id;
    if (r->id < highest) heard->disordered++;
    if (r->id > highest) highest = r->id;
    if (times[r->id]++ > 0) heard->duplicated++;
    heard->ghosts += published->at_us[r->id] > 0 && did_not_run(published->code[r->id]);
  }
  if (first == 0) heard->lost = heard->lost_untold = (int64_t)published->limit;
  for (uint64_t n = first; first > 0 && n < published->limit; n++) {
    if (times[n] > 0 || did_not_run(published->code[n])) continue;
    heard->lost++;
    heard->lost_late += published->code[n] == RECORD_ACKED && published->sent_us[n] > after_us;
    heard->lost_untold += !was_told(listener, published->sent_us[n], published->at_us[n]);
  }
  free(times);
}

struct heard audience_judge(const struct writer *listener, int handles,
                            const struct writer *publisher, int64_t after_us) {
  struct heard heard = {0};
  struct published published = published_load(publisher);
  for (int i = 0; i < handles; i++) judge_handle(&heard, listener, i, &published, after_us);
  for (size_t i = 0; i < listener->count; i++) {
    const struct record *r = &listener->records[i];
    heard.wrong += r->kind == RECORD_WRONG;
    if (r->kind != RECORD_GAP || r->at_us < after_us) continue;
    heard.gaps++;
    int64_t length_us = (int64_t)r->id - r->sent_us;
    if (length_us > heard.gap_us) heard.gap_us = length_us;
  }
  published_free(&published);
  return heard;
}

static bool is_heard(const struct record *r) {
  return r->kind == RECORD_MESSAGE && r->code == 0;
}

int64_t audience_first_after(const struct writer *listener, const struct writer *publisher,
                             int64_t after_us) {
  struct published published = published_load(publisher);
  int64_t first = -1;
  for (size_t i = 0; i < listener->count && first < 0; i++) {
    const struct record *r = &listener->records[i];
    if (!is_heard(r) || r->at_us <= after_us || r->id >= published.limit) continue;
    if (published.at_us[r->id] > after_us) first = r->at_us;
  }
  published_free(&published);
  return first;
}

int64_t audience_longest_pause(const struct writer *listener, int64_t from_us, int64_t to_us) {
  int64_t last = from_us, longest = 0;
  for (size_t i = 0; i < listener->count; i++) {
    const struct record *r = &listener->records[i];
    if (!is_heard(r) || r->at_us < from_us) continue;
    int64_t at = r->at_us < to_us ? r->at_us : to_us;
    if (at - last > longest) longest = at - last;
    last = at;
    if (r->at_us >= to_us) return longest;
  }
  return to_us - last > longest ? to_us - last : longest;
}

int64_t audience_first_event(const struct crowd *c, int kind, int64_t after_us) {
  int64_t first = -1;
  for (int i = 0; i < c->count; i++) {
    const struct writer *w = &c->writers[i];
    for (size_t k = 0; k < w->count; k++) {
      const struct record *r = &w->records[k];
      if (r->kind != RECORD_EVENT || r->code != kind || r->at_us <= after_us) continue;
      if (first < 0 || r->at_us < first) first = r->at_us;
      break;
    }
  }
  return first;
}
