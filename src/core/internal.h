/*
 * What the files of the core share: its state. Only files of this folder include it.
 *
 *   file          one idea
 *   core.c        the one entry point, its clock, its deadline
 *   emit.c        writing actions
 *   watch.c       links, silence, pings, heartbeats, the fence
 *   gossip.c      what others say
 *   herd.c        many clients: whose turn is it?
 *   orient.c      who is master? (adopt, wait, ask a person, take over)
 *   vouch.c       is a master that I cannot use alive for others?
 *   work.c        one work at a time: locks, answers, exits
 *   elect.c       take over: drain, seal, promote, follow
 *   rank.c        whose data is the newest
 *   switch.c      planned switchover
 *   mend.c        what a healthy group still has to have put right
 *   view.c        the topology
 *   sub.c         where subscriptions belong
 *   reads.c       which replicas may be read
 */
#ifndef HR_CORE_INTERNAL_H
#define HR_CORE_INTERNAL_H

#include "core/core.h"
#include "base/prng.h"

#define HR_NEVER INT64_MAX
/* How long slower nodes are waited for once there is a quorum. */
#define HR_STRAGGLE_MS 20
#define HR_CLIENTS_HEARD 64 /* whose heartbeats are told from replayed ones */

enum hr_link_state { HR_LINK_IDLE, HR_LINK_DIALLING, HR_LINK_READY };

/* What this client awaits from a node for the work under way. Changed by work.c only. */
enum hr_step {
  HR_STEP_NONE,
  HR_STEP_LOCK,
  HR_STEP_LOOK,
  HR_STEP_GUARD,
  HR_STEP_ACT /* seal, promote, follow, restore, pause: see work.phase */
};

/* How far a node has come in the work under way. Changed by work.c and the phases. */
enum hr_part {
  HR_PART_OUT,     /* takes no part */
  HR_PART_ASKED,   /* the lock was asked for */
  HR_PART_LOCKED,
  HR_PART_SEALED,
  HR_PART_DONE,    /* promoted, follows, mended */
  HR_PART_FAILED   /* refused or lost: may hold our lock */
};

struct hr_peer {
  /* watch.c */
  enum hr_link_state link;
  bool up;               /* as told to the user */
  bool dialled;          /* at least one dial has ended */
  enum hr_down why;      /* of the last LINK_DOWN */
  hr_msec up_ms;         /* since when its link is ready */
  hr_msec redial_ms;     /* when idle */
  hr_msec backoff_ms;
  hr_msec heard_ms;      /* newest sign of life; 0: none since start */
  hr_msec fence_ms;      /* the same, forgotten when this client slept */
  hr_msec refused_ms;    /* when a dial was last refused at once */
  hr_msec vouch_ms;      /* newest fresh heartbeat heard through it ... */
  int vouch_node;        /* ... and the master it came through */
  struct hr_epoch vouch_epoch; /* ... and its epoch; forgotten with the connection */
  hr_msec unheard_ms;    /* since when heartbeats are heard elsewhere and not here; 0: are not */
  /* looks */
  bool known;            /* facts are of this connection */
  struct hr_facts facts;
  hr_msec facts_ms;
  hr_msec asked_ms;      /* when the look that brought the facts was sent */
  hr_msec moved_ms;      /* when read_offset was last seen to be another */
  hr_msec unfed_ms;      /* since then it follows our master and does not get its data */
  hr_msec grew_ms;       /* when read_offset was last seen to have grown */
  int64_t behind;        /* reads.c: the master, in bytes, no more than that ... */
  hr_msec compared_ms;   /* ... at that time; INT64_MAX: not compared under this master */
  uint32_t look_op;      /* 0: none under way */
  hr_msec look_sent_ms;
  hr_msec look_end_ms;
  /* a lock that nobody moves any more (its owner died, or the server's clock stepped back) */
  struct hr_epoch lock_seen;
  char lock_seen_client[HR_UUID_MAX]; /* who mends has locks of one epoch in turn */
  hr_msec lock_seen_ms;
  hr_msec lock_looked_ms; /* at the last look; 0: this client slept since */
  /* mend.c */
  hr_msec mend_ms;       /* not before */
  int mend_failures;     /* in a row */
  unsigned warned;       /* bits of enum hr_warned: said once per run id, and per loss */
  bool rewrite_failed;   /* this process cannot rewrite its file */
  bool attaching;        /* we made it follow, and have not seen it linked since */
  char sealed_run_id[HR_RUN_ID_MAX]; /* the process whose file is known to start sealed */
  char ours_run_id[HR_RUN_ID_MAX];   /* the process that was seen with our group's record ... */
  char ours_replid[HR_RUN_ID_MAX];   /* ... and in which history it was then */
  char strange_replid[HR_RUN_ID_MAX]; /* the history of the last stranger that was there */
  /* work.c */
  enum hr_part part;
  enum hr_step step;
  uint32_t op;
  hr_msec op_sent_ms;
  hr_msec denied_ms;     /* when it refused its lock though nobody had it; 0 never */
  int drain_looks;       /* since it was locked */
  int64_t drain_offset;  /* read_offset before the last look, */
  hr_msec drain_ms;      /* and since when it was seen to be that */
};

enum hr_warned {
  HR_WARNED_FILE = 1,
  HR_WARNED_FOREIGN = 2,
  HR_WARNED_SYNC = 4,
  HR_WARNED_DIVERGED = 8,
  HR_WARNED_FORGOT = 16,
  HR_WARNED_LOOK = 32,
  HR_WARNED_COPIED = 64
};

enum hr_work_kind { HR_WORK_NONE, HR_WORK_ELECT, HR_WORK_SWITCH, HR_WORK_MEND };

/*
 *  ELECT   FIRST -> REST -> DRAIN -> SEAL -> PROMOTE -> FOLLOW -> idle
 *  SWITCH  FIRST -> REST -> PAUSE -> CATCH_UP -> HAND_OVER -> CHECK -> SEAL -> PROMOTE -> FOLLOW
 *          -> idle
 *  MEND    FIRST -> MEND -> idle
 *  every phase has a deadline; every exit goes through hr_work_end, which unlocks.
 */
enum hr_phase {
  HR_PHASE_IDLE,
  HR_PHASE_FIRST,
  HR_PHASE_REST,
  HR_PHASE_DRAIN,
  HR_PHASE_SEAL,
  HR_PHASE_PAUSE,
  HR_PHASE_CATCH_UP,
  HR_PHASE_HAND_OVER,
  HR_PHASE_CHECK,
  HR_PHASE_PROMOTE,
  HR_PHASE_FOLLOW,
  HR_PHASE_MEND
};

enum hr_mend { HR_MEND_FOLLOW, HR_MEND_RESTORE };

struct hr_work {
  enum hr_work_kind kind;
  enum hr_phase phase;
  struct hr_epoch epoch;   /* of this attempt; for MEND the master's */
  hr_msec phase_end_ms;
  hr_msec enough_ms;       /* when a quorum had answered this phase, 0: not yet */
  hr_msec again_ms;        /* DRAIN, CATCH_UP: next look */
  struct hr_epoch seen;    /* ELECT: of the newest data that the looks have shown */
  int old;                 /* the master that is replaced, -1 none */
  int first;               /* who decides between rivals */
  int candidate;           /* who is or will be promoted, -1 undecided */
  int target;              /* SWITCH: whom the person named, -1 any; MEND: the node */
  int forced;              /* ELECT: a person's word, -1 none */
  bool birth;              /* the first epoch of a group */
  bool kick;               /* MEND: close its clients */
  bool relink;             /* MEND: its link to the master is dead */
  enum hr_mend mend;
  int64_t sealed_offset;   /* SWITCH: where the old master stopped */
  bool contested;          /* SWITCH: a node had promised an epoch behind this master's */
  struct hr_epoch handed;  /* the candidate was seen to have all of this epoch's master */
  uint64_t opcounter;      /* of the winner, at promotion */
  uint32_t person_op;      /* 0: nobody asked */
};

struct hr_heard_client {
  uint64_t who; /* hash of its name */
  uint64_t seq;
  hr_msec at_ms;
};

struct hr_core {
  struct hr_core_config config;
  struct hr_prng prng;
  struct hr_actions *out;  /* of the step under way */
  hr_msec now;             /* this core's clock: the events' less what it slept */
  hr_msec slept_ms;
  hr_msec wake_ms;         /* on this core's clock; see hr_core_deadline */
  bool started;
  int quorum;
  hr_msec beat_ms;         /* heartbeats and pings */
  hr_msec step_ms;         /* bound of one answer */
  hr_msec ttl_ms;          /* of a lock */

  /* orient.c: READY when master >= 0 */
  int master;
  struct hr_epoch epoch;   /* of that master */
  char master_run_id[HR_RUN_ID_MAX];
  char master_replid[HR_RUN_ID_MAX];
  bool master_backlog;     /* had one when that id was seen */
  int was_master;          /* the last one that was adopted, -1 never */
  struct hr_epoch planned; /* what its record says: whose master handed over to it */
  struct hr_fork forks[HR_FORKS_MAX]; /* ... and where its history comes from */
  bool gapless;            /* ... and that is the epoch this client knew before */
  struct hr_epoch handing; /* whose master our switchover has sealed; n == 0: none */
  struct hr_epoch highest; /* ever heard of, anywhere */
  char uuid[HR_UUID_MAX];  /* the group's, "" unknown */
  uint64_t opcounter;      /* highest known of the current epoch */
  int suspect;             /* the master that we lost or never reached, -1 */
  hr_msec suspect_ms;      /* its silence counts from here on */
  hr_msec quorum_ms;       /* since when a quorum has been reachable without a break, 0: is not */
  int keep;                /* lives, but needs a new epoch: no election without it; -1 */
  struct hr_epoch renewed; /* ... to lie above this, which nobody has ... */
  struct hr_epoch known;   /* ... for this was the highest that was heard of */
  hr_msec proof_ms;        /* what must be looked at after this before writes go on; 0: nothing */
  hr_msec gone_ms;         /* since when there is no master ... */
  hr_msec lost_ms;         /* ... or it is looked for anew, after an attempt that was given up */
  hr_msec answered_ms;     /* when a quorum had been looked at since then, 0: not yet */
  hr_msec adopted_ms;      /* since when there is this one */
  hr_msec retry_ms;        /* no attempt before */
  hr_msec patience_ms;     /* until then others may act, and announce it; 0: nobody is waited for */
  int failures;            /* attempts given up in a row */
  hr_msec relook_ms;       /* look at everybody then */
  hr_msec relook_gap_ms;   /* grows while somebody vouches */
  int gossiped;            /* named by gossip, being verified; -1 */
  const char *stuck;       /* what was last said about being stuck, so as not to repeat it */
  hr_msec person_ms;       /* when a person is told that; 0: no need to, HR_NEVER: was told */
  bool ambiguous;
  bool passive;            /* the group lists other nodes than we do */
  bool durable_group;      /* its record says that somebody writes with quorum durability */
  bool fenced;
  hr_msec fenced_ms;       /* since when */
  bool fence_told;
  bool prelooked;

  hr_msec reads_look_ms;   /* reads.c: the next look behind an adoption */
  hr_msec reads_gap_ms;
  bool sub_kept;           /* sub.c: to be told, that a new master leaves subscriptions alone */

  /* watch.c */
  hr_msec prove_ms;        /* when to look again for that proof */
  hr_msec gossip_ms;       /* when any was last heard; the start, before */
  hr_msec ping_ms;
  hr_msec survey_ms;       /* a slow look at everybody, by everybody */
  hr_msec beat_at_ms;
  uint64_t beat_seq;
  /* herd.c */
  bool speaks;             /* the last heartbeat that came through was ours */
  bool unheard;            /* its turn to speak came, and the master was silent */
  bool reheard;            /* ... and then heard again */
  hr_msec others_ms;       /* when another client's was last heard; 0: never */
  hr_msec new_beat_ms;     /* when a heartbeat was last heard for the first time */
  struct hr_heard_client heard[HR_CLIENTS_HEARD];

  uint32_t last_op;
  uint32_t refresh_op;     /* a person waits for looks; 0 none */
  hr_msec refresh_end_ms;
  uint32_t again_op;       /* a switchover that waits for its (next) try; 0 none */
  int again_node;
  int again_tries;
  hr_msec again_ms;        /* since when it waits */
  hr_msec again_look_ms;
  struct hr_work work;
  struct hr_topology view;
  bool view_stale;
  struct hr_peer peers[];  /* config.count of them */
};

/* emit.c */
struct hr_action *hr_emit(struct hr_core *core, enum hr_action_kind kind, int node);
void hr_emit_log(struct hr_core *core, enum hr_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hr_emit_tell(struct hr_core *core, enum hr_tell tell, int node, int64_t count,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
void hr_emit_done(struct hr_core *core, uint32_t op, enum hr_code code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const char *hr_name(const struct hr_core *core, int node);
uint32_t hr_next_op(struct hr_core *core);
hr_msec hr_random_ms(struct hr_core *core, hr_msec low, hr_msec high);

/* watch.c */
void hr_watch_start(struct hr_core *core);
void hr_watch_link_up(struct hr_core *core, int node);
void hr_watch_link_down(struct hr_core *core, int node, enum hr_down why);
void hr_watch_heard(struct hr_core *core, int node, hr_msec at_ms);
void hr_watch_look(struct hr_core *core, int node);
void hr_watch_look_all(struct hr_core *core);
bool hr_watch_looked(struct hr_core *core, const struct hr_event *event); /* true: was ours */
/* A static text; NULL: it is not, or nobody has tried yet. */
const char *hr_watch_why_down(const struct hr_core *core, int node);
void hr_watch_tick(struct hr_core *core);
void hr_watch_slept(struct hr_core *core);
hr_msec hr_watch_deadline(const struct hr_core *core);
bool hr_watch_starts_sealed(const struct hr_core *core, int node);
bool hr_watch_lock_is_stale(const struct hr_core *core, int node);
void hr_watch_seen_ours(struct hr_peer *peer); /* its facts bear the record of our group */
bool hr_watch_reachable(const struct hr_core *core, int node); /* link ready and facts known */
int hr_watch_reachable_count(const struct hr_core *core);
int hr_watch_speaking_count(const struct hr_core *core); /* reachable, and not loading */
int hr_watch_up_count(const struct hr_core *core);
void hr_watch_adopted(struct hr_core *core);

/* gossip.c */
void hr_gossip_heard(struct hr_core *core, int node, const struct hr_gossip *gossip);
void hr_gossip_announce(struct hr_core *core);

/* herd.c */
int hr_herd_clients(const struct hr_core *core); /* about so many; 1 unless known better */
void hr_herd_heard(struct hr_core *core, const struct hr_gossip *gossip);
hr_msec hr_herd_pause(struct hr_core *core);  /* until we speak (again) */
hr_msec hr_herd_listen(struct hr_core *core); /* ... when somebody else does */
bool hr_herd_may_speak(struct hr_core *core); /* false: later, for the master is silent */
hr_msec hr_herd_patience(struct hr_core *core, bool lost);
void hr_herd_look(struct hr_core *core, bool lost); /* at everybody, when it is our turn */
bool hr_herd_turn(struct hr_core *core);            /* it has come, or there is none */

/* vouch.c */
bool hr_vouch_for(struct hr_core *core, int node, bool *look_soon);

/* orient.c */
void hr_orient(struct hr_core *core);
void hr_orient_adopt(struct hr_core *core, int node);
void hr_orient_lose(struct hr_core *core, int suspect, const char *why);
void hr_orient_leave(struct hr_core *core, int suspect); /* the master is no longer it */
void hr_orient_yield(struct hr_core *core, int suspect); /* ... and others notice that as well */
void hr_orient_facts(struct hr_core *core, int node); /* new facts of a node */
hr_msec hr_orient_deadline(const struct hr_core *core);
void hr_orient_backoff(struct hr_core *core);

/* rank.c */
bool hr_rank_counts(const struct hr_core *core, int node, bool all);
bool hr_rank_copied(const struct hr_core *core, int node);
bool hr_rank_flushed(const struct hr_core *core, int node);
bool hr_rank_remembers(const struct hr_core *core, int node);
bool hr_rank_ours(const struct hr_core *core, int node);
bool hr_rank_related(const struct hr_facts *a, const struct hr_facts *b);
int64_t hr_rank_own_writes(const struct hr_facts *facts, const struct hr_facts *master);
bool hr_rank_electable(const struct hr_core *core, int node, bool all);
int hr_rank_best(const struct hr_core *core, bool all); /* of the SEALED parts; -1 none */

/* work.c */
void hr_work_begin(struct hr_core *core, enum hr_work_kind kind, struct hr_epoch epoch);
void hr_work_end(struct hr_core *core);
void hr_work_abort(struct hr_core *core, const char *why);
void hr_work_phase(struct hr_core *core, enum hr_phase phase, hr_msec bound_ms);
void hr_work_lock(struct hr_core *core, int node);
void hr_work_guard(struct hr_core *core, int node);
void hr_work_look(struct hr_core *core, int node);
struct hr_action *hr_work_act(struct hr_core *core, enum hr_action_kind kind, int node);
bool hr_work_answer(struct hr_core *core, const struct hr_event *event); /* true: was ours */
void hr_work_link_down(struct hr_core *core, int node);
void hr_work_tick(struct hr_core *core);
hr_msec hr_work_deadline(const struct hr_core *core);
int hr_work_parts(const struct hr_core *core, enum hr_part part);
/* Enough have answered, and stragglers had their time. */
bool hr_work_settled(struct hr_core *core, int have, int need);
bool hr_work_guard_ok(const struct hr_core *core, const struct hr_guard *guard);

/* elect.c */
void hr_elect_start(struct hr_core *core, bool birth);
void hr_elect_force(struct hr_core *core, int node, uint32_t person_op);
struct hr_epoch hr_elect_next_epoch(struct hr_core *core);
void hr_elect_answer(struct hr_core *core, int node, const struct hr_event *event);
void hr_elect_progress(struct hr_core *core);
void hr_elect_seal(struct hr_core *core);
void hr_elect_promote(struct hr_core *core);
void hr_elect_lock_rest(struct hr_core *core);
int hr_elect_first(const struct hr_core *core);
const char *hr_elect_futile(const struct hr_core *core, bool birth);
bool hr_elect_renew(struct hr_core *core, const char *why);
void hr_elect_lost_keep(struct hr_core *core);
bool hr_elect_rewrite_wanted(const struct hr_core *core, int node);

/* switch.c */
void hr_switch_ask(struct hr_core *core, int node, uint32_t person_op);
void hr_switch_retry(struct hr_core *core, int node, uint32_t person_op);
void hr_switch_answer(struct hr_core *core, int node, const struct hr_event *event);
void hr_switch_progress(struct hr_core *core);
void hr_switch_sealed(struct hr_core *core, int best);
void hr_switch_again(struct hr_core *core);
hr_msec hr_switch_deadline(const struct hr_core *core);

/* mend.c */
void hr_mend(struct hr_core *core);
void hr_mend_adopted(struct hr_core *core);
void hr_mend_answer(struct hr_core *core, int node, const struct hr_event *event);
void hr_mend_locked(struct hr_core *core);
void hr_mend_later(struct hr_core *core, int node);
bool hr_mend_drops(struct hr_core *core, int node);
void hr_mend_meet(struct hr_core *core, int node); /* looked at: is that a stranger? */
void hr_mend_warn_foreign(struct hr_core *core, int node);
bool hr_mend_soon(const struct hr_core *core, hr_msec now);
hr_msec hr_mend_deadline(const struct hr_core *core);

/* view.c */
void hr_view_publish(struct hr_core *core);

/* sub.c */
void hr_sub_choose(struct hr_core *core);
void hr_sub_beat(struct hr_core *core, int node, bool first); /* one was heard on `node` */
void hr_sub_adopted(struct hr_core *core); /* another master, or another epoch */
hr_msec hr_sub_deadline(const struct hr_core *core);

/* reads.c */
bool hr_reads_may(const struct hr_core *core, int node);
int64_t hr_reads_behind(const struct hr_core *core, int node); /* INT64_MAX: not seen lately */
void hr_reads_measure(struct hr_core *core, int node); /* new facts of a node */
void hr_reads_adopted(struct hr_core *core); /* another master, or another epoch */
bool hr_reads_changed(const struct hr_core *core);
void hr_reads_tick(struct hr_core *core);
hr_msec hr_reads_deadline(const struct hr_core *core);

#endif
