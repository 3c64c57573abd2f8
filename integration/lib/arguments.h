/* The values of a command line: a number, numbers, names. The programs of test/sim read theirs here
 * too, so this must not know what they are for. */
#ifndef KIT_ARGUMENTS_H
#define KIT_ARGUMENTS_H

#include <stdbool.h>

/* A whole number and nothing behind it, of those bounds; false: it is none. */
bool argument_number(const char *text, long low, long high, long *value);
/* "1,10,100": how many there are; 0: one is none of those bounds, or they are more than `most`. */
int argument_numbers(const char *text, long low, long high, int *values, int most);
/* "cut,stop": a bit for each, by its place in `names`; 0: one is not among them. At most 32. */
unsigned argument_names(const char *text, const char *const *names, int count);

#endif
