/*
 * The metrics as text, held against the rules of Prometheus' text format 0.0.4:
 *
 *   # HELP name text      each once per family, before its samples
 *   # TYPE name type
 *   name[_bucket|_sum|_count]{label="value",...} number        no two with equal name and labels
 *
 * and against the picture: what a line says is what the accessors say.
 */
#include <ctype.h>
#include <haredis/metrics.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_kit.h"

#define LINES_MAX 4000

static struct {
  char *text;                  /* lines cut apart by terminators */
  const char *samples[LINES_MAX]; /* "name{labels} value" */
  size_t count;
  char families[100][80];      /* in their order */
  char types[100][16];
  size_t family_count;
} page;

static void page_free(void) {
  free(page.text);
  memset(&page, 0, sizeof(page));
}

/* ---- the grammar ---- */

static size_t name_len(const char *at, bool colon) {
  size_t len = 0;
  while (isalpha((unsigned char)at[len]) || at[len] == '_' || (colon && at[len] == ':') ||
         (len > 0 && isdigit((unsigned char)at[len]))) {
    len++;
  }
  return len;
}

/* label="value": what is behind it. */
static const char *parse_label(const char *at) {
  size_t len = name_len(at, false);
  assert_true(len > 0);
  assert_int_equal(strncmp(at + len, "=\"", 2), 0);
  for (at += len + 2; *at != '"'; at++) {
    assert_true(*at != '\0' && *at != '\n');
    if (*at == '\\') {
      at++;
      assert_true(*at == '\\' || *at == '"' || *at == 'n');
    }
  }
  return at + 1;
}

/* The value of a sample whose grammar holds. */
static double parse_sample(const char *line) {
  const char *at = line + name_len(line, true);
  assert_true(at > line);
  if (*at == '{') {
    do {
      at = parse_label(at + 1);
    } while (*at == ',');
    assert_int_equal(*at, '}');
    at++;
  }
  assert_int_equal(*at, ' ');
  char *end;
  double value = strtod(at + 1, &end);
  assert_true(end > at + 1);
  assert_int_equal(*end, '\0'); /* no time stamp of ours */
  return value;
}

static bool begins_family(const char *line, const char *family, const char *type) {
  static const char *const suffixes[] = {"_bucket", "_sum", "_count"};
  size_t len = name_len(line, true), own = strlen(family);
  if (strcmp(type, "histogram") != 0) {
    return len == own && strncmp(line, family, own) == 0;
  }
  for (size_t i = 0; i < 3; i++) {
    size_t more = strlen(suffixes[i]);
    if (len == own + more && strncmp(line, family, own) == 0 &&
        strncmp(line + own, suffixes[i], more) == 0) {
      return true;
    }
  }
  return false;
}

static void parse_family(const char *help, const char *type) {
  char name[80], kind[16];
  assert_true(page.family_count < 100);
  assert_int_equal(sscanf(help, "# HELP %79s %*s", name), 1);
  assert_true(strlen(help) > strlen("# HELP ") + strlen(name) + 1);
  assert_null(strchr(help, '\\'));
  assert_int_equal(sscanf(type, "# TYPE %79s %15s", page.families[page.family_count], kind), 2);
  assert_string_equal(page.families[page.family_count], name);
  assert_true(strcmp(kind, "counter") == 0 || strcmp(kind, "gauge") == 0 ||
              strcmp(kind, "histogram") == 0);
  size_t len = strlen(name);
  bool total = len > 6 && strcmp(name + len - 6, "_total") == 0;
  assert_int_equal(total, strcmp(kind, "counter") == 0);
  for (size_t i = 0; i < page.family_count; i++) {
    assert_string_not_equal(page.families[i], name);
  }
  strcpy(page.types[page.family_count++], kind);
}

static void parse_page(const haredis_metrics *const *list, size_t count) {
  page_free();
  size_t len = haredis_metrics_prometheus_all(list, count, NULL, 0);
  page.text = malloc(len + 1);
  assert_int_equal(haredis_metrics_prometheus_all(list, count, page.text, len + 1), len);
  assert_int_equal(strlen(page.text), len);
  assert_int_equal(page.text[len - 1], '\n');
  const char *help = NULL;
  for (char *line = page.text, *next; *line != '\0'; line = next) {
    next = strchr(line, '\n') + 1;
    next[-1] = '\0';
    if (strncmp(line, "# HELP ", 7) == 0) {
      assert_null(help);
      help = line;
    } else if (line[0] == '#') {
      assert_non_null(help);
      parse_family(help, line);
      help = NULL;
    } else {
      assert_true(page.family_count > 0 && help == NULL && page.count < LINES_MAX);
      assert_true(begins_family(line, page.families[page.family_count - 1],
                                page.types[page.family_count - 1]));
      parse_sample(line);
      page.samples[page.count++] = line;
    }
  }
  assert_null(help);
}

/* ---- what it says ---- */

/* The value of the only line that begins so. */
static double value_of(const char *begin) {
  const char *found = NULL;
  for (size_t i = 0; i < page.count; i++) {
    if (strncmp(page.samples[i], begin, strlen(begin)) == 0) {
      assert_null(found);
      found = page.samples[i];
    }
  }
  if (found == NULL) {
    fail_msg("no line begins with %s", begin);
    return 0;
  }
  return parse_sample(found);
}

static size_t key_len(const char *line) {
  return (size_t)(strrchr(line, ' ') - line);
}

static void no_series_comes_twice(void) {
  for (size_t i = 0; i < page.count; i++) {
    for (size_t j = i + 1; j < page.count; j++) {
      size_t len = key_len(page.samples[i]);
      assert_true(len != key_len(page.samples[j]) ||
                  strncmp(page.samples[i], page.samples[j], len) != 0);
    }
  }
}

/* Bounds and counts rise, the last is +Inf and the count. */
static void buckets_rise(void) {
  double bound = 0, count = 0;
  size_t histograms = 0;
  for (size_t i = 0; i < page.count; i++) {
    const char *le = strstr(page.samples[i], "_bucket{");
    le = le != NULL ? strstr(le, ",le=\"") : NULL;
    if (le == NULL) {
      continue;
    }
    double next = strtod(le + 5, NULL), here = parse_sample(page.samples[i]);
    assert_true(next > bound);
    assert_true(here >= count);
    bound = next;
    count = here;
    if (strncmp(le + 5, "+Inf\"}", 6) == 0) {
      histograms++;
      assert_true(parse_sample(page.samples[i + 2]) == count);
      assert_non_null(strstr(page.samples[i + 2], "_count{"));
      bound = count = 0;
    }
  }
  assert_int_equal(histograms, 1 + KIT_NODES);
}

static haredis_metrics *busy_client(void) {
  struct kit_answer a[20] = {0};
  kit_connect();
  kit_submit(&a[0], "SET k 0");
  kit_turn(40);
  kit.topology.nodes[1].up = kit.topology.nodes[0].up = true;
  kit.topology.nodes[0].role = HR_ROLE_MASTER;
  kit.topology.nodes[1].role = HR_ROLE_REPLICA;
  kit.topology.nodes[1].lag = 17;
  kit.topology.nodes[0].lag = kit.topology.nodes[2].lag = -1;
  kit_master(0);
  kit_until_ready();
  for (int i = 1; i < 20; i++) {
    kit_submit(&a[i], "SET k %d", i);
  }
  kit_until(&a[19].count, 1);
  return haredis_metrics_take(kit.c);
}

static void the_page_keeps_to_the_format(void **state) {
  char begin[200];
  (void)state;
  haredis_metrics *m = busy_client();
  const struct haredis_node_metrics *node = haredis_metrics_node(m, 0);
  const haredis_metrics *list[] = {m};
  parse_page(list, 1);
  no_series_comes_twice();
  buckets_rise();
  int client = haredis_number(kit.c);
  snprintf(begin, sizeof(begin), "haredis_commands_total{client=\"%d\",code=\"OK\"}", client);
  assert_int_equal(value_of(begin), 20);
  snprintf(begin, sizeof(begin), "haredis_commands_total{client=\"%d\",code=\"ERR_MAYBE\"}",
           client);
  assert_int_equal(value_of(begin), 0);
  assert_int_equal(value_of("haredis_writable{"), 1);
  assert_int_equal(value_of("haredis_epoch{"), 1);
  assert_true(value_of("haredis_paused_seconds_total{") >= 0.035);
  assert_int_equal(value_of("haredis_command_duration_seconds_count{"), 20);
  assert_true(value_of("haredis_command_duration_seconds_sum{") >= 0.035);
  snprintf(begin, sizeof(begin),
           "haredis_command_duration_seconds_bucket{client=\"%d\",le=\"0.016384\"}", client);
  assert_in_range((int)value_of(begin), 0, 19); /* the first waited */
  snprintf(begin, sizeof(begin), "haredis_node_up{client=\"%d\",node=\"%s\",role=\"master\"}",
           client, node->name);
  assert_int_equal(value_of(begin), 1);
  snprintf(begin, sizeof(begin), "haredis_node_commands_total{client=\"%d\",node=\"%s\"}", client,
           node->name);
  assert_int_equal(value_of(begin), 20);
  snprintf(begin, sizeof(begin), "haredis_node_lag_bytes{client=\"%d\",node=\"%s\"}", client,
           haredis_metrics_node(m, 1)->name);
  assert_int_equal(value_of("haredis_node_lag_bytes{"), 17); /* of nobody else it is known */
  assert_int_equal(value_of(begin), 17);
  haredis_metrics_free(m);
}

static void every_family_of_the_table_is_there_in_order(void **state) {
  (void)state;
  haredis_metrics *m = busy_client();
  const haredis_metrics *list[] = {m};
  parse_page(list, 1);
  size_t i = 0;
  for (const struct haredis_metric_info *info; (info = haredis_metric_info(i)) != NULL; i++) {
    assert_true(i < page.family_count);
    assert_string_equal(info->name, page.families[i]);
    assert_string_equal(info->type, page.types[i]);
    assert_true(info->help[strlen(info->help) - 1] == '.' && strlen(info->asks) > 0);
  }
  assert_int_equal(i, page.family_count);
  haredis_metrics_free(m);
}

static void clients_share_a_page(void **state) {
  char begin[100];
  (void)state;
  haredis_metrics *m = busy_client();
  haredis_client *second = kit_try_connect();
  haredis_metrics *other = haredis_metrics_take(second);
  const haredis_metrics *list[] = {m, NULL, other};
  parse_page(list, 3);
  no_series_comes_twice();
  snprintf(begin, sizeof(begin), "haredis_commands_accepted_total{client=\"%d\"}",
           haredis_number(second));
  assert_int_equal(value_of(begin), 0);
  snprintf(begin, sizeof(begin), "haredis_commands_accepted_total{client=\"%d\"}",
           haredis_number(kit.c));
  assert_int_equal(value_of(begin), 20);
  haredis_metrics_free(m);
  haredis_metrics_free(other);
  haredis_free(second); /* the kit's servers know one control plane */
}

static void a_small_place_gets_the_beginning(void **state) {
  char small[64], guard = 'x';
  (void)state;
  haredis_metrics *m = busy_client();
  size_t len = haredis_metrics_prometheus(m, small, sizeof(small));
  assert_int_equal(strlen(small), sizeof(small) - 1);
  assert_int_equal(strncmp(small, "# HELP haredis_writable ", 24), 0);
  assert_int_equal(haredis_metrics_prometheus(m, NULL, 0), len);
  assert_int_equal(haredis_metrics_prometheus(m, &guard, 1), len);
  assert_int_equal(guard, '\0');
  assert_int_equal(haredis_metrics_prometheus(NULL, small, sizeof(small)), 0);
  assert_int_equal(haredis_metrics_json(NULL, small, sizeof(small)), 0);
  haredis_metrics_free(m);
}

/* Names of sockets may hold anything. */
static void labels_are_escaped(void **state) {
  (void)state;
  kit.options.nodes = "unix:/tmp/a\"b\\c";
  kit_connect();
  haredis_metrics *m = haredis_metrics_take(kit.c);
  const haredis_metrics *list[] = {m};
  parse_page(list, 1);
  assert_non_null(strstr(page.samples[page.count - 1], "node=\"unix:/tmp/a\\\"b\\\\c\"}"));
  haredis_metrics_free(m);
}

static void json_has_the_same_numbers(void **state) {
  char text[8192], want[100];
  (void)state;
  haredis_metrics *m = busy_client();
  size_t len = haredis_metrics_json(m, text, sizeof(text));
  assert_true(len < sizeof(text));
  assert_int_equal(strlen(text), len);
  int depth = 0;
  for (const char *p = text; *p != '\0'; p++) {
    depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    assert_true(depth > 0 || p[1] == '\0');
  }
  assert_int_equal(depth, 0);
  snprintf(want, sizeof(want), "{\"client\":%d,\"commands_total\":{\"OK\":20,",
           haredis_number(kit.c));
  assert_int_equal(strncmp(text, want, strlen(want)), 0);
  assert_non_null(strstr(text, ",\"commands_accepted_total\":20,"));
  assert_non_null(strstr(text, ",\"latency_us\":{\"count\":20,"));
  snprintf(want, sizeof(want),
           "\"nodes\":[{\"name\":\"%s\",\"commands_total\":20,\"replies_total\":20,",
           haredis_metrics_node(m, 0)->name);
  assert_non_null(strstr(text, want));
  haredis_metrics_free(m);
}

static int end(void **state) {
  page_free();
  return kit_teardown(state);
}

int main(void) {
#define TEXT_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, end)
  const struct CMUnitTest tests[] = {
      TEXT_TEST(the_page_keeps_to_the_format),
      TEXT_TEST(every_family_of_the_table_is_there_in_order),
      TEXT_TEST(clients_share_a_page),
      TEXT_TEST(a_small_place_gets_the_beginning),
      TEXT_TEST(labels_are_escaped),
      TEXT_TEST(json_has_the_same_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
