/*
 * Options that cannot work are refused before anything is dialled, with a sentence that names the
 * option and the cause. Never prints a password.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "io/tls.h"
#include "proto/record.h"

int hr_options_take(haredis_options *out, const haredis_options *in, char *why, size_t why_size) {
  hr_options_defaults(out);
  if (in == NULL) {
    snprintf(why, why_size, "there are no options");
    return HAREDIS_ERR_OPTION;
  }
  if (in->struct_size < offsetof(haredis_options, prefix)) {
    snprintf(why, why_size, "the options were not filled by haredis_options_init()");
    return HAREDIS_ERR_OPTION;
  }
  memcpy(out, in, in->struct_size < sizeof(*out) ? in->struct_size : sizeof(*out));
  out->struct_size = sizeof(*out);
  return HAREDIS_OK;
}

static int64_t hr_words_count(const struct hr_option *option) {
  int64_t count = 0;
  while (option->words[count] != NULL) {
    count++;
  }
  return count;
}

/* Fields may have been set without haredis_options_set(): the same bounds for them. */
static int hr_check_bounds(const haredis_options *options, char *why, size_t why_size) {
  const struct hr_option *option;
  for (size_t i = 0; (option = hr_option_at(i)) != NULL; i++) {
    const char *field = (const char *)options + option->offset;
    int64_t value = 0, low = option->low, high = option->high;
    if (option->kind == HR_OPTION_TEXT) {
      continue;
    }
    if (option->kind == HR_OPTION_SIZE) {
      size_t size = *(const size_t *)(const void *)field;
      value = size > INT64_MAX ? INT64_MAX : (int64_t)size;
    } else {
      value = *(const int *)(const void *)field;
    }
    if (option->kind == HR_OPTION_WORD) {
      high = low + hr_words_count(option) - 1;
    }
    if (value >= low && value <= high) {
      continue;
    }
    snprintf(why, why_size, "option %s: %lld is out of range (%lld to %lld)", option->info.name,
             (long long)value, (long long)low, (long long)high);
    return HAREDIS_ERR_OPTION;
  }
  return HAREDIS_OK;
}

static int hr_check_pairs(const haredis_options *o, char *why, size_t why_size) {
  why[0] = '\0';
  if (o->nodes == NULL || o->nodes[0] == '\0') {
    snprintf(why, why_size, "option nodes: is missing");
  } else if (o->prefix == NULL || !hr_prefix_valid(o->prefix)) {
    snprintf(why, why_size, "option prefix: must be 1 to %d printable characters without blanks",
             HR_PREFIX_MAX - 1);
  } else if (o->fence_ms >= o->down_after_ms) {
    snprintf(why, why_size, "option fence_ms: %d must be below down_after_ms (%d)", o->fence_ms,
             o->down_after_ms);
  } else if (o->retry_backoff_ms > o->retry_backoff_max_ms) {
    snprintf(why, why_size, "option retry_backoff_ms: %d is above retry_backoff_max_ms (%d)",
             o->retry_backoff_ms, o->retry_backoff_max_ms);
  } else if (o->username != NULL && o->username[0] != '\0' && o->password == NULL) {
    snprintf(why, why_size, "option username: needs a password");
  } else if (o->replication_username != NULL && o->replication_username[0] != '\0' &&
             o->replication_password == NULL && o->password == NULL) {
    snprintf(why, why_size, "option replication_username: needs a replication_password");
  }
  return why[0] == '\0' ? HAREDIS_OK : HAREDIS_ERR_OPTION;
}

static bool hr_given(const char *text) {
  return text != NULL && text[0] != '\0';
}

static int hr_check_tls_pairs(const haredis_options *o, char *why, size_t why_size) {
  if (hr_given(o->tls_cert_file) == hr_given(o->tls_key_file)) {
    return HAREDIS_OK;
  }
  bool key = hr_given(o->tls_key_file);
  snprintf(why, why_size, "option %s: needs %s", key ? "tls_key_file" : "tls_cert_file",
           key ? "tls_cert_file" : "tls_key_file");
  return HAREDIS_ERR_OPTION;
}

int hr_options_check(const haredis_options *options, char *why, size_t why_size) {
  int code = hr_check_bounds(options, why, why_size);
  code = code != HAREDIS_OK ? code : hr_check_pairs(options, why, why_size);
  return code != HAREDIS_OK ? code : hr_check_tls_pairs(options, why, why_size);
}

bool hr_options_want_tls(const haredis_options *options, const struct hr_addresses *addresses) {
  return options->tls != 0 || addresses->tls_uris > 0;
}

/* What protects nothing is refused: who gives a certificate believes that there is TLS. */
static int hr_check_no_tls(const haredis_options *o, char *why, size_t why_size) {
  const char *const texts[][2] = {
      {"tls_ca_file", o->tls_ca_file},
      {"tls_cert_file", o->tls_cert_file},
      {"tls_server_name", o->tls_server_name},
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    if (hr_given(texts[i][1])) {
      snprintf(why, why_size, "option %s: without TLS it has no meaning: set tls, or write "
               "rediss:// in option nodes", texts[i][0]);
      return HAREDIS_ERR_OPTION;
    }
  }
  return HAREDIS_OK;
}

static int hr_check_tls(const haredis_options *o, const struct hr_addresses *addresses, char *why,
                        size_t why_size) {
  if (!hr_options_want_tls(o, addresses)) {
    return hr_check_no_tls(o, why, why_size);
  }
  if (addresses->plain_uris > 0) {
    snprintf(why, why_size, "option tls: contradicts redis:// in option nodes: write rediss:// or "
             "host:port there");
    return HAREDIS_ERR_OPTION;
  }
  size_t remote = 0;
  for (size_t i = 0; i < addresses->count; i++) {
    remote += addresses->list[i].unix_path == NULL;
  }
  if (remote == 0) {
    snprintf(why, why_size, "option tls: has no meaning: all nodes are unix sockets, which stay "
             "plain");
    return HAREDIS_ERR_OPTION;
  }
  if (hr_given(o->tls_server_name) && strlen(o->tls_server_name) > HR_TLS_NAME_MAX) {
    snprintf(why, why_size, "option tls_server_name: is longer than a host name can be (%d)",
             HR_TLS_NAME_MAX);
    return HAREDIS_ERR_OPTION;
  }
  return HAREDIS_OK;
}

int hr_options_check_nodes(const haredis_options *options, const struct hr_addresses *addresses,
                           char *why, size_t why_size) {
  if (options->quorum > (int)addresses->count) {
    snprintf(why, why_size, "option quorum: %d is more than there are nodes (%zu)", options->quorum,
             addresses->count);
    return HAREDIS_ERR_OPTION;
  }
  if (addresses->db >= 0 && options->db != 0 && addresses->db != options->db) {
    snprintf(why, why_size, "option db: %d contradicts the /%d in option nodes", options->db,
             addresses->db);
    return HAREDIS_ERR_OPTION;
  }
  return hr_check_tls(options, addresses, why, why_size);
}

int hr_options_log_level(const haredis_options *options) {
  if (options->log_level != HAREDIS_LOG_DEFAULT) {
    return options->log_level;
  }
  const char *word = getenv("HAREDIS_LOG");
  haredis_options scratch;
  hr_options_defaults(&scratch);
  if (word != NULL) {
    (void)haredis_options_set(&scratch, "log_level", word, NULL, 0);
  }
  return scratch.log_level == HAREDIS_LOG_DEFAULT ? HAREDIS_LOG_WARNING : scratch.log_level;
}

const char *hr_options_wrong_log_word(const haredis_options *options) {
  const char *word = getenv("HAREDIS_LOG");
  haredis_options scratch;
  hr_options_defaults(&scratch);
  bool asked = options->log_level == HAREDIS_LOG_DEFAULT && word != NULL;
  return asked && haredis_options_set(&scratch, "log_level", word, NULL, 0) != HAREDIS_OK ? word
                                                                                         : NULL;
}
