/*
 * hiredis' format strings ("SET %s %b") to RESP, without their traps: an unknown conversion, a lone
 * '%', a NULL string and an empty command are errors here, not crashes or a command without answer.
 */
#ifndef HR_IO_FORMAT_H
#define HR_IO_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * 0: *bytes (terminated, *len without the terminator) is one RESP command, given back with
 * hr_format_free(). -1: *bytes is NULL and *why a static text that names the cause.
 * `ap` is used up as by vprintf.
 */
int hr_format_command(char **bytes, size_t *len, const char **why, const char *format, va_list ap);
void hr_format_free(char *bytes); /* NULL is allowed */

#endif
