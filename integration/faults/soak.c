/*
 * Soak: a group, applications that use everything the library has, and the nemesis, for as long as
 * one likes. Every few minutes there is a calm: all must agree and all must work, then everybody
 * pauses and the record of the phase is held against the master; memory and descriptors are looked
 * at.
 *
 *   soak MINUTES [--seed N] [--nodes 3|5] [--hosts | --try-hosts] [--keep]
 *
 * MINUTES may have a fraction. --hosts: every server on a host of its own (network namespaces), and
 * cuts between them; --try-hosts: where that is possible. --keep: keep the files of the last phase
 * in any case. The seed chooses the faults; the moments are the machine's. Exit code 1: something
 * broke; the phase's logs are kept.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <haredis/haredis.h>

#include "arguments.h"
#include "child.h"
#include "clock.h"
#include "netns.h"
#include "soak.h"
#include "stall.h"
#include "text.h"

enum {
  APPLICATIONS = 5,
  MORTALS = 2,           /* the others live on: it is they who must not grow */
  PHASE_MAX_MS = 120000,
  PHASE_MIN_MS = 8000,
  PHASES = 6,            /* of a short soak */
  CALM_MS = 30000,       /* until all is well again */
  REST_MS = 12000,       /* until nothing is under way: longer than any deadline */
  QUIET_MS = 11500,      /* links of a client's pool are closed when they were idle for 10 s */
  LONG_MS = 60000,       /* of a phase: there is time for that */
  GAPS_MAX = 1 << 16,
  AROUND_US = 3000000,
  ODD_GAP_US = 5000000,
  ODD_LOSS = 25,         /* writes within half a second of one another */
};

static struct {
  struct group group;
  struct crew crew;
  struct nemesis *nemesis;
  int64_t start_us, end_us, phase_us;
  int64_t phase_ms;
  int phase;
  uint64_t seed;
  int nodes;
  bool hosts, try_hosts;
  bool broken;           /* no use in going on */
  bool phase_failed;
  bool keep;
  int passed, failed;
  struct verdict total;
  int promotions;
  int64_t gaps_us[GAPS_MAX];
  size_t gap_count;
  int64_t back_us[SOAK_CALMS];
  char rows[SOAK_CALMS][400]; /* RSS and descriptors */
} all = {.nodes = 3};

static void tell_break(const char *format, va_list ap) {
  char line[400];
  vsnprintf(line, sizeof line, format, ap);
  text_line("BROKEN  phase %d: %s", all.phase, line);
}

void soak_break(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  tell_break(format, ap);
  va_end(ap);
  all.broken = true;
}

void soak_fail(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  tell_break(format, ap);
  va_end(ap);
  all.phase_failed = true;
}

bool soak_broken(void) {
  return all.broken;
}

/* ----------------------------------------------------------------------------- one phase ----- */

static int64_t first_deed_us(int64_t from_us) {
  size_t count;
  const struct nemesis_deed *deeds = nemesis_deeds(all.nemesis, &count);
  for (size_t i = 0; i < count; i++) {
    if (deeds[i].begins && deeds[i].at_us >= from_us) return deeds[i].at_us;
  }
  return kit_now_us();
}

static void progress(void) {
  static int64_t told_us;
  size_t count;
  const struct nemesis_deed *deeds = nemesis_deeds(all.nemesis, &count);
  if (!text_is_terminal() || kit_now_us() < told_us + 250000) return;
  told_us = kit_now_us();
  text_progress("%lld of %lld s, phase %d: %s", (long long)(told_us - all.start_us) / 1000000,
                (long long)(all.end_us - all.start_us) / 1000000, all.phase,
                count ? deeds[count - 1].text : "calm");
}

static void work(void) {
  int64_t until_us = kit_now_us() + all.phase_ms * 1000;
  if (until_us > all.end_us) until_us = all.end_us;
  while (kit_now_us() < until_us && !all.broken) {
    int ms = nemesis_step(all.nemesis);
    crew_check(&all.crew);
    progress();
    kit_sleep_ms(ms < 1 ? 1 : ms > 20 ? 20 : ms);
  }
}

/* All is well again: everybody agrees and works. How long that took. */
static int64_t recover(void) {
  char why[240] = "";
  nemesis_heal(all.nemesis);
  int64_t healed_us = kit_now_us();
  bool fine = crew_await_work(&all.crew, healed_us, CALM_MS, why, sizeof why);
  int64_t back_us = kit_now_us() - healed_us;
  fine = fine && group_settle(&all.group, CALM_MS, why, sizeof why);
  int master = group_master(&all.group);
  if (fine && master >= 0) {
    fine = crew_await_master(&all.crew, all.group.servers[master].port, CALM_MS, why, sizeof why);
  }
  crew_check(&all.crew);
  if (!fine) soak_break("not well %d ms after all faults had ended: %s", CALM_MS, why);
  return back_us;
}

static bool rest(void) {
  char why[240] = "";
  bool fine = crew_pause(&all.crew, REST_MS, why, sizeof why);
  if (!fine) soak_break("%s", why);
  kit_sleep_ms(all.phase_ms >= LONG_MS ? QUIET_MS : 700); /* messages come to their listeners */
  if (fine && !group_settle(&all.group, CALM_MS, why, sizeof why)) {
    soak_break("not settled in a calm: %s", why);
  }
  return !all.broken;
}

static int promotions_take(void) {
  int count = group_promotions(&all.group);
  for (int i = 0; i < all.group.count && !all.broken; i++) {
    if (truncate(all.group.servers[i].log, 0) != 0) kit_die("a log cannot be emptied");
  }
  return count;
}

static void total_add(const struct verdict *v) {
  struct verdict *t = &all.total;
  t->begun += v->begun;
  t->acked += v->acked;
  t->maybe += v->maybe;
  t->failed += v->failed;
  t->refused += v->refused;
  t->async_acked += v->async_acked;
  t->async_lost += v->async_lost;
  t->durable_acked += v->durable_acked;
  t->durable_lost += v->durable_lost;
  t->duplicated += v->duplicated;
  t->ghosts += v->ghosts;
  t->heard += v->heard;
  t->unheard += v->unheard;
  t->late += v->late;
  t->back += v->back;
  t->unheard_untold += v->unheard_untold;
  t->gaps_told += v->gaps_told;
  t->popped_again += v->popped_again;
  t->diverged += v->diverged;
  for (int i = 0; i < SOAK_CODES; i++) t->codes[i] += v->codes[i];
  for (uint32_t i = 0; i < v->pause_count && all.gap_count < GAPS_MAX; i++) {
    all.gaps_us[all.gap_count++] = v->pauses_us[i];
  }
}

static int faults_count(void) {
  int count = 0;
  for (int i = 0; i < NEMESIS_KINDS; i++) {
    count += nemesis_count(all.nemesis, (enum nemesis_kind)(1 << i));
  }
  return count;
}

static void row(struct verdict *v, int faults, int promotions, int64_t back_us) {
  char median[16], max[16], back[16];
  int64_t sorted[SOAK_LIST];
  memcpy(sorted, v->pauses_us, sizeof sorted);
  struct spread gap = text_spread(sorted, v->pause_count);
  text_line("%s phase %d: %d faults, %d promotions, %llu commands (%llu in doubt, %llu did not "
            "run), durable lost %llu of %llu, async lost %llu of %llu, duplicated %llu, gap %s "
            "(max %s) ms, messages %llu (%llu in told gaps), back after %s ms",
            all.broken || all.phase_failed ? "FAIL" : "ok", all.phase, faults, promotions,
            (unsigned long long)v->begun, (unsigned long long)v->maybe,
            (unsigned long long)v->failed, (unsigned long long)v->durable_lost,
            (unsigned long long)v->durable_acked, (unsigned long long)v->async_lost,
            (unsigned long long)v->async_acked, (unsigned long long)v->duplicated,
            text_ms(median, sizeof median, gap.median), text_ms(max, sizeof max, gap.max),
            (unsigned long long)v->heard, (unsigned long long)v->unheard,
            text_ms(back, sizeof back, back_us));
}

static void tell_deeds(const char *what, int64_t from_us, int64_t until_us) {
  size_t count;
  const struct nemesis_deed *deeds = nemesis_deeds(all.nemesis, &count);
  text_line("   %s, %lld to %lld ms into the phase; what was done then:", what,
            (long long)(from_us - all.phase_us) / 1000,
            (long long)(until_us - all.phase_us) / 1000);
  for (size_t i = 0; i < count; i++) {
    int64_t at_us = deeds[i].at_us;
    if (at_us < from_us - AROUND_US || at_us > until_us + AROUND_US) continue;
    text_line("   %10.1f ms  %s", (double)(at_us - all.phase_us) / 1000, deeds[i].text);
  }
}

/* Is it what async writes may lose, and what nobody could help? */
static void tell_odd(const struct verdict *v) {
  char what[80];
  for (int i = 0; i < v->burst_count; i++) {
    const struct burst *b = &v->bursts[i];
    if (b->count < ODD_LOSS) continue;
    snprintf(what, sizeof what, "%d async writes lost that were acknowledged", b->count);
    tell_deeds(what, b->from_us, b->until_us);
  }
  if (v->longest_us > ODD_GAP_US) {
    tell_deeds("a long gap", v->longest_end_us - v->longest_us, v->longest_end_us);
  }
}

static void keep_deeds(const char *folder) {
  char path[400];
  snprintf(path, sizeof path, "%s/deeds.txt", folder);
  FILE *f = fopen(path, "w");
  if (f) nemesis_print(all.nemesis, f, all.phase_us);
  if (f) fclose(f);
}

/* The applications' traces and pages, before the next phase begins from nothing. */
static void keep_phase(void) {
  char folder[360], pattern[1024];
  snprintf(folder, sizeof folder, "%s/phase-%d", kit_dir(), all.phase);
  snprintf(pattern, sizeof pattern, "mkdir %s && cp --sparse=always %s/*.trace %s/*.page %s",
           folder, kit_dir(), kit_dir(), folder);
  const char *argv[] = {"sh", "-c", pattern, NULL};
  struct kit_spawn how = {.argv = argv};
  if (kit_run(&how) != 0) text_line("   the logs of this phase could not be kept");
  keep_deeds(folder);
  text_line("   logs: %s", folder);
  all.keep = true;
}

static void phase(void) {
  static struct verdict verdict;
  int faults = faults_count();
  all.phase++;
  all.phase_failed = false;
  all.phase_us = kit_now_us();
  memset(&verdict, 0, sizeof verdict);
  work();
  int64_t back_us = all.broken ? -1 : recover();
  if (!all.broken && rest()) {
    int master = group_master(&all.group);
    judge(&all.crew, &all.group.servers[master], first_deed_us(all.phase_us), &verdict);
    judge_copies(&all.crew);
    int calm = all.phase <= SOAK_CALMS ? all.phase - 1 : SOAK_CALMS - 1;
    watch_look(&all.crew, &all.group, all.rows[calm], sizeof all.rows[calm]);
    all.back_us[calm] = back_us;
  }
  total_add(&verdict);
  int promotions = promotions_take();
  all.promotions += promotions;
  row(&verdict, faults_count() - faults, promotions, back_us);
  tell_odd(&verdict);
  if (!all.broken) text_line("   RSS KB/fd: %s", all.rows[(all.phase - 1) % SOAK_CALMS]);
  if (all.broken || all.phase_failed) all.failed++;
  else all.passed++;
  if (all.phase_failed && !all.broken) keep_phase();
  if (!all.broken) crew_resume(&all.crew);
}

/* ----------------------------------------------------------------------------- the whole ----- */

static void begin(void) {
  const struct group_plan plan = {.nodes = all.nodes, .hosts = all.hosts, .append = true,
                                  .extra = "appendfsync no\n"};
  char why[200];
  if (all.hosts) netns_build(all.nodes);
  group_start(&all.group, &plan);
  crew_start(&all.crew, &all.group, APPLICATIONS);
  if (!group_settle(&all.group, CALM_MS, why, sizeof why)) kit_die("not settled: %s", why);
  promotions_take();
  struct nemesis_plan deeds = {
      .group = &all.group, .seed = all.seed, .interval_ms = 1500, .fault_ms = 1200,
      .at_once = all.nodes / 2 + 1, .applications = APPLICATIONS, .mortals = MORTALS,
      .application = crew_application, .data = &all.crew,
      .kinds = NEMESIS_SERVERS | NEMESIS_SWITCHOVER | NEMESIS_APP_STOP | NEMESIS_APP_KILL};
  if (all.hosts) deeds.kinds |= NEMESIS_CUTS;
  all.nemesis = nemesis_new(&deeds);
}

static void summary_faults(void) {
  printf("faults:");
  for (int i = 0; i < NEMESIS_KINDS; i++) {
    enum nemesis_kind kind = (enum nemesis_kind)(1 << i);
    printf("%s %d %s", i ? "," : "", nemesis_count(all.nemesis, kind), nemesis_kind_name(kind));
  }
  printf("; %d promotions\n", all.promotions);
}

static void summary_codes(void) {
  const struct verdict *t = &all.total;
  printf("answers other than a reply:");
  for (int i = 1; i < SOAK_CODES; i++) {
    if (t->codes[i]) printf(" %s %llu", haredis_error_name(i), (unsigned long long)t->codes[i]);
  }
  printf("\n");
}

static void summary(void) {
  const struct verdict *t = &all.total;
  char median[16], max[16], back[16], back_max[16], stall[16];
  int64_t back_us[SOAK_CALMS];
  size_t calms = (size_t)(all.phase - all.broken);
  if (calms > SOAK_CALMS) calms = SOAK_CALMS;
  memcpy(back_us, all.back_us, sizeof back_us);
  struct spread gap = text_spread(all.gaps_us, all.gap_count);
  struct spread b = text_spread(back_us, calms);
  text_progress_end();
  printf("\n%lld s, seed %llu, %d servers%s, %d applications, %d phases\n",
         (long long)(kit_now_us() - all.start_us) / 1000000, (unsigned long long)all.seed,
         all.nodes, all.hosts ? " on hosts of their own" : "", APPLICATIONS, all.phase);
  summary_faults();
  printf("commands: %llu accepted, %llu answered, %llu in doubt, %llu did not run, %llu refused; "
         "each called back once\n",
         (unsigned long long)t->begun, (unsigned long long)t->acked,
         (unsigned long long)t->maybe, (unsigned long long)t->failed,
         (unsigned long long)t->refused);
  summary_codes();
  printf("durable writes: %llu acknowledged, %llu lost; async: %llu acknowledged, %llu lost; "
         "duplicated %llu, ran although told not %llu\n",
         (unsigned long long)t->durable_acked, (unsigned long long)t->durable_lost,
         (unsigned long long)t->async_acked, (unsigned long long)t->async_lost,
         (unsigned long long)t->duplicated, (unsigned long long)t->ghosts);
  printf("messages: %llu heard, none twice, %llu in doubt and late; %llu not heard inside of %llu "
         "gaps told, %llu outside\nreads of a write in doubt that ran late %llu; pops done again "
         "%llu; writes told as diverged %llu\n",
         (unsigned long long)t->heard, (unsigned long long)t->late,
         (unsigned long long)(t->unheard - t->unheard_untold), (unsigned long long)t->gaps_told,
         (unsigned long long)t->unheard_untold, (unsigned long long)t->back,
         (unsigned long long)t->popped_again, (unsigned long long)t->diverged);
  printf("gap without an async acknowledgement around %zu changes of master: median %s ms, max %s "
         "ms\nall work again after the last fault: median %s ms, max %s ms; the machine stood "
         "still for %s ms at most\n",
         all.gap_count, text_ms(median, sizeof median, gap.median),
         text_ms(max, sizeof max, gap.max), text_ms(back, sizeof back, b.median),
         text_ms(back_max, sizeof back_max, b.max),
         text_ms(stall, sizeof stall, stall_longest_us()));
  watch_print(&all.crew, &all.group);
}

static void keep(void) {
  keep_deeds(kit_dir());
  if (all.broken) nemesis_print(all.nemesis, stdout, all.phase_us);
  kit_keep_dir();
}

static void usage(int code) {
  fprintf(code ? stderr : stdout,
          "usage: soak MINUTES [--seed N] [--nodes 3|5] [--hosts | --try-hosts] [--keep]\n");
  exit(code);
}

static void wrong(const char *what, const char *value) {
  fprintf(stderr, "soak: %s \"%s\"\n", what, value);
  usage(2);
}

static double minutes_of(const char *text) {
  char *end;
  double minutes = strtod(text, &end);
  bool fine = end != text && *end == '\0' && minutes > 0 && minutes <= 1e6;
  if (!fine) wrong(text[0] == '-' ? "no option, or no value for it:" : "no minutes:", text);
  return minutes;
}

static bool valued(const char *name, const char *value) {
  long number;
  bool is_seed = strcmp(name, "--seed") == 0;
  if (!is_seed && strcmp(name, "--nodes") != 0) return false;
  if (value == NULL) wrong("no value for", name);
  if (!argument_number(value, 0, LONG_MAX, &number)) wrong("no number:", value);
  if (is_seed) all.seed = (uint64_t)number;
  else if (number == 3 || number == 5) all.nodes = (int)number;
  else wrong("--nodes is 3 or 5, not", value);
  return true;
}

static void arguments(int argc, char **argv) {
  double minutes = 0;
  all.seed = (uint64_t)kit_now_us();
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) usage(0);
    else if (strcmp(argv[i], "--hosts") == 0) all.hosts = true;
    else if (strcmp(argv[i], "--try-hosts") == 0) all.hosts = all.try_hosts = true;
    else if (strcmp(argv[i], "--keep") == 0) all.keep = true;
    else if (valued(argv[i], i + 1 < argc ? argv[i + 1] : NULL)) i++;
    else if (minutes > 0) wrong("one number of minutes is enough; what is", argv[i]);
    else minutes = minutes_of(argv[i]);
  }
  if (minutes <= 0) wrong("for how long?", "MINUTES");
  int64_t ms = (int64_t)(minutes * 60000);
  all.phase_ms = ms / PHASES;
  if (all.phase_ms < PHASE_MIN_MS) all.phase_ms = PHASE_MIN_MS;
  if (all.phase_ms > PHASE_MAX_MS) all.phase_ms = PHASE_MAX_MS;
  all.end_us = ms * 1000;
}

int main(int argc, char **argv) {
  arguments(argc, argv);
  kit_init("soak");
  const char *missing = all.hosts ? netns_missing() : NULL;
  if (missing && !all.try_hosts) kit_die("--hosts: %s", missing);
  if (missing) printf("no cuts between hosts: %s\n", missing);
  if (missing) all.hosts = false;
  printf("seed %llu\n", (unsigned long long)all.seed);
  begin();
  stall_begin();
  all.start_us = kit_now_us();
  all.end_us += all.start_us;
  do phase();
  while (kit_now_us() < all.end_us - all.phase_ms * 250 && !all.broken);
  if (!all.broken) {
    watch_judge(&all.crew, all.phase_ms >= LONG_MS);
    crew_end(&all.crew);
  }
  summary();
  if (all.broken || all.keep) keep();
  printf("%d passed, %d failed\n", all.passed, all.failed + (all.broken && all.failed == 0));
  nemesis_free(all.nemesis);
  group_stop(&all.group);
  netns_end();
  return all.broken || all.failed > 0 ? 1 : 0;
}
