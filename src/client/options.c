/*
 * The table of options: one line per option gives its default, its text form, its bounds and the
 * sentence that says how to choose it. haredis_options_set(), the checks and the help come from it.
 */
#include "client/options.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define HR_DAY_MS 86400000

static const char *const hr_words_bool[] = {"no", "yes", NULL};
static const char *const hr_words_durability[] = {"async", "quorum", NULL};
static const char *const hr_words_isolation[] = {"queue", "fail", NULL};
static const char *const hr_words_retry[] = {"reads", "never", "always", NULL};
static const char *const hr_words_policy[] = {"refuse", "drop_oldest", NULL};
static const char *const hr_words_from[] = {"master", "replica", "prefer_replica", "nearest",
                                            NULL};
static const char *const hr_words_divergence[] = {"report", "refuse", NULL};
static const char *const hr_words_level[] = {"default", "none",  "error", "warning",
                                             "info",    "debug", NULL};

#define HR_TEXT_OPTION(field, text, meaning) \
  {{#field, text, meaning}, HR_OPTION_TEXT, offsetof(haredis_options, field), 0, 0, NULL}
#define HR_INT_OPTION(field, text, low, high, meaning) \
  {{#field, text, meaning}, HR_OPTION_INT, offsetof(haredis_options, field), low, high, NULL}
#define HR_SIZE_OPTION(field, text, low, meaning) \
  {{#field, text, meaning}, HR_OPTION_SIZE, offsetof(haredis_options, field), low, INT64_MAX, NULL}
#define HR_WORD_OPTION(field, text, words, meaning) \
  {{#field, text, meaning}, HR_OPTION_WORD, offsetof(haredis_options, field), 0, 0, words}
/* Those that a haredis_call can overrule begin at 1: there 0 means "as the client". */
#define HR_CALL_OPTION(field, text, words, meaning) \
  {{#field, text, meaning}, HR_OPTION_WORD, offsetof(haredis_options, field), 1, 0, words}

static const struct hr_option hr_option_table[] = {
  HR_TEXT_OPTION(nodes, "",
    "every node of the group, \"host:port,host:port\" or URIs; at least three: one may die"),
  HR_TEXT_OPTION(prefix, "haredis",
    "first word of our keys and channels; change it only if your own keys start with it"),
  HR_TEXT_OPTION(username, "",
    "the servers' ACL user, for every link; empty: the default user"),
  HR_TEXT_OPTION(password, "",
    "requirepass or the user's password, for every link; empty: none"),
  HR_TEXT_OPTION(replication_username, "",
    "masteruser of the replicas, if they shall not replicate as `username`"),
  HR_TEXT_OPTION(replication_password, "",
    "masterauth of the replicas, if it is not `password`"),
  HR_INT_OPTION(db, "0", 0, 1000000,
    "the database of your commands, as in SELECT; our own keys are always in 0"),
  HR_INT_OPTION(down_after_ms, "1000", 10, HR_DAY_MS,
    "silence after which a node is down: longer than your slowest command and your worst network "
    "hiccup, as short as the pause that you can bear"),
  HR_INT_OPTION(fence_ms, "0", 0, HR_DAY_MS,
    "cut off from the majority for this long, a client stops writing; bounds what a partition can "
    "lose and must be below down_after_ms; 0: 3/10 of it"),
  HR_INT_OPTION(connect_timeout_ms, "1000", 1, HR_DAY_MS,
    "for name, connection and handshake together: several round trips of your network"),
  HR_INT_OPTION(command_timeout_ms, "5000", 0, HR_DAY_MS,
    "from the call to the reply: how long your caller is willing to wait; 0: for ever"),
  HR_INT_OPTION(drain_timeout_ms, "5000", 0, HR_DAY_MS,
    "how long haredis_disconnect() may wait for replies; what is left then fails"),
  HR_INT_OPTION(quorum, "0", 0, HR_NODES_MAX,
    "nodes needed to elect a master; 0: a majority, anything less risks two masters"),
  HR_WORD_OPTION(auto_failover, "yes", hr_words_bool,
    "no: follow what others promote, never promote; for clients that must not change servers"),
  HR_CALL_OPTION(durability, "async", hr_words_durability,
    "quorum: a write is answered only when a majority of the nodes hold it, for data that must not "
    "be lost; costs a round trip between the servers"),
  HR_WORD_OPTION(isolation, "queue", hr_words_isolation,
    "what writes do when a majority cannot be heard: queue until their deadline, or fail at once"),
  HR_CALL_OPTION(retry, "reads", hr_words_retry,
    "what is sent again when the answer was lost: always only if running twice does no harm"),
  HR_INT_OPTION(retry_attempts, "16", 1, 1000000,
    "how often one command is sent at most; its deadline usually comes first"),
  HR_INT_OPTION(retry_backoff_ms, "2", 1, HR_DAY_MS,
    "first pause before a command that a server refused is sent again; doubles, with jitter"),
  HR_INT_OPTION(retry_backoff_max_ms, "512", 1, HR_DAY_MS,
    "the longest such pause"),
  HR_INT_OPTION(queue_max, "10000", 1, 100000000,
    "commands that may wait while there is no master: your rate times a failover, and some"),
  HR_SIZE_OPTION(queue_max_bytes, "67108864", 1,
    "their bytes together: the memory that you can spare"),
  HR_WORD_OPTION(queue_policy, "refuse", hr_words_policy,
    "a full queue refuses the newest, or drops its oldest when only the latest values matter"),
  HR_WORD_OPTION(on_divergence, "report", hr_words_divergence,
    "a returning master holds writes that nobody else has: report and drop them, or refuse to "
    "touch it until a person has looked"),
  HR_INT_OPTION(pool_max, "128", 1, 65536,
    "links for transactions, blocking commands and streams together: as many as you have of them "
    "at once; who comes later waits"),
  HR_WORD_OPTION(log_level, "default", hr_words_level,
    "none, error, warning, info or debug; default: HAREDIS_LOG in the environment, else "
    "warning. Without on_log and without HAREDIS_LOG nothing is printed"),
  HR_WORD_OPTION(tls, "no", hr_words_bool,
    "yes: every link is encrypted and the servers prove who they are; rediss:// says the same"),
  HR_TEXT_OPTION(tls_ca_file, "",
    "PEM file of the authorities that sign your servers' certificates; empty: the system's"),
  HR_TEXT_OPTION(tls_cert_file, "",
    "PEM file of our own certificate, for servers that ask for one (tls-auth-clients)"),
  HR_TEXT_OPTION(tls_key_file, "",
    "PEM file of its private key, without a passphrase"),
  HR_TEXT_OPTION(tls_server_name, "",
    "the one name that all certificates bear, when it is not the host that you dial"),
  HR_WORD_OPTION(tls_verify, "yes", hr_words_bool,
    "no: believe whoever answers; for tests alone, anybody in between can read and write"),
  HR_CALL_OPTION(read_from, "master", hr_words_from,
    "where commands that only read go: replica, prefer_replica and nearest spare the master and "
    "may read what is a moment old"),
  HR_SIZE_OPTION(max_lag_bytes, "0", 0,
    "a replica further behind the master is not read, as far as a look at every heartbeat can "
    "tell; 0: any may be read that follows the master"),
  HR_WORD_OPTION(read_own_writes, "no", hr_words_bool,
    "yes: a replica that lacks an acknowledged write of this client is not read; costs a second "
    "small command a read"),
};
#define HR_OPTION_COUNT (sizeof(hr_option_table) / sizeof(hr_option_table[0]))

const struct hr_option *hr_option_at(size_t index) {
  return index < HR_OPTION_COUNT ? &hr_option_table[index] : NULL;
}

const struct haredis_option_info *haredis_option_info(size_t index) {
  return index < HR_OPTION_COUNT ? &hr_option_table[index].info : NULL;
}

/* Its index, or -1. */
static int64_t hr_option_word(const struct hr_option *option, const char *value) {
  for (int64_t i = 0; option->words[i] != NULL; i++) {
    if (strcmp(option->words[i], value) == 0) {
      return i;
    }
  }
  static const char *const synonyms[][2] = {{"0", "1"}, {"off", "on"}, {"false", "true"}};
  if (option->words != hr_words_bool) {
    return -1;
  }
  for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
    for (int64_t j = 0; j < 2; j++) {
      if (strcmp(synonyms[i][j], value) == 0) {
        return j;
      }
    }
  }
  return -1;
}

static void hr_option_words_list(const struct hr_option *option, char *out, size_t size) {
  size_t used = 0;
  for (size_t i = 0; option->words[i] != NULL && used < size; i++) {
    const char *joint = i == 0 ? "" : option->words[i + 1] == NULL ? " or " : ", ";
    int n = snprintf(out + used, size - used, "%s%s", joint, option->words[i]);
    used += (size_t)n;
  }
}

static int hr_option_set_word(const struct hr_option *option, void *field, const char *value,
                              char *why, size_t why_size) {
  int64_t index = hr_option_word(option, value);
  if (index < 0) {
    char list[80];
    hr_option_words_list(option, list, sizeof(list));
    snprintf(why, why_size, "option %s: '%.64s' is not one of %s", option->info.name, value, list);
    return HAREDIS_ERR_OPTION;
  }
  *(int *)field = (int)(index + option->low);
  return HAREDIS_OK;
}

static int hr_option_set_number(const struct hr_option *option, void *field, const char *value,
                                char *why, size_t why_size) {
  struct hr_slice digits = hr_slice_of(value);
  int64_t number;
  if (!hr_slice_int(digits, &number)) {
    bool numeric = digits.len > 18 && strspn(value, "-0123456789") == digits.len;
    snprintf(why, why_size, "option %s: '%.64s' %s", option->info.name, value,
             numeric ? "is out of range" : "is not a number");
    return HAREDIS_ERR_OPTION;
  }
  if (number < option->low || number > option->high) {
    snprintf(why, why_size, "option %s: %lld is out of range (%lld to %lld)", option->info.name,
             (long long)number, (long long)option->low, (long long)option->high);
    return HAREDIS_ERR_OPTION;
  }
  if (option->kind == HR_OPTION_SIZE) {
    *(size_t *)field = (size_t)number;
  } else {
    *(int *)field = (int)number;
  }
  return HAREDIS_OK;
}

static int hr_option_assign(const struct hr_option *option, haredis_options *options,
                            const char *value, char *why, size_t why_size) {
  void *field = (char *)options + option->offset;
  switch (option->kind) {
    case HR_OPTION_TEXT:
      *(const char **)field = value;
      return HAREDIS_OK;
    case HR_OPTION_WORD:
      return hr_option_set_word(option, field, value, why, why_size);
    case HR_OPTION_INT:
    case HR_OPTION_SIZE:
      break;
  }
  return hr_option_set_number(option, field, value, why, why_size);
}

static size_t hr_option_size(const struct hr_option *option) {
  switch (option->kind) {
    case HR_OPTION_TEXT:
      return sizeof(char *);
    case HR_OPTION_SIZE:
      return sizeof(size_t);
    case HR_OPTION_INT:
    case HR_OPTION_WORD:
      break;
  }
  return sizeof(int);
}

void hr_options_defaults(haredis_options *options) {
  memset(options, 0, sizeof(*options));
  options->struct_size = sizeof(*options);
  for (size_t i = 0; i < HR_OPTION_COUNT; i++) {
    const struct hr_option *option = &hr_option_table[i];
    if (option->kind == HR_OPTION_TEXT && option->info.default_text[0] == '\0') {
      continue; /* NULL: not given */
    }
    char why[8];
    int code = hr_option_assign(option, options, option->info.default_text, why, sizeof(why));
    assert(code == HAREDIS_OK);
    (void)code;
  }
}

void haredis_options_init_size(haredis_options *options, size_t struct_size) {
  if (options == NULL) {
    return;
  }
  haredis_options full;
  hr_options_defaults(&full);
  size_t known = struct_size < sizeof(full) ? struct_size : sizeof(full);
  memset(options, 0, struct_size);
  memcpy(options, &full, known);
  if (struct_size >= sizeof(options->struct_size)) {
    options->struct_size = struct_size;
  }
}

int haredis_options_set(haredis_options *options, const char *name, const char *value, char *why,
                        size_t why_size) {
  char unused[1];
  if (why == NULL || why_size == 0) {
    why = unused;
    why_size = sizeof(unused);
  }
  why[0] = '\0';
  if (options == NULL || name == NULL || value == NULL) {
    snprintf(why, why_size, "an option needs a name and a value");
    return HAREDIS_ERR_OPTION;
  }
  for (size_t i = 0; i < HR_OPTION_COUNT; i++) {
    const struct hr_option *option = &hr_option_table[i];
    if (strcmp(option->info.name, name) != 0) {
      continue;
    }
    if (option->offset + hr_option_size(option) > options->struct_size) {
      break; /* the caller was compiled before it existed */
    }
    return hr_option_assign(option, options, value, why, why_size);
  }
  snprintf(why, why_size, "unknown option '%.64s'", name);
  return HAREDIS_ERR_OPTION;
}
