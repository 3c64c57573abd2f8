/*
 * Progress. Whatever may go wrong in failover.pml goes wrong as often as it likes, crashes and
 * attempts alone are counted; then, at any moment, the calm comes: nobody sleeps or crashes, no
 * answer is lost, no lock of a living owner expires, no EXEC is refused but by its WATCH, and no
 * person interferes. One coordinator may be dead, in the middle of its work, and one node away for
 * good. From then on
 *   - everything comes to an end: a cycle in the calm is an acceptance cycle, and no fairness is
 *     assumed, for whoever has nothing to do waits;
 *   - the end is good: one elected master, followed by all who answer, nothing newer promised
 *     anywhere, every lock given back. It takes CALM_TRIES attempts, or fewer that leave no trace.
 * It must not know how anything is done.
 */
#ifndef DEATHS
#define DEATHS 1     /* 0 or 1 */
#endif
#ifndef AWAY
#define AWAY 1       /* 0 or 1 */
#endif

#define PAUSES(c, node) (LIVES(c) && phase[c] == PHASE_PAUSE && step[AT(c, node)] == STEP_ACT)
#define ANY_PAUSES(node) (PAUSES(0, node) || PAUSES(1, node) || PAUSES(C - 1, node))
#define STRAYS_FROM(master, node, unused) (ELECTED(master, 0, 0) && STRAYS(node, master))

/* What is done then, and what stands still for ever before. Idle coordinators are all the same. */
#define SOMEBODY_IS_IDLE \
  (phase[0] == PHASE_IDLE || phase[1] == PHASE_IDLE || phase[C - 1] == PHASE_IDLE)

proctype in_the_calm(byte node) {
end:
  do
#ifndef NO_EXPIRY
  :: d_step {
      dead < C && lock[node] != 0 && lock[node] % C == dead && UP(node) ->
      printf("the lock of %c expires\n", NAME(node));
      lock[node] = 0;
      touched(node);
      k = 0
    }
#endif
#if defined(SWITCHES) && !defined(NO_DEADLINE)
  :: d_step {
      !UP(node) && ANY_PAUSES(node) ->
      for (n : 0 .. C - 1) {
        if :: PAUSES(n, node) -> give_up(n) :: else fi
      }
      k = 0
    }
#endif
#ifdef MENDS
  :: d_step {
      calm && SOMEBODY_IS_IDLE && MAY_LOCK(node) && ANY(STRAYS_FROM, node, 0) ->
      for (i : 0 .. N - 1) { if :: ELECTED(i, 0, 0) -> m = i :: else fi }
      n = 0;
      do :: phase[n] != PHASE_IDLE -> n++ :: else -> break od;
      mend(n, m, node);
      k = 0
    }
#endif
  od
}

#define FOLLOWS_IT(node, master) \
  (node == master || \
   (role[node] == FOLLOWS(master) && linked[node] && data[node] == data[master]))

/* Where an election is futile nobody need be elected, or followed. */
inline judge() {
  all = true;
  for (i : 0 .. C - 1) {
    if
    :: LIVES(i) && phase[i] != PHASE_IDLE ->
      printf("(%c) waits for ever in phase %e\n", CLIENT(i), phase[i]);
      all = false
    :: else
    fi
  }
  for (i : 0 .. N - 1) {
    if
    :: UP(i) && lock[i] != 0 -> printf("the lock of %c is left\n", NAME(i)); all = false
    :: else
    fi
  }
  m = N;
  for (i : 0 .. N - 1) { if :: ELECTED(i, 0, 0) -> m = i :: else fi }
  if
  :: FUTILE -> skip
  :: !FUTILE && m == N ->
    printf("the group has no master\n");
    all = false
  :: else ->
    for (i : 0 .. N - 1) {
      if
      :: UP(i) && !FOLLOWS_IT(i, m) ->
        printf("%c does not follow %c\n", NAME(i), NAME(m));
        all = false
      :: else
      fi
    }
  fi;
  if :: all -> skip :: else -> printf("progress is broken: a bad end\n"); assert(false) fi
}

proctype calm_comes() {
  atomic {
    if
    :: skip
    :: DEATHS -> dead = 0; do :: dead < C - 1 -> dead++ :: break od
    fi;
    if
    :: skip
    :: AWAY -> away = 0; do :: away < N - 1 -> away++ :: break od
    fi;
    d_step {
      if :: dead < C && phase[dead] == PHASE_IDLE -> dead = C :: else fi;
      calm = true;
      printf("the calm comes\n");
      if :: dead < C -> printf("%c is dead\n", CLIENT(dead)) :: else fi;
      if :: away < N -> printf("%c is away\n", NAME(away)) :: else fi;
      k = 0
    }
  };
accept_calm:
  timeout;
  d_step { judge(); k = 0 }
}
