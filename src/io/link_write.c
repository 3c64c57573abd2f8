/*
 * From the FIFO to the socket, and the watch over a peer that says nothing.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/link_internal.h"

static void hr_link_watch_silence(struct hr_link *link);

/* A write took only a part: which requests left whole? Rare, so it is counted afresh. */
static void hr_link_count_sent(struct hr_link *link) {
  size_t whole = link->answered;
  uint32_t sent = 0;
  while (sent < link->ring.count) {
    size_t next = whole + hr_link_at(link, sent)->bytes;
    if (next > link->fifo_sent) {
      break;
    }
    whole = next;
    sent++;
  }
  link->ring.sent = sent;
}

void hr_link_write(struct hr_link *link) {
  assert(link->state == HR_LINK_UP || (link->state == HR_LINK_HELLO && link->eager));
  size_t unsent = hr_buffer_len(&link->fifo) - link->fifo_sent;
  if (unsent == 0 || link->write_blocked || link->write_broken) {
    return;
  }
  if (link->ring.sent == 0) {
    link->awaited_ms = hr_loop_now(link->loop);
  }
  ssize_t n = hr_link_put(link, hr_buffer_head(&link->fifo) + link->fifo_sent, unsent);
  if (n == (ssize_t)unsent) {
    link->fifo_sent += unsent;
    link->ring.sent = link->ring.count;
    if (ev_is_active(&link->writable)) {
      ev_io_stop(hr_loop_ev(link->loop), &link->writable);
    }
    return;
  }
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    /* Answers may wait in the socket: they are read at the end of the turn, then the link ends.
     * Not here: this may be the inside of hr_link_send. */
    link->write_broken = true;
    hr_later_add(link->loop, &link->later);
    return;
  }
  if (n > 0) {
    link->fifo_sent += (size_t)n;
    hr_link_count_sent(link);
  }
  link->write_blocked = true;
  if (!ev_is_active(&link->writable)) {
    ev_io_start(hr_loop_ev(link->loop), &link->writable);
  }
}

void hr_link_end_broken(struct hr_link *link, const char *while_what) {
  unsigned generation = link->generation;
  hr_link_enter(link);
  while (link->generation == generation && hr_link_read(link)) {
  }
  if (link->generation == generation) {
    hr_link_fail(link, HR_DOWN_RESET, "the connection broke while %s", while_what);
  }
  hr_link_leave(link);
}

void hr_link_flush(struct hr_link *link) {
  if (link->write_broken) {
    hr_link_end_broken(link, "writing");
    return;
  }
  if (hr_buffer_len(&link->fifo) > link->fifo_sent && link->hooks.flush != NULL) {
    unsigned generation = link->generation;
    hr_link_enter(link);
    link->hooks.flush(link, link->owner);
    bool same = link->generation == generation;
    hr_link_leave(link);
    if (!same) {
      return;
    }
  }
  hr_link_write(link);
  if (link->ring.count == 0) {
    hr_link_rest(link);
  } else if (link->timer.slot == 0) {
    hr_link_watch_silence(link);
  }
}

/*
 * ---- silence ----
 *
 * While something is awaited a tick comes four times per silent_after_ms. A tick that comes much
 * too late says that this process slept, not the peer: the evidence is thrown away.
 */
static void hr_link_watch_silence(struct hr_link *link) {
  if (link->silent_after_ms <= 0) {
    return;
  }
  hr_msec now = hr_loop_now(link->loop);
  hr_msec since = link->heard_ms > link->awaited_ms ? link->heard_ms : link->awaited_ms;
  hr_msec at = now + (link->silent_after_ms + 3) / 4;
  if (at > since + link->silent_after_ms) {
    at = since + link->silent_after_ms;
  }
  link->tick_ms = now;
  if (hr_timer_set(link->loop, &link->timer, at) != 0) {
    hr_link_fail(link, HR_DOWN_RESET, "out of memory for a timer"); /* unwatched is worse */
  }
}

void hr_link_tick(struct hr_link *link) {
  if (link->ring.count == 0) {
    return; /* the next flush starts the watch again */
  }
  hr_msec now = hr_loop_now(link->loop);
  if (now - link->tick_ms > link->silent_after_ms / 2) {
    link->awaited_ms = now;
  }
  hr_msec since = link->heard_ms > link->awaited_ms ? link->heard_ms : link->awaited_ms;
  if (now - since >= link->silent_after_ms) {
    /* Timers run before sockets are read: the answer may be there. */
    unsigned generation = link->generation;
    hr_link_enter(link);
    bool heard = hr_link_read(link);
    bool same = link->generation == generation;
    if (same && !heard) {
      hr_link_fail(link, HR_DOWN_SILENT, "no answer for %lld ms", (long long)(now - since));
      same = false;
    }
    hr_link_leave(link);
    if (!same) {
      return;
    }
  }
  if (link->ring.count > 0) {
    hr_link_watch_silence(link);
  }
}
