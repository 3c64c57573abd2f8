/*
 * Taking over, as a model for spin: lock, drain, seal, rank, promote, follow, mend, and the planned
 * switchover, with the names of the core's states (src/core/internal.h; test/lint/model.sh keeps
 * them in step). What is modelled, what is not, and how large it is: README.md in this folder.
 * It must not know the core's times: whatever may happen may happen at any time.
 */
#ifndef N
#define N 3        /* nodes */
#endif
#ifndef C
#define C 2        /* coordinators */
#endif
#ifndef TRIES
#define TRIES 4    /* attempts, of all coordinators together */
#endif
#ifndef WRITES
#define WRITES 2
#endif
#ifndef CRASHES
#define CRASHES 1  /* of nodes; each starts again */
#endif
#ifndef LOSSES
#define LOSSES 1   /* how many of those lose their data: fewer than a majority */
#endif
#ifndef LATE
#define LATE 1     /* changes that may wait in the socket of a stopped node at a time: 0 or 1 */
#endif
#define QUORUM (N / 2 + 1)

/* What holds of each node, of some, of how many: expressions, for guards. `what` is a macro. */
#if N == 3
#define ALL(what, a, b) (what(0, a, b) && what(1, a, b) && what(2, a, b))
#define ANY(what, a, b) (what(0, a, b) || what(1, a, b) || what(2, a, b))
#define HOW_MANY(what, a, b) (what(0, a, b) + what(1, a, b) + what(2, a, b))
#elif N == 5
#define ALL(what, a, b) \
  (what(0, a, b) && what(1, a, b) && what(2, a, b) && what(3, a, b) && what(4, a, b))
#define ANY(what, a, b) \
  (what(0, a, b) || what(1, a, b) || what(2, a, b) || what(3, a, b) || what(4, a, b))
#define HOW_MANY(what, a, b) \
  (what(0, a, b) + what(1, a, b) + what(2, a, b) + what(3, a, b) + what(4, a, b))
#endif

/* enum hr_phase, hr_step, hr_part, hr_work_kind. Not modelled:
 *   STEP_LOOK   a look changes nothing: what it shows is read where it is used
 *   STEP_GUARD  a guard is read as its phase begins, the earliest that it can be: only its EXEC waits
 */
mtype:phase = { PHASE_IDLE, PHASE_FIRST, PHASE_REST, PHASE_DRAIN, PHASE_SEAL, PHASE_PAUSE,
                PHASE_CATCH_UP, PHASE_HAND_OVER, PHASE_CHECK, PHASE_PROMOTE, PHASE_FOLLOW,
                PHASE_MEND };
mtype:step = { STEP_NONE, STEP_LOCK, STEP_ACT };
mtype:part = { PART_OUT, PART_ASKED, PART_LOCKED, PART_SEALED, PART_DONE, PART_FAILED };
mtype:work = { WORK_NONE, WORK_ELECT, WORK_SWITCH, WORK_MEND };

#define BIT(i) (1 << (i))
#define HAS(set, i) (((set) >> (i)) & 1)

/* An epoch is (n, nonce); only its order counts, so here it is one number. A new one is above all that
 * was seen; to those that exist and were not seen it may stand on either side. */
#define BORN (1 << TRIES)
#define ABOVE_ALL(try) (((try) + 2) << TRIES)
#define JUST_ABOVE(epoch, try) ((epoch) + (1 << (TRIES - 1 - (try))))
/* A lock names epoch and client. */
#define LOCK_OF(epoch, c) ((epoch) * C + (c))

/* --- servers ---------------------------------------------------------------------------------
 * Data is a set of entries: writes, and the record of each attempt that promoted somebody. Every
 * entry has one place in the tree of histories, so a set that holds it holds all before it, and a
 * subset is a prefix.
 */
#define RECORD_BIT(try) (WRITES + (try))
#define ENTRIES (WRITES + TRIES)
#define ALL_WRITES (BIT(WRITES) - 1)
#define SEALED 0
#define MASTER 1
#define FOLLOWS(node) (2 + (node))

byte role[N];
short data[N];
byte rec[N];          /* the epoch of its last record */
bool named[N];        /* that record names this very process */
bool linked[N];       /* to its master since it started */
byte promise[N];      /* the process' own: gone with it, and with a full synchronisation */
byte lock[N];
bool paused[N];

byte written = 0;     /* so many writes */
byte born[WRITES];    /* the epoch each was accepted in */
byte record[TRIES];   /* the epoch of each try that promoted */
short acked = 0;
byte top = BORN;      /* the highest epoch promoted ... */
short top_data = 0;   /* ... and what its master held then */
byte crashed = 0, lost = 0;
byte handed_from = 0; /* the last planned change: nobody who knew the one epoch ... */
byte handed_to = 0;   /* ... has missed anything before the other */

/* --- coordinators ------------------------------------------------------------------------- */
#define AT(c, n) ((c) * N + (n))

mtype:phase phase[C] = PHASE_IDLE;
mtype:work kind[C] = WORK_NONE;
mtype:step step[C * N] = STEP_NONE;
mtype:part part[C * N] = PART_OUT;
byte tried = 0;       /* attempts begun */
byte try[C];          /* which of them is under way */
byte epoch[C];        /* of the work under way */
byte best[C];         /* candidate; for a mend the master */
byte old[C];          /* the living master of a switchover */
byte offset[C];       /* where that one stopped */
byte handed[C];       /* its epoch, as long as nobody has promised more than that */
short rank[C * N];     /* facts read inside the seals: record and number of writes */
byte counts[C];       /* set of sealed nodes that remember */
byte watched[C];      /* set of nodes where its WATCH is in force */
/* A change whose answer was given up, and that a stopped node may still carry out. */
mtype:phase late = PHASE_IDLE;
byte late_node, late_epoch, late_try, late_lock;
byte late_best;       /* whom to follow; for a promotion what is handed over */

/* --- who takes part, and when -------------------------------------------------------------- */
#ifdef PROGRESS /* progress.pml */
#ifndef CALM_TRIES
#define CALM_TRIES 2 /* of the attempts, so many may be begun in the calm alone */
#endif
bool calm = false;   /* nothing goes wrong any more */
byte dead = C;       /* a coordinator that never moves again */
byte away = N;       /* a node that never answers again */
byte newest[C];      /* the newest data that was looked at before the work began */
#define LIVES(c) (dead != (c))
#define UP(node) (away != (node))
#ifdef NEVER_BACKS_OFF
#define MAY_LOCK(node) UP(node)
#define NOBODY_IS_AT_IT true
#else
#define MAY_LOCK(node) (UP(node) && lock[node] == 0)
#define UNHELD(node, unused, unused_too) (!UP(node) || lock[node] == 0)
#define NOBODY_IS_AT_IT ALL(UNHELD, 0, 0)
#endif
#ifdef NO_RENEWAL
#define KNOWS_NO_MORE(node, e, unused) (!UP(node) || rec[node] <= (e))
#else
#define KNOWS_NO_MORE(node, e, unused) (!UP(node) || (rec[node] <= (e) && promise[node] <= (e)))
#endif
#define ELECTED(node, unused, unused_too) \
  (UP(node) && role[node] == MASTER && named[node] && ALL(KNOWS_NO_MORE, rec[node], 0))
/* Somebody was elected while this one made up its mind. It is safe to go on, but it has no end. */
#ifdef NEVER_OVERTAKEN
#define OVERTAKEN(node, c, unused) false
#else
#define OVERTAKEN(node, c, unused) \
  (kind[c] == WORK_ELECT && lock[node] == LOCK_OF(epoch[c], c) && rec[node] > newest[c])
#endif
#define MAY_BEGIN(c) \
  (calm -> LIVES(c) && tried < TRIES && !ANY(ELECTED, 0, 0) && NOBODY_IS_AT_IT && !FUTILE \
         : tried < TRIES - CALM_TRIES)
/* A node is away, and of the others too few remember what they promised: it may know of more. */
#define ANSWERS_AND_REMEMBERS(node, unused, unused_too) (UP(node) && REMEMBERS(node))
#define FUTILE (away < N && HOW_MANY(ANSWERS_AND_REMEMBERS, 0, 0) < QUORUM)
#else
#define calm false
#define LIVES(c) true
#define UP(node) true
#define MAY_BEGIN(c) (tried < TRIES)
#define MAY_LOCK(node) true
#define OVERTAKEN(node, c, unused) false
#endif

/* What a d_step did to these is not undone when the search goes back. So what is chosen before one
 * is chosen in `choice`, which none of them touches; else the search goes on with what was left.
 */
hidden byte choice;
hidden byte i, j, k, n, m, x, count, entry;
hidden short key, lowest, missing;
hidden byte ok, all, below;
hidden short looked;

#define NAME(node) (97 + (node))
#define CLIENT(c) (65 + (c))

inline invariant(number, kept) {
  if
  :: (kept) -> skip
  :: else -> printf("invariant %d is broken\n", number); assert(false)
  fi
}

/* The offset: all entries of a history count. */
inline size_of(set, result) {
  result = 0;
  for (k : 0 .. ENTRIES - 1) { if :: HAS(set, k) -> result++ :: else fi }
}

inline writes_of(set, result) {
  result = 0;
  for (k : 0 .. WRITES - 1) { if :: HAS(set, k) -> result++ :: else fi }
}

inline forget_late() {
  late = PHASE_IDLE; late_node = 0; late_epoch = 0; late_try = 0; late_best = 0; late_lock = 0
}

/* Lock, promise or record of a node have changed: no EXEC behind a WATCH of before. */
inline touched(node) {
  for (k : 0 .. C - 1) { watched[k] = watched[k] & ~BIT(node) }
#ifndef NO_WATCH
  if
  :: late != PHASE_IDLE && late_node == node -> forget_late()
  :: else
  fi
#endif
}

#define REMEMBERS(node) (linked[node] || named[node])

/* --- what a server does in one packet ------------------------------------------------------ */

/* Invariant 3: neither the process has promised more, nor is its data of a newer epoch. */
#ifdef RECORDS_MAY_BE_NEWER
#define NOTHING_NEWER(node, e) (promise[node] <= (e))
#else
#define NOTHING_NEWER(node, e) (promise[node] <= (e) && rec[node] <= (e))
#endif

inline exec_seal(node, e) {
  invariant(3, NOTHING_NEWER(node, e));
#ifndef NO_SEAL
  role[node] = SEALED;
#endif
  promise[node] = e;
  paused[node] = false;
  touched(node)
}

inline exec_follow(node, e, master) {
  invariant(3, NOTHING_NEWER(node, e));
  role[node] = FOLLOWS(master);
  promise[node] = e;
  paused[node] = false;
  touched(node)
}

/* from: the epoch whose master has handed everything over, 0: none. */
inline exec_promote(node, e, t, from) {
  printf("%c is promoted under epoch %d\n", NAME(node), e);
  invariant(1, record[t] == 0);
  invariant(3, NOTHING_NEWER(node, e));
#ifdef SWITCHES
  invariant(13, handed_from == 0 || e < handed_from || e > handed_to);
  if
  :: from != 0 ->
    for (i : 0 .. TRIES - 1) { invariant(13, record[i] <= from || record[i] > e) }
    for (i : 0 .. WRITES - 1) { invariant(13, born[i] != from || HAS(data[node], i)) }
    handed_from = from;
    handed_to = e
  :: else
  fi;
#endif
  role[node] = MASTER;
  promise[node] = e;
  paused[node] = false;
  record[t] = e;
  if
  :: e > top ->
    invariant(2, (acked & ~data[node]) == 0);
    top = e;
    top_data = data[node]
  :: else
  fi;
  data[node] = data[node] | BIT(RECORD_BIT(t));
  rec[node] = e;
  named[node] = true;
  touched(node)
}

/* Who may feed a replica: a master, or a replica whose own link is up. */
#define FEEDS(node) \
  (UP(node) && (role[node] == MASTER || \
                (role[node] > MASTER && linked[node] && role[role[node] - 2] == MASTER && \
                 UP(role[node] - 2))))

/* WAIT has its number: the client is told, at once, for later would only ask for less. */
inline acknowledge(master) {
  for (i : 0 .. WRITES - 1) {
    if
    :: role[master] == MASTER && named[master] && HAS(data[master], i) && !HAS(acked, i) &&
       born[i] == rec[master] ->
      count = 1;
      for (j : 0 .. N - 1) {
        if
        :: j != master && role[j] == FOLLOWS(master) && HAS(data[j], i) -> count++
        :: else
        fi
      }
      if
      :: count >= QUORUM ->
        printf("write %d is acknowledged by %c, epoch %d\n", i, NAME(master), rec[master]);
        acked = acked | BIT(i);
        invariant(2, rec[master] >= top || HAS(top_data, i))
      :: else
      fi
    :: else
    fi
  }
}

/* The next entry of the stream, or all of the data when this is no prefix of it. */
inline stream(node, master) {
  missing = data[master] & ~data[node];
  if
  :: (data[node] & ~data[master]) != 0 || rec[node] == 0 ->
    printf("%c takes a full copy of %c\n", NAME(node), NAME(master));
    data[node] = data[master];
    rec[node] = rec[master];
    named[node] = false;
    promise[node] = 0;
    lock[node] = 0;
    touched(node)
  :: else ->
    lowest = 0;
    for (i : 0 .. ENTRIES - 1) {
      if
      :: HAS(missing, i) ->
        if
        :: i < WRITES -> key = born[i] * 2 + 1
        :: else -> key = record[i - WRITES] * 2
        fi;
        if :: lowest == 0 || key < lowest -> lowest = key; entry = i :: else fi
      :: else
      fi
    }
    if
    :: missing != 0 ->
      data[node] = data[node] | BIT(entry);
      if
      :: entry >= WRITES ->
        rec[node] = record[entry - WRITES];
        named[node] = false;
        printf("%c takes the record of epoch %d\n", NAME(node), rec[node]);
#ifndef GUARD_WITHOUT_RECORD
        /* Whatever writes a record writes what is watched, and the stream carries both. A late
         * change that comes behind it is refused, and its owner's unlocking comes right after. */
        if
        :: late != PHASE_IDLE && late_node == node && lock[node] == late_lock -> lock[node] = 0
        :: else
        fi;
        touched(node)
#endif
      :: else
      fi;
      printf("%c takes entry %d from %c\n", NAME(node), entry, NAME(master))
    :: else
    fi
  fi;
  linked[node] = true;
  acknowledge(master)
}

/* --- one coordinator ------------------------------------------------------------------------ */

/* Every work's only exit, which unlocks: but not the node that will find the late change first. */
inline work_end(c) {
  for (k : 0 .. N - 1) {
    step[AT(c, k)] = STEP_NONE; part[AT(c, k)] = PART_OUT; rank[AT(c, k)] = 0;
    if
#ifndef NO_UNLOCK
    :: epoch[c] != 0 && lock[k] == LOCK_OF(epoch[c], c) &&
       !(k == late_node && lock[k] == late_lock) -> lock[k] = 0
#endif
    :: else
    fi
  }
#ifdef PROGRESS
  newest[c] = 0;
#endif
  phase[c] = PHASE_IDLE; kind[c] = WORK_NONE; try[c] = 0; epoch[c] = 0; best[c] = 0;
  counts[c] = 0; old[c] = 0; offset[c] = 0; handed[c] = 0; watched[c] = 0
}

inline give_up(c) {
  printf("(%c) giving up in phase %e\n", CLIENT(c), phase[c]);
  if
  :: kind[c] != WORK_MEND && try[c] == tried - 1 ->
    ok = (late_epoch == epoch[c]);
    for (k : 0 .. N - 1) { ok = ok || promise[k] == epoch[c] }
    if :: !ok -> tried-- :: else fi /* it has left no trace: as if it had not been */
  :: else
  fi;
  work_end(c)
}

/* Only along the core's own diagram: the lint compares these with work.c. */
inline go(c, from, to) {
  assert(phase[c] == from);
  phase[c] = to
}

#define STEPS(c, n) (step[AT(c, n)] == STEP_NONE)

inline restart(node) {
#ifdef STARTS_AS_CONFIGURED
  role[node] = (node == 0 -> MASTER : FOLLOWS(0));
#else
  role[node] = SEALED;
#endif
  named[node] = false; linked[node] = false; paused[node] = false;
  promise[node] = 0; lock[node] = 0;
  touched(node);
  /* Nothing that was meant for the old process reaches the new one: the connection is another. */
  for (i : 0 .. C - 1) {
    if
    :: phase[i] == PHASE_FIRST && part[AT(i, node)] == PART_ASKED && STEPS(i, node) ->
      part[AT(i, node)] = PART_FAILED
    :: phase[i] == PHASE_FIRST && !STEPS(i, node) -> give_up(i)
    :: phase[i] == PHASE_REST && part[AT(i, node)] == PART_ASKED -> part[AT(i, node)] = PART_FAILED
    :: phase[i] == PHASE_PAUSE && old[i] == node -> give_up(i)
    :: (phase[i] == PHASE_REST || phase[i] == PHASE_PAUSE || phase[i] == PHASE_CATCH_UP ||
        phase[i] == PHASE_HAND_OVER || phase[i] == PHASE_CHECK) &&
       !(phase[i] == PHASE_PAUSE && old[i] == node) && part[AT(i, node)] == PART_LOCKED ->
      part[AT(i, node)] = PART_FAILED
    :: else
    fi
  }
}

proctype server(byte me) {
end:
  do
  :: d_step {
      role[me] > MASTER && UP(me) && FEEDS(role[me] - 2) &&
      (!linked[me] || data[me] != data[role[me] - 2] || rec[me] == 0) ->
      m = role[me] - 2;
      stream(me, m);
      k = 0
    }
  :: d_step {
      role[me] == MASTER && named[me] && !paused[me] && written < WRITES && UP(me) ->
      printf("%c takes write %d, epoch %d\n", NAME(me), written, rec[me]);
      invariant(13, rec[me] != handed_from);
      data[me] = data[me] | BIT(written);
      born[written] = rec[me];
      written++;
      k = 0
    }
  :: d_step { /* killed, and started again: sealed, as its file says. Who is down is who does not answer. */
      crashed < CRASHES && !calm ->
      crashed++;
      printf("%c is killed and starts again\n", NAME(me));
      restart(me);
      k = 0
    }
  :: d_step {
      crashed < CRASHES && lost < LOSSES && rec[me] != 0 && !calm ->
      crashed++; lost++;
      printf("%c is killed and starts again, empty\n", NAME(me));
      data[me] = 0; rec[me] = 0;
      restart(me);
      k = 0
    }
#ifdef SWITCHES
  :: d_step { paused[me] -> printf("the pause of %c ends\n", NAME(me)); paused[me] = false; k = 0 }
#endif
  od
}

#ifdef NO_PROMISE
#define PROMISES(node, e) true
#else
#define PROMISES(node, e) (promise[node] <= (e) && rec[node] <= (e))
#endif
#ifdef NO_GUARD
#define GUARDED(c, node) true
#else
#define GUARDED(c, node) (lock[node] == LOCK_OF(epoch[c], c) && PROMISES(node, epoch[c]))
#endif
#ifdef NO_WATCH
#define EXECUTES(c, node) UP(node)
#else
#define EXECUTES(c, node) (UP(node) && HAS(watched[c], node))
#endif

#ifdef NO_DEADLINE
#define REFUSES(c, node) (UP(node) && !EXECUTES(c, node))
#else
#define REFUSES(c, node) !EXECUTES(c, node)
#endif
#define MAKES(c, node) (LIVES(c) && EXECUTES(c, node))

inline begin(c, what, e) {
  kind[c] = what;
  epoch[c] = e;
  go(c, PHASE_IDLE, PHASE_FIRST)
}

/* There is an epoch that this one has not seen. */
inline unseen(e) {
  ok = late_epoch > e;
  for (i : 0 .. N - 1) { ok = ok || promise[i] > e || rec[i] > e }
  for (i : 0 .. C - 1) { ok = ok || epoch[i] > e }
}

inline choose(last) {
  choice = last;
  do :: choice > 0 -> choice-- :: break od
}

/* Which nodes answer, and whether a new epoch is below those that exist and were not seen. */
#define LOOKS (calm -> 1 : BIT(N + 1) - 1)

/* At a majority or more: who is not in `looked` does not answer. In the calm at all who do. */
inline look() {
  below = choice & 1;
  looked = choice >> 1;
  count = 0;
  for (i : 0 .. N - 1) {
    if
    :: calm && UP(i) -> looked = looked | BIT(i)
    :: else
    fi;
    if :: HAS(looked, i) -> count++ :: else fi
  }
}

/* What has been looked at: the highest epoch of anything (x), the elected master (m, or N), and
 * whether somebody has promised more than that one's epoch (all). */
inline highest() {
  x = 0;
  m = N;
  key = 0;
  for (i : 0 .. N - 1) {
    if
    :: HAS(looked, i) ->
      if :: rec[i] > x -> x = rec[i] :: else fi;
      if :: rec[i] > key -> key = rec[i] :: else fi;
#ifndef EPOCH_OF_RECORDS
      if :: promise[i] > x -> x = promise[i] :: else fi
#endif
    :: else
    fi
  }
  all = false;
  for (i : 0 .. N - 1) {
    if :: HAS(looked, i) && role[i] == MASTER && named[i] && rec[i] == key -> m = i :: else fi;
    if :: HAS(looked, i) && promise[i] > key -> all = true :: else fi
  }
}

inline attempt(c, what, seen) {
  unseen(seen);
#ifdef EPOCH_OF_RECORDS
  ok = true; below = true;
#endif
  if :: ok && below -> x = JUST_ABOVE(x, tried) :: else -> x = ABOVE_ALL(tried) fi;
  begin(c, what, x);
  try[c] = tried;
  tried++;
  ok = false;
  for (i : 0 .. N - 1) {
    if
    :: HAS(looked, i) ->
      part[AT(c, i)] = PART_ASKED;
      if :: !ok -> step[AT(c, i)] = STEP_LOCK; ok = true :: else fi
    :: else
    fi
  }
}

/* Nobody is elected, or somebody has promised more than the master's epoch: it is elected again. */
inline elect(c) {
  look();
  highest();
  if
#ifdef NO_RENEWAL
  :: count >= QUORUM && m == N ->
#else
  :: count >= QUORUM && (m == N || all) ->
#endif
#ifdef PROGRESS
    newest[c] = key;
#endif
    attempt(c, WORK_ELECT, x);
    printf("(%c) attempting failover! epoch %d\n", CLIENT(c), epoch[c])
  :: else
  fi
}

#ifdef SWITCHES
/* A person wants `target`, which follows the master, to be it. */
inline hand_over(c, target) {
  look();
  highest();
  if
  :: count >= QUORUM && m < N && target != m && HAS(looked, target) &&
     role[target] == FOLLOWS(m) && linked[target] ->
    old[c] = m;
    attempt(c, WORK_SWITCH, x);
    best[c] = target;
    handed[c] = rec[m];
    printf("(%c) planned switchover from %c to %c, epoch %d\n", CLIENT(c), NAME(old[c]),
           NAME(target), epoch[c])
  :: else
  fi
}
#endif

inline guard(c, node) {
  if
  :: GUARDED(c, node) ->
#if defined(SWITCHES) && !defined(SWITCH_CONTESTED)
    if
    :: phase[c] != PHASE_PROMOTE && promise[node] > handed[c] -> handed[c] = 0
    :: else
    fi;
#endif
    watched[c] = watched[c] | BIT(node);
    step[AT(c, node)] = STEP_ACT;
    ok = true
  :: else -> ok = false
  fi
}

#define LOWEST_IDLE(c) (c == 0 || phase[c - 1] != PHASE_IDLE) /* idle ones are all the same */
/* Nobody's answer is awaited. */
#define ANSWERED(node, c, unused) STEPS(c, node)
#define settled(c) ALL(ANSWERED, c, 0)
#define RESPONDED(node, c, unused) (part[AT(c, node)] == PART_SEALED)
#define responders(c) HOW_MANY(RESPONDED, c, 0)

/* A lock that is still there may be that of an election which sealed the node before it restarted. */
#ifdef LOCKS_SAY_NOTHING
#define UNLOCKED(node, e) true
#else
#define UNLOCKED(node, e) (lock[node] / C <= (e))
#endif

/* Others that know of nothing newer, and of these who would remember it. */
#define VOUCHES(i, node, e) \
  (i != (node) && UP(i) && promise[i] <= (e) && rec[i] <= (e) && UNLOCKED(i, e))
#define VOUCHES_AND_REMEMBERS(i, node, e) (VOUCHES(i, node, e) && REMEMBERS(i))
#ifdef NOT_FORGETFUL
#define VOUCHED_FOR(node, e) true
#else
#define VOUCHED_FOR(node, e) \
  (REMEMBERS(node) || HOW_MANY(VOUCHES_AND_REMEMBERS, node, e) > N - QUORUM || \
   HOW_MANY(VOUCHES, node, e) == N - 1)
#endif
#define STRAYS(node, master) \
  (master != node && role[master] == MASTER && named[master] && rec[node] <= rec[master] && \
   role[node] != FOLLOWS(master) && promise[node] <= rec[master] && \
   VOUCHED_FOR(node, rec[master]))

#define HAS_STRAYED(master, node, unused) STRAYS(node, master)

/* One node that strays from the master m, under the master's epoch. */
inline mend(c, master, node) {
  if
  :: STRAYS(node, master) ->
    begin(c, WORK_MEND, rec[master]);
    best[c] = master;
    part[AT(c, node)] = PART_ASKED;
    step[AT(c, node)] = STEP_LOCK
  :: else
  fi
}

inline parts(c, what, result) {
  result = 0;
  for (k : 0 .. N - 1) { if :: part[AT(c, k)] == what -> result++ :: else fi }
}

/* Given to whom it is free for, or to whom it has expired for. */
inline lock_given(c, node) {
  if :: lock[node] != 0 -> printf("the lock of %c expires\n", NAME(node)) :: else fi;
  printf("(%c) %c gives its lock\n", CLIENT(c), NAME(node));
  touched(node);
  lock[node] = LOCK_OF(epoch[c], c);
  if
  :: PROMISES(node, epoch[c]) && !OVERTAKEN(node, c, 0) -> part[AT(c, node)] = PART_LOCKED
  :: else -> part[AT(c, node)] = PART_FAILED
  fi
}

/* SEAL begins. */
inline guard_locked(c) {
  all = true;
  for (i : 0 .. N - 1) {
    if
    :: part[AT(c, i)] == PART_LOCKED -> guard(c, i); all = all && ok
    :: else
    fi
  }
  if :: all -> skip :: else -> give_up(c) fi
}

/* REST, and the drain behind it: what is acknowledged does not wait in a socket. */
inline end_rest(c) {
  parts(c, PART_LOCKED, count);
  if
#ifdef NO_MAJORITY
  :: count >= 1 ->
#else
  :: count >= QUORUM && !ANY(OVERTAKEN, c, 0) ->
#endif
    printf("(%c) lock was a success!\n", CLIENT(c));
    go(c, PHASE_REST, PHASE_DRAIN);
    go(c, PHASE_DRAIN, PHASE_SEAL);
    guard_locked(c)
  :: else -> give_up(c)
  fi
}

#ifdef SWITCHES
inline end_rest_of_switch(c) {
  count = 0;
  for (i : 0 .. N - 1) {
    if :: part[AT(c, i)] == PART_LOCKED && REMEMBERS(i) -> count++ :: else fi
  }
  if
  :: count >= QUORUM && part[AT(c, old[c])] == PART_LOCKED && part[AT(c, best[c])] == PART_LOCKED ->
    printf("(%c) lock was a success!\n", CLIENT(c));
    go(c, PHASE_REST, PHASE_PAUSE);
    step[AT(c, old[c])] = STEP_ACT
  :: else -> give_up(c)
  fi
}
#endif

inline promotes(c, from, nodes) {
  invariant(6, nodes >= QUORUM);
  go(c, from, PHASE_PROMOTE);
  guard(c, best[c]);
  if :: ok -> skip :: else -> give_up(c) fi
}

/* What is read inside the seal. */
inline sealed(c, node) {
  printf("(%c) %c is sealed, epoch %d\n", CLIENT(c), NAME(node), epoch[c]);
  exec_seal(node, epoch[c]);
  step[AT(c, node)] = STEP_NONE;
  part[AT(c, node)] = PART_SEALED;
  writes_of(data[node], count);
#ifdef RANK_WITHOUT_EPOCH
  rank[AT(c, node)] = count;
#else
  rank[AT(c, node)] = rec[node] * (WRITES + 1) + count;
#endif
  if :: REMEMBERS(node) -> counts[c] = counts[c] | BIT(node) :: else fi
}

#ifdef SWITCHES
#define AS_GOOD(c, node, than) \
  (part[AT(c, node)] == PART_SEALED && rank[AT(c, node)] == rank[AT(c, than)])
#ifdef SWITCH_WITHOUT_CHECK
#define MAY_HAND_OVER(c, than) (part[AT(c, best[c])] == PART_SEALED)
#else
#define MAY_HAND_OVER(c, than) AS_GOOD(c, best[c], than)
#endif
#ifdef SWITCH_BACK_UNCHECKED
#define MAY_GO_ON(c, than) (part[AT(c, old[c])] == PART_SEALED)
#else
#define MAY_GO_ON(c, than) AS_GOOD(c, old[c], than)
#endif

#ifdef SWITCH_WHATEVER_IT_HAS
#define HAS_ALL(c, node) true
#else
#define HAS_ALL(c, node) (rank[AT(c, node)] == rank[AT(c, old[c])])
#endif

/* The target, if it is as good as the best of the sealed; else the old master, if it is; else N. */
inline choose_of_switch(c, than) {
  if
  :: MAY_HAND_OVER(c, than) -> than = best[c]
  :: else ->
    if
    :: MAY_GO_ON(c, than) ->
      printf("(%c) %c stopped short or was not sealed: %c goes on\n", CLIENT(c), NAME(best[c]),
             NAME(old[c]));
      than = old[c]
    :: else ->
      printf("(%c) another node has newer data\n", CLIENT(c));
      than = N
    fi
  fi;
  count = 0;
  for (i : 0 .. N - 1) {
    if :: part[AT(c, i)] == PART_SEALED && HAS(counts[c], i) -> count++ :: else fi
  }
  if
  :: than < N && count >= QUORUM && HAS_ALL(c, than) -> skip
  :: else -> handed[c] = 0
  fi;
  old[c] = 0
}
#endif

/* Rank: the newest record, then the most of that history, then the name. */
inline end_seal(c) {
  parts(c, PART_SEALED, count);
  n = count;
#ifdef NEVER_ALL
  all = false;
#else
  all = (count == N);
#endif
  for (i : 0 .. N - 1) {
    if
#ifndef COUNT_RESTARTED
    :: !all && part[AT(c, i)] == PART_SEALED && !HAS(counts[c], i) ->
      part[AT(c, i)] = PART_LOCKED
#endif
    :: else
    fi
  }
  count = 0; x = N; m = 0;
  for (i : 0 .. N - 1) {
    if
    :: part[AT(c, i)] == PART_SEALED ->
      count++;
      if :: x == N || rank[AT(c, i)] > rank[AT(c, x)] -> x = i :: else fi
    :: else
    fi
  }
#ifdef SWITCHES
  if
  :: kind[c] == WORK_SWITCH && count >= QUORUM -> choose_of_switch(c, x)
  :: else
  fi;
#endif
  for (i : 0 .. N - 1) { rank[AT(c, i)] = 0 }
  counts[c] = 0;
  if
  :: x == N -> give_up(c)
#if defined(NO_MAJORITY)
  :: x < N && count >= 1 ->
#elif defined(RESPONDERS)
  :: x < N && count * 2 > responders(c) ->
#else
  :: x < N && count >= QUORUM ->
#endif
    printf("(%c) %c had highest opcounter of %d nodes. congrats!\n", CLIENT(c), NAME(x), count);
    best[c] = x;
    promotes(c, PHASE_SEAL, n)
  :: else -> give_up(c)
  fi
}

inline begin_follow(c) {
  go(c, PHASE_PROMOTE, PHASE_FOLLOW);
  handed[c] = 0;
  for (i : 0 .. N - 1) {
    if
    :: i != best[c] && (part[AT(c, i)] == PART_SEALED || part[AT(c, i)] == PART_LOCKED) ->
      guard(c, i);
      if :: ok -> skip :: else -> part[AT(c, i)] = PART_FAILED fi
    :: else
    fi
  }
}

/* FOLLOW leaves together for all and need not be taken in every order. */
#if N == 3
#define BEFORE(c, n) ((n < 1 || STEPS(c, 0)) && (n < 2 || STEPS(c, 1)))
#elif N == 5
#define BEFORE(c, n) ((n < 1 || STEPS(c, 0)) && (n < 2 || STEPS(c, 1)) && \
                      (n < 3 || STEPS(c, 2)) && (n < 4 || STEPS(c, 3)))
#endif

#ifdef NEXT_IN_RANK
inline next_in_rank(c) {
  x = N;
  for (i : 0 .. N - 1) { if :: part[AT(c, i)] == PART_SEALED -> x = i :: else fi }
  if
  :: x < N -> best[c] = x; guard(c, x)
  :: else -> give_up(c)
  fi
}
#endif

/* After each answer: is the phase over? */
inline progress(c) {
  if
  :: phase[c] == PHASE_SEAL && settled(c) -> end_seal(c)
  :: phase[c] == PHASE_FOLLOW && settled(c) -> work_end(c)
  :: else
  fi
}

/* What a coordinator asks one node, and the answers. */
proctype link(byte me; byte node) {
end:
  do
  /* the lock is another's */
  :: d_step {
      step[AT(me, node)] == STEP_LOCK && (lock[node] != 0 || !UP(node)) && LIVES(me) ->
      printf("(%c) failover already in progress\n", CLIENT(me));
      give_up(me);
      k = 0
    }
  :: d_step {
      step[AT(me, node)] == STEP_LOCK && (!calm || MAY_LOCK(node)) && LIVES(me) ->
      step[AT(me, node)] = STEP_NONE;
      lock_given(me, node);
      if
      :: part[AT(me, node)] == PART_FAILED -> give_up(me)
      :: part[AT(me, node)] == PART_LOCKED && kind[me] == WORK_MEND ->
        go(me, PHASE_FIRST, PHASE_MEND);
        guard(me, node);
        if :: ok -> skip :: else -> give_up(me) fi
      :: else -> go(me, PHASE_FIRST, PHASE_REST)
      fi;
      k = 0
    }
  /* the change that the guard allowed: its EXEC */
  :: d_step { /* refused, for something has changed, or the lock has expired */
      step[AT(me, node)] == STEP_ACT && phase[me] != PHASE_PAUSE && LIVES(me) &&
      ((!LATE && !calm) || REFUSES(me, node)) ->
      printf("(%c) %c refuses: not as it was, or the lock has expired\n", CLIENT(me), NAME(node));
      if :: EXECUTES(me, node) -> lock[node] = 0; touched(node) :: else fi;
      step[AT(me, node)] = STEP_NONE;
      part[AT(me, node)] = PART_FAILED;
      if
      :: phase[me] == PHASE_PROMOTE || phase[me] == PHASE_HAND_OVER || phase[me] == PHASE_MEND ->
        give_up(me)
      :: else -> progress(me)
      fi;
      k = 0
    }
  :: d_step {
      step[AT(me, node)] == STEP_ACT && MAKES(me, node) && phase[me] == PHASE_SEAL ->
      sealed(me, node);
      progress(me);
      k = 0
    }
  :: d_step {
      step[AT(me, node)] == STEP_ACT && MAKES(me, node) && phase[me] == PHASE_PROMOTE ->
      exec_promote(node, epoch[me], try[me], handed[me]);
      step[AT(me, node)] = STEP_NONE;
      part[AT(me, node)] = PART_DONE;
      printf("(%c) ready, using %c as master\n", CLIENT(me), NAME(node));
      begin_follow(me);
      progress(me);
      k = 0
    }
  :: d_step {
      step[AT(me, node)] == STEP_ACT && MAKES(me, node) &&
      (phase[me] == PHASE_MEND || (phase[me] == PHASE_FOLLOW && BEFORE(me, node))) ->
      printf("(%c) making %c into a slave of %c\n", CLIENT(me), NAME(node), NAME(best[me]));
      exec_follow(node, epoch[me], best[me]);
      step[AT(me, node)] = STEP_NONE;
      part[AT(me, node)] = PART_DONE;
      if :: phase[me] == PHASE_MEND -> work_end(me) :: else -> progress(me) fi;
      k = 0
    }
#ifdef SWITCHES
  :: d_step {
      step[AT(me, node)] == STEP_ACT && phase[me] == PHASE_PAUSE && UP(node) && LIVES(me) ->
      printf("(%c) pauses %c\n", CLIENT(me), NAME(node));
      paused[node] = true;
      step[AT(me, node)] = STEP_NONE;
      size_of(data[node], offset[me]);
      go(me, PHASE_PAUSE, PHASE_CATCH_UP);
      k = 0
    }
  :: d_step {
      step[AT(me, node)] == STEP_ACT && MAKES(me, node) && phase[me] == PHASE_HAND_OVER ->
      sealed(me, node);
#ifdef SWITCH_WITHOUT_QUORUM
      size_of(data[node], offset[me]);
#endif
      go(me, PHASE_HAND_OVER, PHASE_CHECK);
      k = 0
    }
#endif
#ifdef SWITCHES
  :: d_step {
      phase[me] == PHASE_CHECK && node == old[me] && part[AT(me, node)] == PART_SEALED &&
      lock[node] != LOCK_OF(epoch[me], me) && LIVES(me) ->
      printf("(%c) the link to %c is broken\n", CLIENT(me), NAME(node));
      part[AT(me, node)] = PART_FAILED;
      counts[me] = counts[me] & ~BIT(node);
      k = 0
    }
#endif
  /* the answer is given up; the change may still be made as long as its WATCH holds */
  :: d_step {
      LATE && step[AT(me, node)] == STEP_ACT && EXECUTES(me, node) && !calm &&
      late == PHASE_IDLE && phase[me] != PHASE_PAUSE ->
      printf("(%c) %c does not answer\n", CLIENT(me), NAME(node));
      late = phase[me];
      late_node = node; late_epoch = epoch[me]; late_lock = lock[node];
      if :: phase[me] == PHASE_PROMOTE -> late_try = try[me]; late_best = handed[me] :: else fi;
      if
      :: phase[me] == PHASE_FOLLOW || phase[me] == PHASE_MEND -> late_best = best[me]
      :: else
      fi;
      step[AT(me, node)] = STEP_NONE;
      part[AT(me, node)] = PART_FAILED;
      watched[me] = watched[me] & ~BIT(node);
      if
#ifdef NEXT_IN_RANK
      :: phase[me] == PHASE_PROMOTE -> next_in_rank(me)
#else
      :: phase[me] == PHASE_PROMOTE -> give_up(me)
#endif
      :: phase[me] == PHASE_HAND_OVER || phase[me] == PHASE_MEND -> give_up(me)
      :: else -> progress(me)
      fi;
      k = 0
    }
  :: d_step {
      late != PHASE_IDLE && late_node == node && me == 0 && UP(node) ->
      x = late_epoch; m = late_best; n = late_try; j = late;
      printf("%c wakes up: what it was sent is done now\n", NAME(node));
      lock[node] = 0;
      forget_late();
      if
      :: j == PHASE_PROMOTE -> exec_promote(node, x, n, m)
      :: j == PHASE_FOLLOW || j == PHASE_MEND -> exec_follow(node, x, m)
      :: else -> exec_seal(node, x)
      fi;
      k = 0
    }
#ifdef MENDS
  :: atomic {
      phase[me] == PHASE_IDLE && LOWEST_IDLE(me) && !calm && ANY(HAS_STRAYED, node, 0) ->
      choose(N - 1);
      d_step { mend(me, choice, node); k = 0 }
    }
#endif
#ifdef SWITCHES
  :: atomic {
      phase[me] == PHASE_IDLE && MAY_BEGIN(me) && LOWEST_IDLE(me) && !calm &&
      role[node] > MASTER && linked[node] ->
      choose(LOOKS);
      d_step { hand_over(me, node); k = 0 }
    }
#endif
  od
}

proctype coordinator(byte me) {
end:
  do
  :: atomic {
      phase[me] == PHASE_IDLE && MAY_BEGIN(me) && LOWEST_IDLE(me) ->
      choose(LOOKS);
      d_step { elect(me); k = 0 }
    }
  :: atomic { /* the rest together: it is the same to others as if each were asked by itself */
      phase[me] == PHASE_REST && LIVES(me) ->
      i = 0;
      do
      :: i < N && part[AT(me, i)] == PART_ASKED && (lock[i] != 0 || !UP(i)) ->
        part[AT(me, i)] = PART_OUT;
        i++
      :: i < N && part[AT(me, i)] == PART_ASKED && (!calm || MAY_LOCK(i)) -> lock_given(me, i); i++
      :: i < N && part[AT(me, i)] != PART_ASKED -> i++
      :: i == N -> break
      od;
      d_step {
        if
#ifdef SWITCHES
        :: kind[me] == WORK_SWITCH -> end_rest_of_switch(me)
#endif
        :: kind[me] == WORK_ELECT -> end_rest(me)
        fi;
        k = 0
      }
    }
#ifdef SWITCHES
  :: d_step {
      phase[me] == PHASE_CATCH_UP && LIVES(me) ->
      size_of(data[best[me]], count);
      if
      :: count < offset[me] -> give_up(me)
      :: else ->
        go(me, PHASE_CATCH_UP, PHASE_HAND_OVER);
        offset[me] = 0;
        guard(me, old[me]);
        if :: ok -> skip :: else -> give_up(me) fi
      fi;
      k = 0
    }
  :: d_step {
      phase[me] == PHASE_CHECK && LIVES(me) -> /* it has all, or is late, or has lost its link */
      go(me, PHASE_CHECK, PHASE_SEAL);
#ifdef SWITCH_WITHOUT_QUORUM
      size_of(data[best[me]], count);
      if
      :: count != offset[me] ->
        printf("(%c) %c stopped short: %c goes on\n", CLIENT(me), NAME(best[me]), NAME(old[me]));
        best[me] = old[me]
      :: else
      fi;
      offset[me] = 0;
      handed[me] = 0;
      promotes(me, PHASE_SEAL, QUORUM);
#else
      guard_locked(me);
      progress(me);
#endif
      k = 0
    }
#endif
  od
}

#ifdef PROGRESS
#include "progress.pml"
#endif

init {
  atomic {
    i = 0;
    do
    :: i < N ->
      role[i] = (i == 0 -> MASTER : FOLLOWS(0)); rec[i] = BORN; linked[i] = (i != 0); i++
    :: else -> break
    od;
    named[0] = true;
    i = 0;
    do
    :: i < C ->
      run coordinator(i);
      j = 0;
      do :: j < N -> run link(i, j); j++ :: else -> break od;
      i++
    :: else -> break
    od;
    i = 0;
    do :: i < N -> run server(i); i++ :: else -> break od;
#ifdef PROGRESS
    i = 0;
    do :: i < N -> run in_the_calm(i); i++ :: else -> break od;
    run calm_comes()
#endif
  }
}
