/*
 * A script that was answered "READONLY ..." or the like: did the server refuse it, or has it run
 * and says so itself? No text tells, for a script may answer whatever it likes. What goes behind it
 * on the same link does: our counter is a write, and a server that refuses the one refuses the
 * other.
 *
 *   EVALSHA ...   an error that refuses: back into pending, where it waits and nobody passes it
 *   HINCRBY ...   refused, too ──▶ it did not run: sent again
 *                 a number ──────▶ the script's own words: they are its answer. So does a later
 *                                  write that ran (hr_over_passed)
 *                 lost ──────────▶ ERR_MAYBE
 *
 * It must not know: what is refused, and when it is worth another try (route.h).
 */
#include "client/client.h"

/* What any other refusal does at once: no other command is held up by a script's own words. */
static void hr_doubt_refused(struct hr_conn *conn, const struct hr_waiting *waiting) {
  haredis_client *c = conn->client;
  struct hr_outcome outcome = hr_outcome_of(c, &waiting->request, HR_OUTCOME_REPLY);
  outcome.error = hr_route_script_class(waiting->error->str, (size_t)waiting->error->len);
  struct hr_verdict verdict = hr_route_judge(&outcome);
  hr_client_hold(c, verdict.wait_ms, verdict.writes_only);
  if (verdict.hint) {
    hr_client_hint_soon(c, conn->node);
  }
}

static void hr_doubt_end(struct hr_conn *conn, bool known, bool refused) {
  haredis_client *c = conn->client;
  struct hr_waiting *after;
  int64_t ran = 0;
  c->doubts = false;
  for (struct hr_waiting *waiting = c->pending.first; waiting != NULL; waiting = after) {
    struct hr_request *request = &waiting->request;
    after = waiting->next;
    if ((request->flags & HR_REQ_DOUBT) == 0) {
      continue;
    }
    if (request->owner != conn) {
      c->doubts = true;
      continue;
    }
    request->flags &= known ? ~HR_REQ_DOUBT : ~0u;
    ran = !refused ? request->order : ran;
    if (refused) {
      hr_doubt_refused(conn, waiting);
    } else {
      hr_over_add(c, waiting, known ? HAREDIS_OK : HAREDIS_ERR_MAYBE);
    }
  }
  if (ran != 0) {
    hr_over_passed(c, ran);
  }
  hr_client_pump_soon(c);
}

void hr_doubt_count(struct hr_conn *conn, const struct redisReply *reply) {
  bool refused = reply->type == REDIS_REPLY_ERROR &&
                 hr_route_error_class(reply->str, (size_t)reply->len) != HR_ERROR_PLAIN;
  if (conn->client->doubts) {
    hr_doubt_end(conn, true, refused);
  }
}

void hr_doubt_lost(struct hr_conn *conn) {
  if (conn->client->doubts) {
    hr_doubt_end(conn, false, false);
  }
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
