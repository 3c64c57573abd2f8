/*
 * The options of TLS: which of them belong together, what is said when they cannot work, and what a
 * build without TLS says. No server is needed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
  char longest[300];
  int n = snprintf(longest, sizeof(longest), "tls=yes tls_server_name=");
  memset(longest + n, 'n', 256);
  longest[n + 256] = '\0';
  refused("h:1", longest, HAREDIS_ERR_OPTION,
          "option tls_server_name: is longer than a host name can be (255)");
  refused("unix:/run/r.sock", "tls=yes", HAREDIS_ERR_OPTION,
          "option tls: has no meaning: all nodes are unix sockets");
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

/* A list of authorities; nobody looks until when it is valid. */
static const char authority[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBcDCCARWgAwIBAgIUaqDHISNLnRK5zv45Iq6Q6y857kEwCgYIKoZIzj0EAwIw\n"
    "DTELMAkGA1UEAwwCY2EwHhcNMjYxMTIwMTkzOTQyWhcNMzYxMTE3MTkzOTQyWjAN\n"
    "MQswCQYDVQQDDAJjYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJVc+3iY8h0I\n"
    "LzGV92mO8VaKH+ag84nXgKGe8SXVchF53P0zjg8TorKmwAYgAlYnQbHNVeVdxUvu\n"
    "skuV29lICRujUzBRMB0GA1UdDgQWBBQvpIIAAK0CxrcIgc1P08skZ6kvRjAfBgNV\n"
    "HSMEGDAWgBQvpIIAAK0CxrcIgc1P08skZ6kvRjAPBgNVHRMBAf8EBTADAQH/MAoG\n"
    "CCqGSM49BAMCA0kAMEYCIQDmWh6AbFYgHeUMYvFAxj/VMIcF13/+yGkpLgLofmpe\n"
    "kQIhAOTz4chEVMZrW2vmP57SHjQ9EFscZM96d06+fPVUanUO\n"
    "-----END CERTIFICATE-----\n";

/* Where the client is freed. */
enum moment { AT_THE_END, AT_THE_LINE, AT_THE_EVENT };

static struct {
  haredis_client *client;
  enum moment moment;
  int lines, events;
  char text[400];
} told;

static void end_at(enum moment moment) {
  if (told.moment == moment) {
    haredis_free(told.client);
    told.client = NULL;
  }
}

static void on_log(const struct haredis_log_record *record, void *user) {
  (void)user;
  if (record->level == HAREDIS_LOG_WARNING && strstr(record->text, "tls_ca_file") != NULL) {
    told.lines++;
    end_at(AT_THE_LINE);
  }
}

static void on_event(haredis_client *client, const struct haredis_event *event, void *user) {
  (void)client;
  (void)user;
  if (event->kind == HAREDIS_EVENT_WARNING && strstr(event->text, "tls_ca_file") != NULL) {
    told.events++;
    snprintf(told.text, sizeof(told.text), "%s", event->text);
    end_at(AT_THE_EVENT);
  }
}

static int listen_somewhere(int *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t len = sizeof(address);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(fd, 64), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

/* The server takes connections and says nothing: that is enough to look at the files. */
static void a_file_that_is_no_good_any_more_is_told(void **state) {
  (void)state;
  for (enum moment moment = AT_THE_END; moment <= AT_THE_EVENT; moment++) {
    struct ev_loop *ev = ev_loop_new(0);
    char nodes[64], want[256];
    int port, fd = listen_somewhere(&port);
    haredis_options o;
    haredis_options_init(&o);
    snprintf(nodes, sizeof(nodes), "127.0.0.1:%d", port);
    o.nodes = nodes;
    o.tls = 1;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    o.tls_ca_file = file("ca", authority);
    o.on_log = on_log;
    o.on_event = on_event;
    memset(&told, 0, sizeof(told));
    told.moment = moment;
    told.client = haredis_async_connect(ev, &o);
    assert_int_equal(haredis_err(told.client), HAREDIS_OK);
    const char *path = file("ca", "no more\n");
    snprintf(want, sizeof(want), "option tls_ca_file: %s: holds no certificate in PEM", path);
    for (int i = 0; i < 2000 && told.lines + told.events < (moment == AT_THE_LINE ? 1 : 2); i++) {
      ev_run(ev, EVRUN_NOWAIT);
      usleep(1000);
    }
    assert_int_equal(told.lines, 1);
    assert_int_equal(told.events, moment != AT_THE_LINE);
    if (moment != AT_THE_LINE) {
      assert_memory_equal(told.text, want, strlen(want));
      assert_non_null(strstr(told.text, "; what was read before stays in use"));
    }
    haredis_free(told.client);
    ev_loop_destroy(ev);
    close(fd);
    remove(path);
    remove(folder);
  }
}

static void what_can_work_is_accepted(void **state) {
  (void)state;
  refused("127.0.0.1:1", "tls=yes", HAREDIS_OK, "");
  refused("rediss://127.0.0.1:1", "tls=yes tls_verify=no", HAREDIS_OK, "");
  refused("unix:/no/socket@127.0.0.1:1,127.0.0.1:2", "tls=yes", HAREDIS_OK, "");
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
      cmocka_unit_test(a_file_that_is_no_good_any_more_is_told),
      cmocka_unit_test(what_can_work_is_accepted),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
