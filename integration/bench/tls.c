/*
 * What TLS costs a client: the same SETs alternately to a plain server and to one that speaks TLS
 * alone, each on the servers' core; then the memory of clients that rest.
 */
#include <haredis/haredis.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "child.h"
#include "text.h"

enum { ROUNDS_MAX = 31, PATH_MAX_LEN = 400, VALUE = 64 };

static const int windows[] = {1, 64, 1024};

void bench_tls_options(haredis_options *options) {
  static char ca[PATH_MAX_LEN], certificate[PATH_MAX_LEN], key[PATH_MAX_LEN];
  const char *folder = server_tls();
  if (folder == NULL) return;
  snprintf(ca, sizeof ca, "%s/ca.pem", folder);
  snprintf(certificate, sizeof certificate, "%s/client.pem", folder);
  snprintf(key, sizeof key, "%s/client.key", folder);
  options->tls = 1;
  options->tls_ca_file = ca;
  options->tls_cert_file = certificate;
  options->tls_key_file = key;
}

static bool built_with_tls(void) {
  haredis_options options;
  haredis_options_init(&options);
  options.nodes = "127.0.0.1:1";
  bench_tls_options(&options);
  haredis_client *client = haredis_connect(&options);
  if (client == NULL) kit_die("out of memory");
  bool built = haredis_err(client) != HAREDIS_ERR_TLS;
  if (!built) printf("skip: %s\n", haredis_errstr(client));
  haredis_free(client);
  return built;
}

static void row(struct table *table, const char *const nodes[2], int window,
                const struct settings *settings) {
  double rate[2][ROUNDS_MAX], cpu[2][ROUNDS_MAX], rates[ROUNDS_MAX], cpus[ROUNDS_MAX];
  for (int round = 0; round < settings->rounds; round++) {
    for (int turn = 0; turn < 2; turn++) {
      int tls = (turn + round) % 2;
      struct work work = {.engine = ENGINE_HAREDIS, .nodes = nodes[tls], .tls = tls == 1,
                          .size = VALUE, .window = window, .warm_us = settings->run_us / 4,
                          .run_us = settings->run_us};
      struct outcome out = measure(&work, settings);
      double commands = out.commands > 0 ? (double)out.commands : 1;
      rate[tls][round] = commands * 1e6 / (double)out.wall_us;
      cpu[tls][round] = (double)out.cpu_us / commands;
    }
    rates[round] = rate[1][round] / rate[0][round];
    cpus[round] = cpu[1][round] / cpu[0][round];
  }
  table_row(table, "%d|%.0f|%.0f|%.2f|%.3f|%.3f|%.2f", window,
            median(rate[0], settings->rounds) / 1e3, median(rate[1], settings->rounds) / 1e3,
            median(rates, settings->rounds), median(cpu[0], settings->rounds),
            median(cpu[1], settings->rounds), median(cpus, settings->rounds));
}

int bench_tls(const struct settings *settings) {
  static struct server plain, secure;
  static struct table table;
  char folder[PATH_MAX_LEN] = "";
  snprintf(folder, sizeof folder, "%s", server_tls() ? server_tls() : "");
  if (!folder[0]) kit_die("HAREDIS_TEST_TLS names no folder of certificates: see bench/run");
  if (!built_with_tls()) return 77;
  stage_pin(settings, false);
  server_prepare(&secure, 0, "127.0.0.1");
  server_start(&secure);
  unsetenv("HAREDIS_TEST_TLS");
  server_prepare(&plain, 0, "127.0.0.1");
  server_start(&plain);
  setenv("HAREDIS_TEST_TLS", folder, 1);
  const char *const nodes[2] = {plain.name, secure.name};
  printf("SET of %d bytes, medians of %d pairs of %lld ms\n\n", VALUE, settings->rounds,
         (long long)settings->run_us / 1000);
  table_row(&table, "window|plain k/s|TLS k/s|ratio|plain us cpu|TLS us cpu|cpu ratio");
  for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
    if (settings->window != 0 && settings->window != windows[i]) continue;
    text_progress("window %d", windows[i]);
    row(&table, nodes, windows[i], settings);
  }
  text_progress_end();
  table_print(&table);
  server_kill(&plain);
  server_kill(&secure);
  kit_remove_tree(plain.dir);
  kit_remove_tree(secure.dir);
  printf("\nover TLS, ");
  return bench_memory(settings);
}
