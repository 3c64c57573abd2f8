/*
 * The option `nodes`: accepted with names that are sound and different, or refused with a reason.
 * What was accepted is accepted again when it is written out from its parts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "must.h"

static void check(const struct hr_addresses *addresses) {
  MUST(addresses->count >= 1 && addresses->count <= HR_NODES_MAX);
  MUST(addresses->db >= -1);
  for (size_t i = 0; i < addresses->count; i++) {
    const struct hr_address *a = &addresses->list[i];
    MUST((a->host != NULL) != (a->unix_path != NULL));
    MUST(a->host == NULL || (a->port >= 1 && a->port <= 65535));
    MUST(a->announce_host == NULL || (a->announce_port >= 1 && a->announce_port <= 65535));
    MUST(a->name[0] != '\0' && strlen(a->name) < HR_NAME_MAX);
    MUST(strpbrk(a->name, ",\r\n") == NULL);
    MUST(a->username == NULL || a->password != NULL);
    for (size_t j = 0; j < i; j++) {
      MUST(strcmp(a->name, addresses->list[j].name) != 0);
    }
  }
}

static void write_again(const struct hr_addresses *addresses) {
  char text[HR_NODES_MAX * 1024] = "", dial[512], why[256];
  size_t len = 0;
  for (size_t i = 0; i < addresses->count; i++) {
    const struct hr_address *a = &addresses->list[i];
    const char *colon = a->host != NULL ? strchr(a->host, ':') : NULL;
    const char *announce = a->announce_host != NULL ? a->name : "";
    if (a->host != NULL) {
      snprintf(dial, sizeof dial, "%s%s%s:%d", colon ? "[" : "", a->host, colon ? "]" : "",
               a->port);
    } else {
      snprintf(dial, sizeof dial, "unix:%s", a->unix_path);
    }
    len += (size_t)snprintf(text + len, sizeof text - len, "%s%s%s%s", i > 0 ? "," : "", dial,
                            announce[0] != '\0' ? "@" : "", announce);
  }
  struct hr_addresses again;
  MUST(hr_addresses_parse(text, &again, why, sizeof why) == HR_ADDRESS_OK);
  MUST(again.count == addresses->count);
  for (size_t i = 0; i < again.count; i++) {
    MUST(strcmp(again.list[i].name, addresses->list[i].name) == 0);
  }
  hr_addresses_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct hr_addresses addresses;
  char why[256] = "";
  char *text = malloc(size + 1);
  MUST(text != NULL);
  memcpy(text, data, size);
  text[size] = '\0';
  enum hr_address_result result = hr_addresses_parse(text, &addresses, why, sizeof why);
  MUST(result == HR_ADDRESS_OK || result == HR_ADDRESS_MALFORMED);
  if (result == HR_ADDRESS_OK) {
    check(&addresses);
    write_again(&addresses);
    hr_addresses_free(&addresses);
  } else {
    MUST(strncmp(why, "option nodes: \"", 15) == 0 && strlen(why) > 20);
  }
  free(text);
  return 0;
}
