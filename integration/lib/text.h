/* What a person reads: progress on a terminal or in a log file, tables, medians. */
#ifndef KIT_TEXT_H
#define KIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On a terminal one line that is drawn over; elsewhere a plain line each. */
void text_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line that stays, above the progress. */
void text_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Take the progress line away. */
void text_progress_end(void);
bool text_is_terminal(void);
int text_columns(void);

struct spread {
  int64_t median;
  int64_t min;
  int64_t max;
};
/* Sorts `values`. All zero when there are none. */
struct spread text_spread(int64_t *values, size_t count);
/* Microseconds as milliseconds: "2.3", "417". Negative: "-". */
const char *text_ms(char *out, size_t size, int64_t us);

enum { TABLE_COLUMNS = 12, TABLE_ROWS = 96, TABLE_CELL = 64 };

struct table {
  int columns;
  int rows;
  bool left[TABLE_COLUMNS]; /* aligned to the left, else to the right */
  char cell[TABLE_ROWS][TABLE_COLUMNS][TABLE_CELL];
};

/* Words separated by '|'. The first row is the head; a head that begins with '<' aligns left. */
void table_row(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_print(const struct table *t);

#endif
