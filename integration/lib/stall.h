/*
 * Does the machine keep its processes running? A child sleeps a little, again and again, and notes
 * how late it was woken. Where that is a good part of down_after_ms, a server that "hung" may just
 * not have been given a processor, and a client that replaced it was right.
 */
#ifndef KIT_STALL_H
#define KIT_STALL_H

#include <stdint.h>

/* Begin to look, from nothing. */
void stall_begin(void);
/* The longest standstill since then, in microseconds. */
int64_t stall_longest_us(void);

#endif
