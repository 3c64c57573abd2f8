/* The cases, by what is done to the servers. What each must show: the table in faults.c. */
#ifndef FAULTS_CASES_H
#define FAULTS_CASES_H

#include "run.h"

/* cases_kill.c; parameter: how many applications, or milliseconds until the restart */
void case_kill_master(struct run *r);
void case_kill_master_blocking(struct run *r);
void case_kill_master_quorum(struct run *r);
void case_kill_master_password(struct run *r);
void case_kill_master_least_privilege(struct run *r);
void case_empty_master(struct run *r);
void case_minority(struct run *r);
void case_minority_with_master(struct run *r);
void case_opcounter_is_a_number(struct run *r);

/* cases_hang.c; parameter: down_after_ms */
void case_hang_master(struct run *r);
void case_lose_replica(struct run *r);
void case_hang_replica(struct run *r);
void case_hung_replica_stays(struct run *r);

/* cases_calm.c: nothing is broken */
void case_switchover(struct run *r);
void case_unrelated_data(struct run *r);
void case_replicas_stay_read_only(struct run *r);

/* cases_cut.c: hosts are network namespaces; parameter: seconds */
void case_cut_master_async(struct run *r);
void case_cut_master_quorum(struct run *r);
void case_cut_one_replica_quorum(struct run *r);
/* cases_pubsub.c: one publishes, three listen */
void case_pubsub_kill_replica(struct run *r);
void case_pubsub_no_writes(struct run *r);
void case_pubsub_kill_master(struct run *r);
void case_subscription_host_promoted(struct run *r);
void case_pubsub_promote_host(struct run *r);
void case_pubsub_switchover(struct run *r);
void case_pattern_messages_arrive(struct run *r);
void case_pubsub_switchovers(struct run *r); /* parameter: how many */
void case_pubsub_sharded(struct run *r);
void case_pubsub_silent_path(struct run *r);
void case_pubsub_hang_replica(struct run *r);
void case_pubsub_hang_master(struct run *r);
void case_pubsub_link_killed(struct run *r);
void case_pubsub_copied(struct run *r);
void case_pubsub_slow_listener(struct run *r);

/* cases_reads.c: one reads from replicas what it writes */
void case_reads_kill_replica(struct run *r);
void case_reads_own_writes(struct run *r);
void case_reads_lagging_replica(struct run *r);
void case_reads_hang(struct run *r);
void case_reads_no_replica_left(struct run *r);
void case_reads_replica_or_nobody(struct run *r);

/* cases_storm.c: as cases_pubsub.c, two faults at a time; parameter: milliseconds, how many */
void case_storm_two_kills(struct run *r);
void case_storm_kill_the_next(struct run *r);
void case_storm_kill_in_switchover(struct run *r);
void case_storm_back_and_forth(struct run *r);
void case_storm_host_hangs(struct run *r);
void case_storm_master_hangs(struct run *r);
void case_storm_publisher_cut_off(struct run *r);
void case_storm_listeners_cut_off(struct run *r);
void case_storm_slow_handler(struct run *r);
void case_storm_slow_and_killed(struct run *r);

/* cases_pubsub_odd.c */
void case_pubsub_to_itself(struct run *r);
void case_pubsub_many_channels(struct run *r);
void case_blocking_command(struct run *r);

/* cases_whole.c: all that Redis has, through one client */
void case_whole_switchover(struct run *r);
void case_whole_kill(struct run *r);

/* cases_herd.c; parameter: failovers */
void case_herd(struct run *r);
void case_nothing_grows(struct run *r);

/* cases_together.c: several clients in this process; parameter: failovers, or how many block */
void case_watch_contended(struct run *r);
void case_queue_hands_out_once(struct run *r);
void case_rolling_restart(struct run *r);

/* cases_blocked.c: the same */
void case_consumer_group(struct run *r);
void case_scripts_forgotten(struct run *r);
void case_many_blocked(struct run *r);
void case_pool_exhausted(struct run *r);

#endif
