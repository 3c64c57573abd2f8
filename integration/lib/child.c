/* Child processes, the folder, and the ways out. Linux: PR_SET_PDEATHSIG and setns. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { CHILDREN_MAX = 1024 };

/* Written by the main thread only, read by the handler: a pid is put in before it can run far. */
static volatile pid_t children[CHILDREN_MAX];
static volatile sig_atomic_t interrupted;
static const char *program_name = "kit";
static char folder[256];
static bool folder_kept;
static pid_t owner;
static int own_netns = -1;

static void children_kill(void) {
  for (int i = 0; i < CHILDREN_MAX; i++) {
    pid_t pid = children[i];
    if (pid > 0) kill(-pid, SIGKILL);
  }
}

static void interrupt_handle(int signal) {
  int error = errno;
  children_kill();
  interrupted = signal;
  errno = error;
}

static int tree_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
  (void)st;
  (void)flag;
  (void)ftw;
  remove(path);
  return 0;
}

void kit_remove_tree(const char *path) {
  nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void leave(void) {
  if (getpid() != owner) return; /* a forked child that failed before exec */
  children_kill();
  for (int i = 0; i < CHILDREN_MAX; i++) {
    if (children[i] > 0) waitpid(children[i], NULL, 0);
  }
  if (folder[0] && !folder_kept) kit_remove_tree(folder);
  if (folder[0] && folder_kept) fprintf(stderr, "kept: %s\n", folder);
}

void kit_init(const char *program) {
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_handler = interrupt_handle;
  sigemptyset(&act.sa_mask);
  sigaction(SIGINT, &act, NULL);
  sigaction(SIGTERM, &act, NULL);
  sigaction(SIGHUP, &act, NULL);
  signal(SIGPIPE, SIG_IGN);
  program_name = program;
  owner = getpid();
  own_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  setvbuf(stdout, NULL, _IOLBF, 0);
  atexit(leave);
}

void kit_check_interrupt(void) {
  if (!interrupted) return;
  fflush(stdout);
  fprintf(stderr, "\n%s: interrupted, everything it started is ended\n", program_name);
  exit(130);
}

void kit_die(const char *format, ...) {
  kit_check_interrupt();
  va_list ap;
  va_start(ap, format);
  fflush(stdout);
  fprintf(stderr, "%s: ", program_name);
  vfprintf(stderr, format, ap);
  fprintf(stderr, "\n");
  va_end(ap);
  exit(1);
}

const char *kit_dir(void) {
  if (folder[0]) return folder;
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/haredis-kit-XXXXXX", parent && *parent ? parent : "/tmp");
  if (mkdtemp(folder) == NULL) {
    int error = errno;
    folder[0] = '\0';
    kit_die("no folder for the servers' files: %s", strerror(error));
  }
  return folder;
}

void kit_keep_dir(void) {
  folder_kept = true;
}

void kit_enter_netns(int netns) {
  int fd = netns ? netns : own_netns;
  if (setns(fd, CLONE_NEWNET) != 0) kit_die("setns: %s", strerror(errno));
}

static void redirect(const char *path, int flags, int fd) {
  int file = open(path ? path : "/dev/null", flags, 0644);
  if (file < 0 || dup2(file, fd) < 0) _exit(126);
  if (file != fd) close(file);
}

static void child_settle(void) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != owner) _exit(126); /* the parent died before prctl */
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
}

/* As fork(), and the parent remembers the child. */
static pid_t child_fork(void) {
  int slot = 0;
  while (slot < CHILDREN_MAX && children[slot] > 0) slot++;
  if (slot == CHILDREN_MAX) kit_die("more than %d child processes", CHILDREN_MAX);
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) kit_die("fork: %s", strerror(errno));
  if (pid == 0) {
    child_settle();
    return 0;
  }
  setpgid(pid, pid);
  children[slot] = pid;
  if (interrupted) kill(-pid, SIGKILL); /* the handler may have run before the line above */
  return pid;
}

static void child_execute(const struct kit_spawn *how) {
  if (how->netns && setns(how->netns, CLONE_NEWNET) != 0) _exit(126);
  redirect(NULL, O_RDONLY, 0);
  redirect(how->out, O_WRONLY | O_CREAT | O_TRUNC, 1);
  redirect(how->err, O_WRONLY | O_CREAT | O_APPEND, 2);
  if (how->environment) putenv((char *)(uintptr_t)how->environment);
  execvp(how->argv[0], (char *const *)(uintptr_t)how->argv);
  _exit(127);
}

pid_t kit_spawn(const struct kit_spawn *how) {
  pid_t pid = child_fork();
  if (pid == 0) child_execute(how);
  return pid;
}

pid_t kit_fork(void (*run)(void *), void *data) {
  pid_t pid = child_fork();
  if (pid != 0) return pid;
  run(data);
  _exit(0);
}

void *kit_share(size_t size) {
  int fd = memfd_create("kit", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, (off_t)size) != 0) kit_die("no shared memory");
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) kit_die("no shared memory");
  close(fd);
  return page;
}

void kit_signal(pid_t pid, int signal) {
  if (pid > 0) kill(-pid, signal);
}

static void forget(pid_t pid) {
  for (int i = 0; i < CHILDREN_MAX; i++) {
    if (children[i] == pid) children[i] = 0;
  }
}

int kit_reap(pid_t pid, int timeout_ms) {
  int64_t end = kit_now_us() + (int64_t)timeout_ms * 1000;
  for (;;) {
    int status = 0;
    pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == pid || (got < 0 && errno == ECHILD)) {
      forget(pid);
      return status;
    }
    if (kit_now_us() >= end) return -1;
    kit_sleep_ms(1);
  }
}

void kit_kill(pid_t pid) {
  if (pid <= 0) return;
  kit_signal(pid, SIGKILL);
  kit_reap(pid, 10000);
}

int kit_run(const struct kit_spawn *how) {
  pid_t pid = kit_spawn(how);
  int status = kit_reap(pid, how->limit_ms > 0 ? how->limit_ms : 30000);
  if (status == -1) {
    kit_kill(pid);
    return 255;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
