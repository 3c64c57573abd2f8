/*
 * What the parts of the benchmark share: a stage with servers, one measurement in a process of its
 * own, and medians.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <haredis/haredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "server.h"

struct settings {
  int rounds;      /* pairs per cell */
  int64_t run_us;  /* per measurement */
  int limit;       /* instructions; 0: no gate */
  int window;      /* only this one; 0: all */
  int size;        /* only this one; 0: all */
  int channels;    /* only so many; 0: all */
  bool pin;        /* client and servers on cores of their own */
  const char *self;/* argv[0] */
};

/* A program of ours in front of a real server. */
struct source {
  struct server behind;
  int port;
  pid_t pid;
};

struct stage {
  struct server redis; /* a real server */
  struct source null;
  char null_nodes[64];
};

void stage_start(struct stage *stage, const struct settings *settings);
void stage_stop(struct stage *stage);
/* The folder in which this program and its neighbours are. */
void stage_folder(const struct settings *settings, char *out, size_t size);

/* Servers on the last core, the client on the first: measured alone, not the scheduler. */
void stage_pin(const struct settings *settings, bool client);
/* Start a neighbour of this program ("nullserver"), on a free port, and wait until it answers
 * `command`. */
void source_start(struct source *source, const struct settings *settings, const char *name,
                  const char *command);
void source_stop(struct source *source);

/* In a child, so that every measurement starts with a fresh heap. */
struct outcome measure(const struct work *work, const struct settings *settings);
void measure_apart(const struct settings *settings, void (*run)(const void *work, void *out),
                   const void *work, void *out, size_t size);

double median(double *values, int count);

int bench_table(const struct settings *settings);
int bench_instructions(const struct settings *settings);
int bench_memory(const struct settings *settings);
int bench_durable(const struct settings *settings);
int bench_pubsub(const struct settings *settings);
int bench_tls(const struct settings *settings);

/* What a client needs where servers speak TLS (server_tls()); the strings live as long as the
 * process. */
void bench_tls_options(haredis_options *options);

#endif
