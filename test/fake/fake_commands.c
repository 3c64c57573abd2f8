/*
 * What the fake server's commands do.
 */
#include "fake_redis_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct fake_bytes bytes;
typedef struct fake_command command;

/* The i-th word as a C string in a buffer of its own; "" past the end. */
struct word {
  char text[600];
};

static struct word word_at(const command *c, int i) {
  struct word word = {""};
  if (i >= c->argc) return word;
  size_t length = c->lengths[i];
  if (length >= sizeof(word.text)) length = sizeof(word.text) - 1;
  memcpy(word.text, c->argv[i], length);
  word.text[length] = '\0';
  return word;
}

static int word_is(const command *c, int i, const char *text) {
  return i < c->argc && c->lengths[i] == strlen(text) &&
         strncasecmp(c->argv[i], text, c->lengths[i]) == 0;
}

static void say_bulk(bytes *out, const char *text) {
  if (text == NULL) {
    fake_say(out, "$-1\r\n");
    return;
  }
  fake_say(out, "$%zu\r\n", strlen(text));
  fake_bytes_add(out, text, strlen(text));
  fake_bytes_add(out, "\r\n", 2);
}

static struct fake_entry *entry_find(struct fake_redis *fake, const char *key, const char *field) {
  for (struct fake_entry *e = fake->entries; e != NULL; e = e->next) {
    if (strcmp(e->key, key) == 0 && strcmp(e->field, field) == 0) return e;
  }
  return NULL;
}

void fake_entry_drop(struct fake_redis *fake, struct fake_entry *entry) {
  struct fake_entry **link = &fake->entries;
  while (*link != entry) link = &(*link)->next;
  *link = entry->next;
  free(entry);
}

static void entry_put(struct fake_redis *fake, const char *key, const char *field,
                      const char *value) {
  struct fake_entry *e = entry_find(fake, key, field);
  if (e == NULL) {
    e = fake_memory(NULL, sizeof(*e));
    memset(e, 0, sizeof(*e));
    e->next = fake->entries;
    fake->entries = e;
    snprintf(e->key, sizeof(e->key), "%s", key);
    snprintf(e->field, sizeof(e->field), "%s", field);
  }
  snprintf(e->value, sizeof(e->value), "%s", value);
  fake->changes++;
  fake->offset += 40;
}

static int sealed(const struct fake_redis *fake) {
  return fake->master_host[0] != '\0';
}

/* A key counts once, whatever it has of fields. */
static size_t key_count(const struct fake_redis *fake) {
  size_t keys = 0;
  for (struct fake_entry *e = fake->entries; e != NULL; e = e->next) {
    struct fake_entry *other = e->next;
    while (other != NULL && strcmp(other->key, e->key) != 0) other = other->next;
    if (other == NULL) keys++;
  }
  return keys;
}

static void run_info(struct fake_redis *fake, bytes *out) {
  char text[1600];
  size_t keys = key_count(fake);
  int n = snprintf(text, sizeof(text),
                   "# Server\r\nredis_version:7.0.15\r\nrun_id:%s\r\ntcp_port:%d\r\n"
                   "# Persistence\r\nloading:0\r\n# Replication\r\nrole:%s\r\n",
                   fake->run_id, fake->port, sealed(fake) ? "slave" : "master");
  if (sealed(fake)) {
    n += snprintf(text + n, sizeof(text) - (size_t)n,
                  "master_host:%s\r\nmaster_port:%d\r\nmaster_link_status:down\r\n"
                  "master_last_io_seconds_ago:-1\r\nmaster_sync_in_progress:0\r\n"
                  "slave_read_repl_offset:%lld\r\nslave_repl_offset:%lld\r\n"
                  "master_link_down_since_seconds:3\r\nslave_priority:100\r\n"
                  "slave_read_only:1\r\n",
                  fake->master_host, fake->master_port, fake->offset, fake->offset);
  }
  n += snprintf(text + n, sizeof(text) - (size_t)n,
                "connected_slaves:0\r\nmaster_failover_state:no-failover\r\n"
                "master_replid:%s\r\nmaster_replid2:%040d\r\nmaster_repl_offset:%lld\r\n"
                "second_repl_offset:-1\r\n# Keyspace\r\n",
                fake->run_id, 0, fake->offset);
  if (keys > 0) {
    snprintf(text + n, sizeof(text) - (size_t)n, "db0:keys=%zu,expires=0,avg_ttl=0\r\n", keys);
  }
  say_bulk(out, text);
}

static void run_set(struct fake_redis *fake, const command *c, bytes *out) {
  struct word key = word_at(c, 1), value = word_at(c, 2);
  int only_new = 0;
  for (int i = 3; i < c->argc; i++) only_new |= word_is(c, i, "NX");
  if (only_new && entry_find(fake, key.text, "") != NULL) {
    fake_say(out, "$-1\r\n");
    return;
  }
  entry_put(fake, key.text, "", value.text);
  fake_say(out, "+OK\r\n");
}

static void run_del(struct fake_redis *fake, const command *c, bytes *out) {
  int removed = 0;
  for (int i = 1; i < c->argc; i++) {
    struct word key = word_at(c, i);
    int found = 0;
    for (struct fake_entry *e = fake->entries, *next; e != NULL; e = next) {
      next = e->next;
      if (strcmp(e->key, key.text) != 0) continue;
      fake_entry_drop(fake, e);
      found = 1;
    }
    removed += found;
  }
  fake->changes += (size_t)removed;
  fake_say(out, ":%d\r\n", removed);
}

static void run_hash_read(struct fake_redis *fake, const command *c, bytes *out) {
  struct word key = word_at(c, 1);
  if (word_is(c, 0, "HMGET")) fake_say(out, "*%d\r\n", c->argc - 2);
  for (int i = 2; i < c->argc; i++) {
    struct fake_entry *e = entry_find(fake, key.text, word_at(c, i).text);
    say_bulk(out, e != NULL ? e->value : NULL);
  }
}

static void run_add(struct fake_redis *fake, const command *c, bytes *out) {
  int hash = word_is(c, 0, "HINCRBY");
  struct word key = word_at(c, 1), field = {""}, by = {"1"};
  char text[32];
  if (hash) field = word_at(c, 2);
  if (hash) by = word_at(c, 3);
  if (word_is(c, 0, "INCRBY")) by = word_at(c, 2);
  struct fake_entry *e = entry_find(fake, key.text, field.text);
  long long value = (e != NULL ? strtoll(e->value, NULL, 10) : 0) + strtoll(by.text, NULL, 10);
  snprintf(text, sizeof(text), "%lld", value);
  entry_put(fake, key.text, field.text, text);
  fake_say(out, ":%lld\r\n", value);
}

static void run_replicaof(struct fake_redis *fake, const command *c, bytes *out) {
  struct word host = word_at(c, 1), port = word_at(c, 2);
  if (strcasecmp(host.text, "NO") == 0) {
    fake->master_host[0] = '\0';
  } else {
    snprintf(fake->master_host, sizeof(fake->master_host), "%.63s", host.text);
    fake->master_port = (int)strtol(port.text, NULL, 10);
  }
  fake_say(out, "+OK\r\n");
}

/* Its place among the channels of the connection, or their number. */
static int channel_find(const struct fake_conn *conn, const char *channel) {
  int at = 0;
  while (at < conn->channel_count && strcmp(conn->channels[at], channel) != 0) at++;
  return at;
}

static void run_subscribe(struct fake_conn *conn, const command *c, bytes *out) {
  int adds = word_is(c, 0, "SUBSCRIBE");
  for (int i = 1; i < c->argc && conn->channel_count < FAKE_CHANNELS_MAX; i++) {
    struct word channel = word_at(c, i);
    int at = channel_find(conn, channel.text);
    if (adds && at == conn->channel_count) {
      snprintf(conn->channels[conn->channel_count++], sizeof(conn->channels[0]), "%.63s",
               channel.text);
    } else if (!adds && at < conn->channel_count) {
      memmove(conn->channels[at], conn->channels[--conn->channel_count],
              sizeof(conn->channels[0]));
    }
    fake_say(out, adds ? "*3\r\n$9\r\nsubscribe\r\n" : "*3\r\n$11\r\nunsubscribe\r\n");
    say_bulk(out, channel.text);
    fake_say(out, ":%d\r\n", conn->channel_count);
  }
}

/* Streams: each tells something at once, for there is nobody else to tell of. */
static void run_monitor(bytes *out) {
  fake_say(out, "+OK\r\n+1795167036.355747 [0 127.0.0.1:1] \"PING\"\r\n");
}

static void run_psubscribe(const command *c, bytes *out) {
  struct word pattern = word_at(c, 1);
  fake_say(out, "*3\r\n$10\r\npsubscribe\r\n");
  say_bulk(out, pattern.text);
  fake_say(out, ":1\r\n*4\r\n$8\r\npmessage\r\n");
  say_bulk(out, pattern.text);
  say_bulk(out, "__keyevent@0__:set");
  say_bulk(out, "key");
}

static void run_publish(struct fake_redis *fake, const command *c, bytes *out) {
  struct word channel = word_at(c, 1), text = word_at(c, 2);
  int heard = 0;
  for (struct fake_conn *conn = fake->conns; conn != NULL; conn = conn->next) {
    for (int i = 0; i < conn->channel_count; i++) {
      if (strcmp(conn->channels[i], channel.text) != 0) continue;
      fake_say(&conn->out, "*3\r\n$7\r\nmessage\r\n");
      say_bulk(&conn->out, channel.text);
      say_bulk(&conn->out, text.text);
      heard++;
    }
  }
  fake_say(out, ":%d\r\n", heard);
}

static void run_ping(struct fake_conn *conn, bytes *out) {
  fake_say(out, conn->channel_count > 0 ? "*2\r\n$4\r\npong\r\n$0\r\n\r\n" : "+PONG\r\n");
}

static void run_config(const command *c, bytes *out) {
  if (!word_is(c, 1, "GET")) {
    fake_say(out, "+OK\r\n");
    return;
  }
  static const struct {
    const char *name, *value;
  } values[] = {{"maxmemory", "0"}, {"masterauth", ""}, {"replica-serve-stale-data", "yes"}};
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    if (!word_is(c, 2, values[i].name)) continue;
    fake_say(out, "*2\r\n");
    say_bulk(out, values[i].name);
    say_bulk(out, values[i].value);
    return;
  }
  fake_say(out, "*0\r\n");
}

static void run_command_table(bytes *out) {
  fake_say(out, "*2\r\n*6\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n"
                "*6\r\n$3\r\nset\r\n:-3\r\n*1\r\n+write\r\n:1\r\n:1\r\n:1\r\n");
}

static void run_one(struct fake_conn *conn, const command *c, bytes *out) {
  struct fake_redis *fake = conn->fake;
  static const char *const adders[] = {"INCR", "INCRBY", "HINCRBY"};
  for (size_t i = 0; i < sizeof(adders) / sizeof(adders[0]); i++) {
    if (word_is(c, 0, adders[i])) {
      run_add(fake, c, out);
      return;
    }
  }
  if (word_is(c, 0, "PING")) {
    run_ping(conn, out);
  } else if (word_is(c, 0, "INFO")) {
    run_info(fake, out);
  } else if (word_is(c, 0, "SET")) {
    run_set(fake, c, out);
  } else if (word_is(c, 0, "GET")) {
    struct fake_entry *e = entry_find(fake, word_at(c, 1).text, "");
    say_bulk(out, e != NULL ? e->value : NULL);
  } else if (word_is(c, 0, "DEL")) {
    run_del(fake, c, out);
  } else if (word_is(c, 0, "HSET")) {
    for (int i = 2; i + 1 < c->argc; i += 2) {
      entry_put(fake, word_at(c, 1).text, word_at(c, i).text, word_at(c, i + 1).text);
    }
    fake_say(out, ":1\r\n");
  } else if (word_is(c, 0, "HGET") || word_is(c, 0, "HMGET")) {
    run_hash_read(fake, c, out);
  } else if (word_is(c, 0, "REPLICAOF")) {
    run_replicaof(fake, c, out);
  } else if (word_is(c, 0, "SUBSCRIBE") || word_is(c, 0, "UNSUBSCRIBE")) {
    run_subscribe(conn, c, out);
  } else if (word_is(c, 0, "PSUBSCRIBE")) {
    run_psubscribe(c, out);
  } else if (word_is(c, 0, "MONITOR")) {
    run_monitor(out);
  } else if (word_is(c, 0, "PUBLISH")) {
    run_publish(fake, c, out);
  } else if (word_is(c, 0, "CONFIG")) {
    run_config(c, out);
  } else if (word_is(c, 0, "COMMAND") && word_is(c, 1, "COUNT")) {
    fake_say(out, ":2\r\n");
  } else if (word_is(c, 0, "COMMAND")) {
    run_command_table(out);
  } else if (word_is(c, 0, "CLIENT") && word_is(c, 1, "ID")) {
    fake_say(out, ":7\r\n");
  } else if (word_is(c, 0, "CLIENT") && word_is(c, 1, "KILL")) {
    fake_say(out, ":0\r\n");
  } else if (word_is(c, 0, "WAIT") || word_is(c, 0, "EXISTS") || word_is(c, 0, "DBSIZE")) {
    fake_say(out, ":0\r\n");
  } else if (word_is(c, 0, "CLIENT") || word_is(c, 0, "AUTH") || word_is(c, 0, "SELECT") ||
             word_is(c, 0, "UNWATCH")) {
    fake_say(out, "+OK\r\n");
  } else {
    fake_say(out, "-ERR unknown command '%.64s'\r\n", word_at(c, 0).text);
  }
}

/* Keeps the words of a command until EXEC, each behind its length. */
static void queue_add(struct fake_conn *conn, const command *c) {
  fake_bytes_add(&conn->queue, (const char *)&c->argc, sizeof(c->argc));
  for (int i = 0; i < c->argc; i++) {
    fake_bytes_add(&conn->queue, (const char *)&c->lengths[i], sizeof(c->lengths[i]));
    fake_bytes_add(&conn->queue, c->argv[i], c->lengths[i]);
  }
  conn->queued++;
}

static size_t queue_take(const struct fake_conn *conn, size_t at, command *c) {
  memcpy(&c->argc, conn->queue.data + at, sizeof(c->argc));
  at += sizeof(c->argc);
  for (int i = 0; i < c->argc; i++) {
    memcpy(&c->lengths[i], conn->queue.data + at, sizeof(c->lengths[i]));
    at += sizeof(c->lengths[i]);
    c->argv[i] = conn->queue.data + at;
    at += c->lengths[i];
  }
  return at;
}

static void run_exec(struct fake_conn *conn, bytes *out) {
  int moved = conn->watching && conn->watched_changes != conn->fake->changes;
  size_t at = 0;
  if (moved) {
    fake_say(out, "*-1\r\n");
  } else {
    fake_say(out, "*%d\r\n", conn->queued);
    for (int i = 0; i < conn->queued; i++) {
      command c;
      at = queue_take(conn, at, &c);
      run_one(conn, &c, out);
    }
  }
  conn->multi = conn->queued = conn->watching = 0;
  conn->queue.length = 0;
}

void fake_command_run(struct fake_conn *conn, const struct fake_command *c,
                      struct fake_bytes *answer) {
  if (c->argc == 0) {
    fake_say(answer, "-ERR empty\r\n");
  } else if (word_is(c, 0, "WATCH")) {
    conn->watching = 1;
    conn->watched_changes = conn->fake->changes;
    fake_say(answer, "+OK\r\n");
  } else if (word_is(c, 0, "MULTI")) {
    conn->multi = 1;
    fake_say(answer, "+OK\r\n");
  } else if (word_is(c, 0, "EXEC")) {
    run_exec(conn, answer);
  } else if (conn->multi) {
    queue_add(conn, c);
    fake_say(answer, "+QUEUED\r\n");
  } else {
    if (word_is(c, 0, "UNWATCH")) conn->watching = 0;
    run_one(conn, c, answer);
  }
}
