/* The checks of the driver, one function per idea. They build on each other in this order. */
#ifndef COMPAT_CHECKS_H
#define COMPAT_CHECKS_H

/* check_frame.c: locks, guards, signs of life, gossip */
void check_looks(void);
void check_expired_lock(void);
void check_locks(void);
void check_guard_aborts(void);
void check_guard_is_of_its_connection(void);
void check_ping(void);
void check_lost(void);
void check_gossip(void);

/* check_feed.c: users' subscriptions; the second when node 1 follows node 0 */
void check_feed(void);
void check_feed_of_a_replica(void);

/* check_roles.c: the group is built and changed */
void check_first_master(void);
void check_followers(void);
void check_guard_sees_a_newer_record(void);
void check_seal_and_restart(void);
void check_hand_over(void);
void check_kick(void);
void check_pause(void);
void check_restore(void);

/* check_odd.c: servers that refuse */
void check_out_of_memory(void);
void check_cannot_write(void);
void check_no_stale_reads(void);
void check_no_file(void);
void check_garbage(void);
void check_busy(void);
void check_no_memory(void);

#endif
