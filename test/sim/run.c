/* Workers, their parent, the state file; what is told while they run. */
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shrink.h"

#define JOBS_MAX 256
#define BROKEN_MAX 32 /* told by one worker before it is read */
#define LOG_EVERY_S 60

struct totals {
  uint64_t histories, broken, promotions, acked, durable, steps;
  struct coverage coverage;
};

/* A worker writes, the parent reads. */
struct slot {
  pid_t pid;
  _Atomic uint64_t seed;      /* under way; UINT64_MAX: none */
  bool crashed;               /* the one before it died of this seed: shorten it first */
  struct totals totals;
  _Atomic uint32_t told;
  char broken[BROKEN_MAX][1200];
};

struct shared {
  _Atomic uint64_t next;
  uint64_t end; /* UINT64_MAX: none */
  atomic_bool stop;
  struct slot slots[JOBS_MAX];
};

struct run {
  const struct run_options *options;
  struct shared *shared;
  struct totals before; /* of the runs before this one */
  struct totals sum;
  uint32_t read[JOBS_MAX];
  double started, logged, shown;
  uint64_t here; /* histories of earlier runs */
  FILE *log;
};

static struct shared *stop_flag; /* for the signal handler and between attempts of the shrinker */

static void on_signal(int number) {
  (void)number;
  atomic_store(&stop_flag->stop, true);
}

static bool stopped(void) { return atomic_load(&stop_flag->stop); }

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ------------------------------------------------------------------ a worker ------------------ */

static void tell(struct slot *slot, const char *text) {
  uint32_t told = atomic_load(&slot->told);
  snprintf(slot->broken[told % BROKEN_MAX], sizeof slot->broken[0], "%s", text);
  atomic_store(&slot->told, told + 1);
}

static void shorten(const struct run_options *options, struct slot *slot, uint64_t seed) {
  struct history_options history = options->history;
  struct world *world = world_new();
  struct script script = {0};
  struct finding finding;
  char text[1200], path[512];
  history.seed = seed;
  if (!shrink_find(world, &history, &script, &finding)) {
    snprintf(text, sizeof text, "seed %llu broke once and does not again",
             (unsigned long long)seed);
    tell(slot, text);
    return;
  }
  shrink(world, &script, &finding, stopped);
  snprintf(path, sizeof path, "%s/seed_%llu.story", options->found == NULL ? "." : options->found,
           (unsigned long long)seed);
  bool written = shrink_write(path, &history, &script, &finding);
  snprintf(text, sizeof text, "seed %llu, %zu words in %s%s: %.120s", (unsigned long long)seed,
           script.count, path, written ? "" : " (cannot be written)", finding.why);
  tell(slot, text);
  script_free(&script);
  world_free(world);
}

static void work(const struct run_options *options, struct shared *shared, struct slot *slot,
                 pid_t parent) {
  struct world *world = world_new();
  struct script script = {0};
  struct history_options history = options->history;
  signal(SIGINT, SIG_IGN);
  if (slot->crashed) shorten(options, slot, atomic_load(&slot->seed));
  slot->crashed = false;
  while (!atomic_load(&shared->stop) && getppid() == parent) {
    uint64_t seed = atomic_fetch_add(&shared->next, 1);
    if (seed >= shared->end) break;
    atomic_store(&slot->seed, seed);
    history.seed = seed;
    struct history_result result;
    bool fine = history_run(world, &history, &script, &slot->totals.coverage, &result);
    struct totals *totals = &slot->totals;
    totals->histories++;
    totals->promotions += result.promotions;
    totals->acked += result.acked;
    totals->durable += result.durable;
    totals->steps += result.steps;
    if (!fine) {
      totals->broken++;
      shorten(options, slot, seed);
    }
    atomic_store(&slot->seed, UINT64_MAX);
  }
  _exit(0);
}

static void start_worker(struct run *run, int index) {
  struct slot *slot = &run->shared->slots[index];
  pid_t parent = getpid();
  fflush(NULL);
  pid_t child = fork(); /* the slot is shared: only the parent writes it there */
  if (child < 0) abort();
  if (child == 0) work(run->options, run->shared, slot, parent);
  slot->pid = child;
}

/* ------------------------------------------------------------------ the state ----------------- */

static void save_state(const struct run *run) {
  char path[512];
  if (run->options->state == NULL) return;
  uint64_t next = atomic_load(&run->shared->next);
  for (int i = 0; i < run->options->jobs; i++) {
    uint64_t seed = atomic_load(&run->shared->slots[i].seed);
    if (seed < next) next = seed; /* not done yet */
  }
  if (next > run->shared->end) next = run->shared->end;
  snprintf(path, sizeof path, "%s.new", run->options->state);
  FILE *file = fopen(path, "w");
  if (file == NULL) return;
  const struct history_options *history = &run->options->history;
  fprintf(file, "sim-state cells=%zu nodes=%d clients=%d steps=%d\n",
          sizeof(struct coverage) / sizeof(uint64_t), history->nodes, history->clients,
          history->steps);
  fprintf(file, "%llu %llu %llu %llu %llu %llu %llu\n", (unsigned long long)next,
          (unsigned long long)run->sum.histories, (unsigned long long)run->sum.broken,
          (unsigned long long)run->sum.promotions, (unsigned long long)run->sum.acked,
          (unsigned long long)run->sum.durable, (unsigned long long)run->sum.steps);
  coverage_save(&run->sum.coverage, file);
  if (fclose(file) == 0) rename(path, run->options->state);
}

/* false: the file is there and is not of such a run. */
static bool load_state(struct run *run) {
  size_t cells;
  int nodes, clients, steps;
  unsigned long long n[7];
  const struct history_options *history = &run->options->history;
  FILE *file = run->options->state == NULL ? NULL : fopen(run->options->state, "r");
  if (file == NULL) return run->options->state == NULL || errno == ENOENT;
  bool fits = fscanf(file, "sim-state cells=%zu nodes=%d clients=%d steps=%d", &cells, &nodes,
                     &clients, &steps) == 4 &&
              cells == sizeof(struct coverage) / sizeof(uint64_t) && nodes == history->nodes &&
              clients == history->clients && steps == history->steps &&
              fscanf(file, "%llu %llu %llu %llu %llu %llu %llu", &n[0], &n[1], &n[2],
                     &n[3], &n[4], &n[5], &n[6]) == 7 &&
              coverage_load(&run->before.coverage, file);
  fclose(file);
  if (!fits) return false;
  atomic_store(&run->shared->next, n[0]);
  run->before.histories = n[1];
  run->before.broken = n[2];
  run->before.promotions = n[3];
  run->before.acked = n[4];
  run->before.durable = n[5];
  run->before.steps = n[6];
  return true;
}

/* ------------------------------------------------------------------ what is told -------------- */

static void sum_up(struct run *run) {
  run->sum = run->before;
  for (int i = 0; i < run->options->jobs; i++) {
    const struct totals *totals = &run->shared->slots[i].totals;
    run->sum.histories += totals->histories;
    run->sum.broken += totals->broken;
    run->sum.promotions += totals->promotions;
    run->sum.acked += totals->acked;
    run->sum.durable += totals->durable;
    run->sum.steps += totals->steps;
    coverage_add(&run->sum.coverage, &totals->coverage);
  }
}

static void progress(const struct run *run, FILE *file, const char *end) {
  double seconds = now_s() - run->started;
  uint64_t here = run->sum.histories - run->before.histories;
  fprintf(file, "%llu histories, %.0f/s, %llu promotions, %d situations never met, %llu broken%s",
          (unsigned long long)run->sum.histories, seconds > 0 ? (double)here / seconds : 0,
          (unsigned long long)run->sum.promotions, coverage_holes(&run->sum.coverage, NULL),
          (unsigned long long)run->sum.broken, end);
  fflush(file);
}

static void tell_broken(struct run *run) {
  for (int i = 0; i < run->options->jobs; i++) {
    const struct slot *slot = &run->shared->slots[i];
    for (; run->read[i] < atomic_load(&slot->told); run->read[i]++) {
      const char *text = slot->broken[run->read[i] % BROKEN_MAX];
      if (isatty(STDOUT_FILENO)) printf("\r\033[K");
      printf("BROKEN %s\n", text);
      fflush(stdout);
      if (run->log != stdout) fprintf(run->log, "BROKEN %s\n", text);
    }
  }
}

static void tell_all(struct run *run, bool last) {
  double now = now_s();
  bool terminal = isatty(STDOUT_FILENO) != 0;
  sum_up(run);
  tell_broken(run);
  if (terminal && !last && now - run->shown >= 1) {
    printf("\r\033[K");
    progress(run, stdout, "");
    run->shown = now;
  }
  if (!last && now - run->logged < LOG_EVERY_S) return;
  run->logged = now;
  if (terminal && last) printf("\r\033[K");
  if (run->log != stdout || !terminal) progress(run, run->log, "\n");
  save_state(run);
}

/* ------------------------------------------------------------------ the parent ---------------- */

/* A worker that died left its seed behind: another one takes its place and shortens it. */
static bool reap(struct run *run) {
  bool alive = false;
  for (int i = 0; i < run->options->jobs; i++) {
    struct slot *slot = &run->shared->slots[i];
    int status;
    if (slot->pid == 0) continue;
    if (waitpid(slot->pid, &status, WNOHANG) == 0) {
      alive = true;
      continue;
    }
    slot->pid = 0;
    if (!WIFSIGNALED(status)) continue;
    slot->totals.broken++;
    slot->crashed = true;
    start_worker(run, i);
    alive = true;
  }
  return alive;
}

static void watch(struct run *run) {
  static const struct timespec pause = {0, 100000000};
  double end = run->options->seconds > 0 ? run->started + run->options->seconds : 0;
  while (reap(run)) {
    nanosleep(&pause, NULL);
    if (end > 0 && now_s() >= end) atomic_store(&run->shared->stop, true);
    tell_all(run, false);
  }
  tell_all(run, true);
}

static int verdict(const struct run *run) {
  const struct totals *sum = &run->sum;
  int holes = coverage_holes(&sum->coverage, NULL);
  if (run->options->coverage) coverage_print(&sum->coverage, stdout);
  else if (run->options->whole) coverage_holes(&sum->coverage, stdout);
  printf("%llu histories, %llu broke an invariant; %llu "
         "promotions, %llu writes acknowledged "
         "(%llu durably), %llu steps of cores, %.0f s; %d situations that can be were never met\n",
         (unsigned long long)sum->histories, (unsigned long long)sum->broken,
         (unsigned long long)sum->promotions,
         (unsigned long long)sum->acked,
         (unsigned long long)sum->durable, (unsigned long long)sum->steps,
         now_s() - run->started, holes);
  return sum->broken > 0 || (run->options->whole && holes > 0);
}

/* false: said why. */
static bool prepare(struct run *run) {
  const struct run_options *options = run->options;
  struct shared *shared = run->shared;
  if (!load_state(run)) {
    fprintf(stderr, "sim: --state %s: not the state of such a run\n", options->state);
    return false;
  }
  shared->end = options->runs > 0 ? atomic_load(&shared->next) + options->runs : UINT64_MAX;
  if (options->log != NULL) run->log = fopen(options->log, "a");
  if (run->log == NULL) {
    fprintf(stderr, "sim: --log %s: %s\n", options->log, strerror(errno));
    return false;
  }
  if (options->found != NULL) mkdir(options->found, 0777);
  return true;
}

static int go(struct run *run) {
  const struct run_options *options = run->options;
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  run->started = run->logged = now_s();
  for (int i = 0; i < options->jobs; i++) atomic_store(&run->shared->slots[i].seed, UINT64_MAX);
  for (int i = 0; i < options->jobs; i++) start_worker(run, i);
  watch(run);
  int code = verdict(run);
  if (run->log != stdout) fclose(run->log);
  return code;
}

int run_many(const struct run_options *options) {
  struct run *run = calloc(1, sizeof *run);
  const size_t size = sizeof(struct shared);
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (run == NULL || memory == MAP_FAILED) abort();
  struct shared *shared = memory;
  run->options = options;
  run->shared = stop_flag = shared;
  run->log = stdout;
  atomic_store(&shared->next, options->history.seed);
  int code = prepare(run) ? go(run) : 2;
  munmap(memory, size);
  free(run);
  return code;
}
