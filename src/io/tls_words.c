/*
 * OpenSSL's errors in words that say whose fault it is and which option or file mends it.
 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "io/tls_openssl.h"

static void hr_tls_words_verify(long result, const char *name, char out[HR_TLS_CAUSE_MAX]) {
  const char *text = X509_verify_cert_error_string(result);
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      snprintf(out, HR_TLS_CAUSE_MAX, "its certificate has expired (or its authority's)");
      return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      snprintf(out, HR_TLS_CAUSE_MAX, "its certificate is not valid yet");
      return;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      snprintf(out, HR_TLS_CAUSE_MAX, "its certificate is not for %.80s", name);
      return;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      snprintf(out, HR_TLS_CAUSE_MAX, "its certificate is of an unknown authority (%.60s)", text);
      return;
    default:
      snprintf(out, HR_TLS_CAUSE_MAX, "its certificate is not believed: %.80s", text);
  }
}

/* Reasons above SSL_AD_REASON_OFFSET are the server's alerts. */
static const char *hr_tls_words_reason(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_HTTP_REQUEST:
      return "it does not speak TLS: is this its plain port?";
    case SSL_AD_REASON_OFFSET + SSL3_AD_HANDSHAKE_FAILURE:
      return "it refuses us (handshake failure): does it ask for our certificate (tls_cert_file)?";
    case SSL_AD_REASON_OFFSET + TLS13_AD_CERTIFICATE_REQUIRED:
      return "it asks for our certificate (tls_cert_file)";
    case SSL_AD_REASON_OFFSET + TLS1_AD_UNKNOWN_CA:
      return "it does not know the authority of our certificate (tls_cert_file)";
    case SSL_AD_REASON_OFFSET + SSL3_AD_CERTIFICATE_EXPIRED:
      return "it says that our certificate has expired (tls_cert_file)";
    case SSL_AD_REASON_OFFSET + SSL3_AD_CERTIFICATE_REVOKED:
      return "it says that our certificate is revoked (tls_cert_file)";
    case SSL_AD_REASON_OFFSET + SSL3_AD_BAD_CERTIFICATE:
    case SSL_AD_REASON_OFFSET + SSL3_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_REASON_OFFSET + SSL3_AD_CERTIFICATE_UNKNOWN:
      return "it does not accept our certificate (tls_cert_file)";
    case SSL_AD_REASON_OFFSET + TLS1_AD_UNRECOGNIZED_NAME:
      return "it does not bear the name that we ask for (tls_server_name)";
    case SSL_AD_REASON_OFFSET + TLS1_AD_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
      return "it speaks no TLS that we do (1.2 and newer)";
    default:
      return NULL;
  }
}

void hr_tls_words(const SSL *ssl, const char *name, char out[HR_TLS_CAUSE_MAX]) {
  unsigned long error = ERR_peek_error();
  int reason = ERR_GET_REASON(error);
  bool ours = ERR_GET_LIB(error) == ERR_LIB_SSL;
  if (ours && reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    hr_tls_words_verify(SSL_get_verify_result(ssl), name, out);
    return;
  }
  const char *text = ours ? hr_tls_words_reason(reason) : NULL;
  if (text != NULL) {
    snprintf(out, HR_TLS_CAUSE_MAX, "%s", text);
    return;
  }
  text = error != 0 ? ERR_reason_error_string(error) : NULL;
  snprintf(out, HR_TLS_CAUSE_MAX, "TLS: %.100s", text != NULL ? text : "unknown error");
}
