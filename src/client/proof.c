/*
 * The proof that a majority holds what ran on a link: three answers of that very link, behind it.
 *
 *   HINCRBY opcounter: an integer   WAIT: its number was reached   HGET epoch: the lineage we know
 *
 * It must not know: what was proven, and what becomes of it when it was not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"

bool hr_proof_expect(struct hr_conn *conn) {
  haredis_client *c = conn->client;
  struct hr_record_text record;
  conn->proof = (struct hr_proof){.acks = c->topology.durable_acks};
  if (c->control->record(c->driver, &record)) {
    memcpy(conn->proof.lineage, record.epoch, sizeof(conn->proof.lineage));
  }
  return conn->proof.lineage[0] != '\0';
}

void hr_proof_count(struct hr_conn *conn, const struct redisReply *reply) {
  conn->proof.counted = reply->type == REDIS_REPLY_INTEGER;
}

static void hr_proof_on_wait(struct hr_link *link, struct hr_request *request,
                             struct redisReply *reply) {
  struct hr_proof *proof = &((struct hr_conn *)request->owner)->proof;
  (void)link;
  proof->acknowledged = reply->type == REDIS_REPLY_INTEGER && reply->integer >= proof->acks;
}

bool hr_proof_judge(struct hr_conn *conn, const struct redisReply *reply) {
  struct hr_proof *proof = &conn->proof;
  size_t len = strlen(proof->lineage);
  bool same = len > 0 && reply->type == REDIS_REPLY_STRING && (size_t)reply->len == len &&
              memcmp(reply->str, proof->lineage, len) == 0;
  proof->proven = proof->counted && proof->acknowledged && same;
  return same;
}

enum hr_proof_worth hr_proof_worth(const struct hr_conn *conn) {
  const haredis_client *c = conn->client;
  struct hr_record_text record;
  bool known = c->control->record(c->driver, &record);
  if (!known || strcmp(record.epoch, conn->proof.lineage) != 0) {
    return HR_PROOF_VOID;
  }
  return c->topology.durable ? HR_PROOF_GOOD : HR_PROOF_EARLY;
}

int hr_proof_ask(struct hr_conn *conn, hr_request_fn *on_count, uint32_t writes,
                 hr_request_fn *on_lineage) {
  haredis_client *c = conn->client;
  int db = c->options.db;
  char acks[16], wait[24];
  snprintf(acks, sizeof(acks), "%d", conn->proof.acks);
  snprintf(wait, sizeof(wait), "%" PRId64, hr_durable_wait_ms(c));
  const char *wait_argv[] = {"WAIT", acks, wait};
  const char *hget_argv[] = {"HGET", c->group_key, "epoch"};
  if (db != 0 && hr_record_select(conn, 0, HR_REQ_CHAIN) != 0) {
    return -1;
  }
  if (on_count != NULL && hr_record_count(conn, writes, on_count, HR_REQ_CHAIN) != 0) {
    return -1;
  }
  if (hr_record_ours(conn, hr_proof_on_wait, HR_REQ_CHAIN, 3, wait_argv) != 0 ||
      hr_record_ours(conn, on_lineage, HR_REQ_CHAIN, 3, hget_argv) != 0) {
    return -1;
  }
  return db != 0 ? hr_record_select(conn, db, HR_REQ_CHAIN) : 0;
}
