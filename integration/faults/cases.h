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

#endif
