/* Application processes and the judgement over their records. */
#include "writers.h"

#include <haredis/haredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"

enum { ARGUMENTS_MAX = 32, CHUNK = 20000 };

const char *writers_program(const char *name) {
  static char path[512];
  char self[400];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) kit_die("/proc/self/exe cannot be read");
  self[length] = '\0';
  *strrchr(self, '/') = '\0';
  snprintf(path, sizeof path, "%s/%s", self, name);
  if (access(path, X_OK) != 0) snprintf(path, sizeof path, "%s/../lib/%s", self, name);
  if (access(path, X_OK) != 0) kit_die("%s is not built (looked at %s)", name, path);
  return path;
}

/* Words for a command line, held together. */
struct words {
  const char *argv[ARGUMENTS_MAX];
  int argc;
  char text[2048];
  size_t used;
};

static void words_add(struct words *w, const char *name, const char *value) {
  if (w->argc >= ARGUMENTS_MAX - 1) kit_die("too many arguments for the application");
  char *at = w->text + w->used;
  int length = snprintf(at, sizeof w->text - w->used, "%s%s", name, value);
  if (length < 0 || w->used + (size_t)length + 1 > sizeof w->text) kit_die("arguments too long");
  w->used += (size_t)length + 1;
  w->argv[w->argc++] = at;
  w->argv[w->argc] = NULL;
}

static void words_connect(struct words *w, const struct group *g) {
  words_add(w, "nodes=", g->nodes);
  const char *tls = server_tls();
  if (tls) {
    static const char *const files[][2] = {{"tls_ca_file", "ca.pem"},
                                           {"tls_cert_file", "client.pem"},
                                           {"tls_key_file", "client.key"}};
    words_add(w, "tls=", "yes");
    for (int i = 0; i < 3; i++) {
      char word[400];
      snprintf(word, sizeof word, "%s=%s/%s", files[i][0], tls, files[i][1]);
      words_add(w, word, "");
    }
  }
  if (g->plan.user) words_add(w, "username=", g->plan.user);
  if (g->plan.password) words_add(w, "password=", g->plan.password);
}

static struct writer *crowd_next(struct crowd *c) {
  if (c->count == CROWD_MAX) kit_die("more than %d applications", CROWD_MAX);
  struct writer *w = &c->writers[c->count++];
  memset(w, 0, sizeof *w);
  w->id = c->count;
  snprintf(w->key, sizeof w->key, "app:%d", w->id);
  snprintf(w->records_path, sizeof w->records_path, "%s/app%d.records", kit_dir(), w->id);
  snprintf(w->trace_path, sizeof w->trace_path, "%s/app%d.trace", kit_dir(), w->id);
  unlink(w->records_path);
  unlink(w->trace_path);
  return w;
}

int crowd_add(struct crowd *c, const struct group *g, const struct writer_plan *plan) {
  struct writer *w = crowd_next(c);
  struct words words = {.argc = 0};
  char number[24], level[64];
  words_add(&words, writers_program("haredis-app"), "");
  words_add(&words, plan->blocking ? "block" : "write", "");
  words_connect(&words, g);
  words_add(&words, "records=", w->records_path);
  words_add(&words, "key=", w->key);
  snprintf(number, sizeof number, "%ld", plan->rate ? plan->rate : plan->window);
  words_add(&words, plan->rate ? "rate=" : "window=", number);
  for (int i = 0; i < 8 && plan->options[i]; i++) words_add(&words, plan->options[i], "");
  snprintf(level, sizeof level, "HAREDIS_LOG=%s", plan->level ? plan->level : "debug");
  struct kit_spawn how = {
      .argv = words.argv, .environment = level, .err = w->trace_path, .netns = plan->netns};
  w->pid = kit_spawn(&how);
  return c->count - 1;
}

int crowd_add_program(struct crowd *c, const struct group *g, const char *program,
                      const char *const *own, int netns) {
  struct writer *w = crowd_next(c);
  struct words words = {.argc = 0};
  words_add(&words, writers_program(program), "");
  words_connect(&words, g);
  words_add(&words, "records=", w->records_path);
  for (int i = 0; own[i] != NULL; i++) words_add(&words, own[i], "");
  struct kit_spawn how = {.argv = words.argv, .environment = "HAREDIS_LOG=debug",
                          .err = w->trace_path, .netns = netns};
  w->pid = kit_spawn(&how);
  return c->count - 1;
}

int crowd_add_command(struct crowd *c, const char *const *argv, int netns) {
  struct writer *w = crowd_next(c);
  struct words words = {.argc = 0};
  for (int i = 0; argv[i] != NULL; i++) words_add(&words, argv[i], "");
  words_add(&words, "key=", w->key);
  words_add(&words, "records=", w->records_path);
  struct kit_spawn how = {.argv = words.argv, .err = w->trace_path, .netns = netns};
  w->pid = kit_spawn(&how);
  return c->count - 1;
}

/* Does the file of records hold an acknowledgement younger than after_us? Looks at its tail. */
static bool writer_acked_after(const struct writer *w, int64_t after_us) {
  struct record tail[64];
  struct stat st;
  bool found = false;
  FILE *f = fopen(w->records_path, "rb");
  if (f == NULL) return false;
  if (fstat(fileno(f), &st) == 0) {
    off_t whole = st.st_size / (off_t)sizeof tail[0];
    off_t from = whole > 64 ? whole - 64 : 0;
    if (fseeko(f, from * (off_t)sizeof tail[0], SEEK_SET) == 0) {
      size_t got = fread(tail, sizeof tail[0], 64, f);
      for (size_t i = 0; i < got && !found; i++) {
        found = tail[i].kind == RECORD_WRITE && tail[i].code == RECORD_ACKED &&
                tail[i].sent_us > after_us;
      }
    }
  }
  fclose(f);
  return found;
}

bool crowd_await(struct crowd *c, int first, int64_t after_us, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  for (int i = first; i < c->count; i++) {
    while (!writer_acked_after(&c->writers[i], after_us)) {
      if (kit_now_us() > end) return false;
      kit_sleep_ms(5);
    }
  }
  return true;
}

int64_t crowd_records(const struct crowd *c, int writer) {
  struct stat st;
  if (stat(c->writers[writer].records_path, &st) != 0) return 0;
  return st.st_size / (off_t)sizeof(struct record);
}

bool crowd_end_one(struct crowd *c, int writer) {
  struct writer *w = &c->writers[writer];
  if (w->pid == 0) return w->complete;
  kit_signal(w->pid, SIGTERM);
  int status = kit_reap(w->pid, 8000);
  if (status == -1) kit_kill(w->pid);
  w->pid = 0;
  w->records = record_load(w->records_path, &w->count);
  w->complete = status == 0 && w->count > 0 && w->records[w->count - 1].kind == RECORD_END;
  return w->complete;
}

bool crowd_end(struct crowd *c) {
  bool fine = true;
  for (int i = 0; i < c->count; i++) kit_signal(c->writers[i].pid, SIGTERM);
  for (int i = 0; i < c->count; i++) fine = crowd_end_one(c, i) && fine;
  return fine;
}

void crowd_free(struct crowd *c) {
  for (int i = 0; i < c->count; i++) {
    kit_kill(c->writers[i].pid);
    free(c->writers[i].records);
    unlink(c->writers[i].records_path);
    unlink(c->writers[i].trace_path);
  }
  memset(c, 0, sizeof *c);
}

static const char *asked_out(void) {
  static char path[320];
  snprintf(path, sizeof path, "%s/asked.out", kit_dir());
  return path;
}

void writers_asked_trace(char *out, size_t size) {
  snprintf(out, size, "%s/asked.trace", kit_dir());
}

pid_t writers_ask_begin(const struct group *g, const char *what, const char *node, int netns) {
  struct words words = {.argc = 0};
  char trace[320];
  writers_asked_trace(trace, sizeof trace);
  unlink(trace);
  words_add(&words, writers_program("haredis-app"), "");
  words_add(&words, what, "");
  words_connect(&words, g);
  if (node) words_add(&words, "node=", node);
  struct kit_spawn how = {.argv = words.argv, .environment = "HAREDIS_LOG=debug",
                          .out = asked_out(), .err = trace, .netns = netns};
  return kit_spawn(&how);
}

static void asked_read(struct asked *asked, int status) {
  char line[512] = "", code[32] = "";
  long long from = 0, to = 0;
  int at = 0;
  FILE *f = fopen(asked_out(), "r");
  bool there = f && fgets(line, sizeof line, f);
  if (f) fclose(f);
  snprintf(asked->text, sizeof asked->text, "no answer (status %d)", status);
  if (!there || sscanf(line, "%31s %lld %lld %n", code, &from, &to, &at) < 3) return;
  asked->asked_us = from;
  asked->done_us = to;
  asked->done = status == 0 && strcmp(code, "OK") == 0;
  snprintf(asked->text, sizeof asked->text, "%s %.*s", code, (int)strcspn(line + at, "\n"),
           line + at);
}

bool writers_ask_over(pid_t pid, int timeout_ms, struct asked *asked) {
  int status = kit_reap(pid, timeout_ms);
  memset(asked, 0, sizeof *asked);
  if (status == -1) return false;
  asked_read(asked, status);
  return true;
}

struct asked writers_ask(const struct group *g, const char *what, const char *node, int netns) {
  struct asked asked;
  pid_t pid = writers_ask_begin(g, what, node, netns);
  if (writers_ask_over(pid, 15000, &asked)) return asked;
  kit_kill(pid);
  asked_read(&asked, -1);
  return asked;
}

/* ------------------------------------------------------------------------ judgement --------- */

/* How often each id is in the list; `seen` has room for `limit` ids. */
static bool list_count(struct server *master, const char *key, uint8_t *seen, uint64_t limit) {
  int64_t length = probe_number(master, -1, "LLEN %s", key);
  if (length < 0) return false;
  for (int64_t from = 0; from < length; from += CHUNK) {
    redisReply *r = probe(master, "LRANGE %s %lld %lld", key, (long long)from,
                          (long long)(from + CHUNK - 1));
    if (r == NULL || r->type != REDIS_REPLY_ARRAY) {
      freeReplyObject(r);
      return false;
    }
    for (size_t i = 0; i < r->elements; i++) {
      uint64_t id = strtoull(r->element[i]->str, NULL, 10);
      if (id < limit && seen[id] < 255) seen[id]++;
    }
    freeReplyObject(r);
  }
  return true;
}

static bool says_not_run(int code) {
  return code != RECORD_SERVER_ERROR && code != HAREDIS_ERR_MAYBE && code != HAREDIS_ERR_PROTOCOL;
}

static void judge_one(struct tally *t, const struct record *r, int times, int64_t safe_us) {
  if (times > 1) t->duplicated++;
  if (r->code == RECORD_ACKED) {
    t->acked++;
    if (times > 0) return;
    t->lost++;
    if (r->at_us < safe_us) t->lost_early++;
    return;
  }
  t->failed++;
  t->code = r->code;
  if (r->code == HAREDIS_ERR_MAYBE) t->maybe++;
  if (times > 0 && says_not_run(r->code)) t->ghosts++;
}

static struct tally_span *span_of(struct tally_span *spans, int count, int64_t at_us) {
  while (count > 1 && spans[count - 1].from_us > at_us) count--;
  return &spans[count - 1];
}

uint8_t *writer_found(const struct writer *w, struct server *master) {
  uint64_t limit = 1;
  for (size_t i = 0; i < w->count; i++) {
    if (w->records[i].kind == RECORD_WRITE && w->records[i].id >= limit) {
      limit = w->records[i].id + 1;
    }
  }
  uint8_t *seen = calloc(limit, 1);
  if (seen == NULL) kit_die("out of memory");
  if (list_count(master, w->key, seen, limit)) return seen;
  free(seen);
  return NULL;
}

static bool judge_writer(const struct writer *w, struct server *master, struct tally_span *spans,
                         int count) {
  uint8_t *seen = writer_found(w, master);
  for (size_t i = 0; i < w->count && seen != NULL; i++) {
    const struct record *r = &w->records[i];
    if (r->kind != RECORD_WRITE) continue;
    struct tally_span *span = span_of(spans, count, r->at_us);
    judge_one(&span->tally, r, seen[r->id], span->safe_us);
  }
  free(seen);
  return seen != NULL;
}

bool crowd_tally_spans(const struct crowd *c, struct server *master, struct tally_span *spans,
                       int count) {
  bool readable = true;
  for (int i = 0; i < count; i++) memset(&spans[i].tally, 0, sizeof spans[i].tally);
  for (int i = 0; i < c->count; i++) {
    if (!judge_writer(&c->writers[i], master, spans, count)) readable = false;
  }
  for (int i = 0; i < count; i++) spans[i].tally.readable = readable;
  return readable;
}

struct tally crowd_tally(const struct crowd *c, struct server *master, int64_t safe_us) {
  struct tally_span span = {.from_us = 0, .safe_us = safe_us};
  crowd_tally_spans(c, master, &span, 1);
  return span.tally;
}

/* -------------------------------------------------------------------------- figures --------- */

static bool is_ack(const struct record *r) {
  return r->kind == RECORD_WRITE && r->code == RECORD_ACKED;
}

int64_t writer_first_ack(const struct writer *w, int64_t after_us) {
  int64_t first = -1;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (!is_ack(r) || r->sent_us <= after_us) continue;
    if (first < 0 || r->at_us < first) first = r->at_us;
  }
  return first;
}

int64_t writer_longest_pause(const struct writer *w, int64_t from_us, int64_t to_us) {
  int64_t last = from_us, longest = 0;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (!is_ack(r) || r->at_us < from_us) continue;
    int64_t at = r->at_us < to_us ? r->at_us : to_us;
    if (at - last > longest) longest = at - last;
    last = at;
    if (r->at_us >= to_us) return longest;
  }
  return to_us - last > longest ? to_us - last : longest;
}

int64_t writer_failed(const struct writer *w, int64_t from_us, int64_t to_us, int code) {
  int64_t count = 0;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    if (r->kind != RECORD_WRITE || r->code == RECORD_ACKED) continue;
    if (r->at_us < from_us || r->at_us > to_us) continue;
    count += code == 0 || r->code == code;
  }
  return count;
}

int64_t writer_acked(const struct writer *w, int64_t from_us, int64_t to_us) {
  int64_t count = 0;
  for (size_t i = 0; i < w->count; i++) {
    const struct record *r = &w->records[i];
    count += is_ack(r) && r->at_us >= from_us && r->at_us < to_us;
  }
  return count;
}
