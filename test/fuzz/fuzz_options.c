/*
 * Options from text: "name=value" lines. Whatever stands there: accepted, or refused with a text.
 * Names and values of every option are offered by the corpus.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <haredis/haredis.h>

#include "client/options.h"

#define LINES_MAX 64

/* One "name=value" line, both parts terminated in place. */
static void take_line(haredis_options *options, char *line) {
  char why[128] = "?";
  char *equals = strchr(line, '=');
  if (equals != NULL) *equals = '\0';
  const char *value = equals != NULL ? equals + 1 : "";
  int code = haredis_options_set(options, line, value, why, sizeof(why));
  assert(code == HAREDIS_OK || code == HAREDIS_ERR_OPTION);
  assert(memchr(why, '\0', sizeof(why)) != NULL);
  if (code != HAREDIS_OK) assert(why[0] != '\0' && why[0] != '?');
  /* A short buffer for the reason, and none at all. */
  assert(haredis_options_set(options, line, value, why, 1) == code);
  assert(haredis_options_set(options, line, value, NULL, 0) == code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  haredis_options options;
  char why[256] = "";
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  memcpy(text, data, size);
  text[size] = '\0';
  haredis_options_init(&options);
  char *line = text;
  for (int i = 0; line != NULL && i < LINES_MAX; i++) {
    char *end = strchr(line, '\n');
    if (end != NULL) *end++ = '\0';
    take_line(&options, line);
    line = end;
  }
  haredis_options taken;
  int code = hr_options_take(&taken, &options, why, sizeof(why));
  if (code == HAREDIS_OK) code = hr_options_check(&taken, why, sizeof(why));
  assert(code == HAREDIS_OK || (code == HAREDIS_ERR_OPTION && why[0] != '\0'));
  free(text);
  return 0;
}
