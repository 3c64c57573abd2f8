/*
 * Parsing the option `nodes`. One parser value carries the place and the reason of a failure, so
 * that every error names the element; credentials never get into an error text.
 */
#include "base/address.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define HR_HOST_MAX 256
#define HR_UNIX_PATH_MAX 107 /* what a socket address holds */
#define HR_DB_MAX 999999
#define HR_SHOWN_MAX 64 /* of an element, in an error */

struct hr_address_parser {
  struct hr_addresses *out;
  struct hr_slice element; /* being parsed, for the error text */
  bool no_memory;
  char *why;
  size_t why_size;
};

struct hr_endpoint {
  struct hr_slice host;
  int port; /* 0: none was written */
};

static bool hr_slice_within(struct hr_slice slice, const char *allowed) {
  assert(allowed != NULL);
  for (size_t i = 0; i < slice.len; i++) {
    char c = slice.at[i];
    bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alnum && (c == '\0' || strchr(allowed, c) == NULL)) {
      return false;
    }
  }
  return true;
}

/* The element as it may be shown: no credentials, nothing unprintable, not too long. */
static void hr_address_show(struct hr_slice element, char out[HR_SHOWN_MAX + 8]) {
  assert(out != NULL);
  size_t len = 0;
  size_t slash = hr_slice_find(element, '/');
  size_t at = hr_slice_find_last(element, '@');
  bool secret = slash < at && at < element.len && hr_slice_find(element, ':') < slash &&
                hr_slice_starts(hr_slice_from(element, slash), "//");
  for (size_t i = 0; i < element.len && len < HR_SHOWN_MAX; i++) {
    if (secret && i == slash + 2) {
      memcpy(out + len, "***", 3);
      len += 3;
      i = at;
    }
    out[len++] = element.at[i] >= 0x20 && element.at[i] < 0x7f ? element.at[i] : '?';
  }
  memcpy(out + len, len < HR_SHOWN_MAX ? "" : "...", len < HR_SHOWN_MAX ? 1 : 4);
}

static bool hr_address_fail(struct hr_address_parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Always false. */
static bool hr_address_fail(struct hr_address_parser *parser, const char *format, ...) {
  assert(parser != NULL && format != NULL);
  char shown[HR_SHOWN_MAX + 8];
  char cause[160];
  va_list ap;
  va_start(ap, format);
  vsnprintf(cause, sizeof cause, format, ap);
  va_end(ap);
  hr_address_show(parser->element, shown);
  if (parser->why_size > 0) {
    snprintf(parser->why, parser->why_size, "option nodes: \"%s\": %s", shown, cause);
  }
  return false;
}

/* NULL: out of memory. */
static char *hr_address_copy(struct hr_address_parser *parser, struct hr_slice slice, bool lower) {
  assert(parser != NULL && slice.at != NULL);
  char *copy = hr_alloc(slice.len + 1);
  if (copy == NULL) {
    parser->no_memory = true;
    hr_address_fail(parser, "out of memory");
    return NULL;
  }
  memcpy(copy, slice.at, slice.len);
  copy[slice.len] = '\0';
  for (char *c = copy; lower && *c != '\0'; c++) {
    *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
  }
  return copy;
}

static bool hr_address_port(struct hr_address_parser *parser, struct hr_slice text, int *port) {
  assert(parser != NULL && port != NULL);
  uint64_t number;
  if (text.len == 0) {
    return hr_address_fail(parser, "the port is missing after ':'");
  }
  if (!hr_slice_uint(text, UINT64_MAX, &number)) {
    return hr_address_fail(parser, "the port is not a number");
  }
  if (number < 1 || number > 65535) {
    return hr_address_fail(parser, "the port must be from 1 to 65535");
  }
  *port = (int)number;
  return true;
}

/* "[::1]:6380" and "[::1]", the bracket is already seen. */
static bool hr_endpoint_bracketed(struct hr_address_parser *parser, struct hr_slice text,
                                  struct hr_endpoint *out) {
  assert(text.len > 0 && text.at[0] == '[');
  size_t end = hr_slice_find(text, ']');
  if (end == text.len) {
    return hr_address_fail(parser, "the bracket '[' is not closed");
  }
  out->host = (struct hr_slice){text.at + 1, end - 1};
  /* Hexadecimal digits, dots for an embedded IPv4 address, a zone after '%'. */
  if (hr_slice_find(out->host, ':') == out->host.len || !hr_slice_within(out->host, ":.%_-")) {
    return hr_address_fail(parser, "what stands in brackets is not an IPv6 address");
  }
  struct hr_slice rest = hr_slice_from(text, end + 1);
  if (rest.len == 0) {
    return true;
  }
  if (rest.at[0] != ':') {
    return hr_address_fail(parser, "only ':' and a port may follow ']'");
  }
  return hr_address_port(parser, hr_slice_from(rest, 1), &out->port);
}

/* host, host:port, [v6], [v6]:port. */
static bool hr_endpoint_parse(struct hr_address_parser *parser, struct hr_slice text,
                              struct hr_endpoint *out) {
  assert(parser != NULL && out != NULL);
  *out = (struct hr_endpoint){{NULL, 0}, 0};
  if (text.len > 0 && text.at[0] == '[') {
    return hr_endpoint_bracketed(parser, text, out);
  }
  if (hr_slice_find(text, ':') != hr_slice_find_last(text, ':')) {
    return hr_address_fail(parser,
                           "more than one ':'; an IPv6 address is written in brackets, "
                           "as in [::1]:6379");
  }
  struct hr_slice port = text;
  out->host = hr_slice_cut(&port, ':');
  if (out->host.len == 0) {
    return hr_address_fail(parser, "the host is missing");
  }
  if (!hr_slice_within(out->host, ".-_")) {
    return hr_address_fail(parser, "the host holds a character that no host name has");
  }
  if (out->host.len >= HR_HOST_MAX) {
    return hr_address_fail(parser, "the host is longer than %d characters", HR_HOST_MAX - 1);
  }
  return port.at == NULL || hr_address_port(parser, port, &out->port);
}

/* What servers are told. Its port is never guessed: "unix:/run/a@b" is too likely a path. */
static bool hr_address_announce(struct hr_address_parser *parser, struct hr_slice text,
                                struct hr_address *address) {
  assert(address->announce_host == NULL);
  struct hr_endpoint endpoint;
  if (!hr_endpoint_parse(parser, text, &endpoint)) {
    return false;
  }
  if (endpoint.port == 0) {
    return hr_address_fail(parser, "what is announced after '@' needs a port");
  }
  address->announce_port = endpoint.port;
  address->announce_host = hr_address_copy(parser, endpoint.host, true);
  return address->announce_host != NULL;
}

static bool hr_address_dial(struct hr_address_parser *parser, struct hr_slice text,
                            struct hr_address *address) {
  assert(address->host == NULL);
  struct hr_endpoint endpoint;
  if (!hr_endpoint_parse(parser, text, &endpoint)) {
    return false;
  }
  address->port = endpoint.port != 0 ? endpoint.port : HR_PORT_DEFAULT;
  address->host = hr_address_copy(parser, endpoint.host, true);
  return address->host != NULL;
}

/* host:port, host:port@announce_host:announce_port */
static bool hr_address_plain(struct hr_address_parser *parser, struct hr_address *address) {
  assert(parser != NULL && address != NULL);
  struct hr_slice announced = parser->element;
  struct hr_slice dialled = hr_slice_cut(&announced, '@');
  if (!hr_address_dial(parser, dialled, address)) {
    return false;
  }
  return announced.at == NULL || hr_address_announce(parser, announced, address);
}

/* unix:/path, unix:///path, unix:/path@announce_host:announce_port */
static bool hr_address_unix(struct hr_address_parser *parser, struct hr_address *address) {
  assert(hr_slice_starts(parser->element, "unix:"));
  struct hr_slice path = hr_slice_from(parser->element, strlen("unix:"));
  struct hr_slice announced = {NULL, 0};
  size_t at = hr_slice_find_last(path, '@');
  if (at < path.len) {
    announced = hr_slice_from(path, at + 1);
    path.len = at;
  }
  while (hr_slice_starts(path, "//")) { /* one path has one name */
    path = hr_slice_from(path, 1);
  }
  if (!hr_slice_starts(path, "/") || path.len < 2) {
    return hr_address_fail(parser, "'unix:' must be followed by an absolute path");
  }
  if (path.len > HR_UNIX_PATH_MAX) {
    return hr_address_fail(parser, "the path is longer than %d bytes", HR_UNIX_PATH_MAX);
  }
  for (size_t i = 0; i < path.len; i++) {
    if (path.at[i] < 0x20 || path.at[i] > 0x7e) {
      return hr_address_fail(parser, "the path holds a character that is not printable ASCII");
    }
  }
  address->unix_path = hr_address_copy(parser, path, false);
  if (address->unix_path == NULL) {
    return false;
  }
  return announced.at == NULL || hr_address_announce(parser, announced, address);
}

static int hr_hex_digit(char c) {
  static_assert('f' - 'a' == 5, "letters in one row: ASCII");
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  char lower = (char)(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Percent-decode into out, which is at least as long as text. False: malformed, or a NUL. */
static bool hr_percent_decode(struct hr_slice text, char *out, size_t *len) {
  assert(out != NULL && len != NULL);
  *len = 0;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.at[i];
    if (c == '%') {
      bool whole = i + 2 < text.len;
      int high = whole ? hr_hex_digit(text.at[i + 1]) : -1;
      int low = whole ? hr_hex_digit(text.at[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return false;
      }
      c = (char)(high << 4 | low);
      i += 2;
    }
    if (c == '\0') {
      return false;
    }
    out[(*len)++] = c;
  }
  return true;
}

static char *hr_address_decoded(struct hr_address_parser *parser, struct hr_slice text) {
  assert(parser != NULL);
  char *copy = hr_address_copy(parser, text, false);
  size_t len;
  if (copy == NULL) {
    return NULL;
  }
  if (!hr_percent_decode(text, copy, &len)) {
    hr_address_fail(parser, "a '%%' in it is not followed by two hexadecimal digits");
    hr_free(copy);
    return NULL;
  }
  copy[len] = '\0';
  return copy;
}

/* "user:password" or ":password". */
static bool hr_address_credentials(struct hr_address_parser *parser, struct hr_slice userinfo,
                                   struct hr_address *address) {
  assert(address->username == NULL && address->password == NULL);
  struct hr_slice password = userinfo;
  struct hr_slice username = hr_slice_cut(&password, ':');
  if (password.at == NULL) {
    return hr_address_fail(parser,
                           "one word before '@' is ambiguous: write user:password@ or "
                           ":password@");
  }
  if (username.len > 0) {
    address->username = hr_address_decoded(parser, username);
    if (address->username == NULL) {
      return false;
    }
  }
  if (username.len == 0 && password.len == 0) {
    return true;
  }
  address->password = hr_address_decoded(parser, password);
  return address->password != NULL;
}

/* "/3": one client has one database, so every node that names one must name the same. */
static bool hr_address_database(struct hr_address_parser *parser, struct hr_slice path) {
  assert(path.len > 0);
  uint64_t db;
  if (hr_slice_find(path, '?') < path.len || hr_slice_find(path, '#') < path.len) {
    return hr_address_fail(parser, "nothing may follow the database: '?' and '#' have no meaning");
  }
  if (path.len == 1) {
    return true;
  }
  if (!hr_slice_uint(hr_slice_from(path, 1), HR_DB_MAX, &db)) {
    return hr_address_fail(parser, "the database after '/' must be a number up to %d", HR_DB_MAX);
  }
  if (parser->out->db >= 0 && parser->out->db != (int)db) {
    return hr_address_fail(parser,
                           "it names database %d, an earlier node database %d: all nodes "
                           "must name the same",
                           (int)db, parser->out->db);
  }
  parser->out->db = (int)db;
  return true;
}

/* redis://user:password@host:port/db, rediss:// likewise */
static bool hr_address_uri(struct hr_address_parser *parser, struct hr_address *address) {
  assert(parser != NULL && address != NULL);
  struct hr_slice authority =
      hr_slice_from(parser->element, hr_slice_find(parser->element, '/') + 2);
  struct hr_slice path = {NULL, 0};
  for (size_t i = 0; i < authority.len && path.at == NULL; i++) {
    if (strchr("/?#", authority.at[i]) != NULL) {
      path = hr_slice_from(authority, i);
      authority.len = i;
    }
  }
  size_t at = hr_slice_find_last(authority, '@');
  if (at < authority.len) {
    if (!hr_address_credentials(parser, (struct hr_slice){authority.at, at}, address)) {
      return false;
    }
    authority = hr_slice_from(authority, at + 1);
  }
  char decoded[HR_HOST_MAX + 8]; /* the zone of an IPv6 address is written %25eth0 */
  size_t len;
  if (authority.len > sizeof decoded || !hr_percent_decode(authority, decoded, &len)) {
    return hr_address_fail(parser, "the host is too long or holds a malformed '%%'");
  }
  if (!hr_address_dial(parser, (struct hr_slice){decoded, len}, address)) {
    return false;
  }
  return path.len == 0 || hr_address_database(parser, path);
}

static bool hr_address_scheme(struct hr_address_parser *parser, struct hr_address *address) {
  assert(parser->element.len > 0);
  struct hr_slice rest = parser->element;
  struct hr_slice scheme = hr_slice_cut(&rest, ':');
  bool port = rest.at == NULL || (rest.len > 0 && rest.at[0] >= '0' && rest.at[0] <= '9');
  if (hr_slice_is(scheme, "unix") && !port) {
    return hr_address_unix(parser, address);
  }
  if (!hr_slice_starts(rest, "//")) {
    return hr_address_plain(parser, address);
  }
  if (hr_slice_is_nocase(scheme, "redis")) {
    parser->out->plain_uris++;
    return hr_address_uri(parser, address);
  }
  if (hr_slice_is_nocase(scheme, "rediss")) {
    parser->out->tls_uris++;
    return hr_address_uri(parser, address);
  }
  return hr_address_fail(parser,
                         "unknown scheme: write redis://host:port, rediss://host:port, host:port "
                         "or unix:/path");
}

/* A group whose servers talk to each other in the clear is not half encrypted. */
static bool hr_address_one_transport(struct hr_address_parser *parser) {
  assert(parser != NULL);
  const struct hr_addresses *out = parser->out;
  bool mixed = out->tls_uris > 0 && out->tls_uris < out->count + 1;
  return !mixed || hr_address_fail(parser, "all nodes use TLS (rediss://) or none does");
}

/* Names and ways to dial must differ: a node listed twice would count twice in a majority. */
static bool hr_address_is_new(struct hr_address_parser *parser, const struct hr_address *address) {
  assert(parser != NULL && address != NULL);
  for (size_t i = 0; i < parser->out->count; i++) {
    const struct hr_address *other = &parser->out->list[i];
    bool same = strcmp(other->name, address->name) == 0;
    if (address->host != NULL && other->host != NULL) {
      same |= address->port == other->port && strcmp(address->host, other->host) == 0;
    }
    if (address->unix_path != NULL && other->unix_path != NULL) {
      same |= strcmp(address->unix_path, other->unix_path) == 0;
    }
    if (same) {
      return hr_address_fail(parser, "this node is in the list twice (see element %zu)", i + 1);
    }
  }
  return true;
}

/* The name, and whom servers are told when nothing was announced. */
static bool hr_address_finish(struct hr_address_parser *parser, struct hr_address *address) {
  assert(address->host != NULL || address->unix_path != NULL);
  bool fits;
  if (address->announce_host == NULL && address->host != NULL) {
    address->announce_port = address->port;
    address->announce_host = hr_address_copy(parser, hr_slice_of(address->host), false);
    if (address->announce_host == NULL) {
      return false;
    }
  }
  if (address->announce_host != NULL) {
    fits = hr_address_name(address->announce_host, address->announce_port, address->name);
  } else {
    int len = snprintf(address->name, sizeof address->name, "unix:%s", address->unix_path);
    fits = len > 0 && (size_t)len < sizeof address->name;
  }
  if (!fits) {
    return hr_address_fail(parser, "the name of a node has at most %d characters", HR_NAME_MAX - 1);
  }
  return hr_address_is_new(parser, address);
}

static void hr_address_clear(struct hr_address *address) {
  assert(address != NULL);
  hr_free(address->host);
  hr_free(address->unix_path);
  hr_free(address->announce_host);
  hr_free(address->username);
  hr_free(address->password);
  memset(address, 0, sizeof *address);
}

static bool hr_address_element(struct hr_address_parser *parser) {
  assert(parser != NULL);
  struct hr_address *address = &parser->out->list[parser->out->count];
  if (parser->element.len == 0) {
    return hr_address_fail(parser, "element %zu of the list is empty", parser->out->count + 1);
  }
  if (!hr_address_scheme(parser, address) || !hr_address_one_transport(parser) ||
      !hr_address_finish(parser, address)) {
    hr_address_clear(address);
    return false;
  }
  parser->out->count++;
  return true;
}

static bool hr_address_list(struct hr_address_parser *parser, struct hr_slice text) {
  assert(parser != NULL);
  size_t count = 1;
  for (size_t i = 0; i < text.len; i++) {
    count += text.at[i] == ',';
  }
  parser->element = text;
  if (hr_slice_trim(text).len == 0) {
    return hr_address_fail(parser, "the list is empty: name at least one node, as in host:6379");
  }
  if (count > HR_NODES_MAX) {
    return hr_address_fail(parser, "%zu nodes, at most %d are possible", count, HR_NODES_MAX);
  }
  parser->out->list = hr_calloc(count, sizeof *parser->out->list);
  if (parser->out->list == NULL) {
    parser->no_memory = true;
    return hr_address_fail(parser, "out of memory");
  }
  for (size_t i = 0; i < count; i++) {
    parser->element = hr_slice_trim(hr_slice_cut(&text, ','));
    if (!hr_address_element(parser)) {
      return false;
    }
  }
  return true;
}

enum hr_address_result hr_addresses_parse(const char *text, struct hr_addresses *out, char *why,
                                          size_t why_size) {
  assert(out != NULL && (why != NULL || why_size == 0));
  struct hr_address_parser parser = {.out = out, .why = why, .why_size = why_size};
  *out = (struct hr_addresses){.db = -1};
  if (why_size > 0) {
    why[0] = '\0';
  }
  if (hr_address_list(&parser, hr_slice_of(text != NULL ? text : ""))) {
    return HR_ADDRESS_OK;
  }
  hr_addresses_free(out);
  return parser.no_memory ? HR_ADDRESS_NO_MEMORY : HR_ADDRESS_MALFORMED;
}

void hr_addresses_free(struct hr_addresses *addresses) {
  assert(addresses != NULL);
  for (size_t i = 0; i < addresses->count; i++) {
    hr_address_clear(&addresses->list[i]);
  }
  hr_free(addresses->list);
  *addresses = (struct hr_addresses){.db = -1};
}
