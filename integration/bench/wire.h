/*
 * What the servers of the benchmark share: they find where commands and frames end, and look at
 * nothing that they need not know.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the command, reply or frame at `at`, 0 if it is not all here. */
size_t wire_whole(const char *at, const char *end);

/* One argument of a command: its bytes, not terminated. */
struct wire_word {
  const char *text;
  size_t len;
};
/* The words of a whole array of bulk strings; how many there are (at most `room`), 0: not such. */
size_t wire_words(const char *at, const char *end, struct wire_word *words, size_t room);
bool wire_word_is(const struct wire_word *word, const char *text);

/* Sockets of 127.0.0.1. Listening ends the program when it cannot; connecting gives -1. */
int wire_listen(int port);
int wire_connect(int port);
void wire_no_delay(int fd);

/* All of it, waiting where the peer is slow. False: the peer is gone. */
bool wire_send_all(int fd, const char *bytes, size_t len);

#endif
