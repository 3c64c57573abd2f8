/*
 * Names and texts of the error codes, from the one list in the public header.
 */
#include <haredis/haredis.h>

static const struct {
  const char *name, *text;
} hr_error_list[] = {
#define HR_ERROR_LINE(name, text) {#name, text},
    HAREDIS_ERRORS(HR_ERROR_LINE)
#undef HR_ERROR_LINE
};
#define HR_ERROR_LAST ((int)(sizeof(hr_error_list) / sizeof(hr_error_list[0])) - 1)

const char *haredis_error_name(int code) {
  return code < 0 || code > HR_ERROR_LAST ? "ERR_UNKNOWN" : hr_error_list[code].name;
}

const char *haredis_error_text(int code) {
  return code < 0 || code > HR_ERROR_LAST ? "no such error code" : hr_error_list[code].text;
}
