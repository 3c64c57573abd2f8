/*
 * The options of TLS: which of them belong together, what is said when they cannot work, and what a
 * build without TLS says. No server is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ev.h>
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>

/* nodes, options as "name=value ..."; the code and the text that follow. */
static void refused(const char *nodes, const char *settings, int code, const char *text) {
  struct ev_loop *ev = ev_loop_new(0);
  char copy[512], *save = NULL;
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = nodes;
  snprintf(copy, sizeof(copy), "%s", settings);
  for (char *at = strtok_r(copy, " ", &save); at != NULL; at = strtok_r(NULL, " ", &save)) {
    char *value = strchr(at, '=');
    *value++ = '\0';
    assert_int_equal(haredis_options_set(&o, at, value, NULL, 0), HAREDIS_OK);
  }
  haredis_client *c = haredis_async_connect(ev, &o);
  assert_non_null(c);
  if (haredis_err(c) != code || strstr(haredis_errstr(c), text) == NULL) {
    fail_msg("%s %s -> %s: %s", nodes, settings, haredis_error_name(haredis_err(c)),
             haredis_errstr(c));
  }
  if (code != HAREDIS_OK) {
    assert_int_equal(haredis_async_command(c, NULL, NULL, "PING"), code);
  }
  haredis_free(c);
  ev_loop_destroy(ev);
}

static void what_belongs_together(void **state) {
  (void)state;
  refused("h:1", "tls=yes tls_cert_file=/a.pem", HAREDIS_ERR_OPTION,
          "option tls_cert_file: needs tls_key_file");
  refused("rediss://h:1", "tls_key_file=/a.pem", HAREDIS_ERR_OPTION,
          "option tls_key_file: needs tls_cert_file");
  refused("redis://h:1", "tls=yes", HAREDIS_ERR_OPTION,
          "option tls: contradicts redis:// in option nodes");
  refused("rediss://h:1,redis://i:1", "", HAREDIS_ERR_OPTION,
          "option nodes: \"redis://i:1\": all nodes use TLS (rediss://) or none does");
  refused("h:1,unix:/run/r.sock", "tls=yes", HAREDIS_ERR_OPTION,
          "option tls_server_name: is missing: a unix socket (/run/r.sock) has no host name");
}

static void what_protects_nothing(void **state) {
  (void)state;
  refused("h:1", "tls_ca_file=/ca.pem", HAREDIS_ERR_OPTION,
          "option tls_ca_file: without TLS it has no meaning");
  refused("redis://h:1", "tls_cert_file=/a tls_key_file=/b", HAREDIS_ERR_OPTION,
          "option tls_cert_file: without TLS it has no meaning");
  refused("h:1", "tls_server_name=db", HAREDIS_ERR_OPTION,
          "option tls_server_name: without TLS it has no meaning");
  refused("127.0.0.1:1", "tls=no tls_verify=no", HAREDIS_OK, "");
}

#ifndef HAREDIS_HAS_TLS
static void a_build_without_says_what_to_install(void **state) {
  char version[32], text[160];
  (void)state;
  snprintf(version, sizeof(version), "hiredis %d.%d.%d,", HIREDIS_MAJOR, HIREDIS_MINOR,
           HIREDIS_PATCH);
  snprintf(text, sizeof(text), "option tls: this libharedis was built with");
  refused("h:1", "tls=yes", HAREDIS_ERR_TLS, text);
  refused("rediss://h:1", "", HAREDIS_ERR_TLS, "libhiredis-dev and libssl-dev");
#if HIREDIS_MAJOR < 1
  refused("rediss://h:1", "tls_ca_file=/no/such/file", HAREDIS_ERR_TLS, version);
#endif
}
#else
static char folder[] = "/tmp/haredis-tls-XXXXXX";

/* "/folder/name", with that in it. */
static const char *file(const char *name, const char *text) {
  static char path[64];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(text, out);
  fclose(out);
  return path;
}

static void files_that_are_no_good_are_named(void **state) {
  char settings[256], text[256];
  (void)state;
  assert_non_null(mkdtemp(folder));
  refused("h:1", "tls=yes tls_ca_file=/no/such/ca.pem", HAREDIS_ERR_TLS,
          "option tls_ca_file: /no/such/ca.pem: No such file or directory");
  refused("h:1", "tls=yes tls_ca_file=/tmp", HAREDIS_ERR_TLS,
          "option tls_ca_file: /tmp: Is a directory");
  refused("h:1", "tls=yes tls_cert_file=/no/cert tls_key_file=/no/key", HAREDIS_ERR_TLS,
          "option tls_cert_file: /no/cert: No such file or directory");
  snprintf(settings, sizeof(settings), "tls=yes tls_ca_file=%s", file("empty", ""));
  refused("h:1", settings, HAREDIS_ERR_TLS, "/empty: is empty");
  const char *path = file("text", "this is no certificate\n");
  snprintf(settings, sizeof(settings), "tls=yes tls_ca_file=%s", path);
  snprintf(text, sizeof(text), "option tls_ca_file: %s: holds no certificate in PEM", path);
  refused("h:1", settings, HAREDIS_ERR_TLS, text);
  snprintf(settings, sizeof(settings), "tls=yes tls_cert_file=%s tls_key_file=%s", path, path);
  snprintf(text, sizeof(text), "option tls_cert_file: %s: holds no certificate in PEM", path);
  refused("h:1", settings, HAREDIS_ERR_TLS, text);
  remove(file("empty", ""));
  remove(file("text", ""));
  remove(folder);
}

static void what_can_work_is_accepted(void **state) {
  (void)state;
  refused("127.0.0.1:1", "tls=yes", HAREDIS_OK, "");
  refused("rediss://127.0.0.1:1", "tls=yes tls_verify=no", HAREDIS_OK, "");
  refused("unix:/no/socket", "tls=yes tls_server_name=db.example", HAREDIS_OK, "");
  refused("unix:/no/socket", "tls=yes tls_verify=no", HAREDIS_OK, "");
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_belongs_together),
      cmocka_unit_test(what_protects_nothing),
#ifndef HAREDIS_HAS_TLS
      cmocka_unit_test(a_build_without_says_what_to_install),
#else
      cmocka_unit_test(files_that_are_no_good_are_named),
      cmocka_unit_test(what_can_work_is_accepted),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
