/*
 * A script that was answered "READONLY ..." or the like: did the server refuse it, or has it run
 * and says so itself? No text tells, for a script may answer whatever it likes. What goes behind it
 * on the same link does: our counter is a write, and a server that refuses the one refuses the
 * other.
 *
 *   EVALSHA ...   an error that refuses: back into pending, where it waits and nobody passes it
 *   HINCRBY ...   refused alike ─▶ it did not run: sent again
 *                 a number ──────▶ the script's own words: they are its answer. So does a later
 *                                  write that ran (hr_over_passed)
 *                 lost, or refused in other words (BUSY, where the script said READONLY)
 *                                ▶ ERR_MAYBE
 *
 * It must not know: what is refused, and when it is worth another try (route.h).
 */
#include "client/client.h"

/* What any other refusal does at once: no other command is held up by a script's own words. */
static void hr_doubt_refused(struct hr_conn *conn, struct hr_waiting *waiting,
                             enum hr_error_class class) {
  haredis_client *c = conn->client;
  struct hr_outcome outcome = hr_outcome_of(c, &waiting->request, HR_OUTCOME_REPLY);
  outcome.error = class;
  struct hr_verdict verdict = hr_route_judge(&outcome);
  waiting->request.flags &= ~HR_REQ_DOUBT;
  hr_client_hold(c, verdict.wait_ms, verdict.writes_only);
  if (verdict.hint) {
    hr_client_hint_soon(c, conn->node);
  }
}

/* count NULL: it will not come. True: it has run, or may have. */
static bool hr_doubt_end_one(struct hr_conn *conn, struct hr_waiting *waiting,
                             const struct redisReply *count) {
  const struct redisReply *said = waiting->error;
  enum hr_error_class refused = HR_ERROR_PLAIN;
  if (count != NULL && count->type == REDIS_REPLY_ERROR) {
    refused = hr_route_error_class(count->str, (size_t)count->len);
  }
  if (refused != HR_ERROR_PLAIN &&
      refused == hr_route_script_class(said->str, (size_t)said->len)) {
    hr_doubt_refused(conn, waiting, refused);
    return false;
  }
  bool known = count != NULL && refused == HR_ERROR_PLAIN;
  waiting->request.flags &= known ? ~HR_REQ_DOUBT : ~0u;
  hr_over_add(conn->client, waiting, known ? HAREDIS_OK : HAREDIS_ERR_MAYBE);
  return true;
}

static void hr_doubt_end(struct hr_conn *conn, const struct redisReply *count) {
  haredis_client *c = conn->client;
  struct hr_waiting *waiting = c->doubts ? c->pending.first : NULL, *after;
  int64_t ran = 0;
  bool others = false;
  for (; waiting != NULL; waiting = after) {
    int64_t order = waiting->request.order;
    after = waiting->next;
    if ((waiting->request.flags & HR_REQ_DOUBT) == 0) {
      continue;
    }
    if (waiting->request.owner != conn) {
      others = true;
    } else if (hr_doubt_end_one(conn, waiting, count)) {
      ran = order;
    }
  }
  if (c->doubts) {
    hr_client_pump_soon(c);
  }
  c->doubts = others;
  if (ran != 0) {
    hr_over_passed(c, ran);
  }
}

void hr_doubt_count(struct hr_conn *conn, const struct redisReply *reply) {
  hr_doubt_end(conn, reply);
}

void hr_doubt_lost(struct hr_conn *conn) {
  hr_doubt_end(conn, NULL);
}

void hr_doubt_begin(struct hr_conn *conn) {
  conn->client->doubts = true;
  if (conn->group.busy || conn->writes == 0) {
    return; /* the counter is behind it */
  }
  hr_record_flush(conn->link, conn); /* part of a turn had left early, without it */
  if (conn->writes != 0 || !hr_link_is_up(conn->link)) {
    hr_doubt_lost(conn); /* no memory */
  }
}
