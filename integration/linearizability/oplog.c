/* See oplog.h. Both sides: the application that writes, and whoever reads afterwards. */
#include "oplog.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 15 }; /* operations; never unmapped, so that what was handed out stays */

static struct {
  int fd;
  int process;
  struct oplog_op *chunk;
  size_t used;   /* of the chunk */
  size_t before; /* in older chunks */
} log_file = {.fd = -1};

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void give_up(const char *what) {
  perror(what);
  exit(3);
}

static void chunk_add(void) {
  size_t bytes = CHUNK * sizeof *log_file.chunk, from = log_file.before * sizeof *log_file.chunk;
  if (ftruncate(log_file.fd, (off_t)(from + bytes)) != 0) give_up("the log of operations");
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, log_file.fd, (off_t)from);
  if (at == MAP_FAILED) give_up("the log of operations");
  log_file.chunk = at;
  log_file.used = 0;
}

void oplog_create(const char *path, int process) {
  log_file.process = process;
  log_file.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log_file.fd < 0) give_up(path);
  chunk_add();
}

struct oplog_op *oplog_call(int kind, uint32_t key, int client, int64_t value) {
  if (log_file.used == CHUNK) {
    log_file.before += CHUNK;
    chunk_add();
  }
  struct oplog_op *op = &log_file.chunk[log_file.used];
  op->key = key;
  op->value = value;
  op->kind = (uint16_t)kind;
  op->process = (uint16_t)log_file.process;
  op->client = (uint16_t)client;
  op->order = (uint32_t)(log_file.before + log_file.used++);
  op->call_us = now_us();
  atomic_signal_fence(memory_order_seq_cst); /* a kill stops this thread between two stores */
  op->state = OPLOG_CALLED;
  atomic_signal_fence(memory_order_seq_cst);
  return op;
}

/* A write keeps its own value: until the end is marked it may be read. */
void oplog_end(struct oplog_op *op, int code, int64_t value) {
  op->return_us = now_us();
  op->code = code;
  op->value = value;
  atomic_signal_fence(memory_order_seq_cst);
  op->state = OPLOG_ENDED;
  atomic_signal_fence(memory_order_seq_cst);
}

struct oplog_op *oplog_load(const char *path, struct oplog_op *ops, size_t *count) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0) give_up(path);
  size_t room = (size_t)st.st_size / sizeof *ops, bytes = room * sizeof *ops;
  struct oplog_op *all = realloc(ops, (*count + room + 1) * sizeof *ops);
  if (all == NULL) give_up("memory for the operations");
  struct oplog_op *mine = all + *count;
  for (size_t got = 0; got < bytes;) {
    ssize_t n = read(fd, (char *)mine + got, bytes - got);
    if (n <= 0) give_up(path);
    got += (size_t)n;
  }
  close(fd);
  for (size_t i = 0; i < room; i++) {
    if (mine[i].state != OPLOG_FREE) all[(*count)++] = mine[i];
  }
  return all;
}

/* ---- keys ---- */

uint32_t key_make(uint32_t generation, int class, uint32_t index) {
  return generation << 8 | (uint32_t)class << 6 | index;
}

uint32_t key_generation(uint32_t key) {
  return key >> 8;
}

int key_class(uint32_t key) {
  return (int)(key >> 6 & 3);
}

uint32_t key_index(uint32_t key) {
  return key & KEY_INDEX_MAX;
}

const char *key_name(uint32_t key, char name[KEY_NAME_MAX]) {
  static const char *const classes[] = {"register", "counter", "list", "event"};
  const char *class = classes[key_class(key)];
  uint32_t generation = key_generation(key), index = key_index(key);
  if (generation == KEY_GENERATION_ALL) snprintf(name, KEY_NAME_MAX, "%s:long:%u", class, index);
  else snprintf(name, KEY_NAME_MAX, "%s:%u:%u", class, generation, index);
  return name;
}
