/*
 * Our hash on the master, <prefix>:group, as far as the data plane writes it.
 *
 *   Every flush ends with one HINCRBY for the writes in it: cheap, and never ahead of them.
 *   FLUSHALL and its like take the record away, so they go as one transaction that restores it:
 *       MULTI; [the command]; HSET <prefix>:group ...; EXEC     and the user sees [the command]'s
 * reply The record lives in database 0; in another one the link goes there and back in the same
 * packet.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/reads.h"
#include "io/reply.h"

int hr_record_ours(struct hr_conn *conn, hr_request_fn *fn, uint32_t chain, int argc,
                   const char *const *argv) {
  const struct hr_reads *reads = conn->client->reads;
  struct hr_request request = {.fn = fn, .owner = conn, .flags = HR_REQ_OURS | chain};
  request.aux = reads != NULL ? reads->losses : 0; /* see hr_own_count */
  return hr_link_send(conn->link, &request, argc, argv, NULL);
}

int hr_record_select(struct hr_conn *conn, int db, uint32_t chain) {
  char number[16];
  snprintf(number, sizeof(number), "%d", db);
  const char *argv[] = {"SELECT", number};
  return hr_record_ours(conn, NULL, chain, 2, argv);
}

int hr_record_count(struct hr_conn *conn, uint32_t writes, hr_request_fn *fn, uint32_t chain) {
  char number[16];
  snprintf(number, sizeof(number), "%" PRIu32, writes);
  const char *argv[] = {"HINCRBY", conn->client->group_key, "opcounter", number};
  return hr_record_ours(conn, fn, chain | HR_REQ_COUNT, 4, argv);
}

/* The core need not hear of every flush. */
void hr_record_told(haredis_client *c, const struct redisReply *reply) {
  hr_msec now = hr_loop_now(c->loop);
  if (reply->type != REDIS_REPLY_INTEGER || reply->integer < 0) {
    return;
  }
  if (now - c->told_ms < c->options.down_after_ms / 3 || c->ending) {
    return;
  }
  c->told_ms = now;
  c->control->writes(c->driver, (uint64_t)reply->integer);
}

static void hr_record_on_count(struct hr_link *link, struct hr_request *request,
                               struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  (void)link;
  hr_client_enter(c);
  hr_doubt_count(conn, reply);
  hr_record_told(c, reply);
  hr_own_count(conn, request, reply);
  hr_client_leave(c);
}

void hr_record_recount(struct hr_conn *conn) {
  int db = conn->client->options.db;
  size_t before = hr_link_unanswered(conn->link);
  if ((db != 0 && hr_record_select(conn, 0, 0) != 0) ||
      hr_record_count(conn, 1, hr_record_on_count, db != 0 ? HR_REQ_CHAIN : 0) != 0 ||
      (db != 0 && hr_record_select(conn, db, HR_REQ_CHAIN) != 0)) {
    hr_link_take_back(conn->link, before); /* no memory: the next turn tries again */
    if (hr_link_unanswered(conn->link) > before) {
      hr_data_break(conn); /* part of it has left: the link may be in database 0 */
    }
    return;
  }
  conn->uncounted = HR_REQ_WRITE; /* if its answer does not come, another one is needed */
}

void hr_record_flush(struct hr_link *link, void *owner) {
  struct hr_conn *conn = owner;
  int db = conn->client->options.db;
  (void)link;
  if (conn->writes == 0) {
    return;
  }
  if (db == 0) {
    if (hr_record_count(conn, conn->writes, hr_record_on_count, 0) == 0) {
      conn->writes = 0;
    }
    return; /* no memory: counted with the next flush */
  }
  if (hr_record_select(conn, 0, 0) != 0) {
    return;
  }
  if (hr_record_count(conn, conn->writes, hr_record_on_count, HR_REQ_CHAIN) != 0 ||
      hr_record_select(conn, db, HR_REQ_CHAIN) != 0) {
    hr_data_break(conn);
    return;
  }
  conn->writes = 0;
}

/* ---- commands that take the record away ---- */

void hr_record_forget_body(struct hr_conn *conn) {
  hr_free(conn->body);
  conn->body = NULL;
  conn->body_len = 0;
  if (conn->body_error != NULL) {
    freeReplyObject(conn->body_error);
  }
  conn->body_error = NULL;
}

/* Without memory the command is still answered, but cannot be repeated. */
void hr_record_body_keep(struct hr_conn *conn, const char *bytes, size_t len) {
  hr_record_forget_body(conn);
  conn->body = bytes != NULL ? hr_alloc(len) : NULL;
  if (conn->body == NULL) {
    return;
  }
  memcpy(conn->body, bytes, len);
  conn->body_len = len;
}

/* +QUEUED, or the error that will make EXEC fail. */
static void hr_record_on_body(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply) {
  size_t len;
  const char *bytes = hr_link_answered_bytes(link, &len);
  hr_record_body_keep(request->owner, bytes, len);
  if (reply->type == REDIS_REPLY_ERROR) {
    ((struct hr_conn *)request->owner)->body_error = hr_reply_copy(reply);
  }
}

/* Since Redis 6.2 EXEC names the cause; before, and only when that is it, in words of its own. */
const char *hr_record_exec_cause(const char *text) {
  static const char because[] = "because of: ";
  const char *cause = strstr(text, because);
  if (cause != NULL) {
    return cause + sizeof(because) - 1;
  }
  return strstr(text, "read-only") != NULL ? "READONLY the node became a replica" : text;
}

/* EXEC: the user's part of it is the first element. */
static void hr_record_on_exec(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  char text[160];
  struct redisReply refused = {.type = REDIS_REPLY_ERROR, .str = text}, *answer = reply;
  (void)link;
  if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0) {
    answer = reply->element[0];
  } else if (conn->body_error != NULL) {
    answer = conn->body_error;
  } else if (reply->type == REDIS_REPLY_ERROR) { /* demoted between the command and EXEC */
    refused.len = (size_t)snprintf(text, sizeof(text), "%s", hr_record_exec_cause(reply->str));
    refused.len = refused.len < sizeof(text) ? refused.len : sizeof(text) - 1;
    answer = &refused;
  }
  char *bytes = conn->body;
  size_t len = conn->body_len;
  struct redisReply *error = conn->body_error;
  conn->body = NULL; /* a callback may close this link or send the next FLUSHALL */
  conn->body_error = NULL;
  conn->uncounted = HR_REQ_WRITE;
  hr_client_enter(c);
  if ((request->flags & HR_REQ_DONE) == 0) {
    bool group = conn->group.busy;
    if (group) {
      hr_durable_reply(conn, request, answer, bytes, len);
    } else if (!hr_reply_repeats(conn, request, answer, bytes, len)) {
      hr_finish(c, request, answer, HAREDIS_OK, bytes, len, conn->node);
    }
  }
  hr_client_leave(c);
  hr_free(bytes);
  if (error != NULL) {
    freeReplyObject(error);
  }
}

/* SWAPDB carries our record (and a stale copy of it) into another database. */
static int hr_record_swapped_db(const struct hr_waiting *waiting) {
  const char *argv[3];
  size_t argvlen[3];
  if (hr_words_split(waiting->bytes, waiting->len, argv, argvlen, 3) != 3) {
    return 0;
  }
  int dbs[2] = {0, 0};
  for (int i = 0; i < 2; i++) {
    for (size_t j = 0; j < argvlen[i + 1] && j < 7; j++) {
      char digit = argv[i + 1][j];
      if (digit < '0' || digit > '9') {
        return 0;
      }
      dbs[i] = dbs[i] * 10 + (digit - '0');
    }
  }
  return dbs[0] == 0 ? dbs[1] : dbs[1] == 0 ? dbs[0] : 0;
}

static int hr_record_restore(struct hr_conn *conn) {
  struct hr_record_text record;
  char counter[24], forks[HR_FORKS_TEXT_MAX];
  if (!conn->client->control->record(conn->client->driver, &record)) {
    return 0; /* nothing is known that could be restored */
  }
  snprintf(counter, sizeof(counter), "%" PRIu64, record.opcounter + HR_OPCOUNTER_SKIP);
  hr_forks_format(record.forks, forks);
  const char *argv[] = {"HSET",      conn->client->group_key,
                        "epoch",     record.epoch,
                        "opcounter", counter,
                        "uuid",      record.uuid,
                        "nodes",     record.nodes,
                        "durable",   record.durable ? "1" : "0",
                        "forks",     forks,
                        "planned",   "0"};
  return hr_record_ours(conn, NULL, HR_REQ_CHAIN, 16, argv);
}

static int hr_record_send_body(struct hr_conn *conn, const struct hr_waiting *waiting) {
  struct hr_request body = {
      .fn = hr_record_on_body, .owner = conn, .flags = HR_REQ_OURS | HR_REQ_CHAIN | HR_REQ_BODY};
  return hr_link_send_raw(conn->link, &body, waiting->bytes, waiting->len);
}

static int hr_record_send_rest(struct hr_conn *conn, const struct hr_waiting *waiting) {
  const char *exec = "EXEC", *group = conn->client->group_key;
  const char *del[] = {"DEL", group};
  int db = conn->client->options.db, other = hr_record_swapped_db(waiting);
  if (other != 0 && (hr_record_select(conn, other, HR_REQ_CHAIN) != 0 ||
                     hr_record_ours(conn, NULL, HR_REQ_CHAIN, 2, del) != 0)) {
    return -1;
  }
  if ((db != 0 || other != 0) && hr_record_select(conn, 0, HR_REQ_CHAIN) != 0) {
    return -1;
  }
  if (hr_record_restore(conn) != 0) {
    return -1;
  }
  if (db != 0 && hr_record_select(conn, db, HR_REQ_CHAIN) != 0) {
    return -1;
  }
  struct hr_request request = waiting->request;
  request.fn = hr_record_on_exec;
  request.owner = conn;
  request.flags |= HR_REQ_CHAIN;
  return hr_link_send(conn->link, &request, 1, &exec, NULL);
}

int hr_record_send_flush(struct hr_conn *conn, const struct hr_waiting *waiting) {
  const char *multi = "MULTI";
  if (hr_record_ours(conn, NULL, 0, 1, &multi) != 0) {
    return -1;
  }
  if (hr_record_send_body(conn, waiting) != 0 || hr_record_send_rest(conn, waiting) != 0) {
    hr_data_break(conn);
    return -1;
  }
  conn->writes++;
  return 0;
}
