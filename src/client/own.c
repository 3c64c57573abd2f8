/*
 * What this client wrote, as far as a replica must have it before it is read: see reads.h.
 *
 * Answers come in the order of the sending, so a count that is answered covers every write that was
 * acknowledged on that link before. What was acknowledged on a link that broke before its count
 * came is covered by no count that was sent before that.
 * It must not know where reads go.
 */
#include <stdio.h>
#include <string.h>

#include "client/reads.h"

static void hr_own_forget(struct hr_target *target) {
  target->main.uncounted = target->durable[0].uncounted = target->durable[1].uncounted = 0;
}

/* Nobody has followed what was written before: another count covers it. */
void hr_own_watch(haredis_client *c) {
  struct hr_reads *reads = c->reads;
  if (reads->watches) {
    return;
  }
  reads->watches = true;
  if (c->topology.version == 0) {
    return; /* nothing was written yet */
  }
  reads->epoch = c->topology.epoch;
  memcpy(reads->run_id, c->topology.run_id, sizeof(reads->run_id));
  for (size_t node = 0; node < c->addresses.count; node++) {
    if (c->targets[node] != NULL) {
      hr_own_forget(c->targets[node]);
    }
  }
  hr_own_topology(c);
  hr_own_elsewhere(c);
  c->read_conn = NULL; /* whose process it leads to must be known from now on */
}

bool hr_own_watches(const haredis_client *c) {
  return c->reads != NULL && c->reads->watches;
}

bool hr_own_wrote(const haredis_client *c) {
  return c->reads->wrote || !hr_own_is_counted(c);
}

static bool hr_own_owes(const struct hr_target *target) {
  return target != NULL && ((target->main.uncounted | target->durable[0].uncounted |
                             target->durable[1].uncounted) != 0);
}

/* With a master its links alone matter: what an older one acknowledged is in its lineage. */
bool hr_own_is_counted(const haredis_client *c) {
  int master = c->topology.master;
  if (c->reads->unsure) {
    return false;
  }
  if (master >= 0) {
    return !hr_own_owes(c->targets[master]);
  }
  bool owes = false;
  for (size_t node = 0; node < c->addresses.count; node++) {
    owes = owes || hr_own_owes(c->targets[node]);
  }
  return !owes;
}

/*
 * On one link the opcounter never falls, unless a FLUSHALL took it away. Whoever writes the
 * record back begins far above whatever was counted; before that a count says nothing, for a
 * replica that has not been flushed yet shows more. What comes late on this link, when another one
 * has been told what was written back, says nothing either. (A proof of reads alone counts nothing,
 * and is told the same number again.)
 */
static bool hr_own_was_flushed(struct hr_conn *conn, uint64_t counted) {
  uint64_t before = conn->counted;
  bool back = conn->client->reads->counted >= before + HR_OPCOUNTER_SKIP / 2;
  conn->counted = counted;
  return counted < before && !back;
}

void hr_own_count(struct hr_conn *conn, const struct hr_request *request,
                  const struct redisReply *reply) {
  haredis_client *c = conn->client;
  if (!hr_own_watches(c) || reply->type != REDIS_REPLY_INTEGER || reply->integer < 0) {
    return;
  }
  struct hr_reads *reads = c->reads;
  uint64_t counted = (uint64_t)reply->integer;
  conn->uncounted = 0;
  if (c->topology.master >= 0 && conn->node != c->topology.master) {
    return; /* an older master's: the lineage says more */
  }
  reads->wrote = true;
  if (hr_own_was_flushed(conn, counted)) {
    reads->losses++;
    reads->unsure = true;
    reads->floor = reads->counted + HR_OPCOUNTER_SKIP / 2;
  }
  if (counted < reads->floor) {
    return; /* whoever is pumped next counts again */
  }
  reads->floor = 0;
  reads->counted = counted > reads->counted ? counted : reads->counted;
  if (request->aux == reads->losses) {
    reads->unsure = false;
  }
  if (reads->unsure || reads->waiting.first != NULL) {
    hr_client_pump_soon(c);
  }
}

void hr_own_elsewhere(haredis_client *c) {
  if (!hr_own_watches(c)) {
    return;
  }
  c->reads->losses++;
  c->reads->wrote = true;
  c->reads->unsure = true;
  hr_client_pump_soon(c); /* which counts again */
}

/* Where INFO is not allowed or says no run id nobody is kept from reading: nothing can be known. */
static void hr_own_on_process(struct hr_link *link, struct hr_request *request,
                              struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  haredis_client *c = conn->client;
  const char *at = reply->str != NULL ? strstr(reply->str, "\nrun_id:") : NULL;
  (void)link;
  conn->asks_process = false;
  conn->tells_no_process = at == NULL;
  if (at != NULL) {
    at += strlen("\nrun_id:");
    snprintf(conn->process, sizeof(conn->process), "%.*s", (int)strcspn(at, "\r\n"), at);
  }
  if (at != NULL && strcmp(conn->process, c->topology.run_id) != 0) {
    hr_client_hint_soon(c, conn->node);
  }
  hr_client_pump_soon(c);
}

bool hr_own_is_elected(struct hr_conn *conn) {
  static const char *const info[] = {"INFO", "server"};
  haredis_client *c = conn->client;
  struct hr_request request = {.fn = hr_own_on_process, .owner = conn, .flags = HR_REQ_OURS};
  if (!hr_own_watches(c) || !hr_own_wrote(c) || conn->node != c->topology.master ||
      conn->tells_no_process || strcmp(conn->process, c->topology.run_id) == 0) {
    return true;
  }
  if (conn->process[0] == '\0' && !conn->asks_process) {
    conn->asks_process = hr_link_send(conn->link, &request, 2, info, NULL) == 0;
  }
  return false;
}

void hr_own_lost(struct hr_conn *conn) {
  haredis_client *c = conn->client;
  conn->process[0] = '\0';
  conn->asks_process = conn->tells_no_process = false;
  conn->counted = 0;
  bool old = c->topology.master >= 0 && conn->node != c->topology.master;
  if (conn->uncounted != 0 && !old) {
    hr_own_elsewhere(c);
  }
  conn->uncounted = 0;
}

/* The master's main link counts again, though nobody writes: once per loss. */
void hr_own_recount(haredis_client *c) {
  const struct hr_plan *plan = &c->plans[HR_NEED_WRITE];
  if (!hr_own_watches(c) || !c->reads->unsure || plan->kind != HR_PLAN_SEND) {
    return;
  }
  struct hr_target *target = c->targets[plan->node];
  struct hr_conn *conn = target != NULL ? &target->main : NULL;
  if (conn != NULL && conn->link != NULL && hr_link_is_up(conn->link) && conn->uncounted == 0) {
    hr_record_recount(conn);
  }
}

/*
 * A new process that is master began with what its lineage stands behind: what was acknowledged
 * before is in there, or lost. The same process under a new epoch may have acknowledged writes
 * behind its lineage already, so for it the count goes on.
 */
void hr_own_topology(haredis_client *c) {
  struct hr_record_text record;
  struct hr_reads *reads = c->reads;
  if (!hr_own_watches(c) || c->topology.master < 0 || !c->control->record(c->driver, &record)) {
    return;
  }
  memcpy(reads->lineage, record.epoch, sizeof(reads->lineage));
  if (hr_epoch_compare(&reads->epoch, &c->topology.epoch) != 0 &&
      strcmp(reads->run_id, c->topology.run_id) != 0) {
    reads->counted = reads->floor = 0;
    reads->unsure = false;
  }
  reads->epoch = c->topology.epoch;
  memcpy(reads->run_id, c->topology.run_id, sizeof(reads->run_id));
}

/* The replica's answer to the question; the read's own comes next on this link. */
static void hr_own_on_answer(struct hr_link *link, struct hr_request *request,
                             struct redisReply *reply) {
  struct hr_conn *conn = request->owner;
  struct hr_reader *reader = (struct hr_reader *)conn; /* its first member */
  const struct hr_reads *reads = conn->client->reads;
  size_t len = strlen(reads->lineage);
  uint64_t counter = 0;
  (void)link;
  reader->fresh = false;
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
    return;
  }
  const struct redisReply *lineage = reply->element[0], *count = reply->element[1];
  if (lineage->type != REDIS_REPLY_STRING || count->type != REDIS_REPLY_STRING || len == 0) {
    return;
  }
  reader->fresh = (size_t)lineage->len == len && memcmp(lineage->str, reads->lineage, len) == 0 &&
                  hr_opcounter_parse(count->str, (size_t)count->len, &counter) &&
                  counter >= (uint64_t)request->order;
}

int hr_own_ask(struct hr_reader *reader) {
  struct hr_conn *conn = &reader->conn;
  haredis_client *c = conn->client;
  const char *argv[] = {"HMGET", c->group_key, "epoch", "opcounter"};
  struct hr_request request = {.fn = hr_own_on_answer,
                               .owner = conn,
                               .flags = HR_REQ_OURS,
                               .order = (int64_t)c->reads->counted};
  int db = c->options.db;
  if (db != 0) {
    request.flags |= HR_REQ_CHAIN;
    if (hr_record_select(conn, 0, 0) != 0) {
      return -1;
    }
  }
  if (hr_link_send(conn->link, &request, 4, argv, NULL) != 0 ||
      (db != 0 && hr_record_select(conn, db, HR_REQ_CHAIN) != 0)) {
    return -1;
  }
  return 0;
}
