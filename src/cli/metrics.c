/*
 * What the program itself has measured: as a second table under `status --watch`, and as the page
 * that Prometheus reads. Who only looks for a moment knows roles, lags and round trips; what an
 * application counts is for the application to show.
 */
#include "cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bytes per second, in a width that does not change while it is watched. */
static void print_rate(FILE *out, uint64_t now, uint64_t before, long long ms) {
  double rate = ms > 0 ? (double)(now - before) * 1000.0 / (double)ms : 0.0;
  if (rate < 10000.0) {
    fprintf(out, "  %7.0f B/s", rate);
  } else if (rate < 10000000.0) {
    fprintf(out, "  %6.0f kB/s", rate / 1000.0);
  } else {
    fprintf(out, "  %6.0f MB/s", rate / 1000000.0);
  }
}

static void print_pauses(FILE *out, const struct haredis_client_metrics *mine,
                         const char *line_end) {
  fprintf(out, "without a writable master since this program began: %" PRIu64 " ms, %" PRIu64
          " ms at most at a time; %" PRIu64 " failovers, %" PRIu64 " switchovers%s",
          mine->paused_ms, mine->longest_pause_ms, mine->failovers, mine->switchovers, line_end);
}

void cli_traffic(FILE *out, const haredis_metrics *m, const haredis_metrics *before, long long ms,
                 const char *line_end) {
  size_t count = haredis_metrics_count(m);
  int width = (int)strlen("NODE");
  for (size_t i = 0; i < count; i++) {
    int length = (int)strlen(haredis_metrics_node(m, i)->name);
    width = length > width ? length : width;
  }
  fprintf(out, "%s%-*s  %11s  %11s  DIALLED   LOST  DOWNS%s", line_end, width, "NODE", "RECEIVED",
          "SENT", line_end);
  for (size_t i = 0; i < count; i++) {
    const struct haredis_node_metrics *node = haredis_metrics_node(m, i);
    const struct haredis_node_metrics *old = haredis_metrics_node(before, i);
    fprintf(out, "%-*s", width, node->name);
    print_rate(out, node->bytes_in, old != NULL ? old->bytes_in : node->bytes_in, ms);
    print_rate(out, node->bytes_out, old != NULL ? old->bytes_out : node->bytes_out, ms);
    fprintf(out, "  %7" PRIu64 "  %5" PRIu64 "  %5" PRIu64 "%s", node->links_dialled,
            node->links_lost, node->downs, line_end);
  }
  print_pauses(out, haredis_metrics_client(m), line_end);
}

/* A page is worth most when something is wrong: it comes whatever the nodes answer. */
int cli_metrics(struct cli *cli) {
  int code = CLI_FAILED;
  haredis_client *c = cli_connect(cli, &code);
  if (c == NULL) return code;
  cli_catch_interrupt();
  (void)cli_refresh(c);
  haredis_metrics *m = haredis_metrics_take(c);
  size_t length = haredis_metrics_prometheus(m, NULL, 0);
  char *page = m != NULL ? malloc(length + 1) : NULL;
  if (page != NULL) {
    haredis_metrics_prometheus(m, page, length + 1);
    fputs(page, stdout);
    code = CLI_OK;
  } else {
    cli_error("%s", haredis_error_text(HAREDIS_ERR_MEMORY));
    code = CLI_FAILED;
  }
  free(page);
  haredis_metrics_free(m);
  haredis_free(c);
  return code;
}
