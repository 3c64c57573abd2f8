/*
 * The demo: three throw-away servers, three applications that write all the time, and everything
 * that can happen to a master. Then the picture and the count. Exit code 1 when something was
 * lost that may not be.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "group.h"
#include "picture.h"
#include "svg.h"
#include "text.h"
#include "writers.h"

enum { APPS = 3, EVENTS = 6, SAFE_MS = 100, BEFORE_MS = 200 };

struct chapter {
  const char *name;
  bool master_lost;      /* async writes in flight may be lost with it: Redis' own limit */
  char what[64];         /* for the table */
  int64_t at_us;
  int64_t after_us;
  int64_t gap_us;
  int promotions;
};

static struct {
  struct group group;
  struct crowd crowd;
  struct chapter chapters[EVENTS];
  int count;
  long trace_at;         /* how far the trace of the first application was shown */
  int birth_promotions;  /* of the first election */
  int failures;
  bool given_up;         /* the rest of the story makes no sense */
} demo;

/* ------------------------------------------------------------------------------ waiting ----- */

static void trace_show(void) {
  char line[400];
  FILE *f = fopen(demo.crowd.writers[0].trace_path, "r");
  if (f == NULL) return;
  if (fseek(f, demo.trace_at, SEEK_SET) == 0) {
    while (fgets(line, sizeof line, f) && strchr(line, '\n')) {
      demo.trace_at = ftell(f);
      line[strcspn(line, "\n")] = '\0';
      text_line("    %s", line);
    }
  }
  fclose(f);
}

static void pause_ms(int ms) {
  int64_t end = kit_now_us() + (int64_t)ms * 1000;
  do {
    trace_show();
    kit_sleep_ms(10);
  } while (kit_now_us() < end);
  trace_show();
}

static char letter(int server) {
  return (char)('a' + server);
}

static int64_t acknowledged(void) {
  int64_t all = 0;
  for (int i = 0; i < demo.crowd.count; i++) all += crowd_records(&demo.crowd, i);
  return all;
}

/* Until all applications write again and all servers are in their places. */
static void wait_for_peace(struct chapter *now, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  char why[160] = "the applications do not write";
  int turn = 0;
  group_unsettle(&demo.group);
  for (;;) {
    if (crowd_await(&demo.crowd, 0, now->after_us, 0) &&
        group_settle(&demo.group, 0, why, sizeof why)) {
      return;
    }
    if (kit_now_us() > end) break;
    pause_ms(10);
    if (text_is_terminal() && turn++ % 10 == 0) {
      text_progress("  ... %lld writes so far", (long long)acknowledged());
    }
  }
  text_line("FAILED: not well again after %d ms: %s", timeout_ms, why);
  demo.failures++;
  demo.given_up = true;
}

/* ---------------------------------------------------------------------------- chapters ------ */

static struct chapter *chapter_begin(const char *name, bool master_lost, int server) {
  struct chapter *now = &demo.chapters[demo.count++];
  now->name = name;
  now->master_lost = master_lost;
  snprintf(now->what, sizeof now->what, "%d. %s %c", demo.count, name, letter(server));
  text_line("\n%s (%s)", now->what, demo.group.servers[server].name);
  now->promotions = group_promotions(&demo.group);
  now->at_us = now->after_us = kit_now_us();
  return now;
}

static void chapter_end(struct chapter *now, int rest_ms) {
  wait_for_peace(now, 15000);
  pause_ms(rest_ms);
  now->promotions = group_promotions(&demo.group) - now->promotions;
}

static int master_now(void) {
  int master = group_master(&demo.group);
  if (master < 0) kit_die("there is no master");
  return master;
}

static void story_begin(void) {
  const struct group_plan plan = {.nodes = 3};
  const struct writer_plan how = {.window = 16, .level = "info"};
  group_start(&demo.group, &plan);
  text_line("three servers, no replication configured:");
  for (int i = 0; i < demo.group.count; i++) {
    text_line("  %c = %s", letter(i), demo.group.servers[i].name);
  }
  text_line("three applications write as fast as they can; the trace of the first:");
  int64_t start_us = kit_now_us();
  for (int i = 0; i < APPS; i++) crowd_add(&demo.crowd, &demo.group, &how);
  struct chapter start = {.after_us = start_us};
  wait_for_peace(&start, 15000);
  if (demo.failures) kit_die("the applications did not start; nothing to show");
  pause_ms(700);
  demo.birth_promotions = group_promotions(&demo.group);
}

/* A signal to the master, and the moment around it. */
static void deed(struct chapter *now, int server, int signal) {
  now->at_us = kit_now_us();
  kit_signal(demo.group.servers[server].pid, signal);
  now->after_us = kit_now_us();
}

static void tell_kill(void) {
  int old = master_now();
  struct chapter *now = chapter_begin("kill -9 of the master", true, old);
  deed(now, old, SIGKILL);
  server_kill(&demo.group.servers[old]);
  chapter_end(now, 700);
  if (demo.given_up) return;
  now = chapter_begin("it comes back:", false, old);
  server_start(&demo.group.servers[old]);
  chapter_end(now, 500);
}

static void tell_hang(void) {
  int old = master_now();
  struct chapter *now = chapter_begin("SIGSTOP of the master", true, old);
  deed(now, old, SIGSTOP);
  server_stop(&demo.group.servers[old]);
  chapter_end(now, 700);
  if (demo.given_up) return;
  now = chapter_begin("it wakes up:", false, old);
  server_resume(&demo.group.servers[old]);
  chapter_end(now, 500);
}

static void tell_switchover(void) {
  struct chapter *now = chapter_begin("planned switch from", false, master_now());
  struct asked asked = writers_ask(&demo.group, "switchover", NULL, 0);
  text_line("    asked by a fourth process: %s", asked.text);
  demo.failures += !asked.done;
  now->after_us = kit_now_us();
  chapter_end(now, 500);
}

static void tell_empty_restart(void) {
  int old = master_now();
  struct chapter *now = chapter_begin("restarts empty: master", true, old);
  deed(now, old, SIGKILL);
  server_kill(&demo.group.servers[old]);
  server_launch(&demo.group.servers[old]);
  chapter_end(now, 700);
}

static void story_tell(void) {
  tell_kill();
  if (!demo.given_up) tell_hang();
  if (!demo.given_up) tell_switchover();
  if (!demo.given_up) tell_empty_restart();
}

/* ----------------------------------------------------------------------------- figures ------ */

static void gap_measure(struct chapter *now) {
  for (int i = 0; i < demo.crowd.count; i++) {
    const struct writer *w = &demo.crowd.writers[i];
    int64_t first = writer_first_ack(w, now->after_us);
    if (first < 0) {
      now->gap_us = -1;
      return;
    }
    int64_t gap = now->master_lost
                      ? first - now->at_us
                      : writer_longest_pause(w, now->at_us, now->after_us + 500000);
    if (gap > now->gap_us) now->gap_us = gap;
  }
}

static void table_show(const struct tally_span *spans) {
  static struct table t;
  struct tally sum = {.acked = 0};
  char text[16];
  table_row(&t, "<event|gap ms|acked|failed|lost|duplicated|promotions");
  for (int i = 0; i <= demo.count; i++) {
    const struct tally *y = &spans[i].tally;
    const struct chapter *c = i ? &demo.chapters[i - 1] : NULL;
    const char *gap = "";
    if (c) gap = c->gap_us < 0 ? "for ever" : text_ms(text, sizeof text, c->gap_us);
    table_row(&t, "%s|%s|%lld|%lld|%lld|%lld|%d", c ? c->what : "   before",
              gap, (long long)y->acked, (long long)y->failed, (long long)y->lost,
              (long long)y->duplicated, c ? c->promotions : demo.birth_promotions);
    sum.acked += y->acked;
    sum.failed += y->failed;
    sum.lost += y->lost;
    sum.duplicated += y->duplicated;
  }
  table_row(&t, "   together||%lld|%lld|%lld|%lld|", (long long)sum.acked,
            (long long)sum.failed, (long long)sum.lost, (long long)sum.duplicated);
  printf("\n");
  table_print(&t);
}

static void fail_when(bool wrong, const struct chapter *c, const char *what, int64_t count) {
  if (!wrong) return;
  printf("FAILED: %s: %s (%lld)\n", c ? c->what : "before anything happened", what,
         (long long)count);
  demo.failures++;
}

static void judge(const struct tally_span *spans) {
  int64_t explained = 0;
  for (int i = 0; i <= demo.count; i++) {
    const struct tally *y = &spans[i].tally;
    const struct chapter *c = i ? &demo.chapters[i - 1] : NULL;
    bool may_lose = c && c->master_lost;
    int64_t lost = may_lose ? y->lost_early : y->lost;
    fail_when(lost > 0, c, "acknowledged writes lost", lost);
    fail_when(y->duplicated > 0, c, "writes duplicated", y->duplicated);
    fail_when(y->ghosts > 0, c, "writes ran that were said not to have run", y->ghosts);
    fail_when(c && !may_lose && y->failed > 0, c, "writes failed", y->failed);
    if (may_lose) explained += y->lost;
  }
  if (explained) {
    printf("\n%lld acknowledged writes were lost together with a master that had answered them and "
           "not yet sent\nthem to a replica. That is the limit of asynchronous replication; "
           "durability=quorum does not lose them.\n", (long long)explained);
  }
}

static void pictures_show(void) {
  int64_t marks[EVENTS];
  for (int i = 0; i < demo.count; i++) marks[i] = demo.chapters[i].at_us;
  printf("\n");
  picture_overview(&demo.group, &demo.crowd, marks, demo.count);
  for (int i = 0; i < demo.count; i++) {
    printf("\n%s\n", demo.chapters[i].what);
    picture_draw(&demo.group, &demo.crowd, demo.chapters[i].at_us, demo.chapters[i].gap_us);
  }
}

static void svg_write(const char *path) {
  struct svg_event events[EVENTS];
  for (int i = 0; i < demo.count; i++) {
    const struct chapter *c = &demo.chapters[i];
    events[i] = (struct svg_event){c->what, c->at_us, c->gap_us};
  }
  if (svg_draw(path, &demo.group, &demo.crowd, events, demo.count, 0)) return;
  printf("FAILED: %s: %s\n", path, strerror(errno));
  demo.failures++;
}

static void story_end(const char *svg_path) {
  struct tally_span spans[EVENTS + 1];
  memset(spans, 0, sizeof spans);
  for (int i = 0; i < demo.count; i++) {
    spans[i + 1].from_us = demo.chapters[i].at_us - BEFORE_MS * 1000;
    spans[i + 1].safe_us = demo.chapters[i].at_us - SAFE_MS * 1000;
  }
  text_progress("  counting ...");
  if (!crowd_end(&demo.crowd)) {
    text_line("FAILED: an application did not end in order");
    demo.failures++;
  }
  if (!crowd_tally_spans(&demo.crowd, &demo.group.servers[master_now()], spans,
                         demo.count + 1)) {
    kit_die("the master could not be read");
  }
  text_progress_end();
  for (int i = 0; i < demo.count; i++) gap_measure(&demo.chapters[i]);
  pictures_show();
  if (svg_path != NULL && demo.count > 0) svg_write(svg_path);
  table_show(spans);
  judge(spans);
}

int main(int argc, char **argv) {
  bool svg = argc == 3 && strcmp(argv[1], "--svg") == 0;
  if (argc != 1 && !svg) {
    fprintf(stderr, "usage: demo [--svg FILE]\n");
    return 2;
  }
  setlocale(LC_CTYPE, "");
  kit_init("demo");
  int64_t start_us = kit_now_us();
  story_begin();
  story_tell();
  story_end(svg ? argv[2] : NULL);
  group_stop(&demo.group);
  printf("\n%s after %d s\n", demo.failures ? "FAILED" : "all is well",
         (int)((kit_now_us() - start_us) / 1000000));
  return demo.failures ? 1 : 0;
}
