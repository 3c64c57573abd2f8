/*
 * Does a node go on with the stream that it had? INFO as Redis 7.0 shows it, before and after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "io/driver_impl.h"

#define SIZE 1000 /* of the backlog */

/* As it differs from a replica of history A, whose backlog holds the bytes 501 to 600. */
struct sight {
  const char *role, *run_id, *replid, *replid2, *link;
  int begins, holds, offset, bytes; /* bytes -1: not told */
};
static const struct sight usual = {"slave", "p", "A", "0", "up", 501, 100, 600, 900};

static struct hr_stream see(const struct sight *sight) {
  char text[1024], bytes[64] = "";
  struct hr_info info;
  struct hr_stream stream;
  if (sight->bytes >= 0) {
    snprintf(bytes, sizeof bytes, "total_net_repl_input_bytes:%d\r\n", sight->bytes);
  }
  snprintf(text, sizeof text,
           "run_id:%s\r\n%srole:%s\r\nmaster_link_status:%s\r\nslave_read_repl_offset:%d\r\n"
           "slave_repl_offset:%d\r\nmaster_replid:%s\r\nmaster_replid2:%s\r\n"
           "repl_backlog_active:1\r\nrepl_backlog_size:%d\r\n"
           "repl_backlog_first_byte_offset:%d\r\nrepl_backlog_histlen:%d\r\n",
           sight->run_id, bytes, sight->role, sight->link, sight->offset, sight->offset,
           sight->replid, sight->replid2, SIZE, sight->begins, sight->holds);
  assert_true(hr_info_parse(text, strlen(text), &info));
  memset(&stream, 0, sizeof stream);
  hr_stream_from_info(&stream, &info);
  return stream;
}

static bool goes_on(struct sight before, struct sight now) {
  struct hr_stream a = see(&before), b = see(&now);
  assert_true(b.known);
  return hr_stream_goes_on(&a, &b);
}

static struct sight replica(const char *replid, const char *replid2, int begins, int holds,
                            int offset, int bytes) {
  return (struct sight){"slave", "p", replid, replid2, "up", begins, holds, offset, bytes};
}

static void a_stream_that_goes_on(void **state) {
  (void)state;
  assert_true(goes_on(usual, usual));
  assert_true(goes_on(usual, replica("A", "0", 501, 900, 1400, 1700)));
  /* The beginning of a command came twice: its link broke in the middle. */
  assert_true(goes_on(usual, replica("A", "0", 501, 900, 1400, 1780)));
  /* Another master, which has another id for what follows. */
  assert_true(goes_on(usual, replica("B", "A", 501, 150, 650, 980)));
  /* Two others, and what came in between. */
  assert_true(goes_on(usual, replica("C", "B", 501, 150, 650, 980)));
}

/* More has come than the backlog holds. */
static void a_full_backlog(void **state) {
  (void)state;
  struct sight full = replica("A", "0", 501, 1000, 1500, 1800);
  assert_true(goes_on(full, replica("A", "0", 5000, 1010, 6009, 6309)));
  assert_true(goes_on(full, replica("C", "B", 5000, 1010, 6009, 6309)));
  /* A link that broke: it begins in what was seen. */
  assert_true(goes_on(full, replica("A", "0", 1501, 1010, 2510, 2890)));
  /* ... and behind that nobody can tell. */
  assert_false(goes_on(full, replica("A", "0", 1502, 1010, 2511, 2890)));
  /* Copied, and as much again since then. */
  assert_false(goes_on(full, replica("A", "0", 3000, 1010, 4009, 2950)));
}

static void a_copy(void **state) {
  (void)state;
  assert_false(goes_on(usual, replica("A", "0", 621, 0, 620, 1160)));
  assert_false(goes_on(usual, replica("A", "0", 621, 80, 700, 1240)));
  /* Of another history that is behind: it had written by itself. */
  assert_false(goes_on(usual, replica("B", "0", 551, 20, 570, 1200)));
  assert_false(goes_on(usual, replica("B", "0", 551, 1001, 1551, 2200)));
}

static void masters(void **state) {
  (void)state;
  struct sight master = (struct sight){"master", "p", "A", "0", "up", 501, 100, 0, 900};
  struct sight alone = (struct sight){"master", "p", "A", "0", "up", 0, 0, 0, 900};
  assert_true(goes_on(usual, master));
  assert_true(goes_on(master, master));
  assert_true(goes_on(alone, master)); /* its first replica */
  /* Demoted: it goes on from its own backlog, or the new one's did not reach back so far. */
  assert_true(goes_on(master, replica("B", "A", 501, 200, 700, 1000)));
  assert_true(goes_on(master, replica("B", "A", 601, SIZE, 1600, 2000)));
  assert_false(goes_on(master, replica("B", "0", 591, 110, 700, 1300)));
  assert_false(goes_on(alone, replica("B", "0", 601, 20, 620, 1200)));
  struct sight long_ago = master;
  long_ago.begins = 3000;
  long_ago.holds = SIZE + 1;
  long_ago.replid2 = "A";
  long_ago.replid = "B";
  assert_true(goes_on(usual, long_ago));
  long_ago.replid2 = "0";
  assert_false(goes_on(usual, long_ago));
  /* Copied, and promoted before anybody looked. */
  struct sight promoted = master;
  promoted.begins = 621;
  assert_false(goes_on(usual, promoted));
}

/* What it says of itself was another process' doing; and servers before 7.0 do not count bytes. */
static void what_cannot_be_compared(void **state) {
  (void)state;
  struct hr_stream none = {.known = false}, now = see(&usual);
  assert_true(hr_stream_goes_on(&none, &now));
  assert_true(goes_on(usual, (struct sight){"slave", "q", "A", "0", "up", 621, 0, 620, 90}));
  struct sight old = usual;
  old.bytes = -1;
  assert_true(goes_on(old, replica("A", "0", 5000, 1000, 6000, -1)));
  assert_false(goes_on(old, replica("A", "0", 621, 80, 700, -1)));
  assert_false(goes_on(old, replica("B", "0", 5000, 1000, 6000, -1)));
}

/* Nothing is told to it meanwhile, and its backlog may be gone already. */
static void a_sight_in_between_says_nothing(void **state) {
  (void)state;
  assert_false(see(&(struct sight){"slave", "p", "A", "0", "down", 501, 100, 0, 0}).known);
  assert_true(see(&(struct sight){"master", "p", "A", "0", "down", 0, 0, 0, 0}).known);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_that_goes_on),   cmocka_unit_test(a_full_backlog),
      cmocka_unit_test(a_copy),                  cmocka_unit_test(masters),
      cmocka_unit_test(what_cannot_be_compared),
      cmocka_unit_test(a_sight_in_between_says_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
