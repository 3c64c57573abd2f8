/*
 * Does a node go on with the stream that it had, or was its data copied anew meanwhile? What a full
 * synchronisation skips, its master's PUBLISHes among it, reaches nobody who listens there, and
 * nothing says so: it may take milliseconds, and its link to the master is up before and after.
 *
 *   its backlog, which a copy throws away
 *     begins where it did                            the same stream
 *     begins elsewhere, and is not full              a new one
 *     ... is full, so its beginning was cut off      the same, if it begins in what was seen before
 *   bytes that it was sent
 *     as many as its offset grew                     the same, every byte of it
 *
 * A backlog that was filled since the look before tells nothing, and the bytes alone would not do:
 * the beginning of a command that a link broke in is sent again, a master writes by itself, and
 * servers before 7.0 do not count. Who was a master before and follows another one keeps its
 * backlog, or at least its id as the former one.
 *
 * Must not know links, nor who listens. Pure.
 */
#include "io/driver_impl.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void hr_stream_from_info(struct hr_stream *stream, const struct hr_info *info) {
  assert(stream && info);
  stream->master = info->role == HR_INFO_ROLE_MASTER;
  stream->known = !info->loading && !info->async_loading &&
                  (stream->master || (info->role == HR_INFO_ROLE_REPLICA && info->master_link_up));
  stream->begins = info->repl_backlog_first_byte_offset;
  stream->ends = stream->begins + info->repl_backlog_histlen;
  stream->full = info->repl_backlog_histlen >= info->repl_backlog_size;
  stream->offset = info->slave_read_repl_offset;
  stream->bytes = info->total_net_repl_input_bytes;
  snprintf(stream->run_id, sizeof stream->run_id, "%s", info->run_id);
  snprintf(stream->replid, sizeof stream->replid, "%s", info->master_replid);
  snprintf(stream->replid2, sizeof stream->replid2, "%s", info->master_replid2);
}

bool hr_stream_goes_on(const struct hr_stream *before, const struct hr_stream *now) {
  assert(now->known);
  bool same_process = before->known && strcmp(before->run_id, now->run_id) == 0;
  if (!same_process || now->begins == before->begins) return true;
  bool kept = strcmp(now->replid, before->replid) == 0 ||
              strcmp(now->replid2, before->replid) == 0;
  if (before->master) return now->master || kept;
  bool counted = !now->master && before->bytes >= 0 && now->bytes >= 0;
  if (counted && now->bytes - before->bytes == now->offset - before->offset) return true;
  if (!now->full) return false;
  if (counted && now->begins > before->ends) return false;
  /* Its master may be another one now, or itself be one: a copy takes the former id away. */
  return kept;
}
