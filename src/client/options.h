/*
 * The table of options, for the files that make and check them.
 */
#ifndef HR_CLIENT_OPTIONS_H
#define HR_CLIENT_OPTIONS_H

#include <haredis/haredis.h>

#include "base/address.h"

enum hr_option_kind { HR_OPTION_TEXT, HR_OPTION_INT, HR_OPTION_SIZE, HR_OPTION_WORD };

struct hr_option {
  struct haredis_option_info info;
  enum hr_option_kind kind;
  size_t offset;
  int64_t low, high;        /* INT and SIZE; low of WORD */
  const char *const *words; /* WORD: low and their index is the value */
};

const struct hr_option *hr_option_at(size_t index); /* NULL past the end */
void hr_options_defaults(haredis_options *options);

/* The caller's struct, of whatever size, completed with defaults. HAREDIS_OK or ERR_OPTION. */
int hr_options_take(haredis_options *out, const haredis_options *in, char *why, size_t why_size);

/* Each value alone, and against the others; then against the parsed nodes. */
int hr_options_check(const haredis_options *options, char *why, size_t why_size);
int hr_options_check_nodes(const haredis_options *options, const struct hr_addresses *addresses,
                           char *why, size_t why_size);

/* tls, or rediss:// in the nodes. */
bool hr_options_want_tls(const haredis_options *options, const struct hr_addresses *addresses);

/* What the level is in the end: options, HAREDIS_LOG, warnings. Never HAREDIS_LOG_DEFAULT. */
int hr_options_log_level(const haredis_options *options);
/* What HAREDIS_LOG says when it is no level (warnings are logged then); else NULL. */
const char *hr_options_wrong_log_word(const haredis_options *options);

#endif
