/*
 * Child processes that can not outlive us: each in its own process group, killed on every way out
 * (return, exit, Ctrl-C, SIGTERM, and by the kernel should we be killed), and the one folder that
 * holds everything they write.
 */
#ifndef KIT_CHILD_H
#define KIT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Call first in main(): signal handlers and the cleaning up at exit. */
void kit_init(const char *program);

/* The folder of this program, made at the first call, removed at exit (unless kept). */
const char *kit_dir(void);
void kit_keep_dir(void);
/* Remove a folder with everything in it. */
void kit_remove_tree(const char *path);

/* Print one line and exit(1); after Ctrl-C it ends quietly. */
void kit_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Ends the program when a signal asked for that. */
void kit_check_interrupt(void);

struct kit_spawn {
  const char *const *argv; /* NULL terminated; argv[0] is looked up in PATH */
  const char *environment; /* one "NAME=value", or NULL */
  const char *out;         /* file that gets stdout, NULL: nowhere */
  const char *err;         /* file that gets stderr (appended), NULL: nowhere */
  int netns;               /* network namespace to run in, 0: ours */
  int limit_ms;            /* of kit_run: killed then; 0: 30 s */
};

/* Never fails: no process is a reason to die. */
pid_t kit_spawn(const struct kit_spawn *how);
/* A child that runs a function of ours. */
pid_t kit_fork(void (*run)(void *), void *data);
/* Zeroed memory that we and the children forked from now on have in common. */
void *kit_share(size_t size);
/* Run to its end; the exit code, or 255. */
int kit_run(const struct kit_spawn *how);

/* Send a signal to the child's group. */
void kit_signal(pid_t pid, int signal);
/* Wait for its end for up to timeout_ms. The wait status, or -1: still there. */
int kit_reap(pid_t pid, int timeout_ms);
/* SIGKILL and wait. */
void kit_kill(pid_t pid);

/* Enter a network namespace (0: back to our own). */
void kit_enter_netns(int netns);

#endif
