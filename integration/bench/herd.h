/*
 * The herd: processes of many clients each, and when each client could write again. It must not
 * know what was done to the servers.
 */
#ifndef BENCH_HERD_H
#define BENCH_HERD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "group.h"
#include "writers.h"

struct herd {
  struct crowd crowd;
  int clients;
};

/* Spread over at most `processes`. */
void herd_start(struct herd *h, const struct group *g, int clients, int processes, int rate,
                const char *const *options);
/* Has every client been told after `after_us` that there is a master? */
bool herd_await_ready(struct herd *h, int64_t after_us, int timeout_ms);
void herd_write(struct herd *h); /* idle until now */

/*
 * When each client had its first write acknowledged by another master than before: microseconds
 * after `since_us`, sorted. Waits for all of them; false: some never did.
 */
bool herd_await_change(struct herd *h, int64_t since_us, int timeout_ms, int64_t *gaps);
void herd_end(struct herd *h);

#endif
