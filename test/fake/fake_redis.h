/*
 * A Redis server of one process, on the caller's libev loop, for tests that want no network and no
 * second process: enough of it that a group of this one node is born and takes commands. It keeps
 * strings and hashes, knows MULTI, WATCH and SUBSCRIBE, and changes its role when told to.
 *
 * A test may put bytes of its own in place of its answers (`garble`).
 */
#ifndef TEST_FAKE_REDIS_H
#define TEST_FAKE_REDIS_H

#include <stddef.h>

struct ev_loop;
struct fake_redis;

/* What to send instead of an answer. Return 0 to leave the answer as it is. */
typedef int fake_garble(void *state, const char **bytes, size_t *length);

/* Listens on a free port of 127.0.0.1. Dies of an error: nothing can be tested then. */
struct fake_redis *fake_redis_new(struct ev_loop *loop);
void fake_redis_free(struct fake_redis *fake);
int fake_redis_port(const struct fake_redis *fake);
void fake_redis_garble(struct fake_redis *fake, fake_garble *garble, void *state);
/* Forget all data and connections, as a restart would; the run id is another one then. */
void fake_redis_restart(struct fake_redis *fake);
/* How many commands came so far. */
size_t fake_redis_commands(const struct fake_redis *fake);

#endif
