/*
 * What a person asks of the control plane. The answer may come while the question is still being
 * asked; it is then kept until that call has returned.
 */
#include <stdio.h>
#include <string.h>

#include "client/client.h"

int hr_people_find(const haredis_client *c, const char *node) {
  char folded[HR_NAME_MAX];
  struct hr_addresses given;
  char why[8];
  for (size_t i = 0; i < c->addresses.count; i++) {
    if (strcmp(c->addresses.list[i].name, node) == 0) {
      return (int)i;
    }
  }
  /* Written in another way: upper case, without the port, by the address that clients dial. */
  if (hr_addresses_parse(node, &given, why, sizeof(why)) != HR_ADDRESS_OK) {
    return -1;
  }
  snprintf(folded, sizeof(folded), "%s", given.count == 1 ? given.list[0].name : "");
  hr_addresses_free(&given);
  for (size_t i = 0; i < c->addresses.count && folded[0] != '\0'; i++) {
    const struct hr_address *address = &c->addresses.list[i];
    char dialled[HR_NAME_MAX];
    if (strcmp(address->name, folded) == 0) {
      return (int)i;
    }
    if (address->host != NULL && hr_address_name(address->host, address->port, dialled) &&
        strcmp(dialled, folded) == 0) {
      return (int)i;
    }
  }
  return -1;
}

static int hr_people_code(enum hr_code code) {
  return code == HR_CODE_OK ? HAREDIS_OK : HAREDIS_ERR_REFUSED;
}

/* Out of the list, called, freed. */
static void hr_people_finish(haredis_client *c, struct hr_asked **place) {
  struct hr_asked *asked = *place;
  *place = asked->next;
  hr_client_enter(c);
  c->err = asked->code;
  snprintf(c->detail, sizeof(c->detail), "%s", asked->code == HAREDIS_OK ? "" : asked->text);
  if (asked->fn != NULL) {
    asked->fn(c, asked->code, asked->text, asked->data);
  }
  hr_free(asked);
  hr_client_leave(c);
}

void hr_people_done(uint32_t op, enum hr_code code, const char *text, void *owner) {
  haredis_client *c = owner;
  struct hr_asked **place = &c->asked;
  while (*place != NULL && ((*place)->op != op || (*place)->done)) {
    place = &(*place)->next;
  }
  struct hr_asked *asked = *place != NULL ? *place : c->asking; /* whose op is not known yet */
  if (asked == NULL) {
    return;
  }
  asked->done = true;
  asked->code = hr_people_code(code);
  snprintf(asked->text, sizeof(asked->text), "%s", text);
  if (*place != NULL) {
    hr_people_finish(c, place);
  } else {
    hr_client_pump_soon(c);
  }
}

/* Answers that came too early. */
void hr_people_deliver(haredis_client *c) {
  for (struct hr_asked **at = &c->asked; *at != NULL;) {
    if ((*at)->done && *at != c->asking) {
      hr_people_finish(c, at);
      at = &c->asked; /* the callback may have asked again */
    } else {
      at = &(*at)->next;
    }
  }
}

void hr_people_close(haredis_client *c) {
  while (c->asked != NULL) {
    struct hr_asked *asked = c->asked;
    if (!asked->done) {
      asked->code = HAREDIS_ERR_CLOSED;
      snprintf(asked->text, sizeof(asked->text), "%s", "the client was closed");
    }
    hr_people_finish(c, &c->asked);
  }
}

enum hr_ask { HR_ASK_REFRESH, HR_ASK_SWITCHOVER, HR_ASK_TAKEOVER };

static uint32_t hr_people_put(haredis_client *c, enum hr_ask what, int node) {
  switch (what) {
    case HR_ASK_REFRESH:
      return c->control->refresh(c->driver);
    case HR_ASK_SWITCHOVER:
      return c->control->switchover(c->driver, node);
    case HR_ASK_TAKEOVER:
      break;
  }
  return c->control->takeover(c->driver, node);
}

static int hr_people_ask(haredis_client *c, enum hr_ask what, const char *name, haredis_done_fn *fn,
                         void *data) {
  int node = -1;
  if (c == NULL) {
    return HAREDIS_ERR_MEMORY;
  }
  if (c->refusing) {
    return hr_client_refuse(c);
  }
  if (name != NULL) {
    node = hr_people_find(c, name);
  }
  if (node < 0 && (name != NULL || what == HR_ASK_TAKEOVER)) {
    return hr_client_fail(c, HAREDIS_ERR_NODE, "no such node in the list of nodes: %.100s",
                          name != NULL ? name : "(none given)");
  }
  struct hr_asked *asked = hr_calloc(1, sizeof(*asked));
  if (asked == NULL) {
    return hr_client_fail(c, HAREDIS_ERR_MEMORY, NULL);
  }
  asked->fn = fn;
  asked->data = data;
  asked->op = HR_ASKED_NO_OP;
  asked->next = c->asked;
  c->asked = asked;
  hr_client_enter(c);
  struct hr_asked *outer = c->asking; /* asking calls hooks, and those may ask */
  c->asking = asked;
  hr_client_start(c);
  uint32_t op = c->ending ? 0 : hr_people_put(c, what, node);
  c->asking = outer;
  if (!c->ending) { /* else it was called back and freed */
    asked->op = op;
  }
  hr_client_leave(c);
  return HAREDIS_OK;
}

int haredis_refresh(haredis_client *c, haredis_done_fn *fn, void *data) {
  return hr_people_ask(c, HR_ASK_REFRESH, NULL, fn, data);
}

int haredis_switchover(haredis_client *c, const char *node, haredis_done_fn *fn, void *data) {
  return hr_people_ask(c, HR_ASK_SWITCHOVER, node, fn, data);
}

int haredis_takeover(haredis_client *c, const char *node, haredis_done_fn *fn, void *data) {
  return hr_people_ask(c, HR_ASK_TAKEOVER, node, fn, data);
}
