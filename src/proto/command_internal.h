/*
 * What the three files of the command table share: the row of a command.
 */
#ifndef HR_PROTO_COMMAND_INTERNAL_H
#define HR_PROTO_COMMAND_INTERNAL_H

#include <assert.h>

#include "base/text.h"
#include "proto/command.h"

#define HR_COMMAND_NAME_MAX 32 /* four words; the longest of Redis 7 has 29 letters */

/* Beside the public flags. */
#define HR_COMMAND_SUBS 0x100u /* the next word may select a subcommand: "config|get" */
#define HR_COMMAND_ARGS 0x200u /* blocks only with BLOCK among its arguments */
#define HR_COMMAND_PUBLIC (0xffu | HR_COMMAND_DATA | HR_COMMAND_SCRIPT)

enum hr_command_rule {
  HR_KEYS_FIXED,   /* first, last, step say it all */
  HR_KEYS_NUM1,    /* besides those: a number at 1 and as many keys behind it */
  HR_KEYS_NUM2,    /* the same at 2: EVAL script numkeys key ... */
  HR_KEYS_STREAMS, /* the first half of what follows STREAMS */
  HR_KEYS_SORT,    /* besides: what follows STORE */
  HR_KEYS_GEO,     /* besides: what follows STORE or STOREDIST */
  HR_KEYS_MIGRATE  /* the third argument, or what follows KEYS when that is empty */
};

/* Known by heart: constant. Told by a server: in the table's own array. */
struct hr_command {
  char name[HR_COMMAND_NAME_MAX]; /* lower case, padded with zeros */
  uint8_t len;
  uint8_t rule; /* enum hr_command_rule */
  uint16_t flags;
  int16_t arity;
  int16_t first, last, step;
  uint16_t known; /* 1 + the place in hr_commands_known of the same name, 0: a new name */
};

extern const struct hr_command hr_commands_known[];
extern const size_t hr_commands_known_count;

/* The arguments of one command. */
struct hr_command_words {
  int count;
  const char *const *at;
  const size_t *lens; /* NULL: C strings */
};

static inline struct hr_slice hr_command_word(const struct hr_command_words *words, int i) {
  assert(i >= 0 && i < words->count);
  if (words->lens != NULL) {
    return (struct hr_slice){words->at[i], words->lens[i]};
  }
  return hr_slice_of(words->at[i]);
}

/* NULL: unknown. */
const struct hr_command *hr_command_resolve(const struct hr_command_table *table,
                                            const struct hr_command_words *words);

/* The place of STREAMS in an XREAD or XREADGROUP, 0: none. *block: that of the last BLOCK before
 * it, 0: none. */
int hr_command_streams(const struct hr_command_words *words, int *block);

#endif
