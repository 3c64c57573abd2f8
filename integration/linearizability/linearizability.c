/*
 * Are durable writes and linearizable reads linearizable? Applications share registers and counters
 * on a real group, a nemesis does what it can, and the checkers judge every key afterwards.
 *
 *   linearizability [--seconds N] [--seed N] [--nodes 3|5] [--keep] [--async]
 *                   [--durability async] [--reads master] [--read-from replica]
 *                   [--faults cut,stop...] [--expect-violation]
 *
 * With --expect-violation it is the other way round: something weaker was asked for, and a run in
 * which nothing is found has failed.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "child.h"
#include "judge.h"
#include "losses.h"
#include "netns.h"
#include "scene.h"
#include "writers.h"

static struct options {
  struct scene_plan plan;
  bool keep;
  bool expect_violation;
} options = {.plan = {.nodes = 3, .seconds = 600, .seed = 1, .durability = "quorum",
                      .reads = "linearizable", .read_from = "master",
                      .kinds = (1u << NEMESIS_KINDS) - 1}};

static void usage(int code) {
  fprintf(code ? stderr : stdout,
          "usage: linearizability [--seconds N] [--seed N] [--nodes 3|5] [--keep] [--async]\n"
          "         [--durability async] [--reads master] [--read-from replica] "
          "[--faults cut,stop...]\n         [--expect-violation]\n");
  exit(code);
}

static void wrong(const char *what, const char *value) {
  fprintf(stderr, "linearizability: %s: \"%s\"\n", what, value);
  usage(2);
}

static long number(const char *name, const char *value, long low) {
  long n;
  if (!argument_number(value, low, INT_MAX, &n)) wrong(name, value);
  return n;
}

/* The value, if it is one of the known, which are written "|a|b|". */
static const char *one_of(const char *known, const char *name, const char *value) {
  char barred[40];
  snprintf(barred, sizeof barred, "|%s|", value);
  if (strstr(known, barred) == NULL) wrong(name, value);
  return value;
}

/* "cut,stop": these and no others. */
static unsigned kinds_of(const char *text) {
  const char *names[NEMESIS_KINDS];
  for (int i = 0; i < NEMESIS_KINDS; i++) names[i] = nemesis_kind_name((enum nemesis_kind)(1 << i));
  unsigned kinds = argument_names(text, names, NEMESIS_KINDS);
  if (kinds == 0) wrong("--faults: there is no such fault", text);
  return kinds;
}

static bool option_with_value(const char *name, const char *value) {
  struct scene_plan *plan = &options.plan;
  if (strcmp(name, "--seconds") == 0) plan->seconds = (int)number(name, value, 1);
  else if (strcmp(name, "--seed") == 0) plan->seed = (uint64_t)number(name, value, 0);
  else if (strcmp(name, "--nodes") == 0) plan->nodes = *one_of("|3|5|", name, value) - '0';
  else if (strcmp(name, "--durability") == 0)
    plan->durability = one_of("|async|quorum|", name, value);
  else if (strcmp(name, "--reads") == 0) plan->reads = one_of("|master|linearizable|", name, value);
  else if (strcmp(name, "--read-from") == 0)
    plan->read_from = one_of("|master|replica|prefer_replica|nearest|", name, value);
  else if (strcmp(name, "--faults") == 0) plan->kinds = kinds_of(value);
  else return false;
  return true;
}

static void options_read(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) usage(0);
    else if (strcmp(argv[i], "--keep") == 0) options.keep = true;
    else if (strcmp(argv[i], "--async") == 0) options.plan.appends = true;
    else if (strcmp(argv[i], "--expect-violation") == 0) options.expect_violation = true;
    else if (i + 1 < argc && option_with_value(argv[i], argv[i + 1])) i++;
    else wrong("no such option, or its value is missing", argv[i]);
  }
  if (options.plan.appends) options.plan.durability = "async";
}

/* "kill 3, stop 5" */
static const char *faults_text(const struct scene *s, char *out, size_t size) {
  size_t used = 0;
  int sum = 0;
  for (int i = 0; i < NEMESIS_KINDS; i++) {
    enum nemesis_kind kind = (enum nemesis_kind)(1 << i);
    int count = nemesis_count(s->nemesis, kind);
    sum += count;
    if (count == 0 || used >= size) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%s %d", used ? ", " : "",
                             nemesis_kind_name(kind), count);
  }
  if (used < size) snprintf(out + used, size - used, "; %d in all", sum);
  return out;
}

static const char *what_was_wrong(const struct judgement *j) {
  if (j->keys == 0) return "nothing was done";
  if (j->violations > 0) return "not linearizable";
  if (j->undecided > 0) return "not decided";
  return j->disagreed > 0 ? "the checkers disagree" : "keys were not read in the end";
}

static void say_counts(const struct scene *s, const struct judgement *j) {
  char faults[300];
  printf("  %lld keys, at most %lld operations on one; %lld were judged by search and by order\n",
         (long long)j->keys, (long long)j->largest, (long long)j->searched);
  printf("  operations: %lld answered, %lld may have run, %lld did not run, %lld of killed "
         "applications, %lld errors of servers\n", (long long)j->answered, (long long)j->maybe,
         (long long)j->did_not_run, (long long)j->unanswered, (long long)j->server_errors);
  printf("  faults: %s; %d promotions\n", faults_text(s, faults, sizeof faults),
         group_promotions(&s->group));
}

/* One line that counts, as test/run wants it. */
static bool verdict(const struct scene *s, const struct judgement *j) {
  const struct scene_plan *p = &s->plan;
  bool fine = judgement_fine(j), good = fine;
  if (options.expect_violation) good = j->violations > 0 && j->undecided + j->disagreed == 0;
  printf("%s %d nodes, seed %llu, %d s, durability=%s reads=%s read_from=%s: ",
         good ? "ok" : "FAIL", p->nodes, (unsigned long long)p->seed, p->seconds, p->durability,
         p->reads, p->read_from);
  if (fine) printf("%s\n", options.expect_violation ? "linearizable, and should not be"
                                                    : "linearizable");
  else printf("%s (%lld keys)%s\n", what_was_wrong(j), (long long)j->violations,
              good ? ", as it must be" : "");
  return good;
}

static bool judge_losses(const struct scene *s) {
  char faults[300];
  struct losses_input input = {.ops = s->ops, .count = s->op_count, .present = s->present,
                               .present_count = s->present_count, .start_us = s->start_us,
                               .group = &s->group};
  char trace[320];
  writers_asked_trace(trace, sizeof trace);
  input.trace = trace;
  input.deeds = nemesis_deeds(s->nemesis, &input.deed_count);
  struct losses l = losses_judge(&input, stdout);
  bool good = losses_fine(&l);
  printf("  writes: %lld acknowledged, %lld of them lost; %lld may have run, %lld of them did; "
         "%lld did not run, %lld of them did\n", (long long)l.acked, (long long)l.lost,
         (long long)l.maybe, (long long)l.ran, (long long)l.did_not_run, (long long)l.ghosts);
  printf("  lost: %lld told of by the library (counted there), %lld died with their server, %lld "
         "not told, %lld outside of a failover, %lld masters with a wrong number\n",
         (long long)l.told, (long long)l.died, (long long)l.untold, (long long)l.outside,
         (long long)l.wrong);
  printf("  there: %lld twice, %lld that nobody wrote\n", (long long)l.duplicated,
         (long long)l.strange);
  printf("  faults: %s; %d promotions\n", faults_text(s, faults, sizeof faults),
         group_promotions(&s->group));
  printf("%s %d nodes, seed %llu, %d s, async: %s\n", good ? "ok" : "FAIL", s->plan.nodes,
         (unsigned long long)s->plan.seed, s->plan.seconds,
         good ? "what was lost was told" : "what was lost and what was told do not agree");
  return good;
}

static bool judge_history(const struct scene *s) {
  struct judge_input input = {.ops = s->ops, .count = s->op_count,
                              .last_process = s->processes, .start_us = s->start_us};
  input.deeds = nemesis_deeds(s->nemesis, &input.deed_count);
  struct judgement j = judge(&input, stdout);
  say_counts(s, &j);
  return verdict(s, &j);
}

static bool run(void) {
  static struct scene s;
  bool good = false;
  scene_run(&s, &options.plan);
  if (!s.hosts) printf("note no cuts: %s\n", netns_missing());
  if (s.broken[0]) {
    printf("FAIL seed %llu: %s\n", (unsigned long long)s.plan.seed, s.broken);
    if (s.nemesis) nemesis_print(s.nemesis, stdout, s.start_us);
  } else {
    good = s.plan.appends ? judge_losses(&s) : judge_history(&s);
  }
  bool keep = options.keep || !good;
  if (keep) kit_keep_dir();
  scene_end(&s, keep);
  return good;
}

int main(int argc, char **argv) {
  options_read(argc, argv);
  kit_init("linearizability");
  return run() ? 0 : 1;
}
