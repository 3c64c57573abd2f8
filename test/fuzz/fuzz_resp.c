/*
 * Replies from nobody knows where. The first byte chooses where the input is cut; the rest is what
 * the server says. Whole or in pieces, the reader must come to the same end, and what it calls
 * complete must really be made of complete items.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The reply's length, 0 or -1; read in steps of `step` bytes, each from memory of its own. */
static ptrdiff_t scan_in_steps(const char *bytes, size_t len, size_t step, size_t *items) {
  struct hr_resp_scan scan;
  hr_resp_scan_reset(&scan);
  for (size_t have = step < len ? step : len;; have += step < len - have ? step : len - have) {
    const char *why = NULL;
    char *part = malloc(have > 0 ? have : 1);
    if (part == NULL) abort();
    memcpy(part, bytes, have);
    ptrdiff_t got = hr_resp_scan(&scan, part, part + have, &why);
    free(part);
    *items = scan.items;
    if (got < 0 && why == NULL) abort();
    if (got > 0 && (size_t)got > have) abort();
    if (got == 0 && scan.need <= have) abort(); /* it would wait for what is there already */
    if (got != 0 || have == len) return got;
  }
}

/* Item by item through a complete reply. */
static void walk(const char *bytes, size_t len, size_t items) {
  const char *at = bytes, *end = bytes + len, *why = NULL;
  for (size_t i = 0; i < items; i++) {
    struct hr_resp_item item;
    ptrdiff_t got = hr_resp_item(at, end, &item, &why);
    if (got <= 0 || got > end - at) abort();
    if (item.str != NULL && (item.str < at || item.str + item.len + 2 > at + got)) abort();
    if (item.elements > 0 && !hr_resp_is_aggregate(item.kind)) abort();
    at += got;
  }
  if (at != end) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  size_t step = (size_t)data[0] + 1, len = size - 1;
  const char *bytes = (const char *)data + 1;
  for (int replies = 0; len > 0 && replies < 1000; replies++) {
    size_t items_whole = 0, items_cut = 0;
    ptrdiff_t whole = scan_in_steps(bytes, len, len, &items_whole);
    ptrdiff_t cut = scan_in_steps(bytes, len, step, &items_cut);
    if (whole != cut || items_whole != items_cut) abort();
    if (whole <= 0) break;
    walk(bytes, (size_t)whole, items_whole);
    bytes += whole;
    len -= (size_t)whole;
  }
  return 0;
}
