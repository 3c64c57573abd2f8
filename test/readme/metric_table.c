/*
 * The table of metrics as the README shows it.
 */
#include <haredis/metrics.h>
#include <stdio.h>

int main(void) {
  const struct haredis_metric_info *info;
  printf("| metric | what it is | what it asks of you |\n|---|---|---|\n");
  for (size_t i = 0; (info = haredis_metric_info(i)) != NULL; i++) {
    printf("| `%s` | %s: %s | %s |\n", info->name, info->type, info->help, info->asks);
  }
  return 0;
}
