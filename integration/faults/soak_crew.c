/* The applications of the soak: started, killed, stopped, started anew; paused and resumed. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "netns.h"
#include "soak.h"
#include "writers.h"

static void page_make(struct member *m) {
  snprintf(m->page_path, sizeof m->page_path, "%s/app%d.%d.page", kit_dir(), m->slot + 1,
           m->generation);
  snprintf(m->trace_path, sizeof m->trace_path, "%s/app%d.trace", kit_dir(), m->slot + 1);
  int fd = open(m->page_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 || ftruncate(fd, sizeof *m->page) != 0) kit_die("cannot write %s", m->page_path);
  m->page = mmap(NULL, sizeof *m->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (m->page == MAP_FAILED) kit_die("cannot map %s", m->page_path);
}

static void member_start(struct crew *c, struct member *m) {
  char page[360], slot[16], nodes[600];
  m->generation++;
  m->serial++;
  page_make(m);
  m->page->wanted_serial = m->serial;
  m->page->wanted = SOAK_RUN;
  snprintf(page, sizeof page, "page=%s", m->page_path);
  snprintf(slot, sizeof slot, "slot=%d", m->slot);
  snprintf(nodes, sizeof nodes, "nodes=%s", c->group->nodes);
  const char *argv[] = {writers_program("haredis-soak"), page, slot, nodes,
                        m->blocking ? "blocking=1" : NULL, NULL};
  int netns = c->group->plan.hosts ? netns_of(m->slot % c->group->count) : 0;
  struct kit_spawn how = {.argv = argv, .environment = "HAREDIS_LOG=debug", .err = m->trace_path,
                          .netns = netns};
  m->pid = kit_spawn(&how);
}

void crew_start(struct crew *c, struct group *g, int count) {
  char why[200];
  memset(c, 0, sizeof *c);
  c->group = g;
  for (int i = 0; i < count; i++) {
    struct member *m = &c->members[c->count++];
    m->slot = i;
    m->blocking = i == count - 1;
    int64_t start_us = kit_now_us();
    member_start(c, m);
    if (!crew_await_work(c, start_us, 20000, why, sizeof why)) kit_die("%s", why);
  }
}

/* Its page is kept for the judgement, until the phase is over. */
static void member_kill(struct crew *c, struct member *m) {
  kit_kill(m->pid);
  m->pid = 0;
  if (c->dead_count == SOAK_DEAD_MAX) kit_die("more than %d were killed in a phase",
                                              SOAK_DEAD_MAX);
  c->dead[c->dead_count] = m->page;
  c->dead_slot[c->dead_count++] = m->slot;
  m->page = NULL;
  unlink(m->page_path);
}

void crew_application(int number, enum nemesis_app what, void *crew) {
  struct crew *c = crew;
  struct member *m = &c->members[number];
  switch (what) {
  case NEMESIS_APP_STOPS:
    kit_signal(m->pid, SIGSTOP);
    break;
  case NEMESIS_APP_RESUMES:
    kit_signal(m->pid, SIGCONT);
    break;
  case NEMESIS_APP_DIES:
    member_kill(c, m);
    break;
  case NEMESIS_APP_STARTS:
    member_start(c, m);
    break;
  }
}

void crew_check(struct crew *c) {
  for (int i = 0; i < c->count; i++) {
    struct member *m = &c->members[i];
    int status = m->pid ? kit_reap(m->pid, 0) : -1;
    if (status == -1) continue;
    m->pid = 0;
    soak_break("application %d ended by itself (%s %d): %s", i + 1,
               WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), m->trace_path);
  }
}

/* -------------------------------------------------------------------------------- waiting ---- */

static const char *const lane_names[SOAK_LANES] = {
    "async", "durable", "publish", "set", "linearizable", "replica",
    "txn",   "watch",   "script",  "push", "pop"};

static bool does(const struct member *m, int lane) {
  if (!m->blocking) return true;
  return lane == SOAK_DURABLE || lane == SOAK_SET || lane == SOAK_LINEARIZABLE ||
         lane == SOAK_TXN || lane == SOAK_SCRIPT;
}

static bool member_works(const struct member *m, int64_t after_us, char *why, size_t size) {
  for (int lane = 0; lane < SOAK_LANES; lane++) {
    if (!does(m, lane) || m->page->lanes[lane].acked_sent_us > after_us) continue;
    snprintf(why, size, "application %d: nothing acknowledged in lane %s", m->slot + 1,
             lane_names[lane]);
    return false;
  }
  return true;
}

/* Asks until all say yes. */
static bool await_all(const struct crew *c, int timeout_ms,
                      bool (*fine)(const struct member *, int64_t, char *, size_t), int64_t what,
                      char *why, size_t size) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  for (int i = 0; i < c->count; i++) {
    while (c->members[i].pid && !fine(&c->members[i], what, why, size)) {
      if (kit_now_us() > end) return false;
      kit_sleep_ms(5);
    }
  }
  return true;
}

bool crew_await_work(const struct crew *c, int64_t after_us, int timeout_ms, char *why,
                     size_t size) {
  return await_all(c, timeout_ms, member_works, after_us, why, size);
}

static bool member_agrees(const struct member *m, int64_t port, char *why, size_t size) {
  if (m->page->master_port == port && m->page->writable) return true;
  snprintf(why, size, "application %d takes port %d for the master%s, not %lld", m->slot + 1,
           m->page->master_port, m->page->writable ? "" : " and may not write", (long long)port);
  return false;
}

bool crew_await_master(const struct crew *c, int port, int timeout_ms, char *why, size_t size) {
  return await_all(c, timeout_ms, member_agrees, port, why, size);
}

static bool member_paused(const struct member *m, int64_t unused, char *why, size_t size) {
  (void)unused;
  snprintf(why, size, "application %d does not come to rest: %llu commands without an answer",
           m->slot + 1, (unsigned long long)m->page->pending);
  return m->page->state == SOAK_PAUSED;
}

bool crew_pause(struct crew *c, int timeout_ms, char *why, size_t size) {
  for (int i = 0; i < c->count; i++) {
    if (c->members[i].pid) c->members[i].page->wanted = SOAK_PAUSE;
  }
  return await_all(c, timeout_ms, member_paused, 0, why, size);
}

void crew_resume(struct crew *c) {
  for (int i = 0; i < c->dead_count; i++) munmap(c->dead[i], sizeof *c->dead[i]);
  c->dead_count = 0;
  for (int i = 0; i < c->count; i++) {
    struct member *m = &c->members[i];
    if (m->pid == 0) continue;
    m->serial++;
    m->page->wanted_serial = m->serial;
    m->page->wanted = SOAK_RUN;
    if (truncate(m->trace_path, 0) != 0) kit_die("cannot truncate %s", m->trace_path);
  }
}

void crew_end(struct crew *c) {
  for (int i = 0; i < c->count; i++) {
    struct member *m = &c->members[i];
    if (m->pid) m->page->wanted = SOAK_END;
  }
  for (int i = 0; i < c->count; i++) {
    struct member *m = &c->members[i];
    if (m->pid == 0) continue;
    int status = kit_reap(m->pid, 10000);
    if (status == -1) kit_kill(m->pid);
    m->pid = 0;
    if (status != 0) soak_break("application %d did not end in order (status %d): %s", i + 1,
                                status, m->trace_path);
  }
}
