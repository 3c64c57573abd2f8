/*
 * TLS on real servers, which speak nothing else, replicate over it and want a certificate of every
 * client: commands, large ones and many, a failover, subscriptions; and everything that has to be
 * refused, with the text that a person reads.
 *
 *   HAREDIS_TEST_TLS=DIR tls_check      DIR: made by lib/certificates.sh; see compat/tls
 *
 * One line per case, then "N passed, N failed".
 */
#include <haredis/haredis.h>
#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "clock.h"
#include "group.h"
#include "server.h"

enum { LARGE = 1 << 20, MANY = 10000, FAILED_MAX = 256 };

static struct {
  const char *folder;
  int passed, failed;
  char why[FAILED_MAX];
  char files[3][400]; /* ca, certificate, key */
} tls;

static struct group group;

/* What a client's hooks have heard. */
static struct {
  int warnings;
  char node[64], text[256];
  int subscribed, messages, items;
  char master[64];
} heard;

/* ---- cases ---- */

static void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The first reason counts. */
static void broken(const char *format, ...) {
  if (tls.why[0]) return;
  va_list ap;
  va_start(ap, format);
  vsnprintf(tls.why, sizeof tls.why, format, ap);
  va_end(ap);
}

static void check(bool fine, const char *what) {
  if (!fine) broken("not so: %s", what);
}

static void run_case(const char *title, void (*run)(void)) {
  kit_check_interrupt();
  tls.why[0] = '\0';
  memset(&heard, 0, sizeof heard);
  run();
  bool fine = tls.why[0] == '\0';
  tls.passed += fine;
  tls.failed += !fine;
  printf("%s %s%s%s\n", fine ? "ok" : "FAIL", title, fine ? "" : ": ", tls.why);
  fflush(stdout);
}

/* ---- clients ---- */

static void on_event(haredis_client *c, const struct haredis_event *event, void *user) {
  (void)c;
  (void)user;
  if (event->kind == HAREDIS_EVENT_WARNING && event->node) {
    heard.warnings++;
    snprintf(heard.node, sizeof heard.node, "%s", event->node);
    snprintf(heard.text, sizeof heard.text, "%s", event->text);
  }
  if (event->kind == HAREDIS_EVENT_MASTER_CHANGED) {
    snprintf(heard.master, sizeof heard.master, "%s", event->node);
  }
  heard.subscribed += event->kind == HAREDIS_EVENT_SUBSCRIBED;
}

static const char *file(int slot, const char *name) {
  snprintf(tls.files[slot], sizeof tls.files[slot], "%s/%s", tls.folder, name);
  return tls.files[slot];
}

/* The options of a client that is welcome. */
static void options_of(haredis_options *o, const char *nodes) {
  haredis_options_init(o);
  o->nodes = nodes;
  o->tls = 1;
  o->tls_ca_file = file(0, "ca.pem");
  o->tls_cert_file = file(1, "client.pem");
  o->tls_key_file = file(2, "client.key");
  o->on_event = on_event;
}

static haredis_client *connect_to(const haredis_options *o) {
  haredis_client *c = haredis_connect(o);
  if (c == NULL || haredis_err(c)) kit_die("no client: %s", haredis_errstr(c));
  return c;
}

static bool says(redisReply *reply, const char *text) {
  bool fine = reply && reply->str && strcmp(reply->str, text) == 0;
  if (!fine) broken("the reply is \"%s\"", reply && reply->str ? reply->str : "(none)");
  freeReplyObject(reply);
  return fine;
}

/* ---- what works ---- */

static void commands(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  haredis_client *c = connect_to(&o);
  says(haredis_command(c, "SET greeting hello"), "OK");
  says(haredis_command(c, "GET greeting"), "hello");
  haredis_free(c);
  char uris[512] = "";
  for (int i = 0; i < group.count; i++) {
    size_t used = strlen(uris);
    snprintf(uris + used, sizeof uris - used, "%srediss://%s", i ? "," : "",
             group.servers[i].name);
  }
  o.nodes = uris;
  o.tls = 0; /* the URIs say it */
  c = connect_to(&o);
  says(haredis_command(c, "GET greeting"), "hello");
  haredis_free(c);
  char why[160];
  check(group_settle(&group, 15000, why, sizeof why), "replicas stream over TLS");
}

/* The node on this machine by its socket, which is plain, the others over TLS. */
static void unix_socket(void) {
  const struct server *s = group.servers;
  char nodes[512];
  haredis_options o;
  snprintf(nodes, sizeof nodes, "unix:%s@%s,%s,%s", s[0].socket, s[0].name, s[1].name, s[2].name);
  options_of(&o, nodes);
  haredis_client *c = connect_to(&o);
  says(haredis_command(c, "GET greeting"), "hello");
  haredis_run(c, 300);
  haredis_topology *t = haredis_topology_ref(c);
  size_t up = 0;
  for (size_t i = 0; t && i < haredis_topology_count(t); i++) {
    up += haredis_topology_node(t, i)->up != 0;
  }
  check(up == 3, "all three nodes are up");
  haredis_topology_unref(t);
  haredis_free(c);
}

static void large_values(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  haredis_client *c = connect_to(&o);
  char *value = malloc(LARGE);
  if (value == NULL) kit_die("out of memory");
  for (size_t i = 0; i < LARGE; i++) value[i] = (char)(i * 31 + i / 7);
  for (int i = 0; i < 10; i++) {
    value[i] = (char)i;
    says(haredis_command(c, "SET large:%d %b", i, value, (size_t)LARGE), "OK");
    redisReply *r = haredis_command(c, "GET large:%d", i);
    check(r && r->type == REDIS_REPLY_STRING && (size_t)r->len == LARGE &&
              memcmp(r->str, value, LARGE) == 0,
          "1 MiB comes back as it went");
    freeReplyObject(r);
  }
  free(value);
  haredis_free(c);
}

static struct {
  int64_t next;
  bool disorder;
} counted;

static void on_count(haredis_client *c, struct redisReply *reply, void *data) {
  (void)c;
  (void)data;
  counted.next++;
  if (reply == NULL || reply->integer != counted.next) counted.disorder = true;
}

static void pipeline(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  haredis_client *c = connect_to(&o);
  says(haredis_command(c, "SET counter 0"), "OK");
  counted.next = 0;
  counted.disorder = false;
  for (int round = 0; round < 5; round++) {
    for (int i = 0; i < MANY; i++) {
      int code = haredis_async_command(c, on_count, NULL, "INCR counter");
      check(code == HAREDIS_OK, "accepted");
    }
    int64_t end = kit_now_us() + 20000000;
    while (counted.next < (round + 1) * (int64_t)MANY && kit_now_us() < end) haredis_run(c, 10);
  }
  check(counted.next == 5 * MANY, "all of them are answered");
  check(!counted.disorder, "each once, in order");
  haredis_free(c);
}

/* ---- subscriptions, failover ---- */

static void on_message(haredis_client *c, const struct haredis_message *m, void *data) {
  (void)c;
  (void)data;
  heard.messages += m->payload_len == 5 && memcmp(m->payload, "hello", 5) == 0;
}

static void on_item(haredis_client *c, const struct haredis_stream_item *item, void *data) {
  (void)c;
  (void)data;
  heard.items += strstr(item->text, "watched") != NULL;
}

static void wait_for(haredis_client *c, const int *count, int least) {
  int64_t end = kit_now_us() + 10000000;
  while (*count < least && kit_now_us() < end) haredis_run(c, 10);
  check(*count >= least, "it comes in ten seconds");
}

static void subscriptions(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  haredis_client *c = connect_to(&o);
  check(haredis_subscribe(c, "news", on_message, NULL) != NULL, "subscribed");
  check(haredis_psubscribe(c, "ne*", on_message, NULL) != NULL, "subscribed to a pattern");
  wait_for(c, &heard.subscribed, 1);
  freeReplyObject(haredis_command(c, "PUBLISH news hello"));
  wait_for(c, &heard.messages, 2);
  haredis_free(c);
}

/* Blocking commands, transactions, reads from replicas and streams have links of their own. */
static void other_links(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  o.read_from = HAREDIS_READ_REPLICA;
  o.read_own_writes = 1;
  haredis_client *c = connect_to(&o);
  says(haredis_command(c, "SET place replica"), "OK");
  says(haredis_command(c, "GET place"), "replica");
  freeReplyObject(haredis_command(c, "RPUSH queue first"));
  redisReply *r = haredis_command(c, "BLPOP queue 5");
  check(r && r->elements == 2 && strcmp(r->element[1]->str, "first") == 0, "BLPOP");
  freeReplyObject(r);
  haredis_txn *t = haredis_txn_begin(c);
  check(t && haredis_txn_command(t, "SET both 1") == HAREDIS_OK, "MULTI");
  r = t ? haredis_txn_exec(t, NULL) : NULL;
  check(r && r->type == REDIS_REPLY_ARRAY && r->elements == 1, "EXEC");
  freeReplyObject(r);
  check(haredis_monitor(c, NULL, on_item, NULL) != NULL, "MONITOR");
  int64_t end = kit_now_us() + 10000000;
  while (heard.items == 0 && kit_now_us() < end && !tls.why[0]) {
    says(haredis_command(c, "SET watched yes"), "OK");
    haredis_run(c, 10);
  }
  check(heard.items > 0, "the stream brings something");
  haredis_free(c);
}

static void failover(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  o.command_timeout_ms = 10000;
  haredis_client *c = connect_to(&o), *other = connect_to(&o);
  check(haredis_subscribe(c, "news", on_message, NULL) != NULL, "subscribed");
  says(haredis_command(c, "SET before failover"), "OK");
  says(haredis_command(other, "GET before"), "failover");
  wait_for(c, &heard.subscribed, 1);
  int old = group_master(&group);
  check(old >= 0, "there is a master");
  if (old < 0) return;
  int64_t settled = kit_now_us() + 500000; /* replicas have it */
  while (kit_now_us() < settled) haredis_run(c, 10);
  memset(&heard, 0, sizeof heard);
  server_kill(&group.servers[old]);
  for (int i = 0; i < 50 && !tls.why[0]; i++) {
    redisReply *reply = haredis_command(c, "SET after kill:%d", i);
    /* The first may have left for a server that was dying: the code says so. */
    if (i > 0 || reply || haredis_err(c) != HAREDIS_ERR_MAYBE) says(reply, "OK");
  }
  check(heard.master[0] && strcmp(heard.master, group.servers[old].name) != 0,
        "another is the master");
  haredis_run(other, 0);
  says(haredis_command(other, "GET before"), "failover");
  wait_for(c, &heard.subscribed, 1); /* where the new link is */
  freeReplyObject(haredis_command(other, "PUBLISH news hello"));
  wait_for(c, &heard.messages, 1);
  server_start(&group.servers[old]);
  int64_t end = kit_now_us() + 15000000;
  char why[160] = "";
  while (!group_settle(&group, 0, why, sizeof why) && kit_now_us() < end) haredis_run(c, 10);
  check(group_settle(&group, 2000, why, sizeof why), "the old master came back as a replica");
  haredis_free(other);
  haredis_free(c);
}

/* ---- what is refused ---- */

/* Nothing runs, and one warning per node names node and cause. */
static void refused_by(haredis_options *o, const char *cause) {
  o->command_timeout_ms = 300;
  memset(&heard, 0, sizeof heard);
  int nodes = 1;
  for (const char *at = o->nodes; *at; at++) nodes += *at == ',';
  haredis_client *c = connect_to(o);
  int64_t end = kit_now_us() + 10000000;
  while (heard.warnings < nodes && kit_now_us() < end) haredis_run(c, 10);
  redisReply *r = haredis_command(c, "GET greeting");
  check(r == NULL && haredis_err(c) == HAREDIS_ERR_NO_MASTER, "ERR_NO_MASTER");
  freeReplyObject(r);
  if (strstr(heard.text, cause) == NULL) broken("the warning is \"%s\"", heard.text);
  if (heard.warnings != nodes) broken("%d warnings of %d nodes", heard.warnings, nodes);
  check(heard.node[0] && strstr(o->nodes, heard.node), "the warning names the node");
  haredis_free(c);
}

static void wrong_authority(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  haredis_client *beside = connect_to(&o); /* another list of authorities in one process */
  o.tls_ca_file = file(0, "other.pem");
  refused_by(&o, "its certificate is of an unknown authority");
  says(haredis_command(beside, "GET greeting"), "hello");
  haredis_free(beside);
  o.tls_ca_file = NULL; /* the system's do not know it either */
  refused_by(&o, "its certificate is of an unknown authority");
}

static void wrong_name(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  o.tls_server_name = "elsewhere.example";
  refused_by(&o, "its certificate is not for elsewhere.example");
}

static void no_certificate(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  o.tls_cert_file = o.tls_key_file = NULL;
  refused_by(&o, "it asks for our certificate (tls_cert_file)");
}

/* So often its servers had to refuse somebody. */
static int refusals(void) {
  int count = 0;
  for (int i = 0; i < group.count; i++) {
    count += server_log_count(&group.servers[i], "Error accepting a client connection");
  }
  return count;
}

static void strange_certificate(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  o.tls_cert_file = file(1, "stranger.pem");
  o.tls_key_file = file(2, "stranger.key");
  refused_by(&o, "the authority of our certificate (tls_cert_file)");
  haredis_client *c = connect_to(&o);
  int64_t end = kit_now_us() + 3000000;
  while (kit_now_us() < end) haredis_run(c, 10);
  int before = refusals();
  end += 4000000;
  while (kit_now_us() < end) haredis_run(c, 10);
  int often = refusals() - before;
  if (often < group.count || often > 10 * group.count) { /* each is 2 ms of a server's time */
    broken("it was refused %d times by %d servers in 4 s", often, group.count);
  }
  haredis_free(c);
}

static void unverified(void) {
  haredis_options o;
  options_of(&o, group.nodes);
  o.tls_ca_file = NULL;
  o.tls_verify = 0;
  haredis_client *c = connect_to(&o);
  says(haredis_command(c, "GET greeting"), "hello");
  haredis_free(c);
}

/* One server more, with a certificate that is no good. */
struct odd {
  struct server server;
  char extra[900];
};

static void odd_start(struct odd *odd, const char *name) {
  snprintf(odd->extra, sizeof odd->extra, "tls-cert-file %s/%s.pem\ntls-key-file %s/%s.key\n",
           tls.folder, name, tls.folder, name);
  odd->server.extra = odd->extra;
  server_prepare(&odd->server, 0, "127.0.0.1");
  server_start(&odd->server);
}

static void odd_refused(struct odd *odd, const char *cause) {
  haredis_options o;
  options_of(&o, odd->server.name);
  refused_by(&o, cause);
  o.tls_verify = 0;
  haredis_client *c = connect_to(&o);
  says(haredis_command(c, "SET a b"), "OK");
  haredis_free(c);
  server_kill(&odd->server);
}

static struct odd expiring; /* started while it was valid */

static void expired(void) {
  char path[400];
  long long end = 0;
  snprintf(path, sizeof path, "%s/expired.at", tls.folder);
  FILE *f = fopen(path, "r");
  if (f == NULL || fscanf(f, "%lld", &end) != 1) kit_die("%s cannot be read", path);
  fclose(f);
  while (time(NULL) <= end) kit_sleep_ms(50);
  odd_refused(&expiring, "its certificate has expired");
}

/* A client whose certificate ends; whoever renews it puts new files in the place of the old ones
 * and tells nobody. */
static haredis_client *lasting;

static void put_in_place(const char *from, const char *to) {
  char path[400], bytes[4096];
  snprintf(path, sizeof path, "%s/%s.new", tls.folder, to);
  FILE *in = fopen(file(0, from), "r"), *out = fopen(path, "w");
  if (in == NULL || out == NULL) kit_die("%s cannot be copied", from);
  size_t n = fread(bytes, 1, sizeof bytes, in);
  if (fwrite(bytes, 1, n, out) != n || fclose(out) != 0) kit_die("%s cannot be written", path);
  fclose(in);
  if (rename(path, file(0, to)) != 0) kit_die("%s cannot be renamed", path);
}

static void lasting_start(void) {
  haredis_options o;
  put_in_place("expired.pem", "lasting.pem");
  put_in_place("expired.key", "lasting.key");
  options_of(&o, group.nodes);
  o.tls_cert_file = file(1, "lasting.pem");
  o.tls_key_file = file(2, "lasting.key");
  o.command_timeout_ms = 3000;
  lasting = connect_to(&o);
  freeReplyObject(haredis_command(lasting, "SET greeting hello"));
}

static void renewed(void) {
  for (int i = 0; i < group.count; i++) {
    freeReplyObject(probe(&group.servers[i], "CLIENT KILL TYPE normal"));
  }
  redisReply *r = haredis_command(lasting, "GET greeting");
  check(r == NULL, "nothing is answered over a certificate that is over");
  freeReplyObject(r);
  if (strstr(heard.text, "it says that our certificate has expired") == NULL) {
    broken("the warning is \"%s\"", heard.text);
  }
  put_in_place("client.pem", "lasting.pem");
  put_in_place("client.key", "lasting.key");
  says(haredis_command(lasting, "GET greeting"), "hello");
  haredis_free(lasting);
}

static void elsewhere(void) {
  static struct odd odd;
  odd_start(&odd, "elsewhere");
  odd_refused(&odd, "its certificate is not for 127.0.0.1");
}

static void plain_client(void) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = group.nodes;
  o.on_event = on_event;
  refused_by(&o, "does this port want TLS?");
}

static void plain_server(void) {
  static struct server s;
  haredis_options o;
  memset(&s, 0, sizeof s);
  unsetenv("HAREDIS_TEST_TLS");
  server_prepare(&s, 0, "127.0.0.1");
  server_start(&s);
  setenv("HAREDIS_TEST_TLS", tls.folder, 1);
  options_of(&o, s.name);
  refused_by(&o, "is this its plain port?");
  server_kill(&s);
}

int main(void) {
  kit_init("tls_check");
  const char *folder = server_tls();
  if (folder == NULL) kit_die("HAREDIS_TEST_TLS names no folder: see integration/compat/tls");
  tls.folder = strdup(folder);
  haredis_options o;
  options_of(&o, "127.0.0.1:1");
  haredis_client *c = haredis_connect(&o);
  if (c && haredis_err(c) == HAREDIS_ERR_TLS) {
    printf("skip: %s\n", haredis_errstr(c));
    return 77;
  }
  haredis_free(c);
  odd_start(&expiring, "expired");
  group_start(&group, &(struct group_plan){.nodes = 3});
  lasting_start();
  run_case("commands, by option and by rediss://, and replication", commands);
  run_case("one node by its unix socket", unix_socket);
  run_case("values of 1 MiB", large_values);
  run_case("50 000 commands, 10 000 at a time", pipeline);
  run_case("subscriptions", subscriptions);
  run_case("links of their own: replica, BLPOP, EXEC, MONITOR", other_links);
  run_case("kill -9 of the master, which comes back", failover);
  run_case("an authority that we do not know", wrong_authority);
  run_case("a server name that it has not", wrong_name);
  run_case("a client without a certificate", no_certificate);
  run_case("a client that nobody knows", strange_certificate);
  run_case("tls_verify=no", unverified);
  run_case("a certificate of another host", elsewhere);
  run_case("a plain client at a TLS port", plain_client);
  run_case("a TLS client at a plain port", plain_server);
  run_case("a certificate that has expired meanwhile", expired);
  run_case("a client whose certificate has expired, and is renewed", renewed);
  group_stop(&group);
  printf("%d passed, %d failed\n", tls.passed, tls.failed);
  return tls.failed == 0 && tls.passed > 0 ? 0 : 1;
}
