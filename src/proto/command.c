/*
 * The table: an open-addressed hash of 16-bit slots over two arrays of rows,
 *
 *      slot   0: empty   1 .. K: hr_commands_known[slot - 1]   above: table->told[slot - K - 1]
 *
 * A server's line that says what was known already takes no memory: most do.
 */
#include "proto/command.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "proto/command_internal.h"

#define HR_COMMAND_BITS 10       /* of the first slots: twice what is known by heart */
#define HR_COMMAND_TOLD_MAX 8192 /* names that one server may add */
#define HR_COMMAND_FACTOR UINT64_C(0x9e3779b97f4a7c15)

struct hr_command_table {
  uint16_t *slots; /* mask + 1 of them, a power of two; at most half are taken */
  size_t mask;
  unsigned shift;                 /* from a hash to a place: its highest bits */
  const struct hr_command *known; /* hr_commands_known, at hand */
  size_t known_count;
  size_t taken;
  struct hr_command *told; /* rows from servers */
  size_t told_count, told_capacity;
};

/* A name as four words: lower case, padded with zeros. */
struct hr_command_name {
  uint64_t word[4];
  size_t len;
};

static_assert(HR_COMMAND_NAME_MAX == sizeof(uint64_t) * 4, "a name is compared as four words");
static_assert(sizeof(struct hr_command) == HR_COMMAND_NAME_MAX + 14, "rows are compared as bytes");

/* The high bits are the good ones. */
static inline uint64_t hr_command_stir(uint64_t hash, uint64_t word) {
  return ((hash ^ hash >> 32) + word) * HR_COMMAND_FACTOR;
}

static inline uint64_t hr_command_stored(const struct hr_command *command, size_t i) {
  assert(i < HR_COMMAND_NAME_MAX / sizeof(uint64_t));
  return hr_load64((const unsigned char *)command->name + i * sizeof(uint64_t));
}

static inline const struct hr_command *hr_command_at(const struct hr_command_table *table,
                                                     uint16_t slot) {
  assert(slot > 0);
  return slot <= table->known_count ? &table->known[slot - 1]
                                    : &table->told[slot - table->known_count - 1];
}

/* False: longer than any name we keep. */
static bool hr_command_fold(const char *name, size_t len, struct hr_command_name *out) {
  assert(name != NULL && out != NULL);
  memset(out, 0, sizeof *out);
  if (len == 0 || len >= HR_COMMAND_NAME_MAX) {
    return false;
  }
  out->len = len;
  const unsigned char *at = (const unsigned char *)name;
  for (size_t i = 0; len > 0; i++) {
    size_t some = len < sizeof(uint64_t) ? len : sizeof(uint64_t);
    out->word[i] = hr_lower_word(hr_load_some(at, some));
    at += some;
    len -= some;
  }
  return true;
}

/* The place of the name's slot, or of the empty slot where it would be put. */
static size_t hr_command_place(const struct hr_command_table *table,
                               const struct hr_command_name *name) {
  assert(table->taken <= table->mask);
  uint64_t hash = hr_command_stir(0, name->word[0]);
  for (size_t i = 1; i * sizeof(uint64_t) < name->len; i++) {
    hash = hr_command_stir(hash, name->word[i]);
  }
  size_t place = hash >> table->shift;
  for (; table->slots[place] != 0; place = (place + 1) & table->mask) {
    const struct hr_command *command = hr_command_at(table, table->slots[place]);
    bool same = command->len == name->len;
    for (size_t i = 0; same && i * sizeof(uint64_t) < name->len; i++) {
      same = hr_command_stored(command, i) == name->word[i];
    }
    if (same) {
      break;
    }
  }
  return place;
}

/* Names of up to eight letters are one word: nearly every command that is sent. */
static inline const struct hr_command *hr_command_find_short(const struct hr_command_table *table,
                                                             const char *name, size_t len) {
  assert(len <= sizeof(uint64_t));
  uint64_t word = hr_lower_word(hr_load_some((const unsigned char *)name, len));
  size_t place = hr_command_stir(0, word) >> table->shift;
  for (uint16_t slot; (slot = table->slots[place]) != 0;) {
    const struct hr_command *command = hr_command_at(table, slot);
    if (hr_command_stored(command, 0) == word && command->len == len) {
      return command;
    }
    place = (place + 1) & table->mask;
  }
  return NULL;
}

static const struct hr_command *hr_command_find_long(const struct hr_command_table *table,
                                                     const char *name, size_t len) {
  assert(len > sizeof(uint64_t));
  struct hr_command_name folded;
  if (!hr_command_fold(name, len, &folded)) {
    return NULL;
  }
  uint16_t slot = table->slots[hr_command_place(table, &folded)];
  return slot != 0 ? hr_command_at(table, slot) : NULL;
}

static inline const struct hr_command *hr_command_find(const struct hr_command_table *table,
                                                       struct hr_slice name) {
  assert(table != NULL && name.at != NULL);
  return name.len <= sizeof(uint64_t) ? hr_command_find_short(table, name.at, name.len)
                                      : hr_command_find_long(table, name.at, name.len);
}

/* "CONFIG", "GET" -> "config|get". */
static const struct hr_command *hr_command_find_sub(const struct hr_command_table *table,
                                                    const struct hr_command *parent,
                                                    struct hr_slice word) {
  assert(parent->flags & HR_COMMAND_SUBS);
  char name[HR_COMMAND_NAME_MAX];
  if (parent->len + 1 + word.len >= sizeof name) {
    return NULL;
  }
  memcpy(name, parent->name, parent->len);
  name[parent->len] = '|';
  if (word.len > 0) {
    memcpy(name + parent->len + 1, word.at, word.len);
  }
  return hr_command_find(table, (struct hr_slice){name, parent->len + 1 + word.len});
}

const struct hr_command *hr_command_resolve(const struct hr_command_table *table,
                                            const struct hr_command_words *words) {
  assert(table != NULL && words->count >= 1);
  const struct hr_command *command = hr_command_find(table, hr_command_word(words, 0));
  if (command == NULL || (command->flags & HR_COMMAND_SUBS) == 0 || words->count == 1) {
    return command;
  }
  const struct hr_command *sub = hr_command_find_sub(table, command, hr_command_word(words, 1));
  return sub != NULL ? sub : command;
}

static uint32_t hr_command_flags_slow(const struct hr_command_table *table, int argc,
                                      const char *const *argv, const size_t *argvlen)
    __attribute__((noinline)); /* or the short way would save registers for it */

/* All of the way: long names, C strings, subcommands, arguments. */
static uint32_t hr_command_flags_slow(const struct hr_command_table *table, int argc,
                                      const char *const *argv, const size_t *argvlen) {
  assert(table != NULL);
  struct hr_command_words words = {argc, argv, argvlen};
  const struct hr_command *command = hr_command_resolve(table, &words);
  if (command == NULL) {
    return HR_COMMAND_WRITE;
  }
  uint32_t flags = command->flags & HR_COMMAND_PUBLIC;
  if (command->flags & HR_COMMAND_ARGS) {
    int block;
    hr_command_streams(&words, &block);
    flags |= block > 0 ? HR_COMMAND_BLOCKS : 0;
  }
  return flags;
}

uint32_t hr_command_flags(const struct hr_command_table *table, int argc, const char *const *argv,
                          const size_t *argvlen) {
  assert(table != NULL && argc >= 1 && argv != NULL);
  if (argvlen == NULL || argvlen[0] > sizeof(uint64_t)) {
    return hr_command_flags_slow(table, argc, argv, argvlen);
  }
  const struct hr_command *command = hr_command_find_short(table, argv[0], argvlen[0]);
  if (command == NULL) {
    return HR_COMMAND_WRITE;
  }
  if (command->flags & (HR_COMMAND_SUBS | HR_COMMAND_ARGS)) {
    return hr_command_flags_slow(table, argc, argv, argvlen);
  }
  return command->flags & HR_COMMAND_PUBLIC;
}

uint32_t hr_command_server_flag(const char *word, size_t len) {
  assert(word != NULL || len == 0);
  static const struct {
    const char *word;
    uint32_t flag;
  } flags[] = {{"write", HR_COMMAND_WRITE},
               {"readonly", HR_COMMAND_READ},
               {"blocking", HR_COMMAND_BLOCKS},
               {"movablekeys", HR_COMMAND_MOVABLE}};
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
    if (hr_slice_is((struct hr_slice){word, len}, flags[i].word)) {
      return flags[i].flag;
    }
  }
  return 0;
}

/* Twice as many slots, everything put in again. */
static bool hr_command_grow(struct hr_command_table *table) {
  assert(table->mask < UINT16_MAX);
  uint16_t *old = table->slots;
  size_t count = table->mask + 1;
  uint16_t *wider = hr_calloc(count * 2, sizeof *wider);
  if (wider == NULL) {
    return false;
  }
  table->slots = wider;
  table->mask = count * 2 - 1;
  table->shift--;
  for (size_t i = 0; i < count; i++) {
    if (old[i] != 0) {
      const struct hr_command *command = hr_command_at(table, old[i]);
      struct hr_command_name name;
      hr_command_fold(command->name, command->len, &name);
      table->slots[hr_command_place(table, &name)] = old[i];
    }
  }
  hr_free(old);
  return true;
}

static bool hr_command_put(struct hr_command_table *table, const struct hr_command_name *name,
                           uint16_t slot) {
  assert(slot > 0);
  size_t place = hr_command_place(table, name);
  if (table->slots[place] != 0) {
    table->slots[place] = slot;
    return true;
  }
  if ((table->taken + 1) * 2 > table->mask + 1) {
    if (!hr_command_grow(table)) {
      return false;
    }
    place = hr_command_place(table, name);
  }
  table->slots[place] = slot;
  table->taken++;
  return true;
}

static bool hr_command_line_sane(const struct hr_command_line *line) {
  assert(line != NULL);
  bool small = line->arity >= -INT16_MAX && line->arity <= INT16_MAX && line->first >= 0 &&
               line->first <= INT16_MAX && line->last >= -INT16_MAX && line->last <= INT16_MAX &&
               line->step >= 0 && line->step <= INT16_MAX;
  return small && line->arity != 0 && (line->first == 0 || line->step > 0);
}

/*
 * The server's word on reading, writing, blocking and moving keys; ours on all the rest. `known` is
 * the row known by heart, `parent` that of the command whose subcommand this is; both may be NULL.
 */
static uint16_t hr_command_believe(uint32_t told, const struct hr_command *known,
                                   const struct hr_command *parent) {
  const uint32_t ours =
      HR_COMMAND_FLUSH | HR_COMMAND_PUBLISH | HR_COMMAND_SUBS | HR_COMMAND_ARGS |
      HR_COMMAND_DATA | HR_COMMAND_SCRIPT;
  const uint32_t both = HR_COMMAND_UNSHARED | HR_COMMAND_MOVABLE;
  uint32_t heart = known != NULL ? known->flags : HR_COMMAND_WRITE;
  uint32_t flags = heart & (ours | both);
  if (known == NULL && parent != NULL) {
    flags |= parent->flags & HR_COMMAND_UNSHARED;
  }
  if (flags & HR_COMMAND_ARGS) {
    told &= ~HR_COMMAND_BLOCKS; /* we can tell when it does not */
  }
  flags |= told & both;
  if (told & HR_COMMAND_WRITE) {
    return (uint16_t)((flags & ~HR_COMMAND_DATA) | HR_COMMAND_WRITE);
  }
  if (told & HR_COMMAND_READ) {
    return (uint16_t)(flags | HR_COMMAND_READ);
  }
  assert((heart & (HR_COMMAND_READ | HR_COMMAND_WRITE)) != 0);
  return (uint16_t)(flags | (heart & (HR_COMMAND_READ | HR_COMMAND_WRITE)));
}

/*
 * Where its keys are. Servers before 7.0 tell nothing useful of the commands whose keys move, and
 * the rules rely on the number of words: of those, what is known by heart stays.
 */
static struct hr_command hr_command_row(const struct hr_command_line *line,
                                        const struct hr_command *known) {
  assert(hr_command_line_sane(line));
  bool heart = known != NULL && known->rule != HR_KEYS_FIXED;
  return (struct hr_command){
      .rule = heart ? known->rule : HR_KEYS_FIXED,
      .arity = heart ? known->arity : (int16_t)line->arity,
      .first = heart ? known->first : (int16_t)line->first,
      .last = heart ? known->last : (int16_t)line->last,
      .step = heart ? known->step : (int16_t)line->step,
  };
}

/* A module's: does it read keys, and is it none that walks with a cursor of one server? */
static bool hr_command_reads_copy(const struct hr_command *row) {
  assert(row->len <= HR_COMMAND_NAME_MAX);
  static const char *const walks[] = {"scan", "cursor"};
  bool keys = row->first > 0 || (row->flags & HR_COMMAND_MOVABLE) != 0;
  if ((row->flags & HR_COMMAND_READ) == 0 || !keys) {
    return false;
  }
  for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
    size_t len = strlen(walks[i]);
    for (size_t at = 0; at + len <= row->len; at++) {
      if (memcmp(row->name + at, walks[i], len) == 0) {
        return false;
      }
    }
  }
  return true;
}

/* Put a new row behind those told so far. */
static bool hr_command_append(struct hr_command_table *table, const struct hr_command_name *name,
                              const struct hr_command *row) {
  assert(table->told_count <= table->told_capacity);
  if (table->told_count == HR_COMMAND_TOLD_MAX) {
    return false;
  }
  if (table->told == NULL || table->told_count == table->told_capacity) {
    size_t capacity = table->told_capacity == 0 ? 16 : table->told_capacity * 2;
    struct hr_command *more = hr_realloc(table->told, capacity * sizeof *more);
    if (more == NULL) {
      return false;
    }
    table->told = more;
    table->told_capacity = capacity;
  }
  table->told[table->told_count++] = *row;
  if (!hr_command_put(table, name, (uint16_t)(hr_commands_known_count + table->told_count))) {
    table->told_count--;
    return false;
  }
  return true;
}

/* Replace what the table says of a name; a row known by heart stays, a told one is overwritten. */
static bool hr_command_replace(struct hr_command_table *table, const struct hr_command_name *name,
                               const struct hr_command *row) {
  assert(name->len == row->len);
  uint16_t slot = table->slots[hr_command_place(table, name)];
  if (slot > hr_commands_known_count) {
    assert(table->told != NULL);
    table->told[slot - hr_commands_known_count - 1] = *row;
    return true;
  }
  const size_t compared = offsetof(struct hr_command, known);
  if (slot != 0 && memcmp(row, &hr_commands_known[slot - 1], compared) == 0) {
    return true;
  }
  return hr_command_append(table, name, row);
}

/* The command in front of '|' gets to know that it has subcommands. *parent: NULL without '|'. */
static bool hr_command_adopt(struct hr_command_table *table, const struct hr_command_name *name,
                             const char *text, struct hr_command *parent) {
  assert(parent != NULL);
  struct hr_slice whole = {text, name->len};
  struct hr_command_name folded;
  hr_command_fold(text, hr_slice_find(whole, '|'), &folded);
  uint16_t slot = table->slots[hr_command_place(table, &folded)];
  if (folded.len == 0 || slot == 0) {
    return false; /* a child without a parent */
  }
  *parent = *hr_command_at(table, slot);
  if (parent->flags & HR_COMMAND_SUBS) {
    return true;
  }
  parent->flags |= HR_COMMAND_SUBS;
  parent->known = slot <= hr_commands_known_count ? slot : parent->known;
  return hr_command_replace(table, &folded, parent);
}

bool hr_command_table_add(struct hr_command_table *table, const struct hr_command_line *line) {
  assert(table != NULL && line != NULL && (line->name != NULL || line->name_len == 0));
  struct hr_command_name name;
  struct hr_command parent;
  if (!hr_command_line_sane(line) || !hr_command_fold(line->name, line->name_len, &name)) {
    return false;
  }
  bool child = memchr(line->name, '|', line->name_len) != NULL;
  if (child && !hr_command_adopt(table, &name, line->name, &parent)) {
    return false;
  }
  uint16_t slot = table->slots[hr_command_place(table, &name)];
  const struct hr_command *old = slot != 0 ? hr_command_at(table, slot) : NULL;
  uint16_t place = slot <= hr_commands_known_count ? slot : old->known;
  const struct hr_command *known = place != 0 ? &hr_commands_known[place - 1] : NULL;
  struct hr_command row = hr_command_row(line, known);
  row.len = (uint8_t)name.len;
  row.known = place;
  row.flags = hr_command_believe(line->flags, known, child ? &parent : NULL);
  row.flags |= old != NULL ? old->flags & HR_COMMAND_SUBS : 0;
  for (size_t i = 0; i < name.len; i++) {
    row.name[i] = (char)(name.word[i / 8] >> (8 * (i % 8)) & 0xff);
  }
  row.flags |= known == NULL && hr_command_reads_copy(&row) ? HR_COMMAND_DATA : 0;
  return hr_command_replace(table, &name, &row);
}

struct hr_command_table *hr_command_table_new(void) {
  struct hr_command_table *table = hr_calloc(1, sizeof *table);
  assert(hr_commands_known_count * 2 <= (size_t)1 << HR_COMMAND_BITS);
  if (table == NULL) {
    return NULL;
  }
  table->mask = ((size_t)1 << HR_COMMAND_BITS) - 1;
  table->shift = 64 - HR_COMMAND_BITS;
  table->known = hr_commands_known;
  table->known_count = hr_commands_known_count;
  table->slots = hr_calloc((size_t)1 << HR_COMMAND_BITS, sizeof *table->slots);
  if (table->slots == NULL) {
    hr_free(table);
    return NULL;
  }
  for (size_t i = 0; i < hr_commands_known_count; i++) {
    struct hr_command_name name;
    hr_command_fold(hr_commands_known[i].name, hr_commands_known[i].len, &name);
    hr_command_put(table, &name, (uint16_t)(i + 1));
  }
  return table;
}

void hr_command_table_free(struct hr_command_table *table) {
  assert(table == NULL || table->slots != NULL);
  if (table == NULL) {
    return;
  }
  hr_free(table->told);
  hr_free(table->slots);
  hr_free(table);
}
