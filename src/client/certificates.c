/*
 * The options of TLS, and what a person is told when the files behind them have changed.
 */
#include "client/client.h"
#include "client/options.h"
#include "io/tls.h"

/* From the middle of a dial: hooks, which may free everything, wait for the end of the turn. */
static void hr_certificates_on_renewed(void *owner) {
  haredis_client *c = owner;
  hr_later_add(c->loop, &c->renewed);
}

static void hr_certificates_tell(struct hr_later *later, void *owner) {
  haredis_client *c = owner;
  bool good;
  const char *text = hr_tls_news(c->tls, &good);
  (void)later;
  hr_client_enter(c);
  hr_log(c, good ? HAREDIS_LOG_INFO : HAREDIS_LOG_WARNING, "%s", text);
  if (!good && !c->dead) {
    hr_tell(c, HAREDIS_EVENT_WARNING, -1, 0, 0, text);
  }
  hr_client_leave(c);
}

int hr_certificates_take(haredis_client *c, char *why, size_t why_size) {
  const haredis_options *o = &c->options;
  if (!hr_options_want_tls(o, &c->addresses)) {
    return HAREDIS_OK;
  }
  const struct hr_tls_config config = {
      .ca_file = o->tls_ca_file,
      .cert_file = o->tls_cert_file,
      .key_file = o->tls_key_file,
      .server_name = o->tls_server_name,
      .verify = o->tls_verify != 0,
      .renewed = hr_certificates_on_renewed,
      .owner = c,
  };
  c->renewed = (struct hr_later){.fn = hr_certificates_tell, .owner = c};
  switch (hr_tls_make(&config, &c->tls, why, why_size)) {
    case HR_TLS_OK:
      break;
    case HR_TLS_REFUSED:
      return HAREDIS_ERR_TLS;
    case HR_TLS_NO_MEMORY:
      return HAREDIS_ERR_MEMORY;
  }
  return HAREDIS_OK;
}

void hr_certificates_leave(haredis_client *c) {
  hr_tls_leave(c->tls);
  hr_later_remove(c->loop, &c->renewed);
}
