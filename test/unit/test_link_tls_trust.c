/*
 * A link over TLS: whom it believes, what it says when it does not, who we are ourselves, and files
 * that are renewed while it lives.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "tls_kit.h"

/* ---- whom it believes ---- */

static void refused(struct world *world, const struct hr_tls_config *config, int wrong,
                    const char *text) {
  tls_server_make(&tls_peer, wrong);
  make_tls_link(world, config);
  send_one(world, "A");
  dial(world);
  tls_until(world, &tls_peer, "down:TLS");
  story_is(world, "lost:A down:TLS"); /* "sent" it was not: nobody has read it */
  if (strstr(world->down_text, text) == NULL) {
    fail_msg("%s", world->down_text);
  }
  hr_link_free(world->link);
  world->link = NULL;
  world->story[0] = '\0';
  tls_server_free(&tls_peer);
}

static void what_is_not_believed(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  refused(world, &config, TLS_EXPIRED, ": its certificate has expired");
  refused(world, &config, TLS_NOT_YET, ": its certificate is not valid yet");
  refused(world, &config, TLS_OTHER_NAME, ": its certificate is not for 127.0.0.1");
  config.server_name = "other.example";
  refused(world, &config, 0, ": its certificate is not for other.example");
  config.server_name = "127.0.0.2";
  refused(world, &config, 0, ": its certificate is not for 127.0.0.2");
  config = believing("other.pem");
  refused(world, &config, 0, ": its certificate is of an unknown authority");
}

/* A star stands for one whole label, and for no address. */
static void what_a_wildcard_is_not(void **state) {
  struct world *world = *state;
  static const char *const names[] = {"a.b.db.example", "db.example", "r1.in.example", NULL};
  for (int i = 0; i < 4; i++) {
    struct hr_tls_config config = believing("ours.pem");
    config.server_name = names[i];
    refused(world, &config, TLS_WILDCARD, ": its certificate is not for ");
  }
}

/* Until the next link, and the next server. */
static void part(struct world *world) {
  hr_link_free(world->link);
  world->link = NULL;
  world->story[0] = '\0';
  tls_server_free(&tls_peer);
}

static void what_is_believed(void **state) {
  struct world *world = *state;
  static const struct {
    int wrong;
    const char *name, *asked; /* what we want, what the server is asked for */
  } cases[] = {
      {0, "db.example", "db.example"},
      {0, "DB.Example.", "DB.Example"},
      {0, "127.0.0.1", "none"}, /* an address is no server name */
      {0, "fe80::1%lo", "none"},
      {TLS_EXPIRED, NULL, "none"},
      {TLS_OTHER_NAME, NULL, "none"},
      {TLS_OTHER_NAME, "elsewhere.example", "elsewhere.example"},
      {TLS_WILDCARD, "a.db.example", "a.db.example"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct hr_tls_config config = believing("ours.pem");
    config.server_name = cases[i].name;
    config.verify = cases[i].name != NULL; /* without, anybody is */
    tls_server_make(&tls_peer, cases[i].wrong);
    make_tls_link(world, &config);
    dial(world);
    shake(world);
    const char *asked = SSL_get_servername(tls_peer.ssl, TLSEXT_NAMETYPE_host_name);
    assert_string_equal(asked != NULL ? asked : "none", cases[i].asked);
    part(world);
  }
}

static void a_host_by_name_is_checked_by_name(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  struct hr_link_config link = config_of(world);
  tls_server_make(&tls_peer, 0);
  link.host = "localhost"; /* not in the certificate, though its address is */
  link.tls = tls_client(&config);
  make_link(world, &link);
  hr_tls_unref(link.tls);
  dial(world);
  tls_until(world, &tls_peer, "down:TLS");
  assert_non_null(strstr(world->down_text, "its certificate is not for localhost"));
}

/* The client's part of the handshake is over when a server of TLS 1.3 asks who we are. */
static void a_server_that_asks_who_we_are(void **state) {
  struct world *world = *state;
  for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
    struct hr_tls_config config = believing("ours.pem");
    tls_server_make(&tls_peer, 0);
    SSL_CTX_set_verify(tls_peer.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_load_verify_locations(tls_peer.context, tls_file("ours.pem"), NULL);
    SSL_CTX_set_max_proto_version(tls_peer.context, version);
    make_tls_link(world, &config);
    dial(world);
    tls_until(world, &tls_peer, "down:TLS");
    assert_non_null(strstr(world->down_text, "tls_cert_file"));
    hr_link_free(world->link);
    tls_server_hang_up(&tls_peer);
    config.cert_file = tls_file("client.pem");
    config.key_file = tls_file("client.key");
    make_tls_link(world, &config);
    dial(world);
    shake(world);
    part(world);
  }
}

static int verdict;

static int judge(int good, X509_STORE_CTX *store) {
  (void)good;
  X509_STORE_CTX_set_error(store, verdict);
  return 0;
}

static void what_a_server_says_of_our_certificate(void **state) {
  struct world *world = *state;
  static const struct {
    int verdict;
    const char *text;
  } cases[] = {
      {X509_V_ERR_CERT_HAS_EXPIRED, ": it says that our certificate has expired (tls_cert_file)"},
      {X509_V_ERR_CERT_REVOKED, ": it says that our certificate is revoked (tls_cert_file)"},
      {X509_V_ERR_INVALID_PURPOSE, ": it does not accept our certificate (tls_cert_file)"},
      {X509_V_ERR_CERT_REJECTED, ": it does not accept our certificate (tls_cert_file)"},
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
       ": it does not know the authority of our certificate (tls_cert_file)"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct hr_tls_config config = believing("ours.pem");
    config.cert_file = tls_file("client.pem");
    config.key_file = tls_file("client.key");
    verdict = cases[i].verdict;
    tls_server_make(&tls_peer, 0);
    SSL_CTX_set_verify(tls_peer.context, SSL_VERIFY_PEER, judge);
    make_tls_link(world, &config);
    dial(world);
    tls_until(world, &tls_peer, "down:TLS");
    if (strstr(world->down_text, cases[i].text) == NULL) {
      fail_msg("%s", world->down_text);
    }
    part(world);
  }
}

static void old_versions_are_refused(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  tls_server_make(&tls_peer, 0);
  SSL_CTX_set_security_level(tls_peer.context, 0);
  SSL_CTX_set_min_proto_version(tls_peer.context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls_peer.context, TLS1_1_VERSION);
  make_tls_link(world, &config);
  dial(world);
  tls_until(world, &tls_peer, "down:TLS");
  assert_non_null(strstr(world->down_text, ": it speaks no TLS that we do (1.2 and newer)"));
}

static void the_key_must_be_of_the_certificate(void **state) {
  struct hr_tls_config config = believing("ours.pem");
  struct hr_tls *tls;
  char why[256];
  (void)state;
  config.cert_file = tls_file("client.pem");
  config.key_file = tls_file("ours.key");
  assert_int_equal(hr_tls_make(&config, &tls, why, sizeof(why)), HR_TLS_REFUSED);
  assert_null(tls);
  assert_non_null(strstr(why, "option tls_key_file: "));
  assert_non_null(strstr(why, "is not the key of tls_cert_file"));
  config.key_file = tls_file("edwards.key"); /* another kind of key */
  assert_int_equal(hr_tls_make(&config, &tls, why, sizeof(why)), HR_TLS_REFUSED);
  assert_non_null(strstr(why, "is not the key of tls_cert_file"));
  config.key_file = tls_file("locked.key");
  assert_int_equal(hr_tls_make(&config, &tls, why, sizeof(why)), HR_TLS_REFUSED);
  assert_non_null(strstr(why, "wants a passphrase"));
  config.key_file = config.cert_file;
  assert_int_equal(hr_tls_make(&config, &tls, why, sizeof(why)), HR_TLS_REFUSED);
  assert_non_null(strstr(why, "holds no private key in PEM"));
}

/* ---- renewal ---- */

static int renewals;

static void on_renewed(void *owner) {
  assert_non_null(owner);
  renewals++;
}

/* The next connection, and its end: NULL, it comes up; a text: the server does not want us. */
static void again(struct world *world, const char *text) {
  world->story[0] = '\0';
  dial(world);
  if (text == NULL) {
    shake(world);
    tls_server_hang_up(&tls_peer);
    tls_until(world, &tls_peer, "down:RESET");
    return;
  }
  tls_until(world, &tls_peer, "down:TLS");
  if (strstr(world->down_text, text) == NULL) {
    fail_msg("%s", world->down_text);
  }
  tls_server_hang_up(&tls_peer);
}

static void a_key_that_is_none(void) {
  FILE *out = fopen(tls_file("mine.key"), "w");
  assert_non_null(out);
  fputs("not yet\n", out);
  fclose(out);
}

static void news_are(struct hr_tls *tls, int count, bool good, const char *text) {
  bool said;
  const char *news = hr_tls_news(tls, &said);
  assert_int_equal(renewals, count);
  assert_int_equal(said, good);
  if (strstr(news, text) == NULL) {
    fail_msg("%s", news);
  }
}

static void renewed_files_are_used_by_the_next_connection(void **state) {
  struct world *world = *state;
  struct hr_tls_config config = believing("ours.pem");
  struct hr_link_config link = config_of(world);
  tls_server_make(&tls_peer, 0);
  SSL_CTX_set_verify(tls_peer.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_load_verify_locations(tls_peer.context, tls_file("ours.pem"), NULL);
  tls_renew("ours");
  renewals = 0;
  config.cert_file = tls_file("mine.pem");
  config.key_file = tls_file("mine.key");
  config.renewed = on_renewed;
  config.owner = world;
  link.tls = tls_client(&config);
  make_link(world, &link);
  again(world, NULL);
  again(world, NULL);
  news_are(link.tls, 0, true, "");
  tls_renew("other");
  again(world, "it does not know the authority of our certificate");
  news_are(link.tls, 1, true, "new connections use them");
  tls_renew("ours");
  again(world, NULL);
  news_are(link.tls, 2, true, "new connections use them");
  tls_renew("other");
  a_key_that_is_none();
  again(world, NULL); /* with what was read before */
  news_are(link.tls, 3, false, "mine.key: holds no private key in PEM");
  again(world, NULL);
  news_are(link.tls, 3, false, "; what was read before stays in use"); /* said once */
  assert_int_equal(remove(tls_file("mine.key")), 0);
  again(world, NULL);
  news_are(link.tls, 4, false, "mine.key: No such file or directory");
  tls_renew("ours");
  again(world, NULL);
  news_are(link.tls, 5, true, "new connections use them");
  hr_tls_leave(link.tls);
  tls_renew("ours");
  again(world, NULL);
  assert_int_equal(renewals, 5);
  hr_tls_unref(link.tls);
}

#define TLS_TEST(f) cmocka_unit_test_setup_teardown(f, tls_test_setup, tls_test_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TLS_TEST(what_is_not_believed),
      TLS_TEST(what_a_wildcard_is_not),
      TLS_TEST(what_is_believed),
      TLS_TEST(a_host_by_name_is_checked_by_name),
      TLS_TEST(a_server_that_asks_who_we_are),
      TLS_TEST(what_a_server_says_of_our_certificate),
      TLS_TEST(old_versions_are_refused),
      TLS_TEST(the_key_must_be_of_the_certificate),
      TLS_TEST(renewed_files_are_used_by_the_next_connection),
  };
  return cmocka_run_group_tests(tests, tls_setup, tls_teardown);
}
