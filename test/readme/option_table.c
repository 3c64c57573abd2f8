/*
 * The option table as the README shows it.
 */
#include <haredis/haredis.h>
#include <stdio.h>

int main(void) {
  const struct haredis_option_info *info;
  printf("| option | default | how to choose it |\n|---|---|---|\n");
  for (size_t i = 0; (info = haredis_option_info(i)) != NULL; i++) {
    const char *text = info->default_text[0] != '\0' ? info->default_text : "none";
    printf("| `%s` | %s | %s |\n", info->name, text, info->meaning);
  }
  return 0;
}
