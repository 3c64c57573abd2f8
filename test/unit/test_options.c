/*
 * The table of options, haredis_options_set() and what is refused before anything is dialled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/options.h"
#include "client_kit.h"

static void every_default_can_be_set_and_is_the_default(void **state) {
  haredis_options fresh, set;
  char why[128];
  (void)state;
  haredis_options_init(&fresh);
  haredis_options_init(&set);
  assert_int_equal(fresh.struct_size, sizeof(fresh));
  size_t count = 0;
  const struct haredis_option_info *info;
  for (; (info = haredis_option_info(count)) != NULL; count++) {
    assert_true(strlen(info->name) > 0 && strlen(info->meaning) > 20);
    if (info->default_text[0] != '\0') {
      int code = haredis_options_set(&set, info->name, info->default_text, why, sizeof(why));
      assert_int_equal(code, HAREDIS_OK);
    }
  }
  assert_true(count >= 31);
  assert_string_equal(set.prefix, fresh.prefix);
  set.prefix = fresh.prefix; /* the same text elsewhere */
  assert_memory_equal(&set, &fresh, sizeof(set));
  assert_int_equal(fresh.down_after_ms, 1000);
  assert_int_equal(fresh.retry_attempts, 16);
  assert_int_equal(fresh.queue_max_bytes, 64 << 20);
  assert_int_equal(fresh.auto_failover, 1);
  assert_null(fresh.nodes);
  assert_null(fresh.password);
}

static void texts_become_values(void **state) {
  haredis_options o;
  (void)state;
  haredis_options_init(&o);
  assert_int_equal(haredis_options_set(&o, "down_after_ms", "250", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.down_after_ms, 250);
  assert_int_equal(haredis_options_set(&o, "durability", "quorum", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.durability, HAREDIS_DURABILITY_QUORUM);
  assert_int_equal(haredis_options_set(&o, "isolation", "fail", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.isolation, HAREDIS_ISOLATION_FAIL);
  assert_int_equal(haredis_options_set(&o, "retry", "always", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.retry, HAREDIS_RETRY_ALWAYS);
  assert_int_equal(haredis_options_set(&o, "queue_policy", "drop_oldest", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.queue_policy, HAREDIS_QUEUE_DROP_OLDEST);
  assert_int_equal(haredis_options_set(&o, "on_divergence", "refuse", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.on_divergence, HAREDIS_DIVERGENCE_REFUSE);
  assert_int_equal(haredis_options_set(&o, "log_level", "debug", NULL, 0), HAREDIS_OK);
  assert_int_equal(o.log_level, HAREDIS_LOG_DEBUG);
  assert_int_equal(haredis_options_set(&o, "queue_max_bytes", "8589934592", NULL, 0), HAREDIS_OK);
  assert_true(o.queue_max_bytes == 8589934592u);
  const char *no[] = {"0", "no", "off", "false"}, *yes[] = {"1", "yes", "on", "true"};
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(haredis_options_set(&o, "auto_failover", no[i], NULL, 0), HAREDIS_OK);
    assert_int_equal(o.auto_failover, 0);
    assert_int_equal(haredis_options_set(&o, "auto_failover", yes[i], NULL, 0), HAREDIS_OK);
    assert_int_equal(o.auto_failover, 1);
  }
}

static void wrong_texts_are_named(void **state) {
  static const char *const cases[][3] = {
      {"colour", "red", "unknown option 'colour'"},
      {"", "1", "unknown option ''"},
      {"down_after_ms", "soon", "option down_after_ms: 'soon' is not a number"},
      {"down_after_ms", "", "option down_after_ms: '' is not a number"},
      {"down_after_ms", "1000 ", "option down_after_ms: '1000 ' is not a number"},
      {"down_after_ms", "1e3", "option down_after_ms: '1e3' is not a number"},
      {"down_after_ms", "0", "option down_after_ms: 0 is out of range (10 to 86400000)"},
      {"down_after_ms", "-5", "option down_after_ms: -5 is out of range (10 to 86400000)"},
      {"queue_max_bytes", "99999999999999999999",
       "option queue_max_bytes: '99999999999999999999' is out of range"},
      {"durability", "full", "option durability: 'full' is not one of async or quorum"},
      {"durability", "1", "option durability: '1' is not one of async or quorum"},
      {"retry", "Always", "option retry: 'Always' is not one of reads, never or always"},
      {"auto_failover", "maybe", "option auto_failover: 'maybe' is not one of no or yes"},
      {"quorum", "33", "option quorum: 33 is out of range (0 to 32)"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    haredis_options o, before;
    char why[160] = "untouched";
    haredis_options_init(&o);
    before = o;
    int code = haredis_options_set(&o, cases[i][0], cases[i][1], why, sizeof(why));
    assert_int_equal(code, HAREDIS_ERR_OPTION);
    assert_string_equal(why, cases[i][2]);
    assert_memory_equal(&o, &before, sizeof(o));
  }
}

static void why_is_cut_and_terminated(void **state) {
  haredis_options o;
  char why[8];
  (void)state;
  haredis_options_init(&o);
  memset(why, 'x', sizeof(why));
  assert_int_equal(haredis_options_set(&o, "colour", "red", why, sizeof(why)), HAREDIS_ERR_OPTION);
  assert_string_equal(why, "unknown");
  assert_int_equal(haredis_options_set(&o, "colour", "red", NULL, 0), HAREDIS_ERR_OPTION);
  assert_int_equal(haredis_options_set(&o, NULL, "red", why, sizeof(why)), HAREDIS_ERR_OPTION);
  assert_int_equal(haredis_options_set(&o, "db", NULL, why, sizeof(why)), HAREDIS_ERR_OPTION);
  assert_int_equal(haredis_options_set(NULL, "db", "1", why, sizeof(why)), HAREDIS_ERR_OPTION);
}

/* A program that was compiled when the struct was shorter. */
static void a_shorter_struct_keeps_its_size(void **state) {
  union {
    haredis_options o;
    char bytes[sizeof(haredis_options)];
  } caller;
  size_t size = offsetof(haredis_options, queue_max);
  char why[64];
  (void)state;
  memset(&caller, 0x5a, sizeof(caller));
  haredis_options_init_size(&caller.o, size);
  assert_int_equal(caller.o.struct_size, size);
  for (size_t i = size; i < sizeof(caller); i++) {
    assert_int_equal(caller.bytes[i], 0x5a);
  }
  assert_int_equal(haredis_options_set(&caller.o, "queue_max", "5", why, sizeof(why)),
                   HAREDIS_ERR_OPTION);
  haredis_options full;
  assert_int_equal(hr_options_take(&full, &caller.o, why, sizeof(why)), HAREDIS_OK);
  assert_int_equal(full.queue_max, 10000);
  assert_int_equal(full.struct_size, sizeof(full));
}

/* A program that was compiled when the struct will be longer. */
static void a_longer_struct_is_zero_behind(void **state) {
  union {
    haredis_options o;
    char bytes[sizeof(haredis_options) + 64];
  } caller;
  (void)state;
  memset(&caller, 0x5a, sizeof(caller));
  haredis_options_init_size(&caller.o, sizeof(caller));
  assert_int_equal(caller.o.struct_size, sizeof(caller));
  for (size_t i = sizeof(haredis_options); i < sizeof(caller); i++) {
    assert_int_equal(caller.bytes[i], 0);
  }
}

struct wrong {
  const char *what;
  void (*change)(haredis_options *o);
};

static void no_nodes(haredis_options *o) { o->nodes = NULL; }
static void empty_nodes(haredis_options *o) { o->nodes = ""; }
static void bad_port(haredis_options *o) { o->nodes = "127.0.0.1:70000"; }
static void bad_prefix(haredis_options *o) { o->prefix = "two words"; }
static void null_prefix(haredis_options *o) { o->prefix = NULL; }
static void long_fence(haredis_options *o) { o->fence_ms = o->down_after_ms; }
static void big_quorum(haredis_options *o) { o->quorum = 2; }
static void two_dbs(haredis_options *o) {
  o->nodes = "redis://127.0.0.1:1/3";
  o->db = 2;
}
static void backoffs(haredis_options *o) { o->retry_backoff_ms = 600; }
static void lone_user(haredis_options *o) { o->username = "bob"; }
static void wild_retry(haredis_options *o) { o->retry = 77; }
static void negative(haredis_options *o) { o->command_timeout_ms = -1; }
static void no_queue(haredis_options *o) { o->queue_max_bytes = 0; }

static void wrong_options_make_a_failed_client(void **state) {
  static const struct wrong cases[] = {
      {"option nodes: is missing", no_nodes},
      {"option nodes: is missing", empty_nodes},
      {"nodes", bad_port},
      {"option prefix: must be 1 to 64 printable characters without blanks", bad_prefix},
      {"option prefix: must be 1 to 64 printable characters without blanks", null_prefix},
      {"option fence_ms: 1000 must be below down_after_ms (1000)", long_fence},
      {"option quorum: 2 is more than there are nodes (1)", big_quorum},
      {"option db: 2 contradicts the /3 in option nodes", two_dbs},
      {"option retry_backoff_ms: 600 is above retry_backoff_max_ms (512)", backoffs},
      {"option username: needs a password", lone_user},
      {"option retry: 77 is out of range (1 to 3)", wild_retry},
      {"option command_timeout_ms: -1 is out of range (0 to 86400000)", negative},
      {"option queue_max_bytes: 0 is out of range", no_queue},
  };
  struct ev_loop *ev = ev_loop_new(0);
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    haredis_options o;
    haredis_options_init(&o);
    o.nodes = "127.0.0.1:1";
    cases[i].change(&o);
    haredis_client *c = haredis_async_connect(ev, &o);
    assert_non_null(c);
    assert_int_equal(haredis_err(c), HAREDIS_ERR_OPTION);
    assert_non_null(strstr(haredis_errstr(c), cases[i].what));
    assert_int_equal(haredis_async_command(c, NULL, NULL, "PING"), HAREDIS_ERR_OPTION);
    assert_non_null(strstr(haredis_errstr(c), cases[i].what));
    assert_int_equal(haredis_refresh(c, NULL, NULL), HAREDIS_ERR_OPTION);
    haredis_topology *t = haredis_topology_ref(c);
    assert_int_equal(haredis_topology_count(t), 0);
    haredis_topology_unref(t);
    haredis_disconnect(c);
  }
  haredis_client *c = haredis_async_connect(ev, NULL);
  assert_int_equal(haredis_err(c), HAREDIS_ERR_OPTION);
  haredis_free(c);
  haredis_options zero;
  memset(&zero, 0, sizeof(zero));
  c = haredis_connect(&zero);
  assert_string_equal(haredis_errstr(c), "the options were not filled by haredis_options_init()");
  assert_null(haredis_command(c, "PING"));
  assert_int_equal(haredis_err(c), HAREDIS_ERR_OPTION);
  haredis_free(c);
  haredis_options_init(&zero);
  zero.nodes = "127.0.0.1:1";
  c = haredis_async_connect(NULL, &zero);
  assert_int_equal(haredis_err(c), HAREDIS_ERR_OPTION);
  assert_string_equal(haredis_errstr(c), "there is no event loop");
  assert_int_equal(haredis_async_command(c, NULL, NULL, "PING"), HAREDIS_ERR_OPTION);
  haredis_free(c);
  ev_loop_destroy(ev);
}

static void a_password_is_never_shown(void **state) {
  struct ev_loop *ev = ev_loop_new(0);
  haredis_options o;
  (void)state;
  haredis_options_init(&o);
  o.nodes = "redis://bob:hunter2@127.0.0.1:99999";
  haredis_client *c = haredis_async_connect(ev, &o);
  assert_int_equal(haredis_err(c), HAREDIS_ERR_OPTION);
  assert_null(strstr(haredis_errstr(c), "hunter2"));
  haredis_free(c);
  ev_loop_destroy(ev);
}

static void the_level_comes_from_options_then_environment(void **state) {
  haredis_options o;
  (void)state;
  haredis_options_init(&o);
  unsetenv("HAREDIS_LOG");
  assert_int_equal(hr_options_log_level(&o), HAREDIS_LOG_WARNING);
  setenv("HAREDIS_LOG", "debug", 1);
  assert_int_equal(hr_options_log_level(&o), HAREDIS_LOG_DEBUG);
  setenv("HAREDIS_LOG", "nonsense", 1);
  assert_int_equal(hr_options_log_level(&o), HAREDIS_LOG_WARNING);
  assert_string_equal(hr_options_wrong_log_word(&o), "nonsense");
  setenv("HAREDIS_LOG", "none", 1);
  assert_null(hr_options_wrong_log_word(&o));
  setenv("HAREDIS_LOG", "nonsense", 1);
  o.log_level = HAREDIS_LOG_ERROR;
  assert_null(hr_options_wrong_log_word(&o)); /* nobody asked it */
  assert_int_equal(hr_options_log_level(&o), HAREDIS_LOG_ERROR);
  unsetenv("HAREDIS_LOG");
}

static void error_names_and_texts(void **state) {
  (void)state;
  assert_string_equal(haredis_error_name(HAREDIS_OK), "OK");
  assert_string_equal(haredis_error_name(HAREDIS_ERR_MAYBE), "ERR_MAYBE");
  assert_string_equal(haredis_error_text(HAREDIS_ERR_MAYBE),
                      "the command was sent and its answer was lost: it may have run");
  assert_string_equal(haredis_error_name(-1), "ERR_UNKNOWN");
  assert_string_equal(haredis_error_text(1000), "no such error code");
  assert_int_equal(haredis_err(NULL), HAREDIS_ERR_MEMORY);
  assert_string_equal(haredis_errstr(NULL), haredis_error_text(HAREDIS_ERR_MEMORY));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_default_can_be_set_and_is_the_default),
      cmocka_unit_test(texts_become_values),
      cmocka_unit_test(wrong_texts_are_named),
      cmocka_unit_test(why_is_cut_and_terminated),
      cmocka_unit_test(a_shorter_struct_keeps_its_size),
      cmocka_unit_test(a_longer_struct_is_zero_behind),
      cmocka_unit_test(wrong_options_make_a_failed_client),
      cmocka_unit_test(a_password_is_never_shown),
      cmocka_unit_test(the_level_comes_from_options_then_environment),
      cmocka_unit_test(error_names_and_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
