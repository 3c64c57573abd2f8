/* See recorder.h. */
#include "recorder.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct recorder recorder;

int64_t recorder_now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void recorder_put(int kind, uint64_t id, int code, int64_t sent_us) {
  if (recorder.records == NULL) return;
  struct record r = {recorder_now_us(), sent_us, id, kind, code};
  fwrite(&r, sizeof r, 1, recorder.records);
}

uint64_t recorder_port_of(const char *node) {
  const char *colon = node ? strrchr(node, ':') : NULL;
  return colon ? strtoull(colon + 1, NULL, 10) : 0;
}

void recorder_options(haredis_options *o, int count, char **words,
                      int (*own)(const char *name, const char *value),
                      void (*usage)(const char *why)) {
  for (int i = 0; i < count; i++) {
    char why[256], *equals = strchr(words[i], '=');
    if (equals == NULL) {
      usage("an argument without '='");
      return;
    }
    *equals = '\0';
    if (strcmp(words[i], "records") == 0) {
      recorder.records = fopen(equals + 1, "wb");
      if (recorder.records == NULL) usage("the file for the records cannot be written");
      setvbuf(recorder.records, NULL, _IOFBF, 1 << 18);
    } else if (!own(words[i], equals + 1) &&
               haredis_options_set(o, words[i], equals + 1, why, sizeof why) != HAREDIS_OK) {
      usage(why);
    }
  }
}

void recorder_connect(const char *program, int blocking, const haredis_options *o) {
  recorder.loop = blocking ? NULL : ev_loop_new(EVFLAG_AUTO);
  recorder.client = blocking ? haredis_connect(o) : haredis_async_connect(recorder.loop, o);
  if (recorder.client != NULL && haredis_err(recorder.client) == HAREDIS_OK) return;
  fprintf(stderr, "%s: %s\n", program, haredis_errstr(recorder.client));
  exit(2);
}

static void on_flush(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop;
  (void)timer;
  (void)events;
  if (recorder.records != NULL) fflush(recorder.records);
}

static void on_term(struct ev_loop *loop, ev_signal *signal, int events) {
  (void)loop;
  (void)signal;
  (void)events;
  recorder_end();
}

void recorder_run(void) {
  static ev_timer flush;
  static ev_signal term; /* never stopped: a second SIGTERM must not kill who is about to end */
  ev_timer_init(&flush, on_flush, 0.02, 0.02);
  ev_signal_init(&term, on_term, SIGTERM);
  ev_signal_start(recorder.loop, &term);
  ev_timer_start(recorder.loop, &flush);
  ev_run(recorder.loop, 0);
}

void recorder_end(void) {
  if (recorder.ending) return;
  recorder.ending = 1;
  ev_timer_stop(recorder.loop, &recorder.pace);
  haredis_disconnect(recorder.client);
}

void recorder_close(uint64_t last) {
  if (recorder.loop != NULL) ev_loop_destroy(recorder.loop);
  recorder_put(RECORD_END, last, 0, 0);
  if (recorder.records != NULL) fclose(recorder.records);
}
