/*
 * Text into memory that may be too small: writes what fits, counts what is needed, as snprintf,
 * over many calls.
 */
#ifndef HR_CLIENT_WRITER_H
#define HR_CLIENT_WRITER_H

#include <haredis/haredis.h>

struct hr_writer {
  char *out;
  size_t size, len;
};

void hr_write(struct hr_writer *w, const char *format, ...) HAREDIS_PRINTF(2, 3);
void hr_write_json_string(struct hr_writer *w, const char *text); /* NULL: null */
const char *hr_role_word(int role); /* enum haredis_role */

#endif
