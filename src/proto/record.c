/*
 * Our keys and their values. Parsing is strict: what this file would not have written is garbage.
 */
#include "proto/record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

#define HR_SEAL_N_MAX 65535

/* Printable ASCII; blanks where a name may have them. */
static bool hr_record_printable(struct hr_slice slice, bool blanks) {
  assert(slice.at != NULL || slice.len == 0);
  for (size_t i = 0; i < slice.len; i++) {
    if (slice.at[i] < (blanks ? 0x20 : 0x21) || slice.at[i] > 0x7e) {
      return false;
    }
  }
  return true;
}

static bool hr_record_alnum(struct hr_slice slice, size_t max) {
  assert(max > 0);
  if (slice.len == 0 || slice.len > max) {
    return false;
  }
  for (size_t i = 0; i < slice.len; i++) {
    char c = slice.at[i];
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
      return false;
    }
  }
  return true;
}

/* A field of ours, which may not have been terminated by whoever filled it. */
static struct hr_slice hr_record_field(const char *text, size_t size) {
  assert(text != NULL && size > 0);
  struct hr_slice all = {text, size};
  all.len = hr_slice_find(all, '\0');
  return all;
}

bool hr_key_is_ours(const char *key, size_t len) {
  assert(key != NULL || len == 0);
  static const char node[] = "haredis:node", lock[] = "haredis:lock:";
  size_t begin = sizeof(lock) - 1;
  if (len == sizeof(node) - 1 && memcmp(key, node, len) == 0) {
    return true;
  }
  if (len != begin + HR_RUN_ID_MAX - 1 || memcmp(key, lock, begin) != 0) {
    return false;
  }
  for (size_t i = begin; i < len; i++) {
    if (!((key[i] >= '0' && key[i] <= '9') || (key[i] >= 'a' && key[i] <= 'f'))) {
      return false;
    }
  }
  return true;
}

bool hr_client_valid(const char *client) {
  assert(client != NULL);
  struct hr_slice slice = hr_record_field(client, HR_UUID_MAX);
  return slice.len > 0 && slice.len < HR_UUID_MAX && hr_record_printable(slice, false);
}

bool hr_node_name_valid(const char *name) {
  assert(name != NULL);
  struct hr_slice slice = hr_record_field(name, HR_NAME_MAX);
  return slice.len > 0 && slice.len < HR_NAME_MAX && hr_record_printable(slice, true);
}

bool hr_run_id_valid(const char *run_id) {
  assert(run_id != NULL);
  return hr_record_alnum(hr_record_field(run_id, HR_RUN_ID_MAX), HR_RUN_ID_MAX - 1);
}

bool hr_prefix_valid(const char *prefix) {
  assert(prefix != NULL);
  struct hr_slice slice = hr_record_field(prefix, HR_PREFIX_MAX);
  return slice.len > 0 && slice.len < HR_PREFIX_MAX && hr_record_printable(slice, false);
}

static void hr_key_of_node(const char *kind, const char *run_id, char out[HR_KEY_MAX]) {
  assert(hr_run_id_valid(run_id));
  int len = snprintf(out, HR_KEY_MAX, "%s:%s", kind, run_id);
  assert(len > 0 && len < HR_KEY_MAX);
  (void)len;
}

void hr_key_lock(const char *run_id, char out[HR_KEY_MAX]) {
  assert(out != NULL);
  hr_key_of_node(HR_KEY_LOCK, run_id, out);
}

void hr_key_promise(const char *run_id, char out[HR_KEY_MAX]) {
  assert(out != NULL);
  hr_key_of_node("promise", run_id, out);
}

void hr_key_file(const char *run_id, char out[HR_KEY_MAX]) {
  assert(out != NULL);
  hr_key_of_node("file", run_id, out);
}

void hr_key_group(const char *prefix, char out[HR_KEY_MAX]) {
  assert(hr_prefix_valid(prefix) && out != NULL);
  int len = snprintf(out, HR_KEY_MAX, "%s:group", prefix);
  assert(len > 0 && len < HR_KEY_MAX);
  (void)len;
}

void hr_key_none(const char *prefix, char out[HR_KEY_MAX]) {
  assert(hr_prefix_valid(prefix) && out != NULL);
  int len = snprintf(out, HR_KEY_MAX, "%s:none", prefix);
  assert(len > 0 && len < HR_KEY_MAX);
  (void)len;
}

bool hr_epoch_format(const struct hr_epoch *epoch, char out[HR_EPOCH_TEXT_MAX]) {
  assert(epoch != NULL && out != NULL);
  struct hr_slice nonce = hr_record_field(epoch->nonce, HR_NONCE_MAX);
  out[0] = '\0';
  if (epoch->n == 0 || epoch->n > HR_EPOCH_N_MAX || !hr_record_alnum(nonce, HR_NONCE_MAX - 1)) {
    return false;
  }
  int len = snprintf(out, HR_EPOCH_TEXT_MAX, "%llu:%s", (unsigned long long)epoch->n, epoch->nonce);
  return len > 0 && len < HR_EPOCH_TEXT_MAX;
}

/* One epoch has one text: no leading zeros, so that texts can be compared as well. */
static bool hr_epoch_from(struct hr_slice number, struct hr_slice nonce, struct hr_epoch *out) {
  assert(out != NULL);
  struct hr_epoch epoch = {0, ""};
  if (number.len == 0 || number.at[0] == '0') {
    return false;
  }
  if (!hr_slice_uint(number, HR_EPOCH_N_MAX, &epoch.n)) {
    return false;
  }
  if (!hr_record_alnum(nonce, HR_NONCE_MAX - 1)) {
    return false;
  }
  hr_slice_copy(nonce, epoch.nonce, sizeof epoch.nonce);
  *out = epoch;
  return true;
}

bool hr_epoch_parse(const char *text, size_t len, struct hr_epoch *out) {
  assert((text != NULL || len == 0) && out != NULL);
  struct hr_slice rest = {text, len};
  struct hr_slice number = hr_slice_cut(&rest, ':');
  return hr_epoch_from(number, rest, out);
}

bool hr_lock_format(const struct hr_lock *lock, char out[HR_LOCK_TEXT_MAX]) {
  assert(lock != NULL && out != NULL);
  char epoch[HR_EPOCH_TEXT_MAX];
  out[0] = '\0';
  if (!hr_epoch_format(&lock->epoch, epoch) || !hr_client_valid(lock->client)) {
    return false;
  }
  int len = snprintf(out, HR_LOCK_TEXT_MAX, "%s:%s", epoch, lock->client);
  return len > 0 && len < HR_LOCK_TEXT_MAX;
}

bool hr_lock_parse(const char *text, size_t len, struct hr_lock *out) {
  assert((text != NULL || len == 0) && out != NULL);
  struct hr_lock lock;
  struct hr_slice rest = {text, len};
  struct hr_slice number = hr_slice_cut(&rest, ':');
  struct hr_slice nonce = hr_slice_cut(&rest, ':');
  if (!hr_epoch_from(number, nonce, &lock.epoch)) {
    return false;
  }
  if (!hr_slice_copy(rest, lock.client, sizeof lock.client) || !hr_client_valid(lock.client)) {
    return false;
  }
  *out = lock;
  return true;
}

bool hr_lineage_format(const struct hr_lineage *lineage, char out[HR_LINEAGE_TEXT_MAX]) {
  assert(lineage != NULL && out != NULL);
  char epoch[HR_EPOCH_TEXT_MAX];
  out[0] = '\0';
  if (!hr_epoch_format(&lineage->epoch, epoch) || !hr_node_name_valid(lineage->node) ||
      !hr_run_id_valid(lineage->run_id)) {
    return false;
  }
  int len = snprintf(out, HR_LINEAGE_TEXT_MAX, "%s:%s:%s", epoch, lineage->node, lineage->run_id);
  return len > 0 && len < HR_LINEAGE_TEXT_MAX;
}

bool hr_lineage_parse(const char *text, size_t len, struct hr_lineage *out) {
  assert((text != NULL || len == 0) && out != NULL);
  struct hr_lineage lineage;
  struct hr_slice rest = {text, len};
  struct hr_slice number = hr_slice_cut(&rest, ':');
  struct hr_slice nonce = hr_slice_cut(&rest, ':');
  size_t last = hr_slice_find_last(rest, ':');
  if (!hr_epoch_from(number, nonce, &lineage.epoch) || last == rest.len) {
    return false;
  }
  struct hr_slice node = {rest.at, last};
  if (!hr_slice_copy(node, lineage.node, sizeof lineage.node) ||
      !hr_node_name_valid(lineage.node)) {
    return false;
  }
  struct hr_slice run_id = hr_slice_from(rest, last + 1);
  if (!hr_slice_copy(run_id, lineage.run_id, sizeof lineage.run_id) ||
      !hr_run_id_valid(lineage.run_id)) {
    return false;
  }
  *out = lineage;
  return true;
}

void hr_forks_format(const struct hr_fork forks[HR_FORKS_MAX], char out[HR_FORKS_TEXT_MAX]) {
  assert(forks != NULL && out != NULL);
  char epoch[HR_EPOCH_TEXT_MAX];
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < HR_FORKS_MAX && hr_epoch_format(&forks[i].epoch, epoch); i++) {
    used += (size_t)snprintf(out + used, HR_FORKS_TEXT_MAX - used, "%s%s=%llu", i > 0 ? "," : "",
                             epoch, (unsigned long long)forks[i].opcounter);
    assert(used < HR_FORKS_TEXT_MAX);
  }
}

bool hr_forks_parse(const char *text, size_t len, struct hr_fork out[HR_FORKS_MAX]) {
  assert((text != NULL || len == 0) && out != NULL);
  struct hr_slice rest = {text, len};
  memset(out, 0, HR_FORKS_MAX * sizeof *out);
  for (int i = 0; rest.len > 0; i++) {
    struct hr_slice count = hr_slice_cut(&rest, ',');
    struct hr_slice epoch = hr_slice_cut(&count, '=');
    bool fits = i < HR_FORKS_MAX && hr_epoch_parse(epoch.at, epoch.len, &out[i].epoch) &&
                hr_opcounter_parse(count.at, count.len, &out[i].opcounter);
    if (!fits) {
      memset(out, 0, HR_FORKS_MAX * sizeof *out);
      return false;
    }
  }
  return true;
}

bool hr_opcounter_parse(const char *text, size_t len, uint64_t *out) {
  assert((text != NULL || len == 0) && out != NULL);
  /* HINCRBY counts in signed 64 bits: a server cannot hold more. */
  return hr_slice_uint((struct hr_slice){text, len}, INT64_MAX, out);
}

void hr_seal_format(uint64_t n, const char *client, char out[HR_SEAL_TEXT_MAX]) {
  assert(client != NULL && out != NULL);
  unsigned bits = n > HR_SEAL_N_MAX ? HR_SEAL_N_MAX : (unsigned)n;
  unsigned owner = 1 + (unsigned)(hr_hash(client, strlen(client)) % 254);
  int len = snprintf(out, HR_SEAL_TEXT_MAX, "127.%u.%u.%u", bits >> 8, bits & 0xff, owner);
  assert(len > 0 && len < HR_SEAL_TEXT_MAX);
  (void)len;
}

bool hr_seal_parse(const char *host, int64_t port, uint64_t *n) {
  assert(host != NULL && n != NULL);
  uint64_t part[4];
  struct hr_slice rest = hr_slice_of(host);
  for (size_t i = 0; i < 4; i++) {
    if (!hr_slice_uint(hr_slice_cut(&rest, '.'), 255, &part[i])) {
      return false;
    }
  }
  if (rest.at != NULL || part[0] != 127 || port != 0) {
    return false;
  }
  *n = part[1] << 8 | part[2];
  return true;
}
