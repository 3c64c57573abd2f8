/*
 * Many clients of one group: whose turn is it? Nobody is told how many there are; the servers count
 * their connections, and of the clients one speaks: its heartbeat was the last that came through.
 *
 *   who speaks      goes on speaking, and is the first to act when the master is gone
 *   everybody else  listens: it speaks when nothing was heard for longer than a beat, and acts when
 *                   nobody was announced for a random time that grows with the number of clients
 *
 * So what everybody would do at once is done by one, and should that one be gone, by one per
 * millisecond. It delays, and decides nothing: it must not know what is looked for.
 */
#include <assert.h>
#include <string.h>

#include "core/internal.h"

#define HR_HERD_LINKS 2      /* that a client keeps to a node, at least */
#define HR_HERD_FIRST_MS 5   /* an election where nothing is far away takes less */
#define HR_HERD_SLOTS 12     /* 2^12: so many would have to listen for one to speak at once */
#define HR_HERD_LISTEN 2     /* beats: nobody listens longer */
#define HR_HERD_AGAIN(beat) (((beat) + 1) / 2) /* a master that was silent is looked at again */

int hr_herd_clients(const struct hr_core *core) {
  assert(core->started);
  int most = 1;
  for (size_t i = 0; i < core->config.count; i++) {
    int clients = core->peers[i].facts.connections / HR_HERD_LINKS;
    if (clients > most) most = clients;
  }
  return most;
}

/* Behind the last word of who spoke all listen; then an idle link may have heard nothing for a
 * beat, so that its PING is waited for; and behind its answer all listen anew. */
hr_msec hr_core_quiet_ms(hr_msec fence_ms) {
  hr_msec beat = hr_core_beat_ms(fence_ms);
  assert(beat > 0);
  return 2 * HR_HERD_LISTEN * beat + HR_HERD_AGAIN(beat);
}

/* One of two that speak at once is heard by the other: the smaller name goes on. */
void hr_herd_heard(struct hr_core *core, const struct hr_gossip *gossip) {
  assert(gossip->kind == HR_GOSSIP_HEARTBEAT);
  int order = strcmp(core->config.client, gossip->client);
  if (order == 0) {
    core->speaks = true;
    return;
  }
  core->others_ms = core->now;
  if (core->speaks && order < 0) return;
  core->speaks = false;
  core->beat_at_ms = core->now + hr_herd_listen(core);
}

hr_msec hr_herd_pause(struct hr_core *core) {
  assert(core->beat_ms >= 4);
  if (!core->speaks) return hr_herd_listen(core);
  return hr_random_ms(core, core->beat_ms * 3 / 4, core->beat_ms);
}

/*
 * One beat and a part of another. Each of the slots of that part is drawn half as often as the next
 * one: however many listen, few draw the earliest that is drawn at all, and they are heard before
 * the rest of them (Nonnenmacher and Biersack, exponentially distributed timers).
 */
hr_msec hr_herd_listen(struct hr_core *core) {
  assert(core->beat_ms > 0);
  hr_msec slot = HR_HERD_SLOTS - 1;
  for (uint64_t coins = hr_prng_next(&core->prng); slot > 0 && (coins & 1) != 0; coins >>= 1) {
    slot--;
  }
  hr_msec from = core->beat_ms * slot / HR_HERD_SLOTS;
  hr_msec until = core->beat_ms * (slot + 1) / HR_HERD_SLOTS;
  hr_msec listen = core->beat_ms + hr_random_ms(core, from, until);
  assert(listen <= HR_HERD_LISTEN * core->beat_ms);
  return listen;
}

/*
 * A master that is silent for a moment (a script, a fork) would hear everybody as soon as it goes
 * on, and tell everybody of everybody. So nobody speaks to it, and when it is heard again they
 * listen anew. Meanwhile about one of them at a time looks whether there is another one.
 * Where the way there and back is longer than a beat, silences are, too: the second is spoken into.
 */
bool hr_herd_may_speak(struct hr_core *core) {
  assert(core->master >= 0 && core->now >= core->beat_at_ms);
  hr_msec quiet = core->now - core->peers[core->master].heard_ms;
  bool silent = quiet >= (core->reheard ? 3 : 1) * core->beat_ms;
  core->reheard = !silent && core->unheard;
  if (!silent && !core->unheard) return true;
  if (silent && !core->unheard) hr_emit(core, HR_DO_PING, core->master);
  if (silent && hr_random_ms(core, 1, hr_herd_clients(core)) == 1) hr_watch_look_all(core);
  core->beat_at_ms = core->now + (silent ? HR_HERD_AGAIN(core->beat_ms) : hr_herd_listen(core));
  core->unheard = silent;
  return false;
}

/*
 * How long others may act before we do. Nothing for the one who speaks, and nothing where nobody
 * else was heard since the silence of a master began; unless we have just come too late (`lost`):
 * then there is somebody else.
 */
hr_msec hr_herd_patience(struct hr_core *core, bool lost) {
  assert(core->config.down_after_ms > 0);
  bool alone = core->others_ms == 0 ||
               core->now - core->others_ms > 3 * core->config.down_after_ms;
  if (!lost && (alone || core->speaks)) return 0;
  hr_msec window = hr_herd_clients(core) - 1;
  if (window > core->config.down_after_ms) window = core->config.down_after_ms;
  return hr_random_ms(core, HR_HERD_FIRST_MS, HR_HERD_FIRST_MS + window);
}

/* Others have noticed in the same moment: either it is our turn, or somebody will be announced. */
void hr_herd_look(struct hr_core *core, bool lost) {
  assert(core->started);
  hr_msec patience = core->master < 0 ? hr_herd_patience(core, lost) : 0;
  core->patience_ms = patience > 0 ? core->now + patience : 0;
  if (patience == 0) hr_watch_look_all(core);
}

/* Nobody was announced in time: now we look around as if the master had just been lost. */
bool hr_herd_turn(struct hr_core *core) {
  assert(core->master < 0);
  if (core->now < core->patience_ms) return false;
  if (core->patience_ms == 0) return true;
  core->patience_ms = 0;
  core->lost_ms = core->now;
  core->answered_ms = 0;
  core->relook_ms = core->now;
  return true;
}
