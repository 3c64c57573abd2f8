/*
 * See wall.h.
 */
#include "io/wall.h"

#include <string.h>
#include <time.h>

int64_t hr_wall_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void hr_wall_text(int64_t wall_ms, char out[HR_WALL_TEXT_MAX]) {
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm local;
  if (localtime_r(&seconds, &local) == NULL ||
      strftime(out, HR_WALL_TEXT_MAX, "%H:%M:%S", &local) == 0) {
    memcpy(out, "--:--:--", sizeof "--:--:--");
  }
}
